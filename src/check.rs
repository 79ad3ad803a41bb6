//! Running rules: each in every world of each pool, cluster or workload, and making one diagnostic of
//! findings that are one mistake.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Edit, Label, PoolName, Replacement, Severity, Suppression};
use crate::facts::{Consulted, Facts};
use crate::model::{AgentPool, Cluster, ClusterField, ClusterView, Fleet, PoolField, PoolView, Writer};
use crate::rules::{Blame, Change, Check, Context, Finding, Rule};
use crate::source::Span;
use crate::value::{Alternative, Node, Place, Provenance, Reason, Region, Value};
use crate::world::{MAX_WORLDS, Mentions, World, explore};

/// What the engine asks about things that it does not see itself: the text, and what people configured.
pub trait Ground: Sync {
    /// Whether a span may be primary: it lies in a reported file that is not vendored.
    fn editable(&self, span: Span) -> bool;

    /// What to write at a span so that the literal `from` there becomes `to`; `None` where something else is
    /// written, or the file is not to be edited.
    fn literal(&self, span: Span, from: &str, to: &str) -> Option<String>;

    /// The severity of a rule's finding at this primary span, if it holds in every world; `None` where the rule
    /// is switched off.
    fn severity(&self, rule: &Rule, primary: Span, own: Severity) -> Option<Severity>;

    /// The suppression that covers a finding.
    fn suppression(&self, finding: &Subject<'_>) -> Option<Suppression>;

    /// The names of the clusters that the workload defined here runs on; `None` if nobody said.
    fn clusters(&self, workload: Span) -> Option<Vec<String>>;

    /// The clusters and pools as they may be for whoever deploys and turns switches that no input file sets; `None`
    /// if there are no such switches.
    fn turned(&self) -> Option<&Fleet>;

    /// How many days before a retirement it becomes a warning for the pool defined here.
    fn horizon(&self, pool: Span) -> i64;
}

/// A finding on one pool or cluster, as far as suppressions tell findings apart.
pub struct Subject<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// Where it can be suppressed: the blamed value's way from where it is written to its use, and the pool's or
    /// cluster's definition.
    pub way: &'a [Span],
    /// The pool.
    pub pool: Option<&'a PoolName>,
    /// The cluster's name, its own or the pool's.
    pub cluster: Option<&'a str>,
    /// The findings that it covers, as texts that end in their rule's id in parentheses.
    pub notes: &'a [String],
}

/// What a rule looks at, an index into the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// One of its pools.
    Pool(usize),
    /// One of its clusters.
    Cluster(usize),
}

/// What running the rules gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Diagnostics, sorted by rule within no particular file order; the report sorts them by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that somebody suppressed, and how.
    pub suppressed: Vec<(Diagnostic, Suppression)>,
    /// For what a rule had more worlds than are looked at: which pool or cluster, and the rule's id.
    pub beyond_bounds: Vec<(Judged, &'static str)>,
}

/// A finding of one rule on one pool or cluster, its worlds put together.
struct Raw {
    rule: &'static Rule,
    finding: Finding,
    edit: Option<Edit>,
    severity: Severity,
    /// The worlds in which it is found.
    regions: Vec<Region>,
    primary: Label,
    labels: Vec<Label>,
    flow: Vec<Span>,
    assumptions: Vec<String>,
    notes: Vec<String>,
    way: Vec<Span>,
    subject: Option<PoolName>,
    cluster: Option<String>,
    scenario: Option<String>,
}

impl Raw {
    /// What the cluster or the pool is called.
    fn name(&self) -> Option<String> {
        self.cluster.clone().or_else(|| Some(self.subject.as_ref()?.name.clone()))
    }

    fn to_suppress(&self) -> Subject<'_> {
        let of_pool = self.subject.as_ref().and_then(|pool| pool.cluster.as_deref());
        Subject {
            rule: self.rule.id,
            way: &self.way,
            pool: self.subject.as_ref(),
            cluster: self.cluster.as_deref().or(of_pool),
            notes: &self.notes,
        }
    }
}

/// A finding in one world, with its places.
struct Located {
    finding: Finding,
    edit: Option<Edit>,
    primary: Label,
    labels: Vec<Label>,
    way: Vec<Span>,
    flow: Vec<Span>,
}

impl Located {
    /// The same, with more labels behind the others.
    fn and(mut self, labels: Vec<Label>) -> Located {
        self.labels.extend(labels);
        self
    }
}

/// The rows of overlays that a finding rests on: those that were looked up, if without overlays the rule does not
/// find the same.
fn rests_on(facts: &Facts<'_>, finding: &Finding, without: &dyn Fn() -> Option<Finding>) -> Vec<Label> {
    let consulted = facts.consulted();
    let same = |other: &Finding| (&other.message, other.severity) == (&finding.message, finding.severity);
    if consulted.is_empty() || without().as_ref().is_some_and(same) {
        return Vec::new();
    }
    let label = |row: Consulted| Label { span: row.span, message: format!("what is known of {}", row.what) };
    consulted.into_iter().map(label).collect()
}

/// [`rests_on`] for a workload, which is judged against many pools: the overlays of any of them.
fn workload_rests_on(
    fleet: &Fleet,
    finding: &Finding,
    check: &dyn Fn(&Fleet) -> Option<Finding>,
) -> Vec<Label> {
    let mut heads: Vec<Span> = fleet.pools.iter().flat_map(|pool| pool.facts.heads()).copied().collect();
    heads.sort_unstable();
    heads.dedup();
    let same = |other: &Finding| (&other.message, other.severity) == (&finding.message, finding.severity);
    if heads.is_empty() || check(&fleet.without_overlays()).as_ref().is_some_and(same) {
        return Vec::new();
    }
    let label = |span| Label { span, message: "what this says of Azure makes the difference".to_owned() };
    heads.into_iter().map(label).collect()
}

/// Runs `rules` over the fleet.
pub fn run(fleet: &Fleet, rules: &[&'static Rule], context: &Context, ground: &dyn Ground) -> Outcome {
    let per_pool: Vec<(Vec<Raw>, Vec<&'static str>)> =
        fleet.pools.par_iter().map(|pool| check_pool(fleet, pool, rules, context, ground)).collect();
    let mut beyond_bounds = Vec::new();
    let mut raw = Vec::new();
    for (index, (findings, skipped)) in per_pool.into_iter().enumerate() {
        raw.extend(findings);
        beyond_bounds.extend(skipped.into_iter().map(|rule| (Judged::Pool(index), rule)));
    }
    for (index, cluster) in fleet.clusters.iter().enumerate() {
        let (findings, skipped) = check_cluster(cluster, rules, context, ground);
        raw.extend(findings);
        beyond_bounds.extend(skipped.into_iter().map(|rule| (Judged::Cluster(index), rule)));
    }
    raw.extend(check_workloads(fleet, rules, context, ground));
    let mut kept = Vec::new();
    let mut suppressed: BTreeMap<Suppression, Vec<Raw>> = BTreeMap::new();
    for raw in raw {
        match ground.suppression(&raw.to_suppress()) {
            Some(suppression) => suppressed.entry(suppression).or_default().push(raw),
            None => kept.push(raw),
        }
    }
    let suppressed = suppressed.into_iter().flat_map(|(suppression, raw)| {
        merge(raw).into_iter().map(move |diagnostic| (diagnostic, suppression.clone()))
    });
    Outcome { diagnostics: merge(kept), suppressed: suppressed.collect(), beyond_bounds }
}

/// Whether some world exists in which the pool exists and `holds` is true of it. True as well if there are
/// more worlds than are looked at: nothing may be concluded from the absence of one.
pub fn possible(fleet: &Fleet, pool: &AgentPool, holds: impl Fn(&PoolView<'_>) -> bool) -> bool {
    let mentions = pool_mentions(fleet, pool);
    let outcomes = explore(&mentions, MAX_WORLDS, |world| {
        world.enter(&pool.presence.regions) && holds(&PoolView::new(pool, fleet, world))
    });
    outcomes.is_none_or(|outcomes| outcomes.iter().any(|(_, holds)| *holds))
}

fn pool_mentions(fleet: &Fleet, pool: &AgentPool) -> Mentions {
    let mut mentions = Mentions::default();
    pool.presence.regions.iter().for_each(|region| mentions.add_region(region));
    pool.fields.values().for_each(|value| mentions.add(value));
    if let Some(cluster) = pool.cluster.and_then(|index| fleet.clusters.get(index)) {
        cluster.presence.regions.iter().for_each(|region| mentions.add_region(region));
        cluster.fields.values().for_each(|value| mentions.add(value));
    }
    mentions
}

fn check_pool(
    fleet: &Fleet,
    pool: &AgentPool,
    rules: &[&'static Rule],
    context: &Context,
    ground: &dyn Ground,
) -> (Vec<Raw>, Vec<&'static str>) {
    let mentions = pool_mentions(fleet, pool);
    let cluster = pool.cluster.and_then(|index| fleet.clusters.get(index));
    let context = &Context { retirement_horizon_days: ground.horizon(pool.span), ..context.clone() };
    let mut found = Vec::new();
    let mut skipped = Vec::new();
    for rule in rules {
        for check in rule.checks {
            let Check::AgentPool(check) = check else { continue };
            let outcomes = explore(&mentions, MAX_WORLDS, |world| {
                if !world.enter(&pool.presence.regions) {
                    return None;
                }
                let view = PoolView::new(pool, fleet, world);
                let finding = check(&view, context)?;
                let overlays = rests_on(view.facts(), &finding, &|| check(&view.without_overlays(), context));
                let value_of = |blame: Blame| match blame {
                    Blame::Pool(field) => alternative(world, pool.fields.get(&field)),
                    Blame::Cluster(field) => alternative(world, cluster?.fields.get(&field)),
                    Blame::Span(_) => None,
                };
                Some(locate(finding, pool.span, &value_of, ground).and(overlays))
            });
            let Some(outcomes) = outcomes else {
                skipped.push(rule.id);
                continue;
            };
            for raw in fold(rule, outcomes, ground) {
                found.push(Raw {
                    subject: Some(pool_name(fleet, pool)),
                    scenario: pool.scenario.as_ref().map(|name| name.to_string()),
                    ..raw
                });
            }
        }
    }
    (outrank(found), skipped)
}

fn check_cluster(
    cluster: &Cluster,
    rules: &[&'static Rule],
    context: &Context,
    ground: &dyn Ground,
) -> (Vec<Raw>, Vec<&'static str>) {
    let mut mentions = Mentions::default();
    cluster.presence.regions.iter().for_each(|region| mentions.add_region(region));
    cluster.fields.values().for_each(|value| mentions.add(value));
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for rule in rules {
        for check in rule.checks {
            let Check::Cluster(check) = check else { continue };
            let outcomes = explore(&mentions, MAX_WORLDS, |world| {
                if !world.enter(&cluster.presence.regions) {
                    return None;
                }
                let view = ClusterView::new(cluster, world);
                let finding = check(&view, context)?;
                let overlays = rests_on(view.facts(), &finding, &|| check(&view.without_overlays(), context));
                let value_of = |blame: Blame| match blame {
                    Blame::Cluster(field) => alternative(world, cluster.fields.get(&field)),
                    Blame::Pool(_) | Blame::Span(_) => None,
                };
                Some(locate(finding, cluster.span, &value_of, ground).and(overlays))
            });
            let Some(outcomes) = outcomes else {
                skipped.push(rule.id);
                continue;
            };
            for raw in fold(rule, outcomes, ground) {
                found.push(Raw {
                    cluster: Some(cluster_name(cluster)),
                    scenario: cluster.scenario.as_ref().map(|name| name.to_string()),
                    ..raw
                });
            }
        }
    }
    (outrank(found), skipped)
}

fn check_workloads(
    fleet: &Fleet,
    rules: &[&'static Rule],
    context: &Context,
    ground: &dyn Ground,
) -> Vec<Raw> {
    let mut found = Vec::new();
    // The fleets that workloads of named clusters are judged against; of one, for all of a repository's.
    let mut fleets: BTreeMap<Vec<String>, Fleet> = BTreeMap::new();
    for workload in &fleet.workloads {
        let named = ground.clusters(workload.span);
        let fleet = match named.clone() {
            None => fleet,
            Some(names) => &*fleets.entry(names).or_insert_with_key(|names| of_clusters(fleet, names)),
        };
        // A manifest may be for those who turn a switch whose default leaves out the pool that it asks for.
        let is_wanting_still = |is_wanting: &dyn Fn(&Fleet) -> bool| match (ground.turned(), &named) {
            (None, _) => true,
            (Some(turned), None) => is_wanting(turned),
            (Some(turned), Some(names)) => is_wanting(&of_clusters(turned, names)),
        };
        for rule in rules {
            for check in rule.checks {
                let Check::Workload(check) = check else { continue };
                let Some(finding) = check(workload, fleet, context) else { continue };
                if !is_wanting_still(&|turned| check(workload, turned, context).is_some()) {
                    continue;
                }
                let labels = workload_rests_on(fleet, &finding, &|plain| check(workload, plain, context));
                let located = locate(finding, workload.span, &|_| None, ground).and(labels);
                found.extend(fold(rule, vec![(Region::everywhere(), Some(located))], ground));
            }
        }
    }
    found
}

/// The clusters of these names, with their pools. Without any, a fleet of which nothing is known, against which
/// no workload is found wanting.
fn of_clusters(fleet: &Fleet, names: &[String]) -> Fleet {
    let mut part = Fleet::default();
    let mut renumbered = BTreeMap::new();
    for (index, cluster) in fleet.clusters.iter().enumerate() {
        let name = cluster.fields.get(&ClusterField::Name).and_then(Value::as_str);
        if name.is_some_and(|name| names.iter().any(|wanted| *wanted == *name)) {
            renumbered.insert(index, part.clusters.len());
            part.clusters.push(cluster.clone());
        }
    }
    for pool in &fleet.pools {
        let Some(cluster) = pool.cluster.and_then(|index| renumbered.get(&index)) else { continue };
        part.pools.push(AgentPool { cluster: Some(*cluster), ..pool.clone() });
    }
    // What is switched off may belong to any of them.
    part.switched_off.clone_from(&fleet.switched_off);
    part
}

fn alternative(world: &World<'_>, value: Option<&Value>) -> Option<Alternative> {
    world.resolve(value?)
}

/// Turns the blamed fields into places: the origin nearest to the value that people can edit, then the way
/// from there to the use.
fn locate(
    finding: Finding,
    definition: Span,
    value_of: &dyn Fn(Blame) -> Option<Alternative>,
    ground: &dyn Ground,
) -> Located {
    let mut labels = Vec::new();
    let primary = place(finding.blame, &finding.label, definition, value_of, ground, &mut labels);
    for (blame, message) in &finding.also {
        let mut hops = Vec::new();
        let label = place(*blame, message, definition, value_of, ground, &mut hops);
        labels.push(label);
        // The story of the other values is told only as far as their use: their origin is the label.
        labels.extend(hops.pop());
    }
    let mut seen: Vec<Span> = vec![primary.span];
    labels.retain(|label| {
        let new = !seen.contains(&label.span);
        seen.push(label.span);
        new
    });
    let edit = finding.change.as_ref().and_then(|change| edit(change, value_of, ground));
    let mut way = vec![definition, primary.span];
    way.extend(value_of(finding.blame).into_iter().flat_map(|alternative| alternative.provenance.hops()));
    let flow = flow(finding.blame, value_of);
    Located { finding, edit, primary, labels, way, flow }
}

/// The way of the blamed value from its origin to its use; empty where that is one place.
fn flow(blame: Blame, value_of: &dyn Fn(Blame) -> Option<Alternative>) -> Vec<Span> {
    let mut hops = value_of(blame).map(|value| value.provenance.hops()).unwrap_or_default();
    hops.truncate(LONGEST_FLOW);
    if hops.len() > 1 { hops } else { Vec::new() }
}

/// The change as one of the text, where the value is written as a literal that may be edited.
fn edit(
    change: &Change,
    value_of: &dyn Fn(Blame) -> Option<Alternative>,
    ground: &dyn Ground,
) -> Option<Edit> {
    let span = match change.blame {
        Blame::Span(span) => span,
        blame => {
            let provenance = value_of(blame)?.provenance;
            // What an expression works out is mended by a person, who knows what the expression is for.
            if provenance.is_computed() {
                return None;
            }
            provenance.origin()?
        }
    };
    let text = ground.literal(span, &change.from, &change.to)?;
    Some(Edit {
        message: format!("replace `{}` by `{}`", change.from, change.to),
        replacements: vec![Replacement { span, text }],
        implies: change.implies.clone(),
    })
}

/// No more of a value's way than this is kept for reports.
const LONGEST_FLOW: usize = 100;
/// How many of a long chain's hops are shown at its beginning, and at its end.
const FIRST_HOPS: usize = 3;
const LAST_HOPS: usize = 2;

/// The place of one blamed field; the hops from there outward go to `labels`.
fn place(
    blame: Blame,
    message: &str,
    definition: Span,
    value_of: &dyn Fn(Blame) -> Option<Alternative>,
    ground: &dyn Ground,
    labels: &mut Vec<Label>,
) -> Label {
    if let Blame::Span(span) = blame {
        return Label { span, message: message.to_owned() };
    }
    let Some(alternative) = value_of(blame) else {
        return Label { span: definition, message: message.to_owned() };
    };
    let provenance: &Provenance = &alternative.provenance;
    let hops = provenance.hops();
    // The origin leads if it can be edited; else the nearest hop outward that can. A file that is not
    // ours is still part of the story, as a label.
    let lead = hops.iter().position(|span| ground.editable(*span)).unwrap_or(0);
    let last = hops.len().saturating_sub(1);
    // Everybody knows how a value gets through a dozen modules: only its ends are told.
    let hidden = hops.len().saturating_sub(FIRST_HOPS + LAST_HOPS + 1);
    let hidden = if hidden > 1 { FIRST_HOPS + 1..FIRST_HOPS + 1 + hidden } else { 0..0 };
    for (index, span) in hops.iter().enumerate() {
        if index == lead || hidden.contains(&index) {
            continue;
        }
        let message = match index {
            0 => match provenance.place() {
                Some(Place::Default(name)) => format!("the default of `{name}`"),
                Some(Place::Input(name)) => format!("the value of `{name}`"),
                Some(Place::Module { default_of: Some(name), module }) => {
                    format!("the default of `{name}` in `{module}`")
                }
                Some(Place::Module { default_of: None, module }) => format!("set by `{module}`"),
                _ if provenance.is_computed() => "worked out here".to_owned(),
                _ => "written here".to_owned(),
            },
            _ if index == last => "used here".to_owned(),
            _ if index + 1 == hidden.start => {
                format!("passed on here, and in {} more places", hidden.len())
            }
            _ => "passed on here".to_owned(),
        };
        labels.push(Label { span: *span, message });
    }
    let span = hops.get(lead).copied().unwrap_or(definition);
    if provenance.is_computed() {
        // A part of the blamed expression is in sight already; only what comes from elsewhere tells more.
        let within = |part: Span| part.file == span.file && part.start >= span.start && part.end <= span.end;
        let elsewhere = provenance.leaves().into_iter().filter_map(|leaf| leaf.origin());
        for span in elsewhere.filter(|part| !within(*part)).take(4) {
            labels.push(Label { span, message: "worked out from this".to_owned() });
        }
    }
    let message = match (lead, provenance.place()) {
        (0, Some(Place::Default(name))) => format!("{message} (the default of `{name}`)"),
        (0, Some(Place::Input(name))) => format!("{message} (the value of `{name}`)"),
        (0, Some(Place::Module { default_of: Some(name), module })) => {
            format!("{message} (the default of `{name}` in `{module}`)")
        }
        (0, Some(Place::Module { default_of: None, module })) => {
            format!("{message} (set by `{module}`)")
        }
        _ => message.to_owned(),
    };
    Label { span, message }
}

/// Puts the worlds of one rule on one subject together: one raw finding for each primary span and message.
fn fold(rule: &'static Rule, outcomes: Vec<(Region, Option<Located>)>, ground: &dyn Ground) -> Vec<Raw> {
    let total = outcomes.len();
    let mut silent = Vec::new();
    let mut groups: Vec<(Located, Vec<Region>)> = Vec::new();
    let mut firing = 0;
    for (region, located) in outcomes {
        let Some(located) = located else {
            silent.push(region);
            continue;
        };
        firing += 1;
        let same = groups.iter_mut().find(|(have, _)| {
            have.primary.span == located.primary.span && have.finding.message == located.finding.message
        });
        match same {
            Some((have, regions)) => {
                // Another edit in another world would be no mending of this one.
                have.edit.take_if(|edit| located.edit.as_ref() != Some(edit));
                have.way.extend(located.way);
                regions.push(region);
            }
            None => groups.push((located, vec![region])),
        }
    }
    let certain = firing == total;
    groups
        .into_iter()
        .filter_map(|(located, regions)| {
            let own = located.finding.severity.unwrap_or(rule.severity);
            let full = ground.severity(rule, located.primary.span, own)?;
            let severity = if certain { full } else { full.lowered()? };
            let assumptions = if certain { Vec::new() } else { assumptions(&regions, &silent) };
            let mut edit = located.edit;
            if !certain && let Some(edit) = edit.as_mut().filter(|edit| edit.is_safe()) {
                edit.implies = Some(format!(
                    "It holds where the defect does not, too: that is found only when {}.",
                    assumptions.join(" or ")
                ));
            }
            Some(Raw {
                rule,
                edit,
                severity,
                regions,
                primary: located.primary,
                labels: located.labels,
                flow: located.flow,
                finding: located.finding,
                assumptions,
                notes: Vec::new(),
                way: located.way,
                subject: None,
                cluster: None,
                scenario: None,
            })
        })
        .collect()
}

/// The regions in which a rule fires, in words, each freed of terms that make no difference. The entries
/// are alternatives: any of them is enough.
fn assumptions(firing: &[Region], silent: &[Region]) -> Vec<String> {
    let mut clauses: Vec<String> = firing
        .iter()
        .map(|region| {
            let mut needed = region.clone();
            for (atom, _) in region.terms() {
                let mut without = Region::everywhere();
                for (other, term) in needed.terms().filter(|(other, _)| *other != atom) {
                    if let Some(next) = Region::of(other, term.clone()).and_then(|term| without.and(&term)) {
                        without = next;
                    }
                }
                if silent.iter().all(|quiet| quiet.and(&without).is_none()) {
                    needed = without;
                }
            }
            needed.clauses().join(" and ")
        })
        .collect();
    clauses.sort();
    clauses.dedup();
    clauses.truncate(4);
    clauses
}

/// Makes notes of findings that a more precise finding on the same subject and field covers. A winner that
/// is less certain than what it would cover covers nothing.
fn outrank(mut found: Vec<Raw>) -> Vec<Raw> {
    let shares = |a: &Finding, b: &Finding| {
        let fields = |finding: &Finding| {
            std::iter::once(finding.blame)
                .chain(finding.also.iter().map(|(blame, _)| *blame))
                .collect::<Vec<_>>()
        };
        let theirs = fields(b);
        fields(a).iter().any(|field| theirs.contains(field))
    };
    let mut covered: BTreeMap<usize, usize> = BTreeMap::new();
    for (winner, raw) in found.iter().enumerate() {
        for (other, lesser) in found.iter().enumerate() {
            if raw.rule.outranks.contains(&lesser.rule.id)
                && raw.severity >= lesser.severity
                && shares(&raw.finding, &lesser.finding)
            {
                covered.entry(other).or_insert(winner);
            }
        }
    }
    let notes: Vec<(usize, String)> = covered
        .iter()
        .filter_map(|(other, winner)| {
            let mut winner = *winner;
            while let Some(next) = covered.get(&winner) {
                winner = *next;
            }
            let lesser = found.get(*other)?;
            Some((winner, format!("{} ({})", lesser.finding.message, lesser.rule.id)))
        })
        .collect();
    for (winner, note) in notes {
        if let Some(raw) = found.get_mut(winner) {
            raw.notes.push(note);
        }
    }
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !covered.contains_key(&(index - 1))
    });
    found
}

/// A diagnostic names at most so many clusters or pools; of the others it says how many they are.
const MAX_NAMES: usize = 4;

/// One diagnostic for each rule, primary span and message: its pools, scenarios and notes put together.
fn merge(raw: Vec<Raw>) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<(&'static str, Span, String), Vec<Raw>> = BTreeMap::new();
    for raw in raw {
        let key = (raw.rule.id, raw.primary.span, raw.finding.message.clone());
        groups.entry(key).or_default().push(raw);
    }
    groups.into_values().filter_map(diagnostic).collect()
}

fn diagnostic(group: Vec<Raw>) -> Option<Diagnostic> {
    let sorted = |mut strings: Vec<String>| {
        strings.sort();
        strings.dedup();
        strings
    };
    let mut pools: Vec<PoolName> = group.iter().filter_map(|raw| raw.subject.clone()).collect();
    pools.sort();
    pools.dedup();
    let notes = group.iter().flat_map(|raw| raw.notes.clone()).collect();
    // The same mistake may have been found at the cluster and at pools that take their version from it. The
    // cluster's finding speaks for all that are found where it is, since it says what to write there, and when. A
    // pool that exists only there is wrong for certain, which says nothing of the cluster.
    let of_clusters: Vec<Region> = group
        .iter()
        .filter(|raw| raw.cluster.is_some())
        .flat_map(|raw| raw.regions.iter().cloned())
        .collect();
    let is_spoken_for =
        |raw: &Raw| raw.cluster.is_none() && raw.regions.iter().all(|region| region.within(&of_clusters));
    let speaking: Vec<Raw> = match of_clusters.is_empty() {
        true => group,
        false => group.into_iter().filter(|raw| !is_spoken_for(raw)).collect(),
    };
    let agreed = speaking.iter().all(|raw| speaking.first().is_some_and(|first| first.edit == raw.edit));
    let severity = speaking.iter().map(|raw| raw.severity).max()?;
    let (strongest, weaker): (Vec<Raw>, Vec<Raw>) =
        speaking.into_iter().partition(|raw| raw.severity == severity);
    let of_scenarios = strongest.iter().filter_map(|raw| raw.scenario.clone());
    let scenarios = sorted(of_scenarios.collect());
    // The subject is who the lead's words are true of, with its conditions; the others are told behind it.
    let lead = strongest.iter().find(|raw| raw.cluster.is_some()).or(strongest.first())?;
    let is_cluster = lead.cluster.is_some();
    let assumptions = lead.assumptions.clone();
    let (speakers, others): (Vec<Raw>, Vec<Raw>) = strongest
        .into_iter()
        .partition(|raw| raw.cluster.is_some() == is_cluster && raw.assumptions == assumptions);
    let mut subjects: Vec<String> = speakers.iter().filter_map(Raw::name).collect();
    subjects.sort();
    subjects.dedup();
    let further = others.iter().chain(&weaker).filter_map(|raw| {
        let kind = if raw.cluster.is_some() { "cluster" } else { "agent pool" };
        let name = raw.name().filter(|name| !subjects.contains(name))?;
        let when = match raw.assumptions.is_empty() {
            true => String::new(),
            false => format!(", only when {}", raw.assumptions.join(", or when ")),
        };
        Some(format!("{kind} `{name}`{when}"))
    });
    let mut further = sorted(further.collect());
    let more = further.len().saturating_sub(MAX_NAMES);
    further.truncate(MAX_NAMES);
    further.extend((more > 0).then(|| format!("{more} more")));
    let notes = sorted(notes).into_iter().chain(further).collect();
    let lead = speakers.into_iter().next()?;
    let subject = match subjects.len() {
        0 => String::new(),
        count => {
            // Rules say what one of them does.
            let (plural, each) = if count > 1 { ("s", "each ") } else { ("", "") };
            let kind = if is_cluster { "cluster" } else { "agent pool" };
            let mut names: Vec<String> = subjects.iter().map(|name| format!("`{name}`")).collect();
            names.truncate(MAX_NAMES);
            let more = count - names.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            format!("{kind}{plural} {}{more}: {each}", names.join(", "))
        }
    };
    Some(Diagnostic {
        rule: lead.rule.id,
        severity,
        kind: lead.rule.kind,
        message: format!("{subject}{}", lead.finding.message),
        why: lead.finding.why,
        fix: lead.finding.fix,
        edit: lead.edit.filter(|_| agreed),
        primary: lead.primary,
        labels: lead.labels,
        flow: lead.flow,
        pools,
        scenarios,
        assumptions: lead.assumptions,
        notes,
        url: lead.rule.url,
        fingerprint: String::new(),
    })
}

/// A pool's name for people: known, or as much as is certain, or its address.
pub fn pool_name(fleet: &Fleet, pool: &AgentPool) -> PoolName {
    let cluster = pool.cluster.and_then(|index| fleet.clusters.get(index)).map(cluster_name);
    let name = shown_name(pool.fields.get(&PoolField::Name), &pool.writer, &pool.address);
    PoolName { name, address: pool.address.clone(), cluster }
}

/// A cluster's name for people: known, or as much as is certain, or its address.
pub fn cluster_name(cluster: &Cluster) -> String {
    shown_name(cluster.fields.get(&ClusterField::Name), &cluster.writer, &cluster.address)
}

fn shown_name(name: Option<&Value>, writer: &Writer, address: &str) -> String {
    // The addresses of templates are made of names: where parts are not known, the expression that the name is
    // says more at less length.
    let written = || match writer {
        Writer::Arm => expression_of(name?, false),
        Writer::Bicep => expression_of(name?, true),
        _ => None,
    };
    name.and_then(name_of).or_else(written).unwrap_or_else(|| address.to_owned())
}

/// The expression of a name of which nothing is known, as it is written.
fn expression_of(name: &Value, is_bicep: bool) -> Option<String> {
    let Node::Unknown(unknown) = name.single()? else { return None };
    let label = unknown.atom.label();
    let between = |start: &str, end: &str| label.strip_prefix(start)?.strip_suffix(end);
    if let Some(text) = between("'", "'") {
        return Some(text.to_owned());
    }
    // Of a template's expression everybody sees that it is one; what Bicep writes looks like a name.
    let is_token = matches!(unknown.reason, Reason::Placeholder(_));
    Some(if is_bicep && !is_token { format!("${{{}}}", in_bicep(label)) } else { label.to_owned() })
}

/// An expression of a template with its parameters and variables as Bicep names them.
fn in_bicep(expression: &str) -> String {
    let mut text = expression.to_owned();
    for function in ["parameters('", "variables('"] {
        let mut pieces = text.split(function);
        let mut bare = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            match piece.split_once("')") {
                Some((name, rest)) => bare.extend([name, rest]),
                None => bare.extend([function, piece]),
            }
        }
        text = bare;
    }
    text
}

fn name_of(value: &Value) -> Option<String> {
    // The same name may be written in several places, each for some worlds.
    let (first, others) = value.alternatives().split_first()?;
    let is_same = |other: &Alternative| matches!((&first.node, &other.node), (Node::String(one), Node::String(other)) if one == other);
    match &first.node {
        // An empty name says less than an address.
        Node::String(text) if others.iter().all(is_same) => {
            Some(text.to_string()).filter(|text| !text.is_empty())
        }
        Node::Unknown(unknown) if others.is_empty() => unknown
            .certain
            .prefix
            .as_ref()
            .filter(|prefix| !prefix.is_empty())
            .map(|prefix| format!("{prefix}…")),
        _ => beginning_of(value),
    }
}

/// How all of many names begin: a list of them says less.
fn beginning_of(value: &Value) -> Option<String> {
    const FEW: usize = 3;
    if value.alternatives().len() <= FEW {
        return None;
    }
    let mut beginnings = value.alternatives().iter().map(|alternative| match &alternative.node {
        Node::String(text) => Some(&**text),
        Node::Unknown(unknown) => unknown.certain.prefix.as_deref(),
        _ => None,
    });
    let first = beginnings.next()??;
    let shared = beginnings.try_fold(first, |shared, next| {
        let alike = shared.char_indices().zip(next?.chars()).find(|((_, a), b)| a != b);
        let end = alike.map_or(shared.len().min(next?.len()), |((at, _), _)| at);
        shared.get(..end)
    })?;
    (!shared.is_empty()).then(|| format!("{shared}…"))
}

/// What of a fleet is not known: for each pool and field the reason and the place.
pub fn unresolved(fleet: &Fleet) -> Vec<(usize, PoolField, String, Option<Span>)> {
    let mut list = Vec::new();
    for (index, pool) in fleet.pools.iter().enumerate() {
        for (field, value) in &pool.fields {
            for alternative in value.alternatives() {
                if let Node::Unknown(unknown) = &alternative.node {
                    list.push((index, *field, unknown.reason.to_string(), alternative.provenance.origin()));
                    break;
                }
            }
        }
    }
    list
}
