//! How fast templates are parsed and evaluated, beside reading the same bytes.
//!
//! `cargo bench --bench arm` measures templates that it generates; `cargo bench --bench arm -- DIR…` measures
//! every `main.json` below the folders. All files are in the page cache. Each step is measured on all cores and
//! includes those before it. Then the files that the prefilter keeps are taken away, and what it takes to let the
//! others go is measured. Times are of the processor where the system tells them, all threads together, so
//! that they mean something on a busy machine; ratios to reading say more than times.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use akslint::resolve::arm::{Document, Input, resolve, survey};
use akslint::source::{DiscoverOptions, Discovery, FileId, Kind, Sources};
use akslint::syntax::json;
use rayon::prelude::*;

/// Each step is repeated so often and so long, since the system counts processor time in hundredths of a second.
const ROUNDS: u32 = 20;
const LONG: Duration = Duration::from_secs(2);

fn main() {
    let named: Vec<PathBuf> =
        std::env::args().skip(1).map(PathBuf::from).filter(|path| path.is_dir()).collect();
    rayon::ThreadPoolBuilder::new().stack_size(64 << 20).build_global().expect("threads");
    let scratch = tempfile::tempdir().expect("a scratch folder");
    if named.is_empty() {
        generate(scratch.path());
        measure("generated templates", scratch.path());
    }
    for (index, root) in named.iter().enumerate() {
        // Only the templates, so that every step sees the same files.
        let copy = scratch.path().join(index.to_string());
        let mut files = Vec::new();
        templates(root, &mut files);
        for file in files {
            let target = copy.join(file.strip_prefix(root).expect("below the root"));
            fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            fs::copy(file, target).expect("a copy");
        }
        measure(&root.display().to_string(), &copy);
    }
}

/// Says how long steps take, beside the first of them.
struct Report {
    bytes: u64,
    first: Option<Duration>,
}

impl Report {
    fn of(name: &str, files: &[PathBuf]) -> Report {
        let bytes: u64 = files.iter().map(|file| fs::metadata(file).map_or(0, |meta| meta.len())).sum();
        println!("{name}: {} files, {:.1} MB", files.len(), bytes as f64 / 1e6);
        Report { bytes, first: None }
    }

    fn time(&mut self, what: &str, step: &(dyn Fn() -> usize + Sync)) {
        // The first round fills the page cache.
        std::hint::black_box(step());
        let start = (Instant::now(), processor_time());
        let mut rounds = 0;
        while rounds < ROUNDS || start.0.elapsed() < LONG {
            std::hint::black_box(step());
            rounds += 1;
        }
        let wall = start.0.elapsed();
        let time = match (start.1, processor_time()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => wall,
        } / rounds;
        let first = *self.first.get_or_insert(time);
        println!(
            "  {what:<58} {:>8.1} ms {:>8.0} MB/s {:>6.2} x reading",
            time.as_secs_f64() * 1e3,
            self.bytes as f64 / 1e6 / time.as_secs_f64(),
            time.as_secs_f64() / first.as_secs_f64()
        );
    }
}

fn measure(name: &str, root: &Path) {
    let mut files = Vec::new();
    templates(root, &mut files);
    let mut report = Report::of(name, &files);
    let text = |file: &PathBuf| fs::read_to_string(file).unwrap_or_default();
    // As a run reads files: through one buffer for each thread, and into a text that the tree shares.
    let root_of = |buffer: &mut Vec<u8>, file: &PathBuf| {
        buffer.clear();
        fs::File::open(file).and_then(|mut file| file.read_to_end(buffer)).ok()?;
        json::parse_shared(FileId(0), &Arc::from(std::str::from_utf8(buffer).ok()?)).0
    };
    let document = |buffer: &mut Vec<u8>, file: &PathBuf| Document::of_json(root_of(buffer, file)?, false);
    let template = |buffer: &mut Vec<u8>, file: &PathBuf| match document(buffer, file) {
        Some(Document::Template(template)) => Some(template),
        _ => None,
    };
    report.time("read", &|| files.par_iter().map(|file| text(file).len()).sum());
    report.time("found and skipped by the prefilter, or kept", &|| discover(root).files_seen);
    let each = |count: &(dyn Fn(&mut Vec<u8>, &PathBuf) -> Option<usize> + Sync)| -> usize {
        files.par_iter().map_init(Vec::new, |buffer, file| count(buffer, file).unwrap_or_default()).sum()
    };
    report.time("parsed as JSON", &|| each(&|buffer, file| root_of(buffer, file).map(|_| 1)));
    report.time("parsed as templates", &|| each(&|buffer, file| document(buffer, file).map(|_| 1)));
    report.time("parsed, and evaluated as far as agent pools need it", &|| {
        each(&|buffer, file| {
            let template = template(buffer, file)?;
            let input = Input { path: "main.json", template: &template, parameter_files: Vec::new() };
            Some(resolve(&[input]).resources.len())
        })
    });
    report.time("parsed, and everything in them evaluated", &|| {
        each(&|buffer, file| {
            let template = template(buffer, file)?;
            let input = Input { path: "main.json", template: &template, parameter_files: Vec::new() };
            Some(survey(&input, None).1.len())
        })
    });

    let kept = discover(root).sources;
    for file in kept.found(Kind::Json).into_iter().filter_map(|id| kept.file(id)) {
        fs::remove_file(&file.path).expect("a file of the scratch folder");
    }
    files.retain(|file| file.exists());
    let mut report = Report::of(&format!("{name}, what the prefilter lets go"), &files);
    report.time("read", &|| files.par_iter().map(|file| text(file).len()).sum());
    report.time("found and skipped by the prefilter", &|| discover(root).files_seen);
}

fn discover(root: &Path) -> Discovery {
    let options = DiscoverOptions { project: root.to_owned(), ..DiscoverOptions::new(vec![root.to_owned()]) };
    Sources::discover(&options).expect("the folder is there")
}

/// The processor time of this process so far, user's and system's, in steps of a hundredth of a second.
fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in parentheses; user and system time are the 14th and 15th.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn templates(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            templates(&path, found);
        } else if path.file_name().is_some_and(|name| name == "main.json") {
            found.push(path);
        }
    }
}

/// Templates as Bicep compiles them: mostly declarations, one in ten with a cluster.
fn generate(tree: &Path) {
    for module in 0..200 {
        let parameters: Vec<String> = (0..120)
            .map(|n| {
                format!(
                    "    \"parameter{n}\": {{\n      \"type\": \"string\",\n      \"defaultValue\": \"value {n}\",\n      \
                     \"metadata\": {{\n        \"description\": \"Optional. What parameter {n} of module {module} is for.\"\n      }}\n    }}"
                )
            })
            .collect();
        let kind = if module % 10 == 0 {
            "Microsoft.ContainerService/managedClusters"
        } else {
            "Microsoft.Storage/storageAccounts"
        };
        let properties: Vec<String> = (0..120)
            .map(|n| {
                format!("        \"p{n}\": \"[coalesce(parameters('parameter{n}'), format('{{0}}-{n}', parameters('parameter0')))]\"")
            })
            .collect();
        let text = format!(
            "{{\n  \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#\",\n  \
             \"contentVersion\": \"1.0.0.0\",\n  \"parameters\": {{\n{}\n  }},\n  \"resources\": [\n    {{\n      \
             \"type\": \"{kind}\",\n      \"name\": \"[parameters('parameter1')]\",\n      \"properties\": {{\n{}\n      }}\n    }}\n  ]\n}}\n",
            parameters.join(",\n"),
            properties.join(",\n")
        );
        let dir = tree.join(format!("module{module}"));
        fs::create_dir_all(&dir).expect("a folder");
        fs::write(dir.join("main.json"), text).expect("a file");
    }
}
