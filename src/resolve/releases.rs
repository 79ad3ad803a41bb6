//! Releases of modules that are known from tables, and the marks in the tables that say what holds for which.

use std::cmp::Ordering;

/// The releases that a table lists behind `#@ releases`, in its order.
pub(super) fn listed(table: &str) -> Vec<Version> {
    let lists = table.lines().filter_map(|line| line.strip_prefix("#@ releases "));
    lists.flat_map(str::split_whitespace).filter_map(Version::parse).collect()
}

/// Whether one of the ranges `from..until` covers a release.
pub(super) fn holds(ranges: &str, release: &Version) -> bool {
    ranges.split(',').any(|range| {
        let (from, until) = range.trim().split_once("..").unwrap_or((range.trim(), ""));
        let from = Version::parse(from).is_none_or(|from| *release >= from);
        from && Version::parse(until).is_none_or(|until| *release < until)
    })
}

/// The newest release, if what is wanted may be a patch of it that came later. Such patches mend defects and change no
/// interface (semver.org), and modules get one every few weeks: without this each would hide its users' pools until
/// the table has it. What is found in the module is told as of the release that was read.
pub(super) fn newest_but_patches<'v>(
    releases: &'v [Version],
    is_wanted: &dyn Fn(&Version) -> bool,
) -> Option<&'v Version> {
    const MAX_PATCH: u64 = 100;
    let newest = releases.last()?;
    let [major, minor, patch] = newest.numbers;
    let later = |patch| Version::parse(&format!("{major}.{minor}.{patch}"));
    (patch + 1..=MAX_PATCH).filter_map(later).any(|release| is_wanted(&release)).then_some(newest)
}

/// A release: three numbers. Releases that come before a release (`10.0.0-beta`) are in no table, and Terraform
/// takes one only if it is asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub numbers: [u64; 3],
    /// As it is written, and tagged: `4.0` is no `4.0.0`.
    text: String,
}

impl Version {
    pub fn parse(text: &str) -> Option<Version> {
        let mut numbers = [0; 3];
        let mut parts = text.split('.');
        for number in &mut numbers {
            let Some(part) = parts.next() else { break };
            *number = part.parse().ok()?;
        }
        (parts.next().is_none() && !text.is_empty()).then(|| Version { numbers, text: text.to_owned() })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.numbers.cmp(&other.numbers))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
