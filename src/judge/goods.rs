//! What orders and documents are for, handed to the tie-out with the cause of what differs.

use std::collections::BTreeMap;

use super::compare::{Contents, Side, money_of};
use super::documents::Document;
use super::facts::{LaneCase, OrderCase};
use super::holes::is_counted;
use super::{DocumentState, Fate, InCensus, Judge, Money, Timeline};
use crate::order::{Json, OrderPlaces};
use crate::outcome::{Lane, PerLane, Witness};

/// Causes beside fates.
const DIFFERS: &str = "differs";
const UPDATED: &str = "updated";
const CANCELLED: &str = "cancelled";
const UNLISTED: &str = "unlisted";
const SHARED_NAME: &str = "shared_name";

/// What an order is for, and what each side has of it, with why that differs where it does.
#[derive(Debug)]
pub(super) struct Goods {
    pub(super) captured: Side,
    pub(super) sides: Vec<(Witness, Side, &'static str)>,
}

impl Judge {
    /// What an order of the run is for, and what both ledgers and the census have of it; `None` where that isn't counted.
    pub(super) fn goods(
        &self,
        order: &OrderCase,
        timeline: &Timeline,
        contents: &Contents<'_>,
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
    ) -> Option<Goods> {
        if !order.counted || !self.tie_out.is_known() {
            return None;
        }
        let (captured, later) = self.captured(contents);
        let mut sides: Vec<(Witness, Side, &'static str)> = Vec::new();
        for &lane in Lane::ALL {
            if self.tie_out.counts(lane) {
                let found = self.documented(lane, cases.get(lane), contents);
                let cause = cause(cases.get(lane), *fates.get(lane), &found, &later);
                sides.push((lane.into(), found, cause));
            }
        }
        if self.policy.census_document.is_some() {
            sides.push(self.listed(timeline));
        }
        Some(Goods { captured, sides })
    }

    /// Counts what a document of none of the run's orders is for.
    pub(super) fn count_stray(&mut self, lane: Lane, document: Option<&[u8]>, reason: &str) {
        if let Some((places, document)) = self.policy.lanes.get(lane).document.as_ref().zip(document) {
            self.tie_out.aside(lane.into(), &Side::of_bytes(places, document), reason);
        }
    }

    /// Counts what a row of the census is for that no capture has.
    pub(super) fn count_listing(&mut self, document: Option<&[u8]>, reason: &str) {
        if let Some((places, document)) = self.policy.census_document.as_ref().zip(document) {
            self.tie_out.aside(Witness::Census, &Side::of_bytes(places, document), reason);
        }
    }

    /// What an order was for when it was first captured, and what it became.
    fn captured(&self, contents: &Contents<'_>) -> (Side, Vec<Side>) {
        let mut sides = contents.payloads().filter_map(|(capture, payload, content)| {
            let places = self.policy.orders.get(&payload.route)?;
            let side = content.json().and_then(Result::ok).map_or_else(Side::unread, |json| Side::of(places, json));
            Some((is_counted(capture), side))
        });
        let first = sides.by_ref().find(|(counted, _)| *counted).map(|(_, side)| side);
        (first.unwrap_or_else(Side::unread), sides.map(|(_, side)| side).collect())
    }

    /// What the documents that stand are for.
    fn documented(&self, lane: Lane, case: &LaneCase, contents: &Contents<'_>) -> Side {
        let Some(places) = &self.policy.lanes.get(lane).document else { return Side::nothing() };
        let there = case.documents.standing().filter(|document| {
            matches!(case.documents.state(document), DocumentState::Present | DocumentState::Missing)
        });
        let side = |document: &Document| {
            let json = contents.document(lane, document).and_then(Result::ok);
            json.map_or_else(Side::unread, |json| Side::of(places, json))
        };
        there.fold(Side::nothing(), |sum, document| sum.with(&side(document)))
    }

    /// What the census has of an order.
    fn listed(&self, timeline: &Timeline) -> (Witness, Side, &'static str) {
        let places = self.policy.census_document.as_ref();
        let side = places.zip(timeline.census_document.as_deref()).map(|(places, row)| Side::of_bytes(places, row));
        let (absent, cause) = match timeline.in_census {
            InCensus::Absent => (Side::nothing(), UNLISTED),
            InCensus::Shared => (Side::nothing(), SHARED_NAME),
            InCensus::Excluded | InCensus::Listed => (Side::unread(), DIFFERS),
        };
        (Witness::Census, side.unwrap_or(absent), cause)
    }
}

/// The total of an order as it was first captured; `None` where that is not on record or can't be read.
pub(super) fn captured_money(orders: &BTreeMap<String, OrderPlaces>, contents: &Contents<'_>) -> Option<Money> {
    let mut payloads = contents.payloads().filter(|(capture, ..)| is_counted(capture));
    let (_, payload, content) = payloads.next()?;
    money_of(orders.get(&payload.route)?, content.json()?.ok()?)
}

/// The total that some bytes say; `None` where they say none that can be read.
#[must_use]
pub fn money_of_bytes(places: &OrderPlaces, bytes: &[u8]) -> Option<Money> {
    money_of(places, &Json::parse(bytes).ok()?)
}

/// Why a lane's documents are for something else than the order, where they are.
fn cause(case: &LaneCase, fate: Fate, found: &Side, later: &[Side]) -> &'static str {
    let good = matches!(fate, Fate::Committed | Fate::CommittedLate | Fate::Recovered);
    match () {
        () if good && case.documents.standing().next().is_none() => CANCELLED,
        () if good && later.iter().any(|side| side.same_units(found)) => UPDATED,
        () if good => DIFFERS,
        () => fate.as_str(),
    }
}
