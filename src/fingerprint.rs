//! The identity of a finding from one run to the next: what a baseline and code scanning compare.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Sources, Span};

/// Of the marked text this many characters count, so that a pool of a thousand lines costs no more than a word.
const TEXT: usize = 200;

/// Gives every diagnostic of a run its fingerprint: 32 hexadecimal digits.
///
/// It is made of the rule, the file's path in the repository, the addresses of the pools, and the first line of the
/// marked text without its spacing. So it survives lines that are added or removed elsewhere, another layout, a
/// rewording of messages, another severity and another day; it changes where the value changes, or the pools
/// that have it. Findings that have all of that in common are told apart by their order in the file.
///
/// Everything that was found must be passed, what is suppressed included, or the order would change with what is
/// suppressed. The order of the diagnostics does not matter.
pub fn assign<'a>(diagnostics: impl IntoIterator<Item = &'a mut Diagnostic>, sources: &Sources) {
    let mut paths: BTreeMap<FileId, String> = BTreeMap::new();
    let mut all: Vec<(String, &mut Diagnostic)> = diagnostics
        .into_iter()
        .map(|diagnostic| {
            let file = diagnostic.primary.span.file;
            let path = paths.entry(file).or_insert_with(|| {
                sources.repository_path(file).unwrap_or_else(|| sources.display_path(file))
            });
            (path.clone(), diagnostic)
        })
        .collect();
    all.sort_by(|(path, one), (other_path, other)| {
        let place = |diagnostic: &Diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end);
        (path, place(one), one.rule, &one.message).cmp(&(
            other_path,
            place(other),
            other.rule,
            &other.message,
        ))
    });
    let mut seen: BTreeMap<u128, u64> = BTreeMap::new();
    for (path, diagnostic) in all {
        let mut hash = Hash::new();
        hash.part(diagnostic.rule);
        hash.part(&path);
        let mut addresses: Vec<&str> = diagnostic.pools.iter().map(|pool| pool.address.as_str()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        hash.number(addresses.len() as u64);
        addresses.iter().for_each(|address| hash.part(address));
        hash.part(&marked(diagnostic.primary.span, sources));
        // A file that cannot be read has no text to tell what is wrong with it.
        if diagnostic.pools.is_empty() {
            hash.part(&diagnostic.message);
        }
        let ordinal = seen.entry(hash.0).or_default();
        hash.number(*ordinal);
        *ordinal += 1;
        diagnostic.fingerprint = format!("{:032x}", hash.0);
    }
}

/// The first line of the text at a span, without spacing.
fn marked(span: Span, sources: &Sources) -> String {
    let text = sources.text(span.file).unwrap_or_default();
    let marked = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let line = marked.trim_start().lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_whitespace()).take(TEXT).collect()
}

/// FNV-1a of 128 bits: a public, simple function that stays what it is, unlike the standard library's. It need not
/// resist an attacker, who could as well edit the baseline.
///
/// Source: <https://www.ietf.org/archive/id/draft-eastlake-fnv-29.html>.
struct Hash(u128);

impl Hash {
    fn new() -> Hash {
        Hash(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// A text with its length, so that no two sequences of texts run into the same bytes.
    fn part(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Kind, Label, PoolName, Severity};

    /// A finding of `rule` on each occurrence of `needle`, all on the pool `pool`.
    fn found(path: &str, text: &str, needle: &str, rule: &'static str, pool: &str) -> Vec<String> {
        let sources = Sources::in_memory(&[(path, text)]);
        let mut found: Vec<Diagnostic> = text
            .match_indices(needle)
            .map(|(at, needle)| Diagnostic {
                rule,
                severity: Severity::Error,
                kind: Kind::DeployFailure,
                message: format!("at byte {at}"),
                why: String::new(),
                fix: String::new(),
                edit: None,
                primary: Label { span: Span::new(FileId(0), at, at + needle.len()), message: String::new() },
                labels: Vec::new(),
                flow: Vec::new(),
                pools: vec![PoolName { name: String::new(), address: pool.to_owned(), cluster: None }],
                scenarios: Vec::new(),
                assumptions: Vec::new(),
                notes: Vec::new(),
                url: None,
                fingerprint: String::new(),
            })
            .collect();
        // In whatever order they come.
        assign(found.iter_mut().rev(), &sources);
        found.into_iter().map(|diagnostic| diagnostic.fingerprint).collect()
    }

    #[test]
    fn moved_lines_and_another_layout_change_nothing() {
        let before = found("a.tf", "size = { a = \"B\" }\n", "{ a = \"B\" }", "R", "p");
        let after = found("a.tf", "# one\n\n\nsize = {  a=\"B\" } # two\n", "{  a=\"B\" }", "R", "p");
        assert_eq!(before, after);
        assert!(before.iter().all(|print| print.len() == 32), "{before:?}");
    }

    #[test]
    fn the_rule_the_path_the_pool_and_the_value_count() {
        let all: std::collections::BTreeSet<Vec<String>> = [
            ("a.tf", "x = \"A\"", "\"A\"", "R", "p"),
            ("a.tf", "x = \"B\"", "\"B\"", "R", "p"),
            ("a.tf", "x = \"A\"", "\"A\"", "S", "p"),
            ("a.tf", "x = \"A\"", "\"A\"", "R", "q"),
            ("b.tf", "x = \"A\"", "\"A\"", "R", "p"),
        ]
        .into_iter()
        .map(|(path, text, needle, rule, pool)| found(path, text, needle, rule, pool))
        .collect();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn equal_findings_are_told_apart_by_their_order() {
        let two = found("a.tf", "a = \"A\"\nb = \"A\"\n", "\"A\"", "R", "p");
        assert_ne!(two.first(), two.last());
        // The first stays the first when a third comes after them.
        let three = found("a.tf", "a = \"A\"\n\nb = \"A\"\nc = \"A\"\n", "\"A\"", "R", "p");
        assert_eq!(two[..], three[..2]);
    }

    #[test]
    fn the_hash_is_the_published_one() {
        let mut hash = Hash::new();
        hash.bytes(b"foobar");
        assert_eq!(format!("{:032x}", hash.0), "343e1662793c64bf6f0d3597ba446f18");
    }
}
