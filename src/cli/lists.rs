//! The lists of rules and facts, as text or JSON.

use serde_json::json;

use super::args::{FactsTable, ListFormat};
use crate::facts::{self, Architecture, Date, Facts, Generations, Minor, OsSkuStatus, OsType};
use crate::output::json::pretty;
use crate::output::text::table;
use crate::rules;

/// Every rule with its severity, kind and summary.
pub(super) fn rules(format: ListFormat) -> String {
    match format {
        ListFormat::Text => {
            let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
            let mut rows = vec![row(["RULE", "SEVERITY", "KIND", "SUMMARY"])];
            rows.extend(
                rules::ALL
                    .iter()
                    .map(|rule| row([rule.id, rule.severity.name(), rule.kind.name(), rule.summary])),
            );
            table(&rows, "")
        }
        ListFormat::Json => {
            let rules: Vec<_> = rules::ALL
                .iter()
                .map(|rule| {
                    json!({
                        "id": rule.id,
                        "severity": rule.severity.name(),
                        "kind": rule.kind.name(),
                        "summary": rule.summary,
                        "url": rule.url,
                    })
                })
                .collect();
            pretty(&rules)
        }
    }
}

/// A table of facts, or an overview of the tables.
pub(super) fn facts(
    facts: &Facts<'_>,
    overlays: &[String],
    which: Option<FactsTable>,
    format: ListFormat,
) -> String {
    let rows = match which {
        None => return overview(facts, overlays, format),
        Some(FactsTable::VmSizes) => vm_sizes(facts),
        Some(FactsTable::OsSkus) => os_skus(facts),
        Some(FactsTable::KubernetesVersions) => kubernetes_versions(facts),
    };
    match format {
        ListFormat::Text => {
            let heads =
                rows.first().map(|row| row.iter().map(|(name, _)| name.replace('_', " ").to_uppercase()));
            let mut lines: Vec<Vec<String>> = heads.map(Iterator::collect).into_iter().collect();
            lines.extend(rows.iter().map(|row| row.iter().map(|(_, value)| cell(value)).collect()));
            table(&lines, "")
        }
        ListFormat::Json => {
            let rows: Vec<serde_json::Map<_, _>> = rows
                .into_iter()
                .map(|row| row.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                .collect();
            pretty(&rows)
        }
    }
}

/// A fact: a column's name and the value, null where no source says it.
type Row = Vec<(&'static str, serde_json::Value)>;

pub(super) fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.is_empty() => "none".to_owned(),
        serde_json::Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("+"),
        other => other.to_string(),
    }
}

fn overview(facts: &Facts<'_>, overlays: &[String], format: ListFormat) -> String {
    let as_of = facts::AS_OF.to_string();
    let counts = [
        ("vm-sizes", facts.vm_sizes().len()),
        ("os-skus", facts.os_skus().len()),
        ("kubernetes-versions", facts.kubernetes_versions().len()),
    ];
    match format {
        ListFormat::Text => {
            let rows: Vec<Vec<String>> =
                counts.iter().map(|(name, n)| vec![(*name).to_owned(), format!("{n} rows")]).collect();
            let over: Vec<String> = overlays.iter().map(|path| format!("over them {path}\n")).collect();
            format!(
                "facts as of {as_of}; `akslint facts TABLE` shows one of\n{}\n{}",
                over.concat(),
                table(&rows, "  ")
            )
        }
        ListFormat::Json => {
            let tables: serde_json::Map<_, _> =
                counts.iter().map(|(name, n)| ((*name).to_owned(), json!(n))).collect();
            pretty(&json!({ "as_of": as_of, "overlays": overlays, "tables": tables }))
        }
    }
}

fn vm_sizes(facts: &Facts<'_>) -> Vec<Row> {
    facts
        .vm_sizes()
        .iter()
        .map(|size| {
            vec![
                ("name", json!(size.name)),
                ("series", json!(size.series)),
                ("generations", generations(size.generations)),
                ("architecture", architecture(size.architecture)),
                ("vcpus", json!(size.vcpus)),
                ("memory_gib", json!(size.memory_gib)),
                ("retires_on", date(size.retires_on)),
            ]
        })
        .collect()
}

fn os_skus(facts: &Facts<'_>) -> Vec<Row> {
    facts
        .os_skus()
        .iter()
        .map(|sku| {
            vec![
                ("name", json!(sku.name)),
                ("os_type", os_type(sku.os_type)),
                ("status", status(sku.status)),
                ("kubernetes_min", minor(sku.k8s_min)),
                ("kubernetes_max", minor(sku.k8s_max)),
                ("retired_on", date(sku.retired_on)),
                ("replacement", json!(sku.replacement)),
            ]
        })
        .collect()
}

fn kubernetes_versions(facts: &Facts<'_>) -> Vec<Row> {
    facts
        .kubernetes_versions()
        .iter()
        .map(|version| {
            vec![
                ("version", minor(Some(version.version))),
                ("ga", json!(version.aks_ga.earliest.to_string())),
                ("end_of_life", json!(version.eol.to_string())),
                ("lts_end_of_life", date(version.lts_eol)),
                ("planned", json!(version.planned)),
            ]
        })
        .collect()
}

pub(super) fn date(date: Option<Date>) -> serde_json::Value {
    json!(date.map(|date| date.to_string()))
}

pub(super) fn minor(minor: Option<Minor>) -> serde_json::Value {
    json!(minor.map(|minor| minor.to_string()))
}

pub(super) fn generations(generations: Option<Generations>) -> serde_json::Value {
    json!(generations.map(|generations| match generations {
        Generations::Gen1Only => &["Gen1"][..],
        Generations::Gen2Only => &["Gen2"],
        Generations::Both => &["Gen1", "Gen2"],
    }))
}

pub(super) fn architecture(architecture: Option<Architecture>) -> serde_json::Value {
    json!(architecture.map(|architecture| match architecture {
        Architecture::X64 => "x64",
        Architecture::Arm64 => "Arm64",
    }))
}

pub(super) fn os_type(os_type: OsType) -> serde_json::Value {
    json!(match os_type {
        OsType::Linux => "Linux",
        OsType::Windows => "Windows",
    })
}

pub(super) fn status(status: OsSkuStatus) -> serde_json::Value {
    json!(match status {
        OsSkuStatus::Ga => "ga",
        OsSkuStatus::Preview => "preview",
        OsSkuStatus::Deprecated => "deprecated",
        OsSkuStatus::Retired => "retired",
        OsSkuStatus::Invalid => "invalid",
    })
}
