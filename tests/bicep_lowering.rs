//! Lowered Bicep against what its compiler wrote. `AKSLINT_BICEP_MODULES` names a checkout of
//! Azure/bicep-registry-modules, `AKSLINT_BICEP` one of Azure/bicep; without them the tests say that they did
//! not run. With `AKSLINT_VERBOSE=1` every difference is listed.
//!
//! What is left over Azure/bicep-registry-modules (89 of 42,785 expressions):
//!
//! - 60 since only the compiler has read the modules of registries: an output that is a secret is asked for by
//!   `listOutputsWithSecureValues`, and a template that calls a module with such outputs has symbolic names
//!   (`sa/content-processing`, `app/container-job-toolkit`, `dev-ops/cicd-agents-and-runners`,
//!   `sa/document-knowledge-mining`);
//! - 2 in the letter case of a type, which the compiler takes from Azure's definitions (`insights/component`);
//! - 27 in compiled forms that are older than their Bicep (`api-center/service/tests/e2e/max`,
//!   `azure-stack-hci/*`, `compute/virtual-machine`, `network/private-dns-zone`).
//!
//! Of 16,609 types of parameters, and whether they may be null, 9 are other ones: `resourceInput<…>` of a secret,
//! of which only Azure's definitions tell that it is an object. 1,143 are not told, for that reason or because they
//! are imported from a registry.
//!
//! Every compiled form beside its file is walked together with the template that is lowered from the latter.
//! Compared at the same place are the expressions, as trees, and all other values. Left out are what only
//! readers look at (`metadata`), what types say (`definitions` and the like: a type has no expressions),
//! `dependsOn`, which says nothing that the expressions do not say, and templates of modules that lie in a
//! registry. Of types those of parameters are compared, by their names. Resources in a list are found by their
//! types and names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use akslint::resolve::arm::tree::{self, Expression, Member, Node, NodeKind};
use akslint::resolve::bicep;
use akslint::source::{DiscoverOptions, FileId, Sources};
use akslint::syntax::json;

#[derive(Default)]
struct Tally {
    templates: usize,
    expressions: usize,
    equal: usize,
    /// Other values: texts, numbers, and whether a member is there.
    values: usize,
    equal_values: usize,
    in_registry: usize,
    /// The files that stand for modules of a registry: tables of our own, which have what decides a pool.
    tables: BTreeSet<FileId>,
    /// Differences of expressions, then of other values.
    wrong: Vec<String>,
    wrong_values: Vec<String>,
    /// Types of parameters, and whether they may be null; those that are not told here.
    declared: usize,
    untold: usize,
    wrong_declared: Vec<String>,
}

impl Tally {
    fn report(&self, name: &str) {
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        eprintln!(
            "{name}: {} templates; of {} expressions {} equal ({:.2} %); of {} other values {} equal ({:.2} %); \
             {} expressions in templates of registry modules left out",
            self.templates,
            self.expressions,
            self.equal,
            percent(self.equal, self.expressions),
            self.values,
            self.equal_values,
            percent(self.equal_values, self.values),
            self.in_registry,
        );
        eprintln!(
            "{} types of parameters, {} of them other ones, {} not told",
            self.declared,
            self.wrong_declared.len(),
            self.untold
        );
        if std::env::var("AKSLINT_VERBOSE").is_ok_and(|value| value == "1") {
            let (wrong, values, declared) = (&self.wrong, &self.wrong_values, &self.wrong_declared);
            eprintln!("{}\n{}\n{}", wrong.join("\n"), values.join("\n"), declared.join("\n"));
        }
    }
}

fn corpus(variable: &str) -> Option<PathBuf> {
    let dir = std::env::var_os(variable).map(PathBuf::from).filter(|dir| dir.is_dir());
    if dir.is_none() {
        eprintln!("not run: {variable} names no folder");
    }
    dir
}

/// Files of Bicep with their compiled form beside them. Those of invalid baselines have none.
fn twins(dir: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !path.is_symlink() && !name.starts_with("Invalid") {
            twins(&path, into);
        } else if name.ends_with(".bicep") && path.with_extension("json").is_file() {
            into.push(path);
        }
    }
}

fn compare(root: &Path) -> Tally {
    let mut paths = Vec::new();
    twins(root, &mut paths);
    let sources = Sources::discover(&DiscoverOptions::new(vec![root.to_owned()])).unwrap().sources;
    let mut tally = Tally::default();
    for path in paths {
        let bicep = sources.load(&path).unwrap();
        let json = sources.load(&path.with_extension("json")).unwrap();
        let Some(theirs) = json::parse(json, &sources.text(json).unwrap()).0 else { continue };
        let theirs = tree::template(theirs);
        if theirs.at(&["metadata", "_generator"]).is_none() {
            continue;
        }
        let ours = bicep::lower(&sources, bicep).unwrap();
        let place = path.strip_prefix(root).unwrap().with_extension("").display().to_string();
        tally.templates += 1;
        tally.tables.extend(ours.sites.keys());
        walk(&place, Some(&ours.template), &theirs, &mut tally);
    }
    tally
}

/// Members that are not compared.
fn is_left_out(path: &str, name: &str) -> bool {
    let in_type =
        path.contains("/parameters/") || path.contains("/outputs/") || path.ends_with("/parameters");
    matches!(name, "metadata" | "dependsOn" | "definitions" | "$schema" | "contentVersion" | "imports")
        || in_type
            && matches!(
                name,
                "type"
                    | "$ref"
                    | "nullable"
                    | "items"
                    | "prefixItems"
                    | "additionalProperties"
                    | "discriminator"
            )
}

/// Whether a path leads to the declaration of a parameter.
fn is_parameter(path: &str) -> bool {
    path.rsplit_once('/').is_some_and(|(above, _)| {
        above.ends_with("/parameters") && !above.ends_with("/properties/parameters")
    })
}

/// Compares the type of a parameter, or whether it may be null. Here a type that Azure's definitions or a module of
/// a registry would tell says nothing; `is_reference` if it is one with a name.
fn declared(path: &str, mine: Option<&Node>, theirs: &Node, is_reference: bool, tally: &mut Tally) {
    let (mine, theirs) = (mine.map(show).unwrap_or_default(), show(theirs));
    if mine.is_empty() && !is_reference {
        tally.untold += 1;
        return;
    }
    tally.declared += 1;
    if !mine.eq_ignore_ascii_case(&theirs) {
        tally.wrong_declared.push(format!("{path}: declared {mine}, not {theirs}"));
    }
}

fn name_of(member: &Member) -> String {
    match &member.computed {
        Some(computed) => format!("[{}]", canonical(computed)),
        None => member.name.to_string(),
    }
}

fn walk(path: &str, ours: Option<&Node>, theirs: &Node, tally: &mut Tally) {
    match &theirs.kind {
        NodeKind::Expr(expression) => {
            tally.expressions += 1;
            let theirs = canonical(expression);
            let mine = ours.map_or_else(|| "nothing".to_owned(), show);
            if mine == theirs {
                tally.equal += 1;
            } else {
                tally.wrong.push(format!("{path}\n    ours   {mine}\n    theirs {theirs}"));
            }
        }
        NodeKind::Array(items) => {
            let own = ours.map(Node::items).unwrap_or_default();
            let by_name = path.ends_with("/resources");
            for (index, item) in items.iter().enumerate() {
                // Bicep writes nested resources before the others. Their order means nothing.
                let mine = match by_name {
                    true => own.iter().find(|own| identity(own) == identity(item)),
                    false => own.get(index),
                };
                walk(&format!("{path}/{index}"), mine, item, tally);
            }
            value(path, own.len() == items.len(), "as many items", tally);
        }
        NodeKind::Object(members) => {
            let own = ours.map(Node::members).unwrap_or_default();
            // Whether resources have names depends on modules of registries, which are not read.
            let items = ours.map(Node::items).unwrap_or_default();
            if path.ends_with("/resources") && !items.is_empty() {
                for member in members {
                    let mine = items.iter().find(|own| identity(own) == identity(&member.value));
                    walk(&format!("{path}/{}", member.name), mine, &member.value, tally);
                }
                return;
            }
            let of = |member: &Member| {
                own.iter().find(|own| name_of(own) == name_of(member)).map(|own| &own.value)
            };
            let is_deployment = members.iter().any(|member| {
                &*member.name == "type" && member.value.as_str() == Some("Microsoft.Resources/deployments")
            });
            for member in members {
                let name = name_of(member);
                let inner = format!("{path}/{name}");
                let mine = of(member);
                if is_parameter(path) && matches!(&*name, "type" | "nullable") {
                    declared(&inner, mine, &member.value, own.iter().any(|own| &*own.name == "$ref"), tally);
                }
                if is_left_out(path, &name) || is_deployment && name == "apiVersion" {
                    continue;
                }
                let in_table = mine.is_some_and(|mine| tally.tables.contains(&mine.span.file));
                if name == "template" && (in_table || own.iter().any(|own| &*own.name == "templateLink")) {
                    count(&member.value, tally);
                    continue;
                }
                walk(&inner, mine, &member.value, tally);
            }
            for member in own {
                let name = name_of(member);
                if name != "templateLink"
                    && !is_left_out(path, &name)
                    && !members.iter().any(|theirs| name_of(theirs) == name)
                {
                    value(&format!("{path}/{name}"), false, "nothing", tally);
                }
            }
        }
        _ => {
            let theirs = show(theirs);
            let mine = ours.map_or_else(|| "nothing".to_owned(), show);
            value(path, mine == theirs, &format!("{theirs}, not {mine}"), tally);
        }
    }
}

fn identity(resource: &Node) -> String {
    let part = |name: &str| resource.get(name).map(show).unwrap_or_default();
    // A looped resource may have the name of another one.
    part("type").to_lowercase()
        + &part("name")
        + &part("scope")
        + &resource.at(&["copy", "name"]).map(show).unwrap_or_default()
}

fn value(path: &str, equal: bool, wanted: &str, tally: &mut Tally) {
    tally.values += 1;
    if equal {
        tally.equal_values += 1;
    } else {
        tally.wrong_values.push(format!("{path}: wanted {wanted}"));
    }
}

fn count(node: &Node, tally: &mut Tally) {
    match &node.kind {
        NodeKind::Expr(_) => tally.in_registry += 1,
        _ => {
            node.items().iter().for_each(|item| count(item, tally));
            node.members().iter().for_each(|member| count(&member.value, tally));
        }
    }
}

fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Shared(node) => show(node),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(written) => written.to_string(),
        NodeKind::String(text) => format!("{text:?}"),
        NodeKind::Expr(expression) => canonical(expression),
        NodeKind::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        NodeKind::Object(members) => {
            let members =
                members.iter().map(|member| format!("{}: {}", name_of(member), show(&member.value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

fn canonical(expression: &Expression) -> String {
    match expression.code() {
        // The version by which nested deployments are read is the compiler's.
        Ok(code) => code.expr.to_string().replace("'2022-09-01'", "'2025-04-01'"),
        Err(error) => format!("cannot be read: {}", error.message),
    }
}

/// What the differences have in common: their last name and the first function that differs.
fn causes(tally: &Tally) -> BTreeMap<String, usize> {
    let mut causes = BTreeMap::new();
    for wrong in &tally.wrong {
        let mine = wrong.lines().nth(1).unwrap_or("").trim().trim_start_matches("ours").trim();
        let cause = match mine.split_once("unknown(") {
            Some((_, why)) => format!("unknown: {}", why.split('`').next().unwrap_or(why)),
            None if mine == "nothing" => "missing".to_owned(),
            None => "different".to_owned(),
        };
        *causes.entry(cause).or_insert(0) += 1;
    }
    causes
}

#[test]
fn registry_modules_lower_to_what_the_compiler_wrote() {
    let Some(root) = corpus("AKSLINT_BICEP_MODULES") else { return };
    let tally = compare(&root);
    tally.report("registry modules");
    eprintln!("causes: {:#?}", causes(&tally));
    assert!(tally.templates > 500);
    assert!(tally.equal * 100 >= tally.expressions * 99, "{} of {}", tally.equal, tally.expressions);
}

#[test]
fn baselines_lower_to_what_the_compiler_wrote() {
    let Some(root) = corpus("AKSLINT_BICEP") else { return };
    let tally = compare(&root.join("src/Bicep.Core.Samples/Files/baselines"));
    tally.report("baselines");
    eprintln!("causes: {:#?}", causes(&tally));
    assert!(tally.equal * 100 >= tally.expressions * 95, "{} of {}", tally.equal, tally.expressions);
}
