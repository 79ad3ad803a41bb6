//! Terraform's expressions as Terraform itself evaluates them.
//!
//! `terraform_console/expressions.txt` holds expressions and their results: paragraphs of an expression, which may
//! take several lines, and a line `=> JSON`, or `=> fails`. Where a `terraform` binary is on the path, the results
//! on file are compared with what it says today (`AKSLINT_RECORD=1` writes them instead), and so are the results
//! of expressions that are made up from a fixed seed.
//!
//! The full run, which takes about a minute:
//! `AKSLINT_REQUIRE_ORACLES=1 AKSLINT_EXPRESSIONS=8000 cargo test --test terraform_console -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "support/terraform.rs"]
mod support;

use std::fmt::Write as _;
use std::path::Path;

use akslint::resolve::terraform::local_values;
use akslint::source::Sources;
use akslint::value::{Node, Value};
use serde_json::Value as Json;
use support::{Dice, terraform};

/// What every expression may refer to.
const MODULE: &str = r#"
locals {
  n      = 5
  s      = "abc"
  choice = "%%{ if on }yes%%{ else }no%%{ endif }"
  t      = true
  none   = null
  list   = tolist(["a", "b", "c"])
  tuple  = [1, "two", true, null]
  set    = toset(["z", "y", "x"])
  map    = tomap({ a = 1, b = 2 })
  object = { name = "web", size = 3, tags = { a = "1" }, on = true, empty = null }
  pools = {
    blue  = { size = "Standard_D4s_v5", count = 2, zones = ["1", "2"] }
    green = { size = "Standard_D8s_v5", count = 0, zones = [] }
  }
  nested = [{ a = 1, b = [1, 2] }, { a = 2, b = [] }]
}
variable "typed" {
  type    = object({ a = number, b = optional(string, "x"), c = optional(list(number)) })
  default = { a = "1" }
}
variable "untyped" { default = {} }
variable "pools" {
  type = map(object({ size = optional(string, "Standard_D2s_v5"), count = optional(number, 1) }))
  default = { a = {}, b = { count = "3" } }
}
"#;

/// A result: JSON, that it fails, or what we say that Terraform never does.
#[derive(Debug, Clone)]
enum Outcome {
    Is(Json),
    Fails,
    NotKnown,
    Other(String),
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Outcome::Is(json) => write!(f, "{json}"),
            Outcome::Fails => f.write_str("fails"),
            Outcome::NotKnown => f.write_str("is not known"),
            Outcome::Other(text) => f.write_str(text),
        }
    }
}

const NOT_PARSED: &str = "is not parsed";

fn same(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Outcome::Is(a), Outcome::Is(b)) => same_json(a, b),
        (Outcome::Fails, Outcome::Fails) | (Outcome::NotKnown, Outcome::NotKnown) => true,
        // What cannot be read fails as well.
        (Outcome::Other(text), Outcome::Fails) => text == NOT_PARSED,
        _ => false,
    }
}

/// Terraform computes with more digits than we do, so numbers agree to the precision of a float.
fn same_json(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same_json(a, b))
        }
        // Theirs has a negative zero.
        (Json::String(a), Json::String(b)) => a == b || a.replace("-0", "0") == b.replace("-0", "0"),
        _ => a == b,
    }
}

/// What we make of the expressions, all in one module.
fn ours(expressions: &[String]) -> Vec<Outcome> {
    let mut text = MODULE.to_owned();
    for (index, expression) in expressions.iter().enumerate() {
        // The line break ends a heredoc.
        writeln!(text, "locals {{\n  e{index} = try([{expression}\n], null)\n}}").unwrap();
    }
    let sources = Sources::in_memory(&[("main.tf", &text)]);
    let values = local_values(&sources, Path::new("/"));
    let outcome = |index| match values.get(&*format!("e{index}")) {
        Some(value) => match json_of(value) {
            Ok(Json::Array(mut result)) => result.pop().map_or(Outcome::Fails, Outcome::Is),
            Ok(_) => Outcome::Fails,
            Err(other) => other,
        },
        None => Outcome::Other(NOT_PARSED.to_owned()),
    };
    (0..expressions.len()).map(outcome).collect()
}

fn json_of(value: &Value) -> Result<Json, Outcome> {
    let Some(node) = value.single() else { return Err(Outcome::NotKnown) };
    Ok(match node {
        Node::Null => Json::Null,
        Node::Bool(value) => (*value).into(),
        Node::Number(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Node::String(text) => (**text).into(),
        Node::List(list) if list.open.is_none() => {
            Json::Array(list.items.iter().map(json_of).collect::<Result<_, _>>()?)
        }
        Node::Map(map) if map.open.is_none() => Json::Object(
            map.entries
                .iter()
                .map(|(key, item)| Ok((key.to_string(), json_of(item)?)))
                .collect::<Result<_, _>>()?,
        ),
        Node::List(_) | Node::Map(_) | Node::Unknown(_) => return Err(Outcome::NotKnown),
    })
}

/// What Terraform makes of them.
fn theirs(expressions: &[String]) -> Option<Vec<Outcome>> {
    let directory = tempfile::tempdir().unwrap();
    let mut text = format!("{MODULE}\nlocals {{\n  results = [\n");
    for expression in expressions {
        writeln!(text, "    try(jsonencode({expression}\n), \"fails\"),").unwrap();
    }
    text.push_str("  ]\n}\n");
    std::fs::write(directory.path().join("main.tf"), text).unwrap();
    // In base 64, since what the console shows is not always valid JSON.
    let output = terraform(directory.path(), &["console"], "base64encode(jsonencode(local.results))\n")?;
    let shown = String::from_utf8(output.stdout).unwrap();
    let results = decode(shown.trim().trim_matches('"'));
    let results: Option<Vec<String>> = results.and_then(|text| serde_json::from_slice(&text).ok());
    let Some(results) = results else {
        // One expression that cannot even be checked spoils the whole module.
        let (first, second) = expressions.split_at(expressions.len() / 2);
        if first.is_empty() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Some(vec![match shown.trim() {
                "(known after apply)" => Outcome::NotKnown,
                // Even `try` does not save what Terraform can tell to be wrong before it evaluates anything.
                "" if errors.contains("Error: ") => Outcome::Fails,
                _ => Outcome::Other(format!("{shown}{errors}")),
            }]);
        }
        return Some([theirs(first)?, theirs(second)?].concat());
    };
    assert_eq!(results.len(), expressions.len());
    let outcome = |result: &String| match result.as_str() {
        "fails" => Outcome::Fails,
        json => Outcome::Is(serde_json::from_str(json).unwrap()),
    };
    Some(results.iter().map(outcome).collect())
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut have) = (Vec::new(), 0u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
        }
    }
    Some(out)
}

const FILE: &str = "tests/terraform_console/expressions.txt";

/// An expression on file.
struct Row {
    expression: String,
    /// Terraform's result.
    result: String,
    /// Ours, where it is another.
    ours: Option<String>,
}

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut expression = String::new();
    for line in std::fs::read_to_string(FILE).unwrap().lines() {
        match line.strip_prefix("=> ") {
            Some(result) => {
                let expression = std::mem::take(&mut expression);
                rows.push(Row { expression, result: result.to_owned(), ours: None });
            }
            None if line.starts_with("we say ") => {
                rows.last_mut().unwrap().ours = line.strip_prefix("we say ").map(str::to_owned);
            }
            None if expression.is_empty() && (line.is_empty() || line.starts_with('#')) => {}
            None if expression.is_empty() => line.clone_into(&mut expression),
            None => {
                expression.push('\n');
                expression.push_str(line);
            }
        }
    }
    assert_eq!(expression, "", "an expression without a result");
    rows
}

fn on_file(result: &str) -> Outcome {
    match result {
        "fails" => Outcome::Fails,
        "is not known" => Outcome::NotKnown,
        json => serde_json::from_str(json).map_or_else(|_| Outcome::Other(json.to_owned()), Outcome::Is),
    }
}

fn differences(expressions: &[String], ours: &[Outcome], theirs: &[Outcome]) -> Vec<String> {
    let rows = expressions.iter().zip(ours).zip(theirs);
    rows.filter(|((_, ours), theirs)| !same(ours, theirs))
        .map(|((expression, ours), theirs)| format!("{expression}\n  gives {ours}\n  not   {theirs}"))
        .collect()
}

#[test]
fn expressions_have_the_values_on_file() {
    let rows = rows();
    let expressions: Vec<String> = rows.iter().map(|row| row.expression.clone()).collect();
    let results: Vec<Outcome> =
        rows.iter().map(|row| on_file(row.ours.as_ref().unwrap_or(&row.result))).collect();
    let wrong = differences(&expressions, &ours(&expressions), &results);
    assert!(wrong.is_empty(), "{} expressions:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_values_on_file_are_those_of_terraform() {
    let rows = rows();
    let expressions: Vec<String> = rows.iter().map(|row| row.expression.clone()).collect();
    let Some(theirs) = theirs(&expressions) else { return };
    if std::env::var("AKSLINT_RECORD").is_ok_and(|value| value == "1") {
        let mut new = theirs.iter();
        let text = std::fs::read_to_string(FILE).unwrap();
        let lines = text.lines().map(|line| match line.strip_prefix("=> ") {
            Some(_) => format!("=> {}\n", new.next().unwrap()),
            None => format!("{line}\n"),
        });
        std::fs::write(FILE, lines.collect::<String>()).unwrap();
        return;
    }
    let results: Vec<Outcome> = rows.iter().map(|row| on_file(&row.result)).collect();
    let changed = differences(&expressions, &results, &theirs);
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

/// Expressions among those of the seeds that are tried of which we say another thing than Terraform, and why.
const DIFFERENCES: &[(&str, &str)] = &[(
    "try(((local.t ? null : \"5\") == tomap((local.t ? null : \"5\"))), \"true\")",
    "the null is one of type string there, which is no map; ours has no type",
)];

#[test]
fn made_up_expressions_have_the_values_that_terraform_gives_them() {
    let wanted = std::env::var("AKSLINT_EXPRESSIONS").ok().and_then(|count| count.parse().ok());
    let wanted: usize = wanted.unwrap_or(1_000);
    let seed = std::env::var("AKSLINT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut maker = Maker { dice: Dice::new(seed), names: Vec::new(), fresh: 0 };
    let expressions: Vec<String> = (0..wanted)
        .map(|index| {
            let ty = maker.ty(2);
            maker.expr(&ty, 1 + index % 4)
        })
        .collect();
    let mut wrong = Vec::new();
    for batch in expressions.chunks(2_000) {
        let Some(theirs) = theirs(batch) else { return };
        wrong.extend(differences(batch, &ours(batch), &theirs));
    }
    wrong.sort_by_key(String::len);
    let listed = |difference: &String| {
        let expression = difference.split("\n  gives ").next().unwrap();
        DIFFERENCES.iter().position(|(known, _)| *known == expression)
    };
    let (known, new): (Vec<_>, Vec<_>) = wrong.iter().partition(|difference| listed(difference).is_some());
    eprintln!("{wanted} expressions: {} known differences, {} new ones", known.len(), new.len());
    let shown = new.iter().take(60).map(|text| text.as_str()).collect::<Vec<_>>().join("\n");
    assert!(new.is_empty(), "{} of {wanted}:\n{shown}", new.len());
    let gone = DIFFERENCES.iter().enumerate().filter(|(index, (expression, _))| {
        expressions.iter().any(|made_up| made_up == expression)
            && !known.iter().any(|difference| listed(difference) == Some(*index))
    });
    let gone: Vec<&str> = gone.map(|(_, (expression, _))| *expression).collect();
    assert!(gone.is_empty(), "no longer different, so take them off the list:\n{}", gone.join("\n"));
}

/// The type that a made-up expression is to have.
#[derive(Debug, Clone, PartialEq)]
enum Ty {
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
struct Maker {
    dice: Dice,
    names: Vec<(String, Ty)>,
    fresh: usize,
}

impl Maker {
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

    fn literal(&mut self, ty: &Ty) -> String {
        match ty {
            Ty::Bool => self.dice.pick(&["true", "false", "true", "\"true\"", "local.t"]).to_string(),
            Ty::Number => self
                .dice
                .pick(&["0", "1", "2", "3", "10", "2.5", "-1", "\"4\"", "local.n", "1e3"])
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
            return "null".to_owned();
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
        match self.dice.below(12) {
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
            Ty::Number => self.number(d),
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
        match self.dice.below(15) {
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
                let op = *self.dice.pick(&["&&", "||"]);
                // From 1.12 on, Terraform does not look at the right side where the left one decides.
                format!("{} {op} try(!({}), true)", self.atom(&Ty::Bool, d), self.expr(&Ty::Bool, d))
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
        match self.dice.below(13) {
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
        match self.dice.below(14) {
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
        match self.dice.below(14) {
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
        match self.dice.below(6) {
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
        match self.dice.below(10) {
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
