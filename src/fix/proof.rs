//! The proof that edits mend their findings: another run, compared with the one before.

use std::collections::{BTreeMap, BTreeSet};

use super::{Rerun, by_file};
use crate::diagnostic::{Diagnostic, Edit, Severity};
use crate::model::{AgentPool, PoolField};
use crate::report::Report;
use crate::source::{FileId, Sources, Span};
use crate::value::{Node, Value};

/// A finding's rule and place, the place as it was before the edits.
type Key = (&'static str, String, u32);

/// What is wrong with the outcome of some edits, as a sentence fragment; `None` if each mended its finding, no
/// finding is new, and the safe ones changed no pool but those that their findings are about.
pub(super) fn flaw(
    sources: &Sources,
    before: &Report,
    mended: &[&Diagnostic],
    after: &Rerun,
) -> Option<String> {
    let edits: Vec<&Edit> = mended.iter().filter_map(|diagnostic| diagnostic.edit.as_ref()).collect();
    let shifts = Shifts::of(sources, &edits);
    let mut allowed: BTreeMap<Key, isize> = BTreeMap::new();
    for diagnostic in &before.diagnostics {
        *allowed.entry(shifts.before(sources, diagnostic)).or_default() += 1;
    }
    let fixed: BTreeSet<Key> = mended.iter().map(|diagnostic| shifts.before(sources, diagnostic)).collect();
    for diagnostic in mended {
        *allowed.entry(shifts.before(sources, diagnostic)).or_default() -= 1;
    }
    for diagnostic in &after.report.diagnostics {
        let key = shifts.after(&after.sources, diagnostic);
        let left = allowed.entry(key.clone()).or_default();
        *left -= 1;
        if *left >= 0 {
            continue;
        }
        if fixed.contains(&key) {
            return Some("the finding stays".to_owned());
        }
        // Advice that applies only to the mended pool is no reason to leave it broken.
        if diagnostic.severity >= Severity::Warning {
            return Some(format!("it makes a new finding, {}: {}", diagnostic.rule, diagnostic.message));
        }
    }
    if edits.iter().all(|edit| edit.is_safe()) {
        return side_effect(before, mended, &after.report);
    }
    None
}

/// Where text has moved to.
struct Shifts(BTreeMap<String, Vec<(Span, usize)>>);

impl Shifts {
    fn of(sources: &Sources, edits: &[&Edit]) -> Shifts {
        let files = by_file(edits.iter().copied()).unwrap_or_default();
        let lengths = |file: FileId| sources.display_path(file);
        Shifts(
            files
                .into_iter()
                .map(|(file, replacements)| {
                    let moves = replacements.iter().map(|r| (r.span, r.text.len())).collect();
                    (lengths(file), moves)
                })
                .collect(),
        )
    }

    fn before(&self, sources: &Sources, diagnostic: &Diagnostic) -> Key {
        let span = diagnostic.primary.span;
        (diagnostic.rule, sources.display_path(span.file), span.start)
    }

    /// The place of a finding in the new text, as it was in the old one.
    fn after(&self, sources: &Sources, diagnostic: &Diagnostic) -> Key {
        let span = diagnostic.primary.span;
        let path = sources.display_path(span.file);
        let mut moved = i64::from(span.start);
        for (old, length) in self.0.get(&path).into_iter().flatten() {
            // Where the replacement starts in the new text is what `moved` would be for its old start.
            if moved > i64::from(old.start) {
                let gone = i64::from(old.end) - i64::from(old.start);
                let came = i64::try_from(*length).unwrap_or(i64::MAX);
                moved = (moved + gone - came).max(i64::from(old.start));
            }
        }
        (diagnostic.rule, path, u32::try_from(moved).unwrap_or(0))
    }
}

/// What safe edits changed of pools besides what their findings are about.
fn side_effect(before: &Report, mended: &[&Diagnostic], after: &Report) -> Option<String> {
    if before.fleet.pools.len() != after.fleet.pools.len() {
        return Some("it changes how many agent pools there are".to_owned());
    }
    for (old, new) in before.fleet.pools.iter().zip(&after.fleet.pools) {
        let about =
            |diagnostic: &&&Diagnostic| diagnostic.pools.iter().any(|pool| pool.address == old.address);
        let allowed = mended.iter().filter(about).count();
        let changed = changed_fields(old, new);
        if changed.len() > allowed {
            let fields: Vec<String> = changed.iter().map(|field| format!("`{}`", field.name())).collect();
            return Some(format!("it changes {} of agent pool {} too", fields.join(", "), old.address));
        }
    }
    None
}

fn changed_fields(old: &AgentPool, new: &AgentPool) -> Vec<PoolField> {
    let fields: BTreeSet<PoolField> = old.fields.keys().chain(new.fields.keys()).copied().collect();
    let text = |pool: &AgentPool, field: &PoolField| {
        let mut out = String::new();
        if let Some(value) = pool.fields.get(field) {
            describe(value, &mut out);
        }
        out
    };
    fields.into_iter().filter(|field| text(old, field) != text(new, field)).collect()
}

/// A value without its places.
fn describe(value: &Value, out: &mut String) {
    for alternative in value.alternatives() {
        match &alternative.node {
            Node::Null(_) => out.push_str("null"),
            Node::Bool(truth) => out.push_str(&truth.to_string()),
            Node::Number(number) => out.push_str(&number.to_string()),
            Node::String(text) => out.push_str(&format!("{text:?}")),
            Node::Unknown(unknown) => out.push_str(&format!("unknown: {}", unknown.reason)),
            Node::List(list) => {
                out.push('[');
                list.items.iter().for_each(|item| describe(item, out));
                out.push_str(if list.open.is_some() { "…]" } else { "]" });
            }
            Node::Map(map) => {
                out.push('{');
                for (key, item) in &map.entries {
                    out.push_str(&format!("{key:?}="));
                    describe(item, out);
                }
                out.push_str(if map.open.is_some() { "…}" } else { "}" });
            }
        }
        out.push('|');
    }
}
