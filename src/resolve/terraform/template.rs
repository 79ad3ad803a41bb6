//! Templates: text with interpolations and directives.

use std::sync::Arc;

use super::eval::{Scope, beyond_bounds, elements, eval, key_text, to_bool};
use super::form::{self, Code};
use super::functions;
use crate::source::Span;
use crate::syntax::hcl::{self, TemplatePart};
use crate::value::{Certain, Kind, Node, Provenance, Reason, Value, ops};

/// The value of a template.
pub(super) fn template(parts: &[TemplatePart], scope: &Scope, at: Span) -> Value {
    // A template of one interpolation and nothing else has that expression's value and type.
    if let [TemplatePart::Interpolation(expr)] = parts {
        return eval(expr, scope);
    }
    let values: Vec<Value> = parts.iter().map(|part| template_part(part, scope, at)).collect();
    concat_text(&values, scope, at)
}

fn template_part(part: &TemplatePart, scope: &Scope, at: Span) -> Value {
    match part {
        TemplatePart::Literal(text, span) => Value::string(text, Provenance::written(*span)),
        TemplatePart::Interpolation(expr) => eval(expr, scope),
        TemplatePart::If { cond, then, otherwise } => ops::select(
            &to_bool(&eval(cond, scope), cond.span),
            cond.span,
            || text_of(then, scope, at),
            || text_of(otherwise, scope, at),
            |_| ops::failed("the condition is neither true nor false", cond.span),
        ),
        TemplatePart::For { key_var, value_var, collection, body } => {
            let collection = eval(collection, scope);
            collection.and_then(|alternative| match elements(alternative) {
                Some((elements, None)) => {
                    if !scope.instance.afford(elements.len()) {
                        return beyond_bounds(scope, at);
                    }
                    let texts: Vec<Value> = elements
                        .into_iter()
                        .map(|(key, value)| {
                            let mut inner = scope.with(value_var.clone(), value);
                            if let Some(name) = key_var {
                                inner = inner.with(name.clone(), key);
                            }
                            text_of(body, &inner, at)
                        })
                        .collect();
                    concat_text(&texts, scope, at)
                }
                None if !matches!(alternative.node, Node::Unknown(_)) => {
                    ops::failed("a list or a map is required", at)
                }
                _ if ops::is_failure(&alternative.node) => {
                    Value::new(alternative.node.clone(), alternative.provenance.clone())
                }
                _ => {
                    let code = Code::TemplateFor { key_var, value_var, body };
                    form::opaque("template-for", code, alternative, Certain::of_kind(Kind::String), scope, at)
                }
            })
        }
    }
}

fn text_of(parts: &[TemplatePart], scope: &Scope, at: Span) -> Value {
    let values: Vec<Value> = parts.iter().map(|part| template_part(part, scope, at)).collect();
    concat_text(&values, scope, at)
}

/// `templatestring(text, variables)`. The places in a text that is worked out are no places in a file, so that the
/// result is written where the call is.
pub(super) fn template_string(args: &[Value], scope: &Scope, at: Span) -> Value {
    let [text, variables] = args else {
        return ops::failed("`templatestring` needs a template and variables", at);
    };
    Value::combine(&[text, variables], |row| {
        let [text, variables] = row else { return ops::failed("arguments are missing", at) };
        let inputs = [*text, *variables].map(|arg| Value::new(arg.node.clone(), arg.provenance.clone()));
        let opaque = |certain: Certain| {
            ops::opaque("templatestring", scope.label(at), &inputs.each_ref(), certain, at)
        };
        let (source, map) = match (&text.node, &variables.node) {
            (Node::String(source), Node::Map(map)) => (source, map),
            (Node::String(_) | Node::Unknown(_), Node::Map(_) | Node::Unknown(_)) => {
                return opaque(Certain::of_kind(Kind::String));
            }
            _ => return ops::failed("a template and an object of variables are required", at),
        };
        let (parts, errors) = hcl::parse_template(at.file, source, 0);
        if let Some(error) = errors.first() {
            return ops::failed(&error.message, at);
        }
        let mut inner = Scope::new(&scope.instance);
        for (name, value) in &map.entries {
            inner = inner.with(name.clone(), value.clone().through(&variables.provenance));
        }
        template(&parts, &inner, at).and_then(|result| match &result.node {
            Node::Unknown(unknown) if !ops::is_failure(&result.node) => opaque(unknown.certain.clone()),
            node => {
                let from = row.iter().map(|arg| arg.provenance.clone());
                Value::new(node.clone(), Provenance::computed(at, from))
            }
        })
    })
}

/// Texts put together. Of an unknown piece the prefix and the lengths stay certain.
fn concat_text(values: &[Value], scope: &Scope, at: Span) -> Value {
    // One alternative after the other keeps the number of rows down where pieces are correlated.
    let inputs: Vec<&Value> = values.iter().collect();
    Value::combine(&inputs, |row| {
        let bytes = row.iter().fold(0usize, |bytes, part| match &part.node {
            Node::String(text) => bytes.saturating_add(text.len()),
            _ => bytes,
        });
        if bytes > functions::MAX_TEXT || !scope.instance.afford(bytes / 64) {
            return beyond_bounds(scope, at);
        }
        // What is known since the last unknown piece.
        let mut text = String::new();
        let mut base: Option<Arc<str>> = None;
        let (mut prefix, mut open) = (String::new(), false);
        let (mut least, mut greatest) = (0usize, Some(0usize));
        for alternative in row {
            match &alternative.node {
                Node::Unknown(unknown) => {
                    if let Reason::Failed(_) = unknown.reason {
                        return Value::new(alternative.node.clone(), alternative.provenance.clone());
                    }
                    let is_first = !open && text.is_empty();
                    base = is_first
                        .then(|| unknown.certain.base.clone().unwrap_or_else(|| unknown.atom.key().into()));
                    text.clear();
                    text.push_str(unknown.certain.suffix.as_deref().unwrap_or(""));
                    if !open {
                        prefix.push_str(unknown.certain.prefix.as_deref().unwrap_or(""));
                    }
                    open = true;
                    least = least.saturating_add(unknown.certain.min_length);
                    greatest = greatest.zip(unknown.certain.max_length).and_then(|(a, b)| a.checked_add(b));
                }
                node => match key_text(node) {
                    Some(piece) => {
                        let length = piece.chars().count();
                        least = least.saturating_add(length);
                        greatest = greatest.and_then(|greatest| greatest.checked_add(length));
                        if !open {
                            prefix.push_str(&piece);
                        }
                        text.push_str(&piece);
                    }
                    None => return ops::failed("a template needs texts, numbers or booleans", at),
                },
            }
        }
        if !open {
            let from = row.iter().map(|alternative| alternative.provenance.clone());
            return Value::string(text, Provenance::computed(at, from));
        }
        let certain = Certain {
            prefix: (!prefix.is_empty()).then(|| Arc::from(prefix)),
            suffix: (!text.is_empty()).then(|| Arc::from(text)),
            base,
            min_length: least,
            max_length: greatest,
            ..Certain::of_kind(Kind::String)
        };
        let inputs: Vec<Value> =
            row.iter().map(|a| Value::new(a.node.clone(), a.provenance.clone())).collect();
        let inputs: Vec<&Value> = inputs.iter().collect();
        ops::opaque("template", scope.label(at), &inputs, certain, at)
    })
}
