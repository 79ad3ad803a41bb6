//! Evaluates all of a template, whatever it deploys, and counts what its expressions came to. Nothing of a
//! normal run needs this; it judges the evaluator, and whatever else compiles to templates.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::{Input, Resolved, Tree, template};
use crate::source::Span;
use crate::value::{Node, Reason, Region, Value};

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
    /// What a value is in some worlds; `None` if it is in none of them.
    fn of(span: Span, value: &Value, worlds: &[Region]) -> Option<Outcome> {
        let parts: Vec<Value> = worlds.iter().filter_map(|region| value.within(region)).collect();
        let mut reasons = BTreeSet::new();
        let mut alternatives = parts.iter().flat_map(Value::alternatives);
        let whole = alternatives.all(|alternative| !matches!(alternative.node, Node::Unknown(_)));
        parts.iter().for_each(|part| gather(part, &Region::everywhere(), 0, &mut reasons));
        let uniform = match parts.as_slice() {
            [] => return None,
            [only] => only.alternatives().len() == 1 && value.is_uniform(),
            _ => value.is_uniform(),
        };
        let state = match (whole, reasons.is_empty(), uniform) {
            (false, ..) => State::Unknown,
            (true, false, _) => State::Partly,
            (true, true, true) => State::Known,
            (true, true, false) => State::Several,
        };
        Some(Outcome { span, state, reasons })
    }
}

/// The reasons for what is not known of a value and its parts in the worlds of a region.
fn gather(value: &Value, within: &Region, depth: usize, reasons: &mut BTreeSet<Reason>) {
    // Values of more levels do not come out of the evaluator.
    if depth > 128 {
        return;
    }
    for alternative in value.alternatives() {
        let Some(here) = alternative.region.and(within) else { continue };
        match &alternative.node {
            Node::Unknown(unknown) => {
                reasons.insert(unknown.reason.clone());
            }
            Node::List(list) => {
                reasons.extend(list.open.iter().map(|open| open.reason.clone()));
                list.items.iter().for_each(|item| gather(item, &here, depth + 1, reasons));
            }
            Node::Map(map) => {
                reasons.extend(map.open.iter().map(|open| open.reason.clone()));
                map.entries.values().for_each(|item| gather(item, &here, depth + 1, reasons));
            }
            _ => {}
        }
    }
}

/// What is written down on the way.
#[derive(Debug)]
pub(super) struct Notes {
    outcomes: RefCell<Vec<Outcome>>,
    /// The worlds in which there is what is being evaluated: in the others the service evaluates nothing of it.
    worlds: RefCell<Vec<Region>>,
}

impl Notes {
    pub(super) fn new() -> Notes {
        Notes { outcomes: RefCell::default(), worlds: RefCell::new(vec![Region::everywhere()]) }
    }

    pub(super) fn add(&self, span: Span, value: &Value) {
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
    let outcomes = template::evaluate(input, parameter_file, &library, 1, true, &mut resolved);
    (resolved, outcomes)
}
