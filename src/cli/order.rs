//! `paritee order`: all that the journal holds of one order.

use std::path::PathBuf;

use anyhow::bail;

use super::{Exit, input, output};
use crate::audit::{self, OrderFound};
use crate::order::OrderKey;
use crate::outcome::Lane;
use crate::report;

/// The arguments of `paritee order`.
#[derive(clap::Args)]
pub struct Args {
    /// The journal
    journal: PathBuf,
    /// The order key, or another name of the order, with or without its `#`
    #[arg(value_name = "KEY", value_parser = |text: &str| OrderKey::new(text), allow_hyphen_values = true)]
    key: OrderKey,
    /// Show personal data in documents and differences: names, addresses, e-mail, phone numbers
    #[arg(long)]
    unmasked: bool,
}

/// Writes the story of the order.
///
/// # Errors
/// When the journal can't be read, or has no such order.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let Args { journal, key, unmasked } = args;
    let reader = input::journal(&journal)?;
    let found = audit::order(&reader, &key).map_err(|error| input::explain(&journal, error))?;
    let mut seen = match found {
        OrderFound::Order(seen) => *seen,
        OrderFound::Nothing { similar, documents_on } => bail!(nothing(&key, &similar, &documents_on)),
    };
    if !unmasked {
        report::masked_order(&mut seen.timeline, &mut seen.verdict);
    }
    let mut text = report::order(&seen.timeline, &seen.verdict, &seen.policy, output::width(), output::style());
    if !unmasked {
        let said = format!("Masked: {}.", report::MASKED.replace("in one example ", ""));
        text.push_str(&format!("\n{}\n", report::wrap(&said, output::width()).join("\n")));
    }
    output::print(&text)?;
    Ok(Exit::Go)
}

fn nothing(key: &OrderKey, similar: &[OrderKey], documents_on: &[Lane]) -> String {
    let mut words = format!("no order {key} in this journal");
    if !documents_on.is_empty() {
        let lanes: Vec<&str> = documents_on.iter().map(|lane| lane.as_str()).collect();
        words.push_str(&format!("; yet the {} ledger has a document of that name", lanes.join(" and the ")));
    }
    if !similar.is_empty() {
        let keys: Vec<&str> = similar.iter().map(OrderKey::as_str).collect();
        words.push_str(&format!("; there is {}", keys.join(", ")));
    }
    words
}
