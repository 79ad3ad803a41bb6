//! A summary in GitHub's Markdown, made for `$GITHUB_STEP_SUMMARY`.

use super::story::{self, Place};
use super::{summary, text};
use crate::diagnostic::Diagnostic;
use crate::report::Report;
use crate::source::Sources;

/// GitHub takes 1 MiB for a step's summary and refuses the whole of anything larger. Findings beyond this many
/// bytes are counted only.
const MOST_BYTES: usize = 900_000;

/// A headline, a table of the findings, their stories folded away, and the closing line.
pub fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::from("## akslint\n\n");
    out.push_str(&format!("{}\n", escape(summary::closing(report, sources).trim_end())));
    if report.diagnostics.is_empty() {
        return out;
    }
    out.push_str("\n| | Rule | Where | What |\n|---|---|---|---|\n");
    let mut shown = 0;
    for diagnostic in &report.diagnostics {
        let row = row(diagnostic, sources);
        // Half of the room is for the stories.
        if out.len() + row.len() > MOST_BYTES / 2 {
            break;
        }
        out.push_str(&row);
        shown += 1;
    }
    if shown < report.diagnostics.len() {
        let more = text::count(report.diagnostics.len() - shown, "more finding");
        out.push_str(&format!("\n… and {more}, which this summary has no room for.\n"));
    }
    out.push_str("\n<details><summary>Why, and what to do</summary>\n\n");
    for diagnostic in report.diagnostics.iter().take(shown) {
        let story = story(diagnostic, sources);
        if out.len() + story.len() > MOST_BYTES {
            break;
        }
        out.push_str(&story);
    }
    out.push_str("</details>\n");
    out
}

fn row(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let rule = match diagnostic.url {
        Some(url) => format!("[{}]({url})", diagnostic.rule),
        None => diagnostic.rule.to_owned(),
    };
    format!(
        "| {} | {rule} | {} | {} |\n",
        diagnostic.severity,
        place(diagnostic, sources),
        escape(&diagnostic.message)
    )
}

fn story(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut out = format!(
        "**{}** {}: {}\n\n",
        diagnostic.rule,
        place(diagnostic, sources),
        escape(&diagnostic.message)
    );
    for (name, sentences) in story::remarks(diagnostic) {
        out.push_str(&format!("- {name}: {}\n", escape(&sentences)));
    }
    out.push('\n');
    out
}

fn place(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = Place::of(diagnostic.primary.span, sources);
    format!("{}:{}", escape(&place.path), place.line)
}

/// Text that Markdown shows as it is, on one line: no markup, no HTML, no link, no mention of a person, no cell of a
/// table ends in it. Pairs of backticks stay, since our own sentences quote with them: what stands between them is
/// code, in which nothing else has a meaning.
fn escape(text: &str) -> String {
    let line = text::one_line(text);
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some((before, after)) = rest.split_once('`') {
        plain(before, &mut out);
        match after.split_once('`') {
            // A bar ends a table's cell even in code.
            Some((code, after)) if !code.is_empty() && !code.contains('|') => {
                out.push('`');
                out.push_str(code);
                out.push('`');
                rest = after;
            }
            _ => {
                out.push_str("\\`");
                rest = after;
            }
        }
    }
    plain(rest, &mut out);
    out
}

fn plain(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // An empty comment between the sign and the name: no notification for anyone.
            '@' => out.push_str("@<!-- -->"),
            '|' => out.push_str("&#124;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '~' | '!' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
}
