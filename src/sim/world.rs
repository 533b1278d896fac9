//! Both ERPs and both integrations together, and the configuration of a sidecar between them.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::erp::{self, Erp, ErpPlan};
use super::gated::{self, Gated, GatedPlan, OnRepeat, Pattern};
use super::legacy::{self, Legacy, LegacyPlan};
use super::plan::OrderNumber;
use super::shop::Shop;
use super::storefront::{self, Delivery, StorefrontPlan};
use super::surroundings::Surroundings;
use crate::order::OrderKey;
use crate::outcome::{Flow, Lane, PerLane};

/// Everything about a world.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldPlan {
    /// What is ordered.
    pub storefront: StorefrontPlan,
    /// The fire-and-forget lane.
    pub legacy: LegacyPlan,
    /// The erp-gated lane.
    pub gated: GatedPlan,
    /// The production ERP behind legacy, and the sandbox behind gated.
    pub erps: PerLane<ErpPlan>,
    /// How soon orders must be in each ledger.
    pub times: PerLane<LaneTimes>,
    /// Whether the sidecar may read each ledger.
    pub ledger_read: PerLane<bool>,
    /// Highest loss rate that may remain possible, a fraction: 400 clean orders bound it at 0.75 %.
    pub loss_rate_max: f64,
}

/// Where the parts of an order stand in an ERP's documents.
fn document(lane: Lane) -> String {
    format!(
        r#"
[lane.{lane}.document]
lines = "/lines"
sku = "/sku"
quantity = "/quantity"
price = "/price"
total = "/total"
currency = "/currency""#
    )
}

/// How soon orders must be in a lane's ledger: short, so that a run settles in seconds, yet long enough for
/// a busy machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneTimes {
    /// The limit of `committed_late`.
    pub sla: Duration,
    /// After this an order that is not in the ledger may be lost.
    pub horizon: Duration,
    /// From the end of one reading to the begin of the next.
    pub read_every: Duration,
}

impl Default for LaneTimes {
    fn default() -> Self {
        Self {
            sla: Duration::from_millis(1_500),
            horizon: Duration::from_millis(1_500),
            read_every: Duration::from_millis(200),
        }
    }
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
            times: PerLane::default(),
            ledger_read: PerLane { legacy: true, gated: true },
            loss_rate_max: 0.01,
        }
    }
}

/// A running world.
#[derive(Debug)]
pub struct World {
    plan: WorldPlan,
    shop: Shop,
    erps: PerLane<Erp>,
    legacy: Legacy,
    gated: Gated,
    placed: watch::Sender<u64>,
    end: CancellationToken,
}

impl World {
    /// Starts both ERPs and both integrations.
    ///
    /// # Errors
    /// When a port can't be had.
    pub async fn start(plan: WorldPlan) -> io::Result<Self> {
        let end = CancellationToken::new();
        // A start that fails half-way ends what it has begun.
        let guard = end.clone().drop_guard();
        let shop = plan.storefront.shop();
        let key_of = |number| shop.key_of(number);
        let production = erp::start(&plan.erps.legacy, end.clone()).await?;
        let sandbox = erp::start(&plan.erps.gated, end.clone()).await?;
        let around = Surroundings::only(production.running.addr);
        let legacy = legacy::start(&plan.legacy, around, key_of, end.clone()).await?;
        let production_addr = Some(production.running.addr);
        let around = Surroundings { production: production_addr, ..Surroundings::only(sandbox.running.addr) };
        let gated = gated::start(&plan.gated, around, key_of, end.clone()).await?;
        guard.disarm();
        let (erps, placed) = (PerLane { legacy: production, gated: sandbox }, watch::Sender::new(0));
        Ok(Self { plan, shop, erps, legacy, gated, placed, end })
    }

    /// The configuration of a sidecar between storefront and lanes, its journal at `journal`. It listens on a
    /// free port of loopback.
    #[must_use]
    pub fn config(&self, journal: &Path) -> String {
        let mut text = tee(journal);
        let legacy = "role = \"live\"\nflow = \"fire-and-forget\"\nledger = \"production\"\n";
        text.push_str(&self.lane(Lane::Legacy, self.legacy.addr(), legacy));
        let idempotent = self.plan.gated.on_repeat != OnRepeat::CommitAgain;
        let flow = match self.plan.gated.pattern {
            Pattern::ErpGated => Flow::ErpGated,
            Pattern::AckGated { .. } => Flow::AckGated,
        };
        let gated = format!(
            "role = \"shadow\"\nflow = \"{flow}\"\nledger = \"sandbox\"\nidempotent = {idempotent}\nanswer_wait_max = \"1s\"\n"
        );
        text.push_str(&self.lane(Lane::Gated, self.gated.addr(), &gated));
        // Writing to a string never fails.
        let _written = write!(text, "\n[gates]\nloss_rate_max = {}\n", self.plan.loss_rate_max);
        text
    }

    fn lane(&self, lane: Lane, addr: SocketAddr, declared: &str) -> String {
        let LaneTimes { sla, horizon, read_every } = *self.plan.times.get(lane);
        let (sla, horizon, every) = (sla.as_millis(), horizon.as_millis(), read_every.as_millis());
        let settle = format!("settle = {{ sla = \"{sla}ms\", horizon = \"{horizon}ms\" }}");
        let mut text = format!("\n[lane.{lane}]\nurl = \"http://{addr}\"\n{declared}{settle}\n{}\n", document(lane));
        if *self.plan.ledger_read.get(lane) {
            let erp = self.erps.get(lane).running.addr;
            let _written = write!(
                text,
                r#"
[lane.{lane}.poll]
url = "http://{erp}/ledger?since={{since}}&page={{page}}"
every = "{every}ms"
items = "/items"
order_key = "/external_id"
reference = "/id"
committed_at = "/created_at"
overlap = "2s"
"#
            );
        }
        text
    }

    /// Places all orders at the tee and returns what became of every webhook.
    ///
    /// # Errors
    /// When a worker of the storefront breaks down.
    pub async fn trade(&self, tee: SocketAddr) -> io::Result<Vec<Delivery>> {
        storefront::trade(&self.plan.storefront, &format!("http://{tee}/webhooks"), &self.placed, &self.end).await
    }

    /// How many orders have been placed so far.
    #[must_use]
    pub fn placed(&self) -> watch::Receiver<u64> {
        self.placed.subscribe()
    }

    /// The plan that it was started with.
    #[must_use]
    pub const fn plan(&self) -> &WorldPlan {
        &self.plan
    }

    /// The key of the order at this position.
    #[must_use]
    pub fn key_of(&self, number: OrderNumber) -> OrderKey {
        self.shop.key_of(number)
    }

    /// All orders that are placed: their keys, by position from 1.
    pub fn orders(&self) -> impl Iterator<Item = (OrderNumber, OrderKey)> + '_ {
        (1..=self.plan.storefront.orders).map(|number| (number, self.key_of(number)))
    }

    /// The shop whose orders are placed.
    #[must_use]
    pub const fn shop(&self) -> &Shop {
        &self.shop
    }

    /// The ERP behind a lane.
    #[must_use]
    pub const fn erp(&self, lane: Lane) -> &Erp {
        self.erps.get(lane)
    }

    /// The fire-and-forget integration.
    #[must_use]
    pub const fn legacy(&self) -> &Legacy {
        &self.legacy
    }

    /// The erp-gated integration.
    #[must_use]
    pub const fn gated(&self) -> &Gated {
        &self.gated
    }

    /// Ends everything, and waits for it.
    pub async fn stop(self) {
        self.end.cancel();
        let Self { erps, legacy, gated, .. } = self;
        tokio::join!(legacy.ended(), gated.ended(), erps.legacy.running.ended(), erps.gated.running.ended());
    }
}

fn tee(journal: &Path) -> String {
    // A TOML basic string takes JSON's escapes.
    let journal = serde_json::Value::from(journal.to_string_lossy().into_owned());
    format!(
        r#"[tee]
listen = "127.0.0.1:0"
journal = {journal}
answer_wait_max = "5s"

[[tee.route]]
method = "POST"
path = "/webhooks/orders/*"
operation = {{ header = "X-Shopify-Topic", "orders/create" = "create", "orders/updated" = "update", "orders/cancelled" = "cancel" }}
order_key = ["/id"]
also_known_as = ["/name"]
event_id = ["header:X-Shopify-Event-Id"]
delivery_id = ["header:X-Shopify-Webhook-Id"]

[settle]
grace = "500ms"
"#
    )
}
