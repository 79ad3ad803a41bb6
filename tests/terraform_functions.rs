//! Terraform's built-in functions, call by call, as Terraform itself evaluates them.
//!
//! `terraform_functions/calls.tsv` holds a function, its arguments and its result per line, arguments and result
//! as JSON (`{"$set": […]}` is a set; `!` is a call that fails). Where a `terraform` binary is on the path, the
//! results on file are compared with what it says today.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, missing_docs)]

#[path = "support/terraform.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use akslint::resolve::terraform::functions::{self, Files};
use akslint::source::{FileId, Span};
use akslint::value::{Map, Node, Number, Provenance, Reason, Value};
use serde_json::Value as Json;
use support::terraform;

struct Row {
    function: &'static str,
    args: Vec<Json>,
    result: Option<Json>,
}

impl Row {
    /// The call in Terraform's notation.
    fn call(&self) -> String {
        let args: Vec<String> = self.args.iter().map(hcl).collect();
        format!("{}({})", self.function, args.join(", "))
    }
}

fn rows() -> Vec<Row> {
    include_str!("terraform_functions/calls.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [function, args, result] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let result = (result != "!").then(|| serde_json::from_str(result).unwrap());
            Row { function, args: serde_json::from_str(args).unwrap(), result }
        })
        .collect()
}

fn hcl(value: &Json) -> String {
    match value {
        Json::String(text) => {
            let mut out = String::from("\"");
            for c in text.chars() {
                match c {
                    '"' | '\\' => out.extend(['\\', c]),
                    '\n' => out.push_str("\\n"),
                    '\r' => out.push_str("\\r"),
                    '\t' => out.push_str("\\t"),
                    c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                    c => out.push(c),
                }
            }
            out.push('"');
            out.replace("${", "$${").replace("%{", "%%{")
        }
        Json::Array(items) => format!("[{}]", items.iter().map(hcl).collect::<Vec<_>>().join(", ")),
        Json::Object(members) => match members.get("$set") {
            Some(items) => format!("toset({})", hcl(items)),
            None => {
                let members =
                    members.iter().map(|(key, item)| format!("{} = {}", hcl(&key.clone().into()), hcl(item)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
        },
        scalar => scalar.to_string(),
    }
}

fn at() -> Span {
    Span::new(FileId(0), 100, 200)
}

fn value_of(json: &Json) -> Value {
    let node = match json {
        Json::Null => Node::NULL,
        Json::Bool(value) => Node::Bool(*value),
        Json::Number(number) => Node::Number(Number::parse(&number.to_string()).unwrap()),
        Json::String(text) => Node::string(text),
        Json::Array(items) => Node::list(items.iter().map(value_of).collect()),
        Json::Object(members) => match members.get("$set") {
            Some(items) => {
                return functions::call("toset", &[value_of(items)], at(), "toset", &NoFiles).unwrap();
            }
            _ => Node::Map(Arc::new(Map {
                entries: members.iter().map(|(key, item)| (Arc::from(&**key), value_of(item))).collect(),
                ..Map::default()
            })),
        },
    };
    Value::new(node, Provenance::written(Span::new(FileId(0), 0, 1)))
}

/// The value as JSON; `None` if it or a part of it fails.
fn json_of(value: &Value) -> Option<Json> {
    Some(match value.single().expect("known arguments give one alternative") {
        Node::Null(_) => Json::Null,
        Node::Bool(value) => (*value).into(),
        Node::Number(number) => serde_json::from_str(&number.to_string()).unwrap(),
        Node::String(text) => (**text).into(),
        Node::List(list) => Json::Array(list.items.iter().map(json_of).collect::<Option<_>>()?),
        Node::Map(map) => Json::Object(
            map.entries
                .iter()
                .map(|(key, item)| Some((key.to_string(), json_of(item)?)))
                .collect::<Option<_>>()?,
        ),
        Node::Unknown(unknown) => match &unknown.reason {
            Reason::Failed(_) => return None,
            reason => panic!("unknown although the arguments are known: {reason}"),
        },
    })
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<Arc<str>, Reason> {
        Err(Reason::Absent(path.into()))
    }
    fn exists(&self, _: &str) -> Option<bool> {
        None
    }
    fn list(&self, _: &str) -> Option<Vec<String>> {
        None
    }
}

/// The same JSON, numbers compared by value.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            a == b || (a - b).abs() <= b.abs() * 1e-12
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, item)| b.get(key).is_some_and(|other| same(item, other)))
        }
        _ => a == b,
    }
}

#[test]
fn every_call_gives_what_terraform_gives() {
    let mut wrong = Vec::new();
    for row in rows() {
        let args: Vec<Value> = row.args.iter().map(value_of).collect();
        let call = row.call();
        let value = functions::call(row.function, &args, at(), &call, &NoFiles).expect(row.function);
        let ours = json_of(&value);
        let agree = match (&ours, &row.result) {
            (Some(ours), Some(theirs)) => same(ours, theirs),
            (None, None) => true,
            _ => false,
        };
        if !agree {
            let show = |result: &Option<Json>| result.as_ref().map_or("(fails)".to_owned(), Json::to_string);
            wrong.push(format!("{call}\n  gives {}\n  not   {}", show(&ours), show(&row.result)));
        }
    }
    assert!(wrong.is_empty(), "{} calls:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_function_that_does_not_depend_on_files_time_or_chance_has_a_call_on_file() {
    let called: BTreeSet<&str> = rows().iter().map(|row| row.function).collect();
    let without: Vec<&str> = functions::names().filter(|name| !called.contains(name)).collect();
    assert_eq!(
        without,
        [
            "base64gzip",
            "bcrypt",
            "file",
            "filebase64",
            "filebase64sha256",
            "filebase64sha512",
            "fileexists",
            "filemd5",
            "fileset",
            "filesha1",
            "filesha256",
            "filesha512",
            "plantimestamp",
            "rsadecrypt",
            "sensitive",
            "timestamp",
            "uuid",
        ]
    );
}

#[test]
fn the_results_on_file_are_those_of_terraform() {
    let directory = tempfile::tempdir().unwrap();
    let rows = rows();
    let calls: Vec<String> =
        rows.iter().map(|row| format!("try(jsonencode({}), \"!\")", row.call())).collect();
    // One expression, since the console shows only the last result of what it reads from a pipe; in base 64,
    // since what it shows is not always valid JSON.
    let expression = format!("base64encode(jsonencode([{}]))\n", calls.join(", "));
    let Some(output) = terraform(directory.path(), &["console"], &expression) else { return };
    let shown = String::from_utf8(output.stdout).unwrap();
    let encoded = shown.trim().trim_matches('"');
    let decoded = functions::call(
        "base64decode",
        &[Value::string(encoded, Provenance::written(at()))],
        at(),
        "",
        &NoFiles,
    );
    let decoded = decoded.unwrap().as_str().map(str::to_owned);
    let decoded = decoded.unwrap_or_else(|| panic!("{shown}\n{}", String::from_utf8_lossy(&output.stderr)));
    let theirs: Vec<String> = serde_json::from_str(&decoded).unwrap();
    assert_eq!(theirs.len(), rows.len());
    let mut changed = Vec::new();
    for (row, theirs) in rows.iter().zip(&theirs) {
        let theirs: Option<Json> = (theirs != "!").then(|| serde_json::from_str(theirs).unwrap());
        let agree = match (&theirs, &row.result) {
            (Some(theirs), Some(recorded)) => same(theirs, recorded),
            (None, None) => true,
            _ => false,
        };
        if !agree {
            changed.push(format!("{} is {theirs:?}, on file {:?}", row.call(), row.result));
        }
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}
