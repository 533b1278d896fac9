//! What all that speak HTTP share: connections and pools, hop-by-hop headers, credentials, bodies.

mod body;
mod client;
pub mod fetch;
mod header;

pub use body::{Body, Gathered, gather};
pub use client::{Client, ClientError, behind, chain, client, ending};
pub use header::{forwarded, is_credential, withheld};
