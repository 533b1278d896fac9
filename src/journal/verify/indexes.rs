//! The indexes, beside the rows that they point to: judging finds orders by them, so that an entry that is missing, altered or out of
//! its place would hide a row from it that the chain knows. Each must hold exactly what its table holds, in order.
//!
//! Entries are compared as sums of keyed hashes, whose key nobody knows beforehand: one pass over each index, none over the tables beyond
//! the one that the chain takes.

use std::cmp::Ordering;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row};

use super::Depth;
use crate::journal::ReadError;
use crate::journal::schema::Table;
use crate::outcome::RowId;

/// Whether a row of these columns is in an index.
type Takes = fn(&[ValueRef<'_>]) -> bool;

/// Rows that an index leaves out, by the index: what its WHERE says, once more.
const PARTIAL: [(&str, Takes); 2] = [
    ("capture_order_key", |columns| columns.first().is_some_and(|key| *key != ValueRef::Null)),
    ("answer_not_2xx", |columns| !matches!(columns.last(), Some(ValueRef::Integer(200..=299)))),
];

/// What an index's WHERE looks at beyond its own columns.
const LOOKS_AT: [(&str, &str); 1] = [("answer_not_2xx", "status")];

/// Indexes by which only the writer finds anything.
const ONLY_WRITTEN_BY: [&str; 2] = ["outcome_source", "census_source"];

/// Columns of an index, and the row that it points to, or what its WHERE looks at.
const COLUMNS_MAX: usize = 4;

/// The entries of an index, as a sum that knows no order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entries {
    count: u64,
    sum: u128,
}

/// An index, and what its table holds for it.
struct Index {
    name: String,
    /// Its columns, as they stand in it.
    columns: Vec<String>,
    /// The places of these in the table, and of what its WHERE looks at.
    places: Vec<usize>,
    takes: Option<Takes>,
    expected: Entries,
}

/// The indexes of all tables.
pub(super) struct Indexes {
    by_table: Vec<Vec<Index>>,
    key: RandomState,
}

impl Entries {
    fn add(&mut self, key: &RandomState, columns: &[ValueRef<'_>], row: RowId) {
        let mut hasher = key.build_hasher();
        for column in columns {
            match column {
                ValueRef::Integer(number) => hasher.write_i64(*number),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    hasher.write_usize(bytes.len());
                    hasher.write(bytes);
                }
                ValueRef::Real(_) | ValueRef::Null => hasher.write_u8(0),
            }
        }
        hasher.write_i64(row);
        self.count += 1;
        self.sum = self.sum.wrapping_add(u128::from(hasher.finish()));
    }
}

impl Indexes {
    /// Of the tables as they are in the file; those that stand beside an older file hold nothing.
    pub(super) fn new(connection: &Connection, depth: Depth) -> rusqlite::Result<Self> {
        let by_table = Table::ALL.iter().map(|table| of_table(connection, *table, depth));
        let by_table = by_table.collect::<rusqlite::Result<_>>()?;
        Ok(Self { by_table, key: RandomState::new() })
    }

    /// None is looked at.
    pub(super) fn none() -> Self {
        Self { by_table: Vec::new(), key: RandomState::new() }
    }

    /// Takes note of a row of a table.
    pub(super) fn row(&mut self, table: Table, id: RowId, row: &Row<'_>) -> rusqlite::Result<()> {
        for index in self.by_table.get_mut(table as usize).into_iter().flatten() {
            let mut columns = [ValueRef::Null; COLUMNS_MAX];
            for (column, place) in columns.iter_mut().zip(&index.places) {
                *column = row.get_ref(*place)?;
            }
            let columns = columns.get(..index.places.len()).unwrap_or_default();
            if index.takes.is_none_or(|takes| takes(columns)) {
                let own = columns.get(..index.columns.len()).unwrap_or_default();
                index.expected.add(&self.key, own, id);
            }
        }
        Ok(())
    }

    /// The first index that doesn't hold what its table does.
    pub(super) fn broken(self, connection: &Connection) -> Result<Option<String>, ReadError> {
        for (table, indexes) in Table::ALL.iter().zip(self.by_table) {
            for index in indexes {
                if entries(connection, *table, &index, &self.key)? != Some(index.expected) {
                    return Ok(Some(index.name));
                }
            }
        }
        Ok(None)
    }
}

fn of_table(connection: &Connection, table: Table, depth: Depth) -> rusqlite::Result<Vec<Index>> {
    let mut names = connection
        .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = ? ORDER BY name")?;
    let names = names.query_map([table.name()], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let is_judged_by = |name: &String| depth == Depth::Whole || !ONLY_WRITTEN_BY.contains(&name.as_str());
    names.into_iter().filter(is_judged_by).map(|name| Index::new(connection, table, name)).collect()
}

impl Index {
    fn new(connection: &Connection, table: Table, name: String) -> rusqlite::Result<Self> {
        let mut columns = connection.prepare("SELECT name FROM pragma_index_info(?) ORDER BY seqno")?;
        let columns = columns.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let places = connection.prepare(&format!("SELECT * FROM {} LIMIT 0", table.name()))?;
        let more = LOOKS_AT.iter().filter(|(index, _)| *index == name).map(|(_, column)| *column);
        let places = columns.iter().map(String::as_str).chain(more).map(|column| places.column_index(column));
        let places = places.collect::<rusqlite::Result<Vec<_>>>()?;
        let takes = PARTIAL.iter().find(|(index, _)| *index == name).map(|(_, takes)| *takes);
        Ok(Self { name, columns, places, takes, expected: Entries::default() })
    }

    /// Its entries in its own order. The condition of a partial one has to be repeated for SQLite to use it.
    fn query(&self, connection: &Connection, table: Table) -> rusqlite::Result<String> {
        let sql = "SELECT substr(sql, instr(sql, ' WHERE ')) FROM main.sqlite_schema WHERE name = ? AND instr(sql, ' WHERE ')";
        let condition = match connection.query_row(sql, [&self.name], |row| row.get::<_, String>(0)) {
            Ok(condition) => condition,
            Err(rusqlite::Error::QueryReturnedNoRows) => String::new(),
            Err(error) => return Err(error),
        };
        let columns = self.columns.join(", ");
        Ok(format!("SELECT {columns}, id FROM main.{} INDEXED BY \"{}\"{condition}", table.name(), self.name))
    }
}

/// What is in an index; `None` where it is out of order, so that a search would miss some of it.
fn entries(
    connection: &Connection,
    table: Table,
    index: &Index,
    key: &RandomState,
) -> Result<Option<Entries>, ReadError> {
    let mut statement = connection.prepare(&index.query(connection, table)?)?;
    let mut rows = statement.query([])?;
    let (mut found, mut last) = (Entries::default(), Vec::<Value>::new());
    let width = index.columns.len();
    while let Some(row) = rows.next()? {
        let mut columns = [ValueRef::Null; COLUMNS_MAX];
        for (place, column) in columns.iter_mut().take(width + 1).enumerate() {
            *column = row.get_ref(place)?;
        }
        let columns = columns.get(..=width).unwrap_or_default();
        let Some((ValueRef::Integer(id), own)) = columns.split_last() else {
            return Ok(None);
        };
        if order(&last, columns) == Ordering::Greater {
            return Ok(None);
        }
        found.add(key, own, *id);
        remember(&mut last, columns);
    }
    Ok(Some(found))
}

/// Keeps what was seen, in the memory of what was seen before it.
fn remember(last: &mut Vec<Value>, columns: &[ValueRef<'_>]) {
    last.resize(columns.len(), Value::Null);
    for (kept, column) in last.iter_mut().zip(columns) {
        match (kept, column) {
            (Value::Text(kept), ValueRef::Text(text)) if str::from_utf8(text).is_ok() => {
                kept.clear();
                kept.push_str(str::from_utf8(text).unwrap_or_default());
            }
            (kept, column) => *kept = Value::try_from(*column).unwrap_or(Value::Null),
        }
    }
}

/// How SQLite sorts these: NULL, numbers, texts by their bytes.
fn order(before: &[Value], after: &[ValueRef<'_>]) -> Ordering {
    let pairs = before.iter().map(ValueRef::from).zip(after);
    pairs.map(|(before, after)| compare(before, *after)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare(before: ValueRef<'_>, after: ValueRef<'_>) -> Ordering {
    const fn rank(value: &ValueRef<'_>) -> u8 {
        match value {
            ValueRef::Null => 0,
            ValueRef::Integer(_) | ValueRef::Real(_) => 1,
            ValueRef::Text(_) => 2,
            ValueRef::Blob(_) => 3,
        }
    }
    match (before, after) {
        (ValueRef::Integer(before), ValueRef::Integer(after)) => before.cmp(&after),
        (ValueRef::Text(before), ValueRef::Text(after)) | (ValueRef::Blob(before), ValueRef::Blob(after)) => {
            before.cmp(after)
        }
        (before, after) => rank(&before).cmp(&rank(&after)),
    }
}
