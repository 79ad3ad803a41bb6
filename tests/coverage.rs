//! What a pass does not cover is told: silence about what could not be read or followed is no pass.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;
mod common;

use akslint::output::{json, pools, summary};
use akslint::report::Report;
use command::{run, tree};
use common::lint;

/// A cluster with these pools.
fn bicep(before: &str, pools: &str) -> String {
    format!(
        "{before}\nresource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = {{\n  name: 'aks'\n  \
         location: 'westeurope'\n  properties: {{ kubernetesVersion: '1.34', agentPoolProfiles: {pools} }}\n}}\n"
    )
}

const GOOD: &str = "{ name: 'sys', mode: 'System', vmSize: 'Standard_D4s_v5', count: 3 }";
/// Its name has a capital.
const BAD: &str = "{ name: 'Sys', mode: 'System', vmSize: 'Standard_D4s_v5', count: 3 }";

/// Of which clusters it is not known which pools they list, and why.
fn unlisted(report: &Report) -> Vec<(&str, &str)> {
    let of_clusters = report.unresolved.iter().filter(|unresolved| unresolved.field == "agent_pools");
    of_clusters.map(|unresolved| (unresolved.pool.as_str(), unresolved.reason.as_str())).collect()
}

#[test]
fn a_cluster_whose_list_of_pools_is_not_known_is_told_everywhere() {
    let (sources, report) = lint(&[("main.bicep", &bicep("param pools array", "pools"))]);
    assert_eq!(unlisted(&report), [("aks", "`pools` has no value")]);
    assert_eq!(
        summary::closing(&report, &sources),
        "checked 0 files: 0 agent pools in 1 cluster, no findings; not known: agent pools of 1 cluster (1 from a \
         variable without value)\n"
    );
    let told = "not known: agent_pools of aks: `pools` has no value\n";
    assert!(summary::details(&report, &sources).ends_with(told));
    assert!(pools::human(&report, &sources).ends_with(told));
    for document in [json::render(&report, &sources), pools::json(&report, &sources)] {
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        let list = document.pointer("/summary/unresolved").or(document.pointer("/unresolved")).unwrap();
        assert_eq!((&list[0]["pool"], &list[0]["field"]), (&"aks".into(), &"agent_pools".into()));
        assert_eq!(list[0]["file"], "main.bicep");
    }
}

#[test]
fn the_rest_of_a_list_that_is_known_in_part_is_told_and_the_part_is_checked() {
    let rest = format!("concat(pools, [{BAD}])");
    let missing = format!("[...loadJsonContent('missing.json'), {BAD}]");
    for (before, pools) in [("param pools array", rest.as_str()), ("", missing.as_str())] {
        let (_, report) = lint(&[("main.bicep", &bicep(before, pools))]);
        assert_eq!(unlisted(&report).len(), 1, "{pools}");
        assert_eq!(report.diagnostics.len(), 1, "{pools}");
    }
    let arm = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "contentVersion": "1.0.0.0",
        "parameters": {"pools": {"type": "array"}},
        "resources": [{"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2025-05-01", "name": "aks", "location": "westeurope",
        "properties": {"agentPoolProfiles": "[parameters('pools')]"}}]}"#;
    let (_, report) = lint(&[("main.json", arm)]);
    assert_eq!(unlisted(&report), [("aks", "`pools` has no value")]);
}

#[test]
fn a_list_that_is_known_and_one_of_which_an_element_stands_for_all_are_not_told() {
    let looped = "[for pool in pools: { name: pool.name, mode: 'System', vmSize: 'Standard_D4s_v5' }]";
    for (before, pools) in [
        ("", format!("[{GOOD}]")),
        ("param more bool", format!("concat([{GOOD}], more ? [{GOOD}] : [])")),
        ("param pools array", looped.to_owned()),
        ("param pools array = []", "pools".to_owned()),
    ] {
        let (sources, report) = lint(&[("main.bicep", &bicep(before, &pools))]);
        assert_eq!(unlisted(&report), [], "{pools}");
        assert!(!summary::closing(&report, &sources).contains("agent pools of"), "{pools}");
        assert!(!akslint::output::pools::json(&report, &sources).contains("\"unresolved\""));
    }
}

#[test]
fn scenarios_that_are_alike_are_told_once() {
    let parameters = |size: &str| {
        format!(
            "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#\", \
             \"contentVersion\": \"1.0.0.0\", \"parameters\": {{\"version\": {{\"value\": \"{size}\"}}}}}}"
        )
    };
    let main = bicep("param version string\nparam pools array", "pools").replace("'1.34'", "version");
    let (_, report) = lint(&[
        ("main.bicep", &main),
        ("main.parameters.dev.json", &parameters("1.34")),
        ("main.parameters.prod.json", &parameters("1.33")),
    ]);
    assert!(report.fleet.clusters.len() > 1);
    assert_eq!(unlisted(&report).len(), 1);
    let dir = tree(&[("main.bicep", &main)]);
    let ran = run(dir.path(), &["pools"]);
    assert_eq!((ran.code, ran.out.matches("agent_pools of aks").count()), (0, 1), "{ran:?}");
}

/// What was not read, by file.
fn unread(report: &Report) -> Vec<(&str, &str)> {
    report.unread.iter().map(|unread| (unread.path.as_str(), unread.message.as_str())).collect()
}

const TOO_LARGE: &str =
    "written out, with its modules and the files that it loads, this is too large to be checked in full";

#[test]
fn a_template_that_is_too_large_is_told_once_and_its_pools_are_checked_first() {
    let zeros = format!("[{}0]", "0,".repeat(1_000_001));
    // Each is more than there are steps for; the cluster stands behind them, and what it uses too.
    let loads = "var a = loadJsonContent('zeros.json')\nvar b = loadJsonContent('zeros.json')\nvar size = 'Standard_D4s_v5'";
    let main = bicep(loads, &format!("[{}]", BAD.replace("'Standard_D4s_v5'", "size")));
    let (_, report) = lint(&[("main.bicep", &main), ("zeros.json", &zeros)]);
    assert_eq!(unread(&report), [("main.bicep", TOO_LARGE)]);
    assert_eq!(report.unresolved, []);
    assert_eq!(report.diagnostics.len(), 1);
    // Whoever names the file is told and no more.
    let dir = tree(&[("main.bicep", &main.replace("'Sys'", "'sys'")), ("zeros.json", &zeros)]);
    let ran = run(dir.path(), &["main.bicep"]);
    assert_eq!((ran.code, ran.out.contains(TOO_LARGE)), (0, true), "{ran:?}");
}

#[test]
fn types_that_are_made_of_each_other_over_and_over_are_looked_at_once() {
    let mut types = "type t0 = 'a' | 'b' | true | null\n".to_owned();
    for level in 1..15 {
        let below = format!("t{}", level - 1);
        types.push_str(&format!("type t{level} = {}\n", [below.as_str(); 8].join(" | ")));
    }
    types.push_str("type circle = 'a' | circle | circle\nparam p t14\nparam q circle\nparam r (t14 | 'c')[]");
    let (_, report) = lint(&[("main.bicep", &bicep(&types, &format!("[{BAD}]")))]);
    assert_eq!((unread(&report), report.diagnostics.len()), (vec![], 1));
    let value = |name: &str| {
        let using = format!("{types}\nparam size 'x' | t14 = 'a'\n");
        bicep(&using, &format!("[{}]", GOOD.replace("3", &format!("{name} == 'c' ? 1 : 3"))))
    };
    assert_eq!(lint(&[("main.bicep", &value("size"))]).1.diagnostics, []);
}
