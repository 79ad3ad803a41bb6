//! An OS that has only Gen2 images on a size that boots only Gen1.

use super::common::{change_vm_size, gen2_header, runs_windows, spelled, written_os_sku};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::{DefaultGeneration, Generations};
use crate::model::{Field, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "UnsupportedGen2VMSize",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "An OS with only a Gen2 image on a VM size that boots only Gen1",
    url: Some("https://learn.microsoft.com/azure/aks/node-images"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("unsupported_gen2_vm_size.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let size = pool.vm_size().known()?.clone();
    if pool.facts().generations(&size) != Some(Generations::Gen1Only) {
        return None;
    }
    let os_sku = written_os_sku(pool);
    let row = os_sku.as_ref().and_then(|name| pool.facts().os_sku(name));
    // Windows2025 is not here: AKS has a Gen1 image of it for sizes like this.
    let (what, label, blame) = match row {
        Some(row) if row.default_generation == Some(DefaultGeneration::Gen2Only) => {
            (row.name.to_string(), "has only a Gen2 image", PoolField::OsSku)
        }
        // A pool made from a snapshot gets the snapshot's image, whatever the header asks for.
        _ if runs_windows(pool, "Windows2022")
            && pool.text(PoolField::SnapshotId) == Field::Unset
            && gen2_header(pool)? =>
        {
            ("the header UseWindowsGen2VM".to_owned(), "asks for a Gen2 image", PoolField::RequestHeaders)
        }
        _ => return None,
    };
    let message = match (&os_sku, blame) {
        (Some(os_sku), PoolField::OsSku) => {
            format!("runs `{os_sku}`, which has only a Gen2 image, on `{size}`, a Gen1-only VM size")
        }
        _ => format!("asks for a Gen2 image with UseWindowsGen2VM on `{size}`, a Gen1-only VM size"),
    };
    let field = spelled(pool.writer(), PoolField::VmSize);
    let fix = match pool.facts().twin_of_both_generations(&size) {
        Some(twin) => format!("Set {field} to \"{}\", which also boots Gen2.", twin.name),
        None => format!("Set {field} to a size that also boots Gen2, such as one of the v5 series."),
    };
    Some(Finding {
        message,
        why: format!(
            "{} {label}, and the size boots only Gen1: Azure refuses to create the machines (UnsupportedGen2VMSize, or \
             BadRequest from Azure Compute: \"The selected VM size '{size}' cannot boot Hypervisor Generation '2'\").",
            capitalised(&what)
        ),
        fix,
        blame: Blame::Pool(PoolField::VmSize),
        label: "boots only Gen1".to_owned(),
        also: vec![(Blame::Pool(blame), label.to_owned())],
        severity: None,
        change: pool
            .facts()
            .twin_of_both_generations(&size)
            .map(|twin| change_vm_size(pool, &size, &twin.name)),
    })
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn linux(os_sku: &str, vm_size: &str) -> Pool {
        Pool::linux().with("os_sku", os_sku).with("vm_size", vm_size)
    }

    #[test]
    fn every_gen2_only_os_sku_needs_a_size_with_gen2() {
        for os_sku in ["AzureContainerLinux", "AzureLinuxOSGuard", "flatcar", "Ubuntu2604"] {
            let found = linux(os_sku, "Standard_D4_v3").only(&RULE);
            assert_eq!((found.severity, found.at), (Severity::Error, "vm_size"));
            assert_eq!(found.labels, ["os_sku"]);
            assert!(found.fix.contains("Standard_D4_v5"), "{}", found.fix);
        }
    }

    #[test]
    fn the_header_asks_for_gen2_on_windows_2022() {
        let pool = || Pool::windows().with("os_sku", "Windows2022").with("vm_size", "Standard_D4_v3");
        let found = pool().header("UseWindowsGen2VM", "true").only(&RULE);
        assert_eq!((found.at, found.labels), ("vm_size", vec!["request_headers"]));
        pool().silent(&RULE);
        pool().unknown("request_headers").silent(&RULE);
        pool().unknown("snapshot_id").header("UseWindowsGen2VM", "true").silent(&RULE);
    }

    #[test]
    fn an_os_with_a_gen1_image_runs_on_gen1_only_sizes() {
        linux("Ubuntu", "Standard_D4_v3").silent(&RULE);
        linux("AzureContainerLinux", "Standard_D4s_v3").silent(&RULE);
        Pool::linux().with("vm_size", "Standard_D4_v3").silent(&RULE);
        Pool::windows().with("os_sku", "Windows2025").with("vm_size", "Standard_D4_v3").silent(&RULE);
    }

    #[test]
    fn unknown_fields_are_silent_and_conditions_lower_the_severity() {
        Pool::linux().with("os_sku", "AzureContainerLinux").unknown("vm_size").silent(&RULE);
        Pool::linux().unknown("os_sku").with("vm_size", "Standard_D4_v3").silent(&RULE);
        let pool = Pool::linux().with("os_sku", "AzureContainerLinux");
        let found = pool.either("vm_size", "var.old", "Standard_D4_v3", "Standard_D4s_v5").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
