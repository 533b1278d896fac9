//! Captured traffic from files, to be sent through both lanes. So far its formats: one reader for each, all behind
//! [`CaptureFile`].

pub mod formats;

pub use formats::{CaptureError, CaptureFile, Options, Record, RecordedAnswer, Tally};
