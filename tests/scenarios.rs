//! Projects as teams write them, each in two versions: the healthy one prints nothing, the broken one exactly the
//! lines that its file demands. A file of `tests/scenarios/` holds a project: what it shows, the files behind
//! `-- path --` lines, and the broken version's concise output behind `-- expected --`,
//! each line followed by the finding's var files and assumptions. `«this|that»` is `this` in
//! the healthy version and `that` in the broken one.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use akslint::output::concise;

struct Scenario {
    files: Vec<(String, String)>,
    expected: String,
}

fn parse(text: &str) -> Scenario {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
            files.push((path.to_owned(), String::new()));
        } else if let Some((_, body)) = files.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    let (last, expected) = files.pop().unwrap();
    assert_eq!(last, "expected", "the expected output comes last");
    Scenario { files, expected }
}

/// The text with one side of each `«this|that»`.
fn version(text: &str, healthy: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('«') {
        let (choice, after) = after.split_once('»').unwrap();
        let (this, that) = choice.split_once('|').unwrap();
        out.push_str(before);
        out.push_str(if healthy { this } else { that });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn output(scenario: &Scenario, healthy: bool) -> String {
    let texts: Vec<(&str, String)> =
        scenario.files.iter().map(|(path, text)| (path.as_str(), version(text, healthy))).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (sources, report) = common::lint(&texts);
    let azapi = texts.iter().any(|(_, text)| text.contains("azapi_resource"));
    let mut out = String::new();
    for (line, diagnostic) in concise::render(&report, &sources).lines().zip(&report.diagnostics) {
        out.push_str(&format!("{line}\n"));
        for scenario in &diagnostic.scenarios {
            out.push_str(&format!("  with {scenario}\n"));
        }
        for assumption in &diagnostic.assumptions {
            out.push_str(&format!("  only when {assumption}\n"));
        }
        // Of the writers here, azapi alone can send the header.
        assert!(azapi || !diagnostic.fix.contains("send the header"), "{}", diagnostic.fix);
    }
    out
}

#[test]
fn every_project_is_silent_when_healthy_and_says_what_is_wrong_when_broken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut failures = String::new();
    for path in &paths {
        let name = path.file_stem().unwrap().to_string_lossy();
        let scenario = parse(&fs::read_to_string(path).unwrap());
        for (healthy, expected) in [(true, ""), (false, scenario.expected.as_str())] {
            let printed = output(&scenario, healthy);
            if printed != expected {
                failures.push_str(&format!("{name}, healthy: {healthy}\n{printed}instead of\n{expected}\n"));
            }
        }
    }
    assert!(paths.len() > 20 && failures.is_empty(), "{failures}");
}

#[test]
fn a_choice_gives_each_version_its_side() {
    assert_eq!(version("a «b|c» d «|e»", true), "a b d ");
    assert_eq!(version("a «b|c» d «|e»", false), "a c d e");
}
