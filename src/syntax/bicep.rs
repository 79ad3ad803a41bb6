//! The Bicep language: templates (`.bicep`) and parameter files (`.bicepparam`), bytes to a tree with spans.
//!
//! The grammar is that of Bicep's public repository (docs/grammar.md), and so is the way errors are
//! overcome: what is damaged is skipped up to a token that may stand there, so that a file with errors
//! still gives its healthy declarations. Tokens and trivia of [`tokens`] tile the file: nothing is lost.

mod expressions;
mod lexer;
mod parser;
mod statements;
#[cfg(test)]
mod tests;
mod tree;
mod types;
mod walk;

use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;

pub use lexer::{Kind as TokenKind, Token, tokens};
pub use tree::{
    BinaryOp, Call, Decorator, Directive, Expr, ExprKind, For, Function, If, Import, Imported,
    ImportedSymbol, Item, Key, Lambda, LambdaParameter, Name, Object, Piece, Property, Resource, Statement,
    StatementKind, TypeExpr, TypeKey, TypeKind, TypeProperty, UnaryOp,
};
pub use walk::Child;

/// Expressions and types nest at most this deep, and trees are at most this high.
pub const MAX_DEPTH: usize = 128;

/// What a file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `.bicep`.
    Template,
    /// `.bicepparam`.
    Parameters,
}

/// A file as parsed.
#[derive(Debug, Default)]
pub struct Program {
    /// Declarations in the order of the file. Damaged ones are there as far as they could be read.
    pub statements: Vec<Statement>,
    /// Comments with their markers, without the line break, in the order of the file.
    pub comments: Vec<Span>,
    /// `#disable-next-line` and its kin, in the order of the file.
    pub directives: Vec<Directive>,
    /// What is wrong, in the order of the file.
    pub errors: Vec<SyntaxError>,
}

/// Reads a file. Never fails: see [`Program::errors`]. A leading byte order mark is skipped; spans count it.
pub fn parse(file: FileId, text: &str, dialect: Dialect) -> Program {
    parser::parse(file, text, dialect)
}
