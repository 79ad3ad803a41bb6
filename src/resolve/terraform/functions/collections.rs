//! Functions that build, take apart and choose from lists and maps, leaf by leaf.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::types::{self, Type};
use super::format;
use super::plain::{Args, Plain};
use super::{Call, alone, certain, failure_in, surface};
use crate::value::{
    Alternative, Certain, Kind, List, Map, Node, Number, Provenance, Reason, Scalar, Unknown, Value, ops,
};

/// Keys of a map that an unknown key is compared with; with more of them the result is unknown.
const MAX_KEYS: usize = 16;

/// Elements that may turn out to be absent; with more of them the list is open.
const MAX_UNCERTAIN: usize = 4;

/// The argument itself, passed on: `sensitive` and the like.
pub(super) fn same(call: &Call) -> Value {
    call.arg(0).passed(call.at)
}

/// Marks are not followed, so nothing is known to be sensitive.
pub(super) fn issensitive(call: &Call) -> Value {
    ops::boolean(false, Provenance::computed(call.at, [call.arg(0).provenance()]))
}

pub(super) fn length(call: &Call) -> Value {
    call.arg(0).split_domains().and_then(|value| {
        if let Some(refused) = call.refused(value) {
            return refused;
        }
        let count = |count: usize| Plain::count(count).into_value(&call.computed(&[value]));
        let unknown = || call.opaque(&[value], Certain::of_kind(Kind::Number));
        match &value.node {
            Node::String(text) => count(super::strings::graphemes(text).len()),
            Node::List(list) if list.open.is_some() => unknown(),
            // Unknown elements of a set may turn out to be one.
            Node::List(list) if list.set && list.items.len() > 1 && !is_settled(list) => unknown(),
            Node::List(list) => count(list.items.len()),
            Node::Map(map) if map.open.is_some() => unknown(),
            Node::Map(map) => count(map.entries.len()),
            Node::Unknown(known) => match (known.certain.kind, known.certain.max_length) {
                (Some(Kind::String), Some(max)) if max == known.certain.min_length => count(max),
                _ => unknown(),
            },
            _ => call.mismatch(value, "collection or string"),
        }
    })
}

fn is_settled(list: &List) -> bool {
    list.items.iter().all(Value::is_wholly_known)
}

pub(super) fn keys(call: &Call) -> Value {
    call.arg(0).and_then(|value| {
        if let Some(refused) = call.refused(value) {
            return refused;
        }
        match &value.node {
            Node::Map(map) => {
                let keys = map.entries.keys().map(|key| {
                    let provenance = match map.key_spans.get(key) {
                        Some(span) => Provenance::written(*span).through(&value.provenance).passed(call.at),
                        None => call.provenance(&[value]),
                    };
                    Value::string(key, provenance)
                });
                match &map.ty {
                    Some(_) => {
                        let string = Some(Arc::new(Type::String));
                        call.list(keys.collect(), string, map.open.clone(), &[value])
                    }
                    None => call.tuple(keys.collect(), map.open.clone(), &[value]),
                }
            }
            Node::Unknown(_) => call.opaque(&[value], Certain::of_kind(Kind::List)),
            _ => call.mismatch(value, "map"),
        }
    })
}

pub(super) fn values(call: &Call) -> Value {
    call.arg(0).and_then(|value| {
        if let Some(refused) = call.refused(value) {
            return refused;
        }
        match &value.node {
            Node::Map(map) => {
                let items = map.entries.values().map(|item| call.part(item, value)).collect();
                match map.ty.as_ref().and_then(|ty| ty.element()) {
                    Some(element) => call.list(items, Some(element.clone()), map.open.clone(), &[value]),
                    None => call.tuple(items, map.open.clone(), &[value]),
                }
            }
            Node::Unknown(_) => call.opaque(&[value], Certain::of_kind(Kind::List)),
            _ => call.mismatch(value, "map"),
        }
    })
}

pub(super) fn merge(call: &Call) -> Value {
    Value::combine(&call.args.iter().collect::<Vec<_>>(), |row| {
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut key_spans = BTreeMap::new();
        let mut open = Vec::new();
        for source in row {
            match &source.node {
                // A null map counts as an empty one.
                Node::Null(Some(ty)) if !matches!(**ty, Type::Map(_) | Type::Object(_) | Type::Open) => {
                    return call.mismatch(source, "map or object");
                }
                Node::Null(_) => {}
                Node::Map(map) => {
                    if let Some(rest) = &map.open {
                        let listed = |key: &Arc<str>| map.entries.contains_key(key);
                        override_by(call, &mut entries, rest, source, listed);
                        open.push(rest.clone());
                    }
                    for (key, value) in &map.entries {
                        entries.insert(key.clone(), call.part(value, source));
                        match map.key_spans.get(key) {
                            Some(span) => key_spans.insert(key.clone(), *span),
                            None => key_spans.remove(key),
                        };
                    }
                }
                Node::Unknown(unknown) => {
                    if let Some(failure) = failure_in(source) {
                        return failure;
                    }
                    override_by(call, &mut entries, unknown, source, |_| false);
                    open.push(unknown.clone());
                }
                _ => return call.mismatch(source, "map or object"),
            }
        }
        // Maps of one type make a map of that type, anything else an object.
        let types = row.iter().map(|source| match &source.node {
            Node::Map(map) => map.ty.clone(),
            Node::Null(Some(ty)) if matches!(**ty, Type::Map(_)) => Some(ty.clone()),
            _ => None,
        });
        let ty = types.reduce(|one, other| if one == other { one } else { None }).flatten();
        let map = Map { entries, key_spans, ty, open: call.rest(&open) };
        Value::new(Node::Map(Arc::new(map)), call.provenance(row))
    })
}

/// Entries that a source with unknown keys may replace: each is either itself or a part of the source.
fn override_by(
    call: &Call,
    entries: &mut BTreeMap<Arc<str>, Value>,
    by: &Unknown,
    source: &Alternative,
    listed: impl Fn(&Arc<str>) -> bool,
) {
    for (key, value) in entries.iter_mut().filter(|(key, _)| !listed(key)) {
        let label = format!("{}.{key}", by.atom.label());
        let other = ops::part_of(by, key, label, call.at, &source.provenance);
        let label = format!("{}.{key}", call.label);
        *value = ops::opaque("merged", &label, &[value, &other], Certain::default(), call.at);
    }
}

pub(super) fn concat(call: &Call) -> Value {
    Value::combine(&call.args.iter().collect::<Vec<_>>(), |row| {
        let mut items = Vec::new();
        let mut open = Vec::new();
        for source in row {
            if let Some(refused) = call.refused(source) {
                return refused;
            }
            match &source.node {
                Node::List(list) if !list.set => {
                    items.extend(call.items(list, source));
                    open.extend(list.open.clone());
                }
                Node::Unknown(unknown) => open.push(unknown.clone()),
                _ => return call.mismatch(source, "list or tuple"),
            }
        }
        // Lists make a list if their elements can be of one type; with a tuple among them it is a tuple.
        let lists = row.iter().map(|source| match &source.node {
            Node::List(list) => list.ty.as_deref().cloned(),
            _ => None,
        });
        let ty = lists.collect::<Option<Vec<Type>>>().and_then(|lists| types::unify(&lists));
        match ty.as_ref().and_then(|ty| ty.element()) {
            Some(element) => {
                let items = items.iter().map(|item| types::convert_plainly(item, element, call.at));
                call.list(items.collect(), Some(element.clone()), call.rest(&open), row)
            }
            None => call.tuple(items, call.rest(&open), row),
        }
    })
}

pub(super) fn flatten(call: &Call) -> Value {
    let list = call.arg(0).and_then(|value| {
        if let Some(refused) = call.refused(value) {
            return refused;
        }
        match &value.node {
            Node::List(_) => flat(call, &alone(value)),
            Node::Unknown(_) => call.opaque(&[value], Certain::of_kind(Kind::List)),
            _ => call.mismatch(value, "list"),
        }
    });
    list.passed(call.at)
}

/// The elements of a list and of the lists in it, as a list. A list of lists that differ from world to world
/// becomes as many flat lists.
fn flat(call: &Call, value: &Value) -> Value {
    value.and_then(|alternative| match &alternative.node {
        Node::List(list) => {
            let parts: Vec<Value> = list
                .items
                .iter()
                .map(|item| {
                    let item = call.part(item, alternative);
                    if item.alternatives().iter().any(|part| may_be_list(&part.node)) {
                        flat(call, &item)
                    } else {
                        call.tuple(vec![item], None, &[])
                    }
                })
                .collect();
            Value::combine(&parts.iter().collect::<Vec<_>>(), |row| {
                let mut items = Vec::new();
                let mut open: Vec<Arc<Unknown>> = list.open.iter().cloned().collect();
                for part in row {
                    if let Node::List(part) = &part.node {
                        items.extend(part.items.iter().cloned());
                        open.extend(part.open.clone());
                    }
                }
                call.tuple(items, call.rest(&open), &[alternative])
            })
        }
        Node::Unknown(unknown) if may_be_list(&alternative.node) && failure_in(alternative).is_none() => {
            call.tuple(Vec::new(), Some(unknown.clone()), &[alternative])
        }
        _ => call.tuple(vec![alone(alternative)], None, &[alternative]),
    })
}

fn may_be_list(node: &Node) -> bool {
    match node {
        Node::Unknown(unknown) => unknown.certain.kind.is_none_or(|kind| kind == Kind::List),
        node => node.kind() == Some(Kind::List),
    }
}

/// The element that an index names, if the list is closed.
pub(super) fn element(call: &Call) -> Value {
    Value::combine(&[&call.arg(0), &call.arg(1).split_domains()], |row| {
        let [from, index] = row else { return call.failed("a list and an index are required") };
        if let Some(refused) = call.refused(from).or_else(|| call.refused(index)) {
            return refused;
        }
        let index = match &index.node {
            Node::Unknown(_) => None,
            node => match Plain::of(node).map(|index| index.as_number().map(Number::as_i64)) {
                Some(Ok(Some(index))) => Some(index),
                _ => return call.failed("the index must be a whole number"),
            },
        };
        match (&from.node, index) {
            (Node::List(list), _) if list.set => call.mismatch(from, "list, not a set,"),
            (Node::List(list), Some(index)) if list.open.is_none() => {
                // A negative index counts from the end.
                let index =
                    i64::try_from(list.items.len()).ok().and_then(|length| index.checked_rem_euclid(length));
                match index.and_then(|index| list.items.get(usize::try_from(index).ok()?)) {
                    Some(item) => call.part(item, from),
                    None => call.failed("cannot use element function with an empty list"),
                }
            }
            (Node::List(_) | Node::Unknown(_), _) => call.opaque(row, Certain::default()),
            _ => call.mismatch(from, "list"),
        }
    })
}

pub(super) fn lookup(call: &Call) -> Value {
    let map = call.arg(0);
    let mut key = call.arg(1).split_domains();
    // An unknown key is each of the map's keys in some world, and none of them in the rest.
    let mut keys: BTreeSet<&Arc<str>> = BTreeSet::new();
    for alternative in map.alternatives() {
        if let Node::Map(map) = &alternative.node {
            keys.extend(map.entries.keys());
        }
    }
    let compared = keys.len() <= MAX_KEYS;
    if compared {
        for name in keys {
            key = key.split_on(&Scalar::String(name.clone()));
        }
    }
    Value::combine(&[&map, &key], |row| {
        let [from, key] = row else { return call.failed("a map and a key are required") };
        if let Some(refused) = call.refused(from).or_else(|| call.refused(key)) {
            return refused;
        }
        let default = call.args.get(2);
        let element = match &from.node {
            Node::Map(map) => map.ty.as_ref().and_then(|ty| ty.element()),
            _ => None,
        };
        // The default must be one that could be in the map, whether it is needed or not.
        let converted = default.map(|default| match element {
            Some(element) => types::convert_plainly(default, element, call.at),
            None => default.clone(),
        });
        if let (Some(_), Some([only])) = (element, converted.as_ref().map(Value::alternatives))
            && let Some(failure) = failure_in(only)
        {
            return failure;
        }
        let missing = || match converted.clone() {
            Some(default) => default.passed(call.at),
            None => call.failed("the given key does not exist in the map"),
        };
        let unknown = || match default {
            Some(default) => {
                let (from, key) = (alone(from), alone(key));
                ops::opaque(call.name, call.label, &[&from, &key, default], Certain::default(), call.at)
            }
            None => call.opaque(row, Certain::default()),
        };
        let name = match &key.node {
            Node::Unknown(_) => None,
            node => match Plain::of(node).map(|key| key.as_text()) {
                Some(Ok(name)) => Some(name),
                _ => return call.mismatch(key, "string"),
            },
        };
        let part = |of: &Unknown, name: &str| match default {
            None => {
                let label = format!("{}.{name}", of.atom.label());
                ops::part_of(of, name, label, call.at, &from.provenance)
            }
            Some(_) => unknown(),
        };
        match (&from.node, name) {
            (Node::Map(map), Some(name)) => match (map.entries.get(&name), &map.open) {
                (Some(entry), _) => call.part(entry, from),
                (None, Some(open)) => part(open, &name),
                (None, None) => missing(),
            },
            (Node::Map(map), None) if map.open.is_none() && compared => missing(),
            (Node::Map(_) | Node::Unknown(_), None) => unknown(),
            (Node::Unknown(of), Some(name)) => part(of, &name),
            _ => call.mismatch(from, "map"),
        }
    })
}

pub(super) fn coalesce(call: &Call) -> Value {
    let types: Vec<Type> = call.args.iter().map(types::type_of).collect();
    let Some(common) = types::unify(&types) else {
        return call.failed("all arguments must have the same type");
    };
    // What cannot be converted after all counts as null.
    let converted = |arg: &Value| {
        types::convert_plainly(arg, &common, call.at).and_then(|one| match failure_in(one) {
            Some(_) => Value::null(one.provenance.clone()),
            None => alone(one),
        })
    };
    let texts = matches!(common, Type::String | Type::Open);
    let mut args: Vec<Value> = call
        .args
        .iter()
        .zip(&types)
        .map(|(arg, ty)| if *ty == common { arg.clone() } else { converted(arg) })
        .map(|arg| {
            let arg = arg.split_on(&Scalar::Null);
            if texts { arg.split_on(&Scalar::string("")) } else { arg }
        })
        .collect();
    args.push(call.failed("no non-null, non-empty-string arguments"));
    let is_missing = |node: &Node| match node {
        Node::Null(_) => true,
        Node::String(text) => texts && text.is_empty(),
        _ => false,
    };
    ops::first_present(&args, call.at, is_missing).unwrap_or_else(|| call.failed("no arguments"))
}

pub(super) fn coalescelist(call: &Call) -> Value {
    Value::combine(&call.args.iter().collect::<Vec<_>>(), |row| {
        for list in row {
            match &list.node {
                Node::List(items) if items.set => return call.mismatch(list, "list, not a set,"),
                Node::Null(Some(ty)) if matches!(**ty, Type::List(_) | Type::Tuple(_) | Type::Open) => {}
                Node::List(_) | Node::Unknown(_) => {}
                _ => return call.mismatch(list, "list"),
            }
        }
        for (index, list) in row.iter().enumerate() {
            if matches!(list.node, Node::Null(_)) {
                continue;
            }
            if let Some(refused) = call.refused(list) {
                return refused;
            }
            match &list.node {
                Node::List(items) if !items.items.is_empty() => return alone(list).passed(call.at),
                Node::List(items) if items.open.is_none() => {}
                Node::List(_) | Node::Unknown(_) => {
                    return call.opaque(row.get(index..).unwrap_or_default(), Certain::default());
                }
                _ => return call.mismatch(list, "list"),
            }
        }
        call.failed("no non-null arguments")
    })
}

pub(super) fn compact(call: &Call) -> Value {
    let list = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::String)), call.at);
    list.and_then(|from| {
        if let Some(refused) = call.refused(from) {
            return refused;
        }
        let Node::List(list) = &from.node else {
            return match &from.node {
                Node::Unknown(_) => call.opaque(&[from], Certain::of_kind(Kind::List)),
                _ => call.mismatch(from, "list"),
            };
        };
        let split: Vec<Value> = call
            .items(list, from)
            .iter()
            .map(|item| item.split_on(&Scalar::Null).split_on(&Scalar::string("")))
            .collect();
        let is_empty = |item: &Alternative| match &item.node {
            Node::Null(_) => true,
            Node::String(text) => text.is_empty(),
            _ => false,
        };
        let is_uncertain =
            |item: &&Value| item.alternatives().len() > 1 && item.alternatives().iter().any(is_empty);
        if split.iter().filter(is_uncertain).count() <= MAX_UNCERTAIN {
            return Value::combine(&split.iter().collect::<Vec<_>>(), |row| {
                let kept = row.iter().filter(|item| !is_empty(item)).map(|item| alone(item)).collect();
                call.list(kept, Some(Arc::new(Type::String)), list.open.clone(), &[from])
            });
        }
        // Too many worlds: those that are certainly there, and perhaps more.
        let kept: Vec<Value> =
            split.iter().filter(|item| !item.alternatives().iter().any(is_empty)).cloned().collect();
        let unknown = call.opaque(&[from], Certain::of_kind(Kind::List));
        let open = match unknown.single() {
            Some(Node::Unknown(unknown)) => Some(unknown.clone()),
            _ => None,
        };
        call.list(kept, Some(Arc::new(Type::String)), open, &[from])
    })
}

pub(super) fn contains(call: &Call) -> Value {
    let wanted = call.arg(1);
    call.arg(0).and_then(|from| {
        if let Some(refused) = call.refused(from) {
            return refused;
        }
        let list = match &from.node {
            Node::List(list) => list,
            Node::Unknown(_) => {
                return wanted.and_then(|wanted| call.opaque_bool(&[from, wanted]));
            }
            // Terraform does not look at the list before it knows what to look for.
            _ if matches!(wanted.single(), Some(Node::Unknown(_))) => {
                return wanted.and_then(|wanted| call.opaque_bool(&[from, wanted]));
            }
            _ => return call.mismatch(from, "list"),
        };
        // Null is neither in a list nor not in it, as far as Terraform is concerned.
        if matches!(wanted.single(), Some(Node::Null(_))) {
            return call.failed("argument must not be null");
        }
        let provenance = || Provenance::computed(call.at, [from.provenance.clone(), wanted.provenance()]);
        let mut found = ops::boolean(false, provenance());
        for item in call.items(list, from) {
            let same = types::equals(&item, &wanted, call.label, call.at);
            found = ops::logic(false, &found, &same, call.label, call.at);
        }
        if list.open.is_none() {
            return found;
        }
        found.and_then(|found| match &found.node {
            Node::Bool(true) => alone(found),
            _ => wanted.and_then(|wanted| call.opaque_bool(&[from, wanted])),
        })
    })
}

pub(super) fn alltrue(call: &Call) -> Value {
    all_or_any(call, true)
}

pub(super) fn anytrue(call: &Call) -> Value {
    all_or_any(call, false)
}

fn all_or_any(call: &Call, all: bool) -> Value {
    let list = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::Bool)), call.at);
    list.and_then(|from| {
        if let Some(refused) = call.refused(from).or_else(|| failure_in(from)) {
            return refused;
        }
        let list = match &from.node {
            Node::List(list) => list,
            Node::Unknown(_) => return call.opaque_bool(&[from]),
            _ => return call.mismatch(from, "list"),
        };
        let mut result = ops::boolean(all, call.computed(&[from]));
        for item in call.items(list, from) {
            // A null element counts as false.
            let item = item.and_then(|item| match &item.node {
                Node::Null(_) => ops::boolean(false, item.provenance.clone()),
                _ => alone(item),
            });
            result = ops::logic(all, &result, &item, call.label, call.at);
        }
        if list.open.is_none() {
            return result;
        }
        result.and_then(|result| match &result.node {
            Node::Bool(value) if *value != all => alone(result),
            _ => call.opaque_bool(&[from]),
        })
    })
}

/// `start` and `end` of a slice, and sizes: a whole number that is not negative.
fn count_of(node: &Node) -> Option<Result<usize, String>> {
    let plain = Plain::of(node)?;
    Some(plain.as_number().and_then(|number| {
        number
            .as_i64()
            .and_then(|int| usize::try_from(int).ok())
            .ok_or_else(|| "a whole number that is not negative is required".to_owned())
    }))
}

pub(super) fn slice(call: &Call) -> Value {
    let (start, end) = (call.arg(1).split_domains(), call.arg(2).split_domains());
    Value::combine(&[&call.arg(0), &start, &end], |row| {
        let [from, start, end] = row else { return call.failed("a list and two indices are required") };
        if let Some(refused) = row.iter().find_map(|argument| call.refused(argument)) {
            return refused;
        }
        let list = match &from.node {
            Node::List(list) if !list.set => list,
            Node::Unknown(_) => return call.opaque(row, Certain::default()),
            _ => return call.mismatch(from, "list"),
        };
        let (start, end) = match (count_of(&start.node), count_of(&end.node)) {
            (Some(Ok(start)), Some(Ok(end))) => (start, end),
            (Some(Err(message)), _) | (_, Some(Err(message))) => return call.failed(message),
            _ => return call.opaque(row, Certain::default()),
        };
        if list.open.is_some() {
            return call.opaque(row, Certain::default());
        }
        match list.items.get(start..end) {
            Some(items) => {
                call.like(list, items.iter().map(|item| call.part(item, from)).collect(), None, &[from])
            }
            None => call.failed("the indices are not within the list"),
        }
    })
}

pub(super) fn chunklist(call: &Call) -> Value {
    let list = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::Any)), call.at);
    Value::combine(&[&list, &call.arg(1).split_domains()], |row| {
        let [from, size] = row else { return call.failed("a list and a size are required") };
        if let Some(refused) = row.iter().find_map(|argument| call.refused(argument)) {
            return refused;
        }
        match (&from.node, count_of(&size.node)) {
            (_, Some(Err(message))) => call.failed(message),
            (Node::List(list), Some(Ok(size))) if list.open.is_none() => {
                let items = call.items(list, from);
                // A size of zero means one chunk of everything.
                let size = if size == 0 { items.len().max(1) } else { size };
                let chunks = items.chunks(size).map(|chunk| call.like(list, chunk.to_vec(), None, &[from]));
                let element = list.ty.clone();
                call.list(chunks.collect(), element, None, &[from])
            }
            (Node::List(_) | Node::Unknown(_), _) => call.opaque(row, Certain::of_kind(Kind::List)),
            _ => call.mismatch(from, "list"),
        }
    })
}

pub(super) fn reverse(call: &Call) -> Value {
    call.arg(0).and_then(|from| {
        if let Some(refused) = call.refused(from) {
            return refused;
        }
        match &from.node {
            Node::List(list) => {
                let items = call.items(list, from).into_iter().rev().collect();
                call.like(list, items, list.open.clone(), &[from])
            }
            Node::Unknown(_) => call.opaque(&[from], Certain::of_kind(Kind::List)),
            _ => call.mismatch(from, "list"),
        }
    })
}

pub(super) fn sort(call: &Call) -> Value {
    let list = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::String)), call.at);
    surface(&list).and_then(|from| {
        if let Some(refused) = call.refused(from).or_else(|| failure_in(from)) {
            return refused;
        }
        let list = match &from.node {
            Node::List(list) => list,
            Node::Unknown(_) => return call.opaque(&[from], Certain::of_kind(Kind::List)),
            _ => return call.mismatch(from, "list"),
        };
        if list.items.iter().any(|item| matches!(item.single(), Some(Node::Null(_)))) {
            return call.failed("given list element is null; a null string cannot be sorted");
        }
        let mut items = call.items(list, from);
        let mut open = list.open.clone();
        if items.iter().all(|item| item.as_str().is_some()) {
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        } else if open.is_none()
            && let Some(Node::Unknown(unknown)) = call.opaque(&[from], Certain::of_kind(Kind::List)).single()
        {
            // The elements are there, but not their places: that is what an open list says.
            open = Some(unknown.clone());
        }
        call.list(items, Some(Arc::new(Type::String)), open, &[from])
    })
}

pub(super) fn one(call: &Call) -> Value {
    call.arg(0).and_then(|from| {
        if let Some(refused) = call.refused(from) {
            return refused;
        }
        match &from.node {
            Node::List(list) => match (list.items.as_slice(), &list.open) {
                ([], None) => {
                    let element = list.ty.as_ref().and_then(|ty| ty.element());
                    let ty = element.filter(|element| ***element != Type::Any);
                    Value::new(Node::Null(ty.cloned()), call.provenance(&[from]))
                }
                ([item], _) => call.part(item, from),
                ([], Some(_)) => call.opaque(&[from], Certain::default()),
                _ if list.set && !is_settled(list) => call.opaque(&[from], Certain::default()),
                _ => call.failed("must be a list, set, or tuple value with either zero or one elements"),
            },
            Node::Unknown(_) => call.opaque(&[from], Certain::default()),
            _ => call.mismatch(from, "list"),
        }
    })
}

pub(super) fn zipmap(call: &Call) -> Value {
    let keys = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::String)), call.at);
    Value::combine(&[&surface(&keys), &call.arg(1)], |row| {
        let [keys, from] = row else { return call.failed("keys and values are required") };
        if let Some(refused) = row.iter().find_map(|argument| call.refused(argument)) {
            return refused;
        }
        let names = match &keys.node {
            Node::List(names) => names,
            Node::Unknown(_) => return call.opaque(row, Certain::of_kind(Kind::Map)),
            _ => return call.mismatch(keys, "list"),
        };
        let mut open: Vec<Arc<Unknown>> = names.open.iter().cloned().collect();
        let items: Option<Vec<Value>> = match &from.node {
            Node::List(list) if list.set => return call.mismatch(from, "list, not a set,"),
            Node::List(list) if list.open.is_none() => Some(call.items(list, from)),
            Node::List(_) | Node::Unknown(_) => None,
            _ => return call.mismatch(from, "list"),
        };
        if let Some(items) = &items
            && names.open.is_none()
            && items.len() != names.items.len()
        {
            return call.failed("number of keys does not match number of values");
        }
        let mut entries = BTreeMap::new();
        let mut key_spans = BTreeMap::new();
        for (index, name) in names.items.iter().enumerate() {
            let value = match (&items, names.open.is_some()) {
                (Some(items), false) => items.get(index).cloned(),
                _ => None,
            };
            let value = value.unwrap_or_else(|| {
                let inputs = [alone(from), name.clone()];
                let label = format!("{}[{index}]", call.label);
                ops::opaque("zipmap", &label, &inputs.each_ref(), Certain::default(), call.at)
            });
            match name.single() {
                Some(Node::String(name_text)) => {
                    let provenance = name.provenance();
                    if let Some(span) = provenance.origin().filter(|_| !provenance.is_computed()) {
                        key_spans.insert(name_text.clone(), span);
                    }
                    entries.insert(name_text.clone(), value);
                }
                Some(Node::Unknown(unknown)) => open.push(unknown.clone()),
                _ => return call.failed("keys must not be null"),
            }
        }
        let ty = match &from.node {
            Node::List(list) => list.ty.as_ref().and_then(|ty| ty.element()),
            _ => None,
        };
        let ty = ty.map(|element| Arc::new(Type::Map(element.clone())));
        let open = call.opened(call.rest(&open), row);
        let map = Map { entries, key_spans, ty, open };
        Value::new(Node::Map(Arc::new(map)), call.provenance(row))
    })
}

pub(super) fn format(call: &Call) -> Value {
    Value::combine(&call.args.iter().collect::<Vec<_>>(), |row| {
        of_untyped_null(call, row).unwrap_or_else(|| {
            let args: Vec<Value> = row.iter().map(|argument| alone(argument)).collect();
            call.compute(&args, format::format, certain::format)
        })
    })
}

/// What a format gives if an argument is a null without a type: Terraform says nothing of it, not even its type.
fn of_untyped_null(call: &Call, row: &[&Alternative]) -> Option<Value> {
    let (format, arguments) = row.split_first()?;
    arguments.iter().find(|argument| matches!(argument.node, Node::Null(None)))?;
    Some(call.refused(format).unwrap_or_else(|| {
        let reason = Reason::Unsupported("a null in a format".into());
        call.run_time(format!("null@{:?}", call.at), reason, Certain::default())
    }))
}

/// One `format` for each element of the lists among the arguments; the other arguments go into each.
pub(super) fn formatlist(call: &Call) -> Value {
    Value::combine(&call.args.iter().collect::<Vec<_>>(), |row| {
        if let Some(unknown) = of_untyped_null(call, row) {
            return unknown;
        }
        if let Some(refused) = row.first().and_then(|format| call.refused(format)) {
            return refused;
        }
        let mut length: Option<usize> = None;
        let mut open = false;
        for argument in row.iter().skip(1) {
            match &argument.node {
                Node::List(list) => {
                    open |= list.open.is_some();
                    if length.is_some_and(|length| length != list.items.len()) && !open {
                        return call.failed("all list arguments must have the same length");
                    }
                    length = Some(list.items.len());
                }
                Node::Unknown(_) => {
                    if let Some(failure) = failure_in(argument) {
                        return failure;
                    }
                    open |= may_be_list(&argument.node);
                }
                _ => {}
            }
        }
        if open {
            return call.opaque(row, Certain::of_kind(Kind::List));
        }
        let items = (0..length.unwrap_or(1)).map(|index| {
            let args: Vec<Value> = row
                .iter()
                .map(|argument| match &argument.node {
                    Node::List(list) => list.items.get(index).map_or_else(
                        || Value::null(argument.provenance.clone()),
                        |item| item.clone().through(&argument.provenance),
                    ),
                    _ => alone(argument),
                })
                .collect();
            call.compute(&args, |args: &Args| format::format(args), certain::format)
        });
        call.list(items.collect(), Some(Arc::new(Type::String)), None, row)
    })
}

pub(super) fn tobool(call: &Call) -> Value {
    convert(call, &Type::Bool)
}

pub(super) fn tonumber(call: &Call) -> Value {
    convert(call, &Type::Number)
}

pub(super) fn tostring(call: &Call) -> Value {
    convert(call, &Type::String)
}

pub(super) fn tolist(call: &Call) -> Value {
    convert(call, &Type::List(Arc::new(Type::Any)))
}

pub(super) fn toset(call: &Call) -> Value {
    convert(call, &Type::Set(Arc::new(Type::Any)))
}

pub(super) fn tomap(call: &Call) -> Value {
    convert(call, &Type::Map(Arc::new(Type::Any)))
}

fn convert(call: &Call, ty: &Type) -> Value {
    call.arg(0).and_then(|value| match &value.node {
        // Of what type the argument is decides what becomes of it, and whether the conversion succeeds.
        Node::Unknown(unknown) if failure_in(value).is_none() && unknown.certain.kind != ty.kind() => {
            let string = *ty == Type::String && unknown.certain.kind.is_some();
            if string || unknown.certain.kind.is_some_and(|kind| matches!(kind, Kind::List | Kind::Map)) {
                types::convert_plainly(&alone(value), ty, call.at)
            } else {
                call.opaque(&[value], Certain::default())
            }
        }
        _ => types::convert_plainly(&alone(value), ty, call.at).passed(call.at),
    })
}
