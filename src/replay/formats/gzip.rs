//! Unpacks gzip (RFC 1952) with as many members as there are. GoReplay appends members, and leaves one without its trailer where it
//! is killed: what can be unpacked is, and the search goes on for the next member. Nothing that is damaged is an error here.

#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::diagnosis::{Diagnosis, Place, Reason};

/// Packed bytes in memory.
const BUFFER_BYTES: usize = 2 << 20;

/// Packed bytes that are kept behind: where a member ends too early, the next one's beginning is read as its data for a
/// while, mostly for less than a tenth of this.
const BEHIND_BYTES: usize = 1 << 20;

/// What a member's header is looked for in: the longest extra field, and room for texts.
const HEADER_BYTES: usize = 128 << 10;

/// Damages without one unpacked byte between them before the rest is given up: it is no gzip.
const DAMAGES_MAX: usize = 100;

const MAGIC: &[u8] = b"\x1f\x8b\x08";
const TRAILER_BYTES: usize = 8;

/// What went wrong, for who reads what is unpacked.
#[derive(Clone, Debug, Default)]
pub(super) struct Damages(Arc<Mutex<Vec<Diagnosis>>>);

impl Damages {
    /// Takes what went wrong since the last time.
    pub(super) fn take(&self) -> Vec<Diagnosis> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn add(&self, diagnosis: Diagnosis) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(diagnosis);
    }
}

/// A packed file, unpacked.
pub(super) struct Gunzip {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The unread packed bytes are `buffer[at..to]`.
    at: usize,
    to: usize,
    /// Where `buffer` begins in the file.
    offset: u64,
    ended: bool,
    state: State,
    /// Where the member begins in the file.
    member: u64,
    decoder: Decompress,
    crc: Crc,
    damages: Damages,
    /// Damages since the last unpacked byte.
    in_a_row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Header,
    Data,
    Trailer,
    /// On the search for the next member.
    Lost,
    Done,
}

impl Gunzip {
    /// The packed bytes of `head`, which were read before, and of `input`.
    pub(super) fn new(head: Vec<u8>, input: Box<dyn Read + Send>, damages: Damages) -> Self {
        let to = head.len();
        let mut buffer = head;
        buffer.resize(to.max(BUFFER_BYTES), 0);
        Self {
            input,
            buffer,
            at: 0,
            to,
            offset: 0,
            ended: false,
            state: State::Header,
            member: 0,
            decoder: Decompress::new(false),
            crc: Crc::new(),
            damages,
            in_a_row: 0,
        }
    }

    fn rest(&self) -> &[u8] {
        self.buffer.get(self.at..self.to).unwrap_or_default()
    }

    /// Reads on until the buffer is full or the file ends.
    fn more(&mut self) -> io::Result<()> {
        let gone = self.at.saturating_sub(BEHIND_BYTES);
        self.buffer.copy_within(gone..self.to, 0);
        (self.at, self.to) = (self.at - gone, self.to - gone);
        self.offset += gone as u64;
        let room = self.buffer.get_mut(self.to..).unwrap_or_default();
        let length = super::window::fill(&mut *self.input, room)?;
        self.ended = length < room.len();
        self.to += length;
        Ok(())
    }

    /// Reads on where fewer than so many bytes are there.
    fn have(&mut self, bytes: usize) -> io::Result<()> {
        if self.rest().len() < bytes && !self.ended { self.more() } else { Ok(()) }
    }

    fn damage(&mut self, reason: Reason, detail: &str) {
        self.in_a_row += 1;
        let place = Place::PackedByte(self.offset + self.at as u64);
        self.damages.add(Diagnosis::salvaged(place, reason, detail));
    }

    /// Damaged: the next member is looked for.
    fn lose(&mut self, detail: &str) {
        self.damage(Reason::BadPacking, detail);
        self.state = if self.in_a_row < DAMAGES_MAX { State::Lost } else { State::Done };
    }

    fn header(&mut self) -> io::Result<()> {
        self.have(HEADER_BYTES)?;
        self.member = self.offset + self.at as u64;
        let rest = self.rest();
        // Tapes and file systems pad with zeros.
        if rest.is_empty() || self.ended && rest.iter().all(|byte| *byte == 0) {
            self.state = State::Done;
            return Ok(());
        }
        match header(rest) {
            Some(length) => {
                self.at += length;
                self.decoder.reset(false);
                self.crc.reset();
                self.state = State::Data;
            }
            None if self.ended && MAGIC.starts_with(rest.get(..MAGIC.len()).unwrap_or(rest)) => {
                self.damage(Reason::NoTrailer, "the file ends in a member's header");
                self.state = State::Done;
            }
            None => self.lose("what follows is no gzip member"),
        }
        Ok(())
    }

    /// Unpacks into `out`; tells how many bytes.
    fn data(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.have(1)?;
        let (before_in, before_out) = (self.decoder.total_in(), self.decoder.total_out());
        let packed = self.buffer.get(self.at..self.to).unwrap_or_default();
        let is_all = packed.is_empty();
        let status = self.decoder.decompress(packed, out, FlushDecompress::None);
        let taken = usize::try_from(self.decoder.total_in() - before_in).unwrap_or_default();
        let made = usize::try_from(self.decoder.total_out() - before_out).unwrap_or_default();
        self.at = (self.at + taken).min(self.to);
        self.crc.update(out.get(..made).unwrap_or_default());
        match status {
            Ok(Status::StreamEnd) => self.state = State::Trailer,
            Ok(_) if taken > 0 || made > 0 => {}
            Ok(_) if is_all => {
                // Its data may have been followed by another member long ago.
                self.damage(Reason::NoTrailer, "the file ends inside of a member");
                self.state = State::Lost;
            }
            Ok(_) | Err(_) => self.lose("it can't be unpacked"),
        }
        Ok(made)
    }

    fn trailer(&mut self) -> io::Result<()> {
        self.have(TRAILER_BYTES)?;
        let trailer = self.rest().first_chunk::<TRAILER_BYTES>().copied();
        self.state = State::Header;
        let Some(trailer) = trailer else {
            self.damage(Reason::NoTrailer, "the file ends behind a member's data");
            self.state = State::Done;
            return Ok(());
        };
        let [a, b, c, d, length @ ..] = trailer;
        if (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(length)) == (self.crc.sum(), self.crc.amount()) {
            self.at += TRAILER_BYTES;
        } else if header(self.rest()).is_some() {
            self.damage(Reason::NoTrailer, "the next member follows the data at once");
        } else {
            self.damage(Reason::BadChecksum, "");
            self.at += TRAILER_BYTES;
            // The data of a member that was cut off goes on in that of the next, and may come to an end there.
            self.state = State::Lost;
        }
        Ok(())
    }

    /// Goes to the next member's header, behind the beginning of the damaged one.
    fn find(&mut self) -> io::Result<()> {
        let first = usize::try_from((self.member + 1).saturating_sub(self.offset)).unwrap_or_default();
        let mut from = first.max(self.at.saturating_sub(BEHIND_BYTES)).min(self.to);
        loop {
            let text = self.buffer.get(from..self.to).unwrap_or_default();
            let mut found = memchr::memmem::find_iter(text, MAGIC);
            if let Some(at) = found.find(|at| text.get(*at..).is_some_and(is_likely)) {
                self.at = from + at;
                self.state = State::Header;
                return Ok(());
            }
            if self.ended {
                self.at = self.to;
                self.state = State::Done;
                return Ok(());
            }
            // A header may stand across the end of the buffer.
            self.at = self.to;
            self.more()?;
            from = 0;
        }
    }
}

impl Read for Gunzip {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !out.is_empty() {
            match self.state {
                State::Header => self.header()?,
                State::Data => {
                    let made = self.data(out)?;
                    if made > 0 {
                        self.in_a_row = 0;
                        return Ok(made);
                    }
                }
                State::Trailer => self.trailer()?,
                State::Lost => self.find()?,
                State::Done => break,
            }
        }
        Ok(0)
    }
}

/// The length of the member header at the beginning; `None` where there is none, or not all of it.
fn header(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.strip_prefix(MAGIC)?.first()?;
    let (has_checksum, has_extra, texts) = (flags & 2 != 0, flags & 4 != 0, (flags >> 3 & 1) + (flags >> 4 & 1));
    let mut length = 10;
    if flags & 0xe0 != 0 || bytes.len() < length {
        return None;
    }
    if has_extra {
        let size = bytes.get(length..)?.first_chunk::<2>()?;
        length += 2 + usize::from(u16::from_le_bytes(*size));
    }
    for _ in 0..texts {
        length += memchr::memchr(0, bytes.get(length..)?)? + 1;
    }
    length += if has_checksum { 2 } else { 0 };
    (length <= bytes.len()).then_some(length)
}

/// Whether a member begins here as packers write it: three bytes alone are found in the middle of packed data as well.
fn is_likely(bytes: &[u8]) -> bool {
    let is_known = matches!(bytes.get(8..10), Some([0 | 2 | 4, 0..=13 | 255]));
    is_known && header(bytes).is_some()
}
