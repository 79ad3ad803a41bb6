//! The first half of the pipeline: every front end reads its files, every adapter fills the fleet.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::azd;
use crate::adapt;
use crate::config::Config;
use crate::model::{Fleet, Writer};
use crate::report::Options;
use crate::resolve::{Defaults, Problem, Resource, arm, bicep, is_about_aks, kubernetes, terraform};
use crate::source::{FileId, Kind, Sources, Span, defines_clusters, other_nodes};
use crate::syntax::{SyntaxError, json};
use crate::value::Reason;

/// No more linked files than this are read because links name them.
const MAX_LINKED: usize = 1000;

/// What all the files come to.
pub(super) struct Resolution {
    /// Everything that is defined.
    pub(super) fleet: Fleet,
    /// What cannot be read.
    pub(super) problems: Vec<Problem>,
    /// What our own bounds left out, with which nothing is wrong.
    pub(super) unchecked: Vec<Problem>,
    /// What Azure Resource Manager rejects at once.
    pub(super) refused: Vec<arm::Refused>,
}

/// Runs every front end and adapter.
pub(super) fn resolve(sources: &Sources, options: &Options) -> Resolution {
    let mut resolution = deployed(sources, options, Defaults::Count);
    let Resolution { fleet, problems, unchecked, .. } = &mut resolution;
    if !fleet.pools.is_empty() {
        manifests(sources, fleet, problems, unchecked);
    }
    resolution
}

/// The same without the workloads, for whoever deploys with these defaults.
pub(super) fn deployed(sources: &Sources, options: &Options, defaults: Defaults) -> Resolution {
    let mut fleet = Fleet::default();
    let project: &Path = sources.project();
    let (var_files, configurations): (Vec<FileId>, Vec<FileId>) =
        [Kind::Terraform, Kind::TerraformJson, Kind::TerraformVars]
            .into_iter()
            .flat_map(|kind| sources.found(kind))
            .partition(|file| sources.file(*file).is_some_and(|file| terraform::is_var_file(&file.path)));
    let inputs = terraform::Inputs { defaults, ..terraform_inputs(sources, options, &configurations) };
    let resolved = terraform::resolve(sources, project, &configurations, &var_files, &inputs);
    adapt::terraform::adapt(&resolved.resources, &mut fleet);
    adapt::terraform::open_unread(&resolved.unread, &mut fleet);
    fleet.switched_off = resolved.switched_off;
    let mut problems = resolved.problems;
    let mut unchecked = resolved.unchecked;

    let (templates, planned) = templates(sources, options, defaults, &mut problems, &mut unchecked);
    adapt::terraform::adapt(&planned, &mut fleet);
    adapt::arm::adapt(&templates, &mut fleet);
    fleet.switched_off.extend(templates.switched_off);
    problems.extend(templates.problems);
    unchecked.extend(templates.unchecked);
    // A module that is not read may hold the cluster that the workloads here are for.
    let is_bicep = |file| sources.file(file).is_some_and(|file| file.kind == Kind::Bicep);
    if templates.unresolved.iter().any(|unresolved| is_bicep(unresolved.span.file)) {
        for cluster in &mut fleet.clusters {
            cluster
                .open
                .get_or_insert_with(|| "Bicep modules that are not read may define more pools".into());
        }
    }
    // Templates that name nothing of ours were read for their links only: of those it is told that may lead to some, or
    // that say so by their names or by what they are given.
    let is_ours = |file| sources.text(file).is_some_and(|text| defines_clusters(text.as_bytes()));
    let matters = |unresolved: &&arm::Unresolved| {
        unresolved.may_be_ours
            || is_about_aks(&unresolved.reason.to_string())
            || is_ours(unresolved.span.file)
    };
    for unresolved in templates.unresolved.iter().filter(matters) {
        let told = match unresolved.reason {
            Reason::Bound(_) => &mut unchecked,
            _ => &mut problems,
        };
        told.push(Problem {
            span: unresolved.span,
            message: format!("this deployment is not read: {}", unresolved.reason),
            needed: false,
        });
    }
    problems.sort();
    problems.dedup();
    Resolution { fleet, problems, unchecked, refused: templates.refused }
}

/// The files that were named and can be read.
fn load(sources: &Sources, paths: &[PathBuf]) -> Vec<FileId> {
    paths.iter().filter_map(|path| sources.load(path).ok()).collect()
}

/// Which values are given: those of the command line, else the var files that the configuration names for a root.
fn terraform_inputs(sources: &Sources, options: &Options, configurations: &[FileId]) -> terraform::Inputs {
    let config = &options.config;
    let vars: BTreeMap<&str, &str> =
        options.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let vars = vars.into_iter().map(|(name, value)| {
        (Arc::from(name), sources.embed_option(&format!("--var {name}"), &format!("{name}={value}")))
    });
    let mut inputs = terraform::Inputs {
        var_files: load(sources, &options.var_files),
        vars: vars.collect(),
        ..Default::default()
    };
    for entry in config.var_files() {
        let files = entry.files.iter().filter_map(|file| sources.load(&file.value).ok()).collect();
        inputs.chosen.entry(entry.of.clone()).or_default().push(files);
    }
    if config.is_plain() {
        inputs.no_alternatives = !config.at(sources.project()).alternatives.value;
        return inputs;
    }
    for file in configurations {
        let path = sources.file(*file).map(|file| file.path.clone());
        let folder = path.as_deref().and_then(Path::parent);
        if let Some(folder) = folder.filter(|_| !config.of(sources, *file).alternatives.value) {
            inputs.plain.insert(folder.to_owned());
        }
    }
    inputs
}

/// What in the project's Terraform adds nodes that no agent pool describes, be it in another cloud.
fn other_nodes_of_terraform(sources: &Sources) -> Option<Arc<str>> {
    let mut files = sources.found(Kind::Terraform);
    files.extend(sources.found(Kind::TerraformJson));
    let found = files.iter().find_map(|file| other_nodes(sources.text(*file)?.as_bytes()))?;
    Some(format!("`{found}`").into())
}

/// Reads the workloads. They are judged against pools only, so without a pool none of their files is read.
fn manifests(
    sources: &Sources,
    fleet: &mut Fleet,
    problems: &mut Vec<Problem>,
    unchecked: &mut Vec<Problem>,
) {
    let read = |file: &FileId| Some(kubernetes::workloads(*file, &sources.text(*file)?));
    let mut files = sources.found(Kind::Yaml);
    files.extend(sources.found(Kind::Json));
    let read: Vec<kubernetes::Manifest> = files.par_iter().filter_map(read).collect();
    let mut nodes_of = other_nodes_of_terraform(sources);
    let mut applied = Vec::new();
    let mut unrendered: BTreeMap<PathBuf, Vec<Span>> = BTreeMap::new();
    let path_of = |file: FileId| sources.file(file).map(|file| file.path.clone());
    for manifest in read {
        applied.extend(manifest.applied);
        if let Some(span) = manifest.unrendered {
            let folder = path_of(span.file).and_then(|path| path.parent().map(Path::to_path_buf));
            unrendered.entry(folder.unwrap_or_default()).or_default().push(span);
        }
        let errors = manifest.errors.into_iter();
        problems.extend(errors.map(|error| Problem {
            span: error.span,
            message: error.message,
            needed: false,
        }));
        fleet.workloads.extend(manifest.workloads);
        nodes_of = nodes_of.or(manifest.nodes);
    }
    if let Some(who) = nodes_of {
        for cluster in &mut fleet.clusters {
            cluster.open.get_or_insert_with(|| format!("{who} adds nodes that no pool describes").into());
        }
    }
    // A chart has many templates, of which the same is to be said.
    unchecked.extend(unrendered.into_values().filter_map(|spans| {
        let (first, others) = spans.split_first()?;
        let message = "workloads of a template (`{{ }}`) are not checked until something renders it";
        let message = match others.len() {
            0 => message.to_owned(),
            1 => format!("{message}; nor are those of 1 other file of its folder"),
            n => format!("{message}; nor are those of {n} other files of its folder"),
        };
        Some(Problem { span: *first, message, needed: false })
    }));
    let mut kustomizations: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let path = path_of(*file).filter(|path| kubernetes::is_kustomization(path))?;
            Some((path, kubernetes::kustomization(*file, &sources.text(*file)?)))
        })
        .collect();
    let root = sources.repository();
    kustomizations.extend(applied.into_iter().map(|applied| (applied.path(root), applied.kustomization)));
    kubernetes::mark_patched(&mut fleet.workloads, path_of, &kustomizations);
}

/// A JSON file that was read.
struct Read {
    /// As it is shown.
    path: String,
    document: Option<arm::Document>,
    errors: Vec<SyntaxError>,
    /// It was meant to be a template, though it is broken.
    is_ours: bool,
    /// It is no JSON until something else has written a part of it.
    is_unrendered: bool,
    /// What Terraform plans or has, if it says that.
    planned: Vec<Resource>,
}

/// Reads a JSON file, which is a parameter file if somebody named it as one.
fn read(sources: &Sources, file: FileId, is_parameter_file: bool) -> Option<Read> {
    let text = sources.text(file)?;
    let (mut tree, mut errors) = json::parse_shared(file, &text);
    if tree.is_none()
        && let Some(filled) = arm::filled(&text)
        && let (Some(complete), rest) = json::parse_shared(file, &Arc::from(filled))
    {
        (tree, errors) = (Some(complete), rest);
    }
    // Without a tree only the text can say that this was meant to be a template. One that something else has still to
    // write is none yet.
    let unrendered = if tree.is_none() { arm::unrendered(&text) } else { None };
    let is_ours = tree.is_none() && unrendered.is_none() && text.contains("eploymentTemplate.json");
    let is_unrendered = unrendered.is_some();
    if let Some(block) = unrendered {
        let message = "this is no JSON until something renders it".to_owned();
        errors = vec![SyntaxError { span: Span::new(file, block.start, block.end), message }];
    }
    let path = sources.display_path(file);
    let planned = match &tree {
        Some(tree) if terraform::plan::is_plan_or_state(tree) => terraform::plan::resources(tree, &path),
        _ => Vec::new(),
    };
    let document = tree.and_then(|tree| arm::Document::of_json(tree, is_parameter_file));
    Some(Read { path, document, errors, is_ours, is_unrendered, planned })
}

/// Evaluates templates, and reads what deployments of theirs link to that discovery let go, since it names nothing of
/// ours. A linked template may link to others, and so on.
fn with_links(
    sources: &Sources,
    templates: &[arm::Input<'_>],
    parameter_files: &[arm::File<'_>],
    modules: &[arm::Input<'_>],
    defaults: Defaults,
    problems: &mut Vec<Problem>,
) -> arm::Resolved {
    let mut linked: Vec<Read> = Vec::new();
    let mut asked = BTreeSet::new();
    loop {
        let others = linked.iter().filter_map(|Read { path, document, .. }| {
            Some(arm::File { path, root: document.as_ref()?.root() })
        });
        let others: Vec<arm::File<'_>> = parameter_files.iter().copied().chain(others).collect();
        let resolved = arm::resolve_with(templates, &others, modules, defaults);
        let before = linked.len();
        for path in resolved.missing.iter().filter(|path| asked.insert(Arc::clone(path))) {
            let file = sources.load_inside(sources.project(), Path::new(&**path));
            // Under the name by which it is linked to, which is what the next round looks for.
            let file = file.ok().and_then(|file| read(sources, file, false));
            linked.extend(file.map(|file| Read { path: path.to_string(), ..file }));
        }
        if linked.len() == before || linked.len() > MAX_LINKED {
            // They name no clusters, but may give values to some. What is left of a template that has errors is read.
            let has_ours = !resolved.resources.is_empty();
            for Read { document, errors, .. } in &linked {
                let needed = has_ours && !matches!(document, Some(arm::Document::Template(_)));
                problems.extend(errors.iter().map(|error| syntax_problem(error, needed)));
            }
            return resolved;
        }
    }
}

/// An error of a file's text, which is told in any case or only where what depends on it is ours.
fn syntax_problem(error: &SyntaxError, needed: bool) -> Problem {
    Problem { span: error.span, message: error.message.clone(), needed }
}

/// Reads the JSON files that discovery let through and evaluates the templates among them.
fn templates(
    sources: &Sources,
    options: &Options,
    defaults: Defaults,
    problems: &mut Vec<Problem>,
    unchecked: &mut Vec<Problem>,
) -> (arm::Resolved, Vec<Resource>) {
    let named = load(sources, &options.parameter_files);
    let found: Vec<FileId> = sources.found(Kind::Json);
    let chosen = chosen_parameters(sources, &options.config);
    let placed = |file, named| Some((sources.file(file)?.path.clone(), read(sources, file, named)?));
    // Most of what Bicep's compiler wrote does not count, since the Bicep beside it does. It is parsed when that is known.
    let (deferred, at_once): (Vec<FileId>, Vec<FileId>) =
        found.iter().partition(|file| !chosen.files.contains(file) && may_be_superseded(sources, **file));
    let read_all = |files: &[FileId]| -> Vec<(PathBuf, Read)> {
        files.par_iter().filter_map(|file| placed(*file, chosen.files.contains(file))).collect()
    };
    let mut found = read_all(&at_once);
    let path_of = |file: &FileId| sources.file(*file).map(|file| file.path.clone());
    let deferred: Vec<(PathBuf, FileId)> =
        deferred.into_iter().filter_map(|file| Some((path_of(&file)?, file))).collect();
    let known: BTreeSet<PathBuf> =
        found.iter().map(|(path, _)| path).chain(deferred.iter().map(|(path, _)| path)).cloned().collect();
    let is_bicep = |file: FileId| sources.file(file).is_some_and(|file| file.kind == Kind::BicepParameters);
    let further = chosen.files.iter().filter(|file| !is_bicep(**file)).filter_map(|file| placed(*file, true));
    found.extend(further.filter(|(path, _)| !known.contains(path)));
    let compiled = |read: &Read| {
        matches!(&read.document, Some(arm::Document::Template(root))
        if root.at(&["metadata", "_generator", "name"]).and_then(arm::tree::Node::as_str) == Some("bicep"))
    };
    let compiled = found.iter().filter(|(_, read)| compiled(read)).map(|(path, _)| path);
    let compiled = compiled.chain(deferred.iter().map(|(path, _)| path)).cloned().collect();
    let mut project = bicep::read(sources, &compiled);
    found.retain(|(path, _)| !project.superseded.contains(path));
    let counting = deferred.into_iter().filter(|(path, _)| !project.superseded.contains(path));
    found.extend(read_all(&counting.map(|(_, file)| file).collect::<Vec<_>>()));
    let superseded: BTreeSet<String> = project.superseded.iter().map(|path| sources.display(path)).collect();
    problems.append(&mut project.problems);
    unchecked.append(&mut project.unchecked);
    let planned = found.iter_mut().flat_map(|(_, read)| std::mem::take(&mut read.planned)).collect();
    let mut found: Vec<Read> = found.into_iter().map(|(_, read)| read).collect();
    let of_given: RefCell<Vec<Problem>> = RefCell::default();
    let given = |file: &FileId| {
        if !is_bicep(*file) {
            return read(sources, *file, true);
        }
        let given = bicep::lower_parameters(sources, *file)?;
        of_given.borrow_mut().extend(given.unchecked);
        let errors = given
            .problems
            .into_iter()
            .map(|problem| SyntaxError { span: problem.span, message: problem.message });
        Some(Read {
            path: sources.display_path(*file),
            document: Some(arm::Document::Parameters(given.values)),
            errors: errors.collect(),
            is_ours: true,
            is_unrendered: false,
            planned: Vec::new(),
        })
    };
    // Those that the project has not, such as one in a folder that is left out.
    let has = |file: FileId| project.parameters.iter().any(|own| own.root.span.file == file);
    found.extend(chosen.files.iter().filter(|file| is_bicep(**file) && !has(**file)).filter_map(given));
    let mut explicit: Vec<Read> = named.iter().filter_map(given).collect();
    unchecked.append(&mut of_given.borrow_mut());
    convert_for_azd(sources, found.iter_mut().chain(&mut explicit), &project.templates);
    // A parameter file that cannot be read is missed where the template that it is named after has clusters.
    let with_clusters: Vec<&str> = found
        .iter()
        .filter(|read| match &read.document {
            Some(arm::Document::Template(root)) => {
                sources.text(root.span.file).is_some_and(|text| defines_clusters(text.as_bytes()))
            }
            _ => false,
        })
        .map(|read| &*read.path)
        .chain(project.templates.iter().map(|file| &*file.path))
        .collect();
    let chosen_or_found =
        found.iter().map(|read| (read, false)).chain(explicit.iter().map(|read| (read, true)));
    for (Read { path, document, errors, is_ours, is_unrendered, .. }, is_chosen) in chosen_or_found {
        let is_for = |template: &&str| arm::is_named_for(template, path);
        let is_missed = || is_chosen || (!is_unrendered && with_clusters.iter().any(is_for));
        let needed = *is_ours || (document.is_none() && !errors.is_empty() && is_missed());
        problems.extend(errors.iter().map(|error| syntax_problem(error, needed)));
    }
    let (mut all, mut parameter_files): (Vec<arm::File<'_>>, Vec<arm::File<'_>>) = (Vec::new(), Vec::new());
    for Read { path, document, .. } in &found {
        match document {
            Some(arm::Document::Template(root)) => all.push(arm::File { path, root }),
            Some(arm::Document::Parameters(root)) => parameter_files.push(arm::File { path, root }),
            None => {}
        }
    }
    all.extend(project.templates.iter().map(|file| arm::File { path: &file.path, root: &file.root }));
    let config = &options.config;
    let plain = config.is_plain() && !config.at(sources.project()).alternatives.value;
    let which = if plain || !explicit.is_empty() { arm::Scenarios::None } else { arm::Scenarios::All };
    // Most templates of a project deploy nothing of ours and were not read.
    let known: RefCell<BTreeMap<String, Rc<BTreeSet<String>>>> = RefCell::default();
    let list = |folder: &str| {
        let files = sources.read_dir_files(Path::new(folder), &[Kind::Json, Kind::Bicep]).unwrap_or_default();
        let name = |file: &PathBuf| Some(file.file_name()?.to_string_lossy().into_owned());
        Rc::new(files.iter().filter_map(name).collect::<BTreeSet<_>>())
    };
    let listed =
        |folder: &str| known.borrow_mut().entry(folder.to_owned()).or_insert_with(|| list(folder)).clone();
    let mut inputs = arm::pair(&all, &parameter_files, which, &listed);
    if which == arm::Scenarios::All {
        for file in &project.parameters {
            let template = sources.display_path(file.template);
            for input in inputs.iter_mut().filter(|input| input.path == template) {
                input.parameter_files.push((&file.path, &file.root));
            }
        }
    }
    if which == arm::Scenarios::All {
        let is_ours = |input: &&arm::Input<'_>| {
            sources.text(input.template.span.file).is_some_and(|text| defines_clusters(text.as_bytes()))
        };
        let ours: Vec<arm::Input<'_>> = inputs.iter().filter(is_ours).cloned().collect();
        problems.extend(arm::strangers(&ours, &parameter_files).into_iter().map(|file| Problem {
            span: file.root.span,
            message: "this parameter file is not judged: the template of its name declares none of its parameters".into(),
            needed: false,
        }));
    }
    // Whoever names what a Bicep file compiled to, or that file where its compiled form counts, means what counts.
    let templates: BTreeSet<&str> = inputs.iter().map(|input| input.path).collect();
    let counts = |path: &str| match twin(path).filter(|twin| templates.contains(&**twin)) {
        Some(twin) if !templates.contains(path) => twin,
        _ => path.to_owned(),
    };
    let chosen_of: BTreeMap<String, &Vec<String>> =
        chosen.of.iter().map(|(path, names)| (counts(path), names)).collect();
    for entry in config.parameter_files() {
        let path = sources.display(&entry.of);
        if superseded.contains(&path) && !templates.contains(&*counts(&path)) {
            let message = format!(
                "`{path}` is compiled from Bicep that another file deploys as its module: its parameters come from there"
            );
            problems.push(Problem { span: entry.span, message, needed: true });
        }
    }
    for input in &mut inputs {
        if explicit.is_empty() && !config.is_plain() {
            if let Some(names) = chosen_of.get(input.path) {
                let written = parameter_files.iter().map(|file| (file.path, file.root));
                let written = written.chain(project.parameters.iter().map(|file| (&*file.path, &file.root)));
                input.parameter_files =
                    written.filter(|(path, _)| names.iter().any(|name| name == path)).collect();
            } else if !config.of(sources, input.template.span.file).alternatives.value {
                input.parameter_files.clear();
            }
        }
    }
    // Whoever names one template does not ask for a report on the parameter file.
    let fits_none = |path: &str, root: &arm::tree::Node| {
        let at = match sources.is_reported(root.span.file) {
            true => vec![root.span],
            false => all.iter().map(|template| template.root.span).collect(),
        };
        let message = format!("most of the parameters that `{path}` gives are declared by no template");
        at.into_iter().map(move |span| Problem {
            span: Span { end: span.start + 1, ..span },
            message: message.clone(),
            needed: true,
        })
    };
    for input in inputs.iter().filter(|input| chosen_of.contains_key(input.path)) {
        let strange = input.parameter_files.iter().filter(|(_, root)| !arm::fits(input.template, root));
        problems.extend(strange.flat_map(|(path, root)| fits_none(path, root)));
    }
    for Read { path, document, .. } in &explicit {
        let Some(arm::Document::Parameters(root)) = document else { continue };
        let mut fitting = inputs.iter_mut().filter(|input| arm::fits(input.template, root)).peekable();
        if fitting.peek().is_none() {
            problems.extend(fits_none(path, root));
        }
        fitting.for_each(|input| input.parameter_files.push((path, root)));
    }
    let modules: BTreeSet<String> = project.modules.iter().map(|file| sources.display_path(*file)).collect();
    let is_module = |input: &arm::Input<'_>| modules.contains(input.path);
    let (modules, inputs): (Vec<_>, Vec<_>) = inputs.into_iter().partition(is_module);
    let mut resolved = with_links(sources, &inputs, &parameter_files, &modules, defaults, problems);
    project.settle(&mut resolved);
    for resource in &mut resolved.resources {
        if sources.file(resource.span.file).is_some_and(|file| file.kind == Kind::Bicep) {
            resource.writer = Writer::Bicep;
        }
    }
    (resolved, planned)
}

/// Gives the parameter files of the Azure Developer CLI the values that it gives to the service.
fn convert_for_azd<'r>(
    sources: &Sources,
    read: impl Iterator<Item = &'r mut Read>,
    of_bicep: &'r [bicep::Template],
) {
    let path_of = |root: &arm::tree::Node| sources.file(root.span.file).map(|file| file.path.clone());
    let (mut templates, mut parameter_files) = (BTreeMap::new(), Vec::new());
    for document in read.filter_map(|read| read.document.as_mut()) {
        match document {
            arm::Document::Template(root) => templates.extend(path_of(root).map(|path| (path, &*root))),
            arm::Document::Parameters(root) => parameter_files.push(root),
        }
    }
    let of_bicep = of_bicep.iter().map(|template| (template.file, &template.root));
    templates.extend(of_bicep.filter_map(|(file, root)| Some((sources.file(file)?.path.clone(), root))));
    let mut projects = azd::Projects::new(sources);
    for root in parameter_files {
        let template = path_of(root).and_then(|path| projects.template_of(&path));
        let template = template.and_then(|path| {
            ["bicep", "json"].iter().find_map(|extension| {
                let mut path = path.clone().into_os_string();
                path.push(format!(".{extension}"));
                templates.get(Path::new(&path))
            })
        });
        if let Some(template) = template {
            arm::convert_for_azd(template, root);
        }
    }
}

/// Whether a JSON file is what Bicep's compiler wrote, as far as its first lines tell, and the Bicep lies beside it.
fn may_be_superseded(sources: &Sources, file: FileId) -> bool {
    let Some(path) = sources.file(file).map(|file| file.path.with_extension("bicep")) else { return false };
    sources.takes_shortcuts()
        && sources.known(&path).is_some()
        && sources.text(file).is_some_and(|text| bicep::begins_as_compiled(&text))
}

/// The path of the file that a Bicep file is compiled to, or of the one that a JSON file may be compiled from.
fn twin(path: &str) -> Option<String> {
    path.strip_suffix(".json")
        .map(|stem| format!("{stem}.bicep"))
        .or_else(|| path.strip_suffix(".bicep").map(|stem| format!("{stem}.json")))
}

/// The parameter files that the configuration names.
#[derive(Default)]
struct Chosen {
    files: BTreeSet<FileId>,
    /// For each template, both by their paths as they are shown.
    of: BTreeMap<String, Vec<String>>,
}

fn chosen_parameters(sources: &Sources, config: &Config) -> Chosen {
    let mut chosen = Chosen::default();
    for entry in config.parameter_files() {
        let names = chosen.of.entry(sources.display(&entry.of)).or_default();
        for file in entry.files.iter().filter_map(|file| sources.load(&file.value).ok()) {
            names.push(sources.display_path(file));
            chosen.files.insert(file);
        }
    }
    chosen
}
