//! The files of a template: the one that is lowered, and all that it names as modules and imports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Twins;
use super::registry::{self, Sites};
use crate::source::{FileId, Sources, Span};
use crate::syntax::bicep::{self, Dialect, Expr, Program, StatementKind};

/// A template refers to at most this many files, over any number of hops.
const MAX_UNITS: usize = 2_000;

/// A file of Bicep, read and parsed.
#[derive(Debug)]
pub(super) struct Unit {
    pub file: FileId,
    pub path: PathBuf,
    pub dialect: Dialect,
    pub text: Arc<str>,
    pub program: Program,
    /// What the paths lead to that the file names.
    links: BTreeMap<Key, Link>,
}

/// A path that a file names. Each call of a module of a registry is one of its own: where it stands.
type Key = (Box<str>, u32);

/// Where a path leads.
#[derive(Debug, Clone)]
pub(super) enum Link {
    /// A file of Bicep, by its place in [`Units`].
    Unit(usize),
    /// A compiled template.
    Json(FileId),
    /// Nowhere that can be read, and why.
    Missing(Arc<str>),
    /// To a module of a registry or a template spec that is not read: its name, and why where that needs saying.
    Elsewhere(Arc<str>),
}

/// All files that a template reaches; the first is its own.
#[derive(Debug)]
pub(super) struct Units {
    units: Vec<Unit>,
    /// Calls of modules that are known from tables.
    pub sites: Sites,
}

impl Units {
    /// Reads a file and all that it reaches, through the compiled forms of some. `None` if the file itself cannot
    /// be read.
    pub fn load(sources: &Sources, file: FileId, twins: &Twins) -> Option<Units> {
        let dialect = dialect_of(&sources.file(file)?.path).unwrap_or(Dialect::Template);
        let mut units = vec![unit(sources, file, dialect)?];
        let mut sites = Sites::new();
        let mut by_file = BTreeMap::from([(file, 0)]);
        let mut next = 0;
        while let Some(current) = units.get(next) {
            let mut links = BTreeMap::new();
            let mut found = Vec::new();
            for path in paths(current) {
                let mut link = link(sources, current, &path, &mut sites);
                // Of types and variables a compiled form has none that others could import.
                if let Ok(Link::Json(file)) = &mut link
                    && let Some(twin) = twins.get(file).filter(|_| calls_module(current, &path.0))
                {
                    *file = *twin;
                }
                if let Ok(Link::Json(file)) = &link
                    && let Some(dialect) = sources.file(*file).and_then(|file| dialect_of(&file.path))
                {
                    let place = match by_file.get(file) {
                        Some(place) => *place,
                        None if units.len() + found.len() >= MAX_UNITS => {
                            links.insert(path, Link::Missing("too many files are reached from here".into()));
                            continue;
                        }
                        None => {
                            let Some(read) = unit(sources, *file, dialect) else { continue };
                            found.push(read);
                            let place = units.len() + found.len() - 1;
                            by_file.insert(*file, place);
                            place
                        }
                    };
                    links.insert(path, Link::Unit(place));
                } else {
                    links.insert(path, link.unwrap_or_else(|link| link));
                }
            }
            if let Some(current) = units.get_mut(next) {
                current.links = links;
            }
            units.extend(found);
            next += 1;
        }
        Some(Units { units, sites })
    }

    pub fn get(&self, place: usize) -> Option<&Unit> {
        self.units.get(place)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter()
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

fn unit(sources: &Sources, file: FileId, dialect: Dialect) -> Option<Unit> {
    let text = sources.text(file)?;
    let path = sources.file(file)?.path.clone();
    let program = bicep::parse(file, &text, dialect);
    Some(Unit { file, path, dialect, text, program, links: BTreeMap::new() })
}

/// The expressions of the paths that a file names.
fn calls(unit: &Unit) -> impl Iterator<Item = &Expr> {
    unit.program.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Module(module) => Some(&module.ty),
        StatementKind::Import(import) => Some(&import.from),
        StatementKind::Extends(path) | StatementKind::Using { path: Some(path), .. } => Some(path),
        _ => None,
    })
}

/// The paths that a file names, as far as they are known as written.
fn paths(unit: &Unit) -> Vec<Key> {
    let known = calls(unit).filter_map(|path| Some(key(&path.as_string(&unit.text)?, path)));
    let mut paths: Vec<Key> = known.collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Whether a path is one of a module, and of nothing else that the file names.
fn calls_module(unit: &Unit, path: &str) -> bool {
    let is_same = |other: &Expr| other.as_string(&unit.text).is_some_and(|other| *other == *path);
    !unit.program.statements.iter().any(|statement| match &statement.kind {
        StatementKind::Import(import) => is_same(&import.from),
        StatementKind::Extends(other) | StatementKind::Using { path: Some(other), .. } => is_same(other),
        _ => false,
    })
}

fn key(literal: &str, path: &Expr) -> Key {
    (literal.into(), if literal.contains(':') { path.span.start } else { 0 })
}

fn link(sources: &Sources, from: &Unit, (path, start): &Key, sites: &mut Sites) -> Result<Link, Link> {
    if path.contains(':') {
        let whole = |path: &Expr| path.span;
        let at = calls(from).find(|call| call.span.start == *start).map(whole);
        let at = at.unwrap_or(Span { file: from.file, start: *start, end: *start });
        let (file, site) = registry::find(sources, &from.path, path, at).map_err(Link::Elsewhere)?;
        sites.extend(site.map(|site| (file, site)));
        return Ok(Link::Json(file));
    }
    // A module below one that is known from a table.
    if let Some(site) = sites.get(&from.file).cloned() {
        let missing = || Link::Missing(format!("`{path}` is in no table").into());
        let file = registry::find_beside(sources, &from.path, path).ok_or_else(missing)?;
        sites.insert(file, site);
        return Ok(Link::Json(file));
    }
    let target = from.path.parent().unwrap_or(Path::new("")).join(&**path);
    match sources.load(&target) {
        Ok(file) => Ok(Link::Json(file)),
        Err(error) => Err(Link::Missing(format!("`{path}` cannot be read: {error}").into())),
    }
}

/// How a file is written, if it is Bicep.
fn dialect_of(path: &Path) -> Option<Dialect> {
    let extension = path.extension()?;
    if extension.eq_ignore_ascii_case("bicep") {
        return Some(Dialect::Template);
    }
    extension.eq_ignore_ascii_case("bicepparam").then_some(Dialect::Parameters)
}
