//! What can be wrong with the tee, its routes and the admin port.

use super::check;

// Parts of the small configuration that are edited.
const LISTEN: &str = r#"listen = "127.0.0.1:8080""#;
const PATH: &str = r#"path = "/orders""#;
const ORDER_KEY: &str = r#"order_key = ["/id"]"#;
const PATH_AND_NO_KEY: &str = "path = \"/orders\"\n";
const TEE: &str = "[tee]\n";
const ROUTE: &str = r#"[[tee.route]]
path = "/orders"
order_key = ["/id"]
"#;

#[test]
fn faults_of_tee() {
    check(LISTEN, r#"lissen = "127.0.0.1:8080""#, &["fault line 2: `tee` has no key `lissen`"]);
    check(
        LISTEN,
        r#"listen = "localhost:8080""#,
        &["fault line 2: `tee.listen`: `localhost:8080` is no IP address with a port"],
    );
    check(LISTEN, "listen = 8080", &["fault line 2: `tee.listen` must be text, and is an integer"]);
    check(
        LISTEN,
        r#"journal = ""
durability = "before-foward"
journal_wait_max_ms = 0
body_bytes_max = "1"
shutdown_max = 10
answer_wait_max = "0s""#,
        &[
            "fault line 2: `tee.journal` names no file",
            "fault line 3: `tee.durability`: `before-foward` is no durability",
            "fault line 4: `tee.journal_wait_max_ms` is out of range: 0",
            "fault line 5: `tee.body_bytes_max` must be an integer, and is text",
            "fault line 6: `tee.shutdown_max` has no unit",
            "fault line 7: `tee.answer_wait_max` is zero",
        ],
    );
    check(
        LISTEN,
        r#"shutdown_max = "-1s"
answer_wait_max = "2 days"
answer_bytes_max = 99999999999999999999999
sender_deadline = "1us""#,
        &[
            "fault line 2: `tee.shutdown_max`: `-1s` is no duration",
            "fault line 3: `tee.answer_wait_max`: `2 days` is no duration",
            "fault line 4: `tee.answer_bytes_max` is too big",
            "fault line 5: `tee.sender_deadline` is shorter than a millisecond",
        ],
    );
    check(
        LISTEN,
        r#"connections_max = 0
head_wait_max = "0s"
body_wait_max = 60"#,
        &[
            "fault line 2: `tee.connections_max` is out of range: 0",
            "fault line 3: `tee.head_wait_max` is zero",
            "fault line 4: `tee.body_wait_max` has no unit",
        ],
    );
    check(
        LISTEN,
        r#"shutdown_max = "9000h"
journal = "week3/""#,
        &["fault line 2: `tee.shutdown_max` is longer than a year", "fault line 3: `tee.journal` names no file"],
    );
    check(
        ORDER_KEY,
        r#"order_key = ["/id"]
[[tee.exclude]]
pointer = "/test"
equals = [1]
[[tee.exclude]]
pointer = ""
equals = 1
reason = " ""#,
        &[
            "fault line 6: `tee.exclude.reason` is missing",
            "fault line 8: `tee.exclude.equals` must be text, a number, true or false, and is a list",
            "fault line 10: `tee.exclude.pointer` is the empty pointer, which names the whole document",
            "fault line 12: `tee.exclude.reason` is empty",
        ],
    );
    check(
        ORDER_KEY,
        r#"order_key = ["/id"]
[[tee.exclude]]
pointer = "/a"
equals = 1
reason = "a"
[[tee.exclude]]
pointer = "/a"
equals = 1
reason = "b""#,
        &["fault line 11: this exclusion is never reached: an earlier one has the same pointer and value"],
    );
}

#[test]
fn faults_of_routes() {
    check(ROUTE, "", &["fault line 1: `tee.route` is missing"]);
    check(ROUTE, "route = []\n", &["fault line 3: `tee.route` is empty"]);
    check(
        PATH,
        r#"path = "orders"
method = "PSOT""#,
        &[
            "fault line 4: `tee.route.path` must begin with `/`",
            "fault line 5: `tee.route.method`: `PSOT` is no method that orders come with",
        ],
    );
    check(
        PATH,
        r#"path = "/a/**/b"
method = "post"
operation = "creat""#,
        &[
            "fault line 4: `tee.route.path` has `**` before its end",
            "fault line 5: `tee.route.method`: `post` is no method that orders come with",
            "fault line 6: `tee.route.operation`: `creat` is no operation",
        ],
    );
    check(
        PATH,
        r#"path = "/a*b"
operation = {}"#,
        &[
            "fault line 4: `tee.route.path` has a `*` inside a segment",
            "fault line 5: `tee.route.operation.header` is missing",
            "fault line 5: `tee.route.operation` names no value",
        ],
    );
    check(
        PATH,
        r#"path = "/a?b"
operation = { header = "x y", a = "create" }"#,
        &[
            "fault line 4: `tee.route.path` is more than a path",
            "fault line 5: `tee.route.operation.header`: `x y` is no header name",
        ],
    );
    check(
        PATH,
        r#"path = "/a"
operation = { header = "x-topic", a = "created" }"#,
        &[
            "fault line 4: no route is for `create`, so no order would ever be judged",
            "fault line 5: `tee.route.operation.a`: `created` is no operation",
        ],
    );
    check(
        r#"path = "/orders"
order_key = ["/id"]"#,
        r#"path = "/a"
operation = "update""#,
        &[
            "warning line 3: `tee.route` has no `order_key`, so its updates and cancels belong to no order",
            "fault line 4: no route is for `create`, so no order would ever be judged",
        ],
    );
    check(
        r#"path = "/orders"
order_key = ["/id"]"#,
        r#"path = "/a""#,
        &["fault line 3: `tee.route.order_key` is missing"],
    );
    check(ORDER_KEY, r#"order_key = "/id""#, &["fault line 5: `tee.route.order_key` must be a list, and is text"]);
    check(ORDER_KEY, "order_key = []", &["fault line 5: `tee.route.order_key` names no place"]);
    check(
        ORDER_KEY,
        r#"order_key = [
"$.id",
"",
"header:a b",
7,
"/a~2"]"#,
        &[
            "fault line 6: `tee.route.order_key`: `$.id` is no JSON Pointer",
            "fault line 7: `tee.route.order_key` is the empty pointer, which names the whole document",
            "fault line 8: `tee.route.order_key`: `a b` is no header name",
            "fault line 9: `tee.route.order_key` must be text, and is an integer",
            "fault line 10: `tee.route.order_key`: `/a~2` is no JSON Pointer",
        ],
    );
    check(
        ORDER_KEY,
        r#"order_key = ["/id"]
[[tee.route]]
path = "/orders"
method = "POST"
order_key = ["/id"]"#,
        &["fault line 7: this route is never reached: the earlier one for `/orders` takes all"],
    );
    check(
        PATH,
        r#"path = "/a/**"
method = "POST"
order_key = ["/id"]
[[tee.route]]
path = "/a/*/b"
method = "POST"
order_key = ["/id"]
[[tee.route]]
path = "/a/b""#,
        &["fault line 8: this route is never reached: the earlier one for `/a/**` takes all"],
    );
}

#[test]
fn routes_of_one_path_agree_on_what_stands_where() {
    let two = |operation: &str, order: &str| {
        let first = "path = \"/orders\"\nmethod = \"POST\"\norder_key = [\"/id\"]\norder = { lines = \"/rows\" }\n";
        let second = format!("path = \"/orders\"\nmethod = \"PUT\"\noperation = \"{operation}\"\n{order}");
        format!("{first}[[tee.route]]\n{second}")
    };
    let fault = "fault line 9: an earlier route for `/orders` has lines and money at other places";
    check(PATH_AND_NO_KEY, &two("update", ""), &[fault]);
    check(PATH_AND_NO_KEY, &two("create", "order = false\n"), &[fault]);
    check(PATH_AND_NO_KEY, &two("update", "order = { lines = \"/rows\" }\n"), &[]);
    check(PATH_AND_NO_KEY, &two("cancel", ""), &[]);
}

#[test]
fn faults_of_the_admin_port() {
    check(TEE, "[admin]\ntoken = \"env:BROKEN\"\n[tee]\n", &["fault line 2: `admin.token` can't stand in a header"]);
    check(
        TEE,
        r#"[admin]
listen = "0.0.0.0:9900"
[tee]
"#,
        &["fault line 2: `admin.listen` is open beyond this machine (0.0.0.0:9900), and there is no token"],
    );
    check(
        TEE,
        r#"[admin]
listen = "0.0.0.0:8080"
token = "abc"
[tee]
"#,
        &[
            "fault line 2: `admin.listen` (0.0.0.0:8080) and `tee.listen` are the same port",
            "fault line 3: `admin.token` is a secret, and stands in the file",
        ],
    );
    check(
        TEE,
        r#"[admin]
listen = "127.0.0.1:9002"
token = "env:NOPE"
[tee]
"#,
        &[
            "fault line 3: `admin.token`: the environment variable `NOPE` is not set",
            "fault line 15: the url of lane `gated` is the admin port, which takes no orders",
            "fault line 18: the poll of lane `gated` is the admin port, which is no ledger",
        ],
    );
    check(
        TEE,
        r#"[admin]
listen = "[::]:9900"
token = "env:PARITEE_TOKEN"
[tee]
"#,
        &[],
    );
}
