//! What the comparison found at other widths, and no line wider than asked for.

use super::evidence::{decimal, differing, nasty, part};
use super::*;

#[test]
#[allow(clippy::too_many_lines, reason = "the lines are the report's")]
fn all_of_it_at_60_columns() {
    let page = text(&differing(), 60, Style::Plain);
    insta::assert_snapshot!(part(&page, "Findings", "Totals"), @r#"
    Findings: 16 unexplained
      legacy with gated  385 orders compared in common terms, 12
                         differ (14 unexplained differences); 9
                         differences where gated says what was
                         ordered and legacy doesn't; 2 not
                         compared, as a document was told of
                         without its content or was purged: let
                         a poll or an import with `document`
                         bring it, and judge before a purge; 1
                         not compared, as a lane has several
                         documents of the order: write documents
                         = "in-common-terms" under [compare], so
                         that they are added up
      order with gated   386 orders compared, 1 differs (1
                         unexplained difference)
      order with legacy  388 orders compared, 388 differ (388
                         unexplained differences)

      $.lines[*].tax: small differences within a tolerance that
      go one way, between legacy and gated
        in 30 orders, 7.7 % of those compared; grave, money; for
        ERP/IT; rule 2 masks each by itself
        money   EUR -0.30

      /lines[sku]/quantity: value differs between legacy and
      gated
        14 in 12 orders, 3.1 % of those compared; grave,
        quantity; for operations
        money   EUR -99.50 (140.50 without signs), JPY -300,
                unread in 1
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
        388 in 388 orders, 100 % of those compared; for
        operations; what legacy makes of orders, not counted
        against the cutover
        orders  5001, 5002, 5003, 5004, 5005 and 383 more
        for example /note of 5001
          order   nothing
          legacy  "gift \u0020wrap" at /note

      Explained
        /id: value differs between legacy and gated: 388 in
          388 orders, 100 % of those compared; explained by rule
          1
        /lines[sku]/tax: value differs between legacy and
          gated: 30 in 30 orders, 7.7 % of those compared; money
          EUR -0.30; explained by rule 2
        /customer: value differs between legacy and gated: 9
          in 9 orders, 2.3 % of those compared; gated says what
          was ordered, legacy doesn't
        /total: written differently, the same value, between
          legacy and gated: 3 in 3 orders, 0.8 % of those
          compared
        /lines[sku]: the same goods in other lines, between
          the order and gated: 2 in 1 order, 0.3 % of those
          compared
      3 more are counted, not listed.

    Rules
      1   $.id: ignore
          each ERP's own document number
          explains 388 differences in 388 orders; hides no money
      2   $.lines[*].tax: tolerance
          the ERP rounds per line, the storefront per order
          explains 30 differences in 30 orders; hides EUR -0.30;
          tolerance used up in 2 orders, where it masks nothing;
          more in 0 orders, less in 30: so one-sided by chance
          with probability below 0.0001
      3   $.remarks: ignore
          free text
          selects nothing: is the path right?
      4   $.channel: ignore
          renamed in the new path
          388 places, masked nothing; ends 2026-11-26 15:00:00
          UTC
      5   $.created_at: ignore
          until both clocks are set
          expired 2026-11-20 08:00:00 UTC, applied no more
      6   $.lines: match_by
          776 places, nothing out of order
      9   $.shipping: ignore, between the order and a lane,
          built in
          the ERP has it as a line
          explains 1 difference in 1 order; hides EUR +4.90
      built in, hiding no money: 7 $.updated_at explains 2,
          1 rule explains nothing

    Decisions
      legacy    unknown_sku   1 committed by gated: nothing
                              explains it (6001); 2 rejected by
                              both
      gated     unknown_sku   12 committed by legacy: a
                              regression (5001, 5002 and 10
                              more); 2 rejected by both; 1 open:
                              what legacy decided is not known
      gated     tax           3 committed by legacy, as agreed:
                              the old path never checked it; 1
                              that legacy neither has nor
                              promised
      gated     customer      4 that legacy told the customer
                              and never committed: bad orders,
                              caught (5009 and 3 more)
    "#);
    insta::assert_snapshot!(part(&page, "Goods", "Census"), @"
    Goods and money                 captured    legacy     gated
      units, all                        1234      1234      1226
        gated   missing 18: differs 14, lost 4; surplus 3:
                double_committed 3; set aside 7: phantom 7
      SKU A1                             300       300       286
        gated   missing 14: differs 14
      SKU B2 / Bestellung für den
      langen Namen                        12        12        18
        gated   missing 4: lost 4; surplus 3: double_committed
                3; set aside 7: phantom 7
      money EUR                     24680.50  24680.50  24600.00
        gated   missing 80.50: lost 80.50
      money JPY                         1000      1000       900
        gated   residual -100, accounted for by nothing
      The units of 1 captured order can't be counted: [order]
      finds no lines there.
      The money of 2 captured orders can't be counted: [order]
      finds no total in a currency there.
      2 more SKUs differ; they are counted, not listed.
    ");
}

#[test]
#[allow(clippy::too_many_lines, reason = "the lines are the report's")]
fn all_of_it_at_132_columns() {
    let page = text(&differing(), 132, Style::Plain);
    insta::assert_snapshot!(part(&page, "Findings", "Totals"), @r#"
    Findings: 16 unexplained
      legacy with gated  385 orders compared in common terms, 12 differ (14 unexplained differences); 9 differences where gated says
                         what was ordered and legacy doesn't; 2 not compared, as a document was told of without its content or was
                         purged: let a poll or an import with `document` bring it, and judge before a purge; 1 not compared, as a lane
                         has several documents of the order: write documents = "in-common-terms" under [compare], so that they are added
                         up
      order with gated   386 orders compared, 1 differs (1 unexplained difference)
      order with legacy  388 orders compared, 388 differ (388 unexplained differences)

      $.lines[*].tax: small differences within a tolerance that go one way, between legacy and gated
        in 30 orders, 7.7 % of those compared; grave, money; for ERP/IT; rule 2 masks each by itself
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
        388 in 388 orders, 100 % of those compared; for operations; what legacy makes of orders, not counted against the cutover
        orders  5001, 5002, 5003, 5004, 5005 and 383 more
        for example /note of 5001
          order   nothing
          legacy  "gift \u0020wrap" at /note

      Explained
        /id: value differs between legacy and gated: 388 in 388 orders, 100 % of those compared; explained by rule 1
        /lines[sku]/tax: value differs between legacy and gated: 30 in 30 orders, 7.7 % of those compared; money EUR -0.30; explained
          by rule 2
        /customer: value differs between legacy and gated: 9 in 9 orders, 2.3 % of those compared; gated says what was ordered, legacy
          doesn't
        /total: written differently, the same value, between legacy and gated: 3 in 3 orders, 0.8 % of those compared
        /lines[sku]: the same goods in other lines, between the order and gated: 2 in 1 order, 0.3 % of those compared
      3 more are counted, not listed.

    Rules
      1   $.id: ignore
          each ERP's own document number
          explains 388 differences in 388 orders; hides no money
      2   $.lines[*].tax: tolerance
          the ERP rounds per line, the storefront per order
          explains 30 differences in 30 orders; hides EUR -0.30; tolerance used up in 2 orders, where it masks nothing; more in 0
          orders, less in 30: so one-sided by chance with probability below 0.0001
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
      built in, hiding no money: 7 $.updated_at explains 2, 1 rule explains nothing

    Decisions
      legacy    unknown_sku   1 committed by gated: nothing explains it (6001); 2 rejected by both
      gated     unknown_sku   12 committed by legacy: a regression (5001, 5002 and 10 more); 2 rejected by both; 1 open: what legacy
                              decided is not known
      gated     tax           3 committed by legacy, as agreed: the old path never checked it; 1 that legacy neither has nor promised
      gated     customer      4 that legacy told the customer and never committed: bad orders, caught (5009 and 3 more)
    "#);
    insta::assert_snapshot!(part(&page, "Goods", "Census"), @"
    Goods and money                 captured    legacy     gated
      units, all                        1234      1234      1226
        gated   missing 18: differs 14, lost 4; surplus 3: double_committed 3; set aside 7: phantom 7
      SKU A1                             300       300       286
        gated   missing 14: differs 14
      SKU B2 / Bestellung für den
      langen Namen                        12        12        18
        gated   missing 4: lost 4; surplus 3: double_committed 3; set aside 7: phantom 7
      money EUR                     24680.50  24680.50  24600.00
        gated   missing 80.50: lost 80.50
      money JPY                         1000      1000       900
        gated   residual -100, accounted for by nothing
      The units of 1 captured order can't be counted: [order] finds no lines there.
      The money of 2 captured orders can't be counted: [order] finds no total in a currency there.
      2 more SKUs differ; they are counted, not listed.
    ");
}

#[test]
fn a_run_that_differs_everywhere_still_fits_on_a_few_screens() {
    let mut assessment = differing();
    let (open, explained) = (assessment.findings[1].clone(), assessment.findings[4].clone());
    assessment.findings = [vec![open; 150], vec![explained; 50]].concat();
    let row = assessment.tie_out.units[1].clone();
    assessment.tie_out.units.extend(vec![row; 48]);
    let page = text(&assessment, 80, Style::Plain);
    for said in [
        "130 more kinds of unexplained differences: see the JSON.",
        "40 more kinds of explained differences: see the JSON.",
        "3 more are counted, not listed.",
        "30 more SKUs differ: see the JSON.",
        "2 more SKUs differ; they are counted, not listed.",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.lines().count() < 400, "{}", page.lines().count());
}

#[test]
fn sections_of_their_own_have_no_line_too_many() {
    let huge = "79228162514264337593543950335";
    let mut wide = differing();
    wide.tie_out.units[0].captured = decimal(huge);
    wide.tie_out.money[0].name = Some("€".repeat(500));
    for assessment in [differing(), wide, nasty("x".repeat(700).as_str()), nasty("ab ".repeat(300).as_str())] {
        for width in [60, 80, 132] {
            for line in text(&assessment, width, Style::Plain).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }
}

/// However narrow a page is, what the gates measured is read in whole words.
#[test]
fn no_word_of_the_gates_is_cut_on_a_narrow_page() {
    for assessment in [go(), no_go(), differing()] {
        for width in 40..=80 {
            let page = text(&assessment, width, Style::Plain);
            let gates = part(&page, "Gates", "Fates");
            let words: Vec<&str> = gates.split_whitespace().collect();
            for gate in &assessment.gates {
                let cut = gate.measured.split_whitespace().find(|word| !words.contains(word));
                assert_eq!(cut, None, "{} at {width}:\n{gates}", gate.name);
            }
        }
    }
}
