//! Parameter files of the Azure Developer CLI (azd), which converts what they give before the service sees it.

use super::scope::Declared;
use super::tree::{Member, Node as Tree, NodeKind};
use crate::source::Span;
use crate::syntax::{data, json};
use crate::value::{Kind, Provenance, placeholder};

/// Makes of the texts that a parameter file of azd gives what azd makes of them for this template (`armParameterFileValue`
/// and `loadParameters` in its bicep_provider.go): numbers and truth values are read from texts, arrays and objects from
/// JSON in a text. A text that is no number or truth value, or an empty one for a parameter without a default, is as if it
/// were not given: azd asks for it. What holds a placeholder stays.
pub fn convert(template: &Tree, file: &mut Tree) {
    let Some(declared) = template.get("parameters") else { return };
    let NodeKind::Object(members) = &mut file.kind else { return };
    for member in members.iter_mut().filter(|member| member.name.eq_ignore_ascii_case("parameters")) {
        let NodeKind::Object(given) = &mut member.value.kind else { continue };
        for one in given.iter_mut() {
            let (Some(declaration), NodeKind::Object(parts)) = (declared.get(&one.name), &mut one.value.kind)
            else {
                continue;
            };
            for part in parts.iter_mut().filter(|part| part.name.eq_ignore_ascii_case("value")) {
                let converted = part.value.as_str().and_then(|text| {
                    let kind = Declared::of(template, declaration).kind()?;
                    converted(text, kind, declaration.get("defaultValue").is_some(), part.value.span)
                });
                if let Some(converted) = converted {
                    part.value.kind = converted;
                }
            }
        }
    }
}

/// What becomes of a text; `None` if it stays as it is.
fn converted(text: &str, kind: Kind, has_default: bool, span: Span) -> Option<NodeKind> {
    if placeholder::of_text(&text.into(), &Provenance::nowhere()).is_some() {
        return None;
    }
    Some(match kind {
        Kind::Number => match text.parse::<i64>() {
            Ok(number) => NodeKind::Number(number.to_string().into()),
            Err(_) => NodeKind::Null,
        },
        // As Go's `strconv.ParseBool` has it.
        Kind::Bool => match text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => NodeKind::Bool(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => NodeKind::Bool(false),
            _ => NodeKind::Null,
        },
        Kind::String if text.is_empty() && !has_default => NodeKind::Null,
        Kind::String => return None,
        Kind::List | Kind::Map => match json::parse(span.file, text) {
            (Some(node), errors) if errors.is_empty() => at(&node, span).kind,
            _ => return None,
        },
    })
}

/// What a text within the file says, all of it written where that text is.
fn at(node: &data::Node, span: Span) -> Tree {
    let kind = match &node.kind {
        data::NodeKind::Null => NodeKind::Null,
        data::NodeKind::Bool(value) => NodeKind::Bool(*value),
        data::NodeKind::Number(written) => NodeKind::Number(written.clone()),
        data::NodeKind::String(text) => NodeKind::String(text.shared()),
        data::NodeKind::Array(items) => NodeKind::Array(items.iter().map(|item| at(item, span)).collect()),
        data::NodeKind::Object(members) => {
            let placed = members.iter().map(|member| Member {
                name: member.key.text.clone(),
                name_span: span,
                computed: None,
                value: at(&member.value, span),
            });
            NodeKind::Object(placed.collect())
        }
    };
    Tree { span, kind }
}
