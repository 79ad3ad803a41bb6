//! Which files of a project are deployed: those that may have to do with clusters, that no other file calls,
//! or that have parameter files of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::mentions::{Mentions, mentions};
use super::registry::{self, Sites};
use super::{Given, Lowered, Twins, lower_parameters, lower_with};
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
    /// Compiled forms that do not count, since the Bicep beside them does or since they are deployed by others.
    pub superseded: BTreeSet<PathBuf>,
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
}

/// A parameter file.
#[derive(Debug)]
pub struct ParameterFile {
    /// Its path as shown, which names the scenario.
    pub path: String,
    /// The template that it is for: Bicep, or the compiled form that counts in its stead.
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

/// Reads the Bicep files that discovery let through; `compiled` are the templates that its compiler wrote.
///
/// What a file compiles to lies beside it in some repositories. The Bicep is what people edit, so it counts,
/// unless it declares no cluster and calls what is not read and may have some: the compiled form has that too.
/// That is decided for each file by what lies below it, so that who calls such a file gets its compiled form.
pub fn read(sources: &Sources, compiled: &BTreeSet<PathBuf>) -> Project {
    let calls = calls_below(sources, reaching_clusters(sources, compiled), compiled);
    let relevant = with_callers(&calls, |called| &called.files, |called| called.of_interest);
    let given: Vec<(FileId, Given)> = sources
        .found(Kind::BicepParameters)
        .par_iter()
        .filter(|file| may_be_for(sources, **file, &relevant))
        .filter_map(|file| Some((*file, lower_parameters(sources, *file)?)))
        .collect();
    let holding = with_callers(&calls, |called| &called.files, |called| called.declares_clusters);
    let twins = taken_from_twins(sources, &calls, compiled);
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
    reach(&calls, rest.iter().copied(), &mut reached);
    roots.extend(&rest);
    let deployed_compiled: BTreeSet<FileId> =
        roots.iter().filter(|root| twins.contains_key(root)).copied().collect();
    let mut project = Project::default();
    let superseded = reached.iter().filter(|file| !deployed_compiled.contains(file));
    project.superseded = superseded.filter_map(|file| twin(sources, *file, compiled)).collect();
    let lowered: Vec<(FileId, Lowered)> = roots
        .par_iter()
        .filter(|file| !twins.contains_key(file))
        .filter_map(|file| Some((*file, lower_with(sources, *file, &twins)?)))
        .collect();
    for (file, lowered) in lowered {
        project.read.extend(&lowered.files);
        project.problems.extend(lowered.problems);
        project.sites.extend(lowered.sites);
        let path = sources.display_path(file);
        project.templates.push(Template { file, path, root: lowered.template });
    }
    for (file, given) in given {
        let Some(template) = given.template.filter(|template| roots.contains(template)) else { continue };
        let template = twins.get(&template).copied().unwrap_or(template);
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

/// The compiled form of a file, if there is one beside it.
fn twin(sources: &Sources, file: FileId, compiled: &BTreeSet<PathBuf>) -> Option<PathBuf> {
    let path = sources.file(file)?.path.with_extension("json");
    compiled.contains(&path).then_some(path)
}

/// The same if it has clusters. One that has none may have been left out by the prefilter.
fn twin_with_clusters(sources: &Sources, file: FileId, compiled: &BTreeSet<PathBuf>) -> Option<FileId> {
    let twin = sources.load(&twin(sources, file, compiled)?).ok()?;
    sources.text(twin).is_some_and(|text| defines_clusters(text.as_bytes())).then_some(twin)
}

/// The found files, and those that they call, from which clusters may be reached as far as bytes tell: more than
/// there are perhaps, but never fewer. Most files have nothing to do with clusters and need not be parsed.
fn reaching_clusters(sources: &Sources, compiled: &BTreeSet<PathBuf>) -> Vec<FileId> {
    struct Seen {
        files: BTreeSet<FileId>,
        matters: bool,
    }
    let look = |file: &FileId| {
        let text = sources.text(*file)?;
        let path = sources.file(*file)?.path.clone();
        let Mentions { paths, unclear } = mentions(&path, text.as_bytes());
        let mut matters = unclear
            || defines_clusters(text.as_bytes())
            || calls_elsewhere(&text)
            || twin_with_clusters(sources, *file, compiled).is_some();
        let mut files = BTreeSet::new();
        for path in paths {
            let Ok(target) = sources.load(&path) else { continue };
            if Kind::of(&path) == Kind::Bicep {
                files.insert(target);
            } else {
                matters |= sources.text(target).is_some_and(|text| defines_clusters(text.as_bytes()));
            }
        }
        Some((*file, Seen { files, matters }))
    };
    let seen = closure(sources.found(Kind::Bicep), look, |seen| &seen.files);
    with_callers(&seen, |seen| &seen.files, |seen| seen.matters).into_iter().collect()
}

/// Whether a text may call a module of a registry, or a template spec, that may have clusters.
fn calls_elsewhere(text: &str) -> bool {
    ["'br", "'ts"].into_iter().any(|start| {
        memchr::memmem::find_iter(text.as_bytes(), start).any(|at| {
            let literal = text.get(at + 1..).and_then(|rest| rest.split(['\'', '\n']).next());
            let literal = literal.filter(|literal| matches!(literal.as_bytes().get(2), Some(b':' | b'/')));
            literal.is_some_and(|literal| literal.contains(':') && !deploys_no_cluster(literal))
        })
    })
}

/// What these files call, and what those call, over any number of hops.
fn calls_below(
    sources: &Sources,
    files: Vec<FileId>,
    compiled: &BTreeSet<PathBuf>,
) -> BTreeMap<FileId, Called> {
    let look = |file: &FileId| {
        let mut called = calls(sources, *file)?;
        called.of_interest |= twin_with_clusters(sources, *file, compiled).is_some();
        Some((*file, called))
    };
    closure(files, look, |called| &called.files)
}

/// Looks at files, at those that they name, and so on.
fn closure<T: Send>(
    mut open: Vec<FileId>,
    look: impl Fn(&FileId) -> Option<(FileId, T)> + Sync,
    files: impl Fn(&T) -> &BTreeSet<FileId>,
) -> BTreeMap<FileId, T> {
    let mut known = BTreeMap::new();
    while !open.is_empty() {
        let found: Vec<(FileId, T)> = open.par_iter().filter_map(&look).collect();
        let next: BTreeSet<FileId> = found.iter().flat_map(|(_, found)| files(found)).copied().collect();
        known.extend(found);
        open = next.into_iter().filter(|file| !known.contains_key(file)).collect();
    }
    known
}

/// Whether a parameter file names one of these templates, as far as bytes tell.
fn may_be_for(sources: &Sources, file: FileId, templates: &BTreeSet<FileId>) -> bool {
    let (Some(text), Some(own)) = (sources.text(file), sources.file(file)) else { return false };
    let Mentions { paths, unclear } = mentions(&own.path, text.as_bytes());
    let names = |path: &PathBuf| sources.load(path).is_ok_and(|file| templates.contains(&file));
    unclear || paths.iter().any(names)
}

/// Files whose compiled forms count in their stead.
fn taken_from_twins(
    sources: &Sources,
    calls: &BTreeMap<FileId, Called>,
    compiled: &BTreeSet<PathBuf>,
) -> Twins {
    let declaring = with_callers(calls, |called| &called.files, |called| called.has_clusters);
    let callers = callers(calls, |called| &called.files);
    let mut twins = Twins::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<FileId> =
        calls.iter().filter(|(_, called)| called.calls_unread).map(|(file, _)| *file).collect();
    while let Some(file) = open.pop() {
        if !seen.insert(file) {
            continue;
        }
        match twin_with_clusters(sources, file, compiled).filter(|_| !declaring.contains(&file)) {
            Some(twin) => _ = twins.insert(file, twin),
            None => open.extend(callers.get(&file).into_iter().flatten()),
        }
    }
    twins
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
    /// Whether it calls a module that is not read and that may have some.
    calls_unread: bool,
}

fn calls(sources: &Sources, file: FileId) -> Option<Called> {
    let text = sources.text(file)?;
    let path: PathBuf = sources.file(file)?.path.clone();
    let program = bicep::parse(file, &text, Dialect::Template);
    let of_interest = defines_clusters(text.as_bytes());
    let mut called = Called {
        files: BTreeSet::new(),
        of_interest,
        has_clusters: false,
        declares_clusters: false,
        calls_unread: false,
    };
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
            called.calls_unread |= found.is_err() && !deploys_no_cluster(&target);
            let text = found.ok().and_then(|(file, _)| sources.text(file));
            called.of_interest |= text.is_some_and(|text| defines_clusters(text.as_bytes()));
            continue;
        }
        let target = path.parent().map(|dir| dir.join(&*target));
        let Some(target) = target.and_then(|target| sources.load(&target).ok()) else {
            called.calls_unread = true;
            continue;
        };
        let is_bicep = sources.file(target).is_some_and(|file| file.kind == Kind::Bicep);
        if is_bicep {
            called.files.insert(target);
        }
        called.of_interest |= sources.text(target).is_some_and(|text| defines_clusters(text.as_bytes()));
    }
    Some(called)
}

/// Who calls each file.
fn callers<T>(
    calls: &BTreeMap<FileId, T>,
    files: impl Fn(&T) -> &BTreeSet<FileId>,
) -> BTreeMap<FileId, Vec<FileId>> {
    let mut callers: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
    for (file, called) in calls {
        for other in files(called) {
            callers.entry(*other).or_default().push(*file);
        }
    }
    callers
}

/// The files of which something holds, themselves or through what they call.
fn with_callers<T>(
    calls: &BTreeMap<FileId, T>,
    files: impl Fn(&T) -> &BTreeSet<FileId>,
    holds: impl Fn(&T) -> bool,
) -> BTreeSet<FileId> {
    let mut open: Vec<FileId> =
        calls.iter().filter(|(_, called)| holds(called)).map(|(file, _)| *file).collect();
    let callers = callers(calls, files);
    let mut found = BTreeSet::new();
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
