//! Strings.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{MAX_TEXT, Row, Site, array, int_of, lift};
use crate::source::Span;
use crate::syntax::data;
use crate::value::{Alternative, Certain, Kind, Map, Node, Number, Provenance, Scalar, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "concat" => concat(site, args),
        "format" => lift(site, args, format),
        "string" => lift(site, args, string),
        "tolower" => lift(site, args, |row| map_text(row, |text| text.to_lowercase())),
        "toupper" => lift(site, args, |row| map_text(row, |text| text.to_uppercase())),
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
        "datauri" => lift(site, args, |row| {
            from_text(row, |row, text| {
                row.text(format!("data:text/plain;charset=utf8;base64,{}", encode_base64(text.as_bytes())))
            })
        }),
        "datauritostring" => lift(site, args, |row| {
            from_text(row, |row, text| {
                let payload = text.split_once(";base64,").and_then(|(_, payload)| decode_base64(payload));
                match payload.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(text) => row.text(text),
                    None => row.opaque(Certain::of_kind(Kind::String)),
                }
            })
        }),
        "uricomponent" => lift(site, args, |row| from_text(row, |row, text| row.text(encode_uri(text)))),
        "uricomponenttostring" => lift(site, args, |row| {
            from_text(row, |row, text| match decode_uri(text) {
                Some(text) => row.text(text),
                None => row.failed("the text is not URI-encoded"),
            })
        }),
        "uri" => lift(site, args, uri),
        "like" => lift(site, args, like),
        // Whether a port that is the scheme's own, a lone slash and the query's mark come out is not documented.
        "builduri" => lift(site, args, |row| row.by_service(Certain::of_kind(Kind::String))),
        "parseuri" => lift(site, args, |row| row.by_service(Certain::of_kind(Kind::Map))),
        _ => return None,
    };
    Some(value)
}

/// What is known of the text that a node becomes.
#[derive(Debug, Clone, Default)]
pub struct Extent {
    /// How it begins.
    pub prefix: String,
    /// True if it is the prefix and nothing more.
    pub whole: bool,
    /// Least length in code points.
    pub min: usize,
    /// Greatest length in code points.
    pub max: Option<usize>,
}

impl Extent {
    /// A known text.
    pub fn known(text: impl Into<String>) -> Extent {
        let prefix = text.into();
        let length = prefix.chars().count();
        Extent { prefix, whole: true, min: length, max: Some(length) }
    }

    /// The text of a node.
    pub fn of(node: &Node) -> Extent {
        match node {
            Node::Unknown(unknown) => {
                let certain = &unknown.certain;
                let prefix = certain.prefix.as_deref().unwrap_or("").to_owned();
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
            node => match text_of(node) {
                Some(text) => Extent::known(text),
                None => Extent::default(),
            },
        }
    }

    /// This text followed by another.
    fn then(mut self, next: &Extent) -> Extent {
        if self.whole && self.prefix.len() + next.prefix.len() <= MAX_TEXT {
            self.prefix.push_str(&next.prefix);
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
        let prefix: String = self.prefix.chars().take(256).collect();
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
            write_json(node, &mut out, 0).then_some(out)
        }
        Node::Unknown(_) => None,
    }
}

fn write_json(node: &Node, out: &mut String, depth: usize) -> bool {
    if depth > 64 || out.len() > MAX_TEXT {
        return false;
    }
    match node {
        Node::Null(_) => out.push_str("null"),
        Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Node::Number(value) => out.push_str(&value.to_string()),
        Node::String(text) => out.push_str(&serde_json::Value::from(&**text).to_string()),
        Node::List(list) => {
            if list.open.is_some() {
                return false;
            }
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if !item.single().is_some_and(|node| write_json(node, out, depth + 1)) {
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
                out.push_str(&serde_json::Value::from(&**key).to_string());
                out.push(':');
                if !value.single().is_some_and(|node| write_json(node, out, depth + 1)) {
                    return false;
                }
            }
            out.push('}');
        }
        Node::Unknown(_) => return false,
    }
    true
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
fn assemble(row: &Row<'_>, pieces: &[(Extent, Option<&Alternative>)]) -> Value {
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
        row.bound("a string is longer than is kept")
    } else {
        row.opaque(total.certain())
    }
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
        let pieces: Vec<_> = row.alternatives.iter().map(|&a| (Extent::of(&a.node), Some(a))).collect();
        assemble(row, &pieces)
    })
}

/// A part of a format string.
pub(in crate::resolve::arm) enum Chunk {
    Text(String),
    Hole { index: usize, width: i64, spec: String },
}

/// Takes a .NET format string apart; `None` if it is malformed.
pub(in crate::resolve::arm) fn chunks(pattern: &str) -> Option<Vec<Chunk>> {
    let mut chunks = Vec::new();
    let mut text = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '{' if rest.peek() == Some(&'{') => {
                rest.next();
                text.push('{');
            }
            '}' if rest.peek() == Some(&'}') => {
                rest.next();
                text.push('}');
            }
            '}' => return None,
            '{' => {
                let mut hole = String::new();
                loop {
                    match rest.next()? {
                        '}' => break,
                        c => hole.push(c),
                    }
                }
                let (head, spec) = hole.split_once(':').unwrap_or((&hole, ""));
                let (index, width) = head.split_once(',').unwrap_or((head, "0"));
                if !text.is_empty() {
                    chunks.push(Chunk::Text(std::mem::take(&mut text)));
                }
                chunks.push(Chunk::Hole {
                    index: index.trim().parse().ok()?,
                    width: width.trim().parse().ok()?,
                    spec: spec.to_owned(),
                });
            }
            c => text.push(c),
        }
    }
    if !text.is_empty() {
        chunks.push(Chunk::Text(text));
    }
    Some(chunks)
}

fn format(row: &Row<'_>) -> Value {
    let Node::String(pattern) = row.node(0) else {
        return match row.node(0) {
            Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::String)),
            _ => row.wrong_type(0, "a format string"),
        };
    };
    let Some(chunks) = chunks(pattern) else {
        return row.failed(format!("`{pattern}` is not a format string"));
    };
    let mut pieces = Vec::new();
    for chunk in chunks {
        match chunk {
            Chunk::Text(text) => pieces.push((Extent::known(text), None)),
            Chunk::Hole { index, width, spec } => {
                let Some(&argument) = row.alternatives.get(index + 1) else {
                    return row.failed(format!("`{{{index}}}` has no argument"));
                };
                let mut extent = Extent::of(&argument.node);
                if !spec.is_empty() {
                    extent = match &argument.node {
                        Node::Number(number) => match format_number(*number, &spec) {
                            Some(text) => Extent::known(text),
                            None => Extent::default(),
                        },
                        Node::Unknown(_) => Extent::default(),
                        _ => extent,
                    };
                }
                if width != 0 {
                    extent = match (extent.whole, usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX))
                    {
                        (true, wide) if wide <= MAX_TEXT && width > 0 => {
                            Extent::known(format!("{:>wide$}", extent.prefix))
                        }
                        (true, wide) if wide <= MAX_TEXT => {
                            Extent::known(format!("{:<wide$}", extent.prefix))
                        }
                        _ => Extent::default(),
                    };
                }
                let plain = spec.is_empty() && width == 0;
                pieces.push((extent, plain.then_some(argument)));
            }
        }
    }
    assemble(row, &pieces)
}

/// A number in one of .NET's standard formats that templates use; `None` for the others.
fn format_number(number: Number, spec: &str) -> Option<String> {
    let kind = spec.chars().next()?;
    let digits = spec.get(1..)?;
    let wide: Option<usize> =
        if digits.is_empty() { None } else { Some(digits.parse().ok().filter(|n| *n <= 99)?) };
    match kind {
        'D' | 'd' => {
            let value = number.as_i64()?;
            let sign = if value < 0 { "-" } else { "" };
            Some(format!("{sign}{:0>width$}", value.unsigned_abs(), width = wide.unwrap_or(1)))
        }
        'X' => Some(format!("{:0>width$X}", number.as_i64()?, width = wide.unwrap_or(1))),
        'x' => Some(format!("{:0>width$x}", number.as_i64()?, width = wide.unwrap_or(1))),
        'F' | 'f' => Some(format!("{:.*}", wide.unwrap_or(2), number.as_f64())),
        '0' if spec.bytes().all(|byte| byte == b'0') => format_number(number, &format!("D{}", spec.len())),
        _ => None,
    }
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
fn from_text(row: &Row<'_>, f: impl FnOnce(&Row<'_>, &str) -> Value) -> Value {
    match row.node(0) {
        Node::String(text) => f(row, text),
        Node::Unknown(_) => match row.site.name {
            "json" | "base64tojson" => row.opaque(Certain::default()),
            _ => row.opaque(Certain::of_kind(Kind::String)),
        },
        _ => row.wrong_type(0, "a string"),
    }
}

/// A function that works letter by letter and keeps the length.
fn map_text(row: &Row<'_>, f: impl Fn(&str) -> String) -> Value {
    match row.node(0) {
        Node::String(text) => row.text(f(text)),
        Node::Unknown(_) => {
            let extent = Extent::of(row.node(0));
            row.opaque(Extent { prefix: f(&extent.prefix), ..extent }.certain())
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
                return row.bound("a string is longer than is kept");
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
            let mut pieces = vec![text.to_string()];
            for delimiter in delimiters.iter().filter(|delimiter| !delimiter.is_empty()) {
                pieces = pieces
                    .iter()
                    .flat_map(|piece| piece.split(delimiter.as_str()))
                    .map(str::to_owned)
                    .collect();
            }
            let provenance = row.provenance();
            row.list(pieces.into_iter().map(|piece| Value::string(piece, provenance.clone())).collect())
        }
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::List)),
        _ => row.failed("split() wants a string and its delimiters"),
    }
}

fn join(row: &Row<'_>) -> Value {
    match (row.node(0), row.node(1)) {
        (Node::List(list), Node::String(delimiter)) if list.open.is_none() => {
            let texts: Option<Vec<String>> =
                list.items.iter().map(|item| item.single().and_then(text_of)).collect();
            match texts {
                Some(texts) => {
                    let length: usize = texts.iter().map(|text| text.len() + delimiter.len()).sum();
                    if length > MAX_TEXT {
                        return row.bound("a string is longer than is kept");
                    }
                    row.text(texts.join(delimiter))
                }
                None => row.opaque(Certain::of_kind(Kind::String)),
            }
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
            let length = text.chars().count();
            let count = count.unwrap_or_else(|| length.saturating_sub(start));
            if start.saturating_add(count) > length {
                return row.failed(format!("substring() reaches beyond the end of `{text}`"));
            }
            row.text(text.chars().skip(start).take(count).collect::<String>())
        }
        (Node::Unknown(_), Some(start)) => {
            let extent = Extent::of(row.node(0));
            let known: String = extent.prefix.chars().skip(start).take(count.unwrap_or(usize::MAX)).collect();
            match count {
                // As long as the argument is long enough, which Azure demands, the length is the wanted one.
                Some(count) if known.chars().count() == count => row.text(known),
                Some(count) => {
                    row.opaque(Extent { prefix: known, whole: false, min: count, max: Some(count) }.certain())
                }
                None => row.opaque(
                    Extent {
                        prefix: known,
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
            let missing = wide.saturating_sub(text.chars().count());
            let mut padded = String::new();
            padded.extend(std::iter::repeat_n(fill, missing));
            let _ = write!(padded, "{text}");
            row.text(padded)
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

fn encode_base64(bytes: &[u8]) -> String {
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

fn decode_base64(text: &str) -> Option<Vec<u8>> {
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

fn encode_uri(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn decode_uri(text: &str) -> Option<String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            out.push((digit(bytes.next())? * 16 + digit(bytes.next())?) as u8);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

/// Joins a base and a relative address: what follows the base's last slash is replaced.
/// What follows the last slash of the base is replaced, unless that slash is one of `://`. Slashes on both
/// sides of the seam are one.
fn uri(row: &Row<'_>) -> Value {
    match (row.node(0), row.node(1)) {
        (Node::String(base), Node::String(relative)) => {
            let host = base.find("://").map_or(0, |at| at + 3);
            let slash = base.rfind('/').filter(|at| *at >= host);
            let kept = slash.and_then(|at| base.get(..at)).unwrap_or(base);
            let relative = relative.strip_prefix('/').unwrap_or(relative);
            row.text(format!("{kept}/{relative}"))
        }
        _ if row.unknown().is_some() => row.opaque(Certain::of_kind(Kind::String)),
        _ => row.failed("uri() wants two strings"),
    }
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
