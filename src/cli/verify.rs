//! `paritee verify`: whether a journal's chain is whole, and a report follows from it.

mod kept;

use std::path::PathBuf;

use anyhow::Context as _;

use super::{Exit, input, output};
use crate::journal::{Fault, Reader};

/// The arguments of `paritee verify`.
#[derive(clap::Args)]
pub struct Args {
    /// The journal
    journal: PathBuf,
    /// Whether this report follows from the journal, as it was when the report was made: JSON, HTML, Markdown, JUnit XML or text
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Recomputes every seal and every digest; then derives the report again, with the run and the window that it names.
///
/// # Errors
/// When the journal can't be read, a row or a content is not what was recorded, or the report is not what follows from them.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let reader = input::journal(&args.journal)?;
    let verified = reader.verify().map_err(|error| input::explain(&args.journal, error.into()))?;
    let verified = verified.map_err(|fault| named(&reader, fault));
    let verified = verified.with_context(|| format!("verify the journal {}", args.journal.display()))?;
    let chain = format!(
        "The chain is whole: {} rows under {} seals, {} contents.\nHead {}\n",
        verified.rows, verified.seals, verified.contents, verified.head
    );
    let follows = args.report.as_deref().map(|report| kept::verify(&args.journal, report)).transpose()?;
    output::print(&(chain + &follows.unwrap_or_default()))?;
    Ok(Exit::Go)
}

/// A fault, with the row that a content belongs to.
fn named(reader: &Reader, fault: Fault) -> anyhow::Error {
    let row = match fault {
        Fault::Content { content } => reader.refers_to(content).ok().flatten(),
        _ => None,
    };
    match row {
        Some((table, row)) => anyhow::anyhow!("{table} row {row}: {fault}"),
        None => fault.into(),
    }
}
