//! What surrounds an integration: the systems that it calls, and those who want to know what it does.

use std::net::SocketAddr;

use super::{Teller, Truth};

/// What an integration is started with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its own ERP.
    pub erp: SocketAddr,
    /// The production ERP, into which a faulty gated integration leaks.
    pub production: Option<SocketAddr>,
    /// Where the storefront shows its orders; thin webhooks need it.
    pub storefront: Option<SocketAddr>,
    /// Told what the integration knows of an order beside its answers.
    pub teller: Teller,
    /// Told when the customer was.
    pub truth: Truth,
}

impl Surroundings {
    /// An ERP, and nobody else.
    #[must_use]
    pub fn only(erp: SocketAddr) -> Self {
        Self { erp, production: None, storefront: None, teller: Teller::nobody(), truth: Truth::default() }
    }
}
