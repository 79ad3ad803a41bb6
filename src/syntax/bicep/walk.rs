//! What is directly within an expression: the one place that knows it for every kind of expression.

use super::tree::{Expr, ExprKind, Key, Property, Statement};

/// Something directly within an expression.
#[derive(Debug, Clone, Copy)]
pub enum Child<'e> {
    /// An expression that is an item of its own there: an element, an argument, a branch, the body of a loop.
    Item(&'e Expr),
    /// A property or a spread of an object.
    Property(&'e Property),
    /// A resource that is declared within another.
    Resource(&'e Statement),
    /// Any other expression: an operand, a condition, what is walked over, indexed or called upon.
    Part(&'e Expr),
}

impl<'e> Child<'e> {
    /// The expressions of this child: those of a property are its key, if that is a string, and its value. A resource
    /// has declarations of its own and none here.
    pub fn exprs(self) -> impl Iterator<Item = &'e Expr> {
        let [first, second] = match self {
            Child::Item(expr) | Child::Part(expr) => [Some(expr), None],
            Child::Property(property) => match &property.key {
                Key::String(key) => [Some(key), Some(&property.value)],
                Key::Name(_) | Key::Spread | Key::Error => [None, Some(&property.value)],
            },
            Child::Resource(_) => [None, None],
        };
        first.into_iter().chain(second)
    }
}

impl Expr {
    /// What is directly within this expression, in the order of the text.
    pub fn children<'e>(&'e self, visit: impl FnMut(Child<'e>)) {
        self.kind.children(visit);
    }

    /// The expressions directly within this one, in the order of the text.
    pub fn child_exprs<'e>(&'e self, mut visit: impl FnMut(&'e Expr)) {
        self.kind.children(|child| child.exprs().for_each(&mut visit));
    }
}

impl ExprKind {
    /// See [`Expr::children`].
    pub(super) fn children<'e>(&'e self, mut visit: impl FnMut(Child<'e>)) {
        match self {
            ExprKind::Error
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::String(_)
            | ExprKind::Symbol(_) => {}
            ExprKind::Interpolation(_, holes) => holes.iter().for_each(|hole| visit(Child::Part(hole))),
            ExprKind::Array(items) => items.iter().for_each(|item| visit(Child::Item(&item.value))),
            ExprKind::Object(object) => {
                object.properties.iter().for_each(|property| visit(Child::Property(property)));
                object.resources.iter().for_each(|resource| visit(Child::Resource(resource)));
            }
            ExprKind::For(of) => {
                visit(Child::Part(&of.list));
                visit(Child::Item(&of.body));
            }
            ExprKind::If(of) => {
                visit(Child::Part(&of.condition));
                visit(Child::Part(&of.body));
            }
            ExprKind::Lambda(lambda) => visit(Child::Part(&lambda.body)),
            ExprKind::Call(call) => {
                call.base.iter().for_each(|base| visit(Child::Part(base)));
                call.args.iter().for_each(|arg| visit(Child::Item(arg)));
            }
            ExprKind::Paren(inner)
            | ExprKind::NonNull(inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Property { base: inner, .. }
            | ExprKind::Nested { base: inner, .. } => visit(Child::Part(inner)),
            ExprKind::Index { base, index, .. } => {
                visit(Child::Part(base));
                visit(Child::Part(index));
            }
            ExprKind::Binary(_, of) => {
                visit(Child::Part(&of.0));
                visit(Child::Part(&of.1));
            }
            ExprKind::Ternary(of) => {
                visit(Child::Item(&of.0));
                visit(Child::Item(&of.1));
                visit(Child::Item(&of.2));
            }
        }
    }
}
