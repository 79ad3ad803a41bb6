//! Windows Server 2019 after its retirement from AKS, or shortly before.

use super::common::{advise_off_windows2019, retirement_severity, runs_windows, written_os_sku};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "Windows2019Retired",
    severity: Severity::Error,
    kind: Kind::Retirement,
    summary: "Windows Server 2019, which AKS retired on 2026-03-01",
    url: Some("https://learn.microsoft.com/azure/aks/upgrade-windows-os"),
    outranks: &["OsSkuVersionWindow"],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows2019_retired.md"),
};

fn check(pool: &PoolView<'_>, cx: &Context) -> Option<Finding> {
    let os_sku = written_os_sku(pool)?;
    if !runs_windows(pool, "Windows2019") || pool.is_initial_only(PoolField::OsSku) {
        return None;
    }
    let row = pool.facts().os_sku("Windows2019")?;
    let (retires, removed) = (row.retired_on?, row.images_removed_on?);
    let severity = retirement_severity(retires, cx);
    let gone = severity.is_none();
    let verb = if gone { "retired" } else { "retires" };
    let images = if cx.as_of >= removed {
        format!("Its node images were removed on {removed}: pools of it cannot scale.")
    } else {
        format!("On {removed} its node images are removed, and then pools of it cannot scale.")
    };
    Some(Finding {
        message: format!("runs `{os_sku}`, which AKS {verb} on {retires}"),
        why: if gone {
            format!("AKS refuses new pools of Windows Server 2019 and makes no new images for it. {images}")
        } else {
            format!(
                "From {retires} on, AKS refuses new pools of Windows Server 2019 and makes no new images. {images}"
            )
        },
        fix: advise_off_windows2019(pool),
        blame: Blame::Pool(PoolField::OsSku),
        label: format!("{verb} on {retires}"),
        also: Vec::new(),
        severity,
        change: None,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn windows2019() -> Pool {
        Pool::windows().with("os_sku", "windows2019")
    }

    #[test]
    fn it_is_an_error_from_the_day_of_the_retirement() {
        let found = windows2019().on("2026-03-01").only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Error, "os_sku"));
        assert_eq!(found.message, "agent pool `pool`: runs `windows2019`, which AKS retired on 2026-03-01");
    }

    #[test]
    fn it_is_a_warning_within_the_horizon_and_said_on_request_before() {
        assert_eq!(windows2019().on("2026-02-28").only(&RULE).severity, Severity::Warning);
        assert_eq!(windows2019().on("2025-09-02").only(&RULE).severity, Severity::Warning);
        assert_eq!(windows2019().on("2025-09-01").only(&RULE).severity, Severity::Info);
    }

    #[test]
    fn other_unknown_and_merely_initial_os_skus_are_silent() {
        Pool::windows().with("os_sku", "Windows2022").silent(&RULE);
        Pool::windows().unknown("os_sku").silent(&RULE);
        windows2019().initial_only("os_sku").silent(&RULE);
    }

    #[test]
    fn an_os_sku_that_depends_on_a_condition_is_a_warning() {
        let found = Pool::windows().either("os_sku", "var.old", "Windows2019", "Windows2022").only(&RULE);
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(found.assumptions, ["`var.old` is true"]);
    }
}
