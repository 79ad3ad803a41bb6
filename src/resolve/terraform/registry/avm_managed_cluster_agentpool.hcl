# Azure/avm-res-containerservice-managedcluster/azurerm//modules/agentpool: what of its inputs decides a cluster
# or an agent pool. Facts only (names, types, defaults, wiring), read from the files `modules/agentpool/*.tf` of
# github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster at each release. How to read and
# extend it: the documentation of `registry.rs`.
#@ releases 0.4.0 0.4.1 0.4.2 0.4.3 0.5.0 0.5.1 0.5.2 0.5.3 0.5.4 0.5.5 0.5.6 0.5.7 0.6.0 0.6.1 0.6.2 0.6.3
#@ releases 0.6.4 0.6.5 0.6.6 0.6.7 0.7.0 0.7.1 0.7.2 0.7.3 0.8.0 0.8.1

variable "availability_zones" {
  type = list(string)
  default = null
}
variable "capacity_reservation_group_id" {
  type = string
  default = null
}
variable "count_of" {
  type = number
  default = null
}
variable "create_before_destroy" {
  type = bool
  default = false
  nullable = false
}
variable "creation_data" {
  type = object({ source_resource_id = optional(string) })
  default = null
}
variable "enable_auto_scaling" {
  type = bool
  default = null
}
variable "enable_encryption_at_host" {
  type = bool
  default = null
}
variable "enable_fips" {
  type = bool
  default = null
}
variable "enable_node_public_ip" {
  type = bool
  default = null
}
variable "enable_ultra_ssd" {
  type = bool
  default = null
}
variable "gpu_instance_profile" {
  type = string
  default = null
}
variable "gpu_profile" {
  type = object({ driver = optional(string) })
  default = null
}
variable "host_group_id" {
  type = string
  default = null
}
variable "kubelet_config" {
  default = null
  type = object({
    allowed_unsafe_sysctls = optional(list(string))
    container_log_max_files = optional(number)
    container_log_max_size_mb = optional(number)
    cpu_cfs_quota = optional(bool)
    cpu_cfs_quota_period = optional(string)
    cpu_manager_policy = optional(string)
    fail_swap_on = optional(bool)
    image_gc_high_threshold = optional(number)
    image_gc_low_threshold = optional(number)
    pod_max_pids = optional(number)
    seccomp_default = optional(string)  #@ 0.6.0..
    topology_manager_policy = optional(string)
  })
}
variable "kubelet_disk_type" {
  type = string
  default = null
}
variable "linux_os_config" {
  default = null
  type = object({
    swap_file_size_mb = optional(number)
    transparent_huge_page_defrag = optional(string)
    transparent_huge_page_enabled = optional(string)
    sysctls = optional(object({
      fs_aio_max_nr = optional(number)
      fs_file_max = optional(number)
      fs_inotify_max_user_watches = optional(number)
      fs_nr_open = optional(number)
      kernel_threads_max = optional(number)
      net_core_netdev_max_backlog = optional(number)
      net_core_optmem_max = optional(number)
      net_core_rmem_default = optional(number)
      net_core_rmem_max = optional(number)
      net_core_somaxconn = optional(number)
      net_core_wmem_default = optional(number)
      net_core_wmem_max = optional(number)
      net_ipv4_ip_local_port_range = optional(string)
      net_ipv4_neigh_default_gc_thresh1 = optional(number)
      net_ipv4_neigh_default_gc_thresh2 = optional(number)
      net_ipv4_neigh_default_gc_thresh3 = optional(number)
      net_ipv4_tcp_fin_timeout = optional(number)
      net_ipv4_tcp_keepalive_probes = optional(number)
      net_ipv4_tcp_keepalive_time = optional(number)
      net_ipv4_tcp_max_syn_backlog = optional(number)
      net_ipv4_tcp_max_tw_buckets = optional(number)
      net_ipv4_tcp_tw_reuse = optional(bool)
      net_ipv4_tcpkeepalive_intvl = optional(number)
      net_netfilter_nf_conntrack_buckets = optional(number)
      net_netfilter_nf_conntrack_max = optional(number)
      vm_max_map_count = optional(number)
      vm_swappiness = optional(number)
      vm_vfs_cache_pressure = optional(number)
    }))
  })
}
variable "max_count" {
  type = number
  default = null
}
variable "max_pods" {
  type = number
  default = null
}
variable "min_count" {
  type = number
  default = null
}
variable "mode" {
  type = string
  default = null
}
variable "name" {
  type = string
}
variable "node_labels" {
  type = map(string)
  default = null
}
variable "node_taints" {
  type = list(string)
  default = null
}
variable "orchestrator_version" {
  type = string
  default = null
}
variable "os_disk_size_gb" {
  type = number
  default = null
}
variable "os_disk_type" {
  type = string
  default = null
}
variable "os_sku" {
  type = string
  default = null
}
variable "os_type" {
  type = string
  default = null
}
variable "output_data_only" {
  type = bool
  default = false
  nullable = false
}
variable "parent_id" {
  type = string
}
variable "pod_subnet_id" {
  type = string
  default = null
}
variable "proximity_placement_group_id" {
  type = string
  default = null
}
variable "scale_down_mode" {
  type = string
  default = null
}
variable "scale_set_eviction_policy" {
  type = string
  default = null
}
variable "scale_set_priority" {
  type = string
  default = null
}
variable "security_profile" {
  type = object({ enable_secure_boot = optional(bool), enable_vtpm = optional(bool) })
  default = null
}
variable "spot_max_price" {
  type = number
  default = null
}
variable "type" {
  type = string
  default = null
}
variable "upgrade_settings" {
  default = null
  type = object({
    drain_timeout_in_minutes = optional(number)
    max_surge = optional(string)
    max_unavailable = optional(string, "0")
    undrainable_node_behavior = optional(string)
  })
}
variable "virtual_machines_profile" {
  default = null
  type = object({
    scale = optional(object({
      manual = optional(list(object({ count = optional(number), size = optional(string) })))
    }))
  })
}
variable "vm_size" {
  type = string
  default = null
}
variable "vnet_subnet_id" {
  type = string
  default = null
}
variable "workload_runtime" {
  type = string
  default = null
}
locals {
  properties = {
    count = var.max_count != null && var.min_count != null ? null : var.count_of
    type = var.type
    availabilityZones = var.availability_zones
    capacityReservationGroupID = var.capacity_reservation_group_id
    creationData = var.creation_data == null ? null : { sourceResourceId = var.creation_data.source_resource_id }
    enableAutoScaling = var.enable_auto_scaling
    enableEncryptionAtHost = var.enable_encryption_at_host
    enableFIPS = var.enable_fips
    enableNodePublicIP = var.enable_node_public_ip
    enableUltraSSD = var.enable_ultra_ssd
    gpuInstanceProfile = var.gpu_instance_profile
    gpuProfile = var.gpu_profile == null ? null : { driver = var.gpu_profile.driver }
    hostGroupID = var.host_group_id
    kubeletConfig = var.kubelet_config == null ? null : { allowedUnsafeSysctls = var.kubelet_config.allowed_unsafe_sysctls == null ? null : [for item in var.kubelet_config.allowed_unsafe_sysctls : item], containerLogMaxFiles = var.kubelet_config.container_log_max_files, containerLogMaxSizeMB = var.kubelet_config.container_log_max_size_mb, cpuCfsQuota = var.kubelet_config.cpu_cfs_quota, cpuCfsQuotaPeriod = var.kubelet_config.cpu_cfs_quota_period, cpuManagerPolicy = var.kubelet_config.cpu_manager_policy, failSwapOn = var.kubelet_config.fail_swap_on, imageGcHighThreshold = var.kubelet_config.image_gc_high_threshold, imageGcLowThreshold = var.kubelet_config.image_gc_low_threshold, podMaxPids = var.kubelet_config.pod_max_pids, topologyManagerPolicy = var.kubelet_config.topology_manager_policy }  #@ ..0.6.0
    kubeletConfig = var.kubelet_config == null ? null : { allowedUnsafeSysctls = var.kubelet_config.allowed_unsafe_sysctls == null ? null : [for item in var.kubelet_config.allowed_unsafe_sysctls : item], containerLogMaxFiles = var.kubelet_config.container_log_max_files, containerLogMaxSizeMB = var.kubelet_config.container_log_max_size_mb, cpuCfsQuota = var.kubelet_config.cpu_cfs_quota, cpuCfsQuotaPeriod = var.kubelet_config.cpu_cfs_quota_period, cpuManagerPolicy = var.kubelet_config.cpu_manager_policy, failSwapOn = var.kubelet_config.fail_swap_on, imageGcHighThreshold = var.kubelet_config.image_gc_high_threshold, imageGcLowThreshold = var.kubelet_config.image_gc_low_threshold, podMaxPids = var.kubelet_config.pod_max_pids, seccompDefault = var.kubelet_config.seccomp_default, topologyManagerPolicy = var.kubelet_config.topology_manager_policy }  #@ 0.6.0..
    kubeletDiskType = var.kubelet_disk_type
    linuxOSConfig = var.linux_os_config == null ? null : { swapFileSizeMB = var.linux_os_config.swap_file_size_mb, sysctls = var.linux_os_config.sysctls == null ? null : { fsAioMaxNr = var.linux_os_config.sysctls.fs_aio_max_nr, fsFileMax = var.linux_os_config.sysctls.fs_file_max, fsInotifyMaxUserWatches = var.linux_os_config.sysctls.fs_inotify_max_user_watches, fsNrOpen = var.linux_os_config.sysctls.fs_nr_open, kernelThreadsMax = var.linux_os_config.sysctls.kernel_threads_max, netCoreNetdevMaxBacklog = var.linux_os_config.sysctls.net_core_netdev_max_backlog, netCoreOptmemMax = var.linux_os_config.sysctls.net_core_optmem_max, netCoreRmemDefault = var.linux_os_config.sysctls.net_core_rmem_default, netCoreRmemMax = var.linux_os_config.sysctls.net_core_rmem_max, netCoreSomaxconn = var.linux_os_config.sysctls.net_core_somaxconn, netCoreWmemDefault = var.linux_os_config.sysctls.net_core_wmem_default, netCoreWmemMax = var.linux_os_config.sysctls.net_core_wmem_max, netIpv4IpLocalPortRange = var.linux_os_config.sysctls.net_ipv4_ip_local_port_range, netIpv4NeighDefaultGcThresh1 = var.linux_os_config.sysctls.net_ipv4_neigh_default_gc_thresh1, netIpv4NeighDefaultGcThresh2 = var.linux_os_config.sysctls.net_ipv4_neigh_default_gc_thresh2, netIpv4NeighDefaultGcThresh3 = var.linux_os_config.sysctls.net_ipv4_neigh_default_gc_thresh3, netIpv4TcpFinTimeout = var.linux_os_config.sysctls.net_ipv4_tcp_fin_timeout, netIpv4TcpKeepaliveProbes = var.linux_os_config.sysctls.net_ipv4_tcp_keepalive_probes, netIpv4TcpKeepaliveTime = var.linux_os_config.sysctls.net_ipv4_tcp_keepalive_time, netIpv4TcpMaxSynBacklog = var.linux_os_config.sysctls.net_ipv4_tcp_max_syn_backlog, netIpv4TcpMaxTwBuckets = var.linux_os_config.sysctls.net_ipv4_tcp_max_tw_buckets, netIpv4TcpTwReuse = var.linux_os_config.sysctls.net_ipv4_tcp_tw_reuse, netIpv4TcpkeepaliveIntvl = var.linux_os_config.sysctls.net_ipv4_tcpkeepalive_intvl, netNetfilterNfConntrackBuckets = var.linux_os_config.sysctls.net_netfilter_nf_conntrack_buckets, netNetfilterNfConntrackMax = var.linux_os_config.sysctls.net_netfilter_nf_conntrack_max, vmMaxMapCount = var.linux_os_config.sysctls.vm_max_map_count, vmSwappiness = var.linux_os_config.sysctls.vm_swappiness, vmVfsCachePressure = var.linux_os_config.sysctls.vm_vfs_cache_pressure }, transparentHugePageDefrag = var.linux_os_config.transparent_huge_page_defrag, transparentHugePageEnabled = var.linux_os_config.transparent_huge_page_enabled }
    maxCount = var.max_count
    maxPods = var.max_pods
    minCount = var.min_count
    mode = var.mode
    nodeLabels = var.node_labels
    nodeTaints = var.node_taints
    orchestratorVersion = var.orchestrator_version
    osDiskSizeGB = var.os_disk_size_gb
    osDiskType = var.os_disk_type
    osSKU = var.os_sku
    osType = var.os_type
    podSubnetID = var.pod_subnet_id
    proximityPlacementGroupID = var.proximity_placement_group_id
    scaleDownMode = var.scale_down_mode
    scaleSetEvictionPolicy = var.scale_set_eviction_policy
    scaleSetPriority = var.scale_set_priority
    securityProfile = var.security_profile == null ? null : { enableSecureBoot = var.security_profile.enable_secure_boot, enableVTPM = var.security_profile.enable_vtpm }
    spotMaxPrice = var.spot_max_price
    upgradeSettings = var.upgrade_settings == null ? null : { drainTimeoutInMinutes = var.upgrade_settings.drain_timeout_in_minutes, maxSurge = var.upgrade_settings.max_surge, maxUnavailable = var.upgrade_settings.max_unavailable, undrainableNodeBehavior = var.upgrade_settings.undrainable_node_behavior }
    virtualMachinesProfile = var.virtual_machines_profile == null ? null : { scale = var.virtual_machines_profile.scale == null ? null : { manual = var.virtual_machines_profile.scale.manual == null ? null : [for item in var.virtual_machines_profile.scale.manual : item == null ? null : { count = item.count, size = item.size }] } }
    vmSize = var.vm_size
    vnetSubnetID = var.vnet_subnet_id
    workloadRuntime = var.workload_runtime
  }
}
resource "azapi_resource" "this" {
  count = var.output_data_only ? 0 : var.create_before_destroy ? 0 : 1
  type = "Microsoft.ContainerService/managedClusters/agentPools@2025-10-01"  #@ ..0.6.0
  type = "Microsoft.ContainerService/managedClusters/agentPools@2026-01-02-preview"  #@ 0.6.0..
  name = var.name
  body = { properties = local.properties }
  parent_id = var.parent_id
}
resource "azapi_resource" "this_create_before_destroy" {
  count = var.output_data_only ? 0 : var.create_before_destroy ? 1 : 0
  type = "Microsoft.ContainerService/managedClusters/agentPools@2025-10-01"  #@ ..0.6.0
  type = "Microsoft.ContainerService/managedClusters/agentPools@2026-01-02-preview"  #@ 0.6.0..
  name = "${ var.name }${ substr(sha256(uuid()), 0, 4) }"
  body = { properties = local.properties }
  parent_id = var.parent_id
  lifecycle {
    ignore_changes = [name]
  }
}
output "body_properties" {
  value = local.properties
}
