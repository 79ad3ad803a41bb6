// br/public:avm/res/container-service/managed-cluster/agent-pool: what of its parameters
// decides a cluster or an agent pool.
// Facts only (names, types, defaults, wiring), read from
// `avm/res/container-service/managed-cluster/agent-pool/main.bicep` of
// github.com/Azure/bicep-registry-modules at each release. How to read and extend it: the documentation of
// `registry.rs`.
#@ releases 0.1.0 0.1.1 0.1.2 0.1.3 0.1.4 0.1.5 0.1.6 0.1.7 0.2.0 0.2.1 0.2.2 0.3.0 0.4.0 0.4.1 0.4.2 0.5.0 0.5.1
#@ releases 0.5.2 0.5.3 0.5.4 0.6.0 0.6.1 0.6.2 0.7.0 0.8.0 0.8.1 0.8.2 0.8.3 0.9.0 0.10.0 0.10.1 0.11.0 0.11.1 0.12.0
#@ releases 0.13.0 0.13.1 0.14.0

param availabilityZones array?  #@ ..0.4.1
param availabilityZones array = [1, 2, 3]  #@ 0.4.1..
param capacityReservationGroupResourceId string?  #@ 0.12.0..
param count int = 1
param enableAutoScaling bool = false
param enableEncryptionAtHost bool = false
param enableFIPS bool = false
param enableNodePublicIP bool = false
param enableSecureBoot bool = false  #@ 0.8.2..0.12.0
param enableUltraSSD bool = false
param enableVTPM bool = false  #@ 0.8.2..0.12.0
@allowed(['MIG1g', 'MIG2g', 'MIG3g', 'MIG4g', 'MIG7g'])  #@ ..0.12.0
param gpuInstanceProfile string?  #@ ..0.12.0
param gpuInstanceProfile string?  #@ 0.12.0..
param gpuProfile object?  #@ 0.12.0..
param hostGroupResourceId string?  #@ 0.12.0..
param kubeletConfig object?  #@ 0.12.0..
param kubeletDiskType string?
param linuxOSConfig object?  #@ 0.11.0..
param managedClusterName string
param maxCount int?
param maxPods int?
param maxSurge string?  #@ ..0.12.0
param minCount int?
param mode string?
param name string
param nodeLabels object?
param nodeTaints array?
param orchestratorVersion string?
param osDiskSizeGB int?
@allowed(['Ephemeral', 'Managed'])  #@ ..0.12.0
param osDiskType string?  #@ ..0.12.0
param osDiskType string?  #@ 0.12.0..
@allowed(['AzureLinux', 'CBLMariner', 'Ubuntu', 'Windows2019', 'Windows2022'])  #@ 0.6.1..0.12.0
param osSKU string?  #@ 0.6.1..0.12.0
@allowed(['AzureLinux', 'AzureLinux3', 'CBLMariner', 'Ubuntu', 'Ubuntu2204', 'Ubuntu2404', 'Windows2019', 'Windows2022', 'Windows2025'])  #@ 0.12.0..
param osSKU string?  #@ 0.12.0..
@allowed(['AzureLinux', 'CBLMariner', 'Ubuntu', 'Windows2019', 'Windows2022'])  #@ ..0.6.1
param osSku string?  #@ ..0.6.1
@allowed(['Linux', 'Windows'])  #@ ..0.12.0
param osType string = 'Linux'  #@ ..0.12.0
param osType string = 'Linux'  #@ 0.12.0..
param podSubnetId string?  #@ ..0.4.1
param podSubnetResourceId string?  #@ 0.4.1..
param proximityPlacementGroupResourceId string?
@allowed(['Deallocate', 'Delete'])  #@ ..0.12.0
param scaleDownMode string = 'Delete'  #@ ..0.12.0
param scaleDownMode string = 'Delete'  #@ 0.12.0..
@allowed(['Deallocate', 'Delete'])  #@ ..0.12.0
param scaleSetEvictionPolicy string = 'Delete'  #@ ..0.12.0
param scaleSetEvictionPolicy string = 'Delete'  #@ 0.12.0..
@allowed(['Regular', 'Spot'])  #@ ..0.12.0
param scaleSetPriority string?  #@ ..0.12.0
param scaleSetPriority string?  #@ 0.12.0..
param securityProfile object?  #@ 0.12.0..
param sourceResourceId string?
param spotMaxPrice int?
param type string?
param upgradeSettings object?  #@ 0.12.0..
param virtualMachinesProfile object?  #@ 0.12.0..
param vmSize string = 'Standard_D2s_v3'
param vnetSubnetId string?  #@ ..0.4.1
param vnetSubnetResourceId string?  #@ 0.4.1..
param workloadRuntime string?

resource managedCluster 'Microsoft.ContainerService/managedClusters@2023-07-02-preview' existing = {  #@ ..0.2.0
  name: managedClusterName  #@ ..0.2.0
}  #@ ..0.2.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2024-03-02-preview' existing = {  #@ 0.2.0..0.8.2
  name: managedClusterName  #@ 0.2.0..0.8.2
}  #@ 0.2.0..0.8.2
resource managedCluster 'Microsoft.ContainerService/managedClusters@2024-09-01' existing = {  #@ 0.8.2..0.11.0
  name: managedClusterName  #@ 0.8.2..0.11.0
}  #@ 0.8.2..0.11.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2025-05-02-preview' existing = {  #@ 0.11.0..0.12.0
  name: managedClusterName  #@ 0.11.0..0.12.0
}  #@ 0.11.0..0.12.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2025-09-01' existing = {  #@ 0.12.0..0.13.0
  name: managedClusterName  #@ 0.12.0..0.13.0
}  #@ 0.12.0..0.13.0
resource managedCluster 'Microsoft.ContainerService/managedClusters@2025-10-01' existing = {  #@ 0.13.0..
  name: managedClusterName  #@ 0.13.0..
}  #@ 0.13.0..

resource agentPool 'Microsoft.ContainerService/managedClusters/agentPools@2023-07-02-preview' = {  #@ ..0.6.1
resource agentPool 'Microsoft.ContainerService/managedClusters/agentPools@2024-08-01' = {  #@ 0.6.1..0.8.2
resource agentPool 'Microsoft.ContainerService/managedClusters/agentPools@2024-09-01' = {  #@ 0.8.2..0.11.0
resource agentPool 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-02-preview' = {  #@ 0.11.0..0.12.0
resource agentPool 'Microsoft.ContainerService/managedClusters/agentPools@2025-09-01' = {  #@ 0.12.0..0.13.0
resource agentPool 'Microsoft.ContainerService/managedClusters/agentPools@2025-10-01' = {  #@ 0.13.0..
  name: name
  parent: managedCluster
  properties: {
    availabilityZones: availabilityZones  #@ ..0.4.1
    availabilityZones: map(availabilityZones ?? [], zone => '${zone}')  #@ 0.4.1..0.14.0
    availabilityZones: type == 'VirtualMachines' ? null : map(availabilityZones ?? [], zone => '${zone}')  #@ 0.14.0..
    capacityReservationGroupID: capacityReservationGroupResourceId  #@ 0.12.0..
    count: count  #@ ..0.14.0
    count: type == 'VirtualMachines' ? null : count  #@ 0.14.0..
    creationData: !empty(sourceResourceId) ? { sourceResourceId: sourceResourceId } : null
    enableAutoScaling: enableAutoScaling  #@ ..0.14.0
    enableAutoScaling: type == 'VirtualMachines' ? null : enableAutoScaling  #@ 0.14.0..
    enableEncryptionAtHost: enableEncryptionAtHost
    enableFIPS: enableFIPS
    enableNodePublicIP: enableNodePublicIP
    enableUltraSSD: enableUltraSSD
    gpuInstanceProfile: gpuInstanceProfile
    gpuProfile: gpuProfile  #@ 0.12.0..
    hostGroupID: hostGroupResourceId  #@ 0.12.0..
    kubeletConfig: kubeletConfig  #@ 0.12.0..
    kubeletDiskType: kubeletDiskType
    linuxOSConfig: linuxOSConfig  #@ 0.11.0..
    maxCount: maxCount  #@ ..0.14.0
    maxCount: type == 'VirtualMachines' ? null : maxCount  #@ 0.14.0..
    maxPods: maxPods
    minCount: minCount  #@ ..0.14.0
    minCount: type == 'VirtualMachines' ? null : minCount  #@ 0.14.0..
    mode: mode
    nodeLabels: nodeLabels
    nodeTaints: nodeTaints
    orchestratorVersion: orchestratorVersion
    osDiskSizeGB: osDiskSizeGB
    osDiskType: osDiskType
    osSKU: osSku  #@ ..0.6.1
    osSKU: osSKU  #@ 0.6.1..
    osType: osType
    podSubnetID: podSubnetId  #@ ..0.4.1
    podSubnetID: podSubnetResourceId  #@ 0.4.1..
    proximityPlacementGroupID: proximityPlacementGroupResourceId
    scaleDownMode: scaleDownMode
    scaleSetEvictionPolicy: scaleSetEvictionPolicy
    scaleSetPriority: scaleSetPriority
    securityProfile: { enableSecureBoot: enableSecureBoot, enableVTPM: enableVTPM }  #@ 0.8.2..0.12.0
    securityProfile: securityProfile  #@ 0.12.0..
    spotMaxPrice: spotMaxPrice
    type: type
    upgradeSettings: { maxSurge: maxSurge }  #@ ..0.12.0
    upgradeSettings: upgradeSettings  #@ 0.12.0..
    virtualMachinesProfile: virtualMachinesProfile  #@ 0.12.0..
    vmSize: vmSize  #@ ..0.14.0
    vmSize: type == 'VirtualMachines' ? null : vmSize  #@ 0.14.0..
    vnetSubnetID: vnetSubnetId  #@ ..0.4.1
    vnetSubnetID: vnetSubnetResourceId  #@ 0.4.1..
    workloadRuntime: workloadRuntime
  }
}

output name string = agentPool.name
output resourceGroupName string = resourceGroup().name
output resourceId string = agentPool.id
