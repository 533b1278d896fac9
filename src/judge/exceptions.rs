//! The orders and documents that need somebody: whose they are, what to do in plain words, the worst first.
//! However many there are, no more than [`Assessment::EXCEPTIONS_MAX`] are kept.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::census::Place;
use super::parity::{Decided, decided};
use super::{Assessment, Exception, ExceptionKind, Fate, Owner};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane, Role, Witness};

/// How bad an exception is; the first is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    /// It forbids the cutover.
    Forbids,
    /// An order is wrong on the path that is to be replaced.
    LegacyLoss,
    /// The lanes decided differently.
    Differs,
    /// An order, or evidence, is late.
    Late,
    /// Not known.
    Unknown,
}

/// Exceptions, the worst ones kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions {
    worst: BTreeMap<Rank, (Owner, &'static str)>,
    count: u64,
}

/// What exceptions are sorted by: severity, then time, then what tells them apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    severity: Severity,
    at: Option<Timestamp>,
    order_key: OrderKey,
    lane: Witness,
    kind: ExceptionKind,
    references: Vec<String>,
}

/// An order on a lane that may need somebody.
pub(super) struct Concern<'a> {
    pub(super) order_key: &'a OrderKey,
    pub(super) received_at: Timestamp,
    pub(super) lane: Lane,
    pub(super) fates: PerLane<Fate>,
    /// Whether the other lane, or the census, has an order that this one never took.
    pub(super) taken_elsewhere: bool,
    /// Whether this lane rejected it as agreed.
    pub(super) agreed: bool,
    /// Whether this lane cancelled by itself what the other commits.
    pub(super) took_back: bool,
}

impl Exceptions {
    /// Takes note of an order on a lane, if it needs somebody.
    pub(super) fn order(&mut self, concern: &Concern<'_>, references: impl FnOnce() -> Vec<String>) {
        let Some((severity, owner, next_action)) = concern.advice() else { return };
        let fate = *concern.fates.get(concern.lane);
        self.keep(severity, Some(concern.received_at), (owner, next_action), || Rank {
            severity,
            at: Some(concern.received_at),
            order_key: concern.order_key.clone(),
            lane: concern.lane.into(),
            kind: ExceptionKind::Fate(fate),
            references: references(),
        });
    }

    /// Takes note of a document that nothing explains.
    pub(super) fn phantom(
        &mut self,
        key: &OrderKey,
        lane: Lane,
        role: Role,
        reference: Option<String>,
        at: Option<Timestamp>,
    ) {
        let severity = if lane == Lane::Gated { Severity::Forbids } else { Severity::Unknown };
        let advice = match role {
            Role::Live => (
                Owner::Ecommerce,
                "Find the channel that sent this order round the tee, and route it through the tee or take it out of scope.",
            ),
            Role::Shadow => (
                Owner::ErpIt,
                "Find out who made this document in the shadow's ledger: no order that was captured explains it.",
            ),
        };
        self.keep(severity, at, advice, || Rank {
            severity,
            at,
            order_key: key.clone(),
            lane: lane.into(),
            kind: ExceptionKind::Phantom,
            references: reference.into_iter().collect(),
        });
    }

    /// Takes note of an order of the census, if it needs somebody. `at` is when it was placed, on the storefront's clock.
    pub(super) fn census(&mut self, key: &OrderKey, place: &Place<'_>, at: Option<Timestamp>) {
        let (severity, kind, next_action) = match place {
            Place::Missing => (
                Severity::Forbids,
                ExceptionKind::Missing,
                "The storefront lists this order, and neither a capture nor a ledger has it: look into its delivery log, have it delivered again, and find out why it never came.",
            ),
            Place::RoundTheTee => (
                Severity::Unknown,
                ExceptionKind::RoundTheTee,
                "A ledger has this order, and no capture: find the channel that sent it round the tee, and route it through the tee.",
            ),
            Place::InDoubt => (
                Severity::Unknown,
                ExceptionKind::InDoubt,
                "Neither a capture nor a ledger has this order, and it may be older than the run: look it up by hand.",
            ),
            _ => return,
        };
        self.of_census(severity, kind, (key, at), next_action);
    }

    /// Takes note of a captured order that the census does not have.
    pub(super) fn unlisted(&mut self, key: &OrderKey, at: Timestamp) {
        let next_action = "The tee captured this order, and the storefront's list does not have it: find out who sent it, or under which name it is listed.";
        self.of_census(Severity::Unknown, ExceptionKind::Unlisted, (key, Some(at)), next_action);
    }

    fn of_census(
        &mut self,
        severity: Severity,
        kind: ExceptionKind,
        (key, at): (&OrderKey, Option<Timestamp>),
        next_action: &'static str,
    ) {
        self.keep(severity, at, (Owner::Ecommerce, next_action), || Rank {
            severity,
            at,
            order_key: key.clone(),
            lane: Witness::Census,
            kind,
            references: Vec::new(),
        });
    }

    /// How many there are in all.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Those that were kept, worst first.
    pub(super) fn into_list(self) -> Vec<Exception> {
        let tell = |(rank, (owner, next_action)): (Rank, (Owner, &str))| Exception {
            order_key: rank.order_key,
            lane: rank.lane,
            kind: rank.kind,
            references: rank.references,
            at: rank.at,
            owner,
            next_action: next_action.to_owned(),
        };
        self.worst.into_iter().map(tell).collect()
    }

    fn keep(
        &mut self,
        severity: Severity,
        at: Option<Timestamp>,
        advice: (Owner, &'static str),
        rank: impl FnOnce() -> Rank,
    ) {
        self.count += 1;
        let full = self.worst.len() >= Assessment::EXCEPTIONS_MAX;
        if full && self.worst.last_key_value().is_some_and(|(last, _)| (severity, at) > (last.severity, last.at)) {
            return;
        }
        self.worst.insert(rank(), advice);
        if self.worst.len() > Assessment::EXCEPTIONS_MAX {
            self.worst.pop_last();
        }
    }
}

impl Concern<'_> {
    /// How bad it is, who acts and what to do; `None` where nobody needs to.
    fn advice(&self) -> Option<(Severity, Owner, &'static str)> {
        let gated = self.lane == Lane::Gated;
        let wrong = if gated { Severity::Forbids } else { Severity::LegacyLoss };
        let other = decided(*self.fates.get(self.lane.other()));
        Some(match *self.fates.get(self.lane) {
            Fate::Leaked => (
                Severity::Forbids,
                Owner::Operations,
                "Pause the shadow at once: its write reached the live ledger. Cancel that document and check the target and credentials of the shadow.",
            ),
            Fate::DoubleCommitted => (
                wrong,
                Owner::ErpIt,
                "Cancel all documents but one before goods leave the house, and find out why a second one was made.",
            ),
            Fate::CommittedAfterReject => (
                wrong,
                Owner::ErpIt,
                "The lane refused this order and has it all the same: decide which holds, and tell the customer or cancel the document.",
            ),
            Fate::Vanished => {
                (wrong, Owner::ErpIt, "Find out who removed the document without a cancellation, and restore it.")
            }
            Fate::Lost => (
                wrong,
                Owner::ErpIt,
                "Acknowledged, but not in the ledger: look for it in the queues of this path, and enter it by hand if the customer was told.",
            ),
            Fate::NotCommitted if self.taken_elsewhere => (
                wrong,
                Owner::Operations,
                "This path never took the order: look at its answers in `paritee order`, mend the cause and send the order again.",
            ),
            Fate::Rejected | Fate::Withdrawn if self.agreed => return None,
            Fate::Rejected if other == Decided::Committed => (
                Severity::Differs,
                Owner::ErpIt,
                "This path rejects what the other commits: compare the reason with the master data of both.",
            ),
            _ if self.took_back => (
                Severity::Differs,
                Owner::ErpIt,
                "This path cancelled what the storefront did not cancel and the other path commits: find out who cancelled it.",
            ),
            Fate::CommittedLate => {
                (Severity::Late, Owner::ErpIt, "Committed after the deadline: find out what it waited for.")
            }
            Fate::Unsent => (
                Severity::Unknown,
                Owner::Operations,
                "Never sent to this lane as far as is on record: resume the shadow, or raise its limits.",
            ),
            Fate::Unobserved => (
                Severity::Unknown,
                Owner::Operations,
                "Not known: let the ledger of this lane be read to its end, twice, after the horizon.",
            ),
            _ => return None,
        })
    }
}
