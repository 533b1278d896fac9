//! The first of two readings: how much there is to send, and what is wrong with it, before anything is sent.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::files::FileSeen;
use super::formats::{CaptureError, Record};
use super::omitted::Omissions;
use super::prepare::Preparer;
use super::selection::Selector;
use crate::outcome::Lane;

/// What files hold.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Requests to be replayed.
    pub requests: u64,
    /// What was read, and what of it is left out.
    pub omissions: Omissions,
    /// Which of the requests are recorded and go to no lane, by reason.
    pub unsent: BTreeMap<String, u64>,
    /// When the first and the last of the requests were captured, where any tells.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Requests without a time.
    pub untimed: u64,
    /// Requests that stand too far from their place in time to be put there.
    pub displaced: u64,
    /// Requests that come with an answer of the lane that was live.
    pub answered: u64,
    /// Digest over the requests and their answers, in the order of the plan: what tells one replay from another.
    pub digest: String,
    /// The files.
    pub files: Vec<FileSeen>,
}

/// Reads all that is chosen, and looks by `preparer` at what would become of it; `live` is the lane whose answers count, where files know no lanes.
///
/// # Errors
/// When a file can't be read to its end, or something is wrong with it and reading is strict.
pub fn survey(mut selector: Selector, preparer: &Preparer, live: Lane) -> Result<Survey, CaptureError> {
    let (mut requests, mut untimed, mut answered) = (0, 0, 0);
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let (mut digest, mut unsent) = (Digest::default(), BTreeMap::new());
    for chosen in selector.by_ref() {
        let chosen = chosen?;
        preparer.unsent(&chosen).into_iter().for_each(|reason| *unsent.entry(reason).or_default() += 1);
        let record = chosen.request.record;
        requests += 1;
        answered += u64::from(record.answer_of(live, live).is_some());
        match record.at {
            Some(at) => span = Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))),
            None => untimed += 1,
        }
        digest.add(&record);
    }
    let digest = digest.finish();
    let (omissions, displaced, files) = (selector.omissions(), selector.displaced(), selector.files());
    Ok(Survey { requests, omissions, unsent, span, untimed, displaced, answered, digest, files })
}

/// Takes requests and their answers into one digest.
#[derive(Default)]
pub(super) struct Digest(Sha256);

impl Digest {
    pub(super) fn add(&mut self, record: &Record) {
        add(&mut self.0, record);
    }

    /// In hexadecimal digits.
    pub(super) fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn add(hasher: &mut Sha256, record: &Record) {
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(&record.at.map_or(i64::MIN, Timestamp::as_microsecond).to_le_bytes());
    part(record.method.as_bytes());
    part(record.target.as_bytes());
    for (name, value) in &record.headers {
        part(name.as_bytes());
        part(value);
    }
    part(&record.body);
    for answer in &record.answers {
        part(answer.lane.map_or("", Lane::as_str).as_bytes());
        part(&answer.status.unwrap_or_default().to_le_bytes());
        part(&answer.body);
    }
}
