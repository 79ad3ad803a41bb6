//! `--fix` and `--diff`, through the binary: what is changed, what is not, and what is told.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use std::path::Path;

use command::{found, run, tree};

const NONE: [&str; 0] = [];

/// A pool with a capital in its name, and comments and spacing of its own.
const CAPITAL: &str = "# pools\nresource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  kubernetes_cluster_id = \"aks\"\n  name                  =   \"Win22\" // do not rename\n  os_type               = \"Windows\"\n  os_sku                = \"Windows2022\"\n  vm_size               = \"Standard_D4s_v5\"\n}\n";
const V6: &str = "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n  kubernetes_cluster_id = \"aks\"\n  name                  = \"win\"\n  os_type               = \"Windows\"\n  os_sku                = \"Windows2022\"\n  vm_size               = \"Standard_D4s_v6\"\n}\n";

fn read(dir: &Path, path: &str) -> String {
    std::fs::read_to_string(dir.join(path)).unwrap()
}

#[test]
fn a_safe_edit_is_made_and_nothing_around_it_changes() {
    let dir = tree(&[("main.tf", CAPITAL)]);
    assert_eq!(found(dir.path(), &[]), ["main.tf:4: InvalidAgentPoolName"]);
    let ran = run(dir.path(), &["--fix"]);
    assert_eq!(read(dir.path(), "main.tf"), CAPITAL.replace("Win22", "win22"));
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.err,
        "fixed 1 finding in 1 file\n  main.tf:4:29: replace `Win22` by `win22` (InvalidAgentPoolName)\n"
    );
    assert!(ran.out.contains("no findings"), "{}", ran.out);
    // Nothing is left beside the file, and a second time there is nothing to do.
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(run(dir.path(), &["--fix"]).err, "nothing to fix\n");
}

#[test]
fn a_difference_is_shown_and_nothing_is_written() {
    let dir = tree(&[("main.tf", CAPITAL)]);
    let ran = run(dir.path(), &["--diff"]);
    assert_eq!(read(dir.path(), "main.tf"), CAPITAL);
    let expected = "--- a/main.tf\n+++ b/main.tf\n@@ -1,7 +1,7 @@\n # pools\n resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {\n   kubernetes_cluster_id = \"aks\"\n-  name                  =   \"Win22\" // do not rename\n+  name                  =   \"win22\" // do not rename\n   os_type               = \"Windows\"\n   os_sku                = \"Windows2022\"\n   vm_size               = \"Standard_D4s_v5\"\n";
    assert_eq!((ran.code, ran.out.as_str()), (1, expected));
    assert!(ran.err.starts_with("would fix 1 finding in 1 file\n"), "{}", ran.err);
}

#[test]
fn what_replaces_a_pool_is_done_only_when_asked_for_and_says_so() {
    let dir = tree(&[("main.tf", V6)]);
    let ran = run(dir.path(), &["--fix"]);
    assert_eq!((read(dir.path(), "main.tf").as_str(), ran.code), (V6, 1));
    assert_eq!(ran.err, "1 more edit with --unsafe-fixes; --diff --unsafe-fixes shows them\n");
    let ran = run(dir.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(read(dir.path(), "main.tf"), V6.replace("_v6", "_v5"));
    assert_eq!(ran.code, 0);
    assert!(
        ran.err.contains("replace `Standard_D4s_v6` by `Standard_D4s_v5` (WindowsGen2OptInMissing)"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("    implies: Terraform replaces the agent pool and its nodes;"), "{}", ran.err);
}

#[test]
fn the_place_where_the_value_is_written_is_edited() {
    let module = V6.replace("\"Standard_D4s_v6\"", "var.size") + "variable \"size\" {}\n";
    let main = "module \"pool\" {\n  source = \"./pool\"\n  size   = var.size\n}\nvariable \"size\" {}\n";
    let dir = tree(&[
        ("pool/main.tf", &module),
        ("main.tf", main),
        ("terraform.tfvars", "size = \"Standard_D4s_v6\" # x\n"),
    ]);
    run(dir.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(read(dir.path(), "terraform.tfvars"), "size = \"Standard_D4s_v5\" # x\n");
    assert_eq!((read(dir.path(), "main.tf").as_str(), read(dir.path(), "pool/main.tf")), (main, module));
    // What an expression computes has no such place.
    let computed = V6.replace("\"Standard_D4s_v6\"", "\"Standard_D4s_${\"v6\"}\"");
    let dir = tree(&[("main.tf", &computed)]);
    assert_eq!(run(dir.path(), &["--fix", "--unsafe-fixes"]).err, "nothing to fix\n");
    assert_eq!(read(dir.path(), "main.tf"), computed);
}

#[test]
fn an_edit_that_leaves_its_finding_or_makes_another_is_not_made() {
    // In lower case the name is still too long for Windows.
    let text = CAPITAL.replace("Win22", "Windows");
    let dir = tree(&[("main.tf", &text)]);
    let before = found(dir.path(), &[]);
    run(dir.path(), &["--fix"]);
    assert_eq!((read(dir.path(), "main.tf"), found(dir.path(), &[])), (text, before));
    // A second pool of the name: then it is a new finding that the edit makes.
    let other =
        V6.replace("\"win\"", "\"Nodes\"").replace("Windows2022", "Ubuntu").replace("Windows", "Linux");
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  nodeSelector:\n    agentpool: Nodes\n  containers: [{ image: a }]\n";
    let cluster = "resource \"azurerm_kubernetes_cluster\" \"aks\" {\n  name = \"aks\"\n  location = \"x\"\n  default_node_pool {\n    name = \"system\"\n    vm_size = \"Standard_D4s_v5\"\n  }\n}\n";
    let other = other.replace("= \"aks\"", "= azurerm_kubernetes_cluster.aks.id");
    let dir = tree(&[("main.tf", &format!("{cluster}{other}")), ("web.yaml", manifest)]);
    assert_eq!(found(dir.path(), &[]), ["main.tf:11: InvalidAgentPoolName"]);
    let ran = run(dir.path(), &["--fix"]);
    assert!(ran.err.contains("not fixed: main.tf:11:27: InvalidAgentPoolName: it makes a new finding, NodeSelectorUnsatisfiable"), "{}", ran.err);
    assert_eq!(read(dir.path(), "main.tf"), format!("{cluster}{other}"));
}

#[test]
fn a_safe_edit_changes_no_other_pool() {
    // The value is wrong for the one pool and right for the other.
    let pool = |label: &str, os: &str, sku: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster_node_pool\" \"{label}\" {{\n  kubernetes_cluster_id = \"aks\"\n  \
             name = \"{label}\"\n  mode = var.mode\n  os_type = \"{os}\"\n  os_sku = \"{sku}\"\n  vm_size = \"Standard_D4s_v5\"\n}}\n"
        )
    };
    let text = format!(
        "variable \"mode\" {{\n  default = \"System\"\n}}\n{}{}",
        pool("win", "Windows", "Windows2022"),
        pool("lin", "Linux", "Ubuntu")
    );
    let dir = tree(&[("main.tf", &text)]);
    assert_eq!(found(dir.path(), &[]), ["main.tf:2: SystemPoolMustBeLinux"]);
    let ran = run(dir.path(), &["--fix"]);
    assert_eq!(read(dir.path(), "main.tf"), text);
    assert!(ran.err.contains("not fixed: main.tf:2:13: SystemPoolMustBeLinux: it changes `mode` of agent pool azurerm_kubernetes_cluster_node_pool.lin too"), "{}", ran.err);
    // Of several edits, the others are made.
    let dir = tree(&[("a/main.tf", &text), ("b/main.tf", CAPITAL)]);
    let ran = run(dir.path(), &["--fix"]);
    assert!(
        ran.err.starts_with("fixed 1 finding in 1 file\n  b/main.tf:4:29: ")
            && ran.err.contains("not fixed: a/main.tf:2:13"),
        "{}",
        ran.err
    );
    assert_eq!(read(dir.path(), "b/main.tf"), CAPITAL.replace("Win22", "win22"));
}

#[test]
fn selectors_and_json_keep_their_notation() {
    let pool = "resource \"azurerm_kubernetes_cluster\" \"a\" {\n  name = \"a\"\n  location = \"x\"\n  default_node_pool {\n    name = \"system\"\n    vm_size = \"Standard_D4s_v5\"\n    node_labels = { workload = \"frontend\" }\n  }\n}\n";
    let manifest = |selector: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  nodeSelector: # where\n    {selector}  # here\n  containers: [{{ image: a }}]\n"
        )
    };
    for (from, to) in [
        ("workload: frontent", "workload: frontend"),
        ("workload: 'frontent'", "workload: 'frontend'"),
        ("worklod: frontend", "workload: frontend"),
        ("\"worklod\": \"frontend\"", "\"workload\": \"frontend\""),
    ] {
        let dir = tree(&[("main.tf", pool), ("web.yaml", &manifest(from))]);
        let ran = run(dir.path(), &["--fix"]);
        assert_eq!(read(dir.path(), "web.yaml"), manifest(to), "{from}: {}", ran.err);
        assert_eq!(ran.code, 0, "{from}");
    }
    let template = "{\r\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\r\n  \"contentVersion\": \"1.0.0.0\",\r\n  \"resources\": [ /* one */\r\n    {\r\n      \"type\": \"Microsoft.ContainerService/managedClusters/agentPools\",\r\n      \"apiVersion\": \"2024-05-01\",\r\n      \"name\": \"aks/win25\",\r\n      \"properties\": { \"osType\": \"Windows\", \"osSKU\": \"Windows2025\", \"enableFIPS\": false, \"vmSize\": \"Standard_D4s_v5\" }\r\n    }\r\n  ]\r\n}\r\n";
    let dir = tree(&[("main.json", template)]);
    let ran = run(dir.path(), &["--fix"]);
    assert_eq!(read(dir.path(), "main.json"), template.replace("false", "true"), "{}", ran.err);
}

#[test]
fn bicep_keeps_its_quotes() {
    let text = "resource pool 'Microsoft.ContainerService/managedClusters/agentPools@2024-05-01' = {\n  name: 'aks/win25'\n  properties: {\n    osType: 'Windows'\n    osSKU: 'Windows2022' // stays\n    vmSize: 'Standard_D4s_v6'\n  }\n}\n";
    let dir = tree(&[("main.bicep", text)]);
    let ran = run(dir.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(read(dir.path(), "main.bicep"), text.replace("_v6", "_v5"), "{}", ran.err);
    assert!(
        ran.err.contains("implies: AKS does not change the VM size of an agent pool that exists"),
        "{}",
        ran.err
    );
}

#[test]
fn an_unused_suppression_is_removed_with_its_line() {
    let text = V6
        .replace("_v6", "_v5")
        .replace("  name", "  # akslint: ignore[WindowsGen2OptInMissing] header\n  name");
    let dir = tree(&[("main.tf", &text)]);
    assert_eq!(found(dir.path(), &[]), ["main.tf:3: UnusedSuppression"]);
    run(dir.path(), &["--fix"]);
    assert_eq!(read(dir.path(), "main.tf"), V6.replace("_v6", "_v5"));
}

#[test]
fn a_finding_that_is_suppressed_or_in_the_baseline_is_not_edited() {
    let dir = tree(&[("main.tf", CAPITAL)]);
    run(dir.path(), &["--write-baseline", "b.json"]);
    assert_eq!(run(dir.path(), &["--fix", "--baseline", "b.json"]).err, "nothing to fix\n");
    assert_eq!(read(dir.path(), "main.tf"), CAPITAL);
    let text = CAPITAL.replace("// do not rename", "// akslint: ignore[InvalidAgentPoolName]");
    let dir = tree(&[("main.tf", &text)]);
    assert_eq!(run(dir.path(), &["--fix"]).err, "nothing to fix\n");
}

#[test]
fn a_file_of_other_people_is_not_edited() {
    let main = "module \"pool\" {\n  source = \"./vendor/pool\"\n}\n";
    let dir = tree(&[("main.tf", main), ("vendor/pool/main.tf", CAPITAL)]);
    run(dir.path(), &["--fix", "--unsafe-fixes"]);
    assert_eq!(read(dir.path(), "vendor/pool/main.tf"), CAPITAL);
}

#[test]
fn a_read_only_file_stays_as_it_is() {
    let dir = tree(&[("main.tf", CAPITAL)]);
    let path = dir.path().join("main.tf");
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let ran = run(dir.path(), &["--fix"]);
    assert_eq!((read(dir.path(), "main.tf").as_str(), ran.code), (CAPITAL, 2));
    assert!(ran.err.contains("akslint: cannot write main.tf: it is read-only\n"), "{}", ran.err);
}

#[test]
fn the_difference_of_a_file_with_a_mark_at_its_start_is_a_patch() {
    // The first line as context, as what goes and comes, and a mark elsewhere, which is shown.
    for (text, lines) in [
        (format!("\u{feff}{CAPITAL}"), vec![" \u{feff}# pools"]),
        (format!("\u{feff}# a \u{feff}\n{CAPITAL}"), vec![" \u{feff}# a \u{fffd}"]),
        (
            format!("\u{feff}{}", CAPITAL.replace("# pools\n", "").replace("\n  ", " ")),
            vec!["-\u{feff}resource", "+\u{feff}resource"],
        ),
    ] {
        let dir = tree(&[("main.tf", &text)]);
        let ran = run(dir.path(), &["--diff"]);
        for line in lines {
            assert!(ran.out.contains(&format!("\n{line}")), "{line:?} in {ran:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_with_other_names_is_not_edited_and_what_an_earlier_run_left_is_in_nobodys_way() {
    use std::os::unix::fs::MetadataExt;
    let dir = tree(&[("main.tf", CAPITAL)]);
    let [path, other] = ["main.tf", "other.txt"].map(|name| dir.path().join(name));
    std::fs::hard_link(&path, &other).unwrap();
    let ran = run(dir.path(), &["--fix"]);
    assert_eq!((read(dir.path(), "main.tf").as_str(), ran.code), (CAPITAL, 2));
    assert!(ran.err.contains("cannot write main.tf: it has other names (hard links)"), "{}", ran.err);
    assert_eq!(std::fs::metadata(&path).unwrap().nlink(), 2);
    std::fs::remove_file(&other).unwrap();
    assert_eq!(run(dir.path(), &["--fix"]).code, 0);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_leaves_the_project_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let outside = tree(&[("main.tf", CAPITAL)]);
    let dir = tree(&[(".git/HEAD", "")]);
    symlink(outside.path().join("main.tf"), dir.path().join("main.tf")).unwrap();
    let ran = run(dir.path(), &["main.tf", "--fix"]);
    assert_eq!(read(outside.path(), "main.tf"), CAPITAL, "{ran:?}");
    assert!(
        ran.err.contains("akslint: cannot write main.tf: it lies outside of the project\n"),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, 2);

    let dir = tree(&[("main.tf", CAPITAL)]);
    std::fs::set_permissions(dir.path().join("main.tf"), std::fs::Permissions::from_mode(0o600)).unwrap();
    run(dir.path(), &["--fix"]);
    assert_eq!(std::fs::metadata(dir.path().join("main.tf")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(found(dir.path(), &[]), NONE);
}
