//! Signals of the broken handoff as rows of two lanes, and what could not be measured, in sentences.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::{amount, counted, currency};
use crate::judge::{
    Assessment, DaySales, Exposure, LaneSignals, Quantile, Signal, Signals, SkuDrift, SkuExposure, Spread, Step,
    StepOrders,
};
use crate::outcome::{Lane, PerLane};
use crate::report::layout::span;

/// What stands where nothing was measured.
const NOTHING: &str = "-";

/// Currencies that are listed, as many as a large shop has; the JSON has them by day.
const CURRENCIES_SHOWN: usize = 20;

/// Both lanes side by side.
pub(in crate::report) struct SignalRow {
    /// What is measured.
    pub(in crate::report) name: String,
    /// What each lane came to; not yet made harmless.
    pub(in crate::report) cells: PerLane<String>,
}

/// Signals as tables of two lanes.
pub(in crate::report) struct SignalTables {
    /// Windows, latencies, feeds, what is sold and not there.
    pub(in crate::report) measured: Vec<SignalRow>,
    /// Orders by step of the handoff.
    pub(in crate::report) steps: Vec<SignalRow>,
    /// Units promised and not set aside, the worst SKUs first.
    pub(in crate::report) skus: Vec<SignalRow>,
    /// SKUs of a day that the ERP lacked at its end, the worst first.
    pub(in crate::report) drift: Vec<SignalRow>,
    /// What is not in them, in sentences.
    pub(in crate::report) notes: Vec<String>,
}

/// The tables, at most `skus_max` SKUs in each; `None` where no order was captured that could be measured.
pub(in crate::report) fn signals(assessment: &Assessment, skus_max: usize) -> Option<SignalTables> {
    let signals = &assessment.signals;
    if signals.orders == 0 && signals.orders_pending == 0 {
        return None;
    }
    let (skus, drift) = (&signals.oversell.skus, &signals.drift.skus);
    let listed = skus.iter().filter(|row| row.sku.is_some()).take(skus_max);
    Some(SignalTables {
        measured: measured(signals),
        steps: Step::ALL.iter().map(|step| step_row(*step, &signals.lanes)).collect(),
        skus: listed.map(sku_row).collect(),
        drift: drift.iter().take(skus_max).map(drift_row).collect(),
        notes: notes(signals, skus_max),
    })
}

fn row(name: impl Into<String>, cell: impl FnMut(Lane) -> Option<String>) -> SignalRow {
    let mut cell = cell;
    let cells = PerLane::from_fn(|lane| cell(lane).unwrap_or_else(|| NOTHING.to_owned()));
    SignalRow { name: name.into(), cells }
}

fn measured(signals: &Signals) -> Vec<SignalRow> {
    let of = |lane: Lane| signals.lanes.get(lane);
    let window = |lane: Lane| of(lane).invisibility.measured().map(|all| &all.window);
    let queued = |lane: Lane| of(lane).queued.measured();
    let latency = |lane: Lane| of(lane).commit_latency.measured();
    let allocation = |lane: Lane| of(lane).allocation.measured();
    let peak = |series: &PerLane<Option<crate::judge::Series>>, lane: Lane| {
        series.get(lane).as_ref().map(|series| series.peak.to_string())
    };
    let mut rows = vec![row("confirmed before the commit", |lane| {
        of(lane).invisibility.measured().map(|all| format!("{} of {}", all.invisible, all.confirmed))
    })];
    rows.extend(spread_rows("invisibility window", window));
    rows.push(row("invisible at once, most", |lane| peak(&signals.over_time.invisible, lane)));
    rows.extend(spread_rows("waited to be sent", queued));
    rows.extend(spread_rows("commit latency", latency));
    rows.push(row("backlog at once, most", |lane| peak(&signals.over_time.backlog, lane)));
    rows.extend(spread_rows("allocated", allocation));
    let exposed = signals.oversell.skus.iter().find(|row| row.sku.is_none());
    rows.push(row("units exposed at once, most", |lane| exposure(exposed?, lane).map(exposed_units)));
    rows.push(row("feeds ahead of the ERP", |lane| {
        of(lane).feeds.measured().map(|feeds| {
            let doubtful = if feeds.unknown > 0 { format!("; {} unknown", feeds.unknown) } else { String::new() };
            format!("{} of {}{doubtful}", feeds.ahead, feeds.published)
        })
    }));
    rows.extend(behind(signals));
    rows
}

/// Half, 99 % and all of the orders, and those of which it is not known.
fn spread_rows<'s>(what: &str, of: impl Fn(Lane) -> Option<&'s Spread>) -> Vec<SignalRow> {
    let quantile = |which: fn(&Spread) -> Option<Quantile>| {
        let of = &of;
        move |lane: Lane| of(lane).and_then(which).map(quantile)
    };
    let mut rows = vec![
        row(format!("{what}: median"), quantile(|spread| spread.p50)),
        row(format!("{what}: 99 %"), quantile(|spread| spread.p99)),
        row(format!("{what}: longest"), quantile(|spread| spread.longest)),
    ];
    if Lane::ALL.iter().any(|lane| of(*lane).is_some_and(|spread| !spread.unknown.is_empty())) {
        let unknown = |lane: Lane| of(lane).map(|spread| spread.unknown.values().sum::<u64>().to_string());
        rows.push(row(format!("{what}: not known"), unknown));
    }
    rows
}

/// `none`, `2.8 s`, `at least 14 m 09 s`.
pub(in crate::report) fn quantile(quantile: Quantile) -> String {
    let Quantile { ms, at_least } = quantile;
    match (ms, at_least) {
        (0, false) => "none".to_owned(),
        (_, false) => duration(ms),
        (_, true) => format!("at least {}", duration(ms)),
    }
}

/// Milliseconds as people say them.
fn duration(ms: u64) -> String {
    span(SignedDuration::try_from(Duration::from_millis(ms)).unwrap_or(SignedDuration::MAX))
}

fn exposed_units(exposure: &Exposure) -> String {
    let Exposure { peak_units, open_units, .. } = exposure;
    if open_units.is_zero() { peak_units.to_string() } else { format!("{peak_units}; {open_units} at the end") }
}

const fn exposure(row: &SkuExposure, lane: Lane) -> Option<&Exposure> {
    match lane {
        Lane::Legacy => row.legacy.as_ref(),
        Lane::Gated => row.gated.as_ref(),
    }
}

fn sku_row(of: &SkuExposure) -> SignalRow {
    row(of.sku.clone().unwrap_or_default(), |lane| exposure(of, lane).map(exposed_units))
}

fn drift_row(of: &SkuDrift) -> SignalRow {
    let name = format!("{} {}", of.day.as_deref().unwrap_or("other days"), of.sku);
    row(name, |lane| {
        let sales = if lane == Lane::Legacy { &of.legacy } else { &of.gated };
        let worth = sales.money_behind.iter().map(|(of, sum)| format!("{} {}", currency(of), amount(of, *sum)));
        let units = format!("{} of {}", sales.units.behind, sales.units.sold);
        Some(std::iter::once(units).chain(worth).collect::<Vec<_>>().join("; "))
    })
}

/// What was sold and was not in the ERP when the day ended, over all days.
fn behind(signals: &Signals) -> Vec<SignalRow> {
    let all = |lane: Lane| {
        let days = signals.drift.days.iter();
        days.map(move |day| if lane == Lane::Legacy { &day.legacy } else { &day.gated })
    };
    let mut rows = vec![row("orders behind at day's end", |lane| {
        let orders = |of: fn(&DaySales) -> u64| all(lane).map(of).sum::<u64>();
        Some(format!("{} of {}", orders(|day| day.orders.behind), orders(|day| day.orders.sold)))
    })];
    if signals.drift.days.iter().any(|day| day.legacy.units.is_some() || day.gated.units.is_some()) {
        rows.push(row("units behind at day's end", |lane| {
            let units = all(lane).filter_map(|day| day.units.as_ref());
            let (behind, sold) = units.fold((Decimal::ZERO, Decimal::ZERO), |(behind, sold), day| {
                (behind.saturating_add(day.behind), sold.saturating_add(day.sold))
            });
            Some(format!("{behind} of {sold}"))
        }));
    }
    let mut money: BTreeMap<&str, PerLane<Decimal>> = BTreeMap::new();
    for lane in Lane::ALL {
        for (of, sold) in all(*lane).flat_map(|day| &day.money).filter(|(_, sold)| !sold.behind.is_zero()) {
            let sum = money.entry(of).or_default().get_mut(*lane);
            *sum = sum.saturating_add(sold.behind);
        }
    }
    rows.extend(money.into_iter().take(CURRENCIES_SHOWN).map(|(of, sums)| {
        row(format!("{} behind at day's end", currency(of)), |lane| Some(amount(of, *sums.get(lane))))
    }));
    rows
}

fn step_row(step: Step, lanes: &PerLane<LaneSignals>) -> SignalRow {
    row(step_name(step), |lane| {
        let steps = &lanes.get(lane).handoff;
        steps.iter().find(|one| one.step == step)?.orders.as_ref().map(step_orders)
    })
}

/// `590`, `0; 600 early`, `588; 2 unknown; 10 not taken`.
fn step_orders(orders: &StepOrders) -> String {
    let StepOrders { in_sequence, early, unknown, not_taken } = *orders;
    let rest = [(early, "early"), (unknown, "unknown"), (not_taken, "not taken")];
    let rest = rest.into_iter().filter(|(orders, _)| *orders > 0).map(|(orders, how)| format!("; {orders} {how}"));
    format!("{in_sequence}{}", rest.collect::<String>())
}

/// A step, and the outcome that tells of it.
const fn step_name(step: Step) -> &'static str {
    match step {
        Step::Placed => "placed",
        Step::StateWritten => "state written (accepted)",
        Step::Ingested => "ingested (committed)",
        Step::Validated => "validated (allocated)",
        Step::Confirmed => "confirmed",
        Step::FeedsUpdated => "feeds updated",
    }
}

fn notes(signals: &Signals, skus_max: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if signals.orders == 0 {
        notes.push("No order was captured within the judged window, so that nothing is measured.".to_owned());
    }
    for lane in Lane::ALL {
        let of = signals.lanes.get(*lane);
        let mut why =
            [missing(&of.invisibility), missing(&of.commit_latency), missing(&of.allocation), missing(&of.feeds)]
                .into_iter()
                .flatten()
                .filter(|_| signals.orders > 0)
                .collect::<Vec<_>>();
        why.dedup();
        notes.extend((!why.is_empty()).then(|| format!("{lane}: {}.", why.join("; "))));
    }
    let reasons = Lane::ALL.iter().flat_map(|lane| unknown(signals.lanes.get(*lane)));
    let mut reasons: Vec<&str> = reasons.collect();
    reasons.sort_unstable();
    reasons.dedup();
    notes.extend(reasons.into_iter().map(|why| meaning(why).to_owned()));
    let oversell = &signals.oversell;
    if oversell.orders_without_units > 0 {
        notes.push(format!(
            "The units of {} can't be read: [order] and [lane.X.document] say where lines and quantities stand.",
            counted(oversell.orders_without_units, "order")
        ));
    }
    if !oversell.skus.is_empty() {
        notes.push(format!(
            "Exposed are units promised and not set aside, counted every {} s: the journal holds no stock snapshots, \
             and so not what was oversold.",
            oversell.counted_every_s
        ));
    }
    if signals.drift.days.iter().any(|day| day.legacy.orders.behind + day.gated.orders.behind > 0) {
        notes
            .push("Behind is what was sold on a day (UTC) and was not in the ERP when it ended, or so far.".to_owned());
    }
    let unlisted = |listed: usize, beyond: u64| (listed.saturating_sub(skus_max) as u64).saturating_add(beyond);
    let exposed = unlisted(oversell.skus.len().saturating_sub(1), oversell.skus_beyond);
    notes.extend((exposed > 0).then(|| format!("{} exposed and not listed.", counted(exposed, "more SKU"))));
    let late = unlisted(signals.drift.skus.len(), signals.drift.skus_beyond);
    notes.extend((late > 0).then(|| format!("{} behind on a day and not listed.", counted(late, "more SKU"))));
    if signals.orders_pending > 0 {
        notes.push(format!("{} not measured yet.", counted(signals.orders_pending, "pending order")));
    }
    notes
}

fn missing<T>(signal: &Signal<T>) -> Option<&'static str> {
    match signal {
        Signal::Measured(_) => None,
        Signal::Missing(why) => Some(why),
    }
}

fn unknown(lane: &LaneSignals) -> impl Iterator<Item = &'static str> {
    let window = lane.invisibility.measured().map(|all| &all.window);
    let spreads = [window, lane.commit_latency.measured(), lane.allocation.measured()];
    spreads.into_iter().flatten().flat_map(|spread| spread.unknown.keys().copied())
}

/// Why something is not known, and what would tell.
fn meaning(why: &str) -> &'static str {
    match why {
        "clock" => {
            "Not known: clocks that can't be told apart. A poll whose answers have a Date, or settle.clock_skew_max, says how far they are off."
        }
        "no_time" => "Not known: what was told without a time.",
        "unread" => "Not known: what no adequate reading of the ledger tells.",
        _ => "Not known: answers that are not on record.",
    }
}
