//! One line a finding, as compilers write it: `path:line:column: severity[Id] message`.

use super::text;
use crate::report::Report;
use crate::source::Sources;

/// The findings, one line each, in the report's order. Line breaks and control characters in paths and
/// messages are made harmless, so that a line is a finding.
pub fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        let span = diagnostic.primary.span;
        let (start, _) = sources.location(span);
        out.push_str(&format!(
            "{}:{}:{}: {}[{}] {}\n",
            text::one_line(&sources.display_path(span.file)),
            start.line,
            start.column,
            diagnostic.severity,
            diagnostic.rule,
            text::one_line(&diagnostic.message)
        ));
    }
    out
}
