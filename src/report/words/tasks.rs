//! Who has to do what: exceptions by owner and action.

use crate::judge::{Exception, ExceptionKind, Owner};
use crate::outcome::Witness;

/// Exceptions that call for the same action by the same owner.
pub(in crate::report) struct Task<'a> {
    pub(in crate::report) owner: Owner,
    pub(in crate::report) lane: Witness,
    pub(in crate::report) fate: &'static str,
    pub(in crate::report) next_action: &'a str,
    pub(in crate::report) orders: Vec<&'a Exception>,
}

/// The exceptions by owner and action; owners and actions in the order of their worst exception.
pub(in crate::report) fn tasks(exceptions: &[Exception]) -> Vec<Task<'_>> {
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for exception in exceptions {
        let fate = exception.kind.as_str();
        let (owner, lane, next_action) = (exception.owner, exception.lane, exception.next_action.as_str());
        let same = |task: &&mut Task<'_>| {
            (task.owner, task.lane, task.fate, task.next_action) == (owner, lane, fate, next_action)
        };
        match tasks.iter_mut().find(same) {
            Some(task) => task.orders.push(exception),
            None => tasks.push(Task { owner, lane, fate, next_action, orders: vec![exception] }),
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
    /// What it is about: `2 orders lost on gated`, `1 document phantom on legacy`.
    pub(in crate::report) fn subject(&self) -> String {
        let is_phantom = |exception: &&Exception| exception.kind == ExceptionKind::Phantom;
        let what = if self.orders.iter().any(is_phantom) { "document" } else { "order" };
        let plural = if self.orders.len() == 1 { "" } else { "s" };
        match self.lane {
            Witness::Census => format!("{} {what}{plural} {}, by the census", self.orders.len(), self.fate),
            lane => format!("{} {what}{plural} {} on {lane}", self.orders.len(), self.fate),
        }
    }
}
