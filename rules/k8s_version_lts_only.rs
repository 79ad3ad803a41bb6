//! A Kubernetes version under long-term support only, on a cluster without it.

use super::common::{
    Written, change_version, own_version_differs, spelled, spelled_cluster, version_list, written_version,
};
use super::{Blame, Check, Context, Finding, Rule};
use crate::diagnostic::{Kind, Severity};
use crate::facts::{Facts, Minor, Support};
use crate::model::{ClusterField, ClusterView, Field, PoolField, PoolView};

/// The rule.
pub const RULE: Rule = Rule {
    id: "K8sVersionLtsOnly",
    severity: Severity::Warning,
    kind: Kind::DeployFailure,
    summary: "A Kubernetes version under long-term support only, on a cluster without it",
    url: Some("https://learn.microsoft.com/azure/aks/long-term-support"),
    outranks: &[],
    checks: &[Check::Cluster(check_cluster), Check::AgentPool(check_pool)],
    page: include_str!("k8s_version_lts_only.md"),
};

fn check_cluster(cluster: &ClusterView<'_>, cx: &Context) -> Option<Finding> {
    if cluster.is_initial_only(ClusterField::KubernetesVersion) {
        return None;
    }
    let version = cluster.text(ClusterField::KubernetesVersion).known()?.clone();
    let field = spelled_cluster(cluster.writer(), ClusterField::KubernetesVersion);
    let written =
        Written { version: &version, field, blame: Blame::Cluster(ClusterField::KubernetesVersion) };
    finding(&written, cluster, cluster.facts(), cx)
}

fn check_pool(pool: &PoolView<'_>, cx: &Context) -> Option<Finding> {
    if pool.is_initial_only(PoolField::OrchestratorVersion) || !own_version_differs(pool) {
        return None;
    }
    let (version, _) = written_version(pool)?;
    let field = spelled(pool.writer(), PoolField::OrchestratorVersion);
    let written = Written { version: &version, field, blame: Blame::Pool(PoolField::OrchestratorVersion) };
    finding(&written, &pool.cluster()?, pool.facts(), cx)
}

fn finding(
    written: &Written<'_>,
    cluster: &ClusterView<'_>,
    facts: &Facts<'_>,
    cx: &Context,
) -> Option<Finding> {
    let Written { version, field, blame } = *written;
    let minor = Minor::parse(version)?;
    let region = cluster.region();
    let (offered, label) = match facts.support(minor, cx.as_of, region.as_deref()) {
        Support::LtsOnly { until } => {
            let ended = facts.kubernetes_version(minor)?.eol;
            (
                format!(
                    "Standard support of Kubernetes {minor} ended on {ended}. Until {until} AKS offers it"
                ),
                format!("standard support ended on {ended}"),
            )
        }
        Support::OfferedForLtsOnly { asked } => (
            format!("As of {asked}, AKS offers Kubernetes {minor} in {}", region.as_deref()?),
            format!("with long-term support only in {}", region.as_deref()?),
        ),
        _ => return None,
    };
    // One of the two known to be something else is enough; none known to be is not.
    let lacking = [(ClusterField::SkuTier, "Premium"), (ClusterField::SupportPlan, "AKSLongTermSupport")]
        .into_iter()
        .filter(|(field, needed)| match cluster.text(*field) {
            Field::Known(value) => !value.eq_ignore_ascii_case(needed),
            Field::Unset => true,
            Field::Unknown(_) => false,
        });
    let lacking: Vec<ClusterField> = lacking.map(|(field, _)| field).collect();
    if lacking.is_empty() {
        return None;
    }
    let supported = facts.supported(cx.as_of, region.as_deref());
    let of_cluster = |field| spelled_cluster(cluster.writer(), field);
    let is_written = |field: &ClusterField| {
        cluster.alternative(*field).is_some_and(|value| value.provenance.use_span().is_some())
    };
    Some(Finding {
        message: format!("runs Kubernetes `{version}`, which is under long-term support only"),
        why: format!(
            "{offered} only to clusters in the Premium tier with the long-term support plan (K8sVersionNotSupported: \
             \"is on version {version}, which is only available for Long-Term Support (LTS)\")."
        ),
        fix: format!(
            "Set {} to a supported version ({} on {}), or set {} to \"Premium\" and {} to \"AKSLongTermSupport\".",
            field,
            version_list(&supported),
            cx.as_of,
            of_cluster(ClusterField::SkuTier),
            of_cluster(ClusterField::SupportPlan)
        ),
        blame,
        label,
        also: lacking
            .into_iter()
            .filter(is_written)
            .map(|field| (Blame::Cluster(field), "without long-term support".to_owned()))
            .collect(),
        severity: None,
        change: change_version(blame, version, &supported),
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
    fn a_version_past_its_end_of_life_needs_the_tier_and_the_plan() {
        let found = cluster("1.33.5").only(&RULE);
        assert_eq!((found.severity, found.at), (Severity::Warning, "kubernetes_version"));
        let found = cluster("1.33").with("sku_tier", "Standard").only(&RULE);
        assert_eq!(found.labels, ["sku_tier"]);
        cluster("1.33").with("sku_tier", "Premium").only(&RULE);
        let lts = cluster("1.33").with("sku_tier", "Premium").with("support_plan", "AKSLongTermSupport");
        lts.silent(&RULE);
    }

    #[test]
    fn an_unknown_tier_or_plan_is_silent_unless_the_other_is_known_to_be_wrong() {
        cluster("1.33").unknown("sku_tier").with("support_plan", "AKSLongTermSupport").silent(&RULE);
        cluster("1.33").unknown("sku_tier").unknown("support_plan").silent(&RULE);
        cluster("1.33").with("sku_tier", "Standard").unknown("support_plan").only(&RULE);
    }

    #[test]
    fn before_and_after_long_term_support_alone_it_is_silent() {
        cluster("1.34").silent(&RULE);
        cluster("1.30").silent(&RULE);
        cluster("1.33").on("2026-07-31").silent(&RULE);
        cluster("1.33").initial_only("kubernetes_version").silent(&RULE);
        Cluster::new().unknown("kubernetes_version").silent(&RULE);
    }

    #[test]
    fn a_pool_is_judged_by_the_plan_of_its_cluster() {
        let pool = || Pool::linux().with("orchestrator_version", "1.32");
        assert_eq!(cluster("1.34").pool(pool()).only(&RULE).at, "orchestrator_version");
        pool().silent(&RULE);
        let lts = cluster("1.34").with("sku_tier", "Premium").with("support_plan", "AKSLongTermSupport");
        lts.pool(pool()).silent(&RULE);
    }

    #[test]
    fn what_to_set_is_what_is_marked() {
        let pool = Pool::linux().with("orchestrator_version", "1.32");
        let fix = cluster("1.34").pool(pool).only(&RULE).fix;
        assert!(fix.starts_with("Set orchestratorVersion to a supported version"), "{fix}");
        assert!(fix.contains("or set sku.tier to"), "{fix}");
        let fix = cluster("1.33").only(&RULE).fix;
        assert!(fix.starts_with("Set kubernetesVersion to a supported version"), "{fix}");
    }

    #[test]
    fn a_condition_lowers_the_severity() {
        let found = Cluster::new().either("kubernetes_version", "var.old", "1.33", "1.36").only(&RULE);
        assert_eq!((found.severity, found.assumptions.len()), (Severity::Info, 1));
    }
}
