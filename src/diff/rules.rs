//! The rules of a comparison: what they do, what they need, and which of them apply at a place.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::finding::RuleIndex;
use super::path::{Onward, Path, State, Step};
use super::subject::{Subject, by_name};
use crate::order::OrderPlaces;
use crate::outcome::{Lane, PerLane, names};

/// What a rule does to the places that its path selects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Masks every difference at and below the place; those in identity, money or quantity only where the rule is `dangerous`.
    Ignore,
    /// Pairs the elements of an array by the values of these members, in whatever order they stand.
    MatchBy(Vec<String>),
    /// Pairs the elements of an array by being equal, in whatever order they stand.
    Multiset,
    /// Masks amounts that differ by no more than so many minor units of the currency.
    Tolerance {
        /// How many, for each amount.
        minor_units: Decimal,
        /// How many for all amounts of an order together; beyond it the rule masks none of them.
        order_max: Option<Decimal>,
    },
    /// The member stands under this name on the other lane.
    Rename {
        /// The lane that has the path's name.
        lane: Lane,
        /// The name in the terms of the rules, as the other lane has it.
        name: String,
    },
    /// Values of one lane that mean others.
    Values {
        /// The lane that has the table's keys.
        lane: Lane,
        /// What each means on the other lane.
        table: BTreeMap<String, String>,
    },
    /// Masks times that are written differently and are the same instant.
    SameInstant,
    /// Masks differences between upper and lower case.
    Case,
    /// Masks white space around a text.
    Trim,
}

impl Action {
    /// Its key in the configuration.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::MatchBy(_) => "match_by",
            Self::Multiset => "multiset",
            Self::Tolerance { .. } => "tolerance",
            Self::Rename { .. } | Self::Values { .. } => "map",
            Self::SameInstant => "same_instant",
            Self::Case => "case",
            Self::Trim => "trim",
        }
    }

    /// Whether it can mask a difference of values, and so needs a reason.
    #[must_use]
    pub const fn hides(&self) -> bool {
        !matches!(self, Self::MatchBy(_) | Self::Multiset | Self::Rename { .. })
    }

    /// The only lane whose places its path selects.
    const fn lane(&self) -> Option<Lane> {
        match self {
            Self::Rename { lane, .. } | Self::Values { lane, .. } => Some(*lane),
            _ => None,
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Which places it is about.
    pub path: Path,
    /// What it does there.
    pub action: Action,
    /// Why. Needed where the action can hide a difference.
    pub reason: Option<String>,
    /// Whether it may ignore identity, money and quantity.
    pub dangerous: bool,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// What it is applied to.
    #[serde(default)]
    pub between: RuleScope,
    /// Whether it follows from the rest of the configuration, and nobody wrote it.
    #[serde(default)]
    pub built_in: bool,
}

/// Which comparisons a rule is applied to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleScope {
    /// The two lanes' documents.
    #[default]
    Lanes,
    /// The captured order and a lane's document, in common terms.
    Order,
}
names!(RuleScope, "comparison", { Lanes => "lanes", Order => "order" });

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule {} ({path}): {reason}", rule + 1)]
pub struct RuleFault {
    /// Which one.
    pub rule: RuleIndex,
    /// Its path.
    pub path: String,
    /// What is wrong, and what to write.
    pub reason: &'static str,
}

/// The rules of a comparison, and what the values are about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    subjects: Vec<(Path, Subject)>,
    currency: Option<PerLane<OrderPlaces>>,
    expired: Vec<bool>,
    /// All paths at the root, but for those of rules that have ended.
    start: Vec<Alive>,
    renames: bool,
    alters_keys: bool,
    names_tell: bool,
}

/// A path under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Alive {
    /// The number of its pattern: rules are numbered first, subjects after them.
    pattern: u32,
    /// How far it has come.
    state: State,
    /// The names by which it can go on.
    pub(super) onward: Onward,
    /// Whether it selects the place that it has come to.
    pub(super) selects: bool,
}

impl Rules {
    /// Takes rules and the paths of what they are about. `currency` says where each lane's documents name their
    /// currency, so that minor units are known; without it they are hundredths. A rule whose end is at or before
    /// `as_of` is listed and never applied.
    ///
    /// # Errors
    /// All faults at once: a rule without the reason that it needs, without keys, with a negative tolerance.
    pub fn new(
        rules: Vec<Rule>,
        subjects: Vec<(Path, Subject)>,
        currency: Option<PerLane<OrderPlaces>>,
        as_of: Option<Timestamp>,
    ) -> Result<Self, Vec<RuleFault>> {
        // Both lanes may name the same places.
        let subjects = subjects.into_iter().fold(Vec::new(), |mut known: Vec<(Path, Subject)>, own| {
            if !known.contains(&own) {
                known.push(own);
            }
            known
        });
        let faults: Vec<RuleFault> = rules.iter().enumerate().filter_map(|(at, rule)| fault(at, rule)).collect();
        let ended = |rule: &Rule| rule.expires.zip(as_of).is_some_and(|(end, now)| end <= now);
        let expired = rules.iter().map(ended).collect();
        let renames = rules.iter().any(|rule| matches!(rule.action, Action::Rename { .. }));
        let alters = |rule: &Rule| {
            matches!(rule.action, Action::Rename { .. } | Action::Values { .. } | Action::Case | Action::Trim)
        };
        let alters_keys = rules.iter().any(alters);
        if faults.is_empty() {
            let start = Vec::new();
            let mut own = Self { rules, subjects, currency, expired, start, renames, alters_keys, names_tell: false };
            own.start = own.at_root();
            Ok(own)
        } else {
            Err(faults)
        }
    }

    /// Where no path says what a value is about, its member's name does: whatever is named like an identity, money or a
    /// quantity is as grave as one.
    #[must_use]
    pub fn with_names(self) -> Self {
        Self { names_tell: true, ..self }
    }

    /// The rules, in the order in which they were given.
    #[must_use]
    pub fn list(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether a rule has ended.
    #[must_use]
    pub fn is_expired(&self, rule: RuleIndex) -> bool {
        self.expired.get(rule).copied().unwrap_or_default()
    }

    /// Where the documents name their currency.
    pub(super) const fn currency(&self) -> Option<&PerLane<OrderPlaces>> {
        self.currency.as_ref()
    }

    /// What a member's name says of its value, where names tell.
    pub(super) fn subject_by_name(&self, name: &str) -> Option<Subject> {
        self.names_tell.then(|| by_name(name)).flatten()
    }

    /// Whether values are to be looked at though no path leads to them.
    pub(super) const fn names_tell(&self) -> bool {
        self.names_tell
    }

    /// Whether any rule gives members of one lane other names.
    pub(super) fn renames(&self) -> bool {
        self.renames
    }

    /// Whether any rule makes the name or the text of a key another one than is written.
    pub(super) const fn alters_keys(&self) -> bool {
        self.alters_keys
    }

    /// Whether any rule says what values of one lane mean on the other.
    pub(super) fn translates(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.action, Action::Values { .. }))
    }

    pub(super) fn get(&self, rule: RuleIndex) -> Option<&Rule> {
        self.rules.get(rule)
    }

    /// All paths at the root.
    pub(super) fn start(&self) -> &[Alive] {
        &self.start
    }

    fn at_root(&self) -> Vec<Alive> {
        let live = |pattern: &u32| !self.is_expired(*pattern as usize);
        let count = u32::try_from(self.rules.len() + self.subjects.len()).unwrap_or(u32::MAX);
        let at_root = |pattern| self.pattern(pattern).map(|(path, _)| Alive::new(pattern, path, State::START));
        (0..count).filter(live).filter_map(at_root).collect()
    }

    /// A path that is one step further; `None` when it can't select anything there or below.
    pub(super) fn after(&self, alive: Alive, step: Step<'_>) -> Option<Alive> {
        let (path, lane) = self.pattern(alive.pattern)?;
        let state = alive.state.after(path, step, lane);
        (!state.is_dead()).then(|| Alive::new(alive.pattern, path, state))
    }

    /// The rule behind a pattern.
    pub(super) fn rule(&self, alive: Alive) -> Option<(RuleIndex, &Rule)> {
        let at = alive.pattern as usize;
        self.rules.get(at).map(|rule| (at, rule))
    }

    /// The subject behind a pattern.
    pub(super) fn subject(&self, alive: Alive) -> Option<Subject> {
        let at = (alive.pattern as usize).checked_sub(self.rules.len())?;
        self.subjects.get(at).map(|(_, subject)| *subject)
    }

    fn pattern(&self, pattern: u32) -> Option<(&Path, Option<Lane>)> {
        let at = pattern as usize;
        match self.rules.get(at) {
            Some(rule) => Some((&rule.path, rule.action.lane())),
            None => self.subjects.get(at - self.rules.len()).map(|(path, _)| (path, None)),
        }
    }
}

impl Alive {
    fn new(pattern: u32, path: &Path, state: State) -> Self {
        Self { pattern, state, onward: state.onward(path), selects: state.selects(path) }
    }
}

fn fault(at: RuleIndex, rule: &Rule) -> Option<RuleFault> {
    let negative = |amount: &Decimal| *amount < Decimal::ZERO;
    let reason = match &rule.action {
        action if action.hides() && rule.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) => {
            "it can hide a difference: give a `reason`"
        }
        Action::MatchBy(keys) if keys.is_empty() => "`match_by` needs at least one member's name, such as [\"sku\"]",
        Action::Tolerance { minor_units, order_max }
            if negative(minor_units) || order_max.as_ref().is_some_and(negative) =>
        {
            "a tolerance is not negative"
        }
        Action::Rename { .. } if !rule.path.ends_in_a_name() => {
            "the path of another name ends in the name that the lane has, such as `$.lines[*].qty`"
        }
        Action::Values { table, .. } if table.is_empty() => "the table of values is empty",
        _ => return None,
    };
    Some(RuleFault { rule: at, path: rule.path.to_string(), reason })
}
