//! Columns side by side: how many of each lane's orders took how long, those that are still open hollow on top of them.

use maud::{Markup, html};

use super::scale::{along, down, tenths, ticks};
use super::{BOTTOM, HEIGHT, LEFT, RIGHT, Words, figure, short, value_axis};
use crate::outcome::{Lane, PerLane};

/// Labels below the columns at most: more would touch each other on a narrow screen.
const LABELS_MAX: usize = 6;

/// The least height of what is there, in tenths.
const SEEN: u32 = 15;

/// Orders that took so long.
pub(in crate::report::html) struct Column {
    /// How long.
    pub(in crate::report::html) name: String,
    /// Over, and still open.
    pub(in crate::report::html) orders: PerLane<(u64, u64)>,
}

/// The chart; nothing where there is no column.
pub(in crate::report::html) fn columns(words: &Words<'_>, axis: &str, all: &[Column]) -> Markup {
    if all.is_empty() {
        return html! {};
    }
    let height = |column: &Column, lane: Lane| {
        let (over, open) = column.orders.get(lane);
        over.saturating_add(*open)
    };
    let highest = all.iter().flat_map(|column| Lane::ALL.iter().map(|lane| height(column, *lane))).max();
    let ticks = ticks(highest.unwrap_or_default());
    let has_open = all.iter().any(|column| column.orders.legacy.1 > 0 || column.orders.gated.1 > 0);
    let every = all.len().div_ceil(LABELS_MAX);
    let picture = html! {
        (value_axis(&ticks, "orders"))
        @for (at, column) in all.iter().enumerate() {
            @for lane in Lane::ALL { (stack(*lane, *column.orders.get(*lane), slot(at, all.len(), *lane), &ticks)) }
            @if at % every == 0 {
                text.tick x=(tenths(middle(at, all.len()))) y=(BOTTOM + 14) text-anchor="middle" { (column.name) }
            }
        }
        text.unit x=((LEFT + RIGHT) / 2) y=(HEIGHT - 10) text-anchor="middle" { (axis) }
    };
    figure(words, HEIGHT, &picture, has_open, &numbers(axis, all))
}

/// Where a lane's column begins and how wide it is, in tenths.
fn slot(at: usize, all: usize, lane: Lane) -> (u32, u32) {
    let (from, to) = (along(at as u64, all as u64), along(at as u64 + 1, all as u64));
    let half = (to - from) * 2 / 5;
    let gap = (to - from) / 10;
    (if lane == Lane::Legacy { from + gap } else { from + gap + half }, half.max(1))
}

fn middle(at: usize, all: usize) -> u32 {
    along(at as u64 * 2 + 1, all as u64 * 2)
}

fn stack(lane: Lane, (over, open): (u64, u64), (x, width): (u32, u32), ticks: &[u64]) -> Markup {
    let max = ticks.last().copied().unwrap_or_default();
    let ground = BOTTOM * 10;
    let top_of =
        |value: u64, above: u32| if value == 0 { above } else { down(value, max).min(above.saturating_sub(SEEN)) };
    let over_top = top_of(over, ground);
    let open_top = if open == 0 { over_top } else { top_of(over.saturating_add(open), over_top) };
    html! {
        @if over > 0 {
            rect.(lane) x=(tenths(x)) y=(tenths(over_top)) width=(tenths(width)) height=(tenths(ground - over_top)) {}
        }
        @if open > 0 {
            rect.open.(lane) x=(tenths(x)) y=(tenths(open_top)) width=(tenths(width)) height=(tenths(over_top - open_top)) {}
        }
    }
}

fn numbers(axis: &str, all: &[Column]) -> Markup {
    html! {
        div.scroll role="region" aria-label=(axis) tabindex="0" {
            table.counts {
                thead { tr { th scope="col" { (axis) } @for lane in Lane::ALL { th.number scope="col" { (lane) } } } }
                tbody {
                    @for column in all {
                        tr {
                            th scope="row" { (column.name) }
                            @for lane in Lane::ALL {
                                @let (over, open) = column.orders.get(*lane);
                                td.number { (over) @if *open > 0 { ", " (short(*open)) " open" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
