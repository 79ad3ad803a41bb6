//! Bicep: lowered to the template that its compiler would write, with spans in the Bicep, and evaluated as such.
//!
//! What an expression means is defined by what Bicep's own compiler makes of it, so that is what is made of it
//! here; `tests/bicep_lowering.rs` compares with what the compiler wrote.

mod compiled;
mod config;
mod files;
mod imports;
mod inline;
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
mod tokens;
mod types;
mod units;

use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

use model::{Model, decorator};
use registry::{Deploys, Lookup};
use units::{Link, Unit, Units};

pub use compiled::begins_as_compiled;
pub use project::{ParameterFile, Project, Template, read};
pub use registry::{Site, Sites};

use super::Problem;
use super::arm::tree::Node;
use crate::source::{FileId, Sources, Span};
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
    /// The JSON templates that it deploys as modules.
    pub json_modules: BTreeSet<FileId>,
    /// That some of it is not checked, since lowering it meets a bound.
    pub unchecked: Option<Problem>,
    /// Modules that are not read and may deploy anything, as they are named.
    pub unread: Vec<String>,
    /// Where modules are named that are not read and known, from their paths, to deploy other services only.
    pub other_services: Vec<Span>,
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
    /// That some of it is not used, since lowering it meets a bound.
    pub unchecked: Option<Problem>,
}

/// Files of Bicep that are taken from their compiled forms where others call them, and those.
pub type Twins = BTreeMap<FileId, FileId>;

/// Lowers a file of Bicep with all that it refers to. `None` if it cannot be read at all.
pub fn lower(sources: &Sources, file: FileId) -> Option<Lowered> {
    let units = Units::load(&Lookup::new(sources), &[(file, None)], &BTreeMap::new(), &Twins::new());
    let models = models(&units);
    lowered(sources, &units, &models, &template::Shared::new(&models), file)
}

/// Lowers one of some files.
fn lowered<'u>(
    sources: &Sources,
    units: &'u Units,
    models: &[Model<'u>],
    shared: &template::Shared,
    file: FileId,
) -> Option<Lowered> {
    let place = units.place(file)?;
    let bounds = lower::Bounds::default();
    let writer = template::Writer { sources, models, compiled: &units.compiled, bounds: &bounds, shared };
    let template = writer.template(place, &[])?;
    let reached = units.reached(place);
    let reached = || reached.iter().filter_map(|place| units.get(*place));
    let mut files: Vec<FileId> = vec![file];
    files.extend(reached().filter(|unit| unit.site.is_none() && unit.file != file).map(|unit| unit.file));
    let models = reached().filter_map(|unit| models.get(units.place(unit.file)?));
    let mut unread = Vec::new();
    let mut other_services = Vec::new();
    let mut json_modules = BTreeSet::new();
    for (model, module) in models.flat_map(|model| model.modules.iter().map(move |module| (model, module))) {
        match model.unit.link(&module.syntax.ty) {
            Link::Elsewhere(what) if what.deploys == Deploys::OtherServices => {
                other_services.push(module.syntax.ty.span);
            }
            Link::Elsewhere(what) => unread.push(what.what.to_string()),
            Link::Missing(_) => {
                unread.push(module.syntax.ty.as_string(model.text()).unwrap_or_default().into_owned());
            }
            Link::Json(file, _) => _ = json_modules.insert(file),
            Link::Unit(_) => {}
        }
    }
    unread.sort();
    unread.dedup();
    let sites = reached().filter_map(|unit| Some((unit.file, unit.site.clone()?))).collect();
    let (problems, unchecked) = (problems(reached()), unchecked(&bounds, file));
    Some(Lowered { template, problems, unchecked, files, json_modules, unread, other_services, sites })
}

/// Lowers a parameter file. `None` if it cannot be read at all.
pub fn lower_parameters(sources: &Sources, file: FileId) -> Option<Given> {
    let units = Units::load(&Lookup::new(sources), &[(file, None)], &BTreeMap::new(), &Twins::new());
    let models = models(&units);
    given(sources, &units, &models, &template::Shared::new(&models), file)
}

/// Lowers one parameter file of some files.
fn given<'u>(
    sources: &Sources,
    units: &'u Units,
    models: &[Model<'u>],
    shared: &template::Shared,
    file: FileId,
) -> Option<Given> {
    let place = units.place(file)?;
    let bounds = lower::Bounds::default();
    let writer = template::Writer { sources, models, compiled: &units.compiled, bounds: &bounds, shared };
    let values = writer.parameters_of(place)?;
    let own = units.get(place)?;
    let template = own.using().and_then(|path| own.target(path)?.file());
    let reached = units.reached(place);
    let problems = problems(reached.iter().filter_map(|place| units.get(*place)));
    Some(Given { values, template, problems, unchecked: unchecked(&bounds, file) })
}

/// Says that a bound was met.
fn unchecked(bounds: &lower::Bounds, file: FileId) -> Option<Problem> {
    let message =
        "written out, with its modules and the files that it loads, this is too large to be checked in full";
    let span = Span::new(file, 0, 0);
    bounds.are_met().then(|| Problem { span, message: message.to_owned(), needed: false })
}

fn models(units: &Units) -> Vec<Model<'_>> {
    let units: Vec<&Unit> = units.iter().collect();
    units.par_iter().enumerate().map(|(place, unit)| Model::new(unit, place)).collect()
}

/// The syntax errors of some files.
fn problems<'u>(units: impl Iterator<Item = &'u Unit>) -> Vec<Problem> {
    let errors = units.flat_map(|unit| &unit.program.errors);
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
