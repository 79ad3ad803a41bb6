//! `akslint.toml`, through the binary.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use command::{found, run, summary, tree};

/// A root with a size that retires in 2028 and an operating system that retired.
const MAIN: &str = r#"resource "azurerm_kubernetes_cluster_node_pool" "win" {
  kubernetes_cluster_id = "aks"
  name                  = "win"
  os_type               = "Windows"
  os_sku                = "Windows2022"
  vm_size               = "Standard_D4s_v6"
}
"#;
const GEN2: &str = "WindowsGen2OptInMissing";
const NONE: [&str; 0] = [];

fn with(config: &str, args: &[&str]) -> Vec<String> {
    found(tree(&[("main.tf", MAIN), ("akslint.toml", config)]).path(), args)
}

#[test]
fn rules_are_chosen_by_id_kind_and_what_they_look_at() {
    let line = [format!("main.tf:6: {GEN2}")];
    assert_eq!(with("", &[]), line);
    for name in ["WindowsGen2OptInMissing", "deploy_failure", "agent_pool", "all", "ALL"] {
        assert_eq!(with(&format!("ignore = [\"{name}\"]"), &[]), NONE, "{name}");
        assert_eq!(with(&format!("extend-ignore = [\"{name}\"]"), &[]), NONE, "{name}");
    }
    for name in ["cluster", "advice", "RetiredVMSize"] {
        assert_eq!(with(&format!("ignore = [\"{name}\"]"), &[]), line, "{name}");
    }
    // The more precise name wins, then `ignore`.
    assert_eq!(with("ignore = [\"all\"]\nselect = [\"WindowsGen2OptInMissing\"]", &[]), line);
    assert_eq!(with("ignore = [\"WindowsGen2OptInMissing\"]\nselect = [\"all\"]", &[]), NONE);
    assert_eq!(with("ignore = [\"deploy_failure\"]\nselect = [\"agent_pool\"]", &[]), NONE);
    // The command line wins over all.
    assert_eq!(with("ignore = [\"WindowsGen2OptInMissing\"]", &["--select", "all"]), line);
    assert_eq!(with("select = [\"WindowsGen2OptInMissing\"]", &["--ignore", "all"]), NONE);
}

#[test]
fn advice_is_asked_for_by_select() {
    let main = MAIN.replace("_v6", "_v5");
    let with = |config: &str| found(tree(&[("main.tf", &main), ("akslint.toml", config)]).path(), &[]);
    assert_eq!(with(""), NONE);
    assert_eq!(with("select = [\"advice\"]"), ["main.tf:5: WindowsGen2NotUsed"]);
    assert_eq!(with("extend-select = [\"WindowsGen2NotUsed\"]"), ["main.tf:5: WindowsGen2NotUsed"]);
}

#[test]
fn severities_decide_what_is_shown_and_what_fails() {
    let code = |config: &str, args: &[&str]| {
        run(tree(&[("main.tf", MAIN), ("akslint.toml", config)]).path(), args).code
    };
    assert_eq!(code("", &[]), 1);
    assert_eq!(code("[severity]\nWindowsGen2OptInMissing = \"warning\"", &[]), 0);
    assert_eq!(code("fail-on = \"warning\"\n[severity]\nwindowsgen2optinmissing = \"warning\"", &[]), 1);
    assert_eq!(code("fail-on = \"never\"", &[]), 0);
    assert_eq!(code("fail-on = \"never\"", &["--fail-on", "error"]), 1);
    assert_eq!(with("[severity]\nWindowsGen2OptInMissing = \"info\"", &[]), NONE);
    assert_eq!(with("[severity]\nWindowsGen2OptInMissing = \"off\"", &[]), NONE);
    let dir =
        tree(&[("main.tf", MAIN), ("akslint.toml", "[severity]\nWindowsGen2OptInMissing = \"warning\"")]);
    assert!(run(dir.path(), &["--format", "concise"]).out.contains(": warning[WindowsGen2OptInMissing]"));
}

#[test]
fn the_horizon_of_retirements_is_a_number_of_days() {
    let main = MAIN
        .replace("Standard_D4s_v6", "Standard_F4s")
        .replace("os_sku ", "# os_sku ")
        .replace("Windows", "Linux");
    let with = |config: &str, args: &[&str]| {
        found(tree(&[("main.tf", &main), ("akslint.toml", config)]).path(), args)
    };
    assert_eq!(with("", &[]), NONE);
    assert_eq!(with("retirement-horizon-days = 3650", &[]), ["main.tf:6: RetiringVMSize"]);
    assert_eq!(with("retirement-horizon-days = 3650", &["--horizon", "10"]), NONE);
}

#[test]
fn what_stands_nearer_wins_up_to_a_root() {
    let below = "ignore = []\n";
    let dir = tree(&[
        (".git/HEAD", ""),
        ("akslint.toml", "ignore = [\"WindowsGen2OptInMissing\"]\n"),
        ("a/main.tf", MAIN),
        ("b/main.tf", MAIN),
        ("b/akslint.toml", below),
        ("c/main.tf", MAIN),
        ("c/akslint.toml", "fail-on = \"never\"\n"),
        ("d/main.tf", MAIN),
        ("d/akslint.toml", "root = true\n"),
    ]);
    assert_eq!(found(dir.path(), &[]), [format!("b/main.tf:6: {GEN2}"), format!("d/main.tf:6: {GEN2}")]);
    // The same from wherever it is asked.
    assert_eq!(found(dir.path(), &["a"]), NONE);
    assert_eq!(found(dir.path(), &["b/main.tf"]), [format!("b/main.tf:6: {GEN2}")]);
    assert_eq!(found(&dir.path().join("a"), &[]), NONE);
    assert_eq!(found(dir.path(), &["--no-config"]).len(), 4);
    assert_eq!(found(dir.path(), &["--config", "b/akslint.toml"]).len(), 4);
}

#[test]
fn a_configuration_above_a_project_without_git_is_found() {
    let dir = tree(&[("akslint.toml", "ignore = [\"all\"]\n"), ("envs/prod/main.tf", MAIN)]);
    assert_eq!(found(dir.path(), &["envs/prod"]), NONE);
}

#[test]
fn paths_have_choices_of_their_own() {
    let config = "[[per-path]]\npaths = [\"dev\", \"**/old-*\"]\nignore = [\"deploy_failure\"]\n";
    let dir = tree(&[
        ("akslint.toml", config),
        ("dev/main.tf", MAIN),
        ("x/y/old-1/main.tf", MAIN),
        ("prod/main.tf", MAIN),
    ]);
    assert_eq!(found(dir.path(), &[]), [format!("prod/main.tf:6: {GEN2}")]);
}

#[test]
fn a_configuration_builds_on_others() {
    let dir = tree(&[
        (".git/HEAD", ""),
        ("akslint.toml", "extends = \"shared/base.toml\"\nextend-select = [\"advice\"]\n"),
        ("shared/base.toml", "extends = [\"more.toml\"]\nignore = [\"WindowsGen2OptInMissing\"]\n"),
        ("shared/more.toml", "fail-on = \"never\"\n"),
        ("main.tf", MAIN),
    ]);
    assert_eq!(found(dir.path(), &[]), NONE);
    let shown = run(dir.path(), &["config"]).out;
    assert!(shown.contains("\"advice\",") && shown.contains("# akslint.toml:2"), "{shown}");
    assert!(shown.contains("# shared/base.toml:2") && shown.contains("# shared/more.toml:1"), "{shown}");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_nothing_is_linted() {
    let cases = [
        ("[severity", "akslint.toml:1:10: expected a right bracket, found eof"),
        ("select = [\"a", "akslint.toml:1:11: unterminated string"),
        ("root = true\nroot = true", "akslint.toml:2:1: duplicate key: `root`"),
        ("selct = []", "akslint.toml:1:1: unknown key `selct`; did you mean `select`?"),
        (
            "[[per-path]]\npaths = [\"a\"]\nigore = []",
            "akslint.toml:3:1: unknown key `igore`; did you mean `ignore`?",
        ),
        (
            "ignore = [\n  \"WindowsGen2OptInMising\",\n]",
            "akslint.toml:2:4: no such rule: WindowsGen2OptInMising; did you mean `WindowsGen2OptInMissing`?",
        ),
        (
            "[severity]\nNope = \"error\"",
            "akslint.toml:2:1: no such rule: Nope; `akslint rules` lists them all",
        ),
        (
            "[severity]\nRetiredVMSize = \"fatal\"",
            "akslint.toml:2:18: `RetiredVMSize` is one of \"error\", \"warning\", \"info\", \"off\"",
        ),
        (
            "fail-on = true",
            "akslint.toml:1:11: `fail-on` is one of \"error\", \"warning\", \"info\", \"never\"",
        ),
        (
            "retirement-horizon-days = -1",
            "akslint.toml:1:27: `retirement-horizon-days` is a number of days, from 0 to 36500",
        ),
        ("select = \"advice\"", "akslint.toml:1:11: `select` is a list of strings"),
        ("root = 1", "akslint.toml:1:8: `root` is true or false"),
        ("[suppress]\nrules = []", "akslint.toml:1:1: tables are expected here: write [[suppress]]"),
        (
            "[[suppress]]\nrules = [\"RetiredVMSize\"]",
            "akslint.toml:1:1: say where: `paths`, `clusters` or `pools`; to switch a rule off, use `ignore`",
        ),
        (
            "[[per-path]]\nignore = []",
            "akslint.toml:1:1: `paths` is missing: patterns such as \"envs/dev/**\"",
        ),
        (
            "[[per-path]]\npaths = [\"a{\"]",
            "akslint.toml:2:11: `a{` is no path pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)",
        ),
        ("[[per-path]]\npaths = [\"../x\"]", "akslint.toml:2:11: `../x` leaves the folder of this file"),
        ("[[terraform]]\nroot = \"nope\"", "akslint.toml:1:1: no such file or folder: nope"),
        (
            "[[terraform]]\nroot = \".\"\nvar-files = [\"no.tfvars\"]",
            "akslint.toml:3:15: cannot read no.tfvars: no such file or folder",
        ),
        (
            "extends = \"akslint.toml\"",
            "akslint.toml:1:12: `extends` goes in a circle: akslint.toml builds on this file",
        ),
        ("extends = \"no.toml\"", "akslint.toml:1:12: cannot read no.toml: no such file or folder"),
        ("extends = \"../../etc/passwd\"", "lies outside of the project"),
        ("select = [", "akslint.toml:1:"),
        ("a = 1\na = 2", "akslint.toml:2:1: "),
    ];
    for (config, said) in cases {
        let dir = tree(&[("main.tf", MAIN), ("akslint.toml", config), (".git/HEAD", "")]);
        let ran = run(dir.path(), &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{config}");
        assert!(ran.err.starts_with("akslint: ") && ran.err.contains(said), "{config}: {}", ran.err);
    }
    // All of it at once.
    let dir = tree(&[("main.tf", MAIN), ("akslint.toml", "selct = []\nfail-on = 1\n")]);
    assert_eq!(run(dir.path(), &[]).err.lines().count(), 2);
    // Not UTF-8, and a folder of that name.
    let dir = tree(&[("main.tf", MAIN)]);
    command::write(dir.path(), "akslint.toml", b"x = \"\xff\"");
    assert!(run(dir.path(), &[]).err.contains("cannot read akslint.toml: not UTF-8 text"));
    let ran = run(dir.path(), &["--config", "nope.toml"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "akslint: no such file or folder: nope.toml\n"));
}

#[test]
fn a_circle_of_several_files_is_told() {
    let dir = tree(&[
        ("akslint.toml", "extends = \"b.toml\"\n"),
        ("b.toml", "extends = \"c.toml\"\n"),
        ("c.toml", "extends = \"b.toml\"\n"),
        ("main.tf", MAIN),
    ]);
    let ran = run(dir.path(), &[]);
    assert!(
        ran.err.contains("c.toml:1:12: `extends` goes in a circle: b.toml builds on this file"),
        "{}",
        ran.err
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_read_through_a_link_that_leaves_the_project() {
    let outside = tree(&[("secret.toml", "password = \"x\"\n")]);
    let dir = tree(&[(".git/HEAD", ""), ("akslint.toml", "extends = \"link.toml\"\n"), ("main.tf", MAIN)]);
    std::os::unix::fs::symlink(outside.path().join("secret.toml"), dir.path().join("link.toml")).unwrap();
    let ran = run(dir.path(), &[]);
    assert!(ran.err.contains("link.toml lies outside of the project"), "{}", ran.err);
    assert!(!ran.err.contains("password"), "{}", ran.err);
}

#[test]
fn the_input_files_of_a_root_are_chosen() {
    let main = MAIN.replace("\"Standard_D4s_v6\"", "var.size") + "variable \"size\" {}\n";
    let files = |config: &str| {
        tree(&[
            (".git/HEAD", ""),
            ("akslint.toml", config),
            ("r/main.tf", &main),
            ("r/good.tfvars", "size = \"Standard_D4s_v5\"\n"),
            ("r/bad.tfvars", "size = \"Standard_D4s_v6\"\n"),
        ])
    };
    let bad = [format!("r/bad.tfvars:1: {GEN2}")];
    assert_eq!(found(files("").path(), &[]), bad);
    let chosen = "[[terraform]]\nroot = \"r\"\nvar-files = [\"r/good.tfvars\"]\n";
    assert_eq!(found(files(chosen).path(), &[]), NONE);
    let both = format!("{chosen}[[terraform]]\nroot = \"r\"\nvar-files = [\"r/bad.tfvars\"]\n");
    assert_eq!(found(files(&both).path(), &[]), bad);
    // Together, as Terraform is given them: the later one wins.
    let later = "[[terraform]]\nroot = \"r\"\nvar-files = [\"r/bad.tfvars\", \"r/good.tfvars\"]\n";
    assert_eq!(found(files(later).path(), &[]), NONE);
    assert_eq!(found(files("alternatives = false").path(), &[]), NONE);
    assert_eq!(found(files(chosen).path(), &["--var-file", "r/bad.tfvars"]), bad);
}

#[test]
fn the_parameter_files_of_a_template_are_chosen() {
    let files = |config: &str| {
        tree(&[
            (".git/HEAD", ""),
            ("akslint.toml", config),
            ("aks.json", COMPILED),
            ("aks.parameters.good.json", &size_parameter("Standard_D4s_v5")),
            ("aks.parameters.bad.json", &size_parameter("Standard_D4s_v6")),
        ])
    };
    let bad = [format!("aks.parameters.bad.json:4: {GEN2}")];
    assert_eq!(found(files("").path(), &[]), bad);
    let chosen = "[[arm]]\ntemplate = \"aks.json\"\nparameter-files = [\"aks.parameters.good.json\"]\n";
    assert_eq!(found(files(chosen).path(), &[]), NONE);
    assert_eq!(found(files(&chosen.replace("good", "bad")).path(), &[]), bad);
    assert_eq!(found(files("alternatives = false").path(), &[]), NONE);
}

const BICEP: &str = "param size string\n\nresource pool 'Microsoft.ContainerService/managedClusters/agentPools@2024-05-01' = {\n  \
                     name: 'aks/win22'\n  properties: {\n    osType: 'Windows'\n    osSKU: 'Windows2022'\n    vmSize: size\n  }\n}\n";

/// A JSON parameter file that gives `size`.
fn size_parameter(size: &str) -> String {
    format!(
        "{{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#\",\n  \"contentVersion\": \"1.0.0.0\",\n  \"parameters\": {{ \"size\": {{ \"value\": \"{size}\" }} }}\n}}\n"
    )
}

#[test]
fn the_parameter_files_of_a_bicep_template_are_chosen() {
    let given = |size: &str| format!("using 'aks.bicep'\nparam size = '{size}'\n");
    let files = |config: &str| {
        tree(&[
            (".git/HEAD", ""),
            ("akslint.toml", config),
            ("aks.bicep", BICEP),
            ("good.bicepparam", &given("Standard_D4s_v5")),
            ("bad.bicepparam", &given("Standard_D4s_v6")),
            ("aks.parameters.bad.json", &size_parameter("Standard_D4s_v6")),
            // Nothing but the configuration says what these are for.
            (".ignore", "left-out/\n"),
            ("left-out/bad.bicepparam", "using '../aks.bicep'\n\nparam size = 'Standard_D4s_v6'\n"),
            ("elsewhere/good.json", &size_parameter("Standard_D4s_v5")),
            ("elsewhere/bad.json", &size_parameter("Standard_D4s_v6")),
        ])
    };
    let (bad, bad_json) = (format!("bad.bicepparam:2: {GEN2}"), format!("aks.parameters.bad.json:4: {GEN2}"));
    assert_eq!(found(files("").path(), &[]), [bad_json.clone(), bad.clone()]);
    let choose = |file: &str| format!("[[arm]]\ntemplate = \"aks.bicep\"\nparameter-files = [\"{file}\"]\n");
    assert_eq!(found(files(&choose("good.bicepparam")).path(), &[]), NONE);
    assert_eq!(found(files(&choose("bad.bicepparam")).path(), &[]), [bad]);
    assert_eq!(found(files(&choose("aks.parameters.bad.json")).path(), &[]), [bad_json]);
    assert_eq!(found(files(&choose("elsewhere/good.json")).path(), &[]), NONE);
    let elsewhere = format!("elsewhere/bad.json:4: {GEN2}");
    assert_eq!(found(files(&choose("elsewhere/bad.json")).path(), &[]), [elsewhere]);
    let left_out = format!("left-out/bad.bicepparam:3: {GEN2}");
    assert_eq!(found(files(&choose("left-out/bad.bicepparam")).path(), &["."]), [left_out]);
    assert_eq!(found(files("alternatives = false").path(), &[]), NONE);
    assert_eq!(found(files("").path(), &["--no-alternatives"]), NONE);
    for file in ["good.bicepparam", "elsewhere/good.json", "left-out/bad.bicepparam"] {
        let summary = summary(files(&choose(file)).path(), &[]);
        assert_eq!(summary["unread"], serde_json::json!([]), "{file}");
    }
}

/// What Bicep's compiler would make of [`BICEP`].
const COMPILED: &str = r#"{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "metadata": { "_generator": { "name": "bicep", "version": "0.30.0", "templateHash": "1" } },
  "parameters": { "size": { "type": "string" } },
  "resources": [
    {
      "type": "Microsoft.ContainerService/managedClusters/agentPools",
      "apiVersion": "2024-05-01",
      "name": "aks/win22",
      "properties": { "osType": "Windows", "osSKU": "Windows2022", "vmSize": "[parameters('size')]" }
    }
  ]
}
"#;

#[test]
fn the_parameter_files_of_a_compiled_template_are_those_of_its_bicep() {
    let files = |file: &str, caller: &str| {
        let config = format!("[[arm]]\ntemplate = \"aks.json\"\nparameter-files = [\"{file}\"]\n");
        tree(&[
            (".git/HEAD", ""),
            ("akslint.toml", &config),
            ("aks.bicep", BICEP),
            ("aks.json", COMPILED),
            ("caller.bicep", caller),
            ("aks.parameters.bad.json", &size_parameter("Standard_D4s_v6")),
            ("elsewhere/good.json", &size_parameter("Standard_D4s_v5")),
        ])
    };
    let bad = format!("aks.parameters.bad.json:4: {GEN2}");
    assert_eq!(found(files("aks.parameters.bad.json", "").path(), &[]), [bad]);
    assert_eq!(found(files("elsewhere/good.json", "").path(), &[]), NONE);
    // As the module of another file it has no parameter files.
    let caller = "module pool 'aks.bicep' = {\n  params: { size: 'Standard_D4s_v5' }\n}\n";
    let told = found(files("elsewhere/good.json", caller).path(), &[]);
    assert!(matches!(told.as_slice(), [one] if one.starts_with("akslint.toml:1: ")), "{told:?}");
}

#[test]
fn a_parameter_file_that_is_chosen_for_a_template_that_it_does_not_fit_is_told() {
    let dir = tree(&[
        (".git/HEAD", ""),
        ("akslint.toml", "[[arm]]\ntemplate = \"aks.bicep\"\nparameter-files = [\"other.json\"]\n"),
        ("aks.bicep", BICEP),
        ("other.json", &size_parameter("Standard_D4s_v6").replace("\"size\"", "\"region\"")),
    ]);
    assert_eq!(found(dir.path(), &[]), ["other.json:1: Syntax"]);
}

#[test]
fn the_parameter_files_of_one_template_leave_another_alone() {
    let given = |template: &str, size: &str| format!("using '{template}.bicep'\nparam size = '{size}'\n");
    let dir = tree(&[
        (".git/HEAD", ""),
        ("akslint.toml", "[[arm]]\ntemplate = \"a.bicep\"\nparameter-files = [\"a.bicepparam\"]\n"),
        ("a.bicep", BICEP),
        ("b.bicep", &BICEP.replace("win22", "win25")),
        ("a.bicepparam", &given("a", "Standard_D4s_v5")),
        ("b.bicepparam", &given("b", "Standard_D4s_v6")),
    ]);
    assert_eq!(found(dir.path(), &[]), [format!("b.bicepparam:2: {GEN2}")]);
}

#[test]
fn the_var_files_of_a_terragrunt_unit_are_chosen() {
    let module = MAIN.replace("\"Standard_D4s_v6\"", "var.size") + "variable \"size\" {}\n";
    let unit = "terraform {\n  source = \"../../modules/pool\"\n}\n";
    let files = |config: &str| {
        tree(&[
            (".git/HEAD", ""),
            ("akslint.toml", config),
            ("modules/pool/main.tf", &module),
            ("live/prod/terragrunt.hcl", unit),
            ("live/prod/good.tfvars", "size = \"Standard_D4s_v5\"\n"),
            ("live/prod/bad.tfvars", "size = \"Standard_D4s_v6\"\n"),
        ])
    };
    let chosen = |file: &str| {
        format!("[[terraform]]\nroot = \"live/prod\"\nvar-files = [\"live/prod/{file}.tfvars\"]\n")
    };
    assert_eq!(found(files(&chosen("good")).path(), &[]), NONE);
    assert_eq!(found(files(&chosen("bad")).path(), &[]), [format!("live/prod/bad.tfvars:1: {GEN2}")]);
    assert_eq!(found(files("alternatives = false").path(), &[]), NONE);
    // A unit's own var file on the command line, which wins over its inputs.
    let bad = ["--var-file", "live/prod/bad.tfvars"];
    assert_eq!(found(files(&chosen("good")).path(), &bad), [format!("live/prod/bad.tfvars:1: {GEN2}")]);
    // Two sets are two runs, each named.
    let twice = format!("{}{}", chosen("good"), chosen("bad"));
    let ran = run(files(&twice).path(), &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let scenarios = &json["diagnostics"][0]["scenarios"];
    assert_eq!(scenarios, &serde_json::json!(["live/prod/terragrunt.hcl with live/prod/bad.tfvars"]));
    let unit_with_inputs = format!("{unit}inputs = {{\n  size = \"Standard_D4s_v6\"\n}}\n");
    let own = tree(&[
        (".git/HEAD", ""),
        ("akslint.toml", "alternatives = false"),
        ("modules/pool/main.tf", &module),
        ("live/prod/terragrunt.hcl", &unit_with_inputs),
    ]);
    assert_eq!(found(own.path(), &[]), [format!("live/prod/terragrunt.hcl:5: {GEN2}")]);
}

#[test]
fn workloads_are_judged_against_the_clusters_they_run_on() {
    let cluster = |name: &str, label: &str| {
        format!(
            "resource \"azurerm_kubernetes_cluster\" \"{name}\" {{\n  name = \"{name}\"\n  location = \"x\"\n  \
             default_node_pool {{\n    name = \"system\"\n    vm_size = \"Standard_D4s_v5\"\n    \
             node_labels = {{ disk = \"{label}\" }}\n  }}\n}}\n"
        )
    };
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector: {}\n  template:\n    spec:\n      nodeSelector:\n        disk: fast\n      containers: [{ image: a }]\n";
    let files = |config: &str| {
        tree(&[
            ("akslint.toml", config),
            ("prod/main.tf", &cluster("prod", "fast")),
            ("dev/main.tf", &cluster("dev", "slow")),
            ("k8s/web.yaml", manifest),
        ])
    };
    let on = |cluster: &str| format!("[[workloads]]\npaths = [\"k8s\"]\nclusters = [\"{cluster}\"]\n");
    assert_eq!(found(files("").path(), &[]), NONE);
    assert_eq!(found(files(&on("prod")).path(), &[]), NONE);
    assert_eq!(found(files(&on("dev")).path(), &[]), ["k8s/web.yaml:10: NodeSelectorUnsatisfiable"]);
    // Of a cluster that nobody has seen, nothing is known.
    assert_eq!(found(files(&on("test")).path(), &[]), NONE);
}

#[test]
fn the_effective_configuration_is_shown_with_its_origins() {
    let config = "ignore = [\"retirement\"]\nfail-on = \"warning\"\n\n[severity]\nRetiredVMSize = \"off\"\n\n[[per-path]]\npaths = [\"dev\"]\nrequire-reason = true\n";
    let dir = tree(&[("akslint.toml", config), ("dev/main.tf", MAIN)]);
    let flags = ["--fail-on", "info", "--horizon", "30", "--select", "advice", "--ignore", "retirement"];
    let shown = run(dir.path(), &[&["config", "dev/main.tf"], &flags[..]].concat()).out;
    for line in ["\"advice\",", "fail-on = \"info\"", "retirement-horizon-days = 30"] {
        let said = shown.lines().find(|have| have.trim().starts_with(line)).unwrap();
        assert!(said.ends_with("# command line"), "{shown}");
    }
    let ran = run(dir.path(), &["config", "dev/main.tf", "--no-alternatives"]);
    let expected = r#"# dev/main.tf
# from akslint.toml

select = []                    # default
ignore = [
  "retirement",                # akslint.toml:1
]
fail-on = "warning"            # akslint.toml:2
retirement-horizon-days = 180  # default
require-reason = true          # akslint.toml:9
alternatives = false           # command line
facts = []                     # default

[severity]
RetiredVMSize = "off"          # akslint.toml:5
"#;
    assert_eq!((ran.code, ran.out.as_str()), (0, expected));
    let ran = run(tree(&[]).path(), &["config"]);
    assert!(ran.out.contains("# no configuration file\n"), "{}", ran.out);
}

#[test]
fn what_is_said_of_roots_templates_workloads_and_findings_is_shown_where_it_counts() {
    let config = "[[terraform]]\nroot = \"a\"\nvar-files = \"a/x.tfvars\"\n\n[[workloads]]\npaths = [\"k8s/*\"]\nclusters = [\"prod\"]\n";
    let near = "[[arm]]\ntemplate = \"t.json\"\nparameter-files = [\"p.json\"]\n\n[[suppress]]\nrules = [\"RetiredVMSize\"]\npools = [\"old\"]\nreason = \"going \\\"soon\\\"\"\n";
    let files = [
        ("akslint.toml", config),
        ("near/akslint.toml", near),
        ("a/main.tf", ""),
        ("a/x.tfvars", ""),
        ("near/t.json", "{}"),
        ("near/p.json", "{}"),
    ];
    let dir = tree(&files);
    let shown = run(dir.path(), &["config", "near"]).out;
    let entries = shown.split_once("facts = []").unwrap().1.split_once('\n').unwrap().1;
    let expected = r#"
[[terraform]]                  # akslint.toml:1
root = "a"
var-files = ["a/x.tfvars"]

[[workloads]]                  # akslint.toml:5
paths = ["k8s/*"]
clusters = ["prod"]

[[arm]]                        # near/akslint.toml:1
template = "near/t.json"
parameter-files = ["near/p.json"]

[[suppress]]                   # near/akslint.toml:5
rules = ["RetiredVMSize"]
pools = ["old"]
reason = "going \"soon\""
"#;
    assert_eq!(entries, expected);
    assert!(!run(dir.path(), &["config", "a"]).out.contains("[[suppress]]"));
}

/// TOML as JSON, for the schema.
fn json(value: &toml_span::Value<'_>) -> serde_json::Value {
    match (value.as_table(), value.as_array(), value.as_str()) {
        (Some(table), ..) => table.iter().map(|(key, value)| (key.name.to_string(), json(value))).collect(),
        (_, Some(items), _) => items.iter().map(json).collect(),
        (_, _, Some(text)) => text.into(),
        _ => value.as_bool().map(Into::into).or(value.as_integer().map(Into::into)).unwrap(),
    }
}

#[test]
fn the_schema_for_editors_and_the_program_agree() {
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../schemas/config.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let valid = |text: &str| validator.is_valid(&json(&toml_span::parse(text).unwrap()));
    let all = "root = true\nextends = []\nselect = [\"advice\"]\nextend-select = [\"RetiredVMSize\"]\nignore = []\nextend-ignore = [\"advice\"]\n\
               fail-on = \"never\"\nretirement-horizon-days = 1\nrequire-reason = false\nalternatives = true\nfacts = []\n[severity]\nRetiredVMSize = \"off\"\n\
               [[per-path]]\npaths = [\"a\"]\nalternatives = false\n[[suppress]]\nrules = [\"RetiredVMSize\"]\npools = [\"a\"]\nreason = \"b\"\n\
               [[terraform]]\nroot = \".\"\nvar-files = []\n[[arm]]\ntemplate = \"a.json\"\nparameter-files = []\n\
               [[workloads]]\npaths = [\"k8s\"]\nclusters = [\"a\"]\n";
    assert!(valid(all));
    let dir = tree(&[("a.json", "{}"), ("akslint.toml", all)]);
    let unused = found(dir.path(), &[]);
    assert_eq!(unused, ["akslint.toml:18: UnusedSuppression"]);
    let keys: Vec<&str> = toml_span::parse(all)
        .unwrap()
        .as_table()
        .unwrap()
        .keys()
        .map(|key| &*key.name)
        .map(|key| match key {
            key if schema["properties"].get(key).is_some() => "known",
            _ => "unknown",
        })
        .collect();
    assert_eq!(keys, vec!["known"; schema["properties"].as_object().unwrap().len()]);
    for wrong in [
        "selct = []",
        "fail-on = 1",
        "root = \"x\"",
        "[severity]\nRetiredVMSize = \"fatal\"",
        "[[suppress]]\nrules = [\"RetiredVMSize\"]",
        "[[workloads]]\npaths = []",
    ] {
        assert!(!valid(wrong), "{wrong}");
        let ran = run(tree(&[("akslint.toml", wrong)]).path(), &[]);
        assert_eq!(ran.code, 2, "{wrong}");
    }
}

#[test]
fn a_path_pattern_beyond_its_bounds_is_refused_before_it_is_compiled() {
    let nested = |depth: usize| format!("{}a{}", "{".repeat(depth), "}".repeat(depth));
    let config = |pattern: &str| {
        format!("[[suppress]]\nrules = [\"RetiredVMSize\"]\npools = [\"p\"]\npaths = [\"{pattern}\"]\n")
    };
    for (pattern, why) in [
        (nested(60_000), "it is longer than 4096 bytes"),
        (nested(1_000), "braces are within each other deeper than 16"),
        ("a".repeat(4097), "it is longer than 4096 bytes"),
    ] {
        let dir = tree(&[("main.tf", MAIN), ("akslint.toml", &config(&pattern))]);
        let ran = run(dir.path(), &[]);
        assert!(ran.code == 2 && ran.err.contains(why), "{}", ran.err.get(..300).unwrap_or(&ran.err));
        assert!(ran.err.len() < 300);
    }
    let dir = tree(&[("main.tf", MAIN), ("akslint.toml", &config("envs/{dev,{test,stage}}/**"))]);
    assert_ne!(run(dir.path(), &[]).code, 2);
}

#[test]
fn a_hostile_configuration_is_an_error_and_costs_no_more_than_a_moment() {
    let deep = format!("select = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!(
        "[[suppress]]\nrules = [\"RetiredVMSize\"]\npaths = [\"{}\"]\n",
        "{a,b}{a*,b*}**/".repeat(20_000)
    );
    let dotted = format!("{} = 1\n", vec!["a"; 100_000].join("."));
    for text in [deep, wide, dotted, "\u{0}".to_owned(), "[[[".to_owned(), "x = \"\u{1b}[31m\"".to_owned()] {
        let dir = tree(&[("main.tf", MAIN), ("akslint.toml", &text)]);
        let started = std::time::Instant::now();
        let ran = run(dir.path(), &[]);
        assert!(
            ran.code == 2 && ran.err.starts_with("akslint: akslint.toml:"),
            "{}",
            &ran.err.get(..300).unwrap_or(&ran.err)
        );
        assert!(!ran.err.contains('\u{1b}') && started.elapsed().as_secs() < 120);
    }
}
