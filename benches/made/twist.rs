//! What is the matter with an order, and what a report must say of it.

use std::collections::BTreeMap;

use paritee::judge::{Fate, Parity};
use paritee::outcome::{Lane, PerLane};

use super::Plan;

/// What is the matter with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Twist {
    /// Nothing.
    None,
    /// A lane acknowledges it, and never commits it.
    Loses(Lane),
    /// A lane commits it twice.
    Doubles(Lane),
    /// The gated lane refuses what legacy commits.
    GatedRejects,
    /// Both refuse it.
    BothReject,
    /// The gated lane never answers, and has nothing.
    GatedSilent,
    /// The gated lane never answers, and has committed it.
    GatedRecovers,
    /// The gated lane commits it after its time.
    GatedLate,
    /// The gated document is a cent short.
    CentShort,
    /// The gated document has a unit more in its first line.
    UnitMore,
    /// The gated document says something else of its warehouse.
    OtherWarehouse,
    /// A change of it follows.
    Updated,
    /// The customer cancels it, and both lanes do.
    Cancelled,
    /// The storefront delivers it twice.
    Redelivered,
    /// A test order, which a rule sets aside.
    Test,
}

/// All that can be the matter, each as often as the others.
const TWISTS: [Twist; 16] = [
    Twist::Loses(Lane::Gated),
    Twist::Loses(Lane::Legacy),
    Twist::Doubles(Lane::Gated),
    Twist::Doubles(Lane::Legacy),
    Twist::GatedRejects,
    Twist::BothReject,
    Twist::GatedSilent,
    Twist::GatedRecovers,
    Twist::GatedLate,
    Twist::CentShort,
    Twist::UnitMore,
    Twist::OtherWarehouse,
    Twist::Updated,
    Twist::Cancelled,
    Twist::Redelivered,
    Twist::Test,
];

/// What a report must say of a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    /// How many orders have this the matter.
    pub(crate) twists: BTreeMap<Twist, u64>,
    /// Fates by lane.
    pub(crate) fates: PerLane<BTreeMap<Fate, u64>>,
    /// How the lanes relate, of orders that are not set aside.
    pub(crate) parity: BTreeMap<Parity, u64>,
    /// Orders whose documents differ.
    pub(crate) differing: u64,
}

/// What is the matter with the order at this position.
pub(crate) fn of(plan: &Plan, number: u64) -> Twist {
    // SplitMix64's increment spreads neighbouring positions.
    let mut rng = fastrand::Rng::with_seed(plan.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5EED);
    if rng.u32(..1_000) >= plan.twisted_per_mille {
        return Twist::None;
    }
    rng.choice(TWISTS).unwrap_or(Twist::None)
}

impl Twist {
    /// Whether a lane has a document of the order.
    pub(crate) fn commits(self, lane: Lane) -> bool {
        match self {
            Self::Loses(of) => of != lane,
            Self::GatedRejects | Self::GatedSilent => lane == Lane::Legacy,
            Self::BothReject | Self::Test => false,
            _ => true,
        }
    }

    /// Whether a lane refuses the order.
    pub(crate) fn rejects(self, lane: Lane) -> bool {
        self == Self::BothReject || (self == Self::GatedRejects && lane == Lane::Gated)
    }

    /// Whether the two documents differ in what counts.
    const fn differs(self) -> bool {
        matches!(self, Self::CentShort | Self::UnitMore | Self::OtherWarehouse)
    }

    fn fate(self, lane: Lane) -> Fate {
        match (self, lane) {
            (Self::Test, _) => Fate::Excluded,
            (Self::Loses(of), _) if of == lane => Fate::Lost,
            (Self::Doubles(of), _) if of == lane => Fate::DoubleCommitted,
            (Self::GatedSilent, Lane::Gated) => Fate::NotCommitted,
            (Self::GatedRecovers, Lane::Gated) => Fate::Recovered,
            (Self::GatedLate, Lane::Gated) => Fate::CommittedLate,
            _ if self.rejects(lane) => Fate::Rejected,
            _ => Fate::Committed,
        }
    }

    fn parity(self) -> Parity {
        match self {
            Self::Loses(Lane::Gated) | Self::GatedSilent => Parity::LegacyOnly,
            Self::Loses(Lane::Legacy) => Parity::GatedOnly,
            Self::GatedRejects => Parity::DecisionsDiffer,
            _ if self.differs() => Parity::FieldsDiffer,
            _ => Parity::Matched,
        }
    }
}

impl Expected {
    pub(super) fn add(&mut self, twist: Twist) {
        *self.twists.entry(twist).or_default() += 1;
        for lane in Lane::ALL {
            *self.fates.get_mut(*lane).entry(twist.fate(*lane)).or_default() += 1;
        }
        if twist != Twist::Test {
            *self.parity.entry(twist.parity()).or_default() += 1;
        }
        self.differing += u64::from(twist.differs());
    }
}
