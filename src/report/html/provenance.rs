//! What the judgement rests on, and how anybody with the journal does it again.

use maud::{Markup, html};

use super::parts::{key, number, reference, scrolled, section as titled};
use super::{cut, shown, words};
use crate::judge::{Assessment, GapSummary, LaneSummary};
use crate::outcome::Lane;
use crate::report::layout::instant;
use crate::report::{MASKED, SCHEMA_VERSION};

/// Gaps that are listed.
const GAPS_SHOWN: usize = 20;

/// Imported files that are listed, the first of them.
const EXTRACTS_SHOWN: usize = 30;

/// The option that shows what is masked.
const UNMASKED: &str = "--unmasked";

/// Characters of what is told of one of them: its name, its rows, and what was wrong.
const EXTRACT_CHARS_MAX: usize = 600;

/// The evidence.
pub(super) fn section(assessment: &Assessment) -> Markup {
    let run = &assessment.run;
    titled(
        "provenance",
        "What this rests on",
        &html! {
            dl.pairs {
                (pair("run", &words::run(assessment)))
                (pair("judged", &words::window(assessment)))
                (pair("as of", &words::as_of(assessment)))
                (pair("gaps", &words::gaps(assessment)))
                @if !run.acts.is_empty() {
                    div { dt { "shadow" } dd { @for act in words::acts(assessment) { p { (shown(&act)) } } } }
                }
                (masked(assessment))
                @if !run.changes.is_empty() {
                    div {
                        dt { "changed since the run before" }
                        dd { @for change in words::changes(assessment) { p { (shown(&change)) } } }
                    }
                }
                div { dt { "judged by" } dd { code { (shown(&run.policy_digest)) } " SHA-256 over the configuration that is judged by: routes, lanes, rules and the thresholds above, fixed when the run began" } }
                div { dt { "journal head" } dd { code { (shown(&run.journal_head)) } " the last seal: SHA-256 over everything before it" } }
                (pair("written by", &format!("paritee {}, report schema {SCHEMA_VERSION}", env!("CARGO_PKG_VERSION"))))
            }
            (lanes(assessment))
            (gaps(assessment))
            (extracts(assessment))
            h3 { "Do it again" }
            (again(assessment))
        },
    )
}

fn pair(what: &str, value: &str) -> Markup {
    html! { div { dt { (what) } dd { (shown(value)) } } }
}

/// Whether anything may be masked; the option stays in one line.
fn masked(assessment: &Assessment) -> Markup {
    let (before, after) = MASKED.split_once(UNMASKED).unwrap_or((MASKED, ""));
    html! {
        @if assessment.masked { div { dt { "masked" } dd { (before) span.whole { (UNMASKED) } (after) } } }
    }
}

/// How each ledger was read.
fn lanes(assessment: &Assessment) -> Markup {
    html! {
        h3 { "Both paths, and how their ledgers were read" }
        (scrolled("Evidence by lane", &html! {
            table {
                thead { tr { th scope="col" { "Evidence" } @for lane in Lane::ALL { th scope="col" { (lane) } } } }
                tbody {
                    @for (what, of) in ROWS {
                        tr {
                            th scope="row" { (what) }
                            @for lane in Lane::ALL { td { (shown(&of(assessment.run.lanes.get(*lane)))) } }
                        }
                    }
                }
            }
        }))
    }
}

type Told = fn(&LaneSummary) -> String;

const ROWS: [(&str, Told); 8] = [
    ("role and flow", |lane| format!("{}, {}", lane.role, lane.flow)),
    ("ledger", |lane| lane.ledger.to_string()),
    ("readings", |lane| {
        format!("{} complete, {} broken", number(lane.readings_complete), number(lane.readings_broken))
    }),
    ("seen up to (UTC)", |lane| lane.watermark.map_or_else(|| "not known".to_owned(), instant)),
    ("watermarks told", |lane| number(lane.watermarks)),
    ("look-ups", |lane| format!("{}, {} failed", number(lane.lookups), number(lane.lookups_failed))),
    ("clock", |lane| words::clock(lane).unwrap_or_else(|| "not known".to_owned())),
    ("outcomes by source", |lane| {
        let sources: Vec<String> = lane.sources.iter().map(|(source, count)| format!("{source} {count}")).collect();
        if sources.is_empty() { "none".to_owned() } else { sources.join(", ") }
    }),
];

/// Periods and requests for which evidence is missing, those that nothing explains first.
fn gaps(assessment: &Assessment) -> Markup {
    let run = &assessment.run;
    let listed = run.gap_list.iter().take(GAPS_SHOWN);
    let more = run.gaps.saturating_sub(listed.len() as u64);
    html! {
        h3 { "Gaps" }
        @if run.gaps == 0 { p { "None: evidence is missing for no period and no request." } }
        @if listed.len() > 0 {
            (scrolled("Gaps", &html! {
                table {
                    thead { tr { @for name in ["Reason", "From (UTC)", "To (UTC)", "Concerns", "Explained"] { th scope="col" { (name) } } } }
                    tbody {
                        @for gap in listed {
                            tr.(if gap.explained { "plain" } else { "unknown" }) {
                                th scope="row" { (gap.reason) }
                                td.time { (instant(gap.began_at)) }
                                td.time { (instant(gap.ended_at)) }
                                td { (concerned(gap)) }
                                td { (if gap.explained { "yes" } else { "no" }) }
                            }
                        }
                    }
                }
            }))
        }
        @if more > 0 { p.note { (words::counted(more, "more gap")) " counted, not listed." } }
    }
}

/// What a gap hides something of.
fn concerned(gap: &GapSummary) -> Markup {
    html! {
        @if let Some(order) = &gap.order_key { "order " (key(order.as_str())) }
        @else if let Some(requests) = gap.requests { (words::counted(requests, "request")) }
        @else { "not known" }
        @if let Some(lane) = gap.lane { ", " (lane) }
    }
}

/// Files that were imported; nothing where there are none.
fn extracts(assessment: &Assessment) -> Markup {
    let extracts = &assessment.run.extracts;
    let more = extracts.len().saturating_sub(EXTRACTS_SHOWN) as u64;
    html! {
        h3 { "Imported files" }
        @if extracts.is_empty() { p { "None." } }
        ul {
            @for extract in extracts.iter().take(EXTRACTS_SHOWN) {
                li { (cut(&words::extract(extract), EXTRACT_CHARS_MAX)) ", SHA-256 " (reference(&extract.file_digest)) }
            }
        }
        @if more > 0 { p.note { (words::counted(more, "more file")) ": see the JSON." } }
    }
}

/// The commands that check the evidence and judge it again.
fn again(assessment: &Assessment) -> Markup {
    let run = &assessment.run;
    html! {
        ol {
            li {
                "The evidence is as it was written: "
                pre { code { "paritee verify JOURNAL" } }
                "It recomputes every seal and digest, and prints the journal head: " code { (shown(&run.journal_head)) } ", or a later one where the journal has grown since."
            }
            li {
                "The same evidence, window and thresholds give this decision: "
                pre { code { "paritee report JOURNAL --run " (run.number) " --until " (run.until) " --format html" @if !assessment.masked { " " (UNMASKED) } } }
                "On a journal with this head, paritee " (env!("CARGO_PKG_VERSION")) " writes this page byte for byte. Where the journal has grown, this looks at what it held then, and names what differs: "
                pre { code { "paritee verify JOURNAL --report THIS_PAGE.html" } }
            }
            li {
                "Every single order has its story: "
                pre { code { "paritee order JOURNAL KEY" } }
            }
        }
    }
}
