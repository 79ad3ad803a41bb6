//! Functions that compare elements with each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::types::{self, Type};
use super::plain::{Args, Outcome, Plain};
use super::{Call, failure_in, surface};
use crate::value::{Alternative, Atom, Certain, Kind, List, Node, Unknown, Value};

/// By what elements are the same: the atom of what is not known, else all of the value. `None` where that cannot be
/// told, as it cannot of a composite with unknown parts.
fn identity(element: &Value) -> Option<Identity> {
    match element.single()? {
        Node::Unknown(unknown) => Some(Identity::Atom(unknown.atom.clone())),
        node => Plain::of(node).map(Identity::Plain),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Atom(Atom),
    Plain(Plain),
}

/// Each element once, in order. Elements that are not known count as different from all others.
pub(super) fn distinct(call: &Call) -> Value {
    let list = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::Any)), call.at);
    surface(&list).and_then(|from| {
        if let Some(refused) = call.refused(from) {
            return refused;
        }
        match &from.node {
            Node::List(list) => {
                let mut seen = BTreeSet::new();
                let mut items = call.items(list, from);
                items.retain(|item| identity(item).is_none_or(|identity| seen.insert(identity)));
                call.like(list, items, list.open.clone(), &[from])
            }
            Node::Unknown(_) => call.opaque(&[from], Certain::of_kind(Kind::List)),
            _ => call.mismatch(from, "list"),
        }
    })
}

/// The type of the elements of a list or set.
fn element_type(list: &List) -> Type {
    list.ty.as_ref().and_then(|ty| ty.element()).map_or(Type::Any, |element| Type::clone(element))
}

/// Converts the arguments to sets of one element type, which an empty one of no type in particular has no part in.
fn as_sets(call: &Call) -> Option<Vec<Value>> {
    let any = Type::Set(Arc::new(Type::Any));
    let sets: Vec<Value> =
        call.args.iter().map(|argument| types::convert_plainly(argument, &any, call.at)).collect();
    let mut elements = Vec::new();
    for alternative in sets.iter().flat_map(Value::alternatives) {
        match &alternative.node {
            Node::List(list) if list.items.is_empty() && element_type(list) == Type::Any => {}
            Node::List(list) => elements.push(element_type(list)),
            _ => {}
        }
    }
    let element = if elements.is_empty() { Type::Any } else { types::unify(&elements)? };
    let set = Type::Set(Arc::new(element));
    Some(sets.iter().map(|argument| surface(&types::convert_plainly(argument, &set, call.at))).collect())
}

/// Gives `then` the sets of every combination; where one is not known at all, `None` in its place.
fn with_sets(call: &Call, then: impl Fn(&[&Alternative], &[Option<&List>]) -> Value) -> Value {
    let Some(sets) = as_sets(call) else {
        return call.failed("all sets must have the same element type");
    };
    Value::combine(&sets.iter().collect::<Vec<_>>(), |row| {
        let mut sets = Vec::new();
        for argument in row {
            if let Some(refused) = call.refused(argument).or_else(|| failure_in(argument)) {
                return refused;
            }
            match &argument.node {
                Node::List(list) => sets.push(Some(&**list)),
                Node::Unknown(_) => sets.push(None),
                _ => return call.mismatch(argument, "set"),
            }
        }
        then(row, &sets)
    })
}

/// What the elements of sets of one type are.
fn element(sets: &[Option<&List>]) -> Option<Arc<Type>> {
    sets.iter().flatten().find_map(|set| set.ty.as_ref()?.element().cloned())
}

/// The unknown that stands for elements of which it is not known whether they are in the result.
fn perhaps_more(call: &Call, row: &[&Alternative]) -> Option<Arc<Unknown>> {
    match call.opaque(row, Certain::of_kind(Kind::List)).single() {
        Some(Node::Unknown(unknown)) => Some(unknown.clone()),
        _ => None,
    }
}

/// What a set certainly has and certainly lacks.
struct Members {
    elements: BTreeSet<Identity>,
    /// It has no elements at all.
    is_empty: bool,
    /// All elements are listed and known.
    is_known: bool,
    /// All elements are listed.
    is_closed: bool,
}

impl Members {
    fn of(set: &List) -> Members {
        let elements: Vec<Option<Identity>> = set.items.iter().map(identity).collect();
        let is_closed = set.open.is_none();
        let is_known = is_closed && elements.iter().all(|one| matches!(one, Some(Identity::Plain(_))));
        let elements = elements.into_iter().flatten().collect();
        Members { elements, is_empty: set.items.is_empty(), is_known, is_closed }
    }

    /// Whether the set certainly has the element, certainly lacks it, or neither.
    fn has(&self, element: &Value) -> Option<bool> {
        let element = identity(element);
        if element.as_ref().is_some_and(|element| self.elements.contains(element)) {
            return Some(true);
        }
        let is_known = self.is_known && matches!(element, Some(Identity::Plain(_)));
        (is_known || (self.is_closed && self.is_empty)).then_some(false)
    }
}

pub(super) fn setunion(call: &Call) -> Value {
    with_sets(call, |row, sets| {
        let mut items = Vec::new();
        let mut open: Vec<Arc<Unknown>> = Vec::new();
        for (argument, set) in row.iter().zip(sets) {
            match (set, &argument.node) {
                (Some(set), _) => {
                    items.extend(call.items(set, argument));
                    open.extend(set.open.clone());
                }
                (None, Node::Unknown(unknown)) => open.push(unknown.clone()),
                _ => {}
            }
        }
        call.set(items, element(sets), call.rest(&open), row)
    })
}

pub(super) fn setintersection(call: &Call) -> Value {
    with_sets(call, |row, sets| {
        let (Some(first), [of, ..]) = (sets.first().copied().flatten(), row) else {
            return call.opaque(row, Certain::of_kind(Kind::List));
        };
        let others = sets.get(1..).unwrap_or_default();
        let members: Vec<Option<Members>> = others.iter().map(|set| set.map(Members::of)).collect();
        let mut uncertain = first.open.is_some()
            && others.iter().all(|set| set.is_none_or(|set| !set.items.is_empty() || set.open.is_some()));
        let mut items = Vec::new();
        for item in call.items(first, of) {
            let answers: Vec<Option<bool>> =
                members.iter().map(|set| set.as_ref().and_then(|set| set.has(&item))).collect();
            if answers.contains(&Some(false)) {
                continue;
            }
            if answers.contains(&None) {
                uncertain = true;
            } else {
                items.push(item);
            }
        }
        let open = if uncertain { perhaps_more(call, row) } else { None };
        call.set(items, element(sets), open, row)
    })
}

pub(super) fn setsubtract(call: &Call) -> Value {
    with_sets(call, |row, sets| {
        let ([Some(first), second], [of, ..]) = (sets, row) else {
            return call.opaque(row, Certain::of_kind(Kind::List));
        };
        let mut uncertain = first.open.is_some();
        let second = second.map(Members::of);
        let mut items = Vec::new();
        for item in call.items(first, of) {
            match second.as_ref().and_then(|second| second.has(&item)) {
                Some(true) => {}
                Some(false) => items.push(item),
                None => uncertain = true,
            }
        }
        let open = if uncertain { perhaps_more(call, row) } else { None };
        call.set(items, element(sets), open, row)
    })
}

/// More combinations than this are not written out.
const MAX_PRODUCT: usize = 10_000;

/// Nor are combinations that have more parts together, counting again what is copied on the way to them.
const MAX_PRODUCT_PARTS: usize = 1_000_000;

pub(super) fn setproduct(call: &Call) -> Value {
    let args: Vec<Value> = call.args.iter().map(|arg| with_element_type(call, arg)).collect();
    Value::combine(&args.iter().collect::<Vec<_>>(), |row| {
        let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
        let (mut any_set, mut empty) = (false, false);
        let mut open = false;
        let mut types = Vec::new();
        let mut copied = 0_usize;
        for argument in row {
            if let Some(refused) = call.refused(argument) {
                return refused;
            }
            // Of what not even the type is known decides before anything after it is looked at.
            if matches!(&argument.node, Node::Unknown(unknown) if unknown.certain.kind.is_none()) {
                return call.opaque(row, Certain::default());
            }
            let list = match &argument.node {
                Node::List(list) => list,
                Node::Unknown(_) => {
                    open = true;
                    types.push(Type::Open);
                    combinations.clear();
                    continue;
                }
                _ => return call.mismatch(argument, "list or set"),
            };
            any_set |= list.set;
            if list.items.is_empty() && list.open.is_none() {
                empty = true;
            }
            open |= list.open.is_some();
            types.push(element_type(list));

            let items = call.items(list, argument);
            let product = combinations.len().saturating_mul(items.len());
            copied = copied.saturating_add(product.saturating_mul(types.len()));
            if product > MAX_PRODUCT || copied > MAX_PRODUCT_PARTS {
                return call.too_large();
            }
            combinations = combinations
                .iter()
                .flat_map(|chosen| {
                    items.iter().map(move |item| [chosen.as_slice(), std::slice::from_ref(item)].concat())
                })
                .collect();
        }
        if empty {
            combinations.clear();
        }
        let items: Vec<Value> =
            combinations.into_iter().map(|chosen| call.tuple(chosen, None, row)).collect();
        let open = if open && !empty { perhaps_more(call, row) } else { None };
        let element = Some(Arc::new(Type::Tuple(types)));
        // One set is enough to make the result a set.
        if any_set { call.set(items, element, open, row) } else { call.list(items, element, open, row) }
    })
}

/// A list or set as it is, and a tuple with its elements converted to the type that they have in common, which may be
/// none in particular.
fn with_element_type(call: &Call, argument: &Value) -> Value {
    argument.and_then(|alternative| match &alternative.node {
        Node::List(list) if list.ty.is_none() && list.open.is_none() && !list.set => {
            let types: Vec<Type> = list.items.iter().map(types::type_of).collect();
            let element = if types.is_empty() { Some(Type::Any) } else { types::unify(&types) };
            let Some(element) = element else {
                return call.failed("all elements must be of the same type");
            };
            let items =
                list.items.iter().map(|item| types::convert_plainly(item, &element, call.at)).collect();
            let ty = Some(Arc::new(Type::List(Arc::new(element))));
            let list = List { items, ty, ..List::clone(list) };
            Value::new(Node::List(Arc::new(list)), alternative.provenance.clone())
        }
        _ => super::alone(alternative),
    })
}

/// The position of an element. Equal means of the same type, too.
pub(super) fn index(args: &Args) -> Outcome {
    let (items, wanted) = match args.get(0) {
        Plain::List { items, set: false } => (items, args.get(1)),
        Plain::List { .. } => return Err("a set has no positions".into()),
        other => return Err(format!("list required, but have {}", other.kind_name())),
    };
    let position = items.iter().position(|item| item == wanted);
    position.map(Plain::count).ok_or_else(|| "item not found".to_owned())
}

/// The elements of one list for which the elements of another are among those of a third.
pub(super) fn matchkeys(call: &Call) -> Value {
    let Some(compared) = common_lists(call, 1) else {
        return call.failed("keys and search set must have the same type");
    };
    let values = types::convert_plainly(&call.arg(0), &Type::List(Arc::new(Type::Any)), call.at);
    let [keys, searched] = compared;
    Value::combine(&[&values, &keys, &searched], |row| {
        let [from, keys, searched] = row else { return call.failed("three lists are required") };
        if let Some(refused) = row.iter().find_map(|argument| call.refused(argument)) {
            return refused;
        }
        match (&from.node, Plain::of(&keys.node), Plain::of(&searched.node)) {
            (
                Node::List(list),
                Some(Plain::List { items: keys, .. }),
                Some(Plain::List { items: searched, .. }),
            ) if list.open.is_none() => {
                if keys.len() != list.items.len() {
                    return call.failed("length of keys and values should be equal");
                }
                let searched: BTreeSet<Plain> = searched.into_iter().collect();
                let chosen = call.items(list, from).into_iter().zip(keys);
                let chosen = chosen.filter(|(_, key)| searched.contains(key)).map(|(item, _)| item);
                call.like(list, chosen.collect(), None, row)
            }
            (Node::List(_) | Node::Unknown(_), _, _) => call.opaque(row, Certain::of_kind(Kind::List)),
            _ => call.mismatch(from, "list"),
        }
    })
}

/// Two arguments as lists of one element type, alternatives at the top.
fn common_lists(call: &Call, first: usize) -> Option<[Value; 2]> {
    let any = Type::List(Arc::new(Type::Any));
    let args = [call.arg(first), call.arg(first + 1)].map(|arg| types::convert_plainly(&arg, &any, call.at));
    let mut elements = Vec::new();
    for alternative in args.iter().flat_map(Value::alternatives) {
        if let Node::List(list) = &alternative.node {
            elements.push(element_type(list));
        }
    }
    let ty = Type::List(Arc::new(if elements.is_empty() { Type::Any } else { types::unify(&elements)? }));
    Some(args.map(|arg| surface(&types::convert_plainly(&arg, &ty, call.at))))
}

/// A map of lists of strings turned around.
pub(super) fn transpose(args: &Args) -> Outcome {
    let Plain::Map(entries) = args.get(0) else {
        return Err("a map of lists of strings is required".into());
    };
    let mut out: BTreeMap<Arc<str>, Vec<Plain>> = BTreeMap::new();
    for (key, values) in entries {
        let Plain::List { items, .. } = values else {
            return Err("a map of lists of strings is required".into());
        };
        for item in items {
            out.entry(item.as_text()?).or_default().push(Plain::String(key.clone()));
        }
    }
    Ok(Plain::Map(out.into_iter().map(|(key, values)| (key, Plain::list(values))).collect()))
}
