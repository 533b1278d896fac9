//! Whether a request bears its sender's signature, and how copies are signed anew. What a check comes to is recorded and counted, and
//! never changes what becomes of the request.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use hyper::HeaderMap;
use hyper::header::HeaderValue;
use sha2::Sha256;

use crate::config::SignatureRule;
use crate::outcome::{Capture, Signature};

/// A wrong secret shows with every order; one line a minute says as much.
const WARN_EVERY_US: i64 = 60_000_000;

/// Checks base64 of HMAC-SHA256 over the raw body, in constant time. `body` is `None` where it isn't whole.
pub fn check(rule: &SignatureRule, headers: &HeaderMap, body: Option<&[u8]>) -> Signature {
    let mut written = headers.get_all(&rule.header).iter();
    let Some(first) = written.next() else {
        return Signature::Missing;
    };
    let Some(body) = body else {
        return Signature::Unchecked;
    };
    // Of two signatures nobody knows which one the receiver takes.
    let alone = written.next().is_none();
    let signature = STANDARD.decode(first.as_bytes().trim_ascii()).ok().filter(|_| alone);
    let mac = Hmac::<Sha256>::new_from_slice(rule.secret.expose().as_bytes()).ok();
    let good =
        signature.zip(mac).is_some_and(|(signature, mac)| mac.chain_update(body).verify_slice(&signature).is_ok());
    if good { Signature::Good } else { Signature::Bad }
}

/// What the header of a rule must hold for this body: base64 of HMAC-SHA256 over its raw bytes. `None` where no HMAC can be made
/// of the secret, which takes any length there is.
#[must_use]
pub fn sign(rule: &SignatureRule, body: &[u8]) -> Option<HeaderValue> {
    let mac = Hmac::<Sha256>::new_from_slice(rule.secret.expose().as_bytes()).ok()?;
    HeaderValue::try_from(STANDARD.encode(mac.chain_update(body).finalize().into_bytes())).ok()
}

/// Says on stderr that signatures are not good, once in a while.
#[derive(Debug, Default)]
pub struct Warnings {
    /// When the last one was said, in µs since 1970.
    said_at_us: AtomicI64,
    /// How many were not good since.
    since: AtomicU64,
}

impl Warnings {
    /// Nothing was said yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { said_at_us: AtomicI64::new(i64::MIN), since: AtomicU64::new(0) }
    }

    /// A capture was made.
    pub fn captured(&self, capture: &Capture) {
        if let Some(signature) = capture.signature.filter(|signature| *signature != Signature::Good)
            && let Some(captures) = self.due(capture.received_at.as_microsecond())
        {
            let route = capture.route.as_str();
            tracing::warn!(%signature, captures, route, "signatures are not good; the requests went on as they were");
        }
    }

    /// How many there were since the last warning, where another one is due.
    fn due(&self, now_us: i64) -> Option<u64> {
        self.since.fetch_add(1, Ordering::Relaxed);
        let said_at_us = self.said_at_us.load(Ordering::Relaxed);
        let due = now_us.saturating_sub(said_at_us) >= WARN_EVERY_US;
        let mine =
            due && self.said_at_us.compare_exchange(said_at_us, now_us, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        mine.then(|| self.since.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderName;

    use super::*;
    use crate::config::Secret;

    const HEADER: HeaderName = HeaderName::from_static("x-hmac");

    /// RFC 4231, test case 2.
    const BODY: &[u8] = b"what do ya want for nothing?";
    const SIGNED: &str = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

    fn checked(values: &[&'static str], body: Option<&[u8]>) -> Signature {
        let rule = SignatureRule { header: HEADER, secret: Secret::new("Jefe".into()) };
        let headers = values.iter().map(|value| (HEADER, HeaderValue::from_static(value))).collect();
        check(&rule, &headers, body)
    }

    #[test]
    fn a_signature_fits_the_raw_bytes_or_does_not() {
        for (values, body, expected) in [
            (&[SIGNED][..], Some(BODY), Signature::Good),
            (&[SIGNED], Some(b"what do ya want for nothing? "), Signature::Bad),
            (&[SIGNED], Some(b""), Signature::Bad),
            (&[SIGNED, SIGNED], Some(BODY), Signature::Bad),
            (&["X9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="], Some(BODY), Signature::Bad),
            (&["W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTs"], Some(BODY), Signature::Bad),
            (&["5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"], Some(BODY), Signature::Bad),
            (&["not base64!"], Some(BODY), Signature::Bad),
            (&[""], Some(BODY), Signature::Bad),
            (&[], Some(BODY), Signature::Missing),
            (&[], None, Signature::Missing),
            (&[SIGNED], None, Signature::Unchecked),
        ] {
            assert_eq!(checked(values, body), expected, "{values:?}");
        }
    }

    #[test]
    fn what_is_signed_passes_the_check() {
        let rule = SignatureRule { header: HEADER, secret: Secret::new("Jefe".into()) };
        assert_eq!(sign(&rule, BODY).unwrap(), SIGNED);
        for body in [&b""[..], b"{}", &[0xff; 3]] {
            let headers = std::iter::once((HEADER, sign(&rule, body).unwrap())).collect();
            assert_eq!(check(&rule, &headers, Some(body)), Signature::Good);
        }
    }

    #[test]
    fn warnings_are_rare_and_say_how_many_there_were() {
        let warnings = Warnings::new();
        let said: Vec<Option<u64>> = [0, 1, 2, WARN_EVERY_US, WARN_EVERY_US + 1].map(|now| warnings.due(now)).into();
        assert_eq!(said, [Some(1), None, None, Some(3), None]);
    }
}
