//! Windows Server 2019, which has no Gen2 image, on a size that boots only Gen2.

use super::common::{
    advise_gen1_size, advise_header, advise_windows2025, boots_gen2_only, runs_windows, spelled,
    written_os_sku,
};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "Windows2019NotSupportedWithGen2VM",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "Windows Server 2019 on a VM size that boots only Gen2",
    url: Some(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/nodepools-not-upgraded-to-gen2-during-node-image-upgrade",
    ),
    outranks: &["Windows2019NotSupportedWithK8s133", "Windows2019Retired", "OsSkuVersionWindow"],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows2019_not_supported_with_gen2_vm.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let size = pool.vm_size().known()?.clone();
    if !boots_gen2_only(pool.facts(), &size) || !runs_windows(pool, "Windows2019") {
        return None;
    }
    let no_image = "Windows Server 2019 has no Gen2 image";
    let only_gen2 = "boots only Gen2";
    let (name, blame, label, also) = match written_os_sku(pool) {
        Some(os_sku) => (
            format!("`{os_sku}`"),
            Blame::Pool(PoolField::OsSku),
            no_image.to_owned(),
            (Blame::Pool(PoolField::VmSize), only_gen2.to_owned()),
        ),
        // Without an OS SKU there is no line of it to edit; the version decides, and the size is written.
        None => (
            "`Windows2019`, the default before Kubernetes 1.25,".to_owned(),
            Blame::Pool(PoolField::VmSize),
            only_gen2.to_owned(),
            (Blame::Pool(PoolField::OrchestratorVersion), "takes Windows Server 2019 by default".to_owned()),
        ),
    };
    let os_sku = spelled(pool.writer(), PoolField::OsSku);
    let mut fix = format!(
        "{} and {os_sku} to \"Windows2022\" in a new pool: setting only {os_sku}, as Azure's message advises, fails \
         on this size too.",
        advise_gen1_size(pool, &size)
    );
    if let Some(advice) = advise_windows2025(pool) {
        fix = format!("{fix} Or keep the size: {advice}");
    }
    fix = format!("{fix} {}", advise_header(pool));
    Some(Finding {
        message: format!("runs {name} on `{size}`, a Gen2-only VM size"),
        why: format!(
            "The size boots only Gen2 images and Windows Server 2019 has none, so AKS rejects the pool \
             (ErrorCode_Windows2019NotSupportedWithGen2VM: \"{size} is a Gen 2-only VM. Windows2019 does not support \
             Gen 2 VMs\")."
        ),
        fix,
        blame,
        label,
        also: vec![also],
        severity: None,
        change: None,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    #[test]
    fn windows_2019_on_a_gen2_only_size_is_blamed_on_the_os_sku() {
        let found =
            Pool::windows().with("os_sku", "Windows2019").with("vm_size", "Standard_D4s_v6").only(&RULE);
        assert_eq!((found.severity, found.at, found.labels), (Severity::Error, "os_sku", vec!["vm_size"]));
        assert!(found.fix.contains("Standard_D4s_v5"), "{}", found.fix);
    }

    #[test]
    fn an_old_version_takes_it_by_default_and_the_size_is_blamed() {
        let found = Pool::windows()
            .with("orchestrator_version", "1.24.9")
            .with("vm_size", "Standard_D4s_v6")
            .only(&RULE);
        assert_eq!((found.at, found.labels), ("vm_size", vec!["orchestrator_version"]));
    }

    #[test]
    fn sizes_with_gen1_and_unknown_fields_are_silent() {
        Pool::windows().with("os_sku", "Windows2019").with("vm_size", "Standard_D4s_v5").silent(&RULE);
        Pool::windows().with("os_sku", "Windows2019").unknown("vm_size").silent(&RULE);
        Pool::windows().unknown("os_sku").with("vm_size", "Standard_D4s_v6").silent(&RULE);
    }

    #[test]
    fn one_condition_behind_both_fields_does_not_fire_where_they_fit() {
        let pool = || Pool::windows().either("os_sku", "var.old", "Windows2019", "Windows2022");
        pool().either("vm_size", "var.old", "Standard_D4s_v5", "Standard_D4s_v6").silent(&RULE);
        let found = pool().with("vm_size", "Standard_D4s_v6").only(&RULE);
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(found.assumptions, ["`var.old` is true"]);
    }

    #[test]
    fn it_covers_the_other_findings_about_windows_2019() {
        let pool = Pool::windows()
            .with("os_sku", "Windows2019")
            .with("vm_size", "Standard_D4s_v6")
            .with("orchestrator_version", "1.34");
        let found = pool.all();
        assert_eq!(found.iter().map(|found| found.rule).collect::<Vec<_>>(), [RULE.id]);
        assert_eq!(found[0].notes.len(), 3, "{:?}", found[0].notes);
    }
}
