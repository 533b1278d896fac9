//! `paritee report`: the assessment of a run, and its decision as the exit code.

use std::path::PathBuf;

use jiff::Timestamp;

use super::format::Format;
use super::time::second;
use super::{Exit, input, output};
use crate::audit;
use crate::report::{Style, masked};

/// The arguments of `paritee report`.
#[derive(clap::Args)]
pub struct Args {
    /// The journal
    journal: PathBuf,
    /// Number of the run [default: the last one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    run: Option<u32>,
    /// End of the judged window, such as 2026-11-20T18:00:00Z [default: as late as all orders before it have had their time]
    #[arg(long, value_name = "TIME", value_parser = second)]
    until: Option<Timestamp>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show personal data in examples of differences: names, addresses, e-mail, phone numbers
    #[arg(long)]
    unmasked: bool,
    /// Write to this file instead of stdout; - is stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Judges the run and writes the report.
///
/// # Errors
/// When the journal can't be read, has no such run, or the report can't be written.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let Args { journal, run, until, format, unmasked, output } = args;
    let reader = input::journal(&journal)?;
    let assessment = audit::assess(&reader, run, until).map_err(|error| input::explain(&journal, error))?;
    let assessment = if unmasked { assessment } else { masked(assessment) };
    match output::named(output.as_ref()) {
        Some(file) => output::write_file(file, &format.render(&assessment, output::width_of_file(), Style::Plain)?)?,
        None => output::print(&format.render(&assessment, output::width(), output::style())?)?,
    }
    Ok(assessment.decision.into())
}
