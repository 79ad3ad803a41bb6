use super::*;
use proptest::prelude::*;

const FILE: FileId = FileId(7);

fn slice(text: &str, span: Span) -> &str {
    assert_eq!(span.file, FILE);
    text.get(span.start as usize..span.end as usize).expect("a span lies in its file on character boundaries")
}

/// The content of a text that must be one document without errors.
fn tree(text: &str) -> Node {
    let mut stream = parse(FILE, text);
    assert_eq!(stream.documents.len(), 1);
    let document = stream.documents.remove(0);
    assert_eq!(document.errors, []);
    document.node.expect("a document without errors has a node")
}

/// The errors of the first document: offset, text pointed at, message.
fn errors(text: &str) -> (Option<Node>, Vec<(u32, String, String)>) {
    let document = parse(FILE, text).documents.remove(0);
    let told = document.errors.into_iter().map(|e| (e.span.start, slice(text, e.span).to_owned(), e.message));
    (document.node, told.collect())
}

fn at(start: u32, text: &str, message: &str) -> (u32, String, String) {
    (start, text.to_owned(), message.to_owned())
}

#[test]
fn every_value_has_its_kind_and_its_span() {
    let text = "a:\n  - x # one\n  - {b: [1, 2]}\nc:\nd: \"q\"\n\n# end\n";
    let node = tree(text);
    assert_eq!(slice(text, node.span), text.strip_suffix("\n\n# end\n").unwrap());
    let list = node.get("a").unwrap();
    assert_eq!(slice(text, list.span), "- x # one\n  - {b: [1, 2]}");
    assert_eq!(slice(text, list.items()[0].span), "x");
    assert_eq!(slice(text, list.items()[1].span), "{b: [1, 2]}");
    assert_eq!(slice(text, list.items()[1].get("b").unwrap().span), "[1, 2]");
    let omitted = node.member("c").unwrap();
    assert!(omitted.value.is_null());
    assert_eq!(omitted.value.span, Span::new(FILE, 33, 33));
    assert_eq!(slice(text, omitted.span()), "c:");
    assert_eq!(slice(text, node.get("d").unwrap().span), "\"q\"");
    let comments: Vec<_> = parse(FILE, text).comments.iter().map(|&span| slice(text, span)).collect();
    assert_eq!(comments, ["# one", "# end"]);
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let kind = |plain: &str| tree(&format!("- {plain}\n")).items()[0].kind.clone();
    for null in ["", "~", "null", "Null", "NULL"] {
        assert_eq!(kind(null), NodeKind::Null, "{null}");
    }
    for (plain, value) in [("true", true), ("True", true), ("TRUE", true), ("false", false), ("FALSE", false)]
    {
        assert_eq!(kind(plain), NodeKind::Bool(value), "{plain}");
    }
    for number in
        ["0", "-12", "+3", "0x1F", "0o17", "1.30", ".5", "5.", "1e3", "-1.5E-2", ".inf", "-.Inf", ".nan"]
    {
        assert_eq!(kind(number), NodeKind::Number(number.into()), "{number}");
    }
    for string in
        ["yes", "on", "1_000", "0x", "0xg", "1.2.3", ".", "e3", "1e", "+", "-.nan", "2024-01-02", "v1.30"]
    {
        assert!(matches!(kind(string), NodeKind::String(text) if text.as_str() == string), "{string}");
    }
}

#[test]
fn quotes_and_string_tags_make_strings() {
    let node = tree("- '1.30'\n- \"true\"\n- !!str 1.30\n- ! 1\n- !!str\n- !Custom 7\n");
    let strings: Vec<_> = node.items().iter().map(Node::as_str).collect();
    assert_eq!(strings, [Some("1.30"), Some("true"), Some("1.30"), Some("1"), Some(""), None]);
    assert_eq!(node.items()[5].as_i64(), Some(7));
}

#[test]
fn a_value_left_out_is_null_behind_its_colon() {
    for (text, at) in [("a:\nb: 1\n", 2), ("{a: , b: 1}", 3), ("{a, b: 1}", 2), ("a: # c\nb: 1\n", 2)] {
        let value = tree(text).get("a").unwrap().clone();
        assert_eq!(value, Node { span: Span::new(FILE, at, at), kind: NodeKind::Null }, "{text}");
    }
}

#[test]
fn a_value_can_be_printed_as_written() {
    let text = "x: 1.30\ny: True\n";
    let node = tree(text);
    assert_eq!(node.get("x").unwrap().written(text), Some("1.30"));
    assert_eq!(node.get("y").unwrap().written(text), Some("True"));
}

#[test]
fn strings_on_one_line_without_escapes_point_into_themselves() {
    let text = "a: plain größe\nb: 'single größe'\nc: \"double größe\"\n";
    let node = tree(text);
    for key in ["a", "b", "c"] {
        let string = node.get(key).unwrap().as_text().unwrap();
        let at = string.as_str().find("größe").unwrap();
        assert_eq!(slice(text, string.span_of(at..at + "größe".len())), "größe");
    }
}

#[test]
fn folded_escaped_and_block_strings_point_at_the_whole() {
    let text = "a: \"x\\ty\"\nb: it\n  folds\nc: 'it''s'\nd: |\n  line\n\ne: >-\n  f\n";
    let node = tree(text);
    let found: Vec<_> = node
        .members()
        .iter()
        .map(|member| {
            let string = member.value.as_text().unwrap();
            assert_eq!(string.span_of(1..2), member.value.span);
            (string.as_str(), slice(text, member.value.span))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("x\ty", "\"x\\ty\""),
            ("it folds", "it\n  folds"),
            ("it's", "'it''s'"),
            ("line\n", "line"),
            ("f", "f")
        ]
    );
}

#[test]
fn a_block_scalar_at_the_end_of_a_file_without_line_break_has_none() {
    assert_eq!(tree("a: |\n  x").get("a").unwrap().as_str(), Some("x"));
    assert_eq!(tree("a: |\n  x\n").get("a").unwrap().as_str(), Some("x\n"));
}

#[test]
fn keys_that_are_no_strings_are_rendered_as_written() {
    let node = tree("1.30: a\nTrue: b\n~: c\n? [x, y]\n: d\n0x1F: e\n");
    let keys: Vec<_> = node.members().iter().map(|member| &*member.key.text).collect();
    assert_eq!(keys, ["1.30", "True", "~", "[x, y]", "0x1F"]);
}

#[test]
fn documents_share_the_file_out_among_themselves() {
    let text = "\u{feff}# head\na: 1\n---\nb: 2\n...\n---\n---\nc: 3\n";
    let stream = parse(FILE, text);
    let spans: Vec<_> = stream.documents.iter().map(|document| slice(text, document.span)).collect();
    assert_eq!(spans, ["# head\na: 1\n", "---\nb: 2\n...\n", "---\n", "---\nc: 3\n"]);
    assert!(stream.documents[2].node.as_ref().unwrap().is_null());
    assert_eq!(stream.documents[3].node.as_ref().unwrap().get("c").unwrap().as_i64(), Some(3));
}

#[test]
fn a_file_without_content_has_no_documents() {
    assert!(parse(FILE, "").documents.is_empty());
    assert!(parse(FILE, "# only\n").documents.is_empty());
    assert_eq!(parse(FILE, "# only\n").comments, [Span::new(FILE, 0, 6)]);
}

#[test]
fn an_error_ends_its_document_only() {
    let text = "a: 1\n---\nb: [1, 2\n---\nc: 3\n";
    let stream = parse(FILE, text);
    assert_eq!(stream.documents.len(), 3);
    assert!(stream.documents[0].node.is_some() && stream.documents[0].errors.is_empty());
    assert_eq!(stream.documents[1].node, None);
    assert_eq!(
        stream.documents[1].errors,
        [SyntaxError { span: Span::new(FILE, 12, 13), message: "unclosed bracket '['".to_owned() }]
    );
    assert_eq!(slice(text, stream.documents[1].span), "---\nb: [1, 2\n");
    assert_eq!(stream.documents[2].node.as_ref().unwrap().get("c").unwrap().as_i64(), Some(3));
}

#[test]
fn an_error_before_a_document_begins_is_a_document_of_its_own() {
    let stream = parse(FILE, "}\n---\nb: 1\n");
    assert_eq!(stream.documents.len(), 2);
    assert_eq!(stream.documents[0].node, None);
    assert_eq!(stream.documents[0].errors[0].span, Span::new(FILE, 0, 1));
    assert!(stream.documents[1].node.is_some());
}

#[test]
fn crlf_and_blank_lines_do_not_disturb_spans() {
    let text = "a: x\r\n\r\nb: y\r\n---\r\nc: z\r\n";
    let stream = parse(FILE, text);
    let first = stream.documents[0].node.as_ref().unwrap();
    assert_eq!(slice(text, first.span), "a: x\r\n\r\nb: y");
    let second = stream.documents[1].node.as_ref().unwrap();
    assert_eq!(slice(text, second.get("c").unwrap().span), "z");
}

#[test]
fn a_tab_for_indentation_is_an_error() {
    let (node, errors) = errors("a:\n\tb: 1\n");
    assert_eq!(node, None);
    assert_eq!(errors.len(), 1);
}

#[test]
fn repeated_keys_are_errors_and_both_members_stay() {
    let (node, errors) = errors("a: 1\nb: 2\na: 3\n");
    assert_eq!(errors, [at(10, "a", "the key `a` appears more than once in this object")]);
    let node = node.unwrap();
    assert_eq!(node.members().len(), 3);
    assert_eq!(node.get("a").unwrap().as_i64(), Some(3));
}

#[test]
fn an_alias_has_the_span_of_the_original() {
    let text = "a: &x {q: 1}\nb: *x\nc: 2\n";
    let node = tree(text);
    assert_eq!(node.get("b"), node.get("a"));
    assert_eq!(slice(text, node.get("b").unwrap().span), "{q: 1}");
    assert_eq!(slice(text, node.member("b").unwrap().span()), "b");
    assert_eq!(slice(text, node.span), text.trim_end());
}

#[test]
fn an_alias_at_the_end_of_a_collection_ends_it() {
    let text = "a: &x 1\nb:\n  c: *x\n";
    assert_eq!(slice(text, tree(text).get("b").unwrap().span), "c: *x");
}

#[test]
fn merged_mappings_yield_to_own_keys_and_to_earlier_ones() {
    let text =
        "p: &p {a: 1, b: 2}\nq: &q {b: 3, c: 4}\nr:\n  <<: [*p, *q]\n  a: 0\ns:\n  <<: *p\n  '<<': x\n";
    let node = tree(text);
    let members = |key: &str| -> Vec<_> {
        let members = node.get(key).unwrap().members().iter();
        members.map(|m| (m.key.text.to_string(), slice(text, m.value.span).to_owned())).collect()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(members("r"), [pair("a", "0"), pair("b", "2"), pair("c", "4")]);
    assert_eq!(members("s"), [pair("<<", "x"), pair("a", "1"), pair("b", "2")]);
}

#[test]
fn merging_what_is_no_mapping_is_an_error() {
    let (node, errors) = errors("<<: 1\na: 2\n");
    assert_eq!(errors, [at(4, "1", "`<<` takes a mapping or a list of mappings")]);
    assert_eq!(node.unwrap().members().len(), 1);
}

#[test]
fn an_alias_to_nothing_or_to_what_encloses_it_is_an_error() {
    let (node, unknown) = errors("a: *x\n");
    assert_eq!((node, unknown.len()), (None, 1));
    let (node, recursive) = errors("a: &x [*x]\n");
    assert_eq!(node, None);
    assert_eq!(recursive, [at(7, "*x", "this alias lies within the value that it refers to")]);
}

#[test]
fn aliases_that_multiply_are_refused_and_the_next_document_is_read() {
    let mut text = "a0: &a0 [lol]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    text.push_str("---\nb: 1\n");
    let stream = parse(FILE, &text);
    assert_eq!(stream.documents.len(), 2);
    assert_eq!(stream.documents[0].node, None);
    assert_eq!(stream.documents[0].errors[0].message, "anchors and aliases copy more than 1000000 values");
    assert!(stream.documents[1].node.is_some());
}

#[test]
fn aliases_that_deepen_are_refused() {
    let mut text = "a0: &a0 []\n".to_owned();
    for level in 1..300 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let (node, errors) = errors(&text);
    assert_eq!(node, None);
    assert_eq!(errors[0].2, "lists and mappings are nested more than 255 deep");
}

#[test]
fn nesting_to_the_limit_is_read_and_beyond_is_an_error() {
    tree(&format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)));
    for unit in ["[", "{a: ", "- "] {
        let (node, errors) = errors(&unit.repeat(100_000));
        assert_eq!((node, errors.len()), (None, 1), "{unit}");
    }
    // Block and flow collections each have a limit of their own in the event parser; here they share one.
    let mixed = format!("{}{}", "- ".repeat(200), "[".repeat(200) + &"]".repeat(200));
    let (_, errors) = errors(&mixed);
    assert_eq!(errors, [at(455, "[", "lists and mappings are nested more than 255 deep")]);
}

#[test]
fn many_comments_in_a_row_are_read() {
    let text = format!("a:\n{}  b: 1\n", "  # c\n".repeat(500));
    assert_eq!(tree(&text).get("a").unwrap().get("b").unwrap().as_i64(), Some(1));
    assert_eq!(parse(FILE, &text).comments.len(), 500);
}

#[test]
fn an_action_that_happens_to_parse_is_an_ordinary_value() {
    let text = "replicas: {{ .Values.replicas }}\n";
    let node = tree(text);
    assert_eq!(slice(text, node.get("replicas").unwrap().span), "{{ .Values.replicas }}");
}

#[test]
fn a_template_action_outside_of_comments_makes_a_template() {
    for text in [
        "{{- if .Values.x }}\na: 1\n{{- end }}",
        "a: {{ .x }}",
        "a: \"{{ .x }}\"",
        "a: 1 # see\nb: {{ .x }} # {{ .y }}",
        "a: \"x # {{ .x }}\"",
        "a: b#{{ .x }}",
    ] {
        assert!(looks_templated(text), "{text}");
    }
    for text in ["a: 1", "# {{ .x }}", "  # {{ .x }}\r\na: { b: 1 }", "a: 1 # {{ .x }}", "a: 1\t# x {{ .x }}"]
    {
        assert!(!looks_templated(text), "{text}");
    }
}

/// Every span in a tree.
fn spans(node: &Node, found: &mut Vec<Span>) {
    found.push(node.span);
    if let Some(text) = node.as_text() {
        let length = text.as_str().len();
        found.extend((0..=length).map(|at| text.span_of(at..at + 1)));
    }
    for item in node.items() {
        spans(item, found);
    }
    for member in node.members() {
        found.push(member.key.span);
        found.push(member.span());
        spans(&member.value, found);
    }
}

const SEED: &str = "# ü\na: &x {q: \"é\\n\", 1.30: [1, 'it''s']}\nb:\n  - *x\n  - <<: *x\n    k: |\n      größe\n\n  -\nc: >-\n  f\n  g\n---\n? k\n: !!str ~\n😀: x\n...\n# end\n";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn damaged_files_give_no_panic_and_only_spans_within_the_file(
        edits in proptest::collection::vec((0..SEED.len(), 0usize..6, "[\\[\\]{}\",:'\\\\|>?&*x!%#é😀\u{feff}0-9.\n\r\t -]{0,3}"), 1..5)
    ) {
        let mut text = SEED.to_owned();
        for (at, removed, inserted) in edits {
            let floor = |mut at: usize| { at = at.min(text.len()); while !text.is_char_boundary(at) { at -= 1 } at };
            let range = floor(at)..floor(at + removed);
            text.replace_range(range, &inserted);
        }
        let stream = parse(FILE, &text);
        let mut found = stream.comments;
        let mut end = None;
        for document in &stream.documents {
            prop_assert!(end.is_none_or(|end| end == document.span.start), "documents follow on each other");
            end = Some(document.span.end);
            found.push(document.span);
            found.extend(document.errors.iter().map(|error| error.span));
            match &document.node {
                Some(node) => spans(node, &mut found),
                None => prop_assert!(!document.errors.is_empty()),
            }
        }
        prop_assert!(end.is_none_or(|end| end as usize == text.len()), "the last ends with the file");
        for span in found {
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
        }
    }
}
