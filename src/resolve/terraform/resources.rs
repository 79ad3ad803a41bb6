//! Resource blocks to resources: arguments evaluated, nested and dynamic blocks expanded.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::config::literal;
use super::eval::{Scope, beyond_bounds, elements, eval};
use super::functions;
use super::instance::Instance;
use super::repeat::Key;
use super::unread;
use crate::model::{Presence, Writer};
use crate::resolve::{Problem, Resolved, Resource};
use crate::source::Span;
use crate::syntax::hcl::{Block, Body, Expr, ExprKind, Step, StepKind};
use crate::value::{Alternative, List, Map, Node, Provenance, Reason, Region, Value, ops};

/// Arguments that Terraform itself reads in every resource.
const META: [&str; 5] = ["count", "for_each", "provider", "depends_on", "lifecycle"];

/// Whether a name in a resource block is Terraform's own and no argument of the resource's.
pub fn is_meta(name: &str) -> bool {
    META.contains(&name) || is_meta_block(name)
}

fn is_meta_block(kind: &str) -> bool {
    matches!(kind, "lifecycle" | "provisioner" | "connection" | "timeouts")
}

/// The resource types of the azurerm provider that define clusters and pools.
const AZURERM: [&str; 3] = [
    "azurerm_kubernetes_cluster",
    "azurerm_kubernetes_automatic_cluster",
    "azurerm_kubernetes_cluster_node_pool",
];

/// The resource types of the azapi provider that can write any ARM resource.
pub(super) const AZAPI: [&str; 3] = ["azapi_resource", "azapi_update_resource", "azapi_resource_action"];

/// Whether resources of this type can define or change clusters and pools.
pub fn is_of_interest(kind: &str) -> bool {
    AZURERM.contains(&kind) || AZAPI.contains(&kind)
}

/// The resources of interest of one module instance.
pub fn collect(
    instance: &Rc<Instance>,
    scope: &Arc<str>,
    scenario: &Option<Arc<str>>,
    resolved: &mut Resolved,
) {
    let call_site = instance.call_site();
    for ((kind, name), block) in &instance.module.resources {
        if !is_of_interest(kind) {
            continue;
        }
        for repeated in instance.repeat(block, block.header) {
            let regions = Region::joint(&instance.presence, &repeated.presence);
            if regions.is_empty() {
                continue;
            }
            let within = Scope::repeated(instance, repeated.repetition.clone());
            let writes = match AZAPI.contains(&&**kind) {
                true => writes_container_service(block, &within),
                false => Writes::Certainly,
            };
            if writes == Writes::No {
                continue;
            }
            if !instance.afford_instance(block.header) {
                return;
            }
            let key = repeated.key.as_ref().map(Key::to_string).unwrap_or_default();
            let writer = if AZURERM.contains(&&**kind) {
                Writer::Azurerm { major: instance.azurerm_major() }
            } else {
                match call_site {
                    Some(_) => Writer::AzapiModule,
                    None => Writer::Azapi,
                }
            };
            let resource = Resource {
                kind: kind.clone(),
                address: format!("{}{kind}.{name}{key}", instance.path),
                span: call_site.as_ref().map_or(block.header, |(call, ..)| *call),
                scope: scope.clone(),
                entry: None,
                scenario: scenario.clone(),
                presence: Presence { regions, many: instance.many || repeated.many },
                writer,
                body: match &call_site {
                    Some((_, call, module)) => body_of(block, &within).with_provenance(&|provenance| {
                        provenance.told_from(&|at| instance.is_hidden(at), *call, module)
                    }),
                    None => body_of(block, &within),
                },
                ignore_changes: ignore_changes(block),
            };
            match writes {
                Writes::Perhaps if !is_patch(kind) => unread::of_unknown_type(&resource, name, resolved),
                _ => resolved.resources.push(resource),
            }
        }
    }
}

/// Whether an azapi resource is of a type of ours, which is `Microsoft.ContainerService/managedClusters` and all below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Writes {
    No,
    /// Its type is not known, or not as far as the API version.
    Perhaps,
    Certainly,
}

/// Whether a resource of this type of azapi's changes what another one defines.
pub(super) fn is_patch(kind: &str) -> bool {
    kind != "azapi_resource"
}

/// Whether the resources of a block may define clusters or pools, by what is written.
pub(super) fn may_define_ours(kind: &str, block: &Block) -> bool {
    let written = block.body.attribute("type").and_then(|kind| literal(&kind.expr));
    AZURERM.contains(&kind)
        || (AZAPI.contains(&kind) && written.is_none_or(|written| agrees_with_ours(&written)))
}

/// The beginning of every resource type of ours, in lower case.
const CONTAINER_SERVICE: &str = "microsoft.containerservice/managedclusters";

/// Whether a resource type, or the beginning of one, may be of ours: of two texts the shorter one decides.
fn agrees_with_ours(text: &str) -> bool {
    text.bytes().zip(CONTAINER_SERVICE.bytes()).all(|(have, want)| have.eq_ignore_ascii_case(&want))
}

fn writes_container_service(block: &Block, scope: &Scope) -> Writes {
    let Some(kind) = block.body.attribute("type") else { return Writes::No };
    let value = eval(&kind.expr, scope);
    let each = value.alternatives().iter().map(|alternative| match &alternative.node {
        Node::String(text) if text.len() >= CONTAINER_SERVICE.len() && agrees_with_ours(text) => {
            Writes::Certainly
        }
        Node::Unknown(_) if ops::is_failure(&alternative.node) => Writes::No,
        Node::Unknown(unknown) => match unknown.certain.prefix.as_deref().unwrap_or("") {
            prefix if !agrees_with_ours(prefix) => Writes::No,
            prefix if prefix.contains('@') => Writes::Certainly,
            _ => Writes::Perhaps,
        },
        _ => Writes::No,
    });
    // What certainly is ours in some worlds is read; if it may be in others, nothing is read in them.
    each.max().unwrap_or(Writes::No)
}

/// A block's arguments as a map; nested blocks are lists of maps by their type.
pub fn body_of(block: &Block, scope: &Scope) -> Value {
    let (entries, key_spans) = body_entries(&block.body, scope, true);
    Value::new(
        Node::Map(Arc::new(Map { entries, key_spans, ..Map::default() })),
        Provenance::written(block.header),
    )
}

/// What Terraform refuses in a resource that certainly exists: arguments that fail in every world.
pub fn refused(resource: &Resource) -> Vec<Problem> {
    fn walk(value: &Value, depth: usize, out: &mut Vec<Problem>) {
        match value.single() {
            Some(Node::Unknown(unknown)) => {
                if let (Reason::Failed(message), Some(span)) = (&unknown.reason, value.provenance().origin())
                {
                    let message = format!("Terraform cannot evaluate this: {message}");
                    out.push(Problem { span, message, needed: true });
                }
            }
            Some(Node::List(list)) if depth < 8 => {
                list.items.iter().for_each(|item| walk(item, depth + 1, out));
            }
            Some(Node::Map(map)) if depth < 8 => {
                map.entries.values().for_each(|entry| walk(entry, depth + 1, out));
            }
            _ => {}
        }
    }
    let mut problems = Vec::new();
    if !resource.presence.many && Region::everywhere().within(&resource.presence.regions) {
        walk(&resource.body, 0, &mut problems);
    }
    problems
}

type Entries = BTreeMap<Arc<str>, Value>;

fn body_entries(body: &Body, scope: &Scope, top: bool) -> (Entries, BTreeMap<Arc<str>, Span>) {
    let mut entries = Entries::new();
    let mut spans = BTreeMap::new();
    for attribute in &body.attributes {
        if top && META.contains(&&*attribute.name) {
            continue;
        }
        spans.insert(attribute.name.clone(), attribute.name_span);
        let value = match top && &*attribute.name == "body" {
            true => object_of(&attribute.expr, scope, 0),
            false => eval(&attribute.expr, scope),
        };
        entries.insert(attribute.name.clone(), value.passed(attribute.expr.span));
    }
    let mut nested: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for block in &body.blocks {
        if &*block.kind == "dynamic" {
            if let Some((kind, _)) = block.labels.first() {
                nested.entry(kind.clone()).or_default().push(dynamic(kind, block, scope));
            }
        } else if !(top && is_meta_block(&block.kind)) {
            let value =
                Value::new(Node::list(vec![nested_body(block, scope)]), Provenance::written(block.header));
            nested.entry(block.kind.clone()).or_default().push(value);
        }
    }
    for (kind, lists) in nested {
        entries.insert(kind, joined(&lists));
    }
    (entries, spans)
}

/// The body of a request as the object that it is, also where azapi 1.x had it as JSON text. What is encoded says
/// more than the text: a part that is not known makes all of the text unknown.
fn object_of(expr: &Expr, scope: &Scope, depth: usize) -> Value {
    let (name, args) = match &expr.kind {
        ExprKind::Paren(inner) => return object_of(inner, scope, depth),
        ExprKind::Call { name, args, .. } => (name, args),
        ExprKind::Traversal(root, steps) => {
            if let (ExprKind::Variable(root), [Step { kind: StepKind::GetAttr(name), .. }], true) =
                (&root.kind, steps.as_slice(), depth < MAX_LOCALS)
                && &**root == "local"
                && let Some(definition) = scope.instance.module.locals.get(name)
            {
                return object_of(definition, &Scope::new(&scope.instance), depth + 1).passed(expr.span);
            }
            return decoded(eval(expr, scope), expr.span, scope);
        }
        _ => return decoded(eval(expr, scope), expr.span, scope),
    };
    match args.as_slice() {
        [inner] if &**name == "jsonencode" => eval(inner, scope),
        _ => decoded(eval(expr, scope), expr.span, scope),
    }
}

/// Locals that refer to locals are followed so far.
const MAX_LOCALS: usize = 16;

/// Text as the JSON that it holds.
fn decoded(value: Value, at: Span, scope: &Scope) -> Value {
    value.and_then(|alternative| {
        let same = Value::new(alternative.node.clone(), alternative.provenance.clone());
        match &alternative.node {
            Node::String(_) => {
                let label = scope.instance.label(at);
                functions::call("jsondecode", std::slice::from_ref(&same), at, &label, &*scope.instance)
                    .unwrap_or(same)
            }
            _ => same,
        }
    })
}

fn nested_body(block: &Block, scope: &Scope) -> Value {
    let (entries, key_spans) = body_entries(&block.body, scope, false);
    Value::new(
        Node::Map(Arc::new(Map { entries, key_spans, ..Map::default() })),
        Provenance::written(block.header),
    )
}

/// What each of these blocks costs in steps, apart from its expressions.
const BLOCK_STEPS: u64 = 10;

/// The blocks that a `dynamic` block stands for, as a list.
fn dynamic(kind: &Arc<str>, block: &Block, scope: &Scope) -> Value {
    let at = block.header;
    let (Some(each), Some(content)) =
        (block.body.attribute("for_each"), block.body.blocks_of("content").next())
    else {
        return ops::failed("a dynamic block needs `for_each` and `content`", at);
    };
    let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.expr.kind) {
        Some(ExprKind::Variable(name)) => name.clone(),
        _ => kind.clone(),
    };
    eval(&each.expr, scope).split_domains().and_then(|alternative| {
        let Some((items, mut open)) = elements(alternative) else {
            return match &alternative.node {
                Node::Unknown(unknown) => Value::new(
                    Node::List(Arc::new(List::new(Vec::new(), Some(unknown.clone())))),
                    Provenance::written(at),
                ),
                _ => Value::new(Node::list(Vec::new()), Provenance::written(at)),
            };
        };
        let mut blocks = Vec::new();
        for (key, value) in items {
            if !scope.instance.afford_or_tell(BLOCK_STEPS, at) {
                if let Some(Node::Unknown(unknown)) = beyond_bounds(scope, at).single() {
                    open = Some(unknown.clone());
                }
                break;
            }
            let entries = [("key", key), ("value", value.passed(each.expr.span))];
            let entries = entries.into_iter().map(|(name, value)| (Arc::from(name), value)).collect();
            let element = Value::new(Node::map(entries), Provenance::written(each.expr.span));
            blocks.push(nested_body(content, &scope.with(iterator.clone(), element)));
        }
        Value::new(Node::List(Arc::new(List::new(blocks, open))), Provenance::written(at))
    })
}

/// Lists of blocks of one type put together.
fn joined(lists: &[Value]) -> Value {
    if let [only] = lists {
        return only.clone();
    }
    let inputs: Vec<&Value> = lists.iter().collect();
    Value::combine(&inputs, |row: &[&Alternative]| {
        let mut list = List::default();
        for alternative in row {
            match &alternative.node {
                Node::List(more) => {
                    list.items.extend(more.items.iter().cloned());
                    list.open = list.open.take().or_else(|| more.open.clone());
                }
                Node::Unknown(unknown) => list.open = Some(unknown.clone()),
                _ => {}
            }
        }
        let provenance = row.first().map_or_else(Provenance::nowhere, |first| first.provenance.clone());
        Value::new(Node::List(Arc::new(list)), provenance)
    })
}

/// The arguments in `lifecycle { ignore_changes = [...] }`; `all` as that word.
fn ignore_changes(block: &Block) -> Vec<Vec<Arc<str>>> {
    let lists =
        block.body.blocks_of("lifecycle").filter_map(|lifecycle| lifecycle.body.attribute("ignore_changes"));
    lists
        .flat_map(|attribute| match &attribute.expr.kind {
            ExprKind::Array(items) => items.iter().filter_map(path).collect::<Vec<_>>(),
            _ => path(&attribute.expr).into_iter().collect(),
        })
        .collect()
}

fn path(expr: &Expr) -> Option<Vec<Arc<str>>> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(vec![name.clone()]),
        ExprKind::String(name) => Some(name.split('.').map(Arc::from).collect()),
        ExprKind::Traversal(root, steps) => {
            let ExprKind::Variable(root) = &root.kind else { return None };
            let names = steps.iter().filter_map(|step| match &step.kind {
                StepKind::GetAttr(name) => Some(name.clone()),
                _ => None,
            });
            Some(std::iter::once(root.clone()).chain(names).collect())
        }
        _ => None,
    }
}
