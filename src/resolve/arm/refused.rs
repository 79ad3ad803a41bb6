//! What the service rejects before it deploys anything.

use std::collections::{BTreeMap, BTreeSet};

use super::eval::Evaluator;
use super::expr::ExprKind;
use super::template::resources_of;
use super::tree::Node as Tree;
use super::{AGENT_POOLS, MANAGED_CLUSTERS};
use crate::source::Span;
use crate::value::{Alternative, Node, Region, ops};

/// A loop makes at most so many copies: "The count can't exceed 800" and "can't be a negative number" of resources,
/// properties, variables and outputs alike ("Resource iteration in ARM templates" and its sisters in Azure's
/// documents). The service compares before it looks at conditions.
const MAX_COPIES: usize = 800;

/// Something for which the service rejects a deployment before it deploys anything. The code of its error is
/// `InvalidTemplate`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Where.
    pub span: Span,
    /// What, without a full stop.
    pub message: String,
    /// Of which sort it is.
    pub kind: Refusal,
    /// Where the deployment is only in some worlds: which, one clause each. Any of them is enough.
    pub assumptions: Vec<String>,
}

/// Sorts of what the service rejects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A value given to a parameter: not among those allowed, too long, too large.
    Value,
    /// A value for what is no parameter.
    Undeclared,
    /// The count of a loop.
    Loop,
    /// Something that a resource depends on and that its template does not have.
    Dependency,
}

/// What was met that the service rejects.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Objection {
    /// The place of the deployment without which nobody looks at it; empty for the root's.
    deployment: String,
    /// The worlds in which it is rejected where that is deployed.
    worlds: Vec<Region>,
    span: Span,
    message: String,
    kind: Refusal,
}

/// A text of an input within a message.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

/// The template whose resources are walked, and which templates have clusters and which have pools, as far as that was
/// asked: the same template may stand in many places.
#[derive(Default)]
pub(super) struct Walked<'t> {
    template: Option<&'t Tree>,
    /// By the addresses of templates, which stay where they are while the evaluation lasts.
    known: BTreeMap<usize, (bool, bool)>,
}

impl<'t> Walked<'t> {
    /// Goes on with another template. Returns the one before.
    pub(super) fn enter(&mut self, template: Option<&'t Tree>) -> Option<&'t Tree> {
        std::mem::replace(&mut self.template, template)
    }

    /// Whether it has a cluster, and whether a pool; both if that is not known.
    fn has(&mut self) -> (bool, bool) {
        // What symbolic names can depend on besides each other is not documented.
        let is_list = |template: &&Tree| !template.get("resources").is_some_and(Tree::is_object);
        let Some(template) = self.template.filter(is_list) else { return (true, true) };
        let address = std::ptr::from_ref(template.itself()).addr();
        *self.known.entry(address).or_insert_with(|| clusters_and_pools(template, "", 0))
    }
}

fn clusters_and_pools(owner: &Tree, parent: &str, depth: usize) -> (bool, bool) {
    if depth > 16 {
        return (true, true);
    }
    let mut has = (false, false);
    for (_, resource) in resources_of(owner) {
        let Some(kind) = resource.get("type").and_then(Tree::as_str) else { return (true, true) };
        let kind = if parent.is_empty() { kind.to_owned() } else { format!("{parent}/{kind}") };
        let within = clusters_and_pools(resource, &kind, depth + 1);
        has.0 |= within.0 || kind.eq_ignore_ascii_case(MANAGED_CLUSTERS);
        has.1 |= within.1 || kind.eq_ignore_ascii_case(AGENT_POOLS);
    }
    has
}

/// Whether an item of `dependsOn` means a cluster, and whether a pool, if its type is written out.
fn means(item: &Tree) -> Option<(bool, bool)> {
    if let Some(text) = item.as_str() {
        // `…/managedClusters/aks`, and nothing within it.
        let (kind, name) = text.rsplit_once('/')?;
        return kind.eq_ignore_ascii_case(MANAGED_CLUSTERS).then_some((!name.is_empty(), false));
    }
    let ExprKind::Call { namespace: None, name, args, .. } = &item.as_expression()?.code().ok()?.expr.kind
    else {
        return None;
    };
    let texts = args.iter().map(|arg| match &arg.kind {
        ExprKind::String(text) => Some(&**text),
        _ => None,
    });
    if !name.eq_ignore_ascii_case("resourceId") {
        return None;
    }
    let kind = texts.take(3).find(|text| text.is_none_or(|text| text.contains('/')))??;
    match (kind.eq_ignore_ascii_case(MANAGED_CLUSTERS), kind.eq_ignore_ascii_case(AGENT_POOLS)) {
        (false, false) => None,
        means => Some(means),
    }
}

impl Refused {
    /// Each once, with the fewest assumptions: what is refused in one scenario whatever else holds is refused.
    pub(super) fn sorted(mut all: Vec<Refused>) -> Vec<Refused> {
        all.sort();
        let mut once: Vec<Refused> = Vec::new();
        for next in all {
            match once.last_mut() {
                Some(last) if (last.span, &last.message) == (next.span, &next.message) => {
                    if !last.assumptions.is_empty() {
                        last.assumptions.extend(next.assumptions);
                        last.assumptions.sort();
                        last.assumptions.dedup();
                    }
                }
                _ => once.push(next),
            }
        }
        once
    }
}

impl<'t> Evaluator<'t> {
    /// Notes what a resource that is deployed in these worlds depends on for certain, and what its template has none
    /// of, whatever the names: "The resource '…' is not defined in the template" (microsoft/vscode-azurearmtools, issue
    /// 493; Azure/arm-ttk, issue 750). Names are not compared, of which most are known at run time only.
    pub(super) fn check_dependencies(&self, resource: &Tree, worlds: &[Region]) {
        for item in resource.get("dependsOn").map(Tree::items).unwrap_or_default() {
            let Some(means) = means(item) else { continue };
            let has = self.walked.borrow_mut().has();
            let what = match means {
                (true, _) if !has.0 => "managed cluster",
                (_, true) if !has.1 => "agent pool",
                _ => continue,
            };
            let message = format!("the template deploys no {what} for this to depend on");
            self.refuse(Refusal::Dependency, "", worlds.to_vec(), item.span, message);
        }
    }

    fn refuse(&self, kind: Refusal, deployment: &str, worlds: Vec<Region>, span: Span, message: String) {
        let deployment = deployment.to_owned();
        self.refused.borrow_mut().insert(Objection { deployment, worlds, span, message, kind });
    }

    /// What the service rejects, by place. It looks at nothing of a deployment that is not deployed, although
    /// something may refer to it.
    pub(super) fn take_refused(&self) -> Vec<Refused> {
        let deployed = self.deployed.borrow();
        let refused = self.refused.take().into_iter().filter_map(|objection| {
            let Objection { deployment, worlds: within, span, message, kind } = objection;
            let worlds = deployed.get(&deployment)?.iter();
            let worlds: Vec<Region> =
                worlds.flat_map(|world| within.iter().filter_map(|part| world.and(part))).collect();
            if worlds.is_empty() {
                return None;
            }
            let certain = Region::everywhere().within(&worlds);
            let clauses = worlds.iter().filter(|_| !certain).map(|region| region.clauses().join(" and "));
            let assumptions: BTreeSet<String> = clauses.collect();
            Some(Refused { span, message, kind, assumptions: assumptions.into_iter().take(4).collect() })
        });
        Refused::sorted(refused.collect())
    }

    /// Notes a value that the service rejects if it deploys the deployment at this place.
    pub(super) fn refuse_value(&self, place: &str, span: Span, message: String) {
        self.refuse(Refusal::Value, place, vec![Region::everywhere()], span, message);
    }

    /// How many iterations a loop makes by this alternative of its count, if the service makes them; else notes
    /// that it does not, in those of these worlds in which the count is that one.
    pub(super) fn iterations(&self, count: &Alternative, worlds: &[Region], copy: Span) -> Option<usize> {
        let message = match &count.node {
            node if ops::is_failure(node) => return None,
            Node::Number(number) => match number.as_i64().map(usize::try_from) {
                Some(Ok(count)) if count <= MAX_COPIES => return Some(count),
                Some(Ok(_)) => format!("the count of a loop is at most {MAX_COPIES}, not {number}"),
                Some(Err(_)) => format!("the count of a loop is at least 0, not {number}"),
                None => format!("the count of a loop is a whole number, not {number}"),
            },
            // Whether the service takes a number that is written as a text is not documented.
            Node::String(text) if text.parse::<i64>().is_ok() => {
                return text.parse().ok().filter(|count| *count <= MAX_COPIES);
            }
            // An expression that is not one stands for itself, which has been told.
            Node::String(text) if text.starts_with('[') => return None,
            Node::String(text) => format!("the count of a loop is a number, not {}", quoted(text)),
            Node::Bool(value) => format!("the count of a loop is a number, not {value}"),
            Node::Null(_) => "the count of a loop is a number, not null".to_owned(),
            Node::List(_) => "the count of a loop is a number, not an array".to_owned(),
            Node::Map(_) => "the count of a loop is a number, not an object".to_owned(),
            Node::Unknown(_) => return None,
        };
        let here: Vec<Region> = worlds.iter().filter_map(|world| world.and(&count.region)).collect();
        let at = count.provenance.origin().unwrap_or(copy);
        self.refuse(Refusal::Loop, "", here, at, message);
        None
    }

    /// Evaluates something that the service may not evaluate.
    pub(super) fn perhaps<T>(&self, f: impl FnOnce() -> T) -> T {
        let before = self.worlds.take();
        let value = f();
        self.worlds.replace(before);
        value
    }
}
