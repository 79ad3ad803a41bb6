//! Windows container images built for another Windows than the pools they can land on.

use std::sync::Arc;

use super::{Blame, Check, Context, Finding, Rule};
use crate::check::{pool_name, possible};
use crate::diagnostic::{Kind, Severity};
use crate::facts::{self, ImageBuild};
use crate::model::{AgentPool, Field, Fit, Fleet, Image, PoolField, PoolView, Workload, pool_label_keys};
use crate::source::Span;

/// The rule.
pub const RULE: Rule = Rule {
    id: "WindowsImageOsMismatch",
    severity: Severity::Error,
    kind: Kind::RuntimeFailure,
    summary: "A Windows container image is built for another Windows release than the pools it can land on",
    url: Some("https://learn.microsoft.com/azure/aks/upgrade-windows-os"),
    outranks: &[],
    checks: &[Check::Workload(check)],
    page: include_str!("windows_image_os_mismatch.md"),
};

fn check(workload: &Workload, fleet: &Fleet, _: &Context) -> Option<Finding> {
    if workload.open.is_some() || workload.dormant || workload.host_process {
        return None;
    }
    let images: Vec<(&Image, ImageBuild<'_>)> = workload
        .images
        .iter()
        .filter_map(|image| Some((image, facts::windows_image_build(&image.reference)?)))
        .collect();
    if images.is_empty() || !fleet.is_closed() || workload.is_for_others(&pool_label_keys(fleet)) {
        return None;
    }
    let lands_on = |pool: &PoolView<'_>| {
        !matches!(pool.os_type(), Field::Known("Linux")) && workload.fit(pool) > Fit::No
    };
    let targets: Vec<&AgentPool> =
        fleet.pools.iter().filter(|pool| possible(fleet, pool, lands_on)).collect();
    let mismatched: Vec<&(&Image, ImageBuild<'_>)> = images
        .iter()
        .filter(|(_, image)| {
            let may_run = |pool: &PoolView<'_>| lands_on(pool) && may_run(pool, image.build);
            !targets.iter().any(|pool| possible(fleet, pool, may_run))
        })
        .collect();
    let ((image, build), others) = mismatched.split_first().map(|(first, rest)| (**first, rest))?;

    // No target has an unknown OS or SKU, or it might run the image.
    let first = *targets.first()?;
    let surely_lands = |pool: &&&AgentPool| {
        let elsewhere = |pool: &PoolView<'_>| !pool.is_windows() || workload.fit(pool) < Fit::Yes;
        pool.presence.is_always() && !possible(fleet, pool, elsewhere)
    };
    let certain = targets.iter().find(surely_lands);
    let hosts: Vec<Host> = targets.iter().filter_map(|pool| host(fleet, pool, lands_on)).collect();
    let mut names: Vec<String> = hosts.iter().map(|host| format!("`{}`", host.os_sku)).collect();
    names.sort();
    names.dedup();
    let runs = hosts.iter().find_map(|host| host.runs);

    let mut also: Vec<(Blame, String)> = others
        .iter()
        .map(|(image, build)| {
            (Blame::Span(image.span), format!("`{}` is Windows build {}", build.tag, build.build))
        })
        .collect();
    for host in hosts.iter().take(2) {
        let message = format!("agent pool `{}` runs {}", host.pool, host.os_sku);
        also.push((Blame::Span(host.span), message));
    }
    let subject = format!("{} `{}`", workload.kind, workload.name);
    let names =
        if names.is_empty() { format!("`{}`", pool_name(fleet, first).name) } else { names.join(", ") };
    let fix = match runs {
        Some(tag) => format!(
            "Use the image's `{tag}` variant, which these nodes run, or add an agent pool whose os_sku runs `{}` \
             and select it with the label `kubernetes.azure.com/os-sku`.",
            build.tag
        ),
        None => "Use the variant of the image that is built for these nodes.".to_owned(),
    };
    Some(Finding {
        message: format!(
            "{subject} runs an image for Windows build {} (`{}`), but can land only on {names} nodes",
            build.build, build.tag
        ),
        why: "AKS runs Windows containers under process isolation, where the Windows of the image must fit that of \
              the node. Otherwise the container never starts: \"The container operating system does not match the \
              host operating system\"."
            .to_owned(),
        fix,
        blame: Blame::Span(image.span),
        label: format!("`{}` does not run on {names}", build.tag),
        also,
        severity: certain.is_none().then_some(Severity::Warning),
        change: None,
    })
}

/// Whether nodes of the pool may run images of a Windows build. What is not known may.
fn may_run(pool: &PoolView<'_>, build: u32) -> bool {
    match pool.effective_os_sku() {
        Field::Known(os_sku) => {
            let runs = pool.facts().os_sku_runs(&os_sku);
            runs.is_empty() || runs.contains(&build)
        }
        Field::Unset | Field::Unknown(_) => true,
    }
}

/// A pool that the workload lands on.
struct Host {
    pool: String,
    os_sku: Arc<str>,
    /// The tag of base images that it runs.
    runs: Option<&'static str>,
    /// Where its OS SKU is written, else its OS type, else the pool.
    span: Span,
}

fn host(fleet: &Fleet, pool: &AgentPool, lands_on: impl Fn(&PoolView<'_>) -> bool) -> Option<Host> {
    let seen = std::cell::RefCell::new(None);
    possible(fleet, pool, |view| {
        if lands_on(view)
            && let Field::Known(os_sku) = view.effective_os_sku()
        {
            let written = [PoolField::OsSku, PoolField::OsType]
                .into_iter()
                .filter_map(|field| view.alternative(field))
                .find_map(|alternative| match alternative.node {
                    crate::value::Node::Null(_) => None,
                    _ => alternative.provenance.origin(),
                });
            *seen.borrow_mut() = Some((release_tag(view, &os_sku), os_sku, written));
        }
        false
    });
    let (runs, os_sku, written) = seen.into_inner()?;
    let span = written.unwrap_or(pool.span);
    Some(Host { pool: pool_name(fleet, pool).name, os_sku, runs, span })
}

/// The tag of base images that nodes of an OS SKU run.
fn release_tag(pool: &PoolView<'_>, os_sku: &str) -> Option<&'static str> {
    match pool.facts().os_sku_runs(os_sku).first()? {
        17763 => Some("ltsc2019"),
        20348 => Some("ltsc2022"),
        26100 => Some("ltsc2025"),
        _ => None,
    }
}
