//! Nodes that no agent pool here describes. Where a project shows that it has such, a workload that asks for what no pool
//! has may be meant for them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::ClusterField;
use akslint::report::Report;
use common::lint;

const CLUSTER: &str = r#"
resource "azurerm_kubernetes_cluster" "c" {
  name = "main"
  default_node_pool {
    name        = "sys"
    vm_size     = "Standard_D4s_v5"
    node_labels = { tier = "core" }
  }
}
"#;

/// It asks for a label that the cluster's pool has with another value.
const WORKLOAD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: {}\n  template:\n    spec:\n      nodeSelector: { tier: batch }\n      containers: [{ name: a, image: a }]\n";

/// The report on the cluster and the workload with these files beside them.
fn beside(files: &[(&str, &str)]) -> Report {
    let mut all = vec![("aks/main.tf", CLUSTER), ("web.yaml", WORKLOAD)];
    all.extend(files);
    lint(&all).1
}

/// Whether the workload is told to fit no pool.
fn told(files: &[(&str, &str)]) -> bool {
    beside(files).diagnostics.iter().any(|diagnostic| diagnostic.rule == "NodeSelectorUnsatisfiable")
}

#[test]
fn an_automatic_cluster_makes_its_own_nodes() {
    assert!(told(&[]));
    let automatic = "resource \"azurerm_kubernetes_automatic_cluster\" \"auto\" {\n  name = \"auto\"\n  location = \"westeurope\"\n  identity {\n    type = \"SystemAssigned\"\n  }\n}\n";
    let report = beside(&[("auto/main.tf", automatic)]);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    let is_it = |address: &str| address == "azurerm_kubernetes_automatic_cluster.auto";
    let found = report.fleet.clusters.iter().find(|cluster| is_it(&cluster.address)).unwrap();
    assert_eq!(found.open.as_deref(), Some("an Automatic cluster adds nodes that no pool describes"));
    let field = |field| found.fields.get(&field).map(common::show);
    assert_eq!(field(ClusterField::Name).as_deref(), Some("\"auto\""));
    assert_eq!(field(ClusterField::Location).as_deref(), Some("\"westeurope\""));
    // A pool that is added to it is its own.
    let pool = "resource \"azurerm_kubernetes_cluster_node_pool\" \"p\" {\n  name = \"p\"\n  kubernetes_cluster_id = azurerm_kubernetes_automatic_cluster.auto.id\n  vm_size = \"Standard_D4s_v5\"\n}\n";
    let report = lint(&[("main.tf", &format!("{automatic}{pool}"))]).1;
    assert_eq!(report.fleet.pools[0].cluster, Some(0));
}

#[test]
fn nodes_that_others_define_may_be_those_that_are_asked_for() {
    let capz = "apiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: AzureManagedMachinePool\nmetadata: { name: batch }\nspec:\n  nodeLabels: { tier: batch }\n";
    assert!(!told(&[("capz.yaml", capz)]));
    let eks = "resource \"aws_eks_node_group\" \"batch\" {\n  cluster_name = \"other\"\n  labels = { tier = \"batch\" }\n}\n";
    assert!(!told(&[("aws/main.tf", eks)]));
    let gke = r#"{"resource": {"google_container_node_pool": {"batch": {"cluster": "other"}}}}"#;
    assert!(!told(&[("gcp/main.tf.json", gke)]));
    let command = "resource \"terraform_data\" \"pool\" {\n  provisioner \"local-exec\" {\n    command = \"az aks nodepool add --name batch --labels tier=batch\"\n  }\n}\n";
    assert!(!told(&[("aks/more.tf", command)]));
    // What makes no nodes leaves the list of pools as it is.
    let addon = "resource \"aws_eks_addon\" \"dns\" {\n  cluster_name = \"other\"\n}\n";
    assert!(told(&[("aws/main.tf", addon)]));
    let open = |report: &Report| report.fleet.clusters[0].open.clone();
    let reason = open(&beside(&[("aws/main.tf", eks)]));
    assert_eq!(reason.as_deref(), Some("`aws_eks_node_group` adds nodes that no pool describes"));
}
