//! Bicep's tokens. Strings with holes are several tokens, so a stack tells which brace ends a hole.

use super::tree::{Directive, Name};
use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;

/// Errors that are kept of one file: what lies behind so many is noise.
pub(super) const MAX_ERRORS: usize = 1000;

/// Names are at most this long.
const MAX_NAME: usize = 255;

/// The words that stand behind `#`.
const DIRECTIVES: &[&str] = &["disable-next-line", "disable-diagnostics", "restore-diagnostics"];

/// The kinds of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[repr(u8)]
pub enum Kind {
    /// Spaces, comments and directives; the parser does not see them.
    Trivia,
    /// A character that means nothing in Bicep.
    Unrecognized,
    /// A run of line breaks without anything between them.
    NewLine,
    End,
    Identifier,
    Integer,
    True,
    False,
    Null,
    /// A string without holes.
    StringComplete,
    /// A string up to its first hole.
    StringLeft,
    /// From the end of a hole to the next.
    StringMiddle,
    /// From the end of the last hole to the end of the string.
    StringRight,
    At,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    LeftSquare,
    RightSquare,
    Comma,
    Dot,
    Ellipsis,
    Question,
    DoubleQuestion,
    Colon,
    DoubleColon,
    Semicolon,
    Assignment,
    Plus,
    Minus,
    Asterisk,
    Slash,
    Modulo,
    Exclamation,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Equals,
    NotEquals,
    EqualsInsensitive,
    NotEqualsInsensitive,
    And,
    Or,
    Pipe,
    Arrow,
    Hat,
}

/// A token, by its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Of a string's piece: it is not whole, or an escape in it means nothing. Of a line break: it
    /// follows a line that has nothing but a comment.
    pub(super) flag: bool,
    /// Of a string's piece: there are escapes in it.
    pub(super) escaped: bool,
    /// How much of a string's piece is its delimiter before and behind.
    pub(super) trim: (u8, u8),
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// What the lexer found.
pub(super) struct Lexed {
    /// Without trivia; the last is [`Kind::End`].
    pub tokens: Vec<Token>,
    pub comments: Vec<Span>,
    pub directives: Vec<Directive>,
    pub errors: Vec<SyntaxError>,
}

/// All tokens and trivia of a text: each begins where the one before ends, the first at 0, and the last is an
/// empty [`Kind::End`] at the end of the text.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut at = 0;
    for token in lex(FileId(0), text).tokens {
        if token.start > at {
            all.push(Token { kind: Kind::Trivia, ..plain(Kind::Trivia, at, token.start) });
        }
        at = token.end;
        all.push(token);
    }
    all
}

fn plain(kind: Kind, start: u32, end: u32) -> Token {
    Token { kind, flag: false, escaped: false, trim: (0, 0), start, end }
}

/// What a closing brace ends.
#[derive(Clone, Copy)]
enum Open {
    /// An object within a hole.
    Brace,
    /// A hole of a string on one line.
    Hole,
    /// A hole of a string of several lines, which as many `$` open.
    LongHole(usize),
}

pub(super) fn lex(file: FileId, text: &str) -> Lexed {
    let mut lexer = Lexer {
        file,
        text,
        bytes: text.as_bytes(),
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        open: Vec::new(),
        out: Lexed {
            tokens: Vec::with_capacity(text.len() / 6 + 1),
            comments: Vec::new(),
            directives: Vec::new(),
            errors: Vec::new(),
        },
    };
    while lexer.token() != Kind::End {}
    lexer.out
}

struct Lexer<'t> {
    file: FileId,
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    out: Lexed,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn error(&mut self, start: usize, message: impl Into<String>) {
        if self.out.errors.len() < MAX_ERRORS {
            let span = Span::new(self.file, start, self.at);
            self.out.errors.push(SyntaxError { span, message: message.into() });
        }
    }

    /// Reads the next token with the trivia before it.
    fn token(&mut self) -> Kind {
        let comment = self.trivia();
        let start = self.at;
        let mut token = plain(Kind::End, start as u32, start as u32);
        token.kind = self.scan(&mut token);
        token.end = self.at as u32;
        if token.kind == Kind::NewLine {
            token.flag = comment && self.out.tokens.last().is_some_and(|last| last.kind == Kind::NewLine);
        }
        self.out.tokens.push(token);
        token.kind
    }

    /// Skips spaces, comments and directives; whether there was a comment.
    fn trivia(&mut self) -> bool {
        let mut comment = false;
        loop {
            match self.peek(0) {
                b' ' | b'\t' => self.at += 1,
                b'/' if self.peek(1) == b'/' => {
                    let start = self.at;
                    self.skip_line();
                    comment = true;
                    self.out.comments.push(Span::new(self.file, start, self.at));
                }
                b'/' if self.peek(1) == b'*' => {
                    let start = self.at;
                    self.block_comment();
                    comment = true;
                    self.out.comments.push(Span::new(self.file, start, self.at));
                }
                b'#' if !comment && self.starts_line() => {
                    if !self.directive() {
                        return comment;
                    }
                }
                _ => return comment,
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let body = self.bytes.get(start + 2..).unwrap_or_default();
        match memchr::memmem::find(body, b"*/") {
            Some(end) => self.at = start + 2 + end + 2,
            None => {
                self.at = self.bytes.len();
                self.error(start, "the comment is not closed");
            }
        }
    }

    /// Whether nothing but spaces stands before this on its line.
    fn starts_line(&self) -> bool {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let line = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        line.is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
    }

    fn directive(&mut self) -> bool {
        let start = self.at;
        let rest = self.bytes.get(start + 1..).unwrap_or_default();
        let Some(word) = DIRECTIVES.iter().find(|word| rest.starts_with(word.as_bytes())) else {
            return false;
        };
        let name = Name { span: Span::new(self.file, start + 1, start + 1 + word.len()) };
        let codes = start + 1 + word.len();
        self.skip_line();
        // A comment ends the list of codes.
        let line = self.bytes.get(codes..self.at).unwrap_or_default();
        let slashes = memchr::memmem::find(line, b"//").or_else(|| memchr::memmem::find(line, b"/*"));
        let line = line.get(..slashes.unwrap_or(line.len())).unwrap_or_default();
        let end = codes + line.trim_ascii_end().len();
        let first = codes + (line.len() - line.trim_ascii_start().len()).min(end - codes);
        self.at = end;
        if first == end {
            self.error(start, "codes of diagnostics are missing here");
        }
        self.out.directives.push(Directive {
            span: Span::new(self.file, start, end),
            name,
            codes: Span::new(self.file, first, end),
        });
        true
    }

    /// Reads the token that begins here. Strings say more of themselves in `token`.
    fn scan(&mut self, token: &mut Token) -> Kind {
        if self.at_end() {
            return Kind::End;
        }
        let start = self.at;
        let byte = self.peek(0);
        self.at += 1;
        let (next, after) = (self.peek(0), self.peek(1));
        let (length, kind) = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.word(start),
            b'0'..=b'9' => {
                while self.peek(0).is_ascii_digit() {
                    self.at += 1;
                }
                return Kind::Integer;
            }
            b'\n' | b'\r' => return self.new_line(token),
            b'\'' if next == b'\'' && after == b'\'' => {
                self.at += 2;
                return self.long_string(token, start, 3, true, 0);
            }
            b'\'' => return self.string(token, start, true),
            b'$' => return self.dollars(token, start),
            b'{' => {
                // An object in a hole: its brace does not end the hole.
                if !self.open.is_empty() {
                    self.open.push(Open::Brace);
                }
                (0, Kind::LeftBrace)
            }
            b'}' => match self.open.last() {
                Some(Open::Hole) => return self.string(token, start, false),
                Some(Open::LongHole(dollars)) => return self.long_string(token, start, 1, false, *dollars),
                Some(Open::Brace) => {
                    self.open.pop();
                    (0, Kind::RightBrace)
                }
                None => (0, Kind::RightBrace),
            },
            b'(' => (0, Kind::LeftParen),
            b')' => (0, Kind::RightParen),
            b'[' => (0, Kind::LeftSquare),
            b']' => (0, Kind::RightSquare),
            b'@' => (0, Kind::At),
            b',' => (0, Kind::Comma),
            b'.' if next == b'.' && after == b'.' => (2, Kind::Ellipsis),
            b'.' => (0, Kind::Dot),
            b'?' if next == b'?' => (1, Kind::DoubleQuestion),
            b'?' => (0, Kind::Question),
            b':' if next == b':' => (1, Kind::DoubleColon),
            b':' => (0, Kind::Colon),
            b';' => (0, Kind::Semicolon),
            b'+' => (0, Kind::Plus),
            b'-' => (0, Kind::Minus),
            b'%' => (0, Kind::Modulo),
            b'*' => (0, Kind::Asterisk),
            b'/' => (0, Kind::Slash),
            b'^' => (0, Kind::Hat),
            b'!' if next == b'=' => (1, Kind::NotEquals),
            b'!' if next == b'~' => (1, Kind::NotEqualsInsensitive),
            b'!' => (0, Kind::Exclamation),
            b'<' if next == b'=' => (1, Kind::LessOrEqual),
            b'<' => (0, Kind::Less),
            b'>' if next == b'=' => (1, Kind::GreaterOrEqual),
            b'>' => (0, Kind::Greater),
            b'=' if next == b'=' => (1, Kind::Equals),
            b'=' if next == b'~' => (1, Kind::EqualsInsensitive),
            b'=' if next == b'>' => (1, Kind::Arrow),
            b'=' => (0, Kind::Assignment),
            b'&' if next == b'&' => (1, Kind::And),
            b'|' if next == b'|' => (1, Kind::Or),
            b'|' => (0, Kind::Pipe),
            _ => return self.unrecognized(start),
        };
        self.at += length;
        kind
    }

    fn word(&mut self, start: usize) -> Kind {
        while matches!(self.peek(0), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') {
            self.at += 1;
        }
        match self.bytes.get(start..self.at).unwrap_or_default() {
            b"true" => Kind::True,
            b"false" => Kind::False,
            b"null" => Kind::Null,
            word => {
                if word.len() > MAX_NAME {
                    self.error(start, format!("names have at most {MAX_NAME} characters"));
                }
                Kind::Identifier
            }
        }
    }

    fn new_line(&mut self, token: &mut Token) -> Kind {
        if !self.open.is_empty() {
            // A hole ends with its line at the latest. The line break is read again as such.
            self.at -= 1;
            self.open.clear();
            token.flag = true;
            self.error(self.at, "the string is not closed at the end of its line");
            return Kind::StringRight;
        }
        while matches!(self.peek(0), b'\n' | b'\r') {
            self.at += 1;
        }
        Kind::NewLine
    }

    fn unrecognized(&mut self, start: usize) -> Kind {
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        let what = self.text.get(start..self.at).unwrap_or("");
        let message = match what {
            "\"" => "strings stand in single quotes in Bicep".to_owned(),
            _ => format!("`{}` means nothing in Bicep", what.escape_debug()),
        };
        self.error(start, message);
        Kind::Unrecognized
    }

    /// Dollars, and the string of several lines that they may introduce.
    fn dollars(&mut self, token: &mut Token, start: usize) -> Kind {
        while self.peek(0) == b'$' {
            self.at += 1;
        }
        let dollars = self.at - start;
        if (self.peek(0), self.peek(1), self.peek(2)) != (b'\'', b'\'', b'\'') {
            return self.unrecognized(start);
        }
        self.at += 3;
        self.long_string(token, start, dollars + 3, true, dollars)
    }

    /// The rest of a piece of a string of several lines, behind its delimiter of `opening` bytes.
    fn long_string(
        &mut self,
        token: &mut Token,
        start: usize,
        opening: usize,
        first: bool,
        dollars: usize,
    ) -> Kind {
        let mut before = opening;
        if first {
            // A line break directly behind the quotes is not part of the text.
            before += usize::from(self.peek(0) == b'\r');
            before += usize::from(self.bytes.get(start + before) == Some(&b'\n'));
        }
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(skipped) = memchr::memchr2(b'\'', b'$', rest) else {
                self.at = self.bytes.len();
                token.flag = true;
                self.error(start, "the string of several lines is not closed");
                if !first {
                    self.open.pop();
                }
                return if first { Kind::StringComplete } else { Kind::StringRight };
            };
            self.at += skipped;
            let mark = self.peek(0);
            let from = self.at;
            while self.peek(0) == mark {
                self.at += 1;
            }
            let run = self.at - from;
            if mark == b'\'' && run >= 3 {
                self.trim(token, start, before, 3);
                if !first {
                    self.open.pop();
                }
                return if first { Kind::StringComplete } else { Kind::StringRight };
            }
            if mark == b'$' && dollars > 0 && run >= dollars && self.peek(0) == b'{' {
                self.at += 1;
                self.trim(token, start, before, dollars + 1);
                if first {
                    self.open.push(Open::LongHole(dollars));
                    return Kind::StringLeft;
                }
                return Kind::StringMiddle;
            }
        }
    }

    fn trim(&mut self, token: &mut Token, start: usize, before: usize, behind: usize) {
        // The quotes that end the text may be those that begin it.
        let before = before.min((self.at - start).saturating_sub(behind));
        match (u8::try_from(before), u8::try_from(behind)) {
            (Ok(before), Ok(behind)) => token.trim = (before, behind),
            _ => {
                token.flag = true;
                self.error(start, "at most 250 `$` can introduce a string");
            }
        }
    }

    /// The rest of a piece of a string on one line, behind its delimiter of one byte.
    fn string(&mut self, token: &mut Token, start: usize, first: bool) -> Kind {
        let ended = if first { Kind::StringComplete } else { Kind::StringRight };
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let special = |byte: &u8| matches!(byte, b'\'' | b'$' | b'\\' | b'\n' | b'\r');
            self.at += rest.iter().position(special).unwrap_or(rest.len());
            match self.bytes.get(self.at) {
                Some(b'\'') => {
                    self.at += 1;
                    token.trim = (1, 1);
                    break;
                }
                Some(b'$') => {
                    self.at += 1;
                    if self.peek(0) == b'{' {
                        self.at += 1;
                        token.trim = (1, 2);
                        if first {
                            self.open.push(Open::Hole);
                            return Kind::StringLeft;
                        }
                        return Kind::StringMiddle;
                    }
                }
                Some(b'\\') => {
                    token.escaped = true;
                    let rest = self.text.get(self.at..).unwrap_or("");
                    match escape(rest) {
                        Some((length, _)) => self.at += length,
                        None => {
                            token.flag = true;
                            self.bad_escape();
                        }
                    }
                }
                end => {
                    token.flag = true;
                    let message = match end {
                        Some(_) => "the string is not closed at the end of its line",
                        None => "the string is not closed",
                    };
                    self.error(start, message);
                    break;
                }
            }
        }
        if !first {
            self.open.pop();
        }
        ended
    }

    /// Steps over an escape that means nothing.
    fn bad_escape(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some('u') => {
                self.at += 1;
                if self.peek(0) == b'{' {
                    self.at += 1;
                    while self.peek(0).is_ascii_hexdigit() {
                        self.at += 1;
                    }
                    self.at += usize::from(self.peek(0) == b'}');
                }
                self.error(start, "an escape of a code point is written `\\u{1F600}`");
            }
            Some('\n' | '\r') | None => self.error(start, "the escape is incomplete"),
            Some(other) => {
                self.at += other.len_utf8();
                self.error(start, "the escapes are `\\n`, `\\r`, `\\t`, `\\\\`, `\\'`, `\\$` and `\\u{…}`");
            }
        }
    }
}

/// The escape at the beginning of a text: its length and the character that it stands for. No character if
/// the code point is half of a pair: then it is read as U+FFFD.
fn escape(text: &str) -> Option<(usize, char)> {
    let bytes = text.as_bytes();
    let simple = match bytes.get(1)? {
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'\\' => '\\',
        b'\'' => '\'',
        b'$' => '$',
        b'u' => {
            let rest = text.get(2..)?.strip_prefix('{')?;
            let end = rest.bytes().position(|byte| !byte.is_ascii_hexdigit())?;
            let digits = rest.get(..end)?;
            if digits.is_empty() || rest.as_bytes().get(end) != Some(&b'}') {
                return None;
            }
            let digits_only = digits.trim_start_matches('0');
            let code = if digits_only.is_empty() { 0 } else { u32::from_str_radix(digits_only, 16).ok()? };
            if code > 0x10_FFFF {
                return None;
            }
            return Some((digits.len() + 4, char::from_u32(code).unwrap_or('\u{fffd}')));
        }
        _ => return None,
    };
    Some((2, simple))
}

/// The text with its escapes undone; what is no escape stands for itself.
pub(super) fn unescape(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        value.push_str(rest.get(..at).unwrap_or(""));
        let here = rest.get(at..).unwrap_or("");
        let (length, decoded) = escape(here).unwrap_or((1, '\\'));
        value.push(decoded);
        rest = here.get(length..).unwrap_or("");
    }
    value.push_str(rest);
    value
}
