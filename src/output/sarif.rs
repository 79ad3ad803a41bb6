//! SARIF 2.1.0, for code scanning and viewers.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html>. Columns
//! are declared to count Unicode code points, which is what ours do.

use serde_json::{Value, json};

use super::json::pretty;
use super::story;
use crate::PROJECT_URL;
use crate::diagnostic::{Diagnostic, Edit, Severity, Suppression};
use crate::report::Report;
use crate::rules::{self, BUILT_IN, Rule};
use crate::source::{FileId, Sources, Span};

/// Stands for the root of the repository, by the convention of code scanning.
const ROOT: &str = "%SRCROOT%";
/// The schema that the document follows.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// A marked text longer than this, in bytes, is not quoted.
const LONGEST_SNIPPET: usize = 2_000;
/// The id of notifications about what could not be read.
const NOT_READ: &str = "NotRead";
/// The id of the notification that the facts are old.
const OLD_FACTS: &str = "OldFacts";

/// What of a run goes into the document.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Whether suppressed findings are results too, marked as suppressed. GitHub's code scanning pays no attention to
    /// that mark and shows them as open.
    pub suppressed: bool,
    /// Whether everything that was asked for could be looked at.
    pub complete: bool,
}

/// The run as a log with one run. Paths are relative to the root of the repository; a file outside of it has its
/// absolute `file:` address.
pub fn render(report: &Report, sources: &Sources, choice: Choice) -> String {
    let suppressed = if choice.suppressed { report.suppressions.as_slice() } else { &[] };
    let kept = report.diagnostics.iter().map(|diagnostic| {
        let mut result = result(diagnostic, sources);
        if !suppressed.is_empty() {
            // Beside results that are suppressed, this says that the others are not.
            insert(&mut result, "suppressions", json!([]));
        }
        result
    });
    let set_aside = suppressed.iter().map(|(diagnostic, suppression)| {
        let mut result = result(diagnostic, sources);
        insert(&mut result, "suppressions", json!([self::suppression(suppression, sources)]));
        result
    });
    pretty(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver() },
            "columnKind": "unicodeCodePoints",
            "defaultEncoding": "utf-8",
            "language": "en-US",
            "newlineSequences": ["\n"],
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "The root of the repository." } },
            },
            "invocations": [{
                "executionSuccessful": choice.complete,
                "toolExecutionNotifications": notifications(report, sources),
            }],
            "results": kept.chain(set_aside).collect::<Vec<_>>(),
        }],
    }))
}

/// Sets a property of an object.
fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

fn driver() -> Value {
    let mut descriptors: Vec<Value> = rules::ALL.iter().map(|rule| descriptor(rule)).collect();
    descriptors.extend(BUILT_IN.iter().map(|(id, text)| bare(id, &format!("{text}."), "error")));
    json!({
        "name": "akslint",
        "fullName": concat!("akslint ", env!("CARGO_PKG_VERSION")),
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": PROJECT_URL,
        "shortDescription": { "text": "Finds AKS agent pools that Azure would reject, retire or break." },
        "rules": descriptors,
        "notifications": [
            bare(NOT_READ, "A file, or a part of one, could not be read, and no finding depends on it.", "note"),
            bare(OLD_FACTS, "The facts about Azure are more than a year older than the day of the run.", "warning"),
        ],
    })
}

/// The description of what has no page.
fn bare(id: &str, text: &str, level: &str) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": text },
        "fullDescription": { "text": text },
        "help": { "text": text, "markdown": text },
        "helpUri": PROJECT_URL,
        "defaultConfiguration": { "level": level },
    })
}

fn descriptor(rule: &Rule) -> Value {
    let help = rule.help();
    let severity = match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "recommendation",
    };
    let first = help.split("\n\n").next().unwrap_or_default();
    json!({
        "id": rule.id,
        "shortDescription": { "text": format!("{}.", rule.summary) },
        "fullDescription": { "text": plain(first) },
        "help": { "text": plain(&help), "markdown": help },
        "helpUri": rule.url.map_or_else(|| rule.page_url(), str::to_owned),
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": ["aks", "azure", rule.kind.name()],
            "precision": "very-high",
            "problem.severity": severity,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// Markdown of our own pages as plain text: marks of headings, code and emphasis go, a link's address stands after
/// its text.
fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for line in markdown.lines() {
        let line = match line.trim_start_matches('#') {
            heading if heading.len() < line.len() => heading.trim_start(),
            _ => line,
        };
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('[') {
            out.push_str(&before.replace(['`', '*'], ""));
            let link = after.split_once("](").and_then(|(text, after)| {
                let (address, after) = after.split_once(')')?;
                (!text.contains(['[', '`'])).then_some((text, address, after))
            });
            if let Some((text, address, after)) = link {
                out.push_str(&format!("{text} ({address})"));
                rest = after;
            } else {
                out.push('[');
                rest = after;
            }
        }
        out.push_str(&rest.replace(['`', '*'], ""));
        out.push('\n');
    }
    out.trim_end().to_owned()
}

fn result(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    // The headline has no full stop; what follows are sentences.
    let mut message = format!("{}.", diagnostic.message);
    for (name, sentences) in story::remarks(diagnostic) {
        match name {
            "why" => message.push_str(&format!(" {sentences}")),
            "fix" => message.push_str(&format!(" {sentences}")),
            // The rule has the address.
            _ if sentences.starts_with("see http") => {}
            _ => message.push_str(&format!(" Note: {sentences}.")),
        }
    }
    let mut location = self::location(diagnostic.primary.span, &diagnostic.primary.message, sources);
    if !diagnostic.pools.is_empty() {
        let pools: Vec<Value> = diagnostic
            .pools
            .iter()
            .map(|pool| json!({ "name": pool.name, "fullyQualifiedName": pool.address, "kind": "resource" }))
            .collect();
        insert(&mut location, "logicalLocations", json!(pools));
    }
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "level": level(diagnostic.severity),
        "kind": "fail",
        "message": self::message(&message),
        "locations": [location],
        "partialFingerprints": { "akslint/v1": diagnostic.fingerprint },
        "properties": {
            "kind": diagnostic.kind.name(),
            "scenarios": diagnostic.scenarios,
            "assumptions": diagnostic.assumptions,
        },
    });
    if let Some(index) = rules::ids().position(|id| id == diagnostic.rule) {
        insert(&mut result, "ruleIndex", json!(index));
    }
    if !diagnostic.labels.is_empty() {
        let related: Vec<Value> = diagnostic
            .labels
            .iter()
            .enumerate()
            .map(|(index, label)| {
                let mut location = self::location(label.span, &label.message, sources);
                insert(&mut location, "id", json!(index + 1));
                location
            })
            .collect();
        insert(&mut result, "relatedLocations", json!(related));
    }
    if !diagnostic.flow.is_empty() {
        let steps: Vec<Value> = diagnostic
            .flow
            .iter()
            .map(|span| json!({ "location": self::location(*span, step(*span, diagnostic), sources) }))
            .collect();
        insert(&mut result, "codeFlows", json!([{ "threadFlows": [{ "locations": steps }] }]));
    }
    if let Some(edit) = &diagnostic.edit {
        insert(&mut result, "fixes", json!([fix(edit, sources)]));
    }
    result
}

/// What the finding says at a step of the value's way.
fn step(span: Span, diagnostic: &Diagnostic) -> &str {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.labels);
    let said = labels.into_iter().find(|label| label.span == span && !label.message.is_empty());
    said.map_or("passed on here", |label| &label.message)
}

fn location(span: Span, message: &str, sources: &Sources) -> Value {
    let mut physical = json!({ "artifactLocation": artifact(span.file, sources) });
    if let Some(mut region) = region(span, sources) {
        let text = sources.text(span.file).unwrap_or_default();
        let marked = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        if !marked.is_empty() && marked.len() <= LONGEST_SNIPPET {
            insert(&mut region, "snippet", json!({ "text": marked }));
        }
        insert(&mut physical, "region", region);
    }
    let mut location = json!({ "physicalLocation": physical });
    if !message.is_empty() {
        insert(&mut location, "message", self::message(&sentence(message)));
    }
    location
}

/// A message object (§3.11). Braces are doubled: a single one would begin or end a placeholder (§3.11.5), and
/// `count = {0}` in somebody's file is none.
fn message(text: &str) -> Value {
    json!({ "text": text.replace('{', "{{").replace('}', "}}") })
}

/// A label as a sentence.
fn sentence(label: &str) -> String {
    if label.ends_with('.') { label.to_owned() } else { format!("{label}.") }
}

/// None in a file without text.
fn region(span: Span, sources: &Sources) -> Option<Value> {
    sources.text(span.file)?;
    let (start, end) = sources.location(span);
    Some(json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }))
}

fn artifact(file: FileId, sources: &Sources) -> Value {
    match sources.repository_path(file) {
        Some(path) => json!({ "uri": uri(&path), "uriBaseId": ROOT }),
        None => {
            let path = sources.file(file).map(|file| file.path.to_string_lossy().replace('\\', "/"));
            let path = path.unwrap_or_default();
            json!({ "uri": format!("file:///{}", uri(path.trim_start_matches('/'))) })
        }
    }
}

/// A path with everything escaped that has a meaning in an address, the colon included: at the beginning of a
/// relative one it would end a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn fix(edit: &Edit, sources: &Sources) -> Value {
    let mut changes: Vec<(FileId, Vec<Value>)> = Vec::new();
    for replacement in &edit.replacements {
        let Some(region) = region(replacement.span, sources) else { continue };
        let change = json!({ "deletedRegion": region, "insertedContent": { "text": replacement.text } });
        match changes.iter_mut().find(|(file, _)| *file == replacement.span.file) {
            Some((_, of_file)) => of_file.push(change),
            None => changes.push((replacement.span.file, vec![change])),
        }
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .map(|(file, replacements)| {
            json!({ "artifactLocation": artifact(file, sources), "replacements": replacements })
        })
        .collect();
    let mut text = sentence(&edit.message);
    if let Some(implies) = &edit.implies {
        text.push_str(&format!(" {implies}"));
    }
    json!({ "description": message(&text), "artifactChanges": changes })
}

fn suppression(suppression: &Suppression, sources: &Sources) -> Value {
    let (kind, span, reason) = match suppression {
        Suppression::Comment { span, reason } => ("inSource", Some(*span), reason.as_deref()),
        Suppression::Configuration { span, reason } => ("external", Some(*span), reason.as_deref()),
        Suppression::Baseline => ("external", None, Some("in the baseline")),
    };
    let mut out = json!({ "kind": kind, "status": "accepted" });
    if let Some(reason) = reason {
        insert(&mut out, "justification", json!(reason));
    }
    if let Some(span) = span {
        insert(&mut out, "location", location(span, "", sources));
    }
    out
}

fn notifications(report: &Report, sources: &Sources) -> Vec<Value> {
    let mut notifications: Vec<Value> = report
        .unread
        .iter()
        .map(|unread| {
            let mut notification = json!({
                "descriptor": { "id": NOT_READ, "index": 0 },
                "level": "note",
                "message": message(&format!("{}: {}.", unread.path, unread.message)),
            });
            if let Some(span) = unread.span {
                insert(&mut notification, "locations", json!([location(span, "", sources)]));
            }
            notification
        })
        .collect();
    if report.facts_are_old {
        notifications.push(json!({
            "descriptor": { "id": OLD_FACTS, "index": 1 },
            "level": "warning",
            "message": message(&format!("The facts about Azure are of {}.", crate::facts::AS_OF)),
        }));
    }
    notifications
}
