//! Where a value comes from: a graph from the place that uses it back to the places that people wrote.

use std::fmt;
use std::sync::Arc;

use super::several::OneOrSeveral;
use crate::source::Span;

/// The way from where a value is written to where it is used. Cheap to clone.
#[derive(Clone)]
pub struct Provenance(Way);

#[derive(Clone)]
enum Way {
    /// Written here, in the resource or expression itself: by far the most, so that they are no allocation.
    Code(Span),
    /// Written nowhere in the input: a tool's or a service's own default.
    Nowhere,
    /// Any other, of which many ways share the beginning.
    Step(Arc<Step>),
}

enum Step {
    /// Written here, in this capacity.
    Written { span: Span, place: Place },
    /// Passed on unchanged by the expression at `at`.
    Passed {
        at: Span,
        from: Provenance,
        /// How many steps of this kind there are from here to what is passed on.
        length: u32,
    },
    /// Worked out by the expression at `at` from other values.
    Computed { at: Span, from: OneOrSeveral<Provenance> },
}

/// The last step of a way, as one looks at it.
enum Last<'p> {
    Written { span: Span, place: &'p Place },
    Passed { at: Span, from: &'p Provenance },
    Computed { at: Span, from: &'p [Provenance] },
    Nowhere,
}

/// In what capacity a value is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the resource or expression itself.
    Code,
    /// As the default of a variable or parameter of this name.
    Default(Arc<str>),
    /// In a file of inputs (tfvars, parameter file) for the variable of this name.
    Input(Arc<str>),
    /// As an argument of this name in a module call or nested deployment.
    Argument(Arc<str>),
    /// Nowhere in the input but in the text of a module that is not on disk: the call stands for it.
    Module {
        /// The variable of which it is the default; `None` for what the module sets whatever it is given.
        default_of: Option<Arc<str>>,
        /// The module and its release.
        module: Arc<str>,
    },
    /// Not written: the block that lacks the field.
    Missing,
}

/// A value is passed on in at most this many steps that are kept, more than any report shows.
const MAX_STEPS: u32 = 128;

impl Provenance {
    /// Written at `span`.
    pub fn written(span: Span) -> Provenance {
        Provenance(Way::Code(span))
    }

    /// Written at `span` in the given capacity.
    pub fn placed(span: Span, place: Place) -> Provenance {
        match place {
            Place::Code => Provenance(Way::Code(span)),
            place => Provenance(Way::Step(Arc::new(Step::Written { span, place }))),
        }
    }

    /// Written nowhere in the input.
    pub fn nowhere() -> Provenance {
        Provenance(Way::Nowhere)
    }

    fn last(&self) -> Last<'_> {
        const CODE: &Place = &Place::Code;
        match &self.0 {
            Way::Code(span) => Last::Written { span: *span, place: CODE },
            Way::Nowhere => Last::Nowhere,
            Way::Step(step) => match &**step {
                Step::Written { span, place } => Last::Written { span: *span, place },
                Step::Passed { at, from, .. } => Last::Passed { at: *at, from },
                Step::Computed { at, from } => Last::Computed { at: *at, from },
            },
        }
    }

    /// The same value, passed on by the expression at `at`. An expression around the place itself, such as
    /// the conditional around the branch that was taken, is no step of its own.
    pub fn passed(&self, at: Span) -> Provenance {
        let around = |have: Span| have.file == at.file && at.start <= have.start && have.end <= at.end;
        if self.use_span().is_some_and(around) {
            return self.clone();
        }
        // Every part that is taken out of a composite goes the composite's way once more, so that a way without end
        // would be memory without end. Of a long one the last step gives way to this one.
        let (from, length) = match &self.0 {
            Way::Step(step) => match &**step {
                Step::Passed { from, length, .. } if *length >= MAX_STEPS => (from, *length),
                _ => (self, self.length() + 1),
            },
            _ => (self, 1),
        };
        Provenance(Way::Step(Arc::new(Step::Passed { at, from: from.clone(), length })))
    }

    /// How many expressions pass the value on, which is what taking a part out of it costs.
    pub fn length(&self) -> u32 {
        match &self.0 {
            Way::Step(step) => match &**step {
                Step::Passed { length, .. } => *length,
                _ => 0,
            },
            _ => 0,
        }
    }

    /// The way of a part that is taken out of a composite: its own, then the composite's from where it was
    /// put together.
    pub fn through(&self, composite: &Provenance) -> Provenance {
        // What nothing passed on has one hop at most.
        if !matches!(composite.last(), Last::Passed { .. }) {
            return self.clone();
        }
        let hops = composite.hops();
        hops.iter().skip(1).fold(self.clone(), |part, at| part.passed(*at))
    }

    /// A value worked out at `at`. The order of `from` is kept.
    pub fn computed(at: Span, from: impl IntoIterator<Item = Provenance>) -> Provenance {
        Provenance(Way::Step(Arc::new(Step::Computed { at, from: from.into_iter().collect() })))
    }

    /// The place to edit: where a passed-on value is written, or the expression that computes it.
    pub fn origin(&self) -> Option<Span> {
        let (mut step, mut innermost) = (self, None);
        loop {
            match step.last() {
                Last::Written { span, .. } => return Some(span),
                Last::Computed { at, .. } => return Some(at),
                Last::Nowhere => return innermost,
                Last::Passed { at, from } => {
                    innermost = Some(at);
                    step = from;
                }
            }
        }
    }

    /// What is at the end of the chain of values that were only passed on.
    fn base(&self) -> Last<'_> {
        let mut step = self;
        while let Last::Passed { from, .. } = step.last() {
            step = from;
        }
        step.last()
    }

    /// The capacity in which the origin is written; `None` where it is computed or nowhere.
    pub fn place(&self) -> Option<&Place> {
        match self.base() {
            Last::Written { place, .. } => Some(place),
            _ => None,
        }
    }

    /// The outermost place: where the value is used.
    pub fn use_span(&self) -> Option<Span> {
        match self.last() {
            Last::Written { span, .. } => Some(span),
            Last::Passed { at, .. } | Last::Computed { at, .. } => Some(at),
            Last::Nowhere => None,
        }
    }

    /// The chain from the origin outward: the origin first, then each place that passes the value on.
    pub fn hops(&self) -> Vec<Span> {
        let mut hops = Vec::new();
        let mut step = self;
        loop {
            match step.last() {
                Last::Written { span, .. } => {
                    hops.push(span);
                    break;
                }
                Last::Passed { at, from } => {
                    hops.push(at);
                    step = from;
                }
                Last::Computed { at, .. } => {
                    hops.push(at);
                    break;
                }
                Last::Nowhere => break,
            }
        }
        hops.reverse();
        hops.dedup();
        hops
    }

    /// The written leaves that went into a computed value, in order, without repetition.
    pub fn leaves(&self) -> Vec<Provenance> {
        let mut leaves: Vec<Provenance> = Vec::new();
        let mut stack = vec![self];
        // A value can be shared by many parents; the bound keeps a wide graph from being walked forever.
        let mut budget = 4_096;
        while let Some(next) = stack.pop() {
            budget -= 1;
            if budget == 0 {
                break;
            }
            match next.last() {
                Last::Written { span, .. } => {
                    if !leaves.iter().any(|leaf| leaf.origin() == Some(span)) {
                        leaves.push(next.clone());
                    }
                }
                Last::Passed { from, .. } => stack.push(from),
                Last::Computed { from, .. } => stack.extend(from.iter().rev()),
                Last::Nowhere => {}
            }
        }
        leaves
    }

    /// The same way told without the files that `hidden` names: a value that is written there is written at
    /// `call` as far as people can see, one that is worked out there is worked out from what they pass.
    pub fn told_from(&self, hidden: &dyn Fn(Span) -> bool, call: Span, module: &Arc<str>) -> Provenance {
        let mut outward: Vec<Span> = Vec::new();
        let mut step = self;
        let base = loop {
            match step.last() {
                Last::Passed { at, from } => {
                    if !hidden(at) {
                        outward.push(at);
                    }
                    step = from;
                }
                Last::Written { span, place } if hidden(span) => {
                    let default_of = match place {
                        Place::Default(name) => Some(name.clone()),
                        _ => None,
                    };
                    break Provenance::placed(call, Place::Module { default_of, module: module.clone() });
                }
                Last::Computed { at, .. } if hidden(at) => {
                    let given: Vec<Provenance> = step
                        .leaves()
                        .into_iter()
                        .filter(|leaf| leaf.origin().is_some_and(|at| !hidden(at)))
                        .collect();
                    break match given.first().and_then(Provenance::origin) {
                        Some(at) => Provenance::computed(at, given),
                        None => Provenance::placed(
                            call,
                            Place::Module { default_of: None, module: module.clone() },
                        ),
                    };
                }
                Last::Written { .. } | Last::Computed { .. } | Last::Nowhere => break step.clone(),
            }
        };
        outward.into_iter().rev().fold(base, |from, at| from.passed(at))
    }

    /// Whether there are steps that nothing else keeps alive.
    fn is_shared_by_none(&self) -> bool {
        matches!(&self.0, Way::Step(step) if Arc::strong_count(step) == 1)
    }

    /// True if the origin is an expression that computes the value.
    pub fn is_computed(&self) -> bool {
        matches!(self.base(), Last::Computed { .. })
    }
}

impl Step {
    /// Moves what only this step keeps alive out of it: the step that passes its value on, and any others. What
    /// others share is theirs to drop.
    fn unlink(&mut self, next: &mut Option<Provenance>, into: &mut Vec<Provenance>) {
        match self {
            Step::Passed { from, .. } if from.is_shared_by_none() => {
                *next = Some(std::mem::replace(from, Provenance::nowhere()));
            }
            Step::Computed { from, .. } => {
                let from = std::mem::replace(from, OneOrSeveral::Several(Vec::new()));
                into.extend(from.into_iter().filter(Provenance::is_shared_by_none));
            }
            _ => {}
        }
    }
}

// A chain of thousands of steps, computed ones among them, must not overflow the stack when it is dropped.
impl Drop for Step {
    fn drop(&mut self) {
        // Most chains have no branches, and need no list of what is still to be dropped.
        let (mut next, mut below) = (None, Vec::new());
        self.unlink(&mut next, &mut below);
        while let Some(mut way) = next.take().or_else(|| below.pop()) {
            if let Way::Step(step) = &mut way.0
                && let Some(step) = Arc::get_mut(step)
            {
                step.unlink(&mut next, &mut below);
            }
        }
    }
}

impl fmt::Debug for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.hops()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn span(start: usize) -> Span {
        Span::new(FileId(0), start, start + 1)
    }

    #[test]
    fn a_passed_value_keeps_its_origin_and_lists_the_hops_outward() {
        let value =
            Provenance::placed(span(1), Place::Default("size".into())).passed(span(2)).passed(span(3));
        assert_eq!(value.origin(), Some(span(1)));
        assert_eq!(value.hops(), [span(1), span(2), span(3)]);
        assert_eq!(value.place(), Some(&Place::Default("size".into())));
    }

    #[test]
    fn a_computed_value_has_its_expression_as_origin_and_its_leaves_below() {
        let joined = Provenance::computed(
            span(9),
            vec![Provenance::written(span(1)).passed(span(2)), Provenance::written(span(4))],
        );
        let used = joined.passed(span(12));
        assert_eq!(used.origin(), Some(span(9)));
        assert!(used.is_computed());
        assert_eq!(
            used.leaves().iter().map(Provenance::origin).collect::<Vec<_>>(),
            [Some(span(1)), Some(span(4))]
        );
    }

    #[test]
    fn a_long_way_keeps_its_origin_and_its_use() {
        let mut value = Provenance::placed(span(0), Place::Default("size".into()));
        for at in 1..10_000 {
            value = value.passed(span(at));
        }
        assert_eq!(value.hops().len(), MAX_STEPS as usize + 1);
        assert_eq!((value.origin(), value.use_span()), (Some(span(0)), Some(span(9_999))));
        assert_eq!(value.hops()[..100], (0..100).map(span).collect::<Vec<_>>());
        assert_eq!(value.place(), Some(&Place::Default("size".into())));
        let part = Provenance::written(span(20_000)).through(&value);
        assert_eq!((part.origin(), part.use_span()), (Some(span(20_000)), Some(span(9_999))));
        assert_eq!(part.length(), value.length());
    }

    #[test]
    fn a_long_chain_is_dropped_without_recursion() {
        let mut value = Provenance::written(span(0));
        for at in 1..200_000 {
            value = Provenance::computed(span(at), vec![value.passed(span(at + 1)), Provenance::nowhere()]);
        }
        drop(value);
    }
}
