//! A scanner for text that does not parse: it knows where strings, heredocs, comments and brackets begin and
//! end, and nothing else. It never fails; what is not closed ends with its line or with the text.

use std::ops::Range;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, number or keyword.
    Word,
    /// A quoted string with everything inside; false where it has no closing quote.
    Quoted(bool),
    /// A heredoc from `<<` to its end marker; false where the end marker is missing.
    Heredoc(bool),
    /// A comment, without the line break that ends it.
    Comment,
    /// A line break outside all of the above.
    Newline,
    /// `{`, `(` or `[`.
    Open(u8),
    /// `}`, `)` or `]`.
    Close(u8),
    /// `,`
    Comma,
    /// `=` or `:` alone.
    Assign,
    /// Any other character or operator.
    Other,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
}

/// Cuts `text` into atoms, white space left out.
pub(super) fn atoms(text: &str) -> Atoms<'_> {
    Atoms { text, at: 0 }
}

pub(super) struct Atoms<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Atoms<'_> {
    type Item = Atom;

    fn next(&mut self) -> Option<Atom> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.at..)?;
        let blank = rest
            .iter()
            .enumerate()
            .take_while(|&(i, &b)| b == b' ' || b == b'\t' || (b == b'\r' && rest.get(i + 1) != Some(&b'\n')))
            .count();
        let start = self.at + blank;
        let rest = rest.get(blank..)?;
        let (kind, len) = match *rest.first()? {
            b'\n' => (Kind::Newline, 1),
            b'\r' => (Kind::Newline, 2),
            b'#' => (Kind::Comment, line_length(rest)),
            b'/' if rest.starts_with(b"//") => (Kind::Comment, line_length(rest)),
            b'/' if rest.starts_with(b"/*") => {
                let end = self.text.get(start + 2..).and_then(|t| t.find("*/"));
                (Kind::Comment, end.map_or(rest.len(), |end| end + 4))
            }
            b'"' => {
                let (end, closed) = template_end(self.text, start + 1, Mode::Quoted);
                (Kind::Quoted(closed), end - start)
            }
            b'<' => match heredoc(self.text, start) {
                Some((end, closed)) => (Kind::Heredoc(closed), end - start),
                None => (Kind::Other, 1 + usize::from(rest.get(1) == Some(&b'='))),
            },
            open @ (b'{' | b'(' | b'[') => (Kind::Open(open), 1),
            close @ (b'}' | b')' | b']') => (Kind::Close(close), 1),
            b',' => (Kind::Comma, 1),
            b'=' if rest.starts_with(b"==") || rest.starts_with(b"=>") => (Kind::Other, 2),
            b'!' | b'>' if rest.get(1) == Some(&b'=') => (Kind::Other, 2),
            b':' if rest.starts_with(b"::") => (Kind::Other, 2),
            b'=' | b':' => (Kind::Assign, 1),
            first if is_word(first) => (Kind::Word, rest.iter().take_while(|&&b| is_word(b)).count()),
            _ => (Kind::Other, 1),
        };
        self.at = start + len;
        Some(Atom { kind, range: start..self.at })
    }
}

/// Bytes of names and numbers; all of a character outside ASCII, so that no atom splits one.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes up to the line break, which for `\r\n` is the `\r`.
fn line_length(rest: &[u8]) -> usize {
    let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    if line > 0 && rest.get(line - 1) == Some(&b'\r') { line - 1 } else { line }
}

/// The end of the heredoc that starts at `start`, and whether its end marker is there.
fn heredoc(text: &str, start: usize) -> Option<(usize, bool)> {
    let after = text.get(start..)?.strip_prefix("<<")?;
    let after = after.strip_prefix('-').unwrap_or(after);
    let line = after.get(..memchr::memchr(b'\n', after.as_bytes())?)?;
    let marker = line.strip_suffix('\r').unwrap_or(line);
    let starts_well = marker.bytes().next().is_some_and(|b| is_word(b) && !b.is_ascii_digit());
    if !starts_well || !marker.bytes().all(|b| is_word(b) || b == b'-') {
        return None;
    }
    let body = text.len() - after.len() + line.len() + 1;
    Some(template_end(text, body, Mode::Heredoc(marker)))
}

/// What surrounds a position inside a template.
enum Mode<'a> {
    Quoted,
    Heredoc(&'a str),
    /// `${` or `%{`, with the braces open inside.
    Expression(usize),
}

/// The end of the template whose inside starts at `at`, and whether it was closed. Only ASCII is looked at and
/// stopped at, so the end is a character boundary.
fn template_end(text: &str, mut at: usize, first: Mode<'_>) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut stack = vec![first];
    let mut line_start = true;
    while let Some(mode) = stack.last_mut() {
        let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
            return (text.len(), false);
        };
        if let Mode::Heredoc(marker) = mode {
            if line_start {
                let indent = rest.iter().take_while(|&&b| b == b' ' || b == b'\t').count();
                let line = rest.get(indent..).unwrap_or_default();
                let tail = line.strip_prefix(marker.as_bytes());
                if let Some(tail) = tail
                    && !tail.first().is_some_and(|&b| is_word(b) || b == b'-')
                {
                    at += indent + marker.len();
                    line_start = false;
                    stack.pop();
                    continue;
                }
            }
            line_start = rest.first() == Some(&b'\n');
        }
        let escaped = rest.starts_with(b"$${") || rest.starts_with(b"%%{");
        let opens = rest.starts_with(b"${") || rest.starts_with(b"%{");
        match (mode, rest.first().copied().unwrap_or(0)) {
            (Mode::Quoted | Mode::Heredoc(_), _) if escaped => at += 3,
            (Mode::Quoted | Mode::Heredoc(_), _) if opens => {
                at += 2;
                stack.push(Mode::Expression(0));
            }
            (Mode::Quoted, b'\\') => at += 2,
            // A quoted string cannot hold a line break: it was never closed.
            (Mode::Quoted, b'\n') => return (at, false),
            (Mode::Quoted, b'"') | (Mode::Expression(0), b'}') => {
                at += 1;
                line_start = false;
                stack.pop();
            }
            (Mode::Expression(depth), b'{') => {
                *depth += 1;
                at += 1;
            }
            (Mode::Expression(depth), b'}') => {
                *depth -= 1;
                at += 1;
            }
            (Mode::Expression(_), b'"') => {
                at += 1;
                stack.push(Mode::Quoted);
            }
            _ => at += 1,
        }
    }
    (at.min(text.len()), true)
}

/// The top-level items of `text`: each from its first atom to the line break, included, that
/// ends it outside all brackets. No more of the text is read than the items that are asked for.
pub(super) fn items(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut atoms = atoms(text);
    std::iter::from_fn(move || {
        let mut open = Nesting::default();
        let mut item: Option<Range<usize>> = None;
        for atom in atoms.by_ref() {
            match atom.kind {
                Kind::Newline if open.innermost().is_none() => match item.take() {
                    Some(item) => return Some(item.start..atom.range.end),
                    None => continue,
                },
                Kind::Newline | Kind::Comment => continue,
                Kind::Open(bracket) => open.push(bracket, ()),
                Kind::Close(bracket) => open.close(bracket),
                _ => {}
            }
            item = Some(item.map_or(atom.range.start, |item| item.start)..atom.range.end);
        }
        item
    })
}

/// The first string or heredoc that is never closed, and what to say about it. The parser takes such text for
/// anything but a string and reports a place that does not help.
pub(super) fn unclosed(text: &str) -> Option<(usize, &'static str)> {
    atoms(text).find_map(|atom| match atom.kind {
        Kind::Quoted(false) => Some((atom.range.start, "quoted string is not closed in its line")),
        Kind::Heredoc(false) => Some((atom.range.start, "heredoc has no end marker")),
        _ => None,
    })
}

/// The brackets open at a position, each with something remembered about it.
struct Nesting<T> {
    open: Vec<(u8, T)>,
    /// Brackets deeper than any parser follows are only counted, so that hostile text costs no time.
    deeper: usize,
}

impl<T> Default for Nesting<T> {
    fn default() -> Self {
        Nesting { open: Vec::new(), deeper: 0 }
    }
}

impl<T> Nesting<T> {
    const FOLLOWED: usize = 256;

    fn push(&mut self, bracket: u8, about: T) {
        if self.open.len() < Self::FOLLOWED {
            self.open.push((bracket, about));
        } else {
            self.deeper += 1;
        }
    }

    /// Closes the innermost matching bracket and whatever was left open inside it; a stray one closes nothing.
    fn close(&mut self, bracket: u8) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let partner = match bracket {
            b'}' => b'{',
            b')' => b'(',
            _ => b'[',
        };
        if let Some(at) = self.open.iter().rposition(|&(open, _)| open == partner) {
            self.open.truncate(at);
        }
    }

    fn innermost(&mut self) -> Option<&mut (u8, T)> {
        self.open.last_mut()
    }
}

/// The first place after the first line of `text` where a block seems to begin: a line that starts in column 1
/// with a name and labels and opens a brace. Used when a bracket was left open and the rest of the file with it.
pub(super) fn next_header(text: &str) -> Option<usize> {
    let heredocs: Vec<Range<usize>> =
        atoms(text).filter(|atom| atom.kind == Kind::Heredoc(true)).map(|atom| atom.range).collect();
    let mut heredocs = heredocs.into_iter().peekable();
    memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1).find(|&start| {
        while heredocs.next_if(|heredoc| heredoc.end <= start).is_some() {}
        let inside = heredocs.peek().is_some_and(|heredoc| heredoc.start < start);
        !inside && text.get(start..).and_then(|rest| rest.lines().next()).is_some_and(is_header)
    })
}

fn is_header(line: &str) -> bool {
    if !line.bytes().next().is_some_and(|b| is_word(b) && !b.is_ascii_digit()) {
        return false;
    }
    atoms(line)
        .find(|atom| !matches!(atom.kind, Kind::Word | Kind::Quoted(_)))
        .is_some_and(|atom| atom.kind == Kind::Open(b'{'))
}

/// Where some pair of braces comes to hold more than `limit` items directly, if one does.
pub(super) fn exceeds(text: &str, limit: usize) -> Option<usize> {
    let mut open = Nesting::default();
    let mut fresh = false;
    for atom in atoms(text) {
        match atom.kind {
            Kind::Newline | Kind::Comma => fresh = true,
            Kind::Comment => {}
            kind => {
                // The first atom after a separator begins an item of the innermost bracket.
                if fresh
                    && !matches!(kind, Kind::Close(_))
                    && let Some((b'{', count)) = open.innermost()
                {
                    *count += 1;
                    if *count > limit {
                        return Some(atom.range.start);
                    }
                }
                fresh = false;
                match kind {
                    Kind::Open(bracket) => open.push(bracket, 0),
                    Kind::Close(bracket) => open.close(bracket),
                    _ => {}
                }
            }
        }
    }
    None
}

/// Replaces line breaks and comments by spaces where HCL does not see them: in parentheses, in square brackets
/// and in `{for …}`. Offsets stay as they are.
pub(super) fn join_lines(text: &str) -> String {
    let all: Vec<Atom> = atoms(text).collect();
    let mut blank = Vec::new();
    // For each open bracket: whether line breaks count inside.
    let mut open = Nesting::<bool>::default();
    for (i, atom) in all.iter().enumerate() {
        match atom.kind {
            Kind::Newline | Kind::Comment if open.innermost().is_some_and(|&mut (_, counts)| !counts) => {
                blank.push(atom.range.clone());
            }
            Kind::Open(bracket) => {
                let next = all
                    .iter()
                    .skip(i + 1)
                    .find(|atom| !matches!(atom.kind, Kind::Newline | Kind::Comment))
                    .and_then(|atom| text.get(atom.range.clone()));
                open.push(bracket, bracket == b'{' && next != Some("for"));
            }
            Kind::Close(bracket) => open.close(bracket),
            _ => {}
        }
    }
    blanked(text, &blank, false)
}

/// `text` with the given ranges (whole characters, in order) replaced by spaces; line breaks stay if wanted.
pub(super) fn blanked(text: &str, ranges: &[Range<usize>], keep_lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        for byte in text.get(range.clone()).unwrap_or_default().bytes() {
            let keep = keep_lines && matches!(byte, b'\n' | b'\r');
            out.push(if keep { char::from(byte) } else { ' ' });
        }
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// `text` without the earlier item of the object whose repeated key stands at `repeated`, offsets unchanged.
/// None where no earlier item has the same key, letter for letter.
pub(super) fn without_earlier(text: &str, repeated: usize) -> Option<String> {
    let all: Vec<Atom> = atoms(text).collect();
    // For each open bracket: where the items inside begin.
    let mut open = Nesting::<Vec<usize>>::default();
    let mut fresh = false;
    for (i, atom) in all.iter().enumerate() {
        match atom.kind {
            Kind::Newline | Kind::Comma => {
                fresh = true;
                continue;
            }
            Kind::Comment => continue,
            _ => {}
        }
        if fresh && let Some((_, starts)) = open.innermost() {
            starts.push(i);
        }
        if atom.range.start >= repeated {
            break;
        }
        fresh = false;
        match atom.kind {
            Kind::Open(bracket) => {
                open.push(bracket, Vec::new());
                fresh = true;
            }
            Kind::Close(bracket) => open.close(bracket),
            _ => {}
        }
    }
    let (_, starts) = open.open.pop().filter(|(bracket, _)| *bracket == b'{')?;
    let key = |first: usize| -> Option<&str> {
        let start = all.get(first)?.range.start;
        let mut depth = 0usize;
        for atom in all.get(first..)? {
            match atom.kind {
                Kind::Open(_) => depth += 1,
                Kind::Close(_) => depth = depth.saturating_sub(1),
                Kind::Assign if depth == 0 => return text.get(start..atom.range.start).map(str::trim),
                _ => {}
            }
        }
        None
    };
    let (&last, earlier) = starts.split_last()?;
    let wanted = key(last)?;
    let found = earlier.iter().rposition(|&first| key(first) == Some(wanted))?;
    let from = all.get(*starts.get(found)?)?.range.start;
    let to = all.get(*starts.get(found + 1)?)?.range.start;
    Some(blanked(text, std::slice::from_ref(&(from..to)), true))
}
