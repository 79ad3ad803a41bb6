//! How long a whole run takes beside `rg -l managedClusters` over the same tree in the same run, how many megabytes
//! of Terraform are parsed and evaluated in a second, and how long the smallest run takes.
//!
//! `cargo bench` measures a tree that it generates; `cargo bench -- DIR…` measures the named trees as well.
//! Ratios of two programs that run by turns on one machine say more than times.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use akslint::resolve::terraform;
use akslint::source::{DiscoverOptions, Kind, Sources};
use akslint::syntax::hcl;

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
    println!();
    for tree in std::iter::once(&tree).chain(&named) {
        terraform_of(&tree.display().to_string(), tree);
    }
    let start_up = median((0..ROUNDS).map(|_| time(akslint(&small))).collect());
    println!("start-up, one small file: {:.1} ms", millis(start_up));
}

fn compare(name: &str, tree: &Path) {
    let with_ripgrep = has_ripgrep();
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

/// The Terraform of a tree in this process, on one thread: every file parsed, then every root resolved in all its
/// scenarios, which parses the files that matter again; beside it `rg` over the same files.
fn terraform_of(name: &str, tree: &Path) {
    let mut options = DiscoverOptions::new(vec![tree.to_owned()]);
    options.project = tree.to_owned();
    options.prefilter = false;
    let sources = Sources::discover(&options).expect("the tree is there").sources;
    let files = sources.found(Kind::Terraform);
    let texts: Vec<_> = files.iter().filter_map(|file| Some((*file, sources.text(*file)?))).collect();
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    if bytes == 0 {
        return;
    }
    let threads =
        rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(64 << 20).build().expect("a thread");
    let parse = || {
        for (file, text) in &texts {
            std::hint::black_box(hcl::parse(*file, text));
        }
    };
    let (var_files, configurations): (Vec<_>, Vec<_>) =
        [Kind::Terraform, Kind::TerraformJson, Kind::TerraformVars]
            .into_iter()
            .flat_map(|kind| sources.found(kind))
            .partition(|file| sources.file(*file).is_some_and(|file| terraform::is_var_file(&file.path)));
    let resolve = || {
        let inputs = terraform::Inputs::default();
        terraform::resolve(&sources, sources.project(), &configurations, &var_files, &inputs)
    };
    let timed = |work: &(dyn Fn() + Sync)| {
        let start = Instant::now();
        threads.install(work);
        start.elapsed()
    };
    let parsed = median((0..ROUNDS).map(|_| timed(&parse)).collect());
    let resolved = median((0..ROUNDS).map(|_| timed(&|| drop(std::hint::black_box(resolve())))).collect());
    let megabytes = bytes as f64 / 1e6;
    let rate = |time: Duration| megabytes / time.as_secs_f64();
    print!(
        "{name}: {megabytes:.2} MB of Terraform in {} files, {} resources; parse {:.1} ms, {:.0} MB/s; parse and \
         evaluate {:.1} ms, {:.0} MB/s",
        texts.len(),
        resolve().resources.len(),
        millis(parsed),
        rate(parsed),
        millis(resolved),
        rate(resolved)
    );
    if has_ripgrep() {
        let search = || {
            let mut search = Command::new("rg");
            search.args(["-l", "-j1", "--glob", "*.tf", "managedClusters"]).arg(tree);
            search
        };
        let searched = median((0..ROUNDS).map(|_| time(search())).collect());
        let ratio = resolved.as_secs_f64() / searched.as_secs_f64();
        print!("; rg over the same files on one thread {:.1} ms, ratio {ratio:.2}", millis(searched));
    }
    println!();
}

fn akslint(tree: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akslint"));
    command.args(["check", "--exit-zero", "--format", "concise"]).arg(tree);
    command
}

fn has_ripgrep() -> bool {
    Command::new("rg").arg("--version").stdout(Stdio::null()).status().is_ok()
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
