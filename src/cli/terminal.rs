//! What the terminal can do, and the line that tells people to wait.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::args::Color;
use crate::output::human::Style;

/// Sentences are wrapped at this width where nothing is known about a terminal.
const WIDTH: usize = 100;
/// Longer lines of prose are no longer read with ease.
const WIDEST: usize = 120;
/// Narrower than this, nothing is gained by breaking lines.
const NARROWEST: usize = 40;
/// How long a run may take before people are told to wait.
const PATIENCE: Duration = Duration::from_millis(700);
/// How often that line is written anew.
const PERIOD: Duration = Duration::from_millis(250);

/// An environment variable; one without a value counts as not set.
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// How findings look on standard output.
pub(super) fn style(choice: Color) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let colour = colour(choice, terminal, &variable);
    Style { colour, terminal, width: width(terminal), hyperlinks: hyperlinks(colour, terminal, &variable) }
}

/// How findings look in a file.
pub(super) fn plain() -> Style {
    Style { colour: false, terminal: false, width: WIDTH, hyperlinks: false }
}

/// Whether there are colours: as `--color` says, else as the environment says (NO_COLOR, then CLICOLOR_FORCE, then
/// CLICOLOR=0), else if standard output is a terminal that is not dumb.
///
/// Sources: <https://no-color.org>, <https://bixense.com/clicolors/>.
fn colour(choice: Color, terminal: bool, variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if variable("NO_COLOR").is_some() => false,
        Color::Auto if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        Color::Auto if variable("CLICOLOR").is_some_and(|value| value == "0") => false,
        Color::Auto => terminal && variable("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Whether a rule's name may be a hyperlink (OSC 8): only in colour, as `FORCE_HYPERLINK` says, else in a terminal that
/// is known to understand it, outside of CI and of multiplexers that may not pass it on.
///
/// Source: <https://github.com/Alhadis/OSC8-Adoption>.
fn hyperlinks(colour: bool, terminal: bool, variable: &dyn Fn(&str) -> Option<OsString>) -> bool {
    if !colour {
        return false;
    }
    if let Some(force) = variable("FORCE_HYPERLINK") {
        return force != "0";
    }
    if !terminal || variable("CI").is_some() || variable("STY").is_some() {
        return false;
    }
    let text =
        |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    let program = text("TERM_PROGRAM");
    let term = text("TERM");
    ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"].contains(&program.as_str())
        || ["xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra"].contains(&term.as_str())
        || variable("WT_SESSION").is_some()
        || variable("KONSOLE_VERSION").is_some()
        || variable("DOMTERM").is_some()
        || text("VTE_VERSION").parse::<u32>().is_ok_and(|version| version >= 5_000)
}

/// The width to wrap at: the terminal's, or COLUMNS where it does not say.
fn width(terminal: bool) -> usize {
    if !terminal {
        return WIDTH;
    }
    let columns = || variable("COLUMNS")?.to_str()?.parse().ok();
    let asked = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    // Some pseudo-terminals say that they are 0 wide.
    asked.filter(|width| *width > 0).or_else(columns).unwrap_or(WIDTH).clamp(NARROWEST, WIDEST)
}

/// A line on standard error that says what takes so long and goes away by itself. Nothing is written if standard
/// error is no terminal, or the run is short.
pub(super) struct Progress {
    thread: Option<(Sender<String>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins with a first phase, such as `reading files`.
    pub(super) fn start(wanted: bool, phase: &str) -> Progress {
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        if !wanted || dumb || !std::io::stderr().is_terminal() {
            return Progress { thread: None };
        }
        let (sender, receiver) = channel::<String>();
        let mut phase = phase.to_owned();
        let began = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut shown = false;
            let mut wait = PATIENCE;
            loop {
                match receiver.recv_timeout(wait) {
                    Ok(next) => phase = next,
                    Err(RecvTimeoutError::Timeout) => {
                        wait = PERIOD;
                        shown = true;
                        let seconds = began.elapsed().as_secs();
                        let _ = write!(std::io::stderr(), "\r\x1b[Kakslint: {phase} … {seconds} s");
                        let _ = std::io::stderr().flush();
                    }
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
            if shown {
                let _ = write!(std::io::stderr(), "\r\x1b[K");
            }
        });
        Progress { thread: Some((sender, thread)) }
    }

    /// The next phase.
    pub(super) fn phase(&self, phase: &str) {
        if let Some((sender, _)) = &self.thread {
            let _ = sender.send(phase.to_owned());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.thread.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An environment with these variables.
    fn environment<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| set.iter().find(|(have, _)| *have == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn colours_follow_the_choice_before_the_environment() {
        let no_color = environment(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]);
        assert!(colour(Color::Always, false, &no_color));
        assert!(!colour(Color::Never, true, &environment(&[("CLICOLOR_FORCE", "1")])));
        assert!(!colour(Color::Auto, true, &no_color));
    }

    #[test]
    fn the_environment_comes_before_the_terminal() {
        let auto = |terminal, set: &[(&str, &str)]| colour(Color::Auto, terminal, &environment(set));
        assert!(auto(true, &[]));
        assert!(!auto(false, &[]));
        assert!(auto(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!auto(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!auto(true, &[("CLICOLOR", "0")]));
        assert!(auto(true, &[("CLICOLOR", "1"), ("TERM", "xterm")]));
        assert!(!auto(true, &[("TERM", "dumb")]));
    }

    #[test]
    fn hyperlinks_are_for_terminals_that_know_them() {
        let links = |colour, terminal, set: &[(&str, &str)]| hyperlinks(colour, terminal, &environment(set));
        assert!(links(true, true, &[("TERM_PROGRAM", "WezTerm")]));
        assert!(links(true, true, &[("VTE_VERSION", "7600")]));
        assert!(!links(true, true, &[("VTE_VERSION", "4800")]));
        assert!(!links(true, true, &[("TERM", "xterm-256color")]));
        assert!(!links(false, true, &[("TERM_PROGRAM", "WezTerm")]));
        assert!(!links(true, false, &[("TERM_PROGRAM", "WezTerm")]));
        assert!(!links(true, true, &[("TERM_PROGRAM", "vscode"), ("CI", "true")]));
        assert!(links(true, false, &[("FORCE_HYPERLINK", "1")]));
        assert!(!links(true, true, &[("TERM_PROGRAM", "vscode"), ("FORCE_HYPERLINK", "0")]));
    }
}
