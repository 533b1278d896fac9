//! What a value weighs: the money in it, and whether it holds anything that matters gravely.

use rust_decimal::Decimal;

use super::number;
use super::path::{Element, Step};
use super::subject::Subject;
use super::walk::{At, Value, Walk};
use crate::order::{DEPTH_MAX, Json};
use crate::outcome::Lane;

/// The weight of a value and all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Weight {
    /// The sum of the amounts; `None` where there are none.
    pub(super) money: Option<Decimal>,
    /// There is an amount that can't be read or summed.
    pub(super) unread: bool,
    /// What it is about, or the gravest of what it holds; `None`: nothing that matters gravely.
    pub(super) subject: Option<Subject>,
    /// The units and the price of one line: their product is its amount where it names none.
    line: Line,
}

/// What a value is about.
#[derive(Clone, Copy)]
pub(super) struct About {
    /// As paths say.
    by_path: Option<Subject>,
    /// The same, or where none does what the member's name tells.
    subject: Option<Subject>,
}

/// What a line says directly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Line {
    units: Option<Decimal>,
    price: Option<Decimal>,
}

impl Weight {
    pub(super) fn add(&mut self, other: Self) {
        self.combine(other, other.money);
    }

    pub(super) fn subtract(&mut self, other: Self) {
        self.combine(other, other.money.map(|money| -money));
    }

    fn combine(&mut self, other: Self, money: Option<Decimal>) {
        self.subject = self.subject.max(other.subject);
        self.unread |= other.unread;
        self.money = match (self.money, money) {
            (Some(left), Some(right)) => {
                let sum = left.checked_add(right);
                self.unread |= sum.is_none();
                sum
            }
            (left, right) => left.or(right),
        };
    }
}

impl<'x> Walk<'x> {
    /// What the value is about that the walk is at.
    pub(super) fn about_here(&self, at: At) -> About {
        self.about(at, self.name())
    }

    fn about(&self, at: At, name: Option<&str>) -> About {
        let by_path = self.subject(at);
        About { by_path, subject: by_path.or_else(|| self.rules.subject_by_name(name?)) }
    }

    /// The weight of a value that stands at a place on one lane, and what it is about.
    pub(super) fn weigh(&mut self, value: Value<'x>, lane: Lane, at: At, about: About) -> Weight {
        self.weigh_below(value, lane, at, about, DEPTH_MAX)
    }

    fn weigh_below(&mut self, value: Value<'x>, lane: Lane, at: At, about: About, depth: usize) -> Weight {
        let mut weight = own(value, about);
        // Where no path goes on there is nothing to be found, unless names tell.
        if depth == 0 || (at.frame.0 == at.frame.1 && !self.rules.names_tell()) {
            return weight;
        }
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    let (common, _) = self.common_name(at, lane, name);
                    let child = self.weigh_child(member, lane, at, Step::Name(common), depth);
                    let own = child.line;
                    weight.add(child);
                    weight.line =
                        Line { units: weight.line.units.or(own.units), price: weight.line.price.or(own.price) };
                }
                if weight.money.is_none() {
                    let Line { units, price } = weight.line;
                    weight.money = units.zip(price).and_then(|(units, price)| units.checked_mul(price));
                }
                weight.line = Line::default();
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let place = Some((index, items.len()));
                    let element = match lane {
                        Lane::Legacy => Element { legacy: place, gated: None },
                        Lane::Gated => Element { legacy: None, gated: place },
                    };
                    weight.add(self.weigh_child(item, lane, at, Step::Element(element), depth));
                }
            }
            _ => {}
        }
        weight
    }

    fn weigh_child(&mut self, child: Value<'x>, lane: Lane, at: At, step: Step<'_>, depth: usize) -> Weight {
        if self.probe.is_some() {
            self.effort = self.effort.saturating_sub(1);
        }
        let below = self.enter(at, step);
        let name = match step {
            Step::Name(name) => Some(name),
            Step::Element(_) => None,
        };
        let weight = self.weigh_below(child, lane, below, self.about(below, name), depth - 1);
        self.leave(below);
        weight
    }

    /// The price of one unit in the objects around the place, where both sides have the same.
    pub(super) fn price_around(&mut self) -> Option<Decimal> {
        let around = *self.around.last()?;
        let legacy = self.price_in(around.legacy, Lane::Legacy, around.at)?;
        (self.price_in(around.gated, Lane::Gated, around.at)? == legacy).then_some(legacy)
    }

    fn price_in(&mut self, object: Value<'x>, lane: Lane, at: At) -> Option<Decimal> {
        let Json::Object(members) = object else { return None };
        let mut found = None;
        for (name, member) in members {
            let (common, _) = self.common_name(at, lane, name);
            let below = self.look(at, Step::Name(common));
            if self.subject(below) == Some(Subject::Price) {
                found = found.or_else(|| number::decimal(member));
            }
            self.leave(below);
        }
        found
    }
}

/// What a value weighs without what lies below it.
fn own(value: &Json<'_>, about: About) -> Weight {
    let About { by_path, subject } = about;
    let amount = (subject == Some(Subject::Money) && *value != Json::Null).then(|| number::decimal(value));
    // Names alone don't tell which price is that of a unit.
    let line = match by_path {
        Some(Subject::Quantity) => Line { units: number::decimal(value), price: None },
        Some(Subject::Price) => Line { units: None, price: number::decimal(value) },
        _ => Line::default(),
    };
    Weight { money: amount.flatten(), unread: amount == Some(None), subject, line }
}
