//! Observers that read ledgers back. They only add outcomes and readings to the journal; what these
//! mean for an order is worked out when it is judged.

mod moment;
pub mod poll;
