//! The same input gives the same bytes, whatever the number of threads, the run, and the shortcuts taken.
#![allow(clippy::unwrap_used)]

#[path = "support/page.rs"]
mod page;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use akslint::rules;
use assert_cmd::Command;
use tempfile::TempDir;

/// Every way to ask for output.
const WAYS: [&[&str]; 11] = [
    &["check", "--format", "human", "--select", "advice"],
    &["check", "--format", "concise"],
    &["check", "--format", "json", "--select", "advice"],
    &["check", "--format", "sarif", "--show-suppressed"],
    &["check", "--format", "github"],
    &["check", "--format", "azure-pipelines"],
    &["check", "--format", "gitlab"],
    &["check", "--format", "junit", "--output", "concise=-"],
    &["check", "--format", "markdown", "--verbose"],
    &["pools", "--format", "human"],
    &["pools", "--format", "json"],
];

/// Standard output and error.
fn run(dir: &Path, args: &[&str], threads: &str) -> String {
    let mut command = Command::cargo_bin("akslint").unwrap();
    command.current_dir(dir).env_clear().env("RAYON_NUM_THREADS", threads);
    let output = command.args(args).args(["--as-of", "2026-11-20", "."]).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    format!("{}\n{}", String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn assert_steady(dir: &Path) {
    for way in WAYS {
        let first = run(dir, way, "1");
        for threads in ["2", "8", "8"] {
            assert!(run(dir, way, threads) == first, "{way:?} with {threads} threads in {}", dir.display());
        }
    }
}

fn assert_same_without_prefilter(dir: &Path) {
    for way in WAYS {
        let without: Vec<&str> = way.iter().copied().chain(["--no-prefilter"]).collect();
        assert_eq!(run(dir, &without, "2"), run(dir, way, "2"), "{way:?} in {}", dir.display());
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The examples on the pages of all rules, each in a folder of its own.
fn pages() -> TempDir {
    let dir = TempDir::new().unwrap();
    for rule in rules::ALL {
        for (number, example) in page::parse(rule.page).examples.into_iter().enumerate() {
            for (name, text) in &example.files {
                write(dir.path(), &format!("{}/{number}/{name}", rule.id), text);
            }
        }
    }
    dir
}

#[test]
fn fixtures_give_the_same_bytes_with_any_number_of_threads() {
    assert_steady(&fixtures());
}

#[test]
fn pages_of_rules_give_the_same_bytes_with_any_number_of_threads() {
    assert_steady(pages().path());
}

#[test]
fn fixtures_and_pages_give_the_same_without_the_prefilter() {
    assert_same_without_prefilter(&fixtures());
    assert_same_without_prefilter(pages().path());
}

#[test]
fn manifests_in_json_are_no_less_than_those_in_yaml() {
    let dir = TempDir::new().unwrap();
    let pool = "resource \"azurerm_kubernetes_cluster\" \"a\" {\n  name = \"a\"\n  default_node_pool {\n    name    = \"sys\"\n    vm_size = \"Standard_D4s_v5\"\n  }\n}\n";
    write(dir.path(), "main.tf", pool);
    let web = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {},
        "template": {"spec": {"nodeSelector": {"agentpool": "gpu"}, "containers": [{"name": "a", "image": "a"}]}}}}"#;
    write(dir.path(), "web.json", web);
    assert_same_without_prefilter(dir.path());
    assert!(run(dir.path(), &["check", "--format", "concise"], "2").contains("NodeSelectorUnsatisfiable"));
    // Nodes beside those of the pools may be what it asks for.
    let nodes =
        r#"{"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "gpu"}, "spec": {}}"#;
    write(dir.path(), "nodes.json", nodes);
    assert_same_without_prefilter(dir.path());
    assert!(!run(dir.path(), &["check", "--format", "concise"], "2").contains("NodeSelectorUnsatisfiable"));
}

/// Random numbers that are the same in every run: a linear congruential generator with Knuth's factors.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A tree of modules in which files that matter and files that do not call and feed each other: variables,
/// locals and outputs lie in files of their own that name nothing of AKS.
fn generated(seed: u64) -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut numbers = Numbers(seed);
    let sizes = ["Standard_D4s_v3", "Standard_D4s_v6", "Standard_E8ads_v7", "Standard_NV12s_v3"];
    let modules = 2 + numbers.below(4);
    for index in 0..modules {
        let size = sizes[numbers.below(4) as usize];
        let mut main = String::new();
        // Only modules with a higher number are called, so that there are no cycles.
        for called in index + 1..modules {
            if numbers.below(2) == 0 {
                let value = ["local.size", "var.size", "module.sizes.size"][numbers.below(3) as usize];
                writeln!(main, "module \"m{called}\" {{\n  source = \"../m{called}\"\n  size = {value}\n}}")
                    .unwrap();
            }
        }
        if numbers.below(2) == 0 {
            main.push_str(
                "resource \"azurerm_kubernetes_cluster_node_pool\" \"w\" {\n  name = \"win\"\n  os_type = \"Windows\"\n  \
                 os_sku = \"Windows2019\"\n  kubernetes_cluster_id = \"x\"\n  vm_size = local.size\n}\n",
            );
        }
        let at = |name: &str| format!("m{index}/{name}");
        write(dir.path(), &at("main.tf"), &main);
        write(dir.path(), &at("sizes.tf"), "module \"sizes\" {\n  source = \"../sizes\"\n}\n");
        write(
            dir.path(),
            &at("variables.tf"),
            &format!("variable \"size\" {{\n  default = \"{size}\"\n}}\n"),
        );
        let local = ["var.size", "module.sizes.size", "\"Standard_D2s_v3\""][numbers.below(3) as usize];
        write(dir.path(), &at("locals.tf"), &format!("locals {{\n  size = {local}\n}}\n"));
        if numbers.below(2) == 0 {
            write(dir.path(), &at("prod.tfvars"), &format!("size = \"{size}\"\n"));
        }
        if numbers.below(3) == 0 {
            write(dir.path(), &at("broken.tf"), "variable \"x\" {\n  default = \"\n}\n");
        }
    }
    write(dir.path(), "sizes/outputs.tf", "output \"size\" {\n  value = var.made\n}\n");
    write(dir.path(), "sizes/variables.tf", "variable \"made\" {\n  default = \"Standard_D8s_v6\"\n}\n");
    let template = format!(
        "{{\"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\n\
         \"parameters\": {{\"size\": {{\"type\": \"string\"}}}}, \"resources\": [{{\"type\": \
         \"Microsoft.{}/managedClusters/agentPools\", \"apiVersion\": \"2024-09-01\", \"name\": \"a/win\",\n\
         \"properties\": {{\"osType\": \"Windows\", \"osSKU\": \"Windows2019\", \"vmSize\": \"[parameters('size')]\"}}}}]}}",
        ["ContainerService", "containerservice", "Container\\u0053ervice", "Compute"]
            [numbers.below(4) as usize]
    );
    let parameters =
        format!("{{\"parameters\": {{\"size\": {{\"value\": \"{}\"}}}}}}", sizes[numbers.below(4) as usize]);
    write(dir.path(), "arm/main.json", &template);
    let name =
        ["main.parameters.json", "main.parameters.prod.json", "parameters/prod.json", "prod.parameters.json"];
    write(dir.path(), &format!("arm/{}", name[numbers.below(4) as usize]), &parameters);
    write_linked(dir.path(), sizes[numbers.below(4) as usize]);
    dir
}

/// A template with an agent pool of which the size comes from a template that names nothing of ours, by way of another
/// such and with values from a file that is known as a parameter file by nothing but the link.
/// Parameter files of services that the prefilter lets go, in layouts that teams have, beside a cluster without values.
#[test]
fn files_of_other_services_are_given_to_no_cluster_with_the_prefilter_and_without() {
    let template = |kind: &str, property: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": {{"location": {{"type": "string", "defaultValue": "westeurope"}},
            "size": {{"type": "string", "defaultValue": "Standard_D4s_v5"}}}},
            "resources": [{{"type": "{kind}", "apiVersion": "2024-03-01", "name": "one", "properties": {{{property}}}}}]}}"#
        )
    };
    let cluster = template(
        "Microsoft.ContainerService/managedClusters",
        r#""agentPoolProfiles": [{"name": "sys", "mode": "System", "count": 1, "vmSize": "[parameters('size')]"}]"#,
    );
    let machine = template(
        "Microsoft.Compute/virtualMachines",
        r#""hardwareProfile": {"vmSize": "[parameters('size')]"}"#,
    );
    let values = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"size": {"value": "Standard_NC6s_v3"}}}"#;
    for [aks, vm, file] in [
        ["main.json", "vm/azuredeploy.json", "vm/env/prod.json"],
        ["aks/main.json", "vm/main.json", "vm/parameters/prod.json"],
        ["aks/azuredeploy.json", "vm/azuredeploy.json", "vm/parameters/prod/params.json"],
        ["templates/aks.json", "templates/vm.json", "parameters/vm.prod.json"],
        ["templates/aks/template.json", "templates/vm/template.json", "environments/prod/vm.json"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), aks, &cluster);
        write(dir.path(), vm, &machine);
        write(dir.path(), file, values);
        assert_same_without_prefilter(dir.path());
        assert!(!run(dir.path(), &["check"], "1").contains("NC6s"), "{file}");
    }
}

fn write_linked(root: &Path, size: &str) {
    const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
    let template = |name: &str, parameters: &str, resources: &str, outputs: &str| {
        let text = format!(
            "{{\"$schema\": \"{SCHEMA}\", \"contentVersion\": \"1.0.0.0\", \"parameters\": {{{parameters}}},\n\
             \"resources\": [{resources}], \"outputs\": {{{outputs}}}}}"
        );
        write(root, name, &text);
    };
    let deployment = |template: &str, values: &str| {
        format!(
            "{{\"type\": \"Microsoft.Resources/deployments\", \"apiVersion\": \"2025-04-01\", \"name\": \"sizes\",\n\
             \"properties\": {{\"mode\": \"Incremental\", {template}{values}}}}}"
        )
    };
    let output = |from: &str| format!("\"size\": {{\"type\": \"string\", \"value\": \"[{from}]\"}}");
    let deployed = "reference('sizes').outputs.size.value";
    let pool = format!(
        "{{\"type\": \"Microsoft.ContainerService/managedClusters/agentPools\", \"apiVersion\": \"2025-04-01\", \"name\": \
         \"a/linked\",\n\"properties\": {{\"osType\": \"Windows\", \"osSKU\": \"Windows2022\", \"vmSize\": \"[{deployed}]\"}}}}"
    );
    let first = deployment("\"templateLink\": {\"relativePath\": \"more/first.json\"}", "");
    template("linked/main.json", "", &format!("{first}, {pool}"), "");
    let second = deployment(
        "\"TEMPLATELINK\": {\"relativePath\": \"second.json\"}",
        ", \"parametersLink\": {\"uri\": \"[uri(deployment().properties.templateLink.uri, 'values.json')]\"}",
    );
    template("linked/more/first.json", "", &second, &output(deployed));
    template(
        "linked/more/second.json",
        "\"size\": {\"type\": \"string\"}",
        "",
        &output("parameters('size')"),
    );
    let values = format!("{{\"parameters\": {{\"size\": {{\"value\": \"{size}\"}}}}}}");
    write(root, "linked/more/values.json", &values);
}

#[test]
fn what_templates_link_to_is_read_though_the_prefilter_lets_it_go() {
    let dir = TempDir::new().unwrap();
    write_linked(dir.path(), "Standard_D4ads_v6");
    let found = run(dir.path(), &["check", "--format", "concise"], "2");
    assert!(found.contains("linked/more/values.json:1:"), "{found}");
    assert!(found.contains("WindowsGen2OptInMissing"), "{found}");
    assert_eq!(run(dir.path(), &["check", "--format", "concise", "--no-prefilter"], "2"), found);
}

/// Files of Bicep that call and import each other, some of which have pools, some only what others use; modules of
/// registries, parameter files, compiled forms, errors and circles among them.
fn generated_bicep(seed: u64) -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut numbers = Numbers(seed);
    let sizes = ["Standard_D4s_v3", "Standard_D4s_v6", "Standard_E8ads_v7", "Standard_NV12s_v3"];
    let modules = 3 + numbers.below(5);
    for index in 0..modules {
        let mut text = String::from("param size string = 'Standard_D4s_v5'\n");
        for called in 0..modules {
            // Mostly those with a higher number; sometimes in a circle.
            if (called > index && numbers.below(2) == 0) || numbers.below(30) == 0 {
                let value = ["size", "sizes.small", "'Standard_D2s_v6'"][numbers.below(3) as usize];
                let path = [format!("m{called}.bicep"), format!("../m/m{called}.bicep")];
                let path = &path[numbers.below(2) as usize];
                writeln!(
                    text,
                    "module c{called} '{path}' = {{\n  name: 'c{called}'\n  params: {{ size: {value} }}\n}}"
                )
                .unwrap();
            }
        }
        if text.contains("sizes.small") || numbers.below(4) == 0 {
            text.push_str("import { sizes } from '../lib/sizes.bicep'\n");
        }
        match numbers.below(6) {
            0 | 1 => text.push_str(
                "resource pool 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = {\n  name: 'a/win'\n  \
                 properties: { osType: 'Windows', osSKU: 'Windows2019', vmSize: size }\n}\n",
            ),
            2 => text.push_str(
                "module avm 'br/public:avm/res/container-service/managed-cluster:0.9.0' = {\n  params: { name: 'x', \
                 agentPools: [{ name: 'win', osType: 'Windows', osSKU: 'Windows2022', vmSize: size }] }\n}\n",
            ),
            3 => text.push_str("module net 'br/public:avm/res/network/virtual-network:0.1.0' = { name: 'n' }\n"),
            4 => text.push_str("module far 'br:shop.azurecr.io/aks:v1' = { name: 'far' }\n"),
            _ => text.push_str("resource disk 'Microsoft.Compute/disks@2024-03-02' = { name: 'd' }\n"),
        }
        if numbers.below(6) == 0 {
            text.push_str("var broken = 'x\n");
        }
        write(dir.path(), &format!("m/m{index}.bicep"), &text);
        if numbers.below(3) == 0 {
            let size = sizes[numbers.below(4) as usize];
            let values = format!("using 'm{index}.bicep'\nparam size = '{size}'\n");
            write(dir.path(), &format!("m/p{index}.bicepparam"), &values);
        }
        if numbers.below(3) == 0 {
            let template = format!(
                "{{\"metadata\": {{\"_generator\": {{\"name\": \"bicep\"}}}}, \"contentVersion\": \"1.0.0.0\", \"resources\": \
                 [{{\"type\": \"Microsoft.ContainerService/managedClusters/agentPools\", \"apiVersion\": \"2024-09-01\", \
                 \"name\": \"a/c{index}\", \"properties\": {{\"osType\": \"Windows\", \"osSKU\": \"Windows2019\", \
                 \"vmSize\": \"Standard_D4s_v6\"}}}}]}}"
            );
            write(dir.path(), &format!("m/m{index}.json"), &template);
        }
    }
    write(dir.path(), "lib/sizes.bicep", "@export()\nvar sizes = { small: 'Standard_D4s_v6' }\n");
    let using = ["br/public:avm/res/container-service/managed-cluster:0.9.0", "br:shop.azurecr.io/aks:v1"];
    let using = using[numbers.below(2) as usize];
    write(
        dir.path(),
        "far.bicepparam",
        &format!("using '{using}'\nparam name = 'x'\nparam agentPools = [{{ name: 'b' }}]\n"),
    );
    dir
}

#[test]
fn generated_bicep_gives_the_same_without_the_prefilter_and_with_any_number_of_threads() {
    let mut pools = 0;
    for seed in 0..24 {
        let dir = generated_bicep(seed);
        for way in [WAYS[2], WAYS[10]] {
            let first = run(dir.path(), way, "1");
            pools += first.matches("\"writer\"").count();
            for threads in ["2", "8"] {
                assert!(run(dir.path(), way, threads) == first, "{way:?}, seed {seed}, {threads} threads");
            }
            let without: Vec<&str> = way.iter().copied().chain(["--no-prefilter"]).collect();
            assert_eq!(run(dir.path(), &without, "2"), first, "{way:?}, seed {seed}");
        }
    }
    assert!(pools > 100, "{pools}");
}

#[test]
fn generated_trees_give_the_same_without_the_prefilter() {
    for seed in 0..24 {
        let dir = generated(seed);
        for way in [WAYS[2], WAYS[4]] {
            let without: Vec<&str> = way.iter().copied().chain(["--no-prefilter"]).collect();
            assert_eq!(run(dir.path(), &without, "2"), run(dir.path(), way, "2"), "{way:?}, seed {seed}");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::create_dir_all(to).unwrap();
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn where_a_project_lies_changes_nothing() {
    let above = TempDir::new().unwrap();
    // Names that mean something below a project mean nothing above it.
    let places = [
        "plain",
        "aks/charts/templates",
        "modules/examples/overlays/node_modules",
        "managedClusters@1/x.bicep",
    ];
    let outputs: Vec<Vec<String>> = places
        .iter()
        .map(|place| {
            let project = above.path().join(place);
            copy(&fixtures(), &project);
            for rule in pages().path().read_dir().unwrap() {
                let rule = rule.unwrap();
                copy(&rule.path(), &project.join("pages").join(rule.file_name()));
            }
            let unit = "terraform {\n  source = \"git::https://example.com/network.git\"\n}\n";
            write(&project, "live/network/terragrunt.hcl", unit);
            write(&project, ".git/HEAD", "");
            WAYS.iter().map(|way| run(&project, way, "2")).collect()
        })
        .collect();
    for (place, output) in places.iter().zip(&outputs) {
        for (index, way) in WAYS.iter().enumerate() {
            assert!(output[index] == outputs[0][index], "{way:?} in {place}");
        }
    }
}
