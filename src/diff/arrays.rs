//! Arrays: as they stand where that explains all, else by the elements that belong together.

use super::choice::{Arrays, Choice, Pair, all, in_turn, kept};
use super::finding::{Class, Finding, Matching, RuleIndex};
use super::keyed::Labels;
use super::place::{Crumb, Entry};
use super::rules::Action;
use super::segments::Found;
use super::walk::{At, Walk, step};
use crate::order::Json;

impl<'x> Walk<'x> {
    pub(super) fn arrays(&mut self, legacy: &'x [Json<'x>], gated: &'x [Json<'x>], at: At) {
        if self.in_place(legacy, gated, at) {
            return;
        }
        let (entries, labels) = self.pairing(legacy, gated, at);
        let mut found = Vec::new();
        for entry in entries {
            let (label, from) = (entry.label.clone(), self.list.len());
            self.element(entry, legacy, gated, at);
            if self.stopped {
                return;
            }
            if self.list.len() > from {
                found.push(Found { label, from, to: self.list.len() });
            }
        }
        if let Some(labels) = labels.filter(|_| !found.is_empty()) {
            self.mark_segments((legacy, gated), &labels, &found, at);
        }
    }

    fn element(&mut self, entry: Entry, legacy: &'x [Json<'x>], gated: &'x [Json<'x>], at: At) {
        let step = step(&entry, legacy.len(), gated.len());
        let (left, right) = (entry.legacy.and_then(|at| legacy.get(at)), entry.gated.and_then(|at| gated.get(at)));
        let (moved, rule) = (entry.moved, entry.rule);
        self.trail.push(Crumb::Element(entry));
        let below = self.enter(at, step);
        match (left, right) {
            (Some(left), Some(right)) => {
                if moved && self.probe.is_none() {
                    self.moved(left, right, rule, below);
                }
                self.pair(left, right, below);
            }
            (Some(left), None) => self.differ(Class::Missing, Some(left), None, below),
            (None, Some(right)) => self.differ(Class::Extra, None, Some(right), below),
            (None, None) => {}
        }
        self.leave(below);
        self.trail.pop();
    }

    /// Compares two arrays in order as they stand, which mostly is all there is to do. False, and nothing is noted, where
    /// a difference remains that other pairs could explain. What that took is taken off the effort.
    fn in_place(&mut self, legacy: &'x [Json<'x>], gated: &'x [Json<'x>], at: At) -> bool {
        let by_rule = self.active(at).any(|(_, rule)| matches!(rule.action, Action::MatchBy(_) | Action::Multiset));
        if by_rule || legacy.len() != gated.len() || self.probe.is_some() || self.effort == 0 {
            return false;
        }
        let (found, uses) = (self.list.len(), self.uses.clone());
        let (values, text_bytes) = (self.values, self.text_bytes);
        let mut seen = found;
        for index in 0..legacy.len() {
            self.element(Entry::pair(index, index, Matching::Order), legacy, gated, at);
            if self.stopped {
                return true;
            }
            if self.list.iter().skip(seen).any(Finding::is_unexplained) {
                self.list.truncate(found);
                self.uses = uses;
                self.effort = self.effort.saturating_sub(values - self.values);
                (self.values, self.text_bytes) = (values, text_bytes);
                return false;
            }
            seen = self.list.len();
        }
        true
    }

    /// The elements of two arrays, paired or alone, in the order of the legacy array and those of the gated one alone after them.
    /// Beside them, where a rule says by which keys, the labels of all elements.
    fn pairing(
        &mut self,
        legacy: &'x [Json<'x>],
        gated: &'x [Json<'x>],
        at: At,
    ) -> (Vec<Entry>, Option<(Labels, Labels)>) {
        let arrays = Arrays { legacy, gated, at };
        let rule = self.active(at).find(|(_, rule)| matches!(rule.action, Action::MatchBy(_) | Action::Multiset));
        let Some((index, rule)) = rule else {
            let pairs = if self.probe.is_some() { in_turn(all(legacy), all(gated)) } else { self.ordered(arrays) };
            let keeps = self.in_order(arrays, &pairs, None);
            return (entries(arrays, &pairs, &keeps, None, None), None);
        };
        let labels = match &rule.action {
            Action::MatchBy(keys) => Some(self.labels(arrays, keys)),
            _ => None,
        };
        let mut pairs =
            labels.as_ref().and_then(Self::in_step).unwrap_or_else(|| self.grouped(arrays, labels.as_ref()));
        pairs.sort_unstable();
        let keeps = self.in_order(arrays, &pairs, labels.as_ref());
        (entries(arrays, &pairs, &keeps, Some(index), labels.as_ref()), labels)
    }

    /// Which pairs, sorted by their legacy index, keep their order; the others moved.
    fn in_order(&mut self, arrays: Arrays<'x>, pairs: &[Pair], labels: Option<&(Labels, Labels)>) -> Vec<bool> {
        if self.probe.is_some() || pairs.is_sorted_by_key(|pair| pair.1) {
            return vec![true; pairs.len()];
        }
        let swapped = labels.is_some_and(|labels| labels.0 > labels.1)
            || labels.is_none_or(|labels| labels.0 == labels.1) && {
                let (legacy, gated): (Vec<usize>, Vec<usize>) =
                    (all(arrays.legacy).collect(), all(arrays.gated).collect());
                let digests = self.digests(arrays, Choice { legacy: &legacy, gated: &gated });
                digests.is_some_and(|digests| digests.0 > digests.1)
            };
        let plain: Vec<(usize, usize)> = pairs.iter().map(|(row, column, _)| (*row, *column)).collect();
        kept(&plain, swapped)
    }
}

/// Pairs and what stayed alone, in the order of the legacy array and the gated array's own after them.
fn entries(
    arrays: Arrays<'_>,
    pairs: &[Pair],
    keeps: &[bool],
    rule: Option<RuleIndex>,
    labels: Option<&(Labels, Labels)>,
) -> Vec<Entry> {
    let alone = if rule.is_some() { Matching::Key } else { Matching::Order };
    let label = |labels: Option<&Labels>, at: usize| labels?.get(at).cloned().flatten();
    let mut taken = vec![false; arrays.gated.len()];
    let mut next = pairs.iter().zip(keeps).peekable();
    let mut entries = Vec::with_capacity(arrays.legacy.len());
    for row in all(arrays.legacy) {
        let label = label(labels.map(|labels| &labels.0), row);
        match next.next_if(|((left, ..), _)| *left == row) {
            Some(((_, column, matching), keep)) => {
                if let Some(taken) = taken.get_mut(*column) {
                    *taken = true;
                }
                entries.push(Entry { moved: !keep, rule, label, ..Entry::pair(row, *column, *matching) });
            }
            None => entries.push(Entry { gated: None, rule, label, ..Entry::pair(row, 0, alone) }),
        }
    }
    for (column, _) in taken.iter().enumerate().filter(|(_, taken)| !**taken) {
        let label = label(labels.map(|labels| &labels.1), column);
        entries.push(Entry { legacy: None, rule, label, ..Entry::pair(0, column, alone) });
    }
    entries
}
