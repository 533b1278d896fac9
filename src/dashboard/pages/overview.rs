//! The overview: the decision so far, what is on its way, who has something to do, the gates. To be read from across a room.

use jiff::Timestamp;
use maud::{Markup, html};

use super::parts::{instant, reckoned_at};
use crate::audit::live::{Index, IndexError, Now};
use crate::dashboard::Gauges;
use crate::dashboard::query::owner_name;
use crate::judge::{Assessment, Fate, LaneSummary};
use crate::outcome::Lane;
use crate::report::page as part;

/// Minutes of the charts.
const MINUTES: usize = 60;

/// The width and height of a chart, and of one minute in it.
const CHART_HEIGHT: u64 = 40;
const MINUTE_WIDTH: usize = 4;

/// Orders by the minute, the last one being the minute that has begun.
pub(super) struct Charts {
    received: Vec<u64>,
    /// Of these, the orders that need somebody.
    exceptions: Vec<u64>,
    awaited: [u64; 2],
    overdue: [u64; 2],
}

/// What is asked of the lists for the charts.
pub(super) fn asked(now: &Now) -> impl FnOnce(&Index) -> Result<Charts, IndexError> + Send + 'static {
    let as_of = now.assessment.run.as_of;
    move |index| {
        let received = index.received_by_minute(as_of, MINUTES)?;
        let exceptions = index.exceptions_by_minute(as_of, MINUTES)?;
        let mut awaited = [0; 2];
        let mut overdue = [0; 2];
        for ((awaited, overdue), lane) in awaited.iter_mut().zip(&mut overdue).zip(Lane::ALL) {
            (*awaited, *overdue) = index.awaited(*lane, as_of)?;
        }
        Ok(Charts { received, exceptions, awaited, overdue })
    }
}

/// The page.
pub(super) fn content(now: Option<&Now>, gauges: Option<&Gauges>, charts: Option<&Charts>) -> Markup {
    let Some(now) = now else {
        return html! {
            main #content data-live {
                h1.plain { "Nothing was judged yet" }
                p { "The journal is being read and its chain verified. With many orders that takes some seconds; this page shows the result by itself." }
            }
        };
    };
    let assessment = &*now.assessment;
    let headline = part::headline(assessment);
    html! {
        main #content {
            div #verdict data-live {
                section.decision.(headline.tone) aria-label="Decision so far" {
                    p.about { "Decision so far, run " (assessment.run.number) @if let Some(label) = &assessment.run.label { ": " (part::shown(label)) } }
                    h1 { (headline.decision) }
                    p.why { (part::prose(&headline.why)) }
                    @if let Some(armed) = &headline.armed { p.why { strong { "ARMED" } " " (part::shown(armed)) } }
                    @if let Some(distance) = &headline.distance { p.distance { "Distance to GO: " (part::shown(distance)) } }
                }
            }
            div #figures data-live { (figures(assessment, gauges, charts)) }
            div #owners data-live {
                (part::section("todo", "Who has something to do", &part::owner_counts(assessment, |owner| {
                    format!("/exceptions?owner={}&show=open", owner_name(owner))
                })))
            }
            div #gates-live data-live { (part::gates(assessment)) }
            div #fates-live data-live { (part::fates(assessment)) }
            div #evidence data-live { (evidence(assessment, reckoned_at(Some(now)))) }
            @if let Some(gauges) = gauges { (controls(gauges)) }
        }
    }
}

/// The figures that move.
fn figures(assessment: &Assessment, gauges: Option<&Gauges>, charts: Option<&Charts>) -> Markup {
    let fate = |lane: Lane, fates: &[Fate]| -> u64 {
        let of = assessment.fates.get(lane);
        fates.iter().filter_map(|fate| of.get(fate)).sum()
    };
    let good = [Fate::Committed, Fate::CommittedLate, Fate::Recovered];
    html! {
        section aria-label="Figures" {
            ul.figures {
                (figure("Orders", assessment.totals.orders_captured, "captured in this run", None))
                @for lane in Lane::ALL {
                    (figure(&format!("On {lane}"), fate(*lane, &good), "in its ledger", None))
                }
                @if let Some(charts) = charts {
                    @for (place, lane) in Lane::ALL.iter().enumerate() {
                        @let (awaited, overdue) = (charts.awaited.get(place).copied().unwrap_or(0), charts.overdue.get(place).copied().unwrap_or(0));
                        @let words = if overdue == 0 { "promised, commit awaited".to_owned() } else { format!("promised, commit awaited; {} overdue", part::number(overdue)) };
                        (figure(&format!("Awaited on {lane}"), awaited, &words, (overdue > 0).then_some("bad")))
                    }
                }
                (figure("Exceptions", assessment.exceptions_count, "need somebody", (assessment.exceptions_count > 0).then_some("bad")))
                @if let Some(gauges) = gauges {
                    (figure("Shadow", gauges.held as u64, &shadow(gauges), gauges.paused.then_some("bad")))
                }
                (figure("Gaps", assessment.run.gaps, &format!("{} unexplained", part::number(assessment.run.gaps_unexplained)), (assessment.run.gaps_unexplained > 0).then_some("unknown")))
            }
            @if let Some(charts) = charts {
                div.hours {
                    (by_minute("Orders received over the last hour", "plain", &charts.received))
                    (by_minute("Of these, orders that need somebody", "bad", &charts.exceptions))
                }
            }
        }
    }
}

fn figure(name: &str, count: u64, words: &str, tone: Option<&str>) -> Markup {
    html! {
        li.(tone.unwrap_or("plain")) { span.name { (name) } strong.figure { (part::number(count)) } span.muted { (words) } }
    }
}

fn shadow(gauges: &Gauges) -> String {
    let sending = format!("copies in hand, {} on their way", part::number(gauges.sending as u64));
    match (gauges.paused, gauges.lagging) {
        (true, _) => format!("{sending}; PAUSED"),
        (false, true) => format!("{sending}; more wait in the journal"),
        (false, false) => sending,
    }
}

/// Orders by the minute over the last hour.
fn by_minute(what: &str, tone: &str, received: &[u64]) -> Markup {
    let most = received.iter().copied().max().unwrap_or(0);
    let all: u64 = received.iter().sum();
    let words = format!("{what}: {}, {} in the busiest minute.", part::number(all), part::number(most));
    html! {
        figure.hour.(tone) {
            figcaption { (words) }
            svg viewBox=(format!("0 0 {} {CHART_HEIGHT}", MINUTES * MINUTE_WIDTH)) role="img" aria-label=(words) preserveAspectRatio="none" {
                @for (minute, count) in received.iter().enumerate() {
                    @let height = if most == 0 { 0 } else { (count * CHART_HEIGHT).div_ceil(most) };
                    @if height > 0 {
                        rect x=(minute * MINUTE_WIDTH) y=(CHART_HEIGHT - height) width=(MINUTE_WIDTH - 1) height=(height) {}
                    }
                }
            }
            p.note { span { "an hour ago" } span { "now" } }
        }
    }
}

/// What the evidence of both lanes is, and how old.
fn evidence(assessment: &Assessment, at: Timestamp) -> Markup {
    part::section(
        "evidence-title-of",
        "Evidence",
        &html! {
            (part::scrolled("What is known of both ledgers", &html! {
                table.counts {
                    thead { tr { th scope="col" { "Lane" } th scope="col" { "Everything seen up to (UTC)" } th.number scope="col" { "Age" } th.number scope="col" { "Readings" } th.number scope="col" { "Broken" } th.number scope="col" { "Look-ups" } } }
                    tbody { @for lane in Lane::ALL { (ledger(*lane, assessment.run.lanes.get(*lane), at)) } }
                }
            }))
            @if !assessment.run.gap_list.is_empty() {
                h3 { "Gaps" }
                (part::scrolled("Gaps in the evidence", &html! {
                    table.counts {
                        thead { tr { th scope="col" { "Why" } th scope="col" { "From (UTC)" } th scope="col" { "To (UTC)" } th.number scope="col" { "Requests" } th scope="col" { "Explained" } } }
                        tbody {
                            @for gap in assessment.run.gap_list.iter().take(20) {
                                tr {
                                    th scope="row" { (gap.reason) }
                                    td.time { (instant(gap.began_at)) }
                                    td.time { (instant(gap.ended_at)) }
                                    td.number { @if let Some(requests) = gap.requests { (part::number(requests)) } @else { span.muted { "not known" } } }
                                    td { @if gap.explained { "yes" } @else { strong { "no" } } }
                                }
                            }
                        }
                    }
                }))
            }
        },
    )
}

fn ledger(lane: Lane, of: &LaneSummary, at: Timestamp) -> Markup {
    html! {
        tr {
            th scope="row" { (lane) " " span.muted { "(" (of.ledger) ")" } }
            @if let Some(watermark) = of.watermark {
                td.time { (instant(watermark)) }
                td.number { (part::since(watermark, at)) }
            } @else {
                td { span.muted { "never read to its end" } }
                td.number { span.muted { "–" } }
            }
            td.number { (part::number(of.readings_complete)) }
            td.number { (part::number(of.readings_broken)) }
            td.number { (part::number(of.lookups)) }
        }
    }
}

/// Pausing and resuming the shadow, with who and why.
fn controls(gauges: &Gauges) -> Markup {
    let (action, verb, lead) = if gauges.paused {
        (
            "/v1/shadow/resume",
            "Resume the shadow",
            "The shadow is paused: nothing is sent to it, and orders wait in the journal.",
        )
    } else {
        (
            "/v1/shadow/pause",
            "Pause the shadow",
            "The shadow gets a copy of every order. A pause takes effect within the copies that are on their way, and is on record.",
        )
    };
    html! {
        section aria-labelledby="controls-title" {
            h2 #controls-title { "Shadow" }
            div #controls data-live {
                p.lead { (lead) }
                form.act data-post=(action) data-confirm=(verb) {
                    label { span { "Who" } input name="by" required maxlength="100" autocomplete="name"; }
                    label { span { "Why" } input name="why" required maxlength="500" autocomplete="off"; }
                    button type="submit" { (verb) }
                    p.said role="status" {}
                }
            }
        }
    }
}
