// br/public:avm/res/container-service/managed-cluster: what of its parameters
// decides a cluster or an agent pool.
// Facts only (names, types, defaults, wiring), read from
// `avm/res/container-service/managed-cluster/main.bicep` of
// github.com/Azure/bicep-registry-modules at each release. How to read and extend it: the documentation of
// `registry.rs`.
#@ releases 0.1.0 0.1.1 0.1.2 0.1.3 0.1.4 0.1.5 0.1.6 0.1.7 0.2.0 0.2.1 0.2.2 0.3.0 0.4.0 0.4.1 0.4.2 0.5.0 0.5.1
#@ releases 0.5.2 0.5.3 0.5.4 0.6.0 0.6.1 0.6.2 0.7.0 0.8.0 0.8.1 0.8.2 0.8.3 0.9.0 0.10.0 0.10.1 0.11.0 0.11.1 0.12.0
#@ releases 0.13.0 0.13.1 0.14.0

param agentPools array?
@allowed(['NodeImage', 'None', 'SecurityPatch', 'Unmanaged'])  #@ 0.4.0..0.12.0
param autoNodeOsUpgradeProfileUpgradeChannel string = 'Unmanaged'  #@ 0.4.0..0.12.0
param autoUpgradeProfile object = { upgradeChannel: 'stable' }  #@ 0.12.0..
@allowed(['node-image', 'none', 'patch', 'rapid', 'stable'])  #@ ..0.1.3
param autoUpgradeProfileUpgradeChannel string?  #@ ..0.1.3
@allowed(['node-image', 'none', 'patch', 'rapid', 'stable'])  #@ 0.1.3..0.12.0
param autoUpgradeProfileUpgradeChannel string = 'stable'  #@ 0.1.3..0.12.0
param dnsServiceIP string?
param kubernetesVersion string?
param location string = resourceGroup().location
param name string
@allowed(['azure', 'cilium'])  #@ ..0.12.0
param networkDataplane string?  #@ ..0.12.0
param networkDataplane string?  #@ 0.12.0..
@allowed(['azure', 'kubenet'])  #@ ..0.12.0
param networkPlugin string?  #@ ..0.12.0
param networkPlugin string?  #@ 0.12.0..
@allowed(['overlay'])  #@ ..0.12.0
param networkPluginMode string?  #@ ..0.12.0
param networkPluginMode string?  #@ 0.12.0..
@allowed(['azure', 'calico'])  #@ ..0.5.1
param networkPolicy string?  #@ ..0.5.1
@allowed(['azure', 'calico', 'cilium'])  #@ 0.5.1..0.12.0
param networkPolicy string?  #@ 0.5.1..0.12.0
param networkPolicy string?  #@ 0.12.0..
param nodeProvisioningProfile object?  #@ 0.5.0..0.5.3, 0.12.0..
@allowed(['Auto', 'Manual'])  #@ 0.5.3..0.12.0
param nodeProvisioningProfileMode string?  #@ 0.5.3..0.12.0
@allowed(['loadBalancer', 'userDefinedRouting'])  #@ ..0.1.2
param outboundType string = 'loadBalancer'  #@ ..0.1.2
@allowed(['loadBalancer', 'userDefinedRouting', 'managedNATGateway', 'userAssignedNATGateway'])  #@ 0.1.2..0.12.0
param outboundType string = 'loadBalancer'  #@ 0.1.2..0.12.0
param outboundType string = 'loadBalancer'  #@ 0.12.0..
param podCidr string?
param primaryAgentPoolProfile array  #@ ..0.4.1
param primaryAgentPoolProfiles array  #@ 0.4.1..
param serviceCidr string?
@allowed(['Base', 'Automatic'])  #@ 0.5.0..0.12.0
param skuName string = 'Base'  #@ 0.5.0..0.12.0
param skuName string = 'Base'  #@ 0.12.0..
@allowed(['Free', 'Premium', 'Standard'])  #@ ..0.12.0
param skuTier string = 'Standard'  #@ ..0.12.0
param skuTier string = 'Standard'  #@ 0.12.0..
@allowed(['AKSLongTermSupport', 'KubernetesOfficial'])  #@ ..0.12.0
param supportPlan string = 'KubernetesOfficial'  #@ ..0.12.0
param supportPlan string = 'KubernetesOfficial'  #@ 0.12.0..
param windowsProfile object?  #@ 0.12.0..

resource managedCluster 'Microsoft.ContainerService/managedClusters@2023-07-02-preview' = {  #@ ..0.2.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2024-03-02-preview' = {  #@ 0.2.0..0.7.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2024-09-02-preview' = {  #@ 0.7.0..0.11.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2025-05-02-preview' = {  #@ 0.11.0..0.12.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2025-09-01' = {  #@ 0.12.0..0.13.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2025-10-01' = {  #@ 0.13.0..
  name: name
  location: location
  sku: { name: 'Base', tier: skuTier }  #@ ..0.5.0
  sku: { name: skuName, tier: skuTier }  #@ 0.5.0..
  properties: {
    agentPoolProfiles: primaryAgentPoolProfile  #@ ..0.4.1
    agentPoolProfiles: map(primaryAgentPoolProfiles, profile => {  #@ 0.4.1..
      availabilityZones: map(profile.?availabilityZones ?? [1, 2, 3], zone => '${zone}')  #@ 0.4.1..0.14.0
      availabilityZones: profile.?type == 'VirtualMachines' ? null : map(profile.?availabilityZones ?? [1, 2, 3], zone => '${zone}')  #@ 0.14.0..
      capacityReservationGroupID: profile.?capacityReservationGroupResourceId  #@ 0.12.0..
      count: profile.count ?? 1  #@ 0.4.1..0.9.0
      count: profile.?count ?? 1  #@ 0.9.0..0.14.0
      count: profile.?type == 'VirtualMachines' ? null : (profile.?count ?? 1)  #@ 0.14.0..
      creationData: !empty(profile.?sourceResourceId) ? { sourceResourceId: profile.sourceResourceId } : null  #@ 0.4.1..0.9.0
      creationData: !empty(profile.?sourceResourceId) ? { sourceResourceId: profile.?sourceResourceId } : null  #@ 0.9.0..
      enableAutoScaling: profile.?enableAutoScaling ?? false  #@ 0.4.1..0.14.0
      enableAutoScaling: profile.?type == 'VirtualMachines' ? null : (profile.?enableAutoScaling ?? false)  #@ 0.14.0..
      enableEncryptionAtHost: profile.?enableEncryptionAtHost ?? false  #@ 0.4.1..
      enableFIPS: profile.?enableFIPS ?? false  #@ 0.4.1..
      enableNodePublicIP: profile.?enableNodePublicIP ?? false  #@ 0.4.1..
      enableUltraSSD: profile.?enableUltraSSD ?? false  #@ 0.4.1..
      gpuInstanceProfile: profile.?gpuInstanceProfile  #@ 0.4.1..
      gpuProfile: profile.?gpuProfile  #@ 0.12.0..
      hostGroupID: profile.?hostGroupResourceId  #@ 0.12.0..
      kubeletConfig: profile.?kubeletConfig  #@ 0.12.0..
      kubeletDiskType: profile.?kubeletDiskType  #@ 0.4.1..
      linuxOSConfig: profile.?linuxOSConfig  #@ 0.12.0..
      maxCount: profile.?maxCount  #@ 0.4.1..0.14.0
      maxCount: profile.?type == 'VirtualMachines' ? null : profile.?maxCount  #@ 0.14.0..
      maxPods: profile.?maxPods  #@ 0.4.1..
      minCount: profile.?minCount  #@ 0.4.1..0.14.0
      minCount: profile.?type == 'VirtualMachines' ? null : profile.?minCount  #@ 0.14.0..
      mode: profile.?mode  #@ 0.4.1..
      name: profile.name  #@ 0.4.1..
      nodeLabels: profile.?nodeLabels  #@ 0.4.1..
      nodeTaints: profile.?nodeTaints  #@ 0.4.1..
      orchestratorVersion: profile.?orchestratorVersion  #@ 0.4.1..
      osDiskSizeGB: profile.?osDiskSizeGB  #@ 0.4.1..
      osDiskType: profile.?osDiskType  #@ 0.4.1..
      osSKU: profile.?osSKU  #@ 0.6.1..
      osType: profile.?osType ?? 'Linux'  #@ 0.4.1..
      podSubnetID: profile.?podSubnetResourceId  #@ 0.4.1..
      proximityPlacementGroupID: profile.?proximityPlacementGroupResourceId  #@ 0.4.1..
      scaleDownMode: profile.?scaleDownMode ?? 'Delete'  #@ 0.4.1..
      scaleSetEvictionPolicy: profile.?scaleSetEvictionPolicy ?? 'Delete'  #@ 0.4.1..
      scaleSetPriority: profile.?scaleSetPriority  #@ 0.4.1..
      securityProfile: { enableSecureBoot: profile.?enableSecureBoot ?? false, enableVTPM: profile.?enableVTPM ?? false }  #@ 0.8.2..0.12.0
      securityProfile: profile.?securityProfile  #@ 0.12.0..
      spotMaxPrice: profile.?spotMaxPrice  #@ 0.4.1..
      type: profile.?type  #@ 0.4.1..
      upgradeSettings: { maxSurge: profile.?maxSurge }  #@ 0.4.1..0.12.0
      upgradeSettings: profile.?upgradeSettings  #@ 0.12.0..
      virtualMachinesProfile: profile.?virtualMachinesProfile  #@ 0.12.0..
      vmSize: profile.?vmSize ?? 'Standard_D2s_v3'  #@ 0.4.1..0.14.0
      vmSize: profile.?type == 'VirtualMachines' ? null : (profile.?vmSize ?? 'Standard_D2s_v3')  #@ 0.14.0..
      vnetSubnetID: profile.?vnetSubnetResourceId  #@ 0.4.1..
      workloadRuntime: profile.?workloadRuntime  #@ 0.4.1..
    })  #@ 0.4.1..
    autoUpgradeProfile: autoUpgradeProfile  #@ 0.12.0..
    kubernetesVersion: kubernetesVersion
    nodeProvisioningProfile: nodeProvisioningProfile  #@ 0.5.0..0.5.3, 0.12.0..
    nodeProvisioningProfile: !empty(nodeProvisioningProfileMode) ? { mode: nodeProvisioningProfileMode } : null  #@ 0.5.3..0.12.0
    supportPlan: supportPlan
    windowsProfile: windowsProfile  #@ 0.12.0..
    autoUpgradeProfile: {  #@ ..0.12.0
      nodeOSUpgradeChannel: autoNodeOsUpgradeProfileUpgradeChannel  #@ 0.4.0..0.12.0
      upgradeChannel: autoUpgradeProfileUpgradeChannel  #@ ..0.12.0
    }  #@ ..0.12.0
    networkProfile: {
      dnsServiceIP: dnsServiceIP
      networkDataplane: networkDataplane
      networkPlugin: networkPlugin
      networkPluginMode: networkPluginMode  #@ ..0.5.1
      networkPluginMode: networkDataplane == 'cilium' ? 'overlay' : networkPluginMode  #@ 0.5.1..
      networkPolicy: networkPolicy  #@ ..0.5.1
      networkPolicy: networkDataplane == 'cilium' ? 'cilium' : networkPolicy  #@ 0.5.1..
      outboundType: outboundType
      podCidr: podCidr
      serviceCidr: serviceCidr
    }
  }
}

module managedCluster_agentPools 'agent-pool/main.bicep' = [
  for (agentPool, index) in (agentPools ?? []): {
    name: 'agent-pool-${index}'
    params: {
      availabilityZones: agentPool.?availabilityZones
      capacityReservationGroupResourceId: agentPool.?capacityReservationGroupResourceId  #@ 0.12.0..
      count: agentPool.?count
      enableAutoScaling: agentPool.?enableAutoScaling
      enableEncryptionAtHost: agentPool.?enableEncryptionAtHost
      enableFIPS: agentPool.?enableFIPS
      enableNodePublicIP: agentPool.?enableNodePublicIP
      enableSecureBoot: agentPool.?enableSecureBoot  #@ 0.11.0..0.12.0
      enableUltraSSD: agentPool.?enableUltraSSD
      enableVTPM: agentPool.?enableVTPM  #@ 0.11.0..0.12.0
      gpuInstanceProfile: agentPool.?gpuInstanceProfile
      gpuProfile: agentPool.?gpuProfile  #@ 0.12.0..
      hostGroupResourceId: agentPool.?hostGroupResourceId  #@ 0.12.0..
      kubeletConfig: agentPool.?kubeletConfig  #@ 0.12.0..
      kubeletDiskType: agentPool.?kubeletDiskType
      linuxOSConfig: agentPool.?linuxOSConfig  #@ 0.11.0..
      managedClusterName: managedCluster.?name
      maxCount: agentPool.?maxCount
      maxPods: agentPool.?maxPods
      maxSurge: agentPool.?maxSurge  #@ ..0.12.0
      minCount: agentPool.?minCount
      mode: agentPool.?mode
      name: agentPool.name
      nodeLabels: agentPool.?nodeLabels
      nodeTaints: agentPool.?nodeTaints
      orchestratorVersion: agentPool.?orchestratorVersion ?? kubernetesVersion
      osDiskSizeGB: agentPool.?osDiskSizeGB
      osDiskType: agentPool.?osDiskType
      osSKU: agentPool.?osSKU  #@ 0.6.1..
      osSku: agentPool.?osSku  #@ ..0.6.1
      osType: agentPool.?osType
      podSubnetId: agentPool.?podSubnetId  #@ ..0.4.1
      podSubnetResourceId: agentPool.?podSubnetResourceId  #@ 0.4.1..
      proximityPlacementGroupResourceId: agentPool.?proximityPlacementGroupResourceId
      scaleDownMode: agentPool.?scaleDownMode
      scaleSetEvictionPolicy: agentPool.?scaleSetEvictionPolicy
      scaleSetPriority: agentPool.?scaleSetPriority
      securityProfile: agentPool.?securityProfile  #@ 0.12.0..
      sourceResourceId: agentPool.?sourceResourceId
      spotMaxPrice: agentPool.?spotMaxPrice
      type: agentPool.?type
      upgradeSettings: agentPool.?upgradeSettings  #@ 0.12.0..
      virtualMachinesProfile: agentPool.?virtualMachinesProfile  #@ 0.12.0..
      vmSize: agentPool.?vmSize
      vnetSubnetId: agentPool.?vnetSubnetId  #@ ..0.4.1
      vnetSubnetResourceId: agentPool.?vnetSubnetResourceId  #@ 0.4.1..
      workloadRuntime: agentPool.?workloadRuntime
    }
  }
]

output addonProfiles object = managedCluster.properties.addonProfiles
output controlPlaneFQDN string = managedCluster.properties.controlPlaneFQDN
output ingressApplicationGatewayIdentityObjectId string = managedCluster.properties.ingressApplicationGatewayIdentityObjectId
output keyvaultIdentityClientId string = managedCluster.properties.keyvaultIdentityClientId
output keyvaultIdentityObjectId string = managedCluster.properties.keyvaultIdentityObjectId
output kubeletIdentityClientId string = managedCluster.properties.kubeletIdentityClientId  #@ 0.1.4..
output kubeletIdentityObjectId string = managedCluster.properties.kubeletIdentityObjectId  #@ 0.1.4..
output kubeletIdentityResourceId string = managedCluster.properties.kubeletIdentityResourceId  #@ 0.1.4..
output kubeletidentityObjectId string = managedCluster.properties.kubeletidentityObjectId  #@ ..0.1.4
output location string = managedCluster.location
output name string = managedCluster.name
output oidcIssuerUrl string = managedCluster.properties.oidcIssuerUrl
output omsagentIdentityObjectId string = managedCluster.properties.omsagentIdentityObjectId
output resourceGroupName string = resourceGroup().name
output resourceId string = managedCluster.id
output systemAssignedMIPrincipalId string = managedCluster.properties.systemAssignedMIPrincipalId
output webAppRoutingIdentityObjectId string = managedCluster.properties.webAppRoutingIdentityObjectId
