//! Templates that others deploy: modules of Bicep, and what deployments link to. They are deployed with what those who
//! call them give, and not with their defaults besides.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::PoolField;
use common::{lint, show};

/// A cluster with a Windows pool of this name, and the image that is given.
fn cluster(name: &str) -> String {
    format!(
        r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {{ "image": {{ "type": "string", "defaultValue": "Windows2019" }} }},
  "resources": [
    {{
      "type": "Microsoft.ContainerService/managedClusters",
      "apiVersion": "2024-09-01",
      "name": "aks",
      "location": "westeurope",
      "properties": {{
        "agentPoolProfiles": [
          {{ "name": "{name}", "osType": "Windows", "osSKU": "[parameters('image')]", "vmSize": "Standard_D4s_v5" }}
        ]
      }}
    }}
  ]
}}
"#
    )
}

/// The pools, each as the parameter file, the name and the image.
fn pools(files: &[(&str, &str)]) -> Vec<String> {
    let (_, report) = lint(files);
    let of = |pool: &akslint::model::AgentPool| {
        let shown = |field| pool.fields.get(&field).map_or_else(String::new, show);
        let scenario = pool.scenario.as_deref().unwrap_or("-");
        format!("{scenario} {} {}", shown(PoolField::Name), shown(PoolField::OsSku)).replace('"', "")
    };
    report.fleet.pools.iter().map(of).collect()
}

#[test]
fn a_template_that_bicep_deploys_as_a_module_is_deployed_with_what_bicep_gives() {
    let template = cluster("win");
    let module = "module aks '../arm/aks.json' = {\n  name: 'aks'\n  params: { image: 'Windows2022' }\n}\n";
    let files = [("arm/aks.json", template.as_str()), ("infra/main.bicep", module)];
    assert_eq!(pools(&files), ["- win Windows2022"]);
    // With parameter files of its own it is deployed by itself too, with these.
    let values = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"image": {"value": "Windows2025"}}}"#;
    let own = [&files[..], &[("arm/aks.parameters.json", values)]].concat();
    assert_eq!(pools(&own), ["arm/aks.parameters.json win Windows2025", "- win Windows2022"]);
    // Nobody calls it here.
    assert_eq!(pools(&files[..1]), ["- win Windows2019"]);
    // Nor does anybody whose condition never holds deploy it, and a module is nothing else.
    let never = module.replace("= {\n  name", "= if (false) {\n  name");
    assert_eq!(pools(&[files[0], ("infra/main.bicep", never.as_str())]), [""; 0]);
}

/// A template that deploys what lies at this URL.
fn linking(url: &str) -> String {
    format!(
        r#"{{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {{ "base": {{ "type": "string" }}, "size": {{ "type": "string" }} }},
  "resources": [
    {{
      "type": "Microsoft.Resources/deployments",
      "apiVersion": "2021-04-01",
      "name": "aks",
      "properties": {{
        "mode": "Incremental",
        "templateLink": {{ "uri": "{url}" }},
        "parameters": {{ "image": {{ "value": "Windows2022" }} }}
      }}
    }}
  ]
}}
"#
    )
}

#[test]
fn a_template_that_is_linked_to_by_a_url_is_deployed_with_its_arguments_only() {
    let (main, aks) = (linking("[uri(parameters('base'), 'aks/main.json')]"), cluster("win"));
    let files = [("main.json", main.as_str()), ("aks/main.json", aks.as_str())];
    assert_eq!(pools(&files), ["- win Windows2022"]);
    // Through a template that names nothing of ours, which is read for the link.
    let between = linking("[uri(deployment().properties.templateLink.uri, '../aks/main.json')]")
        .replace(
            r#""base": { "type": "string" }, "size": { "type": "string" }"#,
            r#""image": { "type": "string" }"#,
        )
        .replace("\"Windows2022\"", "\"[parameters('image')]\"");
    let outer = main.replace("'aks/main.json'", "'parts/all.json'");
    let files = [
        ("main.json", outer.as_str()),
        ("parts/all.json", between.as_str()),
        ("aks/main.json", aks.as_str()),
    ];
    assert_eq!(pools(&files), ["- win Windows2022"]);
}

#[test]
fn a_link_that_may_lead_to_a_cluster_and_is_not_followed_is_told() {
    let main = linking("[concat(parameters('base'), '/aks/', parameters('size'), '.json')]");
    let aks = cluster("win");
    let (_, report) = lint(&[("main.json", main.as_str()), ("aks/small.json", aks.as_str())]);
    assert_eq!((report.fleet.pools.len(), report.diagnostics.len()), (0, 0));
    let [unread] = report.unread.as_slice() else { panic!("{:?}", report.unread) };
    assert_eq!(unread.path, "main.json");
    assert!(unread.message.starts_with("this deployment is not read: "), "{}", unread.message);
    // What leads to something else is no news in a file that has no clusters, unless it says that it is about them.
    let (_, report) = lint(&[("main.json", main.as_str()), ("other/small.json", aks.as_str())]);
    assert_eq!((report.fleet.pools.len(), report.unread.len()), (1, 1));
    let main = main.replace("/aks/", "/parts/");
    let (_, report) = lint(&[("main.json", main.as_str()), ("other/small.json", aks.as_str())]);
    assert_eq!((report.fleet.pools.len(), report.unread.len()), (1, 0));
}

#[test]
fn an_error_in_a_linked_template_of_other_things_is_none_of_an_agent_pool() {
    let main = linking("[uri(parameters('base'), 'parts/network.json')]");
    let network = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "parameters": {"image": {"type": "string"}}, "resources": [
        {"type": "Microsoft.Network/virtualNetworks", "name": "net", "name": "net"}]}"#;
    let (_, report) = lint(&[("main.json", main.as_str()), ("parts/network.json", network)]);
    assert_eq!(report.diagnostics.len(), 0, "{:?}", report.diagnostics);
    let [unread] = report.unread.as_slice() else { panic!("{:?}", report.unread) };
    assert_eq!(unread.path, "parts/network.json");
}
