//! What a comparison found: single differences, and how often each rule was used.

use rust_decimal::Decimal;
use serde::Serialize;

use super::subject::Subject;
use crate::order::Pointer;
use crate::outcome::names;

/// The position of a rule in [`Rules`](super::Rules), counted from 0 in the order in which they were given.
pub type RuleIndex = usize;

/// How two values at one place differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Only the legacy document has it.
    Missing,
    /// Only the gated document has it.
    Extra,
    /// Both have it, at different places: another index, or another name that a rule maps.
    Moved,
    /// The types differ: `"5"` and `5`, null and an empty text.
    Type,
    /// The values differ.
    Value,
    /// The same value, written differently: 19.9 and 19.90.
    Representation,
    /// A name occurs twice in one object: which value is meant can't be known. Found in equal documents too.
    DuplicateMember,
    /// The comparison ended here, at one of its bounds. Never masked.
    TooComplex,
    /// One of the documents is no JSON. Never masked.
    Unreadable,
    /// The same goods at the same price, in other lines: 3 as 1 + 1 + 1. Only groups of findings are of this class; the
    /// findings themselves say what differs, and are marked.
    Resegmented,
    /// Small differences that a tolerance masks all go one way. Only groups are of this class.
    Drift,
}
names!(Class, "class", {
    Missing => "missing", Extra => "extra", Moved => "moved", Type => "type", Value => "value",
    Representation => "representation", DuplicateMember => "duplicate_member", TooComplex => "too_complex",
    Unreadable => "unreadable", Resegmented => "resegmented", Drift => "drift",
});

/// How much a difference matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The same value, written differently.
    Trivial,
    /// A difference.
    Normal,
    /// A difference in identity, money or quantity, or a comparison that did not come to its end.
    Grave,
}
names!(Severity, "severity", { Trivial => "trivial", Normal => "normal", Grave => "grave" });

/// How the two elements of an array that a finding lies in came together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// By order: equal elements first, those between them at least cost.
    Order,
    /// By keys that each side has once.
    Key,
    /// Equal, among several that could have been meant.
    Equal,
    /// At the least cost in differences, among several that could have been meant.
    LeastCost,
    /// Beyond the bound of the search: one after the other, so that better pairs may exist.
    Bounded,
}
names!(Matching, "matching", {
    Order => "order", Key => "key", Equal => "equal", LeastCost => "least_cost", Bounded => "bounded",
});

/// One difference at one place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Its place in the legacy document; `None` where that has none.
    pub legacy: Option<Pointer>,
    /// Its place in the gated document; `None` where that has none.
    pub gated: Option<Pointer>,
    /// Where it is for a reader, elements by their keys: `/lines[sku=A1]/quantity`.
    pub path: String,
    /// The same without keys and indices, alike for all orders: `/lines[sku]/quantity`.
    pub pattern: String,
    /// How the values differ.
    pub class: Class,
    /// How much that matters.
    pub severity: Severity,
    /// What the values are about, or the gravest of what lies in them; `None`: nothing that is known to matter gravely.
    pub subject: Option<Subject>,
    /// Whether it is part of goods that stand in other lines, and add up to the same.
    pub resegmented: bool,
    /// Whether what was ordered explains it: the gated document says just that, and legacy's something else.
    pub by_order: bool,
    /// The rule that masks it: it is explained, counted, and no longer a difference between the lanes.
    pub masked_by: Option<RuleIndex>,
    /// The rule by which the array that it lies in was matched.
    pub matched_by: Option<RuleIndex>,
    /// How the array that it lies in was matched; `None` outside arrays.
    pub matching: Option<Matching>,
    /// The legacy value as JSON; an object of the members that share a name for `duplicate_member`; the bound for
    /// `too_complex`; `None` for what moved by a rule, too.
    pub legacy_text: Option<String>,
    /// The gated value, likewise.
    pub gated_text: Option<String>,
    /// What it moves, gated less legacy, in the amounts that the rules name as money, whole subtrees
    /// included. `None`: no money is there, or some of it can't be read (see `money_unread`).
    pub money: Option<Decimal>,
    /// There is money here that can't be read as a decimal.
    pub money_unread: bool,
    /// Whether places, `path` and texts were left out: see [`Detail::Brief`].
    #[serde(skip)]
    pub is_brief: bool,
}

/// How much is written down of a finding that doesn't count against the documents being alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Full,
    /// Not where it is in this order nor what stands there, which takes longer than to find it, and is shown of one order
    /// of a million. What counts is written down in full.
    Brief,
}

impl Finding {
    /// Whether the two say something else: neither masked, nor only written differently, nor the same goods in other lines.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.masked_by.is_none() && self.severity > Severity::Trivial && !self.resegmented
    }

    /// Whether it counts against the documents being alike: open, and not explained by what was ordered.
    #[must_use]
    pub fn is_unexplained(&self) -> bool {
        self.is_open() && !self.by_order
    }
}

/// How often a rule was used, and what it hid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Use {
    /// Places that its path selected. 0 over a whole run: the rule is unused, or its path is wrong.
    pub selected: u64,
    /// Findings that it masked.
    pub masked: u64,
    /// Of these, such with more in the gated document.
    pub above: u64,
    /// Of these, such with less in the gated document.
    pub below: u64,
    /// The money that it masked, gated less legacy.
    pub money: Decimal,
    /// The same without signs.
    pub money_absolute: Decimal,
    /// Masked findings whose money can't be read.
    pub money_unread: u64,
    /// Documents' pairs in which its tolerance was used up, so that it masked nothing.
    pub over_cap: u64,
}

impl Use {
    /// Counts a finding that the rule masked.
    pub(super) fn mask(&mut self, finding: &Finding) {
        self.masked += 1;
        self.money_unread += u64::from(finding.money_unread);
        if let Some(money) = finding.money {
            self.above += u64::from(money > Decimal::ZERO);
            self.below += u64::from(money < Decimal::ZERO);
            self.money = self.money.saturating_add(money);
            self.money_absolute = self.money_absolute.saturating_add(money.abs());
        }
    }
}

/// All that a comparison of two documents found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Findings {
    /// The differences, masked ones included: members in the order of the documents where
    /// both have the same, else by name; elements in the order of the legacy document, then those of the gated one alone.
    pub list: Vec<Finding>,
    /// By rule.
    pub uses: Vec<Use>,
    /// The currency that both documents are in; `None` where that is not known, or not the same.
    pub currency: Option<String>,
}

impl Findings {
    /// Those that count against the lanes being alike.
    pub fn unexplained(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter().filter(|finding| finding.is_unexplained())
    }

    /// Whether the comparison came to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.list.iter().all(|finding| finding.class != Class::TooComplex)
    }
}
