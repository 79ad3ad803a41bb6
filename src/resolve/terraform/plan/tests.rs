#![allow(clippy::unwrap_used)]

use super::*;
use crate::source::FileId;
use crate::syntax::json;
use crate::value::ops;

fn read(text: &str) -> Vec<Resource> {
    let (root, errors) = json::parse(FileId(0), text);
    assert_eq!(errors, []);
    let root = root.unwrap();
    assert!(is_plan_or_state(&root));
    resources(&root, "file.json")
}

/// A plan of these changes and this configuration.
fn plan(changes: &str, configuration: &str) -> Vec<Resource> {
    read(&format!(
        "{{\"format_version\": \"1.2\", \"resource_changes\": [{changes}], \"configuration\": {configuration}}}"
    ))
}

/// The change of a node pool: its address, actions, values, and what is unknown and sensitive.
fn pool(address: &str, actions: &str, after: &str, more: &str) -> String {
    format!(
        "{{\"address\": \"{address}\", \"mode\": \"managed\", \
         \"type\": \"azurerm_kubernetes_cluster_node_pool\", \
         \"change\": {{\"actions\": [{actions}], \"after\": {after}{more}}}}}"
    )
}

fn cluster(address: &str, after: &str) -> String {
    pool(address, "\"create\"", after, "").replace("_node_pool", "")
}

fn field(resource: &Resource, path: &[&str]) -> String {
    match ops::member_at(&resource.body, path, false).single() {
        Some(Node::String(text)) => text.to_string(),
        Some(Node::Number(number)) => number.to_string(),
        Some(Node::Null(_)) => "null".to_owned(),
        Some(Node::Unknown(unknown)) => format!("unknown {} ({})", unknown.atom.key(), unknown.reason),
        other => format!("{other:?}"),
    }
}

#[test]
fn other_json_is_no_plan() {
    for text in [
        "{}",
        "[]",
        "{\"format_version\": \"1.0\"}",
        "{\"format_version\": 1, \"resource_changes\": []}",
        "{\"version\": 4, \"resources\": []}",
        "{\"values\": {\"root_module\": {}}}",
        "{\"$schema\": \"deploymentTemplate.json\", \"resources\": [], \"format_version\": \"1\"}",
    ] {
        assert!(!is_plan_or_state(&json::parse(FileId(0), text).0.unwrap()), "{text}");
    }
}

#[test]
fn what_is_there_after_the_plan_counts() {
    let changes = [
        pool("azurerm_kubernetes_cluster_node_pool.a", "\"no-op\"", "{\"name\": \"a\"}", ""),
        pool("azurerm_kubernetes_cluster_node_pool.b", "\"delete\"", "null", ""),
        pool("azurerm_kubernetes_cluster_node_pool.c", "\"delete\", \"create\"", "{\"name\": \"c\"}", ""),
        pool("azurerm_kubernetes_cluster_node_pool.d", "\"forget\"", "null", ""),
        pool("azurerm_kubernetes_cluster_node_pool.e", "\"read\"", "{\"name\": \"e\"}", ""),
        pool("data.x", "\"create\"", "{\"name\": \"f\"}", "").replace("managed", "data"),
    ];
    let resources = plan(&changes.join(","), "{}");
    let names: Vec<String> = resources.iter().map(|resource| field(resource, &["name"])).collect();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn unknown_and_hidden_parts_say_why_and_what_the_code_does_not_write_is_not_set() {
    let change = pool(
        "azurerm_kubernetes_cluster_node_pool.a",
        "\"create\"",
        "{\"vm_size\": \"secret\", \"upgrade_settings\": [{}]}",
        ", \"after_unknown\": {\"name\": true, \"os_sku\": true, \"upgrade_settings\": [{\"max_surge\": true}]}, \
         \"after_sensitive\": {\"vm_size\": true}",
    );
    let configuration = |expressions: &str| {
        format!(
            "{{\"root_module\": {{\"resources\": [{{\"address\": \
             \"azurerm_kubernetes_cluster_node_pool.a\", \"expressions\": {expressions}}}]}}}}"
        )
    };
    let written = plan(
        &change,
        &configuration("{\"name\": {\"references\": [\"var.a\"]}, \"upgrade_settings\": [{}]}"),
    );
    assert!(field(&written[0], &["name"]).starts_with("unknown azurerm_kubernetes_cluster_node_pool.a.name"));
    assert_eq!(field(&written[0], &["os_sku"]), "null");
    assert!(field(&written[0], &["vm_size"]).ends_with("(it is a secret)"));
    // Without the configuration nobody knows who fills it in.
    let bare = plan(&change, "{}");
    assert!(field(&bare[0], &["os_sku"]).starts_with("unknown"));
    // A dynamic block is not in the configuration: its parts stay unknown.
    let block = |resource: &Resource| {
        let list = ops::member(&resource.body, "upgrade_settings", false);
        let Some(Node::List(list)) = list.single() else { panic!("no list") };
        let surge = ops::member(&list.items[0], "max_surge", false);
        matches!(surge.single(), Some(Node::Unknown(_)))
    };
    assert!(!block(&written[0]));
    assert!(block(&bare[0]));
}

#[test]
fn a_pool_finds_its_cluster_by_id_and_by_reference() {
    let known = [
        cluster("azurerm_kubernetes_cluster.x", "{\"id\": \"/A/b\", \"name\": \"x\"}"),
        pool(
            "azurerm_kubernetes_cluster_node_pool.a",
            "\"no-op\"",
            "{\"kubernetes_cluster_id\": \"/a/B\"}",
            "",
        ),
    ];
    let link = |resources: &[Resource]| {
        let found = resources.last().map(|resource| field(resource, &["kubernetes_cluster_id"])).unwrap();
        found.split(" (").next().unwrap_or_default().to_owned()
    };
    assert_eq!(link(&plan(&known.join(","), "{}")), "unknown azurerm_kubernetes_cluster.x.id");

    let address = "module.pools[\\\"a.b\\\"].azurerm_kubernetes_cluster_node_pool.a[0]";
    let through_modules = [
        cluster("module.aks.azurerm_kubernetes_cluster.x", "{\"name\": \"x\"}"),
        cluster("azurerm_kubernetes_cluster.other", "{\"name\": \"y\"}"),
        pool(address, "\"create\"", "{}", ", \"after_unknown\": {\"kubernetes_cluster_id\": true}"),
    ];
    let configuration = "{\"root_module\": {\"module_calls\": {\
        \"aks\": {\"module\": {\"outputs\": {\"id\": {\"expression\": {\"references\": \
            [\"azurerm_kubernetes_cluster.x.id\"]}}}}},\
        \"pools\": {\"expressions\": {\"cluster\": {\"references\": [\"module.aks.id\", \"module.aks\"]}}, \
            \"module\": {\"resources\": [{\"address\": \"azurerm_kubernetes_cluster_node_pool.a\", \
            \"expressions\": {\"kubernetes_cluster_id\": {\"references\": [\"var.cluster\"]}}}]}}}}}";
    let resources = plan(&through_modules.join(","), configuration);
    assert_eq!(link(&resources), "unknown module.aks.azurerm_kubernetes_cluster.x.id");

    // One of several instances, and nobody says which.
    let several = [
        cluster("azurerm_kubernetes_cluster.x[0]", "{}"),
        cluster("azurerm_kubernetes_cluster.x[1]", "{}"),
        pool("azurerm_kubernetes_cluster_node_pool.a", "\"create\"", "{}", ""),
    ];
    let configuration = "{\"root_module\": {\"resources\": [{\"address\": \
        \"azurerm_kubernetes_cluster_node_pool.a\", \"expressions\": {\"kubernetes_cluster_id\": \
        {\"references\": [\"azurerm_kubernetes_cluster.x\"]}}}]}}";
    assert_eq!(link(&plan(&several.join(","), configuration)), "null");
}

#[test]
fn references_in_a_circle_come_to_an_end() {
    let change = pool("module.a.azurerm_kubernetes_cluster_node_pool.p", "\"create\"", "{}", "");
    let configuration = "{\"root_module\": {\"module_calls\": {\"a\": {\
        \"expressions\": {\"c\": {\"references\": [\"module.a.o\"]}}, \
        \"module\": {\"outputs\": {\"o\": {\"expression\": {\"references\": [\"var.c\"]}}}, \
        \"resources\": [{\"address\": \"azurerm_kubernetes_cluster_node_pool.p\", \"expressions\": \
        {\"kubernetes_cluster_id\": {\"references\": [\"var.c\"]}}}]}}}}}";
    assert_eq!(field(&plan(&change, configuration)[0], &["kubernetes_cluster_id"]), "null");
}

#[test]
fn the_provider_s_version_comes_from_the_plan() {
    let change = pool("azurerm_kubernetes_cluster_node_pool.a", "\"create\"", "{}", "");
    let configuration = "{\"provider_config\": {\"azurerm\": {\"version_constraint\": \"~> 4.1\"}}}";
    assert_eq!(plan(&change, configuration)[0].writer, Writer::Azurerm { major: Some(4) });
}

#[test]
fn a_shown_state_lists_modules_and_leaves_out_what_the_provider_fills_in() {
    let resources = read(
        "{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"child_modules\": [{\"resources\": [\
         {\"address\": \"module.m.azurerm_kubernetes_cluster_node_pool.a\", \"mode\": \"managed\", \
         \"type\": \"azurerm_kubernetes_cluster_node_pool\", \"values\": {\"name\": \"a\", \"gpu_instance\": \"\", \
         \"min_count\": 0, \"max_count\": 0, \"node_count\": 0}, \"sensitive_values\": {\"name\": true}}]}]}}}",
    );
    assert_eq!(resources[0].address, "module.m.azurerm_kubernetes_cluster_node_pool.a");
    assert_eq!(field(&resources[0], &["gpu_instance"]), "null");
    assert_eq!(field(&resources[0], &["min_count"]), "null");
    assert_eq!(field(&resources[0], &["node_count"]), "0");
    assert!(field(&resources[0], &["name"]).ends_with("(it is a secret)"));
}

#[test]
fn a_state_file_lists_instances_by_key() {
    let resources = read(
        "{\"version\": 4, \"terraform_version\": \"1.11.0\", \"serial\": 1, \"lineage\": \"l\", \"resources\": [\
         {\"mode\": \"managed\", \"type\": \"azurerm_kubernetes_cluster\", \"name\": \"c\", \"instances\": [\
          {\"attributes\": {\"id\": \"/c\", \"name\": \"c\"}}]},\
         {\"module\": \"module.m\", \"mode\": \"managed\", \"type\": \"azurerm_kubernetes_cluster_node_pool\", \
          \"name\": \"p\", \"instances\": [{\"index_key\": \"a\", \"attributes\": {\"kubernetes_cluster_id\": \"/c\"}}, \
          {\"index_key\": 1, \"attributes\": {}}, {\"deposed\": \"x\", \"attributes\": {}}]},\
         {\"mode\": \"managed\", \"type\": \"azapi_resource\", \"name\": \"z\", \"instances\": [{\"attributes\": \
          {\"type\": \"Microsoft.ContainerService/managedClusters/agentPools@2024-01-01\", \
          \"body\": {\"type\": \"object\", \"value\": {\"properties\": {\"vmSize\": \"s\"}}}}}]},\
         {\"mode\": \"managed\", \"type\": \"azapi_resource\", \"name\": \"old\", \"instances\": [{\"attributes\": \
          {\"body\": \"{\\\"properties\\\": {\\\"vmSize\\\": \\\"t\\\"}}\"}}]}]}",
    );
    let addresses: Vec<&str> = resources.iter().map(|resource| resource.address.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "azurerm_kubernetes_cluster.c",
            "module.m.azurerm_kubernetes_cluster_node_pool.p[\"a\"]",
            "module.m.azurerm_kubernetes_cluster_node_pool.p[1]",
            "azapi_resource.z",
            "azapi_resource.old"
        ]
    );
    assert!(
        field(&resources[1], &["kubernetes_cluster_id"])
            .starts_with("unknown azurerm_kubernetes_cluster.c.id")
    );
    assert_eq!(field(&resources[3], &["body", "properties", "vmSize"]), "s");
    assert_eq!(field(&resources[4], &["body", "properties", "vmSize"]), "t");
}

#[test]
fn references_that_multiply_are_given_up() {
    // On each of eight levels ten variables, each of which refers to all ten of the level around it.
    let all = (0..10).map(|i| format!("\"var.v{i}\"")).collect::<Vec<_>>().join(", ");
    let passed: Vec<String> = (0..10).map(|i| format!("\"v{i}\": {{\"references\": [{all}]}}")).collect();
    let resources = |references: &str| {
        format!(
            "{{\"resources\": [{{\"address\": \"azurerm_kubernetes_cluster_node_pool.p\", \"expressions\": \
             {{\"kubernetes_cluster_id\": {{\"references\": [{references}]}}}}}}]}}"
        )
    };
    let mut module = resources(&all);
    for _ in 0..8 {
        let expressions = passed.join(", ");
        module = format!(
            "{{\"module_calls\": {{\"m\": {{\"expressions\": {{{expressions}}}, \"module\": {module}}}}}}}"
        );
    }
    let address = format!("{}azurerm_kubernetes_cluster_node_pool.p", "module.m.".repeat(8));
    let unknown = ", \"after_unknown\": {\"kubernetes_cluster_id\": true}";
    let change = pool(&address, "\"create\"", "{}", unknown);
    let found = plan(&change, &format!("{{\"root_module\": {module}}}"));
    assert_eq!(
        field(&found[0], &["kubernetes_cluster_id"]),
        format!(
            "unknown {address}.kubernetes_cluster_id (this part of the plan is known only after deployment)"
        )
    );
}
