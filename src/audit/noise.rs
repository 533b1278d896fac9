//! From the journal to what differs without meaning anything: one pass over the orders of a run, and of its baseline.

use std::collections::BTreeMap;

use super::names::Names;
use super::orders::{Timelines, each_order};
use super::{AuditError, CACHE_KIB, evidence, find_run, policy};
use crate::diff::{Changes, Noise};
use crate::journal::{Reader, RunSeen};
use crate::judge::{Judge, LaneEvents, Timeline, is_remains};
use crate::order::Json;
use crate::outcome::{Lane, OutcomeKind};

/// What a run that both lanes lead to the same build in is called, unless its number is given.
const BASELINE: &str = "baseline";

/// What was seen of a run's documents.
#[derive(Debug)]
pub struct NoiseSeen {
    /// The run.
    pub run: u32,
    /// Whether its documents are compared at all; one that was begun by an early version compares none.
    pub compares: bool,
    /// The run in which both lanes lead to the same build, where there is one.
    pub baseline: Option<u32>,
    /// What was seen.
    pub noise: Noise,
}

/// One run, and what its orders are fetched and judged with.
struct Side<'r> {
    number: u32,
    timelines: Timelines<'r>,
    judge: Judge,
    compares: bool,
}

/// Goes through the orders of a run, the last one unless said otherwise, and those of its `baseline`: the run of this
/// number, or else the last other one that is called so. The chain is not verified for it.
///
/// # Errors
/// When there is no such run, a run is to be its own baseline, or the journal can't be read.
pub fn noise(reader: &Reader, run: Option<u32>, baseline: Option<u32>) -> Result<NoiseSeen, AuditError> {
    let _one_state = reader.snapshot()?;
    let connection = reader.connection();
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let run = find_run(reader, run)?;
    let baseline = match baseline {
        Some(number) if number == run.run.number => return Err(AuditError::OwnBaseline { run: number }),
        Some(number) => Some(find_run(reader, Some(number))?),
        None => named_baseline(reader, &run)?,
    };
    let names = Names::gather(connection)?;
    let mut of_run = Side::new(reader, &names, &run)?;
    let mut of_baseline = baseline.as_ref().map(|run| Side::new(reader, &names, run)).transpose()?;
    let mut noise = Noise::default();
    each_order(connection, |order| {
        match &mut of_baseline {
            _ if order.run == of_run.number => {
                let timeline = of_run.timelines.of(order)?;
                of_run.add(&timeline, &mut noise);
            }
            Some(side) if order.run == side.number => {
                let timeline = side.timelines.of(order)?;
                side.add_baseline(&timeline, &mut noise);
            }
            _ => {}
        }
        Ok::<(), AuditError>(())
    })?;
    let baseline = of_baseline.map(|side| side.number);
    Ok(NoiseSeen { run: of_run.number, compares: of_run.compares, baseline, noise })
}

/// The last run but this one that is called the baseline.
fn named_baseline(reader: &Reader, run: &RunSeen) -> Result<Option<RunSeen>, AuditError> {
    let sql = "SELECT number, label FROM run WHERE label IS NOT NULL AND number <> ? ORDER BY number DESC";
    let mut select = reader.connection().prepare(sql)?;
    let mut rows = select.query([run.run.number])?;
    while let Some(row) = rows.next()? {
        let label: String = row.get(1)?;
        if label.trim().eq_ignore_ascii_case(BASELINE) {
            return Ok(Some(find_run(reader, Some(row.get(0)?))?));
        }
    }
    Ok(None)
}

impl<'r> Side<'r> {
    fn new(reader: &'r Reader, names: &'r Names<'r>, run: &RunSeen) -> Result<Self, AuditError> {
        let policy = policy(reader, run)?;
        let judge = Judge::new(&policy, &evidence::evidence(reader, run, None)?);
        let timelines = Timelines::new(reader.connection(), names, &policy)?;
        Ok(Self { number: run.run.number, timelines, judge, compares: policy.compare.is_some() })
    }

    fn add(&mut self, timeline: &Timeline, noise: &mut Noise) {
        let verdict = self.judge.order(timeline);
        self.judge.pair(timeline, &verdict, |legacy, gated, findings| {
            noise.add(&timeline.key, legacy, gated, findings, &changes(timeline));
        });
    }

    fn add_baseline(&mut self, timeline: &Timeline, noise: &mut Noise) {
        let verdict = self.judge.order(timeline);
        self.judge.pair(timeline, &verdict, |legacy, gated, findings| noise.add_baseline(legacy, gated, findings));
    }
}

/// What changed in documents of one lane between the first time and the last that an observer told of them. Two
/// observers may write a document differently, which is no change.
fn changes(timeline: &Timeline) -> Changes {
    let mut changes = Changes::default();
    for lane in Lane::ALL {
        for (first, last) in sightings(timeline.lanes.get(*lane)) {
            if let (Ok(first), Ok(last)) = (Json::parse(first), Json::parse(last)) {
                changes.add(&first, &last);
            }
        }
    }
    changes
}

/// The first content and the last of each document with a number, where they are not the same bytes.
fn sightings(events: &LaneEvents) -> Vec<(&[u8], &[u8])> {
    let mut documents = BTreeMap::new();
    for outcome in events.outcomes.iter().map(|seen| &seen.outcome) {
        let content = outcome.document.as_deref().filter(|bytes| !bytes.is_empty() && !is_remains(bytes));
        let (Some(reference), Some(content)) = (outcome.reference.as_deref(), content) else { continue };
        if outcome.kind == OutcomeKind::Committed {
            let document = documents.entry((outcome.source.as_str(), reference)).or_insert((content, content));
            document.1 = content;
        }
    }
    documents.into_values().filter(|(first, last)| first != last).collect()
}
