//! What a rule sees: one concrete pool or cluster in one world.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{AgentPool, Cluster, ClusterField, Fleet, PoolField, Writer};
use crate::facts::{Facts, Minor, OsType};
use crate::value::{Alternative, Certain, Node, Value};
use crate::world::World;

/// What is known of a field in one world.
#[derive(Debug, Clone, PartialEq)]
pub enum Field<T> {
    /// This.
    Known(T),
    /// Not written, or null: the service's default applies.
    Unset,
    /// Not known, but this much is certain.
    Unknown(Certain),
}

impl<T> Field<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Field::Known(value) => Some(value),
            Field::Unset | Field::Unknown(_) => None,
        }
    }

    /// Converts a known value; what cannot be converted is unknown.
    fn and_then<U>(self, f: impl FnOnce(T) -> Option<U>) -> Field<U> {
        match self {
            Field::Known(value) => f(value).map_or(Field::Unknown(Certain::default()), Field::Known),
            Field::Unset => Field::Unset,
            Field::Unknown(certain) => Field::Unknown(certain),
        }
    }
}

/// An agent pool in one world.
pub struct PoolView<'f> {
    pool: &'f AgentPool,
    fleet: &'f Fleet,
    world: &'f World<'f>,
    facts: Facts<'f>,
}

impl<'f> PoolView<'f> {
    /// Looks at a pool in a world.
    pub fn new(pool: &'f AgentPool, fleet: &'f Fleet, world: &'f World<'f>) -> PoolView<'f> {
        PoolView { pool, fleet, world, facts: Facts::with(&pool.facts) }
    }

    /// The same pool, of which nothing is known but what the tables say.
    pub fn without_overlays(&self) -> PoolView<'f> {
        PoolView { pool: self.pool, fleet: self.fleet, world: self.world, facts: Facts::embedded() }
    }

    /// What is known of Azure where the pool is defined.
    pub fn facts(&self) -> &Facts<'f> {
        &self.facts
    }

    /// Who writes the pool.
    pub fn writer(&self) -> &Writer {
        &self.pool.writer
    }

    /// The pool's cluster in the same world; `None` if it is not known. In a world in which the cluster is not
    /// deployed but the pool is, it is there already, as somebody else wants it.
    pub fn cluster(&self) -> Option<ClusterView<'f>> {
        let cluster = self.fleet.clusters.get(self.pool.cluster?)?;
        if !self.world.is_in(&cluster.presence.regions) {
            return None;
        }
        // Facts of the pool's own file: a rule on a pool sees one set of them.
        Some(ClusterView { cluster, world: self.world, facts: self.facts.again() })
    }

    /// The region of its cluster; see [`ClusterView::region`].
    pub fn region(&self) -> Option<Arc<str>> {
        if !self.facts.tells_regions_apart() {
            return None;
        }
        self.cluster()?.region()
    }

    /// True if later changes of the field are ignored by the tool.
    pub fn is_initial_only(&self, field: PoolField) -> bool {
        self.pool.initial_only.contains(&field)
    }

    /// The field as it is in this world.
    pub fn node(&self, field: PoolField) -> Field<Node> {
        node(self.world, self.pool.fields.get(&field))
    }

    /// A field as text. Numbers and booleans become text, as the writers convert them.
    pub fn text(&self, field: PoolField) -> Field<Arc<str>> {
        self.node(field).and_then(text)
    }

    /// A boolean field.
    pub fn bool(&self, field: PoolField) -> Field<bool> {
        self.node(field).and_then(|node| match node {
            Node::Bool(value) => Some(value),
            Node::String(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A whole number.
    pub fn int(&self, field: PoolField) -> Field<i64> {
        self.node(field).and_then(|node| match node {
            Node::Number(number) => number.as_i64(),
            Node::String(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A map of texts, such as labels; unknown unless every entry is known.
    pub fn map(&self, field: PoolField) -> Field<BTreeMap<Arc<str>, Arc<str>>> {
        let world = self.world;
        self.node(field).and_then(|node| match node {
            Node::Map(map) if map.open.is_none() => map
                .entries
                .iter()
                .map(|(key, value)| Some((key.clone(), text(world.resolve(value)?.node)?)))
                .collect(),
            _ => None,
        })
    }

    /// A list of texts, such as taints; unknown unless every element is known.
    pub fn list(&self, field: PoolField) -> Field<Vec<Arc<str>>> {
        let world = self.world;
        self.node(field).and_then(|node| match node {
            Node::List(list) if list.open.is_none() => {
                list.items.iter().map(|value| text(world.resolve(value)?.node)).collect()
            }
            _ => None,
        })
    }

    /// A map's entry by name, without case, known even if other entries are not: `Unset` if it is certainly
    /// not there.
    pub fn entry(&self, field: PoolField, key: &str) -> Field<Arc<str>> {
        let world = self.world;
        match self.node(field) {
            Field::Known(Node::Map(map)) => match (map.get_ignore_case(key), &map.open) {
                (Some(value), _) => node(world, Some(value)).and_then(text),
                (None, None) => Field::Unset,
                (None, Some(open)) => Field::Unknown(open.certain.clone()),
            },
            Field::Known(_) => Field::Unknown(Certain::default()),
            Field::Unset => Field::Unset,
            Field::Unknown(certain) => Field::Unknown(certain),
        }
    }

    /// The operating system; the API's constant default is Linux. Compared without case, spelled as AKS
    /// spells it.
    pub fn os_type(&self) -> Field<&'static str> {
        match self.text(PoolField::OsType) {
            Field::Unset => Field::Known("Linux"),
            other => other.and_then(|text| {
                ["Linux", "Windows"].into_iter().find(|name| text.eq_ignore_ascii_case(name))
            }),
        }
    }

    /// True if the pool is known to run Windows.
    pub fn is_windows(&self) -> bool {
        self.os_type() == Field::Known("Windows")
    }

    /// The VM size as written.
    pub fn vm_size(&self) -> Field<Arc<str>> {
        self.text(PoolField::VmSize)
    }

    /// The OS SKU that the pool will have: the written one, else the default for its OS type and version
    /// where the sources agree on one.
    pub fn effective_os_sku(&self) -> Field<Arc<str>> {
        match self.text(PoolField::OsSku) {
            Field::Unset => match self.os_type() {
                Field::Known(os_type) => {
                    let os_type = if os_type == "Windows" { OsType::Windows } else { OsType::Linux };
                    let version = self.kubernetes_version().known().copied();
                    self.facts
                        .default_os_sku(os_type, version)
                        .map_or(Field::Unknown(Certain::default()), |sku| Field::Known(Arc::from(sku)))
                }
                Field::Unknown(certain) => Field::Unknown(certain),
                Field::Unset => Field::Unset,
            },
            other => other,
        }
    }

    /// The pool's Kubernetes minor version, its own or its cluster's.
    pub fn kubernetes_version(&self) -> Field<Minor> {
        self.text(PoolField::OrchestratorVersion).and_then(|text| Minor::parse(&text))
    }

    /// The alternative of a field that holds in this world, for its provenance.
    pub fn alternative(&self, field: PoolField) -> Option<Alternative> {
        self.world.resolve(self.pool.fields.get(&field)?)
    }
}

/// A cluster in one world.
pub struct ClusterView<'f> {
    cluster: &'f Cluster,
    world: &'f World<'f>,
    facts: Facts<'f>,
}

impl<'f> ClusterView<'f> {
    /// Looks at a cluster in a world.
    pub fn new(cluster: &'f Cluster, world: &'f World<'f>) -> ClusterView<'f> {
        ClusterView { cluster, world, facts: Facts::with(&cluster.facts) }
    }

    /// The same cluster, of which nothing is known but what the tables say.
    pub fn without_overlays(&self) -> ClusterView<'f> {
        ClusterView { cluster: self.cluster, world: self.world, facts: Facts::embedded() }
    }

    /// What is known of Azure where the cluster is defined.
    pub fn facts(&self) -> &Facts<'f> {
        &self.facts
    }

    /// The region that it is deployed to. `None` also where no facts tell regions apart: then worlds need not be
    /// told apart by it.
    pub fn region(&self) -> Option<Arc<str>> {
        if !self.facts.tells_regions_apart() {
            return None;
        }
        self.text(ClusterField::Location).known().cloned()
    }

    /// Who writes the cluster.
    pub fn writer(&self) -> &Writer {
        &self.cluster.writer
    }

    /// True if later changes of the field are ignored by the tool.
    pub fn is_initial_only(&self, field: ClusterField) -> bool {
        self.cluster.initial_only.contains(&field)
    }

    /// A field as text.
    pub fn text(&self, field: ClusterField) -> Field<Arc<str>> {
        node(self.world, self.cluster.fields.get(&field)).and_then(text)
    }

    /// The cluster's Kubernetes minor version.
    pub fn kubernetes_version(&self) -> Field<Minor> {
        self.text(ClusterField::KubernetesVersion).and_then(|text| Minor::parse(&text))
    }

    /// The alternative of a field that holds in this world, for its provenance.
    pub fn alternative(&self, field: ClusterField) -> Option<Alternative> {
        self.world.resolve(self.cluster.fields.get(&field)?)
    }
}

fn node(world: &World<'_>, value: Option<&Value>) -> Field<Node> {
    match value.and_then(|value| world.resolve(value)).map(|alternative| alternative.node) {
        None | Some(Node::Null(_)) => Field::Unset,
        Some(Node::Unknown(unknown)) => Field::Unknown(unknown.certain.clone()),
        Some(node) => Field::Known(node),
    }
}

fn text(node: Node) -> Option<Arc<str>> {
    match node {
        Node::String(text) => Some(text),
        Node::Number(number) => Some(Arc::from(number.to_string())),
        Node::Bool(value) => Some(Arc::from(value.to_string())),
        _ => None,
    }
}
