//! The summary for a terminal.

use super::*;

#[test]
fn a_go_reads_well_at_80_columns() {
    insta::assert_snapshot!(text(&go(), 80, Style::Plain), @r#"
    GO  Safe to cut over: all 3 gates hold.

    Judged    2026-11-20 09:00:00 to 2026-11-20 12:00:00 UTC
    As of     2026-11-20 12:20:00 UTC, the journal's last seal
    Orders    400 captured, 388 judged, 12 pending
    Requests  received 513 = teed 402 + passed through 100 + skipped 10 (no_json 10)
              + in flight 1

    Gates
      GO            evidence-intact     chain verified, no gaps, both ledgers read
      GO            no-lost-orders      0 of 388 orders
      GO            loss-bound          at most 0.77 % at 95 %

    Fates                             legacy     gated
      committed                          388       388
      pending                             12        12

    Parity
      matched 388, open 12

    Exceptions: none

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
      No third witness: none is expected, and none was imported.

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
              2026-11-20 12:19:00 UTC; its clock 120 ms ahead; outcomes by
              poll:shadow 398
      gaps    none
      run     2 "gated build 412", live run 2
      policy  9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f
      journal 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the lines are the report's")]
fn a_no_go_names_who_has_to_do_what() {
    insta::assert_snapshot!(text(&no_go(), 80, Style::Plain), @r#"
    NO-GO  Do not cut over: no-lost-orders (2 lost of 388), no-double-commits (1
           double_committed).

    Judged    2026-11-20 09:00:00 to 2026-11-20 12:00:00 UTC
    As of     2026-11-20 12:20:00 UTC, the journal's last seal
    Orders    400 captured, 388 judged, 12 pending
    To GO     at least 368 clean orders; in a new run, as this one can't become GO
    Requests  received 513 = teed 402 + passed through 100 + skipped 10 (no_json 10)
              + in flight 1

    Gates
      GO            evidence-intact     chain verified, no gaps, both ledgers read
      NO-GO         no-lost-orders      2 lost of 388
                    at worst: 2 lost of 388; threshold: 0
                    Two orders were acknowledged, and two complete readings of the
                    ledger after their horizon have no document.
                    What would change this: 259 clean orders, 2 complete readings.
      NO-GO         no-double-commits   1 double_committed
                    at worst: 1 double_committed; threshold: 0
                    One was made twice.
                    What would change this: 259 clean orders, 2 complete readings.

    Fates                             legacy     gated
      double_committed                     0         1
      committed                          388       385
      lost                                 0         2
      pending                             12        12

    Parity
      matched 386, legacy_only 2, open 12

    Exceptions: 3
      ERP/IT: 2 exceptions, EUR 119.90 at risk, not known of 1 order, the oldest
        for 3 h 13 m
        2 orders lost on gated
          Find out in the gated lane's log why its answer was 201; enter the order
          by hand.
            5001  EUR 119.90, 2026-11-20 09:07:00, for 3 h 13 m
            5002  2026-11-20 09:07:00, for 3 h 13 m
      operations: 1 exception, JPY 5000 at risk, the oldest for 3 h 13 m
        1 order double_committed on gated
          Cancel the later document, then find out which key lets the ERP see a
          repeat.
            5107  JPY 5000, 2026-11-20 09:07:00, for 3 h 13 m, SO-77, SO-78

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
      No third witness: none is expected, and none was imported.

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
              2026-11-20 12:19:00 UTC; its clock 120 ms ahead; outcomes by
              poll:shadow 398
      gaps    none
      run     2 "gated build 412", live run 2
      policy  9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f
      journal 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
    "#);
}

#[test]
fn an_empty_run_says_that_it_proves_nothing() {
    insta::assert_snapshot!(text(&empty(), 60, Style::Plain), @r"
    INCONCLUSIVE  The evidence does not suffice for
                  evidence-intact. Neither ledger was read to
                  its end: configure a poll for both lanes, and
                  see that it can reach them.

    Judged    2026-11-20 09:00:00 to 2026-11-20 12:00:00 UTC
    As of     2026-11-20 12:20:00 UTC, the journal's last seal
    Orders    0 captured, 0 judged
    To GO     at least 259 clean orders, 2 complete readings; if
              nothing bad is seen on the way
    Requests  received 0 = teed 0 + passed through 0 + skipped 0

    Gates
      INCONCLUSIVE  evidence-intact     no ledger read
                    at worst: no ledger read; threshold: 0
                    Neither ledger was read to its end:
                    configure a poll for both lanes, and see
                    that it can reach them.
                    What would change this: 259 clean orders, 2
                    complete readings.

    Fates                             legacy     gated
      no order was captured

    Parity
      nothing to compare

    Exceptions: none

    Findings: nothing was compared
      legacy with gated  nothing compared: no order has a
                         document on both lanes
      order with gated   not compared with what was ordered:
                         [lane.gated.document] is not written
      order with legacy  not compared with what was ordered:
                         [lane.legacy.document] is not written

    Totals                            legacy     gated
      orders captured                      0         0
      orders with a fate                   0         0
      documents in the ledger              0         0
      of captured orders                   0         0
      residual                             0         0
      There is nothing to account for.

    Census
      No third witness: none is expected, and none was imported.

    What would have been seen
      There is no good order to seed a fault into, so that it is
      not known what this judge would have seen.

    Evidence
      legacy  live, fire-and-forget, production ledger; never
              read back
      gated   shadow, erp-gated, sandbox ledger; never read back
      gaps    none
      run     2, a rehearsal
      policy  9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f
              9f9f9f9f9f9f9f
      journal 3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
              3c3c3c3c3c3c3c
    ");
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for assessment in [go(), no_go(), empty(), hostile()] {
        for width in [60, 80, 132] {
            for line in text(&assessment, width, Style::Plain).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    for assessment in [go(), no_go(), empty()] {
        let coloured = text(&assessment, 80, Style::Ansi);
        assert!(coloured.contains("\u{1b}[1;3"));
        let mut plain = String::new();
        for (index, part) in coloured.split('\u{1b}').enumerate() {
            plain.push_str(if index == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
        assert_eq!(trimmed.join("\n") + "\n", text(&assessment, 80, Style::Plain));
    }
}

#[test]
fn a_lane_that_loses_everything_still_fits_on_a_screen() {
    let mut assessment = no_go();
    let lost =
        |number: u64| exception(&number.to_string(), ExceptionKind::Fate(Fate::Lost), &[], Owner::ErpIt, "Look.");
    assessment.exceptions = (0..1_000).map(lost).collect();
    count_owners(&mut assessment);
    assessment.exceptions_count = 30_000;
    assessment.owners[0].tasks[0].at_risk.exceptions = 30_000;
    let page = text(&assessment, 80, Style::Plain);
    assert!(
        page.contains("30000 orders lost on gated")
            && page.contains("and 29990 more")
            && page.contains("29000 more are counted, not listed."),
        "{page}"
    );
    assert!(page.lines().count() < 95, "{page}");
}
