//! HAR 1.2 (HTTP Archive), as browsers and proxies write it. A file may be gigabytes: it is walked to `log.entries`, and
//! one entry at a time is read.

mod entry;
mod extent;
mod walk;

use super::Source;
use super::diagnosis::{Diagnosis, Place, Reason, Tally};
use super::record::Record;
use super::stop::Stop;
use super::window::Window;
use crate::order::Json;
use walk::{Value, Walk};

pub(super) use extent::members;

/// The entries of a file.
pub(super) struct Har {
    walk: Walk,
    state: State,
    has_entries: bool,
    bytes_max: usize,
}

/// Where the walk is, and what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The brace of the file's object.
    Begin,
    /// A member of the file's object, `first` or behind a comma, or its end.
    File { first: bool },
    /// A member of `log`, or its end.
    Log { first: bool },
    /// An entry, or the end of the list.
    Entries { first: bool },
    /// Nothing.
    End,
}

impl Har {
    pub(super) const fn new(window: Window, bytes_max: usize) -> Self {
        Self { walk: Walk::new(window), state: State::Begin, has_entries: false, bytes_max }
    }

    fn step(&mut self, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        match self.state {
            State::Begin => {
                let begins = self.walk.take_if(b'{')?;
                self.go_on(begins, State::File { first: true }, tally)?;
            }
            State::File { first } => self.member(first, tally)?,
            State::Log { first } => self.member_of_log(first, tally)?,
            State::Entries { first } => return self.entry(first, tally),
            State::End => {}
        }
        Ok(None)
    }

    /// Goes on where the file is as expected; else it ends here, and what is left is passed over.
    fn go_on(&mut self, is_sound: bool, next: State, tally: &mut Tally) -> Result<(), Stop> {
        if is_sound {
            self.state = next;
            return Ok(());
        }
        self.state = State::End;
        let is_end = self.walk.peek()?.is_none();
        let place = Place::Byte(self.walk.offset());
        let left = self.walk.skip_all()?;
        tally.units += 1;
        tally.leave_out(if is_end {
            Diagnosis::skipped(place, Reason::CutOff, "its brackets are not closed")
        } else {
            Diagnosis::skipped(
                place,
                Reason::Malformed,
                format!("no HAR goes on like this; {left} bytes up to the end are left out"),
            )
        })
    }

    /// The comma before all but the first of a list; `None`: the list ends instead, by `end`.
    fn comma(&mut self, first: bool, end: u8) -> Result<Option<bool>, Stop> {
        if self.walk.take_if(end)? {
            return Ok(None);
        }
        Ok(Some(first || self.walk.take_if(b',')?))
    }

    fn member(&mut self, first: bool, tally: &mut Tally) -> Result<(), Stop> {
        let Some(mut is_sound) = self.comma(first, b'}')? else {
            self.state = State::End;
            let place = Place::Byte(self.walk.offset());
            if !self.has_entries {
                tally.units += 1;
                tally.leave_out(Diagnosis::skipped(place, Reason::Malformed, "there is no list `log.entries`"))?;
            }
            return if self.walk.peek()?.is_none() { Ok(()) } else { self.go_on(false, State::End, tally) };
        };
        let name = if is_sound { self.walk.name()? } else { None };
        let next = if name.as_deref() == Some("log") && self.walk.take_if(b'{')? {
            State::Log { first: true }
        } else {
            is_sound = name.is_some() && self.walk.skip()?;
            State::File { first: false }
        };
        self.go_on(is_sound, next, tally)
    }

    fn member_of_log(&mut self, first: bool, tally: &mut Tally) -> Result<(), Stop> {
        let Some(mut is_sound) = self.comma(first, b'}')? else {
            self.state = State::File { first: false };
            return Ok(());
        };
        let name = if is_sound { self.walk.name()? } else { None };
        let next = if name.as_deref() == Some("entries") && self.walk.take_if(b'[')? {
            self.has_entries = true;
            State::Entries { first: true }
        } else {
            is_sound = name.is_some() && self.walk.skip()?;
            State::Log { first: false }
        };
        self.go_on(is_sound, next, tally)
    }

    fn entry(&mut self, first: bool, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        let Some(is_sound) = self.comma(first, b']')? else {
            self.state = State::Log { first: false };
            return Ok(None);
        };
        // Who glues files together forgets commas, and leaves one at the end.
        let is_entry = self.walk.peek()? == Some(b'{');
        if !is_entry {
            let is_end = self.walk.take_if(b']')?;
            self.go_on(is_end, State::Log { first: false }, tally)?;
            return Ok(None);
        }
        let place = Place::Byte(self.walk.offset());
        if !is_sound {
            tally.remark(Diagnosis::salvaged(place, Reason::Malformed, "no comma before the entry"))?;
        }
        self.state = State::Entries { first: false };
        tally.units += 1;
        match self.walk.value(self.bytes_max)? {
            Value::Here(length) => self.record(length, place, tally),
            Value::TooLong(bytes) => {
                tally.leave_out(Diagnosis::skipped(place, Reason::TooLong, format!("{bytes} bytes")))?;
                Ok(None)
            }
            Value::CutOff(bytes) => {
                self.state = State::End;
                tally.leave_out(Diagnosis::skipped(place, Reason::CutOff, format!("{bytes} bytes up to the end")))?;
                Ok(None)
            }
        }
    }

    fn record(&mut self, length: usize, place: Place, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        let text = self.walk.text(length);
        let (json, broken) = match Json::parse(text) {
            Ok(json) => (json, None),
            Err(error) => (in_parts(text), Some(error.to_string())),
        };
        let read = entry::record(&json, place);
        self.walk.take(length);
        match (read, broken) {
            (Ok((record, remarks)), broken) => {
                let broken = broken.map(|why| Diagnosis::salvaged(place, Reason::NoJson, why));
                broken.into_iter().chain(remarks).try_for_each(|remark| tally.remark(remark))?;
                Ok(Some(record))
            }
            (Err(_), Some(why)) => tally.leave_out(Diagnosis::skipped(place, Reason::NoJson, why)).map(|()| None),
            (Err(diagnosis), None) => tally.leave_out(diagnosis).map(|()| None),
        }
    }
}

/// What of a broken entry is JSON by itself: browsers write half characters into the texts of answers, and the request is
/// none the worse for it.
fn in_parts(entry: &[u8]) -> Json<'_> {
    let part = |(name, value)| Some((String::from_utf8_lossy(name), Json::parse(value).ok()?));
    Json::Object(members(entry).filter_map(part).collect())
}

impl Source for Har {
    fn next(&mut self, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        while self.state != State::End {
            if let Some(record) = self.step(tally)? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}
