metadata name = 'A cluster whose user pools are modules'

@description('What decides a pool.')
type poolType = {
  name: string

  @description('The default is that of the mode.')
  vmSize: string?

  mode: 'System' | 'User'?

  zones: (1 | 2 | 3)[]?
}

param name string

param location string = resourceGroup().location

param pools poolType[] = [
  {
    name: 'system'
    mode: 'System'
  }
  {
    name: 'blue'
    vmSize: 'Standard_D8s_v5'
    zones: [1, 2]
  }
]

@allowed(['Free', 'Standard'])
param tier string = 'Standard'

param channel 'patch' | 'stable'?

@secure()
param password string = ''

param monitoring bool = false

var sizes = {
  System: 'Standard_D4s_v5'
  User: 'Standard_D2s_v5'
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: 'hub'
  scope: resourceGroup('network')

  resource nodes 'subnets' existing = {
    name: 'nodes'
  }
}

resource cluster 'Microsoft.ContainerService/managedClusters@2025-05-01' = {
  name: name
  location: location
  tags: {
    'owned by': 'platform'
  }
  sku: {
    name: 'Base'
    tier: tier
  }
  properties: {
    dnsPrefix: name
    agentPoolProfiles: map(filter(pools, pool => (pool.?mode ?? 'User') == 'System'), pool => {
      name: pool.name
      mode: 'System'
      vmSize: pool.?vmSize ?? sizes.System
      vnetSubnetID: network::nodes.id
    })
    autoUpgradeProfile: {
      upgradeChannel: channel
    }
    windowsProfile: empty(password) ? null : {
      adminUsername: 'azure'
      adminPassword: password
    }
  }

  resource window 'maintenanceConfigurations' = {
    name: 'default'
    properties: {
      timeInWeek: [
        for day in ['Monday', 'Tuesday']: {
          day: day
          hourSlots: [1, 2]
        }
      ]
    }
  }
}

@batchSize(1)
module userPools 'pool/main.bicep' = [
  for (pool, index) in filter(pools, pool => pool.?mode != 'System'): {
    name: '${name}-pool-${index}'
    params: {
      cluster: cluster.name
      name: pool.name
      vmSize: pool.?vmSize ?? sizes[pool.?mode ?? 'User']
      zones: pool.?zones
    }
  }
]

module rules 'br/public:avm/res/insights/metric-alert:0.4.1' = if (monitoring) {
  name: '${name}-rules'
  params: {
    name: 'cpu'
    scopes: [
      cluster.id
    ]
  }
}

output firstPool string = userPools[0].outputs.id
output rules string? = rules.?outputs.resourceId
