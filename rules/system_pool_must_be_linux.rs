//! A system pool that runs Windows.

use super::common::spelled;
use super::{Blame, Change, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "SystemPoolMustBeLinux",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "A system pool that runs Windows",
    url: Some("https://learn.microsoft.com/azure/aks/use-system-pools"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("system_pool_must_be_linux.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let mode = pool.text(PoolField::Mode).known()?.clone();
    if !mode.eq_ignore_ascii_case("System") || !pool.is_windows() {
        return None;
    }
    let on_mode = (Blame::Pool(PoolField::Mode), "a system pool runs Linux".to_owned());
    let on_os_type = (Blame::Pool(PoolField::OsType), "the pool runs Windows".to_owned());
    // A mode that is written nowhere (the cluster's first pool in some tools) cannot be edited.
    let mode_is_written =
        pool.alternative(PoolField::Mode).is_some_and(|mode| mode.provenance.use_span().is_some());
    let ((blame, label), also) =
        if mode_is_written { (on_mode, vec![on_os_type]) } else { (on_os_type, Vec::new()) };
    let (field, os_type) = (PoolField::Mode.name(), spelled(pool.writer(), PoolField::OsType));
    Some(Finding {
        message: format!("has {field} `{mode}` and runs Windows"),
        why: "System pools host the cluster's own services, which run on Linux: AKS rejects a Windows pool with mode \
              System (SystemPoolMustBeLinux; the Azure CLI says \"System node pool must be linux\")."
            .to_owned(),
        fix: format!(
            "Set {field} to \"User\" and keep a Linux pool with {field} \"System\" in the cluster, or set {os_type} to \
             \"Linux\"."
        ),
        blame,
        label,
        also,
        severity: None,
        change: mode_is_written.then(|| Change {
            blame: Blame::Pool(PoolField::Mode),
            from: mode.to_string(),
            to: "User".to_owned(),
            implies: None,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    #[test]
    fn a_windows_system_pool_is_blamed_on_its_mode() {
        let found = Pool::windows().with("mode", "system").only(&RULE);
        assert_eq!(found.edit, Some(("User".to_owned(), true)));
        assert_eq!((found.severity, found.at, found.labels), (Severity::Error, "mode", vec!["os_type"]));
    }

    #[test]
    fn a_mode_that_is_forced_leaves_the_os_type_to_edit() {
        assert_eq!(Pool::windows().forced("mode", "System").only(&RULE).at, "os_type");
    }

    #[test]
    fn user_pools_linux_and_the_unknown_are_silent() {
        Pool::windows().silent(&RULE);
        Pool::windows().with("mode", "User").silent(&RULE);
        Pool::linux().with("mode", "System").silent(&RULE);
        Pool::windows().unknown("mode").silent(&RULE);
        Pool::linux().unknown("os_type").with("mode", "System").silent(&RULE);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = Pool::windows().either("mode", "var.first", "System", "User").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
