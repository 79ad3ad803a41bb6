//! Runs the examples on the pages of rules, each as a test of its own: `rule::fails::name`.
//!
//! `tests/support/page.rs` says how a page is written. An example below `## Fails` raises its rule and no other,
//! exactly at the annotated places; one below `## Passes` raises nothing. Both run on a fixed day, with what is
//! reported by default and the rule itself.
#![allow(clippy::print_stdout)] // It is a test harness: it prints its results.

#[path = "support/page.rs"]
mod page;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;

use akslint::config::{Config, Flags};
use akslint::diagnostic::{Diagnostic, Label};
use akslint::facts::Date;
use akslint::report::Options;
use akslint::rules::{self, Rule};
use akslint::source::Sources;
use page::{Example, Mark};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut filters: Vec<&str> = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            // Options of the standard harness that take a value; none of them matters here.
            "--test-threads" | "--format" | "--color" | "--logfile" | "--skip" | "-Z" => _ = rest.next(),
            option if option.starts_with('-') => {}
            filter => filters.push(filter),
        }
    }
    let exact = arguments.iter().any(|argument| argument == "--exact");
    let wanted = |name: &str| {
        filters.is_empty() || filters.iter().any(|f| if exact { name == *f } else { name.contains(f) })
    };
    let tests: Vec<Test> = tests();
    let (run, filtered): (Vec<&Test>, Vec<&Test>) = tests.iter().partition(|test| wanted(&test.name));
    if arguments.iter().any(|argument| argument == "--list") {
        run.iter().for_each(|test| println!("{}: test", test.name));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", run.len());
    let mut failures: Vec<(&str, String)> = Vec::new();
    for test in &run {
        let outcome = catch_unwind(AssertUnwindSafe(|| test.run()))
            .unwrap_or_else(|_| vec!["the run panicked; see above".to_owned()]);
        println!("test {} ... {}", test.name, if outcome.is_empty() { "ok" } else { "FAILED" });
        if !outcome.is_empty() {
            failures.push((&test.name, outcome.join("\n")));
        }
    }
    for (name, why) in &failures {
        println!("\n---- {name} ----\n{why}");
    }
    println!(
        "\ntest result: {}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out\n",
        if failures.is_empty() { "ok" } else { "FAILED" },
        run.len() - failures.len(),
        failures.len(),
        filtered.len()
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(101) }
}

struct Test {
    name: String,
    rule: &'static Rule,
    as_of: String,
    /// An example, or what is wrong with the page.
    example: Result<Example, String>,
}

fn tests() -> Vec<Test> {
    let mut tests = Vec::new();
    for rule in rules::ALL.iter().copied() {
        let page = page::parse(rule.page);
        let as_of = page.as_of.unwrap_or_else(|| page::DEFAULT_AS_OF.to_owned());
        let test = |name: String, example| Test { name, rule, as_of: as_of.clone(), example };
        let mut problems = page.problems;
        for section in ["Fails", "Passes"] {
            if !page.examples.iter().any(|example| example.section == section) {
                problems.push(format!("the page has no example below `## {section}`"));
            }
        }
        tests.extend(problems.into_iter().map(|problem| test(format!("{}::page", rule.id), Err(problem))));
        tests.extend(page.examples.into_iter().map(|example| {
            let name = format!("{}::{}::{}", rule.id, example.section.to_lowercase(), example.name);
            test(name.replace(' ', "_"), Ok(example))
        }));
    }
    tests
}

impl Test {
    /// What is wrong; nothing if the test passes.
    fn run(&self) -> Vec<String> {
        let example = match &self.example {
            Ok(example) => example,
            Err(problem) => return vec![problem.clone()],
        };
        let Some(as_of) = Date::parse(&self.as_of) else {
            return vec![format!("`as_of: {}` is no date", self.as_of)];
        };
        let files: Vec<(&str, &str)> =
            example.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let sources = Sources::in_memory(&files);
        let flags = Flags { select: vec![self.rule.id.to_owned()], ..Flags::default() };
        let options = Options { config: Arc::new(Config::of_flags(flags)), ..Options::on(as_of) };
        let report = akslint::lint(&sources, &options);
        let mut wrong: Vec<String> = report
            .unread
            .iter()
            .map(|unread| format!("{} is not read: {}", unread.path, unread.message))
            .collect();
        if report.fleet.pools.is_empty()
            && report.fleet.clusters.is_empty()
            && report.fleet.workloads.is_empty()
        {
            wrong.push("nothing in the example was resolved".to_owned());
        }
        let places = Places { sources: &sources };
        match example.section.as_str() {
            "Passes" => {
                wrong.extend(
                    report.diagnostics.iter().map(|found| format!("found {}", places.describe(found))),
                );
                wrong
                    .extend(example.marks.first().map(|_| "a passing example has no caret lines".to_owned()));
            }
            _ => self.fails(example, &report.diagnostics, &places, &mut wrong),
        }
        wrong
    }

    fn fails(&self, example: &Example, found: &[Diagnostic], places: &Places<'_>, wrong: &mut Vec<String>) {
        let (labels, primaries): (Vec<&Mark>, Vec<&Mark>) =
            example.marks.iter().partition(|mark| mark.role == "label");
        if primaries.is_empty() {
            wrong.push("no caret line says where the finding is".to_owned());
        }
        let is_at =
            |mark: &Mark, label: &Label| places.is_at(mark, label) && label.message.contains(&mark.text);
        let is_primary = |mark: &Mark, found: &Diagnostic| {
            found.severity.name() == mark.role && is_at(mark, &found.primary)
        };
        for mark in &primaries {
            if !found.iter().any(|found| found.rule == self.rule.id && is_primary(mark, found)) {
                wrong.push(format!(
                    "missing {}:{}:{} {}: {}",
                    mark.file, mark.line, mark.column, mark.role, mark.text
                ));
            }
        }
        for mark in labels {
            if !found.iter().any(|found| found.labels.iter().any(|label| is_at(mark, label))) {
                wrong.push(format!(
                    "missing {}:{}:{} label: {}",
                    mark.file, mark.line, mark.column, mark.text
                ));
            }
        }
        for found in found {
            if found.rule != self.rule.id || !primaries.iter().any(|mark| is_primary(mark, found)) {
                wrong.push(format!("unexpected {}", places.describe(found)));
            }
            wrong.extend(style(found));
        }
        if !wrong.is_empty() {
            wrong.extend(found.iter().map(|found| format!("found {}", places.describe(found))));
        }
    }
}

/// The house style of messages: a headline without a full stop, and sentences.
fn style(found: &Diagnostic) -> Vec<String> {
    let mut wrong = Vec::new();
    if found.message.ends_with('.') {
        wrong.push(format!("the headline ends with a full stop: {}", found.message));
    }
    for (part, text) in [("why", &found.why), ("fix", &found.fix)] {
        if !text.ends_with('.') || !text.starts_with(|c: char| c.is_uppercase()) {
            wrong.push(format!("`{part}` is no sentence: {text}"));
        }
    }
    for label in std::iter::once(&found.primary).chain(&found.labels) {
        if label.message.is_empty() || label.message.ends_with('.') {
            wrong.push(format!("a label is empty or ends with a full stop: {:?}", label.message));
        }
    }
    wrong
}

/// Spans as people count them.
struct Places<'a> {
    sources: &'a Sources,
}

impl Places<'_> {
    fn is_at(&self, mark: &Mark, label: &Label) -> bool {
        let (start, end) = self.sources.location(label.span);
        self.sources.display_path(label.span.file) == mark.file
            && (start.line, start.column) == (mark.line, mark.column)
            && (end.line, end.column) == (mark.line, mark.end_column)
    }

    fn describe(&self, found: &Diagnostic) -> String {
        let place = |label: &Label| {
            let (start, end) = self.sources.location(label.span);
            let path = self.sources.display_path(label.span.file);
            let (line, column, end) = (start.line, start.column, end.column);
            format!("{path}:{line}:{column}-{end}: {}", label.message)
        };
        let mut text =
            format!("{}[{}] {}\n    {}", found.severity, found.rule, found.message, place(&found.primary));
        for label in &found.labels {
            text.push_str(&format!("\n    label {}", place(label)));
        }
        text
    }
}
