//! What all module instances of one root share: where files come from, the bounds, the problems met.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::super::config::Module;
use super::super::project::Project;
use super::Dialect;
use crate::source::{FileId, Span};
use crate::syntax::hcl;
use crate::value::Reason;

/// All evaluations of a run together take about this many steps, each an equal share within
/// [`LEAST_STEPS`] and [`MOST_STEPS`]. A share rather than a common store, so that what one evaluation gets does
/// not depend on how fast the others are.
const ALL_STEPS: u64 = 3_000_000;
/// An evaluation may always take this many steps, however many there are.
const LEAST_STEPS: u64 = 30_000;
/// Evaluation of one root in one scenario stops giving values after this many steps.
const MOST_STEPS: u64 = 300_000;
/// What all module instances of one root share.
pub struct Evaluation<'p> {
    /// Where modules and files come from.
    pub project: &'p Project<'p>,
    /// The root's directory.
    pub root: PathBuf,
    /// Steps that are left.
    steps: Cell<u64>,
    depth: Cell<u32>,
    bounded: Cell<u64>,
    problems: RefCell<BTreeMap<Span, String>>,
    refusals: RefCell<BTreeMap<Span, String>>,
    unchecked: RefCell<BTreeMap<Span, String>>,
    dialect: Option<Rc<dyn Dialect + 'p>>,
}

impl<'p> Evaluation<'p> {
    /// The evaluation of a root, one of so many in this run.
    pub fn new(project: &'p Project<'p>, root: &Path, of: usize) -> Evaluation<'p> {
        let share = ALL_STEPS / u64::try_from(of.max(1)).unwrap_or(u64::MAX);
        Evaluation {
            project,
            root: root.to_owned(),
            steps: Cell::new(share.clamp(LEAST_STEPS, MOST_STEPS)),
            depth: Cell::new(0),
            bounded: Cell::new(0),
            problems: RefCell::default(),
            refusals: RefCell::default(),
            unchecked: RefCell::default(),
            dialect: None,
        }
    }

    /// The same with the names and functions of another language.
    pub fn with_dialect(self, dialect: Rc<dyn Dialect + 'p>) -> Evaluation<'p> {
        Evaluation { dialect: Some(dialect), ..self }
    }

    /// What was found to be wrong on the way, by place.
    pub fn problems(&self) -> BTreeMap<Span, String> {
        self.problems.borrow().clone()
    }

    /// What Terraform refuses of the values that were met, by place.
    pub fn refusals(&self) -> BTreeMap<Span, String> {
        self.refusals.borrow().clone()
    }

    /// What was left out because it is beyond the bounds, by place.
    pub fn unchecked(&self) -> BTreeMap<Span, String> {
        self.unchecked.borrow().clone()
    }
}

/// Keeps count of how deep evaluation is.
pub struct Depth<'a>(pub(super) &'a Cell<u32>);

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// What an instance needs from the evaluation that it is part of.
pub trait Services {
    /// The text at a place, shortened for messages.
    fn label(&self, at: Span) -> String;
    /// Notes a problem.
    fn problem(&self, at: Span, message: String);
    /// Notes what Terraform refuses of these values, and may accept of others.
    fn refusal(&self, at: Span, message: String);
    /// Notes what is left out because it is beyond the bounds.
    fn beyond(&self, at: Span, message: String);
    /// Takes so many steps; false when there are not that many left.
    fn step(&self, steps: u64) -> bool;
    /// Whether a place lies in a file that people do not see, or that is not theirs to edit.
    fn is_hidden(&self, at: Span) -> bool;
    /// Whether a directory holds what was installed and is not the project's own.
    fn is_vendored(&self, dir: &Path) -> bool;
    /// What Terraform's language is extended by here.
    fn dialect(&self) -> Option<&dyn Dialect>;
    /// The current depth.
    fn depth(&self) -> &Cell<u32>;
    /// How many results were beyond the bounds.
    fn bounded(&self) -> &Cell<u64>;
    /// The configuration of a directory.
    fn module(&self, dir: &Path) -> Option<Arc<Module>>;
    /// The directory of a module that is not local, by its key in `modules.json`.
    fn installed(&self, key: &str) -> Option<PathBuf>;
    /// The root's directory.
    fn root(&self) -> &Path;
    /// Reads a file inside the project.
    fn read(&self, path: &Path) -> Result<Arc<str>, Reason>;
    /// The file that [`read`](Services::read) reads.
    fn id(&self, path: &Path) -> Option<FileId>;
    /// Reads a file inside the project as a template.
    fn template(&self, path: &Path) -> Result<(Vec<hcl::TemplatePart>, Span), Reason>;
    /// Whether a file inside the project exists; `None` if that is not ours to know.
    fn exists(&self, path: &Path) -> Option<bool>;
    /// The files below a directory inside the project, relative to it.
    fn list(&self, path: &Path) -> Option<Vec<String>>;
}

impl Services for Evaluation<'_> {
    fn label(&self, at: Span) -> String {
        self.project.snippet(at)
    }
    fn problem(&self, at: Span, message: String) {
        self.problems.borrow_mut().entry(at).or_insert(message);
    }
    fn refusal(&self, at: Span, message: String) {
        self.refusals.borrow_mut().entry(at).or_insert(message);
    }
    fn beyond(&self, at: Span, message: String) {
        self.unchecked.borrow_mut().entry(at).or_insert(message);
    }
    fn step(&self, steps: u64) -> bool {
        let left = self.steps.get().checked_sub(steps);
        self.steps.set(left.unwrap_or(0));
        left.is_some()
    }
    fn dialect(&self) -> Option<&dyn Dialect> {
        match &self.dialect {
            Some(dialect) => Some(&**dialect),
            None => None,
        }
    }
    fn is_hidden(&self, at: Span) -> bool {
        let sources = self.project.sources();
        (sources.is_embedded(at.file) && !sources.is_option(at.file)) || sources.is_vendored(at.file)
    }
    fn is_vendored(&self, dir: &Path) -> bool {
        self.project.sources().is_vendored_path(&dir.join("main.tf"))
    }
    fn depth(&self) -> &Cell<u32> {
        &self.depth
    }
    fn bounded(&self) -> &Cell<u64> {
        &self.bounded
    }
    fn module(&self, dir: &Path) -> Option<Arc<Module>> {
        self.project.module(dir)
    }
    fn installed(&self, key: &str) -> Option<PathBuf> {
        self.project.installed(&self.root, key)
    }
    fn root(&self) -> &Path {
        &self.root
    }
    fn read(&self, path: &Path) -> Result<Arc<str>, Reason> {
        self.project.read(path)
    }
    fn id(&self, path: &Path) -> Option<FileId> {
        self.project.id(path)
    }
    fn template(&self, path: &Path) -> Result<(Vec<hcl::TemplatePart>, Span), Reason> {
        self.project.template(path)
    }
    fn exists(&self, path: &Path) -> Option<bool> {
        self.project.exists(path)
    }
    fn list(&self, path: &Path) -> Option<Vec<String>> {
        self.project.list(path)
    }
}
