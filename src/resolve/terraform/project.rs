//! The Terraform of a project: which directories are modules, which of them are roots, and which input
//! files each root is planned with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::config::{self, Module, normalize};
use super::registry;
use crate::source::{FileId, Sources, Span};
use crate::syntax::{hcl, json};
use crate::value::Reason;

type Cell<T> = Arc<OnceLock<T>>;

/// Modules and files, read once and shared by all evaluations.
pub struct Project<'s> {
    sources: &'s Sources,
    /// File functions stay inside.
    root: PathBuf,
    modules: Mutex<BTreeMap<PathBuf, Cell<Option<Arc<Module>>>>>,
    installed: Mutex<BTreeMap<PathBuf, Cell<BTreeMap<String, PathBuf>>>>,
}

/// A root module and the ways it is planned.
#[derive(Debug)]
pub struct Root {
    /// Its directory.
    pub dir: PathBuf,
    /// Its scenarios, at least one.
    pub scenarios: Vec<Scenario>,
}

/// The input files of one real scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scenario {
    /// How people name it; `None` if there is only what Terraform itself loads.
    pub name: Option<Arc<str>>,
    /// The files, later ones winning.
    pub files: Vec<FileId>,
}

/// Who calls whom, and who can reach a resource of interest.
#[derive(Debug, Default)]
pub struct Reach {
    /// What each directory calls.
    pub calls: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// The directories that define or can reach a resource of interest.
    pub reaching: BTreeSet<PathBuf>,
    /// Which calls of local modules do, by the calling module and the call's name: a root may be evaluated once for
    /// each of hundreds of var files.
    of_calls: Mutex<HashMap<(usize, Arc<str>), bool>>,
}

impl Reach {
    /// Whether a call of a local module can reach a resource of interest, found out once. Modules are kept as long as
    /// the project, so that their places tell them apart.
    pub fn of_call(&self, module: &Arc<Module>, name: &Arc<str>, find: impl FnOnce() -> bool) -> bool {
        let key = (Arc::as_ptr(module).addr(), name.clone());
        let known = self.of_calls.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let found = find();
            self.of_calls.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
            found
        })
    }

    /// Adds a directory and everything that it calls.
    fn cover(&self, from: &Path, covered: &mut BTreeSet<PathBuf>) {
        let mut stack = vec![from.to_owned()];
        while let Some(next) = stack.pop() {
            if covered.insert(next.clone()) {
                stack.extend(self.calls.get(&next).into_iter().flatten().cloned());
            }
        }
    }
}

impl<'s> Project<'s> {
    /// The project around `root`.
    pub fn new(sources: &'s Sources, root: &Path) -> Project<'s> {
        Project { sources, root: root.to_owned(), modules: Mutex::default(), installed: Mutex::default() }
    }

    /// Where files come from.
    pub fn sources(&self) -> &'s Sources {
        self.sources
    }

    /// The module in a directory; `None` if there is no Terraform in it.
    pub fn module(&self, dir: &Path) -> Option<Arc<Module>> {
        let dir = normalize(dir);
        let cell = cell(&self.modules, &dir);
        cell.get_or_init(|| {
            if registry::is_embedded(&dir) {
                return registry::load(self.sources, &dir).map(Arc::new);
            }
            holds_terraform(self.sources, &dir).then(|| Arc::new(Module::load(self.sources, &dir)))
        })
        .clone()
    }

    /// Every module that was loaded, in the order of its directory.
    pub fn loaded(&self) -> Vec<Arc<Module>> {
        let modules = self.modules.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        modules.values().filter_map(|cell| cell.get().cloned().flatten()).collect()
    }

    /// The directory of an installed module, as `terraform init` recorded it below the root.
    pub fn installed(&self, root: &Path, key: &str) -> Option<PathBuf> {
        let cell = cell(&self.installed, root);
        let map = cell.get_or_init(|| self.manifest(root).unwrap_or_default());
        map.get(key).cloned()
    }

    /// Which directories call which, by the list of installed modules below a root: `a.b` is called `b` in `a`.
    fn installed_calls(&self, root: &Path) -> Vec<(PathBuf, PathBuf)> {
        let cell = cell(&self.installed, root);
        let map = cell.get_or_init(|| self.manifest(root).unwrap_or_default());
        let calls = map.iter().filter(|(key, _)| !key.is_empty()).filter_map(|(key, to)| {
            let from = match key.rsplit_once('.') {
                Some((caller, _)) => map.get(caller)?.clone(),
                None => root.to_owned(),
            };
            Some((from, to.clone()))
        });
        calls.collect()
    }

    fn manifest(&self, root: &Path) -> Option<BTreeMap<String, PathBuf>> {
        let file = self.sources.load(&root.join(".terraform/modules/modules.json")).ok()?;
        let (node, _) = json::parse(file, &self.sources.text(file)?);
        let node = node?;
        let entries = node.get("Modules")?.items().iter().filter_map(|entry| {
            let key = entry.get("Key")?.as_str()?.to_owned();
            let dir = entry.get("Dir")?.as_str()?;
            Some((key, normalize(&root.join(dir))))
        });
        Some(entries.collect())
    }

    /// The text at a place on one line, shortened.
    pub fn snippet(&self, at: Span) -> String {
        let text = self.sources.text(at.file);
        let text =
            text.as_deref().and_then(|text| text.get(at.start as usize..at.end as usize)).unwrap_or("");
        let mut out = String::new();
        for (count, word) in text.split_whitespace().enumerate() {
            if count > 0 {
                out.push(' ');
            }
            out.push_str(word);
            if out.len() > 80 {
                break;
            }
        }
        if out.chars().count() > 60 {
            out = out.chars().take(59).chain(['…']).collect();
        }
        out
    }

    fn inside(&self, path: &Path) -> bool {
        normalize(path).starts_with(&self.root)
    }

    /// Reads a file inside the project.
    pub fn read(&self, path: &Path) -> Result<Arc<str>, Reason> {
        let (_, text) = self.open(path)?;
        Ok(text)
    }

    /// The file that [`read`](Project::read) reads.
    pub fn id(&self, path: &Path) -> Option<FileId> {
        self.open(path).ok().map(|(file, _)| file)
    }

    fn open(&self, path: &Path) -> Result<(FileId, Arc<str>), Reason> {
        let name = || Arc::from(format!("file `{}`", path.file_name().unwrap_or_default().to_string_lossy()));
        if !self.inside(path) {
            return Err(Reason::Unsupported("a file outside the project".into()));
        }
        let file = self.sources.load_inside(&self.root, path).map_err(|_| Reason::Absent(name()))?;
        let text = self.sources.text(file).ok_or_else(|| Reason::Absent(name()))?;
        Ok((file, text))
    }

    /// Reads a file inside the project as a template.
    pub fn template(&self, path: &Path) -> Result<(Vec<hcl::TemplatePart>, Span), Reason> {
        let (file, text) = self.open(path)?;
        let (parts, errors) = hcl::parse_template(file, &text, 0);
        match errors.first() {
            Some(error) => Err(Reason::Failed(Arc::from(error.message.as_str()))),
            None => Ok((parts, Span::new(file, 0, text.len()))),
        }
    }

    /// Whether a file inside the project exists.
    pub fn exists(&self, path: &Path) -> Option<bool> {
        self.inside(path).then(|| self.sources.load_inside(&self.root, path).is_ok())
    }

    /// The files below a directory inside the project, relative to it, with slashes; `None` where they are not
    /// ours to know or too many.
    pub fn list(&self, dir: &Path) -> Option<Vec<String>> {
        let dir = normalize(dir);
        let files = self.sources.files_below(&self.root, &dir).ok()?;
        let relative = files.iter().filter_map(|file| file.strip_prefix(&dir).ok());
        Some(relative.map(|file| file.to_string_lossy().replace('\\', "/")).collect())
    }

    /// The directories that a module calls: local ones, and installed ones if the module is a root.
    fn callees(&self, module: &Module) -> BTreeSet<PathBuf> {
        let calls = module.calls.iter();
        calls.filter_map(|(name, call)| call.dir(&module.dir, || self.installed(&module.dir, name))).collect()
    }

    /// Which directories, of the given ones and all that they call, can reach a resource of interest.
    pub fn reach(&self, dirs: &BTreeSet<PathBuf>, is_seed: &dyn Fn(&Module) -> bool) -> Reach {
        let mut reach = Reach::default();
        let mut stack: Vec<PathBuf> = dirs.iter().cloned().collect();
        let mut callers: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        let mut reaching = Vec::new();
        // What installed modules call in turn, only the root's list of them knows.
        let mut between: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        while let Some(dir) = stack.pop() {
            if reach.calls.contains_key(&dir) {
                continue;
            }
            let Some(module) = self.module(&dir) else { continue };
            let callees = self.callees(&module);
            for callee in &callees {
                callers.entry(callee.clone()).or_default().insert(dir.clone());
                stack.push(callee.clone());
            }
            if module.calls.values().any(|call| call.local_dir(&dir).is_none()) {
                for (from, to) in self.installed_calls(&dir) {
                    callers.entry(to.clone()).or_default().insert(from.clone());
                    stack.push(to.clone());
                    between.entry(from).or_default().insert(to);
                }
            }
            if is_seed(&module) {
                reaching.push(dir.clone());
            }
            reach.calls.insert(dir, callees);
        }
        for (from, to) in between {
            reach.calls.entry(from).or_default().extend(to);
        }
        while let Some(dir) = reaching.pop() {
            if reach.reaching.insert(dir.clone()) {
                reaching.extend(callers.get(&dir).into_iter().flatten().cloned());
            }
        }
        reach
    }

    /// The roots among the directories: those that reach a resource of interest and that no other calls. What is
    /// `fed` gets values from elsewhere.
    pub fn roots(
        &self,
        dirs: &BTreeSet<PathBuf>,
        fed: &BTreeSet<PathBuf>,
        tfvars: &[FileId],
        options: &super::Inputs,
        is_seed: &dyn Fn(&Module) -> bool,
    ) -> (Vec<Root>, Reach) {
        let reach = self.reach(&dirs.union(fed).cloned().collect(), is_seed);
        let called: BTreeSet<&PathBuf> = reach
            .calls
            .iter()
            .filter(|(dir, _)| reach.reaching.contains(*dir))
            .flat_map(|(dir, callees)| callees.iter().filter(move |callee| *callee != dir))
            .collect();
        let candidates: Vec<&PathBuf> = reach.reaching.iter().filter(|dir| dirs.contains(*dir)).collect();
        let mut roots: Vec<PathBuf> =
            candidates.iter().filter(|dir| !called.contains(**dir)).map(|dir| (*dir).clone()).collect();
        // Modules that call each other in a circle have no root; the first of each circle stands for it.
        let mut covered = BTreeSet::new();
        roots.iter().for_each(|root| reach.cover(root, &mut covered));
        for dir in candidates {
            if !covered.contains(dir) {
                reach.cover(dir, &mut covered);
                roots.push(dir.clone());
            }
        }
        roots.sort();
        let owners = owners(self, &roots, tfvars);
        let roots = roots
            .into_iter()
            .filter_map(|dir| {
                let module = self.module(&dir)?;
                let own = owners.get(&dir).cloned().unwrap_or_default();
                let scenarios = self.scenarios(&module, &own, options, fed.contains(&dir));
                Some(Root { dir, scenarios })
            })
            .collect();
        (roots, reach)
    }

    /// The var files directly in a directory that Terraform loads by itself, later ones winning.
    pub fn automatic(&self, dir: &Path, tfvars: &[FileId]) -> Vec<FileId> {
        let name = |file: &FileId| {
            path_of(self.sources, *file)
                .file_name()
                .map(|n| n.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let in_root = |file: &&FileId| path_of(self.sources, **file).parent() == Some(dir);
        // `terraform.tfvars`, then that in JSON, then the others by name: later ones win.
        let order = |file: &FileId| match name(file).as_str() {
            "terraform.tfvars" => Some((0, String::new())),
            "terraform.tfvars.json" => Some((1, String::new())),
            other if other.ends_with(".auto.tfvars") || other.ends_with(".auto.tfvars.json") => {
                Some((2, other.to_owned()))
            }
            _ => None,
        };
        let in_order = tfvars.iter().filter(in_root).filter_map(|file| Some((order(file)?, *file)));
        let mut automatic: Vec<((i32, String), FileId)> = in_order.collect();
        automatic.sort();
        automatic.into_iter().map(|(_, file)| file).collect()
    }

    /// The scenarios of a root: what Terraform loads by itself, and that with each further var file. A root that
    /// gets values from elsewhere is not planned without, where it needs them.
    fn scenarios(
        &self,
        module: &Module,
        tfvars: &[FileId],
        options: &super::Inputs,
        fed: bool,
    ) -> Vec<Scenario> {
        let mut automatic = self.automatic(&module.dir, tfvars);
        if !options.var_files.is_empty() {
            automatic.extend(&options.var_files);
            return vec![Scenario { name: None, files: automatic }];
        }
        if let Some(chosen) = options.chosen.get(&module.dir) {
            let scenario = |files: &Vec<FileId>| {
                let names: Vec<String> = files.iter().map(|file| self.sources.display_path(*file)).collect();
                let name = (!names.is_empty()).then(|| Arc::from(names.join(" and ")));
                Scenario { name, files: automatic.iter().chain(files).copied().collect() }
            };
            return chosen.iter().map(scenario).collect();
        }
        let plain = Scenario { name: None, files: automatic.clone() };
        let no_alternatives = options.no_alternatives || options.plain.contains(&module.dir);
        if no_alternatives && !fed {
            return vec![plain];
        }
        let mut scenarios: Vec<Scenario> = Vec::new();
        let others = tfvars.iter().filter(|file| !no_alternatives && !automatic.contains(file));
        for file in others {
            let keys = self.keys(*file);
            let declared = keys.iter().filter(|key| module.variables.contains_key(*key)).count();
            if keys.is_empty() || declared * 2 <= keys.len() {
                continue;
            }
            let mut files = automatic.clone();
            files.push(*file);
            let name = Some(Arc::from(self.sources.display_path(*file)));
            scenarios.push(Scenario { name, files });
        }
        // The world without a further file exists only if it can be planned.
        let mut given: BTreeSet<Arc<str>> = automatic.iter().flat_map(|file| self.keys(*file)).collect();
        given.extend(options.vars.keys().cloned());
        let complete = module
            .variables
            .iter()
            .all(|(name, variable)| variable.default.is_some() || given.contains(name));
        if (scenarios.is_empty() && !fed) || complete {
            scenarios.insert(0, plain);
        }
        scenarios
    }

    /// The names of the variables that a var file has values for.
    pub fn keys(&self, file: FileId) -> Vec<Arc<str>> {
        let Some((parsed, _)) = config::parse(self.sources, file) else { return Vec::new() };
        parsed.body.attributes.into_iter().map(|attribute| attribute.name).collect()
    }
}

/// Which root each var file belongs to: the one in its directory, or the nearest above it if no directory between
/// declares variables that the file could be for. `roots` are sorted.
fn owners(project: &Project<'_>, roots: &[PathBuf], tfvars: &[FileId]) -> BTreeMap<PathBuf, Vec<FileId>> {
    let mut owners: BTreeMap<PathBuf, Vec<FileId>> = BTreeMap::new();
    // Folders are listed once, however many var files they hold.
    let mut by_dir: BTreeMap<PathBuf, Option<PathBuf>> = BTreeMap::new();
    let is_root = |dir: &Path| roots.binary_search_by(|root| root.as_path().cmp(dir)).is_ok();
    for file in tfvars {
        let path = path_of(project.sources, *file);
        let Some(dir) = path.parent() else { continue };
        let owner = by_dir.entry(dir.to_owned()).or_insert_with(|| {
            let declares =
                |dir: &Path| project.module(dir).is_some_and(|module| !module.variables.is_empty());
            // Folders that no root lies above are not read.
            let root = dir.ancestors().find(|dir| is_root(dir))?;
            let mut between = dir.ancestors().take_while(|dir| *dir != root);
            (!between.any(declares)).then(|| root.to_owned())
        });
        if let Some(owner) = owner {
            owners.entry(owner.clone()).or_default().push(*file);
        }
    }
    owners
}

/// The path of a file; empty for a number that is none.
pub fn path_of(sources: &Sources, file: FileId) -> PathBuf {
    sources.file(file).map(|file| file.path.clone()).unwrap_or_default()
}

fn holds_terraform(sources: &Sources, dir: &Path) -> bool {
    !config::files_in(sources, dir).is_empty()
}

fn cell<T>(cells: &Mutex<BTreeMap<PathBuf, Cell<T>>>, key: &Path) -> Cell<T> {
    let mut cells = cells.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    cells.entry(key.to_owned()).or_default().clone()
}
