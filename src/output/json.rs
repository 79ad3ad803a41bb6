//! Findings for programs. The shape is a promise: `schemas/check.schema.json` says it in full.

use serde::Serialize;

use super::summary::Counts;
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::report::{self, Report};
use crate::source::{Sources, Span};

/// The version of both JSON shapes. Fields may be added without a new one.
pub const SCHEMA_VERSION: u32 = 1;

/// The findings and the summary.
pub fn render(report: &Report, sources: &Sources) -> String {
    let counts = Counts::of(report);
    let document = Document {
        schema_version: SCHEMA_VERSION,
        summary: Summary {
            files: report.files,
            pools: counts.pools,
            clusters: counts.clusters,
            workloads: counts.workloads,
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
            suppressed: report.suppressed,
            not_shown: report.not_shown(),
            unresolved: report
                .unresolved
                .iter()
                .map(|unresolved| Unresolved::of(unresolved, sources))
                .collect(),
            unread: report
                .unread
                .iter()
                .map(|unread| Unread {
                    file: &unread.path,
                    line: line_in(unread.span, sources),
                    message: &unread.message,
                })
                .collect(),
        },
        diagnostics: report.diagnostics.iter().map(|diagnostic| finding(diagnostic, sources)).collect(),
    };
    pretty(&document)
}

/// A document as indented JSON with a line break at its end. Characters that could act on a terminal or
/// reorder text are escaped; JSON has none outside of strings.
pub fn pretty(document: &impl Serialize) -> String {
    // Only maps with keys that are no strings cannot be written, and there are none.
    let json = serde_json::to_string_pretty(document).unwrap_or_default();
    let mut out = String::with_capacity(json.len() + 1);
    let mut before = ' ';
    for c in json.chars() {
        let second = c == '#' && before == '#';
        before = c;
        match c {
            // Two of them may begin a command to a CI system.
            '#' if second => out.push_str("\\u0023"),
            '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('\n');
    out
}

/// A line number, where the file has a text to count in.
fn line_in(span: Option<Span>, sources: &Sources) -> Option<u32> {
    span.filter(|span| sources.text(span.file).is_some()).map(|span| sources.location(span).0.line)
}

fn finding<'a>(diagnostic: &'a Diagnostic, sources: &Sources) -> Finding<'a> {
    let place = Place::of(diagnostic.primary.span, sources);
    Finding {
        rule: diagnostic.rule,
        severity: diagnostic.severity.name(),
        kind: diagnostic.kind.name(),
        message: &diagnostic.message,
        why: &diagnostic.why,
        fix: &diagnostic.fix,
        place,
        pools: diagnostic
            .pools
            .iter()
            .map(|pool| Pool { name: &pool.name, address: &pool.address, cluster: pool.cluster.as_deref() })
            .collect(),
        scenarios: &diagnostic.scenarios,
        assumptions: &diagnostic.assumptions,
        labels: diagnostic
            .labels
            .iter()
            .map(|label| Label { place: Place::of(label.span, sources), message: &label.message })
            .collect(),
        notes: &diagnostic.notes,
        url: diagnostic.url,
        fingerprint: &diagnostic.fingerprint,
        edit: diagnostic.edit.as_ref().map(|edit| self::edit(edit, sources)),
    }
}

fn edit<'a>(edit: &'a diagnostic::Edit, sources: &Sources) -> Edit<'a> {
    let replacements = edit.replacements.iter().map(|replacement| Replacement {
        place: Place::of(replacement.span, sources),
        text: &replacement.text,
    });
    Edit {
        message: &edit.message,
        safe: edit.is_safe(),
        implies: edit.implies.as_deref(),
        replacements: replacements.collect(),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    summary: Summary<'a>,
    diagnostics: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Summary<'a> {
    files: usize,
    pools: usize,
    clusters: usize,
    workloads: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    not_shown: usize,
    unresolved: Vec<Unresolved<'a>>,
    unread: Vec<Unread<'a>>,
}

/// Something that is not known.
#[derive(Serialize)]
pub(super) struct Unresolved<'a> {
    pool: &'a str,
    field: &'a str,
    reason: &'a str,
    file: Option<String>,
    line: Option<u32>,
}

impl<'a> Unresolved<'a> {
    pub(super) fn of(unresolved: &'a report::Unresolved, sources: &Sources) -> Unresolved<'a> {
        Unresolved {
            pool: &unresolved.pool,
            field: &unresolved.field,
            reason: &unresolved.reason,
            file: unresolved.span.map(|span| sources.display_path(span.file)),
            line: line_in(unresolved.span, sources),
        }
    }
}

#[derive(Serialize)]
struct Unread<'a> {
    file: &'a str,
    line: Option<u32>,
    message: &'a str,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: &'a str,
    kind: &'a str,
    message: &'a str,
    why: &'a str,
    fix: &'a str,
    #[serde(flatten)]
    place: Place,
    pools: Vec<Pool<'a>>,
    scenarios: &'a [String],
    assumptions: &'a [String],
    labels: Vec<Label<'a>>,
    notes: &'a [String],
    url: Option<&'a str>,
    fingerprint: &'a str,
    edit: Option<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    message: &'a str,
    safe: bool,
    implies: Option<&'a str>,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    place: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Pool<'a> {
    name: &'a str,
    address: &'a str,
    cluster: Option<&'a str>,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    place: Place,
    message: &'a str,
}

/// A span as people count it; the end is exclusive.
#[derive(Serialize)]
struct Place {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

impl Place {
    fn of(span: Span, sources: &Sources) -> Place {
        let (start, end) = sources.location(span);
        Place {
            file: sources.display_path(span.file),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}
