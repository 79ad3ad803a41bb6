//! Whether a pool's nodes can take a workload: the labels that AKS nodes have, and node selectors and
//! required node affinity as the scheduler compares them with labels.
//!
//! Every answer has three values. A label of which nothing is known may be anything, so a rule of absence
//! fires only on a certain [`Fit::No`].

use std::collections::BTreeSet;
use std::sync::Arc;

use super::view::{Field, PoolView};
use super::{Fleet, PoolField, Requirement, RequirementOperator, Workload};
use crate::facts::Architecture;
use crate::value::{Certain, Node};

/// Whether something matches. Ordered, so that "and" is the least and "or" the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Certainly not.
    No,
    /// Not known.
    May,
    /// Certainly.
    Yes,
}

impl From<bool> for Fit {
    fn from(holds: bool) -> Fit {
        if holds { Fit::Yes } else { Fit::No }
    }
}

impl Workload {
    /// Whether the nodes of a pool satisfy the workload's selector and required affinity. Taints are not
    /// looked at.
    pub fn fit(&self, pool: &PoolView<'_>) -> Fit {
        let all = |requirements: &[Requirement]| {
            requirements.iter().map(|requirement| requirement.fit(pool)).min().unwrap_or(Fit::Yes)
        };
        let affinity = self.affinity.iter().map(|term| all(term)).max().unwrap_or(Fit::Yes);
        all(&self.node_selector).min(affinity)
    }

    /// Every requirement, of whichever term.
    pub fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.node_selector.iter().chain(self.affinity.iter().flatten())
    }

    /// Whether the workload speaks of labels that neither the pools nor AKS set, so that something else
    /// must (feature discovery, another provisioner), or of nodes that no agent pool has (another cloud, a
    /// virtual node, a cluster set up by other tools). `keys` is [`pool_label_keys`].
    pub fn is_for_others(&self, keys: &BTreeSet<Arc<str>>) -> bool {
        self.requirements().any(|requirement| is_set_by_others(requirement, keys))
            || self.tolerations.iter().any(|toleration| {
                toleration.key.as_ref().is_some_and(|key| key.starts_with("virtual-kubelet.io/"))
            })
    }
}

impl Fleet {
    /// Whether every pool that a workload of the run could land on is listed: there is a cluster, every
    /// cluster's list is closed, every pool belongs to one of them, and none is switched off.
    pub fn is_closed(&self) -> bool {
        !self.clusters.is_empty()
            && self.clusters.iter().all(|cluster| cluster.open.is_none())
            && self.pools.iter().all(|pool| pool.cluster.is_some())
            && self.switched_off.is_empty()
    }
}

impl Requirement {
    /// Whether the nodes of a pool satisfy this requirement.
    pub fn fit(&self, pool: &PoolView<'_>) -> Fit {
        self.holds(&pool.label(&self.key))
    }

    /// True if only a node that has the label can satisfy it.
    pub fn wants_label(&self) -> bool {
        use RequirementOperator::{Exists, Gt, In, Lt};
        matches!(self.operator, In | Exists | Gt | Lt)
    }

    /// Whether a label (`Unset`: the node does not have it) satisfies this requirement, as the scheduler
    /// compares: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#NodeAffinity>.
    pub fn holds(&self, label: &Field<Arc<str>>) -> Fit {
        match self.operator {
            RequirementOperator::In => self.is_one_of(label),
            RequirementOperator::NotIn => not(self.is_one_of(label)),
            RequirementOperator::Exists => exists(label),
            RequirementOperator::DoesNotExist => not(exists(label)),
            RequirementOperator::Gt => self.compares(label, |label, bound| label > bound),
            RequirementOperator::Lt => self.compares(label, |label, bound| label < bound),
        }
    }

    fn is_one_of(&self, label: &Field<Arc<str>>) -> Fit {
        let same = |value: &Arc<str>| match label {
            Field::Known(label) => same_value(&self.key, label, value),
            Field::Unset => Fit::No,
            Field::Unknown(certain) if could_be(certain, value) => Fit::May,
            Field::Unknown(_) => Fit::No,
        };
        self.values.iter().map(same).max().unwrap_or(Fit::No)
    }

    /// `Gt` and `Lt` take one integer, and only integer labels satisfy them.
    fn compares(&self, label: &Field<Arc<str>>, holds: fn(i64, i64) -> bool) -> Fit {
        match (label, self.values.as_slice()) {
            (Field::Unknown(_), _) => Fit::May,
            (Field::Known(label), [bound]) => match (label.parse(), bound.parse()) {
                (Ok(label), Ok(bound)) => holds(label, bound).into(),
                _ => Fit::No,
            },
            _ => Fit::No,
        }
    }
}

fn exists(label: &Field<Arc<str>>) -> Fit {
    match label {
        Field::Known(_) => Fit::Yes,
        Field::Unset => Fit::No,
        Field::Unknown(_) => Fit::May,
    }
}

fn not(fit: Fit) -> Fit {
    match fit {
        Fit::No => Fit::Yes,
        Fit::May => Fit::May,
        Fit::Yes => Fit::No,
    }
}

/// Whether an unknown text of which this much is certain could be `value`.
fn could_be(certain: &Certain, value: &str) -> bool {
    let length = value.chars().count();
    certain.prefix.as_ref().is_none_or(|prefix| value.starts_with(&**prefix))
        && certain.min_length <= length
        && certain.max_length.is_none_or(|max| length <= max)
}

/// Whether a label's value is the one asked for. Labels compare by case, but how AKS spells a VM size or
/// an OS SKU that was written in another case is not documented. The label `os-sku` of a Linux node is
/// the family, `Ubuntu`; that `Ubuntu2204` never stands there is inferred, so it may.
fn same_value(key: &str, label: &str, value: &str) -> Fit {
    if label == value {
        return Fit::Yes;
    }
    let respelled = match key {
        "node.kubernetes.io/instance-type"
        | "beta.kubernetes.io/instance-type"
        | "kubernetes.azure.com/os-sku-requested" => label.eq_ignore_ascii_case(value),
        "kubernetes.azure.com/os-sku" => {
            label.eq_ignore_ascii_case(value) || linux_family(value).is_some_and(|family| family == label)
        }
        _ => false,
    };
    if respelled { Fit::May } else { Fit::No }
}

/// The family of a Linux OS SKU as AKS labels nodes with it, for the families where that is known.
fn linux_family(os_sku: &str) -> Option<&'static str> {
    let is = |start: &str| os_sku.get(..start.len()).is_some_and(|have| have.eq_ignore_ascii_case(start));
    if is("Ubuntu") {
        Some("Ubuntu")
    } else if os_sku.eq_ignore_ascii_case("AzureLinux")
        || os_sku.eq_ignore_ascii_case("AzureLinux3")
        || is("CBLMariner")
        || is("Mariner")
    {
        Some("AzureLinux")
    } else {
        None
    }
}

fn unknown() -> Field<Arc<str>> {
    Field::Unknown(Certain::default())
}

fn known(text: impl AsRef<str>) -> Field<Arc<str>> {
    Field::Known(Arc::from(text.as_ref()))
}

impl PoolView<'_> {
    /// The value of a label on the pool's nodes; `Unset` if they certainly do not have it. Labels that the
    /// pool sets come first, then those that AKS and the kubelet set
    /// (<https://learn.microsoft.com/azure/aks/use-labels>). Labels of Kubernetes' and AKS's domains that
    /// are not in this table are unknown; any other label is only what the pool sets.
    pub fn label(&self, key: &str) -> Field<Arc<str>> {
        let own = self.own_label(key);
        if let Field::Known(_) = own {
            return own;
        }
        match key {
            "kubernetes.io/os" | "beta.kubernetes.io/os" => match self.os_type() {
                Field::Known(os_type) => known(os_type.to_ascii_lowercase()),
                Field::Unset | Field::Unknown(_) => unknown(),
            },
            "kubernetes.io/arch" | "beta.kubernetes.io/arch" => {
                match self.only_vm_size().and_then(|size| self.facts().architecture(&size)) {
                    Some(Architecture::X64) => known("amd64"),
                    Some(Architecture::Arm64) => known("arm64"),
                    None => unknown(),
                }
            }
            "node.kubernetes.io/instance-type" | "beta.kubernetes.io/instance-type" => {
                match self.only_vm_size() {
                    Some(size) => known(self.facts().vm_size(&size).map_or(&*size, |row| &*row.name)),
                    None => unknown(),
                }
            }
            "node.kubernetes.io/windows-build" => match (self.os_type(), self.effective_os_sku()) {
                (Field::Known("Linux"), _) => Field::Unset,
                (Field::Known("Windows"), Field::Known(sku)) => {
                    self.facts().windows_build(&sku).map_or(unknown(), |build| known(format!("10.0.{build}")))
                }
                _ => unknown(),
            },
            "agentpool" | "kubernetes.azure.com/agentpool" => match self.text(PoolField::Name) {
                Field::Unset => unknown(),
                name => name,
            },
            "kubernetes.azure.com/mode" => match self.text(PoolField::Mode) {
                Field::Known(mode) => known(mode.to_ascii_lowercase()),
                Field::Unset => known("user"),
                Field::Unknown(_) => unknown(),
            },
            "kubernetes.azure.com/role" => known("agent"),
            // Never written on regular nodes.
            "kubernetes.azure.com/scalesetpriority" => match self.is_spot() {
                Some(true) => known("spot"),
                Some(false) => Field::Unset,
                None => unknown(),
            },
            "kubernetes.azure.com/priority" => match self.is_spot() {
                Some(spot) => known(if spot { "spot" } else { "regular" }),
                None => unknown(),
            },
            "kubernetes.azure.com/os-sku" => self.os_sku_label(),
            "kubernetes.azure.com/os-sku-requested" => match self.text(PoolField::OsSku) {
                Field::Known(sku) => Field::Known(sku),
                Field::Unset | Field::Unknown(_) => unknown(),
            },
            "kubernetes.azure.com/fips_enabled" => match (
                self.bool(PoolField::EnableFips),
                self.effective_os_sku().known().and_then(|sku| self.facts().os_sku(sku)),
            ) {
                (Field::Known(true), _) => known("true"),
                (Field::Known(false) | Field::Unset, Some(sku)) if !sku.requires_fips => Field::Unset,
                _ => unknown(),
            },
            // `nvidia` on most GPU sizes; what stands on the others is not documented.
            "accelerator" | "kubernetes.azure.com/accelerator" => {
                match self
                    .only_vm_size()
                    .and_then(|size| self.facts().vm_size(&size))
                    .and_then(|row| row.gpus)
                {
                    Some(0) if key.contains('/') => Field::Unset,
                    Some(0) => own,
                    _ => unknown(),
                }
            }
            "storageprofile" | "storagetier" => unknown(),
            _ if is_reserved(key) => unknown(),
            _ => own,
        }
    }

    /// A label that the pool itself sets, compared by case as Kubernetes does. Where the tool ignores
    /// later changes, others make them, and what is written says little.
    fn own_label(&self, key: &str) -> Field<Arc<str>> {
        if self.is_initial_only(PoolField::NodeLabels) {
            return unknown();
        }
        match self.node(PoolField::NodeLabels) {
            Field::Known(Node::Map(map)) => match (map.entries.get(key), &map.open) {
                (Some(_), _) => self.entry(PoolField::NodeLabels, key),
                (None, Some(_)) => unknown(),
                (None, None) => Field::Unset,
            },
            Field::Unset => Field::Unset,
            Field::Known(_) | Field::Unknown(_) => unknown(),
        }
    }

    /// The VM size of all the pool's nodes. A pool of type VirtualMachines may have several.
    fn only_vm_size(&self) -> Option<Arc<str>> {
        let several = match self.text(PoolField::Type) {
            Field::Known(kind) => kind.eq_ignore_ascii_case("VirtualMachines"),
            Field::Unset => false,
            Field::Unknown(_) => true,
        };
        if several { None } else { self.vm_size().known().cloned() }
    }

    fn is_spot(&self) -> Option<bool> {
        match self.text(PoolField::ScaleSetPriority) {
            Field::Known(priority) => Some(priority.eq_ignore_ascii_case("Spot")),
            Field::Unset => Some(false),
            Field::Unknown(_) => None,
        }
    }

    /// The exact SKU on Windows (verified for 2022 and 2025), the family on Linux.
    fn os_sku_label(&self) -> Field<Arc<str>> {
        let Field::Known(sku) = self.effective_os_sku() else { return unknown() };
        match self.os_type() {
            Field::Known("Windows") => known(self.facts().os_sku(&sku).map_or(&*sku, |row| &*row.name)),
            Field::Known("Linux") => linux_family(&sku).map_or(unknown(), known),
            _ => unknown(),
        }
    }
}

/// Whether a label's domain belongs to Kubernetes or AKS, which set such labels themselves.
fn is_reserved(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else { return false };
    domain == "kubernetes.azure.com"
        || ["kubernetes.io", "k8s.io"]
            .iter()
            .any(|root| domain.strip_suffix(root).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// Every label that some pool of the fleet sets itself in some world.
pub fn pool_label_keys(fleet: &Fleet) -> BTreeSet<Arc<str>> {
    let labels = fleet.pools.iter().filter_map(|pool| pool.fields.get(&PoolField::NodeLabels));
    let nodes = labels.flat_map(|value| value.alternatives().iter().map(|alternative| &alternative.node));
    nodes
        .filter_map(|node| match node {
            Node::Map(map) => Some(map.entries.keys().cloned()),
            _ => None,
        })
        .flatten()
        .collect()
}

/// [`Workload::is_for_others`] for one requirement.
fn is_set_by_others(requirement: &Requirement, keys: &BTreeSet<Arc<str>>) -> bool {
    if keys.contains(&requirement.key) || !requirement.wants_label() {
        return false;
    }
    let values = || requirement.values.iter();
    match (&*requirement.key, requirement.key.split_once('/')) {
        ("type", _) => values().any(|value| &**value == "virtual-kubelet"),
        ("node.kubernetes.io/instance-type" | "beta.kubernetes.io/instance-type", _) => values()
            .any(|value| !["standard_", "basic_"].iter().any(|p| value.to_ascii_lowercase().starts_with(p))),
        (_, None) => false,
        (key, Some((domain, _))) => {
            !is_reserved(key) || domain.ends_with(".k8s.io") || domain == "node-role.kubernetes.io"
        }
    }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
