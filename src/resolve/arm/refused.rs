//! What the service rejects before it deploys anything.

use std::collections::BTreeSet;

use super::eval::Evaluator;
use crate::source::Span;
use crate::value::{Alternative, Node, Region, ops};

/// A loop makes at most so many copies: "The count can't exceed 800" and "can't be a negative number" of resources,
/// properties, variables and outputs alike ("Resource iteration in ARM templates" and its sisters in Azure's
/// documents). The service compares before it looks at conditions.
const MAX_COPIES: usize = 800;

/// Something for which the service rejects a deployment before it deploys anything. The code of its error is
/// `InvalidTemplate`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Where.
    pub span: Span,
    /// What, without a full stop.
    pub message: String,
    /// Of which sort it is.
    pub kind: Refusal,
    /// Where the deployment is only in some worlds: which, one clause each. Any of them is enough.
    pub assumptions: Vec<String>,
}

/// Sorts of what the service rejects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A value given to a parameter: not among those allowed, too long, too large.
    Value,
    /// A value for what is no parameter.
    Undeclared,
    /// The count of a loop.
    Loop,
}

impl Refused {
    /// Each once, with the fewest assumptions: what is refused in one scenario whatever else holds is refused.
    pub(super) fn sorted(mut all: Vec<Refused>) -> Vec<Refused> {
        all.sort();
        let mut once: Vec<Refused> = Vec::new();
        for next in all {
            match once.last_mut() {
                Some(last) if (last.span, &last.message) == (next.span, &next.message) => {
                    if !last.assumptions.is_empty() {
                        last.assumptions.extend(next.assumptions);
                        last.assumptions.sort();
                        last.assumptions.dedup();
                    }
                }
                _ => once.push(next),
            }
        }
        once
    }
}

impl Evaluator<'_> {
    /// What the service rejects, by place. It looks at nothing of a deployment that is not deployed, although
    /// something may refer to it.
    pub(super) fn take_refused(&self) -> Vec<Refused> {
        let deployed = self.deployed.borrow();
        let refused = self.refused.take().into_iter().filter_map(|(place, within, span, message, kind)| {
            let worlds = deployed.get(&place)?.iter();
            let worlds: Vec<Region> =
                worlds.flat_map(|world| within.iter().filter_map(|part| world.and(part))).collect();
            if worlds.is_empty() {
                return None;
            }
            let certain = Region::everywhere().within(&worlds);
            let clauses = worlds.iter().filter(|_| !certain).map(|region| region.clauses().join(" and "));
            let assumptions: BTreeSet<String> = clauses.collect();
            Some(Refused { span, message, kind, assumptions: assumptions.into_iter().take(4).collect() })
        });
        Refused::sorted(refused.collect())
    }

    /// Notes a value that the service rejects if it deploys the deployment at this place.
    pub(super) fn refuse_value(&self, place: &str, span: Span, message: String) {
        let always = vec![Region::everywhere()];
        self.refused.borrow_mut().insert((place.to_owned(), always, span, message, Refusal::Value));
    }

    /// How many iterations a loop makes by this alternative of its count, if the service makes them; else notes
    /// that it does not, in those of these worlds in which the count is that one.
    pub(super) fn iterations(&self, count: &Alternative, worlds: &[Region], copy: Span) -> Option<usize> {
        let message = match &count.node {
            node if ops::is_failure(node) => return None,
            Node::Number(number) => match number.as_i64().map(usize::try_from) {
                Some(Ok(count)) if count <= MAX_COPIES => return Some(count),
                Some(Ok(_)) => format!("the count of a loop is at most {MAX_COPIES}, not {number}"),
                Some(Err(_)) => format!("the count of a loop is not less than 0 as {number} is"),
                None => format!("the count of a loop is a whole number, not {number}"),
            },
            // Whether the service takes a number that is written as a text is not documented.
            Node::String(text) if text.parse::<i64>().is_ok() => {
                return text.parse().ok().filter(|count| *count <= MAX_COPIES);
            }
            // An expression that is not one stands for itself, which has been told.
            Node::String(text) if text.starts_with('[') => return None,
            Node::String(text) => format!("the count of a loop is a number, not `{text}`"),
            Node::Bool(value) => format!("the count of a loop is a number, not {value}"),
            Node::Null(_) => "the count of a loop is a number, not null".to_owned(),
            Node::List(_) => "the count of a loop is a number, not an array".to_owned(),
            Node::Map(_) => "the count of a loop is a number, not an object".to_owned(),
            Node::Unknown(_) => return None,
        };
        let here: Vec<Region> = worlds.iter().filter_map(|world| world.and(&count.region)).collect();
        let at = count.provenance.origin().unwrap_or(copy);
        self.refused.borrow_mut().insert((String::new(), here, at, message, Refusal::Loop));
        None
    }

    /// Evaluates something that the service may not evaluate.
    pub(super) fn perhaps<T>(&self, f: impl FnOnce() -> T) -> T {
        let before = self.worlds.take();
        let value = f();
        self.worlds.replace(before);
        value
    }
}
