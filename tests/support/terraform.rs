//! Terraform itself, where it is installed: the judge of what Terraform code means.
#![allow(dead_code)] // Each test file uses its part.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `terraform` in a directory with something on its standard input. `None` if it is not installed, which
/// `AKSLINT_REQUIRE_ORACLES=1` forbids.
pub fn terraform(dir: &Path, args: &[&str], input: &str) -> Option<Output> {
    let configuration = dir.join("terraform.rc");
    std::fs::write(&configuration, "").unwrap();
    let spawned = Command::new("terraform")
        .args(args)
        .current_dir(dir)
        .env("TF_CLI_CONFIG_FILE", &configuration)
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let demanded = std::env::var("AKSLINT_REQUIRE_ORACLES").is_ok_and(|value| value == "1");
            assert!(!demanded, "terraform cannot be run: {error}");
            eprintln!("terraform is not installed: nothing was compared with it");
            return None;
        }
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    Some(output)
}

/// A sequence of numbers that is the same in every run for one seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % count as u64) as usize
    }

    /// True once in `count` times on average.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of several things.
    pub fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}
