//! Clusters and pools of Bicep against those of what its compiler wrote: the same resources, leaf by leaf.
//! `AKSLINT_BICEP_MODULES` names a checkout of Azure/bicep-registry-modules, or any folder with files of
//! Bicep beside their compiled forms; without it the test says that it did not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use akslint::model::Fleet;
use akslint::resolve::arm::{self, Input};
use akslint::resolve::{Resource, bicep};
use akslint::source::{DiscoverOptions, Sources};
use akslint::syntax::json;
use akslint::value::{Node, Value};

/// Files of Bicep with a compiled form beside them.
fn twins(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            twins(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "bicep")
            && path.with_extension("json").is_file()
        {
            into.push(path);
        }
    }
}

/// Every leaf of a value by its path; `*` stands for an unknown one.
fn leaves(value: &Value, path: &str, out: &mut BTreeMap<String, Vec<String>>) {
    for alternative in value.alternatives() {
        let leaf = match &alternative.node {
            Node::Unknown(_) => "*".to_owned(),
            Node::List(list) => {
                for (index, item) in list.items.iter().enumerate() {
                    leaves(item, &format!("{path}/{index}"), out);
                }
                format!("{} items", list.items.len())
            }
            Node::Map(map) => {
                for (name, value) in &map.entries {
                    leaves(value, &format!("{path}/{name}"), out);
                }
                "object".to_owned()
            }
            node => format!("{:?}", node.scalar()),
        };
        out.entry(path.to_owned()).or_default().push(leaf);
    }
}

fn leaves_of(resources: &[Resource]) -> BTreeMap<String, Vec<String>> {
    let mut out = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        leaves(&resource.body, &format!("{index} {}", resource.kind), &mut out);
    }
    out.values_mut().for_each(|leaves| leaves.sort());
    out
}

/// The same of the fields that the model has.
fn fields_of(resolved: &arm::Resolved) -> BTreeMap<String, Vec<String>> {
    let mut fleet = Fleet::default();
    akslint::adapt::arm::adapt(resolved, &mut fleet);
    let mut out = BTreeMap::new();
    for (index, cluster) in fleet.clusters.iter().enumerate() {
        for (field, value) in &cluster.fields {
            leaves(value, &format!("cluster {index} {field:?}"), &mut out);
        }
    }
    for (index, pool) in fleet.pools.iter().enumerate() {
        for (field, value) in &pool.fields {
            leaves(value, &format!("pool {index} {field:?}"), &mut out);
        }
    }
    out.values_mut().for_each(|leaves| leaves.sort());
    out
}

#[test]
fn pools_are_those_of_the_compiled_twin() {
    let Some(root) = std::env::var_os("AKSLINT_BICEP_MODULES").map(PathBuf::from).filter(|dir| dir.is_dir())
    else {
        eprintln!("not run: AKSLINT_BICEP_MODULES names no folder");
        return;
    };
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.clone()])).unwrap().sources;
    let mut paths = Vec::new();
    twins(&root, &mut paths);
    let (mut files, mut resources, mut same, mut all, mut known) = (0, 0, 0, 0, 0);
    let (mut incomplete, mut wrong) = (0, Vec::new());
    for path in paths {
        let json = sources.load(&path.with_extension("json")).unwrap();
        let text = sources.text(json).unwrap();
        if !text.contains("Microsoft.ContainerService/managedClusters") {
            continue;
        }
        let Some(theirs) = json::parse(json, &text).0 else { continue };
        let Some(arm::Document::Template(theirs)) = arm::Document::of_json(theirs, false) else { continue };
        let ours = bicep::lower(&sources, sources.load(&path).unwrap()).unwrap();
        if !ours.unread.is_empty() {
            incomplete += 1;
            continue;
        }
        let resolve =
            |template| arm::resolve(&[Input { path: "main", template, parameter_files: Vec::new() }]);
        let in_tables = !ours.sites.is_empty();
        let (ours, theirs) = (resolve(&ours.template), resolve(&theirs));
        files += 1;
        resources += theirs.resources.len();
        // A table that stands for a module of a registry has what the model has, and no more.
        let (ours, theirs) = match in_tables {
            true => (fields_of(&ours), fields_of(&theirs)),
            false => (leaves_of(&ours.resources), leaves_of(&theirs.resources)),
        };
        let place = path.strip_prefix(&root).unwrap().display();
        for (leaf, values) in &theirs {
            all += 1;
            known += usize::from(!values.contains(&"*".to_owned()));
            match ours.get(leaf) {
                Some(own) if own == values => same += 1,
                own => wrong.push(format!("{place} {leaf}: {own:?}, not {values:?}")),
            }
        }
        let more = ours.keys().filter(|leaf| !theirs.contains_key(*leaf));
        wrong.extend(more.map(|leaf| format!("{place} {leaf}: only here")));
    }
    eprintln!(
        "{files} files with {resources} clusters and pools; of {all} leaves {same} the same ({known} known); \
         {incomplete} files call modules that are not read\n{}",
        wrong.join("\n")
    );
    assert!(wrong.len() * 100 <= all, "more than one leaf in a hundred differs");
}

/// How often expressions came to what, all of a template evaluated.
fn states(template: &arm::tree::Node) -> BTreeMap<String, usize> {
    let input = Input { path: "main", template, parameter_files: Vec::new() };
    let mut states = BTreeMap::new();
    for outcome in arm::survey(&input, None).1 {
        *states.entry(format!("{:?}", outcome.state)).or_insert(0) += 1;
    }
    states
}

#[test]
fn expressions_come_to_the_same_as_those_of_the_compiled_twin() {
    let Some(root) = std::env::var_os("AKSLINT_BICEP_MODULES").map(PathBuf::from).filter(|dir| dir.is_dir())
    else {
        eprintln!("not run: AKSLINT_BICEP_MODULES names no folder");
        return;
    };
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.clone()])).unwrap().sources;
    let mut paths = Vec::new();
    twins(&root, &mut paths);
    let (mut files, mut all, mut differing, mut wrong) = (0, 0, 0, Vec::new());
    for path in paths {
        let json = sources.load(&path.with_extension("json")).unwrap();
        let Some(theirs) = json::parse(json, &sources.text(json).unwrap()).0 else { continue };
        let Some(arm::Document::Template(theirs)) = arm::Document::of_json(theirs, false) else { continue };
        let ours = bicep::lower(&sources, sources.load(&path).unwrap()).unwrap();
        // What a registry has is in the compiled form only.
        if !(ours.unread.is_empty() && ours.other_services.is_empty() && ours.sites.is_empty()) {
            continue;
        }
        files += 1;
        let (ours, theirs) = (states(&ours.template), states(&theirs));
        all += theirs.values().sum::<usize>();
        let keys = ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>();
        let count = |of: &BTreeMap<String, usize>, key: &String| of.get(key).copied().unwrap_or(0);
        let apart: usize = keys.iter().map(|key| count(&ours, key).abs_diff(count(&theirs, key))).sum();
        if apart > 0 {
            differing += apart;
            let place = path.strip_prefix(&root).unwrap().display();
            wrong.push(format!("{place}: {ours:?}, not {theirs:?}"));
        }
    }
    eprintln!(
        "{files} templates with all their modules, {} of them apart; {all} evaluations, {differing} apart\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Compiled forms that are older than their files, and types that only Azure's definitions tell.
    assert!(wrong.len() * 100 <= files, "more than one template in a hundred differs");
}
