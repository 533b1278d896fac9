//! Why a capture file can't be read, or not further: errors that name the file and the remedy.

use std::io;
use std::path::PathBuf;

use super::Diagnosis;
use crate::journal::ReadError;

/// Why a capture file can't be read, or not further. What was read before stands.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The operating system says no.
    #[error("read the capture {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else than a file.
    #[error("read the capture {}: it is {what}; {remedy}", .path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Nothing is in it.
    #[error("read the capture {}: it is empty; capture again, or leave it out", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It has none of the formats.
    #[error("read the capture {}: it is {what}; {remedy}", .path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// It is a journal that can't be read.
    #[error("read the capture {}", .path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// Something is wrong with it, and reading is strict.
    #[error("read the capture {}: {diagnosis}; mend it there, or read it leniently", .path.display())]
    Strict {
        /// The file.
        path: PathBuf,
        /// Where, and what.
        diagnosis: Box<Diagnosis>,
    },
}

/// A [`CaptureError`] before it knows its file.
#[derive(Debug)]
pub(super) enum Stop {
    Io(io::Error),
    Journal(ReadError),
    Strict(Box<Diagnosis>),
}

impl Stop {
    pub(super) fn of(self, path: PathBuf) -> CaptureError {
        match self {
            Self::Io(source) => CaptureError::Io { path, source },
            Self::Journal(source) => CaptureError::Journal { path, source },
            Self::Strict(diagnosis) => CaptureError::Strict { path, diagnosis },
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Journal(error)
    }
}
