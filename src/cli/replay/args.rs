//! The arguments of `paritee replay`, as typed and as understood.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::fmt::friendly::SpanParser;

use crate::cli::format::Format;
use crate::cli::time::time;
use crate::replay::Pace;

/// Where legacy's outcomes come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LegacyFrom {
    /// Requests are sent to legacy as well
    #[default]
    Sent,
    /// Legacy's answers, and what a journal knows of its ledger, are taken from the files; nothing goes to legacy
    Recorded,
}

/// The arguments of `paritee replay`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The configuration (TOML); both lanes must be declared sandbox or dry-run, unless legacy is recorded
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Where the replay is recorded [default: beside `tee.journal`, as NAME-replay.db]
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,
    /// Whether legacy is sent to, or its outcomes are those in the files
    #[arg(long, value_enum, default_value_t)]
    pub(super) legacy: LegacyFrom,
    /// How fast, against the time of capture: 1, 10, 0.5, or max, as fast as the lanes take it
    #[arg(long, value_name = "N|max", default_value = "1", value_parser = speed)]
    speed: Speed,
    /// Instead of --speed: so many requests, evenly, as 50, 50/s, 3000/m
    #[arg(long, value_name = "N/s", value_parser = rate, conflicts_with = "speed")]
    rate: Option<f64>,
    /// Requests under way to each lane at once [default: the lane's own `concurrency`]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    concurrency: Option<u16>,
    /// So many requests at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: Option<u64>,
    /// Requests captured then or later, such as 2026-11-20T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) from: Option<Timestamp>,
    /// Requests captured before then
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) until: Option<Timestamp>,
    /// How long orders have to reach the ledgers, in place of `settle.horizon`, such as 30s; not below `settle.sla`
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) settle: Option<Duration>,
    /// Stop at the first fault of a file, before anything is sent
    #[arg(long)]
    pub(super) strict: bool,
    /// Say what would be replayed, and send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Go on where an interrupted replay of the same files ended
    #[arg(long)]
    pub(super) resume: bool,
    /// Of a journal, the captures of this run only [default: of all runs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) run: Option<u32>,
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Write the report to this file instead of stdout; - is stdout
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// NDJSON, HAR, GoReplay, each packed with gzip or not, and journals
    #[arg(required = true, value_name = "CAPTURE")]
    pub(super) captures: Vec<PathBuf>,
}

/// `--speed`
#[derive(Clone, Copy, Debug, PartialEq)]
enum Speed {
    Times(f64),
    Max,
}

impl Args {
    /// How fast requests are sent.
    pub(super) fn pace(&self) -> Pace {
        match (self.rate, self.speed) {
            (Some(rate), _) => Pace::PerSecond(rate),
            (None, Speed::Times(times)) => Pace::Times(times),
            (None, Speed::Max) => Pace::Max,
        }
    }

    /// Requests under way to each lane at once, where somebody says.
    pub(super) fn concurrency(&self) -> Option<NonZeroUsize> {
        self.concurrency.and_then(|number| NonZeroUsize::new(number.into()))
    }

    /// Whether the pace follows the times of capture.
    pub(super) fn needs_times(&self) -> bool {
        matches!(self.pace(), Pace::Times(_))
    }
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times = text.strip_suffix('x').unwrap_or(text);
    positive(times).map(Speed::Times).ok_or_else(|| "write 1, 10, 0.5 or max".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let (number, seconds) = match text.split_once('/') {
        None => (text, 1.0),
        Some((number, "s")) => (number, 1.0),
        Some((number, "m" | "min")) => (number, 60.0),
        Some((number, "h")) => (number, 3_600.0),
        Some(_) => ("", 1.0),
    };
    positive(number).map(|number| number / seconds).ok_or_else(|| "write 50, 50/s, 3000/m or 9000/h".to_owned())
}

fn positive(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed = SpanParser::new().parse_unsigned_duration(text).ok();
    let fits = |duration: &Duration| (Duration::from_millis(1)..=Duration::from_secs(366 * 86_400)).contains(duration);
    parsed.filter(fits).ok_or_else(|| "write a number and a unit (h, m, s, ms), such as 30s or 1h30m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_are_read_as_they_are_meant() {
        for (text, expected) in [
            ("1", Some(Speed::Times(1.0))),
            ("10x", Some(Speed::Times(10.0))),
            ("0.5", Some(Speed::Times(0.5))),
            ("max", Some(Speed::Max)),
            ("0", None),
            ("-1", None),
            ("inf", None),
            ("NaN", None),
            ("fast", None),
            ("", None),
        ] {
            assert_eq!(speed(text).ok(), expected, "{text}");
        }
        for (text, expected) in [
            ("50", Some(50.0)),
            ("50/s", Some(50.0)),
            ("3000/m", Some(50.0)),
            ("9000/h", Some(2.5)),
            ("50/d", None),
            ("/s", None),
            ("0/s", None),
        ] {
            assert_eq!(rate(text).ok(), expected, "{text}");
        }
        assert_eq!(duration("30s").ok(), Some(Duration::from_secs(30)));
        for text in ["30", "0s", "-3s", "1000000h", ""] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
