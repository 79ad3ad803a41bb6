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

/// What is refused of a value that a parameter file gives for a parameter with this declaration, at which text, and
/// what the parameter is then.
fn given(declaration: &str, value: &str) -> (Vec<(String, String)>, String) {
    let whole = cluster(
        &format!(r#""parameters": {{"p": {{{declaration}}}, "other": {{"type": "int"}}}},"#),
        r#""a": "[parameters('p')]", "b": "[parameters('other')]""#,
    );
    let values = format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "parameters": {{"p": {value}, "other": {{"value": 1}}}}}}"#
    );
    let files = Files::new(&[("main.json", &whole), ("main.parameters.json", &values)]);
    let resolved = files.resolve();
    assert_eq!(resolved.problems, []);
    let refused = resolved.refused.iter();
    let refused = refused.map(|one| (files.text(one.span).to_owned(), one.message.clone())).collect();
    let [aks] = resolved.resources.as_slice() else { panic!("{:?}", resolved.resources) };
    (refused, super::deployments::shown(&part(aks, &["properties", "a"])))
}

#[test]
fn a_value_of_another_type_than_the_parameters_is_refused() {
    for (kind, value, wanted) in [
        ("int", "\"3\"", "the parameter `p` takes an integer, not the text `3`"),
        ("int", "2.5", "the parameter `p` takes an integer, not 2.5"),
        ("bool", "\"true\"", "the parameter `p` takes true or false, not the text `true`"),
        ("bool", "1", "the parameter `p` takes true or false, not 1"),
        ("string", "1", "the parameter `p` takes a text, not 1"),
        ("string", "{\"a\": 1}", "the parameter `p` takes a text, not an object"),
        ("array", "\"1,2\"", "the parameter `p` takes an array, not the text `1,2`"),
        ("array", "{}", "the parameter `p` takes an array, not an object"),
        ("object", "[]", "the parameter `p` takes an object, not an array"),
        ("object", "true", "the parameter `p` takes an object, not true"),
    ] {
        let (refused, _) = given(&format!(r#""type": "{kind}""#), &format!(r#"{{"value": {value}}}"#));
        assert_eq!(refused, [(value.to_owned(), wanted.to_owned())]);
    }
    for (kind, value) in [
        ("int", "3"),
        ("Bool", "false"),
        ("string", "\"3\""),
        ("array", "[1]"),
        ("object", "{}"),
        ("secureString", "3"),
        // What replaces a placeholder may be of any type.
        ("int", "\"#{count}#\""),
    ] {
        let (refused, _) = given(&format!(r#""type": "{kind}""#), &format!(r#"{{"value": {value}}}"#));
        assert_eq!(refused, [], "{kind} {value}");
    }
}

#[test]
fn a_parameter_without_a_value_is_refused_where_no_other_is_meant() {
    for value in ["\"x\"", "3", "true", "[\"x\"]"] {
        let message =
            "the parameter `p` is given as an object with its `value`, not as this alone".to_owned();
        let (refused, is) = given(r#""type": "string", "defaultValue": "d""#, value);
        assert_eq!((refused, &*is), (vec![(value.to_owned(), message)], "d"));
    }
    // Nothing is given: a command line may do so.
    for value in ["{}", "null", r#"{"value": null}"#] {
        let (refused, is) = given(r#""type": "string""#, value);
        assert_eq!((refused, &*is), (vec![], "? `p` has no value"), "{value}");
        let (refused, is) = given(r#""type": "string", "defaultValue": "d""#, value);
        assert_eq!((refused, &*is), (vec![], "d"), "{value}");
    }
    let (refused, is) = given(r#""type": "string", "nullable": true"#, r#"{"value": null}"#);
    assert_eq!((refused, &*is), (vec![], "Some(Null(None))"));
}

#[test]
fn what_an_argument_of_a_deployment_lacks_is_refused() {
    let nested = |declaration: &str, argument: &str| {
        let body = format!(
            r#""parameters": {{"p": {{{declaration}}}}}, "resources": [{}]"#,
            aks(r#""a": "[parameters('p')]""#)
        );
        let messages = refusals(&template(&format!(
            r#""resources": [{}]"#,
            inner("d", "", &format!(r#""p": {argument}"#), &body)
        )));
        messages.into_iter().map(|(message, _)| message).collect::<Vec<_>>()
    };
    assert_eq!(
        nested(r#""type": "string""#, r#"{"value": null}"#),
        ["the parameter `p` takes a text, not null"]
    );
    assert_eq!(nested(r#""type": "string", "nullable": true"#, r#"{"value": null}"#), [""; 0]);
    assert_eq!(nested(r#""type": "string", "defaultValue": ""  "#, r#"{"value": null}"#), [""; 0]);
    assert_eq!(
        nested(r#""type": "string""#, r#"{"value": "[length('abc')]"}"#),
        ["the parameter `p` takes a text, not 3"]
    );
    assert_eq!(
        nested(r#""type": "string""#, "\"x\""),
        ["the parameter `p` is given as an object with its `value`, not as this alone"]
    );
    assert_eq!(nested(r#""type": "string""#, r#""[createObject('value', 'x')]""#), [""; 0]);
}

#[test]
fn what_depends_on_a_kind_of_ours_that_the_template_does_not_have_is_refused() {
    const KIND: &str = "Microsoft.ContainerService/managedClusters";
    let pool = |depends: &str| {
        format!(
            r#"{{"type": "{KIND}/agentPools", "name": "aks/win", "condition": "[parameters('on')]",
            "dependsOn": [{depends}], "properties": {{}}}}"#
        )
    };
    let parameters =
        r#""parameters": {"on": {"type": "bool", "defaultValue": true}, "n": {"type": "string"}}"#;
    let told = |resources: &str| -> Vec<String> {
        let (files, resolved) = one(&template(&format!(r#"{parameters}, "resources": [{resources}]"#)));
        assert_eq!(resolved.problems, []);
        let refused = resolved.refused.iter();
        refused
            .map(|one| format!("{}: {} {:?}", files.text(one.span), one.message, one.assumptions))
            .collect()
    };
    let cluster = "the template deploys no managed cluster for this to depend on []";
    for (depends, wanted) in [
        (format!("[resourceId('{KIND}', parameters('n'))]"), cluster),
        (format!("[resourceId('group', '{}', 'aks')]", KIND.to_lowercase()), cluster),
        (format!("{KIND}/aks"), cluster),
        // These may be names of anything, or lead to something else.
        ("aks".to_owned(), ""),
        ("[parameters('n')]".to_owned(), ""),
        (format!("[concat('{KIND}/', parameters('n'))]"), ""),
        (format!("[resourceId(parameters('n'), '{KIND}', 'aks')]"), ""),
        ("[resourceId('Microsoft.Network/virtualNetworks', 'v')]".to_owned(), ""),
        (format!("[resourceId('{KIND}/maintenanceConfigurations', 'aks', 'm')]"), ""),
        ("[resourceId(".to_owned(), ""),
    ] {
        let wanted: Vec<String> =
            if wanted.is_empty() { vec![] } else { vec![format!("\"{depends}\": {wanted}")] };
        assert_eq!(told(&pool(&format!("\"{depends}\""))), wanted);
    }
    let depends = format!("\"[resourceId('{KIND}', 'aks')]\"");
    let within = |sections: &str| pool(&depends) + ", " + sections;
    // A cluster of whatever name, one that is not deployed in every world, and what may be one.
    assert_eq!(told(&within(&aks(""))), [""; 0]);
    let maybe = aks("").replace("\"name\"", "\"condition\": \"[not(parameters('on'))]\", \"name\"");
    assert_eq!(told(&within(&maybe)), [""; 0]);
    assert_eq!(told(&within(r#"{"type": "[parameters('n')]", "name": "x"}"#)), [""; 0]);
    // One of another deployment is none.
    let other = inner("d", "", "", &format!(r#""resources": [{}]"#, aks("")));
    assert_eq!(told(&within(&other)), [format!("{depends}: {cluster}")]);
    let nested = inner("d", "", "", &format!(r#"{parameters}, "resources": [{}]"#, pool(&depends)));
    assert_eq!(told(&format!("{nested}, {}", aks(""))), [format!("{depends}: {cluster}")]);
    // Symbolic names may depend on other things.
    let symbolic = template(&format!(
        r#"{parameters}, "languageVersion": "2.0", "resources": {{"p": {}}}"#,
        pool(&depends)
    ));
    assert_eq!(refusals(&symbolic), []);
    // What is not deployed is not looked at.
    assert_eq!(told(&pool(&depends).replace("[parameters('on')]", "[not(parameters('on'))]")), [""; 0]);
    let pools = format!("\"[resourceId('{KIND}/agentPools', 'aks', 'other')]\"");
    assert_eq!(told(&pool(&pools)), [""; 0]);
    let after = aks("").replace("\"name\"", &format!("\"dependsOn\": [{pools}], \"name\""));
    assert_eq!(
        told(&after),
        [format!("{pools}: the template deploys no agent pool for this to depend on []")]
    );
}
