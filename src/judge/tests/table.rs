//! The decision table over its whole domain, against an oracle that is written from the words of DESIGN 5 in
//! another form: a rank for every fate that can be argued for, the lowest of which wins.

use std::collections::BTreeSet;

use super::*;

const PRESENCES: [Presence; 5] = [Presence::None, Presence::Missing, Presence::Gone, Presence::One, Presence::Many];
const WORDS: [Word; 3] = [Word::Silent, Word::Acknowledged, Word::Rejected];

fn domain() -> impl Iterator<Item = LaneFacts> {
    (0..128_u8).flat_map(|bits| {
        let bit = move |n: u8| bits >> n & 1 == 1;
        PRESENCES.into_iter().flat_map(move |presence| {
            WORDS.into_iter().map(move |word| LaneFacts {
                excluded: bit(0),
                in_window: bit(1),
                leaked: bit(2),
                presence,
                word,
                sent: bit(3),
                late: bit(4),
                cancelled_early: bit(5),
                absence_proven: bit(6),
            })
        })
    })
}

/// Every fate whose definition is met, regardless of the others.
fn arguable(facts: &LaneFacts) -> BTreeSet<Fate> {
    let LaneFacts { excluded, in_window, leaked, presence, word, sent, late, cancelled_early, absence_proven } = *facts;
    let mut fates = BTreeSet::new();
    if excluded {
        fates.insert(Fate::Excluded);
    }
    if leaked {
        fates.insert(Fate::Leaked);
    }
    if !in_window {
        fates.insert(Fate::Pending);
    }
    match (presence, word) {
        (Presence::Many, _) => drop(fates.insert(Fate::DoubleCommitted)),
        (Presence::Gone | Presence::One | Presence::Missing, Word::Rejected) => {
            fates.insert(Fate::CommittedAfterReject);
        }
        (Presence::Gone, _) => drop(fates.insert(Fate::Vanished)),
        (Presence::One, Word::Acknowledged) => drop(fates.insert(Fate::Committed)),
        (Presence::One, Word::Silent) => drop(fates.insert(Fate::Recovered)),
        (Presence::Missing, _) => drop(fates.insert(Fate::Unobserved)),
        (Presence::None, Word::Rejected) => drop(fates.insert(Fate::Rejected)),
        (Presence::None, Word::Acknowledged) if absence_proven => drop(fates.insert(Fate::Lost)),
        (Presence::None, Word::Silent) if sent && absence_proven => drop(fates.insert(Fate::NotCommitted)),
        (Presence::None, Word::Silent) if !sent => drop(fates.insert(Fate::Unsent)),
        (Presence::None, _) => drop(fates.insert(Fate::Unobserved)),
    }
    if presence == Presence::One && late {
        fates.insert(Fate::CommittedLate);
    }
    if presence == Presence::None && cancelled_early {
        fates.insert(Fate::Withdrawn);
    }
    // An order that was never sent, yet of which nothing but its absence is known: unsent says more than not committed.
    fates
}

/// Among what can be argued for, the order of DESIGN's list decides; `pending` gives way to facts of presence only.
fn oracle(facts: &LaneFacts) -> Fate {
    let arguable = arguable(facts);
    let presence = [Fate::Excluded, Fate::Leaked, Fate::DoubleCommitted, Fate::CommittedAfterReject];
    if let Some(fact) = presence.into_iter().find(|fate| arguable.contains(fate)) {
        return fact;
    }
    if arguable.contains(&Fate::Pending) {
        return Fate::Pending;
    }
    // The order of declaration is the order of DESIGN 5.
    *arguable.first().expect("every order has a fate")
}

#[test]
fn the_table_agrees_with_the_oracle_over_its_whole_domain() {
    let mut cases = 0;
    for facts in domain() {
        assert_eq!(decide(&facts).fate, oracle(&facts), "{facts:?}");
        cases += 1;
    }
    assert_eq!(cases, 128 * 15);
}

#[test]
fn every_row_decides_something_and_is_numbered_in_order() {
    let deciding: BTreeSet<u8> = domain().map(|facts| decide(&facts).number).collect();
    let numbers: Vec<u8> = ROWS.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=16).collect::<Vec<u8>>());
    assert_eq!(deciding.into_iter().collect::<Vec<u8>>(), numbers);
}

#[test]
fn the_table_in_the_documentation_is_the_table_in_the_code() {
    let text = include_str!("../table.rs");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | "));
    let written: Vec<(String, String)> = rows
        .filter_map(|row| row.split_once(" | "))
        .filter(|(number, _)| number.parse::<u8>().is_ok())
        .map(|(number, rest)| (number.to_owned(), rest.split('`').nth(1).unwrap().to_owned()))
        .collect();
    let coded: Vec<(String, String)> = ROWS.iter().map(|row| (row.number.to_string(), row.fate.to_string())).collect();
    assert_eq!(written, coded);
}

#[test]
fn absence_is_never_concluded_without_proof_nor_presence_masked() {
    for facts in domain() {
        let fate = decide(&facts).fate;
        if matches!(fate, Fate::Lost | Fate::NotCommitted) {
            assert!(facts.absence_proven && facts.presence == Presence::None, "{facts:?}");
        }
        if facts.presence == Presence::Many && !facts.excluded && !facts.leaked {
            assert_eq!(fate, Fate::DoubleCommitted, "{facts:?}");
        }
    }
}
