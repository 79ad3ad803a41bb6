//! Who writes a pool to Azure, and in which words: the provider's versions, azapi's bodies, and what one resource
//! changes of another.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::{ClusterField, PoolField};
use akslint::report::Report;
use common::{POOL, field, lint, pool, show};

fn cluster(report: &Report, field: ClusterField) -> String {
    report.fleet.clusters[0].fields.get(&field).map_or("unset".to_owned(), show)
}

/// A root that asks for a version of azurerm.
fn requires(version: &str) -> String {
    format!("terraform {{\n  required_providers {{\n    azurerm = {{ version = \"{version}\" }}\n  }}\n}}\n")
}

#[test]
fn the_version_decides_which_spelling_counts() {
    let both = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  auto_scaling_enabled = true\n  \
                enable_auto_scaling  = false\n  availability_zones   = [\"1\"]\n  zones = [\"2\"]\n}\n";
    let scaling = |files: &[(&str, &str)]| {
        let (_, report) = lint(files);
        let values = [PoolField::EnableAutoScaling, PoolField::AvailabilityZones];
        let writer = pool(&report, POOL).writer.name();
        let [scaling, zones] = values.map(|wanted| field(&report, POOL, wanted));
        format!("{writer}: {scaling} {zones}")
    };
    let at = |version: &str| scaling(&[("main.tf", &format!("{}{both}", requires(version)))]);
    assert_eq!(at("~> 4.1"), "azurerm 4: true [\"2\"]");
    assert_eq!(at(">= 3.0, < 4.0.0"), "azurerm 3: false [\"2\"]");
    assert_eq!(at("2.99.0"), "azurerm 2: false [\"1\"]");
    assert_eq!(at(">= 3.0"), "azurerm: true [\"2\"]");
    let lock = "provider \"registry.terraform.io/hashicorp/azurerm\" {\n  version = \"3.117.1\"\n}\n";
    let main = format!("{}{both}", requires(">= 3.0"));
    assert_eq!(scaling(&[("main.tf", &main), (".terraform.lock.hcl", lock)]), "azurerm 3: false [\"2\"]");
}

#[test]
fn the_root_and_the_module_together_decide_the_version() {
    let module =
        format!("{}resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {{}}\n", requires(">= 3.50"));
    let root = format!("{}module \"aks\" {{\n  source = \"./aks\"\n}}\n", requires("< 4.0"));
    let (_, report) = lint(&[("main.tf", &root), ("aks/main.tf", &module)]);
    let address = "module.aks.azurerm_kubernetes_cluster_node_pool.win";
    assert_eq!(pool(&report, address).writer.name(), "azurerm 3");
}

#[test]
fn the_channel_for_node_images_has_a_default_since_azurerm_4() {
    let at = |version: &str| {
        let (_, report) = lint(&[(
            "main.tf",
            &format!("{}resource \"azurerm_kubernetes_cluster\" \"a\" {{}}\n", requires(version)),
        )]);
        cluster(&report, ClusterField::NodeOsUpgradeChannel)
    };
    assert_eq!(at("~> 4.0"), "\"NodeImage\"");
    assert_eq!(at("~> 3.0"), "unset");
}

#[test]
fn a_body_is_an_object_or_the_text_of_one() {
    let written = |body: &str| {
        let main = format!(
            "variable \"size\" {{}}\nlocals {{\n  object = {{ properties = {{ vmSize = \"a\", count = var.size }} }}\n  \
             text   = jsonencode(local.object)\n  twice  = (local.text)\n}}\nresource \"azapi_resource\" \"p\" {{\n  \
             type = \"Microsoft.ContainerService/managedClusters/agentPools@2025-05-01\"\n  name = \"p\"\n  \
             body = {body}\n}}\n"
        );
        let (_, report) = lint(&[("main.tf", &main)]);
        let address = "azapi_resource.p";
        format!(
            "{} {}",
            field(&report, address, PoolField::VmSize),
            field(&report, address, PoolField::Count)
        )
    };
    assert_eq!(written("local.object"), "\"a\" ?");
    assert_eq!(written("jsonencode(local.object)"), "\"a\" ?");
    assert_eq!(written("local.text"), "\"a\" ?");
    assert_eq!(written("local.twice"), "\"a\" ?");
    assert_eq!(written("<<EOT\n{\"properties\": {\"vmSize\": \"b\", \"count\": 2}}\nEOT"), "\"b\" 2");
    assert_eq!(written("\"{\\\"properties\\\": {\\\"vmSize\\\": \\\"c\\\"}}\""), "\"c\" unset");
}

#[test]
fn parts_of_a_sensitive_body_belong_to_the_body() {
    let (_, report) = lint(&[(
        "main.tf",
        "resource \"azapi_resource\" \"p\" {\n  type = \"Microsoft.ContainerService/managedClusters/agentPools@2025-05-01\"\n  \
         body = { properties = { vmSize = \"a\", count = 1 } }\n  sensitive_body = { properties = { count = 2 } }\n}\n",
    )]);
    assert_eq!(field(&report, "azapi_resource.p", PoolField::VmSize), "\"a\"");
    assert_eq!(field(&report, "azapi_resource.p", PoolField::Count), "2");
}

/// A cluster with a pool, of which the version is ignored, and what else a test puts there.
fn patched(patch: &str) -> Report {
    let main = format!(
        r#"
variable "upgrade" {{ type = bool }}
resource "azurerm_kubernetes_cluster" "main" {{
  name               = "main"
  kubernetes_version = "1.33"
  lifecycle {{ ignore_changes = [kubernetes_version] }}
}}
resource "azurerm_kubernetes_cluster_node_pool" "win" {{
  name                  = "win"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  os_sku                = "Windows2022"
  lifecycle {{ ignore_changes = all }}
}}
{patch}
"#
    );
    lint(&[("main.tf", &main)]).1
}

const CLUSTER_TYPE: &str = "type = \"Microsoft.ContainerService/managedClusters@2025-05-01\"";
const POOL_TYPE: &str = "type = \"Microsoft.ContainerService/managedClusters/agentPools@2025-05-01\"";
const BODY: &str = "body = { properties = { kubernetesVersion = \"1.35\", osSKU = \"Windows2025\" } }";

#[test]
fn a_patch_finds_what_it_changes_by_its_id_or_by_its_name_below_its_parent() {
    for (patch, is_cluster) in [
        (
            format!(
                "resource \"azapi_update_resource\" \"u\" {{\n{CLUSTER_TYPE}\nresource_id = azurerm_kubernetes_cluster.main.id\n{BODY}\n}}"
            ),
            true,
        ),
        (
            format!(
                "resource \"azapi_update_resource\" \"u\" {{\n{CLUSTER_TYPE}\nname = \"Main\"\nparent_id = \"/subscriptions/0/resourceGroups/g\"\n{BODY}\n}}"
            ),
            true,
        ),
        (
            format!(
                "resource \"azapi_resource_action\" \"u\" {{\n{CLUSTER_TYPE}\nmethod = \"PATCH\"\nresource_id = azurerm_kubernetes_cluster.main.id\n{BODY}\n}}"
            ),
            true,
        ),
        (
            format!(
                "resource \"azapi_update_resource\" \"u\" {{\n{POOL_TYPE}\nresource_id = azurerm_kubernetes_cluster_node_pool.win.id\n{BODY}\n}}"
            ),
            false,
        ),
        (
            format!(
                "resource \"azapi_update_resource\" \"u\" {{\n{POOL_TYPE}\nname = \"win\"\nparent_id = azurerm_kubernetes_cluster.main.id\n{BODY}\n}}"
            ),
            false,
        ),
        (
            format!(
                "resource \"azapi_update_resource\" \"u\" {{\n{POOL_TYPE}\nresource_id = \"/subscriptions/0/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/main/agentPools/win\"\n{BODY}\n}}"
            ),
            false,
        ),
        (
            format!(
                "resource \"azapi_resource_action\" \"u\" {{\n{POOL_TYPE}\nmethod = \"PUT\"\nresource_id = azurerm_kubernetes_cluster_node_pool.win.id\n{BODY}\n}}"
            ),
            false,
        ),
    ] {
        let report = patched(&patch);
        let (version, sku) = match is_cluster {
            true => ("\"1.35\"", "\"Windows2022\""),
            false => ("\"1.33\"", "\"Windows2025\""),
        };
        assert_eq!(cluster(&report, ClusterField::KubernetesVersion), version, "{patch}");
        assert_eq!(field(&report, POOL, PoolField::OsSku), sku, "{patch}");
        let ignored = report.fleet.clusters[0].initial_only.contains(&ClusterField::KubernetesVersion);
        assert_eq!(ignored, !is_cluster, "{patch}");
        assert_eq!(pool(&report, POOL).initial_only.contains(&PoolField::OsSku), is_cluster, "{patch}");
    }
}

#[test]
fn an_action_that_writes_nothing_changes_nothing() {
    for how in [
        "",
        "method = \"POST\"",
        "method = \"PUT\"\naction = \"rotate\"",
        "method = \"PUT\"\nwhen = \"destroy\"",
    ] {
        let report = patched(&format!(
            "resource \"azapi_resource_action\" \"u\" {{\n{CLUSTER_TYPE}\n{how}\nresource_id = azurerm_kubernetes_cluster.main.id\n{BODY}\n}}"
        ));
        assert_eq!(cluster(&report, ClusterField::KubernetesVersion), "\"1.33\"", "{how}");
    }
}

#[test]
fn a_patch_that_may_not_exist_changes_only_the_worlds_where_it_does() {
    let patch = format!(
        "resource \"azapi_update_resource\" \"u\" {{\ncount = var.upgrade ? 1 : 0\n{CLUSTER_TYPE}\nresource_id = azurerm_kubernetes_cluster.main.id\n{BODY}\n}}"
    );
    assert_eq!(
        cluster(&patched(&patch), ClusterField::KubernetesVersion),
        "\"1.33\" when `var.upgrade` is false | \"1.35\" when `var.upgrade` is true"
    );
    let none = patch.replace("var.upgrade ? 1 : 0", "0");
    assert_eq!(cluster(&patched(&none), ClusterField::KubernetesVersion), "\"1.33\"");
}

#[test]
fn what_azapi_ignores_in_a_body_is_initial_only() {
    let ignoring = |lines: &str| {
        let (_, report) = lint(&[(
            "main.tf",
            &format!(
                "resource \"azapi_resource\" \"p\" {{\n{POOL_TYPE}\nname = \"p\"\nbody = {{ properties = {{ vmSize = \"a\", count = 1, upgradeSettings = {{ maxSurge = \"1\" }} }} }}\n{lines}\n}}\n"
            ),
        )]);
        let of = |field| pool(&report, "azapi_resource.p").initial_only.contains(&field);
        [PoolField::VmSize, PoolField::Count, PoolField::MaxSurge].map(of)
    };
    assert_eq!(ignoring(""), [false, false, false]);
    assert_eq!(ignoring("lifecycle {\n ignore_changes = [body]\n}"), [true, true, true]);
    assert_eq!(ignoring("lifecycle {\n ignore_changes = [body.properties.count]\n}"), [false, true, false]);
    assert_eq!(ignoring("ignore_body_changes = [\"properties.upgradeSettings\"]"), [false, false, true]);
    assert_eq!(ignoring("lifecycle {\n ignore_changes = all\n}"), [true, true, true]);
}

#[test]
fn ghosts_are_no_pools() {
    let (_, report) = lint(&[
        (
            "main.tf",
            r#"
data "azurerm_kubernetes_cluster_node_pool" "there" {
  name = "there"
}
# resource "azurerm_kubernetes_cluster_node_pool" "commented" { name = "c" }
/*
resource "azurerm_kubernetes_cluster_node_pool" "out" {
  name = "o"
}
*/
resource "azurerm_kubernetes_cluster_node_pool" "none" {
  count = 0
  name  = "n"
}
resource "azurerm_kubernetes_cluster_node_pool" "empty" {
  for_each = {}
  name     = each.key
}
removed {
  from = azurerm_kubernetes_cluster_node_pool.gone
}
moved {
  from = azurerm_kubernetes_cluster_node_pool.a
  to   = azurerm_kubernetes_cluster_node_pool.b
}
import {
  to = azurerm_kubernetes_cluster_node_pool.win
  id = "x"
}
check "health" {
  data "azurerm_kubernetes_cluster_node_pool" "win" {
    name = "w"
  }
  assert {
    condition     = true
    error_message = "no"
  }
}
module "none" {
  source = "./pool"
  count  = 0
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  provider   = azurerm.other
  depends_on = [module.none]
  name       = "win"
}
"#,
        ),
        ("pool/main.tf", "resource \"azurerm_kubernetes_cluster_node_pool\" \"p\" {}\n"),
    ]);
    let addresses: Vec<&str> = report.fleet.pools.iter().map(|pool| pool.address.as_str()).collect();
    assert_eq!(addresses, [POOL]);
    assert_eq!(report.diagnostics, []);
}

#[test]
fn a_patch_finds_its_pool_by_the_end_of_an_id() {
    let patched = |id: &str| {
        let main = format!(
            "variable \"subscription\" {{}}\nlocals {{\n  pool = \"sys\"\n}}\nresource \"azurerm_kubernetes_cluster\" \"a\" {{\n  \
             name = \"one\"\n  default_node_pool {{\n    name = \"sys\"\n  }}\n}}\nresource \"azapi_update_resource\" \
             \"a\" {{\n  type        = \"Microsoft.ContainerService/managedClusters/agentPools@2025-05-01\"\n  resource_id = {id}\n  \
             body        = {{ properties = {{ osSKU = \"AzureLinux\" }} }}\n}}\n"
        );
        let (_, report) = lint(&[("main.tf", &main)]);
        field(&report, "azurerm_kubernetes_cluster.a.default_node_pool", PoolField::OsSku)
    };
    let cluster = "azurerm_kubernetes_cluster.a.id";
    assert_eq!(patched(&format!("\"${{{cluster}}}/agentPools/sys\"")), "\"AzureLinux\"");
    assert_eq!(patched(&format!("\"${{{cluster}}}/agentpools/${{local.pool}}\"")), "\"AzureLinux\"");
    assert_eq!(patched(&format!("\"${{\"${{{cluster}}}/agentPools\"}}/sys\"")), "\"AzureLinux\"");
    assert_eq!(patched(&format!("\"${{{cluster}}}/agentPools/other\"")), "unset");
    assert_eq!(patched(&format!("\"x${{{cluster}}}/agentPools/sys\"")), "unset");
    assert_eq!(patched(&format!("\"${{{cluster}}}/agentPools/${{var.subscription}}\"")), "unset");
    let written = |cluster: &str| {
        format!(
            "\"/subscriptions/${{var.subscription}}/resourceGroups/rg/providers/Microsoft.ContainerService/\
             managedClusters/{cluster}/agentPools/sys\""
        )
    };
    assert_eq!(patched(&written("one")), "\"AzureLinux\"");
    assert_eq!(patched(&written("two")), "unset");
}

#[test]
fn pools_as_version_1_of_azurerm_has_them() {
    let (_, report) = lint(&[(
        "main.tf",
        r#"
variable "more" { type = list(object({ name = string, size = string })) }
resource "azurerm_kubernetes_cluster" "a" {
  name = "one"
  agent_pool_profile {
    name               = "linux"
    count              = "3"
    vm_size            = "Standard_D2s_v3"
    availability_zones = ["1", "2"]
  }
  agent_pool_profile {
    name    = "win"
    count   = 1
    vm_size = "Standard_D4s_v3"
    os_type = "Windows"
  }
}
resource "azurerm_kubernetes_cluster" "b" {
  name = "two"
  dynamic "agent_pool_profile" {
    for_each = var.more
    content {
      name    = agent_pool_profile.value.name
      vm_size = agent_pool_profile.value.size
    }
  }
}
"#,
    )]);
    let of = |index: usize, name| {
        field(&report, &format!("azurerm_kubernetes_cluster.a.agent_pool_profile[{index}]"), name)
    };
    assert_eq!(report.fleet.pools.iter().filter(|pool| pool.address.contains(".a.")).count(), 2);
    assert_eq!([of(0, PoolField::OsType), of(1, PoolField::OsType)], ["\"Linux\"", "\"Windows\""]);
    assert_eq!([of(0, PoolField::Count), of(1, PoolField::Count)], ["\"3\"", "1"]);
    assert_eq!(of(0, PoolField::AvailabilityZones), "[\"1\", \"2\"]");
    // Pools had no mode, so that nothing is said of it.
    assert!(
        !pool(&report, "azurerm_kubernetes_cluster.a.agent_pool_profile[1]")
            .fields
            .contains_key(&PoolField::Mode)
    );
    let [a, b] = report.fleet.clusters.as_slice() else { panic!("two clusters") };
    assert!(a.open.is_none() && a.unlisted.is_none());
    assert!(b.open.is_some() && b.unlisted.is_some());
}
