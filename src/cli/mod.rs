//! The command line: one file per command.

pub mod check;

/// How a command ended, as its exit code says it (DESIGN 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// GO, or success.
    Go = 0,
    /// NO-GO.
    NoGo = 1,
    /// Usage, configuration, I/O.
    Error = 2,
    /// INCONCLUSIVE.
    Inconclusive = 3,
}
