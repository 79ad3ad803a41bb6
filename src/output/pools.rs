//! What was resolved: every agent pool, and where each of its values comes from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::json::{SCHEMA_VERSION, Unresolved, pretty};
use super::{summary, text};
use crate::check;
use crate::facts::{DefaultGeneration, Generations};
use crate::model::{AgentPool, Field, Fleet, PoolField, PoolView};
use crate::report::{AGENT_POOLS, Report};
use crate::source::{Sources, Span};
use crate::value::{Alternative, Node, Scalar, Unknown, Value};
use crate::world::{MAX_WORLDS, Mentions, explore};

/// Values in the table of values are cut to this many columns.
const VALUE_WIDTH: usize = 60;

/// The pools with any span in a reported file, the way a value takes included, and those that a reported
/// root deploys.
fn reported<'r>(report: &'r Report, sources: &'r Sources) -> impl Iterator<Item = &'r AgentPool> {
    let inside = |span: Span| sources.is_reported(span.file);
    report.fleet.pools.iter().filter(move |pool| {
        let values = || pool.fields.values().flat_map(Value::alternatives);
        inside(pool.span)
            || sources.is_reported_path(Path::new(&*pool.scope))
            || pool.entry.is_some_and(|entry| sources.is_reported(entry))
            || pool.also.iter().copied().any(inside)
            || values().any(|alternative| alternative.provenance.hops().into_iter().any(inside))
    })
}

/// A table of the pools of each scenario, then each pool's values with the lines they come from.
pub fn human(report: &Report, sources: &Sources) -> String {
    let mut scenarios: BTreeMap<Option<&str>, Vec<&AgentPool>> = BTreeMap::new();
    for pool in reported(report, sources) {
        scenarios.entry(pool.scenario.as_deref()).or_default().push(pool);
    }
    if scenarios.is_empty() {
        let mut out = format!("no agent pools found in {}\n", text::count(report.files, "file"));
        out.push_str(&summary::not_there(report, sources));
        out.push_str(&summary::unlisted(report, sources));
        out.push_str(&summary::not_read(report, sources));
        return out;
    }
    let mut out = String::new();
    for (scenario, pools) in scenarios {
        if let Some(name) = scenario {
            out.push_str(&format!("with {}:\n\n", text::one_line(name)));
        }
        let heads = ["CLUSTER", "POOL", "MODE", "OS SKU", "VM SIZE", "SIZE BOOTS", "RUNS", "KUBERNETES"]
            .map(str::to_owned);
        let mut rows = vec![heads.to_vec()];
        rows.extend(pools.iter().map(|pool| row(pool, &report.fleet)));
        out.push_str(&text::table(&rows, ""));
        out.push('\n');
        for pool in pools {
            out.push_str(&values(pool, &report.fleet, sources));
            out.push('\n');
        }
    }
    let not_read = summary::unlisted(report, sources) + &summary::not_read(report, sources);
    if not_read.is_empty() {
        // Blank lines stand between blocks, not at the end.
        out.pop();
    }
    out + &not_read
}

/// One pool as a row of the overview.
fn row(pool: &AgentPool, fleet: &Fleet) -> Vec<String> {
    let name = check::pool_name(fleet, pool);
    let column = |cell: &dyn Fn(&PoolView<'_>) -> String| match outcomes(pool, fleet, cell) {
        Some(cells) => cells.join(" | "),
        None => "?".to_owned(),
    };
    let field = |view: &PoolView<'_>, field| match view.text(field) {
        Field::Known(text) => text.to_string(),
        Field::Unset => "-".to_owned(),
        Field::Unknown(_) => "?".to_owned(),
    };
    let cells = [
        name.cluster.unwrap_or_else(|| "?".to_owned()),
        name.name,
        column(&|view| field(view, PoolField::Mode)),
        column(&|view| os_sku(view)),
        column(&|view| field(view, PoolField::VmSize)),
        column(&|view| size_generations(view).map_or("?", generations_word).to_owned()),
        column(&|view| image_generation(view).to_owned()),
        column(&|view| field(view, PoolField::OrchestratorVersion)),
    ];
    cells.map(|cell| text::cut(&text::one_line(&cell), VALUE_WIDTH)).to_vec()
}

/// What a function of the pool gives in its worlds, without repetition; `None` if there are too many worlds.
fn outcomes(pool: &AgentPool, fleet: &Fleet, of: &dyn Fn(&PoolView<'_>) -> String) -> Option<Vec<String>> {
    let mut mentions = Mentions::default();
    pool.presence.regions.iter().for_each(|region| mentions.add_region(region));
    pool.fields.values().for_each(|value| mentions.add(value));
    if let Some(cluster) = pool.cluster.and_then(|index| fleet.clusters.get(index)) {
        cluster.fields.values().for_each(|value| mentions.add(value));
    }
    let outcomes = explore(&mentions, MAX_WORLDS, |world| {
        world.enter(&pool.presence.regions).then(|| of(&PoolView::new(pool, fleet, world)))
    })?;
    let outcomes: BTreeSet<String> = outcomes.into_iter().filter_map(|(_, outcome)| outcome).collect();
    // What is known comes first.
    let (unknown, mut known): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|outcome| outcome == "?");
    known.extend(unknown);
    Some(known)
}

/// The OS SKU; in parentheses where it is the service's default.
fn os_sku(view: &PoolView<'_>) -> String {
    match (view.text(PoolField::OsSku), view.effective_os_sku()) {
        (Field::Known(text), _) => text.to_string(),
        (Field::Unset, Field::Known(text)) => format!("({text})"),
        (Field::Unset, _) => "(default)".to_owned(),
        (Field::Unknown(_), _) => "?".to_owned(),
    }
}

fn size_generations(view: &PoolView<'_>) -> Option<Generations> {
    view.facts().generations(view.vm_size().known()?)
}

fn generations_word(generations: Generations) -> &'static str {
    match generations {
        Generations::Gen1Only => "Gen1",
        Generations::Gen2Only => "Gen2",
        Generations::Both => "Gen1+Gen2",
    }
}

/// The generation of the image that the pool's nodes run: `none` where the size boots none of those that
/// the OS SKU has, `?` where that is not known. What AKS picks is a fact of the OS SKU (facts:
/// image_generation_decision).
fn image_generation(view: &PoolView<'_>) -> &'static str {
    let Some(size) = size_generations(view) else { return "?" };
    let preferred = match view.effective_os_sku().known() {
        Some(sku) => view.facts().os_sku(sku).and_then(|sku| sku.default_generation),
        // Every Linux image there may be follows the size.
        None if view.os_type() == Field::Known("Linux") => Some(DefaultGeneration::Gen2IfSizeSupports),
        None => None,
    };
    let only = |boots: bool, word: &'static str| if boots { word } else { "none" };
    match preferred {
        Some(DefaultGeneration::Gen2IfSizeSupports) if size.gen2() => "Gen2",
        Some(DefaultGeneration::Gen2IfSizeSupports) => "Gen1",
        Some(DefaultGeneration::Gen2Only) => only(size.gen2(), "Gen2"),
        Some(DefaultGeneration::Gen1Only) => only(size.gen1(), "Gen1"),
        Some(DefaultGeneration::Gen1UnlessHeader) => match gen2_header(view) {
            Some(true) => only(size.gen2(), "Gen2"),
            Some(false) => only(size.gen1(), "Gen1"),
            None => "?",
        },
        Some(DefaultGeneration::Conflict) | None => "?",
    }
}

/// Whether the request carries `UseWindowsGen2VM: true`; `None` if that is not known.
fn gen2_header(view: &PoolView<'_>) -> Option<bool> {
    if !view.writer().sends_headers() {
        return Some(false);
    }
    match view.entry(PoolField::RequestHeaders, "UseWindowsGen2VM") {
        Field::Known(value) => Some(value.eq_ignore_ascii_case("true")),
        Field::Unset => Some(false),
        Field::Unknown(_) => None,
    }
}

/// A pool's values, one line for each possibility: field, value, place, and when or why.
fn values(pool: &AgentPool, fleet: &Fleet, sources: &Sources) -> String {
    let name = text::one_line(&check::pool_name(fleet, pool).name);
    let address = text::one_line(&pool.address);
    let mut head = if name == address { address } else { format!("{name}  {address}") };
    head.push_str(&format!("  {}", place(pool.span, sources)));
    match presence(pool) {
        "many" => head.push_str("  any number of pools"),
        "conditional" => {
            let when: Vec<String> =
                pool.presence.regions.iter().map(|region| region.clauses().join(" and ")).collect();
            head.push_str(&format!("  only when {}", text::one_line(&when.join(", or when "))));
        }
        _ => {}
    }
    let mut rows = Vec::new();
    for (field, value) in fields(pool) {
        let value = told_apart(value);
        for (index, alternative) in value.alternatives().iter().enumerate() {
            let label = if index == 0 { field.name() } else { "" };
            let origin = alternative.provenance.origin();
            let mut remarks = Vec::new();
            if !alternative.region.is_everywhere() {
                remarks.push(format!("when {}", alternative.region.clauses().join(" and ")));
            }
            remarks.extend(reason(&alternative.node));
            rows.push(vec![
                label.to_owned(),
                text::cut(&text::one_line(&shown(&alternative.node)), VALUE_WIDTH),
                origin.map_or_else(|| "(default)".to_owned(), |span| place(span, sources)),
                text::one_line(&remarks.join("; ")),
            ]);
        }
    }
    format!("{head}\n{}", text::table(&rows, "  "))
}

/// A value in the table of values. Strings stand without quotes.
fn shown(node: &Node) -> String {
    match node {
        Node::Null(_) => "-".to_owned(),
        Node::Unknown(unknown) => {
            unknown.certain.prefix.as_ref().map_or_else(|| "?".to_owned(), |prefix| format!("{prefix}…"))
        }
        Node::String(text) => text.to_string(),
        node => json_of(node).to_string(),
    }
}

fn place(span: Span, sources: &Sources) -> String {
    let path = text::one_line(&sources.display_path(span.file));
    format!("{path}:{}", sources.location(span).0.line)
}

/// The fields that are not simply unset, in the order of output.
fn fields(pool: &AgentPool) -> impl Iterator<Item = (PoolField, &Value)> {
    let is_null = |alternative: &Alternative| matches!(alternative.node, Node::Null(_));
    PoolField::ALL
        .iter()
        .filter_map(|(field, _)| Some((*field, pool.fields.get(field)?)))
        .filter(move |(_, value)| !value.alternatives().iter().all(is_null))
}

/// A value of which a few literals are possible, as a parameter's `allowedValues` say, as these. That a truth value is
/// true or false says nothing.
fn told_apart(value: &Value) -> Cow<'_, Value> {
    let is_chosen = |alternative: &Alternative| match &alternative.node {
        Node::Unknown(unknown) => unknown
            .atom
            .domain()
            .is_some_and(|domain| domain.iter().any(|one| !matches!(one, Scalar::Bool(_)))),
        _ => false,
    };
    match value.alternatives().iter().any(is_chosen) {
        true => Cow::Owned(value.split_domains()),
        false => Cow::Borrowed(value),
    }
}

fn presence(pool: &AgentPool) -> &'static str {
    match (pool.presence.many, pool.presence.is_always()) {
        (true, _) => "many",
        (false, true) => "always",
        (false, false) => "conditional",
    }
}

/// The pools for programs. The shape is a promise: `schemas/pools.schema.json` says it in full.
pub fn json(report: &Report, sources: &Sources) -> String {
    let pools = reported(report, sources)
        .map(|pool| Pool {
            address: &pool.address,
            cluster: check::pool_name(&report.fleet, pool).cluster,
            writer: pool.writer.name(),
            file: sources.display_path(pool.span.file),
            line: sources.location(pool.span).0.line,
            presence: presence(pool),
            scenario: pool.scenario.as_deref(),
            fields: Fields(json_fields(pool, &report.fleet, sources)),
        })
        .collect();
    let unlisted = report.unresolved.iter().filter(|unresolved| unresolved.field == AGENT_POOLS);
    let unresolved = unlisted.map(|unresolved| Unresolved::of(unresolved, sources)).collect();
    pretty(&Document { schema_version: SCHEMA_VERSION, pools, unresolved })
}

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    pools: Vec<Pool<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unresolved: Vec<Unresolved<'a>>,
}

#[derive(Serialize)]
struct Pool<'a> {
    address: &'a str,
    cluster: Option<String>,
    writer: String,
    file: String,
    line: u32,
    presence: &'static str,
    scenario: Option<&'a str>,
    fields: Fields,
}

/// A map that keeps its order.
struct Fields(Vec<(&'static str, FieldJson)>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, field) in &self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct FieldJson {
    state: &'static str,
    value: serde_json::Value,
    effective: Option<String>,
    origin: Option<Place>,
    alternatives: Vec<AlternativeJson>,
    reason: Option<String>,
    prefix: Option<String>,
    min_length: Option<usize>,
    max_length: Option<usize>,
}

#[derive(Serialize)]
struct AlternativeJson {
    state: &'static str,
    value: serde_json::Value,
    origin: Option<Place>,
    assumptions: Vec<String>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    line: u32,
    column: u32,
}

impl Place {
    fn of(alternative: &Alternative, sources: &Sources) -> Option<Place> {
        let span = alternative.provenance.origin()?;
        let (start, _) = sources.location(span);
        Some(Place { file: sources.display_path(span.file), line: start.line, column: start.column })
    }
}

fn json_fields(pool: &AgentPool, fleet: &Fleet, sources: &Sources) -> Vec<(&'static str, FieldJson)> {
    let mut list: Vec<(&'static str, FieldJson)> =
        fields(pool).map(|(field, value)| (field.name(), field_json(&told_apart(value), sources))).collect();
    let os_sku = PoolField::OsSku.name();
    if !list.iter().any(|(name, _)| *name == os_sku)
        && let Some(effective) = effective_os_sku(pool, fleet)
    {
        // Unset, but what that means is known. The written null, if any, is its place.
        let written = pool.fields.get(&PoolField::OsSku).and_then(|value| value.alternatives().first());
        let field = FieldJson {
            effective: Some(effective),
            origin: written.and_then(|alternative| Place::of(alternative, sources)),
            ..FieldJson::empty("unset")
        };
        let before = |name: &str| PoolField::ALL.iter().position(|(_, have)| *have == name);
        let at = list.iter().position(|(name, _)| before(name) > before(os_sku)).unwrap_or(list.len());
        list.insert(at, (os_sku, field));
    }
    list
}

/// The default that the service takes in every world; `None` if there are several or none is known.
fn effective_os_sku(pool: &AgentPool, fleet: &Fleet) -> Option<String> {
    let outcomes = outcomes(pool, fleet, &|view| {
        view.effective_os_sku().known().map(ToString::to_string).unwrap_or_default()
    })?;
    let only = outcomes.first().filter(|sku| outcomes.len() == 1 && !sku.is_empty())?;
    Some(only.clone())
}

impl FieldJson {
    fn empty(state: &'static str) -> FieldJson {
        FieldJson {
            state,
            value: serde_json::Value::Null,
            effective: None,
            origin: None,
            alternatives: Vec::new(),
            reason: None,
            prefix: None,
            min_length: None,
            max_length: None,
        }
    }
}

fn field_json(value: &Value, sources: &Sources) -> FieldJson {
    let [only] = value.alternatives() else {
        let alternatives = value.alternatives().iter().map(|alternative| AlternativeJson {
            state: state(&alternative.node),
            value: json_of(&alternative.node),
            origin: Place::of(alternative, sources),
            assumptions: alternative.region.clauses(),
        });
        return FieldJson { alternatives: alternatives.collect(), ..FieldJson::empty("one_of") };
    };
    let certain = match &only.node {
        Node::Unknown(unknown) => Some(&unknown.certain),
        _ => None,
    };
    FieldJson {
        state: state(&only.node),
        value: json_of(&only.node),
        effective: None,
        origin: Place::of(only, sources),
        alternatives: Vec::new(),
        reason: reason(&only.node),
        prefix: certain.and_then(|certain| certain.prefix.as_deref()).map(str::to_owned),
        min_length: certain.map(|certain| certain.min_length).filter(|length| *length > 0),
        max_length: certain.and_then(|certain| certain.max_length),
    }
}

fn state(node: &Node) -> &'static str {
    match node {
        Node::Null(_) => "unset",
        Node::Unknown(_) => "unknown",
        _ => "known",
    }
}

/// A node as JSON. Within lists and maps, what is not known or has several possibilities is null; that
/// something is missing shows in the field's reason.
fn json_of(node: &Node) -> serde_json::Value {
    let part = |value: &Value| value.single().map_or(serde_json::Value::Null, json_of);
    match node {
        Node::Null(_) | Node::Unknown(_) => serde_json::Value::Null,
        Node::Bool(value) => (*value).into(),
        Node::Number(number) => number.as_i64().map_or_else(|| number.as_f64().into(), Into::into),
        Node::String(text) => text.to_string().into(),
        Node::List(list) => list.items.iter().map(part).collect::<Vec<_>>().into(),
        Node::Map(map) => serde_json::Value::Object(
            map.entries.iter().map(|(key, value)| (key.to_string(), part(value))).collect(),
        ),
    }
}

/// Why a node or something in it is not known; `None` if all of it is known.
fn reason(node: &Node) -> Option<String> {
    if let Some(unknown) = unknown_in(node) {
        return Some(unknown.reason.to_string());
    }
    let is_single = |value: &Value| value.alternatives().len() == 1;
    let parts_are_single = match node {
        Node::List(list) => list.items.iter().all(is_single),
        Node::Map(map) => map.entries.values().all(is_single),
        _ => true,
    };
    (!parts_are_single).then(|| "parts of it have several possibilities".to_owned())
}

/// The first thing in a node that is not known, itself included.
fn unknown_in(node: &Node) -> Option<&Unknown> {
    match node {
        Node::Unknown(unknown) => Some(unknown),
        Node::List(list) => list.items.iter().find_map(unknown_part).or(list.open.as_deref()),
        Node::Map(map) => map.entries.values().find_map(unknown_part).or(map.open.as_deref()),
        _ => None,
    }
}

fn unknown_part(value: &Value) -> Option<&Unknown> {
    value.alternatives().iter().find_map(|alternative| unknown_in(&alternative.node))
}
