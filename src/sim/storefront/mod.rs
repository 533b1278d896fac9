//! The storefront: places orders when they are due, whatever the answers take, and tells of each by webhooks, as
//! often as its plan says. All times are those of the world's clock.

mod agenda;
mod api;
mod book;
mod doors;
mod errand;
mod stock;
mod trading;

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::http::{CallError, Running};
use super::plan::OrderNumber;
use super::shop::{Shop, Topic};
use crate::clock;
use crate::order::OrderKey;
use agenda::Agenda;
use book::Book;
use doors::Routes;
use trading::Trading;

pub use super::shop::{Form, SHOPIFY_REDELIVERIES, StorefrontPlan};
pub use doors::{Doors, Way};
pub use stock::StockCache;

/// What became of one webhook, as the storefront saw it.
#[derive(Debug)]
pub struct Delivery {
    /// The order's position.
    pub number: OrderNumber,
    /// The order's key.
    pub key: OrderKey,
    /// What the webhook told.
    pub topic: Topic,
    /// The status of the last answer, or why there was none.
    pub answer: Result<u16, CallError>,
    /// From the last send to the whole answer.
    pub took: Duration,
    /// How often it was sent.
    pub sends: u32,
    /// The way that the last send took.
    pub way: Way,
}

/// What came of a trade.
#[derive(Debug)]
pub struct Traded {
    /// Every webhook that was answered or given up, by the position of its order; of one order in the order in which
    /// they were sent.
    pub deliveries: Vec<Delivery>,
    /// Sends that the tee refused and the live lane got in its place.
    pub bypassed: u64,
    /// The longest that an order was placed after it was due; zero where orders are placed as fast as answers come.
    pub lateness_max: Duration,
    /// From the opening until every webhook was answered or given up.
    pub took: Duration,
}

/// A storefront: its orders, and what became known of them.
#[derive(Debug)]
pub struct Storefront {
    shop: Shop,
    stock: Arc<StockCache>,
    book: Arc<Book>,
    placed: watch::Sender<u64>,
}

impl Storefront {
    /// A storefront that has not opened yet.
    #[must_use]
    pub fn new(plan: StorefrontPlan) -> Self {
        Self { shop: Shop::new(plan), stock: Arc::default(), book: Arc::default(), placed: watch::Sender::new(0) }
    }

    /// Its orders.
    #[must_use]
    pub const fn shop(&self) -> &Shop {
        &self.shop
    }

    /// How many orders there are whose first webhook is done with, early ones not counted.
    #[must_use]
    pub fn placed(&self) -> watch::Receiver<u64> {
        self.placed.subscribe()
    }

    /// Its local stock cache, from which units are deducted at checkout.
    #[must_use]
    pub fn stock(&self) -> Arc<StockCache> {
        Arc::clone(&self.stock)
    }

    /// Opens: places the orders at these positions, the first at once and the others as far behind it as the curve
    /// has them, and ends when all their webhooks were answered or given up, or `end` is cancelled.
    ///
    /// # Errors
    /// When a door is no address, or the plan needs the live lane's and there is none.
    pub async fn trade(
        &self,
        doors: &Doors,
        numbers: RangeInclusive<OrderNumber>,
        end: &CancellationToken,
    ) -> io::Result<Traded> {
        let plan = self.shop.plan();
        if plan.needs_live() && doors.live.is_none() {
            return Err(io::Error::other("place orders at the live lane: its address is not known"));
        }
        let routes = Routes::new(doors).map_err(io::Error::other)?;
        let agenda = Agenda::new(numbers, Instant::now());
        self.trading(routes).run(agenda, &self.placed, end).await
    }

    /// Places the early orders straight at the live lane's base address, as before there was a tee. Of each only the
    /// first webhook is sent.
    ///
    /// # Errors
    /// When `live` is no address.
    pub async fn place_early(&self, live: &str, end: &CancellationToken) -> io::Result<Vec<Delivery>> {
        let routes = Routes::straight(live).map_err(io::Error::other)?;
        let agenda = Agenda::new(self.shop.plan().early_numbers(), Instant::now());
        // They are none of those that are counted.
        let uncounted = watch::Sender::new(0);
        Ok(self.trading(routes).run(agenda, &uncounted, end).await?.deliveries)
    }

    /// The storefront's own list of what was placed so far, by position: NDJSON, whichever way an order took and
    /// whether or not anybody was told of it.
    #[must_use]
    pub fn census(&self) -> String {
        self.book.census(&self.shop)
    }

    /// Serves the storefront's API on a free port of loopback until `end` is cancelled: `GET /orders/{id}` answers
    /// with the whole order as it stands now.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn serve_api(&self, end: CancellationToken) -> io::Result<Running> {
        api::serve(self.shop.clone(), Arc::clone(&self.book), end).await
    }

    fn trading(&self, routes: Routes) -> Trading {
        let (stock, book) = (Arc::clone(&self.stock), Arc::clone(&self.book));
        Trading { shop: self.shop.clone(), routes, stock, book }
    }
}

/// The moment this long, by the world's clock, after another; `None` when it is beyond all times.
fn after(moment: Instant, wait: Duration) -> Option<Instant> {
    moment.checked_add(clock::real(wait))
}
