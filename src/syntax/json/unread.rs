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
