//! The azapi provider: ARM bodies written in Terraform. The only Terraform route to request headers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arm;
use super::azurerm::ignores;
use super::{cluster_of, is_something, or_default, pool_of};
use crate::model::{AgentPool, Cluster, ClusterField, PoolField};
use crate::resolve::Resource;
use crate::value::{Atom, Certain, Map, Node, Provenance, Reason, Value, ops};

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

/// The `properties` of the body.
fn properties(resource: &Resource) -> Value {
    ops::member(&body(resource), "properties", true)
}

/// The body, `sensitive_body`'s parts over it.
fn body(resource: &Resource) -> Value {
    let plain = ops::member(&resource.body, "body", false);
    let secret = ops::member(&resource.body, "sensitive_body", false);
    if is_something(&secret) { laid_over(&secret, &plain) } else { plain }
}

/// One object over another, part by part.
fn laid_over(above: &Value, below: &Value) -> Value {
    match (above.single(), below.single()) {
        (Some(Node::Map(over)), Some(Node::Map(under))) => {
            let mut map = Map::clone(under);
            for (name, value) in &over.entries {
                let value = match map.entries.get(name) {
                    Some(have) => laid_over(value, have),
                    None => value.clone(),
                };
                map.entries.insert(name.clone(), value);
            }
            map.open = map.open.or_else(|| over.open.clone());
            Value::new(Node::Map(Arc::new(map)), below.provenance())
        }
        _ => above.or_if_null(below),
    }
}

/// The body with the name and location that azapi writes beside it.
fn whole_body(resource: &Resource) -> Value {
    let body = body(resource);
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
    let arm::Profiles { found, open, unlisted } = arm::profiles(&body, &resource.presence);
    let open = arm::provisions_nodes(&fields).or(open);
    let is_ignored = |field: &ClusterField| {
        arm::cluster_path(*field).is_some_and(|path| match path.as_str() {
            "name" | "location" => ignores(resource, &path),
            path => ignores_body(resource, path),
        })
    };
    let initial_only = fields.keys().copied().filter(is_ignored).collect();
    let cluster = Cluster { unlisted, ..cluster_of(resource, fields, initial_only, open) };
    let pools = found
        .into_iter()
        .enumerate()
        .map(|(position, profile)| {
            let mut fields = arm::pool_fields(&profile.properties);
            let name = ops::member(&profile.properties, "name", true);
            if is_something(&name) {
                fields.insert(PoolField::Name, name);
            }
            let fields = with_headers(fields, resource);
            AgentPool {
                address: format!("{}.agentPoolProfiles[{position}]", resource.address),
                span: profile.span.unwrap_or(resource.span),
                presence: profile.presence,
                initial_only: ignored(resource, "properties.agentPoolProfiles", &fields),
                fields,
                ..pool_of(resource, Some(index))
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
    let fields = with_headers(fields, resource);
    let initial_only = ignored(resource, "properties", &fields);
    AgentPool { initial_only, fields, ..pool_of(resource, cluster) }
}

/// The fields of which later changes are ignored. `at` is where the pool's properties are in the body.
fn ignored(resource: &Resource, at: &str, fields: &BTreeMap<PoolField, Value>) -> Vec<PoolField> {
    let is_ignored = |field: &PoolField| match (field, arm::pool_path(*field)) {
        (PoolField::RequestHeaders, _) => ignores(resource, "create_headers"),
        (PoolField::Name, _) => ignores(resource, "name"),
        (_, Some(path)) => ignores_body(resource, &format!("{at}.{path}")),
        (_, None) => false,
    };
    fields.keys().copied().filter(is_ignored).collect()
}

/// Whether changes of a part of the body are ignored: by Terraform, or by the provider's own
/// `ignore_body_changes`, a list of paths.
fn ignores_body(resource: &Resource, path: &str) -> bool {
    let listed = ops::member(&resource.body, "ignore_body_changes", false);
    let is_above = |ignored: &str| {
        path.strip_prefix(ignored).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let by_provider = match listed.single() {
        Some(Node::List(list)) => list.items.iter().filter_map(Value::as_str).any(is_above),
        _ => false,
    };
    by_provider || ignores(resource, &format!("body.{path}"))
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

/// Whether a resource changes what another one defines: an update, or an action that is no more than a request to
/// write. The provider's default method is POST, which asks the service to do something.
pub fn is_patch(resource: &Resource) -> bool {
    let text = |name: &str| ops::member(&resource.body, name, false);
    match &*resource.kind {
        "azapi_update_resource" => true,
        "azapi_resource_action" => {
            let method = text("method");
            let writes = method.as_str().is_some_and(|method| {
                ["PUT", "PATCH"].iter().any(|writing| method.eq_ignore_ascii_case(writing))
            });
            let action = text("action");
            let at_once = text("when").as_str().is_none_or(|when| when == "apply");
            writes
                && at_once
                && (!is_something(&action) || action.as_str().is_some_and(|text| text.is_empty()))
        }
        _ => false,
    }
}

/// Puts the body of a patch over a cluster.
pub fn patch_cluster(resource: &Resource, cluster: &mut Cluster) {
    for (field, value) in arm::cluster_fields(&body(resource)) {
        if let Some(value) = patched(value, field.name(), resource, cluster.fields.get(&field)) {
            cluster.fields.insert(field, value);
            cluster.initial_only.retain(|initial| *initial != field);
        }
    }
}

/// Puts the body of a patch over a pool.
pub fn patch_pool(resource: &Resource, pool: &mut AgentPool) {
    for (field, value) in arm::pool_fields(&properties(resource)) {
        if let Some(value) = patched(value, field.name(), resource, pool.fields.get(&field)) {
            pool.fields.insert(field, value);
            pool.initial_only.retain(|initial| *initial != field);
        }
    }
    pool.also.push(resource.span);
}

/// A patch's value where it is written and the patch exists, what was there before where not. Defaults patch
/// nothing. A patch that stands for an unknown number of patches may be none at all.
fn patched(value: Value, field: &str, resource: &Resource, before: Option<&Value>) -> Option<Value> {
    let is_written = |value: &Value| value.provenance().origin().is_some();
    if !is_something(&value) || !is_written(&value) {
        return None;
    }
    let value = match resource.presence.many {
        true => Value::unknown(
            Atom::new(format!("{}?{field}", resource.address), format!("{field} after {}", resource.address)),
            Reason::Unsupported(Arc::from(format!("whether there is an instance of `{}`", resource.address))),
            Certain::default(),
            value.provenance(),
        ),
        false => value,
    };
    Some(arm::overlay(&value, &resource.presence.regions, before))
}
