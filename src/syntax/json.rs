//! JSON with what Azure Resource Manager accepts beyond it: comments, strings that run over lines
//! (<https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax>), trailing commas. Single
//! quotes are read too, as lenient readers do; nothing else beyond RFC 8259 is.
//!
//! A file that is JSON and nothing more, which nearly all are, is scanned once, and its parts are built when somebody
//! looks at them (`scan`, `unread`). Of any other file the tokens come from `jsonc-parser`; the tree is built
//! here, so that strings keep the offsets that diagnostics inside ARM expressions need.

mod scan;
mod unread;

use std::borrow::Cow;
use std::sync::Arc;

use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::tokens::Token;
use jsonc_parser::{ParseStringErrorKind, Scanner, ScannerOptions};

use super::SyntaxError;
use super::data::{Key, Member, Node, NodeKind, Text, report_repeated_keys, shared};
use crate::source::{FileId, Span};
pub use unread::Unread;

/// Arrays and objects within each other beyond which a file is refused, so that no file exhausts the
/// stack.
pub const MAX_DEPTH: usize = 256;

/// What [`parse_with_comments`] found.
#[derive(Debug)]
pub struct Parsed {
    /// The value, if it was read to its end.
    pub node: Option<Node>,
    /// What is wrong, in the order of the file as far as it was read.
    pub errors: Vec<SyntaxError>,
    /// Comments with their markers, without the line break, in the order of the file.
    pub comments: Vec<Span>,
}

/// Reads a JSON file.
///
/// The value is there only if it was read to its end: half a template would make a rule believe that
/// something is missing. Errors beside a value are repeated keys (both members are kept), surrogate
/// escapes without their other half (read as U+FFFD), and anything after the value. An empty file is an
/// error. A leading byte order mark is skipped; spans count it.
pub fn parse(file: FileId, text: &str) -> (Option<Node>, Vec<SyntaxError>) {
    let parsed = parse_with_comments(file, text);
    (parsed.node, parsed.errors)
}

/// [`parse`] for a text that is shared already, which saves a copy of it.
pub fn parse_shared(file: FileId, text: &Arc<str>) -> (Option<Node>, Vec<SyntaxError>) {
    let parsed = parse_text(file, text, || Arc::clone(text));
    (parsed.node, parsed.errors)
}

/// [`parse`], and the comments up to where reading ended.
pub fn parse_with_comments(file: FileId, text: &str) -> Parsed {
    parse_text(file, text, || Arc::from(text))
}

fn parse_text(file: FileId, text: &str, shared: impl FnOnce() -> Arc<str>) -> Parsed {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Most files are JSON and nothing more. Of all others the scan says nothing, and they are read again.
    match scan::scan(file, text, text.len() - body.len()) {
        Some(outline) => {
            let (node, errors) = unread::root(file, shared(), outline);
            Parsed { node, errors, comments: Vec::new() }
        }
        None => parse_leniently(file, text, body),
    }
}

fn parse_leniently(file: FileId, text: &str, body: &str) -> Parsed {
    let masked = mask_surrogates(body);
    let options = ScannerOptions {
        allow_single_quoted_strings: true,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let mut parser = Parser {
        scanner: Scanner::new(&masked, &options),
        file,
        body,
        shift: text.len() - body.len(),
        errors: Vec::new(),
        comments: Vec::new(),
    };
    let node = parser.root();
    Parsed { node, errors: parser.errors, comments: parser.comments }
}

/// The scanner gives up at an escape of half a surrogate pair. So it reads a text of the same length in
/// which every surrogate escape stands for `A`; strings are decoded from the original.
fn mask_surrogates(body: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut copied = 0;
    for at in memchr::memmem::find_iter(body.as_bytes(), b"\\u") {
        if matches!(body.as_bytes().get(at + 2..at + 6), Some(&[b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', c, d])
            if c.is_ascii_hexdigit() && d.is_ascii_hexdigit())
        {
            masked.push_str(body.get(copied..at + 2).unwrap_or(""));
            masked.push_str("0041");
            copied = at + 6;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(body);
    }
    masked.push_str(body.get(copied..).unwrap_or(""));
    Cow::Owned(masked)
}

struct Parser<'t> {
    scanner: Scanner<'t>,
    file: FileId,
    /// The text without its byte order mark, which the scanner's offsets count from.
    body: &'t str,
    /// Length of the byte order mark.
    shift: usize,
    errors: Vec<SyntaxError>,
    comments: Vec<Span>,
}

/// What can stand where a value is expected, and `End` for the end of the file.
#[derive(Clone, Copy, PartialEq)]
enum Lexeme<'t> {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    String,
    Word,
    Bool(bool),
    Number(&'t str),
    Null,
    End,
}

/// Why there is no lexeme.
enum Trouble {
    /// A string that does not end.
    OpenString,
    /// Another reason.
    Other(String),
}

impl<'t> Parser<'t> {
    fn root(&mut self) -> Option<Node> {
        let value = match self.next() {
            Ok(Lexeme::End) => Err(self.error_here(Lexeme::End, "the file holds no JSON value")),
            Ok(first) => self.value(first, 0),
            Err(error) => Err(error),
        };
        let node = match value {
            Ok(node) => Some(node),
            Err(error) => {
                self.errors.push(error);
                return None;
            }
        };
        match self.next() {
            Ok(Lexeme::End) => {}
            Ok(other) => {
                let error = self.error_here(other, "the file's JSON value ends before this");
                self.errors.push(error);
            }
            Err(error) => self.errors.push(error),
        }
        node
    }

    /// The next lexeme that is not a comment.
    fn next(&mut self) -> Result<Lexeme<'t>, SyntaxError> {
        loop {
            let token = self.scanner.scan().map_err(|error| {
                let range = error.range();
                let trouble = match error.kind() {
                    ParseErrorKind::String(ParseStringErrorKind::UnterminatedStringLiteral) => {
                        Trouble::OpenString
                    }
                    ParseErrorKind::UnterminatedCommentBlock => {
                        Trouble::Other("this comment is not closed".to_owned())
                    }
                    kind => Trouble::Other(lower_first(&kind.to_string())),
                };
                self.scan_error(range.start, range.end, trouble)
            })?;
            return Ok(match token {
                Some(Token::CommentLine(_) | Token::CommentBlock(_)) => {
                    self.comments.push(self.span());
                    continue;
                }
                Some(Token::OpenBrace) => Lexeme::OpenBrace,
                Some(Token::CloseBrace) => Lexeme::CloseBrace,
                Some(Token::OpenBracket) => Lexeme::OpenBracket,
                Some(Token::CloseBracket) => Lexeme::CloseBracket,
                Some(Token::Comma) => Lexeme::Comma,
                Some(Token::Colon) => Lexeme::Colon,
                Some(Token::String(_)) => Lexeme::String,
                Some(Token::Word(_)) => Lexeme::Word,
                Some(Token::Boolean(value)) => Lexeme::Bool(value),
                Some(Token::Number(written)) => Lexeme::Number(written),
                Some(Token::Null) => Lexeme::Null,
                None => Lexeme::End,
            });
        }
    }

    /// Where the lexeme read last begins and ends.
    fn range(&self) -> (usize, usize) {
        (self.scanner.token_start(), self.scanner.token_end())
    }

    /// The span of the lexeme read last.
    fn span(&self) -> Span {
        let (start, end) = self.range();
        self.span_at(start, end)
    }

    fn span_at(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.shift + start, self.shift + end)
    }

    /// Reads the value that begins with `first`, inside `depth` arrays and objects.
    fn value(&mut self, first: Lexeme<'t>, depth: usize) -> Result<Node, SyntaxError> {
        let span = self.span();
        let kind = match first {
            Lexeme::OpenBrace | Lexeme::OpenBracket if depth >= MAX_DEPTH => {
                let message = format!("arrays and objects are nested more than {MAX_DEPTH} deep");
                return Err(SyntaxError { span, message });
            }
            Lexeme::OpenBrace => self.object(depth + 1)?,
            Lexeme::OpenBracket => self.array(depth + 1)?,
            Lexeme::String => NodeKind::String(self.text()),
            Lexeme::Bool(value) => NodeKind::Bool(value),
            Lexeme::Number(written) => NodeKind::Number(written.into()),
            Lexeme::Null => NodeKind::Null,
            _ => return Err(self.error_here(first, "expected a value")),
        };
        // The scanner now stands at the value's last token.
        Ok(Node { span: span.join(self.span()), kind })
    }

    fn array(&mut self, depth: usize) -> Result<NodeKind, SyntaxError> {
        let mut items = Vec::new();
        let mut lexeme = self.next()?;
        while lexeme != Lexeme::CloseBracket {
            items.push(self.value(lexeme, depth)?);
            lexeme = self.separator(Lexeme::CloseBracket, "expected `,` or `]`")?;
        }
        Ok(NodeKind::Array(items.into()))
    }

    fn object(&mut self, depth: usize) -> Result<NodeKind, SyntaxError> {
        let mut members: Vec<Member> = Vec::new();
        let mut lexeme = self.next()?;
        while lexeme != Lexeme::CloseBrace {
            if lexeme != Lexeme::String {
                return Err(self.error_here(lexeme, "expected a property name in quotes"));
            }
            let key = self.key();
            let colon = self.next()?;
            if colon != Lexeme::Colon {
                return Err(self.error_here(colon, "expected `:` after the property name"));
            }
            let first = self.next()?;
            let value = self.value(first, depth)?;
            members.push(Member { key, value });
            lexeme = self.separator(Lexeme::CloseBrace, "expected `,` or `}`")?;
        }
        report_repeated_keys(&members, &mut self.errors);
        Ok(NodeKind::Object(members.into()))
    }

    /// Reads past a comma and returns what follows it, or returns the closing bracket.
    fn separator(&mut self, close: Lexeme<'t>, expected: &str) -> Result<Lexeme<'t>, SyntaxError> {
        match self.next()? {
            Lexeme::Comma => self.next(),
            lexeme if lexeme == close => Ok(close),
            other => Err(self.error_here(other, expected)),
        }
    }

    /// The key that is the current lexeme.
    fn key(&mut self) -> Key {
        let (_, raw) = self.between_quotes();
        let text = if raw.contains('\\') { self.text().shared() } else { shared(raw) };
        Key { text, span: self.span() }
    }

    /// Where the string that is the current lexeme begins behind its quote, and its text as written.
    fn between_quotes(&self) -> (usize, &'t str) {
        let (start, end) = self.range();
        (start + 1, self.body.get(start + 1..end.saturating_sub(1)).unwrap_or(""))
    }

    /// The string that is the current lexeme.
    fn text(&mut self) -> Text {
        let (start, raw) = self.between_quotes();
        if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
            return Text::verbatim(raw, self.file, self.shift + start);
        }
        let decoded = decode(raw);
        for at in &decoded.lone_surrogates {
            self.errors.push(lone_surrogate(self.file, raw, self.shift + start, *at));
        }
        decoded.into_text(self.file, self.shift + start)
    }

    /// An error at the current lexeme; at the end of the file, behind the last thing written.
    fn error_here(&self, lexeme: Lexeme<'_>, message: &str) -> SyntaxError {
        if lexeme != Lexeme::End {
            return SyntaxError { span: self.span(), message: message.to_owned() };
        }
        let end = self.body.trim_end().len();
        let message = match message.strip_prefix("expected ") {
            Some(what) => format!("the file ends where {what} is expected"),
            None => message.to_owned(),
        };
        SyntaxError { span: self.span_at(end, end), message }
    }

    fn scan_error(&self, start: usize, end: usize, trouble: Trouble) -> SyntaxError {
        // An error that spans lines is told on its first.
        let first_line = |end: Option<usize>| {
            let written = self.body.get(start..end.unwrap_or(self.body.len())).unwrap_or("");
            self.span_at(start, start + written.lines().next().unwrap_or("").len())
        };
        match trouble {
            Trouble::OpenString => {
                SyntaxError { span: first_line(None), message: "this string is not closed".to_owned() }
            }
            Trouble::Other(message) => SyntaxError { span: first_line(Some(end)), message },
        }
    }
}

fn lower_first(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// A string without its escapes, and how its offsets correspond to the raw text's.
struct Decoded {
    value: String,
    /// Where each run of plain bytes and each escape begins, in the value and in the raw text; the last
    /// pair is where both end.
    pieces: Vec<(usize, usize)>,
    /// Where the raw text has half of a surrogate pair, six bytes each.
    lone_surrogates: Vec<usize>,
}

impl Decoded {
    /// As text that is written from byte `start` of the file.
    fn into_text(self, file: FileId, start: usize) -> Text {
        let place = |at: usize| u32::try_from(start + at).unwrap_or(u32::MAX);
        let pieces = self.pieces.iter().map(|&(value, at)| (value as u32, place(at))).collect();
        Text::escaped(self.value, file, pieces)
    }
}

/// What is wrong with half of a surrogate pair at `at` of a string that is written from byte `start` of the file.
fn lone_surrogate(file: FileId, raw: &str, start: usize, at: usize) -> SyntaxError {
    let message = format!(
        "`{}` is half of a surrogate pair, which stands for no character",
        raw.get(at..at + 6).unwrap_or("\\u")
    );
    SyntaxError { span: Span::new(file, start + at, start + at + 6), message }
}

/// Decodes what stands between the quotes. The scanner has checked the escapes, surrogates excepted.
fn decode(raw: &str) -> Decoded {
    let mut decoded =
        Decoded { value: String::with_capacity(raw.len()), pieces: Vec::new(), lone_surrogates: Vec::new() };
    let mut at = 0;
    while let Some(found) = raw.get(at..).and_then(|rest| memchr::memchr(b'\\', rest.as_bytes())) {
        let escape = at + found;
        if found > 0 {
            decoded.pieces.push((decoded.value.len(), at));
            decoded.value.push_str(raw.get(at..escape).unwrap_or(""));
        }
        decoded.pieces.push((decoded.value.len(), escape));
        let (character, length) = match raw.as_bytes().get(escape + 1) {
            Some(b'b') => ('\u{8}', 2),
            Some(b'f') => ('\u{c}', 2),
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => match unicode_escape(raw, escape) {
                Some(found) => found,
                None => {
                    decoded.lone_surrogates.push(escape);
                    (char::REPLACEMENT_CHARACTER, 6)
                }
            },
            Some(_) => {
                let character = raw.get(escape + 1..).and_then(|rest| rest.chars().next()).unwrap_or('\\');
                (character, 1 + character.len_utf8())
            }
            None => ('\\', 1),
        };
        decoded.value.push(character);
        at = escape + length;
    }
    if at < raw.len() {
        decoded.pieces.push((decoded.value.len(), at));
        decoded.value.push_str(raw.get(at..).unwrap_or(""));
    }
    decoded.pieces.push((decoded.value.len(), raw.len()));
    decoded
}

/// The character of the `\uXXXX` or surrogate pair at `at`, with its length in the raw text; nothing
/// for half a pair.
fn unicode_escape(raw: &str, at: usize) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(at)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    let second = unit(at + 6)?;
    if !(0xd800..0xdc00).contains(&first) || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).map(|character| (character, 12))
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
