//! Modules of the public registry that are not on disk but known from tables.
//!
//! A table (`registry/*.hcl`) is Terraform of our own: of a module's variables those that decide a cluster or an
//! agent pool, with types and defaults, and the resources reduced to the arguments that the model has. It is
//! evaluated as a local module is, so that conditions, loops and defaults need no code here. What differs
//! between releases is marked at the end of a line:
//!
//! - `#@ releases 9.0.0 9.1.0`: the releases that the table speaks for, oldest first; may be repeated.
//! - `#@ 7.0.0..9.0.0, 10.0.0..`: the line holds from 7.0.0 until before 9.0.0, and again from 10.0.0 on. At a
//!   line that opens a block it holds for the block, whose closing brace has the same indentation.
//!
//! Source of the facts: the repository and files that each table names, at the tags of its releases. To add a
//! release, add it to the list, compare its files with those of the release before, and mark what changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::config::{Call, Module};
use crate::resolve::releases::{Version, holds, listed, newest_but_patches};
use crate::source::Sources;

#[cfg(test)]
mod tests;

/// Where the modules of tables seem to lie: the registry's host. A relative path, which no real file has.
const HOST: &str = "registry.terraform.io";

/// One module, or a module below one.
struct Table {
    /// Its address in the registry: namespace, name, provider.
    module: &'static str,
    /// Its folder in the module; empty for the module itself.
    folder: &'static str,
    /// Its repository on GitHub, under which people name it as well.
    repository: &'static str,
    /// The table. That of a folder has the releases of its module if it lists none.
    text: &'static str,
}

const TABLES: &[Table] = &[
    Table {
        module: "Azure/aks/azurerm",
        folder: "",
        repository: "Azure/terraform-azurerm-aks",
        text: include_str!("registry/azure_aks.hcl"),
    },
    Table {
        module: "Azure/aks/azurerm",
        folder: "v4",
        repository: "Azure/terraform-azurerm-aks",
        text: include_str!("registry/azure_aks_v4.hcl"),
    },
    Table {
        module: "Azure/avm-res-containerservice-managedcluster/azurerm",
        folder: "",
        repository: "Azure/terraform-azurerm-avm-res-containerservice-managedcluster",
        text: include_str!("registry/avm_managed_cluster.hcl"),
    },
    Table {
        module: "Azure/avm-res-containerservice-managedcluster/azurerm",
        folder: "modules/nodepool",
        repository: "Azure/terraform-azurerm-avm-res-containerservice-managedcluster",
        text: include_str!("registry/avm_managed_cluster_nodepool.hcl"),
    },
    Table {
        module: "Azure/avm-res-containerservice-managedcluster/azurerm",
        folder: "modules/agentpool",
        repository: "Azure/terraform-azurerm-avm-res-containerservice-managedcluster",
        text: include_str!("registry/avm_managed_cluster_agentpool.hcl"),
    },
];

/// What the tables say of a module source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// No table is about it.
    Foreign,
    /// Its table says what it does: the folder in which the module seems to lie.
    Known(PathBuf),
    /// A table is about the module, but not about this release of it: why.
    Unknown(String),
}

/// Looks a module call up. A source from a registry takes the newest release that the version constraint
/// allows, as `terraform init` does; one from the module's repository takes the release of its `ref`.
pub fn lookup(call: &Call) -> Lookup {
    let Some(source) = call.source.as_deref() else { return Lookup::Foreign };
    let version = call.block.body.attribute("version");
    let constraint = match version {
        Some(version) => match super::config::literal(&version.expr) {
            Some(text) => Some(text),
            None if is_known(source) => {
                return Lookup::Unknown(format!("module `{source}` has a version that is no literal"));
            }
            None => return Lookup::Foreign,
        },
        None => None,
    };
    find(source, constraint.as_deref())
}

fn is_known(source: &str) -> bool {
    address(source).is_some_and(|(name, ..)| TABLES.iter().any(|table| name.is_of(table)))
}

/// Looks a source with its version constraint up.
pub fn find(source: &str, constraint: Option<&str>) -> Lookup {
    let Some((name, folder, reference)) = address(source) else { return Lookup::Foreign };
    let Some(module) = TABLES.iter().find(|table| name.is_of(table) && table.folder.is_empty()) else {
        return Lookup::Foreign;
    };
    let Some(table) = TABLES.iter().find(|table| name.is_of(table) && table.folder == folder) else {
        return Lookup::Unknown(format!("module `{}//{folder}` is not on disk", module.module));
    };
    let releases = table.releases();
    let release = match (&name, &reference) {
        (Name::Registry(_), _) => Constraint::parse(constraint.unwrap_or("")).and_then(|constraint| {
            let known = releases.iter().rev().find(|release| constraint.allows(release));
            known.or_else(|| newest_but_patches(&releases, &|release| constraint.allows(release)))
        }),
        // Without a ref the branch is taken, of which the newest release is the best that is known.
        (Name::Repository(_), None) => releases.last(),
        (Name::Repository(_), Some(reference)) => {
            Version::parse(reference.trim_start_matches('v')).and_then(|version| {
                let known = releases.iter().find(|release| **release == version);
                known.or_else(|| newest_but_patches(&releases, &|release| *release == version))
            })
        }
    };
    match release {
        Some(release) => {
            let root = Path::new(HOST).join(table.module).join(release.to_string());
            Lookup::Known(if folder.is_empty() { root } else { root.join(folder) })
        }
        None => {
            let wanted = constraint.or(reference.as_deref()).unwrap_or("any version");
            let last = releases.last().map(Version::to_string).unwrap_or_default();
            let module = table.module;
            Lookup::Unknown(format!(
                "module `{module}` is not on disk, and `{wanted}` is none of its releases that are known, up to {last}"
            ))
        }
    }
}

/// The module that seems to lie in a folder.
pub fn load(sources: &Sources, dir: &Path) -> Option<Module> {
    let (table, release) = table_of(dir)?;
    let file = sources.embed(&dir.join("main.tf"), table.at(&release).into());
    let mut module = Module::of_file(sources, dir, file);
    // A table leaves out what decides no pool, so that a name that is missing in it means nothing.
    module.complete = false;
    Some(module)
}

/// Whether a folder is one of those in which the modules of tables seem to lie.
pub fn is_embedded(dir: &Path) -> bool {
    dir.starts_with(HOST)
}

/// The name and release of the module in a folder, for people: `Azure/aks/azurerm 9.4.1`.
pub fn title(dir: &Path) -> Option<Arc<str>> {
    let (table, release) = table_of(dir)?;
    let folder = if table.folder.is_empty() { String::new() } else { format!("//{}", table.folder) };
    Some(Arc::from(format!("{}{folder} {release}", table.module)))
}

fn table_of(dir: &Path) -> Option<(&'static Table, Version)> {
    let inner = dir.strip_prefix(HOST).ok()?;
    TABLES.iter().find_map(|table| {
        let rest = inner.strip_prefix(table.module).ok()?;
        let mut parts = rest.components();
        let release = Version::parse(&parts.next()?.as_os_str().to_string_lossy())?;
        (parts.as_path() == Path::new(table.folder)).then_some((table, release))
    })
}

/// How a source names a module.
#[derive(Debug, PartialEq, Eq)]
enum Name {
    Registry(String),
    Repository(String),
}

impl Name {
    fn is_of(&self, table: &Table) -> bool {
        match self {
            Name::Registry(name) => name.eq_ignore_ascii_case(table.module),
            Name::Repository(name) => name.eq_ignore_ascii_case(table.repository),
        }
    }
}

/// A source as name, folder and ref; `None` for sources that are neither in the public registry nor on GitHub.
fn address(source: &str) -> Option<(Name, String, Option<String>)> {
    let (source, query) = source.split_once('?').unwrap_or((source, ""));
    let reference =
        query.split('&').find_map(|part| part.strip_prefix("ref=")).map(|reference| reference.to_owned());
    let bare = source.strip_prefix("git::").unwrap_or(source);
    let bare = ["https://", "ssh://", "http://"].iter().find_map(|s| bare.strip_prefix(s)).unwrap_or(bare);
    let bare = bare.strip_prefix("git@").unwrap_or(bare);
    let (bare, folder) = bare.split_once("//").unwrap_or((bare, ""));
    let folder = folder.trim_matches('/').to_owned();
    if let Some(path) = bare.strip_prefix("github.com/").or_else(|| bare.strip_prefix("github.com:")) {
        let name = path.strip_suffix(".git").unwrap_or(path).to_owned();
        return Some((Name::Repository(name), folder, reference));
    }
    let name = bare.strip_prefix(HOST).and_then(|rest| rest.strip_prefix('/')).unwrap_or(bare);
    let is_plain = !name.contains([':', '.']) && name.split('/').count() == 3;
    is_plain.then(|| (Name::Registry(name.to_owned()), folder, None))
}

impl Table {
    /// The releases that it speaks for, oldest first.
    fn releases(&self) -> Vec<Version> {
        let own = listed(self.text);
        if own.is_empty() && !self.folder.is_empty() {
            let module = TABLES.iter().find(|table| table.module == self.module && table.folder.is_empty());
            return module.map(Table::releases).unwrap_or_default();
        }
        own
    }

    /// The table's text for one release.
    fn at(&self, release: &Version) -> String {
        let mut out = String::with_capacity(self.text.len());
        // The indentation of a block that is left out.
        let mut skipping: Option<usize> = None;
        for line in self.text.lines() {
            let indentation = line.len() - line.trim_start().len();
            let (content, mark) =
                line.split_once("#@").map_or((line, None), |(text, mark)| (text, Some(mark)));
            let content = content.trim_end();
            if let Some(block) = skipping {
                if indentation == block && content.trim_start().starts_with('}') {
                    skipping = None;
                }
                continue;
            }
            if content.is_empty() {
                continue;
            }
            if !mark.is_none_or(|mark| holds(mark, release)) {
                if content.ends_with('{') {
                    skipping = Some(indentation);
                }
                continue;
            }
            out.push_str(content);
            out.push('\n');
        }
        out
    }
}

/// A version constraint as Terraform has them: conditions that all hold, each an operator and a version.
#[derive(Debug)]
struct Constraint(Vec<(Operator, [u64; 3], usize)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Pessimistic,
}

impl Constraint {
    fn parse(text: &str) -> Option<Constraint> {
        const OPERATORS: [(&str, Operator); 7] = [
            ("~>", Operator::Pessimistic),
            (">=", Operator::GreaterOrEqual),
            ("<=", Operator::LessOrEqual),
            ("!=", Operator::NotEqual),
            ("=", Operator::Equal),
            (">", Operator::Greater),
            ("<", Operator::Less),
        ];
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let conditions = parts.map(|part| {
            let found = OPERATORS.iter().find_map(|(sign, op)| Some((*op, part.strip_prefix(sign)?)));
            let (operator, version) = found.unwrap_or((Operator::Equal, part));
            let version = version.trim();
            let version = version.strip_prefix('v').unwrap_or(version);
            Some((operator, Version::parse(version)?.numbers, version.split('.').count()))
        });
        conditions.collect::<Option<Vec<_>>>().map(Constraint)
    }

    fn allows(&self, release: &Version) -> bool {
        self.0.iter().all(|(operator, bound, given)| {
            let order = release.numbers.cmp(bound);
            match operator {
                Operator::Equal => order.is_eq(),
                Operator::NotEqual => order.is_ne(),
                Operator::Greater => order.is_gt(),
                Operator::GreaterOrEqual => order.is_ge(),
                Operator::Less => order.is_lt(),
                Operator::LessOrEqual => order.is_le(),
                // Only the last number that is given may grow; `~> 9` allows 10 as well.
                Operator::Pessimistic => {
                    let fixed = given.saturating_sub(1);
                    order.is_ge() && release.numbers.iter().zip(bound).take(fixed).all(|(a, b)| a == b)
                }
            }
        })
    }
}
