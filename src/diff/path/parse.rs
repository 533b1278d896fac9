//! Reads a path: the grammar of RFC 9535, appendix A, without filters.

use super::state::SEGMENTS_MAX;
use super::{Segment, Selector};

/// The largest integer of a selector, RFC 9535 2.1: what I-JSON keeps exactly.
const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Why a text is no path, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no path at byte {offset}: {reason}")]
pub struct PathError {
    /// Offset in bytes from the start.
    pub offset: usize,
    /// What is wrong there, and what to write.
    pub reason: &'static str,
}

type Parsed<T> = Result<T, PathError>;

/// The segments of a path, its root identifier aside.
pub(super) fn segments(text: &str) -> Parsed<Vec<Segment>> {
    let mut reader = Reader { text, at: 0 };
    if !reader.take('$') {
        return Err(reader.fault("a path begins with `$`, such as `$.lines[*].price`"));
    }
    let mut segments = Vec::new();
    loop {
        let end = reader.at;
        reader.space();
        if reader.peek().is_none() {
            return if reader.at == end { Ok(segments) } else { Err(reader.fault("a path ends without white space")) };
        }
        segments.push(reader.segment()?);
        if segments.len() > SEGMENTS_MAX {
            return Err(reader.fault("a path has at most 63 segments"));
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    const fn fault(&self, reason: &'static str) -> PathError {
        PathError { offset: self.at, reason }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|rest| rest.chars().next())
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn segment(&mut self) -> Parsed<Segment> {
        if self.take('[') {
            return Ok(Segment::new(false, self.bracketed()?));
        }
        if !self.take('.') {
            return Err(self.fault("a segment begins with `.`, `..` or `[`"));
        }
        let descends = self.take('.');
        let selectors = if descends && self.take('[') { self.bracketed()? } else { vec![self.shorthand()?] };
        Ok(Segment::new(descends, selectors))
    }

    fn shorthand(&mut self) -> Parsed<Selector> {
        if self.take('*') {
            return Ok(Selector::Wildcard);
        }
        let from = self.at;
        let first = |letter: char| letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii();
        while self.peek().is_some_and(|letter| first(letter) || (self.at > from && letter.is_ascii_digit())) {
            self.next();
        }
        match self.text.get(from..self.at) {
            None | Some("") => Err(self.fault("a name is expected; write other names as `['…']`")),
            Some(name) => Ok(Selector::Name(name.to_owned())),
        }
    }

    /// The selectors up to the closing bracket.
    fn bracketed(&mut self) -> Parsed<Vec<Selector>> {
        let mut selectors = Vec::new();
        loop {
            self.space();
            selectors.push(self.selector()?);
            self.space();
            if self.take(']') {
                return Ok(selectors);
            }
            if !self.take(',') {
                return Err(self.fault("a comma or the closing bracket is expected"));
            }
        }
    }

    fn selector(&mut self) -> Parsed<Selector> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(Selector::Name),
            Some('*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some('?') => Err(self.fault(
                "filters are not taken: a path that looks at values would let a document exempt itself; name the places",
            )),
            Some('-' | '0'..='9' | ':') => self.index_or_slice(),
            _ => Err(self.fault("a quoted name, an index, a slice or `*` is expected")),
        }
    }

    fn index_or_slice(&mut self) -> Parsed<Selector> {
        let start = self.integer()?;
        self.space();
        if !self.take(':') {
            return start.map(Selector::Index).ok_or_else(|| self.fault("an index is expected"));
        }
        self.space();
        let end = self.integer()?;
        self.space();
        let mut step = None;
        if self.take(':') {
            self.space();
            step = self.integer()?;
        }
        Ok(Selector::Slice { start, end, step: step.unwrap_or(1) })
    }

    /// An integer where one is: no leading zero, no `-0`.
    fn integer(&mut self) -> Parsed<Option<i64>> {
        let from = self.at;
        self.take('-');
        let digits_from = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        let text = self.text.get(from..self.at).unwrap_or_default();
        let digits = self.text.get(digits_from..self.at).unwrap_or_default();
        if text.is_empty() {
            return Ok(None);
        }
        let canonical = text == "0" || (!digits.is_empty() && !digits.starts_with('0'));
        let number = text.parse::<i64>().ok().filter(|number| canonical && number.abs() <= INTEGER_MAX);
        number.map(Some).ok_or_else(|| self.fault("an integer without leading zeros, within 2^53, is expected"))
    }

    fn quoted(&mut self, quote: char) -> Parsed<String> {
        self.at += 1;
        let mut name = String::new();
        loop {
            match self.next() {
                None => return Err(self.fault("the path ends inside a quoted name")),
                Some(letter) if letter == quote => return Ok(name),
                Some('\\') => name.push(self.escape(quote)?),
                Some('\0'..='\u{1f}') => {
                    return Err(self.fault("a control character inside a name; write it as `\\u…`"));
                }
                Some(letter) => name.push(letter),
            }
        }
    }

    fn escape(&mut self, quote: char) -> Parsed<char> {
        Ok(match self.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('/') => '/',
            Some('\\') => '\\',
            Some(letter) if letter == quote => letter,
            Some('u') => return self.unicode(),
            _ => return Err(self.fault("an unknown escape")),
        })
    }

    fn unicode(&mut self) -> Parsed<char> {
        let first = self.hex4()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if !(self.take('\\') && self.take('u')) {
                return Err(self.fault("half a surrogate pair"));
            }
            let second = self.hex4()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(self.fault("half a surrogate pair"));
            }
            0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.fault("half a surrogate pair"))
    }

    fn hex4(&mut self) -> Parsed<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|letter| letter.to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.fault("four hex digits are expected"))?;
        }
        Ok(code)
    }
}
