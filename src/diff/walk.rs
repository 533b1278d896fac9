//! Two documents side by side, member by member, under the rules. Bounded in depth, values, findings and effort.

use super::finding::{Detail, Finding, Findings, RuleIndex, Use};
use super::limits::{EFFORT_MAX, TEXT_BYTES_MAX, VALUES_MAX};
use super::path::{Element, Onward, Step};
use super::place::{Crumb, Entry};
use super::rules::{Action, Alive, Rule, Rules};
use super::scalar;
use super::subject::Subject;
use crate::order::{DEPTH_MAX, Json};
use crate::outcome::Lane;

/// How deep documents mostly nest.
const DEPTH: usize = 8;

/// A value of a document that outlives the walk.
pub(super) type Value<'x> = &'x Json<'x>;

/// The walk over two documents.
pub(super) struct Walk<'x> {
    pub(super) rules: &'x Rules,
    /// The paths under way, place by place: each place has a part of it at the end.
    pub(super) alive: Vec<Alive>,
    pub(super) trail: Vec<Crumb<'x>>,
    /// The objects of both documents around the place, innermost last.
    pub(super) around: Vec<Around<'x>>,
    pub(super) list: Vec<Finding>,
    pub(super) detail: Detail,
    /// Bytes that may still be listed.
    pub(super) text_bytes: usize,
    pub(super) uses: Vec<Use>,
    pub(super) minor_digits: Option<u32>,
    /// Values that may still be compared.
    pub(super) values: usize,
    /// Values that may still be looked at in search of pairs.
    pub(super) effort: usize,
    pub(super) probe: Option<Probe>,
    pub(super) stopped: bool,
}

/// A comparison that only counts, to know what a pair would cost.
#[derive(Clone, Copy)]
pub(super) struct Probe {
    /// Differences that no rule masks.
    pub(super) open: u32,
    /// More than these need not be counted.
    pub(super) limit: u32,
}

/// Two objects that are compared, and where they stand.
#[derive(Clone, Copy)]
pub(super) struct Around<'x> {
    pub(super) legacy: Value<'x>,
    pub(super) gated: Value<'x>,
    pub(super) at: At,
}

/// A place of the walk.
#[derive(Clone, Copy)]
pub(super) struct At {
    /// The part of `alive` that belongs to it.
    pub(super) frame: (usize, usize),
    pub(super) cover: Cover,
    pub(super) depth: usize,
}

/// The rules that ignore a place or what it lies in.
#[derive(Clone, Copy, Default)]
pub(super) struct Cover {
    pub(super) any: Option<RuleIndex>,
    pub(super) dangerous: Option<RuleIndex>,
}

impl<'x> Walk<'x> {
    pub(super) fn run(legacy: Value<'x>, gated: Value<'x>, rules: &'x Rules, detail: Detail) -> Findings {
        let currency = currency(rules, legacy, gated);
        let mut walk = Self {
            rules,
            alive: rules.start().to_vec(),
            trail: Vec::with_capacity(DEPTH),
            around: Vec::with_capacity(DEPTH),
            list: Vec::new(),
            detail,
            text_bytes: TEXT_BYTES_MAX,
            uses: vec![Use::default(); rules.list().len()],
            minor_digits: digits(rules, currency.as_deref()),
            values: VALUES_MAX,
            effort: EFFORT_MAX,
            probe: None,
            stopped: false,
        };
        let root = At { frame: (0, walk.alive.len()), cover: Cover::default(), depth: 0 };
        let root = walk.arrive(root);
        walk.pair(legacy, gated, root);
        let mut findings = Findings { list: walk.list, uses: walk.uses, currency };
        super::tolerance::settle(&mut findings, rules, walk.minor_digits);
        findings
    }

    /// One step down, that counts for the rules. Goes back with [`Walk::leave`].
    pub(super) fn enter(&mut self, at: At, step: Step<'_>) -> At {
        let below = self.look(at, step);
        self.arrive(below)
    }

    /// One step down, only to see which rules are there. Goes back with [`Walk::leave`].
    pub(super) fn look(&mut self, at: At, step: Step<'_>) -> At {
        let from = self.alive.len();
        // Most paths can be told by a bit of the name that they don't go on by it.
        let by = match step {
            Step::Name(name) => Onward::name(name),
            Step::Element(_) => Onward::ELEMENT,
        };
        for place in at.frame.0..at.frame.1 {
            if let Some(alive) = self.alive.get(place)
                && alive.onward.meets(by)
                && let Some(next) = self.rules.after(*alive, step)
            {
                self.alive.push(next);
            }
        }
        At { frame: (from, self.alive.len()), cover: at.cover, depth: at.depth + 1 }
    }

    /// As [`Walk::enter`] a member, where the paths of the place go on by the names in `onward`.
    pub(super) fn enter_member(&mut self, at: At, name: &str, onward: Onward) -> At {
        if onward.may_take(name) {
            return self.enter(at, Step::Name(name));
        }
        let end = self.alive.len();
        At { frame: (end, end), cover: at.cover, depth: at.depth + 1 }
    }

    /// The names by which the paths of a place go on.
    pub(super) fn onward(&self, at: At) -> Onward {
        let alive = self.alive.get(at.frame.0..at.frame.1).unwrap_or_default();
        alive.iter().map(|alive| alive.onward).fold(Onward::default(), Onward::or)
    }

    pub(super) fn leave(&mut self, at: At) {
        self.alive.truncate(at.frame.0);
    }

    /// Counts the rules that select the place, and notes those that ignore it.
    fn arrive(&mut self, mut at: At) -> At {
        for place in at.frame.0..at.frame.1 {
            let selected = self.alive.get(place).copied().filter(|alive| alive.selects);
            let Some((index, rule)) = selected.and_then(|alive| self.rules.rule(alive)) else {
                continue;
            };
            if self.probe.is_none() && !matches!(rule.action, Action::Rename { .. }) {
                self.count(index);
            }
            if rule.action == Action::Ignore {
                at.cover.any = at.cover.any.or(Some(index));
                at.cover.dangerous = at.cover.dangerous.or_else(|| rule.dangerous.then_some(index));
            }
        }
        at
    }

    pub(super) fn count(&mut self, rule: RuleIndex) {
        if let Some(used) = self.uses.get_mut(rule) {
            used.selected += 1;
        }
    }

    /// The rules that select a place, in their order.
    pub(super) fn active(&self, at: At) -> impl Iterator<Item = (RuleIndex, &'x Rule)> + '_ {
        let alive = self.alive.get(at.frame.0..at.frame.1).unwrap_or_default();
        alive.iter().filter(|alive| alive.selects).filter_map(|alive| self.rules.rule(*alive))
    }

    /// What the value of a place is about.
    pub(super) fn subject(&self, at: At) -> Option<Subject> {
        let alive = self.alive.get(at.frame.0..at.frame.1).unwrap_or_default();
        // Subjects stand behind the rules.
        let subjects = alive.iter().rev().map_while(|alive| Some((alive, self.rules.subject(*alive)?)));
        subjects.filter(|(alive, _)| alive.selects).last().map(|(_, subject)| subject)
    }

    /// The same, or where no path says it what the member's name tells.
    fn subject_here(&self, at: At) -> Option<Subject> {
        self.subject(at).or_else(|| self.rules.subject_by_name(self.name()?))
    }

    /// The name of the member that the walk is at; `None` at an element, or at the root.
    pub(super) fn name(&self) -> Option<&'x str> {
        match self.trail.last() {
            Some(Crumb::Member { name, .. }) => Some(name),
            _ => None,
        }
    }

    /// The name of a member in the terms of the rules, and the rule that says so.
    pub(super) fn common_name(&self, at: At, lane: Lane, name: &'x str) -> (&'x str, Option<RuleIndex>) {
        if self.rules.renames() {
            let alive = self.alive.get(at.frame.0..at.frame.1).unwrap_or_default();
            for (index, rule) in alive.iter().filter_map(|alive| {
                let next = self.rules.after(*alive, Step::Name(name))?;
                next.selects.then(|| self.rules.rule(next)).flatten()
            }) {
                match &rule.action {
                    Action::Rename { lane: own, name } if *own == lane => return (name, Some(index)),
                    _ => {}
                }
            }
        }
        (name, None)
    }

    /// Compares two values at one place.
    pub(super) fn pair(&mut self, legacy: Value<'x>, gated: Value<'x>, at: At) {
        if !self.may_go_on(at) {
            return;
        }
        match (legacy, gated) {
            (Json::Object(left), Json::Object(right)) => {
                self.around.push(Around { legacy, gated, at });
                self.objects(left, right, at);
                self.around.pop();
            }
            (Json::Array(left), Json::Array(right)) => self.arrays(left, right, at),
            _ => {
                let class = scalar::class(legacy, gated, || self.subject_here(at).is_some_and(Subject::is_decimal));
                if let Some(class) = class {
                    self.differ(class, Some(legacy), Some(gated), at);
                }
            }
        }
    }

    /// Takes one value off the bounds; false where one of them is reached.
    fn may_go_on(&mut self, at: At) -> bool {
        if at.depth > DEPTH_MAX {
            self.too_complex("nested too deep to be compared");
            return false;
        }
        if let Some(probe) = &mut self.probe {
            if self.effort == 0 {
                probe.open = u32::MAX;
            }
            self.effort = self.effort.saturating_sub(1);
            return probe.open <= probe.limit;
        }
        match self.values.checked_sub(1) {
            Some(left) => self.values = left,
            None if !self.stopped => {
                self.too_complex("too many values to be compared");
                self.stopped = true;
            }
            None => {}
        }
        !self.stopped
    }

    /// How many differences two elements would have, counted up to `limit` and one more. `None`: the effort is used up.
    pub(super) fn cost(
        &mut self,
        legacy: Value<'x>,
        gated: Value<'x>,
        step: Step<'_>,
        at: At,
        limit: u32,
    ) -> Option<u32> {
        let outer = self.probe.replace(Probe { open: 0, limit });
        let below = self.enter(at, step);
        self.pair(legacy, gated, below);
        self.leave(below);
        let probe = std::mem::replace(&mut self.probe, outer)?;
        (probe.open != u32::MAX).then_some(probe.open)
    }
}

/// The step to an element.
pub(super) fn step(entry: &Entry, legacy: usize, gated: usize) -> Step<'static> {
    Step::Element(Element { legacy: entry.legacy.map(|at| (at, legacy)), gated: entry.gated.map(|at| (at, gated)) })
}

/// The currency that both documents are in, where it is known.
fn currency(rules: &Rules, legacy: &Json<'_>, gated: &Json<'_>) -> Option<String> {
    let places = rules.currency()?;
    let own = places.legacy.currency_of(legacy)?;
    (places.gated.currency_of(gated)? == own).then(|| own.to_owned())
}

/// The decimals of a currency's minor unit: hundredths where nothing says where currencies stand, none where they
/// are to be there and aren't.
fn digits(rules: &Rules, currency: Option<&str>) -> Option<u32> {
    if rules.currency().is_none() {
        return Some(2);
    }
    currency.and_then(scalar::minor_digits)
}
