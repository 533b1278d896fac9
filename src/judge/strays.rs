//! Documents that no capture explains: set aside for a reason, or phantoms.

use jiff::Timestamp;

use super::StrayDocument;
use super::clocks::{Known, Span};
use super::facts::LaneContext;
use super::window::later;
use crate::outcome::{OutcomeKind, Role, RowId};

/// Why a document is none of the run's orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Aside {
    /// It was in the ledger before the run's first capture.
    BeforeTheRun,
    /// The lane's scope sets it aside, by this reason.
    OutOfScope(String),
    /// Several orders go by its name: it belongs to one of them, or to nobody.
    SharedName,
    /// The census has its order.
    Census,
    /// Its order was in flight when the tee began: live lane only.
    CarriedOver,
    /// Nothing explains it.
    Phantom,
}

/// Row and time of first captures; `None` where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begins {
    /// The journal's: with it the tee began, and orders were in flight.
    pub(super) journal: Option<(RowId, Timestamp)>,
    /// The run's: documents from before are none of its doing.
    pub(super) run: Option<(RowId, Timestamp)>,
}

/// A stray document, classified.
pub(super) struct Stray {
    pub(super) aside: Aside,
    /// When it was committed, on our clock, as far as it is known.
    pub(super) committed: Span,
}

impl Aside {
    /// The name under which it is counted.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::BeforeTheRun => "before_the_run",
            Self::OutOfScope(reason) => reason,
            Self::SharedName => "shared_name",
            Self::Census => "census",
            Self::CarriedOver => "carried_over",
            Self::Phantom => "phantom",
        }
    }

    /// Whether an order that was not captured may have left it.
    pub(super) const fn uncaptured(&self) -> bool {
        matches!(self, Self::Census | Self::CarriedOver | Self::Phantom)
    }
}

/// Classifies a stray document of a lane.
pub(super) fn classify(stray: &StrayDocument, of: &LaneContext, begins: Begins) -> Stray {
    let outcome = &stray.seen.outcome;
    let committed_at = outcome.occurred_at.filter(|_| outcome.kind == OutcomeKind::Committed);
    let committed = committed_at.map_or(Span::ALWAYS, |at| of.clock.ours_roughly(at)).seen_by(stray.seen.recorded_at);
    let aside = match of.policy.scope.sets_aside(outcome.document.as_deref(), committed_at) {
        _ if before(stray, committed, begins.run) => Aside::BeforeTheRun,
        _ if stray.is_shared => Aside::SharedName,
        Some(reason) => Aside::OutOfScope(reason.to_owned()),
        None if stray.in_census => Aside::Census,
        None if carried_over(of, committed, begins.journal) => Aside::CarriedOver,
        None => Aside::Phantom,
    };
    Stray { aside, committed }
}

/// A document that was read, or that its ledger surely committed, before the run's first capture: no order of its own.
fn before(stray: &StrayDocument, committed: Span, first_capture: Option<(RowId, Timestamp)>) -> bool {
    first_capture.is_none_or(|(row, at)| stray.first_row < row || committed.surely_before(at))
}

/// Orders that were on their way when the tee began are committed within a horizon from there.
fn carried_over(of: &LaneContext, committed: Span, first_capture: Option<(RowId, Timestamp)>) -> bool {
    let within = |(_, at): (RowId, Timestamp)| committed.later_than(later(at, of.policy.horizon)) == Known::No;
    of.policy.role == Role::Live && first_capture.is_some_and(within)
}
