//! Templates that nobody should write.

use akslint::model::PoolField;
use akslint::report::Report;
use akslint::resolve::arm::{AGENT_POOLS, MANAGED_CLUSTERS};

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

/// A megabyte of text, a list of ten thousand numbers, and two objects of ten thousand members.
const LARGE: &str = r#""text": "[padLeft('', 1000000, 'é-')]", "numbers": "[range(0, 10000)]",
"object": "[toObject(range(0, 10000), lambda('i', concat('a', string(lambdaVariables('i')))))]",
"other": "[toObject(range(0, 10000), lambda('i', concat('B', string(lambdaVariables('i')))))]",
"strings": "[map(range(0, 10000), lambda('i', string(lambdaVariables('i'))))]",
"unknown": "[map(range(0, 10000), lambda('i', if(equals(lambdaVariables('i'), 3), utcNow(), lambdaVariables('i'))))]""#;

#[test]
fn small_results_of_large_arguments_are_paid_for() {
    for expression in [
        "length(split(variables('text'), variables('strings')))",
        "contains(variables('numbers'), 'z')",
        "contains(variables('unknown'), 'z')",
        "startsWith(variables('text'), variables('text'))",
        "indexOf(variables('text'), 'z')",
        "lastIndexOf(variables('numbers'), 'z')",
        "indexOf(variables('numbers'), variables('object'))",
        "length(variables('text'))",
        "uniqueString(variables('text'))",
        "like(variables('text'), '*z*')",
        "equals(variables('object'), variables('object'))",
        "variables('object').z0",
        "tryGet(variables('object'), 'z')",
        "variables('unknown')[length(utcNow())]",
        "length(join(variables('numbers'), ','))",
        "length(intersection(variables('object'), variables('other')))",
        "length(union(variables('object'), variables('other')))",
        "length(filter(variables('numbers'), lambda('x', equals(lambdaVariables('x'), 3))))",
        "length(filter(variables('numbers'), lambda('x', equals(lambdaVariables('x'), utcNow()))))",
        "length(shallowMerge(map(variables('strings'), lambda('x', createObject(lambdaVariables('x'), 1)))))",
        "json(variables('text'))",
    ] {
        if std::env::var_os("HOSTILE_TIMES").is_some() {
            println!("{expression}");
        }
        let inner = format!("map(range(0, 100), lambda('b', {expression}))");
        let many = format!("[length(map(range(0, 10000), lambda('a', {inner})))]");
        let size = serde_json::Value::from(many).to_string();
        let (report, _) = one("main.json", &arm(LARGE, &format!("\"vmSize\": {size}"), ""));
        assert_eq!(report.fleet.pools.len(), 1, "{expression}");
    }
}

/// A template of these resources.
fn deploying(resources: &str, more: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", {more} "resources": [{resources}]}}"#
    )
}

/// A deployment of a template of its own names.
fn deployment(name: &str, more: &str, template: &str) -> String {
    format!(
        r#"{{"type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "{name}", {more}
"properties": {{"expressionEvaluationOptions": {{"scope": "inner"}}, "mode": "Incremental", "template": {template}}}}}"#
    )
}

/// A pool of the cluster `aks`.
fn pool(name: &str) -> String {
    format!(
        r#"{{"type": "{AGENT_POOLS}", "apiVersion": "2024-09-01", "name": "aks/{name}", "properties": {{"vmSize": "Standard_D4s_v5"}}}}"#
    )
}

#[test]
fn texts_are_put_together_once_their_length_is_known() {
    let variables = r#""variables": {"text": "[padLeft('', 1000000, 'a')]", "list": "[map(range(0, 10000), lambda('i', variables('text')))]"},"#;
    let often = |what: &str| vec![what; 20_000].join(", ");
    for expression in [
        format!("concat({})", often("variables('text')")),
        format!("format('{}', variables('text'))", "{0}".repeat(20_000)),
        format!("format('{}', createArray(variables('text')))", "{0}".repeat(20_000)),
        format!("format('{}', 'a')", "{0,1000000}".repeat(20_000)),
        "join(variables('list'), '-')".to_owned(),
        "string(variables('list'))".to_owned(),
    ] {
        let size = serde_json::Value::from(format!("[{expression}]")).to_string();
        let resource = pool("p").replace("\"Standard_D4s_v5\"", &size);
        let (report, _) = one("main.json", &deploying(&resource, variables));
        let reasons: Vec<&str> = report.unresolved.iter().map(|unresolved| &*unresolved.reason).collect();
        let shown = &expression[..20];
        assert!(reasons.iter().all(|reason| reason.contains("than")), "{shown}: {reasons:?}");
        assert_eq!(reasons.len(), 1, "{shown}");
    }
}

#[test]
fn templates_with_many_strange_resources_in_loops() {
    let strange = r#"{"type": "A.B/c", "apiVersion": "1", "name": "x"},"#.repeat(50_000);
    let inner = deploying(&format!("{strange}{}", pool("p")), "");
    let copy = r#""copy": {"name": "l", "count": 800},"#;
    let outer = deploying(&format!("{}, {}", pool("first"), deployment("d", copy, &inner)), "");
    let (report, _) = one("main.json", &outer);
    assert!(report.fleet.pools.iter().any(|pool| pool.address == "aks/first"));
    // Nothing of ours in thousands of deployments, of which only the text is looked at.
    let inner = deploying(strange.trim_end_matches(','), "");
    let deployments: Vec<String> = (0..40).map(|i| deployment(&format!("d{i}"), copy, "TEMPLATE")).collect();
    let outer = deploying(
        &format!(
            "{}, {}",
            deployments.join(", ").replacen("TEMPLATE", &inner, 1).replace("TEMPLATE", "{}"),
            pool("p")
        ),
        "",
    );
    let (report, _) = one("main.json", &outer);
    assert_eq!(report.fleet.pools.len(), 1);
}

#[test]
fn references_among_many_resources() {
    let deployments: Vec<String> = (0..3_000).map(|i| deployment(&format!("d{i}"), "", "{}")).collect();
    let strange = r#"{"type": "A.B/c", "apiVersion": "1", "name": "x"},"#.repeat(20_000);
    let size = "\"[string(map(range(0, 10000), lambda('i', reference('nobody').outputs.a.value)))]\"";
    let pool = pool("p").replace("\"Standard_D4s_v5\"", size);
    let (report, _) =
        one("main.json", &deploying(&format!("{strange}{}, {pool}", deployments.join(", ")), ""));
    assert_eq!(report.fleet.pools.len(), 1);
}

#[test]
fn profiles_by_the_ten_thousand() {
    // A loop makes no more than 800.
    let profile =
        "createObject('name', concat('p', string(lambdaVariables('i'))), 'vmSize', 'Standard_D4s_v5')";
    let profiles = format!(
        "\"properties\": {{\"agentPoolProfiles\": \"[map(range(0, 5000), lambda('i', {profile}))]\"}}"
    );
    let cluster =
        format!(r#"{{"type": "{MANAGED_CLUSTERS}", "apiVersion": "2024-09-01", "name": "aks", {profiles}}}"#);
    let (report, _) = one("main.json", &deploying(&cluster, ""));
    assert_eq!(report.fleet.pools.len(), 5_000);
}

#[test]
fn modules_that_are_called_from_two_places_on_each_level() {
    let file = |i: usize| format!("module a 'm{0}.bicep' = {{}}\nmodule b 'm{0}.bicep' = {{}}\n", i + 1);
    let mut files: Vec<(String, String)> = (0..40).map(|i| (format!("m{i}.bicep"), file(i))).collect();
    files.push(("m40.bicep".to_owned(), "param p string = 'x'\n".to_owned()));
    files[0].1.push_str(
        "resource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = {\n  name: 'aks'\n}\n",
    );
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let (report, _) = super::survive(&files);
    assert_eq!(report.fleet.clusters.len(), 1);
}
