//! Baselines: what an old repository has found today, so that only what is new counts tomorrow.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::diagnostic::Suppression;
use crate::report::Report;
use crate::source::Sources;

/// The version of the file's form. Another one is refused, in both directions: a baseline that is read wrongly
/// hides findings.
pub const VERSION: u64 = 1;

/// The findings of a run, by their fingerprints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    akslint_baseline: u64,
    findings: Vec<Entry>,
}

/// One finding. Only the fingerprint counts; the rest is for people who read the file, and for the message when
/// it is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where, from the root of the repository.
    pub file: String,
    /// Its rule.
    pub rule: String,
    /// What it says.
    pub message: String,
    /// Its identity, see [`crate::fingerprint`].
    pub fingerprint: String,
}

/// Only the version, whatever else there is.
#[derive(Deserialize)]
struct Version {
    akslint_baseline: u64,
}

impl Baseline {
    /// The reported findings of a run.
    pub fn of(report: &Report, sources: &Sources) -> Baseline {
        let mut findings: Vec<Entry> = report
            .diagnostics
            .iter()
            .map(|diagnostic| Entry {
                file: sources.repository_path(diagnostic.primary.span.file).unwrap_or_default(),
                rule: diagnostic.rule.to_owned(),
                message: diagnostic.message.clone(),
                fingerprint: diagnostic.fingerprint.clone(),
            })
            .collect();
        findings.sort();
        Baseline { akslint_baseline: VERSION, findings }
    }

    /// Reads a baseline file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as a sentence fragment.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let version = match serde_json::from_str::<Version>(text) {
            Ok(Version { akslint_baseline }) => akslint_baseline,
            Err(error) if error.is_data() => {
                return Err("no baseline: it does not say `akslint_baseline`".to_owned());
            }
            Err(error) => return Err(format!("broken: {error}")),
        };
        if version != VERSION {
            return Err(format!(
                "of version {version}, and this akslint reads version {VERSION}; write it anew with --write-baseline"
            ));
        }
        serde_json::from_str(text).map_err(|error| format!("broken: {error}"))
    }

    /// The text of the file, one finding after the other, so that a review shows what came and went.
    pub fn to_text(&self) -> String {
        crate::output::json::pretty(self)
    }

    /// How many findings it has.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Takes the findings that the baseline has out of a report, and returns those of its entries that nothing
    /// of the run matches any more. An entry counts once: a second finding of the same identity is new.
    pub fn apply(&self, report: &mut Report) -> Vec<&Entry> {
        let mut open: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.findings {
            open.entry(&entry.fingerprint).or_default().push(entry);
        }
        let mut kept = Vec::new();
        for diagnostic in std::mem::take(&mut report.diagnostics) {
            match open.get_mut(diagnostic.fingerprint.as_str()).and_then(Vec::pop) {
                Some(_) => report.suppressions.push((diagnostic, Suppression::Baseline)),
                None => kept.push(diagnostic),
            }
        }
        report.diagnostics = kept;
        report.count_suppressed();
        // What was found and is not reported, for whatever reason, is not fixed.
        let silent: BTreeSet<&str> = report
            .silent
            .iter()
            .map(String::as_str)
            .chain(report.suppressions.iter().map(|(diagnostic, _)| diagnostic.fingerprint.as_str()))
            .collect();
        let mut fixed: Vec<&Entry> =
            open.into_values().flatten().filter(|entry| !silent.contains(&*entry.fingerprint)).collect();
        fixed.sort();
        fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_baseline_of_this_version_is_refused() {
        let error = |text| Baseline::parse(text).unwrap_err();
        assert_eq!(
            error("{\"akslint_baseline\": 2, \"more\": []}"),
            "of version 2, and this akslint reads version 1; write it anew with --write-baseline"
        );
        assert_eq!(error("{\"version\": 1}"), "no baseline: it does not say `akslint_baseline`");
        assert_eq!(error("[]"), "no baseline: it does not say `akslint_baseline`");
        assert!(error("{\"akslint_baseline\": 1").starts_with("broken: "));
        assert!(error("").starts_with("broken: "));
        assert!(error("{\"akslint_baseline\": 1}").contains("findings"));
        assert!(error("{\"akslint_baseline\": 1, \"findings\": [{}]}").contains("missing field"));
    }

    #[test]
    fn what_is_written_is_read() {
        let entry = Entry {
            file: "a.tf".into(),
            rule: "X".into(),
            message: "says \u{202e} ##[x]".into(),
            fingerprint: "00".into(),
        };
        let baseline = Baseline { akslint_baseline: VERSION, findings: vec![entry] };
        assert_eq!(Baseline::parse(&baseline.to_text()), Ok(baseline.clone()));
        assert_eq!(baseline.len(), 1);
    }
}
