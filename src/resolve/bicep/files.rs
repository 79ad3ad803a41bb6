//! Files of Bicep. Each is read and parsed, and what it names looked up, once in a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::registry::{self, Elsewhere, Lookup, Site};
use super::tokens::filled;
use crate::source::{FileId, Kind, Span};
use crate::syntax::bicep::{self, Dialect, Expr, Program, Statement, StatementKind};

/// A file of Bicep, read and parsed.
#[derive(Debug)]
pub(super) struct File {
    pub file: FileId,
    pub path: PathBuf,
    pub dialect: Dialect,
    pub text: Arc<str>,
    /// What the file has, if `text` has names for the tokens that some other tool replaces.
    written: Option<Arc<str>>,
    pub program: Program,
    /// Where it is called, if it stands for a module that is known from a table.
    pub site: Option<Site>,
    /// Where the paths lead that it names, as far as they are known as written.
    targets: BTreeMap<Key, Target>,
    /// As what it names them.
    roles: BTreeMap<Key, Roles>,
}

/// As what a file names a path, wherever it does.
#[derive(Debug, Clone, Copy, Default)]
struct Roles {
    /// As a module.
    module: bool,
    /// As the template of a parameter file.
    template: bool,
    /// As anything else.
    other: bool,
}

/// A path that a file names. Each call of a module of a registry is one of its own: where it stands.
pub(super) type Key = (Box<str>, u32);

/// Where a path leads.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// To a file that is there: Bicep, or a compiled template.
    File(FileId),
    /// To a file that stands for a module that is known from a table.
    Table(FileId, Site),
    /// Nowhere that can be read, and why.
    Missing(Arc<str>),
    /// To a module of a registry or a template spec that is not read.
    Elsewhere(Elsewhere),
}

impl Target {
    /// The file, if there is one.
    pub fn file(&self) -> Option<FileId> {
        match self {
            Target::File(file) | Target::Table(file, _) => Some(*file),
            Target::Missing(_) | Target::Elsewhere(_) => None,
        }
    }
}

impl File {
    /// Reads a file; `site` is where the module is called that it stands for, if it does. None if it cannot be read.
    pub fn read(lookup: &Lookup<'_>, file: FileId, site: Option<Site>) -> Option<File> {
        let text = lookup.sources.text(file)?;
        let source = lookup.sources.file(file)?;
        let dialect = match source.kind {
            Kind::BicepParameters => Dialect::Parameters,
            _ => Dialect::Template,
        };
        let program = bicep::parse(file, &text, dialect);
        let (text, program, written) = match filled(file, &text, dialect, &program) {
            Some(filled) => (filled.text, filled.program, Some(text)),
            None => (text, program, None),
        };
        let path = source.path.clone();
        let (targets, mut roles) = (BTreeMap::new(), BTreeMap::<Key, Roles>::new());
        for statement in &program.statements {
            let Some(path) = named(statement) else { continue };
            let Some(written) = path.as_string(&text) else { continue };
            let roles = roles.entry(key(&written, path)).or_default();
            match &statement.kind {
                StatementKind::Module(_) => roles.module = true,
                StatementKind::Using { .. } => roles.template = true,
                _ => roles.other = true,
            }
        }
        let mut read = File { file, path, dialect, text, written, program, site, targets, roles };
        let known =
            read.calls().filter_map(|path| Some((key(&path.as_string(&read.text)?, path), path.span)));
        read.targets = known.map(|(key, at)| (key.clone(), read.look_up(lookup, &key.0, at))).collect();
        Some(read)
    }

    /// Where a path leads that is written in this file; None if it is not known as written.
    pub fn target(&self, path: &Expr) -> Option<&Target> {
        self.targets.get(&key(&path.as_string(&self.text)?, path))
    }

    /// The token that stands where the text has a name, to be replaced by some other tool.
    pub fn token(&self, at: Span) -> Option<&str> {
        let (written, start, end) = (self.written.as_ref()?, at.start as usize, at.end as usize);
        // Of a token that is a hole of a string the name has only what the hole holds.
        let hole = start.checked_sub(2).and_then(|start| written.get(start..=end));
        let hole = hole.filter(|hole| hole.starts_with("${{") && hole.ends_with("}}"));
        let token = hole.or(written.get(start..end))?;
        token.contains(|c: char| c != '_' && !c.is_ascii_alphanumeric()).then_some(token)
    }

    /// What the file has; of the same length as the text.
    pub fn written(&self) -> &Arc<str> {
        self.written.as_ref().unwrap_or(&self.text)
    }

    /// All that the file names.
    pub fn targets(&self) -> impl Iterator<Item = (&Key, &Target)> {
        self.targets.iter()
    }

    /// The template that a parameter file is for, if it names one.
    pub fn using(&self) -> Option<&Expr> {
        self.program.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Using { path, .. } => path.as_ref(),
            _ => None,
        })
    }

    /// The paths that the file imports from.
    pub fn imports(&self) -> impl Iterator<Item = &Expr> {
        self.program.statements.iter().filter_map(|statement| match &statement.kind {
            StatementKind::Import(import) => Some(&import.from),
            _ => None,
        })
    }

    /// Whether a path is one of a module, and of nothing else that the file names.
    pub fn calls_module(&self, path: &Key) -> bool {
        let roles = self.roles.get(path).copied().unwrap_or_default();
        !roles.template && !roles.other
    }

    /// Whether a path is the template of a parameter file, and nothing else that the file names.
    pub fn is_only_used(&self, path: &Key) -> bool {
        let roles = self.roles.get(path).copied().unwrap_or_default();
        !roles.module && !roles.other
    }

    /// The expressions of the paths that the file names.
    fn calls(&self) -> impl Iterator<Item = &Expr> {
        self.program.statements.iter().filter_map(named)
    }

    fn look_up(&self, lookup: &Lookup<'_>, path: &str, at: Span) -> Target {
        if path.contains(':') {
            return match lookup.find(&self.path, path, at) {
                Ok((file, Some(site))) => Target::Table(file, site),
                Ok((file, None)) => Target::File(file),
                Err(elsewhere) => Target::Elsewhere(elsewhere),
            };
        }
        // A module below one that is known from a table.
        if let Some(site) = &self.site {
            return match registry::find_beside(lookup.sources, &self.path, path) {
                Some(file) => Target::Table(file, site.clone()),
                None => Target::Missing(format!("`{path}` is in no table").into()),
            };
        }
        let target = self.path.parent().unwrap_or(Path::new("")).join(path);
        match lookup.sources.load(&target) {
            Ok(file) => Target::File(file),
            Err(error) => Target::Missing(format!("`{path}` cannot be read: {error}").into()),
        }
    }
}

/// The expression of the path that a statement names.
fn named(statement: &Statement) -> Option<&Expr> {
    match &statement.kind {
        StatementKind::Module(module) => Some(&module.ty),
        StatementKind::Import(import) => Some(&import.from),
        StatementKind::Extends(path) | StatementKind::Using { path: Some(path), .. } => Some(path),
        _ => None,
    }
}

/// How a path is known that is written at an expression.
pub(super) fn key(literal: &str, path: &Expr) -> Key {
    (literal.into(), if literal.contains(':') { path.span.start } else { 0 })
}
