//! A million orders through the judge, a document of two lanes and a payload each, without the journal: how long one takes, and
//! whether memory grows with them: `cargo bench --bench judge [-- ORDERS]`. They are those of the made journal, nothing
//! the matter with them but that one of a hundred is a cent short.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a benchmark's own policy and its result")]

#[path = "../made/mod.rs"]
mod made;

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use made::{Plan, Twist};
use paritee::judge::{
    CaptureSeen, CensusEvidence, Counts, Evidence, InCensus, Judge, LaneEvents, OutcomeSeen, Payload, Policy,
    ReadingSeen, RunFacts, Timeline,
};
use paritee::outcome::{Lane, Operation, Outcome, OutcomeKind, PerLane, Reading};
use paritee::sim::{Shop, Topic};

/// Orders where nobody says how many.
const ORDERS: u64 = 1_000_000;

/// How often the memory is looked at.
const LOOKS: u64 = 10;

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

/// The policy of the made journal; without places nothing is compared with what was ordered.
fn policy(with_order: bool) -> Policy {
    let mut policy = made::terms(false).policy;
    for lane in Lane::ALL {
        let of = policy.lanes.get_mut(*lane);
        (of.sla, of.horizon) = (Duration::from_secs(60), Duration::from_secs(60));
        of.document = of.document.take().filter(|_| with_order);
    }
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
        clock_back: None,
        chain_intact: true,
    }
}

fn timeline(shop: &Shop, order: u64) -> Timeline {
    let (key, payload) = (shop.key_of(order), shop.payload(order, Topic::Create));
    let row = i64::try_from(order).expect("a number") * 10 + 1;
    let committed = |lane: Lane| {
        // Equal numbers and times on both lanes would be the proof of a leak.
        let reference = format!("{lane}-{order}");
        let twist = if order.is_multiple_of(100) { Twist::CentShort } else { Twist::None };
        let document = made::document(&payload, lane, &reference, at(101), twist, false);
        LaneEvents {
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
                    reference: Some(reference),
                    document: Some(document.into()),
                },
            }],
            ..LaneEvents::default()
        }
    };
    let capture = CaptureSeen {
        row,
        received_at: at(100),
        occurred_at: None,
        operation: Operation::Create,
        excluded: None,
        skip: None,
        event_id: None,
        delivery_id: None,
        payload: Some(Payload { route: "/webhooks/orders/*".into(), body: payload.clone().into() }),
    };
    Timeline {
        lanes: PerLane::from_fn(committed),
        captures: vec![capture],
        in_census: InCensus::Absent,
        census_document: None,
        key: key.clone(),
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
    let shop = Plan { orders, seed: 7, twisted_per_mille: 0, census: false }.shop(at(0));
    let (mut busy, mut memory) = (Duration::ZERO, Vec::new());
    for order in 1..=orders {
        let timeline = timeline(&shop, order);
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
        acts: Vec::new(),
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
