//! Documents that no capture explains: their name belongs to no order, or to several.

use rusqlite::{Connection, OptionalExtension};

use super::census::Census;
use crate::journal::{OUTCOME, ReadError, outcome};
use crate::judge::{OutcomeSeen, StrayDocument};
use crate::outcome::RowId;

/// First and last sighting of each document without an order; the last that came with the document, if any did: another
/// observer may tell of a commit and not of where it belongs. Bytes stay out of what is sorted. Names that may be theirs are
/// found first, by indexes alone, since nearly all are orders' own.
const STRAYS: &str = "WITH perhaps(name) AS (
        SELECT DISTINCT o.order_key FROM outcome o
            WHERE NOT EXISTS (SELECT 1 FROM capture c WHERE c.order_key = o.order_key)
        UNION SELECT name FROM temp.other_name WHERE order_key IS NULL)
    SELECT min(o.id), coalesce(max(iif(o.document IS NULL, NULL, o.id)), max(o.id)),
        EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = o.order_key)
    FROM perhaps p CROSS JOIN outcome o ON o.order_key = p.name WHERE o.kind = 'committed' AND CASE
        WHEN EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = o.order_key)
        THEN (SELECT n.order_key IS NULL FROM temp.other_name n WHERE n.name = o.order_key)
        ELSE NOT EXISTS (SELECT 1 FROM capture c WHERE c.order_key = o.order_key) END
    GROUP BY o.lane, o.order_key, o.reference ORDER BY 1";

/// The document of a lane's order, as it was sighted last, whatever its number.
const DOCUMENT: &str = "SELECT b.bytes FROM outcome o JOIN content b ON b.id = o.document
    WHERE o.order_key = ? AND o.lane = ? AND o.kind = 'committed' ORDER BY o.id DESC LIMIT 1";

/// Hands each stray document to `each`, in the order of first sighting. [`super::names::Names`] were
/// gathered before.
pub(super) fn each_stray(connection: &Connection, mut each: impl FnMut(&StrayDocument)) -> Result<(), ReadError> {
    let sql = format!("SELECT {OUTCOME} FROM outcome o LEFT JOIN content b ON b.id = o.document WHERE o.id = ?");
    let mut sighting = connection.prepare(&sql)?;
    let census = Census::new(connection)?;
    let mut document = connection.prepare(DOCUMENT)?;
    let mut strays = connection.prepare(STRAYS)?;
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
