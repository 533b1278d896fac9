//! The text for invented states, held to the byte, and to what the format asks of any text.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::telemetry::{Buckets, Histogram};

const BOUNDS: &[Duration] = &[Duration::from_micros(500), Duration::from_millis(5), Duration::from_secs(1)];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_772_442_000 + second).unwrap()
}

fn buckets(took_us: &[u64]) -> Buckets {
    let histogram = Histogram::new(BOUNDS);
    took_us.iter().for_each(|us| histogram.observe(Duration::from_micros(*us)));
    histogram.buckets()
}

fn stats() -> Stats {
    Stats {
        queued: 3,
        failures: 2,
        takes_rows: true,
        commits: buckets(&[400, 500, 501, 7_000, 2_000_000]),
        answers: PerLane { legacy: buckets(&[250_000]), gated: buckets(&[]) },
    }
}

fn judged() -> Judged {
    let seen =
        |complete, broken, watermark| LaneJudged { readings_complete: complete, readings_broken: broken, watermark };
    Judged {
        at: at(60),
        took: Duration::from_millis(125),
        run: 7,
        decision: Decision::NoGo,
        gates: vec![(GateName::EvidenceIntact, Decision::Go), (GateName::NoLostOrders, Decision::NoGo)],
        fates: PerLane { legacy: BTreeMap::from([(Fate::Committed, 41)]), gated: BTreeMap::from([(Fate::Lost, 1)]) },
        gaps: 4,
        gaps_unexplained: 1,
        lanes: PerLane { legacy: seen(12, 1, Some(at(0))), gated: seen(0, 0, None) },
    }
}

fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn gauges() -> Gauges {
    let counts = counts(&[
        ("received", 9),
        ("teed", 4),
        ("passed_through", 2),
        ("skipped.no_json", 1),
        ("skipped.excluded: a \"test\" of\\for\nus", 2),
        ("signature.bad", 1),
    ]);
    Gauges { paused: true, sending: 1, held: 5, lagging: false, counts }
}

/// Without fates that no order has: there are many.
fn text(judged: Option<Judged>, gauges: Option<&Gauges>) -> String {
    let told = Told { version: "1.2.3", now: at(90), judged, journal: &stats(), gauges };
    let all = families::all(&told);
    let is_empty = |line: &&str| line.starts_with("paritee_orders{") && line.ends_with(" 0");
    all.lines().filter(|line| !is_empty(line)).flat_map(|line| [line, "\n"]).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "the whole text")]
fn an_invented_state_is_told_like_this() {
    insta::assert_snapshot!(text(Some(judged()), Some(&gauges())), @r#"
# HELP paritee_build_info The version of paritee.
# TYPE paritee_build_info gauge
paritee_build_info{version="1.2.3"} 1
# HELP paritee_run_number The run that is judged.
# TYPE paritee_run_number gauge
paritee_run_number 7
# HELP paritee_judged_timestamp_seconds When the run was judged last.
# TYPE paritee_judged_timestamp_seconds gauge
paritee_judged_timestamp_seconds 1772442060
# HELP paritee_judging_duration_seconds How long the last judging took.
# TYPE paritee_judging_duration_seconds gauge
paritee_judging_duration_seconds 0.125
# HELP paritee_decision The run's decision: 1 for the one that holds.
# TYPE paritee_decision gauge
paritee_decision{decision="GO"} 0
paritee_decision{decision="INCONCLUSIVE"} 0
paritee_decision{decision="NO-GO"} 1
# HELP paritee_gate_status The status of each gate: 1 for the one that holds.
# TYPE paritee_gate_status gauge
paritee_gate_status{gate="evidence-intact",status="GO"} 1
paritee_gate_status{gate="evidence-intact",status="INCONCLUSIVE"} 0
paritee_gate_status{gate="evidence-intact",status="NO-GO"} 0
paritee_gate_status{gate="no-lost-orders",status="GO"} 0
paritee_gate_status{gate="no-lost-orders",status="INCONCLUSIVE"} 0
paritee_gate_status{gate="no-lost-orders",status="NO-GO"} 1
# HELP paritee_orders Orders of the run by their fate on each lane.
# TYPE paritee_orders gauge
paritee_orders{lane="legacy",fate="committed"} 41
paritee_orders{lane="gated",fate="lost"} 1
# HELP paritee_gaps Gaps in the run's evidence.
# TYPE paritee_gaps gauge
paritee_gaps 4
# HELP paritee_gaps_unexplained Gaps in the run's evidence that nothing explains.
# TYPE paritee_gaps_unexplained gauge
paritee_gaps_unexplained 1
# HELP paritee_readings_total Readings of each ledger in the journal, by whether they came to their end.
# TYPE paritee_readings_total counter
paritee_readings_total{lane="legacy",result="complete"} 12
paritee_readings_total{lane="legacy",result="broken"} 1
paritee_readings_total{lane="gated",result="complete"} 0
paritee_readings_total{lane="gated",result="broken"} 0
# HELP paritee_watermark_age_seconds How old each lane's watermark is: every commit before it has been seen.
# TYPE paritee_watermark_age_seconds gauge
paritee_watermark_age_seconds{lane="legacy"} 90
# HELP paritee_journal_takes_rows 1 while the journal takes rows: the last commit went through, and none hangs.
# TYPE paritee_journal_takes_rows gauge
paritee_journal_takes_rows 1
# HELP paritee_journal_queue_entries Entries that wait for the journal's writer.
# TYPE paritee_journal_queue_entries gauge
paritee_journal_queue_entries 3
# HELP paritee_journal_commits_failed_total Commits that failed.
# TYPE paritee_journal_commits_failed_total counter
paritee_journal_commits_failed_total 2
# HELP paritee_journal_commit_duration_seconds How long commits of the journal took that went through.
# TYPE paritee_journal_commit_duration_seconds histogram
paritee_journal_commit_duration_seconds_bucket{le="0.0005"} 2
paritee_journal_commit_duration_seconds_bucket{le="0.005"} 3
paritee_journal_commit_duration_seconds_bucket{le="1"} 4
paritee_journal_commit_duration_seconds_bucket{le="+Inf"} 5
paritee_journal_commit_duration_seconds_sum 2.008401
paritee_journal_commit_duration_seconds_count 5
# HELP paritee_answer_duration_seconds How long each lane took for the answers that were recorded, to their heads or to giving up.
# TYPE paritee_answer_duration_seconds histogram
paritee_answer_duration_seconds_bucket{lane="legacy",le="0.0005"} 0
paritee_answer_duration_seconds_bucket{lane="legacy",le="0.005"} 0
paritee_answer_duration_seconds_bucket{lane="legacy",le="1"} 1
paritee_answer_duration_seconds_bucket{lane="legacy",le="+Inf"} 1
paritee_answer_duration_seconds_sum{lane="legacy"} 0.25
paritee_answer_duration_seconds_count{lane="legacy"} 1
paritee_answer_duration_seconds_bucket{lane="gated",le="0.0005"} 0
paritee_answer_duration_seconds_bucket{lane="gated",le="0.005"} 0
paritee_answer_duration_seconds_bucket{lane="gated",le="1"} 0
paritee_answer_duration_seconds_bucket{lane="gated",le="+Inf"} 0
paritee_answer_duration_seconds_sum{lane="gated"} 0
paritee_answer_duration_seconds_count{lane="gated"} 0
# HELP paritee_shadow_paused 1 while the shadow is paused.
# TYPE paritee_shadow_paused gauge
paritee_shadow_paused 1
# HELP paritee_shadow_sending Copies that are being sent to the shadow.
# TYPE paritee_shadow_sending gauge
paritee_shadow_sending 1
# HELP paritee_shadow_held Captures that the shadow has in memory, waiting or being sent.
# TYPE paritee_shadow_held gauge
paritee_shadow_held 5
# HELP paritee_shadow_lagging 1 while more captures wait for the shadow in the journal.
# TYPE paritee_shadow_lagging gauge
paritee_shadow_lagging 0
# HELP paritee_requests_received_total Requests received: those teed, passed through and skipped.
# TYPE paritee_requests_received_total counter
paritee_requests_received_total 9
# HELP paritee_requests_teed_total Requests captured, and sent to both lanes or to be sent.
# TYPE paritee_requests_teed_total counter
paritee_requests_teed_total 4
# HELP paritee_requests_passed_through_total Requests on no route, streamed to the live lane.
# TYPE paritee_requests_passed_through_total counter
paritee_requests_passed_through_total 2
# HELP paritee_requests_skipped_total Requests on a route that were not teed, by reason.
# TYPE paritee_requests_skipped_total counter
paritee_requests_skipped_total{reason="excluded: a \"test\" of\\for\nus"} 2
paritee_requests_skipped_total{reason="no_json"} 1
# HELP paritee_requests_signature_total Requests on a route whose signature was not good, by what was wrong with it.
# TYPE paritee_requests_signature_total counter
paritee_requests_signature_total{signature="bad"} 1
"#);
}

#[test]
fn what_is_not_known_is_left_out() {
    let all = text(None, None);
    let families: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    insta::assert_snapshot!(families.join("\n"), @r#"
paritee_build_info gauge
paritee_journal_takes_rows gauge
paritee_journal_queue_entries gauge
paritee_journal_commits_failed_total counter
paritee_journal_commit_duration_seconds histogram
paritee_answer_duration_seconds histogram
"#);
}

/// A line of samples: name, labels, value.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let (mut labels, mut read) = (labels.strip_suffix('}').unwrap(), BTreeMap::new());
    while let Some((label, rest)) = labels.split_once("=\"") {
        let mut value = String::new();
        let mut letters = rest.char_indices();
        let end = loop {
            match letters.next().unwrap() {
                (_, '\\') => value.push(match letters.next().unwrap().1 {
                    'n' => '\n',
                    letter @ ('\\' | '"') => letter,
                    other => panic!("\\{other} in {line}"),
                }),
                (end, '"') => break end,
                (_, letter) => value.push(letter),
            }
        };
        assert_eq!(read.insert(label.trim_start_matches(',').to_owned(), value), None, "{line}");
        labels = &rest[end + 1..];
    }
    assert_eq!(labels, "", "{line}");
    (name.to_owned(), read, if value == "+Inf" { f64::INFINITY } else { value.parse().unwrap() })
}

/// Each family has its help and type before its samples and stands once, and so does each series; histograms hold together.
fn assert_well_formed(text: &str) {
    assert!(text.ends_with('\n'));
    let (mut families, mut series) = (BTreeSet::new(), BTreeSet::new());
    let (mut family, mut kind) = (String::new(), String::new());
    let mut last: Option<(BTreeMap<String, String>, f64, f64)> = None;
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split_once(' ').unwrap().0.to_owned();
            assert!(families.insert(family.clone()), "{line} stands twice");
        } else if let Some(told) = line.strip_prefix("# TYPE ") {
            let (name, told) = told.split_once(' ').unwrap();
            assert_eq!(name, family);
            kind = told.to_owned();
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        } else {
            let (name, mut labels, value) = sample(line);
            assert!(series.insert((name.clone(), labels.clone())), "{line} stands twice");
            let part = name.strip_prefix(&family).unwrap();
            assert_eq!(part.is_empty(), kind != "histogram", "{line}");
            let le = labels.remove("le").map(|le| if le == "+Inf" { f64::INFINITY } else { le.parse().unwrap() });
            match (part, le) {
                ("", None) | ("_sum", None) => {}
                ("_bucket", Some(le)) => {
                    if let Some((of, bound, count)) = &last
                        && *of == labels
                        && bound.is_finite()
                    {
                        assert!(le > *bound && value >= *count, "{line}");
                    }
                    last = Some((labels, le, value));
                }
                ("_count", None) => assert_eq!(last, Some((labels, f64::INFINITY, value)), "{line}"),
                _ => panic!("{line}"),
            }
        }
    }
}

#[test]
fn it_is_well_formed_and_a_check_of_it_can_fail() {
    let good = text(Some(judged()), Some(&gauges()));
    assert_well_formed(&good);
    let last = good.lines().last().unwrap();
    for bad in [
        good.clone() + last + "\n",
        good.replace("le=\"+Inf\"} 5", "le=\"+Inf\"} 4"),
        good.replace("le=\"1\"} 4", "le=\"1\"} 1"),
        good.replace("\\\"test", "\"test"),
        good.replace("counter", "gauge"),
    ] {
        assert!(bad != good && std::panic::catch_unwind(|| assert_well_formed(&bad)).is_err(), "{bad}");
    }
}

#[test]
fn reasons_are_bounded_and_nothing_of_their_counts_is_dropped() {
    let many = (0..1_000).map(|number| (format!("skipped.excluded: reason {number:04}"), 2));
    let gauges = Gauges { counts: many.collect(), ..Gauges::default() };
    let text = text(None, Some(&gauges));
    assert_well_formed(&text);
    let skipped = text.lines().filter(|line| line.starts_with("paritee_requests_skipped_total{")).map(sample);
    let skipped: Vec<(String, f64)> =
        skipped.map(|(_, mut labels, value)| (labels.remove("reason").unwrap(), value)).collect();
    assert_eq!(skipped.len(), 101);
    assert_eq!(skipped.last(), Some(&("(others)".to_owned(), 1_800.0)));
    assert!((skipped.iter().map(|(_, count)| count).sum::<f64>() - 2_000.0).abs() < 1e-9);
}

proptest! {
    #[test]
    fn any_reason_and_any_durations_make_a_text_that_can_be_read(
        reasons in prop::collection::btree_map("\\PC{0,40}|[\\x00-\\x7f]{0,200}", 0_u64..1_000_000, 0..8),
        took_us in prop::collection::vec(0_u64..3_000_000, 0..40),
    ) {
        let counts: BTreeMap<String, u64> = reasons.iter().map(|(reason, count)| (format!("skipped.{reason}"), *count)).collect();
        let gauges = Gauges { counts, ..Gauges::default() };
        let stats = Stats { commits: buckets(&took_us), answers: PerLane::from_fn(|_| buckets(&took_us)), ..stats() };
        let told = Told { version: "1", now: at(0), judged: None, journal: &stats, gauges: Some(&gauges) };
        let text = families::all(&told);
        // What differs in control characters alone, or beyond the longest value, is told as one and the same.
        let clean: BTreeSet<String> = reasons.keys().map(|reason| reason.chars().filter(|letter| !letter.is_control() || *letter == '\n').take(100).collect()).collect();
        prop_assume!(clean.len() == reasons.len());
        assert_well_formed(&text);
        for (reason, count) in reasons.iter().filter(|(reason, _)| reason.chars().all(|letter| !letter.is_control()) && reason.chars().count() <= 160) {
            let labels = BTreeMap::from([("reason".to_owned(), reason.clone())]);
            let told = text.lines().filter(|line| line.starts_with("paritee_requests_skipped_total{")).map(sample);
            prop_assert!(told.into_iter().any(|(_, told, value)| told == labels && value as u64 == *count), "{reason:?}");
        }
    }
}
