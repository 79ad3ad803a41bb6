//! The identity of what is not known: one expression over the same inputs is one unknown wherever it is written, and
//! different expressions never are. Judged by a pool that exists under one condition and has its OS SKU by another.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::diagnostic::Severity;
use akslint::model::PoolField;
use common::{lint, show};

/// What is declared in all of these projects.
const DECLARED: &str = r#"
variable "pools" { type = list(object({ os = string, gpu = bool, size = number })) }
variable "others" { type = list(string) }
variable "table" { type = map(string) }
variable "any" {}
variable "n" { type = number }
variable "m" { type = number }
variable "text" { type = string }
variable "key" { type = string }
variable "flag" { type = bool }
"#;

/// How the finding about Windows Server 2019 on Kubernetes 1.33 comes out for a pool that exists where `exists` is
/// true and has that OS SKU where `old` is; `more` is written beside it.
fn found(exists: &str, old: &str, more: &str) -> Option<Severity> {
    let project = format!(
        r#"{DECLARED}{more}
resource "azurerm_kubernetes_cluster" "c" {{
  kubernetes_version = "1.33"
}}
resource "azurerm_kubernetes_cluster_node_pool" "win" {{
  count                 = {exists} ? 1 : 0
  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id
  name                  = "win"
  os_type               = "Windows"
  orchestrator_version  = "1.33"
  os_sku                = {old} ? "Windows2019" : "Windows2022"
}}
"#
    );
    let (_, report) = lint(&[("main.tf", &project)]);
    let mut of_rule =
        report.diagnostics.iter().filter(|diagnostic| diagnostic.rule == "Windows2019NotSupportedWithK8s133");
    let severity = of_rule.next().map(|diagnostic| diagnostic.severity);
    assert!(of_rule.next().is_none());
    severity
}

/// Pairs of conditions that have nothing to do with each other, though they look at the same things.
const DIFFERENT: &[(&str, &str)] = &[
    // Operators.
    ("(var.n - 1 > 0)", "(var.n + 1 > 0)"),
    ("(var.n * var.m > 5)", "(var.n / var.m > 5)"),
    ("(var.n % 2 == 1)", "(var.n / 2 == 1)"),
    // Splats by their steps.
    ("anytrue(var.pools[*].gpu)", "anytrue(var.pools[*].off)"),
    ("anytrue(var.pools.*.gpu)", "anytrue(var.pools.*.off)"),
    ("anytrue(var.pools[*].tags[0])", "anytrue(var.pools[*].tags[1])"),
    ("anytrue(var.pools[*].tags[var.n])", "anytrue(var.pools[*].tags[var.m])"),
    ("(join(\",\", var.pools[*].os) == \"x\")", "(join(\",\", var.pools[*].name) == \"x\")"),
    // Loops by condition, element, key, grouping, and what they use from around them.
    (
        "(length([for p in var.pools : p if p.gpu]) > 0)",
        "(length([for p in var.pools : p if p.os == \"x\"]) > 0)",
    ),
    (
        "(length([for p in var.pools : p if p.size > 1]) > 0)",
        "(length([for p in var.pools : p if p.size < 1]) > 0)",
    ),
    ("contains([for p in var.pools : p.os], \"x\")", "contains([for p in var.pools : p.name], \"x\")"),
    ("contains([for i, p in var.pools : i], 1)", "contains([for i, p in var.pools : p], 1)"),
    (
        "contains(keys({for p in var.pools : p.os => 1}), \"x\")",
        "contains(keys({for p in var.pools : p.name => 1}), \"x\")",
    ),
    ("(length({for p in var.pools : p.os => 1}) > 1)", "(length({for p in var.pools : p.os => 1...}) > 1)"),
    (
        "(length([for p in var.pools : p if p.os == var.text]) > 0)",
        "(length([for p in var.pools : p if p.os == var.key]) > 0)",
    ),
    (
        "anytrue(flatten([for k in [\"a\"] : [for p in var.pools : p.os == k]]))",
        "anytrue(flatten([for k in [\"b\"] : [for p in var.pools : p.os == k]]))",
    ),
    // Loops over what is known in part.
    (
        "anytrue([for p in concat([], var.pools) : p.gpu])",
        "anytrue([for p in concat([], var.pools) : p.off])",
    ),
    ("anytrue(concat([], var.pools)[*].gpu)", "anytrue(concat([], var.pools)[*].off)"),
    ("contains(keys(merge({}, var.table)), \"x\")", "contains(values(merge({}, var.table)), \"x\")"),
    ("(concat([\"a\"], var.others)[1] == \"x\")", "(var.others[1] == \"x\")"),
    ("(concat([\"a\"], var.others)[2] == \"x\")", "(concat([\"a\", \"b\"], var.others)[2] == \"x\")"),
    ("(reverse(concat([], var.others))[0] == \"x\")", "(concat([], var.others)[0] == \"x\")"),
    // Objects whose keys are not known.
    ("contains(values({ (var.key) = var.text }), \"x\")", "contains(values({ (var.key) = var.any }), \"x\")"),
    // Templates.
    (
        "(\"%{ for p in var.others }${p}%{ endfor }\" == \"x\")",
        "(\"%{ for p in var.others }-${p}%{ endfor }\" == \"x\")",
    ),
    (
        "(\"%{ for p in var.others }${p}%{ endfor }\" == \"x\")",
        "(\"%{ for i, p in var.others }${i}%{ endfor }\" == \"x\")",
    ),
    // Conditionals by their results.
    ("((var.text ? var.n : 1) > 3)", "((var.text ? var.m : 1) > 3)"),
    ("((var.text ? 2 : var.n) > 3)", "((var.text ? 4 : var.n) > 3)"),
    // Conversions by their target.
    ("can(regex(\"x\", tostring(var.n)))", "can(regex(\"y\", tostring(var.n)))"),
    ("(tonumber(var.text) > 0)", "tobool(var.text)"),
    // A function that is named like an operation.
    ("(try(index(var.others, var.key), 0) == 3)", "(try(var.others[var.key], 0) == 3)"),
    ("(max(var.others...) > 1)", "(max(var.others) > 1)"),
    ("(join(\"\", concat(var.any...)) == \"x\")", "(join(\"\", concat(var.any)) == \"x\")"),
    ("issensitive(local.plain)", "issensitive(local.marked)"),
    // Patterns.
    ("can(regex(\"^a\", var.text))", "can(regex(\"^b\", var.text))"),
    // Keys with dots.
    ("(var.any.a.b == \"x\")", "(var.any[\"a.b\"] == \"x\")"),
];

#[test]
fn different_expressions_over_the_same_inputs_are_different_unknowns() {
    let locals = "locals {\n  plain  = nonsensitive(var.any)\n  marked = var.any\n}\n";
    for (one, other) in DIFFERENT {
        for (exists, old) in [(one, other), (other, one)] {
            let severity = found(exists, old, locals);
            assert_eq!(severity, Some(Severity::Warning), "exists where {exists}, old where {old}");
            // The world in which only one of the two holds is there as well.
            let severity = found(&format!("!({exists})"), old, locals);
            assert_eq!(severity, Some(Severity::Warning), "exists where not {exists}, old where {old}");
        }
    }
}

#[test]
fn the_same_expression_over_the_same_inputs_is_one_unknown() {
    let conditions = DIFFERENT.iter().flat_map(|(one, other)| [one, other]);
    for condition in
        conditions.filter(|condition| !condition.contains("local.") && !condition.contains("max("))
    {
        assert_eq!(found(condition, condition, ""), Some(Severity::Error), "{condition}");
        let opposite = format!("!({condition})");
        assert_eq!(found(condition, &opposite, ""), None, "{condition}");
    }
}

#[test]
fn white_space_and_parentheses_do_not_make_another_expression() {
    let one = "anytrue([for p in var.pools : p.gpu if p.os==var.text])";
    let other = "anytrue([ for p in var.pools: (p.gpu) if p.os == (var.text) ])";
    assert_eq!(found(one, other, ""), Some(Severity::Error));
}

/// A module that looks whether one of its pools has an OS.
const HAS: &str = r#"
variable "pools" {}
variable "os" {}
output "loop"     { value = length([for p in var.pools : p if p.os == var.os]) > 0 }
output "template" { value = "%{ for p in var.pools }${p.os == var.os}%{ endfor }" == "x" }
output "splat"    { value = anytrue(var.pools[*].tags[var.os]) }
"#;

fn by_module(exists: &str, old: &str) -> Vec<Severity> {
    let main = format!(
        r#"{DECLARED}
module "a" {{
  source = "./has"
  pools  = var.pools
  os     = "windows"
}}
module "b" {{
  source = "./has"
  pools  = var.pools
  os     = "legacy"
}}
resource "azurerm_kubernetes_cluster_node_pool" "win" {{
  count                 = {exists} ? 1 : 0
  kubernetes_cluster_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
  name                  = "win"
  os_type               = "Windows"
  orchestrator_version  = "1.33"
  os_sku                = {old} ? "Windows2019" : "Windows2022"
}}
"#
    );
    let (_, report) = lint(&[("main.tf", &main), ("has/main.tf", HAS)]);
    let old = report.diagnostics.iter().filter(|d| d.rule == "Windows2019NotSupportedWithK8s133");
    old.map(|diagnostic| diagnostic.severity).collect()
}

#[test]
fn one_text_in_two_instances_of_a_module_is_two_unknowns() {
    for output in ["loop", "template", "splat"] {
        let (a, b) = (format!("module.a.{output}"), format!("module.b.{output}"));
        assert_eq!(by_module(&a, &b), [Severity::Warning], "{output}");
        assert_eq!(by_module(&a, &a), [Severity::Error], "{output}");
    }
}

#[test]
fn what_repeats_a_block_is_part_of_an_expression_in_it() {
    let main = format!(
        r#"{DECLARED}
resource "azurerm_kubernetes_cluster_node_pool" "win" {{
  for_each              = toset(["a", "b"])
  kubernetes_cluster_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
  name                  = each.key
  os_type               = "Windows"
  orchestrator_version  = "1.33"
  os_sku                = anytrue([for p in var.pools : p.os == each.key]) ? "Windows2019" : "Windows2022"
}}
output "both" {{
  value = azurerm_kubernetes_cluster_node_pool.win["a"].os_sku == azurerm_kubernetes_cluster_node_pool.win["b"].os_sku
}}
resource "azurerm_kubernetes_cluster_node_pool" "both" {{
  kubernetes_cluster_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
  name                  = "both"
  os_type               = "Windows"
  orchestrator_version  = "1.32"
  os_sku                = azurerm_kubernetes_cluster_node_pool.win["a"].os_sku
  vm_size               = azurerm_kubernetes_cluster_node_pool.win["b"].os_sku
}}
"#
    );
    let (_, report) = lint(&[("main.tf", &main)]);
    let both = "azurerm_kubernetes_cluster_node_pool.both";
    let one = common::field(&report, both, akslint::model::PoolField::OsSku);
    let other = common::field(&report, both, akslint::model::PoolField::VmSize);
    assert!(one.contains("Windows2019"), "{one}");
    let pool = common::pool(&report, both);
    let atoms = |field| -> Vec<String> {
        let value = &pool.fields[&field];
        let terms = value.alternatives().iter().flat_map(|alternative| alternative.region.terms());
        terms.map(|(atom, _)| atom.key().to_owned()).collect()
    };
    assert_ne!(
        atoms(akslint::model::PoolField::OsSku),
        atoms(akslint::model::PoolField::VmSize),
        "{one} {other}"
    );
}

#[test]
fn what_is_not_known_in_full_may_be_of_any_type() {
    let main = |conditional: &str| {
        format!(
            r#"
variable "more" {{}}
variable "list" {{ type = list(any) }}
locals {{
  default = {{ size = "Standard_D4s_v5", count = 2, zones = ["1"] }}
  mixed   = ["Standard_D4s_v5", 2]
  current = {conditional}
}}
resource "azurerm_kubernetes_cluster_node_pool" "win" {{
  name       = "p"
  vm_size    = local.current
}}
"#
        )
    };
    let size = |conditional: &str| {
        let (_, report) = lint(&[("main.tf", &main(conditional))]);
        show(report.fleet.pools[0].fields.get(&PoolField::VmSize).unwrap())
    };
    for conditional in [
        "(terraform.workspace == \"default\" ? local.default : merge(local.default, var.more)).size",
        "(terraform.workspace == \"default\" ? local.default : merge(local.default, yamldecode(file(\"${terraform.workspace}.yaml\")))).size",
        "(terraform.workspace == \"default\" ? local.mixed : concat(local.mixed, var.more))[0]",
    ] {
        let shown = size(conditional);
        assert!(shown.contains("Standard_D4s_v5"), "{conditional}: {shown}");
    }
    // A number in a tuple stays one.
    let shown = size(
        "tostring((terraform.workspace == \"default\" ? local.mixed : concat(local.mixed, var.more))[1] + 1)",
    );
    assert!(shown.contains("\"3\""), "{shown}");
}
