//! The files that some templates are made of: those that are lowered, and all that they name as modules and imports.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use rayon::prelude::*;

use super::Twins;
use super::files::{File, Key, Target, key};
use super::imports::Compiled;
use super::registry::{Elsewhere, Lookup, Site};
use crate::resolve::arm::tree;
use crate::source::{FileId, Kind, Sources};
use crate::syntax::bicep::Expr;
use crate::syntax::json;

/// So many files are read of which the walk of the project found none: a link to a folder above itself would give
/// the same file ever new paths.
const MAX_FURTHER: usize = 2_000;

/// A file with what its paths lead to.
#[derive(Debug)]
pub(super) struct Unit {
    parsed: Arc<File>,
    links: BTreeMap<Key, Link>,
}

impl Deref for Unit {
    type Target = File;

    fn deref(&self) -> &File {
        &self.parsed
    }
}

/// Where a path leads.
#[derive(Debug, Clone)]
pub(super) enum Link {
    /// A file of Bicep, by its place in [`Units`].
    Unit(usize),
    /// A compiled template, with its place behind all of [`Units`] if something is imported from it.
    Json(FileId, Option<usize>),
    /// Nowhere that can be read, and why.
    Missing(Arc<str>),
    /// To a module of a registry or a template spec that is not read.
    Elsewhere(Elsewhere),
}

impl Link {
    /// The place of what something can be imported from.
    pub fn exporting(&self) -> Option<usize> {
        match self {
            Link::Unit(place) => Some(*place),
            Link::Json(_, place) => *place,
            Link::Missing(_) | Link::Elsewhere(_) => None,
        }
    }
}

/// Files by their places, and those that they reach.
#[derive(Debug)]
pub(super) struct Units {
    units: Vec<Unit>,
    places: BTreeMap<FileId, usize>,
    /// Compiled templates that something is imported from, in the order of their paths.
    pub compiled: Vec<Compiled>,
}

impl Units {
    /// Reads files and all that they reach, through the compiled forms of some; `read` are those that are read
    /// already. Their places hang on the roots and on paths only.
    pub fn load(
        lookup: &Lookup<'_>,
        roots: &[(FileId, Option<Site>)],
        read: &BTreeMap<FileId, Arc<File>>,
        twins: &Twins,
    ) -> Units {
        let sources = lookup.sources;
        let mut files: Vec<Arc<File>> = Vec::new();
        let mut places = BTreeMap::new();
        // Files that cannot be read have no place, and are not asked for again.
        let mut seen: BTreeSet<FileId> = roots.iter().map(|(file, _)| *file).collect();
        let mut further = 0;
        let mut open: BTreeMap<FileId, Option<Site>> = roots.iter().cloned().collect();
        while !open.is_empty() {
            let level: Vec<(FileId, Option<Site>)> = std::mem::take(&mut open).into_iter().collect();
            let look = |(file, site): &(FileId, Option<Site>)| match read.get(file) {
                Some(read) => Some(read.clone()),
                None => File::read(lookup, *file, site.clone()).map(Arc::new),
            };
            let mut level: Vec<Arc<File>> = level.par_iter().filter_map(look).collect();
            // Files that were loaded on the way have numbers in no particular order.
            level.sort_by(|one, other| one.path.cmp(&other.path));
            for file in level {
                let is_found = sources.file(file.file).is_some_and(|file| file.found || file.passed_by);
                further += usize::from(!is_found);
                if !is_found && further > MAX_FURTHER {
                    continue;
                }
                for (key, target) in file.targets() {
                    if let Some((next, site)) = followed(sources, &file, key, target, twins)
                        && seen.insert(next)
                    {
                        open.insert(next, site);
                    }
                }
                places.insert(file.file, files.len());
                files.push(file);
            }
        }
        let compiled = compiled(lookup, &files);
        let place_of = |file: FileId| {
            let place = compiled.iter().position(|(other, _)| *other == file)?;
            Some(files.len() + place)
        };
        let units = files.iter().map(|parsed| {
            let links = parsed.targets().map(|(key, target)| {
                let link = match followed(sources, parsed, key, target, twins) {
                    Some((file, _)) => match places.get(&file) {
                        Some(place) => Link::Unit(*place),
                        None => Link::Missing("too many files are reached from here".into()),
                    },
                    None => link(parsed, key, target, twins, &place_of),
                };
                (key.clone(), link)
            });
            Unit { links: links.collect(), parsed: parsed.clone() }
        });
        let units = units.collect();
        Units { units, places, compiled: compiled.into_iter().map(|(_, compiled)| compiled).collect() }
    }

    pub fn get(&self, place: usize) -> Option<&Unit> {
        self.units.get(place)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter()
    }

    /// The place of a file, if it is one of these.
    pub fn place(&self, file: FileId) -> Option<usize> {
        self.places.get(&file).copied()
    }

    /// The places that are reached from one, itself included, in order.
    pub fn reached(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(place) = open.pop() {
            if reached.insert(place) {
                let links = self.get(place).into_iter().flat_map(|unit| unit.links.values());
                open.extend(links.filter_map(|link| match link {
                    Link::Unit(place) => Some(*place),
                    _ => None,
                }));
            }
        }
        reached
    }
}

impl Unit {
    /// Where a path leads that is written in this file.
    pub fn link(&self, path: &Expr) -> Link {
        let literal = path.as_string(&self.text);
        let missing = || Link::Missing("the path is not known as written".into());
        literal.and_then(|literal| self.links.get(&key(&literal, path)).cloned()).unwrap_or_else(missing)
    }
}

/// The compiled templates that files import from.
fn compiled(lookup: &Lookup<'_>, files: &[Arc<File>]) -> Vec<(FileId, Compiled)> {
    let sources = lookup.sources;
    let imported: BTreeSet<FileId> = files
        .iter()
        .flat_map(|file| file.imports().filter_map(|path| file.target(path)?.file()))
        .filter(|file| sources.file(*file).is_none_or(|file| file.kind != Kind::Bicep))
        .collect();
    let read = |file: &FileId| {
        let (path, text) = (sources.file(*file)?.path.clone(), sources.text(*file)?);
        Some((*file, Compiled { path, root: Arc::new(tree::template(json::parse(*file, &text).0?)) }))
    };
    let mut compiled: Vec<(FileId, Compiled)> = imported.iter().filter_map(read).collect();
    compiled.sort_by(|(_, one), (_, other)| one.path.cmp(&other.path));
    compiled
}

/// The file of Bicep that is to be read with one that names it.
fn followed(
    sources: &Sources,
    from: &File,
    key: &Key,
    target: &Target,
    twins: &Twins,
) -> Option<(FileId, Option<Site>)> {
    // Whatever a template is made of, a parameter file only gives it values.
    if from.is_only_used(key) || twin(from, key, target, twins).is_some() {
        return None;
    }
    match target {
        Target::File(file) => {
            let kind = sources.file(*file)?.kind;
            matches!(kind, Kind::Bicep | Kind::BicepParameters).then_some((*file, None))
        }
        Target::Table(file, site) => Some((*file, Some(site.clone()))),
        Target::Missing(_) | Target::Elsewhere(_) => None,
    }
}

/// The compiled form that counts in a module's stead. Of types and variables a compiled form need not have what
/// others import.
fn twin(from: &File, key: &Key, target: &Target, twins: &Twins) -> Option<FileId> {
    twins.get(&target.file()?).copied().filter(|_| from.calls_module(key))
}

/// Where a path leads that leads to no file of Bicep.
fn link(
    from: &File,
    key: &Key,
    target: &Target,
    twins: &Twins,
    place: &dyn Fn(FileId) -> Option<usize>,
) -> Link {
    match target {
        Target::File(file) | Target::Table(file, _) => {
            Link::Json(twin(from, key, target, twins).unwrap_or(*file), place(*file))
        }
        Target::Missing(why) => Link::Missing(why.clone()),
        Target::Elsewhere(what) => Link::Elsewhere(what.clone()),
    }
}
