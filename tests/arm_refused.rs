//! What is wrong with a template is told where it stands, in bounded time, and what is healthy beside it is
//! still judged.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use std::time::{Duration, Instant};

use akslint::diagnostic::Severity;
use common::{at, lint};

/// What is said, each as the rule, the text that it points at, and the message; last what is not checked, for
/// which no run fails.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let start = Instant::now();
    let (sources, report) = lint(files);
    // Each takes a small part of it, on a busy machine too.
    assert!(start.elapsed() < Duration::from_secs(30), "took {:?}", start.elapsed());
    let cut = |text: String| match text.char_indices().nth(90) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    };
    let line = |what: &str, span, message: &str| {
        format!("{what} {}: {}", cut(at(&sources, span)), cut(message.to_owned()))
    };
    let found = report.diagnostics.iter().map(|found| line(found.rule, found.primary.span, &found.message));
    let unread = report.unread.iter().map(|unread| line("-", unread.span.unwrap(), &unread.message));
    found.chain(unread).collect()
}

/// A template with a pool of these properties, and with one that is refused whatever they are.
fn template(sections: &str, more: &str, properties: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", {sections}
"resources": [
{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "apiVersion": "2024-09-01", "name": "aks/one",
  {more} "properties": {{"osType": "Linux", {properties}}}}},
{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "apiVersion": "2024-09-01", "name": "aks/win22",
  "properties": {{"osType": "Windows", "osSKU": "Windows2022", "vmSize": "Standard_D4s_v6"}}}}]}}"#
    )
}

const NONE: [&str; 0] = [];
const GEN2: &str = "WindowsGen2OptInMissing main.json: \"Standard_D4s_v6\": ";

/// What is said of a template beside the pool that is refused in any case.
fn beside(text: &str) -> Vec<String> {
    beside_in(&[("main.json", text)])
}

fn beside_in(files: &[(&str, &str)]) -> Vec<String> {
    let mut all = told(files);
    let count = all.len();
    all.retain(|found| !found.starts_with(GEN2));
    assert_eq!(all.len() + 1, count, "the healthy part is not judged: {all:?}");
    all
}

#[test]
fn a_template_that_ends_early() {
    let whole = template("", "", "\"vmSize\": \"Standard_D4s_v5\"");
    let at = |text: &str| whole.find(text).unwrap() + text.len();
    for (end, wanted) in [
        (at("\"contentVersion\": \""), "\": this string is not closed"),
        (at("\"osType\": \"Lin"), "\"Lin: this string is not closed"),
        (at("\"resources\":"), ": the file ends where a value is expected"),
        (whole.len() - 1, ": the file ends where `,` or `}` is expected"),
    ] {
        assert_eq!(told(&[("main.json", &whole[..end])]), [format!("Syntax main.json: {wanted}")]);
    }
}

#[test]
fn expressions_that_are_wrong() {
    for (value, wanted) in [
        ("[concat('a',]", "]: the expression is incomplete"),
        ("[concat('a' 'b')]", "': expected `,` or `)`"),
        ("['a]", "'a: the string is not closed"),
        ("[toLower()]", "toLower(): toLower() takes 1 argument, not 0"),
        (
            "[concat('p', padLeft('a', 1, 'b', 'c'))]",
            "padLeft('a', 1, 'b', 'c'): padLeft() takes 2 to 3 arguments, not 4",
        ),
        ("[toUpper(frobnicate('a'))]", "frobnicate: there is no function `frobnicate`"),
        ("[parameters('none')]", "parameters('none'): there is no parameter `none`"),
        ("[concat('a', copyIndex())]", "copyIndex(): copyIndex() stands outside of its loop"),
    ] {
        let found = beside(&template("", "", &format!("\"vmSize\": \"{value}\"")));
        assert_eq!(found, [format!("Syntax main.json: {wanted}")], "{value}");
    }
    // What does not end in a bracket is text to the service, and no size to us.
    assert_eq!(beside(&template("", "", "\"vmSize\": \"[variables('x'\"")), NONE);
}

#[test]
fn a_name_that_is_no_expression_is_told_once() {
    let text = template("", "", "")
        .replace("\"aks/one\"", "\"[concat('aks/', 1.0)]\"")
        .replace("\"Linux\", ", "\"Linux\"");
    assert_eq!(beside(&text), ["Syntax main.json: 0: expected the name of a property"]);
    let inside = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", "resources": [{"type": "Microsoft.ContainerService/managedClusters", "apiVersion": "2024-09-01",
"name": "aks", "properties": {"agentPoolProfiles": [{"name": "[if(equals(1, 1.0), 'a', 'b')]", "vmSize": "Standard_D4s_v5"}]}}]}"#;
    assert_eq!(told(&[("main.json", inside)]).len(), 1, "{:?}", told(&[("main.json", inside)]));
}

#[test]
fn a_template_that_something_renders_first_is_told_and_no_mistake() {
    let whole = template("", "", "\"vmSize\": \"{{ size }}\"");
    let rendered = whole
        .replace("\"resources\": [", "\"resources\": [{% if pools %}")
        .replace("}}]}", "}}{% endif %}]}");
    assert_eq!(
        told(&[("main.json", &rendered)]),
        ["- main.json: {% if pools %}: this is no JSON until something renders it"]
    );
    // One for a template of ours is counted too.
    let given = r#"{"parameters": {"size": {"value": "x"}{% if a %}, "a": {"value": 1}{% endif %}}}"#;
    let found =
        beside_in(&[("main.json", &template("", "", "\"vmSize\": \"x\"")), ("main.parameters.json", given)]);
    assert_eq!(found, ["- main.parameters.json: {% if a %}: this is no JSON until something renders it"]);
    // What is no template of anything is a mistake.
    let broken = whole.replace("\"resources\": [", "\"resources\": [{");
    assert!(told(&[("main.json", &broken)])[0].starts_with("Syntax"));
}

#[test]
fn circles() {
    for (sections, value, wanted) in [
        (
            r#""variables": {"a": "[variables('b')]", "b": "[concat('x', variables('a'))]"},"#,
            "[variables('a')]",
            "variables('a'): `a` refers to itself",
        ),
        (
            r#""parameters": {"p": {"type": "string", "defaultValue": "[parameters('q')]"},
                "q": {"type": "string", "defaultValue": "[parameters('p')]"}},"#,
            "[parameters('p')]",
            "parameters('p'): `p` refers to itself",
        ),
    ] {
        let found = beside(&template(sections, "", &format!("\"vmSize\": \"{value}\"")));
        assert_eq!(found, [format!("Syntax main.json: {wanted}")], "{value}");
    }
}

#[test]
fn loops_beyond_any_size() {
    for (count, message) in [
        ("1000000", "the count of a loop is at most 800, not 1000000"),
        ("801", "the count of a loop is at most 800, not 801"),
        ("-1", "the count of a loop is at least 0, not -1"),
        ("\"x\"", "the count of a loop is a number, not `x`"),
        ("true", "the count of a loop is a number, not true"),
        ("null", "the count of a loop is a number, not null"),
        ("[]", "the count of a loop is a number, not an array"),
        ("800", ""),
        ("0", ""),
        ("\"3\"", ""),
    ] {
        let wanted: Vec<String> = match message {
            "" => vec![],
            message => vec![format!("InvalidTemplate main.json: {count}: {message}")],
        };
        for condition in ["", "\"condition\": true,"] {
            let more = format!("{condition} \"copy\": {{\"name\": \"l\", \"count\": {count}}},");
            assert_eq!(beside(&template("", &more, "\"vmSize\": \"x\"")), wanted);
        }
        let copy = format!("{{\"name\": \"nodeTaints\", \"count\": {count}, \"input\": \"a=b:NoSchedule\"}}");
        assert_eq!(beside(&template("", "", &format!("\"copy\": [{copy}]"))), wanted);
        // The service looks at no property of what is not deployed.
        assert_eq!(beside(&template("", "\"condition\": false,", &format!("\"copy\": [{copy}]"))), NONE);
        let copy = format!("{{\"name\": \"v\", \"count\": {count}, \"input\": \"x\"}}");
        let variables = format!("\"variables\": {{\"copy\": [{copy}]}},");
        let found = beside(&template(&variables, "", r#""nodeTaints": "[variables('v')]""#));
        assert_eq!(found, wanted);
        // Nor is it certain that it looks at what only a branch asks for.
        let variables = format!(r#""parameters": {{"on": {{"type": "bool"}}}}, {variables}"#);
        let maybe = r#""nodeTaints": "[if(parameters('on'), variables('v'), createArray())]""#;
        assert_eq!(beside(&template(&variables, "", maybe)), NONE);
    }
}

#[test]
fn a_loop_that_is_too_long_in_some_worlds_only() {
    let sections =
        r#""parameters": {"n": {"type": "int", "allowedValues": [0, 1]}, "on": {"type": "bool"}},"#;
    let more = r#""copy": {"name": "l", "count": "[sub(parameters('n'), 1)]"},"#;
    let text = template(sections, more, "\"vmSize\": \"x\"");
    let (_, report) = lint(&[("main.json", &text)]);
    let found: Vec<_> = report.diagnostics.iter().filter(|found| found.rule == "InvalidTemplate").collect();
    let [found] = found.as_slice() else { panic!("{:#?}", report.diagnostics) };
    assert_eq!(
        (found.severity, &*found.assumptions),
        (Severity::Warning, &["`parameters('n')` is 0".to_owned()][..])
    );
}

#[test]
fn nesting_beyond_any_depth() {
    for depth in [70, 10_000] {
        let value = format!("[{}'x'{}]", "concat(".repeat(depth), ")".repeat(depth));
        let found = beside(&template("", "", &format!("\"vmSize\": \"{value}\"")));
        assert_eq!(found, ["Syntax main.json: c: expressions nest at most 64 deep"]);
    }
    for (open, close, what) in [("[", "]", "["), ("{\"a\":", "}", "{")] {
        let nested = |depth: usize| {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            template(&format!("\"variables\": {{\"x\": {value}}},"), "", "\"vmSize\": \"[variables('x')]\"")
        };
        // More than the notation is followed: nothing of the file is known.
        let wanted = format!("Syntax main.json: {what}: arrays and objects are nested more than 256 deep");
        assert_eq!(told(&[("main.json", &nested(10_000))]), [wanted]);
        // More than values are followed: the rest of the file is.
        let found = beside(&nested(200));
        assert!(
            found.iter().all(|found| found.starts_with("- ") && found.ends_with(" followed")),
            "{found:?}"
        );
    }
}

#[test]
fn a_parameter_file_for_another_template() {
    let sections = r#""parameters": {"size": {"type": "string", "defaultValue": "Standard_D4s_v5"}},"#;
    let main = template(sections, "", "\"vmSize\": \"[parameters('size')]\"");
    let other = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0", "parameters": {"region": {"value": "x"}, "tier": {"value": "y"}}}"#;
    let files = [("main.json", &*main), ("main.parameters.json", other)];
    let found = beside_in(&files);
    assert!(found.iter().all(|found| found.starts_with("- ")), "{found:?}");
    let (_, report) = lint(&files);
    let unread: Vec<(&str, &str)> =
        report.unread.iter().map(|unread| (&*unread.path, &*unread.message)).collect();
    let why = "this parameter file is not judged: the template of its name declares none of its parameters";
    assert_eq!(unread, [("main.parameters.json", why)]);
    // Under a name that is not the template's it may be for anything; one that somebody chose is told, as tests/cli.rs
    // and tests/configuration.rs assert.
    for name in ["dev.parameters.json", "parameters/dev.json"] {
        let (_, report) = lint(&[("main.json", &main), (name, other)]);
        assert!(report.unread.is_empty(), "{:?}", report.unread);
    }
}

#[test]
fn a_parameter_that_the_template_has_not() {
    let sections =
        r#""parameters": {"size": {"type": "string"}, "count": {"type": "int", "defaultValue": 1}},"#;
    let main = template(sections, "", "\"vmSize\": \"[parameters('size')]\"");
    let given = |size: &str| {
        format!(r#"{{"parameters": {{"SIZE": {{"value": "{size}"}}, "tags": {{"value": {{}}}}}}}}"#)
    };
    let plain = given("Standard_D4s_v5");
    let refused = |file: &str| {
        vec![format!("InvalidTemplate {file}: \"tags\": the template `main.json` has no parameter `tags`")]
    };
    for name in ["main.parameters.json", "main.parameters.prod.json", "parameters/main.parameters.json"] {
        assert_eq!(beside_in(&[("main.json", &main), (name, &plain)]), refused(name));
    }
    let near = plain.replace("tags", "counts");
    let meant = "InvalidTemplate main.parameters.json: \"counts\": the template `main.json` has no parameter `counts`; did you mean `count`?";
    assert_eq!(beside_in(&[("main.json", &main), ("main.parameters.json", &near)]), [meant]);
    // A file of another name may be for more than this template, and who fills in placeholders may leave out the rest.
    assert_eq!(beside_in(&[("main.json", &main), ("prod.parameters.json", &plain)]), NONE);
    let filled_in = given("${AKS_SIZE=Standard_D4s_v5}");
    assert_eq!(beside_in(&[("main.json", &main), ("main.parameters.json", &filled_in)]), NONE);
}

#[test]
fn a_bad_argument_of_what_is_deployed_in_some_worlds_is_a_warning_that_says_which() {
    let nested = |condition: &str| {
        format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": {{"on": {{"type": "bool"}}}}, "resources": [
            {{"type": "Microsoft.Resources/deployments", "apiVersion": "2024-03-01", "name": "d", {condition}
            "properties": {{"mode": "Incremental", "expressionEvaluationOptions": {{"scope": "inner"}},
              "parameters": {{"size": {{"value": "Standard_D2s_v5"}}}},
              "template": {}}}}}]}}"#,
            template(
                r#""parameters": {"size": {"type": "string", "allowedValues": ["Standard_D4s_v5"]}},"#,
                "",
                "\"vmSize\": \"[parameters('size')]\""
            )
        )
    };
    let refused = |condition: &str| {
        let (sources, report) = lint(&[("main.json", &nested(condition))]);
        let found: Vec<_> =
            report.diagnostics.iter().filter(|found| found.rule == "InvalidTemplate").collect();
        let [found] = found.as_slice() else { panic!("{:#?}", report.diagnostics) };
        assert_eq!(at(&sources, found.primary.span), "main.json: \"Standard_D2s_v5\"");
        (found.severity, found.assumptions.clone())
    };
    assert_eq!(refused(""), (Severity::Error, vec![]));
    let only = vec!["`parameters('on')` is true".to_owned()];
    assert_eq!(refused(r#""condition": "[parameters('on')]","#), (Severity::Warning, only));
}
