//! The doors that people come in by: the problem matcher on real output, the inputs of the action, the hook.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use akslint::source::FileId;
use akslint::syntax::data::Node;
use akslint::syntax::yaml;

/// A folder with a space and a non-ASCII letter in its name that holds one broken pool.
fn broken() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("Größe und Maß");
    fs::create_dir(&dir).unwrap();
    let pool = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  name    = \"win\"\n  os_type = \
                \"Windows\"\n  os_sku  = \"Windows2022\"\n  vm_size = \"Standard_D4ads_v6\"\n}\n";
    fs::write(dir.join("main.tf"), pool).unwrap();
    scratch
}

fn read_yaml(path: &str) -> Node {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let mut documents = yaml::parse(FileId(0), &text).documents;
    assert!(documents.iter().all(|document| document.errors.is_empty()), "{path}");
    documents.remove(0).node.unwrap()
}

#[test]
fn the_problem_matcher_reads_concise_output() {
    let matcher =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/editors/github-problem-matcher.json"));
    let matcher: serde_json::Value = serde_json::from_str(&matcher.unwrap()).unwrap();
    let pattern = &matcher["problemMatcher"][0]["pattern"][0];
    let expression = regex::Regex::new(pattern["regexp"].as_str().unwrap()).unwrap();
    let scratch = broken();
    let output = Command::new(env!("CARGO_BIN_EXE_akslint"))
        .current_dir(scratch.path())
        .args(["check", "--format", "concise", "--as-of", "2026-11-20"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let found = expression.captures(text.lines().next().unwrap()).unwrap();
    let group = |name: &str| &found[pattern[name].as_u64().unwrap() as usize];
    assert_eq!(group("file"), "Größe und Maß/main.tf");
    assert_eq!((group("line"), group("column")), ("5", "13"));
    assert_eq!((group("severity"), group("code")), ("error", "WindowsGen2OptInMissing"));
    assert!(group("message").starts_with("agent pool `win`: "));
}

#[test]
fn every_input_of_the_action_reaches_its_script() {
    let action = read_yaml("action.yml");
    let inputs = action.get("inputs").unwrap().as_object().unwrap();
    let steps = action.get("runs").unwrap().get("steps").unwrap().items();
    let parts = |step: &&Node| {
        let maps = [step.get("env"), step.get("with")].into_iter().flatten().filter_map(Node::as_object);
        let values = maps.flatten().filter_map(|member| member.value.as_str());
        values.chain(step.get("if").and_then(Node::as_str)).map(str::to_owned).collect::<Vec<_>>()
    };
    let used: Vec<String> = steps.iter().flat_map(|step| parts(&step)).collect();
    for input in inputs {
        let wanted = format!("inputs.{}", input.key.text);
        assert!(used.iter().any(|text| text.contains(&wanted)), "{wanted}");
    }
}

#[test]
fn the_pre_commit_hook_takes_no_file_names() {
    let hooks = read_yaml(".pre-commit-hooks.yaml");
    let hook = hooks.items().first().unwrap();
    assert_eq!(hook.get("pass_filenames").unwrap().as_bool(), Some(false));
    assert_eq!(hook.get("entry").unwrap().as_str(), Some("akslint check"));
    assert_eq!(hook.get("language").unwrap().as_str(), Some("rust"));
}
