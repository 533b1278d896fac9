//! What the judgement rests on: both lanes as they were read, imported files, gaps, the run.

use super::counted;
use crate::judge::{Assessment, ExtractSummary, LaneSummary};
use crate::report::layout::{instant, span};

/// Which run this is. The label is as the operator wrote it, not yet made harmless.
pub(in crate::report) fn run(assessment: &Assessment) -> String {
    let run = &assessment.run;
    let label = run.label.as_ref().map(|label| format!(" \"{label}\"")).unwrap_or_default();
    let kind = run.live_run.map_or_else(|| "a rehearsal".to_owned(), |number| format!("live run {number}"));
    format!("{}{label}, {kind}", run.number)
}

/// What a reader must know of a lane, in one line.
pub(in crate::report) fn lane(lane: &LaneSummary) -> String {
    let mut words = vec![format!("{}, {}, {} ledger", lane.role, lane.flow, lane.ledger)];
    words.push(match (lane.readings_complete, lane.readings_broken) {
        (0, 0) if lane.watermark.is_some() => "told, not polled".to_owned(),
        (0, 0) => "never read back".to_owned(),
        (complete, 0) => format!("{complete} complete readings"),
        (complete, broken) => format!("{complete} complete and {broken} broken readings"),
    });
    words.extend(lane.watermark.map(|at| format!("seen up to {} UTC", instant(at))));
    words.extend((lane.watermarks > 0).then(|| counted(lane.watermarks, "watermark")));
    words.extend(lookups(lane));
    words.extend(lane.clock_offset_us.map(|us| format!("its clock {}", ahead(us))));
    words.extend(lane.clock_skew_max_us.map(declared));
    let sources: Vec<String> = lane.sources.iter().map(|(source, outcomes)| format!("{source} {outcomes}")).collect();
    words.extend((!sources.is_empty()).then(|| format!("outcomes by {}", sources.join(", "))));
    words.join("; ")
}

fn lookups(lane: &LaneSummary) -> Option<String> {
    let failed = if lane.lookups_failed > 0 { format!(", {} failed", lane.lookups_failed) } else { String::new() };
    (lane.lookups > 0).then(|| format!("{}{failed}", counted(lane.lookups, "look-up")))
}

/// A file that was imported, in one line.
pub(in crate::report) fn extract(extract: &ExtractSummary) -> String {
    let mut words = vec![format!("{} from {}: {}", extract.lane, extract.file_name, counted(extract.rows, "row"))];
    words.extend((extract.recorded < extract.rows).then(|| format!("{} new", extract.recorded)));
    words.extend(extract.complete_through.map(|at| format!("complete through {} UTC", instant(at))));
    words.extend(extract.error.as_ref().map(|error| format!("not whole: {error}")));
    words.join(", ")
}

/// What is known of the clock of a lane's ledger; nothing where nothing is.
pub(in crate::report) fn clock(lane: &LaneSummary) -> Option<String> {
    lane.clock_offset_us.map(|us| format!("its clock {}", ahead(us))).or_else(|| lane.clock_skew_max_us.map(declared))
}

fn declared(skew_max_us: u64) -> String {
    let most = jiff::SignedDuration::from_micros(i64::try_from(skew_max_us).unwrap_or(i64::MAX));
    format!("its clock declared to be within {} of ours", span(most))
}

fn ahead(offset_us: i64) -> String {
    let amount = span(jiff::SignedDuration::from_micros(offset_us).abs());
    match offset_us {
        -1_000..=1_000 => "as ours".to_owned(),
        1_001.. => format!("{amount} ahead"),
        _ => format!("{amount} behind"),
    }
}

/// Gaps, said even when there are none.
pub(in crate::report) fn gaps(assessment: &Assessment) -> String {
    match (assessment.run.gaps, assessment.run.gaps_unexplained) {
        (0, _) => "none".to_owned(),
        (gaps, 0) => format!("{gaps}, all explained"),
        (gaps, open) => format!("{gaps}, {open} not explained"),
    }
}
