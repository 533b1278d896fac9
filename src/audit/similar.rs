//! Orders that somebody may have meant who typed a name that none has.

use rusqlite::{Connection, params};

use crate::order::OrderKey;

/// As many as are offered.
const SIMILAR_MAX: usize = 5;

/// The least of a name, in bytes, that is looked for in a longer one: shorter ones are in nearly all of them.
const PART_MIN: usize = 4;

/// Orders that are found at once however many there are: those that begin as the name does, after what all keys begin with or
/// a `#` as well, by another name too, and those that the name begins with. Other names were gathered.
pub(super) fn at_the_beginning(connection: &Connection, name: &OrderKey) -> rusqlite::Result<Vec<OrderKey>> {
    const BEGINS: &str =
        "SELECT DISTINCT order_key FROM capture WHERE order_key >= ?1 AND order_key < ?2 ORDER BY order_key LIMIT ?3";
    const BEGINS_OTHER: &str = "SELECT DISTINCT order_key FROM temp.other_name
        WHERE name >= ?1 AND name < ?2 AND order_key IS NOT NULL ORDER BY name LIMIT ?3";
    let bare = bare(name);
    let mut found: Vec<String> = Vec::new();
    let mut offer = |key: String| {
        if found.len() < SIMILAR_MAX && !found.contains(&key) {
            found.push(key);
        }
    };
    let shared = shared_beginning(connection)?;
    for (sql, before) in [(BEGINS, ""), (BEGINS, "#"), (BEGINS, &shared), (BEGINS_OTHER, ""), (BEGINS_OTHER, "#")] {
        let (from, to) = (format!("{before}{bare}"), format!("{before}{bare}\u{10FFFF}"));
        let mut select = connection.prepare_cached(sql)?;
        let mut keys = select.query(params![from, to, SIMILAR_MAX as i64])?;
        while let Some(row) = keys.next()? {
            offer(row.get(0)?);
        }
    }
    let mut is_key = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM capture WHERE order_key = ?)")?;
    for (end, _) in bare.char_indices().rev().take_while(|(end, _)| *end >= PART_MIN) {
        let part = bare.get(..end).unwrap_or_default();
        if is_key.query_row([part], |row| row.get(0))? {
            offer(part.to_owned());
        }
    }
    Ok(as_keys(&found))
}

/// The same, and where there are none, orders whose keys are part of the name, or the name of them, the shortest first: for that
/// all keys are read.
pub(super) fn anywhere(connection: &Connection, name: &OrderKey) -> rusqlite::Result<Vec<OrderKey>> {
    let found = at_the_beginning(connection, name)?;
    if !found.is_empty() {
        return Ok(found);
    }
    let mut select = connection.prepare(
        "SELECT DISTINCT order_key FROM capture
         WHERE order_key IS NOT NULL AND (instr(order_key, ?1) OR (length(order_key) >= ?2 AND instr(?1, order_key)))
         ORDER BY length(order_key), order_key LIMIT ?3",
    )?;
    let keys = select.query_map(params![bare(name), PART_MIN as i64, SIMILAR_MAX as i64], |row| row.get(0))?;
    Ok(as_keys(&keys.collect::<rusqlite::Result<Vec<String>>>()?))
}

/// What stands before the digits of all keys, by the first and the last of them; empty where these differ.
fn shared_beginning(connection: &Connection) -> rusqlite::Result<String> {
    let ends = "SELECT min(order_key) FROM capture WHERE order_key IS NOT NULL UNION ALL SELECT max(order_key) FROM capture WHERE order_key IS NOT NULL";
    let mut ends = connection.prepare_cached(ends)?;
    let ends = ends.query_map([], |row| row.get::<_, Option<String>>(0))?;
    let ends = ends.collect::<rusqlite::Result<Option<Vec<String>>>>()?.unwrap_or_default();
    let before =
        |key: &str| key.find(|digit: char| digit.is_ascii_digit()).and_then(|end| key.get(..end).map(str::to_owned));
    let mut ends = ends.iter().map(|key| before(key).unwrap_or_default());
    let (first, last) = (ends.next().unwrap_or_default(), ends.next().unwrap_or_default());
    Ok(if first == last { first } else { String::new() })
}

fn bare(name: &OrderKey) -> &str {
    name.as_str().trim_start_matches('#')
}

fn as_keys(keys: &[String]) -> Vec<OrderKey> {
    keys.iter().filter_map(|key| OrderKey::new(key).ok()).collect()
}
