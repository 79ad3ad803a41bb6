//! `akslint.toml`: which findings count where. A file is ruled by every configuration from its folder up to the
//! first that says `root = true`, or to the project's root; what stands nearer wins, and the command line wins
//! over all. What a run without a configuration pays is a look at the folders above the project.

mod layer;
mod show;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use layer::{Choices, Layer};
pub use layer::{FailOn, InputFiles, Level, Said, Wrong, is_known_name, unknown_name};
pub use show::show;

use crate::check::Subject;
use crate::diagnostic::{Diagnostic, Severity, Suppression};
use crate::facts::{Overlay, Overlays};
use crate::overlay;
use crate::rules::{self, Rule};
use crate::source::{FileId, LoadError, Sources, Span};
use crate::suppress;

/// The name of configuration files.
pub const FILE_NAME: &str = crate::source::CONFIGURATION;

/// How many files may build on each other with `extends`.
const MAX_EXTENDS: usize = 16;

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A configuration file.
    File(Span),
    /// A flag.
    CommandLine,
}

/// A setting and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The setting.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Set<T> {
    fn take(&mut self, said: &Option<Said<T>>)
    where
        T: Clone,
    {
        if let Some(said) = said {
            *self = Set { value: said.value.clone(), origin: Origin::File(said.span) };
        }
    }
}

/// What counts in one file.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Rules and groups that are reported besides errors and warnings.
    pub select: Vec<Set<String>>,
    /// Rules and groups that are not run.
    pub ignore: Vec<Set<String>>,
    /// Severities that differ from the rules' own.
    pub severity: BTreeMap<&'static str, Set<Level>>,
    /// The least severity that makes the exit code 1.
    pub fail_on: Set<FailOn>,
    /// How many days before a retirement it becomes a warning.
    pub horizon: Set<i64>,
    /// Whether a suppression must say why.
    pub require_reason: Set<bool>,
    /// Whether input files that the tools do not load by themselves are scenarios.
    pub alternatives: Set<bool>,
    /// The overlays over the tables of facts, the first one lowest.
    pub facts: Vec<Set<PathBuf>>,
}

impl Default for Settings {
    fn default() -> Settings {
        fn set<T>(value: T) -> Set<T> {
            Set { value, origin: Origin::Default }
        }
        Settings {
            select: Vec::new(),
            ignore: Vec::new(),
            severity: BTreeMap::new(),
            fail_on: set(Some(Severity::Error)),
            horizon: set(180),
            require_reason: set(false),
            alternatives: set(true),
            facts: Vec::new(),
        }
    }
}

/// What is to be done with a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Errors and warnings are reported.
    Default,
    /// Everything is.
    Selected,
    /// Nothing is.
    Ignored,
}

impl Settings {
    /// What is to be done with the rule of an id. The command line counts before files; then the more precise
    /// name: an id before a group, a group before `all`; then `ignore` before `select`.
    pub fn wish(&self, id: &str) -> Wish {
        let rank = |set: &Set<String>| {
            let precise = match rules::precision(&set.value, id) {
                0 => return None,
                precise => precise,
            };
            Some((set.origin == Origin::CommandLine, precise))
        };
        let selected = self.select.iter().filter_map(rank).max();
        let ignored = self.ignore.iter().filter_map(rank).max();
        let off = self.severity.get(id).is_some_and(|set| set.value == Level::Off);
        let off = off.then_some((false, rules::MOST_PRECISE)).max(ignored);
        match (selected, off) {
            (None, None) => Wish::Default,
            (selected, off) if off >= selected => Wish::Ignored,
            _ => Wish::Selected,
        }
    }

    /// The severity of a finding in place of the rule's own; `None` if the rule is not run.
    pub fn severity_of(&self, id: &str, own: Severity) -> Option<Severity> {
        if self.wish(id) == Wish::Ignored {
            return None;
        }
        match self.severity.get(id).map(|set| set.value) {
            Some(Level::At(severity)) => Some(severity),
            Some(Level::Off) | None => Some(own),
        }
    }

    /// Whether a finding of this rule and severity is reported.
    pub fn shows(&self, id: &str, severity: Severity) -> bool {
        match self.wish(id) {
            Wish::Default => severity >= Severity::Warning,
            Wish::Selected => true,
            Wish::Ignored => false,
        }
    }

    fn apply(&mut self, choices: &Choices) {
        let set = |said: &Said<String>| Set { value: said.value.clone(), origin: Origin::File(said.span) };
        if let Some(names) = &choices.select {
            self.select = names.iter().map(set).collect();
        }
        self.select.extend(choices.extend_select.iter().map(set));
        if let Some(names) = &choices.ignore {
            self.ignore = names.iter().map(set).collect();
        }
        self.ignore.extend(choices.extend_ignore.iter().map(set));
        for (id, level) in &choices.severity {
            self.severity.insert(id.value, Set { value: level.value, origin: Origin::File(level.span) });
        }
        self.fail_on.take(&choices.fail_on);
        self.horizon.take(&choices.horizon);
        self.require_reason.take(&choices.require_reason);
        self.alternatives.take(&choices.alternatives);
        if let Some(paths) = &choices.facts {
            let set =
                |said: &Said<PathBuf>| Set { value: said.value.clone(), origin: Origin::File(said.span) };
            self.facts = paths.iter().map(set).collect();
        }
    }
}

/// What the command line says about which findings count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--select`
    pub select: Vec<String>,
    /// `--ignore`
    pub ignore: Vec<String>,
    /// `--fail-on`
    pub fail_on: Option<FailOn>,
    /// `--horizon`
    pub horizon: Option<i64>,
    /// `--no-alternatives`
    pub no_alternatives: bool,
    /// `--facts`, absolute.
    pub facts: Vec<PathBuf>,
}

/// Which configuration files are used.
#[derive(Debug, Clone, Default)]
pub enum Which {
    /// Those that are found.
    #[default]
    Found,
    /// Only this one, for every file.
    Only(PathBuf),
    /// None.
    None,
}

/// The configuration of a run.
#[derive(Debug, Default)]
pub struct Config {
    flags: Flags,
    /// The layers of each folder that has a configuration: what it extends first, itself last.
    folders: BTreeMap<PathBuf, Vec<Arc<Layer>>>,
    /// One configuration for all files.
    only: Option<Vec<Arc<Layer>>>,
    plain: Arc<Settings>,
    settings: RwLock<BTreeMap<FileId, Arc<Settings>>>,
    used: RwLock<BTreeSet<(Span, String)>>,
    /// The overlays that some file or flag names.
    overlays: BTreeMap<PathBuf, (FileId, Overlay)>,
    /// Overlays put together, by their paths.
    facts: RwLock<BTreeMap<Vec<PathBuf>, Overlays>>,
}

impl Config {
    /// A configuration of flags alone.
    pub fn of_flags(flags: Flags) -> Config {
        let mut config = Config { flags, ..Config::default() };
        let mut plain = Settings::default();
        config.apply_flags(&mut plain);
        config.plain = Arc::new(plain);
        config
    }

    /// Reads the configuration files among `found`, those above the project, and all that they extend.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn load(
        sources: &Sources,
        found: &[PathBuf],
        which: &Which,
        flags: Flags,
    ) -> Result<Config, Vec<Wrong>> {
        let mut config = Config::of_flags(flags);
        let mut wrong = Vec::new();
        let mut stack = |path: &Path| match chain(sources, path) {
            Ok(layers) => Some(layers),
            Err(more) => {
                wrong.extend(more);
                None
            }
        };
        match which {
            Which::None => {}
            Which::Only(path) => config.only = stack(path),
            Which::Found => {
                let mut paths: Vec<PathBuf> = found.to_vec();
                let own = sources.project().join(FILE_NAME);
                if own.is_file() {
                    // A walk that was limited to a part of the project has not seen it.
                    paths.push(own);
                }
                paths.extend(above(sources.project()));
                paths.sort();
                paths.dedup();
                for path in paths {
                    if let (Some(layers), Some(folder)) = (stack(&path), path.parent()) {
                        config.folders.insert(folder.to_path_buf(), layers);
                    }
                }
            }
        }
        for layer in config.every_layer() {
            for entry in layer.terraform.iter().chain(&layer.arm) {
                if std::fs::metadata(&entry.of).is_err() {
                    let message = format!("no such file or folder: {}", sources.display(&entry.of));
                    wrong.push(Wrong { span: Some(entry.span), message });
                }
                for file in &entry.files {
                    if let Err(error) = sources.load_inside(reach(layer, sources), &file.value) {
                        let message = format!("cannot read {}: {error}", sources.display(&file.value));
                        wrong.push(Wrong { span: Some(file.span), message });
                    }
                }
            }
        }
        wrong.extend(config.read_overlays(sources));
        if wrong.is_empty() {
            return Ok(config);
        }
        wrong.sort();
        wrong.dedup();
        Err(wrong)
    }

    /// Reads every overlay that is named anywhere. What is wrong with them.
    fn read_overlays(&mut self, sources: &Sources) -> Vec<Wrong> {
        let mut named: Vec<(PathBuf, Option<(Span, PathBuf)>)> =
            self.flags.facts.iter().map(|path| (path.clone(), None)).collect();
        for layer in self.every_layer() {
            let inside = reach(layer, sources);
            let choices = layer.per_path.iter().map(|entry| &entry.choices);
            for said in
                std::iter::once(&layer.choices).chain(choices).filter_map(|one| one.facts.as_ref()).flatten()
            {
                named.push((said.value.clone(), Some((said.span, inside.to_path_buf()))));
            }
        }
        let mut wrong = Vec::new();
        for (path, place) in named {
            if self.overlays.contains_key(&path) {
                continue;
            }
            let loaded = match &place {
                Some((_, inside)) => sources.load_inside(inside, &path),
                None => sources.load(&path),
            };
            let read = match loaded {
                Ok(file) => {
                    overlay::read(file, &sources.text(file).unwrap_or_default()).map(|read| (file, read))
                }
                Err(error) => {
                    let message = format!("cannot read {}: {error}", sources.display(&path));
                    wrong.push(Wrong { span: place.map(|(span, _)| span), message });
                    continue;
                }
            };
            match read {
                Ok(read) => _ = self.overlays.insert(path, read),
                Err(errors) => wrong.extend(
                    errors.into_iter().map(|error| Wrong { span: Some(error.span), message: error.message }),
                ),
            }
        }
        wrong
    }

    /// The facts that hold in a file besides those of the tables.
    pub fn facts(&self, sources: &Sources, file: FileId) -> Overlays {
        if self.overlays.is_empty() {
            return Overlays::default();
        }
        self.overlaid(&self.of(sources, file))
    }

    /// The overlays of some settings, put together.
    pub fn overlaid(&self, settings: &Settings) -> Overlays {
        let paths: Vec<PathBuf> = settings.facts.iter().map(|set| set.value.clone()).collect();
        if let Some(known) = self.facts.read().unwrap_or_else(PoisonError::into_inner).get(&paths) {
            return known.clone();
        }
        let named = paths.iter().filter_map(|path| self.overlays.get(path));
        let overlays = Overlays::of(named.map(|(_, overlay)| overlay));
        let mut all = self.facts.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(paths).or_insert(overlays).clone()
    }

    /// Whether a file is an overlay, which findings name and are not about.
    pub fn is_overlay(&self, file: FileId) -> bool {
        self.overlays.values().any(|(overlay, _)| *overlay == file)
    }

    fn apply_flags(&self, settings: &mut Settings) {
        let flag = |name: &String| Set { value: name.clone(), origin: Origin::CommandLine };
        settings.select.extend(self.flags.select.iter().map(flag));
        settings.ignore.extend(self.flags.ignore.iter().map(flag));
        if let Some(fail_on) = self.flags.fail_on {
            settings.fail_on = Set { value: fail_on, origin: Origin::CommandLine };
        }
        if let Some(days) = self.flags.horizon {
            settings.horizon = Set { value: days, origin: Origin::CommandLine };
        }
        let flag = |path: &PathBuf| Set { value: path.clone(), origin: Origin::CommandLine };
        settings.facts.extend(self.flags.facts.iter().map(flag));
        if self.flags.no_alternatives {
            settings.alternatives = Set { value: false, origin: Origin::CommandLine };
        }
    }

    /// Whether there are no configuration files.
    pub fn is_plain(&self) -> bool {
        self.folders.is_empty() && self.only.is_none()
    }

    /// The layers that rule a path, the farthest first.
    fn layers(&self, path: &Path) -> Vec<&Arc<Layer>> {
        if let Some(only) = &self.only {
            return only.iter().collect();
        }
        let mut stacks: Vec<&Vec<Arc<Layer>>> = Vec::new();
        for folder in path.ancestors() {
            let Some(layers) = self.folders.get(folder) else { continue };
            stacks.push(layers);
            if layers.last().is_some_and(|layer| layer.root) {
                break;
            }
        }
        stacks.into_iter().rev().flatten().collect()
    }

    /// What counts at a path.
    pub fn at(&self, path: &Path) -> Settings {
        let mut settings = Settings::default();
        let layers = self.layers(path);
        for layer in &layers {
            settings.apply(&layer.choices);
            for entry in layer.per_path.iter().filter(|entry| entry.paths.matches(path)) {
                settings.apply(&entry.choices);
            }
        }
        self.apply_flags(&mut settings);
        settings
    }

    /// What counts in a file.
    pub fn of(&self, sources: &Sources, file: FileId) -> Arc<Settings> {
        if self.is_plain() {
            return self.plain.clone();
        }
        let known = self.settings.read().unwrap_or_else(PoisonError::into_inner).get(&file).cloned();
        known.unwrap_or_else(|| {
            let path = sources.file(file).map(|file| file.path.clone()).unwrap_or_default();
            // Text of our own, such as that of a well-known module, belongs to the project that uses it.
            let path = if sources.is_embedded(file) { sources.project().join(FILE_NAME) } else { path };
            let settings = Arc::new(self.at(&path));
            let mut all = self.settings.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(file, settings.clone());
            settings
        })
    }

    /// Rules that are ignored everywhere need not be run.
    pub fn may_run(&self, rule: &Rule) -> bool {
        !self.is_plain() || self.plain.wish(rule.id) != Wish::Ignored
    }

    /// The entry that suppresses a finding.
    pub fn covers(&self, sources: &Sources, finding: &Subject<'_>) -> Option<Suppression> {
        if self.is_plain() {
            return None;
        }
        let pool = finding.pool.map(|pool| pool.name.as_str());
        let among = |names: &[String], name: Option<&str>| {
            names.is_empty() || name.is_some_and(|name| names.iter().any(|wanted| wanted == name))
        };
        let mut first = None;
        for span in finding.way {
            let Some(file) = sources.file(span.file) else { continue };
            for entry in self.layers(&file.path).iter().flat_map(|layer| &layer.suppress) {
                let covers = entry.paths.as_ref().is_none_or(|paths| paths.matches(&file.path))
                    && among(&entry.clusters, finding.cluster)
                    && among(&entry.pools, pool);
                for rule in entry.rules.iter().filter(|rule| rule.value.eq_ignore_ascii_case(finding.rule)) {
                    if covers {
                        let mut used = self.used.write().unwrap_or_else(PoisonError::into_inner);
                        used.insert((entry.span, rule.value.clone()));
                        first.get_or_insert_with(|| Suppression::Configuration {
                            span: entry.span,
                            reason: entry.reason.clone(),
                        });
                    }
                }
            }
        }
        first
    }

    /// The clusters that the workload in a file runs on, as the nearest configuration that speaks of it has it.
    pub fn clusters(&self, sources: &Sources, file: FileId) -> Option<Vec<String>> {
        if self.is_plain() {
            return None;
        }
        let path = sources.file(file)?.path.clone();
        let layers = self.layers(&path);
        let entries = layers.iter().rev().flat_map(|layer| layer.workloads.iter().rev());
        entries.into_iter().find(|entry| entry.paths.matches(&path)).map(|entry| entry.clusters.clone())
    }

    /// The var files that configurations name, each entry for a scenario of its root.
    pub fn var_files(&self) -> impl Iterator<Item = &InputFiles> {
        self.every_layer().flat_map(|layer| &layer.terraform)
    }

    /// The parameter files that configurations name, each file a scenario of its template.
    pub fn parameter_files(&self) -> impl Iterator<Item = &InputFiles> {
        self.every_layer().flat_map(|layer| &layer.arm)
    }

    fn every_layer(&self) -> impl Iterator<Item = &Arc<Layer>> {
        self.folders.values().chain(self.only.iter()).flatten()
    }

    /// What is to be said about the entries that suppress, once all findings have been asked for.
    pub fn complaints(&self, sources: &Sources, judged: &dyn Fn(&str) -> bool) -> Vec<Diagnostic> {
        let used = self.used.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        for layer in self.every_layer().filter(|layer| seen.insert(layer.file)) {
            // Of a run over a part of the files nothing follows for an entry that is about all.
            let Some(folder) = layer.path.parent().filter(|folder| sources.is_reported_path(folder)) else {
                continue;
            };
            let reason_required = self.at(&folder.join(FILE_NAME)).require_reason.value;
            for entry in &layer.suppress {
                for rule in &entry.rules {
                    let is_used = used.contains(&(entry.span, rule.value.clone()));
                    if !is_used && judged(&rule.value) {
                        let message = format!("suppression of `{}`, which finds nothing there", rule.value);
                        all.push(suppress::unused(rule.span, message, "suppresses nothing"));
                    }
                }
                if entry.reason.is_none() && reason_required {
                    all.push(suppress::without_reason(entry.span));
                }
            }
        }
        all
    }
}

/// The configuration files above the project that rule it too: none above a folder with `.git` or a file that
/// says `root = true`.
fn above(project: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in project.ancestors() {
        let file = folder.join(FILE_NAME);
        if folder != project && file.is_file() {
            found.push(file);
        }
        if crate::source::is_root(folder) {
            break;
        }
    }
    found
}

/// The folder that a configuration file may name files in. A stranger's is not to read what is not the project's; one
/// from above the project may name its neighbours.
fn reach<'a>(layer: &'a Layer, sources: &'a Sources) -> &'a Path {
    let folder = layer.path.parent().unwrap_or(&layer.path);
    if folder.starts_with(sources.project()) { sources.project() } else { folder }
}

/// A configuration file and all that it extends, itself last.
fn chain(sources: &Sources, path: &Path) -> Result<Vec<Arc<Layer>>, Vec<Wrong>> {
    let mut chain = Chain { sources, open: Vec::new(), layers: Vec::new() };
    let file = sources.load(path).map_err(|error| {
        vec![Wrong { span: None, message: format!("cannot read {}: {error}", sources.display(path)) }]
    })?;
    chain.add(file, path)?;
    Ok(chain.layers)
}

struct Chain<'s> {
    sources: &'s Sources,
    /// The files that are being read, for circles.
    open: Vec<PathBuf>,
    layers: Vec<Arc<Layer>>,
}

impl Chain<'_> {
    fn add(&mut self, file: FileId, path: &Path) -> Result<(), Vec<Wrong>> {
        let text = self.sources.text(file).unwrap_or_default();
        let layer = layer::read(file, path, &text)?;
        self.open.push(path.to_path_buf());
        for base in &layer.extends {
            let wrong = |message: String| vec![Wrong { span: Some(base.span), message }];
            if self.open.contains(&base.value) {
                let shown = self.sources.display(&base.value);
                return Err(wrong(format!("`extends` goes in a circle: {shown} builds on this file")));
            }
            if self.open.len() >= MAX_EXTENDS {
                return Err(wrong(format!("more than {MAX_EXTENDS} files build on each other")));
            }
            let shown = self.sources.display(&base.value);
            let base_file =
                self.sources.load_inside(reach(&layer, self.sources), &base.value).map_err(|error| {
                    match error {
                        LoadError::Outside => wrong(format!("{shown} lies outside of the project")),
                        error => wrong(format!("cannot read {shown}: {error}")),
                    }
                })?;
            self.add(base_file, &base.value)?;
        }
        self.open.pop();
        self.layers.push(Arc::new(layer));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
