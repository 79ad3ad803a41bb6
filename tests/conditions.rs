//! What is found in some worlds only: whom it is told of, how gravely and under which conditions must agree.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use akslint::diagnostic::Severity;
use common::{CLUSTER, lint};

/// What is told of a rule's one finding: the severity, the message, the conditions, and what else it notes.
fn told(rule: &str, config: &str) -> (Severity, String, Vec<String>, Vec<String>, String) {
    let (_, report) = lint(&[("main.tf", config)]);
    let mut of_rule = report.diagnostics.into_iter().filter(|diagnostic| diagnostic.rule == rule);
    let one = of_rule.next().expect("a finding");
    assert!(of_rule.next().is_none(), "{rule} is told of twice");
    (one.severity, one.message, one.assumptions, one.notes, one.fix)
}

#[test]
fn a_pool_that_exists_only_with_the_defect_makes_it_no_more_certain_at_the_cluster() {
    let cluster = |version: &str| {
        format!("variable \"env\" {{ type = string }}\n{}", CLUSTER.replace("\"1.34\"", version))
    };
    let pool = "resource \"azurerm_kubernetes_cluster_node_pool\" \"extra\" {\n  count = var.env == \"old\" ? 1 : 0\n  name = \"extra\"\n  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n  vm_size = \"Standard_D4s_v5\"\n}\n";
    let changing = cluster("var.env == \"old\" ? \"1.27\" : \"1.35\"");
    let (severity, message, assumptions, _, fix) =
        told("K8sVersionNotSupported", &format!("{changing}{pool}"));
    assert_eq!(severity, Severity::Warning);
    assert!(message.starts_with("cluster `main`: runs Kubernetes `1.27`"), "{message}");
    assert_eq!(assumptions, ["`var.env` is \"old\""]);
    assert!(fix.starts_with("Set kubernetes_version "), "{fix}");
    // Where the cluster always has it, nothing is weakened.
    let always = cluster("\"1.27\"");
    let (severity, _, assumptions, notes, _) = told("K8sVersionNotSupported", &format!("{always}{pool}"));
    assert_eq!((severity, assumptions.len(), notes.len()), (Severity::Error, 0, 0));
}

#[test]
fn a_pool_with_the_version_for_certain_is_told_as_such_beside_a_cluster_that_may_have_it() {
    let config = format!(
        "variable \"env\" {{ type = string }}\nvariable \"v\" {{ default = \"1.27\" }}\n{}resource \"azurerm_kubernetes_cluster_node_pool\" \"own\" {{\n  name = \"own\"\n  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n  orchestrator_version = var.v\n  vm_size = \"Standard_D4s_v5\"\n}}\n",
        CLUSTER.replace("\"1.34\"", "var.env == \"old\" ? var.v : \"1.35\"")
    );
    let (severity, message, assumptions, notes, fix) = told("K8sVersionNotSupported", &config);
    assert_eq!((severity, assumptions.len()), (Severity::Error, 0));
    assert!(message.starts_with("agent pool `own`: runs"), "{message}");
    assert_eq!(notes, ["cluster `main`, only when `var.env` is \"old\""]);
    assert!(fix.starts_with("Set orchestrator_version "), "{fix}");
}

#[test]
fn pools_that_have_a_defect_in_some_worlds_only_are_told_behind_those_that_always_have() {
    let pool = |name: &str, size: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"{name}\" {{\n  name = \"{name}\"\n  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n  vm_size = {size}\n}}\n"
        )
    };
    let either = "var.big ? \"Standard_D4s_v5\" : var.size";
    let variables =
        "variable \"size\" { default = \"Standard_NC6s_v3\" }\nvariable \"big\" { type = bool }\n";
    let config = |a: &str, b: &str| format!("{CLUSTER}{variables}{}{}", pool("a", a), pool("b", b));
    let (severity, message, assumptions, notes, _) = told("RetiredVMSize", &config("var.size", either));
    assert_eq!((severity, assumptions.len()), (Severity::Error, 0));
    assert!(message.starts_with("agent pool `a`: uses "), "{message}");
    assert_eq!(notes, ["agent pool `b`, only when `var.big` is false"]);
    // The same conditions make one subject.
    let (severity, message, assumptions, notes, _) = told("RetiredVMSize", &config(either, either));
    assert_eq!((severity, notes.len()), (Severity::Warning, 0));
    assert!(message.starts_with("agent pools `a`, `b`: each uses "), "{message}");
    assert_eq!(assumptions, ["`var.big` is false"]);
    // Other conditions do not.
    let other = "var.big ? var.size : \"Standard_D4s_v5\"";
    let (_, message, assumptions, notes, _) = told("RetiredVMSize", &config(either, other));
    assert!(message.starts_with("agent pool `a`: uses "), "{message}");
    assert_eq!(
        (assumptions, notes),
        (
            vec!["`var.big` is false".to_owned()],
            vec!["agent pool `b`, only when `var.big` is true".to_owned()]
        )
    );
}

/// `lifecycle { enabled = … }` with this expression.
fn enabled(expression: &str) -> String {
    format!("  lifecycle {{\n    enabled = {expression}\n  }}\n")
}

#[test]
fn what_is_not_enabled_does_not_exist() {
    let pool = |lifecycle: &str, id: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"old\" {{\n  name = \"old\"\n  kubernetes_cluster_id = {id}\n  vm_size = \"Standard_NC6s_v3\"\n{lifecycle}}}\n"
        )
    };
    let id = "azurerm_kubernetes_cluster.c.id";
    let root = |variable: &str, lifecycle: &str| {
        format!("{CLUSTER}variable \"legacy\" {{\n  type = bool\n{variable}}}\n{}", pool(lifecycle, id))
    };
    let by_variable = enabled("var.legacy");
    for off in [root("default = false\n", &by_variable), root("", &enabled("false"))] {
        let (_, report) = lint(&[("main.tofu", &off)]);
        assert_eq!((report.fleet.pools.len(), report.diagnostics.len()), (1, 0));
    }
    // Who deploys decides: the pool exists in some worlds, without an index.
    let (_, report) = lint(&[("main.tofu", &root("", &by_variable))]);
    let found = common::pool(&report, "azurerm_kubernetes_cluster_node_pool.old");
    let worlds: Vec<String> = found.presence.regions.iter().flat_map(|region| region.clauses()).collect();
    assert_eq!(worlds, ["`var.legacy` is true"]);
    assert_eq!(found.cluster, Some(0));
    assert!(!found.presence.many);
    let (_, report) = lint(&[("main.tofu", &root("default = true\n", &by_variable))]);
    assert_eq!((report.fleet.pools.len(), report.diagnostics.len()), (2, 1));
    // The same for all that a module holds, in both notations.
    let module = pool("", "var.id") + "variable \"id\" {}\noutput \"name\" {\n  value = \"old\"\n}\n";
    let call = format!(
        "{CLUSTER}module \"old\" {{\n  source = \"./old\"\n  id = {id}\n{}}}\nlocals {{\n  name = try(module.old.name, \"none\")\n}}\n",
        enabled("false")
    );
    let json = format!(
        "{{\"module\": {{\"old\": {{\"source\": \"./old\", \"id\": \"${{{id}}}\", \"lifecycle\": {{\"enabled\": false}}}}}}}}"
    );
    let in_blocks = [("main.tofu", call.as_str()), ("old/main.tf", &module)];
    let in_json = [("cluster.tf", CLUSTER), ("more.tf.json", &json), ("old/main.tf", &module)];
    for files in [&in_blocks[..], &in_json] {
        let (_, report) = lint(files);
        assert_eq!((report.fleet.pools.len(), report.diagnostics.len()), (1, 0), "{}", files[0].0);
    }
}

#[test]
fn a_reference_to_what_is_not_enabled_is_null() {
    let config = |enabled_if: &str| {
        format!(
            "{CLUSTER}variable \"big\" {{\n  type = bool\n}}\nresource \"terraform_data\" \"size\" {{\n  input = \"Standard_D8s_v5\"\n{}}}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"p\" {{\n  name = \"p\"\n  kubernetes_cluster_id = azurerm_kubernetes_cluster.c.id\n  vm_size = terraform_data.size != null ? terraform_data.size.output : \"Standard_D4s_v5\"\n}}\n",
            enabled(enabled_if)
        )
    };
    let size = |enabled_if: &str| {
        let (_, report) = lint(&[("main.tofu", &config(enabled_if))]);
        common::field(&report, "azurerm_kubernetes_cluster_node_pool.p", akslint::model::PoolField::VmSize)
    };
    assert_eq!(size("false"), "\"Standard_D4s_v5\"");
    assert_eq!(size("true"), "\"Standard_D8s_v5\"");
    let either = size("var.big");
    assert!(either.contains("Standard_D4s_v5") && either.contains("Standard_D8s_v5"), "{either}");
}
