//! Running the binary in a scratch folder.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with these files.
pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        write(dir.path(), path, text.as_bytes());
    }
    dir
}

/// Writes a file and the folders above it.
pub fn write(root: &Path, path: &str, bytes: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// What a run gave.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the binary in a folder, without the environment that changes its output, on a fixed day.
pub fn run(dir: &Path, args: &[&str]) -> Ran {
    let mut command = Command::cargo_bin("akslint").unwrap();
    command.current_dir(dir).env_clear().args(args);
    let takes_date = !matches!(args.first(), Some(&("explain" | "rules" | "facts" | "completions")));
    if takes_date && !args.contains(&"--as-of") && !args.contains(&"--version") {
        command.args(["--as-of", "2026-11-20"]);
    }
    let output = command.output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The findings as `path:line: Rule`, one each.
#[allow(dead_code)]
pub fn found(dir: &Path, args: &[&str]) -> Vec<String> {
    let ran = run(dir, &[args, &["--format", "concise"]].concat());
    assert!(ran.code < 2, "{ran:?}");
    ran.out
        .lines()
        .map(|line| {
            let (place, rest) = line.split_once(": ").unwrap();
            let path_and_line = place.rsplit_once(':').unwrap().0;
            let rule = rest.split_once('[').unwrap().1.split_once(']').unwrap().0;
            format!("{path_and_line}: {rule}")
        })
        .collect()
}

/// The summary of the JSON output.
#[allow(dead_code)]
pub fn summary(dir: &Path, args: &[&str]) -> serde_json::Value {
    let ran = run(dir, &[args, &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{ran:?}"));
    json["summary"].clone()
}
