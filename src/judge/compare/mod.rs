//! The documents of an order on both lanes, and what was ordered: whether they say the same. A comparison never changes
//! a fate: what is lost or doubled is decided without it.

mod alike;
mod by_order;
mod counted;
mod decisions;
mod drift;
mod findings;
mod owner;
mod pair;
mod read;
mod sides;
mod tie_out;
mod tie_row;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::documents::Document;
use super::facts::LaneCase;
use super::parity::{Decided, decided};
use super::{ComparePolicy, DocumentShape, Fate, OwnerRule, Policy};
use crate::diff::{Common, Detail, Findings, Rule, RuleScope, Rules, of_places};
use crate::order::OrderPlaces;
use crate::outcome::{Lane, PerLane};

pub use counted::{Between, ComparisonCounts, ComparisonSummary, NotCompared};
pub use decisions::DecisionSummary;
pub(super) use decisions::{Other, Rejection, Rejections};
pub(super) use findings::Comparison;
pub use findings::{FindingExample, FindingSummary, RuleSummary};
pub use owner::owner;
pub(super) use read::{Content, Contents, Wanted};
pub(super) use tie_out::{Side, TieOut, countable, money_of};
pub use tie_row::{TieOutRow, TieOutSide, TieOutSummary};

/// Compares what the journal holds of one order. Knows rules and places, counts nothing.
#[derive(Debug)]
pub(super) struct Comparer {
    /// The rules between the lanes, and between the order and a lane; with each its number in the policy.
    pub(super) rules: ByScope,
    /// Where the parts of each lane's documents stand.
    places: PerLane<Option<OrderPlaces>>,
    /// How both lanes' documents are compared.
    shape: DocumentShape,
    /// Whether both lanes' documents have their parts at the same places.
    same_places: bool,
    /// Who acts on which differences, where it isn't as usual.
    owners: Vec<OwnerRule>,
    /// What it comes to where a document says just what was ordered.
    alike: alike::Alike,
}

/// Which amount of a document is compared with anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::judge) enum AmountCompared {
    /// Every one, member by member.
    Any,
    /// The total.
    Total,
    /// The price of a line alone.
    Price,
    /// None: what both sides name of money is net here and gross there, or nothing.
    None,
}

/// The rules of a policy by what they are applied to.
#[derive(Debug)]
pub(super) struct ByScope {
    pub(super) lanes: Numbered,
    pub(super) order: Numbered,
}

/// Rules, and the number of each in the policy.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) rules: Rules,
    pub(super) numbers: Vec<usize>,
}

/// What comparing an order came to.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderCompared {
    /// The two lanes' documents.
    pub lanes: Compared,
    /// What was ordered, and each lane's document.
    pub order: PerLane<Compared>,
}

/// What comparing two sides of an order came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// There is nothing to compare: a lane has no document, or nothing says where its parts stand.
    NotDue,
    /// It should have been compared, and could not.
    Not(NotCompared),
    /// What was found.
    Found(Findings),
}

impl Compared {
    /// What was found; `None` where nothing was compared.
    #[must_use]
    pub const fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Found(findings) => Some(findings),
            Self::NotDue | Self::Not(_) => None,
        }
    }
}

impl Comparer {
    /// Which amount of the gated lane's documents is compared, with legacy's or with what was ordered.
    pub(in crate::judge) fn amount_compared(&self, orders: &BTreeMap<String, OrderPlaces>) -> AmountCompared {
        if self.shape == DocumentShape::AsTheyAre {
            return AmountCompared::Any;
        }
        let Some(gated) = &self.places.gated else { return AmountCompared::None };
        let others = orders.values().chain(&self.places.legacy);
        let common: Vec<Common> = others.filter_map(|other| Common::of(other, gated)).collect();
        match () {
            () if common.iter().any(|common| common.has_total()) => AmountCompared::Total,
            () if common.iter().any(|common| common.has_price()) => AmountCompared::Price,
            () => AmountCompared::None,
        }
    }

    /// Whether the same rules are in force as in another one of the same policy.
    pub(super) fn applies_as(&self, other: &Self) -> bool {
        let in_force =
            |of: &Numbered| -> Vec<bool> { (0..of.numbers.len()).map(|at| of.rules.is_expired(at)).collect() };
        let both = |own, other| in_force(own) == in_force(other);
        both(&self.rules.lanes, &other.rules.lanes) && both(&self.rules.order, &other.rules.order)
    }

    /// `None` for a run that was begun by a version that compared nothing.
    pub(super) fn new(policy: &Policy, as_of: Timestamp) -> Option<Self> {
        let compare = policy.compare.as_ref()?;
        let places = PerLane::from_fn(|lane: Lane| policy.lanes.get(lane).document.clone());
        let in_terms = compare.documents == DocumentShape::InCommonTerms;
        let raw = || PerLane::from_fn(|lane: Lane| places.get(lane).clone().unwrap_or_else(OrderPlaces::none));
        let mapped = places.legacy.is_some() && places.gated.is_some();
        let lanes = if in_terms {
            numbered(compare, RuleScope::Lanes, Common::subjects(), Some(terms_currency()), as_of)
        } else {
            let raw = raw();
            let subjects = [of_places(&raw.legacy), of_places(&raw.gated)].concat();
            numbered(compare, RuleScope::Lanes, subjects, mapped.then_some(raw), as_of).with_names()
        };
        let order = numbered(compare, RuleScope::Order, Common::subjects(), Some(terms_currency()), as_of);
        let owners = policy.owners.clone();
        let same_places = places.legacy == places.gated;
        let alike = alike::Alike::default();
        Some(Self { rules: ByScope { lanes, order }, places, shape: compare.documents, same_places, owners, alike })
    }

    /// Compares the documents of an order whose fates are these.
    pub(super) fn order(
        &self,
        contents: &Contents<'_>,
        cases: &PerLane<LaneCase>,
        fates: PerLane<Fate>,
        orders: &BTreeMap<String, OrderPlaces>,
        detail: Detail,
    ) -> OrderCompared {
        let has = |lane: Lane| decided(*fates.get(lane)) == Decided::Committed;
        let has_both = has(Lane::Legacy) && has(Lane::Gated);
        let documents = PerLane::from_fn(|lane: Lane| if has(lane) { compared(cases.get(lane)) } else { Vec::new() });
        let read = PerLane::from_fn(|lane: Lane| sides::Read::of(lane, documents.get(lane), contents));
        let lanes = if has_both { self.lanes(&read, detail) } else { Compared::NotDue };
        let with_order = |lane: Lane| match self.places.get(lane) {
            Some(places) if has(lane) => self.with_order(contents, orders, places, read.get(lane), (lane, detail)),
            _ => Compared::NotDue,
        };
        let gated = with_order(Lane::Gated);
        // Mostly both say the same of what was ordered, and differ from it, if at all, in the same.
        let is_same = has_both && self.say_the_same(&read);
        let legacy = if is_same { gated.clone() } else { with_order(Lane::Legacy) };
        let mut compared = OrderCompared { lanes, order: PerLane { legacy, gated } };
        self.explain_by_order(contents, orders, &read.gated, &mut compared);
        compared
    }
}

/// The documents of a lane that are compared: all parts of an order that was split, else the one that it stands by.
fn compared(case: &LaneCase) -> Vec<&Document> {
    if case.is_split() { case.documents.standing().collect() } else { case.document().into_iter().collect() }
}

fn terms_currency() -> PerLane<OrderPlaces> {
    PerLane { legacy: Common::currency(), gated: Common::currency() }
}

fn numbered(
    compare: &ComparePolicy,
    scope: RuleScope,
    subjects: Vec<(crate::diff::Path, crate::diff::Subject)>,
    currency: Option<PerLane<OrderPlaces>>,
    as_of: Timestamp,
) -> Numbered {
    let mine = compare.rules.iter().enumerate().filter(|(_, rule)| rule.between == scope);
    let (numbers, rules): (Vec<usize>, Vec<Rule>) = mine.map(|(at, rule)| (at, rule.clone())).unzip();
    // The configuration has checked them. Were one faulty all the same, none would explain anything.
    let rules = Rules::new(rules, subjects, currency, Some(as_of)).unwrap_or_default();
    Numbered { rules, numbers }
}

impl Numbered {
    fn with_names(self) -> Self {
        Self { rules: self.rules.with_names(), ..self }
    }
}
