//! Every template of a corpus, all of it evaluated: no panic, no unknown function, and a table of what the
//! expressions came to.
//!
//! ```text
//! AKSLINT_ARM_CORPUS=DIR[:DIR…] cargo test --release --test arm_corpus -- --ignored --nocapture
//! ```
//!
//! Reads each `main.json` below the directories. `AKSLINT_ARM_PARAMETERS=DIR` adds parameter files: that of
//! `CORPUS/a/b/main.json` are all `DIR/a/b/*.json`. Expressions count as often as they are evaluated; the share
//! is also given for expressions as written, which are known if they were so every time. What is unknown has to
//! name an input that exists only at run time or a parameter without a value: reasons of any other kind are
//! listed with a place each.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use akslint::resolve::arm::{Document, Input, Outcome, State, survey};
use akslint::source::FileId;
use akslint::syntax::json;
use akslint::value::Reason;

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

/// The class of a reason, and whether it is one that a static reader cannot help.
fn class(reason: &Reason) -> (String, bool) {
    let head = |text: &str| text.split(['(', '\'']).next().unwrap_or_default().to_owned();
    match reason {
        Reason::NoValue(_) => ("a parameter without a value".into(), true),
        Reason::RunTime(what) => (format!("at run time: {}()", head(what)), true),
        Reason::Secret => ("a secret".into(), true),
        Reason::Placeholder(_) => ("a placeholder, which stands for a run-time input".into(), true),
        Reason::Absent(what) => (format!("not on disk: {what}"), true),
        Reason::Unsupported(what) => (format!("NOT EVALUATED: {what}"), false),
        Reason::Failed(what) => (format!("FAILED: {what}"), false),
        Reason::Bound(what) => (format!("BOUND: {what}"), false),
    }
}

#[derive(Default)]
struct Table {
    states: BTreeMap<State, usize>,
    reasons: BTreeMap<String, usize>,
    doubtful: BTreeMap<String, (usize, String)>,
    problems: BTreeMap<String, usize>,
    written: usize,
    written_known: usize,
    runs: usize,
}

impl Table {
    fn add(&mut self, path: &str, text: &str, outcomes: &[Outcome], problems: &[String]) {
        self.runs += 1;
        let mut worst: BTreeMap<_, State> = BTreeMap::new();
        for outcome in outcomes {
            *self.states.entry(outcome.state).or_default() += 1;
            let state = worst.entry((outcome.span.start, outcome.span.end)).or_insert(outcome.state);
            *state = (*state).max(outcome.state);
            let classes: BTreeSet<(String, bool)> = outcome.reasons.iter().map(class).collect();
            for (class, expected) in classes {
                if !expected {
                    let place = || {
                        let source = text.get(outcome.span.start as usize..outcome.span.end as usize);
                        format!("{path}: {}", source.unwrap_or("").chars().take(300).collect::<String>())
                    };
                    self.doubtful.entry(class.clone()).or_insert_with(|| (0, place())).0 += 1;
                }
                *self.reasons.entry(class).or_default() += 1;
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
        println!("  of these, what a static reader might help:");
        for (class, (count, place)) in &self.doubtful {
            println!("  {count:>8}  {class}\n            {place}");
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
        assert!(alone.runs > 0, "the corpus holds no template");
    };
    // The stack that the program itself gives its threads.
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}
