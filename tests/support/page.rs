//! Reading the pages of rules: sections, examples, files and caret lines.
//!
//! A page is Markdown:
//!
//! - The first line is `# RuleId`.
//! - A line `as_of: 2026-11-20` before the first section fixes the day of its examples.
//! - A paragraph says what the rule is about; then come the sections `## Why`, `## How to fix`, `## Fails` and
//!   `## Passes` in this order, with others between them where there is more to say.
//! - Below `## Fails` and `## Passes`, each `### name` begins an example; blocks without one belong to an example
//!   named after the section. The blocks of one example are the files of one project in memory.
//! - A block is preceded by a paragraph that begins with the file's name: `` `main.tf`: `` or
//!   `` `main.tf`, with a pool: ``.
//! - A caret line is a line of carets, a role and a text, perhaps behind a comment sign. It asserts the exact
//!   span on the last line before it that is no caret line, in code points: `error`, `warning` and `info` are
//!   the place and the severity of a finding, `label` a further place. The text must be part of what the
//!   label says. Caret lines are taken out before the file is read, so that they work in JSON too.

/// The day of the examples of a page that sets none.
#[allow(dead_code)] // Not every test file runs them.
pub const DEFAULT_AS_OF: &str = "2026-11-20";

/// A page.
pub struct Page {
    /// The heading, which is the rule's id.
    pub title: String,
    /// The first line of the paragraph below it.
    pub what: String,
    /// The day that its examples set.
    pub as_of: Option<String>,
    /// The `##` headings in order.
    pub sections: Vec<String>,
    /// The examples in order.
    pub examples: Vec<Example>,
    /// What is wrong with the page itself.
    pub problems: Vec<String>,
}

/// One project.
pub struct Example {
    /// `Fails` or `Passes`.
    pub section: String,
    /// Its heading.
    pub name: String,
    /// Names and texts, without caret lines.
    pub files: Vec<(String, String)>,
    /// What the caret lines say.
    pub marks: Vec<Mark>,
}

/// A caret line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The file's name.
    pub file: String,
    /// The line, from 1, caret lines not counted.
    pub line: u32,
    /// The first column, from 1, in code points.
    pub column: u32,
    /// One past the last column.
    pub end_column: u32,
    /// `error`, `warning`, `info` or `label`.
    pub role: String,
    /// Part of what the label says.
    pub text: String,
}

/// Reads a page.
pub fn parse(text: &str) -> Page {
    let mut page = Page {
        title: String::new(),
        what: String::new(),
        as_of: None,
        sections: Vec::new(),
        examples: Vec::new(),
        problems: Vec::new(),
    };
    let mut example_name: Option<String> = None;
    let mut file_name: Option<String> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("# ").filter(|_| page.title.is_empty()) {
            page.title = title.to_owned();
        } else if let Some(section) = line.strip_prefix("## ") {
            page.sections.push(section.to_owned());
            (example_name, file_name) = (None, None);
        } else if let Some(name) = line.strip_prefix("### ") {
            example_name = Some(name.to_owned());
            file_name = None;
        } else if let Some(date) = line.strip_prefix("as_of: ").filter(|_| page.sections.is_empty()) {
            page.as_of = Some(date.to_owned());
        } else if page.sections.is_empty() && page.what.is_empty() {
            page.what = line.to_owned();
        } else if let Some(name) = file_of(line) {
            file_name = Some(name.to_owned());
        } else if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let section = page.sections.last().cloned().unwrap_or_default();
            if section != "Fails" && section != "Passes" {
                continue;
            }
            let Some(file) = file_name.take() else {
                page.problems.push(format!("a block below `## {section}` has no file name before it"));
                continue;
            };
            let name = example_name.clone().unwrap_or_else(|| section.to_lowercase());
            let (text, marks) = take_carets(&file, &block, &mut page.problems);
            match page.examples.last_mut() {
                Some(last) if last.section == section && last.name == name => {
                    last.files.push((file, text));
                    last.marks.extend(marks);
                }
                _ => page.examples.push(Example { section, name, files: vec![(file, text)], marks }),
            }
        }
    }
    page
}

/// The file that a paragraph names at its beginning.
fn file_of(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('`')?.split_once('`')?;
    rest.starts_with([':', ',']).then_some(name)
}

/// Takes the caret lines out of a block.
fn take_carets(file: &str, block: &[&str], problems: &mut Vec<String>) -> (String, Vec<Mark>) {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut line_number = 0;
    for line in block {
        let Some((column, width, rest)) = carets(line) else {
            text.push_str(line);
            text.push('\n');
            line_number += 1;
            continue;
        };
        let (role, said) = rest.split_once(": ").unwrap_or((rest, ""));
        if !["error", "warning", "info", "label"].contains(&role) || said.is_empty() || line_number == 0 {
            problems.push(format!("`{}` is no caret line: it wants `^^^ role: text`", line.trim()));
        }
        marks.push(Mark {
            file: file.to_owned(),
            line: line_number,
            column,
            end_column: column + width,
            role: role.to_owned(),
            text: said.to_owned(),
        });
    }
    (text, marks)
}

/// The column and number of the carets of a caret line, and what follows them.
fn carets(line: &str) -> Option<(u32, u32, &str)> {
    let rest = line.trim_start();
    let rest = rest.strip_prefix('#').or_else(|| rest.strip_prefix("//")).unwrap_or(rest).trim_start();
    let after = rest.trim_start_matches('^');
    let width = rest.len() - after.len();
    let said = after.strip_prefix(' ')?;
    let before = line.get(..line.len() - rest.len())?;
    let count = |n: usize| u32::try_from(n).ok();
    (width > 0).then_some((count(before.chars().count() + 1)?, count(width)?, said))
}
