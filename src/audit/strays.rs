//! Documents that no capture explains: their name belongs to no order, or to several.

use rusqlite::{Connection, OptionalExtension};

use super::census::Census;
use crate::journal::{OUTCOME, ReadError, outcome};
use crate::judge::{OutcomeSeen, StrayDocument};
use crate::outcome::RowId;

/// First and last sighting of each document without an order; the last that came with the document, if any did: another
/// observer may tell of a commit and not of where it belongs. Bytes stay out of what is sorted. Names that may be theirs are
/// found first, by indexes alone, since nearly all are orders' own.
const STRAYS: &str = "SELECT min(o.id), coalesce(max(iif(o.document IS NULL, NULL, o.id)), max(o.id)),
        EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = o.order_key)
    FROM {PERHAPS} p CROSS JOIN outcome o ON o.order_key = p.name WHERE o.kind = 'committed' AND CASE
        WHEN EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = o.order_key)
        THEN (SELECT n.order_key IS NULL FROM temp.other_name n WHERE n.name = o.order_key)
        ELSE NOT EXISTS (SELECT 1 FROM capture c WHERE c.order_key = o.order_key) END
    GROUP BY o.lane, o.order_key, o.reference ORDER BY 1";

/// Names that may be theirs, of the whole journal.
const PERHAPS: &str = "(SELECT DISTINCT o.order_key AS name FROM outcome o
        WHERE NOT EXISTS (SELECT 1 FROM capture c WHERE c.order_key = o.order_key)
    UNION SELECT name FROM temp.other_name WHERE order_key IS NULL)";

/// The same, kept while the journal grows.
const KEEP: &str = "
DROP TABLE IF EXISTS temp.stray_name;
CREATE TEMP TABLE stray_name (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO temp.stray_name SELECT p.name FROM {PERHAPS} p
    WHERE NOT EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = p.name AND n.order_key IS NOT NULL);
";

/// Those that came behind a row.
const ADD: &str = "INSERT OR IGNORE INTO temp.stray_name SELECT o.order_key FROM outcome o
    WHERE o.id > ?1 AND NOT EXISTS (SELECT 1 FROM capture c WHERE c.order_key = o.order_key)
        AND NOT EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = o.order_key AND n.order_key IS NOT NULL)";

/// Whether a document behind a row is perhaps a stray one, or a capture behind it has the name of one.
const TOUCHED: &str = "SELECT EXISTS (
        SELECT 1 FROM outcome o JOIN temp.stray_name s ON s.name = o.order_key WHERE o.id > ?1 AND o.kind = 'committed')
    OR EXISTS (SELECT 1 FROM capture c JOIN temp.stray_name s ON s.name = c.order_key WHERE c.id > ?1)
    OR EXISTS (SELECT 1 FROM capture c, json_each(c.also_known_as) j JOIN temp.stray_name s ON s.name = j.value
        WHERE c.id > ?1 AND c.also_known_as IS NOT NULL)";

/// Keeps the names that may be stray documents', for [`each_kept`]. [`super::names::Names`] were gathered before.
pub(super) fn keep(connection: &Connection) -> Result<(), ReadError> {
    Ok(connection.execute_batch(&KEEP.replace("{PERHAPS}", PERHAPS))?)
}

/// Takes in what came behind a row. Whether that makes other documents strays, or those that were otherwise.
pub(super) fn follow(connection: &Connection, after: RowId) -> Result<bool, ReadError> {
    connection.prepare_cached(ADD)?.execute([after])?;
    Ok(connection.prepare_cached(TOUCHED)?.query_row([after], |row| row.get(0))?)
}

/// As [`each_stray`], by the names that were [kept](keep).
pub(super) fn each_kept(connection: &Connection, each: impl FnMut(&StrayDocument)) -> Result<(), ReadError> {
    each_of(connection, "temp.stray_name", each)
}

/// The document of a lane's order, as it was sighted last, whatever its number.
const DOCUMENT: &str = "SELECT b.bytes FROM outcome o JOIN content b ON b.id = o.document
    WHERE o.order_key = ? AND o.lane = ? AND o.kind = 'committed' ORDER BY o.id DESC LIMIT 1";

/// Hands each stray document to `each`, in the order of first sighting. [`super::names::Names`] were
/// gathered before.
pub(super) fn each_stray(connection: &Connection, each: impl FnMut(&StrayDocument)) -> Result<(), ReadError> {
    each_of(connection, PERHAPS, each)
}

fn each_of(connection: &Connection, perhaps: &str, mut each: impl FnMut(&StrayDocument)) -> Result<(), ReadError> {
    let sql = format!("SELECT {OUTCOME} FROM outcome o LEFT JOIN content b ON b.id = o.document WHERE o.id = ?");
    let mut sighting = connection.prepare(&sql)?;
    let census = Census::new(connection)?;
    let mut document = connection.prepare(DOCUMENT)?;
    let mut strays = connection.prepare(&STRAYS.replace("{PERHAPS}", perhaps))?;
    let mut strays = strays.query([])?;
    while let Some(row) = strays.next()? {
        let (first_row, last, is_shared): (RowId, RowId, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let mut sightings = sighting.query([last])?;
        if let Some(row) = sightings.next()? {
            let (row, mut outcome, recorded_at) = outcome(row)?;
            // Told without a number, it is one of the order's others, or belongs where they do.
            if outcome.reference.is_none() && outcome.document.is_none() {
                let values = [outcome.order_key.as_str(), outcome.lane.as_str()];
                let bytes = document.query_row(values, |row| row.get::<_, Vec<u8>>(0)).optional()?;
                outcome.document = bytes.map(Into::into);
            }
            let in_census = !is_shared && census.has(&outcome.order_key)?;
            let seen = OutcomeSeen { row, recorded_at, outcome };
            each(&StrayDocument { seen, first_row, is_shared, in_census });
        }
    }
    Ok(())
}
