//! How fast Bicep is parsed, on one core, beside reading the same bytes.
//!
//! `cargo bench --bench bicep` measures a text that it generates; `cargo bench --bench bicep -- DIR…` measures
//! all `.bicep` files below the named folders as well.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use akslint::source::FileId;
use akslint::syntax::bicep::{self, Dialect};

const ROUNDS: usize = 11;

fn main() {
    let named: Vec<PathBuf> =
        std::env::args().skip(1).map(PathBuf::from).filter(|path| path.is_dir()).collect();
    measure("generated", &[generate()]);
    for dir in &named {
        let mut paths = Vec::new();
        find(dir, &mut paths);
        let start = Instant::now();
        let texts: Vec<String> = paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect();
        println!("{}: {} files, read in {:.1?}", dir.display(), texts.len(), start.elapsed());
        measure(&dir.display().to_string(), &texts);
    }
}

fn measure(name: &str, texts: &[String]) {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for text in texts {
                black_box(bicep::parse(FileId(0), text, Dialect::Template));
            }
            start.elapsed()
        })
        .collect();
    times.sort();
    let median = times[ROUNDS / 2];
    let megabytes = bytes as f64 / 1e6;
    println!("{name}: {megabytes:.1} MB in {median:.1?}: {:.0} MB/s", megabytes / median.as_secs_f64());
}

fn find(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.is_symlink() {
            find(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "bicep") {
            into.push(path);
        }
    }
}

/// A megabyte of what people write.
fn generate() -> String {
    let mut text = String::new();
    let mut count = 0;
    while text.len() < 1_000_000 {
        count += 1;
        text.push_str(&format!(
            "@description('Optional. The size of pool {count}.')\n@allowed(['Standard_D4s_v5', 'Standard_D4s_v6'])\n\
             param size{count} string = 'Standard_D4s_v5'\n\n// A pool.\n\
             resource pool{count} 'Microsoft.ContainerService/managedClusters/agentPools@2024-09-01' = [\n  \
             for (name, index) in names: if (index > 0 && !empty(name)) {{\n    name: '${{prefix}}-${{name}}'\n    \
             parent: cluster\n    properties: {{\n      count: pool.?count ?? 3\n      mode: index == 1 ? 'System' : 'User'\n      \
             vmSize: size{count}\n      nodeLabels: union(labels, {{ pool: name }})\n    }}\n  }}\n]\n\n"
        ));
    }
    text
}
