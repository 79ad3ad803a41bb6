//! The incident that this linter exists for, in every place where the size can be written: a Windows Server 2022
//! pool moves from `Standard_D4s_v5` to `Standard_D4ads_v6`. The primary span must be the line to edit.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::diagnostic::Severity;
use common::{at, lint};

const BAD: &str = "Standard_D4ads_v6";
const GOOD: &str = "Standard_D4s_v5";

/// Lints the project with the bad size and with the good one: the first must raise exactly one error at
/// `place`, the second must print nothing.
fn judge(files: &[(&str, &str)], place: &str) {
    let with = |size: &str| {
        let texts: Vec<(&str, String)> =
            files.iter().map(|(path, text)| (*path, text.replace("SIZE", size))).collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        lint(&texts)
    };
    let (sources, report) = with(BAD);
    let [diagnostic] = report.diagnostics.as_slice() else {
        panic!("one finding is wanted, not {:#?}", report.diagnostics)
    };
    assert_eq!(diagnostic.rule, "WindowsGen2OptInMissing");
    assert_eq!(diagnostic.severity, Severity::Error);
    assert_eq!(at(&sources, diagnostic.primary.span), place.replace("SIZE", BAD));
    assert!(diagnostic.message.contains(BAD), "{}", diagnostic.message);

    let (_, healthy) = with(GOOD);
    assert!(healthy.diagnostics.is_empty(), "{:#?}", healthy.diagnostics);
    assert_eq!(healthy.fleet.pools.len(), report.fleet.pools.len());
}

#[test]
fn a_literal_in_terraform() {
    judge(
        &[(
            "main.tf",
            r#"
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name    = "win22"
  os_type = "Windows"
  os_sku  = "Windows2022"
  vm_size = "SIZE"
}
"#,
        )],
        "main.tf: \"SIZE\"",
    );
}

#[test]
fn a_tfvars_value() {
    judge(
        &[
            (
                "main.tf",
                r#"
variable "windows_size" { type = string }
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name    = "win22"
  os_type = "Windows"
  os_sku  = "Windows2022"
  vm_size = var.windows_size
}
"#,
            ),
            ("terraform.tfvars", "windows_size = \"SIZE\"\n"),
        ],
        "terraform.tfvars: \"SIZE\"",
    );
}

#[test]
fn a_module_argument_under_for_each() {
    judge(
        &[
            (
                "main.tf",
                r#"
module "pools" {
  source   = "./pool"
  for_each = { win22 = "SIZE" }
  name     = each.key
  size     = each.value
}
"#,
            ),
            (
                "pool/main.tf",
                r#"
variable "name" { type = string }
variable "size" { type = string }
resource "azurerm_kubernetes_cluster_node_pool" "this" {
  name    = var.name
  os_type = "Windows"
  os_sku  = "Windows2022"
  vm_size = var.size
}
"#,
            ),
        ],
        "main.tf: \"SIZE\"",
    );
}

const TEMPLATE: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "windowsSize": { "type": "string" } },
  "resources": [
    {
      "type": "Microsoft.ContainerService/managedClusters/agentPools",
      "apiVersion": "2025-05-01",
      "name": "prod/win22",
      "properties": { "osType": "Windows", "osSKU": "Windows2022", "vmSize": "[parameters('windowsSize')]" }
    }
  ]
}
"#;

#[test]
fn an_arm_parameter_file() {
    judge(
        &[
            ("azuredeploy.json", TEMPLATE),
            (
                "azuredeploy.parameters.json",
                r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "windowsSize": { "value": "SIZE" } }
}
"#,
            ),
        ],
        "azuredeploy.parameters.json: \"SIZE\"",
    );
}

#[test]
fn a_parameter_of_a_nested_deployment() {
    let outer = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "resources": [
    {
      "type": "Microsoft.Resources/deployments",
      "apiVersion": "2022-09-01",
      "name": "pools",
      "properties": {
        "mode": "Incremental",
        "expressionEvaluationOptions": { "scope": "inner" },
        "parameters": { "windowsSize": { "value": "SIZE" } },
        "template": TEMPLATE
      }
    }
  ]
}
"#;
    let nested = outer.replace("TEMPLATE", TEMPLATE);
    judge(&[("main.json", &nested)], "main.json: \"SIZE\"");
}
