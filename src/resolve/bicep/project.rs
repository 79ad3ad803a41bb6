//! Which files of a project are deployed: those that may have to do with clusters, that no other file calls,
//! or that have parameter files of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::registry::{self, Sites};
use super::{Given, Lowered, lower, lower_parameters};
use crate::resolve::Problem;
use crate::resolve::arm::tree::Node;
use crate::source::{FileId, Kind, Sources, defines_clusters};
use crate::syntax::bicep::{self, Dialect, StatementKind};

/// The Bicep of a project.
#[derive(Debug, Default)]
pub struct Project {
    /// Files that are deployed, by path.
    pub templates: Vec<Template>,
    /// Parameter files whose templates are among these, by path.
    pub parameters: Vec<ParameterFile>,
    /// Files that are read, deployed themselves or called.
    pub read: BTreeSet<FileId>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// Calls of modules that are known from tables.
    pub sites: Sites,
}

/// A file that is deployed.
#[derive(Debug)]
pub struct Template {
    /// The file.
    pub file: FileId,
    /// Its path as shown.
    pub path: String,
    /// What it deploys.
    pub root: Node,
    /// The files that it is made of, its own among them.
    pub files: Vec<FileId>,
    /// Modules that are not read and that may deploy clusters or pools.
    pub unread: Vec<String>,
    /// Whether clusters or pools are declared in what is read.
    pub declares_clusters: bool,
}

/// A parameter file.
#[derive(Debug)]
pub struct ParameterFile {
    /// Its path as shown, which names the scenario.
    pub path: String,
    /// The template that it is for.
    pub template: FileId,
    /// Its values in the form of a JSON parameter file.
    pub root: Node,
}

/// Whether a module that is not read is known to deploy no cluster and no pool: a resource module of Azure's
/// verified modules deploys what its name says, and so do the patterns of role and policy assignments
/// (<https://azure.github.io/Azure-Verified-Modules/indexes/bicep/bicep-resource-modules/>).
pub fn deploys_no_cluster(module: &str) -> bool {
    let name = module
        .strip_prefix("br/public:avm/")
        .or_else(|| module.strip_prefix("br:mcr.microsoft.com/bicep/avm/"));
    name.is_some_and(|name| {
        let is_other = ["res/", "utl/", "ptn/authorization/"].iter().any(|group| name.starts_with(group));
        is_other && !name.starts_with("res/container-service/")
    })
}

/// Reads the Bicep files that discovery let through.
pub fn read(sources: &Sources) -> Project {
    let found = sources.found(Kind::Bicep);
    let calls: Vec<(FileId, Called)> =
        found.par_iter().filter_map(|file| Some((*file, calls(sources, *file)?))).collect();
    let given: Vec<(FileId, Given)> = sources
        .found(Kind::BicepParameters)
        .par_iter()
        .filter_map(|file| Some((*file, lower_parameters(sources, *file)?)))
        .collect();
    let mut calls: BTreeMap<FileId, Called> = calls.into_iter().collect();
    // What is called may lie outside of what was found.
    let mut open: Vec<FileId> = calls.values().flat_map(|called| &called.files).copied().collect();
    while let Some(file) = open.pop() {
        if !calls.contains_key(&file)
            && let Some(called) = self::calls(sources, file)
        {
            open.extend(&called.files);
            calls.insert(file, called);
        }
    }
    let relevant = with_callers(&calls, |called| called.of_interest);
    let holding = with_callers(&calls, |called| called.declares_clusters);
    let called: BTreeSet<FileId> = calls
        .iter()
        .filter(|(file, _)| relevant.contains(file))
        .flat_map(|(file, called)| called.files.iter().filter(move |other| *other != file))
        .copied()
        .collect();
    let has_parameters: BTreeSet<FileId> = given.iter().filter_map(|(_, given)| given.template).collect();
    let mut roots: Vec<FileId> = relevant
        .iter()
        .filter(|file| !called.contains(file) || has_parameters.contains(file))
        .copied()
        .collect();
    // Files that call each other in a circle have no root; each is one of its own.
    let mut reached = BTreeSet::new();
    reach(&calls, roots.iter().copied(), &mut reached);
    let rest: Vec<FileId> = relevant.iter().filter(|file| !reached.contains(file)).copied().collect();
    roots.extend(&rest);
    let lowered: Vec<(FileId, Lowered)> =
        roots.par_iter().filter_map(|file| Some((*file, lower(sources, *file)?))).collect();
    let mut project = Project::default();
    for (file, lowered) in lowered {
        project.read.extend(&lowered.files);
        project.problems.extend(lowered.problems);
        project.sites.extend(lowered.sites);
        let mut unread = lowered.unread;
        unread.retain(|module| !deploys_no_cluster(module));
        let path = sources.display_path(file);
        let has_some = |file: &FileId| calls.get(file).is_some_and(|called| called.has_clusters);
        let declares_clusters = lowered.files.iter().any(has_some);
        let Lowered { template: root, files, .. } = lowered;
        project.templates.push(Template { file, path, root, files, unread, declares_clusters });
    }
    for (file, given) in given {
        let Some(template) = given.template.filter(|template| roots.contains(template)) else { continue };
        project.read.insert(file);
        project.problems.extend(given.problems);
        let path = sources.display_path(file);
        project.parameters.push(ParameterFile { path, template, root: given.values });
    }
    // What is wrong in a file that has nothing to do with clusters is no reason to fail.
    for problem in &mut project.problems {
        let file = problem.span.file;
        let is_given = sources.file(file).is_some_and(|file| file.kind == Kind::BicepParameters);
        problem.needed = is_given || holding.contains(&file);
    }
    project.templates.sort_by(|one, other| one.path.cmp(&other.path));
    project.parameters.sort_by(|one, other| one.path.cmp(&other.path));
    project.problems.sort();
    project.problems.dedup();
    project
}

/// What a file calls.
struct Called {
    files: BTreeSet<FileId>,
    /// Whether it names clusters itself, or calls what may have some and is not read.
    of_interest: bool,
    /// Whether it declares clusters or pools.
    has_clusters: bool,
    /// Whether it declares some, or calls a module of a registry that does.
    declares_clusters: bool,
}

fn calls(sources: &Sources, file: FileId) -> Option<Called> {
    let text = sources.text(file)?;
    let path: PathBuf = sources.file(file)?.path.clone();
    let program = bicep::parse(file, &text, Dialect::Template);
    let of_interest = defines_clusters(text.as_bytes());
    let mut called =
        Called { files: BTreeSet::new(), of_interest, has_clusters: false, declares_clusters: false };
    for statement in &program.statements {
        let module = match &statement.kind {
            StatementKind::Module(module) => module,
            StatementKind::Resource(resource) => {
                let ty = resource.ty.as_string(&text).unwrap_or_default();
                called.has_clusters |= !resource.existing && defines_clusters(ty.as_bytes());
                called.declares_clusters |= called.has_clusters;
                continue;
            }
            _ => continue,
        };
        let Some(target) = module.ty.as_string(&text) else { continue };
        if target.contains(':') {
            called.declares_clusters |= defines_clusters(target.as_bytes());
            let found = registry::find(sources, &path, &target, module.ty.span);
            let text = found.ok().and_then(|(file, _)| sources.text(file));
            called.of_interest |= text.is_some_and(|text| defines_clusters(text.as_bytes()));
            continue;
        }
        let target = path.parent().map(|dir| dir.join(&*target));
        let Some(target) = target.and_then(|target| sources.load(&target).ok()) else { continue };
        let is_bicep = sources.file(target).is_some_and(|file| file.kind == Kind::Bicep);
        if is_bicep {
            called.files.insert(target);
        }
        called.of_interest |= sources.text(target).is_some_and(|text| defines_clusters(text.as_bytes()));
    }
    Some(called)
}

/// The files of which something holds, themselves or through what they call.
fn with_callers(calls: &BTreeMap<FileId, Called>, holds: impl Fn(&Called) -> bool) -> BTreeSet<FileId> {
    let interesting = calls.iter().filter(|(_, called)| holds(called)).map(|(file, _)| *file);
    let mut callers: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
    for (file, called) in calls {
        for other in &called.files {
            callers.entry(*other).or_default().push(*file);
        }
    }
    let mut found = BTreeSet::new();
    let mut open: Vec<FileId> = interesting.collect();
    while let Some(file) = open.pop() {
        if found.insert(file) {
            open.extend(callers.get(&file).into_iter().flatten());
        }
    }
    found
}

/// Everything that files call, over any number of hops.
fn reach(
    calls: &BTreeMap<FileId, Called>,
    from: impl Iterator<Item = FileId>,
    reached: &mut BTreeSet<FileId>,
) {
    let mut open: Vec<FileId> = from.collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(calls.get(&file).into_iter().flat_map(|called| &called.files));
        }
    }
}
