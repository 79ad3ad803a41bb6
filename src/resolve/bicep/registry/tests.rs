#![allow(clippy::unwrap_used)]

use super::*;
use crate::resolve::arm::tree::Node;
use crate::resolve::bicep::Lowered;
use crate::source::Sources;
use crate::syntax::bicep::{Dialect, parse};

const CLUSTER: &str = "br/public:avm/res/container-service/managed-cluster";

/// What a path leads to that is written in `/a/main.bicep`: a file's path, or what is said of it.
fn found(files: &[(&str, &str)], written: &str) -> String {
    let sources = Sources::in_memory(files);
    let from = sources.load(Path::new("/a/main.bicep")).unwrap();
    let at = Span { file: from, start: 7, end: 9 };
    match Lookup::new(&sources).find(Path::new("/a/main.bicep"), written, at) {
        Ok((file, _)) => sources.file(file).unwrap().path.to_string_lossy().replace('\\', "/"),
        Err(elsewhere) => elsewhere.what.to_string(),
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
    let releases = listed(TABLES.first().unwrap().text);
    let [major, minor, patch] = releases.last().unwrap().numbers;
    assert!(of(&format!("{CLUSTER}:{major}.{}.0", minor + 1)).contains("none of the releases"));
    let later = of(&format!("{CLUSTER}:{major}.{minor}.{}", patch + 3));
    assert!(!later.contains("none of the releases"), "{later}");
    let inner = of(&format!("{CLUSTER}/agent-pool:{major}.{minor}.{}", patch + 3));
    assert!(inner.contains("none of the releases"), "{inner}");
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
fn the_cache_has_the_last_word() {
    let folder = "cache/br/shop.azurecr.io$5000/modules$aks/v1$/main.json";
    let config = r#"{"cacheRootDirectory": "cache"}"#;
    let files = [MAIN, ("bicepconfig.json", config), (folder, "{}")];
    assert_eq!(found(&files, "br:shop.azurecr.io:5000/modules/aks:v1"), format!("/{folder}"));
    let own = "cache/br/mcr.microsoft.com/bicep$avm$res$container-service$managed-cluster/0.9.0$/main.json";
    let files = [MAIN, ("bicepconfig.json", config), (own, "{}")];
    assert_eq!(found(&files, &format!("{CLUSTER}:0.9.0")), format!("/{own}"));
    // What is not in it is known from a table as ever.
    assert!(found(&files, &format!("{CLUSTER}:0.8.0")).starts_with("mcr.microsoft.com/"));
    // The tags `V1` and `v1` lie in folders of different names.
    let files = [MAIN, ("bicepconfig.json", config), (folder, "{}")];
    assert!(found(&files, "br:shop.azurecr.io:5000/modules/aks:V1").starts_with("br:shop"));
}

#[test]
fn what_is_in_the_cache_lies_where_bicep_restores_it() {
    let folder = |written: &str, config: Option<&Config>| {
        let folder = reference(written, config).unwrap().folder().unwrap();
        folder.to_string_lossy().replace('\\', "/")
    };
    assert_eq!(
        folder("br/public:avm/res/storage/storage-account:0.9.0", None),
        "br/mcr.microsoft.com/bicep$avm$res$storage$storage-account/0.9.0$"
    );
    assert_eq!(folder("br:Shop.azurecr.io:443/a/b:Rc1-Beta", None), "br/shop.azurecr.io$443/a$b/Rc1-Beta$11");
    let digest = "a".repeat(64);
    assert_eq!(
        folder(&format!("br:shop.azurecr.io/a@sha256:{digest}"), None),
        format!("br/shop.azurecr.io/a/sha256#{digest}")
    );
    assert_eq!(folder("ts:0000-A/Group/Spec:V1", None), "ts/0000-a/group/spec/v1");
    let mut config = Config::default();
    config.template_specs.insert("ours".to_owned(), ("S".to_owned(), "G".to_owned()));
    assert_eq!(folder("ts/ours:Spec:v1", Some(&config)), "ts/s/g/spec/v1");
    for hostile in ["br:x/..:..", "br:../a:v1", "ts:../g/n:v1", "ts:a/b/..:v1"] {
        let folder = reference(hostile, None).ok().and_then(|reference| reference.folder());
        assert!(
            folder.is_none_or(|folder| folder.components().all(|part| part.as_os_str() != "..")),
            "{hostile}"
        );
    }
}

#[test]
fn capital_letters_of_a_tag_are_marked_behind_it() {
    for (tag, expected) in [("", "$"), ("v1", "v1$"), ("V1", "V1$1"), ("aBcD", "aBcD$a")] {
        assert_eq!(encoded(tag).unwrap(), expected);
    }
    // The first 64 letters stand in the lower half, whose zeros are written where there is an upper one.
    let long = format!("A{}B", "a".repeat(63));
    assert_eq!(encoded(&long).unwrap(), format!("{long}$10000000000000001"));
    assert_eq!(encoded(&"A".repeat(128)).unwrap(), format!("{}${}", "A".repeat(128), "f".repeat(32)));
    assert_eq!(encoded(&"a".repeat(129)), None);
}

#[test]
fn verified_modules_say_in_their_paths_what_they_deploy() {
    for other in [
        "bicep/avm/res/network/virtual-network",
        "mirror/of/avm/res/storage/storage-account/blob-service",
        "avm/utl/types/avm-common-types",
        "bicep/avm/ptn/authorization/role-assignment",
    ] {
        assert_eq!(Deploys::of(other), Deploys::OtherServices, "{other}");
    }
    for any in [
        "bicep/avm/res/container-service/managed-cluster",
        "bicep/avm/ptn/azd/aks",
        "bicep/avm/res",
        "modules/res/network/vnet",
        "aks",
    ] {
        assert_eq!(Deploys::of(any), Deploys::Anything, "{any}");
    }
    assert!(may_name_clusters("module a 'br/ours:network/vnet:1' = {}"));
    assert!(may_name_clusters("using 'ts/ours:spec:1'"));
    assert!(!may_name_clusters("module a 'br/public:avm/res/network/vnet:1' = {}\nvar b = 'bright: x'"));
}
