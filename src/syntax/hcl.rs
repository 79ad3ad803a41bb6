//! HCL native syntax: a tree with exact spans, in our own types.
//!
//! The tree says what is written, not what it means: nothing is evaluated, and it knows no Terraform. Its
//! types do not mention the parser that fills them, so that another notation of the same language (Terraform's
//! JSON) can build the same tree.
//!
//! Where the [HCL specification](https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md) and Terraform's
//! own parser leave a choice, the tree follows Terraform's parser: white space that a template marker strips,
//! the indentation of `<<-` heredocs, and repeated object keys (the last one wins) come out as it has them.

use std::sync::Arc;

use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;

mod convert;
pub mod json;
mod recover;
mod respan;
mod scan;
mod template;
#[cfg(test)]
mod tests;

/// Files longer than this many bytes are refused. Hand-written HCL is a thousandth of it; the limit bounds the
/// time that a hostile file can take.
pub const MAX_BYTES: usize = 4 << 20;

/// A parsed file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Everything in it; its span is the whole text after a byte order mark.
    pub body: Body,
}

/// The inside of a file or of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// `name = expr`, in source order.
    pub attributes: Vec<Attribute>,
    /// `kind "label" { … }`, in source order.
    pub blocks: Vec<Block>,
    /// The whole body; a block's includes its braces.
    pub span: Span,
}

impl Body {
    /// The attribute of that name. HCL rejects a body that defines one twice.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    /// The blocks of one kind, in source order.
    pub fn blocks_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

/// `name = expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub expr: Expr,
    /// From the name to the end of the value.
    pub span: Span,
}

/// `kind "label" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The first word.
    pub kind: Arc<str>,
    /// Where the first word stands.
    pub kind_span: Span,
    /// The labels, decoded; their spans include quotes where they are quoted.
    pub labels: Vec<(Arc<str>, Span)>,
    /// The part in braces.
    pub body: Body,
    /// From the first word to the closing brace.
    pub span: Span,
    /// From the first word to the last label: what a reader would point at.
    pub header: Span,
}

/// An expression and where it is written, without the white space around it.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The whole expression; strings include their quotes, heredocs their markers.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The digits exactly as written (`1.30`, `1e3`), never signed: `-1` is [`UnaryOp::Negate`] of `1`, as in HCL.
    Number(Box<str>),
    /// A quoted string or heredoc without interpolation or directive, decoded.
    String(Arc<str>),
    /// A quoted string or heredoc with interpolations or directives. One that consists of a single interpolation
    /// and nothing else has that expression's value and type; any other is a string.
    Template(Vec<TemplatePart>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `{ a = b }`. A key may occur twice; the last one wins.
    Object(Vec<ObjectItem>),
    /// The first name of a reference, such as `var`.
    Variable(Arc<str>),
    /// What follows a value with dots and brackets, from left to right.
    Traversal(Box<Expr>, Vec<Step>),
    /// A function call.
    Call {
        /// The name, `provider::x::f` where it has namespaces.
        name: Arc<str>,
        /// The name with its namespaces.
        name_span: Span,
        /// The arguments.
        args: Vec<Expr>,
        /// The last argument is followed by `...`.
        expand_final: bool,
    },
    /// `(a)`
    Paren(Box<Expr>),
    /// `!a`, `-a`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `condition ? then : otherwise`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[for …]`, `{for …}`
    For(Box<ForExpr>),
}

/// `key = value` in an object.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectItem {
    /// The key.
    pub key: ObjectKey,
    /// The value.
    pub value: Expr,
}

/// The key of an object item.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectKey {
    /// A bare word, which stands for itself (`null` and `true` too).
    Name(Arc<str>, Span),
    /// Anything else: a string, a number, or an expression in parentheses.
    Expr(Expr),
}

impl ObjectKey {
    /// Where the key is written.
    pub fn span(&self) -> Span {
        match self {
            ObjectKey::Name(_, span) => *span,
            ObjectKey::Expr(expr) => expr.span,
        }
    }
}

/// One step of a traversal.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which way.
    pub kind: StepKind,
    /// The whole reference up to and including this step.
    pub span: Span,
}

/// What a traversal's step does.
#[derive(Debug, Clone, PartialEq)]
pub enum StepKind {
    /// `.name`
    GetAttr(Arc<str>),
    /// `[expr]`
    Index(Expr),
    /// `.0`
    LegacyIndex(u64),
    /// `.*`: only the `.name` steps that follow apply to each element.
    AttrSplat,
    /// `[*]`: all steps that follow apply to each element.
    FullSplat,
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// An operator with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The operators of the specification, by their usual names.
pub enum BinaryOp {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
}

/// `[for key, value in collection : … if condition]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ForExpr {
    /// The name before the comma.
    pub key_var: Option<Arc<str>>,
    /// The name of the element.
    pub value_var: Arc<str>,
    /// What is iterated.
    pub collection: Expr,
    /// Left of `=>`: present exactly where the result is an object.
    pub key: Option<Expr>,
    /// The element of the result.
    pub value: Expr,
    /// After `if`.
    pub condition: Option<Expr>,
    /// `...` after the value: values of one key are collected into a list.
    pub grouping: bool,
}

/// A piece of a template, white space already stripped as its markers say.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Text, decoded, and the source that it came from. Text that a marker stripped to nothing stays as an empty
    /// literal, because its presence makes the template a string.
    Literal(Arc<str>, Span),
    /// `${expr}`
    Interpolation(Expr),
    /// `%{ if cond }…%{ else }…%{ endif }`
    If {
        /// The condition.
        cond: Expr,
        /// The text when it holds.
        then: Vec<TemplatePart>,
        /// The text when it does not.
        otherwise: Vec<TemplatePart>,
    },
    /// `%{ for key, value in collection }…%{ endfor }`
    For {
        /// The name before the comma.
        key_var: Option<Arc<str>>,
        /// The name of the element.
        value_var: Arc<str>,
        /// What is iterated.
        collection: Expr,
        /// The text of each round.
        body: Vec<TemplatePart>,
    },
}

/// Parses a file of HCL native syntax. `text` is the file as it lies on disk, byte order mark included.
///
/// Never fails: what cannot be parsed is left out, and each such piece (usually one top-level block) is one
/// error. The pieces around it are in the tree.
pub fn parse(file: FileId, text: &str) -> (File, Vec<SyntaxError>) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let (body, errors) = recover::parse_body(file, body, base);
    (File { body }, errors)
}

/// Parses a template that stands alone, such as a file read by Terraform's `templatefile`. Spans count from
/// `base_offset`, the offset of `text` in `file`.
///
/// A template with an error has no parts: there is no sensible piece of it to keep.
pub fn parse_template(file: FileId, text: &str, base_offset: usize) -> (Vec<TemplatePart>, Vec<SyntaxError>) {
    recover::parse_template(file, text, base_offset)
}

/// The comments of a file, with their markers and without the line break that ends them, in order. Found also
/// where the file does not parse.
pub fn comments(file: FileId, text: &str) -> Vec<Span> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - body.len();
    let comments = scan::atoms(body).filter(|atom| atom.kind == scan::Kind::Comment);
    comments.map(|atom| Span::new(file, base + atom.range.start, base + atom.range.end)).collect()
}
