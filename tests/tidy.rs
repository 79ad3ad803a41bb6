//! The order of the house: folders and lists agree, files have a bearable length, and nothing in the program
//! panics on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/page.rs"]
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use akslint::rules::{self, Rule, file_stem};

/// Files of the rules folder that are no rules.
const HELPERS: &[&str] = &["mod", "common", "testing"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The stems of the files in `rules/` with an ending.
fn stems(extension: &str) -> BTreeSet<String> {
    fs::read_dir(root().join("rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|have| have == extension))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|stem| !HELPERS.contains(&stem.as_str()))
        .collect()
}

#[test]
fn a_capital_after_something_else_and_the_last_of_several_begin_a_word() {
    for (id, file) in [
        ("Windows2019NotSupportedWithGen2VM", "windows2019_not_supported_with_gen2_vm"),
        ("RetiredVMSize", "retired_vm_size"),
        ("K8sVersionLtsOnly", "k8s_version_lts_only"),
        ("UnsupportedGen2VMSize", "unsupported_gen2_vm_size"),
    ] {
        assert_eq!(file_stem(id), file);
    }
}

#[test]
fn every_rule_has_a_file_a_page_a_module_line_and_an_entry_in_alphabetical_order() {
    let entries: Vec<String> = rules::ALL.iter().map(|rule| file_stem(rule.id)).collect();
    assert!(entries.is_sorted(), "rules::ALL is not in alphabetical order: {entries:#?}");
    let listed: BTreeSet<String> = entries.iter().cloned().collect();
    assert_eq!(listed.len(), entries.len(), "two rules have one id");
    assert_eq!(stems("rs"), listed, "the .rs files of rules/ and rules::ALL differ");
    assert_eq!(stems("md"), listed, "the .md files of rules/ and rules::ALL differ");

    let text = fs::read_to_string(root().join("rules/mod.rs")).unwrap();
    let modules: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or(line.strip_prefix("mod ")))
        .filter_map(|line| line.strip_suffix(';'))
        .filter(|name| !HELPERS.contains(name))
        .collect();
    assert_eq!(modules, entries, "the mod lines of rules/mod.rs and rules::ALL differ");
}

#[test]
fn the_texts_of_a_rule_are_complete() {
    for rule in rules::ALL {
        let id = rule.id;
        assert!(id.starts_with(|c: char| c.is_ascii_uppercase()), "{id} is not PascalCase");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id} is not PascalCase");
        assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "the summary of {id}");
        assert!(rule.url.is_none_or(|url| url.starts_with("https://")), "the address of {id}");
        assert!(!rule.checks.is_empty(), "{id} checks nothing");
        assert!(fs::read_to_string(page_path(rule)).unwrap() == rule.page, "{id} includes another page");
    }
}

#[test]
fn a_rule_outranks_only_rules_that_are_there_and_none_that_outranks_it() {
    for rule in rules::ALL {
        for lesser in rule.outranks {
            let lesser = rules::ALL.iter().find(|other| other.id == *lesser);
            let lesser = lesser.unwrap_or_else(|| panic!("{} outranks an unknown rule", rule.id));
            assert!(!lesser.outranks.contains(&rule.id), "{} and {} outrank each other", rule.id, lesser.id);
        }
    }
}

#[test]
fn every_page_has_its_title_and_its_sections() {
    for rule in rules::ALL {
        let page = page::parse(rule.page);
        assert_eq!(page.title, rule.id);
        assert_eq!(page.problems, Vec::<String>::new(), "{}", rule.id);
        assert!(!page.what.is_empty(), "{} does not say what it is about", rule.id);
        let needed = ["Why", "How to fix", "Fails", "Passes"];
        let sections: Vec<&str> =
            page.sections.iter().map(String::as_str).filter(|section| needed.contains(section)).collect();
        assert_eq!(sections, needed, "{}", rule.id);
        assert!(page.as_of.unwrap_or_else(|| page::DEFAULT_AS_OF.to_owned()).len() == 10, "{}", rule.id);
        for section in ["Fails", "Passes"] {
            let names: Vec<_> =
                page.examples.iter().filter(|e| e.section == section).map(|e| &e.name).collect();
            assert!(!names.is_empty(), "{} has no example below {section}", rule.id);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{}: {names:?}", rule.id);
        }
    }
}

#[test]
fn a_caret_line_is_taken_out_and_counts_code_points() {
    let page = page::parse(
        "# X\n\n## Fails\n\n`a.json`:\n\n```json\n{\n  \"ä\": \"b\",\n  //   ^^^ error: what: it is\n  ^^^ label: key\n}\n```\n",
    );
    let example = &page.examples[0];
    assert_eq!(example.files, [("a.json".to_owned(), "{\n  \"ä\": \"b\",\n}\n".to_owned())]);
    let marks: Vec<_> =
        example.marks.iter().map(|m| (m.line, m.column, m.end_column, m.role.as_str())).collect();
    assert_eq!(marks, [(2, 8, 11, "error"), (2, 3, 6, "label")]);
    assert_eq!(example.marks[0].text, "what: it is");
}

#[test]
fn no_source_file_has_more_than_a_thousand_lines() {
    for path in sources(&["src", "rules", "tests"]) {
        // Tables may be as long as the world is.
        if path.starts_with(root().join("src/facts/generated")) {
            continue;
        }
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 1_000, "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_program_never_unwraps() {
    let mut found = Vec::new();
    for path in sources(&["src", "rules"]) {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let in_tests =
            path.strip_prefix(root()).unwrap().components().any(|part| part.as_os_str() == "tests");
        if in_tests || stem == "tests" || stem.ends_with("_tests") || stem == "testing" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        // Unit tests are the last thing in a file.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(&text);
        for (number, line) in code.lines().enumerate() {
            let line = line.trim_start();
            if !line.starts_with("//") && (line.contains(".unwrap()") || line.contains(".expect(")) {
                found.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

fn page_path(rule: &Rule) -> PathBuf {
    root().join("rules").join(format!("{}.md", file_stem(rule.id)))
}

/// The Rust files below some folders, sorted.
fn sources(folders: &[&str]) -> Vec<PathBuf> {
    let mut pending: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
