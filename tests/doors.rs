//! The doors that people come in by, tried for real: the problem matcher on real output, and what the action and
//! the hook declare.
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

/// What its steps then do with them is tried in `tests/action.rs`.
#[test]
fn every_input_of_the_action_reaches_a_step() {
    let action = read_yaml("action.yml");
    let inputs = action.get("inputs").unwrap().as_object().unwrap();
    let steps = action.get("runs").unwrap().get("steps").unwrap().items();
    let said: Vec<&str> = steps
        .iter()
        .flat_map(|step| {
            let given = [step.get("env"), step.get("with")].into_iter().flatten();
            let given = given.flat_map(|members| members.as_object().unwrap()).map(|member| &member.value);
            given.chain(step.get("if")).filter_map(Node::as_str)
        })
        .collect();
    assert!(!inputs.is_empty());
    for input in inputs {
        let name = format!("inputs.{}", input.key.text);
        let is_used = |text: &&str| {
            text.split(|c: char| !c.is_alphanumeric() && !"-_.".contains(c)).any(|word| word == name)
        };
        assert!(said.iter().any(is_used), "{name}");
    }
}

/// The hook as pre-commit reads it: no file names, and every kind of file that can change what is found.
#[test]
fn the_pre_commit_hook_reads_the_project_and_runs_for_every_kind_of_file() {
    let hooks = read_yaml(".pre-commit-hooks.yaml");
    let hook = hooks.items().first().unwrap();
    let said = |key: &str| hook.get(key).unwrap().as_str().unwrap();
    assert_eq!(hook.get("pass_filenames").unwrap().as_bool(), Some(false));
    assert_eq!((said("entry"), said("language")), ("akslint check", "rust"));
    let files = regex::Regex::new(said("files")).unwrap();
    for path in [
        "a.tf",
        "x/prod.tfvars",
        "a.tf.json",
        "main.bicep",
        "p.bicepparam",
        "d.yaml",
        "d.yml",
        "akslint.toml",
        "x/akslint.toml",
        "terragrunt.hcl",
        "a.tofu",
        "facts.json",
    ] {
        assert!(files.is_match(path), "{path}");
    }
    for path in ["README.md", "tf", "not-akslint.toml", "a.tf.md"] {
        assert!(!files.is_match(path), "{path}");
    }
}
