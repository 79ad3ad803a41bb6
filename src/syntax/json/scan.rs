//! One pass over a text that decides whether it is JSON and nothing more, and notes where its arrays and objects
//! end. It builds nothing else: most of a file is never looked at, and what is gets read from the text again.

use std::sync::Arc;

use super::{MAX_DEPTH, decode};
use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;
use crate::syntax::data::{Key, Member, Node, NodeKind, report_repeated_keys};

/// An array or object of a text. Its offsets include the brackets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Container {
    pub(super) start: u32,
    pub(super) end: u32,
    /// How many items or members it has.
    pub(super) parts: u32,
    /// The number of the first container that begins behind it. Containers are numbered in the order in which they
    /// begin, so that its own first child has the number after its own.
    pub(super) next: u32,
}

/// What a text was found to be.
#[derive(Debug)]
pub(super) struct Outline {
    /// Where the value begins.
    pub(super) root: usize,
    pub(super) containers: Vec<Container>,
    /// Keys that are repeated and escapes that stand for nothing.
    pub(super) errors: Vec<SyntaxError>,
}

/// The outline of a text whose value begins at or behind `start`; `None` if it is not wholly JSON, of which nothing
/// more is said here.
pub(super) fn scan(file: FileId, text: &str, start: usize) -> Option<Outline> {
    u32::try_from(text.len()).ok()?;
    let cursor = Cursor { bytes: text.as_bytes(), at: start };
    let mut scanner =
        Scanner { text, file, cursor, containers: Vec::new(), keys: Vec::new(), errors: Vec::new() };
    scanner.cursor.skip_blank();
    let root = scanner.cursor.at;
    scanner.value(0)?;
    scanner.cursor.skip_blank();
    let Scanner { cursor, containers, errors, .. } = scanner;
    cursor.byte().is_none().then_some(Outline { root, containers, errors })
}

/// A place in a text. It moves over whole tokens, or says `None` where there is none of the kind in JSON.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
}

/// A byte in each byte of a word.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// A word in which the highest bit of each byte is set that is zero in `word`. Bytes behind the first one found may be
/// set by its borrow, so that only the lowest bit means something.
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(each(1)) & !word & each(0x80)
}

/// The number of whole bytes below the lowest bit that is set.
fn bytes_below(word: u64) -> usize {
    (word.trailing_zeros() / 8) as usize
}

impl Cursor<'_> {
    pub(super) fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Eight bytes, the first one lowest; zeros behind the end of the text.
    #[inline]
    fn word(&self, at: usize) -> u64 {
        match self.bytes.get(at..).and_then(<[u8]>::first_chunk) {
            Some(chunk) => u64::from_le_bytes(*chunk),
            None => self.last_word(at),
        }
    }

    #[cold]
    fn last_word(&self, at: usize) -> u64 {
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
    }

    /// Moves to what is no white space. A third of a template is indentation, so this looks at eight bytes at once.
    #[inline]
    pub(super) fn skip_blank(&mut self) {
        // Most often there is none, or one space.
        if self.byte() == Some(b' ') {
            self.at += 1;
        }
        if self.byte().is_some_and(|byte| byte > b' ') {
            return;
        }
        loop {
            let others = self.word(self.at) ^ each(b' ');
            if others == 0 {
                self.at += 8;
                continue;
            }
            self.at += bytes_below(others);
            match self.byte() {
                Some(b'\n' | b'\r' | b'\t') => self.at += 1,
                _ => return,
            }
        }
    }

    /// Moves over this byte.
    #[inline]
    pub(super) fn skip(&mut self, byte: u8) -> Option<()> {
        (self.byte()? == byte).then(|| self.at += 1)
    }

    /// Moves over the string that begins here, and says whether it has escapes.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Option<bool> {
        self.skip_string_seeing(|_| {})
    }

    /// The same, and shows the string's first bytes eight at a time, with zeros behind its last.
    #[inline(always)]
    fn skip_string_seeing(&mut self, mut see: impl FnMut(u64)) -> Option<bool> {
        // Most strings are short, so that calling `memchr` would cost more than what it finds.
        const SHORT: usize = 5;
        let mut at = self.at + 1;
        for _ in 0..SHORT {
            let word = self.word(at);
            let found = zero_bytes(word ^ each(b'"')) | zero_bytes(word ^ each(b'\\'));
            if found == 0 {
                see(word);
                at += 8;
                continue;
            }
            let before = bytes_below(found);
            see(word & !(u64::MAX << (8 * before)));
            at += before;
            if self.bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some(false);
            }
            break;
        }
        self.skip_rest_of_string(at)
    }

    /// Moves over a string of which no byte before `at` needs another look.
    fn skip_rest_of_string(&mut self, mut at: usize) -> Option<bool> {
        let mut escaped = false;
        loop {
            at += memchr::memchr2(b'"', b'\\', self.bytes.get(at..)?)?;
            if self.bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return Some(escaped);
            }
            escaped = true;
            at += match self.bytes.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                b'u' if self.bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
        }
    }

    pub(super) fn skip_number(&mut self) -> Option<()> {
        self.at += usize::from(self.byte() == Some(b'-'));
        let starts_with_zero = self.byte() == Some(b'0');
        if self.skip_digits()? > 1 && starts_with_zero {
            return None;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.skip_digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.skip_digits()?;
        }
        self.is_at_end_of_word()
    }

    /// Moves over at least one digit and says how many there were.
    fn skip_digits(&mut self) -> Option<usize> {
        let digits = self.bytes.get(self.at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(digits)
    }

    pub(super) fn skip_word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word).then(|| self.at += word.len())?;
        self.is_at_end_of_word()
    }

    fn is_at_end_of_word(&self) -> Option<()> {
        matches!(self.byte(), None | Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}')).then_some(())
    }
}

struct Scanner<'t> {
    text: &'t str,
    file: FileId,
    cursor: Cursor<'t>,
    containers: Vec<Container>,
    /// The keys of the objects around, those of the innermost last.
    keys: Vec<ScannedKey>,
    errors: Vec<SyntaxError>,
}

#[derive(Clone, Copy)]
struct ScannedKey {
    /// Of the text as it is written.
    hash: u64,
    start: u32,
    end: u32,
}

/// Keys of an object by some bits of their hashes: two that fall on one bit may be the same.
#[derive(Default)]
struct Seen([u64; 4]);

impl Seen {
    /// Whether a key of this hash may have been seen before; it is seen now.
    #[inline]
    fn may_hold(&mut self, hash: u64) -> bool {
        let bit = 1_u64 << (hash >> 58);
        let Some(word) = self.0.get_mut((hash >> 56 & 3) as usize) else { return true };
        let held = *word & bit != 0;
        *word |= bit;
        held
    }
}

impl Scanner<'_> {
    /// Moves over a value inside of `depth` arrays and objects.
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.cursor.byte()? {
            b'"' => {
                let start = self.cursor.at;
                if self.cursor.skip_string()? {
                    self.check_escapes(start);
                }
                Some(())
            }
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b't' => self.cursor.skip_word(b"true"),
            b'f' => self.cursor.skip_word(b"false"),
            b'n' => self.cursor.skip_word(b"null"),
            b'-' | b'0'..=b'9' => self.cursor.skip_number(),
            _ => None,
        }
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        let number = self.open(depth)?;
        let mut parts = 0;
        loop {
            self.cursor.skip_blank();
            // A comma may stand before the bracket, as Resource Manager has it.
            if self.cursor.skip(b']').is_some() {
                break;
            }
            self.value(depth + 1)?;
            parts += 1;
            if self.separator(b']')? {
                break;
            }
        }
        self.close(number, parts);
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let number = self.open(depth)?;
        let first_key = self.keys.len();
        let mut seen = Seen::default();
        let mut may_repeat = false;
        loop {
            self.cursor.skip_blank();
            if self.cursor.skip(b'}').is_some() {
                break;
            }
            (self.cursor.byte()? == b'"').then_some(())?;
            let start = self.cursor.at;
            let mut hash = 0_u64;
            let escaped = self.cursor.skip_string_seeing(|word| {
                hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            })?;
            if escaped {
                self.check_escapes(start);
                may_repeat = true;
            }
            may_repeat |= seen.may_hold(hash);
            self.keys.push(ScannedKey { hash, start: start as u32, end: self.cursor.at as u32 });
            self.cursor.skip_blank();
            self.cursor.skip(b':')?;
            self.cursor.skip_blank();
            self.value(depth + 1)?;
            if self.separator(b'}')? {
                break;
            }
        }
        let parts = self.keys.len() - first_key;
        if may_repeat {
            self.check_keys(first_key);
        }
        self.keys.truncate(first_key);
        self.close(number, parts as u32);
        Some(())
    }

    /// Moves over a comma, or over the closing bracket, and says whether it was that.
    #[inline]
    fn separator(&mut self, close: u8) -> Option<bool> {
        self.cursor.skip_blank();
        let byte = self.cursor.byte()?;
        self.cursor.at += 1;
        (byte == close || byte == b',').then_some(byte == close)
    }

    fn open(&mut self, depth: usize) -> Option<usize> {
        if depth >= MAX_DEPTH {
            return None;
        }
        let start = self.cursor.at as u32;
        self.containers.push(Container { start, end: start, parts: 0, next: 0 });
        self.cursor.at += 1;
        Some(self.containers.len() - 1)
    }

    /// Completes the container of this number, of which the closing bracket was the last thing moved over.
    fn close(&mut self, number: usize, parts: u32) {
        let next = self.containers.len() as u32;
        if let Some(container) = self.containers.get_mut(number) {
            container.end = self.cursor.at as u32;
            container.parts = parts;
            container.next = next;
        }
    }

    /// Reports halves of surrogate pairs in the string that begins at `start` and ends here.
    #[cold]
    fn check_escapes(&mut self, start: usize) {
        let raw = self.text.get(start + 1..self.cursor.at - 1).unwrap_or("");
        for at in decode(raw).lone_surrogates {
            self.errors.push(super::lone_surrogate(self.file, raw, start + 1, at));
        }
    }

    /// Reports what is repeated among the keys of the innermost object.
    #[cold]
    fn check_keys(&mut self, first: usize) {
        let keys = self.keys.get(first..).unwrap_or_default();
        let raw =
            |key: &ScannedKey| self.text.get(key.start as usize + 1..key.end as usize - 1).unwrap_or("");
        let mut hashes: Vec<u64> = keys.iter().map(|key| key.hash).collect();
        hashes.sort_unstable();
        let differ = hashes.is_sorted_by(|a, b| a < b);
        if differ && !keys.iter().any(|key| raw(key).contains('\\')) {
            return;
        }
        let members: Vec<Member> = keys
            .iter()
            .map(|key| {
                let span = Span::new(self.file, key.start as usize, key.end as usize);
                let text: Arc<str> = decode(raw(key)).value.into();
                Member { key: Key { text, span }, value: Node { span, kind: NodeKind::Null } }
            })
            .collect();
        report_repeated_keys(&members, &mut self.errors);
    }
}
