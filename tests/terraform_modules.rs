//! How modules hang together: what is installed, what overrides what, and what flows between calls.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::{PoolField, Presence};
use common::{POOL, field, hops, lint, pool};

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
