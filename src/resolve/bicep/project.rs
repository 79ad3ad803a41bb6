//! Which files of a project are deployed: those that may have to do with clusters, that no other file calls,
//! or that have parameter files of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::files::{File, Target};
use super::mentions::{Mentions, mentions};
use super::registry::{self, Deploys, Elsewhere, Lookup, Site, Sites, may_name_clusters};
use super::template::Shared;
use super::units::Units;
use super::{Given, Lowered, Twins, given, lowered, models};
use crate::resolve::arm::Resolved;
use crate::resolve::arm::tree::{Node, NodeKind};
use crate::resolve::{Problem, is_about_aks, is_about_pools};
use crate::source::{FileId, Kind, Sources, Span, defines_clusters};
use crate::syntax::bicep::{ExprKind, Resource, StatementKind};

/// The Bicep of a project.
#[derive(Debug, Default)]
pub struct Project {
    /// Files that are deployed, by path.
    pub templates: Vec<Template>,
    /// Parameter files whose templates are among these, by path.
    pub parameters: Vec<ParameterFile>,
    /// Modules of registries among the templates, and JSON templates that these deploy as modules: what gives their
    /// parameters values is who calls them, so by themselves they are deployed with their parameter files only.
    pub modules: BTreeSet<FileId>,
    /// Compiled forms that do not count, since the Bicep beside them does or since they are deployed by others.
    pub superseded: BTreeSet<PathBuf>,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
    /// What of them is not checked though nothing is wrong with it.
    pub unchecked: Vec<Problem>,
    /// Calls of modules that are known from tables.
    sites: Sites,
    /// Where modules are named that are not read and deploy other services only.
    other_services: BTreeSet<Span>,
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

impl Project {
    /// Puts right what came of evaluating the templates: what was worked out from tables is told as of the calls
    /// of their modules, and of modules of other services it is no news that they are not read.
    pub fn settle(&self, resolved: &mut Resolved) {
        resolved.unresolved.retain(|unresolved| !self.other_services.contains(&unresolved.span));
        registry::tell_from_calls(resolved, &self.sites);
    }
}

/// Reads the Bicep files that discovery let through; `compiled` are the templates that its compiler wrote.
///
/// What a file compiles to lies beside it in some repositories. The Bicep is what people edit, so it counts,
/// unless it declares no cluster and calls what is not read and may have some: the compiled form has that too.
/// That is decided for each file by what lies below it, so that who calls such a file gets its compiled form.
pub fn read(sources: &Sources, compiled: &BTreeSet<PathBuf>) -> Project {
    let lookup = Lookup::new(sources);
    let calls = calls_below(&lookup, reaching_clusters(sources, compiled), compiled);
    let relevant = with_callers(&calls, |called| &called.files, |called| called.of_interest);
    let parameters: Vec<Arc<File>> = sources
        .found(Kind::BicepParameters)
        .par_iter()
        .filter(|file| !sources.takes_shortcuts() || may_be_for(sources, **file, &relevant))
        .filter_map(|file| Some(Arc::new(File::read(&lookup, *file, None)?)))
        .collect();
    let holding = with_callers(&calls, |called| &called.files, |called| called.declares_clusters);
    let twins = taken_from_twins(sources, &calls, compiled);
    let called: BTreeSet<FileId> = calls
        .iter()
        .filter(|(file, _)| relevant.contains(file))
        .flat_map(|(file, called)| called.files.iter().filter(move |other| *other != file))
        .copied()
        .collect();
    let used = |file: &Arc<File>| file.target(file.using()?)?.file();
    let has_parameters: BTreeSet<FileId> = parameters.iter().filter_map(used).collect();
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
    let parameters = project.uses(sources, parameters, &roots, &twins);
    project.lower(&lookup, &roots, &parameters, calls, &twins);
    // What is wrong in a file that has nothing to do with clusters is no reason to fail.
    for problem in &mut project.problems {
        let file = problem.span.file;
        let is_given = sources.file(file).is_some_and(|file| file.kind == Kind::BicepParameters);
        problem.needed &= is_given || holding.contains(&file);
    }
    project.templates.sort_by(|one, other| one.path.cmp(&other.path));
    project.parameters.sort_by(|one, other| one.path.cmp(&other.path));
    project.problems.sort();
    project.problems.dedup();
    project
}

/// A parameter file whose template is read.
struct Used {
    file: Arc<File>,
    /// What counts as its template: Bicep, or a compiled form.
    template: FileId,
    /// Where the template is named, if it is a module that is known from a table.
    site: Option<Site>,
}

impl Project {
    /// Finds the templates of parameter files. One that is not read is told of, unless it is of another service.
    fn uses(
        &mut self,
        sources: &Sources,
        parameters: Vec<Arc<File>>,
        roots: &[FileId],
        twins: &Twins,
    ) -> Vec<Used> {
        let has_clusters =
            |file: FileId| sources.text(file).is_some_and(|text| defines_clusters(text.as_bytes()));
        let mut used = Vec::new();
        for file in parameters {
            let Some(using) = file.using() else { continue };
            let (template, site) = match file.target(using) {
                Some(Target::Table(template, site)) => (*template, Some(site.clone())),
                Some(Target::File(template)) => match sources.file(*template).map(|file| file.kind) {
                    Some(Kind::Bicep) if roots.contains(template) => (*template, None),
                    Some(Kind::Json | Kind::Other) if has_clusters(*template) => (*template, None),
                    _ => continue,
                },
                Some(Target::Elsewhere(Elsewhere { what, deploys: Deploys::Anything })) => {
                    let message = format!("this parameter file is not judged: {what} is not on disk");
                    self.problems.push(Problem { span: using.span, message, needed: false });
                    continue;
                }
                Some(Target::Missing(why)) => {
                    let message = format!("this parameter file is not judged: {why}");
                    self.problems.push(Problem { span: using.span, message, needed: false });
                    continue;
                }
                Some(Target::Elsewhere(_)) | None => continue,
            };
            let template = twins.get(&template).copied().unwrap_or(template);
            if using.as_string(&file.text).is_some_and(|path| path.contains(':')) {
                self.modules.insert(template);
            }
            used.push(Used { file, template, site });
        }
        used
    }

    /// Lowers what is deployed, and the parameter files for it.
    fn lower(
        &mut self,
        lookup: &Lookup<'_>,
        roots: &[FileId],
        parameters: &[Used],
        calls: BTreeMap<FileId, Called>,
        twins: &Twins,
    ) {
        let sources = lookup.sources;
        let of_registries = self.modules.clone();
        let mut deployed: Vec<(FileId, Option<Site>)> =
            roots.iter().filter(|root| !twins.contains_key(root)).map(|root| (*root, None)).collect();
        let of_tables = parameters.iter().filter_map(|used| Some((used.template, Some(used.site.clone()?))));
        deployed.extend(of_tables);
        let given_by = parameters.iter().map(|used| (used.file.file, None));
        let all: Vec<(FileId, Option<Site>)> = deployed.iter().cloned().chain(given_by).collect();
        let mut read: BTreeMap<FileId, Arc<File>> =
            calls.into_iter().map(|(file, called)| (file, called.parsed)).collect();
        read.extend(parameters.iter().map(|used| (used.file.file, used.file.clone())));
        let units = Units::load(lookup, &all, &read, twins);
        let models = models(&units);
        let shared = Shared::new(&models);
        let templates: Vec<(FileId, Lowered)> = deployed
            .par_iter()
            .filter_map(|(file, _)| Some((*file, lowered(sources, &units, &models, &shared, *file)?)))
            .collect();
        for (file, lowered) in templates {
            self.problems.extend(lowered.problems);
            self.unchecked.extend(lowered.unchecked);
            self.sites.extend(lowered.sites);
            self.other_services.extend(lowered.other_services);
            self.modules.extend(lowered.json_modules);
            let path = sources.display_path(file);
            self.templates.push(Template { file, path, root: lowered.template });
        }
        // A compiled module of the cache lies where nothing is looked for.
        for file in of_registries.into_iter().filter(|file| !self.sites.contains_key(file)) {
            let Some(root) = shared.compiled(sources, file) else { continue };
            let root = Node { span: root.span, kind: NodeKind::Shared(root) };
            self.templates.push(Template { file, path: sources.display_path(file), root });
        }
        let values: Vec<(&Used, Given)> = parameters
            .par_iter()
            .filter_map(|used| Some((used, given(sources, &units, &models, &shared, used.file.file)?)))
            .collect();
        for (used, given) in values {
            self.problems.extend(given.problems);
            self.unchecked.extend(given.unchecked);
            let path = sources.display_path(used.file.file);
            self.parameters.push(ParameterFile { path, template: used.template, root: given.values });
        }
    }
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
    if !sources.takes_shortcuts() {
        return sources.found(Kind::Bicep);
    }
    let look = |file: &FileId| {
        let text = sources.text(*file)?;
        let path = sources.file(*file)?.path.clone();
        let Mentions { paths, unclear } = mentions(&path, text.as_bytes());
        let mut matters = unclear
            || defines_clusters(text.as_bytes())
            || may_name_clusters(&text)
            || twin_with_clusters(sources, *file, compiled).is_some();
        let mut files = BTreeSet::new();
        for path in paths {
            // What the walk let go neither has clusters nor calls what has.
            if sources.known(&path).is_some_and(|file| file.passed_by) {
                continue;
            }
            let Ok(target) = sources.load(&path) else {
                matters |= is_about_aks(&path.to_string_lossy()) || is_about_pools(&text);
                continue;
            };
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

/// What these files call, and what those call, over any number of hops.
fn calls_below(
    lookup: &Lookup<'_>,
    files: Vec<FileId>,
    compiled: &BTreeSet<PathBuf>,
) -> BTreeMap<FileId, Called> {
    let look = |file: &FileId| {
        let mut called = calls(lookup, *file)?;
        called.of_interest |= twin_with_clusters(lookup.sources, *file, compiled).is_some();
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
    let names = |path: &PathBuf| {
        let is_bicep = Kind::of(path) == Kind::Bicep;
        // One that is not there is told of.
        sources.load(path).map_or(is_bicep, |file| !is_bicep || templates.contains(&file))
    };
    unclear || may_name_clusters(&text) || paths.iter().any(names)
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
    parsed: Arc<File>,
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

fn calls(lookup: &Lookup<'_>, file: FileId) -> Option<Called> {
    let sources = lookup.sources;
    let parsed = Arc::new(File::read(lookup, file, None)?);
    let has_clusters =
        |file: FileId| sources.text(file).is_some_and(|text| defines_clusters(text.as_bytes()));
    let mut called = Called {
        parsed: parsed.clone(),
        files: BTreeSet::new(),
        of_interest: has_clusters(file),
        has_clusters: false,
        declares_clusters: false,
        calls_unread: false,
    };
    for statement in &parsed.program.statements {
        match &statement.kind {
            StatementKind::Resource(resource) => {
                let ty = resource.type_and_version(&parsed.text).0;
                called.has_clusters |= !resource.existing && defines_clusters(ty.as_bytes());
                called.declares_clusters |= called.has_clusters;
            }
            StatementKind::Module(module) => {
                let path = module.ty.as_string(&parsed.text).unwrap_or_default();
                let tells = || is_about_aks(&path) || is_given_pools(module, &parsed.text);
                match parsed.target(&module.ty) {
                    Some(Target::File(target)) => {
                        if sources.file(*target).is_some_and(|file| file.kind == Kind::Bicep) {
                            called.files.insert(*target);
                        }
                        called.of_interest |= has_clusters(*target);
                    }
                    Some(Target::Table(..)) => {
                        called.of_interest = true;
                        called.declares_clusters = true;
                    }
                    Some(Target::Elsewhere(elsewhere)) => {
                        let may_have_clusters = elsewhere.deploys == Deploys::Anything;
                        called.calls_unread |= may_have_clusters;
                        called.of_interest |= may_have_clusters && tells();
                        called.declares_clusters |= defines_clusters(path.as_bytes());
                    }
                    Some(Target::Missing(_)) => {
                        called.calls_unread = true;
                        called.of_interest |= tells();
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }
    Some(called)
}

/// Whether a call gives its module something that is about agent pools.
fn is_given_pools(module: &Resource, text: &str) -> bool {
    let mut body = &module.body;
    if let ExprKind::For(of) = &body.kind {
        body = &of.body;
    }
    if let ExprKind::If(of) = &body.kind {
        body = &of.body;
    }
    let given = body.as_object().and_then(|body| body.get(text, "params")?.bare().as_object());
    let mut names = given.into_iter().flat_map(|given| &given.properties);
    names.any(|property| property.key.literal(text).is_some_and(|name| is_about_pools(&name)))
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
