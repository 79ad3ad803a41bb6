//! What all parts of the parser share: looking at tokens, and overcoming errors.
//!
//! A part of the grammar that cannot go on fails; the nearest enclosing part that knows where it could go on
//! skips up to there ([`Parser::recover`]). One error is reported for all that is skipped, and none where
//! nothing is there because what stood before was missing already.

use std::borrow::Cow;

use super::lexer::{self, Kind, MAX_ERRORS, Token};
use super::tree::{Expr, ExprKind, Name, TypeExpr, TypeKind};
use super::{Dialect, MAX_DEPTH, Program};
use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;

/// What stopped a part of the grammar.
#[derive(Debug)]
pub(super) struct Failure(pub Cow<'static, str>);

pub(super) type Outcome<T> = Result<T, Failure>;

/// Something was skipped; `empty` if there was nothing to skip.
#[derive(Debug, Clone, Copy)]
pub(super) struct Skipped {
    pub span: Span,
    pub empty: bool,
}

/// Whether an error about what follows would only repeat the one about what is missing here.
pub(super) fn missing<T>(part: &Result<T, Skipped>) -> bool {
    matches!(part, Err(Skipped { empty: true, .. }))
}

/// Kinds of token at which skipping stops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until(u64);

impl Until {
    pub const fn new(kinds: &[Kind]) -> Until {
        let mut bits = 0;
        let mut at = 0;
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u64;
            at += 1;
        }
        Until(bits)
    }

    fn has(self, kind: Kind) -> bool {
        self.0 >> (kind as u64) & 1 == 1
    }
}

pub(super) const NEW_LINE: Until = Until::new(&[Kind::NewLine]);

pub(super) fn parse(file: FileId, text: &str, dialect: Dialect) -> Program {
    let lexed = lexer::lex(file, text);
    let mut parser = Parser {
        file,
        text,
        dialect,
        tokens: &lexed.tokens,
        at: 0,
        depth: 0,
        errors: Vec::new(),
        lexical: &lexed.errors,
    };
    let statements = parser.program();
    let mut errors = parser.errors;
    errors.extend(lexed.errors.iter().cloned());
    errors.sort_by_key(|error| (error.span.start, error.span.end));
    errors.truncate(MAX_ERRORS);
    Program { statements, comments: lexed.comments, directives: lexed.directives, errors }
}

pub(super) struct Parser<'t> {
    pub file: FileId,
    pub text: &'t str,
    pub dialect: Dialect,
    tokens: &'t [Token],
    at: usize,
    /// How many expressions and types are being read.
    depth: usize,
    errors: Vec<SyntaxError>,
    lexical: &'t [SyntaxError],
}

impl<'t> Parser<'t> {
    /// The token that is `ahead` of the next; the last token, which is the end, stands for all behind it.
    pub fn ahead(&self, ahead: usize) -> Token {
        let last = Token { kind: Kind::End, flag: false, escaped: false, trim: (0, 0), start: 0, end: 0 };
        self.tokens.get(self.at + ahead).or(self.tokens.last()).copied().unwrap_or(last)
    }

    pub fn peek(&self) -> Token {
        self.ahead(0)
    }

    pub fn kind(&self) -> Kind {
        self.peek().kind
    }

    pub fn is(&self, kind: Kind) -> bool {
        self.kind() == kind
    }

    /// The next token that is no line break, from `ahead` on.
    pub fn behind_lines(&self, ahead: usize) -> Token {
        let mut ahead = ahead;
        while self.ahead(ahead).kind == Kind::NewLine {
            ahead += 1;
        }
        self.ahead(ahead)
    }

    pub fn position(&self) -> usize {
        self.at
    }

    /// Takes the next token; the end is never taken.
    pub fn read(&mut self) -> Token {
        let token = self.peek();
        self.at += usize::from(token.kind != Kind::End);
        token
    }

    pub fn eat(&mut self, kind: Kind) -> bool {
        let found = self.is(kind);
        if found {
            self.read();
        }
        found
    }

    pub fn new_lines(&mut self) {
        while self.eat(Kind::NewLine) {}
    }

    pub fn text_of(&self, token: Token) -> &'t str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    pub fn is_word(&self, token: Token, word: &str) -> bool {
        token.kind == Kind::Identifier && self.text_of(token) == word
    }

    /// Takes the next token if it is this word.
    pub fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(self.peek(), word);
        if found {
            self.read();
        }
        found
    }

    pub fn span_of(&self, token: Token) -> Span {
        Span { file: self.file, start: token.start, end: token.end }
    }

    /// From the token at a position to the last one taken; empty if none was.
    pub fn span_from(&self, position: usize) -> Span {
        let start = self.tokens.get(position).map_or(self.peek().start, |token| token.start);
        let end = self.at.checked_sub(1).filter(|last| *last >= position);
        let end = end.and_then(|last| self.tokens.get(last)).map_or(start, |token| token.end);
        Span { file: self.file, start, end }
    }

    pub fn demand(&mut self, kind: Kind, what: &'static str) -> Outcome<Token> {
        if self.is(kind) { Ok(self.read()) } else { fail(what) }
    }

    pub fn demand_word(&mut self, word: &str, what: &'static str) -> Outcome<()> {
        if self.eat_word(word) { Ok(()) } else { fail(what) }
    }

    pub fn name(&mut self, what: &'static str) -> Outcome<Name> {
        let token = self.demand(Kind::Identifier, what)?;
        Ok(Name { span: self.span_of(token) })
    }

    /// A name, or an error where there is none: nothing is skipped.
    pub fn name_or_error(&mut self, what: &'static str) -> Option<Name> {
        if self.is(Kind::Identifier) {
            let token = self.read();
            return Some(Name { span: self.span_of(token) });
        }
        self.error_here(what);
        None
    }

    pub fn error(&mut self, span: Span, message: impl Into<Cow<'static, str>>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(SyntaxError { span, message: message.into().into_owned() });
        }
    }

    /// An error about what is missing before the next token.
    pub fn error_here(&mut self, message: &'static str) {
        let start = self.peek().start;
        self.error(Span { file: self.file, start, end: start }, message);
    }

    /// How many errors there are; to be compared with a later number.
    pub fn errors_so_far(&self) -> usize {
        self.errors.len()
    }

    /// Whether an error of the tokens themselves lies within a span.
    pub fn has_lexical_error(&self, span: Span) -> bool {
        let from = self.lexical.partition_point(|error| error.span.start < span.start);
        self.lexical.get(from).is_some_and(|error| error.span.start < span.end)
    }

    /// Runs a part of the grammar. If it fails, skips up to a token of `until`, and reports why unless
    /// `quiet`.
    pub fn recover<T>(
        &mut self,
        quiet: bool,
        until: Until,
        part: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Result<T, Skipped> {
        let (start, errors, depth) = (self.at, self.errors.len(), self.depth);
        part(self).map_err(|failure| {
            // What the failed part reported lies within what is skipped now.
            self.errors.truncate(errors);
            self.depth = depth;
            while !self.is(Kind::End) && !until.has(self.kind()) {
                self.read();
            }
            let span = self.span_from(start);
            if !quiet {
                self.error(span, failure.0);
            }
            Skipped { span, empty: span.start == span.end }
        })
    }

    /// The same for an expression, where an [`ExprKind::Error`] stands for what was skipped.
    pub fn recover_expr(
        &mut self,
        quiet: bool,
        until: Until,
        part: impl FnOnce(&mut Self) -> Outcome<Expr>,
    ) -> Expr {
        self.recover(quiet, until, part).unwrap_or_else(|skipped| Expr::new(skipped.span, ExprKind::Error))
    }

    /// The same for a type.
    pub fn recover_type(
        &mut self,
        quiet: bool,
        until: Until,
        part: impl FnOnce(&mut Self) -> Outcome<TypeExpr>,
    ) -> TypeExpr {
        self.recover(quiet, until, part)
            .unwrap_or_else(|skipped| TypeExpr::new(skipped.span, TypeKind::Error))
    }

    /// One level deeper, as long as there are any.
    pub fn deeper<T>(&mut self, part: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth >= MAX_DEPTH {
            return Err(too_deep());
        }
        self.depth += 1;
        let outcome = part(self)?;
        self.depth -= 1;
        Ok(outcome)
    }

    /// An expression from the token at a position to here.
    pub fn expr(&self, start: usize, kind: ExprKind) -> Outcome<Expr> {
        let expr = Expr::new(self.span_from(start), kind);
        if expr.height() > MAX_DEPTH { Err(too_deep()) } else { Ok(expr) }
    }

    /// A type from the token at a position to here.
    pub fn ty(&self, start: usize, kind: TypeKind) -> Outcome<TypeExpr> {
        let ty = TypeExpr::new(self.span_from(start), kind);
        if ty.height() > MAX_DEPTH { Err(too_deep()) } else { Ok(ty) }
    }
}

pub(super) fn fail<T>(message: &'static str) -> Outcome<T> {
    Err(Failure(Cow::Borrowed(message)))
}

fn too_deep() -> Failure {
    Failure(Cow::Owned(format!("expressions nest at most {MAX_DEPTH} deep")))
}
