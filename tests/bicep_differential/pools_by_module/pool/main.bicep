param cluster string
param name string
param vmSize string
param zones int[]?

resource parent 'Microsoft.ContainerService/managedClusters@2025-05-01' existing = {
  name: cluster
}

resource pool 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = {
  parent: parent
  name: name
  properties: {
    vmSize: vmSize
    osType: startsWith(name, 'win') ? 'Windows' : 'Linux'
    availabilityZones: map(zones ?? [], zone => string(zone))
  }
}

output id string = pool.id
