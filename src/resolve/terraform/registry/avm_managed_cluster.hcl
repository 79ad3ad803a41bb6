# Azure/avm-res-containerservice-managedcluster/azurerm: what of its inputs decides a cluster or an agent pool.
# Facts only (names, types, defaults, wiring), read from the files `*.tf` of
# github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster at each release. How to read and
# extend it: the documentation of `registry.rs`.
#@ releases 0.1.0 0.1.1 0.1.2 0.1.3 0.1.4 0.1.5 0.1.6 0.1.7 0.1.8 0.1.9 0.2.0 0.2.1 0.2.2 0.2.3 0.2.4 0.2.5
#@ releases 0.2.6 0.2.7 0.2.8 0.2.9 0.3.0 0.3.1 0.3.2 0.3.3 0.4.0 0.4.1 0.4.2 0.4.3 0.5.0 0.5.1 0.5.2 0.5.3
#@ releases 0.5.4 0.5.5 0.5.6 0.5.7 0.6.0 0.6.1 0.6.2 0.6.3 0.6.4 0.6.5 0.6.6 0.6.7 0.7.0 0.7.1 0.7.2 0.7.3
#@ releases 0.8.0 0.8.1

variable "agent_pools" {  #@ 0.4.0..
  default = {}
  type = map(object({
    type = optional(string)
    name = string
    availability_zones = optional(list(string))
    capacity_reservation_group_id = optional(string)
    count_of = optional(number)
    creation_data = optional(object({ source_resource_id = optional(string) }))
    enable_auto_scaling = optional(bool)
    enable_encryption_at_host = optional(bool)
    enable_fips = optional(bool)
    enable_node_public_ip = optional(bool)
    enable_ultra_ssd = optional(bool)
    gpu_instance_profile = optional(string)
    gpu_profile = optional(object({ driver = optional(string) }))  #@ 0.4.0..0.6.0
    host_group_id = optional(string)
    kubelet_disk_type = optional(string)
    max_count = optional(number)
    max_pods = optional(number)
    min_count = optional(number)
    mode = optional(string)
    network_profile = optional(object({  }))
    node_labels = optional(map(string))
    node_taints = optional(list(string))
    orchestrator_version = optional(string)
    os_disk_size_gb = optional(number)
    os_disk_type = optional(string)
    os_sku = optional(string)
    os_type = optional(string)
    output_data_only = optional(bool)
    pod_subnet_id = optional(string)
    proximity_placement_group_id = optional(string)
    scale_down_mode = optional(string)
    scale_set_eviction_policy = optional(string)
    scale_set_priority = optional(string)
    spot_max_price = optional(number)
    vm_size = optional(string)
    vnet_subnet_id = optional(string)
    windows_profile = optional(object({  }))
    workload_runtime = optional(string)
    kubelet_config = optional(object({
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
    }))
    linux_os_config = optional(object({
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
    }))
    security_profile = optional(object({
      enable_secure_boot = optional(bool)
      enable_vtpm = optional(bool)
      ssh_access = optional(string)
    }))
    upgrade_settings = optional(object({
      drain_timeout_in_minutes = optional(number)
      max_blocked_nodes = optional(string)  #@ 0.6.0..
      max_surge = optional(string)
      max_unavailable = optional(string)
      node_soak_duration_in_minutes = optional(number)
      undrainable_node_behavior = optional(string)
    }))
    virtual_machines_profile = optional(object({
      scale = optional(object({
        manual = optional(list(object({ count = optional(number), size = optional(string) })))
      }))
    }))
    gpu_profile = optional(object({  #@ 0.6.0..
      driver = optional(string)
      driver_type = optional(string)
      nvidia = optional(object({ management_mode = optional(string), mig_strategy = optional(string) }))
    }))  #@ 0.6.0..
  }))
}  #@ 0.4.0..
variable "auto_upgrade_profile" {  #@ 0.4.0..
  default = null
  type = object({
    node_os_upgrade_channel = optional(string, "NodeImage")
    upgrade_channel = optional(string, "none")
  })
}  #@ 0.4.0..
variable "automatic_upgrade_channel" {  #@ ..0.4.0
  type = string
  default = null
}  #@ ..0.4.0
variable "cluster_suffix" {  #@ ..0.4.0
  type = string
  default = ""
}  #@ ..0.4.0
variable "create_agentpools_before_destroy" {  #@ 0.4.0..
  type = bool
  default = false
}  #@ 0.4.0..
variable "create_nodepools_before_destroy" {  #@ ..0.4.0
  type = bool
  default = false
  nullable = false  #@ 0.1.4..0.4.0
}  #@ ..0.4.0
variable "default_agent_pool" {  #@ 0.4.0..
  default = {}
  nullable = false
  type = object({
    type = optional(string)
    name = optional(string, "systempool")
    availability_zones = optional(list(string))
    capacity_reservation_group_id = optional(string)
    count_of = optional(number, 3)
    creation_data = optional(object({ source_resource_id = optional(string) }))
    enable_auto_scaling = optional(bool)
    enable_encryption_at_host = optional(bool)
    enable_fips = optional(bool)
    enable_node_public_ip = optional(bool)
    enable_ultra_ssd = optional(bool)
    gpu_instance_profile = optional(string)
    gpu_profile = optional(object({ driver = optional(string) }))  #@ 0.4.0..0.6.0
    host_group_id = optional(string)
    kubelet_disk_type = optional(string)
    max_count = optional(number)
    max_pods = optional(number)
    min_count = optional(number)
    mode = optional(string)
    network_profile = optional(object({  }))
    node_labels = optional(map(string))
    node_taints = optional(list(string))
    orchestrator_version = optional(string)
    os_disk_size_gb = optional(number)
    os_disk_type = optional(string)
    os_sku = optional(string)
    output_data_only = optional(bool)
    pod_subnet_id = optional(string)
    proximity_placement_group_id = optional(string)
    scale_down_mode = optional(string)
    scale_set_eviction_policy = optional(string)
    scale_set_priority = optional(string)
    spot_max_price = optional(number)
    vm_size = optional(string)
    vnet_subnet_id = optional(string)
    windows_profile = optional(object({  }))
    workload_runtime = optional(string)
    kubelet_config = optional(object({
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
    }))
    linux_os_config = optional(object({
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
    }))
    security_profile = optional(object({
      enable_secure_boot = optional(bool)
      enable_vtpm = optional(bool)
      ssh_access = optional(string)
    }))
    upgrade_settings = optional(object({
      drain_timeout_in_minutes = optional(number)
      max_blocked_nodes = optional(string)  #@ 0.6.0..
      max_surge = optional(string)
      max_unavailable = optional(string)
      node_soak_duration_in_minutes = optional(number)
      undrainable_node_behavior = optional(string)
    }))
    virtual_machines_profile = optional(object({
      scale = optional(object({
        manual = optional(list(object({ count = optional(number), size = optional(string) })))
      }))
    }))
    gpu_profile = optional(object({  #@ 0.6.0..
      driver = optional(string)
      driver_type = optional(string)
      nvidia = optional(object({ management_mode = optional(string), mig_strategy = optional(string) }))
    }))  #@ 0.6.0..
  })
}  #@ 0.4.0..
variable "default_node_pool" {  #@ ..0.4.0
  nullable = false  #@ 0.1.4..0.4.0
  type = object({
    type = optional(string, "VirtualMachineScaleSets")
    name = string
    auto_scaling_enabled = optional(bool, false)
    capacity_reservation_group_id = optional(string)
    fips_enabled = optional(bool)
    gpu_instance = optional(string)
    host_encryption_enabled = optional(bool)
    host_group_id = optional(string)
    kubelet_disk_type = optional(string)
    max_count = optional(number)
    max_pods = optional(number)
    min_count = optional(number)
    node_count = optional(number)
    node_labels = optional(map(string))
    node_public_ip_enabled = optional(bool)
    only_critical_addons_enabled = optional(string)
    orchestrator_version = optional(string)
    os_disk_size_gb = optional(string)
    os_disk_type = optional(string)
    os_sku = optional(string)
    pod_subnet_id = optional(string)
    proximity_placement_group_id = optional(string)
    scale_down_mode = optional(string)
    snapshot_id = optional(string)
    ultra_ssd_enabled = optional(bool)
    vm_size = string
    vnet_subnet_id = optional(string)
    workload_runtime = optional(string)
    zones = optional(list(string))
    kubelet_config = optional(object({
      allowed_unsafe_sysctls = optional(set(string))
      container_log_max_line = optional(number)
      container_log_max_size_mb = optional(number)
      cpu_cfs_quota_enabled = optional(bool, true)
      cpu_cfs_quota_period = optional(string)
      cpu_manager_policy = optional(string)
      image_gc_high_threshold = optional(number)
      image_gc_low_threshold = optional(number)
      pod_max_pid = optional(number)
      topology_manager_policy = optional(string)
    }))
    linux_os_config = optional(object({
      swap_file_size_mb = optional(number)
      transparent_huge_page_defrag = optional(string)
      transparent_huge_page_enabled = optional(string)
      sysctl_config = optional(object({
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
        net_ipv4_ip_local_port_range_max = optional(number)
        net_ipv4_ip_local_port_range_min = optional(number)
        net_ipv4_neigh_default_gc_thresh1 = optional(number)
        net_ipv4_neigh_default_gc_thresh2 = optional(number)
        net_ipv4_neigh_default_gc_thresh3 = optional(number)
        net_ipv4_tcp_fin_timeout = optional(number)
        net_ipv4_tcp_keepalive_intvl = optional(number)
        net_ipv4_tcp_keepalive_probes = optional(number)
        net_ipv4_tcp_keepalive_time = optional(number)
        net_ipv4_tcp_max_syn_backlog = optional(number)
        net_ipv4_tcp_max_tw_buckets = optional(number)
        net_ipv4_tcp_tw_reuse = optional(bool)
        net_netfilter_nf_conntrack_buckets = optional(number)
        net_netfilter_nf_conntrack_max = optional(number)
        vm_max_map_count = optional(number)
        vm_swappiness = optional(number)
        vm_vfs_cache_pressure = optional(number)
      }))
    }))
    upgrade_settings = optional(object({
      drain_timeout_in_minutes = optional(number)
      max_surge = string
      node_soak_duration_in_minutes = optional(number)
    }))
  })
}  #@ ..0.4.0
variable "enable_telemetry" {  #@ 0.4.0..
  type = bool
  default = true
  nullable = false
}  #@ 0.4.0..
variable "kubernetes_version" {
  type = string
  default = null
}
variable "location" {
  type = string
  nullable = false
}
variable "name" {
  type = string
  nullable = false  #@ 0.1.4..0.4.0
}
variable "network_profile" {
  default = { network_plugin = "azure", network_policy = "azure", network_plugin_mode = "overlay" }  #@ ..0.4.0
  default = null  #@ 0.4.0..
  type = object({
    dns_service_ip = optional(string)
    network_data_plane = optional(string)  #@ ..0.4.0
    network_dataplane = optional(string)  #@ 0.4.0..
    network_plugin = string  #@ ..0.4.0
    network_plugin = optional(string)  #@ 0.4.0..
    network_plugin_mode = optional(string)
    network_policy = optional(string)
    outbound_type = optional(string, "loadBalancer")  #@ ..0.4.0
    outbound_type = optional(string)  #@ 0.4.0..
    pod_cidr = optional(string)
    service_cidr = optional(string)
  })
}
variable "node_os_channel_upgrade" {  #@ ..0.4.0
  type = string
  default = "NodeImage"
}  #@ ..0.4.0
variable "node_pools" {  #@ ..0.4.0
  default = {}
  type = map(object({
    name = string
    auto_scaling_enabled = optional(bool, false)
    capacity_reservation_group_id = optional(string)
    eviction_policy = optional(string)
    fips_enabled = optional(bool)
    gpu_driver = optional(string)  #@ 0.3.1..0.4.0
    gpu_instance = optional(string)
    host_encryption_enabled = optional(bool)
    host_group_id = optional(string)
    kubelet_disk_type = optional(string)
    max_count = optional(number)
    max_pods = optional(number)
    min_count = optional(number)
    mode = optional(string)
    node_count = optional(number)
    node_labels = optional(map(string))
    node_public_ip_enabled = optional(bool)
    node_taints = optional(list(string))
    orchestrator_version = optional(string)
    os_disk_size_gb = optional(number)
    os_disk_type = optional(string)
    os_sku = optional(string)
    os_type = optional(string)
    pod_subnet_id = optional(string)
    priority = optional(string)
    proximity_placement_group_id = optional(string)
    scale_down_mode = optional(string)
    snapshot_id = optional(string)
    spot_max_price = optional(string)
    ultra_ssd_enabled = optional(bool)
    vm_size = string
    vnet_subnet_id = optional(string)
    windows_profile = optional(object({  }))
    workload_runtime = optional(string)
    zones = optional(list(string))
    upgrade_settings = optional(object({
      drain_timeout_in_minutes = optional(number)
      max_surge = string
      node_soak_duration_in_minutes = optional(number)
    }))
    kubelet_config = optional(object({
      allowed_unsafe_sysctls = optional(set(string))
      container_log_max_line = optional(number)
      container_log_max_size_mb = optional(number)
      cpu_cfs_quota_enabled = optional(bool, true)
      cpu_cfs_quota_period = optional(string)
      cpu_manager_policy = optional(string)
      image_gc_high_threshold = optional(number)
      image_gc_low_threshold = optional(number)
      pod_max_pid = optional(number)
      topology_manager_policy = optional(string)
    }))
    linux_os_config = optional(object({
      sysctl_config = optional(object({
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
        net_ipv4_ip_local_port_range_max = optional(number)
        net_ipv4_ip_local_port_range_min = optional(number)
        net_ipv4_neigh_default_gc_thresh1 = optional(number)
        net_ipv4_neigh_default_gc_thresh2 = optional(number)
        net_ipv4_neigh_default_gc_thresh3 = optional(number)
        net_ipv4_tcp_fin_timeout = optional(number)
        net_ipv4_tcp_keepalive_intvl = optional(number)
        net_ipv4_tcp_keepalive_probes = optional(number)
        net_ipv4_tcp_keepalive_time = optional(number)
        net_ipv4_tcp_max_syn_backlog = optional(number)
        net_ipv4_tcp_max_tw_buckets = optional(number)
        net_ipv4_tcp_tw_reuse = optional(bool)
        net_netfilter_nf_conntrack_buckets = optional(number)
        net_netfilter_nf_conntrack_max = optional(number)
        vm_max_map_count = optional(number)
        vm_swappiness = optional(number)
        vm_vfs_cache_pressure = optional(number)
      }))
    }))
  }))
}  #@ ..0.4.0
variable "node_provisioning_profile" {  #@ 0.4.0..
  type = object({ mode = optional(string) })
  default = null
}  #@ 0.4.0..
variable "parent_id" {  #@ 0.4.0..
  type = string
}  #@ 0.4.0..
variable "sku" {  #@ 0.4.0..
  type = object({ name = optional(string), tier = optional(string) })
  default = null
}  #@ 0.4.0..
variable "sku_tier" {  #@ ..0.4.0
  type = string
  default = "Standard"
}  #@ ..0.4.0
variable "support_plan" {
  type = string
  default = "KubernetesOfficial"  #@ ..0.4.0
  default = null  #@ 0.4.0..
}
variable "windows_profile" {
  default = null
  type = object({
    admin_username = string  #@ 0.4.0..
    enable_csi_proxy = optional(bool)  #@ 0.4.0..
    gmsa = optional(object({ root_domain = string, dns_server = string }))  #@ ..0.4.0
    license = optional(string)  #@ ..0.4.0
    license_type = optional(string)  #@ 0.4.0..
    gmsa_profile = optional(object({  #@ 0.4.0..
      dns_server = optional(string)
      enabled = optional(bool)
      root_domain_name = optional(string)
    }))  #@ 0.4.0..
  })
}
locals {  #@ 0.4.0..
  automatic_pool = ["mode", "count", "vnetSubnetID"]  #@ 0.4.0..0.6.0
  automatic_pool = ["mode", "count", "vnetSubnetID", "kubeletConfig", "upgradeSettings"]  #@ 0.6.0..
  default_pool = module.default_agent_pool_data.body_properties  #@ 0.4.0..0.6.1
  default_pool = merge(module.default_agent_pool_data.body_properties, { count = local.is_automatic ? var.default_agent_pool.count_of : module.default_agent_pool_data.body_properties.count })  #@ 0.6.1..
  is_automatic = try(var.sku.name == "Automatic", false)
}  #@ 0.4.0..
terraform {  #@ ..0.4.0
  required_providers {
    azurerm = "< 4.0.0"  #@ ..0.1.3
    azurerm = ">= 4.0.0, < 5.0.0"  #@ 0.1.3..0.3.1
    azurerm = ">= 4.40.0, < 5.0.0"  #@ 0.3.1..0.3.2
    azurerm = ">= 4.46.0, < 5.0.0"  #@ 0.3.2..0.4.0
  }
}  #@ ..0.4.0
resource "azapi_resource" "this" {  #@ 0.4.0..
  type = "Microsoft.ContainerService/managedClusters@2025-10-01"  #@ 0.4.0..0.6.0
  type = "Microsoft.ContainerService/managedClusters@2026-03-01"  #@ 0.6.0..
  name = var.name
  create_headers = var.enable_telemetry ? { "User-Agent" = uuid() } : null
  location = var.location
  parent_id = var.parent_id
  body = {
    sku = var.sku == null ? null : { name = var.sku.name, tier = var.sku.tier }
    properties = { for k, v in {
      agentPoolProfiles = [merge({ for k, v in local.default_pool : k => v if v != null && (!local.is_automatic || contains(local.automatic_pool, k)) }, { name = var.default_agent_pool.name })]  #@ 0.4.0..0.6.0
      agentPoolProfiles = [merge({ for k, v in local.default_pool : k => v if v != null && (!local.is_automatic || contains(local.automatic_pool, k)) && k != "securityProfile" }, { for k, v in { kubeletConfig = try({ for k, v in local.default_pool.kubeletConfig : k => v if k != "seccompDefault" }, null) } : k => v if v != null }, { name = var.default_agent_pool.name })]  #@ 0.6.0..
      autoUpgradeProfile = local.is_automatic || var.auto_upgrade_profile == null ? null : { nodeOSUpgradeChannel = var.auto_upgrade_profile.node_os_upgrade_channel, upgradeChannel = var.auto_upgrade_profile.upgrade_channel }  #@ 0.4.0..0.6.1
      autoUpgradeProfile = var.auto_upgrade_profile == null ? null : { nodeOSUpgradeChannel = var.auto_upgrade_profile.node_os_upgrade_channel, upgradeChannel = var.auto_upgrade_profile.upgrade_channel }  #@ 0.6.1..
      kubernetesVersion = var.kubernetes_version
      nodeProvisioningProfile = local.is_automatic || var.node_provisioning_profile == null ? null : { mode = var.node_provisioning_profile.mode }  #@ 0.4.0..0.6.1
      nodeProvisioningProfile = var.node_provisioning_profile == null ? null : { mode = var.node_provisioning_profile.mode }  #@ 0.6.1..
      supportPlan = local.is_automatic ? null : var.support_plan
      windowsProfile = local.is_automatic || var.windows_profile == null ? null : { adminUsername = var.windows_profile.admin_username, enableCSIProxy = var.windows_profile.enable_csi_proxy, gmsaProfile = var.windows_profile.gmsa_profile == null ? null : { dnsServer = var.windows_profile.gmsa_profile.dns_server, enabled = var.windows_profile.gmsa_profile.enabled, rootDomainName = var.windows_profile.gmsa_profile.root_domain_name }, licenseType = var.windows_profile.license_type }
      networkProfile = var.network_profile == null || (local.is_automatic && try(var.network_profile.outbound_type == "loadBalancer", true)) ? null : {
        dnsServiceIP = var.network_profile.dns_service_ip
        networkDataplane = local.is_automatic ? null : var.network_profile.network_dataplane
        networkPlugin = local.is_automatic ? null : var.network_profile.network_plugin
        networkPluginMode = local.is_automatic ? null : var.network_profile.network_plugin_mode
        networkPolicy = local.is_automatic ? null : var.network_profile.network_policy
        outboundType = var.network_profile.outbound_type
        podCidr = local.is_automatic ? null : var.network_profile.pod_cidr  #@ 0.4.0..0.7.1
        podCidr = var.network_profile.pod_cidr  #@ 0.7.1..
        serviceCidr = var.network_profile.service_cidr
      }
    } : k => v if v != null }
  }
  lifecycle {
    ignore_changes = [body.properties.agentPoolProfiles, body.properties.kubernetesVersion]
  }
}  #@ 0.4.0..
resource "azapi_update_resource" "aks_cluster_post_create" {  #@ ..0.4.0
  type = "Microsoft.ContainerService/managedClusters@2024-02-01"
  body = { properties = { kubernetesVersion = var.kubernetes_version } }
  resource_id = azurerm_kubernetes_cluster.this.id
  lifecycle {
    ignore_changes = all
  }
}  #@ ..0.4.0
resource "azapi_update_resource" "default_agent_pool" {  #@ 0.4.0..
  type = "Microsoft.ContainerService/managedClusters/agentpools@2025-10-01"  #@ 0.4.0..0.6.0
  type = "Microsoft.ContainerService/managedClusters/agentpools@2026-01-02-preview"  #@ 0.6.0..
  name = var.default_agent_pool.name
  body = { properties = module.default_agent_pool_data.body_properties }
  parent_id = azapi_resource.this.id
}  #@ 0.4.0..
resource "azapi_update_resource" "kubernetes_version" {  #@ 0.5.7..
  count = var.kubernetes_version == null ? 0 : 1
  type = azapi_resource.this.type
  name = var.name
  body = { properties = { kubernetesVersion = var.kubernetes_version } }
  parent_id = var.parent_id
}  #@ 0.5.7..
resource "azurerm_kubernetes_cluster" "this" {  #@ ..0.4.0
  name = "${ var.name }${ var.cluster_suffix }"
  automatic_channel_upgrade = var.automatic_upgrade_channel  #@ ..0.1.3
  automatic_upgrade_channel = var.automatic_upgrade_channel  #@ 0.1.3..0.4.0
  kubernetes_version = var.kubernetes_version
  location = var.location
  node_os_channel_upgrade = var.node_os_channel_upgrade  #@ ..0.1.3
  node_os_upgrade_channel = var.node_os_channel_upgrade  #@ 0.1.3..0.4.0
  sku_tier = var.sku_tier
  support_plan = var.support_plan
  network_profile {
    dns_service_ip = var.network_profile.dns_service_ip
    network_data_plane = var.network_profile.network_data_plane
    network_plugin = var.network_profile.network_plugin
    network_plugin_mode = var.network_profile.network_plugin_mode
    network_policy = var.network_profile.network_policy
    outbound_type = var.network_profile.outbound_type
    pod_cidr = var.network_profile.pod_cidr
    service_cidr = var.network_profile.service_cidr
  }
  dynamic "default_node_pool" {
    for_each = var.default_node_pool != null ? [var.default_node_pool] : []
    content {
      type = default_node_pool.value.type
      name = default_node_pool.value.name
      auto_scaling_enabled = default_node_pool.value.auto_scaling_enabled  #@ 0.1.3..0.4.0
      capacity_reservation_group_id = default_node_pool.value.capacity_reservation_group_id
      enable_auto_scaling = default_node_pool.value.auto_scaling_enabled  #@ ..0.1.3
      enable_host_encryption = default_node_pool.value.host_encryption_enabled  #@ ..0.1.3
      enable_node_public_ip = default_node_pool.value.node_public_ip_enabled  #@ ..0.1.3
      fips_enabled = default_node_pool.value.fips_enabled
      gpu_instance = default_node_pool.value.gpu_instance
      host_encryption_enabled = default_node_pool.value.host_encryption_enabled  #@ 0.1.3..0.4.0
      host_group_id = default_node_pool.value.host_group_id
      kubelet_disk_type = default_node_pool.value.kubelet_disk_type
      max_count = default_node_pool.value.max_count
      max_pods = default_node_pool.value.max_pods
      min_count = default_node_pool.value.min_count
      node_count = default_node_pool.value.node_count
      node_labels = default_node_pool.value.node_labels
      node_public_ip_enabled = default_node_pool.value.node_public_ip_enabled  #@ 0.1.3..0.4.0
      only_critical_addons_enabled = default_node_pool.value.only_critical_addons_enabled
      orchestrator_version = default_node_pool.value.orchestrator_version
      os_disk_size_gb = default_node_pool.value.os_disk_size_gb
      os_disk_type = default_node_pool.value.os_disk_type
      os_sku = default_node_pool.value.os_sku
      pod_subnet_id = default_node_pool.value.pod_subnet_id
      proximity_placement_group_id = default_node_pool.value.proximity_placement_group_id
      scale_down_mode = default_node_pool.value.scale_down_mode
      snapshot_id = default_node_pool.value.snapshot_id
      ultra_ssd_enabled = default_node_pool.value.ultra_ssd_enabled
      vm_size = default_node_pool.value.vm_size
      vnet_subnet_id = default_node_pool.value.vnet_subnet_id
      workload_runtime = default_node_pool.value.workload_runtime
      zones = default_node_pool.value.zones
      dynamic "kubelet_config" {
        for_each = var.default_node_pool.kubelet_config != null ? [var.default_node_pool.kubelet_config] : []
        content {
          allowed_unsafe_sysctls = kubelet_config.value.allowed_unsafe_sysctls
          container_log_max_line = kubelet_config.value.container_log_max_line
          container_log_max_size_mb = kubelet_config.value.container_log_max_size_mb
          cpu_cfs_quota_enabled = kubelet_config.value.cpu_cfs_quota_enabled
          cpu_cfs_quota_period = kubelet_config.value.cpu_cfs_quota_period
          cpu_manager_policy = kubelet_config.value.cpu_manager_policy
          image_gc_high_threshold = kubelet_config.value.image_gc_high_threshold
          image_gc_low_threshold = kubelet_config.value.image_gc_low_threshold
          pod_max_pid = kubelet_config.value.pod_max_pid
          topology_manager_policy = kubelet_config.value.topology_manager_policy
        }
      }
      dynamic "linux_os_config" {
        for_each = var.default_node_pool.linux_os_config != null ? [var.default_node_pool.linux_os_config] : []
        content {
          swap_file_size_mb = linux_os_config.value.swap_file_size_mb  #@ ..0.1.6
          swap_file_size_mb = linux_os_config.value.swap_file_size_mb != null ? linux_os_config.value.swap_file_size_mb : null  #@ 0.1.6..0.4.0
          sysctl_config = var.default_node_pool.linux_os_config.sysctl_config != null ? [var.default_node_pool.linux_os_config.sysctl_config] : []
          transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag  #@ ..0.1.6
          transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag != null ? linux_os_config.value.transparent_huge_page_defrag : null  #@ 0.1.6..0.4.0
          transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled  #@ ..0.1.6
          transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled != null ? linux_os_config.value.transparent_huge_page_enabled : null  #@ 0.1.6..0.4.0
        }
      }
      dynamic "upgrade_settings" {
        for_each = default_node_pool.value.upgrade_settings != null ? [default_node_pool.value.upgrade_settings] : []
        content {
          drain_timeout_in_minutes = upgrade_settings.value.node_soak_duration_in_minutes  #@ ..0.2.2
          drain_timeout_in_minutes = upgrade_settings.value.drain_timeout_in_minutes  #@ 0.2.2..0.4.0
          max_surge = upgrade_settings.value.max_surge
        }
      }
    }
  }
  dynamic "windows_profile" {
    for_each = var.windows_profile != null ? [var.windows_profile] : []
    content {
      license = windows_profile.value.license
      dynamic "gmsa" {
        for_each = var.windows_profile.gmsa != null ? [var.windows_profile.gmsa] : []
        content {
          dns_server = var.windows_profile.gmsa.dns_server
          root_domain = var.windows_profile.gmsa.root_domain
        }
      }
    }
  }
  lifecycle {
    ignore_changes = [kubernetes_version]
  }
}  #@ ..0.4.0
module "default_agent_pool_data" {  #@ 0.4.0..
  source = "./modules/agentpool"
  type = var.default_agent_pool.type
  name = var.default_agent_pool.name
  availability_zones = var.default_agent_pool.availability_zones
  capacity_reservation_group_id = var.default_agent_pool.capacity_reservation_group_id
  count_of = var.default_agent_pool.count_of
  creation_data = var.default_agent_pool.creation_data
  enable_auto_scaling = var.default_agent_pool.enable_auto_scaling
  enable_encryption_at_host = var.default_agent_pool.enable_encryption_at_host
  enable_fips = var.default_agent_pool.enable_fips
  enable_node_public_ip = var.default_agent_pool.enable_node_public_ip
  enable_ultra_ssd = var.default_agent_pool.enable_ultra_ssd
  gpu_instance_profile = var.default_agent_pool.gpu_instance_profile
  gpu_profile = var.default_agent_pool.gpu_profile
  host_group_id = var.default_agent_pool.host_group_id
  kubelet_config = var.default_agent_pool.kubelet_config
  kubelet_disk_type = var.default_agent_pool.kubelet_disk_type
  linux_os_config = var.default_agent_pool.linux_os_config
  max_count = var.default_agent_pool.max_count
  max_pods = var.default_agent_pool.max_pods
  min_count = var.default_agent_pool.min_count
  mode = "System"
  node_labels = var.default_agent_pool.node_labels
  node_taints = var.default_agent_pool.node_taints
  orchestrator_version = var.default_agent_pool.orchestrator_version  #@ 0.4.0..0.7.2
  orchestrator_version = var.default_agent_pool.orchestrator_version != null ? var.default_agent_pool.orchestrator_version : var.kubernetes_version  #@ 0.7.2..
  os_disk_size_gb = var.default_agent_pool.os_disk_size_gb
  os_disk_type = var.default_agent_pool.os_disk_type
  os_sku = var.default_agent_pool.os_sku
  os_type = "Linux"
  output_data_only = true
  parent_id = ""
  pod_subnet_id = var.default_agent_pool.pod_subnet_id
  proximity_placement_group_id = var.default_agent_pool.proximity_placement_group_id
  scale_down_mode = var.default_agent_pool.scale_down_mode
  scale_set_eviction_policy = var.default_agent_pool.scale_set_eviction_policy
  scale_set_priority = var.default_agent_pool.scale_set_priority
  security_profile = var.default_agent_pool.security_profile
  spot_max_price = var.default_agent_pool.spot_max_price
  upgrade_settings = var.default_agent_pool.upgrade_settings
  virtual_machines_profile = var.default_agent_pool.virtual_machines_profile
  vm_size = var.default_agent_pool.vm_size
  vnet_subnet_id = var.default_agent_pool.vnet_subnet_id
  workload_runtime = var.default_agent_pool.workload_runtime
}  #@ 0.4.0..
module "nodepools" {
  for_each = var.node_pools  #@ ..0.4.0
  for_each = var.agent_pools  #@ 0.4.0..
  source = "./modules/nodepool"  #@ ..0.4.0
  source = "./modules/agentpool"  #@ 0.4.0..
  type = each.value.type  #@ 0.4.0..
  name = each.value.name
  auto_scaling_enabled = each.value.auto_scaling_enabled  #@ ..0.4.0
  availability_zones = each.value.availability_zones  #@ 0.4.0..
  capacity_reservation_group_id = each.value.capacity_reservation_group_id
  cluster_resource_id = azurerm_kubernetes_cluster.this.id  #@ ..0.4.0
  count_of = each.value.count_of  #@ 0.4.0..
  create_before_destroy = var.create_agentpools_before_destroy  #@ 0.4.0..
  create_nodepool_before_destroy = var.create_nodepools_before_destroy  #@ ..0.4.0
  creation_data = each.value.creation_data  #@ 0.4.0..
  enable_auto_scaling = each.value.enable_auto_scaling  #@ 0.4.0..
  enable_encryption_at_host = each.value.enable_encryption_at_host  #@ 0.4.0..
  enable_fips = each.value.enable_fips  #@ 0.4.0..
  enable_node_public_ip = each.value.enable_node_public_ip  #@ 0.4.0..
  enable_ultra_ssd = each.value.enable_ultra_ssd  #@ 0.4.0..
  eviction_policy = each.value.eviction_policy  #@ ..0.4.0
  fips_enabled = each.value.fips_enabled  #@ ..0.4.0
  gpu_driver = each.value.gpu_driver  #@ 0.3.1..0.4.0
  gpu_instance = each.value.gpu_instance  #@ ..0.4.0
  gpu_instance_profile = each.value.gpu_instance_profile  #@ 0.4.0..
  gpu_profile = each.value.gpu_profile  #@ 0.4.0..
  host_encryption_enabled = each.value.host_encryption_enabled  #@ ..0.4.0
  host_group_id = each.value.host_group_id
  kubelet_config = each.value.kubelet_config
  kubelet_disk_type = each.value.kubelet_disk_type
  linux_os_config = each.value.linux_os_config
  max_count = each.value.max_count
  max_pods = each.value.max_pods
  min_count = each.value.min_count
  mode = each.value.mode
  node_count = each.value.node_count  #@ ..0.4.0
  node_labels = each.value.node_labels
  node_public_ip_enabled = each.value.node_public_ip_enabled  #@ ..0.4.0
  node_taints = each.value.node_taints
  orchestrator_version = each.value.orchestrator_version  #@ ..0.7.2
  orchestrator_version = each.value.orchestrator_version != null ? each.value.orchestrator_version : var.kubernetes_version  #@ 0.7.2..
  os_disk_size_gb = each.value.os_disk_size_gb
  os_disk_type = each.value.os_disk_type
  os_sku = each.value.os_sku
  os_type = each.value.os_type
  output_data_only = each.value.output_data_only  #@ 0.4.0..
  parent_id = azapi_resource.this.id  #@ 0.4.0..
  pod_subnet_id = each.value.pod_subnet_id
  priority = each.value.priority  #@ ..0.4.0
  proximity_placement_group_id = each.value.proximity_placement_group_id
  scale_down_mode = each.value.scale_down_mode
  scale_set_eviction_policy = each.value.scale_set_eviction_policy  #@ 0.4.0..
  scale_set_priority = each.value.scale_set_priority  #@ 0.4.0..
  security_profile = each.value.security_profile  #@ 0.4.0..
  snapshot_id = each.value.snapshot_id  #@ ..0.4.0
  spot_max_price = each.value.spot_max_price
  ultra_ssd_enabled = each.value.ultra_ssd_enabled  #@ ..0.4.0
  upgrade_settings = each.value.upgrade_settings
  virtual_machines_profile = each.value.virtual_machines_profile  #@ 0.4.0..
  vm_size = each.value.vm_size
  vnet_subnet_id = each.value.vnet_subnet_id
  workload_runtime = each.value.workload_runtime
  zones = each.value.zones  #@ ..0.4.0
}
