//! WooCommerce's orders into SAP S/4HANA: API_SALES_ORDER_SRV (OData V2) behind the gated path and as its ledger, with a
//! communication user's password. Shapes follow the service's metadata.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paritee::journal::Reader;
use paritee::judge::{Decision, Fate};
use paritee::outcome::{Lane, OutcomeKind, Signature};
use serde_json::{Value, json};

use super::erp::{Asked, Books, Document, Erp, Refusal, Turn, Vendor, reply, time};
use super::run::{Legacy, REFUSED, Run, count, order_of, tell};
use super::shop::{SECRET, woocommerce, woocommerce_ping};

/// Orders are numbered from here.
const FIRST: u64 = 5201;
const ORDERS: u64 = 24;
const SERVICE: &str = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder";

struct S4;

impl Vendor for S4 {
    fn answer(&self, books: &Books, asked: &Asked) -> Response {
        if asked.uri.path() == SERVICE { entity_set(books, asked) } else { sales_order(books, asked) }
    }
}

/// A deep insert: 201 with the entity. What isn't made is told by message class and number.
fn sales_order(books: &Books, asked: &Asked) -> Response {
    let order = order_of(asked).unwrap();
    let created = |document: &Document| reply(201, &[], Some(json!({"d": entity(document)})));
    match books.turn(&order) {
        Turn::Refuse(refusal) => refused(refusal),
        // The service itself knows no repeat: the integration in front of it finds the order it has made.
        Turn::Repeat => created(&books.of(&order).unwrap()),
        Turn::CommitUnanswered => {
            books.commit(Some(order));
            reply(500, &[], Some(error("/IWFND/CM_MGW/096", "An internal error has occurred")))
        }
        Turn::Commit | Turn::Job => created(&books.commit(Some(order))),
    }
}

fn refused(refusal: Refusal) -> Response {
    let (code, text) = match refusal {
        Refusal::Locked => ("VL/045", "Der Verkaufsbeleg 4001 wird gerade vom Benutzer INTEGRATION bearbeitet"),
        Refusal::UnknownItem => ("V1/382", "Material LAMPE-9 ist für VkOrg 1010, Vertriebsweg 10 nicht definiert"),
        _ => ("V1/320", "Auftraggeber 10300001 ist im Vertriebsbereich nicht angelegt"),
    };
    let status = if matches!(refusal, Refusal::Throttled | Refusal::ThrottledToo) { 429 } else { 400 };
    reply(status, &[], Some(error(code, text)))
}

fn error(code: &str, text: &str) -> Value {
    json!({"error": {"code": code, "message": {"lang": "de", "value": text}, "innererror": {"errordetails": []}}})
}

/// A page of the entity set, or the orders of one name. Says *not now* once in the middle of a reading.
fn entity_set(books: &Books, asked: &Asked) -> Response {
    let basic = format!("Basic {}", STANDARD.encode("PARITEE:c0mm & user"));
    let options = [("$expand", "to_Item"), ("$format", "json")];
    let is_asked_well = options.iter().all(|(name, value)| asked.parameter(name).as_deref() == Some(value));
    if asked.header("authorization") != Some(&basic) || !is_asked_well {
        books.count("bad query");
        return reply(401, &[], None);
    }
    let filter = asked.parameter("$filter").unwrap();
    let results: Vec<Value> = if let Some(name) = quoted(&filter, "PurchaseOrderByCustomer eq '") {
        books.count("look-up");
        books.of(name).iter().map(entity).collect()
    } else {
        let since = time(quoted(&filter, "LastChangeDateTime ge datetimeoffset'").unwrap());
        let number = |name| asked.parameter(name).unwrap().parse::<usize>().unwrap();
        let (top, skip) = (number("$top"), number("$skip"));
        if skip > 0 && books.count("later page") == 1 {
            return reply(429, &[("Retry-After", "1")], Some(error("/IWBEP/CM_V4/028", "Too many requests")));
        }
        books.changed_since(since).iter().skip(skip).take(top).map(entity).collect()
    };
    reply(200, &[("dataserviceversion", "2.0")], Some(json!({"d": {"results": results}})))
}

/// What stands between `from` and the next quote.
fn quoted<'a>(filter: &'a str, from: &str) -> Option<&'a str> {
    filter.strip_prefix(from)?.split('\'').next()
}

/// An A_SalesOrder: amounts are text, days are milliseconds without hours, and what is confirmed stands at the items.
fn entity(document: &Document) -> Value {
    let number = document.number.to_string();
    let uri = format!("https://s4.example.com{SERVICE}('{number}')");
    let day = document.changed_at.as_millisecond() / 86_400_000 * 86_400_000;
    let confirmed = if document.number.is_multiple_of(2) { "4.000" } else { "0.000" };
    json!({
        "__metadata": {"id": uri, "uri": uri, "type": "API_SALES_ORDER_SRV.A_SalesOrderType"},
        "SalesOrder": number, "SalesOrderType": if document.order.is_some() { "WEB" } else { "TA" },
        "SalesOrganization": "1010", "SoldToParty": "10300001",
        "PurchaseOrderByCustomer": document.order.as_deref().unwrap_or_default(),
        "CreationDate": format!("/Date({day})/"),
        "LastChangeDateTime": format!("/Date({}+0000)/", document.changed_at.as_millisecond()),
        "TotalNetAmount": "30.42", "TransactionCurrency": "EUR",
        "OverallSDProcessStatus": "A", "OverallSDDocumentRejectionSts": if document.cancelled { "C" } else { "A" },
        "to_Item": {"results": [{
            "SalesOrder": number, "SalesOrderItem": "10", "Material": "TEA-4", "RequestedQuantity": "4",
            "RequestedQuantityUnit": "PC", "ConfdDelivQtyInOrderQtyUnit": confirmed, "NetAmount": "30.42",
        }]},
    })
}

/// What a user writes of the gated lane and of what is in legacy's documents.
fn lane(at: std::net::SocketAddr) -> String {
    format!(
        r#"profile = "sap-s4"
url = "http://{at}"

[[lane.gated.scope.only]]
pointer = "/SalesOrderType"
equals = ["WEB"]
reason = "other order type"

[lane.gated.poll]
base = "http://{at}"
every = "200ms"
overlap = "2s"
limit = 10
auth = {{ user = "PARITEE", password = "env:SAP_PASSWORD" }}

[lane.legacy.document]
lines = "/goods/rows"
sku = "/item"
quantity = "/units"
currency = "/goods/money"
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_woocommerce_s_orders_into_s4() {
    let key = |place: u64| (FIRST + place).to_string();
    let turns: [(u64, &[Turn]); 6] = [
        (3, &[Turn::Refuse(Refusal::UnknownItem)]),
        (4, &[Turn::Refuse(Refusal::NoCustomer)]),
        (5, &[Turn::Refuse(Refusal::Locked), Turn::Refuse(Refusal::Locked)]),
        (6, &[Turn::Refuse(Refusal::Throttled)]),
        (7, &[Turn::Commit, Turn::Repeat]),
        (8, &[Turn::CommitUnanswered]),
    ];
    let script = turns.map(|(place, turns)| (key(place), turns));
    let gated = Erp::start(S4, &script.each_ref().map(|(key, turns)| (key.as_str(), *turns))).await;
    let refused = [3, 4].map(key);
    let legacy = Erp::start(
        Legacy(json!({"rows": [{"item": "TEA-4", "units": 1}, {"item": "TEA-4", "units": 3.0}], "money": "EUR"})),
        &refused.each_ref().map(|key| (key.as_str(), REFUSED)),
    )
    .await;
    let lane = lane(gated.addr);
    let env = |name: &str| match name {
        "WC_SECRET" => Some(SECRET.to_owned()),
        "SAP_PASSWORD" => Some("c0mm & user".to_owned()),
        _ => None,
    };
    let route = "profile = \"woocommerce\"\nsignature = { secret = \"env:WC_SECRET\" }";
    let run = Run::begin(route, legacy.addr, &lane, &env).await;
    assert_eq!(woocommerce_ping(run.tee()).await, 200);
    for place in 1..=ORDERS {
        let secret = if place == 9 { "another shop's" } else { SECRET };
        assert_eq!(woocommerce(run.tee(), FIRST + place, 1, secret).await, 200);
    }
    assert_eq!(woocommerce(run.tee(), FIRST + 7, 2, SECRET).await, 200);
    gated.books.commit_cancelled(Some(key(10)));
    gated.books.commit(None);

    let assessment = run.settled(ORDERS, |now| now.decision == Decision::Go).await;
    let gated_has = |fate| count(&assessment, Lane::Gated, fate);
    assert_eq!((gated_has(Fate::Committed), gated_has(Fate::Rejected)), (ORDERS - 3, 2), "{}", tell(&assessment));
    assert_eq!(gated_has(Fate::Recovered), 1);
    let counts = &assessment.run.counts;
    assert_eq!((counts.received, counts.skipped.get("no_json").copied()), (ORDERS + 2, Some(1)), "{counts:?}");
    assert_eq!(counts.signatures.get(&Signature::Bad), Some(&1), "{counts:?}");

    let number = |place| vec![gated.books.of(&key(place)).unwrap().number.to_string()];
    for place in [1, 5, 6, 7, 9] {
        assert_eq!(run.gated(&key(place)), (Fate::Committed, number(place)), "{place}");
    }
    assert_eq!(run.gated(&key(8)), (Fate::Recovered, number(8)));
    assert_eq!((run.gated(&key(10)).0, run.gated(&key(10)).1.len()), (Fate::Committed, 2));
    // The words are the user's language, and the codes of materials and partners are many: no class is guessed.
    run.tells(&key(3), &["rejected, other (V1/382)"]);
    run.tells(&key(4), &["rejected, other (V1/320)"]);
    run.tells(&key(5), &["answered 400", ": not now", "#2", ": not now", "#3", "answered 201", "committed as "]);
    run.tells(&key(6), &["answered 429", ": not now", "answered 201"]);
    run.tells(&key(7), &["delivery 14580001", "delivery 14580002"]);
    run.tells(&key(10), &["in the ledger", "cancelled"]);
    assert_eq!((gated.books.sends(&key(5)), gated.books.counted("bad query")), (3, 0));
    assert!(gated.books.counted("later page") > 1, "it was throttled in mid-reading, and went on");
    assert_eq!(allocated(&run), gated_orders_that_are_confirmed(&gated));
    run.stop().await;
}

fn gated_orders_that_are_confirmed(gated: &Erp) -> Vec<String> {
    let documents = gated.books.changed_since(jiff::Timestamp::UNIX_EPOCH);
    // One that came by phone is on record as well, to be counted by the reason for which it is set aside.
    let confirmed = documents.into_iter().filter(|document| document.number.is_multiple_of(2));
    confirmed.map(|document| document.number.to_string()).collect()
}

/// The documents whose stock is reserved, as recorded.
fn allocated(run: &Run) -> Vec<String> {
    let reader = Reader::open(&run.journal()).unwrap();
    let sql = "SELECT reference FROM outcome WHERE kind = ?1 AND lane = 'gated' ORDER BY reference";
    let mut select = reader.connection().prepare(sql).unwrap();
    let rows = select.query_map([OutcomeKind::Allocated.as_str()], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}
