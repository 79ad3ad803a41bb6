//! The guides under docs/ are tried word for word.
//!
//! A heading `##` begins a scratch repository. A block after a paragraph that begins with a file's name is that
//! file. In a `console` block, `$ akslint …` is run there and what follows must be what it prints, standard output
//! before standard error; `$ echo $?` prints the last exit code and `$ cat FILE` a file. There are no other blocks.
//! With AKSLINT_BLESS set, what is printed is written into the guides instead, for review.
#![allow(clippy::unwrap_used)]

#[path = "support/command.rs"]
mod command;

use std::path::Path;

use command::{run, tree, write};

const GUIDES: [&str; 11] = [
    "suppressions.md",
    "configuration.md",
    "facts.md",
    "baseline.md",
    "fixes.md",
    "outputs.md",
    "pre-commit.md",
    "github-actions.md",
    "azure-pipelines.md",
    "gitlab.md",
    "editors.md",
];

#[test]
fn every_example_of_the_guides_does_what_it_says() {
    for guide in GUIDES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(guide);
        let text = std::fs::read_to_string(&path).unwrap();
        let (played, commands) = play(&text);
        assert!(commands > 0, "{guide} has no command");
        if std::env::var_os("AKSLINT_BLESS").is_some() {
            std::fs::write(&path, played).unwrap();
        } else {
            assert_eq!(played, text, "{guide}");
        }
    }
}

/// The guide with what its commands really print, and how many there are.
fn play(text: &str) -> (String, usize) {
    let mut out = String::new();
    let mut folder = tree(&[(".git/HEAD", "")]);
    let mut name: Option<String> = None;
    let mut commands = 0;
    let mut code = 0;
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        out.push_str(line);
        if line.starts_with("## ") {
            folder = tree(&[(".git/HEAD", "")]);
        }
        let Some(language) = line.strip_prefix("```") else {
            if !line.trim().is_empty() {
                let quoted = line.strip_prefix('`').and_then(|rest| rest.split_once('`'));
                name =
                    quoted.filter(|(_, rest)| rest.starts_with([':', ','])).map(|(name, _)| name.to_owned());
            }
            continue;
        };
        let block: String = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        if language.trim() != "console" {
            let name = name.take().unwrap_or_else(|| panic!("a block without a file's name:\n{block}"));
            write(folder.path(), &name, block.as_bytes());
            out.push_str(&block);
        } else {
            for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
                commands += 1;
                out.push_str(&format!("$ {line}\n"));
                let words: Vec<&str> = line.split(' ').collect();
                match words.as_slice() {
                    ["akslint", args @ ..] => {
                        let ran = run(folder.path(), args);
                        code = ran.code;
                        out.push_str(&ran.out);
                        out.push_str(&ran.err);
                    }
                    ["echo", "$?"] => out.push_str(&format!("{code}\n")),
                    ["cat", file] => {
                        out.push_str(&std::fs::read_to_string(folder.path().join(file)).unwrap());
                    }
                    _ => panic!("a command that is not understood: {line}"),
                }
            }
        }
        out.push_str("```\n");
    }
    (out, commands)
}
