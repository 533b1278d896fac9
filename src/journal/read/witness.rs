//! The third witness, and the extracts that observers' facts came from.

use jiff::Timestamp;
use rusqlite::params;

use super::decode::{self, EXTRACT};
use super::{ReadError, Reader};
use crate::order::OrderKey;
use crate::outcome::{Extract, RowId, Signature, Witness};

/// An order of the census, without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CensusSeen {
    /// Its row.
    pub row: RowId,
    /// The order key.
    pub order_key: OrderKey,
    /// When it was placed, on the storefront's clock.
    pub placed_at: Option<Timestamp>,
    /// Why the lanes need not have it.
    pub excluded: Option<String>,
}

impl Reader {
    /// The extracts of a witness, in the order of recording.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn extracts(&self, of: Witness) -> Result<Vec<(RowId, Extract)>, ReadError> {
        let sql = format!("SELECT {EXTRACT} FROM extract WHERE lane = ? ORDER BY id");
        self.rows(&sql, [of.as_str()], decode::extract)
    }

    /// Shows every order of the census to `see`, each by what was said of it last.
    ///
    /// # Errors
    /// When SQLite says no, a row is damaged, or `see` fails.
    pub fn each_of_census(&self, mut see: impl FnMut(CensusSeen) -> Result<(), ReadError>) -> Result<(), ReadError> {
        // With one max() in a query, SQLite takes bare columns from the row that has it (lang_select, 2.4).
        let sql = "SELECT max(id), order_key, placed_at, excluded FROM census GROUP BY order_key ORDER BY order_key";
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            see(decode::census_seen(row)?)?;
        }
        Ok(())
    }

    /// How many captures of a run had a signature that was not good, by what was wrong with it.
    ///
    /// # Errors
    /// When SQLite says no, or a row is damaged.
    pub fn signatures(&self, run: u32) -> Result<Vec<(Signature, u64)>, ReadError> {
        let sql = "SELECT s.id, s.signature, count(*) FROM signature s JOIN capture c ON c.id = s.capture \
            WHERE c.run = ? GROUP BY s.signature ORDER BY s.signature";
        self.rows(sql, params![run], decode::signature_count)
    }
}
