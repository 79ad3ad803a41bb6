//! Which parameter files are those of the Azure Developer CLI (azd).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::source::{Sources, absolute};
use crate::syntax::{data, yaml};

/// What a project file may be called (azd's azdcontext.go).
const PROJECT_FILES: [&str; 2] = ["azure.yaml", "azure.yml"];
/// Where a project has what it deploys if its file does not say (azd's manager.go).
const FOLDER: &str = "infra";
/// The name of what it deploys, likewise.
const MODULE: &str = "main";

/// The projects of azd, as far as anybody asked for them.
pub(super) struct Projects<'s> {
    sources: &'s Sources,
    /// By folder the paths of the templates that a project there deploys, without their extensions.
    known: BTreeMap<PathBuf, Vec<PathBuf>>,
}

impl<'s> Projects<'s> {
    pub(super) fn new(sources: &'s Sources) -> Projects<'s> {
        Projects { sources, known: BTreeMap::new() }
    }

    /// The path without its extension of the template that azd deploys with this parameter file; `None` if it is not
    /// one of azd's: it takes the one of the template's name in the template's folder, and no other.
    pub(super) fn template_of(&mut self, parameter_file: &Path) -> Option<PathBuf> {
        let stem = parameter_file.file_name()?.to_str()?.strip_suffix(".parameters.json")?;
        let template = parameter_file.with_file_name(stem);
        let top = self.sources.repository().to_owned();
        let mut folders = template.ancestors().skip(1).take_while(|folder| folder.starts_with(&top));
        folders.any(|folder| self.deployed(folder).contains(&template)).then_some(template)
    }

    fn deployed(&mut self, folder: &Path) -> &[PathBuf] {
        let sources = self.sources;
        self.known.entry(folder.to_owned()).or_insert_with(|| {
            let load = |name: &&str| sources.load_inside(sources.repository(), &folder.join(name)).ok();
            let Some(file) = PROJECT_FILES.iter().find_map(load) else { return Vec::new() };
            let text = sources.text(file).unwrap_or_default();
            let project = yaml::parse(file, &text).documents.into_iter().next().and_then(|first| first.node);
            let infra = project.as_ref().and_then(|project| project.get("infra"));
            let layers =
                infra.and_then(|infra| infra.get("layers")).map(data::Node::items).unwrap_or_default();
            let template = |options: Option<&data::Node>| {
                let of = |name| options.and_then(|options| options.get(name)?.as_str());
                let path = Path::new(of("path").unwrap_or(FOLDER)).join(of("module").unwrap_or(MODULE));
                absolute(folder, &path)
            };
            match layers {
                [] => vec![template(infra)],
                layers => layers.iter().map(|layer| template(Some(layer))).collect(),
            }
        })
    }
}
