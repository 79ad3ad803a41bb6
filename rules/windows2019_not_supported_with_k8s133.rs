//! Windows Server 2019 on Kubernetes 1.33 or later.

use super::common::{advise_off_windows2019, runs_windows, written_os_sku, written_version};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "Windows2019NotSupportedWithK8s133",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "Windows Server 2019 on Kubernetes 1.33 or later",
    url: Some("https://learn.microsoft.com/azure/aks/upgrade-windows-os"),
    outranks: &["Windows2019Retired", "OsSkuVersionWindow"],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows2019_not_supported_with_k8s133.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let os_sku = written_os_sku(pool)?;
    if !runs_windows(pool, "Windows2019") {
        return None;
    }
    let (version, minor) = written_version(pool)?;
    let last = pool.facts().os_sku("Windows2019")?.k8s_max?;
    if minor <= last {
        return None;
    }
    Some(Finding {
        message: format!("runs `{os_sku}` on Kubernetes `{version}`"),
        why: format!(
            "Kubernetes {last} is the last version that AKS offers with Windows Server 2019; it rejects the pool on \
             {minor}, and an upgrade of the cluster to {minor} leaves the pool behind."
        ),
        fix: advise_off_windows2019(pool),
        blame: Blame::Pool(PoolField::OsSku),
        label: format!("not available after Kubernetes {last}"),
        also: vec![(Blame::Pool(PoolField::OrchestratorVersion), "the pool's Kubernetes version".to_owned())],
        severity: None,
        change: None,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn windows2019() -> Pool {
        Pool::windows().with("os_sku", "Windows2019")
    }

    #[test]
    fn version_1_33_with_or_without_a_patch_is_too_new() {
        for version in ["1.33", "1.33.5", "1.36.1"] {
            let found = windows2019().with("orchestrator_version", version).only(&RULE);
            assert_eq!((found.severity, found.at), (Severity::Error, "os_sku"));
            assert_eq!(found.labels, ["orchestrator_version"]);
        }
    }

    #[test]
    fn older_and_unknown_versions_are_silent() {
        windows2019().with("orchestrator_version", "1.32.9").silent(&RULE);
        windows2019().unknown("orchestrator_version").silent(&RULE);
        windows2019().silent(&RULE);
    }

    #[test]
    fn a_version_that_depends_on_a_condition_is_a_warning() {
        let found = windows2019().either("orchestrator_version", "var.new", "1.34", "1.32").only(&RULE);
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(found.assumptions, ["`var.new` is true"]);
    }
}
