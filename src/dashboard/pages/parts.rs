//! What several pages are made of.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

pub(super) use crate::report::instant;
use crate::report::page as part;

use crate::audit::live::Now;
use crate::clock;
use crate::dashboard::query::escaped;
use crate::order::OrderKey;

/// What ages and deadlines are reckoned from: this machine's clock, or where the journal's last seal is more than a day from that, the
/// seal, as in a world of its own time or a run that is over.
pub(super) fn reckoned_at(now: Option<&Now>) -> Timestamp {
    let clock = clock::now();
    let as_of = now.map_or(clock, |now| now.assessment.run.as_of);
    if clock.duration_since(as_of).abs() > SignedDuration::from_hours(24) { as_of } else { clock }
}

/// An order by its key, with the way to all about it.
pub(super) fn order_link(key: &OrderKey) -> Markup {
    html! { a href={ "/orders/" (escaped(key.as_str())) } { (part::key(key.as_str())) } }
}

/// A deadline, which the script counts down to.
pub(super) fn countdown(due_at: Timestamp, now: Timestamp) -> Markup {
    let over = now > due_at;
    let words = if over {
        format!("overdue by {}", part::since(due_at, now))
    } else {
        format!("{} left", part::since(now, due_at))
    };
    html! {
        // In a world of its own time there is nothing to count.
        @let counts = clock::now().duration_since(now).abs() < SignedDuration::from_mins(1);
        time.due.bad[over] datetime=(due_at) data-due=[counts.then(|| due_at.as_millisecond())] { (words) }
    }
}

/// The way from page to page of a list.
pub(super) fn pager(count: usize, (page, rows): (usize, usize), link: impl Fn(usize) -> String) -> Markup {
    let last = count.div_ceil(rows.max(1)).max(1);
    html! {
        @if last > 1 {
            nav.pager aria-label="Pages of the list" {
                @if page > 1 { a rel="prev" href=(link(page - 1)) { "← before" } }
                span { "page " (page) " of " (last) }
                @if page < last { a rel="next" href=(link(page + 1)) { "next →" } }
            }
        }
    }
}

/// How many a list has.
pub(super) fn count_of(count: usize, noun: &str) -> String {
    let more = if count >= 100_000 { "more than " } else { "" };
    let plural = if count == 1 { "" } else { "s" };
    format!("{more}{} {noun}{plural}", part::number(count as u64))
}

/// A choice of a filter. The first one stands for all.
pub(super) fn choice(name: &str, label: &str, chosen: &str, options: &[(String, String)]) -> Markup {
    html! {
        label { span { (label) }
            select name=(name) {
                option value="" selected[chosen.is_empty()] { "any" }
                @for (value, words) in options { option value=(value) selected[chosen == value] { (words) } }
            }
        }
    }
}
