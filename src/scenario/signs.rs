//! What the report tells of the handoff, in numbers that a scenario can expect. The truth has numbers of the same names: what
//! really happened, held against what the sidecar could see of it.

use crate::judge::{Assessment, Invisibility, Quantile, Spread, Step, StepOrders};
use crate::outcome::{Lane, names};

/// A number of the report about the handoff of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Orders that were confirmed before the ERP had them.
    Invisible,
    /// From the confirmation to the commit, of half the orders no longer than this, in whole seconds.
    InvisibleMedianS,
    /// The longest of them; where orders are open still, how long they have been.
    InvisibleMaxS,
    /// The most orders that were confirmed and not in the ERP at one moment.
    InvisibleAtOnce,
    /// Orders that feeds counted before goods were set aside.
    FedBeforeAllocated,
    /// Orders of which it is not known whether feeds did.
    FedUnknown,
    /// The most units that were promised and not set aside at one moment.
    ExposedUnits,
    /// Orders that were confirmed in the gated sequence.
    ConfirmedInSequence,
    /// Orders of which no clock or reading tells whether they were invisible.
    Unknown,
}
names!(Sign, "signal", {
    Invisible => "invisible", InvisibleMedianS => "invisible_median_s", InvisibleMaxS => "invisible_max_s",
    InvisibleAtOnce => "invisible_at_once", FedBeforeAllocated => "fed_before_allocated", FedUnknown => "fed_unknown",
    ExposedUnits => "exposed_units", ConfirmedInSequence => "confirmed_in_sequence", Unknown => "unknown",
});

/// A number of the report; `None` where it was not measured.
pub(super) fn number(sign: Sign, lane: Lane, assessment: &Assessment) -> Option<u64> {
    let signals = &assessment.signals;
    let of = signals.lanes.get(lane);
    let window = of.invisibility.measured();
    let feeds = of.feeds.measured();
    let seconds = |which: fn(&Spread) -> Option<Quantile>| {
        window.and_then(|all| which(&all.window)).map(|quantile| quantile.ms / 1_000)
    };
    match sign {
        Sign::Invisible => window.map(|all: &Invisibility| all.invisible),
        Sign::InvisibleMedianS => seconds(|spread| spread.p50),
        Sign::InvisibleMaxS => seconds(|spread| spread.longest),
        Sign::InvisibleAtOnce => signals.over_time.invisible.get(lane).as_ref().map(|series| series.peak),
        Sign::FedBeforeAllocated => feeds.map(|feeds| feeds.ahead),
        Sign::FedUnknown => feeds.map(|feeds| feeds.unknown),
        Sign::ExposedUnits => {
            let all = signals.oversell.skus.iter().find(|row| row.sku.is_none())?;
            let exposure = if lane == Lane::Legacy { &all.legacy } else { &all.gated };
            exposure.as_ref().and_then(|exposure| u64::try_from(exposure.peak_units).ok())
        }
        Sign::ConfirmedInSequence => {
            let confirmed = of.handoff.iter().find(|step| step.step == Step::Confirmed)?;
            confirmed.orders.map(|StepOrders { in_sequence, .. }| in_sequence)
        }
        Sign::Unknown => window.map(|all| all.window.unknown.values().sum()),
    }
}
