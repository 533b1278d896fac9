//! Which servers are believed: those whose certificate a root of this machine vouches for.

use std::sync::{Arc, OnceLock};

use rustls::{ClientConfig, RootCertStore};

/// TLS towards ledgers and token servers, by the roots of this machine (or of the file that `SSL_CERT_FILE` names, as
/// OpenSSL has it). They are loaded once, at the first use.
#[must_use]
pub fn system() -> Arc<ClientConfig> {
    static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    Arc::clone(SYSTEM.get_or_init(|| trusting(roots())))
}

/// TLS that believes these roots only.
#[must_use]
pub fn trusting(roots: RootCertStore) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    // The provider that is named two lines up has suites for both versions, so the first is what happens.
    let builder = verifier.unwrap_or_else(|_| ClientConfig::builder_with_protocol_versions(rustls::ALL_VERSIONS));
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The roots of this machine. Without any every certificate is refused, and the error of each connection says so.
fn roots() -> RootCertStore {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "some of this machine's root certificates can't be read");
    }
    let mut roots = RootCertStore::empty();
    let (taken, refused) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(taken, refused, "root certificates loaded");
    roots
}
