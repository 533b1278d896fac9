//! Observers that learn what became of orders: they read ledgers back, or take exports in. They only add outcomes,
//! readings and the like to the journal; what these mean for an order is worked out when it is judged.

pub mod import;
mod moment;
pub mod poll;
