//! Terragrunt stacks: a `terragrunt.stack.hcl` makes units of templates, each with values of its own. Source of the
//! rules: Terragrunt's documentation of explicit stacks (<https://terragrunt.gruntwork.io/docs/features/stacks/>).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::super::config::normalize;
use super::super::eval::eval;
use super::super::project::Project;
use super::{MAX_DEPTH, MAX_FILES, Reader};
use crate::syntax::hcl;
use crate::value::{Node, Provenance, Value};

/// The name of a stack's file.
pub const NAME: &str = "terragrunt.stack.hcl";
/// Where the units of a stack are made, below its file.
const MADE_IN: &str = ".terragrunt-stack";
/// A stack makes at most this many units, those of the stacks in it among them.
const MAX_UNITS: usize = 1_000;
/// A stack has at most this many stacks in it, at any depth.
const MAX_STACKS: usize = 64;

/// A unit that a stack makes.
pub struct Made {
    /// The file that it is a copy of.
    pub template: PathBuf,
    /// Where the copy would lie.
    pub copy: PathBuf,
    /// The unit's label and, before it, those of the stacks around it.
    pub label: String,
    /// What `values` is in it.
    pub values: Value,
}

/// The units that a stack makes, those of the stacks in it among them, and the files of these stacks. `count` units
/// share the steps of evaluation.
pub fn units(project: &Project<'_>, path: &Path, count: usize) -> (Vec<Made>, BTreeSet<PathBuf>) {
    let mut maker =
        Maker { project, count, made: Vec::new(), stacks: BTreeSet::new(), stacks_left: MAX_STACKS };
    maker.expand(path, path.parent().unwrap_or(path), None, "", 0);
    (maker.made, maker.stacks)
}

struct Maker<'p> {
    project: &'p Project<'p>,
    count: usize,
    made: Vec<Made>,
    stacks: BTreeSet<PathBuf>,
    stacks_left: usize,
}

impl Maker<'_> {
    /// Reads a stack's file, a copy of which would lie in `dir`.
    fn expand(&mut self, path: &Path, dir: &Path, values: Option<Value>, around: &str, depth: usize) {
        let Some(left) = self.stacks_left.checked_sub(1).filter(|_| depth <= MAX_DEPTH) else { return };
        self.stacks_left = left;
        let sources = self.project.sources();
        let Some(file) = self.project.id(path) else { return };
        let Some(text) = sources.text(file) else { return };
        let (parsed, _) = hcl::parse(file, &text);
        let files_left = Cell::new(MAX_FILES);
        let reader = Rc::new(Reader { project: self.project, units: self.count, files_left, values });
        let (_, scope) = reader.evaluator(&parsed.body, path, path, None, 0);
        for block in &parsed.body.blocks {
            let is_unit = &*block.kind == "unit";
            if self.made.len() >= MAX_UNITS || !(is_unit || &*block.kind == "stack") {
                continue;
            }
            let argument = |name: &str| Some(eval(&block.body.attribute(name)?.expr, &scope));
            let word = |name: &str| argument(name).and_then(|value| value.as_str().map(Arc::<str>::from));
            let Some(source) = word("source") else { continue };
            let label = block.labels.first().map_or("", |(label, _)| label);
            let target = dir.join(MADE_IN).join(word("path").as_deref().unwrap_or(label));
            let none = || Value::new(Node::map(BTreeMap::new()), Provenance::written(block.header));
            let values = argument("values").unwrap_or_else(none);
            // A source elsewhere is not on disk.
            let template = normalize(&path.parent().unwrap_or(path).join(source.replace("//", "/")));
            let label = format!("{around}{label}");
            if is_unit {
                let (template, copy) = (template.join("terragrunt.hcl"), target.join("terragrunt.hcl"));
                if self.project.id(&template).is_some() {
                    self.made.push(Made { template, copy, label, values });
                }
            } else {
                let inner = template.join(NAME);
                self.expand(&inner, &target, Some(values), &format!("{label}."), depth + 1);
                self.stacks.insert(inner);
            }
        }
    }
}
