//! What only an HTTP API has: requests and their budget, URLs, pages, and the way through them.

mod address;
mod ask;
mod drift;
mod lookup;
mod page;
mod patience;
mod read;
mod walk;

pub(super) use address::takes_since;
pub(super) use ask::Ledger;
pub(super) use lookup::Reads;
pub(super) use read::HttpBroken;
