//! From the journal to an assessment, streaming: memory holds one order at a time. Reads only.

mod beside;
mod census;
mod changes;
mod evidence;
pub mod live;
mod names;
mod noise;
mod orders;
mod originals;
mod similar;
mod strays;
mod together;

#[cfg(test)]
mod tests;

use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use jiff::Timestamp;

use crate::journal::{ActSeen, Depth, Digest, ReadError, Reader, RunSeen};
use crate::judge::{ActSummary, Assessment, Counts, Evidence, Judge, Policy, RunFacts, Settings, Timeline, Verdict};
use crate::order::OrderKey;
use crate::outcome::{Lane, RowId};
use beside::{Told, judge_beside};
use names::{Named, Names};
use orders::{Timelines, Waiting, each_order, one_order};

pub use noise::{NoiseSeen, noise};

/// Memory for pages of the journal while it is judged, in KiB: the indexes of a million orders. SQLite's
/// own 2 MiB would have them read from the file for every order.
const CACHE_KIB: i64 = 64 << 10;

/// Why a journal can't be judged.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The journal can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no such run.
    #[error("find run {number}: this journal has {}", runs_there_are(*.last))]
    NoRun {
        /// The run that was asked for.
        number: u32,
        /// The last run there is, where there is one.
        last: Option<u32>,
    },
    /// Nothing was begun in this journal.
    #[error("find the last run: this journal has none yet")]
    Empty,
    /// What the run is judged by can't be read.
    #[error("read what run {run} is judged by")]
    Policy {
        /// The run.
        run: u32,
        /// Why.
        source: serde_json::Error,
    },
    /// What was recorded beside it can't be read.
    #[error("read the settings of run {run}")]
    Settings {
        /// The run.
        run: u32,
        /// Why.
        source: serde_json::Error,
    },
    /// A run is to be its own baseline.
    #[error("compare run {run} with itself: name another run as its baseline")]
    OwnBaseline {
        /// The run.
        run: u32,
    },
    /// What is listed beside the journal can't be used.
    #[error(transparent)]
    Index(#[from] live::IndexError),
    /// Two orders go by the same name.
    #[error("tell which order {name} is: several go by this name; ask by the order key")]
    Shared {
        /// The name.
        name: OrderKey,
    },
}

fn runs_there_are(last: Option<u32>) -> String {
    match last {
        None => "none yet".to_owned(),
        Some(1) => "run 1 only".to_owned(),
        Some(last) => format!("runs 1 to {last}"),
    }
}

impl From<rusqlite::Error> for AuditError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Read(error.into())
    }
}

/// One order, with what it is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderSeen {
    /// The run that it belongs to.
    pub run: u32,
    /// What that run is judged by.
    pub policy: Policy,
    /// All that the journal holds of it.
    pub timeline: Timeline,
    /// What the judge says of it.
    pub verdict: Verdict,
}

/// What asking for an order gives.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderFound {
    /// The order.
    Order(Box<OrderSeen>),
    /// No capture has this name; some that look like it.
    Nothing {
        /// Keys of other orders that hold what was asked for, or end like it.
        similar: Vec<OrderKey>,
        /// Lanes whose ledger has a document under this name all the same.
        documents_on: Vec<Lane>,
    },
}

/// Judges a run of the journal, the last one unless said otherwise, over its window or up to `until`.
///
/// Several threads share the work, and the report is the same as one alone would give: the chain is verified, orders
/// are fetched, weighed, and counted in the sequence in which they come.
///
/// # Errors
/// When there is no such run, or the journal can't be read.
pub fn assess(reader: &Reader, run: Option<u32>, until: Option<Timestamp>) -> Result<Assessment, AuditError> {
    let _one_state = reader.snapshot()?;
    let run = find_run(reader, run)?;
    let policy = policy(reader, &run)?;
    let (path, head) = (reader.path(), reader.head()?.map(|(row, _, digest)| (row, digest)));
    thread::scope(|scope| {
        let verifying = scope.spawn(move || chain_is_intact(path, head));
        let judged = evidence::evidence(reader, &run, until)
            .map_err(AuditError::from)
            .and_then(|evidence| judge(reader, &run, &policy, &evidence, None));
        let is_intact = verifying.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        let (mut judge, facts) = judged?;
        if !is_intact {
            judge.break_chain();
        }
        Ok(judge.finish(facts))
    })
}

/// Verifies the chain of the journal at `path`, on a connection of its own. What is committed meanwhile is verified as
/// well, or not; the seal up to which is judged must be part of it, or another file has taken the place of this one.
fn chain_is_intact(path: &Path, head: Option<(RowId, Digest)>) -> Result<bool, ReadError> {
    let reader = Reader::open(path)?;
    let _one_state = reader.snapshot()?;
    Ok(reader.verify_for(Depth::Judged)?.is_ok()
        && head.map_or(Ok(true), |(row, digest)| reader.is_sealed(row, digest))?)
}

/// Has everything judged that is to be judged. What the journal counts by itself comes first: as long as the chain is being
/// verified, both processors are busy then.
fn judge(
    reader: &Reader,
    run: &RunSeen,
    policy: &Policy,
    evidence: &Evidence,
    told: Option<Told<'_>>,
) -> Result<(Judge, RunFacts), AuditError> {
    let connection = reader.connection();
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let names = Names::gather(connection)?;
    let facts = facts(reader, run)?;
    let new = || Judge::new(policy, evidence);
    let counting = if told.is_some() { new().telling() } else { new() };
    let mut judge = judge_beside(&new(), counting, told, |bench| {
        let mut timelines = Timelines::new(connection, &names, policy)?;
        let mut waiting = Waiting::default();
        each_order(connection, |order| {
            if order.run != run.run.number {
                return bench.of_another_run(timelines.documents_of(order)?);
            }
            waiting.add(order).map_or(Ok(()), |orders| bench.orders(timelines.of_all(orders)?))
        })?;
        bench.orders(timelines.of_all(waiting.take())?)
    })?;
    strays::each_stray(connection, |stray| judge.document(stray.seen.outcome.lane, stray))?;
    census::hand_over(reader, &names, policy.census_document.is_some(), &mut judge)?;
    Ok((judge, facts))
}

/// What the report says of a run beside what is judged, and what the journal counts by queries of its own.
fn facts(reader: &Reader, run: &RunSeen) -> Result<RunFacts, ReadError> {
    facts_with(reader, run, evidence::Requests::read(reader, run.run.number)?.counts())
}

fn facts_with(reader: &Reader, run: &RunSeen, counts: Counts) -> Result<RunFacts, ReadError> {
    let number = run.run.number;
    Ok(RunFacts {
        number,
        label: run.run.label.clone(),
        policy_digest: run.run.policy_digest.to_string(),
        changes: match number.checked_sub(1).filter(|before| *before > 0).map(|before| reader.run(Some(before))) {
            Some(before) => {
                before?.map(|before| changes::changes(&before.run.judged_by, &run.run.judged_by)).unwrap_or_default()
            }
            None => Default::default(),
        },
        journal_head: reader.head()?.map(|(_, _, digest)| digest.to_string()).unwrap_or_default(),
        counts,
        orders_in_journal: Some(evidence::orders(reader.connection(), number)?),
        documents_in_journal: Some(evidence::documents(reader.connection())?),
        census_in_journal: Some(census::orders(reader.connection())?),
        extracts: census::extracts(reader)?,
        acts: acts(reader, number)?,
    })
}

/// What was done about the shadow in a run.
fn acts(reader: &Reader, run: u32) -> Result<Vec<ActSummary>, ReadError> {
    let act =
        |ActSeen { at, act, detail, .. }| ActSummary { at, act, by: detail.by, why: detail.why, arming: detail.arming };
    Ok(reader.acts(Some(run))?.into_iter().map(act).collect())
}

/// One order by its key or another of its names, with or without a leading `#`, as its run judges it.
/// The chain is not verified for it.
///
/// # Errors
/// When several orders go by this name, or the journal can't be read.
pub fn order(reader: &Reader, name: &OrderKey) -> Result<OrderFound, AuditError> {
    let _one_state = reader.snapshot()?;
    let connection = reader.connection();
    let names = Names::gather(connection)?;
    let order = key_of(&names, name)?.map(|key| one_order(connection, &key)).transpose()?.flatten();
    let Some(order) = order else {
        return Ok(nothing(reader, name, similar::anywhere(connection, name)?)?);
    };
    let number = order.run;
    let run = find_run(reader, Some(number))?;
    let policy = policy(reader, &run)?;
    let timeline = Timelines::new(connection, &names, &policy)?.of(order)?;
    let evidence = evidence::evidence(reader, &run, None)?;
    let verdict = Judge::new(&policy, &evidence).order(&timeline);
    Ok(OrderFound::Order(Box::new(OrderSeen { run: number, policy, timeline, verdict })))
}

fn find_run(reader: &Reader, number: Option<u32>) -> Result<RunSeen, AuditError> {
    match (reader.run(number)?, number) {
        (Some(run), _) => Ok(run),
        (None, None) => Err(AuditError::Empty),
        (None, Some(number)) => Err(AuditError::NoRun { number, last: reader.run(None)?.map(|seen| seen.run.number) }),
    }
}

/// What a run is judged by, and who acts on what as it was recorded last.
fn policy(reader: &Reader, run: &RunSeen) -> Result<Policy, AuditError> {
    let number = run.run.number;
    let policy: Policy =
        serde_json::from_str(&run.run.policy).map_err(|source| AuditError::Policy { run: number, source })?;
    let settings = reader.settings(number)?.map(|json| serde_json::from_str::<Settings>(&json)).transpose();
    let settings = settings.map_err(|source| AuditError::Settings { run: number, source })?.unwrap_or_default();
    Ok(Policy { owners: settings.owners, ..policy })
}

/// The key of the order that goes by `name`, tried as it is, without its `#`, and with one.
fn key_of(names: &Names<'_>, name: &OrderKey) -> Result<Option<OrderKey>, AuditError> {
    let bare = name.as_str().strip_prefix('#').and_then(|bare| OrderKey::new(bare).ok());
    let signed = OrderKey::new(&format!("#{name}")).ok();
    for name in [Some(name.clone()), bare, signed].into_iter().flatten() {
        match names.find(&name)? {
            Named::Order(key) => return Ok(Some(key)),
            Named::Shared => return Err(AuditError::Shared { name }),
            Named::Nobody => {}
        }
    }
    Ok(None)
}

/// What there is in place of an order that isn't, beside others that may have been meant.
fn nothing(reader: &Reader, name: &OrderKey, similar: Vec<OrderKey>) -> Result<OrderFound, ReadError> {
    let mut documents_on = Vec::new();
    for lane in Lane::ALL {
        if !reader.outcomes(name.as_str(), *lane)?.is_empty() {
            documents_on.push(*lane);
        }
    }
    Ok(OrderFound::Nothing { similar, documents_on })
}
