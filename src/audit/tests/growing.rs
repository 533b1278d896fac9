//! A world that grows step by step, at random from a seed: orders that are captured, answered, polled, doubled, vanish, come late,
//! are rejected, share names, and all else that a journal can hold.

use jiff::SignedDuration;

use super::*;
use crate::diff::{Action, Path as Place, Rule, RuleScope};
use crate::judge::{ComparePolicy, DecisionRule, DocumentShape, Stratum, StratumOf};
use crate::order::OrderPlaces;
use crate::outcome::{
    CensusOrder, Extract, Lookup, NoteDetail, Reading, ReasonClass, Signature, Watermark, WatermarkKind, Witness,
};

/// Horizon of both lanes.
pub(super) const HORIZON: Duration = Duration::from_secs(3_600);

/// What may happen in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happens {
    /// What happens all the time.
    Usually,
    /// What changes all orders as well: imports, runs, gaps over periods.
    Anything,
}

/// An order, as far as the world goes on with it.
#[derive(Clone, Debug)]
struct Order {
    key: String,
    alias: Option<String>,
    received_at: Timestamp,
    captures: Vec<RowId>,
    /// Sends without an answer.
    unanswered: Vec<(Lane, RowId)>,
    references: PerLane<Vec<String>>,
}

/// A world that grows.
pub(super) struct Growing {
    pub(super) world: World,
    seed: u64,
    happens: Happens,
    orders: Vec<Order>,
    number: u64,
}

fn places() -> OrderPlaces {
    serde_json::from_str(
        r#"{"lines":"/lines","sku":"/sku","quantity":"/quantity","price":"/price","total":"/total","currency":"/currency"}"#,
    )
    .unwrap()
}

fn policy() -> Policy {
    let mut policy: Policy = serde_json::from_str(&policy_text()).unwrap();
    for lane in [Lane::Legacy, Lane::Gated] {
        let own = policy.lanes.get_mut(lane);
        (own.horizon, own.sla) = (HORIZON, Duration::from_secs(120));
        own.overlap = Duration::from_secs(10);
        own.document = Some(places());
    }
    policy.lanes.gated.flow = Flow::ErpGated;
    policy.orders.insert("/orders".to_owned(), places());
    let rule = |path: &str, action, between| Rule {
        path: Place::parse(path).unwrap(),
        action,
        reason: Some("as agreed".to_owned()),
        dangerous: false,
        expires: None,
        between,
        built_in: false,
    };
    let by_sku = || Action::MatchBy(vec!["sku".into()]);
    policy.compare = Some(ComparePolicy {
        documents: DocumentShape::AsTheyAre,
        rules: vec![
            rule("$.lines", by_sku(), RuleScope::Lanes),
            rule("$.lines", by_sku(), RuleScope::Order),
            rule("$.note", Action::Ignore, RuleScope::Lanes),
        ],
        decisions: vec![DecisionRule {
            lane: Lane::Gated,
            class: ReasonClass::Tax,
            reason: "taxes are checked".to_owned(),
            expires: None,
        }],
    });
    policy.census_document = Some(places());
    policy.gates.sender_deadline = Some(Duration::from_secs(5));
    policy.gates.strata = vec![Stratum {
        name: "teas".to_owned(),
        of: StratumOf::Payload { pointer: crate::order::Pointer::parse("/kind").unwrap(), equals: vec!["tea".into()] },
        orders_min: 3,
    }];
    policy
}

impl Growing {
    /// Times are of orders from before: a clock that was set back would be seen in them, and a live run asks for it.
    pub(super) async fn new(seed: u64, happens: Happens) -> Self {
        let mut world = World::new();
        world.policy = serde_json::to_string(&policy()).unwrap();
        world.begin_run(RunKind::Scenario).await;
        Self { world, seed: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, happens, orders: Vec::new(), number: 0 }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 11) % below
    }

    fn lane(&mut self) -> Lane {
        if self.random(2) == 0 { Lane::Legacy } else { Lane::Gated }
    }

    fn id(&mut self) -> String {
        self.number += 1;
        format!("id-{}", self.number)
    }

    fn ago(&mut self, from_s: u64, to_s: u64) -> Timestamp {
        let ms = i64::try_from(from_s * 1_000 + self.random((to_s - from_s) * 1_000)).unwrap();
        clock::now() - SignedDuration::from_millis(ms)
    }

    /// Most orders lie in the window, some are pending, and some come into it within a moment.
    fn received_at(&mut self) -> Timestamp {
        match self.random(10) {
            0 | 1 => self.ago(10, 3_000),
            2 => clock::now() - SignedDuration::from_millis(3_600_000 - i64::try_from(self.random(60)).unwrap()),
            3 => self.ago(90_000, 400_000),
            _ => self.ago(4_000, 20_000),
        }
    }

    fn document(&mut self) -> Bytes {
        let kind = if self.random(2) == 0 { "tea" } else { "cup" };
        let (sku, quantity) = (self.random(4), 1 + self.random(3));
        let cents = if self.random(12) == 0 { "01" } else { "00" };
        let (note, currency) = (self.random(50), if self.random(8) == 0 { "USD" } else { "EUR" });
        Bytes::from(format!(
            r#"{{"lines":[{{"sku":"S{sku}","quantity":{quantity},"price":"2.50"}}],"total":"10.{cents}","currency":"{currency}","kind":"{kind}","note":"{note}"}}"#
        ))
    }

    fn capture_of(&mut self, key: &str, alias: Option<&str>, at: Timestamp) -> Capture {
        let body = self.document();
        let aliases: Vec<&str> = alias.into_iter().collect();
        let body_bytes = body.len() as u64;
        Capture { received_at: at, body, body_bytes, ..create(key, &aliases) }
    }

    fn answer(&mut self, lane: Lane, attempt: RowId, at: Timestamp) -> Record {
        let (status, body) = match self.random(12) {
            0 => (422, r#"{"code":"tax"}"#.to_owned()),
            1 => (500, String::new()),
            2 => (429, String::new()),
            _ => (201, format!(r#"{{"id":"{lane}-{attempt}"}}"#)),
        };
        let took = Duration::from_millis(self.random(7_000));
        Record::Answer(Answer {
            attempt,
            lane,
            ending: Ending::Answered,
            at: at + took,
            took,
            status: Some(status),
            headers: Vec::new(),
            body_bytes: body.len() as u64,
            body: body.into(),
            error: None,
        })
    }

    async fn order_comes(&mut self) {
        self.number += 1;
        let (key, at) = (format!("k{}", self.number), self.received_at());
        let alias = match self.random(8) {
            0 => None,
            1 if self.happens == Happens::Anything && self.random(4) == 0 => Some("#shared".to_owned()),
            _ => Some(format!("#{}", self.number)),
        };
        let mut capture = self.capture_of(&key, alias.as_deref(), at);
        match self.random(20) {
            0 => capture.excluded = Some("test order".to_owned()),
            1 => capture.skip = Some(Skip::BodyTooLarge),
            2 => capture.signature = Some(Signature::Bad),
            3 => capture.event_id = Some("event".to_owned()),
            _ => {}
        }
        let (capture, live) = self.world.sent(at, capture).await;
        let mut order = Order {
            key,
            alias,
            received_at: at,
            captures: vec![capture],
            unanswered: vec![(Lane::Legacy, live)],
            references: PerLane::default(),
        };
        if self.random(10) > 0 {
            let attempt = Attempt {
                capture,
                lane: Lane::Gated,
                number: 1,
                reason: SendReason::First,
                at,
                idempotency_key: Some("key".into()),
            };
            let row = self.world.record(vec![Record::Attempt(attempt)]).await[0];
            order.unanswered.push((Lane::Gated, row));
        }
        self.orders.push(order);
        if self.random(4) > 0 {
            let last = self.orders.len() - 1;
            self.answers_come(last).await;
            if self.random(4) > 0 {
                self.commits(last, Lane::Legacy).await;
                self.commits(last, Lane::Gated).await;
            }
        }
    }

    async fn answers_come(&mut self, at: usize) {
        let (unanswered, sent_at) = {
            let order = &mut self.orders[at];
            (std::mem::take(&mut order.unanswered), order.received_at)
        };
        let mut answers = Vec::new();
        for (lane, attempt) in unanswered {
            answers.push(self.answer(lane, attempt, sent_at));
        }
        self.world.record(answers).await;
    }

    async fn commits(&mut self, at: usize, lane: Lane) {
        let (number, document, id) = (self.random(100_000), self.document(), self.id());
        let name = if self.random(3) == 0 { self.orders[at].alias.clone() } else { None };
        let late = SignedDuration::from_millis(i64::try_from(self.random(200_000)).unwrap());
        let order = &mut self.orders[at];
        let (reference, name) = (format!("{lane}-{number}"), name.unwrap_or_else(|| order.key.clone()));
        order.references.get_mut(lane).push(reference.clone());
        let occurred_at = Some(order.received_at + late);
        let outcome = Outcome {
            lane,
            kind: OutcomeKind::Committed,
            order_key: key(&name),
            occurred_at,
            source: format!("poll:{lane}"),
            source_id: id,
            reference: Some(reference),
            document: Some(document),
        };
        self.world.record(vec![Record::Outcome(outcome)]).await;
    }

    fn any_order(&mut self) -> Option<usize> {
        let count = self.orders.len() as u64;
        (count > 0).then(|| usize::try_from(self.random(count)).unwrap())
    }

    async fn told(&mut self, kind: OutcomeKind) {
        let Some(at) = self.any_order() else { return };
        let (lane, id, occurred_at) = (self.lane(), self.id(), self.ago(0, 3_000));
        let order = &self.orders[at];
        let reference = order.references.get(lane).first().cloned();
        let about_document = matches!(kind, OutcomeKind::Gone | OutcomeKind::Cancelled);
        let outcome = Outcome {
            lane,
            kind,
            order_key: key(&order.key),
            occurred_at: Some(occurred_at),
            source: format!("poll:{lane}"),
            source_id: id,
            reference: reference.filter(|_| about_document),
            document: None,
        };
        self.world.record(vec![Record::Outcome(outcome)]).await;
    }

    async fn is_read(&mut self, lane: Lane) {
        let (began_at, is_whole) = (self.ago(0, 300), self.random(8) > 0);
        let tells_clock = self.random(6) == 0;
        let reading = Reading {
            lane,
            source: format!("poll:{lane}"),
            began_at,
            ended_at: began_at,
            since: None,
            complete: is_whole,
            pages: 1,
            documents: 3,
            clock_offset_us: tells_clock.then_some(0),
            clock_uncertainty: Some(Duration::from_millis(900)),
            error: None,
        };
        self.world.record(vec![Record::Reading(reading)]).await;
    }

    async fn is_captured_again(&mut self, operation: Operation) {
        let Some(at) = self.any_order() else { return };
        let (order, received_at) = (self.orders[at].clone(), self.ago(0, 3_000));
        let mut capture = self.capture_of(&order.key, order.alias.as_deref(), received_at);
        capture.operation = operation;
        let (row, live) = self.world.sent(received_at, capture).await;
        self.orders[at].captures.push(row);
        self.orders[at].unanswered.push((Lane::Legacy, live));
    }

    async fn is_missing(&mut self) {
        let at = self.any_order();
        let order = at.map(|at| self.orders[at].clone());
        let (ended_at, kind) = (self.ago(0, 9_000), self.random(4));
        let gap = Gap {
            reason: GapReason::JournalSlow,
            began_at: ended_at - SignedDuration::from_secs(2),
            ended_at,
            requests: None,
            lane: None,
            capture: None,
            order_key: None,
            detail: None,
        };
        let gap = match (kind, order) {
            (0, Some(order)) => Gap { capture: order.captures.first().copied(), ..gap },
            (1, Some(order)) => Gap { reason: GapReason::BodyTooLarge, order_key: Some(key(&order.key)), ..gap },
            (2, Some(order)) => Gap {
                reason: GapReason::AnswerUnrecorded,
                lane: Some(Lane::Gated),
                order_key: Some(key(&order.key)),
                ..gap
            },
            _ if self.happens == Happens::Anything => {
                Gap { reason: GapReason::JournalUnavailable, requests: Some(2), ..gap }
            }
            _ => return,
        };
        self.world.record(vec![Record::Gap(self.world.run, gap)]).await;
    }

    async fn nobodys_document(&mut self) {
        let (lane, number, id, document) = (self.lane(), self.random(6), self.id(), self.document());
        let occurred_at = Some(self.ago(0, 90_000));
        let outcome = Outcome {
            lane,
            kind: OutcomeKind::Committed,
            order_key: key(&format!("nobody-{number}")),
            occurred_at,
            source: format!("poll:{lane}"),
            source_id: id,
            reference: Some(format!("N-{}", number % 4)),
            document: Some(document),
        };
        self.world.record(vec![Record::Outcome(outcome)]).await;
    }

    async fn somebodys_after_all(&mut self) {
        let (number, at) = (self.random(6), self.received_at());
        let capture = self.capture_of(&format!("nobody-{number}"), None, at);
        self.world.sent(at, capture).await;
    }

    async fn other_rows(&mut self) {
        let (at, lane, run) = (self.any_order(), self.lane(), self.world.run);
        let order_key = at.map_or_else(|| key("none"), |at| key(&self.orders[at].key));
        let now = clock::now();
        let control = |kind, detail: String| Record::Control(Control { run: Some(run), kind, detail: Some(detail) });
        let record = match self.random(6) {
            0 => control(ControlKind::Tally, r#"{"received":3,"passed_through":1,"skipped.loop":1}"#.to_owned()),
            1 => control(ControlKind::Pause, r#"{"by":"somebody"}"#.to_owned()),
            2 => {
                let note =
                    NoteDetail { order_key, lane: lane.into(), fate: "lost".into(), by: None, note: "seen".into() };
                control(ControlKind::Note, serde_json::to_string(&note).unwrap())
            }
            3 => Record::Watermark(Watermark {
                lane,
                source: "callback".into(),
                at: self.ago(0, 600),
                kind: WatermarkKind::Told,
            }),
            _ => Record::Lookup(Lookup {
                lane,
                source: format!("poll:{lane}"),
                order_key,
                began_at: now,
                ended_at: now,
                documents: (self.random(5) > 0).then_some(0),
                error: None,
            }),
        };
        self.world.record(vec![record]).await;
    }

    async fn census_is_imported(&mut self) {
        let mut records = Vec::new();
        for _row in 0..self.random(4) {
            let (at, other, id, document) = (self.any_order(), self.random(6), self.id(), self.document());
            let order_key = at.filter(|_| other > 1).map_or_else(
                || format!("nobody-{other}"),
                |at| {
                    let order = &self.orders[at];
                    order.alias.clone().filter(|_| other == 2).unwrap_or_else(|| order.key.clone())
                },
            );
            let placed_at = Some(self.received_at());
            let excluded = (self.random(6) == 0).then(|| "unpaid".to_owned());
            let source = "import:census".to_owned();
            let order_key = key(&order_key);
            let document = Some(document);
            records.push(Record::Census(CensusOrder {
                source,
                source_id: id,
                order_key,
                placed_at,
                excluded,
                document,
            }));
        }
        if self.random(3) == 0 {
            let now = clock::now();
            records.push(Record::Extract(Extract {
                of: Witness::Census,
                source: "import:census".into(),
                file_name: "census.csv".into(),
                file_digest: "00".repeat(32),
                file_bytes: 1,
                rows: 7,
                recorded: 7,
                columns: Vec::new(),
                began_at: now,
                ended_at: now,
                complete_through: Some(now),
                error: None,
            }));
        }
        self.world.record(records).await;
    }

    async fn something_rare(&mut self, what: u64) {
        match what {
            40 | 41 => self.census_is_imported().await,
            42 if self.random(4) == 0 => self.world.begin_run(RunKind::Scenario).await,
            _ => {
                let detail = r#"{"owners":[{"fates":["lost"],"owner":"marketplace"}]}"#.to_owned();
                let (run, kind) = (Some(self.world.run), ControlKind::Settings);
                self.world.record(vec![Record::Control(Control { run, kind, detail: Some(detail) })]).await;
            }
        }
    }

    /// Something happens.
    pub(super) async fn step(&mut self) {
        match self.random(if self.happens == Happens::Anything { 44 } else { 40 }) {
            0..=11 => Box::pin(self.order_comes()).await,
            12 | 13 => {
                if let Some(at) = self.any_order() {
                    Box::pin(self.answers_come(at)).await;
                }
            }
            14..=16 => {
                let lane = self.lane();
                if let Some(at) = self.any_order() {
                    Box::pin(self.commits(at, lane)).await;
                }
            }
            17..=20 => {
                Box::pin(self.is_read(Lane::Legacy)).await;
                Box::pin(self.is_read(Lane::Gated)).await;
            }
            said @ 21..=27 => {
                let kinds = [
                    OutcomeKind::Gone,
                    OutcomeKind::Cancelled,
                    OutcomeKind::Allocated,
                    OutcomeKind::FeedPublished,
                    OutcomeKind::Confirmed,
                    OutcomeKind::Rejected,
                    OutcomeKind::Accepted,
                ];
                let kind = kinds[usize::try_from(said - 21).unwrap()];
                if kind != OutcomeKind::Allocated || self.happens == Happens::Anything {
                    Box::pin(self.told(kind)).await;
                }
            }
            28 | 29 => Box::pin(self.is_captured_again(Operation::Update)).await,
            30 => Box::pin(self.is_captured_again(Operation::Cancel)).await,
            31 => Box::pin(self.is_captured_again(Operation::Create)).await,
            32 | 33 => Box::pin(self.nobodys_document()).await,
            34 => Box::pin(self.somebodys_after_all()).await,
            35 | 36 => Box::pin(self.is_missing()).await,
            rare @ 40..=43 => Box::pin(self.something_rare(rare)).await,
            _ => Box::pin(self.other_rows()).await,
        }
    }
}
