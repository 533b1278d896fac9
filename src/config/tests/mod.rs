//! Configurations and what is wrong with them.

mod compare;
mod expansion;
mod faults;
mod hostile;
mod judged;
mod profiles;
mod rendering;
mod tls;

use super::{Checked, Faults, Severity, parse};

/// The smallest configuration without a fault.
const SMALL: &str = r#"[tee]
listen = "127.0.0.1:8080"
[[tee.route]]
path = "/orders"
order_key = ["/id"]
[lane.legacy]
url = "http://127.0.0.1:9001"
ledger = "production"
[lane.legacy.poll]
url = "http://127.0.0.1:9001/ledger"
[lane.gated]
url = "http://127.0.0.1:9002"
ledger = "sandbox"
[lane.gated.poll]
url = "http://127.0.0.1:9002/ledger"
"#;

/// Every key there is, each with a value that is not its default.
const EVERY_KEY: &str = include_str!("every_key.toml");

/// The forms that a key may have beside the one in [`EVERY_KEY`].
const OTHER_FORMS: &str = include_str!("other_forms.toml");

/// The sections as the project's plan shows them.
const PLANNED: &str = include_str!("planned.toml");

/// The example that users begin with.
const EXAMPLE: &str = include_str!("../../../paritee.example.toml");

/// The environment of the tests.
fn env(name: &str) -> Option<String> {
    let value = match name {
        "GATED_TOKEN" => "Bearer gated-s3cr3t",
        "LEGACY_TOKEN" => "Bearer legacy-s3cr3t",
        "LEDGER_TOKEN" => "Bearer ledger-s3cr3t",
        "HOOK_SECRET" => "hook-s3cr3t",
        "LANE_SECRET" => "lane-s3cr3t",
        "NOTIFY_SECRET" => "notify-s3cr3t",
        "CLIENT_SECRET" => "client-s3cr3t",
        "PRIVATE_KEY" => "-----BEGIN PRIVATE KEY-----\ns3cr3t\n-----END PRIVATE KEY-----\n",
        "LEDGER_DB" => "postgres://reader:s3cr3t@db.example.com/erp",
        "FILE_DB" => "sqlite:erp.db",
        "PARITEE_TOKEN" => "admin-s3cr3t",
        "BEARER" => "Bearer admin-s3cr3t",
        "EMPTY" => " ",
        "BROKEN" => "br0ken-s3cr3t\n",
        _ => return None,
    };
    Some(value.to_owned())
}

fn read(text: &str) -> Result<Checked, Faults> {
    parse("paritee.toml", text, &env)
}

fn accepted(text: &str) -> Checked {
    read(text).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

/// Everything that is said about `text`, as `fault line 3: what; write`.
fn said(text: &str) -> Vec<String> {
    let faults = read(text).map_or_else(|faults| faults, |checked| checked.notes);
    let word = |severity| match severity {
        Severity::Fault => "fault",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    faults.list().iter().map(|fault| format!("{} {fault}", word(fault.severity))).collect()
}

/// `text` with `from`, which it must hold once, replaced.
fn edited(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} must stand once in\n{text}");
    text.replace(from, to)
}
