//! Terraform: what `terraform plan` would compute, as far as agent pools depend on it.

mod checks;
pub mod config;
pub mod eval;
pub mod functions;
pub mod instance;
pub mod project;
pub mod registry;
pub mod repeat;
pub mod resources;
pub mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

pub use self::config::is_var_file;
use self::config::{Call, Module};
use self::instance::{Evaluation, Instance, Services};
use self::project::{Project, Reach, Root, Scenario, path_of};
use crate::resolve::{Problem, Resolved};
use crate::source::{FileId, Sources, Span};
use crate::syntax::hcl;
use crate::value::{Place, Provenance, Reason, Value, ops};

/// Which input files are used.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Var files to use instead of those that are found.
    pub var_files: Vec<FileId>,
    /// Values of single variables, each by its name in a text `NAME=VALUE`. They win over those of all files, and
    /// hold in every root that has such a variable.
    pub vars: BTreeMap<Arc<str>, FileId>,
    /// Use only what Terraform itself loads.
    pub no_alternatives: bool,
}

/// Resolves every root among the directories of `files`, which are those that may define pools or call
/// modules; `tfvars` are the var files of the project.
pub fn resolve(
    sources: &Sources,
    project_root: &Path,
    files: &[FileId],
    tfvars: &[FileId],
    inputs: &Inputs,
) -> Resolved {
    let project = Project::new(sources, project_root);
    let dirs: BTreeSet<PathBuf> =
        files.iter().filter_map(|file| path_of(sources, *file).parent().map(Path::to_owned)).collect();
    // Files that discovery left aside are numbered as they are loaded, so that has to happen in order.
    for dir in &dirs {
        for path in config::files_in(sources, dir) {
            _ = sources.load(&path);
        }
    }
    // Parsing is most of the work, and independent.
    dirs.par_iter().for_each(|dir| {
        project.module(dir);
    });
    let (roots, reach) = project.roots(&dirs, tfvars, inputs, &is_seed);
    let jobs: Vec<(&Root, &Scenario)> =
        roots.iter().flat_map(|root| root.scenarios.iter().map(move |scenario| (root, scenario))).collect();
    let results: Vec<Resolved> =
        jobs.par_iter().map(|job| evaluate(&project, *job, inputs, jobs.len(), &reach)).collect();
    let mut resolved = Resolved { problems: unused(&project, &roots, inputs), ..Resolved::default() };
    for result in results {
        resolved.resources.extend(result.resources);
        resolved.problems.extend(result.problems);
    }
    for module in project.loaded() {
        let needed = reach.reaching.contains(&module.dir);
        // A file that something else fills in before Terraform sees it is not wrong, only unread.
        let is_template = |span: Span| sources.text(span.file).is_some_and(|text| is_template(&text));
        resolved.problems.extend(module.errors.iter().map(|error| Problem {
            span: error.span,
            message: error.message.clone(),
            needed: needed && !is_template(error.span),
        }));
        resolved.problems.extend(module.repeated.iter().map(|(span, what)| Problem {
            span: *span,
            message: format!("{what} is declared twice"),
            needed,
        }));
    }
    for module in project.loaded() {
        resolved
            .problems
            .extend(module.calls.iter().filter_map(|(name, call)| absent(&project, &module, name, call)));
    }
    resolved.problems.sort();
    resolved.problems.dedup();
    resolved
}

/// What was asked for and applies to no root: a variable that none declares, which Terraform refuses, and var files
/// without a value for any, which Terraform warns of.
fn unused(project: &Project<'_>, roots: &[Root], inputs: &Inputs) -> Vec<Problem> {
    let modules: Vec<Arc<Module>> = roots.iter().filter_map(|root| project.module(&root.dir)).collect();
    let is_declared = |name: &Arc<str>| modules.iter().any(|module| module.variables.contains_key(name));
    if modules.iter().any(|module| !module.complete) {
        return Vec::new();
    }
    let which = match modules.len() {
        0 => return Vec::new(),
        1 => "the root module that defines agent pools",
        _ => "each root module that defines agent pools",
    };
    let vars = inputs.vars.iter().filter(|(name, _)| !is_declared(name)).map(|(name, file)| Problem {
        span: Span::new(*file, 0, name.len()),
        message: format!("{which} lacks a variable `{name}`"),
        needed: true,
    });
    let is_idle = |file: &&FileId| {
        let keys = project.keys(**file);
        !keys.is_empty() && !keys.iter().any(is_declared)
    };
    let files = inputs.var_files.iter().filter(is_idle).map(|file| Problem {
        span: Span::new(*file, 0, 0),
        message: format!("{which} lacks every variable that this file has a value for"),
        needed: false,
    });
    vars.chain(files).collect()
}

/// Whether a text that is no Terraform has the marks of a template in another language: `{{ … }}` or `{% … %}`.
/// Terraform's own are `${…}` and `%{…}`.
fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// A module that by its source is about AKS, or that the project itself should have, and that is not on disk: pools
/// that nobody has looked at.
fn absent(project: &Project<'_>, module: &Module, name: &str, call: &Call) -> Option<Problem> {
    let source = call.source.as_deref()?;
    if call.local_dir(&module.dir).is_some_and(|dir| project.module(&dir).is_none()) {
        return Some(Problem {
            span: call.block.header,
            message: format!("there is no module in `{source}`; its agent pools are not checked"),
            needed: false,
        });
    }
    let words = source.to_ascii_lowercase();
    let is_ours = ["aks", "containerservice", "kubernetes-cluster", "kubernetes_cluster"];
    let is_ours = is_ours.iter().any(|word| words.contains(word));
    let is_here = call.local_dir(&module.dir).is_some() || project.installed(&module.dir, name).is_some();
    let what = match registry::lookup(call) {
        _ if is_here || !is_ours => return None,
        registry::Lookup::Known(_) => return None,
        registry::Lookup::Unknown(what) => what,
        registry::Lookup::Foreign => format!("module `{source}` is not on disk"),
    };
    Some(Problem {
        span: call.block.header,
        message: format!("{what}; its agent pools are not checked"),
        needed: false,
    })
}

/// Whether a module itself defines something of interest.
fn is_seed(module: &Module) -> bool {
    module.resources.keys().any(|(kind, _)| resources::is_of_interest(kind))
}

/// Evaluates a root in one of its scenarios, one job of so many.
fn evaluate(
    project: &Project<'_>,
    (root, scenario): (&Root, &Scenario),
    options: &Inputs,
    jobs: usize,
    reach: &Reach,
) -> Resolved {
    let mut resolved = Resolved::default();
    let Some(module) = project.module(&root.dir) else { return resolved };
    let module_is_deployed = module.is_deployed;
    let problems = run(project, &root.dir, jobs, |shared| {
        let mut inputs = inputs(shared, project, scenario, &mut resolved.problems);
        inputs.extend(single_inputs(shared, project, &module, options, &mut resolved.problems));
        let instance = Instance::root(shared.clone(), module, inputs);
        let scope: Arc<str> = Arc::from(root.dir.to_string_lossy());
        let interesting = |dir: &Path| {
            // What an installed module calls in turn was not among the directories that were searched.
            reach.reaching.contains(dir)
                || (!reach.calls.contains_key(dir)
                    && !project.reach(&BTreeSet::from([dir.to_owned()]), &is_seed).reaching.is_empty())
        };
        instance.walk(&interesting, &mut |instance| {
            resources::collect(instance, &scope, &scenario.name, &mut resolved.resources);
        });
    });
    resolved.problems.extend(problems);
    // A var file that only seems to belong to the root, or a library without its caller, is no plan that anybody
    // makes.
    if module_is_deployed && scenario.name.is_none() {
        let refused: Vec<Problem> = resolved.resources.iter().flat_map(resources::refused).collect();
        resolved.problems.extend(refused);
    }
    resolved
}

/// The local values of the module in a directory, planned as a root with no input but the defaults of its
/// variables: Terraform's language without resources.
pub fn local_values(sources: &Sources, dir: &Path) -> BTreeMap<Arc<str>, Value> {
    let project = Project::new(sources, sources.project());
    let Some(module) = project.module(dir) else { return BTreeMap::new() };
    let mut values = BTreeMap::new();
    run(&project, dir, 1, |shared| {
        let scope = eval::Scope::new(&Instance::root(shared.clone(), module.clone(), BTreeMap::new()));
        values.extend(module.locals.iter().map(|(name, expr)| (name.clone(), eval::eval(expr, &scope))));
    });
    values
}

/// Runs an evaluation and returns the problems it met.
fn run(
    project: &Project<'_>,
    dir: &Path,
    jobs: usize,
    work: impl FnOnce(&Rc<dyn Services + '_>),
) -> Vec<Problem> {
    let evaluation = Rc::new(Evaluation::new(project, dir, jobs));
    let shared: Rc<dyn Services + '_> = evaluation.clone();
    work(&shared);
    evaluation.problems().into_iter().map(|(span, message)| Problem { span, message, needed: true }).collect()
}

/// The variables that are set one by one, as Terraform reads `-var NAME=VALUE`: the text itself where the variable
/// is declared as a string, number or boolean or without a type, else an expression without references. Source: the
/// function `decodeVariableType` of Terraform's `internal/configs`.
fn single_inputs<'p>(
    shared: &Rc<dyn Services + 'p>,
    project: &Project<'_>,
    module: &Module,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Arc<str>, Value> {
    let empty = Instance::root(shared.clone(), Arc::new(Module::default()), BTreeMap::new());
    let scope = eval::Scope::new(&empty);
    let mut values = BTreeMap::new();
    for (name, file) in &inputs.vars {
        let Some(variable) = module.variables.get(name) else { continue };
        let Some(text) = project.sources().text(*file) else { continue };
        let place = Place::Input(name.clone());
        let value = if variable.takes_text() {
            let start = name.len() + 1;
            let span = Span::new(*file, start, text.len());
            Value::string(text.get(start..).unwrap_or_default(), Provenance::placed(span, place))
        } else {
            let (parsed, errors) = hcl::parse(*file, &text);
            problems.extend(errors.into_iter().map(|error| Problem {
                span: error.span,
                message: error.message,
                needed: true,
            }));
            let Some(attribute) = parsed.body.attributes.into_iter().next() else { continue };
            let value = eval::eval(&attribute.expr, &scope);
            if let Reason::Failed(message) = ops::reason_of(&[&value]) {
                problems.push(Problem {
                    span: attribute.expr.span,
                    message: message.to_string(),
                    needed: true,
                });
            }
            eval::placed(value, &place)
        };
        values.insert(name.clone(), value);
    }
    values
}

/// The variables that the scenario's files set.
fn inputs<'p>(
    shared: &Rc<dyn Services + 'p>,
    project: &Project<'_>,
    scenario: &Scenario,
    problems: &mut Vec<Problem>,
) -> BTreeMap<Arc<str>, Value> {
    let mut values = BTreeMap::new();
    let empty = Instance::root(shared.clone(), Arc::new(Module::default()), BTreeMap::new());
    let scope = eval::Scope::new(&empty);
    for file in &scenario.files {
        let Some((parsed, errors)) = config::parse(project.sources(), *file) else { continue };
        problems.extend(errors.into_iter().map(|error| Problem {
            span: error.span,
            message: error.message,
            needed: true,
        }));
        for attribute in parsed.body.attributes {
            let value = eval::eval(&attribute.expr, &scope);
            let value = eval::placed(value, &Place::Input(attribute.name.clone()));
            values.insert(attribute.name, value);
        }
    }
    values
}
