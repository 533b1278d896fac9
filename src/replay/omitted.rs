//! What of a file is not sent, by its reason. Nothing is left out in silence.

use std::collections::BTreeMap;
use std::fmt;

use super::files::FromFile;
use super::formats::Incomplete;
use crate::judge::Counts;
use crate::outcome::Capture;

/// Requests that are listed by name; all are counted.
const LISTED_MAX: usize = 20;

/// Why a request is not sent, before anything of its order is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Omitted {
    /// No route matches it.
    NoRoute,
    /// It is not whole: what was captured is not what was sent.
    NotWhole(Incomplete),
    /// Its method, target or header fields can't be sent.
    NotHttp,
    /// Captured before the time that was asked for.
    Before,
    /// Captured at or after the time up to which was asked for.
    After,
    /// Times are asked for, and it has none.
    NoTime,
}

impl fmt::Display for Omitted {
    /// As tallies name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoute => f.write_str("no_route"),
            Self::NotWhole(why) => write!(f, "{}: {why}", Counts::NOT_WHOLE),
            Self::NotHttp => f.write_str(Counts::NOT_HTTP),
            Self::Before => f.write_str("before_from"),
            Self::After => f.write_str("after_until"),
            Self::NoTime => f.write_str("no_time"),
        }
    }
}

/// How a capture that is recorded and not sent is named among the reasons; `None`: it is sent.
pub(super) fn unsent(capture: &Capture) -> Option<String> {
    let skip = capture.skip.map(|skip| skip.as_str().to_owned());
    skip.or_else(|| capture.excluded.as_ref().map(|reason| format!("excluded: {reason}")))
}

/// What was read, and what of it is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Omissions {
    /// Requests that were read.
    pub read: u64,
    /// Those left out, by reason.
    pub counts: BTreeMap<String, u64>,
    /// The first of those that are not whole or no HTTP, by name: they were asked for, and can't be sent.
    pub refused: Vec<String>,
}

impl Omissions {
    /// A request is left out.
    pub(super) fn add(&mut self, request: &FromFile, omitted: Omitted) {
        *self.counts.entry(omitted.to_string()).or_default() += 1;
        if matches!(omitted, Omitted::NotWhole(_) | Omitted::NotHttp) && self.refused.len() < LISTED_MAX {
            self.refused.push(name(request, omitted));
        }
    }

    /// All that is left out.
    #[must_use]
    pub fn omitted(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many were refused although they were asked for.
    #[must_use]
    pub fn refused_count(&self) -> u64 {
        let refused = self.counts.iter().filter(|(name, _)| name.starts_with("not_"));
        refused.map(|(_, count)| count).sum()
    }
}

/// Where a request stands, what it is called, and why it can't be sent.
fn name(request: &FromFile, omitted: Omitted) -> String {
    let FromFile { origin, record } = request;
    let id = record.id.as_ref().map(|id| format!(", {id}")).unwrap_or_default();
    let why = match omitted {
        Omitted::NotWhole(Incomplete::BodyCut) => "its body ends before it should",
        Omitted::NotWhole(Incomplete::BodyMissing) => "its body is not in the file",
        Omitted::NotWhole(Incomplete::LengthDiffers) => "its body is not as long as its head says",
        Omitted::NotWhole(Incomplete::AmbiguousEnd) => "a separator stands inside it, so that it may be two",
        Omitted::NotWhole(Incomplete::NotAsSent) => "the file holds what it means, not its bytes",
        _ => "its method, its target or a header field can't be sent",
    };
    format!("{}, {}{id}: {why}", origin.name, record.place)
}
