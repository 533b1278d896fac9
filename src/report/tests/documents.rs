//! The documents of one order: which stand beside each other, and how that reads.

use super::order::{outcome, policy, timeline, verdict};
use super::*;
use crate::judge::{DocumentSeen, DocumentState, Timeline, Verdict};
use crate::outcome::OutcomeKind;

/// As the legacy ERP has the order.
const LEGACY: &str = r#"{
    "number": "L-9", "external_id": "5001", "created_at": "2026-11-20T10:01:01.560034+01:00", "total": 144.90,
    "customer": {"name": "Anna Müller", "city": "名古屋市中区栄三丁目", "note": "leave the parcel with the neighbour on the second floor, and ring twice"},
    "lines": [{"sku": "OAK-BRD-40", "quantity": 2, "price": "42.50"}, {"sku": "BRS-CND-12", "quantity": 2, "price": "29.95"}],
    "payment": {"method": "invoice", "days": 14, "currency": "EUR", "tax": "19 %", "printed": false, "channel": "web", "coupon": null},
    "status": "open"
}"#;

/// As the gated ERP has it: members in another order, a position missing, one member more.
const GATED: &str = r#"{
    "id": "SO-77", "created_at": "2026-11-20T09:01:20.445329Z", "external_id": "5001", "total": "144.90",
    "customer": {"city": "名古屋市中区栄三丁目", "name": "Anna Mueller", "note": "leave the parcel with the neighbor on the second floor, and ring twice"},
    "warehouse": "W2",
    "lines": [{"sku": "BRS-CND-12", "price": "29.95", "quantity": 2}],
    "payment": {"days": 14, "method": "invoice", "currency": "EUR", "tax": "19 %", "printed": false, "channel": "web", "coupon": null},
    "status": "confirmed"
}"#;

fn seen(reference: &str, state: DocumentState) -> DocumentSeen {
    DocumentSeen { reference: Some(reference.to_owned()), committed_at: Some(at(1)), first_seen_at: at(2), state }
}

/// An order with these documents on each lane, each by its number, state and text.
pub(super) fn with(
    legacy: &[(&str, DocumentState, &str)],
    gated: &[(&str, DocumentState, &str)],
) -> (Timeline, Verdict) {
    let (mut timeline, mut verdict) = (timeline(), verdict());
    for (lane, documents) in [(Lane::Legacy, legacy), (Lane::Gated, gated)] {
        let outcomes = documents.iter().map(|(reference, _, text)| {
            let mut seen = outcome(5, lane, OutcomeKind::Committed, Some(80_100), 95_000, reference);
            seen.outcome.document = (!text.is_empty()).then(|| (*text).to_owned().into());
            seen
        });
        timeline.lanes.get_mut(lane).outcomes = outcomes.collect();
        let documents = documents.iter().map(|(reference, state, _)| seen(reference, *state));
        verdict.lanes.get_mut(lane).documents = documents.collect();
    }
    (timeline, verdict)
}

fn page((timeline, verdict): &(Timeline, Verdict), width: usize, style: Style) -> String {
    let page = order(timeline, verdict, &policy(), width, style).replace('\u{1b}', "␛");
    page.split_once("not compared: the order is not judged\n\n").unwrap().1.to_owned()
}

fn both() -> (Timeline, Verdict) {
    with(&[("L-9", DocumentState::Present, LEGACY)], &[("SO-77", DocumentState::Missing, GATED)])
}

#[test]
fn two_documents_read_well_at_80_columns() {
    insta::assert_snapshot!(page(&both(), 80, Style::Plain), @r#"
    Documents, legacy beside gated
      legacy  L-9: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      gated   SO-77: missing in the last reading, committed 2026-11-20 09:01:00 UTC
              by its clock
      The members of gated's document are shown in the order of legacy's.
      | changed, ^ where; < only on legacy; > only on gated

      {                                       {
        "number": "L-9",                    <
                                            >   "id": "SO-77",
        "external_id": "5001",                  "external_id": "5001",
        "created_at": "2026-11-20T10:01:01. |   "created_at":
                               ^^^^^    ^^^ ^
            560034+01:00",                  |       "2026-11-20T09:01:20.445329Z",
            ^^^^^^^^^^^^                    ^                ^^^^^    ^^^^^^^^^^
        "total": 144.90,                    |   "total": "144.90",
                                            ^            ^      ^
        "customer": {                           "customer": {
          "name": "Anna Müller",            |     "name": "Anna Mueller",
                        ^^^^^^              ^                   ^^^^^^^
          "city": "名古屋市中区栄三丁目",         "city": "名古屋市中区栄三丁目",
          "note": "leave the parcel with    |     "note": "leave the parcel with
              the neighbour on the second   |         the neighbor on the second
                  ^^^^^^^^^                 ^             ^^^^^^^^
              floor, and ring twice"        |         floor, and ring twice"
        },                                      },
                                            >   "warehouse": "W2",
        "lines": [                              "lines": [
          {                                 <
            "sku": "OAK-BRD-40",            <
            "quantity": 2,                  <
            "price": "42.50"                <
          },                                <
          {                                       {
            "sku": "BRS-CND-12",                    "sku": "BRS-CND-12",
            "quantity": 2,                          "quantity": 2,
      … 9 equal lines
          "channel": "web",                       "channel": "web",
          "coupon": null                          "coupon": null
        },                                      },
        "status": "open"                    |   "status": "confirmed"
                   ^^^^                     ^              ^^^^^^^^^
      }                                       }
    "#);
}

#[test]
fn two_documents_read_well_at_132_columns() {
    insta::assert_snapshot!(page(&both(), 132, Style::Plain), @r#"
    Documents, legacy beside gated
      legacy  L-9: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      gated   SO-77: missing in the last reading, committed 2026-11-20 09:01:00 UTC by its clock
      The members of gated's document are shown in the order of legacy's.
      | changed, ^ where; < only on legacy; > only on gated

      {                                                                 {
        "number": "L-9",                                              <
                                                                      >   "id": "SO-77",
        "external_id": "5001",                                            "external_id": "5001",
        "created_at": "2026-11-20T10:01:01.560034+01:00",             |   "created_at": "2026-11-20T09:01:20.445329Z",
                               ^^^^^    ^^^^^^^^^^^^^^^               ^                          ^^^^^    ^^^^^^^^^^
        "total": 144.90,                                              |   "total": "144.90",
                                                                      ^            ^      ^
        "customer": {                                                     "customer": {
          "name": "Anna Müller",                                      |     "name": "Anna Mueller",
                        ^^^^^^                                        ^                   ^^^^^^^
          "city": "名古屋市中区栄三丁目",                                   "city": "名古屋市中区栄三丁目",
          "note": "leave the parcel with the neighbour on the second  |     "note": "leave the parcel with the neighbor on the second
                                             ^^^^^^^^^                ^                                        ^^^^^^^^
              floor, and ring twice"                                  |         floor, and ring twice"
        },                                                                },
                                                                      >   "warehouse": "W2",
        "lines": [                                                        "lines": [
          {                                                           <
            "sku": "OAK-BRD-40",                                      <
            "quantity": 2,                                            <
            "price": "42.50"                                          <
          },                                                          <
          {                                                                 {
            "sku": "BRS-CND-12",                                              "sku": "BRS-CND-12",
            "quantity": 2,                                                    "quantity": 2,
      … 9 equal lines
          "channel": "web",                                                 "channel": "web",
          "coupon": null                                                    "coupon": null
        },                                                                },
        "status": "open"                                              |   "status": "confirmed"
                   ^^^^                                               ^              ^^^^^^^^^
      }                                                                 }
    "#);
}

#[test]
fn two_documents_read_well_at_60_columns() {
    insta::assert_snapshot!(page(&both(), 60, Style::Plain), @r#"
    Documents, legacy beside gated
      legacy  L-9: in the ledger, committed 2026-11-20 09:01:00
              UTC by its clock
      gated   SO-77: missing in the last reading, committed
              2026-11-20 09:01:00 UTC by its clock
      The members of gated's document are shown in the order of
      legacy's.
      - legacy; + gated; ^ where they differ

        {
      -   "number": "L-9",
      +   "id": "SO-77",
          "external_id": "5001",
      -   "created_at": "2026-11-20T10:01:01.560034+01:00",
      ^                          ^^^^^    ^^^^^^^^^^^^^^^
      +   "created_at": "2026-11-20T09:01:20.445329Z",
      ^                          ^^^^^    ^^^^^^^^^^
      -   "total": 144.90,
      +   "total": "144.90",
      ^            ^      ^
          "customer": {
      -     "name": "Anna Müller",
      ^                   ^^^^^^
      +     "name": "Anna Mueller",
      ^                   ^^^^^^^
            "city": "名古屋市中区栄三丁目",
      -     "note": "leave the parcel with the neighbour on the
      ^                                        ^^^^^^^^^
      -         second floor, and ring twice"
      +     "note": "leave the parcel with the neighbor on the
      ^                                        ^^^^^^^^
      +         second floor, and ring twice"
          },
      +   "warehouse": "W2",
          "lines": [
      -     {
      -       "sku": "OAK-BRD-40",
      -       "quantity": 2,
      -       "price": "42.50"
      -     },
            {
              "sku": "BRS-CND-12",
              "quantity": 2,
      … 9 equal lines
            "channel": "web",
            "coupon": null
          },
      -   "status": "open"
      ^              ^^^^
      +   "status": "confirmed"
      ^              ^^^^^^^^^
        }
    "#);
}

#[test]
fn two_documents_read_well_in_colour() {
    insta::assert_snapshot!(page(&both(), 80, Style::Ansi), @r#"
    ␛[1mDocuments, legacy beside gated␛[0m
      legacy  L-9: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      gated   SO-77: missing in the last reading, committed 2026-11-20 09:01:00 UTC
              by its clock
      The members of gated's document are shown in the order of legacy's.
      | changed; < only on legacy; > only on gated

      {                                       {
        ␛[31m"number": "L-9",␛[0m                    <
                                            >   ␛[32m"id": "SO-77",␛[0m
        "external_id": "5001",                  "external_id": "5001",
        ␛[31m"created_at": "2026-11-␛[0m␛[1;4;31m20T10␛[0m␛[31m:01:␛[0m␛[1;4;31m01.␛[0m |   ␛[32m"created_at": ␛[0m
            ␛[1;4;31m560034+01:00␛[0m␛[31m",␛[0m                  |       ␛[32m"2026-11-␛[0m␛[1;4;32m20T09␛[0m␛[32m:01:␛[0m␛[1;4;32m20.445329Z␛[0m␛[32m",␛[0m
        ␛[31m"total": 144.90,␛[0m                    |   ␛[32m"total": ␛[0m␛[1;4;32m"␛[0m␛[32m144.90␛[0m␛[1;4;32m"␛[0m␛[32m,␛[0m
        "customer": {                           "customer": {
          ␛[31m"name": "Anna ␛[0m␛[1;4;31mMüller␛[0m␛[31m",␛[0m            |     ␛[32m"name": "Anna ␛[0m␛[1;4;32mMueller␛[0m␛[32m",␛[0m
          "city": "名古屋市中区栄三丁目",         "city": "名古屋市中区栄三丁目",
          ␛[31m"note": "leave the parcel with ␛[0m   |     ␛[32m"note": "leave the parcel with ␛[0m
              ␛[31mthe ␛[0m␛[1;4;31mneighbour␛[0m␛[31m on the second ␛[0m  |         ␛[32mthe ␛[0m␛[1;4;32mneighbor␛[0m␛[32m on the second ␛[0m
              ␛[31mfloor, and ring twice"␛[0m        |         ␛[32mfloor, and ring twice"␛[0m
        },                                      },
                                            >   ␛[32m"warehouse": "W2",␛[0m
        "lines": [                              "lines": [
          ␛[31m{␛[0m                                 <
            ␛[31m"sku": "OAK-BRD-40",␛[0m            <
            ␛[31m"quantity": 2,␛[0m                  <
            ␛[31m"price": "42.50"␛[0m                <
          ␛[31m},␛[0m                                <
          {                                       {
            "sku": "BRS-CND-12",                    "sku": "BRS-CND-12",
            "quantity": 2,                          "quantity": 2,
      … 9 equal lines
          "channel": "web",                       "channel": "web",
          "coupon": null                          "coupon": null
        },                                      },
        ␛[31m"status": "␛[0m␛[1;4;31mopen␛[0m␛[31m"␛[0m                    |   ␛[32m"status": "␛[0m␛[1;4;32mconfirmed␛[0m␛[32m"␛[0m
      }                                       }
    "#);
}

#[test]
fn equal_documents_are_shown_once() {
    let (legacy, gated) = (r#"{"a":1,"b":[2.0]}"#, r#"{"b":[2.0],"a":1}"#);
    let both = with(&[("L-9", DocumentState::Present, legacy)], &[("SO-77", DocumentState::Present, gated)]);
    insta::assert_snapshot!(page(&both, 80, Style::Plain), @r#"
    Documents, legacy beside gated
      legacy  L-9: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      gated   SO-77: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      Both documents are equal.
      The members of gated's document are shown in the order of legacy's.

      {
        "a": 1,
        "b": [
          2.0
        ]
      }
    "#);
}

#[test]
fn the_first_that_stands_is_compared_and_the_others_follow() {
    let legacy = [("L-8", DocumentState::Cancelled, "[8]"), ("L-9", DocumentState::Present, "[9]")];
    let gated = [
        ("SO-75", DocumentState::Present, ""),
        ("SO-76", DocumentState::Present, "[76]"),
        ("SO-77", DocumentState::Present, "[77]"),
    ];
    insta::assert_snapshot!(page(&with(&legacy, &gated), 80, Style::Plain), @r#"
    Documents, legacy beside gated
      legacy  L-9: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      gated   SO-76: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      | changed, ^ where; < only on legacy; > only on gated

      [                                       [
        9                                   |   76
        ^                                   ^   ^^
      ]                                       ]

    Other documents on legacy
      L-8: cancelled, committed 2026-11-20 09:01:00 UTC by its clock
        [
          8
        ]

    Other documents on gated
      SO-75: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
      SO-77: in the ledger, committed 2026-11-20 09:01:00 UTC by its clock
        [
          77
        ]
    "#);
}

#[test]
fn where_a_lane_has_none_that_stands_each_is_listed() {
    for state in [DocumentState::Gone, DocumentState::Cancelled] {
        let both = with(&[("L-9", DocumentState::Present, "[9]")], &[("SO-77", state, "[9]")]);
        let page = page(&both, 80, Style::Plain);
        assert!(page.starts_with("Documents on legacy\n  L-9: in the ledger"), "{page}");
        assert!(
            page.contains("\n\nDocuments on gated\n  SO-77: ") && page.ends_with("    [\n      9\n    ]\n"),
            "{page}"
        );
        assert!(!page.contains("beside"), "{page}");
    }
}

#[test]
fn no_line_of_two_documents_is_wider_than_asked_for() {
    let both = both();
    for width in 40..140 {
        let page = page(&both, width, Style::Plain);
        let columns = |line: &str| line.chars().filter_map(unicode_width::UnicodeWidthChar::width).sum::<usize>();
        assert!(page.lines().all(|line| columns(line) <= width), "{width}: {page}");
    }
}
