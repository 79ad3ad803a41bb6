//! Bicep: lowered to the template that its compiler would write, with spans in the Bicep, and evaluated as such.
//!
//! What an expression means is defined by what Bicep's own compiler makes of it, so that is what is made of it
//! here; `tests/bicep_lowering.rs` compares with what the compiler wrote.

mod ir;
mod loads;
mod lower;
mod model;
mod names;
mod places;
mod template;
mod types;
mod units;

use std::collections::BTreeMap;

use model::{Model, decorator};
use units::{Link, Units};

use super::Problem;
use super::arm::tree::Node;
use crate::source::{FileId, Sources};
use crate::syntax::bicep::{Dialect, StatementKind};

/// A file as a template.
#[derive(Debug)]
pub struct Lowered {
    /// The template.
    pub template: Node,
    /// What is wrong with the file and with those that it refers to.
    pub problems: Vec<Problem>,
    /// The files that it is made of, its own first.
    pub files: Vec<FileId>,
}

/// Lowers a file of Bicep with all that it refers to. `None` if it cannot be read at all.
pub fn lower(sources: &Sources, file: FileId) -> Option<Lowered> {
    let units = Units::load(sources, file, Dialect::Template)?;
    let models: Vec<Model<'_>> =
        units.iter().enumerate().map(|(place, unit)| Model::new(unit, place)).collect();
    let bounds = lower::Bounds::default();
    let writer = template::Writer { sources, models: &models, bounds: &bounds };
    let template = writer.template(0, &[])?;
    let mut problems: Vec<Problem> = units
        .iter()
        .flat_map(|unit| &unit.program.errors)
        .map(|error| Problem { span: error.span, message: error.message.clone(), needed: false })
        .collect();
    problems.sort();
    let files = units.iter().map(|unit| unit.file).collect();
    debug_assert!(units.get(0).is_some());
    Some(Lowered { template, problems, files })
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
