//! What the comparison found, in text and Markdown.

use super::evidence::{decimal, differing, part};
use super::*;
use crate::judge::{NotCompared, TieOutRow, TieOutSide};

#[test]
#[allow(clippy::too_many_lines, reason = "the lines are the report's")]
fn findings_rules_and_decisions_at_80_columns() {
    let page = text(&differing(), 80, Style::Plain);
    insta::assert_snapshot!(part(&page, "Findings", "Totals"), @r#"
    Findings: 16 unexplained
      legacy with gated  385 orders compared in common terms, 12 differ (14
                         unexplained differences); 9 differences where gated says
                         what was ordered and legacy doesn't; 2 not compared, as a
                         document was told of without its content or was purged: let
                         a poll or an import with `document` bring it, and judge
                         before a purge; 1 not compared, as a lane has several
                         documents of the order: write documents = "in-common-terms"
                         under [compare], so that they are added up
      order with gated   386 orders compared, 1 differs (1 unexplained difference)
      order with legacy  388 orders compared, 388 differ (388 unexplained
                         differences)

      $.lines[*].tax: small differences within a tolerance that go one way, between
      legacy and gated
        in 30 orders, 7.7 % of those compared; grave, money; for ERP/IT; rule 2
        masks each by itself
        money   EUR -0.30

      /lines[sku]/quantity: value differs between legacy and gated
        14 in 12 orders, 3.1 % of those compared; grave, quantity; for operations
        money   EUR -99.50 (140.50 without signs), JPY -300, unread in 1
        orders  5001, 5002, 5003, 5004, 5005 and 7 more
        for example /lines[sku=A1]/quantity of 5001
          legacy  3 at /lines/0/quantity
          gated   2 at /items/4/qty

      /lines[sku]: missing on gated, the order has it
        1 in 1 order, 0.3 % of those compared; for operations
        orders  5001
        for example /lines[sku=B2] of 5001
          order   {"sku":"B2","quantity":1} at /line_items/1
          gated   nothing

      /note: on legacy alone, the order lacks it
        388 in 388 orders, 100 % of those compared; for operations; what legacy
        makes of orders, not counted against the cutover
        orders  5001, 5002, 5003, 5004, 5005 and 383 more
        for example /note of 5001
          order   nothing
          legacy  "gift \u0020wrap" at /note

      Explained
        /id: value differs between legacy and gated: 388 in 388 orders, 100 % of
          those compared; explained by rule 1
        /lines[sku]/tax: value differs between legacy and gated: 30 in 30 orders,
          7.7 % of those compared; money EUR -0.30; explained by rule 2
        /customer: value differs between legacy and gated: 9 in 9 orders, 2.3 % of
          those compared; gated says what was ordered, legacy doesn't
        /total: written differently, the same value, between legacy and gated: 3
          in 3 orders, 0.8 % of those compared
        /lines[sku]: the same goods in other lines, between the order and gated: 2
          in 1 order, 0.3 % of those compared
      3 more are counted, not listed.

    Rules
      1   $.id: ignore
          each ERP's own document number
          explains 388 differences in 388 orders; hides no money
      2   $.lines[*].tax: tolerance
          the ERP rounds per line, the storefront per order
          explains 30 differences in 30 orders; hides EUR -0.30; tolerance used up
          in 2 orders, where it masks nothing; more in 0 orders, less in 30: so
          one-sided by chance with probability below 0.0001
      3   $.remarks: ignore
          free text
          selects nothing: is the path right?
      4   $.channel: ignore
          renamed in the new path
          388 places, masked nothing; ends 2026-11-26 15:00:00 UTC
      5   $.created_at: ignore
          until both clocks are set
          expired 2026-11-20 08:00:00 UTC, applied no more
      6   $.lines: match_by
          776 places, nothing out of order
      9   $.shipping: ignore, between the order and a lane, built in
          the ERP has it as a line
          explains 1 difference in 1 order; hides EUR +4.90
      built in, hiding no money: 7 $.updated_at explains 2, 1 rule explains
          nothing

    Decisions
      legacy    unknown_sku   1 committed by gated: nothing explains it (6001); 2
                              rejected by both
      gated     unknown_sku   12 committed by legacy: a regression (5001, 5002 and
                              10 more); 2 rejected by both; 1 open: what legacy
                              decided is not known
      gated     tax           3 committed by legacy, as agreed: the old path never
                              checked it; 1 that legacy neither has nor promised
      gated     customer      4 that legacy told the customer and never committed:
                              bad orders, caught (5009 and 3 more)
    "#);
}

#[test]
fn goods_at_80_columns() {
    let page = text(&differing(), 80, Style::Plain);
    insta::assert_snapshot!(part(&page, "Goods", "Census"), @"
    Goods and money                 captured    legacy     gated
      units, all                        1234      1234      1226
        gated   missing 18: differs 14, lost 4; surplus 3: double_committed 3; set
                aside 7: phantom 7
      SKU A1                             300       300       286
        gated   missing 14: differs 14
      SKU B2 / Bestellung für den
      langen Namen                        12        12        18
        gated   missing 4: lost 4; surplus 3: double_committed 3; set aside 7:
                phantom 7
      money EUR                     24680.50  24680.50  24600.00
        gated   missing 80.50: lost 80.50
      money JPY                         1000      1000       900
        gated   residual -100, accounted for by nothing
      The units of 1 captured order can't be counted: [order] finds no lines there.
      The money of 2 captured orders can't be counted: [order] finds no total in a
      currency there.
      2 more SKUs differ; they are counted, not listed.
    ");
}

#[test]
fn markdown_tells_the_same() {
    let page = markdown(&differing());
    insta::assert_snapshot!(part(&page, "## Findings", "## Evidence"), @r#"
    ## Findings: 16 unexplained

    - legacy with gated: 385 orders compared in common terms, 12 differ (14 unexplained differences); 9 differences where gated says what was ordered and legacy doesn't; 2 not compared, as a document was told of without its content or was purged: let a poll or an import with \`document\` bring it, and judge before a purge; 1 not compared, as a lane has several documents of the order: write documents = "in-common-terms" under \[compare\], so that they are added up
    - order with gated: 386 orders compared, 1 differs (1 unexplained difference)
    - order with legacy: 388 orders compared, 388 differ (388 unexplained differences)

    | difference | how often | money | orders | example |
    | --- | --- | --- | --- | --- |
    | \$.lines\[\*\].tax: small differences within a tolerance that go one way, between legacy and gated | in 30 orders, 7.7 % of those compared; grave, money; for ERP/IT; rule 2 masks each by itself | EUR -0.30 |  |  |
    | /lines\[sku\]/quantity: value differs between legacy and gated | 14 in 12 orders, 3.1 % of those compared; grave, quantity; for operations | EUR -99.50 (140.50 without signs), JPY -300, unread in 1 | 5001, 5002, 5003, 5004, 5005 and 7 more | /lines\[sku=A1\]/quantity: legacy 3 at /lines/0/quantity; gated 2 at /items/4/qty |
    | /lines\[sku\]: missing on gated, the order has it | 1 in 1 order, 0.3 % of those compared; for operations |  | 5001 | /lines\[sku=B2\]: order \{"sku":"B2","quantity":1\} at /line\_items/1; gated nothing |
    | /note: on legacy alone, the order lacks it | 388 in 388 orders, 100 % of those compared; for operations; what legacy makes of orders, not counted against the cutover |  | 5001, 5002, 5003, 5004, 5005 and 383 more | /note: order nothing; legacy "gift \\u0020wrap" at /note |

    Explained:

    - /id: value differs between legacy and gated: 388 in 388 orders, 100 % of those compared; explained by rule 1
    - /lines\[sku\]/tax: value differs between legacy and gated: 30 in 30 orders, 7.7 % of those compared; money EUR -0.30; explained by rule 2
    - /customer: value differs between legacy and gated: 9 in 9 orders, 2.3 % of those compared; gated says what was ordered, legacy doesn't
    - /total: written differently, the same value, between legacy and gated: 3 in 3 orders, 0.8 % of those compared
    - /lines\[sku\]: the same goods in other lines, between the order and gated: 2 in 1 order, 0.3 % of those compared

    3 more are counted, not listed.

    ## Rules

    | | rule | reason | what it did |
    | ---: | --- | --- | --- |
    | 1 | \$.id: ignore | each ERP's own document number | explains 388 differences in 388 orders; hides no money |
    | 2 | \$.lines\[\*\].tax: tolerance | the ERP rounds per line, the storefront per order | **explains 30 differences in 30 orders; hides EUR -0.30; tolerance used up in 2 orders, where it masks nothing; more in 0 orders, less in 30: so one-sided by chance with probability below 0.0001** |
    | 3 | \$.remarks: ignore | free text | **selects nothing: is the path right?** |
    | 4 | \$.channel: ignore | renamed in the new path | **388 places, masked nothing; ends 2026-11-26 15:00:00 UTC** |
    | 5 | \$.created\_at: ignore | until both clocks are set | **expired 2026-11-20 08:00:00 UTC, applied no more** |
    | 6 | \$.lines: match\_by |  | 776 places, nothing out of order |
    | 9 | \$.shipping: ignore, between the order and a lane, built in | the ERP has it as a line | explains 1 difference in 1 order; hides EUR +4.90 |

    Built in, hiding no money: 7 \$.updated\_at explains 2, 1 rule explains nothing.

    ## Decisions

    | rejected by | reason | what became of these orders |
    | --- | --- | --- |
    | legacy | unknown\_sku | **1 committed by gated: nothing explains it (6001); 2 rejected by both** |
    | gated | unknown\_sku | **12 committed by legacy: a regression (5001, 5002 and 10 more); 2 rejected by both; 1 open: what legacy decided is not known** |
    | gated | tax | 3 committed by legacy, as agreed: the old path never checked it; 1 that legacy neither has nor promised |
    | gated | customer | 4 that legacy told the customer and never committed: bad orders, caught (5009 and 3 more) |

    ## What would have been seen

    Known faults were seeded into copies of 200 good orders of this run, in memory, and judged again by the same rules.

    | fault | seen |
    | --- | --- |
    | the commit of an order is dropped | 200 of 200, surely at least 98.5 % |
    | a total is a cent off, or more where a tolerance covers a cent | 199 of 200, surely at least 97.6 % |
    | two orders have each other's documents | none could be seeded |
    "#);
    insta::assert_snapshot!(part(&page, "## Goods", "## Census"), @r#"
    ## Goods and money

    | | captured | legacy | gated | causes |
    | --- | ---: | ---: | ---: | --- |
    | units, all | 1234 | 1234 | 1226 | gated: missing 18: differs 14, lost 4; surplus 3: double\_committed 3; set aside 7: phantom 7 |
    | SKU A1 | 300 | 300 | 286 | gated: missing 14: differs 14 |
    | SKU B2 / Bestellung für den langen Namen | 12 | 12 | 18 | gated: missing 4: lost 4; surplus 3: double\_committed 3; set aside 7: phantom 7 |
    | money EUR | 24680.50 | 24680.50 | 24600.00 | gated: missing 80.50: lost 80.50 |
    | money JPY | 1000 | 1000 | 900 | gated: residual -100, accounted for by nothing |

    The units of 1 captured order can't be counted: \[order\] finds no lines there.

    The money of 2 captured orders can't be counted: \[order\] finds no total in a currency there.

    2 more SKUs differ; they are counted, not listed.
    "#);
}

#[test]
fn what_was_not_compared_is_said_with_what_to_do() {
    let mut assessment = go();
    assessment.comparison = Default::default();
    let page = |assessment: &Assessment| {
        let page = text(assessment, 80, Style::Plain);
        part(&page, "Findings", "Totals").to_owned()
    };
    insta::assert_snapshot!(page(&assessment), @"
    Findings: nothing was compared
      The run was begun by a version that compared no documents: begin a new one
      with --new-run.
    ");
    assessment.comparison.documents = Some(DocumentShape::AsTheyAre);
    insta::assert_snapshot!(page(&assessment), @"
    Findings: nothing was compared
      legacy with gated  nothing compared: no order has a document on both lanes
      order with gated   not compared with what was ordered: [lane.gated.document]
                         is not written
      order with legacy  not compared with what was ordered: [lane.legacy.document]
                         is not written
    ");
    assessment.comparison.lanes.not_compared = [(NotCompared::NoDocument, 388)].into();
    assessment.comparison.order.gated = Some(Default::default());
    assessment.rules = differing().rules.into_iter().skip(2).take(1).collect();
    insta::assert_snapshot!(page(&assessment), @"
    Findings: nothing was compared
      legacy with gated  388 not compared, as a document was told of without its
                         content or was purged: let a poll or an import with
                         `document` bring it, and judge before a purge
      order with gated   nothing compared: no order has a document on gated, or
                         [order] names nothing that [lane.gated.document] names too
      order with legacy  not compared with what was ordered: [lane.legacy.document]
                         is not written

    Rules
      3   $.remarks: ignore
          free text
          not applied: nothing was compared
    ");
    assessment.comparison.lanes.compared = 388;
    assessment.comparison.lanes.not_compared = [(NotCompared::Split, 1), (NotCompared::NoPayload, 1)].into();
    assessment.rules = differing().rules.into_iter().skip(7).take(1).collect();
    insta::assert_snapshot!(page(&assessment), @r#"
    Findings: none
      legacy with gated  388 orders compared member by member, no unexplained
                         difference; 1 not compared, as what was ordered is not on
                         record or was purged: look at these orders by hand, and
                         judge before a purge; 1 not compared, as a lane has several
                         documents of the order: write documents = "in-common-terms"
                         under [compare], so that they are added up
      order with gated   nothing compared: no order has a document on gated, or
                         [order] names nothing that [lane.gated.document] names too
      order with legacy  not compared with what was ordered: [lane.legacy.document]
                         is not written

    Rules
      built in, hiding no money: 1 rule explains nothing
    "#);
}

#[test]
fn goods_say_what_to_write_where_they_are_not_counted() {
    let page = |assessment: &Assessment| {
        let page = text(assessment, 80, Style::Plain);
        part(&page, "Goods", "Census").to_owned()
    };
    let mut assessment = go();
    insta::assert_snapshot!(page(&assessment), @"
    Goods and money
      Units and money are not counted: write [order] and, for both lanes,
      [lane.X.document], which say where lines, quantities and totals stand.
    ");
    let side = Some(TieOutSide { found: decimal("5"), ..TieOutSide::default() });
    let row = TieOutRow { name: None, captured: decimal("5"), legacy: None, gated: side.clone(), census: side };
    assessment.tie_out.units = vec![row];
    insta::assert_snapshot!(page(&assessment), @"
    Goods and money                 captured    legacy     gated    census
      units, all                           5         -         5         5
      Units on legacy: not counted. Say in [lane.legacy.document] where lines and
      quantities stand.
      Money: nothing was counted. [order] and [lane.X.document] say where total and
      currency stand.
    ");
    assert!(!text(&empty(), 80, Style::Plain).contains("Goods and money"));
}
