//! JSON that some other tool completes before Azure Resource Manager sees it: tokens such as `#{count}#` or
//! `__COUNT__` that stand where a value does, without quotes, since what replaces them is a number or a list.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// Texts and comments, in which a token is no value.
const WITHIN: &str = r#""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|//[^\n]*|/\*.*?\*/"#;

/// Those, or a token.
static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let tokens = [
        r##"#\{[^{}"'\n]+\}#?"##,
        r##"\$\{[^{}"'\n]+\}"##,
        r##"\$\([^()"'\n]+\)"##,
        r##"[#$]?\{\{[^{}"'\n]+\}\}"##,
        r##"#_[A-Za-z0-9_.-]+?_#"##,
        r##"__ ?[A-Za-z0-9_.-]+? ?__"##,
        r##"\$\[[A-Za-z0-9_.-]+\]"##,
        r##"\$[A-Z][A-Z0-9_]+"##,
        r##"%[A-Za-z_][A-Za-z0-9_.]+%"##,
        r##"@@[A-Za-z][A-Za-z0-9_.-]*@@"##,
        r##"<[A-Za-z][^<>"'\n]*>"##,
    ];
    Regex::new(&format!("(?s-u){WITHIN}|({})", tokens.join("|"))).ok()
});

/// The text with a placeholder in quotes for each token that stands for a value, of the same length, so that every
/// span holds; `None` if it has none.
pub fn filled(text: &str) -> Option<String> {
    let parts = PARTS.as_ref()?;
    let mut bytes = text.as_bytes().to_vec();
    let mut found = false;
    for token in parts.captures_iter(text.as_bytes()).filter_map(|part| part.get(1)) {
        let Some(place) = bytes.get_mut(token.range()) else { continue };
        // Quotes, angles and a name take five bytes.
        if let [quote, open, name @ .., close, end] = place
            && !name.is_empty()
            && name.is_ascii()
        {
            (*quote, *open, *close, *end) = (b'"', b'<', b'>', b'"');
            name.iter_mut().filter(|byte| matches!(byte, b'<' | b'>' | b'\\')).for_each(|byte| *byte = b'_');
            found = true;
        }
    }
    found.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// Those, or what only a template of templates has outside of them: statements, comments and values of Jinja,
/// Handlebars, Go and ERB, and the blocks of Octopus Deploy.
static BLOCKS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let blocks = [
        r##"\{%[^\n]*?%\}"##,
        r##"\{#[^\n]*?#\}"##,
        r##"\{\{[~-]?[#/^>!]?[ \t]*[A-Za-z_$.@][^\n]*?\}\}"##,
        r##"<%[^\n]*?%>"##,
        r##"#\{/?(?:if|unless|each)\b[^\n]*?\}"##,
    ];
    Regex::new(&format!("(?s-u){WITHIN}|({})", blocks.join("|"))).ok()
});

/// Where something else is first to write a part of a text that is no JSON before it does; `None` if it looks like JSON
/// that is wrong.
pub fn unrendered(text: &str) -> Option<Range<usize>> {
    let block = BLOCKS.as_ref()?.captures_iter(text.as_bytes()).find_map(|part| part.get(1))?;
    text.get(block.range()).map(|_| block.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_without_quotes_is_a_placeholder_of_its_length() {
        for (text, expected) in [
            (r#"{"a": #{count}#, "b": __MAX__}"#, Some(r#"{"a": "<count>", "b": "<MAX>"}"#)),
            (r#"{"a": {{ n }}, "b": {"c": {{d}}}}"#, Some(r#"{"a": "< n >", "b": {"c": "<d>"}}"#)),
            (r#"[$(pools), ${SIZE}, <zones>]"#, Some(r#"["<pool>", "<SIZ>", "<one>"]"#)),
            // Within quotes and comments it is a part of the text.
            (r##"{"a": "#{count}# \" __MAX__", /* #{x}# */ "b": 1} // __Y__"##, None),
            (r#"{"a": {"b": 1}}"#, None),
            (r#"[#{{ n }}, ${{ vars.N }}, $[size]]"#, Some(r#"["<{ n >", "<{ vars.N >", "<siz>"]"#)),
            (r#"[$COUNT, %COUNT%, @@count@@]"#, Some(r#"["<OU>", "<OUN>", "<count>"]"#)),
            // Too short to be told from what stands around it.
            (r#"{"a": $(x)}"#, None),
        ] {
            assert_eq!(filled(text).as_deref(), expected, "{text}");
            assert!(filled(text).is_none_or(|filled| filled.len() == text.len()));
        }
    }

    #[test]
    fn what_something_renders_is_told_from_json_that_is_wrong() {
        for (text, expected) in [
            (r#"[{% for p in "ab" %}{"a": 1}{% endfor %}]"#, Some(r#"{% for p in "ab" %}"#)),
            (r#"{"a": "{% x %}", "b": [{{#each pools}}1{{/each}}]}"#, Some("{{#each pools}}")),
            (r#"{"a": {{ size | default("x") }}"#, Some(r#"{{ size | default("x") }}"#)),
            (r#"{"a": {{- .Values.count }}"#, Some("{{- .Values.count }}")),
            ("{# sizes #}{", Some("{# sizes #}")),
            ("{<% if x %>}", Some("<% if x %>")),
            ("[#{each pool in pools} 1 #{/each}]", Some("#{each pool in pools}")),
            // Mistakes, texts and comments.
            (r#"{{"a": 1}}"#, None),
            (r#"{"a": {"b": {}}"#, None),
            (r#"{"a": "{{ x }}" "b"}"#, None),
            ("{ // {% x %}\n \"a\" }", None),
        ] {
            assert_eq!(unrendered(text).map(|range| &text[range]), expected, "{text}");
        }
    }
}
