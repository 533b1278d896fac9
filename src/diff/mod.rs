//! JSON against JSON under rules: findings. Pure.
//!
//! Every difference is found and listed; a rule only says of a finding that it is explained. Objects are compared by
//! member, arrays in order unless a rule says by which keys, numbers as decimals by their texts. Hostile documents end
//! in a finding `too_complex`, never in a hang; equal documents have no findings but `duplicate_member`, which a document
//! has by itself.

mod alike;
mod amounts;
mod arrays;
mod assign;
mod choice;
mod finding;
mod group;
mod keyed;
mod limits;
mod members;
mod noise;
mod noting;
mod number;
mod ordered;
mod path;
mod place;
mod rules;
mod scalar;
mod segments;
mod spent;
mod subject;
mod terms;
#[cfg(test)]
mod tests;
mod text;
mod tolerance;
mod walk;
mod ways;
mod weigh;

pub use alike::{Said, lines_said_alike, say_the_same};
pub use amounts::{Amount, Amounts, UNKNOWN_CURRENCY};
pub use finding::{Class, Detail, Finding, Findings, Matching, RuleIndex, Severity, Use};
pub use group::{Group, Groups, Signature};
pub use noise::{Advice, Changes, Doubt, Noise, NoiseExample, Suggestion, Why};
pub use number::decimal as amount;
pub use path::{Path, PathError};
pub use rules::{Action, Rule, RuleFault, RuleScope, Rules};
pub use scalar::minor_digits;
pub use spent::Spent;
pub use subject::{Subject, by_name, of_places};
pub use terms::{Common, Terms};
pub use ways::{Way, Ways};

use crate::order::{Json, JsonError, Pointer};
use crate::outcome::Lane;

/// Compares the documents of one order on both lanes.
#[must_use]
pub fn diff(legacy: &Json<'_>, gated: &Json<'_>, rules: &Rules) -> Findings {
    walk::Walk::run(legacy, gated, rules, Detail::Full)
}

/// As [`diff`], with no more than so much of each finding: the same are found, and they weigh the same.
#[must_use]
pub fn diff_in(detail: Detail, legacy: &Json<'_>, gated: &Json<'_>, rules: &Rules) -> Findings {
    walk::Walk::run(legacy, gated, rules, detail)
}

/// What is found where the document of `lane` is no JSON: that alone, and nothing masks it.
#[must_use]
pub fn unreadable(lane: Lane, error: &JsonError, rules: &Rules) -> Findings {
    let text = Some(error.to_string());
    let (legacy_text, gated_text) = match lane {
        Lane::Legacy => (text, None),
        Lane::Gated => (None, text),
    };
    let finding = Finding {
        legacy: (lane == Lane::Legacy).then(|| Pointer::of([])),
        gated: (lane == Lane::Gated).then(|| Pointer::of([])),
        path: String::new(),
        pattern: String::new(),
        class: Class::Unreadable,
        severity: Severity::Grave,
        subject: None,
        resegmented: false,
        by_order: false,
        masked_by: None,
        matched_by: None,
        matching: None,
        legacy_text,
        gated_text,
        money: None,
        money_unread: true,
        is_brief: false,
    };
    Findings { list: vec![finding], uses: vec![Use::default(); rules.list().len()], currency: None }
}
