//! A simulated world on real sockets, for the demo and the tests.

mod plan;
mod shop;

pub use plan::{Fault, OrderNumber, Plan, Strikes};
pub use shop::{Shop, Topic, Webhook};
