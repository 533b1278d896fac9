//! Bars from left to right: the same thing on both lanes, one below the other, under its name.

use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::scale::tenths;
use super::{Words, figure};
use crate::outcome::{Lane, PerLane};

/// Where bars begin and how long they are at most; behind them stands the number.
const BEGIN: u32 = 2;
const LENGTH: u32 = 286;

/// The height of a name, of a bar, and of all of one thing.
const NAME: u32 = 15;
const BAR: u32 = 11;
const EACH: u32 = NAME + 2 * BAR + 8;

/// One thing.
pub(in crate::report::html) struct Bar {
    /// What it is; made harmless.
    pub(in crate::report::html) name: String,
    /// How much of it; `None` where that was not measured.
    pub(in crate::report::html) lanes: PerLane<Option<Decimal>>,
}

/// The chart; nothing where there is nothing to show.
pub(in crate::report::html) fn bars(words: &Words<'_>, unit: &str, all: &[Bar]) -> Markup {
    if all.is_empty() {
        return html! {};
    }
    let values = all.iter().flat_map(|bar| [bar.lanes.legacy, bar.lanes.gated]).flatten();
    let max = values.max().unwrap_or_default();
    let picture = html! {
        @for (bar, at) in all.iter().zip(0_u32..) {
            @let y = at * EACH;
            text.name x=(BEGIN) y=(y + NAME - 3) { (bar.name) }
            @for (lane, below) in Lane::ALL.iter().zip([0, BAR]) { (one(*lane, *bar.lanes.get(*lane), max, y + NAME + below)) }
        }
    };
    figure(words, all.len() as u32 * EACH, &picture, false, &numbers(unit, all))
}

fn one(lane: Lane, value: Option<Decimal>, max: Decimal, y: u32) -> Markup {
    let length = value.map_or(0, |value| length(value, max));
    html! {
        @if length > 0 { rect.(lane) x=(BEGIN) y=(y) width=(tenths(length)) height=(BAR - 1) {} }
        text.tick x=(tenths(BEGIN * 10 + length + 50)) y=(y + BAR - 2) {
            @match value { Some(value) => (value), None => "not measured" }
        }
    }
}

/// How long a bar is, in tenths; what is there can be seen.
fn length(value: Decimal, max: Decimal) -> u32 {
    let full = Decimal::from(LENGTH * 10);
    let share = value.checked_div(max).and_then(|share| share.checked_mul(full)).and_then(|length| length.to_u32());
    if value <= Decimal::ZERO { 0 } else { share.unwrap_or_default().clamp(15, LENGTH * 10) }
}

fn numbers(unit: &str, all: &[Bar]) -> Markup {
    html! {
        div.scroll role="region" aria-label=(unit) tabindex="0" {
            table.counts {
                thead { tr { th scope="col" { (unit) } @for lane in Lane::ALL { th.number scope="col" { (lane) } } } }
                tbody {
                    @for bar in all {
                        tr {
                            th scope="row" { bdi { (bar.name) } }
                            @for lane in Lane::ALL {
                                td.number { @match bar.lanes.get(*lane) { Some(value) => (value), None => "-" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
