//! Functions of Bicep that read files when a template is compiled.

use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::ir::{Ir, IrKind};
use super::lower::Lower;
use crate::resolve::arm::tree;
use crate::source::{FileId, Span};
use crate::syntax::bicep::Expr;
use crate::syntax::data::{Node, NodeKind};
use crate::syntax::{json, yaml};

/// Whether a function reads a file.
pub(super) fn is_load(name: &str) -> bool {
    matches!(
        name,
        "loadTextContent"
            | "loadFileAsBase64"
            | "loadJsonContent"
            | "loadYamlContent"
            | "loadDirectoryFileInfo"
    )
}

/// What files that are loaded hold. Each is parsed once, and each part that is loaded made a node of templates once,
/// however often a template does.
#[derive(Debug, Default)]
pub(super) struct Loads {
    parsed: Mutex<HashMap<(FileId, Notation), Option<Arc<Node>>>>,
    parts: Mutex<HashMap<(FileId, Notation, String), Arc<tree::Node>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Notation {
    Json,
    Yaml,
}

impl Loads {
    /// What a file holds; None if that cannot be read.
    fn parsed(&self, file: FileId, notation: Notation, text: &Arc<str>) -> Option<Arc<Node>> {
        let parse = || match notation {
            Notation::Json => {
                let (node, errors) = json::parse(file, text);
                node.filter(|_| errors.is_empty())
            }
            Notation::Yaml => {
                let first = yaml::parse(file, text).documents.into_iter().next()?;
                first.node.filter(|_| first.errors.is_empty())
            }
        };
        once(&self.parsed, (file, notation), || parse().map(Arc::new))
    }
}

/// What is known by a key, made if nobody has. Two threads may make it; both are the same.
fn once<K: Eq + Hash, V: Clone>(known: &Mutex<HashMap<K, V>>, key: K, make: impl FnOnce() -> V) -> V {
    let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
    let found = lock().get(&key).cloned();
    found.unwrap_or_else(|| {
        let made = make();
        lock().entry(key).or_insert(made).clone()
    })
}

/// What a call loads.
enum Content {
    Text(Arc<str>),
    /// A part of what a file holds.
    Data {
        file: FileId,
        notation: Notation,
        text: Arc<str>,
        root: Arc<Node>,
        filter: String,
    },
}

impl Lower<'_, '_> {
    /// What a call loads, within an expression.
    pub fn load_from(&self, span: Span, name: &str, args: &[Expr]) -> Ir {
        match self.content(span, name, args) {
            Ok(Content::Text(text)) => Ir::string(span, text),
            Ok(Content::Data { root, filter, .. }) => part(&root, &filter, span)
                .and_then(|part| self.afforded(part, span))
                .map_or_else(|why| why, value),
            Err(why) => why,
        }
    }

    /// What a call loads, as a node of its own.
    pub fn loaded(&self, span: Span, name: &str, args: &[Expr]) -> tree::Node {
        let made = self.content(span, name, args).and_then(|content| match content {
            Content::Text(text) => Ok(Ir::string(span, text).into_node(self.source())),
            Content::Data { file, notation, text, root, filter } => {
                let part = part(&root, &filter, span).and_then(|part| self.afforded(part, span))?;
                let make = || Arc::new(value(part).into_node(&text));
                let shared = once(&self.loads.parts, (file, notation, filter.clone()), make);
                Ok(tree::Node { span: shared.span, kind: tree::NodeKind::Shared(shared) })
            }
        });
        made.unwrap_or_else(|why| why.into_node(self.source()))
    }

    /// The same node if there are steps left for it: it may be part of the template many times.
    fn afforded<'n>(&self, node: &'n Node, span: Span) -> Result<&'n Node, Ir> {
        let left = self.bounds.left();
        let size = weigh(node, left.saturating_add(1));
        match self.bounds.afford(size) {
            true => Ok(node),
            false => Err(Ir::unknown(span, "with all that is loaded, this is too large")),
        }
    }

    /// What is read: relative to the file that calls, and inside the project only. Else why it is not known.
    fn content(&self, span: Span, name: &str, args: &[Expr]) -> Result<Content, Ir> {
        let (sources, unit) = (self.sources, self.model.unit);
        let unknown = |why: String| Err(Ir::unknown(span, why));
        let mut literals = args.iter().map(|arg| arg.as_string(&unit.text));
        let Some(Some(path)) = literals.next() else {
            return unknown("the path of the file is not known as written".to_owned());
        };
        let filter = match literals.next() {
            None => String::new(),
            Some(Some(filter)) => filter.into_owned(),
            Some(None) => {
                return unknown("which part of the file is meant is not known as written".to_owned());
            }
        };
        let target = unit.path.parent().unwrap_or(Path::new("")).join(&*path);
        let text = sources.load_inside(sources.project(), &target).map(|file| (file, sources.text(file)));
        let (file, text) = match text {
            Ok((file, Some(text))) => (file, text),
            Ok((_, None)) => return unknown(format!("`{path}` cannot be read")),
            Err(error) => return unknown(format!("`{path}` cannot be read: {error}")),
        };
        let data = |notation: Notation, called: &str| match self.loads.parsed(file, notation, &text) {
            Some(root) => {
                Ok(Content::Data { file, notation, text: text.clone(), root, filter: filter.clone() })
            }
            None => unknown(format!("`{path}` is not valid {called}")),
        };
        match name {
            "loadTextContent" => match text.strip_prefix('\u{feff}') {
                None => Ok(Content::Text(text.clone())),
                // A copy is paid for.
                Some(rest) if self.bounds.afford(1 + rest.len() / 64) => Ok(Content::Text(rest.into())),
                Some(_) => unknown("with all that is loaded, this is too large".to_owned()),
            },
            "loadJsonContent" => data(Notation::Json, "JSON"),
            "loadYamlContent" => data(Notation::Yaml, "YAML"),
            _ => unknown(format!("`{name}` is not computed")),
        }
    }
}

/// How many nodes this is made of; not counted on beyond the limit.
fn weigh(node: &Node, limit: usize) -> usize {
    let mut size = 1;
    let mut add = |part: &Node| {
        if size < limit {
            size += weigh(part, limit - size);
        }
    };
    match &node.kind {
        NodeKind::Array(items) => items.iter().for_each(add),
        NodeKind::Object(members) => members.iter().for_each(|member| add(&member.value)),
        _ => {}
    }
    size
}

/// The part of a value that a JSONPath of names and numbers means.
fn part<'n>(node: &'n Node, filter: &str, span: Span) -> Result<&'n Node, Ir> {
    let mut node = node;
    let path = filter.trim();
    let path = path.strip_prefix('$').unwrap_or(path);
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        let step = step.trim_end_matches(']').trim_matches(['\'', '"']);
        let next = match step.parse::<usize>() {
            Ok(index) if node.as_array().is_some() => node.items().get(index),
            _ if step.contains(['*', '?', '(', ':', ',']) => {
                return Err(Ir::unknown(span, "which part of the file is meant is not computed"));
            }
            _ => node.get(step),
        };
        match next {
            Some(next) => node = next,
            None => return Err(Ir::unknown(span, "the file has no such part")),
        }
    }
    Ok(node)
}

/// A value of a file, whose places are in that file.
fn value(node: &Node) -> Ir {
    let kind = match &node.kind {
        NodeKind::Null => IrKind::Null,
        NodeKind::Bool(value) => IrKind::Bool(*value),
        NodeKind::Number(written) => match node.as_i64() {
            Some(value) => IrKind::Int(value),
            None => {
                return Ir::of(super::ir::call(
                    node.span,
                    "json",
                    vec![super::ir::string(node.span, Arc::from(&**written))],
                ));
            }
        },
        NodeKind::String(text) => IrKind::String(text.shared()),
        NodeKind::Array(items) => IrKind::Array(items.iter().map(value).collect()),
        NodeKind::Object(members) => {
            let members = members
                .iter()
                .map(|member| (Ir::string(member.key.span, member.key.text.clone()), value(&member.value)));
            IrKind::Object(members.collect())
        }
    };
    Ir::new(node.span, kind)
}
