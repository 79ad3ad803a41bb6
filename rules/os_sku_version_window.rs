//! An OS SKU on a Kubernetes version that it is not offered for.

use super::common::{spelled, written_os_sku, written_version};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::{Minor, OsSku};
use crate::model::{Field, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "OsSkuVersionWindow",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "An OS SKU on a Kubernetes version that AKS does not offer it for",
    url: Some("https://learn.microsoft.com/azure/aks/upgrade-os-version"),
    outranks: &[],
    checks: &[Check::AgentPool(check)],
    page: include_str!("os_sku_version_window.md"),
};

fn check(pool: &PoolView<'_>, _cx: &Context) -> Option<Finding> {
    let os_sku = written_os_sku(pool)?;
    let row = pool.facts().os_sku(&os_sku)?;
    let (version, minor) = written_version(pool)?;
    let too_old = row.k8s_min.is_some_and(|min| minor < min);
    if !too_old && !is_too_new(pool, row, minor) {
        return None;
    }
    let window = match (row.k8s_min, row.k8s_max) {
        (Some(min), Some(max)) => format!("on Kubernetes {min} to {max}"),
        (Some(min), None) => format!("from Kubernetes {min} on"),
        (None, Some(max)) => format!("up to Kubernetes {max}"),
        (None, None) => return None,
    };
    let field = spelled(pool.writer(), PoolField::OsSku);
    let others = alternatives(pool, row, minor);
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let fix = if others.is_empty() {
        format!("Choose another {field}, or a Kubernetes version in that range.")
    } else {
        let others = super::common::list(&others, "or");
        format!("Set {field} to {others}, or choose a Kubernetes version in that range.")
    };
    Some(Finding {
        message: format!("runs `{os_sku}` on Kubernetes `{version}`"),
        why: format!("AKS offers {} {window} only, and rejects the pool on {minor}.", row.name),
        fix,
        blame: Blame::Pool(PoolField::OsSku),
        label: format!("offered {window} only"),
        also: vec![(Blame::Pool(PoolField::OrchestratorVersion), "the pool's Kubernetes version".to_owned())],
        severity: None,
        change: None,
    })
}

/// An end of a window at the newest known version or beyond is only how far the documents looked ahead,
/// so versions after it are not judged.
fn is_too_new(pool: &PoolView<'_>, row: &OsSku, minor: Minor) -> bool {
    let Some(max) = row.k8s_max.filter(|_| !row.k8s_max_is_horizon) else { return false };
    // The FIPS image of Ubuntu 22.04 is kept for some versions longer, since 24.04 has none.
    let may_be_fips = !matches!(pool.bool(PoolField::EnableFips), Field::Unset | Field::Known(false));
    max < minor && !(row.name == "Ubuntu2204" && may_be_fips)
}

/// OS SKUs for this version of the same operating system: the one that follows the version, or the Windows
/// releases that have it.
fn alternatives(pool: &PoolView<'_>, row: &OsSku, minor: Minor) -> Vec<String> {
    if row.name.starts_with("Ubuntu") {
        return vec!["\"Ubuntu\", which follows the version".to_owned()];
    }
    if row.name.starts_with("AzureLinux") {
        return vec!["\"AzureLinux\", which follows the version".to_owned()];
    }
    ["Windows2022", "Windows2025"]
        .into_iter()
        .filter_map(|name| pool.facts().os_sku(name))
        .filter(|other| other.os_type == row.os_type && other.name != row.name && other.runs_on(minor))
        .filter(|other| other.name != "Windows2025" || pool.writer().accepts_windows2025())
        .map(|other| match other.requires_fips {
            true => format!("\"{}\" with {} true", other.name, spelled(pool.writer(), PoolField::EnableFips)),
            false => format!("\"{}\"", other.name),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::Pool;

    fn linux(os_sku: &str, version: &str) -> Pool {
        Pool::linux().with("os_sku", os_sku).with("orchestrator_version", version)
    }

    #[test]
    fn a_version_before_or_after_the_window_is_an_error() {
        let found = linux("Ubuntu2404", "1.31.8").only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Error, "os_sku"));
        assert_eq!(found.labels, ["orchestrator_version"]);
        assert_eq!(linux("AzureLinux3", "1.37").only(&RULE).at, "os_sku");
        assert_eq!(linux("AzureContainerLinux", "1.33").only(&RULE).at, "os_sku");
        let windows = Pool::windows().with("os_sku", "Windows2022").with("orchestrator_version", "1.37");
        assert!(windows.only(&RULE).fix.contains("Windows2025"));
    }

    #[test]
    fn the_window_includes_its_ends_and_ends_beyond_the_facts_are_not_judged() {
        linux("Ubuntu2404", "1.32").silent(&RULE);
        linux("AzureLinux3", "1.36.2").silent(&RULE);
        linux("Ubuntu2404", "1.40").silent(&RULE);
        linux("Ubuntu", "1.24").silent(&RULE);
        linux("Ubuntu2004", "1.24").silent(&RULE);
    }

    #[test]
    fn the_fips_image_of_ubuntu_2204_lives_longer() {
        linux("Ubuntu2204", "1.37").with("enable_fips", "true").silent(&RULE);
        linux("Ubuntu2204", "1.37").unknown("enable_fips").silent(&RULE);
        assert_eq!(linux("Ubuntu2204", "1.37").only(&RULE).at, "os_sku");
    }

    #[test]
    fn unknown_fields_are_silent_and_conditions_lower_the_severity() {
        Pool::linux().with("os_sku", "Ubuntu2404").unknown("orchestrator_version").silent(&RULE);
        Pool::linux().unknown("os_sku").with("orchestrator_version", "1.31").silent(&RULE);
        let pool = Pool::linux().with("orchestrator_version", "1.31");
        let found = pool.either("os_sku", "var.new", "Ubuntu2404", "Ubuntu").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
