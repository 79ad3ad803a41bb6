//! Where findings go: one format to standard output, others to files beside it.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::args::{Check, CheckFormat};
use super::{complain, print, terminal, write_all};
use crate::diagnostic::Diagnostic;
use crate::output::human::Style;
use crate::output::{
    azure_pipelines, concise, github, gitlab, human, json, junit, markdown, sarif, summary, text,
};
use crate::report::Report;
use crate::source::Sources;

/// One more report: a format, and the file to write it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    format: CheckFormat,
    /// None for standard output.
    file: Option<PathBuf>,
}

impl Output {
    /// Reads `FORMAT=FILE`; `-` for a file is standard output.
    pub(super) fn parse(text: &str) -> Result<Output, String> {
        let names = || {
            let values = CheckFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            values.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
        };
        let Some((format, file)) = text.split_once('=') else {
            return Err(format!("write FORMAT=FILE, such as sarif=akslint.sarif; formats are {}", names()));
        };
        let format = CheckFormat::from_str(format, true)
            .map_err(|_| format!("no such format: {format}; there are {}", names()))?;
        match file {
            "" => Err("write FORMAT=FILE; the file's name is missing".to_owned()),
            "-" => Ok(Output { format, file: None }),
            file => Ok(Output { format, file: Some(PathBuf::from(file)) }),
        }
    }
}

/// Says in a sentence what is wrong with the outputs together, if something is.
pub(super) fn check(outputs: &[Output]) -> Result<(), String> {
    let mut files: Vec<&Path> = Vec::new();
    for file in outputs.iter().filter_map(|output| output.file.as_deref()) {
        if files.contains(&file) {
            return Err(format!("two outputs go to {}", file.display()));
        }
        if file.is_dir() {
            return Err(format!("cannot write to {}: it is a folder", file.display()));
        }
        files.push(file);
    }
    Ok(())
}

/// What was found, and what was asked for.
pub(super) struct Emission<'a> {
    pub(super) report: &'a Report,
    pub(super) sources: &'a Sources,
    pub(super) args: &'a Check,
    /// Which findings fail the run.
    pub(super) fails: &'a dyn Fn(&Diagnostic) -> bool,
    /// Whether everything that was asked for could be looked at.
    pub(super) complete: bool,
}

impl Emission<'_> {
    /// Writes everything to where it belongs, as far as that is possible: what cannot be written does not keep the
    /// rest from being so.
    ///
    /// # Errors
    ///
    /// A sentence on the first thing that could not be written, or that a finding could not be drawn; other such
    /// things are told on standard error.
    pub(super) fn write(&self) -> Result<(), String> {
        let mut failed: Vec<String> = Vec::new();
        let style = terminal::style(self.args.color);
        let (shown, broken) = self.text(self.args.format, style);
        failed.extend(broken);
        // Asked for the edits, standard output has them and nothing else.
        if !self.args.diff {
            failed.extend(print(&shown).err());
        }
        let is_log = matches!(
            self.args.format,
            CheckFormat::Concise | CheckFormat::Github | CheckFormat::AzurePipelines
        );
        if is_log && !self.args.quiet {
            write_all(std::io::stderr(), &summary::closing(self.report, self.sources));
        }
        if self.args.verbose {
            write_all(std::io::stderr(), &summary::details(self.report, self.sources));
        }
        for output in &self.args.outputs {
            let (text, broken) = self.text(output.format, terminal::plain());
            failed.extend(broken);
            failed.extend(match &output.file {
                None => print(&text).err(),
                Some(file) => write_file(file, &text).err(),
            });
        }
        let mut failed = failed.into_iter();
        let Some(first) = failed.next() else { return Ok(()) };
        failed.for_each(|sentence| complain(&sentence));
        Err(first)
    }

    /// The report in a format. Where a format breaks off, the findings are told one line each, and a sentence says
    /// so.
    fn text(&self, format: CheckFormat, style: Style) -> (String, Option<String>) {
        let Emission { report, sources, args, .. } = *self;
        let drawn = catch_unwind(AssertUnwindSafe(|| match format {
            CheckFormat::Human if args.quiet => human::findings(report, sources, style),
            CheckFormat::Human => human::render(report, sources, style),
            CheckFormat::Concise => concise::render(report, sources),
            CheckFormat::Json => json::render(report, sources),
            CheckFormat::Sarif => {
                let choice = sarif::Choice { suppressed: args.show_suppressed, complete: self.complete };
                sarif::render(report, sources, choice)
            }
            CheckFormat::Github => github::render(report, sources),
            CheckFormat::AzurePipelines => azure_pipelines::render(report, sources),
            CheckFormat::Gitlab => gitlab::render(report, sources),
            CheckFormat::Junit => junit::render(report, sources, self.fails, args.input.today()),
            CheckFormat::Markdown => markdown::render(report, sources),
        }));
        match drawn {
            Ok(text) => (text, None),
            Err(_) => (concise::render(report, sources), Some(super::apology())),
        }
    }
}

/// Writes a file as a whole.
fn write_file(file: &Path, text: &str) -> Result<(), String> {
    let write = || std::fs::File::create(file)?.write_all(text.as_bytes());
    write().map_err(|error| format!("cannot write to {}: {error}", text::one_line(&file.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_a_format_and_a_file() {
        let file = |text| Output::parse(text).map(|output| (output.format, output.file));
        assert_eq!(file("sarif=out/a.sarif"), Ok((CheckFormat::Sarif, Some(PathBuf::from("out/a.sarif")))));
        assert_eq!(file("GitHub=-"), Ok((CheckFormat::Github, None)));
        assert_eq!(file("json=a=b"), Ok((CheckFormat::Json, Some(PathBuf::from("a=b")))));
        for wrong in ["out.sarif", "serif=out", "sarif=", "=out"] {
            assert!(file(wrong).is_err(), "{wrong}");
        }
    }
}
