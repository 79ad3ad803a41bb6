//! An OS SKU of another operating system than the pool's.

use super::common::{spelled, written_os_sku};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::OsType;
use crate::model::{Field, PoolField, PoolView, Writer};

/// The rule.
pub const RULE: Rule = Rule {
    id: "InvalidOSSKU",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "An OS SKU of Windows in a Linux pool, or the other way round",
    url: Some("https://github.com/Azure/azure-cli/issues/24966"),
    outranks: &["OsSkuVersionWindow"],
    checks: &[Check::AgentPool(check)],
    page: include_str!("invalid_ossku.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let os_sku = written_os_sku(pool)?;
    let row = pool.facts().os_sku(&os_sku)?;
    let os_type = *pool.os_type().known()?;
    let meant = match row.os_type {
        OsType::Linux => "Linux",
        OsType::Windows => "Windows",
    };
    if meant == os_type {
        return None;
    }
    let (type_field, sku_field) =
        (spelled(pool.writer(), PoolField::OsType), spelled(pool.writer(), PoolField::OsSku));
    // Linux by default, or forced as in azurerm's default pool, is written nowhere.
    let is_written = pool
        .alternative(PoolField::OsType)
        .is_some_and(|alternative| alternative.provenance.use_span().is_some());
    let is_system =
        matches!(pool.text(PoolField::Mode), Field::Known(mode) if mode.eq_ignore_ascii_case("System"));
    let fix = match (meant, is_system) {
        ("Windows", true) => {
            let separate = match pool.writer() {
                Writer::Azurerm { .. } => "an azurerm_kubernetes_cluster_node_pool",
                _ => "a pool with mode \"User\"",
            };
            format!(
                "Remove {sku_field}, or set it to one of Linux: a system pool runs Linux. Windows needs {separate} of \
                 its own, with {type_field} \"Windows\"."
            )
        }
        ("Windows", false) => {
            format!("Set {type_field} to \"Windows\", or remove {sku_field} from a Linux pool.")
        }
        _ => format!("Set {type_field} to \"Linux\", or {sku_field} to one of Windows."),
    };
    let also = match is_written {
        true => vec![(Blame::Pool(PoolField::OsType), format!("the pool runs {os_type}"))],
        false => Vec::new(),
    };
    let how = if is_written || is_system { "" } else { ", the default" };
    Some(Finding {
        message: format!("has {sku_field} `{os_sku}` and runs {os_type}{how}"),
        why: format!(
            "{} is an OS SKU of {meant}. AKS takes it for {meant} pools only, and rejects the pool (InvalidOSSKU: \
             \"OSSKU='{os_sku}' is invalid\").",
            row.name
        ),
        fix,
        blame: Blame::Pool(PoolField::OsSku),
        label: format!("an OS SKU of {meant}"),
        also,
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

    #[test]
    fn a_windows_sku_without_an_os_type_is_blamed_on_the_sku() {
        let pool = Pool::linux().with("os_sku", "windows2022").with("mode", "User");
        let found = pool.writer(Writer::Azurerm { major: Some(4) }).only(&RULE);
        assert_eq!((found.severity, found.at, found.labels), (Severity::Error, "os_sku", vec![]));
        assert_eq!(found.fix, "Set os_type to \"Windows\", or remove os_sku from a Linux pool.");
    }

    #[test]
    fn a_written_os_type_is_shown_and_a_linux_sku_on_windows_counts() {
        let found = Pool::windows().with("os_sku", "AzureLinux").only(&RULE);
        assert_eq!((found.at, found.labels), ("os_sku", vec!["os_type"]));
    }

    #[test]
    fn a_system_pool_is_never_told_to_run_windows() {
        let pool = Pool::linux().with("os_sku", "Windows2022").forced("mode", "System");
        let found = pool.writer(Writer::Azurerm { major: None }).only(&RULE);
        assert!(found.fix.contains("azurerm_kubernetes_cluster_node_pool"), "{}", found.fix);
    }

    #[test]
    fn what_fits_or_is_not_known_is_silent() {
        Pool::windows().with("os_sku", "Windows2022").silent(&RULE);
        Pool::linux().with("os_sku", "Ubuntu").silent(&RULE);
        Pool::linux().with("os_sku", "Windows2031").silent(&RULE);
        Pool::linux().silent(&RULE);
        Pool::linux().unknown("os_type").with("os_sku", "Windows2022").silent(&RULE);
        Pool::linux().unknown("os_sku").silent(&RULE);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found =
            Pool::windows().either("os_sku", "var.azure_linux", "AzureLinux", "Windows2022").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
