//! The steps of `action.yml`, executed as the runner executes them: with its variables, the inputs put in, and the
//! outputs of one step given to the next. Nothing is downloaded: releases come from a local folder.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use akslint::source::FileId;
use akslint::syntax::data::Node;
use akslint::syntax::yaml;
use tempfile::TempDir;

const BROKEN: &str = "resource \"azurerm_kubernetes_cluster_node_pool\" \"x\" {\n  name    = \"windows\"\n  \
                      os_type = \"Windows\"\n  os_sku  = \"Windows2022\"\n  vm_size = \"Standard_D4s_v5\"\n}\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn document(path: &Path) -> Node {
    let stream = yaml::parse(FileId(0), &fs::read_to_string(path).unwrap());
    let mut documents = stream.documents;
    assert_eq!(documents.len(), 1, "{}", path.display());
    let document = documents.remove(0);
    assert!(document.errors.is_empty(), "{}: {:?}", path.display(), document.errors);
    document.node.unwrap()
}

fn text(node: &Node) -> String {
    node.as_str().unwrap_or_default().to_owned()
}

/// What the steps left behind.
struct Ran {
    /// Whether every step passed.
    passed: bool,
    /// Standard output of all steps.
    log: String,
    /// `exit-code` and whatever else the steps wrote to their outputs.
    outputs: BTreeMap<String, String>,
    /// The run's summary page.
    summary: String,
}

/// Executes the action in a folder. Steps that use other actions are left out.
fn run(workspace: &Path, inputs: &[(&str, &str)], runner: (&str, &str)) -> Ran {
    let action = document(&root().join("action.yml"));
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for input in action.get("inputs").unwrap().members() {
        let name = &*input.key.text;
        values.insert(format!("inputs.{name}"), input.value.get("default").map(text).unwrap_or_default());
    }
    for (name, value) in inputs {
        let known = values.insert(format!("inputs.{name}"), (*value).to_owned());
        assert!(known.is_some(), "the action has no input {name}");
    }
    let temp = TempDir::new().unwrap();
    let summary = temp.path().join("summary");
    let mut ran = Ran { passed: true, log: String::new(), outputs: BTreeMap::new(), summary: String::new() };
    for (index, step) in action.get("runs").unwrap().get("steps").unwrap().items().iter().enumerate() {
        let Some(script) = step.get("run") else { continue };
        let output = temp.path().join(format!("output-{index}"));
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &text(script)]);
        command.current_dir(workspace).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("GITHUB_ACTION_PATH", root()).env("GITHUB_OUTPUT", &output);
        command.env("GITHUB_STEP_SUMMARY", &summary).env("RUNNER_TEMP", temp.path());
        command.env("RUNNER_OS", runner.0).env("RUNNER_ARCH", runner.1);
        for variable in step.get("env").map(Node::members).unwrap_or_default() {
            let expression = text(&variable.value);
            let name =
                expression.trim().strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap();
            let value = values.get(name.trim()).unwrap_or_else(|| panic!("{expression} is nothing"));
            command.env(&*variable.key.text, value);
        }
        let done = command.output().unwrap();
        ran.log += &String::from_utf8_lossy(&done.stdout);
        ran.log += &String::from_utf8_lossy(&done.stderr);
        let id = step.get("id").map(text).unwrap_or_default();
        for line in fs::read_to_string(&output).unwrap_or_default().lines() {
            let (name, value) = line.split_once('=').unwrap();
            values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            ran.outputs.insert(name.to_owned(), value.to_owned());
        }
        if !done.status.success() {
            ran.passed = false;
            break;
        }
    }
    ran.summary = fs::read_to_string(summary).unwrap_or_default();
    ran
}

fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("akslint")
}

/// A folder of releases with one for Linux on x64, and the archive's checksum.
fn release(folder: &Path) -> String {
    let home = folder.join("v1.2.3");
    fs::create_dir_all(&home).unwrap();
    let archive = "akslint-x86_64-unknown-linux-musl.tar.gz";
    let binary = binary();
    let tar = Command::new("tar")
        .args(["-czf", archive, "-C"])
        .arg(binary.parent().unwrap())
        .arg("akslint")
        .current_dir(&home)
        .status();
    assert!(tar.unwrap().success());
    let sum = Command::new("sh")
        .args(["-c", &format!("sha256sum {archive} || shasum -a 256 {archive}")])
        .current_dir(&home)
        .output()
        .unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    fs::write(home.join("SHA256SUMS"), &sum).unwrap();
    sum.split_whitespace().next().unwrap().to_owned()
}

fn workspace() -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, text) in [("prod env/main.tf", BROKEN), ("empty/storage.tf", "resource \"x\" \"y\" {}\n")] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

const LINUX: (&str, &str) = ("Linux", "X64");
const DAY: (&str, &str) = ("as-of", "2026-11-20");

#[test]
fn findings_annotate_fill_the_summary_and_fail_after_sarif_is_written() {
    let dir = workspace();
    let binary = binary();
    let with = [DAY, ("binary", binary.to_str().unwrap()), ("sarif", "out.sarif")];
    let ran = run(dir.path(), &with, LINUX);
    assert!(!ran.passed);
    assert_eq!(ran.outputs["exit-code"], "1");
    assert_eq!(ran.outputs["sarif"], "out.sarif");
    assert!(ran.log.contains("error[WindowsAgentPoolNameTooLong]: agent pool"), "{}", ran.log);
    assert!(ran.log.contains("\n::error file=prod env/main.tf,line=2,"), "{}", ran.log);
    assert!(ran.summary.starts_with("## akslint\n"), "{}", ran.summary);
    let sarif = fs::read_to_string(dir.path().join("out.sarif")).unwrap();
    assert!(sarif.contains("\"uri\": \"prod%20env/main.tf\""), "{sarif}");
}

#[test]
fn inputs_choose_paths_formats_and_what_fails() {
    let dir = workspace();
    let binary = binary();
    let binary = ("binary", binary.to_str().unwrap());
    let quiet = [("annotations", "false"), ("summary", "false"), ("format", "concise")];
    let with = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![DAY, binary];
        all.extend(quiet);
        all.extend(more);
        run(dir.path(), &all, LINUX)
    };
    let ran = with(&[("paths", "\n  prod env\n\nempty\n")]);
    assert!(!ran.passed && ran.summary.is_empty());
    assert!(ran.log.contains("prod env/main.tf:2:13: error[") && !ran.log.contains("::error"), "{}", ran.log);
    let ran = with(&[("paths", "empty")]);
    assert!(ran.passed && ran.outputs["exit-code"] == "0", "{}", ran.log);
    let ran = with(&[("fail-on", "never")]);
    assert!(ran.passed && ran.log.contains("WindowsAgentPoolNameTooLong"), "{}", ran.log);
    let ran = with(&[("args", "--ignore\nWindowsAgentPoolNameTooLong")]);
    assert!(ran.passed, "{}", ran.log);
    let ran = with(&[("paths", "nowhere")]);
    assert!(!ran.passed && ran.outputs["exit-code"] == "2", "{}", ran.log);
    // Nothing that is put in is run.
    let ran = with(&[("paths", "$(touch pwned)\n`touch pwned`\n; touch pwned")]);
    assert!(!ran.passed && ran.outputs["exit-code"] == "2", "{}", ran.log);
    assert!(!dir.path().join("pwned").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_release_is_used_only_if_its_checksum_is_right() {
    let dir = workspace();
    let releases = TempDir::new().unwrap();
    let sum = release(releases.path());
    let url = format!("file://{}", releases.path().display());
    let from = ("release-url", url.as_str());
    let version = ("version", "v1.2.3");
    let paths = ("paths", "empty");
    let upper = sum.to_uppercase();
    for with in [&[][..], &[("sha256", sum.as_str())], &[("sha256", upper.as_str())]] {
        let mut all = vec![DAY, from, version, paths];
        all.extend(with);
        let ran = run(dir.path(), &all, LINUX);
        assert!(ran.passed, "{}", ran.log);
        assert!(ran.log.starts_with("akslint "), "{}", ran.log);
    }
    let wrong = "0".repeat(64);
    let ran = run(dir.path(), &[DAY, from, version, paths, ("sha256", &wrong)], LINUX);
    assert!(!ran.passed && !ran.outputs.contains_key("binary"));
    assert!(ran.log.contains("::error title=akslint::the checksum of akslint-x86_64"), "{}", ran.log);

    fs::write(
        releases.path().join("v1.2.3/SHA256SUMS"),
        format!("{wrong}  akslint-x86_64-unknown-linux-musl.tar.gz\n"),
    )
    .unwrap();
    let ran = run(dir.path(), &[DAY, from, version, paths], LINUX);
    assert!(!ran.passed && ran.log.contains("it is not used"), "{}", ran.log);
    fs::write(releases.path().join("v1.2.3/SHA256SUMS"), format!("{sum}  another.tar.gz\n")).unwrap();
    let ran = run(dir.path(), &[DAY, from, version, paths], LINUX);
    assert!(!ran.passed && ran.log.contains("does not name"), "{}", ran.log);

    for (with, runner, said) in [
        (("version", "9.9.9"), LINUX, "cannot download"),
        (("version", "../../etc"), LINUX, "must look like"),
        (version, ("Linux", "RISCV"), "no release for Linux on RISCV"),
        (("binary", "/no/such"), LINUX, "no binary"),
    ] {
        let ran = run(dir.path(), &[DAY, from, with, paths], runner);
        assert!(!ran.passed && ran.log.contains(said), "{said}: {}", ran.log);
    }
}

/// What a name of another action stands for can change; what a commit stands for cannot.
#[test]
fn other_actions_are_pinned_to_commits() {
    let mut files = vec![root().join("action.yml")];
    files.extend(fs::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path()));
    let mut pinned = 0;
    for file in files {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let Some((_, action)) = line.split_once("uses: ") else { continue };
            if action == "./" {
                continue;
            }
            let commit = action.split_once('@').unwrap().1.split(' ').next().unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()), "{line}");
            assert!(action.contains(" # v"), "{line} does not say which version that is");
            pinned += 1;
        }
    }
    assert!(pinned >= 6, "{pinned}");
}

/// The blocks of a guide in a language.
fn blocks(guide: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("docs").join(guide)).unwrap();
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

/// What people copy from the guides names what is there: files, inputs, hooks, versions and commands.
#[test]
fn the_guides_name_what_is_there() {
    let tasks = fs::read_to_string(root().join("editors/vscode-tasks.json")).unwrap();
    assert_eq!(blocks("editors.md", "json"), [tasks]);

    let action = document(&root().join("action.yml"));
    let guide = fs::read_to_string(root().join("docs/github-actions.md")).unwrap();
    for input in action.get("inputs").unwrap().members() {
        let name: &str = &input.key.text;
        assert!(guide.contains(&format!("`{name}`")), "the guide has no input {name}");
    }
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    for guide in ["pre-commit.md", "github-actions.md", "azure-pipelines.md", "gitlab.md"] {
        let dir = workspace();
        for block in blocks(guide, "yaml") {
            let stream = yaml::parse(FileId(0), &block);
            assert!(stream.documents.iter().all(|document| document.errors.is_empty()), "{guide}: {block}");
            for line in block.lines() {
                for name in ["rev: ", "uses: akslint/akslint@", "--tag "] {
                    let Some((_, said)) = line.split_once(name) else { continue };
                    assert_eq!(said, version, "{guide}");
                }
                for name in ["akslintVersion: ", "AKSLINT_VERSION: "] {
                    let Some((_, said)) = line.split_once(name) else { continue };
                    assert_eq!(said, env!("CARGO_PKG_VERSION"), "{guide}");
                }
                let Some((_, command)) = line.split_once("akslint check") else { continue };
                let command = format!("\"$AKSLINT\" check{command} --as-of 2026-11-20");
                let command = command.replace("$(Common.TestResultsDirectory)/", "");
                let ran = Command::new("bash")
                    .args(["-c", &command])
                    .current_dir(dir.path())
                    .env("AKSLINT", binary())
                    .output()
                    .unwrap();
                assert_eq!(ran.status.code(), Some(1), "{guide}: {line}: {ran:?}");
            }
        }
    }
    // The inputs that the guide's workflows give.
    for block in blocks("github-actions.md", "yaml") {
        for line in block.lines().filter_map(|line| line.strip_prefix("          ")) {
            if let Some((name, _)) = line.split_once(": ").filter(|(name, _)| !name.contains(' ')) {
                assert!(action.get("inputs").unwrap().get(name).is_some(), "{name}");
            }
        }
    }
}
