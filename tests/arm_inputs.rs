//! Parameter files as teams keep them: which template each is for, what stands in them for other tools to fill in, and
//! what becomes of those that cannot be read.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::model::PoolField;
use common::{at, field, lint, show};

/// A cluster whose system pool has the size that is given, and as many nodes.
const CLUSTER: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "name": { "type": "string" },
    "size": { "type": "string", "defaultValue": "Standard_D2s_v5" },
    "count": { "type": "int", "defaultValue": 3 },
    "zones": { "type": "array", "defaultValue": [] }
  },
  "resources": [
    {
      "type": "Microsoft.ContainerService/managedClusters",
      "apiVersion": "2024-09-01",
      "name": "[parameters('name')]",
      "location": "westeurope",
      "properties": {
        "kubernetesVersion": "1.35",
        "agentPoolProfiles": [
          {
            "name": "system",
            "mode": "System",
            "vmSize": "[parameters('size')]",
            "count": "[parameters('count')]",
            "availabilityZones": "[parameters('zones')]"
          }
        ]
      }
    }
  ]
}
"#;

/// A parameter file with these members.
fn values(members: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
"contentVersion": "1.0.0.0", "parameters": {{{members}}}}}"#
    )
}

const SHOP: &str = r#""name": {"value": "shop"}, "size": {"value": "Standard_D8s_v5"}"#;

/// The pools, each as the parameter file, the address and the size.
fn pools(files: &[(&str, &str)]) -> Vec<String> {
    let (_, report) = lint(files);
    let of = |pool: &akslint::model::AgentPool| {
        let size = pool.fields.get(&PoolField::VmSize).map_or_else(String::new, show);
        format!("{} {} {size}", pool.scenario.as_deref().unwrap_or("-"), pool.address)
    };
    report.fleet.pools.iter().map(of).collect()
}

#[test]
fn a_parameter_file_finds_its_template_by_name_and_place() {
    for (template, file) in [
        ("azuredeploy.json", "azuredeploy.parameters.us.json"),
        ("azuredeploy.json", "azuredeploy-parameters.json"),
        ("azuredeploy.json", "azuredeployparameters.json"),
        ("mainTemplate.json", "mainTemplateParameters.json"),
        ("aks.json", "aks.params.json"),
        ("aks.json", "aks-params-prod.json"),
        ("aks.json", "aks_parameters.json"),
        ("aks.json", "aks.prod.parameter.json"),
        ("aks.json", "aks-prod.parameters.json"),
        ("aks.json", "aks_prod_parameters.json"),
        ("aks.json", "parameters/aks-prod.parameters.json"),
        ("aks.json", "parameters/aks.prod.json"),
        ("aks.json", "parameters/aks.json"),
        ("aks.template.json", "aks.parameters.json"),
        ("template.json", "parameters.json"),
        ("template.json", "parameters-prod.json"),
        ("template.json", "prod-params.json"),
        ("aks.json", "params/prod.json"),
        // With another name, or elsewhere, the content has to fit as it is.
        ("aks.json", "prod.json"),
        ("aks.json", "parameters/prod/aks.parameters.json"),
        ("aks.json", "environments/prod/parameters.json"),
        ("aks.json", "env/prod.json"),
        ("templates/aks.json", "parameters/prod.json"),
        ("templates/aks.json", "aks.parameters.json"),
        ("arm/templates/aks.json", "arm/config/prod/aks.json"),
        ("aks.jsonc", "aks.parameters.jsonc"),
    ] {
        let given = values(SHOP);
        assert_eq!(
            pools(&[(template, CLUSTER), (file, &given)]),
            [format!("{file} shop/system \"Standard_D8s_v5\"")],
            "{template}"
        );
    }
}

#[test]
fn a_parameter_file_that_may_be_for_another_template_is_for_none() {
    let alone = |file: &str, members: &str, more: &[(&'static str, &'static str)]| {
        let given = values(members);
        let mut files = vec![("templates/aks.json", CLUSTER), (file, &*given)];
        files.extend(more);
        pools(&files).iter().all(|pool| pool.starts_with("- "))
    };
    // It gives what the template does not declare, or leaves out what it needs.
    assert!(alone("parameters/prod.json", &format!(r#"{SHOP}, "vnet": {{"value": "v"}}"#), &[]));
    assert!(alone("parameters/prod.json", r#""size": {"value": "Standard_D8s_v5"}"#, &[]));
    // Two take it, and neither is closer.
    assert!(alone("parameters/prod.json", SHOP, &[("templates/second.json", CLUSTER)]));
    // What lies beside it may be the template that it is for.
    assert!(alone("parameters/prod.json", SHOP, &[("parameters/storage.json", "{}")]));
    assert!(alone("templates/storage/prod.json", SHOP, &[("templates/storage/main.bicep", "")]));
    // A folder that has nothing to do with environments.
    assert!(alone("tools/prod.json", SHOP, &[]));
    assert!(alone("templates/tools/prod.json", SHOP, &[]));
    // Beside the template lies what the file is named after, in whatever way.
    assert!(alone("parameters/vm.prod.json", SHOP, &[("templates/vm.json", "{}")]));
    assert!(alone("parameters/vm-prod.json", SHOP, &[("templates/vm.bicep", "")]));
    assert!(!alone("parameters/aks.prod.json", SHOP, &[("templates/vm.json", "{}")]));
    // Between the two lies what is closer to the file, or the file is in a folder of something else.
    assert!(alone("vm/env/prod.json", SHOP, &[("vm/azuredeploy.json", "{}")]));
    assert!(alone("vm/parameters/prod.json", SHOP, &[("vm/main.bicep", "")]));
    assert!(alone("parameters/prod.json", SHOP, &[("main.bicep", "")]));
    assert!(!alone("parameters/prod.json", SHOP, &[("package.json", "{}")]));
    assert!(alone("cloudformation/params/prod.json", SHOP, &[]));
    assert!(!alone("parameters/prod.json", SHOP, &[]));
    assert!(!alone("parameters/aks.prod.json", SHOP, &[]));
}

#[test]
fn a_parameter_file_that_is_named_after_something_else_is_for_that() {
    let given = values(SHOP);
    for (other, file) in [
        ("network.json", "network.parameters.json"),
        ("network.bicep", "network.parameters.json"),
        ("network.json", "network.prod.parameters.json"),
        ("network.bicep", "parameters/network-params.json"),
    ] {
        let files = |other: &'static str| pools(&[("aks.json", CLUSTER), (other, "{}"), (file, &*given)]);
        assert_eq!(files(other), ["- {parameters('name')}/system \"Standard_D2s_v5\""], "{file}");
        // Without it the file may be for the cluster.
        assert_eq!(files("else.json"), [format!("{file} shop/system \"Standard_D8s_v5\"")], "{file}");
    }
}

#[test]
fn of_several_names_that_begin_alike_the_longest_counts() {
    let given = values(SHOP);
    let files =
        [("aks.json", CLUSTER), ("aks-private.json", CLUSTER), ("aks-private.parameters.json", &*given)];
    assert_eq!(
        pools(&files),
        [
            "aks-private.parameters.json shop/system \"Standard_D8s_v5\"",
            "- {parameters('name')}/system \"Standard_D2s_v5\"",
        ]
    );
}

#[test]
fn the_envelope_of_a_parameter_file_may_be_missing_and_its_names_have_any_case() {
    for given in [
        format!("{{{SHOP}}}"),
        format!(r#"{{"parameters": {{{SHOP}}}}}"#),
        r#"{"Parameters": {"NAME": {"Value": "shop"}, "Size": {"VALUE": "Standard_D8s_v5"}}}"#.to_owned(),
    ] {
        assert_eq!(
            pools(&[("aks.json", CLUSTER), ("aks.parameters.json", &given)]),
            ["aks.parameters.json shop/system \"Standard_D8s_v5\""],
            "{given}"
        );
    }
}

#[test]
fn a_token_is_unknown_with_quotes_or_without() {
    for (count, zones) in [
        (r##""#{count}#""##, r#""{{zones}}""#),
        ("#{count}#", "{{zones}}"),
        ("__COUNT__", "$(zones)"),
        ("${COUNT}", "<the zones>"),
        (r##""__nodeCount__""##, r##""#{{ zones }}""##),
        ("${{ vars.COUNT }}", "%ZONES%"),
    ] {
        let given =
            values(&format!(r#"{SHOP}, "count": {{"value": {count}}}, "zones": {{"value": {zones}}}"#));
        let (_, report) = lint(&[("aks.json", CLUSTER), ("aks.parameters.json", &given)]);
        assert_eq!(report.diagnostics.len(), 0, "{count}: {:?}", report.diagnostics);
        for of in [PoolField::Count, PoolField::AvailabilityZones] {
            assert_eq!(field(&report, "shop/system", of), "?", "{count} {zones}");
        }
        assert_eq!(field(&report, "shop/system", PoolField::VmSize), "\"Standard_D8s_v5\"");
    }
}

#[test]
fn what_a_pipeline_fills_in_is_no_value() {
    for size in
        ["$(nodeSize)", "__nodeSize__", "GEN-UNIQUE-8", "GET-PREREQ-size", "Standard_${{ vars.SIZE }}"]
    {
        let given = values(&format!(r#""name": {{"value": "shop"}}, "size": {{"value": "{size}"}}"#));
        let (_, report) = lint(&[("aks.json", CLUSTER), ("aks.parameters.json", &given)]);
        assert_eq!(field(&report, "shop/system", PoolField::VmSize), "?", "{size}");
    }
}

#[test]
fn a_variable_of_the_environment_with_a_default_is_either() {
    let given = values(
        r#""name": {"value": "aks-${AZURE_ENV_NAME}"}, "size": {"value": "${NODE_SIZE=Standard_D8s_v5}"},
           "count": {"value": "${NODES:-2}"}, "zones": {"value": "${ZONES=[]}"}"#,
    );
    let (_, report) = lint(&[("infra/main.json", CLUSTER), ("infra/main.parameters.json", &given)]);
    let address = report.fleet.pools[0].address.clone();
    assert_eq!(
        field(&report, &address, PoolField::VmSize),
        "\"Standard_D8s_v5\" when `${NODE_SIZE}` is not set | ? when `${NODE_SIZE}` is set"
    );
    assert_eq!(
        field(&report, &address, PoolField::Count),
        "2 when `${NODES}` is not set | ? when `${NODES}` is set"
    );
}

#[test]
fn the_developer_cli_converts_texts_in_its_own_parameter_files() {
    // The count and the zones, or what is told.
    let found = |project: &str, folder: &str, name: &str, count: &str| {
        let given =
            format!(r#"{SHOP}, "count": {{"value": {count}}}, "zones": {{"value": "[\"1\", \"2\"]"}}"#);
        let (template, file) = (format!("{folder}/{name}.json"), format!("{folder}/{name}.parameters.json"));
        let (_, report) = lint(&[("azure.yaml", project), (&template, CLUSTER), (&file, &values(&given))]);
        let mut told: Vec<_> = report.diagnostics.iter().map(|found| found.message.clone()).collect();
        if told.is_empty() {
            for of in [PoolField::Count, PoolField::AvailabilityZones] {
                told.push(field(&report, "shop/system", of));
            }
        }
        told.join(", ")
    };
    let zones = "[\"1\", \"2\"]";
    assert_eq!(found("name: shop", "infra", "main", "\"4\""), format!("4, {zones}"));
    assert_eq!(found("name: shop", "infra", "main", "5"), format!("5, {zones}"));
    // It asks for what is no number where there is no default, and here there is one.
    assert_eq!(found("name: shop", "infra", "main", "\"many\""), format!("3, {zones}"));
    assert_eq!(found("name: shop", "infra", "main", "\"$(nodes)\""), format!("?, {zones}"));
    let own = "name: shop\ninfra: {path: ./deploy/azure, module: aks}";
    assert_eq!(found(own, "deploy/azure", "aks", "\"4\""), format!("4, {zones}"));
    let layers = "infra:\n  layers:\n  - {name: a, path: net}\n  - {name: b, path: aks}";
    assert_eq!(found(layers, "aks", "main", "\"4\""), format!("4, {zones}"));
    // Whatever else deploys a file, the service refuses it.
    let refused = "the parameter `count` takes an integer, not the text `4`";
    for (project, folder, name) in [
        ("name: shop", "infra", "aks"),
        ("name: shop", "other", "main"),
        (own, "infra", "main"),
        (layers, "infra", "main"),
    ] {
        assert!(found(project, folder, name, "\"4\"").contains(refused), "{project} {folder} {name}");
    }
}

#[test]
fn a_parameter_file_that_cannot_be_read_is_an_error_where_its_template_has_clusters() {
    let broken = values(SHOP).replace(r#""name": "#, r#""name" @@ "#);
    let found = |files: &[(&str, &str)]| {
        let (sources, report) = lint(files);
        let found = report.diagnostics.iter();
        found.map(|found| format!("{} {}", found.rule, at(&sources, found.primary.span))).collect::<Vec<_>>()
    };
    let own = ("aks.parameters.json", &*broken);
    assert_eq!(found(&[("aks.json", CLUSTER), own]), ["Syntax aks.parameters.json: @"]);
    let network =
        CLUSTER.replace("Microsoft.ContainerService/managedClusters", "Microsoft.Network/routeTables");
    // One of something else is counted only.
    let other = ("network.parameters.json", &*broken);
    assert_eq!(found(&[("aks.json", CLUSTER), ("network.json", &network), other]), [""; 0]);
    let (_, report) = lint(&[("aks.json", CLUSTER), ("network.json", &network), other]);
    assert_eq!(report.unread.len(), 1, "{:?}", report.unread);
}

#[test]
fn a_cluster_whose_name_is_empty_is_called_something() {
    let template = CLUSTER
        .replace(r#""name": { "type": "string" }"#, r#""name": { "type": "string", "defaultValue": "" }"#)
        .replace("\"1.35\"", "\"1.20.5\"");
    let (_, report) = lint(&[("aks.json", &template)]);
    let [found] = report.diagnostics.as_slice() else { panic!("{:?}", report.diagnostics) };
    assert!(found.message.starts_with("cluster `''`: runs Kubernetes"), "{}", found.message);
}
