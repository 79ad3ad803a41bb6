//! Workloads whose node selector or required node affinity no agent pool satisfies.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Blame, Change, Check, Context, Finding, Rule};
use crate::check::{pool_name, possible};
use crate::diagnostic::{Kind, Severity};
use crate::model::{
    AgentPool, Field, Fit, Fleet, PoolField, Requirement, RequirementOperator, Workload, pool_label_keys,
};
use crate::source::Span;
use crate::value::Node;

/// The rule.
pub const RULE: Rule = Rule {
    id: "NodeSelectorUnsatisfiable",
    severity: Severity::Error,
    kind: Kind::RuntimeFailure,
    summary: "A workload selects nodes by labels that no agent pool has, so its pods stay pending",
    url: Some(
        "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/troubleshoot-pods-remain-pending-state-scenario",
    ),
    outranks: &[],
    checks: &[Check::Workload(check)],
    page: include_str!("node_selector_unsatisfiable.md"),
};

/// How many pools or values a finding lists.
const LISTED: usize = 4;

fn check(workload: &Workload, fleet: &Fleet, _: &Context) -> Option<Finding> {
    // A DaemonSet that matches no node runs nowhere, which is how those that are meant for some clusters
    // only are shipped.
    if workload.open.is_some() || workload.dormant || workload.kind.as_ref() == "DaemonSet" {
        return None;
    }
    if workload.requirements().next().is_none() || fleet.pools.is_empty() || !fleet.is_closed() {
        return None;
    }
    let keys = pool_label_keys(fleet);
    if workload.is_for_others(&keys) {
        return None;
    }
    let judge = Judge { fleet, keys };
    // The cheap question first: most workloads of most repositories are about nothing that pools have.
    if !workload.requirements().any(|requirement| judge.may_be_evidence(requirement)) {
        return None;
    }
    if fleet.pools.iter().any(|pool| possible(fleet, pool, |pool| workload.fit(pool) > Fit::No)) {
        return None;
    }
    // Terms of the affinity are alternatives: each must fail, and each for a reason that can be trusted.
    let terms: Vec<Vec<&Requirement>> = if workload.affinity.is_empty() {
        vec![workload.node_selector.iter().collect()]
    } else {
        workload.affinity.iter().map(|term| workload.node_selector.iter().chain(term).collect()).collect()
    };
    let culprits: Vec<Culprit<'_>> = terms.iter().map(|term| judge.culprit(term)).collect::<Option<_>>()?;
    let (first, others) = culprits.split_first()?;
    Some(judge.finding(workload, first, others))
}

/// What is in the way of one term.
struct Culprit<'w> {
    requirement: &'w Requirement,
    /// Where every requirement is satisfied by some pool but none satisfies all: the pool that comes
    /// closest.
    closest: Option<&'w AgentPool>,
}

/// The fleet, and what counts as evidence that a workload is meant for it.
struct Judge<'f> {
    fleet: &'f Fleet,
    /// Labels that pools set themselves.
    keys: BTreeSet<Arc<str>>,
}

impl<'f> Judge<'f> {
    /// A label that only AKS sets, or that a pool of the run sets: a workload that asks for it is meant for
    /// AKS, or for these pools.
    /// Where several deployments make clusters, a pool's name is evidence only if it is almost that of a pool:
    /// repositories of samples have workloads for clusters that are made elsewhere.
    fn is_evidence(&self, requirement: &Requirement) -> bool {
        if is_pool_name(&requirement.key) && self.has_several_deployments() {
            let names = self.values(&requirement.key);
            return requirement.wants_label()
                && requirement.values.iter().any(|value| nearest(value, names.keys()).is_some());
        }
        requirement.wants_label() && (is_set_by_aks(&requirement.key) || self.keys.contains(&requirement.key))
    }

    fn has_several_deployments(&self) -> bool {
        let mut scopes = self.fleet.clusters.iter().map(|cluster| &cluster.scope);
        let first = scopes.next();
        scopes.any(|scope| Some(scope) != first)
    }

    fn may_be_evidence(&self, requirement: &Requirement) -> bool {
        self.is_evidence(requirement) || self.meant_key(requirement).is_some()
    }

    /// The label that a slightly different key is meant to be: one that a pool has with the value asked for.
    fn meant_key(&self, requirement: &Requirement) -> Option<&Arc<str>> {
        let key = &*requirement.key;
        if self.keys.contains(key) || key.contains('/') || is_set_by_aks(key) {
            return None;
        }
        let near = nearest(key, self.keys.iter())?;
        let asked = |value: &String| requirement.values.iter().any(|asked| **asked == **value);
        self.values(near).keys().any(asked).then_some(near)
    }

    /// Whether some pool, in some world, may satisfy the requirement.
    fn is_satisfiable(&self, requirement: &Requirement) -> bool {
        self.fleet.pools.iter().any(|pool| self.may_satisfy(pool, requirement))
    }

    fn may_satisfy(&self, pool: &AgentPool, requirement: &Requirement) -> bool {
        possible(self.fleet, pool, |pool| requirement.fit(pool) > Fit::No)
    }

    /// What no pool satisfies, if there is evidence that it should. All of `term` together is known to be
    /// satisfied by none.
    fn culprit<'w>(&self, term: &[&'w Requirement]) -> Option<Culprit<'w>>
    where
        'f: 'w,
    {
        let failing: Vec<&Requirement> =
            term.iter().copied().filter(|requirement| !self.is_satisfiable(requirement)).collect();
        let direct = failing.iter().copied().find(|requirement| self.may_be_evidence(requirement));
        if let Some(requirement) = direct {
            return Some(Culprit { requirement, closest: None });
        }
        // What else the term asks for may show that it is meant for these pools, if pools have it. That every
        // AKS cluster has it (`kubernetes.azure.com/cluster`) is not enough: components are shipped for all.
        let names_our_pools = |requirement: &&&Requirement| {
            requirement.operator == RequirementOperator::In
                && (is_pool_name(&requirement.key) || self.keys.contains(&requirement.key))
                && self.is_satisfiable(requirement)
        };
        term.iter().find(names_our_pools)?;
        if let Some(requirement) = failing.first().copied() {
            return Some(Culprit { requirement, closest: None });
        }
        let satisfied =
            |pool: &AgentPool| term.iter().filter(|requirement| self.may_satisfy(pool, requirement)).count();
        let mut best: Option<(&AgentPool, usize)> = None;
        for pool in &self.fleet.pools {
            let count = satisfied(pool);
            if best.is_none_or(|(_, most)| count > most) {
                best = Some((pool, count));
            }
        }
        let (pool, _) = best?;
        let unmet = term.iter().copied().find(|requirement| !self.may_satisfy(pool, requirement));
        Some(Culprit { requirement: unmet.or(term.first().copied())?, closest: Some(pool) })
    }

    /// The values that a label has on pools, and for each one where a pool gets it.
    fn values(&self, key: &str) -> BTreeMap<String, (&'f AgentPool, Option<Span>)> {
        let mut all = BTreeMap::new();
        for pool in &self.fleet.pools {
            let seen = RefCell::new(BTreeSet::new());
            possible(self.fleet, pool, |pool| {
                if let Field::Known(value) = pool.label(key) {
                    seen.borrow_mut().insert(value.to_string());
                }
                false
            });
            for value in seen.into_inner() {
                let place = place_of(pool, key, &value);
                all.entry(value).or_insert((pool, place));
            }
        }
        all
    }

    fn finding(&self, workload: &Workload, culprit: &Culprit<'_>, others: &[Culprit<'_>]) -> Finding {
        let requirement = culprit.requirement;
        let key = &*requirement.key;
        let values = self.values(key);
        let meant_key = self.meant_key(requirement);
        let meant_value = requirement
            .values
            .iter()
            .find_map(|value| nearest(value, values.keys()))
            .filter(|_| requirement.operator == RequirementOperator::In && culprit.closest.is_none());
        let lacking = lacking(requirement);
        let listed: Vec<String> = values.keys().take(LISTED).map(|value| format!("`{value}`")).collect();

        let mut also = Vec::new();
        for other in others {
            let message = format!(
                "another term of the affinity, which no agent pool satisfies: none {}",
                self::lacking(other.requirement)
            );
            also.push((Blame::Span(other.requirement.span), message));
        }
        if let Some(pool) = culprit.closest {
            let name = pool_name(self.fleet, pool).name;
            let message = format!("agent pool `{name}` satisfies other requirements, but not this one");
            also.push((Blame::Span(pool.span), message));
        } else {
            let shown = values.iter().filter(|(value, _)| meant_value.is_none_or(|meant| meant == *value));
            for (value, (pool, place)) in shown.take(2) {
                let Some(place) = place else { continue };
                let name = pool_name(self.fleet, pool).name;
                also.push((Blame::Span(*place), format!("agent pool `{name}` has `{key}: {value}`")));
            }
        }

        let subject = format!("{} `{}`", workload.kind, workload.name);
        let (message, mut label) = if culprit.closest.is_some() {
            (
                format!(
                    "{subject} can run on no agent pool: none satisfies all of its selector, `{key}` among it"
                ),
                format!("no agent pool that satisfies the rest {lacking}"),
            )
        } else {
            (
                format!("{subject} can run on no agent pool: none {lacking}"),
                format!("no agent pool {lacking}"),
            )
        };
        let own = self.keys.contains(key);
        let fix = match (meant_key, meant_value) {
            (Some(meant), _) => {
                label.push_str(&format!("; did you mean `{meant}`?"));
                format!("Write the label as agent pools have it: `{meant}`.")
            }
            (None, Some(meant)) => {
                label.push_str(&format!("; did you mean `{meant}`?"));
                format!("Write `{key}: {meant}`, which an agent pool has.")
            }
            _ if culprit.closest.is_some() => {
                "Ask only for labels that one agent pool has together, or add such a pool.".to_owned()
            }
            _ if key == "kubernetes.azure.com/scalesetpriority" && values.is_empty() => {
                "AKS writes this label on the nodes of spot pools only, as `spot`. Add a spot pool, or remove \
                 the label from the selector."
                    .to_owned()
            }
            _ if own && !listed.is_empty() => format!(
                "Ask for a value that an agent pool has ({}), or add this one to the node_labels of a pool.",
                listed.join(", ")
            ),
            _ if !listed.is_empty() => {
                format!("Ask for a value that an agent pool has ({}), or add such a pool.", listed.join(", "))
            }
            _ if is_set_by_aks(key) || key.contains('/') => {
                "Remove the label from the selector, or add an agent pool that has it.".to_owned()
            }
            _ => "Add the label to the node_labels of an agent pool, or remove it from the selector.".to_owned(),
        };
        let change = match (meant_key, meant_value) {
            (Some(meant), _) => Some(slip(requirement.key_span, key, meant, self.keys.iter())),
            (None, Some(meant)) => requirement
                .values
                .first()
                .filter(|_| requirement.values.len() == 1)
                .map(|written| slip(requirement.span, written, meant, values.keys())),
            (None, None) => None,
        };
        let by_hand = !own && !key.contains('/') && !is_set_by_aks(key);
        let mut why = format!(
            "The scheduler places a pod only on a node that has every label it asks for. All agent pools are \
             known ({}), and none satisfies this selector, so the pods stay pending: \"node(s) didn't match \
             Pod's node affinity/selector\".",
            self.fleet.pools.len()
        );
        if by_hand {
            why.push_str(
                " Nodes that are labelled by hand would do until AKS replaces them, with the next upgrade or \
                 node image.",
            );
        }
        Finding {
            message,
            why,
            fix,
            blame: Blame::Span(requirement.span),
            label,
            also,
            severity: by_hand.then_some(Severity::Warning),
            change,
        }
    }
}

/// Whether AKS sets a label, and no other Kubernetes does.
fn is_set_by_aks(key: &str) -> bool {
    is_pool_name(key) || key.starts_with("kubernetes.azure.com/")
}

/// Whether a label is the pool's name.
fn is_pool_name(key: &str) -> bool {
    matches!(key, "agentpool" | "kubernetes.azure.com/agentpool")
}

/// What pools lack, as the end of a sentence that begins "none".
fn lacking(requirement: &Requirement) -> String {
    use RequirementOperator::{DoesNotExist, Exists, Gt, In, Lt, NotIn};
    let Requirement { key, values, .. } = requirement;
    let list = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    let first = values.first().map_or("", |value| value);
    match requirement.operator {
        In if values.len() == 1 => format!("has `{key}: {first}`"),
        In => format!("has `{key}` as one of {list}"),
        NotIn => format!("is without `{key}` as one of {list}"),
        Exists => format!("has the label `{key}`"),
        DoesNotExist => format!("is without the label `{key}`"),
        Gt => format!("has `{key}` above {first}"),
        Lt => format!("has `{key}` below {first}"),
    }
}

/// Where a pool gets a label of this value: the entry of its labels, or its name.
fn place_of(pool: &AgentPool, key: &str, value: &str) -> Option<Span> {
    if is_pool_name(key) {
        return pool.fields.get(&PoolField::Name)?.provenance().origin();
    }
    let labels = pool.fields.get(&PoolField::NodeLabels)?;
    let mut entries = labels.alternatives().iter().filter_map(|alternative| match &alternative.node {
        Node::Map(map) => map.entries.get(key),
        _ => None,
    });
    let holds = |entry: &&crate::value::Value| entry.as_str().is_none_or(|text| text == value);
    entries.find(holds)?.provenance().origin()
}

/// What was meant instead of what is written. Where two candidates are near enough, people choose.
fn slip<'c, T: AsRef<str> + 'c>(
    at: Span,
    written: &str,
    meant: &str,
    candidates: impl Iterator<Item = &'c T>,
) -> Change {
    let others = candidates.filter(|candidate| (*candidate).as_ref() != meant);
    let implies = nearest(written, others).map(|other| {
        format!("The pods run where `{meant}` says; `{}` is nearly the same word.", other.as_ref())
    });
    Change { blame: Blame::Span(at), from: written.to_owned(), to: meant.to_owned(), implies }
}

/// The candidate that `text` is a slip of, if one is near enough: a letter in four, case aside. Other numbers
/// are no slip: `pool1` is not meant to be `pool2`, nor `Windows2019` to be `Windows2022`.
fn nearest<'c, T: AsRef<str>>(text: &str, candidates: impl Iterator<Item = &'c T>) -> Option<&'c T> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let length = |text: &str| text.chars().count();
    let lower = text.to_lowercase();
    candidates
        .filter(|candidate| (*candidate).as_ref() != text && digits((*candidate).as_ref()) == digits(text))
        .map(|candidate| (distance(&lower, &candidate.as_ref().to_lowercase()), candidate))
        .filter(|(distance, near)| *distance <= length(text).min(length((*near).as_ref())) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed or replaced to make one text the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (y, pair) in b.iter().zip(row.windows(2)) {
            let &[diagonal, above] = pair else { continue };
            left = (left + 1).min(above + 1).min(diagonal + usize::from(x != *y));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        let values = ["system", "gpu", "Batch", "pool1"].map(str::to_owned);
        let near = |text| nearest(text, values.iter()).map(String::as_str);
        assert_eq!(near("sytem"), Some("system"));
        assert_eq!(near("systems"), Some("system"));
        assert_eq!(near("batch"), Some("Batch"));
        assert_eq!(near("GPU"), Some("gpu"));
        for text in ["cpu", "web", "pool2", "system", ""] {
            assert_eq!(near(text), None, "{text}");
        }
    }

    #[test]
    fn the_distance_counts_added_removed_and_replaced_letters() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("pool", "pol"), 1);
    }
}
