//! Templates by what they deploy: one test a feature, spans asserted by the text they cover.

#[path = "deployment_tests.rs"]
mod deployments;
#[path = "links_tests.rs"]
mod links;
#[path = "refused_tests.rs"]
mod refusals;

use std::rc::Rc;

use super::*;
use crate::source::FileId;
use crate::syntax::json;
use crate::value::{Node, Place, Region, Value, ops};
use crate::world::{MAX_WORLDS, Mentions, explore};

/// Files by path; the first is the template.
struct Files(Vec<(String, String, Document)>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        let parse = |(index, (path, text)): (usize, &(&str, &str))| {
            let (node, errors) = json::parse(FileId(index as u32), text);
            assert_eq!(errors, [], "{path}");
            ((*path).to_owned(), (*text).to_owned(), Document::of_json(node.unwrap(), false).unwrap())
        };
        Files(files.iter().enumerate().map(parse).collect())
    }

    fn resolve(&self) -> Resolved {
        let (mut templates, mut others) = (Vec::new(), Vec::new());
        for (path, _, document) in &self.0 {
            match document {
                Document::Template(root) => templates.push(File { path, root }),
                Document::Parameters(root) => others.push(File { path, root }),
            }
        }
        resolve_with(
            &pair(&templates, &others, Scenarios::All, &|_| Rc::default()),
            &others,
            &[],
            Defaults::Count,
        )
    }

    fn text(&self, span: Span) -> &str {
        &self.0[span.file.0 as usize].1[span.start as usize..span.end as usize]
    }

    /// The origin and the hops of a value as the texts that they cover.
    fn hops(&self, value: &Value) -> Vec<&str> {
        value.provenance().hops().into_iter().map(|span| self.text(span)).collect()
    }
}

fn one(template: &str) -> (Files, Resolved) {
    let files = Files::new(&[("main.json", template)]);
    let resolved = files.resolve();
    (files, resolved)
}

/// A template with these parameters and variables, and these properties of one cluster.
fn cluster(declarations: &str, properties: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", {declarations} "resources": [
            {{"type": "Microsoft.ContainerService/managedClusters", "name": "aks", "properties": {{{properties}}}}}]}}"#
    )
}

fn part(resource: &Resource, path: &[&str]) -> Value {
    ops::member_at(&resource.body, path, true)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value:?}"))
}

fn regions(resource: &Resource) -> Vec<String> {
    resource.presence.regions.iter().map(|region: &Region| region.clauses().join(" and ")).collect()
}

#[test]
fn a_default_flows_to_its_use_and_says_where_it_is_written() {
    let (files, resolved) = one(&cluster(
        r#""parameters": {"Size": {"type": "string", "defaultValue": "Standard_D4s_v5"}},"#,
        r#""vmSize": "[parameters('size')]""#,
    ));
    let size = part(&resolved.resources[0], &["properties", "vmSize"]);
    assert_eq!(text(&size), "Standard_D4s_v5");
    assert_eq!(files.hops(&size), ["\"Standard_D4s_v5\"", "parameters('size')"]);
    assert_eq!(size.provenance().place(), Some(&Place::Default("Size".into())));
    assert_eq!(files.text(resolved.resources[0].span), "\"Microsoft.ContainerService/managedClusters\"");
}

#[test]
fn a_parameter_file_overrides_defaults_and_is_a_scenario() {
    let files = Files::new(&[
        (
            "aks/main.json",
            &cluster(
                r#""parameters": {"pool": {"type": "object"}, "n": {"type": "int", "defaultValue": 1}},"#,
                r#""vmSize": "[variables('p').size]", "count": "[parameters('n')]""#,
            )
            .replace("\"resources\"", r#""variables": {"p": "[parameters('pool')]"}, "resources""#),
        ),
        (
            "aks/main.parameters.prod.json",
            r#"{"parameters": {"pool": {"value": {"size": "[not an expression]"}}}}"#,
        ),
        (
            "aks/main.parameters.dev.json",
            r#"{"parameters": {"pool": {"value": {"size": "B"}}, "n": {"value": 3}}}"#,
        ),
    ]);
    let resolved = files.resolve();
    let scenarios: Vec<_> = resolved.resources.iter().map(|r| r.scenario.as_deref().unwrap()).collect();
    assert_eq!(scenarios, ["aks/main.parameters.dev.json", "aks/main.parameters.prod.json"]);
    let size = part(&resolved.resources[0], &["properties", "vmSize"]);
    assert_eq!(files.hops(&size), ["\"B\"", "parameters('pool')", "variables('p')"]);
    assert_eq!(size.provenance().place(), Some(&Place::Input("pool".into())));
    assert_eq!(text(&part(&resolved.resources[1], &["properties", "vmSize"])), "[not an expression]");
}

#[test]
fn a_template_that_needs_no_parameter_file_is_also_deployed_without_one() {
    let template = cluster(r#""parameters": {"n": {"type": "int", "defaultValue": 1}},"#, "");
    let files = Files::new(&[
        ("main.json", &template),
        ("main.parameters.json", r#"{"parameters": {"n": {"value": 2}}}"#),
    ]);
    let scenarios: Vec<_> = files.resolve().resources.iter().map(|r| r.scenario.clone()).collect();
    assert_eq!(scenarios, [None, Some("main.parameters.json".into())]);
}

#[test]
fn two_fields_conditional_on_one_unknown_parameter_have_two_joint_outcomes() {
    let (_, resolved) = one(&cluster(
        r#""parameters": {"win": {"type": "bool"}},"#,
        r#""osSKU": "[if(parameters('win'), 'Windows2022', 'Ubuntu')]",
           "vmSize": "[if(not(parameters('win')), 'Standard_D4s_v5', 'Standard_D4s_v6')]""#,
    ));
    let (sku, size) = (
        part(&resolved.resources[0], &["properties", "osSKU"]),
        part(&resolved.resources[0], &["properties", "vmSize"]),
    );
    let known = |value: Option<crate::value::Alternative>| match value.unwrap().node {
        Node::String(text) => text.to_string(),
        other => panic!("{other:?}"),
    };
    let outcomes = explore(&Mentions::default(), MAX_WORLDS, |world| {
        (known(world.resolve(&sku)), known(world.resolve(&size)))
    })
    .unwrap();
    let outcomes: Vec<_> =
        outcomes.into_iter().map(|(region, pair)| (region.clauses().join(""), pair)).collect();
    assert_eq!(
        outcomes,
        [
            (
                "`parameters('win')` is true".to_owned(),
                ("Windows2022".to_owned(), "Standard_D4s_v6".to_owned())
            ),
            ("`parameters('win')` is false".to_owned(), ("Ubuntu".to_owned(), "Standard_D4s_v5".to_owned())),
        ]
    );
}

#[test]
fn secrets_are_unknown_whoever_gives_them() {
    let files = Files::new(&[
        (
            "main.json",
            &cluster(
                r#""parameters": {"a": {"type": "secureString"}, "b": {"type": "string"}},"#,
                r#""a": "[parameters('a')]", "b": "[parameters('b')]""#,
            ),
        ),
        (
            "main.parameters.json",
            r#"{"parameters": {"a": {"value": "hunter2"}, "b": {"reference": {"keyVault": {"id": "x"}, "secretName": "s"}}}}"#,
        ),
    ]);
    let resolved = files.resolve();
    for name in ["a", "b"] {
        match part(&resolved.resources[0], &["properties", name]).single() {
            Some(Node::Unknown(unknown)) => assert_eq!(unknown.reason, Reason::Secret),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_placeholder_is_unknown_and_keeps_its_beginning() {
    let (_, resolved) =
        one(&cluster("", r##""a": "<your-size>", "b": "Standard_#{size}#", "c": "__SIZE__""##));
    for (name, prefix) in [("a", None), ("b", Some("Standard_")), ("c", None)] {
        match part(&resolved.resources[0], &["properties", name]).single() {
            Some(Node::Unknown(unknown)) => {
                assert!(matches!(unknown.reason, Reason::Placeholder(_)));
                assert_eq!(unknown.certain.prefix.as_deref(), prefix);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_placeholder_within_an_expression_is_unknown_too() {
    let properties = r##""a": "[concat('np', '#{env}#')]", "b": "[toLower('__pool__')]", "c": "[format('{0}sys', '$(env)')]",
        "d": "[format('{0}#{{env}}', 'np')]", "e": "[format('#{0}<{1}>', 'np', 1)]", "f": "[format('{{{0}}}', 'np')]""##;
    let (_, resolved) = one(&cluster("", properties));
    assert_eq!(resolved.problems, []);
    let of = |name: &str| part(&resolved.resources[0], &["properties", name]);
    for name in ["a", "b", "c", "d"] {
        assert!(matches!(of(name).single(), Some(Node::Unknown(_))), "{name}");
    }
    // What stands in the braces of a format is its argument.
    assert_eq!([text(&of("e")), text(&of("f"))], ["#np<1>", "{np}"]);
}

#[test]
fn loops_over_variables_properties_and_resources() {
    let (_, resolved) = one(r#"{"contentVersion": "1.0.0.0", "parameters": {},
          "variables": {"copy": [{"name": "names", "count": 2, "input": "[concat('np', copyIndex('names', 1))]"}]},
          "resources": [{"type": "Microsoft.ContainerService/managedClusters/agentPools",
            "name": "[format('aks/{0}', variables('names')[copyIndex()])]",
            "copy": {"name": "pools", "count": "[length(variables('names'))]"},
            "properties": {"copy": [{"name": "zones", "count": 2, "input": "[format('{0}{1}', copyIndex(), copyIndex('zones'))]"}]}}]}"#);
    assert_eq!(resolved.problems, []);
    let addresses: Vec<_> = resolved.resources.iter().map(|r| r.address.as_str()).collect();
    assert_eq!(addresses, ["aks/np1", "aks/np2"]);
    let zones = part(&resolved.resources[1], &["properties", "zones"]);
    let Some(Node::List(zones)) = zones.single() else { panic!() };
    assert_eq!(zones.items.iter().map(text).collect::<Vec<_>>(), ["10", "11"]);
    assert_eq!(text(&part(&resolved.resources[1], &["parent"])), "aks");
    assert_eq!(text(&part(&resolved.resources[1], &["name"])), "np2");
}

#[test]
fn a_loop_over_an_unknown_number_gives_one_pool_that_stands_for_many() {
    let (_, resolved) = one(r#"{"contentVersion": "1.0.0.0", "parameters": {"pools": {"type": "array"}},
          "resources": [{"type": "Microsoft.ContainerService/managedClusters/agentPools",
            "name": "[concat('aks/', parameters('pools')[copyIndex()].name)]",
            "copy": {"name": "pools", "count": "[length(parameters('pools'))]"},
            "properties": {"osType": "Windows", "vmSize": "[parameters('pools')[copyIndex()].size]"}}]}"#);
    let [pool] = resolved.resources.as_slice() else { panic!() };
    assert!(pool.presence.many);
    assert_eq!(pool.address, "aks/{parameters('pools')[*].name}");
    assert_eq!(regions(pool), ["`greater(length(parameters('pools')), 0)` is true"]);
    assert_eq!(text(&part(pool, &["properties", "osType"])), "Windows");
}

#[test]
fn a_loop_over_one_of_some_numbers_has_the_iterations_of_each() {
    let declared = r#""parameters": {"n": {"type": "int", "allowedValues": [1, 3]}},"#;
    let pools = cluster(declared, "").replace(
        r#""name": "aks""#,
        r#""name": "[format('aks{0}', copyIndex())]", "copy": {"name": "each", "count": "[parameters('n')]"}"#,
    );
    let (_, resolved) = one(&pools);
    let found: Vec<_> =
        resolved.resources.iter().map(|r| (r.address.as_str(), regions(r).len(), r.presence.many)).collect();
    assert_eq!(found, [("aks0", 2, false), ("aks1", 1, false), ("aks2", 1, false)]);
    assert_eq!(regions(&resolved.resources[1]), ["`parameters('n')` is 3"]);

    let properties = r#""copy": [{"name": "agentPoolProfiles", "count": "[parameters('n')]",
        "input": {"name": "[format('np{0}', copyIndex('agentPoolProfiles'))]"}}]"#;
    let (_, resolved) = one(&cluster(declared, properties));
    let profiles = part(&resolved.resources[0], &["properties", "agentPoolProfiles"]);
    let lengths = profiles.alternatives().iter().map(|alternative| match &alternative.node {
        Node::List(list) => (list.items.len(), list.open.is_some()),
        _ => panic!("{alternative:?}"),
    });
    assert_eq!(lengths.collect::<Vec<_>>(), [(1, false), (3, false)]);
}

#[test]
fn a_condition_is_where_the_resource_exists() {
    let template = |condition: &str| {
        cluster(r#""parameters": {"on": {"type": "bool"}, "env": {"type": "string"}},"#, "")
            .replace("\"name\"", &format!("\"condition\": {condition}, \"name\""))
    };
    let found =
        |condition: &str| one(&template(condition)).1.resources.iter().map(regions).collect::<Vec<_>>();
    assert_eq!(found("\"[parameters('on')]\""), [["`parameters('on')` is true"]]);
    assert_eq!(found("\"[equals(parameters('env'), 'prod')]\""), [["`parameters('env')` is \"prod\""]]);
    assert_eq!(found("true"), [[""]]);
    assert_eq!(found("false"), Vec::<Vec<String>>::new());
}

#[test]
fn symbolic_names_existing_resources_and_children() {
    let (_, resolved) = one(r#"{"contentVersion": "1.0.0.0", "languageVersion": "2.0", "parameters": {},
          "resources": {
            "old": {"existing": true, "type": "Microsoft.ContainerService/managedClusters", "name": "old"},
            "aks": {"type": "microsoft.containerservice/managedclusters", "name": "aks",
              "resources": [{"type": "agentPools", "name": "np", "properties": {}}]}}}"#);
    let found: Vec<_> = resolved.resources.iter().map(|r| (&*r.kind, r.address.as_str())).collect();
    assert_eq!(found, [(MANAGED_CLUSTERS, "aks"), (AGENT_POOLS, "aks/np")]);
    assert_eq!(text(&part(&resolved.resources[1], &["parent"])), "aks");
}

const NESTED: &str = r#"{"contentVersion": "1.0.0.0", "parameters": {"size": {"type": "string", "defaultValue": "OUTER"}},
  "resources": [{"type": "Microsoft.Resources/deployments", "name": "nested", "resourceGroup": "rg2",
    "properties": {SCOPE "parameters": {"size": {"value": "ARGUMENT"}, "sku": {"value": null}},
      "template": {"contentVersion": "1.0.0.0",
        "parameters": {"size": {"type": "string"}, "sku": {"type": "string", "defaultValue": "Ubuntu"}},
        "resources": [{"type": "Microsoft.ContainerService/managedClusters", "name": "aks",
          "properties": {"vmSize": "[parameters('size')]" MORE}}]}}}]}"#;

#[test]
fn a_condition_is_that_of_the_resource_alone_and_a_loop_that_of_its_children_too() {
    let whole = |condition: &str| {
        format!(
            r#"{{"contentVersion": "1.0.0.0", "parameters": {{"new": {{"type": "bool"}}}}, "resources": [
            {{"type": "Microsoft.ContainerService/managedClusters", "name": "[format('aks{{0}}', copyIndex())]",
              "copy": {{"name": "each", "count": 2}}, "condition": {condition}, "resources": [
                {{"type": "agentPools", "name": "np"}},
                {{"type": "agentPools", "name": "never", "condition": false}}]}}]}}"#
        )
    };
    let shown = |condition: &str| {
        let (_, resolved) = one(&whole(condition));
        let of = |resource: &Resource| format!("{} {}", resource.address, regions(resource).join(" or "));
        resolved.resources.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(shown("false"), ["aks0/np ", "aks1/np "]);
    assert_eq!(
        shown("\"[parameters('new')]\""),
        ["aks0 `parameters('new')` is true", "aks0/np ", "aks1 `parameters('new')` is true", "aks1/np "]
    );
}

#[test]
fn in_inner_scope_names_are_the_nested_templates_own() {
    let (files, resolved) = one(&NESTED
        .replace("SCOPE", r#""expressionEvaluationOptions": {"scope": "INNER"},"#)
        .replace("MORE", r#", "osSKU": "[parameters('sku')]""#));
    let [found] = resolved.resources.as_slice() else { panic!() };
    let size = part(found, &["properties", "vmSize"]);
    assert_eq!(files.hops(&size), ["\"ARGUMENT\"", "parameters('size')"]);
    assert_eq!(size.provenance().place(), Some(&Place::Argument("size".into())));
    // Null selects the default.
    assert_eq!(text(&part(found, &["properties", "osSKU"])), "Ubuntu");
    assert_eq!(found.address, "nested/aks");
    assert_eq!(&*found.scope, "main.json||rg2");
}

#[test]
fn in_outer_scope_which_is_the_default_names_are_those_around() {
    for scope in ["", r#""expressionEvaluationOptions": {"scope": "Outer"},"#] {
        let (_, resolved) = one(&NESTED.replace("SCOPE", scope).replace("MORE", ""));
        assert_eq!(text(&part(&resolved.resources[0], &["properties", "vmSize"])), "OUTER");
    }
}

#[test]
fn outputs_of_nested_deployments_are_followed() {
    let template = |reference: &str| {
        format!(
            r#"{{"contentVersion": "1.0.0.0", "parameters": {{}}, "resources": [
              {{"type": "Microsoft.Resources/deployments", "name": "[concat('d', uniqueString('x'))]",
                "properties": {{"expressionEvaluationOptions": {{"scope": "inner"}}, "parameters": {{"v": {{"value": "1.33"}}}},
                  "template": {{"parameters": {{"v": {{"type": "string"}}}}, "resources": [],
                    "outputs": {{"version": {{"type": "string", "value": "[parameters('v')]"}}}}}}}}}},
              {{"type": "Microsoft.ContainerService/managedClusters", "name": "aks",
                "properties": {{"kubernetesVersion": "[{reference}.outputs.version.value]"}}}}]}}"#
        )
    };
    for reference in [
        "reference(resourceId('Microsoft.Resources/deployments', concat('d', uniqueString('x'))), '2022-09-01')",
        "reference(concat('d', uniqueString('x')))",
    ] {
        let (_, resolved) = one(&template(reference));
        assert_eq!(text(&part(&resolved.resources[0], &["properties", "kubernetesVersion"])), "1.33");
    }
}

#[test]
fn a_loop_of_nested_deployments_passes_each_its_element() {
    let (files, resolved) = one(r#"{"contentVersion": "1.0.0.0", "languageVersion": "2.0",
          "parameters": {"pools": {"type": "array", "defaultValue": [{"name": "a"}, {"name": "b", "size": "B"}]}},
          "resources": {"pool": {"type": "Microsoft.Resources/deployments", "name": "x",
            "copy": {"name": "pool", "count": "[length(parameters('pools'))]"},
            "properties": {"expressionEvaluationOptions": {"scope": "inner"},
              "parameters": {"name": {"value": "[parameters('pools')[copyIndex()].name]"},
                "size": {"value": "[tryGet(parameters('pools')[copyIndex()], 'size')]"}},
              "template": {"parameters": {"name": {"type": "string"}, "size": {"type": "string", "defaultValue": "A"}},
                "resources": {"p": {"type": "Microsoft.ContainerService/managedClusters/agentPools",
                  "name": "[format('{0}/{1}', 'aks', parameters('name'))]",
                  "properties": {"vmSize": "[parameters('size')]"}}}}}}}}"#);
    let found: Vec<_> = resolved
        .resources
        .iter()
        .map(|r| (r.address.clone(), text(&part(r, &["properties", "vmSize"])).to_owned()))
        .collect();
    assert_eq!(
        found,
        [("pool[0]/aks/a".to_owned(), "A".to_owned()), ("pool[1]/aks/b".to_owned(), "B".to_owned())]
    );
    let size = part(&resolved.resources[1], &["properties", "vmSize"]);
    assert_eq!(files.text(size.provenance().origin().unwrap()), "\"B\"");
}

#[test]
fn functions_of_the_template_see_their_arguments_only() {
    let (_, resolved) = one(&cluster(
        r#""functions": [{"namespace": "my", "members": {"size": {"parameters": [{"name": "n", "type": "int"}],
             "output": {"type": "string", "value": "[format('Standard_D{0}s_v5', parameters('n'))]"}}}}],"#,
        r#""vmSize": "[my.Size(4)]""#,
    ));
    assert_eq!(resolved.problems, []);
    assert_eq!(text(&part(&resolved.resources[0], &["properties", "vmSize"])), "Standard_D4s_v5");
}

#[test]
fn the_name_of_a_pool_is_found_behind_the_slash_of_a_computed_name() {
    for name in ["[concat(parameters('c'), '/win', parameters('n'))]", "[variables('full')]"] {
        let (_, resolved) = one(&format!(
            r#"{{"contentVersion": "1.0.0.0", "parameters": {{"c": {{"type": "string"}}, "n": {{"type": "string"}}}},
              "variables": {{"full": "[format('{{0}}/win{{1}}', parameters('c'), parameters('n'))]"}},
              "resources": [{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "name": "{name}", "properties": {{}}}}]}}"#
        ));
        let [pool] = resolved.resources.as_slice() else { panic!() };
        match part(pool, &["name"]).single() {
            Some(Node::Unknown(unknown)) => assert_eq!(unknown.certain.prefix.as_deref(), Some("win")),
            other => panic!("{other:?}"),
        }
        match part(pool, &["parent"]).single() {
            Some(Node::Unknown(unknown)) => assert_eq!(unknown.atom.label(), "parameters('c')"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_linked_template_is_told_and_an_unrelated_one_is_not_read() {
    let (_, resolved) = one(r#"{"contentVersion": "1.0.0.0", "parameters": {}, "resources": [
          {"type": "Microsoft.Resources/deployments", "name": "l", "properties": {"templateLink": {"uri": "https://x/y.json"}}},
          {"type": "Microsoft.Network/virtualNetworks", "name": "[frobnicate()]", "properties": {}}]}"#);
    assert_eq!(resolved.problems, []);
    let reasons: Vec<_> = resolved.unresolved.iter().map(|u| u.reason.clone()).collect();
    assert_eq!(reasons, [Reason::Absent("https://x/y.json".into())]);
}

#[test]
fn syntax_errors_of_expressions_that_matter_are_problems_inside_the_string() {
    let (files, resolved) = one(&cluster("", r#""vmSize": "[concat('a' 'b')]""#));
    let [problem] = resolved.problems.as_slice() else { panic!() };
    assert_eq!((files.text(problem.span), &*problem.message), ("'", "expected `,` or `)`"));
}

#[test]
fn templates_and_parameter_files_are_told_by_schema_else_by_shape() {
    let root = |text: &str| json::parse(FileId(0), text).0.unwrap();
    for (text, template, parameters) in [
        (r#"{"$schema": "https://x/2018-05-01/subscriptionDeploymentTemplate.json#"}"#, true, false),
        (r#"{"$schema": "https://x/2019-08-01/tenantDeploymentTemplate.json#"}"#, true, false),
        (r#"{"$schema": "https://x/2019-04-01/deploymentParameters.json#"}"#, false, true),
        (r#"{"resources": [], "contentVersion": "1"}"#, true, false),
        (r#"{"parameters": {"a": {"value": 1}}}"#, false, true),
        (r#"{"parameters": {"a": 1}}"#, false, false),
        (r#"{"kind": "List", "items": []}"#, false, false),
    ] {
        let root = root(text);
        let document = Document::of_json(root, false);
        let is_template = matches!(document, Some(Document::Template(_)));
        let is_parameter_file = matches!(document, Some(Document::Parameters(_)));
        assert_eq!((is_template, is_parameter_file), (template, parameters), "{text}");
    }
}

#[test]
fn parameter_files_belong_to_templates_by_name_place_and_keys() {
    let template = cluster(r#""parameters": {"a": {"type": "int"}, "b": {"type": "int"}},"#, "");
    let fitting = r#"{"parameters": {"a": {"value": 1}, "b": {"value": 1}, "other": {"value": 1}}}"#;
    let half = r#"{"parameters": {"a": {"value": 1}, "other": {"value": 1}}}"#;
    let none = r#"{"parameters": {"other": {"value": 1}}}"#;
    let files = Files::new(&[
        ("x/main.json", &template),
        ("x/other.json", &template),
        ("x/main.parameters.prod.json", fitting),
        ("x/main.parameters.json", half),
        ("x/main.parameters.no.json", none),
        ("x/no.parameters.json", half),
        ("x/dev.parameters.json", fitting),
        ("x/parameters/test.json", fitting),
        ("x/settings.json", fitting),
        ("y/main.parameters.json", fitting),
    ]);
    let all: Vec<File<'_>> =
        files.0.iter().map(|(path, _, document)| File { path, root: document.root() }).collect();
    let paired = |which| {
        pair(&all[..2], &all[2..], which, &|_| Rc::default())
            .into_iter()
            .map(|input| {
                (input.path, input.parameter_files.iter().map(|(path, _)| *path).collect::<Vec<_>>())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        paired(Scenarios::All),
        [
            (
                "x/main.json",
                vec![
                    "x/dev.parameters.json",
                    "x/main.parameters.json",
                    "x/main.parameters.prod.json",
                    "x/parameters/test.json"
                ]
            ),
            ("x/other.json", vec!["x/dev.parameters.json", "x/parameters/test.json"]),
        ]
    );
    assert_eq!(paired(Scenarios::None), [("x/main.json", vec![]), ("x/other.json", vec![])]);
}

#[test]
fn parameter_files_are_named_in_many_ways() {
    fn paired(template_path: &str, path: &str) -> Vec<String> {
        let template = cluster(r#""parameters": {"a": {"type": "int"}},"#, "");
        let given = r#"{"parameters": {"a": {"value": 1}}}"#;
        let files = Files::new(&[(template_path, &template), ("x/main-net.json", &template), (path, given)]);
        let all: Vec<File<'_>> =
            files.0.iter().map(|(path, _, document)| File { path, root: document.root() }).collect();
        let inputs = pair(&all[..2], &all[2..], Scenarios::All, &|_| Default::default());
        let with = inputs.iter().filter(|input| !input.parameter_files.is_empty());
        with.map(|input| input.path.trim_start_matches("x/").to_owned()).collect()
    }
    for name in [
        "main.parameters.json",
        "main.parameters.jsonc",
        "main.params.json",
        "main.params.dev.json",
        "main.dev.params.json",
        "main.parameters-dev.json",
        "main-parameters.json",
        "main_params-dev.json",
        "parameters/main.parameters.json",
        "params/main.param.json",
    ] {
        assert_eq!(paired("x/Main.JSON", &format!("x/{name}")), ["Main.JSON"], "{name}");
        assert_eq!(paired("x/main.jsonc", &format!("x/{}", name.to_uppercase())), ["main.jsonc"], "{name}");
    }
    assert_eq!(paired("x/main.json", "x/main-net.parameters.json"), ["main-net.json"]);
    for name in ["dev.params.json", "params-dev.json", "parameters/dev.json", "azure-parameters.json"] {
        assert_eq!(paired("x/main.json", &format!("x/{name}")), ["main-net.json", "main.json"], "{name}");
    }
    for name in ["dev.json", "maintenance.json", "parametrized.json"] {
        assert!(paired("x/main.json", &format!("x/{name}")).is_empty(), "{name}");
    }
}

#[test]
fn a_parameter_file_of_a_template_that_is_let_go_is_no_other_ones() {
    let template = cluster(r#""parameters": {"a": {"type": "int"}},"#, "");
    let given = r#"{"parameters": {"a": {"value": 1}, "b": {"value": 1}}}"#;
    let name = "x/main.net.parameters.json";
    let files = Files::new(&[("x/main.json", &template), (name, given)]);
    let all: Vec<File<'_>> =
        files.0.iter().map(|(path, _, document)| File { path, root: document.root() }).collect();
    let paired = |there: &[&str]| {
        let there: Rc<BTreeSet<String>> = Rc::new(there.iter().map(|name| (*name).to_owned()).collect());
        let inputs = pair(&all[..1], &all[1..], Scenarios::All, &|_| Rc::clone(&there));
        inputs.iter().map(|input| input.parameter_files.len()).sum::<usize>()
    };
    assert_eq!(paired(&["main.json", "main.net.parameters.json"]), 1);
    assert_eq!(paired(&["main.json", "main.net.json", "main.net.parameters.json"]), 0);
}

#[test]
fn circles_end_in_a_problem() {
    for declarations in [
        r#""variables": {"a": "[variables('b')]", "b": "[variables('a')]"},"#,
        r#""parameters": {"p": {"type": "string", "defaultValue": "[parameters('p')]"}}, "variables": {"a": "[parameters('p')]"},"#,
        r#""functions": [{"namespace": "f", "members": {"g": {"parameters": [], "output": {"value": "[f.g()]"}}}}], "variables": {"a": "[f.g()]"},"#,
    ] {
        let (_, resolved) = one(&cluster(declarations, r#""vmSize": "[variables('a')]""#));
        assert_eq!(resolved.resources.len(), 1);
        // A function that calls itself ends where calls are nested too deeply for us.
        let told = if declarations.contains("functions") { &resolved.unchecked } else { &resolved.problems };
        assert!(!told.is_empty(), "{declarations}");
    }
}

#[test]
fn hostile_templates_end_within_the_bounds() {
    let doubling = |make: &str| {
        let steps: String = (1..60)
            .map(|n| format!(r#""v{n}": "[{}]","#, make.replace('#', &format!("variables('v{}')", n - 1))))
            .collect();
        cluster(
            &format!(r#""variables": {{"v0": ["x"], {steps} "s0": "x"}},"#),
            r#""a": "[variables('v59')]""#,
        )
    };
    let loops = r#""a": "[map(range(0, 10000), lambda('x', map(range(0, 10000), lambda('y', 1))))]""#;
    let nested_copies = r#""copy": [{"name": "a", "count": 800, "input": {"copy": [{"name": "b", "count": 800, "input": "x"}]}}]"#;
    let deep = r#""a": "[reduce(range(0, 5000), createArray(), lambda('a', 'b', createArray(lambdaVariables('a'))))]""#;
    let wide = r#""a": "[reduce(range(0, 60), 'xxxxxxxx', lambda('a', 'b', concat(lambdaVariables('a'), lambdaVariables('a'))))]""#;
    for template in [
        doubling("concat(#, #)"),
        doubling("createArray(#, #)"),
        doubling("createObject('a', #, 'b', #)"),
        cluster("", loops),
        cluster("", nested_copies),
        cluster("", deep),
        cluster("", wide),
    ] {
        let (_, resolved) = one(&template);
        assert_eq!(resolved.resources.len(), 1);
        let value = part(&resolved.resources[0], &["properties", "a"]);
        let reason = ops::reason_of(&[&value]);
        assert!(matches!(reason, Reason::Bound(_)) || !resolved.unchecked.is_empty(), "{reason}: {template}");
        assert_eq!(resolved.problems, [], "{template}");
    }
}

#[test]
fn a_loop_of_a_million_resources_is_one_that_stands_for_them_and_is_refused() {
    let (_, resolved) =
        one(&cluster("", "").replace("\"name\"", r#""copy": {"name": "c", "count": 1000000}, "name""#));
    assert_eq!(resolved.resources.len(), 1);
    assert_eq!(resolved.refused[0].message, "the count of a loop is at most 800, not 1000000");
}

#[test]
fn deployments_nested_beyond_the_bounds_are_not_followed() {
    let mut template = cluster("", "");
    for _ in 0..40 {
        template = format!(
            r#"{{"contentVersion": "1", "resources": [{{"type": "Microsoft.Resources/deployments", "name": "d",
                "properties": {{"expressionEvaluationOptions": {{"scope": "inner"}}, "template": {template}}}}}]}}"#
        );
    }
    let (_, resolved) = one(&template);
    assert_eq!(resolved.resources.len(), 0);
    assert_eq!((resolved.problems.len(), resolved.unchecked.len()), (0, 1));
}

#[test]
fn variables_that_lead_far_end_without_overflowing_the_stack() {
    let steps: String = (1..5000).map(|n| format!(r#""v{n}": "[variables('v{}')]","#, n - 1)).collect();
    let (_, resolved) =
        one(&cluster(&format!(r#""variables": {{{steps} "v0": "x"}},"#), r#""a": "[variables('v4999')]""#));
    assert_eq!(resolved.problems, []);
    assert!(!resolved.unchecked.is_empty());
}

#[test]
fn a_condition_does_not_hold_for_what_is_written_within_the_resource() {
    let whole = |condition: &str, more: &str| {
        format!(
            r#"{{"contentVersion": "1.0.0.0", "parameters": {{"new": {{"type": "bool"}}, "off": {{"type": "bool", "defaultValue": false}}}},
            "resources": [{{"type": "Microsoft.ContainerService/managedClusters", "name": "aks", {more}
                "condition": "{condition}", "properties": {{}}, "resources": [
                {{"type": "agentPools", "name": "win", "properties": {{"vmSize": "Standard_D4s_v6"}}}}]}}]}}"#
        )
    };
    let found = |whole: &str| -> Vec<(String, Vec<String>)> {
        let (_, resolved) = one(whole);
        assert_eq!(resolved.problems, []);
        resolved.resources.iter().map(|r| (r.address.clone(), regions(r))).collect()
    };
    let always = || vec![String::new()];
    assert_eq!(found(&whole("[parameters('off')]", "")), [("aks/win".to_owned(), always())]);
    let sometimes = vec!["`parameters('new')` is true".to_owned()];
    let wanted = [("aks".to_owned(), sometimes), ("aks/win".to_owned(), always())];
    assert_eq!(found(&whole("[parameters('new')]", "")), wanted);
    // Iterations are there or not for both.
    let looped = r#""copy": {"name": "all", "count": "[if(parameters('new'), 1, 0)]"},"#;
    let sometimes = || vec!["`parameters('new')` is true".to_owned()];
    let wanted = [("aks/win".to_owned(), sometimes())];
    assert_eq!(found(&whole("[parameters('off')]", looped)), wanted);
}

#[test]
fn a_property_of_a_cloud_object_is_the_member_that_the_whole_object_has() {
    let told = |expression: &str| {
        let (files, resolved) = one(&cluster("", &format!(r#""p": "[{expression}]""#)));
        assert_eq!(resolved.problems, [], "{expression}");
        let value = ops::member_at(&resolved.resources[0].body, &["properties", "p"], true);
        let Some(Node::Unknown(unknown)) = value.single() else { panic!("{expression}: {value:?}") };
        let hops: Vec<String> = files.hops(&value).into_iter().map(str::to_owned).collect();
        (format!("{unknown:?}"), unknown.atom.label().to_owned(), hops)
    };
    let functions = [
        "resourceGroup",
        "subscription",
        "tenant",
        "deployer",
        "managementGroup",
        "environment",
        "deployment",
    ];
    let members =
        ["id", "ID", "name", "location", "type", "subscriptionId", "tenantid", "displayName", "other"];
    for function in functions {
        for member in members {
            // What is indexed is always evaluated as a whole.
            let (property, index) = (format!("{function}().{member}"), format!("{function}()['{member}']"));
            assert_eq!(told(&property), told(&index), "{property}");
        }
    }
}

#[test]
fn the_name_of_a_resource_group_that_a_deployment_names_is_known() {
    let template = r#"{"parameters": {}, "resources": [{"type": "Microsoft.Resources/deployments", "name": "d",
        "resourceGroup": "rg", "properties": {"expressionEvaluationOptions": {"scope": "inner"}, "template":
        {"resources": [{"type": "Microsoft.ContainerService/managedClusters", "name": "aks",
        "properties": {"p": "[resourceGroup().NAME]"}}]}}}]}"#;
    let (_, resolved) = one(template);
    let value = ops::member_at(&resolved.resources[0].body, &["properties", "p"], true);
    assert_eq!(value.as_str(), Some("rg"));
}

#[test]
fn a_glance_sees_what_reading_sees() {
    let text = r#"{ "a": { "TYPE": "first", "b": [1, { "type": 2 }], "t\u0079pe": "[parameters('p')]", "c": null,
        "resources": { "x": true }, "d": -1.5e3, "e": "\"}", "empty": {} }, "other": [] }"#;
    let names = ["Type", "resources", "missing", "empty", "C"];
    let node = || tree::template(json::parse(FileId(0), text).0.unwrap());
    let (glanced, read) = (node(), node());
    let (unread, read) = (glanced.get("a").unwrap(), read.get("a").unwrap());
    assert!(!read.members().is_empty());
    assert!(matches!(unread.glance(["type"]), [Some(tree::Glance::Passing(_))]));
    for (name, value) in names.into_iter().zip(unread.glance(names)) {
        assert_eq!(format!("{:?}", value.as_deref()), format!("{:?}", read.get(name)), "{name}");
    }
    let [Some(resources)] = read.glance(["resources"]) else { panic!("there are resources") };
    assert_eq!(resources.get("x").and_then(Tree::as_bool), Some(true));
    assert_eq!(unread.identity(), unread.identity());
    assert_ne!(unread.identity(), unread.get("resources").and_then(Tree::identity));
    assert_eq!(unread.get("c").and_then(Tree::identity), None);
}
