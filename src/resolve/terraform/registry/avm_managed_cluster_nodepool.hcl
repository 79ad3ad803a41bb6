# Azure/avm-res-containerservice-managedcluster/azurerm//modules/nodepool: what of its inputs decides a cluster
# or an agent pool. Facts only (names, types, defaults, wiring), read from the files `modules/nodepool/*.tf` of
# github.com/Azure/terraform-azurerm-avm-res-containerservice-managedcluster at each release. How to read and
# extend it: the documentation of `registry.rs`.
#@ releases 0.1.0 0.1.1 0.1.2 0.1.3 0.1.4 0.1.5 0.1.6 0.1.7 0.1.8 0.1.9 0.2.0 0.2.1 0.2.2 0.2.3 0.2.4 0.2.5
#@ releases 0.2.6 0.2.7 0.2.8 0.2.9 0.3.0 0.3.1 0.3.2 0.3.3

variable "auto_scaling_enabled" {
  type = bool
  default = false
}
variable "capacity_reservation_group_id" {
  type = string
  default = null
}
variable "cluster_resource_id" {
  type = string
}
variable "create_nodepool_before_destroy" {
  type = bool
  default = false
}
variable "eviction_policy" {
  type = string
  default = null
}
variable "fips_enabled" {
  type = bool
  default = null
}
variable "gpu_driver" {  #@ 0.3.1..
  type = string
  default = null
}  #@ 0.3.1..
variable "gpu_instance" {
  type = string
  default = null
}
variable "host_encryption_enabled" {
  type = bool
  default = null
}
variable "host_group_id" {
  type = string
  default = null
}
variable "kubelet_config" {
  default = null
  type = object({
    allowed_unsafe_sysctls = set(string)
    container_log_max_line = number
    container_log_max_size_mb = number
    cpu_cfs_quota_enabled = bool
    cpu_cfs_quota_period = string
    cpu_manager_policy = string
    image_gc_high_threshold = number
    image_gc_low_threshold = number
    pod_max_pid = number
    topology_manager_policy = string
  })
}
variable "kubelet_disk_type" {
  type = string
  default = null
}
variable "linux_os_config" {
  default = null
  type = object({
    swap_file_size_mb = optional(number)  #@ 0.1.6..
    transparent_huge_page_defrag = optional(string)  #@ 0.1.6..
    transparent_huge_page_enabled = optional(string)  #@ 0.1.6..
    sysctl_config = object({
      fs_aio_max_nr = number  #@ ..0.1.6
      fs_aio_max_nr = optional(number)  #@ 0.1.6..
      fs_file_max = number  #@ ..0.1.6
      fs_file_max = optional(number)  #@ 0.1.6..
      fs_inotify_max_user_watches = number  #@ ..0.1.6
      fs_inotify_max_user_watches = optional(number)  #@ 0.1.6..
      fs_nr_open = number  #@ ..0.1.6
      fs_nr_open = optional(number)  #@ 0.1.6..
      kernel_threads_max = number  #@ ..0.1.6
      kernel_threads_max = optional(number)  #@ 0.1.6..
      net_core_netdev_max_backlog = number  #@ ..0.1.6
      net_core_netdev_max_backlog = optional(number)  #@ 0.1.6..
      net_core_optmem_max = number  #@ ..0.1.6
      net_core_optmem_max = optional(number)  #@ 0.1.6..
      net_core_rmem_default = number  #@ ..0.1.6
      net_core_rmem_default = optional(number)  #@ 0.1.6..
      net_core_rmem_max = number  #@ ..0.1.6
      net_core_rmem_max = optional(number)  #@ 0.1.6..
      net_core_somaxconn = number  #@ ..0.1.6
      net_core_somaxconn = optional(number)  #@ 0.1.6..
      net_core_wmem_default = number  #@ ..0.1.6
      net_core_wmem_default = optional(number)  #@ 0.1.6..
      net_core_wmem_max = number  #@ ..0.1.6
      net_core_wmem_max = optional(number)  #@ 0.1.6..
      net_ipv4_ip_local_port_range_max = number  #@ ..0.1.6
      net_ipv4_ip_local_port_range_max = optional(number)  #@ 0.1.6..
      net_ipv4_ip_local_port_range_min = number  #@ ..0.1.6
      net_ipv4_ip_local_port_range_min = optional(number)  #@ 0.1.6..
      net_ipv4_neigh_default_gc_thresh1 = number  #@ ..0.1.6
      net_ipv4_neigh_default_gc_thresh1 = optional(number)  #@ 0.1.6..
      net_ipv4_neigh_default_gc_thresh2 = number  #@ ..0.1.6
      net_ipv4_neigh_default_gc_thresh2 = optional(number)  #@ 0.1.6..
      net_ipv4_neigh_default_gc_thresh3 = number  #@ ..0.1.6
      net_ipv4_neigh_default_gc_thresh3 = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_fin_timeout = number  #@ ..0.1.6
      net_ipv4_tcp_fin_timeout = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_keepalive_intvl = number  #@ ..0.1.6
      net_ipv4_tcp_keepalive_intvl = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_keepalive_probes = number  #@ ..0.1.6
      net_ipv4_tcp_keepalive_probes = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_keepalive_time = number  #@ ..0.1.6
      net_ipv4_tcp_keepalive_time = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_max_syn_backlog = number  #@ ..0.1.6
      net_ipv4_tcp_max_syn_backlog = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_max_tw_buckets = number  #@ ..0.1.6
      net_ipv4_tcp_max_tw_buckets = optional(number)  #@ 0.1.6..
      net_ipv4_tcp_tw_reuse = bool  #@ ..0.1.6
      net_ipv4_tcp_tw_reuse = optional(bool)  #@ 0.1.6..
      net_netfilter_nf_conntrack_buckets = number  #@ ..0.1.6
      net_netfilter_nf_conntrack_buckets = optional(number)  #@ 0.1.6..
      net_netfilter_nf_conntrack_max = number  #@ ..0.1.6
      net_netfilter_nf_conntrack_max = optional(number)  #@ 0.1.6..
      vm_max_map_count = number  #@ ..0.1.6
      vm_max_map_count = optional(number)  #@ 0.1.6..
      vm_swappiness = number  #@ ..0.1.6
      vm_swappiness = optional(number)  #@ 0.1.6..
      vm_vfs_cache_pressure = number  #@ ..0.1.6
      vm_vfs_cache_pressure = optional(number)  #@ 0.1.6..
    })
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
variable "node_count" {
  type = number
  default = null
}
variable "node_labels" {
  type = map(string)
  default = null
}
variable "node_public_ip_enabled" {
  type = bool
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
variable "pod_subnet_id" {
  type = string
  default = null
}
variable "priority" {
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
variable "snapshot_id" {
  type = string
  default = null
}
variable "spot_max_price" {
  type = string
  default = null
}
variable "ultra_ssd_enabled" {
  type = bool
  default = null
}
variable "upgrade_settings" {
  type = object({ drain_timeout_in_minutes = optional(number), max_surge = optional(string) })
  default = { max_surge = "10%" }
}
variable "vm_size" {
  type = string
}
variable "vnet_subnet_id" {
  type = string
  default = null
}
variable "workload_runtime" {
  type = string
  default = null
}
variable "zones" {
  type = list(string)
  default = null
}
terraform {
  required_providers {
    azurerm = "< 4.0.0"  #@ ..0.1.3
    azurerm = ">= 4.0.0, < 5.0.0"  #@ 0.1.3..0.3.1
    azurerm = ">= 4.40.0, < 5.0.0"  #@ 0.3.1..0.3.2
    azurerm = ">= 4.46.0, < 5.0.0"  #@ 0.3.2..
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "create_before_destroy_node_pool" {
  count = var.create_nodepool_before_destroy ? 1 : 0
  name = "${ var.name }${ substr(md5(uuid()), 0, 4) }"
  auto_scaling_enabled = var.auto_scaling_enabled  #@ 0.1.3..
  capacity_reservation_group_id = var.capacity_reservation_group_id
  enable_auto_scaling = var.auto_scaling_enabled  #@ ..0.1.3
  enable_host_encryption = var.host_encryption_enabled  #@ ..0.1.3
  enable_node_public_ip = var.node_public_ip_enabled  #@ ..0.1.3
  eviction_policy = var.eviction_policy
  fips_enabled = var.fips_enabled
  gpu_instance = var.gpu_instance
  host_encryption_enabled = var.host_encryption_enabled  #@ 0.1.3..
  host_group_id = var.host_group_id
  kubelet_disk_type = var.kubelet_disk_type
  kubernetes_cluster_id = var.cluster_resource_id
  max_count = var.max_count
  max_pods = var.max_pods
  min_count = var.min_count
  mode = var.mode
  node_count = var.node_count
  node_labels = var.node_labels
  node_public_ip_enabled = var.node_public_ip_enabled  #@ 0.1.3..
  node_taints = var.node_taints
  orchestrator_version = var.orchestrator_version
  os_disk_size_gb = var.os_disk_size_gb
  os_disk_type = var.os_disk_type
  os_sku = var.os_sku
  os_type = var.os_type
  pod_subnet_id = var.pod_subnet_id
  priority = var.priority
  proximity_placement_group_id = var.proximity_placement_group_id
  scale_down_mode = var.scale_down_mode
  snapshot_id = var.snapshot_id
  spot_max_price = var.spot_max_price
  ultra_ssd_enabled = var.ultra_ssd_enabled
  vm_size = var.vm_size
  vnet_subnet_id = var.vnet_subnet_id
  workload_runtime = var.workload_runtime
  zones = var.zones
  dynamic "kubelet_config" {
    for_each = var.kubelet_config != null ? [var.kubelet_config] : []
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
    for_each = var.linux_os_config != null ? [var.linux_os_config] : []
    content {
      swap_file_size_mb = linux_os_config.value.swap_file_size_mb  #@ ..0.1.6
      swap_file_size_mb = linux_os_config.value.swap_file_size_mb != null ? linux_os_config.value.swap_file_size_mb : null  #@ 0.1.6..
      sysctl_config = var.linux_os_config.sysctl_config != null ? [var.linux_os_config.sysctl_config] : []
      transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag  #@ ..0.1.6
      transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag != null ? linux_os_config.value.transparent_huge_page_defrag : null  #@ 0.1.6..
      transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled  #@ ..0.1.6
      transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled != null ? linux_os_config.value.transparent_huge_page_enabled : null  #@ 0.1.6..
    }
  }
  dynamic "upgrade_settings" {
    for_each = var.upgrade_settings != null ? [var.upgrade_settings] : []
    content {
      drain_timeout_in_minutes = upgrade_settings.value.drain_timeout_in_minutes
      max_surge = upgrade_settings.value.max_surge
    }
  }
  lifecycle {
    ignore_changes = [name]
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "this" {
  count = var.create_nodepool_before_destroy ? 0 : 1
  name = var.name
  auto_scaling_enabled = var.auto_scaling_enabled  #@ 0.1.3..
  capacity_reservation_group_id = var.capacity_reservation_group_id
  enable_auto_scaling = var.auto_scaling_enabled  #@ ..0.1.3
  enable_host_encryption = var.host_encryption_enabled  #@ ..0.1.3
  enable_node_public_ip = var.node_public_ip_enabled  #@ ..0.1.3
  eviction_policy = var.eviction_policy
  fips_enabled = var.fips_enabled
  gpu_driver = var.gpu_driver  #@ 0.3.1..
  gpu_instance = var.gpu_instance
  host_encryption_enabled = var.host_encryption_enabled  #@ 0.1.3..
  host_group_id = var.host_group_id
  kubelet_disk_type = var.kubelet_disk_type
  kubernetes_cluster_id = var.cluster_resource_id
  max_count = var.max_count
  max_pods = var.max_pods
  min_count = var.min_count
  mode = var.mode
  node_count = var.node_count
  node_labels = var.node_labels
  node_public_ip_enabled = var.node_public_ip_enabled  #@ 0.1.3..
  node_taints = var.node_taints
  orchestrator_version = var.orchestrator_version
  os_disk_size_gb = var.os_disk_size_gb
  os_disk_type = var.os_disk_type
  os_sku = var.os_sku
  os_type = var.os_type
  pod_subnet_id = var.pod_subnet_id
  priority = var.priority
  proximity_placement_group_id = var.proximity_placement_group_id
  scale_down_mode = var.scale_down_mode
  snapshot_id = var.snapshot_id
  spot_max_price = var.spot_max_price
  ultra_ssd_enabled = var.ultra_ssd_enabled
  vm_size = var.vm_size
  vnet_subnet_id = var.vnet_subnet_id
  workload_runtime = var.workload_runtime
  zones = var.zones
  dynamic "kubelet_config" {
    for_each = var.kubelet_config != null ? [var.kubelet_config] : []
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
    for_each = var.linux_os_config != null ? [var.linux_os_config] : []
    content {
      swap_file_size_mb = linux_os_config.value.swap_file_size_mb
      sysctl_config = var.linux_os_config.sysctl_config != null ? [var.linux_os_config.sysctl_config] : []
      transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag
      transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled
    }
  }
  dynamic "upgrade_settings" {
    for_each = var.upgrade_settings != null ? [var.upgrade_settings] : []
    content {
      drain_timeout_in_minutes = upgrade_settings.value.drain_timeout_in_minutes
      max_surge = upgrade_settings.value.max_surge
    }
  }
  lifecycle {
  }
}
