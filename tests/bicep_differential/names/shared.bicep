@export()
type nodeType = {
  sku: 'AzureLinux' | 'Ubuntu' | 'Windows2022'
  count: int?
}

@export()
func poolName(prefix string, number int) string => take(toLower('${prefix}${padLeft(number, 2, '0')}'), limit)

@export()
var limit = 6

@export()
var versions = {
  stable: '1.33'
  next: '1.34'
}
