//! From what was seen of a place to what is to be said of it: a rule worth having, a question to a person, or neither.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::look::Look;
use super::seen::{NoiseExample, Seen};
use super::{Noise, Place, trail};
use crate::diff::path::Path;
use crate::diff::rules::Action;
use crate::diff::subject::Subject;
use crate::order::Json;
use crate::outcome::{Lane, PerLane};

/// The fewest times that something must have been so to be called "always". With 20 of 20, the rule of three has
/// it that at most one in seven is otherwise (95 %); fewer prove nothing.
const ALWAYS_MIN: u64 = 20;

/// How often each entry of a table must have been seen, on average: a table of values that came once explains anything.
const TABLE_TIMES_MIN: u64 = 3;

/// The fewest orders in which a place must have changed by itself: one or two are an accident.
const CHANGES_MIN: u64 = 3;

/// What part of the differences a place's own changes must account for, one in so many: a value that seldom changes by
/// itself is no reason to overlook it where the lanes always differ.
const CHANGES_SHARE: u64 = 2;

/// What is to be said of one place that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Its path in the syntax of rules; a pattern of the diff, which begins with a slash, where rules can't name it.
    pub path: String,
    /// What to do.
    pub advice: Advice,
    /// All that was found there.
    pub findings: u64,
    /// In how many orders.
    pub orders: u64,
    /// Values that both sides have.
    pub pairs: u64,
    /// Of these, such that differ.
    pub differing: u64,
    /// Values that only one side has.
    pub alone: PerLane<u64>,
    /// Values that only stand elsewhere.
    pub moved: u64,
    /// The first of what was found.
    pub example: NoiseExample,
}

/// What to do about a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Advice {
    /// A rule is worth having.
    Rule(Action, Why),
    /// A rule would fit, and a person has to decide: what it hides may matter gravely.
    Ask(Action, Why, Doubt),
    /// It matters gravely, and no rule is to hide it.
    Grave {
        /// What it is about.
        subject: Subject,
        /// Whether that is said of what it lies in, as `$.customer.note` lies in a customer.
        within: bool,
    },
    /// No rule fits: the lanes differ.
    Nothing,
    /// No rule fits, as the two are always so far apart: one of them is on another clock.
    Apart(SignedDuration),
}

/// Why a rule is worth having.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The same instant, written differently.
    SameInstant,
    /// Upper and lower case.
    Case,
    /// Space around.
    Space,
    /// Always two times: when something ran, on each lane.
    Times,
    /// Always two ids, other ones for each order.
    Ids {
        /// Whether they are UUIDs.
        uuids: bool,
    },
    /// Each value of the legacy lane is always the same of the gated lane, and no other's.
    Table,
    /// It changes by itself, from one answer of a lane to the next.
    Changes {
        /// Orders that differ here, and of which a lane told twice, with other contents.
        seen_again: u64,
        /// Of these, those where the place changed.
        changed: u64,
    },
    /// It differs where both lanes lead to the same build.
    Baseline {
        /// Orders of that run that were compared.
        orders: u64,
        /// Of these, those where it differs.
        differing: u64,
    },
    /// Only this lane's documents have it, and all of them.
    OnlyOn(Lane),
}

/// Why a person has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Its name says that it identifies something.
    Named,
    /// Its values may be money or quantities.
    Amounts,
}

/// All places that differ.
pub(super) fn all(noise: &Noise) -> Vec<Suggestion> {
    let seen = noise.index.iter().filter_map(|(path, at)| {
        let place = noise.places.get(*at)?;
        Some(suggestion(noise, path, place, place.seen.as_deref()?))
    });
    let mut all: Vec<Suggestion> = seen.collect();
    // By path where they are equal, as the index has it.
    all.sort_by_key(|suggestion| Reverse(suggestion.findings));
    all
}

fn suggestion(noise: &Noise, path: &str, place: &Place, seen: &Seen) -> Suggestion {
    Suggestion {
        path: path.to_owned(),
        advice: advice(noise, path, place, seen),
        findings: seen.findings(),
        orders: seen.orders,
        pairs: place.pairs,
        differing: seen.differing,
        alone: seen.alone,
        moved: seen.moved,
        example: seen.example.clone(),
    }
}

fn advice(noise: &Noise, path: &str, place: &Place, seen: &Seen) -> Advice {
    let within = seen.own.is_none();
    let can_be_named = path != trail::ROOT && Path::parse(path).is_ok() && !seen.is_odd;
    match seen.subject {
        Some(Subject::Identity) if can_be_named && seen.named == Some(Subject::Identity) => match ids(place, seen) {
            Some(why) => Advice::Ask(Action::Ignore, why, Doubt::Named),
            None => Advice::Grave { subject: Subject::Identity, within },
        },
        Some(subject) => Advice::Grave { subject, within },
        None if !can_be_named => Advice::Nothing,
        None => narrow(seen).or_else(|| always(place, seen)).unwrap_or_else(|| by_itself(noise, path, place, seen)),
    }
}

/// A rule that hides no more than a way to write.
fn narrow(seen: &Seen) -> Option<Advice> {
    let rule = |action, why| Some(Advice::Rule(action, why));
    match seen.only {
        _ if seen.differing == 0 => None,
        only if only.instant => rule(Action::SameInstant, Why::SameInstant),
        only if only.case => rule(Action::Case, Why::Case),
        only if only.space => rule(Action::Trim, Why::Space),
        _ => None,
    }
}

/// A rule for values that differ in every order, in a way that two systems of their own have to.
fn always(place: &Place, seen: &Seen) -> Option<Advice> {
    if !is_always(place, seen) {
        return None;
    }
    let (legacy, gated) = (&seen.looks.legacy, &seen.looks.gated);
    if legacy.moments && gated.moments {
        return Some(seen.apart.map_or(Advice::Rule(Action::Ignore, Why::Times), Advice::Apart));
    }
    if let Some(why) = ids(place, seen) {
        return Some(hiding(seen, Action::Ignore, why));
    }
    let table = seen.table.as_ref().filter(|table| table.len() as u64 * TABLE_TIMES_MIN <= seen.differing)?;
    // Two values that become one are told apart no more, as where a lane always writes the same. What changes by itself
    // goes together by chance.
    let meanings: BTreeSet<&String> = table.values().collect();
    if meanings.len() < table.len() || seen.changed > 0 {
        return None;
    }
    let action = Action::Values { lane: Lane::Legacy, table: table.clone() };
    // A table of amounts hides that each of them is wrong, where only one side's are codes it hides nothing.
    Some(if are_amounts(table) {
        Advice::Ask(action, Why::Table, Doubt::Amounts)
    } else {
        Advice::Rule(action, Why::Table)
    })
}

fn is_always(place: &Place, seen: &Seen) -> bool {
    seen.differing == place.pairs && seen.differing == seen.findings() && seen.differing >= ALWAYS_MIN
}

/// Whether both sides have always ids, other ones for each order.
fn ids(place: &Place, seen: &Seen) -> Option<Why> {
    let (legacy, gated) = (&seen.looks.legacy, &seen.looks.gated);
    let are = is_always(place, seen) && legacy.ids && gated.ids && !legacy.repeats && !gated.repeats;
    (are && seen.orders >= ALWAYS_MIN).then_some(Why::Ids { uuids: legacy.uuids && gated.uuids })
}

/// Whether any entry has an amount on both sides.
fn are_amounts(table: &BTreeMap<String, String>) -> bool {
    let is_amount = |text: &String| Look::of(&Json::String(text.as_str().into())).is_amount;
    table.iter().any(|(legacy, gated)| is_amount(legacy) && is_amount(gated))
}

/// A rule for what differs without the other lane's doing, and for what the other lane doesn't have at all.
fn by_itself(noise: &Noise, path: &str, place: &Place, seen: &Seen) -> Advice {
    let alone = seen.alone.legacy + seen.alone.gated;
    // Elements that are missing are what an array is about.
    if path.ends_with(trail::ELEMENT) && alone + seen.moved > 0 {
        return Advice::Nothing;
    }
    let enough = |changed: u64, of: u64, differing: u64, compared: u64| {
        let share = u128::from(changed) * u128::from(CHANGES_SHARE) * u128::from(compared);
        changed >= CHANGES_MIN && share >= u128::from(of) * u128::from(differing)
    };
    let (baseline, of) = (place.baseline, noise.baseline_orders);
    let why = match () {
        () if enough(seen.changed, seen.seen_again, 1, 1) => {
            Why::Changes { seen_again: seen.seen_again, changed: seen.changed }
        }
        () if enough(baseline, of, seen.orders, noise.orders) => Why::Baseline { orders: of, differing: baseline },
        () => match Lane::ALL.iter().find(|lane| is_only_on(noise, path, place, seen, **lane)) {
            Some(lane) => Why::OnlyOn(*lane),
            None => return Advice::Nothing,
        },
    };
    hiding(seen, Action::Ignore, why)
}

/// Whether all documents of a lane have it wherever they can, and none of the other lane's.
fn is_only_on(noise: &Noise, path: &str, place: &Place, seen: &Seen, lane: Lane) -> bool {
    let parent = path.get(..place.parent_bytes).and_then(|parent| noise.places.get(*noise.index.get(parent)?));
    let everywhere = parent.is_some_and(|parent| parent.values.get(lane) == place.values.get(lane));
    everywhere
        && *place.values.get(lane.other()) == 0
        && *seen.alone.get(lane) == seen.findings()
        && seen.orders == noise.orders
        && seen.orders >= ALWAYS_MIN
}

/// A rule that ignores a place, unless its values may matter gravely without being named so.
fn hiding(seen: &Seen, action: Action, why: Why) -> Advice {
    if seen.has_amounts { Advice::Ask(action, why, Doubt::Amounts) } else { Advice::Rule(action, why) }
}
