//! A small language for worlds: orders, what the lanes did with them, and how the ledgers were read.
//!
//! Times are true seconds since the world began; a lane's ledger clock may be off, and its readings tell so.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use crate::judge::*;
use crate::order::{OrderKey, Pointer};
use crate::outcome::*;

/// Horizon of both lanes in worlds, in seconds.
pub(super) const HORIZON: f64 = 60.0;
/// SLA of both lanes in worlds, in seconds.
pub(super) const SLA: f64 = 30.0;

#[derive(Clone)]
pub(super) struct World {
    pub(super) policy: Policy,
    pub(super) evidence: Evidence,
    pub(super) orders: BTreeMap<OrderKey, Timeline>,
    pub(super) strays: Vec<(Lane, StrayDocument)>,
    pub(super) listings: Vec<CensusListing>,
    pub(super) other_runs: PerLane<u64>,
    /// How far each ledger's clock is ahead, in seconds.
    pub(super) ahead: PerLane<f64>,
    /// Requests that were not sent, by reason.
    pub(super) skipped: BTreeMap<String, u64>,
    rows: i64,
}

/// One order as a lane sees it, being written.
pub(super) struct On<'w> {
    world: &'w mut World,
    key: OrderKey,
    lane: Lane,
    capture: RowId,
    captured: f64,
}

pub(super) fn at(seconds: f64) -> Timestamp {
    let begin = Timestamp::from_second(1_750_000_000).unwrap();
    begin + SignedDuration::from_micros((seconds * 1e6).round() as i64)
}

pub(super) fn key(text: &str) -> OrderKey {
    OrderKey::new(text).unwrap()
}

fn lane_policy(role: Role, flow: Flow, ledger: LedgerKind) -> LanePolicy {
    LanePolicy {
        role,
        flow,
        ledger,
        observed: true,
        sla: Duration::from_secs_f64(SLA),
        horizon: Duration::from_secs_f64(HORIZON),
        lag: Duration::ZERO,
        overlap: Duration::from_secs(10),
        grace: Duration::from_secs(20),
        answer: AnswerRules { reference: vec![Pointer::parse("/id").unwrap()], ..AnswerRules::default() },
        scope: Scope::default(),
        ..LanePolicy::new(role, flow, ledger)
    }
}

/// What is worth reading of a failing world: the orders that are not just clean, the readings and the gaps.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let odd: Vec<_> = self.orders.values().filter(|timeline| !timeline.key.as_str().starts_with("clean")).collect();
        let odd = (odd, &self.evidence.readings, &self.evidence.gaps);
        f.debug_tuple("World").field(&odd).finish()
    }
}

impl World {
    /// Legacy is live and fire-and-forget, gated a shadow that is erp-gated; forty orders suffice for its bounds.
    pub(super) fn new() -> Self {
        let lanes = PerLane {
            legacy: lane_policy(Role::Live, Flow::FireAndForget, LedgerKind::Production),
            gated: lane_policy(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
        };
        let gates =
            Thresholds { loss_rate_max: 0.1, latency_quantile: 0.8, sensitivity_min: 0.9, ..Thresholds::default() };
        let policy = Policy { gates, ..Policy::new(lanes) };
        let evidence = Evidence {
            as_of: at(1_000.0),
            begin: at(0.0),
            until: None,
            first_capture: None,
            first_capture_of_run: None,
            live_run: Some(1),
            readings: PerLane::default(),
            watermarks: PerLane::default(),
            gaps: Vec::new(),
            clock_back: None,
            census: CensusEvidence::default(),
            chain_intact: true,
        };
        Self {
            policy,
            evidence,
            orders: BTreeMap::new(),
            strays: Vec::new(),
            listings: Vec::new(),
            other_runs: PerLane::default(),
            ahead: PerLane::default(),
            skipped: BTreeMap::new(),
            rows: 0,
        }
    }

    /// Forty orders from second 100 on that both lanes commit, and both ledgers read at the end.
    pub(super) fn clean() -> Self {
        let mut world = Self::new();
        world.good_orders(40, 100.0);
        world.read_both(&[940.0, 950.0]);
        world
    }

    pub(super) fn good_orders(&mut self, number: usize, from: f64) {
        for n in 0..number {
            let (name, when) = (format!("clean-{n}-{from}"), from + n as f64 * 2.0);
            self.create(&name, when);
            self.on(Lane::Legacy, &name).answers(200, "{}").commits(&format!("L-{name}"), when + 5.0);
            self.on(Lane::Gated, &name).claims(&format!("G-{name}")).commits(&format!("G-{name}"), when + 0.1);
        }
    }

    pub(super) fn read_both(&mut self, whens: &[f64]) {
        for when in whens {
            self.read(Lane::Legacy, *when);
            self.read(Lane::Gated, *when);
        }
    }

    /// A complete reading of everything.
    pub(super) fn read(&mut self, lane: Lane, began: f64) -> &mut Reading {
        let row = self.row(began + 1.0);
        let reading = Reading {
            lane,
            source: format!("poll:{lane}"),
            began_at: at(began),
            ended_at: at(began + 1.0),
            since: None,
            complete: true,
            pages: 3,
            documents: 0,
            clock_offset_us: Some((self.ahead.get(lane) * 1e6) as i64),
            clock_uncertainty: Some(Duration::from_millis(200)),
            error: None,
        };
        let readings = self.evidence.readings.get_mut(lane);
        readings.push(ReadingSeen { row, reading });
        &mut readings.last_mut().unwrap().reading
    }

    /// A `create` that was teed.
    pub(super) fn create(&mut self, name: &str, when: f64) -> &mut CaptureSeen {
        self.capture(name, when, Operation::Create)
    }

    /// A `cancel` that both lanes took.
    pub(super) fn cancel(&mut self, name: &str, when: f64) {
        self.capture(name, when, Operation::Cancel);
        for &lane in Lane::ALL {
            self.on(lane, name).answers(200, "");
        }
    }

    pub(super) fn capture(&mut self, name: &str, when: f64, operation: Operation) -> &mut CaptureSeen {
        let row = self.row(when);
        let first = self.evidence.first_capture.get_or_insert((row, at(when)));
        *first = (*first).min((row, at(when)));
        self.evidence.first_capture_of_run = self.evidence.first_capture;
        let timeline = self.orders.entry(key(name)).or_insert_with(|| Timeline {
            key: key(name),
            captures: Vec::new(),
            lanes: PerLane::default(),
            in_census: InCensus::Absent,
            census_document: None,
        });
        let capture = CaptureSeen {
            row,
            received_at: at(when),
            occurred_at: None,
            operation,
            excluded: None,
            skip: None,
            event_id: None,
            delivery_id: None,
            payload: None,
        };
        timeline.captures.push(capture);
        timeline.captures.last_mut().unwrap()
    }

    /// What `lane` does with the last capture of an order.
    pub(super) fn on(&mut self, lane: Lane, name: &str) -> On<'_> {
        let capture = self.orders[&key(name)].captures.last().unwrap();
        let (row, received) = (capture.row, capture.received_at);
        let captured = received.duration_since(at(0.0)).as_secs_f64();
        On { world: self, key: key(name), lane, capture: row, captured }
    }

    /// A document that nobody's capture explains.
    pub(super) fn stray(&mut self, lane: Lane, name: &str, committed: f64, seen: f64) {
        let outcome = self.outcome(lane, name, OutcomeKind::Committed, Some(name), Some(committed), seen);
        let first_row = outcome.row;
        self.strays.push((lane, StrayDocument { seen: outcome, first_row, is_shared: false, in_census: false }));
    }

    /// The storefront's list, complete through `through`, with every order that was captured so far.
    pub(super) fn census(&mut self, through: f64) {
        self.evidence.census = CensusEvidence { imported: true, complete_through: Some(at(through)) };
        let captured: Vec<_> = self.orders.values_mut().collect();
        for timeline in captured {
            timeline.in_census = InCensus::Listed;
            let placed_at = timeline.captures.first().map(|capture| capture.received_at);
            let (key, listed) = (timeline.key.clone(), Listed::Captured);
            self.listings.push(CensusListing { key, placed_at, excluded: None, listed, document: None });
        }
    }

    /// An order of the census that nobody captured.
    pub(super) fn lists(&mut self, name: &str, placed: Option<f64>) -> &mut CensusListing {
        let listed = Listed::Uncaptured { documents: PerLane::default() };
        let placed_at = placed.map(at);
        self.listings.push(CensusListing { key: key(name), placed_at, excluded: None, listed, document: None });
        self.listings.last_mut().unwrap()
    }

    pub(super) fn gap(&mut self, reason: GapReason, began: f64, ended: f64) -> &mut Gap {
        let row = self.row(ended);
        let gap = Gap {
            reason,
            began_at: at(began),
            ended_at: at(ended),
            requests: None,
            lane: None,
            capture: None,
            order_key: None,
            detail: None,
        };
        self.evidence.gaps.push(GapSeen { row, gap });
        &mut self.evidence.gaps.last_mut().unwrap().gap
    }

    pub(super) fn outcome(
        &mut self,
        lane: Lane,
        name: &str,
        kind: OutcomeKind,
        reference: Option<&str>,
        occurred: Option<f64>,
        recorded: f64,
    ) -> OutcomeSeen {
        let row = self.row(recorded);
        let ahead = *self.ahead.get(lane);
        let outcome = Outcome {
            lane,
            kind,
            order_key: key(name),
            occurred_at: occurred.map(|occurred| at(occurred + ahead)),
            source: format!("poll:{lane}"),
            source_id: row.to_string(),
            reference: reference.map(str::to_owned),
            // Both ledgers say the same of an order, unless a test has it otherwise.
            document: (kind == OutcomeKind::Committed).then(|| format!(r#"{{"order":"{name}"}}"#).into()),
        };
        OutcomeSeen { row, recorded_at: at(recorded), outcome }
    }

    /// Rows follow the time of recording.
    fn row(&mut self, seconds: f64) -> RowId {
        self.rows += 1;
        (seconds * 1e3) as i64 * 1_000_000 + self.rows
    }

    pub(super) fn judge(&self) -> (Assessment, BTreeMap<OrderKey, Verdict>) {
        let mut judge = Judge::new(&self.policy, &self.evidence);
        let verdicts = self.orders.iter().map(|(key, timeline)| (key.clone(), judge.order(timeline))).collect();
        for (lane, stray) in &self.strays {
            judge.document(*lane, stray);
        }
        self.listings.iter().for_each(|listing| judge.census_order(listing));
        for &lane in Lane::ALL {
            judge.other_runs(lane, *self.other_runs.get(lane));
        }
        let assessment = judge.finish(self.facts());
        for Gate { name, status, would_change, .. } in &assessment.gates {
            let is_told = would_change.as_ref().is_some_and(|change| change.words.ends_with('.'));
            assert_eq!(is_told, *status != Decision::Go, "{name} is {status}: {would_change:?}");
        }
        assert!(assessment.decision != Decision::Go || assessment.distance == Distance::default());
        (assessment, verdicts)
    }

    pub(super) fn facts(&self) -> RunFacts {
        RunFacts {
            number: 1,
            label: None,
            policy_digest: String::new(),
            changes: Default::default(),
            journal_head: String::new(),
            counts: Counts { skipped: self.skipped.clone(), ..Counts::default() },
            orders_in_journal: None,
            documents_in_journal: None,
            census_in_journal: None,
            extracts: Vec::new(),
            acts: Vec::new(),
        }
    }

    pub(super) fn fates(&self, name: &str) -> (Fate, Fate) {
        let fates = self.judge().1[&key(name)].fates;
        (fates.legacy, fates.gated)
    }

    pub(super) fn gate(&self, name: GateName) -> Gate {
        self.judge().0.gates.into_iter().find(|gate| gate.name == name).unwrap()
    }

    pub(super) fn decision(&self) -> Decision {
        self.judge().0.decision
    }
}

impl On<'_> {
    /// A send right after the capture that is answered a tenth of a second later.
    pub(super) fn answers(self, status: u16, body: &str) -> Self {
        let when = self.captured;
        self.sends(when, Some((Ending::Answered, Some(status), body)))
    }

    /// 201 with the number of a document two tenths of a second after the capture.
    pub(super) fn claims(self, reference: &str) -> Self {
        self.answers(201, &format!(r#"{{"id":"{reference}"}}"#))
    }

    /// A send that nothing came back from.
    pub(super) fn times_out(self) -> Self {
        let when = self.captured;
        self.sends(when, Some((Ending::TimedOut, None, "")))
    }

    pub(super) fn sends(self, when: f64, answer: Option<(Ending, Option<u16>, &str)>) -> Self {
        let row = self.world.row(when);
        let answer = answer.map(|(ending, status, body)| Answer {
            attempt: row,
            lane: self.lane,
            ending,
            at: at(when + 0.2),
            took: Duration::from_millis(200),
            status,
            headers: Vec::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            body_bytes: body.len() as u64,
            error: None,
        });
        let timeline = self.world.orders.get_mut(&self.key).unwrap();
        let operation = timeline.captures.iter().find(|capture| capture.row == self.capture).unwrap().operation;
        let sends = &mut timeline.lanes.get_mut(self.lane).sends;
        let reason = if sends.is_empty() { SendReason::First } else { SendReason::Resend };
        sends.push(Send { row, capture: self.capture, operation, reason, at: at(when), answer });
        self
    }

    /// A document that a poll sees five seconds after its commit.
    pub(super) fn commits(self, reference: &str, when: f64) -> Self {
        self.says(OutcomeKind::Committed, Some(reference), Some(when), when + 5.0)
    }

    pub(super) fn says(self, kind: OutcomeKind, reference: Option<&str>, occurred: Option<f64>, recorded: f64) -> Self {
        let name = self.key.to_string();
        let seen = self.world.outcome(self.lane, &name, kind, reference, occurred, recorded);
        self.world.orders.get_mut(&self.key).unwrap().lanes.get_mut(self.lane).outcomes.push(seen);
        self
    }

    /// The last outcome comes with this document; without any where it is empty.
    pub(super) fn with(self, document: &str) -> Self {
        let timeline = self.world.orders.get_mut(&self.key).unwrap();
        let last = timeline.lanes.get_mut(self.lane).outcomes.last_mut().unwrap();
        last.outcome.document = (!document.is_empty()).then(|| Bytes::copy_from_slice(document.as_bytes()));
        self
    }

    /// The last outcome stems from another observer.
    pub(super) fn by(self, source: &str) -> Self {
        let timeline = self.world.orders.get_mut(&self.key).unwrap();
        let last = timeline.lanes.get_mut(self.lane).outcomes.last_mut().unwrap();
        source.clone_into(&mut last.outcome.source);
        self
    }

    pub(super) fn lacks(self, reference: &str, recorded: f64) -> Self {
        self.says(OutcomeKind::Gone, Some(reference), None, recorded)
    }
}
