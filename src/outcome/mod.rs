//! What is known of an order on a lane: lanes, captures, attempts and answers, outcomes, readings,
//! gaps; and the rules that say what an answer means. Values only: no clock, no I/O.

mod answer;
mod capture;
mod gap;
mod lane;
mod observed;
mod rules;
mod scope;

pub use answer::{Answer, Attempt, Ending, SendReason};
pub use capture::{Capture, Headers, Operation, Skip};
pub use gap::{Gap, GapReason};
pub(crate) use lane::names;
pub use lane::{Flow, Lane, LedgerKind, PerLane, Role, UnknownName};
pub use observed::{Outcome, OutcomeKind, Reading, Watermark};
pub use rules::{AnswerRules, Meaning, ReasonClass};
pub use scope::{Scope, ScopeRule};

/// The position of a row in the journal: one sequence over all tables, in the order of recording.
pub type RowId = i64;
