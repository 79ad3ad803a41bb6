//! The binary as people run it: exit codes, formats, and what it says about input that is not right.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use assert_cmd::Command;
use command::{run, tree, write};

const HEALTHY: &str = r#"resource "azurerm_kubernetes_cluster" "aks" {
  name                = "prod"
  location            = "westeurope"
  resource_group_name = "rg"
  kubernetes_version  = "1.34"
  default_node_pool {
    name       = "system"
    vm_size    = "Standard_D4s_v5"
    node_count = 3
  }
}
"#;
const HALF: &str =
    "resource \"azurerm_kubernetes_cluster_node_pool\" \"x\" {\n  vm_size = \"Standard_D4s_v5\n";

#[test]
fn a_healthy_repository_is_one_line_and_exit_code_0() {
    let dir = tree(&[("main.tf", HEALTHY)]);
    for args in [&["check"][..], &[], &["."], &["main.tf"], &["check", "./main.tf"]] {
        let ran = run(dir.path(), args);
        assert_eq!(ran.out, "checked 1 file: 1 agent pool in 1 cluster, no findings\n", "{args:?}");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn a_folder_without_pools_says_so() {
    let dir = tree(&[("storage.tf", "resource \"azurerm_storage_account\" \"a\" {}\n")]);
    let ran = run(dir.path(), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "no agent pools found in 1 file\n"));
    let ran = run(tree(&[]).path(), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "no agent pools found in 0 files\n"));
}

#[test]
fn what_the_default_of_an_input_leaves_out_is_no_silent_pass() {
    let off = "variable \"aks\" { default = false }\n".to_owned()
        + &HEALTHY.replacen("\" {\n", "\" {\n  count = var.aks ? 1 : 0\n", 1);
    let dir = tree(&[("main.tf", &off)]);
    let ran = run(dir.path(), &[]);
    let place = "left out by default: main.tf:2:1\n";
    assert_eq!((ran.code, ran.out), (0, format!("no agent pools found in 1 file; {place}")));
    assert_eq!(run(dir.path(), &["pools"]).out, format!("no agent pools found in 1 file\n{place}"));
    // Whoever says that it is off is told nothing.
    let dir = tree(&[("main.tf", &off), ("terraform.tfvars", "aks = false\n")]);
    assert_eq!(run(dir.path(), &[]).out, "no agent pools found in 2 files\n");
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let clean = tree(&[("main.tf", HEALTHY)]);
    let broken = tree(&[("main.tf", HEALTHY), ("half.tf", HALF)]);
    for format in ["human", "concise", "json"] {
        assert_eq!(run(clean.path(), &["--format", format]).code, 0, "{format}");
        assert_eq!(run(broken.path(), &["--format", format]).code, 1, "{format}");
        assert_eq!(run(broken.path(), &["--format", format, "--exit-zero"]).code, 0, "{format}");
        assert_eq!(run(broken.path(), &["--format", format, "--fail-on", "never"]).code, 0, "{format}");
        assert_eq!(run(broken.path(), &["--format", format, "--fail-on", "info"]).code, 1, "{format}");
        assert_eq!(run(broken.path(), &["--format", format, "missing"]).code, 2, "{format}");
    }
}

#[test]
fn standard_output_holds_only_findings_in_concise_and_json() {
    let dir = tree(&[("main.tf", HEALTHY), ("half.tf", HALF)]);
    let concise = run(dir.path(), &["--format", "concise"]);
    assert_eq!(concise.out, "half.tf:2:13: error[Syntax] quoted string is not closed in its line\n");
    assert_eq!(concise.err, "checked 2 files: 1 agent pool in 1 cluster, 1 error\n");
    let json = run(dir.path(), &["--format", "json"]);
    assert_eq!(json.err, "");
    assert_valid(include_str!("../schemas/check.schema.json"), &json.out);
    let pools = run(dir.path(), &["pools", "--format", "json"]);
    assert_eq!((pools.code, pools.err.as_str()), (0, ""));
    assert_valid(include_str!("../schemas/pools.schema.json"), &pools.out);
}

fn assert_valid(schema: &str, document: &str) {
    let schema = serde_json::from_str(schema).unwrap();
    let document = serde_json::from_str(document).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [] as [String; 0]);
}

/// Each bad input with what is said of it on standard output; the healthy pool beside it is checked all
/// the same.
#[test]
fn bad_input_is_named_and_everything_else_is_still_checked() {
    let pool = |body: &str| {
        format!("resource \"azurerm_kubernetes_cluster_node_pool\" \"x\" {{\n  name = \"x\"\n{body}}}\n")
    };
    let cases: [(&str, Vec<u8>, i32, &str); 8] = [
        (
            "half a file",
            HALF.into(),
            1,
            "error[Syntax]: quoted string is not closed in its line\n --> bad.tf:2:13\n",
        ),
        (
            "a template expression with a typo",
            pool("  vm_size = \"Standard_${var.}\"\n").into(),
            1,
            "error[Syntax]: expected a name or an index after the `.`\n --> bad.tf:3:29\n",
        ),
        (
            "an unknown function",
            pool("  vm_size = pick_a_size()\n").into(),
            1,
            "error[Syntax]: there is no function `pick_a_size`\n --> bad.tf:3:13\n",
        ),
        (
            "a variable with a typo",
            pool("  vm_size = \"Standard_${var.sise}\"\n").into(),
            1,
            "error[Syntax]: there is no variable `sise`\n --> bad.tf:3:25\n",
        ),
        (
            "a reference to nothing",
            pool("  vm_size = vra.size\n").into(),
            1,
            "error[Syntax]: there is no resource `vra.size`\n --> bad.tf:3:13\n",
        ),
        (
            "a module that calls itself",
            b"module \"again\" {\n  source = \"./\"\n}\n".to_vec(),
            1,
            "error[Syntax]: module `again` calls itself\n --> bad.tf:1:1\n",
        ),
        (
            "bytes that are no text",
            b"# azurerm_kubernetes_cluster\nx = \"\xe9\"\n".to_vec(),
            0,
            "; not read: bad.tf (not UTF-8 text: first bad byte at offset 34, in line 2)\n",
        ),
        (
            "a file beyond the size that is read",
            [b"# azurerm_kubernetes_cluster\n".to_vec(), vec![b' '; 17 << 20]].concat(),
            0,
            "; not read: bad.tf (larger than 16777216 bytes and not read)\n",
        ),
    ];
    for (case, bytes, code, said) in cases {
        let dir = tree(&[("good.tf", HEALTHY)]);
        write(dir.path(), "bad.tf", &bytes);
        let ran = run(dir.path(), &[]);
        assert!(ran.out.contains(said), "{case}: {}", ran.out);
        assert!(ran.out.contains("checked 2 files: "), "{case}: {}", ran.out);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{case}");
        let pools = run(dir.path(), &["pools"]);
        assert!(pools.out.contains("system  azurerm_kubernetes_cluster.aks.default_node_pool  good.tf:6"));
        assert_eq!(pools.code, 0, "{case}");
    }
}

/// A file with this many lines that are no Bicep, and a pool.
fn damaged(lines: usize) -> String {
    let pool = "resource p 'Microsoft.ContainerService/managedClusters/agentPools@2024-05-01' = {\n  name: 'aks/p'\n}\n";
    format!("{}{pool}", "this is no Bicep\n".repeat(lines))
}

#[test]
fn a_damaged_file_does_not_flood_the_report_and_every_error_counts() {
    for (lines, shown, more) in
        [(10, 10, ""), (11, 10, "1 more syntax error"), (101, 10, "91 more syntax errors")]
    {
        let dir = tree(&[("main.bicep", &damaged(lines)), ("other.bicep", &damaged(1))]);
        let ran = run(dir.path(), &["main.bicep", "other.bicep", "--format", "json"]);
        assert_valid(include_str!("../schemas/check.schema.json"), &ran.out);
        let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let findings = json["diagnostics"].as_array().unwrap();
        let of_main: Vec<_> = findings.iter().filter(|finding| finding["file"] == "main.bicep").collect();
        assert_eq!(of_main.len(), shown);
        let numbers: Vec<u64> = of_main.iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
        assert_eq!(numbers, Vec::from_iter(1..=10));
        let notes: Vec<&str> = findings
            .iter()
            .flat_map(|finding| finding["notes"].as_array().unwrap())
            .filter_map(|note| note.as_str())
            .collect();
        assert_eq!(json["summary"]["errors"], lines + 1);
        assert_eq!(json["summary"]["not_shown"], lines - shown);
        if more.is_empty() {
            assert_eq!(notes, [""; 0]);
        } else {
            assert_eq!(of_main.last().unwrap()["notes"].as_array().unwrap().len(), 1);
            assert!(notes.len() == 1 && notes[0].starts_with(&format!("{more} in this file ")), "{notes:?}");
        }
        let human = run(dir.path(), &["main.bicep", "other.bicep"]);
        assert!(
            human.out.contains(more) && human.out.contains(&format!("{} errors", lines + 1)),
            "{}",
            human.out
        );
        assert_eq!((ran.code, human.code), (1, 1));
        let config = "[[suppress]]\nrules = [\"Syntax\"]\npaths = [\"main.bicep\"]\n";
        write(dir.path(), "akslint.toml", config.as_bytes());
        let summary = command::summary(dir.path(), &["main.bicep", "other.bicep"]);
        assert_eq!((&summary["suppressed"], &summary["errors"]), (&lines.into(), &1.into()));
    }
}

#[test]
fn pools_name_a_file_that_cannot_be_read() {
    let dir = tree(&[("main.tf", HEALTHY), ("half.tf", HALF)]);
    let said = "\nnot read: half.tf:2:13 (quoted string is not closed in its line)\n";
    let ran = run(dir.path(), &["pools"]);
    assert!(ran.out.ends_with(said), "{}", ran.out);
}

#[test]
fn a_named_file_that_cannot_be_read_is_no_pass() {
    let dir = tree(&[("main.tf", HEALTHY)]);
    write(dir.path(), "bad.tf", b"# azurerm_kubernetes_cluster \xe9");
    let ran = run(dir.path(), &["bad.tf", "--exit-zero"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("akslint: cannot read bad.tf: not UTF-8 text"), "{}", ran.err);
}

/// A pool whose size comes from elsewhere.
const FED_BICEP: &str = "param size string\nresource aks 'Microsoft.ContainerService/managedClusters@2025-05-01' = {\n  name: 'aks'\n  location: 'westeurope'\n  properties: { kubernetesVersion: '1.34', agentPoolProfiles: [ { name: 'system', mode: 'System', vmSize: size } ] }\n}\n";

#[test]
fn input_files_and_manifests_that_cannot_be_read_are_told() {
    // A word in Latin-1, and what a redirection of another shell writes.
    let latin = b"// gr\xfcn\nusing './main.bicep'\nparam size = 'Standard_D4s_v5'\n".to_vec();
    let text = "using './main.bicep'\nparam size = 'Standard_D4s_v5'\n";
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let yaml = b"# gr\xfcn\napiVersion: v1\nkind: Pod\n".to_vec();
    let vars = b"# gr\xfcn\nsize = \"Standard_D4s_v5\"\n".to_vec();
    let terraform = format!("variable \"size\" {{}}\n{}", HEALTHY.replace("\"Standard_D4s_v5\"", "var.size"));
    for (main, source, name, bytes, why) in [
        (
            "main.bicep",
            FED_BICEP,
            "main.bicepparam",
            &latin,
            "not UTF-8 text: first bad byte at offset 5, in line 1",
        ),
        ("main.bicep", FED_BICEP, "main.bicepparam", &utf16, "UTF-16 text; save it as UTF-8"),
        ("main.bicep", FED_BICEP, "a.yaml", &yaml, "not UTF-8 text: first bad byte at offset 4, in line 1"),
        (
            "main.tf",
            &terraform,
            "terraform.tfvars",
            &vars,
            "not UTF-8 text: first bad byte at offset 4, in line 1",
        ),
    ] {
        let dir = tree(&[(main, source)]);
        std::fs::write(dir.path().join(name), bytes).unwrap();
        let ran = run(dir.path(), &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let told = format!("not read: {name} ({why})");
        assert!(ran.out.contains(&told), "{told}: {ran:?}");
        assert_eq!(ran.out.matches(name).count(), 1, "{ran:?}");
        let json = run(dir.path(), &["--format", "json"]).out;
        let document: serde_json::Value = serde_json::from_str(&json).unwrap();
        let unread = &document["summary"]["unread"];
        assert_eq!((unread[0]["file"].as_str(), unread[0]["message"].as_str()), (Some(name), Some(why)));
        assert_eq!(unread.as_array().unwrap().len(), 1, "{unread}");
        // Asked to look at it, and unable to.
        let ran = run(dir.path(), &[main, name]);
        assert_eq!(
            (ran.code, ran.err.contains(&format!("akslint: cannot read {name}: {why}"))),
            (2, true),
            "{ran:?}"
        );
        let option = if main == "main.tf" { "--var-file" } else { "--parameters" };
        if name != "a.yaml" {
            let ran = run(dir.path(), &[option, name]);
            assert_eq!((ran.code, ran.err.contains("akslint: cannot read ")), (2, true), "{ran:?}");
        }
    }
}

#[test]
fn the_number_of_threads_has_a_bound() {
    let dir = tree(&[("main.tf", HEALTHY)]);
    let ran = run(dir.path(), &["--threads", "257"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("257 is not in 0..=256"), "{}", ran.err);
    assert_eq!(run(dir.path(), &["--threads", "2"]).code, 0);
}

#[test]
fn what_cannot_be_run_is_one_sentence_and_exit_code_2() {
    let dir = tree(&[("main.tf", HEALTHY)]);
    let cases: [(&[&str], &str); 7] = [
        (&["nope.tf"], "akslint: no such file or folder: nope.tf\n"),
        (&["chekc"], "akslint: no such file or folder: chekc; did you mean the command `check`?\n"),
        (&["--var-file", "no.tfvars"], "akslint: no such file or folder: no.tfvars\n"),
        (&["--select", "advise"], "akslint: no such rule: advise; did you mean `advice`?\n"),
        (&["--ignore", "retirement,frob"], "akslint: no such rule: frob; `akslint rules` lists them all\n"),
        (&["explain", "frob"], "akslint: no such rule: frob; `akslint rules` lists them all\n"),
        (
            &["--as-of", "2026-02-30"],
            "error: invalid value '2026-02-30' for '--as-of <DATE>': write a day of the calendar as YYYY-MM-DD, \
             such as 2026-11-20\n",
        ),
    ];
    for (args, said) in cases {
        let ran = run(dir.path(), args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with(said), "{args:?}: {}", ran.err);
    }
    let ran = run(dir.path(), &["--frob"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("error: unexpected argument '--frob' found"), "{}", ran.err);
}

#[test]
fn a_path_named_like_a_command_can_be_given() {
    let dir = tree(&[("pools/main.tf", HEALTHY)]);
    assert_eq!(run(dir.path(), &["./pools"]).out, "checked 1 file: 1 agent pool in 1 cluster, no findings\n");
    assert!(run(dir.path(), &["pools", "pools"]).out.starts_with("CLUSTER"));
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let dir = tree(&[("main.tf", HEALTHY), ("half.tf", HALF)]);
    let with = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::cargo_bin("akslint").unwrap();
        command.current_dir(dir.path()).env_clear().envs(variables.iter().copied()).args(args);
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!with(&[], &[]));
    assert!(with(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!with(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!with(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(with(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!with(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = tree(&[]);
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("akslint"))
        .args(["facts", "vm-sizes"])
        .current_dir(dir.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn output_is_the_same_for_any_number_of_threads_and_without_the_prefilter() {
    let dir = tree(&[("main.tf", HEALTHY), ("half.tf", HALF), ("b/half.tf", HALF), ("c/main.tf", HEALTHY)]);
    let one = run(dir.path(), &["--threads", "1", "--format", "json"]).out;
    assert_eq!(run(dir.path(), &["--threads", "4", "--format", "json"]).out, one);
    assert_eq!(run(dir.path(), &["--no-prefilter", "--format", "json"]).out, one);
}

/// A pool that fails, in a template that never writes its type in one piece.
#[test]
fn types_put_together_are_found_with_the_prefilter_too() {
    for written in [
        "[concat('Microsoft.Container', 'Service/managedClusters')]",
        "[join(createArray('Microsoft.Container', 'Service', '/managedClusters'), '')]",
        "[format('{0}/managedClusters', 'Microsoft.ContainerService')]",
    ] {
        let template = format!(
            r#"{{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
              "contentVersion": "1.0.0.0",
              "resources": [{{"type": "{written}", "apiVersion": "2025-05-01", "name": "aks", "properties": {{
                "agentPoolProfiles": [{{"name": "Bad_Name", "mode": "System", "vmSize": "Standard_D4s_v5"}}]}}}}]}}"#
        );
        let dir = tree(&[("main.json", &template)]);
        let found = run(dir.path(), &["--format", "json"]).out;
        assert!(found.contains("InvalidAgentPoolName"), "{written}: {found}");
        assert_eq!(run(dir.path(), &["--no-prefilter", "--format", "json"]).out, found, "{written}");
    }
}

#[test]
fn lists_are_written_as_text_and_json() {
    let dir = tree(&[]);
    assert!(run(dir.path(), &["rules"]).out.starts_with("RULE"));
    assert!(run(dir.path(), &["facts"]).out.starts_with("facts as of 20"));
    for table in ["vm-sizes", "os-skus", "kubernetes-versions"] {
        let text = run(dir.path(), &["facts", table]).out;
        let json: serde_json::Value =
            serde_json::from_str(&run(dir.path(), &["facts", table, "--format", "json"]).out).unwrap();
        assert_eq!(text.lines().count(), json.as_array().unwrap().len() + 1, "{table}");
    }
    let rules: serde_json::Value =
        serde_json::from_str(&run(dir.path(), &["rules", "--format", "json"]).out).unwrap();
    assert!(rules.is_array());
    let completions = run(dir.path(), &["completions", "bash"]);
    assert!(completions.out.contains("_akslint"));
    assert_eq!(run(dir.path(), &["--version"]).out, format!("akslint {}\n", env!("CARGO_PKG_VERSION")));
}

/// A pool that Azure rejects.
const BROKEN: &str = "resource \"azurerm_kubernetes_cluster_node_pool\" \"x\" {\n  name    = \"windows\"\n  \
                      os_type = \"Windows\"\n  os_sku  = \"Windows2022\"\n  vm_size = \"Standard_D4s_v5\"\n}\n";

#[test]
fn reports_go_to_files_beside_the_terminal() {
    let dir = tree(&[("main.tf", BROKEN), (".out/.keep", "")]);
    let args = [
        "--format=human",
        "--output=sarif=.out/a.sarif",
        "--output=junit=.out/j.xml",
        "--output=gitlab=.out/g.json",
        "--output=markdown=.out/s.md",
        "--output=json=.out/a.json",
        "--output=github=-",
    ];
    let ran = run(dir.path(), &args);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let alone = run(dir.path(), &["--format=human"]);
    let annotations = run(dir.path(), &["--format=github"]);
    assert_eq!(ran.out, alone.out + &annotations.out);
    assert!(annotations.out.starts_with("::error file=main.tf,line=2,col=13,"), "{}", annotations.out);
    for (file, format) in [
        (".out/a.sarif", "sarif"),
        (".out/j.xml", "junit"),
        (".out/g.json", "gitlab"),
        (".out/s.md", "markdown"),
    ] {
        let written = std::fs::read_to_string(dir.path().join(file)).unwrap();
        assert_eq!(written, run(dir.path(), &["--format", format]).out);
    }
}

#[test]
fn what_cannot_be_written_is_exit_code_2_and_everything_else_is_written() {
    let dir = tree(&[("main.tf", BROKEN)]);
    let ran = run(dir.path(), &["--output=sarif=no/such/folder/a.sarif", "--output=concise=b.txt"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.starts_with("akslint: cannot write to no/such/folder/a.sarif: "), "{}", ran.err);
    assert!(ran.out.contains("WindowsAgentPoolNameTooLong"));
    assert!(std::fs::read_to_string(dir.path().join("b.txt")).unwrap().starts_with("main.tf:2:13: error["));
    for wrong in [
        &["--output=sarif=."][..],
        &["--output=sarif=a", "--output=json=a"],
        &["--output=a.sarif"],
        &["--output=serif=a"],
        &["--quiet", "--verbose"],
    ] {
        let ran = run(dir.path(), wrong);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}");
        assert!(!ran.err.is_empty(), "{wrong:?}");
    }
    assert!(!dir.path().join("a").exists());
}

#[test]
fn quiet_leaves_findings_only_and_verbose_tells_what_is_not_known() {
    let text = format!(
        "{BROKEN}variable \"size\" {{}}\nresource \"azurerm_kubernetes_cluster_node_pool\" \"y\" {{\n  vm_size = var.size\n}}\n"
    );
    let dir = tree(&[("main.tf", &text), ("half.tf", "resource \"a\" {\n")]);
    for format in ["human", "concise", "github", "azure-pipelines"] {
        let quiet = run(dir.path(), &["--format", format, "--quiet"]);
        let plain = run(dir.path(), &["--format", format]);
        assert_eq!(quiet.err, "", "{format}");
        assert!(
            quiet.out.contains("WindowsAgentPoolNameTooLong") && !quiet.out.contains("checked "),
            "{format}"
        );
        assert!((plain.out + &plain.err).contains("checked "), "{format}");
    }
    let verbose = run(dir.path(), &["--format", "json", "--verbose"]);
    assert!(
        verbose.err.contains("not known: vm_size of azurerm_kubernetes_cluster_node_pool.y: "),
        "{}",
        verbose.err
    );
    assert!(run(tree(&[("main.tf", HEALTHY)]).path(), &["--quiet"]).out.is_empty());
}

/// Names that a pull request may bring, in every format.
#[cfg(unix)]
#[test]
fn file_names_cannot_speak_to_ci_systems_or_terminals() {
    let names =
        ["a\n::error::x.tf", "b\x1b[2J##vso[task.complete].tf", "c:7:7: error[X] y.tf", "d ::set-env::e.tf"];
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, BROKEN)).collect();
    let dir = tree(&files);
    for format in
        ["human", "concise", "json", "sarif", "github", "azure-pipelines", "gitlab", "junit", "markdown"]
    {
        let ran = run(dir.path(), &["--format", format, "--verbose"]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        let shown = ran.out + &ran.err;
        assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{format}");
        for line in shown.lines() {
            let own = ["::error file=", "##vso[task.logissue "];
            let rest = own.iter().find_map(|own| line.strip_prefix(own)).unwrap_or(line);
            assert!(!rest.trim_start().starts_with("::") || format == "human", "{format}: {line}");
            assert!(!rest.contains("##vso["), "{format}: {line}");
            // The human format's own marker of another file.
            assert!(!rest.trim_start().starts_with("::error"), "{format}: {line}");
        }
    }
}

#[test]
fn a_file_outside_of_the_repository_has_an_absolute_address() {
    let dir = tree(&[
        ("repo/.git/HEAD", ""),
        ("repo/main.tf", "module \"m\" {\n  source = \"../outside\"\n  name   = \"windows\"\n}\n"),
        (
            "outside/main.tf",
            &BROKEN.replace("\"windows\"", "var.name").replace("resource", "variable \"name\" {}\nresource"),
        ),
    ]);
    let mut command = Command::cargo_bin("akslint").unwrap();
    let ran = command.current_dir(dir.path().join("repo")).env_clear();
    let ran = ran.args(["--format", "sarif", "--as-of", "2026-11-20"]).output().unwrap();
    let log: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let result = &log["runs"][0]["results"][0];
    let primary = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(
        (primary["uri"].as_str(), primary["uriBaseId"].as_str()),
        (Some("main.tf"), Some("%SRCROOT%"))
    );
    let used = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"];
    let uri = used["uri"].as_str().unwrap();
    assert!(uri.starts_with("file:///") && uri.ends_with("/outside/main.tf"), "{uri}");
    assert!(used["uriBaseId"].is_null());
}

/// Paths for hosts of repositories do not depend on where the command is run.
#[test]
fn reports_for_hosts_name_files_from_the_root_of_the_repository() {
    let dir = tree(&[("repo/.git/HEAD", ""), ("repo/envs/prod/main.tf", BROKEN)]);
    let from = |folder: &str, format: &str| {
        let mut command = Command::cargo_bin("akslint").unwrap();
        let command = command.current_dir(dir.path().join(folder)).env_clear();
        let output = command.args(["--quiet", "--as-of", "2026-11-20", "--format", format]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for format in ["sarif", "github", "azure-pipelines", "gitlab", "junit"] {
        let shown = from("repo/envs", format);
        assert!(shown.contains("envs/prod/main.tf"), "{shown}");
        assert_eq!(shown, from("repo", format));
    }
    assert!(from("repo/envs", "concise").starts_with("prod/main.tf:2:13: "));
}

const TEMPLATE: &str = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
 "parameters": {"size": {"type": "string"}}, "resources": [
  {"type": "Microsoft.ContainerService/managedClusters/agentPools", "name": "aks/win",
   "properties": {"osType": "Windows", "osSKU": "Windows2022", "vmSize": "[parameters('size')]"}}]}"#;

#[test]
fn a_parameter_file_for_another_template_is_told_and_one_that_fits_is_used() {
    let dir = tree(&[
        ("main.json", TEMPLATE),
        ("other.json", r#"{"parameters": {"region": {"value": "x"}, "tier": {"value": "y"}}}"#),
        ("fits.json", r#"{"parameters": {"size": {"value": "Standard_D4s_v6"}}}"#),
    ]);
    let other = run(dir.path(), &["check", "--format", "concise", "--parameters", "other.json", "main.json"]);
    let message = "error[Syntax] most of the parameters that `other.json` gives are declared by no template";
    assert!(other.out.contains(&format!("main.json:1:1: {message}")), "{}", other.out);
    let other = run(dir.path(), &["check", "--format", "concise", "--parameters", "other.json"]);
    assert!(other.out.contains(&format!("other.json:1:1: {message}")), "{}", other.out);
    let fits = run(dir.path(), &["check", "--format", "concise", "--parameters", "fits.json", "main.json"]);
    assert!(fits.out.contains("Windows2022NotSupportedWithGen2VM") || fits.code == 1, "{}", fits.out);
    assert!(!fits.out.contains("Syntax"), "{}", fits.out);
}

const BICEP_CLUSTER: &str = r"param prefix string = uniqueString(resourceGroup().id)
resource aks 'Microsoft.ContainerService/managedClusters@2024-09-01' = {
  name: '${prefix}-aks'
  location: 'westeurope'
  properties: {
    kubernetesVersion: '1.29'
    agentPoolProfiles: [
      { name: 'system', mode: 'System', vmSize: 'Standard_D4s_v5', count: 3 }
    ]
  }
}
";

#[test]
fn a_root_file_lists_all_that_it_deploys() {
    // No value of the pool is written in the root: the module alone makes it.
    let root = "module aks 'modules/aks.bicep' = {\n  name: 'aks'\n}\n";
    let dir = tree(&[("modules/aks.bicep", BICEP_CLUSTER), ("main.bicep", root)]);
    let ran = run(dir.path(), &["pools", "main.bicep"]);
    assert!(ran.out.contains("Standard_D4s_v5"), "{}", ran.out);
    let other = run(dir.path(), &["pools", "missing.bicep"]);
    assert_eq!(other.code, 2, "{}", other.out);
}

#[test]
fn a_cluster_whose_name_is_not_known_is_called_by_its_expression() {
    let dir = tree(&[("main.bicep", BICEP_CLUSTER)]);
    let ran = run(dir.path(), &["--format", "concise"]);
    assert!(ran.out.contains("cluster `${prefix}-aks`: runs Kubernetes `1.29`"), "{}", ran.out);
}
