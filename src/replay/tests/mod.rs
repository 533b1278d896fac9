//! The replay without lanes: which files and requests, what becomes of them, how it ends.

mod driver;
mod files;
mod prepared;

use std::path::{Path, PathBuf};

use crate::config::{self, Config};

const CONFIG: &str = r#"
[tee]
journal = "week3.db"
body_bytes_max = 1000
[[tee.route]]
path = "/orders"
method = "POST"
order_key = ["/id"]
event_id = ["header:x-event"]
delivery_id = ["header:x-delivery", "/delivery"]
[[tee.exclude]]
pointer = "/test"
equals = true
reason = "test order"
[lane.legacy]
url = "http://127.0.0.1:1"
ledger = "sandbox"
[lane.gated]
url = "http://127.0.0.1:2"
ledger = "sandbox"
"#;

fn config() -> Config {
    config::parse("test", CONFIG, &|_| None).unwrap().config
}

/// Writes a capture of our own with these lines.
fn file(folder: &Path, name: &str, lines: &[String]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, lines.concat()).unwrap();
    path
}

/// A line of it: more members go before the body.
fn line(time: &str, target: &str, more: &str, body: &str) -> String {
    let body = serde_json::to_string(body).unwrap();
    format!("{{\"version\":1,\"time\":\"{time}\",\"method\":\"POST\",\"target\":\"{target}\",{more}\"body\":{body}}}\n")
}

fn order(second: u32, key: u32) -> String {
    line(&format!("2026-11-20T18:00:{second:02}Z"), "/orders", "", &format!("{{\"id\":{key}}}"))
}
