# Azure/aks/azurerm//v4: what of its inputs decides a cluster or an agent pool. Facts only (names, types,
# defaults, wiring), read from the files `v4/*.tf` of github.com/Azure/terraform-azurerm-aks at each release.
# How to read and extend it: the documentation of `registry.rs`.
#@ releases 9.3.0 9.4.0 9.4.1 10.0.0 10.0.1 10.0.2 10.1.0 10.1.1 10.2.0

variable "agents_availability_zones" {
  type = list(string)
  default = null
}
variable "agents_count" {
  type = number
  default = 2
}
variable "agents_labels" {
  type = map(string)
  default = {}
}
variable "agents_max_count" {
  type = number
  default = null
}
variable "agents_max_pods" {
  type = number
  default = null
}
variable "agents_min_count" {
  type = number
  default = null
}
variable "agents_pool_drain_timeout_in_minutes" {
  type = number
  default = null
}
variable "agents_pool_kubelet_configs" {
  default = []
  nullable = false
  type = list(object({
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
}
variable "agents_pool_linux_os_configs" {
  default = []
  nullable = false
  type = list(object({
    swap_file_size_mb = optional(number)
    transparent_huge_page_defrag = optional(string)
    transparent_huge_page_enabled = optional(string)
    sysctl_configs = optional(list(object({
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
    })), [])
  }))
}
variable "agents_pool_max_surge" {
  type = string
  default = "10%"
}
variable "agents_pool_name" {
  type = string
  default = "nodepool"
  nullable = false
}
variable "agents_proximity_placement_group_id" {
  type = string
  default = null
}
variable "agents_size" {
  type = string
  default = "Standard_D2s_v3"
}
variable "agents_type" {
  type = string
  default = "VirtualMachineScaleSets"
}
variable "automatic_channel_upgrade" {
  type = string
  default = null
}
variable "cluster_name" {
  type = string
  default = null
}
variable "cluster_name_random_suffix" {
  type = bool
  default = false
  nullable = false
}
variable "default_node_pool_fips_enabled" {
  type = bool
  default = null
}
variable "ebpf_data_plane" {
  type = string
  default = null
}
variable "enable_auto_scaling" {
  type = bool
  default = false
}
variable "enable_host_encryption" {
  type = bool
  default = false
}
variable "enable_node_public_ip" {
  type = bool
  default = false
}
variable "kubernetes_version" {
  type = string
  default = null
}
variable "location" {
  type = string
  default = null  #@ ..10.0.0
}
variable "net_profile_dns_service_ip" {
  type = string
  default = null
}
variable "net_profile_outbound_type" {
  type = string
  default = "loadBalancer"
}
variable "net_profile_pod_cidr" {
  type = string
  default = null
}
variable "net_profile_service_cidr" {
  type = string
  default = null
}
variable "network_plugin" {
  type = string
  default = "kubenet"
  nullable = false
}
variable "network_plugin_mode" {
  type = string
  default = null
}
variable "network_policy" {
  type = string
  default = null
}
variable "node_os_channel_upgrade" {
  type = string
  default = null
}
variable "node_pools" {
  default = {}
  nullable = false
  type = map(object({
    name = string
    capacity_reservation_group_id = optional(string)
    create_before_destroy = optional(bool, true)
    enable_auto_scaling = optional(bool)
    enable_host_encryption = optional(bool)
    enable_node_public_ip = optional(bool)
    eviction_policy = optional(string)
    fips_enabled = optional(bool)
    gpu_instance = optional(string)
    host_group_id = optional(string)
    kubelet_disk_type = optional(string)
    max_count = optional(number)
    max_pods = optional(number)
    min_count = optional(number)
    mode = optional(string, "User")
    node_count = optional(number)
    node_labels = optional(map(string))
    node_taints = optional(list(string))
    orchestrator_version = optional(string)
    os_disk_size_gb = optional(number)
    os_disk_type = optional(string, "Managed")
    os_sku = optional(string)
    os_type = optional(string, "Linux")
    pod_subnet = optional(object({ id = string }), null)  #@ 10.0.0..
    pod_subnet_id = optional(string)  #@ ..10.0.0
    priority = optional(string, "Regular")
    proximity_placement_group_id = optional(string)
    scale_down_mode = optional(string, "Delete")
    snapshot_id = optional(string)
    spot_max_price = optional(number)
    ultra_ssd_enabled = optional(bool)
    upgrade_settings = optional(object({ drain_timeout_in_minutes = number, max_surge = string }))
    vm_size = string
    vnet_subnet = optional(object({ id = string }), null)  #@ 10.0.0..
    vnet_subnet_id = optional(string)  #@ ..10.0.0
    workload_runtime = optional(string)
    zones = optional(set(string))
    kubelet_config = optional(object({
      allowed_unsafe_sysctls = optional(set(string))
      container_log_max_files = optional(number)
      container_log_max_size_mb = optional(number)
      cpu_cfs_quota_enabled = optional(bool)
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
  }))
}
variable "only_critical_addons_enabled" {
  type = bool
  default = null
}
variable "orchestrator_version" {
  type = string
  default = null
}
variable "os_disk_size_gb" {
  type = number
  default = 50
}
variable "os_disk_type" {
  type = string
  default = "Managed"
  nullable = false
}
variable "os_sku" {
  type = string
  default = null
}
variable "pod_subnet" {  #@ 10.0.0..
  type = object({ id = string })
  default = null
}  #@ 10.0.0..
variable "pod_subnet_id" {  #@ ..10.0.0
  type = string
  default = null
}  #@ ..10.0.0
variable "prefix" {
  type = string
  default = ""
  nullable = false  #@ ..10.0.0
}
variable "scale_down_mode" {
  type = string
  default = "Delete"
}
variable "sku_tier" {
  type = string
  default = "Free"
}
variable "snapshot_id" {
  type = string
  default = null
}
variable "support_plan" {
  type = string
  default = "KubernetesOfficial"
}
variable "ultra_ssd_enabled" {
  type = bool
  default = false
}
variable "vnet_subnet" {  #@ 10.0.0..
  type = object({ id = string })
  default = null
}  #@ 10.0.0..
variable "vnet_subnet_id" {  #@ ..10.0.0
  type = string
  default = null
}  #@ ..10.0.0
locals {
  cluster_name = coalesce(var.cluster_name, trim("${ var.prefix }-aks", "-"))  #@ ..10.0.0
  cluster_name = try(coalesce(var.cluster_name, trim("${ var.prefix }-aks", "-")), "aks")  #@ 10.0.0..
  node_pools_create_after_destroy = { for k, p in var.node_pools : k => p if p.create_before_destroy != true }
  node_pools_create_before_destroy = { for k, p in var.node_pools : k => p if p.create_before_destroy == true }
}
terraform {
  required_providers {
    azurerm = "~> 4.0"  #@ ..10.0.0
    azurerm = ">= 4.16.0, < 5.0"  #@ 10.0.0..
  }
}
resource "azapi_update_resource" "aks_cluster_post_create" {
  type = "Microsoft.ContainerService/managedClusters@2024-02-01"
  body = jsonencode({ properties = { kubernetesVersion = var.kubernetes_version } })  #@ ..9.4.0, 9.4.1..10.0.0
  body = { properties = { kubernetesVersion = var.kubernetes_version } }  #@ 9.4.0..9.4.1, 10.0.0..
  resource_id = azurerm_kubernetes_cluster.main.id
  lifecycle {
    ignore_changes = all
  }
}
resource "azurerm_kubernetes_cluster" "main" {
  name = "${ local.cluster_name }${ var.cluster_name_random_suffix ? substr(md5(uuid()), 0, 4) : "" }"
  automatic_upgrade_channel = var.automatic_channel_upgrade
  kubernetes_version = var.kubernetes_version
  location = coalesce(var.location, data.azurerm_resource_group.main.location)  #@ ..10.0.0
  location = var.location  #@ 10.0.0..
  node_os_upgrade_channel = var.node_os_channel_upgrade
  sku_tier = var.sku_tier
  support_plan = var.support_plan
  network_profile {
    dns_service_ip = var.net_profile_dns_service_ip
    network_data_plane = var.ebpf_data_plane
    network_plugin = var.network_plugin
    network_plugin_mode = var.network_plugin_mode
    network_policy = var.network_policy
    outbound_type = var.net_profile_outbound_type
    pod_cidr = var.net_profile_pod_cidr
    service_cidr = var.net_profile_service_cidr
  }
  dynamic "default_node_pool" {
    for_each = var.enable_auto_scaling == true ? [] : ["default_node_pool_manually_scaled"]
    content {
      type = var.agents_type
      name = var.agents_pool_name
      auto_scaling_enabled = var.enable_auto_scaling
      fips_enabled = var.default_node_pool_fips_enabled
      host_encryption_enabled = var.enable_host_encryption
      max_count = null
      max_pods = var.agents_max_pods
      min_count = null
      node_count = var.agents_count
      node_labels = var.agents_labels
      node_public_ip_enabled = var.enable_node_public_ip
      only_critical_addons_enabled = var.only_critical_addons_enabled
      orchestrator_version = var.orchestrator_version
      os_disk_size_gb = var.os_disk_size_gb
      os_disk_type = var.os_disk_type
      os_sku = var.os_sku
      pod_subnet_id = var.pod_subnet_id  #@ ..10.0.0
      pod_subnet_id = try(var.pod_subnet.id, null)  #@ 10.0.0..
      proximity_placement_group_id = var.agents_proximity_placement_group_id
      scale_down_mode = var.scale_down_mode
      snapshot_id = var.snapshot_id
      ultra_ssd_enabled = var.ultra_ssd_enabled
      vm_size = var.agents_size
      vnet_subnet_id = var.vnet_subnet_id  #@ ..10.0.0
      vnet_subnet_id = try(var.vnet_subnet.id, null)  #@ 10.0.0..
      zones = var.agents_availability_zones
      dynamic "kubelet_config" {
        for_each = var.agents_pool_kubelet_configs
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
        for_each = var.agents_pool_linux_os_configs
        content {
          swap_file_size_mb = linux_os_config.value.swap_file_size_mb
          sysctl_config = linux_os_config.value.sysctl_configs == null ? [] : linux_os_config.value.sysctl_configs
          transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag
          transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled
        }
      }
      dynamic "upgrade_settings" {
        for_each = var.agents_pool_max_surge == null ? [] : ["upgrade_settings"]
        content {
          drain_timeout_in_minutes = var.agents_pool_drain_timeout_in_minutes
          max_surge = var.agents_pool_max_surge
        }
      }
    }
  }
  dynamic "default_node_pool" {
    for_each = var.enable_auto_scaling == true ? ["default_node_pool_auto_scaled"] : []
    content {
      type = var.agents_type
      name = var.agents_pool_name
      auto_scaling_enabled = var.enable_auto_scaling
      fips_enabled = var.default_node_pool_fips_enabled
      host_encryption_enabled = var.enable_host_encryption
      max_count = var.agents_max_count
      max_pods = var.agents_max_pods
      min_count = var.agents_min_count
      node_labels = var.agents_labels
      node_public_ip_enabled = var.enable_node_public_ip
      only_critical_addons_enabled = var.only_critical_addons_enabled
      orchestrator_version = var.orchestrator_version
      os_disk_size_gb = var.os_disk_size_gb
      os_disk_type = var.os_disk_type
      os_sku = var.os_sku
      pod_subnet_id = var.pod_subnet_id  #@ ..10.0.0
      pod_subnet_id = try(var.pod_subnet.id, null)  #@ 10.0.0..
      proximity_placement_group_id = var.agents_proximity_placement_group_id
      scale_down_mode = var.scale_down_mode
      snapshot_id = var.snapshot_id
      ultra_ssd_enabled = var.ultra_ssd_enabled
      vm_size = var.agents_size
      vnet_subnet_id = var.vnet_subnet_id  #@ ..10.0.0
      vnet_subnet_id = try(var.vnet_subnet.id, null)  #@ 10.0.0..
      zones = var.agents_availability_zones
      dynamic "kubelet_config" {
        for_each = var.agents_pool_kubelet_configs
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
        for_each = var.agents_pool_linux_os_configs
        content {
          swap_file_size_mb = linux_os_config.value.swap_file_size_mb
          sysctl_config = linux_os_config.value.sysctl_configs == null ? [] : linux_os_config.value.sysctl_configs
          transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag
          transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled
        }
      }
      dynamic "upgrade_settings" {
        for_each = var.agents_pool_max_surge == null ? [] : ["upgrade_settings"]
        content {
          drain_timeout_in_minutes = var.agents_pool_drain_timeout_in_minutes
          max_surge = var.agents_pool_max_surge
        }
      }
    }
  }
  lifecycle {
    ignore_changes = [kubernetes_version, name]
  }
  lifecycle {
    ignore_changes = [kubernetes_version, name]
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "node_pool_create_after_destroy" {
  for_each = local.node_pools_create_after_destroy
  name = each.value.name
  auto_scaling_enabled = each.value.enable_auto_scaling
  capacity_reservation_group_id = each.value.capacity_reservation_group_id
  eviction_policy = each.value.eviction_policy
  fips_enabled = each.value.fips_enabled
  host_encryption_enabled = each.value.enable_host_encryption
  host_group_id = each.value.host_group_id
  kubelet_disk_type = each.value.kubelet_disk_type
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  max_count = each.value.max_count
  max_pods = each.value.max_pods
  min_count = each.value.min_count
  mode = each.value.mode
  node_count = each.value.node_count
  node_labels = each.value.node_labels
  node_public_ip_enabled = each.value.enable_node_public_ip
  node_taints = each.value.node_taints
  orchestrator_version = each.value.orchestrator_version
  os_disk_size_gb = each.value.os_disk_size_gb
  os_disk_type = each.value.os_disk_type
  os_sku = each.value.os_sku
  os_type = each.value.os_type
  pod_subnet_id = each.value.pod_subnet_id  #@ ..10.0.0
  pod_subnet_id = try(each.value.pod_subnet.id, null)  #@ 10.0.0..
  priority = each.value.priority
  proximity_placement_group_id = each.value.proximity_placement_group_id
  scale_down_mode = each.value.scale_down_mode
  snapshot_id = each.value.snapshot_id
  spot_max_price = each.value.spot_max_price
  ultra_ssd_enabled = each.value.ultra_ssd_enabled
  vm_size = each.value.vm_size
  vnet_subnet_id = each.value.vnet_subnet_id  #@ ..10.0.0
  vnet_subnet_id = try(each.value.vnet_subnet.id, null)  #@ 10.0.0..
  workload_runtime = each.value.workload_runtime
  zones = each.value.zones
  dynamic "kubelet_config" {
    for_each = each.value.kubelet_config == null ? [] : ["kubelet_config"]
    content {
      allowed_unsafe_sysctls = each.value.kubelet_config.allowed_unsafe_sysctls
      container_log_max_line = each.value.kubelet_config.container_log_max_files
      container_log_max_size_mb = each.value.kubelet_config.container_log_max_size_mb
      cpu_cfs_quota_enabled = each.value.kubelet_config.cpu_cfs_quota_enabled
      cpu_cfs_quota_period = each.value.kubelet_config.cpu_cfs_quota_period
      cpu_manager_policy = each.value.kubelet_config.cpu_manager_policy
      image_gc_high_threshold = each.value.kubelet_config.image_gc_high_threshold
      image_gc_low_threshold = each.value.kubelet_config.image_gc_low_threshold
      pod_max_pid = each.value.kubelet_config.pod_max_pid
      topology_manager_policy = each.value.kubelet_config.topology_manager_policy
    }
  }
  dynamic "linux_os_config" {
    for_each = each.value.linux_os_config == null ? [] : ["linux_os_config"]
    content {
      swap_file_size_mb = each.value.linux_os_config.swap_file_size_mb
      sysctl_config = each.value.linux_os_config.sysctl_config == null ? [] : [each.value.linux_os_config.sysctl_config]
      transparent_huge_page_defrag = each.value.linux_os_config.transparent_huge_page_defrag
      transparent_huge_page_enabled = each.value.linux_os_config.transparent_huge_page_enabled
    }
  }
  dynamic "upgrade_settings" {
    for_each = each.value.upgrade_settings == null ? [] : ["upgrade_settings"]
    content {
      drain_timeout_in_minutes = each.value.upgrade_settings.drain_timeout_in_minutes
      max_surge = each.value.upgrade_settings.max_surge
    }
  }
  lifecycle {
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "node_pool_create_before_destroy" {
  for_each = local.node_pools_create_before_destroy
  name = "${ each.value.name }${ substr(md5(uuid()), 0, 4) }"
  auto_scaling_enabled = each.value.enable_auto_scaling
  capacity_reservation_group_id = each.value.capacity_reservation_group_id
  eviction_policy = each.value.eviction_policy
  fips_enabled = each.value.fips_enabled
  gpu_instance = each.value.gpu_instance
  host_encryption_enabled = each.value.enable_host_encryption
  host_group_id = each.value.host_group_id
  kubelet_disk_type = each.value.kubelet_disk_type
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  max_count = each.value.max_count
  max_pods = each.value.max_pods
  min_count = each.value.min_count
  mode = each.value.mode
  node_count = each.value.node_count
  node_labels = each.value.node_labels
  node_public_ip_enabled = each.value.enable_node_public_ip
  node_taints = each.value.node_taints
  orchestrator_version = each.value.orchestrator_version
  os_disk_size_gb = each.value.os_disk_size_gb
  os_disk_type = each.value.os_disk_type
  os_sku = each.value.os_sku
  os_type = each.value.os_type
  pod_subnet_id = each.value.pod_subnet_id  #@ ..10.0.0
  pod_subnet_id = try(each.value.pod_subnet.id, null)  #@ 10.0.0..
  priority = each.value.priority
  proximity_placement_group_id = each.value.proximity_placement_group_id
  scale_down_mode = each.value.scale_down_mode
  snapshot_id = each.value.snapshot_id
  spot_max_price = each.value.spot_max_price
  ultra_ssd_enabled = each.value.ultra_ssd_enabled
  vm_size = each.value.vm_size
  vnet_subnet_id = each.value.vnet_subnet_id  #@ ..10.0.0
  vnet_subnet_id = try(each.value.vnet_subnet.id, null)  #@ 10.0.0..
  workload_runtime = each.value.workload_runtime
  zones = each.value.zones
  dynamic "kubelet_config" {
    for_each = each.value.kubelet_config == null ? [] : ["kubelet_config"]
    content {
      allowed_unsafe_sysctls = each.value.kubelet_config.allowed_unsafe_sysctls
      container_log_max_line = each.value.kubelet_config.container_log_max_files
      container_log_max_size_mb = each.value.kubelet_config.container_log_max_size_mb
      cpu_cfs_quota_enabled = each.value.kubelet_config.cpu_cfs_quota_enabled
      cpu_cfs_quota_period = each.value.kubelet_config.cpu_cfs_quota_period
      cpu_manager_policy = each.value.kubelet_config.cpu_manager_policy
      image_gc_high_threshold = each.value.kubelet_config.image_gc_high_threshold
      image_gc_low_threshold = each.value.kubelet_config.image_gc_low_threshold
      pod_max_pid = each.value.kubelet_config.pod_max_pid
      topology_manager_policy = each.value.kubelet_config.topology_manager_policy
    }
  }
  dynamic "linux_os_config" {
    for_each = each.value.linux_os_config == null ? [] : ["linux_os_config"]
    content {
      swap_file_size_mb = each.value.linux_os_config.swap_file_size_mb
      sysctl_config = each.value.linux_os_config.sysctl_config == null ? [] : [each.value.linux_os_config.sysctl_config]
      transparent_huge_page_defrag = each.value.linux_os_config.transparent_huge_page_defrag
      transparent_huge_page_enabled = each.value.linux_os_config.transparent_huge_page_enabled
    }
  }
  dynamic "upgrade_settings" {
    for_each = each.value.upgrade_settings == null ? [] : ["upgrade_settings"]
    content {
      drain_timeout_in_minutes = each.value.upgrade_settings.drain_timeout_in_minutes
      max_surge = each.value.upgrade_settings.max_surge
    }
  }
  lifecycle {
    ignore_changes = [name]
  }
}
