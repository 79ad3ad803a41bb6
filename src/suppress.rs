//! Suppressions in comments: `# akslint: ignore[RuleId] reason` beside or above what a finding is about, and
//! `# akslint: ignore-file[RuleId] reason` at the top of a file.

mod directive;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::check::Subject;
use crate::diagnostic::{Diagnostic, Edit, Kind, Label, Replacement, Severity, Suppression};
use crate::rules;
use crate::source::{FileId, LineIndex, Sources, Span};
use crate::suggest::nearest;
use crate::syntax::outline::outline;

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
    let primary = Label { span: at, message: label.to_owned() };
    Diagnostic {
        why: why.to_owned(),
        fix: fix.to_owned(),
        ..Diagnostic::bare(rule, Severity::Warning, Kind::Suppression, message, primary)
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

/// Suppressions beyond this many in one file are not read, so that no file costs more than a moment.
const MAX_IN_FILE: usize = 1_000;

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
    let mut outline = outline(sources.file(file)?.kind, file, &text);
    outline.items.sort();
    let lines = sources.line_index(file)?;
    let mut found = Found::default();
    let places = neighbours(&text, &outline.comments);
    for (comment, near) in outline.comments.iter().zip(&places) {
        let Some(written) = text.get(comment.start as usize..comment.end as usize) else { continue };
        let within = |range: std::ops::Range<usize>| {
            let start = comment.start as usize;
            Span::new(file, start + range.start, start + range.end)
        };
        let directive = match directive::parse(written) {
            None => continue,
            Some(_) if found.comments.len() + found.broken.len() >= MAX_IN_FILE => {
                let message =
                    format!("there are more than {MAX_IN_FILE} in the file; from here on none is read");
                found.broken.push((*comment, *comment, message));
                break;
            }
            Some(Ok(directive)) => directive,
            Some(Err((at, message))) => {
                found.broken.push((*comment, within(at), message));
                continue;
            }
        };
        let scope = if directive.file {
            if !near.is_first {
                let message =
                    "`ignore-file` belongs at the top of the file, before everything else".to_owned();
                found.broken.push((*comment, *comment, message));
                continue;
            }
            Span::new(file, 0, text.len().saturating_add(1))
        } else {
            scope(&text, &lines, *comment, near, &outline.items)
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

/// Where code is, as seen from each comment of a file.
struct Neighbours {
    /// Nothing but comments and blanks comes before it in the file.
    is_first: bool,
    /// Code stands before it on its line.
    is_behind_code: bool,
    /// The next code behind it, wherever that is.
    next: Option<usize>,
}

/// Looks at the text between the comments once.
fn neighbours(text: &str, comments: &[Span]) -> Vec<Neighbours> {
    let mut all: Vec<Neighbours> = Vec::with_capacity(comments.len());
    let mut from = 0;
    let mut is_first = true;
    let mut line_has_code = false;
    for comment in comments {
        let (start, end) = (comment.start as usize, comment.end as usize);
        let between = text.get(from..start).unwrap_or_default();
        let line = between.rfind('\n').map(|newline| from + newline + 1);
        if line.is_some() {
            line_has_code = false;
        }
        let has_code = code(text, line.unwrap_or(from), start).is_some();
        line_has_code |= has_code;
        is_first &= code(text, from, start).is_none();
        all.push(Neighbours { is_first, is_behind_code: line_has_code, next: None });
        // A block comment may take the line with it.
        if text.get(start..end).is_some_and(|comment| comment.contains('\n')) {
            line_has_code = false;
        }
        from = end.max(from);
    }
    let mut next = code(text, from, text.len());
    for (index, place) in all.iter_mut().enumerate().rev() {
        let end = comments.get(index).map_or(0, |comment| comment.end as usize);
        let until = comments.get(index + 1).map(|comment| comment.start as usize);
        next = until.and_then(|until| code(text, end, until)).or(next);
        place.next = next;
    }
    all
}

/// The first byte of a part of the text that is not blank. YAML's document markers count as blank.
fn code(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..to)?;
        at += rest.len() - rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
        let rest = text.get(at..to).filter(|rest| !rest.is_empty())?;
        let begins_line = text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
        let marker = rest.strip_prefix("---").filter(|_| begins_line);
        if !marker.is_some_and(|after| after.is_empty() || after.starts_with(['\n', '\r', ' '])) {
            return Some(at);
        }
        at += 3;
    }
}

/// What a comment is about: its line if anything else stands on it, else what begins on the next line that is
/// not blank or comment, all of it.
fn scope(text: &str, lines: &LineIndex, comment: Span, near: &Neighbours, items: &[Span]) -> Span {
    let file = comment.file;
    let line_of = |at: usize| {
        let line = lines.line(u32::try_from(at).unwrap_or(u32::MAX));
        let start = lines.line_start(line).map_or(0, |start| start as usize);
        let next = lines.line_start(line + 1).map(|next| (next as usize).saturating_sub(1));
        (start, next.unwrap_or(text.len()))
    };
    let (start, end) = (comment.start as usize, comment.end as usize);
    if near.is_behind_code {
        let (first, last) = line_of(start);
        return Span::new(file, first, last);
    }
    let Some(code) = near.next else { return Span::new(file, end, end) };
    let (first, last) = line_of(end);
    if code < last {
        return Span::new(file, first, last);
    }
    let (first, last) = line_of(code);
    let from = items.partition_point(|item| (item.start as usize) < first);
    let begun = items.iter().skip(from).take_while(|item| item.start as usize <= last);
    let until = begun.map(|item| item.end as usize).max();
    Span::new(file, first, until.unwrap_or(last).max(last))
}

#[cfg(test)]
mod tests;
