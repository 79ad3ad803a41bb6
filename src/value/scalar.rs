//! Numbers and the scalars that conditions compare unknowns with.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A number, kept as an integer wherever it is one, so that `3`, `3.0` and `3e0` are one value.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// Anything else. Never an integral value that fits [`Number::Int`], never NaN.
    Float(f64),
}

/// How many whole numbers that are not negative an `i64` has.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    /// Normalises a float; NaN becomes zero, which no front end produces.
    pub fn from_f64(value: f64) -> Number {
        if value.is_nan() {
            return Number::Int(0);
        }
        // Both powers of two are exact; the upper one is the first that no longer fits.
        if value.fract() == 0.0 && (-TWO_TO_63..TWO_TO_63).contains(&value) {
            return Number::Int(value as i64);
        }
        Number::Float(value)
    }

    /// Reads a decimal number as HCL, JSON and YAML write it.
    pub fn parse(text: &str) -> Option<Number> {
        let text = text.trim();
        if let Ok(int) = text.parse::<i64>() {
            return Some(Number::Int(int));
        }
        // Rust also reads `inf` and `nan`, which none of the notations has.
        if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+' || c == '.') {
            return None;
        }
        if text.bytes().any(|b| b.is_ascii_alphabetic() && b != b'e' && b != b'E') {
            return None;
        }
        text.parse::<f64>().ok().filter(|f| f.is_finite()).map(Number::from_f64)
    }

    /// A mantissa and a power of ten, which is what the number is exactly wherever it was written down.
    fn decimal(self) -> Option<(i128, u32)> {
        match self {
            Number::Int(int) => Some((i128::from(int), 0)),
            Number::Float(float) => {
                let text = float.to_string();
                let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
                let scale = u32::try_from(fraction.len()).ok()?;
                Some((format!("{whole}{fraction}").parse().ok()?, scale))
            }
        }
    }

    /// The number of so many times a negative power of ten, rounded once.
    fn of_decimal(mantissa: i128, scale: u32) -> Option<Number> {
        match i64::try_from(mantissa) {
            Ok(int) if scale == 0 => Some(Number::Int(int)),
            _ => Number::parse(&format!("{mantissa}e-{scale}")),
        }
    }

    /// Works out decimally what languages with decimal numbers do, where the digits are few enough; `float` does
    /// it for the rest. `None` if there is no finite result.
    fn decimally(
        self,
        other: Number,
        exact: impl Fn(i128, i128) -> Option<i128>,
        float: impl Fn(f64, f64) -> f64,
    ) -> Option<Number> {
        let aligned = || {
            let ((a, of_a), (b, of_b)) = (self.decimal()?, other.decimal()?);
            let scale = of_a.max(of_b);
            let a = a.checked_mul(10_i128.checked_pow(scale - of_a)?)?;
            let b = b.checked_mul(10_i128.checked_pow(scale - of_b)?)?;
            Number::of_decimal(exact(a, b)?, scale)
        };
        aligned().or_else(|| Number::finite(float(self.as_f64(), other.as_f64())))
    }

    fn finite(value: f64) -> Option<Number> {
        value.is_finite().then(|| Number::from_f64(value))
    }

    /// The sum, if it is finite.
    pub fn plus(self, other: Number) -> Option<Number> {
        self.decimally(other, i128::checked_add, |a, b| a + b)
    }

    /// The difference, if it is finite.
    pub fn minus(self, other: Number) -> Option<Number> {
        self.decimally(other, i128::checked_sub, |a, b| a - b)
    }

    /// The product, if it is finite.
    pub fn times(self, other: Number) -> Option<Number> {
        let exact = || {
            let ((a, of_a), (b, of_b)) = (self.decimal()?, other.decimal()?);
            Number::of_decimal(a.checked_mul(b)?, of_a.checked_add(of_b)?)
        };
        exact().or_else(|| Number::finite(self.as_f64() * other.as_f64()))
    }

    /// The quotient, if it is finite.
    pub fn over(self, other: Number) -> Option<Number> {
        let exact = || {
            let ((a, of_a), (b, of_b)) = (self.decimal()?, other.decimal()?);
            let scale = of_a.max(of_b);
            let a = a.checked_mul(10_i128.checked_pow(scale - of_a)?)?;
            let b = b.checked_mul(10_i128.checked_pow(scale - of_b)?)?;
            (a.checked_rem(b)? == 0).then_some(())?;
            Number::of_decimal(a.checked_div(b)?, 0)
        };
        exact().or_else(|| Number::finite(self.as_f64() / other.as_f64()))
    }

    /// What is left of a division, with the sign of the dividend.
    pub fn rest(self, other: Number) -> Option<Number> {
        self.decimally(other, i128::checked_rem, |a, b| a % b)
    }

    /// The value as a float.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Float(float) => float,
        }
    }

    /// The value if it is whole.
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Number::Int(int) => Some(int),
            Number::Float(_) => None,
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            (Number::Float(a), Number::Float(b)) => a.total_cmp(b),
            (Number::Int(int), Number::Float(float)) => against(*int, *float),
            (Number::Float(float), Number::Int(int)) => against(*int, *float).reverse(),
        }
    }
}

/// How a whole number and a float compare, without rounding the one to the other: two whole numbers that round to one
/// float would else both equal it and not each other, which is no order.
fn against(int: i64, float: f64) -> Ordering {
    if float.fract() == 0.0 {
        // Beyond 128 bits the cast saturates, which is still beyond every whole number here.
        return i128::from(int).cmp(&(float as i128));
    }
    // A float with a fraction is small enough for rounding not to step over it; what is left is infinite.
    (int as f64).total_cmp(&float)
}
impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Number {}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(int) => write!(f, "{int}"),
            Number::Float(float) => write!(f, "{float}"),
        }
    }
}

/// A value without parts. The order is total and has no meaning beyond making output deterministic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    /// Null is a value; a missing key is not.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(Arc<str>),
}

impl Scalar {
    /// A string scalar.
    pub fn string(text: &str) -> Scalar {
        Scalar::String(Arc::from(text))
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Null => f.write_str("null"),
            Scalar::Bool(value) => write!(f, "{value}"),
            Scalar::Number(value) => write!(f, "{value}"),
            Scalar::String(value) => write!(f, "\"{value}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_both_kinds_are_in_one_order() {
        // Neighbours of one float, which rounding makes equal to it, and floats on both sides of where whole numbers end.
        let texts = [
            "9100000000000001154",
            "9100000000000001295",
            "9100000000000002048.0",
            "9100000000000002047",
            "9223372036854775807",
            "9223372036854775807.0",
            "9223372036854775808",
            "-9223372036854775808",
            "-9223372036854775808.0",
            "-9300000000000000000",
            "9007199254740993",
            "9007199254740992.0",
            "4503599627370495.5",
            "4503599627370495",
            "4503599627370496",
            "0.5",
            "0",
            "-0.0",
            "1e300",
            "-1e300",
        ];
        let numbers: Vec<Number> = texts.iter().map(|text| Number::parse(text).unwrap()).collect();
        for a in &numbers {
            for b in &numbers {
                assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{a} {b}");
                for c in &numbers {
                    assert!(!(a <= b && b <= c) || a <= c, "{a} {b} {c}");
                }
            }
        }
        assert!(Number::Int(i64::MAX) < Number::parse("9223372036854775808").unwrap());
        assert_eq!(Number::parse("9100000000000002048.0"), Some(Number::Int(9_100_000_000_000_002_048)));
        assert_eq!(Number::from_f64(-TWO_TO_63), Number::Int(i64::MIN));
    }
}
