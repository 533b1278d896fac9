//! Goods that stand in other lines: 3 pieces as 1 + 1 + 1. The same SKU at the same price, adding up to the same, is
//! no loss; what differs is found as ever, and marked.

use std::collections::BTreeMap;
use std::rc::Rc;

use rust_decimal::Decimal;

use super::finding::Finding;
use super::keyed::Labels;
use super::number;
use super::path::{Element, Step};
use super::subject::Subject;
use super::walk::{At, Value, Walk};
use crate::order::{DEPTH_MAX, Json};
use crate::outcome::{Lane, PerLane};

/// What a group of lines adds up to. Paths alone say what is what: a name is too little to call two lines the same goods,
/// and enough to call them others.
#[derive(Clone, Debug, Default)]
struct Sum {
    quantity: Decimal,
    money: Decimal,
    /// Who, what, and for what price; the same of every line.
    fixed: Vec<(Subject, String)>,
    /// Money and quantities by their names alone, by where they stand in a line.
    named: BTreeMap<String, Named>,
    lines: usize,
}

/// What lines say at one place, of which only the name tells that it matters: it adds up, as discounts do, or is the same
/// of every line, as rates are.
#[derive(Clone, Debug, Default, PartialEq)]
struct Named {
    sum: Decimal,
    /// What the first line says.
    first: Vec<String>,
    /// How many lines in a row, from the first on, say the same.
    alike: usize,
    is_text: bool,
}

/// What one line says at one place.
#[derive(Clone, Debug, Default)]
struct Said {
    sum: Decimal,
    texts: Vec<String>,
    is_text: bool,
}

/// One line as it is read.
#[derive(Clone, Debug, Default)]
struct Line {
    sum: Sum,
    said: BTreeMap<String, Said>,
}

/// By label, the elements that have it.
type Places = BTreeMap<Rc<str>, Vec<usize>>;

fn places(labels: &Labels) -> Places {
    let mut places = Places::new();
    for (index, label) in labels.iter().enumerate() {
        if let Some(label) = label {
            places.entry(Rc::clone(label)).or_default().push(index);
        }
    }
    places
}

impl Sum {
    /// Whether these are the same goods, in as many lines as it takes.
    fn is_same(&self, other: &Self) -> bool {
        let names = self.named.keys().chain(other.named.keys());
        self.quantity == other.quantity
            && self.money == other.money
            && self.fixed == other.fixed
            && names.into_iter().all(|name| self.says_same(other, name))
    }

    fn says_same(&self, other: &Self, name: &str) -> bool {
        let none = Named::default();
        let (own, others) = (self.named.get(name).unwrap_or(&none), other.named.get(name).unwrap_or(&none));
        let is_fixed = own.first == others.first && own.alike == self.lines && others.alike == other.lines;
        is_fixed || (own.sum == others.sum && !own.is_text && !others.is_text)
    }

    /// Takes another line in; `None` where it is of other goods, or too much to be summed.
    fn take(&mut self, line: Line) -> Option<()> {
        let Line { sum: mut own, said } = line;
        own.fixed.sort();
        if self.lines > 0 && self.fixed != own.fixed {
            return None;
        }
        self.quantity = self.quantity.checked_add(own.quantity)?;
        self.money = self.money.checked_add(own.money)?;
        for (name, Said { sum, texts, is_text }) in said {
            let named = self.named.entry(name).or_default();
            named.sum = named.sum.checked_add(sum)?;
            named.is_text |= is_text;
            if self.lines == 0 {
                named.first = texts;
                named.alike = 1;
            } else if named.alike == self.lines && named.first == texts {
                named.alike += 1;
            }
        }
        (self.fixed, self.lines) = (own.fixed, self.lines + 1);
        Some(())
    }
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
        let mut differing: BTreeMap<&Rc<str>, Vec<&Found>> = BTreeMap::new();
        for own in found {
            if let Some(label) = &own.label {
                differing.entry(label).or_default().push(own);
            }
        }
        differing.retain(|_, own| own.iter().any(|own| self.is_differing(own)));
        if differing.is_empty() {
            return;
        }
        let places = PerLane { legacy: places(&labels.0), gated: places(&labels.1) };
        for (label, found) in differing {
            let mut sum = |side, lane: Lane| self.sum(side, places.get(lane).get(label)?, lane, at);
            let (Some(left), Some(right)) = (sum(legacy, Lane::Legacy), sum(gated, Lane::Gated)) else { continue };
            if left.lines.max(right.lines) > 1 && left.is_same(&right) {
                self.mark(&found);
            }
        }
    }

    fn is_differing(&self, own: &Found) -> bool {
        self.list.get(own.from..own.to).is_some_and(|list| list.iter().any(Finding::is_unexplained))
    }

    fn mark(&mut self, group: &[&Found]) {
        for own in group {
            let Some(list) = self.list.get_mut(own.from..own.to) else { continue };
            for finding in list {
                // Of two lines only what adds up is settled; of a line that the other side has not, all of it.
                let adds_up = matches!(finding.subject, Some(Subject::Quantity | Subject::Money));
                finding.resegmented = adds_up && finding.masked_by.is_none();
            }
        }
    }

    /// What these elements add up to; `None` where that can't be said.
    fn sum(&mut self, side: &'x [Json<'x>], places: &[usize], lane: Lane, at: At) -> Option<Sum> {
        let mut sum = Sum::default();
        for (index, item) in places.iter().filter_map(|index| Some((*index, side.get(*index)?))) {
            let mut line = Line::default();
            let below = self.look(at, element(index, side.len(), lane));
            let is_read = self.read((item, None), lane, below, &mut String::new(), &mut line);
            self.leave(below);
            is_read?;
            sum.take(line)?;
        }
        (sum.lines > 0 && !sum.quantity.is_zero()).then_some(sum)
    }

    /// Reads what a line says at a place and below, `trail` being where that is in the line.
    fn read(
        &mut self,
        (value, name): (Value<'x>, Option<&str>),
        lane: Lane,
        at: At,
        trail: &mut String,
        line: &mut Line,
    ) -> Option<()> {
        if at.depth > DEPTH_MAX {
            return None;
        }
        let sum = &mut line.sum;
        match self.subject(at) {
            Some(Subject::Quantity) => sum.quantity = sum.quantity.checked_add(number::decimal(value)?)?,
            Some(Subject::Money) => sum.money = sum.money.checked_add(number::decimal(value)?)?,
            Some(Subject::Price) => sum.fixed.push((Subject::Price, number::decimal(value)?.normalize().to_string())),
            Some(Subject::Identity) => sum.fixed.push((Subject::Identity, value.scalar_text()?.to_owned())),
            None => self.read_named(value, name, trail, line)?,
        }
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    let (common, _) = self.common_name(at, lane, name);
                    let length = trail.len();
                    trail.push('/');
                    trail.push_str(common);
                    let below = self.look(at, Step::Name(common));
                    let is_read = self.read((member, Some(common)), lane, below, trail, line);
                    self.leave(below);
                    trail.truncate(length);
                    is_read?;
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let below = self.look(at, element(index, items.len(), lane));
                    let is_read = self.read((item, None), lane, below, trail, line);
                    self.leave(below);
                    is_read?;
                }
            }
            _ => {}
        }
        Some(())
    }

    /// Each line has an identity of its own, so that names of money and quantities alone tell.
    fn read_named(&self, value: Value<'x>, name: Option<&str>, trail: &str, line: &mut Line) -> Option<()> {
        let is_known = |subject: Subject| subject != Subject::Identity;
        let tells = name.and_then(|name| self.rules.subject_by_name(name)).is_some_and(is_known);
        let Some(text) = value.scalar_text().filter(|_| tells) else { return Some(()) };
        let said = line.said.entry(trail.to_owned()).or_default();
        match number::decimal(value) {
            Some(amount) => {
                said.sum = said.sum.checked_add(amount)?;
                said.texts.push(amount.normalize().to_string());
            }
            None => {
                said.is_text = true;
                said.texts.push(text.to_owned());
            }
        }
        Some(())
    }
}

/// The step to an element that one lane has.
fn element(index: usize, of: usize, lane: Lane) -> Step<'static> {
    let place = Some((index, of));
    Step::Element(match lane {
        Lane::Legacy => Element { legacy: place, gated: None },
        Lane::Gated => Element { legacy: None, gated: place },
    })
}
