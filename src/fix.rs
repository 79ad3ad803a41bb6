//! Edits of the text: how a value is written in a notation, which edits go together, and the proof that they
//! mend what they are meant to mend and nothing else.

mod diff;
mod literal;
mod proof;
mod write;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Edit, Replacement};
use crate::report::Report;
use crate::source::{FileId, Sources};

pub use diff::unified;
pub use literal::literal;
pub use write::{replace, write_all};

/// At most this many runs prove edits; what they have not come to is not applied.
pub const MAX_RUNS: usize = 64;

/// The outcome of a run with some files changed.
pub struct Rerun {
    /// The files, with the changes.
    pub sources: Sources,
    /// What was found in them.
    pub report: Report,
}

/// The changed texts by path.
pub type Texts = BTreeMap<PathBuf, Arc<str>>;

/// An edit that was not made, and why, as a sentence fragment.
pub type Refused = (Diagnostic, String);

/// What came of the edits.
#[derive(Default)]
pub struct Outcome {
    /// The findings that were mended, in the report's order.
    pub mended: Vec<Diagnostic>,
    /// The edits that were not made.
    pub refused: Vec<Refused>,
    /// The new texts.
    pub texts: Texts,
    /// The files and findings with them; `None` if nothing changed.
    pub after: Option<Rerun>,
}

/// Makes the edits of a report as far as another run proves them. `rerun` lints with some texts changed.
///
/// # Errors
///
/// Another run could not take place.
pub fn mend(
    sources: &Sources,
    report: &Report,
    unsafe_too: bool,
    rerun: &mut dyn FnMut(&Texts) -> Result<Rerun, String>,
) -> Result<Outcome, String> {
    let wanted: Vec<&Diagnostic> = report
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.edit.as_ref().is_some_and(|edit| unsafe_too || edit.is_safe()))
        .collect();
    let mut mending =
        Mending { sources, report, rerun, runs: 0, accepted: Vec::new(), outcome: Outcome::default() };
    mending.attempt(&wanted)?;
    let Mending { mut accepted, mut outcome, .. } = mending;
    accepted.sort_by_key(|diagnostic| place(sources, diagnostic));
    outcome.mended = accepted.into_iter().cloned().collect();
    outcome.refused.sort_by_key(|(diagnostic, _)| place(sources, diagnostic));
    Ok(outcome)
}

fn place(sources: &Sources, diagnostic: &Diagnostic) -> (String, u32, &'static str) {
    let span = diagnostic.primary.span;
    (sources.display_path(span.file), span.start, diagnostic.rule)
}

struct Mending<'r, 'f> {
    sources: &'r Sources,
    report: &'r Report,
    rerun: &'f mut dyn FnMut(&Texts) -> Result<Rerun, String>,
    runs: usize,
    accepted: Vec<&'r Diagnostic>,
    outcome: Outcome,
}

impl<'r> Mending<'r, '_> {
    /// Accepts of a group what can be proved: all of it at once if that works, else half by half.
    fn attempt(&mut self, group: &[&'r Diagnostic]) -> Result<(), String> {
        if group.is_empty() {
            return Ok(());
        }
        let halves = group.split_at(group.len() / 2);
        let Some(texts) = self.texts(group) else {
            // Somewhere in it two edits are about the same place: the earlier one is made.
            return match group {
                [only] => {
                    self.refuse(only, "another edit changes the same place".to_owned());
                    Ok(())
                }
                _ => self.attempt(halves.0).and_then(|()| self.attempt(halves.1)),
            };
        };
        if self.runs >= MAX_RUNS {
            for diagnostic in group {
                self.refuse(diagnostic, "not tried: too many other edits failed".to_owned());
            }
            return Ok(());
        }
        self.runs += 1;
        let after = (self.rerun)(&texts)?;
        let mut all = self.accepted.clone();
        all.extend(group);
        match (proof::flaw(self.sources, self.report, &all, &after), group) {
            (None, _) => {
                self.accepted = all;
                self.outcome.texts = texts;
                self.outcome.after = Some(after);
                Ok(())
            }
            (Some(flaw), [only]) => {
                self.refuse(only, flaw);
                Ok(())
            }
            (Some(_), _) => self.attempt(halves.0).and_then(|()| self.attempt(halves.1)),
        }
    }

    fn refuse(&mut self, diagnostic: &Diagnostic, why: String) {
        self.outcome.refused.push((diagnostic.clone(), why));
    }

    /// The texts with everything accepted and a group more; `None` if two edits overlap.
    fn texts(&self, group: &[&'r Diagnostic]) -> Option<Texts> {
        let edits = self.accepted.iter().chain(group).filter_map(|diagnostic| diagnostic.edit.as_ref());
        let mut texts = Texts::new();
        for (file, replacements) in by_file(edits)? {
            let file_of = self.sources.file(file)?;
            let text = apply(&self.sources.text(file)?, &replacements)?;
            texts.insert(file_of.path.clone(), Arc::from(text));
        }
        Some(texts)
    }
}

/// The replacements of some edits by file, in order, each once. `None` if two that differ overlap or touch.
pub fn by_file<'e>(
    edits: impl IntoIterator<Item = &'e Edit>,
) -> Option<BTreeMap<FileId, Vec<&'e Replacement>>> {
    let mut files: BTreeMap<FileId, Vec<&Replacement>> = BTreeMap::new();
    for replacement in edits.into_iter().flat_map(|edit| &edit.replacements) {
        files.entry(replacement.span.file).or_default().push(replacement);
    }
    for replacements in files.values_mut() {
        replacements.sort();
        replacements.dedup();
        let apart = |pair: &[&Replacement]| match pair {
            [one, next] => {
                one.span.end < next.span.start
                    || one.span.end == next.span.start && !one.span.is_empty() && !next.span.is_empty()
            }
            _ => true,
        };
        if !replacements.windows(2).all(apart) {
            return None;
        }
    }
    Some(files)
}

/// The text with the replacements made, which are in order and apart.
fn apply(text: &str, replacements: &[&Replacement]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for replacement in replacements {
        let (start, end) = (replacement.span.start as usize, replacement.span.end as usize);
        out.push_str(text.get(at..start)?);
        text.get(start..end)?;
        out.push_str(&replacement.text);
        at = end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests;
