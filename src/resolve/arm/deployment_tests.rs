//! Nested and linked deployments, and what is given to them and to whole templates.

use super::*;
use crate::value::{Node, Reason};

/// A cluster whose properties are these.
pub(super) fn aks(properties: &str) -> String {
    format!(
        r#"{{"type": "Microsoft.ContainerService/managedClusters", "name": "aks", "properties": {{{properties}}}}}"#
    )
}

/// A template of these sections.
pub(super) fn template(sections: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", {sections}}}"#
    )
}

/// A deployment with inner scope of this name: its arguments and the sections of its template.
pub(super) fn inner(name: &str, more: &str, arguments: &str, sections: &str) -> String {
    format!(
        r#"{{"type": "Microsoft.Resources/deployments", "name": "{name}", {more} "properties": {{
            "expressionEvaluationOptions": {{"scope": "inner"}}, "parameters": {{{arguments}}},
            "template": {}}}}}"#,
        template(sections)
    )
}

fn property(resolved: &Resolved, name: &str) -> String {
    let value = part(&resolved.resources[0], &["properties", name]);
    shown(&value)
}

pub(super) fn shown(value: &Value) -> String {
    match value.single() {
        Some(Node::String(text)) => text.to_string(),
        Some(Node::Unknown(unknown)) => format!("? {}", unknown.reason),
        Some(Node::List(list)) => {
            format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn an_argument_may_be_made_by_a_loop_or_by_an_expression() {
    let takes = r#""parameters": {"sizes": {"type": "array"}, "os": {"type": "string", "defaultValue": "Ubuntu"}},
        "resources": ["#;
    let body =
        format!("{takes} {} ]", aks(r#""sizes": "[parameters('sizes')]", "osSKU": "[parameters('os')]""#));
    let arguments = r#""sizes": {"copy": [{"name": "value", "count": 2,
            "input": "[format('Standard_D{0}s_v5', mul(2, add(copyIndex('value'), 1)))]"}]},
        "os": "[if(true(), createObject('value', 'AzureLinux'), createObject('value', null()))]""#;
    let (files, resolved) =
        one(&template(&format!(r#""resources": [{}]"#, inner("d", "", arguments, &body))));
    assert_eq!(resolved.problems, []);
    assert_eq!(property(&resolved, "sizes"), "[Standard_D2s_v5, Standard_D4s_v5]");
    let os = part(&resolved.resources[0], &["properties", "osSKU"]);
    assert_eq!(text(&os), "AzureLinux");
    assert_eq!(files.hops(&os)[0], "'AzureLinux'");
}

#[test]
fn an_argument_that_an_expression_makes_null_leaves_the_default() {
    let body = format!(
        r#""parameters": {{"os": {{"type": "string", "defaultValue": "Ubuntu"}}}}, "resources": [{}]"#,
        aks(r#""osSKU": "[parameters('os')]""#)
    );
    let arguments = r#""os": "[if(false(), createObject('value', 'x'), createObject('value', null()))]""#;
    let (_, resolved) = one(&template(&format!(r#""resources": [{}]"#, inner("d", "", arguments, &body))));
    assert_eq!(property(&resolved, "osSKU"), "Ubuntu");
}

/// A template with deployments that give back values, and a cluster that takes them by this expression.
fn feeding(deployments: &str, expression: &str) -> Resolved {
    let whole = template(&format!(
        r#""resources": [{deployments}, {}]"#,
        aks(&format!(r#""value": "{expression}""#))
    ));
    let (_, resolved) = one(&whole);
    assert_eq!(resolved.problems, [], "{expression}");
    resolved
}

#[test]
fn outputs_are_found_however_they_are_asked_for() {
    let outputs = r#""resources": [], "outputs": {"size": {"type": "string", "value": "Standard_D8s_v5"},
        "zones": {"type": "array", "copy": {"count": 3, "input": "[string(add(copyIndex(), 1))]"}}}"#;
    let one = inner("net", "", "", outputs);
    for (expression, wanted) in [
        ("[reference('net').outputs.size.value]", "Standard_D8s_v5"),
        ("[reference('NET', '2022-09-01').outputs['size'].value]", "Standard_D8s_v5"),
        (
            "[reference(resourceId('microsoft.resources/DEPLOYMENTS', 'Net'), '2022-09-01').outputs.size.value]",
            "Standard_D8s_v5",
        ),
        (
            "[reference(resourceId('Microsoft.Resources/deployments', 'net'), '2022-09-01').outputs.SIZE.value]",
            "Standard_D8s_v5",
        ),
        (
            "[reference(resourceId('Microsoft.Resources/deployments', 'net'), '2022-09-01', 'Full').properties.outputs.size.value]",
            "Standard_D8s_v5",
        ),
        ("[tryGet(tryGet(reference('net').outputs, 'size'), 'value')]", "Standard_D8s_v5"),
        ("[reference('net').outputs.?size.value]", "Standard_D8s_v5"),
        ("[coalesce(tryGet(reference('net').outputs, 'none'), 'missing')]", "missing"),
        ("[reference('net').outputs.zones.value]", "[1, 2, 3]"),
        ("[reference('net').provisioningState]", "? reference()"),
    ] {
        let resolved = feeding(&one, expression);
        let have = property(&resolved, "value");
        let fits = have == wanted || (wanted.starts_with('?') && have.starts_with("? reference"));
        assert!(fits, "{expression}: {have}");
    }
}

#[test]
fn outputs_of_a_loop_of_deployments_are_told_apart() {
    let more = r#""copy": {"name": "each", "count": 3},"#;
    let sections = r#""parameters": {"n": {"type": "int"}}, "resources": [],
        "outputs": {"size": {"type": "string", "value": "[format('Standard_D{0}s_v5', parameters('n'))]"}}"#;
    let arguments = r#""n": {"value": "[mul(copyIndex(), 4)]"}"#;
    let looped = inner("[concat('d', copyIndex())]", more, arguments, sections);
    let resolved = feeding(&looped, "[reference(concat('D', 2)).outputs.size.value]");
    assert_eq!(property(&resolved, "value"), "Standard_D8s_v5");
    let resolved = feeding(
        &looped,
        "[map(range(0, 3), lambda('i', reference(format('d{0}', lambdaVariables('i'))).outputs.size.value))]",
    );
    assert_eq!(property(&resolved, "value"), "[Standard_D0s_v5, Standard_D4s_v5, Standard_D8s_v5]");

    // The same with symbolic names.
    let symbolic = template(&format!(
        r#""languageVersion": "2.0", "resources": {{"mods": {looped}, "aks": {}}}"#,
        aks(r#""value": "[reference(format('mods[{0}]', 1)).outputs.size.value]""#)
    ));
    let (_, resolved) = one(&symbolic);
    assert_eq!(resolved.problems, []);
    assert_eq!(property(&resolved, "value"), "Standard_D4s_v5");
}

#[test]
fn deployments_that_feed_each_other_in_a_circle_end() {
    let give = |name: &str, other: &str| {
        let arguments = format!(r#""x": {{"value": "[reference('{other}').outputs]"}}"#);
        let sections = r#""parameters": {"x": {"type": "object"}}, "resources": [],
            "outputs": {"y": {"type": "object", "value": "[parameters('x')]"}}"#;
        inner(name, "", &arguments, sections)
    };
    let both = format!("{}, {}", give("a", "b"), give("b", "a"));
    let whole = template(&format!(
        r#""resources": [{both}, {}]"#,
        aks(r#""value": "[reference('a').outputs.y.value]""#)
    ));
    let (_, resolved) = one(&whole);
    assert_eq!(resolved.resources.len(), 1);
}

const LINKED: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "parameters": {"size": {"type": "string"}}, "resources": [
    {"type": "Microsoft.ContainerService/managedClusters", "name": "aks",
     "properties": {"value": "[parameters('size')]"}}],
    "outputs": {"got": {"type": "string", "value": "[concat(parameters('size'), '!')]"}}}"#;

fn linking(link: &str, more: &str) -> String {
    template(&format!(
        r#""parameters": {{"_artifactsLocation": {{"type": "string", "defaultValue": "https://example.com/repo/"}},
            "_artifactsLocationSasToken": {{"type": "securestring", "defaultValue": ""}}, "free": {{"type": "string"}},
            "base": {{"type": "string", "defaultValue": "[deployment().properties.templateLink.uri]"}}}},
        "variables": {{"folder": "[concat(parameters('_artifactsLocation'), '/nested/')]",
            "urls": {{"folder": "[uri(deployment().properties.templateLink.uri, 'nested/')]"}},
            "url": "[uri(parameters('_artifactsLocation'), concat('nested/aks.json', parameters('_artifactsLocationSasToken')))]"}},
        "resources": [{{"type": "Microsoft.Resources/deployments", "name": "d", "properties": {{
            "templateLink": {{{link}}}, "parameters": {{"size": {{"value": "Standard_D16s_v5"}}}}}}}}{more}]"#
    ))
}

#[test]
fn a_template_that_is_linked_beside_this_one_is_followed() {
    for link in [
        r#""relativePath": "nested/aks.json""#,
        r#""relativePath": "../x/nested/aks.json""#,
        r#""relativePath": "[concat('nested/', 'aks.json')]""#,
        r#""uri": "[uri(deployment().properties.templateLink.uri, 'nested/aks.json')]""#,
        r#""uri": "[uri(parameters('_artifactsLocation'), 'nested/aks.json')]""#,
        r#""uri": "[concat(parameters('_artifactsLocation'), '/nested/aks.json', parameters('_artifactsLocationSasToken'))]""#,
        r#""uri": "[variables('url')]""#,
        r#""uri": "[concat(variables('folder'), 'aks.json', parameters('_artifactsLocationSasToken'))]""#,
        r#""uri": "[concat(uri(deployment().properties.templateLink.uri, '.'), 'nested/aks.json')]""#,
        r#""uri": "[uri(variables('urls').folder, 'aks.json')]""#,
        r#""uri": "[format('{0}/nested/{1}.json{2}', parameters('_artifactsLocation'), 'aks', parameters('_artifactsLocationSasToken'))]""#,
        r#""uri": "[replace(deployment().properties.templateLink.uri, 'main.json', 'nested/aks.json')]""#,
        r#""uri": "[uri(parameters('base'), concat('nested/', 'aks', '.json'))]""#,
    ] {
        let files = Files::new(&[("x/main.json", &linking(link, "")), ("x/nested/aks.json", LINKED)]);
        let resolved = files.resolve();
        assert_eq!((resolved.problems.len(), resolved.unresolved.len()), (0, 0), "{link}");
        // Its caller deploys it, and nobody else does.
        assert_eq!(resolved.resources.len(), 1, "{link}");
        assert_eq!(property(&resolved, "value"), "Standard_D16s_v5", "{link}");
        assert_eq!(resolved.resources[0].address, "d/aks", "{link}");
    }
}

#[test]
fn a_link_starts_from_the_template_that_the_address_comes_from() {
    // The address of the first template is handed down, while that of each is its own.
    let main = linking(r#""relativePath": "parts/middle.json""#, "").replace(
        r#""parameters": {"size""#,
        r#""parameters": {"_artifactsLocation": {"value": "[parameters('_artifactsLocation')]"}, "size""#,
    );
    for (link, wanted) in [
        (r#""uri": "[uri(parameters('_artifactsLocation'), 'nested/aks.json')]""#, "Standard_D16s_v5"),
        (r#""uri": "[uri(deployment().properties.templateLink.uri, 'nested/aks.json')]""#, "of the parts"),
        (r#""relativePath": "nested/aks.json""#, "of the parts"),
    ] {
        let middle = template(&format!(
            r#""parameters": {{"_artifactsLocation": {{"type": "string"}}, "size": {{"type": "string"}}}},
               "resources": [{{"type": "Microsoft.Resources/deployments", "name": "d", "properties": {{
                   "templateLink": {{{link}}}, "parameters": {{"size": {{"value": "[parameters('size')]"}}}}}}}}]"#
        ));
        let other = LINKED.replace("[parameters('size')]", "of the parts");
        let files = Files::new(&[
            ("x/main.json", &main),
            ("x/parts/middle.json", &middle),
            ("x/nested/aks.json", LINKED),
            ("x/parts/nested/aks.json", &other),
        ]);
        let resolved = files.resolve();
        let linked = resolved.resources.iter().find(|resource| resource.address == "d/d/aks").unwrap();
        assert_eq!(shown(&part(linked, &["properties", "value"])), wanted, "{link}");
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_told_with_its_reason() {
    for (link, reason) in [
        (r#""uri": "https://example.com/aks.json""#, "https://example.com/aks.json is not on disk"),
        (r#""relativePath": "nested/none.json""#, "nested/none.json is not on disk"),
        (
            r#""uri": "[uri(parameters('free'), 'nested/aks.json')]""#,
            "[uri(parameters('free'), 'nested/aks.json')] is not on disk",
        ),
        (
            r#""id": "[resourceId('Microsoft.Resources/templateSpecs/versions', 'aks', '1.0')]""#,
            "the template spec [resourceId('Microsoft.Resources/templateSpecs/versions', 'aks', '1.0')] is not on disk",
        ),
    ] {
        let files = Files::new(&[("x/main.json", &linking(link, "")), ("y/nested/aks.json", LINKED)]);
        let resolved = files.resolve();
        let [unresolved] = resolved.unresolved.as_slice() else { panic!("{link}") };
        assert_eq!(unresolved.reason.to_string(), reason);
        // The template that nobody links to is one of its own.
        assert_eq!(resolved.resources.len(), 1, "{link}");
    }
}

#[test]
fn a_parameter_file_that_is_linked_beside_the_template_gives_the_values() {
    let with = |link: &str| {
        linking(r#""relativePath": "nested/aks.json""#, "").replace(
            r#""parameters": {"size": {"value": "Standard_D16s_v5"}}"#,
            &format!(r#""parametersLink": {{{link}}}"#),
        )
    };
    let values = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"size": {"value": "Standard_D32s_v6"}, "more": {"value": 1}}}"#;
    for (link, wanted) in [
        (
            r#""uri": "[uri(deployment().properties.templateLink.uri, 'values/prod.json')]""#,
            "Standard_D32s_v6",
        ),
        (r#""uri": "[uri(parameters('_artifactsLocation'), 'values/prod.json')]""#, "Standard_D32s_v6"),
    ] {
        let main = with(link);
        let files = Files::new(&[
            ("x/main.json", &main),
            ("x/nested/aks.json", LINKED),
            ("x/values/prod.json", values),
        ]);
        let resolved = files.resolve();
        assert_eq!((resolved.problems.len(), resolved.unresolved.len()), (0, 0), "{link}");
        assert_eq!(property(&resolved, "value"), wanted, "{link}");
        let origin = part(&resolved.resources[0], &["properties", "value"]).provenance().origin().unwrap();
        assert_eq!(files.text(origin), "\"Standard_D32s_v6\"", "{link}");
    }
    // The file may give a value, or leave the default.
    let main = with(r#""uri": "https://example.com/prod.json""#);
    let resolved = Files::new(&[("x/main.json", &main), ("x/nested/aks.json", LINKED)]).resolve();
    let value = part(&resolved.resources[0], &["properties", "value"]);
    let reasons: Vec<String> = value
        .alternatives()
        .iter()
        .filter_map(|alternative| match &alternative.node {
            Node::Unknown(unknown) => Some(unknown.reason.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(reasons, ["https://example.com/prod.json is not on disk"]);
    // What is no template cannot be deployed.
    let main = linking(r#""relativePath": "values/prod.json""#, "");
    let resolved = Files::new(&[("x/main.json", &main), ("x/values/prod.json", values)]).resolve();
    let [unresolved] = resolved.unresolved.as_slice() else { panic!("{:?}", resolved.unresolved) };
    assert!(unresolved.reason.to_string().contains("is no template"), "{}", unresolved.reason);
}

#[test]
fn outputs_of_linked_templates_are_followed_and_circles_of_links_end() {
    let link = r#""relativePath": "nested/aks.json""#;
    let more = r#", {"type": "Microsoft.ContainerService/managedClusters", "name": "second", "properties": {"value": "[reference('d').outputs.got.value]"}}"#;
    let files = Files::new(&[("x/main.json", &linking(link, more)), ("x/nested/aks.json", LINKED)]);
    let resolved = files.resolve();
    let values: Vec<String> =
        resolved.resources.iter().map(|r| shown(&part(r, &["properties", "value"]))).collect();
    assert_eq!(values, ["Standard_D16s_v5", "Standard_D16s_v5!"]);

    let files = Files::new(&[
        ("a.json", &linking(r#""relativePath": "b.json""#, "")),
        ("b.json", &linking(r#""relativePath": "a.json""#, &format!(", {}", aks("")))),
    ]);
    let resolved = files.resolve();
    assert!(!resolved.unresolved.is_empty() && !resolved.resources.is_empty());
}

#[test]
fn a_preview_of_a_deployment_is_read_as_what_it_leaves() {
    let change = |kind: &str, group: &str, id: &str, after: &str| {
        format!(
            r#"{{"changeType": "{kind}", "resourceId": "/subscriptions/0/resourceGroups/{group}/providers/{id}",
                "before": null, "after": {after}}}"#
        )
    };
    let pool = |name: &str, size: &str| {
        format!(
            r#"{{"name": "{name}", "type": "Microsoft.ContainerService/managedClusters/agentPools", "properties": {{"vmSize": "{size}"}}}}"#
        )
    };
    let id = |name: &str| format!("Microsoft.ContainerService/managedClusters/aks/agentPools/{name}");
    let preview =
        |changes: &[String]| format!(r#"{{"changes": [{}], "status": "Succeeded"}}"#, changes.join(", "));
    let (files, resolved) = one(&preview(&[
        change("Create", "rg", &id("win"), &pool("win", "Standard_D4s_v6")),
        change("Delete", "rg", &id("old"), "null"),
        change("Ignore", "rg", &id("other"), &pool("other", "Standard_D2s_v3")),
        change("Modify", "rg", &id("lin"), &pool("lin", "[reference('x').size]")),
    ]));
    assert_eq!(resolved.problems, []);
    let found: Vec<(String, String)> = resolved
        .resources
        .iter()
        .map(|r| (r.address.clone(), shown(&part(r, &["properties", "vmSize"]))))
        .collect();
    assert_eq!(found[0], ("aks/win".to_owned(), "Standard_D4s_v6".to_owned()));
    assert_eq!(found[1].0, "aks/lin");
    assert!(found[1].1.starts_with('?') && found.len() == 2, "{found:?}");
    let size = part(&resolved.resources[0], &["properties", "vmSize"]);
    assert_eq!(files.text(size.provenance().origin().unwrap()), "\"Standard_D4s_v6\"");

    // One cluster name in two resource groups is two clusters.
    let (_, resolved) = one(&preview(&[
        change("NoChange", "a", &id("x"), &pool("x", "Standard_D4s_v6")),
        change("NoChange", "b", &id("x"), &pool("x", "Standard_D4s_v6")),
    ]));
    assert_eq!(resolved.resources.len(), 2);
    assert_ne!(resolved.resources[0].scope, resolved.resources[1].scope);
    // So it is in two groups of one name in two subscriptions.
    let here = change("NoChange", "a", &id("x"), &pool("x", "Standard_D4s_v6"));
    let there = here.replace("/subscriptions/0/", "/subscriptions/1/");
    let (_, resolved) = one(&preview(&[here, there]));
    let [first, second] = resolved.resources.as_slice() else { panic!("{:?}", resolved.resources) };
    assert_ne!(first.scope, second.scope);
    assert_eq!([&*first.address, &*second.address], ["0/a/aks/x", "1/a/aks/x"]);
}

#[test]
fn what_a_preview_does_not_show_is_told() {
    let change = |kind: &str, id: &str| {
        format!(r#"{{"changeType": "{kind}", "resourceId": "{id}", "before": null, "after": null}}"#)
    };
    let told = |changes: &str, more: &str| -> Vec<String> {
        let (files, resolved) = one(&format!(r#"{{"changes": [{changes}], {more} "status": "Succeeded"}}"#));
        assert_eq!((resolved.resources.len(), resolved.problems.len()), (0, 0));
        let unresolved = resolved.unresolved.iter();
        unresolved.map(|one| format!("{}: {}", files.text(one.span), one.reason)).collect()
    };
    let scope = "/subscriptions/0/resourceGroups/rg/providers";
    let cluster = format!("{scope}/Microsoft.ContainerService/managedClusters/aks");
    let pool = format!("{scope}/microsoft.containerservice/ManagedClusters/aks/agentPools/win");
    // As with `--result-format ResourceIdOnly`.
    let only = |id: &str, name: &str| {
        format!("\"{id}\": `{name}`, of which the preview has only the id, is not evaluated")
    };
    let both = [change("Deploy", &cluster), change("Create", &pool)].join(", ");
    assert_eq!(told(&both, ""), [only(&cluster, "aks"), only(&pool, "aks/win")]);
    let nested =
        "[resourceId('Microsoft.ContainerService/managedClusters/agentPools', 'aks', reference('x').name)]";
    assert_eq!(
        told(&change("Unsupported", nested), ""),
        [format!("\"{nested}\": `{nested}`, which the preview cannot foresee, is not evaluated")]
    );
    let maybe = format!(r#""potentialChanges": [{}],"#, change("Create", &pool));
    assert_eq!(
        told(&change("Create", &format!("{scope}/A.B/c/d")), &maybe),
        [format!("\"{pool}\": `aks/win`, which the preview cannot foresee, is not evaluated")]
    );
    // What is not there afterwards, and what is not ours.
    let others = [
        change("Delete", &pool),
        change("Ignore", &cluster),
        change("Create", &format!("{scope}/Microsoft.Web/sites/x")),
        change("Unsupported", &format!("{cluster}/providers/Microsoft.Authorization/locks/x")),
        change("Deploy", &format!("{cluster}/maintenanceConfigurations/default")),
    ];
    assert_eq!(told(&others.join(", "), ""), [""; 0]);
}

#[test]
fn a_type_that_is_computed_is_read_and_one_that_is_unknown_is_told() {
    let typed = |kind: &str| {
        template(&format!(
            r#""parameters": {{"t": {{"type": "string"}}}}, "resources": [{{"type": "{kind}", "name": "aks", "properties": {{}}}}]"#
        ))
    };
    let (_, resolved) = one(&typed("[concat('Microsoft.ContainerService', '/MANAGEDclusters')]"));
    assert_eq!(resolved.resources.len(), 1);
    let (_, resolved) = one(&typed("[parameters('t')]"));
    assert_eq!(resolved.resources.len(), 0);
    let [unresolved] = resolved.unresolved.as_slice() else { panic!() };
    assert_eq!(unresolved.reason, Reason::NoValue("t".into()));
}

/// What the expressions of a template came to, by their texts.
fn surveyed(whole: &str) -> Vec<(String, Outcome)> {
    let (node, errors) = json::parse(FileId(0), whole);
    assert_eq!(errors, []);
    let root = tree::template(node.unwrap());
    let (_, outcomes) = survey(&Input { path: "t.json", template: &root, parameter_files: Vec::new() }, None);
    let text = |span: Span| whole[span.start as usize..span.end as usize].to_owned();
    outcomes.into_iter().map(|outcome| (text(outcome.span), outcome)).collect()
}

#[test]
fn a_survey_counts_what_each_expression_came_to() {
    let outcomes = surveyed(&template(
        r#""parameters": {"p": {"type": "string"}, "b": {"type": "bool"}}, "resources": [
            {"type": "Microsoft.Web/sites", "name": "[concat('a', 'b')]", "location": "[resourceGroup().location]",
             "tags": "[if(parameters('b'), 1, 2)]", "properties": {"x": "[createArray(parameters('p'))]"}}],
        "outputs": {"o": {"type": "string", "value": "[parameters('p')]"}}"#,
    ));
    let mut states: Vec<State> = outcomes.iter().map(|(_, outcome)| outcome.state).collect();
    states.sort();
    // The tags are no part of a body.
    assert_eq!(states, [State::Known, State::Partly, State::Unknown, State::Unknown]);
}

#[test]
fn a_survey_speaks_of_the_worlds_in_which_something_is_deployed() {
    let outcomes = surveyed(&template(
        r#""parameters": {"some": {"type": "object", "nullable": true}, "b": {"type": "bool"},
            "any": {"type": "object"}},
        "resources": [
            {"type": "A.B/never", "name": "n", "condition": "[not(empty(parameters('some')))]",
             "properties": {"x": "[parameters('some').x]"}},
            {"type": "A.B/sometimes", "name": "s", "condition": "[parameters('b')]",
             "properties": {"x": "[if(parameters('b'), 1, fail('not here'))]"}},
            {"type": "A.B/always", "name": "a",
             "properties": {"x": "[if(parameters('b'), 2, fail('for some'))]", "y": "[null().z]"}}],
        "outputs": {"o": {"type": "int", "condition": "[not(parameters('b'))]",
            "value": "[if(parameters('b'), fail('not here'), 3)]"}}"#,
    ));
    let of = |part: &str| -> Vec<&Outcome> {
        outcomes.iter().filter(|(text, _)| text.contains(part)).map(|(_, outcome)| outcome).collect()
    };
    assert!(of("'some').x").is_empty());
    for outcome in of("not here") {
        assert_eq!((outcome.state, outcome.failures.len()), (State::Known, 0));
    }
    // A failure in some worlds says nothing of the others; one in all of them is what the expression comes to.
    let [for_some] = of("for some")[..] else { panic!() };
    assert_eq!((for_some.state, for_some.reasons.len()), (State::Known, 0));
    assert_eq!(for_some.failures.iter().map(|m| &**m).collect::<Vec<_>>(), ["for some"]);
    let [always] = of("null().z")[..] else { panic!() };
    assert_eq!((always.state, always.failures.len()), (State::Unknown, 0));
    assert!(matches!(always.reasons.first(), Some(Reason::Failed(_))));
}

#[test]
fn a_nested_deployment_knows_its_own_name_and_the_root_does_not() {
    let within = format!(r#""resources": [{}]"#, aks(r#""n": "[concat(deployment().name, '-x')]""#));
    let twice = format!(r#""resources": [{}]"#, inner("[concat(deployment().name, '-in')]", "", "", &within));
    for (sections, wanted) in [
        (format!(r#""resources": [{}]"#, inner("out", "", "", &twice)), "out-in-x"),
        (format!(r#""resources": [{}]"#, inner("[format('{0}', 'out')]", "", "", &within)), "out-x"),
    ] {
        assert_eq!(property(&one(&template(&sections)).1, "n"), wanted);
    }
    let (_, resolved) = one(&template(&within));
    assert!(property(&resolved, "n").starts_with('?'));
    // In outer scope it is the deployment around.
    let outer = inner("out", "", "", &within).replace("inner", "outer");
    let (_, resolved) = one(&template(&format!(r#""resources": [{outer}]"#)));
    assert!(property(&resolved, "n").starts_with('?'));
}

#[test]
fn a_loop_whose_count_fails_deploys_nothing() {
    let (_, resolved) = one(&template(
        r#""parameters": {"names": {"type": "array", "nullable": true}}, "resources": [
            {"type": "Microsoft.ContainerService/managedClusters", "name": "[parameters('names')[copyIndex()]]",
             "copy": {"name": "all", "count": "[length(parameters('names'))]"}, "properties": {}}]"#,
    ));
    assert_eq!(resolved.resources.len(), 0);
}

#[test]
fn an_iteration_that_something_refers_to_is_there_only_where_the_loop_gets_so_far() {
    let body = format!(
        r#""parameters": {{"n": {{"type": "string"}}}}, "resources": [{}],
        "outputs": {{"name": {{"type": "string", "value": "[parameters('n')]"}}}}"#,
        aks(r#""n": "[parameters('n')]""#)
    );
    let arguments = r#""n": {"value": "[variables('names')[copyIndex()]]"}"#;
    let copy = r#""copy": {"name": "each", "count": "[length(variables('names'))]"},"#;
    let deployment = inner("[format('d{0}', copyIndex())]", copy, arguments, &body);
    // The reference comes first, and so makes the scope that the deployment has.
    let (_, resolved) = one(&format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "languageVersion": "2.0", "parameters": {{"more": {{"type": "bool"}}}},
            "variables": {{"all": ["a", "b"], "names": "[take(variables('all'), if(parameters('more'), 2, 1))]"}},
            "resources": {{"first": {}, "each": {deployment}}}}}"#,
        aks(r#""n": "[reference('each[1]').outputs.name.value]""#)
    ));
    assert_eq!(resolved.problems, []);
    let shown: Vec<(String, String)> = resolved
        .resources
        .iter()
        .map(|r| (r.address.clone(), shown(&part(r, &["properties", "n"]))))
        .collect();
    let wanted = [("aks", "b"), ("each[0]/aks", "a"), ("each[1]/aks", "b")];
    assert_eq!(shown, wanted.map(|(address, n)| (address.to_owned(), n.to_owned())));
}

#[test]
fn a_placeholder_stands_for_a_value_of_the_parameters_type() {
    let whole = cluster(
        r#""parameters": {"zones": {"type": "array"}, "on": {"type": "bool"}, "name": {"type": "string"}},"#,
        r#""zones": "[map(parameters('zones'), lambda('z', string(lambdaVariables('z'))))]",
           "on": "[if(parameters('on'), 'yes', 'no')]", "name": "[parameters('name')]""#,
    );
    let values = r#"{"parameters": {"zones": {"value": "{{ZONES}}"}, "on": {"value": "{{ON}}"}, "name": {"value": "{{NAME}}"}}}"#;
    let files = Files::new(&[("main.json", &whole), ("main.parameters.json", values)]);
    let resolved = files.resolve();
    assert_eq!((&resolved.problems, &resolved.refused), (&vec![], &vec![]));
    let zones = part(&resolved.resources[0], &["properties", "zones"]);
    assert!(matches!(zones.single(), Some(Node::List(list)) if list.open.is_some()), "{zones:?}");
    let kind = |name: &str| match part(&resolved.resources[0], &["properties", name]).single() {
        Some(Node::Unknown(unknown)) => unknown.certain.kind,
        _ => None,
    };
    assert_eq!(kind("name"), Some(crate::value::Kind::String));
}

#[test]
fn references_and_links_that_double_end_within_the_bounds() {
    // Each deployment gives back the outputs of the one before it twice.
    let mut chain =
        inner("d0", "", "", r#""resources": [], "outputs": {"o": {"type": "string", "value": "x"}}"#);
    for n in 1..40 {
        let before = n - 1;
        let arguments = format!(
            r#""a": {{"value": "[reference('d{before}').outputs]"}}, "b": {{"value": "[tryGet(reference('d{before}'), 'outputs')]"}}"#
        );
        let sections = r#""parameters": {"a": {"type": "object"}, "b": {"type": "object"}}, "resources": [],
            "outputs": {"o": {"type": "array", "value": "[createArray(parameters('a'), parameters('b'))]"}}"#;
        chain = format!("{chain}, {}", inner(&format!("d{n}"), "", &arguments, sections));
    }
    let whole = template(&format!(
        r#""resources": [{chain}, {}]"#,
        aks(r#""value": "[reference('d39').outputs.o.value]""#)
    ));
    let (_, resolved) = one(&whole);
    assert_eq!(resolved.resources.len(), 1);

    let names: Vec<String> = (0..=15).map(|n| format!("t{n}.json")).collect();
    let twice = |next: &str| {
        let link = |name: &str| {
            format!(
                r#"{{"type": "Microsoft.Resources/deployments", "name": "{name}", "properties": {{
                    "templateLink": {{"relativePath": "{next}"}}}}}}"#
            )
        };
        template(&format!(r#""resources": [{}, {}]"#, link("a"), link("b")))
    };
    let library: Vec<(String, Document)> = (0..=15)
        .map(|n| {
            let text = match names.get(n + 1) {
                Some(next) => twice(next),
                None => template(&format!(r#""resources": [{}]"#, aks(""))),
            };
            let root = json::parse(FileId(n as u32), &text).0.unwrap();
            (names[n].clone(), Document::of_json(root, false).unwrap())
        })
        .collect();
    let inputs: Vec<Input<'_>> = library
        .iter()
        .map(|(path, document)| Input { path, template: document.root(), parameter_files: Vec::new() })
        .collect();
    let resolved = resolve(&inputs);
    assert!(resolved.resources.len() < 4_000, "{}", resolved.resources.len());
    // Each evaluation tells once that it ran out of steps.
    let told = resolved.unchecked.iter().filter(|told| told.message.contains("more steps than are made"));
    assert!((1..=library.len()).contains(&told.count()));
    assert_eq!(resolved.problems, []);
}

#[test]
fn a_language_that_compiles_to_templates_brings_its_expressions_parsed() {
    use crate::resolve::arm::expr::{Code, Expr, ExprKind};
    use crate::resolve::arm::tree::{Expression, NodeKind};

    let parse = |file: u32, text: &str| tree::template(json::parse(FileId(file), text).0.unwrap());
    let mut root =
        parse(0, &cluster(r#""parameters": {"size": {"type": "string"}},"#, r#""vmSize": "here""#));
    // The same call as `size` in a file of that language, with its place there.
    let place = Span::new(FileId(7), 40, 44);
    let name = Expr { span: place, range: (0, 4), kind: ExprKind::String("size".into()) };
    let kind =
        ExprKind::Call { namespace: None, name: "parameters".into(), name_span: place, args: vec![name] };
    let code = Code { source: "size".into(), expr: Expr { span: place, range: (0, 4), kind } };
    let path = ["resources", "", "properties", "vmSize"];
    let mut node = &mut root;
    for step in path {
        node = match &mut node.kind {
            NodeKind::Object(members) => {
                &mut members.iter_mut().find(|member| &*member.name == step).unwrap().value
            }
            NodeKind::Array(items) => &mut items[0],
            _ => panic!("{step}"),
        };
    }
    node.kind = NodeKind::Expr(Box::new(Expression::new(code)));

    // Its parameter file has a variable and an expression.
    let values = parse(
        8,
        r#"{"variables": {"v": "Standard_D4s_v5"}, "parameters": {"size": {"value": "[variables('v')]"}}}"#,
    );
    let input = Input { path: "main", template: &root, parameter_files: vec![("main.param", &values)] };
    let resolved = resolve(&[input]);
    let size = part(&resolved.resources[0], &["properties", "vmSize"]);
    assert_eq!(text(&size), "Standard_D4s_v5");
    let hops = size.provenance().hops();
    assert_eq!(hops.first().map(|span| span.file), Some(FileId(8)));
    assert_eq!(hops.last(), Some(&place));
}

#[test]
fn an_output_that_is_a_secret_is_not_given_back() {
    let outputs = r#""resources": [], "outputs": {"key": {"type": "SecureString", "value": "x"},
        "name": {"type": "string", "value": "y"}}"#;
    let cluster =
        aks(r#""key": "[reference('d').outputs.key.value]", "name": "[reference('d').outputs.name.value]",
           "all": "[reference('d').outputs['key']['value']]", "whole": "[string(reference('d').outputs)]""#);
    let (_, resolved) =
        one(&template(&format!(r#""resources": [{}, {cluster}]"#, inner("d", "", "", outputs))));
    assert_eq!(property(&resolved, "name"), "y");
    for name in ["key", "all"] {
        assert_eq!(property(&resolved, name), "? it is a secret", "{name}");
    }
    assert_eq!(property(&resolved, "whole"), "? it is a secret");
    // The type may be a definition.
    let named = outputs.replace(r#""type": "SecureString""#, r##""$ref": "#/definitions/key""##);
    let named = format!(r#""definitions": {{"key": {{"type": "secureString"}}}}, {named}"#);
    for nested in [inner("d", "", "", &named), inner("d", "", "", &named).replace("inner", "outer")] {
        let (_, resolved) = one(&template(&format!(r#""resources": [{nested}, {cluster}]"#)));
        let of = |name: &str| property(&resolved, name);
        assert_eq!([of("key"), of("name")], ["? it is a secret", "y"]);
    }
}

#[test]
fn arguments_that_an_expression_gives_together_may_refer_to_secrets() {
    let body = format!(
        r#""parameters": {{"key": {{"type": "string", "defaultValue": "none"}}, "size": {{"type": "string"}}}},
        "resources": [{}]"#,
        aks(r#""key": "[parameters('key')]", "size": "[parameters('size')]""#)
    );
    let deployment =
        inner("d", "", "", &body).replace(r#""parameters": {}"#, r#""parameters": "[variables('all')]""#);
    let (_, resolved) = one(&template(&format!(
        r#""variables": {{"all": {{"size": {{"value": "A"}},
            "key": {{"reference": {{"keyVault": {{"id": "x"}}, "secretName": "s"}}}}}}}}, "resources": [{deployment}]"#
    )));
    assert_eq!((&resolved.problems, &resolved.refused), (&vec![], &vec![]));
    assert_eq!(property(&resolved, "key"), "? it is a secret");
    assert_eq!(property(&resolved, "size"), "A");
}

/// The names of what is deployed, each with what it says of its resource group.
fn named(resolved: &Resolved) -> Vec<(String, String)> {
    let of = |r: &Resource| (shown(&part(r, &["name"])), shown(&part(r, &["properties", "value"])));
    resolved.resources.iter().map(of).collect()
}

/// A deployment in outer scope, which knows the names around it.
fn outer(name: &str, more: &str, resources: &str) -> String {
    let within = template(&format!(r#""resources": [{resources}]"#));
    format!(
        r#"{{"type": "Microsoft.Resources/deployments", "name": "{name}", {more} "properties": {{"template": {within}}}}}"#
    )
}

#[test]
fn a_deployment_within_a_looped_one_of_outer_scope_has_the_arguments_of_its_iteration() {
    let pool = r#""parameters": {"n": {"type": "int"}}, "resources": [
        {"type": "Microsoft.ContainerService/managedClusters/agentPools",
         "name": "[concat('aks/p', parameters('n'))]", "properties": {"value": "[string(parameters('n'))]"}}]"#;
    let within = inner("b", "", r#""n": {"value": "[copyIndex()]"}"#, pool);
    let copy = |count: &str| format!(r#""copy": {{"name": "each", "count": {count}}},"#);
    let looped = outer("[concat('a', copyIndex())]", &copy("2"), &within);
    let (_, resolved) = one(&template(&format!(r#""resources": [{looped}]"#)));
    assert_eq!(resolved.problems, []);
    let wanted = [("p0", "0"), ("p1", "1")].map(|(name, n)| (name.to_owned(), n.to_owned()));
    assert_eq!(named(&resolved), wanted);
    // One more deployment of outer scope between them.
    let twice = outer("[concat('a', copyIndex())]", &copy("2"), &outer("m", "", &within));
    let (_, resolved) = one(&template(&format!(r#""resources": [{twice}]"#)));
    assert_eq!(named(&resolved), wanted);
    // Secrets that two iterations give back are two.
    let secret = outer("[concat('a', copyIndex())]", &copy("2"), "").replace(
        r#""resources": []"#,
        r#""resources": [], "outputs": {"key": {"type": "securestring", "value": "[string(copyIndex())]"}}"#,
    );
    let (_, resolved) = one(&template(&format!(
        r#""resources": [{secret}, {}]"#,
        aks(r#""zero": "[reference('a0').outputs.key.value]", "one": "[reference('a1').outputs.key.value]""#)
    )));
    let atom = |name: &str| match part(&resolved.resources[0], &["properties", name]).single() {
        Some(Node::Unknown(unknown)) => unknown.atom.key().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_ne!(atom("zero"), atom("one"));
}

#[test]
fn a_deployment_within_one_of_outer_scope_goes_where_that_one_goes() {
    let cluster = format!(r#""resources": [{}]"#, aks(r#""value": "[resourceGroup().name]""#));
    let within = |more: &str| inner("b", more, "", &cluster);
    let of = |resource: &str| one(&template(&format!(r#""resources": [{resource}]"#))).1;
    let elsewhere = r#""resourceGroup": "there","#;
    let resolved = of(&outer("a", elsewhere, &within("")));
    assert_eq!(property(&resolved, "value"), "there");
    assert!(resolved.resources[0].scope.ends_with("|there"), "{}", resolved.resources[0].scope);
    assert_eq!(property(&of(&outer("a", elsewhere, &within(r#""resourceGroup": "far","#))), "value"), "far");
    // What is written in the outer scope itself says the group around it, wherever it goes ("Deploy resources to more than one
    // resource group" of Azure's documents).
    let resolved = of(&within(elsewhere).replace("inner", "outer"));
    assert!(property(&resolved, "value").starts_with('?'));
    assert!(resolved.resources[0].scope.ends_with("|there"), "{}", resolved.resources[0].scope);
    // An id that is put together within says so as well.
    let id = format!(r#""resources": [{}]"#, aks(r#""value": "[resourceId('A.B/c', 'd')]""#));
    let elsewhere = r#""subscriptionId": "sub", "resourceGroup": "there","#;
    let resolved = of(&outer("a", elsewhere, &inner("b", "", "", &id)));
    assert_eq!(property(&resolved, "value"), "/subscriptions/sub/resourceGroups/there/providers/A.B/c/d");
}

#[test]
fn a_parameter_that_an_expression_of_the_parameter_file_gives_is_what_it_says() {
    let whole = template(
        r#""parameters": {"n": {"type": "int"}, "vm": {"type": "object"}, "twice": {"type": "array"}, "told": {"type": "string"}},
        "resources": [{"type": "Microsoft.ContainerService/managedClusters/agentPools", "name": "[concat('aks/p', copyIndex())]",
            "copy": {"name": "all", "count": "[parameters('n')]"}, "properties": {
                "vmSize": "[parameters('vm').size]", "osSKU": "[parameters('vm').sku]", "told": "[parameters('told')]",
                "same": "[equals(parameters('twice')[0], parameters('twice')[1])]"}}]"#,
    );
    // As Bicep's compiler writes what the tool that deploys is asked for, and as that tool completes it.
    let values = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {
            "n": {"expression": "[int(externalInputs('count'))]"},
            "vm": {"expression": "[createObject('size', 'Standard_D4s_v6', 'sku', externalInputs('sku'))]"},
            "twice": {"expression": "[createArray(externalInputs('sku'), externalInputs('sku'))]"},
            "told": {"expression": "[format('{0}!', externalInputs('told'))]"}},
        "externalInputDefinitions": {"count": {"kind": "sys.envVar", "config": "N"}, "sku": {"kind": "sys.cli", "config": "sku"}},
        "externalInputs": {"told": {"value": "x"}}}"#;
    let files = Files::new(&[("main.json", &whole), ("main.parameters.json", values)]);
    let resolved = files.resolve();
    assert_eq!((&resolved.problems, &resolved.refused), (&vec![], &vec![]));
    let [pool] = resolved.resources.as_slice() else { panic!("{:?}", resolved.resources) };
    assert!(pool.presence.many);
    let size = part(pool, &["properties", "vmSize"]);
    assert_eq!(text(&size), "Standard_D4s_v6");
    assert_eq!(files.text(size.provenance().origin().unwrap()), "'Standard_D4s_v6'");
    assert_eq!(
        property(&resolved, "osSKU"),
        "? externalInput('sys.cli', 'sku') is known only after deployment"
    );
    assert!(matches!(part(pool, &["properties", "same"]).single(), Some(Node::Bool(true))));
    assert_eq!(property(&resolved, "told"), "x!");
    // What is wrong with it is told where it stands.
    let files = Files::new(&[
        ("main.json", &whole),
        ("main.parameters.json", &values.replace("format('{0}!', externalInputs('told'))", "format('{0}!',")),
    ]);
    let problems = files.resolve().problems;
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!((problem.message.as_str(), files.text(problem.span)), ("the expression is incomplete", "]"));
}

#[test]
fn a_deployment_that_names_its_own_group_or_subscription_goes_nowhere_else() {
    let cluster = format!(r#""resources": [{}]"#, aks(""));
    let scopes = |first: &str, second: &str| {
        let deployments =
            format!("{}, {}", inner("a", first, "", &cluster), inner("b", second, "", &cluster));
        let (_, resolved) = one(&template(&format!(r#""resources": [{deployments}]"#)));
        assert_eq!(resolved.problems, [], "{second}");
        resolved.resources.iter().map(|resource| resource.scope.to_string()).collect::<Vec<_>>()
    };
    for (first, second, same) in [
        ("", r#""resourceGroup": "[resourceGroup().name]","#, true),
        ("", r#""subscriptionId": "[subscription().subscriptionId]","#, true),
        (
            r#""resourceGroup": "rg1","#,
            r#""subscriptionId": "[subscription().subscriptionId]", "resourceGroup": "RG1","#,
            true,
        ),
        ("", r#""resourceGroup": "[resourceGroup().location]","#, false),
        ("", r#""subscriptionId": "[subscription().tenantId]","#, false),
        // The group of that name in another subscription is another one.
        (
            "",
            r#""subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "[resourceGroup().name]","#,
            false,
        ),
    ] {
        let scopes = scopes(first, second);
        assert_eq!(scopes[0] == scopes[1], same, "{first} {second}: {scopes:?}");
    }
    // What a deployment names within another one is its own there, and where names are those around what is around.
    let elsewhere = r#""subscriptionId": "00000000-0000-0000-0000-000000000001", "resourceGroup": "rg1","#;
    let within =
        r#""subscriptionId": "[subscription().subscriptionId]", "resourceGroup": "[resourceGroup().name]","#;
    let nested = |scope: &str| {
        let body = format!(r#""resources": [{}, {}]"#, aks(""), inner("c", within, "", &cluster));
        let deployment = inner("a", elsewhere, "", &body).replacen("inner", scope, 1);
        let (_, resolved) = one(&template(&format!(r#""resources": [{deployment}, {}]"#, aks(""))));
        let scopes: Vec<_> = resolved.resources.iter().map(|resource| resource.scope.clone()).collect();
        let [around, nested, root] = scopes.as_slice() else { panic!("{scopes:?}") };
        (nested == around, nested == root)
    };
    assert_eq!(nested("inner"), (true, false));
    assert_eq!(nested("outer"), (false, true));
}
