//! JUnit's XML, for CI systems that show tests.
//!
//! Sources: the two schemas that are around, <https://github.com/windyroad/JUnit-Schema> and the one of
//! <https://github.com/jenkinsci/xunit-plugin>; what is written here follows both.

use std::collections::BTreeSet;

use super::story::{self, Place};
use super::text;
use crate::diagnostic::Diagnostic;
use crate::facts::Date;
use crate::report::Report;
use crate::source::Sources;

/// One suite in which each finding that fails the run is a failed test, and each agent pool without one a passed
/// test, so that the suite of a healthy repository is not empty. Lesser findings are the suite's output: a test
/// that failed would say more than the exit code does. The time stamp is the day that counted as today.
pub fn render(
    report: &Report,
    sources: &Sources,
    fails: &dyn Fn(&Diagnostic) -> bool,
    as_of: Date,
) -> String {
    let failures: Vec<&Diagnostic> =
        report.diagnostics.iter().filter(|diagnostic| fails(diagnostic)).collect();
    let failing: BTreeSet<&str> =
        failures.iter().flat_map(|diagnostic| &diagnostic.pools).map(|pool| pool.address.as_str()).collect();
    let reported = report.fleet.pools.iter().filter(|pool| sources.is_reported(pool.span.file));
    let passed: BTreeSet<(String, &str)> = reported
        .filter(|pool| !failing.contains(pool.address.as_str()))
        .map(|pool| (Place::of(pool.span, sources).path, pool.address.as_str()))
        .collect();

    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    out.push_str(&format!(
        "  <testsuite name=\"akslint\" package=\"akslint\" id=\"0\" timestamp=\"{as_of}T00:00:00\" \
         hostname=\"localhost\" tests=\"{}\" failures=\"{}\" errors=\"0\" time=\"0\">\n    <properties/>\n",
        failures.len() + passed.len(),
        failures.len()
    ));
    for diagnostic in failures {
        let place = place(diagnostic, sources);
        out.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\">\n      <failure type=\"{}\" \
             message=\"{}\">{}</failure>\n    </testcase>\n",
            escape(&format!("{} at {place}", diagnostic.rule)),
            escape(&Place::of(diagnostic.primary.span, sources).path),
            escape(diagnostic.rule),
            escape(&text::one_line(&diagnostic.message)),
            escape(&format!("{place}: {}", story(diagnostic)))
        ));
    }
    for (path, address) in passed {
        out.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"/>\n",
            escape(&text::one_line(address)),
            escape(&path)
        ));
    }
    let lesser: Vec<String> = report
        .diagnostics
        .iter()
        .filter(|diagnostic| !fails(diagnostic))
        .map(|diagnostic| escape(&format!("{}: {}\n", place(diagnostic, sources), story(diagnostic))))
        .collect();
    out.push_str(&format!("    <system-out>{}</system-out>\n    <system-err/>\n", lesser.concat()));
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn place(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = Place::of(diagnostic.primary.span, sources);
    format!("{}:{}:{}", text::one_line(&place.path), place.line, place.column)
}

fn story(diagnostic: &Diagnostic) -> String {
    format!("{}[{}] {}", diagnostic.severity, diagnostic.rule, story::lines(diagnostic).join("\n"))
}

/// Text for XML, in attributes too. XML 1.0 cannot hold control characters at all; line breaks stay where text has
/// them, and are escaped so that an attribute keeps them.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for c in text::visible_line(line).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                // No characters in XML 1.0.
                '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
                c => out.push(c),
            }
        }
        out.push_str(end);
    }
    out
}
