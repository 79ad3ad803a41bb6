// Values of every shape, in a template without symbolic names.
param names array = ['a', 'b']
param settings object = {
  a: { size: 1 }
  b: { size: 2 }
}
param prefix string = 'st'
param count int = 2
param deploy bool

var defaults = loadJsonContent('defaults.json')
var script = loadTextContent('script.sh')
var sizes = [for name in names: settings[name].size]
var numbered = [for (name, index) in names: '${name}${index}']
var elsewhere = deploy ? resourceGroup() : resourceGroup('elsewhere')

resource accounts 'Microsoft.Storage/storageAccounts@2024-01-01' = [
  for (name, index) in names: if (settings[name].size > 1 || index == 0) {
    name: '${prefix}${name}'
    location: 'westeurope'
    kind: 'StorageV2'
    tags: union(defaults.tags, { index: string(index) }, { ...defaults.more, last: toUpper(name) })
    properties: {
      minimumTlsVersion: 'TLS1_2'
      allowSharedKeyAccess: !deploy
      total: length(sizes) - 1 + sizes[index] * 2 % 3
      text: '${prefix}: ${name} (\'${count}\')'
      list: [
        null
        true
        numbered[?5] ?? 'none'
        ...names
      ]
    }
  }
]

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = if (deploy) {
  name: '${accounts[0].name}/default/logs'
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'keep'
  scope: container
  properties: {
    level: 'CanNotDelete'
    notes: '''
two
lines'''
  }
}

resource run 'Microsoft.Resources/deploymentScripts@2023-08-01' = [
  for index in range(0, count): {
    name: 'run-${index}'
    kind: 'AzureCLI'
    location: 'westeurope'
    properties: {
      scriptContent: script
      azCliVersion: defaults.versions[^1]
      environmentVariables: [
        for (name, place) in names: {
          name: nameof(defaults.versions)
          value: '${name}-${place}-${index}'
        }
      ]
      arguments: join(map(items(settings), item => '${item.key}=${item.value.size}'), ' ')
      primaryScriptUri: accounts[index].properties.primaryEndpoints.blob
      group: elsewhere.name
    }
  }
]
