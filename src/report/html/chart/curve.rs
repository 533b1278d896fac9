//! Curves over time: how many orders of each lane were open. One lane's line is drawn through, the other's is dashed.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::scale::{along, down, part, tenths, ticks};
use super::{BOTTOM, HEIGHT, LEFT, RIGHT, Words, figure, value_axis};
use crate::outcome::{Lane, PerLane};

/// Times below the curve at most.
const TIMES_MAX: u64 = 4;

/// Points that the table beside it has.
const POINTS_SHOWN: usize = 12;

/// From one time below the curve to the next, in seconds.
const STEPS_S: [u64; 24] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

/// What is drawn.
pub(in crate::report::html) struct Curve<'c> {
    /// When it begins.
    pub(in crate::report::html) from: Timestamp,
    /// From one value to the next, in seconds.
    pub(in crate::report::html) step_s: u64,
    /// Each lane's values; `None` where nothing was measured.
    pub(in crate::report::html) orders: PerLane<Option<&'c [u64]>>,
}

/// The chart; nothing where no lane has a value.
pub(in crate::report::html) fn curve(words: &Words<'_>, of: &Curve<'_>) -> Markup {
    let lanes: Vec<(Lane, &[u64])> =
        Lane::ALL.iter().filter_map(|lane| of.orders.get(*lane).map(|values| (*lane, values))).collect();
    let points = lanes.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
    if points == 0 {
        return html! {};
    }
    let highest = lanes.iter().flat_map(|(_, values)| values.iter().copied()).max().unwrap_or_default();
    let ticks = ticks(highest);
    let max = ticks.last().copied().unwrap_or_default();
    let picture = html! {
        (value_axis(&ticks, "orders"))
        (times(of, points as u64))
        @for (lane, values) in &lanes {
            @if *lane == Lane::Legacy { path.area.legacy d=(area(values, points, max)) {} }
            path.line.(lane) d=(line(values, points, max)) {}
        }
        text.unit x=((LEFT + RIGHT) / 2) y=(HEIGHT - 10) text-anchor="middle" { "time (UTC), from " (day(of.from)) }
    };
    figure(words, HEIGHT, &picture, false, &numbers(of, points))
}

/// A line that keeps each value for its whole step.
fn line(values: &[u64], points: usize, max: u64) -> String {
    let mut path = String::with_capacity(values.len() * 12);
    for (at, value) in values.iter().enumerate() {
        let (x, y) = (tenths(along(at as u64, points as u64)), tenths(down(*value, max)));
        let end = tenths(along(at as u64 + 1, points as u64));
        // Writing to a string can't fail.
        _ = if at == 0 { write!(path, "M{x} {y}H{end}") } else { write!(path, "V{y}H{end}") };
    }
    path
}

fn area(values: &[u64], points: usize, max: u64) -> String {
    let line = line(values, points, max);
    if line.is_empty() { line } else { format!("{line}V{BOTTOM}H{LEFT}Z") }
}

/// Marks of the time below the curve.
fn times(of: &Curve<'_>, points: u64) -> Markup {
    let length_s = of.step_s.max(1).saturating_mul(points);
    let step_s = STEPS_S.into_iter().find(|step| length_s / step <= TIMES_MAX).unwrap_or(u64::MAX);
    let begin = u64::try_from(of.from.as_second()).unwrap_or_default();
    // The first round time at or after the beginning, and those behind it.
    let first = begin.div_ceil(step_s).saturating_mul(step_s).saturating_sub(begin);
    let marks = (0..=TIMES_MAX).map(|at| first.saturating_add(at.saturating_mul(step_s)));
    html! {
        @for seconds in marks.filter(|seconds| *seconds < length_s) {
            @let x = LEFT * 10 + part(seconds, length_s, (RIGHT - LEFT) * 10);
            line.axis x1=(tenths(x)) x2=(tenths(x)) y1=(BOTTOM) y2=(BOTTOM + 4) {}
            // At the very edge half of the text would be cut off.
            text.tick x=(tenths(x.clamp(LEFT * 10, RIGHT * 10 - 150))) y=(BOTTOM + 16) text-anchor="middle" {
                (time(later(of.from, seconds), step_s))
            }
        }
    }
}

fn time(at: Timestamp, step_s: u64) -> String {
    let form = match step_s {
        0..60 => "%H:%M:%S",
        60..86_400 => "%H:%M",
        _ => "%m-%d",
    };
    at.strftime(form).to_string()
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn later(from: Timestamp, seconds: u64) -> Timestamp {
    let by = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    from.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// The most at once in each of a dozen spans.
fn numbers(of: &Curve<'_>, points: usize) -> Markup {
    let to_a_row = points.div_ceil(POINTS_SHOWN).max(1);
    let rows = (0..points).step_by(to_a_row).map(|at| {
        let most = |lane: Lane| {
            let values = of.orders.get(lane).map(|values| values.iter().skip(at).take(to_a_row));
            values.map(|values| values.copied().max().unwrap_or_default())
        };
        (later(of.from, of.step_s.saturating_mul(at as u64)), PerLane::from_fn(most))
    });
    html! {
        div.scroll role="region" aria-label="Most at once from a time on" tabindex="0" {
            table.counts {
                thead { tr { th scope="col" { "Most at once, from" } @for lane in Lane::ALL { th.number scope="col" { (lane) } } } }
                tbody {
                    @for (from, most) in rows {
                        tr {
                            th.whole scope="row" { (crate::report::layout::instant(from)) }
                            @for lane in Lane::ALL {
                                td.number { @match most.get(*lane) { Some(most) => (most), None => "-" } }
                            }
                        }
                    }
                }
            }
        }
    }
}
