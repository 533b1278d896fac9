//! Orders that need somebody, by owner: what to do, with their keys, documents and times.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::parts::{key, number, reference, scrolled, section as titled};
use super::{shown, words};
use crate::judge::{Assessment, Exception, Owner};
use crate::report::layout::instant;
use crate::report::words::Task;

/// Orders that are listed, the worst; the JSON has all that the assessment keeps.
const ORDERS_SHOWN: usize = 200;

/// Tasks that are listed. The judge knows some twenty; each has the lane, the fate and the next action of its own.
const TASKS_SHOWN: usize = 60;

/// Documents of one order that are named.
const REFERENCES_SHOWN: usize = 5;

/// The exceptions.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let all = assessment.exceptions_count;
    if all == 0 {
        return titled("exceptions", "Exceptions: none", &html! { p { "No order needs anybody." } });
    }
    let listed = assessment.exceptions.get(..ORDERS_SHOWN).unwrap_or(&assessment.exceptions);
    let tasks = words::tasks(assessment);
    let (tasks, more) = tasks.split_at(tasks.len().min(TASKS_SHOWN));
    let more = more.len() as u64;
    let beyond = all.saturating_sub(listed.len() as u64);
    titled(
        "exceptions",
        &format!("Exceptions: {}", number(all)),
        &html! {
            p.lead {
                "By owner, the worst first. " code { "paritee order JOURNAL KEY" }
                " shows one order: every attempt, both documents side by side."
            }
            @if beyond > 0 {
                p.note { "The worst " (listed.len()) " are listed; " (number(beyond)) " more are counted." }
            }
            @for owner in owners(tasks) {
                h3 #(id(owner)) { "For " (owner) }
                @for task in tasks.iter().filter(|task| task.owner == owner) { (task_of(task, listed)) }
            }
            @if more > 0 { p.note { (words::counted(more, "more kind")) " of exceptions: see the JSON." } }
        },
    )
}

/// The owners in the order of their worst task.
fn owners(tasks: &[Task<'_>]) -> Vec<Owner> {
    let mut seen = BTreeSet::new();
    tasks.iter().map(|task| task.owner).filter(|owner| seen.insert(*owner)).collect()
}

/// The place of an owner's exceptions in the page.
pub(super) const fn id(owner: Owner) -> &'static str {
    match owner {
        Owner::Ecommerce => "for-ecommerce",
        Owner::ErpIt => "for-erp-it",
        Owner::Operations => "for-operations",
    }
}

/// How many exceptions an owner has, and whether there may be more, as the assessment keeps only so many.
pub(super) fn count_of(assessment: &Assessment, owner: Owner) -> (u64, bool) {
    let own = assessment.exceptions.iter().filter(|exception| exception.owner == owner).count();
    (own as u64, assessment.exceptions_count > assessment.exceptions.len() as u64)
}

/// One task: who does what, and the orders of it that are among those `listed`.
fn task_of(task: &Task<'_>, listed: &[Exception]) -> Markup {
    let worst = listed.as_ptr_range();
    let shown_of: Vec<&Exception> =
        task.orders.iter().copied().filter(|order| worst.contains(&std::ptr::from_ref(*order))).collect();
    let more = task.orders.len().saturating_sub(shown_of.len()) as u64;
    let subject = task.subject();
    let table = html! {
        table {
            thead { tr { @for name in ["Order", "Since (UTC)", "Documents"] { th scope="col" { (name) } } } }
            tbody { @for order in &shown_of { (row(order)) } }
        }
    };
    html! {
        div.task {
            h4 { (subject) }
            p.action { (shown(task.next_action)) }
            @if !shown_of.is_empty() { (scrolled(&subject, &table)) }
            @if more > 0 {
                p.note { @if task.is_cut { "At least " } (words::counted(more, "more order")) " of it, counted and not listed." }
            }
        }
    }
}

fn row(exception: &Exception) -> Markup {
    let more = exception.references.len().saturating_sub(REFERENCES_SHOWN);
    html! {
        tr {
            th scope="row" { (key(exception.order_key.as_str())) }
            td.time { @if let Some(at) = exception.at { (instant(at)) } @else { span.muted { "not known" } } }
            td {
                @if exception.references.is_empty() { span.muted { "none" } }
                @for (at, number) in exception.references.iter().take(REFERENCES_SHOWN).enumerate() {
                    @if at > 0 { ", " }
                    (reference(number))
                }
                @if more > 0 { " and " (more) " more" }
            }
        }
    }
}
