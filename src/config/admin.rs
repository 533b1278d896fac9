//! `[admin]`: the port for people and monitors.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::reader::{At, Value};
use super::secrets::secret;
use super::urls::is_loopback;
use super::values::{address, integer};
use super::{Admin, Secret, tls};

/// This machine only.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9900);

/// Some ten thousand events of 1.6 KB.
const BODY_BYTES_MAX: usize = 16 << 20;

/// A request is held in memory while it is read.
const BODY_BYTES_LIMIT: i64 = 256 << 20;

/// More in one commit would hold orders up.
const EVENTS_LIMIT: i64 = 1_000_000;

/// One commit of the journal takes them in well under a second.
const EVENTS_MAX: usize = 10_000;

/// `[admin]` as read.
pub(super) struct AdminDraft {
    pub(super) admin: Admin,
    pub(super) listen: At<SocketAddr>,
    /// `env:NAME`
    pub(super) token_written: Option<String>,
}

pub(super) fn read(value: &Value<'_>) -> Option<AdminDraft> {
    let mut table = value.table()?;
    let context = table.context;
    let listen = table.get("listen", address).unwrap_or_else(|| At { value: LISTEN, span: value.span.clone() });
    let token_value = table.value("token");
    let token = token_value.as_ref().and_then(bearer);
    let body_bytes_max = table.or("body_bytes_max", BODY_BYTES_MAX, integer(1_024..=BODY_BYTES_LIMIT));
    let events_max = table.or("events_max", EVENTS_MAX, integer(1..=EVENTS_LIMIT));
    let tls = table.get("tls", tls::of_listener(false)).map(|at| at.value);
    table.close();
    if token_value.is_none() && !is_loopback(listen.value.ip()) {
        let what = format!("`admin.listen` is open beyond this machine ({}), and there is no token", listen.value);
        let write = "write token = \"env:PARITEE_TOKEN\", or listen on 127.0.0.1";
        context.absent(Some(listen.span.clone()), what, write);
    }
    let token_written = token_value.and_then(|value| value.text().map(str::to_owned));
    Some(AdminDraft {
        admin: Admin { listen: listen.value, token: token.map(Secret::new), body_bytes_max, events_max, tls },
        listen,
        token_written,
    })
}

/// A secret that can stand in an `Authorization` header.
fn bearer(value: &Value<'_>) -> Option<String> {
    let token = secret(value)?;
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(token);
    }
    value.wrong(
        format!("`{}` can't stand in a header", value.name),
        "it may hold no spaces, line breaks or letters beyond ASCII; look at the end of the variable",
    )
}
