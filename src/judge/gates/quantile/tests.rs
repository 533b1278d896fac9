//! Counts against limits of a quantile.

use super::*;
use Decision::{Go, Inconclusive, NoGo};

fn answers(in_time: u64, late: u64, unknown: u64) -> Timed {
    Timed { in_time, late, unknown }
}

fn p99(timed: Timed) -> Quantile<'static> {
    Quantile { timed, of: 0.99, alpha: 0.05, limit: "5 s", noun: "answer" }
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
        assert_eq!(p99(answers(in_time, late, unknown)).decide(), expected, "row {number}");
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
            assert_eq!(p99(answers(n - late, late, 0)).decide(), expected, "{late} of {n}");
        }
    }
}

#[test]
fn evidence_that_is_taken_away_never_improves_it() {
    for in_time in [0, 1, 298, 299, 472, 473, 700, 3_000] {
        for late in [0, 1, 2, 7, 12, 41] {
            for unknown in [0, 1, 5] {
                let had = p99(answers(in_time, late, unknown)).decide();
                let mut thefts = Vec::new();
                thefts.extend((in_time > 0).then(|| answers(in_time - 1, late, unknown + 1)));
                thefts.extend((late > 0).then(|| answers(in_time, late - 1, unknown + 1)));
                for stolen in thefts {
                    let left = p99(stolen).decide();
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
        let more = p99(answers(in_time, late, unknown)).missing().unwrap();
        assert_eq!(p99(answers(in_time + more, late, unknown)).decide(), Go, "{in_time} {late} {unknown}");
        assert_ne!(p99(answers(in_time + more - 1, late, unknown)).decide(), Go, "{in_time} {late} {unknown}");
    }
}

#[test]
fn what_is_not_known_suffices_where_enough_of_it_turns_out_to_be_in_time() {
    for (in_time, late, unknown, expected) in [
        (298, 0, 1, Some(1)),
        (200, 0, 200, Some(200)),
        (2_959, 11, 30, Some(21)),
        (298, 0, 0, None),
        (0, 0, 298, None),
        (470, 2, 40, None),
    ] {
        let quantile = p99(answers(in_time, late, unknown));
        let (status, case) = (quantile.decide(), format!("{in_time} {late} {unknown}"));
        let change = quantile.would_change(status, "Mend it");
        assert_eq!(quantile.enough_known(), expected, "{case}");
        let Some(known) = expected else {
            assert_eq!(Some(change.missing.orders), quantile.missing(), "{case}");
            continue;
        };
        assert_eq!(change.missing.orders, known, "{case}");
        assert!(change.words.starts_with(&format!("{known} of the {unknown} answer")), "{}", change.words);
        assert_eq!(p99(answers(in_time + known, late, unknown - known)).decide(), Go, "{case}");
        assert_ne!(p99(answers(in_time + known - 1, late, unknown - known + 1)).decide(), Go, "{case}");
    }
}

#[test]
fn a_limit_reads_as_people_say_it() {
    for (millis, expected) in [
        (5_000, "5 s"),
        (2_500, "2.5 s"),
        (250, "250 ms"),
        (1_001, "1.001 s"),
        (60_000, "1 min"),
        (90_000, "90 s"),
        (7_200_000, "2 h"),
    ] {
        assert_eq!(duration(Duration::from_millis(millis)), expected);
    }
}
