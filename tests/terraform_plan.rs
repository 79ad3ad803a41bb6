//! Whole configurations as Terraform itself plans them: trees of modules that are made up from a fixed seed, with
//! `terraform_data` where agent pools will be, planned by `terraform` where it is installed and compared with what
//! we resolve, instance by instance and value by value. Every tree has three modules or more, a `for_each` over a
//! computed map, `optional()` with and without defaults, something unknown, and a null.
//!
//! The full run, which takes some minutes and prints which features of the language it met in how many trees:
//! `AKSLINT_REQUIRE_ORACLES=1 AKSLINT_TREES=400 cargo test --test terraform_plan -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "support/terraform.rs"]
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use akslint::resolve::terraform::{Inputs, resolve};
use akslint::source::{Kind, Sources};
use akslint::value::{Node, Reason, Value};
use serde_json::Value as Json;
use support::{Dice, terraform};

const POOL: &str = "azurerm_kubernetes_cluster_node_pool";

/// Text by path.
type Files = BTreeMap<String, String>;

#[test]
fn made_up_trees_of_modules_resolve_as_terraform_plans_them() {
    let setting = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (trees, seed) = (setting("AKSLINT_TREES", 12), setting("AKSLINT_SEED", 1));
    let compare = |parity: u64| {
        let mut tally = Tally::default();
        for tree in (0..trees).filter(|tree| tree % 2 == parity) {
            let files = Maker { dice: Dice::new(seed * 1_000_000 + tree), files: Files::new() }.tree();
            compare(&files, &mut tally)?;
        }
        Some(tally)
    };
    // Terraform spends most of its time waiting.
    let (even, odd) = std::thread::scope(|threads| {
        let odd = threads.spawn(|| compare(1));
        (compare(0), odd.join().unwrap())
    });
    let (Some(even), Some(odd)) = (even, odd) else { return };
    let wrong: Vec<&String> = even.wrong.iter().chain(&odd.wrong).collect();
    let (refused, instances) = (even.refused + odd.refused, even.instances + odd.instances);
    let values = even.values + odd.values;
    eprintln!(
        "{trees} trees, {refused} of them refused by Terraform: {instances} instances, {values} values, \
         {} more that come from what is sensitive",
        even.secrets + odd.secrets
    );
    let count =
        |feature: &str| -> u64 { [&even, &odd].iter().filter_map(|tally| tally.features.get(feature)).sum() };
    for (feature, _) in FEATURES {
        let met = count(feature);
        eprintln!("{met:5} trees with {feature}");
        assert!(trees < 40 || met > 0, "no tree has {feature}");
    }
    for always in ALWAYS {
        assert_eq!(count(always), trees - refused, "{always}");
    }
    assert!(refused * 4 <= trees, "most of them should be of use:\n{}", even.refusals.join("\n"));
    let shown = wrong.iter().take(30).map(|text| text.as_str()).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differences:\n{shown}", wrong.len());
}

/// The features of the language that are counted, and the text that each is recognised by: all of these, divided by
/// `&`, in one file.
const FEATURES: &[(&str, &str)] = &[
    ("three modules or more", "source = \"../leaf\""),
    ("`for_each` over a computed map", "for_each = { for"),
    ("`for_each` over a set", "for_each = toset("),
    ("`count`", "  count = "),
    ("`count` or `for_each` on a module", "source = \"./modules/middle\"\n  count&each.key"),
    ("`optional()` with a default", "optional(number, 1)"),
    ("`optional()` without a default", "label = optional(string)"),
    ("a null", "= null"),
    ("something unknown", ".seed.id"),
    ("`nullable = false`", "nullable = false"),
    ("a variable of any type", "type = any"),
    ("a variable that is a set", "set(string)"),
    ("a variable that is a tuple", "type = tuple("),
    ("a sensitive variable", "sensitive = true"),
    ("a validation", "validation {"),
    ("outputs that feed another module", "module \"m1\"&module.m0"),
    ("locals of locals", "  l3 = &local.l"),
    ("a conditional", " ? "),
    ("a conditional that unifies types", "tostring(null) : "),
    ("`for` with a filter", " if v.count"),
    ("`for` with grouping", "...}"),
    ("a splat", "[*]."),
    ("a splat of attributes only", ".*."),
    ("an interpolation", "${"),
    ("a directive in a template", "%{"),
    ("a heredoc", "<<EOT"),
    ("an indented heredoc", "<<-EOT"),
    ("`templatefile`", "templatefile("),
    ("`try`", "try("),
    ("`merge` with expansion", "]...)"),
    ("an override file", "# overrides"),
    ("a JSON configuration", "\"locals\""),
    ("variables in JSON", "from $"),
    ("a `check` block", "check \""),
    ("a `moved` block", "moved {"),
    ("a `removed` block", "removed {"),
    ("a precondition", "precondition {"),
];

/// The features that every tree is to have.
const ALWAYS: &[&str] = &[
    "three modules or more",
    "`for_each` over a computed map",
    "`optional()` with a default",
    "`optional()` without a default",
    "a null",
    "something unknown",
];

#[derive(Default)]
struct Tally {
    /// In how many trees each feature is.
    features: BTreeMap<&'static str, u64>,
    /// Values that we do not show since they come from what is sensitive.
    secrets: usize,
    refused: u64,
    refusals: Vec<String>,
    instances: usize,
    values: usize,
    wrong: Vec<String>,
}

/// Compares one tree. `None` if there is no Terraform.
fn compare(files: &Files, tally: &mut Tally) -> Option<()> {
    let theirs = match planned(files)? {
        Ok(theirs) => theirs,
        Err(message) => {
            tally.refused += 1;
            tally.refusals.push(message);
            return Some(());
        }
    };
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let sources = Sources::in_memory(&texts);
    let inputs = Inputs { no_alternatives: true, ..Inputs::default() };
    let terraform = sources.found(Kind::Terraform);
    let mut vars = sources.found(Kind::TerraformVars);
    vars.extend(sources.found(Kind::TerraformJson));
    let resolved = resolve(&sources, sources.project(), &terraform, &vars, &inputs);
    let mut ours: BTreeMap<String, Value> = BTreeMap::new();
    for resource in resolved.resources {
        ours.insert(resource.address, resource.body);
    }
    let before = tally.wrong.len();
    for (feature, marks) in FEATURES {
        let has = |text: &String| marks.split('&').all(|mark| text.contains(mark));
        *tally.features.entry(feature).or_default() += u64::from(files.values().any(has));
    }
    for (address, (after, unknown)) in &theirs {
        tally.instances += 1;
        match ours.remove(address) {
            Some(body) => differ(address, &body, after, unknown, tally),
            None => tally.wrong.push(format!("{address} is missing")),
        }
    }
    tally.wrong.extend(ours.keys().map(|address| format!("{address} is too much")));
    if tally.wrong.len() > before
        && let Ok(dir) = std::env::var("AKSLINT_KEEP")
    {
        for (path, text) in files {
            let path = Path::new(&dir).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    Some(())
}

/// The values after the change by address and which of them are not known.
type Planned = BTreeMap<String, (Json, Json)>;

fn planned(files: &Files) -> Option<Result<Planned, String>> {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace(POOL, "terraform_data")).unwrap();
    }
    for args in [&["init", "-backend=false"][..], &["plan", "-out=plan", "-input=false", "-lock=false"]] {
        let output = terraform(directory.path(), args, "")?;
        if !output.status.success() {
            return Some(Err(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
    }
    let output = terraform(directory.path(), &["show", "-json", "plan"], "")?;
    let plan: Json = serde_json::from_slice(&output.stdout).unwrap();
    let changes = plan["resource_changes"].as_array().cloned().unwrap_or_default();
    let planned = changes.into_iter().map(|change| {
        let address = change["address"].as_str().unwrap().replace("terraform_data", POOL);
        (
            address,
            (change["change"]["after"]["input"].clone(), change["change"]["after_unknown"]["input"].clone()),
        )
    });
    Some(Ok(planned.collect()))
}

/// Notes where a value of ours is not what Terraform plans. What Terraform does not know may be anything.
fn differ(address: &str, body: &Value, after: &Json, unknown: &Json, tally: &mut Tally) {
    let input = match body.single() {
        Some(Node::Map(map)) => map.entries.get("input").cloned(),
        _ => None,
    };
    let Some(input) = input else { return tally.wrong.push(format!("{address} has no input")) };
    part(address, &input, after, unknown, tally);
}

fn part(path: &str, ours: &Value, after: &Json, unknown: &Json, tally: &mut Tally) {
    if *unknown == Json::Bool(true) {
        tally.values += 1;
        return;
    }
    let node = ours.single();
    match (node, after) {
        (Some(Node::Unknown(unknown)), _) if unknown.reason == Reason::Secret => tally.secrets += 1,
        (Some(Node::List(list)), Json::Array(items))
            if list.open.is_none() && list.items.len() == items.len() =>
        {
            for (index, (item, after)) in list.items.iter().zip(items).enumerate() {
                part(&format!("{path}[{index}]"), item, after, &unknown[index], tally);
            }
        }
        (Some(Node::Map(map)), Json::Object(members)) if map.open.is_none() => {
            for (key, item) in &map.entries {
                match (members.get(&**key), &unknown[&**key]) {
                    (None, Json::Bool(true)) => tally.values += 1,
                    (None, Json::Null) => tally.wrong.push(format!("{path}.{key} is too much")),
                    (after, unknown) => {
                        part(&format!("{path}.{key}"), item, after.unwrap_or(&Json::Null), unknown, tally);
                    }
                }
            }
            for key in members.keys().filter(|key| !map.entries.contains_key(key.as_str())) {
                tally.wrong.push(format!("{path}.{key} is missing"));
            }
        }
        (Some(node), after) => {
            tally.values += 1;
            let same = match (node, after) {
                (Node::Null(_), Json::Null) => true,
                (Node::Bool(a), Json::Bool(b)) => a == b,
                (Node::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64().unwrap(),
                (Node::String(a), Json::String(b)) => **a == **b,
                _ => false,
            };
            if !same {
                tally.wrong.push(format!("{path} is {node:?}, not {after}"));
            }
        }
        (None, after) => tally.wrong.push(format!("{path} has alternatives, and is {after}")),
    }
}

/// What a name or an expression stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ty {
    Text,
    Number,
    Bool,
    Texts,
    /// A map of `{ size, count, zones, label }`.
    Pools,
    /// A text that is known only once something is deployed.
    Later,
}

const TYPES: [Ty; 6] = [Ty::Text, Ty::Number, Ty::Bool, Ty::Texts, Ty::Pools, Ty::Later];

const POOLS: &str = "map(object({ size = optional(string, \"Standard_D2s_v5\"), count = optional(number, 1), \
                     zones = optional(list(string), []), label = optional(string) }))";

const TEMPLATE: &str = "%{ for t in texts ~}\n- ${t} ${upper(text)}\n%{ endfor ~}\n";

/// Expressions that may be used in some place.
type Names = Vec<(String, Ty)>;

struct Variable {
    name: String,
    ty: Ty,
    has_default: bool,
    nullable: bool,
}

/// A module that others may call.
struct Module {
    dir: &'static str,
    variables: Vec<Variable>,
    outputs: Vec<(String, Ty)>,
}

struct Maker {
    dice: Dice,
    files: Files,
}

impl Maker {
    fn tree(mut self) -> Files {
        let leaf = self.module("modules/leaf", &[]);
        let middle = self.module("modules/middle", &[("../leaf", &leaf)]);
        let root = self.module("", &[("./modules/middle", &middle), ("./modules/leaf", &leaf)]);
        let mut vars: [String; 2] = Default::default();
        for variable in &root.variables {
            if !variable.has_default || self.dice.one_in(2) {
                let value = self.literal(variable.ty);
                let file = self.dice.below(2);
                writeln!(vars[file], "{} = {value}", variable.name).unwrap();
                if self.dice.one_in(4) {
                    let value = self.literal(variable.ty);
                    writeln!(vars[1 - file], "{} = {value}", variable.name).unwrap();
                }
            }
        }
        let [plain, auto] = vars;
        self.files.insert("terraform.tfvars".to_owned(), plain);
        self.files.insert("more.auto.tfvars".to_owned(), auto);
        if self.dice.one_in(2) {
            let name =
                *self.dice.pick(&["terraform.tfvars.json", "a.auto.tfvars.json", "z.auto.tfvars.json"]);
            let text = "{\"v0\": \"from ${a+b}\", \"v4\": {\"j\": {\"count\": 2, \"zones\": [1]}}}";
            self.files.insert(name.to_owned(), text.to_owned());
        }
        self.files.insert("modules/leaf/text.tftpl".to_owned(), TEMPLATE.to_owned());
        let json = format!(
            "{{\"locals\": {{\"j0\": \"${{upper(var.v0)}}-${{var.v1}}\", \"j1\": [\"a\", 1, null, true]}},\n\
             \"resource\": {{\"{POOL}\": {{\"json\": {{\"for_each\": \"${{toset(var.v3)}}\", \"input\": \
             {{\"k\": \"${{each.key}}\", \"j\": \"${{local.j1}}\", \"p\": \"${{var.v4}}\", \"n\": null, \
             \"later\": \"%{{ if var.v2 }}${{{POOL}.seed.id}}%{{ else }}no%{{ endif }}\"}}}}}}}}}}\n"
        );
        let dir = *self.dice.pick(&["modules/leaf/", "modules/middle/", ""]);
        self.files.insert(format!("{dir}extra.tf.json"), json);
        if self.dice.one_in(2) {
            let dir = *self.dice.pick(&["modules/leaf/", "modules/middle/", ""]);
            let value = self.literal(Ty::Text);
            let text = format!(
                "# overrides\nlocals {{\n  own = {value}\n}}\nvariable \"v10\" {{\n  default = {value}\n}}\n\
                 resource \"{POOL}\" \"always\" {{\n  input = {{ key = each.key, own = local.own, v = var.v10 }}\n}}\n"
            );
            let name = *self.dice.pick(&["override.tf", "main_override.tf"]);
            self.files.insert(format!("{dir}{name}"), text);
        }
        self.files
    }

    /// A module of a few variables, locals, calls, resources and outputs.
    fn module(&mut self, dir: &'static str, callees: &[(&str, &Module)]) -> Module {
        let mut text = String::new();
        let mut names = Names::new();
        let mut variables = Vec::new();
        for (index, ty) in
            TYPES.into_iter().enumerate().flat_map(|(index, ty)| [(index, ty), (index + 10, ty)])
        {
            if ty == Ty::Later && dir.is_empty() {
                continue;
            }
            let name = format!("v{index}");
            let stated = match ty {
                Ty::Text | Ty::Later => "string",
                Ty::Number => "number",
                Ty::Bool => "bool",
                Ty::Texts => *self.dice.pick(&["list(string)", "set(string)"]),
                Ty::Pools => POOLS,
            };
            let stated = if ty != Ty::Pools && self.dice.one_in(6) { "any" } else { stated };
            let has_default = self.dice.one_in(2);
            let nullable = !(has_default && self.dice.one_in(2));
            writeln!(text, "variable \"{name}\" {{\n  type = {stated}").unwrap();
            if has_default {
                let default = self.literal(ty);
                writeln!(text, "  default = {default}").unwrap();
            }
            if !nullable {
                text.push_str("  nullable = false\n");
            }
            text.push_str("}\n");
            let usable = match (ty, stated) {
                (Ty::Texts, _) => format!("tolist(var.{name})"),
                (Ty::Text, "any") => format!("tostring(var.{name})"),
                _ => format!("var.{name}"),
            };
            names.push((usable, ty));
            variables.push(Variable { name, ty, has_default, nullable });
        }
        // Something that only an apply finds out.
        writeln!(text, "resource \"{POOL}\" \"seed\" {{\n  input = {}\n}}", self.expr(&names, Ty::Text, 1))
            .unwrap();
        names.push((format!("{POOL}.seed.id"), Ty::Later));
        names.push((format!("{POOL}.seed.output"), Ty::Later));
        names.push((format!("{POOL}.seed.input"), Ty::Text));
        names.push(("path.module".to_owned(), Ty::Text));
        if dir.ends_with("leaf") {
            let (texts, one) = (self.expr(&names, Ty::Texts, 1), self.expr(&names, Ty::Text, 1));
            let call =
                format!("templatefile(\"${{path.module}}/text.tftpl\", {{ texts = {texts}, text = {one} }})");
            names.push((call, Ty::Text));
        }
        self.fixed(&mut text, &mut names);
        text.push_str("locals {\n  own = \"own\"\n");
        for index in 0..4 {
            let ty = *self.dice.pick(&TYPES);
            let value = self.expr(&names, ty, 2);
            writeln!(text, "  l{index} = {value}").unwrap();
            names.push((format!("local.l{index}"), ty));
        }
        text.push_str("}\n");
        for (index, (source, callee)) in callees.iter().enumerate() {
            self.call(&mut text, &mut names, &format!("m{index}"), source, callee);
        }
        for index in 0..2 {
            self.resource(&mut text, &mut names, &format!("r{index}"));
        }
        let mut outputs = Vec::new();
        for (index, ty) in TYPES.into_iter().enumerate() {
            let (name, value) = (format!("o{index}"), self.expr(&names, ty, 1));
            writeln!(text, "output \"{name}\" {{\n  value = {value}\n}}").unwrap();
            outputs.push((name, ty));
        }
        self.files.insert(format!("{dir}/main.tf").trim_start_matches('/').to_owned(), text);
        Module { dir, variables, outputs }
    }

    /// What every module has: a `for_each` over a computed map, nulls, something sensitive and something unknown, and
    /// blocks that plan nothing.
    fn fixed(&mut self, text: &mut String, names: &mut Names) {
        let (number, flag) = (self.literal(Ty::Number), self.literal(Ty::Bool));
        let pools = self.expr(names, Ty::Pools, 1);
        let condition =
            *self.dice.pick(&["v.label == null", "v.label != \"g\"", "length(v.zones) < 2", "true"]);
        write!(
            text,
            "variable \"secret\" {{\n  type = string\n  default = \"s3cret\"\n  sensitive = true\n}}\n\
             variable \"pair\" {{\n  type = tuple([string, number])\n  default = [{number}, \"{number}\"]\n}}\n\
             variable \"shape\" {{\n  type = object({{ a = optional(list(string)), b = optional(bool, {flag}), \
             c = optional(object({{ d = optional(number, 7) }}), {{}}) }})\n  default = {{}}\n  nullable = false\n\
             validation {{\n    condition = var.shape.b == {flag}\n    error_message = \"b is {flag}.\"\n  }}\n}}\n\
             check \"pair\" {{\n  assert {{\n    condition = length(var.pair) == 2\n    error_message = \"two\"\n  }}\n}}\n\
             resource \"{POOL}\" \"always\" {{\n  \
             for_each = {{ for k, v in {pools} : \"${{k}}-${{v.size}}\" => merge(v, {{ label = null }}) if {condition} }}\n  \
             input = {{\n    key = each.key\n    pool = each.value\n    nothing = null\n    later = {POOL}.seed.id\n    \
             secret = \"x-${{var.secret}}\"\n    pair = var.pair\n    shape = var.shape\n    own = local.own\n  }}\n}}\n"
        )
        .unwrap();
        if self.dice.one_in(2) {
            write!(text, "moved {{\n  from = {POOL}.old\n  to = {POOL}.r0\n}}\n").unwrap();
        }
        if self.dice.one_in(2) {
            write!(text, "removed {{\n  from = {POOL}.gone\n  lifecycle {{\n    destroy = false\n  }}\n}}\n")
                .unwrap();
        }
        names.push(("var.pair[0]".to_owned(), Ty::Text));
        names.push(("var.pair[1]".to_owned(), Ty::Number));
        names.push(("var.shape.b".to_owned(), Ty::Bool));
        names.push(("var.shape.c.d".to_owned(), Ty::Number));
        names.push(("coalesce(var.shape.a, tolist([\"none\"]))".to_owned(), Ty::Texts));
        names.push((format!("keys({POOL}.always)"), Ty::Texts));
        names.push((format!("values({POOL}.always)[*].input.key"), Ty::Texts));
    }

    /// `count`, `for_each` or neither.
    fn repetition(&mut self, names: &Names) -> (String, Names, &'static str) {
        let mut inner = names.clone();
        match self.dice.below(5) {
            0 => {
                let condition = self.expr(names, Ty::Bool, 1);
                (format!("  count = {condition} ? 1 : 0\n"), inner, "one")
            }
            1 => {
                inner.push(("count.index".to_owned(), Ty::Number));
                let texts = self.expr(names, Ty::Texts, 1);
                (format!("  count = length({texts})\n"), inner, "count")
            }
            2 => {
                inner.push(("each.key".to_owned(), Ty::Text));
                inner.push(("each.value".to_owned(), Ty::Text));
                let texts = self.expr(names, Ty::Texts, 1);
                (format!("  for_each = toset({texts})\n"), inner, "each")
            }
            3 => {
                let more = [("key", Ty::Text), ("value.size", Ty::Text), ("value.count", Ty::Number)];
                inner.extend(more.map(|(name, ty)| (format!("each.{name}"), ty)));
                inner.push(("each.value.zones".to_owned(), Ty::Texts));
                let pools = self.expr(names, Ty::Pools, 2);
                (format!("  for_each = {pools}\n"), inner, "each")
            }
            _ => (String::new(), inner, ""),
        }
    }

    fn call(&mut self, text: &mut String, names: &mut Names, name: &str, source: &str, callee: &Module) {
        assert!(callee.dir.ends_with(source.trim_start_matches(['.', '/'])));
        let (repetition, inner, how) = self.repetition(names);
        writeln!(text, "module \"{name}\" {{\n  source = \"{source}\"\n{repetition}").unwrap();
        for variable in &callee.variables {
            if variable.has_default && self.dice.one_in(3) {
                if !variable.nullable && self.dice.one_in(2) {
                    writeln!(text, "  {} = null", variable.name).unwrap();
                }
                continue;
            }
            let value = match variable.ty {
                // Only part of the attributes.
                Ty::Pools if self.dice.one_in(3) => {
                    format!(
                        "{{ for k, v in {} : \"x${{k}}\" => {{ size = v.size }} }}",
                        self.expr(&inner, Ty::Pools, 1)
                    )
                }
                ty => self.expr(&inner, ty, 2),
            };
            writeln!(text, "  {} = {value}", variable.name).unwrap();
        }
        text.push_str("}\n");
        for (output, ty) in &callee.outputs {
            let module = format!("module.{name}");
            names.extend(match (how, ty) {
                ("", _) => vec![(format!("{module}.{output}"), *ty)],
                ("one", Ty::Text) => {
                    vec![(format!("coalesce(one({module}[*].{output}), \"none\")"), Ty::Text)]
                }
                ("one", Ty::Texts) => vec![
                    (format!("try({module}[0].{output}, tolist([]))"), Ty::Texts),
                    (format!("flatten({module}[*].{output})"), Ty::Texts),
                ],
                ("count", Ty::Text) => vec![
                    (format!("{module}[*].{output}"), Ty::Texts),
                    (format!("try({module}[1].{output}, \"none\")"), Ty::Text),
                ],
                ("count", Ty::Number) => {
                    vec![(format!("sum(concat([0], {module}[*].{output}))"), Ty::Number)]
                }
                ("each", Ty::Text) => vec![
                    (format!("values({module})[*].{output}"), Ty::Texts),
                    (format!("[for k, m in {module} : \"${{k}}=${{m.{output}}}\"]"), Ty::Texts),
                ],
                ("each", Ty::Pools) => {
                    vec![(format!("merge({{}}, [for m in {module} : m.{output}]...)"), Ty::Pools)]
                }
                ("each", Ty::Later) => {
                    vec![(format!("join(\",\", [for m in {module} : m.{output}])"), Ty::Later)]
                }
                _ => Vec::new(),
            });
        }
    }

    fn resource(&mut self, text: &mut String, names: &mut Names, name: &str) {
        let (repetition, inner, how) = self.repetition(names);
        if self.dice.one_in(3) {
            let lifecycle = "  lifecycle {\n    precondition {\n      condition = var.pair != null\n      \
                             error_message = \"pair\"\n    }\n  }\n";
            writeln!(text, "resource \"{POOL}\" \"{name}\" {{\n{repetition}{lifecycle}  input = {{").unwrap();
        } else {
            writeln!(text, "resource \"{POOL}\" \"{name}\" {{\n{repetition}  input = {{").unwrap();
        }
        for (index, ty) in TYPES.into_iter().enumerate() {
            let value = self.expr(&inner, ty, 2);
            writeln!(text, "    a{index} = {value}").unwrap();
        }
        let later = self.expr(&inner, Ty::Later, 1);
        let extra = match self.dice.below(6) {
            0 => format!("merge({{ a = {later}, b = 1 }}, {{ c = 2 }})"),
            1 => format!("length([{later}, \"x\"])"),
            2 => format!(
                "{{ for k, v in {} : k => merge(v, {{ label = {later} }}) }}",
                self.expr(&inner, Ty::Pools, 1)
            ),
            3 => format!("concat([{later}], [\"a\"])[1]"),
            4 => format!("[for x in [{later}, {later}] : {{ n = \"${{x}}-1\", m = 2 }}]"),
            _ => format!("{later} == \"x\" ? \"a\" : \"b\""),
        };
        writeln!(text, "    extra = {extra}\n  }}\n}}").unwrap();
        let it = format!("{POOL}.{name}");
        names.extend(match how {
            "" => vec![(format!("{it}.input.a0"), Ty::Text), (format!("{it}.output.a0"), Ty::Later)],
            "each" => vec![
                (format!("values({it})[*].input.a0"), Ty::Texts),
                (format!("keys({it})"), Ty::Texts),
                (format!("join(\"-\", [for k, r in {it} : r.id])"), Ty::Later),
            ],
            "count" => vec![
                (format!("{it}[*].input.a0"), Ty::Texts),
                (format!("length({it})"), Ty::Number),
                (format!("join(\"-\", {it}.*.id)"), Ty::Later),
            ],
            _ => vec![(format!("length({it})"), Ty::Number)],
        });
    }

    fn literal(&mut self, ty: Ty) -> String {
        let options: &[&str] = match ty {
            Ty::Text => &["\"a\"", "\"b c\"", "\"7\"", "\"Standard_D4s_v5\""],
            Ty::Later => &["\"later\""],
            Ty::Number => &["1", "2", "0", "3"],
            Ty::Bool => &["true", "false"],
            Ty::Texts => &["[]", "[\"x\", \"a\"]", "[\"z\"]", "[\"a\", \"b\", \"c\"]"],
            Ty::Pools => &[
                "{}",
                "{ blue = {} }",
                "{ blue = { size = \"Standard_D8s_v5\", zones = [\"2\", \"1\"] }, red = { count = 0 } }",
                "{ green = { size = null, label = \"g\" }, blue = { count = \"4\" } }",
            ],
        };
        self.dice.pick(options).to_string()
    }

    fn expr(&mut self, names: &Names, ty: Ty, depth: usize) -> String {
        let known: Vec<&String> =
            names.iter().filter(|(_, have)| *have == ty).map(|(name, _)| name).collect();
        if !known.is_empty() && (depth == 0 || self.dice.one_in(3)) {
            return (*self.dice.pick(&known)).clone();
        }
        if depth == 0 {
            // A literal of pools lacks what a type fills in.
            return if ty == Ty::Pools { "{}".to_owned() } else { self.literal(ty) };
        }
        let d = depth - 1;
        if self.dice.one_in(4) {
            let (c, a, b) = (self.expr(names, Ty::Bool, d), self.expr(names, ty, d), self.expr(names, ty, d));
            return format!("({c} ? {a} : {b})");
        }
        let (text, number, flag) =
            (self.expr(names, Ty::Text, d), self.expr(names, Ty::Number, d), self.expr(names, Ty::Bool, d));
        let (texts, pools, later) =
            (self.expr(names, Ty::Texts, d), self.expr(names, Ty::Pools, d), self.expr(names, Ty::Later, d));
        match ty {
            Ty::Text => match self.dice.below(14) {
                5 => format!("lower(<<EOT\n  ${{{text}}}\n%{{ if {flag} }}\n  yes\n%{{ endif }}\nEOT\n)"),
                6 => format!(
                    "trimspace(<<-EOT\n    %{{~ for t in {texts} ~}}\n    - ${{t}}\n    %{{ endfor ~}}\n    EOT\n)"
                ),
                7 => format!("tostring({flag} ? {number} : {text})"),
                8 => format!("coalesce({flag} ? tostring(null) : {text}, \"none\")"),
                9 => format!("format(\"%s-%03d\", {text}, {number})"),
                10 => format!("\"%{{ if {flag} }}${{{text}}}%{{ else }}${{{number}}}%{{ endif }}\""),
                11 => format!("replace({text}, \"/[a-c]/\", \"-\")"),
                12 => format!("yamlencode({texts})"),
                13 => format!("jsonencode({{ t = toset({texts}), n = {number}, f = {flag}, z = null }})"),
                0 => format!("\"${{{text}}}-${{{number}}}\""),
                1 => format!("join(\",\", {texts})"),
                2 => format!("try({pools}[\"blue\"].size, {text})"),
                3 => format!("lower({text})"),
                _ => format!("jsonencode({pools})"),
            },
            Ty::Number => match self.dice.below(7) {
                4 => format!("max({number}, length({pools}), 1)"),
                5 => format!("({flag} ? {number} : \"2\")"),
                6 => format!("try(index({texts}, {text}), {number})"),
                0 => format!("length({texts})"),
                1 => format!("{number} + 1"),
                2 => format!("length({pools})"),
                _ => format!("sum(concat([0], values({pools})[*].count))"),
            },
            Ty::Bool => match self.dice.below(8) {
                4 => format!("can(regex(\"^[a-z]+$\", {text}))"),
                5 => format!("{texts} == tolist({texts})"),
                6 => format!("alltrue([for v in {pools} : v.label == null])"),
                7 => format!("anytrue([{flag}, {number} == 2])"),
                0 => format!("contains({texts}, {text})"),
                1 => format!("{number} > 1"),
                2 => format!("!({flag})"),
                _ => format!("{text} == \"a\""),
            },
            Ty::Texts => match self.dice.below(12) {
                5 => format!(
                    "[for k, g in {{ for k, v in {pools} : v.size => k...}} : \"${{k}}:${{join(\"+\", g)}}\"]"
                ),
                6 => format!("values({pools})[*].size"),
                7 => format!("values({pools}).*.size"),
                8 => format!("tolist(setunion(toset({texts}), [{text}]))"),
                9 => format!("({flag} ? {texts} : toset([{text}, \"zz\"]))"),
                10 => format!("[for pair in setproduct({texts}, [{text}, \"q\"]) : join(\"/\", pair)]"),
                11 => format!("[for i, t in {texts} : \"${{i}}${{t}}\" if i < {number}]"),
                0 => format!("[for k, v in {pools} : \"${{k}}${{v.size}}\"]"),
                1 => format!("concat({texts}, [{text}])"),
                2 => format!("distinct({texts})"),
                3 => format!("sort(keys({pools}))"),
                _ => format!("flatten([for v in {pools} : v.zones])"),
            },
            Ty::Pools => match self.dice.below(4) {
                0 => format!("{{ for k, v in {pools} : k => v if v.count > 0 }}"),
                1 => {
                    format!("{{ for k, v in {pools} : \"p-${{k}}\" => merge(v, {{ count = v.count + 1 }}) }}")
                }
                2 => {
                    let more = self.expr(names, Ty::Pools, d);
                    format!("merge({pools}, {more})")
                }
                _ => format!(
                    "{{ for t in toset({texts}) : t => {{ size = {text}, count = {number}, zones = [], label = null }} }}"
                ),
            },
            Ty::Later => match self.dice.below(3) {
                0 => format!("\"${{{text}}}${{{later}}}\""),
                1 => format!("upper({later})"),
                _ => later,
            },
        }
    }
}
