//! Who acts on what, where it isn't as usual: rows that select exceptions and differences, the first that fits.
//!
//! Nothing is judged by them. They may change inside a run, which is why the journal keeps them beside the policy, and
//! whoever reads it puts in the ones that were recorded last.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::{ExceptionKind, Fate, Owner};
use crate::diff::Subject;
use crate::outcome::{ReasonClass, UnknownName, Witness, names};

/// One row. What it says nothing of, it selects all of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRule {
    /// Exceptions on this lane, or by the census.
    #[serde(default)]
    pub lane: Option<Witness>,
    /// Exceptions of these kinds.
    #[serde(default)]
    pub fates: Vec<ExceptionKind>,
    /// Rejections for these reasons.
    #[serde(default)]
    pub reasons: Vec<ReasonClass>,
    /// Differences between documents, and no exceptions.
    #[serde(default)]
    pub differences: Vec<About>,
    /// Who acts.
    pub owner: Owner,
    /// What to do, in place of the usual words. Of exceptions only: a difference is its own task.
    #[serde(default)]
    pub next_action: Option<String>,
}

/// What of a configuration is recorded with a run, judges nothing, and may change inside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Who acts on what.
    #[serde(default)]
    pub owners: Vec<OwnerRule>,
}

/// What a difference between documents is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Who or what is meant.
    Identity,
    /// An amount of the order's money.
    Money,
    /// A price of one unit.
    Price,
    /// How many units.
    Quantity,
    /// Anything else, and what can't be read or compared to its end.
    Other,
}
names!(About, "kind of difference", {
    Identity => "identity", Money => "money", Price => "price", Quantity => "quantity", Other => "other",
});

impl From<Option<Subject>> for About {
    fn from(subject: Option<Subject>) -> Self {
        match subject {
            Some(Subject::Identity) => Self::Identity,
            Some(Subject::Money) => Self::Money,
            Some(Subject::Price) => Self::Price,
            Some(Subject::Quantity) => Self::Quantity,
            None => Self::Other,
        }
    }
}

/// What somebody has to act on, as far as rows tell it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// An exception: where, of which kind, and why it was rejected where it was.
    Exception(Witness, ExceptionKind, Option<ReasonClass>),
    /// A difference between documents.
    Difference(About),
}

impl Matter {
    /// Every matter there can be.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = About::ALL.iter().map(|about| Self::Difference(*about)).collect();
        for &lane in Witness::ALL {
            for kind in ExceptionKind::all() {
                let classes = ReasonClass::ALL.iter().map(|class| Some(*class));
                let reasons = std::iter::once(None).chain(classes);
                all.extend(reasons.filter(|of| occurs(lane, kind, *of)).map(|of| Self::Exception(lane, kind, of)));
            }
        }
        all
    }
}

/// Whether there can be such an exception.
fn occurs(lane: Witness, kind: ExceptionKind, reason: Option<ReasonClass>) -> bool {
    let gated = lane == Witness::Gated;
    // A lane that cancels what it had committed rejects it in other words; on legacy people do that.
    let took_back = reason == Some(ReasonClass::Other);
    match (lane.lane(), kind) {
        (None, ExceptionKind::Fate(_) | ExceptionKind::Phantom) => false,
        (None, _) => reason.is_none(),
        (Some(_), ExceptionKind::Fate(fate)) => match fate {
            Fate::Excluded | Fate::Pending => false,
            Fate::Rejected | Fate::CommittedAfterReject => reason.is_some(),
            Fate::Withdrawn => took_back,
            Fate::Committed | Fate::Recovered => gated && took_back,
            Fate::CommittedLate => reason.is_none() || (gated && took_back),
            _ => reason.is_none(),
        },
        (Some(_), kind) => kind == ExceptionKind::Phantom && reason.is_none(),
    }
}

impl OwnerRule {
    /// Whether this row is about `matter`.
    #[must_use]
    pub fn selects(&self, matter: Matter) -> bool {
        match matter {
            Matter::Exception(lane, kind, reason) => {
                let fits_reason = || reason.is_some_and(|reason| self.reasons.contains(&reason));
                self.differences.is_empty()
                    && self.lane.is_none_or(|own| own == lane)
                    && (self.fates.is_empty() || self.fates.contains(&kind))
                    && (self.reasons.is_empty() || fits_reason())
            }
            Matter::Difference(about) => {
                let of_exceptions = self.lane.is_some() || !self.fates.is_empty() || !self.reasons.is_empty();
                !of_exceptions && (self.differences.is_empty() || self.differences.contains(&about))
            }
        }
    }
}

/// The first row that is about `matter`, and its place.
pub(super) fn first(rules: &[OwnerRule], matter: Matter) -> Option<(usize, &OwnerRule)> {
    rules.iter().enumerate().find(|(_, rule)| rule.selects(matter))
}

impl ExceptionKind {
    /// All kinds, those that no order can be an exception by included.
    pub fn all() -> impl Iterator<Item = Self> {
        let others = [Self::Phantom, Self::Missing, Self::RoundTheTee, Self::InDoubt, Self::Unlisted];
        Fate::ALL.iter().map(|fate| Self::Fate(*fate)).chain(others)
    }
}

impl FromStr for ExceptionKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().find(|kind| kind.as_str() == text).ok_or(UnknownName { what: "kind of exception", names: &KINDS })
    }
}

/// The names of the kinds that an exception can have.
const KINDS: [&str; 18] = [
    "leaked",
    "double_committed",
    "committed_after_reject",
    "vanished",
    "committed_late",
    "recovered",
    "committed",
    "rejected",
    "withdrawn",
    "lost",
    "not_committed",
    "unsent",
    "unobserved",
    "phantom",
    "missing",
    "round_the_tee",
    "in_doubt",
    "unlisted",
];

impl<'de> Deserialize<'de> for ExceptionKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
