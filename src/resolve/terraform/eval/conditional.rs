//! Conditionals, whose two results become one type.

use std::collections::BTreeMap;

use super::super::{functions, types};
use super::{
    Scope, certain_failure, eval, hopeless, key_text, object_key, of_kind, to_bool, traversal, whole,
};
use crate::source::Span;
use crate::syntax::hcl::{Expr, ExprKind, Step, StepKind};
use crate::value::{Alternative, Attribute, Node, Type, Value, ops};

/// What a branch of a conditional gives, and its type. One that fails has a type all the same, as far as its form
/// tells, to which the other branch is converted.
pub(super) fn branch(expr: &Expr, scope: &Scope) -> (Value, Type) {
    let scope = &Scope { forgiven: true, ..scope.clone() };
    let value = eval(expr, scope);
    let ty = match certain_failure(&value) {
        Some(_) if scope.strict => failed_type(expr, scope).unwrap_or_else(|| types::type_of(&value)),
        _ => types::type_of(&value),
    };
    (value, ty)
}

/// The type that Terraform still gives what an expression that fails was to become; `None` where the failure says it.
fn failed_type(expr: &Expr, scope: &Scope) -> Option<Type> {
    match &expr.kind {
        ExprKind::Paren(inner) => failed_type(inner, scope),
        // Their parts fail, and the whole is still a tuple or an object.
        ExprKind::Array(items) => Some(Type::Tuple(items.iter().map(|item| branch(item, scope).1).collect())),
        ExprKind::Object(items) => {
            let mut attributes = BTreeMap::new();
            for item in items {
                let key = object_key(&item.key, scope);
                let Some(key) = key.single().and_then(key_text) else { return Some(Type::Any) };
                attributes.insert(key, Attribute::required(branch(&item.value, scope).1));
            }
            Some(Type::Object(attributes))
        }
        ExprKind::For(inner) => {
            let refused = |condition| hopeless(condition, inner, scope, expr.span).is_some();
            if inner.condition.as_ref().is_some_and(refused) {
                return Some(Type::Any);
            }
            let value = eval(expr, &Scope { strict: false, ..scope.clone() });
            match value.single() {
                Some(Node::List(list)) if list.open.is_some() => Some(Type::Any),
                Some(Node::Map(map)) if map.open.is_some() => Some(Type::Any),
                _ => Some(types::type_of(&value)),
            }
        }
        ExprKind::Conditional(condition, then, otherwise) => {
            let (then, otherwise) = (branch(then, scope), branch(otherwise, scope));
            match result_type(&then, &otherwise) {
                // Without a type in common the chosen result keeps its own.
                Some(Type::Any) => match to_bool(&eval(condition, scope), expr.span).single() {
                    Some(Node::Bool(true)) => Some(then.1),
                    Some(Node::Bool(false)) => Some(otherwise.1),
                    _ => Some(Type::Any),
                },
                ty => Some(ty.unwrap_or(Type::Any)),
            }
        }
        ExprKind::Traversal(root, steps) => {
            let is_splat = |step: &Step| matches!(step.kind, StepKind::AttrSplat | StepKind::FullSplat);
            let Some(splat) = steps.iter().position(is_splat) else {
                certain_failure(&eval(root, scope))?;
                return failed_type(root, scope).map(|ty| types::after(&ty, steps));
            };
            let (before, after) = (steps.get(..splat)?, steps.get(splat + 1..)?);
            types::of_failed_splat(&traversal(root, before, scope, expr.span), after)
        }
        _ => None,
    }
}

/// The type that both results of a conditional are converted to; `None` if they are of types that have none in common.
/// As `ConditionalExpr.Value` of the library hcl: a null without a type becomes one of the other's type, and what has
/// no type otherwise is left alone.
fn result_type(then: &(Value, Type), otherwise: &(Value, Type)) -> Option<Type> {
    let is_plain_null = |(value, ty): &(Value, Type)| {
        *ty == Type::Any && value.alternatives().iter().all(|one| matches!(one.node, Node::Null(_)))
    };
    if is_plain_null(then) {
        Some(otherwise.1.clone())
    } else if is_plain_null(otherwise) {
        Some(then.1.clone())
    } else if then.1 == Type::Any || otherwise.1 == Type::Any {
        Some(Type::Any)
    } else {
        types::unify(&[then.1.clone(), otherwise.1.clone()])
    }
}

/// `condition ? then : otherwise`. Both results are worked out, since they are converted to one type.
pub(super) fn conditional(
    condition: &Value,
    mut then: (Value, Type),
    mut otherwise: (Value, Type),
    scope: &Scope,
    at: Span,
) -> Value {
    let mut kind = Some(&then.1).filter(|ty| ty.is_primitive()).and_then(Type::kind);
    if then.1 != otherwise.1 && functions::is_bounded(&[then.0.clone(), otherwise.0.clone()]) {
        match result_type(&then, &otherwise) {
            Some(Type::Any) => kind = None,
            Some(ty) => {
                kind = Some(&ty).filter(|ty| ty.is_primitive()).and_then(Type::kind);
                let converted = |(value, have): &(Value, Type), other: &Type| {
                    if *have == ty {
                        return value.clone();
                    }
                    let value = match types::by_way_of_collection(value, have, other, &ty, at) {
                        Some(value) => value,
                        None => types::convert_plainly(value, &ty, at),
                    };
                    whole(value, scope)
                };
                (then.0, otherwise.0) = (converted(&then, &otherwise.1), converted(&otherwise, &then.1));
            }
            // Only in `try` and `can` is it worth while to insist.
            None if scope.strict => return ops::failed("the results are of different types", at),
            None => {}
        }
    }
    let broken = |_: &Alternative| ops::failed("the condition is neither true nor false", at);
    let result = ops::select(&to_bool(condition, at), at, || then.0, || otherwise.0, broken);
    match kind.filter(|_| scope.strict) {
        Some(kind) => of_kind(result, kind),
        None => result,
    }
}
