//! Several capture files as one stream of requests: in the order of their first requests' times, one file open at a time.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::formats::{CaptureError, CaptureFile, Format, Options, Record, Tally, in_order};

/// Why files can't be read together.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// One of them can't be read.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// One of them is named twice.
    #[error("read the capture {}: it is named twice, and its orders would be sent twice", .0.display())]
    Twice(PathBuf),
}

/// What was read of one file.
#[derive(Clone, Debug)]
pub struct FileSeen {
    /// The file.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// Whether it is packed.
    pub is_packed: bool,
    /// What was found in it.
    pub tally: Tally,
}

/// The file that a request is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it is.
    pub path: PathBuf,
    /// Its name, without its folder.
    pub name: String,
    /// Its format.
    pub format: Format,
}

/// A request, and the file that it is from.
#[derive(Clone, Debug)]
pub struct FromFile {
    /// The file.
    pub origin: Arc<Origin>,
    /// The request.
    pub record: Record,
}

/// The requests of several files: an iterator, which ends after an error.
#[derive(Debug)]
pub struct Captures {
    options: Options,
    /// What is still to be read, the next one last.
    waiting: Vec<PathBuf>,
    open: Option<(Arc<Origin>, CaptureFile)>,
    seen: Vec<FileSeen>,
}

impl Captures {
    /// Looks at each file, and puts them into order: by the time of their first request, and where one has none, by their names, numbers in
    /// which count as numbers.
    ///
    /// # Errors
    /// When one of them is named twice, or is no capture that can be read.
    pub fn open(paths: &[PathBuf], options: Options) -> Result<Self, FilesError> {
        let mut known = BTreeSet::new();
        for path in paths {
            // What is not there is told by opening it.
            if !known.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())) {
                return Err(FilesError::Twice(path.clone()));
            }
        }
        let mut sorted = paths.to_vec();
        in_order(&mut sorted);
        let mut timed = Vec::with_capacity(sorted.len());
        for path in sorted {
            timed.push((begins(&path, options)?, path));
        }
        if timed.iter().all(|(begins, _)| begins.is_some()) {
            timed.sort_by_key(|(begins, _)| *begins);
        }
        let waiting = timed.into_iter().rev().map(|(_, path)| path).collect();
        Ok(Self { options, waiting, open: None, seen: Vec::new() })
    }

    /// Pieces of the files that could not be read, so far.
    #[must_use]
    pub fn unread(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, |(_, file)| file.tally().skipped);
        self.seen.iter().map(|file| file.tally.skipped).sum::<u64>() + open
    }

    /// What was read so far, the file that is being read included.
    #[must_use]
    pub fn seen(&self) -> Vec<FileSeen> {
        let open = self.open.as_ref().map(|(_, file)| seen(file));
        self.seen.iter().cloned().chain(open).collect()
    }
}

/// When the first request of a file was captured, where that is told.
fn begins(path: &Path, options: Options) -> Result<Option<Timestamp>, CaptureError> {
    let mut file = CaptureFile::open(path, &options)?;
    Ok(file.next().transpose()?.and_then(|record| record.at))
}

fn seen(file: &CaptureFile) -> FileSeen {
    FileSeen {
        path: file.path().to_owned(),
        format: file.format(),
        is_packed: file.is_packed(),
        tally: file.tally().clone(),
    }
}

impl Iterator for Captures {
    type Item = Result<FromFile, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((origin, file)) = &mut self.open {
                match file.next() {
                    Some(Ok(record)) => return Some(Ok(FromFile { origin: Arc::clone(origin), record })),
                    Some(Err(error)) => {
                        self.waiting.clear();
                        return Some(Err(error));
                    }
                    None => self.seen.extend(self.open.take().map(|(_, file)| seen(&file))),
                }
            }
            let path = self.waiting.pop()?;
            match CaptureFile::open(&path, &self.options) {
                Ok(file) => {
                    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                    let format = file.format();
                    self.open = Some((Arc::new(Origin { path, name, format }), file));
                }
                Err(error) => {
                    self.waiting.clear();
                    return Some(Err(error));
                }
            }
        }
    }
}
