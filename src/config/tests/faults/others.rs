//! What can be wrong with TOML itself, and with what is judged later.

use super::check;

// Parts of the small configuration that are edited.
const LISTEN: &str = r#"listen = "127.0.0.1:8080""#;
const TEE: &str = "[tee]\n";

#[test]
fn faults_of_who_is_told() {
    let check = |notify: &str, expected: &[&str]| check(TEE, &format!("[notify]\n{notify}\n[tee]\n"), expected);
    check("", &["fault line 1: `notify.url` is missing", "fault line 1: `notify.secret` is missing"]);
    check(
        "url = \"hooks.example.com\"\nsecret = \"of ours\"\nevery = 30\nto = \"me\"",
        &[
            "fault line 2: `notify.url` has no scheme",
            "fault line 3: `notify.secret` is a secret, and stands in the file; put it into an environment variable",
            "fault line 4: `notify.every` has no unit",
            "fault line 5: `notify` has no key `to`",
        ],
    );
    let secret = "secret = \"env:NOTIFY_SECRET\"";
    for (url, expected) in [
        ("http://127.0.0.1:9999/hook", &[][..]),
        ("https://hooks.example.com", &[]),
        (
            "http://hooks.example.com",
            &["warning line 2: `notify.url` sends order keys over plain http to another machine"],
        ),
        ("http://localhost:9001/hook", &["fault line 2: `notify.url` is on the host and port of lane `legacy`"]),
        ("https://127.0.0.1:9002", &["fault line 2: `notify.url` is on the host and port of lane `gated`"]),
        ("http://127.0.0.1:8080/orders", &["fault line 2: `notify.url` is where the tee itself listens"]),
    ] {
        check(&format!("url = \"{url}\"\n{secret}"), expected);
    }
    check(
        &format!("url = \"http://127.0.0.1:9900\"\n{secret}\n[admin]"),
        &["fault line 2: `notify.url` is the admin port"],
    );
}

#[test]
fn faults_of_what_is_judged_later() {
    check(
        TEE,
        r#"[order]
line = "/a"
sku = "a.b"
[census]
expected = true
[tee]
"#,
        &["fault line 2: `order` has no key `line`", "fault line 3: `order.sku`: `a.b` is no JSON Pointer"],
    );
    check(
        TEE,
        r#"[gates]
loss_rate_max = 1
confidence = 0.5
fields_differ_max = -1
hours_min = 9000
latency_quantile = 1
strata = [{}, "eu", { name = "x", operation = "refund" }, { name = "y", operation = "cancel", pointer = "/a", orders_min = 0 }, { name = "z", pointer = "/a", equals = [] }]
[tee]
"#,
        &[
            "fault line 2: `gates.loss_rate_max` must lie between 0 and 1, and is 1",
            "warning line 3: `gates.confidence` is 0.5, so a GO says little",
            "fault line 4: `gates.fields_differ_max` is out of range: -1",
            "fault line 5: `gates.hours_min` is out of range: 9000",
            "fault line 6: `gates.latency_quantile` must lie between 0 and 1, and is 1",
            "fault line 7: `gates.strata.name` is missing",
            "fault line 7: `gates.strata.pointer` is missing",
            "fault line 7: `gates.strata.equals` is missing",
            "fault line 7: `gates.strata` must be a table, and is text",
            "fault line 7: `gates.strata.operation`: `refund` is no operation; write one of `create`, `update`, `cancel`, `other`",
            "fault line 7: `gates.strata.pointer` stands beside `operation`",
            "fault line 7: `gates.strata.orders_min` is out of range: 0",
            "fault line 7: `gates.strata.equals` is empty, so nothing is meant",
        ],
    );
    check(
        TEE,
        "[gates]\nloss_rate_max = nan\nconfidence = inf\nfields_differ_max = 0.5\n[gate]\n[tee]\n",
        &[
            "fault line 2: `gates.loss_rate_max` must lie between 0 and 1, and is NaN",
            "fault line 3: `gates.confidence` must lie between 0 and 1, and is inf",
            "fault line 4: `gates.fields_differ_max` must be an integer, and is a fraction",
            "fault line 5: the configuration has no key `gate`",
        ],
    );
}

#[test]
fn faults_of_toml_itself() {
    check(
        TEE,
        "tee = 1\nlane = 3\n",
        &[
            "fault line 1: `tee` must be a table, and is an integer",
            "fault line 2: `lane` must be a table, and is an integer",
            "fault line 3: the configuration has no key `listen`",
            "fault line 4: this is not TOML: cannot extend value of type integer with a dotted key",
            "fault line 7: this is not TOML: cannot extend value of type integer with a dotted key",
            "fault line 10: this is not TOML: cannot extend value of type integer with a dotted key",
            "fault line 12: this is not TOML: cannot extend value of type integer with a dotted key",
            "fault line 15: this is not TOML: cannot extend value of type integer with a dotted key",
        ],
    );
    check(
        LISTEN,
        "listen = 127.0.0.1:8080\nx = 1\njournal = [1,\ndurability = 3",
        &[
            "fault line 2: this is not TOML: invalid float",
            "fault line 4: `tee.journal` must be text, and is a list",
            "fault line 5: this is not TOML: a list that is opened above is not closed",
        ],
    );
    check(
        LISTEN,
        r#"listen = "127.0.0.1:8080"
listen = "127.0.0.1:8080""#,
        &["fault line 3: this is not TOML: duplicate key"],
    );
    check(
        LISTEN,
        r#"listen = "127.0.0.1:8080
body_bytes_max = "1""#,
        &[
            "fault line 2: this is not TOML: invalid basic string",
            "fault line 3: `tee.body_bytes_max` must be an integer, and is text",
        ],
    );
    check(
        LISTEN,
        r#"listen = 
body_bytes_max = "1"
journl = 1"#,
        &[
            "fault line 2: this is not TOML: string values must be quoted",
            "fault line 3: `tee.body_bytes_max` must be an integer, and is text",
        ],
    );
    check(
        LISTEN,
        r#"journl = 1
listen = 
body_bytes_max = "1""#,
        &[
            "fault line 2: `tee` has no key `journl`",
            "fault line 3: this is not TOML: string values must be quoted",
            "fault line 4: `tee.body_bytes_max` must be an integer, and is text",
        ],
    );
    check("[lane.gated]", "[lane.gated", &["fault line 11: this is not TOML: unclosed table"]);
}
