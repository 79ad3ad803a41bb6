//! Wholly known values without provenance: what the functions on scalars compute with.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::strings::MAX_TEXT;
use crate::value::{List, Map, Node, Number, Provenance, Value};

/// A wholly known value. The order is total and has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    List { items: Vec<Plain>, set: bool },
    Map(BTreeMap<Arc<str>, Plain>),
}

/// What a function on known values gives: a value or the message of its failure.
pub(super) type Outcome = Result<Plain, String>;

/// The message of what is no failure but more than is worked out: [`Call::compute`](super::Call::compute) makes an
/// unknown of it.
pub(super) const TOO_LARGE: &str = "the result is too large";

impl Plain {
    /// The node, if it and all its parts are known and the same in all worlds.
    pub(super) fn of(node: &Node) -> Option<Plain> {
        Some(match node {
            Node::Null(_) => Plain::Null,
            Node::Bool(value) => Plain::Bool(*value),
            Node::Number(value) => Plain::Number(*value),
            Node::String(text) => Plain::String(text.clone()),
            Node::List(list) if list.open.is_none() => Plain::List {
                items: list.items.iter().map(Plain::of_value).collect::<Option<_>>()?,
                set: list.set,
            },
            Node::Map(map) if map.open.is_none() => Plain::Map(
                map.entries
                    .iter()
                    .map(|(key, value)| Some((key.clone(), Plain::of_value(value)?)))
                    .collect::<Option<_>>()?,
            ),
            Node::List(_) | Node::Map(_) | Node::Unknown(_) => return None,
        })
    }

    /// As [`Plain::of`], for a value.
    pub(super) fn of_value(value: &Value) -> Option<Plain> {
        Plain::of(value.single()?)
    }

    pub(super) fn text(text: impl AsRef<str>) -> Plain {
        Plain::String(Arc::from(text.as_ref()))
    }

    pub(super) fn int(value: i64) -> Plain {
        Plain::Number(Number::Int(value))
    }

    /// A whole number from a length or an index.
    pub(super) fn count(value: usize) -> Plain {
        Plain::int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    pub(super) fn list(items: Vec<Plain>) -> Plain {
        Plain::List { items, set: false }
    }

    /// The value, every part of it worked out as the provenance says.
    pub(super) fn into_value(self, provenance: &Provenance) -> Value {
        let node = match self {
            Plain::Null => Node::NULL,
            Plain::Bool(value) => Node::Bool(value),
            Plain::Number(value) => Node::Number(value),
            Plain::String(text) => Node::String(text),
            Plain::List { items, set } => Node::List(Arc::new(List {
                items: items.into_iter().map(|item| item.into_value(provenance)).collect(),
                set,
                ..List::default()
            })),
            Plain::Map(entries) => Node::Map(Arc::new(Map {
                entries: entries.into_iter().map(|(key, item)| (key, item.into_value(provenance))).collect(),
                ..Map::default()
            })),
        };
        Value::new(node, provenance.clone())
    }

    /// The field's word for the type, for messages.
    pub(super) fn kind_name(&self) -> &'static str {
        match self {
            Plain::Null => "null",
            Plain::Bool(_) => "bool",
            Plain::Number(_) => "number",
            Plain::String(_) => "string",
            Plain::List { set: false, .. } => "list",
            Plain::List { set: true, .. } => "set",
            Plain::Map(_) => "map",
        }
    }

    /// The number of its parts, and for long texts of as many more as they take memory.
    pub(super) fn weight(&self) -> usize {
        let inner = match self {
            Plain::String(text) => text.len() / 64,
            Plain::List { items, .. } => items.iter().map(Plain::weight).fold(0, usize::saturating_add),
            Plain::Map(entries) => entries
                .iter()
                .map(|(key, item)| (key.len() / 64).saturating_add(item.weight()))
                .fold(0, usize::saturating_add),
            _ => 0,
        };
        inner.saturating_add(1)
    }

    /// The text that Terraform converts a scalar to.
    pub(super) fn as_text(&self) -> Result<Arc<str>, String> {
        match self {
            Plain::String(text) => Ok(text.clone()),
            Plain::Number(value) => Ok(value.to_string().into()),
            Plain::Bool(value) => Ok(value.to_string().into()),
            Plain::Null => Err("argument must not be null".into()),
            other => Err(format!("string required, but have {}", other.kind_name())),
        }
    }

    /// The number that Terraform converts a scalar to.
    pub(super) fn as_number(&self) -> Result<Number, String> {
        match self {
            Plain::Number(value) => Ok(*value),
            Plain::String(text) => parse_number(text).ok_or_else(|| "a number is required".to_owned()),
            Plain::Null => Err("argument must not be null".into()),
            other => Err(format!("number required, but have {}", other.kind_name())),
        }
    }

    /// The boolean that Terraform converts a scalar to.
    pub(super) fn as_bool(&self) -> Result<bool, String> {
        match self {
            Plain::Bool(value) => Ok(*value),
            Plain::String(text) => parse_bool(text).ok_or_else(|| "a bool is required".to_owned()),
            Plain::Null => Err("argument must not be null".into()),
            other => Err(format!("bool required, but have {}", other.kind_name())),
        }
    }

    /// JSON as Terraform's `jsonencode` writes it: no white space, keys sorted, `<`, `>` and `&` escaped. Of what
    /// comes to more than [`MAX_TEXT`] only a beginning of at least that length is written.
    pub(super) fn json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out);
        out
    }

    fn write_json(&self, out: &mut String) {
        match self {
            Plain::Null => out.push_str("null"),
            Plain::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Plain::Number(value) => out.push_str(&value.to_string()),
            Plain::String(text) => write_json_string(text, out),
            Plain::List { items, .. } => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if out.len() > MAX_TEXT {
                        return;
                    }
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Plain::Map(entries) => {
                out.push('{');
                for (index, (key, item)) in entries.iter().enumerate() {
                    if out.len() > MAX_TEXT {
                        return;
                    }
                    if index > 0 {
                        out.push(',');
                    }
                    write_json_string(key, out);
                    out.push(':');
                    item.write_json(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Reads a number from a string as Terraform's conversion does: decimal only, nothing around it.
pub(in super::super) fn parse_number(text: &str) -> Option<Number> {
    let valid = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    if valid { Number::parse(text) } else { None }
}

/// Reads a boolean from a string as Terraform's conversion does.
pub(in super::super) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// The arguments of one call, all known.
pub(super) struct Args<'a>(pub(super) &'a [Plain]);

impl Args<'_> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, index: usize) -> &Plain {
        self.0.get(index).unwrap_or(&Plain::Null)
    }

    pub(super) fn text(&self, index: usize) -> Result<Arc<str>, String> {
        self.get(index).as_text()
    }

    pub(super) fn number(&self, index: usize) -> Result<Number, String> {
        self.get(index).as_number()
    }

    pub(super) fn float(&self, index: usize) -> Result<f64, String> {
        Ok(self.number(index)?.as_f64())
    }

    /// A whole number.
    pub(super) fn int(&self, index: usize) -> Result<i64, String> {
        self.number(index)?.as_i64().ok_or_else(|| "a whole number is required".to_owned())
    }

    /// The elements of a list or set.
    pub(super) fn items(&self, index: usize) -> Result<&[Plain], String> {
        match self.get(index) {
            Plain::List { items, .. } => Ok(items),
            Plain::Null => Err("argument must not be null".into()),
            other => Err(format!("list required, but have {}", other.kind_name())),
        }
    }
}
