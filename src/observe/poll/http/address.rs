//! The requests of a reading: the poll's URL and body filled in, and where `next` points.

use bytes::Bytes;
use hyper::Uri;
use jiff::Timestamp;

use super::drift::Place;
use crate::config::{HttpPoll, percent_encoded};

/// What `{since}` is filled with when the window is all: before any ERP, and read by all of them.
const ALL: Timestamp = Timestamp::UNIX_EPOCH;

/// Why there is no URL to go on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum AddressError {
    /// A URL of the poll, filled in, is none.
    #[error("the poll's url is no URL: {0}")]
    Broken(String),
    /// `next` is no URL.
    #[error("`next` is no URL")]
    NextBroken,
    /// `next` names another scheme, host or port. The poll's headers carry credentials of this ledger,
    /// so they go nowhere else.
    #[error("`next` leads away from the poll's own scheme, host and port, to {0}")]
    NextElsewhere(String),
}

/// Whether URL or body take `{since}`; without it every reading's window is all.
pub(in crate::observe::poll) fn takes_since(http: &HttpPoll) -> bool {
    takes(http, "{since}")
}

/// Whether URL or body hold this placeholder.
pub(super) fn takes(http: &HttpPoll, placeholder: &str) -> bool {
    http.url.contains(placeholder) || http.body.as_ref().is_some_and(|body| body.contains(placeholder))
}

/// The poll's URL with `{since}` as RFC 3339 in whole seconds, UTC, `{page}`, `{offset}` and `{limit}`.
pub(super) fn filled(http: &HttpPoll, since: Option<Timestamp>, place: Place) -> Result<Uri, AddressError> {
    let text = fill(&http.url, since, place);
    parsed(&text).ok_or(AddressError::Broken(text))
}

/// The poll's body, filled in likewise; empty where it has none. What is filled in needs no escape in JSON: digits,
/// and a time in ASCII.
pub(super) fn filled_body(http: &HttpPoll, since: Option<Timestamp>, place: Place) -> Bytes {
    http.body.as_ref().map(|body| fill(body, since, place).into()).unwrap_or_default()
}

fn fill(template: &str, since: Option<Timestamp>, place: Place) -> String {
    let text = template.replace("{since}", &since.unwrap_or(ALL).to_string());
    let text = text.replace("{page}", &place.page.to_string());
    text.replace("{offset}", &place.offset.to_string()).replace("{limit}", &place.limit.to_string())
}

/// The URL that looks one name of an order up.
pub(super) fn lookup(template: &str, name: &str) -> Result<Uri, AddressError> {
    let text = template.replace("{order_key}", &percent_encoded(name));
    parsed(&text).ok_or(AddressError::Broken(text))
}

/// Where `next` points, seen from the page at `here` (RFC 3986, 5.2, dot segments left to the server).
pub(super) fn resolved(here: &Uri, next: &str) -> Result<Uri, AddressError> {
    let next = next.trim();
    let origin = format!("{}://{}", here.scheme_str().unwrap_or("http"), authority(here));
    let text = if next.contains("://") && !next.starts_with(['/', '?']) {
        next.to_owned()
    } else if next.starts_with("//") {
        format!("{}:{next}", here.scheme_str().unwrap_or("http"))
    } else if next.starts_with('/') {
        format!("{origin}{next}")
    } else if next.starts_with('?') {
        format!("{origin}{}{next}", here.path())
    } else {
        let folder = here.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{origin}{folder}/{next}")
    };
    let uri = parsed(&text).ok_or(AddressError::NextBroken)?;
    if same_origin(here, &uri) { Ok(uri) } else { Err(AddressError::NextElsewhere(authority(&uri).to_owned())) }
}

fn parsed(text: &str) -> Option<Uri> {
    text.parse::<Uri>().ok().filter(|uri| uri.host().is_some())
}

fn authority(uri: &Uri) -> &str {
    uri.authority().map_or("", hyper::http::uri::Authority::as_str)
}

fn same_origin(one: &Uri, other: &Uri) -> bool {
    let port = |uri: &Uri| uri.port_u16().or(if uri.scheme_str() == Some("https") { Some(443) } else { Some(80) });
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    one.scheme() == other.scheme() && host(one) == host(other) && port(one) == port(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::poll::http::poll_of;

    fn poll(url: &str, body: Option<&str>) -> HttpPoll {
        HttpPoll { body: body.map(Into::into), ..poll_of(url) }
    }

    #[test]
    fn url_and_body_are_filled_in() {
        let since = Some(Timestamp::from_second(1_720_000_800).unwrap());
        let place = Place { page: 3, offset: 200, limit: 100 };
        for (url, since, expected) in [
            (
                "http://erp.test/l?since={since}&page={page}",
                since,
                Ok("http://erp.test/l?since=2024-07-03T10:00:00Z&page=3"),
            ),
            ("http://erp.test/l?from={since}", None, Ok("http://erp.test/l?from=1970-01-01T00:00:00Z")),
            ("http://erp.test/l?o={offset}&n={limit}", None, Ok("http://erp.test/l?o=200&n=100")),
            ("/ledger", None, Err(AddressError::Broken("/ledger".into()))),
            ("http://erp.test/a b", None, Err(AddressError::Broken("http://erp.test/a b".into()))),
        ] {
            assert_eq!(filled(&poll(url, None), since, place), expected.map(|url| url.parse().unwrap()), "{url}");
        }
        let body = r#"{"q":"SELECT * FROM t WHERE at >= '{since}'","offset":{offset},"limit":{limit},"page":{page}}"#;
        let body = poll("http://erp.test/", Some(body));
        assert!(takes_since(&body) && takes(&body, "{offset}") && !takes(&body, "{order_key}"));
        assert_eq!(
            filled_body(&body, since, place),
            r#"{"q":"SELECT * FROM t WHERE at >= '2024-07-03T10:00:00Z'","offset":200,"limit":100,"page":3}"#
        );
        assert_eq!(filled_body(&poll("http://erp.test/", None), since, place), "");
    }

    #[test]
    fn a_name_is_looked_up_whatever_it_is_made_of() {
        for (name, expected) in [
            ("1001", "http://erp.test/l?key='1001'&top=5"),
            ("#10/01?&'+ä", "http://erp.test/l?key='%2310%2F01%3F%26%27%2B%C3%A4'&top=5"),
        ] {
            assert_eq!(lookup("http://erp.test/l?key='{order_key}'&top=5", name).unwrap(), expected);
        }
    }

    #[test]
    fn next_is_resolved_and_stays_on_its_origin() {
        let here: Uri = "http://erp.test:8080/v1/ledger?page=1".parse().unwrap();
        for (next, expected) in [
            ("http://erp.test:8080/v1/ledger?page=2", Ok("http://erp.test:8080/v1/ledger?page=2")),
            ("HTTP://ERP.test:8080/v1/ledger?page=2", Ok("http://ERP.test:8080/v1/ledger?page=2")),
            ("/v1/ledger?page=2", Ok("http://erp.test:8080/v1/ledger?page=2")),
            ("//erp.test:8080/x", Ok("http://erp.test:8080/x")),
            ("?page=2", Ok("http://erp.test:8080/v1/ledger?page=2")),
            ("?back=http://a.test/", Ok("http://erp.test:8080/v1/ledger?back=http://a.test/")),
            ("ledger?page=2", Ok("http://erp.test:8080/v1/ledger?page=2")),
            ("http://erp.test/v1", Err(AddressError::NextElsewhere("erp.test".into()))),
            ("https://erp.test:8080/v1", Err(AddressError::NextElsewhere("erp.test:8080".into()))),
            ("http://other.test:8080/v1", Err(AddressError::NextElsewhere("other.test:8080".into()))),
            ("//other.test/v1", Err(AddressError::NextElsewhere("other.test".into()))),
            ("http://", Err(AddressError::NextBroken)),
            ("a b", Err(AddressError::NextBroken)),
        ] {
            assert_eq!(resolved(&here, next), expected.map(|uri| uri.parse().unwrap()), "{next}");
        }
        let plain: Uri = "http://erp.test/ledger".parse().unwrap();
        assert!(resolved(&plain, "http://erp.test:80/ledger?page=2").is_ok());
    }
}
