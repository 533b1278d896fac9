//! Orders that need somebody, by owner: what to do, with their age, their money, their documents.

use maud::{Markup, html};

use super::parts::{key, number, reference, scrolled, section as titled};
use super::{cut, shown, words};
use crate::judge::{Assessment, Exception, Owner};
use crate::report::layout::instant;
use crate::report::words::{Duty, Task};

/// Orders that are listed, the worst; the JSON has all that the assessment keeps.
const ORDERS_SHOWN: usize = 150;

/// Tasks that are listed. The judge knows some twenty; each has the lane, the fate and the next action of its own.
const TASKS_SHOWN: usize = 40;

/// Documents of one order that are named.
const REFERENCES_SHOWN: usize = 3;

/// Characters of a lane's own reason that are shown: error codes have some dozens.
const REASON_CHARS_MAX: usize = 60;

/// Characters of what to do that are shown. The judge's own words and those of a configuration have no more.
const ACTION_CHARS_MAX: usize = 300;

/// The exceptions.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let all = assessment.exceptions_count;
    if all == 0 {
        return titled("exceptions", "Exceptions: none", &html! { p { "No order needs anybody." } });
    }
    let listed = assessment.exceptions.get(..ORDERS_SHOWN).unwrap_or(&assessment.exceptions);
    let duties = words::duties(assessment);
    let tasks = duties.iter().map(|duty| duty.tasks.len()).sum::<usize>();
    let more = tasks.saturating_sub(TASKS_SHOWN) as u64;
    let beyond = all.saturating_sub(listed.len() as u64);
    titled(
        "exceptions",
        &format!("Exceptions: {}", number(all)),
        &html! {
            p.lead {
                "By owner, the worst first: what forbids the cutover, then the most money. " code { "paritee order JOURNAL KEY" }
                " shows one order: every attempt, both documents side by side."
            }
            (owners(&duties))
            @if beyond > 0 {
                p.note { "The worst " (listed.len()) " are listed; " (number(beyond)) " more are counted." }
            }
            @for (duty, tasks) in within(&duties, TASKS_SHOWN) {
                h3 #(id(duty.of.owner)) { "For " (duty.of.owner) }
                @for task in tasks { (task_of(task, listed)) }
            }
            @if more > 0 { p.note { (words::counted(more, "more kind")) " of exceptions: see the JSON." } }
        },
    )
}

/// Every owner with the first of their tasks, no more than `room` in all.
fn within<'d, 'a>(duties: &'d [Duty<'a>], mut room: usize) -> Vec<(&'d Duty<'a>, &'d [Task<'a>])> {
    let mut listed = Vec::with_capacity(duties.len());
    for duty in duties {
        let (own, _) = duty.tasks.split_at(room.min(duty.tasks.len()));
        room -= own.len();
        listed.push((duty, own));
    }
    listed
}

/// How much each owner has to do.
fn owners(duties: &[Duty<'_>]) -> Markup {
    let table = html! {
        table.counts {
            thead {
                tr {
                    th scope="col" { "Owner" }
                    th.number scope="col" { "Exceptions" }
                    th scope="col" { "Money at risk" }
                    th scope="col" { "Oldest" }
                }
            }
            tbody {
                @for own in duties.iter().map(|duty| duty.of) {
                    tr {
                        th scope="row" { a href={ "#" (id(own.owner)) } { (own.owner) } }
                        td.number { (number(own.at_risk.exceptions)) }
                        td { (shown(&words::amounts(&own.at_risk))) }
                        td.time { (age(own.at_risk.age_us)) }
                    }
                }
            }
        }
    };
    html! {
        (scrolled("Exceptions by owner", &table))
        p.note { "Money at risk is what orders were captured for, each counted once for an owner. Ages end at the journal's last seal." }
    }
}

/// The place of an owner's exceptions in the page.
pub(super) const fn id(owner: Owner) -> &'static str {
    match owner {
        Owner::Ecommerce => "for-ecommerce",
        Owner::ErpIt => "for-erp-it",
        Owner::Operations => "for-operations",
        Owner::Marketplace => "for-marketplace",
    }
}

/// How many exceptions an owner has.
pub(super) fn count_of(assessment: &Assessment, owner: Owner) -> u64 {
    assessment.owners.iter().find(|own| own.owner == owner).map_or(0, |own| own.at_risk.exceptions)
}

/// One task: what is to be done, and the orders of it that are among those `listed`.
fn task_of(task: &Task<'_>, listed: &[Exception]) -> Markup {
    let worst = listed.as_ptr_range();
    let shown_of: Vec<&Exception> =
        task.orders.iter().copied().filter(|order| worst.contains(&std::ptr::from_ref(*order))).collect();
    let more = task.beyond(shown_of.len());
    let subject = task.subject();
    let has_reasons = shown_of.iter().any(|order| order.reason.is_some());
    let table = html! {
        table {
            thead {
                tr {
                    @for name in ["Order", "Money at risk", "Age", "Since (UTC)", "Documents"] { th scope="col" { (name) } }
                    @if has_reasons { th scope="col" { "Its reason" } }
                }
            }
            tbody { @for order in &shown_of { (row(order, has_reasons)) } }
        }
    };
    html! {
        div.task {
            h4 { (subject) }
            p.action { (cut(&task.of.next_action, ACTION_CHARS_MAX)) }
            p.sum { (shown(&words::at_risk(&task.of.at_risk))) @if let Some(oldest) = words::oldest(&task.of.at_risk) { ", " (oldest) } "." }
            @if !shown_of.is_empty() { (scrolled(&subject, &table)) }
            @if more > 0 { p.note { (words::counted(more, "more order")) " of it, counted and not listed." } }
        }
    }
}

fn row(exception: &Exception, has_reasons: bool) -> Markup {
    let more = exception.references.len().saturating_sub(REFERENCES_SHOWN);
    html! {
        tr {
            th scope="row" { (key(exception.order_key.as_str())) }
            td.time {
                @if let Some(money) = &exception.money_at_risk { (shown(&words::sum(money))) } @else { span.muted { "not known" } }
            }
            td.time { (age(exception.age_us)) }
            td.time { @if let Some(at) = exception.at { (instant(at)) } @else { span.muted { "not known" } } }
            td {
                @if exception.references.is_empty() { span.muted { "none" } }
                @for (at, number) in exception.references.iter().take(REFERENCES_SHOWN).enumerate() {
                    @if at > 0 { ", " }
                    (reference(number))
                }
                @if more > 0 { " and " (more) " more" }
            }
            @if has_reasons { td { bdi { (cut(exception.reason.as_deref().unwrap_or_default(), REASON_CHARS_MAX)) } } }
        }
    }
}

/// How long it is so.
fn age(us: Option<u64>) -> Markup {
    html! { @if let Some(us) = us { (words::age(us)) } @else { span.muted { "not known" } } }
}
