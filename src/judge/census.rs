//! The third witness: what the storefront's own list of orders says beside the captures.
//!
//! Times of the list stand on the storefront's clock, of which nothing tells the skew: they are doubted as those of any
//! clock that no reading told of. An order is only said to be missing where every doubt is gone; what is doubtful makes
//! the gate inconclusive, and what a list says of orders before the run or after the judged window judges nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::clocks::{Clock, Known, Span};
use super::goods::money_of_bytes;
use super::strays::Begins;
use super::{CensusEvidence, CensusListing, CensusSummary, InCensus, Judge, Listed};
use crate::outcome::{Lane, PerLane};

/// What an order of the census is to the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A capture of some run has it.
    Captured,
    /// It goes by a name that several captured orders share.
    SharedName,
    /// It was placed before the run's first capture.
    BeforeTheRun,
    /// It was placed about when the tee began, and the live ledger has it.
    CarriedOver,
    /// It may have been placed after the judged window.
    NotYet,
    /// The list itself says that the lanes need not have it.
    Excluded(&'a str),
    /// No capture has it, and a ledger does.
    RoundTheTee,
    /// No capture and no ledger has it, and whether it was placed during the run can't be told.
    InDoubt,
    /// It was placed during the run, and neither a capture nor a ledger has it.
    Missing,
}

impl Place<'_> {
    /// The name under which goods of such an order are set aside; `None` for what captures have, or another time.
    const fn of_the_run(&self) -> Option<&'static str> {
        match self {
            Self::Captured | Self::SharedName | Self::BeforeTheRun | Self::NotYet => None,
            Self::CarriedOver => Some("carried_over"),
            Self::Excluded(_) => Some("excluded"),
            Self::RoundTheTee => Some("round_the_tee"),
            Self::InDoubt => Some("in_doubt"),
            Self::Missing => Some("missing"),
        }
    }
}

/// The census as it is counted.
#[derive(Clone, Debug, Default)]
pub(super) struct CensusTally {
    pub(super) listed: u64,
    pub(super) captured: u64,
    pub(super) shared_name: u64,
    pub(super) before_the_run: u64,
    pub(super) carried_over: u64,
    pub(super) not_yet: u64,
    pub(super) excluded: BTreeMap<String, u64>,
    pub(super) round_the_tee: u64,
    pub(super) in_doubt: u64,
    pub(super) missing: u64,
    /// Judged orders that the tee captured and a list that reaches beyond them does not have.
    pub(super) unlisted: u64,
}

crate::stats::sum_of_fields!(CensusTally {
    listed,
    captured,
    shared_name,
    before_the_run,
    carried_over,
    not_yet,
    excluded,
    round_the_tee,
    in_doubt,
    missing,
    unlisted,
});

/// Up to when the census holds every order, on our clock at the earliest; `None` where nobody declared it, or somebody
/// did of a time to come.
pub(super) fn through(census: &CensusEvidence, as_of: Timestamp) -> Option<Timestamp> {
    let declared = census.complete_through.filter(|at| !Clock::default().is_beyond(*at, as_of));
    declared.map(|at| Clock::default().ours_roughly(at).earliest)
}

/// Up to when, on a clock that may be off, the census must be complete to hold every order up to `until`.
pub(super) fn needed_through(until: Timestamp) -> Timestamp {
    Clock::default().ours_roughly(until).latest
}

/// When an order of the census was placed, on our clock, as far as it is known.
fn placed(listing: &CensusListing) -> Span {
    listing.placed_at.map_or(Span::ALWAYS, |at| Clock::default().ours_roughly(at))
}

fn place(listing: &CensusListing, begins: Begins, until: Timestamp, live: Lane) -> Place<'_> {
    let documents = match &listing.listed {
        Listed::Captured => return Place::Captured,
        Listed::Shared => return Place::SharedName,
        Listed::Uncaptured { documents } => documents,
    };
    let placed = placed(listing);
    let excluded = listing.excluded.as_deref().map(Place::Excluded);
    if begins.run.is_none_or(|(_, at)| placed.surely_before(at)) {
        return Place::BeforeTheRun;
    }
    // Without any time it may have been at any time: it judges nothing only where the list itself excludes it.
    if listing.placed_at.is_some() && !placed.surely_before(until) {
        return Place::NotYet;
    }
    let after = |begin: Option<(i64, Timestamp)>| begin.is_some_and(|(_, at)| placed.later_than(at) == Known::Yes);
    excluded.unwrap_or_else(|| match (documents.legacy || documents.gated, *documents.get(live)) {
        (_, true) if listing.placed_at.is_some() && !after(begins.journal) => Place::CarriedOver,
        (true, _) => Place::RoundTheTee,
        (false, _) if after(begins.run) => Place::Missing,
        (false, _) => Place::InDoubt,
    })
}

impl Judge {
    /// Counts an order of the census. Each must be handed in exactly once; the sequence doesn't matter.
    pub fn census_order(&mut self, listing: &CensusListing) {
        let place = place(listing, self.begins, self.until, self.live);
        // What was not captured may have passed unseen through a gap, unless the lanes need not have it.
        if !matches!(place, Place::Captured | Place::BeforeTheRun | Place::Excluded(_)) {
            self.holes.uncaptured_order(placed(listing));
        }
        self.tally.census.count(&place);
        if let Some(reason) = place.of_the_run() {
            self.count_listing(listing.document.as_deref(), reason);
        }
        let places = self.policy.census_document.as_ref().zip(listing.document.as_deref());
        let money = || places.and_then(|(places, row)| money_of_bytes(places, row));
        self.exceptions.census(&listing.key, &place, listing.placed_at, money);
    }

    /// Whether what was counted of the census is the same from now on, until a row of it, a capture or a document comes: whatever the
    /// time.
    #[must_use]
    pub const fn census_is_settled(&self) -> bool {
        self.tally.census.not_yet == 0
    }

    /// Whether a census that reaches beyond an order, received at `received_at`, does not have it.
    pub(super) fn is_unlisted(&self, in_census: InCensus, received_at: Timestamp) -> bool {
        let beyond = |through: Timestamp| Span { earliest: through, latest: through }.later_than(received_at);
        in_census == InCensus::Absent && self.census_through.is_some_and(|through| beyond(through) == Known::Yes)
    }
}

impl CensusTally {
    fn count(&mut self, place: &Place<'_>) {
        self.listed += 1;
        let count = match place {
            Place::Captured => &mut self.captured,
            Place::SharedName => &mut self.shared_name,
            Place::BeforeTheRun => &mut self.before_the_run,
            Place::CarriedOver => &mut self.carried_over,
            Place::NotYet => &mut self.not_yet,
            Place::RoundTheTee => &mut self.round_the_tee,
            Place::InDoubt => &mut self.in_doubt,
            Place::Missing => &mut self.missing,
            Place::Excluded(reason) => match self.excluded.get_mut(*reason) {
                Some(count) => count,
                None => self.excluded.entry((*reason).to_owned()).or_default(),
            },
        };
        *count += 1;
    }

    /// The census in an assessment, held against the journal's own count where it is given.
    pub(super) fn summary(&self, expected: bool, evidence: &CensusEvidence, in_journal: Option<u64>) -> CensusSummary {
        let excluded: u64 = self.excluded.values().sum();
        let in_run = self.round_the_tee + self.in_doubt + self.missing;
        let aside = self.shared_name + self.before_the_run + self.carried_over + self.not_yet + excluded;
        let listed = in_journal.unwrap_or(self.listed);
        CensusSummary {
            expected,
            imported: evidence.imported,
            complete_through: evidence.complete_through,
            listed,
            captured: self.captured,
            before_the_run: self.before_the_run,
            carried_over: self.carried_over,
            not_yet: self.not_yet,
            excluded: self.excluded.clone(),
            shared_name: self.shared_name,
            round_the_tee: self.round_the_tee,
            in_doubt: self.in_doubt,
            missing: self.missing,
            unlisted: self.unlisted,
            residual: listed.abs_diff(self.captured + aside + in_run),
        }
    }
}

impl Default for Listed {
    fn default() -> Self {
        Self::Uncaptured { documents: PerLane::default() }
    }
}
