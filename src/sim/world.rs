//! All simulated systems together, and the configuration of a sidecar between them.

use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::erp::{self, Erp, ErpPlan};
use super::gated::{self, Gated, GatedPlan};
use super::legacy::{self, Legacy, LegacyPlan};
use super::market::{self, ErpView, MarketPlan, Marketplace, ShopView, StockView};
use super::plan::OrderNumber;
use super::shop::{Form, Shop};
use super::sidecar::{self, Listening, Places, SidecarPlan};
use super::storefront::{Doors, Storefront, StorefrontPlan, Traded};
use super::{Running, Surroundings, Teller, Truth};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane};

/// Everything about a world.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldPlan {
    /// What is ordered.
    pub storefront: StorefrontPlan,
    /// The fire-and-forget lane.
    pub legacy: LegacyPlan,
    /// The gated lane.
    pub gated: GatedPlan,
    /// The production ERP behind legacy, and the sandbox behind gated.
    pub erps: PerLane<ErpPlan>,
    /// What is sold elsewhere; `None`: nothing.
    pub market: Option<MarketPlan>,
    /// The sidecar between them.
    pub sidecar: SidecarPlan,
}

impl Default for WorldPlan {
    fn default() -> Self {
        Self {
            storefront: StorefrontPlan::default(),
            legacy: LegacyPlan::default(),
            gated: GatedPlan::default(),
            erps: PerLane {
                legacy: ErpPlan { first_number: 500_001, ..ErpPlan::default() },
                gated: ErpPlan { first_number: 1, ..ErpPlan::default() },
            },
            market: None,
            sidecar: SidecarPlan::default(),
        }
    }
}

/// A running world.
#[derive(Debug)]
pub struct World {
    plan: WorldPlan,
    storefront: Storefront,
    api: Option<Running>,
    erps: PerLane<Erp>,
    legacy: Legacy,
    gated: Gated,
    markets: Option<PerLane<Marketplace>>,
    teller: Teller,
    telling: JoinHandle<()>,
    truth: Truth,
    end: CancellationToken,
}

impl World {
    /// Starts all systems but the storefront's traffic.
    ///
    /// # Errors
    /// When a port can't be had.
    pub async fn start(plan: WorldPlan) -> io::Result<Self> {
        let end = CancellationToken::new();
        // A start that fails half-way ends what it has begun.
        let guard = end.clone().drop_guard();
        let storefront = Storefront::new(plan.storefront.clone());
        let (teller, telling) = Teller::start(end.clone());
        let truth = Truth::default();
        let key_of = |number| storefront.shop().key_of(number);
        let behind = |lane| erp::Surroundings { lane, teller: teller.clone(), truth: truth.clone() };
        let production = erp::start(&plan.erps.legacy, key_of, behind(Lane::Legacy), end.clone()).await?;
        let sandbox = erp::start(&plan.erps.gated, key_of, behind(Lane::Gated), end.clone()).await?;
        let api = match plan.storefront.form {
            Form::Thin => Some(storefront.serve_api(end.clone()).await?),
            Form::Whole => None,
        };
        let around = |erp: &Erp| Surroundings {
            erp: erp.running.addr,
            production: Some(production.running.addr),
            storefront: api.as_ref().map(|api| api.addr),
            teller: teller.clone(),
            truth: truth.clone(),
        };
        let legacy = legacy::start(&plan.legacy, around(&production), key_of, end.clone()).await?;
        let gated = gated::start(&plan.gated, around(&sandbox), key_of, end.clone()).await?;
        let erps = PerLane { legacy: production, gated: sandbox };
        let markets = markets(&plan, &storefront, &erps, behind, &end).await?;
        guard.disarm();
        Ok(Self { plan, storefront, api, erps, legacy, gated, markets, teller, telling, truth, end })
    }

    /// The configuration of a sidecar between storefront and lanes, its journal at `journal`. It listens on a free port
    /// of loopback.
    #[must_use]
    pub fn config(&self, journal: &Path) -> String {
        self.config_at(journal, Listening::default())
    }

    /// As [`World::config`], but listening as is said: where it listened before.
    #[must_use]
    pub fn config_at(&self, journal: &Path, listening: Listening) -> String {
        let places = Places {
            lanes: PerLane { legacy: self.legacy.addr(), gated: self.gated.addr() },
            erps: PerLane { legacy: self.erps.legacy.running.addr, gated: self.erps.gated.running.addr },
            listening,
            thin: self.plan.storefront.form == Form::Thin,
            market: self.plan.market.is_some(),
        };
        sidecar::config(&self.plan.sidecar, &self.gated.plan(), &places, journal)
    }

    /// Places all orders at the tee, those that go round it at the legacy integration, and returns what became of
    /// every webhook. With the first order the marketplaces open.
    ///
    /// # Errors
    /// When the storefront breaks down.
    pub async fn trade(&self, tee: SocketAddr) -> io::Result<Traded> {
        self.trade_some(tee, 1..=self.plan.storefront.orders).await
    }

    /// Places the orders at these positions, as [`World::trade`] does all.
    ///
    /// # Errors
    /// When the storefront breaks down.
    pub async fn trade_some(&self, tee: SocketAddr, numbers: RangeInclusive<OrderNumber>) -> io::Result<Traded> {
        for lane in Lane::ALL {
            if let Some(market) = self.market(*lane) {
                market.open();
            }
        }
        let base = |addr: SocketAddr| format!("http://{addr}/webhooks");
        let doors = Doors { tee: base(tee), live: Some(base(self.legacy.addr())) };
        self.storefront.trade(&doors, numbers, &self.end).await
    }

    /// Places the early orders straight at the legacy integration, as before there was a tee.
    ///
    /// # Errors
    /// When the storefront breaks down.
    pub async fn place_early(&self) -> io::Result<()> {
        let live = format!("http://{}/webhooks", self.legacy.addr());
        self.storefront.place_early(&live, &self.end).await.map(|_| ())
    }

    /// Puts another build of the gated integration in the place of the one that runs, behind the same address.
    pub fn deploy(&self, build: &GatedPlan) {
        self.gated.deploy(build);
    }

    /// Lets a lane be down, or up again.
    pub fn lane_down(&self, lane: Lane, is_down: bool) {
        match lane {
            Lane::Legacy => self.legacy.set_down(is_down),
            Lane::Gated => self.gated.set_down(is_down),
        }
    }

    /// How many orders have been placed so far.
    #[must_use]
    pub fn placed(&self) -> watch::Receiver<u64> {
        self.storefront.placed()
    }

    /// The storefront's own list of all orders, as NDJSON.
    #[must_use]
    pub fn census(&self) -> String {
        self.storefront.census()
    }

    /// The plan that it was started with.
    #[must_use]
    pub const fn plan(&self) -> &WorldPlan {
        &self.plan
    }

    /// The key of the order at this position.
    #[must_use]
    pub fn key_of(&self, number: OrderNumber) -> OrderKey {
        self.shop().key_of(number)
    }

    /// All orders that are placed: their keys, by position from 1.
    pub fn orders(&self) -> impl Iterator<Item = (OrderNumber, OrderKey)> + '_ {
        (1..=self.plan.storefront.orders).map(|number| (number, self.key_of(number)))
    }

    /// The shop whose orders are placed.
    #[must_use]
    pub const fn shop(&self) -> &Shop {
        self.storefront.shop()
    }

    /// The ERP behind a lane.
    #[must_use]
    pub const fn erp(&self, lane: Lane) -> &Erp {
        self.erps.get(lane)
    }

    /// The marketplace to which a lane publishes.
    #[must_use]
    pub fn market(&self, lane: Lane) -> Option<&Marketplace> {
        self.markets.as_ref().map(|markets| markets.get(lane))
    }

    /// The fire-and-forget integration.
    #[must_use]
    pub const fn legacy(&self) -> &Legacy {
        &self.legacy
    }

    /// The gated integration.
    #[must_use]
    pub const fn gated(&self) -> &Gated {
        &self.gated
    }

    /// What the systems tell the sidecar by.
    #[must_use]
    pub const fn teller(&self) -> &Teller {
        &self.teller
    }

    /// What really happened.
    #[must_use]
    pub const fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Ends everything, and waits for it.
    pub async fn stop(self) {
        self.end.cancel();
        let Self { erps, legacy, gated, api, markets, telling, .. } = self;
        tokio::join!(legacy.ended(), gated.ended(), erps.legacy.ended(), erps.gated.ended());
        if let Some(markets) = markets {
            tokio::join!(markets.legacy.ended(), markets.gated.ended());
        }
        if let Some(api) = api {
            api.ended().await;
        }
        let _told = telling.await;
    }
}

/// Both marketplaces: legacy publishes what the storefront believes to have, gated what its ERP has left.
async fn markets(
    plan: &WorldPlan,
    storefront: &Storefront,
    erps: &PerLane<Erp>,
    behind: impl Fn(Lane) -> erp::Surroundings,
    end: &CancellationToken,
) -> io::Result<Option<PerLane<Marketplace>>> {
    let Some(market) = &plan.market else { return Ok(None) };
    let stock = plan.erps.legacy.stock.as_ref();
    let cache: Arc<dyn StockView> = Arc::new(ShopView::new(storefront.stock(), stock, market));
    let left: Arc<dyn StockView> = Arc::new(ErpView::new(erps.gated.back_office(), market));
    let start = |lane, view| market::start(market, erps.get(lane).back_office(), view, behind(lane), end.clone());
    Ok(Some(PerLane { legacy: start(Lane::Legacy, cache).await?, gated: start(Lane::Gated, left).await? }))
}
