//! How modules hang together: what is installed, what overrides what, and what flows between calls.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::{PoolField, Presence};
use common::{POOL, at, field, hops, lint, pool};

const TAKES_SIZE: &str = "variable \"size\" {}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = var.size\n}\n";

#[test]
fn installed_modules_are_found_at_every_depth_by_their_keys() {
    let (_, report) = lint(&[
        ("live/main.tf", "module \"aks\" {\n  source  = \"acme/aks/azurerm\"\n  version = \"1.0.0\"\n}\n"),
        (
            "live/.terraform/modules/modules.json",
            r#"{"Modules": [
                {"Key": "", "Source": "", "Dir": "."},
                {"Key": "aks", "Source": "registry.terraform.io/acme/aks/azurerm", "Dir": ".terraform/modules/aks"},
                {"Key": "aks.pool", "Source": "git::https://example.com/pool", "Dir": ".terraform/modules/aks.pool/sub"}
            ]}"#,
        ),
        (
            "live/.terraform/modules/aks/main.tf",
            "module \"pool\" {\n  source = \"git::https://example.com/pool//sub\"\n  size   = \"a\"\n}\n",
        ),
        ("live/.terraform/modules/aks.pool/sub/main.tf", TAKES_SIZE),
    ]);
    let address = "module.aks.module.pool.azurerm_kubernetes_cluster_node_pool.win";
    assert_eq!(field(&report, address, PoolField::VmSize), "\"a\"");
}

#[test]
fn override_files_replace_arguments_blocks_and_locals_in_their_order() {
    let (_, report) = lint(&[
        (
            "main.tf",
            r#"
locals {
  sku = "base"
}
variable "size" { default = "base" }
output "unused" { value = 1 }
module "pool" {
  source = "./pool"
  size   = "base"
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  os_sku     = local.sku
  vm_size    = var.size
  node_count = 1
  upgrade_settings {
    max_surge                = "1"
    drain_timeout_in_minutes = 5
  }
}
"#,
        ),
        ("pool/main.tf", TAKES_SIZE),
        (
            "a_override.tf",
            r#"
locals { sku = "a" }
variable "size" { default = "over" }
module "pool" { size = "over" }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  node_count = 2
  upgrade_settings {
    max_surge = "2"
  }
}
"#,
        ),
        ("b_override.tf.json", r#"{"locals": {"sku": "b"}}"#),
        ("override.tf", "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  node_count = 3\n}\n"),
    ]);
    assert_eq!(report.diagnostics, []);
    assert_eq!(field(&report, POOL, PoolField::OsSku), "\"b\"");
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"over\"");
    assert_eq!(field(&report, POOL, PoolField::Count), "3");
    assert_eq!(field(&report, POOL, PoolField::MaxSurge), "\"2\"");
    assert_eq!(field(&report, POOL, PoolField::DrainTimeoutInMinutes), "unset");
    let called = "module.pool.azurerm_kubernetes_cluster_node_pool.win";
    assert_eq!(field(&report, called, PoolField::VmSize), "\"over\"");
}

#[test]
fn outputs_of_repeated_modules_feed_others() {
    let (sources, report) = lint(&[
        (
            "main.tf",
            r#"
module "sizes" {
  source   = "./size"
  for_each = { blue = "a", green = "b" }
  base     = each.value
}
module "pools" {
  source   = "./pool"
  for_each = module.sizes
  size     = each.value.size
}
module "first" {
  source = "./pool"
  count  = length(module.sizes) - 1
  size   = module.sizes["green"].size
}
"#,
        ),
        ("size/main.tf", "variable \"base\" {}\noutput \"size\" {\n  value = var.base\n}\n"),
        ("pool/main.tf", TAKES_SIZE),
    ]);
    let of = |module: &str| format!("module.{module}.azurerm_kubernetes_cluster_node_pool.win");
    assert_eq!(field(&report, &of("pools[\"blue\"]"), PoolField::VmSize), "\"a\"");
    assert_eq!(field(&report, &of("pools[\"green\"]"), PoolField::VmSize), "\"b\"");
    assert_eq!(field(&report, &of("first[0]"), PoolField::VmSize), "\"b\"");
    assert_eq!(report.fleet.pools.len(), 3);
    assert_eq!(hops(&sources, &report, &of("first[0]"), PoolField::VmSize)[0], "main.tf: \"b\"");
}

#[test]
fn a_module_over_unknown_keys_is_one_pool_of_unknown_number() {
    let (_, report) = lint(&[
        (
            "main.tf",
            "variable \"pools\" {}\nmodule \"pool\" {\n  source   = \"./pool\"\n  for_each = var.pools\n  size     = each.key\n}\n",
        ),
        ("pool/main.tf", TAKES_SIZE),
    ]);
    let [pool] = report.fleet.pools.as_slice() else { panic!("{:?}", report.fleet.pools) };
    assert!(matches!(pool.presence, Presence { many: true, .. }), "{pool:?}");
    assert_eq!(pool.address, "module.pool[…].azurerm_kubernetes_cluster_node_pool.win");
}

#[test]
fn providers_and_order_change_nothing_of_a_module() {
    let (_, report) = lint(&[
        (
            "main.tf",
            r#"
provider "azurerm" {
  features {}
}
provider "azurerm" {
  alias = "west"
  features {}
}
resource "azurerm_resource_group" "a" {
  name = "a"
}
module "pool" {
  source     = "./pool"
  providers  = { azurerm = azurerm.west }
  depends_on = [azurerm_resource_group.a]
  size       = "a"
}
"#,
        ),
        ("pool/main.tf", TAKES_SIZE),
    ]);
    assert_eq!(report.diagnostics, []);
    assert_eq!(
        field(&report, "module.pool.azurerm_kubernetes_cluster_node_pool.win", PoolField::VmSize),
        "\"a\""
    );
    assert!(!pool(&report, "module.pool.azurerm_kubernetes_cluster_node_pool.win").presence.many);
}

#[test]
fn an_override_replaces_nested_blocks_however_either_is_written() {
    let plain = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  upgrade_settings {\n    max_surge                = \
                \"1\"\n    drain_timeout_in_minutes = 5\n  }\n  lifecycle {\n    ignore_changes = [node_count]\n  }\n}\n";
    let json = |settings: &str| {
        format!("{{\"resource\": {{\"azurerm_kubernetes_cluster_node_pool\": {{\"win\": {{{settings}}}}}}}}}")
    };
    let dynamic = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  dynamic \"upgrade_settings\" {\n    \
                   for_each = [2]\n    content {\n      max_surge = upgrade_settings.value\n    }\n  }\n  lifecycle {\n    \
                   prevent_destroy = true\n  }\n}\n";
    let overrides = [
        ("override.tf", dynamic.to_owned()),
        ("override.tf.json", json("\"upgrade_settings\": {\"max_surge\": 2}")),
        (
            "override.tf.json",
            json(
                "\"dynamic\": {\"upgrade_settings\": {\"for_each\": [2], \"content\": {\"max_surge\": \
                 \"${upgrade_settings.value}\"}}}",
            ),
        ),
    ];
    let bases = [
        ("main.tf", plain.to_owned()),
        (
            "main.tf",
            dynamic.replace("[2]", "[1]").replace("prevent_destroy = true", "ignore_changes = [node_count]"),
        ),
        (
            "main.tf.json",
            json(
                "\"upgrade_settings\": {\"max_surge\": 1}, \"lifecycle\": {\"ignore_changes\": [\"node_count\"]}",
            ),
        ),
    ];
    for base in &bases {
        for over in &overrides {
            let (_, report) = lint(&[(base.0, &base.1), (over.0, &over.1)]);
            assert_eq!(report.diagnostics, [], "{base:?} {over:?}");
            assert_eq!(field(&report, POOL, PoolField::MaxSurge), "2", "{base:?} {over:?}");
            assert_eq!(field(&report, POOL, PoolField::DrainTimeoutInMinutes), "unset", "{base:?} {over:?}");
            // What the override does not say of the life cycle stays as it is.
            assert_eq!(pool(&report, POOL).initial_only, [PoolField::Count], "{base:?} {over:?}");
        }
    }
}

const INSTALLED: &str = r#"{"Modules": [{"Key": "aks", "Source": "git::https://example.com/aks", "Dir": ".terraform/modules/aks"}]}"#;

#[test]
fn what_an_installed_module_makes_of_its_inputs_is_told_at_the_call() {
    let module = "variable \"name\" {}\nvariable \"sku\" {\n  default = \"Windows2019\"\n}\nresource \
                  \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  name    = \"${var.name}win\"\n  os_type = \"Windows\"\n  \
                  os_sku  = var.sku\n  vm_size = \"Standard_D4ads_v6\"\n}\n";
    let call = "module \"aks\" {\n  source = \"git::https://example.com/aks\"\n  name   = \"blue\"\n}\n";
    let (sources, report) = lint(&[
        ("main.tf", call),
        (".terraform/modules/modules.json", INSTALLED),
        (".terraform/modules/aks/main.tf", module),
    ]);
    let told = report
        .diagnostics
        .iter()
        .map(|found| format!("{}: {}", found.rule, at(&sources, found.primary.span)));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "Windows2019NotSupportedWithGen2VM: main.tf: \"git::https://example.com/aks\"",
            "WindowsAgentPoolNameTooLong: main.tf: \"blue\"",
        ]
    );
    let long = report.diagnostics.iter().find(|found| found.rule == "WindowsAgentPoolNameTooLong").unwrap();
    assert_eq!(long.primary.message, "makes the name `bluewin` of 7 characters");
    let address = "module.aks.azurerm_kubernetes_cluster_node_pool.win";
    assert_eq!(
        hops(&sources, &report, address, PoolField::VmSize),
        ["main.tf: \"git::https://example.com/aks\""]
    );
}

#[test]
fn an_override_of_what_no_file_declares_is_told() {
    let (sources, report) = lint(&[
        (
            "main.tf",
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = local.size\n}\nlocals {\n  size = \"a\"\n}\n",
        ),
        (
            "override.tf",
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"won\" {}\nlocals {\n  size  = \"b\"\n  other = 1\n}\n",
        ),
    ]);
    let told = report
        .diagnostics
        .iter()
        .map(|found| format!("{}: {}", at(&sources, found.primary.span), found.message));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "override.tf: resource \"azurerm_kubernetes_cluster_node_pool\" \"won\": resource \
             `azurerm_kubernetes_cluster_node_pool.won` overrides nothing: no other file declares it",
            "override.tf: other: local value `other` overrides nothing: no other file declares it",
        ]
    );
}
