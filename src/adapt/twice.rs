//! Things that one deployment deploys twice.
//!
//! A pool's identity is its scope, its cluster's name and its own. A module that is called in a loop, to prove that
//! deploying again changes nothing, deploys each pool as often as it is called; it is one pool all the same. Merged is
//! only what is the same to the last leaf, by value and by the lines that say so: then nothing is lost. Where one
//! identity comes with other values, or with the same ones from other lines, each is sent to Azure at some time, may
//! be rejected, and has a line of its own to edit.

use std::collections::BTreeMap;

use crate::model::Presence;
use crate::source::Span;
use crate::value::{Node, Provenance, Value};

/// Whether fields have the same values from the same lines.
pub(super) fn same_fields<F: Ord>(a: &BTreeMap<F, Value>, b: &BTreeMap<F, Value>) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((field, a), (other, b))| field == other && same(a, b))
}

/// Whether values are the same in every world, parts included, and come from the same lines.
fn same(a: &Value, b: &Value) -> bool {
    let (a, b) = (a.alternatives(), b.alternatives());
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| {
            a.region == b.region
                && lines(&a.provenance) == lines(&b.provenance)
                && same_node(&a.node, &b.node)
        })
}

fn same_node(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::List(a), Node::List(b)) => {
            a.open.as_ref().map(|open| &open.atom) == b.open.as_ref().map(|open| &open.atom)
                && a.items.len() == b.items.len()
                && a.items.iter().zip(&b.items).all(|(a, b)| same(a, b))
        }
        (Node::Map(a), Node::Map(b)) => {
            a.open.as_ref().map(|open| &open.atom) == b.open.as_ref().map(|open| &open.atom)
                && same_fields(&a.entries, &b.entries)
        }
        (Node::Unknown(a), Node::Unknown(b)) => a.atom == b.atom,
        (a, b) => a.scalar().is_some() && a.scalar() == b.scalar(),
    }
}

/// Where a value is written, and the way from there; of a computed one also where its inputs are.
fn lines(provenance: &Provenance) -> (Option<Span>, Vec<Span>, Vec<Option<Span>>) {
    let inputs = provenance.leaves().iter().map(Provenance::origin).collect();
    (provenance.origin(), provenance.hops(), inputs)
}

/// Whether both stand for a number of things that is known: others need not be the same ones.
pub(super) fn countable(a: &Presence, b: &Presence) -> bool {
    !a.many && !b.many
}

/// More regions than this are not kept apart.
const MAX_REGIONS: usize = 128;

/// The worlds in which there is one or the other; of too many regions, those in the least one around them.
pub(super) fn join(presence: &mut Presence, other: &Presence) {
    if presence.regions.len() + other.regions.len() > MAX_REGIONS {
        let all = presence.regions.drain(..).chain(other.regions.iter().cloned());
        presence.regions = all.reduce(|a, b| a.around(&b)).into_iter().collect();
        presence.many |= other.many;
        return;
    }
    for region in &other.regions {
        let mut rest = vec![region.clone()];
        for have in &presence.regions {
            rest = rest.iter().flat_map(|piece| piece.minus(have)).collect();
        }
        presence.regions.extend(rest);
    }
    presence.many |= other.many;
}
