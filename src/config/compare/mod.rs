//! `[compare]`: in which shape documents are compared, by which rules, and which rejections of one lane alone are as agreed.

mod action;
mod built_in;
mod check;
mod rule;
mod shape;

pub(super) use built_in::built_in;
pub(super) use check::check;
use rule::RuleDraft;

use super::reader::{At, Table, Value};
use super::values::{named, time, words};
use crate::judge::{ComparePolicy, DecisionRule, DocumentShape};

/// Most rules, and most decisions. Each rule is followed down every document, and nobody reviews more.
pub(super) const RULES_MAX: usize = 200;

/// `[compare]` as read.
pub(super) struct CompareDraft {
    /// `None`: it follows from what is known of the documents.
    pub(super) documents: Option<At<DocumentShape>>,
    pub(super) rules: Vec<RuleDraft>,
    pub(super) decisions: Vec<DecisionRule>,
}

pub(super) fn read(mut table: Table<'_>) -> CompareDraft {
    let draft = CompareDraft {
        documents: table.get("documents", named),
        rules: table.or("rule", Vec::new(), |value| some(value, rule::read)),
        decisions: table.or("decision", Vec::new(), |value| some(value, decision)),
    };
    table.close();
    draft
}

impl CompareDraft {
    pub(super) fn resolve(self, documents: DocumentShape) -> ComparePolicy {
        let rules = self.rules.into_iter().map(|draft| draft.rule).collect();
        ComparePolicy { documents, rules, decisions: self.decisions }
    }
}

/// The tables of a list, no more than [`RULES_MAX`].
fn some<T>(value: &Value<'_>, read: fn(&Value<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut count = 0;
    value.list(|item| {
        count += 1;
        if count == RULES_MAX + 1 {
            let what = format!("there are more than {RULES_MAX} of `{}`", item.name);
            item.wrong::<()>(what, "let fewer of them select more places, such as `$.lines[*].note`");
        }
        if count > RULES_MAX { None } else { read(item) }
    })
}

/// `[[compare.decision]]`
fn decision(value: &Value<'_>) -> Option<DecisionRule> {
    let mut table = value.table()?;
    let lane = table.need("lane", "write lane = \"gated\", the lane that rejects", named);
    let write = "write class = \"tax\", or one of `unknown_sku`, `customer` and `other`: what it rejects for";
    let class = table.need("class", write, named);
    let reason = table.need("reason", "write reason = \"…\": why the lane is right to reject", words);
    let expires = table.get("expires", time).map(|at| at.value);
    table.close();
    Some(DecisionRule { lane: lane?.value, class: class?.value, reason: reason?.value, expires })
}
