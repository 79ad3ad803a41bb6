//! A Terraform configuration's resources to clusters and pools: which provider writes them, which pool belongs
//! to which cluster, and what one resource patches of another.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{arm, azapi, azurerm, is_something, open};
use crate::model::{AgentPool, Cluster, ClusterField, Fleet, PoolField};
use crate::resolve::{Resource, Unread};
use crate::value::{Node, Provenance, Value, ops};

/// What an id refers to, an index into the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Cluster(usize),
    Pool(usize),
}

/// Ids by deployment, scenario and atom: an id is known only after deployment, but `T.name.id` is the same
/// unknown wherever it is used.
#[derive(Default)]
struct Ids(BTreeMap<Id, Target>);

/// Deployment, scenario, atom.
type Id = (Arc<str>, Option<Arc<str>>, String);

impl Ids {
    fn insert(&mut self, resource: &Resource, target: Target) {
        let key = (resource.scope.clone(), resource.scenario.clone(), format!("{}.id", resource.address));
        self.0.insert(key, target);
    }

    fn get(&self, resource: &Resource, atom: &str) -> Option<Target> {
        self.0.get(&(resource.scope.clone(), resource.scenario.clone(), atom.to_owned())).copied()
    }

    /// The one thing that an id refers to in all its alternatives.
    fn find(&self, resource: &Resource, id: &Value) -> Option<Target> {
        let mut found: Option<Target> = None;
        for alternative in id.alternatives() {
            let Node::Unknown(unknown) = &alternative.node else { return None };
            let this = self.get(resource, unknown.atom.key())?;
            if found.is_some_and(|found| found != this) {
                return None;
            }
            found = Some(this);
        }
        found
    }
}

/// Adds the clusters and pools that the resources define.
pub fn adapt(resources: &[Resource], fleet: &mut Fleet) {
    let mut ids = Ids::default();
    for resource in resources {
        let index = fleet.clusters.len();
        match (&*resource.kind, azapi::defines(resource)) {
            ("azurerm_kubernetes_cluster", _) => {
                ids.insert(resource, Target::Cluster(index));
                let (old, unlisted) = azurerm::old_pools(resource, index);
                let cluster = azurerm::cluster(resource);
                let open =
                    cluster.open.or_else(|| unlisted.as_ref().map(|_| "its pools are not known".into()));
                fleet.clusters.push(Cluster { open, unlisted, ..cluster });
                fleet.pools.extend(azurerm::default_pool(resource, index));
                fleet.pools.extend(old);
            }
            ("azurerm_kubernetes_automatic_cluster", _) => {
                ids.insert(resource, Target::Cluster(index));
                fleet.clusters.push(azurerm::automatic_cluster(resource));
            }
            ("azapi_resource", Some(azapi::Defines::Cluster)) => {
                ids.insert(resource, Target::Cluster(index));
                let (cluster, pools) = azapi::cluster(resource, index);
                fleet.clusters.push(cluster);
                fleet.pools.extend(pools);
            }
            _ => {}
        }
    }
    for resource in resources {
        let (link, is_azurerm) = match (&*resource.kind, azapi::defines(resource)) {
            ("azurerm_kubernetes_cluster_node_pool", _) => ("kubernetes_cluster_id", true),
            ("azapi_resource", Some(azapi::Defines::Pool)) => ("parent_id", false),
            _ => continue,
        };
        let id = ops::member(&resource.body, link, false);
        let cluster = match meant(resource, &id, &ids, fleet) {
            Some(Target::Cluster(index)) => Some(index),
            _ => None,
        };
        ids.insert(resource, Target::Pool(fleet.pools.len()));
        let pool = if is_azurerm { azurerm::pool(resource, cluster) } else { azapi::pool(resource, cluster) };
        match cluster {
            Some(index) if pool.presence.many => {
                open(fleet, index, "a pool stands for an unknown number of pools");
            }
            Some(_) => {}
            None => open_all(fleet, resource, "a pool whose cluster is not known may be its"),
        }
        fleet.pools.push(pool);
    }
    for resource in resources.iter().filter(|resource| azapi::is_patch(resource)) {
        match target(resource, &ids, fleet) {
            Some(Target::Cluster(index)) => {
                if let Some(cluster) = fleet.clusters.get_mut(index) {
                    azapi::patch_cluster(resource, cluster);
                }
            }
            Some(Target::Pool(index)) => {
                if let Some(pool) = fleet.pools.get_mut(index) {
                    azapi::patch_pool(resource, pool);
                }
            }
            None => {}
        }
    }
}

/// Opens the clusters that what is not read may add pools to.
pub fn open_unread(unread: &[Unread], fleet: &mut Fleet) {
    for unread in unread {
        for cluster in &mut fleet.clusters {
            let is_given = |clusters: &BTreeSet<String>| clusters.contains(&cluster.address);
            if cluster.scope == unread.scope
                && cluster.scenario == unread.scenario
                && unread.clusters.as_ref().is_none_or(is_given)
            {
                cluster.open.get_or_insert_with(|| unread.reason.clone());
            }
        }
    }
}

/// What a patch changes: what its `resource_id` refers to, or what has its `name` below its `parent_id`.
fn target(resource: &Resource, ids: &Ids, fleet: &Fleet) -> Option<Target> {
    let argument = |name: &str| ops::member(&resource.body, name, false);
    let (id, parent, name) = (argument("resource_id"), argument("parent_id"), argument("name"));
    if is_something(&id) {
        return meant(resource, &id, ids, fleet);
    }
    match meant(resource, &parent, ids, fleet) {
        Some(Target::Cluster(cluster)) => pool_named(fleet, cluster, &name).map(Target::Pool),
        // The parent of a cluster is a resource group, whose id says nothing that helps here.
        _ if azapi::defines(resource) == Some(azapi::Defines::Cluster) && is_something(&name) => {
            let wanted = arm::identity(&name);
            cluster_where(resource, fleet, |have| arm::identity(have) == wanted).map(Target::Cluster)
        }
        _ => None,
    }
}

/// What an id means: a resource's own id, that of a cluster with the path of a pool behind it, or one whose end is
/// written and names a cluster.
fn meant(resource: &Resource, id: &Value, ids: &Ids, fleet: &Fleet) -> Option<Target> {
    if let Some(found) = ids.find(resource, id) {
        return Some(found);
    }
    match id.single()? {
        Node::String(id) => named(resource, fleet, id),
        Node::Unknown(unknown) => {
            let end = unknown.certain.suffix.as_deref()?;
            let base = unknown.certain.base.as_deref().and_then(|base| ids.get(resource, base));
            match (base, end.split('/').collect::<Vec<_>>().as_slice()) {
                (Some(Target::Cluster(cluster)), ["", kind, name])
                    if kind.eq_ignore_ascii_case("agentPools") =>
                {
                    let name = Value::string(*name, Provenance::nowhere());
                    pool_named(fleet, cluster, &name).map(Target::Pool)
                }
                _ => named(resource, fleet, end),
            }
        }
        _ => None,
    }
}

/// What a written id names: `…/managedClusters/NAME` or `…/managedClusters/NAME/agentPools/NAME`.
fn named(resource: &Resource, fleet: &Fleet, id: &str) -> Option<Target> {
    let parts: Vec<&str> = id.split('/').collect();
    let after = |word: &str| {
        let at = parts.iter().position(|part| part.eq_ignore_ascii_case(word))?;
        parts.get(at + 1).copied()
    };
    let cluster_name = after("managedClusters")?;
    let is_it = |have: &Value| have.as_str().is_some_and(|have| have.eq_ignore_ascii_case(cluster_name));
    let cluster = cluster_where(resource, fleet, is_it)?;
    match after("agentPools") {
        Some(pool) => {
            pool_named(fleet, cluster, &Value::string(pool, Provenance::nowhere())).map(Target::Pool)
        }
        None => Some(Target::Cluster(cluster)),
    }
}

/// The one cluster of the resource's deployment and scenario whose name is the one that is looked for.
fn cluster_where(resource: &Resource, fleet: &Fleet, is_it: impl Fn(&Value) -> bool) -> Option<usize> {
    let mut found = fleet.clusters.iter().enumerate().filter(|(_, cluster)| {
        cluster.scope == resource.scope
            && cluster.scenario == resource.scenario
            && cluster.fields.get(&ClusterField::Name).is_some_and(&is_it)
    });
    let (index, _) = found.next()?;
    found.next().is_none().then_some(index)
}

fn pool_named(fleet: &Fleet, cluster: usize, name: &Value) -> Option<usize> {
    let wanted = arm::identity(name);
    let is_it = |pool: &AgentPool| {
        pool.cluster == Some(cluster)
            && pool.fields.get(&PoolField::Name).is_some_and(|have| arm::identity(have) == wanted)
    };
    is_something(name).then(|| fleet.pools.iter().position(is_it)).flatten()
}

/// Opens every cluster of the resource's deployment.
fn open_all(fleet: &mut Fleet, resource: &Resource, reason: &str) {
    for cluster in &mut fleet.clusters {
        if cluster.scope == resource.scope && cluster.scenario == resource.scenario {
            cluster.open.get_or_insert_with(|| Arc::from(reason));
        }
    }
}
