//! Rows of JSON: the lines of NDJSON, or the elements of an array in one file, streamed. Only the extent of a row is
//! found here, by its brackets and quotes; whether it is JSON is seen when it is read.

use super::fault::FileFault;
use super::text::{ROW_BYTES_MAX, Text, Unread};
use crate::order::{Json, Pointer};

/// One row, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// The line at which it begins.
    pub(super) line: u64,
    pub(super) raw: String,
}

/// The lines of a file, each a row.
pub(super) struct Ndjson {
    text: Text,
}

/// The elements of an array.
pub(super) struct Array {
    text: Text,
    /// What is still open around the rows, the innermost last.
    around: Vec<Level>,
    state: State,
}

#[derive(Debug)]
struct Level {
    is_object: bool,
    /// The member that leads to the rows.
    token: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    First,
    Next,
    Done,
}

impl Ndjson {
    pub(super) const fn new(text: Text) -> Self {
        Self { text }
    }

    pub(super) const fn text(&self) -> &Text {
        &self.text
    }

    /// Reads the next line that isn't blank; false at the end.
    pub(super) fn next_row(&mut self, row: &mut Row) -> Result<bool, FileFault> {
        loop {
            row.line = self.text.line();
            let (length, ended) = match self.text.rest().find('\n') {
                Some(at) => (at + 1, false),
                None if self.text.ended() => (self.text.rest().len(), true),
                None if self.text.rest().len() > ROW_BYTES_MAX => return Err(FileFault::LongRow),
                None => {
                    self.text.more();
                    continue;
                }
            };
            // What is cut off by a fault is no row.
            if ended && let Some(fault) = self.text.take_fault() {
                return Err(fault);
            }
            take(&mut self.text, length, &mut row.raw);
            if !row.raw.trim().is_empty() {
                return Ok(true);
            }
            if length == 0 {
                return Ok(false);
            }
        }
    }
}

impl Array {
    /// Goes to the array at `items`.
    pub(super) fn begin(text: Text, items: &Pointer) -> Result<Self, Box<Unread>> {
        let mut array = Self { text, around: Vec::new(), state: State::First };
        match array.descend(items) {
            Ok(()) => Ok(array),
            Err(fault) => Err(array.text.unread(array.text.line(), fault)),
        }
    }

    pub(super) const fn text(&self) -> &Text {
        &self.text
    }

    /// Reads the next element; false at the end of the file, all behind the array being sound.
    pub(super) fn next_row(&mut self, row: &mut Row) -> Result<bool, FileFault> {
        if self.state == State::Done {
            return Ok(false);
        }
        let next = self.peek()?;
        row.line = self.text.line();
        match (next, self.state) {
            (Some(b']'), _) => {
                self.text.take(1);
                self.state = State::Done;
                return self.close().map(|()| false);
            }
            (Some(b','), State::Next) => {
                self.text.take(1);
                self.peek()?;
                row.line = self.text.line();
            }
            (Some(_), State::First) => {}
            (None, _) => return Err(cut_off()),
            (Some(_), _) => return Err(FileFault::Json("a comma or `]` is expected behind a row".into())),
        }
        let length = self.extent()?;
        take(&mut self.text, length, &mut row.raw);
        self.state = State::Next;
        Ok(true)
    }

    fn descend(&mut self, items: &Pointer) -> Result<(), FileFault> {
        if self.peek()?.is_none() {
            return Err(FileFault::Empty);
        }
        for token in items.tokens() {
            let is_object = match self.peek()? {
                Some(b'{') => true,
                Some(b'[') => false,
                _ => return Err(FileFault::NoItems(items.clone())),
            };
            self.text.take(1);
            let found = if is_object { self.find_member(token)? } else { self.find_element(token)? };
            if !found {
                return Err(FileFault::NoItems(items.clone()));
            }
            self.around.push(Level { is_object, token: token.clone() });
        }
        match self.peek()? {
            Some(b'[') => self.text.take(1),
            Some(b'{') if items.tokens().is_empty() => return Err(self.one_or_many(items)?),
            _ => return Err(FileFault::NoItems(items.clone())),
        }
        Ok(())
    }

    /// The file is an object: one of several, or one that holds the rows somewhere.
    fn one_or_many(&mut self, items: &Pointer) -> Result<FileFault, FileFault> {
        let length = self.extent()?;
        self.text.take(length);
        Ok(if self.peek()?.is_some() { FileFault::Concatenated } else { FileFault::NoItems(items.clone()) })
    }

    /// Goes to the value of a member, from behind the brace.
    fn find_member(&mut self, wanted: &str) -> Result<bool, FileFault> {
        if self.peek()? == Some(b'}') {
            return Ok(false);
        }
        loop {
            if self.name()? == wanted {
                return Ok(true);
            }
            self.skip()?;
            match self.peek()? {
                Some(b',') => self.text.take(1),
                Some(b'}') => return Ok(false),
                _ => return Err(broken()),
            }
        }
    }

    /// Goes to an element, from behind the bracket.
    fn find_element(&mut self, wanted: &str) -> Result<bool, FileFault> {
        let Ok(wanted) = wanted.parse::<usize>() else { return Ok(false) };
        for at in 0.. {
            match self.peek()? {
                Some(b']') => return Ok(false),
                Some(b',') if at > 0 => {
                    self.text.take(1);
                    self.peek()?;
                }
                _ => {}
            }
            if at == wanted {
                return Ok(true);
            }
            self.skip()?;
        }
        Ok(false)
    }

    /// Everything behind the array, up to the end of the file.
    fn close(&mut self) -> Result<(), FileFault> {
        while let Some(level) = self.around.pop() {
            loop {
                match self.peek()? {
                    Some(b',') => self.text.take(1),
                    Some(b'}') if level.is_object => break,
                    Some(b']') if !level.is_object => break,
                    None => return Err(cut_off()),
                    Some(_) => return Err(broken()),
                }
                if level.is_object && self.name()? == level.token {
                    return Err(FileFault::Json(format!("`{}` stands in it twice", level.token)));
                }
                self.peek()?;
                self.skip()?;
            }
            self.text.take(1);
        }
        match self.peek()? {
            None => Ok(()),
            Some(_) => Err(FileFault::Concatenated),
        }
    }

    /// A member's name and the colon, up to its value.
    fn name(&mut self) -> Result<String, FileFault> {
        if self.peek()? != Some(b'"') {
            return Err(broken());
        }
        let length = self.extent()?;
        let mut raw = String::new();
        take(&mut self.text, length, &mut raw);
        let name = match Json::parse(raw.as_bytes()) {
            Ok(Json::String(name)) => name.into_owned(),
            _ => return Err(broken()),
        };
        if self.peek()? != Some(b':') {
            return Err(broken());
        }
        self.text.take(1);
        self.peek()?;
        Ok(name)
    }

    /// The next byte that is no white space; `None` at the end.
    fn peek(&mut self) -> Result<Option<u8>, FileFault> {
        loop {
            let space =
                self.text.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
            self.text.take(space);
            match self.text.rest().as_bytes().first() {
                Some(byte) => return Ok(Some(*byte)),
                None if self.text.ended() => return self.text.take_fault().map_or(Ok(None), Err),
                None => self.text.more(),
            }
        }
    }

    /// Leaves a value out, however long it is.
    fn skip(&mut self) -> Result<(), FileFault> {
        let mut walk = Walk::default();
        loop {
            let walked = walk.over(self.text.rest());
            let length = walked.unwrap_or(self.text.rest().len());
            self.text.take(length);
            match walked {
                Some(0) if walk.is_fresh() => return Err(broken()),
                Some(_) => return Ok(()),
                None if self.text.ended() => return Err(self.text.take_fault().unwrap_or_else(cut_off)),
                None => self.text.more(),
            }
        }
    }

    /// How long the value is that begins here.
    fn extent(&mut self) -> Result<usize, FileFault> {
        loop {
            match Walk::default().over(self.text.rest()) {
                Some(0) => return Err(broken()),
                Some(length) => return Ok(length),
                None if self.text.ended() => return Err(self.text.take_fault().unwrap_or_else(cut_off)),
                None if self.text.rest().len() > ROW_BYTES_MAX => return Err(FileFault::LongRow),
                None => self.text.more(),
            }
        }
    }
}

fn take(text: &mut Text, length: usize, into: &mut String) {
    into.clear();
    into.push_str(text.rest().get(..length).unwrap_or_default());
    text.take(length);
}

fn cut_off() -> FileFault {
    FileFault::Json("the file ends inside its JSON, it is cut off; export it again".into())
}

fn broken() -> FileFault {
    FileFault::Json("it is no JSON here; export it again".into())
}

/// A walk over one value by its brackets and quotes.
#[derive(Debug, Default)]
struct Walk {
    depth: usize,
    in_string: bool,
    escaped: bool,
    in_scalar: bool,
}

impl Walk {
    const fn is_fresh(&self) -> bool {
        self.depth == 0 && !self.in_string && !self.in_scalar
    }

    /// Where the value ends in `text`; `None`: it goes on behind it. A number or a word ends at what follows it.
    fn over(&mut self, text: &str) -> Option<usize> {
        for (at, byte) in text.bytes().enumerate() {
            if self.in_string {
                self.string(byte);
                if !self.in_string && self.depth == 0 {
                    return Some(at + 1);
                }
                continue;
            }
            match byte {
                b'"' if self.in_scalar => return Some(at),
                b'"' => self.in_string = true,
                b'{' | b'[' if !self.in_scalar => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' if self.depth == 0 => return Some(at),
                _ if self.depth == 0 => self.in_scalar = true,
                _ => {}
            }
        }
        None
    }

    fn string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Encoding;

    type Read = (Vec<(u64, String)>, Option<FileFault>);

    fn text(bytes: &str) -> Text {
        Text::new(Box::new(std::io::Cursor::new(bytes.as_bytes().to_vec())), Encoding::Utf8, Arc::default())
    }

    fn rows(mut next: impl FnMut(&mut Row) -> Result<bool, FileFault>) -> Read {
        let (mut rows, mut row) = (Vec::new(), Row::default());
        loop {
            match next(&mut row) {
                Ok(true) => rows.push((row.line, row.raw.trim().to_owned())),
                Ok(false) => return (rows, None),
                Err(fault) => return (rows, Some(fault)),
            }
        }
    }

    fn array(bytes: &str, items: &str) -> Read {
        match Array::begin(text(bytes), &Pointer::parse(items).unwrap()) {
            Ok(mut array) => rows(|row| array.next_row(row)),
            Err(unread) => (Vec::new(), Some(unread.at.1)),
        }
    }

    fn check(bytes: &str, items: &str, expected: &[(u64, &str)], fault: Option<FileFault>) {
        let expected = expected.iter().map(|(line, row)| (*line, (*row).to_owned())).collect();
        assert_eq!(array(bytes, items), (expected, fault), "{bytes}");
    }

    #[test]
    fn elements_are_found_wherever_they_are() {
        check("\u{feff}[{\"a\":\"]\\\"}\"}\n, [1] ,2]\n", "", &[(1, "{\"a\":\"]\\\"}\"}"), (2, "[1]"), (2, "2")], None);
        check("{\"n\":[{}],\"v\":{\"x\":\"y\",\"i\":[\n{\"a\":1}]},\"m\":\"]\"}", "/v/i", &[(2, "{\"a\":1}")], None);
        check("[0,{\"i\":[7]},[8]]", "/1/i", &[(1, "7")], None);
        check("{\"i\":[]}", "/i", &[], None);
    }

    #[test]
    fn what_is_no_such_file_is_said() {
        let none = |items: &str| Some(FileFault::NoItems(Pointer::parse(items).unwrap()));
        check("", "", &[], Some(FileFault::Empty));
        check(" \n", "/i", &[], Some(FileFault::Empty));
        check("{\"j\":[]}", "/i", &[], none("/i"));
        check("{\"i\":{}}", "/i", &[], none("/i"));
        check("{}", "/i", &[], none("/i"));
        check("{\"i\":[]}", "", &[], none(""));
        check("[[1]]", "/3", &[], none("/3"));
        check("{\"a\":1}\n{\"a\":2}\n", "", &[], Some(FileFault::Concatenated));
        check("{\"i\":[1]}{\"i\":[2]}", "/i", &[(1, "1")], Some(FileFault::Concatenated));
        check("{\"i\":[1],\"i\":[2]}", "/i", &[(1, "1")], Some(FileFault::Json("`i` stands in it twice".into())));
        for cut in ["[1,{\"a\"", "[1,", "[1", "[1,\"a", "[1,{\"a\":\"\\"] {
            check(cut, "", &[(1, "1")][..usize::from(cut != "[1")], Some(cut_off()));
        }
        check("{\"i\":[1],", "/i", &[(1, "1")], Some(broken()));
        check("{\"i\":[1],\"b\":[", "/i", &[(1, "1")], Some(cut_off()));
        check("<html>", "", &[], none(""));
    }

    #[test]
    fn a_long_neighbour_is_left_out_in_bounded_memory() {
        let long = format!("{{\"n\":[{}0],\"i\":[1]}}", "0,".repeat(ROW_BYTES_MAX));
        check(&long, "/i", &[(1, "1")], None);
        let row = format!("[\"{}\"]", "x".repeat(2 * ROW_BYTES_MAX));
        check(&row, "", &[], Some(FileFault::LongRow));
    }

    #[test]
    fn lines_are_rows() {
        let mut ndjson = Ndjson::new(text("\u{feff}{\"a\":1}\r\n\n {} \n{\"b\""));
        let read = rows(|row| ndjson.next_row(row));
        assert_eq!(read, (vec![(1, "{\"a\":1}".into()), (3, "{}".into()), (4, "{\"b\"".into())], None));
    }
}
