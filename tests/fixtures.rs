//! The projects in `fixtures/`, each linted from disk as a project of its own. `expected.txt` beside the files is
//! the concise output on the day of the facts; it is empty where nothing is wrong.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use akslint::facts::Date;
use akslint::output::concise;
use akslint::report::{Options, Report};
use akslint::source::{DiscoverOptions, Sources};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn lint(folder: &Path) -> (Sources, Report) {
    let mut options = DiscoverOptions::new(vec![folder.to_path_buf()]);
    options.project = folder.to_path_buf();
    let sources = Sources::discover(&options).unwrap().sources;
    let report = akslint::lint(&sources, &Options::on(Date::parse("2026-11-20").unwrap()));
    (sources, report)
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(below)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

#[test]
fn every_fixture_prints_what_it_expects() {
    let parity = root().join("parity");
    let mut projects: Vec<PathBuf> = folders(&root());
    projects.retain(|folder| *folder != parity);
    projects.extend(folders(&parity));
    for folder in &projects {
        let (sources, report) = lint(folder);
        let prefix = format!("fixtures/{}/", folder.strip_prefix(root()).unwrap().display());
        let printed = concise::render(&report, &sources).replace(&prefix, "");
        let path = folder.join("expected.txt");
        let expected = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
        assert_eq!(printed, expected, "{}", folder.display());
        assert!(!report.fleet.pools.is_empty(), "{} has no pool", folder.display());
    }
}

/// One cluster with the same defects in every notation: a format that cannot say what the others say shows here.
#[test]
fn the_same_cluster_raises_the_same_rules_for_the_same_pools_in_every_notation() {
    let mut by_notation: BTreeMap<String, BTreeSet<(String, String, String)>> = BTreeMap::new();
    for folder in folders(&root().join("parity")) {
        let (_, report) = lint(&folder);
        let mut found = BTreeSet::new();
        for diagnostic in &report.diagnostics {
            let severity = diagnostic.severity.to_string();
            let mut names: Vec<String> = diagnostic.pools.iter().map(|pool| pool.name.clone()).collect();
            if names.is_empty() {
                names.push("the cluster".to_owned());
            }
            for name in names {
                found.insert((diagnostic.rule.to_owned(), severity.clone(), name));
            }
        }
        by_notation.insert(folder.file_name().unwrap().to_string_lossy().into_owned(), found);
    }
    let names: Vec<&str> = by_notation.keys().map(String::as_str).collect();
    assert_eq!(names, ["arm", "arm-nested", "azapi", "azurerm", "bicep"]);
    let first = &by_notation["arm"];
    assert!(first.iter().map(|(rule, _, _)| rule).collect::<BTreeSet<_>>().len() >= 7, "{first:#?}");
    for (notation, found) in &by_notation {
        assert_eq!(found, first, "{notation}");
    }
}
