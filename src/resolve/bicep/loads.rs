//! Functions of Bicep that read files when a template is compiled.

use std::path::Path;
use std::sync::Arc;

use super::ir::{Ir, IrKind};
use super::units::Unit;
use crate::source::{Sources, Span};
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

/// What is read: relative to the file that calls, and inside the project only.
pub(super) fn load(sources: &Sources, unit: &Unit, span: Span, name: &str, args: &[Expr]) -> Ir {
    let mut literals = args.iter().map(|arg| arg.as_string(&unit.text));
    let Some(Some(path)) = literals.next() else {
        return Ir::unknown(span, "the path of the file is not known as written");
    };
    let filter = match literals.next() {
        None => None,
        Some(Some(filter)) => Some(filter),
        Some(None) => return Ir::unknown(span, "which part of the file is meant is not known as written"),
    };
    let target = unit.path.parent().unwrap_or(Path::new("")).join(&*path);
    let text = sources.load_inside(sources.project(), &target).map(|file| (file, sources.text(file)));
    let (file, text) = match text {
        Ok((file, Some(text))) => (file, text),
        Ok((_, None)) => return Ir::unknown(span, format!("`{path}` cannot be read")),
        Err(error) => return Ir::unknown(span, format!("`{path}` cannot be read: {error}")),
    };
    let text_of = text.strip_prefix('\u{feff}').unwrap_or(&text);
    match name {
        "loadTextContent" => Ir::string(span, text_of),
        "loadJsonContent" => {
            let (node, errors) = json::parse(file, &text);
            match node {
                Some(node) if errors.is_empty() => part(node, filter.as_deref(), span),
                _ => Ir::unknown(span, format!("`{path}` is not valid JSON")),
            }
        }
        "loadYamlContent" => {
            let first = yaml::parse(file, &text).documents.into_iter().next();
            match first.map(|document| (document.node, document.errors.is_empty())) {
                Some((Some(node), true)) => part(node, filter.as_deref(), span),
                _ => Ir::unknown(span, format!("`{path}` is not valid YAML")),
            }
        }
        _ => Ir::unknown(span, format!("`{name}` is not computed")),
    }
}

/// The part of a value that a JSONPath of names and numbers means.
fn part(node: Node, filter: Option<&str>, span: Span) -> Ir {
    let mut node = &node;
    let path = filter.unwrap_or("$").trim();
    let path = path.strip_prefix('$').unwrap_or(path);
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        let step = step.trim_end_matches(']').trim_matches(['\'', '"']);
        let next = match step.parse::<usize>() {
            Ok(index) if node.as_array().is_some() => node.items().get(index),
            _ if step.contains(['*', '?', '(', ':', ',']) => {
                return Ir::unknown(span, "which part of the file is meant is not computed");
            }
            _ => node.get(step),
        };
        match next {
            Some(next) => node = next,
            None => return Ir::unknown(span, "the file has no such part"),
        }
    }
    value(node)
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
