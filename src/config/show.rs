//! The configuration that rules a path, for people, with where each part of it comes from.

use std::path::{Path, PathBuf};

use super::layer::Layer;
use super::{Config, Level, Origin, Said, Set};
use crate::output::text::one_line;
use crate::source::{Sources, Span};

/// The effective configuration as TOML; the comment behind each value says where it comes from.
pub fn show(config: &Config, sources: &Sources, given: &Path) -> String {
    // What rules a folder is what rules the files in it.
    let within = given.is_dir().then(|| given.join(super::FILE_NAME));
    let path = within.as_deref().unwrap_or(given);
    let settings = config.at(path);
    let origin = |origin: Origin| match origin {
        Origin::Default => "default".to_owned(),
        Origin::CommandLine => "command line".to_owned(),
        Origin::File(span) => {
            let line = sources.location(span).0.line;
            format!("{}:{line}", one_line(&sources.display_path(span.file)))
        }
    };
    let mut rows: Vec<(String, String)> = Vec::new();
    for (key, names) in [("select", &settings.select), ("ignore", &settings.ignore)] {
        list(&mut rows, key, names, &origin);
    }
    let fail_on = settings.fail_on.value.map_or("never", |severity| severity.name());
    rows.push((format!("fail-on = \"{fail_on}\""), origin(settings.fail_on.origin)));
    rows.push((
        format!("retirement-horizon-days = {}", settings.horizon.value),
        origin(settings.horizon.origin),
    ));
    rows.push((
        format!("require-reason = {}", settings.require_reason.value),
        origin(settings.require_reason.origin),
    ));
    rows.push((
        format!("alternatives = {}", settings.alternatives.value),
        origin(settings.alternatives.origin),
    ));
    let facts: Vec<Set<String>> = settings
        .facts
        .iter()
        .map(|set| Set { value: one_line(&sources.display(&set.value)), origin: set.origin })
        .collect();
    list(&mut rows, "facts", &facts, &origin);
    if !settings.severity.is_empty() {
        rows.push((String::new(), String::new()));
        rows.push(("[severity]".to_owned(), String::new()));
    }
    for (id, set) in &settings.severity {
        let level = match set.value {
            Level::At(severity) => severity.name(),
            Level::Off => "off",
        };
        rows.push((format!("{id} = \"{level}\""), origin(set.origin)));
    }
    for layer in config.layers(path) {
        entries(&mut rows, layer, sources, &origin);
    }
    let placed = rows.iter().filter(|(_, origin)| !origin.is_empty());
    let width = placed.map(|(text, _)| text.chars().count()).max().unwrap_or(0);
    let shown = one_line(&sources.display(given));
    let mut out = format!("# {}\n", if shown.is_empty() { "." } else { &shown });
    let files: Vec<String> =
        config.layers(path).iter().rev().map(|layer| one_line(&sources.display(&layer.path))).collect();
    match files.is_empty() {
        true => out.push_str("# no configuration file\n"),
        false => out.push_str(&format!("# from {}\n", files.join(", "))),
    }
    out.push('\n');
    for (text, origin) in rows {
        match origin.is_empty() {
            true => out.push_str(&text),
            false => out.push_str(&format!("{text:width$}  # {origin}")),
        }
        out.push('\n');
    }
    out
}

/// What a file says of roots, templates, workloads and findings, which is not of one value for each path.
fn entries(
    rows: &mut Vec<(String, String)>,
    layer: &Layer,
    sources: &Sources,
    origin: &dyn Fn(Origin) -> String,
) {
    let mut entry = |head: &str, span: Span, lines: &[(&str, Vec<String>)]| {
        rows.push((String::new(), String::new()));
        rows.push((format!("[[{head}]]"), origin(Origin::File(span))));
        for (key, values) in lines.iter().filter(|(_, values)| !values.is_empty()) {
            let values: Vec<String> = values.iter().map(|value| format!("{:?}", one_line(value))).collect();
            let text = match *key {
                "root" | "template" | "reason" => values.concat(),
                _ => format!("[{}]", values.join(", ")),
            };
            rows.push((format!("{key} = {text}"), String::new()));
        }
    };
    let paths = |paths: &[Said<PathBuf>]| paths.iter().map(|said| sources.display(&said.value)).collect();
    for one in &layer.terraform {
        let root = vec![sources.display(&one.of)];
        entry("terraform", one.span, &[("root", root), ("var-files", paths(&one.files))]);
    }
    for one in &layer.arm {
        let template = vec![sources.display(&one.of)];
        entry("arm", one.span, &[("template", template), ("parameter-files", paths(&one.files))]);
    }
    for one in &layer.workloads {
        let lines = [("paths", one.paths.written.clone()), ("clusters", one.clusters.clone())];
        entry("workloads", one.span, &lines);
    }
    for one in &layer.suppress {
        let rules = one.rules.iter().map(|said| said.value.clone()).collect();
        let paths = one.paths.as_ref().map(|paths| paths.written.clone()).unwrap_or_default();
        let reason = one.reason.clone().into_iter().collect();
        let (clusters, pools) = (one.clusters.clone(), one.pools.clone());
        let lines = [
            ("rules", rules),
            ("paths", paths),
            ("clusters", clusters),
            ("pools", pools),
            ("reason", reason),
        ];
        entry("suppress", one.span, &lines);
    }
}

fn list(
    rows: &mut Vec<(String, String)>,
    key: &str,
    names: &[Set<String>],
    origin: &dyn Fn(Origin) -> String,
) {
    if names.is_empty() {
        rows.push((format!("{key} = []"), origin(Origin::Default)));
        return;
    }
    rows.push((format!("{key} = ["), String::new()));
    for name in names {
        rows.push((format!("  \"{}\",", name.value), origin(name.origin)));
    }
    rows.push(("]".to_owned(), String::new()));
}
