//! Suppressions in comments: `# akslint: ignore[RuleId] reason` beside or above what a finding is about, and
//! `# akslint: ignore-file[RuleId] reason` at the top of a file.

mod directive;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::check::Subject;
use crate::diagnostic::{Diagnostic, Edit, Kind, Label, Replacement, Severity, Suppression};
use crate::rules;
use crate::source::{FileId, Sources, Span};
use crate::suggest::nearest;
use crate::syntax::outline::{Outline, outline};

/// The rule of suppressions that suppress nothing.
pub const UNUSED: &str = "UnusedSuppression";
/// The rule of suppressions without a reason, where one is asked for.
pub const NO_REASON: &str = "SuppressionWithoutReason";

/// The suppression comments of the files that a run read.
#[derive(Debug, Default)]
pub struct Suppressions {
    files: BTreeMap<FileId, Vec<Comment>>,
    /// What is meant for akslint and not understood.
    broken: Vec<(Span, Span, String)>,
}

#[derive(Debug)]
struct Comment {
    span: Span,
    /// What it is about: what begins in here is suppressed.
    scope: Span,
    ids: Vec<Id>,
    reason: Option<String>,
}

#[derive(Debug)]
struct Id {
    name: String,
    span: Span,
    used: AtomicBool,
}

impl Suppressions {
    /// Finds the suppressions in everything that was read so far, other people's files aside.
    pub fn find(sources: &Sources) -> Suppressions {
        let candidates = sources.containing(b"akslint:");
        let read = |file: &FileId| Some((*file, read(sources, *file)?));
        let mut all = Suppressions::default();
        for (file, found) in candidates.par_iter().filter_map(read).collect::<Vec<_>>() {
            all.broken.extend(found.broken);
            all.files.insert(file, found.comments);
        }
        all
    }

    /// The comment that covers a finding, marked as used.
    pub fn covers(&self, finding: &Subject<'_>) -> Option<Suppression> {
        // One comment is enough, but all that cover it are of use.
        let mut first = None;
        for span in finding.way {
            for comment in self.files.get(&span.file).into_iter().flatten() {
                if !(comment.scope.start..comment.scope.end).contains(&span.start) {
                    continue;
                }
                for id in &comment.ids {
                    if id.name.eq_ignore_ascii_case(finding.rule) {
                        id.used.store(true, Ordering::Relaxed);
                        first.get_or_insert_with(|| Suppression::Comment {
                            span: comment.span,
                            reason: comment.reason.clone(),
                        });
                    } else if finding.notes.iter().any(|note| note.ends_with(&format!("({})", id.name))) {
                        // Covered by a more precise finding for now.
                        id.used.store(true, Ordering::Relaxed);
                    }
                }
            }
        }
        first
    }

    /// What is to be said about the suppressions themselves, once all findings have been asked for. `judged`
    /// tells whether a rule could have found something in a file.
    pub fn complaints(
        &self,
        sources: &Sources,
        judged: &dyn Fn(FileId, &str) -> bool,
        reason_required: &dyn Fn(FileId) -> bool,
    ) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = self
            .broken
            .iter()
            .map(|(_, at, message)| {
                unused(*at, format!("suppression is not understood: {message}"), "suppresses nothing")
            })
            .collect();
        for (file, comments) in &self.files {
            for comment in comments {
                let idle: Vec<&Id> =
                    comment.ids.iter().filter(|id| !id.used.load(Ordering::Relaxed)).collect();
                for id in &idle {
                    if !rules::is_known_id(&id.name) {
                        let hint = nearest(&id.name, rules::ids());
                        let hint = hint.map_or("`akslint rules` lists them all".to_owned(), |near| {
                            format!("did you mean `{near}`?")
                        });
                        let message = format!("suppression of `{}`, which is no rule", id.name);
                        all.push(unused(id.span, message, &hint));
                    } else if judged(*file, &id.name) {
                        let message = format!("suppression of `{}`, which finds nothing here", id.name);
                        let mut diagnostic = unused(id.span, message, "suppresses nothing");
                        if idle.len() == comment.ids.len() && comment.ids.len() == 1 {
                            diagnostic.edit = sources.text(*file).map(|text| removal(&text, comment.span));
                        }
                        all.push(diagnostic);
                    }
                }
                if comment.reason.is_none() && reason_required(*file) {
                    all.push(without_reason(comment.span));
                }
            }
        }
        all
    }
}

/// What is said of a suppression that has no effect.
pub fn unused(at: Span, message: String, label: &str) -> Diagnostic {
    complaint(
        UNUSED,
        at,
        message,
        label,
        "A suppression that nothing needs hides the next finding of that name.",
        "Remove it, or correct it: `ignore[RuleId]` works on the line it stands in, or above the line, block or \
         object that it is about.",
    )
}

/// What is said of a suppression without a reason.
pub fn without_reason(at: Span) -> Diagnostic {
    complaint(
        NO_REASON,
        at,
        "suppression without a reason".to_owned(),
        "gives no reason",
        "The configuration asks for a reason (require-reason), so that others can tell when it no longer holds.",
        "Write behind the bracket why the finding does not count here.",
    )
}

fn complaint(rule: &'static str, at: Span, message: String, label: &str, why: &str, fix: &str) -> Diagnostic {
    Diagnostic {
        rule,
        severity: Severity::Warning,
        kind: Kind::Suppression,
        message,
        why: why.to_owned(),
        fix: fix.to_owned(),
        edit: None,
        primary: Label { span: at, message: label.to_owned() },
        labels: Vec::new(),
        pools: Vec::new(),
        scenarios: Vec::new(),
        assumptions: Vec::new(),
        notes: Vec::new(),
        url: None,
        flow: Vec::new(),
        fingerprint: String::new(),
    }
}

/// The removal of a comment: with its line if nothing else is on it, else with the blanks before it.
fn removal(text: &str, comment: Span) -> Edit {
    let (start, end) = (comment.start as usize, comment.end as usize);
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let trimmed = before.trim_end_matches([' ', '\t']);
    let line_ends = after.trim_start_matches([' ', '\t', '\r']).starts_with('\n');
    let alone = trimmed.is_empty() || trimmed.ends_with('\n');
    let (start, end) = match (alone, line_ends) {
        (true, true) => (trimmed.len(), end + after.find('\n').map_or(0, |at| at + 1)),
        (false, true) => (trimmed.len(), end),
        _ => (start, end),
    };
    Edit {
        message: "remove the comment".to_owned(),
        replacements: vec![Replacement { span: Span::new(comment.file, start, end), text: String::new() }],
        implies: None,
    }
}

/// What one file says.
#[derive(Default)]
struct Found {
    comments: Vec<Comment>,
    broken: Vec<(Span, Span, String)>,
}

fn read(sources: &Sources, file: FileId) -> Option<Found> {
    if sources.is_vendored(file) {
        return None;
    }
    let text = sources.text(file)?;
    let outline = outline(sources.file(file)?.kind, file, &text);
    let mut found = Found::default();
    for comment in &outline.comments {
        let Some(written) = text.get(comment.start as usize..comment.end as usize) else { continue };
        let within = |range: std::ops::Range<usize>| {
            let start = comment.start as usize;
            Span::new(file, start + range.start, start + range.end)
        };
        let directive = match directive::parse(written) {
            None => continue,
            Some(Ok(directive)) => directive,
            Some(Err((at, message))) => {
                found.broken.push((*comment, within(at), message));
                continue;
            }
        };
        let scope = if directive.file {
            if !is_top(&text, *comment, &outline) {
                let message =
                    "`ignore-file` belongs at the top of the file, before everything else".to_owned();
                found.broken.push((*comment, *comment, message));
                continue;
            }
            Span::new(file, 0, text.len().saturating_add(1))
        } else {
            scope(&text, *comment, &outline)
        };
        let ids = directive.ids.into_iter().map(|(name, at)| Id {
            name,
            span: within(at),
            used: AtomicBool::new(false),
        });
        found.comments.push(Comment { span: *comment, scope, ids: ids.collect(), reason: directive.reason });
    }
    Some(found)
}

/// Whether only comments and blanks come before a comment.
fn is_top(text: &str, comment: Span, outline: &Outline) -> bool {
    next_code(text, 0, &outline.comments).is_none_or(|code| code >= comment.end as usize)
}

/// What a comment is about: its line if anything else stands on it, else what begins on the next line that is
/// not blank or comment, all of it.
fn scope(text: &str, comment: Span, outline: &Outline) -> Span {
    let file = comment.file;
    let line_of = |at: usize| {
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
        (start, end)
    };
    let (start, end) = (comment.start as usize, comment.end as usize);
    let (line_start, _) = line_of(start);
    let has_code =
        |from: usize, to: usize| next_code(text, from, &outline.comments).is_some_and(|code| code < to);
    if has_code(line_start, start) {
        let (_, line_end) = line_of(start);
        return Span::new(file, line_start, line_end);
    }
    let (last_start, last_end) = line_of(end);
    if has_code(end, last_end) {
        return Span::new(file, last_start, last_end);
    }
    let Some(code) = next_code(text, end, &outline.comments) else { return Span::new(file, end, end) };
    let (first, last) = line_of(code);
    let here = |item: &&Span| (first..=last).contains(&(item.start as usize));
    let until = outline.items.iter().filter(here).map(|item| item.end as usize).max();
    Span::new(file, first, until.unwrap_or(last).max(last))
}

/// The first byte from `at` on that is neither blank nor in a comment. YAML's document markers count as blank.
fn next_code(text: &str, mut at: usize, comments: &[Span]) -> Option<usize> {
    let from = at;
    let mut comments = comments.iter().skip_while(|comment| (comment.end as usize) <= from).peekable();
    loop {
        let rest = text.get(at..)?;
        let blank = rest.len() - rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
        at += blank;
        if let Some(comment) = comments.next_if(|comment| comment.start as usize <= at) {
            at = at.max(comment.end as usize);
            continue;
        }
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let begins_line = text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
        if begins_line
            && rest.starts_with("---")
            && rest.get(3..).is_some_and(|r| r.starts_with(['\n', '\r', ' ']))
        {
            at += 3;
            continue;
        }
        return Some(at);
    }
}

#[cfg(test)]
mod tests;
