//! Pools that a default leaves out. Whoever deploys may turn a switch that no input file sets, or fill a list, and the workloads in a
//! repository may be for those who do: what such a pool would take is not called unsatisfiable.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::{CLUSTER, lint};

/// How many pools are switched off, and whether a workload that asks for one of them is told of.
fn switched_off(files: &[(&str, &str)]) -> (usize, bool) {
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: {}\n  template:\n    spec:\n      nodeSelector: { agentpool: gpu }\n      containers: [{ name: a, image: a }]\n";
    let mut all = vec![("web.yaml", workload)];
    all.extend(files);
    let (_, report) = lint(&all);
    let told = report.diagnostics.iter().any(|diagnostic| diagnostic.rule == "NodeSelectorUnsatisfiable");
    (report.fleet.switched_off.len(), told)
}

#[test]
fn pools_that_somebody_may_switch_on_may_be_those_that_a_workload_asks_for() {
    let pool = |repeat: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"gpu\" {{\n  {repeat}\n  name = \"gpu\"\n  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n  vm_size = \"Standard_NC24ads_A100_v4\"\n}}\nvariable \"gpu\" {{ default = false }}\n"
        )
    };
    let root = |repeat: &str| format!("{CLUSTER}{}", pool(repeat));
    assert_eq!(switched_off(&[("main.tf", CLUSTER)]), (0, true));
    let by_count = root("count = var.gpu ? 1 : 0");
    assert_eq!(switched_off(&[("main.tf", &by_count)]), (1, false));
    assert_eq!(switched_off(&[("main.tf", &root("for_each = toset(var.gpu ? [\"a\"] : [])"))]), (1, false));
    // Nobody can change this from outside.
    assert_eq!(switched_off(&[("main.tf", &root("count = 0"))]), (0, true));
    // An input file that is there says what is deployed.
    assert_eq!(switched_off(&[("main.tf", &by_count), ("terraform.tfvars", "gpu = false\n")]), (0, true));
    // The same where a module is called, whose pool is not switched off itself.
    let inner = pool("").replace("azurerm_kubernetes_cluster.c.id", "var.id") + "variable \"id\" {}\n";
    let outer = format!(
        "{CLUSTER}variable \"gpu\" {{ default = {{}} }}\nmodule \"gpu\" {{\n  source = \"./gpu\"\n  for_each = var.gpu\n  id = azurerm_kubernetes_cluster.c.id\n}}\n"
    );
    assert_eq!(switched_off(&[("main.tf", &outer), ("gpu/main.tf", &inner)]), (1, false));
    // What defines no pool is none that is missing.
    let lock = "resource \"azapi_resource\" \"lock\" {\n  count = var.lock ? 1 : 0\n  type = \"Microsoft.Authorization/locks@2020-05-01\"\n}\nvariable \"lock\" { default = false }\n";
    assert_eq!(switched_off(&[("main.tf", &format!("{CLUSTER}{lock}"))]), (0, true));
}

#[test]
fn templates_that_somebody_may_deploy_with_a_pool_count_too() {
    let template = |resources: &str, parameters: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": {{{parameters}}}, "resources": [{resources}]}}"#
        )
    };
    let cluster = template(
        r#"{"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2025-05-01", "name": "main",
            "properties": {"agentPoolProfiles": [{"name": "sys", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}]}}"#,
        "",
    );
    let pools = |condition: &str| {
        template(
            &format!(
                r#"{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "apiVersion": "2025-05-01",
                "name": "[concat(parameters('cluster'), '/gpu')]", "condition": {condition},
                "properties": {{"count": 1, "vmSize": "Standard_NC24ads_A100_v4"}}}}"#
            ),
            r#""cluster": {"type": "string"}, "subnet": {"type": "string", "defaultValue": ""}"#,
        )
    };
    let by_subnet = pools(r#""[not(empty(parameters('subnet')))]""#);
    assert_eq!(switched_off(&[("aks.json", &cluster)]), (0, true));
    assert_eq!(switched_off(&[("aks.json", &cluster), ("pools.json", &by_subnet)]), (1, false));
    assert_eq!(switched_off(&[("aks.json", &cluster), ("pools.json", &pools("false"))]), (0, true));
    let given = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"cluster": {"value": "main"}}}"#;
    let files = [("aks.json", &*cluster), ("pools.json", &*by_subnet), ("pools.parameters.json", given)];
    assert_eq!(switched_off(&files), (0, true));
}

/// Whether the workload that asks for the pool `gpu` is told of.
fn told(files: &[(&str, &str)]) -> bool {
    let (off, told) = switched_off(files);
    // Each list here has a pool by default, so that only turning the switch shows the other.
    assert_eq!(off, 0);
    told
}

#[test]
fn a_switch_in_terraform_may_add_to_a_list_of_pools_or_choose_among_them() {
    let root = |pools: &str, default: &str| {
        format!(
            "{CLUSTER}variable \"gpu\" {{ default = {default} }}\nvariable \"size\" {{ default = \"a\" }}\n\
             resource \"azurerm_kubernetes_cluster_node_pool\" \"all\" {{\n  for_each = {pools}\n  name = each.key\n  \
             kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n  vm_size = \"Standard_D4s_v5\"\n}}\n"
        )
    };
    let more = [
        "merge({ a = 1 }, var.gpu ? { gpu = 1 } : {})",
        "toset(concat([\"a\"], var.gpu ? [\"gpu\"] : []))",
        "toset([var.gpu ? \"gpu\" : \"a\"])",
        "{ for name, on in { a = true, gpu = var.gpu } : name => on if on }",
    ];
    for pools in more {
        assert!(!told(&[("main.tf", &root(pools, "false"))]), "{pools}");
        // An input file says what is deployed, and so does a switch that is no variable.
        assert!(
            told(&[("main.tf", &root(pools, "false")), ("terraform.tfvars", "gpu = false\n")]),
            "{pools}"
        );
        assert!(told(&[("main.tf", &root(&pools.replace("var.gpu", "false"), "false"))]), "{pools}");
    }
    // A list that is empty by default is a switch too.
    let filled = "merge({ a = 1 }, var.gpu)";
    assert!(!told(&[("main.tf", &root(filled, "{}"))]));
    assert!(told(&[("main.tf", &root(filled, "{ b = 1 }"))]));
    // Neither way is there such a pool, and a default that is no switch counts.
    assert!(told(&[("main.tf", &root("var.gpu ? { a = 1, b = 1 } : { a = 1 }", "false"))]));
    assert!(told(&[("main.tf", &root("var.size == \"b\" ? { gpu = 1 } : { a = 1 }", "false"))]));
    // The argument of a module is no default.
    let outer = "module \"m\" {\n  source = \"./m\"\n  gpu = false\n}\n";
    let inner = root(more[0], "true");
    assert!(told(&[("main.tf", outer), ("m/main.tf", &inner)]));
    let outer =
        "variable \"on\" { default = false }\nmodule \"m\" {\n  source = \"./m\"\n  gpu = var.on\n}\n";
    assert!(!told(&[("main.tf", outer), ("m/main.tf", &inner)]));
}

#[test]
fn a_switch_may_give_a_pool_the_label_that_is_asked_for() {
    let root = |labels: &str| {
        format!(
            "{}variable \"gpu\" {{\n  type = bool\n  default = false\n}}\n",
            CLUSTER.replace("name    = \"sys\"", &format!("name = \"sys\"\n    node_labels = {labels}"))
        )
    };
    assert!(!told(&[("main.tf", &root("var.gpu ? { agentpool = \"gpu\" } : {}"))]));
    assert!(told(&[("main.tf", &root("var.gpu ? { agentpool = \"fast\" } : {}"))]));
}

#[test]
fn a_switch_in_a_template_may_add_to_a_list_of_pools() {
    let pool =
        |name: &str| format!("{{ name: '{name}', mode: 'System', count: 1, vmSize: 'Standard_D4s_v5' }}");
    let bicep = |list: &str| {
        format!(
            "param gpu bool = false\nparam size string = 'a'\nvar base = [ {} ]\nresource c 'Microsoft.ContainerService/managedClusters@2025-05-01' = {{\n  \
             name: 'main'\n  location: 'westeurope'\n  properties: {{ agentPoolProfiles: {list} }}\n}}\n",
            pool("sys")
        )
    };
    let by_switch = bicep(&format!("concat(base, gpu ? [ {} ] : [])", pool("gpu")));
    assert!(!told(&[("main.bicep", &by_switch)]));
    assert!(told(&[("main.bicep", &bicep("base"))]));
    let given = "using 'main.bicep'\nparam gpu = false\n";
    assert!(told(&[("main.bicep", &by_switch), ("main.bicepparam", given)]));
    let by_size = bicep(&format!("concat(base, size == 'b' ? [ {} ] : [])", pool("gpu")));
    assert!(told(&[("main.bicep", &by_size)]));

    let more = bicep("concat(base, extra)") + "param extra array = []\n";
    assert!(!told(&[("main.bicep", &more)]));

    let template = |list: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {{"gpu": {{"type": "bool", "defaultValue": false}}}},
            "variables": {{"sys": [{{"name": "sys", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}}],
                "gpu": [{{"name": "gpu", "mode": "User", "count": 1, "vmSize": "Standard_NC24ads_A100_v4"}}]}},
            "resources": [{{"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2025-05-01", "name": "main",
                "properties": {{"agentPoolProfiles": {list}}}}}]}}"#
        )
    };
    let list = r#""[if(parameters('gpu'), concat(variables('sys'), variables('gpu')), variables('sys'))]""#;
    assert!(!told(&[("aks.json", &template(list))]));
    assert!(told(&[("aks.json", &template(r#""[variables('sys')]""#))]));
    let given = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"gpu": {"value": false}}}"#;
    assert!(told(&[("aks.json", &template(list)), ("aks.parameters.json", given)]));
}
