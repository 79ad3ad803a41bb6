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

    /// Its page for readers: without the line that tells its tests which day it is.
    pub fn reading_page(&self) -> String {
        self.page
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("as_of: "))
            .collect::<String>()
            .replacen("\n\n\n", "\n\n", 1)
    }

    /// What its page says before the examples, without the title: what is wrong, why, and how to mend it.
    pub fn help(&self) -> String {
        let page = self.reading_page();
        let body = page.split_once('\n').map_or("", |(_, body)| body);
        body.split("\n## Fails").next().unwrap_or_default().trim().to_owned()
    }

    /// Where its page is found on the web.
    pub fn page_url(&self) -> String {
        format!("{}/blob/main/rules/{}.md", crate::PROJECT_URL, file_stem(self.id))
    }
}

/// The name of a rule's files: `Windows2019NotSupportedWithGen2VM` to `windows2019_not_supported_with_gen2_vm`. A word
/// begins at a capital after something else, and at the last capital of several.
pub fn file_stem(id: &str) -> String {
    let mut name = String::new();
    let mut before: Option<char> = None;
    let mut rest = id.chars().peekable();
    while let Some(c) = rest.next() {
        let after_capital = before.is_some_and(|before| before.is_ascii_uppercase());
        let before_small = rest.peek().is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && before.is_some() && (!after_capital || before_small) {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
        before = Some(c);
    }
    name
}

/// Ids of findings that are not about pools, with a sentence each, no full stop: they have no page, and can be switched off
/// and suppressed like others.
pub const BUILT_IN: [(&str, &str); 4] = [
    ("Syntax", "Input that an agent pool depends on and that cannot be read"),
    (INVALID_TEMPLATE, "A value for a template's parameter that Azure Resource Manager does not accept"),
    (crate::suppress::UNUSED, "A suppression that suppresses nothing, or that is not understood"),
    (crate::suppress::NO_REASON, "A suppression without a reason, where the configuration asks for one"),
];

/// The id of values that a template's parameters do not take, which is the code of Azure's error: "The provided
/// value for the template parameter … is not valid. The parameter value is not part of the allowed value(s)."
pub const INVALID_TEMPLATE: &str = "InvalidTemplate";

/// Every id that a finding can have.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|rule| rule.id).chain(BUILT_IN.iter().map(|(id, _)| *id))
}

/// Whether findings can have this id, compared without case.
pub fn is_known_id(id: &str) -> bool {
    ids().any(|known| known.eq_ignore_ascii_case(id))
}

/// Names of groups of rules: kinds, what the rules look at, and all of them.
pub fn groups() -> impl Iterator<Item = &'static str> {
    [
        "deploy_failure",
        "runtime_failure",
        "upgrade_blocker",
        "retirement",
        "advice",
        "syntax",
        "suppression",
        "agent_pool",
        "cluster",
        "workload",
        "all",
    ]
    .into_iter()
}

/// What [`precision`] says of a rule's own id.
pub const MOST_PRECISE: u8 = 3;

/// How precisely a name speaks of the rule of an id: 3 for the id, 2 for a group that it belongs to, 1 for
/// `all`, 0 if the name is another's.
pub fn precision(name: &str, id: &str) -> u8 {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is(id) {
        return MOST_PRECISE;
    }
    let in_group = match Rule::find(id) {
        Some(rule) => is(rule.kind.name()) || rule.checks.iter().any(|check| is(check.looks_at())),
        None if id == "Syntax" => is("syntax"),
        None if id == INVALID_TEMPLATE => is("deploy_failure"),
        None => is("suppression"),
    };
    if in_group { 2 } else { u8::from(is("all")) }
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

impl Check {
    /// The group of rules that look at the same.
    pub fn looks_at(&self) -> &'static str {
        match self {
            Check::AgentPool(_) => "agent_pool",
            Check::Cluster(_) => "cluster",
            Check::Workload(_) => "workload",
        }
    }
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
