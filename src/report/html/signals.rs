//! Signals of the broken handoff: both lanes side by side, as tables and as charts.

use maud::{Markup, html};

use super::chart::{Bar, Column, Curve, Words, bars, columns, curve};
use super::parts::{scrolled, section as titled};
use super::{cut, shown, words};
use crate::judge::{Assessment, LaneSignals, OverTime, Series, Signals, Spread};
use crate::outcome::{Lane, PerLane};
use crate::report::words::SignalRow;

/// SKUs that tables list; the JSON has up to fifty.
const SKUS_SHOWN: usize = 10;

/// SKUs in a chart.
const SKUS_DRAWN: usize = 8;

/// Characters of a SKU in a chart, and of a name or a number in a table.
const SKU_CHARS_MAX: usize = 40;
const CELL_CHARS_MAX: usize = 64;

/// Signals; nothing where no order was captured.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let Some(tables) = words::signals(assessment, SKUS_SHOWN) else { return html! {} };
    titled(
        "signals",
        "Signals of the handoff",
        &html! {
            p.lead {
                "How long customers believed in orders that no ERP had, and what else went wrong meanwhile. Nothing here is judged: the gates do that."
            }
            (table("Measured", &tables.measured))
            (charts(&assessment.signals))
            h3 { "Steps in the gated sequence" }
            (table("Orders by step", &tables.steps))
            @if !tables.skus.is_empty() {
                h3 { "Units exposed: promised and not set aside" }
                (table("SKU, most at once", &tables.skus))
            }
            @if !tables.drift.is_empty() {
                h3 { "Units behind: sold and not in the ERP at day's end (UTC)" }
                (table("Day and SKU", &tables.drift))
            }
            @for note in &tables.notes { p.note { (shown(note)) } }
        },
    )
}

fn table(what: &str, rows: &[SignalRow]) -> Markup {
    scrolled(
        what,
        &html! {
            table.counts.signals {
                thead { tr { th scope="col" { (what) } @for lane in Lane::ALL { th.number scope="col" { (lane) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { bdi { (cut(&row.name, CELL_CHARS_MAX)) } }
                            @for lane in Lane::ALL { td.number { (cut(row.cells.get(*lane), CELL_CHARS_MAX)) } }
                        }
                    }
                }
            }
        },
    )
}

fn charts(signals: &Signals) -> Markup {
    html! {
        div.charts {
            (windows(signals))
            (invisible(&signals.over_time))
            (latencies(signals))
            (backlog(&signals.over_time))
            (exposed(signals))
        }
    }
}

fn windows(signals: &Signals) -> Markup {
    let of = |lane: &LaneSignals| lane.invisibility.measured().map(|all| all.window.clone());
    let words = Words {
        id: "chart-window",
        title: "Invisibility window: from the confirmation to the commit",
        description: &said(signals, &of),
    };
    columns(&words, "invisible for", &steps(signals, &of))
}

fn latencies(signals: &Signals) -> Markup {
    let of = |lane: &LaneSignals| lane.commit_latency.measured().cloned();
    let words = Words {
        id: "chart-latency",
        title: "Commit latency: from the send to the commit",
        description: &said(signals, &of),
    };
    columns(&words, "committed after", &steps(signals, &of))
}

/// The quantiles of both lanes, in a sentence each.
fn said(signals: &Signals, of: &dyn Fn(&LaneSignals) -> Option<Spread>) -> String {
    let lanes = Lane::ALL.iter().map(|lane| {
        let spread = of(signals.lanes.get(*lane));
        let quantiles = spread.and_then(|spread| Some((spread.p50?, spread.p99?, spread.longest?)));
        match quantiles {
            None => format!("{lane}: not measured."),
            Some((p50, p99, longest)) => {
                let [p50, p99, longest] = [p50, p99, longest].map(words::quantile);
                format!("{lane}: half of the orders {p50}, 99 % {p99}, longest {longest}.")
            }
        }
    });
    lanes.collect::<Vec<_>>().join(" ")
}

/// The steps that any lane has orders in, and those between them.
fn steps(signals: &Signals, of: &dyn Fn(&LaneSignals) -> Option<Spread>) -> Vec<Column> {
    let spreads = PerLane::from_fn(|lane| of(signals.lanes.get(lane)).unwrap_or_default());
    let mut ends: Vec<Option<u64>> =
        spreads.legacy.steps.iter().chain(&spreads.gated.steps).map(|step| step.up_to_ms).collect();
    // What has no end comes last.
    ends.sort_unstable_by_key(|end| end.unwrap_or(u64::MAX));
    ends.dedup();
    let column = |up_to_ms: Option<u64>| Column {
        name: match up_to_ms {
            Some(0) => "none".to_owned(),
            Some(ms) => format!("≤ {}", brief(ms)),
            None => "longer".to_owned(),
        },
        orders: PerLane::from_fn(|lane| {
            let step = spreads.get(lane).steps.iter().find(|step| step.up_to_ms == up_to_ms);
            step.map_or((0, 0), |step| (step.settled, step.open))
        }),
    };
    ends.into_iter().map(column).collect()
}

/// The end of a step, which is a round number: `250 ms`, `30 s`, `2 m`, `8 h`, `3 d`.
fn brief(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{} s", ms / 1_000),
        60_000..3_600_000 => format!("{} m", ms / 60_000),
        3_600_000..86_400_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} d", ms / 86_400_000),
    }
}

fn invisible(over_time: &OverTime) -> Markup {
    let title = "Invisible orders: confirmed, and not in the ERP";
    drawn("chart-invisible", title, over_time, &over_time.invisible)
}

fn backlog(over_time: &OverTime) -> Markup {
    let title = "Backlog: sent to the lane, and not in the ERP";
    drawn("chart-backlog", title, over_time, &over_time.backlog)
}

fn drawn(id: &'static str, title: &str, over_time: &OverTime, series: &PerLane<Option<Series>>) -> Markup {
    let Some(from) = over_time.from else { return html! {} };
    let description = Lane::ALL.iter().map(|lane| match series.get(*lane) {
        None => format!("{lane}: not measured."),
        Some(Series { peak: 0, .. }) => format!("{lane}: none at any time."),
        Some(series) => {
            let at = series.peak_at.map(|at| format!(", first at {} UTC", crate::report::layout::instant(at)));
            format!("{lane}: {} at once at most{}, {} at the end.", series.peak, at.unwrap_or_default(), series.at_end)
        }
    });
    let words = Words { id, title, description: &description.collect::<Vec<_>>().join(" ") };
    let orders = PerLane::from_fn(|lane| series.get(lane).as_ref().map(|series| series.orders.as_slice()));
    curve(&words, &Curve { from, step_s: over_time.step_s, orders })
}

fn exposed(signals: &Signals) -> Markup {
    let listed = signals.oversell.skus.iter().filter(|row| row.sku.is_some()).take(SKUS_DRAWN);
    let all: Vec<Bar> = listed
        .map(|row| Bar {
            name: cut(row.sku.as_deref().unwrap_or_default(), SKU_CHARS_MAX),
            lanes: PerLane {
                legacy: row.legacy.as_ref().map(|lane| lane.peak_units),
                gated: row.gated.as_ref().map(|lane| lane.peak_units),
            },
        })
        .collect();
    let words = Words {
        id: "chart-exposed",
        title: "Units exposed, most at once: the worst SKUs",
        description: "The same SKU on both lanes; the numbers stand beside the bars.",
    };
    bars(&words, "SKU, units", &all)
}
