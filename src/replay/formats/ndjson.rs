//! Our own NDJSON, line by line. A line that is longer than a record may be is passed over, and never held.

use super::diagnosis::{Diagnosis, Place, Reason, Tally};
use super::record::Record;
use super::stop::Stop;
use super::window::Window;
use super::{Source, line};

/// The lines of a file.
pub(super) struct Ndjson {
    window: Window,
    line: u64,
    bytes_max: usize,
}

impl Ndjson {
    pub(super) const fn new(window: Window, bytes_max: usize) -> Self {
        Self { window, line: 0, bytes_max }
    }

    /// How long the next line is, and whether it has an end; `None`: too long.
    fn length(&mut self) -> Result<Option<(usize, bool)>, Stop> {
        loop {
            let rest = self.window.rest();
            match memchr::memchr(b'\n', rest) {
                Some(length) if length <= self.bytes_max => return Ok(Some((length, true))),
                None if rest.len() <= self.bytes_max && self.window.ended() => return Ok(Some((rest.len(), false))),
                None if rest.len() <= self.bytes_max => self.window.more()?,
                _ => return Ok(None),
            }
        }
    }
}

impl Source for Ndjson {
    fn next(&mut self, tally: &mut Tally) -> Result<Option<Record>, Stop> {
        loop {
            let length = self.length()?;
            self.line += 1;
            let place = Place::Line(self.line);
            let Some((length, has_end)) = length else {
                tally.units += 1;
                let skipped = self.window.skip_past(b"\n")?;
                tally.leave_out(Diagnosis::skipped(place, Reason::TooLong, format!("{skipped} bytes")))?;
                continue;
            };
            let text = self.window.rest().get(..length).unwrap_or_default();
            let is_blank = text.trim_ascii().is_empty();
            let record = if is_blank { None } else { Some(line::record(text, place)) };
            self.window.take(length + usize::from(has_end));
            tally.units += u64::from(!is_blank);
            match record {
                Some(Ok(record)) => return Ok(Some(record)),
                Some(Err((Reason::NoJson, why))) if !has_end => {
                    tally.leave_out(Diagnosis::skipped(place, Reason::CutOff, why))?;
                }
                Some(Err((reason, why))) => tally.leave_out(Diagnosis::skipped(place, reason, why))?,
                None if !has_end => return Ok(None),
                None => {}
            }
        }
    }
}
