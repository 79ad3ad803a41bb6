//! Workflow commands of GitHub Actions: each finding becomes an annotation.
//!
//! Source: <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>; what is escaped, and
//! how, is said by the runner's `ActionCommand.cs` (<https://github.com/actions/runner>).

use super::story::{self, Place};
use super::text;
use crate::diagnostic::Severity;
use crate::report::Report;
use crate::source::Sources;

/// The findings, one command a line. Paths are those from the root of the repository.
pub fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let place = Place::of(diagnostic.primary.span, sources);
        out.push_str(&format!("::{command} file={},line={}", property(&place.path), place.line));
        // GitHub takes columns only where the annotation stays on its line.
        if place.line == place.end_line {
            out.push_str(&format!(",col={},endColumn={}", place.column, place.end_column));
        } else {
            out.push_str(&format!(",endLine={}", place.end_line));
        }
        let title = format!("{}[{}]", diagnostic.severity, diagnostic.rule);
        let lines: Vec<String> = story::lines(diagnostic).iter().map(|line| data(line)).collect();
        // A line break within the text of a command is written so.
        out.push_str(&format!(",title={}::{}\n", property(&title), lines.join("%0A")));
    }
    out
}

/// Text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value of a command's property. A path stays as it is but for what would act on a terminal.
fn property(value: &str) -> String {
    data(&text::visible_line(value)).replace(':', "%3A").replace(',', "%2C")
}
