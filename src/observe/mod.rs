//! Observers that read ledgers back. They only add outcomes, readings and look-ups to the journal; what these
//! mean for an order is worked out when it is judged.
//!
//! `poll` reads a lane's ledger again and again, and looks single orders up. `moment` reads times as other systems write
//! them, for every observer.

mod moment;
pub mod poll;
