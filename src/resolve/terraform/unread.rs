//! Modules that a deployment calls and that are not on disk. Which clusters they may add pools to shows in what they
//! are given.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::config::{Call, Module, is_constant};
use super::eval::{Scope, eval};
use super::instance::{Instance, enabled};
use super::project::{Project, Reach};
use super::resources::may_define_ours;
use super::{absent, not_on_disk};
use crate::resolve::{Problem, Resolved, Resource, Unread};
use crate::source::Span;
use crate::syntax::hcl::Block;
use crate::value::{Node, Unknown, Value, ops};

/// Arguments of a module call that are Terraform's own.
const META: [&str; 6] = ["source", "version", "providers", "count", "for_each", "depends_on"];
/// Of a call that is repeated so many instances are looked at.
const MAX_INSTANCES: usize = 16;
/// Of one argument so many parts are looked at; one that has more may hold anything.
const MAX_PARTS: usize = 10_000;

/// Notes what is not read of a root and of all modules that it calls, after its resources were collected.
pub(super) fn collect(
    project: &Project<'_>,
    root: &Rc<Instance<'_>>,
    scope: &Arc<str>,
    scenario: &Option<Arc<str>>,
    resolved: &mut Resolved,
) {
    let ours = |resource: &&Resource| resource.scope == *scope && resource.scenario == *scenario;
    let clusters: Vec<Handle> = resolved
        .resources
        .iter()
        .filter(ours)
        .filter(|resource| may_be_cluster(resource))
        .map(Handle::of)
        .collect();
    if clusters.is_empty() {
        return;
    }
    let (mut unread, mut problems) = (Vec::new(), Vec::new());
    root.unread(&mut |instance, name, call| {
        let told = absent(project, &instance.module, name, call);
        let given = if told.is_some() { None } else { Some(given(instance, call, &clusters)) };
        if given.as_ref().is_some_and(BTreeSet::is_empty) {
            return;
        }
        problems.push(told.unwrap_or_else(|| not_on_disk(call)));
        unread.push(Unread {
            scope: scope.clone(),
            scenario: scenario.clone(),
            clusters: given,
            reason: Arc::from(format!("module `{name}` is not on disk and may add pools")),
        });
    });
    resolved.unread.extend(unread);
    resolved.problems.extend::<Vec<Problem>>(problems);
}

/// The blocks of a root, and of all modules that it calls, of which its variables' defaults leave nothing: resources of
/// ours, and calls of modules that have such. Where the count is a literal, nobody can change it from outside.
pub(super) fn switched_off(project: &Project<'_>, root: &Rc<Instance<'_>>, reach: &Reach) -> Vec<Span> {
    let defines =
        |module: &Module| module.resources.iter().any(|((kind, _), block)| may_define_ours(kind, block));
    let may_reach = |instance: &Rc<Instance<'_>>, name: &Arc<str>, call: &Call| {
        instance.dir_of(name, call).is_some_and(|dir| {
            reach.reaching.contains(&dir)
                && !project.reach(&BTreeSet::from([dir]), &defines).reaching.is_empty()
        })
    };
    let mut found = Vec::new();
    root.walk(&may_reach, &mut |instance| {
        let is_off = |block: &Block| {
            let repeats = ["count", "for_each"].iter().filter_map(|name| block.body.attribute(name));
            repeats.chain(enabled(block)).any(|repeat| !is_constant(&repeat.expr))
                && instance.repeat(block, block.header).is_empty()
        };
        let resources = instance.module.resources.iter();
        let resources = resources.filter(|((kind, _), block)| may_define_ours(kind, block) && is_off(block));
        found.extend(resources.map(|(_, block)| block.header));
        for (name, call) in &instance.module.calls {
            if is_off(&call.block) && may_reach(instance, name, call) {
                found.push(call.block.header);
            }
        }
    });
    found
}

/// Whether the text of a file that cannot be read in full has a resource of ours: one of the azurerm provider in either
/// notation, or the type of one of azapi. References and ids do not count.
pub(super) fn writes_ours(text: &str) -> bool {
    static OURS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let kind = "azurerm_kubernetes_(?:automatic_)?cluster(?:_node_pool)?";
        let block = format!(r#"(?m)^[ \t]*resource[ \t]+"?{kind}"?[ \t]"#);
        let member = format!(r#"(?s)"resource"\s*:.*"{kind}"\s*:"#);
        let azapi = r#"(?m)^[^#\n]*"(?i:Microsoft\.ContainerService/managedClusters)(?:/\w+)?@"#;
        Regex::new(&format!("{block}|{member}|{azapi}")).ok()
    });
    OURS.as_ref().is_some_and(|ours| ours.is_match(text))
}

fn may_be_cluster(resource: &Resource) -> bool {
    matches!(
        &*resource.kind,
        "azurerm_kubernetes_cluster" | "azurerm_kubernetes_automatic_cluster" | "azapi_resource"
    )
}

/// What people hand on of a cluster.
struct Handle {
    address: String,
    id: String,
    name: Value,
}

impl Handle {
    fn of(resource: &Resource) -> Handle {
        Handle {
            address: resource.address.clone(),
            id: format!("{}.id", resource.address),
            name: ops::member(&resource.body, "name", false),
        }
    }

    /// Whether a value holds the cluster, its id or its name.
    fn is_in(&self, value: &Value, left: &mut usize) -> bool {
        let is_it = |unknown: &Unknown| {
            let key = unknown.atom.key();
            let is_name = |name: &Node| matches!(name, Node::Unknown(name) if name.atom == unknown.atom);
            key == self.id
                || key == self.address
                || unknown.certain.base.as_deref() == Some(&*self.id)
                || self.name.alternatives().iter().any(|name| is_name(&name.node))
        };
        value.alternatives().iter().any(|alternative| {
            let Some(rest) = left.checked_sub(1) else { return true };
            *left = rest;
            match &alternative.node {
                Node::Unknown(unknown) => is_it(unknown),
                Node::List(list) => {
                    list.open.as_ref().is_some_and(|open| is_it(open))
                        || list.items.iter().any(|item| self.is_in(item, left))
                }
                Node::Map(map) => {
                    map.open.as_ref().is_some_and(|open| is_it(open))
                        || map.entries.values().any(|item| self.is_in(item, left))
                }
                // The same text may stand for something else; the text of the same place does not.
                Node::String(text) => self.name.alternatives().iter().any(|name| {
                    let same = matches!(&name.node, Node::String(name) if name == text);
                    same && name.provenance.origin() == alternative.provenance.origin()
                }),
                _ => false,
            }
        })
    }
}

/// The addresses of the clusters that a call is given.
fn given(instance: &Rc<Instance<'_>>, call: &Call, clusters: &[Handle]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for repeated in instance.repeat(&call.block, call.block.header).into_iter().take(MAX_INSTANCES) {
        let scope = Scope::repeated(instance, repeated.repetition);
        let arguments = call.block.body.attributes.iter().filter(|argument| !META.contains(&&*argument.name));
        for argument in arguments {
            let value = eval(&argument.expr, &scope);
            for cluster in clusters {
                if !found.contains(&cluster.address) && cluster.is_in(&value, &mut MAX_PARTS.clone()) {
                    found.insert(cluster.address.clone());
                }
            }
        }
    }
    found
}

/// What an azapi resource of a type that is not known may be: a pool of any cluster of its deployment.
pub(super) fn of_unknown_type(resource: &Resource, name: &str, resolved: &mut Resolved) {
    let address = format!("{}.{name}", resource.kind);
    resolved.problems.push(Problem {
        span: resource.span,
        message: format!("the type of `{address}` is not known; it may be an agent pool"),
        needed: false,
    });
    resolved.unread.push(Unread {
        scope: resource.scope.clone(),
        scenario: resource.scenario.clone(),
        clusters: None,
        reason: Arc::from(format!("`{address}`, of a type that is not known, may be a pool")),
    });
}
