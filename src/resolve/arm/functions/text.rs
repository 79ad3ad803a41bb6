//! Strings.

use std::borrow::Cow;
use std::sync::Arc;

use super::{MAX_TEXT, Row, Site, TOO_LONG, array, int_of, lift};
use crate::source::Span;
use crate::syntax::data;
use crate::value::{Alternative, Certain, Kind, Map, Node, Number, Provenance, Scalar, Unknown, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "concat" => concat(site, args),
        "format" => lift(site, args, super::format::format),
        "string" => lift(site, args, string),
        "tolower" => lift(site, args, |row| map_text(row, |text| letter_by_letter(text, char::to_lowercase))),
        "toupper" => lift(site, args, |row| map_text(row, |text| letter_by_letter(text, char::to_uppercase))),
        "trim" => lift(site, args, trim),
        "replace" => lift(site, args, replace),
        "split" => lift(site, args, split),
        "join" => lift(site, args, join),
        "substring" => lift(site, args, substring),
        "padleft" => lift(site, args, pad_left),
        "startswith" | "endswith" => lift(site, args, affix),
        "json" => lift(site, args, |row| from_text(row, json)),
        "base64" => {
            lift(site, args, |row| from_text(row, |row, text| row.text(encode_base64(text.as_bytes()))))
        }
        "base64tostring" => lift(site, args, |row| {
            from_text(row, |row, text| {
                match decode_base64(text).and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(text) => row.text(text),
                    None => row.failed("the text is not base64"),
                }
            })
        }),
        "base64tojson" => lift(site, args, |row| {
            from_text(row, |row, text| {
                match decode_base64(text).and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(text) => json(row, &text),
                    None => row.failed("the text is not base64"),
                }
            })
        }),
        "like" => lift(site, args, like),
        _ => return None,
    };
    Some(value)
}

/// What is known of the text that a node becomes.
#[derive(Debug, Clone, Default)]
pub struct Extent<'a> {
    /// How it begins.
    pub prefix: Cow<'a, str>,
    /// True if it is the prefix and nothing more.
    pub whole: bool,
    /// Least length in code points.
    pub min: usize,
    /// Greatest length in code points.
    pub max: Option<usize>,
}

impl<'a> Extent<'a> {
    /// A known text.
    pub fn known(text: impl Into<Cow<'a, str>>) -> Extent<'a> {
        let prefix = text.into();
        let length = prefix.chars().count();
        Extent { prefix, whole: true, min: length, max: Some(length) }
    }

    /// The text of a node.
    pub fn of(node: &'a Node) -> Extent<'a> {
        match node {
            Node::Unknown(unknown) => {
                let certain = &unknown.certain;
                let prefix = Cow::from(certain.prefix.as_deref().unwrap_or(""));
                let (min, max) = match certain.kind {
                    Some(Kind::String) => {
                        (certain.min_length.max(prefix.chars().count()), certain.max_length)
                    }
                    Some(Kind::Bool) => (4, Some(5)),
                    Some(Kind::Number) => (1, Some(20)),
                    _ => (0, None),
                };
                Extent { prefix, whole: false, min, max }
            }
            Node::String(text) => Extent::known(&**text),
            node => match text_of(node) {
                Some(text) => Extent::known(text),
                None => Extent::default(),
            },
        }
    }

    /// This text followed by another.
    fn then(mut self, next: &Extent<'_>) -> Extent<'a> {
        if self.whole && self.prefix.len() + next.prefix.len() <= MAX_TEXT {
            self.prefix.to_mut().push_str(&next.prefix);
            self.whole = next.whole;
        } else {
            self.whole = false;
        }
        self.min = self.min.saturating_add(next.min);
        self.max = self.max.zip(next.max).map(|(a, b)| a.saturating_add(b));
        self
    }

    /// What is certain of it.
    pub fn certain(&self) -> Certain {
        // Nobody asks how a longer text begins.
        let prefix = match self.prefix.char_indices().nth(256) {
            Some((cut, _)) => self.prefix.get(..cut).unwrap_or_default(),
            None => &self.prefix,
        };
        Certain {
            prefix: (!prefix.is_empty()).then(|| Arc::from(prefix)),
            min_length: self.min,
            max_length: self.max,
            ..Certain::of_kind(Kind::String)
        }
    }
}

/// The text that a known node becomes in `string()`, `concat()` and `format()`: booleans with a capital, as
/// .NET writes them, composites as JSON. `None` if a part is unknown.
pub fn text_of(node: &Node) -> Option<String> {
    match node {
        Node::Null(_) => Some(String::new()),
        Node::Bool(true) => Some("True".to_owned()),
        Node::Bool(false) => Some("False".to_owned()),
        Node::Number(value) => Some(value.to_string()),
        Node::String(text) => Some(text.to_string()),
        Node::List(_) | Node::Map(_) => {
            let mut out = String::new();
            write_json(node, '"', &mut out, 0).then_some(out)
        }
        Node::Unknown(_) => None,
    }
}

/// Writes a node as JSON with this kind of quotes, as .NET does; false if a part is unknown.
pub(super) fn write_json(node: &Node, quote: char, out: &mut String, depth: usize) -> bool {
    if depth > 64 || out.len() > MAX_TEXT {
        return false;
    }
    match node {
        Node::Null(_) => out.push_str("null"),
        Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Node::Number(value) => out.push_str(&value.to_string()),
        Node::String(text) => write_quoted(text, quote, out),
        Node::List(list) => {
            if list.open.is_some() {
                return false;
            }
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if !item.single().is_some_and(|node| write_json(node, quote, out, depth + 1)) {
                    return false;
                }
            }
            out.push(']');
        }
        Node::Map(map) => {
            if map.open.is_some() {
                return false;
            }
            let Some(entries) = in_order(map) else { return false };
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_quoted(key, quote, out);
                out.push(':');
                if !value.single().is_some_and(|node| write_json(node, quote, out, depth + 1)) {
                    return false;
                }
            }
            out.push('}');
        }
        Node::Unknown(_) => return false,
    }
    true
}

fn write_quoted(text: &str, quote: char, out: &mut String) {
    let double = serde_json::Value::from(text).to_string();
    if quote == '"' {
        out.push_str(&double);
        return;
    }
    let inner = double.get(1..double.len().saturating_sub(1)).unwrap_or_default();
    out.push(quote);
    out.push_str(&inner.replace("\\\"", "\"").replace(quote, &format!("\\{quote}")));
    out.push(quote);
}

/// The entries in the order in which they are written, if that is known: objects keep no order of their own.
fn in_order(map: &Map) -> Option<Vec<(&Arc<str>, &Value)>> {
    let mut entries: Vec<_> = map.entries.iter().collect();
    if entries.len() > 1 {
        let spans = entries.iter().map(|(key, _)| map.key_spans.get(*key));
        let spans: Vec<Span> = spans.collect::<Option<Vec<_>>>()?.into_iter().copied().collect();
        let first = spans.first()?;
        if spans.iter().any(|span| span.file != first.file) {
            return None;
        }
        entries.sort_by_key(|(key, _)| map.key_spans.get(*key).map(|span| span.start));
    }
    Some(entries)
}

/// The value that several pieces of text make. One piece that alone is not empty is passed on as it is, so
/// that `format('{0}', x)` is still `x`.
pub(super) fn assemble(row: &Row<'_>, pieces: &[(Extent<'_>, Option<&Alternative>)]) -> Value {
    let mut visible = pieces.iter().filter(|(extent, _)| !(extent.whole && extent.prefix.is_empty()));
    if let (Some((_, Some(only))), None) = (visible.next(), visible.next()) {
        match &only.node {
            Node::Unknown(unknown) if unknown.certain.kind != Some(Kind::String) => {}
            node @ (Node::String(_) | Node::Unknown(_)) => {
                return Value::new(node.clone(), only.provenance.passed(row.site.at));
            }
            _ => {}
        }
    }
    let total = pieces.iter().fold(Extent::known(""), |so_far, (next, _)| so_far.then(next));
    if total.whole {
        row.text(total.prefix)
    } else if pieces.iter().all(|(extent, _)| extent.whole) {
        row.bound(TOO_LONG)
    } else {
        row.opaque_as(pieces_key(pieces), total.certain())
    }
}

/// What begins the key of a text that is put together.
const MARK: &str = "text:";

/// The identity of a text that is put together: what it is put together from, however and in however many steps
/// that is written. `format('{0}-{1}', a, b)` is `concat(concat(a, '-'), b)`, so that a pool finds its cluster by a
/// name of which they share no expression. None where a part has no identity of its own, or with too many parts.
fn pieces_key(pieces: &[(Extent, Option<&Alternative>)]) -> Option<String> {
    const LONGEST: usize = 1024;
    let is_plain = |text: &str| !text.contains(['\u{1}', '\u{2}']);
    let mut key = MARK.to_owned();
    for (extent, argument) in pieces {
        match argument.map(|argument| &argument.node) {
            _ if extent.whole && is_plain(&extent.prefix) => key.push_str(&extent.prefix),
            Some(Node::Unknown(unknown)) => match unknown.atom.key().strip_prefix(MARK) {
                Some(own) => key.push_str(own),
                None => key.extend(["\u{1}", unknown.atom.key(), "\u{2}"]),
            },
            _ => return None,
        }
        if key.len() > LONGEST {
            return None;
        }
    }
    Some(key)
}

/// What begins the key of the parts of a text that is not known in full, before the delimiter.
const PARTS_OF: &str = "split:";

/// The identity of the parts of such a text.
fn parts_key(unknown: &Unknown, delimiters: Option<&[String]>) -> Option<String> {
    let [delimiter] = delimiters? else { return None };
    let key = unknown.atom.key();
    key.starts_with(MARK).then(|| format!("{PARTS_OF}{delimiter}\u{3}{key}"))
}

/// The last of the parts of a text of which only the end is known: the name at the end of an id whose subscription is
/// not known.
pub(super) fn last_part(parts: &Unknown) -> Option<&str> {
    let (delimiter, key) = parts.atom.key().strip_prefix(PARTS_OF)?.split_once('\u{3}')?;
    let (_, known) = key.rsplit_once('\u{2}')?;
    known.rsplit_once(delimiter).map(|(_, last)| last)
}

/// `concat()` of strings or of arrays, whichever the arguments are.
pub fn concat(site: &Site<'_>, args: &[Value]) -> Value {
    lift(site, args, |row| {
        let is_list = |node: &Node| node.kind() == Some(Kind::List);
        if row.alternatives.iter().any(|a| is_list(&a.node)) {
            return array::concat(row);
        }
        if row.alternatives.iter().all(|a| matches!(&a.node, Node::Unknown(u) if u.certain.kind.is_none())) {
            return match row.alternatives {
                [only] => Value::new(only.node.clone(), only.provenance.passed(row.site.at)),
                _ => row.opaque(Certain { not_null: true, ..Certain::default() }),
            };
        }
        if let Some(index) =
            (0..row.alternatives.len()).find(|&index| matches!(row.node(index), Node::Map(_)))
        {
            return row.wrong_type(index, "strings or arrays");
        }
        let texts = row.alternatives.iter().map(|a| match &a.node {
            Node::String(text) => text.len(),
            _ => 0,
        });
        // A text may be named more often than there is memory for.
        if texts.sum::<usize>() > MAX_TEXT {
            return row.bound(TOO_LONG);
        }
        let pieces: Vec<_> = row.alternatives.iter().map(|&a| (Extent::of(&a.node), Some(a))).collect();
        assemble(row, &pieces)
    })
}

fn string(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::String(text) => {
            let provenance =
                row.alternatives.first().map_or_else(Provenance::nowhere, |a| a.provenance.clone());
            Value::new(Node::String(text.clone()), provenance.passed(row.site.at))
        }
        Node::Unknown(_) => row.opaque(Extent::of(row.node(0)).certain()),
        node => match text_of(node) {
            Some(text) => row.text(text),
            None => row.opaque(Certain::of_kind(Kind::String)),
        },
    }
}

/// A function of a known text; of an unknown one nothing is said.
pub(super) fn from_text(row: &Row<'_>, f: impl FnOnce(&Row<'_>, &str) -> Value) -> Value {
    match row.node(0) {
        Node::String(text) => f(row, text),
        Node::Unknown(_) => match row.site.name {
            "json" | "base64tojson" => row.opaque(Certain::default()),
            _ => row.opaque(Certain::of_kind(Kind::String)),
        },
        _ => row.wrong_type(0, "a string"),
    }
}

/// A text with each letter in the other case, as .NET's invariant culture has it: what would become two
/// letters stays.
fn letter_by_letter<I: ExactSizeIterator<Item = char>>(text: &str, change: impl Fn(char) -> I) -> String {
    let one = |letter| {
        let mut changed = change(letter);
        if changed.len() == 1 { changed.next().unwrap_or(letter) } else { letter }
    };
    text.chars().map(one).collect()
}

/// A function that works letter by letter and keeps the length.
fn map_text(row: &Row<'_>, f: impl Fn(&str) -> String) -> Value {
    match row.node(0) {
        Node::String(text) => row.text(f(text)),
        Node::Unknown(_) => {
            let extent = Extent::of(row.node(0));
            row.opaque(Extent { prefix: f(&extent.prefix).into(), ..extent }.certain())
        }
        _ => row.wrong_type(0, "a string"),
    }
}

fn trim(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::String(text) => row.text(text.trim()),
        Node::Unknown(_) => {
            let max_length = Extent::of(row.node(0)).max;
            row.opaque(Certain { max_length, ..Certain::of_kind(Kind::String) })
        }
        _ => row.wrong_type(0, "a string"),
    }
}

fn replace(row: &Row<'_>) -> Value {
    match (row.node(0), row.node(1), row.node(2)) {
        (Node::String(_), Node::String(old), _) if old.is_empty() => {
            row.failed("replace() wants something to replace")
        }
        (Node::String(text), Node::String(old), _) if !text.contains(&**old) => row.text(text),
        (Node::String(text), Node::String(old), Node::String(new)) => {
            let times = text.matches(&**old).count();
            if times.saturating_mul(new.len()) > MAX_TEXT {
                return row.bound(TOO_LONG);
            }
            row.text(text.replace(&**old, new))
        }
        (Node::Unknown(_), Node::String(old), Node::String(new)) => {
            // Only what is removed or kept in length says something about the result's length.
            let extent = Extent::of(row.node(0));
            let (old, new) = (old.chars().count(), new.chars().count());
            let max_length = if new <= old { extent.max } else { None };
            let min_length = if new >= old { extent.min } else { 0 };
            row.opaque(Certain { min_length, max_length, ..Certain::of_kind(Kind::String) })
        }
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::String)),
        _ => row.failed("replace() wants three strings"),
    }
}

fn split(row: &Row<'_>) -> Value {
    let delimiters: Option<Vec<String>> = match row.node(1) {
        Node::String(one) => Some(vec![one.to_string()]),
        Node::List(list) if list.open.is_none() => {
            list.items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    };
    match (row.node(0), delimiters) {
        (Node::String(text), Some(delimiters)) => {
            let pieces = split_at_any(text, &delimiters);
            let provenance = row.provenance();
            row.list(pieces.into_iter().map(|piece| Value::string(piece, provenance.clone())).collect())
        }
        (Node::Unknown(unknown), delimiters) => {
            row.opaque_as(parts_key(unknown, delimiters.as_deref()), Certain::of_kind(Kind::List))
        }
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.failed("split() wants a string and its delimiters"),
    }
}

/// The parts of a text between delimiters, of which the first that fits at a place counts.
fn split_at_any(text: &str, delimiters: &[String]) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let here = delimiters.iter().find(|d| !d.is_empty() && rest.starts_with(d.as_str()));
        let length = match here {
            Some(delimiter) => {
                pieces.push(std::mem::take(&mut piece));
                delimiter.len()
            }
            None => {
                piece.push(letter);
                letter.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or("");
    }
    pieces.push(piece);
    pieces
}

fn join(row: &Row<'_>) -> Value {
    match (row.node(0), row.node(1)) {
        (Node::List(list), Node::String(delimiter)) if list.open.is_none() => {
            let mut joined = String::new();
            for (index, item) in list.items.iter().enumerate() {
                let Some(text) = item.single().and_then(text_of) else {
                    return row.opaque(Certain::of_kind(Kind::String));
                };
                if index > 0 {
                    joined.push_str(delimiter);
                }
                joined.push_str(&text);
                if joined.len() > MAX_TEXT {
                    return row.bound(TOO_LONG);
                }
            }
            row.text(joined)
        }
        (Node::List(_), Node::String(_)) => row.opaque(Certain::of_kind(Kind::String)),
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::String)),
        _ => row.failed("join() wants an array and a delimiter"),
    }
}

fn substring(row: &Row<'_>) -> Value {
    let wanted = row.alternatives.len() > 2;
    let start = match row.alternatives.len() {
        0 | 1 => Some(0),
        _ => int_of(row.node(1)).and_then(|n| usize::try_from(n).ok()),
    };
    let count = int_of(row.node(2)).and_then(|n| usize::try_from(n).ok());
    match (row.node(0), start) {
        (Node::String(text), Some(start)) if !wanted || count.is_some() => {
            let length = text.encode_utf16().count();
            if start.saturating_add(count.unwrap_or(0)) > length {
                return row.failed(format!("substring() reaches beyond the end of `{text}`"));
            }
            units(row, text, start, count.unwrap_or(length))
        }
        (Node::Unknown(_), Some(start)) => {
            let extent = Extent::of(row.node(0));
            let known: String = extent.prefix.chars().skip(start).take(count.unwrap_or(usize::MAX)).collect();
            match count {
                // As long as the argument is long enough, which Azure demands, the length is the wanted one.
                Some(count) if known.chars().count() == count => row.text(known),
                Some(count) => row.opaque(
                    Extent { prefix: known.into(), whole: false, min: count, max: Some(count) }.certain(),
                ),
                None => row.opaque(
                    Extent {
                        prefix: known.into(),
                        whole: false,
                        min: extent.min.saturating_sub(start),
                        max: extent.max.map(|max| max.saturating_sub(start)),
                    }
                    .certain(),
                ),
            }
        }
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::String)),
        _ => row.failed("substring() wants a string, a start and a length"),
    }
}

/// So many of a text's UTF-16 units, which are what .NET counts; fewer where it ends. Half a character is not
/// known.
pub(super) fn units(row: &Row<'_>, text: &str, start: usize, count: usize) -> Value {
    let units: Vec<u16> = text.encode_utf16().skip(start).take(count).collect();
    match String::from_utf16(&units) {
        Ok(text) => row.text(text),
        Err(_) => row.by_service(Certain::of_kind(Kind::String)),
    }
}

/// What a text lacks to be so many UTF-16 units wide, which are what .NET counts. Rust's own formatting panics for
/// widths beyond 65,535.
pub(super) fn filling(text: &str, wide: usize, fill: char) -> String {
    std::iter::repeat_n(fill, wide.saturating_sub(text.encode_utf16().count())).collect()
}

fn pad_left(row: &Row<'_>) -> Value {
    let wide = int_of(row.node(1)).and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= MAX_TEXT);
    let fill = match row.alternatives.get(2).map(|a| &a.node) {
        None => Some(' '),
        Some(Node::String(text)) => text.chars().next(),
        Some(_) => None,
    };
    match (row.node(0), wide, fill) {
        (Node::String(_) | Node::Number(_), Some(wide), Some(fill)) => {
            let text = text_of(row.node(0)).unwrap_or_default();
            row.text(filling(&text, wide, fill) + &text)
        }
        _ if row.unknown().is_some() => {
            let extent = Extent::of(row.node(0));
            let min_length = extent.min.max(wide.unwrap_or(0));
            let max_length = extent.max.zip(wide).map(|(a, b)| a.max(b));
            row.opaque(Certain { min_length, max_length, ..Certain::of_kind(Kind::String) })
        }
        _ => row.failed("padLeft() wants a text, a length and a character"),
    }
}

fn affix(row: &Row<'_>) -> Value {
    // Both compare without case.
    let starts = row.site.name == "startswith";
    match (row.node(0), row.node(1)) {
        (Node::String(text), Node::String(affix)) => {
            let (text, affix) = (text.to_lowercase(), affix.to_lowercase());
            let result = if starts { text.starts_with(&affix) } else { text.ends_with(&affix) };
            row.value(Node::Bool(result))
        }
        (Node::Unknown(_), Node::String(affix)) if starts => {
            let (known, affix) = (Extent::of(row.node(0)).prefix.to_lowercase(), affix.to_lowercase());
            let shared = known.chars().zip(affix.chars()).all(|(a, b)| a == b);
            match (shared, known.len() >= affix.len()) {
                (true, true) => row.value(Node::Bool(true)),
                (false, _) => row.value(Node::Bool(false)),
                _ => row.opaque_bool(),
            }
        }
        _ if row.unknown().is_some() => row.opaque_bool(),
        _ => row.failed(format!("{}() wants two strings", row.site.name)),
    }
}

/// Reads comments and single quotes too, as the service does.
fn json(row: &Row<'_>, text: &str) -> Value {
    match crate::syntax::json::parse(crate::source::FileId(0), text).0 {
        Some(parsed) => from_json(&parsed, &row.provenance()),
        // There are forms that are more lenient still.
        None => row.opaque(Certain::default()),
    }
}

fn from_json(json: &data::Node, provenance: &Provenance) -> Value {
    let node = match &json.kind {
        data::NodeKind::Null => Node::NULL,
        data::NodeKind::Bool(value) => Node::Bool(*value),
        data::NodeKind::Number(written) => {
            Number::parse(written).map_or_else(|| Node::string(written), Node::Number)
        }
        data::NodeKind::String(text) => Node::String(text.shared()),
        data::NodeKind::Array(items) => {
            Node::list(items.iter().map(|item| from_json(item, provenance)).collect())
        }
        data::NodeKind::Object(members) => {
            let value = |member: &data::Member| from_json(&member.value, provenance);
            Node::map(members.iter().map(|member| (member.key.text.clone(), value(member))).collect())
        }
    };
    Value::new(node, provenance.clone())
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (word >> (18 - 6 * at)) & 63;
            let letter = BASE64.get(index as usize).copied().unwrap_or(b'=');
            out.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// `None` unless the text is padded, as .NET demands.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    if text.bytes().filter(|byte| !byte.is_ascii_whitespace()).count() % 4 != 0 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let index = BASE64.iter().position(|letter| *letter == byte)?;
        word = word << 6 | u32::try_from(index).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    Some(out)
}

/// Whether a text is a pattern in which `*` stands for anything, without case.
fn like(row: &Row<'_>) -> Value {
    let (Node::String(text), Node::String(pattern)) = (row.node(0), row.node(1)) else {
        return if row.unknown().is_some() {
            row.opaque_bool()
        } else {
            row.failed("like() wants two strings")
        };
    };
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let matched = match (pattern.rsplit_once('*'), text.strip_prefix(first)) {
        (None, _) => text == pattern,
        (Some(_), None) => false,
        (Some((_, last)), Some(rest)) => match rest.strip_suffix(last) {
            None => false,
            // Each part in the middle is found as early as can be.
            Some(middle) => {
                let mut middle = Some(middle);
                let count = pattern.matches('*').count();
                for part in parts.take(count.saturating_sub(1)) {
                    middle = middle.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
                }
                middle.is_some()
            }
        },
    };
    row.value(Node::Bool(matched))
}

/// The scalar as a key of an object.
pub(super) fn key_of(node: &Node) -> Option<Arc<str>> {
    match node.scalar()? {
        Scalar::String(text) => Some(text),
        Scalar::Number(number) => Some(Arc::from(number.to_string())),
        _ => None,
    }
}
