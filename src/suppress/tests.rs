use super::*;

/// The text in which the first suppression of a file works, and how many there are.
fn scope_of<'t>(path: &str, text: &'t str) -> &'t str {
    let sources = Sources::in_memory(&[(path, text)]);
    let all = Suppressions::find(&sources);
    assert_eq!(all.broken, []);
    let comment = &all.files.values().next().expect("a file")[0];
    &text[comment.scope.start as usize..(comment.scope.end as usize).min(text.len())]
}

#[test]
fn beside_something_it_is_about_its_line() {
    assert_eq!(scope_of("a.tf", "a = 1\nb = 2 # akslint: ignore[X]\nc = 3\n"), "b = 2 # akslint: ignore[X]");
    assert_eq!(
        scope_of("a.tf", "a = 1\n/* akslint: ignore[X] */ b = 2\nc = 3\n"),
        "/* akslint: ignore[X] */ b = 2"
    );
}

#[test]
fn above_something_it_is_about_all_of_it() {
    assert_eq!(
        scope_of("a.tf", "# akslint: ignore[X]\nb \"x\" {\n  c = 1\n}\nd = 1\n"),
        "b \"x\" {\n  c = 1\n}"
    );
    assert_eq!(scope_of("a.tf", "b {\n  # akslint: ignore[X]\n  c = 1\n  d = 2\n}\n"), "  c = 1");
    assert_eq!(
        scope_of(
            "a.tfvars",
            "p = {\n  # akslint: ignore[X]\n  # more words\n\n  w = {\n    s = 1\n  }\n  v = 2\n}\n"
        ),
        "  w = {\n    s = 1\n  }"
    );
    assert_eq!(
        scope_of("a.tf", "p = [\n  # akslint: ignore[X]\n  {\n    s = 1\n  },\n  2\n]\n"),
        "  {\n    s = 1\n  }"
    );
}

#[test]
fn in_json_and_yaml_it_is_about_members_elements_and_documents() {
    assert_eq!(
        scope_of("a.json", "{\n  // akslint: ignore[X]\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": 1\n}"),
        "  \"a\": {\n    \"b\": 1\n  }"
    );
    let yaml = "spec:\n  # akslint: ignore[X]\n  nodeSelector:\n    a: b\n  other: c\n";
    assert!(!scope_of("a.yaml", yaml).contains("other"));
    assert!(scope_of("a.yaml", yaml).contains("a: b"));
    let yaml = "# akslint: ignore[X]\n---\napiVersion: v1\nkind: Pod\n---\nkind: Other\n";
    assert!(scope_of("a.yaml", yaml).contains("kind: Pod"));
    assert!(!scope_of("a.yaml", yaml).contains("Other"));
}

#[test]
fn a_whole_file_is_meant_at_its_top_only() {
    let text = "# licence\n# akslint: ignore-file[X] old\n\na = 1\n";
    assert_eq!(scope_of("a.tf", text), text);
    let sources = Sources::in_memory(&[("a.tf", "a = 1\n# akslint: ignore-file[X]\n")]);
    assert!(Suppressions::find(&sources).broken[0].2.contains("top of the file"));
}

#[test]
fn text_in_strings_and_heredocs_is_no_suppression() {
    let text = "a = \"# akslint: ignore[X]\"\nb = <<E\n# akslint: ignore[X]\nE\n";
    let all = Suppressions::find(&Sources::in_memory(&[("a.tf", text)]));
    assert!(all.files.values().all(Vec::is_empty));
    let all = Suppressions::find(&Sources::in_memory(&[(
        "a.yaml",
        "a: '# akslint: ignore[X]'\nb: |\n  # akslint: ignore[X]\n",
    )]));
    assert!(all.files.values().all(Vec::is_empty));
}

#[test]
fn a_removed_comment_takes_its_line_or_the_blanks_before_it_along() {
    let removed = |text: &str| {
        let start = text.find('#').unwrap();
        let end = start + text[start..].find('\n').unwrap_or(text.len() - start);
        let edit = removal(text, Span::new(FileId(0), start, end));
        let span = edit.replacements[0].span;
        format!("{}{}", &text[..span.start as usize], &text[span.end as usize..])
    };
    assert_eq!(removed("a\n  # x\nb\n"), "a\nb\n");
    assert_eq!(removed("a # x\nb\n"), "a\nb\n");
    assert_eq!(removed("# x\nb"), "b");
    assert_eq!(removed("a # x"), "a # x".trim_end_matches("# x"));
}

#[test]
fn a_file_full_of_suppressions_is_bounded() {
    let text = "/* akslint: ignore[X] */ ".repeat(100_000) + "\na = 1\n";
    let started = std::time::Instant::now();
    let all = Suppressions::find(&Sources::in_memory(&[("a.tf", &text)]));
    assert_eq!(all.files.values().next().unwrap().len(), MAX_IN_FILE);
    assert!(all.broken[0].2.contains("more than 1000"), "{:?}", all.broken);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
