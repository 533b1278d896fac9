//! Who may tell: the holder of the token; where there is none, programs of this machine, and never a page in a browser.

use std::net::IpAddr;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use sha2::{Digest as _, Sha256};

use crate::config::Admin;

/// Which site a page is of that makes a request, as browsers say it (Fetch Metadata).
const FETCH_SITE: &str = "sec-fetch-site";

/// Why a request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLetIn {
    /// Whoever it is, not like this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The token is missing or wrong.
    #[error("the token is missing or wrong; send the header `Authorization: Bearer` with the token of `admin.token`")]
    Unauthorized,
}

/// Lets requests to the admin port in, or not.
#[derive(Clone, Debug)]
pub struct Guard {
    /// SHA-256 of the token.
    token: Option<[u8; 32]>,
    listen: IpAddr,
}

impl Guard {
    /// What `[admin]` asks for.
    #[must_use]
    pub fn new(admin: &Admin) -> Self {
        let digest = |token: &crate::config::Secret| Sha256::digest(token.expose()).into();
        Self { token: admin.token.as_ref().map(digest), listen: admin.listen.ip() }
    }

    /// Whether a request with these headers is let in.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), NotLetIn> {
        let hosts: Vec<_> = headers.get_all(HOST).iter().map(|host| authority(host.as_bytes())).collect();
        // A page of another site may post without asking; its browser then says where it is from.
        for origin in headers.get_all(ORIGIN) {
            let from = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            let from = from.and_then(|(_, rest)| authority(rest.as_bytes()));
            if from.is_none() || !hosts.contains(&from) {
                return Err(NotLetIn::Forbidden("requests of pages of other sites (`Origin`) are not taken"));
            }
        }
        // Where it leaves that out, it says at least whether the page is ours.
        let strange = |site: &HeaderValue| !matches!(site.as_bytes(), b"same-origin" | b"none");
        if headers.get_all(FETCH_SITE).iter().any(strange) {
            return Err(NotLetIn::Forbidden("requests of pages of other sites (`Sec-Fetch-Site`) are not taken"));
        }
        match &self.token {
            Some(token) if bearer(headers).is_some_and(|given| equal(token, given)) => Ok(()),
            Some(_) => Err(NotLetIn::Unauthorized),
            // A page whose own name was made to point here (DNS rebinding) comes with that name.
            None if hosts.iter().all(|host| host.as_ref().is_some_and(|host| self.is_own(host))) => Ok(()),
            None => Err(NotLetIn::Forbidden(
                "without `admin.token` only requests to 127.0.0.1, [::1] or localhost (`Host`) are taken",
            )),
        }
    }

    fn is_own(&self, host: &Authority) -> bool {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        let own = |ip: IpAddr| ip.is_loopback() || ip == self.listen;
        name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(own)
    }
}

fn authority(text: &[u8]) -> Option<Authority> {
    Authority::try_from(text).ok()
}

/// The token of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (one, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = one.as_bytes().split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// Compares digests, and all of them: neither the time that it takes nor an early end tells how much of a guess is right.
fn equal(token: &[u8; 32], given: &[u8]) -> bool {
    let given: [u8; 32] = Sha256::digest(given).into();
    token.iter().zip(given).fold(0, |differs, (one, other)| differs | (one ^ other)) == 0
}
