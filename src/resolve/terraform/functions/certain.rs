//! What is certain of the result of a function although an argument is not known.

use std::sync::Arc;

use super::format::{self, Piece};
use super::plain::Plain;
use super::strings;
use crate::value::{Certain, Kind, Node};

/// What can be said of a result whose arguments are not all known.
pub(super) enum Result {
    /// All of it: the known arguments decide.
    Is(Plain),
    /// True or false.
    Truth,
    /// This much.
    Certain(Certain),
}

/// What can be said of a result, given the arguments.
pub(super) type Estimate = fn(&[&Node]) -> Result;

/// Nothing, not even that the call succeeds.
pub(super) fn nothing(_: &[&Node]) -> Result {
    Result::Certain(Certain::default())
}

/// A boolean.
pub(super) fn truth(_: &[&Node]) -> Result {
    Result::Truth
}

/// A number.
pub(super) fn number(_: &[&Node]) -> Result {
    Result::Certain(Certain::of_kind(Kind::Number))
}

/// A list.
pub(super) fn list(_: &[&Node]) -> Result {
    Result::Certain(Certain::of_kind(Kind::List))
}

/// A map.
pub(super) fn map(_: &[&Node]) -> Result {
    Result::Certain(Certain::of_kind(Kind::Map))
}

/// A string of at least one character.
pub(super) fn some_text(_: &[&Node]) -> Result {
    Result::Certain(Certain { min_length: 1, ..Certain::of_kind(Kind::String) })
}

/// A string of exactly so many characters.
pub(super) fn length<const N: usize>(_: &[&Node]) -> Result {
    Result::Certain(exactly(N))
}

/// A string of this length.
pub(super) fn exactly(length: usize) -> Certain {
    Certain { min_length: length, max_length: Some(length), ..Certain::of_kind(Kind::String) }
}

/// What is certain of a text: how it begins, and its length in code points.
#[derive(Debug, Clone, Default)]
struct Text {
    prefix: String,
    /// The prefix is all of it.
    whole: bool,
    min: usize,
    max: Option<usize>,
}

impl Text {
    fn known(text: &str) -> Text {
        let length = text.chars().count();
        Text { prefix: text.to_owned(), whole: true, min: length, max: Some(length) }
    }

    /// The text that an argument is, or is converted to.
    fn of(node: &Node) -> Text {
        match node {
            Node::String(text) => Text::known(text),
            Node::Number(value) => Text::known(&value.to_string()),
            Node::Bool(value) => Text::known(&value.to_string()),
            Node::Unknown(unknown) => match unknown.certain.kind {
                None | Some(Kind::String) => {
                    let prefix = unknown.certain.prefix.as_deref().unwrap_or("").to_owned();
                    let min = unknown.certain.min_length.max(prefix.chars().count());
                    Text { prefix, whole: false, min, max: unknown.certain.max_length }
                }
                Some(Kind::Bool) => Text { min: 4, max: Some(5), ..Text::default() },
                Some(_) => Text { min: 1, ..Text::default() },
            },
            _ => Text::default(),
        }
    }

    fn then(mut self, next: &Text) -> Text {
        if self.whole {
            self.prefix.push_str(&next.prefix);
            self.whole = next.whole;
        }
        self.min = self.min.saturating_add(next.min);
        self.max = self.max.zip(next.max).and_then(|(a, b)| a.checked_add(b));
        self
    }

    fn certain(self) -> Result {
        Result::Certain(Certain {
            min_length: self.min.max(self.prefix.chars().count()),
            max_length: self.max,
            prefix: (!self.prefix.is_empty()).then(|| Arc::from(self.prefix)),
            ..Certain::of_kind(Kind::String)
        })
    }
}

fn text_at(args: &[&Node], index: usize) -> Text {
    args.get(index).map_or_else(Text::default, |node| Text::of(node))
}

fn str_at<'a>(args: &[&'a Node], index: usize) -> Option<&'a str> {
    match args.get(index) {
        Some(Node::String(text)) => Some(text),
        _ => None,
    }
}

fn int_at(args: &[&Node], index: usize) -> Option<i64> {
    match args.get(index) {
        Some(Node::Number(number)) => number.as_i64(),
        _ => None,
    }
}

/// A function that maps a text code point by code point.
fn mapped(args: &[&Node], map: fn(&str) -> String) -> Result {
    let text = text_at(args, 0);
    Text { prefix: map(&text.prefix), ..text }.certain()
}

pub(super) fn lower(args: &[&Node]) -> Result {
    mapped(args, strings::to_lower)
}

pub(super) fn upper(args: &[&Node]) -> Result {
    mapped(args, strings::to_upper)
}

pub(super) fn title(args: &[&Node]) -> Result {
    mapped(args, strings::to_title)
}

/// The same length, differently arranged.
pub(super) fn rearranged(args: &[&Node]) -> Result {
    Text { prefix: String::new(), ..text_at(args, 0) }.certain()
}

/// Anything up to the length of the argument.
pub(super) fn shortened(args: &[&Node]) -> Result {
    Text { max: text_at(args, 0).max, ..Text::default() }.certain()
}

pub(super) fn trimprefix(args: &[&Node]) -> Result {
    let text = text_at(args, 0);
    let Some(cut) = str_at(args, 1) else { return shortened(args) };
    if let Some(rest) = text.prefix.strip_prefix(cut) {
        let length = cut.chars().count();
        let max = text.max.map(|max| max.saturating_sub(length));
        return Text { prefix: rest.to_owned(), whole: false, min: text.min.saturating_sub(length), max }
            .certain();
    }
    if cut.starts_with(&text.prefix) { shortened(args) } else { text.certain() }
}

pub(super) fn trimsuffix(args: &[&Node]) -> Result {
    let text = text_at(args, 0);
    let Some(cut) = str_at(args, 1) else { return shortened(args) };
    let length = cut.chars().count();
    let kept = text.prefix.chars().count().saturating_sub(length);
    let prefix = text.prefix.chars().take(kept).collect();
    Text { prefix, whole: false, min: text.min.saturating_sub(length), max: text.max }.certain()
}

/// `substr(text, offset, length)` with a known place.
pub(super) fn substr(args: &[&Node]) -> Result {
    let text = text_at(args, 0);
    let (Some(offset), Some(length)) = (int_at(args, 1), int_at(args, 2)) else { return shortened(args) };
    // Terraform counts what people see as characters and we count code points, which is the same for every name
    // that Azure allows.
    let Ok(offset) = usize::try_from(offset) else {
        let max = usize::try_from(length).ok().filter(|length| *length > 0);
        return Text { max: max.or(text.max), ..Text::default() }.certain();
    };
    let rest: String = text.prefix.chars().skip(offset).collect();
    let (min, max) = (text.min.saturating_sub(offset), text.max.map(|max| max.saturating_sub(offset)));
    let cut = match usize::try_from(length) {
        Ok(length) => Text {
            prefix: rest.chars().take(length).collect(),
            whole: rest.chars().count() >= length,
            min: min.min(length),
            max: Some(max.map_or(length, |max| max.min(length))),
        },
        Err(_) => Text { prefix: rest, whole: false, min, max },
    };
    if cut.whole { Result::Is(Plain::text(cut.prefix)) } else { cut.certain() }
}

/// `replace(text, from, to)`: certain only where one character is replaced.
pub(super) fn replace(args: &[&Node]) -> Result {
    let text = text_at(args, 0);
    let (Some(from), Some(to)) = (str_at(args, 1), str_at(args, 2)) else {
        return Text::default().certain();
    };
    let mut chars = from.chars();
    let (Some(_), None) = (chars.next(), chars.next()) else { return Text::default().certain() };
    let grown = to.chars().count();
    let bytes = text.prefix.matches(from).count().saturating_mul(to.len());
    let prefix = if bytes > strings::MAX_TEXT { String::new() } else { text.prefix.replace(from, to) };
    Text {
        whole: false,
        min: if grown == 0 { 0 } else { text.min },
        max: if grown <= 1 { text.max } else { None },
        prefix,
    }
    .certain()
}

/// A concatenation of the elements with something between them.
pub(super) fn join(args: &[&Node]) -> Result {
    let separator = text_at(args, 0);
    let mut out = Text::known("");
    let mut first = true;
    for list in args.iter().skip(1) {
        let Node::List(list) = list else {
            return Text { max: None, whole: false, ..out }.certain();
        };
        for item in &list.items {
            let text = item.single().map_or_else(Text::default, Text::of);
            if list.open.is_some() {
                // Elements of an open list have no place, so only their number counts.
                out = Text { whole: false, max: None, min: out.min.saturating_add(text.min), ..out };
                continue;
            }
            if !first {
                out = out.then(&separator);
            }
            out = out.then(&text);
            first = false;
            if out.prefix.len() > strings::MAX_TEXT {
                return Text { max: None, whole: false, ..out }.certain();
            }
        }
        if list.open.is_some() {
            out = Text { whole: false, max: None, ..out };
        }
    }
    out.certain()
}

pub(super) fn format(args: &[&Node]) -> Result {
    let Some(pieces) = str_at(args, 0).and_then(|text| format::parse(text).ok()) else {
        return Text::default().certain();
    };
    let mut out = Text::known("");
    for piece in &pieces {
        out = match piece {
            Piece::Literal(text) => out.then(&Text::known(text)),
            Piece::Verb(verb) if verb.is_verbatim() => out.then(&text_at(args, verb.argument)),
            Piece::Verb(verb) => {
                let known = args.get(verb.argument).and_then(|node| Plain::of(node));
                let shown = known.and_then(|known| format::show(verb, &known).ok());
                out.then(&shown.map_or_else(Text::default, |shown| Text::known(&shown)))
            }
        };
        if out.prefix.len() > strings::MAX_TEXT {
            return Text { max: None, whole: false, ..out }.certain();
        }
    }
    out.certain()
}

/// The same text with something after line breaks.
pub(super) fn indent(args: &[&Node]) -> Result {
    let text = text_at(args, 1);
    if text.prefix.contains('\n') { some_text(args) } else { Text { max: None, ..text }.certain() }
}

pub(super) fn startswith(args: &[&Node]) -> Result {
    let (text, Some(prefix)) = (text_at(args, 0), str_at(args, 1)) else { return Result::Truth };
    if text.prefix.starts_with(prefix) {
        return Result::Is(Plain::Bool(true));
    }
    let too_short = text.max.is_some_and(|max| max < prefix.chars().count());
    if too_short || !prefix.starts_with(&text.prefix) {
        return Result::Is(Plain::Bool(false));
    }
    Result::Truth
}

pub(super) fn strcontains(args: &[&Node]) -> Result {
    let (text, Some(part)) = (text_at(args, 0), str_at(args, 1)) else { return Result::Truth };
    if text.prefix.contains(part) { Result::Is(Plain::Bool(true)) } else { Result::Truth }
}

/// Base 64 of a text is at least four thirds as long.
pub(super) fn base64(args: &[&Node]) -> Result {
    let min = text_at(args, 0).min.div_ceil(3).saturating_mul(4);
    Text { min, ..Text::default() }.certain()
}

/// At least as long as the argument.
pub(super) fn grown(args: &[&Node]) -> Result {
    Text { min: text_at(args, 0).min, ..Text::default() }.certain()
}
