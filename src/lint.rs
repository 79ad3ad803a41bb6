//! The whole pipeline on one screen: what `read` makes of the files is checked, suppressed, sorted and reported.

mod azd;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use crate::check::{self, Judged};
use crate::config::{Config, Wish};
use crate::diagnostic::{Diagnostic, Kind as RuleKind, Label, Severity, Suppression};
use crate::facts;
use crate::fingerprint;
use crate::fix;
use crate::model::Fleet;
use crate::report::{AGENT_POOLS, Options, Report, Unread, Unresolved};
use crate::resolve::{Defaults, Problem, arm};
use crate::rules::{self, Context, Rule};
use crate::source::{FileId, Sources, Span};
use crate::suppress::Suppressions;

/// The stack of the threads that parse and evaluate. The bounds on nesting in parsers and evaluators are made
/// for it, with room to spare in a build without optimisation; only what is used of it takes memory.
const STACK_BYTES: usize = 64 << 20;

/// How many syntax errors of one file are findings of their own.
const SYNTAX_ERRORS_SHOWN: usize = 10;

/// Resolves everything and runs the rules. Never fails: what cannot be read is part of the report.
///
/// Runs on threads of its own, since nobody knows how much stack a caller has left.
pub fn lint(sources: &Sources, options: &Options) -> Report {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(options.threads).stack_size(STACK_BYTES);
    match threads.build() {
        Ok(threads) => threads.install(|| run(sources, options)),
        // A system that gives no threads: better on this one than not at all.
        Err(_) => run(sources, options),
    }
}

fn run(sources: &Sources, options: &Options) -> Report {
    let read::Resolution { mut fleet, problems, unchecked, refused } = read::resolve(sources, options);
    finish(&mut fleet, sources, options);
    let suppressions = Suppressions::find(sources);
    let config = &*options.config;
    let enabled: Vec<&'static Rule> =
        rules::ALL.iter().copied().filter(|rule| config.may_run(rule)).collect();
    let context = Context { as_of: options.as_of, retirement_horizon_days: 0 };
    let ground = Ground { sources, options, config, suppressions: &suppressions, turned: OnceLock::new() };
    let outcome = check::run(&fleet, &enabled, &context, &ground);

    let mut unread = Vec::new();
    let mut diagnostics = outcome.diagnostics;
    let mut suppressed = outcome.suppressed;
    // In a file that is not understood in full, a suppression may be about what was not read.
    let half_read: BTreeSet<FileId> =
        problems.iter().chain(&unchecked).map(|problem| problem.span.file).collect();
    let mut broken: BTreeMap<FileId, Vec<Problem>> = BTreeMap::new();
    for problem in problems {
        if problem.needed || sources.is_named(problem.span.file) {
            broken.entry(problem.span.file).or_default().push(problem);
        } else {
            unread.push(not_read(sources, problem));
        }
    }
    // Nothing is wrong with what our own bounds cut off, whoever named the file.
    unread.extend(unchecked.into_iter().map(|problem| not_read(sources, problem)));
    let mut last_shown: BTreeMap<Span, usize> = BTreeMap::new();
    for problems in broken.into_values() {
        for (finding, more) in syntax_errors(problems) {
            if more > 0 {
                last_shown.insert(finding.primary.span, more);
            }
            ground.add_own(finding, &mut diagnostics, &mut suppressed);
        }
    }
    for refused in refused {
        ground.add_own(invalid_template(refused), &mut diagnostics, &mut suppressed);
    }
    for complaint in ground.complaints(options, &half_read, &outcome.beyond_bounds) {
        ground.add_own(complaint, &mut diagnostics, &mut suppressed);
    }
    // Before anything is left out, so that what is left out changes no other's identity.
    let everything = diagnostics.iter_mut().chain(suppressed.iter_mut().map(|(diagnostic, _)| diagnostic));
    fingerprint::assign(everything, sources);
    let stands_for = |diagnostic: &Diagnostic| {
        let is_last = diagnostic.kind == RuleKind::Syntax && !diagnostic.notes.is_empty();
        let more = last_shown.get(&diagnostic.primary.span).filter(|_| is_last)?;
        Some((diagnostic.fingerprint.clone(), *more))
    };
    let found = diagnostics.iter().chain(suppressed.iter().map(|(diagnostic, _)| diagnostic));
    let behind = found.filter_map(stands_for).collect();
    let counts = |diagnostic: &Diagnostic| {
        is_reported(sources, config, diagnostic)
            && config.of(sources, diagnostic.primary.span.file).shows(diagnostic.rule, diagnostic.severity)
    };
    let order = |diagnostic: &Diagnostic| {
        let span = diagnostic.primary.span;
        (sources.display_path(span.file), span.start, span.end, diagnostic.rule, diagnostic.message.clone())
    };
    let mut silent = Vec::new();
    diagnostics.retain(|diagnostic| {
        let counts = counts(diagnostic);
        if !counts {
            silent.push(diagnostic.fingerprint.clone());
        }
        counts
    });
    diagnostics.sort_by_cached_key(order);
    suppressed.retain(|(diagnostic, _)| counts(diagnostic));
    suppressed.sort_by_cached_key(|(diagnostic, _)| order(diagnostic));
    let unresolved = unresolved(&fleet, &outcome.beyond_bounds);
    unread.sort();
    let facts_are_old = facts::AS_OF.days_until(options.as_of) > 365;
    let mut report = Report {
        diagnostics,
        fleet,
        unresolved,
        unread,
        facts_are_old,
        suppressions: suppressed,
        silent,
        behind,
        ..Report::default()
    };
    report.count_suppressed();
    report
}

/// Makes of what the front ends and adapters found what rules read.
fn finish(fleet: &mut Fleet, sources: &Sources, options: &Options) {
    fleet.inherit();
    sort(fleet, sources);
    for pool in &mut fleet.pools {
        pool.facts = options.config.facts(sources, pool.span.file);
    }
    for cluster in &mut fleet.clusters {
        cluster.facts = options.config.facts(sources, cluster.span.file);
    }
}

/// The text and what people configured, for the engine.
struct Ground<'a> {
    sources: &'a Sources,
    options: &'a Options,
    config: &'a Config,
    suppressions: &'a Suppressions,
    /// Resolved when it is asked for, which most runs never do.
    turned: OnceLock<Fleet>,
}

impl check::Ground for Ground<'_> {
    fn editable(&self, span: Span) -> bool {
        self.sources.is_reported(span.file) && !self.sources.is_vendored(span.file)
    }

    fn literal(&self, span: Span, from: &str, to: &str) -> Option<String> {
        fix::literal(self.sources, span, from, to)
    }

    fn severity(&self, rule: &Rule, primary: Span, own: Severity) -> Option<Severity> {
        self.config.of(self.sources, primary.file).severity_of(rule.id, own)
    }

    fn suppression(&self, finding: &check::Subject<'_>) -> Option<Suppression> {
        // Both are asked, so that both know that they are of use.
        let (comment, entry) = (self.suppressions.covers(finding), self.config.covers(self.sources, finding));
        comment.or(entry)
    }

    fn clusters(&self, workload: Span) -> Option<Vec<String>> {
        self.config.clusters(self.sources, workload.file)
    }

    fn turned(&self) -> Option<&Fleet> {
        Some(self.turned.get_or_init(|| {
            let mut fleet = read::deployed(self.sources, self.options, Defaults::ButOfSwitches).fleet;
            finish(&mut fleet, self.sources, self.options);
            fleet
        }))
    }

    fn horizon(&self, pool: Span) -> i64 {
        self.config.of(self.sources, pool.file).horizon.value
    }
}

impl Ground<'_> {
    /// Adds a finding that no rule made.
    fn add_own(
        &self,
        mut diagnostic: Diagnostic,
        diagnostics: &mut Vec<Diagnostic>,
        suppressed: &mut Vec<(Diagnostic, Suppression)>,
    ) {
        use check::Ground as _;
        let span = diagnostic.primary.span;
        let settings = self.config.of(self.sources, span.file);
        let Some(severity) = settings.severity_of(diagnostic.rule, diagnostic.severity) else { return };
        diagnostic.severity = severity;
        let way = [span];
        let rule = diagnostic.rule;
        let subject = check::Subject { rule, way: &way, pool: None, cluster: None, notes: &[] };
        match self.suppression(&subject) {
            Some(suppression) => suppressed.push((diagnostic, suppression)),
            None => diagnostics.push(diagnostic),
        }
    }

    /// What is to be said about the suppressions themselves.
    fn complaints(
        &self,
        options: &Options,
        half_read: &BTreeSet<FileId>,
        beyond_bounds: &[(Judged, &'static str)],
    ) -> Vec<Diagnostic> {
        // Of a run that was told to use some input files only, nothing follows for the others.
        let is_whole =
            options.var_files.is_empty() && options.parameter_files.is_empty() && options.vars.is_empty();
        let looked =
            |id: &str| is_whole && !beyond_bounds.iter().any(|(_, rule)| rule.eq_ignore_ascii_case(id));
        let judged = |file: FileId, id: &str| {
            let settings = self.config.of(self.sources, file);
            looked(id)
                && settings.alternatives.value
                && settings.wish(canonical(id)) != Wish::Ignored
                && !half_read.contains(&file)
        };
        let reason_required = |file: FileId| self.config.of(self.sources, file).require_reason.value;
        let mut all = self.suppressions.complaints(self.sources, &judged, &reason_required);
        all.extend(self.config.complaints(self.sources, &looked));
        all
    }
}

/// An id as it is spelled in the list.
fn canonical(id: &str) -> &str {
    rules::ids().find(|known| known.eq_ignore_ascii_case(id)).unwrap_or(id)
}

/// Puts clusters and pools in the order of their places, so that nothing depends on threads.
fn sort(fleet: &mut Fleet, sources: &Sources) {
    fleet.pools.sort_by_cached_key(|pool| {
        let scenario: Option<Arc<str>> = pool.scenario.clone();
        (
            pool.scope.clone(),
            scenario,
            sources.display_path(pool.span.file),
            pool.span.start,
            pool.address.clone(),
        )
    });
}

/// Whether any part of the finding lies in a reported file, or an option of the command line is itself wrong.
fn is_reported(sources: &Sources, config: &Config, diagnostic: &Diagnostic) -> bool {
    if diagnostic.kind == RuleKind::Syntax && sources.is_option(diagnostic.primary.span.file) {
        return true;
    }
    std::iter::once(&diagnostic.primary)
        .chain(&diagnostic.labels)
        .any(|label| sources.is_reported(label.span.file) && !config.is_overlay(label.span.file))
}

fn not_read(sources: &Sources, problem: Problem) -> Unread {
    let path = sources.display_path(problem.span.file);
    Unread { path, message: problem.message, span: Some(problem.span) }
}

/// The findings about the syntax of one file, each with the number of errors that it stands for besides itself. One
/// brace too few at the top of a file can make an error of every line below, and nobody reads a hundred of them.
fn syntax_errors(mut problems: Vec<Problem>) -> Vec<(Diagnostic, usize)> {
    problems.sort();
    let more = problems.len().saturating_sub(SYNTAX_ERRORS_SHOWN);
    problems.truncate(SYNTAX_ERRORS_SHOWN);
    let mut findings: Vec<_> = problems.into_iter().map(|problem| (syntax(problem), 0)).collect();
    if let (Some((last, stands_for)), 1..) = (findings.last_mut(), more) {
        *stands_for = more;
        last.notes.push(match more {
            1 => "1 more syntax error in this file is not shown".to_owned(),
            _ => format!("{more} more syntax errors in this file are not shown"),
        });
    }
    findings
}

fn syntax(problem: Problem) -> Diagnostic {
    let primary = Label { span: problem.span, message: "here".to_owned() };
    Diagnostic {
        why: "An agent pool depends on this file, and what cannot be read is not checked.".to_owned(),
        fix: "Correct the text at the marked place.".to_owned(),
        ..Diagnostic::bare("Syntax", Severity::Error, RuleKind::Syntax, problem.message, primary)
    }
}

fn invalid_template(refused: arm::Refused) -> Diagnostic {
    let primary = Label { span: refused.span, message: "here".to_owned() };
    let (rule, kind) = (rules::INVALID_TEMPLATE, RuleKind::DeployFailure);
    // What is not deployed in every world is rejected in some only.
    let severity = if refused.assumptions.is_empty() { Severity::Error } else { Severity::Warning };
    let (why, fix) = match refused.kind {
        arm::Refusal::Value => (
            "Azure Resource Manager compares what is given with the declaration before it deploys anything, and \
             rejects the whole deployment (InvalidTemplate: the provided value for the template parameter is not \
             valid).",
            "Give a value that the parameter's declaration allows, or allow this one there.",
        ),
        arm::Refusal::Undeclared => (
            "Azure Resource Manager rejects a deployment that is given what its template does not declare \
             (InvalidTemplate: the template parameters in the parameters file are not valid; they are not present in \
             the original template).",
            "Take the value out of the file, or declare the parameter in the template.",
        ),
        arm::Refusal::Loop => (
            "Azure Resource Manager makes 0 to 800 copies in a loop, and rejects the whole deployment otherwise \
             (InvalidTemplate: the template 'copy' definition has an invalid copy count).",
            "Let the count be a whole number from 0 to 800.",
        ),
        arm::Refusal::Dependency => (
            "A resource can depend on what its own template deploys and on nothing else. Azure Resource Manager rejects \
             the whole deployment (InvalidTemplate: the resource is not defined in the template).",
            "Remove it from `dependsOn`. What waits for another deployment is told so by `dependsOn` of the deployment \
             that it is in.",
        ),
    };
    Diagnostic {
        why: why.to_owned(),
        fix: fix.to_owned(),
        assumptions: refused.assumptions,
        ..Diagnostic::bare(rule, severity, kind, refused.message, primary)
    }
}

fn unresolved(fleet: &Fleet, beyond_bounds: &[(Judged, &'static str)]) -> Vec<Unresolved> {
    let address = |index: usize| fleet.pools.get(index).map(|pool| pool.address.clone()).unwrap_or_default();
    let address_of = |judged: Judged| match judged {
        Judged::Pool(index) => address(index),
        Judged::Cluster(index) => {
            fleet.clusters.get(index).map(|cluster| cluster.address.clone()).unwrap_or_default()
        }
    };
    let mut list: Vec<Unresolved> = check::unresolved(fleet)
        .into_iter()
        .map(|(index, field, reason, span)| Unresolved {
            pool: address(index),
            field: field.name().to_owned(),
            reason,
            span,
        })
        .collect();
    list.extend(beyond_bounds.iter().map(|(judged, rule)| Unresolved {
        pool: address_of(*judged),
        field: (*rule).to_owned(),
        reason: format!("more than {} worlds", crate::world::MAX_WORLDS),
        span: None,
    }));
    list.extend(fleet.clusters.iter().filter_map(|cluster| {
        let unlisted = cluster.unlisted.as_ref()?;
        Some(Unresolved {
            pool: cluster.address.clone(),
            field: AGENT_POOLS.to_owned(),
            reason: unlisted.reason.to_string(),
            span: unlisted.span,
        })
    }));
    list.sort();
    // Scenarios that are alike in this are told once.
    list.dedup();
    list
}
