//! Languages: trees to resources. Each module knows one language's semantics and none of the fields that
//! matter to AKS.

pub mod arm;
pub mod bicep;
mod hash;
pub mod kubernetes;
mod releases;
pub mod terraform;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Presence, Writer};
use crate::source::{FileId, Span};
use crate::value::Value;

/// A resource as its language defines it, every leaf a [`Value`]. What its fields mean is for `adapt`.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The language's name of its type: `azurerm_kubernetes_cluster`,
    /// `Microsoft.ContainerService/managedClusters`.
    pub kind: Arc<str>,
    /// How the tool names it.
    pub address: String,
    /// The block or object that defines it, or its header.
    pub span: Span,
    /// The deployment that it belongs to.
    pub scope: Arc<str>,
    /// The file that its deployment starts from, such as the root template; none where that is a folder.
    pub entry: Option<FileId>,
    /// The real scenario, as people name it.
    pub scenario: Option<Arc<str>>,
    /// In which worlds it exists.
    pub presence: Presence,
    /// Who writes it to Azure.
    pub writer: Writer,
    /// Its arguments or properties: a map, the nested blocks of Terraform as lists of maps.
    pub body: Value,
    /// Paths of arguments whose later changes the tool ignores, outermost name first.
    pub ignore_changes: Vec<Vec<Arc<str>>>,
}

/// Which defaults of inputs count where nobody gives a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Defaults {
    /// All.
    #[default]
    Count,
    /// Where no input file is known, not those of switches, inputs that are true or false or by default empty: who
    /// deploys may turn them.
    ButOfSwitches,
    /// Where no input file is known, none.
    Never,
}

/// What a front end resolved.
#[derive(Debug, Default)]
pub struct Resolved {
    /// Resources of interest.
    pub resources: Vec<Resource>,
    /// What was wrong with the input on the way.
    pub problems: Vec<Problem>,
    /// What may define more pools than these resources.
    pub unread: Vec<Unread>,
    /// Where something of interest is written that the defaults of the inputs leave out, in deployments of which no
    /// input is known.
    pub switched_off: Vec<Span>,
    /// What was left out because it would take more than the bounds allow: nothing is wrong with it, and it is not
    /// checked.
    pub unchecked: Vec<Problem>,
}

/// Something of a deployment that nobody has read and that may add pools to its clusters.
#[derive(Debug, Clone)]
pub struct Unread {
    /// The deployment.
    pub scope: Arc<str>,
    /// The real scenario, as people name it.
    pub scenario: Option<Arc<str>>,
    /// The addresses of the clusters that it is known to be given; `None` if it may be any.
    pub clusters: Option<BTreeSet<String>>,
    /// What it is, for people.
    pub reason: Arc<str>,
}

/// Input that cannot be read as its language wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What, without a full stop.
    pub message: String,
    /// Whether a pool may depend on it: then it is a finding, otherwise it is only counted.
    pub needed: bool,
}

/// Whether what refers to a module or template says that it is about clusters or agent pools: a path, or the path
/// within a registry, whatever the registry and the resource group of a template spec are called.
pub fn is_about_aks(reference: &str) -> bool {
    const WORDS: [&str; 6] =
        ["aks", "managed-cluster", "managedcluster", "container-service", "containerservice", "kubernetes"];
    let name = reference.to_ascii_lowercase();
    // As a sentence quotes it, or alone.
    let quoted = name.split('`').nth(1).unwrap_or(&name);
    let is_spec = quoted.starts_with("ts:") || quoted.starts_with("ts/") && quoted.contains(':');
    let path = match name.split_once(".azurecr.io/") {
        Some((_, path)) => path,
        None if is_spec => quoted.rsplit('/').next().unwrap_or_default(),
        None => &name,
    };
    // Not every word with these letters is about AKS: breaks, leaks and peaks are not.
    let says = |word: &str| {
        path.match_indices(word).any(|(at, _)| {
            word != "aks" || !path.get(..at).is_some_and(|before| before.ends_with(['e', 'o']))
        })
    };
    WORDS.iter().any(|word| says(word))
}

/// Whether an argument of this name is about agent pools.
pub fn is_about_pools(argument: &str) -> bool {
    let name = argument.to_ascii_lowercase();
    name.contains("agentpool") || name.contains("nodepool")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_say_what_they_are_about() {
        for reference in [
            "br/public:avm/ptn/azd/aks:0.2.0",
            "br:corp.azurecr.io/bicep/managed-cluster:v1",
            "br/corp:compute/aksCluster:1.0",
            "ts:00000000-0000-0000-0000-000000000000/rg/aks:v1",
            "./modules/aks.bicep",
            "nested/Kubernetes.json",
            "../containerService/main.bicep",
            "the template spec `ts:00000000-0000-0000-0000-000000000000/rg/aks:v1` is not on disk",
            "ts/aks/main.json",
            "[uri(variables('base'), 'scripts/aks/main.json')] is not on disk",
        ] {
            assert!(is_about_aks(reference), "{reference}");
        }
        for reference in [
            "br:aks.azurecr.io/bicep/storage:v1",
            "ts:00000000-0000-0000-0000-000000000000/rg-aks/storage:v1",
            "./modules/breaks.bicep",
            "nested/tasks.json",
        ] {
            assert!(!is_about_aks(reference), "{reference}");
        }
        assert!(is_about_pools("systemNodePoolProfile") && is_about_pools("agentPools"));
        assert!(!is_about_pools("elasticPool"));
    }
}
