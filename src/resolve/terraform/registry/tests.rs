#![allow(clippy::unwrap_used)]

use super::*;

fn dir(source: &str, constraint: Option<&str>) -> String {
    match find(source, constraint) {
        Lookup::Known(dir) => dir.to_string_lossy().replace('\\', "/"),
        Lookup::Unknown(what) => format!("unknown: {what}"),
        Lookup::Foreign => "foreign".to_owned(),
    }
}

#[test]
fn the_newest_release_that_the_constraint_allows_is_taken() {
    let at = |constraint| {
        let dir = dir("Azure/aks/azurerm", Some(constraint));
        dir.strip_prefix("registry.terraform.io/Azure/aks/azurerm/").unwrap_or(&dir).to_owned()
    };
    assert_eq!(at("9.4.1"), "9.4.1");
    assert_eq!(at("= 9.4.0"), "9.4.0");
    assert_eq!(at("~> 9.0"), "9.4.1");
    assert_eq!(at("~> 7.3.0"), "7.3.2");
    assert_eq!(at(">= 7, < 9"), "8.0.0");
    assert_eq!(at(">7.5.0,!=8.0.0,<=9.1"), "9.1.0");
    assert_eq!(at("4.0"), "4.0");
    assert_eq!(at("4.0.0"), "4.0");
    assert_eq!(at("v9.1.0"), "9.1.0");
    assert!(at("3.0.0").starts_with("unknown: module `Azure/aks/azurerm` is not on disk, and `3.0.0`"));
    assert!(at("~> 99.0").starts_with("unknown"));
    assert!(at("nonsense").starts_with("unknown"));
    // A pre-release is taken only by its name, and no table has one.
    assert!(at("10.0.0-beta").starts_with("unknown"));
}

#[test]
fn a_patch_of_the_newest_release_is_read_as_that() {
    for table in TABLES.iter().filter(|table| table.folder.is_empty()) {
        let newest = table.releases().pop().unwrap();
        let [major, minor, patch] = newest.numbers;
        let known = format!("registry.terraform.io/{}/{newest}", table.module);
        for constraint in
            [format!("{major}.{minor}.{}", patch + 2), format!("~> {major}.{minor}.{}", patch + 1)]
        {
            assert_eq!(dir(table.module, Some(&constraint)), known);
        }
        let reference = format!("github.com/{}?ref=v{major}.{minor}.{}", table.repository, patch + 1);
        assert_eq!(dir(&reference, None), known);
        // The next minor release may have another interface, and an older one that no table has is no patch of this.
        for constraint in [format!("{major}.{}.0", minor + 1), format!("{major}.{minor}.{patch}-beta")] {
            assert!(dir(table.module, Some(&constraint)).starts_with("unknown"), "{constraint}");
        }
    }
}

#[test]
fn a_module_is_known_by_every_name_that_people_use() {
    let v9 = "registry.terraform.io/Azure/aks/azurerm/9.4.1";
    assert_eq!(dir("registry.terraform.io/Azure/aks/azurerm", Some("9.4.1")), v9);
    assert_eq!(dir("git::https://github.com/Azure/terraform-azurerm-aks.git?ref=9.4.1", None), v9);
    assert_eq!(dir("github.com/Azure/terraform-azurerm-aks?ref=v9.4.1&depth=1", None), v9);
    assert_eq!(dir("git@github.com:Azure/terraform-azurerm-aks.git?ref=9.4.1", None), v9);
    assert_eq!(dir("Azure/aks/azurerm//v4", Some("9.4.1")), format!("{v9}/v4"));
    assert_eq!(
        dir("git::https://github.com/Azure/terraform-azurerm-aks.git//v4?ref=9.4.1", None),
        format!("{v9}/v4")
    );
    assert!(dir("Azure/aks/azurerm//v4", Some("7.0.0")).starts_with("unknown"));
    assert!(
        dir("Azure/aks/azurerm//examples", None).starts_with("unknown: module `Azure/aks/azurerm//examples`")
    );
    assert!(dir("github.com/Azure/terraform-azurerm-aks?ref=0a1b2c3", None).starts_with("unknown"));
    for foreign in [
        "example/aks/azurerm",
        "app.terraform.io/Azure/aks/azurerm",
        "../aks",
        "git::https://example.com/Azure/terraform-azurerm-aks.git",
        "",
    ] {
        assert_eq!(dir(foreign, None), "foreign", "{foreign}");
    }
}

#[test]
fn every_release_of_every_table_parses_and_refers_to_nothing_that_it_lacks() {
    for table in TABLES {
        let releases = table.releases();
        assert!(!releases.is_empty());
        assert!(releases.windows(2).all(|pair| pair[0] < pair[1]), "{}: not sorted", table.module);
        for release in &releases {
            let sources = Sources::in_memory(&[]);
            let dir = Path::new(HOST).join(table.module).join(release.to_string()).join(table.folder);
            let module = load(&sources, &dir).unwrap();
            assert_eq!(module.errors, [], "{} {release}", table.module);
            let text = table.at(release);
            for (kind, names) in [
                ("var.", module.variables.keys().collect::<Vec<_>>()),
                ("local.", module.locals.keys().collect::<Vec<_>>()),
            ] {
                for part in text.split(kind).skip(1) {
                    let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
                    let name = &part[..end];
                    assert!(
                        names.iter().any(|have| &***have == name),
                        "{} {release}: {kind}{name} is not declared",
                        table.module
                    );
                }
            }
        }
    }
}
