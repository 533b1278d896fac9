//! Which order a name belongs to: order keys, and the other names that captures gave.
//!
//! A name that two orders share, be it the key of one and another name of the other, identifies neither.

use rusqlite::{Connection, OptionalExtension};

use crate::order::OrderKey;

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
