//! The HTTP poll observer: reads a lane's ledger back, again and again. It records documents as they
//! come, change, go and come back, and each pass as a reading; it never says what became of an order.
//!
//! - The first reading of a run reads everything: before traffic it is the baseline. Each later one reaches
//!   back to the oldest order still open (see `window`), never only to the last reading; and every `whole_every` one
//!   reads everything again, so that a document is missed that vanished long after it was committed.
//! - A reading is complete when every page was read to the last and every document on them could be.
//!   Anything else fails closed: it proves no absence, and says why in its row.
//! - A document is `gone` when a complete reading, whose window holds its commit time, lacks it; this
//!   is recorded at each such reading until two in a row have lacked it.
//! - What is wanted and was not seen is looked up by name, where the ledger can do that (see `lookups`).
//! - The poll's headers go to the scheme, host and port of its URL only. Redirects are not followed.

mod document;
mod http;
mod known;
mod lookups;
mod marks;
mod pass;
mod skew;
mod sql;
mod window;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub use pass::Pass;

use self::http::Ledger;
use self::known::Known;
use self::lookups::Lookups;
use self::skew::Offset;
use self::window::{Reach, Settled};
use crate::clock;
use crate::config::{LaneConfig, Poll, PollFrom};
use crate::journal::{Asker, Journal, ReadError, Reader, RecordError};
use crate::outcome::{AnswerRules, Lane, Reading, RowId, Scope};

/// Longest pause after failed passes, unless `every` is longer: a ledger that comes back is read again
/// within a minute.
const BACK_OFF_MAX: Duration = Duration::from_secs(60);

/// Longest `Retry-After` that is honoured. Beyond it a broken answer could end the observation.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);

/// Sent where the configuration says nothing else. A page from a cache would show the ledger as it was,
/// and some servers answer people with HTML.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (ACCEPT, HeaderValue::from_static("application/json")),
    (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (USER_AGENT, HeaderValue::from_static(concat!("paritee/", env!("CARGO_PKG_VERSION")))),
];

/// What is polled.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The lane.
    pub lane: Lane,
    /// Where its documents are.
    pub poll: Poll,
    /// After this an order must be in its ledger.
    pub horizon: Duration,
    /// Which documents belong.
    pub scope: Scope,
    /// How the lane's answers are read: which of them say *not now*.
    pub answer: AnswerRules,
}

/// Why a poll can't go on. What the ledger does wrong is none of these.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The journal can't be read.
    #[error("remember what was read before")]
    Read(#[from] ReadError),
    /// The journal takes no rows.
    #[error("record what was read")]
    Record(#[from] RecordError),
    /// The process is ending.
    #[error("read the journal: the process is ending")]
    Ending,
}

/// Polls one lane's ledger.
#[derive(Debug)]
pub struct Poller {
    watched: Watched,
    /// `poll:LANE`
    source: String,
    journal: Journal,
    asker: Asker,
    /// `None` for a database.
    ledger: Option<Arc<Ledger>>,
    known: Known,
    settled: Settled,
    /// When the last complete reading of this run that has read everything began; `None`: none has.
    read_all_at: Option<Timestamp>,
    /// The last clock offset that a reading found.
    offset: Option<Offset>,
    /// Whether it was seen that a database's query keeps the window that it is asked for.
    since_is_kept: bool,
    /// The last attempt that was looked at.
    late_row: RowId,
    lookups: Lookups,
    /// The number of the last pass, or look-up, counted from 1.
    number: u32,
}

/// What the journal says of earlier passes.
struct Memory {
    known: Known,
    settled: Settled,
    read_all_at: Option<Timestamp>,
    offset: Option<Offset>,
}

impl Watched {
    /// What is polled of a lane; `None` where nothing is.
    #[must_use]
    pub fn of(lane: Lane, config: &LaneConfig) -> Option<Self> {
        let poll = config.poll.clone()?;
        let (scope, answer) = (config.scope.clone(), config.answer.clone());
        Some(Self { lane, poll, horizon: config.horizon, scope, answer })
    }

    fn reach(&self) -> Reach {
        Reach { horizon: self.horizon, lag: self.poll.lag, overlap: self.poll.overlap, scope_since: self.scope.since }
    }
}

/// Polls until `stop`. A reading that is interrupted leaves no row.
///
/// # Errors
/// When the journal can't be read at the start, or is closed.
pub async fn run(watched: Watched, journal: Journal, stop: CancellationToken) -> Result<(), PollError> {
    let open = Poller::open(watched, journal);
    match stop.run_until_cancelled(open).await {
        Some(poller) => poller?.run(stop).await,
        None => Ok(()),
    }
}

impl Poller {
    /// Remembers what was read before. The run must have begun.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn open(mut watched: Watched, journal: Journal) -> Result<Self, PollError> {
        if let PollFrom::Http(http) = &mut watched.poll.from {
            let of_body = http.body.as_ref().map(|_| (CONTENT_TYPE, HeaderValue::from_static("application/json")));
            for (name, value) in HEADERS.into_iter().chain(of_body) {
                if !http.headers.iter().any(|(set, _)| *set == name) {
                    http.headers.push((name, value));
                }
            }
        }
        let source = format!("poll:{}", watched.lane);
        let (lane, reach, of) = (watched.lane, watched.reach(), source.clone());
        let asker = Asker::new(journal.clone());
        let memory = asker.ask(move |reader| Memory::load(reader, lane, &of, reach)).await?;
        let Memory { known, settled, read_all_at, offset } = memory;
        tracing::info!(source, documents = known.len(), baseline = read_all_at.is_none(), "poll opened");
        let ledger = match &watched.poll.from {
            PollFrom::Http(http) => {
                let (rules, wait_max) = (watched.answer.clone(), watched.poll.answer_wait_max);
                Some(Arc::new(Ledger::new(watched.lane, http, rules, wait_max)))
            }
            PollFrom::Sql(_) => None,
        };
        Ok(Self {
            watched,
            source,
            journal,
            asker,
            ledger,
            known,
            settled,
            read_all_at,
            offset,
            since_is_kept: false,
            late_row: 0,
            lookups: Lookups::default(),
            number: 0,
        })
    }

    /// Reads again and again until `stop`, `every` after the end of the last pass, and later after failures.
    ///
    /// # Errors
    /// When the journal is closed.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), PollError> {
        let mut failures = 0;
        loop {
            let passed = match stop.run_until_cancelled(self.pass()).await {
                None => return Ok(()),
                Some(Err(error @ (PollError::Record(_) | PollError::Ending))) => return Err(error),
                Some(passed) => passed,
            };
            let retry_after = passed.as_ref().ok().and_then(|pass| pass.retry_after);
            failures = if self.say(&passed) { 0 } else { failures + 1 };
            let pause = pause(self.watched.poll.every, failures, retry_after, fastrand::f64());
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Logs a pass, and says whether it came to its end.
    fn say(&self, passed: &Result<Pass, PollError>) -> bool {
        let source = &self.source;
        match passed {
            Ok(Pass { reading, recorded, gone, out_of_scope, looked_up, .. }) => match &reading.error {
                None => tracing::debug!(
                    source,
                    recorded,
                    gone,
                    out_of_scope,
                    looked_up,
                    documents = reading.documents,
                    "read"
                ),
                Some(error) => tracing::warn!(source, recorded, error, "the reading is incomplete"),
            },
            Err(error) => tracing::warn!(source, %error, "no reading"),
        }
        passed.as_ref().is_ok_and(|pass| pass.reading.complete)
    }

    fn reach(&self) -> Reach {
        self.watched.reach()
    }

    fn takes_since(&self) -> bool {
        match &self.watched.poll.from {
            PollFrom::Http(http) => http::takes_since(http),
            PollFrom::Sql(sql) => sql::takes_since(sql),
        }
    }

    /// Takes in a reading that is recorded.
    fn take_in(&mut self, reading: &Reading) {
        if reading.complete {
            self.settled.read(reading.began_at, reading.since);
            if reads_all(reading, self.reach()) {
                self.read_all_at = self.read_all_at.max(Some(reading.began_at));
            }
        }
    }
}

impl Memory {
    fn load(reader: &Reader, lane: Lane, source: &str, reach: Reach) -> Result<Self, ReadError> {
        let run_row = reader.run(None)?.map_or(0, |run| run.row);
        let mut settled = Settled::new(reach, reader.first_attempt(lane)?, clock::now());
        let (mut read_all_at, mut offset) = (None, None);
        reader.each_reading(source, |row, reading| {
            let measured = reading.clock_offset_us.zip(reading.clock_uncertainty);
            offset = measured.map(|(ahead_us, uncertainty)| Offset { ahead_us, uncertainty }).or(offset);
            if reading.complete {
                settled.read(reading.began_at, reading.since);
                if row > run_row && reads_all(&reading, reach) {
                    read_all_at = read_all_at.max(Some(reading.began_at));
                }
            }
        })?;
        Ok(Self { known: Known::load(reader, source)?, settled, read_all_at, offset })
    }
}

/// Whether a window holds all that can matter.
fn reads_all(reading: &Reading, reach: Reach) -> bool {
    let since = reading.since;
    since.is_none_or(|since| reach.everything().is_some_and(|everything: Timestamp| since <= everything))
}

/// How long to wait for the next pass: `every`, doubled with each failure in a row up to
/// [`BACK_OFF_MAX`], then between half and all of it by `chance` (0 to 1) so that pollers don't meet;
/// and at least as long as the ledger asks.
fn pause(every: Duration, failures: u32, retry_after: Option<Duration>, chance: f64) -> Duration {
    if failures == 0 {
        return every;
    }
    let doubled = every.saturating_mul(2_u32.saturating_pow(failures)).min(BACK_OFF_MAX.max(every));
    let jittered = doubled.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0));
    jittered.max(every).max(retry_after.map_or(Duration::ZERO, |wait| wait.min(RETRY_AFTER_MAX)))
}
