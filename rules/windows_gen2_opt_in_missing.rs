//! Windows Server 2022 on a size that boots only Gen2, without the header that selects a Gen2 image.

use super::common::{
    advise_gen1_size, advise_header, advise_windows2025, boots_gen2_only, change_vm_size, gen2_header,
    runs_windows, written_os_sku,
};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{Field, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "WindowsGen2OptInMissing",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "Windows Server 2022 on a Gen2-only VM size without the UseWindowsGen2VM request header",
    url: Some("https://learn.microsoft.com/azure/aks/generation-2-vms"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows_gen2_opt_in_missing.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let size = pool.vm_size().known()?.clone();
    if !boots_gen2_only(pool.facts(), &size) || gen2_header(pool)? {
        return None;
    }
    let any_default = takes_any_default(pool);
    if !any_default && !runs_windows(pool, "Windows2022") {
        return None;
    }
    // A pool made from a snapshot gets the snapshot's image, of whatever generation that is. Its id is mostly one that
    // only the deployment gives.
    if pool.text(PoolField::SnapshotId) != Field::Unset {
        return None;
    }
    let os_sku = written_os_sku(pool);
    let name = match &os_sku {
        Some(os_sku) => format!("`{os_sku}`"),
        None if any_default => "the default release of Windows".to_owned(),
        None => "`Windows2022`, the default,".to_owned(),
    };
    let mut also = vec![(
        Blame::Pool(PoolField::OsSku),
        match &os_sku {
            Some(_) => "gets a Gen1 image unless the request asks for Gen2".to_owned(),
            None if any_default => "no OS SKU is written: AKS takes the default of the version".to_owned(),
            None => "no OS SKU is written: AKS takes Windows2022, with a Gen1 image".to_owned(),
        },
    )];
    if let Field::Known(value) = pool.entry(PoolField::RequestHeaders, "UseWindowsGen2VM") {
        let message = format!("the header selects Gen2 if it is \"true\", not \"{value}\"");
        also.push((Blame::Pool(PoolField::RequestHeaders), message));
    }
    let mut fix = format!("{}.", advise_gen1_size(pool, &size));
    if let Some(advice) = advise_windows2025(pool) {
        fix = format!("{fix} Or change the OS: {advice}");
    }
    fix = format!("{fix} {}", advise_header(pool));
    Some(Finding {
        message: format!("runs {name} on `{size}`, a Gen2-only VM size, without asking for a Gen2 image"),
        why: format!(
            "AKS gives Windows Server 2022 a Gen1 image unless the request carries the header \
             UseWindowsGen2VM=true. It accepts the pool; then creating the scale set fails with BadRequest: \"The \
             selected VM size '{size}' cannot boot Hypervisor Generation '1'\".{}",
            if any_default {
                " Of the releases that older and newer Kubernetes versions default to, Windows2019 has no Gen2 \
                 image at all, and Windows2025 is refused without FIPS."
            } else {
                ""
            }
        ),
        fix,
        blame: Blame::Pool(PoolField::VmSize),
        label: "boots only Gen2".to_owned(),
        also,
        severity: None,
        change: pool
            .facts()
            .twin_of_both_generations(&size)
            .map(|twin| change_vm_size(pool, &size, &twin.name)),
    })
}

/// Whether the pool leaves its OS SKU to AKS and the version does not tell which one that is. It fails with
/// each of them on a size that boots only Gen2: Windows2019 (to 1.24) and Windows2022 (from 1.25) get Gen1
/// images, Windows2025 (from 1.36 or 1.37) is rejected without FIPS. Source: `default_os_sku` of the facts.
fn takes_any_default(pool: &PoolView<'_>) -> bool {
    pool.is_windows()
        && pool.text(PoolField::OsSku) == Field::Unset
        && pool.effective_os_sku().known().is_none()
        && matches!(pool.bool(PoolField::EnableFips), Field::Unset | Field::Known(false))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::model::Writer;
    use crate::rules::testing::Pool;

    fn windows2022(vm_size: &str) -> Pool {
        Pool::windows().with("os_sku", "Windows2022").with("vm_size", vm_size)
    }

    #[test]
    fn a_gen2_only_size_without_the_header_is_blamed_on_the_size() {
        let found = windows2022("Standard_D4ads_v6").writer(Writer::Bicep).only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Error, "vm_size"));
        assert_eq!(found.labels, ["os_sku"]);
        assert!(
            found.fix.contains("Standard_D4ads_v5") && found.fix.contains("Windows2025"),
            "{}",
            found.fix
        );
        assert!(found.fix.ends_with("which Bicep cannot send."), "{}", found.fix);
    }

    #[test]
    fn azurerm_is_told_only_of_the_size() {
        let found = windows2022("Standard_D4s_v6").writer(Writer::Azurerm { major: Some(4) }).only(&RULE);
        assert_eq!(
            found.fix,
            "Set vm_size to \"Standard_D4s_v5\", which also boots Gen1. Windows Server 2022 on Gen2 needs the \
             UseWindowsGen2VM request header, which azurerm 4 cannot send."
        );
    }

    #[test]
    fn the_default_of_the_version_counts() {
        let pool = || Pool::windows().with("vm_size", "Standard_D4s_v6");
        assert_eq!(pool().with("orchestrator_version", "1.33").only(&RULE).at, "vm_size");
        pool().with("orchestrator_version", "1.37").silent(&RULE);
    }

    #[test]
    fn whatever_the_default_is_it_fails_unless_fips_lets_windows2025_in() {
        let pool = || Pool::windows().with("vm_size", "Standard_D4s_v6");
        for pool in [
            pool(),
            pool().with("orchestrator_version", "1.36"),
            pool().unknown("orchestrator_version"),
            pool().with("enable_fips", "false"),
        ] {
            let found = pool.only(&RULE);
            assert_eq!((found.severity, found.at), (Severity::Error, "vm_size"));
            assert!(found.message.contains("the default release of Windows"), "{}", found.message);
        }
        pool().with("enable_fips", "true").silent(&RULE);
        pool().unknown("enable_fips").silent(&RULE);
        pool().unknown("os_sku").silent(&RULE);
        Pool::windows().with("vm_size", "Standard_D4s_v5").silent(&RULE);
    }

    #[test]
    fn the_header_or_the_chance_of_it_is_silent() {
        windows2022("Standard_D4s_v6").header("usewindowsgen2vm", "True").silent(&RULE);
        windows2022("Standard_D4s_v6").unknown("request_headers").silent(&RULE);
        let found = windows2022("Standard_D4s_v6").header("UseWindowsGen2VM", "false").only(&RULE);
        assert_eq!(found.labels, ["os_sku", "request_headers"]);
    }

    #[test]
    fn what_cannot_be_known_to_fail_is_silent() {
        windows2022("Standard_D4s_v5").silent(&RULE);
        windows2022("Standard_Q9_v5").silent(&RULE);
        windows2022("Standard_DC4as_v5").silent(&RULE);
        windows2022("Standard_D4s_v6").with("snapshot_id", "/subscriptions/0/snapshots/s").silent(&RULE);
        windows2022("Standard_D4s_v6").unknown("snapshot_id").silent(&RULE);
        Pool::windows().with("os_sku", "Windows2022").unknown("vm_size").silent(&RULE);
        Pool::linux().with("os_sku", "Ubuntu").with("vm_size", "Standard_D4s_v6").silent(&RULE);
    }

    #[test]
    fn a_size_that_depends_on_a_condition_is_one_step_less_and_says_when() {
        let pool = Pool::windows().with("os_sku", "Windows2022");
        let found = pool.either("vm_size", "var.new", "Standard_D4s_v6", "Standard_D4s_v5").only(&RULE);
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(found.assumptions, ["`var.new` is true"]);
    }
}
