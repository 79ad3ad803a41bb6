//! Functions on text.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::MAX_PARTS;
use super::plain::{Args, Outcome, Plain, TOO_LARGE};
use crate::value::{Attribute, Type};

/// A thread keeps this many compiled patterns, of at most a megabyte each.
const MAX_COMPILED: usize = 32;

/// One character in upper or lower case, where that is one character: Terraform maps code point by code point,
/// so `ß` has no upper case.
fn upper_char(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// As [`upper_char`], but for the letters that have a third case, such as `ǆ`.
fn title_char(c: char) -> char {
    match c {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        c => upper_char(c),
    }
}

pub(super) fn to_upper(text: &str) -> String {
    text.chars().map(upper_char).collect()
}

pub(super) fn to_lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

/// Every letter that begins a word in upper case. Letters, digits and underscores make words.
pub(super) fn to_title(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .map(|c| {
            let mapped = if inside { c } else { title_char(c) };
            inside = c.is_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace());
            mapped
        })
        .collect()
}

/// What people see as one character, in order. Combining marks, variation selectors, joined emoji and flags
/// count with what they belong to; scripts whose clusters need tables are counted by code point.
pub(super) fn graphemes(text: &str) -> Vec<&str> {
    let extends = |c: char| {
        matches!(c,
            '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
            | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200d}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}'
            | '\u{1f3fb}'..='\u{1f3ff}')
    };
    let is_flag = |c: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c);
    let mut starts = Vec::new();
    let mut previous = '\0';
    let mut flags = 0;
    for (at, c) in text.char_indices() {
        let joined = at > 0
            && (extends(c)
                || previous == '\u{200d}'
                || (previous == '\r' && c == '\n')
                || (is_flag(c) && flags % 2 == 1));
        flags = if is_flag(c) { flags + 1 } else { 0 };
        if !joined {
            starts.push(at);
        }
        previous = c;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
}

pub(super) fn lower(args: &Args) -> Outcome {
    Ok(Plain::text(to_lower(&args.text(0)?)))
}

pub(super) fn upper(args: &Args) -> Outcome {
    Ok(Plain::text(to_upper(&args.text(0)?)))
}

pub(super) fn title(args: &Args) -> Outcome {
    Ok(Plain::text(to_title(&args.text(0)?)))
}

pub(super) fn strrev(args: &Args) -> Outcome {
    Ok(Plain::text(graphemes(&args.text(0)?).into_iter().rev().collect::<String>()))
}

pub(super) fn substr(args: &Args) -> Outcome {
    let text = args.text(0)?;
    let (offset, length) = (args.int(1)?, args.int(2)?);
    let clusters = graphemes(&text);
    let count = i64::try_from(clusters.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { offset.saturating_add(count).max(0) } else { offset.min(count) };
    // From the end, a length of zero means the rest as well.
    let rest = length < 0 || (length == 0 && offset < 0);
    let end = if rest { count } else { start.saturating_add(length).min(count) };
    let index = |at: i64| usize::try_from(at).unwrap_or(0);
    Ok(Plain::text(clusters.get(index(start)..index(end)).unwrap_or_default().concat()))
}

pub(super) fn trim(args: &Args) -> Outcome {
    let (text, cut) = (args.text(0)?, args.text(1)?);
    Ok(Plain::text(text.trim_matches(|c| cut.contains(c))))
}

pub(super) fn trimspace(args: &Args) -> Outcome {
    Ok(Plain::text(args.text(0)?.trim()))
}

pub(super) fn trimprefix(args: &Args) -> Outcome {
    let (text, prefix) = (args.text(0)?, args.text(1)?);
    Ok(Plain::text(text.strip_prefix(&*prefix).unwrap_or(&text)))
}

pub(super) fn trimsuffix(args: &Args) -> Outcome {
    let (text, suffix) = (args.text(0)?, args.text(1)?);
    Ok(Plain::text(text.strip_suffix(&*suffix).unwrap_or(&text)))
}

pub(super) fn chomp(args: &Args) -> Outcome {
    Ok(Plain::text(args.text(0)?.trim_end_matches(['\r', '\n'])))
}

/// Texts longer than this many bytes are not built: locals that double each other would otherwise fill memory.
pub(super) const MAX_TEXT: usize = 4 << 20;

/// [`TOO_LARGE`] if so many pieces of so many bytes, and as many bytes more, make a text that is too long.
fn check_length(pieces: usize, bytes: usize, more: usize) -> Result<(), String> {
    let length = pieces.saturating_mul(bytes).saturating_add(more);
    if length > MAX_TEXT { Err(TOO_LARGE.into()) } else { Ok(()) }
}

pub(super) fn indent(args: &Args) -> Outcome {
    let (width, text) = (args.int(0)?, args.text(1)?);
    let width = usize::try_from(width).map_err(|_| "the number of spaces must not be negative".to_owned())?;
    check_length(text.matches('\n').count(), width, text.len())?;
    Ok(Plain::text(text.replace('\n', &format!("\n{}", " ".repeat(width)))))
}

pub(super) fn join(args: &Args) -> Outcome {
    let separator = args.text(0)?;
    let mut parts = Vec::new();
    let mut bytes = 0_usize;
    for index in 1..args.len() {
        for item in args.items(index)? {
            let text = item.as_text()?;
            bytes = bytes.saturating_add(text.len());
            parts.push(text);
        }
    }
    check_length(parts.len().saturating_sub(1), separator.len(), bytes)?;
    Ok(Plain::text(parts.join(&*separator)))
}

pub(super) fn split(args: &Args) -> Outcome {
    let (separator, text) = (args.text(0)?, args.text(1)?);
    let count = if separator.is_empty() { text.chars().count() } else { text.matches(&*separator).count() };
    if count >= MAX_PARTS {
        return Err(TOO_LARGE.into());
    }
    let parts = if separator.is_empty() {
        text.chars().map(|c| Plain::text(c.to_string())).collect()
    } else {
        text.split(&*separator).map(Plain::text).collect()
    };
    Ok(Plain::list(parts))
}

pub(super) fn startswith(args: &Args) -> Outcome {
    Ok(Plain::Bool(args.text(0)?.starts_with(&*args.text(1)?)))
}

pub(super) fn endswith(args: &Args) -> Outcome {
    Ok(Plain::Bool(args.text(0)?.ends_with(&*args.text(1)?)))
}

pub(super) fn strcontains(args: &Args) -> Outcome {
    Ok(Plain::Bool(args.text(0)?.contains(&*args.text(1)?)))
}

/// The regular expression in a substring of `replace`: what stands between two slashes.
pub(super) fn slashed(pattern: &str) -> Option<&str> {
    pattern.strip_prefix('/')?.strip_suffix('/')
}

pub(super) fn replace(args: &Args) -> Outcome {
    let (text, pattern, with) = (args.text(0)?, args.text(1)?, args.text(2)?);
    Ok(Plain::text(match slashed(&pattern) {
        Some(pattern) => {
            let regex = compile(pattern)?;
            let (count, matched) = regex
                .find_iter(&text)
                .fold((0_usize, 0), |(count, bytes), one| (count + 1, bytes + one.len()));
            // Each reference to a group stands for no more than what is matched.
            let referred = with.matches('$').count().saturating_mul(matched);
            check_length(count, with.len(), referred.saturating_add(text.len()))?;
            regex.replace_all(&text, &*with).into_owned()
        }
        None => {
            check_length(text.matches(&*pattern).count(), with.len(), text.len())?;
            text.replace(&*pattern, &with)
        }
    }))
}

pub(super) fn regex(args: &Args) -> Outcome {
    let (pattern, text) = (args.text(0)?, args.text(1)?);
    let regex = compile(&pattern)?;
    let found = regex.captures(&text).ok_or("pattern did not match any part of the given string")?;
    captured(&regex, &found)
}

pub(super) fn regexall(args: &Args) -> Outcome {
    let (pattern, text) = (args.text(0)?, args.text(1)?);
    let regex = compile(&pattern)?;
    let mut left = MAX_PARTS;
    let mut matches = Vec::new();
    for found in regex.captures_iter(&text) {
        left = left.checked_sub(found.len()).ok_or(TOO_LARGE)?;
        matches.push(captured(&regex, &found)?);
    }
    Ok(Plain::list(matches))
}

/// A match as Terraform gives it: the text of a pattern without groups, else the groups by position or name.
fn captured(regex: &Regex, found: &regex::Captures<'_>) -> Outcome {
    let text =
        |group: Option<regex::Match<'_>>| group.map_or(Plain::Null, |group| Plain::text(group.as_str()));
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(text(found.get(0)));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Plain::list((1..=names.len()).map(|index| text(found.get(index))).collect()));
    }
    let mut groups = BTreeMap::new();
    for (index, name) in names.iter().enumerate() {
        let name = name.ok_or("a pattern cannot have both named and unnamed groups")?;
        groups.insert(Arc::from(name), text(found.get(index + 1)));
    }
    Ok(Plain::Map(groups))
}

/// The type of a match, which does not hang on whether there is one: Terraform's `regexPatternResultType`.
pub(super) fn match_type(args: &Args) -> Type {
    let Ok(regex) = args.text(0).and_then(|pattern| compile(&pattern)) else { return Type::Any };
    let groups = || regex.capture_names().skip(1);
    if groups().count() == 0 {
        return Type::String;
    }
    let named: Option<BTreeMap<Arc<str>, Attribute>> =
        groups().map(|name| Some((Arc::from(name?), Attribute::required(Type::String)))).collect();
    match named {
        Some(attributes) => Type::Object(attributes),
        None => Type::Tuple(groups().map(|_| Type::String).collect()),
    }
}

/// Compiles a pattern in the syntax of RE2, which Terraform uses, with the little in which our engine differs
/// written out: `\d`, `\w`, `\s` and `\b` are ASCII, brackets and `&&` inside classes stand for themselves,
/// and so does a brace that is no repetition.
///
/// A module's patterns come again with each of its instances and scenarios, and compiling takes far longer than
/// matching, so each thread keeps its last ones.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    thread_local! {
        static COMPILED: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
    }
    if let Some(regex) = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned()) {
        return Ok(regex);
    }
    let regex = regex::RegexBuilder::new(&translate(pattern))
        .size_limit(1 << 20)
        .build()
        .map_err(|_| format!("invalid regular expression {pattern:?}"))?;
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= MAX_COMPILED {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

fn translate(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    // Inside a class: how many characters of it have been read, since `]` is literal at its beginning.
    let mut class: Option<usize> = None;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        match (c, class) {
            ('\\', _) => {
                let next = rest.get(taken..).and_then(|rest| rest.chars().next());
                taken += next.map_or(0, char::len_utf8);
                match (next, class.is_some()) {
                    (Some('d'), false) => out.push_str("[0-9]"),
                    (Some('d'), true) => out.push_str("0-9"),
                    (Some('w'), false) => out.push_str("[0-9A-Za-z_]"),
                    (Some('w'), true) => out.push_str("0-9A-Za-z_"),
                    (Some('s'), false) => out.push_str("[\\t\\n\\f\\r ]"),
                    (Some('s'), true) => out.push_str("\\t\\n\\f\\r "),
                    (Some('D'), _) => out.push_str("[^0-9]"),
                    (Some('W'), _) => out.push_str("[^0-9A-Za-z_]"),
                    (Some('S'), _) => out.push_str("[^\\t\\n\\f\\r ]"),
                    (Some('b'), false) => out.push_str("(?-u:\\b)"),
                    // The negated boundary could fall inside a character only where a character is not ASCII.
                    (Some('B'), false) => out.push_str("\\B"),
                    (Some('Q'), false) => {
                        let quoted = rest.get(taken..).unwrap_or("");
                        let end = quoted.find("\\E").unwrap_or(quoted.len());
                        out.push_str(&regex::escape(quoted.get(..end).unwrap_or("")));
                        taken += (end + 2).min(quoted.len());
                    }
                    // The braces of `\p{L}` and `\x{e9}` belong to the escape.
                    (Some(next @ ('p' | 'P' | 'x')), _) => {
                        let braced = rest.get(taken..).filter(|rest| rest.starts_with('{'));
                        let end = braced.and_then(|rest| rest.find('}')).map_or(0, |end| end + 1);
                        out.extend(['\\', next]);
                        out.push_str(rest.get(taken..taken + end).unwrap_or(""));
                        taken += end;
                    }
                    (Some('<'), _) => out.push('<'),
                    (Some('>'), _) => out.push('>'),
                    (Some(next), _) => {
                        out.push('\\');
                        out.push(next);
                    }
                    (None, _) => out.push('\\'),
                }
                class = class.map(|read| read + 1);
            }
            ('[', None) => {
                out.push('[');
                class = Some(0);
                if rest.get(taken..).is_some_and(|rest| rest.starts_with('^')) {
                    out.push('^');
                    taken += 1;
                }
            }
            (']', Some(read)) => {
                if read == 0 {
                    out.push_str("\\]");
                    class = Some(1);
                } else {
                    out.push(']');
                    class = None;
                }
            }
            ('[', Some(read)) => {
                let named = rest.strip_prefix("[:").and_then(|rest| rest.find(":]")).map(|end| end + 4);
                match named.and_then(|end| Some((end, rest.get(..end)?))) {
                    Some((end, name)) => {
                        out.push_str(name);
                        taken = end;
                    }
                    None => out.push_str("\\["),
                }
                class = Some(read + 1);
            }
            ('&' | '~', Some(read)) => {
                out.push('\\');
                out.push(c);
                class = Some(read + 1);
            }
            ('{', None) if !is_repetition(rest) => out.push_str("\\{"),
            _ => {
                out.push(c);
                class = class.map(|read| read + 1);
            }
        }
        rest = rest.get(taken..).unwrap_or("");
    }
    out
}

/// Whether a text begins with `{n}`, `{n,}` or `{n,m}`.
fn is_repetition(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.split_once('}')).map(|(inner, _)| inner)
    else {
        return false;
    };
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}

pub(super) fn basename(args: &Args) -> Outcome {
    Ok(Plain::text(base_of(&args.text(0)?)))
}

fn base_of(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return "/";
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

pub(super) fn dirname(args: &Args) -> Outcome {
    let path = args.text(0)?;
    let end = path.rfind('/').map_or(0, |at| at + 1);
    Ok(Plain::text(clean_path(path.get(..end).unwrap_or(""))))
}

/// The shortest equivalent path: no repeated slashes, no `.`, no `..` that something precedes.
pub(super) fn clean_path(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
