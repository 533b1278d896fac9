//! `paritee purge`: empties personal data that is past its retention, or says what that would empty. Never judges, and
//! changes nothing unless it is told to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::fmt::friendly::SpanParser;

use super::{Exit, input, output};
use crate::clock;
use crate::journal::{Due, Held, Purged, Purger, Reader};
use crate::judge::{Policy, Reduction};

/// Longest retention, a hundred years: moments before it are none.
const RETENTION_MAX: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// The arguments of `paritee purge`.
#[derive(clap::Args)]
pub struct Args {
    /// The journal. No sidecar may be writing to it, and nobody reading, when it is purged
    journal: PathBuf,
    /// Empty what was recorded longer ago than this, such as 30d, 2w or 12h
    #[arg(long, value_name = "TIME", value_parser = retention)]
    older_than: Duration,
    /// Do it; otherwise it is only said what would be emptied. It can't be undone
    #[arg(long)]
    yes: bool,
}

/// Says what is past its retention, and empties it where it is told to.
///
/// # Errors
/// When the journal can't be read, or be written by this command alone.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let before = clock::now().checked_sub(args.older_than).unwrap_or(Timestamp::MIN);
    let reader = input::journal(&args.journal)?;
    let due = reader.due(before).map_err(|error| input::explain(&args.journal, error.into()))?;
    if !args.yes {
        output::print(&would(&args.journal, before, &due))?;
        return Ok(Exit::Go);
    }
    let reduction = reduction(&reader)?;
    drop(reader);
    let length = || std::fs::metadata(&args.journal).map_or(0, |file| file.len());
    let long = length();
    let purged = Purger::open(&args.journal)?.purge(before, &reduction)?;
    output::print(&did(&args.journal, before, &due, &purged, long.saturating_sub(length())))?;
    Ok(Exit::Go)
}

/// A number and a unit: days and weeks have no daylight saving here.
fn retention(text: &str) -> Result<Duration, String> {
    const WRITE: &str = "write a number and a unit (w, d, h, m, s), such as 30d";
    let day = Duration::from_secs(24 * 3600);
    let long = [("d", day), ("w", day * 7)].into_iter().find_map(|(unit, length)| {
        let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
        length.checked_mul(count)
    });
    let duration = match long {
        Some(long) => long,
        None => SpanParser::new().parse_unsigned_duration(text).map_err(|_| WRITE.to_owned())?,
    };
    if duration > RETENTION_MAX { Err("write less than a hundred years".to_owned()) } else { Ok(duration) }
}

/// What is to be left, by what the runs of the journal are judged by.
fn reduction(reader: &Reader) -> anyhow::Result<Reduction> {
    let last = reader.run(None)?.map_or(0, |seen| seen.run.number);
    let mut policies = BTreeMap::new();
    for number in 1..=last {
        if let Some(seen) = reader.run(Some(number))? {
            let policy: Policy = serde_json::from_str(&seen.run.policy)
                .with_context(|| format!("read what run {number} is judged by"))?;
            policies.insert(number, policy);
        }
    }
    Ok(Reduction::new(policies))
}

fn would(journal: &Path, before: Timestamp, due: &Due) -> String {
    if due.total().count == 0 {
        return format!("{}: nothing that was recorded before {before:.0} is left to be emptied.\n", journal.display());
    }
    let mut text = format!("{}: recorded before {before:.0} and not emptied yet:\n", journal.display());
    for (what, Held { count, bytes }) in [
        ("bodies of requests", due.bodies),
        ("answers of lanes", due.answers),
        ("documents of ledgers", due.documents),
        ("rows of the census", due.census),
    ] {
        _ = writeln!(text, "  {what:<20}  {count:>9}  {:>9}", bytes_text(bytes));
    }
    if due.unsent > 0 {
        let requests = if due.unsent == 1 { "request was" } else { "requests were" };
        _ = writeln!(text, "  {} teed {requests} not sent to both lanes, and can't be without a body.", due.unsent);
    }
    text.push_str(
        "Nothing is changed yet: with --yes they are emptied, which can't be undone. Fates, rows and their chain stay;\n\
         what an order looked like can't be compared again, so make the reports that you want to keep before.\n",
    );
    text
}

fn did(journal: &Path, before: Timestamp, due: &Due, purged: &Purged, shorter: u64) -> String {
    let Purged { emptied, reduced, kept, shared } = *purged;
    if emptied + reduced == 0 {
        return format!(
            "{}: nothing that was recorded before {before:.0} was left to be emptied.\n",
            journal.display()
        );
    }
    let total = due.total();
    let mut text = format!(
        "{}: {emptied} contents recorded before {before:.0} are emptied ({} of {} bodies, answers and documents), \
         and the file is {} shorter.\n",
        journal.display(),
        bytes_text(total.bytes),
        total.count,
        bytes_text(shorter)
    );
    for (count, what) in [
        (reduced, "more hold only what fates rest on: numbers of documents, error codes, units"),
        (kept, "are whole, as what they mean can't be said in fewer words"),
        (shared, "are whole, as younger rows have the very same content"),
    ] {
        if count > 0 {
            _ = writeln!(text, "  {count} {what}.");
        }
    }
    text.push_str("Order keys, header fields and document numbers are sealed rows, and stay.\n");
    text
}

/// Bytes for readers: three digits, and a unit of a thousand.
fn bytes_text(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = "B";
    for larger in units {
        if tenths < 10_000 {
            break;
        }
        (tenths, unit) = (tenths / 1000, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_has_a_unit() {
        let hours = |hours: u64| Ok(Duration::from_secs(hours * 3600));
        for (text, expected) in [("30d", hours(720)), ("2w", hours(336)), ("12h", hours(12)), ("0s", hours(0))] {
            assert_eq!(retention(text), expected, "{text}");
        }
        for text in ["30", "d", "-1d", "1.5d", "soon", "4000000000d", "99999999999999999999w", "37000d"] {
            assert!(retention(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        for (bytes, expected) in
            [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (999_999, "999.9 kB"), (8_123_456, "8.1 MB")]
        {
            assert_eq!(bytes_text(bytes), expected);
        }
    }
}
