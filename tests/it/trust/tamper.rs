//! Bits flipped all over a journal: the chain tells, or nothing that is judged has changed.

use std::path::Path;

use jiff::Timestamp;
use paritee::audit;
use paritee::journal::Reader;

use super::sidecar::Sidecar;
use super::{Lanes, SETUP};

/// Bits that are flipped, one at a time, where `PARITEE_FLIPS` doesn't say.
const FLIPS: usize = 400;

/// What verifying says.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Whole,
    Broken,
}

fn verify(journal: &Path) -> Said {
    match Reader::open(journal).and_then(|reader| reader.verify()) {
        Ok(Ok(_)) => Said::Whole,
        _ => Said::Broken,
    }
}

/// Everything that a report on the journal says, judged up to the end of time; `None` where there can't be one.
fn judged(journal: &Path) -> Option<String> {
    let reader = Reader::open(journal).ok()?;
    let assessment = audit::assess(&reader, None, Some(Timestamp::MAX)).ok()?;
    Some(format!("{assessment:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_or_changes_nothing_that_is_judged() {
    let flips = std::env::var("PARITEE_FLIPS").map_or(FLIPS, |flips| flips.parse().unwrap());
    let mut lanes = Lanes::start(SETUP).await;
    let sidecar = Sidecar::start(&lanes.config(), None).await;
    let mut posting = sidecar.post("0");
    posting.acknowledged(200).await;
    drop(posting);
    lanes.all_committed().await;
    sidecar.process.terminate().await;
    let journal = lanes.journal();
    assert_eq!(verify(&journal), Said::Whole);
    let (whole, before) = (std::fs::read(&journal).unwrap(), judged(&journal).unwrap());
    let copy = journal.with_file_name("copy.db");
    let mut found = 0;
    for round in 0..flips {
        let mut bytes = whole.clone();
        // Spread over the file, never twice in the same place.
        let at = (bytes.len() / flips * round + fastrand::usize(..bytes.len() / flips)).min(bytes.len() - 1);
        let bit = fastrand::u8(..8);
        bytes[at] ^= 1 << bit;
        std::fs::write(&copy, bytes).unwrap();
        match verify(&copy) {
            Said::Broken => found += 1,
            Said::Whole => match judged(&copy) {
                Some(after) => assert_eq!(after, before, "bit {bit} of byte {at} was flipped unseen"),
                // It can't be read in the sequence of judging: no report is made of it.
                None => found += 1,
            },
        }
    }
    println!("{found} of {flips} flips found in {} bytes, the others change nothing", whole.len());
    assert!(found > flips / 10, "many bytes say something, however much room a small journal has: {found} of {flips}");
}
