use std::collections::BTreeMap;

use super::*;
use crate::check::possible;
use crate::model::{AgentPool, Presence, Writer};
use crate::source::{FileId, Span};
use crate::value::{Atom, Provenance, Reason, Value};

fn pool(fields: &[(PoolField, Value)]) -> AgentPool {
    AgentPool {
        address: "pool".to_owned(),
        writer: Writer::Bicep,
        span: Span::new(FileId(0), 0, 0),
        also: Vec::new(),
        scope: Arc::from(""),
        entry: None,
        scenario: None,
        presence: Presence::always(),
        cluster: None,
        fields: fields.iter().cloned().collect(),
        initial_only: Vec::new(),
        facts: Default::default(),
    }
}

fn text(text: &str) -> Value {
    Value::string(text, Provenance::nowhere())
}

fn unknown_value(prefix: &str) -> Value {
    let certain = Certain {
        prefix: Some(Arc::from(prefix)),
        min_length: prefix.len() + 4,
        max_length: Some(prefix.len() + 4),
        ..Certain::default()
    };
    Value::unknown(Atom::new("x", "x"), Reason::NoValue("x".into()), certain, Provenance::nowhere())
}

fn labels(entries: &[(&str, &str)]) -> Value {
    let entries: BTreeMap<_, _> = entries.iter().map(|(key, value)| (Arc::from(*key), text(value))).collect();
    Value::new(Node::map(entries), Provenance::nowhere())
}

/// The label in the only world there is: its value, `-` for none, `?` for not known.
fn label(pool: &AgentPool, key: &str) -> String {
    let seen = std::cell::RefCell::new(Vec::new());
    possible(&Fleet::default(), pool, |view| {
        seen.borrow_mut().push(match view.label(key) {
            Field::Known(value) => value.to_string(),
            Field::Unset => "-".to_owned(),
            Field::Unknown(_) => "?".to_owned(),
        });
        false
    });
    seen.into_inner().join(" or ")
}

fn requirement(key: &str, operator: RequirementOperator, values: &[&str]) -> Requirement {
    let values = values.iter().map(|value| Arc::from(*value)).collect();
    Requirement {
        key: Arc::from(key),
        operator,
        values,
        span: Span::new(FileId(0), 0, 0),
        key_span: Span::new(FileId(0), 0, 0),
    }
}

fn holds(operator: RequirementOperator, values: &[&str], label: &Field<Arc<str>>) -> Fit {
    requirement("k", operator, values).holds(label)
}

#[test]
fn in_wants_one_of_the_values_and_not_in_takes_absence_too() {
    use RequirementOperator::{In, NotIn};
    let a = known("a");
    assert_eq!(holds(In, &["a", "b"], &a), Fit::Yes);
    assert_eq!(holds(In, &["A", "b"], &a), Fit::No);
    assert_eq!(holds(In, &["a"], &Field::Unset), Fit::No);
    assert_eq!(holds(In, &["a"], &unknown()), Fit::May);
    assert_eq!(holds(NotIn, &["a", "b"], &a), Fit::No);
    assert_eq!(holds(NotIn, &["b"], &a), Fit::Yes);
    assert_eq!(holds(NotIn, &["a"], &Field::Unset), Fit::Yes);
    assert_eq!(holds(NotIn, &["a"], &unknown()), Fit::May);
}

#[test]
fn exists_and_does_not_exist_are_opposites() {
    use RequirementOperator::{DoesNotExist, Exists};
    for (label, fit) in [(known(""), Fit::Yes), (Field::Unset, Fit::No), (unknown(), Fit::May)] {
        assert_eq!(holds(Exists, &[], &label), fit);
        assert_eq!(holds(DoesNotExist, &[], &label), not(fit));
    }
}

#[test]
fn gt_and_lt_compare_integers_only() {
    use RequirementOperator::{Gt, Lt};
    assert_eq!(holds(Gt, &["9"], &known("10")), Fit::Yes);
    assert_eq!(holds(Gt, &["10"], &known("10")), Fit::No);
    assert_eq!(holds(Lt, &["10"], &known("9")), Fit::Yes);
    assert_eq!(holds(Lt, &["10"], &known("ten")), Fit::No);
    assert_eq!(holds(Gt, &["1"], &Field::Unset), Fit::No);
    assert_eq!(holds(Gt, &["1"], &unknown()), Fit::May);
}

#[test]
fn an_unknown_name_may_be_only_what_its_certain_part_allows() {
    let pool = pool(&[(PoolField::Name, unknown_value("web"))]);
    let fit = |value: &str| {
        let wanted = requirement("agentpool", RequirementOperator::In, &[value]);
        possible(&Fleet::default(), &pool, |view| wanted.fit(view) == Fit::May)
    };
    assert!(fit("webx1y2"));
    assert!(!fit("web"));
    assert!(!fit("batchxy"));
}

#[test]
fn a_linux_pool_with_defaults_has_the_labels_of_its_size_and_mode() {
    let pool = pool(&[(PoolField::Name, text("batch")), (PoolField::VmSize, text("standard_d4s_v5"))]);
    for (key, value) in [
        ("kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/arch", "amd64"),
        ("node.kubernetes.io/instance-type", "Standard_D4s_v5"),
        ("beta.kubernetes.io/instance-type", "Standard_D4s_v5"),
        ("agentpool", "batch"),
        ("kubernetes.azure.com/agentpool", "batch"),
        ("kubernetes.azure.com/mode", "user"),
        ("kubernetes.azure.com/role", "agent"),
        ("kubernetes.azure.com/scalesetpriority", "-"),
        ("kubernetes.azure.com/priority", "regular"),
        ("kubernetes.azure.com/os-sku", "Ubuntu"),
        ("kubernetes.azure.com/fips_enabled", "-"),
        ("kubernetes.azure.com/accelerator", "-"),
        ("node.kubernetes.io/windows-build", "-"),
        ("accelerator", "-"),
        ("workload", "-"),
        ("example.com/team", "-"),
    ] {
        assert_eq!(label(&pool, key), value, "{key}");
    }
}

#[test]
fn a_windows_spot_pool_has_the_labels_of_its_os_and_priority() {
    let pool = pool(&[
        (PoolField::OsType, text("windows")),
        (PoolField::OsSku, text("windows2022")),
        (PoolField::Mode, text("User")),
        (PoolField::ScaleSetPriority, text("Spot")),
    ]);
    for (key, value) in [
        ("kubernetes.io/os", "windows"),
        ("kubernetes.azure.com/os-sku", "Windows2022"),
        ("kubernetes.azure.com/scalesetpriority", "spot"),
        ("kubernetes.azure.com/priority", "spot"),
        ("node.kubernetes.io/windows-build", "10.0.20348"),
    ] {
        assert_eq!(label(&pool, key), value, "{key}");
    }
}

#[test]
fn what_cannot_be_worked_out_is_unknown() {
    let plain = pool(&[(PoolField::VmSize, text("Standard_NC6s_v3"))]);
    for key in [
        "agentpool",
        "accelerator",
        "kubernetes.azure.com/accelerator",
        "kubernetes.azure.com/os-sku-requested",
        "kubernetes.azure.com/os-sku-effective",
        "kubernetes.azure.com/cluster",
        "kubernetes.azure.com/new-one",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/zone",
        "node-role.kubernetes.io/agent",
        "example.k8s.io/x",
        "storagetier",
    ] {
        assert_eq!(label(&plain, key), "?", "{key}");
    }
    let exotic = pool(&[(PoolField::VmSize, text("Standard_Q99_v9")), (PoolField::OsSku, text("Flatcar"))]);
    assert_eq!(label(&exotic, "kubernetes.io/arch"), "?");
    assert_eq!(label(&exotic, "kubernetes.azure.com/os-sku"), "?");
    let several =
        pool(&[(PoolField::VmSize, text("Standard_D4s_v5")), (PoolField::Type, text("VirtualMachines"))]);
    assert_eq!(label(&several, "node.kubernetes.io/instance-type"), "?");
}

#[test]
fn a_versioned_linux_sku_in_a_selector_may_match_its_family_and_a_windows_sku_does_not() {
    let pool = pool(&[(PoolField::OsSku, text("Ubuntu2204"))]);
    let fit = |value: &str| {
        let wanted = requirement("kubernetes.azure.com/os-sku", RequirementOperator::In, &[value]);
        [Fit::No, Fit::May, Fit::Yes]
            .into_iter()
            .find(|fit| possible(&Fleet::default(), &pool, |view| wanted.fit(view) == *fit))
    };
    assert_eq!(fit("Ubuntu"), Some(Fit::Yes));
    assert_eq!(fit("Ubuntu2204"), Some(Fit::May));
    assert_eq!(fit("ubuntu"), Some(Fit::May));
    assert_eq!(fit("AzureLinux"), Some(Fit::No));
    assert_eq!(fit("Windows2022"), Some(Fit::No));
}

#[test]
fn a_pools_own_labels_are_known_unless_they_are_open_or_left_to_others() {
    let mut own = pool(&[(PoolField::NodeLabels, labels(&[("workload", "gpu"), ("accelerator", "nvidia")]))]);
    assert_eq!(label(&own, "workload"), "gpu");
    assert_eq!(label(&own, "accelerator"), "nvidia");
    assert_eq!(label(&own, "Workload"), "-");
    own.initial_only.push(PoolField::NodeLabels);
    assert_eq!(label(&own, "workload"), "?");
    let open = pool(&[(PoolField::NodeLabels, unknown_value(""))]);
    assert_eq!(label(&open, "workload"), "?");
    assert_eq!(label(&open, "kubernetes.io/os"), "linux");
}

#[test]
fn labels_of_domains_that_no_pool_uses_are_set_by_others() {
    let keys = BTreeSet::from([Arc::from("example.com/team")]);
    let by_others = |key: &str, value: &str| {
        is_set_by_others(&requirement(key, RequirementOperator::In, &[value]), &keys)
    };
    assert!(by_others("nvidia.com/gpu.present", "true"));
    assert!(by_others("cloud.google.com/gke-nodepool", "a"));
    assert!(by_others("minikube.k8s.io/name", "a"));
    assert!(by_others("node-role.kubernetes.io/worker", ""));
    assert!(by_others("node.kubernetes.io/instance-type", "m5.large"));
    assert!(by_others("type", "virtual-kubelet"));
    assert!(!by_others("example.com/team", "a"));
    assert!(!by_others("kubernetes.azure.com/mode", "user"));
    assert!(!by_others("kubernetes.io/os", "linux"));
    assert!(!by_others("node.kubernetes.io/instance-type", "Standard_D4s_v5"));
    assert!(!by_others("type", "web"));
    assert!(!is_set_by_others(&requirement("karpenter.sh/x", RequirementOperator::DoesNotExist, &[]), &keys));
}
