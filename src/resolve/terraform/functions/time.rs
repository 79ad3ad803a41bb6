//! Functions on timestamps that are given, never on the time of day.

use super::plain::{Args, Outcome, Plain};
use crate::calendar::{MONTHS, WEEKDAYS, civil_from_days, days_from_civil};

/// A point in time as RFC 3339 writes it.
#[derive(Clone, Copy)]
struct Timestamp {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// Nanoseconds past the second.
    nanos: i64,
    /// Minutes east of UTC.
    offset: i64,
}

impl Timestamp {
    fn parse(text: &str) -> Result<Timestamp, String> {
        let invalid = || format!("not a valid RFC3339 timestamp: {text:?}");
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = text.get(range)?;
            if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
        };
        let read = || -> Option<Timestamp> {
            let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
            if !marks.iter().all(|(at, mark)| text.get(*at..*at + 1) == Some(mark)) {
                return None;
            }
            let mut rest = text.get(19..)?;
            let mut nanos = 0;
            if let Some(fraction) = rest.strip_prefix('.') {
                let end = fraction.find(|c: char| !c.is_ascii_digit())?;
                let digits = fraction.get(..end)?;
                if digits.is_empty() {
                    return None;
                }
                nanos = format!("{digits:0<9}").get(..9)?.parse().ok()?;
                rest = fraction.get(end..)?;
            }
            let offset = if rest == "Z" {
                0
            } else {
                let sign = match rest.get(..1)? {
                    "+" => 1,
                    "-" => -1,
                    _ => return None,
                };
                let (hours, minutes) = rest.get(1..)?.split_once(':')?;
                let two = |part: &str| {
                    (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i64>())
                };
                let (hours, minutes) = (two(hours)?.ok()?, two(minutes)?.ok()?);
                (hours < 24 && minutes < 60).then_some(())?;
                sign * (hours * 60 + minutes)
            };
            let stamp = Timestamp {
                year: number(0..4)?,
                month: number(5..7)?,
                day: number(8..10)?,
                hour: number(11..13)?,
                minute: number(14..16)?,
                second: number(17..19)?,
                nanos,
                offset,
            };
            let in_range = (1..=12).contains(&stamp.month)
                && stamp.hour < 24
                && stamp.minute < 60
                && stamp.second < 60
                && civil_from_days(days_from_civil(stamp.year, stamp.month, stamp.day))
                    == (stamp.year, stamp.month, stamp.day);
            in_range.then_some(stamp)
        };
        read().ok_or_else(invalid)
    }

    /// Nanoseconds since 1970 in UTC.
    fn instant(self) -> i128 {
        let days = days_from_civil(self.year, self.month, self.day);
        let minutes = (days * 24 + self.hour) * 60 + self.minute - self.offset;
        i128::from(minutes * 60 + self.second) * 1_000_000_000 + i128::from(self.nanos)
    }

    /// The point that many nanoseconds since 1970, as a clock of this offset shows it.
    fn at(instant: i128, offset: i64) -> Option<Timestamp> {
        let local = instant + i128::from(offset) * 60_000_000_000;
        let seconds = i64::try_from(local.div_euclid(1_000_000_000)).ok()?;
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Some(Timestamp {
            year,
            month,
            day,
            hour: rest / 3_600,
            minute: rest / 60 % 60,
            second: rest % 60,
            nanos: i64::try_from(local.rem_euclid(1_000_000_000)).ok()?,
            offset,
        })
    }

    fn zone(self, utc: &str, separator: &str) -> String {
        if self.offset == 0 {
            return utc.to_owned();
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }
}

pub(super) fn timeadd(args: &Args) -> Outcome {
    let (text, duration) = (args.text(0)?, args.text(1)?);
    let stamp = Timestamp::parse(&text)?;
    let nanos = parse_duration(&duration).ok_or_else(|| format!("invalid duration {duration:?}"))?;
    let moved = Timestamp::at(stamp.instant() + nanos, stamp.offset).ok_or("the result is out of range")?;
    Ok(Plain::text(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}",
        moved.year,
        moved.month,
        moved.day,
        moved.hour,
        moved.minute,
        moved.second,
        moved.zone("Z", ":")
    )))
}

pub(super) fn timecmp(args: &Args) -> Outcome {
    let (a, b) = (Timestamp::parse(&args.text(0)?)?, Timestamp::parse(&args.text(1)?)?);
    Ok(Plain::int(a.instant().cmp(&b.instant()) as i64))
}

/// A duration as Go writes it (`-1h30m`), in nanoseconds.
fn parse_duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0_i128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match rest.get(..end)? {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3_600e9,
            _ => return None,
        };
        rest = rest.get(end..)?;
        // Go's durations are 64-bit counts of nanoseconds.
        let nanos = amount * unit;
        if !nanos.is_finite() || nanos > i64::MAX as f64 {
            return None;
        }
        total = total.checked_add(nanos as i128).filter(|total| *total <= i128::from(i64::MAX))?;
    }
    Some(sign * total)
}

pub(super) fn formatdate(args: &Args) -> Outcome {
    let (format, text) = (args.text(0)?, args.text(1)?);
    let stamp = Timestamp::parse(&text)?;
    let days = days_from_civil(stamp.year, stamp.month, stamp.day);
    let name = |names: &[&str], index: i64| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("").to_owned()
    };
    let month = || name(&MONTHS, stamp.month - 1);
    let weekday = || name(&WEEKDAYS, days.rem_euclid(7));
    let short = |name: String| name.chars().take(3).collect::<String>();
    let hour12 = if stamp.hour % 12 == 0 { 12 } else { stamp.hour % 12 };
    let half = if stamp.hour < 12 { "am" } else { "pm" };
    let mut out = String::new();
    let mut rest = &*format;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            // Between quotes everything stands for itself, and two quotes are one.
            let mut closed = None;
            let mut chars = rest.char_indices().skip(1).peekable();
            while let Some((at, c)) = chars.next() {
                if c != '\'' {
                    out.push(c);
                } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
                    chars.next();
                    out.push('\'');
                } else {
                    closed = Some(at + 1);
                    break;
                }
            }
            let end = closed.ok_or("unterminated literal in the date format")?;
            rest = rest.get(end..).unwrap_or("");
            continue;
        }
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let verb = rest.get(..end).unwrap_or("");
        rest = rest.get(end..).unwrap_or("");
        if !first.is_ascii_alphabetic() {
            out.push_str(verb);
            continue;
        }
        out.push_str(&match verb {
            "YYYY" => format!("{:04}", stamp.year),
            "YY" => format!("{:02}", stamp.year % 100),
            "MMMM" => month(),
            "MMM" => short(month()),
            "MM" => format!("{:02}", stamp.month),
            "M" => stamp.month.to_string(),
            "DD" => format!("{:02}", stamp.day),
            "D" => stamp.day.to_string(),
            "EEEE" => weekday(),
            "EEE" => short(weekday()),
            "hh" => format!("{:02}", stamp.hour),
            "h" => stamp.hour.to_string(),
            "HH" => format!("{hour12:02}"),
            "H" => hour12.to_string(),
            "AA" => half.to_uppercase(),
            "aa" => half.to_owned(),
            "mm" => format!("{:02}", stamp.minute),
            "m" => stamp.minute.to_string(),
            "ss" => format!("{:02}", stamp.second),
            "s" => stamp.second.to_string(),
            "ZZZZZ" => stamp.zone("+00:00", ":"),
            "ZZZZ" => stamp.zone("+0000", ""),
            "ZZZ" => stamp.zone("UTC", ""),
            "Z" => stamp.zone("Z", ":"),
            _ => return Err(format!("invalid date format verb {verb:?}")),
        });
    }
    Ok(Plain::text(out))
}
