//! From the timelines of orders to a decision: fates, parity, totals, gates. Pure: no clock, no I/O,
//! no randomness; its only *now* is [`Evidence::as_of`].

mod assessment;
mod evidence;
mod fate;
mod judging;
mod policy;
mod timeline;
mod verdict;
mod window;

pub use assessment::{
    Assessment, Conservation, Counts, Decision, Exception, Gate, GateName, LaneSummary, Owner, RunSummary,
};
pub use evidence::{Evidence, GapSeen, ReadingSeen};
pub use fate::{Fate, Parity};
pub use judging::{Judge, RunFacts};
pub use policy::{LanePolicy, Policy, Thresholds};
pub use timeline::{CaptureSeen, LaneEvents, OutcomeSeen, Send, StrayDocument, Timeline};
pub use verdict::{Confirmed, DocumentSeen, DocumentState, LaneVerdict, Verdict};
pub use window::window;
