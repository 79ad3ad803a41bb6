//! The configuration that rules a path, for people, with where each part of it comes from.

use std::path::Path;

use super::{Config, Level, Origin, Set};
use crate::output::text::one_line;
use crate::source::Sources;

/// The effective configuration as TOML; the comment behind each value says where it comes from.
pub fn show(config: &Config, sources: &Sources, path: &Path) -> String {
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
    let width = rows.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(0);
    let mut out = format!("# {}\n", one_line(&sources.display(path)));
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
