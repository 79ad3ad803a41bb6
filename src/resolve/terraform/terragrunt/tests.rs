#![allow(clippy::unwrap_used)]

use super::*;
use crate::source::Sources;
use crate::value::Reason;

/// The units of a project and what is not read.
fn read(files: &[(&str, &str)]) -> (Sources, Vec<Unit>, Vec<String>) {
    let sources = Sources::in_memory(files);
    let project = Project::new(&sources, Path::new("/"));
    let (units, problems) = units(&project, &sources.found(Kind::TerraformVars));
    (sources, units, problems.into_iter().map(|problem| problem.message).collect())
}

fn scalar(value: &Value) -> String {
    match value.single() {
        Some(Node::String(text)) => text.to_string(),
        Some(Node::Number(number)) => number.to_string(),
        Some(Node::Bool(value)) => value.to_string(),
        Some(Node::List(list)) => list.items.iter().map(scalar).collect::<Vec<_>>().join(","),
        Some(Node::Map(map)) => {
            let entries = map.entries.iter().map(|(key, value)| format!("{key}={}", scalar(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
        }
        Some(Node::Unknown(unknown)) => format!("unknown: {}", unknown.reason),
        other => format!("{other:?}"),
    }
}

/// The one input `x` of a unit at `live/a/terragrunt.hcl`.
fn input(expr: &str, more: &[(&str, &str)]) -> String {
    let text = format!(
        "include \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\n\
         terraform {{\n  source = \"../../m\"\n}}\ninputs = {{ x = {expr} }}\n"
    );
    let mut files = vec![
        ("live/a/terragrunt.hcl", text.as_str()),
        ("m/main.tf", "variable \"x\" {}\n"),
        ("root.hcl", "locals { r = path_relative_to_include() }\ninputs = { below = local.r }\n"),
    ];
    files.extend_from_slice(more);
    let (_, units, problems) = read(&files);
    assert_eq!(problems, [""; 0]);
    assert_eq!(scalar(units[0].inputs.get("below").unwrap()), "live/a");
    scalar(units[0].inputs.get("x").unwrap())
}

#[test]
fn paths_are_those_of_the_unit_and_of_what_it_includes() {
    assert_eq!(input("get_terragrunt_dir()", &[]), "/live/a");
    assert_eq!(input("get_parent_terragrunt_dir(\"root\")", &[]), "/");
    assert_eq!(input("get_repo_root()", &[]), "/");
    assert_eq!(input("get_path_from_repo_root()", &[]), "live/a");
    assert_eq!(input("get_path_to_repo_root()", &[]), "../..");
    assert_eq!(input("path_relative_to_include(\"root\")", &[]), "live/a");
    assert_eq!(input("path_relative_from_include()", &[]), "../..");
    assert_eq!(input("find_in_parent_folders(\"no.hcl\", \"fallback\")", &[]), "fallback");
    assert_eq!(input("basename(get_terragrunt_dir())", &[]), "a");
}

#[test]
fn what_only_a_run_can_tell_is_unknown_and_says_why() {
    assert_eq!(input("get_env(\"X\", \"default\")", &[]), "default");
    assert_eq!(input("get_env(\"X\")", &[]), "unknown: `environment variable X` has no value");
    assert!(input("run_cmd(\"date\")", &[]).starts_with("unknown: a command's output"));
    assert!(input("get_aws_account_id()", &[]).starts_with("unknown: the cloud account"));
    assert!(input("dependency.vnet.outputs.id", &[]).starts_with("unknown: a dependency's output"));
    assert_eq!(input("sops_decrypt_file(\"x\")", &[]), "unknown: it is a secret");
}

#[test]
fn other_files_are_read_with_their_own_locals() {
    let env = [("live/env.hcl", "locals {\n  size = \"s-${basename(get_terragrunt_dir())}\"\n}\n")];
    let expr = "read_terragrunt_config(find_in_parent_folders(\"env.hcl\")).locals.size";
    assert_eq!(input(expr, &env), "s-live");
    assert_eq!(input("read_terragrunt_config(\"no.hcl\", { locals = { a = 1 } }).locals.a", &[]), "1");
    assert_eq!(input("include.root.locals.r", &[]), "live/a");
}

#[test]
fn inputs_merge_as_the_include_says() {
    let merged = |strategy: &str| {
        let child = format!(
            "include \"a\" {{\n  path = \"a.hcl\"\n  merge_strategy = \"{strategy}\"\n}}\n\
             terraform {{\n  source = \"./m\"\n}}\n\
             inputs = {{\n  list = [2]\n  map = {{ b = 2 }}\n  own = 2\n}}\n"
        );
        let files = [
            ("terragrunt.hcl", child.as_str()),
            ("a.hcl", "inputs = {\n  list = [1]\n  map = { a = 1, b = 1 }\n  far = 1\n}\n"),
            ("m/main.tf", "variable \"own\" {}\n"),
        ];
        let (_, units, _) = read(&files);
        let inputs = units[0].inputs.iter();
        inputs.map(|(name, value)| format!("{name}={}", scalar(value))).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(merged("no_merge"), "list=2 map={b=2} own=2");
    assert_eq!(merged("shallow"), "far=1 list=2 map={b=2} own=2");
    assert_eq!(merged("deep"), "far=1 list=1,2 map={a=1,b=2} own=2");
    assert_eq!(merged("deep_map_only"), "far=1 list=2 map={a=1,b=2} own=2");
}

#[test]
fn later_includes_win_over_earlier_ones() {
    let child = "include \"a\" {\n  path = \"a.hcl\"\n}\ninclude \"b\" {\n  path = \"b.hcl\"\n}\n\
                 terraform {\n  source = \"./m\"\n}\n";
    let files = [
        ("terragrunt.hcl", child),
        ("a.hcl", "inputs = {\n  x = \"a\"\n}\n"),
        ("b.hcl", "inputs = {\n  x = \"b\"\n}\n"),
        ("m/main.tf", "variable \"x\" {}\n"),
    ];
    assert_eq!(scalar(&read(&files).1[0].inputs["x"]), "b");
}

#[test]
fn inputs_that_are_not_known_leave_every_variable_unknown() {
    let child = "terraform {\n  source = \"./m\"\n}\ninputs = dependency.a.outputs\n";
    let files = [("terragrunt.hcl", child), ("m/main.tf", "variable \"x\" {\n  default = 1\n}\n")];
    let (_, units, _) = read(&files);
    let Some(Node::Unknown(unknown)) = units[0].inputs["x"].single() else { panic!("not unknown") };
    assert!(matches!(unknown.reason, Reason::RunTime(_)));
}

#[test]
fn var_files_of_arguments_win_and_are_found_beside_either_file() {
    let child = "terraform {\n  source = \"./m\"\n  extra_arguments \"v\" {\n    commands = [\"plan\"]\n    \
                 required_var_files = [\"${get_terragrunt_dir()}/a.tfvars\"]\n    \
                 optional_var_files = [\"b.tfvars\", \"missing.tfvars\"]\n  }\n}\n";
    let files = [
        ("terragrunt.hcl", child),
        ("m/main.tf", "variable \"x\" {}\n"),
        ("a.tfvars", "x = 1\n"),
        ("m/b.tfvars", "x = 2\n"),
        ("m/terraform.tfvars", "x = 0\n"),
    ];
    let (sources, units, _) = read(&files);
    let names: Vec<String> = units[0].var_files.iter().map(|file| sources.display_path(*file)).collect();
    assert_eq!(names, ["m/terraform.tfvars", "a.tfvars", "m/b.tfvars"]);
}

#[test]
fn what_cannot_be_followed_is_told_where_it_looks_like_aks() {
    let unit = |source: &str| {
        let text = format!("terraform {{\n  source = {source}\n}}\n");
        let (_, units, problems) =
            read(&[("live/terragrunt.hcl", text.as_str()), ("m/main.tf", "variable \"x\" {}\n")]);
        (units.len(), problems.join("; "))
    };
    assert_eq!(unit("\"../m\""), (1, String::new()));
    assert_eq!(unit("\"..//m\""), (1, String::new()));
    assert_eq!(unit("\"git::https://example.com/network.git\""), (0, String::new()));
    let aks = unit("\"git::https://example.com/modules.git//aks?ref=v1\"");
    assert_eq!(aks.0, 0);
    assert!(aks.1.contains("is not on disk; its agent pools are not checked"), "{}", aks.1);
    assert!(unit("\"../no-aks\"").1.contains("`../no-aks` is not on disk"));
    assert!(unit("\"tfr:///Azure/aks/azurerm?version=99.0.0\"").1.contains("`99.0.0`"));
    assert_eq!(unit("\"tfr:///Azure/aks/azurerm?version=9.4.1\""), (1, String::new()));
}

#[test]
fn files_that_read_each_other_come_to_an_end() {
    let a = "locals {\n  b = read_terragrunt_config(\"b.hcl\")\n  c = read_terragrunt_config(\"b.hcl\")\n}\n\
             include {\n  path = \"terragrunt.hcl\"\n}\nterraform {\n  source = \"./m\"\n}\n";
    let b = "locals {\n  a = read_terragrunt_config(\"terragrunt.hcl\")\n}\n";
    let files = [("terragrunt.hcl", a), ("b.hcl", b), ("m/main.tf", "variable \"x\" {}\n")];
    assert_eq!(read(&files).1.len(), 1);
}

#[test]
fn a_var_file_that_is_read_keeps_the_places_of_its_values() {
    let shared = "size = \"s\"\nmore = { a = [1, 2] }\n";
    let read_it = "jsondecode(read_tfvars_file(\"../shared.tfvars\"))";
    assert_eq!(input(&format!("{read_it}.size"), &[("live/shared.tfvars", shared)]), "s");
    assert_eq!(input(&format!("{read_it}.more.a[1]"), &[("live/shared.tfvars", shared)]), "2");
    assert!(input(&format!("{read_it}.size"), &[]).starts_with("unknown"));
    assert_eq!(input("jsondecode(\"{\\\"size\\\": 3}\").size", &[]), "3");
    let unit = format!("terraform {{\n  source = \"../m\"\n}}\ninputs = {read_it}\n");
    let files = [
        ("live/terragrunt.hcl", unit.replace("../shared", "shared")),
        ("live/shared.tfvars", shared.to_owned()),
        ("m/main.tf", "variable \"size\" {}\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (sources, units, _) = read(&files);
    let origin = units[0].inputs.get("size").unwrap().provenance().origin().unwrap();
    assert_eq!((sources.display_path(origin.file).as_str(), origin.start), ("live/shared.tfvars", 7));
}

#[test]
fn a_stack_makes_units_of_templates_with_values_of_their_own() {
    let files = [
        (
            "live/terragrunt.stack.hcl",
            "locals {\n  big = \"b\"\n}\nunit \"one\" {\n  source = \"../units/aks\"\n  path   = \"first\"\n  values = { size = \
             local.big }\n}\nstack \"more\" {\n  source = \"../stacks//more\"\n  path   = \"m\"\n  values = { size = \"c\" \
             }\n}\nunit \"far\" {\n  source = \"git::https://example.com/units\"\n}\n",
        ),
        (
            "stacks/more/terragrunt.stack.hcl",
            "unit \"two\" {\n  source = \"${get_repo_root()}/units/aks\"\n  path   = \"second\"\n  values = { size = \
             \"${values.size}c\" }\n}\n",
        ),
        (
            "units/aks/terragrunt.hcl",
            "terraform {\n  source = \"${get_repo_root()}/m\"\n}\ninputs = {\n  size = values.size\n  more = try(values.more, \
             get_path_from_repo_root())\n}\n",
        ),
        (
            "units/idle/terragrunt.hcl",
            "terraform {\n  source = \"../../m\"\n}\ninputs = { size = values.size, more = 1 }\n",
        ),
        ("m/main.tf", "variable \"size\" {}\nvariable \"more\" {}\n"),
    ];
    let (_, units, problems) = read(&files);
    assert_eq!(problems, [""; 0]);
    let told = |name: &str, input: &str| {
        let unit = units.iter().find(|unit| &*unit.name == name).unwrap();
        scalar(unit.inputs.get(input).unwrap())
    };
    let one = "live/terragrunt.stack.hcl: one";
    assert_eq!(
        (told(one, "size").as_str(), told(one, "more").as_str()),
        ("b", "live/.terragrunt-stack/first")
    );
    let two = "live/terragrunt.stack.hcl: more.two";
    assert_eq!(
        (told(two, "size").as_str(), told(two, "more").as_str()),
        ("cc", "live/.terragrunt-stack/m/.terragrunt-stack/second")
    );
    assert!(told("units/idle/terragrunt.hcl", "size").starts_with("unknown"));
    assert_eq!(units.len(), 3, "neither the template nor the inner stack is a unit by itself");
}

#[test]
fn stacks_that_make_each_other_come_to_an_end() {
    let stack = "stack \"a\" {\n  source = \".\"\n}\n".repeat(200);
    let (_, units, _) = read(&[("terragrunt.stack.hcl", &stack)]);
    assert!(units.is_empty());
}

#[test]
fn the_units_of_a_stack_share_their_steps() {
    // Reading a text of a megabyte a hundred times is two thirds of what one evaluation may take at most.
    let template = "terraform {\n  source = \"${get_repo_root()}/m\"\n}\nlocals {\n  \
         kilobyte = join(\"\", [for i in range(1024) : \"x\"])\n  \
         text = join(\"\", [for i in range(1024) : local.kilobyte])\n}\ninputs = {\n  \
         all = alltrue([for i in range(100) : startswith(local.text, \"x\")])\n}\n";
    let made = |count: usize| {
        let stack: String =
            (0..count).map(|i| format!("unit \"u{i}\" {{\n  source = \"../units/aks\"\n}}\n")).collect();
        let files = [
            ("live/terragrunt.stack.hcl", &*stack),
            ("units/aks/terragrunt.hcl", template),
            ("m/main.tf", "variable \"all\" {}\n"),
        ];
        let (_, units, _) = read(&files);
        assert_eq!(units.len(), count);
        units.iter().map(|unit| scalar(unit.inputs.get("all").unwrap())).collect::<BTreeSet<_>>()
    };
    assert_eq!(made(2), BTreeSet::from(["true".to_owned()]));
    let shared = made(30);
    let cut = "unknown: evaluation takes more steps or levels than are allowed";
    assert!(shared.iter().all(|value| value.starts_with(cut)), "{shared:?}");
}
