//! The model: what rules see, free of any input format.

mod fields;
mod selector;
mod view;
mod workload;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use fields::{ClusterField, PoolField};
pub use selector::{Fit, pool_label_keys};
pub use view::{ClusterView, Field, PoolView};
pub use workload::{Image, Requirement, RequirementOperator, Toleration, Workload};

use crate::facts::Overlays;
use crate::source::{FileId, Span};
use crate::value::{Alternative, Atom, Certain, Node, Provenance, Reason, Region, Value};

/// Everything that one run resolved. Pools and clusters of several real scenarios (var files, parameter
/// files) stand side by side; each says which scenario it belongs to.
#[derive(Debug, Clone, Default)]
pub struct Fleet {
    /// Clusters.
    pub clusters: Vec<Cluster>,
    /// Agent pools.
    pub pools: Vec<AgentPool>,
    /// Workloads.
    pub workloads: Vec<Workload>,
    /// Where clusters or pools are written that do not exist, but may if somebody gives an input: nobody has given
    /// any to their deployment that this run knows of.
    pub switched_off: Vec<Span>,
}

/// A managed cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// How the writer's tool names it.
    pub address: String,
    /// Who writes it.
    pub writer: Writer,
    /// The block or resource that defines it (its header, where the notation has one).
    pub span: Span,
    /// The deployment that it belongs to: equal scopes can be linked by cluster name.
    pub scope: Arc<str>,
    /// The real scenario: the input file that was chosen, as people name it.
    pub scenario: Option<Arc<str>>,
    /// In which worlds it exists.
    pub presence: Presence,
    /// What is written about it.
    pub fields: BTreeMap<ClusterField, Value>,
    /// Fields that are only initial: the tool ignores later changes of them.
    pub initial_only: Vec<ClusterField>,
    /// Why there may be pools that are not listed; `None` if the list is closed.
    pub open: Option<Arc<str>>,
    /// What the list of its own pools hangs on that is not known, so that some of them are not checked; `None` if
    /// each is an [`AgentPool`].
    pub unlisted: Option<Unlisted>,
    /// The facts that hold where it is defined, besides those of the tables.
    pub facts: Overlays,
}

/// Why pools that a cluster lists itself are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// Why.
    pub reason: Reason,
    /// Where the list, or the part of it that is not known, comes from.
    pub span: Option<Span>,
}

/// An agent pool.
#[derive(Debug, Clone)]
pub struct AgentPool {
    /// How the writer's tool names it, such as `module.aks.azurerm_kubernetes_cluster_node_pool.win["blue"]`.
    pub address: String,
    /// Who writes it.
    pub writer: Writer,
    /// The block or resource that defines it (its header, where the notation has one).
    pub span: Span,
    /// Further places that define the same pool.
    pub also: Vec<Span>,
    /// The deployment that it belongs to.
    pub scope: Arc<str>,
    /// The file that its deployment starts from, such as the root template; none where that is a folder.
    pub entry: Option<FileId>,
    /// The real scenario: the input file that was chosen, as people name it.
    pub scenario: Option<Arc<str>>,
    /// In which worlds it exists.
    pub presence: Presence,
    /// Its cluster, an index into [`Fleet::clusters`]; `None` if that is not known.
    pub cluster: Option<usize>,
    /// What is written about it, and what its writer forces or defaults.
    pub fields: BTreeMap<PoolField, Value>,
    /// Fields that are only initial: the tool ignores later changes of them, so rules about dates and
    /// upgrades have nothing to say.
    pub initial_only: Vec<PoolField>,
    /// The facts that hold where it is defined, besides those of the tables.
    pub facts: Overlays,
}

/// In which worlds a thing exists, and how often.
#[derive(Debug, Clone)]
pub struct Presence {
    /// Disjoint regions in which it exists.
    pub regions: Vec<Region>,
    /// True if it stands for an unknown number of its kind.
    pub many: bool,
}

impl Presence {
    /// Exists once, always.
    pub fn always() -> Presence {
        Presence { regions: vec![Region::everywhere()], many: false }
    }

    /// True if no assumption is needed.
    pub fn is_always(&self) -> bool {
        Region::everywhere().within(&self.regions)
    }
}

/// Who writes a pool to Azure. The right fix depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writer {
    /// The azurerm provider; its major version where a constraint or lock file says it.
    Azurerm {
        /// 2 to 5.
        major: Option<u8>,
    },
    /// The azapi provider.
    Azapi,
    /// The azapi provider in a module of somebody else's, whose inputs are all that one can change.
    AzapiModule,
    /// An ARM template.
    Arm,
    /// A Bicep file.
    Bicep,
}

impl Writer {
    /// The writer's name in output: `azurerm`, `azurerm 4`, `azapi`, `ARM`, `Bicep`.
    pub fn name(&self) -> String {
        match self {
            Writer::Azurerm { major: Some(major) } => format!("azurerm {major}"),
            Writer::Azurerm { major: None } => "azurerm".to_owned(),
            Writer::Azapi | Writer::AzapiModule => "azapi".to_owned(),
            Writer::Arm => "ARM".to_owned(),
            Writer::Bicep => "Bicep".to_owned(),
        }
    }

    /// Whether the writer can send request headers such as `UseWindowsGen2VM`. Only azapi can among these;
    /// azurerm, ARM and Bicep have no place for one (facts: windows_gen2_header.settable).
    pub fn sends_headers(&self) -> bool {
        matches!(self, Writer::Azapi)
    }

    /// Whether the writer accepts `os_sku = Windows2025`. azurerm up to 5.2.0 refuses it at plan time
    /// (facts: provider_enums.azurerm).
    pub fn accepts_windows2025(&self) -> bool {
        !matches!(self, Writer::Azurerm { .. })
    }
}

impl Fleet {
    /// The same, of which nothing is known but what the tables of facts say.
    pub fn without_overlays(&self) -> Fleet {
        let mut plain = self.clone();
        plain.pools.iter_mut().for_each(|pool| pool.facts = Overlays::default());
        plain.clusters.iter_mut().for_each(|cluster| cluster.facts = Overlays::default());
        plain
    }

    /// Finishes the fleet once all front ends have contributed: pools without a version of their own
    /// inherit their cluster's, value by value.
    pub fn inherit(&mut self) {
        for pool in &mut self.pools {
            let Some(cluster) = pool.cluster.and_then(|index| self.clusters.get(index)) else { continue };
            let Some(inherited) = cluster.fields.get(&ClusterField::KubernetesVersion) else { continue };
            let own = pool.fields.get(&PoolField::OrchestratorVersion);
            let inherits =
                own.is_none_or(|own| own.alternatives().iter().any(|a| matches!(a.node, Node::Null(_))));
            if inherits && cluster.initial_only.contains(&ClusterField::KubernetesVersion) {
                pool.initial_only.push(PoolField::OrchestratorVersion);
            }
            let inherited = cluster.where_deployed(inherited, &pool.presence);
            let value = own.map_or_else(|| inherited.clone(), |own| own.or_if_null(&inherited));
            pool.fields.insert(PoolField::OrchestratorVersion, value);
        }
    }
}

impl Cluster {
    /// What its version, which is given, is for a pool that is there in these worlds. Where the pool is deployed and the cluster is
    /// not, the cluster is there already, and nothing is known of it.
    fn where_deployed(&self, value: &Value, pool: &Presence) -> Value {
        let regions = &self.presence.regions;
        if pool.regions.iter().all(|region| region.within(regions)) {
            return value.clone();
        }
        let mut elsewhere = vec![Region::everywhere()];
        for region in regions {
            elsewhere = elsewhere.iter().flat_map(|piece| piece.minus(region)).collect();
        }
        let label = format!("the version of a cluster {} that is there already", self.address);
        let reason = Reason::RunTime(Arc::from(label.as_str()));
        let atom = Atom::new(format!("existing:{}:{}", self.scope, self.address), label);
        let unknown = Value::unknown(atom, reason, Certain::default(), Provenance::written(self.span));
        let here = regions.iter().filter_map(|region| value.within(region));
        let there = elsewhere.iter().filter_map(|region| unknown.within(region));
        let alternatives = here.chain(there).flat_map(|value| value.alternatives().to_vec());
        Value::from_alternatives(alternatives.collect())
    }
}

impl Value {
    /// This value, with `other` in the worlds where it is null. An unknown stays as it is: whether it is
    /// null is not decided here.
    pub fn or_if_null(&self, other: &Value) -> Value {
        let mut alternatives: Vec<Alternative> = Vec::new();
        for alternative in self.alternatives() {
            match &alternative.node {
                Node::Null(_) => alternatives.extend(
                    other
                        .within(&alternative.region)
                        .into_iter()
                        .flat_map(|value| value.alternatives().to_vec()),
                ),
                _ => alternatives.push(alternative.clone()),
            }
        }
        if alternatives.is_empty() {
            return Value::null(Provenance::nowhere());
        }
        Value::from_alternatives(alternatives)
    }
}
