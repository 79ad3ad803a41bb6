//! Suppressions, through the binary: in comments of each notation and in the configuration.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use command::{found, run, summary, tree};

/// A root whose tfvars feed a module: the value is written in one file and used in another.
const VARS: &str =
    "pools = {\n  win = {\n    vm_size = \"Standard_D4s_v6\"\n    os_sku  = \"Windows2022\"\n  }\n}\n";
const MAIN: &str = r#"variable "pools" {}
module "pool" {
  source   = "./pool"
  for_each = var.pools
  name     = each.key
  vm_size  = each.value.vm_size
  os_sku   = each.value.os_sku
}
"#;
const MODULE: &str = r#"variable "name" {}
variable "vm_size" {}
variable "os_sku" {}
resource "azurerm_kubernetes_cluster_node_pool" "this" {
  kubernetes_cluster_id = "aks"
  name                  = var.name
  os_type               = "Windows"
  os_sku                = var.os_sku
  vm_size               = var.vm_size
}
"#;
const GEN2: &str = "WindowsGen2OptInMissing";

/// Findings and the count of suppressed ones after a change to one of the three files.
fn with(path: &str, from: &str, to: &str) -> (Vec<String>, u64) {
    let files =
        [("terraform.tfvars", VARS), ("main.tf", MAIN), ("pool/main.tf", MODULE)].map(|(name, text)| {
            let text = if name == path { text.replacen(from, to, 1) } else { text.to_owned() };
            assert!(name != path || text.contains(to), "nothing changed");
            (name, text)
        });
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let dir = tree(&files);
    let suppressed = summary(dir.path(), &[])["suppressed"].as_u64().unwrap();
    (found(dir.path(), &[]), suppressed)
}

#[test]
fn without_one_there_is_a_finding_where_the_value_is_written() {
    assert_eq!(with("", "", ""), (vec![format!("terraform.tfvars:3: {GEN2}")], 0));
}

#[test]
fn it_works_where_the_value_is_written_on_every_hop_and_where_it_is_used() {
    let places = [
        // Beside the value and above it; the entry of the map and the whole variable.
        ("terraform.tfvars", "_v6\"", "_v6\" # akslint: ignore[WindowsGen2OptInMissing] sends the header"),
        ("terraform.tfvars", "    vm_size", "    // akslint: ignore[windowsgen2optinmissing]\n    vm_size"),
        ("terraform.tfvars", "  win", "  /* akslint: ignore[Other, WindowsGen2OptInMissing] */\n  win"),
        ("terraform.tfvars", "pools", "# akslint: ignore-file[WindowsGen2OptInMissing] all of them\n\npools"),
        // The argument of the module and its call.
        (
            "main.tf",
            "vm_size  = each.value.vm_size",
            "vm_size  = each.value.vm_size # akslint: ignore[WindowsGen2OptInMissing]",
        ),
        ("main.tf", "module", "# akslint: ignore[WindowsGen2OptInMissing]\nmodule"),
        // The use, and the resource.
        ("pool/main.tf", "= var.vm_size", "= var.vm_size // akslint: ignore[WindowsGen2OptInMissing]"),
        ("pool/main.tf", "resource", "# akslint: ignore[WindowsGen2OptInMissing]\nresource"),
    ];
    for (path, from, to) in places {
        let (found, suppressed) = with(path, from, to);
        let of_rule: Vec<_> = found.iter().filter(|line| line.ends_with(GEN2)).collect();
        assert_eq!((of_rule.len(), suppressed), (0, 1), "{path}: {to}: {found:?}");
    }
}

#[test]
fn elsewhere_it_suppresses_nothing_and_is_told() {
    let unused = "UnusedSuppression";
    let (found, suppressed) =
        with("terraform.tfvars", "2022\"", "2022\" # akslint: ignore[WindowsGen2OptInMissing]");
    assert_eq!(
        (found, suppressed),
        (vec![format!("terraform.tfvars:3: {GEN2}"), format!("terraform.tfvars:4: {unused}")], 0)
    );
    // Another rule, no rule, and what is not understood.
    for text in ["ignore[RetiredVMSize]", "ignore[WindowsGen2OptInMising]", "ingore[WindowsGen2OptInMissing]"]
    {
        let (found, _) = with("terraform.tfvars", "_v6\"", &format!("_v6\" # akslint: {text}"));
        assert_eq!(
            found,
            [format!("terraform.tfvars:3: {GEN2}"), format!("terraform.tfvars:3: {unused}")],
            "{text}"
        );
    }
}

#[test]
fn what_is_told_says_what_was_meant() {
    let dir = tree(&[(
        "main.tf",
        "# akslint: ignore[WindowsGen2OptInMising]\n\nmodule \"a\" {\n  source = \"./a\"\n}\n",
    )]);
    let ran = run(dir.path(), &["--format", "concise"]);
    assert_eq!(
        ran.out,
        "main.tf:1:19: warning[UnusedSuppression] suppression of `WindowsGen2OptInMising`, which is no rule\n"
    );
    assert!(run(dir.path(), &[]).out.contains("did you mean `WindowsGen2OptInMissing`?"));
    assert_eq!(ran.code, 0);
}

#[test]
fn a_suppression_of_a_rule_that_is_switched_off_or_was_not_asked_for_is_not_called_unused() {
    let text = VARS.replace("_v6\"", "_v6\" # akslint: ignore[WindowsGen2OptInMissing]");
    let dir = tree(&[("terraform.tfvars", &text), ("main.tf", MAIN), ("pool/main.tf", MODULE)]);
    assert_eq!(found(dir.path(), &["--ignore", "WindowsGen2OptInMissing"]), [] as [&str; 0]);
    // With other input files, nothing is known of this one.
    let other = VARS.replace("_v6", "_v5");
    std::fs::write(dir.path().join("other.tfvars"), other).unwrap();
    assert_eq!(found(dir.path(), &["--var-file", "other.tfvars"]), [] as [&str; 0]);
    assert_eq!(found(dir.path(), &["--var", "pools={}"]), [] as [&str; 0]);
    // A complaint can be suppressed like any other finding.
    let text = VARS.replace("_v6\"", "_v5\" # akslint: ignore[WindowsGen2OptInMissing, UnusedSuppression]");
    std::fs::write(dir.path().join("terraform.tfvars"), text).unwrap();
    assert_eq!(found(dir.path(), &[]), [] as [&str; 0]);
}

#[test]
fn one_of_two_pools_that_share_a_value_can_be_suppressed_at_its_use() {
    let pool = |label: &str, comment: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"{label}\" {{\n  kubernetes_cluster_id = \"aks\"\n  \
             name = \"{label}\"\n  os_type = \"Windows\"\n  os_sku = \"Windows2022\"\n  vm_size = var.size{comment}\n}}\n"
        )
    };
    let text = format!(
        "variable \"size\" {{\n  default = \"Standard_D4s_v6\"\n}}\n{}{}",
        pool("one", " # akslint: ignore[WindowsGen2OptInMissing] sends the header"),
        pool("two", "")
    );
    let dir = tree(&[("main.tf", &text)]);
    let ran = run(dir.path(), &["--format", "concise"]);
    assert!(ran.out.contains("agent pool `two`: "), "{}", ran.out);
    assert_eq!(summary(dir.path(), &[])["suppressed"], 1);
}

#[test]
fn text_in_strings_is_no_suppression() {
    let text = VARS.replace("pools = {", "x = \"# akslint: ignore-file[WindowsGen2OptInMissing]\"\ny = <<E\n# akslint: ignore-file[WindowsGen2OptInMissing]\nE\npools = {");
    let dir = tree(&[("terraform.tfvars", &text), ("main.tf", MAIN), ("pool/main.tf", MODULE)]);
    assert_eq!(found(dir.path(), &[]), [format!("terraform.tfvars:7: {GEN2}")]);
}

#[test]
fn it_works_in_json_and_yaml() {
    let template = |comment: &str| {
        format!(
            "{{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\n  \
             \"contentVersion\": \"1.0.0.0\",\n  \"resources\": [\n    {comment}\n    {{\n      \
             \"type\": \"Microsoft.ContainerService/managedClusters/agentPools\",\n      \"apiVersion\": \"2024-05-01\",\n      \
             \"name\": \"aks/win22\",\n      \"properties\": {{\n        \"osType\": \"Windows\",\n        \"osSKU\": \"Windows2022\",\n        \
             \"vmSize\": \"Standard_D4s_v6\"\n      }}\n    }}\n  ]\n}}\n"
        )
    };
    let dir = tree(&[("main.json", &template(""))]);
    assert_eq!(found(dir.path(), &[]), [format!("main.json:13: {GEN2}")]);
    let dir = tree(&[("main.json", &template("// akslint: ignore[WindowsGen2OptInMissing] header"))]);
    assert_eq!(found(dir.path(), &[]), [] as [&str; 0]);

    let pool = "resource \"azurerm_kubernetes_cluster\" \"a\" {\n  name = \"a\"\n  location = \"x\"\n  default_node_pool {\n    name = \"system\"\n    vm_size = \"Standard_D4s_v5\"\n    node_labels = { disk = \"fast\" }\n  }\n}\n";
    let manifest = |comment: &str| {
        format!(
            "{comment}apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector: {{}}\n  template:\n    spec:\n      \
             nodeSelector:\n        disk: slow\n      containers: [{{ image: a }}]\n"
        )
    };
    let rule = "NodeSelectorUnsatisfiable";
    let dir = tree(&[("main.tf", pool), ("web.yaml", &manifest(""))]);
    assert_eq!(found(dir.path(), &[]), [format!("web.yaml:10: {rule}")]);
    let above = manifest("# akslint: ignore[NodeSelectorUnsatisfiable] other cluster\n");
    assert_eq!(found(tree(&[("main.tf", pool), ("web.yaml", &above)]).path(), &[]), [] as [&str; 0]);
    let beside =
        manifest("").replace("disk: slow", "disk: slow # akslint: ignore[NodeSelectorUnsatisfiable]");
    assert_eq!(found(tree(&[("main.tf", pool), ("web.yaml", &beside)]).path(), &[]), [] as [&str; 0]);
}

#[test]
fn the_configuration_suppresses_by_rule_path_cluster_and_pool() {
    let entry = |lines: &str| format!("[[suppress]]\nrules = [\"WindowsGen2OptInMissing\"]\n{lines}\n");
    let cases = [
        ("pools = [\"win\"]", true),
        ("pools = [\"other\"]", false),
        ("paths = [\"*.tfvars\"]", true),
        ("paths = [\"pool\"]", true),
        ("paths = [\"pool/**\"]\npools = [\"win\"]", true),
        ("paths = [\"other\"]", false),
        ("clusters = [\"prod\"]", false),
    ];
    for (lines, works) in cases {
        let files = [
            ("terraform.tfvars", VARS),
            ("main.tf", MAIN),
            ("pool/main.tf", MODULE),
            ("akslint.toml", &entry(lines)),
            (".git/HEAD", ""),
        ];
        let dir = tree(&files);
        let all = found(dir.path(), &[]);
        match works {
            true => assert_eq!(all, [] as [&str; 0], "{lines}"),
            false => {
                assert_eq!(
                    all,
                    ["akslint.toml:2: UnusedSuppression".to_owned(), format!("terraform.tfvars:3: {GEN2}")],
                    "{lines}"
                );
                // Of a part of the files nothing follows for an entry about all.
                assert_eq!(
                    found(dir.path(), &["terraform.tfvars"]),
                    [format!("terraform.tfvars:3: {GEN2}")],
                    "{lines}"
                );
            }
        }
    }
}

#[test]
fn a_cluster_is_told_by_its_name() {
    let cluster = |name: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster\" \"{name}\" {{\n  name = \"{name}\"\n  location = \"x\"\n  \
             kubernetes_version = \"1.26\"\n  default_node_pool {{\n    name = \"system\"\n    vm_size = \"Standard_D4s_v5\"\n  }}\n}}\n"
        )
    };
    let config = "[[suppress]]\nrules = [\"K8sVersionNotSupported\"]\nclusters = [\"old\"]\nreason = \"goes away in May\"\n";
    let text = format!("{}{}", cluster("old"), cluster("new"));
    let dir = tree(&[("main.tf", &text), ("akslint.toml", config)]);
    assert_eq!(found(dir.path(), &[]), ["main.tf:13: K8sVersionNotSupported"]);
}

#[test]
fn a_reason_can_be_demanded() {
    let text = VARS.replace("_v6\"", "_v6\" # akslint: ignore[WindowsGen2OptInMissing]");
    let config = "require-reason = true\n";
    let dir = tree(&[
        ("terraform.tfvars", &text),
        ("main.tf", MAIN),
        ("pool/main.tf", MODULE),
        ("akslint.toml", config),
    ]);
    assert_eq!(found(dir.path(), &[]), ["terraform.tfvars:3: SuppressionWithoutReason"]);
    let config =
        "require-reason = true\n[[suppress]]\nrules = [\"WindowsGen2OptInMissing\"]\npools = [\"win\"]\n";
    let dir = tree(&[
        ("terraform.tfvars", VARS),
        ("main.tf", MAIN),
        ("pool/main.tf", MODULE),
        ("akslint.toml", config),
    ]);
    assert_eq!(found(dir.path(), &[]), ["akslint.toml:2: SuppressionWithoutReason"]);
}

#[test]
fn it_works_in_bicep_and_in_its_parameter_files() {
    let main = |comment: &str| {
        format!(
            "param size string\n{comment}resource pool 'Microsoft.ContainerService/managedClusters/agentPools@2024-05-01' = {{\n  \
             name: 'aks/win22'\n  properties: {{\n    osType: 'Windows'\n    osSKU: 'Windows2022'\n    vmSize: size\n  }}\n}}\n"
        )
    };
    let parameters =
        |comment: &str| format!("using './main.bicep'\nparam size = 'Standard_D4s_v6'{comment}\n");
    let with = |above: &str, beside: &str| {
        let dir = tree(&[("main.bicep", &main(above)), ("main.bicepparam", &parameters(beside))]);
        found(dir.path(), &[])
    };
    assert_eq!(with("", ""), [format!("main.bicepparam:2: {GEN2}")]);
    assert_eq!(with("// akslint: ignore[WindowsGen2OptInMissing] header\n", ""), [] as [&str; 0]);
    assert_eq!(with("", " // akslint: ignore[WindowsGen2OptInMissing] header"), [] as [&str; 0]);
    assert_eq!(with("", " /* akslint: ignore[RetiredVMSize] */").len(), 2);
}
