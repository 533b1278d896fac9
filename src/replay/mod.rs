//! Captured traffic from files, sent again: `formats/` reads it, one plan says when each request is due, and every request becomes a
//! capture in the journal, from where the lanes' senders take it. Nothing is sent here.
//!
//! What is not sent is counted by its reason: read = sent + skipped.

pub mod formats;

mod drive;
mod files;
mod lateness;
mod ledger;
mod omitted;
mod pace;
mod prepare;
mod selection;
mod sorted;
mod survey;
#[cfg(test)]
mod tests;

pub use drive::{DriveError, Driven, Driver, Ended, Expected, Progress, Target};
pub use files::{Captures, FileSeen, FilesError, FromFile, Origin};
pub use formats::{CaptureError, CaptureFile, Options, Record, RecordedAnswer, Tally};
pub use lateness::{Lateness, Spread};
pub use ledger::{Ledgers, readings};
pub use omitted::{Omissions, Omitted};
pub use pace::{Pace, Plan};
pub use prepare::{Prepared, Preparer};
pub use selection::{Chosen, Selection, Selector};
pub use survey::{Survey, survey};
