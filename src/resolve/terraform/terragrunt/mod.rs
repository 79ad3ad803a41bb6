//! Terragrunt: each `terragrunt.hcl` with a module is a unit, a root of its own with the inputs that it gives.
//!
//! Terragrunt's files are HCL with Terraform's expressions and some functions and names of its own, so they are
//! evaluated by Terraform's evaluator with a [`Dialect`](super::instance::Dialect). Source of the rules:
//! Terragrunt's reference of blocks, attributes and built-in functions
//! (<https://terragrunt.gruntwork.io/docs/reference/>).

mod dialect;
mod merge;
mod stack;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use self::dialect::Terragrunt;
use self::merge::Strategy;
use super::config::{Module, normalize};
use super::eval::{Scope, eval, placed};
use super::instance::{Evaluation, Instance, Services};
use super::project::{Project, path_of};
use super::{is_about_aks, registry};
use crate::resolve::Problem;
use crate::source::{FileId, Kind, Sources, Span};
use crate::syntax::hcl::{self, Block, Expr};
use crate::value::{Map, Node, Place, Provenance, Value};

/// A unit reads at most this many further files: included ones, and those that its functions read.
const MAX_FILES: u32 = 64;
/// Files that read files nest at most this deep.
const MAX_DEPTH: usize = 8;

/// A `terragrunt.hcl` and the module that it runs.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its directory.
    pub dir: PathBuf,
    /// Its path, as people name it.
    pub name: Arc<str>,
    /// The directory of the module.
    pub module: PathBuf,
    /// The block that names the module, and the source in it.
    pub called_at: (Span, Span),
    /// The inputs.
    pub inputs: BTreeMap<Arc<str>, Value>,
    /// The var files that Terraform loads or is told to load, later ones winning.
    pub var_files: Vec<FileId>,
}

impl Unit {
    /// The unit as it is run with the var files that people name, on the command line or for its directory: once
    /// for each set of them.
    pub fn with(self, asked: &super::Inputs, sources: &Sources) -> Vec<Unit> {
        let run = |files: &Vec<FileId>| {
            let names: Vec<String> = files.iter().map(|file| sources.display_path(*file)).collect();
            let mut unit = self.clone();
            unit.var_files.extend(files);
            if !names.is_empty() {
                unit.name = Arc::from(format!("{} with {}", self.name, names.join(" and ")));
            }
            unit
        };
        match asked.chosen.get(&self.dir) {
            _ if !asked.var_files.is_empty() => {
                vec![Unit { name: self.name.clone(), ..run(&asked.var_files) }]
            }
            Some(sets) => sets.iter().map(run).collect(),
            None => vec![self],
        }
    }
}

/// The units of a project, and what of them cannot be followed.
pub fn units(project: &Project<'_>, tfvars: &[FileId]) -> (Vec<Unit>, Vec<Problem>) {
    let mut units = Vec::new();
    let mut problems = Vec::new();
    let files = project.sources().found(Kind::Terragrunt);
    let count = files.len();
    let paths = files.into_iter().map(|file| (file, path_of(project.sources(), file)));
    let (stacks, files): (Vec<_>, Vec<_>) =
        paths.partition(|(_, path)| path.file_name().is_some_and(|name| name == stack::NAME));
    let stacks: Vec<_> =
        stacks.into_iter().map(|(file, path)| (file, stack::units(project, &path, count), path)).collect();
    // A stack makes any number of units, which share the steps with all others.
    let made: usize = stacks.iter().map(|(_, (made, _), _)| made.len()).sum();
    let count = count.saturating_add(made);
    // Whether there is a unit in the end.
    let mut read = |file: FileId, path: &Path, copy: &Path, made: Option<(Arc<str>, Value)>| {
        let (name, values) = made.unzip();
        let reader = Rc::new(Reader { project, units: count, files_left: Cell::new(MAX_FILES), values });
        let Some(config) = reader.config(path, copy, None, 0) else { return false };
        match unit(project, file, copy, config, tfvars) {
            Ok(Some(unit)) => {
                units.push(Unit { name: name.unwrap_or_else(|| unit.name.clone()), ..unit });
                return true;
            }
            Ok(None) => {}
            Err(problem) => problems.push(problem),
        }
        false
    };
    let mut templates = BTreeSet::new();
    let inner: BTreeSet<PathBuf> =
        stacks.iter().flat_map(|(_, (_, inner), _)| inner.iter().cloned()).collect();
    // A stack in another one is made there, with its values.
    for (file, (made, _), _) in stacks.into_iter().filter(|(.., path)| !inner.contains(path)) {
        let stack = project.sources().display_path(file);
        for made in made {
            let Some(file) = project.id(&made.template) else { continue };
            let name = Arc::from(format!("{stack}: {}", made.label));
            if read(file, &made.template, &made.copy, Some((name, made.values))) {
                templates.insert(made.template);
            }
        }
    }
    // A template that no stack makes a unit of is judged as it is.
    for (file, path) in files.into_iter().filter(|(_, path)| !templates.contains(path)) {
        read(file, &path, &path, None);
    }
    (units, problems)
}

/// What a unit comes to; `None` if it runs no module, as is the case for files that others include.
fn unit(
    project: &Project<'_>,
    file: FileId,
    path: &Path,
    config: Config,
    tfvars: &[FileId],
) -> Result<Option<Unit>, Problem> {
    let dir = path.parent().unwrap_or(path);
    let name: Arc<str> = Arc::from(project.sources().display_path(file));
    if config.skipped == Some(true) {
        return Ok(None);
    }
    // Where a unit's module cannot be found, all that can be said is whether it looks like one of ours. Where the
    // project itself lies says nothing.
    let is_ours = |source: &str| is_about_aks(source) || is_about_aks(&name);
    let unread = |span: Span, message: String| Problem { span, message, needed: false };
    let start = Span::new(file, 0, 0);
    let (module, called_at) = match &config.source {
        Some(source) => {
            let value = &source.value;
            let at = value.provenance().origin().unwrap_or(source.at);
            let Some(text) = value.as_str() else {
                if config.failure.is_none() && !is_ours("") {
                    return Ok(None);
                }
                let message =
                    "Terragrunt: the source of the module is not known; its agent pools are not checked";
                return if is_ours("") { Err(unread(at, message.to_owned())) } else { Ok(None) };
            };
            match locate(project, text, dir) {
                Ok(module) => (module, (source.block, at)),
                Err(what) if is_ours(text) => {
                    return Err(unread(at, format!("Terragrunt: {what}; its agent pools are not checked")));
                }
                Err(_) => return Ok(None),
            }
        }
        // Without a source the module lies beside the file.
        None => (dir.to_owned(), (start, start)),
    };
    if project.module(&module).is_none() {
        return match &config.source {
            Some(source) if is_ours(source.value.as_str().unwrap_or("")) => Err(unread(
                source.at,
                "Terragrunt: there is no module at the source; its agent pools are not checked".to_owned(),
            )),
            _ => match &config.failure {
                Some((at, message)) if is_ours("") => Err(unread(*at, message.clone())),
                _ => Ok(None),
            },
        };
    }
    if let Some(at) = config.generates {
        return Err(unread(
            at,
            "Terragrunt: the resources of this generated file are not checked".to_owned(),
        ));
    }
    let mut var_files = project.automatic(&module, tfvars);
    if *dir != module {
        var_files.extend(project.automatic(dir, tfvars));
    }
    for value in &config.var_files {
        // Relative paths are those of the working directory, which holds the unit's files and the module's.
        let Some(text) = value.as_str() else { continue };
        let found = [dir, module.as_path()].iter().find_map(|from| project.id(&normalize(&from.join(text))));
        var_files.extend(found);
    }
    let mut inputs = BTreeMap::new();
    if let Some(value) = config.inputs {
        match value.single() {
            Some(Node::Map(map)) => {
                let composite = value.provenance();
                for (name, value) in &map.entries {
                    let value = placed(value.clone(), &Place::Input(name.clone())).through(&composite);
                    inputs.insert(name.clone(), value);
                }
                if let Some(rest) = &map.open {
                    unknown_rest(project, &module, &mut inputs, rest.reason.clone(), &composite);
                }
            }
            Some(Node::Unknown(unknown)) => {
                unknown_rest(project, &module, &mut inputs, unknown.reason.clone(), &value.provenance());
            }
            _ => {
                let reason = crate::value::ops::reason_of(&[&value]);
                unknown_rest(project, &module, &mut inputs, reason, &value.provenance());
            }
        }
    }
    Ok(Some(Unit { dir: dir.to_owned(), name, module, called_at, inputs, var_files }))
}

/// Makes every variable that may be among the inputs without our knowing it unknown.
fn unknown_rest(
    project: &Project<'_>,
    module: &Path,
    inputs: &mut BTreeMap<Arc<str>, Value>,
    reason: crate::value::Reason,
    provenance: &Provenance,
) {
    let Some(module) = project.module(module) else { return };
    for name in module.variables.keys() {
        inputs.entry(name.clone()).or_insert_with(|| {
            let atom = crate::value::Atom::new(format!("inputs.{name}"), format!("inputs.{name}"));
            Value::unknown(atom, reason.clone(), Default::default(), provenance.clone())
        });
    }
}

/// The directory of a module by its source, or what is in the way.
fn locate(project: &Project<'_>, source: &str, dir: &Path) -> Result<PathBuf, String> {
    if let Some(rest) = source.strip_prefix("tfr://") {
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let version = query.split('&').find_map(|part| part.strip_prefix("version="));
        // `tfr:///` is the public registry, `tfr://host/` another.
        let address = address.strip_prefix('/').unwrap_or(address);
        return match registry::find(address, version) {
            registry::Lookup::Known(dir) => Ok(dir),
            registry::Lookup::Unknown(what) => Err(what),
            registry::Lookup::Foreign => Err(format!("module `{source}` is not on disk")),
        };
    }
    let is_remote = source.contains("::")
        || source.contains("://")
        || source.starts_with("git@")
        || source.starts_with("github.com/");
    if is_remote {
        return match registry::find(source, None) {
            registry::Lookup::Known(dir) => Ok(dir),
            registry::Lookup::Unknown(what) => Err(what),
            registry::Lookup::Foreign => Err(format!("module `{source}` is not on disk")),
        };
    }
    // What is before a double slash is copied, what is behind it is the module in the copy.
    let path = source.split('?').next().unwrap_or(source).replace("//", "/");
    let module = normalize(&dir.join(path));
    match project.module(&module) {
        Some(_) => Ok(module),
        None => Err(format!("module `{source}` is not on disk")),
    }
}

/// A Terragrunt file, evaluated, with what it includes merged in.
#[derive(Debug, Default)]
pub struct Config {
    /// Its `locals`, its own only.
    pub locals: BTreeMap<Arc<str>, Value>,
    /// Its `inputs`.
    pub inputs: Option<Value>,
    /// The source of the module.
    pub source: Option<Source>,
    /// The var files that `extra_arguments` name.
    pub var_files: Vec<Value>,
    /// Whether Terragrunt is told to pass it by, if it is told.
    pub skipped: Option<bool>,
    /// A `generate` block that writes clusters or pools, or calls a module.
    pub generates: Option<Span>,
    /// Why some of it is missing.
    pub failure: Option<(Span, String)>,
}

/// `terraform { source = … }`.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its value.
    pub value: Value,
    /// The expression.
    pub at: Span,
    /// The block's header.
    pub block: Span,
}

/// Reads the files of one unit.
pub struct Reader<'p> {
    project: &'p Project<'p>,
    /// How many units share the steps of evaluation.
    units: usize,
    files_left: Cell<u32>,
    /// What the stack that makes the unit, or the stack around it, gives it.
    values: Option<Value>,
}

impl<'p> Reader<'p> {
    /// What evaluates the expressions of a file: its language and the scope of its local values.
    fn evaluator(
        self: &Rc<Reader<'p>>,
        body: &hcl::Body,
        path: &Path,
        original: &Path,
        included: Option<&Path>,
        depth: usize,
    ) -> (Rc<Terragrunt<'p>>, Scope<'p>) {
        let dir = path.parent().unwrap_or(path).to_owned();
        let mut module = Module { dir: dir.clone(), ..Module::default() };
        for block in body.blocks_of("locals") {
            let attributes = block.body.attributes.iter();
            module
                .locals
                .extend(attributes.map(|attribute| (attribute.name.clone(), attribute.expr.clone())));
        }
        let terragrunt = Rc::new(Terragrunt::new(self.clone(), path, original, included, depth));
        let evaluation = Evaluation::new(self.project, &dir, self.units).with_dialect(terragrunt.clone());
        let shared: Rc<dyn Services + '_> = Rc::new(evaluation);
        (terragrunt, Scope::new(&Instance::root(shared, Arc::new(module), BTreeMap::new())))
    }

    /// Reads and evaluates a file. `original` is the file that Terragrunt is working on, which is another one
    /// while it reads an included file; `included` is then the directory of the file that includes this one.
    pub fn config(
        self: &Rc<Reader<'p>>,
        path: &Path,
        original: &Path,
        included: Option<&Path>,
        depth: usize,
    ) -> Option<Config> {
        let left = self.files_left.get().checked_sub(1)?;
        self.files_left.set(left);
        if depth > MAX_DEPTH {
            return None;
        }
        let sources = self.project.sources();
        let file = self.project.id(path)?;
        let (parsed, _) = hcl::parse(file, &sources.text(file)?);
        let dir = path.parent().unwrap_or(path).to_owned();
        let (terragrunt, scope) = self.evaluator(&parsed.body, path, original, included, depth);
        for block in parsed.body.blocks_of("feature") {
            if let (Some((name, _)), Some(default)) = (block.labels.first(), block.body.attribute("default"))
            {
                terragrunt.add_feature(name.clone(), eval(&default.expr, &scope));
            }
        }

        let mut config = Config::default();
        let mut merged: Vec<(Config, Strategy)> = Vec::new();
        for block in parsed.body.blocks_of("include") {
            // Terragrunt allows no include in an included file.
            if included.is_some() {
                break;
            }
            match self.include(block, &scope, original, &dir, depth) {
                Ok((label, path, parent)) => {
                    let strategy = Strategy::of(block, &scope);
                    terragrunt.add_include(label, &path, exposed(&parent));
                    merged.push((parent, strategy));
                }
                Err(message) => {
                    config.failure.get_or_insert((block.header, message));
                }
            }
        }
        let own = |expr: &Expr| eval(expr, &scope);
        for name in scope.instance.module.locals.keys() {
            config.locals.insert(name.clone(), scope.instance.local_value(name));
        }
        for block in parsed.body.blocks_of("terraform") {
            if let Some(source) = block.body.attribute("source") {
                let (value, at) = (own(&source.expr), source.expr.span);
                config.source = Some(Source { value, at, block: block.header });
            }
            for arguments in block.body.blocks_of("extra_arguments") {
                // Of the two lists, Terragrunt passes the optional files last.
                for name in ["required_var_files", "optional_var_files"] {
                    let list = arguments.body.attribute(name).map(|list| own(&list.expr));
                    if let Some(Node::List(list)) = list.as_ref().and_then(Value::single) {
                        config.var_files.extend(list.items.iter().cloned());
                    }
                }
            }
        }
        config.inputs = parsed.body.attribute("inputs").map(|inputs| own(&inputs.expr));
        config.skipped = is_skipped(&parsed.body, &own);
        config.generates = parsed.body.blocks_of("generate").find_map(|block| {
            let contents = own(&block.body.attribute("contents")?.expr);
            let text = sources.text(block.header.file)?;
            let span = block.body.attribute("contents")?.expr.span;
            let written = text.get(span.start as usize..span.end as usize).unwrap_or("");
            let text = contents.as_str().unwrap_or(written);
            let defines = crate::source::defines_clusters(text.as_bytes()) || text.contains("module \"");
            defines.then_some(block.header)
        });
        // The file itself wins over what it includes, and later includes over earlier ones.
        let locals = std::mem::take(&mut config.locals);
        for (parent, strategy) in merged.into_iter().rev() {
            config = strategy.merge(parent, config);
        }
        config.locals = locals;
        Some(config)
    }

    /// The values of a var file, as a map.
    pub fn var_file(&self, path: &Path) -> Option<Value> {
        let left = self.files_left.get().checked_sub(1)?;
        self.files_left.set(left);
        let file = self.project.id(path)?;
        let (parsed, _) = super::config::parse(self.project.sources(), file)?;
        let dir = path.parent().unwrap_or(path);
        let shared: Rc<dyn Services + '_> = Rc::new(Evaluation::new(self.project, dir, self.units));
        let instance = Instance::root(shared, Arc::new(Module::default()), BTreeMap::new());
        let scope = Scope::new(&instance);
        let attributes = parsed.body.attributes.into_iter();
        let values = attributes.map(|attribute| (attribute.name, eval(&attribute.expr, &scope)));
        let whole = Span::new(file, 0, 0);
        Some(Value::new(Node::map(values.collect()), Provenance::written(whole)))
    }

    /// Reads the file that an `include` block names: the block's label, the file's path and what is in it.
    fn include(
        self: &Rc<Reader<'p>>,
        block: &Block,
        scope: &Scope<'p>,
        original: &Path,
        dir: &Path,
        depth: usize,
    ) -> Result<(Arc<str>, PathBuf, Config), String> {
        let label = block.labels.first().map_or_else(|| Arc::from(""), |(label, _)| label.clone());
        let path = block.body.attribute("path").map(|path| eval(&path.expr, scope));
        let path = path.as_ref().and_then(Value::as_str).ok_or_else(|| {
            "Terragrunt: which file is included is not known; its agent pools are not checked".to_owned()
        })?;
        let path = normalize(&dir.join(path));
        let missing = || {
            let name = self.project.sources().display(&path);
            format!("Terragrunt: the included file `{name}` is not read; its agent pools are not checked")
        };
        let parent = self.config(&path, original, Some(dir), depth + 1).ok_or_else(missing)?;
        Ok((label, path, parent))
    }
}

/// What `include.NAME` and `read_terragrunt_config` show of a file.
fn exposed(config: &Config) -> Value {
    let nowhere = Provenance::nowhere;
    let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
    entries.insert("locals".into(), Value::new(Node::map(config.locals.clone()), nowhere()));
    let none = || Value::new(Node::map(BTreeMap::new()), nowhere());
    entries.insert("inputs".into(), config.inputs.clone().unwrap_or_else(none));
    if let Some(source) = &config.source {
        let block = BTreeMap::from([(Arc::from("source"), source.value.clone())]);
        entries.insert("terraform".into(), Value::new(Node::map(block), nowhere()));
    }
    // Further blocks are there as well; nobody asks for them.
    let open = crate::value::Unknown {
        atom: crate::value::Atom::new("terragrunt:blocks", "this block"),
        reason: crate::value::Reason::Unsupported("this block of a Terragrunt file".into()),
        certain: Default::default(),
    };
    Value::new(Node::Map(Arc::new(Map { entries, open: Some(Arc::new(open)), ..Map::default() })), nowhere())
}

/// Whether `skip = true`, or an `exclude` block for planning, takes a unit out; `None` if neither is written.
fn is_skipped(body: &hcl::Body, own: &dyn Fn(&Expr) -> Value) -> Option<bool> {
    let is_true = |value: Value| matches!(value.single(), Some(Node::Bool(true)));
    if let Some(exclude) = body.blocks_of("exclude").next() {
        let holds = exclude.body.attribute("if").is_some_and(|condition| is_true(own(&condition.expr)));
        let actions = exclude.body.attribute("actions").map(|actions| own(&actions.expr));
        let planned = match actions.as_ref().and_then(Value::single) {
            Some(Node::List(list)) => list.items.iter().any(|action| {
                matches!(action.as_str(), Some("all" | "all_except_output" | "plan" | "apply"))
            }),
            _ => false,
        };
        return Some(holds && planned);
    }
    body.attribute("skip").map(|skip| is_true(own(&skip.expr)))
}
