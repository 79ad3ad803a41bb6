//! The expression language of ARM templates, as it stands inside JSON strings: `[concat('a', 'b')]`.
//!
//! Source: "Syntax and expressions in Azure Resource Manager templates" of Azure's documentation.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::SyntaxError;
use crate::syntax::data::{Text, shared};
use crate::value::Reason;

/// Expressions nest at most this deep; Azure itself stops at far fewer.
pub const MAX_DEPTH: usize = 64;

/// A parsed expression with the text it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The whole string, brackets included.
    pub source: Arc<str>,
    /// The expression.
    pub expr: Expr,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Where it is written in the file.
    pub span: Span,
    /// Its first and one past its last byte in the decoded string.
    pub range: (usize, usize),
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `'text'`, the doubled quotes undone.
    String(Arc<str>),
    /// `42`.
    Int(i64),
    /// Something that is not evaluated, and why: for languages that have more than templates have.
    Unknown(Reason),
    /// `name(a, b)` or `namespace.name(a, b)`.
    Call {
        /// The namespace of a function that the template defines.
        namespace: Option<Arc<str>>,
        /// The function's name as written; functions compare without case.
        name: Arc<str>,
        /// Where the name is written.
        name_span: Span,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `base.name`, or with `safe` `base.?name`.
    Property {
        /// What it is a property of.
        base: Box<Expr>,
        /// Its name.
        name: Arc<str>,
        /// Missing is null instead of an error.
        safe: bool,
    },
    /// `base[index]`, or with `safe` `base[?index]`.
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// A number or a property's name.
        index: Box<Expr>,
        /// Missing is null instead of an error.
        safe: bool,
    },
}

/// What a string of a template says.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// Itself.
    Literal,
    /// The text without its first bracket: `[[x]` is the way to write `[x]`.
    Escaped(Arc<str>),
    /// An expression.
    Expression(Code),
}

/// Tells literals from expressions and parses the latter.
pub fn parse(text: &Text) -> Result<Written, SyntaxError> {
    let source = text.as_str();
    if !is_expression(source) {
        return Ok(unescaped(source).map_or(Written::Literal, |text| Written::Escaped(Arc::from(text))));
    }
    let mut parser = Parser { text, bytes: source.as_bytes(), at: 1, end: source.len() - 1 };
    let expr = parser.expression(0)?;
    parser.skip_space();
    if parser.at < parser.end {
        return Err(parser.error_here("expected the end of the expression"));
    }
    Ok(Written::Expression(Code { source: text.shared(), expr }))
}

/// Whether the string is an expression: in brackets, and the first one not doubled.
pub fn is_expression(source: &str) -> bool {
    source.len() >= 2 && source.starts_with('[') && source.ends_with(']') && !source.starts_with("[[")
}

/// What a string says that is escaped as no expression: `[[x]` is the way to write `[x]`.
pub fn unescaped(source: &str) -> Option<&str> {
    source.get(1..).filter(|_| source.starts_with("[[") && source.ends_with(']'))
}

struct Parser<'t> {
    text: &'t Text,
    bytes: &'t [u8],
    at: usize,
    end: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.bytes.get(self.at).copied() } else { None }
    }

    fn looking_at(&self, what: &[u8]) -> bool {
        self.bytes.get(self.at..self.end).is_some_and(|rest| rest.starts_with(what))
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn span(&self, start: usize) -> Span {
        self.text.span_of(start..self.at)
    }

    fn error(&self, start: usize, end: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError { span: self.text.span_of(start..end), message: message.into() }
    }

    fn error_here(&self, message: &str) -> SyntaxError {
        // At the end of the expression the closing bracket is what stands in the way.
        self.error(self.at, self.at + 1, message)
    }

    fn expression(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        if depth > MAX_DEPTH {
            return Err(self.error_here(&format!("expressions nest at most {MAX_DEPTH} deep")));
        }
        self.skip_space();
        let start = self.at;
        let mut expr = self.primary(depth)?;
        // Every step wraps what came before, so the number of steps is a depth as well.
        for _ in 0..MAX_DEPTH {
            self.skip_space();
            let kind = if self.eat(b'[') {
                let safe = self.eat(b'?');
                let index = Box::new(self.expression(depth + 1)?);
                if !self.eat(b']') {
                    return Err(self.error_here("expected `]`"));
                }
                ExprKind::Index { base: Box::new(expr), index, safe }
            } else if self.looking_at(b".") || self.looking_at(b"?.") {
                let safe = self.looking_at(b".?") || self.looking_at(b"?.");
                self.at += if safe { 2 } else { 1 };
                self.skip_space();
                let Some((name, _)) = self.identifier() else {
                    return Err(self.error_here("expected the name of a property"));
                };
                ExprKind::Property { base: Box::new(expr), name, safe }
            } else {
                return Ok(expr);
            };
            expr = Expr { span: self.span(start), range: (start, self.at), kind };
        }
        Err(self.error_here(&format!("at most {MAX_DEPTH} properties can follow each other")))
    }

    fn primary(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'\'') => ExprKind::String(self.string()?),
            Some(b'-' | b'+' | b'0'..=b'9') => ExprKind::Int(self.int()?),
            _ => return self.call(start, depth),
        };
        Ok(Expr { span: self.span(start), range: (start, self.at), kind })
    }

    fn call(&mut self, start: usize, depth: usize) -> Result<Expr, SyntaxError> {
        let Some((mut name, mut name_span)) = self.identifier() else {
            return Err(match self.peek() {
                None => self.error_here("the expression is incomplete"),
                Some(b'"') => self.error_here("strings in expressions stand in single quotes"),
                Some(_) => self.error_here("expected a function call, a string or a number"),
            });
        };
        let mut namespace = None;
        if self.looking_at(b".") {
            self.at += 1;
            let Some((member, member_span)) = self.identifier() else {
                return Err(self.error_here("expected the name of a function"));
            };
            namespace = Some(name);
            (name, name_span) = (member, member_span);
        }
        if !self.eat(b'(') {
            let message = format!("expected `(` after `{name}`: an expression is made of function calls");
            return Err(self.error(start, self.at, message));
        }
        let mut args = Vec::new();
        if !self.eat(b')') {
            loop {
                args.push(self.expression(depth + 1)?);
                if self.eat(b')') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.error_here("expected `,` or `)`"));
                }
            }
        }
        let kind = ExprKind::Call { namespace, name, name_span, args };
        Ok(Expr { span: self.span(start), range: (start, self.at), kind })
    }

    fn identifier(&mut self) -> Option<(Arc<str>, Span)> {
        let start = self.at;
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        if self.peek().is_none_or(|byte| byte.is_ascii_digit()) {
            return None;
        }
        while self.peek().is_some_and(is_part) {
            self.at += 1;
        }
        let name = self.text.as_str().get(start..self.at).filter(|name| !name.is_empty())?;
        Some((shared(name), self.span(start)))
    }

    fn string(&mut self) -> Result<Arc<str>, SyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut value = String::new();
        let mut from = self.at;
        loop {
            match self.peek() {
                None => return Err(self.error(open, self.at, "the string is not closed")),
                Some(b'\'') => {
                    let piece = self.text.as_str().get(from..self.at).unwrap_or("");
                    self.at += 1;
                    if self.peek() != Some(b'\'') {
                        // Most strings are names of parameters and variables, without a quote in them.
                        return Ok(match value.is_empty() {
                            true => shared(piece),
                            false => Arc::from(value + piece),
                        });
                    }
                    value.push_str(piece);
                    // The second quote of a doubled one is the beginning of what follows.
                    from = self.at;
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn int(&mut self) -> Result<i64, SyntaxError> {
        let start = self.at;
        self.at += 1;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let written = self.text.as_str().get(start..self.at).unwrap_or("");
        written.parse().map_err(|_| self.error(start, self.at, format!("`{written}` is not an integer")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::json;

    const FILE: FileId = FileId(1);

    /// Parses the JSON string as it would stand at the beginning of a file.
    fn parse_json(json_text: &str) -> Result<Written, SyntaxError> {
        let (node, errors) = json::parse(FILE, json_text);
        assert_eq!(errors, []);
        parse(node.unwrap().as_text().unwrap())
    }

    fn expression(json_text: &str) -> Expr {
        match parse_json(json_text) {
            Ok(Written::Expression(code)) => code.expr,
            other => panic!("{other:?}"),
        }
    }

    fn error(json_text: &str) -> (u32, u32, String) {
        let error = parse_json(json_text).unwrap_err();
        (error.span.start, error.span.end, error.message)
    }

    #[test]
    fn only_text_in_brackets_is_an_expression() {
        assert_eq!(parse_json(r#""plain""#), Ok(Written::Literal));
        assert_eq!(parse_json(r#""[open""#), Ok(Written::Literal));
        assert_eq!(parse_json(r#""[[open""#), Ok(Written::Literal));
        assert_eq!(parse_json(r#""""#), Ok(Written::Literal));
        assert_eq!(parse_json(r#""[[x]""#), Ok(Written::Escaped("[x]".into())));
    }

    #[test]
    fn a_call_knows_where_it_its_name_and_its_arguments_are() {
        let call = expression(r#""[ concat('a', -12) ]""#);
        assert_eq!(call.span, Span::new(FILE, 3, 19));
        let ExprKind::Call { namespace: None, name, name_span, args } = &call.kind else { panic!() };
        assert_eq!((&**name, *name_span), ("concat", Span::new(FILE, 3, 9)));
        assert_eq!(args[0].kind, ExprKind::String("a".into()));
        assert_eq!(args[0].span, Span::new(FILE, 10, 13));
        assert_eq!(args[1].kind, ExprKind::Int(-12));
        assert_eq!(args[1].span, Span::new(FILE, 15, 18));
    }

    #[test]
    fn spans_point_behind_escapes_of_the_json_string() {
        let call = expression(r#""[concat('\"', 'b')]""#);
        let ExprKind::Call { args, .. } = &call.kind else { panic!() };
        assert_eq!(args[0].kind, ExprKind::String("\"".into()));
        assert_eq!(args[1].span, Span::new(FILE, 15, 18));
    }

    #[test]
    fn a_doubled_quote_is_a_quote() {
        assert_eq!(expression(r#""['it''s']""#).kind, ExprKind::String("it's".into()));
        assert_eq!(expression(r#""['''']""#).kind, ExprKind::String("'".into()));
        assert_eq!(expression(r#""['']""#).kind, ExprKind::String("".into()));
    }

    #[test]
    fn properties_and_indexes_follow_each_other_safe_or_not() {
        let last = expression(r#""[f().a[0].?b[?'c']]""#);
        let ExprKind::Index { base, index, safe: true } = &last.kind else { panic!() };
        assert_eq!(index.kind, ExprKind::String("c".into()));
        let ExprKind::Property { base, name, safe: true } = &base.kind else { panic!() };
        assert_eq!(&**name, "b");
        let ExprKind::Index { base, safe: false, .. } = &base.kind else { panic!() };
        assert_eq!(base.span, Span::new(FILE, 2, 7));
        assert!(matches!(&base.kind, ExprKind::Property { safe: false, .. }));
    }

    #[test]
    fn a_function_of_the_template_has_a_namespace() {
        let call = expression(r#""[contoso.unique('x').y]""#);
        let ExprKind::Property { base, .. } = &call.kind else { panic!() };
        let ExprKind::Call { namespace, name, .. } = &base.kind else { panic!() };
        assert_eq!((namespace.as_deref(), &**name), (Some("contoso"), "unique"));
    }

    #[test]
    fn errors_are_placed_inside_the_string() {
        assert_eq!(error(r#""[concat('a'  'b')]""#), (14, 15, "expected `,` or `)`".into()));
        assert_eq!(error(r#""[concat('a]""#), (9, 11, "the string is not closed".into()));
        assert_eq!(error(r#""[f() g()]""#), (6, 7, "expected the end of the expression".into()));
        assert_eq!(error(r#""[f(]""#), (4, 5, "the expression is incomplete".into()));
        assert_eq!(error(r#""[]""#), (2, 3, "the expression is incomplete".into()));
        let (start, end, message) = error(r#""[true]""#);
        assert_eq!((start, end), (2, 6));
        assert!(message.starts_with("expected `(` after `true`"), "{message}");
        assert_eq!(error(r#""[99999999999999999999]""#).2, "`99999999999999999999` is not an integer");
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        for deep in ["f(".repeat(50_000), "f()[".repeat(50_000), "f(-".repeat(50_000)] {
            assert!(parse_json(&format!("\"[{deep}]\"")).is_err());
        }
        assert!(parse_json(&format!("\"[f(){}]\"", ".a".repeat(50_000))).is_err());
    }

    #[test]
    fn every_beginning_of_an_expression_parses_or_is_an_error_inside_the_string() {
        let whole =
            "concat('it''s', a.b(-1)[?'x'].?y, if(equals(parameters('β'), null()), 1, lambda('p', 2)))";
        for (cut, _) in whole.char_indices() {
            let json = format!("\"[{}]\"", &whole[..cut]);
            if let Err(error) = parse_json(&json) {
                assert!(error.span.start >= 2 && error.span.end as usize <= json.len(), "{json}");
            }
        }
        assert!(parse_json(&format!("\"[{whole}]\"")).is_ok());
    }
}
