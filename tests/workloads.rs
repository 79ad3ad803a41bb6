//! The rules about workloads: manifests as written against pools as the adapters give them.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::BTreeMap;
use std::sync::Arc;

use akslint::check;
use akslint::diagnostic::{Diagnostic, Severity};
use akslint::facts::Date;
use akslint::model::{AgentPool, Cluster, Fleet, PoolField, Presence, Writer};
use akslint::resolve::kubernetes;
use akslint::rules::{Context, Rule};
use akslint::source::{FileId, Span};
use akslint::value::{Alternative, Atom, Certain, Node, Provenance, Reason, Region, Scalar, Value};

const MANIFEST: FileId = FileId(0);
const POOLS: FileId = FileId(1);

/// A Pod with these lines in its spec.
fn pod(lines: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - image: web:1\n{lines}"
    )
}

fn selecting(selector: &str) -> String {
    pod(&format!("  nodeSelector: {{{selector}}}\n"))
}

fn image(reference: &str) -> String {
    pod("").replace("web:1", reference)
}

fn text(text: &str) -> Value {
    Value::string(text, Provenance::nowhere())
}

fn unknown() -> Value {
    Value::unknown(
        Atom::new("u", "var.u"),
        Reason::NoValue("u".into()),
        Certain::default(),
        Provenance::nowhere(),
    )
}

/// `then` if `var.flag`, else `otherwise`.
fn choice(then: &str, otherwise: &str) -> Value {
    let flag = Atom::boolean("flag", "var.flag");
    let alternative = |literal, text: &str| Alternative {
        region: Region::is(&flag, Scalar::Bool(literal)).unwrap(),
        node: Node::string(text),
        provenance: Provenance::nowhere(),
    };
    Value::from_alternatives(vec![alternative(true, then), alternative(false, otherwise)])
}

fn labels(entries: &[(&str, &str)]) -> Value {
    let entries: BTreeMap<_, _> = entries
        .iter()
        .map(|(key, value)| {
            (Arc::from(*key), Value::string(value, Provenance::written(Span::new(POOLS, 80, 85))))
        })
        .collect();
    Value::new(Node::map(entries), Provenance::nowhere())
}

fn pool(name: &str, fields: &[(PoolField, Value)]) -> AgentPool {
    let mut fields: BTreeMap<PoolField, Value> = fields.iter().cloned().collect();
    let written = Value::string(name, Provenance::written(Span::new(POOLS, 10, 20)));
    fields.entry(PoolField::Name).or_insert(written);
    AgentPool {
        address: name.to_owned(),
        writer: Writer::Bicep,
        span: Span::new(POOLS, 0, 100),
        also: Vec::new(),
        scope: Arc::from(""),
        entry: None,
        scenario: None,
        presence: Presence::always(),
        cluster: Some(0),
        fields,
        initial_only: Vec::new(),
        facts: Default::default(),
    }
}

fn labelled(name: &str, entries: &[(&str, &str)]) -> AgentPool {
    pool(name, &[(PoolField::NodeLabels, labels(entries))])
}

fn windows(name: &str, os_sku: Value) -> AgentPool {
    pool(name, &[(PoolField::OsType, text("Windows")), (PoolField::OsSku, os_sku)])
}

fn cluster() -> Cluster {
    Cluster {
        address: "main".to_owned(),
        writer: Writer::Bicep,
        span: Span::new(POOLS, 0, 5),
        scope: Arc::from(""),
        scenario: None,
        presence: Presence::always(),
        fields: BTreeMap::new(),
        initial_only: Vec::new(),
        facts: Default::default(),
        open: None,
        unlisted: None,
    }
}

/// One closed cluster with these pools.
fn fleet(pools: Vec<AgentPool>) -> Fleet {
    Fleet { clusters: vec![cluster()], pools, ..Fleet::default() }
}

fn run(rule: &str, fleet: &Fleet, manifest: &str) -> Vec<Diagnostic> {
    let read = kubernetes::workloads(MANIFEST, manifest);
    assert!(read.errors.is_empty() && !read.workloads.is_empty(), "{read:?}");
    let fleet = Fleet { workloads: read.workloads, ..fleet.clone() };
    let context = Context { as_of: Date::new(2026, 11, 20).unwrap(), retirement_horizon_days: 180 };
    check::run(&fleet, &[Rule::find(rule).unwrap()], &context, &Bare).diagnostics
}

/// The findings: severity and what is said at the primary span.
fn selector(pools: Vec<AgentPool>, manifest: &str) -> Vec<(Severity, String)> {
    found("NodeSelectorUnsatisfiable", &fleet(pools), manifest)
}

fn mismatch(pools: Vec<AgentPool>, manifest: &str) -> Vec<(Severity, String)> {
    found("WindowsImageOsMismatch", &fleet(pools), manifest)
}

fn found(rule: &str, fleet: &Fleet, manifest: &str) -> Vec<(Severity, String)> {
    run(rule, fleet, manifest).into_iter().map(|found| (found.severity, found.primary.message)).collect()
}

fn error(text: &str) -> Vec<(Severity, String)> {
    vec![(Severity::Error, text.to_owned())]
}

fn warning(text: &str) -> Vec<(Severity, String)> {
    vec![(Severity::Warning, text.to_owned())]
}

const SILENT: [(Severity, String); 0] = [];

#[test]
fn a_value_that_no_pool_has_is_found_at_the_value_with_the_values_there_are() {
    let manifest = selecting("workload: gpu");
    let fleet = fleet(vec![pool("system", &[]), labelled("batch", &[("workload", "batch")])]);
    let found = run("NodeSelectorUnsatisfiable", &fleet, &manifest);
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(found.message, "Pod `web` can run on no agent pool: none has `workload: gpu`");
    let primary = found.primary.span;
    assert_eq!(&manifest[primary.start as usize..primary.end as usize], "gpu");
    assert_eq!(found.primary.message, "no agent pool has `workload: gpu`");
    let labels: Vec<(Span, &str)> =
        found.labels.iter().map(|label| (label.span, label.message.as_str())).collect();
    assert_eq!(labels, [(Span::new(POOLS, 80, 85), "agent pool `batch` has `workload: batch`")]);
    assert_eq!(
        found.fix,
        "Ask for a value that an agent pool has (`batch`), or add this one to the node_labels of a pool."
    );
}

#[test]
fn a_slip_in_a_pools_name_is_put_right() {
    let pools = || vec![pool("system", &[]), pool("batch", &[])];
    let slip = "no agent pool has `agentpool: sytem`; did you mean `system`?";
    assert_eq!(selector(pools(), &selecting("agentpool: sytem")), error(slip));
    assert_eq!(selector(pools(), &selecting("kubernetes.azure.com/agentpool: batch")), SILENT);
}

#[test]
fn a_slip_in_a_labels_key_is_a_warning_if_the_value_fits() {
    let pools = || vec![labelled("batch", &[("workload", "batch")])];
    let slip = "no agent pool has `worklod: batch`; did you mean `workload`?";
    assert_eq!(selector(pools(), &selecting("worklod: batch")), warning(slip));
    assert_eq!(selector(pools(), &selecting("worklod: web")), SILENT);
    assert_eq!(selector(pools(), &selecting("tier: batch")), SILENT);
}

#[test]
fn without_evidence_that_the_workload_is_meant_for_these_clusters_it_is_silent() {
    let pools = || vec![labelled("batch", &[("workload", "batch")])];
    for manifest in [
        "kubernetes.io/os: windows",
        "disktype: ssd",
        "kubernetes.io/arch: arm64",
        "kubernetes.azure.com/cluster: any, kubernetes.io/os: windows",
        "kubernetes.azure.com/role: agent, disktype: ssd",
    ] {
        assert_eq!(selector(pools(), &selecting(manifest)), SILENT, "{manifest}");
    }
    let other_cloud = "workload: gpu, cloud.google.com/gke-nodepool: a";
    assert_eq!(selector(pools(), &selecting(other_cloud)), SILENT);
    assert_eq!(
        selector(pools(), &selecting("workload: gpu, node.kubernetes.io/instance-type: m5.large")),
        SILENT
    );
}

#[test]
fn a_label_that_a_pool_has_is_evidence_for_the_rest() {
    let pools = || vec![pool("web", &[(PoolField::VmSize, text("Standard_D4s_v5"))])];
    let arm = "no agent pool has `kubernetes.io/arch: arm64`";
    assert_eq!(selector(pools(), &selecting("agentpool: web, kubernetes.io/arch: arm64")), error(arm));
    let disk = "no agent pool has `disktype: ssd`";
    assert_eq!(selector(pools(), &selecting("agentpool: web, disktype: ssd")), warning(disk));
}

#[test]
fn labels_that_no_pool_has_together_are_found_with_the_closest_pool() {
    let pools = vec![labelled("web", &[("workload", "web")]), windows("win", text("Windows2022"))];
    let found = run(
        "NodeSelectorUnsatisfiable",
        &fleet(pools),
        &selecting("workload: web, kubernetes.io/os: windows"),
    );
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        found.primary.message,
        "no agent pool that satisfies the rest has `kubernetes.io/os: windows`"
    );
    assert_eq!(found.labels[0].message, "agent pool `web` satisfies other requirements, but not this one");
}

#[test]
fn labels_that_aks_sets_are_known() {
    let pools = || vec![pool("system", &[(PoolField::Mode, text("System"))])];
    for (manifest, silent) in [
        ("kubernetes.azure.com/mode: system", true),
        ("kubernetes.azure.com/mode: System", false),
        ("kubernetes.azure.com/mode: user", false),
        ("kubernetes.azure.com/scalesetpriority: regular", false),
        ("kubernetes.azure.com/scalesetpriority: spot", false),
        ("kubernetes.azure.com/os-sku: Ubuntu", true),
        ("kubernetes.azure.com/os-sku: Ubuntu2204", true),
        ("kubernetes.azure.com/os-sku: Windows2022", false),
        ("kubernetes.azure.com/os-sku-effective: Ubuntu2204", true),
        ("kubernetes.azure.com/cluster: anything", true),
        ("kubernetes.azure.com/not-in-the-table: anything", true),
        ("agentpool: system, topology.kubernetes.io/zone: westeurope-1", true),
    ] {
        assert_eq!(selector(pools(), &selecting(manifest)).is_empty(), silent, "{manifest}");
    }
}

#[test]
fn affinity_fails_only_if_every_term_does() {
    let affinity = |terms: &str| {
        pod(&format!(
            "  affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{terms}]}}}}}}\n"
        ))
    };
    let term = |key: &str, operator: &str, values: &str| {
        format!("{{matchExpressions: [{{key: {key}, operator: {operator}, values: [{values}]}}]}}")
    };
    let pools = || vec![labelled("batch", &[("workload", "batch"), ("size", "4")])];
    let (bad, good) = (term("workload", "In", "gpu, tpu"), term("workload", "In", "batch"));
    let lacking = "no agent pool has `workload` as one of `gpu`, `tpu`";
    assert_eq!(selector(pools(), &affinity(&bad)), error(lacking));
    assert_eq!(selector(pools(), &affinity(&format!("{bad}, {good}"))), SILENT);
    let other = term("agentpool", "In", "nowhere");
    assert_eq!(selector(pools(), &affinity(&format!("{bad}, {other}"))), error(lacking));
    // One of the terms fails for a reason that is no evidence.
    let elsewhere = term("disktype", "In", "ssd");
    assert_eq!(selector(pools(), &affinity(&format!("{bad}, {elsewhere}"))), SILENT);
    for (operator, values, silent) in [
        ("Exists", "", true),
        ("NotIn", "batch", true),
        ("Gt", "'3'", true),
        ("Gt", "'4'", false),
        ("Lt", "'4'", false),
    ] {
        let findings = selector(pools(), &affinity(&term("size", operator, values)));
        assert_eq!(findings.is_empty(), silent, "{operator} {values}");
    }
}

#[test]
fn what_is_not_known_of_a_pool_may_satisfy() {
    let manifest = selecting("agentpool: batch, workload: gpu");
    let batch = |labels: Value| vec![pool("batch", &[(PoolField::NodeLabels, labels)])];
    assert_eq!(selector(batch(labels(&[("workload", "web")])), &manifest).len(), 1);
    assert_eq!(selector(batch(unknown()), &manifest), SILENT);
    assert_eq!(
        selector(vec![pool("x", &[(PoolField::Name, unknown())])], &selecting("agentpool: gpu")),
        SILENT
    );
    let mut left_to_others = batch(labels(&[("workload", "web")]));
    left_to_others[0].initial_only.push(PoolField::NodeLabels);
    assert_eq!(selector(left_to_others, &manifest), SILENT);
}

#[test]
fn a_pool_that_satisfies_in_some_world_is_enough() {
    let named = |name| vec![pool("x", &[(PoolField::Name, name)])];
    assert_eq!(selector(named(choice("gpu", "batch")), &selecting("agentpool: gpu")), SILENT);
    assert_eq!(selector(named(choice("web", "batch")), &selecting("agentpool: gpu")).len(), 1);
    let mut conditional = pool("gpu", &[]);
    let flag = Atom::boolean("flag", "var.flag");
    conditional.presence.regions = vec![Region::is(&flag, Scalar::Bool(true)).unwrap()];
    assert_eq!(selector(vec![pool("system", &[]), conditional], &selecting("agentpool: gpu")), SILENT);
}

#[test]
fn every_cluster_must_be_closed_and_any_of_them_may_satisfy() {
    let manifest = selecting("agentpool: gpu");
    let with = |second: &str, open: Option<&str>| {
        let mut fleet = fleet(vec![pool("system", &[]), AgentPool { cluster: Some(1), ..pool(second, &[]) }]);
        fleet.clusters.push(Cluster { open: open.map(Arc::from), ..cluster() });
        found("NodeSelectorUnsatisfiable", &fleet, &manifest).len()
    };
    assert_eq!(with("batch", None), 1);
    assert_eq!(with("gpu", None), 0);
    assert_eq!(with("batch", Some("node auto-provisioning adds nodes")), 0);
    let mut strays = fleet(vec![pool("system", &[])]);
    strays.pools[0].cluster = None;
    assert_eq!(found("NodeSelectorUnsatisfiable", &strays, &manifest), SILENT);
    assert_eq!(found("NodeSelectorUnsatisfiable", &Fleet::default(), &manifest), SILENT);
    assert_eq!(selector(Vec::new(), &manifest), SILENT);
}

#[test]
fn workloads_that_need_not_run_here_are_not_judged() {
    let pools = || vec![pool("system", &[])];
    let deployment = |kind: &str, more: &str| {
        format!(
            "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{{more} selector: {{}}, template: {{spec: {{nodeSelector: {{agentpool: gpu}}, containers: [{{image: a}}]}}}}}}\n"
        )
    };
    assert_eq!(selector(pools(), &deployment("Deployment", "")).len(), 1);
    assert_eq!(selector(pools(), &deployment("Deployment", "replicas: 0,")), SILENT);
    assert_eq!(selector(pools(), &deployment("DaemonSet", "")), SILENT);
    for lines in [
        "  runtimeClassName: a\n",
        "  nodeName: a\n",
        "  tolerations: [{key: virtual-kubelet.io/provider}]\n",
    ] {
        assert_eq!(selector(pools(), &(selecting("agentpool: gpu") + lines)), SILENT, "{lines}");
    }
}

#[test]
fn an_image_for_another_windows_is_found_at_the_image_with_the_pool() {
    let manifest = image("registry.example/web:ltsc2019");
    let fleet = fleet(vec![pool("system", &[]), windows("win", text("Windows2022"))]);
    let found = run("WindowsImageOsMismatch", &fleet, &manifest);
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(found.severity, Severity::Error);
    assert_eq!(
        found.message,
        "Pod `web` runs an image for Windows build 17763 (`ltsc2019`), but can land only on `Windows2022` nodes"
    );
    let primary = found.primary.span;
    assert_eq!(&manifest[primary.start as usize..primary.end as usize], "registry.example/web:ltsc2019");
    assert_eq!(found.primary.message, "`ltsc2019` does not run on `Windows2022`");
    let labels: Vec<(Span, &str)> =
        found.labels.iter().map(|label| (label.span, label.message.as_str())).collect();
    assert_eq!(labels, [(Span::new(POOLS, 0, 100), "agent pool `win` runs Windows2022")]);
}

#[test]
fn images_run_on_the_hosts_that_the_facts_name() {
    for (os_sku, tag, silent) in [
        ("Windows2019", "ltsc2019", true),
        ("Windows2019", "ltsc2022", false),
        ("Windows2022", "ltsc2022", true),
        ("Windows2022", "ltsc2025", false),
        ("Windows2025", "ltsc2022", true),
        ("Windows2025", "ltsc2025", true),
        ("Windows2025", "ltsc2019", false),
        ("Windows2022", "1.0", true),
        ("Windows2099", "ltsc2019", true),
    ] {
        let findings = mismatch(vec![windows("win", text(os_sku))], &image(&format!("web:{tag}")));
        assert_eq!(findings.is_empty(), silent, "{tag} on {os_sku}");
    }
}

#[test]
fn without_a_windows_pool_or_with_one_that_may_run_the_image_it_is_silent() {
    let manifest = image("web:ltsc2019");
    assert_eq!(mismatch(vec![pool("system", &[])], &manifest), SILENT);
    assert_eq!(
        mismatch(vec![windows("a", text("Windows2022")), windows("b", text("Windows2019"))], &manifest),
        SILENT
    );
    assert_eq!(mismatch(vec![windows("a", text("Windows2022")), windows("b", unknown())], &manifest), SILENT);
    assert_eq!(mismatch(vec![windows("a", choice("Windows2019", "Windows2022"))], &manifest), SILENT);
    assert_eq!(
        mismatch(
            vec![windows("a", text("Windows2022")), pool("b", &[(PoolField::OsType, unknown())])],
            &manifest
        ),
        SILENT
    );
    let mut open = fleet(vec![windows("a", text("Windows2022"))]);
    assert_eq!(found("WindowsImageOsMismatch", &open, &manifest).len(), 1);
    open.clusters[0].open = Some("data source".into());
    assert_eq!(found("WindowsImageOsMismatch", &open, &manifest), SILENT);
}

#[test]
fn only_pools_that_the_selector_can_choose_count() {
    let pools = || vec![windows("old", text("Windows2019")), windows("new", text("Windows2022"))];
    let choosing = |selector: &str| image("web:ltsc2019") + &format!("  nodeSelector: {{{selector}}}\n");
    assert_eq!(mismatch(pools(), &choosing("agentpool: new")).len(), 1);
    assert_eq!(mismatch(pools(), &choosing("agentpool: old")), SILENT);
    assert_eq!(mismatch(pools(), &choosing("kubernetes.io/os: windows")), SILENT);
    assert_eq!(mismatch(pools(), &choosing("kubernetes.io/os: linux")), SILENT);
    assert_eq!(mismatch(pools(), &choosing("kubernetes.azure.com/os-sku: Windows2022")).len(), 1);
}

#[test]
fn a_pool_that_exists_or_matches_only_perhaps_makes_it_a_warning() {
    let label = "`ltsc2019` does not run on `Windows2022`";
    let mut conditional = windows("win", text("Windows2022"));
    let flag = Atom::boolean("flag", "var.flag");
    conditional.presence.regions = vec![Region::is(&flag, Scalar::Bool(true)).unwrap()];
    assert_eq!(mismatch(vec![conditional], &image("web:ltsc2019")), warning(label));
    let perhaps = image("web:ltsc2019") + "  nodeSelector: {topology.kubernetes.io/zone: westeurope-1}\n";
    assert_eq!(mismatch(vec![windows("win", text("Windows2022"))], &perhaps), warning(label));
}

#[test]
fn host_process_containers_run_on_any_windows() {
    let manifest = image("web:ltsc2019") + "  securityContext: {windowsOptions: {hostProcess: true}}\n";
    assert_eq!(mismatch(vec![windows("win", text("Windows2022"))], &manifest), SILENT);
}

/// Everything may be edited, and nobody configured anything.
struct Bare;

impl check::Ground for Bare {
    fn editable(&self, _: Span) -> bool {
        true
    }

    fn literal(&self, _: Span, _: &str, _to: &str) -> Option<String> {
        None
    }

    fn severity(&self, _: &Rule, _: Span, own: Severity) -> Option<Severity> {
        Some(own)
    }

    fn suppression(&self, _: &check::Subject<'_>) -> Option<akslint::diagnostic::Suppression> {
        None
    }

    fn clusters(&self, _: Span) -> Option<Vec<String>> {
        None
    }

    fn turned(&self) -> Option<&Fleet> {
        None
    }

    fn horizon(&self, _: Span) -> i64 {
        180
    }
}
