//! The URLs of a reading: the poll's template filled in, and where `next` points.

use hyper::Uri;
use jiff::Timestamp;

/// What `{since}` is filled with when the window is all: before any ERP, and read by all of them.
const ALL: Timestamp = Timestamp::UNIX_EPOCH;

/// Why there is no URL to go on with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::observe::poll) enum AddressError {
    /// The poll's URL, filled in, is none.
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

/// Whether the template takes `{since}`; without it every reading's window is all.
pub(in crate::observe::poll) fn takes_since(template: &str) -> bool {
    template.contains("{since}")
}

/// Whether the template takes `{page}`.
pub(in crate::observe::poll) fn takes_page(template: &str) -> bool {
    template.contains("{page}")
}

/// The template with `{since}` as RFC 3339 in whole seconds, UTC, and `{page}`.
pub(in crate::observe::poll) fn filled(
    template: &str,
    since: Option<Timestamp>,
    page: u32,
) -> Result<Uri, AddressError> {
    let since = since.unwrap_or(ALL).to_string();
    let text = template.replace("{since}", &since).replace("{page}", &page.to_string());
    parsed(&text).ok_or(AddressError::Broken(text))
}

/// Where `next` points, seen from the page at `here` (RFC 3986, 5.2, dot segments left to the server).
pub(in crate::observe::poll) fn resolved(here: &Uri, next: &str) -> Result<Uri, AddressError> {
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

    #[test]
    fn the_template_is_filled_in() {
        let since = Some(Timestamp::from_second(1_720_000_800).unwrap());
        let template = "http://erp.test/ledger?since={since}&page={page}";
        assert_eq!(filled(template, since, 3).unwrap(), "http://erp.test/ledger?since=2024-07-03T10:00:00Z&page=3");
        assert_eq!(filled(template, None, 1).unwrap(), "http://erp.test/ledger?since=1970-01-01T00:00:00Z&page=1");
        assert!(filled("/ledger", None, 1).is_err());
        assert!(filled("http://erp.test/a b", None, 1).is_err());
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
