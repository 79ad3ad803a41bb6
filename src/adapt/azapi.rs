//! The azapi provider: ARM bodies written in Terraform. The only Terraform route to request headers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arm;
use super::azurerm::ignores;
use super::{cluster_of, is_something, or_default, pool_of};
use crate::model::{AgentPool, Cluster, ClusterField, PoolField};
use crate::resolve::Resource;
use crate::value::{Map, Node, Provenance, Value, ops};

/// What an azapi resource defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defines {
    /// A managed cluster.
    Cluster,
    /// An agent pool.
    Pool,
}

/// What a resource defines by its `type`, which may be computed; `None` if that is neither or not certain.
pub fn defines(resource: &Resource) -> Option<Defines> {
    if !resource.kind.starts_with("azapi_") {
        return None;
    }
    let kind = ops::member(&resource.body, "type", false);
    let mut found: Option<Defines> = None;
    for alternative in kind.alternatives() {
        let text = match &alternative.node {
            Node::String(text) => text.clone(),
            // `"Microsoft.ContainerService/managedClusters@${var.version}"` says enough.
            Node::Unknown(unknown) => unknown.certain.prefix.clone().filter(|prefix| prefix.contains('@'))?,
            _ => return None,
        };
        let name = text.split('@').next().unwrap_or("").to_ascii_lowercase();
        let this = match &*name {
            "microsoft.containerservice/managedclusters" => Defines::Cluster,
            "microsoft.containerservice/managedclusters/agentpools" => Defines::Pool,
            _ => return None,
        };
        if found.is_some_and(|found| found != this) {
            return None;
        }
        found = Some(this);
    }
    found
}

/// The `properties` of the body, `sensitive_body`'s over it.
fn properties(resource: &Resource) -> Value {
    ops::member(&ops::member(&resource.body, "body", false), "properties", true)
}

/// The body with the name and location that azapi writes beside it.
fn whole_body(resource: &Resource) -> Value {
    let body = ops::member(&resource.body, "body", false);
    let (name, location) =
        (ops::member(&resource.body, "name", false), ops::member(&resource.body, "location", false));
    body.and_then(|alternative| match &alternative.node {
        Node::Map(map) => {
            let mut map = Map::clone(map);
            for (key, value) in [("name", &name), ("location", &location)] {
                if is_something(value) {
                    map.entries.insert(Arc::from(key), value.clone());
                }
            }
            Value::new(Node::Map(Arc::new(map)), alternative.provenance.clone())
        }
        node => Value::new(node.clone(), alternative.provenance.clone()),
    })
}

/// The cluster of an `azapi_resource` and the pools in its body. `index` is the cluster's place in the fleet.
pub fn cluster(resource: &Resource, index: usize) -> (Cluster, Vec<AgentPool>) {
    let body = whole_body(resource);
    let fields = arm::cluster_fields(&body);
    let (profiles, unlisted) = arm::profiles(&body, &resource.presence);
    let open = arm::provisions_nodes(&fields).or(unlisted);
    let initial_only = if ignores_body(resource, "kubernetesVersion") {
        vec![ClusterField::KubernetesVersion]
    } else {
        Vec::new()
    };
    let cluster = cluster_of(resource, fields, initial_only, open);
    let pools = profiles
        .into_iter()
        .enumerate()
        .map(|(position, profile)| {
            let mut fields = arm::pool_fields(&profile.properties);
            let name = ops::member(&profile.properties, "name", true);
            if is_something(&name) {
                fields.insert(PoolField::Name, name);
            }
            AgentPool {
                address: format!("{}.agentPoolProfiles[{position}]", resource.address),
                span: profile.span.unwrap_or(resource.span),
                presence: profile.presence,
                fields: with_headers(fields, resource),
                ..plain(resource, Some(index))
            }
        })
        .collect();
    (cluster, pools)
}

/// The pool of an `azapi_resource`.
pub fn pool(resource: &Resource, cluster: Option<usize>) -> AgentPool {
    let mut fields = arm::pool_fields(&properties(resource));
    let name = ops::member(&resource.body, "name", false);
    if is_something(&name) {
        fields.insert(PoolField::Name, name);
    }
    let mode = fields.remove(&PoolField::Mode).unwrap_or_else(|| Value::null(Provenance::nowhere()));
    fields.insert(PoolField::Mode, or_default(mode, Some("User")));
    AgentPool { fields: with_headers(fields, resource), ..plain(resource, cluster) }
}

fn plain(resource: &Resource, cluster: Option<usize>) -> AgentPool {
    let initial_only = if ignores_body(resource, "orchestratorVersion") {
        vec![PoolField::OrchestratorVersion]
    } else {
        Vec::new()
    };
    AgentPool { initial_only, ..pool_of(resource, cluster) }
}

fn ignores_body(resource: &Resource, property: &str) -> bool {
    ignores(resource, &format!("body.properties.{property}"))
}

/// The headers that are sent when the resource is created; those of later updates count where none are.
fn with_headers(mut fields: BTreeMap<PoolField, Value>, resource: &Resource) -> BTreeMap<PoolField, Value> {
    let create = ops::member(&resource.body, "create_headers", false);
    let headers = create.or_if_null(&ops::member(&resource.body, "update_headers", false));
    if is_something(&headers) {
        fields.insert(PoolField::RequestHeaders, headers);
    }
    fields
}

/// Puts the body of an `azapi_update_resource` over a cluster.
pub fn patch_cluster(resource: &Resource, cluster: &mut Cluster) {
    let body = ops::member(&resource.body, "body", false);
    for (field, value) in arm::cluster_fields(&body) {
        if let Some(value) = patched(value, cluster.fields.get(&field)) {
            cluster.fields.insert(field, value);
            cluster.initial_only.retain(|initial| *initial != field);
        }
    }
}

/// Puts the body of an `azapi_update_resource` over a pool.
pub fn patch_pool(resource: &Resource, pool: &mut AgentPool) {
    for (field, value) in arm::pool_fields(&properties(resource)) {
        if let Some(value) = patched(value, pool.fields.get(&field)) {
            pool.fields.insert(field, value);
            pool.initial_only.retain(|initial| *initial != field);
        }
    }
    pool.also.push(resource.span);
}

/// A patch's value where it is written, what was there before where it is not. Defaults patch nothing.
fn patched(value: Value, before: Option<&Value>) -> Option<Value> {
    let is_written = |value: &Value| value.provenance().origin().is_some();
    if !is_something(&value) || !is_written(&value) {
        return None;
    }
    let nothing = Value::null(Provenance::nowhere());
    Some(value.or_if_null(before.unwrap_or(&nothing)))
}
