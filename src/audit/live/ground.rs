//! What all orders of a run share, followed while the journal grows: what it is judged by, readings, gaps, names, and what the
//! journal counts by queries of its own. Each of these is read once, and then only what came since.
//!
//! Some things change what is said of every order, or of names: a run, settings, imports, a purge, a name that orders come to
//! share. Then everything begins anew.

use super::super::names::{Names, NamesCame};
use super::super::{AuditError, evidence, facts_with, find_run, policy};
use crate::journal::{Digest, Reader, RunSeen};
use crate::judge::{ClockBack, Evidence, GapSeen, Policy, ReadingSeen, RunFacts, WatermarkSeen};
use crate::outcome::{Lane, OutcomeKind, PerLane, RowId};
use evidence::Requests;

/// What is shared, up to a seal.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) run: RunSeen,
    pub(super) policy: Policy,
    pub(super) evidence: Evidence,
    /// On which lanes a source told that goods were set aside, for any order.
    pub(super) allocations: PerLane<bool>,
    /// The seal up to which this stands.
    pub(super) head: (RowId, Digest),
}

/// What the journal counts by queries of its own, beside [`Ground`].
#[derive(Debug)]
pub(super) struct Facts {
    facts: RunFacts,
    requests: Requests,
}

/// Whether what was judged before stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    Yes,
    /// Everything has to begin anew.
    No(Why),
}

/// Why everything is judged anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was never judged.
    First,
    /// Another file has taken the place of the one that was judged, or what was verified in it is not there any more.
    OtherFile,
    /// A run began.
    Run,
    /// Settings were recorded.
    Settings,
    /// A file was imported, or the storefront's list.
    Import,
    /// Contents were purged.
    Purge,
    /// Two orders come to share a name, an outcome came under such a name, or one under a name before its order.
    Names,
    /// A source told for the first time on a lane that goods were set aside.
    Allocations,
    /// A gap hides a period, a clock was set back or is known better, a rule has ended, or the first capture came.
    Ground,
    /// What an order had added can't be taken away from what is kept.
    Strike,
    /// There was no room to keep all apart, so that orders have to be counted in their sequence.
    Full,
}

impl Ground {
    /// Gathers all of it, and the names, on the reader's connection.
    pub(super) fn gather(reader: &Reader, head: (RowId, Digest)) -> Result<Self, AuditError> {
        let run = find_run(reader, None)?;
        let policy = policy(reader, &run)?;
        Names::gather_to_follow(reader.connection())?;
        Ok(Self {
            evidence: evidence::evidence(reader, &run, None)?,
            allocations: allocations(reader)?,
            run,
            policy,
            head,
        })
    }

    /// Takes in what came since, up to another seal. `recent` sees that alone.
    pub(super) fn follow(
        &mut self,
        reader: &Reader,
        recent: &Reader,
        head: (RowId, Digest),
    ) -> Result<Stands, AuditError> {
        let (after, number) = (self.head.0, self.run.run.number);
        for (of, why) in [
            ("run", Why::Run),
            ("purge", Why::Purge),
            ("census", Why::Import),
            ("extract", Why::Import),
            ("control WHERE kind = 'settings'", Why::Settings),
        ] {
            if exists(recent, of)? {
                return Ok(Stands::No(why));
            }
        }
        for (lane, is_told) in [(Lane::Legacy, self.allocations.legacy), (Lane::Gated, self.allocations.gated)] {
            if !is_told && exists(recent, &of_allocations(lane))? {
                return Ok(Stands::No(Why::Allocations));
            }
        }
        if Names::add(reader.connection(), after)? == NamesCame::Together || is_shared_named(reader, after)? {
            return Ok(Stands::No(Why::Names));
        }
        let evidence = &mut self.evidence;
        for &lane in Lane::ALL {
            let readings = recent.readings(lane)?.into_iter().map(|(row, reading)| ReadingSeen { row, reading });
            evidence.readings.get_mut(lane).extend(readings);
            let told = recent.watermarks(lane)?.into_iter();
            let told = told.map(|(recorded_at, watermark)| WatermarkSeen { recorded_at, watermark });
            evidence.watermarks.get_mut(lane).extend(told);
        }
        evidence.gaps.extend(recent.gaps(number)?.into_iter().map(|(row, gap)| GapSeen { row, gap }));
        evidence.as_of = reader.last_evidence_at()?.unwrap_or(self.run.began_at);
        if evidence.first_capture.is_none() {
            evidence.first_capture = reader.first_capture(None)?;
        }
        if evidence.first_capture_of_run.is_none() {
            evidence.first_capture_of_run = recent.first_capture(Some(number))?;
        }
        // Only a live run's clock is this machine's.
        if evidence.live_run.is_some() {
            let back = evidence::clock_back(reader.connection(), number, after)?;
            evidence.clock_back = both(evidence.clock_back, back);
        }
        self.head = head;
        Ok(Stands::Yes)
    }
}

impl Facts {
    /// Gathers all of it. Names were gathered before.
    pub(super) fn gather(reader: &Reader, run: &RunSeen) -> Result<Self, AuditError> {
        let requests = Requests::read(reader, run.run.number)?;
        Ok(Self { facts: facts_with(reader, run, requests.counts())?, requests })
    }

    /// Takes in what came behind a row. `recent` sees that alone.
    pub(super) fn follow(
        &mut self,
        reader: &Reader,
        recent: &Reader,
        (after, head): (RowId, (RowId, Digest)),
    ) -> Result<(), AuditError> {
        let (connection, run) = (reader.connection(), self.facts.number);
        self.requests.add(&Requests::read(recent, run)?);
        let facts = &mut self.facts;
        facts.journal_head = head.1.to_string();
        facts.counts = self.requests.counts();
        let added = evidence::orders_added(connection, run, (after, head.0))?;
        facts.orders_in_journal = facts.orders_in_journal.map(|orders| orders.saturating_add_signed(added));
        let added = evidence::documents_added(connection, after)?;
        if let Some(documents) = &mut facts.documents_in_journal {
            documents.legacy += added.legacy;
            documents.gated += added.gated;
        }
        facts.acts.extend(super::super::acts(recent, run)?);
        Ok(())
    }

    pub(super) fn facts(&self) -> RunFacts {
        self.facts.clone()
    }
}

fn exists(reader: &Reader, of: &str) -> rusqlite::Result<bool> {
    let mut select = reader.connection().prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM {of})"))?;
    select.query_row([], |row| row.get(0))
}

fn of_allocations(lane: Lane) -> String {
    format!("outcome WHERE lane = '{lane}' AND kind = '{}'", OutcomeKind::Allocated)
}

fn allocations(reader: &Reader) -> rusqlite::Result<PerLane<bool>> {
    let told = |lane| exists(reader, &of_allocations(lane));
    Ok(PerLane { legacy: told(Lane::Legacy)?, gated: told(Lane::Gated)? })
}

/// Whether an outcome behind a row came under a name that orders share: it may concern each of them.
fn is_shared_named(reader: &Reader, after: RowId) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM outcome o JOIN temp.other_name n ON n.name = o.order_key
        WHERE o.id > ? AND n.order_key IS NULL)";
    reader.connection().prepare_cached(sql)?.query_row([after], |row| row.get(0))
}

/// Two times at which a clock was set back, as one query over both would tell them.
fn both(one: Option<ClockBack>, other: Option<ClockBack>) -> Option<ClockBack> {
    let (Some(one), Some(other)) = (one, other) else { return one.or(other) };
    Some(ClockBack {
        sends: one.sends + other.sends,
        from: one.from.max(other.from),
        to: one.to.min(other.to),
        row: one.row.max(other.row),
        recorded_at: one.recorded_at.max(other.recorded_at),
    })
}
