//! A window that moves over the bytes of a file: what is unread and in memory. It grows with what one record needs, and
//! shrinks again.

use std::io::{self, Read};

use memchr::memmem::Finder;

/// Bytes of one read: large enough that calls to the system don't count.
pub(super) const BLOCK_BYTES: usize = 256 << 10;

/// Bytes of a file, of which a window is in memory.
pub(super) struct Window {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// The unread bytes are `buffer[from..to]`.
    from: usize,
    to: usize,
    offset: u64,
    ended: bool,
}

impl Window {
    /// The bytes of `input`, behind those of `head`, which were read before.
    pub(super) const fn new(head: Vec<u8>, input: Box<dyn Read + Send>) -> Self {
        let to = head.len();
        Self { input, buffer: head, from: 0, to, offset: 0, ended: false }
    }

    /// The bytes that are in memory and not taken yet.
    pub(super) fn rest(&self) -> &[u8] {
        self.buffer.get(self.from..self.to).unwrap_or_default()
    }

    /// Whether nothing comes behind [`Window::rest`].
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Where [`Window::rest`] begins, from the beginning of the file.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes so many bytes of [`Window::rest`].
    pub(super) fn take(&mut self, bytes: usize) {
        let bytes = bytes.min(self.to - self.from);
        self.from += bytes;
        self.offset += bytes as u64;
    }

    /// Reads until [`Window::rest`] is twice as long, or the end: what needs more is looked at again, and so never
    /// more than twice.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn more(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.from..self.to, 0);
        (self.from, self.to) = (0, self.to - self.from);
        let wanted = (self.to * 2).max(BLOCK_BYTES);
        self.buffer.resize(wanted, 0);
        if self.buffer.capacity() > wanted.saturating_mul(4) {
            self.buffer.shrink_to_fit();
        }
        let room = self.buffer.get_mut(self.to..).unwrap_or_default();
        if !self.ended {
            let length = fill(&mut *self.input, room)?;
            self.ended = length < room.len();
            self.to += length;
        }
        Ok(())
    }

    /// Takes all up to and with `mark`, or to the end, holding none of it. Tells how many bytes that were.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn skip_past(&mut self, mark: &[u8]) -> io::Result<u64> {
        let from = self.offset;
        let finder = Finder::new(mark);
        loop {
            if let Some(at) = finder.find(self.rest()) {
                self.take(at + mark.len());
                break;
            }
            if self.ended {
                self.take(self.rest().len());
                break;
            }
            // A part of the mark may stand at the end.
            self.take((self.rest().len() + 1).saturating_sub(mark.len()));
            self.more()?;
        }
        Ok(self.offset - from)
    }
}

/// Reads until the block is full or the input ends; tells how much there is.
pub(super) fn fill(input: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_wherever_the_blocks_end() {
        for before in [0, 1, BLOCK_BYTES - 2, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES] {
            let bytes = [vec![b'.'; before], b"<=>rest".to_vec()].concat();
            let mut window = Window::new(Vec::new(), Box::new(io::Cursor::new(bytes)));
            assert_eq!(window.skip_past(b"<=>").unwrap(), before as u64 + 3);
            assert_eq!((window.rest(), window.offset()), (&b"rest"[..], before as u64 + 3));
            assert_eq!(window.skip_past(b"<=>").unwrap(), 4);
            assert!(window.rest().is_empty() && window.ended());
        }
    }

    #[test]
    fn what_is_skipped_is_not_held() {
        let mut window = Window::new(Vec::new(), Box::new(io::repeat(b'.').take(64 << 20)));
        assert_eq!(window.skip_past(b"\n").unwrap(), 64 << 20);
        assert!(window.buffer.capacity() <= 2 * BLOCK_BYTES);
    }
}
