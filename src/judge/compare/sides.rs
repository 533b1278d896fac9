//! The two sides of a comparison, read as JSON and brought into one shape.

use std::collections::BTreeMap;

use super::{Compared, Comparer, Content, Contents, NotCompared};
use crate::diff::{
    Common, Detail, Finding, Findings, Said, Terms, diff_in, lines_said_alike, say_the_same, unreadable,
};
use crate::judge::documents::Document;
use crate::judge::holes::is_counted;
use crate::judge::{DocumentShape, Payload};
use crate::order::{Json, JsonError, OrderPlaces, Pointer};
use crate::outcome::{Lane, Operation, PerLane};

/// What the documents of a lane were read as.
#[derive(Debug)]
pub(super) enum Read<'c, 'd> {
    /// One of them was not told of with its content.
    NoContent,
    /// One of them is no JSON.
    Broken(&'c JsonError),
    /// All of them.
    Json(Vec<&'c Json<'d>>),
}

impl<'c, 'd> Read<'c, 'd> {
    pub(super) fn of(lane: Lane, documents: &[&Document], contents: &'c Contents<'d>) -> Self {
        let mut list = Vec::with_capacity(documents.len());
        for document in documents {
            match contents.document(lane, document) {
                None => return Self::NoContent,
                Some(Err(error)) => return Self::Broken(error),
                Some(Ok(json)) => list.push(json),
            }
        }
        if list.is_empty() { Self::NoContent } else { Self::Json(list) }
    }
}

/// What a payload was found to say of a lane's documents, and of which parts.
struct Tried {
    common: Common,
    findings: Findings,
}

impl Tried {
    fn cost(&self) -> usize {
        self.findings.unexplained().count()
    }

    /// The payload that the documents fit best. One that names fewer parts has less to differ in, so that it stands in for
    /// none that names more; where two name different parts, the documents must fit both.
    fn best(tried: Vec<Self>) -> Option<Findings> {
        let commons: Vec<Common> = tried.iter().map(|own| own.common).collect();
        let mut best: Vec<Self> = Vec::new();
        for own in tried {
            let says_less = |other: &Common| *other != own.common && own.common.and(*other) == own.common;
            match best.iter_mut().find(|known| known.common == own.common) {
                _ if commons.iter().any(says_less) => {}
                Some(known) if own.cost() < known.cost() => *known = own,
                Some(_) => {}
                None => best.push(own),
            }
        }
        best.into_iter().rev().max_by_key(Self::cost).map(|own| own.findings)
    }
}

impl Comparer {
    /// The documents of both lanes with each other.
    pub(super) fn lanes(&self, read: &PerLane<Read<'_, '_>>, detail: Detail) -> Compared {
        let (legacy, gated) = match (&read.legacy, &read.gated) {
            (Read::NoContent, _) | (_, Read::NoContent) => return Compared::Not(NotCompared::NoDocument),
            (Read::Broken(error), _) => {
                return Compared::Found(unreadable(Lane::Legacy, error, &self.rules.lanes.rules));
            }
            (_, Read::Broken(error)) => {
                return Compared::Found(unreadable(Lane::Gated, error, &self.rules.lanes.rules));
            }
            (Read::Json(legacy), Read::Json(gated)) => (legacy, gated),
        };
        match (self.shape, legacy.as_slice(), gated.as_slice()) {
            (DocumentShape::AsTheyAre, [legacy], [gated]) => {
                Compared::Found(diff_in(detail, legacy, gated, &self.rules.lanes.rules))
            }
            (DocumentShape::AsTheyAre, ..) => Compared::Not(NotCompared::Split),
            (DocumentShape::InCommonTerms, ..) => self.in_terms(legacy, gated, detail),
        }
    }

    fn in_terms(&self, legacy: &[&Json<'_>], gated: &[&Json<'_>], detail: Detail) -> Compared {
        let found = self.terms(legacy, gated, |left, right| {
            let mut findings = diff_in(detail, left.0.json(), right.0.json(), &self.rules.lanes.rules);
            placed(&mut findings, left, right);
            findings
        });
        found.map_or(Compared::NotDue, Compared::Found)
    }

    /// Shows both lanes' documents in common terms to `see`, each with the places that they were taken from; `None` where there
    /// are none.
    pub(super) fn terms<T>(
        &self,
        legacy: &[&Json<'_>],
        gated: &[&Json<'_>],
        see: impl FnOnce((&Terms<'_>, &OrderPlaces), (&Terms<'_>, &OrderPlaces)) -> T,
    ) -> Option<T> {
        let (left, right) = (self.places.legacy.as_ref()?, self.places.gated.as_ref()?);
        let common = Common::of(left, right)?;
        let (legacy, gated) = (Terms::of(left, common, legacy), Terms::of(right, common, gated));
        Some(see((&legacy, left), (&gated, right)))
    }

    /// Whether both lanes' documents say the same of all that is compared with what was ordered, at the same places.
    pub(super) fn say_the_same(&self, read: &PerLane<Read<'_, '_>>) -> bool {
        let (Read::Json(legacy), Read::Json(gated)) = (&read.legacy, &read.gated) else { return false };
        match (legacy.as_slice(), gated.as_slice(), &self.places.gated) {
            ([legacy], [gated], Some(places)) => self.same_places && say_the_same(places, legacy, gated),
            _ => false,
        }
    }

    /// What was ordered, as the left side, with a lane's documents. Of several payloads the one that they fit best
    /// counts: an order that was changed may be committed as it was or as it became.
    pub(super) fn with_order(
        &self,
        contents: &Contents<'_>,
        orders: &BTreeMap<String, OrderPlaces>,
        places: &OrderPlaces,
        read: &Read<'_, '_>,
        (lane, detail): (Lane, Detail),
    ) -> Compared {
        let payloads = payloads(contents);
        if payloads.is_empty() {
            return Compared::Not(NotCompared::NoPayload);
        }
        let common = |payload: &Payload| {
            let of_order = orders.get(&payload.route)?;
            Some((of_order, Common::of(of_order, places)?))
        };
        // A route that says nothing of what is ordered, as where payloads hold an id alone, asks for no comparison.
        if payloads.iter().all(|(payload, _)| common(payload).is_none()) {
            return Compared::NotDue;
        }
        let documents = match read {
            Read::NoContent => return Compared::Not(NotCompared::NoDocument),
            Read::Broken(error) => return Compared::Found(unreadable(lane, error, &self.rules.order.rules)),
            Read::Json(documents) => documents,
        };
        let (mut tried, mut broken) = (Vec::new(), None);
        for (payload, content) in payloads {
            let Some(((of_order, common), ordered)) = common(payload).zip(content.json()) else { continue };
            match ordered {
                Ok(ordered) => {
                    let findings = self.with_payload(ordered, (of_order, places), common, documents, detail);
                    tried.push(Tried { common, findings });
                }
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        let unread = || broken.map(|error| unreadable(Lane::Legacy, error, &self.rules.order.rules));
        Tried::best(tried).or_else(unread).map_or(Compared::Not(NotCompared::NoPayload), Compared::Found)
    }

    pub(super) fn with_payload(
        &self,
        ordered: &Json<'_>,
        (of_order, places): (&OrderPlaces, &OrderPlaces),
        common: Common,
        documents: &[&Json<'_>],
        detail: Detail,
    ) -> Findings {
        let rules = &self.rules.order.rules;
        let ours = Said { places: of_order, json: ordered };
        let alike = match documents {
            [json] => lines_said_alike(rules, common, ours, Said { places, json }),
            _ => None,
        };
        let currency = || of_order.currency_of(ordered);
        if let Some(known) = alike.and_then(|lines| self.alike.findings(common, lines, currency())) {
            return known;
        }
        let (left, right) = (Terms::of(of_order, common, &[ordered]), Terms::of(places, common, documents));
        let mut findings = diff_in(detail, left.json(), right.json(), rules);
        if let Some(lines) = alike {
            self.alike.learn(common, lines, &findings);
        }
        placed(&mut findings, (&left, of_order), (&right, places));
        findings
    }
}

/// The payloads that say what was ordered: of `create`s and changes that were teed, each once.
pub(super) fn payloads<'c, 't>(contents: &'c Contents<'t>) -> Vec<(&'t Payload, &'c Content<'t>)> {
    let mut payloads: Vec<(&Payload, &Content<'t>)> = Vec::new();
    for (capture, payload, content) in contents.payloads() {
        let is_teed = if capture.operation == Operation::Create { is_counted(capture) } else { capture.skip.is_none() };
        if is_teed && !payloads.iter().any(|(known, _)| *known == payload) {
            payloads.push((payload, content));
        }
    }
    payloads
}

/// Puts the places of what was taken from in place of those in common terms.
fn placed(
    findings: &mut Findings,
    (left, of_left): (&Terms<'_>, &OrderPlaces),
    (right, of_right): (&Terms<'_>, &OrderPlaces),
) {
    let place = |place: &mut Option<Pointer>, terms: &Terms<'_>, places: &OrderPlaces| {
        if let Some(term) = place.take() {
            *place = Some(terms.place(places, &term));
        }
    };
    for finding in &mut findings.list {
        let Finding { legacy, gated, .. } = finding;
        place(legacy, left, of_left);
        place(gated, right, of_right);
    }
}
