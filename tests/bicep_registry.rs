//! The tables of verified Bicep modules against the modules themselves: calls of each release, once by its name in
//! the registry and once by the path of its files, make the same clusters and pools, field by field.
//!
//! `AKSLINT_AVM_RELEASES` names a folder that holds, by the number of each release, what lies in
//! `avm/res/container-service/managed-cluster` of github.com/Azure/bicep-registry-modules at the tag of that release.
//!
//! AKSLINT_AVM_RELEASES=DIR cargo test --test bicep_registry -- --ignored --nocapture
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use akslint::report::Report;
use common::{lint, show};

type Fields = BTreeMap<String, String>;

/// The clusters and pools of a report with their fields, without where they are written.
fn fields(report: &Report) -> Vec<Fields> {
    let name = |name: &dyn std::fmt::Debug| format!("{name:?}");
    let clusters = report.fleet.clusters.iter().map(|cluster| {
        let fields = cluster.fields.iter().map(|(field, value)| (name(field), show(value)));
        fields.chain([("address".to_owned(), cluster.address.clone())]).collect()
    });
    let pools = report.fleet.pools.iter().map(|pool| {
        let fields = pool.fields.iter().map(|(field, value)| (name(field), show(value)));
        fields.chain([("address".to_owned(), pool.address.clone())]).collect()
    });
    clusters.chain(pools).collect()
}

/// Arguments of calls in the style of a release.
fn calls([major, minor, patch]: [u32; 3]) -> Vec<String> {
    let since = |from: [u32; 3]| [major, minor, patch] >= from;
    let renamed = since([0, 4, 1]);
    let primary = if renamed { "primaryAgentPoolProfiles" } else { "primaryAgentPoolProfile" };
    let (subnet, pods) = match renamed {
        true => ("vnetSubnetResourceId", "podSubnetResourceId"),
        false => ("vnetSubnetId", "podSubnetId"),
    };
    let sku = if since([0, 6, 1]) { "osSKU" } else { "osSku" };
    let whole = since([0, 12, 0]);
    let more = match whole {
        true => {
            "upgradeSettings: { maxSurge: '33%', drainTimeoutInMinutes: 20 }, gpuProfile: { driver: 'None' }
            securityProfile: { enableVTPM: true, enableSecureBoot: true }, hostGroupResourceId: '/h'
            kubeletConfig: { cpuManagerPolicy: 'static' }, linuxOSConfig: { swapFileSizeMB: 10 }
            capacityReservationGroupResourceId: '/c'"
        }
        false => "maxSurge: '33%', enableVTPM: true, enableSecureBoot: true",
    };
    let all = format!(
        "count: 2, mode: 'User', vmSize: 'Standard_D4ds_v6', osType: 'Windows', {sku}: 'Windows2022'
        availabilityZones: [3], enableAutoScaling: true, minCount: 1, maxCount: 5, maxPods: 30
        nodeLabels: {{ a: 'b' }}, nodeTaints: ['k=v:NoSchedule'], osDiskSizeGB: 128, osDiskType: 'Managed'
        scaleSetPriority: 'Spot', scaleSetEvictionPolicy: 'Deallocate', spotMaxPrice: -1, enableFIPS: true
        enableEncryptionAtHost: true, enableUltraSSD: true, enableNodePublicIP: true, gpuInstanceProfile: 'MIG1g'
        kubeletDiskType: 'OS', workloadRuntime: 'OCIContainer', scaleDownMode: 'Deallocate', {subnet}: '/s'
        type: 'VirtualMachineScaleSets', {pods}: '/p', proximityPlacementGroupResourceId: '/g'
        sourceResourceId: '/i', {more}"
    );
    let system = "{ name: 'system', mode: 'System', count: 3, vmSize: 'Standard_D4s_v5' }";
    let upgrades = match whole {
        true => "autoUpgradeProfile: { upgradeChannel: 'patch', nodeOSUpgradeChannel: 'NodeImage' }",
        false if since([0, 4, 0]) => {
            "autoUpgradeProfileUpgradeChannel: 'patch', autoNodeOsUpgradeProfileUpgradeChannel: 'NodeImage'"
        }
        false => "autoUpgradeProfileUpgradeChannel: 'patch'",
    };
    let mut calls = vec![
        format!("{primary}: [{system}]"),
        format!(
            "location: 'westeurope', kubernetesVersion: '1.34', skuTier: 'Premium', networkPlugin: 'azure'
            supportPlan: 'AKSLongTermSupport', networkPluginMode: 'overlay', networkPolicy: 'azure'
            podCidr: '10.1.0.0/16', serviceCidr: '10.2.0.0/16', dnsServiceIP: '10.2.0.10'
            outboundType: 'userDefinedRouting', {upgrades}, {primary}: [{system}, {{ name: 'inline', {all} }}]
            agentPools: [{{ name: 'win', orchestratorVersion: '1.33', {all} }}, {{ name: 'bare' }}, {{ name: 'same', {all} }}]"
        ),
        format!(
            "networkDataplane: 'cilium', networkPlugin: plugin, networkPolicy: policy, agentPools: pools
            {primary}: [{{ name: 'system', mode: 'System', count: 1, vmSize: size }}]"
        ),
        format!(
            "{primary}: [{system}], kubernetesVersion: version
            agentPools: [for i in range(0, 3): {{ name: 'np${{i}}', vmSize: i == 0 ? 'Standard_D8s_v6' : size
              osType: win ? 'Windows' : 'Linux', {sku}: sku }}]"
        ),
        format!("agentPools: [{{ name: 'only', {all} }}]"),
    ];
    if since([0, 5, 3]) {
        let mode = match whole {
            true => "nodeProvisioningProfile: { mode: 'Auto' }",
            false => "nodeProvisioningProfileMode: 'Auto'",
        };
        calls.push(format!("skuName: 'Automatic', {mode}, {primary}: [{system}]"));
    }
    if whole {
        let machines = |size: &str| {
            format!(
                "type: 'VirtualMachines', virtualMachinesProfile: {{ scale: {{ manual: [{{ count: 1, size: '{size}' }}] }} }}"
            )
        };
        let (one, other) = (machines("Standard_D4s_v5"), machines("Standard_D4s_v6"));
        calls.push(format!(
            "windowsProfile: {{ adminUsername: 'x', gmsaProfile: {{ enabled: true }} }}
            {primary}: [{system}, {{ name: 'one', {one} }}], agentPools: [{{ name: 'other', {other} }}]"
        ));
    }
    calls
}

fn project(path: &str, arguments: &str) -> String {
    format!(
        "param size string\nparam win bool\nparam pools array\nparam plugin string\nparam policy string\n\
         param version string\nparam sku string\nmodule aks '{path}' = {{\n  name: 'aks'\n  params: {{\n    \
         name: 'shop'\n    {arguments}\n  }}\n}}\n"
    )
}

#[test]
#[ignore = "needs the modules: see the head of this file"]
fn tables_and_modules_make_the_same_clusters_and_pools() {
    let folder = std::env::var("AKSLINT_AVM_RELEASES").expect("AKSLINT_AVM_RELEASES names a folder");
    let mut releases: Vec<([u32; 3], String)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .map(|name| {
            let numbers: Vec<u32> = name.split('.').map(|part| part.parse().unwrap()).collect();
            (numbers.try_into().unwrap(), name)
        })
        .collect();
    releases.sort();
    let (mut compared, mut known, mut failures) = (0, 0, String::new());
    for (numbers, release) in &releases {
        let read = |file: &str| fs::read_to_string(Path::new(&folder).join(release).join(file)).unwrap();
        let (cluster, pool) = (read("main.bicep"), read("agent-pool/main.bicep"));
        let before = compared;
        for (number, arguments) in calls(*numbers).iter().enumerate() {
            let local = project("m/main.bicep", arguments);
            let files = [
                ("main.bicep", local.as_str()),
                ("m/main.bicep", &cluster),
                ("m/agent-pool/main.bicep", &pool),
            ];
            let of_files = fields(&lint(&files).1);
            let named = format!("br/public:avm/res/container-service/managed-cluster:{release}");
            let of_table = fields(&lint(&[("main.bicep", &project(&named, arguments))]).1);
            assert!(of_files.len() >= 2, "{release}, call {number}: {of_files:?}");
            compared += of_files.iter().map(BTreeMap::len).sum::<usize>();
            known += of_files.iter().flat_map(BTreeMap::values).filter(|value| !value.contains('?')).count();
            for (one, other) in of_files.iter().zip(&of_table).filter(|(one, other)| one != other) {
                failures += &format!("{release}, call {number}:\n  files {one:?}\n  table {other:?}\n");
            }
            if of_files.len() != of_table.len() {
                failures += &format!("{release}, call {number}: {} or {}\n", of_files.len(), of_table.len());
            }
        }
        eprintln!("{release}: {} fields", compared - before);
    }
    eprintln!("{} releases, {compared} fields, {known} known", releases.len());
    assert!(failures.is_empty(), "{failures}");
    assert!(compared > 0);
}
