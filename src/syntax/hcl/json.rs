//! Terraform's JSON notation as the same tree: `.tf.json` and `.tfvars.json`.
//!
//! Objects below the words that begin a block become blocks as far as their labels go; everything inside a
//! block is an attribute, because only a provider's schema knows which names are nested blocks. Strings are
//! templates in configurations and plain in var files. Source:
//! <https://developer.hashicorp.com/terraform/language/syntax/json>.

use std::sync::Arc;

use super::{
    Attribute, Block, Body, Expr, ExprKind, File, ObjectItem, ObjectKey, UnaryOp, parse, parse_template,
};
use crate::source::{FileId, Span};
use crate::syntax::data::{Member, Node, NodeKind, Text};
use crate::syntax::{SyntaxError, json};

/// Parses a `.tfvars.json`: one attribute for each variable, all literal.
pub fn parse_var_file(file: FileId, text: &str) -> (File, Vec<SyntaxError>) {
    read(file, text, |root| {
        let reader = Reader { file, text, templates: false };
        Body { attributes: reader.attributes(members(root)), blocks: Vec::new(), span: root.span }
    })
}

/// Parses a `.tf.json`.
pub fn parse_configuration(file: FileId, text: &str) -> (File, Vec<SyntaxError>) {
    read(file, text, |root| {
        let reader = Reader { file, text, templates: true };
        let mut blocks = Vec::new();
        for member in members(root) {
            let labels = match &*member.key.text {
                "resource" | "data" => 2,
                "variable" | "output" | "module" | "provider" => 1,
                "locals" | "terraform" => 0,
                _ => continue,
            };
            reader.blocks(member, &[], &member.value, labels, &mut blocks);
        }
        Body { attributes: Vec::new(), blocks, span: root.span }
    })
}

fn read(file: FileId, text: &str, body: impl FnOnce(&Node) -> Body) -> (File, Vec<SyntaxError>) {
    let (root, errors) = json::parse(file, text);
    let body = match &root {
        Some(root) => body(root),
        None => Body { attributes: Vec::new(), blocks: Vec::new(), span: Span::new(file, 0, text.len()) },
    };
    (File { body }, errors)
}

/// The members of an object; `"//"` is a comment.
fn members(node: &Node) -> impl Iterator<Item = &Member> {
    node.as_object().unwrap_or_default().iter().filter(|member| &*member.key.text != "//")
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    /// Whether strings are templates.
    templates: bool,
}

impl Reader<'_> {
    /// The blocks below a word, `left` labels deeper. An array holds several objects of one level.
    fn blocks(
        &self,
        word: &Member,
        labels: &[(Arc<str>, Span)],
        value: &Node,
        left: usize,
        out: &mut Vec<Block>,
    ) {
        if let Some(items) = value.as_array() {
            // An array in an array is none of Terraform's forms.
            for item in items.iter().filter(|item| item.as_object().is_some()) {
                self.blocks(word, labels, item, left, out);
            }
            return;
        }
        if left > 0 {
            for member in members(value) {
                let mut labels = labels.to_vec();
                labels.push((member.key.text.clone(), member.key.span));
                self.blocks(word, &labels, &member.value, left - 1, out);
            }
            return;
        }
        if value.as_object().is_none() {
            return;
        }
        let header = labels.last().map_or(word.key.span, |(_, span)| *span);
        out.push(Block {
            kind: word.key.text.clone(),
            kind_span: word.key.span,
            labels: labels.to_vec(),
            body: self.body(&word.key.text, value),
            span: header.join(value.span),
            header,
        });
    }

    fn body(&self, kind: &str, value: &Node) -> Body {
        let mut body = Body { attributes: Vec::new(), blocks: Vec::new(), span: value.span };
        for member in members(value) {
            match (kind, &*member.key.text) {
                // Nested blocks of the language itself.
                ("terraform", "required_providers") | (_, "lifecycle") => {
                    self.blocks(member, &[], &member.value, 0, &mut body.blocks);
                }
                // A type is written as an expression, and what is ignored as references.
                ("variable", "type") | ("lifecycle", "ignore_changes") => {
                    let expr = self.expression(&member.value);
                    body.attributes.push(attribute(member, expr));
                }
                _ => body.attributes.push(attribute(member, self.value(&member.value))),
            }
        }
        body
    }

    fn attributes<'m>(&self, members: impl Iterator<Item = &'m Member>) -> Vec<Attribute> {
        members.map(|member| attribute(member, self.value(&member.value))).collect()
    }

    fn value(&self, node: &Node) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Null,
            NodeKind::Bool(value) => ExprKind::Bool(*value),
            NodeKind::Number(written) => return number(written, node.span),
            NodeKind::String(string) => return self.string(string, node.span),
            NodeKind::Array(items) => ExprKind::Array(items.iter().map(|item| self.value(item)).collect()),
            NodeKind::Object(_) => ExprKind::Object(
                members(node)
                    .map(|member| ObjectItem {
                        key: ObjectKey::Name(member.key.text.clone(), member.key.span),
                        value: self.value(&member.value),
                    })
                    .collect(),
            ),
        };
        Expr { kind, span: node.span }
    }

    fn string(&self, string: &Text, span: Span) -> Expr {
        let decoded = string.as_str();
        if !self.templates || !(decoded.contains("${") || decoded.contains("%{")) {
            return Expr { kind: ExprKind::String(Arc::from(decoded)), span };
        }
        let kind = match self.template(span) {
            Some(source) => match parse_template(self.file, &source, span.start as usize + 1) {
                (parts, errors) if errors.is_empty() => ExprKind::Template(parts),
                _ => cannot_be_read(span),
            },
            None => cannot_be_read(span),
        };
        Expr { kind, span }
    }

    /// The inside of a JSON string as a template of the same length, so that spans count as in the file: an
    /// escaped quote that opens a string inside an interpolation gets a blank before it and one that closes it
    /// a blank behind it, which mean nothing there. `None` if the string has other escapes.
    fn template(&self, span: Span) -> Option<String> {
        let written = self.text.get(span.start as usize + 1..(span.end as usize).checked_sub(1)?)?;
        if !written.contains('\\') {
            return Some(written.to_owned());
        }
        let mut out = String::with_capacity(written.len());
        // What the place is inside of, innermost last: text, or the braces of an expression.
        let mut inside_text = vec![true];
        let mut chars = written.chars().peekable();
        while let Some(c) = chars.next() {
            let in_text = inside_text.last().copied()?;
            match c {
                '\\' if chars.next() == Some('"') => match in_text {
                    // A quote in the text of the template itself is a character of it.
                    true if inside_text.len() == 1 => return None,
                    true => {
                        inside_text.pop();
                        out.push_str("\" ");
                    }
                    false => {
                        inside_text.push(true);
                        out.push_str(" \"");
                    }
                },
                '\\' => return None,
                '$' | '%' if in_text && chars.peek() == Some(&'{') => {
                    chars.next();
                    inside_text.push(false);
                    out.extend([c, '{']);
                }
                '{' if !in_text => {
                    inside_text.push(false);
                    out.push(c);
                }
                '}' if !in_text => {
                    inside_text.pop();
                    out.push(c);
                }
                _ => out.push(c),
            }
        }
        Some(out)
    }

    /// A string that is an expression of the native syntax, or an array of such.
    fn expression(&self, node: &Node) -> Expr {
        match &node.kind {
            NodeKind::String(string) => {
                let wrapped = format!("x={}", string.as_str());
                let (parsed, errors) = parse(self.file, &wrapped);
                let expr = parsed.body.attributes.into_iter().next().map(|attribute| attribute.expr);
                match expr.filter(|_| errors.is_empty()) {
                    // Its parts have no place in the file; nothing points into a type.
                    Some(expr) => Expr { kind: expr.kind, span: node.span },
                    None => Expr { kind: cannot_be_read(node.span), span: node.span },
                }
            }
            NodeKind::Array(items) => {
                let items = items.iter().map(|item| self.expression(item)).collect();
                Expr { kind: ExprKind::Array(items), span: node.span }
            }
            _ => self.value(node),
        }
    }
}

fn attribute(member: &Member, expr: Expr) -> Attribute {
    Attribute { name: member.key.text.clone(), name_span: member.key.span, expr, span: member.span() }
}

fn number(written: &str, span: Span) -> Expr {
    let digits = |written: &str| ExprKind::Number(written.into());
    let kind = match written.strip_prefix('-') {
        Some(rest) => ExprKind::Unary(UnaryOp::Negate, Box::new(Expr { kind: digits(rest), span })),
        None => digits(written),
    };
    Expr { kind, span }
}

/// A call of a function that nobody but its provider knows: the value is unknown, and that is no mistake.
fn cannot_be_read(span: Span) -> ExprKind {
    ExprKind::Call { name: "json::string".into(), name_span: span, args: Vec::new(), expand_final: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(text: &str) -> Body {
        let (file, errors) = parse_configuration(FileId(0), text);
        assert_eq!(errors, []);
        file.body
    }

    #[test]
    fn labels_are_levels_and_arrays_hold_several_blocks() {
        let body = configuration(
            r#"{"resource": {"a": {"b": {"x": 1}, "c": [{"x": 2}]}}, "locals": [{"y": 3}, {"z": 4}], "//": "no"}"#,
        );
        let names: Vec<(String, usize)> = body
            .blocks
            .iter()
            .map(|block| {
                let labels: Vec<&str> = block.labels.iter().map(|(text, _)| &**text).collect();
                (format!("{} {}", block.kind, labels.join(".")), block.body.attributes.len())
            })
            .collect();
        let expected = [("resource a.b", 1), ("resource a.c", 1), ("locals ", 1), ("locals ", 1)];
        assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)));
    }

    #[test]
    fn the_parts_of_a_template_have_their_places_in_the_file() {
        let text = r#"{"locals": {"x": "${lookup(var.m, \"a\")}"}}"#;
        let body = configuration(text);
        let expr = &body.blocks[0].body.attributes[0].expr;
        let ExprKind::Template(parts) = &expr.kind else { panic!("{expr:?}") };
        let [super::super::TemplatePart::Interpolation(expr)] = parts.as_slice() else { panic!("{parts:?}") };
        assert_eq!(&text[expr.span.start as usize..expr.span.end as usize], r#"lookup(var.m, \"a\")"#);
        let ExprKind::Call { args, .. } = &expr.kind else { panic!("{expr:?}") };
        assert_eq!(args[1].kind, ExprKind::String("a".into()));
    }

    #[test]
    fn strings_inside_strings_keep_their_text() {
        let body = configuration(r#"{"locals": {"x": "${\"a${f(\"b\")}c\"}-${{\"k\" = \"v\"}[\"k\"]}"}}"#);
        let (native, errors) = parse(FileId(0), r#"x = "${"a${f("b")}c"}-${{"k" = "v"}["k"]}""#);
        assert_eq!(errors, []);
        let shape = |expr: &Expr| {
            let text = format!("{:?}", expr.kind);
            text.split("Span {")
                .map(|part| part.split_once('}').map_or(part, |(_, rest)| rest))
                .collect::<String>()
        };
        assert_eq!(shape(&body.blocks[0].body.attributes[0].expr), shape(&native.body.attributes[0].expr));
    }

    #[test]
    fn strings_of_var_files_are_plain_and_numbers_may_be_negative() {
        let (file, errors) = parse_var_file(FileId(0), r#"{"a": "${b}", "n": -1}"#);
        assert_eq!(errors, []);
        let kinds: Vec<&ExprKind> =
            file.body.attributes.iter().map(|attribute| &attribute.expr.kind).collect();
        assert!(matches!(kinds[0], ExprKind::String(text) if &**text == "${b}"), "{kinds:?}");
        assert!(matches!(kinds[1], ExprKind::Unary(UnaryOp::Negate, _)), "{kinds:?}");
    }

    #[test]
    fn what_cannot_be_read_as_a_template_is_not_guessed() {
        let body = configuration(r#"{"locals": {"x": "a\t${b}", "y": "${"}}"#);
        for attribute in &body.blocks[0].body.attributes {
            assert!(matches!(attribute.expr.kind, ExprKind::Call { .. }), "{attribute:?}");
        }
    }
}
