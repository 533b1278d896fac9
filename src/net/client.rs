//! Keep-alive pools towards the lanes, and what a failed send means.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use super::Body;
use crate::outcome::Ending;

/// A pool of connections to one lane.
pub type Client = legacy::Client<HttpsConnector<HttpConnector>, Body>;

/// Why a request got no answer.
pub type ClientError = legacy::Error;

/// How long a connection may take to be made. A lane on the same network answers in milliseconds; a
/// lost SYN is sent again after 1 and 3 seconds.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// How long an idle connection is kept: below the 60 and 75 seconds at which common servers close theirs,
/// so that a request seldom meets a connection that is just being closed.
const IDLE_MAX: Duration = Duration::from_secs(50);

/// A new pool, over this TLS where the lane is at an `https` URL; `None`: it is at none. Requests need an absolute URI and a
/// `Host` field: both are the caller's to say. Names of fields go on in their case where `keeps_case` says so, and else in lower case.
#[must_use]
pub fn client(tls: Option<Arc<ClientConfig>>, keeps_case: bool) -> Client {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_MAX));
    connector.enforce_http(false);
    let tls = tls.unwrap_or_else(|| super::tls::trusting(RootCertStore::empty()));
    let tls = HttpsConnectorBuilder::new().with_tls_config(Arc::unwrap_or_clone(tls));
    let connector = tls.https_or_http().enable_http1().wrap_connector(connector);
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_MAX)
        .set_host(false)
        .http1_preserve_header_case(keeps_case)
        .build(connector)
}

/// How a send that got no answer ended, as far as the connection tells.
#[must_use]
pub fn ending(error: &ClientError) -> Ending {
    if error.is_connect() {
        return Ending::Refused;
    }
    if super::tls::cause(error).is_some_and(super::tls::is_refused) {
        return Ending::Refused;
    }
    let mut source = error.source();
    while let Some(error) = source {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse) {
            return Ending::Garbled;
        }
        source = error.source();
    }
    Ending::Broken
}

/// An error with its causes, in one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The port of a URL, by its scheme where it names none.
#[must_use]
pub fn port(url: &Uri) -> u16 {
    url.port_u16().unwrap_or(if url.scheme_str() == Some("https") { 443 } else { 80 })
}

/// A target (path and query, as received) behind a lane's URL: scheme and authority of the lane, its base
/// path, then the target. `None` where that is no URI.
#[must_use]
pub fn behind(url: &Uri, target: &str) -> Option<Uri> {
    let base = url.path().trim_end_matches('/');
    let mut parts = url.clone().into_parts();
    parts.path_and_query = Some(match base {
        "" => target.parse().ok()?,
        base => format!("{base}{target}").parse().ok()?,
    });
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_put_behind_the_lanes_url_as_they_are() {
        for (url, target, expected) in [
            ("http://erp:9001", "/orders?a=%20b", "http://erp:9001/orders?a=%20b"),
            ("http://erp:9001/", "/orders", "http://erp:9001/orders"),
            ("http://erp/base/", "/orders", "http://erp/base/orders"),
            ("http://erp/base", "/?x=1", "http://erp/base/?x=1"),
            ("http://erp", "//double//slash/../dots", "http://erp//double//slash/../dots"),
        ] {
            assert_eq!(behind(&url.parse().unwrap(), target).unwrap().to_string(), expected);
        }
    }
}
