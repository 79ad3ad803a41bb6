//! What Terraform's inputs come to: values from the command line, var files, workspaces, files in JSON and for
//! OpenTofu.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::PoolField;
use akslint::report::{Options, Report};
use common::{POOL, field, hops, lint, lint_with};

/// Sets variables as on the command line.
fn vars(given: &'static [(&'static str, &'static str)]) -> impl FnOnce(&mut Options) {
    |options| options.vars = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// What is said to be wrong with the input, each with the text that it points at.
fn wrong(sources: &akslint::source::Sources, report: &Report) -> Vec<String> {
    let syntax = report.diagnostics.iter().filter(|diagnostic| diagnostic.rule == "Syntax");
    syntax.map(|found| format!("{}: {}", common::at(sources, found.primary.span), found.message)).collect()
}

const BY_SIZE: &str = r#"
variable "size" {
  type    = string
  default = "Standard_D4s_v5"
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name    = "win"
  os_type = "Windows"
  os_sku  = "Windows2022"
  vm_size = var.size
}
"#;

#[test]
fn a_value_from_the_command_line_wins_over_every_file_and_its_use_is_the_line_to_edit() {
    let files = [("main.tf", BY_SIZE), ("terraform.tfvars", "size = \"Standard_D8s_v5\"\n")];
    let (sources, report) = lint_with(&files, vars(&[("size", "x"), ("size", "Standard_D4s_v6")]));
    assert_eq!(
        hops(&sources, &report, POOL, PoolField::VmSize),
        ["--var size: Standard_D4s_v6", "main.tf: var.size"]
    );
    let found = &report.diagnostics[0];
    assert_eq!(found.rule, "WindowsGen2OptInMissing");
    assert_eq!(common::at(&sources, found.primary.span), "main.tf: var.size");
    assert!(found.labels.iter().any(|label| sources.is_option(label.span.file)), "{found:?}");
}

#[test]
fn a_value_from_the_command_line_is_text_or_an_expression_as_the_variable_is_declared() {
    let main = r#"
variable "text" { type = string }
variable "bare" {}
variable "count_of" { type = number }
variable "pools" { type = map(object({ size = string })) }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  for_each    = var.pools
  name        = var.text
  os_sku      = var.bare
  node_count  = var.count_of
  vm_size     = each.value.size
}
"#;
    let given: &[(&str, &str)] = &[
        ("text", "[\"a\"]"),
        ("bare", "{}"),
        ("count_of", "3"),
        ("pools", "{ blue = { size = \"Standard_D4s_v6\" } }"),
    ];
    let (sources, report) = lint_with(&[("main.tf", main)], vars(given));
    let address = "azurerm_kubernetes_cluster_node_pool.win[\"blue\"]";
    assert_eq!(field(&report, address, PoolField::Name), "\"[\"a\"]\"");
    assert_eq!(field(&report, address, PoolField::OsSku), "\"{}\"");
    assert_eq!(field(&report, address, PoolField::Count), "3");
    assert_eq!(
        hops(&sources, &report, address, PoolField::VmSize),
        ["--var pools: \"Standard_D4s_v6\"", "main.tf: var.pools", "main.tf: each.value.size"]
    );
}

#[test]
fn what_terraform_would_refuse_on_the_command_line_is_refused() {
    let main = format!("{BY_SIZE}variable \"list\" {{\n  type    = list(string)\n  default = []\n}}\n");
    let refused = |given| {
        let (sources, report) = lint_with(&[("main.tf", &main)], vars(given));
        wrong(&sources, &report)
    };
    assert_eq!(
        refused(&[("sizes", "x")]),
        ["--var sizes: sizes: the root module that defines agent pools lacks a variable `sizes`"]
    );
    assert_eq!(refused(&[("list", "[x]")]), ["--var list: [x]: there is no `x` here"]);
    assert_eq!(refused(&[("list", "x")]), ["--var list: x: there is no `x` here"]);
    assert_eq!(refused(&[("list", "[")]).len(), 1);
    assert_eq!(refused(&[("size", "Standard_D4s_v5"), ("list", "[\"x\"]")]), [] as [&str; 0]);
}

#[test]
fn a_var_file_without_a_value_for_any_root_is_told_of() {
    let files = [("main.tf", BY_SIZE), ("other/prod.tfvars", "colour = \"blue\"\n")];
    let (_, report) = lint_with(&files, |options| options.var_files = vec!["/other/prod.tfvars".into()]);
    let [unread] = report.unread.as_slice() else { panic!("{:?}", report.unread) };
    assert_eq!(unread.path, "other/prod.tfvars");
    let files = [("main.tf", BY_SIZE), ("other/prod.tfvars", "size = \"a\"\ncolour = \"blue\"\n")];
    let (_, report) = lint_with(&files, |options| options.var_files = vec!["/other/prod.tfvars".into()]);
    assert_eq!(report.unread, []);
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"a\"");
}

#[test]
fn a_value_from_the_command_line_makes_a_root_complete() {
    let main = "variable \"size\" {}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = var.size\n}\n";
    let files = [("main.tf", main), ("prod.tfvars", "size = \"a\"\n")];
    let scenarios = |report: &Report| -> Vec<Option<String>> {
        let pools = report.fleet.pools.iter();
        pools.map(|pool| pool.scenario.as_deref().map(str::to_owned)).collect()
    };
    let (_, report) = lint(&files);
    assert_eq!(scenarios(&report), [Some("prod.tfvars".to_owned())]);
    let (_, report) = lint_with(&files, vars(&[("size", "b")]));
    assert_eq!(scenarios(&report), [None, Some("prod.tfvars".to_owned())]);
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"b\"");
}

#[test]
fn a_workspace_is_one_of_those_that_the_code_compares_it_with_or_another() {
    let (_, report) = lint(&[(
        "main.tf",
        r#"
locals {
  sizes = { prod = "Standard_D8s_v5", dev = "Standard_D2s_v5" }
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name       = "p${terraform.workspace == "default" ? "" : "x"}"
  vm_size    = local.sizes[terraform.workspace]
  node_count = lookup({ prod = 3 }, terraform.workspace, 1)
  mode       = terraform.workspace == "prod" ? "System" : "User"
}
"#,
    )]);
    assert_eq!(
        field(&report, POOL, PoolField::Mode),
        "\"System\" when `terraform.workspace` is \"prod\" | \"User\" when `terraform.workspace` is not \"prod\""
    );
    assert_eq!(
        field(&report, POOL, PoolField::Count),
        "1 when `terraform.workspace` is not \"prod\" | 3 when `terraform.workspace` is \"prod\""
    );
    let sizes = field(&report, POOL, PoolField::VmSize);
    assert!(sizes.contains("\"Standard_D8s_v5\" when `terraform.workspace` is \"prod\""), "{sizes}");
    assert!(sizes.contains("\"Standard_D2s_v5\" when `terraform.workspace` is \"dev\""), "{sizes}");
    assert_eq!(
        field(&report, POOL, PoolField::Name),
        "\"p\" when `terraform.workspace` is \"default\" | \"px\" when `terraform.workspace` is not \"default\""
    );
}

#[test]
fn files_for_opentofu_replace_those_of_the_same_name() {
    let pool = |size: &str| {
        format!("resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {{\n  vm_size = \"{size}\"\n}}\n")
    };
    let json = r#"{"locals": {"unused": "tofu"}}"#;
    let (_, report) = lint(&[
        ("pool.tf", &pool("terraform")),
        ("pool.tofu", &pool("tofu")),
        (
            "other.tf.json",
            r#"{"resource": {"azurerm_kubernetes_cluster_node_pool": {"b": {"vm_size": "b"}}}}"#,
        ),
        ("other.tofu.json", json),
        (
            "x_override.tofu",
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  os_sku = \"over\"\n}\n",
        ),
    ]);
    assert_eq!(report.fleet.pools.len(), 1);
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"tofu\"");
    assert_eq!(field(&report, POOL, PoolField::OsSku), "\"over\"");
}

#[test]
fn json_has_dynamic_blocks_templates_and_types_as_the_native_syntax_has_them() {
    let (sources, report) = lint(&[(
        "main.tf.json",
        r#"{
  "//": "generated",
  "variable": {
    "pools": {
      "type": "map(object({ size = optional(string, \"Standard_D4s_v6\"), surge = optional(string) }))",
      "default": { "blue": { "surge": "10%" } }
    }
  },
  "resource": {
    "azurerm_kubernetes_cluster_node_pool": {
      "win": {
        "//": "a comment",
        "for_each": "${var.pools}",
        "name": "${each.key}\u0031",
        "vm_size": "${each.value.size}",
        "node_labels": { "${each.key}": "x" },
        "dynamic": {
          "upgrade_settings": {
            "for_each": "${each.value.surge == null ? [] : [each.value.surge]}",
            "iterator": "it",
            "content": { "max_surge": "${it.value}" }
          }
        },
        "lifecycle": { "ignore_changes": ["node_count"] }
      }
    }
  }
}"#,
    )]);
    assert_eq!(wrong(&sources, &report), [] as [&str; 0]);
    let address = "azurerm_kubernetes_cluster_node_pool.win[\"blue\"]";
    assert_eq!(field(&report, address, PoolField::Name), "\"blue1\"");
    assert_eq!(field(&report, address, PoolField::MaxSurge), "\"10%\"");
    assert_eq!(field(&report, address, PoolField::NodeLabels), "{blue=\"x\"}");
    assert_eq!(
        hops(&sources, &report, address, PoolField::VmSize)[0],
        "main.tf.json: \\\"Standard_D4s_v6\\\""
    );
    assert_eq!(common::pool(&report, address).initial_only, [PoolField::Count]);
}

/// A value's way through a module, a local with `merge`, an element of `for_each` and a dynamic block.
const LONG_WAY: [(&str, &str); 2] = [
    (
        "main.tf",
        r#"
variable "pools" { type = any }
module "aks" {
  source = "./aks"
  pools  = var.pools
}
"#,
    ),
    (
        "aks/main.tf",
        r#"
variable "pools" {}
locals {
  pools = merge({}, var.pools)
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  for_each = local.pools
  name     = each.key
  dynamic "upgrade_settings" {
    for_each = [each.value]
    content {
      max_surge = upgrade_settings.value.surge
    }
  }
}
"#,
    ),
];
const REST_OF_THE_WAY: [&str; 5] = [
    "main.tf: var.pools",
    "aks/main.tf: var.pools",
    "aks/main.tf: local.pools",
    "aks/main.tf: each.value",
    "aks/main.tf: upgrade_settings.value.surge",
];

#[test]
fn a_value_keeps_its_way_from_a_var_file_in_json() {
    let mut files = LONG_WAY.to_vec();
    files.push(("terraform.tfvars.json", r#"{"pools": {"blue": {"surge": "33%"}}}"#));
    let (sources, report) = lint(&files);
    let way = hops(
        &sources,
        &report,
        "module.aks.azurerm_kubernetes_cluster_node_pool.win[\"blue\"]",
        PoolField::MaxSurge,
    );
    assert_eq!(way[0], "terraform.tfvars.json: \"33%\"");
    assert_eq!(way[1..], REST_OF_THE_WAY);
}

#[test]
fn a_value_keeps_its_way_from_the_command_line() {
    let (sources, report) = lint_with(&LONG_WAY, vars(&[("pools", "{ blue = { surge = \"33%\" } }")]));
    let way = hops(
        &sources,
        &report,
        "module.aks.azurerm_kubernetes_cluster_node_pool.win[\"blue\"]",
        PoolField::MaxSurge,
    );
    assert_eq!(way[0], "--var pools: \"33%\"");
    assert_eq!(way[1..], REST_OF_THE_WAY);
}

#[test]
fn a_field_of_csv_is_written_in_its_line() {
    let main = "locals {\n  rows = csvdecode(file(\"pools.csv\"))\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \
                \"p\" {\n  for_each = { for row in local.rows : row.name => row }\n  name     = each.key\n  vm_size  = \
                each.value.size\n  os_sku   = each.value.sku\n}\n";
    let csv = "name,size,sku\r\n\"blue\",Standard_D4s_v5,\"Windows\"\"22\"\r\n\r\ngreen,Standard_D8s_v5,";
    let (sources, report) = lint(&[("main.tf", main), ("pools.csv", csv)]);
    let first = |key: &str, field| {
        let address = format!("azurerm_kubernetes_cluster_node_pool.p[\"{key}\"]");
        hops(&sources, &report, &address, field)[0].clone()
    };
    assert_eq!(first("blue", PoolField::Name), "pools.csv: \"blue\"");
    assert_eq!(first("blue", PoolField::OsSku), "pools.csv: \"Windows\"\"22\"");
    assert_eq!(first("green", PoolField::VmSize), "pools.csv: Standard_D8s_v5");
    assert_eq!(first("green", PoolField::OsSku), "pools.csv: ");
}
