//! What the service rejects before it deploys anything.

use super::deployments::{aks, inner, template};
use super::*;

#[test]
fn what_azure_rejects_of_a_parameter_file_is_refused_at_the_value() {
    let declarations = r#""parameters": {
        "tier": {"type": "string", "allowedValues": ["Free", "Standard"]},
        "name": {"type": "string", "minLength": 3, "maxLength": 6},
        "count": {"type": "int", "minValue": 1, "maxValue": 10},
        "zones": {"type": "array", "allowedValues": ["1", "2", "3"], "minLength": 1},
        "text": {"type": "securestring", "minLength": 9}},"#;
    let uses = r#""a": "[parameters('tier')]", "b": "[parameters('name')]", "c": "[parameters('count')]",
        "d": "[parameters('zones')]", "e": "[parameters('text')]""#;
    let judged = |tier: &str, name: &str, count: &str, zones: &str| {
        let values = format!(
            r#"{{"parameters": {{"tier": {{"value": {tier}}}, "name": {{"value": {name}}},
                "count": {{"value": {count}}}, "zones": {{"value": {zones}}}, "text": {{"value": "x"}}}}}}"#
        );
        let whole = cluster(declarations, uses);
        let files = Files::new(&[("main.json", &whole), ("main.parameters.json", &values)]);
        let resolved = files.resolve();
        assert_eq!(resolved.problems, []);
        let refused = resolved.refused.iter();
        refused.map(|p| (files.text(p.span).to_owned(), p.message.clone())).collect::<Vec<_>>()
    };
    let good = judged("\"standard\"", "\"abc\"", "10", r#"["1", "3"]"#);
    assert_eq!(good, []);
    let bad = judged("\"Premium\"", "\"ab\"", "11", r#"["4"]"#);
    let wanted = [
        ("\"Premium\"", "the parameter `tier` does not allow `Premium`, but `Free`, `Standard`"),
        ("\"ab\"", "the parameter `name` takes at least 3 characters, not 2"),
        ("11", "the parameter `count` takes at most 10, not 11"),
        ("[\"4\"]", "the parameter `zones` does not allow `4`, but `1`, `2`, `3`"),
    ];
    assert_eq!(bad, wanted.map(|(at, message)| (at.to_owned(), message.to_owned())));
    let placeholder = judged("\"<tier>\"", "\"abcdefg\"", "0", "[]");
    let messages: Vec<&str> = placeholder.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "the parameter `name` takes at most 6 characters, not 7",
            "the parameter `count` takes at least 1, not 0",
            "the parameter `zones` takes at least 1 elements, not 0",
        ]
    );
}

/// What is refused, each with what is assumed.
fn refusals(whole: &str) -> Vec<(String, Vec<String>)> {
    let (_, resolved) = one(whole);
    assert_eq!(resolved.problems, []);
    resolved.refused.into_iter().map(|refused| (refused.message, refused.assumptions)).collect()
}

#[test]
fn an_argument_is_refused_only_where_its_deployment_is_deployed() {
    let body = format!(
        r#""parameters": {{"size": {{"type": "string", "allowedValues": ["A"]}}}}, "resources": [{}],
        "outputs": {{"size": {{"type": "string", "value": "[parameters('size')]"}}}}"#,
        aks(r#""value": "[parameters('size')]""#)
    );
    let with = |more: &str| {
        template(&format!(
            r#""parameters": {{"on": {{"type": "bool"}}, "off": {{"type": "bool", "defaultValue": false}}}},
            "resources": [{}, {}]"#,
            inner("d", more, r#""size": {"value": "B"}"#, &body),
            aks(r#""value": "[reference('d').outputs.size.value]""#)
        ))
    };
    let message = "the parameter `size` does not allow `B`, but `A`".to_owned();
    assert_eq!(refusals(&with("")), [(message.clone(), vec![])]);
    assert_eq!(refusals(&with(r#""condition": "[parameters('off')]","#)), []);
    let only = vec!["`parameters('on')` is true".to_owned()];
    assert_eq!(refusals(&with(r#""condition": "[parameters('on')]","#)), [(message.clone(), only.clone())]);
    // A loop that makes none of them is no other case.
    assert_eq!(refusals(&with(r#""copy": {"name": "c", "count": "[if(parameters('off'), 1, 0)]"},"#)), []);
    let looped = with(r#""copy": {"name": "c", "count": "[if(parameters('on'), 1, 0)]"},"#);
    assert_eq!(refusals(&looped), [(message, only)]);
}
