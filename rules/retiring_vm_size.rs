//! A VM size whose retirement is announced.

use super::common::{advise_successor, change_vm_size, retirement_severity};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "RetiringVMSize",
    severity: Severity::Warning,
    kind: Kind::Retirement,
    summary: "A VM size that Azure is about to retire",
    url: Some("https://learn.microsoft.com/azure/virtual-machines/sizes/retirement/retired-sizes-list"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("retiring_vm_size.md"),
};

fn check(pool: &PoolView<'_>, cx: &Context) -> Option<Finding> {
    if pool.is_initial_only(PoolField::VmSize) {
        return None;
    }
    let written = pool.vm_size().known()?.clone();
    let size = pool.facts().vm_size(&written)?;
    let date = size.retires_on?;
    // Past the date it is RetiredVMSize's.
    let severity = retirement_severity(date, cx)?;
    Some(Finding {
        message: format!("uses `{written}`, a VM size that Azure retires on {date}"),
        why: format!(
            "On {date} Azure deallocates machines of this size and starts no new ones: the pool stops, and cannot be \
             scaled or repaired."
        ),
        fix: advise_successor(pool, &written, size),
        blame: Blame::Pool(PoolField::VmSize),
        label: format!("retires on {date}"),
        also: Vec::new(),
        severity: Some(severity),
        change: pool
            .facts()
            .twin_of_both_generations(&written)
            .map(|twin| change_vm_size(pool, &written, &twin.name)),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn pool(as_of: &str) -> Pool {
        Pool::linux().with("vm_size", "Standard_DS2_v2").on(as_of)
    }

    #[test]
    fn within_the_horizon_it_is_a_warning_and_before_said_on_request() {
        let found = pool("2028-04-30").only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Warning, "vm_size"));
        assert_eq!(pool("2027-11-03").only(&RULE).severity, Severity::Warning);
        assert_eq!(pool("2027-11-02").only(&RULE).severity, Severity::Info);
    }

    #[test]
    fn from_the_date_on_the_other_rule_speaks_alone() {
        pool("2028-05-01").silent(&RULE);
        assert_eq!(pool("2028-05-01").only(&crate::rules::retired_vm_size::RULE).severity, Severity::Error);
    }

    #[test]
    fn current_unknown_and_merely_initial_sizes_are_silent() {
        Pool::linux().with("vm_size", "Standard_D4s_v5").silent(&RULE);
        Pool::linux().unknown("vm_size").silent(&RULE);
        pool("2028-04-30").initial_only("vm_size").silent(&RULE);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let pool = Pool::linux().on("2028-04-30");
        let found = pool.either("vm_size", "var.old", "Standard_DS2_v2", "Standard_D4s_v5").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Info, 1));
    }
}
