//! The story of one order.

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::judge::{
    CaptureSeen, DocumentSeen, DocumentState, InCensus, LaneEvents, LanePolicy, LaneVerdict, OutcomeSeen, Policy, Send,
    Timeline, Verdict,
};
use crate::outcome::{Answer, AnswerRules, Ending, Lookup, Operation, Outcome, OutcomeKind, RowId, Scope, SendReason};

fn ms(millis: i64) -> Timestamp {
    at(0) + Span::new().milliseconds(millis)
}

pub(super) fn policy() -> Policy {
    let lane = |role, flow, ledger| LanePolicy {
        role,
        flow,
        ledger,
        observed: true,
        sla: Duration::from_secs(120),
        horizon: Duration::from_secs(900),
        lag: Duration::ZERO,
        overlap: Duration::ZERO,
        grace: Duration::ZERO,
        answer: AnswerRules::default(),
        scope: Scope::default(),
        ..LanePolicy::new(role, flow, ledger)
    };
    let lanes = PerLane {
        legacy: lane(Role::Live, Flow::FireAndForget, LedgerKind::Production),
        gated: lane(Role::Shadow, Flow::ErpGated, LedgerKind::Sandbox),
    };
    Policy::new(lanes)
}

fn send(
    row: RowId,
    lane: Lane,
    reason: SendReason,
    sent: i64,
    answered: Option<(Ending, i64, Option<u16>, &str)>,
) -> Send {
    let answer = answered.map(|(ending, took, status, body)| Answer {
        attempt: row,
        lane,
        ending,
        at: ms(sent + took),
        took: Duration::from_millis(took.unsigned_abs()),
        status,
        headers: if status == Some(201) {
            vec![("location".into(), Bytes::from_static(b"/o/SO-77"))]
        } else {
            Vec::new()
        },
        body: Bytes::from(body.to_owned()),
        body_bytes: body.len() as u64,
        error: (ending == Ending::Broken).then(|| "connection reset".to_owned()),
    });
    Send { row, capture: 1, operation: Operation::Create, reason, at: ms(sent), answer }
}

pub(super) fn outcome(
    row: RowId,
    lane: Lane,
    kind: OutcomeKind,
    occurred: Option<i64>,
    recorded: i64,
    reference: &str,
) -> OutcomeSeen {
    let outcome = Outcome {
        lane,
        kind,
        order_key: OrderKey::new("5001").unwrap(),
        occurred_at: occurred.map(ms),
        source: format!("poll:{lane}"),
        source_id: row.to_string(),
        reference: Some(reference.to_owned()),
        document: (kind == OutcomeKind::Committed)
            .then(|| format!("{{\"id\":\"{reference}\",\"total\":19.90}}").into()),
    };
    OutcomeSeen { row, recorded_at: ms(recorded), outcome }
}

pub(super) fn timeline() -> Timeline {
    let gated = vec![
        send(4, Lane::Gated, SendReason::First, 40, Some((Ending::Broken, 60_000, None, ""))),
        send(8, Lane::Gated, SendReason::NotNow, 70_000, Some((Ending::Answered, 20, Some(429), ""))),
        send(9, Lane::Gated, SendReason::Resend, 80_000, Some((Ending::Answered, 150, Some(201), "{}"))),
        send(10, Lane::Gated, SendReason::Resend, 90_000, None),
    ];
    let legacy = vec![send(2, Lane::Legacy, SendReason::First, 1, Some((Ending::Answered, 35, Some(200), "")))];
    let lanes = PerLane {
        legacy: LaneEvents {
            sends: legacy,
            outcomes: vec![outcome(5, Lane::Legacy, OutcomeKind::Committed, None, 61_500, "L-9")],
            shares_document: false,
            lookups: Vec::new(),
        },
        gated: LaneEvents {
            shares_document: false,
            lookups: Vec::new(),
            sends: gated,
            outcomes: vec![
                outcome(11, Lane::Gated, OutcomeKind::Committed, Some(80_100), 95_000, "SO-77"),
                outcome(12, Lane::Gated, OutcomeKind::Gone, None, 3_700_000, "SO-77"),
            ],
        },
    };
    let received_at = ms(0);
    let captures = vec![CaptureSeen {
        row: 1,
        received_at,
        occurred_at: None,
        operation: Operation::Create,
        excluded: None,
        skip: None,
        event_id: None,
        delivery_id: None,
        payload: None,
    }];
    Timeline {
        key: OrderKey::new("5001").unwrap(),
        captures,
        lanes,
        in_census: InCensus::Absent,
        census_document: None,
    }
}

pub(super) fn verdict() -> Verdict {
    let lane = |reference: &str, state, why: &str| LaneVerdict {
        documents: vec![DocumentSeen {
            reference: Some(reference.to_owned()),
            committed_at: Some(ms(80_100)),
            first_seen_at: ms(95_000),
            state,
        }],
        first_send: Some(ms(1)),
        commit_latency: None,
        confirmed: None,
        read_adequately: true,
        why: why.to_owned(),
    };
    Verdict {
        compared: None,
        key: OrderKey::new("5001").unwrap(),
        received_at: ms(0),
        counted: true,
        fates: PerLane { legacy: Fate::Committed, gated: Fate::Vanished },
        parity: Parity::LegacyOnly,
        lanes: PerLane {
            legacy: lane("L-9", DocumentState::Present, "One document, within the SLA."),
            gated: lane(
                "SO-77",
                DocumentState::Gone,
                "Its document was seen, and two complete readings in a row lack it without a cancellation.",
            ),
        },
    }
}

#[test]
fn an_order_is_told_in_the_order_of_time() {
    insta::assert_snapshot!(order(&timeline(), &verdict(), &policy(), 80, Style::Plain), @r#"
    Order 5001
    Received 2026-11-20 09:00:00 UTC; times count from there.

      +0 s          tee     received, create
      +1 ms         legacy  sent #1
      +36 ms        legacy  answered 200 in 35 ms: accepted
      +40 ms        gated   sent #1
      +1 m 00 s     gated   connection broken after 1 m 00 s (connection reset):
                            unknown until the ledger is read
      +1 m 01 s     legacy  committed L-9 (poll:legacy)
      +1 m 10 s     gated   sent #2, again after "not now"
      +1 m 10 s     gated   answered 429 in 20 ms: not now
      +1 m 20 s     gated   sent #3, again after an unknown answer
      ~+1 m 20 s    gated   committed SO-77 (poll:gated, seen at +1 m 35 s)
      +1 m 20 s     gated   answered 201 in 150 ms: committed as SO-77
      +1 m 30 s     gated   sent #4, again after an unknown answer; no answer
                            recorded: unknown
      +1 h 01 m     gated   document gone SO-77 (poll:gated)
      ~ by the clock of the source

    Fates
      legacy  committed: One document, within the SLA.
      gated   vanished: Its document was seen, and two complete readings in a row
                        lack it without a cancellation.
      parity  legacy_only

    Differences
      not compared: the order is not judged

    Documents on legacy
      L-9: in the ledger, committed 2026-11-20 09:01:20 UTC by its clock
        {
          "id": "L-9",
          "total": 19.90
        }

    Documents on gated
      SO-77: gone, committed 2026-11-20 09:01:20 UTC by its clock
        {
          "id": "SO-77",
          "total": 19.90
        }
    "#);
}

#[test]
fn a_redelivery_is_told_from_the_same_order_by_another_event() {
    let mut timeline = timeline();
    let deliver = |row, event: &str, delivery: &str| CaptureSeen {
        row,
        received_at: ms(row * 1_000),
        occurred_at: None,
        event_id: Some(event.to_owned()),
        delivery_id: Some(delivery.to_owned()),
        ..timeline.captures[0].clone()
    };
    timeline.captures = vec![deliver(0, "e1", "d1"), deliver(1, "e1", "d2"), deliver(2, "e2", "d3")];
    let lookup = |documents, error: Option<&str>| Lookup {
        lane: Lane::Gated,
        source: "poll:gated".into(),
        order_key: OrderKey::new("5001").unwrap(),
        began_at: ms(10_000),
        ended_at: ms(10_100),
        documents,
        error: error.map(str::to_owned),
    };
    timeline.lanes = PerLane::default();
    timeline.lanes.gated.lookups = vec![lookup(Some(0), None), lookup(None, Some("503")), lookup(Some(2), None)];
    let page = order(&timeline, &verdict(), &policy(), 80, Style::Plain);
    let (told, _) = page.split_once("\n\nFates").unwrap();
    insta::assert_snapshot!(told, @"
    Order 5001
    Received 2026-11-20 09:00:00 UTC; times count from there.

      +0 s          tee     received, create, event e1, delivery d1
      +1.0 s        tee     received, create, event e1, delivery d2, redelivered
      +2.0 s        tee     received, create, event e2, delivery d3
      +10.0 s       gated   looked up, not found (poll:gated)
      +10.0 s       gated   looked up, failed (503) (poll:gated)
      +10.0 s       gated   looked up, found 2 (poll:gated)
    ");
}

#[test]
fn hostile_text_does_nothing_in_a_story() {
    let evil = "\u{1b}]0;GO\u{7}\n# GO\u{202e}";
    let (mut timeline, mut verdict) = (timeline(), verdict());
    timeline.captures[0].excluded = Some(evil.to_owned());
    timeline.captures[0].event_id = Some(evil.to_owned());
    timeline.captures[0].delivery_id = Some(evil.to_owned());
    timeline.lanes.gated.sends[0].answer.as_mut().unwrap().error = Some(evil.to_owned());
    let rejection = serde_json::json!({ "code": evil }).to_string();
    timeline.lanes.gated.sends[1] =
        send(8, Lane::Gated, SendReason::First, 1, Some((Ending::Answered, 1, Some(400), &rejection)));
    let outcome = &mut timeline.lanes.gated.outcomes[0].outcome;
    (outcome.source, outcome.reference) = (evil.to_owned(), Some(evil.to_owned()));
    outcome.document = Some(Bytes::from_static(b"{\"\xc2\x9b2J\":\"\\u001b[2J\"}"));
    verdict.lanes.gated.documents[0].reference = Some(evil.to_owned());
    verdict.lanes.gated.why = evil.to_owned();
    let page = order(&timeline, &verdict, &policy(), 60, Style::Plain);
    assert!(!page.chars().any(|letter| letter != '\n' && inert::acts(letter)), "{page}");
    assert!(!page.lines().any(|line| line.trim_start().starts_with("# GO")), "{page}");
    assert!(page.contains("\\u009b2J") && page.contains("\\u001b[2J"), "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 60), "{page}");
}
