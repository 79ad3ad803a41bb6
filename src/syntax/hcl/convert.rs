//! From the parser's tree to ours.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{self as edit, Expression, TraversalOperator};
use hcl_edit::structure::{self, Structure};
use hcl_edit::{Decorated, Ident};

use super::{
    Attribute, BinaryOp, Block, Body, Expr, ExprKind, ForExpr, ObjectItem, ObjectKey, Step, StepKind, UnaryOp,
};
use crate::source::{FileId, Span};

/// Converts what was parsed from `text`, which lies at `base` in `file`. The parser may have seen another text
/// with the same offsets; what is decoded is decoded from this one.
#[derive(Clone, Copy)]
pub(super) struct Converter<'a> {
    pub(super) file: FileId,
    pub(super) text: &'a str,
    pub(super) base: usize,
}

impl Converter<'_> {
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, self.base + range.start, self.base + range.end)
    }

    pub(super) fn source(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    pub(super) fn body(&self, body: &structure::Body, range: Range<usize>) -> Body {
        let mut attributes = Vec::new();
        let mut blocks = Vec::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => attributes.push(self.attribute(attribute, &range)),
                Structure::Block(block) => blocks.push(self.block(block, &range)),
            }
        }
        Body { attributes, blocks, span: self.span(range) }
    }

    fn attribute(&self, attribute: &structure::Attribute, within: &Range<usize>) -> Attribute {
        let range = attribute.span().unwrap_or_else(|| within.clone());
        let (name, name_span) = self.name(&attribute.key, &range);
        let expr = self.expr(&attribute.value, &range);
        Attribute { name, name_span, span: name_span.join(expr.span), expr }
    }

    fn block(&self, block: &structure::Block, within: &Range<usize>) -> Block {
        let range = block.span().unwrap_or_else(|| within.clone());
        let (kind, kind_span) = self.name(&block.ident, &range);
        let mut header_end = block.ident.span().map_or(range.start, |ident| ident.end);
        let mut labels = Vec::with_capacity(block.labels.len());
        for label in &block.labels {
            let at = label.span().unwrap_or_else(|| range.clone());
            header_end = at.end;
            let text = match label {
                structure::BlockLabel::String(_) => super::template::unquoted(self.source(at.clone())),
                structure::BlockLabel::Ident(ident) => Arc::from(ident.as_str()),
            };
            labels.push((text, self.span(at)));
        }
        let body_range = self.open_brace(header_end, range.end)..range.end;
        Block {
            kind,
            kind_span,
            labels,
            body: self.body(&block.body, body_range),
            header: self.span(range.start..header_end),
            span: self.span(range),
        }
    }

    /// The brace that opens a block, after its header and perhaps comments.
    fn open_brace(&self, header_end: usize, end: usize) -> usize {
        super::scan::atoms(self.source(header_end..end))
            .find(|atom| atom.kind == super::scan::Kind::Open(b'{'))
            .map_or(header_end, |atom| header_end + atom.range.start)
    }

    fn name(&self, name: &Decorated<Ident>, within: &Range<usize>) -> (Arc<str>, Span) {
        let range = name.span().unwrap_or_else(|| within.clone());
        (Arc::from(name.as_str()), self.span(range))
    }

    /// Converts an expression; `within` stands in for a span that the parser did not record.
    pub(super) fn expr(&self, expr: &Expression, within: &Range<usize>) -> Expr {
        let range = expr.span().unwrap_or_else(|| within.clone());
        let boxed = |expr: &Expression| Box::new(self.expr(expr, &range));
        let kind = match expr {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(_) => return self.number(range),
            Expression::String(_) => ExprKind::String(super::template::unquoted(self.source(range.clone()))),
            Expression::StringTemplate(template) => self.quoted_template(template),
            Expression::HeredocTemplate(heredoc) => {
                let indented = self.source(range.clone()).starts_with("<<-");
                self.heredoc_template(&heredoc.template, indented)
            }
            Expression::Array(array) => {
                ExprKind::Array(array.iter().map(|element| self.expr(element, &range)).collect())
            }
            Expression::Object(object) => ExprKind::Object(
                object.iter().map(|(key, value)| self.object_item(key, value, &range)).collect(),
            ),
            Expression::Parenthesis(inner) => ExprKind::Paren(boxed(inner.inner())),
            Expression::Variable(name) => ExprKind::Variable(Arc::from(name.as_str())),
            Expression::Conditional(conditional) => ExprKind::Conditional(
                boxed(&conditional.cond_expr),
                boxed(&conditional.true_expr),
                boxed(&conditional.false_expr),
            ),
            Expression::FuncCall(call) => self.call(call, &range),
            Expression::Traversal(traversal) => self.traversal(traversal, &range),
            Expression::UnaryOp(operation) => {
                let operator = match operation.operator.value() {
                    edit::UnaryOperator::Neg => UnaryOp::Negate,
                    edit::UnaryOperator::Not => UnaryOp::Not,
                };
                ExprKind::Unary(operator, boxed(&operation.expr))
            }
            Expression::BinaryOp(operation) => ExprKind::Binary(
                binary_operator(*operation.operator.value()),
                boxed(&operation.lhs_expr),
                boxed(&operation.rhs_expr),
            ),
            Expression::ForExpr(for_expr) => ExprKind::For(Box::new(self.for_expr(for_expr, &range))),
        };
        Expr { kind, span: self.span(range) }
    }

    /// A number as written. The parser takes a minus sign for part of it; in HCL it is an operator.
    fn number(&self, range: Range<usize>) -> Expr {
        let written = self.source(range.clone());
        let digits = written.trim_start_matches(|c: char| !c.is_ascii_digit());
        let number = Expr {
            kind: ExprKind::Number(Box::from(digits)),
            span: self.span(range.end - digits.len()..range.end),
        };
        if written.starts_with('-') {
            return Expr { kind: ExprKind::Unary(UnaryOp::Negate, Box::new(number)), span: self.span(range) };
        }
        number
    }

    fn object_item(
        &self,
        key: &edit::ObjectKey,
        value: &edit::ObjectValue,
        within: &Range<usize>,
    ) -> ObjectItem {
        let range = key.span().unwrap_or_else(|| within.clone());
        let key = match key {
            edit::ObjectKey::Ident(name) => ObjectKey::Name(Arc::from(name.as_str()), self.span(range)),
            edit::ObjectKey::Expression(Expression::Null(_) | Expression::Bool(_)) => {
                ObjectKey::Name(Arc::from(self.source(range.clone())), self.span(range))
            }
            edit::ObjectKey::Expression(expr) => ObjectKey::Expr(self.expr(expr, &range)),
        };
        ObjectItem { key, value: self.expr(value.expr(), within) }
    }

    fn call(&self, call: &edit::FuncCall, within: &Range<usize>) -> ExprKind {
        let (last, mut name_span) = self.name(&call.name.name, within);
        let mut name = String::new();
        for (i, part) in call.name.namespace.iter().enumerate() {
            let (part, span) = self.name(part, within);
            if i == 0 {
                name_span = span.join(name_span);
            }
            name.push_str(&part);
            name.push_str("::");
        }
        name.push_str(&last);
        ExprKind::Call {
            name: Arc::from(name),
            name_span,
            args: call.args.iter().map(|arg| self.expr(arg, within)).collect(),
            expand_final: call.args.expand_final(),
        }
    }

    fn traversal(&self, traversal: &edit::Traversal, within: &Range<usize>) -> ExprKind {
        let root = self.expr(&traversal.expr, within);
        let steps = traversal
            .operators
            .iter()
            .map(|operator| {
                let range = operator.span().unwrap_or_else(|| within.clone());
                let kind = match operator.value() {
                    TraversalOperator::AttrSplat(_) => StepKind::AttrSplat,
                    TraversalOperator::FullSplat(_) => StepKind::FullSplat,
                    TraversalOperator::GetAttr(name) => StepKind::GetAttr(Arc::from(name.as_str())),
                    TraversalOperator::Index(index) => StepKind::Index(self.expr(index, &range)),
                    TraversalOperator::LegacyIndex(index) => StepKind::LegacyIndex(*index.value()),
                };
                Step { kind, span: root.span.join(self.span(range)) }
            })
            .collect();
        ExprKind::Traversal(Box::new(root), steps)
    }

    fn for_expr(&self, for_expr: &edit::ForExpr, within: &Range<usize>) -> ForExpr {
        ForExpr {
            key_var: for_expr.intro.key_var.as_ref().map(|name| Arc::from(name.as_str())),
            value_var: Arc::from(for_expr.intro.value_var.as_str()),
            collection: self.expr(&for_expr.intro.collection_expr, within),
            key: for_expr.key_expr.as_ref().map(|key| self.expr(key, within)),
            value: self.expr(&for_expr.value_expr, within),
            condition: for_expr.cond.as_ref().map(|condition| self.expr(&condition.expr, within)),
            grouping: for_expr.grouping,
        }
    }
}

fn binary_operator(operator: edit::BinaryOperator) -> BinaryOp {
    match operator {
        edit::BinaryOperator::Eq => BinaryOp::Equal,
        edit::BinaryOperator::NotEq => BinaryOp::NotEqual,
        edit::BinaryOperator::Less => BinaryOp::Less,
        edit::BinaryOperator::LessEq => BinaryOp::LessEqual,
        edit::BinaryOperator::Greater => BinaryOp::Greater,
        edit::BinaryOperator::GreaterEq => BinaryOp::GreaterEqual,
        edit::BinaryOperator::Plus => BinaryOp::Add,
        edit::BinaryOperator::Minus => BinaryOp::Subtract,
        edit::BinaryOperator::Mul => BinaryOp::Multiply,
        edit::BinaryOperator::Div => BinaryOp::Divide,
        edit::BinaryOperator::Mod => BinaryOp::Modulo,
        edit::BinaryOperator::And => BinaryOp::And,
        edit::BinaryOperator::Or => BinaryOp::Or,
    }
}
