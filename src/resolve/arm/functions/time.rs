//! Points in time that are given, never the time of day.
//!
//! Source: "Date functions for ARM templates" of Azure's documentation. Where a result depends on the format
//! that .NET would choose, it is left unknown.

use super::{Row, Site, int_of, lift};
use crate::calendar::{civil_from_days, days_from_civil};
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
    let Some(duration) = Duration::parse(duration) else {
        return row.failed(format!("`{duration}` is not an ISO 8601 duration"));
    };
    // Without a format the result is said to be written as the base is, but the documentation's own example is
    // not: the service decides.
    let Node::String(format_text) = row.node(2) else {
        return row.by_service(Certain::of_kind(Kind::String));
    };
    let sum = parse(base).and_then(|seconds| duration.after(seconds));
    sum.and_then(|seconds| format(seconds, format_text)).map_or_else(text, |time| row.text(time))
}

/// Seconds since 1970 of a time in ISO 8601, with `T` or a blank before the hours, in UTC or with an offset.
/// `None` for any other form.
fn parse(text: &str) -> Option<i64> {
    let compact: String = text.trim().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    // The signs of offsets were dropped with the dashes of dates.
    let offset_at =
        text.rfind(['+', '-']).filter(|at| text.get(..*at).is_some_and(|before| before.contains(':')));
    if offset_at.is_some() || !compact.is_ascii() {
        return None;
    }
    let (date, time) = compact.split_once(['T', ' ']).unwrap_or((&compact, "000000Z"));
    let time = time.strip_suffix('Z')?;
    let whole = time.split('.').next()?;
    let digits = |text: &str, range: std::ops::Range<usize>| -> Option<i64> {
        let part = text.get(range)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
    };
    if date.len() != 8 || !matches!(whole.len(), 4 | 6) {
        return None;
    }
    let (year, month, day) = (digits(date, 0..4)?, digits(date, 4..6)?, digits(date, 6..8)?);
    let (hour, minute) = (digits(whole, 0..2)?, digits(whole, 2..4)?);
    let second = if whole.len() == 6 { digits(whole, 4..6)? } else { 0 };
    let days = days_from_civil(year, month, day);
    let is_real = civil_from_days(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    is_real.then(|| days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

/// A span of time as ISO 8601 writes it: `P1Y2M3DT4H5M6S`, or with a sign before it.
struct Duration {
    months: i64,
    seconds: i64,
}

impl Duration {
    fn parse(text: &str) -> Option<Duration> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let rest = rest.strip_prefix('P')?;
        let (mut months, mut seconds, mut number, mut in_time, mut any) =
            (0i64, 0i64, String::new(), false, false);
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
            let (of, factor) = match (letter, in_time) {
                ('Y', false) => (&mut months, 12),
                ('M', false) => (&mut months, 1),
                ('W', false) => (&mut seconds, 7 * SECONDS_PER_DAY),
                ('D', false) => (&mut seconds, SECONDS_PER_DAY),
                ('H', true) => (&mut seconds, 3600),
                ('M', true) => (&mut seconds, 60),
                ('S', true) => (&mut seconds, 1),
                _ => return None,
            };
            *of = of.checked_add(count.checked_mul(factor)?)?;
            any = true;
        }
        (any && number.is_empty()).then_some(Duration { months: sign * months, seconds: sign * seconds })
    }

    /// The time by this much later. Months are the calendar's: the last day of a shorter one stands for those
    /// that it lacks.
    fn after(&self, time: i64) -> Option<i64> {
        let (year, month, day) = civil_from_days(time.div_euclid(SECONDS_PER_DAY));
        let months = (year * 12 + month - 1).checked_add(self.months)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        if !YEARS.contains(&year) {
            return None;
        }
        let next =
            if month == 12 { days_from_civil(year + 1, 1, 1) } else { days_from_civil(year, month + 1, 1) };
        let first = days_from_civil(year, month, 1);
        let days = first + (day - 1).min(next - first - 1);
        (days * SECONDS_PER_DAY + time.rem_euclid(SECONDS_PER_DAY)).checked_add(self.seconds)
    }
}

/// A time in one of .NET's formats: the standard ones that are the same in every culture, and custom ones
/// that are made of numbers. `None` for any other.
fn format(seconds: i64, pattern: &str) -> Option<String> {
    let pattern = match pattern {
        "u" => "yyyy-MM-dd HH:mm:ssZ",
        "s" => "yyyy-MM-ddTHH:mm:ss",
        "o" | "O" => return None,
        // Any other single letter stands for a format of the culture.
        _ if pattern.chars().count() == 1 => return None,
        _ => pattern,
    };
    let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
    if !YEARS.contains(&year) {
        return None;
    }
    let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        if !letter.is_ascii_alphabetic() {
            // Quotes and backslashes make literals, which nobody needs here.
            if matches!(letter, '\'' | '"' | '\\' | '%') {
                return None;
            }
            out.push(letter);
            continue;
        }
        let mut width = 1;
        while rest.next_if_eq(&letter).is_some() {
            width += 1;
        }
        let number = match (letter, width) {
            ('y', 4) => year,
            ('y', 2) => year % 100,
            ('M', 1 | 2) => month,
            ('d', 1 | 2) => day,
            ('H', 1 | 2) => hour,
            ('h', 1 | 2) => (hour + 11) % 12 + 1,
            ('m', 1 | 2) => minute,
            ('s', 1 | 2) => second,
            // These mean nothing to .NET and stand for themselves.
            ('T' | 'Z', 1) => {
                out.push(letter);
                continue;
            }
            _ => return None,
        };
        out.push_str(&format!("{number:0width$}"));
    }
    Some(out)
}
