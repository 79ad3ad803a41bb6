//! What a Bicep expression becomes: a literal where a template can write one, else an expression of templates.

use std::sync::Arc;

use crate::resolve::arm::expr::{Code, Expr, ExprKind};
use crate::resolve::arm::tree::{Expression, Member, Node, NodeKind};
use crate::source::Span;
use crate::value::Reason;

/// Expressions of templates may be at most this high: what evaluates them walks them by recursion.
const MAX_HEIGHT: usize = 200;

/// A lowered expression.
#[derive(Debug, Clone)]
pub(super) struct Ir {
    pub span: Span,
    pub kind: IrKind,
}

#[derive(Debug, Clone)]
pub(super) enum IrKind {
    Null,
    Bool(bool),
    Int(i64),
    String(Arc<str>),
    Array(Vec<Ir>),
    /// Keys are strings or expressions.
    Object(Vec<(Ir, Ir)>),
    /// A loop: what it walks over, and what it makes of each.
    Loop(Box<(Ir, Ir)>),
    Ternary(Box<(Ir, Ir, Ir)>),
    /// A secret of a key vault: the vault's id, and the name and version of the secret.
    Secret(Box<Ir>, Vec<Ir>),
    /// An expression of templates, of which only the kind is new.
    Expr(ExprKind),
}

impl Ir {
    pub fn new(span: Span, kind: IrKind) -> Ir {
        Ir { span, kind }
    }

    pub fn string(span: Span, text: impl Into<Arc<str>>) -> Ir {
        Ir { span, kind: IrKind::String(text.into()) }
    }

    pub fn unknown(span: Span, why: impl Into<Arc<str>>) -> Ir {
        Ir::of(unknown(span, why))
    }

    pub fn of(expr: Expr) -> Ir {
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::String(text) => IrKind::String(text),
            ExprKind::Int(value) => IrKind::Int(value),
            kind => IrKind::Expr(kind),
        };
        Ir { span, kind }
    }

    /// The expression that stands for this inside another one.
    pub fn into_expr(self) -> Expr {
        let span = self.span;
        match self.kind {
            IrKind::Null => call(span, "null", vec![]),
            IrKind::Bool(value) => call(span, if value { "true" } else { "false" }, vec![]),
            // Templates have 32 bits for a number in an expression.
            IrKind::Int(value) if i32::try_from(value).is_err() => {
                call(span, "json", vec![string(span, value.to_string())])
            }
            IrKind::Int(value) => expr(span, ExprKind::Int(value)),
            IrKind::String(text) => expr(span, ExprKind::String(text)),
            IrKind::Array(items) => call(span, "createArray", items.into_iter().map(Ir::into_expr).collect()),
            IrKind::Object(members) => {
                let args = members.into_iter().flat_map(|(key, value)| [key.into_expr(), value.into_expr()]);
                call(span, "createObject", args.collect())
            }
            IrKind::Loop(..) => unknown(span, "a loop cannot stand within an expression"),
            IrKind::Secret(..) => unknown(span, "a secret cannot stand within an expression"),
            IrKind::Ternary(of) => {
                let (condition, then, otherwise) = *of;
                let args = vec![condition.into_expr(), then.into_expr(), otherwise.into_expr()];
                call(span, "if", args)
            }
            IrKind::Expr(kind) => expr(span, kind),
        }
    }

    /// The node of a template; `source` is the text of the file that the spans are of.
    pub fn into_node(self, source: &Arc<str>) -> Node {
        let span = self.span;
        let kind = match self.kind {
            IrKind::Null => NodeKind::Null,
            IrKind::Bool(value) => NodeKind::Bool(value),
            IrKind::Int(value) => NodeKind::Number(value.to_string().into()),
            IrKind::String(text) => NodeKind::String(text),
            IrKind::Array(items) => {
                NodeKind::Array(items.into_iter().map(|item| item.into_node(source)).collect())
            }
            IrKind::Object(members) => NodeKind::Object(object_members(members, source).into()),
            kind => return expression(Ir { span, kind }.into_expr(), source),
        };
        Node { span, kind }
    }
}

/// The members of an object; loops go into its `copy`.
pub(super) fn object_members(members: Vec<(Ir, Ir)>, source: &Arc<str>) -> Vec<Member> {
    let (loops, plain): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|(_, value)| matches!(value.kind, IrKind::Loop(..)));
    let mut out = Vec::with_capacity(plain.len() + 1);
    if let Some(first) = loops.first().map(|(key, _)| key.span) {
        let items = loops.into_iter().filter_map(|(key, value)| {
            let IrKind::Loop(of) = value.kind else { return None };
            let IrKind::String(name) = key.kind else { return None };
            Some(copy(value.span, Some((name, key.span)), *of, source))
        });
        let items = Node { span: first, kind: NodeKind::Array(items.collect()) };
        out.push(member("copy", first, items));
    }
    for (key, value) in plain {
        let value = value.into_node(source);
        match key.kind {
            // `copy` as a name would be read as a loop.
            IrKind::String(name) if name.eq_ignore_ascii_case("copy") => {
                let computed = call(key.span, "string", vec![string(key.span, "copy")]);
                out.push(computed_member(computed, value, source));
            }
            IrKind::String(name) => {
                out.push(Member { name, name_span: key.span, computed: None, value });
            }
            kind => out.push(computed_member(Ir { span: key.span, kind }.into_expr(), value, source)),
        }
    }
    out
}

fn computed_member(name: Expr, value: Node, source: &Arc<str>) -> Member {
    let written = source.get(name.span.start as usize..name.span.end as usize).unwrap_or("");
    Member {
        name: Arc::from(written),
        name_span: name.span,
        computed: Some(Box::new(Expression::new(Code { source: source.clone(), expr: name }))),
        value,
    }
}

/// An item of `copy`: its name, how often, and what.
pub(super) fn copy(
    span: Span,
    name: Option<(Arc<str>, Span)>,
    (list, body): (Ir, Ir),
    source: &Arc<str>,
) -> Node {
    let mut members = Vec::new();
    if let Some((name, span)) = name {
        members.push(member("name", span, Node { span, kind: NodeKind::String(name) }));
    }
    let list_span = list.span;
    let count = call(list_span, "length", vec![list.into_expr()]);
    members.push(member("count", list_span, expression(count, source)));
    let body_span = body.span;
    let input = match body.kind {
        IrKind::Object(_) | IrKind::String(_) => body.into_node(source),
        _ => expression(to_call(body.into_expr()), source),
    };
    members.push(member("input", body_span, input));
    Node { span, kind: NodeKind::Object(members.into()) }
}

pub(super) fn member(name: &str, span: Span, value: Node) -> Member {
    Member { name: Arc::from(name), name_span: span, computed: None, value }
}

pub(super) fn text(name: &str, span: Span, value: &str) -> Member {
    member(name, span, Node { span, kind: NodeKind::String(Arc::from(value)) })
}

pub(super) fn object(span: Span, members: Vec<Member>) -> Node {
    Node { span, kind: NodeKind::Object(members.into()) }
}

/// The node of an expression; a string or number is itself.
pub(super) fn expression(expr: Expr, source: &Arc<str>) -> Node {
    let span = expr.span;
    let kind = match expr.kind {
        ExprKind::String(text) => NodeKind::String(text),
        ExprKind::Int(value) => NodeKind::Number(value.to_string().into()),
        _ if height(&expr, 0) > MAX_HEIGHT => {
            let why = "the expression nests too deeply once all that it uses is written out";
            let kind = ExprKind::Unknown(Reason::Unclear(why.into()));
            let expr = Expr { kind, ..expr };
            NodeKind::Expr(Box::new(Expression::new(Code { source: source.clone(), expr })))
        }
        _ => NodeKind::Expr(Box::new(Expression::new(Code { source: source.clone(), expr }))),
    };
    Node { span, kind }
}

fn height(expr: &Expr, above: usize) -> usize {
    if above > MAX_HEIGHT {
        return 1;
    }
    1 + match &expr.kind {
        ExprKind::String(_) | ExprKind::Int(_) | ExprKind::Unknown(_) => 0,
        ExprKind::Call { args, .. } => args.iter().map(|arg| height(arg, above + 1)).max().unwrap_or(0),
        ExprKind::Property { base, .. } => height(base, above + 1),
        ExprKind::Index { base, index, .. } => height(base, above + 1).max(height(index, above + 1)),
    }
}

/// How many expressions an expression is made of.
pub(super) fn size(expr: &Expr) -> usize {
    1 + match &expr.kind {
        ExprKind::String(_) | ExprKind::Int(_) | ExprKind::Unknown(_) => 0,
        ExprKind::Call { args, .. } => args.iter().map(size).sum(),
        ExprKind::Property { base, .. } => size(base),
        ExprKind::Index { base, index, .. } => size(base) + size(index),
    }
}

/// What is not known, and why, as a sentence.
pub(super) fn unknown(span: Span, why: impl Into<Arc<str>>) -> Expr {
    expr(span, ExprKind::Unknown(Reason::Unclear(why.into())))
}

/// An expression written at a span: the range is in the text of the whole file.
pub(super) fn expr(span: Span, kind: ExprKind) -> Expr {
    Expr { span, range: (span.start as usize, span.end as usize), kind }
}

pub(super) fn string(span: Span, text: impl Into<Arc<str>>) -> Expr {
    expr(span, ExprKind::String(text.into()))
}

pub(super) fn call(span: Span, name: &str, args: Vec<Expr>) -> Expr {
    expr(span, ExprKind::Call { namespace: None, name: Arc::from(name), name_span: span, args })
}

/// Of what properties can be taken: literals are wrapped into calls.
pub(super) fn to_call(of: Expr) -> Expr {
    match of.kind {
        ExprKind::String(_) => call(of.span, "string", vec![of]),
        ExprKind::Int(_) => call(of.span, "int", vec![of]),
        _ => of,
    }
}

/// `base.name` or `base[index]`.
pub(super) fn append(span: Span, base: Expr, accessor: Expr) -> Expr {
    let base = Box::new(to_call(base));
    match accessor.kind {
        ExprKind::String(name) => expr(span, ExprKind::Property { base, name, safe: false }),
        _ => expr(span, ExprKind::Index { base, index: Box::new(accessor), safe: false }),
    }
}
