//! Header fields on their way through: hop-by-hop ones end here, credentials are known by name.

use std::borrow::Cow;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE};

use crate::outcome::Headers;

/// How the names of fields end that carry credentials: of shops, clouds and gateways alike.
const ENDS: [&str; 11] = [
    "token",
    "secret",
    "password",
    "-session",
    "api-key",
    "apikey",
    "-access-key",
    "-auth-key",
    "-secret-key",
    "-subscription-key",
    "-functions-key",
];

/// Marks a copy: the shadow lane that it is for. A request that carries it goes to no live lane.
pub const SHADOW_LANE: HeaderName = HeaderName::from_static("paritee-lane");

/// What stands in the journal in place of a credential.
const WITHHELD: &[u8] = b"[withheld]";

/// Whether a field concerns one connection only (RFC 9110, 7.6.1). `Transfer-Encoding` does as well, and
/// goes on all the same: what came in chunks goes out in chunks.
fn is_hop_by_hop(name: &HeaderName) -> bool {
    *name == CONNECTION
        || *name == UPGRADE
        || matches!(name.as_str(), "keep-alive" | "proxy-connection" | "http2-settings")
}

/// The fields that go on: all but the hop-by-hop ones and those that `Connection` names, in their order,
/// with room for `more`. Fields of one name keep their order, and stand together where the first of them stood. Of `TE` only `trailers` goes on, since trailers do. A `Content-Length` beside a
/// `Transfer-Encoding` ends here (RFC 9112, 6.3): two readings of one body are how requests are smuggled.
#[must_use]
pub fn forwarded(headers: &HeaderMap, more: usize) -> HeaderMap {
    let named = named(headers.get_all(CONNECTION).iter().map(HeaderValue::as_bytes));
    let is_framed = headers.contains_key(TRANSFER_ENCODING);
    let fields = headers.iter().map(|(name, value)| (name.clone(), value.clone()));
    going_on(fields, &named, is_framed, headers.keys_len() + more)
}

/// The same of `fields` as the journal holds them, which have no `Transfer-Encoding`. What is no field by HTTP's rules ends here as well.
#[must_use]
pub fn forwarded_of<'f>(fields: impl Iterator<Item = &'f (String, Bytes)> + Clone, room: usize) -> HeaderMap {
    let named = named(fields.clone().filter(|(name, _)| CONNECTION == name.as_str()).map(|(_, value)| &value[..]));
    let valid = |(name, value): &(String, Bytes)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::from_maybe_shared(value.clone()).ok()?))
    };
    going_on(fields.filter_map(valid), &named, false, room)
}

/// The fields that `Connection` names.
fn named<'v>(values: impl Iterator<Item = &'v [u8]>) -> Vec<HeaderName> {
    let names = values.flat_map(|value| value.split(|byte| *byte == b','));
    names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok()).collect()
}

fn going_on(
    fields: impl Iterator<Item = (HeaderName, HeaderValue)>,
    named: &[HeaderName],
    is_framed: bool,
    room: usize,
) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(room);
    for (name, value) in fields {
        if name == TE {
            if takes_trailers(&value) {
                kept.insert(TE, HeaderValue::from_static("trailers"));
            }
            continue;
        }
        let ends_here = is_hop_by_hop(&name) || (is_framed && name == CONTENT_LENGTH);
        if !ends_here && (name == TRANSFER_ENCODING || !named.contains(&name)) {
            kept.append(name, value);
        }
    }
    kept
}

fn takes_trailers(value: &HeaderValue) -> bool {
    value.to_str().is_ok_and(|value| value.split(',').any(|token| token.trim().eq_ignore_ascii_case("trailers")))
}

/// Whether a field carries a credential: it is withheld from the journal and never leaves towards the
/// shadow. Webhook signatures are none: they prove the body, and open nothing.
#[must_use]
pub fn is_credential(name: &str) -> bool {
    matches!(name, "authorization" | "proxy-authorization" | "cookie" | "set-cookie" | "x-auth" | "x-authorization")
        || ENDS.iter().any(|end| name.ends_with(end))
}

/// A target without the parameters of its query whose names say that they carry a credential: `?access_token=…`. The others
/// stay as they were written.
#[must_use]
pub fn without_credentials(target: &str) -> Cow<'_, str> {
    let Some((path, query)) = target.split_once('?') else {
        return Cow::Borrowed(target);
    };
    let opens_doors = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        is_credential(&unescaped(name).to_ascii_lowercase().replace('_', "-"))
    };
    if !query.split('&').any(|parameter| opens_doors(&parameter)) {
        return Cow::Borrowed(target);
    }
    let kept: Vec<&str> = query.split('&').filter(|parameter| !opens_doors(parameter)).collect();
    Cow::Owned(if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) })
}

/// The name of a parameter, percent-encoding undone where it is ASCII.
fn unescaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        match after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii) {
            Some(byte) => {
                text.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                text.push('%');
                rest = after;
            }
        }
    }
    text + rest
}

/// Header fields for the journal: in their order, credentials withheld.
#[must_use]
pub fn withheld(headers: &HeaderMap) -> Headers {
    let field = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = if is_credential(name.as_str()) {
            Bytes::from_static(WITHHELD)
        } else {
            Bytes::copy_from_slice(value.as_bytes())
        };
        (name.as_str().to_owned(), value)
    };
    headers.iter().map(field).collect()
}

/// Header fields that were read from a file, for the journal: as they are, credentials withheld.
#[must_use]
pub fn withheld_of(headers: &Headers) -> Headers {
    let field = |(name, value): &(String, Bytes)| {
        let value = if is_credential(name) { Bytes::from_static(WITHHELD) } else { value.clone() };
        (name.clone(), value)
    };
    headers.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn only_hop_by_hop_fields_end_here_and_the_order_stays() {
        let fields = [
            ("host", "shop"),
            ("connection", "keep-alive, X-Private"),
            ("x-b", "1"),
            ("keep-alive", "timeout=5"),
            ("x-private", "mine"),
            ("x-a", "1"),
            ("te", "gzip, trailers"),
            ("x-b", "2"),
            ("content-length", "5"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("x-c", "1"),
        ];
        let told = |kept: &HeaderMap| -> Vec<String> {
            kept.iter().map(|(name, value)| format!("{name}: {value:?}")).collect()
        };
        let kept = told(&forwarded(&map(&fields), 0));
        let expected = [
            "host: \"shop\"",
            "x-b: \"1\"",
            "x-b: \"2\"",
            "x-a: \"1\"",
            "te: \"trailers\"",
            "transfer-encoding: \"chunked\"",
            "x-c: \"1\"",
        ];
        assert_eq!(kept, expected);

        // As the journal holds them.
        let whole = fields.iter().filter(|(name, _)| *name != "transfer-encoding");
        let mut captured: Headers = whole.map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        captured.extend([("no name".to_owned(), "1".into()), ("x-d".to_owned(), "line\nbreak".into())]);
        let expected = expected.map(|field| field.replace("transfer-encoding: \"chunked\"", "content-length: \"5\""));
        assert_eq!(told(&forwarded_of(captured.iter(), 0)), expected);
    }

    #[test]
    fn credentials_in_a_query_are_taken_out_and_nothing_else() {
        for (target, kept) in [
            ("/orders", "/orders"),
            ("/orders?shop=a&x=%20", "/orders?shop=a&x=%20"),
            ("/orders?access_token=s3cr3t", "/orders"),
            ("/orders?shop=a&api_key=k&x=1&API-KEY=k", "/orders?shop=a&x=1"),
            ("/orders?consumer_key=ck&consumer_secret=cs&id=7", "/orders?consumer_key=ck&id=7"),
            ("/orders?access%5Ftoken=s3cr3t&%74oken=t&tokens=2", "/orders?tokens=2"),
            ("/orders?token", "/orders"),
            ("/orders?%zz=1&a==b", "/orders?%zz=1&a==b"),
            ("/token/secret?", "/token/secret?"),
        ] {
            assert_eq!(without_credentials(target), kept, "{target}");
        }
    }

    #[test]
    fn credentials_are_known_and_signatures_are_none() {
        for name in [
            "authorization",
            "cookie",
            "x-api-key",
            "apikey",
            "x-shopify-access-token",
            "set-cookie",
            "x-auth-token",
            "token",
            "x-auth-key",
            "ocp-apim-subscription-key",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in
            ["x-shopify-hmac-sha256", "x-wc-webhook-signature", "x-hub-signature-256", "host", "idempotency-key"]
        {
            assert!(!is_credential(name), "{name}");
        }
        let kept = withheld(&map(&[("authorization", "Bearer abc"), ("x-a", "b")]));
        assert_eq!(
            kept,
            [("authorization".into(), Bytes::from_static(b"[withheld]")), ("x-a".into(), Bytes::from_static(b"b"))]
        );
    }
}
