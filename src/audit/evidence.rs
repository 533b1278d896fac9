//! What a run has beside its orders: readings, gaps, and the requests as they were counted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::Connection;

use super::census;
use crate::journal::{ReadError, Reader, RunKind, RunSeen};
use crate::judge::{ClockBack, Counts, Evidence, GapSeen, ReadingSeen, WatermarkSeen};
use crate::outcome::{GapReason, Lane, PerLane, RowId, Signature, Skip};
use crate::stats::{Sum, sum_of_fields};

/// How tallies name what was received, what matched no route, and why requests were skipped.
const RECEIVED: &str = "received";
const PASSED_THROUGH: &str = "passed_through";
const SKIPPED: &str = "skipped.";

/// By how much a clock must be set back to be noticed, in microseconds: a minute. Less is within the
/// doubt about clocks, and what a machine may take from one moment to the next.
const CLOCK_BACK_MIN_US: i64 = 60_000_000;

/// How exclusion rules are named among the reasons.
const EXCLUDED: &str = "excluded: ";

/// The evidence that all orders of `run` share, the chain taken to be intact.
pub(super) fn evidence(reader: &Reader, run: &RunSeen, until: Option<Timestamp>) -> Result<Evidence, ReadError> {
    let number = run.run.number;
    let live_run = match run.run.kind {
        RunKind::Live => Some(reader.live_runs_up_to(number)?),
        RunKind::Replay | RunKind::Scenario => None,
    };
    let readings = |lane| -> Result<_, ReadError> {
        let seen = reader.readings(lane)?.into_iter().map(|(row, reading)| ReadingSeen { row, reading });
        Ok(seen.collect())
    };
    let watermarks = |lane| -> Result<_, ReadError> {
        let seen = reader.watermarks(lane)?.into_iter();
        Ok(seen.map(|(recorded_at, watermark)| WatermarkSeen { recorded_at, watermark }).collect())
    };
    let gaps = reader.gaps(number)?.into_iter().map(|(row, gap)| GapSeen { row, gap });
    let as_of = reader.last_evidence_at()?.unwrap_or(run.began_at);
    Ok(Evidence {
        as_of,
        begin: run.began_at,
        // Of what is still to come nothing is known: no window ends later than the journal.
        until: until.map(|until| until.min(as_of)),
        first_capture: reader.first_capture(None)?,
        first_capture_of_run: reader.first_capture(Some(number))?,
        live_run,
        readings: PerLane { legacy: readings(Lane::Legacy)?, gated: readings(Lane::Gated)? },
        watermarks: PerLane { legacy: watermarks(Lane::Legacy)?, gated: watermarks(Lane::Gated)? },
        gaps: gaps.collect(),
        clock_back: match run.run.kind {
            RunKind::Live => clock_back(reader.connection(), number, RowId::MIN)?,
            // The clock of a world is compressed, so that a moment of this machine's is minutes of its own; what is replayed
            // has times of its own, too.
            RunKind::Replay | RunKind::Scenario => None,
        },
        census: census::evidence(reader)?,
        chain_intact: true,
    })
}

/// Whether this machine's clock was set back during a run: sends bear times from before what had been sealed already. One that
/// waited for its commit doesn't, as it came after the last commit before; nor does a request that took long to come, as it is sent
/// when it is there. Sends behind a row are looked at.
pub(super) fn clock_back(connection: &Connection, run: u32, after: RowId) -> Result<Option<ClockBack>, ReadError> {
    let sql = "SELECT count(*), max(sealed_at), min(sent_at), max(id), max(recorded_at) FROM (
        SELECT a.id, a.sent_at, a.recorded_at,
               (SELECT s.recorded_at FROM seal s WHERE s.id < a.id ORDER BY s.id DESC LIMIT 1) AS sealed_at
        FROM attempt a WHERE a.id > ?3 AND a.recorded_at - a.sent_at > ?2
            AND (SELECT c.run FROM capture c WHERE c.id = a.capture) = ?1
    ) WHERE sealed_at - sent_at > ?2";
    let time = |at: i64| Timestamp::from_microsecond(at).unwrap_or(Timestamp::MIN);
    let back = connection.query_row(sql, [i64::from(run), CLOCK_BACK_MIN_US, after], |row| {
        let sends = row.get::<_, i64>(0)?.unsigned_abs();
        if sends == 0 {
            return Ok(None);
        }
        let (from, to) = (time(row.get(1)?), time(row.get(2)?));
        Ok(Some(ClockBack { sends, from, to, row: row.get(3)?, recorded_at: time(row.get(4)?) }))
    });
    Ok(back?)
}

/// Requests of a run, as rows, tallies and gaps count them.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests {
    teed: u64,
    /// Those that became a row, by why they were not teed.
    skipped: BTreeMap<String, u64>,
    tallies: BTreeMap<String, u64>,
    /// Those that the journal missed.
    unrecorded: u64,
    signatures: BTreeMap<Signature, u64>,
}

sum_of_fields!(Requests { teed, skipped, tallies, unrecorded, signatures });

impl Requests {
    /// Those of the rows that a reader sees.
    pub(super) fn read(reader: &Reader, run: u32) -> Result<Self, ReadError> {
        let mut requests = rows(reader.connection(), run)?;
        requests.tallies = reader.tallies(run)?;
        let unrecorded = reader.gaps(run)?.into_iter().filter(|(_, gap)| gap.reason == GapReason::JournalUnavailable);
        requests.unrecorded = unrecorded.filter_map(|(_, gap)| gap.requests).sum();
        requests.signatures = reader.signatures(run)?.into_iter().collect();
        Ok(requests)
    }

    /// Takes in those of other rows.
    pub(super) fn add(&mut self, other: &Self) {
        self.plus(other);
    }

    /// What became a row as the rows say, what did not as the tallies and gaps say.
    ///
    /// Tallies come now and then: rows that none has counted yet were received all the same. What was counted
    /// and has no row shows as a remainder of `received`.
    pub(super) fn counts(&self) -> Counts {
        let tally = |name| self.tallies.get(name).copied().unwrap_or_default();
        let mut counts = Counts { teed: self.teed, skipped: self.skipped.clone(), ..Counts::default() };
        if self.unrecorded > 0 {
            counts.skipped.insert(GapReason::JournalUnavailable.as_str().to_owned(), self.unrecorded);
        }
        let captured = counts.teed + counts.skipped.values().sum::<u64>();
        counts.passed_through = tally(PASSED_THROUGH);
        let mut without_row = counts.passed_through;
        for (reason, count) in
            self.tallies.iter().filter_map(|(name, count)| Some((name.strip_prefix(SKIPPED)?, *count)))
        {
            if count > 0 && reason.parse::<Skip>().is_err() && !reason.starts_with(EXCLUDED) {
                *counts.skipped.entry(reason.to_owned()).or_default() += count;
                without_row += count;
            }
        }
        counts.signatures = self.signatures.iter().map(|(signature, count)| (*signature, *count)).collect();
        counts.received = without_row + captured.max(tally(RECEIVED).saturating_sub(without_row));
        counts
    }
}

/// Captures of a run: teed, or skipped by reason.
fn rows(connection: &Connection, run: u32) -> Result<Requests, ReadError> {
    let mut counts = Requests::default();
    let mut select = connection.prepare_cached(
        "SELECT coalesce(skip, ?2 || excluded), count(*) FROM capture WHERE run = ?1 GROUP BY 1 ORDER BY 1",
    )?;
    let mut rows = select.query(rusqlite::params![run, EXCLUDED])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>(1)?.unsigned_abs();
        match row.get::<_, Option<String>>(0)? {
            None => counts.teed = count,
            Some(reason) => _ = counts.skipped.insert(reason, count),
        }
    }
    Ok(counts)
}

/// Orders of a run, counted by queries of their own: keys whose first capture is in it, and of which a
/// `create` was teed or excluded. Most have but one capture, and need not be gathered by their keys.
pub(super) fn orders(connection: &Connection, run: u32) -> Result<u64, ReadError> {
    let of_one_capture = "SELECT count(*) FROM capture c NOT INDEXED
        WHERE order_key IS NOT NULL AND run = ? AND operation = 'create' AND skip IS NULL
            AND NOT EXISTS (SELECT 1 FROM capture o WHERE o.order_key = c.order_key AND o.id <> c.id)";
    // With one min() in a query, SQLite takes bare columns from the row that has it (lang_select, 2.4).
    let of_several = "SELECT count(*) FROM (
        SELECT min(id), run AS first_run, sum(operation = 'create' AND skip IS NULL) AS creates FROM capture
        WHERE order_key IN (
            SELECT order_key FROM capture WHERE order_key IS NOT NULL GROUP BY order_key HAVING count(*) > 1)
        GROUP BY order_key
    ) WHERE first_run = ? AND creates > 0";
    let count = |sql| connection.query_row(sql, [run], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    Ok(count(of_one_capture)? + count(of_several)?)
}

/// Names under which a lane may tell of one document twice: there are several outcomes under it, or it is another name of an order, or
/// one that has such a name, and outcomes under that. Found by indexes alone.
const TOLD_AGAIN: &str = "
DROP TABLE IF EXISTS temp.told_again;
CREATE TEMP TABLE told_again (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO temp.told_again SELECT order_key FROM outcome GROUP BY order_key, lane HAVING count(*) > 1;
INSERT OR IGNORE INTO temp.told_again
    SELECT j.value FROM temp.other_name n, json_each(json_array(n.name, n.order_key)) j
    WHERE j.value IS NOT NULL AND EXISTS (SELECT 1 FROM outcome o WHERE o.order_key = n.name);
";

/// Documents with a number that were ever seen on each lane, in any run, counted by queries of their own. A ledger that
/// is set up anew, as sandboxes are between runs, numbers from the start again: a document is its number and its order. Most
/// are told of once, and need not be told from others.
/// [`super::names::Names`] were gathered before.
pub(super) fn documents(connection: &Connection) -> Result<PerLane<u64>, ReadError> {
    connection.execute_batch(TOLD_AGAIN)?;
    let counts = "SELECT count(*) FILTER (WHERE lane = ?1), count(*) FILTER (WHERE lane = ?2) FROM";
    let once = "outcome o NOT INDEXED WHERE o.kind = 'committed' AND o.reference IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM temp.told_again a WHERE a.name = o.order_key)";
    let again = "(SELECT DISTINCT o.lane, coalesce(n.order_key, o.order_key), o.reference
        FROM temp.told_again a CROSS JOIN outcome o ON o.order_key = a.name
        LEFT JOIN temp.other_name n ON n.name = o.order_key
        WHERE o.kind = 'committed' AND o.reference IS NOT NULL)";
    let mut documents: PerLane<u64> = PerLane::default();
    for of in [once, again] {
        let mut select = connection.prepare(&format!("{counts} {of}"))?;
        let found =
            select.query_row([Lane::Legacy.as_str(), Lane::Gated.as_str()], |row| Ok([row.get(0)?, row.get(1)?]));
        for (lane, count) in Lane::ALL.iter().zip(found?) {
            *documents.get_mut(*lane) += i64::unsigned_abs(count);
        }
    }
    Ok(documents)
}

/// How many orders of a run captures behind a row, up to another, add to those that [`orders`] counts.
pub(super) fn orders_added(
    connection: &Connection,
    run: u32,
    (after, up_to): (RowId, RowId),
) -> Result<i64, ReadError> {
    let keys = "SELECT DISTINCT order_key FROM capture WHERE id > ? AND id <= ? AND order_key IS NOT NULL";
    let counts = "SELECT count(*) FROM (
        SELECT min(id), run AS first_run, sum(operation = 'create' AND skip IS NULL) AS creates FROM capture
        WHERE order_key = ?1 AND id <= ?2
    ) WHERE first_run = ?3 AND creates > 0";
    let (mut keys, mut counts) = (connection.prepare_cached(keys)?, connection.prepare_cached(counts)?);
    let (mut rows, mut added) = (keys.query([after, up_to])?, 0);
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let mut count = |up_to: RowId| counts.query_row(rusqlite::params![key, up_to, run], |row| row.get::<_, i64>(0));
        added += count(up_to)? - count(after)?;
    }
    Ok(added)
}

/// How many documents outcomes behind a row add to those that [`documents`] counts: those that no outcome before told of, under
/// any name of their order. Names were [gathered to follow](super::names::Names::gather_to_follow), and none came together.
pub(super) fn documents_added(connection: &Connection, after: RowId) -> Result<PerLane<u64>, ReadError> {
    let sql = "SELECT count(*) FILTER (WHERE lane = ?1), count(*) FILTER (WHERE lane = ?2) FROM (
        SELECT o.id, o.lane, o.reference, coalesce(n.order_key, o.order_key) AS own
        FROM outcome o LEFT JOIN temp.other_name n ON n.name = o.order_key
        WHERE o.id > ?3 AND o.kind = 'committed' AND o.reference IS NOT NULL
    ) t WHERE NOT EXISTS (
        SELECT 1 FROM outcome e WHERE e.order_key = t.own AND e.lane = t.lane AND e.id < t.id
            AND e.kind = 'committed' AND e.reference = t.reference
    ) AND NOT EXISTS (
        SELECT 1 FROM temp.other_name m CROSS JOIN outcome e ON e.order_key = m.name
        WHERE m.order_key = t.own AND e.lane = t.lane AND e.id < t.id
            AND e.kind = 'committed' AND e.reference = t.reference
    )";
    let mut select = connection.prepare_cached(sql)?;
    let values = rusqlite::params![Lane::Legacy.as_str(), Lane::Gated.as_str(), after];
    let (legacy, gated): (i64, i64) = select.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(PerLane { legacy: legacy.unsigned_abs(), gated: gated.unsigned_abs() })
}
