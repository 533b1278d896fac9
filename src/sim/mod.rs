//! A simulated world on real sockets, for the demo and the tests: a storefront, the legacy and the gated
//! integration, and an ERP behind each of them. Everything listens on free ports of loopback.
//!
//! It stands on the outside of the sidecar and never reaches into it: the world knows the tee by its address,
//! and the sidecar knows the world by a configuration file.

mod alter;
mod body;
mod door;
pub mod erp;
mod erp_client;
pub mod gated;
mod http;
mod intake;
pub mod legacy;
pub mod market;
mod plan;
mod shop;
mod sidecar;
pub mod storefront;
mod surroundings;
mod teller;
#[cfg(test)]
mod tests;
pub mod truth;
mod world;

pub use alter::Alteration;
pub use gated::{GatedRetry, OnRepeat, Pattern};
pub use http::{CallError, Running};
pub use legacy::OnError;
pub use plan::{Fault, OrderNumber, Plan, Strikes};
pub use shop::{Currency, Curve, Form, HOSTILE_NAME, Oddity, SHOPIFY_REDELIVERIES, Shop, Topic, Webhook};
pub use sidecar::{Listening, SidecarPlan, WatchPlan};
pub use storefront::{Delivery, Doors, StockCache, Storefront, StorefrontPlan, Traded, Way};
pub use surroundings::Surroundings;
pub use teller::{Fact, Teller};
pub use truth::Truth;
pub use world::{World, WorldPlan};
