//! Points in time that are given, never the time of day.
//!
//! Source: "Date functions for ARM templates" of Azure's documentation, by which a year is 365 days and a month
//! 30, and the sum is in UTC; formats are those of .NET's invariant culture, as the documented output of
//! `utcNow('d')` has them.

use super::text::filling;
use super::{Row, Site, int_of, lift};
use crate::calendar::{MONTHS, WEEKDAYS, civil_from_days, days_from_civil};
use crate::value::{Certain, Kind, Node, Number, Value};

pub(super) fn call(site: &Site<'_>, args: &[Value]) -> Option<Value> {
    let value = match site.name {
        "datetimeadd" => lift(site, args, add),
        "datetimefromepoch" => lift(site, args, from_epoch),
        "datetimetoepoch" => lift(site, args, to_epoch),
        _ => return None,
    };
    Some(value)
}

const SECONDS_PER_DAY: i64 = 86_400;
/// The years that .NET has.
const YEARS: std::ops::RangeInclusive<i64> = 1..=9999;

fn from_epoch(row: &Row<'_>) -> Value {
    let text = || row.opaque(Certain::of_kind(Kind::String));
    match (row.node(0), int_of(row.node(0))) {
        (Node::Unknown(_), _) => text(),
        (_, Some(seconds)) => {
            format(seconds, "yyyy-MM-ddTHH:mm:ssZ").map_or_else(text, |time| row.text(time))
        }
        _ => row.wrong_type(0, "a number of seconds"),
    }
}

fn to_epoch(row: &Row<'_>) -> Value {
    match row.node(0) {
        Node::Unknown(_) => row.opaque(Certain::of_kind(Kind::Number)),
        Node::String(text) => match parse(text) {
            Some(seconds) => row.value(Node::Number(Number::Int(seconds))),
            None => row.opaque(Certain::of_kind(Kind::Number)),
        },
        _ => row.wrong_type(0, "a point in time"),
    }
}

fn add(row: &Row<'_>) -> Value {
    let text = || row.opaque(Certain::of_kind(Kind::String));
    let (Node::String(base), Node::String(duration)) = (row.node(0), row.node(1)) else {
        return if row.unknown().is_some() { text() } else { row.failed("dateTimeAdd() wants two strings") };
    };
    let Some(duration) = duration_of(duration) else {
        return row.failed(format!("`{duration}` is not an ISO 8601 duration"));
    };
    let Some(start) = parse(base) else {
        return row.by_service(Certain::of_kind(Kind::String));
    };
    let pattern = match row.alternatives.get(2).map(|format| &format.node) {
        None => "yyyy-MM-ddTHH:mm:ssZ",
        Some(Node::String(pattern)) => pattern,
        Some(Node::Unknown(_)) => return text(),
        Some(_) => return row.wrong_type(2, "a format"),
    };
    match start.checked_add(duration).and_then(|seconds| format(seconds, pattern)) {
        Some(time) => row.text(time),
        None => row.failed(format!("the time cannot be written as `{pattern}`")),
    }
}

/// Seconds since 1970 of a time in ISO 8601, with `T` or a blank before the hours, in UTC or with an offset.
/// Fractions of seconds are dropped. `None` for any other form, of which some are read by .NET all the same.
fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', ' '])?;
    let (time, offset) = match time.find(['Z', '+', '-']).map(|at| time.split_at(at)) {
        Some((time, "Z")) => (time, 0),
        Some((time, offset)) => {
            let (sign, rest) = offset.split_at_checked(1)?;
            let [hours, minutes, 0] = numbers(rest, ':', [2, 2, 2])? else { return None };
            let seconds = hours * 3600 + minutes * 60;
            (time, if sign == "-" { -seconds } else { seconds })
        }
        // Without a zone it is the service's own time.
        None => return None,
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let whole = time.split('.').next()?;
    let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?;
    let days = days_from_civil(year, month, day);
    let is_real = civil_from_days(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    (is_real && YEARS.contains(&year))
        .then(|| days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset)
}

/// Numbers of so many digits each, all with the separator between them or none; the last may be missing and is
/// zero then.
fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let compact = !text.contains(separator);
    let mut rest = text;
    let mut out = [0; 3];
    for (index, (number, width)) in out.iter_mut().zip(widths).enumerate() {
        if index == 2 && rest.is_empty() {
            break;
        }
        if index > 0 && !compact {
            rest = rest.strip_prefix(separator)?;
        }
        let (digits, after) = rest.split_at_checked(width)?;
        *number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        rest = after;
    }
    rest.is_empty().then_some(out)
}

/// The seconds of a span of time as ISO 8601 writes it: `P1Y2M3DT4H5M6S`, or with a sign before it.
fn duration_of(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let rest = rest.strip_prefix('P')?;
    let (mut seconds, mut number, mut in_time, mut any) = (0i64, String::new(), false, false);
    for letter in rest.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        if letter == 'T' && number.is_empty() && !in_time {
            in_time = true;
            continue;
        }
        let count: i64 = std::mem::take(&mut number).parse().ok()?;
        let unit = match (letter, in_time) {
            ('Y', false) => 365 * SECONDS_PER_DAY,
            ('M', false) => 30 * SECONDS_PER_DAY,
            ('W', false) => 7 * SECONDS_PER_DAY,
            ('D', false) => SECONDS_PER_DAY,
            ('H', true) => 3600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
        any = true;
    }
    (any && number.is_empty()).then_some(sign * seconds)
}

/// The custom format that a standard one of a single letter stands for.
fn standard(pattern: &str) -> Option<&str> {
    Some(match pattern {
        "d" => "MM/dd/yyyy",
        "D" => "dddd, dd MMMM yyyy",
        "t" => "HH:mm",
        "T" => "HH:mm:ss",
        "f" => "dddd, dd MMMM yyyy HH:mm",
        "F" | "U" => "dddd, dd MMMM yyyy HH:mm:ss",
        "g" => "MM/dd/yyyy HH:mm",
        "G" => "MM/dd/yyyy HH:mm:ss",
        "m" | "M" => "MMMM dd",
        "o" | "O" => "yyyy-MM-ddTHH:mm:ss.fffffffK",
        "r" | "R" => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "u" => "yyyy-MM-dd HH:mm:ss'Z'",
        "y" | "Y" => "yyyy MMMM",
        _ => return None,
    })
}

/// A time in UTC in one of .NET's formats; `None` for what is none.
fn format(seconds: i64, pattern: &str) -> Option<String> {
    let pattern = if pattern.chars().count() == 1 { standard(pattern)? } else { pattern };
    let days = seconds.div_euclid(SECONDS_PER_DAY);
    let (year, month, day) = civil_from_days(days);
    if !YEARS.contains(&year) {
        return None;
    }
    let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let name = |names: &[&'static str], index: i64| names.get(usize::try_from(index).ok()?).copied();
    let weekday = name(&WEEKDAYS, days.rem_euclid(7))?;
    let month_name = name(&MONTHS, month - 1)?;
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\'' | '"' => loop {
                match rest.next()? {
                    end if end == letter => break,
                    '\\' => out.push(rest.next()?),
                    other => out.push(other),
                }
            },
            '\\' => out.push(rest.next()?),
            // Makes a custom format of a single letter that follows.
            '%' => {}
            _ => {
                let mut width = 1;
                while letter.is_ascii_alphabetic() && rest.next_if_eq(&letter).is_some() {
                    width += 1;
                }
                let number = |number: i64, most: usize| {
                    let digits = number.to_string();
                    filling(&digits, width.min(most), '0') + &digits
                };
                match (letter, width) {
                    ('y', 1 | 2) => out.push_str(&number(year % 100, 2)),
                    ('y', _) => out.push_str(&number(year, width)),
                    ('M', 1 | 2) => out.push_str(&number(month, 2)),
                    ('M', 3) => out.push_str(month_name.get(..3)?),
                    ('M', _) => out.push_str(month_name),
                    ('d', 1 | 2) => out.push_str(&number(day, 2)),
                    ('d', 3) => out.push_str(weekday.get(..3)?),
                    ('d', _) => out.push_str(weekday),
                    ('H', _) => out.push_str(&number(hour, 2)),
                    ('h', _) => out.push_str(&number((hour + 11) % 12 + 1, 2)),
                    ('m', _) => out.push_str(&number(minute, 2)),
                    ('s', _) => out.push_str(&number(second, 2)),
                    // Fractions of seconds are not kept.
                    ('f', 1..=7) => out.push_str(&"0".repeat(width)),
                    ('F', 1..=7) => {}
                    ('t', 1) => out.push(if hour < 12 { 'A' } else { 'P' }),
                    ('t', _) => out.push_str(if hour < 12 { "AM" } else { "PM" }),
                    ('g', _) => out.push_str("A.D."),
                    ('K', _) => out.push_str(&"Z".repeat(width)),
                    ('z', 1) => out.push_str("+0"),
                    ('z', 2) => out.push_str("+00"),
                    ('z', _) => out.push_str("+00:00"),
                    ('f' | 'F', _) => return None,
                    // Anything else stands for itself, and so do the separators in the invariant culture.
                    (other, _) => out.extend(std::iter::repeat_n(other, width)),
                }
            }
        }
    }
    Some(out)
}
