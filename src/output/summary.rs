//! The closing lines: what was looked at, what was found, and what is not known.

use std::collections::{BTreeMap, BTreeSet};

use super::text;
use crate::diagnostic::Severity;
use crate::facts;
use crate::model::PoolField;
use crate::report::{AGENT_POOLS, Report, Unread, Unresolved};
use crate::source::Sources;
use crate::value::{Node, Reason};

/// How many unread files are named.
const NAMED: usize = 2;

/// How many distinct things of each kind a report is about. A pool that is seen under several var files
/// counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Agent pools.
    pub pools: usize,
    /// Clusters.
    pub clusters: usize,
    /// Workloads.
    pub workloads: usize,
}

impl Counts {
    /// Counts a report's fleet.
    pub fn of(report: &Report) -> Counts {
        let pools: BTreeSet<_> =
            report.fleet.pools.iter().map(|pool| (&pool.scope, pool.address.as_str())).collect();
        let clusters: BTreeSet<_> =
            report.fleet.clusters.iter().map(|cluster| (&cluster.scope, cluster.address.as_str())).collect();
        Counts { pools: pools.len(), clusters: clusters.len(), workloads: report.fleet.workloads.len() }
    }
}

/// One line: what was checked and found, then what is not known and what could not be read.
pub fn closing(report: &Report, sources: &Sources) -> String {
    let mut out = checked(report);
    if is_empty(report)
        && let Some(line) = first(left_out(report, sources))
    {
        out.push_str(&format!("; left out by default: {line}"));
    }
    if let Some(line) = unknown(report) {
        out.push_str(&format!("; not known: {line}"));
    }
    if let Some(line) = unread(&report.unread, sources) {
        out.push_str(&format!("; not read: {line}"));
    }
    if report.facts_are_old {
        out.push_str(&format!("; the facts about Azure are of {}, more than a year ago", facts::AS_OF));
    }
    out.push('\n');
    out
}

/// Everything that is not known and that could not be read, one line each, for those who ask.
pub fn details(report: &Report, sources: &Sources) -> String {
    let mut out: String = report.unresolved.iter().map(|unresolved| not_known(unresolved, sources)).collect();
    for place in left_out(report, sources) {
        out.push_str(&format!("left out by default: {place}\n"));
    }
    for unread in &report.unread {
        out.push_str(&format!("not read: {}\n", unread_place(unread, sources)));
    }
    out
}

/// The clusters of which it is not known which pools they have, one line each.
pub fn unlisted(report: &Report, sources: &Sources) -> String {
    let clusters = report.unresolved.iter().filter(|unresolved| unresolved.field == AGENT_POOLS);
    clusters.map(|unresolved| not_known(unresolved, sources)).collect()
}

fn not_known(unresolved: &Unresolved, sources: &Sources) -> String {
    let place = unresolved.span.filter(|span| sources.text(span.file).is_some()).map(|span| {
        let (start, _) = sources.location(span);
        format!("{}:{}:{}: ", sources.display_path(span.file), start.line, start.column)
    });
    let place = place.unwrap_or_default();
    let line =
        format!("{place}not known: {} of {}: {}", unresolved.field, unresolved.pool, unresolved.reason);
    format!("{}\n", text::one_line(&line))
}

/// Where clusters and pools are written that do not exist unless somebody gives an input, by path and place.
fn left_out(report: &Report, sources: &Sources) -> Vec<String> {
    let spans: BTreeSet<_> =
        report.fleet.switched_off.iter().filter(|span| sources.is_reported(span.file)).collect();
    let places = spans.into_iter().map(|span| {
        let (start, _) = sources.location(*span);
        (sources.display_path(span.file), start.line, start.column)
    });
    let places: BTreeSet<_> = places.collect();
    let shown = |(path, line, column): (String, _, _)| format!("{}:{line}:{column}", text::one_line(&path));
    places.into_iter().map(shown).collect()
}

/// The line about what the defaults of inputs leave out, with a line break; empty if they leave out nothing.
pub fn not_there(report: &Report, sources: &Sources) -> String {
    first(left_out(report, sources)).map(|line| format!("left out by default: {line}\n")).unwrap_or_default()
}

fn is_empty(report: &Report) -> bool {
    let counts = Counts::of(report);
    counts.pools + counts.clusters + counts.workloads == 0
}

fn checked(report: &Report) -> String {
    let counts = Counts::of(report);
    let files = text::count(report.files, "file");
    let mut found: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .map(|severity| (report.count(severity), severity.name()))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| text::count(n, name))
        .collect();
    let suppressed = (report.suppressed > 0).then(|| format!("{} suppressed", report.suppressed));
    if is_empty(report) {
        found.extend(suppressed);
        let found = if found.is_empty() { String::new() } else { format!(": {}", found.join(", ")) };
        return format!("no agent pools found in {files}{found}");
    }
    if found.is_empty() {
        found.push("no findings".to_owned());
    }
    found.extend(suppressed);
    let mut subject = text::count(counts.pools, "agent pool");
    if counts.clusters > 0 {
        subject.push_str(&format!(" in {}", text::count(counts.clusters, "cluster")));
    }
    if counts.workloads > 0 {
        subject.push_str(&format!(", {}", text::count(counts.workloads, "workload")));
    }
    format!("checked {files}: {subject}, {}", found.join(", "))
}

/// The line about what could not be read, with a line break; empty if everything could.
pub fn not_read(report: &Report, sources: &Sources) -> String {
    unread(&report.unread, sources).map(|line| format!("not read: {line}\n")).unwrap_or_default()
}

/// Names the first unread files with the reason, and counts the rest.
fn unread(unread: &[Unread], sources: &Sources) -> Option<String> {
    first(unread.iter().map(|unread| unread_place(unread, sources)).collect())
}

/// Names the first of them, and counts the rest.
fn first(mut all: Vec<String>) -> Option<String> {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    if more > 0 {
        all.push(format!("and {more} more"));
    }
    (!all.is_empty()).then(|| all.join("; "))
}

fn unread_place(unread: &Unread, sources: &Sources) -> String {
    // Without the text, a place in it means nothing.
    let place = unread.span.filter(|span| sources.text(span.file).is_some()).map(|span| {
        let (start, _) = sources.location(span);
        format!(":{}:{}", start.line, start.column)
    });
    let (path, message) = (text::one_line(&unread.path), text::one_line(&unread.message));
    format!("{path}{} ({message})", place.unwrap_or_default())
}

/// Counts the fields that are not known by the reason. A pool that is seen under several var files counts
/// once.
fn unknown(report: &Report) -> Option<String> {
    let mut fields = BTreeSet::new();
    let mut reasons: BTreeMap<Class, usize> = BTreeMap::new();
    let mut rules = BTreeSet::new();
    let mut clusters = BTreeSet::new();
    let mut of_clusters: BTreeMap<Class, usize> = BTreeMap::new();
    for unresolved in &report.unresolved {
        let key = (unresolved.pool.as_str(), unresolved.field.as_str());
        if key.1 == AGENT_POOLS {
            if let Some(class) = class_of_list(report, key.0).filter(|_| clusters.insert(key.0)) {
                *of_clusters.entry(class).or_default() += 1;
            }
            continue;
        }
        match class(report, key.0, key.1) {
            Some(class) if fields.insert(key) => *reasons.entry(class).or_default() += 1,
            Some(_) => {}
            None => _ = rules.insert(key),
        }
    }
    let mut parts = Vec::new();
    let words = |reasons: BTreeMap<Class, usize>| {
        reasons.into_iter().map(|(class, n)| class.words(n)).collect::<Vec<_>>().join(", ")
    };
    if !clusters.is_empty() {
        let clusters = text::count(clusters.len(), "cluster");
        parts.push(format!("agent pools of {clusters} ({})", words(of_clusters)));
    }
    if !fields.is_empty() {
        parts.push(format!("{} ({})", text::count(fields.len(), "field"), words(reasons)));
    }
    if !rules.is_empty() {
        parts.push(format!("{} with too many possibilities", text::count(rules.len(), "check")));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Why a pool's field is not known; `None` if the name is not a field's, or nothing in it is unknown.
fn class(report: &Report, address: &str, field: &str) -> Option<Class> {
    let (field, _) = PoolField::ALL.iter().find(|(_, name)| *name == field)?;
    let pools = report.fleet.pools.iter().filter(|pool| pool.address == address);
    pools.filter_map(|pool| pool.fields.get(field)).find_map(|value| {
        value.alternatives().iter().find_map(|alternative| match &alternative.node {
            Node::Unknown(unknown) => Some(Class::of(&unknown.reason)),
            _ => None,
        })
    })
}

/// Why it is not known which pools a cluster has.
fn class_of_list(report: &Report, address: &str) -> Option<Class> {
    let mut clusters = report.fleet.clusters.iter().filter(|cluster| cluster.address == address);
    clusters.find_map(|cluster| Some(Class::of(&cluster.unlisted.as_ref()?.reason)))
}

/// The reasons, as far as the closing line tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    RunTime,
    NoValue,
    Absent,
    Placeholder,
    Secret,
    Unsupported,
    Failed,
    Bound,
}

impl Class {
    fn of(reason: &Reason) -> Class {
        match reason {
            Reason::NoValue(_) => Class::NoValue,
            Reason::RunTime(_) => Class::RunTime,
            Reason::Absent(_) => Class::Absent,
            Reason::Placeholder(_) => Class::Placeholder,
            Reason::Secret => Class::Secret,
            Reason::Unsupported(_) | Reason::Unclear(_) => Class::Unsupported,
            Reason::Failed(_) => Class::Failed,
            Reason::Bound(_) => Class::Bound,
        }
    }

    fn words(self, n: usize) -> String {
        match self {
            Class::RunTime => format!("{n} known only after deployment"),
            Class::NoValue => format!("{n} from a variable without value"),
            Class::Absent => format!("{n} from what is not on disk"),
            Class::Placeholder => text::count(n, "placeholder"),
            Class::Secret => text::count(n, "secret"),
            Class::Unsupported => format!("{n} not evaluated"),
            Class::Failed => format!("{n} that cannot be evaluated"),
            Class::Bound => format!("{n} beyond the bounds"),
        }
    }
}
