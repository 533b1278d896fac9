//! URLs of lanes and ledgers: what they may hold, and when two of them are the same place.

use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use hyper::http::uri::Authority;

use super::reader::{Value, nearest, shown};

/// What a poll's URL and body may hold.
pub(super) const PAGES: [&str; 4] = ["since", "page", "offset", "limit"];

/// What the URL of a look-up may hold.
pub(super) const LOOKUP: [&str; 1] = ["order_key"];

/// The ports of `http` and `https`.
const PORT: u16 = 80;
const PORT_TLS: u16 = 443;

/// A text inside a URL or a form: all but the unreserved characters by their bytes (RFC 3986, 2.3).
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The URL of a lane: a place that targets are appended to.
pub(super) fn lane_url(value: &Value<'_>) -> Option<Uri> {
    let text = value.text()?;
    let uri = web_url_of(value, text)?;
    if text.contains(['?', '#']) {
        let what = format!("`{}` has a query or a fragment; paths of requests are appended to it", value.name);
        return value.wrong(what, "end it with the host or a path, such as \"http://127.0.0.1:9001/api\"");
    }
    Some(uri)
}

/// A URL that something is asked of, over TLS or not.
pub(super) fn web_url(value: &Value<'_>) -> Option<Uri> {
    let text = value.text()?;
    let uri = web_url_of(value, text)?;
    if text.contains('#') {
        return value.wrong(format!("`{}` has a fragment, which is never sent", value.name), "take `#…` out");
    }
    Some(uri)
}

/// What paths are appended to, without a slash at its end.
pub(super) fn base_url(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    web_url_of(value, text)?;
    if text.contains(['?', '#', '{']) {
        let what = format!("`{}` has more than a host and a path; `path` is appended to it", value.name);
        return value.wrong(what, "end it with the host or a path, such as \"https://erp.example.com/api\"");
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// `text` at `value` as a URL with some of the placeholders in `names`.
pub(super) fn template_url(value: &Value<'_>, text: &str, names: &[&str]) -> Option<String> {
    placeholders(value, text, names)?;
    let uri = web_url_of(value, &fill(text))?;
    if text.contains('#') {
        return value.wrong(format!("`{}` has a fragment, which is never sent", value.name), "take `#…` out");
    }
    let authority = text.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    if authority != uri.authority().map(Authority::as_str) {
        let what = format!("`{}` has a placeholder in its host", value.name);
        return value.wrong(what, "write placeholders into the path or the query only");
    }
    Some(text.to_owned())
}

/// A URL with something in place of its placeholders.
pub(super) fn filled(template: &str) -> Option<Uri> {
    fill(template).parse().ok()
}

fn fill(template: &str) -> String {
    let all = PAGES.iter().chain(&LOOKUP);
    all.fold(template.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), "1"))
}

/// Whether `url` holds `{name}`.
pub(super) fn holds(url: &str, name: &str) -> bool {
    url.contains(&format!("{{{name}}}"))
}

fn placeholders(value: &Value<'_>, text: &str, names: &[&str]) -> Option<()> {
    for part in text.split('{').skip(1) {
        let Some((name, _)) = part.split_once('}') else {
            let what = format!("`{}` has a `{{` that is not closed", value.name);
            return value.wrong(what, format!("write {}", in_braces(names)));
        };
        known(value, name, names)?;
    }
    Some(())
}

/// Checks a body, where braces are mostly JSON's own: only a word that fills them is a placeholder.
pub(super) fn body_placeholders(value: &Value<'_>, text: &str, names: &[&str]) -> Option<()> {
    let is_word = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    for part in text.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}').filter(|(name, _)| is_word(name)) {
            known(value, name, names)?;
        }
    }
    Some(())
}

fn known(value: &Value<'_>, name: &str, names: &[&str]) -> Option<()> {
    if names.contains(&name) {
        return Some(());
    }
    let meant = nearest(name, names).map(|near| format!("did you mean `{{{near}}}`?"));
    let write = meant.unwrap_or_else(|| format!("there are {}", in_braces(names)));
    value.wrong(format!("`{}` has an unknown placeholder `{{{}}}`", value.name, shown(name)), write)
}

fn in_braces(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{{{name}}}`")).collect::<Vec<_>>().join(", ")
}

/// Whether both are of the same scheme, host and port.
pub(super) fn same_origin(one: &Uri, other: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    one.scheme() == other.scheme() && host(one) == host(other) && port(one) == port(other)
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { PORT_TLS } else { PORT })
}

fn scheme(text: &str) -> Option<String> {
    text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase())
}

/// An absolute `http` or `https` URL without credentials. What it holds is never repeated: it may be a secret.
fn web_url_of(value: &Value<'_>, text: &str) -> Option<Uri> {
    let name = &value.name;
    match scheme(text).as_deref() {
        Some("http" | "https") => {}
        Some(_) => return value.wrong(format!("`{name}` is no http URL"), "write \"http://…\""),
        None => return value.wrong(format!("`{name}` has no scheme"), "begin it with \"http://\""),
    }
    let Some((uri, authority)) = text.parse::<Uri>().ok().and_then(|uri| Some((uri.clone(), uri.authority()?.clone())))
    else {
        return value.wrong(format!("`{name}` is no URL"), "write it like \"http://127.0.0.1:9001\"");
    };
    if authority.as_str().contains('@') {
        let write = "take them out; write a header, such as headers = { authorization = \"env:NAME\" }";
        return value.wrong(format!("`{name}` holds credentials"), write);
    }
    if authority.host().is_empty() || !port_is_good(&authority) {
        let write = "write a host and a port from 1 to 65535, such as \"http://127.0.0.1:9001\"";
        return value.wrong(format!("`{name}` has no good host and port"), write);
    }
    Some(uri)
}

fn port_is_good(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').and_then(|port| port.parse::<u16>().ok()).is_some_and(|port| port > 0),
        None => false,
    }
}

/// A place on the network, written in one way only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    host: Host,
    port: u16,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// This machine, by whichever of its names.
    Loopback,
    Address(IpAddr),
    Name(String),
}

impl Target {
    pub(super) fn of(uri: &Uri) -> Self {
        let path = uri.path().trim_end_matches('/').to_owned();
        Self { host: Host::of(uri.host().unwrap_or_default()), port: port(uri), path }
    }

    /// Whether it is at the same host and port, whatever the path.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port
    }

    /// Whether it is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == Host::Loopback
    }

    /// Whether a socket that listens on `listen` gets what is sent here.
    pub(super) fn reaches(&self, listen: SocketAddr) -> bool {
        let same_host = match &self.host {
            Host::Loopback => listen.ip().is_unspecified() || is_loopback(listen.ip()),
            Host::Address(address) => *address == listen.ip().to_canonical(),
            Host::Name(_) => false,
        };
        listen.port() != 0 && listen.port() == self.port && same_host
    }
}

impl Host {
    fn of(text: &str) -> Self {
        let text = text.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        match text.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) if is_loopback(address) || address.is_unspecified() => Self::Loopback,
            Ok(address) => Self::Address(address),
            Err(_) if text == "localhost" || text.ends_with(".localhost") => Self::Loopback,
            Err(_) => Self::Name(text),
        }
    }
}

/// Whether an address is of this machine only.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_target_however_it_is_written() {
        for (left, right, same) in [
            ("http://127.0.0.1:9001", "http://localhost:9001/", true),
            ("http://127.0.0.1:9001", "http://[::1]:9001", true),
            ("http://127.0.0.1:9001", "http://[::ffff:127.0.0.1]:9001", true),
            ("http://127.0.0.1:9001", "http://0.0.0.0:9001", true),
            ("http://ERP.example.com", "http://erp.example.com.:80/", true),
            ("http://erp.example.com/a", "http://erp.example.com/a/", true),
            ("http://erp.example.com/a", "http://erp.example.com/b", false),
            ("http://erp.example.com", "http://erp.example.com:8080", false),
            ("http://127.0.0.1:9001", "http://127.0.0.1:9002", false),
            ("http://10.0.0.1", "http://10.0.0.2", false),
            ("https://erp.example.com", "http://erp.example.com:443", true),
            ("https://erp.example.com", "http://erp.example.com", false),
        ] {
            let target = |url: &str| Target::of(&url.parse().unwrap());
            assert_eq!(target(left) == target(right), same, "{left} {right}");
        }
    }

    #[test]
    fn a_target_reaches_the_socket_that_listens_there() {
        for (url, listen, reaches) in [
            ("http://localhost:8080", "127.0.0.1:8080", true),
            ("http://127.0.0.1:8080/api", "0.0.0.0:8080", true),
            ("http://[::1]:8080", "[::]:8080", true),
            ("http://10.0.0.1:8080", "10.0.0.1:8080", true),
            ("http://localhost", "127.0.0.1:80", true),
            ("http://localhost:8081", "127.0.0.1:8080", false),
            ("http://10.0.0.1:8080", "127.0.0.1:8080", false),
            ("http://erp.example.com:8080", "0.0.0.0:8080", false),
        ] {
            assert_eq!(Target::of(&url.parse().unwrap()).reaches(listen.parse().unwrap()), reaches, "{url} {listen}");
        }
    }
}
