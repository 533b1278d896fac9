//! The ERP: numbers, idempotency by its caller, pages, broken pages, a clock that is off.

mod faults;
mod limits;
mod stock;

use std::num::NonZeroUsize;

use hyper::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::super::erp::{
    self, Breakage, Erp, ErpPlan, IDEMPOTENCY_KEY, Limit, LimitAnswer, ROLL_BACK, StockPlan, Surroundings,
};
use super::super::truth::Moments;
use super::super::{Teller, Truth};
use super::*;
use crate::order::OrderKey;

struct Desk {
    erp: Erp,
    caller: Caller,
    truth: Truth,
    /// What is told waits in it, since nobody listens.
    teller: Teller,
    end: CancellationToken,
    _guard: tokio_util::sync::DropGuard,
}

/// An ERP behind the gated lane. The order at a position has the position for its key.
async fn open(plan: &ErpPlan) -> Desk {
    let end = CancellationToken::new();
    let truth = Truth::default();
    let (teller, _telling) = Teller::start(end.clone());
    let around = Surroundings { lane: Lane::Gated, teller: teller.clone(), truth: truth.clone() };
    let erp = erp::start(plan, |number| key(&number.to_string()), around, end.clone()).await.unwrap();
    Desk { erp, caller: Caller::new(), truth, teller, _guard: end.clone().drop_guard(), end }
}

fn key(text: &str) -> OrderKey {
    OrderKey::new(text).unwrap()
}

impl Desk {
    async fn post(&self, external_id: &str, header: Option<HeaderName>) -> (StatusCode, Value) {
        let line = json!({ "sku": "A", "quantity": 1, "price": "9.90" });
        let order = json!({ "external_id": external_id, "currency": "EUR", "total": "9.90", "lines": [line] });
        let answer = self.ask(&order, header).await.unwrap();
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    /// A call that can be left alone.
    fn ask(
        &self,
        order: &Value,
        header: Option<HeaderName>,
    ) -> impl Future<Output = Result<Answered, CallError>> + use<> {
        let headers = header.map(|name| (name, HeaderValue::from_static("k"))).into_iter().collect();
        let uri = format!("http://{}/orders", self.erp.running.addr).parse().unwrap();
        let (caller, body) = (self.caller.clone(), order.to_string().into());
        async move { caller.post(uri, headers, body, CALL_MAX).await }
    }

    async fn cancel(&self, external_id: &str) -> Answered {
        let uri = format!("http://{}/orders/{external_id}/cancel", self.erp.running.addr).parse().unwrap();
        self.caller.post(uri, Vec::new(), "".into(), CALL_MAX).await.unwrap()
    }

    /// What really happened to an order.
    fn moments(&self, external_id: &str) -> Moments {
        let orders = self.truth.orders(Lane::Gated);
        orders.into_iter().find(|(order, _)| *order == key(external_id)).map(|(_, moments)| moments).unwrap_or_default()
    }

    async fn read(&self, query: &str) -> Result<Answered, CallError> {
        self.caller.get(&format!("http://{}/ledger{query}", self.erp.running.addr), CALL_MAX).await
    }

    async fn page(&self, query: &str) -> Value {
        let answer = self.read(query).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        serde_json::from_slice(&answer.body).unwrap()
    }
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_caller_decides_whether_an_order_may_be_committed_twice() {
    let desk = open(&ErpPlan { first_number: 41, ..ErpPlan::default() }).await;
    for (external_id, header, status, id) in [
        ("a", None, 201, "41"),
        ("a", None, 201, "42"),
        ("b", Some(IDEMPOTENCY_KEY), 201, "43"),
        ("b", Some(IDEMPOTENCY_KEY), 200, "43"),
        ("c", Some(ROLL_BACK), 201, "44"),
        ("d", None, 201, "45"),
    ] {
        let (found, document) = desk.post(external_id, header).await;
        assert_eq!((found.as_u16(), document["id"].as_str().unwrap()), (status, id), "{external_id}");
    }
    let tally = tally(&desk.erp.documents());
    assert_eq!(tally, [("a".to_owned(), 2), ("b".to_owned(), 1), ("d".to_owned(), 1)].into());
}

#[tokio::test]
async fn the_ledger_is_read_by_counting_pages_or_by_following_next() {
    let desk = open(&ErpPlan { page_size: 2, ..ErpPlan::default() }).await;
    for external_id in ["a", "b", "c", "d", "e"] {
        desk.post(external_id, None).await;
    }
    for (query, expected) in [
        ("", &["1", "2"][..]),
        ("?page=1", &["1", "2"]),
        ("?page=3", &["5"]),
        ("?page=4", &[]),
        ("?since=1970-01-01T00:00:00Z&page=2", &["3", "4"]),
        ("?since=2999-01-01T00:00:00Z", &[]),
    ] {
        assert_eq!(ids(&desk.page(query).await), expected, "{query}");
    }

    let third = desk.erp.documents()[2].created_at;
    let first = desk.page(&format!("?since={third}")).await;
    assert_eq!(ids(&first), ["3", "4"]);
    let next = desk.caller.get(first["next"].as_str().unwrap(), CALL_MAX).await.unwrap();
    let next: Value = serde_json::from_slice(&next.body).unwrap();
    assert_eq!((ids(&next), &next["next"]), (vec!["5"], &Value::Null));
}

#[tokio::test]
async fn what_the_erp_cannot_read_is_refused() {
    let desk = open(&ErpPlan::default()).await;
    for query in ["?since=yesterday", "?page=-1", "?page=x"] {
        assert_eq!(desk.read(query).await.unwrap().status, StatusCode::BAD_REQUEST, "{query}");
    }
    let uri = format!("http://{}/orders", desk.erp.running.addr).parse().unwrap();
    let answer = desk.caller.post(uri, Vec::new(), "{}".into(), CALL_MAX).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(desk.erp.documents().is_empty());
}

#[tokio::test]
async fn a_page_breaks_until_it_is_mended() {
    let desk = open(&ErpPlan { page_size: 1, broken_page: Some((2, Breakage::Fails)), ..ErpPlan::default() }).await;
    desk.post("a", None).await;
    desk.post("b", None).await;
    assert_eq!(ids(&desk.page("?page=1").await), ["1"]);
    assert_eq!(desk.read("?page=2").await.unwrap().status, StatusCode::INTERNAL_SERVER_ERROR);
    desk.erp.break_ledger(2, Breakage::Cut);
    assert!(matches!(desk.read("?page=2").await, Err(CallError::Connection(_))));
    desk.erp.mend_ledger();
    assert_eq!(ids(&desk.page("?page=2").await), ["2"]);
}

#[tokio::test]
async fn a_clock_that_is_off_shows_in_commits_and_in_date() {
    for hours in [-5, 3] {
        let offset = SignedDuration::from_hours(hours);
        let desk = open(&ErpPlan { clock_offset: offset, ..ErpPlan::default() }).await;
        desk.post("a", None).await;
        let answer = desk.read("").await.unwrap();
        let date = httpdate::parse_http_date(answer.headers["date"].to_str().unwrap()).unwrap();
        let expected = crate::clock::now() + offset;
        for (what, time) in
            [("Date", Timestamp::try_from(date).unwrap()), ("commit", desk.erp.documents()[0].created_at)]
        {
            let apart = expected.duration_since(time).abs();
            assert!(apart < SignedDuration::from_mins(1), "{what} is {apart} from {expected}");
        }
    }
}

#[tokio::test]
async fn a_document_shows_the_order_and_can_be_erased() {
    let desk = open(&ErpPlan::default()).await;
    desk.post("820982911946154508", None).await;
    let page = desk.page("").await;
    let item = &page["items"][0];
    for (field, expected) in [
        ("id", json!("1")),
        ("external_id", json!("820982911946154508")),
        ("status", json!("open")),
        ("currency", json!("EUR")),
        ("total", json!("9.90")),
        ("lines", json!([{ "sku": "A", "quantity": 1, "price": "9.90" }])),
    ] {
        assert_eq!(item[field], expected, "{field}");
    }
    assert!(desk.erp.erase("1"));
    assert_eq!(ids(&desk.page("").await), Vec::<&str>::new());
}
