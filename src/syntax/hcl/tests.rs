use proptest::prelude::*;

use super::*;

const FILE: FileId = FileId(7);

/// The source under a span, which must lie in the test's file.
fn at(text: &str, span: Span) -> &str {
    assert_eq!(span.file, FILE);
    &text[span.start as usize..span.end as usize]
}

/// Parses a text that has no errors.
fn good(text: &str) -> Body {
    let (file, errors) = parse(FILE, text);
    assert_eq!(errors, [], "in {text}");
    file.body
}

/// The value of the only attribute of a text without errors.
fn value(text: &str) -> Expr {
    let mut body = good(text);
    assert_eq!((body.attributes.len(), body.blocks.len()), (1, 0), "in {text}");
    body.attributes.remove(0).expr
}

/// Asserts that `source` as an attribute's value has exactly that span, and returns what it is.
fn kind(source: &str) -> ExprKind {
    let text = format!("x = {source}\n");
    let expr = value(&text);
    assert_eq!(at(&text, expr.span), source);
    expr.kind
}

fn string(value: &str) -> ExprKind {
    ExprKind::String(Arc::from(value))
}

/// A compact rendering of an expression, to compare structure without spelling out spans.
fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(text) => text.to_string(),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Template(parts) => format!("t({})", show_parts(parts)),
        ExprKind::Array(items) => format!("[{}]", show_all(items)),
        ExprKind::Object(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match &item.key {
                    ObjectKey::Name(name, _) => format!("{name}={}", show(&item.value)),
                    ObjectKey::Expr(key) => format!("<{}>={}", show(key), show(&item.value)),
                })
                .collect();
            format!("{{{}}}", items.join(" "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::Traversal(root, steps) => {
            let mut out = show(root);
            for step in steps {
                out += &match &step.kind {
                    StepKind::GetAttr(name) => format!(".{name}"),
                    StepKind::Index(index) => format!("[{}]", show(index)),
                    StepKind::LegacyIndex(index) => format!(".{index}"),
                    StepKind::AttrSplat => ".*".into(),
                    StepKind::FullSplat => "[*]".into(),
                };
            }
            out
        }
        ExprKind::Call { name, args, expand_final, .. } => {
            format!("{name}({}{})", show_all(args), if *expand_final { "..." } else { "" })
        }
        ExprKind::Paren(inner) => format!("({})", show(inner)),
        ExprKind::Unary(op, inner) => format!("{op:?}<{}>", show(inner)),
        ExprKind::Binary(op, left, right) => format!("{op:?}<{} {}>", show(left), show(right)),
        ExprKind::Conditional(a, b, c) => format!("if<{} {} {}>", show(a), show(b), show(c)),
        ExprKind::For(f) => format!(
            "for<{:?} {} in {}: {:?} => {} if {:?} {}>",
            f.key_var,
            f.value_var,
            show(&f.collection),
            f.key.as_ref().map(show),
            show(&f.value),
            f.condition.as_ref().map(show),
            f.grouping
        ),
    }
}

fn show_all(items: &[Expr]) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

fn show_parts(parts: &[TemplatePart]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            TemplatePart::Literal(text, _) => format!("{text:?}"),
            TemplatePart::Interpolation(expr) => format!("${}", show(expr)),
            TemplatePart::If { cond, then, otherwise } => {
                format!("if {} [{}] [{}]", show(cond), show_parts(then), show_parts(otherwise))
            }
            TemplatePart::For { key_var, value_var, collection, body } => {
                format!("for {key_var:?} {value_var} in {} [{}]", show(collection), show_parts(body))
            }
        })
        .collect();
    parts.join(" ")
}

#[test]
fn a_block_knows_its_kind_labels_header_and_body() {
    let text = "# c\nresource \"a_b\" c /* { */ {\n  x = 1\n  inner {\n  }\n}\n";
    let body = good(text);
    assert_eq!(at(text, body.span), text);
    let block = &body.blocks[0];
    assert_eq!((&*block.kind, at(text, block.kind_span)), ("resource", "resource"));
    let labels: Vec<(&str, &str)> = block.labels.iter().map(|(l, s)| (&**l, at(text, *s))).collect();
    assert_eq!(labels, [("a_b", "\"a_b\""), ("c", "c")]);
    assert_eq!(at(text, block.header), "resource \"a_b\" c");
    assert_eq!(at(text, block.body.span), "{\n  x = 1\n  inner {\n  }\n}");
    assert_eq!(at(text, block.span), &text[4..text.len() - 1]);
    let x = block.body.attribute("x").unwrap();
    assert_eq!((at(text, x.name_span), at(text, x.span), at(text, x.expr.span)), ("x", "x = 1", "1"));
    let inner = block.body.blocks_of("inner").next().unwrap();
    assert_eq!((at(text, inner.header), at(text, inner.body.span)), ("inner", "{\n  }"));
}

#[test]
fn a_block_on_one_line_has_the_same_spans() {
    let text = "a { b = \"c\" }\nd {}\n";
    let body = good(text);
    let attribute = &body.blocks[0].body.attributes[0];
    assert_eq!(at(text, attribute.span), "b = \"c\"");
    assert_eq!(at(text, body.blocks[0].body.span), "{ b = \"c\" }");
    assert_eq!(at(text, body.blocks[1].span), "d {}");
}

#[test]
fn literals() {
    assert_eq!(kind("null"), ExprKind::Null);
    assert_eq!(kind("true"), ExprKind::Bool(true));
    assert_eq!(kind("false"), ExprKind::Bool(false));
    for number in ["0", "1.30", "1e3", "2.5E-1", "123456789012345678901234567890"] {
        assert_eq!(kind(number), ExprKind::Number(Box::from(number)));
    }
}

#[test]
fn a_minus_sign_is_an_operator_and_not_part_of_a_number() {
    let text = "x = - 1.50\n";
    let expr = value(text);
    assert_eq!(at(text, expr.span), "- 1.50");
    let ExprKind::Unary(UnaryOp::Negate, inner) = expr.kind else { panic!("{expr:?}") };
    assert_eq!((at(text, inner.span), inner.kind), ("1.50", ExprKind::Number(Box::from("1.50"))));
}

#[test]
fn quoted_strings_are_decoded_and_their_spans_include_the_quotes() {
    assert_eq!(kind(r#""""#), string(""));
    assert_eq!(kind(r#""plain β""#), string("plain β"));
    assert_eq!(kind(r#""a\n\t\r\"\\\u00e9\U0001F600""#), string("a\n\t\r\"\\é😀"));
    assert_eq!(kind(r#""$${x} %%{y} $ % $$ 100%""#), string("${x} %{y} $ % $$ 100%"));
}

#[test]
fn a_template_keeps_its_literals_with_their_spans() {
    let text = "x = \"a\\n${ var.b }$${c}\"\n";
    let ExprKind::Template(parts) = value(text).kind else { panic!() };
    let TemplatePart::Literal(first, span) = &parts[0] else { panic!() };
    assert_eq!((&**first, at(text, *span)), ("a\n", "a\\n"));
    let TemplatePart::Interpolation(expr) = &parts[1] else { panic!() };
    assert_eq!((show(expr).as_str(), at(text, expr.span)), ("var.b", "var.b"));
    let TemplatePart::Literal(last, span) = &parts[2] else { panic!() };
    assert_eq!((&**last, at(text, *span)), ("${c}", "$${c}"));
}

#[test]
fn a_single_interpolation_stays_distinguishable_from_a_string() {
    assert_eq!(show(&value("x = \"${a}\"\n")), "t($a)");
    assert_eq!(show(&value("x = \"${a ~} \"\n")), "t($a \"\")");
}

#[test]
fn template_directives_nest_and_their_text_is_decoded() {
    assert_eq!(
        show(&value("x = \"%{ if a }b\\n%{ else }\\u00e9%{ endif }!\"\n")),
        "t(if a [\"b\\n\"] [\"é\"] \"!\")"
    );
    assert_eq!(
        show(&value("x = \"%{ for k, v in m }${k}=%{ if v }1%{ endif };%{ endfor }\"\n")),
        "t(for Some(\"k\") v in m [$k \"=\" if v [\"1\"] [] \";\"])"
    );
}

#[test]
fn strip_markers_eat_the_white_space_next_to_them() {
    assert_eq!(show(&value("x = \"a  ${~ b ~}  c\"\n")), "t(\"a\" $b \"c\")");
    assert_eq!(
        show(&value("x = <<E\na\n  %{~ if b ~}\n  c\n  %{~ endif ~}\nd\nE\n")),
        "t(\"a\\n\" if b [\"  c\\n\"] [] \"d\\n\")",
        "in a heredoc they reach the end of the line, not beyond"
    );
}

#[test]
fn a_heredoc_keeps_its_last_line_break_and_its_backslashes() {
    let text = "x = <<EOT\n  a\\n\"b\"\n\n $${c} EOT\n  EOT\ny = 1\n";
    let body = good(text);
    let x = &body.attributes[0].expr;
    assert_eq!(x.kind, string("  a\\n\"b\"\n\n ${c} EOT\n"));
    assert_eq!(at(text, x.span), "<<EOT\n  a\\n\"b\"\n\n $${c} EOT\n  EOT");
    assert_eq!(value("x = <<E\nE\n").kind, string(""));
}

#[test]
fn an_indented_heredoc_loses_the_indentation_all_its_lines_share() {
    assert_eq!(value("x = <<-E\n    a\n\n      b\n    E\n").kind, string("a\n\n  b\n"));
    assert_eq!(value("x = <<-E\n\t\ta\n\t  b\n E\n").kind, string("a\n b\n"));
    assert_eq!(
        show(&value("x = <<-E\n    %{ if a }\n      b\n    %{ endif }\n    E\n")),
        "t(\"\" if a [\"\\n  b\\n\"] [] \"\\n\")",
        "through directives too"
    );
    assert_eq!(
        show(&value("x = <<-E\n    a\n${b}\n    E\n")),
        "t(\"    a\\n\" $b \"\\n\")",
        "a line that starts with an interpolation has no indentation"
    );
}

#[test]
fn a_heredoc_literal_span_starts_after_the_removed_indentation() {
    let text = "x = <<-E\n    a ${b}\n    c\n    E\n";
    let ExprKind::Template(parts) = value(text).kind else { panic!() };
    let spans: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            TemplatePart::Literal(_, span) => Some(at(text, *span)),
            _ => None,
        })
        .collect();
    assert_eq!(spans, ["a ", "\n    c\n"]);
}

#[test]
fn arrays_and_objects() {
    let text = "x = { a = 1, \"b\" : [2, 3], (c) = {}, null = 4\n 5 = 6 }\n";
    let expr = value(text);
    assert_eq!(show(&expr), "{a=1 <\"b\">=[2 3] <(c)>={} null=4 <5>=6}");
    let ExprKind::Object(items) = &expr.kind else { panic!() };
    let keys: Vec<&str> = items.iter().map(|item| at(text, item.key.span())).collect();
    assert_eq!(keys, ["a", "\"b\"", "(c)", "null", "5"]);
    assert_eq!(at(text, items[1].value.span), "[2, 3]");
}

#[test]
fn each_step_of_a_traversal_spans_the_reference_up_to_it() {
    let text = "x = a.b[\"c\"].0.*.d[*] /* e */ .f\n";
    let expr = value(text);
    assert_eq!(show(&expr), "a.b[\"c\"].0.*.d[*].f");
    let ExprKind::Traversal(root, steps) = &expr.kind else { panic!() };
    assert_eq!(at(text, root.span), "a");
    let spans: Vec<&str> = steps.iter().map(|step| at(text, step.span)).collect();
    assert_eq!(
        spans,
        [
            "a.b",
            "a.b[\"c\"]",
            "a.b[\"c\"].0",
            "a.b[\"c\"].0.*",
            "a.b[\"c\"].0.*.d",
            "a.b[\"c\"].0.*.d[*]",
            "a.b[\"c\"].0.*.d[*] /* e */ .f"
        ]
    );
}

#[test]
fn calls_know_their_namespaces_and_the_final_ellipsis() {
    let text = "x = provider::az::f(a, b...)\n";
    let expr = value(text);
    assert_eq!(show(&expr), "provider::az::f(a b...)");
    let ExprKind::Call { name_span, .. } = expr.kind else { panic!() };
    assert_eq!(at(text, name_span), "provider::az::f");
    assert_eq!(show(&value("x = f()\n")), "f()");
    assert_eq!(show(&value("x = f(\n  a,\n)\n")), "f(a)");
}

#[test]
fn operators_bind_as_in_the_specification_and_chain_to_the_left() {
    assert_eq!(show(&value("x = a || b && c == d + e * -f\n")), {
        "Or<a And<b Equal<c Add<d Multiply<e Negate<f>>>>>>"
    });
    assert_eq!(show(&value("x = 1 - 2 - 3\n")), "Subtract<Subtract<1 2> 3>");
    assert_eq!(show(&value("x = !a.b ? c : d ? e : f\n")), "if<Not<a.b> c if<d e f>>");
    assert_eq!(show(&value("x = (a >= 1)\n")), "(GreaterEqual<a 1>)");
    let text = "x = a + b * c\n";
    let ExprKind::Binary(_, _, right) = value(text).kind else { panic!() };
    assert_eq!(at(text, right.span), "b * c");
}

#[test]
fn for_expressions() {
    assert_eq!(
        show(&value("x = [for v in a : v.b if v.c]\n")),
        "for<None v in a: None => v.b if Some(\"v.c\") false>"
    );
    assert_eq!(
        show(&value("x = {for k, v in a : k => v...}\n")),
        "for<Some(\"k\") v in a: Some(\"k\") => v if None true>"
    );
}

#[test]
fn a_byte_order_mark_shifts_every_span() {
    let text = "\u{feff}a \"b\" {\n  x = 1\n}\n";
    let body = good(text);
    assert_eq!(body.span.start, 3);
    assert_eq!(at(text, body.blocks[0].header), "a \"b\"");
    assert_eq!(at(text, body.blocks[0].body.attributes[0].expr.span), "1");
    let text = "\u{feff}a = \nb = 1\n";
    let (file, errors) = parse(FILE, text);
    assert_eq!(at(text, file.body.attributes[0].span), "b = 1");
    assert_eq!(errors[0].span.start, 3 + 4);
}

#[test]
fn windows_line_endings_separate_items_and_stay_in_heredocs() {
    let text = "a {\r\n  x = 1 # c\r\n}\r\ny = <<-E\r\n  b\r\n  E\r\nz = 2\r\n";
    let body = good(text);
    assert_eq!(at(text, body.blocks[0].body.attributes[0].span), "x = 1");
    assert_eq!(body.attributes[0].expr.kind, string("b\r\n"));
    assert_eq!(at(text, body.attributes[1].span), "z = 2");
}

#[test]
fn a_bad_block_is_one_error_and_its_neighbours_survive() {
    let text = "a {\n  x = 1\n}\nb {\n  y = = 2\n}\n# }\nc \"l\" {\n  z = \"}\"\n}\n";
    let (file, errors) = parse(FILE, text);
    let headers: Vec<&str> = file.body.blocks.iter().map(|block| at(text, block.header)).collect();
    assert_eq!(headers, ["a", "c \"l\""]);
    assert_eq!(at(text, file.body.blocks[1].body.attributes[0].span), "z = \"}\"");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].span.start as usize, text.find("= 2").unwrap());
    assert_eq!(errors[0].message, "expected a value");
}

#[test]
fn a_block_that_is_never_closed_does_not_swallow_the_next() {
    let text = "a \"1\" {\n  x = {\n\nb \"2\" {\n  y = 1\n}\nc {\n";
    let (file, errors) = parse(FILE, text);
    let headers: Vec<&str> = file.body.blocks.iter().map(|block| at(text, block.header)).collect();
    assert_eq!(headers, ["b \"2\""]);
    assert_eq!(errors.len(), 2);
}

#[test]
fn a_quote_that_is_never_closed_ends_with_its_line() {
    let text = "a {\n  x = \"oops\n}\nb {\n  y = 1\n}\n";
    let (file, errors) = parse(FILE, text);
    assert_eq!(file.body.blocks.iter().map(|block| &*block.kind).collect::<Vec<_>>(), ["b"]);
    let quote = Span::new(FILE, 10, 11);
    let message = "quoted string is not closed in its line".to_owned();
    assert_eq!(errors, [SyntaxError { span: quote, message }]);
}

#[test]
fn a_heredoc_without_end_marker_says_so() {
    let text = "a = 1\nb {\n  x = <<E\n  y\n}\n";
    let (file, errors) = parse(FILE, text);
    assert_eq!(file.body.attributes.len(), 1);
    assert_eq!(at(text, errors[0].span), "<");
    assert_eq!(errors[0].message, "heredoc has no end marker");
}

#[test]
fn brackets_in_strings_heredocs_and_comments_do_not_count_when_cutting() {
    let text = "bad\na {\n  x = \"{${f(\"}\")}\"\n  y = <<E\n{{ b {\nE\n  /* { */ # {\n}\nc {\n}\n";
    let (file, errors) = parse(FILE, text);
    assert_eq!(file.body.blocks.iter().map(|block| &*block.kind).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].span.start, 3);
}

#[test]
fn an_attribute_defined_twice_is_an_error_and_the_first_stays() {
    let text = "x = 1\ny = 2\nx = 3\n";
    let (file, errors) = parse(FILE, text);
    let kept: Vec<&str> = file.body.attributes.iter().map(|a| at(text, a.span)).collect();
    assert_eq!(kept, ["x = 1", "y = 2"]);
    let second = Span::new(FILE, 12, 13);
    let message = "attribute `x` is defined twice".to_owned();
    assert_eq!(errors, [SyntaxError { span: second, message }]);
}

#[test]
fn of_a_repeated_object_key_the_last_wins_without_an_error() {
    let text = "x = {\n  a = \"é{\" # one\n  b = 2\n  a = 3, a = [4]\n}\n";
    let expr = value(text);
    assert_eq!(show(&expr), "{b=2 a=[4]}");
    let ExprKind::Object(items) = expr.kind else { panic!() };
    assert_eq!(at(text, items[1].value.span), "[4]");
    assert_eq!(show(&value("x = { \"a\" = { b = 1, b = 2 }, \"a\" = { b = 3, b = 4 } }\n")), {
        "{<\"a\">={b=4}}"
    });
}

#[test]
fn an_expression_in_a_for_object_may_go_on_in_the_next_line() {
    let text = "x = {\n  for k, v in m : k => v.a # why\n  ? 1\n  : 2\n  if v.b\n    && v.c\n}\n";
    let expr = value(text);
    assert_eq!(
        show(&expr),
        "for<Some(\"k\") v in m: Some(\"k\") => if<v.a 1 2> if Some(\"And<v.b v.c>\") false>"
    );
    assert_eq!(at(text, expr.span), text[4..].trim_end());
}

#[test]
fn nesting_and_chains_beyond_the_limits_are_errors_and_not_overflows() {
    for deep in [
        format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("{}1{}", "(".repeat(100_000), ")".repeat(50_000)),
        format!("1{}", " + 1".repeat(100_000)),
        "\"${".repeat(100_000),
        "!".repeat(100_000),
    ] {
        let text = format!("x = {deep}\ny = 1\n");
        let (file, errors) = parse(FILE, &text);
        assert_eq!(errors.len(), 1);
        assert!(file.body.attribute("x").is_none());
    }
    assert!(matches!(kind(&format!("{}1{}", "[".repeat(60), "]".repeat(60))), ExprKind::Array(_)));
}

#[test]
fn a_file_beyond_the_size_limit_is_one_error() {
    let (file, errors) = parse(FILE, &"#".repeat(MAX_BYTES + 1));
    assert!(file.body.attributes.is_empty() && file.body.blocks.is_empty());
    assert_eq!(errors[0].message, "file is larger than 4 MiB and is not read");
}

#[test]
fn an_object_with_too_many_keys_is_refused_rather_than_compared() {
    use std::fmt::Write;
    let mut text = String::from("x = {\n");
    for i in 0..10_000 {
        writeln!(text, "  key{i} = {i}").unwrap();
    }
    text += "}\ny = 1\n";
    let (file, errors) = parse(FILE, &text);
    assert_eq!(at(&text, file.body.attributes[0].span), "y = 1");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "more than 8192 items in one pair of braces");
}

#[test]
fn a_template_file_is_parsed_at_its_offset() {
    let text = "a ${b}\n%{ for x in y ~}\n  ${x}\n%{ endfor ~}\nz \\n $${c}\n";
    let (parts, errors) = parse_template(FILE, text, 0);
    assert_eq!(errors, []);
    assert_eq!(
        show_parts(&parts),
        "\"a \" $b \"\\n\" for None x in y [\"  \" $x \"\\n\"] \"z \\\\n ${c}\\n\""
    );
    let (parts, _) = parse_template(FILE, "ab${c}", 100);
    let TemplatePart::Literal(_, span) = &parts[0] else { panic!() };
    assert_eq!(*span, Span::new(FILE, 100, 102));
    let (parts, errors) = parse_template(FILE, "ab ${", 100);
    assert!(parts.is_empty());
    assert_eq!(errors.len(), 1);
}

/// Every span of a tree, to check invariants.
fn spans(body: &Body, out: &mut Vec<Span>) {
    out.push(body.span);
    for attribute in &body.attributes {
        out.extend([attribute.name_span, attribute.span]);
        expr_spans(&attribute.expr, out);
    }
    for block in &body.blocks {
        out.extend([block.kind_span, block.span, block.header]);
        out.extend(block.labels.iter().map(|label| label.1));
        spans(&block.body, out);
    }
}

fn expr_spans(expr: &Expr, out: &mut Vec<Span>) {
    out.push(expr.span);
    match &expr.kind {
        ExprKind::Template(parts) => part_spans(parts, out),
        ExprKind::Array(items) => items.iter().for_each(|item| expr_spans(item, out)),
        ExprKind::Object(items) => {
            for item in items {
                match &item.key {
                    ObjectKey::Name(_, span) => out.push(*span),
                    ObjectKey::Expr(key) => expr_spans(key, out),
                }
                expr_spans(&item.value, out);
            }
        }
        ExprKind::Traversal(root, steps) => {
            expr_spans(root, out);
            for step in steps {
                out.push(step.span);
                if let StepKind::Index(index) = &step.kind {
                    expr_spans(index, out);
                }
            }
        }
        ExprKind::Call { name_span, args, .. } => {
            out.push(*name_span);
            args.iter().for_each(|arg| expr_spans(arg, out));
        }
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => expr_spans(inner, out),
        ExprKind::Binary(_, a, b) => [a, b].into_iter().for_each(|e| expr_spans(e, out)),
        ExprKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|e| expr_spans(e, out)),
        ExprKind::For(f) => {
            [&f.collection, &f.value].into_iter().for_each(|e| expr_spans(e, out));
            f.key.iter().chain(&f.condition).for_each(|e| expr_spans(e, out));
        }
        _ => {}
    }
}

fn part_spans(parts: &[TemplatePart], out: &mut Vec<Span>) {
    for part in parts {
        match part {
            TemplatePart::Literal(_, span) => out.push(*span),
            TemplatePart::Interpolation(expr) => expr_spans(expr, out),
            TemplatePart::If { cond, then, otherwise } => {
                expr_spans(cond, out);
                part_spans(then, out);
                part_spans(otherwise, out);
            }
            TemplatePart::For { collection, body, .. } => {
                expr_spans(collection, out);
                part_spans(body, out);
            }
        }
    }
}

/// Checks the promises that hold for every input.
fn check_promises(text: &str) {
    let (file, errors) = parse(FILE, text);
    let mut all = Vec::new();
    spans(&file.body, &mut all);
    all.extend(errors.iter().map(|error| error.span));
    let (parts, errors) = parse_template(FILE, text, 0);
    part_spans(&parts, &mut all);
    all.extend(errors.iter().map(|error| error.span));
    for span in all {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {text:?}");
    }
}

const REALISTIC: &str = r#"# Pools — naïve
locals {
  win = { a = "β", b = ["x", 1.50, -1], "c d" = null, a = 2 }
  m   = { for k, v in var.pools : k => merge(v, { n = "${k}-é" })... if v.on }
}

resource "azurerm_kubernetes_cluster" "aks" {
  name = "aks-${var.env}%{ if var.x ~} -x %{~ else }y%{ endif }" // c
  default_node_pool { vm_size = local.sizes[count.index].*.name[0] }
  script = <<-EOT
    echo "$${HOME}" ü ${ length(var.a) > 1 ? "a" : <<X
q
X
}
      %{ for i in range(3) ~}
      ${i}
    %{ endfor ~}
  EOT
  dynamic "a" {
    for_each = (var.a && !var.b) || -var.c >= 2 ? [1] : []
    content {}
  }
}
"#;

#[test]
fn the_text_to_be_damaged_is_whole() {
    assert_eq!(good(REALISTIC).blocks.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_panics_or_gets_a_span_outside_its_characters(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, "[{}()\\[\\]\"$%~<\\-=\r\n\\\\#/*é a]{0,4}"), 1..6),
        bom in any::<bool>(),
        crlf in any::<bool>(),
    ) {
        let mut chars: Vec<char> = REALISTIC.chars().collect();
        for (place, removed, inserted) in edits {
            let from = place.index(chars.len() + 1);
            let to = (from + removed).min(chars.len());
            chars.splice(from..to, inserted.chars());
        }
        let mut text: String = chars.into_iter().collect();
        if crlf {
            text = text.replace('\n', "\r\n");
        }
        if bom {
            text.insert(0, '\u{feff}');
        }
        check_promises(&text);
    }

    #[test]
    fn text_made_of_brackets_and_quotes_does_not_panic(text in "[{}()\\[\\]\"$%~<=\r\n\\\\#/*:?.,aE\u{e9} -]{0,80}") {
        check_promises(&text);
    }
}

#[test]
fn common_mistakes_are_told_in_plain_words() {
    let told = |text: &str| {
        let (_, errors) = parse(FILE, text);
        errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(told("a {\n  x = 1\n  x = 2\n}\n"), "this argument is set twice in its block");
    assert_eq!(told("x = 'a'\n"), "strings are written in double quotes");
    assert_eq!(told("a {\n  x = 1, y = 2\n}\n"), "expected the end of the line");
    assert_eq!(told("a {\n  x\n}\n"), "expected `NAME = VALUE` or a block");
    assert_eq!(told("x = 1 +\n"), "expected a value");
}
