//! Templates: literals decoded, white space stripped and heredocs unindented as Terraform's parser does it.
//!
//! Its order matters and is kept here: text comes in tokens (a heredoc's or file's one per line, a quoted
//! string's one per literal), strip markers eat the white space of the one token next to them, and only then is
//! the common indentation of a `<<-` heredoc found and removed, through directives too.

use std::ops::Range;
use std::sync::Arc;
use std::vec::IntoIter;

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::convert::Converter;
use super::{Expr, ExprKind, TemplatePart};
use crate::source::Span;

/// A template taken apart. The booleans of [`Strip`] are for the text before and after.
enum Token {
    Literal { text: String, span: Span },
    Interpolation(Expr, Strip),
    If(Expr, Strip),
    Else(Strip),
    EndIf(Strip),
    For { key_var: Option<Arc<str>>, value_var: Arc<str>, collection: Expr, strip: Strip },
    EndFor(Strip),
}

impl Token {
    fn strip(&self) -> Strip {
        match self {
            Token::Literal { .. } => Strip::None,
            Token::Interpolation(_, strip)
            | Token::If(_, strip)
            | Token::Else(strip)
            | Token::EndIf(strip)
            | Token::For { strip, .. }
            | Token::EndFor(strip) => *strip,
        }
    }
}

impl Converter<'_> {
    pub(super) fn quoted_template(&self, template: &Template) -> ExprKind {
        let mut tokens = Vec::new();
        self.tokens(template, true, &mut tokens);
        strip(&mut tokens);
        into_kind(tokens)
    }

    pub(super) fn heredoc_template(&self, template: &Template, indented: bool) -> ExprKind {
        let mut tokens = Vec::new();
        self.tokens(template, false, &mut tokens);
        strip(&mut tokens);
        if indented {
            unindent(&mut tokens);
        }
        into_kind(tokens)
    }

    pub(super) fn bare_template(&self, template: &Template) -> Vec<TemplatePart> {
        let mut tokens = Vec::new();
        self.tokens(template, false, &mut tokens);
        strip(&mut tokens);
        parts(&mut tokens.into_iter()).0
    }

    fn tokens(&self, template: &Template, quoted: bool, out: &mut Vec<Token>) {
        for element in template {
            let range = element.span().unwrap_or(0..0);
            match element {
                Element::Literal(_) => self.literal(range, quoted, out),
                Element::Interpolation(interpolation) => {
                    let expr = self.expr(&interpolation.expr, &range);
                    out.push(Token::Interpolation(expr, interpolation.strip));
                }
                Element::Directive(directive) => self.directive(directive, range, quoted, out),
            }
        }
    }

    fn directive(&self, directive: &Directive, range: Range<usize>, quoted: bool, out: &mut Vec<Token>) {
        match directive {
            Directive::If(directive) => {
                let cond = self.expr(&directive.if_expr.cond_expr, &range);
                out.push(Token::If(cond, directive.if_expr.strip));
                self.tokens(&directive.if_expr.template, quoted, out);
                if let Some(otherwise) = &directive.else_expr {
                    out.push(Token::Else(otherwise.strip));
                    self.tokens(&otherwise.template, quoted, out);
                }
                out.push(Token::EndIf(directive.endif_expr.strip));
            }
            Directive::For(directive) => {
                let intro = &directive.for_expr;
                out.push(Token::For {
                    key_var: intro.key_var.as_ref().map(|name| Arc::from(name.as_str())),
                    value_var: Arc::from(intro.value_var.as_str()),
                    collection: self.expr(&intro.collection_expr, &range),
                    strip: intro.strip,
                });
                self.tokens(&intro.template, quoted, out);
                out.push(Token::EndFor(directive.endfor_expr.strip));
            }
        }
    }

    fn literal(&self, range: Range<usize>, quoted: bool, out: &mut Vec<Token>) {
        let source = self.source(range.clone());
        if quoted {
            out.push(Token::Literal { text: decode(source, true), span: self.span(range) });
            return;
        }
        let mut start = range.start;
        for line in source.split_inclusive('\n') {
            let end = start + line.len();
            out.push(Token::Literal { text: decode(line, false), span: self.span(start..end) });
            start = end;
        }
    }
}

/// What a quoted string without interpolation says; `source` includes the quotes.
pub(super) fn unquoted(source: &str) -> Arc<str> {
    let inner = source.strip_prefix('"').unwrap_or(source);
    Arc::from(decode(inner.strip_suffix('"').unwrap_or(inner), true))
}

/// Decodes `$${` and `%%{`, and in quoted text the backslash escapes. What is no escape stays as it is.
fn decode(source: &str, quoted: bool) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(['$', '%', '\\']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if from.starts_with("$${") || from.starts_with("%%{") {
            out.push_str(from.get(1..3).unwrap_or_default());
            rest = from.get(3..).unwrap_or_default();
            continue;
        }
        match quoted.then(|| escape(from)).flatten() {
            Some((decoded, len)) => {
                out.push(decoded);
                rest = from.get(len..).unwrap_or_default();
            }
            None => {
                out.push_str(from.get(..1).unwrap_or_default());
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character that a backslash escape at the start of `text` stands for, and the length of the escape.
fn escape(text: &str) -> Option<(char, usize)> {
    let code = text.strip_prefix('\\')?;
    let hex = |digits: usize| {
        let value = u32::from_str_radix(code.get(1..1 + digits)?, 16).ok()?;
        Some((char::from_u32(value)?, 2 + digits))
    };
    match code.chars().next()? {
        'n' => Some(('\n', 2)),
        'r' => Some(('\r', 2)),
        't' => Some(('\t', 2)),
        '"' => Some(('"', 2)),
        '\\' => Some(('\\', 2)),
        'u' => hex(4),
        'U' => hex(8),
        _ => None,
    }
}

/// Applies the `~` markers.
fn strip(tokens: &mut [Token]) {
    for i in 0..tokens.len() {
        let Some(strip) = tokens.get(i).map(Token::strip) else { continue };
        if strip.strip_start()
            && let Some(Token::Literal { text, .. }) = i.checked_sub(1).and_then(|i| tokens.get_mut(i))
        {
            text.truncate(text.trim_end().len());
        }
        if strip.strip_end()
            && let Some(Token::Literal { text, .. }) = tokens.get_mut(i + 1)
        {
            let trimmed = text.trim_start();
            *text = trimmed.to_owned();
        }
    }
}

/// Removes the indentation that all lines of a heredoc share. Blank lines neither count nor change; a line that
/// begins with an interpolation or directive has none.
fn unindent(tokens: &mut [Token]) {
    let mut indentation = usize::MAX;
    let mut line_starts = Vec::new();
    let mut line_start = true;
    for (i, token) in tokens.iter().enumerate() {
        let text = match token {
            Token::Literal { text, .. } => Some(text),
            _ => None,
        };
        if std::mem::take(&mut line_start) {
            let body = text.map_or("", |text| text.trim_start());
            let blank = text.is_some_and(|text| body.is_empty() && text.ends_with('\n'));
            if !blank {
                let indent = text.map_or(0, |text| text.chars().count() - body.chars().count());
                indentation = indentation.min(indent);
                line_starts.push(i);
            }
        }
        line_start = text.is_some_and(|text| text.ends_with('\n'));
    }
    for i in line_starts {
        if let Some(Token::Literal { text, span }) = tokens.get_mut(i) {
            let cut = text.char_indices().nth(indentation).map_or(text.len(), |(at, _)| at);
            text.drain(..cut);
            span.start = span.start.saturating_add(cut as u32).min(span.end);
        }
    }
}

/// A string where there is only text, else a template.
fn into_kind(tokens: Vec<Token>) -> ExprKind {
    if !tokens.iter().all(|token| matches!(token, Token::Literal { .. })) {
        return ExprKind::Template(parts(&mut tokens.into_iter()).0);
    }
    let mut whole = String::new();
    for token in tokens {
        if let Token::Literal { text, .. } = token {
            whole.push_str(&text);
        }
    }
    ExprKind::String(Arc::from(whole))
}

/// Puts tokens together until one closes the surrounding directive, which is returned.
fn parts(tokens: &mut IntoIter<Token>) -> (Vec<TemplatePart>, Option<Token>) {
    let mut parts = Vec::new();
    let mut literal: Option<(String, Span)> = None;
    let mut closing = None;
    while let Some(token) = tokens.next() {
        let token = match token {
            Token::Literal { text, span } => {
                let (mut before, start) = literal.take().unwrap_or((String::new(), span));
                before.push_str(&text);
                literal = Some((before, start.join(span)));
                continue;
            }
            other => other,
        };
        parts.extend(literal.take().map(|(text, span)| TemplatePart::Literal(Arc::from(text), span)));
        match token {
            Token::Interpolation(expr, _) => parts.push(TemplatePart::Interpolation(expr)),
            Token::If(cond, _) => {
                let (then, closed_by) = self::parts(tokens);
                let otherwise = match closed_by {
                    Some(Token::Else(_)) => self::parts(tokens).0,
                    _ => Vec::new(),
                };
                parts.push(TemplatePart::If { cond, then, otherwise });
            }
            Token::For { key_var, value_var, collection, .. } => {
                let body = self::parts(tokens).0;
                parts.push(TemplatePart::For { key_var, value_var, collection, body });
            }
            closes => {
                closing = Some(closes);
                break;
            }
        }
    }
    parts.extend(literal.map(|(text, span)| TemplatePart::Literal(Arc::from(text), span)));
    (parts, closing)
}
