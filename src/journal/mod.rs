//! The journal: the SQLite file that holds all evidence. Append-only, hash-chained, written by one thread.
//!
//! Rows are only inserted. One sequence numbers the rows of all tables in the order of recording, so
//! that a missing row leaves a hole in it; each group commit ends with a seal over its rows and the
//! seal before. Judging never writes here.

mod ask;
mod checkpoint;
mod content;
mod damage;
mod feed;
mod handle;
mod holes;
mod load;
mod open;
mod purge;
mod read;
mod record;
mod row;
mod schema;
mod seal;
mod stats;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use ask::Asker;
pub use damage::{SetAside, set_aside};
pub use feed::{Fed, Feed};
pub use handle::{CaptureWait, Captured, Journal, RecordError, RecordedSend, Tail};
pub use load::Load;
pub use open::{OpenError, Opened, Options, down_gap, open};
pub use purge::{Due, Held, PurgeError, Purged, Purger};
pub(crate) use read::{ANSWER, LOOKUP, OUTCOME, answer_that_tells, lookup, outcome};
pub use read::{
    ActSeen, CaptureSeen, CensusSeen, LateSend, LooseEnd, NoteSeen, Observed, ReadError, Reader, RunSeen, Sends, Unseen,
};
pub use record::{Control, ControlKind, Original, Record, Recorded, RunKind, RunRow};
pub use seal::Digest;
pub use stats::Stats;
pub use verify::{Depth, Fault, Verified, VerifiedTo};
