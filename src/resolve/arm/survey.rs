//! Evaluates all of a template, whatever it deploys, and counts what its expressions came to. Nothing of a
//! normal run needs this; it judges the evaluator, and whatever else compiles to templates.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::{Input, Resolved, Tree, template};
use crate::source::Span;
use crate::value::{Node, Reason, Value};

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
    /// Why it is not known, where it is not.
    pub reasons: BTreeSet<Reason>,
}

impl Outcome {
    fn of(span: Span, value: &Value) -> Outcome {
        let mut reasons = BTreeSet::new();
        let whole =
            value.alternatives().iter().all(|alternative| !matches!(alternative.node, Node::Unknown(_)));
        gather(value, 0, &mut reasons);
        let state = match (whole, reasons.is_empty(), value.is_uniform()) {
            (false, ..) => State::Unknown,
            (true, false, _) => State::Partly,
            (true, true, true) => State::Known,
            (true, true, false) => State::Several,
        };
        Outcome { span, state, reasons }
    }
}

fn gather(value: &Value, depth: usize, reasons: &mut BTreeSet<Reason>) {
    // Values of more levels do not come out of the evaluator.
    if depth > 128 {
        return;
    }
    for alternative in value.alternatives() {
        match &alternative.node {
            Node::Unknown(unknown) => {
                reasons.insert(unknown.reason.clone());
            }
            Node::List(list) => {
                reasons.extend(list.open.iter().map(|open| open.reason.clone()));
                list.items.iter().for_each(|item| gather(item, depth + 1, reasons));
            }
            Node::Map(map) => {
                reasons.extend(map.open.iter().map(|open| open.reason.clone()));
                map.entries.values().for_each(|item| gather(item, depth + 1, reasons));
            }
            _ => {}
        }
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
    /// Whether resources are given as they are deployed.
    pub(super) resources: bool,
}

impl Notes {
    /// Nothing yet. `None` where nothing is to be written down.
    pub(super) fn of(extent: Extent) -> Option<Notes> {
        let resources = extent == Extent::Resources;
        (extent != Extent::Pools).then(|| Notes { outcomes: RefCell::default(), resources })
    }

    pub(super) fn add(&self, span: Span, value: &Value) {
        if !self.resources {
            self.outcomes.borrow_mut().push(Outcome::of(span, value));
        }
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
    let outcomes = template::evaluate(input, parameter_file, &library, 1, Extent::Expressions, &mut resolved);
    (resolved, outcomes)
}

/// Every resource that a template deploys with one parameter file or none, of whatever type and at any depth.
/// Nested deployments are among them, without their templates; `condition` and `tags` are members of the bodies.
pub fn deployed(input: &Input<'_>, parameter_file: Option<(&str, &Tree)>) -> Resolved {
    let mut resolved = Resolved::default();
    let library = std::collections::BTreeMap::new();
    template::evaluate(input, parameter_file, &library, 1, Extent::Resources, &mut resolved);
    resolved
}
