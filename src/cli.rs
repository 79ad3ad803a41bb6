//! The command line: the only place, with `main`, that writes to the terminal.

mod adopt;
mod args;
mod emit;
mod facts;
mod lists;
mod terminal;

use std::io::{ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::{CommandFactory, Parser};

use crate::config::{Config, Flags, Which, Wrong, is_known_name, unknown_name};
use crate::diagnostic::{Diagnostic, Kind};
use crate::fix::Texts;
use crate::output::{pools, text};
use crate::report::{Options, Report, Unread};
use crate::rules::{BUILT_IN, Rule};
use crate::source::{DiscoverOptions, Discovery, Problem, Sources, project_root};
use crate::suggest::nearest;
use args::{Check, Choice, Cli, Command, Input, PoolsFormat};
use emit::Emission;
use terminal::Progress;

/// Nothing at or above `--fail-on` was found.
const CLEAN: u8 = 0;
/// Something was.
const FINDINGS: u8 = 1;
/// The run did not take place or broke off.
const FAILED: u8 = 2;

/// Where the last panic happened, for the apology.
static PANICKED_AT: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program on the process's arguments. Every way out is an exit code: 0 clean, 1 findings, 2 could
/// not run.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { CLEAN });
        }
    };
    ExitCode::from(guarded(|| run(cli)))
}

/// Runs `run`; a panic becomes one line that says where, and exit code 2.
fn guarded(run: impl FnOnce() -> Result<u8, String>) -> u8 {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
        *PANICKED_AT.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    let _ = std::panic::take_hook();
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(sentence)) => {
            complain(&sentence);
            FAILED
        }
        Err(_) => {
            complain(&apology());
            FAILED
        }
    }
}

fn apology() -> String {
    let place = PANICKED_AT.lock().unwrap_or_else(PoisonError::into_inner).take();
    format!(
        "sorry, akslint {} broke off at {}; this is a bug in akslint, not in your files, and the check is not \
         complete",
        env!("CARGO_PKG_VERSION"),
        place.as_deref().unwrap_or("an unknown place")
    )
}

fn run(cli: Cli) -> Result<u8, String> {
    match cli.command {
        None => check(&cli.check),
        Some(Command::Check(args)) => check(&args),
        Some(Command::Pools(args)) => {
            let flags = flags_of(&args.input);
            let Run { sources, mut report, .. } = read(&args.input, flags, None)?;
            // Nobody asked for findings, but what could not be read may be why a pool is missing.
            report.unread.extend(
                report.diagnostics.drain(..).filter(|finding| finding.kind == Kind::Syntax).map(|finding| {
                    Unread {
                        path: sources.display_path(finding.primary.span.file),
                        message: finding.message,
                        span: Some(finding.primary.span),
                    }
                }),
            );
            report.unread.sort();
            print(&match args.format {
                PoolsFormat::Human => pools::human(&report, &sources),
                PoolsFormat::Json => pools::json(&report, &sources),
            })?;
            Ok(CLEAN)
        }
        Some(Command::Config(args)) => {
            let flags = choice(&args.choice, flags_of(&args.input))?;
            let input = args.input;
            let (sources, config, ..) = find(&input, flags)?;
            let here = vec![PathBuf::from(".")];
            let paths = if input.paths.is_empty() { &here } else { &input.paths };
            let shown: Vec<String> = paths
                .iter()
                .map(|path| {
                    let path = crate::source::absolute(&std::env::current_dir().unwrap_or_default(), path);
                    crate::config::show(&config, &sources, &path)
                })
                .collect();
            print(&shown.join("\n"))?;
            Ok(CLEAN)
        }
        Some(Command::Explain { rule }) => {
            if let Some((id, sentence)) = BUILT_IN.iter().find(|(id, _)| id.eq_ignore_ascii_case(&rule)) {
                print(&format!("# {id}\n\n{sentence}.\n"))?;
                return Ok(CLEAN);
            }
            let rule = Rule::find(&rule).ok_or_else(|| unknown_name(&rule, true))?;
            print(&format!("{}\n", rule.reading_page().trim_end()))?;
            Ok(CLEAN)
        }
        Some(Command::Rules { format }) => {
            print(&lists::rules(format))?;
            Ok(CLEAN)
        }
        Some(Command::Facts(args)) => {
            facts::run(&args)?;
            Ok(CLEAN)
        }
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "akslint", &mut script);
            print(&String::from_utf8_lossy(&script))?;
            Ok(CLEAN)
        }
    }
}

fn check(args: &Check) -> Result<u8, String> {
    let flags = choice(&args.choice, flags_of(&args.input))?;
    emit::check(&args.outputs)?;
    let progress = Progress::start(!args.quiet, "reading files");
    let mut run = read(&args.input, flags.clone(), Some(&progress))?;
    drop(progress);
    let adopted = adopt::adopt(args, &flags, &mut run)?;
    let Run { sources, report, unreadable, config } = run;
    let fails = |diagnostic: &Diagnostic| {
        let least = config.of(&sources, diagnostic.primary.span.file).fail_on.value;
        least.is_some_and(|least| diagnostic.severity >= least)
    };
    let emission = Emission {
        report: &report,
        sources: &sources,
        args,
        complete: unreadable.is_none(),
        fails: &fails,
        instead: adopted.shown.as_deref(),
    };
    let written = emission.write(&adopted.told);
    written?;
    if adopted.failed {
        return Ok(FAILED);
    }
    // Asked to look at a file and unable to: that is no pass, and nothing to switch off.
    if let Some(sentence) = unreadable {
        return Err(sentence);
    }
    let found = report.diagnostics.iter().any(fails);
    Ok(if found && !args.exit_zero { FINDINGS } else { CLEAN })
}

/// What a run gave.
struct Run {
    sources: Sources,
    report: Report,
    config: Arc<Config>,
    /// Says that a file which the user named cannot be read.
    unreadable: Option<String>,
}

/// What the flags of every command say about which findings count.
fn flags_of(input: &Input) -> Flags {
    let here = std::env::current_dir().unwrap_or_default();
    Flags {
        no_alternatives: input.no_alternatives,
        facts: input.facts.iter().map(|path| crate::source::absolute(&here, path)).collect(),
        ..Flags::default()
    }
}

/// These flags with those that say which findings count.
fn choice(choice: &Choice, flags: Flags) -> Result<Flags, String> {
    for id in choice.select.iter().chain(&choice.ignore) {
        if !is_known_name(id) {
            return Err(unknown_name(id, false));
        }
    }
    Ok(Flags {
        select: choice.select.clone(),
        ignore: choice.ignore.clone(),
        fail_on: choice.fail_on.map(args::FailOn::severity),
        horizon: choice.horizon,
        ..flags
    })
}

/// Finds the files and their configuration.
fn find(input: &Input, flags: Flags) -> Result<(Sources, Arc<Config>, Vec<Problem>, usize), String> {
    for path in &input.paths {
        exists(path, true)?;
    }
    for path in input.var_files.iter().chain(&input.parameter_files).chain(&input.config).chain(&input.facts)
    {
        exists(path, false)?;
    }
    let paths = if input.paths.is_empty() { vec![PathBuf::from(".")] } else { input.paths.clone() };
    let discovered = Sources::discover(&DiscoverOptions {
        project: project_root(&paths),
        hidden: input.hidden,
        gitignore: !input.no_ignore,
        prefilter: !input.no_prefilter,
        ..DiscoverOptions::new(paths)
    });
    let Discovery { sources, problems, configurations, files_seen } =
        discovered.map_err(|error| error.to_string())?;
    let which = match &input.config {
        Some(path) => {
            Which::Only(crate::source::absolute(&std::env::current_dir().unwrap_or_default(), path))
        }
        None if input.no_config => Which::None,
        None => Which::Found,
    };
    let config = Config::load(&sources, &configurations, &which, flags).map_err(|wrong| {
        let line = |wrong: &Wrong| match wrong.span {
            Some(span) => {
                let (start, _) = sources.location(span);
                let path = sources.display_path(span.file);
                format!("{path}:{}:{}: {}", start.line, start.column, wrong.message)
            }
            None => wrong.message.clone(),
        };
        wrong.iter().map(|wrong| text::one_line(&line(wrong))).collect::<Vec<_>>().join("\n")
    })?;
    Ok((sources, Arc::new(config), problems, files_seen))
}

/// Finds the files and resolves them.
fn read(input: &Input, flags: Flags, progress: Option<&Progress>) -> Result<Run, String> {
    read_with(input, flags, &Texts::new(), progress)
}

/// [`read`], with some files changed.
fn read_with(input: &Input, flags: Flags, texts: &Texts, progress: Option<&Progress>) -> Result<Run, String> {
    let (sources, config, mut problems, files_seen) = find(input, flags)?;
    let sources = sources.with_texts(texts);
    let options = Options {
        config: config.clone(),
        var_files: input.var_files.clone(),
        vars: input.vars.clone(),
        parameter_files: input.parameter_files.clone(),
        threads: input.threads,
        ..Options::on(input.today())
    };
    if let Some(progress) = progress {
        progress.phase(&format!("checking {}", text::count(files_seen, "file")));
    }
    let mut report = crate::lint(&sources, &options);
    report.files = files_seen;
    // The walk reads some kinds of files only; the others have been read by now if they matter.
    problems.extend(sources.problems());
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    let unreadable = problems
        .iter()
        .find(|problem| input.paths.iter().any(|path| same(path, &problem.path)))
        .map(|problem| format!("cannot read {}: {}", sources.display(&problem.path), problem.message))
        .or_else(|| {
            let mut given = input.var_files.iter().chain(&input.parameter_files);
            given.find_map(|path| {
                let error = sources.load(path).err()?;
                Some(format!("cannot read {}: {error}", path.display()))
            })
        });
    report.unread.extend(problems.into_iter().map(|problem| Unread {
        path: sources.display(&problem.path),
        message: problem.message,
        span: problem.span,
    }));
    report.unread.sort();
    report.unread.dedup();
    Ok(Run { sources, report, unreadable, config })
}

/// Says in a sentence what is wrong with a path, if something is.
fn exists(path: &Path, may_be_command: bool) -> Result<(), String> {
    match path.metadata() {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let name = path.to_string_lossy();
            let commands: Vec<String> =
                Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
            let hint = nearest(&name, commands.iter().map(String::as_str))
                .filter(|_| may_be_command)
                .map(|command| format!("; did you mean the command `{command}`?"));
            Err(format!("no such file or folder: {name}{}", hint.unwrap_or_default()))
        }
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

/// Writes to standard output. A reader that has gone away is no error of ours.
fn print(shown: &str) -> Result<(), String> {
    match std::io::stdout().lock().write_all(shown.as_bytes()).and_then(|()| std::io::stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write to standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// A line on standard error for each of the sentence's.
fn complain(sentence: &str) {
    for line in sentence.lines() {
        write_all(std::io::stderr(), &format!("akslint: {}\n", text::one_line(line)));
    }
}

/// Writes where failure to write cannot be told to anyone.
fn write_all(mut to: impl Write, shown: &str) {
    let _ = to.write_all(shown.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_panic_is_exit_code_2() {
        assert_eq!(guarded(|| panic!("a bug")), FAILED);
        assert_eq!(guarded(|| Err("a sentence".to_owned())), FAILED);
        assert_eq!(guarded(|| Ok(FINDINGS)), FINDINGS);
    }
}
