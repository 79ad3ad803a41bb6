//! `format()`: .NET's composite formatting, in its invariant culture.
//!
//! Sources: "String functions for ARM templates" of Azure's documentation, which refers to .NET's "Composite
//! formatting", "Standard numeric format strings" and "Custom numeric format strings". That composites come out
//! as JSON in single quotes is asserted by the tests of Azure/bicep, which run the service's own code.

use super::text::{Extent, assemble, filling, write_json};
use super::{MAX_TEXT, Row, TOO_LONG};
use crate::value::{Alternative, Certain, Kind, Node, Number, Value};

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

pub(super) fn format(row: &Row<'_>) -> Value {
    let Node::String(pattern) = row.node(0) else {
        return match row.node(0) {
            Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::String)),
            _ => row.wrong_type(0, "a format string"),
        };
    };
    let Some(chunks) = chunks(pattern) else {
        return row.failed(format!("`{pattern}` is not a format string"));
    };
    let mut pieces: Vec<(Extent, Option<&Alternative>)> = Vec::new();
    let mut length = 0;
    for chunk in chunks {
        // A text may be named more often than there is memory for.
        length += pieces.last().map_or(0, |(extent, _)| extent.prefix.len());
        if length > MAX_TEXT {
            return row.bound(TOO_LONG);
        }
        match chunk {
            Chunk::Text(text) => pieces.push((Extent::known(text), None)),
            Chunk::Hole { index, width, spec } => {
                let Some(&argument) = row.alternatives.get(index + 1) else {
                    return row.failed(format!("`{{{index}}}` has no argument"));
                };
                let mut extent = extent_of(&argument.node);
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
                        (true, wide) if wide <= MAX_TEXT => {
                            let blanks = filling(&extent.prefix, wide, ' ');
                            let text = &*extent.prefix;
                            Extent::known(if width > 0 { blanks + text } else { text.to_owned() + &blanks })
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

/// What an argument becomes where nothing is said of its form.
fn extent_of(node: &Node) -> Extent<'_> {
    let mut out = String::new();
    match node {
        Node::List(_) | Node::Map(_) if write_json(node, '\'', &mut out, 0) => Extent::known(out),
        Node::List(_) | Node::Map(_) => Extent::default(),
        node => Extent::of(node),
    }
}

/// A number in one of .NET's formats; `None` for those that depend on the culture or are not known here.
fn format_number(number: Number, spec: &str) -> Option<String> {
    let kind = spec.chars().next()?;
    let digits = spec.get(kind.len_utf8()..)?;
    if !kind.is_ascii_alphabetic() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return custom(number, spec);
    }
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
        'F' | 'f' => Some(fixed(number, wide.unwrap_or(2))),
        'N' | 'n' => Some(grouped(&fixed(number, wide.unwrap_or(2)))),
        'E' | 'e' => {
            let text = format!("{:.*e}", wide.unwrap_or(6), number.as_f64());
            let (mantissa, exponent) = text.split_once('e')?;
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
            Some(format!("{mantissa}{kind}{sign}{exponent:0>3}"))
        }
        'G' | 'g' | 'R' | 'r' if wide.is_none() => Some(number.to_string()),
        _ => None,
    }
}

/// With so many decimals. Integers keep all their digits, which a float has not.
fn fixed(number: Number, decimals: usize) -> String {
    match number.as_i64() {
        Some(value) if decimals == 0 => value.to_string(),
        Some(value) => format!("{value}.{:0>decimals$}", 0),
        None => format!("{:.decimals$}", number.as_f64()),
    }
}

/// With a comma between each three digits before the point.
fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + decimals
}

/// A custom format of zeros and number signs, with a point and commas; `None` for any other.
fn custom(number: Number, spec: &str) -> Option<String> {
    let (whole, decimals) = spec.split_once('.').unwrap_or((spec, ""));
    let is_plain = whole.bytes().all(|byte| b"0#,".contains(&byte))
        && decimals.bytes().all(|byte| b"0#".contains(&byte))
        && !whole.starts_with(',')
        // A comma before the point divides by a thousand.
        && !whole.ends_with(',');
    if !is_plain || whole.len() + decimals.len() > 99 {
        return None;
    }
    // From the first zero to the last digits are there in any case.
    let count = |text: &str| text.bytes().filter(|byte| *byte != b',').count();
    let least = whole.find('0').map_or(0, |at| count(whole.get(at..).unwrap_or("")));
    let text = fixed(number, decimals.len());
    let (sign, rest) = text.strip_prefix('-').map_or(("", &*text), |rest| ("-", rest));
    let (digits, after) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = digits.trim_start_matches('0');
    let digits = format!("{digits:0>least$}");
    let keep = decimals.rfind('0').map_or(0, |at| at + 1);
    let after =
        after.get(..keep).unwrap_or("").to_owned() + after.get(keep..).unwrap_or("").trim_end_matches('0');
    let digits = if whole.contains(',') { grouped(&digits) } else { digits };
    let point = if after.is_empty() { "" } else { "." };
    let sign = if digits.chars().chain(after.chars()).any(|c| ('1'..='9').contains(&c)) { sign } else { "" };
    Some(format!("{sign}{digits}{point}{after}"))
}
