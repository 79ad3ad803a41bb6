targetScope = 'subscription'

param location string = deployment().location

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'test'
  location: location
}

module test '../../../main.bicep' = [
  for iteration in ['init', 'idem']: {
    scope: group
    name: 'test-${iteration}'
    params: {
      name: 'aks-${uniqueString(location)}'
      channel: 'stable'
      monitoring: true
      password: 'not a real one'
      pools: [
        {
          name: 'system'
          vmSize: 'Standard_D4s_v6'
          mode: 'System'
        }
        {
          name: 'win1'
          vmSize: 'Standard_D8s_v6'
          mode: 'User'
          zones: [1, 2, 3]
        }
        {
          name: 'small'
        }
      ]
    }
  }
]
