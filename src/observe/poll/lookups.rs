//! After a complete reading: orders whose horizon is over and of which no document is known are asked for by name, so
//! that one adequate reading and a look-up settle what else would need two.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::document::{Document, Read};
use super::http::{Ledger, Reads};
use super::pass::Tally;
use super::window::earlier;
use super::{PollError, Poller};
use crate::clock;
use crate::config::{HttpPoll, PollFrom};
use crate::journal::{Record, Sends, Unseen};
use crate::outcome::{Lookup, Reading};

/// Most orders that are looked up after one reading: a ledger that has lost all of them is not to be asked for each in
/// one go.
const LOOKUPS_MAX: usize = 20;

/// What is still to be looked up.
#[derive(Debug, Default)]
pub(super) struct Lookups {
    /// The last send that was looked at.
    after: i64,
    /// Orders whose look-up failed.
    failed: Vec<Unseen>,
}

/// One look-up, ended.
struct Ended {
    order: Unseen,
    began_at: Timestamp,
    found: Result<Vec<Document>, String>,
}

impl Poller {
    /// Looks up what `reading` should have held, and returns how many orders that were. `open_from`: what was sent
    /// before is settled by readings already.
    pub(super) async fn look_up(&mut self, reading: &Reading, open_from: Timestamp) -> Result<u64, PollError> {
        let (PollFrom::Http(http), Some(ledger)) = (&self.watched.poll.from, &self.ledger) else { return Ok(0) };
        let (Some(template), true) = (http.lookup.clone(), reading.complete) else { return Ok(0) };
        let (http, ledger) = (http.clone(), Arc::clone(ledger));
        let at_once = http.concurrency.max(1);
        let reads = Arc::new(self.reads(*http));
        let wanted = self.wanted(reading, open_from).await?;
        let mut ended = 0;
        let mut wanted = wanted.into_iter().peekable();
        while wanted.peek().is_some() {
            let some = wanted.by_ref().take(at_once).collect();
            let results = all(&ledger, &reads, &template, some).await?;
            let failed_before = self.lookups.failed.len();
            for result in results {
                ended += 1;
                self.record_lookup(result).await?;
            }
            if self.lookups.failed.len() > failed_before {
                // What comes after it will fail, too, and each failure is a row of the journal.
                self.lookups.failed.extend(wanted);
                break;
            }
        }
        Ok(ended)
    }

    fn reads(&self, http: HttpPoll) -> Reads {
        Reads { http, strip: self.watched.poll.order_key_strip.clone(), scope: self.watched.scope.clone() }
    }

    async fn wanted(&mut self, reading: &Reading, open_from: Timestamp) -> Result<Vec<Unseen>, PollError> {
        let mut wanted = std::mem::take(&mut self.lookups.failed);
        let settle = self.watched.horizon.saturating_add(self.watched.poll.lag);
        let to = earlier(reading.began_at, settle);
        let sends = Sends { lane: self.watched.lane, after: self.lookups.after, from: open_from, to, settle };
        let room = LOOKUPS_MAX.saturating_sub(wanted.len());
        let (after, more) = self.asker.ask(move |reader| reader.unseen(sends, room)).await?;
        self.lookups.after = after;
        wanted.extend(more);
        let mut met = HashSet::new();
        wanted.retain(|order| met.insert(order.order_key.clone()));
        Ok(wanted)
    }

    /// Records what a look-up found, and then how it ended.
    async fn record_lookup(&mut self, ended: Ended) -> Result<(), PollError> {
        let Ended { order, began_at, found } = ended;
        let mut tally = Tally::default();
        let (documents, error) = match found {
            Ok(found) => {
                let references: HashSet<_> = found.iter().map(|document| document.reference.clone()).collect();
                let count = u32::try_from(references.len()).unwrap_or(u32::MAX);
                // What has changed since the reading is no second document.
                self.number = self.number.saturating_add(1);
                let found = found.into_iter().map(|document| Ok(Read::Document(document))).collect();
                self.record_batch(1, found, &mut tally).await?;
                (tally.complaint().is_none().then_some(count), tally.complaint())
            }
            Err(error) => (None, Some(error)),
        };
        let lookup = Lookup {
            lane: self.watched.lane,
            source: self.source.clone(),
            order_key: order.order_key.clone(),
            began_at,
            ended_at: clock::now().max(began_at),
            documents,
            error,
        };
        if let Some(error) = &lookup.error {
            tracing::warn!(source = self.source, error, "a look-up failed");
            self.lookups.failed.push(order);
        }
        self.journal.record(vec![Record::Lookup(lookup)]).await?;
        Ok(())
    }
}

/// Looks all of these up at once, and gives what came of them in their order.
async fn all(
    ledger: &Arc<Ledger>,
    reads: &Arc<Reads>,
    template: &str,
    orders: Vec<Unseen>,
) -> Result<Vec<Ended>, PollError> {
    let mut tasks = JoinSet::new();
    for (place, order) in orders.into_iter().enumerate() {
        let (ledger, reads, template) = (Arc::clone(ledger), Arc::clone(reads), template.to_owned());
        tasks.spawn(async move {
            let began_at = clock::now();
            let found = ledger.look_up(&reads, &template, &order.names).await.map_err(|error| error.to_string());
            (place, Ended { order, began_at, found })
        });
    }
    let mut ended = Vec::new();
    while let Some(result) = tasks.join_next().await {
        ended.push(result.map_err(|_| PollError::Ending)?);
    }
    ended.sort_by_key(|(place, _)| *place);
    Ok(ended.into_iter().map(|(_, ended)| ended).collect())
}
