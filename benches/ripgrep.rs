//! How long a whole run takes beside `rg -l managedClusters` over the same tree in the same run, and how long
//! the smallest run takes.
//!
//! `cargo bench` measures a tree that it generates; `cargo bench -- DIR…` measures the named trees as well.
//! Ratios of two programs that run by turns on one machine say more than times.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 11;

fn main() {
    // Cargo passes `--bench`; everything else that is a folder is a tree to measure.
    let named: Vec<PathBuf> =
        std::env::args().skip(1).map(PathBuf::from).filter(|path| path.is_dir()).collect();
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let tree = scratch.path().join("tree");
    generate(&tree);
    let small = scratch.path().join("small");
    fs::create_dir_all(&small).expect("a folder");
    fs::write(small.join("main.tf"), pool("Standard_D4s_v5")).expect("a file");

    println!("median of {ROUNDS} rounds, the programs by turns\n");
    compare("generated tree", &tree);
    for tree in &named {
        compare(&tree.display().to_string(), tree);
    }
    let start_up = median((0..ROUNDS).map(|_| time(akslint(&small))).collect());
    println!("start-up, one small file: {:.1} ms", millis(start_up));
}

fn compare(name: &str, tree: &Path) {
    let with_ripgrep = Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_ok();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round fills the page cache and is thrown away.
    for round in 0..=ROUNDS {
        let mine = time(akslint(tree));
        let other = with_ripgrep.then(|| time(ripgrep(tree)));
        if round > 0 {
            ours.push(mine);
            theirs.extend(other);
        }
    }
    let ours = median(ours);
    if theirs.is_empty() {
        println!("{name}: akslint {:.1} ms (rg is not installed: no ratio)", millis(ours));
        return;
    }
    let theirs = median(theirs);
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{name}: akslint {:.1} ms, rg {:.1} ms, ratio {ratio:.2}", millis(ours), millis(theirs));
}

fn akslint(tree: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akslint"));
    command.args(["check", "--exit-zero", "--format", "concise"]).arg(tree);
    command
}

fn ripgrep(tree: &Path) -> Command {
    let mut command = Command::new("rg");
    command.args(["-l", "managedClusters"]).arg(tree);
    command
}

fn time(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    command.status().expect("the program runs");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn pool(size: &str) -> String {
    format!(
        "resource \"azurerm_kubernetes_cluster_node_pool\" \"win\" {{\n  name = \"win\"\n  os_type = \"Windows\"\n  \
         vm_size = \"{size}\"\n}}\n"
    )
}

/// A tree like an infrastructure monorepo: 4,000 files of which one in a hundred has to do with AKS.
fn generate(tree: &Path) {
    for service in 0..400 {
        let dir = tree.join(format!("team{:02}/service{service:03}", service % 20));
        fs::create_dir_all(&dir).expect("a folder");
        let filler = |kind: &str, lines: usize| {
            (0..lines)
                .map(|line| format!("# {kind} {service} line {line} of something else\n"))
                .collect::<String>()
        };
        for file in 0..4 {
            let storage = format!(
                "resource \"azurerm_storage_account\" \"s{file}\" {{\n  name = \"s{service}{file}\"\n}}\n{}",
                filler("terraform", 60)
            );
            fs::write(dir.join(format!("storage{file}.tf")), storage).expect("a file");
            let manifest = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{file}\n{}",
                filler("manifest", 40)
            );
            fs::write(dir.join(format!("config{file}.yaml")), manifest).expect("a file");
        }
        let entries: Vec<String> =
            (0..400).map(|n| format!("    {{ \"id\": {n}, \"name\": \"item {n} of {service}\" }}")).collect();
        let data = format!("{{\n  \"items\": [\n{}\n  ]\n}}\n", entries.join(",\n"));
        fs::write(dir.join("data.json"), data).expect("a file");
        if service % 10 == 0 {
            fs::write(dir.join("pool.tf"), pool("Standard_D4s_v5")).expect("a file");
        }
    }
}
