//! One configuration file: TOML to settings with their places, and everything that is wrong with it.

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use toml_span::Value;
use toml_span::value::Table;

use crate::diagnostic::Severity;
use crate::rules;
use crate::source::{FileId, Span};
use crate::suggest::nearest;

/// No path pattern is longer than so many bytes.
const MAX_PATTERN_BYTES: usize = 4096;
/// In no path pattern are braces within each other deeper: what compiles patterns calls itself for each pair.
const MAX_BRACES: usize = 16;

/// Something that a configuration says, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// What.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// The severity that a rule is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// This one.
    At(Severity),
    /// It is not run.
    Off,
}

/// The least severity that makes the exit code 1; `None` if none does.
pub type FailOn = Option<Severity>;

/// What one file says about which findings count.
#[derive(Debug, Default)]
pub struct Choices {
    pub select: Option<Vec<Said<String>>>,
    pub extend_select: Vec<Said<String>>,
    pub ignore: Option<Vec<Said<String>>>,
    pub extend_ignore: Vec<Said<String>>,
    pub severity: Vec<(Said<&'static str>, Said<Level>)>,
    pub fail_on: Option<Said<FailOn>>,
    pub horizon: Option<Said<i64>>,
    pub require_reason: Option<Said<bool>>,
    pub alternatives: Option<Said<bool>>,
    pub facts: Option<Vec<Said<PathBuf>>>,
}

/// Path patterns of one place, relative to the folder of their file.
#[derive(Debug)]
pub struct Paths {
    /// As they are written.
    pub written: Vec<String>,
    base: PathBuf,
    set: GlobSet,
}

impl Paths {
    /// Whether a file, or a folder above it, is meant.
    pub fn matches(&self, path: &Path) -> bool {
        let Ok(relative) = path.strip_prefix(&self.base) else { return false };
        relative.ancestors().filter(|part| !part.as_os_str().is_empty()).any(|part| self.set.is_match(part))
    }
}

/// `[[per-path]]`.
#[derive(Debug)]
pub struct PerPath {
    pub paths: Paths,
    pub choices: Choices,
}

/// `[[suppress]]`.
#[derive(Debug)]
pub struct Suppress {
    pub span: Span,
    pub rules: Vec<Said<String>>,
    pub paths: Option<Paths>,
    pub clusters: Vec<String>,
    pub pools: Vec<String>,
    pub reason: Option<String>,
}

/// `[[terraform]]` and `[[arm]]`: the input files of one root or template.
#[derive(Debug)]
pub struct InputFiles {
    /// The root's folder or the template, absolute.
    pub of: PathBuf,
    /// The files to use, absolute.
    pub files: Vec<Said<PathBuf>>,
    /// The entry.
    pub span: Span,
}

/// `[[workloads]]`.
#[derive(Debug)]
pub struct Workloads {
    pub span: Span,
    pub paths: Paths,
    pub clusters: Vec<String>,
}

/// What one file says.
#[derive(Debug)]
pub struct Layer {
    /// The file.
    pub file: FileId,
    /// Its path, absolute.
    pub path: PathBuf,
    /// Files above are not looked at.
    pub root: bool,
    /// The files it builds on, relative paths made absolute.
    pub extends: Vec<Said<PathBuf>>,
    pub choices: Choices,
    pub per_path: Vec<PerPath>,
    pub suppress: Vec<Suppress>,
    pub terraform: Vec<InputFiles>,
    pub arm: Vec<InputFiles>,
    pub workloads: Vec<Workloads>,
}

/// Something wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wrong {
    /// Where; a file that cannot be read has no places.
    pub span: Option<Span>,
    /// What, without a full stop.
    pub message: String,
}

const CHOICES: [&str; 10] = [
    "select",
    "extend-select",
    "ignore",
    "extend-ignore",
    "severity",
    "fail-on",
    "retirement-horizon-days",
    "require-reason",
    "alternatives",
    "facts",
];

/// Every key of the top level.
pub const KEYS: [&str; 17] = [
    "root",
    "extends",
    CHOICES[0],
    CHOICES[1],
    CHOICES[2],
    CHOICES[3],
    CHOICES[4],
    CHOICES[5],
    CHOICES[6],
    CHOICES[7],
    CHOICES[8],
    CHOICES[9],
    "per-path",
    "suppress",
    "terraform",
    "arm",
    "workloads",
];

/// Reads a configuration file.
///
/// # Errors
///
/// Everything that is wrong with it, in the order of the text.
pub fn read(file: FileId, path: &Path, text: &str) -> Result<Layer, Vec<Wrong>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let folder = path.parent().unwrap_or(path).to_path_buf();
    let mut reader = Reader { file, shift, length: text.len(), folder, wrong: Vec::new() };
    let value = match toml_span::parse(body) {
        Ok(value) => value,
        Err(error) => {
            reader.complain(error.span, error.to_string());
            return Err(reader.wrong);
        }
    };
    let layer = reader.layer(path, &value);
    if reader.wrong.is_empty() {
        return Ok(layer);
    }
    reader.wrong.sort();
    Err(reader.wrong)
}

struct Reader {
    file: FileId,
    shift: usize,
    length: usize,
    /// The folder that paths are relative to.
    folder: PathBuf,
    wrong: Vec<Wrong>,
}

impl Reader {
    fn span(&self, span: toml_span::Span) -> Span {
        let clamp = |at: usize| (at + self.shift).min(self.length);
        Span::new(self.file, clamp(span.start), clamp(span.end))
    }

    fn complain(&mut self, span: toml_span::Span, message: impl Into<String>) {
        let span = Some(self.span(span));
        self.wrong.push(Wrong { span, message: message.into() });
    }

    /// The table, all its keys known.
    fn table<'v, 'd>(&mut self, value: &'v Value<'d>, known: &[&str]) -> Option<&'v Table<'d>> {
        let Some(table) = value.as_table() else {
            self.complain(value.span, "a table is expected here");
            return None;
        };
        for key in table.keys() {
            if !known.contains(&&*key.name) {
                let near = nearest(&key.name, known.iter().copied());
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are {}", known.join(", ")),
                };
                self.complain(key.span, format!("unknown key `{}`; {hint}", key.name));
            }
        }
        Some(table)
    }

    fn layer(&mut self, path: &Path, value: &Value<'_>) -> Layer {
        let mut layer = Layer {
            file: self.file,
            path: path.to_path_buf(),
            root: false,
            extends: Vec::new(),
            choices: Choices::default(),
            per_path: Vec::new(),
            suppress: Vec::new(),
            terraform: Vec::new(),
            arm: Vec::new(),
            workloads: Vec::new(),
        };
        let Some(table) = self.table(value, &KEYS) else { return layer };
        layer.root = self.boolean(table, "root").is_some_and(|said| said.value);
        layer.extends = self.paths_of(table, "extends");
        layer.choices = self.choices(table);
        for entry in self.entries(table, "per-path") {
            let known: Vec<&str> = std::iter::once("paths").chain(CHOICES).collect();
            let Some(table) = self.table(entry, &known) else { continue };
            let Some(paths) = self.needed_patterns(entry, table) else { continue };
            layer.per_path.push(PerPath { paths, choices: self.choices(table) });
        }
        for entry in self.entries(table, "suppress") {
            layer.suppress.extend(self.suppress(entry));
        }
        for entry in self.entries(table, "terraform") {
            layer.terraform.extend(self.input_files(entry, "root", "var-files"));
        }
        for entry in self.entries(table, "arm") {
            layer.arm.extend(self.input_files(entry, "template", "parameter-files"));
        }
        for entry in self.entries(table, "workloads") {
            let Some(table) = self.table(entry, &["paths", "clusters"]) else { continue };
            let Some(paths) = self.needed_patterns(entry, table) else { continue };
            let clusters = self.strings(table, "clusters").unwrap_or_default();
            if clusters.is_empty() {
                self.complain(
                    entry.span,
                    "`clusters` is missing: the names of the clusters that they run on",
                );
            }
            let clusters = clusters.into_iter().map(|said| said.value).collect();
            layer.workloads.push(Workloads { span: self.span(entry.span), paths, clusters });
        }
        layer
    }

    fn suppress(&mut self, entry: &Value<'_>) -> Option<Suppress> {
        let table = self.table(entry, &["rules", "paths", "clusters", "pools", "reason"])?;
        let rules = self.names(table, "rules", true).unwrap_or_default();
        if rules.is_empty() {
            self.complain(entry.span, "`rules` is missing: the ids of the rules to suppress");
            return None;
        }
        let plain = |said: Option<Vec<Said<String>>>| {
            said.unwrap_or_default().into_iter().map(|said| said.value).collect::<Vec<_>>()
        };
        let paths = self.patterns(table);
        let clusters = plain(self.strings(table, "clusters"));
        let pools = plain(self.strings(table, "pools"));
        if !table.contains_key("paths") && clusters.is_empty() && pools.is_empty() {
            self.complain(
                entry.span,
                "say where: `paths`, `clusters` or `pools`; to switch a rule off, use `ignore`",
            );
        }
        let reason =
            self.string(table, "reason").map(|said| said.value).filter(|text| !text.trim().is_empty());
        Some(Suppress { span: self.span(entry.span), rules, paths, clusters, pools, reason })
    }

    fn input_files(&mut self, entry: &Value<'_>, of: &str, files: &str) -> Option<InputFiles> {
        let table = self.table(entry, &[of, files])?;
        let Some(said) = self.string(table, of) else {
            self.complain(entry.span, format!("`{of}` is missing"));
            return None;
        };
        let files = self.paths_of(table, files);
        Some(InputFiles { of: self.absolute(&said.value), files, span: self.span(entry.span) })
    }

    fn choices(&mut self, table: &Table<'_>) -> Choices {
        Choices {
            select: self.names(table, "select", false),
            extend_select: self.names(table, "extend-select", false).unwrap_or_default(),
            ignore: self.names(table, "ignore", false),
            extend_ignore: self.names(table, "extend-ignore", false).unwrap_or_default(),
            severity: self.severities(table),
            fail_on: self.word(
                table,
                "fail-on",
                &[
                    ("error", Some(Severity::Error)),
                    ("warning", Some(Severity::Warning)),
                    ("info", Some(Severity::Info)),
                    ("never", None),
                ],
            ),
            horizon: self.days(table, "retirement-horizon-days"),
            require_reason: self.boolean(table, "require-reason"),
            alternatives: self.boolean(table, "alternatives"),
            facts: table.contains_key("facts").then(|| self.paths_of(table, "facts")),
        }
    }

    fn severities(&mut self, table: &Table<'_>) -> Vec<(Said<&'static str>, Said<Level>)> {
        let Some(value) = table.get("severity") else { return Vec::new() };
        let Some(rules) = value.as_table() else {
            self.complain(
                value.span,
                "a table of rule ids is expected here, such as `{ RetiringVMSize = \"error\" }`",
            );
            return Vec::new();
        };
        let mut all = Vec::new();
        for key in rules.keys() {
            let levels = [
                ("error", Level::At(Severity::Error)),
                ("warning", Level::At(Severity::Warning)),
                ("info", Level::At(Severity::Info)),
                ("off", Level::Off),
            ];
            let level = self.word(rules, &key.name, &levels);
            match rules::ids().find(|id| id.eq_ignore_ascii_case(&key.name)) {
                Some(id) => {
                    let id = Said { value: id, span: self.span(key.span) };
                    all.extend(level.map(|level| (id, level)));
                }
                None => self.complain(key.span, unknown_name(&key.name, true)),
            }
        }
        all.sort_by_key(|(id, _)| id.span);
        all
    }

    /// Names of rules, and of groups of rules unless only ids are wanted.
    fn names(&mut self, table: &Table<'_>, key: &str, only_ids: bool) -> Option<Vec<Said<String>>> {
        let names = self.strings(table, key)?;
        for said in &names {
            let known = if only_ids { rules::is_known_id(&said.value) } else { is_known_name(&said.value) };
            if !known {
                let message = unknown_name(&said.value, only_ids);
                self.wrong.push(Wrong { span: Some(said.span), message });
            }
        }
        Some(names)
    }

    fn entries<'v, 'd>(&mut self, table: &'v Table<'d>, key: &str) -> Vec<&'v Value<'d>> {
        let Some(value) = table.get(key) else { return Vec::new() };
        match value.as_array() {
            Some(entries) => entries.iter().collect(),
            None => {
                self.complain(value.span, format!("tables are expected here: write [[{key}]]"));
                Vec::new()
            }
        }
    }

    fn needed_patterns(&mut self, entry: &Value<'_>, table: &Table<'_>) -> Option<Paths> {
        if !table.contains_key("paths") {
            self.complain(entry.span, "`paths` is missing: patterns such as \"envs/dev/**\"");
        }
        self.patterns(table)
    }

    fn patterns(&mut self, table: &Table<'_>) -> Option<Paths> {
        let patterns = self.strings(table, "paths")?;
        let mut set = GlobSetBuilder::new();
        for said in &patterns {
            let written = said.value.trim_start_matches("./").trim_end_matches('/');
            if let Some(why) = beyond_bounds(written) {
                let start: String = written.chars().take(20).collect();
                let message = format!("`{start}…` is no path pattern that is used: {why}");
                self.wrong.push(Wrong { span: Some(said.span), message });
                continue;
            }
            match GlobBuilder::new(written).literal_separator(true).build() {
                Ok(glob) => _ = set.add(glob),
                Err(error) => {
                    let message = format!("`{}` is no path pattern: {}", said.value, error.kind());
                    self.wrong.push(Wrong { span: Some(said.span), message });
                }
            }
            if Path::new(written).is_absolute() || written.split('/').any(|part| part == "..") {
                let message = format!("`{}` leaves the folder of this file", said.value);
                self.wrong.push(Wrong { span: Some(said.span), message });
            }
        }
        match set.build() {
            Ok(set) => {
                let written = patterns.into_iter().map(|said| said.value).collect();
                Some(Paths { written, base: self.folder.clone(), set })
            }
            Err(error) => {
                // Patterns that cannot be matched must not come to match everything.
                let span = patterns.first().map(|said| said.span);
                self.wrong.push(Wrong { span, message: format!("no path patterns: {}", error.kind()) });
                None
            }
        }
    }

    fn absolute(&self, path: &str) -> PathBuf {
        crate::source::absolute(&self.folder, Path::new(path))
    }

    /// Paths from a string or a list of strings.
    fn paths_of(&mut self, table: &Table<'_>, key: &str) -> Vec<Said<PathBuf>> {
        let said = match table.get(key) {
            Some(value) if value.as_str().is_some() => self.string(table, key).into_iter().collect(),
            Some(_) => self.strings(table, key).unwrap_or_default(),
            None => Vec::new(),
        };
        said.into_iter().map(|said| Said { value: self.absolute(&said.value), span: said.span }).collect()
    }

    fn strings(&mut self, table: &Table<'_>, key: &str) -> Option<Vec<Said<String>>> {
        let value = table.get(key)?;
        let Some(items) = value.as_array() else {
            self.complain(value.span, format!("`{key}` is a list of strings"));
            return None;
        };
        let mut strings = Vec::new();
        for item in items {
            match item.as_str() {
                Some(text) => strings.push(Said { value: text.to_owned(), span: self.span(item.span) }),
                None => self.complain(item.span, format!("`{key}` is a list of strings")),
            }
        }
        Some(strings)
    }

    fn string(&mut self, table: &Table<'_>, key: &str) -> Option<Said<String>> {
        let value = table.get(key)?;
        match value.as_str() {
            Some(text) => Some(Said { value: text.to_owned(), span: self.span(value.span) }),
            None => {
                self.complain(value.span, format!("`{key}` is a string"));
                None
            }
        }
    }

    fn boolean(&mut self, table: &Table<'_>, key: &str) -> Option<Said<bool>> {
        let value = table.get(key)?;
        match value.as_bool() {
            Some(truth) => Some(Said { value: truth, span: self.span(value.span) }),
            None => {
                self.complain(value.span, format!("`{key}` is true or false"));
                None
            }
        }
    }

    fn days(&mut self, table: &Table<'_>, key: &str) -> Option<Said<i64>> {
        let value = table.get(key)?;
        match value.as_integer().filter(|days| (0..=36_500).contains(days)) {
            Some(days) => Some(Said { value: days, span: self.span(value.span) }),
            None => {
                self.complain(value.span, format!("`{key}` is a number of days, from 0 to 36500"));
                None
            }
        }
    }

    fn word<T: Copy>(&mut self, table: &Table<'_>, key: &str, words: &[(&str, T)]) -> Option<Said<T>> {
        let value = table.get(key)?;
        let found = value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        match found {
            Some((_, meaning)) => Some(Said { value: *meaning, span: self.span(value.span) }),
            None => {
                let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
                self.complain(value.span, format!("`{key}` is one of {}", all.join(", ")));
                None
            }
        }
    }
}

/// Why a pattern is not even compiled.
fn beyond_bounds(pattern: &str) -> Option<String> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Some(format!("it is longer than {MAX_PATTERN_BYTES} bytes"));
    }
    let is_deep = crate::source::braces_within(pattern.as_bytes()) > MAX_BRACES;
    is_deep.then(|| format!("braces are within each other deeper than {MAX_BRACES}"))
}

/// Whether this names a rule or a group of rules: a kind, what the rules look at, or all of them.
pub fn is_known_name(name: &str) -> bool {
    rules::is_known_id(name) || rules::groups().any(|group| group.eq_ignore_ascii_case(name))
}

/// Says that there is no such rule, and which was probably meant.
pub fn unknown_name(name: &str, only_ids: bool) -> String {
    let groups = rules::groups().filter(|_| !only_ids);
    let hint = match nearest(name, rules::ids().chain(groups)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`akslint rules` lists them all".to_owned(),
    };
    format!("no such rule: {name}; {hint}")
}
