//! What a run does besides telling: writing and using a baseline, and making edits.

use std::path::Path;

use super::args::Check;
use super::{Run, read_with};
use crate::baseline::Baseline;
use crate::config::Flags;
use crate::diagnostic::{Diagnostic, Suppression};
use crate::fix::{self, Outcome, Rerun, Texts};
use crate::output::text::{count, one_line, source_line};
use crate::source::Sources;

/// How many fixed entries of a baseline are named.
const NAMED: usize = 10;

/// What is to be told besides the findings.
#[derive(Default)]
pub(super) struct Adopted {
    /// For standard output, in place of the findings.
    pub(super) shown: Option<String>,
    /// For standard error.
    pub(super) told: String,
    /// Something that was asked for could not be done.
    pub(super) failed: bool,
}

/// Does what the flags ask for.
pub(super) fn adopt(args: &Check, flags: &Flags, run: &mut Run) -> Result<Adopted, String> {
    let mut adopted = Adopted::default();
    let baseline = match &args.baseline {
        Some(path) => Some((path, read_baseline(path, &run.sources)?)),
        None => None,
    };
    if let Some((_, baseline)) = &baseline {
        baseline.apply(&mut run.report);
    }
    if args.fix || args.diff {
        edit(args, flags, run, baseline.as_ref().map(|(_, baseline)| baseline), &mut adopted)?;
    }
    if let Some((path, baseline)) = &baseline {
        adopted.told.push_str(&fixed(args, path, baseline, run));
    }
    if let Some(path) = &args.write_baseline {
        let baseline = Baseline::of(&run.report, &run.sources);
        if std::fs::metadata(path).is_ok_and(|meta| meta.permissions().readonly()) {
            return Err(format!("cannot write {}: it is read-only", path.display()));
        }
        fix::replace(path, baseline.to_text().as_bytes())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let shown = one_line(&path.to_string_lossy());
        adopted.told.push_str(&format!("wrote {} to {shown}\n", count(baseline.len(), "finding")));
        for diagnostic in std::mem::take(&mut run.report.diagnostics) {
            run.report.suppressions.push((diagnostic, Suppression::Baseline));
        }
        run.report.suppressed = run.report.suppressions.len();
    }
    let Run { sources, report, .. } = run;
    report.suppressions.sort_by_cached_key(|(diagnostic, _)| order(diagnostic, sources));
    report.diagnostics.sort_by_cached_key(|diagnostic| order(diagnostic, sources));
    Ok(adopted)
}

fn read_baseline(path: &Path, sources: &Sources) -> Result<Baseline, String> {
    let cannot = |why: String| format!("cannot use the baseline {}: {why}", path.display());
    let file = sources.load(path).map_err(|error| cannot(error.to_string()))?;
    Baseline::parse(&sources.text(file).unwrap_or_default()).map_err(|why| cannot(format!("it is {why}")))
}

/// Names the entries of the baseline that nothing matches any more.
fn fixed(args: &Check, path: &Path, baseline: &Baseline, run: &mut Run) -> String {
    // With some input files only, nothing follows for what the others had.
    if !args.input.vars.is_empty()
        || !args.input.var_files.is_empty()
        || !args.input.parameter_files.is_empty()
        || args.input.no_alternatives
    {
        return String::new();
    }
    let mut report = std::mem::take(&mut run.report);
    let known: Vec<Diagnostic> = report
        .suppressions
        .extract_if(.., |(_, suppression)| *suppression == Suppression::Baseline)
        .map(|(diagnostic, _)| diagnostic)
        .collect();
    report.diagnostics.extend(known);
    let fixed: Vec<String> = baseline
        .apply(&mut report)
        .into_iter()
        // Files that the run does not report on may have it still.
        .filter(|entry| run.sources.is_reported_path(&run.sources.repository().join(&entry.file)))
        .map(|entry| {
            format!("  {}: {} {}\n", one_line(&entry.file), one_line(&entry.rule), one_line(&entry.message))
        })
        .collect();
    run.report = report;
    if fixed.is_empty() {
        return String::new();
    }
    let shown = one_line(&path.to_string_lossy());
    let mut told = format!(
        "{} of {shown} {} fixed; write it anew to keep it so: --write-baseline {shown}\n",
        match fixed.len() {
            1 => "1 entry".to_owned(),
            n => format!("{n} entries"),
        },
        if fixed.len() == 1 { "is" } else { "are" }
    );
    fixed.iter().take(NAMED).for_each(|line| told.push_str(line));
    if fixed.len() > NAMED {
        told.push_str(&format!("  and {} more\n", fixed.len() - NAMED));
    }
    told
}

fn order(diagnostic: &Diagnostic, sources: &Sources) -> (String, u32, u32, &'static str, String) {
    let span = diagnostic.primary.span;
    (sources.display_path(span.file), span.start, span.end, diagnostic.rule, diagnostic.message.clone())
}

/// Makes the edits, or shows them.
fn edit(
    args: &Check,
    flags: &Flags,
    run: &mut Run,
    baseline: Option<&Baseline>,
    adopted: &mut Adopted,
) -> Result<(), String> {
    let mut rerun = |texts: &Texts| {
        let Run { sources, mut report, .. } = read_with(&args.input, flags.clone(), texts, None)?;
        if let Some(baseline) = baseline {
            baseline.apply(&mut report);
        }
        Ok(Rerun { sources, report })
    };
    let outcome = fix::mend(&run.sources, &run.report, args.unsafe_fixes, &mut rerun)?;
    let others = run
        .report
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.edit.as_ref().is_some_and(|edit| !edit.is_safe()))
        .count();
    let edits = outcome.mended.iter().filter_map(|diagnostic| diagnostic.edit.as_ref());
    let files = fix::by_file(edits).unwrap_or_default();
    if args.diff {
        let mut shown = String::new();
        for (file, replacements) in &files {
            let text = run.sources.text(*file).unwrap_or_default();
            let diff = fix::unified(&one_line(&run.sources.display_path(*file)), &text, replacements);
            diff.split_inclusive('\n').for_each(|line| match line.strip_suffix('\n') {
                Some(line) => shown.push_str(&format!("{}\n", harmless(line))),
                None => shown.push_str(&harmless(line)),
            });
        }
        adopted.shown = Some(shown);
    }
    adopted.told.push_str(&tell(args, &outcome, files.len(), others, &run.sources));
    if args.diff {
        return Ok(());
    }
    let old = |path: &Path| {
        let file = run.sources.load(path).ok()?;
        run.sources.text(file).map(|text| text.to_string())
    };
    let failed = fix::write_all(run.sources.project(), &outcome.texts, &old);
    for (path, why) in &failed {
        let shown = one_line(&run.sources.display(path));
        adopted.told.push_str(&format!("akslint: cannot write {shown}: {}\n", one_line(why)));
    }
    if failed.is_empty() {
        if let Some(Rerun { sources, report }) = outcome.after {
            let files = run.report.files;
            run.sources = sources;
            run.report = report;
            run.report.files = files;
        }
    } else {
        adopted.failed = true;
    }
    Ok(())
}

/// A line of a difference: what acts on a terminal is made visible, but for a carriage return at its end and the mark
/// that some files begin with, without which it is no patch of theirs.
fn harmless(line: &str) -> String {
    for mark in [" \u{feff}", "-\u{feff}", "+\u{feff}"] {
        if let Some(rest) = line.strip_prefix(mark) {
            return format!("{mark}{}", harmless(rest));
        }
    }
    match line.strip_suffix('\r') {
        Some(line) => format!("{}\r", source_line(line)),
        None => source_line(line),
    }
}

/// What was done, what it implies, and what was left.
fn tell(args: &Check, outcome: &Outcome, files: usize, others: usize, sources: &Sources) -> String {
    let place = |diagnostic: &Diagnostic| {
        let (start, _) = sources.location(diagnostic.primary.span);
        let path = one_line(&sources.display_path(diagnostic.primary.span.file));
        format!("{path}:{}:{}", start.line, start.column)
    };
    let mut told = String::new();
    let verb = if args.diff { "would fix" } else { "fixed" };
    if !outcome.mended.is_empty() {
        told.push_str(&format!(
            "{verb} {} in {}\n",
            count(outcome.mended.len(), "finding"),
            count(files, "file")
        ));
    }
    for diagnostic in &outcome.mended {
        let Some(edit) = &diagnostic.edit else { continue };
        told.push_str(&format!(
            "  {}: {} ({})\n",
            place(diagnostic),
            one_line(&edit.message),
            diagnostic.rule
        ));
        if let Some(implies) = &edit.implies {
            told.push_str(&format!("    implies: {}\n", one_line(implies)));
        }
    }
    for (diagnostic, why) in &outcome.refused {
        told.push_str(&format!("not fixed: {}: {}: {}\n", place(diagnostic), diagnostic.rule, one_line(why)));
    }
    if !args.unsafe_fixes && others > 0 {
        told.push_str(&format!(
            "{} with --unsafe-fixes; --diff --unsafe-fixes shows them\n",
            count(others, "more edit")
        ));
    }
    if told.is_empty() {
        told.push_str("nothing to fix\n");
    }
    told
}
