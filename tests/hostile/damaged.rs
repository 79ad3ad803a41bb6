//! Our own fixtures and the examples on the pages of rules, damaged.

use std::path::Path;

use proptest::prelude::*;

use super::{page, survive};

/// Where a piece of text is damaged, as a part of its length in 65536ths.
type At = u16;

#[derive(Debug, Clone)]
enum Damage {
    Truncate(At),
    Delete(At, u8),
    Duplicate(At, u8),
    DuplicateLine(At),
    DeleteLine(At),
    SwapLines(At, At),
    Splice(At, &'static str),
    Replace(At, &'static str),
    Nest(At, u8, u16),
    /// A piece of the file from elsewhere in it.
    Copy(At, At, u8),
}

/// Pieces of all notations, whole and broken.
const TOKENS: [&str; 64] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "${",
    "%{",
    "<<EOT\n",
    "\nEOT\n",
    "=",
    "=>",
    ":",
    ",",
    "...",
    "?",
    "!",
    "-",
    "&&",
    "==",
    ".",
    ".*",
    "[*]",
    "#",
    "//",
    "/*",
    "*/",
    "\\",
    "\\u",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "é",
    "👩‍👩‍👧",
    "null",
    "true",
    "1e999",
    "-9223372036854775808",
    "var.x",
    "local.x",
    "each.key",
    "count.index",
    "module.a.b",
    "for x in",
    "dynamic \"a\" {\nfor_each = [1]\ncontent {}\n}\n",
    "count = 3\n",
    "for_each = toset([\"a\"])\n",
    "[parameters('a')]",
    "[variables('a')]",
    "[concat('a', copyIndex())]",
    "[[",
    "\"copy\": {\"name\": \"a\", \"count\": 3},",
    "&a ",
    "*a",
    "<<: *a\n",
    "---\n",
    "- ",
    "? ",
    "|\n",
    "!!str ",
];

const OPENINGS: [&str; 8] = ["(", "[", "{", "{\"a\":", "[[", "${", "if(true(), ", "- "];

fn damage() -> impl Strategy<Value = Damage> {
    let token = || (0..TOKENS.len()).prop_map(|index| TOKENS[index]);
    prop_oneof![
        1 => any::<At>().prop_map(Damage::Truncate),
        2 => (any::<At>(), any::<u8>()).prop_map(|(at, n)| Damage::Delete(at, n)),
        2 => (any::<At>(), any::<u8>()).prop_map(|(at, n)| Damage::Duplicate(at, n)),
        2 => any::<At>().prop_map(Damage::DuplicateLine),
        2 => any::<At>().prop_map(Damage::DeleteLine),
        2 => (any::<At>(), any::<At>()).prop_map(|(a, b)| Damage::SwapLines(a, b)),
        6 => (any::<At>(), token()).prop_map(|(at, token)| Damage::Splice(at, token)),
        6 => (any::<At>(), token()).prop_map(|(at, token)| Damage::Replace(at, token)),
        1 => (any::<At>(), any::<u8>(), 0..400u16).prop_map(|(at, which, n)| Damage::Nest(at, which, n)),
        3 => (any::<At>(), any::<At>(), any::<u8>()).prop_map(|(from, to, n)| Damage::Copy(from, to, n)),
    ]
}

fn offset(text: &str, at: At) -> usize {
    let mut offset = text.len() * usize::from(at) / 65536;
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The range of so many bytes there, or a few more or less.
fn piece(text: &str, at: At, length: u8) -> std::ops::Range<usize> {
    let start = offset(text, at);
    let mut end = (start + usize::from(length)).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end.max(start)
}

fn line(lines: &[String], at: At) -> usize {
    lines.len() * usize::from(at) / 65536
}

fn apply(text: &mut String, damage: &Damage) {
    let lines = || text.split_inclusive('\n').map(str::to_owned).collect::<Vec<String>>();
    match *damage {
        Damage::Truncate(at) => text.truncate(offset(text, at)),
        Damage::Delete(at, n) => text.replace_range(piece(text, at, n), ""),
        Damage::Duplicate(at, n) => {
            let range = piece(text, at, n);
            let copy = text[range.clone()].to_owned();
            text.insert_str(range.end, &copy);
        }
        Damage::Copy(from, to, n) => {
            let copy = text[piece(text, from, n)].to_owned();
            text.insert_str(offset(text, to), &copy);
        }
        Damage::Splice(at, token) => text.insert_str(offset(text, at), token),
        Damage::Replace(at, token) => text.replace_range(piece(text, at, token.len() as u8), token),
        Damage::Nest(at, which, n) => {
            let opening = OPENINGS[usize::from(which) % OPENINGS.len()];
            text.insert_str(offset(text, at), &opening.repeat(usize::from(n)));
        }
        Damage::DuplicateLine(at) | Damage::DeleteLine(at) => {
            let mut lines = lines();
            if !lines.is_empty() {
                let at = line(&lines, at);
                match damage {
                    Damage::DeleteLine(_) => drop(lines.remove(at)),
                    _ => lines.insert(at, lines[at].clone()),
                }
            }
            *text = lines.concat();
        }
        Damage::SwapLines(a, b) => {
            let mut lines = lines();
            if !lines.is_empty() {
                let (a, b) = (line(&lines, a), line(&lines, b));
                lines.swap(a, b);
            }
            *text = lines.concat();
        }
    }
}

type Project = Vec<(String, String)>;

fn collect(root: &Path, dir: &Path, out: &mut Project) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, out);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            out.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Each fixture and each example is a project.
fn projects() -> Vec<Project> {
    let mut projects: Vec<Project> = Vec::new();
    for rule in akslint::rules::ALL {
        projects.extend(page::parse(rule.page).examples.into_iter().map(|example| example.files));
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut entries: Vec<_> =
        std::fs::read_dir(&fixtures).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for dir in entries {
        let mut project = Project::new();
        collect(&dir, &dir, &mut project);
        projects.push(project);
    }
    projects
}

/// How many are tried; `HOSTILE_CASES` sets another number for a long run.
fn cases() -> u32 {
    std::env::var("HOSTILE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

#[test]
fn projects_are_survived() {
    let projects = projects();
    let seed = std::env::var("HOSTILE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let config = ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    };
    let which = (any::<usize>(), prop::collection::vec((any::<usize>(), damage()), 1..6));
    proptest!(config, |((project, damages) in which)| {
        let mut files = projects[project % projects.len()].clone();
        let count = files.len();
        for (file, damage) in &damages {
            apply(&mut files[file % count].1, damage);
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        survive(&files);
    });
}
