//! The text of a suppression comment.

use std::ops::Range;

/// What a comment that is meant for akslint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// It is about the whole file.
    pub(super) file: bool,
    /// The rule ids, each with where it stands in the comment.
    pub(super) ids: Vec<(String, Range<usize>)>,
    /// What follows the bracket.
    pub(super) reason: Option<String>,
}

/// Reads a comment, markers included. `None` if it is not addressed to akslint: the name must come first in it.
///
/// # Errors
///
/// It is addressed to akslint and not understood; says where in the comment and what is wrong.
pub(super) fn parse(comment: &str) -> Option<Result<Directive, (Range<usize>, String)>> {
    let body = ["//", "/*", "#"].iter().find_map(|marker| comment.strip_prefix(marker))?;
    let is_block = comment.starts_with("/*");
    // `##`, `///` and `/**` are comments too.
    let body = body.trim_start_matches(['#', '/', '*']).trim_start();
    let start = comment.len() - body.len();
    let rest = body.strip_prefix("akslint:")?;
    let body = if is_block { body.strip_suffix("*/").unwrap_or(body) } else { body };
    let rest = rest.get(..rest.len().min(body.len().saturating_sub("akslint:".len()))).unwrap_or_default();
    let whole = start..start + body.trim_end().len();
    Some(read(rest, start + "akslint:".len()).map_err(|(at, message)| (at.unwrap_or(whole), message)))
}

fn read(text: &str, base: usize) -> Result<Directive, (Option<Range<usize>>, String)> {
    let form = "write `akslint: ignore[RuleId] reason`".to_owned();
    let after = text.trim_start();
    let word_start = base + text.len() - after.len();
    let word_length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(after.len());
    let (word, after) = after.split_at_checked(word_length).unwrap_or((after, ""));
    let file = match word {
        "ignore" => false,
        "ignore-file" => true,
        "" => return Err((None, form)),
        other => {
            let near = crate::suggest::nearest(other, ["ignore", "ignore-file"].into_iter());
            let hint = near.map_or(form, |near| format!("did you mean `{near}`?"));
            return Err((
                Some(word_start..word_start + word.len()),
                format!("`{other}` is no command; {hint}"),
            ));
        }
    };
    let Some(list) = after.strip_prefix('[') else {
        return Err((None, "name the rules in brackets behind it: `ignore[RuleId]`".to_owned()));
    };
    let Some((list, reason)) = list.split_once(']') else {
        return Err((None, "the bracket is not closed".to_owned()));
    };
    let mut at = word_start + word.len() + 1;
    let mut ids = Vec::new();
    for piece in list.split(',') {
        let id = piece.trim();
        let from = at + (piece.len() - piece.trim_start().len());
        at += piece.len() + 1;
        if id.is_empty() {
            return Err((None, "name the rules in the brackets, with commas between".to_owned()));
        }
        ids.push((id.to_owned(), from..from + id.len()));
    }
    let reason = reason.trim().trim_start_matches([':', '-', '–', '—']).trim();
    Ok(Directive { file, ids, reason: (!reason.is_empty()).then(|| reason.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(comment: &str) -> Vec<String> {
        parse(comment)
            .unwrap()
            .unwrap()
            .ids
            .into_iter()
            .map(|(id, at)| {
                assert_eq!(comment[at].to_owned(), id);
                id
            })
            .collect()
    }

    #[test]
    fn every_kind_of_comment_can_hold_one() {
        for comment in [
            "# akslint: ignore[A, B] why",
            "#akslint:ignore[A,B] why",
            "// akslint: ignore[A , B]: why",
            "/* akslint: ignore[A,B] why */",
            "/** akslint: ignore[ A,B ] - why **/",
        ] {
            assert_eq!(ids(comment), ["A", "B"], "{comment}");
            let reason = parse(comment).unwrap().unwrap().reason.unwrap();
            assert!(reason.starts_with("why"), "{comment}: {reason}");
        }
        assert!(parse("# akslint: ignore-file[A]").unwrap().unwrap().file);
        assert_eq!(parse("# akslint: ignore[A]").unwrap().unwrap().reason, None);
    }

    #[test]
    fn prose_about_it_is_none() {
        for comment in ["# see akslint: ignore[A]", "# akslint is fine", "# akslinter: x", "#", "// é"] {
            assert_eq!(parse(comment), None, "{comment}");
        }
    }

    #[test]
    fn what_is_meant_for_akslint_and_not_understood_is_told() {
        let failure = |comment| parse(comment).unwrap().unwrap_err();
        let comment = "# akslint: ingore[A]";
        let (at, message) = failure(comment);
        assert_eq!(
            (&comment[at], message.as_str()),
            ("ingore", "`ingore` is no command; did you mean `ignore`?")
        );
        assert!(failure("# akslint: ignore").1.contains("brackets"));
        assert!(failure("# akslint: ignore[]").1.contains("brackets"));
        assert!(failure("# akslint: ignore[A,]").1.contains("commas"));
        assert!(failure("# akslint: ignore[A").1.contains("not closed"));
        assert!(failure("# akslint:").1.contains("write"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,40}", start in "(#|//|/\\*) ?akslint:? ?(ignore)?") {
            let comment = format!("{start}{text}");
            if let Some(Ok(directive)) = parse(&comment) {
                for (id, at) in directive.ids {
                    proptest::prop_assert_eq!(comment.get(at), Some(id.as_str()));
                }
            }
        }
    }
}
