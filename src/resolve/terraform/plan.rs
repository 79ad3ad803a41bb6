//! What Terraform itself says in JSON: `terraform show -json` of a plan or of a state, and state files.
//!
//! Such a file is a deployment of its own, apart from the code that it came from: it says what one run saw, with
//! the values of that run. Its findings point into the JSON. Source of the shapes: Terraform's documentation of
//! its JSON output format (`format_version` 0.1 to 1.x) and, for state files, version 4 as Terraform writes it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::Majors;
use super::resources::{AZAPI, is_of_interest};
use crate::model::{Presence, Writer};
use crate::resolve::Resource;
use crate::source::Span;
use crate::syntax::data::{Node as Json, NodeKind};
use crate::value::{Atom, Certain, List, Map, Node, Number, Provenance, Reason, Value};

#[cfg(test)]
mod tests;

/// References between modules are followed through at most this many variables and outputs.
const MAX_REFERENCES: usize = 16;
/// So many references are followed in any file,
const REFERENCES_AT_LEAST: usize = 10_000;
/// and so many more for each of its resources.
const REFERENCES_EACH: usize = 100;

/// A resource as the file lists it.
struct Entry<'a> {
    kind: &'a str,
    /// With the modules around it and its own key.
    address: String,
    /// The part of the address before the type, with its dot.
    module: &'a str,
    span: Span,
    values: &'a Json,
    unknown: Option<&'a Json>,
    sensitive: Option<&'a Json>,
}

/// Whether a JSON document is a plan or a state of Terraform's.
pub fn is_plan_or_state(root: &Json) -> bool {
    let is_shown = root.get("format_version").and_then(Json::as_str).is_some()
        && (["planned_values", "resource_changes"].iter().any(|key| root.get(key).is_some())
            || root.get("values").is_some_and(|values| values.get("root_module").is_some()));
    is_shown || is_state_file(root)
}

fn is_state_file(root: &Json) -> bool {
    root.get("version").and_then(Json::as_i64) == Some(4)
        && root.get("terraform_version").is_some()
        && root.get("lineage").is_some()
        && root.get("resources").is_some_and(|resources| resources.as_array().is_some())
}

/// The clusters and pools of a plan or state: those that are there once it is applied. `name` is the file's and
/// becomes the deployment that they belong to.
pub fn resources(root: &Json, name: &str) -> Vec<Resource> {
    let entries = entries(root);
    let configuration = root.get("configuration");
    // By id, where ids are known already.
    let mut by_id: BTreeMap<String, &str> = BTreeMap::new();
    for entry in &entries {
        let id = entry.values.get("id").and_then(Json::as_str).filter(|id| !id.is_empty());
        if let Some(id) = id {
            by_id.insert(id.to_ascii_lowercase(), entry.address.as_str());
        }
    }
    let clusters = Links::of(configuration, &entries);
    let major = configuration
        .and_then(|configuration| configuration.get("provider_config")?.get("azurerm"))
        .and_then(|azurerm| Majors::of(azurerm.get("version_constraint")?.as_str()?).only());
    let scope: Arc<str> = Arc::from(name);
    let resources = entries.iter().map(|entry| {
        let is_azapi = AZAPI.contains(&entry.kind);
        let written = configuration.and_then(|configuration| expressions(configuration, entry));
        let mut body = value(entry.values, entry.unknown, entry.sensitive, written, &entry.address);
        let mut links = BTreeMap::new();
        for link in ["kubernetes_cluster_id", "parent_id", "resource_id"] {
            let target = match entry.values.get(link).and_then(Json::as_str) {
                Some(id) => by_id.get(&id.to_ascii_lowercase()).map(|address| (*address).to_owned()),
                None => written.and_then(|written| {
                    clusters.target(entry.module, &references(written.get(link)?), MAX_REFERENCES)
                }),
            };
            links.extend(target.map(|target| (Arc::from(link), target)));
        }
        body = with_links(body, links, entry.span);
        if is_azapi {
            body = with_decoded_body(body);
        } else {
            body = without_fillers(&body);
        }
        Resource {
            kind: Arc::from(entry.kind),
            address: entry.address.clone(),
            span: entry.span,
            scope: scope.clone(),
            entry: Some(entry.span.file),
            scenario: None,
            presence: Presence::always(),
            writer: if is_azapi { Writer::Azapi } else { Writer::Azurerm { major } },
            body,
            ignore_changes: Vec::new(),
        }
    });
    resources.collect()
}

/// The resources of interest that the file lists, in its order.
fn entries(root: &Json) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    if is_state_file(root) {
        let resources = root.get("resources").map(Json::items).unwrap_or_default();
        resources.iter().for_each(|resource| state_instances(resource, &mut entries));
    } else if let Some(changes) = root.get("resource_changes").and_then(Json::as_array) {
        entries.extend(changes.iter().filter_map(change));
    } else {
        let values = root.get("planned_values").or_else(|| root.get("values"));
        if let Some(module) = values.and_then(|values| values.get("root_module")) {
            shown(module, &mut entries);
        }
    }
    entries
}

/// A planned change whose resource is there afterwards.
fn change(resource: &Json) -> Option<Entry<'_>> {
    let (kind, address, span) = header(resource)?;
    let change = resource.get("change")?;
    let actions = change.get("actions")?.items();
    // A replacement deletes as well, but creates; what is deposed or forgotten is not this plan's any more.
    let stays = actions.iter().any(|action| matches!(action.as_str(), Some("create" | "update" | "no-op")));
    let values = change.get("after").filter(|after| after.as_object().is_some())?;
    (stays && resource.get("deposed").is_none()).then(|| Entry {
        kind,
        module: module_of(address, kind),
        address: address.to_owned(),
        span,
        values,
        unknown: change.get("after_unknown"),
        sensitive: change.get("after_sensitive"),
    })
}

/// The resources of a module of values and of the modules below it.
fn shown<'a>(module: &'a Json, entries: &mut Vec<Entry<'a>>) {
    // The parser bounds how deep a document nests.
    for resource in module.get("resources").map(Json::items).unwrap_or_default() {
        let Some((kind, address, span)) = header(resource) else { continue };
        let Some(values) = resource.get("values").filter(|values| values.as_object().is_some()) else {
            continue;
        };
        entries.push(Entry {
            kind,
            module: module_of(address, kind),
            address: address.to_owned(),
            span,
            values,
            unknown: None,
            sensitive: resource.get("sensitive_values"),
        });
    }
    for child in module.get("child_modules").map(Json::items).unwrap_or_default() {
        shown(child, entries);
    }
}

/// The instances of a resource in a state file.
fn state_instances<'a>(resource: &'a Json, entries: &mut Vec<Entry<'a>>) {
    let text = |key: &str| resource.get(key).and_then(Json::as_str);
    let (Some("managed"), Some(kind), Some(name)) = (text("mode"), text("type"), text("name")) else {
        return;
    };
    if !is_of_interest(kind) {
        return;
    }
    let module = text("module").unwrap_or("");
    for instance in resource.get("instances").map(Json::items).unwrap_or_default() {
        if instance.get("deposed").is_some() {
            continue;
        }
        let Some(values) = instance.get("attributes").filter(|values| values.as_object().is_some()) else {
            continue;
        };
        let key = match instance.get("index_key").map(|key| &key.kind) {
            Some(NodeKind::String(key)) => format!("[\"{}\"]", key.as_str()),
            Some(NodeKind::Number(key)) => format!("[{key}]"),
            _ => String::new(),
        };
        let dot = if module.is_empty() { "" } else { "." };
        entries.push(Entry {
            kind,
            address: format!("{module}{dot}{kind}.{name}{key}"),
            module,
            span: resource.get("name").map_or(resource.span, |name| name.span),
            values,
            unknown: None,
            sensitive: None,
        });
    }
}

/// Type, address and the place of the address of a managed resource of interest.
fn header(resource: &Json) -> Option<(&str, &str, Span)> {
    let kind = resource.get("type")?.as_str()?;
    let is_ours = resource.get("mode").and_then(Json::as_str) == Some("managed") && is_of_interest(kind);
    let address = resource.get("address")?;
    is_ours.then_some((kind, address.as_str()?, address.span))
}

/// The module part of an address, without the dot behind it.
fn module_of<'a>(address: &'a str, kind: &str) -> &'a str {
    let end = address.rfind(&format!("{kind}.")).unwrap_or(0);
    address.get(..end).unwrap_or("").trim_end_matches('.')
}

/// The names in a module address, keys left out: `module.a["x"].module.b` is `a`, `b`.
fn module_names(address: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = address;
    while let Some(tail) = rest.strip_prefix("module.") {
        let end = tail.find(['.', '[']).unwrap_or(tail.len());
        let (name, after) = tail.split_at(end);
        names.push(name);
        let after = match after.strip_prefix("[\"") {
            Some(key) => key.split_once("\"]").map_or("", |(_, after)| after),
            None if after.starts_with('[') => after.split_once(']').map_or("", |(_, after)| after),
            None => after,
        };
        rest = after.strip_prefix('.').unwrap_or("");
    }
    names
}

/// The configuration of a module.
fn module_configuration<'a>(configuration: &'a Json, address: &str) -> Option<&'a Json> {
    let mut module = configuration.get("root_module")?;
    for name in module_names(address) {
        module = module.get("module_calls")?.get(name)?.get("module")?;
    }
    Some(module)
}

/// What the configuration writes in the block of a resource.
fn expressions<'a>(configuration: &'a Json, entry: &Entry<'_>) -> Option<&'a Json> {
    let module = module_configuration(configuration, entry.module)?;
    let own = entry.address.get(entry.module.len()..)?.trim_start_matches('.');
    let own = own.split('[').next()?;
    let resources = module.get("resources")?.items();
    resources
        .iter()
        .find(|resource| resource.get("address").and_then(Json::as_str) == Some(own))?
        .get("expressions")
}

fn references(expression: &Json) -> Vec<&str> {
    expression
        .get("references")
        .map(Json::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Json::as_str)
        .collect()
}

/// What follows references to the resources of a plan.
struct Links<'a> {
    configuration: Option<&'a Json>,
    /// The address of each resource by itself and without its own key, as references have it. Of several instances the
    /// expression takes one, and which is not written there: `None`.
    by_reference: BTreeMap<&'a str, Option<&'a str>>,
    /// How many references are followed yet. Each can lead to several others, and these too.
    left: Cell<usize>,
}

impl<'a> Links<'a> {
    fn of(configuration: Option<&'a Json>, entries: &'a [Entry<'_>]) -> Links<'a> {
        let mut by_reference = BTreeMap::new();
        for entry in entries {
            let address = entry.address.as_str();
            let own = address.get(entry.module.len()..).and_then(|own| own.find('['));
            let without_key = own.and_then(|key| address.get(..entry.module.len() + key));
            for reference in [Some(address), without_key].into_iter().flatten() {
                by_reference.entry(reference).and_modify(|only| *only = None).or_insert(Some(address));
            }
        }
        let left = REFERENCES_AT_LEAST.saturating_add(entries.len().saturating_mul(REFERENCES_EACH));
        Links { configuration, by_reference, left: Cell::new(left) }
    }

    /// The one resource of the plan whose id an expression with these references is, followed through at most so many
    /// variables and outputs of modules.
    fn target(&self, module: &str, names: &[&str], levels: usize) -> Option<String> {
        let levels = levels.checked_sub(1)?;
        let configuration = self.configuration?;
        let prefix = if module.is_empty() { String::new() } else { format!("{module}.") };
        names.iter().find_map(|name| {
            self.left.set(self.left.get().checked_sub(1)?);
            let mut parts = name.split('.');
            let (first, second) = (parts.next()?, parts.next()?);
            if is_of_interest(first) {
                let only = self.by_reference.get(&*format!("{prefix}{first}.{second}"))?;
                return only.map(str::to_owned);
            }
            match first {
                "var" => {
                    let parent = parent_of(module)?;
                    let call = module_configuration(configuration, parent)?
                        .get("module_calls")?
                        .get(module_names(module).last()?)?;
                    let passed = call.get("expressions")?.get(second)?;
                    self.target(parent, &references(passed), levels)
                }
                "module" => {
                    let called = second.split('[').next()?;
                    let inner = format!("{prefix}module.{called}");
                    let output =
                        module_configuration(configuration, &inner)?.get("outputs")?.get(parts.next()?)?;
                    // A repeated module has several addresses; its one instance is found if it has no key.
                    self.target(&inner, &references(output.get("expression")?), levels)
                }
                _ => None,
            }
        })
    }
}

/// The address of the module around a module; `None` for the root.
fn parent_of(module: &str) -> Option<&str> {
    let name = module_names(module).pop()?;
    let end = module.rfind(&format!("module.{name}"))?;
    Some(module.get(..end)?.trim_end_matches('.'))
}

/// A value of the file with what the plan does not know and what it hides. `written` is what the configuration
/// writes for it: what is not known and not written either is the provider's or the service's to fill in, which
/// is the same as not set.
fn value(
    node: &Json,
    unknown: Option<&Json>,
    sensitive: Option<&Json>,
    written: Option<&Json>,
    path: &str,
) -> Value {
    let here = || Provenance::written(node.span);
    if unknown.and_then(Json::as_bool) == Some(true) {
        return not_yet(path, node.span);
    }
    if sensitive.and_then(Json::as_bool) == Some(true) {
        let certain = Certain::default();
        return Value::unknown(Atom::new(path, path), Reason::Secret, certain, here());
    }
    match &node.kind {
        NodeKind::Object(members) => {
            let mut map = Map::default();
            for member in members {
                let name = &member.key.text;
                let (unknown, sensitive) = (
                    unknown.and_then(|unknown| unknown.get(name)),
                    sensitive.and_then(|sensitive| sensitive.get(name)),
                );
                let inner = format!("{path}.{name}");
                let written = written.and_then(|written| written.get(name));
                let part = value(&member.value, unknown, sensitive, written, &inner);
                map.key_spans.insert(name.clone(), member.key.span);
                map.entries.insert(name.clone(), part);
            }
            for member in unknown.map(Json::members).unwrap_or_default() {
                let name = &member.key.text;
                // Unknown as a whole: the plan leaves it out of the values.
                if member.value.as_bool() != Some(true) || map.entries.contains_key(name) {
                    continue;
                }
                // What is not written is filled in by the provider.
                if written.is_some_and(|written| written.as_object().is_some() && written.get(name).is_none())
                {
                    continue;
                }
                map.entries.insert(name.clone(), not_yet(&format!("{path}.{name}"), member.key.span));
            }
            Value::new(Node::Map(Arc::new(map)), here())
        }
        NodeKind::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| {
                let (unknown, sensitive) = (
                    unknown.and_then(|unknown| unknown.items().get(index)),
                    sensitive.and_then(|sensitive| sensitive.items().get(index)),
                );
                // Blocks are lists in the configuration as well; attributes are expressions there.
                let written = written.and_then(|written| written.items().get(index));
                let inner = format!("{path}[{index}]");
                value(item, unknown, sensitive, written, &inner)
            });
            Value::new(Node::List(Arc::new(List { items: items.collect(), ..List::default() })), here())
        }
        NodeKind::Null => Value::null(here()),
        NodeKind::Bool(value) => Value::new(Node::Bool(*value), here()),
        NodeKind::Number(text) => match Number::parse(text) {
            Some(number) => Value::new(Node::Number(number), here()),
            None => Value::new(Node::string(text), here()),
        },
        NodeKind::String(text) => Value::new(Node::String(text.shared()), here()),
    }
}

fn not_yet(path: &str, at: Span) -> Value {
    let reason = Reason::RunTime("this part of the plan".into());
    Value::unknown(Atom::new(path, path), reason, Certain::default(), Provenance::written(at))
}

/// The body with its references to other resources as the code would have them: the id of that resource, which
/// is unknown and the same unknown everywhere.
fn with_links(body: Value, links: BTreeMap<Arc<str>, String>, at: Span) -> Value {
    if links.is_empty() {
        return body;
    }
    body.and_then(|alternative| match &alternative.node {
        Node::Map(map) => {
            let mut map = Map::clone(map);
            for (link, address) in &links {
                let atom = Atom::new(format!("{address}.id"), format!("{address}.id"));
                let reason = Reason::RunTime(Arc::from(address.as_str()));
                let certain = Certain::default();
                map.entries
                    .insert(link.clone(), Value::unknown(atom, reason, certain, Provenance::written(at)));
            }
            Value::new(Node::Map(Arc::new(map)), alternative.provenance.clone())
        }
        node => Value::new(node.clone(), alternative.provenance.clone()),
    })
}

/// azapi's body as an object: azapi 1 has it as JSON text, state files beside its type.
fn with_decoded_body(resource: Value) -> Value {
    resource.and_then(|alternative| {
        let Node::Map(map) = &alternative.node else {
            return Value::new(alternative.node.clone(), alternative.provenance.clone());
        };
        let mut map = Map::clone(map);
        if let Some(body) = map.entries.get("body") {
            let decoded = body.and_then(|body| match &body.node {
                Node::String(text) => match serde_json::from_str::<serde_json::Value>(text) {
                    Ok(json) => decoded(&json, &body.provenance),
                    Err(_) => Value::new(body.node.clone(), body.provenance.clone()),
                },
                Node::Map(inner) if inner.entries.len() == 2 && inner.entries.contains_key("type") => {
                    match inner.entries.get("value") {
                        Some(value) => value.clone(),
                        None => Value::new(body.node.clone(), body.provenance.clone()),
                    }
                }
                node => Value::new(node.clone(), body.provenance.clone()),
            });
            map.entries.insert("body".into(), decoded);
        }
        Value::new(Node::Map(Arc::new(map)), alternative.provenance.clone())
    })
}

/// JSON inside a string: all of it is written where the string is. serde_json bounds its nesting.
fn decoded(json: &serde_json::Value, at: &Provenance) -> Value {
    let node = match json {
        serde_json::Value::Null => Node::NULL,
        serde_json::Value::Bool(value) => Node::Bool(*value),
        serde_json::Value::Number(number) => {
            Number::parse(&number.to_string()).map_or(Node::NULL, Node::Number)
        }
        serde_json::Value::String(text) => Node::string(text),
        serde_json::Value::Array(items) => Node::list(items.iter().map(|item| decoded(item, at)).collect()),
        serde_json::Value::Object(members) => {
            let entries = members.iter().map(|(name, value)| (Arc::from(name.as_str()), decoded(value, at)));
            Node::map(entries.collect())
        }
    };
    Value::new(node, at.clone())
}

/// Without what azurerm writes into its state for arguments that are not set: empty texts, and zero where zero is
/// no value that the argument may have.
fn without_fillers(body: &Value) -> Value {
    const NEVER_ZERO: [&str; 3] = ["max_count", "max_pods", "os_disk_size_gb"];
    body.and_then(|alternative| {
        let node = match &alternative.node {
            Node::Map(map) => {
                let mut map = Map::clone(map);
                let is_zero = |value: Option<&Value>| match value.and_then(Value::single) {
                    Some(Node::Number(number)) => number.as_i64() == Some(0),
                    _ => false,
                };
                // Without a greatest number of nodes the least one means nothing.
                let unscaled = is_zero(map.entries.get("max_count"));
                map.entries.retain(|name, value| {
                    let is_empty = value.as_str() == Some("");
                    let is_filler = NEVER_ZERO.contains(&&**name) || (&**name == "min_count" && unscaled);
                    !(is_empty || (is_filler && is_zero(Some(value))))
                });
                for value in map.entries.values_mut() {
                    *value = without_fillers(value);
                }
                Node::Map(Arc::new(map))
            }
            Node::List(list) => {
                let items = list.items.iter().map(without_fillers).collect();
                Node::List(Arc::new(List { items, ..List::clone(list) }))
            }
            node => node.clone(),
        };
        Value::new(node, alternative.provenance.clone())
    })
}
