//! Workloads: what asks to run on agent pools.

use std::sync::Arc;

use crate::source::Span;

/// Something with a pod template.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The manifest's `kind`.
    pub kind: Arc<str>,
    /// Its name; empty where it has none.
    pub name: Arc<str>,
    /// Its namespace where written.
    pub namespace: Option<Arc<str>>,
    /// Its name in the file, else the document.
    pub span: Span,
    /// What every node must match, all of them.
    pub node_selector: Vec<Requirement>,
    /// Required node affinity: a node must match all requirements of at least one term. Empty: no demand.
    pub affinity: Vec<Vec<Requirement>>,
    /// Taints that its pods tolerate.
    pub tolerations: Vec<Toleration>,
    /// Container images, init containers included.
    pub images: Vec<Image>,
    /// True if its pods are HostProcess containers, which run on any Windows build.
    pub host_process: bool,
    /// True if it asks for no pods as written (`replicas: 0`, `suspend: true`).
    pub dormant: bool,
    /// Why its selectors are not known in full (templates, patches); `None` if they are.
    pub open: Option<Arc<str>>,
}

/// A demand on a node's label.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The label.
    pub key: Arc<str>,
    /// How it is compared.
    pub operator: RequirementOperator,
    /// What it is compared with.
    pub values: Vec<Arc<str>>,
    /// Where it is written: the value; with several values on several lines, or none, the key's.
    pub span: Span,
    /// Where the label is written.
    pub key_span: Span,
}

/// The comparison of a [`Requirement`], as in Kubernetes' node selector terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequirementOperator {
    /// The label is one of the values.
    In,
    /// The label is absent or none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
    /// The label is an integer greater than the value.
    Gt,
    /// The label is an integer less than the value.
    Lt,
}

/// A taint that pods tolerate.
#[derive(Debug, Clone)]
pub struct Toleration {
    /// The taint's key; `None` tolerates every key.
    pub key: Option<Arc<str>>,
    /// The taint's value; `None` tolerates every value (`operator: Exists`).
    pub value: Option<Arc<str>>,
    /// The taint's effect; `None` tolerates every effect.
    pub effect: Option<Arc<str>>,
}

/// A container image.
#[derive(Debug, Clone)]
pub struct Image {
    /// As written.
    pub reference: Arc<str>,
    /// Where.
    pub span: Span,
}
