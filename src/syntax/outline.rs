//! What of a file can be talked about by line: its comments, and the items that begin somewhere (attributes,
//! blocks, members, elements). The same for every notation that has comments.

use std::path::Path;

use super::data::{self, NodeKind};
use super::{bicep, hcl, json, yaml};
use crate::source::{FileId, Kind, Span};

/// The comments and the items of a file.
#[derive(Debug, Default)]
pub struct Outline {
    /// Comments with their markers, in the order of the file.
    pub comments: Vec<Span>,
    /// Everything that a comment above it can be about, outer items before inner ones.
    pub items: Vec<Span>,
}

/// Reads the outline of a file; empty for a notation without comments. Text inside of strings and heredocs is
/// none of it.
pub fn outline(kind: Kind, file: FileId, text: &str) -> Outline {
    let mut items = Vec::new();
    let comments = match kind {
        Kind::Terraform | Kind::TerraformVars | Kind::Terragrunt => {
            let (tree, _) = hcl::parse(file, text);
            hcl_body(&tree.body, &mut items);
            hcl::comments(file, text)
        }
        Kind::Json | Kind::TerraformJson => {
            let parsed = json::parse_with_comments(file, text);
            if let Some(node) = &parsed.node {
                items.push(node.span);
                data_node(node, &mut items);
            }
            parsed.comments
        }
        Kind::Yaml => {
            let stream = yaml::parse(file, text);
            for document in &stream.documents {
                if let Some(node) = &document.node {
                    items.push(node.span);
                    data_node(node, &mut items);
                }
            }
            stream.comments
        }
        Kind::Bicep | Kind::BicepParameters => {
            let dialect = match kind {
                Kind::BicepParameters => bicep::Dialect::Parameters,
                _ => bicep::Dialect::Template,
            };
            let program = bicep::parse(file, text, dialect);
            program.statements.iter().for_each(|statement| bicep_statement(statement, &mut items));
            program.comments
        }
        Kind::Other => Vec::new(),
    };
    Outline { comments, items }
}

/// Whether files of this name have comments in which something can be said.
pub fn has_comments(path: &Path) -> bool {
    Kind::of(path) != Kind::Other
}

fn hcl_body(body: &hcl::Body, items: &mut Vec<Span>) {
    for attribute in &body.attributes {
        items.push(attribute.span);
        hcl_expr(&attribute.expr, items);
    }
    for block in &body.blocks {
        items.push(block.span);
        hcl_body(&block.body, items);
    }
}

fn hcl_expr(expr: &hcl::Expr, items: &mut Vec<Span>) {
    use hcl::ExprKind;
    match &expr.kind {
        ExprKind::Array(elements) => {
            for element in elements {
                items.push(element.span);
                hcl_expr(element, items);
            }
        }
        ExprKind::Object(members) => {
            for member in members {
                items.push(member.key.span().join(member.value.span));
                hcl_expr(&member.value, items);
            }
        }
        ExprKind::Call { args, .. } => {
            for arg in args {
                items.push(arg.span);
                hcl_expr(arg, items);
            }
        }
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) | ExprKind::Traversal(inner, _) => {
            hcl_expr(inner, items);
        }
        ExprKind::Conditional(condition, then, otherwise) => {
            for part in [condition, then, otherwise] {
                items.push(part.span);
                hcl_expr(part, items);
            }
        }
        ExprKind::Binary(_, left, right) => {
            hcl_expr(left, items);
            hcl_expr(right, items);
        }
        ExprKind::For(each) => {
            hcl_expr(&each.collection, items);
            items.push(each.value.span);
            hcl_expr(&each.value, items);
        }
        _ => {}
    }
}

fn bicep_statement(statement: &bicep::Statement, items: &mut Vec<Span>) {
    use bicep::StatementKind;
    items.push(statement.span);
    match &statement.kind {
        StatementKind::Param { default: Some(value), .. }
        | StatementKind::Assignment { value, .. }
        | StatementKind::Var { value, .. }
        | StatementKind::Output { value, .. } => bicep_expr(value, items),
        StatementKind::Resource(resource) | StatementKind::Module(resource) => {
            bicep_expr(&resource.body, items);
        }
        StatementKind::Function(function) => bicep_expr(&function.body, items),
        _ => {}
    }
}

fn bicep_expr(expr: &bicep::Expr, items: &mut Vec<Span>) {
    use bicep::Child;
    expr.children(|child| {
        match child {
            Child::Item(item) => items.push(item.span),
            Child::Property(property) => {
                let key = property.key.span().unwrap_or(property.value.span);
                items.push(key.join(property.value.span));
            }
            Child::Resource(statement) => bicep_statement(statement, items),
            Child::Part(_) => {}
        }
        child.exprs().for_each(|expr| bicep_expr(expr, items));
    });
}

/// A mapping that is a member's value begins, in YAML, where its first member does; what is said above that is
/// said of the member. So it is no item of its own, unlike an element or a whole document.
fn data_node(node: &data::Node, items: &mut Vec<Span>) {
    match &node.kind {
        NodeKind::Array(elements) => {
            for element in elements {
                items.push(element.span);
                data_node(element, items);
            }
        }
        NodeKind::Object(members) => {
            for member in members {
                items.push(member.span());
                data_node(&member.value, items);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(kind: Kind, text: &str) -> (Vec<&str>, Vec<&str>) {
        let outline = outline(kind, FileId(0), text);
        let cut = |spans: &[Span]| spans.iter().map(|s| &text[s.start as usize..s.end as usize]).collect();
        (cut(&outline.comments), cut(&outline.items))
    }

    #[test]
    fn hcl_has_three_kinds_of_comments_and_none_in_strings_or_heredocs() {
        let text = "# a\nx = \"# no\" // b\n/* c\n */\ny = <<E\n# no\nE\nz = { /* d */ k = [1] }\n";
        let (comments, items) = texts(Kind::Terraform, text);
        assert_eq!(comments, ["# a", "// b", "/* c\n */", "/* d */"]);
        assert!(items.contains(&"k = [1]") && items.contains(&"1"), "{items:?}");
    }

    #[test]
    fn a_byte_order_mark_shifts_nothing() {
        let (comments, items) = texts(Kind::Terraform, "\u{feff}# a\nx = 1\n");
        assert_eq!((comments, items), (vec!["# a"], vec!["x = 1"]));
    }

    #[test]
    fn json_and_yaml_have_members_elements_and_documents() {
        let (comments, items) = texts(Kind::Json, "{\n  // a\n  \"k\": [1]\n}");
        assert_eq!(comments, ["// a"]);
        assert!(items.contains(&"\"k\": [1]") && items.contains(&"1"));
        let (comments, items) = texts(Kind::Yaml, "# a\nk:\n  - n: '# no'\n    m: 2\n---\nb: 1\n");
        assert_eq!(comments, ["# a"]);
        assert!(items.iter().any(|item| item.starts_with("n: ") && item.contains("m: 2")), "{items:?}");
        assert!(items.contains(&"b: 1"));
    }

    #[test]
    fn bicep_has_two_kinds_of_comments_and_none_in_strings() {
        let text = "// a\nvar s = '// no'\n/* b */\nresource x 'A/b@2024-01-01' = {\n  k: [1] // c\n}\n";
        let (comments, items) = texts(Kind::Bicep, text);
        assert_eq!(comments, ["// a", "/* b */", "// c"]);
        assert!(items.contains(&"k: [1]") && items.contains(&"1"), "{items:?}");
        assert!(items.iter().any(|item| item.starts_with("resource x")), "{items:?}");
    }
}
