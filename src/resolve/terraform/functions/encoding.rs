//! Functions between text and other notations: JSON, YAML, CSV, base 64, URLs, digests, UUIDs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::plain::{Args, Outcome, Plain};
use super::strings::MAX_TEXT;
use super::{Call, certain};
use crate::resolve::hash;
use crate::source::{FileId, Span};
use crate::syntax::data::{Key, Member, Node, NodeKind, Text};
use crate::syntax::{json, yaml};
use crate::value::{self, Alternative, List, Map, Number, Provenance, Value};

pub(super) fn jsonencode(args: &Args) -> Outcome {
    Ok(Plain::text(args.get(0).json()))
}

pub(super) fn jsondecode(call: &Call) -> Value {
    decode(call, json_value, |file, text| json::parse(file, text).0)
}

pub(super) fn yamldecode(call: &Call) -> Value {
    decode(call, yaml_value, |file, text| {
        yaml::parse(file, text).documents.into_iter().next().and_then(|document| document.node)
    })
}

/// Decodes a text. Where it is a whole file, every part of the value is written there; else all of it is worked
/// out by the call.
fn decode(call: &Call, compute: fn(&Args) -> Outcome, tree: fn(FileId, &str) -> Option<Node>) -> Value {
    let worked_out = || call.compute(call.args, compute, certain::nothing);
    let argument = call.arg(0);
    let [Alternative { node: value::Node::String(text), provenance, .. }] = argument.alternatives() else {
        return worked_out();
    };
    let whole = provenance.origin().filter(|origin| origin.start == 0 && origin.end as usize == text.len());
    let known = compute(&Args(&[Plain::String(text.clone())]));
    match (whole, known) {
        (_, Ok(plain)) if !call.make(plain.weight()) => call.too_large(),
        (Some(origin), Ok(plain)) if !provenance.is_computed() => {
            let node = tree(origin.file, text);
            placed(plain, node.as_ref(), &provenance.passed(call.at), call.at)
        }
        _ => worked_out(),
    }
}

/// A decoded value whose parts are written at the spans of the tree; parts that the tree lacks are where the
/// whole is.
fn placed(plain: Plain, node: Option<&Node>, around: &Provenance, at: Span) -> Value {
    let here = node.map_or_else(|| around.clone(), |node| Provenance::written(node.span).passed(at));
    match plain {
        Plain::List { items, set } => {
            let nodes = node.and_then(Node::as_array).unwrap_or_default();
            let items = items.into_iter().enumerate();
            let items = items.map(|(index, item)| placed(item, nodes.get(index), &here, at)).collect();
            Value::new(value::Node::List(Arc::new(List { items, set, ..List::default() })), here)
        }
        Plain::Map(entries) => {
            let members = node.and_then(Node::as_object).unwrap_or_default();
            // Of members of one name the last one counts.
            let by_name: BTreeMap<&str, &Member> =
                members.iter().map(|member| (&*member.key.text, member)).collect();
            let entries = entries.into_iter().map(|(key, item)| {
                let member = by_name.get(&*key);
                let value = placed(item, member.map(|member| &member.value), &here, at);
                (key, value)
            });
            let key_spans = members.iter().map(|member| (member.key.text.clone(), member.key.span));
            let map = Map { entries: entries.collect(), key_spans: key_spans.collect(), ..Map::default() };
            Value::new(value::Node::Map(Arc::new(map)), here)
        }
        scalar => scalar.into_value(&here),
    }
}

fn json_value(args: &Args) -> Outcome {
    let value: serde_json::Value =
        serde_json::from_str(&args.text(0)?).map_err(|error| format!("invalid JSON: {error}"))?;
    Ok(from_json(value))
}

fn from_json(value: serde_json::Value) -> Plain {
    match value {
        serde_json::Value::Null => Plain::Null,
        serde_json::Value::Bool(value) => Plain::Bool(value),
        serde_json::Value::Number(number) => Plain::Number(match number.as_i64() {
            Some(int) => Number::Int(int),
            None => Number::from_f64(number.as_f64().unwrap_or(0.0)),
        }),
        serde_json::Value::String(text) => Plain::text(text),
        serde_json::Value::Array(items) => Plain::list(items.into_iter().map(from_json).collect()),
        serde_json::Value::Object(members) => {
            Plain::Map(members.into_iter().map(|(key, value)| (Arc::from(key), from_json(value))).collect())
        }
    }
}

fn yaml_value(args: &Args) -> Outcome {
    let text = args.text(0)?;
    // The text is a value, not a file; its spans are not used.
    let stream = yaml::parse(FileId(u32::MAX), &text);
    match stream.documents.as_slice() {
        [only] => match &only.node {
            // A text of comments alone has no value, unlike one that says null.
            Some(node) if node.is_null() && node.span.start == node.span.end => {
                Err("missing start of document".into())
            }
            Some(node) => from_yaml(node, &text),
            None => {
                let message = only.errors.first().map_or("not valid", |error| &*error.message);
                Err(format!("invalid YAML: {message}"))
            }
        },
        [] => Err("missing start of document".into()),
        _ => Err("only one document is allowed".into()),
    }
}

fn from_yaml(node: &Node, text: &str) -> Outcome {
    Ok(match &node.kind {
        NodeKind::Null => Plain::Null,
        NodeKind::Bool(value) => Plain::Bool(*value),
        NodeKind::Number(written) => Plain::Number(yaml_number(node, written)?),
        NodeKind::String(string) => yaml_string(string.as_str(), node.written(text)),
        NodeKind::Array(items) => {
            Plain::list(items.iter().map(|item| from_yaml(item, text)).collect::<Result<_, _>>()?)
        }
        NodeKind::Object(members) => {
            let mut entries = BTreeMap::new();
            for member in members {
                let written = text.get(member.key.span.start as usize..member.key.span.end as usize);
                let key = match (yaml_string(&member.key.text, written), written) {
                    (_, Some("~" | "null" | "Null" | "NULL" | "")) => {
                        return Err("mapping keys must be strings".into());
                    }
                    (Plain::Bool(value), _) => value.to_string().into(),
                    _ => member.key.text.clone(),
                };
                entries.insert(key, from_yaml(&member.value, text)?);
            }
            Plain::Map(entries)
        }
    })
}

fn yaml_number(node: &Node, written: &str) -> Result<Number, String> {
    let radix = written.starts_with("0x") || written.starts_with("0o");
    let number = if radix { node.as_i64().map(Number::Int) } else { Number::parse(written) };
    number.ok_or_else(|| format!("the number {written} has no counterpart"))
}

/// A plain scalar that YAML 1.1 reads as a boolean or a date, as Terraform does; anything else is the string.
fn yaml_string(value: &str, written: Option<&str>) -> Plain {
    if written != Some(value) {
        return Plain::text(value);
    }
    match value {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Plain::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Plain::Bool(false),
        _ => {}
    }
    let parts: Vec<&str> = value.split('-').collect();
    if let [year, month, day] = parts.as_slice() {
        let digits = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
            lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        };
        if digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2) {
            return Plain::text(format!("{year}-{month:0>2}-{day:0>2}T00:00:00Z"));
        }
    }
    Plain::text(value)
}

pub(super) fn yamlencode(args: &Args) -> Outcome {
    let mut out = String::new();
    let value = args.get(0);
    write_yaml(value, 0, &mut out);
    out = out.trim_start_matches([' ', '\n']).to_owned();
    out.push('\n');
    // A document that is a plain scalar is ended explicitly.
    if matches!(value, Plain::Null | Plain::Bool(_) | Plain::Number(_)) {
        out.push_str("...\n");
    }
    Ok(Plain::text(out))
}

/// Writes what follows a key's colon or an item's dash: a blank and a scalar, or lines at the indentation.
/// Nothing ends the last line. Of what comes to more than [`MAX_TEXT`] only a beginning is written.
fn write_yaml(value: &Plain, indent: usize, out: &mut String) {
    match value {
        Plain::List { items, .. } if !items.is_empty() => {
            for item in items {
                if out.len() > MAX_TEXT {
                    return;
                }
                write_led('-', item, indent, out);
            }
        }
        Plain::Map(entries) if !entries.is_empty() => {
            for (key, item) in entries {
                if out.len() > MAX_TEXT {
                    return;
                }
                // A key of several lines or of more than 128 bytes cannot stand before its colon.
                if key.contains('\n') || key.len() > 128 {
                    write_led('?', &Plain::text(&**key), indent, out);
                    write_led(':', item, indent, out);
                    continue;
                }
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                out.push_str(&yaml_quoted(key));
                out.push(':');
                // Lists stand at the indentation of their key.
                let deeper = if matches!(item, Plain::List { .. }) { indent } else { indent + 2 };
                write_yaml(item, deeper, out);
            }
        }
        Plain::List { .. } => out.push_str(" []"),
        Plain::Map(_) => out.push_str(" {}"),
        Plain::String(text) if fits_block(text) => {
            out.push_str(" |");
            if text.starts_with(' ') || text.starts_with('\n') {
                out.push('2');
            }
            let body = text.strip_suffix('\n');
            out.push_str(match body {
                None => "-",
                Some(body) if body.ends_with('\n') => "+",
                Some(_) => "",
            });
            for line in body.unwrap_or(text).split('\n') {
                if out.len() > MAX_TEXT {
                    return;
                }
                out.push('\n');
                if !line.is_empty() {
                    out.push_str(&" ".repeat(indent.max(2)));
                    out.push_str(line);
                }
            }
        }
        Plain::String(text) => {
            out.push(' ');
            out.push_str(&yaml_quoted(text));
        }
        scalar => {
            out.push(' ');
            out.push_str(&scalar.json());
        }
    }
}

/// Writes a line that begins with a mark, and what follows the mark: the first entry of a composite stands on the
/// mark's own line.
fn write_led(mark: char, value: &Plain, indent: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(mark);
    let mut inner = String::new();
    write_yaml(value, indent + 2, &mut inner);
    out.push(' ');
    out.push_str(inner.trim_start_matches([' ', '\n']));
}

/// Whether a text of several lines is written as a literal block: not where tabs or control characters would
/// be lost, and not where a blank precedes a line's end.
fn fits_block(text: &str) -> bool {
    text.contains('\n')
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && !text.chars().any(|c| c.is_control() && c != '\n')
}

fn yaml_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push_str("\\e"),
            // What lies beyond the basic plane counts as not printable.
            '\u{10000}'.. => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

pub(super) fn csvdecode(call: &Call) -> Value {
    decode(call, csv_value, csv_tree)
}

fn csv_value(args: &Args) -> Outcome {
    let mut rows = csv_rows(&args.text(0)?)?.into_iter();
    let header = rows.next().ok_or("missing header line")?;
    let mut names = BTreeSet::new();
    for (name, _) in &header {
        if !names.insert(name) {
            return Err(format!("duplicate column name {name:?}"));
        }
    }
    let mut out = Vec::new();
    for row in rows {
        if row.len() != header.len() {
            return Err("wrong number of fields".into());
        }
        let fields = header.iter().zip(&row);
        let entries = fields.map(|((key, _), (field, _))| (Arc::from(&**key), Plain::text(field)));
        out.push(Plain::Map(entries.collect()));
    }
    Ok(Plain::list(out))
}

/// The records as a list of objects, each value where its field is written.
fn csv_tree(file: FileId, text: &str) -> Option<Node> {
    let span = |place: &Range<usize>| Span::new(file, place.start, place.end);
    let mut rows = csv_rows(text).ok()?.into_iter();
    let header = rows.next()?;
    let record = |row: Vec<Field>| {
        let around = row.first()?.1.start..row.last()?.1.end;
        let members = header.iter().zip(row).map(|((name, key), (field, place))| Member {
            key: Key { text: Arc::from(&**name), span: span(key) },
            value: Node { span: span(&place), kind: NodeKind::String(Text::within(&field, span(&place))) },
        });
        Some(Node { span: span(&around), kind: NodeKind::Object(members.collect()) })
    };
    let records: Option<Vec<Node>> = rows.map(record).collect();
    Some(Node { span: span(&(0..text.len())), kind: NodeKind::Array(records?.into()) })
}

/// A field of a record and its place in the text, quotes included.
type Field = (String, Range<usize>);

/// The records of RFC 4180; lines without any text are skipped.
fn csv_rows(text: &str) -> Result<Vec<Vec<Field>>, String> {
    let mut rows = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n")) {
            rest = after;
            continue;
        }
        let mut row = Vec::new();
        loop {
            let mut field = String::new();
            let start = text.len() - rest.len();
            let mut end_of_field = None;
            if let Some(quoted) = rest.strip_prefix('"') {
                rest = quoted;
                loop {
                    let end = rest.find('"').ok_or("a quoted field is not closed")?;
                    field.push_str(rest.get(..end).unwrap_or(""));
                    rest = rest.get(end + 1..).unwrap_or("");
                    match rest.strip_prefix('"') {
                        Some(after) => {
                            field.push('"');
                            rest = after;
                        }
                        None => break,
                    }
                }
            } else {
                let end = rest.find([',', '\n']).unwrap_or(rest.len());
                let bare = rest.get(..end).unwrap_or("");
                rest = rest.get(end..).unwrap_or("");
                let bare = if rest.starts_with(',') { bare } else { bare.strip_suffix('\r').unwrap_or(bare) };
                if bare.contains('"') {
                    return Err("a field without quotes contains a quote".into());
                }
                field.push_str(bare);
                end_of_field = Some(start + bare.len());
            }
            row.push((field, start..end_of_field.unwrap_or(text.len() - rest.len())));
            if let Some(after) = rest.strip_prefix(',') {
                rest = after;
                continue;
            }
            let after = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
            match after {
                Some(after) => rest = after,
                None if rest.is_empty() => {}
                None => return Err("text follows a quoted field".into()),
            }
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Standard base 64 with padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| (group << 8) | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (group >> (18 - 6 * place)) & 63;
            let digit = BASE64.get(index as usize).copied().unwrap_or(b'=');
            out.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

/// Reads standard base 64, line breaks allowed, padding required.
fn from_base64(text: &str) -> Result<Vec<u8>, String> {
    let invalid = || "failed to decode base64 data".to_owned();
    let bytes: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    if !bytes.len().is_multiple_of(4) {
        return Err(invalid());
    }
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let groups = bytes.len() / 4;
    for (index, group) in bytes.chunks_exact(4).enumerate() {
        let padding = group.iter().rev().take_while(|b| **b == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 < groups) {
            return Err(invalid());
        }
        let mut bits = 0_u32;
        for byte in group.iter().take(4 - padding) {
            let digit = BASE64.iter().position(|have| have == byte).ok_or_else(invalid)?;
            bits = (bits << 6) | digit as u32;
        }
        bits <<= 6 * padding;
        out.extend(bits.to_be_bytes().iter().skip(1).take(3 - padding));
    }
    Ok(out)
}

pub(super) fn base64encode(args: &Args) -> Outcome {
    Ok(Plain::text(to_base64(args.text(0)?.as_bytes())))
}

pub(super) fn base64decode(args: &Args) -> Outcome {
    let bytes = from_base64(&args.text(0)?)?;
    String::from_utf8(bytes)
        .map(Plain::text)
        .map_err(|_| "the result of decoding the string is not valid UTF-8".to_owned())
}

/// Encodings whose names Terraform knows and that need no tables. Others are not evaluated.
enum Encoding {
    Utf8,
    /// Big endian or not, and with a byte order mark when writing.
    Utf16 {
        big: bool,
        mark: bool,
    },
    Latin1,
}

fn encoding(name: &str) -> Result<Encoding, String> {
    match &*name.to_ascii_lowercase() {
        "utf-8" => Ok(Encoding::Utf8),
        "utf-16le" => Ok(Encoding::Utf16 { big: false, mark: false }),
        "utf-16be" => Ok(Encoding::Utf16 { big: true, mark: false }),
        "utf-16" => Ok(Encoding::Utf16 { big: true, mark: true }),
        "iso-8859-1" => Ok(Encoding::Latin1),
        _ => Err(format!("{name:?} is not a supported encoding")),
    }
}

pub(super) fn textencodebase64(args: &Args) -> Outcome {
    let text = args.text(0)?;
    let bytes: Vec<u8> = match encoding(&args.text(1)?)? {
        Encoding::Utf8 => text.bytes().collect(),
        Encoding::Utf16 { big, mark } => mark
            .then_some(0xfeff)
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect(),
        Encoding::Latin1 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)))
            .collect::<Result<_, _>>()
            .map_err(|_| "the string has characters that the encoding lacks".to_owned())?,
    };
    Ok(Plain::text(to_base64(&bytes)))
}

pub(super) fn textdecodebase64(args: &Args) -> Outcome {
    let bytes = from_base64(&args.text(0)?)?;
    let text = match encoding(&args.text(1)?)? {
        Encoding::Utf8 => String::from_utf8_lossy(&bytes).into_owned(),
        Encoding::Utf16 { big, .. } => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| {
                    let pair = pair.try_into().unwrap_or_default();
                    if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
                })
                .collect();
            String::from_utf16_lossy(&units)
        }
        Encoding::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    Ok(Plain::text(text))
}

pub(super) fn urlencode(args: &Args) -> Outcome {
    let mut out = String::new();
    for byte in args.text(0)?.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(Plain::text(out))
}

pub(super) fn md5(args: &Args) -> Outcome {
    Ok(Plain::text(hash::hex(&hash::md5(args.text(0)?.as_bytes()))))
}

pub(super) fn sha1(args: &Args) -> Outcome {
    Ok(Plain::text(hash::hex(&hash::sha1(args.text(0)?.as_bytes()))))
}

pub(super) fn sha256(args: &Args) -> Outcome {
    Ok(Plain::text(hash::hex(&hash::sha256(args.text(0)?.as_bytes()))))
}

pub(super) fn sha512(args: &Args) -> Outcome {
    Ok(Plain::text(hash::hex(&hash::sha512(args.text(0)?.as_bytes()))))
}

pub(super) fn base64sha256(args: &Args) -> Outcome {
    Ok(Plain::text(to_base64(&hash::sha256(args.text(0)?.as_bytes()))))
}

pub(super) fn base64sha512(args: &Args) -> Outcome {
    Ok(Plain::text(to_base64(&hash::sha512(args.text(0)?.as_bytes()))))
}

/// A name-based UUID (RFC 9562, version 5).
pub(super) fn uuidv5(args: &Args) -> Outcome {
    let (namespace, name) = (args.text(0)?, args.text(1)?);
    let invalid = || format!("{namespace:?} is not a namespace");
    let bare: String = match &*namespace {
        // RFC 9562, section 6.6.
        "dns" => "6ba7b8109dad11d180b400c04fd430c8".into(),
        "url" => "6ba7b8119dad11d180b400c04fd430c8".into(),
        "oid" => "6ba7b8129dad11d180b400c04fd430c8".into(),
        "x500" => "6ba7b8149dad11d180b400c04fd430c8".into(),
        other => other.replace('-', ""),
    };
    if bare.len() != 32 {
        return Err(invalid());
    }
    let namespace = u128::from_str_radix(&bare, 16).map_err(|_| invalid())?;
    Ok(Plain::text(hash::uuid_v5(namespace, &name)))
}
