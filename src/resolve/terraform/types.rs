//! Type constraints and the conversions that they ask for.
//!
//! Terraform converts a value wherever a constraint is stated (a variable's `type`, `tolist` and its kin) or
//! where several values must agree (the elements of a list). Conversions work leaf by leaf: a leaf that cannot
//! be converted fails alone, and what is unknown stays unknown.
//! Rules: <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::functions::{is_bounded, parse_bool, parse_number};
use crate::source::Span;
use crate::syntax::SyntaxError;
use crate::syntax::hcl::{Expr, ExprKind, ObjectItem, ObjectKey};
pub use crate::value::Type;
use crate::value::{
    Alternative, Attribute, Certain, Kind, List, Map, Node, Place, Provenance, Reason, Scalar, Unknown,
    Value, derived_atom, ops,
};

/// A type constraint as it is written.
pub type Constraint = Type<Expr>;

impl Constraint {
    /// Reads a type constraint. Bare `list`, `set` and `map` are collections of `any`, and quoted names mean
    /// what they meant before Terraform 0.12, since old modules still say so.
    ///
    /// # Errors
    /// The expression that is no type, and why.
    pub fn parse(expr: &Expr) -> Result<Constraint, SyntaxError> {
        let invalid = |message: &str| Err(SyntaxError { span: expr.span, message: message.to_owned() });
        match &expr.kind {
            ExprKind::Paren(inner) => Type::parse(inner),
            ExprKind::Variable(name) | ExprKind::String(name) => match &**name {
                "any" => Ok(Type::Any),
                "bool" => Ok(Type::Bool),
                "number" => Ok(Type::Number),
                "string" => Ok(Type::String),
                "list" => Ok(Type::List(Arc::new(Type::Any))),
                "set" => Ok(Type::Set(Arc::new(Type::Any))),
                "map" => Ok(Type::Map(Arc::new(Type::Any))),
                _ => invalid("not the name of a type"),
            },
            ExprKind::Call { name, args, .. } => match (&**name, args.as_slice()) {
                ("list", [element]) => Ok(Type::List(Arc::new(Type::parse(element)?))),
                ("set", [element]) => Ok(Type::Set(Arc::new(Type::parse(element)?))),
                ("map", [element]) => Ok(Type::Map(Arc::new(Type::parse(element)?))),
                ("tuple", [Expr { kind: ExprKind::Array(items), .. }]) => {
                    Ok(Type::Tuple(items.iter().map(Type::parse).collect::<Result<_, _>>()?))
                }
                ("object", [Expr { kind: ExprKind::Object(items), .. }]) => {
                    Ok(Type::Object(items.iter().map(parse_attribute).collect::<Result<_, _>>()?))
                }
                ("optional", _) => invalid("only attributes of an object type can be optional"),
                _ => invalid("not a type"),
            },
            _ => invalid("not a type"),
        }
    }
}

fn parse_attribute(item: &ObjectItem) -> Result<(Arc<str>, Attribute<Expr>), SyntaxError> {
    let name = match &item.key {
        ObjectKey::Name(name, _) => name.clone(),
        ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => name.clone(),
        ObjectKey::Expr(key) => {
            return Err(SyntaxError { span: key.span, message: "not the name of an attribute".to_owned() });
        }
    };
    let attribute = match &item.value.kind {
        ExprKind::Call { name, args, .. } if &**name == "optional" => match args.as_slice() {
            [ty] => Attribute { ty: Type::parse(ty)?, optional: true, default: None },
            [ty, default] => {
                Attribute { ty: Type::parse(ty)?, optional: true, default: Some(default.clone()) }
            }
            _ => {
                let message = "optional takes a type and perhaps a default".to_owned();
                return Err(SyntaxError { span: item.value.span, message });
            }
        },
        _ => Attribute::required(Type::parse(&item.value)?),
    };
    Ok((name, attribute))
}

/// Converts a value to a type, leaf by leaf; leaves keep their provenance. `default_of` evaluates the default
/// of an optional attribute. What cannot be converted becomes a failed value at `at`; a value too large to
/// walk through is left as it is.
pub fn convert<D: Clone + PartialEq>(
    value: &Value,
    ty: &Type<D>,
    default_of: &dyn Fn(&D) -> Value,
    at: Span,
) -> Value {
    if !is_bounded(std::slice::from_ref(value)) {
        return value.clone();
    }
    convert_parts(value, ty, default_of, at)
}

fn convert_parts<D: Clone + PartialEq>(
    value: &Value,
    ty: &Type<D>,
    default_of: &dyn Fn(&D) -> Value,
    at: Span,
) -> Value {
    if *ty == Type::Any {
        return value.clone();
    }
    value.and_then(|alternative| convert_one(alternative, ty, default_of, at))
}

/// As [`convert`], for types that no one wrote and that therefore have no defaults.
pub(super) fn convert_plainly(value: &Value, ty: &Type, at: Span) -> Value {
    convert(value, ty, &|()| Value::null(Provenance::nowhere()), at)
}

/// The type that the elements of a collection turn out to have: the one that is stated, with what they are where
/// it says `any`.
fn settled<'v, D>(
    stated: &Type<D>,
    have: Option<&Arc<Type>>,
    items: impl Iterator<Item = &'v Value>,
) -> Arc<Type> {
    let stated = stated.of_values();
    if stated.is_definite() {
        return Arc::new(stated);
    }
    let found = unify(&items.map(type_of).collect::<Vec<_>>()).unwrap_or(Type::Any);
    match have.and_then(|ty| ty.element()) {
        Some(element) if found == Type::Any => element.clone(),
        _ if found == Type::Any => Arc::new(stated),
        _ => Arc::new(found),
    }
}

fn convert_one<D: Clone + PartialEq>(
    from: &Alternative,
    ty: &Type<D>,
    default_of: &dyn Fn(&D) -> Value,
    at: Span,
) -> Value {
    let with = |node: Node| Value::new(node, from.provenance.clone());
    let mismatch = || {
        let have = from.node.kind().map_or("null", Kind::name);
        let want = ty.kind().map_or("any", Kind::name);
        ops::failed(format!("{want} required, but have {have}"), at)
    };
    match (&from.node, ty) {
        (Node::Null, _) | (_, Type::Any) => with(from.node.clone()),
        (Node::Unknown(unknown), _) => convert_unknown(from, unknown, ty, at).unwrap_or_else(mismatch),
        (Node::Bool(_), Type::Bool) | (Node::Number(_), Type::Number) | (Node::String(_), Type::String) => {
            with(from.node.clone())
        }
        (Node::Bool(value), Type::String) => with(Node::string(value.to_string())),
        (Node::Number(value), Type::String) => with(Node::string(value.to_string())),
        (Node::String(text), Type::Bool) => match parse_bool(text) {
            Some(value) => with(Node::Bool(value)),
            None => ops::failed("a bool is required", at),
        },
        (Node::String(text), Type::Number) => match parse_number(text) {
            Some(value) => with(Node::Number(value)),
            None => ops::failed("a number is required", at),
        },
        (Node::List(list), Type::List(stated) | Type::Set(stated)) => {
            let set = matches!(ty, Type::Set(_));
            // Nothing to do, as wherever a function asks for a list and has one.
            if **stated == Type::Any && list.set == set && list.ty.is_some() {
                return with(from.node.clone());
            }
            let items: Vec<&Value> = list.items.iter().collect();
            let Some(element) = element_type(stated, &items) else {
                return ops::failed("all list elements must have the same type", at);
            };
            let items: Vec<Value> = match &element {
                ElementType::Stated(ty) => {
                    list.items.iter().map(|item| convert_parts(item, ty, default_of, at)).collect()
                }
                ElementType::Found(ty) => {
                    list.items.iter().map(|item| convert_plainly(item, ty, at)).collect()
                }
            };
            let items = if set { as_set(items) } else { items };
            let element = settled(stated, list.ty.as_ref(), items.iter());
            let ty = Some(Arc::new(if set { Type::Set(element) } else { Type::List(element) }));
            with(Node::List(Arc::new(List { items, set, ty, open: list.open.clone() })))
        }
        // Of how many elements a list is, no type says.
        (Node::List(list), Type::Tuple(_)) if list.ty.is_some() => mismatch(),
        (Node::List(list), Type::Tuple(types)) => {
            if list.open.is_none() && list.items.len() != types.len() {
                return ops::failed(format!("a tuple of {} elements is required", types.len()), at);
            }
            let items =
                list.items.iter().zip(types).map(|(item, ty)| convert_parts(item, ty, default_of, at));
            with(Node::List(Arc::new(List::new(items.collect(), list.open.clone()))))
        }
        (Node::Map(map), Type::Map(stated)) => {
            if **stated == Type::Any && map.ty.is_some() {
                return with(from.node.clone());
            }
            let items: Vec<&Value> = map.entries.values().collect();
            let Some(element) = element_type(stated, &items) else {
                return ops::failed("all map elements must have the same type", at);
            };
            let convert = |item: &Value| match &element {
                ElementType::Stated(ty) => convert_parts(item, ty, default_of, at),
                ElementType::Found(ty) => convert_plainly(item, ty, at),
            };
            let entries: BTreeMap<_, _> =
                map.entries.iter().map(|(key, item)| (key.clone(), convert(item))).collect();
            let element = settled(stated, map.ty.as_ref(), entries.values());
            let ty = Some(Arc::new(Type::Map(element)));
            with(Node::Map(Arc::new(Map { entries, ty, ..Map::clone(map) })))
        }
        (Node::Map(map), Type::Object(attributes)) => {
            let entries: BTreeMap<_, _> = attributes
                .iter()
                .map(|(name, attribute)| {
                    (name.clone(), convert_attribute(from, map, name, attribute, default_of, at))
                })
                .collect();
            let mut key_spans = map.key_spans.clone();
            key_spans.retain(|key, _| entries.contains_key(key));
            with(Node::Map(Arc::new(Map { entries, key_spans, ..Map::default() })))
        }
        _ => mismatch(),
    }
}

fn convert_attribute<D: Clone + PartialEq>(
    from: &Alternative,
    map: &Map,
    name: &str,
    attribute: &Attribute<D>,
    default_of: &dyn Fn(&D) -> Value,
    at: Span,
) -> Value {
    let given = match (map.entries.get(name), &map.open) {
        (Some(given), _) => given.clone(),
        (None, Some(open)) => {
            let label = format!("{}.{name}", open.atom.label());
            ops::part_of(open, name, label, at, &from.provenance)
        }
        (None, None) if attribute.optional => match from.provenance.use_span() {
            Some(span) => Value::null(Provenance::placed(span, Place::Missing)),
            None => Value::null(Provenance::nowhere()),
        },
        (None, None) => return ops::failed(format!("attribute \"{name}\" is required"), at),
    };
    let given = match &attribute.default {
        // A default takes the place of a missing attribute and of a null one.
        Some(default) => given.split_on(&Scalar::Null).and_then(|given| match given.node {
            Node::Null => default_of(default),
            _ => Value::new(given.node.clone(), given.provenance.clone()),
        }),
        None => given,
    };
    convert_parts(&given, &attribute.ty, default_of, at)
}

/// An unknown keeps its identity; that it is of the type is one thing more that is certain of it. Where it is
/// known to be of another type, the result is another thing. `None` if no value of it can be converted.
fn convert_unknown<D>(from: &Alternative, unknown: &Arc<Unknown>, ty: &Type<D>, at: Span) -> Option<Value> {
    let same = |unknown: Arc<Unknown>| Value::new(Node::Unknown(unknown), from.provenance.clone());
    if matches!(unknown.reason, Reason::Failed(_)) {
        return Some(same(unknown.clone()));
    }
    let kind = ty.kind();
    match (unknown.certain.kind, kind) {
        (_, None) => Some(same(unknown.clone())),
        (have, want) if have == want => Some(same(unknown.clone())),
        (None, _) => {
            let certain = Certain { kind, ..unknown.certain.clone() };
            Some(same(Arc::new(Unknown { certain, ..Unknown::clone(unknown) })))
        }
        (Some(Kind::Bool | Kind::Number | Kind::String), Some(want)) if ty.is_primitive() => {
            let input = same(unknown.clone());
            let certain = Certain { kind, not_null: unknown.certain.not_null, ..Certain::default() };
            // `tostring` of a boolean is one of two strings, so its two worlds stay apart.
            let input = if unknown.certain.kind == Some(Kind::Bool) { input.split_domains() } else { input };
            Some(input.and_then(|part| match &part.node {
                Node::Unknown(_) => {
                    let label = format!("to{}({})", want.name(), unknown.atom.label());
                    let part = Value::new(part.node.clone(), part.provenance.clone());
                    ops::opaque("convert", &label, &[&part], certain.clone(), at)
                }
                _ => {
                    let part = Value::new(part.node.clone(), part.provenance.clone());
                    convert_plainly(&part, &ty.of_values(), at)
                }
            }))
        }
        _ => None,
    }
}

/// The type of a collection's elements: the one that is stated, or for `any` the one that all can have.
enum ElementType<'t, D> {
    Stated(&'t Type<D>),
    Found(Type),
}

fn element_type<'t, D: PartialEq>(stated: &'t Type<D>, items: &[&Value]) -> Option<ElementType<'t, D>> {
    Some(match stated {
        Type::Any => ElementType::Found(unify(&items.iter().map(|item| type_of(item)).collect::<Vec<_>>())?),
        stated => ElementType::Stated(stated),
    })
}

/// The elements of a set: no scalar twice, in Terraform's order where all are known scalars.
pub(super) fn as_set(items: Vec<Value>) -> Vec<Value> {
    let mut out: Vec<Value> = Vec::with_capacity(items.len());
    let mut seen = HashSet::new();
    for item in items {
        // Hashes stand for the values: literals by content, unknowns by atom.
        let key = derived_atom("", "", &[&item], None).key().to_owned();
        if seen.insert(key) {
            out.push(item);
        }
    }
    let scalars: Option<Vec<_>> = out.iter().map(|item| item.single()?.scalar()).collect();
    if scalars.is_some() {
        // Null comes last.
        out.sort_by_key(|item| {
            let scalar = item.single().and_then(Node::scalar);
            (scalar == Some(Scalar::Null), scalar)
        });
    } else if out.iter().all(Value::is_wholly_known) {
        out.sort_by_cached_key(|item| {
            let mut key = String::new();
            write_order(item, &mut key);
            key
        });
    }
    out
}

/// What Terraform sorts composite elements of a set by.
/// Source: `appendSetHashBytes` of the library go-cty.
fn write_order(value: &Value, out: &mut String) {
    let mut parts =
        |open: char, parts: &mut dyn Iterator<Item = (Option<&Arc<str>>, &Value)>, close: char| {
            out.push(open);
            for (key, part) in parts {
                if let Some(key) = key {
                    out.push_str(&format!("{key:?}:"));
                }
                write_order(part, out);
                out.push(';');
            }
            out.push(close);
        };
    match value.single() {
        Some(Node::Bool(value)) => out.push(if *value { 'T' } else { 'F' }),
        Some(Node::Number(number)) => out.push_str(&number.to_string()),
        Some(Node::String(text)) => out.push_str(&format!("{text:?}")),
        Some(Node::List(list)) => {
            let (open, close) = if list.ty.is_some() { ('[', ']') } else { ('<', '>') };
            parts(open, &mut list.items.iter().map(|item| (None, item)), close);
        }
        Some(Node::Map(map)) if map.ty.is_some() => {
            parts('{', &mut map.entries.iter().map(|(key, item)| (Some(key), item)), '}');
        }
        Some(Node::Map(map)) => parts('<', &mut map.entries.values().map(|item| (None, item)), '>'),
        Some(Node::Null) => out.push('~'),
        Some(Node::Unknown(_)) | None => out.push('?'),
    }
}

/// The type that all of these have or can be converted to.
pub(super) fn common(items: &[Value]) -> Arc<Type> {
    Arc::new(unify(&items.iter().map(type_of).collect::<Vec<_>>()).unwrap_or(Type::Any))
}

/// The type of a value as far as it is known. Null and unknowns fit any type.
pub fn type_of(value: &Value) -> Type {
    let types: Vec<Type> =
        value.alternatives().iter().map(|alternative| node_type(&alternative.node)).collect();
    unify(&types).unwrap_or(Type::Any)
}

fn node_type(node: &Node) -> Type {
    let common = |items: &mut dyn Iterator<Item = &Value>| {
        Arc::new(unify(&items.map(type_of).collect::<Vec<_>>()).unwrap_or(Type::Any))
    };
    let stated = match node {
        Node::List(list) => list.ty.as_ref(),
        Node::Map(map) => map.ty.as_ref(),
        _ => None,
    };
    if let Some(ty) = stated {
        return Type::clone(ty);
    }
    match node {
        Node::Null => Type::Any,
        Node::Bool(_) => Type::Bool,
        Node::Number(_) => Type::Number,
        Node::String(_) => Type::String,
        Node::List(list) if list.set => Type::Set(common(&mut list.items.iter())),
        Node::List(list) if list.open.is_some() => Type::List(common(&mut list.items.iter())),
        Node::List(list) => Type::Tuple(list.items.iter().map(type_of).collect()),
        Node::Map(map) if map.open.is_some() => Type::Map(common(&mut map.entries.values())),
        Node::Map(map) => Type::Object(
            map.entries.iter().map(|(key, item)| (key.clone(), Attribute::required(type_of(item)))).collect(),
        ),
        Node::Unknown(unknown) => match unknown.certain.kind {
            Some(Kind::Bool) => Type::Bool,
            Some(Kind::Number) => Type::Number,
            Some(Kind::String) => Type::String,
            _ => Type::Any,
        },
    }
}

/// The type to which values of all these types can be converted, as the branches of a conditional and the
/// elements of a list need it; `None` if there is none.
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut known: Vec<&Type> = Vec::new();
    for ty in types {
        if *ty != Type::Any && !known.contains(&ty) {
            known.push(ty);
        }
    }
    let first = match known.as_slice() {
        [] => return Some(Type::Any),
        [only] => return Some(Type::clone(only)),
        [first, ..] => *first,
    };
    if known.iter().all(|ty| ty.is_primitive()) {
        return known.contains(&&Type::String).then_some(Type::String);
    }
    match first.kind() {
        Some(Kind::List) => unify_lists(&known),
        Some(Kind::Map) => unify_maps(&known),
        _ => None,
    }
}

fn unify_lists(types: &[&Type]) -> Option<Type> {
    let tuples: Option<Vec<&Vec<Type>>> = types
        .iter()
        .map(|ty| match ty {
            Type::Tuple(items) => Some(items),
            _ => None,
        })
        .collect();
    if let Some(tuples) = tuples
        && let Some(length) = tuples.first().map(|first| first.len())
        && tuples.iter().all(|items| items.len() == length)
    {
        let column = |index: usize| {
            unify(&tuples.iter().filter_map(|items| items.get(index).cloned()).collect::<Vec<_>>())
        };
        return (0..length).map(column).collect::<Option<_>>().map(Type::Tuple);
    }
    let mut elements = Vec::new();
    for ty in types {
        match ty {
            Type::List(element) | Type::Set(element) => elements.push(Type::clone(element)),
            Type::Tuple(items) => elements.extend(items.iter().cloned()),
            _ => return None,
        }
    }
    let element = Arc::new(unify(&elements)?);
    // Tuples become what the others are.
    let all_sets = types.iter().any(|ty| matches!(ty, Type::Set(_)))
        && !types.iter().any(|ty| matches!(ty, Type::List(_)));
    Some(if all_sets { Type::Set(element) } else { Type::List(element) })
}

fn unify_maps(types: &[&Type]) -> Option<Type> {
    let objects: Option<Vec<&BTreeMap<Arc<str>, Attribute>>> = types
        .iter()
        .map(|ty| match ty {
            Type::Object(attributes) => Some(attributes),
            _ => None,
        })
        .collect();
    if let Some(objects) = objects
        && let Some((first, rest)) = objects.split_first()
        && rest.iter().all(|attributes| attributes.keys().eq(first.keys()))
    {
        let column = |name: &Arc<str>| {
            let types: Vec<_> =
                objects.iter().filter_map(|object| object.get(name)).map(|have| have.ty.clone()).collect();
            Some((name.clone(), Attribute::required(unify(&types)?)))
        };
        return first.keys().map(column).collect::<Option<_>>().map(Type::Object);
    }
    let mut elements = Vec::new();
    for ty in types {
        match ty {
            Type::Map(element) => elements.push(Type::clone(element)),
            Type::Object(attributes) => elements.extend(attributes.values().map(|have| have.ty.clone())),
            _ => return None,
        }
    }
    Some(Type::Map(Arc::new(unify(&elements)?)))
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;
