//! Terraform's JSON notation as the same tree: `.tf.json` and `.tfvars.json`.
//!
//! Objects below the words that begin a block become blocks as far as their labels go; everything inside a
//! block is an attribute, because only a provider's schema knows which names are nested blocks; `dynamic` says so
//! by itself. Strings are templates in configurations, plain in var files and as a variable's default. Source:
//! <https://developer.hashicorp.com/terraform/language/syntax/json>.

use std::cell::RefCell;
use std::sync::Arc;

use super::{
    Attribute, Block, Body, Expr, ExprKind, File, ObjectItem, ObjectKey, TemplatePart, UnaryOp, parse,
    parse_template, respan,
};
use crate::source::{FileId, Span};
use crate::syntax::data::{Member, Node, NodeKind, Text};
use crate::syntax::{SyntaxError, json};

/// Parses a `.tfvars.json`: one attribute for each variable, all literal.
pub fn parse_var_file(file: FileId, text: &str) -> (File, Vec<SyntaxError>) {
    read(file, text, |root, reader| Body {
        attributes: reader.literals().attributes(members(root)),
        blocks: Vec::new(),
        span: root.span,
    })
}

/// Parses a `.tf.json`.
pub fn parse_configuration(file: FileId, text: &str) -> (File, Vec<SyntaxError>) {
    read(file, text, |root, reader| {
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

fn read(file: FileId, text: &str, body: impl FnOnce(&Node, &Reader) -> Body) -> (File, Vec<SyntaxError>) {
    let (root, mut errors) = json::parse(file, text);
    let found = RefCell::default();
    let body = match &root {
        Some(root) => body(root, &Reader { file, templates: true, errors: &found }),
        None => Body { attributes: Vec::new(), blocks: Vec::new(), span: Span::new(file, 0, text.len()) },
    };
    errors.extend(found.into_inner());
    (File { body }, errors)
}

/// The members of an object; `"//"` is a comment.
fn members(node: &Node) -> impl Iterator<Item = &Member> {
    node.as_object().unwrap_or_default().iter().filter(|member| &*member.key.text != "//")
}

/// The objects of one level: an object, or those in an array. An array in an array is none of Terraform's forms.
fn objects(node: &Node) -> impl Iterator<Item = &Node> {
    let one = node.as_object().is_some().then_some(node);
    one.into_iter()
        .chain(node.as_array().unwrap_or_default().iter().filter(|item| item.as_object().is_some()))
}

#[derive(Clone, Copy)]
struct Reader<'e> {
    file: FileId,
    /// Whether strings are templates.
    templates: bool,
    errors: &'e RefCell<Vec<SyntaxError>>,
}

impl Reader<'_> {
    /// The same for a place where strings are plain.
    fn literals(self) -> Self {
        Reader { templates: false, ..self }
    }

    /// The blocks below a word, `left` labels deeper. An array holds several objects of one level.
    fn blocks(
        self,
        word: &Member,
        labels: &[(Arc<str>, Span)],
        value: &Node,
        left: usize,
        out: &mut Vec<Block>,
    ) {
        for object in objects(value) {
            if left > 0 {
                for member in members(object) {
                    let mut labels = labels.to_vec();
                    labels.push((member.key.text.clone(), member.key.span));
                    self.blocks(word, &labels, &member.value, left - 1, out);
                }
                continue;
            }
            let header = labels.last().map_or(word.key.span, |(_, span)| *span);
            out.push(Block {
                kind: word.key.text.clone(),
                kind_span: word.key.span,
                labels: labels.to_vec(),
                body: self.body(&word.key.text, object),
                span: header.join(object.span),
                header,
            });
        }
    }

    fn body(self, kind: &str, value: &Node) -> Body {
        let mut body = Body { attributes: Vec::new(), blocks: Vec::new(), span: value.span };
        for member in members(value) {
            let name = &*member.key.text;
            let expr = match (kind, name) {
                // Nested blocks of the language itself.
                ("terraform", "required_providers")
                | ("resource" | "data" | "module", "lifecycle")
                | ("variable", "validation")
                | ("dynamic", "content") => {
                    self.blocks(member, &[], &member.value, 0, &mut body.blocks);
                    continue;
                }
                // A type is written as an expression, and what is ignored or iterated as references.
                ("variable", "type") | ("lifecycle", "ignore_changes") | ("dynamic", "iterator") => {
                    self.expression(&member.value)
                }
                ("variable", "default") => self.literals().value(&member.value),
                ("variable" | "module" | "locals" | "output" | "terraform" | "provider", _) => {
                    self.value(&member.value)
                }
                ("required_providers" | "lifecycle" | "validation" | "dynamic", _) => {
                    self.value(&member.value)
                }
                // Inside a resource, and in what is nested there.
                (_, "dynamic") => {
                    self.blocks(member, &[], &member.value, 1, &mut body.blocks);
                    continue;
                }
                _ if objects(&member.value).any(holds_dynamic) => {
                    self.blocks(member, &[], &member.value, 0, &mut body.blocks);
                    continue;
                }
                _ => self.value(&member.value),
            };
            body.attributes.push(attribute(member, expr));
        }
        body
    }

    fn attributes<'m>(self, members: impl Iterator<Item = &'m Member>) -> Vec<Attribute> {
        members.map(|member| attribute(member, self.value(&member.value))).collect()
    }

    fn value(self, node: &Node) -> Expr {
        let kind = match &node.kind {
            NodeKind::Null => ExprKind::Null,
            NodeKind::Bool(value) => ExprKind::Bool(*value),
            NodeKind::Number(written) => return number(written, node.span),
            NodeKind::String(string) => return self.string(string, node.span),
            NodeKind::Array(items) => ExprKind::Array(items.iter().map(|item| self.value(item)).collect()),
            NodeKind::Object(_) => ExprKind::Object(
                members(node)
                    .map(|member| ObjectItem { key: self.key(member), value: self.value(&member.value) })
                    .collect(),
            ),
        };
        Expr { kind, span: node.span }
    }

    /// The key of an object that is a value: a template too.
    fn key(self, member: &Member) -> ObjectKey {
        match self.string(&Text::of_key(&member.key), member.key.span) {
            Expr { kind: ExprKind::String(text), span } => ObjectKey::Name(text, span),
            template => ObjectKey::Expr(template),
        }
    }

    fn string(self, string: &Text, span: Span) -> Expr {
        let decoded = string.as_str();
        if !self.templates || !(decoded.contains("${") || decoded.contains("%{")) {
            return Expr { kind: ExprKind::String(Arc::from(decoded)), span };
        }
        let (parts, errors) = parse_template(self.file, decoded, 0);
        let to = |at: Span| string.span_of(at.start as usize..at.end as usize);
        let kind = match self.is_read(errors, &to) {
            true => match respan::parts(parts, &to) {
                // `$${` is text.
                parts if parts.iter().all(|part| matches!(part, TemplatePart::Literal(..))) => {
                    let literal = |part: &TemplatePart| match part {
                        TemplatePart::Literal(text, _) => text.to_string(),
                        _ => String::new(),
                    };
                    ExprKind::String(parts.iter().map(literal).collect::<String>().into())
                }
                parts => ExprKind::Template(parts),
            },
            false => cannot_be_read(span),
        };
        Expr { kind, span }
    }

    /// Notes what is wrong with a string. Errors of what is inside it are told at their place in the file.
    fn is_read(self, errors: Vec<SyntaxError>, to: &dyn Fn(Span) -> Span) -> bool {
        let read = errors.is_empty();
        let errors = errors.into_iter().map(|error| SyntaxError { span: to(error.span), ..error });
        self.errors.borrow_mut().extend(errors);
        read
    }

    /// A string that is an expression of the native syntax, or an array of such.
    fn expression(self, node: &Node) -> Expr {
        match &node.kind {
            NodeKind::String(string) => {
                const NAME: &str = "x=";
                let (parsed, errors) = parse(self.file, &format!("{NAME}{}", string.as_str()));
                let expr = parsed.body.attributes.into_iter().next().map(|attribute| attribute.expr);
                let to = |at: Span| {
                    let inside = |offset: u32| (offset as usize).saturating_sub(NAME.len());
                    string.span_of(inside(at.start)..inside(at.end))
                };
                match expr.filter(|_| errors.is_empty()) {
                    Some(expr) => Expr { kind: respan::expr(expr, &to).kind, span: node.span },
                    None => {
                        self.is_read(errors, &to);
                        Expr { kind: cannot_be_read(node.span), span: node.span }
                    }
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

/// Whether an object is a nested block that holds blocks in a `dynamic`: one whose members have a `content`.
/// Nothing but a provider's schema says so for certain, but no argument looks like that.
fn holds_dynamic(object: &Node) -> bool {
    let has_content = |node: &Node| objects(node).any(|block| block.get("content").is_some());
    members(object).any(|member| {
        let is_dynamic = &*member.key.text == "dynamic"
            && objects(&member.value).any(|labels| members(labels).any(|label| has_content(&label.value)));
        is_dynamic || objects(&member.value).any(holds_dynamic)
    })
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
    fn what_is_no_template_is_an_error_at_its_place_and_not_guessed() {
        let text = r#"{"locals": {"x": "a\n${b +}"}}"#;
        let (file, errors) = parse_configuration(FileId(0), text);
        assert!(matches!(file.body.blocks[0].body.attributes[0].expr.kind, ExprKind::Call { .. }));
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        let at = &text[error.span.start as usize..error.span.end as usize];
        assert!("a\\n${b +}".contains(at), "{error:?}");
    }

    #[test]
    fn escapes_of_all_kinds_leave_the_parts_of_a_template_in_their_places() {
        let text = r#"{"locals": {"x": "a\t\u0041${var.b}\"", "y": "$${z}"}}"#;
        let body = configuration(text);
        let [x, y] = body.blocks[0].body.attributes.as_slice() else { panic!("{body:?}") };
        let ExprKind::Template(parts) = &x.expr.kind else { panic!("{x:?}") };
        let [TemplatePart::Literal(before, _), TemplatePart::Interpolation(expr), TemplatePart::Literal(..)] =
            parts.as_slice()
        else {
            panic!("{parts:?}")
        };
        assert_eq!(&**before, "a\tA");
        assert_eq!(&text[expr.span.start as usize..expr.span.end as usize], "var.b");
        assert_eq!(y.expr.kind, ExprKind::String("${z}".into()));
    }

    #[test]
    fn types_are_expressions_whose_parts_have_places_and_defaults_are_plain() {
        let text =
            r#"{"variable": {"v": {"type": "object({ a = optional(string, \"x\") })", "default": "${y}"}}}"#;
        let body = configuration(text);
        let [ty, default] = body.blocks[0].body.attributes.as_slice() else { panic!("{body:?}") };
        let ExprKind::Call { args, .. } = &ty.expr.kind else { panic!("{ty:?}") };
        let ExprKind::Object(items) = &args[0].kind else { panic!("{args:?}") };
        let ExprKind::Call { args, .. } = &items[0].value.kind else { panic!("{items:?}") };
        assert_eq!(&text[args[1].span.start as usize..args[1].span.end as usize], r#"\"x\""#);
        assert_eq!(default.expr.kind, ExprKind::String("${y}".into()));
    }

    #[test]
    fn dynamic_blocks_are_blocks_at_any_depth() {
        let body = configuration(
            r#"{"resource": {"a": {"b": {
                "dynamic": {"x": {"for_each": "${var.x}", "iterator": "it", "content": {"y": "${it.value}"}}},
                "plain": {"dynamic": [{"z": [{"for_each": [], "content": [{}]}]}], "w": 1},
                "tags": {"dynamic": "no"}
            }}}}"#,
        );
        let body = &body.blocks[0].body;
        let names: Vec<&str> = body.blocks.iter().map(|block| &*block.kind).collect();
        assert_eq!(names, ["dynamic", "plain"]);
        assert_eq!(&*body.blocks[0].labels[0].0, "x");
        let iterator = body.blocks[0].body.attribute("iterator").unwrap();
        assert_eq!(iterator.expr.kind, ExprKind::Variable("it".into()));
        assert_eq!(body.blocks[0].body.blocks_of("content").count(), 1);
        assert_eq!(body.blocks[1].body.blocks[0].labels[0].0, "z".into());
        assert_eq!(body.attributes.len(), 1);
    }
}
