//! Counting pages of a ledger that changes under it: exhaustively for tiny ledgers, by chance for larger ones.

use proptest::prelude::*;

use super::*;

/// What happens to the ledger between two requests.
#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    /// A new row, before the row at this place.
    Insert(usize),
    /// The row at this place goes, unless it is one that stays.
    Delete(usize),
}

/// A ledger: its rows below 100 stay for ever, others come and go, and none that went comes back.
#[derive(Clone, Debug)]
struct Ledger {
    rows: Vec<RowName>,
    next: RowName,
    /// The most rows that it gives at once, whatever it is asked for.
    cap: usize,
}

impl Ledger {
    fn change(&mut self, change: Change) {
        match change {
            Change::Nothing => {}
            Change::Insert(at) => {
                self.rows.insert(at.min(self.rows.len()), self.next);
                self.next += 1;
            }
            Change::Delete(at) => {
                if self.rows.get(at).is_some_and(|row| *row >= 100) {
                    self.rows.remove(at);
                }
            }
        }
    }

    fn page(&self, by: CountedBy, place: Place) -> Vec<RowName> {
        let size = self.cap.min(place.limit as usize);
        let from = match by {
            CountedBy::Pages => (place.page as usize - 1) * size,
            CountedBy::Rows => {
                assert_eq!(place.offset % u64::from(place.limit), 0, "{place:?}");
                place.offset as usize
            }
        };
        self.rows.iter().skip(from).take(size).copied().collect()
    }
}

/// Reads a ledger while it changes; what was seen, and how it ended. Without further changes it must end.
fn read(mut ledger: Ledger, by: CountedBy, limit: u32, fullest: usize, changes: &[Change]) -> (HashSet<RowName>, Step) {
    let mut counting = Counting::begin(by, limit, fullest);
    let mut seen = HashSet::new();
    for request in 0..1_000 {
        let page = ledger.page(by, counting.place());
        seen.extend(&page);
        match counting.take(&page) {
            Step::GoOn => ledger.change(changes.get(request).copied().unwrap_or(Change::Nothing)),
            end => return (seen, end),
        }
    }
    panic!("it never ends");
}

fn lacks(ledger: &Ledger, seen: &HashSet<RowName>) -> bool {
    ledger.rows.iter().any(|row| *row < 100 && !seen.contains(row))
}

const BOTH: [CountedBy; 2] = [CountedBy::Pages, CountedBy::Rows];

#[test]
fn no_sequence_of_changes_hides_a_row_that_stays() {
    let kinds = [
        Change::Nothing,
        Change::Insert(0),
        Change::Insert(2),
        Change::Delete(0),
        Change::Delete(1),
        Change::Delete(2),
    ];
    let (mut done, mut moved) = (0_u32, 0_u32);
    // The rows are three, each of them one that stays or not; changes fall after each of the first five requests.
    for stay in 0..8_u64 {
        let rows: Vec<RowName> = (0..3).map(|row| if stay >> row & 1 == 1 { row } else { 100 + row }).collect();
        for cap in 1..=3 {
            let ledger = Ledger { rows: rows.clone(), next: 200, cap };
            for sequence in 0..5_usize.pow(5) {
                let changes: Vec<Change> = (0..5).map(|at| kinds[sequence / 5_usize.pow(at) % 5]).collect();
                for by in BOTH {
                    let (seen, end) = read(ledger.clone(), by, 2, cap.min(2), &changes);
                    assert!(end == Step::Moved || !lacks(&ledger, &seen), "{ledger:?} {by:?} {changes:?}");
                    *(if end == Step::Done { &mut done } else { &mut moved }) += 1;
                }
            }
        }
    }
    assert!(done > moved && moved > 0, "{done} done, {moved} moved");
}

#[test]
fn a_single_walk_would_miss_a_row() {
    // What all of this is for: page 1 is read, its row goes, and the next one slips onto page 1.
    let ledger = Ledger { rows: vec![100, 1], next: 200, cap: 1 };
    let (seen, end) = read(ledger.clone(), CountedBy::Pages, 1, 1, &[Change::Delete(0)]);
    assert_eq!((end, lacks(&ledger, &seen)), (Step::Done, false));
    let mut first_walk = Counting::begin(CountedBy::Pages, 1, 1);
    assert_eq!(
        (first_walk.take(&[100]), first_walk.take(&[])),
        (Step::GoOn, Step::GoOn),
        "the empty page ends nothing"
    );
}

#[test]
fn a_still_ledger_is_read_to_its_end_with_few_requests() {
    for (rows, cap, fullest, by, expected) in [
        (0, 10, 0, CountedBy::Pages, 1),
        // Shorter than a page can be: one page, and the empty one.
        (3, 10, 10, CountedBy::Pages, 2),
        (3, 10, 10, CountedBy::Rows, 2),
        // It may be that the server gives no more than three at once: the page is read again.
        (3, 10, 0, CountedBy::Rows, 3),
        (30, 10, 10, CountedBy::Pages, 7),
        (30, 5, 5, CountedBy::Rows, 13),
    ] {
        let ledger = Ledger { rows: (0..rows).collect(), next: 200, cap };
        let mut counting = Counting::begin(by, 10, fullest);
        let mut requests = 1;
        while counting.take(&ledger.page(by, counting.place())) == Step::GoOn {
            requests += 1;
        }
        assert_eq!(requests, expected, "{rows} rows, {cap} a page");
    }
}

#[test]
fn rows_that_come_at_the_end_keep_no_reading_from_its_end() {
    let ledger = Ledger { rows: (0..9).collect(), next: 200, cap: 3 };
    for by in BOTH {
        let changes = vec![Change::Insert(usize::MAX); 12];
        assert_eq!(read(ledger.clone(), by, 3, 3, &changes).1, Step::Done);
    }
}

#[test]
fn rows_that_come_at_the_front_all_the_time_do() {
    let ledger = Ledger { rows: (0..9).collect(), next: 200, cap: 3 };
    for by in BOTH {
        let changes = [Change::Insert(0), Change::Nothing].repeat(500);
        assert_eq!(read(ledger.clone(), by, 3, 3, &changes).1, Step::Moved);
    }
}

#[test]
fn after_a_short_page_the_limit_divides_the_offset() {
    for (offset, limit, expected) in [(37, 100, 37), (337, 100, 1), (338, 100, 26), (150, 100, 75), (50, 100, 50)] {
        assert_eq!(divisor(offset, limit), expected);
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => Just(Change::Nothing),
        2 => (0..12_usize).prop_map(Change::Insert),
        2 => (0..12_usize).prop_map(Change::Delete),
    ]
}

proptest! {
    #[test]
    fn no_chance_of_changes_hides_a_row_that_stays(
        stays in prop::collection::vec(any::<bool>(), 0..12),
        cap in 1..6_usize, limit in 1..6_u32, wide in any::<bool>(), by in prop::sample::select(BOTH.to_vec()),
        changes in prop::collection::vec(change(), 0..40),
    ) {
        let rows = stays.iter().zip(0..).map(|(stays, row)| if *stays { row } else { 100 + row }).collect();
        let ledger = Ledger { rows, next: 200, cap };
        // The fullest page that was ever seen is none, or as full as pages of this ledger are.
        let fullest = if wide { cap.min(limit as usize) } else { 0 };
        let (seen, end) = read(ledger.clone(), by, limit, fullest, &changes);
        prop_assert!(end == Step::Moved || !lacks(&ledger, &seen));
    }
}
