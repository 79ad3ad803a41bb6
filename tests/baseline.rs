//! Baselines, through the binary.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use command::{found, run, summary, tree};

fn pool(name: &str, size: &str) -> String {
    format!(
        "resource \"azurerm_kubernetes_cluster_node_pool\" \"{name}\" {{\n  kubernetes_cluster_id = \"aks\"\n  \
         name                  = \"{name}\"\n  os_type               = \"Windows\"\n  os_sku                = \"Windows2022\"\n  \
         vm_size               = \"{size}\"\n}}\n"
    )
}

const V6: &str = "Standard_D4s_v6";
const V5: &str = "Standard_D4s_v5";
const NONE: [&str; 0] = [];

#[test]
fn what_is_there_is_left_out_and_what_is_new_counts_wherever_lines_have_moved() {
    let dir = tree(&[(".git/HEAD", ""), ("main.tf", &pool("old", V6))]);
    let ran = run(dir.path(), &["--write-baseline", "baseline.json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, "wrote 1 finding to baseline.json\n"));
    assert!(ran.out.contains("1 suppressed"), "{}", ran.out);

    let with = ["--baseline", "baseline.json"];
    let ran = run(dir.path(), &with);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(summary(dir.path(), &with)["suppressed"], 1);
    // Lines move, another finding comes.
    let text = format!("# a comment\n\n{}{}", pool("new", V6), pool("old", V6));
    std::fs::write(dir.path().join("main.tf"), text).unwrap();
    assert_eq!(found(dir.path(), &with), ["main.tf:8: WindowsGen2OptInMissing"]);
    assert_eq!(run(dir.path(), &with).code, 1);
    // From another folder and for a part of the files it is the same baseline.
    assert_eq!(found(dir.path(), &["main.tf", "--baseline", "baseline.json"]).len(), 1);
}

#[test]
fn what_is_fixed_is_told_so_that_the_baseline_shrinks() {
    let dir = tree(&[(".git/HEAD", ""), ("a/main.tf", &pool("one", V6)), ("b/main.tf", &pool("two", V6))]);
    run(dir.path(), &["--write-baseline", "baseline.json"]);
    std::fs::write(dir.path().join("a/main.tf"), pool("one", V5)).unwrap();
    let with = ["--baseline", "baseline.json"];
    let ran = run(dir.path(), &with);
    assert_eq!(ran.code, 0);
    let told = "1 entry of baseline.json is fixed; write it anew to keep it so: --write-baseline baseline.json\n  \
                a/main.tf: WindowsGen2OptInMissing agent pool `one`: ";
    assert!(ran.err.starts_with(told), "{}", ran.err);
    // Of what was not looked at nothing is said.
    assert_eq!(run(dir.path(), &["b", "--baseline", "baseline.json"]).err, "");
    assert_eq!(run(dir.path(), &["--ignore", "all", "--baseline", "baseline.json"]).code, 0);
    // Written anew it is smaller, and the same finding would count again.
    run(dir.path(), &["--write-baseline", "baseline.json"]);
    assert_eq!(run(dir.path(), &with).err, "");
    std::fs::write(dir.path().join("a/main.tf"), pool("one", V6)).unwrap();
    assert_eq!(found(dir.path(), &with), ["a/main.tf:6: WindowsGen2OptInMissing"]);
}

#[test]
fn what_is_not_asked_for_today_is_not_called_fixed() {
    let dir = tree(&[(".git/HEAD", ""), ("main.tf", &pool("one", V5))]);
    let ran = run(dir.path(), &["--select", "advice", "--write-baseline", "baseline.json"]);
    assert_eq!(ran.err, "wrote 1 finding to baseline.json\n");
    let ran = run(dir.path(), &["--baseline", "baseline.json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn the_bytes_are_the_same_for_the_same_findings() {
    let dir = tree(&[(".git/HEAD", ""), ("a/main.tf", &pool("one", V6)), ("b/main.tf", &pool("two", V6))]);
    run(dir.path(), &["--write-baseline", "one.json", "--threads", "1"]);
    run(dir.path(), &["--write-baseline", "two.json", "--threads", "4"]);
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(read("one.json"), read("two.json"));
    assert!(read("one.json").contains("\"akslint_baseline\": 1,"));
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../schemas/baseline.schema.json")).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::from_str(&read("one.json")).unwrap()));
    assert!(!validator.is_valid(&serde_json::json!({"akslint_baseline": 2, "findings": []})));
}

#[test]
fn another_version_and_a_broken_file_are_refused() {
    let dir = tree(&[(".git/HEAD", ""), ("main.tf", &pool("one", V6))]);
    let cases = [
        (
            "{\"akslint_baseline\": 2, \"findings\": {}}",
            "akslint: cannot use the baseline b.json: it is of version 2, and this akslint reads version 1; write it anew with --write-baseline\n",
        ),
        ("{\"akslint_baseline\": 1, \"find", "akslint: cannot use the baseline b.json: it is broken: "),
        (
            "{}",
            "akslint: cannot use the baseline b.json: it is no baseline: it does not say `akslint_baseline`\n",
        ),
    ];
    for (text, said) in cases {
        std::fs::write(dir.path().join("b.json"), text).unwrap();
        let ran = run(dir.path(), &["--baseline", "b.json"]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{text}");
        assert!(ran.err.starts_with(said), "{text}: {}", ran.err);
    }
    let ran = run(dir.path(), &["--baseline", "nope.json"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (2, "akslint: cannot use the baseline nope.json: no such file or folder\n")
    );
    let ran = run(dir.path(), &["--write-baseline", "no/such/folder.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("akslint: cannot write no/such/folder.json: "), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_baseline_that_is_a_link_has_other_names_or_is_no_file_stays_what_it_is() {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, symlink};
    let dir =
        tree(&[(".git/HEAD", ""), ("main.tf", &pool("one", V6)), ("real.json", "old"), ("hard.json", "old")]);
    let at = |name: &str| dir.path().join(name);
    symlink("real.json", at("link.json")).unwrap();
    symlink("new.json", at("dangling.json")).unwrap();
    std::fs::hard_link(at("hard.json"), at("second.json")).unwrap();
    for (name, holds_it) in
        [("link.json", "real.json"), ("dangling.json", "new.json"), ("hard.json", "second.json")]
    {
        let ran = run(dir.path(), &["--write-baseline", name]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(std::fs::read_to_string(at(holds_it)).unwrap().starts_with('{'), "{name}");
        assert_eq!(found(dir.path(), &["--baseline", name]), NONE);
    }
    assert!(at("link.json").is_symlink() && at("dangling.json").is_symlink());
    assert_eq!(std::fs::metadata(at("hard.json")).unwrap().nlink(), 2);

    assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let pipe = at("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    let ran = run(dir.path(), &["--write-baseline", "pipe"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(reader.join().unwrap().starts_with('{'));
    assert!(std::fs::metadata(at("pipe")).unwrap().file_type().is_fifo());
}

#[test]
fn nothing_is_written_over_a_read_only_baseline() {
    let dir = tree(&[(".git/HEAD", ""), ("main.tf", &pool("one", V6)), ("b.json", "mine")]);
    let path = dir.path().join("b.json");
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    let ran = run(dir.path(), &["--write-baseline", "b.json"]);
    assert_eq!((ran.code, ran.err.as_str()), (2, "akslint: cannot write b.json: it is read-only\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(found(dir.path(), &["--ignore", "all"]), NONE);
}
