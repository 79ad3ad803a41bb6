//! What a deployment has and nobody has read: modules that are not on disk, resources whose type is not known, patches
//! that may not exist, rules with more worlds than are looked at. Nothing may be concluded from it, and all of it counts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::ClusterField;
use akslint::report::Report;
use common::{lint, show};

const CLUSTER: &str = r#"
variable "unknown" {}
variable "kind" { type = string }
resource "azurerm_kubernetes_cluster" "c" {
  name               = "main"
  kubernetes_version = "1.34"
  default_node_pool {
    name    = "sys"
    vm_size = "Standard_D4s_v5"
  }
}
"#;

/// Whether all pools of the cluster are taken to be known when this is written beside it, and what was not read.
fn judged(files: &[(&str, &str)], more: &str) -> (bool, Vec<String>) {
    let main = format!("{CLUSTER}{more}");
    let mut all = vec![("main.tf", &*main)];
    all.extend(files);
    let (_, report) = lint(&all);
    let closed = report.fleet.clusters.iter().all(|cluster| cluster.open.is_none());
    (closed, unread(&report))
}

fn unread(report: &Report) -> Vec<String> {
    report.unread.iter().map(|unread| unread.message.clone()).collect()
}

#[test]
fn a_module_that_is_not_on_disk_may_add_pools_to_the_cluster_that_it_is_given() {
    assert_eq!(judged(&[], ""), (true, Vec::new()));
    for argument in [
        "cluster_id = azurerm_kubernetes_cluster.c.id",
        "cluster = azurerm_kubernetes_cluster.c",
        "settings = { deep = [{ id = \"${azurerm_kubernetes_cluster.c.id}/agentPools/x\" }] }",
        "cluster_name = azurerm_kubernetes_cluster.c.name",
    ] {
        let call = format!(
            "module \"more\" {{\n  source = \"git::https://example.com/tf.git//more\"\n  {argument}\n}}\n"
        );
        let (closed, unread) = judged(&[], &call);
        assert!(!closed, "{argument}");
        let [only] = unread.as_slice() else { panic!("{argument}: {unread:?}") };
        assert!(only.contains("module `git::https://example.com/tf.git//more` is not on disk"), "{only}");
        // The same in a module of the project, which defines no pool itself.
        let inner = "variable \"given\" {}\nmodule \"more\" {\n  source = \"example/more/azure\"\n  given = var.given\n}\n";
        let value = argument.split_once(" = ").unwrap().1;
        let outer = format!("module \"inner\" {{\n  source = \"./inner\"\n  given = {value}\n}}\n");
        let (closed, unread) = judged(&[("inner/main.tf", inner)], &outer);
        assert!(!closed && unread.len() == 1, "{argument}: {unread:?}");
    }
}

#[test]
fn a_module_that_is_not_on_disk_and_is_given_nothing_of_the_cluster_changes_nothing() {
    for more in [
        "module \"net\" {\n  source = \"example/network/azure\"\n  name = \"main\"\n}\n",
        "module \"net\" {\n  source = \"example/network/azure\"\n  count = 0\n  id = azurerm_kubernetes_cluster.c.id\n}\n",
        "module \"net\" {\n  source = \"example/network/azure\"\n  depends_on = [azurerm_kubernetes_cluster.c]\n}\n",
    ] {
        assert_eq!(judged(&[], more), (true, Vec::new()), "{more}");
    }
}

#[test]
fn a_module_that_by_its_source_is_about_aks_may_add_pools_whatever_it_is_given() {
    let (closed, unread) = judged(&[], "module \"more\" {\n  source = \"example/aks-pools/azure\"\n}\n");
    assert!(!closed && unread.len() == 1, "{unread:?}");
    let (closed, unread) = judged(&[], "module \"more\" {\n  source = \"./missing\"\n}\n");
    assert!(!closed && unread.len() == 1, "{unread:?}");
}

#[test]
fn a_resource_of_a_type_that_is_not_known_may_be_a_pool() {
    for kind in [
        "var.kind",
        "\"${var.kind}@2024-01-01\"",
        "\"Microsoft.ContainerService/${var.kind}@2024-01-01\"",
        "\"microsoft.containerservice/managedClusters/${var.kind}@2024-01-01\"",
    ] {
        let more = format!(
            "resource \"azapi_resource\" \"x\" {{\n  type = {kind}\n  parent_id = azurerm_kubernetes_cluster.c.id\n}}\n"
        );
        let (closed, unread) = judged(&[], &more);
        assert!(!closed, "{kind}");
        let [only] = unread.as_slice() else { panic!("{kind}: {unread:?}") };
        assert!(only.contains("the type of `azapi_resource.x` is not known"), "{only}");
    }
    for kind in [
        "\"Microsoft.Network/${var.kind}@2024-01-01\"",
        "\"Microsoft.ContainerService/fleets@2024-01-01\"",
        "\"Microsoft.ContainerService/managedClusters/maintenanceConfigurations@2024-01-01\"",
        "null",
    ] {
        let more = format!("resource \"azapi_resource\" \"x\" {{\n  type = {kind}\n  name = \"x\"\n}}\n");
        assert_eq!(judged(&[], &more), (true, Vec::new()), "{kind}");
    }
}

/// The version of the cluster after a patch with these arguments.
fn patched(arguments: &str) -> String {
    let main = format!(
        r#"{CLUSTER}
resource "azapi_update_resource" "p" {{
  resource_id = azurerm_kubernetes_cluster.c.id
  {arguments}
  body = {{ properties = {{ kubernetesVersion = "1.20" }} }}
}}
"#
    );
    let (_, report) = lint(&[("main.tf", &main)]);
    let [cluster] = report.fleet.clusters.as_slice() else { panic!() };
    let found = report.diagnostics.iter().any(|d| d.rule == "K8sVersionNotSupported");
    let version = show(&cluster.fields[&ClusterField::KubernetesVersion]);
    assert_eq!(found, version.contains("1.20"), "{version}");
    version
}

#[test]
fn a_patch_that_may_have_no_instance_leaves_the_field_unknown() {
    let ours = "type = \"Microsoft.ContainerService/managedClusters@2024-01-01\"";
    assert_eq!(patched(ours), "\"1.20\"");
    assert_eq!(patched(&format!("for_each = var.unknown\n  {ours}")), "?");
    assert_eq!(patched(&format!("count = var.unknown\n  {ours}")), "?");
    assert_eq!(patched(&format!("for_each = toset([\"a\"])\n  {ours}")), "\"1.20\"");
    assert_eq!(patched(&format!("count = 0\n  {ours}")), "\"1.34\"");
    // What it patches is certain, of whatever type it says that is.
    assert_eq!(patched("type = var.kind"), "\"1.20\"");
}

#[test]
fn a_rule_about_clusters_with_too_many_worlds_is_counted() {
    // Three fields, each of several values by an input of its own: more than 256 together.
    let table = |values: &[&str]| {
        let entries = values.iter().enumerate().map(|(n, value)| format!("k{n} = \"{value}\""));
        entries.collect::<Vec<_>>().join(", ")
    };
    let versions: Vec<String> = (1..16).map(|n| format!("1.33.{n}")).collect();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    let main = format!(
        r#"
variable "version_key" {{ type = string }}
variable "tier_key" {{ type = string }}
variable "plan_key" {{ type = string }}
resource "azurerm_kubernetes_cluster" "c" {{
  kubernetes_version = lookup({{ {} }}, var.version_key, "1.33.0")
  sku_tier           = lookup({{ {} }}, var.tier_key, "Standard")
  support_plan       = lookup({{ {} }}, var.plan_key, "KubernetesOfficial")
}}
"#,
        table(&versions),
        table(&["Free", "free", "FREE", "standard", "STANDARD", "premium"]),
        table(&["AKSLongTermSupport", "akslongtermsupport", "kubernetesofficial"]),
    );
    let (_, report) = lint(&[("main.tf", &main)]);
    let counted = report.unresolved.iter().filter(|unresolved| unresolved.reason.contains("worlds"));
    let counted: Vec<(&str, &str)> =
        counted.map(|unresolved| (&*unresolved.pool, &*unresolved.field)).collect();
    assert_eq!(counted, [("azurerm_kubernetes_cluster.c", "K8sVersionLtsOnly")]);
}

#[test]
fn instances_for_which_no_steps_are_left_are_told() {
    // All steps go into the local value, so that none is left for the pools.
    let mut main = String::from("locals {\n  some = range(1024)\n");
    for n in 0..400 {
        main += &format!("  l{n} = [for x in local.some : x + {n}]\n");
    }
    let all: Vec<String> = (0..400).map(|n| format!("local.l{n}")).collect();
    main += &format!("  all = length(concat({}))\n}}\n", all.join(", "));
    main += "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  count = local.all > 0 ? 3 : 3\n  vm_size = \
             \"Standard_D4s_v5\"\n}\n";
    let (_, report) = lint(&[("main.tf", &main)]);
    assert!(report.fleet.pools.is_empty());
    let told = report.diagnostics.iter().any(|d| d.message.contains("more steps than are allowed"));
    assert!(told || unread(&report).iter().any(|text| text.contains("more steps than are allowed")));
}

/// How many syntax errors are findings when this is in a project with nothing else of ours, and how many are noted.
fn syntax_of(name: &str, text: &str) -> (usize, usize) {
    let (_, report) = lint(&[(name, text)]);
    assert!(report.diagnostics.iter().all(|diagnostic| diagnostic.rule == "Syntax"));
    (report.diagnostics.len(), report.unread.len())
}

#[test]
fn a_broken_file_that_has_a_cluster_in_its_text_is_a_finding() {
    let azapi = |kind: &str| {
        format!(
            "resource \"azapi_resource\" \"a\" {{\n  type = \"{kind}\"\n  body = jsonencode({{\n    properties = {{}}\n  )\n}}\n"
        )
    };
    let azurerm = |kind: &str| format!("resource \"{kind}\" \"a\" {{\n  name = concat(\n}}\n");
    assert_eq!(syntax_of("main.tf", &azapi("Microsoft.ContainerService/managedClusters@2025-05-01")), (1, 0));
    assert_eq!(syntax_of("main.tf", &azurerm("azurerm_kubernetes_cluster")), (1, 0));
    let json = "{\"resource\": {\"azurerm_kubernetes_cluster_node_pool\": {\"a\": {\"name\": }}}}";
    assert_eq!(syntax_of("main.tf.json", json), (1, 0));
    // What is not ours, only refers to ours, or is filled in first is no finding.
    let other = azurerm("azurerm_storage_account");
    let referring = format!("{other}data \"azurerm_kubernetes_cluster\" \"a\" {{}}\n");
    let filled = format!("{}# {{{{ name }}}}\n", azurerm("azurerm_kubernetes_cluster"));
    for text in [&other, &referring, &filled, &azapi("Microsoft.Web/sites@2025-05-01")] {
        assert_eq!(syntax_of("main.tf", text).0, 0, "{text}");
    }
}
