//! The marketplace over real sockets: feeds, what they lead to on either lane, and who is told of them.

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::super::erp::{self, Channel, Erp, ErpPlan, SalesLine, SalesOrder, StockPlan, Surroundings};
use super::super::market::{self, ErpView, MarketPlan, Marketplace, ShopView, StockView};
use super::super::storefront::StockCache;
use super::super::{Teller, Truth};
use super::*;
use crate::order::OrderKey;

/// Units of each article.
const STOCK: u32 = 40;

/// What never comes within a test.
const NEVER: Duration = Duration::from_secs(3_600);

/// The ERP and the marketplace of a lane.
struct Stall {
    erp: Erp,
    market: Marketplace,
    cache: Arc<StockCache>,
    truth: Truth,
    teller: Teller,
    end: CancellationToken,
    _guard: DropGuard,
}

async fn stall(lane: Lane, plan: &MarketPlan) -> Stall {
    let end = CancellationToken::new();
    let stock = StockPlan { each: STOCK, ..StockPlan::default() };
    let truth = Truth::default();
    let (teller, _telling) = Teller::start(end.clone());
    let around = Surroundings { lane, teller: teller.clone(), truth: truth.clone() };
    let erp_plan = ErpPlan { stock: Some(stock.clone()), ..ErpPlan::default() };
    let erp = erp::start(&erp_plan, |number| shop().key_of(number), around.clone(), end.clone()).await.unwrap();
    let cache = Arc::new(StockCache::default());
    let view: Arc<dyn StockView> = match lane {
        Lane::Legacy => Arc::new(ShopView::new(Arc::clone(&cache), Some(&stock), plan)),
        Lane::Gated => Arc::new(ErpView::new(erp.back_office(), plan)),
    };
    let market = market::start(plan, erp.back_office(), view, around, end.clone()).await.unwrap();
    Stall { erp, market, cache, truth, teller, _guard: end.clone().drop_guard(), end }
}

impl Stall {
    /// An order at the storefront, which its ERP has at once.
    fn place(&self, number: u64, sku: &str, units: u32) -> OrderKey {
        let key = shop().key_of(number);
        self.cache.deduct(key.clone(), [(sku, units)]);
        let lines = vec![SalesLine { sku: Some(sku.to_owned()), quantity: units, price: "1.00".to_owned() }];
        self.erp.commit(SalesOrder { external_id: key.clone(), currency: "EUR".into(), total: "1.00".into(), lines });
        key
    }

    fn is_fed(&self, lane: Lane, key: &OrderKey) -> bool {
        self.truth.orders(lane).iter().any(|(order, moments)| order == key && moments.fed.is_some())
    }

    async fn feed(&self, path: &str, body: &Value) -> Answered {
        let uri = format!("http://{}{path}", self.market.addr()).parse().unwrap();
        Caller::new().post(uri, Vec::new(), body.to_string().into(), CALL_MAX).await.unwrap()
    }
}

#[tokio::test]
async fn on_the_same_demand_legacys_view_oversells_and_the_erps_does_not() {
    // With half the stock as buffer no feed can be late by more than that, however slow the machine is: what a feed has
    // not seen yet is at most what was shown, which is the other half.
    let plan = MarketPlan {
        sales: 600,
        over: Duration::from_secs(1),
        publish_every: Duration::from_millis(5),
        effect_after: Duration::ZERO,
        buffer: STOCK / 2,
        ..MarketPlan::default()
    };
    let mut wanted = Vec::new();
    for lane in [Lane::Legacy, Lane::Gated] {
        let stall = stall(lane, &plan).await;
        let key = stall.place(1, &plan.skus[0], 5);
        assert_eq!((stall.market.publications(), stall.market.sold_units()), (0, 0), "it is not open yet");
        stall.market.open();
        stall.market.served().await;
        until("a publication with the order", async || stall.is_fed(lane, &key)).await;
        let oversold = stall.erp.oversold_units();
        match lane {
            Lane::Legacy => assert!(oversold > 0, "each feed offers anew what is sold already"),
            Lane::Gated => {
                assert_eq!(oversold, 0, "{:?}", stall.erp.available());
                assert!(stall.market.refused_units() > 0, "more is wanted than there is");
            }
        }
        let documents = stall.erp.documents();
        let sold = documents.iter().filter(|document| document.channel == Channel::Marketplace);
        let sold: u32 = sold.flat_map(|document| &document.lines).map(|line| line.quantity).sum();
        assert_eq!(u64::from(sold), stall.market.sold_units());
        assert!(documents.iter().skip(1).all(|document| document.external_id.as_str().starts_with("MKT-")));
        assert!(sold > 0);
        wanted.push(stall.market.sold_units() + stall.market.refused_units());
        stall.end.cancel();
        stall.market.ended().await;
        stall.erp.ended().await;
    }
    assert_eq!(wanted, [600, 600]);
}

#[tokio::test]
async fn a_feed_replaces_what_is_shown_when_it_takes_effect() {
    for (effect_after, shown) in [(Duration::ZERO, 7), (NEVER, u64::from(STOCK))] {
        let plan = MarketPlan { effect_after, ..MarketPlan::default() };
        let stall = stall(Lane::Legacy, &plan).await;
        let sku = plan.skus[1].as_str();
        let answer = stall.feed("/feed", &json!({ "quantities": { sku: 7 } })).await;
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, body), (StatusCode::ACCEPTED, json!({ "feed_id": "F1" })));
        let all = stall.market.shown();
        assert_eq!((all[sku], all[&plan.skus[0]]), (shown, u64::from(STOCK)), "in effect after {effect_after:?}");
        for (path, body, status) in [
            ("/feed", json!({ "quantities": { sku: -1 } }), 400),
            ("/feed", json!({}), 400),
            ("/feeds", json!({}), 404),
        ] {
            assert_eq!(stall.feed(path, &body).await.status.as_u16(), status, "{path} {body}");
        }
        assert_eq!(stall.market.publications(), 1);
    }
}

#[tokio::test]
async fn a_publication_is_told_once_for_each_order_that_it_newly_counts_with() {
    let plan = MarketPlan {
        publish_every: Duration::from_millis(2),
        skus: vec!["A".to_owned()],
        buffer: 10,
        effect_after: Duration::ZERO,
        ..MarketPlan::default()
    };
    for (lane, shown, facts) in [(Lane::Legacy, 0, 3), (Lane::Gated, 0, 2)] {
        let stall = stall(lane, &plan).await;
        let first = stall.place(1, "A", 30);
        let waiting = stall.place(2, "A", 20);
        stall.market.open();
        until("a publication", async || stall.is_fed(lane, &first)).await;
        let published = stall.market.publications();
        until("two more", async || stall.market.publications() >= published + 2).await;
        // The ERP has no goods for the second order. Legacy publishes that it counts with it all the same.
        assert_eq!(stall.is_fed(lane, &waiting), lane == Lane::Legacy);
        assert_eq!(stall.market.shown()["A"], shown, "never below zero");
        assert_eq!(stall.teller.waiting(), facts, "one allocation, and feeds with what they newly count with");
    }
}

#[tokio::test]
async fn it_ends_with_its_token_whether_or_not_it_ever_opened() {
    for opens in [false, true] {
        let plan = MarketPlan { sales: 100, over: NEVER, ..MarketPlan::default() };
        let stall = stall(Lane::Gated, &plan).await;
        if opens {
            stall.market.open();
        }
        stall.end.cancel();
        stall.market.served().await;
        let addr = stall.market.addr();
        stall.market.ended().await;
        assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    }
}
