//! Shopify's orders into NetSuite: SuiteTalk REST behind the gated path, SuiteQL as its ledger, OAuth 2 with a signed
//! assertion. Shapes follow Oracle's documentation of REST web services.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use paritee::judge::{Decision, Fate, GateName, Parity};
use paritee::outcome::Lane;
use serde_json::{Value, json};

use super::erp::{Asked, Books, Document, Erp, Refusal, Turn, Vendor, reply, time};
use super::run::{Legacy, REFUSED, Run, count, order_of, tell};
use super::shop::{SECRET, shopify, shopify_key};

const ORDERS: u64 = 26;
const TOKEN_PATH: &str = "/services/rest/auth/oauth2/v1/token";
const QUERY_PATH: &str = "/services/rest/query/v1/suiteql";
const JOB: &str = "/services/rest/async/v1/job/9317";

/// How this account's integration names the shop's orders.
const PREFIX: &str = "shopify-";

/// NetSuite, and the key that its clients' assertions are verified with.
struct NetSuite {
    client_key: DecodingKey,
}

impl Vendor for NetSuite {
    fn answer(&self, books: &Books, asked: &Asked) -> Response {
        match asked.uri.path() {
            TOKEN_PATH => self.token(books, asked),
            QUERY_PATH => suiteql(books, asked),
            _ => sales_order(books, asked),
        }
    }
}

impl NetSuite {
    fn token(&self, books: &Books, asked: &Asked) -> Response {
        let form = asked.form();
        assert_eq!(form["grant_type"], "client_credentials");
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let mut wanted = Validation::new(Algorithm::ES256);
        wanted.set_audience(&[format!("http://{}{TOKEN_PATH}", asked.header("host").unwrap())]);
        let claims = jsonwebtoken::decode::<Value>(&form["client_assertion"], &self.client_key, &wanted).unwrap();
        assert_eq!(claims.header.kid.as_deref(), Some("certificate-7"));
        assert_eq!((&claims.claims["iss"], &claims.claims["scope"]), (&json!("client-7"), &json!("rest_webservices")));
        let token = books.new_token();
        reply(200, &[], Some(json!({"access_token": token, "expires_in": "3600", "token_type": "bearer"})))
    }
}

/// A record is made: 204, and its address. What isn't made is told by error codes.
fn sales_order(books: &Books, asked: &Asked) -> Response {
    let order = order_of(asked).unwrap();
    let name = || Some(format!("{PREFIX}{order}"));
    let at = |document: &Document| {
        format!("https://9317.example.com/services/rest/record/v1/salesOrder/{}", document.number)
    };
    match books.turn(&order) {
        Turn::Refuse(refusal) => refused(refusal),
        Turn::Job => {
            books.commit(name());
            reply(202, &[("Preference-Applied", "respond-async"), ("Location", JOB)], None)
        }
        Turn::CommitUnanswered => {
            books.commit(name());
            error(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: k7x", None)
        }
        Turn::Commit | Turn::Repeat => reply(204, &[("Location", &at(&books.commit(name())))], None),
    }
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::UnknownItem => error(
            400,
            "INVALID_CONTENT",
            "Error while accessing resource: You have entered an Invalid Field Value 7731 for the following field: item",
            Some("item.items[0].item"),
        ),
        Refusal::NoCustomer => error(400, "INVALID_KEY_OR_REF", "Invalid entity reference key 5512.", Some("entity")),
        Refusal::TaxSetup => error(400, "INVALID_KEY_OR_REF", "Invalid taxcode reference key 12.", None),
        Refusal::Duplicate => error(400, "DUP_RCRD", "A record with this external id exists.", Some("externalId")),
        Refusal::Locked => error(400, "RCRD_HAS_BEEN_CHANGED", "Record has been changed", None),
        Refusal::Throttled => throttled(),
        // A RESTlet in front of it.
        Refusal::ThrottledToo => reply(
            400,
            &[],
            Some(json!({"error": {"code": "SSS_REQUEST_LIMIT_EXCEEDED", "message": "Request limit exceeded."}})),
        ),
    }
}

fn throttled() -> Response {
    error(429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.", None)
}

fn error(status: u16, code: &str, detail: &str, path: Option<&str>) -> Response {
    let mut detail = json!({"detail": detail, "o:errorCode": code});
    if let Some(path) = path {
        detail["o:errorPath"] = json!(path);
    }
    let title = if status == 500 { "Internal Server Error" } else { "Bad Request" };
    let kind = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html";
    reply(status, &[], Some(json!({"type": kind, "title": title, "status": status, "o:errorDetails": [detail]})))
}

/// One page of the query's rows. Says *not now* once in the middle of a reading, and is strict about what it takes.
fn suiteql(books: &Books, asked: &Asked) -> Response {
    if !books.lets_in(asked) {
        books.count("refused token");
        return error(401, "INVALID_LOGIN", "Invalid login attempt.", None);
    }
    let number = |name| asked.parameter(name).unwrap().parse::<usize>().unwrap();
    let (limit, offset) = (number("limit"), number("offset"));
    if asked.method != "POST" || asked.header("prefer") != Some("transient") || limit > 1000 || offset % limit != 0 {
        books.count("bad query");
        return error(400, "INVALID_PARAMETER", "Invalid query parameter.", None);
    }
    if offset > 0 && books.count("later page") == 1 {
        return throttled();
    }
    let query = asked.json()["q"].as_str().unwrap().to_owned();
    let since = query.split("TO_TIMESTAMP('").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let a_day_before = time(since) - jiff::SignedDuration::from_hours(24);
    let all = books.changed_since(a_day_before);
    let items: Vec<Value> = all.iter().skip(offset).take(limit).map(row).collect();
    let page = json!({
        "links": [{"rel": "self", "href": asked.uri.to_string()}],
        "count": items.len(), "hasMore": offset + items.len() < all.len(), "items": items,
        "offset": offset, "totalResults": all.len(),
    });
    reply(200, &[], Some(page))
}

/// A row: all values are text, and columns without a value are left out.
fn row(document: &Document) -> Value {
    let status = if document.cancelled { "C" } else { "B" };
    let mut row = json!({
        "links": [], "id": document.number.to_string(), "tranid": format!("SO{}", document.number),
        "hasexternalid": if document.order.is_some() { "T" } else { "F" },
        "status": status, "foreigntotal": "74.85", "currency": "EUR",
    });
    if let Some(order) = &document.order {
        row["externalid"] = json!(order);
    }
    row
}

/// What happens to the orders that are numbered.
fn script() -> Vec<(String, &'static [Turn])> {
    let turns: [(u64, &[Turn]); 9] = [
        (3, &[Turn::Refuse(Refusal::UnknownItem)]),
        (4, &[Turn::Refuse(Refusal::NoCustomer)]),
        (5, &[Turn::Refuse(Refusal::TaxSetup)]),
        (6, &[Turn::Refuse(Refusal::Throttled)]),
        (7, &[Turn::Refuse(Refusal::ThrottledToo)]),
        (8, &[Turn::Job]),
        (9, &[Turn::Commit, Turn::Refuse(Refusal::Duplicate)]),
        (10, &[Turn::CommitUnanswered]),
        (11, &[Turn::Refuse(Refusal::Locked), Turn::Commit]),
    ];
    turns.into_iter().map(|(number, turns)| (shopify_key(number), turns)).collect()
}

/// A private key in PKCS 8, as a file has it (RFC 7468).
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_shopify_s_orders_into_netsuite() {
    let pair = rcgen::KeyPair::generate().unwrap();
    let private = pem(&pair.serialize_der());
    let netsuite = NetSuite { client_key: DecodingKey::from_ec_der(pair.public_key_raw()) };
    let script = script();
    let script: Vec<(&str, &[Turn])> = script.iter().map(|(key, turns)| (key.as_str(), *turns)).collect();
    let gated = Erp::start(netsuite, &script).await;
    let refused = [3, 4, 5].map(shopify_key);
    let legacy = Erp::start(
        Legacy(json!({"sum": 74.850, "money": "EUR"})),
        &refused.each_ref().map(|key| (key.as_str(), REFUSED)),
    )
    .await;
    let at = gated.addr;
    let lane = format!(
        r#"profile = "netsuite"
url = "http://{at}"

[[lane.gated.scope.only]]
pointer = "/hasexternalid"
equals = ["T"]
reason = "no external id"

[lane.gated.poll]
base = "http://{at}"
every = "200ms"
overlap = "2s"
limit = 10
order_key_strip = "{PREFIX}"
auth = {{ token_url = "http://{at}{TOKEN_PATH}", client_id = "client-7", key = "env:NETSUITE_KEY", key_id = "certificate-7", algorithm = "ES256", scope = "rest_webservices" }}

[lane.legacy.document]
total = "/goods/sum"
currency = "/goods/money"
"#
    );
    let env = move |name: &str| match name {
        "SHOPIFY_SECRET" => Some(SECRET.to_owned()),
        "NETSUITE_KEY" => Some(private.clone()),
        _ => None,
    };
    let route = "profile = \"shopify\"\nsignature = { secret = \"env:SHOPIFY_SECRET\" }";
    let run = Run::begin(route, legacy.addr, &lane, &env).await;
    for number in 1..=ORDERS {
        assert_eq!(shopify(run.tee(), number, 1, number == 12).await, 200);
    }
    // Shopify didn't see the answer in time.
    assert_eq!(shopify(run.tee(), 9, 2, false).await, 200);
    // Somebody entered an order twice and cancelled one of them; somebody took one by phone.
    gated.books.commit_cancelled(Some(format!("{PREFIX}{}", shopify_key(13))));
    gated.books.commit(None);

    let assessment = run.settled(ORDERS, |now| now.decision == Decision::Go).await;
    // Shopify's deadline is set by the profile.
    let answers = assessment.gates.iter().find(|gate| gate.name == GateName::AnswerInTime).unwrap();
    assert_eq!(answers.threshold, "p50 at most 5 s");
    let gated_has = |fate| count(&assessment, Lane::Gated, fate);
    assert_eq!(gated_has(Fate::Excluded), 1, "{}", tell(&assessment));
    assert_eq!((gated_has(Fate::Committed), gated_has(Fate::Rejected)), (ORDERS - 5, 3), "{}", tell(&assessment));
    assert_eq!(gated_has(Fate::Recovered), 1);
    assert_eq!(assessment.parity.get(&Parity::DecisionsDiffer), None, "{:?}", assessment.parity);

    assert_eq!(assessment.totals.documents_aside.gated.get("no external id"), Some(&1), "{}", tell(&assessment));

    the_answers_are_read_as_netsuite_means_them(&run, &gated);
    assert_eq!((gated.books.counted("refused token"), gated.books.counted("bad query")), (1, 0));
    assert!(gated.books.counted("later page") > 1, "it was throttled in mid-reading, and went on");
    // What is signed well leaves no row.
    assert!(assessment.run.counts.signatures.is_empty(), "{:?}", assessment.run.counts);
    run.stop().await;
}

fn the_answers_are_read_as_netsuite_means_them(run: &Run, netsuite: &Erp) {
    let number = |order: u64| {
        let document = netsuite.books.of(&format!("{PREFIX}{}", shopify_key(order)));
        document.map(|document| document.number.to_string()).into_iter().collect::<Vec<_>>()
    };
    for order in [1, 6, 7, 8, 9, 11] {
        assert_eq!(run.gated(&shopify_key(order)), (Fate::Committed, number(order)), "{order}");
    }
    assert_eq!(run.gated(&shopify_key(10)), (Fate::Recovered, number(10)));
    assert_eq!((run.gated(&shopify_key(13)).0, run.gated(&shopify_key(13)).1.len()), (Fate::Committed, 2));
    run.tells(&shopify_key(1), &["answered 204", ": committed as ", "parity  matched", "externalid"]);
    run.tells(&shopify_key(3), &["rejected, unknown_sku (INVALID_CONTENT)"]);
    run.tells(&shopify_key(4), &["rejected, customer (INVALID_KEY_OR_REF)"]);
    run.tells(&shopify_key(5), &["rejected, tax (INVALID_KEY_OR_REF)"]);
    for (order, status) in [(6, 429), (7, 400), (11, 400)] {
        let refused = format!("answered {status}");
        let key = shopify_key(order);
        run.tells(
            &key,
            &["sent #1", &refused, ": not now", "sent #2, again after \"not now\"", "204", "committed as "],
        );
        assert_eq!(netsuite.books.sends(&key), 2);
    }
    // The job's number is no order's.
    run.tells(&shopify_key(8), &["answered 202", ": accepted\n"]);
    run.tells(&shopify_key(9), &["event event-9, delivery delivery-9-1", "delivery delivery-9-2, redelivered"]);
    run.tells(&shopify_key(9), &["committed as ", "duplicate, an earlier send was taken"]);
    run.tells(&shopify_key(10), &["answered 500", ": unknown until the ledger is read"]);
    run.tells(&shopify_key(13), &["in the ledger", "cancelled"]);
}
