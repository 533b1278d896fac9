//! `paritee rules`: what the rules of a comparison could be. Applies nothing.

use std::path::PathBuf;

use super::{Exit, input, output};
use crate::audit::{self, NoiseSeen};
use crate::report;

/// The arguments of `paritee rules`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Prints rules as TOML to paste, each with what speaks for it; never one that hides money, quantity or identity
    Suggest(Suggest),
}

#[derive(clap::Args)]
struct Suggest {
    /// The journal
    journal: PathBuf,
    /// Number of the run [default: the last one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    run: Option<u32>,
    /// Number of a run in which both lanes lead to the same build: what differs there is noise [default: the last run
    /// that was begun with `--new-run baseline`]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    baseline: Option<u32>,
    /// Show personal data in examples: names, addresses, e-mail, phone numbers
    #[arg(long)]
    unmasked: bool,
}

/// Goes through the run's documents and prints what they suggest.
///
/// # Errors
/// When the journal can't be read, or has no such run.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let Command::Suggest(Suggest { journal, run, baseline, unmasked }) = &args.command;
    let reader = input::journal(journal)?;
    let seen = audit::noise(&reader, *run, *baseline).map_err(|error| input::explain(journal, error))?;
    let NoiseSeen { run, compares, baseline, noise } = &seen;
    output::print(&report::suggestions(*run, *compares, *baseline, noise, !unmasked))?;
    Ok(Exit::Go)
}
