//! `bicepconfig.json`, as far as it says where modules are: aliases of registries, and the module cache.
//!
//! Source: "Add module settings in the Bicep config file" of Azure's documentation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::source::Sources;
use crate::syntax::json;

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Registries by their aliases.
    pub aliases: BTreeMap<String, Registry>,
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

/// The configuration of a file: the nearest `bicepconfig.json` in its folder or above, within the repository.
/// One that cannot be read says nothing, as does a missing one.
pub(super) fn nearest(sources: &Sources, file: &Path) -> Option<Config> {
    let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(sources.repository()));
    for folder in folders {
        let Ok(found) = sources.load(&folder.join("bicepconfig.json")) else { continue };
        let text = sources.text(found)?;
        let root = json::parse(found, &text).0?;
        let mut config = Config::default();
        let aliases = root.get("moduleAliases").and_then(|aliases| aliases.get("br"));
        for member in aliases.map(|aliases| aliases.members()).unwrap_or_default() {
            let text_of = |name: &str| Some(member.value.get(name)?.as_str()?.to_owned());
            if let Some(registry) = text_of("registry") {
                let module_path = text_of("modulePath");
                config.aliases.insert(member.key.text.to_string(), Registry { registry, module_path });
            }
        }
        let cache = root.get("cacheRootDirectory").and_then(|cache| cache.as_str());
        config.cache = cache.map(|cache| folder.join(cache));
        return Some(config);
    }
    None
}
