# Azure/aks/azurerm: what of its inputs decides a cluster or an agent pool. Facts only (names, types, defaults,
# wiring), read from the files `*.tf` of github.com/Azure/terraform-azurerm-aks at each release. How to read and
# extend it: the documentation of `registry.rs`.
#@ releases 4.0 4.1.0 4.2.0 4.3.0 4.4.0 4.5.0 4.6.0 4.7.0 4.8.0 4.9.0 4.10.0 4.11.0 4.12.0 4.13.0 4.14.0 4.15.0
#@ releases 4.16.0 5.0.0 6.0.0 6.1.0 6.2.0 6.3.0 6.4.0 6.5.0 6.6.0 6.7.0 6.7.1 6.8.0 7.0.0 7.1.0 7.2.0 7.3.0
#@ releases 7.3.1 7.3.2 7.4.0 7.5.0 8.0.0 9.0.0 9.1.0 9.2.0 9.3.0 9.4.0 9.4.1 10.0.0 10.0.1 10.0.2 10.1.0 10.1.1
#@ releases 10.2.0 11.0.0 11.1.0 11.2.0 11.3.0 11.4.0 11.5.0

variable "agents_availability_zones" {  #@ 4.5.0..
  type = list(string)
  default = null
}  #@ 4.5.0..
variable "agents_count" {
  type = number  #@ 4.1.0..
  default = 2
}
variable "agents_labels" {  #@ 4.5.0..
  type = map(string)
  default = {}
}  #@ 4.5.0..
variable "agents_max_count" {  #@ 4.5.0..
  type = number
  default = null
}  #@ 4.5.0..
variable "agents_max_pods" {  #@ 4.5.0..
  type = number
  default = null
}  #@ 4.5.0..
variable "agents_min_count" {  #@ 4.5.0..
  type = number
  default = null
}  #@ 4.5.0..
variable "agents_pool_drain_timeout_in_minutes" {  #@ 9.1.0..
  type = number
  default = null
}  #@ 9.1.0..
variable "agents_pool_kubelet_configs" {  #@ 6.8.0..
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
}  #@ 6.8.0..
variable "agents_pool_linux_os_configs" {  #@ 6.7.0..
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
}  #@ 6.7.0..
variable "agents_pool_max_surge" {  #@ 7.2.0..
  type = string
  default = null  #@ 7.2.0..9.0.0
  default = "10%"  #@ 9.0.0..
}  #@ 7.2.0..
variable "agents_pool_name" {  #@ 4.5.0..
  type = string
  default = "nodepool"
  nullable = false  #@ 5.0.0..
}  #@ 4.5.0..
variable "agents_pool_undrainable_node_behavior" {  #@ 11.5.0..
  type = string
  default = null
}  #@ 11.5.0..
variable "agents_proximity_placement_group_id" {  #@ 7.2.0..
  type = string
  default = null
}  #@ 7.2.0..
variable "agents_size" {
  type = string  #@ 4.1.0..
  default = "Standard_D2s_v3"
}
variable "agents_taints" {  #@ 6.7.0..10.0.0
  type = list(string)
  default = null
}  #@ 6.7.0..10.0.0
variable "agents_type" {  #@ 4.5.0..
  type = string
  default = "VirtualMachineScaleSets"
}  #@ 4.5.0..
variable "auto_scaling_enabled" {  #@ 11.0.0..
  type = bool
  default = false
}  #@ 11.0.0..
variable "automatic_channel_upgrade" {  #@ 6.3.0..
  type = string
  default = null
}  #@ 6.3.0..
variable "cluster_name" {  #@ 4.11.0..
  type = string
  default = null
}  #@ 4.11.0..
variable "cluster_name_random_suffix" {  #@ 8.0.0..
  type = bool
  default = false
  nullable = false
}  #@ 8.0.0..
variable "default_node_pool_fips_enabled" {  #@ 7.5.0..
  type = bool
  default = null
}  #@ 7.5.0..
variable "ebpf_data_plane" {  #@ 7.2.0..
  type = string
  default = null
}  #@ 7.2.0..
variable "enable_auto_scaling" {  #@ 4.5.0..11.0.0
  type = bool
  default = false
}  #@ 4.5.0..11.0.0
variable "enable_host_encryption" {  #@ 4.13.0..11.0.0
  type = bool
  default = false
}  #@ 4.13.0..11.0.0
variable "enable_node_public_ip" {  #@ 4.5.0..11.0.0
  type = bool
  default = false
}  #@ 4.5.0..11.0.0
variable "host_encryption_enabled" {  #@ 11.0.0..
  type = bool
  default = false
}  #@ 11.0.0..
variable "kubernetes_version" {  #@ 4.5.0..
  type = string
  default = null
}  #@ 4.5.0..
variable "location" {  #@ 5.0.0..
  type = string
  default = null  #@ 5.0.0..10.0.0
}  #@ 5.0.0..
variable "net_profile_dns_service_ip" {  #@ 4.5.0..
  type = string
  default = null
}  #@ 4.5.0..
variable "net_profile_outbound_type" {  #@ 4.5.0..
  type = string
  default = "loadBalancer"
}  #@ 4.5.0..
variable "net_profile_pod_cidr" {  #@ 4.5.0..
  type = string
  default = null
}  #@ 4.5.0..
variable "net_profile_service_cidr" {  #@ 4.5.0..
  type = string
  default = null
}  #@ 4.5.0..
variable "network_data_plane" {  #@ 10.0.0..11.0.0
  type = string
  default = null
}  #@ 10.0.0..11.0.0
variable "network_plugin" {  #@ 4.4.0..
  type = string
  default = "kubenet"
  nullable = false  #@ 5.0.0..
}  #@ 4.4.0..
variable "network_plugin_mode" {  #@ 7.1.0..
  type = string
  default = null
}  #@ 7.1.0..
variable "network_policy" {  #@ 4.5.0..
  type = string
  default = null
}  #@ 4.5.0..
variable "node_os_channel_upgrade" {  #@ 7.5.0..
  type = string
  default = null
}  #@ 7.5.0..
variable "node_pools" {  #@ 6.8.0..
  default = {}
  nullable = false
  type = map(object({
    name = string
    auto_scaling_enabled = optional(bool)  #@ 11.0.0..
    capacity_reservation_group_id = optional(string)
    create_before_destroy = optional(bool, true)  #@ 8.0.0..
    custom_ca_trust_enabled = optional(bool)  #@ 7.0.0..8.0.0
    enable_auto_scaling = optional(bool)  #@ 6.8.0..11.0.0
    enable_host_encryption = optional(bool)  #@ 6.8.0..11.0.0
    enable_node_public_ip = optional(bool)  #@ 6.8.0..11.0.0
    eviction_policy = optional(string)
    fips_enabled = optional(bool)
    gpu_driver = optional(string)  #@ 11.0.0..
    gpu_instance = optional(string)  #@ 8.0.0..
    host_encryption_enabled = optional(bool)  #@ 11.0.0..
    host_group_id = optional(string)
    kubelet_disk_type = optional(string)
    max_count = optional(number)
    max_pods = optional(number)
    message_of_the_day = optional(string)  #@ 7.0.0..8.0.0
    min_count = optional(number)
    mode = optional(string, "User")
    node_count = optional(number)
    node_labels = optional(map(string))
    node_network_profile = optional(object({ node_public_ip_tags = optional(map(string)) }))  #@ 7.0.0..8.0.0
    node_public_ip_enabled = optional(bool)  #@ 11.0.0..
    node_public_ip_prefix_id = optional(string)  #@ 7.0.0..8.0.0
    node_taints = optional(list(string))
    orchestrator_version = optional(string)
    os_disk_size_gb = optional(number)
    os_disk_type = optional(string, "Managed")
    os_sku = optional(string)
    os_type = optional(string, "Linux")
    pod_subnet = optional(object({ id = string }), null)  #@ 10.0.0..
    pod_subnet_id = optional(string)  #@ 6.8.0..10.0.0
    priority = optional(string, "Regular")
    proximity_placement_group_id = optional(string)
    scale_down_mode = optional(string, "Delete")
    snapshot_id = optional(string)  #@ 7.4.0..
    spot_max_price = optional(number)
    tags = optional(map(string))  #@ 7.0.0..8.0.0
    ultra_ssd_enabled = optional(bool)
    upgrade_settings = optional(object({ max_surge = number }))  #@ 6.8.0..7.2.0
    upgrade_settings = optional(object({ max_surge = string }))  #@ 7.2.0..9.1.0
    upgrade_settings = optional(object({ drain_timeout_in_minutes = number, max_surge = string }))  #@ 9.1.0..11.5.0
    vm_size = string
    vnet_subnet = optional(object({ id = string }), null)  #@ 10.0.0..
    vnet_subnet_id = optional(string)  #@ 6.8.0..10.0.0
    windows_profile = optional(object({ outbound_nat_enabled = optional(bool, true) }))  #@ 7.0.0..8.0.0
    windows_profile = optional(object({  }))  #@ 11.5.0..
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
    upgrade_settings = optional(object({  #@ 11.5.0..
      drain_timeout_in_minutes = optional(number)
      max_surge = optional(string)
      max_unavailable = optional(string)
      undrainable_node_behavior = optional(string)
    }))  #@ 11.5.0..
  }))
}  #@ 6.8.0..
variable "node_provisioning_profile" {  #@ 11.4.0..
  type = object({ mode = optional(string) })
  default = null
}  #@ 11.4.0..
variable "node_public_ip_enabled" {  #@ 11.0.0..
  type = bool
  default = false
}  #@ 11.0.0..
variable "only_critical_addons_enabled" {  #@ 5.0.0..
  type = bool
  default = null
}  #@ 5.0.0..
variable "orchestrator_version" {  #@ 4.5.0..
  type = string
  default = null
}  #@ 4.5.0..
variable "os_disk_size_gb" {  #@ 4.1.0..
  type = number
  default = 50
}  #@ 4.1.0..
variable "os_disk_type" {  #@ 4.16.0..
  type = string
  default = "Managed"
  nullable = false  #@ 5.0.0..
}  #@ 4.16.0..
variable "os_sku" {  #@ 6.8.0..
  type = string
  default = null
}  #@ 6.8.0..
variable "pod_subnet" {  #@ 10.0.0..
  type = object({ id = string })
  default = null
}  #@ 10.0.0..
variable "pod_subnet_id" {  #@ 6.3.0..10.0.0
  type = string
  default = null
}  #@ 6.3.0..10.0.0
variable "prefix" {
  type = string  #@ 4.1.0..
  default = ""  #@ 7.1.0..
  nullable = false  #@ 7.1.0..10.0.0
}
variable "scale_down_mode" {  #@ 6.5.0..
  type = string
  default = "Delete"
}  #@ 6.5.0..
variable "sku_tier" {  #@ 4.3.0..
  type = string
  default = "Free"
}  #@ 4.3.0..
variable "snapshot_id" {  #@ 7.4.0..
  type = string
  default = null
}  #@ 7.4.0..
variable "support_plan" {  #@ 8.0.0..
  type = string
  default = "KubernetesOfficial"
}  #@ 8.0.0..
variable "ultra_ssd_enabled" {  #@ 6.1.0..
  type = bool
  default = false
}  #@ 6.1.0..
variable "vnet_subnet" {  #@ 10.0.0..
  type = object({ id = string })
  default = null
}  #@ 10.0.0..
variable "vnet_subnet_id" {  #@ 4.1.0..10.0.0
  type = string
  default = null
}  #@ 4.1.0..10.0.0
variable "windows_profile" {  #@ 11.5.0..
  default = null
  type = object({
    gmsa = optional(object({ dns_server = string, root_domain = string }))
    license = optional(string)
  })
}  #@ 11.5.0..
locals {  #@ 8.0.0..
  aks_api_version = "2025-09-01"  #@ 11.2.0..
  cluster_name = coalesce(var.cluster_name, trim("${ var.prefix }-aks", "-"))  #@ 8.0.0..10.0.0
  cluster_name = try(coalesce(var.cluster_name, trim("${ var.prefix }-aks", "-")), "aks")  #@ 10.0.0..
  node_pools_create_after_destroy = { for k, p in var.node_pools : k => p if p.create_before_destroy != true }
  node_pools_create_before_destroy = { for k, p in var.node_pools : k => p if p.create_before_destroy == true }
}  #@ 8.0.0..
terraform {  #@ 4.4.0..
  required_providers {
    azurerm = "~> 2.34.0"  #@ 4.4.0..4.6.0
    azurerm = "~> 2.34"  #@ 4.6.0..4.13.0
    azurerm = "~> 2.46"  #@ 4.13.0..5.0.0
    azurerm = "~> 3.3"  #@ 5.0.0..6.0.0
    azurerm = "~> 3.21"  #@ 6.0.0..6.1.0
    azurerm = ">= 3.21"  #@ 6.1.0..6.2.0
    azurerm = ">= 3.27"  #@ 6.2.0..6.6.0
    azurerm = ">= 3.40"  #@ 6.6.0..6.7.0
    azurerm = ">= 3.40, < 4.0"  #@ 6.7.0..6.8.0
    azurerm = ">= 3.47.0, < 4.0"  #@ 6.8.0..7.0.0
    azurerm = ">= 3.51.0, < 4.0"  #@ 7.0.0..7.4.0
    azurerm = ">= 3.69.0, < 4.0"  #@ 7.4.0..8.0.0
    azurerm = ">= 3.84.0, < 4.0"  #@ 8.0.0..9.1.0
    azurerm = ">= 3.106.1, < 4.0"  #@ 9.1.0..10.0.0
    azurerm = ">= 3.107.0, < 4.0"  #@ 10.0.0..11.0.0
    azurerm = ">= 4.16.0, < 5.0"  #@ 11.0.0..11.5.0
    azurerm = ">= 4.48.0, < 5.0"  #@ 11.5.0..
  }
}  #@ 4.4.0..
resource "azapi_update_resource" "aks_cluster_default_nodepool_version" {  #@ 11.5.0..
  count = var.orchestrator_version != null ? 1 : 0
  type = "Microsoft.ContainerService/managedClusters/agentPools@${ local.aks_api_version }"
  body = { properties = { orchestratorVersion = var.orchestrator_version } }
  resource_id = "${ azurerm_kubernetes_cluster.main.id }/agentPools/${ var.agents_pool_name }"
  lifecycle {
    ignore_changes = all
  }
}  #@ 11.5.0..
resource "azapi_update_resource" "aks_cluster_post_create" {  #@ 7.0.0..
  type = "Microsoft.ContainerService/managedClusters@2023-01-02-preview"  #@ 7.0.0..9.0.0
  type = "Microsoft.ContainerService/managedClusters@2024-02-01"  #@ 9.0.0..11.2.0
  type = "Microsoft.ContainerService/managedClusters@${ local.aks_api_version }"  #@ 11.2.0..
  body = jsonencode({ properties = { kubernetesVersion = var.kubernetes_version } })  #@ 7.0.0..9.4.0, 9.4.1..10.0.0
  body = { properties = { kubernetesVersion = var.kubernetes_version } }  #@ 9.4.0..9.4.1, 10.0.0..
  resource_id = azurerm_kubernetes_cluster.main.id
  lifecycle {
    ignore_changes = all
  }
}  #@ 7.0.0..
resource "azapi_update_resource" "node_pool_version" {  #@ 11.5.0..
  for_each = { for k, v in var.node_pools : k => v if v.orchestrator_version != null }
  type = "Microsoft.ContainerService/managedClusters/agentPools@${ local.aks_api_version }"
  body = { properties = { orchestratorVersion = each.value.orchestrator_version } }
  resource_id = try(azurerm_kubernetes_cluster_node_pool.node_pool_create_before_destroy[each.key].id, azurerm_kubernetes_cluster_node_pool.node_pool_create_after_destroy[each.key].id)
  lifecycle {
    ignore_changes = all
  }
}  #@ 11.5.0..
resource "azurerm_kubernetes_cluster" "main" {
  name = "${ var.prefix }-aks"  #@ ..4.11.0
  name = var.cluster_name == null ? "${ var.prefix }-aks" : var.cluster_name  #@ 4.11.0..7.1.0
  name = coalesce(var.cluster_name, trim("${ var.prefix }-aks", "-"))  #@ 7.1.0..8.0.0
  name = "${ local.cluster_name }${ var.cluster_name_random_suffix ? substr(md5(uuid()), 0, 4) : "" }"  #@ 8.0.0..
  automatic_channel_upgrade = var.automatic_channel_upgrade  #@ 6.3.0..11.0.0
  automatic_upgrade_channel = var.automatic_channel_upgrade  #@ 11.0.0..
  kubernetes_version = var.kubernetes_version  #@ 4.5.0..
  location = data.azurerm_resource_group.main.location  #@ ..5.0.0
  location = coalesce(var.location, data.azurerm_resource_group.main.location)  #@ 5.0.0..10.0.0
  location = var.location  #@ 10.0.0..
  node_os_channel_upgrade = var.node_os_channel_upgrade  #@ 7.5.0..11.0.0
  node_os_upgrade_channel = var.node_os_channel_upgrade  #@ 11.0.0..
  sku_tier = var.sku_tier  #@ 4.3.0..
  support_plan = var.support_plan  #@ 8.0.0..
  default_node_pool {  #@ ..4.9.0
    type = var.agents_type  #@ 4.5.0..4.9.0
    name = "nodepool"  #@ ..4.5.0
    name = var.agents_pool_name  #@ 4.5.0..4.9.0
    availability_zones = var.agents_availability_zones  #@ 4.5.0..4.9.0
    enable_auto_scaling = var.enable_auto_scaling  #@ 4.5.0..4.9.0
    enable_node_public_ip = var.enable_node_public_ip  #@ 4.5.0..4.9.0
    max_count = var.enable_auto_scaling ? var.agents_max_count : null  #@ 4.5.0..4.9.0
    max_pods = var.agents_max_pods  #@ 4.5.0..4.9.0
    min_count = var.enable_auto_scaling ? var.agents_min_count : null  #@ 4.5.0..4.9.0
    node_count = var.agents_count
    node_labels = var.agents_labels  #@ 4.5.0..4.9.0
    orchestrator_version = var.orchestrator_version  #@ 4.5.0..4.9.0
    os_disk_size_gb = 50  #@ ..4.1.0
    os_disk_size_gb = var.os_disk_size_gb  #@ 4.1.0..4.9.0
    vm_size = var.agents_size
    vnet_subnet_id = var.vnet_subnet_id  #@ 4.1.0..4.9.0
  }  #@ ..4.9.0
  network_profile {  #@ 4.4.0..
    dns_service_ip = var.net_profile_dns_service_ip  #@ 4.5.0..
    ebpf_data_plane = var.ebpf_data_plane  #@ 7.2.0..11.0.0
    network_data_plane = var.network_data_plane  #@ 10.0.0..11.0.0
    network_data_plane = var.ebpf_data_plane  #@ 11.0.0..
    network_plugin = var.network_plugin
    network_plugin_mode = var.network_plugin_mode  #@ 7.1.0..
    network_policy = var.network_policy  #@ 4.5.0..
    outbound_type = var.net_profile_outbound_type  #@ 4.5.0..
    pod_cidr = var.net_profile_pod_cidr  #@ 4.5.0..
    service_cidr = var.net_profile_service_cidr  #@ 4.5.0..
  }  #@ 4.4.0..
  dynamic "default_node_pool" {  #@ 4.9.0..
    for_each = var.enable_auto_scaling == true ? [] : ["default_node_pool_manually_scaled"]  #@ 4.9.0..11.0.0
    for_each = var.auto_scaling_enabled == true ? [] : ["default_node_pool_manually_scaled"]  #@ 11.0.0..
    content {
      type = var.agents_type
      name = var.agents_pool_name
      auto_scaling_enabled = var.auto_scaling_enabled  #@ 11.0.0..
      availability_zones = var.agents_availability_zones  #@ 4.9.0..5.0.0
      enable_auto_scaling = var.enable_auto_scaling  #@ 4.9.0..11.0.0
      enable_host_encryption = var.enable_host_encryption  #@ 4.13.0..11.0.0
      enable_node_public_ip = var.enable_node_public_ip  #@ 4.9.0..11.0.0
      fips_enabled = var.default_node_pool_fips_enabled  #@ 7.5.0..
      host_encryption_enabled = var.host_encryption_enabled  #@ 11.0.0..
      max_count = null
      max_pods = var.agents_max_pods
      min_count = null
      node_count = var.agents_count
      node_labels = var.agents_labels
      node_public_ip_enabled = var.node_public_ip_enabled  #@ 11.0.0..
      node_taints = var.agents_taints  #@ 6.7.0..10.0.0
      only_critical_addons_enabled = var.only_critical_addons_enabled  #@ 5.0.0..
      orchestrator_version = var.orchestrator_version
      os_disk_size_gb = var.os_disk_size_gb
      os_disk_type = var.os_disk_type  #@ 4.16.0..
      os_sku = var.os_sku  #@ 6.8.0..
      pod_subnet_id = var.pod_subnet_id  #@ 6.3.0..10.0.0
      pod_subnet_id = try(var.pod_subnet.id, null)  #@ 10.0.0..
      proximity_placement_group_id = var.agents_proximity_placement_group_id  #@ 7.2.0..
      scale_down_mode = var.scale_down_mode  #@ 6.5.0..
      snapshot_id = var.snapshot_id  #@ 7.4.0..
      ultra_ssd_enabled = var.ultra_ssd_enabled  #@ 6.1.0..
      vm_size = var.agents_size
      vnet_subnet_id = var.vnet_subnet_id  #@ 4.9.0..10.0.0
      vnet_subnet_id = try(var.vnet_subnet.id, null)  #@ 10.0.0..
      zones = var.agents_availability_zones  #@ 5.0.0..
      dynamic "kubelet_config" {  #@ 6.8.0..
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
      }  #@ 6.8.0..
      dynamic "linux_os_config" {  #@ 6.7.0..
        for_each = var.agents_pool_linux_os_configs
        content {
          swap_file_size_mb = linux_os_config.value.swap_file_size_mb
          sysctl_config = linux_os_config.value.sysctl_configs == null ? [] : linux_os_config.value.sysctl_configs
          transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag
          transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled
        }
      }  #@ 6.7.0..
      dynamic "upgrade_settings" {  #@ 7.2.0..
        for_each = var.agents_pool_max_surge == null ? [] : ["upgrade_settings"]  #@ 7.2.0..11.5.0
        for_each = var.agents_pool_max_surge == null && var.agents_pool_undrainable_node_behavior == null ? [] : ["upgrade_settings"]  #@ 11.5.0..
        content {
          drain_timeout_in_minutes = var.agents_pool_drain_timeout_in_minutes  #@ 9.1.0..
          max_surge = var.agents_pool_max_surge
          undrainable_node_behavior = var.agents_pool_undrainable_node_behavior  #@ 11.5.0..
        }
      }  #@ 7.2.0..
    }
  }  #@ 4.9.0..
  dynamic "default_node_pool" {  #@ 4.9.0..
    for_each = var.enable_auto_scaling == true ? ["default_node_pool_auto_scaled"] : []  #@ 4.9.0..11.0.0
    for_each = var.auto_scaling_enabled == true ? ["default_node_pool_auto_scaled"] : []  #@ 11.0.0..
    content {
      type = var.agents_type
      name = var.agents_pool_name
      auto_scaling_enabled = var.auto_scaling_enabled  #@ 11.0.0..
      availability_zones = var.agents_availability_zones  #@ 4.9.0..5.0.0
      enable_auto_scaling = var.enable_auto_scaling  #@ 4.9.0..11.0.0
      enable_host_encryption = var.enable_host_encryption  #@ 4.13.0..11.0.0
      enable_node_public_ip = var.enable_node_public_ip  #@ 4.9.0..11.0.0
      fips_enabled = var.default_node_pool_fips_enabled  #@ 7.5.0..
      host_encryption_enabled = var.host_encryption_enabled  #@ 11.0.0..
      max_count = var.agents_max_count
      max_pods = var.agents_max_pods
      min_count = var.agents_min_count
      node_labels = var.agents_labels
      node_public_ip_enabled = var.node_public_ip_enabled  #@ 11.0.0..
      node_taints = var.agents_taints  #@ 6.7.0..10.0.0
      only_critical_addons_enabled = var.only_critical_addons_enabled  #@ 5.0.0..
      orchestrator_version = var.orchestrator_version
      os_disk_size_gb = var.os_disk_size_gb
      os_disk_type = var.os_disk_type  #@ 4.16.0..
      os_sku = var.os_sku  #@ 6.8.0..
      pod_subnet_id = var.pod_subnet_id  #@ 6.3.0..10.0.0
      pod_subnet_id = try(var.pod_subnet.id, null)  #@ 10.0.0..
      proximity_placement_group_id = var.agents_proximity_placement_group_id  #@ 7.2.0..
      scale_down_mode = var.scale_down_mode  #@ 6.5.0..
      snapshot_id = var.snapshot_id  #@ 7.4.0..
      ultra_ssd_enabled = var.ultra_ssd_enabled  #@ 6.1.0..
      vm_size = var.agents_size
      vnet_subnet_id = var.vnet_subnet_id  #@ 4.9.0..10.0.0
      vnet_subnet_id = try(var.vnet_subnet.id, null)  #@ 10.0.0..
      zones = var.agents_availability_zones  #@ 5.0.0..
      dynamic "kubelet_config" {  #@ 6.8.0..
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
      }  #@ 6.8.0..
      dynamic "linux_os_config" {  #@ 7.0.0..
        for_each = var.agents_pool_linux_os_configs
        content {
          swap_file_size_mb = linux_os_config.value.swap_file_size_mb
          sysctl_config = linux_os_config.value.sysctl_configs == null ? [] : linux_os_config.value.sysctl_configs
          transparent_huge_page_defrag = linux_os_config.value.transparent_huge_page_defrag
          transparent_huge_page_enabled = linux_os_config.value.transparent_huge_page_enabled
        }
      }  #@ 7.0.0..
      dynamic "upgrade_settings" {  #@ 7.2.0..
        for_each = var.agents_pool_max_surge == null ? [] : ["upgrade_settings"]  #@ 7.2.0..11.5.0
        for_each = var.agents_pool_max_surge == null && var.agents_pool_undrainable_node_behavior == null ? [] : ["upgrade_settings"]  #@ 11.5.0..
        content {
          drain_timeout_in_minutes = var.agents_pool_drain_timeout_in_minutes  #@ 9.1.0..
          max_surge = var.agents_pool_max_surge
          undrainable_node_behavior = var.agents_pool_undrainable_node_behavior  #@ 11.5.0..
        }
      }  #@ 7.2.0..
    }
  }  #@ 4.9.0..
  dynamic "node_provisioning_profile" {  #@ 11.4.0..
    for_each = var.node_provisioning_profile == null ? [] : [var.node_provisioning_profile]
    content {
      mode = node_provisioning_profile.value.mode
    }
  }  #@ 11.4.0..
  dynamic "windows_profile" {  #@ 11.5.0..
    for_each = var.windows_profile == null ? [] : [var.windows_profile]
    content {
      license = windows_profile.value.license
      dynamic "gmsa" {
        for_each = windows_profile.value.gmsa == null ? [] : [windows_profile.value.gmsa]
        content {
          dns_server = gmsa.value.dns_server
          root_domain = gmsa.value.root_domain
        }
      }
    }
  }  #@ 11.5.0..
  lifecycle {  #@ 5.0.0..
    ignore_changes = [kubernetes_version]  #@ 7.0.0..8.0.0
    ignore_changes = [kubernetes_version, name]  #@ 8.0.0..11.5.0
    ignore_changes = [kubernetes_version, default_node_pool[0].orchestrator_version, name]  #@ 11.5.0..
  }  #@ 5.0.0..
}
resource "azurerm_kubernetes_cluster_node_pool" "node_pool" {  #@ 6.8.0..8.0.0
  for_each = var.node_pools
  name = each.value.name  #@ 6.8.0..7.0.0
  name = "${ each.value.name }${ substr(md5(jsonencode(each.value)), 0, 4) }"  #@ 7.0.0..8.0.0
  capacity_reservation_group_id = each.value.capacity_reservation_group_id
  enable_auto_scaling = each.value.enable_auto_scaling
  enable_host_encryption = each.value.enable_host_encryption
  enable_node_public_ip = each.value.enable_node_public_ip
  eviction_policy = each.value.eviction_policy
  fips_enabled = each.value.fips_enabled
  host_group_id = each.value.host_group_id
  kubelet_disk_type = each.value.kubelet_disk_type
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  max_count = each.value.max_count
  max_pods = each.value.max_pods
  min_count = each.value.min_count
  mode = each.value.mode
  node_count = each.value.node_count
  node_labels = each.value.node_labels
  node_taints = each.value.node_taints
  orchestrator_version = each.value.orchestrator_version
  os_disk_size_gb = each.value.os_disk_size_gb
  os_disk_type = each.value.os_disk_type
  os_sku = each.value.os_sku
  os_type = each.value.os_type
  pod_subnet_id = each.value.pod_subnet_id
  priority = each.value.priority
  proximity_placement_group_id = each.value.proximity_placement_group_id
  scale_down_mode = each.value.scale_down_mode
  snapshot_id = each.value.snapshot_id  #@ 7.4.0..8.0.0
  spot_max_price = each.value.spot_max_price
  ultra_ssd_enabled = each.value.ultra_ssd_enabled
  vm_size = each.value.vm_size
  vnet_subnet_id = each.value.vnet_subnet_id
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
      max_surge = each.value.upgrade_settings.max_surge
    }
  }
  lifecycle {
    ignore_changes = [name]  #@ 7.0.0..8.0.0
  }
}  #@ 6.8.0..8.0.0
resource "azurerm_kubernetes_cluster_node_pool" "node_pool_create_after_destroy" {  #@ 8.0.0..
  for_each = local.node_pools_create_after_destroy
  name = each.value.name
  auto_scaling_enabled = each.value.auto_scaling_enabled  #@ 11.0.0..
  capacity_reservation_group_id = each.value.capacity_reservation_group_id
  enable_auto_scaling = each.value.enable_auto_scaling  #@ 8.0.0..11.0.0
  enable_host_encryption = each.value.enable_host_encryption  #@ 8.0.0..11.0.0
  enable_node_public_ip = each.value.enable_node_public_ip  #@ 8.0.0..11.0.0
  eviction_policy = each.value.eviction_policy
  fips_enabled = each.value.fips_enabled
  gpu_driver = each.value.gpu_driver  #@ 11.0.0..
  gpu_instance = each.value.gpu_instance  #@ 11.0.0..
  host_encryption_enabled = each.value.host_encryption_enabled  #@ 11.0.0..
  host_group_id = each.value.host_group_id
  kubelet_disk_type = each.value.kubelet_disk_type
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  max_count = each.value.max_count
  max_pods = each.value.max_pods
  min_count = each.value.min_count
  mode = each.value.mode
  node_count = each.value.node_count
  node_labels = each.value.node_labels
  node_public_ip_enabled = each.value.node_public_ip_enabled  #@ 11.0.0..
  node_taints = each.value.node_taints
  orchestrator_version = each.value.orchestrator_version
  os_disk_size_gb = each.value.os_disk_size_gb
  os_disk_type = each.value.os_disk_type
  os_sku = each.value.os_sku
  os_type = each.value.os_type
  pod_subnet_id = each.value.pod_subnet_id  #@ 8.0.0..10.0.0
  pod_subnet_id = try(each.value.pod_subnet.id, null)  #@ 10.0.0..
  priority = each.value.priority
  proximity_placement_group_id = each.value.proximity_placement_group_id
  scale_down_mode = each.value.scale_down_mode
  snapshot_id = each.value.snapshot_id
  spot_max_price = each.value.spot_max_price
  ultra_ssd_enabled = each.value.ultra_ssd_enabled
  vm_size = each.value.vm_size
  vnet_subnet_id = each.value.vnet_subnet_id  #@ 8.0.0..10.0.0
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
      drain_timeout_in_minutes = each.value.upgrade_settings.drain_timeout_in_minutes  #@ 9.1.0..
      max_surge = each.value.upgrade_settings.max_surge
      max_unavailable = each.value.upgrade_settings.max_unavailable  #@ 11.5.0..
      undrainable_node_behavior = each.value.upgrade_settings.undrainable_node_behavior  #@ 11.5.0..
    }
  }
  lifecycle {
    ignore_changes = [orchestrator_version]  #@ 11.5.0..
  }
}  #@ 8.0.0..
resource "azurerm_kubernetes_cluster_node_pool" "node_pool_create_before_destroy" {  #@ 8.0.0..
  for_each = local.node_pools_create_before_destroy
  name = "${ each.value.name }${ substr(md5(uuid()), 0, 4) }"
  auto_scaling_enabled = each.value.auto_scaling_enabled  #@ 11.0.0..
  capacity_reservation_group_id = each.value.capacity_reservation_group_id
  enable_auto_scaling = each.value.enable_auto_scaling  #@ 8.0.0..11.0.0
  enable_host_encryption = each.value.enable_host_encryption  #@ 8.0.0..11.0.0
  enable_node_public_ip = each.value.enable_node_public_ip  #@ 8.0.0..11.0.0
  eviction_policy = each.value.eviction_policy
  fips_enabled = each.value.fips_enabled
  gpu_driver = each.value.gpu_driver  #@ 11.0.0..
  gpu_instance = each.value.gpu_instance
  host_encryption_enabled = each.value.host_encryption_enabled  #@ 11.0.0..
  host_group_id = each.value.host_group_id
  kubelet_disk_type = each.value.kubelet_disk_type
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  max_count = each.value.max_count
  max_pods = each.value.max_pods
  min_count = each.value.min_count
  mode = each.value.mode
  node_count = each.value.node_count
  node_labels = each.value.node_labels
  node_public_ip_enabled = each.value.node_public_ip_enabled  #@ 11.0.0..
  node_taints = each.value.node_taints
  orchestrator_version = each.value.orchestrator_version
  os_disk_size_gb = each.value.os_disk_size_gb
  os_disk_type = each.value.os_disk_type
  os_sku = each.value.os_sku
  os_type = each.value.os_type
  pod_subnet_id = each.value.pod_subnet_id  #@ 8.0.0..10.0.0
  pod_subnet_id = try(each.value.pod_subnet.id, null)  #@ 10.0.0..
  priority = each.value.priority
  proximity_placement_group_id = each.value.proximity_placement_group_id
  scale_down_mode = each.value.scale_down_mode
  snapshot_id = each.value.snapshot_id
  spot_max_price = each.value.spot_max_price
  ultra_ssd_enabled = each.value.ultra_ssd_enabled
  vm_size = each.value.vm_size
  vnet_subnet_id = each.value.vnet_subnet_id  #@ 8.0.0..10.0.0
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
      drain_timeout_in_minutes = each.value.upgrade_settings.drain_timeout_in_minutes  #@ 9.1.0..
      max_surge = each.value.upgrade_settings.max_surge
      max_unavailable = each.value.upgrade_settings.max_unavailable  #@ 11.5.0..
      undrainable_node_behavior = each.value.upgrade_settings.undrainable_node_behavior  #@ 11.5.0..
    }
  }
  lifecycle {
    ignore_changes = [name]  #@ 8.0.0..11.5.0
    ignore_changes = [name, orchestrator_version]  #@ 11.5.0..
  }
}  #@ 8.0.0..
