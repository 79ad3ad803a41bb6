#![allow(clippy::unwrap_used)]

use super::*;
use crate::resolve::arm::tree::Node;
use crate::resolve::bicep::Lowered;
use crate::syntax::bicep::{Dialect, parse};

const CLUSTER: &str = "br/public:avm/res/container-service/managed-cluster";

/// What a path leads to that is written in `/a/main.bicep`: a file's path, or what is said of it.
fn found(files: &[(&str, &str)], written: &str) -> String {
    let sources = Sources::in_memory(files);
    let from = sources.load(Path::new("/a/main.bicep")).unwrap();
    let at = Span { file: from, start: 7, end: 9 };
    match find(&sources, Path::new("/a/main.bicep"), written, at) {
        Ok((file, _)) => sources.file(file).unwrap().path.to_string_lossy().replace('\\', "/"),
        Err(what) => what.to_string(),
    }
}

fn lowered(files: &[(&str, &str)]) -> Lowered {
    let sources = Sources::in_memory(files);
    let file = sources.load(Path::new("/main.bicep")).unwrap();
    crate::resolve::bicep::lower(&sources, file).unwrap()
}

/// The modules that a template deploys.
fn modules(template: &Node) -> Vec<&Node> {
    let resources = template.get("resources").unwrap();
    let named = resources.members().iter().map(|member| &member.value);
    let all = resources.items().iter().chain(named);
    all.filter(|resource| resource.at(&["properties", "template"]).is_some()).collect()
}

const MAIN: (&str, &str) = ("a/main.bicep", "");

#[test]
fn every_release_of_every_table_is_bicep_without_errors() {
    for table in TABLES {
        let releases = listed(table.text);
        assert!(releases.len() > 30 && releases.is_sorted_by(|a, b| a < b), "{}", table.module);
        for release in releases {
            let text = table.at(&release);
            let program = parse(crate::source::FileId(0), &text, Dialect::Template);
            assert!(program.errors.is_empty(), "{} {release}: {:?}\n{text}", table.module, program.errors);
            assert!(text.contains("param name string\n") && !text.contains("#@"));
        }
    }
}

#[test]
fn every_release_wires_its_pools_to_parameters_that_it_has() {
    for release in listed(TABLES[0].text) {
        let main = format!("module aks '{CLUSTER}:{release}' = {{\n  params: {{\n    name: 'x'\n  }}\n}}\n");
        let lowered = lowered(&[("main.bicep", &main)]);
        assert_eq!(lowered.unread, [""; 0]);
        assert_eq!(lowered.sites.len(), 2, "{release}");
        assert_eq!((lowered.files.len(), lowered.problems.len()), (1, 0));
        let of = |node: &Node, path: &[&str]| -> Vec<String> {
            let members = node.at(path).unwrap().members();
            members.iter().map(|member| member.name.to_string()).collect()
        };
        let [cluster] = modules(&lowered.template)[..] else { panic!("{release}") };
        let inner = cluster.at(&["properties", "template"]).unwrap();
        let [pool] = modules(inner)[..] else { panic!("{release}") };
        let declared = of(pool, &["properties", "template", "parameters"]);
        for given in of(pool, &["properties", "parameters"]) {
            assert!(declared.contains(&given), "{release}: {given}");
        }
    }
}

#[test]
fn a_module_is_known_by_its_name_and_by_aliases_of_its_registry() {
    let known = "mcr.microsoft.com/a/main.bicep/7/0.9.0/main.bicep";
    assert_eq!(found(&[MAIN], &format!("{CLUSTER}:0.9.0")), known);
    let long = "br:mcr.microsoft.com/bicep/avm/res/container-service/managed-cluster:0.9.0";
    assert_eq!(found(&[MAIN], long), known);
    assert_eq!(found(&[MAIN], &long.replace("mcr.", "MCR.")), known);
    let pool = format!("{CLUSTER}/agent-pool:0.1.0");
    assert_eq!(found(&[MAIN], &pool), "mcr.microsoft.com/a/main.bicep/7/0.13.1/agent-pool/main.bicep");
    let config = r#"{
      // Where our modules are.
      "moduleAliases": {"br": {
        "aks": {"registry": "mcr.microsoft.com", "modulePath": "bicep/avm/res/container-service"},
        "plain": {"registry": "mcr.microsoft.com"},
        "ours": {"registry": "shop.azurecr.io", "modulePath": "modules/"},
      }}
    }"#;
    let files = [MAIN, ("bicepconfig.json", config)];
    assert_eq!(found(&files, "br/aks:managed-cluster:0.9.0"), known);
    assert_eq!(found(&files, "br/plain:bicep/avm/res/container-service/managed-cluster:0.9.0"), known);
    assert_eq!(found(&files, "br/ours:aks/cluster:v1"), "br:shop.azurecr.io/modules/aks/cluster:v1");
    assert_eq!(found(&files, &format!("{CLUSTER}:0.9.0")), known);
    // The nearest configuration is the only one.
    let files = [MAIN, ("bicepconfig.json", config), ("a/bicepconfig.json", "{}")];
    let unknown = "`br/aks:managed-cluster:0.9.0`, whose alias `aks` is in no bicepconfig.json,";
    assert_eq!(found(&files, "br/aks:managed-cluster:0.9.0"), unknown);
    assert_eq!(found(&[MAIN, ("a/bicepconfig.json", "{")], "br/aks:managed-cluster:0.9.0"), unknown);
    // The alias that everybody has may be given another meaning.
    let config = r#"{"moduleAliases": {"br": {"public": {"registry": "mirror.azurecr.io"}}}}"#;
    let other = "br:mirror.azurecr.io/avm/res/container-service/managed-cluster:0.9.0";
    assert_eq!(found(&[MAIN, ("bicepconfig.json", config)], &format!("{CLUSTER}:0.9.0")), other);
}

#[test]
fn what_is_in_no_table_is_named_with_the_reason() {
    let of = |written: &str| found(&[MAIN], written);
    let newer = of(&format!("{CLUSTER}:99.0.0"));
    assert!(newer.starts_with(&format!("`{CLUSTER}:99.0.0`, none of the releases that are known, up to ")));
    assert!(of(&format!("{CLUSTER}/agent-pool:0.9.0")).contains("none of the releases"));
    assert!(of(&format!("{CLUSTER}:latest")).contains("none of the releases"));
    assert_eq!(of("br/public:avm/res/network/vnet:0.1.0"), "br/public:avm/res/network/vnet:0.1.0");
    assert_eq!(of("br:shop.azurecr.io/aks:v1"), "br:shop.azurecr.io/aks:v1");
    assert_eq!(of("ts:0000/rg/spec:v1"), "the template spec `ts:0000/rg/spec:v1`");
    assert_eq!(of("ts/ours:spec:v1"), "the template spec `ts/ours:spec:v1`");
    assert_eq!(of("br:"), "`br:`, which names no release,");
    assert_eq!(of("br:x:1"), "`br:x:1`, which names no registry,");
    assert_eq!(of("br:localhost:5000/aks"), "`br:localhost:5000/aks`, which names no release,");
    assert_eq!(of(":"), "`:`");
}

#[test]
fn the_cache_is_read_only_inside_the_project() {
    let folder = "cache/br/shop.azurecr.io$5000/modules$aks/v1$/main.json";
    let config = r#"{"cacheRootDirectory": "cache"}"#;
    let files = [MAIN, ("bicepconfig.json", config), (folder, "{}")];
    assert_eq!(found(&files, "br:shop.azurecr.io:5000/modules/aks:v1"), format!("/{folder}"));
    // It has the last word over a table.
    let own = "cache/br/mcr.microsoft.com/bicep$avm$res$container-service$managed-cluster/0.9.0$/main.json";
    let files = [MAIN, ("bicepconfig.json", config), (own, "{}")];
    assert_eq!(found(&files, &format!("{CLUSTER}:0.9.0")), format!("/{own}"));
    // What is not in it is known from a table as ever.
    assert!(found(&files, &format!("{CLUSTER}:0.8.0")).starts_with("mcr.microsoft.com/"));
    // The tags `V1` and `v1` lie in folders of different names.
    let files = [MAIN, ("bicepconfig.json", config), (folder, "{}")];
    assert!(found(&files, "br:shop.azurecr.io:5000/modules/aks:V1").starts_with("br:shop"));
}
