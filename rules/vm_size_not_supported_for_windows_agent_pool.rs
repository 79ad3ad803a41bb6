//! Windows on hardware that it has no image for.

use super::common::{change_vm_size, spelled};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::{Architecture, Confidential};
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "VMSizeNotSupportedForWindowsAgentPool",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "A Windows pool on an Arm64 or confidential VM size",
    url: Some("https://learn.microsoft.com/azure/aks/use-arm64-vms"),
    // Such sizes boot only Gen2, but a Gen2 image would not help.
    outranks: &["WindowsGen2OptInMissing", "Windows2019NotSupportedWithGen2VM"],
    checks: &[Check::AgentPool(check)],
    page: include_str!("vm_size_not_supported_for_windows_agent_pool.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let size = pool.vm_size().known()?.clone();
    // SGX sizes are ordinary machines with enclaves; nothing says that they refuse Windows.
    let confidential = pool.facts().vm_size(&size).and_then(|size| size.confidential);
    let (what, label) = match (pool.facts().architecture(&size), confidential) {
        (Some(Architecture::Arm64), _) => ("an Arm64 VM size", "an Arm64 size"),
        (_, Some(Confidential::Snp | Confidential::Tdx)) => ("a confidential VM size", "a confidential size"),
        _ => return None,
    };
    if !pool.is_windows() {
        return None;
    }
    let field = spelled(pool.writer(), PoolField::VmSize);
    let fix = match pool.facts().x64_twin(&size) {
        Some(twin) => format!("Set {field} to \"{}\", the same size on x64, in a new pool.", twin.name),
        None => format!("Set {field} to an x64 size that is not confidential, such as \"Standard_D4s_v5\"."),
    };
    Some(Finding {
        message: format!("runs Windows on `{size}`, {what}"),
        why: format!(
            "AKS has no Windows image for {label}: node pools of such sizes are Linux only, and AKS rejects this one \
             (VMSizeNotSupportedForWindowsAgentPool)."
        ),
        fix,
        blame: Blame::Pool(PoolField::VmSize),
        label: label.to_owned(),
        also: vec![(Blame::Pool(PoolField::OsType), "the pool runs Windows".to_owned())],
        severity: None,
        change: pool.facts().x64_twin(&size).map(|twin| change_vm_size(pool, &size, &twin.name)),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    #[test]
    fn windows_on_arm64_is_blamed_on_the_size() {
        let found = Pool::windows().with("vm_size", "Standard_D4pds_v6").only(&RULE);
        assert_eq!((found.severity, found.at, found.labels), (Severity::Error, "vm_size", vec!["os_type"]));
        assert!(found.fix.contains("Standard_D4ds_v5"), "{}", found.fix);
    }

    #[test]
    fn confidential_machines_run_no_windows_and_enclave_sizes_are_not_judged() {
        assert_eq!(Pool::windows().with("vm_size", "Standard_DC4as_v5").only(&RULE).at, "vm_size");
        Pool::windows().with("vm_size", "Standard_DC4s_v3").silent(&RULE);
    }

    #[test]
    fn linux_x64_and_the_unknown_are_silent() {
        Pool::linux().with("vm_size", "Standard_D4ps_v5").silent(&RULE);
        Pool::windows().with("vm_size", "Standard_D4s_v5").silent(&RULE);
        Pool::windows().unknown("vm_size").silent(&RULE);
        Pool::linux().unknown("os_type").with("vm_size", "Standard_D4ps_v5").silent(&RULE);
    }

    #[test]
    fn it_covers_what_is_said_about_the_generation() {
        let pool = Pool::windows().with("os_sku", "Windows2022").with("vm_size", "Standard_D4ps_v5");
        let found = pool.all();
        assert_eq!(found.iter().map(|found| found.rule).collect::<Vec<_>>(), [RULE.id]);
        assert_eq!(found[0].notes.len(), 1);
    }

    #[test]
    fn an_os_type_that_depends_on_a_condition_is_a_warning() {
        let pool = Pool::linux().with("vm_size", "Standard_D4ps_v5");
        let found = pool.either("os_type", "var.win", "Windows", "Linux").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
