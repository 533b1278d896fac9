//! The SQL side of the poll, against real SQLite files and a real PostgreSQL server.

mod postgres;
mod server;
mod sqlite;

use crate::config::{PollFrom, Secret, SqlPoll};
use crate::order::Json;

use super::world::{Says, World};

/// A world whose ledger is a database.
async fn world(database: &str, query: &str) -> World {
    let mut world = World::new("", |_, _| Says::Silence).await;
    ask(&mut world, database, query);
    world
}

/// From now on this is the poll's database and query.
fn ask(world: &mut World, database: &str, query: &str) {
    let sql = SqlPoll { database: Secret::new(database.to_owned()), query: query.to_owned() };
    world.watched.poll.from = PollFrom::Sql(Box::new(sql));
}

/// The document of an order's first outcome, as text.
fn document_of(world: &World, key: &str) -> String {
    let outcomes = world.outcomes(key);
    let raw = outcomes.first().unwrap_or_else(|| panic!("{key} has no outcome")).document.clone().unwrap();
    assert!(Json::parse(&raw).is_ok());
    String::from_utf8(raw.to_vec()).unwrap()
}
