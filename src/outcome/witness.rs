//! The third witness: the storefront's own list of orders; and the extracts that it and ledgers come from.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Lane;
use super::lane::names;
use crate::order::OrderKey;

/// Whose orders an export holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// The legacy lane's ledger.
    Legacy,
    /// The gated lane's ledger.
    Gated,
    /// The storefront.
    Census,
}
names!(Witness, "lane", { Legacy => "legacy", Gated => "gated", Census => "census" });

impl Witness {
    /// The lane whose ledger it is; `None`: the census is no lane's.
    #[must_use]
    pub const fn lane(self) -> Option<Lane> {
        match self {
            Self::Legacy => Some(Lane::Legacy),
            Self::Gated => Some(Lane::Gated),
            Self::Census => None,
        }
    }
}

impl From<Lane> for Witness {
    fn from(lane: Lane) -> Self {
        match lane {
            Lane::Legacy => Self::Legacy,
            Lane::Gated => Self::Gated,
        }
    }
}

/// An order as the storefront lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusOrder {
    /// Who says so, such as `import:census`.
    pub source: String,
    /// The source's id of this fact: the same (source, id) twice is one.
    pub source_id: String,
    /// The order key.
    pub order_key: OrderKey,
    /// When it was placed, on the storefront's clock; `None` where the list doesn't say.
    pub placed_at: Option<Timestamp>,
    /// Why it is none that the lanes must have (a test order, unpaid, cancelled), where the mapping says so.
    pub excluded: Option<String>,
    /// The order, raw.
    pub document: Option<Bytes>,
}

/// Where imported facts come from: one file, read to its end or as far as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extract {
    /// Whose orders it holds.
    pub of: Witness,
    /// Under which source its facts are recorded, such as `import:legacy`.
    pub source: String,
    /// The file's name, without its folder.
    pub file_name: String,
    /// SHA-256 over the file's bytes, in hexadecimal; over what was read, where reading ended early.
    pub file_digest: String,
    /// The file's length in bytes, as far as it was read.
    pub file_bytes: u64,
    /// Rows read, without headings.
    pub rows: u64,
    /// Facts that were new.
    pub recorded: u64,
    /// The columns of a CSV, in their order; empty for JSON.
    pub columns: Vec<String>,
    /// When reading began, on this machine's clock.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// "All up to then is in it", as the operator declared, on the source's clock. Only an extract that was read to its
    /// end without an error has it.
    pub complete_through: Option<Timestamp>,
    /// Why it was not read to its end, or rows of it could not be.
    pub error: Option<String>,
}
