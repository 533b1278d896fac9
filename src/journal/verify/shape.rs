//! The file's schema: its tables and indexes are those that paritee made. A table that is a view of another, a trigger, or an index that
//! leaves something out would make the same queries find something else.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::journal::schema;

/// Tables, indexes and triggers by name, as SQL.
type Shape = BTreeMap<String, String>;

/// The first table or index that isn't as it should be. Views and statistics that people add are none of the evidence.
pub(super) fn wrong(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let model = Connection::open_in_memory()?;
    model.execute_batch(schema::CREATE)?;
    model.execute_batch(&schema::between(1, version))?;
    let (expected, found) = (shape(&model)?, shape(connection)?);
    let missing = expected.iter().find(|(name, sql)| found.get(*name) != Some(sql)).map(|(name, _)| name.clone());
    let added = || found.keys().find(|name| !expected.contains_key(*name)).cloned();
    Ok(missing.or_else(added))
}

fn shape(connection: &Connection) -> rusqlite::Result<Shape> {
    let mut all = connection.prepare(
        "SELECT name, type || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM main.sqlite_schema
         WHERE name NOT LIKE 'sqlite_stat%' AND (type <> 'view' OR name IN (SELECT name FROM main.sqlite_schema WHERE type = 'table'))",
    )?;
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
