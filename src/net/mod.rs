//! What all that speak HTTP share: connections and pools, hop-by-hop headers, credentials, bodies.

mod body;
mod client;
pub mod credentials;
pub mod fetch;
mod guard;
mod header;
mod interim;
mod patience;
pub mod tls;

pub use body::{Body, Gathered, Progress, gather};
pub use client::{Client, ClientError, behind, chain, client, ending, port};
pub use guard::{Guard, NotLetIn, is_json};
pub use header::{SHADOW_LANE, forwarded, forwarded_of, is_credential, withheld, withheld_of, without_credentials};
pub use interim::{Awaited, ClientIo, Interim, client_io};
pub use patience::Patience;
