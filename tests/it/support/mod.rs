//! A small language for tests over real sockets: lanes and clients that say and see exact bytes, and a sidecar
//! between them whose journal is waited for.

pub(crate) mod browser;
mod conn;
pub(crate) mod journal;
mod lane;
mod play;
mod process;
mod world;

pub(crate) use conn::{Conn, Message};
pub(crate) use lane::{Lane, Served};
pub(crate) use play::{Ended, in_time, on_time, one_world};
pub(crate) use process::Process;
pub(crate) use world::{Setup, World, configuration};

use std::time::Duration;

/// A guard against tests that wait for ever; nothing is timed by it.
pub(crate) const GUARD: Duration = Duration::from_secs(20);

/// The least configuration, for what is documented or printed to be put into: two lanes that nobody observes yet.
pub(crate) const BARE: &str = r#"
[tee]
listen = "127.0.0.1:8080"
journal = "week3.db"

[[tee.route]]
path = "/orders"
order_key = ["/id"]

[lane.legacy]
url = "http://127.0.0.1:9001"
ledger = "production"

[lane.gated]
url = "http://127.0.0.1:9002"
ledger = "sandbox"
"#;

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, future).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// An order as the storefront posts it.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: shop\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// An order with this key, and nothing else of interest.
pub(crate) fn order(key: &str) -> String {
    post("/orders", "", &format!(r#"{{"id":"{key}"}}"#))
}

/// A short answer.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}
