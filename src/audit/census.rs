//! The storefront's own list of orders, beside what was captured.

use std::slice;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::names::{Named, Names, NamesOf};
use crate::journal::{CensusSeen, ReadError, Reader};
use crate::judge::{CensusEvidence, CensusListing, ExtractSummary, InCensus, Judge, Listed};
use crate::order::OrderKey;
use crate::outcome::{Extract, Lane, PerLane, RowId, Skip, Witness};

/// Asks the census for orders. Where nothing was imported, nothing is asked.
pub(super) struct Census<'r> {
    connection: &'r Connection,
    any: bool,
}

impl<'r> Census<'r> {
    pub(super) fn new(connection: &'r Connection) -> rusqlite::Result<Self> {
        Ok(Self { connection, any: is_imported(connection)? })
    }

    /// What it says of an order that goes by `names`. Of two names in it, one that the lanes must have counts.
    pub(super) fn says(&self, names: &NamesOf) -> rusqlite::Result<InCensus> {
        let mut says = InCensus::Absent;
        if !self.any {
            return Ok(says);
        }
        for name in &names.own {
            match self.is_excluded(name)? {
                Some(false) => return Ok(InCensus::Listed),
                Some(true) => says = InCensus::Excluded,
                None => {}
            }
        }
        for name in &names.shared {
            if says == InCensus::Absent && self.is_excluded(name)?.is_some() {
                says = InCensus::Shared;
            }
        }
        Ok(says)
    }

    /// The row that lists an order under one of its own names, as it was said last.
    pub(super) fn document(&self, names: &NamesOf) -> rusqlite::Result<Option<Bytes>> {
        if !self.any {
            return Ok(None);
        }
        for name in &names.own {
            let last = "SELECT id FROM census WHERE order_key = ? ORDER BY id DESC LIMIT 1";
            let row = self.connection.prepare_cached(last)?.query_row([name.as_str()], |row| row.get(0)).optional()?;
            if let Some(found) = row.map(|row| document(self.connection, row)).transpose()?.flatten() {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Whether it has an order of this name.
    pub(super) fn has(&self, name: &OrderKey) -> rusqlite::Result<bool> {
        Ok(self.any && self.is_excluded(name)?.is_some())
    }

    /// Whether what it said of a name last excludes it; `None`: it says nothing.
    fn is_excluded(&self, name: &OrderKey) -> rusqlite::Result<Option<bool>> {
        let last = "SELECT excluded IS NOT NULL FROM census WHERE order_key = ? ORDER BY id DESC LIMIT 1";
        self.connection.prepare_cached(last)?.query_row([name.as_str()], |row| row.get(0)).optional()
    }
}

fn is_imported(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM census)", [], |row| row.get(0))
}

/// What is known of the census as a whole.
pub(super) fn evidence(reader: &Reader) -> Result<CensusEvidence, ReadError> {
    let extracts = reader.extracts(Witness::Census)?;
    Ok(CensusEvidence {
        imported: !extracts.is_empty() || is_imported(reader.connection())?,
        complete_through: extracts.iter().filter_map(|(_, extract)| extract.complete_through).max(),
    })
}

/// All files that were imported, in the order of their import.
pub(super) fn extracts(reader: &Reader) -> Result<Vec<ExtractSummary>, ReadError> {
    let mut all: Vec<(RowId, Extract)> = Vec::new();
    for of in [Witness::Legacy, Witness::Gated, Witness::Census] {
        all.extend(reader.extracts(of)?);
    }
    all.sort_by_key(|(row, _)| *row);
    Ok(all.into_iter().map(|(_, extract)| extract.into()).collect())
}

/// Orders of the census, counted by a query of its own.
pub(super) fn orders(connection: &Connection) -> Result<u64, ReadError> {
    let count: i64 = connection.query_row("SELECT count(DISTINCT order_key) FROM census", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Hands every order of the census to the judge, with what captures of any run and both ledgers have of it.
/// Rows themselves are read where they are to be `counted`.
pub(super) fn hand_over(reader: &Reader, names: &Names<'_>, counted: bool, judge: &mut Judge) -> Result<(), ReadError> {
    let connection = reader.connection();
    reader.each_of_census(|seen| {
        let listed = match names.find(&seen.order_key)? {
            Named::Order(key) if is_created(connection, &key)? => Listed::Captured,
            Named::Order(key) => {
                Listed::Uncaptured { documents: documents(connection, &names_of(connection, names, &key)?)? }
            }
            Named::Shared => Listed::Shared,
            Named::Nobody => Listed::Uncaptured { documents: documents(connection, slice::from_ref(&seen.order_key))? },
        };
        let is_apart = counted && matches!(listed, Listed::Uncaptured { .. });
        let document = if is_apart { document(connection, seen.row)? } else { None };
        let CensusSeen { order_key: key, placed_at, excluded, .. } = seen;
        judge.census_order(&CensusListing { key, placed_at, excluded, listed, document });
        Ok(())
    })
}

/// The content of a row of the census.
fn document(connection: &Connection, row: RowId) -> rusqlite::Result<Option<Bytes>> {
    let sql = "SELECT b.bytes FROM census c JOIN content b ON b.id = c.document WHERE c.id = ?";
    let bytes = connection.prepare_cached(sql)?.query_row([row], |row| row.get::<_, Vec<u8>>(0)).optional()?;
    Ok(bytes.map(Into::into))
}

/// Whether a `create` of this order was captured and went on to a lane. One that changes it, and one whose sender went
/// away before it was whole, gave it to none.
pub(super) fn is_created(connection: &Connection, key: &OrderKey) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM capture
        WHERE order_key = ? AND operation = 'create' AND coalesce(skip, '') <> ?)";
    let values = [key.as_str(), Skip::ClientGone.as_str()];
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))
}

/// The names that stand for an order alone, out of all that its captures gave.
fn names_of(connection: &Connection, names: &Names<'_>, key: &OrderKey) -> rusqlite::Result<Vec<OrderKey>> {
    let sql = "SELECT DISTINCT j.value FROM capture c, json_each(c.also_known_as) j WHERE c.order_key = ?";
    let mut select = connection.prepare_cached(sql)?;
    let given =
        select.query_map([key.as_str()], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(names.of(key, given.iter().filter_map(|name| OrderKey::new(name).ok()).collect())?.own)
}

/// Which ledgers have a document under any of these names.
fn documents(connection: &Connection, names: &[OrderKey]) -> Result<PerLane<bool>, ReadError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM outcome WHERE order_key = ?1 AND lane = ?2 AND kind = 'committed')";
    let mut select = connection.prepare_cached(sql)?;
    let mut found: PerLane<bool> = PerLane::default();
    for name in names {
        for lane in Lane::ALL {
            *found.get_mut(*lane) |= select.query_row([name.as_str(), lane.as_str()], |row| row.get::<_, bool>(0))?;
        }
    }
    Ok(found)
}
