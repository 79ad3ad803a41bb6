//! Functions that read the project's files, as Terraform itself evaluates them in the same directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "support/terraform.rs"]
mod support;

use std::path::Path;

use akslint::resolve::terraform::local_values;
use akslint::source::{DiscoverOptions, Sources};
use akslint::value::{Node, Value};
use serde_json::Value as Json;
use support::terraform;

const FILES: &[(&str, &str)] = &[
    ("pools/a.yaml", "size: Standard_D4s_v5\n"),
    ("pools/b.yaml", "size: Standard_D8s_v5\n"),
    ("pools/.hidden.yaml", "size: none\n"),
    ("pools/deep/c.yaml", "size: Standard_D2s_v5\n"),
    ("pools/deep/d.yml", ""),
    ("text.tftpl", "%{ for p in pools ~}\n- ${p}\n%{ endfor ~}\n"),
    ("z.txt", "plain"),
];

/// A file that is missing is not among these: it may be written before Terraform runs, so ours is unknown.
const EXPRESSIONS: &[&str] = &[
    "fileset(path.module, \"**/*.yaml\")",
    "fileset(\"pools\", \"*\")",
    "fileset(\"pools\", \"*.yaml\")",
    "fileset(\"pools\", \"**\")",
    "fileset(\".\", \"pools/{a,b}.yaml\")",
    "fileset(\"pools/deep\", \"?.y*ml\")",
    "fileset(\"pools\", \"[ab].yaml\")",
    "fileset(\"none\", \"*\")",
    "fileset(\"pools\", \"deep\")",
    "{ for f in fileset(path.module, \"pools/*.yaml\") : trimsuffix(basename(f), \".yaml\") => yamldecode(file(f)).size }",
    "file(\"z.txt\")",
    "fileexists(\"z.txt\")",
    "fileexists(\"none.txt\")",
    "filemd5(\"z.txt\")",
    "filebase64(\"z.txt\")",
    "templatefile(\"text.tftpl\", { pools = [\"a\", \"b\"] })",
    "templatefile(\"text.tftpl\", { pools = toset([\"b\", \"a\"]), more = 1 })",
    "templatefile(\"text.tftpl\", {})",
];

fn json_of(value: &Value) -> Json {
    match value.single() {
        Some(Node::Bool(value)) => (*value).into(),
        Some(Node::String(text)) => (**text).into(),
        Some(Node::List(list)) if list.open.is_none() => list.items.iter().map(json_of).collect(),
        Some(Node::Map(map)) if map.open.is_none() => {
            map.entries.iter().map(|(key, item)| (key.to_string(), json_of(item))).collect()
        }
        other => format!("not known: {other:?}").into(),
    }
}

#[test]
fn files_are_those_that_terraform_finds() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    for (path, text) in FILES {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    }
    let local = |(index, expression): (usize, &&str)| format!("  e{index} = try({expression}, \"fails\")\n");
    let locals: String = EXPRESSIONS.iter().enumerate().map(local).collect();
    std::fs::write(root.join("main.tf"), format!("locals {{\n{locals}}}\n")).unwrap();
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.clone()])).unwrap().sources;
    let values = local_values(&sources, &root);
    let theirs = |index: usize| -> Option<Json> {
        let output = terraform(&root, &["console"], &format!("jsonencode(local.e{index})\n"))?;
        let shown: String = serde_json::from_slice(&output.stdout).unwrap();
        Some(serde_json::from_str(&shown).unwrap())
    };
    for (index, expression) in EXPRESSIONS.iter().enumerate() {
        let Some(theirs) = theirs(index) else { return };
        let ours = json_of(&values[&*format!("e{index}")]);
        assert_eq!(ours, theirs, "{expression}");
    }
}

/// What lies outside the project is not listed, by name or through a link.
#[test]
#[cfg(unix)]
fn nothing_outside_the_project_is_listed() {
    let directory = tempfile::tempdir().unwrap();
    let outside = directory.path().canonicalize().unwrap();
    let root = outside.join("project");
    std::fs::create_dir_all(root.join("in")).unwrap();
    std::fs::write(outside.join("secret.txt"), "x").unwrap();
    std::os::unix::fs::symlink(outside.join("secret.txt"), root.join("in/link.txt")).unwrap();
    std::os::unix::fs::symlink(&outside, root.join("in/around")).unwrap();
    std::fs::write(root.join("in/own.txt"), "x").unwrap();
    let text = "locals {\n  above = fileset(\"..\", \"*\")\n  own = fileset(\"in\", \"**\")\n}\n";
    std::fs::write(root.join("main.tf"), text).unwrap();
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.clone()])).unwrap().sources;
    let values = local_values(&sources, Path::new(&root));
    assert_eq!(json_of(&values["own"]), serde_json::json!(["own.txt"]));
    assert!(matches!(values["above"].single(), Some(Node::Unknown(_))), "{:?}", values["above"]);
}
