//! What Azure's tools print of templates and deployments is read as what it describes: exports, and previews
//! of deployments.
//!
//! Sources: "Export template in Azure CLI" and "az deployment group what-if" of Azure's documentation;
//! `DeploymentExportResult` and `WhatIfOperationResult` of its REST reference.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::{at, lint, pool};

/// What is found, each as the rule and the text that it points at.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let (sources, report) = lint(files);
    let found = report.diagnostics.iter();
    found.map(|found| format!("{} {}", found.rule, at(&sources, found.primary.span))).collect()
}

const GEN2: &str = "WindowsGen2OptInMissing";

/// What `az group export` prints of a group with a cluster: each pool twice, in the cluster and as a resource,
/// names as parameters, and types with a capital letter.
const EXPORT: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "managedClusters_shop_name": { "defaultValue": "shop", "type": "String" },
    "userAssignedIdentities_shop_externalid": { "defaultValue": "/subscriptions/0/id", "type": "String" }
  },
  "variables": {},
  "resources": [
    {
      "apiVersion": "2024-09-01",
      "identity": { "type": "SystemAssigned" },
      "location": "westeurope",
      "name": "[parameters('managedClusters_shop_name')]",
      "properties": {
        "kubernetesVersion": "1.34",
        "agentPoolProfiles": [
          { "name": "system", "count": 1, "vmSize": "Standard_D4s_v5", "osType": "Linux", "osSKU": "Ubuntu", "mode": "System" },
          { "name": "win22", "count": 2, "vmSize": "Standard_D4s_v6", "osType": "Windows", "osSKU": "Windows2022", "mode": "User" }
        ]
      },
      "sku": { "name": "Base", "tier": "Free" },
      "type": "Microsoft.ContainerService/managedClusters"
    },
    {
      "apiVersion": "2024-09-01",
      "dependsOn": [
        "[resourceId('Microsoft.ContainerService/managedClusters', parameters('managedClusters_shop_name'))]"
      ],
      "name": "[concat(parameters('managedClusters_shop_name'), '/win22')]",
      "properties": { "count": 2, "vmSize": "Standard_D4s_v6", "osType": "Windows", "osSKU": "Windows2022", "mode": "User" },
      "type": "Microsoft.ContainerService/managedClusters/agentPools"
    }
  ]
}
"#;

#[test]
fn an_exported_group_has_each_pool_once() {
    let (sources, report) = lint(&[("export.json", EXPORT)]);
    let mut addresses: Vec<&str> = report.fleet.pools.iter().map(|pool| pool.address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["shop/system", "shop/win22"]);
    assert_eq!(report.fleet.clusters.len(), 1);
    let gen2: Vec<_> = report.diagnostics.iter().filter(|found| found.rule == GEN2).collect();
    let [gen2] = gen2.as_slice() else { panic!("{gen2:#?}") };
    assert_eq!(at(&sources, gen2.primary.span), "export.json: \"Standard_D4s_v6\"");
    pool(&report, "shop/win22");
}

#[test]
fn an_export_in_its_envelope_is_the_template_within() {
    let plain = found(&[("export.json", EXPORT)]);
    assert!(!plain.is_empty());
    for envelope in [
        format!(r#"{{"template": {EXPORT}}}"#),
        format!(r#"{{"error": null, "output": null, "template": {EXPORT}}}"#),
    ] {
        assert_eq!(found(&[("export.json", &envelope)]), plain);
    }
    // Something that has a template among other things deploys nothing by being there.
    let other = format!(r#"{{"name": "release", "steps": [], "template": {EXPORT}}}"#);
    assert_eq!(found(&[("export.json", &other)]), [""; 0]);
}

/// What `az deployment group what-if --no-pretty-print` prints.
fn preview(size: &str) -> String {
    let scope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers";
    let cluster = "Microsoft.ContainerService/managedClusters/shop";
    format!(
        r#"{{
  "changes": [
    {{
      "after": {{
        "apiVersion": "2024-09-01",
        "id": "{scope}/{cluster}/agentPools/win22",
        "name": "win22",
        "properties": {{ "count": 2, "osSKU": "Windows2022", "osType": "Windows", "vmSize": "{size}" }},
        "type": "Microsoft.ContainerService/managedClusters/agentPools"
      }},
      "before": null,
      "changeType": "Create",
      "delta": null,
      "resourceId": "{scope}/{cluster}/agentPools/win22",
      "unsupportedReason": null
    }},
    {{
      "after": {{
        "id": "{scope}/{cluster}",
        "location": "westeurope",
        "name": "shop",
        "properties": {{
          "agentPoolProfiles": [
            {{ "name": "system", "osType": "Linux", "osSKU": "Ubuntu", "mode": "System", "vmSize": "Standard_D4s_v5" }}
          ],
          "kubernetesVersion": "1.34"
        }},
        "type": "Microsoft.ContainerService/managedClusters"
      }},
      "before": {{
        "id": "{scope}/{cluster}",
        "name": "shop",
        "properties": {{ "agentPoolProfiles": [ {{ "name": "old", "vmSize": "Standard_D2_v2" }} ] }},
        "type": "Microsoft.ContainerService/managedClusters"
      }},
      "changeType": "Modify",
      "delta": [
        {{
          "after": "1.34",
          "before": "1.33",
          "children": null,
          "path": "properties.kubernetesVersion",
          "propertyChangeType": "Modify"
        }}
      ],
      "resourceId": "{scope}/{cluster}",
      "unsupportedReason": null
    }},
    {{
      "after": null,
      "before": {{ "name": "gone", "type": "Microsoft.ContainerService/managedClusters/agentPools" }},
      "changeType": "Delete",
      "delta": null,
      "resourceId": "{scope}/{cluster}/agentPools/gone",
      "unsupportedReason": null
    }},
    {{
      "after": null,
      "before": null,
      "changeType": "Unsupported",
      "delta": null,
      "resourceId": "[concat('Microsoft.Authorization/roleAssignments/', guid('x'))]",
      "unsupportedReason": "the name is known at run time"
    }}
  ],
  "error": null,
  "potentialChanges": null,
  "status": "Succeeded"
}}
"#
    )
}

#[test]
fn a_preview_is_what_the_deployment_would_leave() {
    let (sources, report) = lint(&[("whatif.json", &preview("Standard_D4s_v6"))]);
    let mut addresses: Vec<&str> = report.fleet.pools.iter().map(|pool| pool.address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["shop/system", "shop/win22"]);
    let gen2: Vec<_> = report.diagnostics.iter().filter(|found| found.rule == GEN2).collect();
    let [gen2] = gen2.as_slice() else { panic!("{gen2:#?}") };
    assert_eq!(at(&sources, gen2.primary.span), "whatif.json: \"Standard_D4s_v6\"");
    assert_eq!(found(&[("whatif.json", &preview("Standard_D4s_v5"))]), [""; 0]);
}

#[test]
fn a_preview_of_the_rest_interface_has_its_changes_in_properties() {
    let changes = preview("Standard_D4s_v6");
    let changes = changes.trim().strip_prefix('{').unwrap();
    let envelope = format!(r#"{{"status": "Succeeded", "properties": {{"correlationId": "0", {changes}}}"#);
    assert_eq!(found(&[("whatif.json", &envelope)]), [format!("{GEN2} whatif.json: \"Standard_D4s_v6\"")]);
}
