//! The tree that JSON and YAML share: values with the place where each is written.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, OnceLock};

use super::SyntaxError;
use super::json::Unread;
use crate::source::{FileId, Span};

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The whole value: quotes, brackets and braces included. Empty where a YAML value is left out
    /// (`key:`). A value that a YAML alias stands for has the span of the anchored original, because
    /// that is the text one would edit.
    pub span: Span,
    /// The value.
    pub kind: NodeKind,
}

/// The kinds of value that both notations have.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// `null`; in YAML also `~` and a value left out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written, since `1.30` as a label is not `1.3`. JSON's notation, or in YAML that of
    /// the 1.2 core schema (`+1`, `0x1F`, `0o17`, `.5`, `.inf`, `.nan`).
    Number(Box<str>),
    /// A string.
    String(Text),
    /// A list, in order.
    Array(Parts<Node>),
    /// An object, in order, with every member of a repeated key.
    Object(Parts<Member>),
}

/// The items of an array or the members of an object. Those of JSON are read from the text when somebody first
/// looks at them: of most files of a run nobody looks at most.
#[derive(Clone)]
pub struct Parts<T: Part> {
    read: OnceLock<Box<[T]>>,
    unread: Option<T::Unread>,
}

/// What arrays or objects are made of.
pub trait Part: Sized {
    /// An array or object of which the parts are still to be read.
    type Unread;

    /// Reads the parts.
    fn read(unread: &Self::Unread) -> Vec<Self>;
}

impl Part for Node {
    type Unread = Unread;

    fn read(unread: &Unread) -> Vec<Node> {
        unread.items(|item| item)
    }
}

impl Part for Member {
    type Unread = Unread;

    fn read(unread: &Unread) -> Vec<Member> {
        unread.members(|member| member)
    }
}

impl<T: Part> Parts<T> {
    /// Parts that are to be read.
    pub fn unread(unread: T::Unread) -> Parts<T> {
        Parts { read: OnceLock::new(), unread: Some(unread) }
    }

    /// The parts as somebody has looked at them; else where they are to be read.
    pub fn into_read(self) -> Result<Vec<T>, T::Unread> {
        match (self.read.into_inner(), self.unread) {
            (None, Some(unread)) => Err(unread),
            (read, _) => Ok(read.map(Vec::from).unwrap_or_default()),
        }
    }

    /// The parts if somebody has looked at them; else where they are to be read.
    pub fn peek(&self) -> Result<&[T], &T::Unread> {
        match (self.read.get(), &self.unread) {
            (None, Some(unread)) => Err(unread),
            (read, _) => Ok(read.map(Box::as_ref).unwrap_or_default()),
        }
    }

    /// Where the parts are or were to be read.
    pub fn origin(&self) -> Option<&T::Unread> {
        self.unread.as_ref()
    }

    fn force(&self) -> &[T] {
        let read = || self.unread.as_ref().map(T::read).unwrap_or_default().into_boxed_slice();
        self.read.get_or_init(read)
    }
}

impl<T: Part> From<Vec<T>> for Parts<T> {
    fn from(parts: Vec<T>) -> Parts<T> {
        Parts { read: OnceLock::from(parts.into_boxed_slice()), unread: None }
    }
}

impl<T: Part> FromIterator<T> for Parts<T> {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Parts<T> {
        Parts::from(Vec::from_iter(parts))
    }
}

impl<T: Part> Deref for Parts<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.force()
    }
}

impl<T: Part> DerefMut for Parts<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.force();
        self.read.get_mut().map(Box::as_mut).unwrap_or_default()
    }
}

impl<T: Part> IntoIterator for Parts<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_read().unwrap_or_else(|unread| T::read(&unread)).into_iter()
    }
}

impl<'p, T: Part> IntoIterator for &'p Parts<T> {
    type Item = &'p T;
    type IntoIter = std::slice::Iter<'p, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Part + PartialEq> PartialEq for Parts<T> {
    fn eq(&self, other: &Parts<T>) -> bool {
        **self == **other
    }
}

impl<T: Part + std::fmt::Debug> std::fmt::Debug for Parts<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// One `key: value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name.
    pub key: Key,
    /// The value.
    pub value: Node,
}

impl Member {
    /// From the first byte of the key to the last byte of the value.
    pub fn span(&self) -> Span {
        // A value from a YAML alias may be written above its key: then the key is all there is here.
        if self.value.span.start < self.key.span.end {
            self.key.span
        } else {
            self.key.span.join(self.value.span)
        }
    }
}

/// The name of an object's member.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The name, decoded. YAML keys that are not strings are rendered as written.
    pub text: Arc<str>,
    /// Where it is written, quotes included.
    pub span: Span,
}

impl Node {
    /// The string, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    /// The string with its offsets, if this is one.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.kind {
            NodeKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            NodeKind::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number as written, if this is one.
    pub fn as_number(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Number(written) => Some(written),
            _ => None,
        }
    }

    /// The number, if it is written as an integer (decimal, or YAML's `0x` and `0o`) that fits.
    /// `3.0` and `1e3` are not integers here: see [`as_f64`](Node::as_f64).
    pub fn as_i64(&self) -> Option<i64> {
        let written = self.as_number()?;
        match written.get(..2) {
            Some("0x") => i64::from_str_radix(written.get(2..)?, 16).ok(),
            Some("0o") => i64::from_str_radix(written.get(2..)?, 8).ok(),
            _ => written.parse().ok(),
        }
    }

    /// The number as floating point, if this is a number.
    pub fn as_f64(&self) -> Option<f64> {
        let written = self.as_number()?;
        let (sign, size) = match written.strip_prefix('-') {
            Some(rest) => (-1.0, rest),
            None => (1.0, written.strip_prefix('+').unwrap_or(written)),
        };
        match size {
            ".inf" | ".Inf" | ".INF" => Some(sign * f64::INFINITY),
            ".nan" | ".NaN" | ".NAN" => Some(f64::NAN),
            _ if size.starts_with("0x") || size.starts_with("0o") => self.as_i64().map(|n| n as f64),
            _ => size.parse().ok().map(|n: f64| sign * n),
        }
    }

    /// The members, if this is an object.
    pub fn as_object(&self) -> Option<&[Member]> {
        match &self.kind {
            NodeKind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, if this is an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The items of an array; none for anything else.
    pub fn items(&self) -> &[Node] {
        self.as_array().unwrap_or_default()
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member] {
        self.as_object().unwrap_or_default()
    }

    /// Whether this is null, which is not the same as missing.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// The value of a member by exact name. Of repeated members the last, as parsers of both notations
    /// that accept repetition have it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.value)
    }

    /// The member of exactly this name; of repeated ones the last.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().rev().find(|member| &*member.key.text == key)
    }

    /// The value of a member by name in any ASCII case, as ARM compares property names; of several
    /// the last.
    pub fn get_ignore_case(&self, key: &str) -> Option<&Node> {
        let is_it = |member: &&Member| member.key.text.eq_ignore_ascii_case(key);
        self.members().iter().rev().find(is_it).map(|member| &member.value)
    }

    /// What the value is, for messages: `null`, `boolean`, `number`, `string`, `array` or `object`.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "null",
            NodeKind::Bool(_) => "boolean",
            NodeKind::Number(_) => "number",
            NodeKind::String(_) => "string",
            NodeKind::Array(_) => "array",
            NodeKind::Object(_) => "object",
        }
    }

    /// The value as written in `text`, the text of its file: `True`, `1.30` or `"a b"` with quotes.
    pub fn written<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(self.span.start as usize..self.span.end as usize)
    }
}

/// A decoded string that knows where each of its bytes is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    value: Arc<str>,
    place: Place,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    /// The value stands in the file byte for byte, from the span's start.
    Verbatim(Span),
    /// Runs of bytes and escapes alternate. Each pair is where a piece begins in the value and in the
    /// file; the last is where both end. A piece is an escape exactly if its two lengths differ (every
    /// escape of JSON is longer than what it stands for).
    Pieces(FileId, Box<[(u32, u32)]>),
    /// The value was folded or stripped: only the whole is known.
    Whole(Span),
}

impl Text {
    /// A string written verbatim from byte `start` of the file.
    pub(super) fn verbatim(value: &str, file: FileId, start: usize) -> Text {
        Text { value: value.into(), place: Place::Verbatim(Span::new(file, start, start + value.len())) }
    }

    /// A string of which no more is known than that it is written within `span`.
    pub fn within(value: &str, span: Span) -> Text {
        Text { value: value.into(), place: Place::Whole(span) }
    }

    /// The text of a key. Of one that is written with escapes only the whole is known.
    pub fn of_key(key: &Key) -> Text {
        let verbatim = key.span.start as usize + key.text.len() + 2 == key.span.end as usize;
        let place = match verbatim {
            true => Place::Verbatim(Span { start: key.span.start + 1, end: key.span.end - 1, ..key.span }),
            false => Place::Whole(key.span),
        };
        Text { value: Arc::clone(&key.text), place }
    }

    /// A string with escapes; `pieces` as [`Place::Pieces`] says, and never empty.
    pub(super) fn escaped(value: String, file: FileId, pieces: Vec<(u32, u32)>) -> Text {
        Text { value: value.into(), place: Place::Pieces(file, pieces.into()) }
    }

    /// The decoded string.
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// The decoded string, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.value)
    }

    /// Where a range of bytes of the decoded string is written. An escape is covered whole or not at
    /// all; an empty range gives the empty span before its byte. Offsets beyond the end are the end,
    /// offsets inside a character are widened to it. The whole value (quotes included) where the
    /// notation folds or strips text so that no offset corresponds.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        let length = self.value.len();
        let mut start = range.start.min(length);
        let mut end = range.end.clamp(start, length);
        while !self.value.is_char_boundary(start) {
            start -= 1;
        }
        while !self.value.is_char_boundary(end) {
            end += 1;
        }
        match &self.place {
            Place::Verbatim(span) => {
                Span::new(span.file, span.start as usize + start, span.start as usize + end)
            }
            Place::Pieces(file, pieces) => {
                let from = source_start(pieces, start);
                let to = if end == start { from } else { source_end(pieces, end) };
                Span::new(*file, from, to)
            }
            Place::Whole(span) => *span,
        }
    }
}

/// Where the byte at `offset` of the value begins in the file.
fn source_start(pieces: &[(u32, u32)], offset: usize) -> usize {
    let next = pieces.partition_point(|&(value, _)| value as usize <= offset);
    piece_offset(pieces, next, offset, false)
}

/// Where the byte before `offset` of the value ends in the file.
fn source_end(pieces: &[(u32, u32)], offset: usize) -> usize {
    let next = pieces.partition_point(|&(value, _)| (value as usize) < offset);
    piece_offset(pieces, next, offset, true)
}

fn piece_offset(pieces: &[(u32, u32)], next: usize, offset: usize, is_end: bool) -> usize {
    let Some(&(value, source)) = next.checked_sub(1).and_then(|piece| pieces.get(piece)) else {
        return pieces.first().map_or(0, |&(_, source)| source as usize);
    };
    match pieces.get(next) {
        Some(&(value_end, source_end)) if value_end - value != source_end - source => {
            if is_end {
                source_end as usize
            } else {
                source as usize
            }
        }
        _ => source as usize + (offset - value as usize),
    }
}

impl From<Text> for Arc<str> {
    fn from(text: Text) -> Arc<str> {
        text.value
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.value
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.value)
    }
}

/// A short text that others are likely to be equal to, such as a key or a name: one that this thread has met lately,
/// if it has.
pub(crate) fn shared(text: &str) -> Arc<str> {
    thread_local! {
        static MET: RefCell<SharedKeys> = RefCell::new(SharedKeys::new());
    }
    MET.try_with(|met| met.try_borrow_mut().ok().map(|mut met| met.share(text)))
        .ok()
        .flatten()
        .unwrap_or_else(|| Arc::from(text))
}

/// Shares the text of keys that a file repeats, which is most of them. A slot holds the last key that
/// fell on it, so that looking up costs one comparison and memory is bounded.
pub(super) struct SharedKeys {
    slots: Vec<Arc<str>>,
}

impl SharedKeys {
    const SLOTS: usize = 1024;
    /// Longer keys are not kept.
    const LONGEST: usize = 64;

    pub(super) fn new() -> SharedKeys {
        SharedKeys { slots: vec![Arc::from(""); Self::SLOTS] }
    }

    /// The key's text, shared with an earlier use where one is at hand.
    pub(super) fn share(&mut self, key: &str) -> Arc<str> {
        if key.len() > Self::LONGEST {
            return Arc::from(key);
        }
        let byte = |at: usize| key.as_bytes().get(at).copied().unwrap_or(0) as usize;
        let length = key.len();
        let mix = length ^ (byte(0) << 2) ^ (byte(length / 2) << 1) ^ (byte(length.wrapping_sub(1)) << 3);
        match self.slots.get_mut(mix % Self::SLOTS) {
            Some(slot) => {
                if **slot != *key {
                    *slot = Arc::from(key);
                }
                Arc::clone(slot)
            }
            None => Arc::from(key),
        }
    }
}

/// Reports every key that an earlier member of the same object has.
pub(super) fn report_repeated_keys(members: &[Member], errors: &mut Vec<SyntaxError>) {
    // Most objects are small, and there comparing is cheaper than hashing.
    const FEW: usize = 12;
    let mut seen = HashSet::new();
    for (index, Member { key, .. }) in members.iter().enumerate() {
        let repeated = if members.len() <= FEW {
            members.iter().take(index).any(|earlier| earlier.key.text == key.text)
        } else {
            !seen.insert(&*key.text)
        };
        if repeated {
            let message = format!("the key `{}` appears more than once in this object", key.text);
            errors.push(SyntaxError { span: key.span, message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileId = FileId(3);

    fn number(written: &str) -> Node {
        Node { span: Span::new(FILE, 0, written.len()), kind: NodeKind::Number(written.into()) }
    }

    #[test]
    fn a_verbatim_text_maps_by_addition() {
        let text = Text::verbatim("aβc", FILE, 10);
        assert_eq!(text.span_of(0..4), Span::new(FILE, 10, 14));
        assert_eq!(text.span_of(1..3), Span::new(FILE, 11, 13));
    }

    #[test]
    fn offsets_inside_a_character_widen_and_offsets_beyond_the_end_are_the_end() {
        let text = Text::verbatim("aβc", FILE, 10);
        assert_eq!(text.span_of(2..2), Span::new(FILE, 11, 13));
        assert_eq!(text.span_of(3..99), Span::new(FILE, 13, 14));
        assert_eq!(text.span_of(99..100), Span::new(FILE, 14, 14));
    }

    #[test]
    fn an_escape_is_covered_whole_or_not_at_all() {
        // `a\nb` written from byte 5: a at 5, the escape at 6..8, b at 8.
        let text = Text::escaped("a\nb".to_owned(), FILE, vec![(0, 5), (1, 6), (2, 8), (3, 9)]);
        assert_eq!(text.span_of(0..1), Span::new(FILE, 5, 6));
        assert_eq!(text.span_of(1..2), Span::new(FILE, 6, 8));
        assert_eq!(text.span_of(2..3), Span::new(FILE, 8, 9));
        assert_eq!(text.span_of(0..3), Span::new(FILE, 5, 9));
        assert_eq!(text.span_of(2..2), Span::new(FILE, 8, 8));
        assert_eq!(text.span_of(3..3), Span::new(FILE, 9, 9));
    }

    #[test]
    fn repeated_keys_share_their_text() {
        let mut keys = SharedKeys::new();
        let first = keys.share("vmSize");
        assert!(Arc::ptr_eq(&first, &keys.share("vmSize")));
        assert_eq!(&*keys.share("count"), "count");
        assert_eq!(&*keys.share(""), "");
    }

    #[test]
    fn numbers_are_read_in_the_notations_of_json_and_yaml() {
        assert_eq!(number("-12").as_i64(), Some(-12));
        assert_eq!(number("+12").as_i64(), Some(12));
        assert_eq!(number("0x1F").as_i64(), Some(31));
        assert_eq!(number("0o17").as_f64(), Some(15.0));
        assert_eq!(number("3.0").as_i64(), None);
        assert_eq!(number("3.0").as_f64(), Some(3.0));
        assert_eq!(number("-.inf").as_f64(), Some(f64::NEG_INFINITY));
        assert_eq!(number("99999999999999999999").as_i64(), None);
    }
}
