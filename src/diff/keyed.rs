//! Elements by their keys, or by being equal, in whatever order they stand.

use std::borrow::Cow;
use std::rc::Rc;

use super::choice::{Arrays, Choice, Fit, Pair, all, equal, in_turn, paired, rest};
use super::finding::Matching;
use super::limits::ASSIGN_MAX;
use super::path::Step;
use super::place::Entry;
use super::walk::{Value, Walk, step};
use super::{assign, scalar};
use crate::order::Json;
use crate::outcome::Lane;

/// Elements whose keys are compared with each other, one by one.
const IN_STEP_MAX: usize = 16;

/// Bytes of a label that is no longer than most.
const LABEL_BYTES: usize = 48;

/// Keys of elements, in their order.
pub(super) type Labels = Vec<Option<Rc<str>>>;

impl<'x> Walk<'x> {
    /// Each element's keys as text; `None` for an element that has not all of them, once, as scalars.
    pub(super) fn labels(&mut self, arrays: Arrays<'x>, keys: &[String]) -> (Labels, Labels) {
        let mut room = String::with_capacity(LABEL_BYTES);
        let mut of = |items: &'x [Json<'x>], lane: Lane| {
            let label = |(index, item)| self.label(arrays, index, item, lane, keys, &mut room);
            items.iter().enumerate().map(label).collect()
        };
        (of(arrays.legacy, Lane::Legacy), of(arrays.gated, Lane::Gated))
    }

    fn label(
        &mut self,
        arrays: Arrays<'x>,
        index: usize,
        item: Value<'x>,
        lane: Lane,
        keys: &[String],
        label: &mut String,
    ) -> Option<Rc<str>> {
        let Json::Object(members) = item else {
            return None;
        };
        label.clear();
        if !self.rules.alters_keys() {
            return plain_label(members, keys, label);
        }
        let element = self.look(arrays.at, element_step(arrays, index, lane));
        for key in keys {
            let mut named = members.iter().filter(|(name, _)| self.common_name(element, lane, name).0 == key);
            let found = match (named.next(), named.next()) {
                (Some((_, value)), None) => Some(value),
                _ => None,
            };
            let member = self.look(element, Step::Name(key));
            let text = found.and_then(|value| scalar::key(self.active(member), value, lane));
            self.leave(member);
            let Some(text) = text else {
                self.leave(element);
                return None;
            };
            put(label, key, &text);
        }
        self.leave(element);
        Some(label.as_str().into())
    }

    /// Pairs of elements whose keys stand in the same order on both sides, each once, which mostly is so. `None`: they don't.
    pub(super) fn in_step(labels: &(Labels, Labels)) -> Option<Vec<Pair>> {
        let (left, right) = labels;
        let is_once =
            |(at, label): (usize, &Option<Rc<str>>)| label.is_some() && !left.iter().take(at).any(|own| own == label);
        let is_in_step = left.len() <= IN_STEP_MAX && left == right && left.iter().enumerate().all(is_once);
        is_in_step.then(|| (0..left.len()).map(|at| (at, at, Matching::Key)).collect())
    }

    /// Pairs within each group of elements that have the same keys; without keys all are one group.
    pub(super) fn grouped(&mut self, arrays: Arrays<'x>, labels: Option<&(Labels, Labels)>) -> Vec<Pair> {
        let sorted = |side: &[Json<'_>], labels: Option<&Labels>| {
            let label = |at: usize| labels.and_then(|labels| labels.get(at)).cloned().flatten();
            let mut sorted: Vec<(Option<Rc<str>>, usize)> = (0..side.len()).map(|at| (label(at), at)).collect();
            sorted.sort_unstable();
            sorted
        };
        let left = sorted(arrays.legacy, labels.map(|labels| &labels.0));
        let right = sorted(arrays.gated, labels.map(|labels| &labels.1));
        let (mut left, mut right) = (left.as_slice(), right.as_slice());
        let mut pairs = Vec::new();
        while let (Some(ours), Some(theirs)) = (left.first(), right.first()) {
            let label = ours.0.clone().min(theirs.0.clone());
            let (own, rest) = left.split_at(left.iter().take_while(|(own, _)| *own == label).count());
            let (other, others) = right.split_at(right.iter().take_while(|(own, _)| *own == label).count());
            (left, right) = (rest, others);
            let indices = |group: &[(Option<Rc<str>>, usize)]| group.iter().map(|(_, at)| *at).collect::<Vec<usize>>();
            match (own, other) {
                ([], _) | (_, []) => {}
                ([(Some(_), row)], [(Some(_), column)]) => pairs.push((*row, *column, Matching::Key)),
                _ => {
                    let fit = if label.is_some() { Fit::Any } else { Fit::Alike };
                    pairs.extend(self.choose(arrays, Choice { legacy: &indices(own), gated: &indices(other) }, fit));
                }
            }
        }
        if labels.is_some() && self.rules.translates() {
            pairs.extend(self.untranslated(arrays, &pairs));
        }
        pairs
    }

    /// What is the same as it is written belongs together, though a table of values would have one lane mean something
    /// else by it: so it is with values, too.
    fn untranslated(&mut self, arrays: Arrays<'x>, pairs: &[Pair]) -> Vec<Pair> {
        let (legacy, gated): (Vec<usize>, Vec<usize>) = (all(arrays.legacy).collect(), all(arrays.gated).collect());
        let paired: Vec<(usize, usize)> = pairs.iter().map(|(row, column, _)| (*row, *column)).collect();
        let (legacy, gated) = rest(Choice { legacy: &legacy, gated: &gated }, &paired);
        let left = Choice { legacy: &legacy, gated: &gated };
        let digests = self.digests(arrays, left);
        let equal = digests.map(|digests| equal(left, &digests)).unwrap_or_default();
        equal.into_iter().map(|(row, column)| (row, column, Matching::Equal)).collect()
    }

    /// Pairs among elements of which each could be meant: equal ones first, the others at the least cost.
    fn choose(&mut self, arrays: Arrays<'x>, choice: Choice<'_>, fit: Fit) -> Vec<Pair> {
        let in_turn = |choice: Choice<'_>| match fit {
            Fit::Any => in_turn(choice.legacy.iter().copied(), choice.gated.iter().copied()),
            Fit::Alike => Vec::new(),
        };
        let Some(digests) = self.digests(arrays, choice) else {
            return in_turn(choice);
        };
        let equal = equal(choice, &digests);
        let (legacy, gated) = rest(choice, &equal);
        let mut pairs: Vec<Pair> = equal.into_iter().map(|(row, column)| (row, column, Matching::Equal)).collect();
        if legacy.is_empty() || gated.is_empty() {
            return pairs;
        }
        let left = Choice { legacy: &legacy, gated: &gated };
        if self.probe.is_some() {
            pairs.extend(in_turn(left));
            return pairs;
        }
        if let Some(in_step) = self.in_step_for_nothing(arrays, left) {
            pairs.extend(in_step);
            return pairs;
        }
        match self.costs(arrays, left, fit) {
            Some((costs, swapped)) if legacy.len().max(gated.len()) <= ASSIGN_MAX => {
                pairs.extend(paired(left, &assign::assign(&costs), swapped, Matching::LeastCost));
            }
            Some((costs, swapped)) => pairs.extend(paired(left, &assign::greedy(&costs), swapped, Matching::Bounded)),
            None => pairs.extend(in_turn(left)),
        }
        pairs
    }

    /// Pairs one after the other, where none of them costs anything: those that [`assign::assign`] finds among all, and where these
    /// would be more than may be looked at, still the best. `None`, and nothing is taken off the effort: one costs something, or
    /// the search ends at a bound.
    fn in_step_for_nothing(&mut self, arrays: Arrays<'x>, choice: Choice<'_>) -> Option<Vec<Pair>> {
        if choice.legacy.len() != choice.gated.len() || choice.legacy.len() > ASSIGN_MAX {
            return None;
        }
        let effort = self.effort;
        let mut for_nothing = |(row, column): (&usize, &usize)| {
            let cost = self.cost_of(arrays, *row, *column, 0)?;
            (cost == 0).then_some((*row, *column, Matching::LeastCost))
        };
        let pairs: Option<Vec<Pair>> = choice.legacy.iter().zip(choice.gated).map(&mut for_nothing).collect();
        if pairs.is_none() {
            self.effort = effort;
        }
        pairs
    }
}

fn element_step(arrays: Arrays<'_>, index: usize, lane: Lane) -> Step<'static> {
    let mut entry = Entry::pair(index, index, Matching::Key);
    match lane {
        Lane::Legacy => entry.gated = None,
        Lane::Gated => entry.legacy = None,
    }
    step(&entry, arrays.legacy.len(), arrays.gated.len())
}

/// A label where no rule makes names or texts others than they are written.
fn plain_label(members: &[(Cow<'_, str>, Json<'_>)], keys: &[String], label: &mut String) -> Option<Rc<str>> {
    for key in keys {
        let mut named = members.iter().filter(|(name, _)| name == key);
        let (Some((_, value)), None) = (named.next(), named.next()) else { return None };
        put(label, key, value.scalar_text()?);
    }
    Some(label.as_str().into())
}

/// Adds a key to a label.
fn put(label: &mut String, key: &str, text: &str) {
    if !label.is_empty() {
        label.push(',');
    }
    label.push_str(key);
    label.push('=');
    label.push_str(&escaped(text));
}

/// A key so that two of them can't run together.
fn escaped(text: &str) -> Cow<'_, str> {
    if text.contains(['\\', ',', ']']) {
        text.replace('\\', "\\\\").replace(',', "\\,").replace(']', "\\]").into()
    } else {
        Cow::Borrowed(text)
    }
}
