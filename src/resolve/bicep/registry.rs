//! Modules that are not files beside the one that calls them: `br:` and `br/`, `ts:` and `ts/`.
//!
//! A module of a registry and a template spec are read from Bicep's module cache, as Bicep restored them: below
//! `cacheRootDirectory` of `bicepconfig.json`, else below `~/.bicep`. What is not there is not fetched: the verified
//! modules of managed clusters and agent pools are known from tables, others are not read.
//!
//! A table (`registry/*.bicep`) is Bicep of our own: of a module's parameters those that decide a cluster or an
//! agent pool, with types and defaults, and the resources reduced to the properties that the model has. It is
//! lowered and evaluated as a local module is. Marks at the end of a line say for which releases the line holds:
//!
//! - `#@ releases 0.8.0 0.9.0`: the releases that the table speaks for, oldest first; may be repeated.
//! - `#@ 0.4.1..0.9.0, 0.12.0..`: the line holds from 0.4.1 until before 0.9.0, and again from 0.12.0 on.
//!
//! A release that a table does not list is not read, unless it is a patch of the newest: what a later one does with the
//! same parameters is not known, and a pool of guessed defaults could be found wrong that is right.
//!
//! Source of the facts: the repository and files that each table names, at the tags of its releases. To add a
//! release, add it to the list, compare its files with those of the release before, and mark what changed.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::config::{Config, Configs};
use crate::resolve::arm::Resolved;
use crate::resolve::releases::{Version as Release, holds, listed, newest_but_patches};
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

/// A module or template that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// Its name, and why it is not read where that is not simply that it is elsewhere.
    pub what: Arc<str>,
    /// What it may deploy.
    pub deploys: Deploys,
}

/// What a module may deploy, as far as its path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deploys {
    /// Clusters and agent pools perhaps.
    Anything,
    /// Resources of other services only.
    OtherServices,
}

impl Deploys {
    /// Azure's verified modules name in their path what they deploy, wherever they are mirrored to:
    /// `avm/res/<resource provider>/<resource type>` is a module of one type of resource, with the provider's name
    /// in lower case and hyphens; `avm/utl/…` has types and functions and deploys nothing;
    /// `avm/ptn/<group>/<pattern>` puts several resources together, which in the group `authorization` are
    /// assignments of roles and policies, and in others may be any.
    ///
    /// Sources: "Bicep resource modules", "Bicep pattern modules" and the requirement on names of modules (BCPNFR2
    /// and its kin) at <https://azure.github.io/Azure-Verified-Modules/>.
    fn of(repository: &str) -> Deploys {
        const OURS: &str = "container-service";
        let mut parts = repository.split('/').skip_while(|part| *part != "avm").skip(1);
        match (parts.next(), parts.next()) {
            (Some("res"), Some(provider)) if provider != OURS => Deploys::OtherServices,
            (Some("utl"), Some(_)) | (Some("ptn"), Some("authorization")) => Deploys::OtherServices,
            _ => Deploys::Anything,
        }
    }
}

/// Whether a text may name a module of a registry, or a template spec, that may have clusters, as far as bytes tell.
pub(super) fn may_name_clusters(text: &str) -> bool {
    ["'br", "'ts"].into_iter().any(|start| {
        memchr::memmem::find_iter(text.as_bytes(), start).any(|at| {
            let literal = text.get(at + 1..).and_then(|rest| rest.split(['\'', '\n']).next());
            let literal = literal.filter(|literal| matches!(literal.as_bytes().get(2), Some(b':' | b'/')));
            // What an alias stands for is not looked up here: only a path that says enough by itself counts.
            let path = literal.and_then(|literal| literal.split_once(':')).map(|(_, path)| path);
            path.is_some_and(|path| Deploys::of(path) == Deploys::Anything)
        })
    })
}

/// A module of a registry, or a template spec.
#[derive(Debug, PartialEq, Eq)]
enum Reference {
    Module { registry: String, repository: String, version: Version },
    TemplateSpec { subscription: String, group: String, name: String, version: String },
}

/// Which of a module.
#[derive(Debug, PartialEq, Eq)]
enum Version {
    Tag(String),
    /// `sha256:…`.
    Digest(String),
}

/// What is needed to find out where paths lead.
#[derive(Debug)]
pub(super) struct Lookup<'s> {
    pub sources: &'s Sources,
    configs: Configs<'s>,
    /// The module cache that everybody has, if it is there.
    cache: Option<PathBuf>,
}

impl<'s> Lookup<'s> {
    pub fn new(sources: &'s Sources) -> Lookup<'s> {
        let cache = sources.home().map(|home| home.join(".bicep")).filter(|cache| sources.has_folder(cache));
        Lookup { sources, configs: Configs::new(sources), cache }
    }

    /// The file that a path with a scheme leads to, written at `at` in the file `from`.
    pub fn find(&self, from: &Path, written: &str, at: Span) -> Result<(FileId, Option<Site>), Elsewhere> {
        let config = self.configs.nearest(from);
        let config = config.as_deref();
        let elsewhere = |what: &str, deploys| Elsewhere { what: Arc::from(what), deploys };
        let reference = reference(written, config).map_err(|what| elsewhere(&what, Deploys::Anything))?;
        let root = config.and_then(|config| config.cache.as_deref()).or(self.cache.as_deref());
        if let Some(file) =
            root.and_then(|root| self.sources.load(&root.join(reference.folder()?).join("main.json")).ok())
        {
            return Ok((file, None));
        }
        let Reference::Module { repository, version, .. } = &reference else {
            return Err(elsewhere(&format!("the template spec `{written}`"), Deploys::Anything));
        };
        let name = reference.name();
        let Some(table) = TABLES.iter().find(|table| reference.is_of(table)) else {
            return Err(elsewhere(&name, Deploys::of(repository)));
        };
        let releases = listed(table.text);
        let (release, read_as) = match version {
            Version::Tag(tag) => match table.release(tag) {
                Some(release) => (Some(release), String::new()),
                None => {
                    // A module below another has numbers of its own.
                    let wanted = Release::parse(tag).filter(|_| table.folder.is_empty());
                    let newest =
                        newest_but_patches(&releases, &|patch| Some(patch) == wanted.as_ref()).cloned();
                    let read_as = newest.as_ref().map(|newest| format!(", read as {newest}"));
                    (newest, read_as.unwrap_or_default())
                }
            },
            Version::Digest(_) => (None, String::new()),
        };
        let Some(release) = release else {
            let last = releases.last().map(Release::to_string).unwrap_or_default();
            let what = format!("`{name}`, none of the releases that are known, up to {last},");
            return Err(elsewhere(&what, Deploys::Anything));
        };
        let file = embed(self.sources, &folder(from, at).join(release.to_string()), table, &release);
        Ok((file, Some(Site { call: at, module: format!("{name}{read_as}").into() })))
    }
}

/// The file that a path leads to which a table's text names, in the table's file `from`.
pub(super) fn find_beside(sources: &Sources, from: &Path, written: &str) -> Option<FileId> {
    let root = from.parent()?;
    let release = Release::parse(&root.file_name()?.to_string_lossy())?;
    let folder = written.strip_suffix("/main.bicep")?;
    let table = TABLES.iter().find(|table| table.folder == folder)?;
    Some(embed(sources, root, table, &release))
}

fn embed(sources: &Sources, root: &Path, table: &Table, release: &Release) -> FileId {
    sources.embed(&root.join(table.folder).join("main.bicep"), table.at(release).into())
}

/// Where the modules that one call names seem to lie: each call has files of its own, so that what they say can
/// be told as of the call.
fn folder(from: &Path, at: Span) -> PathBuf {
    let inner = from.components().filter(|part| matches!(part, Component::Normal(_)));
    Path::new(HOST).join(inner.collect::<PathBuf>()).join(at.start.to_string())
}

/// What a path names, with its alias looked up; or what is to be said of it.
fn reference(written: &str, config: Option<&Config>) -> Result<Reference, String> {
    let (scheme, rest) = written.split_once(':').unwrap_or((written, ""));
    let (scheme, alias) = match scheme.split_once('/') {
        Some((scheme, alias)) => (scheme, Some(alias)),
        None => (scheme, None),
    };
    match scheme {
        "ts" => template_spec(rest, alias, config).ok_or_else(|| format!("the template spec `{written}`")),
        "br" => module(written, rest, alias, config),
        _ => Err(format!("`{written}`")),
    }
}

fn template_spec(rest: &str, alias: Option<&str>, config: Option<&Config>) -> Option<Reference> {
    let (path, version) = rest.rsplit_once(':').filter(|(_, version)| !version.is_empty())?;
    let (subscription, group, name) = match alias {
        Some(alias) => {
            let (subscription, group) = config?.template_specs.get(alias)?;
            (subscription.as_str(), group.as_str(), path)
        }
        None => {
            let mut parts = path.splitn(3, '/');
            (parts.next()?, parts.next()?, parts.next()?)
        }
    };
    let is_name = |part: &str| !part.is_empty() && part != ".." && !part.contains(['/', '\\']);
    [subscription, group, name, version].into_iter().all(is_name).then(|| Reference::TemplateSpec {
        subscription: subscription.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

fn module(
    written: &str,
    rest: &str,
    alias: Option<&str>,
    config: Option<&Config>,
) -> Result<Reference, String> {
    // A registry may have a port, so only what follows the last slash is looked at.
    let name = rest.rfind('/').map_or(0, |slash| slash + 1);
    let end = rest.get(name..).and_then(|last| last.find([':', '@'])).map(|end| name + end);
    let (path, version) = match end.and_then(|end| Some((rest.get(..end)?, rest.get(end..)?))) {
        Some((path, version)) if version.len() > 1 => (path, version),
        _ => return Err(format!("`{written}`, which names no release,")),
    };
    let version = match version.split_at(1) {
        ("@", digest) => Version::Digest(digest.to_owned()),
        (_, tag) => Version::Tag(tag.to_owned()),
    };
    let Some(alias) = alias else {
        let (registry, repository) =
            path.split_once('/').ok_or_else(|| format!("`{written}`, which names no registry,"))?;
        let (registry, repository) = (registry.to_lowercase(), repository.to_owned());
        return Ok(Reference::Module { registry, repository, version });
    };
    // An alias of the configuration stands before the one that everybody has.
    if let Some(found) = config.and_then(|config| config.aliases.get(alias)) {
        let repository = match found.module_path.as_deref().map(|prefix| prefix.trim_matches('/')) {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}/{path}"),
            _ => path.to_owned(),
        };
        return Ok(Reference::Module { registry: found.registry.to_lowercase(), repository, version });
    }
    if alias == "public" {
        return Ok(Reference::Module {
            registry: HOST.to_owned(),
            repository: format!("bicep/{path}"),
            version,
        });
    }
    Err(format!("`{written}`, whose alias `{alias}` is in no bicepconfig.json,"))
}

/// A tag as the name of a folder, which must differ from others where letters have no case: behind `$` stands, in
/// hexadecimal digits, which of its letters are capital ones, the first letter in the lowest bit.
///
/// Source: `TagEncoder.Encode` in src/Bicep.Core/Registry/Oci/TagEncoder.cs of github.com/Azure/bicep. None for a
/// tag that is longer than the 128 characters of OCI's specification.
fn encoded(tag: &str) -> Option<String> {
    let mut capitals = 0_u128;
    for (index, letter) in tag.chars().enumerate() {
        let bit = u32::try_from(index).ok().and_then(|index| 1_u128.checked_shl(index))?;
        if letter.is_uppercase() {
            capitals |= bit;
        }
    }
    Some(match capitals {
        0 => format!("{tag}$"),
        _ => format!("{tag}${capitals:x}"),
    })
}

impl Reference {
    /// Where Bicep restores it to, below the root of the module cache.
    ///
    /// Sources, in github.com/Azure/bicep: `BicepRegistryArtifact.ResolveCacheDirectory`
    /// (src/Bicep.Core/SourceGraph/Artifacts/BicepRegistryArtifact.cs; the same in
    /// `OciArtifactRegistry.GetArtifactDirectory`) and `TemplateSpecModuleArtifact.cs` beside it. The file itself is
    /// `main.json` in both.
    fn folder(&self) -> Option<PathBuf> {
        let parts = match self {
            Reference::Module { registry, repository, version } => {
                let version = match version {
                    Version::Tag(tag) => encoded(tag)?,
                    Version::Digest(digest) => digest.replace(':', "#"),
                };
                vec!["br".to_owned(), registry.replace(':', "$"), repository.replace('/', "$"), version]
            }
            Reference::TemplateSpec { subscription, group, name, version } => {
                let parts = ["ts", subscription, group, name, version];
                parts.into_iter().map(str::to_lowercase).collect()
            }
        };
        // What a hostile path makes of itself is still the name of one folder each.
        let is_name = |part: &String| !part.is_empty() && part != ".." && !part.contains(['/', '\\']);
        parts.iter().all(is_name).then(|| parts.iter().collect())
    }

    /// As everybody can write it.
    fn name(&self) -> String {
        match self {
            Reference::Module { registry, repository, version } => {
                let version = match version {
                    Version::Tag(tag) => format!(":{tag}"),
                    Version::Digest(digest) => format!("@{digest}"),
                };
                match repository.strip_prefix("bicep/").filter(|_| registry == HOST) {
                    Some(path) => format!("br/public:{path}{version}"),
                    None => format!("br:{registry}/{repository}{version}"),
                }
            }
            Reference::TemplateSpec { subscription, group, name, version } => {
                format!("ts:{subscription}/{group}/{name}:{version}")
            }
        }
    }

    fn is_of(&self, table: &Table) -> bool {
        matches!(self, Reference::Module { registry, repository, .. } if registry == HOST && repository == table.module)
    }
}

impl Table {
    /// The release of the table that a tag means.
    fn release(&self, tag: &str) -> Option<Release> {
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
    fn at(&self, release: &Release) -> String {
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
pub(super) fn tell_from_calls(resolved: &mut Resolved, sites: &Sites) {
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
    for list in [&mut resolved.problems, &mut resolved.unchecked] {
        for problem in list.iter_mut() {
            if let Some(site) = sites.get(&problem.span.file) {
                problem.span = site.call;
            }
        }
        list.sort();
        list.dedup();
    }
}
