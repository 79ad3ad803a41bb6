//! Bicep: lowered to the template that its compiler would write, with spans in the Bicep, and evaluated as such.
//!
//! What an expression means is defined by what Bicep's own compiler makes of it, so that is what is made of it
//! here; `tests/bicep_lowering.rs` compares with what the compiler wrote.

mod config;
mod ir;
mod loads;
mod lower;
mod mentions;
mod model;
mod names;
mod places;
mod project;
mod registry;
mod template;
#[cfg(test)]
mod tests;
mod types;
mod units;

use std::collections::BTreeMap;

use model::{Model, decorator};
use units::{Link, Units};

pub use project::{ParameterFile, Project, Template, deploys_no_cluster, read};
pub use registry::{Site, Sites, tell_from_calls};

use super::Problem;
use super::arm::tree::Node;
use crate::source::{FileId, Sources};
use crate::syntax::bicep::StatementKind;

/// A file as a template.
#[derive(Debug)]
pub struct Lowered {
    /// The template.
    pub template: Node,
    /// What is wrong with the file and with those that it refers to.
    pub problems: Vec<Problem>,
    /// The files that it is made of, its own first.
    pub files: Vec<FileId>,
    /// Modules that are not read, as they are named.
    pub unread: Vec<String>,
    /// Calls of modules that are known from tables.
    pub sites: Sites,
}

/// A parameter file.
#[derive(Debug)]
pub struct Given {
    /// In the form of a JSON parameter file.
    pub values: Node,
    /// The template that it is for, if it names one that is there.
    pub template: Option<FileId>,
    /// What is wrong with the file and with those that it extends.
    pub problems: Vec<Problem>,
}

/// Files of Bicep that are taken from their compiled forms where others call them, and those.
pub type Twins = BTreeMap<FileId, FileId>;

/// Lowers a file of Bicep with all that it refers to. `None` if it cannot be read at all.
pub fn lower(sources: &Sources, file: FileId) -> Option<Lowered> {
    lower_with(sources, file, &Twins::new())
}

/// The same where some files are taken from their compiled forms.
pub fn lower_with(sources: &Sources, file: FileId, twins: &Twins) -> Option<Lowered> {
    let units = Units::load(sources, file, twins)?;
    let models = models(&units);
    let bounds = lower::Bounds::default();
    let writer = template::Writer { sources, models: &models, bounds: &bounds };
    let template = writer.template(0, &[])?;
    let files =
        units.iter().filter(|unit| !units.sites.contains_key(&unit.file)).map(|unit| unit.file).collect();
    let mut unread: Vec<String> = models
        .iter()
        .flat_map(|model| model.modules.iter().map(move |module| (model, module)))
        .filter_map(|(model, module)| match model.unit.link(&module.syntax.ty) {
            Link::Missing(_) => {
                Some(module.syntax.ty.as_string(model.text()).unwrap_or_default().into_owned())
            }
            Link::Elsewhere(what) => Some(what.to_string()),
            Link::Unit(_) | Link::Json(_) => None,
        })
        .collect();
    unread.sort();
    unread.dedup();
    Some(Lowered { template, problems: problems(&units), files, unread, sites: units.sites })
}

/// Lowers a parameter file. `None` if it cannot be read at all.
pub fn lower_parameters(sources: &Sources, file: FileId) -> Option<Given> {
    let units = Units::load(sources, file, &Twins::new())?;
    let models = models(&units);
    let bounds = lower::Bounds::default();
    let writer = template::Writer { sources, models: &models, bounds: &bounds };
    let values = writer.parameters_of(0)?;
    let own = units.get(0)?;
    let using = own.program.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Using { path: Some(path), .. } => Some(own.link(path)),
        _ => None,
    });
    let template = match using {
        Some(Link::Unit(place)) => units.get(place).map(|unit| unit.file),
        Some(Link::Json(file)) => Some(file),
        Some(Link::Missing(_) | Link::Elsewhere(_)) | None => None,
    };
    let mut problems = problems(&units);
    problems.retain(|problem| Some(problem.span.file) != template);
    Some(Given { values, template, problems })
}

fn models(units: &Units) -> Vec<Model<'_>> {
    units.iter().enumerate().map(|(place, unit)| Model::new(unit, place)).collect()
}

/// The syntax errors of all files.
fn problems(units: &Units) -> Vec<Problem> {
    let errors = units.iter().flat_map(|unit| &unit.program.errors);
    let mut problems: Vec<Problem> = errors
        .map(|error| Problem { span: error.span, message: error.message.clone(), needed: true })
        .collect();
    problems.sort();
    problems
}

/// Whether a file's template is written in the language with symbolic names.
fn is_symbolic<'u>(models: &[Model<'u>], model: &Model<'u>) -> bool {
    model.needs_symbolic_names(|module| {
        let place = model.modules.iter().position(|own| std::ptr::eq(own, module));
        let secrets = place.and_then(|place| secret_outputs(models, model, place));
        secrets.is_some_and(|secrets| !secrets.is_empty())
    })
}

/// The secret outputs of a module, if it can be read.
fn secret_outputs<'u>(
    models: &[Model<'u>],
    model: &Model<'u>,
    module: usize,
) -> Option<BTreeMap<&'u str, ()>> {
    let module = model.modules.get(module)?;
    let Link::Unit(place) = model.unit.link(&module.syntax.ty) else { return None };
    let of = models.get(place)?;
    let secret = of.unit.program.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Output { name: Some(name), .. } => {
            decorator(&statement.decorators, "secure", of.text())?;
            Some((name.text(of.text()), ()))
        }
        _ => None,
    });
    Some(secret.collect())
}
