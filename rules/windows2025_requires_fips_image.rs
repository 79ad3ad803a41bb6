//! Windows Server 2025 without FIPS.

use super::common::{runs_windows, spelled, written_os_sku};
use super::{Blame, Change, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::model::{Field, PoolField, PoolView, Writer};

/// The rule.
pub const RULE: Rule = Rule {
    id: "Windows2025RequiresFipsImage",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "Windows Server 2025 in a pool that does not enable FIPS",
    url: Some("https://learn.microsoft.com/azure/aks/upgrade-windows-os"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("windows2025_requires_fips_image.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    if !runs_windows(pool, "Windows2025") {
        return None;
    }
    let fips = spelled(pool.writer(), PoolField::EnableFips);
    let written = match pool.bool(PoolField::EnableFips) {
        Field::Unknown(_) | Field::Known(true) => return None,
        Field::Known(false) => true,
        Field::Unset => false,
    };
    let os_sku = written_os_sku(pool);
    let name = match &os_sku {
        Some(os_sku) => format!("`{os_sku}`"),
        None => "`Windows2025`, the default,".to_owned(),
    };
    let on_sku = (Blame::Pool(PoolField::OsSku), "needs the FIPS image".to_owned());
    let on_fips = (Blame::Pool(PoolField::EnableFips), format!("{fips} must be true"));
    // The line to edit is the one that says false; where none does, the one that asks for the OS.
    let ((blame, label), also) = if written { (on_fips, vec![on_sku]) } else { (on_sku, Vec::new()) };
    let refused = match pool.writer() {
        Writer::Azurerm { .. } => " azurerm accepts Windows2025 only in versions after 5.2.0.",
        _ => "",
    };
    Some(Finding {
        message: match written {
            true => format!("runs {name} with `{fips}` false"),
            false => format!("runs {name} without `{fips}`"),
        },
        why: "AKS makes Windows Server 2025 pools with FIPS enabled only, and the request must say so: it rejects the \
              pool otherwise."
            .to_owned(),
        fix: format!("Set {fips} to true.{refused}"),
        blame,
        label,
        also,
        severity: None,
        change: written.then(|| Change {
            blame: Blame::Pool(PoolField::EnableFips),
            from: "false".to_owned(),
            to: "true".to_owned(),
            implies: None,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn windows2025() -> Pool {
        Pool::windows().with("os_sku", "Windows2025")
    }

    #[test]
    fn without_the_field_the_os_sku_is_blamed() {
        let found = windows2025().only(&RULE);
        assert_eq!(found.edit, None);
        assert_eq!((found.severity, found.at), (Severity::Error, "os_sku"));
    }

    #[test]
    fn a_written_false_is_blamed_itself() {
        let found = windows2025().with("enable_fips", "false").only(&RULE);
        assert_eq!(found.edit, Some(("true".to_owned(), true)));
        assert_eq!((found.at, found.labels), ("enable_fips", vec!["os_sku"]));
    }

    #[test]
    fn the_default_from_1_37_on_counts() {
        let found = Pool::windows().with("orchestrator_version", "1.37").only(&RULE);
        assert_eq!(found.at, "the pool");
    }

    #[test]
    fn fips_and_the_chance_of_it_are_silent() {
        windows2025().with("enable_fips", "true").silent(&RULE);
        windows2025().unknown("enable_fips").silent(&RULE);
        Pool::windows().unknown("os_sku").silent(&RULE);
        Pool::windows().with("os_sku", "Windows2022").silent(&RULE);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = windows2025().either("enable_fips", "var.fips", "true", "false").only(&RULE);
        // Where the variable is true nothing is wrong, and the edit would change that too.
        assert!(found.edit.is_none_or(|(_, safe)| !safe));
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(found.assumptions, ["`var.fips` is false"]);
    }
}
