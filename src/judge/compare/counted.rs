//! How many orders were compared, on which sides, and why others could not be.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Compared;
use crate::judge::DocumentShape;
use crate::outcome::{PerLane, names};
use crate::stats::sum_of_fields;

/// The two sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Between {
    /// The legacy lane's document and the gated lane's.
    LegacyGated,
    /// What was ordered, and the gated lane's document.
    OrderGated,
    /// What was ordered, and the legacy lane's document.
    OrderLegacy,
}
names!(Between, "comparison", {
    LegacyGated => "legacy-gated", OrderGated => "order-gated", OrderLegacy => "order-legacy",
});

impl Between {
    /// The names of the left side and the right one.
    #[must_use]
    pub const fn sides(self) -> (&'static str, &'static str) {
        match self {
            Self::LegacyGated => ("legacy", "gated"),
            Self::OrderGated => ("order", "gated"),
            Self::OrderLegacy => ("order", "legacy"),
        }
    }

    /// Whether a difference here counts against the cutover. What legacy does to orders is evidence for it.
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::OrderLegacy)
    }
}

/// Why what should have been compared was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCompared {
    /// A document was told of without its content, or that was purged.
    NoDocument,
    /// What was ordered is not on record, or was purged.
    NoPayload,
    /// The order has several documents on one lane, and nothing says where their lines stand.
    Split,
}
names!(NotCompared, "reason", {
    NoDocument => "no_document", NoPayload => "no_payload", Split => "split",
});

/// How many orders were compared on two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ComparisonCounts {
    /// Orders that were compared.
    pub compared: u64,
    /// Those with a difference that nothing explains.
    pub differing: u64,
    /// Differences that nothing explains.
    pub unexplained: u64,
    /// Differences that what was ordered explains: the gated document says just that, and legacy's something else.
    pub by_order: u64,
    /// Orders that should have been compared and could not, by reason.
    pub not_compared: BTreeMap<NotCompared, u64>,
}

sum_of_fields!(ComparisonCounts { compared, differing, unexplained, by_order, not_compared });

impl ComparisonCounts {
    /// Orders that should have been compared and could not.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.not_compared.values().sum()
    }

    pub(super) fn count(&mut self, compared: &Compared) {
        match compared {
            Compared::NotDue => {}
            Compared::Not(reason) => *self.not_compared.entry(*reason).or_default() += 1,
            Compared::Found(findings) => {
                let unexplained = findings.unexplained().count() as u64;
                self.compared += 1;
                self.differing += u64::from(unexplained > 0);
                self.unexplained += unexplained;
                self.by_order += findings.list.iter().filter(|finding| finding.by_order).count() as u64;
            }
        }
    }
}

/// What was compared with what.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ComparisonSummary {
    /// The shape in which both lanes' documents were compared; `None`: the run was begun by a version that compared none.
    pub documents: Option<DocumentShape>,
    /// Both lanes' documents with each other.
    pub lanes: ComparisonCounts,
    /// What was ordered with each lane's documents; `None` where nothing says where their parts stand.
    pub order: PerLane<Option<ComparisonCounts>>,
    /// Differences that nothing explains and that count: those between the lanes, those between the order and the gated
    /// lane, and tolerances whose differences all go one way.
    pub unexplained: u64,
}
