//! What was seen of one place over many orders: how often it differs, and what its values look like. Its memory is
//! bounded, however many orders there are.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::look::Look;
use crate::diff::finding::{Class, Finding};
use crate::diff::subject::{Subject, by_name};
use crate::diff::{scalar, text};
use crate::order::{Json, OrderKey, Pointer};
use crate::outcome::{Lane, PerLane};

/// Values of a side that are told apart. Beyond them new ones are taken to be new: among so many, those that come again
/// have come again.
const DISTINCT_MAX: usize = 500;

/// Entries of a table of what values mean: more than a person looks through are no table but data.
const TABLE_MAX: usize = 20;

/// Longest value of such a table, in bytes.
const TABLE_BYTES_MAX: usize = 100;

/// Characters of an example's value.
const EXAMPLE_CHARS_MAX: usize = 60;

/// One difference that was found at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoiseExample {
    /// The order.
    pub order: OrderKey,
    /// The legacy value as JSON, cut where it is long; `None` where that document has none.
    pub legacy: Option<String>,
    /// The gated value, likewise.
    pub gated: Option<String>,
}

/// What differs at one place.
#[derive(Debug)]
pub(super) struct Seen {
    /// Differences with a value on both sides.
    pub(super) differing: u64,
    /// Values that only one side has.
    pub(super) alone: PerLane<u64>,
    /// Values that only stand elsewhere.
    pub(super) moved: u64,
    /// Whether there is anything else, as a name that occurs twice: then no rule is sure to mean the right thing.
    pub(super) is_odd: bool,
    /// Orders with any of these.
    pub(super) orders: u64,
    last_order: u64,
    /// What the place is about, by its paths or any name on the way to it.
    pub(super) subject: Option<Subject>,
    /// What it is about by itself: by its paths, by what lies in it, or by its own name.
    pub(super) own: Option<Subject>,
    /// What its own name says.
    pub(super) named: Option<Subject>,
    /// All differences are no more than one instant written differently, upper and lower case, space around.
    pub(super) only: Only,
    /// What the values look like.
    pub(super) looks: PerLane<Looks>,
    /// Whether any value may be money or a quantity.
    pub(super) has_amounts: bool,
    /// What each legacy value means; `None`: not always the same, or too many.
    pub(super) table: Option<BTreeMap<String, String>>,
    /// How far the two are apart, where that is always the same.
    pub(super) apart: Option<SignedDuration>,
    /// Orders with any of these of which a lane told twice, with other contents.
    pub(super) seen_again: u64,
    /// Of these, orders where the place changed between the two.
    pub(super) changed: u64,
    /// The first of them all.
    pub(super) example: NoiseExample,
}

/// What all differences of a place are no more than.
#[derive(Clone, Copy, Debug)]
pub(super) struct Only {
    pub(super) instant: bool,
    pub(super) case: bool,
    pub(super) space: bool,
}

/// What all values of one side look like.
#[derive(Debug)]
pub(super) struct Looks {
    pub(super) moments: bool,
    pub(super) ids: bool,
    pub(super) uuids: bool,
    /// Whether a value came again with another order.
    pub(super) repeats: bool,
    /// Digests of values, and the order that each came with.
    distinct: BTreeMap<u64, u64>,
}

impl Default for Looks {
    fn default() -> Self {
        Self { moments: true, ids: true, uuids: true, repeats: false, distinct: BTreeMap::new() }
    }
}

impl Looks {
    fn add(&mut self, order: u64, value: &Json<'_>, look: Look) {
        self.moments &= look.moment.is_some();
        self.ids &= look.is_id;
        self.uuids &= look.is_uuid;
        if !self.ids || self.repeats {
            self.distinct.clear();
            return;
        }
        // A scalar takes one of effort.
        let Some(digest) = text::digest(value, &mut 1) else { return };
        let is_full = self.distinct.len() >= DISTINCT_MAX;
        match self.distinct.get(&digest) {
            Some(of) => self.repeats |= *of != order,
            None if is_full => {}
            None => drop(self.distinct.insert(digest, order)),
        }
    }
}

impl Seen {
    /// Nothing yet, but the first difference as the example.
    pub(super) fn new(order: &OrderKey, first: &Finding) -> Self {
        let cut = |text: &Option<String>| text.as_deref().map(cut);
        Self {
            differing: 0,
            alone: PerLane::default(),
            moved: 0,
            is_odd: false,
            orders: 0,
            last_order: 0,
            subject: None,
            own: None,
            named: None,
            only: Only { instant: true, case: true, space: true },
            looks: PerLane::default(),
            has_amounts: false,
            table: Some(BTreeMap::new()),
            apart: None,
            seen_again: 0,
            changed: 0,
            example: NoiseExample {
                order: order.clone(),
                legacy: cut(&first.legacy_text),
                gated: cut(&first.gated_text),
            },
        }
    }

    /// Adds a difference of the order with this number, counted from 1. `changed`: whether a lane told of the order twice,
    /// with other contents, and whether the place was among what changed.
    pub(super) fn add(&mut self, order: u64, finding: &Finding, changed: Option<bool>) {
        if self.last_order != order {
            self.last_order = order;
            self.orders += 1;
            self.seen_again += u64::from(changed.is_some());
            self.changed += u64::from(changed == Some(true));
        }
        let names = || [&finding.legacy, &finding.gated].into_iter().flatten().map(Pointer::tokens);
        let told = names().flatten().filter_map(|name| by_name(name)).max();
        self.named = self.named.max(names().filter_map(|names| by_name(names.last()?)).max());
        self.own = self.own.max(finding.subject).max(self.named);
        self.subject = self.subject.max(self.own).max(told);
        // What can't be read again was cut, as it is nested too deep.
        match finding.class {
            Class::Value | Class::Type => {
                match (read(finding.legacy_text.as_deref()), read(finding.gated_text.as_deref())) {
                    (Some(legacy), Some(gated)) => self.pair(order, &legacy, &gated),
                    _ => self.is_odd = true,
                }
            }
            Class::Missing => self.alone(Lane::Legacy, read(finding.legacy_text.as_deref())),
            Class::Extra => self.alone(Lane::Gated, read(finding.gated_text.as_deref())),
            Class::Moved => self.moved += 1,
            _ => self.is_odd = true,
        }
    }

    fn alone(&mut self, lane: Lane, value: Option<Json<'_>>) {
        *self.alone.get_mut(lane) += 1;
        self.has_amounts |= value.is_none_or(|value| Look::of(&value).is_amount);
    }

    fn pair(&mut self, order: u64, legacy: &Json<'_>, gated: &Json<'_>) {
        let is_first = self.differing == 0;
        self.differing += 1;
        let looks = PerLane { legacy: Look::of(legacy), gated: Look::of(gated) };
        self.has_amounts |= looks.legacy.is_amount || looks.gated.is_amount;
        self.looks.legacy.add(order, legacy, looks.legacy);
        self.looks.gated.add(order, gated, looks.gated);
        let moments = looks.legacy.moment.zip(looks.gated.moment);
        let apart = moments.map(|(legacy, gated)| gated.duration_since(legacy));
        self.apart = apart.filter(|_| is_first || self.apart == apart);
        let same_instant = scalar::instant(legacy).zip(scalar::instant(gated)).is_some_and(|(one, other)| one == other);
        self.only.instant &= same_instant && moments.is_some();
        let texts = legacy.as_str().zip(gated.as_str());
        let same = |fold: fn(&str) -> String| texts.is_some_and(|(one, other)| fold(one) == fold(other));
        self.only.case &= same(str::to_lowercase);
        self.only.space &= same(|text| text.trim().to_owned());
        self.note(legacy, gated);
    }

    /// Notes what a legacy value means.
    fn note(&mut self, legacy: &Json<'_>, gated: &Json<'_>) {
        let Some(table) = &mut self.table else { return };
        let short = |text: &&str| text.len() <= TABLE_BYTES_MAX;
        let texts = legacy.scalar_text().filter(short).zip(gated.scalar_text().filter(short));
        let fits = texts.is_some_and(|(legacy, gated)| match table.get(legacy) {
            Some(meaning) => meaning == gated,
            None if table.len() >= TABLE_MAX => false,
            None => {
                table.insert(legacy.to_owned(), gated.to_owned());
                true
            }
        });
        if !fits {
            self.table = None;
        }
    }

    /// All that was found here.
    pub(super) const fn findings(&self) -> u64 {
        self.differing + self.alone.legacy + self.alone.gated + self.moved
    }
}

fn read(text: Option<&str>) -> Option<Json<'_>> {
    Json::parse(text?.as_bytes()).ok()
}

/// The first characters of a value.
fn cut(text: &str) -> String {
    match text.char_indices().nth(EXAMPLE_CHARS_MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
