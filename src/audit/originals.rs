//! When replayed orders came first. Most journals hold no replay, and are not asked.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Statement};

use crate::journal::ReadError;
use crate::judge::Timeline;

/// The times at which replayed captures were captured first.
pub(super) struct Originals<'c>(Option<Statement<'c>>);

impl<'c> Originals<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, ReadError> {
        let any = connection.query_row("SELECT EXISTS (SELECT 1 FROM replayed)", [], |row| row.get::<_, bool>(0))?;
        let of_one = "SELECT occurred_at FROM replayed WHERE capture = ?";
        Ok(Self(if any { Some(connection.prepare(of_one)?) } else { None }))
    }

    /// Fills the times in.
    pub(super) fn fill(&mut self, timeline: &mut Timeline) -> Result<(), ReadError> {
        let Some(of_one) = &mut self.0 else { return Ok(()) };
        for capture in &mut timeline.captures {
            let at: Option<Option<i64>> = of_one.query_row([capture.row], |row| row.get(0)).optional()?;
            let damaged =
                |at: i64| ReadError::Damaged { table: "replayed", row: capture.row, what: format!("the time {at}") };
            let time = |at| Timestamp::from_microsecond(at).map_err(|_| damaged(at));
            capture.occurred_at = at.flatten().map(time).transpose()?;
        }
        Ok(())
    }
}
