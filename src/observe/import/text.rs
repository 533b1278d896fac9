//! The bytes of an export as text: hashed as they are read, decoded strictly, in bounded memory. What is no text of
//! the encoding ends the text there, and is a fault; nothing is replaced or left out.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, DecoderResult};
use sha2::{Digest as _, Sha256};

use super::fault::FileFault;
use crate::config::Encoding;

/// Bytes of one read: large enough that calls to the system don't count.
const BLOCK_BYTES: usize = 256 << 10;

/// The longest row, in bytes. Orders with a thousand lines stay below it; what is longer is mostly a quote that is
/// opened and not closed.
pub(super) const ROW_BYTES_MAX: usize = 4 << 20;

/// What a byte order mark at the beginning says.
const MARKS: [(&[u8], Encoding, bool); 3] = [
    (b"\xef\xbb\xbf", Encoding::Utf8, false),
    (b"\xff\xfe", Encoding::Utf16, false),
    (b"\xfe\xff", Encoding::Utf16, true),
];

/// Files that are no text, by how they begin, and what to do with them.
const FOREIGN: [(&[u8], &str, &str); 3] = [
    (b"\x1f\x8b", "a gzip file", "unpack it on the way: gunzip -c FILE | paritee import … -"),
    (b"PK\x03\x04", "a ZIP archive, or an Excel workbook", "unpack it, or save the sheet as CSV UTF-8"),
    (b"SQLite format 3\0", "an SQLite database", "read it with `poll.sql`, or export the query's result"),
];

/// The text of an export, of which a window is in memory.
pub(super) struct Text {
    input: Box<dyn Read + Send>,
    encoding: Encoding,
    decoder: Option<Decoder>,
    hasher: Sha256,
    read: Arc<AtomicU64>,
    bytes: u64,
    block: Vec<u8>,
    window: String,
    /// Where the unread text begins in `window`.
    at: usize,
    /// The line of the unread text's beginning, counted from 1 as editors count.
    line: u64,
    ended: bool,
    fault: Option<FileFault>,
}

/// A file whose rows could not be found.
#[derive(Debug)]
pub(super) struct Unread {
    /// At which line, and why.
    pub(super) at: (u64, FileFault),
    /// As of [`Text::provenance`].
    pub(super) provenance: (u64, String),
}

impl Text {
    /// Text from `input`; `read` counts its bytes for whoever watches.
    pub(super) fn new(input: Box<dyn Read + Send>, encoding: Encoding, read: Arc<AtomicU64>) -> Self {
        Self {
            input,
            encoding,
            decoder: None,
            hasher: Sha256::new(),
            read,
            bytes: 0,
            block: vec![0; BLOCK_BYTES],
            window: String::new(),
            at: 0,
            line: 1,
            ended: false,
            fault: None,
        }
    }

    /// The text that is in memory and not taken yet.
    pub(super) fn rest(&self) -> &str {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// Whether nothing comes behind [`Text::rest`].
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// The line of the beginning of [`Text::rest`].
    pub(super) const fn line(&self) -> u64 {
        self.line
    }

    /// Why the text ended early, once all before it is taken.
    pub(super) const fn take_fault(&mut self) -> Option<FileFault> {
        self.fault.take()
    }

    /// That no row can be found in it.
    pub(super) fn unread(&self, line: u64, fault: FileFault) -> Box<Unread> {
        Box::new(Unread { at: (line, fault), provenance: self.provenance() })
    }

    /// Bytes read, and their SHA-256 in hexadecimal.
    pub(super) fn provenance(&self) -> (u64, String) {
        let digest = self.hasher.clone().finalize();
        (self.bytes, digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Takes so many bytes of [`Text::rest`].
    pub(super) fn take(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.window.len());
        self.line += lines(self.window.get(self.at..end).unwrap_or_default());
        self.at = end;
    }

    /// Reads until [`Text::rest`] is twice as long, or the end: what needs more text is scanned again, and so never
    /// more than twice.
    pub(super) fn more(&mut self) {
        self.window.drain(..self.at);
        self.at = 0;
        let wanted = (self.window.len() * 2).max(BLOCK_BYTES);
        while !self.ended && self.window.len() < wanted {
            self.block();
        }
    }

    fn block(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        match fill(&mut *self.input, &mut block) {
            Ok(length) => self.decode(block.get(..length).unwrap_or_default(), length < block.len()),
            Err(error) => self.stop(FileFault::Read(error.to_string())),
        }
        self.block = block;
    }

    fn stop(&mut self, fault: FileFault) {
        self.ended = true;
        self.fault = Some(fault);
    }

    fn decode(&mut self, bytes: &[u8], last: bool) {
        let before = self.bytes;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        self.read.store(self.bytes, Ordering::Relaxed);
        let (mark, mut decoder) = match self.decoder.take() {
            Some(decoder) => (0, decoder),
            None => match self.begin(bytes) {
                Ok(begun) => begun,
                Err(fault) => return self.stop(fault),
            },
        };
        let text = bytes.get(mark..).unwrap_or_default();
        let room = decoder.max_utf8_buffer_length_without_replacement(text.len()).unwrap_or(text.len() * 3 + 16);
        self.window.reserve(room);
        let (result, taken) = decoder.decode_to_string_without_replacement(text, &mut self.window, last);
        self.decoder = Some(decoder);
        match result {
            DecoderResult::Malformed(length, behind) => {
                let at = before + (mark + taken) as u64 - u64::from(length) - u64::from(behind);
                self.stop(FileFault::Encoding { byte: at, encoding: self.encoding });
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => self.ended = last,
        }
    }

    /// How a file that begins so is decoded, and how long its byte order mark is.
    fn begin(&mut self, head: &[u8]) -> Result<(usize, Decoder), FileFault> {
        if let Some((_, what, remedy)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
            return Err(FileFault::Foreign { what, remedy });
        }
        let mark = MARKS.iter().find(|(mark, ..)| head.starts_with(mark));
        let (length, big_endian) = mark.map_or((0, false), |(mark, _, big)| (mark.len(), *big));
        self.encoding = mark.map_or(self.encoding, |(_, encoding, _)| *encoding);
        if self.encoding != Encoding::Utf16 && head.iter().take(64).any(|byte| *byte == 0) {
            return Err(FileFault::Nul);
        }
        let encoding = match (self.encoding, big_endian) {
            (Encoding::Utf8, _) => encoding_rs::UTF_8,
            (Encoding::Windows1252, _) => encoding_rs::WINDOWS_1252,
            (Encoding::Iso8859_15, _) => encoding_rs::ISO_8859_15,
            (Encoding::Utf16, false) => encoding_rs::UTF_16LE,
            (Encoding::Utf16, true) => encoding_rs::UTF_16BE,
        };
        Ok((length, encoding.new_decoder_without_bom_handling()))
    }
}

/// How many lines end in a text: at LF, CR LF, and CR alone.
pub(super) fn lines(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let feeds = bytes.iter().filter(|byte| **byte == b'\n').count();
    let returns = bytes.iter().filter(|byte| **byte == b'\r').count();
    if returns == 0 {
        return feeds as u64;
    }
    let pairs = bytes.windows(2).filter(|pair| *pair == b"\r\n").count();
    (feeds + returns - pairs) as u64
}

/// Reads until the block is full or the input ends.
fn fill(input: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(room) = block.get_mut(length..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
