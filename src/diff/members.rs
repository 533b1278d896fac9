//! Objects: members by their names in the terms of the rules.

use std::borrow::Cow;

use super::finding::{Class, RuleIndex};
use super::limits::FEW_MEMBERS;
use super::noting::Said;
use super::path::{Onward, Step};
use super::place::Crumb;
use super::text;
use super::walk::{At, Value, Walk};
use super::weigh::Weight;
use crate::order::Json;
use crate::outcome::{Lane, PerLane};

/// A member of an object, as [`Json`] has it.
type Member<'x> = (Cow<'x, str>, Json<'x>);

/// A member by its name in the terms of the rules.
struct Named<'x> {
    common: &'x str,
    name: &'x str,
    rule: Option<RuleIndex>,
    value: Value<'x>,
}

impl<'x> Walk<'x> {
    pub(super) fn objects(&mut self, legacy: &'x [Member<'x>], gated: &'x [Member<'x>], at: At) {
        if !self.rules.renames() && same_names(legacy, gated) {
            let onward = self.onward(at);
            for ((name, left), (_, right)) in legacy.iter().zip(gated) {
                *self.trail.push_mut(Crumb::ROOM) = Crumb::Member { name, legacy: Some(name), gated: Some(name) };
                let below = self.enter_member(at, name, onward);
                self.pair(left, right, below);
                self.leave(below);
                self.trail.pop();
            }
            return;
        }
        let left = self.names(legacy, at, Lane::Legacy);
        let right = self.names(gated, at, Lane::Gated);
        let (mut left, mut right) = (left.as_slice(), right.as_slice());
        while let Some(name) = [left.first(), right.first()].into_iter().flatten().map(|own| own.common).min() {
            let (ours, rest) = left.split_at(left.iter().take_while(|own| own.common == name).count());
            let (theirs, others) = right.split_at(right.iter().take_while(|own| own.common == name).count());
            (left, right) = (rest, others);
            self.members(name, ours, theirs, at);
            if self.stopped {
                return;
            }
        }
    }

    /// An object's members by their names in the terms of the rules, sorted.
    fn names(&self, members: &'x [Member<'x>], at: At, lane: Lane) -> Vec<Named<'x>> {
        let mut names: Vec<Named<'x>> = (members.iter())
            .map(|(name, value)| {
                let (common, rule) = self.common_name(at, lane, name);
                Named { common, name, rule, value }
            })
            .collect();
        names.sort_by_key(|own| own.common);
        names
    }

    /// What both objects have under one name.
    fn members(&mut self, name: &'x str, legacy: &[Named<'x>], gated: &[Named<'x>], at: At) {
        let crumb = Crumb::Member {
            name,
            legacy: legacy.first().map(|own| own.name),
            gated: gated.first().map(|own| own.name),
        };
        self.trail.push(crumb);
        let below = self.enter(at, Step::Name(name));
        match (legacy, gated) {
            ([left], [right]) => {
                if self.probe.is_none() {
                    // Each lane may have a rule of its own for the name.
                    let second = right.rule.filter(|_| left.rule != right.rule);
                    for rule in left.rule.into_iter().chain(second) {
                        self.count(rule);
                    }
                    if let Some(rule) = left.rule.or(right.rule)
                        && left.name != right.name
                    {
                        self.moved(left.value, right.value, Some(rule), below);
                    }
                }
                self.pair(left.value, right.value, below);
            }
            ([left], []) => self.differ(Class::Missing, Some(left.value), None, below),
            ([], [right]) => self.differ(Class::Extra, None, Some(right.value), below),
            _ => self.duplicates(legacy, gated, below),
        }
        self.leave(below);
        self.trail.pop();
    }

    fn duplicates(&mut self, legacy: &[Named<'x>], gated: &[Named<'x>], at: At) {
        let (mut weight, about) = (Weight::default(), self.about_here(at));
        for (lane, own) in
            legacy.iter().map(|own| (Lane::Legacy, own)).chain(gated.iter().map(|own| (Lane::Gated, own)))
        {
            weight.add(self.weigh(own.value, lane, at, about));
        }
        let texts = |own: &[Named<'x>]| {
            (!own.is_empty()).then(|| text::write_members(own.iter().map(|own| (own.name, own.value))))
        };
        let texts = PerLane { legacy: texts(legacy), gated: texts(gated) };
        // Which of the values is meant is not known, so neither is the money.
        weight.unread |= weight.money.take().is_some();
        self.found(Class::DuplicateMember, weight, Said::Texts(texts), at, None);
    }
}

/// Whether both objects have the same names in the same order, each once. Large ones are not looked at: there sorting is cheaper.
fn same_names(legacy: &[Member<'_>], gated: &[Member<'_>]) -> bool {
    if legacy.len() != gated.len() || legacy.len() > FEW_MEMBERS {
        return false;
    }
    // Only a name that is alike one before it is looked for among them.
    let mut before = Onward::default();
    let mut is_single = |at: usize, name: &str| {
        let may_be_known = before.may_take(name);
        before = before.or(Onward::name(name));
        !may_be_known || legacy.iter().take(at).all(|(other, _)| other != name)
    };
    let mut pairs = legacy.iter().zip(gated).enumerate();
    pairs.all(|(at, ((left, _), (right, _)))| left == right && is_single(at, left))
}
