//! Which modules and linked templates that nobody has are told of, and how things without a known name are called.
#![allow(clippy::unwrap_used)]

mod common;

use common::lint;

/// What is told as not read.
fn unread(files: &[(&str, &str)]) -> Vec<String> {
    let (_, report) = lint(files);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    report.unread.iter().map(|unread| unread.message.clone()).collect()
}

#[test]
fn a_module_whose_path_says_aks_is_told_of_beside_nothing_else_of_ours() {
    for path in [
        "br/public:avm/ptn/azd/aks:0.2.0",
        "br:corp.azurecr.io/bicep/managed-cluster:v1",
        "br/corp:compute/akscluster:1.0",
        "ts:00000000-0000-0000-0000-000000000000/rg/aks:v1",
        "./modules/aks.bicep",
        "./modules/containerService.bicep",
    ] {
        let told = unread(&[("main.bicep", &format!("module any '{path}' = {{\n  name: 'any'\n}}\n"))]);
        let what = path.rsplit(['/', ':']).next().unwrap();
        assert!(matches!(&*told, [one] if one.contains(what)), "{path}: {told:?}");
    }
}

#[test]
fn a_module_that_is_given_pools_is_told_of() {
    for (path, body) in [
        ("br/corp:compute/cluster:1.0", "{ params: { agentPools: [] } }"),
        ("./compute.bicep", "{ params: { systemNodePool: {} } }"),
        ("./compute.bicep", "[for one in [1, 2]: if (one > 1) { params: { agentPoolCount: one } }]"),
    ] {
        let told = unread(&[("main.bicep", &format!("module any '{path}' = {body}\n"))]);
        assert_eq!(told.len(), 1, "{path}: {told:?}");
    }
}

#[test]
fn a_module_of_something_else_stays_unsaid() {
    for path in [
        "br:aks.azurecr.io/bicep/storage:v1",
        "br/corp:storage/account:1.0",
        "ts:00000000-0000-0000-0000-000000000000/rg-aks/storage:v1",
        "./modules/storage.bicep",
        "br/public:avm/res/storage/storage-account:0.9.0",
    ] {
        let text = format!("module any '{path}' = {{\n  name: 'any'\n  params: {{ name: 'x' }}\n}}\n");
        assert_eq!(unread(&[("main.bicep", &text)]), [""; 0], "{path}");
    }
}

#[test]
fn a_linked_template_that_says_aks_is_told_of() {
    let template = |path: &str, parameters: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "resources": [{{"type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01", "name": "linked", "properties": {{"mode": "Incremental",
            "templateLink": {{"relativePath": "{path}"}}, "parameters": {parameters}}}}}]}}"#
        )
    };
    let told = |path: &str, parameters: &str| unread(&[("azuredeploy.json", &template(path, parameters))]);
    assert_eq!(
        told("nested/aks.json", "{}"),
        ["this deployment is not read: nested/aks.json is not on disk"]
    );
    assert_eq!(told("nested/compute.json", r#"{"agentPoolCount": {"value": 3}}"#).len(), 1);
    assert_eq!(told("nested/storage.json", r#"{"count": {"value": 3}}"#), [""; 0]);
}

/// What the only finding is about.
fn named(files: &[(&str, &str)], rule: &str) -> String {
    let (_, report) = lint(files);
    let found = report.diagnostics.iter().find(|found| found.rule == rule).unwrap();
    found.message.split(": ").next().unwrap().to_owned()
}

#[test]
fn what_is_no_name_does_not_look_like_one() {
    let cluster = |parameters: &str, name: &str| {
        format!(
            "{parameters}\nresource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = {{\n  \
             name: {name}\n  location: 'westeurope'\n  properties: {{\n    dnsPrefix: 'x'\n    \
             kubernetesVersion: '1.28.2'\n    agentPoolProfiles: [{{ name: 'sys', mode: 'System', count: 1 }}]\n  }}\n}}\n"
        )
    };
    let of = |parameters: &str, name: &str| {
        named(&[("main.bicep", &cluster(parameters, name))], "K8sVersionNotSupported")
    };
    assert_eq!(of("param clusterName string", "clusterName"), "cluster `${clusterName}`");
    assert_eq!(of("param prefix string", "'${prefix}-aks'"), "cluster `${prefix}-aks`");
    assert_eq!(of("param cfg object", "cfg.clusterName"), "cluster `${cfg.clusterName}`");
    // The object is known and has no such property.
    assert_eq!(of("param cfg object = { name: 'shop' }", "cfg.clusterName"), "cluster `${cfg.clusterName}`");
    assert_eq!(of("", "clusterNam"), "cluster `${clusterNam}`");
    assert_eq!(of("", "'shop'"), "cluster `shop`");
    let template = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "parameters": {"cfg": {"type": "object", "defaultValue": {"name": "shop"}}},
        "resources": [{"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2025-05-01",
        "name": "[parameters('cfg').clusterName]", "location": "westeurope", "properties": {"dnsPrefix": "x",
        "kubernetesVersion": "1.28.2", "agentPoolProfiles": [{"name": "sys", "mode": "System", "count": 1}]}}]}"#;
    let found = named(&[("azuredeploy.json", template)], "K8sVersionNotSupported");
    assert_eq!(found, "cluster `parameters('cfg').clusterName`");
}
