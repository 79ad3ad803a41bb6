//! Words and conclusions that several rules share.

use std::sync::Arc;

use crate::diagnostic::Severity;
use crate::facts::{Date, Facts, Generations, Minor, VmSize};
use crate::model::{ClusterField, Field, PoolField, PoolView, Writer};

use super::{Blame, Change, Context};

/// A pool field as the writer spells it, for texts that say what to write.
pub(super) fn spelled(writer: &Writer, field: PoolField) -> &'static str {
    match (writer, field) {
        (Writer::Azurerm { .. }, PoolField::EnableFips) => "fips_enabled",
        // Modules name their inputs as Terraform's providers do.
        (Writer::Azurerm { .. } | Writer::AzapiModule, field) => field.name(),
        (_, PoolField::OsType) => "osType",
        (_, PoolField::OsSku) => "osSKU",
        (_, PoolField::VmSize) => "vmSize",
        (_, PoolField::EnableFips) => "enableFIPS",
        (_, PoolField::OrchestratorVersion) => "orchestratorVersion",
        (_, field) => field.name(),
    }
}

/// A cluster field as the writer spells it.
pub(super) fn spelled_cluster(writer: &Writer, field: ClusterField) -> &'static str {
    match (writer, field) {
        (Writer::Azurerm { .. } | Writer::AzapiModule, field) => field.name(),
        (_, ClusterField::KubernetesVersion) => "kubernetesVersion",
        (_, ClusterField::SupportPlan) => "supportPlan",
        (_, ClusterField::SkuTier) => "sku.tier",
        (_, field) => field.name(),
    }
}

/// Whether the pool is known to run Windows with this OS SKU, written or by default.
pub(super) fn runs_windows(pool: &PoolView<'_>, os_sku: &str) -> bool {
    pool.is_windows() && pool.effective_os_sku().known().is_some_and(|name| name.eq_ignore_ascii_case(os_sku))
}

/// The OS SKU if it is written and known.
pub(super) fn written_os_sku(pool: &PoolView<'_>) -> Option<Arc<str>> {
    pool.text(PoolField::OsSku).known().cloned()
}

/// The size if it boots Gen2 only, both by the documents and by what the API reports, which is what the
/// service's own check reads. (They differ for the confidential v5 and Bpsv2 sizes.)
pub(super) fn boots_gen2_only(facts: &Facts<'_>, size: &str) -> bool {
    facts.generations(size) == Some(Generations::Gen2Only)
        && !facts.vm_size(size).is_some_and(|size| size.generations_api.is_some_and(Generations::gen1))
}

/// Whether the request carries `UseWindowsGen2VM: true`; `None` if that is not known.
pub(super) fn gen2_header(pool: &PoolView<'_>) -> Option<bool> {
    match pool.entry(PoolField::RequestHeaders, "UseWindowsGen2VM") {
        Field::Known(value) => Some(value.eq_ignore_ascii_case("true")),
        Field::Unset => Some(false),
        Field::Unknown(_) => None,
    }
}

/// What to write to get a size that boots Gen1 as well, as the beginning of a sentence.
pub(super) fn advise_gen1_size(pool: &PoolView<'_>, size: &str) -> String {
    let field = spelled(pool.writer(), PoolField::VmSize);
    match pool.facts().twin_of_both_generations(size) {
        Some(twin) => format!("Set {field} to \"{}\", which also boots Gen1", twin.name),
        None => format!("Set {field} to a size that also boots Gen1, such as one of the v5 series"),
    }
}

/// The pool's size as another, with what that comes to.
pub(super) fn change_vm_size(pool: &PoolView<'_>, from: &str, to: &str) -> Change {
    let implies = match pool.writer() {
        Writer::Azurerm { .. } => {
            "Terraform replaces the agent pool and its nodes; with temporary_name_for_rotation set it moves the \
             workloads to a temporary pool first."
        }
        Writer::Azapi | Writer::AzapiModule | Writer::Arm | Writer::Bicep => {
            "AKS does not change the VM size of an agent pool that exists: delete it first, or deploy it under \
             another name."
        }
    };
    Change {
        blame: Blame::Pool(PoolField::VmSize),
        from: from.to_owned(),
        to: to.to_owned(),
        implies: Some(implies.to_owned()),
    }
}

/// A version that goes out of support as the oldest that is supported, with what that comes to.
pub(super) fn change_version(blame: Blame, from: &str, supported: &[Minor]) -> Option<Change> {
    let oldest = supported.first()?;
    // A patch of the old minor version says nothing about one of the new, and AKS takes the latest without.
    Some(Change {
        blame,
        from: from.to_owned(),
        to: oldest.to_string(),
        implies: Some(
            "AKS upgrades the control plane or the nodes. It takes a cluster that exists one minor version at a \
             time, and APIs that the new version no longer has stop working."
                .to_owned(),
        ),
    })
}

/// A sentence about Windows Server 2025, which boots Gen2 of itself; `None` where the writer or the
/// Kubernetes version does not have it.
pub(super) fn advise_windows2025(pool: &PoolView<'_>) -> Option<String> {
    let first = pool.facts().os_sku("Windows2025")?.k8s_min?;
    let version = pool.kubernetes_version().known().copied();
    if !pool.writer().accepts_windows2025() || version.is_some_and(|version| version < first) {
        return None;
    }
    let (sku, fips) = (PoolField::OsSku, PoolField::EnableFips);
    let (sku, fips) = (spelled(pool.writer(), sku), spelled(pool.writer(), fips));
    let condition =
        if version.is_some() { String::new() } else { format!(" on Kubernetes {first} or later") };
    Some(format!(
        "{sku} \"Windows2025\" with {fips} true boots Gen2 without a header{condition}, and runs images built \
         for Windows Server 2022 too."
    ))
}

/// A sentence about the header: how to send it, or that this writer cannot.
pub(super) fn advise_header(pool: &PoolView<'_>) -> String {
    let writer = pool.writer();
    match writer {
        Writer::Azapi => {
            "To keep Windows Server 2022 on Gen2, send the header: create_headers = { UseWindowsGen2VM = \"true\" }."
                .to_owned()
        }
        Writer::AzapiModule => {
            "Windows Server 2022 on Gen2 needs the UseWindowsGen2VM request header, which this module does not pass on."
                .to_owned()
        }
        writer if writer.sends_headers() => {
            "To keep Windows Server 2022 on Gen2, send the request header UseWindowsGen2VM=true.".to_owned()
        }
        writer => format!(
            "Windows Server 2022 on Gen2 needs the UseWindowsGen2VM request header, which {} cannot send.",
            writer.name()
        ),
    }
}

/// How a retirement on `date` is reported on the day of the run: `None` past it (the rule's own severity),
/// else a warning within the horizon and, beyond it, something said on request only.
pub(super) fn retirement_severity(date: Date, cx: &Context) -> Option<Severity> {
    match cx.as_of.days_until(date) {
        ..=0 => None,
        days if days <= cx.retirement_horizon_days => Some(Severity::Warning),
        _ => Some(Severity::Info),
    }
}

/// What to move to from a size that goes away, as sentences.
pub(super) fn advise_successor(pool: &PoolView<'_>, name: &str, size: &VmSize) -> String {
    let field = spelled(pool.writer(), PoolField::VmSize);
    if let Some(twin) = pool.facts().twin_of_both_generations(name) {
        return format!("Set {field} to \"{}\"; the change needs a new pool or a rotation.", twin.name);
    }
    match &*size.replacement() {
        [] => {
            format!("Set {field} to a size of a current series; the change needs a new pool or a rotation.")
        }
        series => format!(
            "Set {field} to a size of a current series (Microsoft names {}); the change needs a new pool or a \
             rotation.",
            list(series, "or")
        ),
    }
}

/// `a, b or c`.
pub(super) fn list(items: &[&str], last: &str) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Versions as words: `1.34, 1.35 or 1.36`.
pub(super) fn version_list(supported: &[Minor]) -> String {
    let versions: Vec<String> = supported.iter().map(Minor::to_string).collect();
    let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
    if versions.is_empty() { "a current version".to_owned() } else { list(&versions, "or") }
}

/// A pool's Kubernetes version as written, with what it is.
pub(super) fn written_version(pool: &PoolView<'_>) -> Option<(Arc<str>, Minor)> {
    let text = pool.text(PoolField::OrchestratorVersion).known()?.clone();
    let minor = Minor::parse(&text)?;
    Some((text, minor))
}

/// What to move to from Windows Server 2019, as sentences.
pub(super) fn advise_off_windows2019(pool: &PoolView<'_>) -> String {
    let os_sku = spelled(pool.writer(), PoolField::OsSku);
    let first = pool.facts().os_sku("Windows2025").and_then(|row| row.k8s_min);
    let version = pool.kubernetes_version().known().copied();
    let windows2025 = pool.writer().accepts_windows2025()
        && version.zip(first).is_none_or(|(version, first)| version >= first);
    let or = if windows2025 {
        let fips = spelled(pool.writer(), PoolField::EnableFips);
        format!(" or, with {fips} true, \"Windows2025\"")
    } else {
        String::new()
    };
    let gen2_only = pool.vm_size().known().is_some_and(|size| boots_gen2_only(pool.facts(), size));
    let size = if gen2_only { " on a VM size that also boots Gen1" } else { "" };
    format!(
        "Move to a new pool with {os_sku} \"Windows2022\"{size}{or}, and rebuild the container images for its base: \
         those of Windows Server 2019 do not run on it."
    )
}

/// A version, the field that has it, and how its writer spells that.
pub(super) struct Written<'a> {
    pub(super) version: &'a str,
    pub(super) field: &'a str,
    pub(super) blame: Blame,
}

/// Whether a pool's version is worth a finding besides its cluster's: it is the cluster's own value, whose
/// finding then lists the pool, or another minor version. The same version written twice is one mistake,
/// told at the cluster.
pub(super) fn own_version_differs(pool: &PoolView<'_>) -> bool {
    let Some(cluster) = pool.cluster() else { return true };
    let origin = |alternative: Option<crate::value::Alternative>| alternative?.provenance.origin();
    pool.kubernetes_version() != cluster.kubernetes_version()
        || origin(pool.alternative(PoolField::OrchestratorVersion))
            == origin(cluster.alternative(ClusterField::KubernetesVersion))
}
