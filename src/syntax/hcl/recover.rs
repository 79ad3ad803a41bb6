//! From text to tree when the parser does not take the text as it is.
//!
//! The parser stops at the first error and then returns nothing. So a file that it rejects is cut at its
//! top-level items and each is parsed alone. Two things that it rejects are good HCL, and such an item is
//! rewritten, offsets unchanged, before it is given up: a repeated key in an object literal (Terraform takes the
//! last), and a line break inside `{for …}` where an expression goes on.

use std::collections::HashSet;
use std::ops::Range;

use hcl_edit::parser;
use hcl_edit::structure as edit;
use hcl_edit::template::Template;

use super::convert::Converter;
use super::{Body, MAX_BYTES, TemplatePart, scan};
use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;

/// The parser compares each key of an object with all before it. So many take it about 0.1 s.
const MAX_ITEMS: usize = 8192;
/// Text shorter than this cannot hold [`MAX_ITEMS`] items.
const MIN_BYTES_FOR_MAX_ITEMS: usize = 4 * MAX_ITEMS;
/// How many repeated keys are taken out of one top-level item.
const MAX_REPEATED_KEYS: usize = 64;
/// After a bracket that is never closed, the search for the next block starts over inside the text that it
/// swallowed. So many bytes in all may be read again that way.
const MAX_BYTES_READ_AGAIN: usize = 4 << 20;

pub(super) fn parse_body(file: FileId, text: &str, base: usize) -> (Body, Vec<SyntaxError>) {
    let whole = Converter { file, text, base };
    let empty = Body { attributes: Vec::new(), blocks: Vec::new(), span: whole.span(0..text.len()) };
    if text.len() > MAX_BYTES {
        let span = whole.span(0..0);
        let message = format!("file is larger than {} MiB and is not read", MAX_BYTES >> 20);
        return (empty, vec![SyntaxError { span, message }]);
    }
    if !may_take_long(text)
        && let Ok(body) = parser::parse_body(text)
    {
        return (whole.body(&body, 0..text.len()), Vec::new());
    }

    let mut body = empty;
    let mut errors = Vec::new();
    let mut names = HashSet::new();
    let mut from = 0;
    let mut read_again = 0;
    'cut: loop {
        for item in scan::items(text.get(from..).unwrap_or_default()) {
            let (start, end) = (from + item.start, from + item.end);
            let piece = text.get(start..end).unwrap_or_default();
            match parse_item(piece) {
                Ok(parsed) => {
                    let converter = Converter { file, text: piece, base: base + start };
                    let part = converter.body(&parsed, 0..piece.len());
                    for attribute in part.attributes {
                        // Each item is parsed alone, so a repetition shows only here.
                        if names.insert(attribute.name.clone()) {
                            body.attributes.push(attribute);
                        } else {
                            let message = format!("attribute `{}` is defined twice", attribute.name);
                            errors.push(SyntaxError { span: attribute.name_span, message });
                        }
                    }
                    body.blocks.extend(part.blocks);
                }
                Err(error) => {
                    errors.push(SyntaxError {
                        span: character(file, piece, error.at, base + start),
                        message: error.message,
                    });
                    if read_again < MAX_BYTES_READ_AGAIN
                        && let Some(next) = scan::next_header(piece)
                    {
                        read_again += piece.len();
                        from = start + next;
                        continue 'cut;
                    }
                }
            }
        }
        break;
    }
    (body, errors)
}

pub(super) fn parse_template(file: FileId, text: &str, base: usize) -> (Vec<TemplatePart>, Vec<SyntaxError>) {
    let converter = Converter { file, text, base };
    let error = |at: Range<usize>, message: String| {
        (Vec::new(), vec![SyntaxError { span: converter.span(at), message }])
    };
    if text.len() > MAX_BYTES {
        return error(0..0, format!("template is larger than {} MiB and is not read", MAX_BYTES >> 20));
    }
    if may_take_long(text) {
        return error(0..0, too_many_items());
    }
    match text.parse::<Template>() {
        Ok(template) => (converter.bare_template(&template), Vec::new()),
        Err(failure) => {
            let at = failure.location().offset();
            let span = character(file, text, at, base);
            let found = text.get(at..).and_then(|rest| rest.chars().next());
            (Vec::new(), vec![SyntaxError { span, message: in_plain_words(failure.message(), found) }])
        }
    }
}

/// Why an item did not parse, and where in it.
struct ItemError {
    at: usize,
    message: String,
}

fn parse_item(text: &str) -> Result<edit::Body, ItemError> {
    if may_take_long(text) {
        let at = scan::exceeds(text, MAX_ITEMS).unwrap_or(0);
        return Err(ItemError { at, message: too_many_items() });
    }
    let mut first_error = None;
    let mut rewritten: Option<String> = None;
    let mut joined = false;
    for _ in 0..MAX_REPEATED_KEYS {
        let current = rewritten.as_deref().unwrap_or(text);
        let failure = match parser::parse_body(current) {
            Ok(body) => return Ok(body),
            Err(failure) => failure,
        };
        let at = failure.location().offset();
        let found = current.get(at..).and_then(|rest| rest.chars().next());
        let repeated_key = failure.message().contains("unique object key");
        let next = if repeated_key { scan::without_earlier(current, at) } else { None };
        let next = match next {
            Some(next) => next,
            None if !joined => {
                joined = true;
                scan::join_lines(current)
            }
            None => {
                if let Some((at, message)) = scan::unclosed(text) {
                    return Err(ItemError { at, message: message.to_owned() });
                }
                return Err(first_error
                    .unwrap_or_else(|| ItemError { at, message: in_plain_words(failure.message(), found) }));
            }
        };
        if !repeated_key && first_error.is_none() {
            first_error = Some(ItemError { at, message: in_plain_words(failure.message(), found) });
        }
        rewritten = Some(next);
    }
    Err(first_error.unwrap_or_else(|| ItemError {
        at: 0,
        message: format!("more than {MAX_REPEATED_KEYS} repeated object keys"),
    }))
}

fn may_take_long(text: &str) -> bool {
    text.len() >= MIN_BYTES_FOR_MAX_ITEMS && scan::exceeds(text, MAX_ITEMS).is_some()
}

fn too_many_items() -> String {
    format!("more than {MAX_ITEMS} items in one pair of braces")
}

/// The span of the character at or around byte `at`; empty at the end of the text.
fn character(file: FileId, text: &str, at: usize, base: usize) -> Span {
    let mut start = at.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let len = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(file, base + start, base + start + len)
}

/// The parser speaks of its grammar; the errors that people make most are said in their terms.
fn in_plain_words(message: &str, found: Option<char>) -> String {
    let said = if message.contains("redefined attribute") {
        "this argument is set twice in its block"
    } else if found == Some('\'') && message.starts_with("invalid expression") {
        "strings are written in double quotes"
    } else if message.starts_with("invalid expression") {
        "expected a value"
    } else if message.starts_with("invalid structure") {
        "expected `NAME = VALUE` or a block"
    } else if message.starts_with("expected newline") {
        "expected the end of the line"
    } else if message.starts_with("invalid traversal operator") {
        "expected a name or an index after the `.`"
    } else if message.starts_with("invalid block body") {
        "expected the end of the line, another argument, or the `}` that closes the block"
    } else {
        message
    };
    said.to_owned()
}
