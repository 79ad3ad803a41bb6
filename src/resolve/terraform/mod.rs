//! Terraform: what `terraform plan` would compute, as far as agent pools depend on it.

mod checks;
pub mod config;
pub mod eval;
mod form;
pub mod functions;
pub mod instance;
pub mod plan;
pub mod project;
pub mod registry;
pub mod repeat;
pub mod resources;
mod template;
mod terragrunt;
pub mod types;
mod unify;
mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

pub use self::config::is_var_file;
use self::config::{Call, Module};
use self::instance::{Evaluation, Instance, Services};
use self::project::{Project, Reach, Root, Scenario, path_of};
use crate::resolve::{Defaults, Problem, Resolved};
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
    /// Roots for which the configuration names the scenarios: the var files of each, in the order in which
    /// Terraform would be given them.
    pub chosen: BTreeMap<PathBuf, Vec<Vec<FileId>>>,
    /// Roots for which the configuration says to use only what Terraform itself loads.
    pub plain: BTreeSet<PathBuf>,
    /// Which defaults count.
    pub defaults: Defaults,
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
    let (units, unread) = terragrunt::units(&project, tfvars);
    let fed: BTreeSet<PathBuf> = units.iter().map(|unit| unit.module.clone()).collect();
    let (roots, reach) = project.roots(&dirs, &fed, tfvars, inputs, &is_seed);
    let units: Vec<terragrunt::Unit> =
        units.into_iter().filter(|unit| reach.reaching.contains(&unit.module)).collect();
    let units: Vec<_> = units.into_iter().flat_map(|unit| unit.with(inputs, sources)).collect();
    let jobs: Vec<(&Root, &Scenario)> =
        roots.iter().flat_map(|root| root.scenarios.iter().map(move |scenario| (root, scenario))).collect();
    let count = jobs.len() + units.len();
    let results: Vec<Resolved> =
        jobs.par_iter().map(|job| evaluate(&project, *job, inputs, count, &reach)).collect();
    let by_units: Vec<Resolved> =
        units.par_iter().map(|unit| evaluate_unit(&project, unit, inputs, count, &reach)).collect();
    let mut resolved = Resolved { problems: unread, ..Resolved::default() };
    resolved.problems.extend(unused(&project, &roots, &units, inputs));
    for result in results.into_iter().chain(by_units) {
        resolved.resources.extend(result.resources);
        resolved.problems.extend(result.problems);
        resolved.unread.extend(result.unread);
        resolved.switched_off.extend(result.switched_off);
        resolved.unchecked.extend(result.unchecked);
    }
    for module in project.loaded() {
        let needed = reach.reaching.contains(&module.dir);
        // A file can have thousands of errors, and its text is read once.
        let mut known: BTreeMap<FileId, bool> = BTreeMap::new();
        let mut is_needed = |file: FileId| {
            // A file that something else fills in before Terraform sees it is not wrong, only unread. What is lost in
            // a broken file is among no module's resources: the text tells whether that may be ours.
            let is_ours = |text: &str| !is_template(text) && (needed || unread::writes_ours(text));
            *known.entry(file).or_insert_with(|| sources.text(file).is_some_and(|text| is_ours(&text)))
        };
        resolved.problems.extend(module.errors.iter().map(|error| Problem {
            span: error.span,
            message: error.message.clone(),
            needed: is_needed(error.span.file),
        }));
        resolved.problems.extend(module.misdeclared.iter().map(|(span, message)| Problem {
            span: *span,
            message: message.clone(),
            needed,
        }));
    }
    for module in project.loaded() {
        resolved
            .problems
            .extend(module.calls.iter().filter_map(|(name, call)| absent(&project, &module, name, call)));
    }
    for list in [&mut resolved.problems, &mut resolved.unchecked] {
        list.sort();
        list.dedup();
    }
    resolved
}

/// What was asked for and applies to no root: a variable that none declares, which Terraform refuses, and var files
/// without a value for any, which Terraform warns of.
fn unused(
    project: &Project<'_>,
    roots: &[Root],
    units: &[terragrunt::Unit],
    inputs: &Inputs,
) -> Vec<Problem> {
    let dirs: BTreeSet<&PathBuf> =
        roots.iter().map(|root| &root.dir).chain(units.iter().map(|unit| &unit.module)).collect();
    let modules: Vec<Arc<Module>> = dirs.into_iter().filter_map(|dir| project.module(dir)).collect();
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
    let is_ours = is_about_aks(source);
    let is_here = call.local_dir(&module.dir).is_some() || project.installed(&module.dir, name).is_some();
    let is_known = || matches!(registry::lookup(call), registry::Lookup::Known(_));
    (is_ours && !is_here && !is_known()).then(|| not_on_disk(call))
}

/// The module of a call is not on disk.
fn not_on_disk(call: &Call) -> Problem {
    let what = match registry::lookup(call) {
        registry::Lookup::Unknown(what) => what,
        _ => format!("module `{}` is not on disk", call.source.as_deref().unwrap_or("?")),
    };
    Problem {
        span: call.block.header,
        message: format!("{what}; its agent pools are not checked"),
        needed: false,
    }
}

/// Whether the name of a module or folder says that it is about AKS.
fn is_about_aks(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = ["aks", "containerservice", "kubernetes-cluster", "kubernetes_cluster"];
    words.iter().any(|word| name.contains(word))
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
    let is_plain = scenario.name.is_none();
    // Somebody who gives no input that this run knows of may give others.
    let may_be_given_more = is_plain && scenario.files.is_empty() && options.vars.is_empty();
    let scope: Arc<str> = Arc::from(root.dir.to_string_lossy());
    let visit = |instance: &Rc<Instance<'_>>| {
        if is_plain {
            checks::validations(instance);
        }
    };
    let met = run(project, &root.dir, jobs, |shared| {
        let mut inputs = inputs(shared, project, &scenario.files, &mut resolved.problems);
        inputs.extend(single_inputs(shared, project, &module, options, &mut resolved.problems));
        let instance = match options.defaults {
            Defaults::ButOfSwitches | Defaults::Never if may_be_given_more => {
                Instance::root_of_anybody(shared.clone(), module.clone(), options.defaults)
            }
            _ => Instance::root(shared.clone(), module.clone(), inputs),
        };
        collect(project, &instance, (&scope, &scenario.name), reach, &visit, &mut resolved);
        if may_be_given_more {
            resolved.switched_off = unread::switched_off(project, &instance, reach);
        }
    });
    resolved.problems.extend(met.problems);
    resolved.unchecked.extend(met.unchecked);
    let mut refused = met.refusals;
    // A var file that only seems to belong to the root, or a library without its caller, is no plan that anybody
    // makes.
    if module.is_deployed && is_plain {
        refused.extend(resolved.resources.iter().flat_map(resources::refused));
    }
    // Nor is that with defaults that Terraform refuses: who plans gives others. What it refuses of any stays.
    if may_be_given_more && !refused.is_empty() {
        let mut of_anybody = Resolved::default();
        let met = run(project, &root.dir, jobs, |shared| {
            let instance = Instance::root_of_anybody(shared.clone(), module.clone(), Defaults::Never);
            collect(project, &instance, (&scope, &scenario.name), reach, &visit, &mut of_anybody);
        });
        let always = met.refusals.into_iter().chain(of_anybody.resources.iter().flat_map(resources::refused));
        let always: BTreeSet<Span> = always.map(|problem| problem.span).collect();
        refused.retain(|problem| always.contains(&problem.span));
    }
    // A place of which something is told already, of all or a part of it, needs no second word.
    let told: BTreeSet<Span> = resolved.problems.iter().map(|problem| problem.span).collect();
    refused.retain(|problem| {
        let first = Span { end: problem.span.start, ..problem.span };
        let mut within =
            told.range(first..).take_while(|told| told.file == first.file && told.start <= problem.span.end);
        !within.any(|told| told.end <= problem.span.end)
    });
    resolved.problems.extend(refused);
    resolved
}

/// Evaluates the module of a Terragrunt unit, one job of so many.
fn evaluate_unit(
    project: &Project<'_>,
    unit: &terragrunt::Unit,
    options: &Inputs,
    jobs: usize,
    reach: &Reach,
) -> Resolved {
    let mut resolved = Resolved::default();
    let Some(module) = project.module(&unit.module) else { return resolved };
    let met = run(project, &unit.module, jobs, |shared| {
        let mut values = unit.inputs.clone();
        // Terragrunt passes inputs as environment variables, over which every var file wins.
        values.extend(inputs(shared, project, &unit.var_files, &mut resolved.problems));
        values.extend(single_inputs(shared, project, &module, options, &mut resolved.problems));
        let instance = Instance::root_called_at(shared.clone(), module, values, Some(unit.called_at));
        let scope: Arc<str> = Arc::from(unit.dir.to_string_lossy());
        let name = Some(unit.name.clone());
        collect(project, &instance, (&scope, &name), reach, &|_| {}, &mut resolved);
    });
    resolved.problems.extend(met.problems);
    resolved.problems.extend(met.refusals);
    resolved.unchecked.extend(met.unchecked);
    resolved
}

/// The resources of interest of a root and of all modules that it calls, each of which is also shown to `visit`.
fn collect(
    project: &Project<'_>,
    root: &Rc<Instance<'_>>,
    (scope, scenario): (&Arc<str>, &Option<Arc<str>>),
    reach: &Reach,
    visit: &dyn Fn(&Rc<Instance<'_>>),
    resolved: &mut Resolved,
) {
    let is_reaching = |dir: &Path| {
        // What an installed module calls in turn was not among the directories that were searched.
        reach.reaching.contains(dir)
            || (!reach.calls.contains_key(dir)
                && !project.reach(&BTreeSet::from([dir.to_owned()]), &is_seed).reaching.is_empty())
    };
    let interesting = |instance: &Rc<Instance<'_>>, name: &Arc<str>, call: &Call| {
        let find = || instance.dir_of(name, call).is_some_and(|dir| is_reaching(&dir));
        if call.is_local() { reach.of_call(&instance.module, name, find) } else { find() }
    };
    root.walk(&interesting, &mut |instance| {
        visit(instance);
        resources::collect(instance, scope, scenario, resolved);
    });
    unread::collect(project, root, scope, scenario, resolved);
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

/// What an evaluation met.
struct Met {
    /// What is wrong.
    problems: Vec<Problem>,
    /// What Terraform refuses of the values that it met.
    refusals: Vec<Problem>,
    /// What was left out.
    unchecked: Vec<Problem>,
}

/// Runs an evaluation and returns what it met.
fn run(project: &Project<'_>, dir: &Path, jobs: usize, work: impl FnOnce(&Rc<dyn Services + '_>)) -> Met {
    let evaluation = Rc::new(Evaluation::new(project, dir, jobs));
    let shared: Rc<dyn Services + '_> = evaluation.clone();
    work(&shared);
    let told = |found: BTreeMap<Span, String>, needed: bool| {
        found.into_iter().map(|(span, message)| Problem { span, message, needed }).collect()
    };
    Met {
        problems: told(evaluation.problems(), true),
        refusals: told(evaluation.refusals(), true),
        unchecked: told(evaluation.unchecked(), false),
    }
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

/// The variables that var files set, later files winning.
fn inputs<'p>(
    shared: &Rc<dyn Services + 'p>,
    project: &Project<'_>,
    files: &[FileId],
    problems: &mut Vec<Problem>,
) -> BTreeMap<Arc<str>, Value> {
    let mut values = BTreeMap::new();
    let empty = Instance::root(shared.clone(), Arc::new(Module::default()), BTreeMap::new());
    let scope = eval::Scope::new(&empty);
    for file in files {
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
