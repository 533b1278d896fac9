//! The configuration of a sidecar between the simulated systems, as text: it goes through the same parser as anybody's.
//!
//! What is judged by is in the world's time; what the sidecar itself waits for is in the machine's.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::time::Duration;

use super::gated::{GatedPlan, OnRepeat, Pattern};
use crate::clock;
use crate::outcome::{Flow, Lane, PerLane};

/// The shadow gives up on an answer after this, unless told otherwise: well beyond what a busy machine needs.
const SHADOW_WAIT_MAX: Duration = Duration::from_secs(1);

/// And the tee on the live lane's: nothing but a fault makes that lane slow.
const TEE_WAIT_MAX: Duration = Duration::from_secs(5);

/// A free port of loopback.
const ANY_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// How far the clocks of those may be off that tell at the admin port: they go by the world's, whatever the ledgers' show. The
/// least doubt that sources leave anyway.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// Added to two readings before the judged window ends: what a busy machine may take to write them down.
const GRACE: Duration = Duration::from_millis(100);

/// How a sidecar is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct SidecarPlan {
    /// By lane.
    pub lanes: PerLane<WatchPlan>,
    /// How long the tee and the shadow wait for an answer, in the world's time; `None`: longer than anybody takes
    /// without a fault.
    pub answer_wait: Option<Duration>,
    /// How long the storefront waits, as the gate knows it.
    pub sender_deadline: Option<Duration>,
    /// Highest loss rate that may remain possible, a fraction: 400 clean orders bound it at 0.75 %.
    pub loss_rate_max: f64,
    /// Whether the storefront's census is to be imported.
    pub census: bool,
    /// Whether it has an admin port, for what the simulated systems tell.
    pub admin: bool,
    /// How long open orders are waited for.
    pub settle_max: Duration,
    /// Further lines of the configuration.
    pub extra: String,
}

/// How a sidecar sees a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchPlan {
    /// Whether its ledger is read.
    pub read: bool,
    /// From the end of one reading to the begin of the next.
    pub poll_every: Duration,
    /// The limit of `committed_late`.
    pub sla: Duration,
    /// After this an order that is not in the ledger may be lost.
    pub horizon: Duration,
    /// Further lines of the lane's table.
    pub extra: String,
}

/// Short times, so that a run settles in seconds, yet long enough for a busy machine.
impl Default for WatchPlan {
    fn default() -> Self {
        Self {
            read: true,
            poll_every: Duration::from_millis(200),
            sla: Duration::from_millis(1_500),
            horizon: Duration::from_millis(1_500),
            extra: String::new(),
        }
    }
}

impl Default for SidecarPlan {
    fn default() -> Self {
        Self {
            lanes: PerLane::default(),
            answer_wait: None,
            sender_deadline: None,
            loss_rate_max: 0.01,
            census: false,
            admin: false,
            settle_max: Duration::from_secs(20),
            extra: String::new(),
        }
    }
}

/// Where a sidecar is to listen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// The tee; `None`: on a free port.
    pub tee: Option<SocketAddr>,
    /// The admin port; `None`: on a free port, and only where the simulated systems have something to tell there.
    pub admin: Option<SocketAddr>,
}

/// Where everything listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Places {
    pub(super) lanes: PerLane<SocketAddr>,
    pub(super) erps: PerLane<SocketAddr>,
    /// Where the sidecar is to listen.
    pub(super) listening: Listening,
    /// Whether the storefront's webhooks are thin.
    pub(super) thin: bool,
    /// Whether a marketplace sells from the same ledgers.
    pub(super) market: bool,
}

/// The configuration.
pub(super) fn config(plan: &SidecarPlan, gated: &GatedPlan, places: &Places, journal: &Path) -> String {
    let mut text = tee(plan, places, journal);
    let longest = plan.lanes.legacy.poll_every.max(plan.lanes.gated.poll_every);
    let grace = (longest * 2).saturating_add(clock::span(GRACE));
    put(&mut text, format_args!("\n[settle]\ngrace = \"{}ms\"\n", grace.as_millis()));
    if plan.admin {
        put(&mut text, format_args!("clock_skew_max = \"{}s\"\n", TOLD_WITHIN.as_secs()));
    }
    let legacy = "role = \"live\"\nflow = \"fire-and-forget\"\nledger = \"production\"\n";
    lane(&mut text, plan, places, Lane::Legacy, legacy);
    let (flow, idempotent) = (flow(gated), gated.on_repeat != OnRepeat::CommitAgain);
    let wait = plan.answer_wait.map_or(SHADOW_WAIT_MAX, clock::real).as_millis().max(1);
    let declared = format!(
        "role = \"shadow\"\nflow = \"{flow}\"\nledger = \"sandbox\"\nidempotent = {idempotent}\nanswer_wait_max = \"{wait}ms\"\n"
    );
    lane(&mut text, plan, places, Lane::Gated, &declared);
    put(&mut text, format_args!("\n[gates]\nloss_rate_max = {}\n", plan.loss_rate_max));
    if plan.admin || places.listening.admin.is_some() {
        let listen = places.listening.admin.unwrap_or(ANY_PORT);
        put(&mut text, format_args!("\n[admin]\nlisten = \"{listen}\"\n"));
    }
    if plan.census {
        text.push_str(
            "\n[census]\nexpected = true\n\n[census.import]\norder_key = \"/id\"\nplaced_at = \"/created_at\"\n\n\
             [[census.import.exclude]]\ncolumn = \"/test\"\nequals = [\"true\"]\nreason = \"test order\"\n",
        );
    }
    text.push('\n');
    text.push_str(&plan.extra);
    text
}

const fn flow(gated: &GatedPlan) -> Flow {
    match gated.pattern {
        Pattern::ErpGated => Flow::ErpGated,
        Pattern::AckGated { .. } => Flow::AckGated,
    }
}

/// Writing to a string never fails.
fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    _ = text.write_fmt(what);
}

fn tee(plan: &SidecarPlan, places: &Places, journal: &Path) -> String {
    // A TOML basic string takes JSON's escapes.
    let journal = serde_json::Value::from(journal.to_string_lossy().into_owned());
    let listen = places.listening.tee.unwrap_or(ANY_PORT);
    let wait = plan.answer_wait.map_or(TEE_WAIT_MAX, clock::real).as_millis().max(1);
    let deadline = plan.sender_deadline.map(|deadline| format!("sender_deadline = \"{}ms\"\n", deadline.as_millis()));
    let route = if places.thin { THIN_ROUTE } else { ROUTE };
    format!(
        "[tee]\nlisten = \"{listen}\"\njournal = {journal}\nanswer_wait_max = \"{wait}ms\"\n{}\n{route}",
        deadline.unwrap_or_default()
    )
}

const ROUTE: &str = r#"[[tee.route]]
method = "POST"
path = "/webhooks/orders/*"
operation = { header = "X-Shopify-Topic", "orders/create" = "create", "orders/updated" = "update", "orders/paid" = "update", "orders/cancelled" = "cancel" }
order_key = ["/id"]
also_known_as = ["/name"]
event_id = ["header:X-Shopify-Event-Id"]
delivery_id = ["header:X-Shopify-Webhook-Id"]

[[tee.exclude]]
pointer = "/test"
equals = true
reason = "test order"
"#;

const THIN_ROUTE: &str = r#"[[tee.route]]
method = "POST"
path = "/webhooks/orders/*"
profile = "bigcommerce"
"#;

fn lane(text: &mut String, plan: &SidecarPlan, places: &Places, lane: Lane, declared: &str) {
    let watch = plan.lanes.get(lane);
    let (sla, horizon, url) = (watch.sla.as_millis(), watch.horizon.as_millis(), places.lanes.get(lane));
    put(
        text,
        format_args!(
            "\n[lane.{lane}]\nurl = \"http://{url}\"\n{declared}settle = {{ sla = \"{sla}ms\", horizon = \"{horizon}ms\" }}\n{}\n",
            watch.extra
        ),
    );
    put(
        text,
        format_args!(
            r#"
[lane.{lane}.document]
lines = "/lines"
sku = "/sku"
quantity = "/quantity"
price = "/price"
total = "/total"
currency = "/currency"
"#
        ),
    );
    if places.market {
        put(
            text,
            format_args!(
                "\n[[lane.{lane}.scope.only]]\npointer = \"/channel\"\nequals = [\"web\"]\nreason = \"marketplace\"\n"
            ),
        );
    }
    if watch.read {
        let (erp, every) = (places.erps.get(lane), clock::real(watch.poll_every).as_millis().max(1));
        put(
            text,
            format_args!(
                r#"
[lane.{lane}.poll]
url = "http://{erp}/ledger?since={{since}}"
every = "{every}ms"
items = "/items"
order_key = "/external_id"
reference = "/id"
committed_at = "/created_at"
next = "/next"
overlap = "2s"
cancelled = {{ pointer = "/status", equals = ["cancelled"] }}
"#
            ),
        );
    }
}
