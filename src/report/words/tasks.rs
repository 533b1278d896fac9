//! Who has to do what: exceptions by owner and action.

use super::counted;
use crate::judge::{Assessment, Exception, ExceptionKind, Owner};
use crate::outcome::Witness;

/// Exceptions that call for the same action by the same owner.
pub(in crate::report) struct Task<'a> {
    pub(in crate::report) owner: Owner,
    pub(in crate::report) lane: Witness,
    pub(in crate::report) fate: &'static str,
    pub(in crate::report) next_action: &'a str,
    pub(in crate::report) orders: Vec<&'a Exception>,
    /// Whether there may be more of it: the assessment keeps only so many exceptions.
    pub(in crate::report) is_cut: bool,
}

/// The exceptions by owner and action; owners and actions in the order of their worst exception.
pub(in crate::report) fn tasks(assessment: &Assessment) -> Vec<Task<'_>> {
    let is_cut = assessment.exceptions_count > assessment.exceptions.len() as u64;
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for exception in &assessment.exceptions {
        let fate = exception.kind.as_str();
        let (owner, lane, next_action) = (exception.owner, exception.lane, exception.next_action.as_str());
        let same = |task: &&mut Task<'_>| {
            (task.owner, task.lane, task.fate, task.next_action) == (owner, lane, fate, next_action)
        };
        match tasks.iter_mut().find(same) {
            Some(task) => task.orders.push(exception),
            None => tasks.push(Task { owner, lane, fate, next_action, orders: vec![exception], is_cut }),
        }
    }
    let mut owners: Vec<Owner> = Vec::new();
    for task in &tasks {
        if !owners.contains(&task.owner) {
            owners.push(task.owner);
        }
    }
    // A stable sort: within an owner the worst stays first.
    tasks.sort_by_key(|task| owners.iter().position(|owner| *owner == task.owner));
    tasks
}

impl Task<'_> {
    /// What it is about: `2 orders lost on gated`, `1 document phantom on legacy`, `at least 1000 orders lost on gated`.
    pub(in crate::report) fn subject(&self) -> String {
        let is_phantom = |exception: &&Exception| exception.kind == ExceptionKind::Phantom;
        let what = if self.orders.iter().any(is_phantom) { "document" } else { "order" };
        let least = if self.is_cut { "at least " } else { "" };
        let count = format!("{least}{}", counted(self.orders.len() as u64, what));
        match self.lane {
            Witness::Census => format!("{count} {}, by the census", self.fate),
            lane => format!("{count} {} on {lane}", self.fate),
        }
    }
}
