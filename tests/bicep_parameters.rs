//! Parameter files whose template is no file beside them: a module of a registry, a template spec, a compiled
//! template.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use akslint::report::Report;
use akslint::source::Sources;
use assert_cmd::Command;
use common::{at, lint, lint_with};
use tempfile::TempDir;

const MODULE: &str = "\
using 'br/public:avm/res/container-service/managed-cluster:0.9.0'

param name = 'shop'
param primaryAgentPoolProfiles = [{ name: 'system', mode: 'System', count: 3, vmSize: 'Standard_D4s_v5' }]
param agentPools = [{ name: 'win', osType: 'Windows', osSKU: 'Windows2022', vmSize: 'Standard_D4s_v6' }]
";

const COMPILED: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {"size": {"type": "string", "defaultValue": "Standard_D4s_v5"}},
  "resources": [{
    "type": "Microsoft.ContainerService/managedClusters/agentPools", "apiVersion": "2025-05-01", "name": "shop/win",
    "properties": {"osType": "Windows", "osSKU": "Windows2022", "vmSize": "[parameters('size')]", "count": 1}
  }]
}
"#;

fn found(sources: &Sources, report: &Report) -> Vec<String> {
    let diagnostics = report.diagnostics.iter();
    diagnostics.map(|found| format!("{} {}", found.rule, at(sources, found.primary.span))).collect()
}

#[test]
fn a_module_known_from_a_table_is_judged_with_the_values_of_the_parameter_file() {
    let (sources, report) = lint(&[("prod.bicepparam", MODULE)]);
    assert_eq!(found(&sources, &report), ["WindowsGen2OptInMissing prod.bicepparam: 'Standard_D4s_v6'"]);
    assert_eq!(report.fleet.pools.len(), 2);
    assert!(report.fleet.pools.iter().all(|pool| pool.scenario.as_deref() == Some("prod.bicepparam")));
    assert_eq!(report.unread, []);
}

#[test]
fn two_parameter_files_of_one_module_are_two_deployments() {
    let test = MODULE.replace("D4s_v6", "D4s_v5");
    let (sources, report) = lint(&[("prod.bicepparam", MODULE), ("test.bicepparam", &test)]);
    assert_eq!(report.fleet.pools.len(), 4);
    assert_eq!(found(&sources, &report).len(), 1);
}

#[test]
fn a_parameter_file_that_is_named_is_used_as_well() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("prod.bicepparam"), MODULE).unwrap();
    let output = akslint(dir.path()).args(["--parameters", "prod.bicepparam"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("prod.bicepparam:5:85: error[WindowsGen2OptInMissing]"), "{text}");
}

#[test]
fn what_is_not_read_is_told_unless_it_is_another_service() {
    let unread = |using: &str| {
        let (_, report) = lint(&[("prod.bicepparam", &format!("using '{using}'\nparam name = 'x'\n"))]);
        report.unread.into_iter().map(|unread| unread.message).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        unread("br:shop.azurecr.io/aks/cluster:v1"),
        "this parameter file is not judged: br:shop.azurecr.io/aks/cluster:v1 is not on disk"
    );
    assert_eq!(
        unread("ts:0000/group/spec:v1"),
        "this parameter file is not judged: the template spec `ts:0000/group/spec:v1` is not on disk"
    );
    assert!(
        unread("gone/main.bicep")
            .starts_with("this parameter file is not judged: `gone/main.bicep` cannot be read")
    );
    assert!(
        unread("br/public:avm/res/container-service/managed-cluster:99.0.0").contains("none of the releases")
    );
    assert_eq!(unread("br/public:avm/res/network/virtual-network:0.1.0"), "");
}

#[test]
fn modules_of_other_services_are_not_missed_in_templates() {
    let main = "module net 'br/public:avm/res/network/virtual-network:0.1.0' = { name: 'n' }\n\
                module far 'br:shop.azurecr.io/aks/cluster:v1' = { name: 'f' }\n\
                resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' existing = { name: 'c' }\n";
    let (_, report) = lint(&[("main.bicep", main)]);
    let unread: Vec<_> = report.unread.iter().map(|unread| unread.message.as_str()).collect();
    assert_eq!(unread, ["this deployment is not read: br:shop.azurecr.io/aks/cluster:v1 is not on disk"]);
}

#[test]
fn a_compiled_template_is_judged_with_the_values_of_a_parameter_file() {
    let parameters = "using 'main.json'\nparam size = 'Standard_D2s_v6'\n";
    let (sources, report) = lint(&[("main.json", COMPILED), ("prod.bicepparam", parameters)]);
    assert_eq!(found(&sources, &report), ["WindowsGen2OptInMissing prod.bicepparam: 'Standard_D2s_v6'"]);
    let (_, report) = lint_with(&[("main.json", COMPILED), ("prod.bicepparam", parameters)], |options| {
        options.threads = 1;
    });
    assert_eq!(report.fleet.pools.len(), 2, "with the defaults and with the parameter file");
}

fn akslint(dir: &Path) -> Command {
    let mut command = Command::cargo_bin("akslint").unwrap();
    command.current_dir(dir).env_clear().args(["check", "--format", "concise", "--as-of", "2026-11-20"]);
    command
}

/// A module that is restored to the cache of the user is read there, and deployed by who names it only.
#[test]
fn a_restored_module_is_read_in_the_cache() {
    let dir = TempDir::new().unwrap();
    let cache = dir.path().join("home/.bicep/br/shop.azurecr.io/aks$cluster/Rc1$1");
    let project = dir.path().join("project");
    fs::create_dir_all(&cache).unwrap();
    fs::create_dir_all(&project).unwrap();
    fs::write(cache.join("main.json"), COMPILED).unwrap();
    let using = "using 'br:shop.azurecr.io/aks/cluster:Rc1'\nparam size = 'Standard_D4s_v6'\n";
    fs::write(project.join("prod.bicepparam"), using).unwrap();
    let main =
        "module m 'br:shop.azurecr.io/aks/cluster:Rc1' = {\n  params: { size: 'Standard_D8s_v6' }\n}\n";
    fs::write(project.join("main.bicep"), main).unwrap();
    let run = |home: &str| {
        let output = akslint(&project).env("HOME", dir.path().join(home)).output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let restored = run("home");
    assert!(restored[0].starts_with("main.bicep:2:19: error[WindowsGen2OptInMissing]"), "{restored:?}");
    assert!(restored[1].starts_with("prod.bicepparam:2:14: error[WindowsGen2OptInMissing]"), "{restored:?}");
    assert!(restored[2].starts_with("checked 2 files: 2 agent pools, 2 errors"), "{restored:?}");
    // A cache of the project's own stands before that of the user.
    fs::write(project.join("bicepconfig.json"), r#"{"cacheRootDirectory": "~/elsewhere"}"#).unwrap();
    assert!(run("home")[0].contains("not read: "), "{:?}", run("home"));
    fs::rename(dir.path().join("home/.bicep"), dir.path().join("home/elsewhere")).unwrap();
    assert_eq!(run("home")[..2], restored[..2]);
}

const POOLS: &str = "\
param sizes array
resource pools 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = [for (size, i) in sizes: {
  name: 'shop/w${i}'
  properties: { osType: 'Windows', osSKU: 'Windows2022', vmSize: size, count: 1 }
}]
";

#[test]
fn what_a_parameter_file_imports_loads_and_extends_is_known_where_it_is_written() {
    let files = [
        ("main.bicep", POOLS),
        (
            "shared.bicep",
            "@export()\nvar sizes = { small: base }\nvar base = 'Standard_D2s_v6'\n@export()\nfunc pick(n string) \
             string => 'Standard_${n}_v6'\n",
        ),
        (
            "shared.json",
            r#"{"metadata": {"__bicep_exported_variables!": [{"name": "sizes"}]}, "variables":
          {"base": "Standard_D32s_v6", "sizes": {"small": "[variables('base')]"}}, "resources": []}"#,
        ),
        ("size.json", r#"{"size": "Standard_D8s_v6"}"#),
        (
            "common.bicepparam",
            "using none\nimport { sizes as known } from 'shared.json'\nvar one = known.small\n\
             param sizes = [one, loadJsonContent('size.json').size]\n",
        ),
        (
            "prod.bicepparam",
            "using 'main.bicep'\nextends 'common.bicepparam'\nimport { sizes as ours } from 'shared.bicep'\n\
             import * as shared from 'shared.bicep'\nvar loaded = loadJsonContent('size.json')\n\
             param sizes = concat(base.sizes, [ours.small, shared.pick('D4s'), replace(loaded.size, 'D8s', 'D16s')])\n",
        ),
    ];
    let (sources, report) = lint(&files);
    assert_eq!(report.unread, []);
    let sizes: Vec<String> = report
        .fleet
        .pools
        .iter()
        .map(|pool| common::show(&pool.fields[&akslint::model::PoolField::VmSize]))
        .collect();
    let expected = ["D32s", "D8s", "D2s", "D4s", "D16s"].map(|size| format!("\"Standard_{size}_v6\""));
    assert_eq!(sizes, expected);
    let found = found(&sources, &report).join("\n");
    for place in [
        "shared.json: \"Standard_D32s_v6\"",
        "size.json: \"Standard_D8s_v6\"",
        "shared.bicep: 'Standard_D2s_v6'",
    ] {
        assert!(found.contains(place), "{place} in {found}");
    }
}

#[test]
fn an_extended_value_that_is_given_nowhere_is_unknown_and_no_error() {
    let parameters = "using 'main.bicep'\nextends 'common.bicepparam'\nparam sizes = base.sizes\n";
    let (_, report) = lint(&[
        ("main.bicep", POOLS),
        ("prod.bicepparam", parameters),
        ("common.bicepparam", "using none\n"),
    ]);
    assert_eq!(report.diagnostics.len(), 0, "{:?}", report.diagnostics);
}
