//! One query for several keys at once: to begin a query and to end it takes SQLite longer than to find the row or two that
//! most orders have.

use rusqlite::types::Null;
use rusqlite::{Connection, Row, Statement, ToSql};

use crate::journal::ReadError;

/// Keys that are asked for at once.
const KEYS: usize = 32;

/// A query that is asked for several keys at once.
pub(super) struct Together<'c> {
    statement: Statement<'c>,
    /// The column that says which key a row was found by.
    place: usize,
}

impl<'c> Together<'c> {
    /// Of `columns`, from tables that are joined to the keys: `outcome o ON o.order_key = k.key`.
    pub(super) fn new(connection: &'c Connection, columns: &str, joined: &str) -> rusqlite::Result<Self> {
        let keys: Vec<String> = (1..=KEYS).map(|number| format!("({}, ?{number})", number - 1)).collect();
        // With a CROSS JOIN the keys stay outermost (SQLite, "The SQLite Query Optimizer Overview", 7.3).
        let sql = format!(
            "WITH k(place, key) AS (VALUES {}) SELECT {columns}, k.place FROM k CROSS JOIN {joined}",
            keys.join(", ")
        );
        let statement = connection.prepare(&sql)?;
        let place = statement.column_count().saturating_sub(1);
        Ok(Self { statement, place })
    }

    /// Hands what is found to `each`, with the place of its key among `keys`, in no order.
    pub(super) fn each<K: ToSql>(
        &mut self,
        keys: &[K],
        mut each: impl FnMut(usize, &Row<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        for (round, keys) in keys.chunks(KEYS).enumerate() {
            for (at, key) in keys.iter().enumerate() {
                self.statement.raw_bind_parameter(at + 1, key)?;
            }
            for at in keys.len()..KEYS {
                self.statement.raw_bind_parameter(at + 1, Null)?;
            }
            let mut rows = self.statement.raw_query();
            while let Some(row) = rows.next()? {
                let at = usize::try_from(row.get::<_, i64>(self.place)?).unwrap_or_default();
                each(round * KEYS + at, row)?;
            }
        }
        Ok(())
    }
}
