module test '../../../main.bicep' = {
  name: 'test'
  params: {
    environment: 'prod'
    nodes: [
      { sku: 'Windows2022' }
      { sku: 'AzureLinux', count: 5 }
    ]
  }
}
