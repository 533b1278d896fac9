//! Which order a name belongs to: order keys, and the other names that captures gave.
//!
//! A name that two orders share, be it the key of one and another name of the other, identifies neither.

use rusqlite::{Connection, OptionalExtension};

use crate::order::OrderKey;
use crate::outcome::RowId;

/// Other names, on disk: a temporary table beside the journal, so that memory doesn't grow with orders.
/// `order_key` is null where the name is shared.
const CREATE: &str = "
DROP TABLE IF EXISTS temp.other_name;
CREATE TEMP TABLE other_name (name TEXT PRIMARY KEY, order_key TEXT) STRICT, WITHOUT ROWID;
INSERT INTO temp.other_name (name, order_key)
    SELECT j.value, c.order_key FROM capture c, json_each(c.also_known_as) j
    WHERE c.order_key IS NOT NULL AND c.also_known_as IS NOT NULL AND j.value <> c.order_key
    ON CONFLICT (name) DO UPDATE SET order_key = iif(order_key = excluded.order_key, order_key, NULL);
UPDATE temp.other_name SET order_key = NULL
    WHERE EXISTS (SELECT 1 FROM capture c WHERE c.order_key = name);
";

/// For a journal that grows: names are found by their order as well, and those that are shared at once.
const FOLLOW: &str = "
CREATE INDEX temp.other_name_order ON other_name(order_key) WHERE order_key IS NOT NULL;
CREATE INDEX temp.other_name_shared ON other_name(name) WHERE order_key IS NULL;
";

/// Names that captures behind a row gave first.
const NEW: &str = "SELECT DISTINCT j.value FROM capture c, json_each(c.also_known_as) j
    WHERE c.id > ?1 AND c.order_key IS NOT NULL AND c.also_known_as IS NOT NULL AND j.value <> c.order_key
        AND NOT EXISTS (SELECT 1 FROM temp.other_name n WHERE n.name = j.value)";

/// Takes in the names of captures behind a row, as [`CREATE`] does those of all.
const ADD: &str = "INSERT INTO temp.other_name (name, order_key)
    SELECT j.value, c.order_key FROM capture c, json_each(c.also_known_as) j
    WHERE c.id > ?1 AND c.order_key IS NOT NULL AND c.also_known_as IS NOT NULL AND j.value <> c.order_key
    ON CONFLICT (name) DO UPDATE SET order_key = iif(order_key = excluded.order_key, order_key, NULL)";

/// An order's key that came behind a row, and is another name of another order.
const NEW_KEY_SHARED: &str = "UPDATE temp.other_name SET order_key = NULL WHERE order_key IS NOT NULL
    AND name IN (SELECT order_key FROM capture WHERE id > ?1 AND order_key IS NOT NULL)";

/// Another name that came behind a row, and is another order's key.
const NEW_NAME_SHARED: &str = "UPDATE temp.other_name SET order_key = NULL WHERE order_key IS NOT NULL
    AND name IN (SELECT j.value FROM capture c, json_each(c.also_known_as) j WHERE c.id > ?1 AND c.also_known_as IS NOT NULL)
    AND EXISTS (SELECT 1 FROM capture c WHERE c.order_key = name)";

/// What captures behind a row did to names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamesCame {
    /// Each belongs to the order that it belonged to, and new ones to nobody else and to no document.
    Apart,
    /// One is shared now, or joins documents that were told apart.
    Together,
}

/// The names of all orders of a journal.
pub(super) struct Names<'r> {
    connection: &'r Connection,
    /// Whether there are other names at all; where there are none, nothing is looked up.
    any: bool,
    /// Whether any of them is shared. Where none is, every name that an order was given is its own.
    any_shared: bool,
}

/// The names of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamesOf {
    /// Those that stand for it alone.
    pub(super) own: Vec<OrderKey>,
    /// Those that another order has as well.
    pub(super) shared: Vec<OrderKey>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// One order, by its key.
    Order(OrderKey),
    /// Several orders.
    Shared,
    /// No order.
    Nobody,
}

impl<'r> Names<'r> {
    /// Gathers the names of all captures.
    pub(super) fn gather(connection: &'r Connection) -> rusqlite::Result<Self> {
        connection.execute_batch(CREATE)?;
        let exists =
            |of: &str| connection.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {of})"), [], |row| row.get(0));
        let (any, any_shared) = (exists("temp.other_name")?, exists("temp.other_name WHERE order_key IS NULL")?);
        Ok(Self { connection, any, any_shared })
    }

    /// Gathers the names of all captures, those that are to come to be [added](Self::add).
    pub(super) fn gather_to_follow(connection: &'r Connection) -> rusqlite::Result<Self> {
        let names = Self::gather(connection)?;
        connection.execute_batch(FOLLOW)?;
        Ok(names)
    }

    /// The names as they were gathered on this connection.
    pub(super) fn gathered(connection: &'r Connection) -> rusqlite::Result<Self> {
        let exists = |of: &str| {
            let mut select = connection.prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM {of})"))?;
            select.query_row([], |row| row.get(0))
        };
        let (any, any_shared) = (exists("temp.other_name")?, exists("temp.other_name WHERE order_key IS NULL")?);
        Ok(Self { connection, any, any_shared })
    }

    /// Adds those of captures behind a row to what was [gathered to follow](Self::gather_to_follow). Once they come
    /// [together](NamesCame::Together) they have to be gathered anew.
    pub(super) fn add(connection: &Connection, after: RowId) -> rusqlite::Result<NamesCame> {
        let told = "SELECT EXISTS (SELECT 1 FROM outcome WHERE order_key = ? AND id <= ?)";
        let mut told = connection.prepare_cached(told)?;
        let mut new = connection.prepare_cached(NEW)?;
        let mut new = new.query([after])?;
        while let Some(row) = new.next()? {
            let name = row.get_ref(0)?.as_str()?;
            if told.query_row(rusqlite::params![name, after], |row| row.get(0))? {
                return Ok(NamesCame::Together);
            }
        }
        let shared = "SELECT count(*) FROM temp.other_name WHERE order_key IS NULL";
        let shared = || connection.prepare_cached(shared)?.query_row([], |row| row.get::<_, i64>(0));
        let before = shared()?;
        for sql in [ADD, NEW_KEY_SHARED, NEW_NAME_SHARED] {
            connection.prepare_cached(sql)?.execute([after])?;
        }
        Ok(if shared()? == before { NamesCame::Apart } else { NamesCame::Together })
    }

    /// The names of the order `key`, out of all that its captures gave: its own, and those that it shares.
    pub(super) fn of(&self, key: &OrderKey, given: Vec<OrderKey>) -> rusqlite::Result<NamesOf> {
        let mut names = vec![key.clone()];
        names.extend(given.into_iter().filter(|name| name != key));
        if !self.any {
            return Ok(NamesOf { own: names, shared: Vec::new() });
        }
        names.sort();
        names.dedup();
        if !self.any_shared {
            return Ok(NamesOf { own: names, shared: Vec::new() });
        }
        let mut of = NamesOf { own: Vec::with_capacity(names.len()), shared: Vec::new() };
        for name in names {
            let owner = self.other(&name)?;
            // The key itself is no other name of its order; where it is listed, another order goes by it.
            if owner.as_ref().map_or(name == *key, |owner| owner.as_deref() == Some(key.as_str())) {
                of.own.push(name);
            } else {
                of.shared.push(name);
            }
        }
        Ok(of)
    }

    /// What `name` stands for.
    pub(super) fn find(&self, name: &OrderKey) -> rusqlite::Result<Named> {
        let is_key = "SELECT EXISTS (SELECT 1 FROM capture WHERE order_key = ?)";
        Ok(match self.other(name)? {
            Some(owner) => owner.and_then(|key| OrderKey::new(&key).ok()).map_or(Named::Shared, Named::Order),
            None if self.connection.prepare_cached(is_key)?.query_row([name.as_str()], |row| row.get(0))? => {
                Named::Order(name.clone())
            }
            None => Named::Nobody,
        })
    }

    /// Whose other name it is; `Some(None)`: several orders'.
    fn other(&self, name: &OrderKey) -> rusqlite::Result<Option<Option<String>>> {
        if !self.any {
            return Ok(None);
        }
        let mut select = self.connection.prepare_cached("SELECT order_key FROM temp.other_name WHERE name = ?")?;
        select.query_row([name.as_str()], |row| row.get(0)).optional()
    }
}
