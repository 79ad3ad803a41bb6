//! The names of fields: AKS's ARM names in snake case, the same in the model, output, configuration and
//! rule pages.

/// A field of an agent pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // The names are the documentation: they are those of the service's API.
pub enum PoolField {
    Name,
    Mode,
    Type,
    OsType,
    OsSku,
    VmSize,
    Count,
    EnableAutoScaling,
    MinCount,
    MaxCount,
    OrchestratorVersion,
    AvailabilityZones,
    MaxPods,
    OsDiskType,
    OsDiskSizeGb,
    KubeletDiskType,
    NodeLabels,
    NodeTaints,
    ScaleSetPriority,
    ScaleSetEvictionPolicy,
    SpotMaxPrice,
    EnableFips,
    EnableEncryptionAtHost,
    EnableUltraSsd,
    EnableNodePublicIp,
    GpuInstanceProfile,
    GpuDriver,
    WorkloadRuntime,
    EnableVtpm,
    EnableSecureBoot,
    VnetSubnetId,
    PodSubnetId,
    MaxSurge,
    MaxUnavailable,
    DrainTimeoutInMinutes,
    UndrainableNodeBehavior,
    KubeletConfig,
    LinuxOsConfig,
    ScaleDownMode,
    SnapshotId,
    HostGroupId,
    CapacityReservationGroupId,
    ProximityPlacementGroupId,
    RequestHeaders,
}

impl PoolField {
    /// Every field with its name, in the order of output.
    pub const ALL: &'static [(PoolField, &'static str)] = &[
        (PoolField::Name, "name"),
        (PoolField::Mode, "mode"),
        (PoolField::Type, "type"),
        (PoolField::OsType, "os_type"),
        (PoolField::OsSku, "os_sku"),
        (PoolField::VmSize, "vm_size"),
        (PoolField::Count, "count"),
        (PoolField::EnableAutoScaling, "enable_auto_scaling"),
        (PoolField::MinCount, "min_count"),
        (PoolField::MaxCount, "max_count"),
        (PoolField::OrchestratorVersion, "orchestrator_version"),
        (PoolField::AvailabilityZones, "availability_zones"),
        (PoolField::MaxPods, "max_pods"),
        (PoolField::OsDiskType, "os_disk_type"),
        (PoolField::OsDiskSizeGb, "os_disk_size_gb"),
        (PoolField::KubeletDiskType, "kubelet_disk_type"),
        (PoolField::NodeLabels, "node_labels"),
        (PoolField::NodeTaints, "node_taints"),
        (PoolField::ScaleSetPriority, "scale_set_priority"),
        (PoolField::ScaleSetEvictionPolicy, "scale_set_eviction_policy"),
        (PoolField::SpotMaxPrice, "spot_max_price"),
        (PoolField::EnableFips, "enable_fips"),
        (PoolField::EnableEncryptionAtHost, "enable_encryption_at_host"),
        (PoolField::EnableUltraSsd, "enable_ultra_ssd"),
        (PoolField::EnableNodePublicIp, "enable_node_public_ip"),
        (PoolField::GpuInstanceProfile, "gpu_instance_profile"),
        (PoolField::GpuDriver, "gpu_driver"),
        (PoolField::WorkloadRuntime, "workload_runtime"),
        (PoolField::EnableVtpm, "enable_vtpm"),
        (PoolField::EnableSecureBoot, "enable_secure_boot"),
        (PoolField::VnetSubnetId, "vnet_subnet_id"),
        (PoolField::PodSubnetId, "pod_subnet_id"),
        (PoolField::MaxSurge, "max_surge"),
        (PoolField::MaxUnavailable, "max_unavailable"),
        (PoolField::DrainTimeoutInMinutes, "drain_timeout_in_minutes"),
        (PoolField::UndrainableNodeBehavior, "undrainable_node_behavior"),
        (PoolField::KubeletConfig, "kubelet_config"),
        (PoolField::LinuxOsConfig, "linux_os_config"),
        (PoolField::ScaleDownMode, "scale_down_mode"),
        (PoolField::SnapshotId, "snapshot_id"),
        (PoolField::HostGroupId, "host_group_id"),
        (PoolField::CapacityReservationGroupId, "capacity_reservation_group_id"),
        (PoolField::ProximityPlacementGroupId, "proximity_placement_group_id"),
        (PoolField::RequestHeaders, "request_headers"),
    ];

    /// The field's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }
}

/// A field of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // As above.
pub enum ClusterField {
    Name,
    Location,
    KubernetesVersion,
    SkuName,
    SkuTier,
    SupportPlan,
    AutoUpgradeChannel,
    NodeOsUpgradeChannel,
    NetworkPlugin,
    NetworkPluginMode,
    NetworkDataplane,
    NetworkPolicy,
    PodCidr,
    ServiceCidr,
    DnsServiceIp,
    OutboundType,
    WindowsProfile,
    GmsaProfile,
    NodeProvisioningMode,
}

impl ClusterField {
    /// Every field with its name, in the order of output.
    pub const ALL: &'static [(ClusterField, &'static str)] = &[
        (ClusterField::Name, "name"),
        (ClusterField::Location, "location"),
        (ClusterField::KubernetesVersion, "kubernetes_version"),
        (ClusterField::SkuName, "sku_name"),
        (ClusterField::SkuTier, "sku_tier"),
        (ClusterField::SupportPlan, "support_plan"),
        (ClusterField::AutoUpgradeChannel, "auto_upgrade_channel"),
        (ClusterField::NodeOsUpgradeChannel, "node_os_upgrade_channel"),
        (ClusterField::NetworkPlugin, "network_plugin"),
        (ClusterField::NetworkPluginMode, "network_plugin_mode"),
        (ClusterField::NetworkDataplane, "network_dataplane"),
        (ClusterField::NetworkPolicy, "network_policy"),
        (ClusterField::PodCidr, "pod_cidr"),
        (ClusterField::ServiceCidr, "service_cidr"),
        (ClusterField::DnsServiceIp, "dns_service_ip"),
        (ClusterField::OutboundType, "outbound_type"),
        (ClusterField::WindowsProfile, "windows_profile"),
        (ClusterField::GmsaProfile, "gmsa_profile"),
        (ClusterField::NodeProvisioningMode, "node_provisioning_mode"),
    ];

    /// The field's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(field, _)| *field == self).map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_list_every_field_once_in_order() {
        assert!(PoolField::ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ClusterField::ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(PoolField::RequestHeaders as usize + 1, PoolField::ALL.len());
        assert_eq!(ClusterField::NodeProvisioningMode as usize + 1, ClusterField::ALL.len());
    }
}
