//! The parser of Bicep against real files. `AKSLINT_BICEP_MODULES` names a checkout of
//! Azure/bicep-registry-modules, `AKSLINT_BICEP` one of Azure/bicep; without them the tests say that they did
//! not run. With `AKSLINT_VERBOSE=1` every difference is listed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use akslint::source::{FileId, LineIndex};
use akslint::syntax::bicep::{self, Dialect, Program};

/// The codes of diagnostics that Bicep's lexer and parser give, and nothing else gives.
const SYNTAX_CODES: &[u32] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 64, 68, 87, 96, 97,
    103, 117, 118, 123, 133, 136, 140, 162, 167, 201, 202, 226, 236, 237, 238, 243, 249, 257, 266, 279, 300,
    305, 317, 322, 325, 337, 344, 346, 347, 354, 355, 356, 375, 404, 436,
];

fn corpus(variable: &str) -> Option<PathBuf> {
    let dir = std::env::var_os(variable).map(PathBuf::from).filter(|dir| dir.is_dir());
    if dir.is_none() {
        eprintln!("not run: {variable} names no folder");
    }
    dir
}

fn files(dir: &Path, matches: &dyn Fn(&str) -> bool, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            files(&path, matches, into);
        } else if path.file_name().is_some_and(|name| matches(&name.to_string_lossy())) {
            into.push(path);
        }
    }
}

fn parse(path: &Path, text: &str) -> Program {
    let parameters = path.extension().is_some_and(|extension| extension == "bicepparam");
    bicep::parse(FileId(0), text, if parameters { Dialect::Parameters } else { Dialect::Template })
}

/// The lines of the errors, from 0. A baseline shows an error over several lines below the last of them, so
/// that is taken for such an error if the baseline has one there and none on the first.
fn error_lines(program: &Program, text: &str, theirs: &BTreeSet<usize>) -> BTreeSet<usize> {
    let index = LineIndex::new(text);
    let line = |offset: u32| index.line_column(text, offset).line as usize - 1;
    let place = |start: usize, end: usize| {
        if theirs.contains(&end) && !theirs.contains(&start) { end } else { start }
    };
    program.errors.iter().map(|error| place(line(error.span.start), line(error.span.end))).collect()
}

#[test]
fn every_registry_module_parses_without_an_error() {
    let Some(root) = corpus("AKSLINT_BICEP_MODULES") else { return };
    let mut paths = Vec::new();
    files(&root, &|name| name.ends_with(".bicep") || name.ends_with(".bicepparam"), &mut paths);
    assert!(paths.len() > 1000, "only {} files", paths.len());
    let mut wrong = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        let program = parse(path, &text);
        if let Some(error) = program.errors.first() {
            let place = LineIndex::new(&text).line_column(&text, error.span.start);
            wrong.push(format!("{}:{}: {}", path.display(), place.line, error.message));
        }
    }
    eprintln!("{} files, {} with an error", paths.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_stand_on_the_lines_where_bicep_reports_them() {
    let Some(root) = corpus("AKSLINT_BICEP") else { return };
    let verbose = std::env::var("AKSLINT_VERBOSE").is_ok_and(|value| value == "1");
    let mut paths = Vec::new();
    let samples = root.join("src/Bicep.Core.Samples/Files");
    files(&samples, &|name| name.contains(".diagnostics.bicep"), &mut paths);
    assert!(paths.len() > 60, "only {} baselines", paths.len());
    let (mut valid, mut valid_wrong) = (0, Vec::new());
    let (mut both, mut ours_only, mut theirs_only) = (0, Vec::new(), Vec::new());
    for annotated in &paths {
        let path = PathBuf::from(annotated.to_string_lossy().replace(".diagnostics.", "."));
        let text = fs::read_to_string(&path).unwrap();
        let theirs = reported_lines(&fs::read_to_string(annotated).unwrap());
        let program = parse(&path, &text);
        let ours = error_lines(&program, &text, &theirs);
        let show = |line: &usize| {
            let written = text.lines().nth(*line).unwrap_or("").trim();
            format!("{}:{}: {written}", path.strip_prefix(&samples).unwrap().display(), line + 1)
        };
        if theirs.is_empty() {
            valid += 1;
            valid_wrong.extend(ours.iter().map(show));
            continue;
        }
        both += ours.intersection(&theirs).count();
        ours_only.extend(ours.difference(&theirs).map(show));
        theirs_only.extend(theirs.difference(&ours).map(show));
    }
    eprintln!(
        "{valid} baselines without syntax errors, of which we reject {}; in the others {both} lines in common, \
         {} only here, {} only there",
        valid_wrong.len(),
        ours_only.len(),
        theirs_only.len()
    );
    if verbose {
        eprintln!("only here:\n{}\nonly there:\n{}", ours_only.join("\n"), theirs_only.join("\n"));
    }
    assert!(valid_wrong.is_empty(), "{}", valid_wrong.join("\n"));
    let differences = ours_only.len() + theirs_only.len();
    assert!(differences * 100 <= both, "more than one line in a hundred differs");
}

/// The lines, from 0, for which a baseline shows an error of the syntax: its comments stand below their line.
fn reported_lines(annotated: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    let mut line = 0;
    for text in annotated.lines() {
        let Some(note) = text.strip_prefix("//@[") else {
            line += 1;
            continue;
        };
        let code = note.split_once("[BCP").and_then(|(_, rest)| rest.get(..3)?.parse().ok());
        if code.is_some_and(|code: u32| SYNTAX_CODES.contains(&code)) && note.contains("(Error)") {
            lines.insert(line - 1);
        }
    }
    lines
}
