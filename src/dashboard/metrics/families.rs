//! What is told, family by family. Every series that there can be is there from the start, at zero, so that an alarm has
//! something to compare with.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::text::{Kind, Text, seconds};
use super::{Gauges, Judged, Told};
use crate::journal::Stats;
use crate::judge::{Decision, Fate};
use crate::outcome::{Lane, PerLane};

/// Reasons of exclusions come from the configuration: so many are told of by name, the rest together.
const REASONS_MAX: usize = 100;

/// What those beyond are called.
const OTHERS: &str = "(others)";

/// Requests skipped, by the names that tallies use.
const SKIPPED: &str = "skipped.";

/// Requests whose signature was not good.
const SIGNATURE: &str = "signature.";

pub(super) fn all(told: &Told<'_>) -> String {
    let mut text = Text::default();
    text.family("paritee_build_info", Kind::Gauge, "The version of paritee.");
    text.sample("paritee_build_info", &[("version", told.version)], 1);
    if let Some(judged) = &told.judged {
        judging(&mut text, judged);
        verdict(&mut text, judged);
        evidence(&mut text, judged, told.now);
    }
    journal(&mut text, told.journal);
    answers(&mut text, told.journal);
    if let Some(gauges) = told.gauges {
        shadow(&mut text, gauges);
        requests(&mut text, &gauges.counts);
    }
    text.into_string()
}

fn judging(text: &mut Text, judged: &Judged) {
    let at = judged.at.as_microsecond() as f64 / 1e6;
    text.single("paritee_run_number", Kind::Gauge, "The run that is judged.", judged.run);
    text.single("paritee_judged_timestamp_seconds", Kind::Gauge, "When the run was judged last.", at);
    let help = "How long the last judging took.";
    text.single("paritee_judging_duration_seconds", Kind::Gauge, help, seconds(judged.took));
}

/// Each state is a series: 1 for the one that it is in, 0 for the others.
fn verdict(text: &mut Text, judged: &Judged) {
    let is = |one: Decision, other: Decision| u8::from(one == other);
    text.family("paritee_decision", Kind::Gauge, "The run's decision: 1 for the one that holds.");
    for state in Decision::ALL {
        text.sample("paritee_decision", &[("decision", state.as_str())], is(*state, judged.decision));
    }
    text.family("paritee_gate_status", Kind::Gauge, "The status of each gate: 1 for the one that holds.");
    for (gate, status) in &judged.gates {
        for state in Decision::ALL {
            let labels = [("gate", gate.as_str()), ("status", state.as_str())];
            text.sample("paritee_gate_status", &labels, is(*state, *status));
        }
    }
    text.family("paritee_orders", Kind::Gauge, "Orders of the run by their fate on each lane.");
    for lane in Lane::ALL {
        for fate in Fate::ALL {
            let orders = judged.fates.get(*lane).get(fate).copied().unwrap_or(0);
            text.sample("paritee_orders", &[("lane", lane.as_str()), ("fate", fate.as_str())], orders);
        }
    }
}

fn evidence(text: &mut Text, judged: &Judged, now: Timestamp) {
    text.single("paritee_gaps", Kind::Gauge, "Gaps in the run's evidence.", judged.gaps);
    let help = "Gaps in the run's evidence that nothing explains.";
    text.single("paritee_gaps_unexplained", Kind::Gauge, help, judged.gaps_unexplained);
    let name = "paritee_readings_total";
    text.family(name, Kind::Counter, "Readings of each ledger in the journal, by whether they came to their end.");
    for lane in Lane::ALL {
        let seen = judged.lanes.get(*lane);
        for (result, readings) in [("complete", seen.readings_complete), ("broken", seen.readings_broken)] {
            text.sample(name, &[("lane", lane.as_str()), ("result", result)], readings);
        }
    }
    let name = "paritee_watermark_age_seconds";
    text.family(name, Kind::Gauge, "How old each lane's watermark is: every commit before it has been seen.");
    for lane in Lane::ALL {
        if let Some(watermark) = judged.lanes.get(*lane).watermark {
            text.sample(name, &[("lane", lane.as_str())], now.duration_since(watermark).as_secs_f64());
        }
    }
}

fn journal(text: &mut Text, journal: &Stats) {
    let help = "1 while the journal takes rows: the last commit went through, and none hangs.";
    text.single("paritee_journal_takes_rows", Kind::Gauge, help, u8::from(journal.takes_rows));
    text.single(
        "paritee_journal_queue_entries",
        Kind::Gauge,
        "Entries that wait for the journal's writer.",
        journal.queued,
    );
    text.single("paritee_journal_commits_failed_total", Kind::Counter, "Commits that failed.", journal.failures);
    let name = "paritee_journal_commit_duration_seconds";
    text.family(name, Kind::Histogram, "How long commits of the journal took that went through.");
    text.histogram(name, &[], &journal.commits);
}

fn answers(text: &mut Text, journal: &Stats) {
    let name = "paritee_answer_duration_seconds";
    let help = "How long each lane took for the answers that were recorded, to their heads or to giving up.";
    text.family(name, Kind::Histogram, help);
    let PerLane { legacy, gated } = &journal.answers;
    for (lane, answers) in [(Lane::Legacy, legacy), (Lane::Gated, gated)] {
        text.histogram(name, &[("lane", lane.as_str())], answers);
    }
}

fn shadow(text: &mut Text, gauges: &Gauges) {
    text.single("paritee_shadow_paused", Kind::Gauge, "1 while the shadow is paused.", u8::from(gauges.paused));
    text.single("paritee_shadow_sending", Kind::Gauge, "Copies that are being sent to the shadow.", gauges.sending);
    let help = "Captures that the shadow has in memory, waiting or being sent.";
    text.single("paritee_shadow_held", Kind::Gauge, help, gauges.held);
    let help = "1 while more captures wait for the shadow in the journal.";
    text.single("paritee_shadow_lagging", Kind::Gauge, help, u8::from(gauges.lagging));
}

fn requests(text: &mut Text, counts: &BTreeMap<String, u64>) {
    let of = |name: &str| counts.get(name).copied().unwrap_or(0);
    let help = "Requests received: those teed, passed through and skipped.";
    text.single("paritee_requests_received_total", Kind::Counter, help, of("received"));
    let help = "Requests captured, and sent to both lanes or to be sent.";
    text.single("paritee_requests_teed_total", Kind::Counter, help, of("teed"));
    let help = "Requests on no route, streamed to the live lane.";
    text.single("paritee_requests_passed_through_total", Kind::Counter, help, of("passed_through"));
    let name = "paritee_requests_skipped_total";
    text.family(name, Kind::Counter, "Requests on a route that were not teed, by reason.");
    for (reason, requests) in bounded(under(SKIPPED, counts)) {
        text.sample(name, &[("reason", reason)], requests);
    }
    let name = "paritee_requests_signature_total";
    text.family(name, Kind::Counter, "Requests on a route whose signature was not good, by what was wrong with it.");
    for (signature, requests) in under(SIGNATURE, counts) {
        text.sample(name, &[("signature", signature)], requests);
    }
}

fn under<'c>(prefix: &'static str, counts: &'c BTreeMap<String, u64>) -> impl Iterator<Item = (&'c str, u64)> {
    counts.iter().filter_map(move |(name, count)| Some((name.strip_prefix(prefix)?, *count)))
}

/// The first of them by their names, and the rest in one.
fn bounded<'c>(reasons: impl Iterator<Item = (&'c str, u64)>) -> Vec<(&'c str, u64)> {
    let mut reasons: Vec<(&str, u64)> = reasons.collect();
    if reasons.len() > REASONS_MAX {
        let beyond = reasons.split_off(REASONS_MAX).into_iter().map(|(_, count)| count).sum();
        reasons.push((OTHERS, beyond));
    }
    reasons
}
