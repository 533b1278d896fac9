//! Goods that stand in other lines: 3 pieces as 1 + 1 + 1. The same SKU at the same price, adding up to the same, is
//! no loss; what differs is found as ever, and marked.

use std::rc::Rc;

use rust_decimal::Decimal;

use super::keyed::Labels;
use super::number;
use super::path::{Element, Step};
use super::subject::Subject;
use super::walk::{At, Value, Walk};
use crate::order::{DEPTH_MAX, Json};
use crate::outcome::{Lane, PerLane};

/// What a group of lines adds up to. Paths alone say what is what: a name is too little to call two lines the same goods.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sum {
    quantity: Decimal,
    money: Decimal,
    /// Who, what, and for what price; the same of every line.
    fixed: Vec<(Subject, String)>,
    lines: usize,
}

/// The findings of one element: from where to where in the list.
pub(super) struct Found {
    pub(super) label: Option<Rc<str>>,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl<'x> Walk<'x> {
    /// Marks what was found in groups of elements whose goods are the same. `found` is what each element has in the list.
    pub(super) fn mark_segments(
        &mut self,
        (legacy, gated): (&'x [Json<'x>], &'x [Json<'x>]),
        labels: &(Labels, Labels),
        found: &[Found],
        at: At,
    ) {
        if self.probe.is_some() {
            return;
        }
        let mut differing: Vec<&Rc<str>> = found
            .iter()
            .filter(|own| {
                self.list.get(own.from..own.to).is_some_and(|list| list.iter().any(|one| one.is_unexplained()))
            })
            .filter_map(|own| own.label.as_ref())
            .collect();
        differing.sort();
        differing.dedup();
        for label in differing {
            let sums = PerLane {
                legacy: self.sum(legacy, &labels.0, label, Lane::Legacy, at),
                gated: self.sum(gated, &labels.1, label, Lane::Gated, at),
            };
            let (Some(left), Some(right)) = (sums.legacy, sums.gated) else { continue };
            let several = left.lines.max(right.lines) > 1;
            if several && left.quantity == right.quantity && left.money == right.money && left.fixed == right.fixed {
                self.mark(found.iter().filter(|own| own.label.as_ref() == Some(label)));
            }
        }
    }

    fn mark<'f>(&mut self, group: impl Iterator<Item = &'f Found>) {
        for own in group {
            let Some(list) = self.list.get_mut(own.from..own.to) else { continue };
            for finding in list {
                // Of two lines only what adds up is settled; of a line that the other side has not, all of it.
                let adds_up = matches!(finding.subject, Some(Subject::Quantity | Subject::Money));
                finding.resegmented = adds_up && finding.masked_by.is_none();
            }
        }
    }

    /// What the elements with this label add up to; `None` where that can't be said.
    fn sum(&mut self, side: &'x [Json<'x>], labels: &Labels, label: &Rc<str>, lane: Lane, at: At) -> Option<Sum> {
        let mut sum = Sum::default();
        for (index, item) in side.iter().enumerate() {
            if labels.get(index).and_then(Option::as_ref) != Some(label) {
                continue;
            }
            let mut line = Sum::default();
            let place = Some((index, side.len()));
            let element = match lane {
                Lane::Legacy => Element { legacy: place, gated: None },
                Lane::Gated => Element { legacy: None, gated: place },
            };
            let below = self.look(at, Step::Element(element));
            let is_read = self.add(item, lane, below, DEPTH_MAX, &mut line);
            self.leave(below);
            is_read?;
            line.fixed.sort();
            if sum.lines > 0 && sum.fixed != line.fixed {
                return None;
            }
            sum.quantity = sum.quantity.checked_add(line.quantity)?;
            sum.money = sum.money.checked_add(line.money)?;
            (sum.fixed, sum.lines) = (line.fixed, sum.lines + 1);
        }
        (sum.lines > 0 && !sum.quantity.is_zero()).then_some(sum)
    }

    fn add(&mut self, value: Value<'x>, lane: Lane, at: At, depth: usize, sum: &mut Sum) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.subject(at) {
            Some(Subject::Quantity) => sum.quantity = sum.quantity.checked_add(number::decimal(value)?)?,
            Some(Subject::Money) => sum.money = sum.money.checked_add(number::decimal(value)?)?,
            Some(Subject::Price) => sum.fixed.push((Subject::Price, number::decimal(value)?.normalize().to_string())),
            Some(Subject::Identity) => sum.fixed.push((Subject::Identity, value.scalar_text()?.to_owned())),
            None => {}
        }
        if let Json::Object(members) = value {
            for (name, member) in members {
                let (common, _) = self.common_name(at, lane, name);
                let below = self.look(at, Step::Name(common));
                let is_read = self.add(member, lane, below, depth, sum);
                self.leave(below);
                is_read?;
            }
        }
        Some(())
    }
}
