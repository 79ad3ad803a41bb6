//! Arrays, and what strings and objects share with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::object::{Missing, entry_list, merge, part, property_of};
use super::text::{Extent, last_part};
use super::{MAX_ITEMS, Row, Site, int_of, lift};
use crate::source::Span;
use crate::value::{
    Alternative, Certain, Kind, List, Map, Node, Number, Place, Provenance, Scalar, Unknown, Value,
    derived_atom, ops,
};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "array" => array(site, args),
        "createarray" => match args.len() {
            0..=MAX_ITEMS => Value::new(Node::list(args.to_vec()), Provenance::computed(site.at, [])),
            _ => ops::failed("the array is too long", site.at),
        },
        "contains" => lift(site, args, contains),
        "empty" => empty(site, args),
        "length" => lift(site, args, length),
        "first" => lift(site, args, |row| edge(row, true)),
        "last" => lift(site, args, |row| edge(row, false)),
        "flatten" => lift(site, args, flatten),
        "indexof" | "lastindexof" => lift(site, args, index_of),
        "indexfromend" => lift(site, args, |row| from_end(row, Missing::Fails)),
        "tryindexfromend" => {
            let (head, rest) = args.split_at_checked(2)?;
            let first = lift(site, head, |row| from_end(row, Missing::IsNull));
            rest.iter().fold(first, |so_far, next| element(&so_far, next, Missing::IsNull, site))
        }
        "tryget" => {
            let (first, path) = args.split_first()?;
            path.iter().fold(first.clone(), |so_far, next| element(&so_far, next, Missing::IsNull, site))
        }
        "intersection" => lift(site, args, intersection),
        "union" => lift(site, args, union),
        "distinct" => lift(site, args, distinct),
        "range" => lift(site, args, range),
        "skip" | "take" => lift(site, args, part_of_sequence),
        _ => return None,
    };
    Some(value)
}

/// A part of a composite, passed on by the expression at `at`. Where the composite itself was passed on on
/// its way here (as a parameter, say), so was its part.
pub fn take_item(from: &Provenance, item: &Value, at: Span) -> Value {
    item.clone().through(from).passed(at)
}

/// `base[index]`: an element by number or a property by name.
pub fn element(base: &Value, index: &Value, missing: Missing, site: &Site<'_>) -> Value {
    let index = index.split_domains();
    Value::combine(&[base, &index], |alternatives| {
        let row = Row { site: *site, alternatives };
        let [base, index] = alternatives else { return row.failed("nothing is indexed") };
        match (&base.node, &index.node) {
            (_, Node::String(name)) => property_of(base, name, missing, site.at),
            (Node::List(list), Node::Number(number)) if list.open.is_none() => {
                let item =
                    number.as_i64().and_then(|n| usize::try_from(n).ok()).and_then(|n| list.items.get(n));
                match (item, missing) {
                    (Some(item), _) => take_item(&base.provenance, item, site.at),
                    (None, Missing::IsNull) => missing_in(&base.provenance),
                    (None, Missing::Fails) => row.failed(format!(
                        "the index {number} is outside of the array, which has {} elements",
                        list.items.len()
                    )),
                }
            }
            // Some element of a list of which one is known as an example: that one.
            (Node::List(list), Node::Unknown(_)) if list.open.is_some() && list.items.len() == 1 => {
                match list.items.first() {
                    Some(item) => take_item(&base.provenance, item, site.at),
                    None => row.opaque(Certain::default()),
                }
            }
            (Node::Unknown(unknown), Node::Number(number)) => {
                part(unknown, &format!("[{number}]"), &format!("[{number}]"), &base.provenance, site.at)
            }
            (Node::Unknown(unknown), Node::Unknown(index)) => {
                let key = format!("[{}]", index.atom.key());
                part(unknown, &key, "[*]", &base.provenance, site.at)
            }
            (Node::Null(_), _) if missing == Missing::IsNull => missing_in(&base.provenance),
            // Bicep compiles `[^1]` within a chain that may end early to `createObject('value', 1, 'fromEnd', true())`.
            (_, Node::Map(how)) if how.get_ignore_case("value").is_some() => {
                let at = |name: &str| how.get_ignore_case(name).cloned();
                let is_from_end = at("fromEnd").is_some_and(|b| matches!(b.single(), Some(Node::Bool(true))));
                let base = Value::new(base.node.clone(), base.provenance.clone());
                match at("value") {
                    Some(index) if is_from_end => lift(site, &[base, index], |row| from_end(row, missing)),
                    Some(index) => element(&base, &index, missing, site),
                    None => row.failed("this cannot be indexed so"),
                }
            }
            (Node::Map(map), Node::Unknown(_)) => match compared_with_keys(map, index) {
                // The name is one of those that there are, or none of them.
                Some(index) => index.and_then(|alternative| match &alternative.node {
                    Node::String(name) => property_of(base, name, missing, site.at),
                    _ if map.open.is_some() => row.opaque(Certain::default()),
                    _ if missing == Missing::IsNull => missing_in(&base.provenance),
                    _ => row.failed("the object has no property of this name"),
                }),
                None => row.opaque(Certain::default()),
            },
            (Node::List(_), Node::Number(_) | Node::Unknown(_)) => row.opaque(Certain::default()),
            _ => row.failed("this cannot be indexed so"),
        }
    })
}

/// A name that is not known, told from each of an object's; `None` if there are too many of them.
fn compared_with_keys(map: &Map, name: &Alternative) -> Option<Value> {
    const MAX_KEYS: usize = 16;
    if map.entries.len() > MAX_KEYS {
        return None;
    }
    let name = Value::new(name.node.clone(), name.provenance.clone());
    Some(map.entries.keys().fold(name, |name, key| name.split_on(&Scalar::String(key.clone()))))
}

/// Null, because what `from` passed on has no such part.
pub(super) fn missing_in(from: &Provenance) -> Value {
    match from.use_span() {
        Some(span) => Value::null(Provenance::placed(span, Place::Missing)),
        None => Value::null(Provenance::nowhere()),
    }
}

fn array(site: &Site<'_>, args: &[Value]) -> Value {
    lift(site, args, |row| match row.node(0) {
        Node::List(_) => {
            row.values().into_iter().next().map_or_else(|| row.list(Vec::new()), |v| v.passed(site.at))
        }
        Node::Unknown(unknown) if unknown.certain.kind.is_none_or(|kind| kind == Kind::List) => {
            row.opaque(Certain::of_kind(Kind::List))
        }
        _ => row.list(row.values()),
    })
}

/// Arrays one after the other.
pub(super) fn concat(row: &Row<'_>) -> Value {
    let mut items = Vec::new();
    let mut open: Option<Arc<Unknown>> = None;
    for alternative in row.alternatives {
        match &alternative.node {
            Node::List(list) => {
                items.extend(
                    list.items.iter().map(|item| take_item(&alternative.provenance, item, row.site.at)),
                );
                open = open.or_else(|| list.open.clone());
            }
            Node::Unknown(unknown) => open = open.or_else(|| Some(unknown.clone())),
            _ => return row.failed("concat() joins strings or arrays, not both"),
        }
    }
    if items.len() > MAX_ITEMS {
        return row.bound("a list has more elements than are kept");
    }
    row.value(Node::List(Arc::new(List::new(items, open))))
}

fn contains(row: &Row<'_>) -> Value {
    let (Some(container), Some(item)) = (row.alternatives.first(), row.alternatives.get(1)) else {
        return row.opaque_bool();
    };
    match (&container.node, &item.node) {
        (Node::String(text), Node::Unknown(_)) if text.is_empty() => row.opaque_bool(),
        (Node::String(text), part) => match super::text_of(part) {
            Some(part) => row.value(Node::Bool(text.contains(&part))),
            None => row.opaque_bool(),
        },
        (Node::Map(map), key) => match super::text::key_of(key) {
            Some(key) if map.get_ignore_case(&key).is_some() => row.value(Node::Bool(true)),
            Some(_) if map.open.is_none() => row.value(Node::Bool(false)),
            None if map.open.is_none() => match compared_with_keys(map, item) {
                Some(name) => name.and_then(|alternative| {
                    row.value(Node::Bool(matches!(alternative.node, Node::String(_))))
                }),
                None => row.opaque_bool(),
            },
            _ => row.opaque_bool(),
        },
        (Node::List(list), _) => {
            let item = Value::new(item.node.clone(), item.provenance.clone());
            let mut result = ops::boolean(false, row.provenance());
            for candidate in &list.items {
                // An element that is there in some worlds only decides nothing in the others.
                let same = ops::equals(candidate, &item, row.site.label, row.site.at, |a, b| a == b);
                if list.open.is_none() && matches!(same.single(), Some(Node::Bool(true))) {
                    return ops::boolean(true, row.provenance());
                }
                result = ops::logic(false, &result, &same, row.site.label, row.site.at);
            }
            if list.open.is_some() {
                return row.opaque_bool();
            }
            result
        }
        (Node::Unknown(_), Node::String(part)) if Extent::of(&container.node).prefix.contains(&**part) => {
            row.value(Node::Bool(true))
        }
        (Node::Unknown(_), _) => row.opaque_bool(),
        (Node::Null(_), _) => row.value(Node::Bool(false)),
        _ => row.wrong_type(0, "an array, an object or a string"),
    }
}

/// The condition that something unknown is empty, the same wherever it is asked.
pub(in crate::resolve::arm) fn unknown_is_empty(node: &Node, provenance: &Provenance, at: Span) -> Value {
    let label = match node {
        Node::Unknown(unknown) => format!("empty({})", unknown.atom.label()),
        _ => "empty(…)".to_owned(),
    };
    ops::opaque_bool("empty", &label, &[&Value::new(node.clone(), provenance.clone())], at)
}

fn empty(site: &Site<'_>, args: &[Value]) -> Value {
    let Some(value) = args.first() else { return ops::failed("empty() of nothing", site.at) };
    // Null is empty, and so is the empty string: an unknown that can be one of them is taken apart.
    let mut value = value.split_on(&Scalar::Null);
    let is_text =
        |a: &Alternative| matches!(&a.node, Node::Unknown(u) if u.certain.kind == Some(Kind::String));
    if value.alternatives().iter().any(is_text) {
        value = value.split_on(&Scalar::string(""));
    }
    value.and_then(|alternative| {
        let provenance = Provenance::computed(site.at, [alternative.provenance.clone()]);
        let known = match &alternative.node {
            Node::Null(_) => true,
            Node::String(text) => text.is_empty(),
            Node::List(list) if list.open.is_none() => list.items.is_empty(),
            Node::Map(map) if map.open.is_none() || !map.entries.is_empty() => map.entries.is_empty(),
            // What is left of a text after the empty one was taken away.
            Node::Unknown(unknown) if unknown.certain.kind == Some(Kind::String) => false,
            Node::Bool(_) | Node::Number(_) => false,
            Node::Unknown(_) => return unknown_is_empty(&alternative.node, &alternative.provenance, site.at),
            Node::List(list) => match &list.open {
                Some(open) => {
                    return unknown_is_empty(&Node::Unknown(open.clone()), &alternative.provenance, site.at);
                }
                None => list.items.is_empty(),
            },
            Node::Map(map) => match &map.open {
                Some(open) => {
                    return unknown_is_empty(&Node::Unknown(open.clone()), &alternative.provenance, site.at);
                }
                None => map.entries.is_empty(),
            },
        };
        ops::boolean(known, provenance)
    })
}

fn length(row: &Row<'_>) -> Value {
    let known = match row.node(0) {
        Node::String(text) => text.encode_utf16().count(),
        Node::List(list) if list.open.is_none() => list.items.len(),
        Node::Map(map) if map.open.is_none() => map.entries.len(),
        Node::Unknown(_) | Node::List(_) | Node::Map(_) => return row.opaque(Certain::of_kind(Kind::Number)),
        _ => return row.wrong_type(0, "an array, an object or a string"),
    };
    row.value(Node::Number(Number::Int(i64::try_from(known).unwrap_or(i64::MAX))))
}

fn edge(row: &Row<'_>, first: bool) -> Value {
    let provenance = row.alternatives.first().map_or_else(Provenance::nowhere, |a| a.provenance.clone());
    match row.node(0) {
        Node::List(list) if list.open.is_none() => {
            let item = if first { list.items.first() } else { list.items.last() };
            item.map_or_else(|| missing_in(&provenance), |item| take_item(&provenance, item, row.site.at))
        }
        Node::String(text) => {
            let letter = if first { text.chars().next() } else { text.chars().last() };
            row.text(letter.map(String::from).unwrap_or_default())
        }
        Node::Unknown(unknown) if unknown.certain.kind == Some(Kind::String) => {
            let prefix = Extent::of(row.node(0)).prefix;
            match prefix.chars().next().filter(|_| first) {
                Some(letter) => row.text(String::from(letter)),
                None => row.opaque(Certain { max_length: Some(1), ..Certain::of_kind(Kind::String) }),
            }
        }
        Node::Unknown(unknown) if first => part(unknown, "[0]", "[0]", &provenance, row.site.at),
        Node::Unknown(unknown) if let Some(known) = last_part(unknown) => row.text(known),
        Node::Unknown(_) | Node::List(_) => row.opaque(Certain::default()),
        _ => row.wrong_type(0, "an array or a string"),
    }
}

fn flatten(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::List(outer) => {
            let from = row.provenance();
            let mut items = Vec::new();
            let mut open = outer.open.clone();
            for inner in &outer.items {
                match inner.single() {
                    Some(Node::List(list)) => {
                        items.extend(
                            list.items.iter().map(|item| take_item(&inner.provenance(), item, row.site.at)),
                        );
                        open = open.or_else(|| list.open.clone());
                    }
                    Some(Node::Unknown(unknown)) => open = open.or_else(|| Some(unknown.clone())),
                    Some(_) => return row.failed("flatten() wants an array of arrays"),
                    None => return row.opaque(Certain::of_kind(Kind::List)),
                }
            }
            if items.len() > MAX_ITEMS {
                return row.bound("a list has more elements than are kept");
            }
            Value::new(Node::List(Arc::new(List::new(items, open))), from)
        }
        Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.wrong_type(0, "an array of arrays"),
    }
}

fn index_of(row: &Row<'_>) -> Value {
    let last = row.site.name == "lastindexof";
    let position = match (row.node(0), row.node(1)) {
        (Node::String(text), Node::String(part)) => {
            let (text, part) = (text.to_lowercase(), part.to_lowercase());
            let at = if last { text.rfind(&part) } else { text.find(&part) };
            at.map(|at| text.get(..at).map_or(0, |before| before.encode_utf16().count()))
        }
        (Node::List(list), item) if row.node(0).is_wholly_known() && item.is_wholly_known() => {
            let (wanted, text) = (item.scalar(), super::text_of(item));
            let same = |candidate: &Value| match candidate.single() {
                Some(node) => match (node.scalar(), &wanted) {
                    (Some(have), Some(wanted)) => have == *wanted,
                    _ => super::text_of(node) == text,
                },
                None => false,
            };
            if last { list.items.iter().rposition(same) } else { list.items.iter().position(same) }
        }
        (Node::List(_), _) => return row.opaque(Certain::of_kind(Kind::Number)),
        _ if row.unknown().is_some() => return row.opaque(Certain::of_kind(Kind::Number)),
        _ => return row.failed(format!("{}() wants a string or an array", row.site.name)),
    };
    let position = position.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1);
    row.value(Node::Number(Number::Int(position)))
}

fn from_end(row: &Row<'_>, missing: Missing) -> Value {
    let provenance = row.alternatives.first().map_or_else(Provenance::nowhere, |a| a.provenance.clone());
    match (row.node(0), int_of(row.node(1))) {
        (Node::List(list), Some(index)) if list.open.is_none() => {
            let at =
                usize::try_from(index).ok().filter(|n| *n > 0).and_then(|n| list.items.len().checked_sub(n));
            match (at.and_then(|at| list.items.get(at)), missing) {
                (Some(item), _) => take_item(&provenance, item, row.site.at),
                (None, Missing::IsNull) => missing_in(&provenance),
                (None, Missing::Fails) => {
                    row.failed(format!("the array has no element {index} from its end"))
                }
            }
        }
        (Node::Null(_), _) if missing == Missing::IsNull => missing_in(&provenance),
        (Node::List(_) | Node::Unknown(_), _) => row.opaque(Certain::default()),
        _ => row.wrong_type(0, "an array"),
    }
}

/// What tells elements apart: content, or for unknowns identity.
fn identity(value: &Value) -> String {
    derived_atom("", "", &[value], None).key().to_owned()
}

fn union(row: &Row<'_>) -> Value {
    // Null adds nothing.
    let parts: Vec<&Alternative> =
        row.alternatives.iter().copied().filter(|a| !matches!(a.node, Node::Null(_))).collect();
    if parts.iter().any(|a| a.node.kind() == Some(Kind::List)) {
        let joined = Row { site: row.site, alternatives: &parts };
        let value = concat(&joined);
        return match value.single() {
            Some(Node::List(list)) => {
                let mut seen = BTreeSet::new();
                let items = list.items.iter().filter(|item| seen.insert(identity(item))).cloned().collect();
                row.value(Node::List(Arc::new(List::new(items, list.open.clone()))))
            }
            _ => value,
        };
    }
    let mut merged: Option<Value> = None;
    for part in parts {
        if !matches!(part.node, Node::Map(_) | Node::Unknown(_)) {
            return row.failed("union() wants objects or arrays");
        }
        let next = Value::new(part.node.clone(), part.provenance.clone());
        merged = Some(match merged {
            None => next,
            Some(so_far) => merge(&so_far, &next, true, &row.site, 0),
        });
    }
    merged.unwrap_or_else(|| row.value(Node::NULL))
}

fn distinct(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::List(list) if row.node(0).is_wholly_known() => {
            let mut seen = BTreeSet::new();
            row.list(list.items.iter().filter(|item| seen.insert(identity(item))).cloned().collect())
        }
        Node::List(_) | Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.wrong_type(0, "an array"),
    }
}

fn intersection(row: &Row<'_>) -> Value {
    let known = row.alternatives.iter().all(|a| a.node.is_wholly_known());
    match row.node(0) {
        Node::List(first) if known => {
            let others: Vec<BTreeSet<String>> = row
                .alternatives
                .iter()
                .skip(1)
                .map(|a| match &a.node {
                    Node::List(list) => list.items.iter().map(identity).collect(),
                    _ => BTreeSet::new(),
                })
                .collect();
            let mut seen = BTreeSet::new();
            let items = first
                .items
                .iter()
                .filter(|item| {
                    let id = identity(item);
                    others.iter().all(|other| other.contains(&id)) && seen.insert(id)
                })
                .cloned()
                .collect();
            row.list(items)
        }
        Node::Map(first) if known => {
            let kept = first.entries.iter().filter(|(key, value)| {
                row.alternatives.iter().skip(1).all(|a| match &a.node {
                    Node::Map(map) => {
                        map.get_ignore_case(key).is_some_and(|other| identity(other) == identity(value))
                    }
                    _ => false,
                })
            });
            row.value(Node::map(kept.map(|(key, value)| (key.clone(), value.clone())).collect()))
        }
        Node::Map(_) => row.opaque(Certain::of_kind(Kind::Map)),
        Node::List(_) => row.opaque(Certain::of_kind(Kind::List)),
        Node::Unknown(unknown) => {
            row.opaque(Certain { kind: unknown.certain.kind, not_null: true, ..Certain::default() })
        }
        _ => row.failed("intersection() wants objects or arrays"),
    }
}

/// The sum of the arguments of `range()` is at most this.
const MAX_INDEX: i64 = 2_147_483_647;

fn range(row: &Row<'_>) -> Value {
    match (int_of(row.node(0)), int_of(row.node(1))) {
        (Some(start), Some(count)) => match usize::try_from(count) {
            // The documented bounds.
            Ok(count) if count <= MAX_ITEMS && start.saturating_add_unsigned(count as u64) <= MAX_INDEX => {
                let from = row.provenance();
                let number = |at: usize| {
                    let value =
                        i64::try_from(at).ok().and_then(|at| start.checked_add(at)).unwrap_or(i64::MAX);
                    Value::new(Node::Number(Number::Int(value)), from.clone())
                };
                row.list((0..count).map(number).collect())
            }
            Ok(_) => row.failed(format!("range() ends at {MAX_INDEX} and has at most {MAX_ITEMS} elements")),
            Err(_) => row.failed("range() wants a count that is not negative"),
        },
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.failed("range() wants two integers"),
    }
}

/// `take` and `skip` of arrays and strings.
fn part_of_sequence(row: &Row<'_>) -> Value {
    let taking = row.site.name == "take";
    // A negative number is as good as zero.
    let Some(count) = int_of(row.node(1)).map(|n| usize::try_from(n).unwrap_or(0)) else {
        if row.unknown().is_none() {
            return row.wrong_type(1, "an integer");
        }
        return match row.node(0).kind() {
            Some(kind @ (Kind::List | Kind::String)) => row.opaque(Certain::of_kind(kind)),
            _ => row.opaque(Certain { not_null: true, ..Certain::default() }),
        };
    };
    match row.node(0) {
        Node::String(text) if taking => super::text::units(row, text, 0, count),
        Node::String(text) => super::text::units(row, text, count, usize::MAX),
        Node::List(list) if list.open.is_none() => {
            let provenance =
                row.alternatives.first().map_or_else(Provenance::nowhere, |a| a.provenance.clone());
            let pick = |item: &Value| take_item(&provenance, item, row.site.at);
            if taking {
                row.list(list.items.iter().take(count).map(pick).collect())
            } else {
                row.list(list.items.iter().skip(count).map(pick).collect())
            }
        }
        Node::Unknown(unknown) if unknown.certain.kind == Some(Kind::String) => {
            let extent = Extent::of(row.node(0));
            if !taking {
                let known: String = extent.prefix.chars().skip(count).collect();
                let rest = Extent {
                    prefix: known.into(),
                    whole: false,
                    min: extent.min.saturating_sub(count),
                    max: extent.max.map(|max| max.saturating_sub(count)),
                };
                return row.opaque(rest.certain());
            }
            let known: String = extent.prefix.chars().take(count).collect();
            if known.chars().count() == count {
                return row.text(known);
            }
            let max = extent.max.map_or(count, |max| max.min(count));
            row.opaque(
                Extent { prefix: known.into(), whole: false, min: extent.min.min(count), max: Some(max) }
                    .certain(),
            )
        }
        Node::Unknown(unknown) => {
            row.opaque(Certain { kind: unknown.certain.kind, not_null: true, ..Certain::default() })
        }
        Node::List(_) => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.wrong_type(0, "an array or a string"),
    }
}

/// The entries of an object as a list, for `items()` and `objectKeys()`.
pub(super) fn entries(row: &Row<'_>, make: impl Fn(&Arc<str>, &Value) -> Value) -> Value {
    match row.node(0) {
        Node::Map(map) => entry_list(row, map, make),
        Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.wrong_type(0, "an object"),
    }
}
