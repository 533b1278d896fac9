//! The moments of one order on one lane, each on our clock as far as it is known.
//!
//! What a ledger tells is on its clock, whose skew readings measure or the configuration declares. What others tell, of feeds or of
//! confirmations, is on clocks that no reading measures: only a declared skew says anything of them. Two times of one source
//! are on one clock, and need no skew.

use jiff::{SignedDuration, Timestamp};

use super::spread::Took;
use crate::judge::adequacy::Adequate;
use crate::judge::clocks::{Clock, GRANULARITY, Known, Span};
use crate::judge::facts::{LaneCase, LaneContext, OrderCase};
use crate::judge::window::{earlier, later};
use crate::judge::words::{Told, Word};
use crate::judge::{Fate, LaneEvents, OutcomeSeen};
use crate::outcome::{OutcomeKind, Role};

/// Why a moment is not known: the skew of a clock is not, or times are too near to each other for what is known of it.
pub(super) const CLOCK: &str = "clock";
/// The source says that it happened, and not when.
pub(super) const NO_TIME: &str = "no_time";
/// No adequate reading tells whether the ledger has the order.
pub(super) const UNREAD: &str = "unread";

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'t> {
    /// When, as far as it is known.
    pub(super) span: Span,
    /// The middle of what the clocks allow; `None` where they allow anything.
    pub(super) middle: Option<Timestamp>,
    /// Who told, and when it was by his clock.
    told: Option<(&'t str, Timestamp)>,
}

/// Whether and when the ledger has had the order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Committed<'t> {
    At(Event<'t>),
    /// It has no document of it, and had none up to then.
    NotUntil(Timestamp),
    /// It has none that anybody saw, which proves nothing.
    Unread,
}

/// The moments of an order on a lane.
#[derive(Clone, Debug)]
pub(super) struct Moments<'t> {
    /// The first send that can have reached the lane.
    pub(super) sent: Option<Timestamp>,
    /// Whether the lane has taken it, by its answers or by what it did.
    pub(super) taken: bool,
    /// Whether an answer may have been given that is not on record.
    pub(super) answer_hidden: bool,
    pub(super) committed: Committed<'t>,
    /// Whether no clock tells of the commit, but the answer that confirmed it named the document.
    pub(super) named: bool,
    pub(super) confirmed: Option<Event<'t>>,
    pub(super) allocated: Option<Event<'t>>,
    pub(super) fed: Option<Event<'t>>,
    /// Whether nobody waits for the ERP to have it: rejected, withdrawn, or never sent.
    pub(super) is_off: bool,
    /// Whether it was withdrawn.
    pub(super) withdrawn: bool,
    /// When it was cancelled, by our clock.
    pub(super) cancelled: Option<Timestamp>,
    /// Whether every document of it was cancelled, nobody says when.
    pub(super) undone: bool,
}

/// From one moment to another that is to come before it in the gated order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// It had come by then, or what lies between can't be told from nothing.
    None,
    /// It came surely later: from when to when.
    Ended {
        from: Timestamp,
        to: Timestamp,
    },
    /// It has not come, up to this time at least.
    Open {
        from: Timestamp,
        until: Timestamp,
    },
    Unknown(&'static str),
}

impl Wait {
    pub(super) fn took(self) -> Took {
        match self {
            Self::None => Took::Ms(0),
            Self::Ended { from, to } => Took::Ms(ms(from, to)),
            Self::Open { from, until } => Took::AtLeast(ms(from, until)),
            Self::Unknown(why) => Took::Unknown(why),
        }
    }
}

impl<'t> Event<'t> {
    /// By our own clock.
    pub(super) const fn at(at: Timestamp) -> Self {
        Self { span: Span { earliest: at, latest: at }, middle: Some(at), told: None }
    }

    /// By a clock that shows `clock` then; what is known beside it narrows that down to `span`, or shows that it is another
    /// clock, of which nothing is known.
    fn within(span: Span, clock: Span, told: Option<(&'t str, Timestamp)>) -> Self {
        let is_believed = span.earliest >= clock.earliest && span.latest <= clock.latest;
        Self { span, middle: span.middle().filter(|_| is_believed), told }
    }

    /// Why its middle is not known.
    pub(super) const fn why_unknown(&self) -> &'static str {
        if self.told.is_some() { CLOCK } else { NO_TIME }
    }

    /// Whether this came later than another one, by more than can't be told apart.
    pub(super) fn later_than(&self, other: &Self) -> Known {
        match (self.told, other.told) {
            (Some((by, own)), Some((other_by, theirs))) if by == other_by => {
                Span { earliest: own, latest: own }.later_than(theirs)
            }
            _ if self.span.earliest > later(other.span.latest, GRANULARITY) => Known::Yes,
            _ if self.span.latest <= later(other.span.earliest, GRANULARITY) => Known::No,
            _ => Known::Unknown,
        }
    }

    /// The wait from this until `other`.
    pub(super) fn until(&self, other: &Self) -> Wait {
        match (other.later_than(self), self.middle) {
            (Known::No, _) => Wait::None,
            (Known::Unknown, _) if other.middle.is_none() => Wait::Unknown(other.why_unknown()),
            (Known::Unknown, _) | (_, None) => Wait::Unknown(CLOCK),
            (Known::Yes, Some(from)) => match (self.told, other.told, other.middle) {
                (Some((by, own)), Some((other_by, theirs)), _) if by == other_by => {
                    let took = theirs.duration_since(own);
                    Wait::Ended { from, to: from.saturating_add(took).unwrap_or(Timestamp::MAX) }
                }
                (_, _, Some(to)) => Wait::Ended { from, to: to.max(from) },
                (_, _, None) => Wait::Unknown(CLOCK),
            },
        }
    }
}

impl Committed<'_> {
    /// The middle of what the clocks allow.
    pub(super) const fn middle(&self) -> Option<Timestamp> {
        match self {
            Self::At(event) => event.middle,
            Self::NotUntil(_) | Self::Unread => None,
        }
    }

    /// How long `from` was before the commit; `named` is whether the document's number, in place of a clock, tells that it was
    /// not.
    pub(super) fn wait(&self, from: &Event<'_>, named: bool) -> Wait {
        match self {
            _ if named => Wait::None,
            Self::At(event) => from.until(event),
            Self::NotUntil(until) => match from.middle {
                Some(from) if from < *until => Wait::Open { from, until: *until },
                Some(_) => Wait::Unknown(UNREAD),
                None => Wait::Unknown(CLOCK),
            },
            Self::Unread => Wait::Unknown(UNREAD),
        }
    }

    /// Whether it came later than `event`, or not up to then nor soon after.
    pub(super) fn later_than(&self, event: &Event<'_>) -> Known {
        match self {
            Self::At(own) => own.later_than(event),
            Self::NotUntil(until) if *until > later(event.span.latest, GRANULARITY) => Known::Yes,
            Self::NotUntil(_) | Self::Unread => Known::Unknown,
        }
    }
}

impl<'t> Moments<'t> {
    pub(super) fn of(
        order: &OrderCase,
        events: &'t LaneEvents,
        case: &'t LaneCase,
        fate: Fate,
        (of, as_of): (&LaneContext, Timestamp),
    ) -> Self {
        let words = &case.words;
        let accepted = events.outcomes.iter().any(|seen| seen.outcome.kind == OutcomeKind::Accepted);
        let document = if case.is_split() { case.document() } else { case.first_document() };
        let told = words.confirmed.as_ref();
        let cancels = order.cancelled_at.into_iter().chain(words.cancel_taken_at);
        Self {
            sent: words.first_send,
            taken: words.word == Word::Acknowledged || accepted || document.is_some(),
            answer_hidden: case.answer_hidden,
            committed: committed(events, case, (of, as_of)),
            named: document.is_some_and(|document| {
                let names = told.and_then(|told| told.names.as_ref());
                !of.policy.commit_times
                    && document.committed_at.is_none()
                    && names.is_some()
                    && names == document.reference.as_ref()
            }),
            confirmed: told.map(|told| confirmed(told, of)),
            allocated: told_of(OutcomeKind::Allocated, events, case, of),
            fed: told_of(OutcomeKind::FeedPublished, events, case, of),
            is_off: matches!(fate, Fate::Rejected | Fate::Withdrawn | Fate::Unsent),
            withdrawn: fate == Fate::Withdrawn,
            cancelled: cancels.min(),
            undone: document.is_some() && case.documents.standing().next().is_none(),
        }
    }
}

fn committed<'t>(events: &LaneEvents, case: &'t LaneCase, (of, as_of): (&LaneContext, Timestamp)) -> Committed<'t> {
    let document = if case.is_split() { case.document() } else { case.first_document() };
    if let Some(document) = document {
        let clock = document.committed_at.map_or(Span::ALWAYS, |at| of.clock.ours(at));
        let told = document.committed_at.map(|at| (document.source.as_str(), at));
        return Committed::At(Event::within(case.committed(document, of), clock, told));
    }
    let is_absent = case.adequate > Adequate::No && !events.shares_document;
    match of.readings.watermark().filter(|_| is_absent) {
        Some(seen) => Committed::NotUntil(earlier(seen, of.policy.lag).min(as_of)),
        None => Committed::Unread,
    }
}

/// When the customer was told.
fn confirmed<'t>(told: &'t Told, of: &LaneContext) -> Event<'t> {
    match &told.source {
        None => Event::at(told.confirmed.at),
        Some(source) => {
            let clock = others(of).ours(told.confirmed.at);
            Event::within(clock.seen_by(told.recorded_at), clock, Some((source, told.confirmed.at)))
        }
    }
}

/// The clock of sources that are not the ledger: known only where it is declared.
fn others(of: &LaneContext) -> Clock {
    Clock::default().or_declared(of.policy.clock_skew_max)
}

/// When something happened first that outcomes tell of; of an order in parts, when it happened to the last of them.
fn told_of<'t>(kind: OutcomeKind, events: &'t LaneEvents, case: &LaneCase, of: &LaneContext) -> Option<Event<'t>> {
    let all = events.outcomes.iter().filter(|seen| seen.outcome.kind == kind);
    let by = |seen: &&OutcomeSeen| (seen.outcome.occurred_at.unwrap_or(seen.recorded_at), seen.row);
    let is_last = case.is_split() && kind == OutcomeKind::Allocated;
    let seen = if is_last { all.max_by_key(by) } else { all.min_by_key(by) }?;
    let outcome = &seen.outcome;
    // Goods are set aside in the ledger, by its clock; what is published is told by others.
    let clock = if kind == OutcomeKind::Allocated { of.clock } else { others(of) };
    let shown = outcome.occurred_at.map_or(Span::ALWAYS, |at| clock.ours_roughly(at));
    let span = match case.words.first_send {
        // The shadow has its orders from nobody else.
        Some(first) if of.policy.role == Role::Shadow => {
            let span = shown.not_before(first);
            Span { earliest: span.earliest.max(first), ..span }
        }
        _ => shown,
    };
    let told = outcome.occurred_at.map(|at| (outcome.source.as_str(), at));
    let event = Event::within(span.seen_by(seen.recorded_at), shown, told);
    Some(Event { middle: event.middle.filter(|_| clock.offset_us().is_some()), ..event })
}

/// Whole milliseconds from one moment to a later one.
pub(super) fn ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.duration_since(from).max(SignedDuration::ZERO).as_millis()).unwrap_or(u64::MAX)
}
