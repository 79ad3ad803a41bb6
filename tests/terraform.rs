//! Terraform to pools: small projects in memory, what each pool resolves to, and where its values come from.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::PoolField;
use common::{POOL, field, hops, lint, pool};

#[test]
fn a_literal_is_what_it_says_and_its_origin_is_the_literal() {
    let (sources, report) = lint(&[(
        "main.tf",
        r#"
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name    = "win"
  os_type = "Windows"
  vm_size = "Standard_D4ads_v6"
}
"#,
    )]);
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"Standard_D4ads_v6\"");
    assert_eq!(field(&report, POOL, PoolField::Mode), "\"User\"");
    assert_eq!(field(&report, POOL, PoolField::OsSku), "unset");
    assert_eq!(hops(&sources, &report, POOL, PoolField::VmSize), ["main.tf: \"Standard_D4ads_v6\""]);
}

#[test]
fn tfvars_win_over_defaults_and_the_way_is_kept() {
    let (sources, report) = lint(&[
        (
            "main.tf",
            r#"
variable "size" { default = "Standard_D4s_v5" }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  vm_size = var.size
}
"#,
        ),
        ("terraform.tfvars", "size = \"Standard_D4ads_v6\"\n"),
    ]);
    assert_eq!(
        hops(&sources, &report, POOL, PoolField::VmSize),
        ["terraform.tfvars: \"Standard_D4ads_v6\"", "main.tf: var.size"]
    );
}

#[test]
fn a_chain_through_tfvars_module_local_for_each_and_dynamic_block_keeps_every_hop() {
    let (sources, report) = lint(&[
        (
            "main.tf",
            r#"
variable "pools" {}
module "aks" {
  source = "./aks"
  pools  = var.pools
}
"#,
        ),
        ("terraform.tfvars", "pools = { blue = { size = \"Standard_D4ads_v6\", surge = \"33%\" } }\n"),
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
  vm_size  = each.value.size
  dynamic "upgrade_settings" {
    for_each = [each.value]
    content {
      max_surge = upgrade_settings.value.surge
    }
  }
}
"#,
        ),
    ]);
    let address = "module.aks.azurerm_kubernetes_cluster_node_pool.win[\"blue\"]";
    assert_eq!(field(&report, address, PoolField::Name), "\"blue\"");
    assert_eq!(
        hops(&sources, &report, address, PoolField::VmSize),
        [
            "terraform.tfvars: \"Standard_D4ads_v6\"",
            "main.tf: var.pools",
            "aks/main.tf: var.pools",
            "aks/main.tf: local.pools",
            "aks/main.tf: each.value.size",
        ]
    );
    assert_eq!(
        hops(&sources, &report, address, PoolField::MaxSurge),
        [
            "terraform.tfvars: \"33%\"",
            "main.tf: var.pools",
            "aks/main.tf: var.pools",
            "aks/main.tf: local.pools",
            "aks/main.tf: each.value",
            "aks/main.tf: upgrade_settings.value.surge",
        ]
    );
}

#[test]
fn an_unknown_condition_keeps_both_branches_and_correlated_fields_in_step() {
    let (_, report) = lint(&[(
        "main.tf",
        r#"
variable "win" { type = bool }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  count   = var.win ? 1 : 0
  os_sku  = var.win ? "Windows2022" : "Ubuntu"
}
"#,
    )]);
    let address = "azurerm_kubernetes_cluster_node_pool.win[0]";
    let pool = pool(&report, address);
    assert_eq!(pool.presence.regions.len(), 1);
    assert_eq!(pool.presence.regions[0].clauses(), ["`var.win` is true"]);
    assert_eq!(
        field(&report, address, PoolField::OsSku),
        "\"Ubuntu\" when `var.win` is false | \"Windows2022\" when `var.win` is true"
    );
}

#[test]
fn for_each_over_an_unknown_is_one_pool_of_unknown_number() {
    let (_, report) = lint(&[(
        "main.tf",
        r#"
variable "pools" {}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  for_each = var.pools
  vm_size  = each.value.size
}
"#,
    )]);
    let [pool] = report.fleet.pools.as_slice() else { panic!("one pool") };
    assert!(pool.presence.many);
    assert_eq!(field(&report, &pool.address, PoolField::VmSize), "?");
}

#[test]
fn a_pool_is_linked_to_its_cluster_through_module_outputs_and_inherits_its_version() {
    let (_, report) = lint(&[
        (
            "main.tf",
            r#"
module "aks" {
  source = "./aks"
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  kubernetes_cluster_id = module.aks.id
}
"#,
        ),
        (
            "aks/main.tf",
            r#"
resource "azurerm_kubernetes_cluster" "this" {
  count              = 1
  name               = "prod"
  kubernetes_version = "1.33"
  default_node_pool {
    name    = "system"
    vm_size = "Standard_D4s_v5"
  }
}
output "id" { value = azurerm_kubernetes_cluster.this[0].id }
"#,
        ),
    ]);
    assert_eq!(report.fleet.clusters.len(), 1);
    assert_eq!(pool(&report, POOL).cluster, Some(0));
    assert_eq!(field(&report, POOL, PoolField::OrchestratorVersion), "\"1.33\"");
    let default = "module.aks.azurerm_kubernetes_cluster.this[0].default_node_pool";
    assert_eq!(field(&report, default, PoolField::Mode), "\"System\"");
    assert_eq!(field(&report, default, PoolField::OsType), "\"Linux\"");
    assert!(report.fleet.clusters[0].open.is_none());
}

#[test]
fn each_var_file_of_a_root_is_a_scenario_and_the_bare_root_only_if_it_is_complete() {
    let files = [
        (
            "main.tf",
            "variable \"size\" {}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = var.size\n}\n",
        ),
        ("envs/dev.tfvars", "size = \"A\"\n"),
        ("envs/prod.tfvars", "size = \"B\"\n"),
        ("envs/other.tfvars", "unrelated = 1\n"),
    ];
    let (_, report) = lint(&files);
    let scenarios: Vec<_> = report.fleet.pools.iter().map(|pool| pool.scenario.as_deref()).collect();
    assert_eq!(scenarios, [Some("envs/dev.tfvars"), Some("envs/prod.tfvars")]);
}

#[test]
fn a_var_file_is_for_the_nearest_folder_that_declares_variables() {
    let size = "variable \"size\" {}\n";
    let pool = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = var.size\n}\n";
    let main = format!("{size}{pool}");
    let files = [
        ("main.tf", main.as_str()),
        ("examples/README.tf", "# What the examples are for.\n"),
        ("examples/one/one.tfvars", "size = \"A\"\n"),
        // What a module of its own has is not the root's.
        ("network/main.tf", size),
        ("network/envs/prod.tfvars", "size = \"B\"\n"),
    ];
    let (_, report) = lint(&files);
    let scenarios: Vec<_> = report.fleet.pools.iter().map(|pool| pool.scenario.as_deref()).collect();
    assert_eq!(scenarios, [Some("examples/one/one.tfvars")]);
}

#[test]
fn modules_that_call_each_other_in_a_circle_are_reported_and_end() {
    let (_, report) = lint(&[
        (
            "a/main.tf",
            "module \"b\" {\n  source = \"../b\"\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {}\n",
        ),
        ("b/main.tf", "module \"a\" {\n  source = \"../a\"\n}\n"),
    ]);
    assert!(report.diagnostics.iter().any(|d| d.rule == "Syntax" && d.message.contains("calls itself")));
}

#[test]
fn locals_that_refer_to_each_other_in_a_circle_are_reported_and_end() {
    let (_, report) = lint(&[(
        "main.tf",
        "locals {\n  a = local.b\n  b = local.a\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = local.a\n}\n",
    )]);
    assert!(
        report.diagnostics.iter().any(|d| d.message.contains("refers to itself")),
        "{:?}",
        report.diagnostics
    );
    assert_eq!(field(&report, POOL, PoolField::VmSize), "?");
}

#[test]
fn var_files_in_json_are_read_in_terraforms_order() {
    let (sources, report) = lint(&[
        (
            "main.tf",
            r#"
variable "size" { type = string }
variable "sku" { type = string }
variable "labels" { type = map(string) }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  vm_size     = var.size
  os_sku      = var.sku
  node_labels = var.labels
}
"#,
        ),
        ("terraform.tfvars", "size = \"Standard_D2s_v5\"\nsku = \"Windows2019\"\n"),
        ("terraform.tfvars.json", r#"{"size": "Standard_D4s_v5", "labels": {"n": 1, "t": "${x y}!"}}"#),
        ("b.auto.tfvars.json", r#"{"sku": "Windows2022"}"#),
        ("a.auto.tfvars", "sku = \"AzureLinux\"\n"),
    ]);
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"Standard_D4s_v5\"");
    assert_eq!(field(&report, POOL, PoolField::OsSku), "\"Windows2022\"");
    assert_eq!(
        hops(&sources, &report, POOL, PoolField::OsSku),
        ["b.auto.tfvars.json: \"Windows2022\"", "main.tf: var.sku"]
    );
}

#[test]
fn a_named_var_file_in_json_is_a_scenario() {
    let (_, report) = lint(&[
        (
            "main.tf",
            "variable \"size\" {}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = var.size\n}\n",
        ),
        ("env/prod.tfvars.json", r#"{"size": "Standard_D8s_v5"}"#),
    ]);
    assert_eq!(pool(&report, POOL).scenario.as_deref(), Some("env/prod.tfvars.json"));
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"Standard_D8s_v5\"");
}

#[test]
fn a_validation_that_lists_values_leaves_only_those() {
    let (_, report) = lint(&[(
        "main.tf",
        r#"
variable "tier" {
  type = string
  validation {
    condition     = (var.tier == "small" || contains(["large"], var.tier)) && length(var.tier) > 1
    error_message = "small or large"
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  vm_size = { small = "Standard_D2s_v5", large = "Standard_D8s_v5" }[var.tier]
}
"#,
    )]);
    assert_eq!(
        field(&report, POOL, PoolField::VmSize),
        "\"Standard_D2s_v5\" when `var.tier` is \"small\" | \"Standard_D8s_v5\" when `var.tier` is \"large\""
    );
}

#[test]
fn both_results_of_a_conditional_are_converted_to_one_type() {
    let (_, report) = lint(&[(
        "main.tf",
        r#"
variable "zones" { default = true }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  zones = var.zones ? [1, 2] : ["3"]
}
"#,
    )]);
    assert_eq!(field(&report, POOL, PoolField::AvailabilityZones), "[\"1\", \"2\"]");
}

#[test]
fn arguments_of_a_whole_resource_stay_known_through_splats_and_outputs() {
    let (_, report) = lint(&[
        (
            "main.tf",
            r#"
module "aks" { source = "./aks" }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  orchestrator_version = module.aks.cluster.kubernetes_version
  vm_size              = one(module.aks.pools[*].vm_size)
}
"#,
        ),
        (
            "aks/main.tf",
            r#"
resource "azurerm_kubernetes_cluster" "this" {
  kubernetes_version = "1.30.1"
}
resource "azurerm_kubernetes_cluster_node_pool" "this" {
  count   = 1
  vm_size = "Standard_D4s_v5"
}
output "cluster" { value = azurerm_kubernetes_cluster.this }
output "pools" { value = azurerm_kubernetes_cluster_node_pool.this }
"#,
        ),
    ]);
    assert_eq!(field(&report, POOL, PoolField::OrchestratorVersion), "\"1.30.1\"");
    assert_eq!(field(&report, POOL, PoolField::VmSize), "\"Standard_D4s_v5\"");
}

#[test]
fn two_modules_may_feed_each_other() {
    let (_, report) = lint(&[
        (
            "main.tf",
            r#"
module "network" {
  source  = "./network"
  cluster = module.aks.name
}
module "aks" {
  source = "./aks"
  size   = module.network.size
}
"#,
        ),
        (
            "network/main.tf",
            "variable \"cluster\" {}\noutput \"size\" { value = \"Standard_D4s_v5\" }\noutput \"of\" { value = var.cluster }\n",
        ),
        (
            "aks/main.tf",
            r#"
variable "size" {}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  vm_size = var.size
}
output "name" { value = "prod" }
"#,
        ),
    ]);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    let address = "module.aks.azurerm_kubernetes_cluster_node_pool.win";
    assert_eq!(field(&report, address, PoolField::VmSize), "\"Standard_D4s_v5\"");
}

#[test]
fn what_terraform_data_puts_out_is_what_is_put_in() {
    let (sources, report) = lint(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  input = { size = \"a\" }\n}\nresource \"terraform_data\" \"b\" {\n  count = \
         2\n  input = \"b${count.index}\"\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  name    = \
         terraform_data.b[1].output\n  os_sku  = [for b in terraform_data.b : b.output][0]\n  vm_size = \
         terraform_data.a.output.size\n}\n",
    )]);
    assert_eq!(field(&report, POOL, PoolField::Name), "\"b1\"");
    assert_eq!(field(&report, POOL, PoolField::OsSku), "\"b0\"");
    assert_eq!(hops(&sources, &report, POOL, PoolField::VmSize)[0], "main.tf: \"a\"");
}

#[test]
fn a_pool_is_called_by_its_name_wherever_that_is_written() {
    let (_, report) = lint(&[(
        "main.tf",
        "variable \"big\" {\n  type = bool\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"p\" {\n  for_each = var.big \
         ? { winpool = 1 } : { winpool = 2 }\n  name     = each.key\n  os_type  = \"Windows\"\n}\n",
    )]);
    let message = "agent pool `winpool`: is a Windows pool with the name `winpool` of 7 characters";
    assert_eq!(report.diagnostics.first().map(|found| found.message.as_str()), Some(message));
}

#[test]
fn a_validation_that_compares_a_variable_with_itself_bounds_nothing() {
    let (_, report) = lint(&[(
        "main.tf",
        "variable \"n\" {\n  type = number\n  validation {\n    condition     = var.n > 1 && floor(var.n) == var.n && \
         contains([var.n, 3], var.n)\n    error_message = \"No.\"\n  }\n}\nresource \
         \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  node_count = var.n\n}\n",
    )]);
    assert_eq!(report.diagnostics, []);
    assert_eq!(field(&report, POOL, PoolField::Count), "?");
}

#[test]
fn a_file_that_is_not_there_fails_where_the_code_is_prepared_for_that() {
    let main = "locals {\n  given = try(yamldecode(file(\"pools.yaml\")), {})\n  sku   = can(file(\"pools.yaml\")) ? \"a\" : \
                \"b\"\n  text  = file(\"pools.yaml\")\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = \
                lookup(local.given, \"size\", \"small\")\n  os_sku  = local.sku\n  name    = try(local.text, \"c\")\n}\n";
    let fields = |files: &[(&str, &str)]| {
        let (_, report) = lint(files);
        [PoolField::VmSize, PoolField::OsSku, PoolField::Name].map(|wanted| field(&report, POOL, wanted))
    };
    assert_eq!(fields(&[("main.tf", main)]), ["\"small\"", "\"b\"", "?"]);
    let there = fields(&[("main.tf", main), ("pools.yaml", "size: big")]);
    assert_eq!(there, ["\"big\"", "\"a\"", "\"size: big\""]);
}
