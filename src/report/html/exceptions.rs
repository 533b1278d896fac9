//! Orders that need somebody, by owner: what to do, with their age, their money, their documents.

use maud::{Markup, html};

use super::parts::{key, number, prose, reference, scrolled, section as titled};
use super::{cut, shown, words};
use crate::judge::{Assessment, Exception, Owner};
use crate::report::layout::instant;
use crate::report::words::{Duty, Task};

/// Orders that are listed, the worst; the JSON has all that the assessment keeps.
const ORDERS_SHOWN: usize = 100;

/// Orders of each task that are listed though others are worse: a task of which none is named can't be begun.
const OF_EACH_TASK: usize = 5;

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
                p.note { "The worst " (listed.len()) " are listed, and the first " (OF_EACH_TASK) " of every task; the others are counted. " code { "--format json" } " names up to a thousand." }
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
    const NAMES: [&str; 4] = ["Owner", "Exceptions", "Money at risk", "Oldest"];
    let rows = html! {
        @for own in duties.iter().map(|duty| duty.of) {
            tr role="row" {
                th scope="row" role="rowheader" { a href={ "#" (id(own.owner)) } { (own.owner) } }
                (cell("Exceptions", &html! { (number(own.at_risk.exceptions)) }))
                (cell("Money at risk", &html! { (shown(&words::amounts(&own.at_risk))) }))
                (cell("Oldest", &age(own.at_risk.age_us)))
            }
        }
    };
    html! {
        (listing("Exceptions by owner", &NAMES, &rows))
        p.note { "Money at risk is what orders were captured for, each counted once for an owner. Ages end at the journal's last seal." }
    }
}

/// A table whose rows stand below each other on a narrow page, each cell with its name; the roles keep it a table for who
/// can't see it.
fn listing(label: &str, names: &[&str], rows: &Markup) -> Markup {
    scrolled(
        label,
        &html! {
            table.orders role="table" {
                thead role="rowgroup" { tr role="row" { @for name in names { th scope="col" role="columnheader" { (name) } } } }
                tbody role="rowgroup" { (rows) }
            }
        },
    )
}

fn cell(name: &str, content: &Markup) -> Markup {
    html! { td role="cell" data-name=(name) { div { (content) } } }
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

/// One task: what is to be done, and its first orders and those that are among those `listed`.
fn task_of(task: &Task<'_>, listed: &[Exception]) -> Markup {
    let worst = listed.as_ptr_range();
    let is_listed =
        |place: usize, order: &Exception| place < OF_EACH_TASK || worst.contains(&std::ptr::from_ref(order));
    let kept = task.orders.iter().copied().enumerate().filter(|(place, order)| is_listed(*place, order));
    let shown_of: Vec<&Exception> = kept.map(|(_, order)| order).collect();
    let more = task.beyond(shown_of.len());
    let subject = task.subject();
    let has_reasons = shown_of.iter().any(|order| order.reason.is_some());
    let names = NAMES.get(..if has_reasons { NAMES.len() } else { NAMES.len() - 1 }).unwrap_or(&NAMES);
    let rows = html! { @for order in &shown_of { (row(order, has_reasons)) } };
    html! {
        div.task {
            h4 { (subject) }
            p.action { (prose(&cut(&task.of.next_action, ACTION_CHARS_MAX))) }
            p.sum { (shown(&words::at_risk(&task.of.at_risk))) @if let Some(oldest) = words::oldest(&task.of.at_risk) { ", " (oldest) } "." }
            @if !shown_of.is_empty() { (listing(&subject, names, &rows)) }
            @if more > 0 { p.note { (words::counted(more, "more order")) " of it, counted and not listed." } }
        }
    }
}

/// What is told of an order; the last where any order has it.
const NAMES: [&str; 6] = ["Order", "Money at risk", "Age", "Since (UTC)", "Documents", "Its reason"];

fn row(exception: &Exception, has_reasons: bool) -> Markup {
    let [_, money, for_how_long, since, documents, reason] = NAMES;
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { (key(exception.order_key.as_str())) }
            (cell(money, &known(exception.money_at_risk.as_ref().map(words::sum))))
            (cell(for_how_long, &age(exception.age_us)))
            (cell(since, &known(exception.at.map(instant))))
            (cell(documents, &references(exception)))
            @if has_reasons {
                (cell(reason, &html! { bdi { (cut(exception.reason.as_deref().unwrap_or_default(), REASON_CHARS_MAX)) } }))
            }
        }
    }
}

fn references(exception: &Exception) -> Markup {
    let more = exception.references.len().saturating_sub(REFERENCES_SHOWN);
    html! {
        @if exception.references.is_empty() { span.muted { "none" } }
        @for (at, number) in exception.references.iter().take(REFERENCES_SHOWN).enumerate() {
            @if at > 0 { ", " }
            (reference(number))
        }
        @if more > 0 { " and " (more) " more" }
    }
}

/// How long it is so.
fn age(us: Option<u64>) -> Markup {
    known(us.map(words::age))
}

/// A value that no line break takes apart, where it is known.
fn known(value: Option<String>) -> Markup {
    html! { @if let Some(value) = value { span.whole { (shown(&value)) } } @else { span.muted { "not known" } } }
}
