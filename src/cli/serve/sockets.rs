//! Listening sockets that whoever started the process has open already (`LISTEN_FDS`, as systemd hands them on): they stay open while
//! one process ends and the next begins, so that no order is refused in between. Without any, ports are bound here.

use std::env;
use std::net::{SocketAddr, TcpListener as StdListener};

use anyhow::{Context as _, bail};
use listenfd::ListenFd;
use tokio::net::TcpListener;

/// The names of sockets, as in `LISTEN_FDNAMES` (`FileDescriptorName=` in a socket unit).
const TEE: &str = "tee";
const ADMIN: &str = "admin";

/// Sockets that were handed on.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    tee: Option<StdListener>,
    admin: Option<StdListener>,
}

impl Sockets {
    /// Those of this process's environment. One that is named `tee` or `admin` is what it says; of others the first is the
    /// tee's and the second the admin port's.
    ///
    /// # Errors
    /// When one of them is no listening TCP socket, or there are more than are listened on.
    pub(super) fn inherited() -> anyhow::Result<Self> {
        let mut inherited = ListenFd::from_env();
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut sockets = Self::default();
        for (index, name) in assigned(&names, inherited.len())?.into_iter().enumerate() {
            let what = || format!("take over the socket of `{name}` (descriptor {} of LISTEN_FDS)", index + 3);
            let listener = inherited.take_tcp_listener(index).with_context(what)?;
            let listener = listener.with_context(|| format!("{}: it was taken before", what()))?;
            listener.set_nonblocking(true).with_context(what)?;
            let slot = if name == TEE { &mut sockets.tee } else { &mut sockets.admin };
            *slot = Some(listener);
        }
        Ok(sockets)
    }

    /// The tee's listener.
    pub(super) async fn tee(&mut self, listen: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
        taken_or_bound(self.tee.take(), listen, "tee.listen").await
    }

    /// The admin port's.
    pub(super) async fn admin(&mut self, listen: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
        taken_or_bound(self.admin.take(), listen, "admin.listen").await
    }

    /// Whether nobody listens on a socket that was handed on: its clients would wait for ever.
    pub(super) fn are_used(&self) -> anyhow::Result<()> {
        match (&self.tee, &self.admin) {
            (None, None) => Ok(()),
            _ => bail!(
                "listen on every socket of LISTEN_FDS: one is for the admin port, and the configuration has no [admin]"
            ),
        }
    }
}

/// What each of `count` sockets is for.
fn assigned(names: &str, count: usize) -> anyhow::Result<Vec<&'static str>> {
    let mut names: Vec<&str> = names.split(':').collect();
    names.resize(count, "");
    let mut free = vec![ADMIN, TEE];
    free.retain(|name| !names.contains(name));
    let mut assigned = Vec::new();
    for name in names {
        let known = [TEE, ADMIN].into_iter().find(|known| *known == name);
        match known.or_else(|| free.pop()) {
            Some(known) if !assigned.contains(&known) => assigned.push(known),
            _ => bail!(
                "take over {count} sockets of LISTEN_FDS: there are two to listen on, `{TEE}` and `{ADMIN}`, one of each"
            ),
        }
    }
    Ok(assigned)
}

async fn taken_or_bound(
    taken: Option<StdListener>,
    listen: SocketAddr,
    key: &str,
) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let Some(listener) = taken else { return super::bind(listen, key).await };
    let listener = TcpListener::from_std(listener).with_context(|| format!("listen on the socket of {key}"))?;
    let addr = listener.local_addr().with_context(|| format!("learn the address of {key}"))?;
    if listen.port() != 0 && addr != listen {
        tracing::warn!(%addr, %listen, key, "the socket that was handed on is another than the configuration names; it is used");
    }
    Ok((listener, addr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_known_by_name_and_then_by_their_sequence() {
        for (names, count, expected) in [
            ("", 0, Some(vec![])),
            ("", 1, Some(vec!["tee"])),
            ("", 2, Some(vec!["tee", "admin"])),
            ("admin", 1, Some(vec!["admin"])),
            ("admin:tee", 2, Some(vec!["admin", "tee"])),
            ("admin:paritee.socket", 2, Some(vec!["admin", "tee"])),
            ("unknown:unknown", 2, Some(vec!["tee", "admin"])),
            ("web:tee", 2, Some(vec!["admin", "tee"])),
            ("tee:tee", 2, None),
            ("", 3, None),
        ] {
            assert_eq!(assigned(names, count).ok(), expected, "{names} {count}");
        }
    }
}
