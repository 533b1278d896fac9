//! Orders that were sent to a lane and of which it has shown no document: those that are worth a look-up.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use super::{ReadError, Reader};
use crate::order::OrderKey;
use crate::outcome::{Lane, RowId};

/// Most sends that are looked at in one go, about a second: after a start, or a ledger that was away for long, there
/// may be a million. The next go begins where this one ended.
const SENDS_MAX: usize = 50_000;

/// The `create`s that were sent to a lane, by row, so that each is looked at once.
const SENT: &str = "SELECT a.id, a.sent_at, c.order_key FROM attempt a JOIN capture c ON c.id = a.capture \
    WHERE a.id > ?1 AND a.lane = ?2 AND a.sent_at >= ?3 AND c.operation = 'create' AND c.order_key IS NOT NULL \
    AND c.excluded IS NULL ORDER BY a.id";

const LAST_SENT: &str = "SELECT max(a.sent_at) FROM capture c JOIN attempt a ON a.capture = c.id AND a.lane = ?2 \
    WHERE c.order_key = ?1 AND c.operation = 'create'";

const ALIASES: &str = "SELECT id, also_known_as FROM capture WHERE order_key = ? AND also_known_as IS NOT NULL";

const COMMITTED: &str = "SELECT 1 FROM outcome WHERE order_key = ?1 AND lane = ?2 AND kind = 'committed'";

const LOOKED_UP: &str =
    "SELECT 1 FROM lookup WHERE order_key = ?1 AND lane = ?2 AND documents IS NOT NULL AND began_at >= ?3";

/// An order without a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The order key of its captures.
    pub order_key: OrderKey,
    /// All of its names, the order key first.
    pub names: Vec<OrderKey>,
}

/// Which sends are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Sends {
    /// To which lane.
    pub lane: Lane,
    /// Those recorded after this row.
    pub after: RowId,
    /// Those sent at this time or later.
    pub from: Timestamp,
    /// Those sent up to this time: their horizon is over.
    pub to: Timestamp,
    /// Horizon and lag. A look-up that began so long after a send is not repeated.
    pub settle: Duration,
}

impl Reader {
    /// Orders among `sends` of which the lane has shown no document and that were not looked up after their horizon,
    /// at most `count_max`; and the row to go on after. One that was sent again since comes with its last send.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn unseen(&self, sends: Sends, count_max: usize) -> Result<(RowId, Vec<Unseen>), ReadError> {
        let _one_state = self.snapshot()?;
        let (mut after, mut found, mut met) = (sends.after, Vec::new(), BTreeSet::new());
        let mut select = self.connection.prepare_cached(SENT)?;
        let mut rows = select.query(params![sends.after, sends.lane.as_str(), sends.from.as_microsecond()])?;
        for _ in 0..SENDS_MAX {
            if found.len() >= count_max {
                break;
            }
            let Some(row) = rows.next()? else { break };
            let (id, sent_at, key): (RowId, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if sent_at > sends.to.as_microsecond() {
                break;
            }
            after = id;
            if met.insert(key.clone()) {
                found.extend(self.unseen_order(id, &key, sends)?);
            }
        }
        Ok((after, found))
    }

    fn unseen_order(&self, row: RowId, key: &str, sends: Sends) -> Result<Option<Unseen>, ReadError> {
        let lane = sends.lane.as_str();
        let last: i64 = self.connection.prepare_cached(LAST_SENT)?.query_row(params![key, lane], |row| row.get(0))?;
        let settle_us = i64::try_from(sends.settle.as_micros()).unwrap_or(i64::MAX);
        if last > sends.to.as_microsecond()
            || self.connection.prepare_cached(LOOKED_UP)?.exists(params![key, lane, last.saturating_add(settle_us)])?
        {
            return Ok(None);
        }
        let damaged = |row, what: String| ReadError::Damaged { table: "capture", row, what };
        let order_key = OrderKey::new(key).map_err(|error| damaged(row, error.to_string()))?;
        let mut names = vec![order_key.clone()];
        for (row, aliases) in self.rows(ALIASES, [key], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))? {
            let aliases: Vec<OrderKey> =
                serde_json::from_str(&aliases).map_err(|error| damaged(row, error.to_string()))?;
            names.extend(aliases);
        }
        names = unique(names);
        let mut committed = self.connection.prepare_cached(COMMITTED)?;
        for name in &names {
            if committed.exists(params![name.as_str(), lane])? {
                return Ok(None);
            }
        }
        Ok(Some(Unseen { order_key, names }))
    }
}

/// Each name once, in the order of first mention.
fn unique(names: Vec<OrderKey>) -> Vec<OrderKey> {
    let mut met = BTreeSet::new();
    names.into_iter().filter(|name| met.insert(name.clone())).collect()
}
