//! Addresses and their parts.
//!
//! Sources: "String functions" of Azure's documentation for ARM templates and for Bicep, which resolve relative
//! addresses "as specified in RFC 3986, section 5". What `parseUri` and `buildUri` make of parts that are left
//! out is not documented, and so only what follows from the parts that are there is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::text::{decode_base64, encode_base64, from_text};
use super::{Row, Site, int_of, lift};
use crate::value::{Atom, Certain, Kind, Map, Node, Number, Reason, Unknown, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "datauri" => lift(site, args, |row| {
            from_text(row, |row, text| {
                row.text(format!("data:text/plain;charset=utf-8;base64,{}", encode_base64(text.as_bytes())))
            })
        }),
        "datauritostring" => lift(site, args, |row| {
            from_text(row, |row, text| match data_of(text) {
                Some(text) => row.text(text),
                None => row.failed("the text is no data URI of text"),
            })
        }),
        "uricomponent" => lift(site, args, |row| from_text(row, |row, text| row.text(encoded(text)))),
        "uricomponenttostring" => lift(site, args, |row| {
            from_text(row, |row, text| match String::from_utf8(decoded(text)).ok() {
                Some(text) => row.text(text),
                None => row.failed("the text is not URI-encoded"),
            })
        }),
        "uri" => lift(site, args, uri),
        "builduri" => lift(site, args, build),
        "parseuri" => lift(site, args, parse),
        _ => return None,
    };
    Some(value)
}

/// The text within a data URI (RFC 2397), if it is UTF-8 as nearly all are.
fn data_of(text: &str) -> Option<String> {
    let (head, data) = text.get(5..).filter(|_| starts_with(text, "data:"))?.split_once(',')?;
    let bytes = match head.rsplit_once(';') {
        Some((_, encoding)) if encoding.eq_ignore_ascii_case("base64") => decode_base64(data)?,
        _ => decoded(data),
    };
    String::from_utf8(bytes).ok()
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn encoded(text: &str) -> String {
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

/// Reads `%41` as `A`. What is no such triple stands for itself.
fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = text.get(at + 1..at + 3).filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
        match pair.filter(|_| *byte == b'%').and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}

/// The parts of an absolute address, as RFC 3986 splits them.
struct Parts<'t> {
    scheme: &'t str,
    authority: &'t str,
    path: &'t str,
    /// With its mark.
    query: &'t str,
}

impl<'t> Parts<'t> {
    /// Takes an address with a scheme and an authority apart; `None` for any other.
    fn of(text: &'t str) -> Option<Parts<'t>> {
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        (is_scheme && !authority.is_empty()).then_some(Parts { scheme, authority, path, query })
    }
}

/// The path without `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." && kept.len() > 1 {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            other => kept.push(other),
        }
    }
    kept.join("/")
}

fn uri(row: &Row<'_>) -> Value {
    let (Node::String(base), Node::String(relative)) = (row.node(0), row.node(1)) else {
        return match row.unknown() {
            Some(_) => row.opaque(Certain::of_kind(Kind::String)),
            None => row.failed("uri() wants two strings"),
        };
    };
    let Some(parts) = Parts::of(base) else { return row.failed(format!("`{base}` is no absolute URI")) };
    if Parts::of(relative).is_some() {
        return row.text(&**relative);
    }
    let root = format!("{}://{}", parts.scheme, parts.authority);
    let (path, rest) = relative.split_at(relative.find(['?', '#']).unwrap_or(relative.len()));
    // The documentation's own words and RFC 3986 contradict each other here.
    if path.starts_with('/') && parts.path.len() > 1 && parts.path.ends_with('/') {
        return row.by_service(Certain { prefix: Some(Arc::from(root)), ..Certain::of_kind(Kind::String) });
    }
    let joined = match path {
        _ if path.starts_with("//") => return row.text(format!("{}:{relative}", parts.scheme)),
        _ if path.starts_with('/') => path.to_owned(),
        "" if rest.is_empty() => format!("{}{}", parts.path, parts.query),
        "" => parts.path.to_owned(),
        // What follows the base's last slash is replaced.
        _ => format!("{}/{path}", parts.path.rsplit_once('/').map_or("", |(before, _)| before)),
    };
    let path = without_dots(&joined);
    let slash = if path.starts_with('/') { "" } else { "/" };
    row.text(format!("{root}{slash}{path}{rest}"))
}

/// The port that a scheme has of itself.
fn own_port(scheme: &str) -> Option<i64> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn parse(row: &Row<'_>) -> Value {
    let Node::String(text) = row.node(0) else {
        return match row.node(0) {
            Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::Map)),
            _ => row.wrong_type(0, "a URI"),
        };
    };
    let Some(parts) = Parts::of(text) else { return row.failed(format!("`{text}` is no absolute URI")) };
    let scheme = parts.scheme.to_ascii_lowercase();
    let host = parts.authority.rsplit_once('@').map_or(parts.authority, |(_, host)| host);
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
            (host, port.parse::<i64>().ok())
        }
        _ => (host, None),
    };
    let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    entries.insert(Arc::from("scheme"), row.text(&scheme));
    entries.insert(Arc::from("host"), row.text(host.to_ascii_lowercase()));
    if let Some(port) = port.filter(|port| own_port(&scheme) != Some(*port)) {
        entries.insert(Arc::from("port"), row.value(Node::Number(Number::Int(port))));
    }
    if !parts.path.is_empty() {
        entries.insert(Arc::from("path"), row.text(parts.path));
    }
    // The other parts may be there with a default, or not.
    let open = Unknown {
        atom: Atom::new(format!("parseuri#{text}"), row.site.label.to_string()),
        reason: Reason::RunTime(Arc::from(row.site.label)),
        certain: Certain::of_kind(Kind::Map),
    };
    row.value(Node::Map(Arc::new(Map { entries, open: Some(Arc::new(open)), ..Map::default() })))
}

fn build(row: &Row<'_>) -> Value {
    let text = || Certain::of_kind(Kind::String);
    let map = match row.node(0) {
        Node::Map(map) => map,
        Node::Unknown(_) => return row.opaque(text()),
        _ => return row.wrong_type(0, "an object"),
    };
    let part = |name: &str| map.get_ignore_case(name).map(|value| value.single());
    let (scheme, host) = match (part("scheme").flatten(), part("host").flatten()) {
        (Some(Node::String(scheme)), Some(Node::String(host))) => (scheme, host),
        _ if map.open.is_some() => return row.opaque(text()),
        (Some(Node::Unknown(_)), _) | (_, Some(Node::Unknown(_))) => return row.opaque(text()),
        _ => return row.failed("buildUri() wants at least a scheme and a host"),
    };
    let origin = format!("{}://{}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase());
    let port = match part("port") {
        None => Some(String::new()),
        Some(Some(node)) => int_of(node)
            .filter(|port| own_port(&scheme.to_ascii_lowercase()) != Some(*port))
            .map(|port| format!(":{port}")),
        Some(None) => None,
    };
    let path = match part("path") {
        Some(Some(Node::String(path))) if path.starts_with('/') => Some(path.clone()),
        Some(Some(Node::String(path))) if !path.is_empty() => Some(Arc::from(format!("/{path}"))),
        _ => None,
    };
    let query = match part("query") {
        None => Some(Arc::from("")),
        Some(Some(Node::String(query))) if query.starts_with('?') => Some(query.clone()),
        Some(Some(Node::String(query))) if !query.is_empty() => Some(Arc::from(format!("?{query}"))),
        _ => None,
    };
    match (port, path, query) {
        (Some(port), Some(path), Some(query)) if map.open.is_none() => {
            row.text(format!("{origin}{port}{path}{query}"))
        }
        // Whether a lone slash and a port that is the scheme's own are written out is not documented.
        _ => row.by_service(Certain { prefix: Some(Arc::from(origin)), ..text() }),
    }
}
