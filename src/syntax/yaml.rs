//! YAML streams of several documents, as Kubernetes' tools read them.
//!
//! Events come from `granit-parser`; this module builds the tree. Plain scalars follow YAML 1.2's core
//! schema (<https://yaml.org/spec/1.2.2/#103-core-schema>). Kubernetes' own reader, sigs.k8s.io/yaml,
//! also takes YAML 1.1's `yes`, `no`, `on` and `off` for booleans; here they stay strings, and
//! [`Node::written`] tells whoever must know that they have no quotes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::SyntaxError;
use super::data::{Key, Member, Node, NodeKind, Text, report_repeated_keys};
use crate::source::{FileId, Span};

/// Lists and mappings within each other beyond which a document is refused, aliases followed.
pub const MAX_DEPTH: usize = 255;

/// Nodes that the anchors and aliases of one file may copy before the document is refused: what
/// bounds a "billion laughs" file.
pub const MAX_COPIED_NODES: usize = 1_000_000;

/// A file's documents and comments.
#[derive(Debug)]
pub struct Stream {
    /// The documents in order, damaged ones included. None for a file without content.
    pub documents: Vec<Document>,
    /// Comments from `#` to the end of the line, in order. Those behind the error in a damaged document
    /// are missing.
    pub comments: Vec<Span>,
}

/// One document of a stream.
#[derive(Debug)]
pub struct Document {
    /// The content, if it was read to its end; null for a document with none.
    pub node: Option<Node>,
    /// All of the document's text: from its `---` (or, for the first, from the start of the file) up to
    /// the next one's, or to the end of the file.
    pub span: Span,
    /// What is wrong in it. Beside a node: repeated keys (both are kept) and merges of what is no
    /// mapping.
    pub errors: Vec<SyntaxError>,
}

/// Reads every document of a file. An error ends its document only; reading resumes at the next `---`.
pub fn parse(file: FileId, text: &str) -> Stream {
    let options = granit_parser::options! {
        // The default of 96 refuses long licence headers; the file's size is bound enough.
        max_buffered_comment_events: usize::MAX,
    };
    let mut builder = Builder {
        file,
        text,
        stream: Stream { documents: Vec::new(), comments: Vec::new() },
        current: None,
        copied: 0,
    };
    builder.read(Parser::new_from_str_with_options(text, options));
    builder.stream
}

/// Whether a text holds Go template actions (`{{ … }}`), as a Helm chart's templates do: any `{{`
/// outside of a comment counts, so that no template passes for a manifest. A `#` begins a comment at the
/// start of a line, and behind a blank if no quote comes before it on the line.
pub fn looks_templated(text: &str) -> bool {
    template_actions(text).any(|action| !action.in_comment)
}

/// A place in a text that something else may write, `{{ … }}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateAction {
    /// The offset of its first brace.
    pub at: usize,
    /// It stands in a comment of YAML.
    pub in_comment: bool,
}

/// All `{{` of a text, in order.
pub fn template_actions(text: &str) -> impl Iterator<Item = TemplateAction> + '_ {
    let mut start = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let from = start;
        start += line.len();
        let mut in_comment = None;
        line.match_indices("{{").map(move |(action, _)| {
            // What follows a comment's sign is comment to the end of the line.
            let in_comment =
                *in_comment.get_or_insert_with(|| begins_comment(line.get(..action).unwrap_or("")));
            TemplateAction { at: from + action, in_comment }
        })
    })
}

/// Whether the end of a line's beginning lies in a comment.
fn begins_comment(before: &str) -> bool {
    before
        .match_indices('#')
        .map(|(at, _)| before.get(..at).unwrap_or(""))
        .any(|ahead| ahead.trim().is_empty() || ahead.ends_with([' ', '\t']) && !ahead.contains(['"', '\'']))
}

struct Builder<'t> {
    file: FileId,
    text: &'t str,
    stream: Stream,
    /// The document being read.
    current: Option<Current>,
    /// Nodes copied so far, towards [`MAX_COPIED_NODES`].
    copied: usize,
}

/// A document in the making.
#[derive(Default)]
struct Current {
    open: Vec<Open>,
    root: Option<Node>,
    errors: Vec<SyntaxError>,
    anchors: HashMap<usize, Anchored>,
}

/// A list or mapping whose end has not come.
struct Open {
    start: usize,
    /// End of the last thing in it: where a block collection ends, since its end event comes only with
    /// the next token.
    end: usize,
    /// Identity of its anchor, 0 for none.
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Mapping { members: Vec<Member>, merged: Vec<Node>, key: Option<PendingKey> },
}

/// A key that waits for its value.
enum PendingKey {
    Named(Key),
    /// `<<`
    Merge,
}

struct Anchored {
    node: Node,
    /// Nodes in it, itself included.
    size: usize,
    /// Levels in it; 0 for a scalar.
    height: usize,
}

impl<'t> Builder<'t> {
    fn read(&mut self, mut parser: Parser<'t, StrInput<'t>>) {
        while let Some(next) = parser.next_event() {
            let outcome = match next {
                Ok((event, place)) => {
                    let range = place.byte_range().unwrap_or(0..0);
                    self.event(event, self.span(range.start, range.end))
                }
                Err(error) => Err(SyntaxError {
                    span: self.character(error.marker().byte_offset().unwrap_or(0)),
                    message: error.info(),
                }),
            };
            let Err(error) = outcome else { continue };
            self.abandon(error);
            match parser.proceed_next_document() {
                Ok(_) => {}
                Err(error) => {
                    let span = self.character(error.marker().byte_offset().unwrap_or(0));
                    self.abandon(SyntaxError { span, message: error.info() });
                    break;
                }
            }
        }
        self.end_previous(self.text.len());
    }

    /// A span that surely lies in the file and on character boundaries.
    fn span(&self, start: usize, end: usize) -> Span {
        let start = self.boundary(start);
        Span::new(self.file, start, self.boundary(end).max(start))
    }

    fn boundary(&self, mut at: usize) -> usize {
        at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// The character at an offset; empty at the end of a line.
    fn character(&self, at: usize) -> Span {
        let at = self.boundary(at);
        let next = self.text.get(at..).and_then(|rest| rest.chars().next());
        let length = next.filter(|c| !matches!(c, '\n' | '\r')).map_or(0, char::len_utf8);
        Span::new(self.file, at, at + length)
    }

    /// Adds a document that begins at `start`; so the one before ends there.
    fn push_document(&mut self, start: usize, node: Option<Node>, errors: Vec<SyntaxError>) {
        let start = if self.stream.documents.is_empty() { self.bom() } else { start };
        self.end_previous(start);
        let span = Span::new(self.file, start, self.text.len());
        self.stream.documents.push(Document { node, span, errors });
    }

    fn bom(&self) -> usize {
        if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
    }

    fn end_previous(&mut self, at: usize) {
        if let Some(last) = self.stream.documents.last_mut() {
            last.span = Span::new(self.file, last.span.start as usize, at);
        }
    }

    /// Gives up the current document, or a document whose start was not even recognised.
    fn abandon(&mut self, error: SyntaxError) {
        match (self.current.take(), self.stream.documents.last_mut()) {
            (Some(current), Some(document)) => {
                document.errors = current.errors;
                document.errors.push(error);
            }
            _ => self.push_document(error.span.start as usize, None, vec![error]),
        }
    }

    fn event(&mut self, event: Event<'t>, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::Comment(..) => self.stream.comments.push(span),
            Event::DocumentStart(..) => {
                self.push_document(span.start as usize, None, Vec::new());
                self.current = Some(Current::default());
            }
            Event::DocumentEnd => {
                if let (Some(current), Some(document)) =
                    (self.current.take(), self.stream.documents.last_mut())
                {
                    document.node = current.root;
                    document.errors = current.errors;
                }
            }
            Event::Scalar(mut value, style, anchor, tag) => {
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && span.end as usize == self.text.len() && !self.text.ends_with(['\n', '\r']) {
                    // The event's value ends with a line break even where the file does not.
                    if value.ends_with('\n') {
                        value.to_mut().pop();
                    }
                }
                let span = self.scalar_span(style, span);
                let kind = self.scalar(&value, style, tag.as_deref(), span);
                self.complete(Node { span, kind }, span, anchor)?;
            }
            Event::SequenceStart(_, anchor, _) => self.open(span, anchor, Content::List(Vec::new()))?,
            Event::MappingStart(_, anchor, _) => {
                let content = Content::Mapping { members: Vec::new(), merged: Vec::new(), key: None };
                self.open(span, anchor, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            Event::Alias(anchor) => self.alias(anchor, span)?,
            _ => {}
        }
        Ok(())
    }

    /// Where a scalar is written. Events report a value left out before its colon, and block scalars with
    /// the blank lines behind them, which are not part of the value.
    fn scalar_span(&self, style: ScalarStyle, span: Span) -> Span {
        if span.start == span.end && self.text.as_bytes().get(span.start as usize) == Some(&b':') {
            let parent = self.current.as_ref().and_then(|current| current.open.last());
            let is_value =
                parent.is_some_and(|open| matches!(open.content, Content::Mapping { key: Some(_), .. }));
            let at = span.start as usize + usize::from(is_value);
            return self.span(at, at);
        }
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return span;
        }
        let start = span.start as usize;
        let written = self.text.get(start..span.end as usize).unwrap_or("");
        self.span(start, start + written.trim_end().len())
    }

    fn scalar(&self, value: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> NodeKind {
        let start = span.start as usize;
        let written = self.text.get(start..span.end as usize).unwrap_or("");
        if style == ScalarStyle::Plain {
            // A value left out is reported as `~` without extent.
            let value = if written.is_empty() { "" } else { value };
            let string = tag.is_some_and(|tag| tag.core_suffix() == Some("str") || tag.original() == "!");
            if !string && let Some(kind) = resolve(value) {
                return kind;
            }
            return NodeKind::String(if written == value {
                Text::verbatim(value, self.file, start)
            } else {
                Text::within(value, span)
            });
        }
        let inner = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                written.get(1..written.len().saturating_sub(1)).unwrap_or("")
            }
            _ => "",
        };
        NodeKind::String(if inner == value && span.end > span.start {
            Text::verbatim(value, self.file, start + 1)
        } else {
            Text::within(value, span)
        })
    }

    fn open(&mut self, span: Span, anchor: usize, content: Content) -> Result<(), SyntaxError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.open.len() >= MAX_DEPTH {
            return Err(too_deep(span));
        }
        let (start, end) = (span.start as usize, span.end as usize);
        current.open.push(Open { start, end, anchor, content });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), SyntaxError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let Some(Open { start, mut end, anchor, content }) = current.open.pop() else { return Ok(()) };
        // Only a flow collection has a closing bracket, an end event with extent.
        if span.end > span.start {
            end = span.end as usize;
        }
        let kind = match content {
            Content::List(items) => NodeKind::Array(items.into()),
            Content::Mapping { mut members, merged, .. } => {
                report_repeated_keys(&members, &mut current.errors);
                merge(&mut members, merged, &mut current.errors);
                NodeKind::Object(members.into())
            }
        };
        let span = self.span(start, end);
        self.complete(Node { span, kind }, span, anchor)
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        let Some(current) = &self.current else { return Ok(()) };
        let Some(anchored) = current.anchors.get(&anchor) else {
            let message = "this alias lies within the value that it refers to".to_owned();
            return Err(SyntaxError { span, message });
        };
        if current.open.len() + anchored.height > MAX_DEPTH {
            return Err(too_deep(span));
        }
        self.copied = copied_with(self.copied, anchored.size, span)?;
        let node = anchored.node.clone();
        self.complete(node, span, 0)
    }

    /// Puts a finished value where it belongs. `written` is its extent in its parent, which for an
    /// alias is not the node's own span.
    fn complete(&mut self, node: Node, written: Span, anchor: usize) -> Result<(), SyntaxError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if anchor != 0 {
            let (size, height) = measure(&node);
            self.copied = copied_with(self.copied, size, written)?;
            current.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
        let Some(parent) = current.open.last_mut() else {
            current.root = Some(node);
            return Ok(());
        };
        parent.end = parent.end.max(written.end as usize);
        match &mut parent.content {
            Content::List(items) => items.push(node),
            Content::Mapping { members, merged, key } => match key.take() {
                None => *key = Some(pending_key(node, written, self.text)),
                Some(PendingKey::Named(key)) => members.push(Member { key, value: node }),
                Some(PendingKey::Merge) => merged.push(node),
            },
        }
        Ok(())
    }
}

/// A node in the place of a key. What is not a string is rendered as written.
fn pending_key(node: Node, span: Span, text: &str) -> PendingKey {
    match &node.kind {
        // Quotes would make it longer than two bytes.
        NodeKind::String(value) if value.as_str() == "<<" && node.span.end - node.span.start == 2 => {
            PendingKey::Merge
        }
        NodeKind::String(value) => PendingKey::Named(Key { text: value.shared(), span }),
        _ => PendingKey::Named(Key { text: Arc::from(node.written(text).unwrap_or("")), span }),
    }
}

/// Adds the members of the mappings that `<<` names. A mapping's own keys prevail, then those of the
/// mapping named first (<https://yaml.org/type/merge.html>).
fn merge(members: &mut Vec<Member>, merged: Vec<Node>, errors: &mut Vec<SyntaxError>) {
    if merged.is_empty() {
        return;
    }
    let mut known: HashSet<Arc<str>> = members.iter().map(|member| Arc::clone(&member.key.text)).collect();
    let mut sources = Vec::new();
    for node in merged {
        match node.kind {
            NodeKind::Array(items) => sources.extend(items),
            _ => sources.push(node),
        }
    }
    for Node { span, kind } in sources {
        let NodeKind::Object(inherited) = kind else {
            let message = "`<<` takes a mapping or a list of mappings".to_owned();
            errors.push(SyntaxError { span, message });
            continue;
        };
        for member in inherited {
            if known.insert(Arc::clone(&member.key.text)) {
                members.push(member);
            }
        }
    }
}

/// Nodes in a tree, and its levels above the scalars.
fn measure(node: &Node) -> (usize, usize) {
    let children: &mut dyn Iterator<Item = &Node> = match &node.kind {
        NodeKind::Array(items) => &mut items.iter(),
        NodeKind::Object(members) => &mut members.iter().map(|member| &member.value),
        _ => return (1, 0),
    };
    let (size, height) =
        children.map(measure).fold((1usize, 0), |(size, height), (child_size, child_height)| {
            (size.saturating_add(child_size), height.max(child_height))
        });
    (size, height + 1)
}

fn too_deep(span: Span) -> SyntaxError {
    SyntaxError { span, message: format!("lists and mappings are nested more than {MAX_DEPTH} deep") }
}

/// The number of nodes copied once `size` more are, if the limit allows them.
fn copied_with(copied: usize, size: usize, span: Span) -> Result<usize, SyntaxError> {
    let copied = copied.saturating_add(size);
    if copied <= MAX_COPIED_NODES {
        return Ok(copied);
    }
    let message = format!("anchors and aliases copy more than {MAX_COPIED_NODES} values");
    Err(SyntaxError { span, message })
}

/// What a plain scalar is besides a string, by the core schema.
fn resolve(plain: &str) -> Option<NodeKind> {
    match plain {
        "" | "~" | "null" | "Null" | "NULL" => Some(NodeKind::Null),
        "true" | "True" | "TRUE" => Some(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" => Some(NodeKind::Bool(false)),
        _ if is_number(plain) => Some(NodeKind::Number(plain.into())),
        _ => None,
    }
}

/// Whether the core schema reads a plain scalar as an integer or a floating point number.
fn is_number(plain: &str) -> bool {
    let all =
        |digits: &str, accept: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|b| accept(&b));
    if let Some(digits) = plain.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = plain.strip_prefix("0o") {
        return all(digits, |b| matches!(b, b'0'..=b'7'));
    }
    let unsigned = plain.strip_prefix(['-', '+']).unwrap_or(plain);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(plain, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        all(exponent.strip_prefix(['-', '+']).unwrap_or(exponent), u8::is_ascii_digit)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent_ok
        && (!whole.is_empty() || !fraction.is_empty())
        && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
