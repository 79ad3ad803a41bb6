//! What the reporters for machines have in common: where a finding is, and its story in sentences.

use super::text;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources, Span};

/// A span as people count it, with the file's path from the root of the repository; lines and columns from 1,
/// columns in Unicode code points, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// With `/` between folders. From the root of the repository, which is what hosts of repositories ask for;
    /// for a file outside, as the working directory sees it.
    pub path: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
}

impl Place {
    /// The place of a span.
    pub fn of(span: Span, sources: &Sources) -> Place {
        let (start, end) = sources.location(span);
        Place {
            path: path(span.file, sources),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

/// The path from the root of the repository; for a file outside, as the working directory sees it.
fn path(file: FileId, sources: &Sources) -> String {
    sources.repository_path(file).unwrap_or_else(|| sources.display_path(file))
}

/// What there is to say below the headline: a name and sentences each.
pub fn remarks(diagnostic: &Diagnostic) -> Vec<(&'static str, String)> {
    let mut remarks = Vec::new();
    if !diagnostic.why.is_empty() {
        remarks.push(("why", diagnostic.why.clone()));
    }
    if !diagnostic.fix.is_empty() {
        remarks.push(("fix", diagnostic.fix.clone()));
    }
    if !diagnostic.assumptions.is_empty() {
        remarks.push(("note", format!("only when {}", diagnostic.assumptions.join(", or when "))));
    }
    if !diagnostic.scenarios.is_empty() {
        remarks.push(("note", format!("with {}", diagnostic.scenarios.join(", "))));
    }
    remarks.extend(diagnostic.notes.iter().map(|note| ("note", format!("also: {note}"))));
    if let Some(url) = diagnostic.url {
        remarks.push(("note", format!("see {url}")));
    }
    remarks
}

/// The headline and the remarks, one line each, without anything that acts on a terminal or a log.
pub fn lines(diagnostic: &Diagnostic) -> Vec<String> {
    let remarks = remarks(diagnostic);
    std::iter::once(text::one_line(&diagnostic.message))
        .chain(remarks.iter().map(|(name, sentences)| format!("{name}: {}", text::one_line(sentences))))
        .collect()
}
