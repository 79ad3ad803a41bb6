//! What `az deployment group what-if --no-pretty-print` prints: resources as a deployment would leave them.
//!
//! Source: "Deployments - What If" of Azure's REST reference, `WhatIfOperationResult`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tree::{self, Member, Node, NodeKind};
use crate::source::Span;
use crate::syntax::data;

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
    let mut groups: BTreeMap<String, Vec<Node>> = BTreeMap::new();
    for change in changes.items() {
        let kind = change.get("changeType").and_then(data::Node::as_str).unwrap_or_default();
        if !LEAVES.iter().any(|leaves| kind.eq_ignore_ascii_case(leaves)) {
            continue;
        }
        let (Some(after), Some(id)) =
            (change.get("after"), change.get("resourceId").and_then(data::Node::as_str))
        else {
            continue;
        };
        if let Some((group, resource)) = resource(after, id) {
            groups.entry(group).or_default().push(resource);
        }
    }
    let span = changes.span;
    let several = groups.len() > 1;
    let mut resources = Vec::new();
    for (group, of_group) in groups {
        if several {
            let inner = object(span, vec![("resources", array(span, of_group))]);
            resources.push(object(
                span,
                vec![
                    ("type", string(span, "Microsoft.Resources/deployments")),
                    ("name", string(span, &group)),
                    ("resourceGroup", string(span, &group)),
                    ("properties", object(span, vec![("template", inner)])),
                ],
            ));
        } else {
            resources.extend(of_group);
        }
    }
    Some(object(json.span, vec![("resources", array(span, resources))]))
}

/// A resource with its whole name, and its resource group.
fn resource(after: &data::Node, id: &str) -> Option<(String, Node)> {
    let (before, behind) = id.rsplit_once("/providers/")?;
    let group = before.split('/').skip_while(|part| !part.eq_ignore_ascii_case("resourceGroups")).nth(1);
    // The provider, then types and names in turn.
    let parts: Vec<&str> = behind.split('/').collect();
    let (provider, pairs) = parts.split_first()?;
    let types: Vec<&str> = pairs.iter().step_by(2).copied().collect();
    let names: Vec<&str> = pairs.iter().skip(1).step_by(2).copied().collect();
    let Node { span, mut kind } = tree::preview(after.clone());
    let span_of = |name: &str| after.get_ignore_case(name).map_or(after.span, |node| node.span);
    let type_span = span_of("type");
    let name_span = span_of("name");
    if let NodeKind::Object(members) = kind {
        let mut members = Vec::from_iter(members);
        members.retain(|member| !["type", "name"].iter().any(|name| member.name.eq_ignore_ascii_case(name)));
        members.push(member(
            type_span,
            "type",
            string(type_span, &format!("{provider}/{}", types.join("/"))),
        ));
        members.push(member(name_span, "name", string(name_span, &names.join("/"))));
        kind = NodeKind::Object(members.into());
    }
    Some((group.unwrap_or_default().to_ascii_lowercase(), Node { span, kind }))
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
