//! The whole pipeline on one screen: files to resources, resources to the fleet, the fleet to findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::adapt;
use crate::check;
use crate::config::{Config, Wish};
use crate::diagnostic::{Diagnostic, Kind as RuleKind, Label, Severity, Suppression};
use crate::facts;
use crate::fingerprint;
use crate::fix;
use crate::model::{Fleet, Writer};
use crate::report::{Options, Report, Unread, Unresolved};
use crate::resolve::{Problem, Resource, arm, bicep, kubernetes, terraform};
use crate::rules::{self, Context, Rule};
use crate::source::{FileId, Kind, Sources, Span, defines_clusters};
use crate::suppress::Suppressions;
use crate::syntax::{SyntaxError, json};
use crate::value::Reason;

/// The stack of the threads that parse and evaluate. The bounds on nesting in parsers and evaluators are made
/// for it, with room to spare in a build without optimisation; only what is used of it takes memory.
const STACK_BYTES: usize = 64 << 20;

/// How many syntax errors of one file are findings of their own.
const SYNTAX_ERRORS_SHOWN: usize = 10;

/// Resolves everything and runs the rules. Never fails: what cannot be read is part of the report.
///
/// Runs on threads of its own, since nobody knows how much stack a caller has left.
pub fn lint(sources: &Sources, options: &Options) -> Report {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(options.threads).stack_size(STACK_BYTES);
    match threads.build() {
        Ok(threads) => threads.install(|| run(sources, options)),
        // A system that gives no threads: better on this one than not at all.
        Err(_) => run(sources, options),
    }
}

fn run(sources: &Sources, options: &Options) -> Report {
    let (mut fleet, problems, refused) = resolve(sources, options);
    fleet.inherit();
    sort(&mut fleet, sources);
    let suppressions = Suppressions::find(sources);
    let config = &*options.config;
    let enabled: Vec<&'static Rule> =
        rules::ALL.iter().copied().filter(|rule| config.may_run(rule)).collect();
    let context = Context { as_of: options.as_of, retirement_horizon_days: 0 };
    let ground = Ground { sources, config, suppressions: &suppressions };
    let outcome = check::run(&fleet, &enabled, &context, &ground);

    let mut unread = Vec::new();
    let mut diagnostics = outcome.diagnostics;
    let mut suppressed = outcome.suppressed;
    // In a file that is not understood in full, a suppression may be about what was not read.
    let half_read: BTreeSet<FileId> = problems.iter().map(|problem| problem.span.file).collect();
    let mut broken: BTreeMap<FileId, Vec<Problem>> = BTreeMap::new();
    for problem in problems {
        if problem.needed || sources.is_named(problem.span.file) {
            broken.entry(problem.span.file).or_default().push(problem);
        } else {
            let path = sources.display_path(problem.span.file);
            unread.push(Unread { path, message: problem.message, span: Some(problem.span) });
        }
    }
    let mut last_shown: BTreeMap<Span, usize> = BTreeMap::new();
    for problems in broken.into_values() {
        for (finding, more) in syntax_errors(problems) {
            if more > 0 {
                last_shown.insert(finding.primary.span, more);
            }
            ground.add_own(finding, &mut diagnostics, &mut suppressed);
        }
    }
    for value in refused {
        ground.add_own(refused_value(value), &mut diagnostics, &mut suppressed);
    }
    for complaint in ground.complaints(options, &half_read, &outcome.beyond_bounds) {
        ground.add_own(complaint, &mut diagnostics, &mut suppressed);
    }
    // Before anything is left out, so that what is left out changes no other's identity.
    let everything = diagnostics.iter_mut().chain(suppressed.iter_mut().map(|(diagnostic, _)| diagnostic));
    fingerprint::assign(everything, sources);
    let stands_for = |diagnostic: &Diagnostic| {
        let is_last = diagnostic.kind == RuleKind::Syntax && !diagnostic.notes.is_empty();
        let more = last_shown.get(&diagnostic.primary.span).filter(|_| is_last)?;
        Some((diagnostic.fingerprint.clone(), *more))
    };
    let found = diagnostics.iter().chain(suppressed.iter().map(|(diagnostic, _)| diagnostic));
    let behind = found.filter_map(stands_for).collect();
    let counts = |diagnostic: &Diagnostic| {
        is_reported(sources, diagnostic)
            && config.of(sources, diagnostic.primary.span.file).shows(diagnostic.rule, diagnostic.severity)
    };
    let order = |diagnostic: &Diagnostic| {
        let span = diagnostic.primary.span;
        (sources.display_path(span.file), span.start, span.end, diagnostic.rule, diagnostic.message.clone())
    };
    let mut silent = Vec::new();
    diagnostics.retain(|diagnostic| {
        let counts = counts(diagnostic);
        if !counts {
            silent.push(diagnostic.fingerprint.clone());
        }
        counts
    });
    diagnostics.sort_by_cached_key(order);
    suppressed.retain(|(diagnostic, _)| counts(diagnostic));
    suppressed.sort_by_cached_key(|(diagnostic, _)| order(diagnostic));
    let unresolved = unresolved(&fleet, &outcome.beyond_bounds);
    unread.sort();
    let facts_are_old = facts::AS_OF.days_until(options.as_of) > 365;
    let mut report = Report {
        diagnostics,
        fleet,
        unresolved,
        unread,
        facts_are_old,
        suppressions: suppressed,
        silent,
        behind,
        ..Report::default()
    };
    report.count_suppressed();
    report
}

/// The text and what people configured, for the engine.
struct Ground<'a> {
    sources: &'a Sources,
    config: &'a Config,
    suppressions: &'a Suppressions,
}

impl check::Ground for Ground<'_> {
    fn editable(&self, span: Span) -> bool {
        self.sources.is_reported(span.file) && !self.sources.is_vendored(span.file)
    }

    fn literal(&self, span: Span, from: &str, to: &str) -> Option<String> {
        fix::literal(self.sources, span, from, to)
    }

    fn severity(&self, rule: &Rule, primary: Span, own: Severity) -> Option<Severity> {
        self.config.of(self.sources, primary.file).severity_of(rule.id, own)
    }

    fn suppression(&self, finding: &check::Subject<'_>) -> Option<Suppression> {
        // Both are asked, so that both know that they are of use.
        let (comment, entry) = (self.suppressions.covers(finding), self.config.covers(self.sources, finding));
        comment.or(entry)
    }

    fn clusters(&self, workload: Span) -> Option<Vec<String>> {
        self.config.clusters(self.sources, workload.file)
    }

    fn horizon(&self, pool: Span) -> i64 {
        self.config.of(self.sources, pool.file).horizon.value
    }
}

impl Ground<'_> {
    /// Adds a finding that no rule made.
    fn add_own(
        &self,
        mut diagnostic: Diagnostic,
        diagnostics: &mut Vec<Diagnostic>,
        suppressed: &mut Vec<(Diagnostic, Suppression)>,
    ) {
        use check::Ground as _;
        let span = diagnostic.primary.span;
        let settings = self.config.of(self.sources, span.file);
        let Some(severity) = settings.severity_of(diagnostic.rule, diagnostic.severity) else { return };
        diagnostic.severity = severity;
        let way = [span];
        let rule = diagnostic.rule;
        let subject = check::Subject { rule, way: &way, pool: None, cluster: None, notes: &[] };
        match self.suppression(&subject) {
            Some(suppression) => suppressed.push((diagnostic, suppression)),
            None => diagnostics.push(diagnostic),
        }
    }

    /// What is to be said about the suppressions themselves.
    fn complaints(
        &self,
        options: &Options,
        half_read: &BTreeSet<FileId>,
        beyond_bounds: &[(usize, &'static str)],
    ) -> Vec<Diagnostic> {
        // Of a run that was told to use some input files only, nothing follows for the others.
        let is_whole =
            options.var_files.is_empty() && options.parameter_files.is_empty() && options.vars.is_empty();
        let looked =
            |id: &str| is_whole && !beyond_bounds.iter().any(|(_, rule)| rule.eq_ignore_ascii_case(id));
        let judged = |file: FileId, id: &str| {
            let settings = self.config.of(self.sources, file);
            looked(id)
                && settings.alternatives.value
                && settings.wish(canonical(id)) != Wish::Ignored
                && !half_read.contains(&file)
        };
        let reason_required = |file: FileId| self.config.of(self.sources, file).require_reason.value;
        let mut all = self.suppressions.complaints(self.sources, &judged, &reason_required);
        all.extend(self.config.complaints(self.sources, &looked));
        all
    }
}

/// An id as it is spelled in the list.
fn canonical(id: &str) -> &str {
    rules::ids().find(|known| known.eq_ignore_ascii_case(id)).unwrap_or(id)
}

/// Runs every front end and adapter.
/// Everything that is defined; what cannot be read; and parameters' values that Azure rejects.
fn resolve(sources: &Sources, options: &Options) -> (Fleet, Vec<Problem>, Vec<Problem>) {
    let mut fleet = Fleet::default();
    let project: &Path = sources.project();
    let (var_files, configurations): (Vec<FileId>, Vec<FileId>) =
        [Kind::Terraform, Kind::TerraformJson, Kind::TerraformVars]
            .into_iter()
            .flat_map(|kind| sources.found(kind))
            .partition(|file| sources.file(*file).is_some_and(|file| terraform::is_var_file(&file.path)));
    let inputs = terraform_inputs(sources, options, &configurations);
    let resolved = terraform::resolve(sources, project, &configurations, &var_files, &inputs);
    adapt::terraform::adapt(&resolved.resources, &mut fleet);
    let mut problems = resolved.problems;

    let (templates, planned) =
        templates(sources, options, &load(sources, &options.parameter_files), &mut problems);
    adapt::terraform::adapt(&planned, &mut fleet);
    adapt::arm::adapt(&templates, &mut fleet);
    problems.extend(templates.problems);
    // A module that is not read may hold the cluster that the workloads here are for.
    let is_bicep = |file| sources.file(file).is_some_and(|file| file.kind == Kind::Bicep);
    if templates.unresolved.iter().any(|unresolved| is_bicep(unresolved.span.file)) {
        for cluster in &mut fleet.clusters {
            cluster
                .open
                .get_or_insert_with(|| "Bicep modules that are not read may define more pools".into());
        }
    }
    // Templates that name nothing of ours were read for their links only.
    let is_ours = |file| sources.text(file).is_some_and(|text| defines_clusters(text.as_bytes()));
    for unresolved in templates.unresolved.iter().filter(|unresolved| is_ours(unresolved.span.file)) {
        problems.push(Problem {
            span: unresolved.span,
            message: format!("this deployment is not read: {}", unresolved.reason),
            needed: false,
        });
    }
    problems.sort();
    problems.dedup();
    if !fleet.pools.is_empty() {
        manifests(sources, &mut fleet, &mut problems);
    }
    (fleet, problems, templates.refused)
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

/// Reads the workloads. They are judged against pools only, so without a pool none of their files is read.
fn manifests(sources: &Sources, fleet: &mut Fleet, problems: &mut Vec<Problem>) {
    let read = |file: &FileId| Some(kubernetes::workloads(*file, &sources.text(*file)?));
    let mut files = sources.yaml_candidates();
    files.extend(sources.found(Kind::Json));
    let read: Vec<kubernetes::Manifest> = files.par_iter().filter_map(read).collect();
    for manifest in read {
        let errors = manifest.errors.into_iter();
        problems.extend(errors.map(|error| Problem {
            span: error.span,
            message: error.message,
            needed: false,
        }));
        fleet.workloads.extend(manifest.workloads);
        if manifest.karpenter {
            for cluster in &mut fleet.clusters {
                cluster.open.get_or_insert_with(|| "Karpenter adds nodes that no pool describes".into());
            }
        }
    }
    let path_of = |file: FileId| sources.file(file).map(|file| file.path.clone());
    let kustomizations: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let path = path_of(*file).filter(|path| kubernetes::is_kustomization(path))?;
            Some((path, kubernetes::kustomization(*file, &sources.text(*file)?)))
        })
        .collect();
    kubernetes::mark_patched(&mut fleet.workloads, path_of, &kustomizations);
}

/// Reads the JSON files that discovery let through and evaluates the templates among them.
fn templates(
    sources: &Sources,
    options: &Options,
    named: &[FileId],
    problems: &mut Vec<Problem>,
) -> (arm::Resolved, Vec<Resource>) {
    struct Read {
        path: String,
        document: Option<arm::Document>,
        errors: Vec<SyntaxError>,
        is_ours: bool,
        planned: Vec<Resource>,
    }
    let read = |file: &FileId, is_parameter_file: bool| {
        let text = sources.text(*file)?;
        let (tree, errors) = json::parse(*file, &text);
        // Without a tree only the text can say that this was meant to be a template.
        let is_ours = tree.is_none()
            && (text.contains("deploymentTemplate.json") || text.contains("deploymentParameters.json"));
        let path = sources.display_path(*file);
        let planned = match &tree {
            Some(tree) if terraform::plan::is_plan_or_state(tree) => terraform::plan::resources(tree, &path),
            _ => Vec::new(),
        };
        let document = tree.and_then(|tree| arm::Document::of_json(tree, is_parameter_file));
        Some(Read { path, document, errors, is_ours, planned })
    };
    let found: Vec<FileId> = sources.found(Kind::Json);
    let chosen = chosen_parameters(sources, &options.config);
    let placed = |file, named| Some((sources.file(file)?.path.clone(), read(&file, named)?));
    let mut found: Vec<(PathBuf, Read)> =
        found.par_iter().filter_map(|file| placed(*file, chosen.files.contains(file))).collect();
    let known: BTreeSet<PathBuf> = found.iter().map(|(path, _)| path.clone()).collect();
    let is_bicep = |file: FileId| sources.file(file).is_some_and(|file| file.kind == Kind::BicepParameters);
    let further = chosen.files.iter().filter(|file| !is_bicep(**file)).filter_map(|file| placed(*file, true));
    found.extend(further.filter(|(path, _)| !known.contains(path)));
    let compiled = |read: &Read| {
        matches!(&read.document, Some(arm::Document::Template(root))
        if root.at(&["metadata", "_generator", "name"]).and_then(arm::tree::Node::as_str) == Some("bicep"))
    };
    let compiled = found.iter().filter(|(_, read)| compiled(read)).map(|(path, _)| path.clone()).collect();
    let mut project = bicep::read(sources, &compiled);
    found.retain(|(path, _)| !project.superseded.contains(path));
    problems.append(&mut project.problems);
    let planned = found.iter_mut().flat_map(|(_, read)| std::mem::take(&mut read.planned)).collect();
    let mut found: Vec<Read> = found.into_iter().map(|(_, read)| read).collect();
    let given = |file: &FileId| {
        if !is_bicep(*file) {
            return read(file, true);
        }
        let given = bicep::lower_parameters(sources, *file)?;
        let errors = given
            .problems
            .into_iter()
            .map(|problem| SyntaxError { span: problem.span, message: problem.message });
        Some(Read {
            path: sources.display_path(*file),
            document: Some(arm::Document::Parameters(given.values)),
            errors: errors.collect(),
            is_ours: true,
            planned: Vec::new(),
        })
    };
    // Those that the project has not, such as one in a folder that is left out.
    let has = |file: FileId| project.parameters.iter().any(|own| own.root.span.file == file);
    found.extend(chosen.files.iter().filter(|file| is_bicep(**file) && !has(**file)).filter_map(given));
    let explicit: Vec<Read> = named.iter().filter_map(given).collect();
    for Read { errors, is_ours, .. } in found.iter().chain(&explicit) {
        problems.extend(errors.iter().map(|error| Problem {
            span: error.span,
            message: error.message.clone(),
            needed: *is_ours,
        }));
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
    let mut inputs = arm::pair(&all, &parameter_files, which);
    if which == arm::Scenarios::All {
        for file in &project.parameters {
            let template = sources.display_path(file.template);
            for input in inputs.iter_mut().filter(|input| input.path == template) {
                input.parameter_files.push((&file.path, &file.root));
            }
        }
    }
    for input in &mut inputs {
        if explicit.is_empty() && !config.is_plain() {
            if let Some(names) = chosen.of.get(input.path) {
                let written = parameter_files.iter().map(|file| (file.path, file.root));
                let written = written.chain(project.parameters.iter().map(|file| (&*file.path, &file.root)));
                input.parameter_files =
                    written.filter(|(path, _)| names.iter().any(|name| name == path)).collect();
            } else if !config.of(sources, input.template.span.file).alternatives.value {
                input.parameter_files.clear();
            }
        }
    }
    for Read { path, document, .. } in &explicit {
        let Some(arm::Document::Parameters(root)) = document else { continue };
        let mut fitting = inputs.iter_mut().filter(|input| arm::fits(input.template, root)).peekable();
        if fitting.peek().is_none() {
            // Whoever names one template does not ask for a report on the parameter file.
            let at = match sources.is_reported(root.span.file) {
                true => vec![root.span],
                false => all.iter().map(|template| template.root.span).collect(),
            };
            let message = format!("most of the parameters that `{path}` gives are declared by no template");
            problems.extend(at.into_iter().map(|span| Problem {
                span: Span { end: span.start + 1, ..span },
                message: message.clone(),
                needed: true,
            }));
        }
        fitting.for_each(|input| input.parameter_files.push((path, root)));
    }
    let mut resolved = arm::resolve(&inputs);
    bicep::tell_from_calls(&mut resolved, &project.sites);
    resolved.unresolved.retain(
        |unresolved| !matches!(&unresolved.reason, Reason::Absent(name) if bicep::deploys_no_cluster(name)),
    );
    for resource in &mut resolved.resources {
        if sources.file(resource.span.file).is_some_and(|file| file.kind == Kind::Bicep) {
            resource.writer = Writer::Bicep;
        }
    }
    (resolved, planned)
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

/// Puts clusters and pools in the order of their places, so that nothing depends on threads.
fn sort(fleet: &mut Fleet, sources: &Sources) {
    fleet.pools.sort_by_cached_key(|pool| {
        let scenario: Option<Arc<str>> = pool.scenario.clone();
        (
            pool.scope.clone(),
            scenario,
            sources.display_path(pool.span.file),
            pool.span.start,
            pool.address.clone(),
        )
    });
}

/// Whether any part of the finding lies in a reported file, or an option of the command line is itself wrong.
fn is_reported(sources: &Sources, diagnostic: &Diagnostic) -> bool {
    if diagnostic.kind == RuleKind::Syntax && sources.is_option(diagnostic.primary.span.file) {
        return true;
    }
    std::iter::once(&diagnostic.primary)
        .chain(&diagnostic.labels)
        .any(|label| sources.is_reported(label.span.file))
}

/// The findings about the syntax of one file, each with the number of errors that it stands for besides itself. One
/// brace too few at the top of a file can make an error of every line below, and nobody reads a hundred of them.
fn syntax_errors(mut problems: Vec<Problem>) -> Vec<(Diagnostic, usize)> {
    problems.sort();
    let more = problems.len().saturating_sub(SYNTAX_ERRORS_SHOWN);
    problems.truncate(SYNTAX_ERRORS_SHOWN);
    let mut findings: Vec<_> = problems.into_iter().map(|problem| (syntax(problem), 0)).collect();
    if let (Some((last, stands_for)), 1..) = (findings.last_mut(), more) {
        *stands_for = more;
        last.notes.push(match more {
            1 => "1 more syntax error in this file is not shown".to_owned(),
            _ => format!("{more} more syntax errors in this file are not shown"),
        });
    }
    findings
}

fn syntax(problem: Problem) -> Diagnostic {
    let primary = Label { span: problem.span, message: "here".to_owned() };
    Diagnostic {
        why: "An agent pool depends on this file, and what cannot be read is not checked.".to_owned(),
        fix: "Correct the text at the marked place.".to_owned(),
        ..Diagnostic::bare("Syntax", Severity::Error, RuleKind::Syntax, problem.message, primary)
    }
}

fn refused_value(problem: Problem) -> Diagnostic {
    let primary = Label { span: problem.span, message: "here".to_owned() };
    let (rule, kind) = (rules::INVALID_TEMPLATE, RuleKind::DeployFailure);
    Diagnostic {
        why: "Azure Resource Manager compares what is given with the declaration before it deploys anything, and \
              rejects the whole deployment (InvalidTemplate: the provided value for the template parameter is not \
              valid)."
            .to_owned(),
        fix: "Give a value that the parameter's declaration allows, or allow this one there.".to_owned(),
        ..Diagnostic::bare(rule, Severity::Error, kind, problem.message, primary)
    }
}

fn unresolved(fleet: &Fleet, beyond_bounds: &[(usize, &'static str)]) -> Vec<Unresolved> {
    let address = |index: usize| fleet.pools.get(index).map(|pool| pool.address.clone()).unwrap_or_default();
    let mut list: Vec<Unresolved> = check::unresolved(fleet)
        .into_iter()
        .map(|(index, field, reason, span)| Unresolved {
            pool: address(index),
            field: field.name().to_owned(),
            reason,
            span,
        })
        .collect();
    list.extend(beyond_bounds.iter().map(|(index, rule)| Unresolved {
        pool: address(*index),
        field: (*rule).to_owned(),
        reason: format!("more than {} worlds", crate::world::MAX_WORLDS),
        span: None,
    }));
    list.sort();
    list.dedup();
    list
}
