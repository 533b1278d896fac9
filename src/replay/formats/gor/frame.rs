//! Where a record of a `.gor` file ends. The format escapes nothing, so that a separator may stand inside a body: a record ends
//! where its HTTP message does, and only where that is not so at the next separator before a record or the file's end.

use memchr::memmem::Finder;

use crate::replay::formats::http::{self, Reach, Side};

/// What stands behind each record.
pub(in crate::replay::formats) const SEPARATOR: &[u8] = "\n🐵🙈🙉\n".as_bytes();

/// The longest header line: twice what the longest id and two numbers take.
const HEADER_BYTES_MAX: usize = 256;

/// The longest id.
const ID_BYTES_MAX: usize = 128;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::replay::formats) enum Kind {
    /// A request.
    Request,
    /// The answer of the system that was captured.
    Answer,
    /// The answer of a system that the capture was replayed to.
    Replayed,
}

/// The line that a record begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::replay::formats) struct Header<'a> {
    pub(in crate::replay::formats) kind: Kind,
    pub(in crate::replay::formats) id: &'a str,
    /// A time in nanoseconds since 1970; of answers in the oldest files, how long they took.
    pub(in crate::replay::formats) time_ns: i64,
    /// How long an answer took; negative: not known.
    pub(in crate::replay::formats) latency_ns: Option<i64>,
}

/// Reads a header line, with or without its CR.
pub(in crate::replay::formats) fn header(line: &[u8]) -> Option<Header<'_>> {
    let line = line.get(..HEADER_BYTES_MAX.min(line.len()))?;
    let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
    let mut fields = line.split(' ');
    let kind = match fields.next()? {
        "1" => Kind::Request,
        "2" => Kind::Answer,
        "3" => Kind::Replayed,
        _ => return None,
    };
    let id = fields.next()?;
    let is_id = (1..=ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    let time_ns = fields.next()?.parse().ok()?;
    let latency_ns = fields.next().map(str::parse).transpose().ok()?;
    (is_id && fields.next().is_none()).then_some(Header { kind, id, time_ns, latency_ns })
}

/// What was found at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// That can't be told yet.
    More,
    /// No record.
    NoHeader,
    /// A record that is longer than the limit.
    TooLong,
    /// A record.
    Record(Extent),
}

/// The extent of a record, in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Where its payload begins.
    pub(super) payload: usize,
    /// Where its payload ends.
    pub(super) end: usize,
    /// Where the next record begins.
    pub(super) next: usize,
    /// Whether it has its separator.
    pub(super) is_separated: bool,
    /// Whether a separator inside of it was passed over because no record follows it.
    pub(super) is_ambiguous: bool,
}

/// Finds records; kept, because the search for separators is prepared once.
pub(super) struct Framer {
    separator: Finder<'static>,
    bytes_max: usize,
}

impl Framer {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { separator: Finder::new(SEPARATOR), bytes_max }
    }

    /// Finds the record at the beginning of `rest`, behind which nothing comes where `ended` says so.
    pub(super) fn frame(&self, rest: &[u8], ended: bool) -> Frame {
        let Some(line) = first_line(rest) else {
            let may_come = !ended && rest.len() < HEADER_BYTES_MAX;
            return if may_come { Frame::More } else { Frame::NoHeader };
        };
        let Some(header) = header(line) else { return Frame::NoHeader };
        let from = line.len() + 1;
        let payload = rest.get(from..).unwrap_or_default();
        let side = if header.kind == Kind::Request { Side::Request } else { Side::Answer };
        match http::reach(payload, side) {
            Reach::Ends(length) if length <= self.bytes_max => match at_end(payload, length, ended) {
                AtEnd::Unknown => Frame::More,
                AtEnd::Separator => record(from, length, true),
                AtEnd::File => Frame::Record(Extent { next: rest.len(), ..extent(from, length, false) }),
                AtEnd::Other => self.by_separator(rest, from, ended),
            },
            Reach::Further if !ended && payload.len() <= self.bytes_max => Frame::More,
            Reach::Ends(_) | Reach::Further | Reach::Open => self.by_separator(rest, from, ended),
        }
    }

    /// The record ends at the first separator that a record or the file's end follows.
    fn by_separator(&self, rest: &[u8], from: usize, ended: bool) -> Frame {
        let payload = rest.get(from..).unwrap_or_default();
        let mut is_ambiguous = false;
        for at in self.separator.find_iter(payload) {
            if at > self.bytes_max {
                return Frame::TooLong;
            }
            let behind = payload.get(at + SEPARATOR.len()..).unwrap_or_default();
            let follows = match first_line(behind) {
                Some(line) => header(line).is_some(),
                None if !ended && behind.len() < HEADER_BYTES_MAX => return Frame::More,
                None => behind.trim_ascii().is_empty(),
            };
            if follows {
                return Frame::Record(Extent { is_ambiguous, ..extent(from, at, true) });
            }
            is_ambiguous = true;
        }
        match (payload.len() > self.bytes_max, ended) {
            (true, _) => Frame::TooLong,
            (false, false) => Frame::More,
            (false, true) => {
                Frame::Record(Extent { is_ambiguous, next: rest.len(), ..extent(from, payload.len(), false) })
            }
        }
    }
}

/// What stands where a message ends.
enum AtEnd {
    Unknown,
    Separator,
    File,
    Other,
}

fn at_end(payload: &[u8], length: usize, ended: bool) -> AtEnd {
    let Some(behind) = payload.get(length..) else {
        return if ended { AtEnd::Other } else { AtEnd::Unknown };
    };
    if behind.starts_with(SEPARATOR) {
        AtEnd::Separator
    } else if SEPARATOR.starts_with(behind) {
        if ended { AtEnd::File } else { AtEnd::Unknown }
    } else if ended && behind.trim_ascii().is_empty() {
        AtEnd::File
    } else {
        AtEnd::Other
    }
}

const fn extent(from: usize, length: usize, is_separated: bool) -> Extent {
    let end = from + length;
    let next = if is_separated { end + SEPARATOR.len() } else { end };
    Extent { payload: from, end, next, is_separated, is_ambiguous: false }
}

const fn record(from: usize, length: usize, is_separated: bool) -> Frame {
    Frame::Record(extent(from, length, is_separated))
}

fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.get(..HEADER_BYTES_MAX.min(bytes.len()))?;
    head.get(..memchr::memchr(b'\n', head)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lines_of_all_ages_are_read() {
        let line = |line: &'static str| header(line.as_bytes());
        let old = "932079936fa4306fc308d67588178d17d823647c";
        assert_eq!(
            line("1 932079936fa4306fc308d67588178d17d823647c 1439818823587396305"),
            Some(Header { kind: Kind::Request, id: old, time_ns: 1_439_818_823_587_396_305, latency_ns: None })
        );
        assert_eq!(
            line("2 4f4bd5000107fab8d3f1c0ff 1439818823587396305 1200\r"),
            Some(Header {
                kind: Kind::Answer,
                id: "4f4bd5000107fab8d3f1c0ff",
                time_ns: 1_439_818_823_587_396_305,
                latency_ns: Some(1_200)
            })
        );
        assert_eq!(line("1 a 5 -1").unwrap().latency_ns, Some(-1));
        for none in [
            "",
            "1",
            "1 a",
            "1 a b",
            "4 a 5",
            "11 a 5",
            "1  5",
            "1 a 5 6 7",
            "1 a 5 b",
            "1 a 99999999999999999999",
            " 1 a 5",
        ] {
            assert_eq!(line(none), None, "{none:?}");
        }
    }
}
