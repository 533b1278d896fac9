//! What is known of an order on a lane: lanes, captures, attempts and answers, outcomes, readings,
//! gaps; and the rules that say what an answer means. Values only: no clock, no I/O.

mod answer;
mod arming;
mod capture;
mod gap;
mod lane;
mod note;
mod notified;
mod observed;
mod pattern;
mod rules;
mod scope;
mod signature;
mod witness;

pub use answer::{Answer, Attempt, Ending, SendReason, TELLING_HEADERS};
pub use arming::{ActDetail, Arming, ArmingError, ShadowAct};
pub use capture::{Capture, Headers, Operation, Skip};
pub use gap::{Gap, GapReason};
pub(crate) use lane::names;
pub use lane::{Flow, Lane, LedgerKind, PerLane, Role, UnknownName};
pub use note::NoteDetail;
pub use notified::{Fact, NotifiedDetail};
pub use observed::{Lookup, Outcome, OutcomeKind, Reading, Watermark, WatermarkKind};
pub use rules::{AnswerClass, AnswerRules, ClassRule, Meaning, ReasonClass};
pub use scope::{Scope, ScopeRule};
pub use signature::Signature;
pub use witness::{CensusOrder, Extract, Witness};

/// The position of a row in the journal: one sequence over all tables, in the order of recording.
pub type RowId = i64;
