//! What can be typed.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::emit::Output;
use crate::diagnostic::Severity;
use crate::facts::Date;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold());

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or above --fail-on was found
  1  something was
  2  akslint could not run, or broke off";

/// Lints the Infrastructure-as-Code that defines AKS agent pools: would Azure accept each pool, keep it
/// running, and let it be upgraded?
#[derive(Debug, Parser)]
#[command(name = "akslint", version, styles = STYLES, after_help = EXIT_CODES)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: Check,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lint (the default command)
    #[command(after_help = EXIT_CODES)]
    Check(Check),
    /// Show what was resolved: every pool, and where each of its values comes from
    Pools(Pools),
    /// Show the configuration that rules a file or folder, and where each part of it comes from
    Config(Config),
    /// Show a rule's page
    Explain {
        /// The rule's id, in any case
        rule: String,
    },
    /// List the rules
    Rules {
        /// How to write the list
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Show the facts about Azure that the rules rest on, or make a file of newer ones
    Facts(Facts),
    /// Write a completion script to standard output
    Completions {
        /// For which shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) input: Input,
    /// How to write the findings to standard output
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: CheckFormat,
    /// Write the findings to a file too, such as sarif=akslint.sarif (repeatable; `-` is standard output)
    #[arg(long = "output", value_name = "FORMAT=FILE", value_parser = Output::parse)]
    pub(super) outputs: Vec<Output>,
    /// In SARIF, include suppressed findings, marked as such
    #[arg(long)]
    pub(super) show_suppressed: bool,
    /// Write findings only: no closing line, no progress
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Say on standard error, too, everything that is not known or could not be read
    #[arg(long, short)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// Exit with 0 whatever is found
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Leave out the findings that this baseline has, and name its entries that are fixed
    #[arg(long, value_name = "FILE", conflicts_with = "write_baseline")]
    pub(super) baseline: Option<PathBuf>,
    /// Write what is found to this file, as the baseline of later runs
    #[arg(long, value_name = "FILE")]
    pub(super) write_baseline: Option<PathBuf>,
    /// Make the safe edits, and prove by another run that each mends its finding and nothing else
    #[arg(long)]
    pub(super) fix: bool,
    /// Show the edits that --fix would make, and make none
    #[arg(long)]
    pub(super) diff: bool,
    /// With --fix or --diff: the edits that need thought too, such as those that replace a pool
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(super) color: Color,
}

#[derive(Debug, Args)]
pub(super) struct Pools {
    #[command(flatten)]
    pub(super) input: Input,
    /// How to write the pools
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: PoolsFormat,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_precedence_over_arg = true)]
pub(super) struct Facts {
    #[command(subcommand)]
    pub(super) command: Option<FactsCommand>,
    /// Which table; an overview without
    #[arg(value_enum)]
    pub(super) table: Option<FactsTable>,
    /// One row of it: everything that is known, and from where
    pub(super) name: Option<String>,
    /// Put these facts over the built-in ones, and over those that the configuration names (repeatable; the last wins)
    #[arg(long = "facts", value_name = "FILE")]
    pub(super) facts: Vec<PathBuf>,
    /// Take the configuration's facts from this file instead of the one that rules the current directory
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub(super) no_config: bool,
    /// How to write the list
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum FactsCommand {
    /// Make a file for --facts of what the Azure CLI prints: `az vm list-skus -o json`, `az aks get-versions -o json`
    Import(FactsImport),
}

#[derive(Debug, Args)]
pub(super) struct FactsImport {
    /// What the Azure CLI printed; `-` is standard input
    #[arg(value_name = "FILES", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// The region that `az aks get-versions` was asked about; of VM sizes, take this region only
    #[arg(long, value_name = "REGION")]
    pub(super) location: Option<String>,
    /// The day on which Azure was asked, as YYYY-MM-DD [default: today]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) as_of: Option<Date>,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(flatten)]
    pub(super) input: Input,
    #[command(flatten)]
    pub(super) choice: Choice,
}

/// Which findings count.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// The least severity that makes the exit code 1 [default: error]
    #[arg(long, value_enum)]
    pub(super) fail_on: Option<FailOn>,
    /// Report these rules too, besides errors and warnings: ids or groups (such as `advice`), comma separated
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these rules: ids or groups, comma separated
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// How many days before a retirement it becomes a warning [default: 180]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(0..=36_500))]
    pub(super) horizon: Option<i64>,
}

/// Where to look, and how to resolve.
#[derive(Debug, Default, Args)]
pub(super) struct Input {
    /// Files and folders to report on; what is read is the whole project around them [default: .]
    #[arg(value_name = "PATHS")]
    pub(super) paths: Vec<PathBuf>,
    /// The day that counts as today, as YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(super) as_of: Option<Date>,
    /// Use this Terraform var file, in every root, instead of those that are found besides what Terraform loads by
    /// itself (repeatable; the last wins)
    #[arg(long = "var-file", value_name = "FILE")]
    pub(super) var_files: Vec<PathBuf>,
    /// Set a Terraform variable in every root that declares it, over all files; lists and maps as expressions
    /// (repeatable)
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    pub(super) vars: Vec<(String, String)>,
    /// Use this ARM parameter file instead of those that are found (repeatable)
    #[arg(long = "parameters", value_name = "FILE")]
    pub(super) parameter_files: Vec<PathBuf>,
    /// Use only the input files that the tools themselves would load
    #[arg(long)]
    pub(super) no_alternatives: bool,
    /// Put these facts about Azure over the built-in ones, and over those that the configuration names (repeatable;
    /// the last wins)
    #[arg(long = "facts", value_name = "FILE")]
    pub(super) facts: Vec<PathBuf>,
    /// Use this configuration file for everything instead of those that are found
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub(super) no_config: bool,
    /// Look at hidden files and folders too
    #[arg(long)]
    pub(super) hidden: bool,
    /// Look at files that .gitignore and .ignore leave out too
    #[arg(long)]
    pub(super) no_ignore: bool,
    /// Number of threads, up to 256 [default: one for each core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    #[arg(value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(0..=256))]
    pub(super) threads: usize,
    /// Parse files that by a search in their bytes have nothing to do with AKS too
    #[arg(long, hide = true)]
    pub(super) no_prefilter: bool,
}

impl Input {
    /// The day that counts as today.
    pub(super) fn today(&self) -> Date {
        self.as_of.unwrap_or_else(Date::today)
    }
}

/// A variable's name and value as Terraform's `-var` has them.
fn variable(text: &str) -> Result<(String, String), String> {
    let wanted =
        || "write a variable and its value as NAME=VALUE, such as vm_size=Standard_D4s_v5".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(wanted)?;
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if is_name { Ok((name.to_owned(), value.to_owned())) } else { Err(wanted()) }
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text)
        .ok_or_else(|| "write a day of the calendar as YYYY-MM-DD, such as 2026-11-20".to_owned())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum CheckFormat {
    /// Snippets of the source, for people
    #[default]
    Human,
    /// path:line:column: severity[Id] message
    Concise,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning and viewers
    Sarif,
    /// Workflow commands of GitHub Actions, which become annotations
    Github,
    /// Logging commands of Azure Pipelines
    AzurePipelines,
    /// Code quality report of GitLab
    Gitlab,
    /// JUnit's XML
    Junit,
    /// A summary, made for $GITHUB_STEP_SUMMARY
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum PoolsFormat {
    /// Tables, for people
    #[default]
    Human,
    /// One JSON document
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ListFormat {
    /// A table, for people
    #[default]
    Text,
    /// One JSON document
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FactsTable {
    /// VM sizes with their generations, architecture and retirement
    VmSizes,
    /// Node operating systems with their Kubernetes versions and retirement
    OsSkus,
    /// Kubernetes versions with their support windows
    KubernetesVersions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum FailOn {
    #[default]
    Error,
    Warning,
    Info,
    Never,
}

impl FailOn {
    /// The least severity that fails; `None` if none does.
    pub(super) fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Info => Some(Severity::Info),
            FailOn::Never => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}
