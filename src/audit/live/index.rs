//! Lists of orders and exceptions, in a database of its own that goes with the process: pages ask it, and never the journal as
//! a whole. All of it can be had again from the journal.

use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use rust_decimal::prelude::ToPrimitive as _;

use super::list::{By, COUNT_MAX, ExceptionsAsked, Listed, OrdersAsked, Page};
use crate::diff::minor_digits;
use crate::journal::NoteSeen;
use crate::judge::{Awaited, Exception, ExceptionFound, ExceptionKind, Money, OrderLine, Severity};
use crate::order::{Mask, OrderKey};
use crate::outcome::{Lane, NoteDetail, PerLane};

/// Its tables. `worth` sorts as the report does: what is not known first, then the most minor units.
const SCHEMA: &str = "
PRAGMA journal_mode = MEMORY;
PRAGMA synchronous = OFF;
CREATE TABLE line (
    order_key TEXT PRIMARY KEY, received_at INTEGER NOT NULL, legacy TEXT NOT NULL, gated TEXT NOT NULL, parity TEXT NOT NULL,
    legacy_since INTEGER, legacy_due INTEGER, legacy_flagged INTEGER,
    gated_since INTEGER, gated_due INTEGER, gated_flagged INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX line_received ON line(received_at DESC);
CREATE INDEX line_legacy ON line(legacy, received_at DESC);
CREATE INDEX line_gated ON line(gated, received_at DESC);
CREATE INDEX line_parity ON line(parity, received_at DESC);
CREATE INDEX line_legacy_due ON line(legacy_due) WHERE legacy_due IS NOT NULL;
CREATE INDEX line_gated_due ON line(gated_due) WHERE gated_due IS NOT NULL;
CREATE TABLE exception (
    order_key TEXT NOT NULL, lane TEXT NOT NULL, kind TEXT NOT NULL, of_order INTEGER NOT NULL, owner TEXT NOT NULL,
    severity INTEGER NOT NULL, worth INTEGER NOT NULL, at INTEGER, currency TEXT, amount TEXT,
    reason_class TEXT, reason TEXT, refs TEXT NOT NULL, next_action TEXT NOT NULL
) STRICT;
CREATE INDEX exception_key ON exception(order_key);
CREATE INDEX exception_other ON exception(of_order) WHERE of_order = 0;
CREATE INDEX exception_worst ON exception(severity, worth, at, order_key);
CREATE INDEX exception_at ON exception(at, order_key);
CREATE INDEX exception_worth ON exception(worth, at, order_key);
CREATE INDEX exception_owner ON exception(owner, severity, worth, at, order_key);
CREATE INDEX exception_kind ON exception(kind, severity, worth, at, order_key);
CREATE TABLE note (
    order_key TEXT NOT NULL, lane TEXT NOT NULL, kind TEXT NOT NULL, row INTEGER NOT NULL, at INTEGER NOT NULL, said_by TEXT, note TEXT NOT NULL,
    PRIMARY KEY (order_key, lane, kind)
) STRICT, WITHOUT ROWID;
";

const INSERT_LINE: &str = "INSERT OR REPLACE INTO line VALUES (?,?,?,?,?,?,?,?,?,?,?)";
const INSERT_EXCEPTION: &str = "INSERT INTO exception VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

/// Statements that are kept ready.
const STATEMENTS: usize = 64;

/// Why a list can't be had.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// SQLite says no: the machine's temporary folder may be full.
    #[error("list orders: the database beside the journal, in the temporary folder, can't be used")]
    Sqlite(#[from] rusqlite::Error),
    /// It holds what was never written to it.
    #[error("list orders: {0:?} stands where a name should")]
    Name(String),
}

/// The lists.
#[derive(Debug)]
pub struct Index {
    current: RwLock<Arc<Mutex<Connection>>>,
}

/// What lists say of an order: its line, where it is one of the run's, and why it needs somebody.
pub(super) type Said = (Option<OrderLine>, Vec<ExceptionFound>);

/// Lists in the making.
#[derive(Debug)]
pub(super) struct Filling {
    connection: Connection,
    failed: Option<rusqlite::Error>,
}

impl Index {
    pub(super) fn new() -> Result<Self, IndexError> {
        Ok(Self { current: RwLock::new(Arc::new(Mutex::new(database()?))) })
    }

    /// Lists made anew, which take the place of these once they are finished.
    pub(super) fn fill() -> Result<Filling, IndexError> {
        let connection = database()?;
        connection.execute_batch("BEGIN")?;
        Ok(Filling { connection, failed: None })
    }

    fn with<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, IndexError>) -> Result<T, IndexError> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let connection = current.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&connection)
    }

    /// Orders, a page of them.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn orders(&self, asked: &OrdersAsked) -> Result<Page<OrderLine>, IndexError> {
        let (mut terms, mut values) = (Vec::new(), Vec::new());
        if let Some((lane, fate)) = asked.fate {
            let fate = || Value::Text(fate.as_str().to_owned());
            match lane {
                Some(lane) => {
                    terms.push(format!("{lane} = ?"));
                    values.push(fate());
                }
                None => {
                    terms.push("(legacy = ? OR gated = ?)".to_owned());
                    values.extend([fate(), fate()]);
                }
            }
        }
        if let Some(parity) = asked.parity {
            terms.push("parity = ?".to_owned());
            values.push(Value::Text(parity.as_str().to_owned()));
        }
        if let Some(owner) = asked.owner {
            terms.push("order_key IN (SELECT order_key FROM exception WHERE owner = ? AND of_order = 1)".to_owned());
            values.push(Value::Text(owner.as_str().to_owned()));
        }
        begins("order_key", asked.begins.as_deref(), &mut terms, &mut values);
        let order = match asked.awaited {
            Some(lane) => {
                terms.push(format!("{lane}_due IS NOT NULL"));
                if let Some(before) = asked.due_before {
                    terms.push(format!("{lane}_due < ?"));
                    values.push(Value::Integer(before.as_microsecond()));
                }
                format!("{lane}_due, order_key")
            }
            None => "received_at DESC, order_key".to_owned(),
        };
        let columns = "order_key, received_at, legacy, gated, parity, legacy_since, legacy_due, legacy_flagged, gated_since, gated_due, gated_flagged";
        self.page(("line", columns, &order), &terms, values, (asked.skip, asked.rows), line)
    }

    /// Exceptions, a page of them.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn exceptions(&self, asked: &ExceptionsAsked) -> Result<Page<Listed>, IndexError> {
        let (mut terms, mut values) = (Vec::new(), Vec::new());
        let named = [
            ("e.owner = ?", asked.owner.map(|owner| owner.as_str().to_owned())),
            ("e.lane = ?", asked.lane.map(|lane| lane.as_str().to_owned())),
            ("e.kind = ?", asked.kind.clone()),
        ];
        for (term, value) in named {
            if let Some(value) = value {
                terms.push(term.to_owned());
                values.push(Value::Text(value));
            }
        }
        if let Some(severity) = asked.severity {
            terms.push("e.severity = ?".to_owned());
            values.push(Value::Integer(place(severity).map_or(i64::MAX, i64::from)));
        }
        begins("e.order_key", asked.begins.as_deref(), &mut terms, &mut values);
        if asked.unacknowledged {
            terms.push("n.row IS NULL".to_owned());
        }
        let turned = if asked.turned { " DESC" } else { "" };
        let order = match asked.by {
            By::Worst => ["severity", "worth", "e.at", "e.order_key"].as_slice(),
            By::Age => &["e.at", "e.order_key"],
            By::Money => &["worth", "e.at", "e.order_key"],
            By::Key => &["e.order_key", "severity"],
        };
        let order: Vec<String> = order.iter().map(|column| format!("{column}{turned}")).collect();
        let from = "exception e LEFT JOIN note n ON n.order_key = e.order_key AND n.lane = e.lane AND n.kind = e.kind";
        let columns = "e.order_key, e.lane, e.kind, owner, severity, e.at, currency, amount, reason_class, reason, refs, next_action,
            n.row, n.at, n.said_by, n.note";
        self.page((from, columns, &order.join(", ")), &terms, values, (asked.skip, asked.rows), listed)
    }

    /// Orders received in each of the last minutes, the one that `as_of` is in being the last.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn received_by_minute(&self, as_of: Timestamp, minutes: usize) -> Result<Vec<u64>, IndexError> {
        self.by_minute("SELECT received_at / ?1 - ?2, count(*) FROM line WHERE received_at", as_of, minutes)
    }

    /// Of these, the orders that need somebody.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn exceptions_by_minute(&self, as_of: Timestamp, minutes: usize) -> Result<Vec<u64>, IndexError> {
        let sql = "SELECT at / ?1 - ?2, count(DISTINCT order_key) FROM exception WHERE of_order = 1 AND at";
        self.by_minute(sql, as_of, minutes)
    }

    /// Counts by the minute; `sql` ends with the time that is asked for.
    fn by_minute(&self, sql: &str, as_of: Timestamp, minutes: usize) -> Result<Vec<u64>, IndexError> {
        const MINUTE_US: i64 = 60_000_000;
        let last = as_of.as_microsecond().div_euclid(MINUTE_US);
        let first = last - i64::try_from(minutes).unwrap_or(0) + 1;
        let mut counts = vec![0; minutes];
        self.with(|connection| {
            let sql = format!("{sql} BETWEEN ?2 * ?1 AND (?3 + 1) * ?1 - 1 GROUP BY 1");
            let mut select = connection.prepare_cached(&sql)?;
            let mut rows = select.query([MINUTE_US, first, last])?;
            while let Some(row) = rows.next()? {
                let minute = usize::try_from(row.get::<_, i64>(0)?).ok();
                if let Some(count) = minute.and_then(|minute| counts.get_mut(minute)) {
                    *count = row.get::<_, i64>(1)?.unsigned_abs();
                }
            }
            Ok(counts)
        })
    }

    /// How many orders a lane has promised and not committed yet, and of how many of them the deadline was over at `as_of`.
    ///
    /// # Errors
    /// When the database can't be read.
    pub fn awaited(&self, lane: Lane, as_of: Timestamp) -> Result<(u64, u64), IndexError> {
        self.with(|connection| {
            let sql = format!(
                "SELECT count(*), count(*) FILTER (WHERE {lane}_due < ?1) FROM line WHERE {lane}_due IS NOT NULL"
            );
            let counts = connection.prepare_cached(&sql)?.query_row([as_of.as_microsecond()], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
            });
            Ok(counts?)
        })
    }

    fn page<T>(
        &self,
        (from, columns, order): (&str, &str, &str),
        terms: &[String],
        mut values: Vec<Value>,
        (skip, rows): (usize, usize),
        decode: impl Fn(&Row<'_>) -> Result<T, IndexError>,
    ) -> Result<Page<T>, IndexError> {
        let terms = if terms.is_empty() { String::new() } else { format!("WHERE {}", terms.join(" AND ")) };
        self.with(|connection| {
            let count = format!("SELECT count(*) FROM (SELECT 1 FROM {from} {terms} LIMIT {COUNT_MAX})");
            let count: i64 =
                connection.prepare_cached(&count)?.query_row(params_from_iter(&values), |row| row.get(0))?;
            values.extend([rows, skip].map(|number| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))));
            let select = format!("SELECT {columns} FROM {from} {terms} ORDER BY {order} LIMIT ? OFFSET ?");
            let mut select = connection.prepare_cached(&select)?;
            let mut found = select.query(params_from_iter(&values))?;
            let mut page = Page { rows: Vec::new(), count: usize::try_from(count).unwrap_or(0) };
            while let Some(row) = found.next()? {
                page.rows.push(decode(row)?);
            }
            Ok(page)
        })
    }

    /// Changes what is said of some orders, and of `others`, that belong to none, where these are given. All or nothing.
    pub(super) fn change(
        &self,
        orders: &[(OrderKey, Said)],
        others: Option<&[ExceptionFound]>,
        notes: &[NoteSeen],
    ) -> Result<(), IndexError> {
        self.with(|connection| {
            let change = connection.unchecked_transaction()?;
            for (key, (line, exceptions)) in orders {
                let values = [key.as_str()];
                change.prepare_cached("DELETE FROM exception WHERE order_key = ? AND of_order = 1")?.execute(values)?;
                match line {
                    Some(line) => insert_line(&change, line)?,
                    None => _ = change.prepare_cached("DELETE FROM line WHERE order_key = ?")?.execute(values)?,
                }
                insert_all(&change, exceptions, true)?;
            }
            if let Some(others) = others {
                change.execute("DELETE FROM exception WHERE of_order = 0", [])?;
                insert_all(&change, others, false)?;
            }
            note_all(&change, notes)?;
            Ok(change.commit()?)
        })
    }
}

impl Filling {
    /// An order that was counted, and why it needs somebody.
    pub(super) fn order(&mut self, line: Option<&OrderLine>, exceptions: &[ExceptionFound]) {
        if self.failed.is_none() {
            let inserted = line.into_iter().try_for_each(|line| insert_line(&self.connection, line));
            let inserted = inserted.and_then(|()| insert_all(&self.connection, exceptions, true));
            self.failed = inserted.err();
        }
    }

    /// What belongs to none of the run's orders.
    pub(super) fn others(&mut self, exceptions: &[ExceptionFound]) {
        if self.failed.is_none() {
            self.failed = insert_all(&self.connection, exceptions, false).err();
        }
    }

    /// From now on these are the lists of an index.
    pub(super) fn finish(self, index: &Index, notes: &[NoteSeen]) -> Result<(), IndexError> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        note_all(&self.connection, notes)?;
        self.connection.execute_batch("COMMIT")?;
        let made = Arc::new(Mutex::new(self.connection));
        *index.current.write().unwrap_or_else(PoisonError::into_inner) = made;
        Ok(())
    }
}

fn database() -> rusqlite::Result<Connection> {
    // A name that is empty: a file that SQLite unlinks as soon as it is made.
    let connection = Connection::open("")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// Keys that begin like this, found by their index: the text, and before the first that doesn't begin so.
fn begins(key: &str, with: Option<&str>, terms: &mut Vec<String>, values: &mut Vec<Value>) {
    let Some(with) = with.filter(|with| !with.is_empty()) else { return };
    terms.push(format!("{key} >= ? AND {key} < ?"));
    values.extend([Value::Text(with.to_owned()), Value::Text(format!("{with}\u{10FFFF}"))]);
}

fn insert_line(connection: &Connection, line: &OrderLine) -> rusqlite::Result<()> {
    let awaited = |awaited: Option<Awaited>| {
        (
            awaited.map(|one| one.since.as_microsecond()),
            awaited.map(|one| one.due_at.as_microsecond()),
            awaited.map(|one| one.flagged),
        )
    };
    let (legacy, gated) = (awaited(line.awaited.legacy), awaited(line.awaited.gated));
    connection.prepare_cached(INSERT_LINE)?.execute(params![
        line.key.as_str(),
        line.received_at.as_microsecond(),
        line.fates.legacy.as_str(),
        line.fates.gated.as_str(),
        line.parity.as_str(),
        legacy.0,
        legacy.1,
        legacy.2,
        gated.0,
        gated.1,
        gated.2,
    ])?;
    Ok(())
}

fn insert_all(connection: &Connection, exceptions: &[ExceptionFound], of_order: bool) -> rusqlite::Result<()> {
    exceptions.iter().try_for_each(|found| insert_exception(connection, found, of_order))
}

fn insert_exception(connection: &Connection, found: &ExceptionFound, of_order: bool) -> rusqlite::Result<()> {
    let ExceptionFound { severity, exception } = found;
    let money = exception.money_at_risk.as_ref();
    connection.prepare_cached(INSERT_EXCEPTION)?.execute(params![
        exception.order_key.as_str(),
        exception.lane.as_str(),
        exception.kind.as_str(),
        of_order,
        exception.owner.as_str(),
        place(*severity),
        worth(money),
        exception.at.map(Timestamp::as_microsecond),
        money.map(|money| &money.currency),
        money.map(|money| money.amount.to_string()),
        exception.reason_class.map(|class| class.as_str()),
        exception.reason.as_deref().map(|reason| Mask::default().said(reason)),
        serde_json::to_string(&exception.references).unwrap_or_default(),
        exception.next_action,
    ])?;
    Ok(())
}

/// A severity as a number to sort by; the first is the worst.
fn place(severity: Severity) -> Option<u8> {
    Severity::ALL.iter().position(|one| *one == severity).and_then(|place| u8::try_from(place).ok())
}

/// Money as a number to sort by: what is not known comes first, then the most minor units.
fn worth(money: Option<&Money>) -> i64 {
    let Some(money) = money else { return i64::MIN };
    let units = rust_decimal::Decimal::from(10_u64.pow(minor_digits(&money.currency).unwrap_or(2)));
    money.amount.checked_mul(units).and_then(|minor| minor.to_i64()).map_or(-i64::MAX, |minor| -minor)
}

fn note_all(connection: &Connection, notes: &[NoteSeen]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO note VALUES (?,?,?,?,?,?,?)")?;
    notes.iter().try_for_each(|NoteSeen { row, at, detail }| {
        let NoteDetail { order_key, lane, fate, by, note } = detail;
        let values = params![order_key.as_str(), lane.as_str(), fate, row, at.as_microsecond(), by, note];
        insert.execute(values).map(|_| ())
    })
}

fn name<T: FromStr>(row: &Row<'_>, column: usize) -> Result<T, IndexError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|_| IndexError::Name(text.to_owned()))
}

fn key(row: &Row<'_>, column: usize) -> Result<OrderKey, IndexError> {
    let text: String = row.get(column)?;
    OrderKey::new(&text).map_err(|_| IndexError::Name(text))
}

fn time(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::MIN)
}

fn line(row: &Row<'_>) -> Result<OrderLine, IndexError> {
    let awaited = |from: usize| -> rusqlite::Result<Option<Awaited>> {
        let (since, due, flagged): (Option<i64>, Option<i64>, Option<bool>) =
            (row.get(from)?, row.get(from + 1)?, row.get(from + 2)?);
        Ok(since.zip(due).map(|(since, due)| Awaited {
            since: time(since),
            due_at: time(due),
            flagged: flagged == Some(true),
        }))
    };
    Ok(OrderLine {
        key: key(row, 0)?,
        received_at: time(row.get(1)?),
        fates: PerLane { legacy: name(row, 2)?, gated: name(row, 3)? },
        parity: name(row, 4)?,
        awaited: PerLane { legacy: awaited(5)?, gated: awaited(8)? },
    })
}

fn listed(row: &Row<'_>) -> Result<Listed, IndexError> {
    let severity = usize::from(row.get::<_, u8>(4)?);
    let severity = Severity::ALL.get(severity).copied();
    let money = row.get::<_, Option<String>>(6)?.zip(row.get::<_, Option<String>>(7)?);
    let kind: String = row.get(2)?;
    let exception = Exception {
        order_key: key(row, 0)?,
        lane: name(row, 1)?,
        kind: ExceptionKind::named(&kind).ok_or_else(|| IndexError::Name(kind.clone()))?,
        references: serde_json::from_str(&row.get::<_, String>(10)?).unwrap_or_default(),
        at: row.get::<_, Option<i64>>(5)?.map(time),
        age_us: None,
        reason_class: row.get::<_, Option<String>>(8)?.and_then(|class| class.parse().ok()),
        reason: row.get(9)?,
        money_at_risk: money.and_then(|(currency, amount)| Some(Money { currency, amount: amount.parse().ok()? })),
        owner: name(row, 3)?,
        next_action: row.get(11)?,
    };
    let acknowledged = match row.get::<_, Option<i64>>(12)? {
        Some(note) => Some(NoteSeen {
            row: note,
            at: time(row.get(13)?),
            detail: NoteDetail {
                order_key: exception.order_key.clone(),
                lane: exception.lane,
                fate: kind,
                by: row.get(14)?,
                note: row.get(15)?,
            },
        }),
        None => None,
    };
    let severity = severity.ok_or_else(|| IndexError::Name("severity".to_owned()))?;
    Ok(Listed { found: ExceptionFound { severity, exception }, acknowledged })
}
