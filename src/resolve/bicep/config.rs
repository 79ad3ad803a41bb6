//! `bicepconfig.json`, as far as it says where modules are: aliases of registries and of template specs, and the
//! module cache.
//!
//! Source: "Add module settings in the Bicep config file" of Azure's documentation.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::source::Sources;
use crate::syntax::json;

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Registries by their aliases.
    pub aliases: BTreeMap<String, Registry>,
    /// Where template specs are, by their aliases: a subscription and a resource group.
    pub template_specs: BTreeMap<String, (String, String)>,
    /// The folder of the module cache, if it is written.
    pub cache: Option<PathBuf>,
}

/// What an alias of a registry stands for.
#[derive(Debug)]
pub(super) struct Registry {
    pub registry: String,
    /// What stands before the path of a module.
    pub module_path: Option<String>,
}

/// The configurations of a run, each looked for and read once.
#[derive(Debug)]
pub(super) struct Configs<'s> {
    sources: &'s Sources,
    by_folder: Mutex<HashMap<PathBuf, Option<Arc<Config>>>>,
}

impl<'s> Configs<'s> {
    pub fn new(sources: &'s Sources) -> Configs<'s> {
        Configs { sources, by_folder: Mutex::default() }
    }

    /// The configuration of a file: the nearest `bicepconfig.json` in its folder or above, within the repository.
    /// One that cannot be read says nothing, as does a missing one.
    pub fn nearest(&self, file: &Path) -> Option<Arc<Config>> {
        let mut passed = Vec::new();
        let mut nearest = None;
        for folder in file.ancestors().skip(1) {
            if !folder.starts_with(self.sources.repository()) {
                break;
            }
            // Not locked while files are read: at worst two threads read the same one.
            let known = self.lock().get(folder).cloned();
            if let Some(known) = known {
                nearest = known;
                break;
            }
            passed.push(folder);
            if let Some(read) = read(self.sources, folder) {
                nearest = read.map(Arc::new);
                break;
            }
        }
        let mut by_folder = self.lock();
        by_folder.extend(passed.into_iter().map(|folder| (folder.to_owned(), nearest.clone())));
        nearest
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Option<Arc<Config>>>> {
        // A panic elsewhere cannot leave the map half changed.
        self.by_folder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the file of a folder says, if there is one.
fn read(sources: &Sources, folder: &Path) -> Option<Option<Config>> {
    let found = sources.load(&folder.join("bicepconfig.json")).ok()?;
    let text = sources.text(found)?;
    let Some(root) = json::parse(found, &text).0 else { return Some(None) };
    let mut config = Config::default();
    let aliases = |kind| root.get("moduleAliases").and_then(|aliases| aliases.get(kind));
    for member in aliases("br").map(|aliases| aliases.members()).unwrap_or_default() {
        let text_of = |name: &str| Some(member.value.get(name)?.as_str()?.to_owned());
        if let Some(registry) = text_of("registry") {
            let module_path = text_of("modulePath");
            config.aliases.insert(member.key.text.to_string(), Registry { registry, module_path });
        }
    }
    for member in aliases("ts").map(|aliases| aliases.members()).unwrap_or_default() {
        let text_of = |name: &str| Some(member.value.get(name)?.as_str()?.to_owned());
        if let (Some(subscription), Some(group)) = (text_of("subscription"), text_of("resourceGroup")) {
            config.template_specs.insert(member.key.text.to_string(), (subscription, group));
        }
    }
    let cache = root.get("cacheRootDirectory").and_then(|cache| cache.as_str());
    config.cache = cache.filter(|cache| !cache.trim().is_empty()).and_then(|cache| {
        // `~` alone or before a slash is the home folder, as in `ExpandCacheRootDirectory` of Bicep's
        // RootConfiguration.cs.
        match cache.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '\\']) => {
                Some(sources.home()?.join(rest.trim_start_matches(['/', '\\'])))
            }
            _ => Some(folder.join(cache)),
        }
    });
    Some(Some(config))
}
