//! Modules that are not files beside the one that calls them: `br:` and `br/`, `ts:` and `ts/`.
//!
//! A module of a registry is read from Bicep's module cache if that lies in the project (`cacheRootDirectory` of
//! `bicepconfig.json`), as Bicep restored it. The cache in the home folder is not looked at, so that a project
//! has the same findings on every machine. Without a cache, the verified modules of managed clusters and agent
//! pools are known from tables; others are not read.
//!
//! A table (`registry/*.bicep`) is Bicep of our own: of a module's parameters those that decide a cluster or an
//! agent pool, with types and defaults, and the resources reduced to the properties that the model has. It is
//! lowered and evaluated as a local module is. Marks at the end of a line say for which releases the line holds:
//!
//! - `#@ releases 0.8.0 0.9.0`: the releases that the table speaks for, oldest first; may be repeated.
//! - `#@ 0.4.1..0.9.0, 0.12.0..`: the line holds from 0.4.1 until before 0.9.0, and again from 0.12.0 on.
//!
//! A release that a table does not list is not read: what a later one does with the same parameters is not known,
//! and a pool of guessed defaults could be found wrong that is right.
//!
//! Source of the facts: the repository and files that each table names, at the tags of its releases. To add a
//! release, add it to the list, compare its files with those of the release before, and mark what changed.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::config::{self, Config};
use crate::resolve::arm::Resolved;
use crate::resolve::releases::{Version, holds, listed};
use crate::source::{FileId, Sources, Span};
use crate::value::Provenance;

#[cfg(test)]
mod tests;

/// The registry of Azure's public modules, under which the modules of tables seem to lie as well. A relative
/// path, which no real file has.
const HOST: &str = "mcr.microsoft.com";

/// A value is told as of at most this many calls that passed it on.
const MAX_CALLS: usize = 16;

/// One module, or a module below one.
struct Table {
    /// Its repository in the registry.
    module: &'static str,
    /// Where its text seems to lie, from the folder of the outermost module that it is part of.
    folder: &'static str,
    text: &'static str,
    /// Releases of its own number, and which release of the table they are.
    own: &'static [(&'static str, &'static str)],
}

const TABLES: &[Table] = &[
    Table {
        module: "bicep/avm/res/container-service/managed-cluster",
        folder: "",
        text: include_str!("registry/managed_cluster.bicep"),
        own: &[],
    },
    Table {
        module: "bicep/avm/res/container-service/managed-cluster/agent-pool",
        folder: "agent-pool",
        text: include_str!("registry/managed_cluster_agent_pool.bicep"),
        own: &[("0.1.0", "0.13.1")],
    },
];

/// Calls of modules that are known from tables, by the files that stand for the modules.
pub type Sites = BTreeMap<FileId, Site>;

/// A call of a module that is known from a table.
#[derive(Debug, Clone)]
pub struct Site {
    /// The module as the call names it, which says the release.
    pub call: Span,
    /// The module and its release, for people.
    pub module: Arc<str>,
}

/// A module of a registry.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    registry: String,
    repository: String,
    tag: String,
}

/// The file that a module path with a scheme leads to, written at `at` in the file `from`; or the name of what is
/// not read, with the reason if that is not simply that it is elsewhere.
pub(super) fn find(
    sources: &Sources,
    from: &Path,
    written: &str,
    at: Span,
) -> Result<(FileId, Option<Site>), Arc<str>> {
    let config = config::nearest(sources, from);
    let reference = reference(written, config.as_ref()).map_err(Arc::<str>::from)?;
    if let Some(file) = config.as_ref().and_then(|config| cached(sources, config, &reference)) {
        return Ok((file, None));
    }
    let name = reference.name();
    let table = TABLES.iter().find(|table| reference.is_of(table)).ok_or_else(|| Arc::from(&*name))?;
    let Some(release) = table.release(&reference.tag) else {
        let releases = listed(table.text);
        let last = releases.last().map(Version::to_string).unwrap_or_default();
        return Err(format!("`{name}`, none of the releases that are known, up to {last},").into());
    };
    let file = embed(sources, &folder(from, at).join(release.to_string()), table, &release);
    Ok((file, Some(Site { call: at, module: name.into() })))
}

/// The file that a path leads to which a table's text names, in the table's file `from`.
pub(super) fn find_beside(sources: &Sources, from: &Path, written: &str) -> Option<FileId> {
    let root = from.parent()?;
    let release = Version::parse(&root.file_name()?.to_string_lossy())?;
    let folder = written.strip_suffix("/main.bicep")?;
    let table = TABLES.iter().find(|table| table.folder == folder)?;
    Some(embed(sources, root, table, &release))
}

fn embed(sources: &Sources, root: &Path, table: &Table, release: &Version) -> FileId {
    sources.embed(&root.join(table.folder).join("main.bicep"), table.at(release).into())
}

/// Where the modules that one call names seem to lie: each call has files of its own, so that what they say can
/// be told as of the call.
fn folder(from: &Path, at: Span) -> PathBuf {
    let inner = from.components().filter(|part| matches!(part, Component::Normal(_)));
    Path::new(HOST).join(inner.collect::<PathBuf>()).join(at.start.to_string())
}

/// The module that a path names, with its alias looked up; or what is to be said of it.
fn reference(written: &str, config: Option<&Config>) -> Result<Reference, String> {
    let (scheme, rest) = written.split_once(':').unwrap_or((written, ""));
    let (scheme, alias) = match scheme.split_once('/') {
        Some((scheme, alias)) => (scheme, Some(alias)),
        None => (scheme, None),
    };
    if scheme == "ts" {
        return Err(format!("the template spec `{written}`"));
    }
    if scheme != "br" {
        return Err(format!("`{written}`"));
    }
    let (path, tag) = match rest.rsplit_once(':') {
        Some((path, tag)) if !tag.is_empty() && !tag.contains('/') => (path, tag),
        _ => return Err(format!("`{written}`, which names no release,")),
    };
    let tag = tag.to_owned();
    let Some(alias) = alias else {
        let (registry, repository) =
            path.split_once('/').ok_or_else(|| format!("`{written}`, which names no registry,"))?;
        return Ok(Reference { registry: registry.to_lowercase(), repository: repository.to_owned(), tag });
    };
    // An alias of the configuration stands before the one that everybody has.
    if let Some(found) = config.and_then(|config| config.aliases.get(alias)) {
        let repository = match found.module_path.as_deref().map(|prefix| prefix.trim_matches('/')) {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}/{path}"),
            _ => path.to_owned(),
        };
        return Ok(Reference { registry: found.registry.to_lowercase(), repository, tag });
    }
    if alias == "public" {
        return Ok(Reference { registry: HOST.to_owned(), repository: format!("bicep/{path}"), tag });
    }
    Err(format!("`{written}`, whose alias `{alias}` is in no bicepconfig.json,"))
}

/// A module in the cache of the project: `br/<registry>/<repository>/<tag>$/main.json` below the cache's root,
/// with `$` for what no file name may have.
fn cached(sources: &Sources, config: &Config, reference: &Reference) -> Option<FileId> {
    let root = config.cache.as_deref()?;
    // The capital letters of a tag are encoded behind the `$`. No module is known that has any.
    if reference.tag.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let path = root
        .join("br")
        .join(reference.registry.replace(':', "$"))
        .join(reference.repository.replace('/', "$"))
        .join(format!("{}$", reference.tag))
        .join("main.json");
    sources.load_inside(sources.project(), &path).ok()
}

impl Reference {
    /// As everybody can write it.
    fn name(&self) -> String {
        let Reference { registry, repository, tag } = self;
        match repository.strip_prefix("bicep/").filter(|_| registry == HOST) {
            Some(path) => format!("br/public:{path}:{tag}"),
            None => format!("br:{registry}/{repository}:{tag}"),
        }
    }

    fn is_of(&self, table: &Table) -> bool {
        self.registry == HOST && self.repository == table.module
    }
}

impl Table {
    /// The release of the table that a tag means.
    fn release(&self, tag: &str) -> Option<Version> {
        let listed = listed(self.text);
        let wanted = match self.own.iter().find(|(own, _)| *own == tag) {
            Some((_, release)) => release,
            // A module below another is published with numbers of its own.
            None if !self.folder.is_empty() => return None,
            None => tag,
        };
        listed.into_iter().find(|release| release.to_string() == wanted)
    }

    /// The table's text for one release.
    fn at(&self, release: &Version) -> String {
        let mut out = String::with_capacity(self.text.len());
        for line in self.text.lines().filter(|line| !line.starts_with("//")) {
            let (content, mark) =
                line.split_once("#@").map_or((line, None), |(text, mark)| (text, Some(mark)));
            let content = content.trim_end();
            if !content.is_empty() && mark.is_none_or(|mark| holds(mark, release)) {
                out.push_str(content);
                out.push('\n');
            }
        }
        out
    }
}

/// Tells what was worked out from tables as of the calls of their modules: nothing in a table is a place that
/// people can see.
pub fn tell_from_calls(resolved: &mut Resolved, sites: &Sites) {
    if sites.is_empty() {
        return;
    }
    let told = |provenance: &Provenance| {
        let mut provenance = provenance.clone();
        // One module may get what another one gives back, and so on.
        for _ in 0..MAX_CALLS {
            let Some(site) = provenance.hops().iter().find_map(|at| sites.get(&at.file)) else { break };
            let hidden = |at: Span| sites.get(&at.file).is_some_and(|other| other.call == site.call);
            provenance = provenance.told_from(&hidden, site.call, &site.module);
        }
        provenance
    };
    for resource in &mut resolved.resources {
        resource.body = resource.body.with_provenance(&told);
        if let Some(site) = sites.get(&resource.span.file) {
            resource.span = site.call;
        }
    }
    for unresolved in &mut resolved.unresolved {
        if let Some(site) = sites.get(&unresolved.span.file) {
            unresolved.span = site.call;
        }
    }
    for problem in &mut resolved.problems {
        if let Some(site) = sites.get(&problem.span.file) {
            problem.span = site.call;
        }
    }
    resolved.problems.sort();
    resolved.problems.dedup();
}
