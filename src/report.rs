//! What one run found, before anyone decides how it looks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity, Suppression};
use crate::facts::Date;
use crate::model::Fleet;
use crate::source::Span;

/// What a run is asked to do, apart from where to look.
#[derive(Debug, Clone)]
pub struct Options {
    /// The day that counts as today.
    pub as_of: Date,
    /// Which findings count where, and which input files are used for what.
    pub config: Arc<Config>,
    /// Terraform var files to use instead of those that are found.
    pub var_files: Vec<PathBuf>,
    /// Terraform variables and their values, as they are written on a command line; of a repeated one the last
    /// counts.
    pub vars: Vec<(String, String)>,
    /// ARM parameter files to use instead of those that are found.
    pub parameter_files: Vec<PathBuf>,
    /// How many threads to use; 0 for as many as there are cores, or as RAYON_NUM_THREADS says.
    pub threads: usize,
}

impl Options {
    /// The defaults on a given day.
    pub fn on(as_of: Date) -> Options {
        Options {
            as_of,
            config: Arc::new(Config::default()),
            var_files: Vec::new(),
            vars: Vec::new(),
            parameter_files: Vec::new(),
            threads: 0,
        }
    }
}

/// What one run found.
#[derive(Debug, Default)]
pub struct Report {
    /// Findings in reported files, sorted by path, place, rule and message.
    pub diagnostics: Vec<Diagnostic>,
    /// Everything that was resolved, reported or not.
    pub fleet: Fleet,
    /// How many files of the kinds that are looked at there are.
    pub files: usize,
    /// The facts are more than a year older than the day that counts as today.
    pub facts_are_old: bool,
    /// How many findings were suppressed, by comments, by the configuration or by the baseline.
    pub suppressed: usize,
    /// The suppressed findings that would be reported, with what suppresses them, sorted like the others.
    pub suppressions: Vec<(Diagnostic, Suppression)>,
    /// The fingerprints of what was found and is not reported: nobody asked for it, or it lies elsewhere.
    pub silent: Vec<String>,
    /// For findings that stand for others which are not shown: by their fingerprints, for how many.
    pub behind: BTreeMap<String, usize>,
    /// Fields that are not known, and rules that had too many worlds to look at.
    pub unresolved: Vec<Unresolved>,
    /// Files, or parts of files, that could not be read and that no finding depends on.
    pub unread: Vec<Unread>,
}

/// Something of a pool or cluster that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unresolved {
    /// The pool's address; for a rule about clusters and for [`AGENT_POOLS`] the cluster's.
    pub pool: String,
    /// The field's name; for a rule with too many worlds, the rule's id; [`AGENT_POOLS`].
    pub field: String,
    /// Why.
    pub reason: String,
    /// Where.
    pub span: Option<Span>,
}

/// What is not known of a cluster whose own list of pools is not, or not in full: which pools there are.
pub const AGENT_POOLS: &str = "agent_pools";

/// A file that could not be read or parsed, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The path for people.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// Where in it.
    pub span: Option<Span>,
}

impl Report {
    /// How many findings of a severity there are, with the syntax errors that one stands for.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
        findings.map(|diagnostic| 1 + self.behind(diagnostic)).sum()
    }

    /// How many syntax errors there are besides those that are findings of their own.
    pub fn not_shown(&self) -> usize {
        self.diagnostics.iter().map(|diagnostic| self.behind(diagnostic)).sum()
    }

    /// Counts anew what is suppressed.
    pub fn count_suppressed(&mut self) {
        let suppressed = self.suppressions.iter().map(|(diagnostic, _)| 1 + self.behind(diagnostic));
        self.suppressed = suppressed.sum();
    }

    /// For how many others a finding stands.
    fn behind(&self, diagnostic: &Diagnostic) -> usize {
        self.behind.get(&diagnostic.fingerprint).copied().unwrap_or_default()
    }
}
