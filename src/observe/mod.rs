//! Observers: what is learnt of orders beside their answers, told by others, imported, or read back from ledgers. They
//! only add to the journal; what that means for an order is worked out when it is judged.

pub mod callback;
pub mod event;
pub mod import;
mod moment;
pub mod poll;
