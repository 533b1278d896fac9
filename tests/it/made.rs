//! A made journal, as the benchmark judges a million orders of: it verifies, and its report says exactly what was planted.

use paritee::audit;
use paritee::journal::Reader;
use paritee::judge::{Assessment, Decision};
use paritee::report;

use self::journals::Plan;

#[path = "../../benches/made/mod.rs"]
mod journals;

/// Nine orders of ten have something the matter with them: more exceptions than a report lists.
const PLAN: Plan = Plan { orders: 3_000, seed: 7, twisted_per_mille: 900, census: true };

/// The longest page, however many orders there are.
const HTML_BYTES_MAX: usize = 2 << 20;

#[test]
fn a_made_journal_verifies_and_is_judged_by_what_was_planted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.db");
    PLAN.make(&path);
    let reader = Reader::open(&path).unwrap();
    let verified = reader.verify().unwrap().unwrap();
    assert!(verified.seals > 20 && verified.rows > 7 * PLAN.orders, "{verified:?}");
    let assessment = audit::assess(&reader, None, None).unwrap();

    let expected = PLAN.expected();
    assert!(expected.twists.len() == 17 && expected.twists.values().all(|count| *count > 50), "{:?}", expected.twists);
    assert_eq!(assessment.fates, expected.fates);
    assert_eq!(assessment.parity, expected.parity);
    assert_eq!(assessment.comparison.lanes.differing, expected.differing);
    assert_eq!(assessment.decision, Decision::NoGo);

    assert!(assessment.exceptions_count > Assessment::EXCEPTIONS_MAX as u64, "{}", assessment.exceptions_count);
    assert_eq!(assessment.exceptions.len(), Assessment::EXCEPTIONS_MAX);
    let page = report::html(&assessment).len();
    assert!(page < HTML_BYTES_MAX, "{page} bytes");
}
