//! What our own bounds cut off is told, and fails nobody's run: there may be nothing wrong with it.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;
mod common;

use std::fmt::Write as _;

use command::{run, tree};

/// A template of a cluster that the service rejects, with these sections and properties beside.
fn template(sections: &str, more: &str, properties: &str) -> String {
    format!(
        r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", {sections}
"resources": [{{"type": "Microsoft.ContainerService/managedClusters/agentPools", "apiVersion": "2024-09-01",
"name": "aks/one", {more} "properties": {{"osType": "Linux", {properties}}}}}]}}"#
    )
}

/// Clusters of Terraform with a pool, and more.
fn terraform(arguments: &str, more: &str) -> String {
    format!(
        "resource \"azurerm_kubernetes_cluster_node_pool\" \"p\" {{\n  kubernetes_cluster_id = \"x\"\n  name = \
         \"p\"\n  vm_size = \"Standard_D4s_v5\"\n{arguments}}}\n{more}"
    )
}

fn chain(length: usize) -> String {
    let mut variables = String::from("\"variables\": {\"v0\": \"Standard_D4s_v5\"");
    for i in 1..=length {
        write!(variables, ", \"v{i}\": \"[variables('v{}')]\"", i - 1).unwrap();
    }
    variables + "},"
}

#[test]
fn what_is_beyond_the_bounds_fails_no_run() {
    let mut modules = vec![("main.tf".to_owned(), "module \"m\" {\n  source = \"./m0\"\n}\n".to_owned())];
    for i in 0..40 {
        let call = format!("module \"m\" {{\n  source = \"../m{}\"\n}}\n", i + 1);
        modules.push((format!("m{i}/main.tf"), if i == 39 { terraform("", "") } else { call }));
    }
    let one = |name: &str, text: String| vec![(name.to_owned(), text)];
    for (files, told) in [
        (
            one("main.json", template(&chain(400), "", "\"vmSize\": \"[variables('v400')]\"")),
            "nested more deeply than is followed",
        ),
        (
            one(
                "main.json",
                template(
                    "",
                    "",
                    "\"vmSize\": \"[string(map(range(0, 10000), lambda('a', map(range(0, 10000), lambda('b', 1)))))]\"",
                ),
            ),
            "takes more steps than are made; what is left is not checked",
        ),
        (one("main.json", template("", "", "\"vmSize\": \"[padLeft('a', 2000000)]\"")), "not known"),
        (
            one(
                "main.json",
                template("", "", "\"vmSize\": \"[concat(padLeft('a', 1000000), padLeft('a', 1000000))]\""),
            ),
            "a string is longer than is kept",
        ),
        (one("main.tf", terraform("  count = 20000\n", "")), "instances; the others are not checked"),
        (
            one(
                "main.tf",
                terraform("  for_each = { for i in range(1000) : i => [for j in range(1000) : j] }\n", ""),
            ),
            "not checked",
        ),
        (modules, "what is below is not checked"),
    ] {
        let borrowed: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
        let dir = tree(&borrowed);
        for args in [&["--verbose"][..], &["--verbose", &files[0].0]] {
            let ran = run(dir.path(), args);
            assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
            assert!(ran.out.contains(told), "`{told}` is not told: {}{}", ran.out, ran.err);
            assert!(!ran.out.contains("Syntax"), "{}", ran.out);
        }
    }
}

#[test]
fn a_template_that_runs_out_of_steps_says_so_once() {
    let inner = "length(map(range(0, 10), lambda('b', 1)))";
    let long = format!("\"[map(range(0, 9000), lambda('a', {inner}))]\"");
    let all: String = ["a", "b", "c"].map(|name| format!("\"{name}\": {long}, ")).concat();
    let text = template("", "", &format!("{all}\"vmSize\": \"[toLower('A')]\""));
    let (_, report) = common::lint(&[("main.json", &text)]);
    let told: Vec<&str> = report.unread.iter().map(|unread| unread.message.as_str()).collect();
    assert_eq!(told, ["evaluating the template takes more steps than are made; what is left is not checked"]);
    assert!(report.diagnostics.is_empty());
    assert!(report.unresolved.iter().any(|unresolved| unresolved.reason.contains("more steps")));
}

#[test]
fn the_templates_of_strangers_take_nothing_from_what_one_may_cost() {
    // About 60,000 steps, which a tenth of a percent of a run's has not.
    let size = "\"[if(equals(length(map(range(0, 10000), lambda('i', add(lambdaVariables('i'), 1)))), 10000), 'Standard_D4s_v5', 'x')]\"";
    let ours = template("", "", &format!("\"vmSize\": {size}"));
    let strange = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
"contentVersion": "1.0.0.0", "metadata": {"for": "Microsoft.ContainerService/managedClusters"},
"resources": [{"type": "A.B/c", "apiVersion": "1", "name": "x"}]}"#;
    let names: Vec<String> = (0..300).map(|i| format!("other/{i}.json")).collect();
    let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), strange)).collect();
    files.push(("main.json", &ours));
    let (_, report) = common::lint(&files);
    assert!(report.unread.is_empty(), "{:?}", report.unread);
    let vm_size = akslint::model::PoolField::VmSize;
    assert_eq!(common::field(&report, "aks/one", vm_size), "\"Standard_D4s_v5\"");
}

#[test]
fn what_exists_in_more_worlds_than_are_kept_apart_exists_in_some() {
    // A sum of parameters that is one of 96 numbers, and a parameter apart.
    let mut parameters =
        "\"off\": {\"type\": \"bool\"}, \"n\": {\"type\": \"int\", \"allowedValues\": [0, 32, 64]}"
            .to_owned();
    let mut sum = "parameters('n')".to_owned();
    for i in 0..5 {
        write!(parameters, ", \"b{i}\": {{\"type\": \"bool\"}}").unwrap();
        sum = format!("add({sum}, if(parameters('b{i}'), {}, 0))", 1 << i);
    }
    let parameters = format!("\"parameters\": {{{parameters}}},");
    let named = |name: &str, more: &str| {
        // Gen2 for Windows2022 is rejected, and it is asked for where the pool is off.
        let size = "[if(parameters('off'), 'Standard_D4s_v6', 'Standard_D4s_v5')]";
        let windows = format!("\"vmSize\": \"{size}\", \"osSKU\": \"Windows2022\"");
        let text = template(&parameters, more, &windows).replace("Linux", "Windows").replace("aks/one", name);
        let (_, report) = common::lint(&[("main.json", &text)]);
        let rules: Vec<&str> = report.diagnostics.iter().map(|found| found.rule).collect();
        let unread: Vec<&str> = report.unread.iter().map(|unread| &*unread.message).collect();
        let pools = &report.fleet.pools;
        let worlds = pools.iter().map(|pool| {
            pool.presence.regions.iter().map(|region| region.clauses().join(" and ")).collect::<Vec<_>>()
        });
        (rules.join(", "), unread.join(", "), worlds.collect::<Vec<_>>())
    };
    let found = |more: &str| named("aks/win", more);
    let (rules, unread, _) = found("");
    assert_eq!((&*rules, &*unread), ("WindowsGen2OptInMissing", ""));
    let on = |most: usize| {
        found(&format!("\"condition\": \"[if(parameters('off'), false(), less({sum}, {most}))]\","))
    };
    // What 50 of 97 worlds have is told of them.
    let (rules, unread, worlds) = on(50);
    assert_eq!((&*rules, &*unread, worlds[0].len()), ("", "", 50));
    // What 80 have is told of the condition, and where the pool is not in any case is still known.
    let (rules, unread, worlds) = on(80);
    let told = "this holds in more combinations of inputs than are kept apart";
    assert_eq!((&*rules, &*unread, worlds[0].len()), ("", told, 1));
    assert!(worlds[0][0].contains("`parameters('off')` is false"), "{worlds:?}");
    assert!(worlds[0][0].contains("`if(parameters('off'), false(), less(add("), "{worlds:?}");
    let (_, unread, worlds) = on(0);
    assert_eq!((&*unread, worlds.len()), ("", 0));
    // The first iterations of a loop are there in most worlds, the last ones in few; all of one name are one pool.
    let copy = format!("\"copy\": {{\"name\": \"l\", \"count\": \"[{sum}]\"}},");
    let (_, unread, worlds) = named("[concat('aks/p', string(copyIndex()))]", &copy);
    assert_eq!((&*unread, worlds.len()), (told, 95));
    assert!(worlds[0][0].contains("`greater(add("), "{worlds:?}");
    assert_eq!((worlds[0].len(), worlds[94].len()), (1, 1));
    assert!(worlds[50].len() > 1);
    let (_, unread, worlds) = found(&copy);
    assert_eq!((&*unread, worlds.len()), (told, 1));
    assert!((1..=128).contains(&worlds[0].len()), "{}", worlds[0].len());
}
