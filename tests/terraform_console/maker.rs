//! Makes up expressions for Terraform to judge.

use super::support::Dice;

/// The type that a made-up expression is to have.
#[derive(Debug, Clone, PartialEq)]
pub enum Ty {
    Bool,
    Number,
    String,
    List(Box<Ty>),
    Map(Box<Ty>),
    Set(Box<Ty>),
    /// `[string, number, bool]`
    Tuple,
    /// `{ name = string, count = number, zones = [string] }`
    Pool,
}

/// Makes up expressions that are well typed, with a wrong one among them now and then.
pub struct Maker {
    dice: Dice,
    names: Vec<(String, Ty)>,
    fresh: usize,
}

/// `a && b` and `a || b` are made up in this notation, from which both forms of [`Form`] can be had.
const AND: &str = "\u{1}";
const OR: &str = "\u{2}";
const OPERAND: &str = "\u{3}";
const SUM: &str = "\u{5}";
const END: &str = "\u{4}";

/// How `&&` and `||` are written out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// As they are.
    Operators,
    /// As calls that fail where either operand does, which is what the operators did before Terraform 1.12. From then
    /// on they do not look at the right side where the left one decides.
    Eager,
    /// As they are, but zero is added to each number, so that there is no negative zero.
    PositiveZero,
}

/// The text of a made-up expression.
pub fn written(expression: &str, form: Form) -> String {
    let (and, or, operand, end) = match form {
        Form::Operators | Form::PositiveZero => ("", "", None, ""),
        Form::Eager => (
            "alltrue([for operand in [",
            "anytrue([for operand in [",
            Some(", "),
            "] : operand == null ? tobool(\"null\") : tobool(operand)])",
        ),
    };
    let (number, plus) = if form == Form::PositiveZero { ("(", " + 0)") } else { ("", "") };
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    for part in expression.split_inclusive(|c: char| ('\u{1}'..='\u{5}').contains(&c)) {
        let (text, mark) = match part.char_indices().last() {
            Some((at, c)) if ('\u{1}'..='\u{5}').contains(&c) => part.split_at(at),
            _ => (part, ""),
        };
        out.push_str(text);
        match mark {
            AND | OR => {
                out.push_str(if mark == AND { and } else { or });
                open.push(if mark == AND { " && " } else { " || " });
            }
            SUM => {
                out.push_str(number);
                open.push(SUM);
            }
            OPERAND => out.push_str(operand.unwrap_or_else(|| open.last().unwrap())),
            END => out.push_str(if open.pop() == Some(SUM) { plus } else { end }),
            _ => {}
        }
    }
    out
}

impl Maker {
    pub fn new(seed: u64) -> Maker {
        Maker { dice: Dice::new(seed), names: Vec::new(), fresh: 0 }
    }

    /// An expression with about so many levels.
    pub fn expression(&mut self, depth: usize) -> String {
        if self.dice.one_in(8) {
            return self.mixed(depth);
        }
        let ty = self.ty(2);
        self.expr(&ty, depth)
    }

    /// An expression that says much about the types of its parts, which may be of any.
    fn mixed(&mut self, depth: usize) -> String {
        let (one, other) = (self.ty(2), self.ty(2));
        let d = depth.saturating_sub(1);
        let (a, b) = (self.expr(&one, d), self.expr(&other, d));
        match self.dice.below(16) {
            0 => format!("({} ? {a} : {b})", self.expr(&Ty::Bool, 0)),
            1 => format!("({} ? [{a}, {b}] : [{b}, {a}])", self.expr(&Ty::Bool, 0)),
            2 => format!("({} ? {{ a = {a} }} : {{ b = {b} }})", self.expr(&Ty::Bool, 0)),
            3 => format!("({} ? {{ a = {a}, b = {b} }} : {{ a = {b}, b = null }})", self.expr(&Ty::Bool, 0)),
            4 => format!("tolist([{a}, {b}])"),
            5 => format!("tomap({{ a = {a}, b = {b} }})"),
            6 => format!("toset([{a}, {b}])"),
            7 => format!("({a})[*]"),
            8 => format!("coalesce({a}, {b})"),
            9 => format!("concat([{a}], [{b}])"),
            10 => format!("[({a}) == ({b}), [{a}] == [{b}], {{ a = {a} }} == {{ a = {b} }}]"),
            11 => format!("flatten([{a}, [{b}]])"),
            12 => format!("setproduct([{a}], [{b}])"),
            13 => format!("merge({{ a = {a} }}, {b})"),
            14 => format!("tolist([{{ a = {a} }}, {{ a = {b} }}, {{ a = null }}])"),
            _ => format!("(tolist([{a}]) == tolist([{b}]))"),
        }
    }

    fn ty(&mut self, depth: usize) -> Ty {
        match self.dice.below(if depth == 0 { 4 } else { 10 }) {
            0 => Ty::Bool,
            1 => Ty::Number,
            2 | 3 => Ty::String,
            4 | 5 => Ty::List(Box::new(self.ty(depth - 1))),
            6 => Ty::Map(Box::new(self.ty(depth - 1))),
            7 => Ty::Set(Box::new(self.ty(0))),
            8 => Ty::Tuple,
            _ => Ty::Pool,
        }
    }

    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("{}{}", self.dice.pick(&["x", "k", "item", "p"]), self.fresh)
    }

    /// A null, with a type or without.
    fn null(&mut self, ty: &Ty, depth: usize) -> String {
        match self.dice.below(8) {
            0 => "local.none".to_owned(),
            1 => "tostring(null)".to_owned(),
            2 => self.dice.pick(&["tolist(null)", "tomap(null)", "toset(null)"]).to_string(),
            3 => "var.typed.c".to_owned(),
            4 => format!("(true ? null : {})", self.expr(ty, depth.saturating_sub(1))),
            _ => "null".to_owned(),
        }
    }

    fn literal(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => self.dice.pick(&["true", "false", "true", "\"true\"", "local.t"]).to_string(),
            Ty::Number => self
                .dice
                .pick(&[
                    "0",
                    "1",
                    "2",
                    "3",
                    "10",
                    "2.5",
                    "-1",
                    "\"4\"",
                    "local.n",
                    "1e3",
                    "-0.125",
                    "4294967296",
                    "-7",
                    "var.typed.a",
                ])
                .to_string(),
            Ty::String => self
                .dice
                .pick(&[
                    "\"a\"",
                    "\"\"",
                    "\"Standard_D4s_v5\"",
                    "\"b c\"",
                    "local.s",
                    "\"5\"",
                    "\"$${!}\"",
                    "\"é\"",
                    "\"tab\\t\\\"q\\\"\"",
                    "\"true\"",
                    "7",
                    "\"日本 ß\"",
                    "\"👍🏽é\"",
                    "\"a-b_c.d\"",
                    "\"one\\ntwo\"",
                    "var.typed.b",
                ])
                .to_string(),
            Ty::List(item) if **item == Ty::String => self
                .dice
                .pick(&["[]", "local.list", "[\"a\"]", "[\"b\", \"a\", \"b\"]", "[\"x\",]"])
                .to_string(),
            Ty::List(_) => "[]".to_owned(),
            Ty::Map(item) if **item == Ty::Number => {
                self.dice.pick(&["{}", "local.map", "{ a = 1 }", "{ \"a b\" = 2, c : 3 }"]).to_string()
            }
            Ty::Map(item) if **item == Ty::Pool => self.dice.pick(&["{}", "local.pools"]).to_string(),
            Ty::Map(_) => "{}".to_owned(),
            Ty::Set(item) if **item == Ty::String => self
                .dice
                .pick(&["local.set", "toset([])", "toset([\"b\", \"a\", \"b\"])", "toset([\"10\", 9])"])
                .to_string(),
            Ty::Set(item) if **item == Ty::Number => {
                self.dice.pick(&["toset([3, 20, 1.5])", "toset([1, \"1\"])", "toset([])"]).to_string()
            }
            Ty::Set(_) => "toset([])".to_owned(),
            Ty::Tuple => self
                .dice
                .pick(&["[\"a\", 1, true]", "slice(local.tuple, 1, 4)", "[local.s, local.n, local.t]"])
                .to_string(),
            Ty::Pool => self
                .dice
                .pick(&[
                    "local.pools.blue",
                    "local.pools[\"green\"]",
                    "{ size = \"s\", count = 1, zones = [\"1\"] }",
                    "{ size = \"l\", count = 2, zones = [] }",
                ])
                .to_string(),
        }
    }

    fn expr(&mut self, ty: &Ty, depth: usize) -> String {
        if self.dice.one_in(40) {
            return self.null(ty, depth);
        }
        if self.dice.one_in(60) {
            let other = self.ty(1);
            return self.expr(&other, depth.saturating_sub(1));
        }
        let known: Vec<String> =
            self.names.iter().filter(|(_, have)| have == ty).map(|(name, _)| name.clone()).collect();
        if !known.is_empty() && self.dice.one_in(3) {
            return self.dice.pick(&known).clone();
        }
        if depth == 0 {
            return self.literal(ty);
        }
        let d = depth - 1;
        match self.dice.below(14) {
            12 => {
                let list = self.expr(&Ty::List(Box::new(ty.clone())), d);
                return match self.dice.below(3) {
                    0 => format!("({list}).0"),
                    1 => format!("try(({list}).1, ({list})[length({list}) - 1])"),
                    _ => format!("values({{ a = {}, b = {} }})[0]", self.expr(ty, d), self.expr(ty, d)),
                };
            }
            13 => {
                let other = self.ty(1);
                return match self.dice.below(4) {
                    0 => format!("try({})", self.expr(ty, d)),
                    1 => format!("try({}, {}, null)", self.expr(&other, d), self.expr(ty, d)),
                    2 => format!("jsondecode(jsonencode({}))", self.expr(ty, d)),
                    _ => format!("({} == null ? {} : null)", self.expr(&other, d), self.expr(ty, d)),
                };
            }
            0 => return self.literal(ty),
            1 => {
                let (c, a, b) = (self.expr(&Ty::Bool, d), self.expr(ty, d), self.expr(ty, d));
                return format!("({c} ? {a} : {b})");
            }
            2 => {
                let (a, b) = (self.expr(ty, d), self.expr(ty, d));
                return format!("try({a}, {b})");
            }
            3 => {
                let list = self.expr(&Ty::List(Box::new(ty.clone())), d);
                let index = self.expr(&Ty::Number, d.min(1));
                return match self.dice.below(4) {
                    // Terraform 1.11 itself panics over a negative index of a tuple.
                    0 => format!("element({list}, abs({index}))"),
                    1 => format!("{list}[{index}]"),
                    2 => format!("try({list}[0], {})", self.literal(ty)),
                    _ => format!("one(slice({list}, 0, 1))"),
                };
            }
            4 => {
                let map = self.expr(&Ty::Map(Box::new(ty.clone())), d);
                let default = self.expr(ty, d);
                return match self.dice.below(3) {
                    0 => format!("lookup({map}, \"a\", {default})"),
                    1 => format!("try({map}.a, {default})"),
                    _ => format!("{map}[{}]", self.expr(&Ty::String, 0)),
                };
            }
            5 => {
                let (a, b) = (self.expr(ty, d), self.expr(ty, d));
                return format!("coalesce({a}, {b})");
            }
            _ => {}
        }
        match ty {
            Ty::Bool => self.boolean(d),
            Ty::Number => format!("{SUM}{}{END}", self.number(d)),
            Ty::String => self.string(d),
            Ty::List(item) => self.list(item, d),
            Ty::Map(item) => self.map(item, d),
            Ty::Set(item) => self.set(item, d),
            Ty::Tuple => {
                let (a, b, c) =
                    (self.expr(&Ty::String, d), self.expr(&Ty::Number, d), self.expr(&Ty::Bool, d));
                format!("[{a}, {b}, {c}]")
            }
            Ty::Pool => {
                let (size, count) = (self.expr(&Ty::String, d), self.expr(&Ty::Number, d));
                let zones = self.expr(&Ty::List(Box::new(Ty::String)), d);
                match self.dice.below(3) {
                    0 => format!("merge({}, {{ count = {count} }})", self.expr(ty, d)),
                    _ => format!("{{ size = {size}, \"count\" = {count}, zones = {zones} }}"),
                }
            }
        }
    }

    fn boolean(&mut self, d: usize) -> String {
        let ty = self.ty(1);
        let scalar = self.ty(0);
        match self.dice.below(16) {
            15 => {
                let mixed = self.mixed(d);
                match self.dice.below(3) {
                    0 => format!("can({mixed})"),
                    1 => format!("contains([for x in {mixed} : x], {})", self.expr(&scalar, d)),
                    _ => format!("({mixed} == {})", self.atom(&ty, d)),
                }
            }
            10 => {
                let function = *self.dice.pick(&["startswith", "endswith", "strcontains"]);
                format!("{function}({}, {})", self.expr(&Ty::String, d), self.expr(&Ty::String, 0))
            }
            11 => {
                let function = *self.dice.pick(&["alltrue", "anytrue"]);
                format!("{function}({})", self.expr(&Ty::List(Box::new(Ty::Bool)), d))
            }
            12 => {
                let pattern = *self.dice.pick(&["^[a-z]+$", "[0-9]", "^(a|b)", "^$"]);
                format!("can(regex(\"{pattern}\", {}))", self.expr(&Ty::String, d))
            }
            13 => format!(
                "contains({}, {})",
                self.expr(&Ty::Set(Box::new(Ty::String)), d),
                self.expr(&Ty::String, d)
            ),
            14 => {
                let op = *self.dice.pick(&["==", "!="]);
                format!("({} {op} {})", self.atom(&ty, d), self.atom(&ty, d))
            }
            0 => format!("!{}", self.atom(&Ty::Bool, d)),
            1 => {
                let op = *self.dice.pick(&[AND, OR]);
                format!("{op}{}{OPERAND}{}{END}", self.atom(&Ty::Bool, d), self.atom(&Ty::Bool, d))
            }
            2 => {
                let op = *self.dice.pick(&["<", "<=", ">", ">="]);
                format!("{} {op} {}", self.atom(&Ty::Number, d), self.atom(&Ty::Number, d))
            }
            3 | 4 => {
                let op = *self.dice.pick(&["==", "!="]);
                format!("({} {op} {})", self.atom(&scalar, d), self.atom(&scalar, d))
            }
            5 => format!("can({})", self.expr(&ty, d)),
            6 => {
                let list = self.expr(&Ty::List(Box::new(Ty::String)), d);
                format!("contains({list}, {})", self.expr(&Ty::String, d))
            }
            7 => format!("{} == null", self.atom(&ty, d)),
            // What sort of collection it is.
            _ => {
                let item = self.ty(0);
                let list = Ty::List(Box::new(item.clone()));
                let (ty, function) = match self.dice.below(4) {
                    0 => (list, "tolist"),
                    1 => (list, "toset"),
                    2 => (Ty::Map(Box::new(item)), "tomap"),
                    _ => (Ty::Pool, "tomap"),
                };
                let it = self.expr(&ty, d);
                format!("({it} == {function}({it}))")
            }
        }
    }

    fn atom(&mut self, ty: &Ty, d: usize) -> String {
        let expr = self.expr(ty, d);
        if self.dice.one_in(4) { expr } else { format!("({expr})") }
    }

    fn number(&mut self, d: usize) -> String {
        let ty = self.ty(1);
        match self.dice.below(15) {
            13 => match self.dice.below(4) {
                0 => format!("max({}...)", self.expr(&Ty::List(Box::new(Ty::Number)), d)),
                1 => format!("length({})", self.mixed(d)),
                2 => format!(
                    "timecmp(\"2024-02-0{}T00:00:00Z\", \"2024-02-03T01:00:00+0{}:00\")",
                    self.dice.below(9) + 1,
                    self.dice.below(9)
                ),
                _ => format!("log({}, 2)", self.dice.pick(&["1", "8", "1024", "0.5"])),
            },
            14 => format!("tonumber({})", self.expr(&Ty::String, d)),
            8 => {
                let function = *self.dice.pick(&["abs", "ceil", "floor", "signum", "tonumber"]);
                format!("{function}({})", self.expr(&Ty::Number, d))
            }
            9 => format!("sum({})", self.expr(&Ty::List(Box::new(Ty::Number)), d)),
            10 => format!("min({}, {})", self.expr(&Ty::Number, d), self.expr(&Ty::Number, d)),
            11 => {
                let of = match self.dice.below(3) {
                    0 => Ty::String,
                    1 => Ty::Map(Box::new(ty)),
                    _ => Ty::Set(Box::new(Ty::String)),
                };
                format!("length({})", self.expr(&of, d))
            }
            12 => match self.dice.below(3) {
                0 => format!(
                    "index({}, {})",
                    self.expr(&Ty::List(Box::new(Ty::String)), d),
                    self.expr(&Ty::String, 0)
                ),
                1 => {
                    format!("parseint({}, {})", self.expr(&Ty::String, d), self.dice.pick(&["10", "16", "2"]))
                }
                _ => format!("pow({}, {})", self.expr(&Ty::Number, 0), self.dice.pick(&["0", "1", "2", "3"])),
            },
            0 | 1 => {
                let op = *self.dice.pick(&["+", "-", "*", "+", "-"]);
                format!("{} {op} {}", self.atom(&Ty::Number, d), self.atom(&Ty::Number, d))
            }
            2 => format!("{} / {}", self.atom(&Ty::Number, d), self.dice.pick(&["1", "2", "4", "-2"])),
            3 => format!("{} % {}", self.atom(&Ty::Number, d), self.dice.pick(&["1", "2", "3", "0", "-2"])),
            4 => format!("-{}", self.atom(&Ty::Number, d)),
            5 => format!("length({})", self.expr(&Ty::List(Box::new(ty)), d)),
            6 => format!("{}.count", self.atom(&Ty::Pool, d)),
            _ => format!("max({}, {})", self.expr(&Ty::Number, d), self.expr(&Ty::Number, d)),
        }
    }

    fn string(&mut self, d: usize) -> String {
        match self.dice.below(18) {
            14 => match self.dice.below(6) {
                0 => format!(
                    "<<-EOT\n    %{{~ for x in {} ~}}\n      - ${{x}}\n    %{{ endfor ~}}\n    end\n  EOT\n",
                    self.expr(&Ty::List(Box::new(Ty::String)), d)
                ),
                1 => format!(
                    "\"%{{ for k, v in {} }}${{k}}=${{v}};%{{ endfor }}\"",
                    self.expr(&Ty::Map(Box::new(Ty::Number)), d)
                ),
                2 => format!("templatestring(local.choice, {{ on = {} }})", self.expr(&Ty::Bool, d)),
                3 => format!("textencodebase64({}, \"UTF-8\")", self.expr(&Ty::String, d)),
                4 => format!("base64decode(base64encode({}))", self.expr(&Ty::String, d)),
                _ => format!("uuidv5(\"dns\", {})", self.expr(&Ty::String, d)),
            },
            15 => match self.dice.below(4) {
                0 => format!(
                    "cidrsubnet({}, {}, {})",
                    self.dice.pick(&["\"10.0.0.0/16\"", "\"fd00::/48\"", "\"10.1.2.3/30\""]),
                    self.dice.pick(&["4", "8", "0"]),
                    self.dice.pick(&["0", "2", "15", "17"])
                ),
                1 => format!("cidrhost(\"10.12.112.0/20\", {})", self.expr(&Ty::Number, d)),
                2 => format!("cidrnetmask(\"10.0.0.0/{}\")", self.dice.below(34)),
                _ => format!(
                    "formatdate({}, timeadd(\"2024-02-28T23:30:00Z\", {}))",
                    self.dice.pick(&["\"YYYY-MM-DD'T'hh:mm\"", "\"EEEE, D MMM YY h:m AA\"", "\"ZZZZ\""]),
                    self.dice.pick(&["\"36h\"", "\"-10m\"", "\"1h15m30s\"", "\"x\""])
                ),
            },
            16 => match self.dice.below(4) {
                0 => format!("format(\"%v|%s\", {}, {})", self.mixed(d), self.expr(&Ty::String, d)),
                1 => format!("jsonencode({})", self.mixed(d)),
                2 => format!(
                    "format(\"%#v %+d %x %e %g %[1]v\", {}, {}, {}, {}, {})",
                    self.expr(&Ty::Tuple, d),
                    self.dice.pick(&["7", "-12", "0"]),
                    self.dice.pick(&["255", "16"]),
                    self.dice.pick(&["1.5", "1024", "-0.25"]),
                    self.dice.pick(&["1.5", "1000000", "1e21", "1e-7"])
                ),
                _ => format!("join({}, {})", self.expr(&Ty::String, 0), self.expr(&Ty::Tuple, d)),
            },
            17 => match self.dice.below(3) {
                0 => format!("regex(\"([a-z])([0-9])?\", {})[1]", self.expr(&Ty::String, d)),
                1 => format!("regex(\"(?P<x>[a-z]+)-?(?P<y>[a-z]+)?\", {}).y", self.expr(&Ty::String, d)),
                _ => format!("regex(\"[a-z]+\", {})", self.expr(&Ty::String, d)),
            },
            9 => {
                let function = *self.dice.pick(&[
                    "lower",
                    "title",
                    "trimspace",
                    "chomp",
                    "strrev",
                    "md5",
                    "sha1",
                    "sha256",
                    "base64encode",
                    "urlencode",
                    "tostring",
                    "basename",
                    "dirname",
                    "base64sha256",
                    "sha512",
                ]);
                format!("{function}({})", self.expr(&Ty::String, d))
            }
            10 => {
                let function = *self.dice.pick(&["trim", "trimprefix", "trimsuffix"]);
                format!("{function}({}, {})", self.expr(&Ty::String, d), self.expr(&Ty::String, 0))
            }
            11 => match self.dice.below(3) {
                0 => format!(
                    "substr({}, {}, {})",
                    self.expr(&Ty::String, d),
                    self.dice.pick(&["0", "1", "-2", "3"]),
                    self.dice.pick(&["2", "-1", "0", "5"])
                ),
                1 => format!(
                    "replace({}, {}, {})",
                    self.expr(&Ty::String, d),
                    self.dice.pick(&["\"a\"", "\"/[a-c]/\"", "\"\"", "\"/(b)(c)?/\""]),
                    self.dice.pick(&["\"x\"", "\"[$1]\"", "\"\""])
                ),
                _ => format!("indent({}, {})", self.dice.pick(&["0", "2"]), self.expr(&Ty::String, d)),
            },
            12 => {
                let (a, b) = (self.expr(&Ty::String, d), self.expr(&Ty::Bool, d));
                match self.dice.below(3) {
                    0 => format!("<<EOT\n  one ${{{a}}}\n  %{{ if {b} }}two%{{ endif }}\nEOT\n"),
                    1 => format!(
                        "<<-EOT\n    one ${{{a}}}\n      two\n  %{{~ if {b} }}\n    three\n  %{{ endif ~}}\n    EOT\n"
                    ),
                    _ => format!(
                        "format(\"%-6s|%5.2f|%03d|%t|%q\", {a}, {}, {}, {b}, {a})",
                        self.dice.pick(&["1.5", "2", "-0.25"]),
                        self.dice.pick(&["7", "12"])
                    ),
                }
            }
            13 => {
                let ty = self.ty(1);
                match self.dice.below(2) {
                    0 => format!("yamlencode({})", self.expr(&ty, d)),
                    _ => format!("one({}[*])", bracket(&self.expr(&Ty::String, d))),
                }
            }
            0 | 1 => {
                let (a, b) = (self.expr(&Ty::String, d), self.expr(&Ty::Number, d));
                match self.dice.below(4) {
                    0 => format!("\"${{{a}}}-${{{b}}}\""),
                    1 => format!("\"pre ${{~ {a} ~}}  post\""),
                    2 => format!("\"${{{a}}}\""),
                    _ => format!("\"x ${{{b} }}\\n\""),
                }
            }
            2 => {
                let (c, a, b) =
                    (self.expr(&Ty::Bool, d), self.expr(&Ty::String, d), self.expr(&Ty::String, d));
                match self.dice.below(3) {
                    0 => format!("\"%{{ if {c} }}${{{a}}}%{{ else }}${{{b}}}%{{ endif }}\""),
                    1 => format!("\"a %{{~ if {c} ~}} yes %{{~ endif ~}} z\""),
                    _ => format!("\"%{{ if {c} }}${{{a}}}%{{ endif }}\""),
                }
            }
            3 => {
                let list = self.expr(&Ty::List(Box::new(Ty::String)), d);
                let name = self.name();
                self.names.push((name.clone(), Ty::String));
                let body = self.expr(&Ty::String, d);
                self.names.pop();
                format!("\"%{{ for {name} in {list} }}${{{body}}},%{{ endfor }}\"")
            }
            4 => {
                let (a, b) = (self.expr(&Ty::String, d), self.expr(&Ty::String, d));
                if self.dice.one_in(2) {
                    format!("join(\",\", [{a}, {b}])")
                } else {
                    format!("join(\",\", {})", self.expr(&Ty::List(Box::new(Ty::String)), d))
                }
            }
            5 => format!("upper({})", self.expr(&Ty::String, d)),
            6 => format!("{}.size", self.atom(&Ty::Pool, d)),
            7 => {
                let ty = self.ty(1);
                format!("jsonencode({})", self.expr(&ty, d))
            }
            _ => format!("format(\"%s=%v\", {}, {})", self.expr(&Ty::String, d), self.expr(&Ty::Number, d)),
        }
    }

    fn list(&mut self, item: &Ty, d: usize) -> String {
        match self.dice.below(16) {
            14 => {
                let (a, b) = (self.expr(item, d), self.expr(&Ty::List(Box::new(item.clone())), d));
                match self.dice.below(5) {
                    0 => format!("flatten([{a}, {b}, [[{a}]]])"),
                    1 => format!("concat({b}...)"),
                    2 => format!("[for x in [for y in {b} : {{ v = y }}] : x.v if x.v != null]"),
                    3 => format!("[for x in {b} : x if x != {}]", self.expr(item, 0)),
                    _ => format!("tolist([{a}, {}])", self.expr(item, d)),
                }
            }
            15 => match item {
                Ty::String => match self.dice.below(4) {
                    0 => {
                        format!("cidrsubnets(\"10.0.0.0/16\", {}, 8)", self.dice.pick(&["4", "8", "17", "0"]))
                    }
                    1 => format!("formatlist(\"%s/%v\", {}, {})", self.expr(&Ty::Tuple, d), self.mixed(d)),
                    2 => format!(
                        "[for m in regexall(\"([a-z])([0-9])?\", {}) : m[0]]",
                        self.expr(&Ty::String, d)
                    ),
                    _ => format!(
                        "csvdecode(\"a,b\\n1,${{{}}}\\n\")[*].b",
                        self.dice.pick(&["1", "\"x\"", "local.s"])
                    ),
                },
                _ => format!("yamldecode(yamlencode({}))", self.expr(&Ty::List(Box::new(item.clone())), d)),
            },
            9 => match item {
                Ty::String => match self.dice.below(4) {
                    0 => format!(
                        "split({}, {})",
                        self.dice.pick(&["\",\"", "\"\"", "\"a\""]),
                        self.expr(&Ty::String, d)
                    ),
                    1 => format!(
                        "formatlist(\"%s-%s\", {}, {})",
                        self.expr(&Ty::List(Box::new(Ty::String)), d),
                        self.expr(&Ty::String, d)
                    ),
                    2 => format!("regexall(\"[a-z]+\", {})", self.expr(&Ty::String, d)),
                    _ => format!("slice(local.tuple, 0, {})", self.dice.pick(&["0", "1", "2"])),
                },
                Ty::Number => {
                    format!("range({})", self.dice.pick(&["3", "0", "1, 4", "4, 0, -2", "0, 1, 0.25"]))
                }
                Ty::List(item) => format!(
                    "chunklist({}, {})",
                    self.expr(&Ty::List(item.clone()), d),
                    self.dice.pick(&["1", "2", "0"])
                ),
                _ => format!("jsondecode(jsonencode({}))", self.expr(&Ty::List(Box::new(item.clone())), d)),
            },
            10 => format!("[for x in {} : x]", self.expr(&Ty::Set(Box::new(item.clone())), d)),
            11 => format!("tolist({})", self.expr(&Ty::Set(Box::new(item.clone())), d)),
            12 => {
                let list = self.expr(&Ty::List(Box::new(item.clone())), d);
                match self.dice.below(3) {
                    0 => format!("coalescelist({list}, {})", self.expr(&Ty::List(Box::new(item.clone())), d)),
                    1 => format!(
                        "matchkeys({list}, {list}, {})",
                        self.expr(&Ty::List(Box::new(item.clone())), d)
                    ),
                    _ => format!("{}[*]", bracket(&self.expr(&Ty::Set(Box::new(item.clone())), d))),
                }
            }
            13 => {
                let other = self.ty(0);
                let sets = (
                    self.expr(&Ty::List(Box::new(item.clone())), d),
                    self.expr(&Ty::Set(Box::new(other)), d),
                );
                format!("[for pair in setproduct({}, {}) : pair[0]]", sets.0, sets.1)
            }
            0 | 1 => {
                let count = self.dice.below(4);
                let items: Vec<String> = (0..count).map(|_| self.expr(item, d)).collect();
                format!("[{}]", items.join(", "))
            }
            2 | 3 => {
                let from = self.ty(1);
                let over_map = self.dice.one_in(3);
                let source =
                    if over_map { Ty::Map(Box::new(from.clone())) } else { Ty::List(Box::new(from.clone())) };
                let source = self.expr(&source, d);
                let (key, value) = (self.name(), self.name());
                self.names.push((key.clone(), if over_map { Ty::String } else { Ty::Number }));
                self.names.push((value.clone(), from));
                let body = self.expr(item, d);
                let filter = if self.dice.one_in(2) {
                    format!(" if {}", self.expr(&Ty::Bool, d))
                } else {
                    String::new()
                };
                self.names.truncate(self.names.len() - 2);
                if self.dice.one_in(8) {
                    return format!("[for {value} in {source} : {value}]");
                }
                format!("[for {key}, {value} in {source} : {body}{filter}]")
            }
            4 => format!(
                "concat({}, {})",
                self.expr(&Ty::List(Box::new(item.clone())), d),
                self.expr(&Ty::List(Box::new(item.clone())), d)
            ),
            5 => match item {
                Ty::String | Ty::Number => {
                    let name = if *item == Ty::String { "size" } else { "count" };
                    let pools = self.expr(&Ty::List(Box::new(Ty::Pool)), d);
                    let splat = *self.dice.pick(&["[*]", ".*"]);
                    format!("{}{splat}.{name}", bracket(&pools))
                }
                _ => format!("{}[*]", bracket(&self.expr(item, d))),
            },
            6 => format!("values({})", self.expr(&Ty::Map(Box::new(item.clone())), d)),
            7 if *item == Ty::String => {
                let ty = self.ty(1);
                format!("keys({})", self.expr(&Ty::Map(Box::new(ty)), d))
            }
            7 => format!("flatten([{}])", self.expr(&Ty::List(Box::new(item.clone())), d)),
            _ => {
                let functions: &[&str] = match item {
                    Ty::String => &["distinct", "reverse", "tolist", "compact", "toset", "sort"],
                    _ => &["distinct", "reverse", "tolist"],
                };
                let function = *self.dice.pick(functions);
                format!("{function}({})", self.expr(&Ty::List(Box::new(item.clone())), d))
            }
        }
    }

    fn set(&mut self, item: &Ty, d: usize) -> String {
        let one = self.expr(&Ty::Set(Box::new(item.clone())), d);
        let other = self.expr(&Ty::Set(Box::new(item.clone())), d);
        match self.dice.below(7) {
            6 => format!("setunion({one}, [{}], {other})", self.expr(item, d)),
            0 => format!("setunion({one}, {other})"),
            1 => format!("setintersection({one}, {other})"),
            2 => format!("setsubtract({one}, {other})"),
            3 => format!("toset({})", self.expr(&Ty::List(Box::new(item.clone())), d)),
            4 => {
                let name = self.name();
                self.names.push((name.clone(), item.clone()));
                let body = self.expr(item, d);
                self.names.pop();
                format!("toset([for {name} in {one} : {body}])")
            }
            _ if *item == Ty::String => {
                let ty = self.ty(0);
                format!("toset(keys({}))", self.expr(&Ty::Map(Box::new(ty)), d))
            }
            _ => format!("toset({one})"),
        }
    }

    fn map(&mut self, item: &Ty, d: usize) -> String {
        match self.dice.below(12) {
            10 => {
                let (a, b) = (self.expr(item, d), self.expr(&Ty::Map(Box::new(item.clone())), d));
                match self.dice.below(4) {
                    0 => format!("merge([{b}, {{ a = {a} }}]...)"),
                    1 => format!("merge({b}, null, {{ z = {a} }})"),
                    2 => format!("{{for k, v in {b} : upper(k) => v if k != \"a\"}}"),
                    _ => format!("tomap({{ a = {a}, b = {} }})", self.expr(item, d)),
                }
            }
            11 => format!("yamldecode(yamlencode({}))", self.expr(&Ty::Map(Box::new(item.clone())), d)),
            6 => format!("tomap({})", self.expr(&Ty::Map(Box::new(item.clone())), d)),
            7 => format!(
                "zipmap({}, {})",
                self.expr(&Ty::List(Box::new(Ty::String)), d),
                self.expr(&Ty::List(Box::new(item.clone())), d)
            ),
            8 => match item {
                Ty::List(item) if **item == Ty::String => {
                    format!("transpose({})", self.expr(&Ty::Map(Box::new(Ty::List(Box::new(Ty::String)))), d))
                }
                _ => format!("jsondecode(jsonencode({}))", self.expr(&Ty::Map(Box::new(item.clone())), d)),
            },
            9 => {
                let name = self.name();
                self.names.push((name.clone(), item.clone()));
                let body = self.expr(item, d);
                self.names.pop();
                format!(
                    "{{for k, {name} in {} : k => {body}}}",
                    self.expr(&Ty::Map(Box::new(item.clone())), d)
                )
            }
            0 | 1 => {
                let count = self.dice.below(4);
                let start = self.dice.below(6);
                let items: Vec<String> = (start..start + count)
                    .map(|index| {
                        let key = match index % 6 {
                            0 => format!("({})", self.expr(&Ty::String, d)),
                            written => ["a", "1", "b", "\"a ${local.s}\"", "\"c\""][written - 1].to_owned(),
                        };
                        format!("{key} = {}", self.expr(item, d))
                    })
                    .collect();
                format!("{{{}}}", items.join(", "))
            }
            2 | 3 => {
                let from = self.ty(1);
                let source = self.expr(&Ty::List(Box::new(from.clone())), d);
                let (key, value) = (self.name(), self.name());
                self.names.push((key.clone(), Ty::Number));
                self.names.push((value.clone(), from));
                let result_key =
                    if self.dice.one_in(2) { format!("\"k${{{key}}}\"") } else { self.expr(&Ty::String, d) };
                let body = self.expr(item, d);
                let group = if self.dice.one_in(5) { "..." } else { "" };
                let filter = if self.dice.one_in(3) {
                    format!(" if {}", self.expr(&Ty::Bool, d))
                } else {
                    String::new()
                };
                self.names.truncate(self.names.len() - 2);
                format!("{{for {key}, {value} in {source} : {result_key} => {body}{group}{filter}}}")
            }
            4 => format!(
                "merge({}, {})",
                self.expr(&Ty::Map(Box::new(item.clone())), d),
                self.expr(&Ty::Map(Box::new(item.clone())), d)
            ),
            _ => format!("{{ for k, v in {} : k => v }}", self.expr(&Ty::Map(Box::new(item.clone())), d)),
        }
    }
}

/// An expression that a splat can follow.
fn bracket(expr: &str) -> String {
    format!("({expr})")
}
