//! The storefront: places orders, and tells of each by webhooks, as fast as it is told to.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::Uri;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::http::{CallError, Caller};
use super::plan::OrderNumber;
use super::shop::{Shop, Topic, Webhook};
use crate::order::OrderKey;

/// What a storefront sells, and how fast.
#[derive(Clone, Debug, PartialEq)]
pub struct StorefrontPlan {
    /// What all orders are made from.
    pub seed: u64,
    /// How many orders are placed.
    pub orders: u64,
    /// When the first order is said to be placed.
    pub opened_at: Timestamp,
    /// From one order to the next; zero: as fast as the answers come.
    pub order_every: Duration,
    /// Webhooks that are sent at once, each over its own connection.
    pub concurrency: NonZeroUsize,
    /// How often a webhook is delivered again when the connection fails; whatever was answered is never
    /// delivered again.
    pub redeliveries_max: u32,
    /// How long to wait before that.
    pub redeliver_after: Duration,
    /// What follows an order, after its first webhook was answered: an update or a cancellation.
    pub follow_ups: BTreeMap<OrderNumber, Topic>,
}

impl Default for StorefrontPlan {
    fn default() -> Self {
        Self {
            seed: 1,
            orders: 100,
            opened_at: Timestamp::UNIX_EPOCH,
            order_every: Duration::ZERO,
            concurrency: NonZeroUsize::MIN.saturating_add(7),
            redeliveries_max: 0,
            redeliver_after: Duration::from_millis(100),
            follow_ups: BTreeMap::new(),
        }
    }
}

/// What became of one webhook, as the storefront saw it.
#[derive(Debug)]
pub struct Delivery {
    /// The order's position.
    pub number: OrderNumber,
    /// The order's key.
    pub key: OrderKey,
    /// What the webhook told.
    pub topic: Topic,
    /// The status of the answer, or why there was none.
    pub answer: Result<u16, CallError>,
    /// From the last send to the whole answer.
    pub took: Duration,
    /// How often it was sent.
    pub sends: u32,
}

impl StorefrontPlan {
    /// The shop whose orders these are.
    #[must_use]
    pub fn shop(&self) -> Shop {
        let order_every = SignedDuration::try_from(self.order_every).unwrap_or(SignedDuration::MAX);
        Shop::new(self.seed, self.opened_at, order_every)
    }
}

/// Places all orders of the plan at `base` (such as `http://127.0.0.1:8080/webhooks`) and returns what
/// became of every webhook, by the position of its order. Meanwhile `placed` counts the orders whose first
/// webhook is done with. Ends early when `end` is cancelled.
///
/// # Errors
/// When `base` is no address.
pub async fn trade(
    plan: &StorefrontPlan,
    base: &str,
    placed: &watch::Sender<u64>,
    end: &CancellationToken,
) -> io::Result<Vec<Delivery>> {
    let till = Arc::new(Till {
        plan: plan.clone(),
        shop: plan.shop(),
        addresses: Addresses::below(base).map_err(io::Error::other)?,
        next: AtomicU64::new(1),
        placed: placed.clone(),
        opened: Instant::now(),
    });
    let mut workers = JoinSet::new();
    for _ in 0..plan.concurrency.get() {
        workers.spawn(Arc::clone(&till).work());
    }
    let mut deliveries = Vec::new();
    loop {
        tokio::select! {
            () = end.cancelled() => break,
            done = workers.join_next() => match done {
                Some(done) => deliveries.extend(done.map_err(io::Error::other)?),
                None => break,
            },
        }
    }
    deliveries.sort_by_key(|delivery| delivery.number);
    Ok(deliveries)
}

/// Where webhooks go, by topic.
#[derive(Debug)]
struct Addresses {
    create: Uri,
    update: Uri,
    cancel: Uri,
}

impl Addresses {
    fn below(base: &str) -> Result<Self, hyper::http::uri::InvalidUri> {
        let address = |topic: Topic| format!("{}/{}", base.trim_end_matches('/'), topic.as_str()).parse();
        Ok(Self { create: address(Topic::Create)?, update: address(Topic::Update)?, cancel: address(Topic::Cancel)? })
    }

    fn of(&self, topic: Topic) -> Uri {
        match topic {
            Topic::Create => self.create.clone(),
            Topic::Update => self.update.clone(),
            Topic::Cancel => self.cancel.clone(),
        }
    }
}

/// What all workers share.
#[derive(Debug)]
struct Till {
    plan: StorefrontPlan,
    shop: Shop,
    addresses: Addresses,
    next: AtomicU64,
    placed: watch::Sender<u64>,
    opened: Instant,
}

impl Till {
    /// Takes one order after the other until there are none.
    async fn work(self: Arc<Self>) -> Vec<Delivery> {
        let caller = Caller::new();
        let mut deliveries = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number > self.plan.orders {
                return deliveries;
            }
            self.wait_for(number).await;
            deliveries.push(self.deliver(&caller, number, Topic::Create).await);
            self.placed.send_modify(|placed| *placed += 1);
            if let Some(topic) = self.plan.follow_ups.get(&number) {
                deliveries.push(self.deliver(&caller, number, *topic).await);
            }
        }
    }

    /// Waits until the order is due. Orders keep to the clock, however long the answers take, as far as
    /// there are connections.
    async fn wait_for(&self, number: OrderNumber) {
        let nth = u32::try_from(number - 1).unwrap_or(u32::MAX);
        let due = self.plan.order_every.checked_mul(nth).and_then(|after| self.opened.checked_add(after));
        if let Some(due) = due.filter(|due| *due > self.opened) {
            tokio::time::sleep_until(due).await;
        }
    }

    async fn deliver(&self, caller: &Caller, number: OrderNumber, topic: Topic) -> Delivery {
        let Webhook { key, headers, body } = self.shop.webhook(number, topic);
        let mut sends = 0;
        loop {
            sends += 1;
            let sent = Instant::now();
            let answer = caller.post(self.addresses.of(topic), headers.clone(), body.clone()).await;
            let took = sent.elapsed();
            if answer.is_ok() || sends > self.plan.redeliveries_max {
                let answer = answer.map(|answer| answer.status.as_u16());
                return Delivery { number, key, topic, answer, took, sends };
            }
            tokio::time::sleep(self.plan.redeliver_after).await;
        }
    }
}
