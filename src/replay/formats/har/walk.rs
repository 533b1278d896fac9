//! A walk over a JSON file that is not held: to a member, from element to element, past what is of no use.

use std::io;

use super::extent::Extent;
use crate::order::Json;
use crate::replay::formats::window::Window;

/// The longest name of a member on the way, in bytes as it is written.
const NAME_BYTES_MAX: usize = 1 << 10;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A walk over the bytes of a JSON file.
pub(super) struct Walk {
    window: Window,
}

/// A value that was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// It takes the next so many bytes, which are in memory.
    Here(usize),
    /// It was longer than the limit, had so many bytes, and is passed over.
    TooLong(u64),
    /// The file ends inside of it; so many bytes are passed over.
    CutOff(u64),
}

impl Walk {
    pub(super) const fn new(window: Window) -> Self {
        Self { window }
    }

    /// Where the walk is, in bytes from the beginning of the file.
    pub(super) const fn offset(&self) -> u64 {
        self.window.offset()
    }

    /// The next so many bytes.
    pub(super) fn text(&self, length: usize) -> &[u8] {
        self.window.rest().get(..length).unwrap_or_default()
    }

    /// Takes so many bytes.
    pub(super) fn take(&mut self, bytes: usize) {
        self.window.take(bytes);
    }

    /// Goes to the next byte that is no white space; `None` at the end.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            if self.window.offset() == 0 && self.window.rest().starts_with(MARK) {
                self.window.take(MARK.len());
            }
            let rest = self.window.rest();
            let space = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
            let next = rest.get(space).copied();
            self.window.take(space);
            if next.is_some() || self.window.ended() {
                return Ok(next);
            }
            self.window.more()?;
        }
    }

    /// Takes the next byte that is no white space, if it is this one.
    pub(super) fn take_if(&mut self, byte: u8) -> io::Result<bool> {
        let is = self.peek()? == Some(byte);
        self.window.take(usize::from(is));
        Ok(is)
    }

    /// Takes a member's name and its colon; `None` where there is none.
    pub(super) fn name(&mut self) -> io::Result<Option<String>> {
        if self.peek()? != Some(b'"') {
            return Ok(None);
        }
        let Value::Here(length) = self.value(NAME_BYTES_MAX)? else { return Ok(None) };
        let name = match Json::parse(self.text(length)) {
            Ok(Json::String(name)) => Some(name.into_owned()),
            _ => None,
        };
        self.window.take(length);
        Ok(if self.take_if(b':')? { name } else { None })
    }

    /// Finds the end of the value that begins at the next byte that is no white space.
    pub(super) fn value(&mut self, bytes_max: usize) -> io::Result<Value> {
        self.peek()?;
        let mut extent = Extent::default();
        let mut seen = 0;
        loop {
            let rest = self.window.rest();
            let found = extent.feed(rest.get(seen..).unwrap_or_default()).map(|length| seen + length);
            seen = rest.len();
            match found {
                Some(length) if length <= bytes_max => return Ok(Value::Here(length)),
                Some(length) => {
                    self.window.take(length);
                    return Ok(Value::TooLong(length as u64));
                }
                None if self.window.ended() && extent.is_scalar() && seen <= bytes_max => return Ok(Value::Here(seen)),
                None if self.window.ended() || seen > bytes_max => {
                    self.window.take(seen);
                    return self.pass(extent, seen as u64);
                }
                None => self.window.more()?,
            }
        }
    }

    /// Goes to the end of a value of which so many bytes were passed over, holding none of it.
    fn pass(&mut self, mut extent: Extent, before: u64) -> io::Result<Value> {
        let mut passed = before;
        loop {
            if let Some(length) = extent.feed(self.window.rest()) {
                self.window.take(length);
                return Ok(Value::TooLong(passed + length as u64));
            }
            let length = self.window.rest().len();
            passed += length as u64;
            self.window.take(length);
            if self.window.ended() {
                return Ok(if extent.is_scalar() { Value::TooLong(passed) } else { Value::CutOff(passed) });
            }
            self.window.more()?;
        }
    }

    /// Passes over a value, however long; false: the file ends inside of it.
    pub(super) fn skip(&mut self) -> io::Result<bool> {
        Ok(!matches!(self.value(0)?, Value::CutOff(_)))
    }

    /// Passes over all there is; tells how many bytes.
    pub(super) fn skip_all(&mut self) -> io::Result<u64> {
        let from = self.offset();
        loop {
            let length = self.window.rest().len();
            self.window.take(length);
            if self.window.ended() {
                return Ok(self.offset() - from);
            }
            self.window.more()?;
        }
    }
}
