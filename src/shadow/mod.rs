//! From the journal to the shadow lane, and in a replay to either: fed after the commit, bounded, in order for each order key; what
//! fails goes again as DESIGN 4 says. Nothing here is in the client's way.

mod apart;
mod armed;
mod dispatch;
mod key;
mod pace;
mod request;
mod resend;
mod send;
mod starting;
mod switch;

pub use apart::{Apart, SamePlace, apart, until_apart};
pub use armed::Armed;
pub use dispatch::run;
pub use key::idempotency_key;
pub use pace::Pace;
pub use send::Shadow;
pub use switch::{Switch, Switched, router};
