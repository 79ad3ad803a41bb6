//! Numbers and comparisons.

use super::{Row, Site, int_of, lift};
use std::cmp::Ordering;

use crate::value::{Certain, Kind, Node, Number, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "add" => integers(site, args, i64::checked_add),
        "sub" => integers(site, args, i64::checked_sub),
        "mul" => integers(site, args, i64::checked_mul),
        "div" => integers(site, args, i64::checked_div),
        "mod" => integers(site, args, i64::checked_rem),
        "min" | "max" => extreme(site, args),
        "int" => lift(site, args, int),
        "float" => lift(site, args, float),
        "bool" => lift(site, args, bool),
        "less" | "lessorequals" | "greater" | "greaterorequals" => lift(site, args, compare),
        _ => return None,
    };
    Some(value)
}

fn number() -> Certain {
    Certain::of_kind(Kind::Number)
}

fn integers(site: &Site<'_>, args: &[Value], f: impl Fn(i64, i64) -> Option<i64>) -> Value {
    lift(site, args, |row| {
        if row.unknown().is_some() {
            return row.opaque(number());
        }
        match (int_of(row.node(0)), int_of(row.node(1))) {
            (Some(a), Some(b)) => match f(a, b) {
                Some(result) => row.value(Node::Number(Number::Int(result))),
                None => row.failed(format!("{}({a}, {b}) has no result", row.site.name)),
            },
            (None, _) => row.wrong_type(0, "integers"),
            _ => row.wrong_type(1, "integers"),
        }
    })
}

fn extreme(site: &Site<'_>, args: &[Value]) -> Value {
    // One argument is an array of integers, several are the integers.
    if let [list] = args {
        return list.and_then(|alternative| match &alternative.node {
            Node::List(list) if list.open.is_none() && !list.items.is_empty() => {
                extreme_of(site, &list.items)
            }
            Node::List(list) if list.open.is_none() => {
                crate::value::ops::failed(format!("{}() of an empty array", site.name), site.at)
            }
            Node::Number(_) => Value::new(alternative.node.clone(), alternative.provenance.clone()),
            Node::Unknown(_) | Node::List(_) => {
                let here = Value::new(alternative.node.clone(), alternative.provenance.clone());
                crate::value::ops::opaque(site.name, site.label, &[&here], number(), site.at)
            }
            _ => crate::value::ops::failed(format!("{}() wants integers", site.name), site.at),
        });
    }
    extreme_of(site, args)
}

fn extreme_of(site: &Site<'_>, args: &[Value]) -> Value {
    lift(site, args, |row| {
        if row.unknown().is_some() {
            return row.opaque(number());
        }
        let ints: Option<Vec<i64>> = row.alternatives.iter().map(|a| int_of(&a.node)).collect();
        let result = ints.and_then(|ints| {
            if row.site.name == "min" { ints.into_iter().min() } else { ints.into_iter().max() }
        });
        match result {
            Some(result) => row.value(Node::Number(Number::Int(result))),
            None => row.failed(format!("{}() wants integers", row.site.name)),
        }
    })
}

fn int(row: &Row<'_>) -> Value {
    let parsed = match row.node(0) {
        Node::Unknown(_) => return row.opaque(number()),
        Node::Number(value) => Some(value.as_f64().trunc()),
        Node::String(text) => {
            return match text.trim().parse::<i64>() {
                Ok(value) => row.value(Node::Number(Number::Int(value))),
                Err(_) => row.failed(format!("`{text}` is not an integer")),
            };
        }
        _ => None,
    };
    match parsed {
        Some(value) => row.value(Node::Number(Number::from_f64(value))),
        None => row.wrong_type(0, "a string or a number"),
    }
}

fn float(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::Unknown(_) => row.opaque(number()),
        Node::Number(value) => row.value(Node::Number(*value)),
        Node::String(text) => match Number::parse(text) {
            Some(value) => row.value(Node::Number(value)),
            None => row.failed(format!("`{text}` is not a number")),
        },
        _ => row.wrong_type(0, "a string or a number"),
    }
}

fn bool(row: &Row<'_>) -> Value {
    let value = match row.node(0) {
        Node::Unknown(_) => return row.opaque_bool(),
        Node::Bool(value) => Some(*value),
        Node::Number(value) => Some(value.as_i64() != Some(0)),
        Node::String(text) if text.eq_ignore_ascii_case("true") || &**text == "1" => Some(true),
        Node::String(text) if text.eq_ignore_ascii_case("false") || &**text == "0" => Some(false),
        _ => None,
    };
    match value {
        Some(value) => row.value(Node::Bool(value)),
        None => row.wrong_type(0, "`true` or `false`"),
    }
}

fn compare(row: &Row<'_>) -> Value {
    if row.unknown().is_some() {
        return row.opaque_bool();
    }
    let order = match (row.node(0), row.node(1)) {
        (Node::Number(a), Node::Number(b)) => Some(a.cmp(b)),
        (Node::String(a), Node::String(b)) => order_of(a, b),
        _ => return row.failed(format!("{}() wants two integers or two strings", row.site.name)),
    };
    let Some(order) = order else { return row.opaque_bool() };
    row.value(Node::Bool(match row.site.name {
        "less" => order.is_lt(),
        "lessorequals" => order.is_le(),
        "greater" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// The order of two texts as .NET's invariant culture has it, by Azure's documentation of `greater`, where `A`
/// is greater than `a`: without case first, digits before letters; then small letters before capitals. `None`
/// where other characters decide, whose order depends on more than is documented.
fn order_of(a: &str, b: &str) -> Option<Ordering> {
    let rank = |c: char| c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase());
    let (mut left, mut right) = (a.chars(), b.chars());
    let mut by_case = Ordering::Equal;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Some(by_case),
            (None, Some(next)) => return rank(next).map(|_| Ordering::Less),
            (Some(next), None) => return rank(next).map(|_| Ordering::Greater),
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => match rank(x)?.cmp(&rank(y)?) {
                Ordering::Equal => {
                    by_case = by_case.then(x.is_ascii_uppercase().cmp(&y.is_ascii_uppercase()))
                }
                decided => return Some(decided),
            },
        }
    }
}
