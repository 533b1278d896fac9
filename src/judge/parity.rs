//! How the two fates of one order relate, and where both lanes committed it, whether their documents say the same.

use super::{Fate, OrderCompared, Parity};
use crate::diff::Finding;
use crate::outcome::PerLane;

/// What a lane decided about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    /// It has, or had, a document of it that stands.
    Committed,
    /// It refused it.
    Rejected,
    /// It has nothing, without having refused it.
    Nothing,
    /// Not known.
    Open,
}

/// What a fate says of a lane's decision.
pub(super) const fn decided(fate: Fate) -> Decided {
    match fate {
        Fate::DoubleCommitted
        | Fate::CommittedAfterReject
        | Fate::CommittedLate
        | Fate::Recovered
        | Fate::Committed => Decided::Committed,
        Fate::Rejected => Decided::Rejected,
        Fate::Vanished | Fate::Withdrawn | Fate::Lost | Fate::NotCommitted => Decided::Nothing,
        Fate::Excluded | Fate::Leaked | Fate::Unsent | Fate::Unobserved | Fate::Pending => Decided::Open,
    }
}

/// The parity of an order with these fates, whose documents were compared so.
pub(super) fn parity(fates: PerLane<Fate>, compared: Option<&OrderCompared>) -> Parity {
    let differs = |compared: &OrderCompared| {
        compared.lanes.findings().is_some_and(|findings| findings.list.iter().any(Finding::is_open))
    };
    match of_fates(fates) {
        Parity::Matched if compared.is_some_and(differs) => Parity::FieldsDiffer,
        parity => parity,
    }
}

fn of_fates(fates: PerLane<Fate>) -> Parity {
    match (decided(fates.legacy), decided(fates.gated)) {
        (Decided::Open, _) | (_, Decided::Open) => Parity::Open,
        (Decided::Committed, Decided::Committed) | (Decided::Rejected, Decided::Rejected) => Parity::Matched,
        (Decided::Committed, Decided::Rejected) | (Decided::Rejected, Decided::Committed) => Parity::DecisionsDiffer,
        (Decided::Committed, Decided::Nothing) => Parity::LegacyOnly,
        (Decided::Nothing, Decided::Committed) => Parity::GatedOnly,
        (Decided::Nothing | Decided::Rejected, Decided::Nothing | Decided::Rejected) => Parity::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_mirrors_when_the_lanes_swap() {
        let swapped = |parity| match parity {
            Parity::LegacyOnly => Parity::GatedOnly,
            Parity::GatedOnly => Parity::LegacyOnly,
            same => same,
        };
        for &legacy in Fate::ALL {
            for &gated in Fate::ALL {
                let there = of_fates(PerLane { legacy, gated });
                assert_eq!(of_fates(PerLane { legacy: gated, gated: legacy }), swapped(there), "{legacy} {gated}");
            }
        }
    }

    #[test]
    fn each_relation_has_its_name() {
        for (legacy, gated, expected) in [
            (Fate::Committed, Fate::Recovered, Parity::Matched),
            (Fate::CommittedLate, Fate::DoubleCommitted, Parity::Matched),
            (Fate::Rejected, Fate::Rejected, Parity::Matched),
            (Fate::Committed, Fate::Rejected, Parity::DecisionsDiffer),
            (Fate::Committed, Fate::Lost, Parity::LegacyOnly),
            (Fate::Committed, Fate::NotCommitted, Parity::LegacyOnly),
            (Fate::Committed, Fate::Vanished, Parity::LegacyOnly),
            (Fate::Lost, Fate::Committed, Parity::GatedOnly),
            (Fate::Lost, Fate::NotCommitted, Parity::Neither),
            (Fate::Rejected, Fate::Withdrawn, Parity::Neither),
            (Fate::Withdrawn, Fate::Withdrawn, Parity::Neither),
            (Fate::Committed, Fate::Unobserved, Parity::Open),
            (Fate::Leaked, Fate::Committed, Parity::Open),
            (Fate::Pending, Fate::Pending, Parity::Open),
        ] {
            assert_eq!(of_fates(PerLane { legacy, gated }), expected, "{legacy} {gated}");
        }
    }
}
