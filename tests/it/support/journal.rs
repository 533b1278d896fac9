//! What the journal holds, waited for.

use std::path::Path;

use paritee::journal::{Journal, Reader};
use paritee::outcome::{Answer, Attempt, Capture, Gap, GapReason, Lane, RowId, Skip};

use super::soon;

/// A capture with its sends.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) row: RowId,
    pub(crate) capture: Capture,
    pub(crate) live: Vec<(Attempt, Option<Answer>)>,
    pub(crate) shadow: Vec<(Attempt, Option<Answer>)>,
}

impl Sent {
    pub(crate) fn key(&self) -> Option<&str> {
        self.capture.order_key.as_ref().map(|key| key.as_str())
    }

    pub(crate) fn skip(&self) -> Option<Skip> {
        self.capture.skip
    }

    /// The last answer on the live lane.
    pub(crate) fn live_answer(&self) -> Option<&Answer> {
        self.live.last()?.1.as_ref()
    }

    /// The last answer on the shadow lane.
    pub(crate) fn shadow_answer(&self) -> Option<&Answer> {
        self.shadow.last()?.1.as_ref()
    }

    /// Each attempt on the shadow lane: why, and the status of its answer.
    pub(crate) fn shadow_story(&self) -> Vec<(&'static str, Option<u16>)> {
        let status = |answer: &Option<Answer>| answer.as_ref().and_then(|answer| answer.status);
        self.shadow.iter().map(|(attempt, answer)| (attempt.reason.as_str(), status(answer))).collect()
    }
}

/// Waits until `look` finds what it looks for.
pub(crate) async fn until<T>(what: &str, journal: &Journal, look: impl Fn(&Reader) -> Option<T>) -> T {
    let reader = Reader::open(journal.path()).unwrap();
    let mut tail = journal.tail();
    soon(what, async {
        loop {
            tail.borrow_and_update();
            if let Some(found) = look(&reader) {
                return found;
            }
            tail.changed().await.expect("the journal ended");
        }
    })
    .await
}

/// All captures, in the order of recording.
pub(crate) fn sent(reader: &Reader) -> Vec<Sent> {
    let mut select = reader.connection().prepare("SELECT id FROM capture ORDER BY id").unwrap();
    let rows: Vec<RowId> = select.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let attempts = |row, lane| {
        let attempts = reader.attempts(row, lane).unwrap();
        attempts.into_iter().map(|(_, attempt, answer)| (attempt, answer)).collect()
    };
    let sent = |row| Sent {
        row,
        capture: reader.capture(row).unwrap().unwrap().1,
        live: attempts(row, Lane::Legacy),
        shadow: attempts(row, Lane::Gated),
    };
    rows.into_iter().map(sent).collect()
}

/// All gaps of the first run.
pub(crate) fn gaps(reader: &Reader) -> Vec<Gap> {
    reader.gaps(1).unwrap().into_iter().map(|(_, gap)| gap).collect()
}

/// The reasons of all gaps of the first run.
pub(crate) fn gap_reasons(reader: &Reader) -> Vec<GapReason> {
    gaps(reader).iter().map(|gap| gap.reason).collect()
}

/// The chain is whole.
pub(crate) fn assert_verified(path: &Path) {
    Reader::open(path).unwrap().verify().unwrap().unwrap();
}
