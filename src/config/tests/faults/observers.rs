//! What can be wrong with observers: polls of both kinds, credentials, imports, the census.

use super::{check, check_text};
use crate::config::tests::{SMALL, edited};

// Parts of the small configuration that are edited.
const POLL_URL: &str = r#"url = "http://127.0.0.1:9002/ledger""#;
const GATED_POLL: &str = "[lane.gated.poll]\nurl = \"http://127.0.0.1:9002/ledger\"\n";
const TEE: &str = "[tee]\n";

/// Lines in place of the gated lane's poll; they begin at line 15.
fn poll(lines: &str, expected: &[&str]) {
    check(POLL_URL, lines, expected);
}

#[test]
fn faults_of_what_a_poll_asks() {
    poll(
        r#"base = "https://erp.example.com/api?x=1"
path = "orders""#,
        &[
            "fault line 15: `lane.gated.poll.base` has more than a host and a path; `path` is appended to it",
            "fault line 16: `lane.gated.poll.path` must begin with `/`; write \"/orders\"",
        ],
    );
    poll(r#"base = "https://erp.example.com""#, &["fault line 14: `lane.gated.poll.path` is missing"]);
    poll(
        r#"base = "https://erp.example.com"
url = "https://erp.example.com/orders"
path = "/orders?{sinse}""#,
        &[
            "fault line 16: `lane.gated.poll.url` stands beside `base`; keep one of them",
            "fault line 17: `lane.gated.poll.path` has an unknown placeholder `{sinse}`; did you mean `{since}`?",
        ],
    );
    poll(
        r#"url = "http://127.0.0.1:9002/ledger"
path = "/orders""#,
        &["fault line 16: `lane.gated.poll.path` stands beside `url`"],
    );
    poll(
        r#"url = "http://127.0.0.1:9002/ledger?{order_key}"
method = "DELETE"
body = '{"q": "{sinze}", "a": {"b": {limit}}}'
limit = 0
concurrency = 0
whole_every = 5
lookup = "http://127.0.0.1:9003/{key}""#,
        &[
            "fault line 15: `lane.gated.poll.url` has an unknown placeholder `{order_key}`; there are `{since}`",
            "fault line 16: `lane.gated.poll.method`: `DELETE` reads no ledger; write \"GET\", or \"POST\"",
            "fault line 17: `lane.gated.poll.body` has an unknown placeholder `{sinze}`; did you mean `{since}`?",
            "fault line 18: `lane.gated.poll.limit` is out of range: 0",
            "fault line 19: `lane.gated.poll.concurrency` is out of range: 0",
            "fault line 20: `lane.gated.poll.whole_every` has no unit",
            "fault line 21: `lane.gated.poll.lookup` has no `{order_key}`, so it would look up the same order always",
        ],
    );
    poll(
        r#"url = "http://127.0.0.1:9002/ledger"
method = "GET"
body = "{}"
lookup = "http://127.0.0.1:9003/{order_key}""#,
        &[
            "fault line 16: `lane.gated.poll.method` is GET, which has no body",
            "fault line 18: the look-up leads away from the ledger of the poll",
        ],
    );
    poll(
        r#"url = "http://127.0.0.1:9002/ledger?{offset}"
body = '{"page": {page}, "count": {limit}}'
next = "/next""#,
        &[
            "note line 17: pages are followed by `next`, so `{page}` in the body stays 1",
            "note line 17: pages are followed by `next`, so `{offset}` in the url stays 0",
            "note line 17: pages are followed by `next`, so `{limit}` is asked of the first page only",
        ],
    );
    poll(
        r#"url = "http://127.0.0.1:8080/ledger?{since}""#,
        &["fault line 15: the poll of lane `gated` is where the tee itself listens, which is no ledger"],
    );
}

#[test]
fn faults_of_what_is_read_from_a_document() {
    poll(
        r#"url = "http://127.0.0.1:9002/ledger"
cancelled = { pointer = "status", equals = [] }
allocated = { lines = "/lines", quantity = "/quantity" }"#,
        &[
            "fault line 16: `lane.gated.poll.cancelled.pointer`: `status` is no JSON Pointer",
            "fault line 16: `lane.gated.poll.cancelled.equals` is empty, so nothing is meant",
            "fault line 17: `lane.gated.poll.allocated.allocated` is missing",
        ],
    );
    check(
        "[lane.gated]\n",
        "[lane.gated]\ndocuments = \"split\"\n",
        &["fault line 12: `lane.gated.documents` is \"split\", and there is no `[lane.gated.document]`"],
    );
    check(
        GATED_POLL,
        r#"[lane.gated.poll]
url = "http://127.0.0.1:9002/ledger"
[lane.gated.document]
lines = "/rows"
[lane.gated.answer]
location = ""
[[lane.gated.answer.class]]
when = { code = "E1" }
class = "taxes"
[[lane.gated.answer.class]]
when = {}
"#,
        &[
            "fault line 16: `[lane.gated.document]` has `lines`, but not where SKU and quantity stand in them",
            "fault line 19: `lane.gated.answer.location` is no pattern of an address",
            "fault line 21: `lane.gated.answer.class.when`: `code` is no JSON Pointer to a value",
            "fault line 22: `lane.gated.answer.class.class`: `taxes` is no answer class; did you mean `tax`?",
            "fault line 23: `lane.gated.answer.class.class` is missing",
            "fault line 24: `lane.gated.answer.class.when` is empty, so it would fit every answer",
        ],
    );
}

/// Credentials of the gated lane's poll, whose URL they follow at line 16.
fn auth(auth: &str, expected: &[&str]) {
    poll(&format!("url = \"http://127.0.0.1:9002/ledger\"\nauth = {auth}"), expected);
}

#[test]
fn faults_of_credentials() {
    auth("{}", &["fault line 16: `lane.gated.poll.auth` has no form that is known"]);
    auth("{ bearer = \"abc\" }", &["fault line 16: `lane.gated.poll.auth.bearer` is a secret, and stands in the file"]);
    auth("{ bearer = \"env:BROKEN\" }", &["fault line 16: `lane.gated.poll.auth.bearer` can't stand in a header"]);
    auth(
        "{ bearer = \"env:PARITEE_TOKEN\", user = \"u\" }",
        &["fault line 16: `lane.gated.poll.auth` has `bearer`, `user` beside each other"],
    );
    auth(
        "{ user = \"a:b\", password = \"env:NOPE\" }",
        &[
            "fault line 16: `lane.gated.poll.auth.user` holds a colon",
            "fault line 16: `lane.gated.poll.auth.password`: the environment variable `NOPE` is not set",
        ],
    );
    auth(
        "{ token_url = \"https://id.example.com\", client_id = \"env:ID\" }",
        &[
            "fault line 16: `lane.gated.poll.auth.client_secret` is missing",
            "fault line 16: `lane.gated.poll.auth.client_id` is no secret, so it isn't looked up in the environment",
        ],
    );
    auth(
        "{ token_url = \"https://id.example.com\", client_id = \"c\", key = \"env:PARITEE_TOKEN\", in_form = true, algorithm = \"HS256\" }",
        &[
            "fault line 16: `lane.gated.poll.auth.key` is no private key in PEM",
            "fault line 16: `lane.gated.poll.auth.in_form` stands beside `key`",
            "fault line 16: `lane.gated.poll.auth.algorithm`: `HS256` is no algorithm",
        ],
    );
    auth("{ command = [] }", &["fault line 16: `lane.gated.poll.auth.command` names no program"]);
    auth(
        "{ bearer = \"env:PARITEE_TOKEN\" }\nheaders = { authorization = \"env:LEDGER_TOKEN\" }",
        &["fault line 16: there are `auth` and a header `authorization`, and only one of them can be sent"],
    );
}

#[test]
fn credentials_that_others_can_read_or_that_are_the_live_lane_s() {
    let token_url =
        "{ token_url = \"http://id.example.com/t\", client_id = \"c\", client_secret = \"env:CLIENT_SECRET\" }";
    poll(
        &format!("url = \"http://erp.example.com/ledger\"\nauth = {token_url}"),
        &[
            "warning line 15: the poll's credentials go over plain http to another machine",
            "warning line 16: the client's credentials go over plain http to another machine",
        ],
    );
    poll("url = \"https://erp.example.com/ledger\"\nauth = { bearer = \"env:PARITEE_TOKEN\" }", &[]);
    let live = "9001/ledger\"\nauth = { bearer = \"env:PARITEE_TOKEN\" }";
    let text = edited(SMALL, "9001/ledger\"", live);
    check_text(
        &edited(&text, "9002/ledger\"", "9002/ledger\"\nauth = { bearer = \"env:PARITEE_TOKEN\" }"),
        &["fault line 16: the shadow's ledger is read with the live lane's credentials"],
    );
    check_text(
        &edited(&text, "ledger = \"sandbox\"", "ledger = \"sandbox\"\nheaders = { authorization = \"env:BEARER\" }"),
        &["fault line 15: the shadow has the live lane's credentials in its header `authorization`"],
    );
    check_text(&edited(&text, "9002/ledger\"", "9001/ledger\"\nauth = { bearer = \"env:HOOK_SECRET\" }"), &[]);
    poll(
        "url = \"http://127.0.0.1:9002/ledger\"\nlookup = \"http://127.0.0.1:9002/one?po={order_key}\"\norder_key_strip = \"#\"",
        &[
            "fault line 16: the look-up asks for bare order keys, and this ledger stores them behind `#`; write it into the url, as %23{order_key}",
        ],
    );
    let lookups = SMALL
        .replace("9001/ledger\"", "9001/ledger?lane=a\"\nlookup = \"http://127.0.0.1:9001/one?{order_key}\"")
        .replace("9002/ledger\"", "9001/ledger?lane=b\"\nlookup = \"http://127.0.0.1:9001/one?{order_key}\"");
    check_text(
        &lookups,
        &["fault line 16: both lanes look orders up in the same ledger: every order would look leaked"],
    );
}

#[test]
fn faults_of_queries() {
    poll(
        r#"sql = "delete from orders"
url = "http://127.0.0.1:9002/ledger"
reference = "/id"
next = "/next""#,
        &[
            "fault line 14: `lane.gated.poll.database` is missing",
            "fault line 15: `lane.gated.poll.sql` is no query; begin it with `select` or `with`",
            "fault line 16: `lane.gated.poll.url` belongs to a poll over HTTP, and this one asks a database",
            "fault line 17: `lane.gated.poll.reference` belongs to a poll over HTTP",
            "fault line 18: `lane.gated.poll.next` belongs to a poll over HTTP",
        ],
    );
    for (query, expected) in [
        ("select 1; delete from x", "has more than one statement"),
        ("select 1 where a > :sinse", "has an unknown parameter `:sinse`; did you mean `:since`?"),
        ("explain select 1", "is no query"),
        ("(select 1)", "is no query"),
        ("-- only a comment", "is no query"),
        ("", "is no query"),
    ] {
        let lines = format!("sql = \"{query}\"\ndatabase = \"sqlite:a.db\"");
        poll(&lines, &[&format!("fault line 15: `lane.gated.poll.sql` {expected}")]);
    }
    for query in [
        "select 1",
        "WITH a AS (select 1) select * from a;",
        "/* :x; */ select ':a;b' , \\\"c:d\\\", 'it''s :e' from t where x::text = 'a' -- :f ;",
    ] {
        let lines = format!("sql = \"{query}\"\ndatabase = \"sqlite:a.db\"");
        poll(&lines, &["note line 15: `lane.gated.poll.sql` has no `:since`, so that each reading reads everything"]);
    }
}

#[test]
fn faults_of_databases() {
    let database = |database: &str, expected: &[&str]| {
        poll(&format!("sql = \"select :since\"\ndatabase = \"{database}\""), expected);
    };
    database("sqlite:erp.db", &[]);
    database("env:LEDGER_DB", &[]);
    database("postgres://reader@db.example.com/erp", &[]);
    let stands = "fault line 16: `lane.gated.poll.database` holds a password, and stands in the file";
    database("postgres://reader:p4ss@db.example.com/erp", &[stands]);
    database("postgresql://db.example.com/erp?user=reader&password=p4ss", &[stands]);
    database("sqlite:", &["fault line 16: `lane.gated.poll.database` names no file"]);
    database("mysql://db/erp", &["fault line 16: `lane.gated.poll.database` is no database that paritee can read"]);
    database("env:NOPE", &["fault line 16: `lane.gated.poll.database`: the environment variable `NOPE` is not set"]);
    let same =
        SMALL.replace("url = \"http://127.0.0.1:9001/ledger\"", "sql = \"select :since\"\ndatabase = \"sqlite:a\"");
    check_text(
        &edited(&same, POLL_URL, "sql = \"select :since\"\ndatabase = \"sqlite:a\""),
        &["fault line 16: both lanes are read from the same ledger: every order would look leaked"],
    );
}

#[test]
fn a_password_is_never_shown() {
    for database in ["postgres://reader:p4ss@db/erp", "postgres://db/erp?password=p4ss", "host=db password=p4ss"] {
        let text = edited(SMALL, POLL_URL, &format!("sql = \"select :since\"\ndatabase = \"{database}\""));
        let faults = crate::config::tests::read(&text).unwrap_err();
        assert!(!faults.to_string().contains("p4ss"), "{faults}");
    }
}

#[test]
fn faults_of_imports_and_the_census() {
    check(
        TEE,
        r#"[lane.legacy.import]
format = "xlsx"
encoding = "latin1"
delimiter = "ab"
order_key = "/"
time_zone = "Mars/Olympus"
cancelled = { column = "Status", pointer = "/status", equals = "x" }
placed_at = "At"
[census.import]
reference = "Number"
time_zone = "+25:00"
[[census.import.exclude]]
equals = "failed"
[tee]
"#,
        &[
            "fault line 1: `lane.legacy.import` has neither `reference` nor `committed_at`",
            "fault line 2: `lane.legacy.import.format`: `xlsx` is no format",
            "fault line 3: `lane.legacy.import.encoding`: `latin1` is no encoding",
            "fault line 4: `lane.legacy.import.delimiter`: `ab` parts no columns",
            "fault line 6: `lane.legacy.import.time_zone`: this machine knows no time zone `Mars/Olympus`",
            "fault line 7: `lane.legacy.import.cancelled.pointer` stands beside `column`",
            "fault line 8: `lane.legacy.import` has no key `placed_at`",
            "fault line 9: `census.import.order_key` is missing",
            "fault line 10: `census.import` has no key `reference`",
            "fault line 11: `census.import.time_zone`: this machine knows no time zone `+25:00`",
            "fault line 12: `census.import.exclude.pointer` is missing",
            "fault line 12: `census.import.exclude.reason` is missing",
        ],
    );
    check(
        GATED_POLL,
        "[lane.gated.import]\norder_key = \"Order\"\nreference = \"No\"\n",
        &["note line 11: nothing reads the ledger of lane `gated`, so its outcomes must come by callbacks or imports"],
    );
    check(
        TEE,
        "[admin]\nbody_bytes_max = 1\nevents_max = 0\n[tee]\n",
        &[
            "fault line 2: `admin.body_bytes_max` is out of range: 1",
            "fault line 3: `admin.events_max` is out of range: 0",
        ],
    );
}

#[test]
fn faults_of_signatures_and_operations_in_the_body() {
    check(
        "order_key = [\"/id\"]\n",
        r#"order_key = ["/id"]
signature = { secret = "abc" }
order = { line = "/a" }
operation = { header = "X-Topic", pointer = "scope" }
"#,
        &[
            "fault line 6: `tee.route.signature.header` is missing",
            "fault line 6: `tee.route.signature.secret` is a secret, and stands in the file",
            "fault line 7: `tee.route.order` has no key `line`; did you mean `lines`?",
            "fault line 8: `tee.route.operation` names no value",
            "fault line 8: `tee.route.operation.header` stands beside `pointer`",
            "fault line 8: `tee.route.operation.pointer`: `scope` is no JSON Pointer",
        ],
    );
}
