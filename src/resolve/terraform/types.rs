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
use super::unify;
pub use super::unify::unify;
use crate::source::Span;
use crate::syntax::SyntaxError;
use crate::syntax::hcl::{Expr, ExprKind, ObjectItem, ObjectKey, Step, StepKind};
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
    if matches!(ty, Type::Any | Type::Open) {
        return value.clone();
    }
    value.and_then(|alternative| convert_one(alternative, ty, default_of, at))
}

/// As [`convert`], for types that no one wrote and that therefore have no defaults.
pub(super) fn convert_plainly(value: &Value, ty: &Type, at: Span) -> Value {
    convert(value, ty, &|()| Value::null(Provenance::nowhere()), at)
}

/// The one type of these values, which are to become the elements of a collection; `None` if they differ. A null
/// without a type is of any, and of an unknown it is not known whether it differs.
/// As `cty.CanListVal`, which all collections check.
pub(super) fn one_type<'v>(items: impl Iterator<Item = &'v Value>) -> Option<Type> {
    let mut found = Type::Any;
    let mut open = false;
    for item in items {
        match type_of(item) {
            Type::Any => {}
            ty if ty.mentions(&|ty| *ty == Type::Open) => {
                open = true;
                if found == Type::Any {
                    found = ty;
                }
            }
            ty if found == Type::Any => found = ty,
            ty if found != ty && !open => return None,
            _ => {}
        }
    }
    Some(found)
}

/// Gives the nulls without a type among the elements of a collection that of the others.
pub(super) fn with_typed_nulls(mut items: Vec<Value>, element: &Arc<Type>) -> Vec<Value> {
    if **element != Type::Any {
        items.iter_mut().for_each(|item| give_nulls_type(item, element));
    }
    items
}

/// The value, with this type for the nulls anywhere in it that have none.
pub(super) fn with_nulls_of(value: &Value, ty: &Type) -> Value {
    let element = Arc::new(ty.clone());
    value.and_then(|alternative| {
        let node = match &alternative.node {
            Node::Null(None) => Node::Null(Some(element.clone())),
            Node::List(list) => {
                let items = list.items.iter().map(|item| with_nulls_of(item, ty)).collect();
                Node::List(Arc::new(List { items, ..List::clone(list) }))
            }
            Node::Map(map) => {
                let entries = map.entries.iter().map(|(key, item)| (key.clone(), with_nulls_of(item, ty)));
                Node::Map(Arc::new(Map { entries: entries.collect(), ..Map::clone(map) }))
            }
            node => node.clone(),
        };
        Value::new(node, alternative.provenance.clone())
    })
}

fn give_nulls_type(value: &mut Value, ty: &Arc<Type>) {
    let untyped = |alternative: &Alternative| matches!(alternative.node, Node::Null(None));
    if value.alternatives().iter().any(untyped) {
        *value = value.and_then(|alternative| match alternative.node {
            Node::Null(None) => Value::new(Node::Null(Some(ty.clone())), alternative.provenance.clone()),
            ref node => Value::new(node.clone(), alternative.provenance.clone()),
        });
    }
}

/// Converts the elements of a tuple, a list or a set (of the type `have`, if of one), or the attributes of an object or
/// a map, to those of a collection of the `stated` type. Gives them and the type that they turn out to have.
fn convert_elements<D: Clone + PartialEq>(
    items: Vec<&Value>,
    have: Option<&Arc<Type>>,
    stated: &Type<D>,
    target: Target,
    default_of: &dyn Fn(&D) -> Value,
    at: Span,
) -> Result<(Vec<Value>, Arc<Type>), Value> {
    let message = match target {
        Target::Map => "all map elements must have the same type",
        _ => "all list elements must have the same type",
    };
    let differ = || ops::failed(message, at);
    let together = target == Target::Map || (target == Target::List && have.is_none());
    let same = || items.iter().copied().cloned().collect::<Vec<Value>>();
    if *stated == Type::Any {
        if let Some(element) = have {
            return Ok((same(), element.clone()));
        }
        let types: Vec<Type> = items.iter().map(|item| type_of(item)).collect();
        let Some((first, rest)) = types.split_first() else { return Ok((same(), Arc::new(Type::Any))) };
        let element = unify(&types).ok_or_else(differ)?;
        let items: Vec<Value> = if rest.iter().all(|ty| ty == first) {
            same()
        } else if element == Type::Any && target != Target::Map {
            return Err(differ());
        } else {
            items.iter().map(|item| convert_plainly(item, &element, at)).collect()
        };
        return homogeneous(items, element, together, at).ok_or_else(differ);
    }
    if let (Some(element), [], false) = (have, &*items, stated.is_definite()) {
        // Of an empty collection only its type tells whether it can be converted.
        return if unify::is_convertible(element, &stated.without_defaults()) {
            Ok((Vec::new(), Arc::new(unify::replaced(element, &stated.of_values()))))
        } else {
            Err(differ())
        };
    }
    if let (Some(element), []) = (have, &*items)
        && !unify::is_convertible(element, &stated.without_defaults())
    {
        return Err(differ());
    }
    let converted: Vec<Value> =
        items.iter().map(|item| convert_parts(item, stated, default_of, at)).collect();
    let plain = stated.of_values();
    if plain.is_definite() || converted.is_empty() {
        return Ok((converted, Arc::new(plain)));
    }
    homogeneous(converted, plain, together, at).ok_or_else(differ)
}

/// What a conversion makes a collection of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Target {
    List,
    Set,
    Map,
}

/// Elements that were converted to a type that leaves something open: they must still be of one type, to which they
/// are converted `together` in maps, and in lists that are made of tuples.
fn homogeneous(items: Vec<Value>, stated: Type, together: bool, at: Span) -> Option<(Vec<Value>, Arc<Type>)> {
    if stated.is_definite() {
        let element = Arc::new(stated);
        return Some((with_typed_nulls(items, &element), element));
    }
    let types: Vec<Type> = items.iter().map(type_of).collect();
    let items = match (types.split_first(), unify(&types)) {
        (Some((first, rest)), _) if rest.iter().all(|ty| ty == first) => items,
        (_, Some(common)) if together && stated != Type::Any => {
            items.iter().map(|item| convert_plainly(item, &common, at)).collect()
        }
        (_, None) if together && stated != Type::Any => return None,
        _ => items,
    };
    let element = Arc::new(one_type(items.iter())?);
    Some((with_typed_nulls(items, &element), element))
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
        (_, Type::Any | Type::Open) => with(from.node.clone()),
        (Node::Null(None), _) => with(Node::Null(Some(Arc::new(ty.of_values())))),
        (Node::Null(Some(have)), _) => match ty.of_values() {
            same if **have == same => with(from.node.clone()),
            _ if !unify::is_convertible(have, &ty.without_defaults()) => mismatch(),
            want => with(Node::Null(Some(Arc::new(unify::replaced(have, &want))))),
        },
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
            let have = list.ty.as_ref().and_then(|ty| ty.element());
            // Nothing to do, as wherever a function asks for a list and has one.
            if let Some(have) = have
                && list.set == set
                && (**stated == Type::Any || (have.is_primitive() && **have == stated.of_values()))
            {
                return with(from.node.clone());
            }
            let items: Vec<&Value> = list.items.iter().collect();
            let target = if set { Target::Set } else { Target::List };
            match convert_elements(items, have, stated, target, default_of, at) {
                Ok((items, element)) => {
                    let items = if set { as_set(items) } else { items };
                    let ty = Some(Arc::new(if set { Type::Set(element) } else { Type::List(element) }));
                    with(Node::List(Arc::new(List { items, set, ty, open: list.open.clone() })))
                }
                Err(failure) => failure,
            }
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
            let have = map.ty.as_ref().and_then(|ty| ty.element());
            if **stated == Type::Any && have.is_some() {
                return with(from.node.clone());
            }
            let items: Vec<&Value> = map.entries.values().collect();
            match convert_elements(items, have, stated, Target::Map, default_of, at) {
                Ok((items, element)) => {
                    let entries = map.entries.keys().cloned().zip(items).collect();
                    let ty = Some(Arc::new(Type::Map(element)));
                    with(Node::Map(Arc::new(Map { entries, ty, ..Map::clone(map) })))
                }
                Err(failure) => failure,
            }
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
            Node::Null(_) => default_of(default),
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
                    let function = ["to:", want.name()].concat();
                    let label = format!("to{}({})", want.name(), unknown.atom.label());
                    let part = Value::new(part.node.clone(), part.provenance.clone());
                    ops::opaque(&function, &label, &[&part], certain.clone(), at)
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
        Some(Node::Null(_)) => out.push('~'),
        Some(Node::Unknown(_)) | None => out.push('?'),
    }
}

/// The result of a conditional whose other result is a list or a map, where this one is a tuple or an object that
/// becomes one only by way of another collection. Terraform then takes its parts for elements of that collection, of
/// whatever types they are, and gives up if these differ in the end. `None` where it converts as it always does.
/// As `unifyTuplesAsList` and `unifyObjectsAsMaps` of the library go-cty do it.
pub(super) fn by_way_of_collection(
    value: &Value,
    have: &Type,
    other: &Type,
    want: &Type,
    at: Span,
) -> Option<Value> {
    let is_structure =
        matches!((have, other), (Type::Tuple(_), Type::List(_)) | (Type::Object(_), Type::Map(_)));
    if !is_structure || unify::as_collection(&[have], true)? == *want {
        return None;
    }
    let element = want.element().filter(|element| !element.is_definite())?;
    let differ = || ops::failed("the results are of different types", at);
    Some(value.and_then(|alternative| {
        let with = |node: Node| Value::new(node, alternative.provenance.clone());
        let items: Vec<Value> = match &alternative.node {
            Node::List(list) => list.items.iter().map(|item| convert_plainly(item, element, at)).collect(),
            Node::Map(map) => map.entries.values().map(|item| convert_plainly(item, element, at)).collect(),
            node => return with(node.clone()),
        };
        let Some(found) = one_type(items.iter()) else { return differ() };
        let found = Arc::new(if items.is_empty() { Type::clone(element) } else { found });
        let items = with_typed_nulls(items, &found);
        match &alternative.node {
            Node::List(list) => {
                let list = List { items, ty: Some(Arc::new(Type::List(found))), ..List::clone(list) };
                with(Node::List(Arc::new(list)))
            }
            Node::Map(map) => {
                let entries = map.entries.keys().cloned().zip(items).collect();
                let map = Map { entries, ty: Some(Arc::new(Type::Map(found))), ..Map::clone(map) };
                with(Node::Map(Arc::new(map)))
            }
            node => with(node.clone()),
        }
    }))
}

/// The type of what the steps of a splat lead to, from a value of this type.
pub(super) fn after(ty: &Type, steps: &[Step]) -> Type {
    let Some((step, rest)) = steps.split_first() else { return ty.clone() };
    let part = match (ty, &step.kind) {
        (Type::Object(attributes), StepKind::GetAttr(name)) => attributes.get(name).map(|have| &have.ty),
        (Type::Map(element), StepKind::GetAttr(_) | StepKind::Index(_) | StepKind::LegacyIndex(_))
        | (Type::List(element), StepKind::Index(_) | StepKind::LegacyIndex(_)) => Some(&**element),
        (Type::Tuple(items), kind) => written_index(kind).and_then(|index| items.get(index)),
        _ => None,
    };
    part.map_or(Type::Any, |part| after(part, rest))
}

/// The index of a step, if it is written as a number.
fn written_index(step: &StepKind) -> Option<usize> {
    match step {
        StepKind::LegacyIndex(index) => usize::try_from(*index).ok(),
        StepKind::Index(index) => match &index.kind {
            ExprKind::Number(digits) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether there are no such parts in anything of this type.
pub(super) fn refuses(ty: &Type, steps: &[Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return false };
    match (ty, &step.kind) {
        (Type::Bool | Type::Number | Type::String, StepKind::AttrSplat | StepKind::FullSplat) => false,
        (Type::Bool | Type::Number | Type::String, _) => true,
        (Type::List(_) | Type::Set(_) | Type::Tuple(_), StepKind::GetAttr(_)) => true,
        (Type::Tuple(items), kind) => {
            written_index(kind).is_some_and(|index| items.get(index).is_none_or(|item| refuses(item, rest)))
        }
        (Type::Object(attributes), StepKind::GetAttr(name)) => {
            attributes.get(name).is_none_or(|have| refuses(&have.ty, rest))
        }
        (Type::Map(element), StepKind::GetAttr(_) | StepKind::Index(_) | StepKind::LegacyIndex(_))
        | (Type::List(element), StepKind::Index(_) | StepKind::LegacyIndex(_)) => refuses(element, rest),
        _ => false,
    }
}

/// The type of a splat that fails over a part of `source`, which does not.
pub(super) fn of_failed_splat(source: &Value, steps: &[Step]) -> Option<Type> {
    match type_of(source) {
        Type::List(element) | Type::Set(element) => Some(Type::List(Arc::new(after(&element, steps)))),
        Type::Tuple(items) => Some(Type::Tuple(items.iter().map(|item| after(item, steps)).collect())),
        Type::Any | Type::Open => None,
        one => Some(Type::Tuple(vec![after(&one, steps)])),
    }
}

/// `==`. Values of different types are never the same, only nulls are the same as any other null.
pub(super) fn equals(a: &Value, b: &Value, label: &str, at: Span) -> Value {
    let same = |x: &Scalar, y: &Scalar| x == y;
    if let (Some(one @ (Node::List(_) | Node::Map(_))), Some(other @ (Node::List(_) | Node::Map(_)))) =
        (a.single(), b.single())
        && is_bounded(&[a.clone(), b.clone()])
        && one.is_wholly_known()
        && other.is_wholly_known()
    {
        let (one, other) = (node_type(one), node_type(other));
        let open = |ty: &Type| ty.mentions(&|ty| *ty == Type::Open);
        if !open(&one) && !open(&other) && one != other {
            let from = vec![a.provenance(), b.provenance()];
            return ops::boolean(false, Provenance::computed(at, from));
        }
    }
    ops::equals(a, b, label, at, same)
}

/// The type of the elements of a collection that is made of these.
pub(super) fn common(items: &[Value]) -> Arc<Type> {
    Arc::new(one_type(items.iter()).unwrap_or(Type::Open))
}

/// The type of a value as far as it is known. Where its alternatives are of several types it is what they have in
/// common.
pub fn type_of(value: &Value) -> Type {
    match value.alternatives() {
        [only] => node_type(&only.node),
        several => {
            // What fails in some worlds has no type there.
            let works = |alternative: &&Alternative| !ops::is_failure(&alternative.node);
            let types: Vec<Type> = several.iter().filter(works).map(|one| node_type(&one.node)).collect();
            if types.is_empty() { Type::Any } else { unify(&types).unwrap_or(Type::Open) }
        }
    }
}

fn node_type(node: &Node) -> Type {
    let common = |items: &mut dyn Iterator<Item = &Value>| {
        Arc::new(unify(&items.map(type_of).collect::<Vec<_>>()).unwrap_or(Type::Open))
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
        Node::Null(ty) => ty.as_ref().map_or(Type::Any, |ty| Type::clone(ty)),
        Node::Bool(_) => Type::Bool,
        Node::Number(_) => Type::Number,
        Node::String(_) => Type::String,
        Node::List(list) if list.set => Type::Set(common(&mut list.items.iter())),
        // What is not listed may be items of a tuple or attributes of an object, of types of their own.
        Node::List(list) if list.open.is_some() => Type::Open,
        Node::Map(map) if map.open.is_some() => Type::Open,
        Node::List(list) => Type::Tuple(list.items.iter().map(type_of).collect()),
        Node::Map(map) => Type::Object(
            map.entries.iter().map(|(key, item)| (key.clone(), Attribute::required(type_of(item)))).collect(),
        ),
        Node::Unknown(unknown) => match unknown.certain.kind {
            Some(Kind::Bool) => Type::Bool,
            Some(Kind::Number) => Type::Number,
            Some(Kind::String) => Type::String,
            // What fails is of no type.
            _ if ops::is_failure(node) => Type::Any,
            _ => Type::Open,
        },
    }
}

#[cfg(test)]
#[path = "types_tests.rs"]
mod tests;
