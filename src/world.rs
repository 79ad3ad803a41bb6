//! Worlds: running a piece of code once for every joint outcome of the values that it reads.
//!
//! The code asks a [`World`] to resolve values. Where a value has several outcomes that the choices so far
//! leave open, the world takes the first, notes the choice, and [`explore`] runs the code again for the
//! next. So exactly the atoms behind the values that are really read are enumerated, and every choice
//! narrows the region in which the following values are resolved: fields that depend on the same atom stay
//! in step.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::value::{Alternative, Atom, Node, Region, Scalar, Term, Value, region_mentions};

/// At most this many worlds are looked at for one rule, pool and scenario.
pub const MAX_WORLDS: usize = 256;

/// The literals that the values in question compare each atom with. An unknown is taken apart into these
/// literals and "something else" when it is read.
#[derive(Debug, Clone, Default)]
pub struct Mentions(BTreeMap<Atom, BTreeSet<Scalar>>);

impl Mentions {
    /// Adds what a value mentions.
    pub fn add(&mut self, value: &Value) {
        value.mentions(&mut self.0);
    }

    /// Adds what a region mentions.
    pub fn add_region(&mut self, region: &Region) {
        region_mentions(region, &mut self.0);
    }
}

/// One joint outcome in the making.
pub struct World<'m> {
    mentions: &'m Mentions,
    region: RefCell<Region>,
    script: Vec<usize>,
    trail: RefCell<Vec<(usize, usize)>>,
    dead: Cell<bool>,
}

impl World<'_> {
    /// The region chosen so far.
    pub fn region(&self) -> Region {
        self.region.borrow().clone()
    }

    /// Chooses one of several disjoint regions, of which the world is in at most one. False if none of
    /// them is compatible with the choices so far: the world does not exist, and is not counted.
    pub fn enter(&self, regions: &[Region]) -> bool {
        let here = self.region();
        let open: Vec<Region> = regions.iter().filter_map(|region| here.and(region)).collect();
        match self.choose(open.len()).and_then(|choice| open.get(choice)) {
            Some(region) => {
                *self.region.borrow_mut() = region.clone();
                true
            }
            None => {
                self.dead.set(true);
                false
            }
        }
    }

    /// Whether the world lies in one of several disjoint regions, which is chosen where both may be.
    pub fn is_in(&self, regions: &[Region]) -> bool {
        let here = self.region();
        if here.within(regions) {
            return true;
        }
        let inside = regions.iter().filter_map(|region| Some((here.and(region)?, true)));
        let mut outside = vec![here.clone()];
        for region in regions {
            outside = outside.iter().flat_map(|piece| piece.minus(region)).collect();
        }
        let open: Vec<(Region, bool)> =
            inside.chain(outside.into_iter().map(|region| (region, false))).collect();
        let Some((region, is_in)) = self.choose(open.len()).and_then(|choice| open.get(choice)) else {
            return false;
        };
        *self.region.borrow_mut() = region.clone();
        *is_in
    }

    /// What a value is in this world: one alternative, an unknown made known where the region pins it.
    /// `None` where the value does not exist.
    pub fn resolve(&self, value: &Value) -> Option<Alternative> {
        let here = self.region();
        let open: Vec<(Region, &Alternative)> = value
            .alternatives()
            .iter()
            .filter_map(|alternative| Some((here.and(&alternative.region)?, alternative)))
            .collect();
        let (region, alternative) = open.get(self.choose(open.len())?)?;
        *self.region.borrow_mut() = region.clone();
        let node = match &alternative.node {
            Node::Unknown(unknown) => match self.pin(&unknown.atom) {
                Some(scalar) => scalar.into(),
                None => alternative.node.clone(),
            },
            node => node.clone(),
        };
        Some(Alternative { region: self.region(), node, provenance: alternative.provenance.clone() })
    }

    /// Decides which of the literals that matter the atom is, if any.
    fn pin(&self, atom: &Atom) -> Option<Scalar> {
        let here = self.region();
        let mut options: Vec<Region> = Vec::new();
        let mut other = Some(here.clone());
        let candidates: BTreeSet<Scalar> = match (here.term(atom), atom.domain()) {
            (Some(Term::In(set)), _) => set.clone(),
            (_, Some(domain)) if domain.len() <= 16 => domain.clone(),
            _ => self.mentions.0.get(atom).cloned().unwrap_or_default(),
        };
        for literal in candidates {
            let inside = Region::is(atom, literal.clone()).and_then(|region| here.and(&region));
            options.extend(inside);
            other = other.and_then(|so_far| so_far.and(&Region::is_not(atom, literal)?));
        }
        options.extend(other);
        let region = options.get(self.choose(options.len())?)?.clone();
        let scalar = region.term(atom).and_then(Term::single).cloned();
        *self.region.borrow_mut() = region;
        scalar
    }

    /// Takes the scripted choice among `count`, or the first. `None` if there is nothing to choose from.
    fn choose(&self, count: usize) -> Option<usize> {
        match count {
            0 => None,
            1 => Some(0),
            _ => {
                let mut trail = self.trail.borrow_mut();
                let choice = self.script.get(trail.len()).copied().unwrap_or(0);
                trail.push((choice, count));
                Some(choice)
            }
        }
    }
}

/// Runs `run` once for every joint outcome of what it reads and returns the outcomes with their regions,
/// which are disjoint. Runs in which [`World::enter`] failed are left out. `None` if there would be more
/// than `limit` worlds. `run` must depend on nothing but the values that it resolves.
pub fn explore<T>(
    mentions: &Mentions,
    limit: usize,
    mut run: impl FnMut(&World<'_>) -> T,
) -> Option<Vec<(Region, T)>> {
    let mut outcomes = Vec::new();
    let mut script: Vec<usize> = Vec::new();
    let mut runs = 0;
    loop {
        runs += 1;
        if runs > limit {
            return None;
        }
        let world = World {
            mentions,
            region: RefCell::new(Region::everywhere()),
            script,
            trail: RefCell::new(Vec::new()),
            dead: Cell::new(false),
        };
        let outcome = run(&world);
        if !world.dead.get() {
            outcomes.push((world.region(), outcome));
        }
        let mut trail = world.trail.into_inner();
        while trail.last().is_some_and(|(choice, count)| choice + 1 >= *count) {
            trail.pop();
        }
        let Some((choice, _)) = trail.last_mut() else { return Some(outcomes) };
        *choice += 1;
        script = trail.into_iter().map(|(choice, _)| choice).collect();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::value::{Certain, Provenance, Reason};

    fn unknown(atom: &Atom) -> Value {
        let reason = Reason::NoValue(Arc::from(atom.label()));
        Value::unknown(atom.clone(), reason, Certain::default(), Provenance::nowhere())
    }

    fn choice(atom: &Atom, then: &str, otherwise: &str) -> Value {
        let alternative = |literal, text: &str| Alternative {
            region: Region::is(atom, Scalar::Bool(literal)).unwrap(),
            node: Node::string(text),
            provenance: Provenance::nowhere(),
        };
        Value::from_alternatives(vec![alternative(true, then), alternative(false, otherwise)])
    }

    fn text(world: &World<'_>, value: &Value) -> String {
        match world.resolve(value).map(|alternative| alternative.node) {
            Some(Node::String(text)) => text.to_string(),
            Some(Node::Unknown(_)) => "?".to_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn two_fields_of_one_condition_have_two_outcomes_not_four() {
        let win = Atom::boolean("win", "var.win");
        let (sku, size) = (choice(&win, "Windows2022", "Ubuntu"), choice(&win, "D4s_v5", "D4s_v6"));
        let outcomes =
            explore(&Mentions::default(), MAX_WORLDS, |world| (text(world, &sku), text(world, &size)))
                .unwrap();
        let pairs: Vec<_> = outcomes.into_iter().map(|(_, pair)| pair).collect();
        assert_eq!(
            pairs,
            [("Windows2022".to_owned(), "D4s_v5".to_owned()), ("Ubuntu".to_owned(), "D4s_v6".to_owned())]
        );
    }

    #[test]
    fn an_unknown_that_another_field_compares_is_taken_apart_before_that_field_is_read() {
        let os = Atom::new("os", "var.os");
        let size = Value::from_alternatives(vec![
            Alternative {
                region: Region::is(&os, Scalar::string("Windows2022")).unwrap(),
                node: Node::string("D4s_v6"),
                provenance: Provenance::nowhere(),
            },
            Alternative {
                region: Region::is_not(&os, Scalar::string("Windows2022")).unwrap(),
                node: Node::string("D4s_v5"),
                provenance: Provenance::nowhere(),
            },
        ]);
        let mut mentions = Mentions::default();
        mentions.add(&size);
        let sku = unknown(&os);
        let outcomes =
            explore(&mentions, MAX_WORLDS, |world| (text(world, &sku), text(world, &size))).unwrap();
        let pairs: Vec<_> = outcomes.into_iter().map(|(_, pair)| pair).collect();
        assert_eq!(
            pairs,
            [("Windows2022".to_owned(), "D4s_v6".to_owned()), ("?".to_owned(), "D4s_v5".to_owned())]
        );
    }

    #[test]
    fn a_world_outside_every_region_of_presence_is_not_counted() {
        let win = Atom::boolean("win", "var.win");
        let presence = [Region::is(&win, Scalar::Bool(true)).unwrap()];
        let sku = choice(&win, "Windows2022", "Ubuntu");
        let outcomes = explore(&Mentions::default(), MAX_WORLDS, |world| {
            world.enter(&presence).then(|| text(world, &sku))
        })
        .unwrap();
        assert_eq!(outcomes.len(), 1);
        assert_eq!(outcomes[0].1.as_deref(), Some("Windows2022"));
    }

    #[test]
    fn more_worlds_than_the_limit_are_refused() {
        let fields: Vec<Value> =
            (0..9).map(|n| choice(&Atom::boolean(format!("{n}"), "x"), "a", "b")).collect();
        let read = |world: &World<'_>| fields.iter().map(|field| text(world, field)).collect::<String>();
        assert!(explore(&Mentions::default(), MAX_WORLDS, read).is_none());
        assert_eq!(explore(&Mentions::default(), 512, read).map(|outcomes| outcomes.len()), Some(512));
    }
}
