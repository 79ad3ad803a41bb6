//! Bicep that some other tool completes: what stands for a token is not known, and no error.
#![allow(clippy::unwrap_used)]

mod common;

use akslint::model::PoolField;
use akslint::report::Report;
use common::{lint, pool, show};

fn template(types: &str, version: &str, pool: &str) -> String {
    format!(
        "{types}\nresource aks 'Microsoft.ContainerService/managedClusters@{version}' = {{\n  name: 'shop'\n  \
         location: 'westeurope'\n  properties: {{\n    dnsPrefix: 'shop'\n    agentPoolProfiles: [\n      {{ {pool} }}\n    \
         ]\n  }}\n}}\n"
    )
}

fn reasons(report: &Report) -> Vec<String> {
    let mut reasons: Vec<String> =
        report.unresolved.iter().map(|one| format!("{}: {}", one.field, one.reason)).collect();
    reasons.sort();
    reasons
}

const TOKENS: [&str; 13] = [
    "#{COUNT}#",
    "#{COUNT}",
    "{{ .pool.count }}",
    "{{COUNT}}",
    "${{ values.count }}",
    "${COUNT}",
    "$(COUNT)",
    "$COUNT",
    "<COUNT>",
    "<N>",
    "#_count_#",
    "%COUNT%",
    "__COUNT__",
];

#[test]
fn a_token_without_quotes_is_a_placeholder_in_a_parameter_file() {
    let main = template(
        "param n int",
        "2025-05-01",
        "name: 'sys', mode: 'System', vmSize: 'Standard_D4s_v5', count: n",
    );
    for token in TOKENS {
        let given = format!("using 'main.bicep'\nparam n = {token}\n");
        let (_, report) = lint(&[("main.bicep", &main), ("main.bicepparam", &given)]);
        assert!(report.diagnostics.is_empty(), "{token}: {:?}", report.diagnostics);
        assert_eq!(report.unread, [], "{token}");
        assert_eq!(reasons(&report), [format!("count: `{token}` is a placeholder")]);
    }
}

#[test]
fn a_token_without_quotes_is_a_placeholder_in_a_template() {
    for token in TOKENS {
        let own = format!("name: 'sys', mode: 'System', vmSize: 'Standard_NC6s_v3', count: {token}");
        let (_, report) = lint(&[("main.bicep", &template("", "2025-05-01", &own))]);
        let rules: Vec<&str> = report.diagnostics.iter().map(|found| found.rule).collect();
        assert_eq!(rules, ["RetiredVMSize"], "{token}");
        assert_eq!(reasons(&report), [format!("count: `{token}` is a placeholder")]);
    }
}

#[test]
fn what_a_scaffolder_puts_into_strings_is_a_placeholder() {
    let own = "name: 'sys', mode: 'System', vmSize: '${{ values.size }}', count: 3, kubeletDiskType: 'a${{ vars.Kind }}b'";
    let (_, report) = lint(&[("main.bicep", &template("", "2025-05-01", own))]);
    assert!(report.diagnostics.is_empty(), "{:?}", report.diagnostics);
    assert_eq!(
        reasons(&report),
        [
            "kubelet_disk_type: `${{ vars.Kind }}` is a placeholder",
            "vm_size: `${{ values.size }}` is a placeholder"
        ]
    );
}

#[test]
fn what_is_wrong_without_tokens_stays_wrong() {
    for types in [
        // A type, a name and a property are not what tokens stand for; and errors elsewhere are none of theirs.
        "param n <TYPE>",
        "param {{ name }} int = 3",
        "var o = { a: [1 2] }",
        "var o = 1 2 // {{ x }}",
    ] {
        let own = "name: 'sys', mode: 'System', vmSize: 'Standard_D4s_v5', count: 3";
        let (_, report) = lint(&[("main.bicep", &template(types, "2025-05-01", own))]);
        assert!(report.diagnostics.iter().any(|found| found.rule == "Syntax"), "{types}");
    }
}

#[test]
fn a_token_beside_an_error_does_not_hide_the_error() {
    let syntax = |count: &str| {
        let own = "name: 'sys', mode: 'System', vmSize: 'Standard_D4s_v5', count: ";
        let text = format!("var o = 1 2\n{}", template("", "2025-05-01", &format!("{own}{count}")));
        let (_, report) = lint(&[("main.bicep", &text)]);
        let syntax: Vec<_> = report.diagnostics.iter().filter(|found| found.rule == "Syntax").collect();
        (syntax.len(), reasons(&report))
    };
    assert_eq!(syntax("3"), (1, vec![]));
    assert_eq!(syntax("{{ n }}"), (1, vec!["count: `{{ n }}` is a placeholder".to_owned()]));
}

#[test]
fn a_type_is_what_stands_before_its_version_whatever_that_is() {
    let own = "name: 'sys', mode: 'System', vmSize: 'Standard_NC6s_v3', count: 3";
    for version in [
        "${azure.apiVersion}",
        "",
        "2024-10",
        "#{version}#",
        "__VERSION__",
        "${{ values.version }}",
        "latest",
    ] {
        let (_, report) = lint(&[("main.bicep", &template("", version, own))]);
        let rules: Vec<&str> = report.diagnostics.iter().map(|found| found.rule).collect();
        assert_eq!(rules, ["RetiredVMSize"], "{version}");
        assert_eq!(show(&pool(&report, "shop/sys").fields[&PoolField::Count]), "3");
    }
}

#[test]
fn reasons_are_sentences() {
    let own = "name: 'sys', mode: 'System', vmSize: sizee, count: 3";
    let (_, report) = lint(&[("main.bicep", &template("", "2025-05-01", own))]);
    assert_eq!(reasons(&report), ["vm_size: `sizee` is not declared"]);
}
