//! What is wrong with a capture file, place by place, and what was done about it. The first of it is listed, all of it
//! is counted: what was read adds up.

use std::collections::BTreeMap;
use std::fmt;

use super::stop::Stop;
use crate::outcome::names;

/// Where in a file something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Offset in bytes from the beginning; of a packed file, from the beginning of what is unpacked.
    Byte(u64),
    /// Offset in bytes in the packed file itself.
    PackedByte(u64),
    /// Line, counted from 1.
    Line(u64),
    /// Row of a journal.
    Row(i64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => write!(f, "byte {byte}"),
            Self::PackedByte(byte) => write!(f, "packed byte {byte}"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// What was done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// What is there was taken.
    Salvaged,
    /// It was left out.
    Skipped,
    /// It was left out because it is not asked for; nothing is wrong with it.
    SetAside,
}
names!(Action, "action", { Salvaged => "salvaged", Skipped => "skipped", SetAside => "set_aside" });

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No JSON.
    NoJson,
    /// JSON, but not as the format has it.
    Malformed,
    /// A version of the format that this program doesn't know.
    UnknownVersion,
    /// Longer than one record may be.
    TooLong,
    /// The file ends inside of it.
    CutOff,
    /// No header of a record.
    NoHeader,
    /// No separator behind the last record.
    NoSeparator,
    /// A separator inside a record.
    SeparatorInside,
    /// The payload is no HTTP/1.x message.
    NoHttp,
    /// The body is shorter than its length says.
    BodyCut,
    /// The body is not there.
    BodyMissing,
    /// The body is longer than its head says, or that says no length that can be one.
    LengthDiffers,
    /// What is there of the request are not the bytes that were sent.
    NotAsSent,
    /// No time that can be read.
    NoTime,
    /// Trailer fields behind a chunked body.
    Trailers,
    /// An answer, and no request before it to which it belongs.
    UnpairedAnswer,
    /// A second answer to the same request.
    SecondAnswer,
    /// The answer can't be read.
    BadAnswer,
    /// The answer's body is not whole.
    AnswerCut,
    /// An answer of the system that the capture was once replayed to.
    ReplayedAnswer,
    /// An exchange that is no HTTP.
    OtherScheme,
    /// A gzip member without its trailer.
    NoTrailer,
    /// Packed data that can't be unpacked.
    BadPacking,
    /// Unpacked data that is not what was packed.
    BadChecksum,
    /// A row of the journal is damaged.
    Damaged,
}
names!(Reason, "reason", {
    NoJson => "no_json", Malformed => "malformed", UnknownVersion => "unknown_version", TooLong => "too_long",
    CutOff => "cut_off", NoHeader => "no_header", NoSeparator => "no_separator", SeparatorInside => "separator_inside",
    NoHttp => "no_http", BodyCut => "body_cut", BodyMissing => "body_missing", LengthDiffers => "length_differs",
    NotAsSent => "not_as_sent", NoTime => "no_time", Trailers => "trailers", UnpairedAnswer => "unpaired_answer",
    SecondAnswer => "second_answer", BadAnswer => "bad_answer", AnswerCut => "answer_cut",
    ReplayedAnswer => "replayed_answer", OtherScheme => "other_scheme", NoTrailer => "no_trailer",
    BadPacking => "bad_packing", BadChecksum => "bad_checksum", Damaged => "damaged",
});

impl Reason {
    /// In words.
    #[must_use]
    pub const fn explained(self) -> &'static str {
        match self {
            Self::NoJson => "it is no JSON",
            Self::Malformed => "it is not as the format has it",
            Self::UnknownVersion => "its version is not one that this paritee reads",
            Self::TooLong => "it is longer than one record may be",
            Self::CutOff => "the file ends inside of it",
            Self::NoHeader => "no record begins here",
            Self::NoSeparator => "the last record has no separator behind it",
            Self::SeparatorInside => "a separator stands inside the record",
            Self::NoHttp => "the payload is no HTTP/1.x message",
            Self::BodyCut => "the body is shorter than its length says",
            Self::BodyMissing => "the body is not in the file",
            Self::LengthDiffers => "the body is longer than its head says, or that says no valid length",
            Self::NotAsSent => "what the file holds is not the request as it was sent",
            Self::NoTime => "there is no time that can be read",
            Self::Trailers => "the trailer fields behind a chunked body are left out",
            Self::UnpairedAnswer => "no request to which this answer belongs stands before it",
            Self::SecondAnswer => "the request has an answer already",
            Self::BadAnswer => "the answer can't be read",
            Self::AnswerCut => "the answer's body is not whole",
            Self::ReplayedAnswer => "an answer of a system that this capture was replayed to",
            Self::OtherScheme => "the exchange is no HTTP",
            Self::NoTrailer => "the gzip trailer is missing: what is unpacked can't be checked",
            Self::BadPacking => "the packed data is damaged",
            Self::BadChecksum => "what is unpacked is not what was packed",
            Self::Damaged => "the row is damaged; `paritee verify` tells more",
        }
    }
}

/// Something wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// Where.
    pub place: Place,
    /// What.
    pub reason: Reason,
    /// More about it.
    pub detail: Option<String>,
    /// What was done.
    pub action: Action,
}

impl Diagnosis {
    pub(super) fn new(place: Place, reason: Reason, action: Action, detail: impl Into<String>) -> Self {
        let detail = Some(detail.into()).filter(|detail: &String| !detail.is_empty());
        Self { place, reason, detail, action }
    }

    /// What is left out.
    pub(super) fn skipped(place: Place, reason: Reason, detail: impl Into<String>) -> Self {
        Self::new(place, reason, Action::Skipped, detail)
    }

    /// What is taken all the same.
    pub(super) fn salvaged(place: Place, reason: Reason, detail: impl Into<String>) -> Self {
        Self::new(place, reason, Action::Salvaged, detail)
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason.explained())?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, " ({detail})"))
    }
}

/// What was read of a file, and what is wrong with it.
///
/// `units = records + joined + skipped + set_aside`: each piece of the file that was found became a record, or the answer of
/// one, or is counted by the reason why it is neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Pieces that were found: lines, entries, records, rows, and stretches that are none.
    pub units: u64,
    /// Requests that were yielded, incomplete ones among them.
    pub records: u64,
    /// Of these, how many are not whole, and never sent.
    pub incomplete: u64,
    /// Pieces that became the answer of a request.
    pub joined: u64,
    /// Pieces that were left out.
    pub skipped: u64,
    /// Pieces that were left out because they are not asked for.
    pub set_aside: u64,
    /// All diagnoses, counted.
    pub counts: BTreeMap<(Reason, Action), u64>,
    /// The first of them.
    pub listed: Vec<Diagnosis>,
    listed_max: usize,
    is_strict: bool,
}

impl Tally {
    pub(super) fn new(listed_max: usize, is_strict: bool) -> Self {
        Self { listed_max, is_strict, ..Self::default() }
    }

    /// Diagnoses beyond those that are listed. What is set aside is none: nothing is wrong with it.
    #[must_use]
    pub fn unlisted(&self) -> u64 {
        let wrong = self.counts.iter().filter(|((_, action), _)| *action != Action::SetAside);
        wrong.map(|(_, count)| count).sum::<u64>().saturating_sub(self.listed.len() as u64)
    }

    /// Whether nothing is wrong with what was read.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.counts.keys().all(|(_, action)| *action == Action::SetAside)
    }

    /// How often this reason was met, whatever was done.
    #[must_use]
    pub fn count(&self, reason: Reason) -> u64 {
        self.counts.iter().filter(|((of, _), _)| *of == reason).map(|(_, count)| count).sum()
    }

    /// Something is wrong that leaves the count of pieces as it is. What is not asked for is counted and not listed.
    ///
    /// # Errors
    /// When reading is strict, and it is wrong.
    pub(super) fn remark(&mut self, diagnosis: Diagnosis) -> Result<(), Stop> {
        *self.counts.entry((diagnosis.reason, diagnosis.action)).or_default() += 1;
        if diagnosis.action == Action::SetAside {
            return Ok(());
        }
        if self.is_strict {
            return Err(Stop::Strict(Box::new(diagnosis)));
        }
        if self.listed.len() < self.listed_max {
            self.listed.push(diagnosis);
        }
        Ok(())
    }

    /// A piece that was found is left out.
    ///
    /// # Errors
    /// As [`Tally::remark`].
    pub(super) fn leave_out(&mut self, diagnosis: Diagnosis) -> Result<(), Stop> {
        match diagnosis.action {
            Action::SetAside => self.set_aside += 1,
            Action::Salvaged | Action::Skipped => self.skipped += 1,
        }
        self.remark(diagnosis)
    }
}
