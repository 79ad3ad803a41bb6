//! Links of which not all is known.

use super::deployments::{aks, shown, template};
use super::*;

const CLUSTER: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "parameters": {"size": {"type": "string", "defaultValue": "of the default"}}, "resources": [
    {"type": "Microsoft.ContainerService/managedClusters", "name": "aks",
     "properties": {"value": "[parameters('size')]"}}]}"#;

/// A template that links to another one by this URL.
fn linking(url: &str) -> String {
    template(&format!(
        r#""parameters": {{
            "base": {{"type": "string"}}, "sas": {{"type": "securestring"}}, "free": {{"type": "string"}},
            "templates": {{"type": "string", "defaultValue": "https://example.com/o/r/main/x/"}},
            "os": {{"type": "string", "allowedValues": ["linux", "windows"]}},
            "kind": {{"type": "string", "defaultValue": "linux", "allowedValues": ["linux", "windows"]}}}},
        "variables": {{"here": "[deployment().properties.templateLink.uri]", "urls": {{
            "linux": "[uri(variables('here'), 'nested/linux.json')]",
            "windows": "[uri(variables('here'), 'nested/windows.json')]"}}}},
        "resources": [{{"type": "Microsoft.Resources/deployments", "name": "d", "properties": {{
            "templateLink": {{"uri": "{url}"}}, "parameters": {{"size": {{"value": "given"}}}}}}}}]"#
    ))
}

/// What each cluster is given and where it is, and why links are not read, and whether a cluster may be there.
fn found(files: &[(&str, &str)]) -> (Vec<String>, Vec<(String, bool)>) {
    let resolved = Files::new(files).resolve();
    assert_eq!(resolved.problems, [], "{files:?}");
    let of = |resource: &Resource| {
        let value = shown(&part(resource, &["properties", "value"]));
        format!("{} {value} {}", resource.address, regions(resource).join(" or "))
    };
    let told = resolved.unresolved.iter().map(|one| (one.reason.to_string(), one.may_be_ours));
    (resolved.resources.iter().map(of).collect(), told.collect())
}

#[test]
fn a_link_from_an_unknown_place_leads_to_the_file_beside_the_template() {
    for url in [
        "[concat(parameters('base'), 'nested/aks.json', parameters('sas'))]",
        "[concat(parameters('base'), '/nested/aks.json?', parameters('sas'))]",
        "[concat(parameters('base'), '/', parameters('free'), '/nested/aks.json')]",
        "[uri(parameters('base'), 'nested/aks.json')]",
        "[uri(parameters('templates'), concat('nested/aks.json', parameters('sas')))]",
        "[format('{0}/nested/{1}.json', parameters('base'), 'aks')]",
        "https://example.com/templates/nested/aks.json",
        "[concat('https://example.com/', parameters('free'), '/nested/aks.json')]",
        "[concat(if(equals(parameters('os'), 'linux'), 'https://a.example.com', 'https://b.example.com'), '/nested/aks.json')]",
    ] {
        let main = linking(url);
        let (clusters, told) = found(&[("x/main.json", &main), ("x/nested/aks.json", CLUSTER)]);
        assert_eq!((clusters, told), (vec!["d/aks given ".to_owned()], vec![]), "{url}");
    }
    // Another folder is not beside it, and what is not named in full may be anything.
    for (url, path) in [
        ("[uri(parameters('base'), 'nested/aks.json')]", "y/nested/aks.json"),
        ("[concat(parameters('base'), 'nested/', parameters('free'))]", "x/nested/aks.json"),
        ("[concat(parameters('base'), parameters('free'), '.json')]", "x/aks.json"),
        ("[concat('https://example.com/', parameters('free'), 'nested/aks.yaml')]", "x/nested/aks.json"),
    ] {
        let (clusters, told) = found(&[("x/main.json", &linking(url)), (path, CLUSTER)]);
        assert_eq!(clusters, ["aks of the default "], "{url}");
        assert!(matches!(told.as_slice(), [(_, false)]), "{url}: {told:?}");
    }
}

#[test]
fn a_file_that_is_found_by_its_name_takes_the_arguments_or_is_not_read() {
    let other = CLUSTER.replace(r#""size": {"#, r#""image": {"#).replace("('size')", "('image')");
    let nested = "https://example.com/templates/nested/aks.json";
    let (clusters, told) = found(&[("x/main.json", &linking(nested)), ("x/nested/aks.json", &other)]);
    assert_eq!(clusters, [""; 0]);
    assert_eq!(told, [(format!("{nested} is not on disk"), true)]);
    // By the name of the file alone of a URL that is known it is another one then.
    let beside = "https://example.com/templates/aks.json";
    let (clusters, told) = found(&[("x/main.json", &linking(beside)), ("x/aks.json", &other)]);
    assert_eq!(clusters, ["aks of the default "]);
    assert_eq!(told, [(format!("{beside} is not on disk"), false)]);
    let (clusters, _) = found(&[("x/main.json", &linking(beside)), ("x/aks.json", CLUSTER)]);
    assert_eq!(clusters, ["d/aks given "]);
    // With parameter files of its own it is a root.
    let values = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"size": {"value": "of the file"}}}"#;
    let main = linking("[uri(parameters('base'), 'nested/aks.json')]");
    let (clusters, _) = found(&[
        ("x/main.json", &main),
        ("x/nested/aks.json", CLUSTER),
        ("x/nested/aks.parameters.json", values),
    ]);
    assert_eq!(clusters, ["d/aks given ", "aks of the file "]);
}

#[test]
fn a_link_that_hangs_on_an_input_leads_to_each_file_in_its_own_worlds() {
    let both =
        ["d/aks given `parameters('os')` is \"linux\"", "d/aks given `parameters('os')` is \"windows\""];
    for url in [
        "[uri(deployment().properties.templateLink.uri, concat('nested/', parameters('os'), '.json'))]",
        "[concat(parameters('base'), 'nested/', parameters('os'), '.json', parameters('sas'))]",
        "[concat('nested/', parameters('os'), '.json')]",
        "[variables('urls')[parameters('os')]]",
        "[if(equals(parameters('os'), 'linux'), variables('urls').linux, variables('urls').windows)]",
    ] {
        let main = linking(url);
        let (clusters, told) = found(&[
            ("x/main.json", &main),
            ("x/nested/linux.json", CLUSTER),
            ("x/nested/windows.json", CLUSTER),
        ]);
        assert_eq!((clusters, told), (both.map(str::to_owned).to_vec(), vec![]), "{url}");
        // In the worlds of the one that is not there nothing is known.
        let (clusters, told) = found(&[("x/main.json", &main), ("x/nested/windows.json", CLUSTER)]);
        assert_eq!((clusters.as_slice(), told.len()), (&[both[1].to_owned()][..], 1), "{url}");
    }
    let main = linking("[variables('urls')[parameters('kind')]]");
    let (clusters, told) = found(&[("x/main.json", &main), ("x/nested/linux.json", CLUSTER)]);
    assert_eq!((clusters, told), (vec!["d/aks given ".to_owned()], vec![]));
}

#[test]
fn each_file_that_a_link_may_lead_to_is_no_root_of_its_own() {
    for (url, named) in [
        (
            "[uri(deployment().properties.templateLink.uri, concat('nested/', parameters('free'), '.json'))]",
            true,
        ),
        ("[concat(parameters('base'), '/nested/aks-', parameters('free'), '.json')]", true),
        ("[uri(deployment().properties.templateLink.uri, concat(parameters('free'), '.json'))]", false),
    ] {
        let files = [
            ("main.json", linking(url)),
            ("nested/aks-a.json", CLUSTER.into()),
            ("z.json", template(&format!(r#""resources": [{}]"#, aks("")))),
        ];
        let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
        let (clusters, told) = found(&files);
        assert_eq!(clusters.len(), if named { 1 } else { 2 }, "{url}: {clusters:?}");
        assert!(matches!(told.as_slice(), [(_, may_be_ours)] if *may_be_ours == named), "{url}: {told:?}");
    }
}
