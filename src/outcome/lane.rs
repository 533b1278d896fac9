//! The two lanes, their roles, flows and ledgers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Writes the `as_str`, `FromStr` and `Display` of an enum whose names are contracts.
macro_rules! names {
    ($type:ty, $what:literal, { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $type {
            /// All values, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as it stands in the configuration, the journal and the report.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::outcome::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::outcome::UnknownName { what: $what, names: &[$($name),+] }),
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use names;

/// A name that is none of an enum's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no {what}; one of {}", names.join(", "))]
pub struct UnknownName {
    /// What was expected, such as `lane`.
    pub what: &'static str,
    /// The names there are.
    pub names: &'static [&'static str],
}

/// One of the two paths of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// The path that is to be replaced.
    Legacy,
    /// The path that is to replace it.
    Gated,
}
names!(Lane, "lane", { Legacy => "legacy", Gated => "gated" });

/// Whether a lane's answer goes back to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// This lane's answer goes back to the client.
    Live,
    /// This lane gets a copy.
    Shadow,
}
names!(Role, "role", { Live => "live", Shadow => "shadow" });

/// How a lane promises: what its 2xx means and when the customer is told (DESIGN 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Answers first and tells the ERP some time later.
    FireAndForget,
    /// Answers once the ERP has committed (pattern 1).
    ErpGated,
    /// Acknowledges, and commits or flags within the SLA (pattern 2).
    AckGated,
}
names!(Flow, "flow", { FireAndForget => "fire-and-forget", ErpGated => "erp-gated", AckGated => "ack-gated" });

/// What kind of ledger a lane writes to, as its owner declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerKind {
    /// Real orders: goods move and money is taken.
    Production,
    /// A copy for tests.
    Sandbox,
    /// Nothing is kept.
    DryRun,
}
names!(LedgerKind, "ledger", { Production => "production", Sandbox => "sandbox", DryRun => "dry-run" });

/// One value for each lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerLane<T> {
    /// The legacy lane's.
    pub legacy: T,
    /// The gated lane's.
    pub gated: T,
}

impl<T> PerLane<T> {
    /// Makes one value for each lane.
    pub fn from_fn(mut make: impl FnMut(Lane) -> T) -> Self {
        Self { legacy: make(Lane::Legacy), gated: make(Lane::Gated) }
    }

    /// The value of `lane`.
    pub const fn get(&self, lane: Lane) -> &T {
        match lane {
            Lane::Legacy => &self.legacy,
            Lane::Gated => &self.gated,
        }
    }

    /// The value of `lane`, to change it.
    pub const fn get_mut(&mut self, lane: Lane) -> &mut T {
        match lane {
            Lane::Legacy => &mut self.legacy,
            Lane::Gated => &mut self.gated,
        }
    }
}

impl Lane {
    /// The other lane.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Legacy => Self::Gated,
            Self::Gated => Self::Legacy,
        }
    }
}

impl fmt::Display for PerLane<u64> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "legacy {}, gated {}", self.legacy, self.gated)
    }
}
