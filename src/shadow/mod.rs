//! From the journal to the shadow lane, and in a replay to either: fed after the commit, bounded, in order for each order key; what
//! fails goes again as DESIGN 4 says. Nothing here is in the client's way.

mod dispatch;
mod key;
mod pace;
mod request;
mod resend;
mod send;

pub use dispatch::run;
pub use key::idempotency_key;
pub use pace::Pace;
pub use send::Shadow;
