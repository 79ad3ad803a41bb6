//! Operations that every language has, done once: conditions, comparisons and boolean logic over values
//! with alternatives. What a language does differently (conversions, errors) it does before it calls these.

use std::sync::Arc;

use super::{
    Alternative, Atom, Certain, Kind, Node, Place, Provenance, Reason, Region, Scalar, Type, Unknown, Value,
    derived_atom, derived_key,
};
use crate::source::Span;

/// Whether evaluation fails here. What is worked out from a failure is that failure.
pub fn is_failure(node: &Node) -> bool {
    matches!(node, Node::Unknown(unknown) if matches!(unknown.reason, Reason::Failed(_)))
}

/// A boolean value.
pub fn boolean(value: bool, provenance: Provenance) -> Value {
    Value::new(Node::Bool(value), provenance)
}

/// A boolean that cannot be reduced: an atom keyed by the function and its inputs, so that the same
/// condition written twice is one condition. `label` is the expression as written.
pub fn opaque_bool(function: &str, label: impl ToString, inputs: &[&Value], at: Span) -> Value {
    Value::unknown(
        Atom::boolean(derived_key(function, inputs), label.to_string()),
        reason_of(inputs),
        Certain::of_kind(Kind::Bool),
        Provenance::computed(at, inputs.iter().map(|input| input.provenance())),
    )
}

/// A result that cannot be worked out: an atom keyed by the function and its inputs.
pub fn opaque(function: &str, label: impl ToString, inputs: &[&Value], certain: Certain, at: Span) -> Value {
    Value::unknown(
        derived_atom(function, label, inputs, None),
        reason_of(inputs),
        certain,
        Provenance::computed(at, inputs.iter().map(|input| input.provenance())),
    )
}

/// The reason of the first unknown among the inputs, looking into composites.
pub fn reason_of(inputs: &[&Value]) -> Reason {
    reason_here(inputs.iter().flat_map(|input| input.alternatives()))
}

/// The reason of the first unknown among alternatives, as [`reason_of`].
pub fn reason_here<'v>(alternatives: impl IntoIterator<Item = &'v Alternative>) -> Reason {
    fn find(alternative: &Alternative, depth: usize) -> Option<Reason> {
        if depth > 32 {
            return None;
        }
        let within = |value: &Value| value.alternatives().iter().find_map(|part| find(part, depth + 1));
        match &alternative.node {
            Node::Unknown(unknown) => Some(unknown.reason.clone()),
            Node::List(list) => list
                .open
                .as_ref()
                .map(|open| open.reason.clone())
                .or_else(|| list.items.iter().find_map(within)),
            Node::Map(map) => map
                .open
                .as_ref()
                .map(|open| open.reason.clone())
                .or_else(|| map.entries.values().find_map(within)),
            _ => None,
        }
    }
    alternatives
        .into_iter()
        .find_map(|alternative| find(alternative, 0))
        .unwrap_or_else(|| Reason::Unsupported("this expression".into()))
}

/// How what fails is called where its text is not known.
pub const FAILING: &str = "a failing expression";

/// A value whose evaluation fails for the given reason. The atom is that of the place, so that two uses of
/// one failing expression are one unknown.
pub fn failed(message: impl AsRef<str>, at: Span) -> Value {
    let key = format!("failed@{}:{}-{}", at.file.0, at.start, at.end);
    Value::unknown(
        Atom::new(key, FAILING),
        Reason::Failed(Arc::from(message.as_ref())),
        Certain::default(),
        Provenance::written(at),
    )
}

/// `condition ? then : otherwise`. Each branch is evaluated only if some world takes it. What is neither
/// true nor false goes through `broken`, which says in the language's own words what is wrong.
pub fn select(
    condition: &Value,
    at: Span,
    then: impl FnOnce() -> Value,
    otherwise: impl FnOnce() -> Value,
    broken: impl Fn(&Alternative) -> Value,
) -> Value {
    let condition = condition.split_domains();
    let (mut yes, mut no, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for alternative in condition.alternatives() {
        match &alternative.node {
            Node::Bool(true) => yes.push(alternative),
            Node::Bool(false) => no.push(alternative),
            _ => other.push(alternative),
        }
    }
    // Where the condition is not even known to be a boolean, the results are what identifies the whole.
    let opaque_somewhere = other
        .iter()
        .any(|alternative| matches!(alternative.node, Node::Unknown(_)) && !is_failure(&alternative.node));
    let then = (opaque_somewhere || !yes.is_empty()).then(then);
    let otherwise = (opaque_somewhere || !no.is_empty()).then(otherwise);
    let mut alternatives = Vec::new();
    for (regions, value) in [(yes, &then), (no, &otherwise)] {
        let Some(value) = value else { continue };
        for chosen in regions {
            alternatives
                .extend(value.within(&chosen.region).into_iter().flat_map(|value| value.alternatives));
        }
    }
    for alternative in other {
        let value = match &alternative.node {
            node if is_failure(node) => Value::new(node.clone(), alternative.provenance.clone()),
            Node::Unknown(_) => {
                let here = Value::new(alternative.node.clone(), alternative.provenance.clone());
                let inputs: Vec<&Value> = [&here].into_iter().chain(&then).chain(&otherwise).collect();
                if inputs.iter().all(|input| input.is_at_most(super::MOST_IDENTIFIED, 64)) {
                    opaque("condition", "a condition", &inputs, Certain::default(), at)
                } else {
                    opaque(&format!("condition@{at:?}"), "a condition", &[&here], Certain::default(), at)
                }
            }
            _ => broken(alternative),
        };
        alternatives
            .extend(value.within(&alternative.region).into_iter().flat_map(|value| value.alternatives));
    }
    if alternatives.len() > super::MAX_ALTERNATIVES {
        return Value::too_many(
            &[&condition],
            &("condition", at.file.0, at.start),
            &[Value { alternatives: alternatives.into() }],
        );
    }
    Value::from_alternatives(alternatives)
}

/// Logical negation of a boolean value; anything else becomes an opaque boolean.
pub fn not(value: &Value, label: impl ToString, at: Span) -> Value {
    value.split_domains().and_then(|alternative| match &alternative.node {
        node if is_failure(node) => Value::new(node.clone(), alternative.provenance.clone()),
        Node::Bool(value) => boolean(!value, Provenance::computed(at, [alternative.provenance.clone()])),
        _ => opaque_bool(
            "not",
            label.to_string(),
            &[&Value::new(alternative.node.clone(), alternative.provenance.clone())],
            at,
        ),
    })
}

/// Logical and (`conjunction` true) or or. A known operand that decides the result makes the other one
/// irrelevant.
pub fn logic(conjunction: bool, left: &Value, right: &Value, label: impl ToString, at: Span) -> Value {
    let (left, right) = (left.split_domains(), right.split_domains());
    Value::combine(&[&left, &right], |row| {
        let [a, b] = row else { return boolean(conjunction, Provenance::written(at)) };
        let decided = |node: &Node| matches!(node, Node::Bool(value) if *value != conjunction);
        let provenance =
            |from: &[&Alternative]| Provenance::computed(at, from.iter().map(|f| f.provenance.clone()));
        if decided(&a.node) {
            return boolean(!conjunction, provenance(&[a]));
        }
        if let Some(failed) = [a, b].into_iter().find(|operand| is_failure(&operand.node)) {
            return Value::new(failed.node.clone(), failed.provenance.clone());
        }
        if decided(&b.node) {
            return boolean(!conjunction, provenance(&[b]));
        }
        match (&a.node, &b.node) {
            (Node::Bool(_), Node::Bool(_)) => boolean(conjunction, provenance(&[a, b])),
            (Node::Bool(_), rest) => Value::new(rest.clone(), provenance(&[b])),
            (rest, Node::Bool(_)) => Value::new(rest.clone(), provenance(&[a])),
            (x, y) => {
                let function = if conjunction { "and" } else { "or" };
                let (x, y) = (
                    Value::new(x.clone(), a.provenance.clone()),
                    Value::new(y.clone(), b.provenance.clone()),
                );
                opaque_bool(function, label.to_string(), &[&x, &y], at)
            }
        }
    })
}

/// Equality without conversions. An unknown compared with a literal splits into being that literal and
/// being something else; `same_scalar` decides for known scalars.
pub fn equals(
    left: &Value,
    right: &Value,
    label: impl ToString,
    at: Span,
    same_scalar: impl Fn(&Scalar, &Scalar) -> bool,
) -> Value {
    let split = |one: &Value, other: &Value| {
        let mut out = one.clone();
        for alternative in other.split_domains().alternatives() {
            if let Some(scalar) = alternative.node.scalar() {
                out = out.split_on(&scalar);
            }
        }
        out
    };
    let (a, b) = (split(left, right), split(right, left));
    Value::combine(&[&a, &b], |row| {
        let [a, b] = row else { return boolean(false, Provenance::written(at)) };
        let provenance = || Provenance::computed(at, [a.provenance.clone(), b.provenance.clone()]);
        if let Some(failed) = [a, b].into_iter().find(|operand| is_failure(&operand.node)) {
            return Value::new(failed.node.clone(), failed.provenance.clone());
        }
        match same_node(&a.node, &b.node, &same_scalar) {
            Some(value) => boolean(value, provenance()),
            None => {
                // The order of the operands does not matter to the identity of the condition.
                let x = Value::new(a.node.clone(), a.provenance.clone());
                let y = Value::new(b.node.clone(), b.provenance.clone());
                let (x_key, y_key) = (derived_atom("", "", &[&x], None), derived_atom("", "", &[&y], None));
                let pair = if x_key <= y_key { [&x, &y] } else { [&y, &x] };
                opaque_bool("equals", label.to_string(), &pair, at)
            }
        }
    })
}

/// Whether two nodes are the same; `None` if that depends on what is not known. Call it on nodes that were
/// split on each other's literals: an unknown that is left beside a literal differs from it.
fn same_node(a: &Node, b: &Node, same_scalar: &impl Fn(&Scalar, &Scalar) -> bool) -> Option<bool> {
    match (a, b) {
        (Node::Unknown(a), Node::Unknown(b)) if a.atom == b.atom => Some(true),
        (Node::Unknown(_), Node::Unknown(_)) => None,
        (Node::Unknown(unknown), other) | (other, Node::Unknown(unknown)) => {
            let composite = matches!(other, Node::List(_) | Node::Map(_));
            let kinds = unknown.certain.kind.zip(other.kind());
            if composite && kinds.is_none_or(|(a, b)| a == b) { None } else { Some(false) }
        }
        (Node::List(a), Node::List(b)) => {
            if a.open.is_some() || b.open.is_some() {
                return None;
            }
            if exclude(&a.ty, &b.ty) {
                return Some(false);
            }
            if a.items.len() != b.items.len() {
                return Some(false);
            }
            all_same(a.items.iter().zip(&b.items), same_scalar)
        }
        (Node::Map(a), Node::Map(b)) => {
            if a.open.is_some() || b.open.is_some() {
                return None;
            }
            if exclude(&a.ty, &b.ty) {
                return Some(false);
            }
            if !a.entries.keys().eq(b.entries.keys()) {
                return Some(false);
            }
            all_same(a.entries.values().zip(b.entries.values()), same_scalar)
        }
        _ => match (a.scalar(), b.scalar()) {
            (Some(a), Some(b)) => Some(same_scalar(&a, &b)),
            _ => Some(false),
        },
    }
}

/// Whether two collections cannot be the same for their types alone. What has no type of its own is a tuple or
/// an object, which is never a list or a map.
fn exclude(a: &Option<Arc<Type>>, b: &Option<Arc<Type>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.excludes(b),
        (None, None) => false,
        _ => true,
    }
}

fn all_same<'v>(
    mut pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    same_scalar: &impl Fn(&Scalar, &Scalar) -> bool,
) -> Option<bool> {
    let mut undecided = false;
    let different = pairs.any(|(a, b)| match (a.single(), b.single()) {
        (Some(a), Some(b)) => {
            let unknown_beside_scalar = matches!((a, b), (Node::Unknown(_), _) | (_, Node::Unknown(_)));
            match same_node(a, b, same_scalar) {
                Some(true) => false,
                // Leaves were not split on each other, so an unknown leaf decides nothing.
                Some(false) if unknown_beside_scalar => {
                    undecided = true;
                    false
                }
                Some(false) => true,
                None => {
                    undecided = true;
                    false
                }
            }
        }
        _ => {
            undecided = true;
            false
        }
    });
    if different {
        Some(false)
    } else if undecided {
        None
    } else {
        Some(true)
    }
}

/// The first operand that is not null, as `coalesce` and `??` have it. `is_empty` names further values
/// that count as missing in the language.
pub fn first_present(values: &[Value], at: Span, is_missing: impl Fn(&Node) -> bool) -> Option<Value> {
    let (first, rest) = values.split_first()?;
    let first = first.split_on(&Scalar::Null);
    let mut alternatives: Vec<Alternative> = Vec::new();
    let mut missing: Vec<Region> = Vec::new();
    for alternative in first.alternatives() {
        if is_missing(&alternative.node) {
            missing.push(alternative.region.clone());
        } else {
            let provenance = alternative.provenance.passed(at);
            alternatives.push(Alternative { provenance, ..alternative.clone() });
        }
    }
    if !missing.is_empty()
        && let Some(next) = first_present(rest, at, is_missing)
    {
        for region in &missing {
            alternatives.extend(next.within(region).into_iter().flat_map(|value| value.alternatives));
        }
    }
    (!alternatives.is_empty()).then(|| Value::from_alternatives(alternatives))
}

/// The key of a part of an unknown. One name with a dot is not the same as two names.
fn part_key(unknown: &Unknown, name: &str) -> String {
    let key = unknown.atom.key();
    if name.contains('.') { format!("{key}[{name:?}]") } else { [key, ".", name].concat() }
}

/// A part of an unknown composite: the same attribute of the same unknown is the same atom.
pub fn part_of(unknown: &Unknown, name: &str, label: String, at: Span, provenance: &Provenance) -> Value {
    let atom = part_atom(unknown, name, label);
    Value::unknown(atom, unknown.reason.clone(), Certain::default(), provenance.passed(at))
}

/// The longest key and label of a part of an unknown, in bytes. Each part of a part has the names of all around it.
const MAX_NAME: usize = 1_024;

fn part_atom(unknown: &Unknown, name: &str, mut label: String) -> super::Atom {
    let mut key = part_key(unknown, name);
    if key.len() > MAX_NAME {
        let digest = derived_atom(&key, "", &[], None);
        let digest = digest.key().rsplit('#').next().unwrap_or_default().to_owned();
        shorten(&mut key);
        key = format!("{key}#{digest}");
    }
    if label.len() > MAX_NAME {
        shorten(&mut label);
        label.push('…');
    }
    super::Atom::new(key, label)
}

/// Cuts a name to half of what it may have, between two characters.
fn shorten(name: &mut String) {
    let mut end = MAX_NAME / 2;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
}

/// A member of a composite by name, in every alternative. A missing member is null with the provenance of
/// the composite that lacks it; a member of an unknown is an unknown part of it. Names compare without case
/// if `ignore_case`.
pub fn member(value: &Value, name: &str, ignore_case: bool) -> Value {
    value.and_then(|alternative| {
        let missing = || match alternative.provenance.use_span() {
            Some(span) => Value::null(Provenance::placed(span, Place::Missing)),
            None => Value::null(Provenance::nowhere()),
        };
        let part = |unknown: &Unknown| {
            let label = format!("{}.{name}", unknown.atom.label());
            let atom = part_atom(unknown, name, label);
            let provenance = alternative.provenance.clone();
            Value::unknown(atom, unknown.reason.clone(), Certain::default(), provenance)
        };
        match &alternative.node {
            Node::Map(map) => {
                let entry = if ignore_case { map.get_ignore_case(name) } else { map.entries.get(name) };
                match (entry, &map.open) {
                    (Some(value), _) => value.clone().through(&alternative.provenance),
                    (None, Some(open)) => part(open),
                    (None, None) => missing(),
                }
            }
            Node::Unknown(unknown) => part(unknown),
            _ => missing(),
        }
    })
}

/// A member of a member, as [`member`] for each name of the path.
pub fn member_at(value: &Value, path: &[&str], ignore_case: bool) -> Value {
    match path.split_first() {
        None => value.clone(),
        Some((name, [])) => member(value, name, ignore_case),
        Some((name, rest)) => member_at(&member(value, name, ignore_case), rest, ignore_case),
    }
}
