//! What `az deployment group what-if --no-pretty-print` prints: resources as a deployment would leave them.
//!
//! Source: "Deployments - What If" of Azure's REST reference, `WhatIfOperationResult`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expr::{Code, Expr, ExprKind};
use super::tree::{self, Expression, Member, Node, NodeKind};
use super::{AGENT_POOLS, MANAGED_CLUSTERS};
use crate::source::Span;
use crate::syntax::data;
use crate::value::Reason;

/// Changes after which the resource is there, as the deployment or somebody before it wants it.
const LEAVES: [&str; 5] = ["create", "modify", "deploy", "nochange", "noeffect"];

/// The list of changes, if the file is such a preview.
fn changes(json: &data::Node) -> Option<&data::Node> {
    let changes = json.get("changes").or_else(|| json.get("properties")?.get("changes"))?;
    let is_change = |item: &data::Node| item.get("resourceId").is_some() && item.get("changeType").is_some();
    (!changes.items().is_empty() && changes.items().iter().all(is_change)).then_some(changes)
}

/// The preview as a template with the resources that are there after the deployment; `None` if the file is
/// none. Each resource group is a deployment of its own where there are several.
pub(super) fn template(json: &data::Node) -> Option<Node> {
    let changes = changes(json)?;
    let mut groups: BTreeMap<Group, Vec<Node>> = BTreeMap::new();
    let mut resources = Vec::new();
    for change in changes.items() {
        let Some(id) = change.get("resourceId") else { continue };
        let after = change.get("after").filter(|after| !after.members().is_empty());
        match (after.filter(|_| leaves(change)), id.as_str()) {
            (Some(after), Some(text)) => {
                if let Some((group, resource)) = resource(after, text) {
                    groups.entry(group).or_default().push(resource);
                }
            }
            _ if leaves(change) => resources.extend(not_shown(id, "of which the preview has only the id")),
            _ if is_unsupported(change) => resources.extend(not_shown(id, CANNOT_FORESEE)),
            _ => {}
        }
    }
    let potential = json.get("potentialChanges").or_else(|| json.get("properties")?.get("potentialChanges"));
    for change in potential.map(data::Node::items).unwrap_or_default() {
        if let Some(id) = change.get("resourceId").filter(|_| leaves(change) || is_unsupported(change)) {
            resources.extend(not_shown(id, CANNOT_FORESEE));
        }
    }
    let span = changes.span;
    let several = groups.len() > 1;
    let subscriptions: BTreeSet<String> = groups.keys().map(|group| group.subscription.clone()).collect();
    for (group, of_group) in groups {
        if several {
            let inner = object(span, vec![("resources", array(span, of_group))]);
            let name = match subscriptions.len() {
                0 | 1 => group.name.clone(),
                _ => format!("{}/{}", group.subscription, group.name),
            };
            resources.push(object(
                span,
                vec![
                    ("type", string(span, "Microsoft.Resources/deployments")),
                    ("name", string(span, &name)),
                    ("subscriptionId", string(span, &group.subscription)),
                    ("resourceGroup", string(span, &group.name)),
                    ("properties", object(span, vec![("template", inner)])),
                ],
            ));
        } else {
            resources.extend(of_group);
        }
    }
    Some(object(json.span, vec![("resources", array(span, resources))]))
}

const CANNOT_FORESEE: &str = "which the preview cannot foresee";

/// Whether the resource is there afterwards.
fn leaves(change: &data::Node) -> bool {
    let kind = change.get("changeType").and_then(data::Node::as_str).unwrap_or_default();
    LEAVES.iter().any(|leaves| kind.eq_ignore_ascii_case(leaves))
}

/// Whether the service does not know what becomes of the resource.
fn is_unsupported(change: &data::Node) -> bool {
    let kind = change.get("changeType").and_then(data::Node::as_str);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Unsupported"))
}

/// A resource group, in lower case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    subscription: String,
    name: String,
}

/// The type, the name and the group in a resource's id.
fn parts_of(id: &str) -> Option<(String, String, Group)> {
    let (before, behind) = id.rsplit_once("/providers/")?;
    let after = |what: &str| {
        let mut parts = before.split('/').skip_while(|part| !part.eq_ignore_ascii_case(what));
        parts.nth(1).unwrap_or_default().to_ascii_lowercase()
    };
    // The provider, then types and names in turn.
    let parts: Vec<&str> = behind.split('/').collect();
    let (provider, pairs) = parts.split_first()?;
    let types: Vec<&str> = pairs.iter().step_by(2).copied().collect();
    let names: Vec<&str> = pairs.iter().skip(1).step_by(2).copied().collect();
    let group = Group { subscription: after("subscriptions"), name: after("resourceGroups") };
    Some((format!("{provider}/{}", types.join("/")), names.join("/"), group))
}

/// One of our resources of which the preview does not have the properties, as a resource of an unknown type; none for
/// other resources.
fn not_shown(id: &data::Node, why: &str) -> Option<Node> {
    let text = id.as_str()?;
    let is_ours =
        |kind: &str| [MANAGED_CLUSTERS, AGENT_POOLS].iter().any(|own| own.eq_ignore_ascii_case(kind));
    let name = match parts_of(text).filter(|_| !text.starts_with('[')) {
        Some((kind, name, _)) => is_ours(&kind).then_some(name)?,
        // An expression that the service could not evaluate.
        None => text
            .to_ascii_lowercase()
            .contains(&MANAGED_CLUSTERS.to_ascii_lowercase())
            .then(|| text.to_owned())?,
    };
    let kind = ExprKind::Unknown(Reason::Unsupported(format!("`{name}`, {why},").into()));
    let range = (0, text.len());
    let code = Code { source: Arc::from(text), expr: Expr { span: id.span, range, kind } };
    let kind = Node { span: id.span, kind: NodeKind::Expr(Box::new(Expression::new(code))) };
    Some(object(id.span, vec![("type", kind)]))
}

/// A resource with its whole name, and its resource group.
fn resource(after: &data::Node, id: &str) -> Option<(Group, Node)> {
    let (kind_of, name, group) = parts_of(id)?;
    let Node { span, mut kind } = tree::preview(after.clone());
    let span_of = |name: &str| after.get_ignore_case(name).map_or(after.span, |node| node.span);
    let type_span = span_of("type");
    let name_span = span_of("name");
    if let NodeKind::Object(members) = kind {
        let mut members = Vec::from_iter(members);
        members.retain(|member| !["type", "name"].iter().any(|name| member.name.eq_ignore_ascii_case(name)));
        members.push(member(type_span, "type", string(type_span, &kind_of)));
        members.push(member(name_span, "name", string(name_span, &name)));
        kind = NodeKind::Object(members.into());
    }
    Some((group, Node { span, kind }))
}

fn string(span: Span, text: &str) -> Node {
    Node { span, kind: NodeKind::String(Arc::from(text)) }
}

fn array(span: Span, items: Vec<Node>) -> Node {
    Node { span, kind: NodeKind::Array(items.into()) }
}

fn member(span: Span, name: &str, value: Node) -> Member {
    Member { name: Arc::from(name), name_span: span, computed: None, value }
}

fn object(span: Span, members: Vec<(&str, Node)>) -> Node {
    let members = members.into_iter().map(|(name, value)| member(span, name, value)).collect();
    Node { span, kind: NodeKind::Object(members) }
}
