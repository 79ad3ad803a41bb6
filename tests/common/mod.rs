//! What several test files need: linting texts in memory and reading spans back as text.
#![allow(dead_code, clippy::unwrap_used)] // Each test file uses its part.

use akslint::facts::Date;
use akslint::report::{Options, Report};
use akslint::source::{Sources, Span};

/// Lints texts by path as of the day of the facts.
pub fn lint(files: &[(&str, &str)]) -> (Sources, Report) {
    let sources = Sources::in_memory(files);
    let report = akslint::lint(&sources, &Options::on(Date::parse("2026-11-20").unwrap()));
    (sources, report)
}

/// The text at a span, as `file: text`.
pub fn at(sources: &Sources, span: Span) -> String {
    let text = sources.text(span.file).unwrap();
    format!("{}: {}", sources.display_path(span.file), &text[span.start as usize..span.end as usize])
}
