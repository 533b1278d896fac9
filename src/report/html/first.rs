//! The first screen: the decision by word and colour, why, what it is about, and where each reader goes on.

use jiff::Timestamp;
use maud::{Markup, html};

use super::parts::class;
use super::{exceptions, shown, words};
use crate::judge::{Assessment, Owner, TieOutRow, TieOutSide};
use crate::report::layout::{Tone, instant};

/// Currencies on the first screen. A shop has a few; the goods and money below have more.
const CURRENCIES_SHOWN: usize = 4;

/// What is said in place of money that can't be counted.
const NO_MONEY: &str = "not counted: see the control totals";

/// The decision, why, and what was judged.
pub(super) fn header(assessment: &Assessment) -> Markup {
    let run = &assessment.run;
    html! {
        header.decision.(class(Tone::of(assessment.decision))) {
            p.about { "Order path cutover: legacy to gated · run " (shown(&words::run(assessment))) }
            h1 { (assessment.decision) }
            p.why { (shown(&words::why(assessment))) }
            @if let Some(armed) = words::armed(assessment) { p.why { strong { "ARMED" } " " (shown(&armed)) } }
            @if let Some(unmasked) = words::unmasked(assessment) { p.why { strong { "UNMASKED" } " " (unmasked) } }
            dl.facts {
                div { dt { "Judged (UTC)" } dd { (time(run.begin)) " to " (time(run.until)) } }
                div { dt { "As of (UTC)" } dd { (time(run.as_of)) ", the journal's last seal" } }
                (fact("Orders", &words::orders(assessment)))
                @if let Some(distance) = words::distance(assessment) { (fact("Distance to GO", &distance)) }
                (fact("Need somebody", &needing(assessment)))
                @for row in assessment.tie_out.money.iter().take(CURRENCIES_SHOWN) { (money(row)) }
                @if assessment.tie_out.money.is_empty() && assessment.totals.orders_captured > 0 { (fact("Money", NO_MONEY)) }
                @if let Some(more) = currencies_beyond(assessment) { (fact("Money", &more)) }
            }
        }
    }
}

/// The currencies that are not shown here.
fn currencies_beyond(assessment: &Assessment) -> Option<String> {
    let beyond = assessment.tie_out.money.len().saturating_sub(CURRENCIES_SHOWN);
    (beyond > 0).then(|| format!("{beyond} more currencies, below"))
}

/// A time, which no line break takes apart.
fn time(at: Timestamp) -> Markup {
    html! { span.whole { (instant(at)) } }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (shown(value)) } } }
}

/// How many orders need somebody, and how many differences nothing explains.
fn needing(assessment: &Assessment) -> String {
    let orders = words::counted(assessment.exceptions_count, "exception");
    match assessment.comparison.unexplained {
        0 => orders,
        unexplained => format!("{orders}, {}", words::counted(unexplained, "unexplained difference")),
    }
}

/// Money of one currency: captured, and in both ledgers.
fn money(row: &TieOutRow) -> Markup {
    let currency = row.name.as_deref().unwrap_or_default();
    let amount = |side: &Option<TieOutSide>| {
        side.as_ref().map_or_else(|| "not counted".to_owned(), |side| words::amount(currency, side.found))
    };
    html! {
        div {
            dt { "Money " (shown(&words::currency(currency))) }
            dd {
                span.whole { (words::amount(currency, row.captured)) " captured" } ", "
                span.whole { "legacy " (amount(&row.legacy)) } ", "
                span.whole { "gated " (amount(&row.gated)) }
            }
        }
    }
}

/// Who finds the answer to what where. Marketplaces own only what `[[owner]]` gives them.
pub(super) fn readers(assessment: &Assessment) -> Markup {
    let tasks = |owner: Owner| exceptions::count_of(assessment, owner);
    let marketplace = tasks(Owner::Marketplace);
    html! {
        nav.readers aria-label="Where to find what" {
            (reader("Operations", "#gates", "Which gate stops it, and what would change that?", tasks(Owner::Operations), Owner::Operations))
            (reader("E-commerce", "#goods", "Which orders, goods and money are at stake?", tasks(Owner::Ecommerce), Owner::Ecommerce))
            (reader("ERP/IT", "#findings", "What do the two ledgers say otherwise?", tasks(Owner::ErpIt), Owner::ErpIt))
            @if marketplace > 0 {
                (reader("Marketplace", "#exceptions", "Which orders are with the marketplaces?", marketplace, Owner::Marketplace))
            }
            div {
                strong { "Audit" }
                a href="#provenance" { "What does it rest on, and how is it done again?" }
                a href="#rules" { "What do rules hide?" }
            }
        }
    }
}

fn reader(who: &str, target: &str, question: &str, tasks: u64, owner: Owner) -> Markup {
    html! {
        div {
            strong { (who) }
            a href=(target) { (question) }
            @if tasks > 0 {
                a href={ "#" (exceptions::id(owner)) } { (words::counted(tasks, "exception")) }
            } @else {
                span.muted { "no exceptions" }
            }
        }
    }
}
