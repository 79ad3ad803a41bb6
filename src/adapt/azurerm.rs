//! The azurerm provider's resources, versions 1 to 5. Old and new spellings are both read, that of the version
//! first where the configuration says which it is: whether it accepts the other is Terraform's to say. Source of the spellings and defaults: the provider's own schema
//! (hashicorp/terraform-provider-azurerm, `internal/services/containers`), as collected in the field map.

use std::collections::BTreeMap;

use super::{AUTOMATIC, cluster_of, fill_from_snapshot, is_something, or_default, pool_of};
use crate::model::{AgentPool, Cluster, ClusterField, PoolField, Presence, Unlisted, Writer};
use crate::resolve::Resource;
use crate::value::{Alternative, Node, Provenance, Region, Value, ops};

/// Arguments of both pool resources: the field, the spellings, newest first. A name in a nested block follows
/// the block and a dot; with nothing behind the dot it is the block itself.
const POOL: &[(PoolField, &[&str])] = &[
    (PoolField::Name, &["name"]),
    (PoolField::Mode, &["mode"]),
    (PoolField::Type, &["type"]),
    (PoolField::OsType, &["os_type"]),
    (PoolField::OsSku, &["os_sku"]),
    (PoolField::VmSize, &["vm_size"]),
    (PoolField::Count, &["node_count"]),
    (PoolField::EnableAutoScaling, &["auto_scaling_enabled", "enable_auto_scaling"]),
    (PoolField::MinCount, &["min_count"]),
    (PoolField::MaxCount, &["max_count"]),
    (PoolField::OrchestratorVersion, &["orchestrator_version"]),
    (PoolField::AvailabilityZones, &["zones", "availability_zones"]),
    (PoolField::MaxPods, &["max_pods"]),
    (PoolField::OsDiskType, &["os_disk_type"]),
    (PoolField::OsDiskSizeGb, &["os_disk_size_gb"]),
    (PoolField::KubeletDiskType, &["kubelet_disk_type"]),
    (PoolField::NodeLabels, &["node_labels"]),
    (PoolField::NodeTaints, &["node_taints"]),
    (PoolField::ScaleSetPriority, &["priority"]),
    (PoolField::ScaleSetEvictionPolicy, &["eviction_policy"]),
    (PoolField::SpotMaxPrice, &["spot_max_price"]),
    (PoolField::EnableFips, &["fips_enabled"]),
    (PoolField::EnableEncryptionAtHost, &["host_encryption_enabled", "enable_host_encryption"]),
    (PoolField::EnableUltraSsd, &["ultra_ssd_enabled"]),
    (PoolField::EnableNodePublicIp, &["node_public_ip_enabled", "enable_node_public_ip"]),
    (PoolField::GpuInstanceProfile, &["gpu_instance"]),
    (PoolField::GpuDriver, &["gpu_driver"]),
    (PoolField::WorkloadRuntime, &["workload_runtime"]),
    (PoolField::VnetSubnetId, &["vnet_subnet_id"]),
    (PoolField::PodSubnetId, &["pod_subnet_id"]),
    (PoolField::MaxSurge, &["upgrade_settings.max_surge"]),
    (PoolField::MaxUnavailable, &["upgrade_settings.max_unavailable"]),
    (PoolField::DrainTimeoutInMinutes, &["upgrade_settings.drain_timeout_in_minutes"]),
    (PoolField::UndrainableNodeBehavior, &["upgrade_settings.undrainable_node_behavior"]),
    (PoolField::KubeletConfig, &["kubelet_config."]),
    (PoolField::LinuxOsConfig, &["linux_os_config."]),
    (PoolField::ScaleDownMode, &["scale_down_mode"]),
    (PoolField::SnapshotId, &["snapshot_id"]),
    (PoolField::HostGroupId, &["host_group_id"]),
    (PoolField::CapacityReservationGroupId, &["capacity_reservation_group_id"]),
    (PoolField::ProximityPlacementGroupId, &["proximity_placement_group_id"]),
];

/// Arguments of the cluster.
const CLUSTER: &[(ClusterField, &[&str])] = &[
    (ClusterField::Name, &["name"]),
    (ClusterField::Location, &["location"]),
    (ClusterField::KubernetesVersion, &["kubernetes_version"]),
    (ClusterField::SkuTier, &["sku_tier"]),
    (ClusterField::SupportPlan, &["support_plan"]),
    (ClusterField::AutoUpgradeChannel, &["automatic_upgrade_channel", "automatic_channel_upgrade"]),
    (ClusterField::NodeOsUpgradeChannel, &["node_os_upgrade_channel", "node_os_channel_upgrade"]),
    (ClusterField::NetworkPlugin, &["network_profile.network_plugin"]),
    (ClusterField::NetworkPluginMode, &["network_profile.network_plugin_mode"]),
    (
        ClusterField::NetworkDataplane,
        &["network_profile.network_data_plane", "network_profile.ebpf_data_plane"],
    ),
    (ClusterField::NetworkPolicy, &["network_profile.network_policy"]),
    (ClusterField::PodCidr, &["network_profile.pod_cidr"]),
    (ClusterField::ServiceCidr, &["network_profile.service_cidr"]),
    (ClusterField::DnsServiceIp, &["network_profile.dns_service_ip"]),
    (ClusterField::OutboundType, &["network_profile.outbound_type"]),
    (ClusterField::WindowsProfile, &["windows_profile."]),
    (ClusterField::GmsaProfile, &["windows_profile.gmsa"]),
    (ClusterField::NodeProvisioningMode, &["node_provisioning_profile.mode"]),
];

/// What the provider or the API puts in when the argument is missing. azurerm sends `Managed` for the disk
/// type; `sku_tier` and `support_plan` default to the plain ones in its schema.
const POOL_DEFAULTS: &[(PoolField, &str)] =
    &[(PoolField::Mode, "User"), (PoolField::OsType, "Linux"), (PoolField::OsDiskType, "Managed")];
const CLUSTER_DEFAULTS: &[(ClusterField, &str)] =
    &[(ClusterField::SkuTier, "Free"), (ClusterField::SupportPlan, "KubernetesOfficial")];

/// Spellings that came with a major version, which took the older ones away.
const SINCE: &[(&str, u8)] = &[
    ("zones", 3),
    ("auto_scaling_enabled", 4),
    ("host_encryption_enabled", 4),
    ("node_public_ip_enabled", 4),
    ("automatic_upgrade_channel", 4),
    ("node_os_upgrade_channel", 4),
];

/// The provider's major version, where it is known.
fn major(resource: &Resource) -> Option<u8> {
    match resource.writer {
        Writer::Azurerm { major } => major,
        _ => None,
    }
}

/// An argument by its first spelling that is there; a dot leads into the first nested block of that type. The
/// spelling of the provider's version counts before others.
fn argument(body: &Value, spellings: &[&str], major: Option<u8>) -> Value {
    let is_later = |spelling: &&&str| {
        let since = SINCE.iter().find(|(name, _)| *name == **spelling).map(|(_, since)| *since);
        since.zip(major).is_some_and(|(since, major)| major < since)
    };
    let (later, now): (Vec<&&str>, Vec<&&str>) = spellings.iter().partition(|spelling| is_later(spelling));
    let mut value: Option<Value> = None;
    for spelling in now.into_iter().chain(later) {
        let next = match spelling.split_once('.') {
            Some((block, "")) => first_block(body, block),
            Some((block, name)) => ops::member(&first_block(body, block), name, false),
            None => ops::member(body, spelling, false),
        };
        value = Some(match value {
            Some(value) => value.or_if_null(&next),
            None => next,
        });
    }
    value.unwrap_or_else(|| Value::null(Provenance::nowhere()))
}

/// The first nested block of a type, null where there is none.
fn first_block(body: &Value, kind: &str) -> Value {
    ops::member(body, kind, false).and_then(|alternative| match &alternative.node {
        Node::List(list) => match (list.items.first(), &list.open) {
            (Some(item), _) => item.clone().through(&alternative.provenance),
            (None, Some(open)) => Value::new(Node::Unknown(open.clone()), alternative.provenance.clone()),
            (None, None) => Value::null(alternative.provenance.clone()),
        },
        // An argument that is a map instead of a block, as old spellings had it.
        node => Value::new(node.clone(), alternative.provenance.clone()),
    })
}

/// The cluster of an `azurerm_kubernetes_cluster`.
pub fn cluster(resource: &Resource) -> Cluster {
    let fields = CLUSTER
        .iter()
        .map(|(field, spellings)| {
            let default = match field {
                // azurerm 4 made it the default of its schema.
                ClusterField::NodeOsUpgradeChannel if major(resource).is_some_and(|major| major >= 4) => {
                    Some("NodeImage")
                }
                _ => CLUSTER_DEFAULTS.iter().find(|(of, _)| of == field).map(|(_, text)| *text),
            };
            (*field, or_default(argument(&resource.body, spellings, major(resource)), default))
        })
        .filter(|(_, value)| is_something(value))
        .collect::<BTreeMap<_, _>>();
    let auto = fields.get(&ClusterField::NodeProvisioningMode).is_some_and(|mode| {
        mode.alternatives().iter().any(|a| match &a.node {
            Node::String(text) => !text.eq_ignore_ascii_case("Manual"),
            Node::Null(_) => false,
            _ => true,
        })
    });
    let open = auto.then_some("node auto-provisioning adds nodes that no pool describes");
    let initial_only = CLUSTER
        .iter()
        .filter(|(_, spellings)| spellings.iter().any(|spelling| ignores(resource, spelling)))
        .map(|(field, _)| *field)
        .collect();
    cluster_of(resource, fields, initial_only, open)
}

/// The cluster of an `azurerm_kubernetes_automatic_cluster`, which Azure keeps on a version of its own choice and gives
/// nodes as they are asked for. The resource has neither a version nor pools. Source: its documentation in
/// hashicorp/terraform-provider-azurerm.
pub fn automatic_cluster(resource: &Resource) -> Cluster {
    let written = [(ClusterField::Name, "name"), (ClusterField::Location, "location")];
    let ignored = written.iter().filter(|(_, spelling)| ignores(resource, spelling));
    let initial_only = ignored.map(|(field, _)| *field).collect();
    let written =
        written.iter().map(|(field, spelling)| (*field, ops::member(&resource.body, spelling, false)));
    let sku = (ClusterField::SkuName, Value::string("Automatic", Provenance::nowhere()));
    let fields = written.chain([sku]).filter(|(_, value)| is_something(value)).collect();
    cluster_of(resource, fields, initial_only, Some(AUTOMATIC))
}

/// Whether the resource ignores later changes of an argument.
pub fn ignores(resource: &Resource, spelling: &str) -> bool {
    let path: Vec<&str> = spelling.split('.').collect();
    resource.ignore_changes.iter().any(|ignored| {
        let all = matches!(ignored.as_slice(), [only] if &**only == "all");
        all || ignored.iter().zip(&path).all(|(a, b)| **a == **b)
    })
}

/// The pool of an `azurerm_kubernetes_cluster_node_pool`.
pub fn pool(resource: &Resource, cluster: Option<usize>) -> AgentPool {
    let initial_only = POOL
        .iter()
        .filter(|(_, spellings)| spellings.iter().any(|spelling| ignores(resource, spelling)))
        .map(|(field, _)| *field)
        .collect();
    AgentPool {
        fields: pool_fields(&resource.body, major(resource)),
        initial_only,
        ..pool_of(resource, cluster)
    }
}

fn pool_fields(body: &Value, major: Option<u8>) -> BTreeMap<PoolField, Value> {
    let mut fields: BTreeMap<PoolField, Value> = POOL
        .iter()
        .map(|(field, spellings)| {
            let default = POOL_DEFAULTS.iter().find(|(of, _)| of == field).map(|(_, text)| *text);
            (*field, or_default(argument(body, spellings, major), default))
        })
        .collect();
    fill_from_snapshot(&mut fields, &[PoolField::OsSku, PoolField::OrchestratorVersion]);
    fields.retain(|_, value| is_something(value));
    fields
}

/// The pool in the cluster's `default_node_pool` block: always Linux and System, whatever it says.
pub fn default_pool(resource: &Resource, cluster: usize) -> Option<AgentPool> {
    let block = first_block(&resource.body, "default_node_pool");
    let mut pool = pool_in(resource, cluster, &block, "default_node_pool")?;
    for (field, text) in [(PoolField::OsType, "Linux"), (PoolField::Mode, "System")] {
        pool.fields.insert(field, Value::string(text, Provenance::nowhere()));
    }
    pool.fields.entry(PoolField::NodeTaints).or_insert_with(|| only_critical(&block));
    pool.fields.retain(|_, value| is_something(value));
    Some(pool)
}

/// The block of pools that version 2 of the provider replaced by `default_node_pool` and a resource of its own.
const OLD_PROFILE: &str = "agent_pool_profile";

/// The pools of version 1, each a block of the cluster, and what there may be besides. Pools had no mode then.
pub fn old_pools(resource: &Resource, cluster: usize) -> (Vec<AgentPool>, Option<Unlisted>) {
    let (mut pools, mut unlisted) = (Vec::new(), None);
    let blocks = ops::member(&resource.body, OLD_PROFILE, false);
    for alternative in blocks.alternatives() {
        let open = match &alternative.node {
            Node::List(list) => {
                for (index, block) in list.items.iter().enumerate() {
                    let block = block.clone().through(&alternative.provenance);
                    let block = block.within(&alternative.region);
                    let pool = block
                        .and_then(|block| Some((pool_in(resource, cluster, &block, OLD_PROFILE)?, block)));
                    let Some((mut pool, block)) = pool else { continue };
                    let count = argument(&block, &["count"], None);
                    if is_something(&count) {
                        pool.fields.insert(PoolField::Count, count);
                    }
                    pool.fields.remove(&PoolField::Mode);
                    pool.address = format!("{}[{index}]", pool.address);
                    pools.push(pool);
                }
                list.open.as_ref()
            }
            Node::Unknown(unknown) => Some(unknown),
            _ => None,
        };
        let span = alternative.provenance.origin();
        unlisted = unlisted.or(open.map(|unknown| Unlisted { reason: unknown.reason.clone(), span }));
    }
    (pools, unlisted)
}

/// The pool that a nested block of a cluster describes.
fn pool_in(resource: &Resource, cluster: usize, block: &Value, kind: &str) -> Option<AgentPool> {
    let there: Vec<&Alternative> = block
        .alternatives()
        .iter()
        .filter(|alternative| !matches!(alternative.node, Node::Null(_)))
        .collect();
    let regions: Vec<Region> = there
        .iter()
        .flat_map(|alternative| {
            resource.presence.regions.iter().filter_map(|region| region.and(&alternative.region))
        })
        .collect();
    if regions.is_empty() {
        return None;
    }
    let block = Value::from_alternatives(there.iter().map(|alternative| (*alternative).clone()).collect());
    let initial_only = POOL
        .iter()
        .filter(|(_, spellings)| {
            spellings.iter().any(|spelling| ignores(resource, &format!("{kind}.{spelling}")))
        })
        .map(|(field, _)| *field)
        .collect();
    Some(AgentPool {
        address: format!("{}.{kind}", resource.address),
        span: block.provenance().origin().unwrap_or(resource.span),
        presence: Presence { regions, many: resource.presence.many },
        fields: pool_fields(&block, major(resource)),
        initial_only,
        ..pool_of(resource, Some(cluster))
    })
}

/// The taint that `only_critical_addons_enabled` stands for.
fn only_critical(block: &Value) -> Value {
    ops::member(block, "only_critical_addons_enabled", false).split_domains().and_then(|alternative| {
        match &alternative.node {
            Node::Bool(true) => {
                let taint =
                    Value::string("CriticalAddonsOnly=true:NoSchedule", alternative.provenance.clone());
                Value::new(Node::list(vec![taint]), alternative.provenance.clone())
            }
            Node::Unknown(_) => Value::new(alternative.node.clone(), alternative.provenance.clone()),
            _ => Value::null(alternative.provenance.clone()),
        }
    })
}
