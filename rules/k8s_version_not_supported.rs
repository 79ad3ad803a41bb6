//! A Kubernetes version past every support.

use super::common::{
    Written, change_version, list, own_version_differs, spelled, spelled_cluster, version_list,
    written_version,
};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::{Facts, Minor, Support};
use crate::model::{ClusterField, ClusterView, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "K8sVersionNotSupported",
    severity: Severity::Error,
    kind: Kind::DeployFailure,
    summary: "A Kubernetes version that AKS no longer supports",
    url: Some("https://learn.microsoft.com/azure/aks/supported-kubernetes-versions"),
    outranks: &[],
    checks: &[Check::Cluster(check_cluster), Check::AgentPool(check_pool)],
    page: include_str!("k8s_version_not_supported.md"),
};

fn check_cluster(cluster: &ClusterView<'_>, cx: &Context) -> Option<Finding> {
    if cluster.is_initial_only(ClusterField::KubernetesVersion) {
        return None;
    }
    let version = cluster.text(ClusterField::KubernetesVersion).known()?.clone();
    let field = spelled_cluster(cluster.writer(), ClusterField::KubernetesVersion);
    let written =
        Written { version: &version, field, blame: Blame::Cluster(ClusterField::KubernetesVersion) };
    finding(&written, cluster.facts(), cluster.region().as_deref(), cx)
}

fn check_pool(pool: &PoolView<'_>, cx: &Context) -> Option<Finding> {
    if pool.is_initial_only(PoolField::OrchestratorVersion) || !own_version_differs(pool) {
        return None;
    }
    let (version, _) = written_version(pool)?;
    let field = spelled(pool.writer(), PoolField::OrchestratorVersion);
    let written = Written { version: &version, field, blame: Blame::Pool(PoolField::OrchestratorVersion) };
    finding(&written, pool.facts(), pool.region().as_deref(), cx)
}

fn finding(written: &Written<'_>, facts: &Facts<'_>, region: Option<&str>, cx: &Context) -> Option<Finding> {
    let Written { version, field, blame } = *written;
    let minor = Minor::parse(version)?;
    let support = facts.support(minor, cx.as_of, region);
    let refused = format!(
        "AKS refuses to create clusters and node pools of it (K8sVersionNotSupported: \"is on version {version} which \
         is not supported in this region\")"
    );
    let (message, why, label, severity) = match (support, region) {
        (Support::Unsupported { since }, _) => {
            let row = facts.kubernetes_version(minor);
            let ended = match (row.and_then(|row| row.lts_eol), since) {
                (Some(until), _) => format!("even long-term support of Kubernetes {minor} ended on {until}"),
                (None, Some(since)) => {
                    format!("support of Kubernetes {minor} ended on {}", since.add_days(-1))
                }
                (None, None) => format!("support of Kubernetes {minor} ended years ago"),
            };
            (
                "which AKS no longer supports".to_owned(),
                format!("On AKS {ended}. {refused}, and those that run get no support."),
                "out of support".to_owned(),
                None,
            )
        }
        (Support::NotOffered { asked }, Some(region)) => (
            format!("which AKS does not offer in `{region}`"),
            format!(
                "Of the versions that the region offered on {asked}, none is of Kubernetes {minor}. {refused}."
            ),
            format!("not offered in {region}"),
            None,
        ),
        (_, Some(region)) => {
            let patches = facts.patches_instead(version, cx.as_of, Some(region))?;
            let patches: Vec<&str> = patches.iter().map(String::as_str).collect();
            (
                format!("a patch version that AKS no longer offers in `{region}`"),
                format!(
                    "Of Kubernetes {minor} the region offers {}. A cluster that runs {version} keeps it, but {refused}.",
                    list(&patches, "and")
                ),
                format!("no longer offered in {region}"),
                Some(Severity::Warning),
            )
        }
        _ => return None,
    };
    let supported = facts.supported(cx.as_of, region);
    // AKS is younger than Kubernetes 1.7: an earlier version is one whose last zero went with its quotes.
    let lost_zero = match version.split_once('.') {
        Some((_, "1" | "2" | "3" | "4")) => {
            format!(" If {version}0 is meant, write it in quotes: as a number it is {version}.")
        }
        _ => String::new(),
    };
    Some(Finding {
        message: format!("runs Kubernetes `{version}`, {message}"),
        why,
        fix: match severity {
            None => format!(
                "Set {field} to a supported version ({} on {}); an existing cluster gets there one minor version at a \
                 time.{lost_zero}",
                version_list(&supported),
                cx.as_of
            ),
            Some(_) => format!("Set {field} to \"{minor}\", of which AKS takes the newest patch version."),
        },
        blame,
        label,
        also: Vec::new(),
        change: match severity {
            None => change_version(blame, version, &supported),
            Some(_) => change_version(blame, version, &[minor]),
        },
        severity,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnostic::Severity;
    use crate::rules::testing::{Cluster, Pool};

    fn cluster(version: &str) -> Cluster {
        Cluster::new().with("kubernetes_version", version)
    }

    #[test]
    fn a_cluster_past_every_support_is_an_error() {
        let found = cluster("1.30.4").only(&RULE);
        assert_eq!(found.edit, Some(("1.34".to_owned(), false)));
        assert_eq!((found.severity, found.at), (Severity::Error, "kubernetes_version"));
        assert_eq!(
            found.message,
            "cluster `cluster`: runs Kubernetes `1.30.4`, which AKS no longer supports"
        );
        assert!(found.fix.contains("(1.34, 1.35 or 1.36 on 2026-11-20)"), "{}", found.fix);
        assert_eq!(cluster("1.26").only(&RULE).severity, Severity::Error);
        assert_eq!(cluster("1.12").only(&RULE).severity, Severity::Error);
    }

    #[test]
    fn a_number_that_lost_its_last_zero_is_recognised() {
        let hint = " If 1.30 is meant, write it in quotes: as a number it is 1.3.";
        assert!(cluster("1.3").only(&RULE).fix.ends_with(hint));
        assert!(!cluster("1.3.0").only(&RULE).fix.contains("quotes"));
        assert!(!cluster("1.12").only(&RULE).fix.contains("quotes"));
    }

    #[test]
    fn the_last_day_of_support_still_counts() {
        cluster("1.30").on("2026-07-31").silent(&RULE);
        assert_eq!(cluster("1.30").on("2026-08-01").only(&RULE).severity, Severity::Error);
    }

    #[test]
    fn supported_planned_future_and_unknown_versions_are_silent() {
        for version in ["1.36", "1.34.1", "1.32", "1.37", "1.44", "latest"] {
            cluster(version).silent(&RULE);
        }
        Cluster::new().unknown("kubernetes_version").silent(&RULE);
        Cluster::new().silent(&RULE);
    }

    #[test]
    fn pools_that_inherit_the_version_are_listed_with_their_cluster() {
        let found = cluster("1.30").pool(Pool::linux()).only(&RULE);
        assert_eq!((found.at, found.pools), ("kubernetes_version", 1));
        assert!(found.message.starts_with("cluster `cluster`: "));
    }

    #[test]
    fn a_pool_with_an_older_version_of_its_own_is_a_finding_of_its_own() {
        let pool = || Pool::linux().with("orchestrator_version", "1.30.1");
        let found = cluster("1.36").pool(pool()).only(&RULE);
        assert_eq!((found.at, found.pools), ("orchestrator_version", 1));
        assert_eq!(pool().only(&RULE).at, "orchestrator_version");
        assert_eq!(cluster("1.30").pool(pool()).only(&RULE).at, "kubernetes_version");
        pool().initial_only("orchestrator_version").silent(&RULE);
    }

    #[test]
    fn a_version_that_the_tool_ignores_later_is_silent_for_the_cluster_and_who_inherits_it() {
        cluster("1.30").initial_only("kubernetes_version").pool(Pool::linux()).silent(&RULE);
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = Cluster::new().either("kubernetes_version", "var.old", "1.30", "1.36").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Warning, 1));
    }
}
