//! What Terraform itself would refuse is told where it stands, and only there; and only where Terraform would.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod common;

use common::{at, lint};

/// What is said to be wrong, each as the text that it points at and the message.
fn wrong(files: &[(&str, &str)]) -> Vec<String> {
    let (sources, report) = lint(files);
    let syntax = report.diagnostics.iter().filter(|diagnostic| diagnostic.rule == "Syntax");
    syntax.map(|found| format!("{}: {}", at(&sources, found.primary.span), found.message)).collect()
}

const NONE: [&str; 0] = [];
const POOL: &str = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  vm_size = var.size\n}\n";

#[test]
fn arguments_that_a_local_module_does_not_take_and_those_that_it_needs() {
    let module = format!("variable \"size\" {{}}\nvariable \"zone\" {{\n  default = 1\n}}\n{POOL}");
    let call = "module \"aks\" {\n  source = \"./aks\"\n  sizes  = \"a\"\n  count  = 1\n}\n";
    assert_eq!(
        wrong(&[("main.tf", call), ("aks/main.tf", &module)]),
        [
            "main.tf: module \"aks\": module `aks` needs a value for `size`",
            "main.tf: sizes: module `aks` has no variable `sizes`",
        ]
    );
    let whole = call.replace("sizes", "size");
    assert_eq!(wrong(&[("main.tf", &whole), ("aks/main.tf", &module)]), NONE);
    // A module of which a part cannot be read may declare anything.
    let broken =
        wrong(&[("main.tf", call), ("aks/main.tf", &module), ("aks/broken.tf", "variable {{ x }}\n")]);
    assert!(!broken.iter().any(|found| found.starts_with("main.tf")), "{broken:?}");
}

#[test]
fn names_that_are_declared_twice() {
    let twice = format!(
        "variable \"size\" {{}}\nvariable \"size\" {{}}\nlocals {{\n  a = 1\n}}\nlocals {{\n  a = 2\n}}\n{POOL}"
    );
    assert_eq!(
        wrong(&[("main.tf", &twice)]),
        [
            "main.tf: variable \"size\": variable `size` is declared twice",
            "main.tf: a: local value `a` is declared twice",
        ]
    );
    let files = [
        ("main.tf", format!("variable \"size\" {{}}\n{POOL}")),
        ("size_override.tf", "variable \"size\" {\n  default = \"x\"\n}\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(wrong(&files), NONE);
}

/// A root that is planned as it is.
const ROOT: &str = "provider \"azurerm\" {\n  features {}\n}\n";

#[test]
fn counts_and_collections_that_terraform_does_not_take() {
    let repeated = |line: &str| {
        let resource =
            format!("resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {{\n  {line}\n}}\n");
        let found = wrong(&[("main.tf", &format!("{ROOT}{resource}"))]);
        // A library's values are what its callers make of them.
        assert_eq!(wrong(&[("main.tf", &resource)]), NONE, "{line}");
        found
    };
    assert_eq!(repeated("count = -1"), ["main.tf: -1: `count` is less than nothing"]);
    assert_eq!(repeated("count = null"), ["main.tf: null: `count` is null"]);
    assert_eq!(repeated("for_each = null"), ["main.tf: null: `for_each` is null"]);
    assert_eq!(
        repeated("for_each = [\"a\"]"),
        [
            "main.tf: [\"a\"]: `for_each` takes a map or a set of strings and this is a list: put it into `toset(…)`"
        ]
    );
    assert_eq!(
        repeated("count = tonumber(\"many\")").len(),
        1,
        "a number that cannot be worked out is told at `count`"
    );
    assert_eq!(repeated("for_each = toset([\"a\"])"), NONE);
    assert_eq!(repeated("for_each = setunion([\"a\"], [\"b\"])"), NONE);
    assert_eq!(repeated("for_each = { a = 1 }"), NONE);
    assert_eq!(repeated("count = 0"), NONE);
}

#[test]
fn values_that_do_not_fit_their_variables_are_told_at_the_value() {
    let module = "variable \"zones\" {\n  type = list(number)\n}\nvariable \"count_of\" {\n  type = number\n}\n\
                  resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  zones      = var.zones\n  \
                  node_count = var.count_of\n}\n";
    let call = "module \"aks\" {\n  source   = \"./aks\"\n  zones    = \"x\"\n  count_of = var.n\n}\nvariable \"n\" {}\n";
    let files = [
        ("main.tf", format!("{ROOT}{call}")),
        ("terraform.tfvars", "n = \"many\"\n".to_owned()),
        ("aks/main.tf", module.to_owned()),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(
        wrong(&files),
        [
            "main.tf: \"x\": Terraform cannot evaluate this: list required, but have string",
            "terraform.tfvars: \"many\": Terraform cannot evaluate this: a number is required",
        ]
    );
}

#[test]
fn what_fails_in_a_pool_that_certainly_exists_is_told_once_and_otherwise_not() {
    let pool = |count: &str| {
        format!(
            "variable \"n\" {{}}\nlocals {{\n  sizes = {{ a = 1 }}\n}}\nresource \"azurerm_kubernetes_cluster_node_pool\" \
             \"win\" {{\n{count}  vm_size = local.sizes[\"b\"]\n  os_sku  = try(local.sizes[\"b\"], null)\n}}\n"
        )
    };
    let message = "main.tf: local.sizes[\"b\"]: Terraform cannot evaluate this: there is no key `b`";
    assert_eq!(wrong(&[("main.tf", &format!("{ROOT}{}", pool("")))]), [message]);
    assert_eq!(wrong(&[("main.tf", &format!("{ROOT}{}", pool("  count = var.n ? 1 : 0\n")))]), NONE);
    assert_eq!(wrong(&[("main.tf", &pool(""))]), NONE);
}

#[test]
fn references_to_what_is_not_there() {
    let module = "output \"size\" {\n  value = \"a\"\n}\n";
    let main = "module \"aks\" {\n  source = \"./aks\"\n}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  \
                vm_size = module.aks.sizes\n  name    = each.key\n}\n";
    assert_eq!(
        wrong(&[("main.tf", main), ("aks/main.tf", module)]),
        [
            "main.tf: module.aks.sizes: the module has no output `sizes`",
            "main.tf: each.key: `each` outside a block with `for_each`",
        ]
    );
    let (_, report) = lint(&[("main.tf", main)]);
    let unread: Vec<&str> = report.unread.iter().map(|unread| unread.message.as_str()).collect();
    assert_eq!(unread, ["there is no module in `./aks`; its agent pools are not checked"]);
}

#[test]
fn what_a_provider_adds_to_a_nested_block_is_not_missing() {
    let main = "resource \"azurerm_virtual_network\" \"net\" {\n  subnet {\n    name = \"a\"\n  }\n}\nresource \
                \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  \
                vnet_subnet_id = tolist(azurerm_virtual_network.net.subnet)[0].id\n  \
                name           = tolist(azurerm_virtual_network.net.subnet)[0].name\n}\n";
    let main = format!("{ROOT}{main}");
    assert_eq!(wrong(&[("main.tf", &main)]), NONE);
    let (_, report) = lint(&[("main.tf", &main)]);
    let address = "azurerm_kubernetes_cluster_node_pool.win";
    assert_eq!(common::field(&report, address, akslint::model::PoolField::Name), "\"a\"");
    assert_eq!(common::field(&report, address, akslint::model::PoolField::VnetSubnetId), "?");
}

#[test]
fn functions_of_other_versions_and_those_that_terraform_does_not_come_to_are_no_mistakes() {
    let size = |expr: &str| {
        let pool =
            format!("resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {{\n  vm_size = {expr}\n}}\n");
        wrong(&[("main.tf", &format!("{ROOT}{pool}"))])
    };
    for expr in [
        "base64gunzip(\"x\")",
        "cidrcontains(\"10.0.0.0/8\", \"10.0.0.1\") ? \"a\" : \"b\"",
        "urldecode(\"a%20b\")",
        "element(list(\"a\"), 0)",
        "provider::azurerm::normalise_resource_id(\"x\")",
        "try(pick(1), \"a\")",
        "can(pick(1)) ? \"a\" : \"b\"",
        "true ? \"a\" : pick(1)",
    ] {
        assert_eq!(size(expr), NONE, "{expr}");
    }
    assert_eq!(size("pick(1)"), ["main.tf: pick(1): there is no function `pick`"]);
    assert_eq!(size("upper(pick(1))"), ["main.tf: pick(1): there is no function `pick`"]);
    assert_eq!(
        size("true ? pick(1) : \"a\""),
        ["main.tf: pick(1): Terraform cannot evaluate this: there is no function `pick`"]
    );
}

#[test]
fn an_escaped_interpolation_is_text_and_no_placeholder() {
    let pool = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  name    = \"$${name}\"\n  \
                vm_size = length(\"$${name}\") == 7 ? \"Standard_D2s_v5\" : tonumber(\"x\")\n}\n";
    assert_eq!(wrong(&[("main.tf", &format!("{ROOT}{pool}"))]), NONE);
    let other = pool.replace("== 7", "!= 7");
    assert_eq!(
        wrong(&[("main.tf", &format!("{ROOT}{other}"))]),
        ["main.tf: tonumber(\"x\"): Terraform cannot evaluate this: a number is required"]
    );
}

#[test]
fn values_that_a_validation_refuses_are_told_at_the_value() {
    let module = "variable \"size\" {\n  type    = string\n  default = \"small\"\n  validation {\n    condition     = \
                  startswith(var.size, \"Standard_\")\n    error_message = \"A size starts with Standard_.\"\n  }\n}\n";
    let module = format!("{module}{POOL}");
    let check = |root: &str, argument: &str| {
        let call =
            format!("{root}module \"aks\" {{\n  source = \"./aks\"\n{argument}}}\nvariable \"any\" {{}}\n");
        wrong(&[("main.tf", &call), ("aks/main.tf", &module)])
    };
    let refused = "Terraform refuses this value of `var.size`: A size starts with Standard_.";
    assert_eq!(check(ROOT, "  size = \"large\"\n"), [format!("main.tf: \"large\": {refused}")]);
    assert_eq!(check(ROOT, ""), [format!("aks/main.tf: \"small\": {refused}")]);
    assert_eq!(check(ROOT, "  size = \"Standard_D2s_v5\"\n"), NONE);
    assert_eq!(check(ROOT, "  size = var.any\n"), NONE);
    assert_eq!(check(ROOT, "  size = var.any ? \"a\" : \"b\"\n"), NONE, "which value is not known");
    assert_eq!(check(ROOT, "  size = \"a\"\n  count = var.any ? 1 : 0\n"), NONE);
    assert_eq!(
        check("", "  size = \"large\"\n"),
        NONE,
        "a library's values are what its callers make of them"
    );
    let files = module.replace("startswith(var.size, \"Standard_\")", "fileexists(var.size)");
    let call = format!("{ROOT}module \"aks\" {{\n  source = \"./aks\"\n}}\n");
    assert!(files.contains("fileexists"));
    assert_eq!(
        wrong(&[("main.tf", &call), ("aks/main.tf", &files)]),
        NONE,
        "something else may make the file"
    );
    let list = "variable \"zones\" {\n  type    = list(string)\n  default = []\n  validation {\n    condition     = \
                var.zones != tolist([])\n    error_message = \"No.\"\n  }\n}\n";
    let list = format!("{ROOT}{list}variable \"size\" {{}}\n{POOL}");
    assert_eq!(wrong(&[("main.tf", &list)]), NONE, "the lists are of different types to Terraform");
}

#[test]
fn elements_of_one_key_are_told_and_the_others_judged() {
    let pools = |items: &str| {
        format!(
            "{ROOT}locals {{\n  pools = [{items}]\n}}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {{\n  \
             for_each = {{ for p in local.pools : p.n => p.s }}\n  vm_size  = each.value\n}}\n"
        )
    };
    let main = pools("{ n = \"a\", s = \"x\" }, { n = \"b\", s = \"y\" }, { n = \"a\", s = \"z\" }");
    assert_eq!(
        wrong(&[("main.tf", &main)]),
        [
            "main.tf: { for p in local.pools : p.n => p.s }: Terraform cannot evaluate this: two elements have the key `a`"
        ]
    );
    let (_, report) = lint(&[("main.tf", &main)]);
    let address = "azurerm_kubernetes_cluster_node_pool.win[\"b\"]";
    assert_eq!(common::field(&report, address, akslint::model::PoolField::VmSize), "\"y\"");
    assert_eq!(wrong(&[("main.tf", &pools("{ n = \"a\", s = \"x\" }, { n = \"b\", s = \"y\" }"))]), NONE);
}

#[test]
fn defaults_that_nobody_can_plan_with_are_for_others_to_give() {
    let main = r#"
terraform {
  backend "azurerm" {}
}
variable "pools" {
  type    = map(object({ size = string }))
  default = {}
}
variable "main" { default = "system" }
variable "version" {
  default = ""
  validation {
    condition     = length(var.version) > 0
    error_message = "Give a version."
  }
}
locals {
  sizes = { a = "Standard_D2s_v5" }
}
resource "azurerm_kubernetes_cluster" "a" {
  name               = "a"
  kubernetes_version = var.version
  default_node_pool {
    name    = local.sizes["b"]
    vm_size = var.pools[var.main].size
  }
}
"#;
    let of_any = "main.tf: local.sizes[\"b\"]: Terraform cannot evaluate this: there is no key `b`";
    assert_eq!(wrong(&[("main.tf", main)]), [of_any]);
    // An input file says that nothing else is given.
    let told = wrong(&[("main.tf", main), ("terraform.tfvars", "version = \"\"\n")]);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().any(|told| told.contains("there is no key `system`")), "{told:?}");
    assert!(told.iter().any(|told| told.contains("Give a version.")), "{told:?}");
}
