//! Evaluates all of a template, whatever it deploys, and counts what its expressions came to. Nothing of a
//! normal run needs this; it judges the evaluator, and whatever else compiles to templates.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::template::{self, Given};
use super::{Input, Resolved, Tree};
use crate::resolve::Defaults;
use crate::source::Span;
use crate::value::{Alternative, Node, Reason, Region, Unknown, Value, ops};

/// What an expression came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// One value, known to its last leaf.
    Known,
    /// Several values, all of them known.
    Several,
    /// An array or object of which some leaves are not known.
    Partly,
    /// Not known, in some world at least.
    Unknown,
}

/// One evaluation of one expression: in a loop there are several of each.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The expression.
    pub span: Span,
    /// What it came to.
    pub state: State,
    /// Why it is not known, where it is not. A failure is among them only if there is no world without it.
    pub reasons: BTreeSet<Reason>,
    /// The messages of failures in some worlds, which depend on an input that is not known: in them the service
    /// fails as well, and deploys nothing of which anything could be said.
    pub failures: BTreeSet<Arc<str>>,
}

impl Outcome {
    /// What a value is in some worlds; `None` if it is in none of them.
    fn of(span: Span, value: &Value, worlds: &[Region]) -> Option<Outcome> {
        let parts: Cow<'_, [Value]> = match worlds {
            [all] if all.is_everywhere() => Cow::Borrowed(std::slice::from_ref(value)),
            _ => worlds.iter().filter_map(|region| value.within(region)).collect(),
        };
        let mut outcome =
            Outcome { span, state: State::Known, reasons: BTreeSet::new(), failures: BTreeSet::new() };
        parts.iter().for_each(|part| outcome.gather(part, &Region::everywhere(), 0));
        let alternatives = || parts.iter().flat_map(Value::alternatives);
        let fails = |alternative: &&Alternative| {
            !alternative.region.is_everywhere() && ops::is_failure(&alternative.node)
        };
        let left = alternatives().filter(|alternative| !fails(alternative));
        let unknown = left.clone().any(|alternative| matches!(alternative.node, Node::Unknown(_)));
        let uniform =
            left.clone().count() == 1 && left.clone().all(|alternative| is_uniform(&alternative.node));
        let nothing_left = left.count() == 0;
        outcome.state = match (parts.is_empty(), unknown || nothing_left, outcome.reasons.is_empty(), uniform)
        {
            (true, ..) => return None,
            (_, true, ..) => State::Unknown,
            (_, _, false, _) => State::Partly,
            (_, _, _, true) => State::Known,
            _ => State::Several,
        };
        Some(outcome)
    }

    /// The reasons for what is not known of a value and its parts in the worlds of a region.
    fn gather(&mut self, value: &Value, within: &Region, depth: usize) {
        // Values of more levels do not come out of the evaluator.
        if depth > 128 {
            return;
        }
        for alternative in value.alternatives() {
            let Some(here) = alternative.region.and(within) else { continue };
            let mut note = |unknown: &Unknown| match &unknown.reason {
                Reason::Failed(message) if !here.is_everywhere() => _ = self.failures.insert(message.clone()),
                reason if self.reasons.contains(reason) => {}
                reason => _ = self.reasons.insert(reason.clone()),
            };
            match &alternative.node {
                Node::Unknown(unknown) => note(unknown),
                Node::List(list) => {
                    list.open.iter().for_each(|open| note(open));
                    list.items.iter().for_each(|item| self.gather(item, &here, depth + 1));
                }
                Node::Map(map) => {
                    map.open.iter().for_each(|open| note(open));
                    map.entries.values().for_each(|item| self.gather(item, &here, depth + 1));
                }
                _ => {}
            }
        }
    }
}

/// Whether the parts of a composite are the same in all worlds.
fn is_uniform(node: &Node) -> bool {
    match node {
        Node::List(list) => list.items.iter().all(Value::is_uniform),
        Node::Map(map) => map.entries.values().all(Value::is_uniform),
        _ => true,
    }
}

/// How much of a template is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What managed clusters and agent pools depend on.
    Pools,
    /// Everything, and what each expression came to.
    Expressions,
    /// Everything, with resources as they are deployed: nested deployments are among them, and so are tags and
    /// conditions.
    Resources,
}

/// What is written down on the way.
#[derive(Debug)]
pub(super) struct Notes {
    outcomes: RefCell<Vec<Outcome>>,
    /// The worlds in which there is what is being evaluated: in the others the service evaluates nothing of it.
    worlds: RefCell<Vec<Region>>,
    /// Whether resources are given as they are deployed.
    pub(super) resources: bool,
}

impl Notes {
    /// Nothing yet. `None` where nothing is to be written down.
    pub(super) fn of(extent: Extent) -> Option<Notes> {
        (extent != Extent::Pools).then(|| Notes {
            outcomes: RefCell::default(),
            worlds: RefCell::new(vec![Region::everywhere()]),
            resources: extent == Extent::Resources,
        })
    }

    pub(super) fn add(&self, span: Span, value: &Value) {
        if self.resources {
            return;
        }
        let outcome = Outcome::of(span, value, &self.worlds.borrow());
        self.outcomes.borrow_mut().extend(outcome);
    }

    /// The worlds of which it speaks and that lie in one of the regions.
    pub(super) fn of_these(&self, regions: &[Region]) -> Vec<Region> {
        self.worlds.borrow().iter().flat_map(|a| regions.iter().filter_map(|b| a.and(b))).collect()
    }

    /// From now on speaks of these worlds only. Returns those that it spoke of before.
    pub(super) fn swap_worlds(&self, worlds: Vec<Region>) -> Vec<Region> {
        self.worlds.replace(worlds)
    }

    pub(super) fn into_outcomes(self) -> Vec<Outcome> {
        self.outcomes.into_inner()
    }
}

/// Everything that a template deploys with one parameter file or none, and what each of its expressions came
/// to: those of resources of every type, of variables and of outputs, in nested deployments too.
pub fn survey(input: &Input<'_>, parameter_file: Option<(&str, &Tree)>) -> (Resolved, Vec<Outcome>) {
    let mut resolved = Resolved::default();
    let library = std::collections::BTreeMap::new();
    let outcomes =
        template::evaluate(input, given(parameter_file), &library, 1, Extent::Expressions, &mut resolved);
    (resolved, outcomes)
}

/// Every resource that a template deploys with one parameter file or none, of whatever type and at any depth.
/// Nested deployments are among them, without their templates; `condition` and `tags` are members of the bodies.
pub fn deployed(input: &Input<'_>, parameter_file: Option<(&str, &Tree)>) -> Resolved {
    let mut resolved = Resolved::default();
    let library = std::collections::BTreeMap::new();
    template::evaluate(input, given(parameter_file), &library, 1, Extent::Resources, &mut resolved);
    resolved
}

fn given<'t>(parameter_file: Option<(&'t str, &'t Tree)>) -> Given<'t> {
    parameter_file.map_or(Given::Nothing(Defaults::Count), |(path, root)| Given::File(path, root))
}
