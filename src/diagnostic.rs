//! Diagnostics: what is told to people, before anyone decides how it looks.

use std::fmt;

use crate::source::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// May go wrong.
    Warning,
    /// Azure rejects it, or it is gone.
    Error,
}

impl Severity {
    /// One step lower; `None` below info.
    pub fn lowered(self) -> Option<Severity> {
        match self {
            Severity::Error => Some(Severity::Warning),
            Severity::Warning => Some(Severity::Info),
            Severity::Info => None,
        }
    }

    /// The word for it: `error`, `warning`, `info`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What sort of trouble a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The deployment is refused or fails.
    DeployFailure,
    /// It deploys, but does not work.
    RuntimeFailure,
    /// It stands in the way of an upgrade.
    UpgradeBlocker,
    /// The service retires it.
    Retirement,
    /// It works; better is possible.
    Advice,
    /// The input itself is broken.
    Syntax,
    /// A suppression that does not do what it says.
    Suppression,
}

impl Kind {
    /// The word for it in output, such as `deploy_failure`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::DeployFailure => "deploy_failure",
            Kind::RuntimeFailure => "runtime_failure",
            Kind::UpgradeBlocker => "upgrade_blocker",
            Kind::Retirement => "retirement",
            Kind::Advice => "advice",
            Kind::Syntax => "syntax",
            Kind::Suppression => "suppression",
        }
    }
}

/// A place and what to say there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, without a full stop; may be empty.
    pub message: String,
}

/// A pool that a diagnostic is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PoolName {
    /// Its name, or as much of it as is known.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Its cluster's name, where known.
    pub cluster: Option<String>,
}

/// A change of the text that mends what a diagnostic is about; applied as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// What it does, as a clause in the imperative without a full stop: "replace `Wni` by `win`".
    pub message: String,
    /// The pieces of text that it replaces, which do not overlap, in order.
    pub replacements: Vec<Replacement>,
    /// What comes of it besides the mended defect, in sentences; such an edit is applied only when somebody
    /// has read that. `None` for a safe edit: it cannot replace a pool and changes nothing but the defect.
    pub implies: Option<String>,
}

impl Edit {
    /// Whether it may be applied without asking.
    pub fn is_safe(&self) -> bool {
        self.implies.is_none()
    }
}

/// A piece of text and what is to stand there instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// Where, quotes included; empty where text is inserted.
    pub span: Span,
    /// The new text, quoted and escaped as its notation asks.
    pub text: String,
}

/// Why a finding is not reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suppression {
    /// A comment in the source.
    Comment {
        /// The comment.
        span: Span,
        /// The reason given in it.
        reason: Option<String>,
    },
    /// An entry of the configuration.
    Configuration {
        /// The entry.
        span: Span,
        /// The reason given in it.
        reason: Option<String>,
    },
    /// The baseline has it.
    Baseline,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's id, or `Syntax` for input that cannot be read.
    pub rule: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What sort.
    pub kind: Kind,
    /// The headline: names the pools and the values seen; no full stop.
    pub message: String,
    /// Why, in sentences.
    pub why: String,
    /// What to do, in sentences.
    pub fix: String,
    /// The same as a change of the text, where a program can make it.
    pub edit: Option<Edit>,
    /// The line to edit.
    pub primary: Label,
    /// The use and the hops between, in order from the origin outward, and the other values that matter.
    pub labels: Vec<Label>,
    /// The way of the blamed value, from where it is written to where the pool takes it; empty if that is one
    /// place. Each step is also the primary place or among the labels, unless the way is long.
    pub flow: Vec<Span>,
    /// The pools it is about.
    pub pools: Vec<PoolName>,
    /// The real scenarios in which it holds; empty if there is only one.
    pub scenarios: Vec<String>,
    /// What was assumed, one clause each; empty if it holds in every world.
    pub assumptions: Vec<String>,
    /// Lesser findings on the same pools that this one covers.
    pub notes: Vec<String>,
    /// The vendor's page.
    pub url: Option<&'static str>,
    /// Its identity from run to run, see [`crate::fingerprint`]; empty until the run is complete.
    pub fingerprint: String,
}

impl Diagnostic {
    /// A finding about no pool, with a headline and a place and nothing else yet.
    pub fn bare(rule: &'static str, severity: Severity, kind: Kind, message: String, primary: Label) -> Self {
        Diagnostic {
            rule,
            severity,
            kind,
            message,
            why: String::new(),
            fix: String::new(),
            edit: None,
            primary,
            labels: Vec::new(),
            flow: Vec::new(),
            pools: Vec::new(),
            scenarios: Vec::new(),
            assumptions: Vec::new(),
            notes: Vec::new(),
            url: None,
            fingerprint: String::new(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.rule))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Info => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.fix.is_empty()).then(|| Box::new(&self.fix) as Box<dyn fmt::Display>)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.url.map(|url| Box::new(url) as Box<dyn fmt::Display>)
    }
}
