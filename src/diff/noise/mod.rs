//! Differences that mean nothing: places, counted over many orders, and the rules that would be worth having.
//!
//! Only suggests. Whatever may be identity, money or a quantity, by a path, by a name on the way to it or by the looks of
//! its values, is never suggested to be hidden: at most it is put before a person. Memory grows with the places of
//! documents, up to a bound, and never with the orders.

mod look;
mod seen;
mod suggest;
#[cfg(test)]
mod tests;
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::finding::{Class, Finding, Findings};
use super::rules::Rules;
use crate::order::{Json, OrderKey};
use crate::outcome::{Lane, PerLane};
use seen::Seen;

pub use seen::NoiseExample;
pub use suggest::{Advice, Doubt, Suggestion, Why};

/// Places that are counted. Documents of two ERPs have some hundreds; members that are named at random make one each.
const PLACES_MAX: usize = 2_000;

/// Values of one document that are counted. An order of a hundred lines has two thousand.
const VALUES_MAX: usize = 20_000;

/// What was seen at the places of many orders' documents.
#[derive(Debug, Default)]
pub struct Noise {
    places: Vec<Place>,
    /// Where each place stands, by its path.
    index: BTreeMap<String, usize>,
    orders: u64,
    differing: u64,
    findings: u64,
    left_out: u64,
    beyond: u64,
    baseline_orders: u64,
}

/// One place of both documents.
#[derive(Debug, Default)]
struct Place {
    /// How many bytes of its path are the path of what it lies in.
    parent_bytes: usize,
    /// The order that was counted here last.
    order: u64,
    /// How many values that order has here.
    here: PerLane<u64>,
    /// Values that both sides have.
    pairs: u64,
    /// Values of each side.
    values: PerLane<u64>,
    /// Orders of the baseline in which it differs.
    baseline: u64,
    seen: Option<Box<Seen>>,
}

/// What changed of one order between the first document and the last that a lane told of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// `None`: no lane told of a document twice, with other contents.
    places: Option<BTreeSet<String>>,
}

impl Changes {
    /// Adds what changed in one document.
    pub fn add(&mut self, first: &Json<'_>, last: &Json<'_>) {
        let findings = super::diff(first, last, &Rules::default());
        let changed = findings.unexplained().filter_map(|finding| path_of(finding, first, last));
        self.places.get_or_insert_default().extend(changed);
    }

    /// Whether a place was among what changed; `None` where nothing did.
    fn at(&self, path: &str) -> Option<bool> {
        self.places.as_ref().map(|places| places.contains(path))
    }
}

impl Noise {
    /// Adds an order: its documents as they were compared, what was found, and what changed by itself. Each order comes once.
    pub fn add(&mut self, key: &OrderKey, legacy: &Json<'_>, gated: &Json<'_>, findings: &Findings, changes: &Changes) {
        // Of what was not counted to its end nothing is said: "always" would be a guess.
        if !(findings.is_complete() && is_small(legacy) && is_small(gated)) {
            self.left_out += 1;
            return;
        }
        self.orders += 1;
        self.count(legacy, gated);
        let mut differs = false;
        for finding in findings.unexplained() {
            differs = true;
            self.findings += 1;
            let path = path_of(finding, legacy, gated).unwrap_or_else(|| finding.pattern.clone());
            let (changed, order) = (changes.at(&path), self.orders);
            match self.place(&path, 0) {
                Some(place) => {
                    place.seen.get_or_insert_with(|| Box::new(Seen::new(key, finding))).add(order, finding, changed);
                }
                None => self.beyond += 1,
            }
        }
        self.differing += u64::from(differs);
    }

    /// Adds an order of a run in which both lanes lead to the same build, so that all that differs is noise. What rules
    /// mask differs as well.
    pub fn add_baseline(&mut self, legacy: &Json<'_>, gated: &Json<'_>, findings: &Findings) {
        self.baseline_orders += 1;
        let differs = |finding: &&Finding| finding.class != Class::Representation && !finding.resegmented;
        let paths = findings.list.iter().filter(differs).filter_map(|finding| path_of(finding, legacy, gated));
        for path in paths.collect::<BTreeSet<String>>() {
            if let Some(place) = self.place(&path, 0) {
                place.baseline += 1;
            }
        }
    }

    /// Orders that were compared and counted.
    #[must_use]
    pub const fn orders(&self) -> u64 {
        self.orders
    }

    /// Of these, orders with a difference that nothing explains.
    #[must_use]
    pub const fn differing(&self) -> u64 {
        self.differing
    }

    /// Differences that nothing explains.
    #[must_use]
    pub const fn findings(&self) -> u64 {
        self.findings
    }

    /// Orders whose documents are too large to be counted, or to be compared to their end.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Differences at places beyond those that are counted.
    #[must_use]
    pub const fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Orders of the baseline that were compared.
    #[must_use]
    pub const fn baseline_orders(&self) -> u64 {
        self.baseline_orders
    }

    /// What is to be said of each place that differs, those with the most differences first.
    #[must_use]
    pub fn suggestions(&self) -> Vec<Suggestion> {
        suggest::all(self)
    }

    /// Counts the values of both documents, place by place.
    fn count(&mut self, legacy: &Json<'_>, gated: &Json<'_>) {
        let order = self.orders;
        let mut touched: Vec<String> = Vec::new();
        for (lane, document) in [(Lane::Legacy, legacy), (Lane::Gated, gated)] {
            let mut see = |path: &str, parent_bytes: usize| {
                let Some(place) = self.place(path, parent_bytes) else { return };
                if place.order != order {
                    (place.order, place.here) = (order, PerLane::default());
                    touched.push(path.to_owned());
                }
                *place.here.get_mut(lane) += 1;
            };
            see(trail::ROOT, 0);
            trail::each(document, &mut |path, parent_bytes| {
                path.into_iter().for_each(|path| see(path, parent_bytes));
                ControlFlow::Continue(())
            });
        }
        for path in touched {
            let Some(place) = self.place(&path, 0) else { continue };
            let PerLane { legacy, gated } = place.here;
            place.pairs += legacy.min(gated);
            place.values.legacy += legacy;
            place.values.gated += gated;
        }
    }

    /// The place of this path; `None` where there are too many.
    fn place(&mut self, path: &str, parent_bytes: usize) -> Option<&mut Place> {
        let at = match self.index.get(path) {
            Some(at) => *at,
            None if self.places.len() >= PLACES_MAX => return None,
            None => {
                self.index.insert(path.to_owned(), self.places.len());
                self.places.push(Place::default());
                self.places.len() - 1
            }
        };
        let place = self.places.get_mut(at)?;
        place.parent_bytes = place.parent_bytes.max(parent_bytes);
        Some(place)
    }
}

/// The path of what was found; `None` where no path of a rule would select it for sure.
fn path_of(finding: &Finding, legacy: &Json<'_>, gated: &Json<'_>) -> Option<String> {
    let of = |pointer: &Option<_>, document| trail::of(pointer.as_ref()?, document, &finding.pattern);
    let (ours, theirs) = (of(&finding.legacy, legacy), of(&finding.gated, gated));
    // Members of other names on the other side are one place only in the terms of the rules.
    match (&finding.legacy, &finding.gated) {
        (Some(_), Some(_)) => ours.filter(|ours| theirs.as_ref() == Some(ours)),
        _ => ours.or(theirs),
    }
}

/// Whether a document has no more values than are counted.
fn is_small(document: &Json<'_>) -> bool {
    let mut values = 0;
    trail::each(document, &mut |_, _| {
        values += 1;
        if values < VALUES_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    values < VALUES_MAX
}
