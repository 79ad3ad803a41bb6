//! Values as the notations write them.

use crate::source::{Kind, Sources, Span};

/// What to write at `span` so that the literal `from`, which is written there, becomes `to`. Quotes stay as they
/// are. `None` if anything else than that literal is written there (an expression, an escape, another value),
/// if `to` cannot be written in the same manner, or if the file is not one that findings are reported in.
pub fn literal(sources: &Sources, span: Span, from: &str, to: &str) -> Option<String> {
    if !sources.is_reported(span.file) || sources.is_vendored(span.file) {
        return None;
    }
    let text = sources.text(span.file)?;
    let written = text.get(span.start as usize..span.end as usize)?;
    let quote = written.chars().next().filter(|first| matches!(first, '"' | '\''));
    let kind = sources.file(span.file)?.kind;
    match (kind, quote) {
        (Kind::Other, _) => None,
        (_, Some(quote)) => {
            let inside = written.strip_prefix(quote)?.strip_suffix(quote)?;
            let plain = |text: &str| !text.contains([quote, '\\', '\n', '\r']) && !opens_template(kind, text);
            (inside == from && plain(inside) && plain(to)).then(|| format!("{quote}{to}{quote}"))
        }
        (Kind::Yaml, None) => (written == from && is_plain_yaml(to)).then(|| to.to_owned()),
        // Without quotes only truth values and numbers are written.
        (_, None) => {
            let bare = |text: &str| {
                matches!(text, "true" | "false")
                    || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
            };
            (written == from && bare(from) && bare(to)).then(|| to.to_owned())
        }
    }
}

/// Whether a string of this kind of file means more than its characters.
fn opens_template(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Terraform | Kind::TerraformVars | Kind::Terragrunt | Kind::TerraformJson => {
            text.contains("${") || text.contains("%{")
        }
        Kind::Bicep | Kind::BicepParameters => text.contains("${"),
        Kind::Json => text.starts_with('['),
        Kind::Yaml | Kind::Other => false,
    }
}

/// Whether a string can stand in YAML without quotes and stays a string: a word of letters, digits and the
/// marks of label values that YAML 1.1 readers do not take for anything else either.
fn is_plain_yaml(text: &str) -> bool {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'));
    let lower = text.to_ascii_lowercase();
    word && !matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Kind;

    /// What is written instead of the first `old` in a file, for the value `from`.
    fn rewrite(path: &str, text: &str, old: &str, from: &str, to: &str) -> Option<String> {
        let sources = Sources::in_memory(&[(path, text)]);
        let file = sources.found(Kind::of(std::path::Path::new(path))).pop()?;
        let start = text.find(old)?;
        literal(&sources, Span::new(file, start, start + old.len()), from, to)
    }

    #[test]
    fn quotes_stay_as_they_are() {
        assert_eq!(rewrite("a.tf", "x = \"A\"", "\"A\"", "A", "a").as_deref(), Some("\"a\""));
        assert_eq!(rewrite("a.bicep", "x: 'A'", "'A'", "A", "a").as_deref(), Some("'a'"));
        assert_eq!(rewrite("a.json", "{\"x\": \"A\"}", "\"A\"", "A", "a").as_deref(), Some("\"a\""));
        assert_eq!(rewrite("a.yaml", "x: A", "A", "A", "a").as_deref(), Some("a"));
        assert_eq!(rewrite("a.yaml", "x: 'A'", "'A'", "A", "a").as_deref(), Some("'a'"));
        assert_eq!(rewrite("a.tfvars", "x = false", "false", "false", "true").as_deref(), Some("true"));
    }

    #[test]
    fn what_is_no_literal_of_that_value_is_left_alone() {
        assert_eq!(rewrite("a.tf", "x = var.a", "var.a", "A", "a"), None);
        assert_eq!(rewrite("a.tf", "x = \"B\"", "\"B\"", "A", "a"), None);
        assert_eq!(rewrite("a.tf", "x = \"${A}\"", "\"${A}\"", "${A}", "a"), None);
        assert_eq!(rewrite("a.tf", "x = \"\\u0041\"", "\"\\u0041\"", "\\u0041", "a"), None);
        assert_eq!(rewrite("a.json", "\"[A]\"", "\"[A]\"", "[A]", "a"), None);
    }

    #[test]
    fn what_cannot_be_written_in_the_same_manner_is_left_alone() {
        assert_eq!(rewrite("a.tf", "x = \"A\"", "\"A\"", "A", "a\"b"), None);
        assert_eq!(rewrite("a.tf", "x = \"A\"", "\"A\"", "A", "${a}"), None);
        assert_eq!(rewrite("a.yaml", "x: A", "A", "A", "no"), None);
        assert_eq!(rewrite("a.yaml", "x: A", "A", "A", "1.30"), None);
        assert_eq!(rewrite("a.yaml", "x: A", "A", "A", "a: b"), None);
        assert_eq!(rewrite("a.tf", "x = 1", "1", "1", "one"), None);
    }

    #[test]
    fn vendored_files_are_left_alone() {
        let sources = Sources::in_memory(&[("vendor/a.tf", "x = \"A\"")]);
        let file = sources.load(std::path::Path::new("/vendor/a.tf")).unwrap();
        assert_eq!(literal(&sources, Span::new(file, 4, 7), "A", "a"), None);
    }
}
