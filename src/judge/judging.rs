//! The accumulator: orders and stray documents in, an assessment out. Its memory grows with the readings
//! and gaps of a run, never with its orders.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::adequacy::{Adequate, Readings};
use super::census;
use super::clocks::Clock;
use super::compare::{Comparer, Contents, Rejections, TieOut, Wanted};
use super::coverage::Coverage;
use super::exceptions::Exceptions;
use super::facts::{LaneCase, LaneContext, OrderCase};
use super::gates::{self, Grounds, LedgerRead};
use super::goods::{Goods, money_of_bytes};
use super::holes::Holes;
use super::leaks::{self, Leak, Side};
use super::parity::parity;
use super::sensitivity::Sample;
use super::signals;
use super::strays::{self, Aside, Begins};
use super::table::{self, Row};
use super::totals::{Read, Tally};
use super::{
    ActSummary, Assessment, CensusEvidence, ClockBack, Counts, DocumentSeen, DocumentsRule, Evidence, ExceptionFound,
    ExtractSummary, Fate, LanePolicy, LaneSummary, LaneVerdict, OrderCompared, Parity, Policy, PolicyChange,
    ReadingSeen, RunSummary, StrayDocument, Timeline, Verdict, WatermarkSeen, window,
};
use crate::diff::Detail;
use crate::outcome::{Lane, PerLane, Role, RowId};

/// Why several documents are one too many where orders may be split.
const UNEXCUSED: &str = "their units together exceed the order's, or can't be counted";

/// Judges a run, an order at a time.
#[derive(Debug)]
pub struct Judge {
    pub(super) policy: Policy,
    pub(super) lanes: PerLane<LaneContext>,
    pub(super) live: Lane,
    pub(super) holes: Holes,
    pub(super) begin: Timestamp,
    pub(super) until: Timestamp,
    as_of: Timestamp,
    pub(super) begins: Begins,
    pub(super) census: CensusEvidence,
    /// Up to when the census holds every order, on our clock at the earliest.
    pub(super) census_through: Option<Timestamp>,
    watermarks: PerLane<u64>,
    pub(super) live_run: Option<u32>,
    chain_intact: bool,
    pub(super) clock_back: Option<ClockBack>,
    pub(super) tally: Tally,
    pub(super) exceptions: Exceptions,
    pub(super) comparer: Option<Comparer>,
    pub(super) wanted: Arc<Wanted>,
    pub(super) rejections: Rejections,
    pub(super) tie_out: TieOut,
    pub(super) coverage: Coverage,
    pub(super) sample: Sample,
    /// What would be known of the gated lane had no reading of it come to its end.
    pub(super) cut: LaneContext,
    pub(super) signals: signals::Collected,
}

/// What the report says of a run and the judge can't know.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFacts {
    /// Its number in the journal, from 1.
    pub number: u32,
    /// What the operator called it.
    pub label: Option<String>,
    /// Digest over what is judged by, in hexadecimal.
    pub policy_digest: String,
    /// What it is judged by otherwise than the run before it, and how many changes there are beyond those.
    pub changes: (Vec<PolicyChange>, u64),
    /// The journal's head: the last seal, in hexadecimal.
    pub journal_head: String,
    /// Requests as the tee counted them.
    pub counts: Counts,
    /// Orders of this run as the journal counts them by a query of its own: distinct order keys of its `create`
    /// captures that have no `skip`. What was not handed to the judge shows as a residual.
    pub orders_in_journal: Option<u64>,
    /// Documents as the journal counts them by a query of its own: distinct pairs of order and reference of
    /// `committed` outcomes, by lane, those of other runs included. What was not handed in, or twice, shows as a residual.
    pub documents_in_journal: Option<PerLane<u64>>,
    /// Orders of the census as the journal counts them by a query of its own: distinct order keys.
    pub census_in_journal: Option<u64>,
    /// Files that were imported.
    pub extracts: Vec<ExtractSummary>,
    /// What was done about the shadow.
    pub acts: Vec<ActSummary>,
}

/// What one order says by itself, to be counted with the others.
#[derive(Debug)]
pub struct Weighed {
    pub(super) order: OrderCase,
    pub(super) cases: PerLane<LaneCase>,
    /// How many documents each lane has, those included that the other one wrote there.
    documents: PerLane<u64>,
    /// The same documents, for a verdict; none where it is weighed [briefly](Detail::Brief).
    shown: PerLane<Vec<DocumentSeen>>,
    /// How many of them were sighted with a number.
    numbered: PerLane<u64>,
    pub(super) rows: PerLane<&'static Row>,
    compared: Option<OrderCompared>,
    pub(super) parity: Parity,
    goods: Option<Goods>,
}

impl Judge {
    /// Gets ready to judge a run.
    #[must_use]
    pub fn new(policy: &Policy, evidence: &Evidence) -> Self {
        let (begin, until) = window(policy, evidence);
        let live = if policy.lanes.gated.role == Role::Live { Lane::Gated } else { Lane::Legacy };
        Self {
            lanes: PerLane::from_fn(|lane| context(policy, evidence, lane)),
            live,
            holes: Holes::new(&evidence.gaps, live, policy.lanes.get(live).horizon),
            begin,
            until,
            as_of: evidence.as_of,
            begins: Begins { journal: evidence.first_capture, run: evidence.first_capture_of_run },
            census: evidence.census,
            census_through: census::through(&evidence.census, evidence.as_of),
            watermarks: PerLane::from_fn(|lane| evidence.watermarks.get(lane).len() as u64),
            live_run: evidence.live_run,
            chain_intact: evidence.chain_intact,
            clock_back: evidence.clock_back,
            tally: Tally::default(),
            exceptions: Exceptions::new(&policy.owners),
            comparer: Comparer::new(policy, evidence.as_of),
            wanted: Arc::new(Wanted::new(policy)),
            rejections: Rejections::new(policy, evidence.as_of),
            tie_out: TieOut::new(policy),
            coverage: Coverage::default(),
            sample: Sample::new(gates::sample(&policy.gates)),
            cut: cut(policy, evidence),
            signals: signals::Collected::new(evidence.first_capture_of_run.map_or(begin, |(_, at)| at), evidence.as_of),
            policy: policy.clone(),
        }
    }

    /// Judges one order and counts it. Each order of the run must be handed in exactly once; the sequence
    /// doesn't matter.
    pub fn order(&mut self, timeline: &Timeline) -> Verdict {
        let weighed = self.weigh_in(Detail::Full, timeline);
        self.add(timeline, &weighed);
        self.verdict(timeline, weighed)
    }

    /// What is said of one order, which is counted nowhere.
    #[must_use]
    pub fn verdict_of(&self, timeline: &Timeline) -> Verdict {
        self.verdict(timeline, self.weigh_in(Detail::Full, timeline))
    }

    /// All that can be said of one order by itself, which is most of the work. It counts nothing, and is the same whatever
    /// was counted before, so that several orders can be weighed at once. Differences that don't count are
    /// [brief](Detail::Brief).
    #[must_use]
    pub fn weigh(&self, timeline: &Timeline) -> Weighed {
        self.weigh_in(Detail::Brief, timeline)
    }

    fn weigh_in(&self, detail: Detail, timeline: &Timeline) -> Weighed {
        let order = OrderCase::new(timeline);
        let mut cases = self.cases(&order, timeline);
        let documents = PerLane::from_fn(|lane| cases.get(lane).documents.all.len() as u64);
        let shown = |lane: Lane| cases.get(lane).documents.shown();
        let shown = if detail == Detail::Full { PerLane::from_fn(shown) } else { PerLane::default() };
        let numbered = PerLane::from_fn(|lane| cases.get(lane).documents.numbered());
        let rows = self.rows(&order, timeline, &mut cases, &self.lanes.gated);
        let fates = PerLane::from_fn(|lane| rows.get(lane).fate);
        let contents = Contents::of(timeline, &cases, &self.wanted);
        let compared = self.compare(&order, &contents, &cases, fates, detail);
        let parity = parity(fates, compared.as_ref());
        let goods = self.goods(&order, timeline, &contents, &cases, fates);
        drop(contents);
        Weighed { order, cases, documents, shown, numbered, rows, compared, parity, goods }
    }

    /// Counts an order by what it was `weighed` as, by this judge or another one of the same policy and evidence.
    pub fn add(&mut self, timeline: &Timeline, weighed: &Weighed) {
        let Weighed { order, cases, documents, numbered, rows, compared, parity, goods, .. } = weighed;
        let fates = PerLane::from_fn(|lane| rows.get(lane).fate);
        for &lane in Lane::ALL {
            self.count_documents(order, lane, *documents.get(lane), *numbered.get(lane));
        }
        // Read once more, and only where something asks for what an order is for.
        let wanted = Arc::clone(&self.wanted);
        let contents = Contents::of(timeline, cases, &wanted);
        if let Some(compared) = compared {
            self.tally.comparison.add((place(timeline), &timeline.key), compared);
            if self.tally.comparison.lacks_examples()
                && let Some(in_full) = self.compare(order, &contents, cases, fates, Detail::Full)
            {
                self.tally.comparison.complete(&in_full);
            }
        }
        self.count(order, (timeline, &contents), cases, fates, *parity);
        let unread = super::compare::Side::unread();
        let captured = goods.as_ref().map_or(&unread, |goods| &goods.captured);
        self.count_signals(order, timeline, (captured, &contents), cases, fates);
        if let Some(goods) = goods {
            self.tie_out.order(&goods.captured, &goods.sides);
        }
        self.count_evidence(timeline);
        self.sample(order, timeline, fates, &cases.gated);
    }

    fn verdict(&self, timeline: &Timeline, weighed: Weighed) -> Verdict {
        let Weighed { order, cases, mut shown, rows, compared, parity, .. } = weighed;
        let fates = PerLane::from_fn(|lane| rows.get(lane).fate);
        Verdict {
            key: timeline.key.clone(),
            received_at: order.received_at,
            counted: order.counted,
            fates,
            compared,
            parity,
            lanes: PerLane::from_fn(|lane| LaneVerdict {
                documents: std::mem::take(shown.get_mut(lane)),
                ..self.lane_verdict(cases.get(lane), rows.get(lane), lane)
            }),
        }
    }

    /// Counts a document that no capture of any run explains.
    pub fn document(&mut self, lane: Lane, stray: &StrayDocument) {
        let of = self.lanes.get(lane);
        let found = strays::classify(stray, of, self.begins);
        let outcome = &stray.seen.outcome;
        self.tally.set_aside(lane, found.aside.reason(), 1);
        self.tally.observers.get_mut(lane).source(&outcome.source);
        *self.tally.numbered.get_mut(lane) += u64::from(outcome.reference.is_some());
        if lane == self.live && found.aside.uncaptured() {
            self.holes.uncaptured(found.committed);
        }
        *self.tally.shared_names.get_mut(lane) += u64::from(found.aside == Aside::SharedName);
        let role = of.policy.role;
        self.count_stray(lane, outcome.document.as_deref(), found.aside.reason());
        if found.aside == Aside::Phantom {
            *self.tally.phantoms.get_mut(lane) += 1;
            let places = self.policy.lanes.get(lane).document.as_ref();
            let money =
                places.zip(outcome.document.as_deref()).and_then(|(places, bytes)| money_of_bytes(places, bytes));
            let of = (&outcome.order_key, lane, role);
            self.exceptions.phantom(of, outcome.reference.clone(), outcome.occurred_at, money);
        }
    }

    /// Counts documents of `lane` that belong to orders of other runs.
    pub fn other_runs(&mut self, lane: Lane, documents: u64) {
        self.tally.set_aside(lane, "other_run", documents);
        *self.tally.numbered.get_mut(lane) += documents;
    }

    /// Keeps every exception for [`Judge::take_exceptions`], however many there are.
    #[must_use]
    pub fn telling(mut self) -> Self {
        self.exceptions.tell_all();
        self
    }

    /// The exceptions that were found since the last call; none where they are not [kept](Judge::telling).
    pub fn take_exceptions(&mut self) -> Vec<ExceptionFound> {
        self.exceptions.take()
    }

    /// The chain turned out not to be whole, after all.
    pub const fn break_chain(&mut self) {
        self.chain_intact = false;
    }

    /// The assessment of all that was handed in.
    #[must_use]
    pub fn finish(self, run: RunFacts) -> Assessment {
        let conservation = self.tally.conservation(run.orders_in_journal, run.documents_in_journal);
        let live = &self.lanes.get(self.live).readings;
        let census = self.tally.census.summary(self.policy.census_expected, &self.census, run.census_in_journal);
        let alpha = 1.0 - self.policy.gates.confidence;
        let compared = self.comparer.as_ref().zip(self.policy.compare.as_ref()).map(|(comparer, policy)| {
            let of = &self.tally.comparison;
            (of.findings(comparer, alpha), of.summary(comparer, alpha), of.rules(comparer, policy))
        });
        let ((findings, findings_beyond), comparison, rules) = compared.unwrap_or_default();
        let decisions = self.rejections.summary();
        let sensitivity = self.sensitivity();
        let grounds = Grounds {
            policy: &self.policy,
            tally: &self.tally,
            conservation: &conservation,
            census: &census,
            unsendable: run.counts.unsendable(),
            comparison: &comparison,
            decisions: &decisions,
            findings: &findings,
            coverage: &self.coverage,
            sensitivity: &sensitivity,
            tie_out_residuals: self.tie_out.residuals(),
            census_complete: self.census_through.is_some_and(|through| through >= self.until),
            census_needed_through: census::needed_through(self.until),
            chain_intact: self.chain_intact,
            clock_back: self.clock_back,
            gaps: self.holes.count(),
            gaps_unexplained: self.holes.unexplained(live, self.census_through, self.until),
            ledgers: PerLane::from_fn(|lane| self.ledger(lane)),
            live_run: self.live_run,
        };
        let gates = gates::all(&grounds);
        let gaps_unexplained = grounds.gaps_unexplained.values().sum();
        Assessment {
            decision: gates::decision(&gates),
            distance: gates::distance(&gates),
            gates,
            run: self.summary(run, gaps_unexplained),
            losses: self.tally.losses(),
            fates: self.tally.fates,
            parity: self.tally.parity,
            totals: conservation,
            tie_out: self.tie_out.summary(),
            signals: Box::new(self.signals.signals()),
            comparison,
            findings,
            findings_beyond,
            rules,
            decisions,
            census,
            sensitivity,
            exceptions_count: self.exceptions.count(),
            owners: self.exceptions.owners(self.as_of),
            exceptions: self.exceptions.list(self.as_of),
            masked: false,
        }
    }

    /// Compares the documents of an order that is judged.
    fn compare(
        &self,
        order: &OrderCase,
        contents: &Contents<'_>,
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
        detail: Detail,
    ) -> Option<OrderCompared> {
        let judged = order.counted && !order.excluded && order.received_at < self.until;
        let comparer = self.comparer.as_ref().filter(|_| judged)?;
        Some(comparer.order(contents, cases, fates, &self.policy.orders, detail))
    }

    /// What each lane's evidence says of an order.
    pub(super) fn cases(&self, order: &OrderCase, timeline: &Timeline) -> PerLane<LaneCase> {
        PerLane::from_fn(|lane| LaneCase::new(order, timeline, lane, self.lanes.get(lane), &self.holes))
    }

    /// Leaves each lane the documents that are its own, and takes several that are parts of one order for one.
    pub(super) fn own_documents(&self, cases: &mut PerLane<LaneCase>, timeline: &Timeline, leak: &Leak) {
        if let Some(reference) = &leak.written {
            cases.get_mut(self.live).disown(reference);
        }
        for &lane in Lane::ALL {
            cases.get_mut(lane).excuse_split(self.lanes.get(lane), &timeline.captures, &self.policy.orders);
        }
    }

    pub(super) fn leak(&self, cases: &PerLane<LaneCase>) -> Leak {
        let side = |lane: Lane| {
            let case = cases.get(lane);
            Side { documents: &case.documents, named: &case.words.named, read: case.adequate > Adequate::No }
        };
        leaks::find(&side(self.live), &side(self.live.other()))
    }

    /// What decides each lane's fate, once each has the documents that are its own. `gated` is what is known of the gated
    /// lane as a whole.
    pub(super) fn rows(
        &self,
        order: &OrderCase,
        timeline: &Timeline,
        cases: &mut PerLane<LaneCase>,
        gated: &LaneContext,
    ) -> PerLane<&'static Row> {
        let leak = self.leak(cases);
        self.own_documents(cases, timeline, &leak);
        let of = |lane| if lane == Lane::Gated { gated } else { &self.lanes.legacy };
        PerLane::from_fn(|lane| self.row(order, timeline, (lane, of(lane)), cases.get(lane), &leak))
    }

    fn row(
        &self,
        order: &OrderCase,
        timeline: &Timeline,
        (lane, of): (Lane, &LaneContext),
        case: &LaneCase,
        leak: &Leak,
    ) -> &'static Row {
        let mut facts = case.facts(order, timeline, lane, of);
        facts.in_window = order.received_at < self.until;
        facts.leaked = leak.found && lane != self.live;
        table::decide(&facts)
    }

    fn lane_verdict(&self, case: &LaneCase, row: &Row, lane: Lane) -> LaneVerdict {
        LaneVerdict {
            documents: Vec::new(),
            first_send: case.words.first_send,
            commit_latency: case.commit_latency(self.lanes.get(lane)),
            confirmed: case.words.confirmed.as_ref().map(|told| told.confirmed),
            read_adequately: case.adequate > Adequate::No,
            why: match (row.fate, self.lanes.get(lane).policy.documents) {
                (Fate::DoubleCommitted, DocumentsRule::Split) => format!("{}; {UNEXCUSED}", row.why),
                _ => row.why.to_owned(),
            },
        }
    }

    fn ledger(&self, lane: Lane) -> LedgerRead {
        let readings = &self.lanes.get(lane).readings;
        let Read { needed, had } = *self.tally.read.get(lane);
        match () {
            () if readings.whole(self.begin, self.until) || (needed > 0 && had == needed) => LedgerRead::Adequate,
            () if readings.watermark().is_none() => LedgerRead::Never,
            () => LedgerRead::Short { orders: needed - had },
        }
    }

    fn summary(&self, run: RunFacts, gaps_unexplained: u64) -> RunSummary {
        RunSummary {
            number: run.number,
            label: run.label,
            begin: self.begin,
            until: self.until,
            as_of: self.as_of,
            live_run: self.live_run,
            policy_digest: run.policy_digest,
            changes: run.changes.0,
            changes_beyond: run.changes.1,
            journal_head: run.journal_head,
            counts: Counts {
                redelivered: self.tally.redelivered,
                same_order_again: self.tally.same_order_again,
                ..run.counts
            },
            lanes: PerLane::from_fn(|lane| self.lane_summary(lane)),
            gaps: self.holes.count(),
            gaps_unexplained,
            gap_list: self.holes.list(&self.lanes.get(self.live).readings, self.census_through, self.until),
            clock_back: self.clock_back,
            extracts: run.extracts,
            acts: RunSummary::listed(run.acts),
        }
    }

    fn lane_summary(&self, lane: Lane) -> LaneSummary {
        let (of, observers) = (self.lanes.get(lane), self.tally.observers.get(lane));
        LaneSummary {
            role: of.policy.role,
            flow: of.policy.flow,
            ledger: of.policy.ledger,
            readings_complete: of.readings.complete_count(),
            readings_broken: of.readings.broken,
            watermark: of.readings.watermark(),
            clock_offset_us: of.measured.offset_us(),
            clock_skew_max_us: of.policy.clock_skew_max.filter(|_| of.measured.offset_us().is_none()).map(in_us),
            watermarks: *self.watermarks.get(lane),
            lookups: observers.lookups,
            lookups_failed: observers.lookups_failed,
            sources: observers.sources.iter().cloned().collect(),
        }
    }
}

/// Where an order stands among all: the row of its first capture.
pub(super) fn place(timeline: &Timeline) -> RowId {
    timeline.captures.first().map_or(RowId::MAX, |capture| capture.row)
}

fn in_us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The gated lane with every reading cut, and nothing told of its ledger.
fn cut(policy: &Policy, evidence: &Evidence) -> LaneContext {
    let mut readings = evidence.readings.gated.clone();
    readings.iter_mut().for_each(|seen| seen.reading.complete = false);
    of_lane(&policy.lanes.gated, &readings, &[], evidence.as_of)
}

fn context(policy: &Policy, evidence: &Evidence, lane: Lane) -> LaneContext {
    let mut readings = evidence.readings.get(lane).clone();
    let mut watermarks = evidence.watermarks.get(lane).clone();
    if let Some(back) = &evidence.clock_back {
        readings.retain(|seen| !back.confuses(seen.row, seen.reading.began_at));
        watermarks.retain(|seen| !back.confuses_said(seen.recorded_at, seen.watermark.at));
    }
    of_lane(policy.lanes.get(lane), &readings, &watermarks, evidence.as_of)
}

fn of_lane(
    policy: &LanePolicy,
    readings: &[ReadingSeen],
    watermarks: &[WatermarkSeen],
    as_of: Timestamp,
) -> LaneContext {
    let measured = Clock::from_readings(readings.iter().map(|seen| &seen.reading));
    let clock = measured.or_declared(policy.clock_skew_max);
    LaneContext {
        measured,
        clock,
        readings: Readings::new(policy, readings, watermarks, clock, as_of),
        policy: policy.clone(),
    }
}
