//! ARM resources to the model: templates, and the bodies of azapi and Bicep, which have the same names.
//!
//! Source of the names: the types of `Microsoft.ContainerService/managedClusters` and `.../agentPools`,
//! API version 2026-05-01. The service matches property names without case.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::twice::{countable, join, same_fields};
use super::{AUTOMATIC, cluster_of, fill_from_snapshot, is_something, open, or_default, pool_of};
use crate::model::{AgentPool, Cluster, ClusterField, Fleet, PoolField, Presence, Unlisted};
use crate::resolve::Resource;
use crate::resolve::arm::{AGENT_POOLS, MANAGED_CLUSTERS, Resolved, readable};
use crate::source::Span;
use crate::value::{
    Alternative, Certain, Node, Place, Provenance, Reason, Region, Unknown, Value, derived_atom, ops,
};

/// Properties of a pool, from `agentPoolProfiles[]` or from `properties` of a pool of its own.
const POOL: &[(PoolField, &[&str])] = &[
    (PoolField::Name, &["name"]),
    (PoolField::Mode, &["mode"]),
    (PoolField::Type, &["type"]),
    (PoolField::OsType, &["osType"]),
    (PoolField::OsSku, &["osSKU"]),
    (PoolField::VmSize, &["vmSize"]),
    (PoolField::Count, &["count"]),
    (PoolField::EnableAutoScaling, &["enableAutoScaling"]),
    (PoolField::MinCount, &["minCount"]),
    (PoolField::MaxCount, &["maxCount"]),
    (PoolField::OrchestratorVersion, &["orchestratorVersion"]),
    (PoolField::AvailabilityZones, &["availabilityZones"]),
    (PoolField::MaxPods, &["maxPods"]),
    (PoolField::OsDiskType, &["osDiskType"]),
    (PoolField::OsDiskSizeGb, &["osDiskSizeGB"]),
    (PoolField::KubeletDiskType, &["kubeletDiskType"]),
    (PoolField::NodeLabels, &["nodeLabels"]),
    (PoolField::NodeTaints, &["nodeTaints"]),
    (PoolField::ScaleSetPriority, &["scaleSetPriority"]),
    (PoolField::ScaleSetEvictionPolicy, &["scaleSetEvictionPolicy"]),
    (PoolField::SpotMaxPrice, &["spotMaxPrice"]),
    (PoolField::EnableFips, &["enableFIPS"]),
    (PoolField::EnableEncryptionAtHost, &["enableEncryptionAtHost"]),
    (PoolField::EnableUltraSsd, &["enableUltraSSD"]),
    (PoolField::EnableNodePublicIp, &["enableNodePublicIP"]),
    (PoolField::GpuInstanceProfile, &["gpuInstanceProfile"]),
    (PoolField::GpuDriver, &["gpuProfile", "driver"]),
    (PoolField::WorkloadRuntime, &["workloadRuntime"]),
    (PoolField::EnableVtpm, &["securityProfile", "enableVTPM"]),
    (PoolField::EnableSecureBoot, &["securityProfile", "enableSecureBoot"]),
    (PoolField::VnetSubnetId, &["vnetSubnetID"]),
    (PoolField::PodSubnetId, &["podSubnetID"]),
    (PoolField::MaxSurge, &["upgradeSettings", "maxSurge"]),
    (PoolField::MaxUnavailable, &["upgradeSettings", "maxUnavailable"]),
    (PoolField::DrainTimeoutInMinutes, &["upgradeSettings", "drainTimeoutInMinutes"]),
    (PoolField::UndrainableNodeBehavior, &["upgradeSettings", "undrainableNodeBehavior"]),
    (PoolField::KubeletConfig, &["kubeletConfig"]),
    (PoolField::LinuxOsConfig, &["linuxOSConfig"]),
    (PoolField::ScaleDownMode, &["scaleDownMode"]),
    (PoolField::SnapshotId, &["creationData", "sourceResourceId"]),
    (PoolField::HostGroupId, &["hostGroupID"]),
    (PoolField::CapacityReservationGroupId, &["capacityReservationGroupID"]),
    (PoolField::ProximityPlacementGroupId, &["proximityPlacementGroupID"]),
];

/// Properties of a cluster, from the whole resource.
const CLUSTER: &[(ClusterField, &[&str])] = &[
    (ClusterField::Name, &["name"]),
    (ClusterField::Location, &["location"]),
    (ClusterField::KubernetesVersion, &["properties", "kubernetesVersion"]),
    (ClusterField::SkuName, &["sku", "name"]),
    (ClusterField::SkuTier, &["sku", "tier"]),
    (ClusterField::SupportPlan, &["properties", "supportPlan"]),
    (ClusterField::AutoUpgradeChannel, &["properties", "autoUpgradeProfile", "upgradeChannel"]),
    (ClusterField::NodeOsUpgradeChannel, &["properties", "autoUpgradeProfile", "nodeOSUpgradeChannel"]),
    (ClusterField::NetworkPlugin, &["properties", "networkProfile", "networkPlugin"]),
    (ClusterField::NetworkPluginMode, &["properties", "networkProfile", "networkPluginMode"]),
    (ClusterField::NetworkDataplane, &["properties", "networkProfile", "networkDataplane"]),
    (ClusterField::NetworkPolicy, &["properties", "networkProfile", "networkPolicy"]),
    (ClusterField::PodCidr, &["properties", "networkProfile", "podCidr"]),
    (ClusterField::ServiceCidr, &["properties", "networkProfile", "serviceCidr"]),
    (ClusterField::DnsServiceIp, &["properties", "networkProfile", "dnsServiceIP"]),
    (ClusterField::OutboundType, &["properties", "networkProfile", "outboundType"]),
    (ClusterField::WindowsProfile, &["properties", "windowsProfile"]),
    (ClusterField::GmsaProfile, &["properties", "windowsProfile", "gmsaProfile"]),
    (ClusterField::NodeProvisioningMode, &["properties", "nodeProvisioningProfile", "mode"]),
];

/// The API's constant default of a pool's OS type, whoever writes it.
const OS_TYPE: &str = "Linux";
/// The API's constant default of the mode of a pool that is a resource of its own. In `agentPoolProfiles`
/// the mode has to be written, for there must be a System pool among them.
const MODE: &str = "User";

/// The fields of a pool, from its properties. Fields that are null in every world are left out; constants
/// of the API are put in. For `agentPools` bodies the caller adds the name, which is no property there.
pub fn pool_fields(properties: &Value) -> BTreeMap<PoolField, Value> {
    let mut fields: BTreeMap<PoolField, Value> =
        POOL.iter().map(|(field, path)| (*field, part_at(properties, path))).collect();
    let sizes = sizes_of_virtual_machines(properties);
    if is_something(&sizes)
        && let Some(size) = fields.get_mut(&PoolField::VmSize)
    {
        *size = size.or_if_null(&sizes);
    }
    let from_it = [PoolField::OsType, PoolField::OsSku, PoolField::VmSize, PoolField::OrchestratorVersion];
    fill_from_snapshot(&mut fields, &from_it);
    if let Some(value) = fields.get_mut(&PoolField::OsType) {
        *value = value.or_if_null(&Value::string(OS_TYPE, Provenance::nowhere()));
    }
    fields.retain(|_, value| is_something(value));
    fields
}

/// The fields of a cluster, from the whole resource: `name`, `location`, `sku`, `properties`. Fields that
/// are null in every world are left out.
pub fn cluster_fields(body: &Value) -> BTreeMap<ClusterField, Value> {
    CLUSTER
        .iter()
        .map(|(field, path)| (*field, part_at(body, path)))
        .filter(|(_, value)| is_something(value))
        .collect()
}

/// Where a field of a pool stands in its properties, the names put together with dots.
pub(super) fn pool_path(field: PoolField) -> Option<String> {
    POOL.iter().find(|(have, _)| *have == field).map(|(_, path)| path.join("."))
}

/// Where a field of a cluster stands in the whole resource.
pub(super) fn cluster_path(field: ClusterField) -> Option<String> {
    CLUSTER.iter().find(|(have, _)| *have == field).map(|(_, path)| path.join("."))
}

/// A pool in a cluster's `agentPoolProfiles`.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The element.
    pub properties: Value,
    /// Where it exists, within the worlds of its cluster.
    pub presence: Presence,
    /// A line that shows it: its name where that is written in it, else the element.
    pub span: Option<Span>,
}

/// The pools in a cluster's `agentPoolProfiles`.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    /// Those that are known to be there.
    pub found: Vec<Profile>,
    /// Why there may be more.
    pub open: Option<&'static str>,
    /// What those hang on of which no element stands for the others.
    pub unlisted: Option<Unlisted>,
}

/// Reads the pools in a cluster's `agentPoolProfiles`. `presence` is the cluster's.
pub fn profiles(body: &Value, presence: &Presence) -> Profiles {
    let list = part_at(body, &["properties", "agentPoolProfiles"]);
    let mut found: Vec<Profile> = Vec::new();
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut open = None;
    let mut unlisted: Option<Unlisted> = None;
    for alternative in list.alternatives() {
        let list = match &alternative.node {
            Node::List(list) => list,
            Node::Null(_) => continue,
            node => {
                open = Some("its agentPoolProfiles are not known");
                if let Node::Unknown(unknown) = node {
                    unlisted.get_or_insert_with(|| why_unlisted(unknown, alternative));
                }
                continue;
            }
        };
        if let Some(unknown) = &list.open {
            open = Some("its agentPoolProfiles are not all known");
            // An element that is there in some worlds only is one that a loop makes of all the others.
            if list.items.iter().all(is_there_always) {
                unlisted.get_or_insert_with(|| why_unlisted(unknown, alternative));
            }
        }
        let here: Vec<Region> =
            presence.regions.iter().filter_map(|region| region.and(&alternative.region)).collect();
        for item in &list.items {
            let item = item.clone().through(&alternative.provenance);
            let there: Vec<&Alternative> =
                item.alternatives().iter().filter(|a| !matches!(a.node, Node::Null(_))).collect();
            let own: Vec<Region> = there.iter().map(|a| a.region.clone()).collect();
            let always = Region::everywhere().within(&own);
            let regions: Vec<Region> = if always {
                here.clone()
            } else {
                here.iter().flat_map(|a| own.iter().filter_map(|b| a.and(b))).collect()
            };
            if regions.is_empty() {
                continue;
            }
            // One element stands for all of a list that is not known.
            let many = presence.many || (list.open.is_some() && !always);
            // The same element in several alternatives of the list is one pool.
            let identity = derived_atom("profile", "", &[&item], None).key().to_owned();
            let alike = alike.entry(identity).or_default();
            let is_elsewhere = |index: &&usize| {
                found.get(**index).is_some_and(|profile| disjoint(&profile.presence.regions, &regions))
            };
            if let Some(same) = alike.iter().find(is_elsewhere).and_then(|index| found.get_mut(*index)) {
                same.presence.regions.extend(regions);
                continue;
            }
            alike.push(found.len());
            let properties = Value::from_alternatives(there.into_iter().cloned().collect());
            let span = header(&properties);
            found.push(Profile { properties, presence: Presence { regions, many }, span });
        }
    }
    Profiles { found, open, unlisted }
}

fn is_there_always(item: &Value) -> bool {
    let there = item.alternatives().iter().filter(|a| !matches!(a.node, Node::Null(_)));
    Region::everywhere().within(&there.map(|a| a.region.clone()).collect::<Vec<_>>())
}

fn why_unlisted(unknown: &Unknown, list: &Alternative) -> Unlisted {
    Unlisted { reason: unknown.reason.clone(), span: list.provenance.origin() }
}

/// Why a cluster may have nodes that belong to no pool that is written: node auto-provisioning and
/// Automatic clusters make their own.
pub fn provisions_nodes(fields: &BTreeMap<ClusterField, Value>) -> Option<&'static str> {
    let may_be = |field, text: &str| {
        fields.get(&field).is_some_and(|value| {
            value.alternatives().iter().any(|alternative| match &alternative.node {
                Node::String(have) => have.eq_ignore_ascii_case(text),
                Node::Null(_) => false,
                _ => true,
            })
        })
    };
    if may_be(ClusterField::SkuName, "Automatic") {
        Some(AUTOMATIC)
    } else if may_be(ClusterField::NodeProvisioningMode, "Auto") {
        Some("node auto-provisioning adds nodes that no pool describes")
    } else {
        None
    }
}

/// Adds the clusters and pools of ARM templates. A pool that is written in its cluster and as a resource
/// of its own is one pool, of which the resource decides. What is deployed twice by the same lines is one.
pub fn adapt(resolved: &Resolved, fleet: &mut Fleet) {
    let first = fleet.clusters.len();
    let mut adapter = Adapter {
        fleet,
        clusters: BTreeMap::new(),
        others: BTreeMap::new(),
        profiles: BTreeMap::new(),
        separate: BTreeMap::new(),
    };
    of_kind(resolved, MANAGED_CLUSTERS).for_each(|resource| adapter.add_cluster(resource));
    of_kind(resolved, AGENT_POOLS).for_each(|resource| adapter.add_pool(resource));
    for unresolved in &resolved.unresolved {
        let of_root = format!("{}|", unresolved.root);
        for cluster in fleet.clusters.iter_mut().skip(first) {
            if cluster.scope.starts_with(&of_root) && cluster.scenario == unresolved.scenario {
                cluster.open.get_or_insert_with(|| {
                    Arc::from("a deployment whose template is not read may add pools")
                });
            }
        }
    }
}

/// What clusters are found by: scope, scenario, and the identity of the name.
type ClusterKey = (Arc<str>, Option<Arc<str>>, String);

/// Puts together what templates say of clusters and pools in several places. Clusters and pools are numbered as they lie
/// in the fleet; names are identities of values, since few are plain text.
struct Adapter<'f> {
    fleet: &'f mut Fleet,
    /// Of clusters of one name, the first.
    clusters: BTreeMap<ClusterKey, usize>,
    /// The others, each in worlds of its own.
    others: BTreeMap<ClusterKey, Vec<usize>>,
    /// The pools that are written in clusters, by cluster and name.
    profiles: BTreeMap<(usize, String), usize>,
    /// The pools that are resources of their own, by cluster and name.
    separate: BTreeMap<(ClusterKey, String), Vec<Separate>>,
}

/// A pool that was met as a resource of its own.
struct Separate {
    /// What the resource says, and where it is there.
    fields: BTreeMap<PoolField, Value>,
    presence: Presence,
    /// Where it went: into the pool that its cluster writes, or a new one.
    pool: usize,
    /// What its cluster writes of it.
    profile: Option<AgentPool>,
}

impl Adapter<'_> {
    /// Adds a cluster with the pools that are written in it.
    fn add_cluster(&mut self, resource: &Resource) {
        let index = self.fleet.clusters.len();
        let name = identity(&ops::member(&resource.body, "name", true));
        let key = (resource.scope.clone(), resource.scenario.clone(), name);
        let first = *self.clusters.entry(key.clone()).or_insert(index);
        let fields = cluster_fields(&resource.body);
        let Profiles { found: profiles, open, unlisted } = profiles(&resource.body, &resource.presence);
        let open = provisions_nodes(&fields).or(open);
        if first < index && again(self.fleet, first, resource, &fields, &profiles) {
            return;
        }
        if first < index {
            self.others.entry(key).or_default().push(index);
        }
        self.fleet.clusters.push(Cluster { unlisted, ..cluster_of(resource, fields, Vec::new(), open) });
        for profile in profiles {
            let fields = pool_fields(&profile.properties);
            let name =
                fields.get(&PoolField::Name).cloned().unwrap_or_else(|| Value::null(Provenance::nowhere()));
            self.profiles.entry((index, identity(&name))).or_insert(self.fleet.pools.len());
            self.fleet.pools.push(AgentPool {
                address: format!("{}/{}", resource.address, readable(&name)),
                span: profile.span.unwrap_or(resource.span),
                presence: profile.presence,
                fields,
                ..pool_of(resource, Some(index))
            });
        }
    }

    /// Adds a pool that is a resource of its own, or what it says to the pool that its cluster writes.
    fn add_pool(&mut self, resource: &Resource) {
        let parent = ops::member(&resource.body, "parent", true);
        let key = (resource.scope.clone(), resource.scenario.clone(), identity(&parent));
        let cluster = self.clusters.get(&key).copied();
        let name = ops::member(&resource.body, "name", true);
        let own = identity(&name);
        let mut fields = pool_fields(&ops::member(&resource.body, "properties", true));
        fields.insert(PoolField::Name, name);
        let mode = fields.remove(&PoolField::Mode).unwrap_or_else(|| Value::null(Provenance::nowhere()));
        fields.insert(PoolField::Mode, or_default(mode, Some(MODE)));
        if let (Some(first), Some(others)) = (cluster, self.others.get(&key)) {
            let null = Value::null(Provenance::nowhere());
            let own = fields.remove(&PoolField::OrchestratorVersion).unwrap_or(null);
            let version = own.or_if_null(&version_of(self.fleet, first, others));
            fields.insert(PoolField::OrchestratorVersion, version);
        }
        let pool = AgentPool { fields, ..pool_of(resource, cluster) };
        self.open_for(&pool, &parent, resource);
        let profile = cluster.and_then(|index| self.profiles.get(&(index, own.clone())).copied());
        let before = self.separate.entry((key, own)).or_default();
        if let Some(same) = before.iter().find(|separate| separate.is_again(&pool)) {
            if let Some(same) = self.fleet.pools.get_mut(same.pool) {
                join(&mut same.presence, &pool.presence);
            }
            return;
        }
        // Another one in the same worlds is deployed at another time, over what the cluster says.
        let apart = before.iter().all(|other| disjoint(&other.presence.regions, &pool.presence.regions));
        let under = match profile {
            Some(index) if before.is_empty() => self.fleet.pools.get(index).cloned(),
            _ => before.first().and_then(|first| first.profile.clone()),
        };
        let index = profile.filter(|_| apart).unwrap_or(self.fleet.pools.len());
        let (fields, presence) = (pool.fields.clone(), pool.presence.clone());
        before.push(Separate { fields, presence, pool: index, profile: under.clone() });
        match (self.fleet.pools.get_mut(index), under) {
            (Some(written), _) => merge(pool, written),
            (None, Some(mut written)) => {
                merge(pool, &mut written);
                self.fleet.pools.push(written);
            }
            (None, None) => self.fleet.pools.push(pool),
        }
    }

    /// Marks the clusters that may have more pools than are written because of this one.
    fn open_for(&mut self, pool: &AgentPool, parent: &Value, resource: &Resource) {
        match pool.cluster {
            Some(index) if pool.presence.many => {
                open(self.fleet, index, "a pool stands for an unknown number of pools");
            }
            Some(_) => {}
            // It may belong to any cluster of its deployment, unless it names another one.
            None if parent.is_wholly_known() && is_something(parent) => {}
            None => {
                for ((scope, scenario, _), index) in &self.clusters {
                    if *scope == resource.scope && *scenario == resource.scenario {
                        open(self.fleet, *index, "a pool whose cluster is not known may be its");
                    }
                }
            }
        }
    }
}

impl Separate {
    /// Whether a pool is this one, deployed again by the same lines.
    fn is_again(&self, pool: &AgentPool) -> bool {
        countable(&self.presence, &pool.presence) && same_fields(&self.fields, &pool.fields)
    }
}

/// The Kubernetes version of whichever of several clusters there is.
fn version_of(fleet: &Fleet, first: usize, others: &[usize]) -> Value {
    let null = Value::null(Provenance::nowhere());
    let mut rest = vec![Region::everywhere()];
    let mut alternatives: Vec<Alternative> = Vec::new();
    for cluster in std::iter::once(&first).chain(others).filter_map(|index| fleet.clusters.get(*index)) {
        let version = cluster.fields.get(&ClusterField::KubernetesVersion).unwrap_or(&null);
        for region in &cluster.presence.regions {
            for here in rest.iter().filter_map(|rest| rest.and(region)) {
                alternatives
                    .extend(version.within(&here).iter().flat_map(|value| value.alternatives().to_vec()));
            }
            rest = rest.iter().flat_map(|piece| piece.minus(region)).collect();
        }
    }
    alternatives.extend(
        rest.iter().filter_map(|rest| null.within(rest)).flat_map(|value| value.alternatives().to_vec()),
    );
    Value::from_alternatives(alternatives)
}

/// Whether a cluster is the one at `first`, deployed again. Then the latter is there where either is, and so are its
/// pools.
fn again(
    fleet: &mut Fleet,
    first: usize,
    resource: &Resource,
    fields: &BTreeMap<ClusterField, Value>,
    profiles: &[Profile],
) -> bool {
    let Some(cluster) = fleet.clusters.get_mut(first) else { return false };
    let mut own: Vec<&mut AgentPool> =
        fleet.pools.iter_mut().filter(|pool| pool.cluster == Some(first)).collect();
    let is_same = countable(&cluster.presence, &resource.presence)
        && same_fields(&cluster.fields, fields)
        && own.len() == profiles.len()
        && own.iter().zip(profiles).all(|(pool, profile)| {
            countable(&pool.presence, &profile.presence)
                && same_fields(&pool.fields, &pool_fields(&profile.properties))
        });
    if is_same {
        join(&mut cluster.presence, &resource.presence);
        for (pool, profile) in own.iter_mut().zip(profiles) {
            join(&mut pool.presence, &profile.presence);
        }
    }
    is_same
}

fn of_kind<'r>(resolved: &'r Resolved, kind: &'static str) -> impl Iterator<Item = &'r Resource> {
    resolved.resources.iter().filter(move |resource| resource.kind.eq_ignore_ascii_case(kind))
}

/// Puts a pool that is a resource of its own over the same pool in its cluster.
fn merge(over: AgentPool, under: &mut AgentPool) {
    let mut fields = BTreeMap::new();
    for (field, _) in PoolField::ALL {
        let above = over.fields.get(field);
        // A constant default is not written, so it overrides nothing.
        let above = above.filter(|value| value.provenance().use_span().is_some());
        let value = match (above, under.fields.get(field)) {
            (Some(above), below) => Some(overlay(above, &over.presence.regions, below)),
            (None, Some(below)) => Some(below.clone()),
            (None, None) => over.fields.get(field).cloned(),
        };
        if let Some(value) = value.filter(is_something) {
            fields.insert(*field, value);
        }
    }
    let mut presence = under.presence.clone();
    join(&mut presence, &over.presence);
    let mut also = vec![under.span];
    also.append(&mut under.also);
    *under = AgentPool { also, presence, fields, ..over };
}

/// `above` where it is there and not null, else `below`.
pub(super) fn overlay(above: &Value, regions: &[Region], below: Option<&Value>) -> Value {
    let null = Value::null(Provenance::nowhere());
    let below = below.unwrap_or(&null);
    let both = above.or_if_null(below);
    let mut rest = vec![Region::everywhere()];
    let mut alternatives: Vec<Alternative> = Vec::new();
    for region in regions {
        alternatives.extend(both.within(region).into_iter().flat_map(|value| value.alternatives().to_vec()));
        rest = rest.iter().flat_map(|piece| piece.minus(region)).collect();
    }
    for region in &rest {
        alternatives.extend(below.within(region).into_iter().flat_map(|value| value.alternatives().to_vec()));
    }
    Value::from_alternatives(alternatives)
}

/// The part at the end of a path, `name.name`: null where there is none.
fn part_at(value: &Value, path: &[&str]) -> Value {
    ops::member_at(value, path, true)
}

/// What tells names apart: their text without case, or which unknown they are.
pub(super) fn identity(name: &Value) -> String {
    match name.as_str() {
        Some(text) => text.to_ascii_lowercase(),
        None => derived_atom("name", "", &[name], None).key().to_owned(),
    }
}

fn disjoint(a: &[Region], b: &[Region]) -> bool {
    a.iter().all(|a| b.iter().all(|b| a.and(b).is_none()))
}

/// A line that shows an element: its name, where that is written inside the element.
fn header(properties: &Value) -> Option<Span> {
    let whole = properties.provenance().origin()?;
    let name = ops::member(properties, "name", true).provenance();
    let inside = |span: &Span| span.file == whole.file && whole.start <= span.start && span.end <= whole.end;
    let written = !matches!(name.place(), Some(Place::Missing) | None);
    name.origin().filter(|span| written && inside(span)).or(Some(whole))
}

/// The size of a pool of virtual machines, which lists its sizes elsewhere: known if there is only one.
fn sizes_of_virtual_machines(properties: &Value) -> Value {
    let scale = part_at(properties, &["virtualMachinesProfile", "scale"]);
    scale.and_then(|alternative| {
        let here = Value::new(alternative.node.clone(), alternative.provenance.clone());
        let unknown = || {
            let atom = derived_atom("vm-sizes", "virtualMachinesProfile.scale", &[&here], None);
            let reason = Reason::Unsupported("a pool of several VM sizes".into());
            Value::unknown(atom, reason, Certain::default(), alternative.provenance.clone())
        };
        match &alternative.node {
            Node::Null(_) => Value::null(alternative.provenance.clone()),
            _ => match part_at(&here, &["manual"]).single() {
                Some(Node::List(list)) => match (list.items.as_slice(), &list.open) {
                    ([only], None) => part_at(only, &["size"]),
                    _ => unknown(),
                },
                _ => unknown(),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::arm::{Input, resolve, tree};
    use crate::source::FileId;
    use crate::syntax::json;
    use crate::world::{MAX_WORLDS, Mentions, explore};

    /// The fleet that a template with these resources deploys, and the template's text.
    fn fleet(resources: &str) -> (Fleet, String) {
        let text = format!(
            r#"{{"contentVersion": "1.0.0.0", "parameters": {{"win": {{"type": "bool"}}, "list": {{"type": "array"}},
                "n": {{"type": "string"}}}}, "resources": [{resources}]}}"#
        );
        let (root, errors) = json::parse(FileId(0), &text);
        assert_eq!(errors, []);
        let root = tree::template(root.unwrap());
        let resolved = resolve(&[Input { path: "t.json", template: &root, parameter_files: vec![] }]);
        assert_eq!(resolved.problems, []);
        let mut fleet = Fleet::default();
        adapt(&resolved, &mut fleet);
        (fleet, text)
    }

    fn cluster(name: &str, properties: &str) -> String {
        format!(r#"{{"type": "Microsoft.ContainerService/managedClusters", "name": "{name}", {properties}}}"#)
    }

    fn pool(name: &str, properties: &str) -> String {
        format!(
            r#"{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "name": "{name}", "properties": {{{properties}}}}}"#
        )
    }

    fn text(pool: &AgentPool, field: PoolField) -> Option<&str> {
        pool.fields.get(&field).and_then(Value::as_str)
    }

    fn covered(text: &str, span: Span) -> &str {
        &text[span.start as usize..span.end as usize]
    }

    #[test]
    fn every_field_of_the_model_that_arm_can_express_has_its_spelling_once() {
        let missing: Vec<_> = PoolField::ALL
            .iter()
            .filter(|(f, _)| POOL.iter().filter(|(have, _)| have == f).count() != 1)
            .collect();
        // Request headers are no part of a body.
        assert_eq!(missing, [&(PoolField::RequestHeaders, "request_headers")]);
        for (field, name) in ClusterField::ALL {
            assert_eq!(CLUSTER.iter().filter(|(have, _)| have == field).count(), 1, "{name}");
        }
    }

    #[test]
    fn names_of_properties_compare_without_case_and_lead_into_objects() {
        let (fleet, source) = fleet(&cluster(
            "aks",
            r#""sku": {"Tier": "Standard"}, "properties": {"KubernetesVersion": "1.33", "agentpoolprofiles": [
               {"name": "np", "OSSku": "AzureLinux", "upgradesettings": {"maxsurge": "33%"}}]}"#,
        ));
        let [pool] = fleet.pools.as_slice() else { panic!() };
        assert_eq!(text(pool, PoolField::OsSku), Some("AzureLinux"));
        assert_eq!(text(pool, PoolField::MaxSurge), Some("33%"));
        assert_eq!(text(pool, PoolField::OsType), Some("Linux"));
        assert_eq!(text(pool, PoolField::Mode), None);
        assert_eq!((pool.address.as_str(), pool.cluster), ("aks/np", Some(0)));
        assert_eq!(covered(&source, pool.span), "\"np\"");
        let cluster = &fleet.clusters[0];
        assert_eq!(cluster.fields[&ClusterField::SkuTier].as_str(), Some("Standard"));
        assert_eq!(cluster.fields[&ClusterField::KubernetesVersion].as_str(), Some("1.33"));
        assert_eq!(cluster.open, None);
    }

    #[test]
    fn a_pool_written_inline_and_separately_is_one_and_the_resource_decides() {
        let (fleet, source) = fleet(&format!(
            "{}, {}",
            cluster(
                "aks",
                r#""properties": {"agentPoolProfiles": [{"name": "np", "mode": "System", "vmSize": "A", "osSKU": "Ubuntu"}]}"#
            ),
            pool("AKS/NP", r#""vmSize": "B""#)
        ));
        let [pool] = fleet.pools.as_slice() else { panic!("{:?}", fleet.pools) };
        assert_eq!(text(pool, PoolField::VmSize), Some("B"));
        assert_eq!(text(pool, PoolField::OsSku), Some("Ubuntu"));
        assert_eq!(text(pool, PoolField::Mode), Some("System"));
        assert_eq!(covered(&source, pool.span), "\"Microsoft.ContainerService/managedClusters/agentPools\"");
        assert_eq!(pool.also.iter().map(|span| covered(&source, *span)).collect::<Vec<_>>(), ["\"np\""]);
    }

    /// Calls of a module with a cluster, a pool in it and another one of its own, `count` times each.
    fn calls(count: usize, sizes: &[&str]) -> String {
        let module = format!(
            r#"{{"contentVersion": "1.0.0.0", "parameters": {{"size": {{"type": "string"}}}}, "resources": [{}, {}]}}"#,
            cluster("aks", r#""properties": {"agentPoolProfiles": [{"name": "np"}, {"name": "sys"}]}"#),
            pool("aks/np", r#""vmSize": "[parameters('size')]""#)
        );
        let call = |(index, size): (usize, &&str)| {
            format!(
                r#"{{"type": "Microsoft.Resources/deployments", "name": "[format('call{index}-{{0}}', copyIndex())]",
                    "copy": {{"name": "call", "count": {count}}}, "properties": {{
                    "expressionEvaluationOptions": {{"scope": "inner"}}, "template": {module},
                    "parameters": {{"size": {{"value": "{size}"}}}}}}}}"#
            )
        };
        sizes.iter().enumerate().map(call).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn what_is_deployed_again_by_the_same_lines_is_deployed_once() {
        let (fleet, source) = fleet(&calls(2, &["A"]));
        let [np, sys] = fleet.pools.as_slice() else { panic!("{:?}", fleet.pools) };
        assert_eq!(fleet.clusters.len(), 1);
        assert_eq!((text(np, PoolField::Name), text(sys, PoolField::Name)), (Some("np"), Some("sys")));
        assert_eq!((text(np, PoolField::VmSize), np.cluster, sys.cluster), (Some("A"), Some(0), Some(0)));
        assert!(np.presence.is_always() && sys.presence.is_always());
        assert_eq!(np.also.iter().map(|span| covered(&source, *span)).collect::<Vec<_>>(), ["\"np\""]);
    }

    #[test]
    fn what_is_deployed_again_with_other_values_or_from_other_lines_is_kept() {
        let sizes = |sizes: &[&str]| {
            let (fleet, _) = fleet(&calls(2, sizes));
            let sizes =
                fleet.pools.iter().filter_map(|pool| text(pool, PoolField::VmSize).map(str::to_owned));
            sizes.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(sizes(&["[string(copyIndex())]"]), "0 1");
        assert_eq!(sizes(&["A", "B"]), "A B");
        assert_eq!(sizes(&["A", "A"]), "A A");
    }

    #[test]
    fn a_separate_pool_defaults_to_user_mode_and_finds_its_cluster_by_the_same_unknown_name() {
        let (fleet, _) = fleet(&format!(
            "{}, {}",
            cluster("[parameters('n')]", r#""properties": {}"#),
            pool("[format('{0}/win', parameters('n'))]", r#""osType": "Windows""#)
        ));
        let [pool] = fleet.pools.as_slice() else { panic!() };
        assert_eq!(pool.cluster, Some(0));
        assert_eq!(text(pool, PoolField::Mode), Some("User"));
        assert_eq!(text(pool, PoolField::Name), Some("win"));
        assert_eq!(pool.address, "{parameters('n')}/win");
    }

    #[test]
    fn a_pool_finds_its_cluster_however_the_name_is_put_together() {
        let name = "[format('{0}-{1}', parameters('n'), uniqueString(resourceGroup().id))]";
        for of_pool in [
            "[format('{0}/win', format('{0}-{1}', parameters('n'), uniqueString(resourceGroup().id)))]",
            "[concat(parameters('n'), '-', uniqueString(resourceGroup().id), '/win')]",
            "[concat(concat(parameters('n'), '-'), uniqueString(resourceGroup().id), '/', 'win')]",
            "[format('{0}-{2}/{1}', parameters('n'), 'win', uniqueString(resourceGroup().id))]",
        ] {
            let cluster = cluster(name, r#""properties": {}"#);
            let (fleet, _) = fleet(&format!("{cluster}, {}", pool(of_pool, "")));
            assert_eq!(fleet.pools[0].cluster, Some(0), "{of_pool}");
        }
        for of_other in [
            "[concat(parameters('n'), uniqueString(resourceGroup().id), '/win')]",
            "[concat(parameters('n'), '-', uniqueString(resourceGroup().id, 'x'), '/win')]",
            "[concat(uniqueString(resourceGroup().id), '-', parameters('n'), '/win')]",
        ] {
            let cluster = cluster(name, r#""properties": {}"#);
            let (fleet, _) = fleet(&format!("{cluster}, {}", pool(of_other, "")));
            assert_eq!(fleet.pools[0].cluster, None, "{of_other}");
        }
    }

    #[test]
    fn a_pool_has_the_version_of_whichever_of_two_clusters_there_is() {
        let clusters = |first: &str, second: &str| {
            let of = |condition: &str, version: &str| {
                let properties = format!(
                    r#""condition": {condition}, "properties": {{"kubernetesVersion": "{version}"}}"#
                );
                cluster("aks", &properties)
            };
            let (mut fleet, _) =
                fleet(&format!("{}, {}, {}", of(first, "1.33"), of(second, "1.34"), pool("aks/np", "")));
            fleet.inherit();
            let version = &fleet.pools[0].fields[&PoolField::OrchestratorVersion];
            let shown = version.alternatives().iter().map(|alternative| {
                let node = alternative.node.scalar().map_or("?".to_owned(), |scalar| scalar.to_string());
                format!("{node} {}", alternative.region.clauses().join(" and "))
            });
            shown.collect::<Vec<_>>()
        };
        let win = "`parameters('win')` is";
        assert_eq!(
            clusters("\"[parameters('win')]\"", "\"[not(parameters('win'))]\""),
            [format!("\"1.33\" {win} true"), format!("\"1.34\" {win} false")]
        );
        // Where there is none of them, it is there already.
        let n = "`parameters('n')` is";
        assert_eq!(
            clusters("\"[equals(parameters('n'), 'a')]\"", "\"[equals(parameters('n'), 'b')]\""),
            [
                format!("\"1.33\" {n} \"a\""),
                format!("\"1.34\" {n} \"b\""),
                format!("? {n} not \"a\" or \"b\"")
            ]
        );
    }

    #[test]
    fn a_pool_of_another_cluster_is_not_linked_and_one_of_an_unknown_cluster_leaves_the_list_open() {
        let (other, _) =
            fleet(&format!("{}, {}", cluster("aks", r#""properties": {}"#), pool("else/np", "")));
        assert_eq!((other.pools[0].cluster, other.clusters[0].open.as_deref()), (None, None));
        let unknown = pool("[concat(parameters('n'), '/np')]", "");
        let (unknown, _) = fleet(&format!("{}, {unknown}", cluster("aks", r#""properties": {}"#)));
        assert_eq!(unknown.pools[0].cluster, None);
        assert_eq!(unknown.clusters[0].open.as_deref(), Some("a pool whose cluster is not known may be its"));
    }

    #[test]
    fn a_conditional_list_gives_each_pool_the_worlds_in_which_it_is_listed() {
        let (fleet, _) = fleet(&cluster(
            "aks",
            r#""properties": {"agentPoolProfiles": "[concat(createArray(createObject('name', 'sys')), if(parameters('win'), createArray(createObject('name', 'win')), createArray()))]"}"#,
        ));
        let pools: Vec<_> = fleet
            .pools
            .iter()
            .map(|pool| (text(pool, PoolField::Name).unwrap(), pool.presence.is_always()))
            .collect();
        assert_eq!(pools, [("sys", true), ("win", false)]);
        assert_eq!(fleet.pools[1].presence.regions[0].clauses(), ["`parameters('win')` is true"]);
        assert_eq!(fleet.clusters[0].open, None);
    }

    #[test]
    fn an_unknown_list_is_open_and_one_pool_stands_for_its_elements() {
        let (fleet, _) = fleet(&cluster(
            "aks",
            r#""properties": {"agentPoolProfiles": "[map(parameters('list'), lambda('p', createObject('name', lambdaVariables('p').name, 'osSKU', 'Windows2019')))]"}"#,
        ));
        let [pool] = fleet.pools.as_slice() else { panic!() };
        assert!(pool.presence.many);
        let sku = &pool.fields[&PoolField::OsSku];
        let outcomes = explore(&Mentions::default(), MAX_WORLDS, |world| {
            world.enter(&pool.presence.regions);
            world.resolve(sku).and_then(|alternative| alternative.node.scalar())
        })
        .unwrap();
        assert_eq!(outcomes.len(), 1);
        assert_eq!(outcomes[0].1, Some(crate::value::Scalar::string("Windows2019")));
        assert_eq!(fleet.clusters[0].open.as_deref(), Some("its agentPoolProfiles are not all known"));
    }

    #[test]
    fn clusters_that_make_nodes_of_their_own_are_open() {
        for (properties, reason) in [
            (r#""sku": {"name": "automatic"}, "properties": {}"#, Some(AUTOMATIC)),
            (
                r#""properties": {"nodeProvisioningProfile": {"mode": "Auto"}}"#,
                Some("node auto-provisioning adds nodes that no pool describes"),
            ),
            (
                r#""properties": {"nodeProvisioningProfile": {"mode": "[parameters('n')]"}}"#,
                Some("node auto-provisioning adds nodes that no pool describes"),
            ),
            (r#""properties": {"nodeProvisioningProfile": {"mode": "Manual"}}"#, None),
        ] {
            let (fleet, _) = fleet(&cluster("aks", properties));
            assert_eq!(fleet.clusters[0].open.as_deref(), reason, "{properties}");
        }
    }

    #[test]
    fn a_deployment_that_is_not_read_leaves_the_lists_open() {
        let linked = r#"{"type": "Microsoft.Resources/deployments", "name": "l", "properties": {"templateLink": {"uri": "https://x/y.json"}}}"#;
        let (fleet, _) = fleet(&format!("{}, {linked}", cluster("aks", r#""properties": {}"#)));
        assert_eq!(
            fleet.clusters[0].open.as_deref(),
            Some("a deployment whose template is not read may add pools")
        );
    }

    #[test]
    fn what_a_snapshot_says_is_not_known() {
        let (fleet, _) =
            fleet(&pool("a/b", r#""creationData": {"sourceResourceId": "/subscriptions/0"}, "vmSize": "A""#));
        let state = |field| match fleet.pools[0].fields.get(&field).and_then(Value::single) {
            Some(Node::Unknown(_)) => "unknown",
            Some(_) => "known",
            None => "unset",
        };
        assert_eq!(state(PoolField::VmSize), "known");
        assert_eq!(state(PoolField::OsSku), "unknown");
        assert_eq!(state(PoolField::OsType), "unknown");
    }

    #[test]
    fn a_pool_of_virtual_machines_has_a_size_if_it_has_one_only() {
        let sizes = |list: &str| {
            let profile = format!(
                r#""type": "VirtualMachines", "virtualMachinesProfile": {{"scale": {{"manual": {list}}}}}"#
            );
            let (fleet, _) = fleet(&pool("a/b", &profile));
            match fleet.pools[0].fields.get(&PoolField::VmSize).and_then(Value::single) {
                Some(Node::String(text)) => text.to_string(),
                other => format!("{:?}", other.map(|_| "unknown")),
            }
        };
        assert_eq!(sizes(r#"[{"size": "A", "count": 2}]"#), "A");
        assert_eq!(sizes(r#"[{"size": "A"}, {"size": "B"}]"#), "Some(\"unknown\")");
    }

    #[test]
    fn pools_of_other_services_are_not_ours() {
        let (fleet, _) = fleet(
            r#"{"type": "Microsoft.ContainerService/openShiftManagedClusters", "name": "o",
                "properties": {"agentPoolProfiles": [{"name": "x", "vmSize": "A"}]}}"#,
        );
        assert!(fleet.pools.is_empty() && fleet.clusters.is_empty());
    }
}
