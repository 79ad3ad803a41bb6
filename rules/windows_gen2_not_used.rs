//! Windows Server 2022 with its Gen1 image on a size that could boot Gen2.

use super::common::{advise_header, advise_windows2025, gen2_header, runs_windows, written_os_sku};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::Generations;
use crate::model::{Field, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "WindowsGen2NotUsed",
    severity: Severity::Info,
    kind: Kind::Advice,
    summary: "Windows Server 2022 on Gen1 although the VM size boots Gen2 as well",
    url: Some("https://learn.microsoft.com/azure/aks/generation-2-vms"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows_gen2_not_used.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let size = pool.vm_size().known()?.clone();
    if pool.facts().generations(&size) != Some(Generations::Both)
        || !runs_windows(pool, "Windows2022")
        || gen2_header(pool)?
        || pool.text(PoolField::SnapshotId) != Field::Unset
    {
        return None;
    }
    let (name, blame) = match written_os_sku(pool) {
        Some(os_sku) => (format!("`{os_sku}`"), PoolField::OsSku),
        None => ("`Windows2022`, the default,".to_owned(), PoolField::VmSize),
    };
    let mut fix = "Plan for a new pool, since upgrades never change the generation.".to_owned();
    if let Some(advice) = advise_windows2025(pool) {
        fix = format!("{fix} A pool with {advice}");
    }
    fix = format!("{fix} {}", advise_header(pool));
    Some(Finding {
        message: format!("runs {name} with a Gen1 image on `{size}`, which boots Gen2 as well"),
        why: "AKS gives Windows Server 2022 a Gen1 image unless the request carries the header UseWindowsGen2VM=true. \
              The pool works; the sizes from v6 on boot only Gen2, and a Gen1 pool cannot move to them."
            .to_owned(),
        fix,
        blame: Blame::Pool(blame),
        label: "gets a Gen1 image".to_owned(),
        also: match blame {
            PoolField::OsSku => vec![(Blame::Pool(PoolField::VmSize), "boots Gen1 and Gen2".to_owned())],
            _ => Vec::new(),
        },
        severity: None,
        change: None,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::model::Writer;
    use crate::rules::testing::Pool;

    fn windows2022() -> Pool {
        Pool::windows().with("os_sku", "Windows2022")
    }

    #[test]
    fn a_size_with_both_generations_without_the_header_is_worth_knowing() {
        let found = windows2022().with("vm_size", "Standard_D4s_v5").writer(Writer::Azapi).only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Info, "os_sku"));
        assert!(found.fix.contains("create_headers") && found.fix.contains("Windows2025"), "{}", found.fix);
    }

    #[test]
    fn azurerm_is_not_told_to_send_a_header_or_to_take_windows_2025() {
        let writer = Writer::Azurerm { major: None };
        let found = windows2022().with("vm_size", "Standard_D4s_v5").writer(writer).only(&RULE);
        assert!(found.fix.contains("azurerm cannot send") && !found.fix.contains("2025"), "{}", found.fix);
    }

    #[test]
    fn other_sizes_the_header_and_the_unknown_are_silent() {
        windows2022().with("vm_size", "Standard_D4s_v6").silent(&RULE);
        windows2022().with("vm_size", "Standard_D4_v3").silent(&RULE);
        windows2022().with("vm_size", "Standard_D4s_v5").header("UseWindowsGen2VM", "true").silent(&RULE);
        windows2022().with("vm_size", "Standard_D4s_v5").unknown("request_headers").silent(&RULE);
        windows2022().unknown("vm_size").silent(&RULE);
        let from_snapshot = windows2022().with("vm_size", "Standard_D4s_v5");
        from_snapshot.with("snapshot_id", "/subscriptions/0/snapshots/s").silent(&RULE);
        windows2022().with("vm_size", "Standard_D4s_v5").unknown("snapshot_id").silent(&RULE);
    }

    #[test]
    fn advice_that_needs_an_assumption_is_not_given() {
        windows2022().either("vm_size", "var.new", "Standard_D4s_v6", "Standard_D4s_v5").silent(&RULE);
    }
}
