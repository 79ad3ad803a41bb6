//! Fleets of one pool or cluster, built in memory, for the tests of rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ALL, Context, Rule};
use crate::check;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::Date;
use crate::model::{AgentPool, ClusterField, Fleet, PoolField, Presence, Writer};
use crate::source::{FileId, Span};
use crate::value::{Alternative, Atom, Certain, Node, Provenance, Reason, Region, Scalar, Value};

/// A diagnostic with its places as names of fields.
#[derive(Debug)]
pub(super) struct Found {
    pub rule: &'static str,
    pub severity: Severity,
    pub message: String,
    pub fix: String,
    /// The new value of an edit, and whether it is safe.
    pub edit: Option<(String, bool)>,
    /// The field at the primary span.
    pub at: &'static str,
    /// What the primary label says.
    pub label: String,
    /// The fields at the other labels.
    pub labels: Vec<&'static str>,
    pub assumptions: Vec<String>,
    pub notes: Vec<String>,
    /// How many pools it lists.
    pub pools: usize,
}

/// Spans say which field they belong to: pool fields start at 1,000, cluster fields at 2,000.
fn span(base: usize, field: usize) -> Span {
    Span::new(FileId(0), base + field * 10, base + field * 10 + 5)
}

fn field_at(span: Span) -> &'static str {
    let index = (span.start as usize % 1_000) / 10;
    match span.start / 1_000 {
        1 => PoolField::ALL[index].1,
        2 => ClusterField::ALL[index].1,
        _ => ["the pool", "the cluster"][index],
    }
}

fn pool_field(name: &str) -> PoolField {
    PoolField::ALL.iter().find(|(_, have)| *have == name).map(|(field, _)| *field).expect(name)
}

fn cluster_field(name: &str) -> ClusterField {
    ClusterField::ALL.iter().find(|(_, have)| *have == name).map(|(field, _)| *field).expect(name)
}

fn unknown(name: &str, certain: Certain, at: Span) -> Value {
    let reason = Reason::NoValue(Arc::from(name));
    Value::unknown(Atom::new(name, format!("var.{name}")), reason, certain, Provenance::written(at))
}

/// Both branches lie at the same place; where they lie makes no difference to a rule.
fn either(condition: &str, then: &str, otherwise: &str, at: Span) -> Value {
    let atom = Atom::boolean(condition, condition);
    let alternative = |literal, text| Alternative {
        region: Region::is(&atom, Scalar::Bool(literal)).unwrap(),
        node: Node::string(text),
        provenance: Provenance::written(at),
    };
    Value::from_alternatives(vec![alternative(true, then), alternative(false, otherwise)])
}

fn run(fleet: &Fleet, rules: &[&'static Rule], as_of: Date) -> Vec<Found> {
    let context = Context { as_of, retirement_horizon_days: 180 };
    let outcome = check::run(fleet, rules, &context, &Bare);
    assert_eq!(outcome.beyond_bounds, []);
    outcome.diagnostics.into_iter().map(found).collect()
}

fn found(diagnostic: Diagnostic) -> Found {
    Found {
        rule: diagnostic.rule,
        severity: diagnostic.severity,
        message: diagnostic.message,
        fix: diagnostic.fix,
        edit: diagnostic.edit.map(|edit| (edit.replacements[0].text.clone(), edit.is_safe())),
        at: field_at(diagnostic.primary.span),
        label: diagnostic.primary.message,
        labels: diagnostic.labels.iter().map(|label| field_at(label.span)).collect(),
        assumptions: diagnostic.assumptions,
        notes: diagnostic.notes,
        pools: diagnostic.pools.len(),
    }
}

fn today() -> Date {
    Date::parse("2026-11-20").unwrap()
}

/// A pool of a cluster that is not known.
pub(super) struct Pool {
    pool: AgentPool,
    as_of: Date,
}

impl Pool {
    /// A Linux pool: nothing but a name is written.
    pub fn linux() -> Pool {
        let pool = AgentPool {
            address: "pool".to_owned(),
            writer: Writer::Arm,
            span: span(0, 0),
            also: Vec::new(),
            scope: Arc::from(""),
            entry: None,
            scenario: None,
            presence: Presence::always(),
            cluster: None,
            fields: BTreeMap::new(),
            initial_only: Vec::new(),
            facts: Default::default(),
        };
        Pool { pool, as_of: today() }.with("name", "pool")
    }

    /// A Windows pool.
    pub fn windows() -> Pool {
        Pool::linux().with("os_type", "Windows")
    }

    fn set(mut self, field: &str, value: impl FnOnce(Span) -> Value) -> Pool {
        let field = pool_field(field);
        self.pool.fields.insert(field, value(span(1_000, field as usize)));
        self
    }

    pub fn with(self, field: &str, text: &str) -> Pool {
        self.set(field, |at| Value::string(text, Provenance::written(at)))
    }

    /// A value that the writer forces: it is written nowhere.
    pub fn forced(self, field: &str, text: &str) -> Pool {
        self.set(field, |_| Value::string(text, Provenance::nowhere()))
    }

    pub fn unknown(self, field: &str) -> Pool {
        self.certain(field, Certain::default())
    }

    pub fn certain(self, field: &str, certain: Certain) -> Pool {
        self.set(field, |at| unknown(field, certain, at))
    }

    pub fn either(self, field: &str, condition: &str, then: &str, otherwise: &str) -> Pool {
        self.set(field, |at| either(condition, then, otherwise, at))
    }

    pub fn header(self, name: &str, value: &str) -> Pool {
        self.set("request_headers", |at| {
            let value = Value::string(value, Provenance::written(at));
            Value::new(Node::map(BTreeMap::from([(Arc::from(name), value)])), Provenance::written(at))
        })
    }

    pub fn writer(mut self, writer: Writer) -> Pool {
        self.pool.writer = writer;
        self
    }

    pub fn initial_only(mut self, field: &str) -> Pool {
        self.pool.initial_only.push(pool_field(field));
        self
    }

    pub fn on(mut self, date: &str) -> Pool {
        self.as_of = Date::parse(date).unwrap();
        self
    }

    fn run(self, rules: &[&'static Rule]) -> Vec<Found> {
        run(&Fleet { pools: vec![self.pool], ..Fleet::default() }, rules, self.as_of)
    }

    /// The one finding of this rule.
    pub fn only(self, rule: &'static Rule) -> Found {
        only(self.run(&[rule]))
    }

    /// Asserts that this rule finds nothing.
    pub fn silent(self, rule: &'static Rule) {
        silent(self.run(&[rule]));
    }

    /// What all rules find, advice apart.
    pub fn all(self) -> Vec<Found> {
        let mut found = self.run(ALL);
        found.retain(|found| found.severity > Severity::Info);
        found
    }
}

/// A cluster, with or without pools.
pub(super) struct Cluster {
    cluster: crate::model::Cluster,
    pools: Vec<AgentPool>,
    as_of: Date,
}

impl Cluster {
    /// A cluster of which nothing but the name is written.
    pub fn new() -> Cluster {
        let cluster = crate::model::Cluster {
            address: "cluster".to_owned(),
            writer: Writer::Arm,
            span: span(0, 1),
            scope: Arc::from(""),
            scenario: None,
            presence: Presence::always(),
            fields: BTreeMap::new(),
            initial_only: Vec::new(),
            facts: Default::default(),
            open: None,
            unlisted: None,
        };
        Cluster { cluster, pools: Vec::new(), as_of: today() }.with("name", "cluster")
    }

    fn set(mut self, field: &str, value: impl FnOnce(Span) -> Value) -> Cluster {
        let field = cluster_field(field);
        self.cluster.fields.insert(field, value(span(2_000, field as usize)));
        self
    }

    pub fn with(self, field: &str, text: &str) -> Cluster {
        self.set(field, |at| Value::string(text, Provenance::written(at)))
    }

    pub fn unknown(self, field: &str) -> Cluster {
        self.set(field, |at| unknown(field, Certain::default(), at))
    }

    pub fn either(self, field: &str, condition: &str, then: &str, otherwise: &str) -> Cluster {
        self.set(field, |at| either(condition, then, otherwise, at))
    }

    pub fn initial_only(mut self, field: &str) -> Cluster {
        self.cluster.initial_only.push(cluster_field(field));
        self
    }

    pub fn pool(mut self, pool: Pool) -> Cluster {
        self.pools.push(AgentPool { cluster: Some(0), ..pool.pool });
        self
    }

    pub fn on(mut self, date: &str) -> Cluster {
        self.as_of = Date::parse(date).unwrap();
        self
    }

    fn run(self, rules: &[&'static Rule]) -> Vec<Found> {
        let mut fleet = Fleet { clusters: vec![self.cluster], pools: self.pools, ..Fleet::default() };
        fleet.inherit();
        run(&fleet, rules, self.as_of)
    }

    /// The one finding of this rule.
    pub fn only(self, rule: &'static Rule) -> Found {
        only(self.run(&[rule]))
    }

    /// Asserts that this rule finds nothing.
    pub fn silent(self, rule: &'static Rule) {
        silent(self.run(&[rule]));
    }
}

fn only(mut found: Vec<Found>) -> Found {
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = found.remove(0);
    assert!(!found.message.ends_with('.') && found.fix.ends_with('.'), "{found:#?}");
    found
}

fn silent(found: Vec<Found>) {
    assert!(found.is_empty(), "{found:#?}");
}

/// Everything may be edited, and nobody configured anything.
struct Bare;

impl check::Ground for Bare {
    fn editable(&self, _: Span) -> bool {
        true
    }

    fn literal(&self, _: Span, _: &str, to: &str) -> Option<String> {
        Some(to.to_owned())
    }

    fn severity(&self, _: &Rule, _: Span, own: Severity) -> Option<Severity> {
        Some(own)
    }

    fn suppression(&self, _: &check::Subject<'_>) -> Option<crate::diagnostic::Suppression> {
        None
    }

    fn clusters(&self, _: Span) -> Option<Vec<String>> {
        None
    }

    fn horizon(&self, _: Span) -> i64 {
        180
    }

    fn turned(&self) -> Option<&Fleet> {
        None
    }
}
