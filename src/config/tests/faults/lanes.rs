//! What can be wrong with the lanes, each alone and both together.

use super::check;

// Parts of the small configuration that are edited.
const LEDGER: &str = r#"ledger = "sandbox""#;
const TEE: &str = "[tee]\n";
const URL: &str = r#"url = "http://127.0.0.1:9002"
"#;
const POLL_URL: &str = r#"url = "http://127.0.0.1:9002/ledger""#;

#[test]
fn faults_of_roles_and_ledgers() {
    check(
        r#"ledger = "sandbox"
"#,
        "",
        &["fault line 11: `lane.gated.ledger` is missing"],
    );
    check(
        LEDGER,
        r#"ledger = "production""#,
        &["fault line 13: the shadow lane `gated` would write to a production ledger"],
    );
    check(
        LEDGER,
        r#"ledger = "sandbx"
role = "shadows""#,
        &[
            "fault line 13: `lane.gated.ledger`: `sandbx` is no ledger",
            "fault line 14: `lane.gated.role`: `shadows` is no role",
        ],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
role = "live""#,
        &["fault line 14: both lanes are live: a client can't get two answers"],
    );
    check(
        r#"ledger = "production""#,
        r#"ledger = "sandbox"
role = "shadow""#,
        &["fault line 12: both lanes are shadows: nobody answers the client"],
    );
    check(
        r#"ledger = "production""#,
        r#"ledger = "production"
role = "shadow""#,
        &[
            "fault line 8: the shadow lane `legacy` would write to a production ledger",
            "fault line 12: both lanes are shadows: nobody answers the client",
        ],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
flow = "fire-and-forget""#,
        &["warning line 14: the gated lane promises nothing: `fire-and-forget` confirms at the first 2xx"],
    );
    check(
        r#"[lane.gated]
url = "http://127.0.0.1:9002"
ledger = "sandbox"
[lane.gated.poll]
url = "http://127.0.0.1:9002/ledger"
"#,
        "[lane.gatd]\n",
        &["fault line 6: `[lane.gated]` is missing", "fault line 11: `lane` has no key `gatd`"],
    );
    check(
        r#"ledger = "production""#,
        r#"ledger = "production"
send = "always"
resend_max = 1
concurrency = 0
idempotent = 1"#,
        &[
            "warning line 9: `send` does nothing on the live lane: paritee sends each order there once",
            "warning line 10: `resend_max` does nothing on the live lane: paritee sends each order there once",
            "fault line 11: `lane.legacy.concurrency` is out of range: 0",
            "fault line 12: `lane.legacy.idempotent` must be true or false, and is an integer",
        ],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
send = "after-live-accept"
host = "kepp"
resend_max = -1"#,
        &[
            "fault line 14: `lane.gated.send`: `after-live-accept` is no rule for sending",
            "fault line 15: `lane.gated.host`: `kepp` is no rule for `Host`",
            "fault line 16: `lane.gated.resend_max` is out of range: -1",
        ],
    );
}

#[test]
fn faults_of_lane_urls() {
    check(URL, "", &["fault line 11: `lane.gated.url` is missing"]);
    check(
        URL,
        r#"url = "http://localhost:9001/"
"#,
        &["fault line 12: both lanes have the same target"],
    );
    // Beside a production a path is too little; beside a sandbox it will do.
    for url in ["http://localhost:9001/gated", "http://[::1]:9001/gated/", "http://0.0.0.0:9001/a"] {
        let url = format!("url = \"{url}\"\n");
        let expected = "fault line 12: both lanes have the same host and port, and only a path keeps the shadow from";
        check(URL, &url, &[expected]);
        let text = super::edited(super::SMALL, r#"ledger = "production""#, r#"ledger = "sandbox""#);
        super::check_text(&super::edited(&text, URL, &url), &[]);
    }
    check(
        URL,
        r#"url = "127.0.0.1:9002"
"#,
        &["fault line 12: `lane.gated.url` has no scheme"],
    );
    check(
        URL,
        r#"url = "ftp://127.0.0.1:9002"
"#,
        &["fault line 12: `lane.gated.url` is no http URL"],
    );
    check(
        URL,
        r#"url = "http://u:p4ss@127.0.0.1:9002"
"#,
        &["fault line 12: `lane.gated.url` holds credentials"],
    );
    check(
        URL,
        r#"url = "http://127.0.0.1:99999"
"#,
        &["fault line 12: `lane.gated.url` has no good host and port"],
    );
    check(
        URL,
        r#"url = "http://127.0.0.1:0"
"#,
        &["fault line 12: `lane.gated.url` has no good host and port"],
    );
    check(
        URL,
        r#"url = "http://a b"
"#,
        &["fault line 12: `lane.gated.url` is no URL"],
    );
    check(
        URL,
        r#"url = "http://"
"#,
        &["fault line 12: `lane.gated.url` is no URL"],
    );
    check(
        URL,
        r#"url = "http://h/?a=b"
"#,
        &["fault line 12: `lane.gated.url` has a query or a fragment"],
    );
    check(
        URL,
        r#"url = "http://h/#a"
"#,
        &["fault line 12: `lane.gated.url` has a query or a fragment"],
    );
    check(
        URL,
        r#"url = "http://localhost:8080"
"#,
        &["fault line 12: the url of lane `gated` is where the tee itself listens: orders would go in a circle"],
    );
}

#[test]
fn faults_of_polls() {
    check(
        r#"[lane.gated.poll]
url = "http://127.0.0.1:9002/ledger"
"#,
        "",
        &["warning line 11: nobody reads the ledger of lane `gated`, so the decision can't be GO"],
    );
    check(POLL_URL, "", &["fault line 14: `lane.gated.poll.url` is missing"]);
    check(
        POLL_URL,
        r#"url = "http://127.0.0.1:9001/ledger""#,
        &["fault line 15: both lanes are read from the same ledger: every order would look leaked"],
    );
    check(POLL_URL, r#"url = "wss://127.0.0.1:9002/ledger""#, &["fault line 15: `lane.gated.poll.url` is no http URL"]);
    check(
        POLL_URL,
        r#"url = "http://h/ledger?s={sinse}""#,
        &["fault line 15: `lane.gated.poll.url` has an unknown placeholder `{sinse}`"],
    );
    check(
        POLL_URL,
        r#"url = "http://h/ledger?s={since""#,
        &["fault line 15: `lane.gated.poll.url` has a `{` that is not closed"],
    );
    check(
        POLL_URL,
        r#"url = "http://{page}/ledger""#,
        &["fault line 15: `lane.gated.poll.url` has a placeholder in its host"],
    );
    check(
        POLL_URL,
        r#"url = "http://h/ledger#{page}""#,
        &["fault line 15: `lane.gated.poll.url` has a fragment, which is never sent"],
    );
    check(
        POLL_URL,
        r#"url = "http://h/ledger?{page}"
next = "/next"
every = "0s"
order_key_strip = ""
pages_max = 0"#,
        &[
            "note line 16: pages are followed by `next`, so `{page}` in the url stays 1",
            "fault line 17: `lane.gated.poll.every` is zero",
            "fault line 18: `lane.gated.poll.order_key_strip` is empty",
            "fault line 19: `lane.gated.poll.pages_max` is out of range: 0",
        ],
    );
    check(
        POLL_URL,
        r#"url = "http://127.0.0.1:9002/ledger"
items = ""
order_key = ""
order_key_strip = "a "
lag = "0s"
overlap = 5
commited_at = "/at""#,
        &[
            "fault line 17: `lane.gated.poll.order_key` is the empty pointer, which names the whole document",
            "fault line 18: `lane.gated.poll.order_key_strip`: `a ` begins or ends with a space",
            "fault line 20: `lane.gated.poll.overlap` has no unit",
            "fault line 21: `lane.gated.poll` has no key `commited_at`",
        ],
    );
}

#[test]
fn faults_of_secrets() {
    check(
        LEDGER,
        r#"ledger = "sandbox"
[lane.gated.headers]
authorization = "Bearer abc"
host = "a"
x-a = "env:NOPE"
X-B = "env:EMPTY"
x-c = "env:BROKEN"
x-d = 7
"x e" = ""
X-b = "env:"
x-f = "1"
X-F = "1""#,
        &[
            "fault line 15: `lane.gated.headers.authorization` is a secret, and stands in the file",
            "fault line 16: `lane.gated.headers.host` is set by paritee itself",
            "fault line 17: `lane.gated.headers.x-a`: the environment variable `NOPE` is not set",
            "fault line 18: `lane.gated.headers.X-B`: the environment variable `EMPTY` is empty",
            "fault line 19: `lane.gated.headers.x-c` can't stand in a header",
            "fault line 20: `lane.gated.headers.x-d` must be text, and is an integer",
            "fault line 21: `lane.gated.headers.x e`: `x e` is no header name",
            "fault line 22: `lane.gated.headers.X-b` names no environment variable",
            "fault line 23: `lane.gated.headers.x-f` stands twice",
        ],
    );
    check(
        POLL_URL,
        r#"url = "http://127.0.0.1:9002/ledger"
headers = { x-api-key = "abc" }"#,
        &["fault line 16: `lane.gated.poll.headers.x-api-key` is a secret, and stands in the file"],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
headers = { authorization = "env:GATED_TOKEN" }
[lane.legacy.headers]
authorization = "env:GATED_TOKEN""#,
        &["fault line 14: the shadow has the live lane's credentials in its header `authorization`"],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
headers = { x-erp = "env:GATED_TOKEN" }
[lane.legacy.headers]
authorization = "env:GATED_TOKEN"
x-tenant = "a""#,
        &["fault line 14: the shadow has the live lane's credentials in its header `x-erp`"],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
headers = { authorization = "env:GATED_TOKEN", x-tenant = "a" }
[lane.legacy.headers]
authorization = "env:LEGACY_TOKEN"
x-tenant = "a""#,
        &[],
    );
}

#[test]
fn faults_of_answers_scope_and_settle() {
    check(
        LEDGER,
        r#"ledger = "sandbox"
[lane.gated.answer]
final = [
200,
429,
500,
422]
reference = [""]
reason = 1
x = 1"#,
        &[
            "fault line 16: `lane.gated.answer.final`: 200 can't be a final rejection",
            "fault line 17: `lane.gated.answer.final`: 429 means not now, and is sent again",
            "fault line 18: `lane.gated.answer.final`: 500 can't be a final rejection",
            "fault line 20: `lane.gated.answer.reference` is the empty pointer, which names the whole document",
            "fault line 21: `lane.gated.answer.reason` must be a list, and is an integer",
            "fault line 22: `lane.gated.answer` has no key `x`",
        ],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
settle = { sla = "1h" }"#,
        &["warning line 14: on lane `gated` the sla is longer than the horizon"],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
[lane.gated.scope]
since = "2026-01-01"
only = [{ pointer = "/a", equals = [] }]"#,
        &[
            "fault line 15: `lane.gated.scope.since`: `2026-01-01` is no time with an offset",
            "fault line 16: `lane.gated.scope.only.reason` is missing",
            "fault line 16: `lane.gated.scope.only.equals` is empty, so no document belongs",
        ],
    );
    check(
        LEDGER,
        r#"ledger = "sandbox"
[lane.gated.scope]
since = 2026-01-01T00:00:00
only = [{ equals = [[]], reason = "" }]"#,
        &[
            "fault line 15: `lane.gated.scope.since`: `2026-01-01T00:00:00` is no time with an offset",
            "fault line 16: `lane.gated.scope.only.pointer` is missing",
            "fault line 16: `lane.gated.scope.only.equals` must be text, a number, true or false, and is a list",
            "fault line 16: `lane.gated.scope.only.reason` is empty",
        ],
    );
    check(
        TEE,
        r#"[settle]
sla = "1h"
grace = "0s"
horison = "4h"
[tee]
"#,
        &[
            "warning line 2: on lane `legacy` the sla is longer than the horizon",
            "warning line 2: on lane `gated` the sla is longer than the horizon",
            "fault line 4: `settle` has no key `horison`",
        ],
    );
}

#[test]
fn faults_of_patches() {
    const AFTER: &str = "[lane.gated.poll]\n";
    for (patch, expected) in [
        (r#"patch = { email = "x" }"#, "fault line 14: `lane.gated.patch` is JSON, and stands here as TOML"),
        (r#"patch = ["x"]"#, "fault line 14: `lane.gated.patch` is JSON, and stands here as TOML"),
        ("patch = 7", "fault line 14: `lane.gated.patch` must be text, and is an integer"),
        ("patch = '{'", "fault line 14: `lane.gated.patch` is no patch: no JSON at byte 1"),
        ("patch = '{}'", "fault line 14: `lane.gated.patch` is no patch: it is empty"),
        (
            r#"patch = '[{"op":"delete"}]'"#,
            "fault line 14: `lane.gated.patch` is no patch: operation 0 (counted from 0): `op` is",
        ),
    ] {
        check(AFTER, &format!("{patch}\n{AFTER}"), &[expected]);
    }
    let patched = super::edited(super::SMALL, AFTER, &format!("patch = '{{\"email\":null}}'\n{AFTER}"));
    super::check_text(&patched, &[]);
    let signed = super::edited(
        &patched,
        "order_key = [\"/id\"]\n",
        "order_key = [\"/id\"]\nsignature = { header = \"X-S\", secret = \"env:HOOK_SECRET\" }\n",
    );
    super::check_text(&signed, &["warning line 15: copies for lane `gated` are patched, and bear no signature"]);
    let own =
        super::edited(&signed, "patch = ", "signature = { header = \"X-S\", secret = \"env:LANE_SECRET\" }\npatch = ");
    super::check_text(&own, &[]);
}
