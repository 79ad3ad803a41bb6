//! ARM templates, hand-written or compiled from Bicep: JSON with an expression language.
//!
//! Evaluated is what managed clusters and agent pools depend on, and nothing else.

mod azd;
mod cloud;
mod deployment;
mod eval;
pub mod expr;
pub mod functions;
mod links;
mod print;
mod refused;
mod scenario;
mod scope;
mod survey;
mod template;
mod tokens;
pub mod tree;
mod whatif;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

pub use azd::convert as convert_for_azd;
pub use refused::{Refusal, Refused};
pub use scenario::{File, Scenarios, fits, is_named_for, pair, strangers};
pub use survey::{Outcome, State, deployed, survey};
pub use template::readable;
pub use tokens::{filled, unrendered};

use super::{Defaults, Problem, Resource};
use crate::source::Span;

use crate::syntax::data;
use crate::value::Reason;
use survey::Extent;
use template::{Concern, Given};
use tree::Node as Tree;

/// The resource type of clusters, as the service spells it.
pub const MANAGED_CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";
/// The resource type of agent pools that are resources of their own.
pub const AGENT_POOLS: &str = "Microsoft.ContainerService/managedClusters/agentPools";

/// A JSON file of Azure Resource Manager.
#[derive(Debug)]
pub enum Document {
    /// A template.
    Template(Tree),
    /// Values for a template's parameters.
    Parameters(Tree),
}

impl Document {
    /// The root of either.
    pub fn root(&self) -> &Tree {
        match self {
            Document::Template(root) | Document::Parameters(root) => root,
        }
    }

    /// What a JSON file is; `None` for anything else. A file that somebody named as a parameter file is one.
    pub fn of_json(json: data::Node, is_parameter_file: bool) -> Option<Document> {
        let json = scenario::enveloped(scenario::exported(json));
        if is_parameter_file || scenario::is_parameter_file(&json) {
            Some(Document::Parameters(tree::parameter_file(json)))
        } else if scenario::is_template(&json) {
            Some(Document::Template(tree::template(json)))
        } else {
            whatif::template(&json).map(Document::Template)
        }
    }
}

/// A template and the parameter files that it is deployed with.
#[derive(Debug, Clone)]
pub struct Input<'t> {
    /// Its path, which names it.
    pub path: &'t str,
    /// Its root.
    pub template: &'t Tree,
    /// Paths and roots of its parameter files, each a real scenario.
    pub parameter_files: Vec<(&'t str, &'t Tree)>,
}

/// What the templates deploy.
#[derive(Debug, Default)]
pub struct Resolved {
    /// Managed clusters and agent pools in the order of the templates and, within one, of the text. The
    /// body of a pool that is a resource of its own has its last segment as `name` and the name of its
    /// cluster as `parent`, where that is known.
    pub resources: Vec<Resource>,
    /// What is wrong with the templates, as far as evaluating them met it. Sorted by place, without
    /// repetition.
    pub problems: Vec<Problem>,
    /// What evaluating the templates left out because it would take more than the bounds allow: nothing is wrong with
    /// it, and it is not checked. Sorted as the problems are.
    pub unchecked: Vec<Problem>,
    /// What the service rejects before it deploys anything. Sorted as the problems are.
    pub refused: Vec<Refused>,
    /// Deployments whose templates are not read.
    pub unresolved: Vec<Unresolved>,
    /// Where something of ours is written that the defaults of parameters leave out, in templates without a parameter
    /// file.
    pub switched_off: Vec<Span>,
    /// The paths of the templates that deployments of these link to.
    pub linked: BTreeSet<Arc<str>>,
    /// The paths that deployments link to and that were not given. What lies there may be given in another call.
    pub missing: BTreeSet<Arc<str>>,
}

/// A nested deployment that could not be looked into: it may deploy anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The path of the root template.
    pub root: Arc<str>,
    /// The real scenario.
    pub scenario: Option<Arc<str>>,
    /// Where the template is named.
    pub span: Span,
    /// Why.
    pub reason: Reason,
    /// Whether a file of the project that it may deploy has clusters or pools, or it is given something of pools.
    pub may_be_ours: bool,
}

/// Evaluates every template once for each of its parameter files; without one where it has none or needs
/// none. A template that another one links to, and that has no parameter file, is deployed by the other only.
pub fn resolve(templates: &[Input<'_>]) -> Resolved {
    resolve_with(templates, &[], &[], Defaults::Count)
}

/// The same among others: templates and parameter files that deployments of the templates may link to, and templates
/// that others call as modules, which are deployed by their own parameter files only.
pub fn resolve_with(
    templates: &[Input<'_>],
    others: &[File<'_>],
    modules: &[Input<'_>],
    defaults: Defaults,
) -> Resolved {
    let alone =
        |input: &Input<'_>| input.parameter_files.is_empty() || template::has_all_defaults(input.template);
    let inputs = templates.iter().map(|input| (input, alone(input)));
    let inputs: Vec<_> = inputs.chain(modules.iter().map(|input| (input, false))).collect();
    // What strangers have beside it takes nothing from what a template may cost.
    let ours = |(input, _): &&(&Input<'_>, bool)| Concern::default().is_in(input.template);
    let inputs: Vec<_> = inputs.par_iter().filter(ours).copied().collect();
    let jobs = inputs.into_iter().flat_map(|(input, alone)| {
        let files = input.parameter_files.iter().map(|file| Some(*file));
        alone.then_some(None).into_iter().chain(files).map(move |file| (input, file))
    });
    let jobs: Vec<_> = jobs.collect();
    let files = others.iter().map(|file| (file.path, file.root));
    let library: BTreeMap<&str, &Tree> =
        files.chain(templates.iter().chain(modules).map(|t| (t.path, t.template))).collect();
    // Collected in the order of the jobs, whichever ends first.
    let results: Vec<Resolved> = jobs
        .par_iter()
        .map(|(input, file)| {
            let mut resolved = Resolved::default();
            let given = match file {
                Some((path, root)) => Given::File(path, root),
                None if input.parameter_files.is_empty() => Given::Nothing(defaults),
                None => Given::Nothing(Defaults::Count),
            };
            template::evaluate(input, given, &library, jobs.len(), Extent::Pools, &mut resolved);
            resolved
        })
        .collect();
    let mut links: BTreeMap<&str, BTreeSet<Arc<str>>> = BTreeMap::new();
    for ((input, _), result) in jobs.iter().zip(&results) {
        links.entry(input.path).or_default().extend(result.linked.iter().cloned());
    }
    // Of templates that link each other in a circle each is one of its own.
    let all: BTreeSet<Arc<str>> = links.values().flatten().cloned().collect();
    let is_part = |path: &str| {
        let reaches = |from: &str, to: &str| links.get(from).is_some_and(|links| links.contains(to));
        all.contains(path)
            && links.keys().any(|other| *other != path && reaches(other, path) && !reaches(path, other))
    };
    let mut resolved = Resolved::default();
    for ((input, file), result) in jobs.iter().zip(results) {
        if file.is_none() && is_part(input.path) {
            continue;
        }
        // A deployment without clusters and pools is not ours to judge.
        if !result.resources.is_empty() {
            resolved.refused.extend(result.refused);
            let given = file.map(|(path, root)| scenario::undeclared(input, &File { path, root }));
            resolved.refused.extend(given.unwrap_or_default());
        }
        resolved.resources.extend(result.resources);
        if input.parameter_files.is_empty() {
            resolved.switched_off.extend(result.switched_off);
        }
        resolved.problems.extend(result.problems);
        resolved.unchecked.extend(result.unchecked);
        resolved.unresolved.extend(result.unresolved);
        resolved.linked.extend(result.linked);
        resolved.missing.extend(result.missing);
    }
    for list in [&mut resolved.problems, &mut resolved.unchecked] {
        list.sort();
        list.dedup();
    }
    resolved.refused = Refused::sorted(resolved.refused);
    resolved
}

#[cfg(test)]
mod tests;
