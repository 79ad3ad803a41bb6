//! Arrays and objects that are read from the text when somebody looks at them, one level at a time.

use std::sync::Arc;

use super::decode;
use super::scan::{Container, Cursor, Outline};
use crate::source::{FileId, Span};
use crate::syntax::SyntaxError;
use crate::syntax::data::{Key, Member, Node, NodeKind, Parts, Text, shared};

/// A text that is known to be JSON.
#[derive(Debug)]
struct Scanned {
    file: FileId,
    text: Arc<str>,
    containers: Vec<Container>,
}

/// An array or object of such a text.
#[derive(Debug, Clone)]
pub struct Unread {
    of: Arc<Scanned>,
    number: u32,
}

/// The value of a text with this outline, and what is wrong with it.
pub(super) fn root(file: FileId, text: Arc<str>, outline: Outline) -> (Option<Node>, Vec<SyntaxError>) {
    let Outline { root, containers, errors } = outline;
    let of = Arc::new(Scanned { file, text, containers });
    let mut reader = Reader { of: &of, cursor: Cursor { bytes: of.text.as_bytes(), at: root }, next: 0 };
    (reader.node(), errors)
}

impl Unread {
    /// The items of an array, each as somebody wants it.
    pub fn items<T>(&self, mut make: impl FnMut(Node) -> T) -> Vec<T> {
        let Some((mut reader, parts)) = self.inside() else { return Vec::new() };
        let mut items = Vec::with_capacity(parts);
        while items.len() < parts {
            reader.cursor.skip_blank();
            let Some(item) = reader.node() else { break };
            items.push(make(item));
            reader.cursor.skip_blank();
            _ = reader.cursor.skip(b',');
        }
        items
    }

    /// The members of an object, each as somebody wants it.
    pub fn members<T>(&self, mut make: impl FnMut(Member) -> T) -> Vec<T> {
        let Some((mut reader, parts)) = self.inside() else { return Vec::new() };
        let mut members = Vec::with_capacity(parts);
        while members.len() < parts {
            let Some(member) = reader.member() else { break };
            members.push(make(member));
        }
        members
    }

    /// The values of the members with these names in any ASCII case, of repeated ones the last. No other value is
    /// read.
    pub fn pick<const N: usize>(&self, names: [&str; N]) -> [Option<Node>; N] {
        let mut picked = [const { None }; N];
        let Some((mut reader, parts)) = self.inside() else { return picked };
        for _ in 0..parts {
            let read = reader.member_among(names, &mut picked);
            if read.is_none() {
                break;
            }
        }
        picked
    }

    /// What tells this array or object from all others of the program's.
    pub fn identity(&self) -> (usize, u32) {
        (Arc::as_ptr(&self.of).addr(), self.number)
    }

    /// A reader behind the opening bracket, and the number of items or members.
    fn inside(&self) -> Option<(Reader<'_>, usize)> {
        let container = self.of.containers.get(self.number as usize)?;
        let cursor = Cursor { bytes: self.of.text.as_bytes(), at: container.start as usize + 1 };
        Some((Reader { of: &self.of, cursor, next: self.number + 1 }, container.parts as usize))
    }
}

/// Reads what the scanner has found to be JSON; so nothing here is ever missing.
struct Reader<'t> {
    of: &'t Arc<Scanned>,
    cursor: Cursor<'t>,
    /// The number of the next container that begins.
    next: u32,
}

impl Reader<'_> {
    /// A member, and the comma behind it.
    fn member(&mut self) -> Option<Member> {
        self.cursor.skip_blank();
        let start = self.cursor.at;
        let escaped = self.cursor.skip_string()?;
        let raw = self.of.text.get(start + 1..self.cursor.at - 1)?;
        let text = if escaped { decode(raw).value.into() } else { shared(raw) };
        let key = Key { text, span: self.span_from(start) };
        self.cursor.skip_blank();
        self.cursor.skip(b':')?;
        self.cursor.skip_blank();
        let value = self.node()?;
        self.cursor.skip_blank();
        _ = self.cursor.skip(b',');
        Some(Member { key, value })
    }

    /// Moves over a member and the comma behind it; its value goes to the place of its name, if it is one of these.
    fn member_among<const N: usize>(
        &mut self,
        names: [&str; N],
        picked: &mut [Option<Node>; N],
    ) -> Option<()> {
        self.cursor.skip_blank();
        let start = self.cursor.at;
        let escaped = self.cursor.skip_string()?;
        let raw = self.of.text.get(start + 1..self.cursor.at - 1)?;
        self.cursor.skip_blank();
        self.cursor.skip(b':')?;
        self.cursor.skip_blank();
        let is_it = |name: &&str| match escaped {
            true => decode(raw).value.eq_ignore_ascii_case(name),
            false => raw.eq_ignore_ascii_case(name),
        };
        match names.iter().position(is_it).and_then(|index| picked.get_mut(index)) {
            Some(place) => *place = Some(self.node()?),
            None => self.skip_node()?,
        }
        self.cursor.skip_blank();
        _ = self.cursor.skip(b',');
        Some(())
    }

    /// Moves over a value.
    fn skip_node(&mut self) -> Option<()> {
        match self.cursor.byte()? {
            b'"' => _ = self.cursor.skip_string()?,
            b'{' | b'[' => {
                let container = self.of.containers.get(self.next as usize)?;
                self.next = container.next;
                self.cursor.at = container.end as usize;
            }
            b't' => self.cursor.skip_word(b"true")?,
            b'f' => self.cursor.skip_word(b"false")?,
            b'n' => self.cursor.skip_word(b"null")?,
            _ => self.cursor.skip_number()?,
        }
        Some(())
    }

    fn node(&mut self) -> Option<Node> {
        let start = self.cursor.at;
        let kind = match self.cursor.byte()? {
            b'"' => {
                let escaped = self.cursor.skip_string()?;
                NodeKind::String(self.text(start, escaped)?)
            }
            b'{' => NodeKind::Object(Parts::unread(self.container()?)),
            b'[' => NodeKind::Array(Parts::unread(self.container()?)),
            b't' => {
                self.cursor.skip_word(b"true")?;
                NodeKind::Bool(true)
            }
            b'f' => {
                self.cursor.skip_word(b"false")?;
                NodeKind::Bool(false)
            }
            b'n' => {
                self.cursor.skip_word(b"null")?;
                NodeKind::Null
            }
            _ => {
                self.cursor.skip_number()?;
                NodeKind::Number(self.of.text.get(start..self.cursor.at)?.into())
            }
        };
        Some(Node { span: self.span_from(start), kind })
    }

    /// The string between the quotes at `start` and before the cursor.
    fn text(&self, start: usize, escaped: bool) -> Option<Text> {
        let raw = self.of.text.get(start + 1..self.cursor.at - 1)?;
        Some(match escaped {
            true => decode(raw).into_text(self.of.file, start + 1),
            false => Text::verbatim(raw, self.of.file, start + 1),
        })
    }

    /// Moves over the array or object that begins here.
    fn container(&mut self) -> Option<Unread> {
        let number = self.next;
        let container = self.of.containers.get(number as usize)?;
        self.next = container.next;
        self.cursor.at = container.end as usize;
        Some(Unread { of: Arc::clone(self.of), number })
    }

    fn span_from(&self, start: usize) -> Span {
        Span::new(self.of.file, start, self.cursor.at)
    }
}
