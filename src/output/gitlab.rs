//! GitLab's code quality report.
//!
//! Source: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use serde_json::json;

use super::json::pretty;
use super::story::{self, Place};
use crate::diagnostic::Severity;
use crate::report::Report;
use crate::source::Sources;

/// The findings as an array. Paths are those from the root of the repository, as GitLab asks.
pub fn render(report: &Report, sources: &Sources) -> String {
    let findings: Vec<_> = report
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let place = Place::of(diagnostic.primary.span, sources);
            // GitLab's five severities; none of ours stops GitLab itself.
            let severity = match diagnostic.severity {
                Severity::Error => "critical",
                Severity::Warning => "minor",
                Severity::Info => "info",
            };
            json!({
                "description": format!("{}[{}] {}", diagnostic.severity, diagnostic.rule, diagnostic.message),
                "check_name": diagnostic.rule,
                "fingerprint": diagnostic.fingerprint,
                "severity": severity,
                "type": "issue",
                "categories": ["Bug Risk"],
                "content": { "body": story::lines(diagnostic).join("\n\n") },
                "location": {
                    "path": place.path,
                    "lines": { "begin": place.line, "end": place.end_line },
                },
            })
        })
        .collect();
    pretty(&findings)
}
