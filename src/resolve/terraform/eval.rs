//! Terraform's expression language over values.

mod conditional;
mod elements;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use conditional::{branch, conditional};
use elements::effort;
pub use elements::elements;

use super::form::{self, Code};
use super::functions::{self, alone};
use super::instance::Instance;
use super::template::{template, template_string};
use super::types;
use crate::source::Span;
use crate::syntax::hcl::{BinaryOp, Expr, ExprKind, ForExpr, ObjectKey, Step, StepKind, UnaryOp};
use crate::value::{
    Alternative, Atom, Certain, Kind, List, MAX_ALTERNATIVES, Map, Node, Number, Place, Provenance, Reason,
    Region, Scalar, Type, Unknown, Value, derived_atom, ops, placeholder,
};

/// The names that an expression may use besides its module's.
#[derive(Clone)]
pub struct Scope<'p> {
    /// The module instance.
    pub instance: Rc<Instance<'p>>,
    /// `for` variables and dynamic block iterators, innermost last.
    names: Vec<(Arc<str>, Value)>,
    /// `each` and `count`, where the expression is in a repeated block.
    pub repetition: Repetition,
    /// Whether a part that fails makes the whole fail, as it does in Terraform. Outside `try` and `can` a failure
    /// ends the plan, so nothing is lost by keeping the parts that do not fail.
    strict: bool,
    /// Whether Terraform forgives what fails here: in `try` and `can`, and in the results of a conditional, of which
    /// it looks only at the one that is taken.
    forgiven: bool,
}

/// What repeats the block that an expression is in.
#[derive(Clone, Default)]
pub struct Repetition {
    /// `each.key` and `each.value`.
    pub each: Option<(Value, Value)>,
    /// `count.index`.
    pub index: Option<Value>,
}

impl<'p> Scope<'p> {
    /// The scope of a module instance.
    pub fn new(instance: &Rc<Instance<'p>>) -> Scope<'p> {
        Scope::repeated(instance, Repetition::default())
    }

    /// The scope of a repeated block.
    pub fn repeated(instance: &Rc<Instance<'p>>, repetition: Repetition) -> Scope<'p> {
        Scope { instance: instance.clone(), names: Vec::new(), repetition, strict: false, forgiven: false }
    }

    /// The scope with one more name.
    pub fn with(&self, name: Arc<str>, value: Value) -> Scope<'p> {
        let mut scope = self.clone();
        scope.names.push((name, value));
        scope
    }

    /// The scope inside `try` and `can`.
    fn attempted(&self) -> Scope<'p> {
        Scope { strict: true, forgiven: true, ..self.clone() }
    }

    /// The failure among the parts of something that is being put together, if that fails the whole.
    fn fatal<'v>(&self, parts: impl IntoIterator<Item = &'v Value>) -> Option<Value> {
        if self.strict { parts.into_iter().find_map(certain_failure) } else { None }
    }

    pub(super) fn name(&self, name: &str) -> Option<&Value> {
        self.names.iter().rev().find(|(have, _)| &**have == name).map(|(_, value)| value)
    }
}

/// What an expression gives that takes too much.
pub(super) fn beyond_bounds(scope: &Scope, at: Span) -> Value {
    Value::new(Node::Unknown(form::bounded(scope, at)), Provenance::written(at))
}

/// Evaluates an expression.
pub fn eval(expr: &Expr, scope: &Scope) -> Value {
    let Some(_guard) = scope.instance.enter() else {
        return beyond_bounds(scope, expr.span);
    };
    let at = expr.span;
    let here = || Provenance::written(at);
    match &expr.kind {
        ExprKind::Null => Value::null(here()),
        ExprKind::Bool(value) => Value::new(Node::Bool(*value), here()),
        ExprKind::Number(text) => match Number::parse(text) {
            Some(number) => Value::new(Node::Number(number), here()),
            None => ops::failed(format!("`{text}` is not a number"), at),
        },
        // In Terraform's own syntax `$${name}` is how to write the text `${name}`.
        ExprKind::String(text) if text.contains("${") && scope.label(at).contains("$${") => {
            Value::new(Node::String(text.clone()), here())
        }
        ExprKind::String(text) => string(text.clone(), here()),
        ExprKind::Template(parts) => of_kind(template(parts, scope, at), Kind::String),
        ExprKind::Array(items) => {
            let items: Vec<Value> = items.iter().map(|item| eval(item, scope)).collect();
            let failure = scope.fatal(&items).map(|failure| of_kind(failure, None));
            failure.unwrap_or_else(|| Value::new(Node::list(items), here()))
        }
        ExprKind::Object(items) => {
            let items: Vec<_> =
                items.iter().map(|item| (object_key(&item.key, scope), &item.value)).collect();
            let spans: Vec<Span> =
                items.iter().map(|(key, _)| key.provenance().use_span().unwrap_or(at)).collect();
            let items: Vec<_> = items.into_iter().map(|(key, value)| (key, eval(value, scope))).collect();
            let failure = scope.fatal(items.iter().flat_map(|(key, value)| [key, value]));
            failure.map_or_else(|| object(items, &spans, at, scope), |failure| of_kind(failure, None))
        }
        ExprKind::Paren(inner) => eval(inner, scope),
        ExprKind::Variable(name) => match scope.name(name) {
            Some(value) => used(name, value, at).passed(at),
            None => ops::failed(format!("there is no `{name}` here"), at),
        },
        ExprKind::Traversal(root, steps) => traversal(root, steps, scope, at),
        ExprKind::Call { name, args, expand_final, .. } => {
            of_kind(call(name, args, *expand_final, scope, at), None)
        }
        ExprKind::Unary(UnaryOp::Not, inner) => {
            of_kind(ops::not(&to_bool(&eval(inner, scope), at), scope.label(at), at), Kind::Bool)
        }
        ExprKind::Unary(UnaryOp::Negate, inner) => {
            let value = eval(inner, scope);
            let negated = arithmetic("-", &[&value], scope, at, |numbers| {
                numbers.first().and_then(|n| Number::Int(0).minus(*n))
            });
            of_kind(negated, Kind::Number)
        }
        ExprKind::Binary(op, left, right) => {
            let kind = match op {
                BinaryOp::Add
                | BinaryOp::Subtract
                | BinaryOp::Multiply
                | BinaryOp::Divide
                | BinaryOp::Modulo => Kind::Number,
                _ => Kind::Bool,
            };
            of_kind(binary(*op, left, right, scope, at), kind)
        }
        ExprKind::Conditional(condition, then, otherwise) => {
            let condition = eval(condition, scope);
            conditional(&condition, branch(then, scope), branch(otherwise, scope), scope, at)
        }
        ExprKind::For(expr) => of_kind(for_expr(expr, scope, at), None),
    }
}

impl<'p> Scope<'p> {
    /// The expression as written, for atoms.
    pub(super) fn label(&self, at: Span) -> String {
        self.instance.label(at)
    }
}

/// A string literal. Common placeholder forms that something else fills in are unknown.
pub fn string(text: Arc<str>, written: Provenance) -> Value {
    if let Some(unknown) = placeholder::of_text(&text, &written) {
        return unknown;
    }
    Value::new(Node::String(text), written)
}

fn object_key(key: &ObjectKey, scope: &Scope) -> Value {
    match key {
        ObjectKey::Name(name, span) => Value::string(name, Provenance::written(*span)),
        ObjectKey::Expr(expr) => eval(expr, scope),
    }
}

/// An object from keys and values: the last of equal keys wins; a key that is not known leaves the object
/// open.
fn object(items: Vec<(Value, Value)>, spans: &[Span], at: Span, scope: &Scope) -> Value {
    let keys: Vec<&Value> = items.iter().map(|(key, _)| key).collect();
    Value::combine(&keys, |row| {
        let mut map = Map::default();
        for (index, alternative) in row.iter().enumerate() {
            let Some((_, value)) = items.get(index) else { continue };
            match key_text(&alternative.node) {
                Some(key) => {
                    map.key_spans.insert(key.clone(), spans.get(index).copied().unwrap_or(at));
                    map.entries.insert(key, value.clone());
                }
                None if scope.strict && !matches!(alternative.node, Node::Unknown(_)) => {
                    return ops::failed("a key must be a string", at);
                }
                None => map.open = Some(opening(&alternative.node, at, scope)),
            }
        }
        if let Some(open) = &mut map.open {
            let keys: Vec<Value> = row.iter().map(|key| alone(key)).collect();
            let inputs: Vec<&Value> = keys.iter().chain(items.iter().map(|(_, value)| value)).collect();
            *open = form::opened("object", Code::Inputs, &inputs, open, scope, at);
        }
        Value::new(Node::Map(Arc::new(map)), Provenance::written(at))
    })
}

/// A map key or index as text.
pub fn key_text(node: &Node) -> Option<Arc<str>> {
    match node {
        Node::String(text) => Some(text.clone()),
        Node::Number(number) => Some(Arc::from(number.to_string())),
        Node::Bool(value) => Some(Arc::from(value.to_string())),
        _ => None,
    }
}

/// Why a composite may have more parts: the unknown that decides it.
fn opening(node: &Node, at: Span, scope: &Scope) -> Arc<Unknown> {
    match node {
        Node::Unknown(unknown) => unknown.clone(),
        _ => Arc::new(Unknown {
            atom: Atom::new(format!("open@{at:?}"), scope.label(at)),
            reason: Reason::Unsupported("a key that is no text".into()),
            certain: Certain::default(),
        }),
    }
}

/// Converts strings such as `"true"` to booleans, as Terraform does where it wants one. Anything else that
/// is known to be no boolean fails, null included.
pub(super) fn to_bool(value: &Value, at: Span) -> Value {
    value.and_then(|alternative| match &alternative.node {
        Node::String(text) => match functions::parse_bool(text) {
            Some(value) => ops::boolean(value, alternative.provenance.clone()),
            None => ops::failed("neither true nor false", at),
        },
        Node::Bool(_) | Node::Unknown(_) => {
            Value::new(as_boolean_atom(&alternative.node), alternative.provenance.clone())
        }
        _ => ops::failed("neither true nor false", at),
    })
}

/// A value that was converted part by part: where a part that fails makes the whole fail, that failure.
fn whole(value: Value, scope: &Scope) -> Value {
    if !scope.strict {
        return value;
    }
    let failure = match value.alternatives() {
        [only] => functions::failure_in(only),
        _ => None,
    };
    failure.unwrap_or(value)
}

/// The failures of an expression, of which it is still certain what they were to become, or nothing is.
fn of_kind(value: Value, kind: impl Into<Option<Kind>>) -> Value {
    let kind = kind.into();
    let other = |one: &Alternative| matches!(&one.node, Node::Unknown(unknown) if ops::is_failure(&one.node) && unknown.certain.kind != kind);
    if !value.alternatives().iter().any(other) {
        return value;
    }
    value.and_then(|one| match &one.node {
        Node::Unknown(unknown) if ops::is_failure(&one.node) => {
            let certain = Certain { kind, ..Certain::default() };
            let unknown = Unknown { certain, ..Unknown::clone(unknown) };
            Value::new(Node::Unknown(Arc::new(unknown)), one.provenance.clone())
        }
        node => Value::new(node.clone(), one.provenance.clone()),
    })
}

/// An unknown where a boolean is wanted is true or false, and the same atom wherever it is wanted.
fn as_boolean_atom(node: &Node) -> Node {
    match node {
        Node::Unknown(unknown)
            if unknown.atom.domain().is_none()
                && !matches!(unknown.reason, Reason::Failed(_))
                && unknown.certain.kind.is_none_or(|kind| kind == Kind::Bool) =>
        {
            let atom = Atom::boolean(format!("{}:bool", unknown.atom.key()), unknown.atom.label());
            Node::Unknown(Arc::new(Unknown {
                atom,
                reason: unknown.reason.clone(),
                certain: Certain::of_kind(Kind::Bool),
            }))
        }
        other => other.clone(),
    }
}

/// A reference has at most this many steps. Each step of one into something unknown repeats all names before it.
const MAX_REFERENCE: usize = 200;

fn traversal(root: &Expr, steps: &[Step], scope: &Scope, at: Span) -> Value {
    if steps.len() > MAX_REFERENCE {
        return beyond_bounds(scope, at);
    }
    let value = match &root.kind {
        ExprKind::Variable(name) => match scope.name(name) {
            Some(value) => apply(used(name, value, at), steps, scope, at),
            None => {
                let (value, used) = scope.instance.reference(name, steps, scope);
                apply(value, steps.get(used..).unwrap_or(&[]), scope, at)
            }
        },
        _ => apply(eval(root, scope), steps, scope, at),
    };
    value.passed(at)
}

/// Follows the steps of a reference.
pub fn apply(value: Value, steps: &[Step], scope: &Scope, at: Span) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value };
    match &step.kind {
        StepKind::GetAttr(name) => apply(attribute(&value, name, step.span), rest, scope, at),
        StepKind::LegacyIndex(index) => {
            let index = Value::new(Node::Number(Number::Int(*index as i64)), Provenance::written(step.span));
            apply(indexed(&value, &index, scope, step.span), rest, scope, at)
        }
        StepKind::Index(expr) => {
            let index = eval(expr, scope);
            apply(indexed(&value, &index, scope, step.span), rest, scope, at)
        }
        StepKind::AttrSplat => {
            let names = rest.iter().take_while(|step| matches!(step.kind, StepKind::GetAttr(_))).count();
            let (each, after) = rest.split_at_checked(names).unwrap_or((rest, &[]));
            apply(splat(&value, each, scope, at), after, scope, at)
        }
        StepKind::FullSplat => splat(&value, rest, scope, at),
    }
}

fn attribute(value: &Value, name: &str, at: Span) -> Value {
    value.and_then(|alternative| match &alternative.node {
        Node::Map(map) => match (map.entries.get(name), &map.open) {
            (Some(entry), _) => entry.clone().through(&alternative.provenance),
            (None, Some(open)) => part(open, name, at, &alternative.provenance),
            (None, None) => ops::failed(format!("there is no attribute `{name}`"), at),
        },
        Node::Unknown(unknown) => part(unknown, name, at, &alternative.provenance),
        Node::Null(_) => ops::failed(format!("attribute `{name}` of null"), at),
        _ => ops::failed(format!("attribute `{name}` of something that has none"), at),
    })
}

/// A part of an unknown; a part of a failure is that failure.
fn part(unknown: &Arc<Unknown>, name: &str, at: Span, provenance: &Provenance) -> Value {
    if let Reason::Failed(_) = unknown.reason {
        return of_kind(Value::new(Node::Unknown(unknown.clone()), provenance.clone()), None);
    }
    ops::part_of(unknown, name, format!("{}.{name}", unknown.atom.label()), at, provenance)
}

fn indexed(value: &Value, index: &Value, scope: &Scope, at: Span) -> Value {
    Value::combine(&[value, &index.split_domains()], |row| {
        let [value, index] = row else { return ops::failed("an index", at) };
        if let Node::Unknown(unknown) = &index.node
            && let Reason::Failed(_) = unknown.reason
        {
            // Of what is in the collection its type still tells.
            let element = match &value.node {
                Node::List(list) => list.ty.as_ref().and_then(|ty| ty.element()),
                Node::Map(map) => map.ty.as_ref().and_then(|ty| ty.element()),
                _ => None,
            };
            let kind = element.filter(|element| element.is_primitive()).and_then(|element| element.kind());
            return of_kind(Value::new(index.node.clone(), index.provenance.clone()), kind);
        }
        let from = &value.provenance;
        match (&value.node, &index.node) {
            (Node::Unknown(unknown), node) if key_text(node).is_some() => {
                let key = key_text(node).unwrap_or_default();
                if let Reason::Failed(_) = unknown.reason {
                    return of_kind(Value::new(value.node.clone(), from.clone()), None);
                }
                let label = match node {
                    Node::String(_) => format!("{}[\"{key}\"]", unknown.atom.label()),
                    _ => format!("{}[{key}]", unknown.atom.label()),
                };
                ops::part_of(unknown, &key, label, at, from)
            }
            (Node::List(list), _) if list.set => ops::failed("a set has no indices", at),
            (Node::List(list), Node::Number(_) | Node::String(_)) => {
                let position = match &index.node {
                    Node::Number(number) => number.as_i64(),
                    Node::String(text) => text.parse().ok(),
                    _ => None,
                };
                let item = position.and_then(|n| usize::try_from(n).ok()).and_then(|n| list.items.get(n));
                match (item, &list.open) {
                    (Some(item), None) => item.clone().through(from),
                    (_, Some(open)) => part(open, &key_text(&index.node).unwrap_or_default(), at, from),
                    (None, None) => ops::failed("the index is out of range", at),
                }
            }
            (Node::Map(map), node) if key_text(node).is_some() => {
                let key = key_text(node).unwrap_or_default();
                match (map.entries.get(&key), &map.open) {
                    (Some(entry), _) => entry.clone().through(from),
                    (None, Some(open)) => part(open, &key, at, from),
                    (None, None) => ops::failed(format!("there is no key `{key}`"), at),
                }
            }
            (Node::List(_) | Node::Map(_) | Node::Unknown(_), Node::Unknown(_)) => {
                pick_any(value, index, scope, at)
            }
            (Node::Null(_), _) => ops::failed("an index of null", at),
            _ => ops::failed("an index of something that has no elements", at),
        }
    })
}

/// An element by an index that is not known: each key that the index may be, and otherwise unknown.
fn pick_any(value: &Alternative, index: &Alternative, scope: &Scope, at: Span) -> Value {
    let opaque =
        || ops::opaque("[]", scope.label(at), &[&alone(value), &alone(index)], Certain::default(), at);
    let (Node::Map(map), Node::Unknown(key)) = (&value.node, &index.node) else { return opaque() };
    if map.entries.len() > 16 || key.atom.key().starts_with(UNSEEN) {
        return opaque();
    }
    let mut key = alone(index);
    for name in map.entries.keys() {
        key = key.split_on(&Scalar::String(name.clone()));
    }
    key.and_then(|alternative| match key_text(&alternative.node).and_then(|key| map.entries.get(&key)) {
        Some(entry) => entry.clone().through(&value.provenance),
        None if map.open.is_none() => ops::failed("there is no such key", at),
        None => opaque(),
    })
}

fn splat(value: &Value, steps: &[Step], scope: &Scope, at: Span) -> Value {
    value.split_on(&Scalar::Null).and_then(|alternative| match &alternative.node {
        Node::Null(Some(ty)) if ty.kind() == Some(Kind::List) => ops::failed("a splat of a null list", at),
        Node::Null(_) => Value::new(Node::list(Vec::new()), alternative.provenance.clone()),
        Node::List(list) => {
            if !scope.instance.afford(effort(list.items.len(), &alternative.provenance)) {
                return beyond_bounds(scope, at);
            }
            let items = list
                .items
                .iter()
                .map(|item| apply(item.clone().through(&alternative.provenance), steps, scope, at))
                .collect::<Vec<Value>>();
            if let Some(failure) = scope.fatal(&items) {
                return failure;
            }
            // Of an empty list the steps are looked at all the same, without an element.
            if scope.strict
                && list.items.is_empty()
                && let Some(element) = list.ty.as_ref().and_then(|ty| ty.element())
                && let Some(failure) = refused_steps(element, steps, scope, at)
            {
                return failure;
            }
            // Of a list comes a list, of a tuple a tuple.
            let element = |ty: &Arc<Type>| match (&*items, ty.element()) {
                ([], Some(element)) => Arc::new(types::after(element, steps)),
                _ => types::common(&items),
            };
            let element = list.ty.as_ref().map(element);
            let items = match &element {
                Some(element) => types::with_typed_nulls(items, element),
                None => items,
            };
            let ty = element.map(|element| Arc::new(Type::List(element)));
            let open = list.open.as_ref().map(|open| {
                form::opened("splat", Code::Steps(steps), &[&alone(alternative)], open, scope, at)
            });
            let list = List { items, ty, set: false, open };
            Value::new(Node::List(Arc::new(list)), Provenance::written(at))
        }
        Node::Unknown(unknown) => {
            if let Reason::Failed(_) = unknown.reason {
                return Value::new(alternative.node.clone(), alternative.provenance.clone());
            }
            let certain = Certain::of_kind(Kind::List);
            form::opaque("splat", Code::Steps(steps), alternative, certain, scope, at)
        }
        node => {
            let one = Value::new(node.clone(), alternative.provenance.clone());
            let one = apply(one, steps, scope, at);
            scope.fatal([&one]).unwrap_or_else(|| Value::new(Node::list(vec![one]), Provenance::written(at)))
        }
    })
}

/// The failure of the steps of a splat for whatever is of this type.
fn refused_steps(ty: &Type, steps: &[Step], scope: &Scope, at: Span) -> Option<Value> {
    let failure = steps.iter().find_map(|step| match &step.kind {
        StepKind::Index(expr) => {
            let index = eval(expr, scope);
            let is_null = matches!(index.single(), Some(Node::Null(_)));
            certain_failure(&index).or_else(|| is_null.then(|| ops::failed("an index is null", at)))
        }
        _ => None,
    });
    failure.or_else(|| types::refuses(ty, steps).then(|| ops::failed("an element has no such part", at)))
}

fn call(name: &str, args: &[Expr], expand_final: bool, scope: &Scope, at: Span) -> Value {
    match name {
        // Both evaluate one argument after the other and look at what went wrong.
        "try" => {
            let values: Vec<Value> = args.iter().map(|arg| eval(arg, &scope.attempted())).collect();
            return functions::first_that_works(&values, &scope.label(at), at, &|n| scope.instance.afford(n));
        }
        "can" => {
            let Some(arg) = args.first() else { return ops::failed("`can` needs an argument", at) };
            let value = eval(arg, &scope.attempted());
            return functions::can(&value, &scope.label(at), at, &|n| scope.instance.afford(n));
        }
        // The values have no marks, so that only what is written tells.
        "issensitive" if args.len() == 1 => {
            let Some(arg) = args.first() else { return ops::failed("`issensitive` needs an argument", at) };
            return match (eval(arg, scope), form::is_sensitive(arg)) {
                (value, _) if certain_failure(&value).is_some() => value,
                (value, Some(answer)) => ops::boolean(answer, Provenance::computed(at, [value.provenance()])),
                (value, None) => {
                    // Two expressions with one value may differ in this.
                    let Some(form) = form::of(name, scope, Code::Expr(arg)) else {
                        return beyond_bounds(scope, at);
                    };
                    let derived = derived_atom(&form, scope.label(at), &[&value], None);
                    let atom = Atom::boolean(derived.key(), derived.label());
                    let reason = Reason::Unsupported("whether a value is sensitive".into());
                    let certain = Certain { not_null: true, ..Certain::of_kind(Kind::Bool) };
                    Value::unknown(atom, reason, certain, Provenance::written(at))
                }
            };
        }
        _ => {}
    }
    let values: Vec<Value> = args.iter().map(|arg| eval(arg, scope)).collect();
    if let Some(failure) = values.iter().find_map(certain_failure) {
        return failure;
    }
    if !expand_final {
        let value = call_with(name, &values, scope, at);
        // What `try` and `can` are there for: a file that is missing may be made before Terraform runs, but code that
        // says what holds without it means that it is not.
        return match value.single() {
            Some(Node::Unknown(unknown)) if scope.forgiven && name.contains("file") => {
                match &unknown.reason {
                    Reason::Absent(what) => ops::failed(format!("{what} is not on disk"), at),
                    _ => value,
                }
            }
            _ => value,
        };
    }
    let Some((last, rest)) = values.split_last() else {
        return ops::failed("there is nothing to expand", at);
    };
    last.and_then(|alternative| match elements(alternative) {
        _ if !matches!(alternative.node, Node::List(_) | Node::Unknown(_)) => {
            ops::failed("only a list, a set or a tuple can be expanded into arguments", at)
        }
        Some((items, None)) => {
            let args: Vec<Value> =
                rest.iter().cloned().chain(items.into_iter().map(|(_, value)| value)).collect();
            call_with(name, &args, scope, at)
        }
        Some((items, Some(open))) if matches!(name, "merge" | "concat" | "setunion") => {
            let more = Value::new(Node::Unknown(open), alternative.provenance.clone());
            let known = items.into_iter().map(|(_, value)| value);
            let args: Vec<Value> = rest.iter().cloned().chain(known).chain([more]).collect();
            call_with(name, &args, scope, at)
        }
        _ => {
            let value = Value::new(alternative.node.clone(), alternative.provenance.clone());
            let inputs: Vec<&Value> = rest.iter().chain([&value]).collect();
            ops::opaque(&format!("{name}..."), scope.label(at), &inputs, Certain::default(), at)
        }
    })
}

/// The argument, if it fails in every world: the call then fails for the same reason.
fn certain_failure(value: &Value) -> Option<Value> {
    let mut alternatives = value.alternatives().iter();
    (alternatives.len() > 0 && alternatives.all(|one| ops::is_failure(&one.node))).then(|| value.clone())
}

fn call_with(name: &str, args: &[Value], scope: &Scope, at: Span) -> Value {
    // A call walks all parts of its arguments and reads all of their text.
    if !scope.instance.afford(functions::cost(args)) {
        return beyond_bounds(scope, at);
    }
    if let Some(value) = scope.instance.dialect_call(name, args, at) {
        return value;
    }
    if name == "templatestring" {
        return template_string(args, scope, at);
    }
    if name == "templatefile" {
        return scope.instance.template_file(args, at);
    }
    if name.contains("::") && !name.starts_with("core::") {
        let inputs: Vec<&Value> = args.iter().collect();
        let atom = derived_atom(name, scope.label(at), &inputs, None);
        let reason = Reason::RunTime(Arc::from(format!("provider function `{name}`")));
        return Value::unknown(atom, reason, Certain::default(), Provenance::written(at));
    }
    let name = name.strip_prefix("core::").unwrap_or(name);
    match functions::call(name, args, at, &scope.label(at), &*scope.instance) {
        // What it made beyond what it was given is paid for as well.
        Some(value) => {
            let made = functions::cost(std::slice::from_ref(&value)).saturating_sub(functions::cost(args));
            if scope.instance.afford(made) { whole(value, scope) } else { beyond_bounds(scope, at) }
        }
        None if functions::ELSEWHERE.contains(&name) => {
            let inputs: Vec<&Value> = args.iter().collect();
            let atom = derived_atom(name, scope.label(at), &inputs, None);
            let reason =
                Reason::Unsupported(Arc::from(format!("function `{name}`, which Terraform 1.11 lacks")));
            Value::unknown(atom, reason, Certain::default(), Provenance::written(at))
        }
        None => {
            let message = format!("there is no function `{name}`");
            if !scope.forgiven {
                scope.instance.problem(at, message.clone());
            }
            ops::failed(message, at)
        }
    }
}

fn number(node: &Node) -> Option<Number> {
    match node {
        Node::Number(number) => Some(*number),
        Node::String(text) => functions::parse_number(text),
        _ => None,
    }
}

fn arithmetic(
    operator: &str,
    inputs: &[&Value],
    scope: &Scope,
    at: Span,
    f: impl Fn(&[Number]) -> Option<Number>,
) -> Value {
    Value::combine_as(operator, inputs, |row| {
        if let Some(broken) = row.iter().find(
            |alternative| matches!(&alternative.node, Node::Unknown(u) if matches!(u.reason, Reason::Failed(_))),
        ) {
            return Value::new(broken.node.clone(), broken.provenance.clone());
        }
        let numbers: Option<Vec<Number>> = row.iter().map(|alternative| number(&alternative.node)).collect();
        let from = || row.iter().map(|alternative| alternative.provenance.clone());
        match numbers {
            Some(numbers) => match f(&numbers) {
                Some(result) => Value::new(Node::Number(result), Provenance::computed(at, from())),
                None => ops::failed("this has no number as a result", at),
            },
            None if row.iter().any(|alternative| matches!(alternative.node, Node::Unknown(_))) => {
                let values: Vec<Value> = row.iter().map(|a| alone(a)).collect();
                let values: Vec<&Value> = values.iter().collect();
                ops::opaque(operator, scope.label(at), &values, Certain::of_kind(Kind::Number), at)
            }
            None => ops::failed("an operand is no number", at),
        }
    })
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, scope: &Scope, at: Span) -> Value {
    let (a, b) = (eval(left, scope), eval(right, scope));
    if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual)
        && !scope.instance.afford(functions::cost(&[a.clone(), b.clone()]))
    {
        return beyond_bounds(scope, at);
    }
    let (label, operator) = (scope.label(at), format!("{op:?}"));
    let arithmetic = |f: fn((Number, Number)) -> Option<Number>| {
        arithmetic(&operator, &[&a, &b], scope, at, |n| pair(n).and_then(f))
    };
    let compare = |test: fn(Number, Number) -> bool| {
        let inputs = [&a, &b];
        Value::combine_as(&operator, &inputs, |row| {
            let from = || row.iter().map(|alternative| alternative.provenance.clone());
            match row {
                [x, y] => match (number(&x.node), number(&y.node)) {
                    (Some(x), Some(y)) => ops::boolean(test(x, y), Provenance::computed(at, from())),
                    _ if ops::is_failure(&x.node) => Value::new(x.node.clone(), x.provenance.clone()),
                    _ if ops::is_failure(&y.node) => Value::new(y.node.clone(), y.provenance.clone()),
                    _ if matches!(x.node, Node::Unknown(_)) || matches!(y.node, Node::Unknown(_)) => {
                        ops::opaque_bool(&operator, &label, &[&alone(x), &alone(y)], at)
                    }
                    _ => ops::failed("an operand is no number", at),
                },
                _ => ops::failed("an operand is missing", at),
            }
        })
    };
    match op {
        BinaryOp::Equal => types::equals(&a, &b, &label, at),
        BinaryOp::NotEqual => ops::not(&types::equals(&a, &b, &label, at), &label, at),
        BinaryOp::And => ops::logic(true, &to_bool(&a, at), &to_bool(&b, at), &label, at),
        BinaryOp::Or => ops::logic(false, &to_bool(&a, at), &to_bool(&b, at), &label, at),
        BinaryOp::Less => compare(|x, y| x < y),
        BinaryOp::LessEqual => compare(|x, y| x <= y),
        BinaryOp::Greater => compare(|x, y| x > y),
        BinaryOp::GreaterEqual => compare(|x, y| x >= y),
        BinaryOp::Add => arithmetic(|(x, y)| x.plus(y)),
        BinaryOp::Subtract => arithmetic(|(x, y)| x.minus(y)),
        BinaryOp::Multiply => arithmetic(|(x, y)| x.times(y)),
        BinaryOp::Divide => arithmetic(|(x, y)| x.over(y)),
        BinaryOp::Modulo => arithmetic(modulo),
    }
}

/// What is left of a division. Of one by zero everything is left, as Terraform has it.
fn modulo((x, y): (Number, Number)) -> Option<Number> {
    if y == Number::Int(0) { Some(x) } else { x.rest(y) }
}

fn pair(numbers: &[Number]) -> Option<(Number, Number)> {
    match numbers {
        [a, b] => Some((*a, *b)),
        _ => None,
    }
}

/// One partial result of a `for`: the worlds it is for and what was collected there.
#[derive(Clone)]
struct Row {
    region: Region,
    items: Vec<(Option<Arc<str>>, Option<Span>, Value)>,
    open: Option<Arc<Unknown>>,
}

fn for_expr(expr: &ForExpr, scope: &Scope, at: Span) -> Value {
    let collection = eval(&expr.collection, scope);
    collection.and_then(|alternative| {
        let Some((items, more)) = elements(alternative) else {
            return match &alternative.node {
                Node::Unknown(unknown) if matches!(unknown.reason, Reason::Failed(_)) => {
                    Value::new(alternative.node.clone(), alternative.provenance.clone())
                }
                Node::Unknown(unknown)
                    if !matches!(unknown.certain.kind, Some(Kind::Bool | Kind::Number | Kind::String)) =>
                {
                    unknown_for(expr, alternative, scope, at)
                }
                _ => ops::failed("`for` needs a list or a map", at),
            };
        };
        if !scope.instance.afford(effort(items.len(), &alternative.provenance)) {
            return beyond_bounds(scope, at);
        }
        if scope.strict
            && let Some(condition) = &expr.condition
            && let Some(failure) = hopeless(condition, expr, scope, at)
        {
            return failure;
        }
        let mut rows = vec![Row { region: Region::everywhere(), items: Vec::new(), open: more }];
        for (key, value) in items {
            let mut inner = scope.with(expr.value_var.clone(), value);
            if let Some(name) = &expr.key_var {
                inner = inner.with(name.clone(), key);
            }
            let keep = match &expr.condition {
                Some(condition) => to_bool(&eval(condition, &inner), at).split_domains(),
                None => ops::boolean(true, Provenance::written(at)),
            };
            let result_key = expr.key.as_ref().map(|key| eval(key, &inner));
            if let Some(failure) = scope.fatal([&keep]) {
                return failure;
            }
            if keep.single().is_some_and(|keep| matches!(keep, Node::Bool(false))) {
                continue;
            }
            let result_value = eval(&expr.value, &inner);
            if let Some(failure) = scope.fatal(result_key.iter().chain([&result_value])) {
                return failure;
            }
            let refused = |key: &Value| match key.single() {
                Some(Node::Unknown(_)) | None => false,
                Some(node) => key_text(node).is_none(),
            };
            if scope.strict && result_key.as_ref().is_some_and(refused) {
                return ops::failed("a key must be a string", at);
            }
            // Usually there is one world only, and nothing to copy.
            if let (Some(Node::Bool(keep)), [row]) = (certain(&keep), &mut *rows) {
                match (keep, &result_key) {
                    (false, _) => continue,
                    (true, None) => {
                        row.items.push((None, None, result_value));
                        continue;
                    }
                    (true, Some(key)) => {
                        if let Some((text, span)) = certain_key(key) {
                            row.items.push((Some(text), span, result_value));
                            continue;
                        }
                    }
                }
            }
            let parts: usize = rows.iter().map(|row| row.items.len()).sum();
            if !scope.instance.afford(parts) {
                return unknown_for(expr, alternative, scope, at);
            }
            let mut next = Vec::new();
            for row in &rows {
                for choice in keep.alternatives() {
                    let Some(region) = row.region.and(&choice.region) else { continue };
                    let mut row = Row { region, ..row.clone() };
                    match &choice.node {
                        Node::Bool(false) => next.push(row),
                        Node::Bool(true) => next.extend(collect(row, &result_key, &result_value, at, scope)),
                        node => {
                            row.open = Some(opening(node, at, scope));
                            next.push(row);
                        }
                    }
                }
            }
            rows = next;
            if rows.len() > MAX_ALTERNATIVES {
                return unknown_for(expr, alternative, scope, at);
            }
        }
        // Which elements there are and what becomes of them depends on more than the collection.
        if let Some(open) = rows.iter().find_map(|row| row.open.clone()) {
            let open = form::opened("for", Code::For(expr), &[&alone(alternative)], &open, scope, at);
            let opened = rows.iter_mut().filter(|row| row.open.is_some());
            opened.for_each(|row| row.open = Some(open.clone()));
        }
        let alternatives = rows.into_iter().flat_map(|row| {
            let region = row.region.clone();
            let value = assemble(row, expr, scope, at);
            value
                .within(&region)
                .into_iter()
                .flat_map(|value| value.alternatives().to_vec())
                .collect::<Vec<_>>()
        });
        Value::from_alternatives(alternatives.collect())
    })
}

/// An element that is not looked at yet, as the expression at `at` has it. To Terraform, two uses of it have nothing
/// to do with each other.
fn unseen(name: &str, at: Span) -> Value {
    let atom = Atom::new(format!("{UNSEEN}{name}@{at:?}"), name);
    let reason = Reason::Unsupported("an element that is not looked at yet".into());
    Value::unknown(atom, reason, Certain::default(), Provenance::written(at))
}

const UNSEEN: &str = "unseen:";

/// What a name stands for where it is used at `at`.
fn used(name: &str, value: &Value, at: Span) -> Value {
    match value.single() {
        Some(Node::Unknown(unknown)) if unknown.atom.key().starts_with(UNSEEN) => unseen(name, at),
        _ => value.clone(),
    }
}

/// The failure of a condition that no element can meet. Terraform looks at the condition before it looks at the
/// elements, so that it fails even over none.
fn hopeless(condition: &Expr, expr: &ForExpr, scope: &Scope, at: Span) -> Option<Value> {
    let mut inner = scope.with(expr.value_var.clone(), unseen(&expr.value_var, at));
    if let Some(name) = &expr.key_var {
        inner = inner.with(name.clone(), unseen(name, at));
    }
    certain_failure(&to_bool(&eval(condition, &inner), at))
}

/// The node of a value that is the same in all worlds.
fn certain(value: &Value) -> Option<&Node> {
    match value.alternatives() {
        [only] if only.region.is_everywhere() => Some(&only.node),
        _ => None,
    }
}

/// The text of a key that is the same in all worlds, and where it is written.
fn certain_key(key: &Value) -> Option<(Arc<str>, Option<Span>)> {
    Some((key_text(certain(key)?)?, key.provenance().origin()))
}

/// Adds one element to a row; a key with alternatives makes several rows of it.
fn collect(mut row: Row, key: &Option<Value>, value: &Value, at: Span, scope: &Scope) -> Vec<Row> {
    let Some(key) = key else {
        row.items.push((None, None, value.clone()));
        return vec![row];
    };
    let mut rows = Vec::new();
    for alternative in key.alternatives() {
        let Some(region) = row.region.and(&alternative.region) else { continue };
        let mut row = Row { region, ..row.clone() };
        match key_text(&alternative.node) {
            Some(text) => row.items.push((Some(text), alternative.provenance.origin(), value.clone())),
            None => row.open = Some(opening(&alternative.node, at, scope)),
        }
        rows.push(row);
    }
    rows
}

fn assemble(row: Row, expr: &ForExpr, scope: &Scope, at: Span) -> Value {
    let whole = |node: Node| Value::new(node, Provenance::written(at));
    if expr.key.is_none() {
        let items = row.items.into_iter().map(|(_, _, value)| value).collect();
        return whole(Node::List(Arc::new(List::new(items, row.open))));
    }
    let mut map = Map { open: row.open, ..Map::default() };
    let mut groups: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, span, value) in row.items {
        let Some(key) = key else { continue };
        map.key_spans.insert(key.clone(), span.unwrap_or(at));
        if expr.grouping {
            groups.entry(key).or_default().push(value);
        } else if map.entries.insert(key.clone(), value).is_some() {
            let failed = ops::failed(format!("two elements have the key `{key}`"), at);
            if scope.strict {
                return failed;
            }
            // Terraform has no map then. Where it is not to be told, the other elements are still worth judging.
            map.entries.insert(key, failed);
        }
    }
    for (key, values) in groups {
        map.entries.insert(key, whole(Node::list(values)));
    }
    whole(Node::Map(Arc::new(map)))
}

/// A `for` over a collection of which nothing is known: an open list or map, so that what is added to it
/// later is still seen.
fn unknown_for(expr: &ForExpr, alternative: &Alternative, scope: &Scope, at: Span) -> Value {
    let kind = if expr.key.is_some() { Kind::Map } else { Kind::List };
    form::opaque("for", Code::For(expr), alternative, Certain::of_kind(kind), scope, at)
}

/// Marks a literal value as written in a certain capacity, such as a variable's default.
pub fn placed(value: Value, place: &Place) -> Value {
    let alternatives = value
        .alternatives()
        .iter()
        .map(|alternative| {
            let provenance = match (alternative.provenance.place(), alternative.provenance.origin()) {
                (Some(Place::Code), Some(span)) if alternative.provenance.hops().len() == 1 => {
                    Provenance::placed(span, place.clone())
                }
                _ => alternative.provenance.clone(),
            };
            Alternative { provenance, ..alternative.clone() }
        })
        .collect();
    Value::from_alternatives(alternatives)
}
