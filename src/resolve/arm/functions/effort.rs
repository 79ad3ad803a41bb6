//! What calls cost, whatever they make: a search through a megabyte gives a truth value.
//!
//! One step is about what 64 bytes of text cost, or eight parts of an array or object. These are estimates from
//! above; what they are for is that no call is far dearer than what is charged for it.

use crate::value::{MAX_ALTERNATIVES, Node, Value};

const BYTES: usize = 64;
const PARTS: usize = 8;
/// More parts than this are not counted.
const ENOUGH: usize = 10_000_000;

/// What the arguments of a call are made of.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    bytes: usize,
    parts: usize,
}

impl Size {
    /// The texts and elements of a value; those of its parts too, if it is looked through.
    fn of(value: &Value, through: bool) -> Size {
        let mut size = Size::default();
        size.add(value, through);
        size
    }

    fn add(&mut self, value: &Value, through: bool) {
        // No evaluation has so many steps.
        if self.parts > ENOUGH {
            return;
        }
        for alternative in value.alternatives() {
            match &alternative.node {
                Node::String(text) => self.bytes = self.bytes.saturating_add(text.len()),
                Node::List(list) => {
                    self.parts = self.parts.saturating_add(list.items.len());
                    list.items.iter().filter(|_| through).for_each(|item| self.add(item, true));
                }
                Node::Map(map) => {
                    self.parts = self.parts.saturating_add(map.entries.len());
                    map.entries.values().filter(|_| through).for_each(|item| self.add(item, true));
                }
                _ => {}
            }
        }
    }

    fn steps(self) -> usize {
        self.bytes / BYTES + self.parts / PARTS
    }

    fn times(self, n: usize) -> Size {
        Size { bytes: self.bytes.saturating_mul(n), parts: self.parts.saturating_mul(n) }
    }
}

/// The steps that a call of a function takes for its arguments.
pub(in crate::resolve::arm) fn effort(name: &str, args: &[Value]) -> usize {
    let through = match name {
        // They look at one place.
        "array" | "coalesce" | "createarray" | "createobject" | "empty" | "first" | "indexfromend"
        | "last" | "tryindexfromend" => return 0,
        "tryget" => return args.first().map_or(0, lookup),
        "contains" | "distinct" | "equals" | "format" | "guid" | "indexof" | "intersection" | "join"
        | "lastindexof" | "max" | "min" | "string" | "union" | "uniquestring" => true,
        _ => false,
    };
    // Each compatible choice of one alternative for each argument is a call of its own.
    let calls =
        args.iter().fold(1, |n: usize, arg| n.saturating_mul(arg.alternatives().len())).min(MAX_ALTERNATIVES);
    let mut all = Size::default();
    for arg in args {
        let own = match name {
            // Whether an object has a key.
            "contains" if !may_be_list(arg) => Size::of(arg, false),
            _ => Size::of(arg, through),
        };
        let own = own.times(calls / arg.alternatives().len().max(1));
        all.bytes = all.bytes.saturating_add(own.bytes);
        all.parts = all.parts.saturating_add(own.parts);
    }
    let across = match (name, args) {
        // At each letter each delimiter is tried.
        ("split", [text, delimiters]) => {
            Size::of(text, false).bytes.saturating_mul(Size::of(delimiters, false).parts) / (4 * BYTES)
        }
        ("contains", [list, item]) if may_be_list(list) => {
            let parts = Size::of(list, false).parts;
            // What is known of each comparison has to be kept in step with the others.
            if list.is_wholly_known() && item.is_wholly_known() { parts / 2 } else { parts * calls }
        }
        // What is put together so far is copied for each part.
        ("union", parts) => copies(parts).saturating_add(searches(parts)),
        ("intersection", parts) => searches(parts),
        ("shallowmerge", [list]) => {
            let lists = list.alternatives().iter().map(|alternative| match &alternative.node {
                Node::List(list) => copies(&list.items),
                _ => 0,
            });
            lists.fold(0, usize::saturating_add)
        }
        _ => 0,
    };
    all.steps().saturating_add(across)
}

/// What it costs to put so many objects together one after the other.
fn copies(parts: &[Value]) -> usize {
    let entries = parts.iter().fold(0, |sum: usize, part| sum.saturating_add(Size::of(part, false).parts));
    entries.saturating_mul(parts.len()) / (8 * PARTS)
}

/// What it costs to look for the keys of one object in others.
fn searches(parts: &[Value]) -> usize {
    let keys = |value: &Value| if may_be_list(value) { 0 } else { Size::of(value, false).parts };
    let Some((first, rest)) = parts.split_first() else { return 0 };
    let others = rest.iter().map(keys).fold(0, usize::saturating_add);
    keys(first).saturating_mul(others) / (64 * PARTS)
}

/// Whether it is an array in some world.
fn may_be_list(value: &Value) -> bool {
    value.alternatives().iter().any(|alternative| matches!(alternative.node, Node::List(_)))
}

/// The steps that it takes to tell something unknown from all others that were worked out from other arguments.
pub(in crate::resolve::arm) fn identification(args: &[Value]) -> usize {
    args.iter().map(|arg| Size::of(arg, true).steps()).fold(0, usize::saturating_add)
}

/// The steps of looking for a key whose case may be another.
pub(in crate::resolve::arm) fn lookup(base: &Value) -> usize {
    let entries = |node: &Node| match node {
        Node::Map(map) => map.entries.len(),
        _ => 0,
    };
    base.alternatives().iter().map(|alternative| entries(&alternative.node)).sum::<usize>() / (8 * PARTS)
}
