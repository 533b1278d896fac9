//! A marketplace that sells the same articles elsewhere, by the quantities that a lane publishes to it. There is one for
//! each lane, with the same demand, so that what the lanes publish can be compared.
//!
//! | request | answer |
//! | --- | --- |
//! | `POST /feed` `{"quantities":{"SKU":units}}` | 202 `{"feed_id":"F1"}`, in effect some time later; 429 when too many wait |
//!
//! What it sells becomes a sales order of its lane's ERP, whether or not that has the goods: it knows the feeds only.

mod demand;
mod listing;
mod plan;
mod publisher;
mod till;
mod view;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::listing::{Listing, Quantities, TooManyFeeds};
pub use self::plan::MarketPlan;
use self::publisher::Publisher;
use self::till::Till;
pub use self::view::{ErpView, ShopView, StockView};
use super::erp::{BackOffice, Surroundings};
use super::http::{self, Received, Reply, Running, System, json, refusal};
use crate::clock;

/// A running marketplace. It ends when its token is cancelled.
#[derive(Debug)]
pub struct Marketplace {
    running: Running,
    state: Arc<State>,
    stage: watch::Sender<Stage>,
    tasks: TaskTracker,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Closed,
    Open,
    Served,
}

#[derive(Debug)]
struct State {
    effect_after: SignedDuration,
    listing: Mutex<Listing>,
}

/// What a lane publishes.
#[derive(Deserialize)]
struct Feed {
    quantities: Quantities,
}

/// Starts the marketplace of a lane, in front of its `erp`, that ends with `end`. It shows what `view` has now; demand
/// and publications begin when it opens.
///
/// # Errors
/// When no port can be had.
pub async fn start(
    plan: &MarketPlan,
    erp: BackOffice,
    view: Arc<dyn StockView>,
    around: Surroundings,
    end: CancellationToken,
) -> io::Result<Marketplace> {
    let state = Arc::new(State {
        effect_after: SignedDuration::try_from(plan.effect_after).unwrap_or(SignedDuration::MAX),
        listing: Mutex::new(Listing::new(publisher::shown(view.quantities()))),
    });
    let running = http::serve(Arc::clone(&state), end.clone()).await?;
    let (stage, tasks) = (watch::Sender::new(Stage::Closed), TaskTracker::new());
    let publisher = Publisher::new(view, around, running.addr);
    let till = Till { state: Arc::clone(&state), erp };
    tasks.spawn(trade(plan.clone(), till, stage.clone(), end.clone()));
    tasks.spawn(publish(publisher, plan.publish_every, stage.subscribe(), end));
    Ok(Marketplace { running, state, stage, tasks })
}

async fn trade(plan: MarketPlan, till: Till, stage: watch::Sender<Stage>, end: CancellationToken) {
    let serving = async {
        opened(&mut stage.subscribe()).await;
        till.serve(demand::demand(&plan)).await;
    };
    let _served = end.run_until_cancelled(serving).await;
    stage.send_replace(Stage::Served);
}

async fn publish(publisher: Publisher, every: Duration, mut stage: watch::Receiver<Stage>, end: CancellationToken) {
    if end.run_until_cancelled(opened(&mut stage)).await.is_some() {
        publisher.run(every, end).await;
    }
}

async fn opened(stage: &mut watch::Receiver<Stage>) {
    // The marketplace that could open it is gone: it ends by its token.
    let _gone = stage.wait_for(|stage| *stage >= Stage::Open).await;
}

impl Marketplace {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.running.addr
    }

    /// Lets customers in, and the lane publish.
    pub fn open(&self) {
        self.stage.send_if_modified(|stage| std::mem::replace(stage, (*stage).max(Stage::Open)) == Stage::Closed);
    }

    /// Waits until all that is wanted was sold or refused, or it has ended.
    pub async fn served(&self) {
        let mut stage = self.stage.subscribe();
        let _ended = stage.wait_for(|stage| *stage == Stage::Served).await;
    }

    /// Units it has sold.
    #[must_use]
    pub fn sold_units(&self) -> u64 {
        self.state.listing().sold_units()
    }

    /// Units that were wanted and not shown.
    #[must_use]
    pub fn refused_units(&self) -> u64 {
        self.state.listing().refused_units()
    }

    /// Feeds it has taken.
    #[must_use]
    pub fn publications(&self) -> u64 {
        self.state.listing().feeds()
    }

    /// Units that it shows now, by SKU.
    #[must_use]
    pub fn shown(&self) -> Quantities {
        self.state.listing().shown(clock::now())
    }

    /// Waits until it has ended.
    pub async fn ended(self) {
        self.running.ended().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl System for State {
    async fn answer(self: Arc<Self>, request: Received) -> Reply {
        if request.method != Method::POST || request.uri.path() != "/feed" {
            return refusal(StatusCode::NOT_FOUND, "NOT_FOUND", "the marketplace has nothing at this address");
        }
        let Feed { quantities } = match serde_json::from_slice(&request.body) {
            Ok(feed) => feed,
            Err(error) => return refusal(StatusCode::BAD_REQUEST, "INVALID_FEED", &error.to_string()),
        };
        let effective_at = clock::now().saturating_add(self.effect_after).unwrap_or(Timestamp::MAX);
        match self.listing().feed(quantities, effective_at) {
            Ok(number) => json(StatusCode::ACCEPTED, format!(r#"{{"feed_id":"F{number}"}}"#)),
            Err(TooManyFeeds) => refusal(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_FEEDS", "too many feeds wait"),
        }
    }
}

impl State {
    fn listing(&self) -> MutexGuard<'_, Listing> {
        self.listing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
