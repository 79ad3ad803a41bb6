//! Facts files through the binary: what they change, which of them count where, and that findings name them.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use command::{found, run, tree, write};
use serde_json::{Value, json};

/// A Windows pool on a size that no table has, in a cluster of a known region.
const MAIN: &str = r#"resource "azurerm_kubernetes_cluster" "aks" {
  name               = "aks"
  location           = "West Europe"
  kubernetes_version = "1.35"
}
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
  name                  = "win"
  os_type               = "Windows"
  os_sku                = "Windows2022"
  vm_size               = "Standard_D4s_v12345"
}
"#;
const NONE: [&str; 0] = [];

fn facts(body: &Value) -> String {
    let mut facts = json!({ "akslint_facts": 1, "as_of": "2026-11-01" });
    facts.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let schema: Value = serde_json::from_str(include_str!("../schemas/facts.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(validator.is_valid(&facts), "{facts:#}");
    facts.to_string()
}

fn size(name: &str, entry: Value) -> String {
    facts(&json!({ "vm_sizes": { name: entry } }))
}

fn gen2() -> String {
    size("Standard_D4s_v12345", json!({ "generations": ["Gen2"] }))
}

fn gen1() -> String {
    size("standard_d4s_V12345", json!({ "generations": ["Gen1", "Gen2"] }))
}

fn offers(versions: Value) -> String {
    facts(&json!({ "kubernetes_offers": { "westeurope": versions } }))
}

const GEN2: &str = "main.tf:11: WindowsGen2OptInMissing";

#[test]
fn an_overlay_makes_a_size_known() {
    let dir = tree(&[("main.tf", MAIN), ("gen2.json", &gen2()), ("both.json", &gen1())]);
    assert_eq!(found(dir.path(), &[]), NONE);
    assert_eq!(found(dir.path(), &["--facts", "gen2.json"]), [GEN2]);
    assert_eq!(found(dir.path(), &["--facts", "both.json"]), NONE);
    // The last wins.
    assert_eq!(found(dir.path(), &["--facts", "both.json", "--facts", "gen2.json"]), [GEN2]);
    assert_eq!(found(dir.path(), &["--facts", "gen2.json", "--facts", "both.json"]), NONE);
}

#[test]
fn the_configuration_names_overlays_and_the_command_line_wins() {
    let dir = tree(&[
        ("main.tf", MAIN),
        ("facts/gen2.json", &gen2()),
        ("both.json", &gen1()),
        ("akslint.toml", "facts = [\"facts/gen2.json\"]\n"),
    ]);
    assert_eq!(found(dir.path(), &[]), [GEN2]);
    assert_eq!(found(dir.path(), &["--facts", "both.json"]), NONE);
    assert_eq!(found(dir.path(), &["--no-config"]), NONE);
    let shown = run(dir.path(), &["config", "--facts", "both.json"]).out;
    let line = |text: &str| {
        let line = shown.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{shown}"));
        line.split("  # ").nth(1).unwrap().to_owned()
    };
    assert_eq!(line("\"facts/gen2.json\""), "akslint.toml:1");
    assert_eq!(line("\"both.json\""), "command line");
}

#[test]
fn overlays_hold_where_the_configuration_says_so() {
    let pool = MAIN;
    let dir = tree(&[
        ("a/main.tf", pool),
        ("b/main.tf", pool),
        ("b/c/main.tf", pool),
        ("b/c/akslint.toml", "facts = []\n"),
        ("gen2.json", &gen2()),
        ("akslint.toml", "[[per-path]]\npaths = [\"b\"]\nfacts = \"gen2.json\"\n"),
    ]);
    assert_eq!(found(dir.path(), &[]), ["b/main.tf:11: WindowsGen2OptInMissing"]);
}

#[test]
fn a_finding_names_the_overlay_that_it_rests_on_and_no_other() {
    let other = size("Standard_D4s_v5", json!({ "vcpus": 5 }));
    let dir = tree(&[("main.tf", MAIN), ("new facts.json", &gen2()), ("other.json", &other)]);
    let args = ["--facts", "new facts.json", "--facts", "other.json", "--format"];
    let json = run(dir.path(), &[&args[..], &["json"]].concat()).out;
    let report: Value = serde_json::from_str(&json).unwrap();
    let labels: Vec<(&str, &str)> = report["diagnostics"][0]["labels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| (label["file"].as_str().unwrap(), label["message"].as_str().unwrap()))
        .filter(|(file, _)| file.ends_with(".json"))
        .collect();
    assert_eq!(labels, [("new facts.json", "what is known of `Standard_D4s_v12345`")]);
    let sarif: Value = serde_json::from_str(&run(dir.path(), &[&args[..], &["sarif"]].concat()).out).unwrap();
    let related = sarif["runs"][0]["results"][0]["relatedLocations"].to_string();
    assert!(related.contains("new%20facts.json") && !related.contains("other.json"), "{related}");

    // What the tables say already, an overlay need not say; and what it says besides is not what this rests on.
    let known = MAIN.replace("v12345", "v6");
    let same = size("Standard_D4s_v6", json!({ "generations": ["Gen2"], "encryption_at_host": true }));
    write(dir.path(), "main.tf", known.as_bytes());
    write(dir.path(), "same.json", same.as_bytes());
    let report = run(dir.path(), &["--facts", "same.json", "--format", "json"]).out;
    assert!(report.contains("WindowsGen2OptInMissing") && !report.contains("same.json"), "{report}");
}

#[test]
fn what_is_found_of_a_workload_names_the_overlays_too() {
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  nodeSelector:\n    kubernetes.io/os: windows\n  \
                    containers:\n    - name: c\n      image: mcr.microsoft.com/windows/servercore:ltsc2022\n";
    let builds = facts(&json!({ "os_skus": { "Windows2022": { "runs_windows_builds": [26100] } } }));
    let dir = tree(&[("main.tf", MAIN), ("pod.yaml", manifest), ("builds.json", &builds)]);
    assert_eq!(found(dir.path(), &[]), NONE);
    let args = ["--facts", "builds.json"];
    assert_eq!(found(dir.path(), &args), ["pod.yaml:10: WindowsImageOsMismatch"]);
    let shown = run(dir.path(), &args).out;
    assert!(shown.contains("builds.json:1:") && shown.contains("makes the difference"), "{shown}");
}

#[test]
fn a_regions_offer_changes_what_is_said_of_versions() {
    let dir = tree(&[("main.tf", MAIN)]);
    let with = |versions: Value, as_of: &str| {
        write(dir.path(), "facts.json", offers(versions).as_bytes());
        found(dir.path(), &["--facts", "facts.json", "--as-of", as_of])
    };
    let plan = |plan: &str| json!({ "1.35": { "support_plans": [plan] } });
    assert_eq!(found(dir.path(), &[]), NONE);
    assert_eq!(with(json!({ "1.36": {} }), "2026-11-20"), ["main.tf:4: K8sVersionNotSupported"]);
    assert_eq!(with(plan("AKSLongTermSupport"), "2026-11-20"), ["main.tf:4: K8sVersionLtsOnly"]);
    assert_eq!(with(plan("KubernetesOfficial"), "2026-11-20"), NONE);
    // Asked later than the day in question.
    assert_eq!(with(json!({ "1.36": {} }), "2026-10-31"), NONE);
    // The end of life has come since.
    let late = ["main.tf:4: K8sVersionLtsOnly"];
    assert_eq!(with(plan("KubernetesOfficial"), "2027-08-01"), late);
    // Past its end of life, and the region offers it still.
    write(dir.path(), "main.tf", MAIN.replace("1.35", "1.33").as_bytes());
    assert_eq!(found(dir.path(), &[]), ["main.tf:4: K8sVersionLtsOnly"]);
    assert_eq!(with(json!({ "1.33": {}, "1.36": {} }), "2026-11-20"), NONE);
    // A patch version that is no longer offered is a warning.
    write(dir.path(), "main.tf", MAIN.replace("1.35", "1.35.1").as_bytes());
    let patches = json!({ "1.35": { "patches": ["1.35.2"] } });
    assert_eq!(with(patches, "2026-11-20"), ["main.tf:4: K8sVersionNotSupported"]);
    let ran = run(dir.path(), &["--facts", "facts.json", "--format", "concise"]);
    assert_eq!((ran.code, ran.out.contains("warning[")), (0, true), "{ran:?}");
    // Another region, and one that is not known.
    for location in ["\"East US\"", "var.location"] {
        let text = format!("{}variable \"location\" {{}}\n", MAIN.replace("\"West Europe\"", location));
        write(dir.path(), "main.tf", text.as_bytes());
        assert_eq!(with(json!({ "1.36": {} }), "2026-11-20"), NONE, "{location}");
    }
}

#[test]
fn a_retirement_and_an_os_sku_can_be_new() {
    let text = MAIN.replace("v12345", "v5");
    let retires = size("Standard_D4s_v5", json!({ "retires_on": "2027-01-15", "replaced_by": ["Dsv7"] }));
    let window = facts(&json!({ "os_skus": { "windows2022": { "kubernetes_max": "1.34" } } }));
    let dir = tree(&[("main.tf", &text), ("retires.json", &retires), ("window.json", &window)]);
    assert_eq!(found(dir.path(), &[]), NONE);
    assert_eq!(found(dir.path(), &["--facts", "retires.json"]), ["main.tf:11: RetiringVMSize"]);
    assert_eq!(found(dir.path(), &["--facts", "window.json"]), ["main.tf:10: OsSkuVersionWindow"]);
}

#[test]
fn bad_overlays_are_told_with_their_place_and_nothing_is_linted() {
    let dir = tree(&[
        ("main.tf", MAIN),
        ("bad.json", "{\n  \"akslint_facts\": 1,\n  \"as_off\": \"2026-11-01\"\n}\n"),
        ("broken.json", "{\n"),
        ("sub/akslint.toml", "facts = [\"none.json\", \"../../outside.json\", 7]\n"),
    ]);
    let told = |args: &[&str]| {
        let ran = run(dir.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        ran.err
    };
    let bad = told(&["--facts", "bad.json", "--no-config"]);
    assert!(bad.contains("bad.json:3:3: unknown key `as_off`; did you mean `as_of`?"), "{bad}");
    assert!(told(&["--facts", "broken.json", "--no-config"]).contains("broken.json:"));
    assert!(
        told(&["--facts", "nothing.json", "--no-config"]).contains("no such file or folder: nothing.json")
    );
    assert!(told(&["sub"]).contains("sub/akslint.toml:1:45: `facts` is a list of strings"));
    write(dir.path(), "sub/akslint.toml", b"facts = [\"none.json\", \"../../outside.json\"]\n");
    let told = told(&["sub"]);
    assert!(told.contains("sub/akslint.toml:1:11: cannot read sub/none.json"), "{told}");
    assert!(told.contains("sub/akslint.toml:1:24: cannot read "), "{told}");
}

#[test]
fn one_fact_is_shown_with_where_it_is_from() {
    let first = size(
        "Standard_D4s_v5",
        json!({ "vcpus": 8, "gpus": 1, "regions": { "westeurope": { "zones": ["1"] } } }),
    );
    let second = size("Standard_D4s_v5", json!({ "vcpus": 8, "gpus": 2 }));
    let dir = tree(&[("akslint.toml", "facts = \"a.json\"\n"), ("a.json", &first), ("b.json", &second)]);
    let args = ["facts", "vm-sizes", "standard_d4S_v5", "--facts", "b.json", "--format", "json"];
    let shown: Value = serde_json::from_str(&run(dir.path(), &args).out).unwrap();
    let of = |field: &str| {
        let fact = shown["facts"].as_array().unwrap().iter().find(|fact| fact["field"] == field).unwrap();
        (fact["value"].clone(), fact["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("vcpus"), (json!(8), "a.json".to_owned()));
    assert_eq!(of("gpus"), (json!(2), "b.json".to_owned()));
    assert_eq!(of("memory_gib"), (json!(16.0), "built in".to_owned()));
    assert_eq!(of("zones in westeurope"), (json!(["1"]), "a.json".to_owned()));
    let told = run(dir.path(), &["facts", "vm-sizes", "Standrd_D4s_v5"]);
    assert_eq!((told.code, told.err.contains("did you mean `Standard_D4s_v5`?")), (2, true), "{told:?}");
    for (table, name, field) in [
        ("os-skus", "windows2022", "windows_build"),
        ("kubernetes-versions", "1.34", "end_of_life"),
        ("vm-sizes", "Standard_D4zs_v6", "generations"),
    ] {
        let shown = run(dir.path(), &["facts", table, name]);
        assert!(shown.code == 0 && shown.out.contains(field), "{shown:?}");
    }
}

#[test]
fn an_import_of_a_file_that_is_something_else_is_told() {
    let dir = tree(&[("text.txt", "Name  Zones\n"), ("other.json", "{\"a\": 1}")]);
    for (file, what) in [
        ("text.txt", "it is no JSON"),
        ("other.json", "neither what `az vm list-skus"),
        ("none.json", "cannot import none.json"),
    ] {
        let ran = run(dir.path(), &["facts", "import", file]);
        assert_eq!((ran.code, ran.err.contains(what)), (2, true), "{ran:?}");
    }
    // PowerShell's redirection writes UTF-16.
    let text = r#"{"values":[{"version":"1.36","patchVersions":{"1.36.1":{}}}]}"#;
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    write(dir.path(), "wide.json", &wide);
    let ran = run(
        dir.path(),
        &["facts", "import", "wide.json", "--location", "West Europe", "--as-of", "2026-11-20"],
    );
    assert_eq!((ran.code, ran.out.contains("\"1.36\": {\"patches\":[\"1.36.1\"]}")), (0, true), "{ran:?}");
}
