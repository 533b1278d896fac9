//! `paritee verify`: whether a journal's chain is whole.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{Exit, input, output};

/// The arguments of `paritee verify`.
#[derive(clap::Args)]
pub struct Args {
    /// The journal
    journal: PathBuf,
}

/// Recomputes every seal and every digest.
///
/// # Errors
/// When the journal can't be read, or a row or a content is not what was recorded.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let reader = input::journal(&args.journal)?;
    let verified = reader.verify().map_err(|error| input::explain(&args.journal, error.into()))?;
    let verified = verified.with_context(|| format!("verify the journal {}", args.journal.display()))?;
    output::print(&format!(
        "The chain is whole: {} rows under {} seals, {} contents.\nHead {}\n",
        verified.rows, verified.seals, verified.contents, verified.head
    ))?;
    Ok(Exit::Go)
}
