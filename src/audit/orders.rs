//! The timelines of orders, one after the other: memory holds one of them.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Connection, Row, Statement};

use super::census::Census;
use super::names::Names;
use crate::journal::{ANSWER, LOOKUP, OUTCOME, ReadError, answer, lookup, outcome};
use crate::judge::{CaptureSeen, DocumentsRule, LaneEvents, OutcomeSeen, Payload, Policy, Send, Timeline};
use crate::order::OrderKey;
use crate::outcome::{Lane, Operation, OutcomeKind, PerLane, RowId};

/// All captures that name an order, in the order of recording. What belongs to an order was recorded soon
/// after it and lies near it in the file: by order key, a large journal would be read over and over.
const ALL: &str = "SELECT id, order_key FROM capture NOT INDEXED WHERE order_key IS NOT NULL ORDER BY id";

/// The captures of one order, in the order of recording.
const OF_ONE: &str =
    "SELECT id, order_key, run, received_at, operation, excluded, skip, also_known_as, event_id, delivery_id
    FROM capture WHERE order_key = ? ORDER BY id";

/// All captures of one order, in any run: it is followed to its end in the run of the first of them.
pub(super) struct CapturedOrder {
    pub(super) key: OrderKey,
    /// The run that it belongs to.
    pub(super) run: u32,
    captures: Vec<CaptureSeen>,
    also_known_as: Vec<OrderKey>,
}

/// Hands all orders of the journal to `each`, in the order of their first captures.
pub(super) fn each_order(
    connection: &Connection,
    mut each: impl FnMut(CapturedOrder) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    let mut all = connection.prepare(ALL)?;
    let mut of_one = connection.prepare(OF_ONE)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let id: RowId = row.get(0)?;
        let key = row.get_ref(1)?.as_str().map_err(|error| damaged(row, "capture", error.to_string()))?;
        if let Some(order) = captured(&mut of_one, key, |first| first == id)? {
            each(order)?;
        }
    }
    Ok(())
}

/// The order with this key.
pub(super) fn one_order(connection: &Connection, key: &OrderKey) -> Result<Option<CapturedOrder>, ReadError> {
    captured(&mut connection.prepare(OF_ONE)?, key.as_str(), |_| true)
}

/// The order with this key, if `wanted` takes the row of its first capture.
fn captured(
    of_one: &mut Statement<'_>,
    key: &str,
    wanted: impl Fn(RowId) -> bool,
) -> Result<Option<CapturedOrder>, ReadError> {
    let mut rows = of_one.query([key])?;
    let mut found: Option<CapturedOrder> = None;
    while let Some(row) = rows.next()? {
        if found.is_none() && !wanted(row.get(0)?) {
            return Ok(None);
        }
        let seen = capture_seen(row)?;
        let names = other_names(row)?;
        match &mut found {
            Some(order) => {
                order.captures.push(seen);
                order.also_known_as.extend(names);
            }
            None => {
                let (key, run) = (key_of(row)?, row.get(2)?);
                found = Some(CapturedOrder { key, run, captures: vec![seen], also_known_as: names });
            }
        }
    }
    Ok(found)
}

fn damaged(row: &Row<'_>, table: &'static str, what: String) -> ReadError {
    match row.get(0) {
        Ok(row) => ReadError::Damaged { table, row, what },
        Err(error) => error.into(),
    }
}

fn name<T: FromStr<Err: Display>>(row: &Row<'_>, table: &'static str, column: usize) -> Result<T, ReadError> {
    let text = row.get_ref(column)?.as_str().map_err(|error| damaged(row, table, error.to_string()))?;
    text.parse().map_err(|error| damaged(row, table, format!("{text:?}: {error}")))
}

fn time(row: &Row<'_>, table: &'static str, column: usize) -> Result<Timestamp, ReadError> {
    let at = row.get(column)?;
    Timestamp::from_microsecond(at).map_err(|_| damaged(row, table, format!("the time {at}")))
}

fn key_of(row: &Row<'_>) -> Result<OrderKey, ReadError> {
    let text: String = row.get(1)?;
    OrderKey::new(&text).map_err(|error| damaged(row, "capture", error.to_string()))
}

fn other_names(row: &Row<'_>) -> Result<Vec<OrderKey>, ReadError> {
    let Some(text) = row.get::<_, Option<String>>(7)? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&text).map_err(|error| damaged(row, "capture", format!("also_known_as: {error}")))
}

fn capture_seen(row: &Row<'_>) -> Result<CaptureSeen, ReadError> {
    let skipped = row.get_ref(6)? != rusqlite::types::ValueRef::Null;
    Ok(CaptureSeen {
        row: row.get(0)?,
        received_at: time(row, "capture", 3)?,
        operation: name(row, "capture", 4)?,
        excluded: row.get(5)?,
        skip: skipped.then(|| name(row, "capture", 6)).transpose()?,
        event_id: row.get(8)?,
        delivery_id: row.get(9)?,
        payload: None,
    })
}

/// Whether a lane may have more than one document of an order: only then units are counted.
fn has_several(events: &LaneEvents) -> bool {
    let mut committed = events.outcomes.iter().filter(|seen| seen.outcome.kind == OutcomeKind::Committed);
    let document = |seen: &OutcomeSeen| (seen.outcome.reference.clone(), seen.outcome.occurred_at);
    committed.next().map(document).is_some_and(|first| committed.any(|seen| document(seen) != first))
}

/// Fetches what was sent for an order and what became of it.
pub(super) struct Timelines<'r> {
    names: &'r Names<'r>,
    sends: Statement<'r>,
    outcomes: Statement<'r>,
    documents: Statement<'r>,
    lookups: Statement<'r>,
    /// Whether any order was looked up.
    looked_up: bool,
    census: Census<'r>,
    payload: Statement<'r>,
    /// The lanes whose ERP may split an order, so that units have to be counted.
    splits: PerLane<bool>,
    /// Whether what was ordered is compared with what is in a ledger, or counted, or a stratum is told by it.
    compares_orders: bool,
    /// Whether rows of the census are counted.
    counts_census: bool,
}

impl<'r> Timelines<'r> {
    pub(super) fn new(connection: &'r Connection, names: &'r Names<'r>, policy: &Policy) -> Result<Self, ReadError> {
        let sends = format!(
            "SELECT {ANSWER}, a.id, a.lane, a.reason, a.sent_at FROM attempt a LEFT JOIN answer w ON w.attempt = a.id
             LEFT JOIN content b ON b.id = w.body WHERE a.capture = ? ORDER BY a.id, w.id"
        );
        let outcomes = format!(
            "SELECT {OUTCOME} FROM outcome o LEFT JOIN content b ON b.id = o.document WHERE o.order_key = ? ORDER BY o.id"
        );
        let documents = "SELECT DISTINCT lane, reference FROM outcome
             WHERE order_key = ? AND kind = 'committed' AND reference IS NOT NULL";
        let [sends, outcomes, documents] =
            [connection.prepare(&sends)?, connection.prepare(&outcomes)?, connection.prepare(documents)?];
        let any = |row: &Row<'_>| row.get(0);
        let looked_up = connection.query_row("SELECT EXISTS (SELECT 1 FROM lookup)", [], any)?;
        let lookups = connection.prepare(&format!("SELECT {LOOKUP} FROM lookup WHERE order_key = ? ORDER BY id"))?;
        let census = Census::new(connection)?;
        let payload = "SELECT c.route, b.bytes FROM capture c LEFT JOIN content b ON b.id = c.body WHERE c.id = ?";
        let payload = connection.prepare(payload)?;
        let splits = PerLane::from_fn(|lane| policy.lanes.get(lane).documents == DocumentsRule::Split);
        let counts_census = policy.census_document.is_some();
        let compares_orders = counts_census
            || Lane::ALL.iter().any(|lane| policy.lanes.get(*lane).document.is_some())
            || policy.gates.strata.iter().any(|stratum| stratum.of.is_of_payload());
        Ok(Self {
            names,
            sends,
            outcomes,
            documents,
            lookups,
            looked_up,
            census,
            payload,
            splits,
            compares_orders,
            counts_census,
        })
    }

    /// The timeline of an order.
    pub(super) fn of(&mut self, order: CapturedOrder) -> Result<Timeline, ReadError> {
        let CapturedOrder { key, mut captures, also_known_as, .. } = order;
        let mut lanes: PerLane<LaneEvents> = PerLane::default();
        for capture in &captures {
            self.sends(capture.row, capture.operation, &mut lanes)?;
        }
        let names = self.names.of(&key, also_known_as)?;
        for name in &names.shared {
            for &lane in Lane::ALL {
                lanes.get_mut(lane).shares_document |= !self.references(name)?.get(lane).is_empty();
            }
        }
        let in_census = self.census.says(&names)?;
        let census_document = if self.counts_census { self.census.document(&names)? } else { None };
        let names = names.own;
        for name in &names {
            self.outcomes(name, &mut lanes)?;
        }
        if names.len() > 1 {
            for lane in Lane::ALL {
                lanes.get_mut(*lane).outcomes.sort_by_key(|seen| seen.row);
            }
        }
        self.lookups(&key, &mut lanes)?;
        let splits = || Lane::ALL.iter().any(|lane| *self.splits.get(*lane) && has_several(lanes.get(*lane)));
        if self.compares_orders || splits() {
            for capture in &mut captures {
                capture.payload = Some(self.payload(capture.row)?);
            }
        }
        Ok(Timeline { key, captures, lanes, in_census, census_document })
    }

    fn sends(
        &mut self,
        capture: RowId,
        operation: Operation,
        lanes: &mut PerLane<LaneEvents>,
    ) -> Result<(), ReadError> {
        let mut rows = self.sends.query([capture])?;
        while let Some(row) = rows.next()? {
            let attempt: RowId = row.get(11)?;
            let sends = &mut lanes.get_mut(name(row, "attempt", 12)?).sends;
            // A second answer to one attempt is more than there can be; the first one stands.
            if sends.last().is_some_and(|send| send.row == attempt) {
                continue;
            }
            let answered = row.get::<_, Option<RowId>>(0)?.is_some();
            sends.push(Send {
                row: attempt,
                capture,
                operation,
                reason: name(row, "attempt", 13)?,
                at: time(row, "attempt", 14)?,
                answer: answered.then(|| answer(row)).transpose()?.map(|(_, answer)| answer),
            });
        }
        Ok(())
    }

    fn outcomes(&mut self, name: &OrderKey, lanes: &mut PerLane<LaneEvents>) -> Result<(), ReadError> {
        let mut rows = self.outcomes.query([name.as_str()])?;
        while let Some(row) = rows.next()? {
            let (row, outcome, recorded_at) = outcome(row)?;
            lanes.get_mut(outcome.lane).outcomes.push(OutcomeSeen { row, recorded_at, outcome });
        }
        Ok(())
    }

    fn payload(&mut self, capture: RowId) -> Result<Payload, ReadError> {
        let payload = |row: &Row<'_>| {
            let body = row.get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default().into();
            Ok(Payload { route: row.get(0)?, body })
        };
        Ok(self.payload.query_row([capture], payload)?)
    }

    fn lookups(&mut self, key: &OrderKey, lanes: &mut PerLane<LaneEvents>) -> Result<(), ReadError> {
        if !self.looked_up {
            return Ok(());
        }
        let mut rows = self.lookups.query([key.as_str()])?;
        while let Some(row) = rows.next()? {
            let (_, lookup) = lookup(row)?;
            lanes.get_mut(lookup.lane).lookups.push(lookup);
        }
        Ok(())
    }

    /// How many documents with a number each lane has of an order.
    pub(super) fn documents_of(&mut self, order: CapturedOrder) -> Result<PerLane<u64>, ReadError> {
        let mut seen: PerLane<BTreeSet<String>> = PerLane::default();
        for order_name in self.names.of(&order.key, order.also_known_as)?.own {
            let mut references = self.references(&order_name)?;
            for &lane in Lane::ALL {
                seen.get_mut(lane).append(references.get_mut(lane));
            }
        }
        Ok(PerLane::from_fn(|lane| seen.get(lane).len() as u64))
    }

    /// The numbers of the documents that each lane has under a name.
    fn references(&mut self, of: &OrderKey) -> Result<PerLane<BTreeSet<String>>, ReadError> {
        let mut found: PerLane<BTreeSet<String>> = PerLane::default();
        let mut rows = self.documents.query([of.as_str()])?;
        while let Some(row) = rows.next()? {
            found.get_mut(name(row, "outcome", 0)?).insert(row.get(1)?);
        }
        Ok(found)
    }
}
