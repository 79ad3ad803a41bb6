//! Resources to the model: one field table for each writer. What several writers share is here.

pub mod arm;
pub mod azapi;
pub mod azurerm;
pub mod terraform;
mod twice;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::Overlays;
use crate::model::{AgentPool, Cluster, ClusterField, Fleet, PoolField};
use crate::resolve::Resource;
use crate::value::{Certain, Node, Provenance, Reason, Value, derived_atom};

/// A pool with what is the same for every pool of a resource, and no fields.
fn pool_of(resource: &Resource, cluster: Option<usize>) -> AgentPool {
    AgentPool {
        address: resource.address.clone(),
        writer: resource.writer.clone(),
        span: resource.span,
        also: Vec::new(),
        scope: resource.scope.clone(),
        entry: resource.entry,
        scenario: resource.scenario.clone(),
        presence: resource.presence.clone(),
        cluster,
        fields: BTreeMap::new(),
        initial_only: Vec::new(),
        facts: Overlays::default(),
    }
}

/// The cluster of a resource. One that stands for many may have pools that are not listed, whatever the
/// writer says.
fn cluster_of(
    resource: &Resource,
    fields: BTreeMap<ClusterField, Value>,
    initial_only: Vec<ClusterField>,
    open: Option<&'static str>,
) -> Cluster {
    let many = resource.presence.many.then_some("the cluster stands for an unknown number of clusters");
    Cluster {
        address: resource.address.clone(),
        writer: resource.writer.clone(),
        span: resource.span,
        scope: resource.scope.clone(),
        scenario: resource.scenario.clone(),
        presence: resource.presence.clone(),
        fields,
        initial_only,
        open: open.or(many).map(Arc::from),
        unlisted: None,
        facts: Overlays::default(),
    }
}

/// Why the pools of a cluster of the SKU `Automatic` are not all of its nodes.
const AUTOMATIC: &str = "an Automatic cluster adds nodes that no pool describes";

/// Notes why a cluster may have pools that are not listed.
fn open(fleet: &mut Fleet, index: usize, reason: &str) {
    if let Some(cluster) = fleet.clusters.get_mut(index) {
        cluster.open.get_or_insert_with(|| Arc::from(reason));
    }
}

/// Whether the value is anything but null in some world.
fn is_something(value: &Value) -> bool {
    value.alternatives().iter().any(|alternative| !matches!(alternative.node, Node::Null(_)))
}

/// The value, or what the writer or the API puts in where it is null.
fn or_default(value: Value, default: Option<&str>) -> Value {
    match default {
        Some(text) => value.or_if_null(&Value::string(text, Provenance::nowhere())),
        None => value,
    }
}

/// What a pool that is made from a snapshot does not say comes from the snapshot, which nobody has read.
fn fill_from_snapshot(fields: &mut BTreeMap<PoolField, Value>, from_it: &[PoolField]) {
    let Some(snapshot) = fields.get(&PoolField::SnapshotId).cloned().filter(is_something) else { return };
    for field in from_it {
        let taken = snapshot.and_then(|alternative| match &alternative.node {
            Node::Null(_) => Value::null(alternative.provenance.clone()),
            _ => {
                let source = Value::new(alternative.node.clone(), alternative.provenance.clone());
                let atom = derived_atom(field.name(), "the snapshot", &[&source], None);
                let reason = Reason::RunTime("the snapshot".into());
                Value::unknown(atom, reason, Certain::default(), alternative.provenance.clone())
            }
        });
        if let Some(value) = fields.get_mut(field) {
            *value = value.or_if_null(&taken);
        }
    }
}
