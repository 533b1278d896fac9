//! What is kept from one pass to the next: what settled orders come to, counted once; which orders are open and weighed at each
//! pass; and what documents without an order and the census come to. What is judged of the whole is put together from these.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension as _, params};

use super::super::names::Names;
use super::super::orders::{Timelines, Waiting, each_order, one_order};
use super::super::{AuditError, CACHE_KIB, census, strays};
use super::divide::{Again, Divided, Open, divide, hand_in, hand_in_again};
use super::ground::{Facts, Ground, Stands, Why};
use super::index::{Filling, Index, IndexError, Said};
use crate::journal::{Digest, NoteSeen, ReadError, Reader};
use crate::judge::{Evidence, ExceptionFound, Judge, RunFacts};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane, RowId};

/// What a pass took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Orders that were weighed.
    pub weighed: u64,
    /// Those of them that were kept, and needn't be fetched.
    pub kept: u64,
    /// Those of them that had been counted as settled, and were taken away again.
    pub struck: u64,
    /// Why all orders were judged anew; `None`: they were not.
    pub anew: Option<Why>,
}

/// What a pass came to.
pub(super) struct Passed {
    pub(super) judge: Box<Judge>,
    pub(super) facts: RunFacts,
    pub(super) effort: Effort,
    pub(super) lists: Lists,
}

/// What becomes of the lists.
pub(super) enum Lists {
    Anew(Filling, Vec<NoteSeen>),
    Changed {
        orders: Vec<(OrderKey, Said)>,
        /// What belongs to no order, all of it, where any of it is another.
        others: Option<Vec<ExceptionFound>>,
        notes: Vec<NoteSeen>,
    },
}

impl Lists {
    /// From now on an index says this.
    pub(super) fn publish(self, index: &Index) -> Result<(), IndexError> {
        match self {
            Self::Anew(filling, notes) => filling.finish(index, &notes),
            Self::Changed { orders, others, notes } => index.change(&orders, others.as_deref(), &notes),
        }
    }
}

/// What is kept.
#[derive(Debug)]
pub(super) struct Kept {
    ground: Ground,
    facts: Facts,
    /// What settled orders come to, and documents of other runs' orders.
    settled: Box<Judge>,
    /// The others by their first captures.
    open: BTreeMap<RowId, Open>,
    strays: Apart,
    census: Apart,
}

/// What belongs to no order, and which of it needs somebody.
#[derive(Debug)]
struct Apart {
    judge: Box<Judge>,
    found: Vec<ExceptionFound>,
}

/// Readers of a part of the journal, beside the one that sees all of it.
pub(super) struct Readers<'r> {
    pub(super) all: &'r Reader,
    /// Sees what came since the last pass.
    pub(super) recent: &'r Reader,
    /// Sees what was there then.
    pub(super) past: &'r Reader,
}

impl Apart {
    fn new(ground: &Ground, count: impl FnOnce(&mut Judge) -> Result<(), ReadError>) -> Result<Self, AuditError> {
        let mut judge = Box::new(Judge::new(&ground.policy, &ground.evidence).telling());
        count(&mut judge)?;
        let found = judge.take_exceptions();
        Ok(Self { judge, found })
    }

    fn strays(ground: &Ground, reader: &Reader) -> Result<Self, AuditError> {
        let each = |judge: &mut Judge| {
            strays::each_kept(reader.connection(), |stray| judge.document(stray.seen.outcome.lane, stray))
        };
        Self::new(ground, each)
    }

    fn census(ground: &Ground, reader: &Reader, names: &Names<'_>) -> Result<Self, AuditError> {
        let is_counted = ground.policy.census_document.is_some();
        Self::new(ground, |judge| census::hand_over(reader, names, is_counted, judge))
    }
}

impl Kept {
    /// Judges all of it, and keeps what can be kept. Lists are filled.
    pub(super) fn begin(reader: &Reader, head: (RowId, Digest), why: Why) -> Result<(Box<Self>, Passed), AuditError> {
        let connection = reader.connection();
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let ground = Ground::gather(reader, head)?;
        let facts = Facts::gather(reader, &ground.run)?;
        let names = Names::gathered(connection)?;
        let mut filling = Index::fill()?;
        let mut told = |_: &OrderKey, (line, found): &Said| filling.order(line.as_ref(), found);
        let run = ground.run.run.number;
        let divided = divide(&ground, None, &mut told, |bench| {
            let mut timelines = Timelines::new(connection, &names, &ground.policy)?;
            let mut waiting = Waiting::default();
            each_order(connection, |order| hand_in(bench, run, &mut timelines, &mut waiting, order))?;
            bench.orders(timelines.of_all(waiting.take())?)
        })?;
        strays::keep(connection)?;
        let strays = Apart::strays(&ground, reader)?;
        let census = Apart::census(&ground, reader, &names)?;
        fill_others(&mut filling, [&strays, &census]);
        let lists = Lists::Anew(filling, reader.notes(run, 0)?);
        let effort = Effort { weighed: divided.weighed, anew: Some(why), ..Effort::default() };
        let (Divided { settled, open, list, .. }, facts_now) = (divided, facts.facts());
        let kept = Box::new(Self { ground, facts, settled, open: list, strays, census });
        let judge = kept.together(&open);
        Ok((kept, Passed { judge, facts: facts_now, effort, lists }))
    }

    /// The seal up to which was judged.
    pub(super) const fn head(&self) -> (RowId, Digest) {
        self.ground.head
    }

    /// Judges what has come since, up to another seal.
    pub(super) fn go_on(
        mut self: Box<Self>,
        readers: &Readers<'_>,
        head: (RowId, Digest),
    ) -> Result<Result<(Box<Self>, Passed), Why>, AuditError> {
        let reader = readers.all;
        let (before, gaps_before) = (self.head().0, self.ground.evidence.gaps.len());
        if let Stands::No(why) = self.ground.follow(reader, readers.recent, head)? {
            return Ok(Err(why));
        }
        let ground = &self.ground;
        let mut settled = Box::new(Judge::new(&ground.policy, &ground.evidence).telling());
        if !settled.stands_where(&self.settled) {
            return Ok(Err(Why::Ground));
        }
        settled.absorb(&self.settled);
        self.facts.follow(reader, readers.recent, (before, head))?;
        let names = Names::gathered(reader.connection())?;
        let touched = touched(reader, before)?;
        let was_settled = |row: RowId| row <= before && !self.open.contains_key(&row);
        let mut struck: Vec<&OrderKey> = Vec::new();
        struck.extend(touched.iter().filter(|(row, _)| was_settled(**row)).map(|(_, key)| key));
        if !struck.is_empty() {
            let evidence = &ground.evidence;
            let gaps = evidence.gaps.get(..gaps_before).unwrap_or_default().to_vec();
            let evidence = Evidence { gaps, ..evidence.clone() };
            let counted = counted_before(ground, &evidence, readers.past, &names, &struck)?;
            if !settled.strike(&counted) {
                return Ok(Err(Why::Strike));
            }
        }
        let struck = struck.len() as u64;
        let is_new_in_census = self.ground.evidence.census.imported && is_new_in_census(readers, before, &touched)?;
        let open = self
            .open
            .iter()
            .map(|(row, open)| (*row, open.timeline.as_ref().map_or(Again::Fetched(&open.key), Again::Kept)));
        let mut again: BTreeMap<RowId, Again<'_>> = open.collect();
        again.extend(touched.iter().map(|(row, key)| (*row, Again::Fetched(key))));
        let kept = again.values().filter(|order| matches!(order, Again::Kept(_))).count() as u64;
        let mut changes: Vec<(OrderKey, Said)> = Vec::new();
        let known: BTreeMap<&OrderKey, &Said> = self.open.values().map(|open| (&open.key, &open.told)).collect();
        let mut told = |key: &OrderKey, told: &Said| {
            if known.get(key) != Some(&told) {
                changes.push((key.clone(), told.clone()));
            }
        };
        let connection = reader.connection();
        let run = ground.run.run.number;
        let divided = divide(ground, Some(settled), &mut told, |bench| {
            let timelines = Timelines::new(connection, &names, &ground.policy)?;
            hand_in_again(bench, again.values(), run, timelines, connection)
        })?;
        let has_gaps = ground.evidence.gaps.len() > gaps_before;
        let (mut others, is_stray) = (false, strays::follow(connection, before)?);
        if is_stray || has_gaps {
            self.strays = Apart::strays(&self.ground, reader)?;
            others = true;
        }
        if is_new_in_census
            || (self.ground.evidence.census.imported && (has_gaps || !self.census.judge.census_is_settled()))
        {
            self.census = Apart::census(&self.ground, reader, &names)?;
            others = true;
        }
        let others = others.then(|| [self.strays.found.as_slice(), &self.census.found].concat());
        let lists = Lists::Changed { orders: changes, others, notes: readers.recent.notes(run, 0)? };
        let effort = Effort { weighed: divided.weighed, kept, struck, anew: None };
        let Divided { settled, open, list, .. } = divided;
        (self.settled, self.open) = (settled, list);
        let judge = self.together(&open);
        let facts = self.facts.facts();
        Ok(Ok((self, Passed { judge, facts, effort, lists })))
    }

    /// All that was counted.
    fn together(&self, open: &Judge) -> Box<Judge> {
        let mut judge = Box::new(Judge::new(&self.ground.policy, &self.ground.evidence));
        for part in [&self.settled, open, &self.strays.judge, &self.census.judge] {
            judge.absorb(part);
        }
        judge
    }
}

fn fill_others(filling: &mut Filling, apart: [&Apart; 2]) {
    apart.into_iter().for_each(|apart| filling.others(&apart.found));
}

/// What settled orders came to as they were before.
fn counted_before(
    ground: &Ground,
    evidence: &Evidence,
    past: &Reader,
    names: &Names<'_>,
    keys: &[&OrderKey],
) -> Result<Judge, AuditError> {
    let mut counted = Judge::new(&ground.policy, evidence);
    let mut timelines = Timelines::new(past.connection(), names, &ground.policy)?;
    for key in keys {
        let Some(order) = one_order(past.connection(), key)? else { continue };
        if order.run == ground.run.run.number {
            let timeline = timelines.of(order)?;
            let weighed = counted.weigh(&timeline);
            counted.add(&timeline, &weighed);
        } else {
            let documents: PerLane<u64> = timelines.documents_of(order)?;
            Lane::ALL.iter().for_each(|lane| counted.other_runs(*lane, *documents.get(*lane)));
        }
    }
    Ok(counted)
}

/// Orders of which a row came behind another row, each with the row of its first capture.
fn touched(reader: &Reader, after: RowId) -> Result<BTreeMap<RowId, OrderKey>, AuditError> {
    let keys = "SELECT order_key FROM capture WHERE id > ?1 AND order_key IS NOT NULL
        UNION SELECT c.order_key FROM attempt a JOIN capture c ON c.id = a.capture WHERE a.id > ?1
        UNION SELECT c.order_key FROM answer w JOIN attempt a ON a.id = w.attempt JOIN capture c ON c.id = a.capture WHERE w.id > ?1
        UNION SELECT coalesce(n.order_key, o.order_key) FROM outcome o LEFT JOIN temp.other_name n ON n.name = o.order_key
            WHERE o.id > ?1
        UNION SELECT order_key FROM lookup WHERE id > ?1
        UNION SELECT order_key FROM gap WHERE id > ?1
        UNION SELECT c.order_key FROM gap g JOIN capture c ON c.id = g.capture WHERE g.id > ?1
        UNION SELECT c.order_key FROM replayed r JOIN capture c ON c.id = r.capture WHERE r.id > ?1";
    let first = "SELECT id FROM capture WHERE order_key = ? ORDER BY id LIMIT 1";
    let connection = reader.connection();
    let (mut keys, mut first) = (connection.prepare_cached(keys)?, connection.prepare_cached(first)?);
    let (mut rows, mut touched) = (keys.query([after])?, BTreeMap::new());
    while let Some(row) = rows.next()? {
        let Some(key) = row.get_ref(0)?.as_str_or_null().map_err(rusqlite::Error::from)? else { continue };
        let found = first.query_row([key], |row| row.get::<_, RowId>(0)).optional()?;
        if let Some((row, key)) = found.zip(OrderKey::new(key).ok()) {
            touched.insert(row, key);
        }
    }
    Ok(touched)
}

/// Whether what captures and ledgers have of an order of the census may be another now: one that had no `create` is touched, or
/// a name that no order has.
fn is_new_in_census(
    readers: &Readers<'_>,
    after: RowId,
    touched: &BTreeMap<RowId, OrderKey>,
) -> Result<bool, AuditError> {
    let connection = readers.all.connection();
    let listed = "SELECT EXISTS (SELECT 1 FROM outcome o JOIN census e ON e.order_key = o.order_key WHERE o.id > ?1
        AND NOT EXISTS (SELECT 1 FROM capture c WHERE c.order_key = o.order_key))";
    if connection.prepare_cached(listed)?.query_row([after], |row| row.get(0))? {
        return Ok(true);
    }
    let named = "SELECT EXISTS (SELECT 1 FROM census WHERE order_key = ?1) OR EXISTS (
        SELECT 1 FROM capture c, json_each(c.also_known_as) j JOIN census e ON e.order_key = j.value
        WHERE c.order_key = ?1 AND c.also_known_as IS NOT NULL)";
    let mut named = connection.prepare_cached(named)?;
    let keys: BTreeSet<&OrderKey> = touched.values().collect();
    for key in keys {
        if !census::is_created(readers.past.connection(), key)?
            && named.query_row(params![key.as_str()], |row| row.get(0))?
        {
            return Ok(true);
        }
    }
    Ok(false)
}
