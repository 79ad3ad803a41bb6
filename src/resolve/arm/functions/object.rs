//! Objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::array::{entries, missing_in, take_item};
use super::text::key_of;
use super::{MAX_ITEMS, Row, Site, lift};
use crate::source::Span;
use crate::value::{Alternative, Atom, Certain, Kind, List, Map, Node, Provenance, Unknown, Value, ops};

/// What a part that is not there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// An error, as with `.name`.
    Fails,
    /// Null, as with `.?name` and `tryGet()`.
    IsNull,
}

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "createobject" => create(site, args),
        "items" => lift(site, args, |row| {
            entries(row, |key, value| {
                let from = row.provenance();
                let pair = BTreeMap::from([
                    (Arc::from("key"), Value::new(Node::String(key.clone()), from.clone())),
                    (Arc::from("value"), value.clone()),
                ]);
                Value::new(Node::map(pair), from)
            })
        }),
        "objectkeys" => lift(site, args, |row| {
            entries(row, |key, _| Value::new(Node::String(key.clone()), row.provenance()))
        }),
        "shallowmerge" => lift(site, args, shallow_merge),
        _ => return None,
    };
    Some(value)
}

/// A property by name, compared without case.
pub fn property(base: &Value, name: &str, missing: Missing, at: Span) -> Value {
    base.and_then(|alternative| property_of(alternative, name, missing, at))
}

/// A property of what an object is in some worlds.
pub(super) fn property_of(base: &Alternative, name: &str, missing: Missing, at: Span) -> Value {
    match &base.node {
        Node::Map(map) => match (map.get_ignore_case(name), &map.open) {
            (Some(value), _) => take_item(&base.provenance, value, at),
            (None, Some(open)) => named_part(open, name, &base.provenance, at),
            (None, None) if missing == Missing::IsNull => missing_in(&base.provenance),
            (None, None) => ops::failed(format!("the object has no property `{name}`"), at),
        },
        Node::Unknown(unknown) => match unknown.certain.kind {
            None | Some(Kind::Map) => named_part(unknown, name, &base.provenance, at),
            Some(_) if missing == Missing::IsNull => missing_in(&base.provenance),
            Some(kind) => ops::failed(format!("a {} has no property `{name}`", kind.name()), at),
        },
        _ if missing == Missing::IsNull => missing_in(&base.provenance),
        Node::Null(_) => ops::failed(format!("null has no property `{name}`"), at),
        node => {
            let kind = node.kind().map_or("null", Kind::name);
            ops::failed(format!("a {kind} has no property `{name}`"), at)
        }
    }
}

fn named_part(unknown: &Unknown, name: &str, provenance: &Provenance, at: Span) -> Value {
    part(unknown, &[".", &name.to_ascii_lowercase()].concat(), &[".", name].concat(), provenance, at)
}

/// A part of an unknown: the same part of the same unknown is the same unknown.
pub(super) fn part(unknown: &Unknown, key: &str, label: &str, provenance: &Provenance, at: Span) -> Value {
    let atom = Atom::new([unknown.atom.key(), key].concat(), [unknown.atom.label(), label].concat());
    Value::unknown(atom, unknown.reason.clone(), Certain::default(), provenance.passed(at))
}

fn create(site: &Site<'_>, args: &[Value]) -> Value {
    if args.len() % 2 == 1 {
        return ops::failed("createObject() wants a value for every key", site.at);
    }
    let keys: Vec<Value> = args.iter().step_by(2).cloned().collect();
    lift(site, &keys, |row| {
        let mut map = Map::default();
        for (key, value) in row.alternatives.iter().zip(args.iter().skip(1).step_by(2)) {
            match (&key.node, key_of(&key.node)) {
                (_, Some(name)) => {
                    if let Some(span) = key.provenance.use_span() {
                        map.key_spans.insert(name.clone(), span);
                    }
                    map.entries.insert(name, value.clone());
                }
                (Node::Unknown(unknown), None) => map.open = Some(unknown.clone()),
                _ => return row.failed("the keys of createObject() are strings"),
            }
        }
        Value::new(Node::Map(Arc::new(map)), Provenance::computed(site.at, []))
    })
}

pub(super) fn entry_list(row: &Row<'_>, map: &Map, make: impl Fn(&Arc<str>, &Value) -> Value) -> Value {
    if map.entries.len() > MAX_ITEMS {
        return row.bound("a list has more elements than are kept");
    }
    let from = row.alternatives.first().map_or_else(Provenance::nowhere, |a| a.provenance.clone());
    let mut entries: Vec<_> = map.entries.iter().collect();
    // Without regard to case, as Azure's documentation of `items` says by its order: `a`, `B`, `c`.
    entries.sort_by_cached_key(|(key, _)| key.to_lowercase());
    let items =
        entries.into_iter().map(|(key, value)| make(key, &take_item(&from, value, row.site.at))).collect();
    row.value(Node::List(Arc::new(List::new(items, map.open.clone()))))
}

fn shallow_merge(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::List(list) if list.open.is_none() => {
            let mut merged = Value::new(Node::map(BTreeMap::new()), row.provenance());
            for part in &list.items {
                merged = merge(&merged, part, false, &row.site, 0);
            }
            merged
        }
        Node::List(_) | Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::Map)),
        _ => row.wrong_type(0, "an array of objects"),
    }
}

/// The entries of `first` overridden by those of `second`; `deep` merges objects under one key as well.
/// What an unknown object has under a key that the other object has too decides there; null is no entry.
pub(super) fn merge(first: &Value, second: &Value, deep: bool, site: &Site<'_>, depth: usize) -> Value {
    if depth > 32 {
        return ops::opaque("union", site.label, &[first, second], Certain::default(), site.at);
    }
    Value::combine(&[first, second], |row| {
        let [a, b] = row else { return ops::failed("nothing to merge", site.at) };
        let provenance = || Provenance::computed(site.at, [a.provenance.clone(), b.provenance.clone()]);
        let (mut map, below) = match (&a.node, &b.node) {
            (Node::Map(a), Node::Map(_)) => (Map::clone(a), None),
            (Node::Map(a), Node::Unknown(_)) => (Map::clone(a), None),
            (Node::Unknown(a), Node::Map(_)) => (Map { open: Some(a.clone()), ..Map::default() }, Some(a)),
            (Node::Null(_), Node::Map(_) | Node::Unknown(_)) => {
                return Value::new(b.node.clone(), b.provenance.clone());
            }
            (Node::Map(_) | Node::Unknown(_), Node::Null(_)) => {
                return Value::new(a.node.clone(), a.provenance.clone());
            }
            (Node::Unknown(_), Node::Unknown(_)) => {
                let [x, y] = [a, b].map(|x| Value::new(x.node.clone(), x.provenance.clone()));
                return ops::opaque("union", site.label, &[&x, &y], Certain::of_kind(Kind::Map), site.at);
            }
            _ => return ops::failed("only objects can be merged", site.at),
        };
        let (entries, open) = match &b.node {
            Node::Map(b) => (Some(b), b.open.as_ref()),
            Node::Unknown(unknown) => (None, Some(unknown)),
            _ => (None, None),
        };
        if let Some(open) = open {
            // What is not known of the second may override anything of the first.
            for (key, value) in &mut map.entries {
                if entries.is_some_and(|b| b.get_ignore_case(key).is_some()) {
                    continue;
                }
                let over = named_part(open, key, &b.provenance, site.at);
                let both = [over, value.clone()];
                if let Some(present) =
                    ops::first_present(&both, site.at, |node| matches!(node, Node::Null(_)))
                {
                    *value = present;
                }
            }
            map.open = Some(open.clone());
        }
        // Keys that differ in case only are one; most are spelled alike.
        let mut spellings: Option<BTreeMap<String, Arc<str>>> = None;
        for (key, value) in entries.iter().flat_map(|b| &b.entries) {
            let value = take_item(&b.provenance, value, site.at);
            let spelled = if map.entries.contains_key(key) {
                Some(key.clone())
            } else {
                let all = spellings.get_or_insert_with(|| {
                    map.entries.keys().rev().map(|have| (have.to_ascii_lowercase(), have.clone())).collect()
                });
                Some(all.entry(key.to_ascii_lowercase()).or_insert_with(|| key.clone()).clone())
                    .filter(|have| map.entries.contains_key(have))
            };
            let under = spelled.as_ref().and_then(|have| map.entries.get(have)).cloned();
            let is_map = |value: &Value| value.alternatives().iter().any(|a| matches!(a.node, Node::Map(_)));
            let merged = match (&under, below) {
                (Some(under), _) if deep && is_map(under) && is_map(&value) => {
                    merge_where_both_are_maps(under, &value, site, depth + 1)
                }
                (None, Some(unknown)) if deep && is_map(&value) => {
                    let under = named_part(unknown, key, &a.provenance, site.at);
                    merge(&under, &value, deep, site, depth + 1)
                }
                _ => value,
            };
            map.entries.insert(spelled.unwrap_or_else(|| key.clone()), merged);
        }
        Value::new(Node::Map(Arc::new(map)), provenance())
    })
}

fn merge_where_both_are_maps(first: &Value, second: &Value, site: &Site<'_>, depth: usize) -> Value {
    Value::combine(&[first, second], |row| {
        let [a, b] = row else { return ops::failed("nothing to merge", site.at) };
        let alone = |x: &Alternative| Value::new(x.node.clone(), x.provenance.clone());
        match (&a.node, &b.node) {
            (Node::Map(_) | Node::Unknown(_), Node::Map(_)) => merge(&alone(a), &alone(b), true, site, depth),
            _ => alone(b),
        }
    })
}
