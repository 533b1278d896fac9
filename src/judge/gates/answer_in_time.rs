//! `answer-in-time`: the gated lane answers before the storefront gives up on it. A path that waits for the ERP is slower
//! than one that doesn't, and what is not answered by the sender's deadline is sent again, or switched off.
//!
//! The 99 % quantile of the answer times is bounded by order statistics ([`quantile_ranks`]), one-sided at `confidence`: its upper
//! limit lies within the deadline where at least as many answers do as its rank says, its lower limit beyond it where
//! fewer do. The level is that of one look, as of the other gates but `loss-bound`. Answers that are not on record count as late for the one, and as in time for the other.

use std::time::Duration;

use super::{Grounds, count};
use crate::judge::answers::Answers;
use crate::judge::{Decision, Gate, GateName};
use crate::stats::{Ranks, orders_needed, quantile_ranks};

/// The share of answers that must come in time. Of Shopify's sender one late answer in a hundred is sent again within
/// hours; storefronts that switch a webhook off do so at far more.
const QUANTILE: f64 = 0.99;

/// Its name.
const NAMED: &str = "p99";

pub(super) fn gate(grounds: &Grounds<'_>) -> Gate {
    let Some(deadline) = grounds.policy.gates.sender_deadline else { return not_set() };
    let answers = grounds.tally.answers;
    let alpha = 1.0 - grounds.policy.gates.confidence;
    let limit = seconds(deadline);
    let status = decide(answers, alpha);
    let Answers { in_time, late, unknown } = answers;
    let unrecorded = if unknown > 0 { format!(", {unknown} more not on record") } else { String::new() };
    Gate {
        name: GateName::AnswerInTime,
        status,
        measured: format!("{late} of {} later than {limit}{unrecorded}", count(in_time + late, "answer")),
        worst_case: format!("{} of {} later than {limit}", late + unknown, in_time + late + unknown),
        threshold: format!("{NAMED} at most {limit}"),
        reason: reason(status, answers, alpha, &limit),
    }
}

fn not_set() -> Gate {
    Gate {
        name: GateName::AnswerInTime,
        status: Decision::Go,
        measured: "no deadline is set".into(),
        worst_case: "as measured".into(),
        threshold: "none".into(),
        reason: "`tee.sender_deadline` says how long the storefront waits, and is not set: how long the gated lane takes to answer is judged by nothing.".into(),
    }
}

fn decide(answers: Answers, alpha: f64) -> Decision {
    let Answers { in_time, late, unknown } = answers;
    let Ranks { lower, upper } = quantile_ranks(in_time + late + unknown, QUANTILE, alpha);
    match () {
        () if lower.is_some_and(|rank| in_time + unknown < rank) => Decision::NoGo,
        () if upper.is_some_and(|rank| in_time >= rank) => Decision::Go,
        () => Decision::Inconclusive,
    }
}

fn reason(status: Decision, answers: Answers, alpha: f64, limit: &str) -> String {
    let Answers { in_time, late, unknown } = answers;
    let all = in_time + late + unknown;
    match status {
        Decision::Go => {
            format!("With the confidence asked for, {NAMED} of the gated lane's answer time is at most {limit}.")
        }
        Decision::NoGo => format!(
            "With the confidence asked for, {NAMED} of the gated lane's answer time is above {limit}: the storefront would give up on more than one order in a hundred, and send it again."
        ),
        Decision::Inconclusive if all == 0 => "The gated lane answered no order, so nothing was measured.".to_owned(),
        Decision::Inconclusive => match orders_needed(1.0 - QUANTILE, alpha, late + unknown) {
            Some(needed) => format!(
                "{} in time still needed to tell that {NAMED} is at most {limit}{}.",
                count(needed.saturating_sub(all).max(1), "more answer"),
                if unknown > 0 { ", those not on record counted as late" } else { "" }
            ),
            None => format!("No number of answers tells that {NAMED} is at most {limit}: mend the thresholds."),
        },
    }
}

/// `5 s`, `2.5 s`, `250 ms`
fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis < 1_000 => format!("{millis} ms"),
        millis if millis % 1_000 == 0 => format!("{} s", millis / 1_000),
        millis => format!("{}.{} s", millis / 1_000, format!("{:03}", millis % 1_000).trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Go, Inconclusive, NoGo};

    fn answers(in_time: u64, late: u64, unknown: u64) -> Answers {
        Answers { in_time, late, unknown }
    }

    #[test]
    fn counts_decide_as_limits_of_the_quantile_would() {
        for (number, (in_time, late, unknown), expected) in [
            (1, (0, 0, 0), Inconclusive),
            (2, (1, 0, 0), Inconclusive),
            (3, (298, 0, 0), Inconclusive),
            (4, (299, 0, 0), Go),
            (5, (298, 0, 1), Inconclusive),
            (6, (471, 1, 0), Inconclusive),
            (7, (472, 1, 0), Go),
            (8, (472, 0, 1), Go),
            (9, (471, 1, 1), Inconclusive),
            (10, (2_988, 12, 0), Go),
            (11, (2_970, 30, 0), Inconclusive),
            (12, (2_959, 41, 0), NoGo),
            (13, (2_959, 11, 30), Inconclusive),
            (14, (0, 1, 0), NoGo),
            (15, (0, 0, 1), Inconclusive),
            (16, (95, 5, 0), NoGo),
            (17, (97, 3, 0), Inconclusive),
        ] {
            assert_eq!(decide(answers(in_time, late, unknown), 0.05), expected, "row {number}");
        }
    }

    /// The same by exact tests of the share of late answers.
    #[test]
    fn it_agrees_with_bounds_on_the_share_that_is_late() {
        for n in (1..700).step_by(7) {
            for late in 0..30.min(n) {
                let upper = crate::stats::clopper_pearson_upper(late, n, 0.05);
                let lower = 1.0 - crate::stats::clopper_pearson_upper(n - late, n, 0.05);
                let expected = if lower > 0.01 {
                    NoGo
                } else if upper <= 0.01 {
                    Go
                } else {
                    Inconclusive
                };
                assert_eq!(decide(answers(n - late, late, 0), 0.05), expected, "{late} of {n}");
            }
        }
    }

    #[test]
    fn evidence_that_is_taken_away_never_improves_it() {
        for in_time in [0, 1, 298, 299, 472, 473, 700, 3_000] {
            for late in [0, 1, 2, 7, 12, 41] {
                for unknown in [0, 1, 5] {
                    let had = decide(answers(in_time, late, unknown), 0.05);
                    let mut thefts = Vec::new();
                    thefts.extend((in_time > 0).then(|| answers(in_time - 1, late, unknown + 1)));
                    thefts.extend((late > 0).then(|| answers(in_time, late - 1, unknown + 1)));
                    for stolen in thefts {
                        let left = decide(stolen, 0.05);
                        assert!(left != Go || had == Go, "{in_time} {late} {unknown}: {had} became {left}");
                        assert!(left != NoGo || had == NoGo, "{in_time} {late} {unknown}: {had} became {left}");
                    }
                }
            }
        }
    }

    #[test]
    fn so_many_more_answers_suffice_and_fewer_do_not() {
        for (in_time, late, unknown) in [(0, 0, 1), (10, 0, 0), (298, 0, 0), (400, 1, 0), (471, 1, 1), (2_970, 30, 0)] {
            let all = in_time + late + unknown;
            let more = orders_needed(1.0 - QUANTILE, 0.05, late + unknown).unwrap() - all;
            assert_eq!(decide(answers(in_time + more, late, unknown), 0.05), Go, "{in_time} {late} {unknown}");
            assert_ne!(decide(answers(in_time + more - 1, late, unknown), 0.05), Go, "{in_time} {late} {unknown}");
        }
    }

    #[test]
    fn a_deadline_reads_as_people_say_it() {
        for (millis, expected) in
            [(5_000, "5 s"), (2_500, "2.5 s"), (250, "250 ms"), (1_001, "1.001 s"), (60_000, "60 s")]
        {
            assert_eq!(seconds(Duration::from_millis(millis)), expected);
        }
    }
}
