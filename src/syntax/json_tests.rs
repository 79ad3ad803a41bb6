use super::*;
use proptest::prelude::*;

const FILE: FileId = FileId(7);

fn slice(text: &str, span: Span) -> &str {
    assert_eq!(span.file, FILE);
    text.get(span.start as usize..span.end as usize).expect("a span lies in its file on character boundaries")
}

/// The tree of a text that must have no errors.
fn tree(text: &str) -> Node {
    let (node, errors) = parse(FILE, text);
    assert_eq!(errors, []);
    node.expect("a text without errors has a value")
}

/// Each error as the text it points at, its offset and its message.
fn errors(text: &str) -> (Option<Node>, Vec<(u32, String, String)>) {
    let (node, errors) = parse(FILE, text);
    let told = errors.into_iter().map(|e| (e.span.start, slice(text, e.span).to_owned(), e.message));
    (node, told.collect())
}

/// What the reader makes of a text that reads all but plain JSON.
fn read_leniently(text: &str) -> Parsed {
    parse_leniently(FILE, text, text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The only error of a text that has no value.
fn failure(text: &str) -> (u32, String, String) {
    let (node, mut errors) = errors(text);
    assert_eq!(node, None);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn at(start: u32, text: &str, message: &str) -> (u32, String, String) {
    (start, text.to_owned(), message.to_owned())
}

#[test]
fn every_value_has_its_kind_and_its_span() {
    let text = r#"{ "a": [1, -2.50e3], "b": {"c": null, "d": true}, "e": "x" }"#;
    let node = tree(text);
    assert_eq!(slice(text, node.span), text);
    let items = node.get("a").unwrap();
    assert_eq!(slice(text, items.span), "[1, -2.50e3]");
    assert_eq!(items.items()[1].as_number(), Some("-2.50e3"));
    assert_eq!(items.items()[1].as_f64(), Some(-2500.0));
    assert_eq!(slice(text, items.items()[1].span), "-2.50e3");
    let object = node.get("b").unwrap();
    assert!(object.get("c").unwrap().is_null());
    assert_eq!(object.get("d").unwrap().as_bool(), Some(true));
    assert_eq!(slice(text, object.span), r#"{"c": null, "d": true}"#);
    let member = node.member("e").unwrap();
    assert_eq!(slice(text, member.key.span), r#""e""#);
    assert_eq!(slice(text, member.value.span), r#""x""#);
    assert_eq!(slice(text, member.span()), r#""e": "x""#);
    assert_eq!(member.value.written(text), Some(r#""x""#));
    let types: Vec<_> = node.members().iter().map(|member| member.value.type_name()).collect();
    assert_eq!(types, ["array", "object", "string"]);
}

#[test]
fn names_are_found_exactly_or_in_any_case() {
    let node = tree(r#"{"vmSize": 1}"#);
    assert!(node.get("vmsize").is_none());
    assert_eq!(node.get_ignore_case("VMSIZE").and_then(Node::as_i64), Some(1));
    assert!(tree("[]").get_ignore_case("vmSize").is_none());
}

#[test]
fn what_resource_manager_accepts_beyond_json_is_accepted() {
    let text = "// head\n{ 'a': 'it', /* b */ \"c\": \"x\n\ty\", \"d\": [1,], }\n";
    let parsed = parse_with_comments(FILE, text);
    assert_eq!(parsed.errors, []);
    let node = parsed.node.unwrap();
    assert_eq!(node.get("a").unwrap().as_str(), Some("it"));
    assert_eq!(node.get("c").unwrap().as_str(), Some("x\n\ty"));
    assert_eq!(node.get("d").unwrap().items().len(), 1);
    let comments: Vec<_> = parsed.comments.iter().map(|&span| slice(text, span)).collect();
    assert_eq!(comments, ["// head", "/* b */"]);
}

#[test]
fn what_json5_accepts_beyond_that_is_refused() {
    for text in
        ["{a: 1}", "[1 2]", "[+1]", "[0x1]", "[.5]", "[5.]", "[NaN]", "[Infinity]", r#"["\x41"]"#, "[01]"]
    {
        let (node, errors) = parse(FILE, text);
        assert_eq!((node, errors.len()), (None, 1), "{text}");
    }
}

#[test]
fn a_plain_string_points_into_itself() {
    let text = r#"["[parameters('größe')]"]"#;
    let node = tree(text);
    let string = node.items()[0].as_text().unwrap();
    let name = string.as_str().find("größe").unwrap();
    assert_eq!(slice(text, string.span_of(name..name + "größe".len())), "größe");
}

#[test]
fn offsets_behind_escapes_point_at_what_is_written() {
    let text = r#"["a\n\u0041\ud83d\ude00\\\"z"]"#;
    let node = tree(text);
    let string = node.items()[0].as_text().unwrap();
    assert_eq!(string.as_str(), "a\nA😀\\\"z");
    let written = |range| slice(text, string.span_of(range));
    assert_eq!(written(0..1), "a");
    assert_eq!(written(1..2), r"\n");
    assert_eq!(written(2..3), r"\u0041");
    assert_eq!(written(3..7), r"\ud83d\ude00");
    assert_eq!(written(5..6), r"\ud83d\ude00");
    assert_eq!(written(7..9), r#"\\\""#);
    assert_eq!(written(9..10), "z");
    assert_eq!(written(0..10), r#"a\n\u0041\ud83d\ude00\\\"z"#);
}

#[test]
fn half_a_surrogate_pair_becomes_the_replacement_character_and_an_error() {
    let text = r#"{"a": "x\ud83dy", "b": "\udc00\ud800\n"}"#;
    let (node, errors) = errors(text);
    let node = node.unwrap();
    assert_eq!(node.get("a").unwrap().as_str(), Some("x\u{fffd}y"));
    assert_eq!(node.get("b").unwrap().as_str(), Some("\u{fffd}\u{fffd}\n"));
    let message = "is half of a surrogate pair, which stands for no character";
    assert_eq!(
        errors,
        [
            at(8, r"\ud83d", &format!(r"`\ud83d` {message}")),
            at(24, r"\udc00", &format!(r"`\udc00` {message}")),
            at(30, r"\ud800", &format!(r"`\ud800` {message}")),
        ]
    );
}

#[test]
fn an_escaped_backslash_before_u_is_no_surrogate() {
    assert_eq!(tree(r#"["\\ud800"] // \ud800"#).items()[0].as_str(), Some(r"\ud800"));
}

#[test]
fn an_escaped_key_is_decoded() {
    assert!(tree(r#"{"\u0061b": 1}"#).get("ab").is_some());
}

#[test]
fn a_byte_order_mark_is_skipped_and_spans_count_it() {
    let text = "\u{feff}[\"\\u0041b\", :]";
    assert_eq!(failure(text), at(15, ":", "expected a value"));
    let text = "\u{feff}[\"\\u0041b\"]";
    let node = tree(text);
    assert_eq!(node.span, Span::new(FILE, 3, text.len()));
    assert_eq!(slice(text, node.items()[0].as_text().unwrap().span_of(1..2)), "b");
}

#[test]
fn a_file_without_a_value_is_an_error() {
    assert_eq!(failure(""), at(0, "", "the file holds no JSON value"));
    assert_eq!(failure(" \r\n"), at(0, "", "the file holds no JSON value"));
    assert_eq!(failure("\u{feff}"), at(3, "", "the file holds no JSON value"));
    assert_eq!(failure("// c\n"), at(4, "", "the file holds no JSON value"));
}

#[test]
fn repeated_keys_are_errors_and_both_members_stay() {
    let text = r#"{"a": 1, "A": 2, "a": 3}"#;
    let (node, errors) = errors(text);
    assert_eq!(errors, [at(17, r#""a""#, "the key `a` appears more than once in this object")]);
    let node = node.unwrap();
    assert_eq!(node.members().len(), 3);
    assert_eq!(node.get("a").unwrap().as_i64(), Some(3));
}

#[test]
fn repeated_keys_are_found_in_large_objects_too() {
    let members: Vec<_> = (0..1000).map(|n| format!("\"k{}\": 0", n % 999)).collect();
    let text = format!("{{{}}}", members.join(","));
    let (_, errors) = errors(&text);
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].1, "\"k0\"");
}

#[test]
fn what_follows_the_value_is_an_error_beside_it() {
    let (node, errors) = errors("{\"a\": 1}\n} x");
    assert_eq!(node.unwrap().get("a").unwrap().as_i64(), Some(1));
    assert_eq!(errors, [at(9, "}", "the file's JSON value ends before this")]);
}

#[test]
fn a_truncated_file_is_told_at_its_end() {
    assert_eq!(failure("{\"a\": [1, 2\n"), at(11, "", "the file ends where `,` or `]` is expected"));
    assert_eq!(failure("{\"a\":"), at(5, "", "the file ends where a value is expected"));
    assert_eq!(failure("{\"a\""), at(4, "", "the file ends where `:` after the property name is expected"));
    assert_eq!(failure("{"), at(1, "", "the file ends where a property name in quotes is expected"));
}

#[test]
fn an_unclosed_string_or_comment_is_told_where_it_opens() {
    assert_eq!(failure("[\"ab\ncd"), at(1, "\"ab", "this string is not closed"));
    assert_eq!(failure("[\"a\\nb"), at(1, "\"a\\nb", "this string is not closed"));
    assert_eq!(failure("[1 /* x\ny"), at(3, "/* x", "this comment is not closed"));
}

#[test]
fn a_misplaced_token_is_told_where_it_stands() {
    assert_eq!(failure("{\"a\": 1]"), at(7, "]", "expected `,` or `}`"));
    assert_eq!(failure("{\"a\": 1 \"b\": 2}"), at(8, "\"b\"", "expected `,` or `}`"));
    assert_eq!(failure("[1,,2]"), at(3, ",", "expected a value"));
    assert_eq!(failure("{\"a\" 1}"), at(5, "1", "expected `:` after the property name"));
    assert_eq!(failure("[\"a\\qb\"]"), at(3, "\\q", "invalid escape"));
}

#[test]
fn nesting_to_the_limit_is_read_and_the_bracket_beyond_is_the_error() {
    let text = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    tree(&text);
    let text = format!("{}1{}", "{\"a\":".repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
    tree(&text);
    for unit in ["[", "{\"a\":"] {
        let text = unit.repeat(100_000);
        let offset = (unit.len() * MAX_DEPTH) as u32;
        let message = "arrays and objects are nested more than 256 deep";
        assert_eq!(failure(&text), at(offset, &unit[..1], message));
    }
}

/// Every span in a tree.
fn spans(node: &Node, found: &mut Vec<Span>) {
    found.push(node.span);
    if let Some(text) = node.as_text() {
        let length = text.as_str().len();
        found.extend((0..=length).map(|at| text.span_of(at..at + 1)));
        found.push(text.span_of(0..length));
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

const SEED: &str = r#"// c
{ "a\n\ud83d\ude00β": [1, -2.5e3, true, null, 'q'], /* ü */ "b": {"c": "x\u0041y", "d": "[concat('é')]",}, }"#;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn damaged_files_give_no_panic_and_only_spans_within_the_file(
        edits in proptest::collection::vec((0..SEED.len(), 0usize..6, "[\\[\\]{}\",:'\\\\/*ud8é😀\u{feff}0-9e.\n -]{0,3}"), 1..5)
    ) {
        let mut text = SEED.to_owned();
        for (at, removed, inserted) in edits {
            let floor = |mut at: usize| { at = at.min(text.len()); while !text.is_char_boundary(at) { at -= 1 } at };
            let range = floor(at)..floor(at + removed);
            text.replace_range(range, &inserted);
        }
        let parsed = parse_with_comments(FILE, &text);
        // What the scan accepts means the same to the other reader.
        let lenient = read_leniently(&text);
        prop_assert_eq!(format!("{parsed:?}"), format!("{lenient:?}"));
        let mut found = parsed.comments;
        found.extend(parsed.errors.iter().map(|error| error.span));
        if let Some(node) = &parsed.node {
            spans(node, &mut found);
        } else {
            prop_assert!(!parsed.errors.is_empty());
        }
        for span in found {
            prop_assert!(text.get(span.start as usize..span.end as usize).is_some(), "{span:?}");
        }
    }
}

#[test]
fn what_is_scanned_and_read_later_is_what_the_other_reader_reads() {
    let mut scanned = 0;
    for text in [
        "{}",
        " [ 1 , -2.5e+3, 0, 0.1, 1E9 ] ",
        "\u{feff}{\"a\": [true, false, null], \"b\": \"x\"}",
        r#"{"a": "\" \\ \/ \b\f\n\r\t \u00e9 \ud83d\ude00 \ud83d x", "\u0061": 1}"#,
        "{\"a\": \"over\n two lines\", \"tab\": \"\t\"}",
        "{\"β\": \"γ\"}\r\n",
        // Keys that are repeated: as written, by an escape, in a long object, at the end of the file.
        r#"{"a": {"a": 1, "b": {}, "a": 2}, "b": [], "a": 3}"#,
        r#"{"ab": 1, "a\u0062": 2}"#,
        r#"{"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "g": 6, "h": 7, "i": 8, "j": 9, "k": 10, "l": 11, "k13": 12, "k13": 13}"#,
        r#"{"a longer key than one that is looked at whole at first": 1, "a longer key than one that is looked at whole at once": 2}"#,
        "[[[], [1, [2]], {\"a\": [{}, {\"b\": null}]}], \"a string that is longer than forty bytes \\n and ends\"]",
        "[\"\",\"1234567\",\"12345678\",\"123456789\"]",
        "[01]",
        "[1.]",
        "[.5]",
        "[+1]",
        "[0x1F]",
        "[1 2]",
        "[1,]",
        "{\"a\" 1}",
        "{\"a\": 1,}",
        "{'a': 1}",
        "{a: 1}",
        "// c\n{}",
        "{} /* c */",
        "{} x",
        "{} {}",
        "[truex]",
        "[nul]",
        r#"["\x"]"#,
        r#"["\u12"]"#,
        "[\"open]",
        "[",
        "",
        "\u{a0}[]",
    ] {
        let lenient = read_leniently(text);
        if scan::scan(FILE, text, text.find(|c| c != '\u{feff}').unwrap_or(0)).is_some() {
            scanned += 1;
            assert!(lenient.comments.is_empty(), "{text}");
        }
        let parsed = parse_with_comments(FILE, text);
        assert_eq!((parsed.node, parsed.errors), (lenient.node, lenient.errors), "{text}");
    }
    assert!(scanned >= 12, "{scanned}");
}
