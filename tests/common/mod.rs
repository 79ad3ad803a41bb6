//! What several test files need: linting texts in memory and reading spans back as text.
#![allow(dead_code, clippy::unwrap_used)] // Each test file uses its part.

use akslint::facts::Date;
use akslint::model::{AgentPool, PoolField};
use akslint::report::{Options, Report};
use akslint::source::{Sources, Span};
use akslint::value::{Node, Value};

/// A cluster of Terraform with nothing wrong.
pub const CLUSTER: &str = r#"
resource "azurerm_kubernetes_cluster" "c" {
  name               = "main"
  kubernetes_version = "1.34"
  default_node_pool {
    name    = "sys"
    vm_size = "Standard_D4s_v5"
  }
}
"#;

/// Lints texts by path as of the day of the facts.
pub fn lint(files: &[(&str, &str)]) -> (Sources, Report) {
    lint_with(files, |_| {})
}

/// The same with other options.
pub fn lint_with(files: &[(&str, &str)], change: impl FnOnce(&mut Options)) -> (Sources, Report) {
    let sources = Sources::in_memory(files);
    let mut options = Options::on(Date::parse("2026-11-20").unwrap());
    change(&mut options);
    let report = akslint::lint(&sources, &options);
    (sources, report)
}

/// The text at a span, as `file: text`.
pub fn at(sources: &Sources, span: Span) -> String {
    let text = sources.text(span.file).unwrap();
    format!("{}: {}", sources.display_path(span.file), &text[span.start as usize..span.end as usize])
}

/// The pool at an address.
pub fn pool<'r>(report: &'r Report, address: &str) -> &'r AgentPool {
    report.fleet.pools.iter().find(|pool| pool.address == address).unwrap_or_else(|| {
        let have: Vec<_> = report.fleet.pools.iter().map(|pool| &pool.address).collect();
        panic!("no pool {address} among {have:?}")
    })
}

/// A value with the assumptions of its alternatives.
pub fn show(value: &Value) -> String {
    let mut parts: Vec<String> = value
        .alternatives()
        .iter()
        .map(|alternative| {
            let node = match &alternative.node {
                Node::Null(_) => "null".to_owned(),
                Node::Unknown(_) => "?".to_owned(),
                Node::List(list) => {
                    format!("[{}]", list.items.iter().map(show).collect::<Vec<_>>().join(", "))
                }
                Node::Map(map) => {
                    let entries = map.entries.iter().map(|(key, value)| format!("{key}={}", show(value)));
                    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
                }
                node => node.scalar().unwrap().to_string(),
            };
            match alternative.region.clauses().join(" and ") {
                clauses if clauses.is_empty() => node,
                clauses => format!("{node} when {clauses}"),
            }
        })
        .collect();
    parts.sort();
    parts.join(" | ")
}

/// A field of the pool at an address, as [`show`] has it.
pub fn field(report: &Report, address: &str, field: PoolField) -> String {
    pool(report, address).fields.get(&field).map_or("unset".to_owned(), show)
}

/// The texts at the hops of a field, from the origin outward, as `file: text`.
pub fn hops(sources: &Sources, report: &Report, address: &str, field: PoolField) -> Vec<String> {
    let value = &pool(report, address).fields[&field];
    value.provenance().hops().into_iter().map(|span| at(sources, span)).collect()
}

/// The one pool of most tests.
pub const POOL: &str = "azurerm_kubernetes_cluster_node_pool.win";
