//! The command line: one file per command.
//!
//! A command is a file with `pub struct Args` (clap's) and `pub fn run(args: Args) -> anyhow::Result<Exit>`;
//! it appears here as a module, a variant (whose comment is its help) and an arm. Results go to stdout, everything else to stderr.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::LevelFilter;

use crate::judge::Decision;
use crate::outcome::ShadowAct;
use crate::telemetry;

mod format;
mod input;
mod output;
mod time;

pub mod check;
pub mod demo;
pub mod export;
pub mod import;
pub mod order;
pub mod purge;
pub mod replay;
pub mod report;
pub mod rules;
pub mod scenario;
pub mod serve;
pub mod switch;
pub mod verify;

/// Tees every order to the legacy and the gated path, and proves that none is lost or doubled.
#[derive(Parser)]
#[command(name = "paritee", version, arg_required_else_help = true, after_help = EXIT_CODES)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 GO or success, 1 NO-GO, 2 error, 3 INCONCLUSIVE.";

#[derive(Subcommand)]
enum Command {
    /// The whole thing on simulated systems, from nothing to a report
    Demo(demo::Args),
    /// Simulated worlds, each with what it must come to
    Scenario(scenario::Args),
    /// The sidecar: tee, shadow, observers
    Serve(Box<serve::Args>),
    /// Nothing more is sent to the shadow of a running sidecar, until it is resumed
    Pause(switch::Args),
    /// What waits for the shadow is sent to it
    Resume(switch::Args),
    /// Captured traffic from files through both lanes, to a decision
    Replay(Box<replay::Args>),
    /// Outcomes, or the storefront's census, from exported files
    Import(import::Args),
    /// The captures of a journal as NDJSON, with the live lane's answers
    Export(export::Args),
    /// Assessment and decision: exit code 0 is GO, 1 NO-GO, 3 INCONCLUSIVE
    Report(report::Args),
    /// One order: its timeline on both lanes, its fates and why, its documents
    Order(order::Args),
    /// Comparison rules worth having, with their evidence
    Rules(rules::Args),
    /// Whether a journal's chain is whole, no row altered, missing or added; and whether a report follows from it
    Verify(verify::Args),
    /// Empties personal data past its retention; fates and the chain stay
    Purge(purge::Args),
    /// Everything wrong with a configuration, at once
    Check(check::Args),
}

impl Command {
    /// What is told on the way, unless somebody asks for more: the demo tells its own story.
    const fn level(&self) -> LevelFilter {
        match self {
            Self::Demo(_) | Self::Scenario(_) | Self::Replay(_) => LevelFilter::WARN,
            _ => LevelFilter::INFO,
        }
    }

    fn run(self) -> anyhow::Result<Exit> {
        match self {
            Self::Demo(args) => demo::run(args),
            Self::Scenario(args) => scenario::run(args),
            Self::Serve(args) => serve::run(*args),
            Self::Pause(args) => switch::run(&args, ShadowAct::Pause),
            Self::Resume(args) => switch::run(&args, ShadowAct::Resume),
            Self::Replay(args) => replay::run(&args),
            Self::Import(args) => import::run(&args),
            Self::Export(args) => export::run(&args),
            Self::Report(args) => report::run(args),
            Self::Order(args) => order::run(args),
            Self::Rules(args) => rules::run(&args),
            Self::Verify(args) => verify::run(&args),
            Self::Purge(args) => purge::run(&args),
            Self::Check(args) => check::run(&args),
        }
    }
}

/// How a command ended, as its exit code says it (DESIGN 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// GO, or success.
    Go = 0,
    /// NO-GO.
    NoGo = 1,
    /// Usage, configuration, I/O.
    Error = 2,
    /// INCONCLUSIVE.
    Inconclusive = 3,
}

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Go => Self::Go,
            Decision::NoGo => Self::NoGo,
            Decision::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs the command of this process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    run(std::env::args_os()).into()
}

/// Runs the command that `arguments` spell out, the program's name first, and says what went wrong on stderr.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(error) => {
            // Help and version go to stdout, usage errors to stderr; neither can be said when it is closed.
            _ = error.print();
            return if error.use_stderr() { Exit::Error } else { Exit::Go };
        }
    };
    telemetry::init(line.command.level());
    line.command.run().unwrap_or_else(|error| {
        complain(&error);
        Exit::Error
    })
}

/// `paritee: what failed: why: why`, each line of it harmless.
fn complain(error: &anyhow::Error) {
    output::tell(&format!("paritee: {}", causes(error)));
}

/// An error and its causes, those left out that only say again what the one before them says.
fn causes(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if !said.last().is_some_and(|last| cause.contains(last.as_str())) {
            said.push(cause);
        }
    }
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cause_is_said_twice() {
        let error = anyhow::anyhow!("Error code 11: malformed").context("malformed").context("read the journal");
        assert_eq!(causes(&error), "read the journal: malformed");
    }

    #[test]
    fn every_command_line_is_sound() {
        <Line as clap::CommandFactory>::command().debug_assert();
    }
}
