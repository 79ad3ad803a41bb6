//! Objects that define nodes or clusters beside the agent pools of templates: by other tools, or in other clouds.

use crate::syntax::data::Node;

/// What defines them.
struct Definer {
    /// The API group; with a dot in front, all groups that end so, too.
    group: &'static str,
    /// The kinds; any if there are none.
    kinds: &'static [&'static str],
    /// Whether it matters only where its text labels nodes: a cluster on somebody's own machine fits nothing else.
    if_labelled: bool,
    /// Who it is for people.
    who: &'static str,
}

const fn all(group: &'static str, who: &'static str) -> Definer {
    Definer { group, kinds: &[], if_labelled: false, who }
}

const fn only(group: &'static str, kinds: &'static [&'static str], who: &'static str) -> Definer {
    Definer { group, kinds, if_labelled: false, who }
}

const fn local(group: &'static str, who: &'static str) -> Definer {
    Definer { group, kinds: &[], if_labelled: true, who }
}

/// Sources: the API references of the projects.
const DEFINERS: &[Definer] = &[
    all("karpenter.sh", "Karpenter"),
    all("karpenter.azure.com", "Karpenter"),
    all("karpenter.k8s.aws", "Karpenter"),
    only("eksctl.io", &["ClusterConfig"], "eksctl"),
    // The groups of the core, of infrastructure (`AzureManagedMachinePool`) and of control planes.
    all(".cluster.x-k8s.io", "Cluster API"),
    only(
        "containerservice.azure.com",
        &["ManagedCluster", "ManagedClustersAgentPool"],
        "Azure Service Operator",
    ),
    // Of `containerservice.azure.upbound.io`, `eks.aws.upbound.io` and their like, also namespaced (`.m.`).
    all(".containerservice.azure.upbound.io", "Crossplane"),
    all(".containerservice.azure.m.upbound.io", "Crossplane"),
    only("compute.azure.crossplane.io", &["AKSCluster"], "Crossplane"),
    all(".eks.aws.upbound.io", "Crossplane"),
    all(".eks.aws.m.upbound.io", "Crossplane"),
    all(".eks.aws.crossplane.io", "Crossplane"),
    all(".container.gcp.upbound.io", "Crossplane"),
    all(".container.gcp.m.upbound.io", "Crossplane"),
    all(".container.gcp.crossplane.io", "Crossplane"),
    only("container.cnrm.cloud.google.com", &["ContainerCluster", "ContainerNodePool"], "Config Connector"),
    all("eks.services.k8s.aws", "AWS Controllers for Kubernetes"),
    all("anywhere.eks.amazonaws.com", "EKS Anywhere"),
    only("provisioning.cattle.io", &["Cluster"], "Rancher"),
    all("rke-machine-config.cattle.io", "Rancher"),
    only("kops.k8s.io", &["Cluster", "InstanceGroup"], "kOps"),
    only("machine.openshift.io", &["Machine", "MachineSet"], "OpenShift"),
    only("hypershift.openshift.io", &["HostedCluster", "NodePool"], "HyperShift"),
    only("core.gardener.cloud", &["Shoot"], "Gardener"),
    local("kind.x-k8s.io", "kind"),
    local("k3d.io", "k3d"),
];

impl Definer {
    fn is_of(&self, group: &str) -> bool {
        match self.group.strip_prefix('.') {
            Some(name) => group == name || group.ends_with(self.group),
            None => group == self.group,
        }
    }

    fn matters_in(&self, text: &str) -> bool {
        // `labels`, `nodeLabels` and `node-labels`.
        !self.if_labelled || text.contains("abels")
    }
}

/// Who defines nodes by an object of this group and kind, which stands in this text.
pub(super) fn definer(group: &str, kind: &str, document: &Node, text: &str) -> Option<&'static str> {
    // A composition holds the objects that it makes.
    if (group, kind) == ("apiextensions.crossplane.io", "Composition") {
        let start = usize::try_from(document.span.start).ok()?;
        let end = usize::try_from(document.span.end).ok()?;
        return named_in(text.get(start..end)?);
    }
    let is_it = |definer: &&Definer| {
        definer.is_of(group)
            && (definer.kinds.is_empty() || definer.kinds.contains(&kind))
            && definer.matters_in(text)
    };
    DEFINERS.iter().find(is_it).map(|definer| definer.who)
}

/// Who may define nodes in a text whose objects are not known: what is written only in some cases, or made by a
/// template, may be there.
pub(super) fn named_in(text: &str) -> Option<&'static str> {
    let is_named = |definer: &&Definer| {
        let group = definer.group.trim_start_matches('.');
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once(group) {
            if behind.starts_with('/') {
                return definer.matters_in(text);
            }
            rest = behind;
        }
        false
    };
    DEFINERS.iter().find(is_named).map(|definer| definer.who)
}
