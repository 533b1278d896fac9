//! Signals on every page: both lanes side by side, charts that hold what they show, nothing from outside that acts.

use rust_decimal::Decimal;

use super::*;
use crate::judge::{
    DayDrift, DaySales, Drift, Exposure, Feeds, Invisibility, LaneSignals, OverTime, Oversell, Quantile, Series,
    Signal, Signals, SkuDrift, SkuExposure, SkuSales, Sold, SoldOrders, Spread, SpreadStep, Step, StepOrders,
    StepSummary,
};

fn exactly(ms: u64) -> Option<Quantile> {
    Some(Quantile { ms, at_least: false })
}

fn spread(p50: u64, longest: u64, open: u64, steps: &[(Option<u64>, u64, u64)]) -> Spread {
    Spread {
        settled: 388 - open,
        open,
        p50: exactly(p50),
        p90: exactly(p50),
        p99: exactly(longest),
        longest: Some(Quantile { ms: longest, at_least: open > 0 }),
        steps: steps.iter().map(|&(up_to_ms, settled, open)| SpreadStep { up_to_ms, settled, open }).collect(),
        ..Spread::default()
    }
}

fn steps(confirmed: StepOrders, is_allocated: bool) -> Vec<StepSummary> {
    let all = StepOrders { in_sequence: 388, ..StepOrders::default() };
    let orders = |step: Step| match step {
        Step::Confirmed => Some(confirmed),
        Step::Validated => is_allocated.then_some(all),
        Step::FeedsUpdated => None,
        _ => Some(all),
    };
    Step::ALL.iter().map(|&step| StepSummary { step, orders: orders(step) }).collect()
}

fn sold(sold: u32, behind: u32) -> Sold {
    Sold { sold: sold.into(), behind: behind.into(), unknown: Decimal::ZERO }
}

fn series(orders: &[u64]) -> Option<Series> {
    let peak = orders.iter().copied().max().unwrap();
    let peak_at = (peak > 0).then_some(at(1));
    Some(Series { peak, peak_at, at_end: *orders.last().unwrap(), orders: orders.to_vec() })
}

/// What was measured of each lane.
fn lanes() -> PerLane<LaneSignals> {
    let (missing, window) =
        ("no source tells of allocations on this lane", [(Some(0), 0, 0), (Some(60_000), 386, 0), (None, 0, 2)]);
    let none = [(Some(0), 388, 0)];
    PerLane {
        legacy: LaneSignals {
            invisibility: Signal::Measured(Invisibility {
                confirmed: 388,
                invisible: 388,
                withdrawn: 0,
                window: spread(42_000, 691_200_000, 2, &window),
            }),
            queued: Signal::Measured(spread(3, 20, 0, &[(Some(25), 388, 0)])),
            commit_latency: Signal::Measured(spread(43_000, 691_200_000, 2, &window)),
            allocation: Signal::Measured(spread(44_000, 691_200_000, 2, &window)),
            feeds: Signal::Measured(Feeds {
                published: 380,
                ahead: 200,
                in_order: 175,
                unknown: 5,
                ..Feeds::default()
            }),
            handoff: steps(StepOrders { early: 388, ..StepOrders::default() }, true),
        },
        gated: LaneSignals {
            invisibility: Signal::Measured(Invisibility {
                confirmed: 388,
                window: spread(0, 0, 0, &none),
                ..Invisibility::default()
            }),
            queued: Signal::Measured(spread(80, 3_628_000, 0, &[(Some(100), 380, 0), (Some(4_000_000), 8, 0)])),
            commit_latency: Signal::Measured(Spread {
                unknown: [("clock", 4)].into(),
                ..spread(250, 900, 0, &[(Some(250), 200, 0), (Some(1_000), 188, 0)])
            }),
            allocation: Signal::Missing(missing),
            feeds: Signal::Missing("no source tells of feeds on this lane"),
            handoff: steps(StepOrders { in_sequence: 388, ..StepOrders::default() }, false),
        },
    }
}

/// Legacy confirms at once, leaves two orders open and tells of allocations and feeds; gated confirms what is there.
pub(super) fn signals(sku: &str) -> Signals {
    let exposure =
        Exposure { confirmed_units: 40.into(), peak_units: 12.into(), open_units: 3.into(), unknown_units: 0.into() };
    let sku_row =
        |sku: Option<&str>| SkuExposure { sku: sku.map(str::to_owned), legacy: Some(exposure.clone()), gated: None };
    let sales = |behind: u32| DaySales {
        orders: SoldOrders { sold: 388, behind: behind.into(), unknown: 0 },
        units: Some(sold(1_552, behind * 4)),
        money: [("EUR".to_owned(), sold(24_680, behind * 60))].into(),
    };
    let worth = SkuSales { units: sold(40, 3), money_behind: [("EUR".to_owned(), 45.into())].into() };
    Signals {
        orders: 388,
        orders_pending: 12,
        lanes: lanes(),
        over_time: OverTime {
            from: Some(at(0)),
            step_s: 60,
            counted_every_s: 1,
            invisible: PerLane { legacy: series(&[3, 9, 4, 2]), gated: series(&[0, 0, 0, 0]) },
            backlog: PerLane { legacy: series(&[3, 9, 4, 2]), gated: series(&[1, 1, 2, 0]) },
        },
        oversell: Oversell {
            skus: vec![sku_row(None), sku_row(Some(sku))],
            orders_without_units: 1,
            ..Oversell::default()
        },
        drift: Drift {
            days: vec![DayDrift {
                day: Some("2026-11-20".to_owned()),
                is_over: true,
                legacy: sales(2),
                gated: sales(0),
            }],
            skus: vec![SkuDrift {
                day: Some("2026-11-20".to_owned()),
                sku: sku.to_owned(),
                legacy: worth,
                gated: SkuSales::default(),
            }],
            skus_beyond: 0,
        },
    }
}

fn measured(sku: &str) -> Assessment {
    Assessment { signals: Box::new(signals(sku)), ..go() }
}

/// A part of a text, from one heading to the next.
fn part<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let begin = text.find(from).unwrap();
    text[begin..].split_once(to).unwrap().0
}

#[test]
fn both_lanes_stand_side_by_side_at_80_columns() {
    let text = text(&measured("TEA-1"), 80, Style::Plain);
    insta::assert_snapshot!(part(&text, "Signals", "\nCensus"), @r#"
    Signals of the handoff                            legacy                   gated
      confirmed before the commit                 388 of 388                0 of 388
      invisibility window: median                     42.0 s                    none
      invisibility window: 99 %                     8 d 00 h                    none
      invisibility window: longest         at least 8 d 00 h                    none
      invisible at once, most                              9                       0
      waited to be sent: median                         3 ms                   80 ms
      waited to be sent: 99 %                          20 ms                1 h 00 m
      waited to be sent: longest                       20 ms                1 h 00 m
      commit latency: median                          43.0 s                  250 ms
      commit latency: 99 %                          8 d 00 h                  900 ms
      commit latency: longest              at least 8 d 00 h                  900 ms
      commit latency: not known                            0                       4
      backlog at once, most                                9                       2
      allocated: median                               44.0 s                       -
      allocated: 99 %                               8 d 00 h                       -
      allocated: longest                   at least 8 d 00 h                       -
      units exposed at once, most           12; 3 at the end                       -
      feeds ahead of the ERP           200 of 380; 5 unknown                       -
      orders behind at day's end                    2 of 388                0 of 388
      units behind at day's end                    8 of 1552               0 of 1552
      EUR behind at day's end                         120.00                    0.00

    Steps in the gated sequence                       legacy                   gated
      placed                                             388                     388
      state written (accepted)                           388                     388
      ingested (committed)                               388                     388
      validated (allocated)                              388                       -
      confirmed                                 0; 388 early                     388
      feeds updated                                        -                       -

    Units exposed, most at once                       legacy                   gated
      TEA-1                                 12; 3 at the end                       -

    Units behind at day's end                         legacy                   gated
      2026-11-20 TEA-1                    3 of 40; EUR 45.00                  0 of 0

      gated: no source tells of allocations on this lane; no source tells of feeds
      on this lane.
      Not known: clocks that can't be told apart. A poll whose answers have a Date,
      or settle.clock_skew_max, says how far they are off.
      The units of 1 order can't be read: [order] and [lane.X.document] say where
      lines and quantities stand.
      Exposed are units promised and not set aside, counted every 1 s: the journal
      holds no stock snapshots, and so not what was oversold.
      Behind is what was sold on a day (UTC) and was not in the ERP when it ended,
      or so far.
      12 pending orders not measured yet.
    "#);
}

#[test]
fn narrow_pages_say_the_same_in_lines_that_fit() {
    let assessment = measured(&"S".repeat(200));
    for width in [40, 60, 79, 80, 120] {
        let text = text(&assessment, width, Style::Plain);
        let signals = part(&text, "Signals", "\nCensus");
        assert!(signals.lines().all(|line| line.chars().count() <= width), "{width}: {signals}");
        let words = signals.split_whitespace().collect::<Vec<_>>().join(" ");
        for expected in ["388 of 388", "at least 8 d 00 h", "0; 388 early", "2 of 388", "200 of 380; 5 unknown"] {
            assert!(words.contains(expected), "{width} {expected}: {words}");
        }
    }
}

#[test]
fn markdown_has_the_signals_and_obeys_none() {
    let page = markdown(&measured("[x](https://evil.example)|<b>"));
    for expected in [
        "| invisibility window: longest | at least 8 d 00 h | none |",
        "| feeds ahead of the ERP | 200 of 380; 5 unknown | - |",
        "| confirmed | 0; 388 early | 388 |",
        "| \\[x\\](https\\://evil.example)\\|\\<b\\> | 12; 3 at the end | - |",
        "gated: no source tells of allocations on this lane; no source tells of feeds on this lane.",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}

#[test]
fn the_page_draws_what_was_measured() {
    let page = html(&measured("TEA-1"));
    for (id, description) in [
        (
            "chart-window",
            "legacy: half of the orders 42.0 s, 99 % 8 d 00 h, longest at least 8 d 00 h. gated: half of the orders none, 99 % none, longest none.",
        ),
        ("chart-latency", "gated: half of the orders 250 ms"),
        (
            "chart-invisible",
            "legacy: 9 at once at most, first at 2026-11-20 09:01:00 UTC, 2 at the end. gated: none at any time.",
        ),
        ("chart-backlog", "gated: 2 at once at most"),
        ("chart-exposed", "The same SKU on both lanes"),
    ] {
        let figure = part(&page, &format!("<figure class=\"chart\" id=\"{id}\">"), "</figure>");
        assert!(figure.contains(&format!("<desc id=\"{id}-desc\">")) && figure.contains(description), "{id}: {figure}");
        assert!(figure.contains(&format!("role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"")), "{figure}");
        assert!(figure.contains("<details><summary>The numbers</summary>"), "{figure}");
    }
    let window = part(&page, "id=\"chart-window\"", "</figure>");
    assert!(window.contains("class=\"open legacy\"") && window.contains("0, 2 open"), "{window}");
    let exposed = part(&page, "id=\"chart-exposed\"", "</figure>");
    assert!(exposed.contains("not measured"), "gated tells of no allocations: {exposed}");
}

#[test]
fn a_run_that_measured_nothing_has_no_signals() {
    assert!(!html(&empty()).contains("id=\"signals\""));
    assert!(!text(&empty(), 80, Style::Plain).contains("Signals"));
    let pending = Assessment { signals: Box::new(Signals { orders_pending: 3, ..Signals::default() }), ..empty() };
    let page = html(&pending);
    assert!(page.contains("3 pending orders not measured yet.") && !page.contains("<figure class=\"chart\""), "{page}");
}

#[test]
fn a_sku_from_outside_is_text_and_no_more() {
    let evil = "</text></svg><script>alert(1)</script>\u{202e}";
    let page = html(&measured(evil));
    assert!(!page.contains("<script") && !page.contains('\u{202e}'), "{page}");
    assert!(page.contains("&lt;/text&gt;&lt;/svg&gt;&lt;script&gt;"));
    let long = html(&measured(&"\"".repeat(100_000)));
    assert!(long.len() < 200_000, "{}", long.len());
}
