//! Functions on numbers, and the tests and sums over lists of them.

use std::cmp::Ordering;

use super::plain::{Args, Outcome, Plain};
use crate::value::Number;

/// The number of a float that a function gave; Terraform has no infinities where these come up.
fn finite(value: f64) -> Outcome {
    if value.is_finite() {
        Ok(Plain::Number(Number::from_f64(value)))
    } else {
        Err("the result is not a finite number".into())
    }
}

pub(super) fn abs(args: &Args) -> Outcome {
    match args.number(0)? {
        Number::Int(int) => Ok(int
            .checked_abs()
            .map_or_else(|| Plain::Number(Number::from_f64((int as f64).abs())), Plain::int)),
        Number::Float(float) => finite(float.abs()),
    }
}

pub(super) fn ceil(args: &Args) -> Outcome {
    match args.number(0)? {
        int @ Number::Int(_) => Ok(Plain::Number(int)),
        Number::Float(float) => finite(float.ceil()),
    }
}

pub(super) fn floor(args: &Args) -> Outcome {
    match args.number(0)? {
        int @ Number::Int(_) => Ok(Plain::Number(int)),
        Number::Float(float) => finite(float.floor()),
    }
}

pub(super) fn log(args: &Args) -> Outcome {
    finite(args.float(0)?.ln() / args.float(1)?.ln())
}

pub(super) fn pow(args: &Args) -> Outcome {
    finite(args.float(0)?.powf(args.float(1)?))
}

pub(super) fn signum(args: &Args) -> Outcome {
    Ok(Plain::int(args.int(0)?.signum()))
}

pub(super) fn max(args: &Args) -> Outcome {
    extreme(args, Ordering::Greater)
}

pub(super) fn min(args: &Args) -> Outcome {
    extreme(args, Ordering::Less)
}

fn extreme(args: &Args, wanted: Ordering) -> Outcome {
    let mut best = args.number(0)?;
    for index in 1..args.len() {
        let next = args.number(index)?;
        if next.cmp(&best) == wanted {
            best = next;
        }
    }
    Ok(Plain::Number(best))
}

pub(super) fn parseint(args: &Args) -> Outcome {
    let (Plain::String(text), base) = (args.get(0), args.int(1)?) else {
        return Err("first argument must be a string".into());
    };
    if !(2..=62).contains(&base) {
        return Err("base must be a whole number between 2 and 62".into());
    }
    let invalid = || format!("cannot parse {text:?} as a base {base} integer");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() {
        return Err(invalid());
    }
    let mut exact = Some(0_i64);
    let mut float = 0.0;
    for c in digits.chars() {
        // Up to base 36 the case of letters does not matter; above it, capitals follow the small ones.
        let digit = match c {
            '0'..='9' => i64::from(u32::from(c) - u32::from('0')),
            'a'..='z' => i64::from(u32::from(c) - u32::from('a')) + 10,
            'A'..='Z' if base <= 36 => i64::from(u32::from(c) - u32::from('A')) + 10,
            'A'..='Z' => i64::from(u32::from(c) - u32::from('A')) + 36,
            _ => return Err(invalid()),
        };
        if digit >= base {
            return Err(invalid());
        }
        exact = exact.and_then(|sum| sum.checked_mul(base)?.checked_add(digit));
        float = float * base as f64 + digit as f64;
    }
    match exact {
        Some(int) => Ok(Plain::int(if sign < 0.0 { -int } else { int })),
        None => finite(sign * float),
    }
}

pub(super) fn sum(args: &Args) -> Outcome {
    let items = args.items(0)?;
    if items.is_empty() {
        return Err("cannot sum an empty list".into());
    }
    let mut sum = Number::Int(0);
    for item in items {
        sum = sum.plus(item.as_number()?).ok_or_else(|| "the sum is not a finite number".to_owned())?;
    }
    Ok(Plain::Number(sum))
}

/// More elements than this are an error in Terraform.
const MAX_RANGE: usize = 1024;

pub(super) fn range(args: &Args) -> Outcome {
    let (start, end) = match args.len() {
        1 => (0.0, args.float(0)?),
        _ => (args.float(0)?, args.float(1)?),
    };
    let step = match args.len() {
        3 => args.float(2)?,
        _ if end < start => -1.0,
        _ => 1.0,
    };
    if step == 0.0 {
        return Err("step must not be zero".into());
    }
    if (end < start && step > 0.0) || (end > start && step < 0.0) {
        return Err("the step leads away from the end".into());
    }
    let mut out = Vec::new();
    loop {
        let next = start + step * out.len() as f64;
        if (step > 0.0 && next >= end) || (step < 0.0 && next <= end) {
            return Ok(Plain::list(out));
        }
        if out.len() >= MAX_RANGE {
            return Err(format!("more than {MAX_RANGE} values were generated"));
        }
        out.push(Plain::Number(Number::from_f64(next)));
    }
}
