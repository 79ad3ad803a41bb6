//! A VM size after its retirement.

use super::common::{advise_successor, change_vm_size, retirement_severity};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::Listing;
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "RetiredVMSize",
    severity: Severity::Error,
    kind: Kind::Retirement,
    summary: "A VM size that Azure has retired",
    url: Some("https://learn.microsoft.com/azure/virtual-machines/sizes/retirement/retired-sizes-list"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("retired_vm_size.md"),
};

fn check(pool: &PoolView<'_>, cx: &Context) -> Option<Finding> {
    if pool.is_initial_only(PoolField::VmSize) {
        return None;
    }
    let written = pool.vm_size().known()?.clone();
    let size = pool.facts().vm_size(&written)?;
    let when = match size.retires_on {
        Some(date) if retirement_severity(date, cx).is_none() => format!("retired on {date}"),
        None if size.listing == Listing::Withdrawn => "has withdrawn".to_owned(),
        _ => return None,
    };
    Some(Finding {
        message: format!("uses `{written}`, a VM size that Azure {when}"),
        why: "When a size retires, Azure deallocates its machines and starts no new ones: the pool cannot be created, \
              scaled or repaired."
            .to_owned(),
        fix: advise_successor(pool, &written, size),
        blame: Blame::Pool(PoolField::VmSize),
        label: match size.retires_on {
            Some(date) => format!("retired on {date}"),
            None => "withdrawn".to_owned(),
        },
        also: Vec::new(),
        severity: None,
        change: pool.facts().twin_of_both_generations(&written).map(|twin| change_vm_size(pool, &written, &twin.name)),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn pool(vm_size: &str) -> Pool {
        Pool::linux().with("vm_size", vm_size)
    }

    #[test]
    fn a_size_is_retired_from_its_date_on() {
        let found = pool("Standard_NV4as_v4").on("2026-09-30").only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Error, "vm_size"));
        assert_eq!(
            found.message,
            "agent pool `pool`: uses `Standard_NV4as_v4`, a VM size that Azure retired on 2026-09-30"
        );
        pool("Standard_NV4as_v4").on("2026-09-29").silent(&RULE);
    }

    #[test]
    fn a_size_gone_without_a_date_is_withdrawn() {
        let found = pool("Standard_A8").only(&RULE);
        assert!(found.message.ends_with("Azure has withdrawn"), "{}", found.message);
    }

    #[test]
    fn current_unknown_and_merely_initial_sizes_are_silent() {
        pool("Standard_D4s_v5").silent(&RULE);
        pool("Standard_Q1_v1").silent(&RULE);
        Pool::linux().unknown("vm_size").silent(&RULE);
        pool("Standard_NC6").initial_only("vm_size").silent(&RULE);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = Pool::linux().either("vm_size", "var.gpu", "Standard_NC6", "Standard_D4s_v5").only(&RULE);
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(found.assumptions, ["`var.gpu` is true"]);
    }
}
