//! TLS towards lanes, ledgers and token servers, and of our own listeners. Certificates are always verified: there is no way to have it
//! otherwise.

use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, ServerConfig,
    SignatureScheme,
};

/// A certificate with those that lead to its CA, and its key.
pub type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

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
    Arc::new(believing(roots).with_no_client_auth())
}

/// TLS that believes these roots only (`None`: those of this machine), and says who it is where it is asked.
///
/// # Errors
/// When the key is none that can be used, or another certificate's.
pub fn client(roots: Option<RootCertStore>, identity: Option<Identity>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let Some((chain, key)) = identity else {
        return Ok(roots.map_or_else(system, trusting));
    };
    let roots = roots.unwrap_or_else(self::roots);
    Ok(Arc::new(believing(roots).with_client_auth_cert(chain, key)?))
}

/// TLS that believes this one certificate, whatever name it is reached by: for a port whose certificate we have ourselves.
///
/// # Errors
/// When the provider has no suites, which it has.
pub fn exactly(certificate: CertificateDer<'static>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let verifier = Arc::new(Exactly { certificate, algorithms: provider().signature_verification_algorithms });
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// Verifies that a server has this certificate and its key.
#[derive(Debug)]
struct Exactly {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Exactly {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// TLS of a listener. HTTP/2 is offered where `h2` says so.
///
/// # Errors
/// When the key is none that can be used, or another certificate's.
pub fn server((chain, key): Identity, h2: bool) -> Result<Arc<ServerConfig>, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = [&b"h2"[..], b"http/1.1"].iter().skip(usize::from(!h2)).map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

/// What TLS itself has to say of a failure, wherever it stands among the causes. An `io::Error` doesn't name what it was
/// made from as its cause, only that one's cause.
#[must_use]
pub fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(error) = error.downcast_ref() {
        return Some(error);
    }
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let inner = inner.and_then(|inner| cause(inner));
    inner.or_else(|| cause(error.source()?))
}

/// Whether the server refused our certificate, or the lack of one. It says so after we may have begun to send, and has then
/// looked at nothing of it (RFC 8446, 4.4.2.4 and 6.2).
#[must_use]
pub fn is_refused(error: &rustls::Error) -> bool {
    use AlertDescription::{
        AccessDenied, BadCertificate, CertificateExpired, CertificateRequired, CertificateRevoked, CertificateUnknown,
        UnknownCA, UnsupportedCertificate,
    };
    matches!(
        error,
        rustls::Error::AlertReceived(
            AccessDenied
                | BadCertificate
                | CertificateExpired
                | CertificateRequired
                | CertificateRevoked
                | CertificateUnknown
                | UnknownCA
                | UnsupportedCertificate
        )
    )
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(crypto::aws_lc_rs::default_provider())
}

fn believing(roots: RootCertStore) -> rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert> {
    let verifier = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    // The provider that is named above has suites for both versions, so the first is what happens.
    let builder = verifier.unwrap_or_else(|_| ClientConfig::builder_with_protocol_versions(rustls::ALL_VERSIONS));
    builder.with_root_certificates(roots)
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
