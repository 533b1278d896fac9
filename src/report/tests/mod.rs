//! Whole reports over invented assessments.

mod acts;
mod compared;
mod differences;
mod documents;
mod evidence;
mod hostile;
mod html;
mod json_page;
mod junit;
mod markdown_page;
mod masked;
mod order;
mod schema;
mod signals;
mod suggestions;
mod summary;
mod widths;
mod witness;

use jiff::{Span, Timestamp};

use super::*;
use crate::judge::{
    Assessment, AtRisk, CensusSummary, ComparisonCounts, ComparisonSummary, Conservation, Counts, Decision, Distance,
    DocumentShape, Exception, ExceptionKind, Fate, Fault, FaultSummary, Gate, GateName, LaneSummary, Money, Owner,
    OwnerSummary, PairedLosses, Parity, RunSummary, SensitivitySummary, TaskSummary, TieOutSummary, WouldChange,
};
use crate::order::OrderKey;
use crate::outcome::{Flow, Lane, LedgerKind, PerLane, ReasonClass, Role};

fn at(minute: i64) -> Timestamp {
    "2026-11-20T09:00:00Z".parse::<Timestamp>().unwrap() + Span::new().minutes(minute)
}

fn gate(name: GateName, status: Decision, measured: &str, reason: &str) -> Gate {
    let [measured, worst_case, threshold, reason] = [measured, measured, "0", reason].map(str::to_owned);
    let missing = Distance { orders: 259, readings: 2, ..Distance::default() };
    let words = "259 clean orders, 2 complete readings.".to_owned();
    let would_change = (status != Decision::Go).then_some(WouldChange { words, missing });
    Gate { name, status, measured, worst_case, threshold, reason, would_change }
}

fn both(count: u64) -> PerLane<u64> {
    PerLane { legacy: count, gated: count }
}

fn lane(role: Role, flow: Flow, ledger: LedgerKind) -> LaneSummary {
    let (readings_complete, readings_broken) = (240, 0);
    let (watermark, clock_offset_us) = (Some(at(199)), Some(120_000));
    LaneSummary {
        role,
        flow,
        ledger,
        readings_complete,
        readings_broken,
        watermark,
        clock_offset_us,
        clock_skew_max_us: None,
        watermarks: 0,
        lookups: 0,
        lookups_failed: 0,
        sources: [(format!("poll:{role}"), 398)].into(),
    }
}

/// Faults that were seeded: of losses all are seen, of cents all but one, and nothing could be swapped.
fn seeded() -> SensitivitySummary {
    SensitivitySummary {
        orders: 200,
        faults: vec![
            FaultSummary { fault: Fault::Drop, seeded: 200, caught: 200, lower_limit: Some(0.985), missed: None },
            FaultSummary {
                fault: Fault::Cent,
                seeded: 200,
                caught: 199,
                lower_limit: Some(0.976),
                missed: Some(OrderKey::new("5044").unwrap()),
            },
            FaultSummary { fault: Fault::Swap, seeded: 0, caught: 0, lower_limit: None, missed: None },
        ],
    }
}

/// A run of 400 orders in which all is well.
pub(super) fn go() -> Assessment {
    Assessment {
        tie_out: TieOutSummary::default(),
        signals: Box::default(),
        comparison: ComparisonSummary {
            documents: Some(DocumentShape::AsTheyAre),
            lanes: ComparisonCounts { compared: 388, ..ComparisonCounts::default() },
            ..ComparisonSummary::default()
        },
        findings: Vec::new(),
        findings_beyond: 0,
        rules: Vec::new(),
        decisions: Vec::new(),
        decision: Decision::Go,
        distance: Distance::default(),
        losses: PairedLosses::default(),
        sensitivity: seeded(),
        gates: vec![
            gate(GateName::EvidenceIntact, Decision::Go, "chain verified, no gaps, both ledgers read", "All is there."),
            gate(GateName::NoLostOrders, Decision::Go, "0 of 388 orders", "None is lost."),
            gate(GateName::LossBound, Decision::Go, "at most 0.77 % at 95 %", "Below the threshold."),
        ],
        fates: PerLane::from_fn(|_| [(Fate::Committed, 388), (Fate::Pending, 12)].into()),
        parity: [(Parity::Matched, 388), (Parity::Open, 12)].into(),
        totals: Conservation {
            orders_captured: 400,
            orders_accounted: both(400),
            documents: PerLane { legacy: 410, gated: 398 },
            documents_of_orders: both(398),
            documents_aside: PerLane { legacy: [("before_the_run".to_owned(), 12)].into(), gated: [].into() },
            residual: both(0),
        },
        census: CensusSummary::default(),
        exceptions: Vec::new(),
        exceptions_count: 0,
        masked: false,
        owners: Vec::new(),
        run: RunSummary {
            number: 2,
            label: Some("gated build 412".to_owned()),
            begin: at(0),
            until: at(180),
            as_of: at(200),
            live_run: Some(2),
            policy_digest: "9f".repeat(32),
            changes: Vec::new(),
            changes_beyond: 0,
            journal_head: "3c".repeat(32),
            counts: Counts {
                received: 513,
                teed: 402,
                passed_through: 100,
                skipped: [("no_json".to_owned(), 10)].into(),
                ..Counts::default()
            },
            lanes: PerLane {
                legacy: lane(Role::Live, Flow::FireAndForget, LedgerKind::Production),
                gated: lane(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
            },
            gaps: 0,
            gaps_unexplained: 0,
            gap_list: Vec::new(),
            clock_back: None,
            extracts: Vec::new(),
            acts: Vec::new(),
        },
    }
}

fn exception(key: &str, kind: ExceptionKind, references: &[&str], owner: Owner, next_action: &str) -> Exception {
    let references = references.iter().map(|text| (*text).to_owned()).collect();
    let (order_key, next_action) = (OrderKey::new(key).unwrap(), next_action.to_owned());
    Exception {
        order_key,
        lane: Lane::Gated.into(),
        kind,
        references,
        at: Some(at(7)),
        age_us: Some(193 * 60_000_000),
        reason_class: None,
        reason: None,
        money_at_risk: None,
        owner,
        next_action,
    }
}

/// Counts the exceptions by owner and task, as the judge does, in the order in which they stand.
fn count_owners(assessment: &mut Assessment) {
    fn add(at_risk: &mut AtRisk, one: &Exception) {
        at_risk.exceptions += 1;
        at_risk.oldest_at = one.at.or(at_risk.oldest_at);
        at_risk.age_us = one.age_us.max(at_risk.age_us);
        match &one.money_at_risk {
            Some(money) => *at_risk.money_at_risk.entry(money.currency.clone()).or_default() += money.amount,
            None => at_risk.money_unread += 1,
        }
    }
    let mut owners: Vec<OwnerSummary> = Vec::new();
    for one in &assessment.exceptions {
        let Exception { owner, lane, kind, reason_class, next_action, .. } = one.clone();
        if !owners.iter().any(|own| own.owner == owner) {
            owners.push(OwnerSummary { owner, at_risk: AtRisk::default(), tasks: Vec::new() });
        }
        let own = owners.iter_mut().find(|own| own.owner == owner).unwrap();
        add(&mut own.at_risk, one);
        let is_same = |task: &TaskSummary| {
            (task.lane, task.kind, task.reason_class, &task.next_action) == (lane, kind, reason_class, &next_action)
        };
        if !own.tasks.iter().any(is_same) {
            let at_risk = AtRisk::default();
            own.tasks.push(TaskSummary { lane, kind, reason_class, next_action: next_action.clone(), at_risk });
        }
        add(&mut own.tasks.iter_mut().find(|task| is_same(task)).unwrap().at_risk, one);
    }
    assessment.owners = owners;
    assessment.exceptions_count = assessment.exceptions.len() as u64;
}

/// The same run with two orders lost and one doubled on the gated lane.
pub(super) fn no_go() -> Assessment {
    let lost = "Find out in the gated lane's log why its answer was 201; enter the order by hand.";
    let doubled = "Cancel the later document, then find out which key lets the ERP see a repeat.";
    let mut assessment = go();
    assessment.decision = Decision::NoGo;
    assessment.distance = Distance { new_run: true, orders: 368, ..Distance::default() };
    assessment.gates[1] = gate(
        GateName::NoLostOrders,
        Decision::NoGo,
        "2 lost of 388",
        "Two orders were acknowledged, and two complete readings of the ledger after their horizon have no document.",
    );
    assessment.gates[2] = gate(GateName::NoDoubleCommits, Decision::NoGo, "1 double_committed", "One was made twice.");
    assessment.fates.gated =
        [(Fate::Committed, 385), (Fate::DoubleCommitted, 1), (Fate::Lost, 2), (Fate::Pending, 12)].into();
    assessment.parity = [(Parity::Matched, 386), (Parity::LegacyOnly, 2), (Parity::Open, 12)].into();
    assessment.exceptions = vec![
        exception("5001", ExceptionKind::Fate(Fate::Lost), &[], Owner::ErpIt, lost),
        exception("5107", ExceptionKind::Fate(Fate::DoubleCommitted), &["SO-77", "SO-78"], Owner::Operations, doubled),
        exception("5002", ExceptionKind::Fate(Fate::Lost), &[], Owner::ErpIt, lost),
    ];
    assessment.exceptions[0].money_at_risk =
        Some(Money { currency: "EUR".to_owned(), amount: "119.90".parse().unwrap() });
    assessment.exceptions[1].money_at_risk = Some(Money { currency: "JPY".to_owned(), amount: 5_000.into() });
    count_owners(&mut assessment);
    assessment
}

/// A run in which nothing came in.
fn empty() -> Assessment {
    let mut assessment = go();
    assessment.decision = Decision::Inconclusive;
    assessment.distance = Distance { orders: 259, readings: 2, ..Distance::default() };
    assessment.gates = vec![gate(
        GateName::EvidenceIntact,
        Decision::Inconclusive,
        "no ledger read",
        "Neither ledger was read to its end: configure a poll for both lanes, and see that it can reach them.",
    )];
    (assessment.fates, assessment.parity, assessment.totals) = Default::default();
    assessment.comparison.lanes = ComparisonCounts::default();
    assessment.run.counts = Counts::default();
    assessment.sensitivity = SensitivitySummary::default();
    (assessment.run.label, assessment.run.live_run) = (None, None);
    for lane in Lane::ALL {
        let summary = assessment.run.lanes.get_mut(*lane);
        (summary.readings_complete, summary.readings_broken) = (0, 0);
        (summary.watermark, summary.clock_offset_us) = (None, None);
        summary.sources.clear();
    }
    assessment
}

/// A run whose texts all come from somebody who means harm.
fn hostile() -> Assessment {
    let evil = "\u{1b}]0;GO\u{7}|\n# GO\n<script>alert(1)</script>\u{202e}\u{9b}2J";
    let mut assessment = no_go();
    assessment.run.label = Some(evil.to_owned());
    assessment.run.policy_digest = evil.to_owned();
    assessment.run.counts.skipped = [(evil.to_owned(), 11)].into();
    assessment.totals.documents_aside.gated = [(evil.to_owned(), 1)].into();
    for gate in &mut assessment.gates {
        gate.measured = evil.to_owned();
        gate.reason = evil.to_owned();
        gate.worst_case = evil.to_owned();
        gate.threshold = evil.to_owned();
        gate.would_change = Some(WouldChange { words: evil.to_owned(), missing: Distance::default() });
    }
    let mut bad = exception("<b>|x\u{202e}", ExceptionKind::Phantom, &[evil], Owner::Ecommerce, evil);
    (bad.at, bad.age_us) = (None, None);
    (bad.reason_class, bad.reason) = (Some(ReasonClass::Tax), Some(evil.to_owned()));
    bad.money_at_risk = Some(Money { currency: evil.to_owned(), amount: 1.into() });
    assessment.exceptions.push(bad);
    count_owners(&mut assessment);
    assessment
}

/// Who reads only the first lines learns what they must not miss.
#[test]
fn the_first_lines_say_what_shakes_the_decision() {
    let first = |assessment: &Assessment| {
        let text = text(assessment, 200, Style::Plain);
        text.split("\n\nGates").next().unwrap().to_owned()
    };
    let mut broken = no_go();
    broken.gates[0].status = Decision::Inconclusive;
    broken.gates[0].measured = "chain broken, 0 unexplained of 0 gaps".to_owned();
    for page in [first(&broken), markdown(&broken), html(&broken)] {
        assert!(page.contains("The evidence itself is not intact: chain broken, 0 unexplained of 0 gaps."), "{page}");
    }
    assert!(!first(&no_go()).contains("not intact"));

    let mut rehearsal = go();
    rehearsal.run.live_run = None;
    assert!(first(&rehearsal).starts_with("GO  All 3 gates hold, in a rehearsal."), "{}", first(&rehearsal));
    assert!(first(&go()).starts_with("GO  Safe to cut over: all 3 gates hold."));

    let mut named = no_go();
    named.exceptions[0].reason = Some("no such street: Lindenweg 5".to_owned());
    let warned = "personal data stands in examples and reasons as it is";
    for page in [first(&named), markdown(&named), html(&named)] {
        assert!(page.contains("UNMASKED") && page.contains(warned), "{page}");
    }
    for page in [first(&masked(named.clone())), markdown(&masked(named.clone())), html(&masked(named))] {
        assert!(!page.contains("UNMASKED"), "{page}");
    }
}

#[test]
fn hostile_text_does_nothing_in_any_format() {
    let assessment = hostile();
    let (text, markdown, json) =
        (text(&assessment, 80, Style::Plain), markdown(&assessment), json(&assessment).unwrap());
    for out in [&text, &markdown, &json] {
        assert!(!out.chars().any(|letter| letter != '\n' && inert::acts(letter)), "{out}");
    }
    // A forged heading or row would begin a line of its own.
    assert!(!markdown.lines().any(|line| line == "# GO" || line.contains("<script>")), "{markdown}");
    for row in markdown.lines().filter(|line| line.starts_with("| ") && line.contains("phantom")) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 10, "{row}");
    }
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["run"]["label"].as_str(), assessment.run.label.as_deref());
    assert_eq!(read["exceptions"][3]["order_key"], "<b>|x\u{202e}");
    assert_eq!(read["exceptions"][3]["fate"], "phantom");
}
