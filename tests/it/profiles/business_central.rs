//! BigCommerce's orders into Dynamics 365 Business Central: API v2.0 (OData V4) behind the gated path and as its ledger,
//! OAuth 2 with a secret in the form. Shapes follow Microsoft's reference of the resource `salesOrder`.

use axum::response::Response;
use paritee::journal::Reader;
use paritee::judge::{Decision, Fate, GateName};
use paritee::outcome::{Lane, OutcomeKind};
use serde_json::{Value, json};

use super::erp::{Asked, Books, Document, Erp, Refusal, Turn, Vendor, reply, time};
use super::run::{Legacy, REFUSED, Run, count, order_of, tell};
use super::shop::bigcommerce;

/// Orders are numbered from here.
const FIRST: u64 = 700;
const ORDERS: u64 = 24;
const TOKEN_PATH: &str = "/contoso.example.com/oauth2/v2.0/token";
const COMPANY: &str = "/v2.0/contoso.example.com/Sandbox/api/v2.0/companies(5c2f07b4-0000-4000-8000-7d0a51c3e9aa)";

/// The server says how long its pages are.
const PAGE: usize = 10;

struct BusinessCentral;

impl Vendor for BusinessCentral {
    fn answer(&self, books: &Books, asked: &Asked) -> Response {
        match asked.uri.path() {
            TOKEN_PATH => token(books, asked),
            path if path == format!("{COMPANY}/salesOrders") => sales_orders(books, asked),
            _ => sales_order(books, asked),
        }
    }
}

fn token(books: &Books, asked: &Asked) -> Response {
    let form = asked.form();
    for (name, wanted) in [
        ("grant_type", "client_credentials"),
        ("client_id", "8f0c4f57-0000-4000-8000-51d1a3b6c2de"),
        ("client_secret", "bc~s3cret & more"),
        ("scope", "https://api.businesscentral.dynamics.com/.default"),
    ] {
        assert_eq!(form[name], wanted, "{name}");
    }
    let token = books.new_token();
    reply(
        200,
        &[],
        Some(json!({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": token})),
    )
}

/// A deep insert: 201 with the resource. What isn't made is told by codes; what waited too long, by the gateway.
fn sales_order(books: &Books, asked: &Asked) -> Response {
    let order = order_of(asked).unwrap();
    match books.turn(&order) {
        Turn::Refuse(refusal) => refused(refusal),
        Turn::CommitUnanswered => {
            books.commit(Some(order));
            reply(504, &[], None)
        }
        Turn::Commit | Turn::Job | Turn::Repeat => reply(201, &[], Some(resource(&books.commit(Some(order))))),
    }
}

fn refused(refusal: Refusal) -> Response {
    let (status, code, text) = match refusal {
        Refusal::Throttled => return reply(429, &[("Retry-After", "1")], None),
        Refusal::ThrottledToo => return reply(503, &[], None),
        Refusal::UnknownItem => (
            400,
            "Internal_InvalidTableRelation",
            "The field No. of table Sales Line contains a value (LAMP-9) that cannot be found in the related table (Item).",
        ),
        Refusal::NoCustomer => {
            (400, "Application_DialogException", "A customerNumber or a customerID must be provided.")
        }
        Refusal::TaxSetup => (
            400,
            "Application_FieldValidationException",
            "VAT Bus. Posting Group must have a value in Customer: No.=C01002. It cannot be zero or empty.",
        ),
        Refusal::Duplicate => (400, "Internal_EntityWithSameKeyExists", "The Sales Header already exists."),
        Refusal::Locked => (409, "Request_EntityChanged", "Another user has already changed the record."),
    };
    reply(status, &[], Some(json!({"error": {"code": code, "message": text}})))
}

/// A page of the collection, or the orders of one name. Says *not now* once in the middle of a reading.
fn sales_orders(books: &Books, asked: &Asked) -> Response {
    if !books.lets_in(asked) {
        books.count("refused token");
        let error = json!({"error": {"code": "Authentication_InvalidCredentials", "message": "The server has rejected the client credentials."}});
        return reply(401, &[("WWW-Authenticate", "Bearer")], Some(error));
    }
    let filter = asked.parameter("$filter").unwrap();
    let wanted = if let Some(name) = filter.strip_prefix("externalDocumentNumber eq '") {
        books.count("look-up");
        books.of(name.trim_end_matches('\'')).into_iter().collect()
    } else {
        books.changed_since(time(filter.strip_prefix("lastModifiedDateTime ge ").unwrap()))
    };
    let from = asked.parameter("$skiptoken").map_or(0, |from| from.parse().unwrap());
    if from > 0 && books.count("later page") == 1 {
        return reply(429, &[("Retry-After", "1")], None);
    }
    assert_eq!(asked.parameter("$expand").as_deref(), Some("salesOrderLines"));
    let value: Vec<Value> = wanted.iter().skip(from).take(PAGE).map(resource).collect();
    let mut page = json!({"@odata.context": format!("https://{}/$metadata#salesOrders", asked.header("host").unwrap()), "value": value});
    if from + PAGE < wanted.len() {
        let query = asked.uri.query().unwrap().split("&$skiptoken").next().unwrap();
        let host = asked.header("host").unwrap();
        page["@odata.nextLink"] =
            json!(format!("http://{host}{COMPANY}/salesOrders?{query}&$skiptoken={}", from + PAGE));
    }
    reply(200, &[("odata-version", "4.0")], Some(page))
}

/// A salesOrder: dates without a value are of the year one, the company's own currency is empty.
fn resource(document: &Document) -> Value {
    let number = format!("S-ORD{}", document.number);
    let id = format!("b6f4017a-0000-4000-8000-{:012}", document.number);
    json!({
        "@odata.etag": format!("W/\"{}\"", document.number), "id": id, "number": number,
        "externalDocumentNumber": document.order.as_deref().unwrap_or_default(),
        "orderDate": "2026-03-02", "postingDate": "2026-03-02", "requestedDeliveryDate": "0001-01-01",
        "customerNumber": "C01002", "currencyCode": "", "pricesIncludeTax": false,
        "totalAmountExcludingTax": 62.68, "totalTaxAmount": 0, "totalAmountIncludingTax": 62.68, "fullyShipped": false,
        "status": if document.number.is_multiple_of(2) { "Open" } else { "Draft" },
        "lastModifiedDateTime": document.changed_at.to_string(),
        "salesOrderLines": [
            {"documentId": id, "sequence": 10000, "lineType": "Item", "lineObjectNumber": "1896-S", "quantity": 1, "amountIncludingTax": 62.68},
        ],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_bigcommerce_s_orders_into_business_central() {
    let key = |place: u64| (FIRST + place).to_string();
    let turns: [(u64, &[Turn]); 8] = [
        (3, &[Turn::Refuse(Refusal::UnknownItem)]),
        (4, &[Turn::Refuse(Refusal::NoCustomer)]),
        (5, &[Turn::Refuse(Refusal::TaxSetup)]),
        (6, &[Turn::Refuse(Refusal::Locked)]),
        (7, &[Turn::Refuse(Refusal::Throttled)]),
        (8, &[Turn::CommitUnanswered]),
        (9, &[Turn::Commit, Turn::Refuse(Refusal::Duplicate)]),
        (10, &[Turn::Refuse(Refusal::ThrottledToo)]),
    ];
    let script = turns.map(|(place, turns)| (key(place), turns));
    let gated = Erp::start(BusinessCentral, &script.each_ref().map(|(key, turns)| (key.as_str(), *turns))).await;
    let refused = [3, 4, 5].map(key);
    let legacy = Erp::start(Legacy(json!({"rows": [{"item": "1896-S", "units": 1}], "sum": "62.6800", "money": "EUR"})), &refused.each_ref().map(|key| (key.as_str(), REFUSED))).await;
    let at = gated.addr;
    let lane = format!(
        r#"profile = "business-central"
url = "http://{at}"

[lane.gated.poll]
base = "http://{at}{COMPANY}"
every = "200ms"
whole_every = "300ms"
overlap = "2s"
auth = {{ token_url = "http://{at}{TOKEN_PATH}", client_id = "8f0c4f57-0000-4000-8000-51d1a3b6c2de", client_secret = "env:BC_SECRET", in_form = true, scope = "https://api.businesscentral.dynamics.com/.default" }}

[lane.gated.document]
currency_else = "EUR"

[lane.legacy.document]
lines = "/goods/rows"
sku = "/item"
quantity = "/units"
total = "/goods/sum"
currency = "/goods/money"
"#
    );
    let env = |name: &str| (name == "BC_SECRET").then(|| "bc~s3cret & more".to_owned());
    let run = Run::begin("profile = \"bigcommerce\"", legacy.addr, &lane, &env).await;
    for place in 1..=ORDERS {
        assert_eq!(bigcommerce(run.tee(), FIRST + place).await, 200);
    }
    assert_eq!(bigcommerce(run.tee(), FIRST + 9).await, 200);

    let clean = run.settled(ORDERS, |now| now.decision == Decision::Go).await;
    let gated_has = |fate| count(&clean, Lane::Gated, fate);
    assert_eq!((gated_has(Fate::Committed), gated_has(Fate::Rejected)), (ORDERS - 4, 3), "{}", tell(&clean));
    assert_eq!(gated_has(Fate::Recovered), 1, "{}", tell(&clean));
    assert_eq!(clean.run.counts.redelivered, 1, "{:?}", clean.run.counts);

    the_answers_are_read_as_business_central_means_them(&run, &gated);
    assert_eq!(gated.books.counted("refused token"), 1);
    assert!(gated.books.counted("later page") > 1, "it was throttled in mid-reading, and went on");

    // Somebody deletes an order: there is no other way to cancel one. Its document has no commit time, so only whole
    // readings show that it is gone.
    gated.books.delete(gated.books.of(&key(11)).unwrap().number);
    let deleted = run.settled(ORDERS, |now| count(now, Lane::Gated, Fate::Vanished) == 1).await;
    assert_eq!(deleted.decision, Decision::NoGo);
    let lost = deleted.gates.iter().find(|gate| gate.name == GateName::NoLostOrders).unwrap();
    assert_eq!(lost.status, Decision::NoGo, "{}", tell(&deleted));
    run.stop().await;
}

fn the_answers_are_read_as_business_central_means_them(run: &Run, erp: &Erp) {
    let key = |place: u64| (FIRST + place).to_string();
    let number = |place| vec![format!("S-ORD{}", erp.books.of(&key(place)).unwrap().number)];
    for place in [1, 6, 7, 9, 10] {
        assert_eq!(run.gated(&key(place)), (Fate::Committed, number(place)), "{place}");
    }
    assert_eq!(run.gated(&key(8)), (Fate::Recovered, number(8)));
    run.tells(&key(3), &["rejected, unknown_sku (Internal_InvalidTableRelation)"]);
    run.tells(&key(4), &["rejected, customer (Application_DialogException)"]);
    run.tells(&key(5), &["rejected, tax (Application_FieldValidationException)"]);
    run.tells(&key(6), &["answered 409", ": not now", "answered 201", "committed as S-ORD"]);
    run.tells(&key(7), &["answered 429", ": not now, again after 1", "answered 201", "committed as S-ORD"]);
    run.tells(&key(8), &["answered 504", ": unknown until the ledger is read", "parity  matched"]);
    run.tells(&key(9), &["answered 201", "duplicate, an earlier send was taken"]);
    run.tells(&key(9), &["received, create, event 0", "received, create, event 0", "redelivered"]);
    run.tells(&key(10), &["answered 503", "again after an unknown answer", "answered 201"]);
    let sends = [8, 9, 10].map(|place| erp.books.sends(&key(place)));
    assert_eq!(sends, [1, 2, 2], "what was committed is not sent again");

    let reader = Reader::open(&run.journal()).unwrap();
    let sql = "SELECT count(*) FROM outcome WHERE kind = ?1 AND lane = 'gated'";
    let allocated = [OutcomeKind::Allocated.as_str()];
    let allocated: isize = reader.connection().query_row(sql, allocated, |row| row.get(0)).unwrap();
    let documents = erp.books.changed_since(jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(allocated as usize, documents.iter().filter(|document| document.number.is_multiple_of(2)).count());
}
