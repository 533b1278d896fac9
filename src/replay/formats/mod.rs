//! Capture files: what is in them is found by their content, and each format has a reader of its own behind one interface.
//! Memory doesn't grow with a file, nothing is left out in silence, and no bytes whatever make a reader panic.
//!
//! ```no_run
//! use paritee::replay::formats::{CaptureFile, Options};
//!
//! let mut file = CaptureFile::open("orders_0.gor".as_ref(), &Options::default())?;
//! for record in file.by_ref() {
//!     let record = record?;
//!     println!("{} {} {} bytes", record.method, record.target, record.body.len());
//! }
//! let tally = file.tally();
//! assert_eq!(tally.units, tally.records + tally.joined + tally.skipped + tally.set_aside);
//! # Ok::<(), paritee::replay::formats::CaptureError>(())
//! ```

mod detect;
mod diagnosis;
mod gor;
mod gzip;
mod har;
mod http;
mod journal;
mod line;
mod ndjson;
mod order;
mod record;
mod stop;
#[cfg(test)]
mod tests;
mod window;
mod write;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use detect::Format;
pub use diagnosis::{Action, Diagnosis, Place, Reason, Tally};
pub use order::in_order;
pub use record::{Incomplete, Record, RecordedAnswer};
pub use stop::CaptureError;
pub use write::Writer;

use detect::Found;
use gzip::{Damages, Gunzip};
use stop::Stop;
use window::{Window, fill};

/// The longest record, in bytes as it stands in the file: sixty times what the tee keeps of a body. What is longer is
/// mostly a bracket or a quote that is opened and not closed.
pub const RECORD_BYTES_MAX: usize = 64 << 20;

/// Diagnoses that are listed; all are counted.
pub const LISTED_MAX: usize = 20;

/// Bytes that are looked at to find out what a file is.
const HEAD_BYTES: usize = 64 << 10;

/// How capture files are read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What to do where something is wrong.
    pub mode: Mode,
    /// Diagnoses that are listed.
    pub listed_max: usize,
    /// The longest record, in bytes as it stands in the file. In memory it takes up to four times as much.
    pub record_bytes_max: usize,
    /// Of a journal, the captures of this run only; `None`: of all runs. Other formats know no runs.
    pub run: Option<u32>,
}

/// What to do where something is wrong with a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Take what can be taken, and count the rest.
    #[default]
    Lenient,
    /// Stop there. Requests that still wait for their answers are then not yielded.
    Strict,
}

impl Default for Options {
    fn default() -> Self {
        Self { mode: Mode::Lenient, listed_max: LISTED_MAX, record_bytes_max: RECORD_BYTES_MAX, run: None }
    }
}

/// A reader of one format.
trait Source: Send {
    /// The next request; `None` at the end. What is wrong goes to `tally`, and what was found is counted there.
    fn next(&mut self, tally: &mut Tally) -> Result<Option<Record>, Stop>;
}

/// A capture file that is being read: an iterator over its requests, in the order of the file. It ends after an error.
pub struct CaptureFile {
    path: PathBuf,
    format: Format,
    source: Box<dyn Source>,
    /// What goes wrong while a packed file is unpacked.
    damages: Option<Damages>,
    tally: Tally,
    ended: bool,
}

impl CaptureFile {
    /// Opens the capture at `path`, whatever its format and name. What is no file is not opened, so that a FIFO that nobody
    /// writes to holds nobody up.
    ///
    /// # Errors
    /// When it is no file, is empty, has no known format, is a journal of a newer version, or can't be read.
    pub fn open(path: &Path, options: &Options) -> Result<Self, CaptureError> {
        let io = |source| CaptureError::Io { path: path.to_owned(), source };
        let kind = fs::metadata(path).map_err(io)?.file_type();
        if let Some((what, remedy)) = detect::no_file(kind) {
            return Err(CaptureError::NoFile { path: path.to_owned(), what, remedy });
        }
        let input = Box::new(File::open(path).map_err(io)?);
        Self::begin(path, input, options, true)
    }

    /// Reads a capture from `input`, called `name` in messages. A journal can't be read so.
    ///
    /// # Errors
    /// As [`CaptureFile::open`].
    pub fn from_reader(name: &Path, input: Box<dyn Read + Send>, options: &Options) -> Result<Self, CaptureError> {
        Self::begin(name, input, options, false)
    }

    /// Which format it has.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether it is packed with gzip.
    #[must_use]
    pub const fn is_packed(&self) -> bool {
        self.damages.is_some()
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was read so far, and what is wrong with it. After the last request it is all of the file.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    fn begin(
        path: &Path,
        mut input: Box<dyn Read + Send>,
        options: &Options,
        is_path: bool,
    ) -> Result<Self, CaptureError> {
        let io = |source| CaptureError::Io { path: path.to_owned(), source };
        let mut head = take_head(&mut *input).map_err(io)?;
        let mut damages = None;
        if detect::is_gzip(&head) {
            let seen = Damages::default();
            input = Box::new(Gunzip::new(head, input, seen.clone()));
            head = take_head(&mut *input).map_err(io)?;
            damages = Some(seen);
        }
        let unknown = |what, remedy| CaptureError::Unknown { path: path.to_owned(), what, remedy };
        let bytes_max = options.record_bytes_max;
        let (format, source): (Format, Box<dyn Source>) = match detect::detect(&head) {
            Found::Nothing if damages.as_ref().is_some_and(|damages| !damages.is_empty()) => {
                return Err(unknown(
                    "a gzip file, and nothing of it can be unpacked",
                    "copy it again from where it was written",
                ));
            }
            Found::Nothing => return Err(CaptureError::Empty { path: path.to_owned() }),
            Found::Other { what, remedy } => return Err(unknown(what, remedy)),
            Found::Capture(Format::Journal) if is_path && damages.is_none() => {
                let journal = journal::Journal::open(path, options)
                    .map_err(|source| CaptureError::Journal { path: path.to_owned(), source })?;
                (Format::Journal, Box::new(journal))
            }
            Found::Capture(Format::Journal) => {
                return Err(unknown("an SQLite database inside of something", "unpack it, and name the file itself"));
            }
            Found::Capture(Format::Gor) => (Format::Gor, Box::new(gor::Gor::new(Window::new(head, input), bytes_max))),
            Found::Capture(Format::Har) => (Format::Har, Box::new(har::Har::new(Window::new(head, input), bytes_max))),
            Found::Capture(Format::Ndjson) => {
                (Format::Ndjson, Box::new(ndjson::Ndjson::new(Window::new(head, input), bytes_max)))
            }
        };
        let tally = Tally::new(options.listed_max, options.mode == Mode::Strict);
        Ok(Self { path: path.to_owned(), format, source, damages, tally, ended: false })
    }

    fn advance(&mut self) -> Result<Option<Record>, Stop> {
        let record = self.source.next(&mut self.tally)?;
        for damage in self.damages.iter().flat_map(Damages::take) {
            self.tally.remark(damage)?;
        }
        if let Some(record) = &record {
            self.tally.records += 1;
            self.tally.incomplete += u64::from(record.incomplete.is_some());
        }
        Ok(record)
    }
}

impl Iterator for CaptureFile {
    type Item = Result<Record, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.advance() {
            Ok(Some(record)) => return Some(Ok(record)),
            Ok(None) => self.ended = true,
            Err(stop) => {
                self.ended = true;
                return Some(Err(stop.of(self.path.clone())));
            }
        }
        None
    }
}

impl std::fmt::Debug for CaptureFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, format, tally, ended, .. } = self;
        f.debug_struct("CaptureFile")
            .field("path", path)
            .field("format", format)
            .field("tally", tally)
            .field("ended", ended)
            .finish_non_exhaustive()
    }
}

fn take_head(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let length = fill(input, &mut head)?;
    head.truncate(length);
    Ok(head)
}
