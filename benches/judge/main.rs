//! A million orders through the judge, a document of two lanes and a payload each, without the journal: how long one takes, and
//! whether memory grows with them: `cargo bench --bench judge [-- ORDERS]`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark's own policy and its result")]

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use paritee::diff::{Action, Common, Path, Rule, RuleScope};
use paritee::judge::{
    CaptureSeen, CensusEvidence, ComparePolicy, Counts, DocumentShape, Evidence, InCensus, Judge, LaneEvents,
    LanePolicy, OutcomeSeen, Payload, Policy, ReadingSeen, RunFacts, Timeline,
};
use paritee::order::{OrderKey, OrderPlaces};
use paritee::outcome::{Flow, Lane, LedgerKind, Operation, Outcome, OutcomeKind, PerLane, Reading, Role};

/// Orders where nobody says how many.
const ORDERS: u64 = 1_000_000;

/// How often the memory is looked at.
const LOOKS: u64 = 10;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// A document of 2 KB with ten lines; every hundredth of the gated lane is a cent short.
fn document(order: u64, lane: Lane) -> String {
    let gated = u64::from(lane == Lane::Gated);
    let lines: Vec<String> = (0..10)
        .map(|line| {
            format!(
                r#"{{"sku":"SKU-{:04}","title":"Article in a colour, size M","quantity":{},"price":"{line}.95","tax":{{"rate":21}},"warehouse":"UTR-1"}}"#,
                (order + line) % 500,
                1 + line % 3
            )
        })
        .collect();
    let total = if gated == 1 && order.is_multiple_of(100) { "207.69" } else { "207.70" };
    format!(
        r#"{{"id":{},"external_id":"{order}","created_at":"2026-07-03T12:00:0{gated}Z","currency":"EUR","total":"{total}",
        "customer":{{"name":"Ada Example","email":"ada@example.com","city":"Utrecht","zip":"3511 AB"}},
        "shipping":{{"street":"Long Street 12","city":"Utrecht","zip":"3511 AB","country":"NL","phone":""}},"lines":[{}]}}"#,
        order + 5_000_000 * gated,
        lines.join(",")
    )
}

fn places() -> OrderPlaces {
    let text = r#"{"lines":"/lines","sku":"/sku","quantity":"/quantity","price":"/price","total":"/total","currency":"/currency"}"#;
    serde_json::from_str(text).expect("places of this file")
}

fn ignore(path: &str) -> Rule {
    let path = Path::parse(path).expect("a path of this file");
    let reason = Some("each ledger's own".to_owned());
    Rule {
        path,
        action: Action::Ignore,
        reason,
        dangerous: true,
        expires: None,
        between: RuleScope::Lanes,
        built_in: true,
    }
}

fn policy(with_order: bool) -> Policy {
    let lane = |role, flow, ledger| LanePolicy {
        observed: true,
        sla: Duration::from_secs(60),
        horizon: Duration::from_secs(60),
        document: with_order.then(places),
        ..LanePolicy::new(role, flow, ledger)
    };
    let mut policy = Policy::new(PerLane {
        legacy: lane(Role::Live, Flow::FireAndForget, LedgerKind::Production),
        gated: lane(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
    });
    policy.orders.insert("/orders".into(), places());
    let mut rules = vec![ignore("$.id"), ignore("$.created_at"), ignore("$.external_id")];
    let by_sku = |between| Common::line_rule(between).expect("a path of this file");
    rules.extend([by_sku(RuleScope::Lanes), by_sku(RuleScope::Order)]);
    policy.compare = Some(ComparePolicy { documents: DocumentShape::AsTheyAre, rules, decisions: Vec::new() });
    policy
}

fn evidence() -> Evidence {
    let reading = |lane| {
        let began_at = at(5_000);
        let reading = Reading {
            lane,
            source: "poll".into(),
            began_at,
            ended_at: at(5_001),
            since: None,
            complete: true,
            pages: 1,
            documents: 0,
            clock_offset_us: Some(0),
            clock_uncertainty: Some(Duration::from_millis(10)),
            error: None,
        };
        vec![ReadingSeen { row: i64::MAX - 1, reading: reading.clone() }, ReadingSeen { row: i64::MAX, reading }]
    };
    Evidence {
        as_of: at(6_000),
        begin: at(0),
        until: None,
        first_capture: Some((1, at(100))),
        first_capture_of_run: Some((1, at(100))),
        live_run: Some(1),
        readings: PerLane { legacy: reading(Lane::Legacy), gated: reading(Lane::Gated) },
        watermarks: PerLane::default(),
        gaps: Vec::new(),
        census: CensusEvidence::default(),
        chain_intact: true,
    }
}

fn timeline(order: u64) -> Timeline {
    let key = OrderKey::new(&order.to_string()).expect("a key");
    let row = i64::try_from(order).expect("a number") * 10 + 1;
    let capture = CaptureSeen {
        row,
        received_at: at(100),
        operation: Operation::Create,
        excluded: None,
        skip: None,
        event_id: None,
        delivery_id: None,
        payload: Some(Payload { route: "/orders".into(), body: document(order, Lane::Legacy).into() }),
    };
    let committed = |lane: Lane| LaneEvents {
        outcomes: vec![OutcomeSeen {
            row: row + 2,
            recorded_at: at(110),
            outcome: Outcome {
                lane,
                kind: OutcomeKind::Committed,
                order_key: key.clone(),
                occurred_at: Some(at(101)),
                source: "poll".into(),
                source_id: order.to_string(),
                // Equal numbers and times on both lanes would be the proof of a leak.
                reference: Some(format!("{lane}-{order}")),
                document: Some(Bytes::from(document(order, lane))),
            },
        }],
        ..LaneEvents::default()
    };
    Timeline {
        lanes: PerLane::from_fn(committed),
        captures: vec![capture],
        in_census: InCensus::Absent,
        census_document: None,
        key,
    }
}

/// Resident memory in MB, as Linux tells it.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn judge(orders: u64, with_order: bool) {
    let mut judge = Judge::new(&policy(with_order), &evidence());
    let (mut busy, mut memory) = (Duration::ZERO, Vec::new());
    for order in 0..orders {
        let timeline = timeline(order);
        let from = Instant::now();
        drop(judge.order(&timeline));
        busy += from.elapsed();
        if order % (orders / LOOKS).max(1) == 0 {
            memory.push(resident().to_string());
        }
    }
    let assessment = judge.finish(RunFacts {
        number: 1,
        label: None,
        policy_digest: String::new(),
        changes: Default::default(),
        journal_head: String::new(),
        counts: Counts::default(),
        orders_in_journal: None,
        documents_in_journal: None,
        census_in_journal: None,
        extracts: Vec::new(),
    });
    let what = if with_order { "with each other and with what was ordered" } else { "with each other" };
    println!(
        "{orders} orders, documents compared {what}: {:.1} us each, {} compared, {} unexplained; resident MB {}",
        busy.as_secs_f64() * 1e6 / orders as f64,
        assessment.comparison.lanes.compared,
        assessment.comparison.unexplained,
        memory.join(" ")
    );
}

fn main() {
    let orders = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(ORDERS);
    judge(orders, false);
    judge(orders, true);
}
