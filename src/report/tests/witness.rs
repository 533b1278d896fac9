//! What observers beside the readings contributed, and the third witness.

use super::*;
use crate::judge::ExtractSummary;
use crate::outcome::{Signature, Witness};

fn extract(lane: Witness, file_name: &str, rows: u64, through: Option<i64>) -> ExtractSummary {
    ExtractSummary {
        lane,
        file_name: file_name.to_owned(),
        file_digest: "5a".repeat(32),
        rows,
        recorded: rows,
        complete_through: through.map(at),
        error: None,
    }
}

/// A run that the storefront's list disagrees with, and to which many observers contributed.
pub(super) fn witnessed() -> Assessment {
    let mut assessment = go();
    assessment.decision = Decision::NoGo;
    assessment.gates.insert(
        1,
        gate(GateName::CaptureComplete, Decision::NoGo, "1 missing, 1 round the tee of 412 listed", "One never came."),
    );
    assessment.census = CensusSummary {
        expected: true,
        imported: true,
        complete_through: Some(at(190)),
        listed: 412,
        captured: 399,
        before_the_run: 6,
        not_yet: 2,
        excluded: [("test order".to_owned(), 2), ("unpaid".to_owned(), 1)].into(),
        round_the_tee: 1,
        missing: 1,
        unlisted: 1,
        ..CensusSummary::default()
    };
    let mut partial = extract(Witness::Legacy, "orders from the ERP.csv", 9, None);
    (partial.recorded, partial.error) = (4, Some("row 9: no order key".to_owned()));
    assessment.run.extracts = vec![extract(Witness::Census, "orders-2026-11-20.csv", 412, Some(190)), partial];
    let counts = &mut assessment.run.counts;
    (counts.redelivered, counts.same_order_again) = (2, 1);
    counts.signatures = [(Signature::Bad, 3), (Signature::Missing, 1)].into();
    let gated = &mut assessment.run.lanes.gated;
    (gated.watermarks, gated.lookups, gated.lookups_failed) = (1, 12, 2);
    gated.sources.insert("/erp/events".to_owned(), 77);
    let action = "Look into its delivery log.";
    for (key, kind) in
        [("9001", ExceptionKind::Missing), ("9002", ExceptionKind::RoundTheTee), ("9003", ExceptionKind::Unlisted)]
    {
        let of = exception(key, kind, &[], Owner::Ecommerce, action);
        assessment.exceptions.push(Exception { lane: Witness::Census, ..of });
    }
    count_owners(&mut assessment);
    assessment
}

#[test]
#[allow(clippy::too_many_lines, reason = "the lines are the report's")]
fn the_third_witness_reads_well_at_80_columns() {
    insta::assert_snapshot!(text(&witnessed(), 80, Style::Plain), @r#"
    NO-GO  Do not cut over: capture-complete (1 missing, 1 round the tee of 412
           listed).

    Judged    2026-11-20 09:00:00 to 2026-11-20 12:00:00 UTC
    As of     2026-11-20 12:20:00 UTC, the journal's last seal
    Orders    400 captured, 388 judged, 12 pending
    To GO     nothing that can be counted; if nothing bad is seen on the way
    Requests  received 513 = teed 402 + passed through 100 + skipped 10 (no_json 10)
              + in flight 1
    Delivered 2 redelivered; 1 of an order that was there, by another event;
              signatures: 3 bad, 1 missing

    Gates
      GO            evidence-intact     chain verified, no gaps, both ledgers read
      NO-GO         capture-complete    1 missing, 1 round the tee of 412 listed
                    at worst: 1 missing, 1 round the tee of 412 listed; threshold: 0
                    One never came.
                    What would change this: 259 clean orders, 2 complete readings.
      GO            no-lost-orders      0 of 388 orders
      GO            loss-bound          at most 0.77 % at 95 %

    Fates                             legacy     gated
      committed                          388       388
      pending                             12        12

    Parity
      matched 388, open 12

    Exceptions: 3
      e-commerce: 3 exceptions, money at risk not known, the oldest for 3 h 13 m
        1 order missing, by the census
          Look into its delivery log.
            9001  2026-11-20 09:07:00, for 3 h 13 m
        1 order round_the_tee, by the census
          Look into its delivery log.
            9002  2026-11-20 09:07:00, for 3 h 13 m
        1 order unlisted, by the census
          Look into its delivery log.
            9003  2026-11-20 09:07:00, for 3 h 13 m

    Findings: none
      legacy with gated  388 orders compared member by member, no unexplained
                         difference
      order with gated   not compared with what was ordered: [lane.gated.document]
                         is not written
      order with legacy  not compared with what was ordered: [lane.legacy.document]
                         is not written

    Totals                            legacy     gated
      orders captured                    400       400
      orders with a fate                 400       400
      documents in the ledger            410       398
      of captured orders                 398       398
      set aside: before_the_run           12         0
      residual                             0         0
      Every order and every document is accounted for.

    Goods and money
      Units and money are not counted: write [order] and, for both lanes,
      [lane.X.document], which say where lines, quantities and totals stand.

    Census
      Complete through 2026-11-20 12:10:00 UTC by its clock.
      orders listed                      412
      captured                           399
      before_the_run                       6
      not_yet                              2
      round_the_tee                        1
      excluded: test order                 2
      excluded: unpaid                     1
      missing                              1
      residual                             0
      captured, not listed                 1

    What would have been seen
      Known faults were seeded into copies of 200 good orders of this run, in
      memory, and judged again by the same rules.
      drop                200 of 200, surely at least 98.5 %
      cent                199 of 200, surely at least 97.6 %
      swap                none could be seeded

    Evidence
      legacy  live, fire-and-forget, production ledger; 240 complete readings; seen
              up to 2026-11-20 12:19:00 UTC; its clock 120 ms ahead; outcomes by
              poll:live 398
      gated   shadow, erp-gated, sandbox ledger; 240 complete readings; seen up to
              2026-11-20 12:19:00 UTC; 1 watermark; 12 look-ups, 2 failed; its clock
              120 ms ahead; outcomes by /erp/events 77, poll:shadow 398
      import  census from orders-2026-11-20.csv: 412 rows, complete through
              2026-11-20 12:10:00 UTC
      import  legacy from orders from the ERP.csv: 9 rows, 4 new, not whole: row 9:
              no order key
      gaps    none
      run     2 "gated build 412", live run 2
      policy  9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f
      journal 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
    "#);
}

#[test]
fn the_third_witness_reads_well_at_60_columns() {
    let page = text(&witnessed(), 60, Style::Plain);
    let (_, from_census) = page.split_once("\n\nCensus\n").unwrap();
    insta::assert_snapshot!(from_census, @r#"
      Complete through 2026-11-20 12:10:00 UTC by its clock.
      orders listed                      412
      captured                           399
      before_the_run                       6
      not_yet                              2
      round_the_tee                        1
      excluded: test order                 2
      excluded: unpaid                     1
      missing                              1
      residual                             0
      captured, not listed                 1

    What would have been seen
      Known faults were seeded into copies of 200 good orders of
      this run, in memory, and judged again by the same rules.
      drop                200 of 200, surely at least 98.5 %
      cent                199 of 200, surely at least 97.6 %
      swap                none could be seeded

    Evidence
      legacy  live, fire-and-forget, production ledger; 240
              complete readings; seen up to 2026-11-20 12:19:00
              UTC; its clock 120 ms ahead; outcomes by poll:live
              398
      gated   shadow, erp-gated, sandbox ledger; 240 complete
              readings; seen up to 2026-11-20 12:19:00 UTC; 1
              watermark; 12 look-ups, 2 failed; its clock 120 ms
              ahead; outcomes by /erp/events 77, poll:shadow 398
      import  census from orders-2026-11-20.csv: 412 rows,
              complete through 2026-11-20 12:10:00 UTC
      import  legacy from orders from the ERP.csv: 9 rows, 4
              new, not whole: row 9: no order key
      gaps    none
      run     2 "gated build 412", live run 2
      policy  9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f
              9f9f9f9f9f9f9f
      journal 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
              3c3c3c3c3c3c3c
    "#);
}

#[test]
fn the_third_witness_reads_well_in_markdown() {
    let page = markdown(&witnessed());
    let (_, from_totals) = page.split_once("## Census\n\n").unwrap();
    insta::assert_snapshot!(from_totals, @r#"
    Complete through 2026-11-20 12:10:00 UTC by its clock.

    | census | orders |
    | --- | ---: |
    | orders listed | 412 |
    | captured | 399 |
    | before\_the\_run | 6 |
    | not\_yet | 2 |
    | round\_the\_tee | 1 |
    | excluded: test order | 2 |
    | excluded: unpaid | 1 |
    | missing | 1 |
    | residual | 0 |
    | captured, not listed | 1 |

    ## Exceptions

    | owner | exceptions | money at risk | oldest |
    | --- | ---: | --- | --- |
    | e-commerce | 3 | not known | 3 h 13 m |

    | owner | order | lane | fate | reason | money at risk | since (UTC) | documents | next action |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    | e-commerce | 9001 | census | missing |  |  | 2026-11-20 09:07:00, for 3 h 13 m |  | Look into its delivery log. |
    | e-commerce | 9002 | census | round\_the\_tee |  |  | 2026-11-20 09:07:00, for 3 h 13 m |  | Look into its delivery log. |
    | e-commerce | 9003 | census | unlisted |  |  | 2026-11-20 09:07:00, for 3 h 13 m |  | Look into its delivery log. |

    ## Findings: none

    - legacy with gated: 388 orders compared member by member, no unexplained difference
    - order with gated: not compared with what was ordered: \[lane.gated.document\] is not written
    - order with legacy: not compared with what was ordered: \[lane.legacy.document\] is not written

    ## What would have been seen

    Known faults were seeded into copies of 200 good orders of this run, in memory, and judged again by the same rules.

    | fault | seen |
    | --- | --- |
    | the commit of an order is dropped | 200 of 200, surely at least 98.5 % |
    | a total is a cent off, or more where a tolerance covers a cent | 199 of 200, surely at least 97.6 % |
    | two orders have each other's documents | none could be seeded |

    ## Evidence

    - legacy: live, fire-and-forget, production ledger; 240 complete readings; seen up to 2026-11-20 12:19:00 UTC; its clock 120 ms ahead; outcomes by poll:live 398
    - gated: shadow, erp-gated, sandbox ledger; 240 complete readings; seen up to 2026-11-20 12:19:00 UTC; 1 watermark; 12 look-ups, 2 failed; its clock 120 ms ahead; outcomes by /erp/events 77, poll:shadow 398
    - import: census from orders-2026-11-20.csv: 412 rows, complete through 2026-11-20 12:10:00 UTC
    - import: legacy from orders from the ERP.csv: 9 rows, 4 new, not whole: row 9: no order key
    - gaps: none
    - run: 2 "gated build 412", live run 2
    - policy: `9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f`
    - journal: `3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c`
    "#);
}

#[test]
fn the_third_witness_is_in_the_json() {
    let read: serde_json::Value = serde_json::from_str(&json(&witnessed()).unwrap()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&read["census"]).unwrap(), @r#"
    {
      "before_the_run": 6,
      "captured": 399,
      "carried_over": 0,
      "complete_through": "2026-11-20T12:10:00Z",
      "excluded": {
        "test order": 2,
        "unpaid": 1
      },
      "expected": true,
      "imported": true,
      "in_doubt": 0,
      "listed": 412,
      "missing": 1,
      "not_yet": 2,
      "residual": 0,
      "round_the_tee": 1,
      "shared_name": 0,
      "unlisted": 1
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&read["run"]["extracts"][0]).unwrap(), @r#"
    {
      "complete_through": "2026-11-20T12:10:00Z",
      "error": null,
      "file_digest": "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
      "file_name": "orders-2026-11-20.csv",
      "lane": "census",
      "recorded": 412,
      "rows": 412
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&read["run"]["counts"]).unwrap(), @r#"
    {
      "passed_through": 100,
      "received": 513,
      "redelivered": 2,
      "same_order_again": 1,
      "signatures": {
        "bad": 3,
        "missing": 1
      },
      "skipped": {
        "no_json": 10
      },
      "teed": 402
    }
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&read["run"]["lanes"]["gated"]).unwrap(), @r#"
    {
      "clock_offset_us": 120000,
      "clock_skew_max_us": null,
      "flow": "erp-gated",
      "ledger": "sandbox",
      "lookups": 12,
      "lookups_failed": 2,
      "readings_broken": 0,
      "readings_complete": 240,
      "role": "shadow",
      "sources": {
        "/erp/events": 77,
        "poll:shadow": 398
      },
      "watermark": "2026-11-20T12:19:00Z",
      "watermarks": 1
    }
    "#);
    assert_eq!((&read["exceptions"][0]["lane"], &read["exceptions"][0]["fate"]), (&"census".into(), &"missing".into()));
}

#[test]
fn no_line_of_it_is_wider_than_asked_for_whatever_a_file_or_a_source_is_called() {
    let evil = "\u{1b}]0;GO\u{7}|\n# GO<b>\u{202e}";
    let mut assessment = witnessed();
    assessment.run.extracts[0].file_name = evil.to_owned();
    assessment.run.extracts[1].error = Some(evil.to_owned());
    assessment.census.excluded.insert(evil.to_owned(), 1);
    assessment.run.lanes.gated.sources.insert(evil.to_owned(), 1);
    let (markdown, json) = (markdown(&assessment), json(&assessment).unwrap());
    for width in [60, 80, 132] {
        let page = text(&assessment, width, Style::Plain);
        assert!(page.lines().all(|line| line.chars().count() <= width), "{width}: {page}");
        assert!(!page.chars().any(|letter| letter != '\n' && inert::acts(letter)), "{page}");
    }
    assert!(![&markdown, &json].iter().any(|page| page.chars().any(|one| one != '\n' && inert::acts(one))));
    assert!(!markdown.lines().any(|line| line == "# GO" || line.contains("<b>")), "{markdown}");
}
