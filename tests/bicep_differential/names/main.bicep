import { nodeType, poolName as named } from 'shared.bicep'
import * as shared from 'shared.bicep'

targetScope = 'resourceGroup'

param nodes nodeType[]
param environment ('dev' | 'prod')?
param cluster string = 'aks-${environment ?? 'test'}'

func version(channel string) string => channel == 'next' ? shared.versions.next : shared.versions.stable

resource existing 'Microsoft.ContainerService/managedClusters@2025-05-01' existing = {
  name: cluster

  resource pools 'agentPools' = [
    for (node, index) in nodes: {
      name: named('NP', index)
      properties: {
        osSKU: node.sku
        count: node.?count ?? 3
        orchestratorVersion: version(environment == 'prod' ? 'stable' : 'next')
      }
    }
  ]
}
