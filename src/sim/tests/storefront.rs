//! The storefront over real sockets: what it sends where, in which order and how often, and what its census, its stock
//! cache and its API say of it.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::super::http::{self, Received, Reply, Running, System, json};
use super::super::shop::{Currency, Curve, Form, Oddity};
use super::super::storefront::{Doors, Storefront, Traded, Way};
use super::*;

/// A request as a lane saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    number: u64,
    topic: Topic,
    ids: Vec<Option<String>>,
    body: Bytes,
}

/// Answers as told, and remembers what it got.
struct Lane {
    storefront: Arc<Storefront>,
    answer: Box<dyn Fn(u64, usize) -> u16 + Send + Sync>,
    seen: Mutex<Vec<Seen>>,
    /// No answer before so many requests came.
    answers_from: usize,
    came: watch::Sender<usize>,
    end: CancellationToken,
}

impl System for Lane {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        let (number, topic) = self.read(&request);
        let ids = ["x-shopify-event-id", "x-shopify-webhook-id"].map(|name| request.header(name).map(str::to_owned));
        let nth = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(Seen { number, topic, ids: ids.into(), body: request.body });
            seen.iter().filter(|seen| (seen.number, seen.topic) == (number, topic)).count()
        };
        self.came.send_modify(|came| *came += 1);
        let mut came = self.came.subscribe();
        tokio::select! {
            () = self.end.cancelled() => {}
            _ = came.wait_for(|came| *came >= self.answers_from) => {}
        }
        json(StatusCode::from_u16((self.answer)(number, nth)).unwrap(), "{}")
    }
}

impl Lane {
    /// What a request tells of which order.
    fn read(&self, request: &Received) -> (u64, Topic) {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let topic = request.header("x-shopify-topic").and_then(Topic::named);
        let topic = topic.or_else(|| Topic::of_scope(body["scope"].as_str()?)).unwrap();
        assert_eq!(request.uri.path(), format!("/webhooks/{}", topic.as_str()));
        let id = body["id"].as_u64().or_else(|| body["data"]["id"].as_u64()).unwrap();
        (self.storefront.shop().number_of(id).unwrap(), topic)
    }
}

/// A storefront, a tee that answers itself, and a live lane.
struct Street {
    storefront: Arc<Storefront>,
    tee: Arc<Lane>,
    live: Arc<Lane>,
    running: Vec<Running>,
    end: CancellationToken,
    doors: Doors,
}

impl Street {
    async fn open(plan: StorefrontPlan, answer: impl Fn(u64, usize) -> u16 + Send + Sync + 'static) -> Self {
        Self::patient(plan, 0, answer).await
    }

    /// The tee answers nothing before so many requests came.
    async fn patient(
        plan: StorefrontPlan,
        answers_from: usize,
        answer: impl Fn(u64, usize) -> u16 + Send + Sync + 'static,
    ) -> Self {
        let (storefront, end) = (Arc::new(Storefront::new(plan)), CancellationToken::new());
        let lane = |answers_from, answer: Box<dyn Fn(u64, usize) -> u16 + Send + Sync>| {
            let (seen, came) = (Mutex::default(), watch::Sender::new(0));
            Arc::new(Lane { storefront: Arc::clone(&storefront), answer, seen, answers_from, came, end: end.clone() })
        };
        let (tee, live) = (lane(answers_from, Box::new(answer)), lane(0, Box::new(|_, _| 200)));
        let tee_running = http::serve(Arc::clone(&tee), end.clone()).await.unwrap();
        let live_running = http::serve(Arc::clone(&live), end.clone()).await.unwrap();
        let base = |running: &Running| format!("http://{}/webhooks", running.addr);
        let doors = Doors { tee: base(&tee_running), live: Some(base(&live_running)) };
        Self { storefront, tee, live, running: vec![tee_running, live_running], end, doors }
    }

    async fn trade(&self) -> Traded {
        let trading = self.storefront.trade(&self.doors, 1..=self.storefront.shop().plan().orders, &self.end);
        tokio::time::timeout(WAIT_MAX, trading).await.expect("the trade ends").unwrap()
    }

    /// The rows of the census, by position.
    fn census(&self) -> BTreeMap<u64, Value> {
        let rows = self.storefront.census();
        let rows = rows.lines().map(|row| serde_json::from_str::<Value>(row).unwrap());
        let number_of = |row: &Value| self.storefront.shop().number_of(row["id"].as_str().unwrap().parse().unwrap());
        rows.map(|row| (number_of(&row).unwrap(), row)).collect()
    }

    async fn close(self) {
        self.end.cancel();
        for running in self.running {
            running.ended().await;
        }
    }
}

impl Lane {
    /// Topics of an order, as they came.
    fn topics(&self, number: u64) -> Vec<Topic> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| seen.number == number).map(|seen| seen.topic).collect()
    }

    fn numbers(&self) -> BTreeSet<u64> {
        self.seen.lock().unwrap().iter().map(|seen| seen.number).collect()
    }
}

/// An address at which nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/webhooks", listener.local_addr().unwrap())
}

const fn ok(_: u64, _: usize) -> u16 {
    200
}

#[tokio::test]
async fn each_oddity_is_seen_as_it_is_planned() {
    use Topic::{Cancel, Create, Paid, Update};
    let oddities = [
        (1, vec![Oddity::Twice]),
        (2, vec![Oddity::UpdateFirst]),
        (3, vec![Oddity::PaidFirst]),
        (4, vec![Oddity::CancelAfter(Duration::from_millis(20))]),
        (5, vec![Oddity::Unsent]),
        (6, vec![Oddity::RoundTheTee]),
        (7, vec![Oddity::Test]),
        (8, vec![Oddity::RoundTheTee, Oddity::Twice]),
    ];
    let plan = StorefrontPlan { orders: 9, oddities: oddities.into(), ..StorefrontPlan::default() };
    let street = Street::open(plan, ok).await;
    let traded = street.trade().await;
    for (number, expected) in [
        (1, vec![Create, Create]),
        (2, vec![Update, Create]),
        (3, vec![Paid, Create]),
        (4, vec![Create, Cancel]),
        (5, vec![]),
        (6, vec![]),
        (7, vec![Create]),
        (8, vec![]),
        (9, vec![Create]),
    ] {
        assert_eq!(street.tee.topics(number), expected, "order {number}");
    }
    assert_eq!((street.live.topics(6), street.live.topics(8)), (vec![Create], vec![Create, Create]));
    assert_eq!(street.live.numbers(), [6, 8].into());
    let (first, second) = {
        let seen = street.tee.seen.lock().unwrap();
        let mut of_first = seen.iter().filter(|seen| seen.number == 1).cloned();
        (of_first.next().unwrap(), of_first.next().unwrap())
    };
    assert_eq!(first, second);
    let told = |number| traded.deliveries.iter().filter(move |told| told.number == number).map(|told| told.topic);
    assert_eq!(told(2).collect::<Vec<_>>(), [Update, Create]);
    assert!(traded.deliveries.iter().all(|told| matches!(told.answer, Ok(200)) && told.sends == 1));
    assert_eq!(traded.deliveries.iter().filter(|told| told.way == Way::Round).count(), 3);
    assert_eq!(*street.storefront.placed().borrow(), 9);

    let census = street.census();
    assert_eq!(census.keys().copied().collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
    for (number, row) in census {
        assert_eq!(row["test"], number == 7, "{row}");
        assert_eq!(row["cancelled_at"].is_string(), number == 4, "{row}");
    }
    assert_eq!(street.storefront.stock().placed_since().len(), 9);
    street.close().await;
}

#[tokio::test]
async fn a_webhook_is_delivered_again_by_the_schedule_until_it_is_taken() {
    let plan = StorefrontPlan {
        orders: 3,
        redeliver_after: vec![Duration::from_millis(1), Duration::from_millis(2)],
        follow_ups: [(2, Topic::Update)].into(),
        ..StorefrontPlan::default()
    };
    // The first is taken at once, the second the second time, the third never.
    let street = Street::open(plan, |number, nth| if number == 1 || (number, nth) == (2, 2) { 201 } else { 500 }).await;
    let traded = street.trade().await;
    let told =
        traded.deliveries.iter().map(|told| (told.number, told.topic, *told.answer.as_ref().unwrap(), told.sends));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (1, Topic::Create, 201, 1),
            (2, Topic::Create, 201, 2),
            (2, Topic::Update, 201, 2),
            (3, Topic::Create, 500, 3)
        ]
    );
    let seen = street.tee.seen.lock().unwrap().clone();
    let third: Vec<_> = seen.iter().filter(|seen| seen.number == 3).collect();
    assert!(third.len() == 3 && third.iter().all(|seen| *seen == third[0]), "{third:?}");
    assert!(third[0].ids.iter().all(Option::is_some));
    assert_eq!(*street.storefront.placed().borrow(), 3);
    street.close().await;
}

#[tokio::test]
async fn nothing_is_delivered_again_unless_planned() {
    let street = Street::open(StorefrontPlan { orders: 3, ..StorefrontPlan::default() }, |_, _| 500).await;
    let traded = street.trade().await;
    assert_eq!(traded.deliveries.len(), 3);
    assert!(traded.deliveries.iter().all(|told| matches!(told.answer, Ok(500)) && told.sends == 1));
    street.close().await;
}

#[tokio::test]
async fn an_order_that_waits_for_its_redelivery_holds_up_no_other() {
    let plan = StorefrontPlan {
        orders: 20,
        concurrency: NonZeroUsize::MIN,
        redeliver_after: vec![Duration::from_secs(3_600)],
        ..StorefrontPlan::default()
    };
    let street = Street::open(plan, |number, _| if number == 1 { 503 } else { 200 }).await;
    let mut placed = street.storefront.placed();
    let others = async {
        placed.wait_for(|placed| *placed == 19).await.unwrap();
        street.end.cancel();
    };
    let (traded, ()) = tokio::join!(street.trade(), others);
    assert_eq!(traded.deliveries.iter().map(|told| told.number).collect::<Vec<_>>(), (2..=20).collect::<Vec<_>>());
    street.close().await;
}

#[tokio::test]
async fn an_answer_that_is_too_late_is_none() {
    let plan = StorefrontPlan {
        orders: 1,
        answer_within: Duration::from_millis(20),
        redeliver_after: vec![Duration::ZERO],
        ..StorefrontPlan::default()
    };
    let street = Street::patient(plan, usize::MAX, ok).await;
    let traded = street.trade().await;
    let [told] = &traded.deliveries[..] else { panic!("one order") };
    assert!(matches!(told.answer, Err(CallError::TimedOut)) && told.sends == 2, "{told:?}");
    assert_eq!(street.tee.topics(1), [Topic::Create, Topic::Create]);
    street.close().await;
}

#[tokio::test]
async fn orders_are_placed_when_they_are_due_whatever_the_answers_take() {
    let curve = Curve::Steady { over: Duration::from_millis(40) };
    let plan = StorefrontPlan { orders: 20, curve, ..StorefrontPlan::default() };
    // Nobody is answered before the last has ordered.
    let street = Street::patient(plan, 20, ok).await;
    let traded = street.trade().await;
    assert_eq!(traded.deliveries.iter().filter(|told| matches!(told.answer, Ok(200))).count(), 20);
    assert!(traded.took >= Duration::from_millis(40), "{:?}", traded.took);
    street.close().await;
}

#[tokio::test]
async fn lateness_is_told_where_orders_have_a_time() {
    let over = Duration::from_millis(10);
    for (curve, late) in [(Curve::Steady { over }, true), (Curve::AtOnce, false)] {
        // The only connection is busy until the first answer is given up.
        let (concurrency, answer_within) = (NonZeroUsize::MIN, Duration::from_millis(60));
        let plan = StorefrontPlan { orders: 2, curve, concurrency, answer_within, ..StorefrontPlan::default() };
        let street = Street::patient(plan, usize::MAX, ok).await;
        let traded = street.trade().await;
        assert_eq!(traded.lateness_max >= Duration::from_millis(50), late, "{curve:?}: {:?}", traded.lateness_max);
        street.close().await;
    }
}

#[tokio::test]
async fn when_the_tee_is_down_orders_bypass_it_if_planned() {
    for bypass in [true, false] {
        let street = Street::open(StorefrontPlan { orders: 5, bypass, ..StorefrontPlan::default() }, ok).await;
        let doors = Doors { tee: nobody().await, ..street.doors.clone() };
        let traded =
            street.storefront.trade(&doors, 1..=street.storefront.shop().plan().orders, &street.end).await.unwrap();
        assert_eq!(traded.bypassed, if bypass { 5 } else { 0 });
        assert_eq!(street.live.numbers().len(), if bypass { 5 } else { 0 });
        let refused = |answer: &Result<u16, CallError>| answer.as_ref().is_err_and(CallError::is_refused);
        assert!(traded.deliveries.iter().all(|told| refused(&told.answer) != bypass), "{traded:?}");
        assert!(traded.deliveries.iter().all(|told| (told.way == Way::Bypass) == bypass));
        street.close().await;
    }
}

#[tokio::test]
async fn a_plan_that_needs_the_live_lane_says_so() {
    let doors = Doors { tee: nobody().await, live: None };
    for (bypass, oddities) in [(true, vec![]), (false, vec![Oddity::RoundTheTee])] {
        let plan = StorefrontPlan { bypass, oddities: [(1, oddities)].into(), ..StorefrontPlan::default() };
        assert!(Storefront::new(plan).trade(&doors, 1..=1, &CancellationToken::new()).await.is_err());
    }
}

#[tokio::test]
async fn early_orders_are_placed_straight_at_the_live_lane() {
    let street = Street::open(StorefrontPlan { orders: 4, early: 3, ..StorefrontPlan::default() }, ok).await;
    let live = street.doors.live.as_deref().unwrap();
    let early = street.storefront.place_early(live, &street.end).await.unwrap();
    assert_eq!(
        early.iter().map(|told| (told.number, told.way)).collect::<Vec<_>>(),
        [5, 6, 7].map(|it| (it, Way::Round))
    );
    assert_eq!(*street.storefront.placed().borrow(), 0);
    assert_eq!(street.census().into_keys().collect::<Vec<_>>(), [5, 6, 7]);
    street.trade().await;
    assert_eq!((street.live.numbers(), street.tee.numbers()), ([5, 6, 7].into(), [1, 2, 3, 4].into()));
    assert_eq!(street.census().into_keys().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    street.close().await;
}

#[tokio::test]
async fn an_order_is_fetched_after_a_thin_webhook() {
    let currencies = vec![Currency::Usd, Currency::Jpy, Currency::Kwd];
    let oddities = [(2, vec![Oddity::CancelAfter(Duration::ZERO)])].into();
    let plan = StorefrontPlan { orders: 6, form: Form::Thin, currencies, oddities, ..StorefrontPlan::default() };
    let mut street = Street::open(plan, ok).await;
    let api = street.storefront.serve_api(street.end.clone()).await.unwrap();
    let addr = api.addr;
    street.running.push(api);
    street.trade().await;
    assert_eq!(street.tee.topics(2), [Topic::Create, Topic::Cancel]);
    let census = street.census();
    let seen = street.tee.seen.lock().unwrap().clone();
    for seen in seen {
        let thin: Value = serde_json::from_slice(&seen.body).unwrap();
        assert_eq!(seen.ids, [None, None]);
        let answer =
            Caller::new().get(&format!("http://{addr}/orders/{}", thin["data"]["id"]), CALL_MAX).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK);
        let order: Value = serde_json::from_slice(&answer.body).unwrap();
        let row = &census[&seen.number];
        assert_eq!(order["id"].to_string(), row["id"].as_str().unwrap());
        for field in ["name", "created_at", "total_price", "currency", "test", "cancelled_at"] {
            assert_eq!(order[field], row[field], "order {}, {field}", seen.number);
        }
        assert_eq!(order["cancelled_at"].is_string(), seen.number == 2);
    }
    for unknown in ["orders/1", "orders/", "orders/x", ""] {
        let answer = Caller::new().get(&format!("http://{addr}/{unknown}"), CALL_MAX).await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    street.close().await;
}

#[tokio::test]
async fn the_census_holds_exactly_what_was_placed() {
    let curve = Curve::FlashSale { over: Duration::from_secs(36_000) };
    let street = Street::open(StorefrontPlan { orders: 100, curve, ..StorefrontPlan::default() }, ok).await;
    let mut placed = street.storefront.placed();
    let closing = async {
        placed.wait_for(|placed| *placed == 1).await.unwrap();
        street.end.cancel();
    };
    let (traded, ()) = tokio::join!(street.trade(), closing);
    assert_eq!(traded.deliveries.len(), 1);
    assert_eq!(street.census().into_keys().collect::<Vec<_>>(), [1]);
    assert_eq!(street.storefront.stock().placed_since(), [street.storefront.shop().key_of(1)]);
    street.close().await;
}

#[tokio::test]
async fn the_same_seed_tells_the_same() {
    let mut all = BTreeSet::new();
    for seed in [1, 1, 2] {
        let currencies = vec![Currency::Eur, Currency::Jpy];
        let curve = Curve::FlashSale { over: Duration::from_millis(30) };
        let plan = StorefrontPlan { seed, orders: 50, currencies, curve, ..StorefrontPlan::default() };
        let street = Street::open(plan, ok).await;
        street.trade().await;
        let mut bodies: Vec<Bytes> = street.tee.seen.lock().unwrap().iter().map(|seen| seen.body.clone()).collect();
        bodies.sort();
        all.insert((bodies, street.storefront.census(), street.storefront.stock().units_sold()));
        street.close().await;
    }
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn orders_are_placed_at_the_rate_and_followed_up() {
    let plan = StorefrontPlan {
        orders: 20,
        curve: Curve::Every(Duration::from_millis(5)),
        follow_ups: [(3, Topic::Cancel), (5, Topic::Update)].into(),
        ..StorefrontPlan::default()
    };
    let street = Street::open(plan, ok).await;
    let traded = street.trade().await;
    assert!(traded.took >= Duration::from_millis(95), "20 orders took {:?}", traded.took);
    let told: Vec<(u64, Topic)> = traded.deliveries.iter().map(|told| (told.number, told.topic)).collect();
    assert_eq!(told.len(), 22);
    assert_eq!(told[2..6], [(3, Topic::Create), (3, Topic::Cancel), (4, Topic::Create), (5, Topic::Create)]);
    street.close().await;
}
