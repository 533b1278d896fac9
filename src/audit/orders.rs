//! The timelines of orders, one after the other: memory holds one of them.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, Row, Statement};

use super::census::Census;
use super::names::{Names, NamesOf};
use super::originals::Originals;
use super::together::Together;
use crate::journal::{ANSWER, LOOKUP, OUTCOME, ReadError, answer_that_tells, lookup, outcome};
use crate::judge::{CaptureSeen, DocumentsRule, LaneEvents, OutcomeSeen, Payload, Policy, Send, Timeline};
use crate::order::OrderKey;
use crate::outcome::{Lane, Operation, OutcomeKind, PerLane, RowId};

/// Orders that are fetched together at most.
const TOGETHER_MAX: usize = 16;

/// Bytes of what they are for, at which no more are waited for.
const BYTES_MAX: i64 = 1 << 20;

/// All captures that name an order, in the order of recording, and whether there are others of the same order. What belongs to
/// an order was recorded soon after it and lies near it in the file: by order key, a large journal would be read over and over.
const ALL: &str =
    "SELECT id, order_key, run, received_at, operation, excluded, skip, also_known_as, event_id, delivery_id, route, body,
        body_bytes, EXISTS (SELECT 1 FROM capture o WHERE o.order_key = c.order_key AND o.id <> c.id)
    FROM capture c NOT INDEXED WHERE order_key IS NOT NULL ORDER BY id";

/// The captures of one order, in the order of recording.
const OF_ONE: &str =
    "SELECT id, order_key, run, received_at, operation, excluded, skip, also_known_as, event_id, delivery_id, route, body,
        body_bytes FROM capture WHERE order_key = ? ORDER BY id";

/// The first of them.
const FIRST: &str = "SELECT id FROM capture WHERE order_key = ? ORDER BY id LIMIT 1";

/// All captures of one order, in any run: it is followed to its end in the run of the first of them.
pub(super) struct CapturedOrder {
    pub(super) key: OrderKey,
    /// The run that it belongs to.
    pub(super) run: u32,
    captures: Vec<CaptureSeen>,
    bodies: Bodies,
    /// Of all bodies.
    bytes: i64,
    also_known_as: Vec<OrderKey>,
}

/// By capture: the path of its route, and the content that is its body.
type Bodies = Vec<(String, Option<i64>)>;

/// Orders that wait to be fetched together.
#[derive(Default)]
pub(super) struct Waiting {
    orders: Vec<CapturedOrder>,
    bytes: i64,
}

impl Waiting {
    /// Takes an order in; gives all that wait where they are to be fetched now.
    pub(super) fn add(&mut self, order: CapturedOrder) -> Option<Vec<CapturedOrder>> {
        self.bytes += order.bytes;
        self.orders.push(order);
        (self.orders.len() >= TOGETHER_MAX || self.bytes >= BYTES_MAX).then(|| self.take())
    }

    /// All that wait.
    pub(super) fn take(&mut self) -> Vec<CapturedOrder> {
        self.bytes = 0;
        std::mem::take(&mut self.orders)
    }
}

/// Hands all orders of the journal to `each`, in the order of their first captures.
pub(super) fn each_order<E: From<ReadError> + From<rusqlite::Error>>(
    connection: &Connection,
    mut each: impl FnMut(CapturedOrder) -> Result<(), E>,
) -> Result<(), E> {
    let mut all = connection.prepare(ALL)?;
    let mut of_one = connection.prepare(OF_ONE)?;
    let mut first = connection.prepare(FIRST)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let (capture, has_others): (RowId, bool) = (row.get(0)?, row.get(13)?);
        if !has_others {
            each(CapturedOrder::new(row)?)?;
            continue;
        }
        let key = row.get_ref(1)?.as_str().map_err(|error| damaged(row, "capture", error.to_string()))?;
        // The order is handed over with the first of its captures.
        if first.query_row([key], |row| row.get::<_, RowId>(0))? == capture
            && let Some(order) = captured(&mut of_one, key)?
        {
            each(order)?;
        }
    }
    Ok(())
}

/// The order with this key.
pub(super) fn one_order(connection: &Connection, key: &OrderKey) -> Result<Option<CapturedOrder>, ReadError> {
    captured(&mut connection.prepare(OF_ONE)?, key.as_str())
}

/// The order with this key, of all its captures.
fn captured(of_one: &mut Statement<'_>, key: &str) -> Result<Option<CapturedOrder>, ReadError> {
    let mut rows = of_one.query([key])?;
    let mut found: Option<CapturedOrder> = None;
    while let Some(row) = rows.next()? {
        match &mut found {
            Some(order) => order.add(row)?,
            None => found = Some(CapturedOrder::new(row)?),
        }
    }
    Ok(found)
}

impl CapturedOrder {
    /// Of its first capture.
    fn new(row: &Row<'_>) -> Result<Self, ReadError> {
        let (key, run) = (key_of(row)?, row.get(2)?);
        let mut order = Self {
            key,
            run,
            captures: Vec::with_capacity(1),
            bodies: Vec::with_capacity(1),
            bytes: 0,
            also_known_as: Vec::new(),
        };
        order.add(row)?;
        Ok(order)
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), ReadError> {
        self.captures.push(capture_seen(row)?);
        self.bodies.push((row.get(10)?, row.get(11)?));
        self.bytes = self.bytes.saturating_add(row.get(12)?);
        self.also_known_as.extend(other_names(row)?);
        Ok(())
    }
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
    let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
    OrderKey::new(text).map_err(|error| damaged(row, "capture", error.to_string()))
}

fn other_names(row: &Row<'_>) -> Result<Vec<OrderKey>, ReadError> {
    let Some(text) = row.get_ref(7)?.as_str_or_null().map_err(rusqlite::Error::from)? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(text).map_err(|error| damaged(row, "capture", format!("also_known_as: {error}")))
}

fn capture_seen(row: &Row<'_>) -> Result<CaptureSeen, ReadError> {
    let skipped = row.get_ref(6)? != rusqlite::types::ValueRef::Null;
    Ok(CaptureSeen {
        row: row.get(0)?,
        received_at: time(row, "capture", 3)?,
        occurred_at: None,
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
    sends: Together<'r>,
    outcomes: Together<'r>,
    documents: Statement<'r>,
    lookups: Statement<'r>,
    /// Whether any order was looked up.
    looked_up: bool,
    census: Census<'r>,
    contents: Together<'r>,
    originals: Originals<'r>,
    /// The lanes whose ERP may split an order, so that units have to be counted.
    splits: PerLane<bool>,
    /// Whether what was ordered is compared with what is in a ledger, or counted, or a stratum is told by it.
    compares_orders: bool,
    /// Whether rows of the census are counted.
    counts_census: bool,
}

impl<'r> Timelines<'r> {
    pub(super) fn new(connection: &'r Connection, names: &'r Names<'r>, policy: &Policy) -> Result<Self, ReadError> {
        let sends = "attempt a ON a.capture = k.key LEFT JOIN answer w ON w.attempt = a.id
             LEFT JOIN content b ON b.id = w.body";
        let sends = Together::new(connection, &format!("{ANSWER}, a.id, a.lane, a.reason, a.sent_at"), sends)?;
        let outcomes = "outcome o ON o.order_key = k.key LEFT JOIN content b ON b.id = o.document";
        let outcomes = Together::new(connection, OUTCOME, outcomes)?;
        let contents = Together::new(connection, "b.bytes", "content b ON b.id = k.key")?;
        let documents = "SELECT DISTINCT lane, reference FROM outcome
             WHERE order_key = ? AND kind = 'committed' AND reference IS NOT NULL";
        let documents = connection.prepare(documents)?;
        let any = |row: &Row<'_>| row.get(0);
        let looked_up = connection.query_row("SELECT EXISTS (SELECT 1 FROM lookup)", [], any)?;
        let lookups = connection.prepare(&format!("SELECT {LOOKUP} FROM lookup WHERE order_key = ? ORDER BY id"))?;
        let census = Census::new(connection)?;
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
            contents,
            originals: Originals::new(connection)?,
            splits,
            compares_orders,
            counts_census,
        })
    }

    /// The timeline of an order.
    pub(super) fn of(&mut self, order: CapturedOrder) -> Result<Timeline, ReadError> {
        let found = self.of_all(vec![order])?.pop();
        found.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// The timelines of several orders, in their order.
    pub(super) fn of_all(&mut self, orders: Vec<CapturedOrder>) -> Result<Vec<Timeline>, ReadError> {
        let mut timelines = Vec::with_capacity(orders.len());
        let (mut names, mut bodies) = (Vec::with_capacity(2 * orders.len()), Vec::with_capacity(orders.len()));
        for (place, order) in orders.into_iter().enumerate() {
            let CapturedOrder { key, captures, bodies: own, also_known_as, .. } = order;
            let NamesOf { own: own_names, shared } = self.names.of(&key, also_known_as)?;
            let mut lanes: PerLane<LaneEvents> = PerLane::default();
            for name in &shared {
                let references = self.references(name)?;
                for &lane in Lane::ALL {
                    lanes.get_mut(lane).shares_document |= !references.get(lane).is_empty();
                }
            }
            self.lookups(&key, &mut lanes)?;
            let named = NamesOf { own: own_names, shared };
            let in_census = self.census.says(&named)?;
            let census_document = if self.counts_census { self.census.document(&named)? } else { None };
            names.extend(named.own.into_iter().map(|name| (place, name)));
            bodies.push(own);
            timelines.push(Timeline { key, captures, lanes, in_census, census_document });
        }
        self.sends(&mut timelines)?;
        self.outcomes(&names, &mut timelines)?;
        self.payloads(bodies, &mut timelines)?;
        timelines.iter_mut().try_for_each(|timeline| self.originals.fill(timeline))?;
        Ok(timelines)
    }

    fn sends(&mut self, timelines: &mut [Timeline]) -> Result<(), ReadError> {
        let captures: Vec<(usize, RowId, Operation)> = (timelines.iter().enumerate())
            .flat_map(|(place, timeline)| timeline.captures.iter().map(move |own| (place, own.row, own.operation)))
            .collect();
        let rows: Vec<RowId> = captures.iter().map(|(_, row, _)| *row).collect();
        // By capture, attempt and answer.
        let mut found: Vec<(usize, RowId, Option<RowId>, Lane, Send)> = Vec::with_capacity(2 * rows.len());
        self.sends.each(&rows, |at, row| {
            let Some((_, capture, operation)) = captures.get(at).copied() else { return Ok(()) };
            let (attempt, answered): (RowId, Option<RowId>) = (row.get(11)?, row.get(0)?);
            let send = Send {
                row: attempt,
                capture,
                operation,
                reason: name(row, "attempt", 13)?,
                at: time(row, "attempt", 14)?,
                answer: answered.map(|_| answer_that_tells(row)).transpose()?.map(|(_, answer)| answer),
            };
            found.push((at, attempt, answered, name(row, "attempt", 12)?, send));
            Ok(())
        })?;
        found.sort_by_key(|(at, attempt, answered, ..)| (*at, *attempt, *answered));
        for (at, attempt, _, lane, send) in found {
            let place = captures.get(at).map_or(0, |(place, ..)| *place);
            let Some(timeline) = timelines.get_mut(place) else { continue };
            let sends = &mut timeline.lanes.get_mut(lane).sends;
            // A second answer to one attempt is more than there can be; the first one stands.
            if sends.last().is_none_or(|send| send.row != attempt) {
                sends.push(send);
            }
        }
        Ok(())
    }

    /// What became of orders under these names, each with the place of its order.
    fn outcomes(&mut self, names: &[(usize, OrderKey)], timelines: &mut [Timeline]) -> Result<(), ReadError> {
        let keys: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        self.outcomes.each(&keys, |at, row| {
            let (row, outcome, recorded_at) = outcome(row)?;
            if let Some(timeline) = names.get(at).and_then(|(place, _)| timelines.get_mut(*place)) {
                let outcomes = &mut timeline.lanes.get_mut(outcome.lane).outcomes;
                outcomes.push(OutcomeSeen { row, recorded_at, outcome });
            }
            Ok(())
        })?;
        // SQLite would put the documents aside to sort them; here they mostly come sorted.
        for lanes in timelines.iter_mut().map(|timeline| &mut timeline.lanes) {
            Lane::ALL.iter().for_each(|lane| lanes.get_mut(*lane).outcomes.sort_by_key(|seen| seen.row));
        }
        Ok(())
    }

    /// What orders were for, by the `bodies` of their captures, where anything asks for it. One that isn't there is empty.
    fn payloads(&mut self, bodies: Vec<Bodies>, timelines: &mut [Timeline]) -> Result<(), ReadError> {
        let (mut contents, mut places) = (Vec::new(), Vec::new());
        for (place, (timeline, bodies)) in timelines.iter_mut().zip(bodies).enumerate() {
            let lanes = &timeline.lanes;
            let splits = || Lane::ALL.iter().any(|lane| *self.splits.get(*lane) && has_several(lanes.get(*lane)));
            if !self.compares_orders && !splits() {
                continue;
            }
            for (number, (capture, (route, body))) in timeline.captures.iter_mut().zip(bodies).enumerate() {
                capture.payload = Some(Payload { route, body: Bytes::new() });
                contents.extend(body);
                places.extend(body.map(|_| (place, number)));
            }
        }
        self.contents.each(&contents, |at, row| {
            let found = places.get(at).and_then(|(place, number)| timelines.get_mut(*place)?.captures.get_mut(*number));
            if let Some(payload) = found.and_then(|capture| capture.payload.as_mut()) {
                payload.body = row.get::<_, Vec<u8>>(0)?.into();
            }
            Ok(())
        })
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
