//! Every template of a corpus, all of it evaluated: no panic, no unknown function, and a table of what the
//! expressions came to.
//!
//! ```text
//! AKSLINT_ARM_CORPUS=DIR[:DIR…] cargo test --release --test arm_corpus -- --ignored --nocapture
//! ```
//!
//! Reads each `main.json` below the directories. `AKSLINT_ARM_PARAMETERS=DIR` adds parameter files: that of
//! `CORPUS/a/b/main.json` are all `DIR/a/b/*.json`. Expressions count as often as they are evaluated; the share
//! is also given for expressions as written, which are known if they were so every time.
//!
//! What is unknown has to name an input that exists only at run time, or a parameter of the template to which
//! nothing gives a value, or a secret, a placeholder or a file that is not there: anything else fails the test,
//! but for what [`EXPLAINED`] lists. Failures in some worlds only are counted apart: in those the service fails
//! as well. An expression is then what it is in the other worlds.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use akslint::model::{Fleet, PoolField};
use akslint::resolve::arm::functions::arity;
use akslint::resolve::arm::{Document, Input, Outcome, State, resolve, survey};
use akslint::source::FileId;
use akslint::syntax::{data, json};
use akslint::value::{Node, Reason, Value};

fn templates(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            templates(&path, found);
        } else if path.file_name().is_some_and(|name| name == "main.json") {
            found.push(path);
        }
    }
}

fn document(path: &Path, is_parameter_file: bool) -> Option<Document> {
    let text = fs::read_to_string(path).ok()?;
    Document::of_json(json::parse(FileId(0), &text).0?, is_parameter_file)
}

/// What is unknown for another reason: the end of the template's directory, how the reason begins, and the cause.
const EXPLAINED: [(&str, &str, &str); 6] = [
    ("/Samples/Invalid", "fails: there is no parameter", "a template that is invalid, and meant to be"),
    (
        "/compute/disk-encryption-set",
        "fails: null has no property",
        "an optional parameter without which the template fails for the service too",
    ),
    (
        "/compute/disk-encryption-set",
        "fails: split() wants a string",
        "an optional parameter without which the template fails for the service too",
    ),
    (
        "/dev-center/devcenter/gallery",
        "fails: guid() wants strings",
        "a condition that compares with an empty text lets null through, which fails for the service too",
    ),
    ("/cdn/profile/endpoint", "a bound: it has more alternatives", "more than 128 combinations of inputs"),
    ("/ai-ml/ai-foundry", "a bound: it has more alternatives", "more than 128 combinations of inputs"),
];

/// Functions that the service answers when it deploys.
const AT_RUN_TIME: [&str; 12] = [
    "deployer",
    "deployment",
    "environment",
    "managementgroup",
    "newguid",
    "reference",
    "references",
    "resourcegroup",
    "resourceinfo",
    "subscription",
    "tenant",
    "utcnow",
];

/// The class of a reason, and whether it is one that a static reader cannot help. `parameters` are those of the
/// template, in lower case.
fn class(reason: &Reason, parameters: &BTreeSet<String>) -> (String, bool) {
    let head = |text: &str| text.split(['(', '\'']).next().unwrap_or_default().to_lowercase();
    match reason {
        Reason::NoValue(name) => {
            ("a parameter without a value".into(), parameters.contains(&name.to_lowercase()))
        }
        Reason::RunTime(what) => {
            let head = head(what);
            let known = AT_RUN_TIME.contains(&&*head) || head.starts_with("list");
            (format!("at run time: {head}()"), known)
        }
        Reason::Secret => ("a secret".into(), true),
        Reason::Placeholder(_) => ("a placeholder, which stands for a run-time input".into(), true),
        Reason::Absent(what) => (format!("not on disk: {what}"), true),
        Reason::Unsupported(what) | Reason::Unclear(what) => (format!("not evaluated: {what}"), false),
        Reason::Failed(what) => (format!("fails: {what}"), false),
        Reason::Bound(what) => (format!("a bound: {what}"), false),
    }
}

#[derive(Default)]
struct Table {
    states: BTreeMap<State, usize>,
    reasons: BTreeMap<String, usize>,
    failures: BTreeMap<String, (usize, String)>,
    problems: BTreeMap<String, usize>,
    explained: BTreeMap<&'static str, usize>,
    unexplained: BTreeMap<String, (usize, String)>,
    written: usize,
    written_known: usize,
    runs: usize,
}

impl Table {
    fn add(&mut self, path: &str, text: &str, outcomes: &[Outcome], problems: &[String]) {
        self.runs += 1;
        let json = json::parse(FileId(0), text).0.unwrap();
        let parameters: BTreeSet<String> = json
            .get_ignore_case("parameters")
            .map(data::Node::members)
            .unwrap_or_default()
            .iter()
            .map(|member| member.key.text.to_lowercase())
            .collect();
        let mut worst: BTreeMap<_, State> = BTreeMap::new();
        for outcome in outcomes {
            *self.states.entry(outcome.state).or_default() += 1;
            let state = worst.entry((outcome.span.start, outcome.span.end)).or_insert(outcome.state);
            *state = (*state).max(outcome.state);
            let place = || {
                let source = text.get(outcome.span.start as usize..outcome.span.end as usize);
                format!("{path}: {}", source.unwrap_or("").chars().take(300).collect::<String>())
            };
            let classes: BTreeSet<(String, bool)> =
                outcome.reasons.iter().map(|reason| class(reason, &parameters)).collect();
            for (class, expected) in classes {
                if !expected {
                    let dir = path.trim_end_matches("/main.json");
                    let known = EXPLAINED.iter().find(|row| dir.ends_with(row.0) && class.starts_with(row.1));
                    match known {
                        Some((_, _, cause)) => *self.explained.entry(cause).or_default() += 1,
                        None => self.unexplained.entry(class.clone()).or_insert_with(|| (0, place())).0 += 1,
                    }
                }
                *self.reasons.entry(class).or_default() += 1;
            }
            for message in &outcome.failures {
                self.failures.entry(message.to_string()).or_insert_with(|| (0, place())).0 += 1;
            }
        }
        self.written += worst.len();
        self.written_known += worst.values().filter(|state| **state <= State::Several).count();
        for problem in problems {
            *self.problems.entry(problem.clone()).or_default() += 1;
        }
    }

    fn print(&self, title: &str) {
        let all: usize = self.states.values().sum();
        println!("\n{title}: {} evaluations of templates, {all} of expressions", self.runs);
        let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
        for (state, count) in &self.states {
            println!("  {count:>8} {:>5.1} %  {state:?}", share(*count, all));
        }
        println!(
            "  as written: {} expressions, {} ({:.1} %) known or several every time",
            self.written,
            self.written_known,
            share(self.written_known, self.written)
        );
        let mut reasons: Vec<_> = self.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (reason, count) in reasons.iter().take(60) {
            println!("  {count:>8}  {reason}");
        }
        println!("  of these, with another cause:");
        for (cause, count) in &self.explained {
            println!("  {count:>8}  {cause}");
        }
        for (class, (count, place)) in &self.unexplained {
            println!("  {count:>8}  NOT EXPLAINED: {class}\n            {place}");
        }
        println!("  fails in some worlds:");
        for (message, (count, place)) in &self.failures {
            println!("  {count:>8}  {message}\n            {place}");
        }
        println!("  problems:");
        for (problem, count) in &self.problems {
            println!("  {count:>8}  {problem}");
        }
    }
}

#[test]
#[ignore = "needs a corpus: see the head of this file"]
fn every_expression_of_the_corpus_is_evaluated() {
    let corpus = std::env::var("AKSLINT_ARM_CORPUS").expect("AKSLINT_ARM_CORPUS names directories");
    let parameters = std::env::var("AKSLINT_ARM_PARAMETERS").ok();
    let work = move || {
        let (mut alone, mut supplied) = (Table::default(), Table::default());
        for root in corpus.split(':').map(Path::new) {
            let mut found = Vec::new();
            templates(root, &mut found);
            println!("{}: {} files", root.display(), found.len());
            for path in found {
                let Some(Document::Template(template)) = document(&path, false) else { continue };
                let text = fs::read_to_string(&path).unwrap();
                let name = path.display().to_string();
                let input = Input { path: &name, template: &template, parameter_files: Vec::new() };
                let messages = |resolved: akslint::resolve::arm::Resolved| -> Vec<String> {
                    resolved.problems.into_iter().map(|problem| problem.message).collect()
                };
                let (resolved, outcomes) = survey(&input, None);
                alone.add(&name, &text, &outcomes, &messages(resolved));
                let beside = path.strip_prefix(root).unwrap().parent().unwrap();
                let Some(dir) = parameters.as_ref().map(|dir| Path::new(dir).join(beside)) else { continue };
                let mut files: Vec<PathBuf> =
                    fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
                files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
                files.sort();
                for file in files {
                    let Some(Document::Parameters(values)) = document(&file, true) else { continue };
                    let (resolved, outcomes) = survey(&input, Some(("parameters", &values)));
                    supplied.add(&name, &text, &outcomes, &messages(resolved));
                }
            }
        }
        alone.print("without parameters");
        supplied.print("with the parameters supplied");
        let unknown_functions = |table: &Table| {
            table
                .problems
                .keys()
                .filter(|p| p.contains("there is no function") || p.contains("is not evaluated"))
                .count()
        };
        assert_eq!(unknown_functions(&alone) + unknown_functions(&supplied), 0, "unknown functions");
        for table in [&alone, &supplied] {
            assert!(table.unexplained.is_empty(), "of no known cause: {:#?}", table.unexplained);
        }
        let mut causes = EXPLAINED.iter().map(|row| row.2);
        let used =
            |cause: &str| alone.explained.contains_key(cause) || supplied.explained.contains_key(cause);
        assert!(parameters.is_none() || causes.all(used), "some of the causes do not occur any more");
        assert!(alone.runs > 0, "the corpus holds no template");
    };
    // The stack that the program itself gives its threads.
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}

/// A field's value as text, lists joined; `None` if it is not known.
fn text_of(value: &Value) -> Option<String> {
    match value.single()? {
        Node::String(text) => Some(text.to_string()),
        Node::Number(number) => Some(number.to_string()),
        Node::Bool(value) => Some(value.to_string()),
        Node::List(list) if list.open.is_none() => {
            list.items.iter().map(text_of).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        Node::Map(map) if map.open.is_none() => {
            let entries = map.entries.iter().map(|(key, value)| Some(format!("{key}={}", text_of(value)?)));
            entries.collect::<Option<Vec<_>>>().map(|entries| entries.join(","))
        }
        _ => None,
    }
}

fn text_of_json(node: &data::Node) -> String {
    match &node.kind {
        data::NodeKind::Null => String::new(),
        data::NodeKind::Bool(value) => value.to_string(),
        data::NodeKind::Number(written) => written.to_string(),
        data::NodeKind::String(text) => text.to_string(),
        data::NodeKind::Array(items) => items.iter().map(text_of_json).collect::<Vec<_>>().join(","),
        data::NodeKind::Object(members) => {
            let mut entries: Vec<String> =
                members.iter().map(|m| format!("{}={}", m.key.text, text_of_json(&m.value))).collect();
            entries.sort();
            entries.join(",")
        }
    }
}

/// Every field that a test of the module gives a pool comes out of the compiled template: with the value that
/// was given, or unknown where a placeholder was.
#[test]
#[ignore = "needs a corpus and parameter files: see the head of this file"]
fn every_field_of_the_managed_cluster_modules_pools_comes_out() {
    let corpus = std::env::var("AKSLINT_ARM_CORPUS").expect("AKSLINT_ARM_CORPUS names directories");
    let parameters =
        std::env::var("AKSLINT_ARM_PARAMETERS").expect("AKSLINT_ARM_PARAMETERS names a directory");
    let work = move || {
        let module = "avm/res/container-service/managed-cluster";
        let root = corpus.split(':').map(|root| Path::new(root).join(module).join("main.json"));
        let path = root.into_iter().find(|path| path.is_file()).expect("the module is in the corpus");
        let Some(Document::Template(template)) = document(&path, false) else { panic!("no template") };
        let (mut fields, mut unknown, mut files, mut pools) = (0, 0, 0, 0);
        let mut entries: Vec<PathBuf> =
            fs::read_dir(Path::new(&parameters).join(module)).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for file in entries {
            files += 1;
            let Some(Document::Parameters(values)) = document(&file, true) else { panic!("no parameters") };
            let input =
                Input { path: "main.json", template: &template, parameter_files: vec![("p.json", &values)] };
            let mut resolved = resolve(&[input]);
            resolved.resources.retain(|resource| resource.scenario.is_some());
            let mut fleet = Fleet::default();
            akslint::adapt::arm::adapt(&resolved, &mut fleet);
            let json = json::parse(FileId(0), &fs::read_to_string(&file).unwrap()).0.unwrap();
            for list in ["primaryAgentPoolProfiles", "agentPools"] {
                let given = json.get("parameters").and_then(|p| p.get(list)?.get("value"));
                for pool in given.map(data::Node::items).unwrap_or_default() {
                    pools += 1;
                    let name = pool.get("name").map(text_of_json).expect("a name");
                    let have = fleet
                        .pools
                        .iter()
                        .find(|have| {
                            have.fields.get(&PoolField::Name).and_then(text_of).as_deref() == Some(&name)
                        })
                        .unwrap_or_else(|| panic!("{}: no pool {name}", file.display()));
                    for member in pool.members() {
                        let wanted = member.key.text.to_lowercase().replace("resourceid", "id");
                        let field = PoolField::ALL
                            .iter()
                            .find(|(field, _)| field.name().replace('_', "") == wanted)
                            .map(|(field, _)| *field);
                        let (Some(field), wanted) = (field, text_of_json(&member.value)) else {
                            println!("not a field of the model: {}", member.key.text);
                            continue;
                        };
                        fields += 1;
                        let value = have.fields.get(&field);
                        let context = format!("{} {name} {}", file.display(), field.name());
                        if wanted.starts_with('<') || wanted.contains("__INTERPOLATED__") {
                            unknown += 1;
                            let value = value.unwrap_or_else(|| panic!("{context}: unset"));
                            assert!(matches!(value.single(), Some(Node::Unknown(_))), "{context}");
                        } else {
                            let have = value.and_then(text_of).unwrap_or_else(|| "not known".to_owned());
                            assert_eq!(have, wanted, "{context}");
                        }
                    }
                }
            }
        }
        println!(
            "{files} parameter files, {pools} pools, {fields} fields as given, {unknown} of them placeholders"
        );
        assert!(pools > 0);
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}

/// The functions that Microsoft's editor extension knows are known here, with no narrower number of arguments.
/// `AKSLINT_ARM_METADATA` names its `assets/ExpressionMetadata.json` (microsoft/vscode-azurearmtools).
#[test]
#[ignore = "needs the file: see the comment above"]
fn the_table_of_functions_covers_the_published_one() {
    let path = std::env::var("AKSLINT_ARM_METADATA").expect("AKSLINT_ARM_METADATA names a file");
    let json = json::parse(FileId(0), &fs::read_to_string(path).unwrap()).0.unwrap();
    let mut count = 0;
    for function in json.get("functionSignatures").expect("signatures").items() {
        let name = function.get("name").map(text_of_json).unwrap().to_lowercase();
        let number = |what| function.get(what).and_then(data::Node::as_i64);
        let least = number("minimumArguments").unwrap() as usize;
        let most = number("maximumArguments").map_or(usize::MAX, |most| most as usize);
        count += 1;
        match arity(&name) {
            Some((have_least, have_most)) => {
                assert!(have_least <= least && have_most >= most, "{name}: {have_least} to {have_most}");
            }
            // Operations of resource providers, which are many.
            None => assert!(name.starts_with("list"), "there is no {name}"),
        }
    }
    println!("{count} functions");
    assert!(count > 100);
}
