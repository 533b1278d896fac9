//! Who may tell: the holder of the token; where there is none, programs of this machine, and never a page in a browser.

use std::net::IpAddr;

use hmac::{Hmac, Mac as _};
use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use sha2::{Digest as _, Sha256};

use crate::clock;
use crate::config::Admin;

/// Which site a page is of that makes a request, as browsers say it (Fetch Metadata).
const FETCH_SITE: &str = "sec-fetch-site";

/// Whether it is somebody who goes to a page, as browsers say it.
const FETCH_MODE: &str = "sec-fetch-mode";

/// The cookie of a session, and how long it lasts.
const SESSION: &str = "paritee";
const SESSION_S: i64 = 12 * 60 * 60;

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
    has_tls: bool,
}

impl Guard {
    /// What `[admin]` asks for.
    #[must_use]
    pub fn new(admin: &Admin) -> Self {
        let digest = |token: &crate::config::Secret| Sha256::digest(token.expose()).into();
        Self { token: admin.token.as_ref().map(digest), listen: admin.listen.ip(), has_tls: admin.tls.is_some() }
    }

    /// Whether a request with these headers is let in.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), NotLetIn> {
        self.check_origin(headers)?;
        self.check_holder(headers)
    }

    /// Whether somebody may look at a page: who follows a link from another site may, as nothing of it can be read there.
    ///
    /// # Errors
    /// Why not.
    pub fn check_view(&self, headers: &HeaderMap) -> Result<(), NotLetIn> {
        let navigates = headers.get_all(FETCH_MODE).iter().any(|mode| mode.as_bytes() == b"navigate");
        if navigates && !headers.contains_key(ORIGIN) { self.check_holder(headers) } else { self.check(headers) }
    }

    /// Whether it is no page of another site that asks.
    ///
    /// # Errors
    /// When it is.
    pub fn check_origin(&self, headers: &HeaderMap) -> Result<(), NotLetIn> {
        let hosts: Vec<_> = hosts(headers);
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
        Ok(())
    }

    /// Whether it is the holder of the token, or where there is none somebody on this machine.
    fn check_holder(&self, headers: &HeaderMap) -> Result<(), NotLetIn> {
        match &self.token {
            Some(token) if bearer(headers).is_some_and(|given| equal(token, given)) => Ok(()),
            Some(token) if sessions(headers).any(|given| is_session(token, given)) => Ok(()),
            Some(_) => Err(NotLetIn::Unauthorized),
            // A page whose own name was made to point here (DNS rebinding) comes with that name.
            None if hosts(headers).iter().all(|host| host.as_ref().is_some_and(|host| self.is_own(host))) => Ok(()),
            None => Err(NotLetIn::Forbidden(
                "without `admin.token` only requests to 127.0.0.1, [::1] or localhost (`Host`) are taken",
            )),
        }
    }

    /// Whether people have sessions here: there is a token to be given.
    #[must_use]
    pub const fn has_sessions(&self) -> bool {
        self.token.is_some()
    }

    /// The cookie of a new session for who has the token; `None`: it is another one.
    #[must_use]
    pub fn log_in(&self, token: &[u8]) -> Option<String> {
        let digest = self.token.as_ref().filter(|digest| equal(digest, token))?;
        let ends = clock::now().as_second().saturating_add(SESSION_S);
        Some(self.cookie(&format!("{ends}.{}", signature(digest, ends)?), SESSION_S))
    }

    /// The cookie that ends a session.
    #[must_use]
    pub fn log_out(&self) -> String {
        self.cookie("", 0)
    }

    fn cookie(&self, value: &str, seconds: i64) -> String {
        let secure = if self.has_tls { "; Secure" } else { "" };
        format!("{SESSION}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }

    fn is_own(&self, host: &Authority) -> bool {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        let own = |ip: IpAddr| ip.is_loopback() || ip == self.listen;
        name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(own)
    }
}

/// Whether a request says that it is JSON. Forms of other sites can't send it, and scripts of other sites are asked for it first, and
/// get no leave.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn hosts(headers: &HeaderMap) -> Vec<Option<Authority>> {
    headers.get_all(HOST).iter().map(|host| authority(host.as_bytes())).collect()
}

/// What the cookies of a request say of a session.
fn sessions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(';'));
    cookies.filter_map(|cookie| cookie.trim().strip_prefix(SESSION)?.strip_prefix('='))
}

/// Whether it was given to who had the token, and is not over.
fn is_session(token: &[u8; 32], given: &str) -> bool {
    let Some((ends, signed)) = given.split_once('.') else { return false };
    let Ok(ends) = ends.parse::<i64>() else { return false };
    let expected = signature(token, ends).map(|expected| Sha256::digest(expected).into());
    ends > clock::now().as_second() && expected.is_some_and(|expected| equal(&expected, signed.as_bytes()))
}

/// Over the end of a session, by the token's digest: another token ends all sessions.
fn signature(token: &[u8; 32], ends: i64) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(token).ok()?;
    mac.update(format!("session until {ends}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
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
