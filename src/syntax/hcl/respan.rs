//! Moves a parsed piece to where it is written: the text that was parsed may be what another notation's string
//! decodes to, and its offsets then count in no file.

use super::{Expr, ExprKind, ObjectItem, ObjectKey, Step, StepKind, TemplatePart};
use crate::source::Span;

/// The expression with every span mapped.
pub(super) fn expr(expr: Expr, to: &dyn Fn(Span) -> Span) -> Expr {
    Expr { kind: kind(expr.kind, to), span: to(expr.span) }
}

/// The parts of a template with every span mapped.
pub(super) fn parts(parts: Vec<TemplatePart>, to: &dyn Fn(Span) -> Span) -> Vec<TemplatePart> {
    parts.into_iter().map(|each| part(each, to)).collect()
}

fn part(part: TemplatePart, to: &dyn Fn(Span) -> Span) -> TemplatePart {
    match part {
        TemplatePart::Literal(text, span) => TemplatePart::Literal(text, to(span)),
        TemplatePart::Interpolation(inner) => TemplatePart::Interpolation(expr(inner, to)),
        TemplatePart::If { cond, then, otherwise } => {
            TemplatePart::If { cond: expr(cond, to), then: parts(then, to), otherwise: parts(otherwise, to) }
        }
        TemplatePart::For { key_var, value_var, collection, body } => {
            TemplatePart::For { key_var, value_var, collection: expr(collection, to), body: parts(body, to) }
        }
    }
}

fn kind(kind: ExprKind, to: &dyn Fn(Span) -> Span) -> ExprKind {
    let one = |inner: Expr| expr(inner, to);
    let boxed = |inner: Box<Expr>| Box::new(expr(*inner, to));
    let all = |inner: Vec<Expr>| inner.into_iter().map(|each| expr(each, to)).collect();
    match kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_) => kind,
        ExprKind::Template(inner) => ExprKind::Template(parts(inner, to)),
        ExprKind::Array(items) => ExprKind::Array(all(items)),
        ExprKind::Object(items) => ExprKind::Object(items.into_iter().map(|each| item(each, to)).collect()),
        ExprKind::Traversal(root, steps) => {
            ExprKind::Traversal(boxed(root), steps.into_iter().map(|each| step(each, to)).collect())
        }
        ExprKind::Call { name, name_span, args, expand_final } => {
            ExprKind::Call { name, name_span: to(name_span), args: all(args), expand_final }
        }
        ExprKind::Paren(inner) => ExprKind::Paren(boxed(inner)),
        ExprKind::Unary(op, inner) => ExprKind::Unary(op, boxed(inner)),
        ExprKind::Binary(op, left, right) => ExprKind::Binary(op, boxed(left), boxed(right)),
        ExprKind::Conditional(condition, then, otherwise) => {
            ExprKind::Conditional(boxed(condition), boxed(then), boxed(otherwise))
        }
        ExprKind::For(mut inner) => {
            inner.collection = one(inner.collection);
            inner.key = inner.key.map(one);
            inner.value = one(inner.value);
            inner.condition = inner.condition.map(one);
            ExprKind::For(inner)
        }
    }
}

fn item(item: ObjectItem, to: &dyn Fn(Span) -> Span) -> ObjectItem {
    let key = match item.key {
        ObjectKey::Name(name, span) => ObjectKey::Name(name, to(span)),
        ObjectKey::Expr(key) => ObjectKey::Expr(expr(key, to)),
    };
    ObjectItem { key, value: expr(item.value, to) }
}

fn step(step: Step, to: &dyn Fn(Span) -> Span) -> Step {
    let kind = match step.kind {
        StepKind::Index(index) => StepKind::Index(expr(index, to)),
        other => other,
    };
    Step { kind, span: to(step.span) }
}
