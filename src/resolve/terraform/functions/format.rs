//! `format`, whose verbs are those of Go's `fmt` as far as Terraform takes them.

use super::plain::{Args, Outcome, Plain, TOO_LARGE};
use super::strings::{MAX_TEXT, graphemes};
use crate::value::Number;

/// One `%…` of a format.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verb {
    /// Which argument it shows, counted from one.
    pub(super) argument: usize,
    /// The letter.
    pub(super) letter: char,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl Verb {
    /// True if nothing is done to the text of the argument: `%s` or `%v`.
    pub(super) fn is_verbatim(&self) -> bool {
        matches!(self.letter, 's' | 'v') && !self.sharp && self.width.is_none() && self.precision.is_none()
    }
}

/// A format in pieces.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Literal(String),
    Verb(Verb),
}

/// The widest field and the most digits that are written out.
const MAX_WIDTH: usize = 10_000;

/// Reads a format.
pub(super) fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut chars = format.chars().peekable();
    let mut next_argument = 1;
    while let Some(c) = chars.next() {
        if c != '%' {
            literal.push(c);
            continue;
        }
        if chars.peek() == Some(&'%') {
            chars.next();
            literal.push('%');
            continue;
        }
        let mut verb = Verb {
            argument: next_argument,
            letter: ' ',
            plus: false,
            minus: false,
            space: false,
            zero: false,
            sharp: false,
            width: None,
            precision: None,
        };
        while let Some(flag) = chars.peek() {
            match flag {
                '+' => verb.plus = true,
                '-' => verb.minus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => break,
            }
            chars.next();
        }
        let digits = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| -> Result<Option<usize>, String> {
            let mut text = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                text.push(digit);
            }
            if text.is_empty() {
                return Ok(None);
            }
            let number = text.parse().ok().filter(|number| *number <= MAX_WIDTH);
            number.map(Some).ok_or_else(|| TOO_LARGE.to_owned())
        };
        verb.width = digits(&mut chars)?;
        if chars.next_if_eq(&'.').is_some() {
            verb.precision = Some(digits(&mut chars)?.unwrap_or(0));
        }
        if chars.next_if_eq(&'[').is_some() {
            let index = digits(&mut chars)?.filter(|index| *index > 0);
            verb.argument = index.ok_or("invalid argument index in the format")?;
            chars.next_if_eq(&']').ok_or("unterminated argument index in the format")?;
        }
        verb.letter = chars.next().ok_or("unterminated verb at the end of the format")?;
        if !"vtbdoxXeEfgGsq".contains(verb.letter) {
            return Err(format!("unsupported format verb {:?}", verb.letter));
        }
        next_argument = verb.argument + 1;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Verb(verb));
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

pub(super) fn format(args: &Args) -> Outcome {
    let pieces = parse(&args.text(0)?)?;
    let given = args.len() - 1;
    let mut used = 0;
    let mut out = String::new();
    for piece in &pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Verb(verb) => {
                if verb.argument > given {
                    return Err(format!("not enough arguments for %{}", verb.letter));
                }
                used = used.max(verb.argument);
                out.push_str(&show(verb, args.get(verb.argument))?);
            }
        }
        if out.len() > MAX_TEXT {
            return Err(TOO_LARGE.into());
        }
    }
    if used < given {
        return Err(format!("too many arguments; only {used} used by the format"));
    }
    Ok(Plain::text(out))
}

/// One argument as its verb shows it.
pub(super) fn show(verb: &Verb, value: &Plain) -> Result<String, String> {
    match verb.letter {
        'v' if verb.sharp => Ok(pad(verb, value.json())),
        'v' => match value {
            Plain::Number(number) => Ok(pad_number(verb, general(*number, None, false))),
            Plain::String(text) => Ok(pad(verb, text.to_string())),
            Plain::Bool(value) => Ok(pad(verb, value.to_string())),
            other => Ok(pad(verb, other.json())),
        },
        't' => Ok(value.as_bool()?.to_string()),
        's' => Ok(pad(verb, cut(verb, &value.as_text()?))),
        'q' => Ok(pad(verb, quoted(&value.as_text()?))),
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let number = value.as_number()?;
            let int = number.as_i64().ok_or_else(|| {
                format!("unsupported value for %{}: a whole number is required", verb.letter)
            })?;
            let size = int.unsigned_abs();
            let (mark, digits) = match verb.letter {
                'b' => ("0b", format!("{size:b}")),
                'o' => ("0", format!("{size:o}")),
                'x' => ("0x", format!("{size:x}")),
                'X' => ("0X", format!("{size:X}")),
                _ => ("", size.to_string()),
            };
            let digits = format!("{digits:0>0$}", verb.precision.unwrap_or(0));
            let mark = if verb.sharp { mark } else { "" };
            let sign = if int < 0 { "-" } else { "" };
            Ok(pad_number(verb, format!("{sign}{mark}{digits}")))
        }
        letter => {
            let number = value.as_number()?;
            let upper = letter.is_ascii_uppercase();
            let text = match letter {
                'f' => format!("{:.*}", verb.precision.unwrap_or(6), number.as_f64()),
                'e' | 'E' => {
                    exponent(&format!("{:.*e}", verb.precision.unwrap_or(6), number.as_f64()), upper)
                }
                _ => general(number, verb.precision, upper),
            };
            Ok(pad_number(verb, text))
        }
    }
}

fn cut(verb: &Verb, text: &str) -> String {
    match verb.precision {
        Some(length) => graphemes(text).into_iter().take(length).collect(),
        None => text.to_owned(),
    }
}

/// Fills a field with blanks, or with zeros where the flag says so (Go does that to text too).
fn pad(verb: &Verb, text: String) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(graphemes(&text).len());
    if verb.minus {
        format!("{text}{}", " ".repeat(missing))
    } else {
        format!("{}{text}", if verb.zero { "0" } else { " " }.repeat(missing))
    }
}

/// As [`pad`], with the sign that the flags ask for, zeros after it.
fn pad_number(verb: &Verb, text: String) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None if verb.plus => ("+", &*text),
        None if verb.space => (" ", &*text),
        None => ("", &*text),
    };
    if verb.zero && !verb.minus {
        let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    pad(verb, format!("{sign}{digits}"))
}

/// Rust's exponent (`1e5`) in Go's form: a sign and at least two digits.
fn exponent(text: &str, upper: bool) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{}{sign}{digits:0>2}", if upper { 'E' } else { 'e' })
}

/// The shorter of plain and scientific notation, as `%g` chooses it.
fn general(number: Number, precision: Option<usize>, upper: bool) -> String {
    let float = number.as_f64();
    // The shortest digits that read back as the number, or as many as the precision asks for.
    let scientific = match precision {
        Some(digits) => {
            let text = format!("{:.*e}", digits.max(1) - 1, float);
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let mantissa = if mantissa.contains('.') {
                mantissa.trim_end_matches('0').trim_end_matches('.')
            } else {
                mantissa
            };
            format!("{mantissa}e{exponent}")
        }
        None => format!("{float:e}"),
    };
    let power: i64 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    let digits = scientific.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    let limit = match precision {
        None => 6,
        Some(precision) => {
            let significant = precision.max(1);
            let whole = i64::try_from(digits).unwrap_or(0) > power;
            let limit = if significant > digits && whole { digits } else { significant };
            i64::try_from(limit).unwrap_or(6)
        }
    };
    if power < -4 || power >= limit {
        return exponent(&scientific, upper);
    }
    match precision {
        Some(_) => scientific.parse::<f64>().map_or(scientific, |float| float.to_string()),
        None => number.to_string(),
    }
}

/// A string in the quotes of JSON, as `%q` writes it.
fn quoted(text: &str) -> String {
    Plain::text(text).json()
}
