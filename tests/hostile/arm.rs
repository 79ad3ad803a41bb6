//! Templates that nobody should write.

use akslint::model::PoolField;
use akslint::report::Report;
use akslint::resolve::arm::MANAGED_CLUSTERS;

use super::common::field;
use super::{arm, one};

const POOL: &str = "aks/pool";

/// A template whose pool has this expression as its size.
fn sized(expression: &str) -> String {
    arm("", &format!("\"vmSize\": {}", serde_json::Value::from(format!("[{expression}]"))), "")
}

/// What the size of the pool is.
fn size(report: &Report) -> String {
    field(report, POOL, PoolField::VmSize)
}

#[test]
fn texts_are_padded_to_any_width_that_is_kept() {
    // Rust's own formatting gives up beyond 65,535.
    for width in [65_535, 65_536, 70_000, 1_000_000] {
        for (expression, kept) in [
            (format!("length(format('{{0,{width}}}', 'a'))"), width),
            (format!("length(format('{{0,-{width}}}', 'é'))"), width),
            (format!("length(format('{{0,{width}:D3}}', 7))"), width),
            (format!("length(padLeft('a', {width}))"), width),
            (
                format!("length(dateTimeAdd('2024-01-01T00:00:00Z', 'PT0S', padLeft('', {width}, 'y')))"),
                width,
            ),
            (format!("length(dateTimeAdd('2024-01-01T00:00:00Z', 'PT0S', padLeft('', {width}, 'H')))"), 2),
        ] {
            let (report, _) = one("main.json", &sized(&expression));
            assert_eq!(size(&report), kept.to_string(), "{expression}");
        }
    }
    for (expression, text) in [
        ("format('{0,5}|{1,-4}|{0,1}', 'abc', 7)", "\"  abc|7   |abc\""),
        ("dateTimeAdd('0987-01-01T00:00:00Z', 'PT0S', 'yyyyyy-yy')", "\"000987-87\""),
    ] {
        assert_eq!(size(&one("main.json", &sized(expression)).0), text);
    }
}

/// Variables each of which joins the one before it twenty times: at `v8` there are 20^8 of the first.
fn joined_twenty_times(first: &str) -> String {
    let joined = |i: usize| {
        let parts = vec![format!("variables('v{i}')"); 20].join(", ");
        format!("\"v{}\": \"[concat({parts})]\", ", i + 1)
    };
    format!("{}\"v0\": \"{first}\"", super::repeat(8, joined))
}

#[test]
fn names_that_are_joined_from_billions_of_pieces() {
    let named = |name: &str, first: &str| {
        let name = serde_json::Value::from(name).to_string();
        arm(&joined_twenty_times(first), "\"vmSize\": \"Standard_D4s_v5\"", "").replace("\"aks/pool\"", &name)
    };
    let slash = "[concat(parameters('aks'), variables('v8'), '/pool')]";
    for (name, first) in [
        ("[variables('v8')]", "a"),
        // As the calls give nothing at all, the pieces are never more.
        ("[variables('v8')]", "[concat()]"),
        ("[format('{0}/pool', variables('v8'))]", "a"),
        (slash, "a"),
        (slash, "[concat()]"),
    ] {
        let text = named(name, first).replacen(
            "\"variables\"",
            "\"parameters\": {\"aks\": {\"type\": \"string\"}}, \"variables\"",
            1,
        );
        let (report, _) = one("main.json", &text);
        assert_eq!(report.fleet.pools.len(), 1, "{name}");
        let size = &report.fleet.pools[0].fields[&PoolField::VmSize];
        assert_eq!(size.as_str(), Some("Standard_D4s_v5"), "{name} of {first}");
    }
    // A name of a thousand pieces is still taken apart, one of more is only evaluated.
    for (name, parent) in
        [("[concat(variables('v2'), '/pool')]", 400), ("[concat(variables('v3'), '/pool')]", 8000)]
    {
        let (report, _) = one("main.json", &named(name, "a"));
        assert_eq!(report.fleet.pools[0].address, format!("{}/pool", "a".repeat(parent)));
    }
}

#[test]
fn links_that_are_joined_from_billions_of_pieces() {
    for first in ["a", "[concat()]"] {
        let linked = r#""uri": "[uri(deployment().properties.templateLink.uri, concat(variables('v8'), 'other.json'))]""#;
        let template = format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"variables": {{{}}}, "resources": [{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "d",
"properties": {{"mode": "Incremental", "templateLink": {{{linked}}}}}}},
{{"type": "{MANAGED_CLUSTERS}", "apiVersion": "2024-09-01", "name": "aks"}}]}}"#,
            joined_twenty_times(first)
        );
        let (report, _) = one("main.json", &template);
        let unread: Vec<&str> = report.unread.iter().map(|unread| unread.message.as_str()).collect();
        assert!(unread.iter().any(|told| told.starts_with("this deployment is not read")), "{unread:?}");
    }
}
