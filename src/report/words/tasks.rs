//! Who has to do what: exceptions by owner and action, with age and money at risk.

use jiff::SignedDuration;

use super::{counted, sums};
use crate::judge::{Assessment, AtRisk, Exception, ExceptionKind, OwnerSummary, TaskSummary};
use crate::outcome::Witness;
use crate::report::layout::{instant, span};

/// What one owner has to do.
pub(in crate::report) struct Duty<'a> {
    pub(in crate::report) of: &'a OwnerSummary,
    /// By action, the worst first.
    pub(in crate::report) tasks: Vec<Task<'a>>,
}

/// Exceptions that call for the same action by the same owner.
pub(in crate::report) struct Task<'a> {
    pub(in crate::report) of: &'a TaskSummary,
    /// Those of them that the assessment keeps, the worst first.
    pub(in crate::report) orders: Vec<&'a Exception>,
}

/// The exceptions by owner and action.
pub(in crate::report) fn duties(assessment: &Assessment) -> Vec<Duty<'_>> {
    let of_task = |owner: &OwnerSummary, task: &TaskSummary, one: &Exception| {
        let kind = (one.owner, one.lane, one.kind, one.reason_class);
        kind == (owner.owner, task.lane, task.kind, task.reason_class) && one.next_action == task.next_action
    };
    let duty = |owner| {
        let task = |of| {
            let orders = assessment.exceptions.iter().filter(|one| of_task(owner, of, one)).collect();
            Task { of, orders }
        };
        Duty { of: owner, tasks: owner.tasks.iter().map(task).collect() }
    };
    assessment.owners.iter().map(duty).collect()
}

impl Task<'_> {
    /// What it is about: `2 orders lost on gated`, `1 document phantom on legacy`, `3 orders rejected on gated for tax`.
    pub(in crate::report) fn subject(&self) -> String {
        let TaskSummary { lane, kind, reason_class, at_risk, .. } = self.of;
        let what = if *kind == ExceptionKind::Phantom { "document" } else { "order" };
        let count = counted(at_risk.exceptions, what);
        let fate = kind.as_str();
        let subject = match lane {
            Witness::Census => format!("{count} {fate}, by the census"),
            lane => format!("{count} {fate} on {lane}"),
        };
        reason_class.map_or_else(|| subject.clone(), |class| format!("{subject} for {class}"))
    }

    /// How many are counted and not among the first `shown`.
    pub(in crate::report) fn beyond(&self, shown: usize) -> u64 {
        self.of.at_risk.exceptions.saturating_sub(shown as u64)
    }
}

/// `EUR 120.00, JPY 300 at risk, not known of 2 orders`
pub(in crate::report) fn at_risk(of: &AtRisk) -> String {
    let known = sums(&of.money_at_risk);
    if known.is_empty() { "money at risk not known".to_owned() } else { format!("{known} at risk{}", unread(of)) }
}

/// The same where a column says what it is: `EUR 120.00, JPY 300, not known of 2 orders`
pub(in crate::report) fn amounts(of: &AtRisk) -> String {
    let known = sums(&of.money_at_risk);
    if known.is_empty() { "not known".to_owned() } else { format!("{known}{}", unread(of)) }
}

fn unread(of: &AtRisk) -> String {
    match of.money_unread {
        0 => String::new(),
        orders => format!(", not known of {}", counted(orders, "order")),
    }
}

/// `the oldest for 2 h 05 m`; nothing where no time is known.
pub(in crate::report) fn oldest(of: &AtRisk) -> Option<String> {
    Some(format!("the oldest for {}", age(of.age_us?)))
}

/// `2026-11-20 09:07:00, for 3 h 13 m`; nothing where no time is known.
pub(in crate::report) fn since(one: &Exception) -> Option<String> {
    let at = instant(one.at?);
    Some(one.age_us.map_or_else(|| at.clone(), |us| format!("{at}, for {}", age(us))))
}

/// How long something is so.
pub(in crate::report) fn age(us: u64) -> String {
    span(SignedDuration::from_micros(i64::try_from(us).unwrap_or(i64::MAX)))
}
