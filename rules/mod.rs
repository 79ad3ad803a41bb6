//! Rules. Each has one home in this folder: `NAME.rs` is the check, `NAME.md` its page, which is the
//! documentation, the text of `akslint explain`, and the executed test. A rule reads the model and the
//! facts and nothing else.
//!
//! To add one: write the two files, add the `mod` line and the entry in [`ALL`], both in alphabetical
//! order. `tests/tidy.rs` fails if one is forgotten.

mod common;
mod invalid_agent_pool_name;
mod invalid_ossku;
mod k8s_version_lts_only;
mod k8s_version_not_supported;
mod node_selector_unsatisfiable;
mod os_sku_version_window;
mod retired_vm_size;
mod retiring_vm_size;
mod system_pool_must_be_linux;
#[cfg(test)]
mod testing;
mod unsupported_gen2_vm_size;
mod vm_size_not_supported_for_windows_agent_pool;
mod windows2019_not_supported_with_gen2_vm;
mod windows2019_not_supported_with_k8s133;
mod windows2019_retired;
mod windows2025_requires_fips_image;
mod windows_agent_pool_name_too_long;
mod windows_gen2_not_used;
mod windows_gen2_opt_in_missing;
mod windows_image_os_mismatch;

use crate::diagnostic::{Kind, Severity};
use crate::facts::Date;
use crate::model::{ClusterField, ClusterView, Fleet, PoolField, PoolView, Workload};
use crate::source::Span;

/// Every rule, in the alphabetical order of its module.
pub const ALL: &[&Rule] = &[
    &invalid_agent_pool_name::RULE,
    &invalid_ossku::RULE,
    &k8s_version_lts_only::RULE,
    &k8s_version_not_supported::RULE,
    &node_selector_unsatisfiable::RULE,
    &os_sku_version_window::RULE,
    &retired_vm_size::RULE,
    &retiring_vm_size::RULE,
    &system_pool_must_be_linux::RULE,
    &unsupported_gen2_vm_size::RULE,
    &vm_size_not_supported_for_windows_agent_pool::RULE,
    &windows2019_not_supported_with_gen2_vm::RULE,
    &windows2019_not_supported_with_k8s133::RULE,
    &windows2019_retired::RULE,
    &windows2025_requires_fips_image::RULE,
    &windows_agent_pool_name_too_long::RULE,
    &windows_gen2_not_used::RULE,
    &windows_gen2_opt_in_missing::RULE,
    &windows_image_os_mismatch::RULE,
];

/// A rule.
pub struct Rule {
    /// Its name: AKS's own error code where there is one, else a name in the same style.
    pub id: &'static str,
    /// How bad a certain finding is.
    pub severity: Severity,
    /// What sort of trouble.
    pub kind: Kind,
    /// One sentence for lists, without a full stop.
    pub summary: &'static str,
    /// The vendor's page.
    pub url: Option<&'static str>,
    /// Ids of rules whose findings on the same pool and field are the same mistake, seen less precisely:
    /// they become notes of this rule's finding.
    pub outranks: &'static [&'static str],
    /// What is run.
    pub checks: &'static [Check],
    /// Its page, the text of `NAME.md`.
    pub page: &'static str,
}

impl Rule {
    /// The rule of an id, compared without case.
    pub fn find(id: &str) -> Option<&'static Rule> {
        ALL.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
    }
}

/// A function of a rule and what it looks at.
pub enum Check {
    /// One agent pool in one world.
    AgentPool(fn(&PoolView<'_>, &Context) -> Option<Finding>),
    /// One cluster in one world.
    Cluster(fn(&ClusterView<'_>, &Context) -> Option<Finding>),
    /// One workload against everything that the run resolved.
    Workload(fn(&Workload, &Fleet, &Context) -> Option<Finding>),
}

/// What a rule may know besides the model and the facts.
#[derive(Debug, Clone)]
pub struct Context {
    /// The day that counts as today.
    pub as_of: Date,
    /// How many days before a retirement it becomes a warning.
    pub retirement_horizon_days: i64,
}

/// What a rule found. The engine adds the pools, the provenance and the assumptions.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The headline after the name of the pool or cluster: names the values seen, in the present tense,
    /// without a full stop. Findings of one rule with the same primary span and message are one.
    pub message: String,
    /// Why, in sentences; quotes Azure's code and text where known.
    pub why: String,
    /// What to do, in sentences that fit the writer.
    pub fix: String,
    /// The field whose origin is the line to edit.
    pub blame: Blame,
    /// What to say there.
    pub label: String,
    /// Further values that matter, each with what to say.
    pub also: Vec<(Blame, String)>,
    /// Where this finding differs from the rule's severity.
    pub severity: Option<Severity>,
    /// The value that mends it, where there is one.
    pub change: Option<Change>,
}

/// One written value that is to be another. The engine makes an edit of it where the value is written as a
/// literal in a file that may be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where the value is used; its origin is what changes.
    pub blame: Blame,
    /// The value that is there.
    pub from: String,
    /// The value to write.
    pub to: String,
    /// What comes of it besides the mended defect, in sentences. `None` only where the change cannot replace a
    /// pool and changes nothing else: where Azure refuses the pool as it is, or nothing runs.
    pub implies: Option<String>,
}

/// What a finding points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blame {
    /// A field of the pool.
    Pool(PoolField),
    /// A field of the cluster.
    Cluster(ClusterField),
    /// A place, for workloads.
    Span(Span),
}
