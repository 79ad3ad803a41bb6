//! Logging commands of Azure Pipelines: each finding becomes an issue of the run.
//!
//! Source: <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>.

use super::story::{self, Place};
use super::text;
use crate::diagnostic::Severity;
use crate::report::Report;
use crate::source::Sources;

/// The findings, one command a line. Azure Pipelines knows errors and warnings only: what is less is a plain line
/// of the log, as in the concise format. Paths are those from the root of the repository.
pub fn render(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for diagnostic in &report.diagnostics {
        let place = Place::of(diagnostic.primary.span, sources);
        let kind = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => {
                out.push_str(&format!(
                    "{}:{}:{}: {}[{}] {}\n",
                    text::one_line(&place.path),
                    place.line,
                    place.column,
                    diagnostic.severity,
                    diagnostic.rule,
                    text::one_line(&diagnostic.message)
                ));
                continue;
            }
        };
        let lines: Vec<String> = story::lines(diagnostic).iter().map(|line| data(line)).collect();
        out.push_str(&format!(
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={};]{}\n",
            property(&place.path),
            place.line,
            place.column,
            property(diagnostic.rule),
            lines.join("%0A")
        ));
    }
    out
}

/// Text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value of a command's property. A path stays as it is but for what would act on a terminal.
fn property(value: &str) -> String {
    data(&text::visible_line(value)).replace(';', "%3B").replace(']', "%5D")
}
