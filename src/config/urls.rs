//! URLs of lanes and ledgers: what they may hold, and when two of them are the same place.

use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use hyper::http::uri::Authority;

use super::reader::{Value, nearest, shown};

/// What a poll's URL may hold.
const PLACEHOLDERS: [&str; 2] = ["since", "page"];

/// The port of `http`.
const PORT: u16 = 80;

/// The URL of a lane: a place that targets are appended to.
pub(super) fn lane_url(value: &Value<'_>) -> Option<Uri> {
    let text = value.text()?;
    let uri = http_url(value, text)?;
    if text.contains(['?', '#']) {
        let what = format!("`{}` has a query or a fragment; paths of requests are appended to it", value.name);
        return value.wrong(what, "end it with the host or a path, such as \"http://127.0.0.1:9001/api\"");
    }
    Some(uri)
}

/// The URL of a ledger, with its placeholders.
pub(super) fn poll_url(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    placeholders(value, text)?;
    let filled = PLACEHOLDERS.iter().fold(text.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), "1"));
    let uri = http_url(value, &filled)?;
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

/// Whether `url` holds `{name}`.
pub(super) fn holds(url: &str, name: &str) -> bool {
    url.contains(&format!("{{{name}}}"))
}

fn placeholders(value: &Value<'_>, text: &str) -> Option<()> {
    for part in text.split('{').skip(1) {
        let Some((name, _)) = part.split_once('}') else {
            return value
                .wrong(format!("`{}` has a `{{` that is not closed", value.name), "write `{since}` or `{page}`");
        };
        if !PLACEHOLDERS.contains(&name) {
            let meant = nearest(name, &PLACEHOLDERS).map(|near| format!("did you mean `{{{near}}}`?"));
            let write = meant.unwrap_or_else(|| "there are `{since}` and `{page}`".to_owned());
            return value.wrong(format!("`{}` has an unknown placeholder `{{{}}}`", value.name, shown(name)), write);
        }
    }
    Some(())
}

/// An absolute `http` URL without credentials. What it holds is never repeated: it may be a secret.
fn http_url(value: &Value<'_>, text: &str) -> Option<Uri> {
    let name = &value.name;
    match text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        Some("http") => {}
        Some("https") => {
            return value.wrong(
                format!("`{name}`: https is not supported yet in this version"),
                "write the http:// address of a TLS-terminating proxy next to paritee",
            );
        }
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
        Self { host: Host::of(uri.host().unwrap_or_default()), port: uri.port_u16().unwrap_or(PORT), path }
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
