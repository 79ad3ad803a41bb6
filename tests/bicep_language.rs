//! Every form of the current language is read, and what it says of a pool is known or unknown for a reason. The
//! forms are those of docs/grammar.md, docs/params-file-grammar.md and docs/experimental-features.md of Bicep's
//! public repository.
#![allow(clippy::unwrap_used)]

mod common;

use akslint::model::{AgentPool, PoolField};
use akslint::report::Report;
use common::{lint, pool, show};

fn field(pool: &AgentPool, field: PoolField) -> String {
    pool.fields.get(&field).map_or_else(|| "unset".to_owned(), show)
}

fn read(text: &str) -> Report {
    let (_, report) = lint(&[("main.bicep", text)]);
    let syntax: Vec<_> = report.diagnostics.iter().filter(|found| found.rule == "Syntax").collect();
    assert!(syntax.is_empty(), "{syntax:?}");
    assert_eq!(report.unread, []);
    report
}

const CLUSTER: &str = "\
resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' existing = {
  name: 'shop'
  resource old 'agentPools' existing = { name: 'old' }
}
";

#[test]
fn types_taken_from_resources_bound_nothing_and_are_no_error() {
    let text = "\
param shape resourceInput<'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01'>.properties = {
  vmSize: 'Standard_D4s_v6'
  osType: 'Linux'
}
type pool = resourceInput<'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01'>.properties
param typed pool = { vmSize: 'Standard_D4s_v5' }
param many resourceInput<'Microsoft.ContainerService/managedClusters@2025-05-01'>.properties.agentPoolProfiles[*][] = [
  { name: 'x' }
]
param seen resourceOutput<'Microsoft.ContainerService/managedClusters@2025-05-01'>.properties?
param mode resourceInput<'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01'>.properties.mode
resource a 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = { parent: aks, name: 'a', properties: shape }
resource b 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = {
  parent: aks
  name: 'b'
  properties: { ...typed, mode: mode }
}
";
    let report = read(&format!("{CLUSTER}{text}"));
    assert_eq!(field(pool(&report, "shop/a"), PoolField::VmSize), "\"Standard_D4s_v6\"");
    assert_eq!(field(pool(&report, "shop/b"), PoolField::VmSize), "\"Standard_D4s_v5\"");
    assert_eq!(field(pool(&report, "shop/b"), PoolField::Mode), "?");
}

#[test]
fn strings_of_several_lines_have_holes_with_as_many_dollars_as_introduce_them() {
    let text = "\
var text = 'D4s'
var one = $'''Standard_${text}_v6'''
var two = $$'''
Standard_$${text}_v5'''
var none = '''${text}'''
resource a 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = {
  parent: aks
  name: 'a'
  properties: { vmSize: one, nodeLabels: { two: two, none: none, both: $$'''${}$${text}''' } }
}
";
    let report = read(&format!("{CLUSTER}{text}"));
    let pool = pool(&report, "shop/a");
    assert_eq!(field(pool, PoolField::VmSize), "\"Standard_D4s_v6\"");
    let labels = field(pool, PoolField::NodeLabels);
    // Without dollars before it there is no hole, and what is written is the form of a placeholder.
    assert_eq!(labels, "{both=\"${}D4s\", none=?, two=\"Standard_D4s_v5\"}");
}

#[test]
fn decorators_and_declarations_that_change_no_value_change_none() {
    let text = "\
metadata description = 'x'
#disable-next-line no-unused-params
extension kubernetes with { namespace: 'default', kubeConfig: 'x' } as k8s
extension microsoftGraphV1
extension 'br:shop.azurecr.io/extensions/own:1.0.0' as own
assert isIt = 1 == 1
@description('x')
@sealed()
type closed = { a: string, *: int }
@discriminator('kind')
type either = { kind: 'a', x: string } | { kind: 'b', y: int }
@secure()
param secret string?
@export()
@description('doubles')
func twice(s string) string => '${s}${s}'
var typed string = 'Standard_D4s_v6'
@onlyIfNotExists()
@retryOn(['ResourceNotFound'], 2)
@batchSize(1)
resource some 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = [for (item, i) in items({ a: 1, b: 2 }): if (item.key != 'a') {
  parent: aks
  name: 'p${item.key}${i}'
  properties: { vmSize: typed, count: item.value, nodeLabels: { twice: twice('x'), last: [1, 2][^1] } }
}]
resource map 'core/ConfigMap@v1' = { metadata: { name: 'x' } }
@secure()
output s string = secret ?? ''
output ids string[] = [for i in range(0, 2): some[i].id]
output who object = deployer()
";
    let report = read(&format!("{CLUSTER}{text}"));
    assert_eq!(report.fleet.pools.len(), 1);
    let pool = pool(&report, "shop/pb1");
    assert_eq!(field(pool, PoolField::VmSize), "\"Standard_D4s_v6\"");
    assert_eq!(field(pool, PoolField::Count), "2");
    assert_eq!(field(pool, PoolField::NodeLabels), "{last=2, twice=\"xx\"}");
}

#[test]
fn what_is_deployed_already_is_unknown() {
    let text = "\
resource mine 'Microsoft.ContainerService/managedClusters/agentPools@2025-05-01' = {
  parent: aks
  name: 'mine'
  properties: {
    vmSize: this.exists() ? 'Standard_D4s_v5' : 'Standard_D4s_v6'
    count: this.existingResource().?properties.count ?? 1
    maxPods: aks::old.properties.maxPods
  }
}
";
    let report = read(&format!("{CLUSTER}{text}"));
    let pool = pool(&report, "shop/mine");
    assert!(field(pool, PoolField::VmSize).contains('?'), "{}", field(pool, PoolField::VmSize));
    assert_eq!(field(pool, PoolField::MaxPods), "?");
    assert!(
        report.unresolved.iter().any(|field| field.reason == "what is deployed already is not looked up")
    );
}

#[test]
fn parents_are_named_in_all_four_ways() {
    let body =
        |name: &str| format!("{{\n  name: '{name}'\n  properties: {{ vmSize: 'Standard_D4s_v5' }}\n}}\n");
    let ty = "Microsoft.ContainerService/managedClusters";
    let text = format!(
        "resource outer '{ty}@2025-05-01' = {{\n  name: 'outer'\n  location: 'x'\n  resource inner 'agentPools' = {}}}\n\
         resource apart '{ty}/agentPools@2025-05-01' = {{ parent: outer, name: 'apart', properties: {{}} }}\n\
         resource path '{ty}/agentPools@2025-05-01' = {}\
         resource computed '{ty}/agentPools@2025-05-01' = {{\n  name: '${{outer.name}}/computed'\n  properties: {{}}\n}}\n\
         resource ofOld '{ty}/agentPools@2025-05-01' = {{\n  name: '${{aks::old.name}}x'\n  parent: aks\n  properties: {{}}\n}}\n",
        body("inner"),
        body("outer/path")
    );
    let report = read(&format!("{CLUSTER}{text}"));
    let mut addresses: Vec<_> = report.fleet.pools.iter().map(|pool| pool.address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["outer/apart", "outer/computed", "outer/inner", "outer/path", "shop/oldx"]);
}
