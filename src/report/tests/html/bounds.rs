//! However much there is to tell, the page stays one that a browser opens at once, and says what it leaves out.

use super::*;
use crate::judge::{ExtractSummary, GapSummary, TieOutRow};
use crate::outcome::{GapReason, ReasonClass, Witness};

/// More bytes than any page may have.
const BYTES_MAX: usize = 2_000_000;

/// A run in which everything went wrong that can, told in the longest words that get through, each of which takes six
/// times its room in HTML.
fn huge() -> Assessment {
    let long = "\"".repeat(5_000);
    let mut assessment = nasty(&long);
    let key = |number: usize| OrderKey::new(&format!("{number:\"<255}")).unwrap();
    let fates = [Fate::Lost, Fate::DoubleCommitted, Fate::Leaked];
    assessment.exceptions = (0..Assessment::EXCEPTIONS_MAX)
        .map(|number| Exception {
            order_key: key(number),
            references: vec![long.clone(); 100],
            reason_class: Some(ReasonClass::Tax),
            reason: Some(long.clone()),
            money_at_risk: Some(Money { currency: format!("{number}{long}"), amount: rust_decimal::Decimal::MAX }),
            ..exception("x", ExceptionKind::Fate(fates[number % 3]), &[], Owner::ErpIt, "Do something about it.")
        })
        .collect();
    count_owners(&mut assessment);
    let owner = &mut assessment.owners[0];
    // As many kinds as there can be, and far more than there are.
    let task = owner.tasks[0].clone();
    owner.tasks.extend((0..1_000).map(|n| TaskSummary { next_action: format!("{n}{long}"), ..task.clone() }));
    owner.at_risk.exceptions = 1_000_000;
    owner.tasks[0].at_risk.exceptions = 999_000;
    assessment.exceptions_count = 1_000_000;
    let finding = assessment.findings[1].clone();
    assessment.findings = vec![finding; 200];
    assessment.findings_beyond = 77;
    assessment.rules = vec![assessment.rules[1].clone(); 1_000];
    let units = assessment.tie_out.units[1].clone();
    let row = |name: String| TieOutRow { name: Some(name), ..units.clone() };
    assessment.tie_out.units = (0..51).map(|number| row(format!("{number}{long}"))).collect();
    assessment.tie_out.money = (0..1_000).map(|number| row(format!("{number}{long}"))).collect();
    assessment.run.extracts = vec![
        ExtractSummary {
            lane: Witness::Census,
            file_name: long.clone(),
            file_digest: long.clone(),
            rows: 1,
            recorded: 1,
            complete_through: None,
            error: Some(long.clone()),
        };
        500
    ];
    let (order_key, at) = (Some(key(1)), assessment.run.begin);
    let gap = GapSummary {
        reason: GapReason::Down,
        began_at: at,
        ended_at: at,
        requests: None,
        lane: None,
        order_key,
        explained: false,
    };
    assessment.run.gap_list = vec![gap; 100];
    assessment.run.gaps = 5_000;
    *assessment.signals = signals::signals(&long);
    let (exposed, behind) = (assessment.signals.oversell.skus[1].clone(), assessment.signals.drift.skus[0].clone());
    assessment.signals.oversell.skus = vec![exposed; 51];
    assessment.signals.drift.skus = vec![behind; 50];
    assessment.census.imported = true;
    assessment.census.excluded = (0..1_000).map(|number| (format!("{number}{long}"), 1)).collect();
    assessment.run.counts.skipped = (0..1_000).map(|number| (format!("{number}{long}"), 1)).collect();
    assessment.run.counts.received = 1;
    for row in &mut assessment.tie_out.units {
        let gated = row.gated.get_or_insert_default();
        gated.residual = rust_decimal::Decimal::from(-100);
        gated.missing = [(long.clone(), rust_decimal::Decimal::ONE)].into();
    }
    assessment.run.label = Some(long);
    assessment
}

#[test]
fn the_largest_page_is_small_and_says_what_it_leaves_out() {
    let page = html(&huge());
    assert!(page.len() < BYTES_MAX, "{} bytes", page.len());
    assert_eq!(page.matches("role=\"rowheader\"><bdi class=\"key\">").count(), 100);
    assert_eq!(page.matches("<article").count(), 40);
    assert_eq!(page.matches(">SKU &quot;").count() + page.matches(">SKU ").count(), 30 + 1);
    let text = text_of(&page).replace('\u{202f}', " ");
    for expected in [
        "Exceptions: 1 000 000",
        "The worst 100 are listed, and the first 5 of every task; the others are counted. --format json names up to a thousand.",
        "1000000 exceptions",
        // All are counted, by kind as well.
        "999000 orders lost on gated for tax",
        "963 more kinds of exceptions: see the JSON.",
        "more currencies, below",
        // The end of a tally that is cut, and of causes that are.
        "the counters do not tie out",
        "residual -100, accounted for by nothing",
        "160 more kinds of unexplained differences: see the JSON.",
        "77 more are counted, not listed.",
        "20 more SKUs differ: see the JSON.",
        "940 more rules: see the JSON.",
        "470 more files: see the JSON.",
        "4980 more gaps counted, not listed.",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
}

#[test]
fn no_kind_of_exception_is_hidden_behind_a_worse_one() {
    let mut assessment = no_go();
    let lost = assessment.exceptions[0].clone();
    let late = exception("late", ExceptionKind::Fate(Fate::CommittedLate), &[], Owner::Operations, "Look.");
    assessment.exceptions = vec![lost; 300];
    assessment.exceptions.push(late);
    count_owners(&mut assessment);
    let text = text_of(&html(&assessment));
    for expected in [
        "300 orders lost on gated",
        "200 more orders of it, counted and not listed.",
        "For operations 1 order committed_late on gated Look. money at risk not known, the oldest for 3 h 13 m. Order Money at risk Age Since (UTC) Documents late not known",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
