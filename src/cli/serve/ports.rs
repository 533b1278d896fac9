//! The ports: bound once, and kept while what listens behind them begins anew, so that nobody is refused meanwhile.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;

use super::Sockets;
use crate::config::Config;

/// The tee's port, and the admin port where there is one.
#[derive(Debug)]
pub(super) struct Ports {
    tee: std::net::TcpListener,
    admin: Option<std::net::TcpListener>,
    pub(super) tee_addr: SocketAddr,
    pub(super) admin_addr: Option<SocketAddr>,
}

impl Ports {
    /// Takes over the sockets that were handed on, and binds what they leave.
    pub(super) async fn bind(mut sockets: Sockets, config: &Config) -> anyhow::Result<Self> {
        let (tee, tee_addr) = sockets.tee(config.tee.listen).await?;
        let admin = match &config.admin {
            Some(admin) => Some(sockets.admin(admin.listen).await?),
            None => None,
        };
        sockets.are_used()?;
        if let (Some((_, addr)), Some(config)) = (&admin, &config.admin)
            && !addr.ip().to_canonical().is_loopback()
            && config.token.is_none()
        {
            bail!(
                "listen on {addr} for the admin port: it is open beyond this machine, and there is no token; write token = \"env:PARITEE_TOKEN\""
            );
        }
        let admin_addr = admin.as_ref().map(|(_, addr)| *addr);
        let admin = admin.map(|(admin, _)| admin.into_std()).transpose().context("keep the admin port")?;
        Ok(Self { tee: tee.into_std().context("keep the tee's port")?, admin, tee_addr, admin_addr })
    }

    /// A listener on the tee's port; all of them take from one queue.
    pub(super) fn tee(&self) -> anyhow::Result<TcpListener> {
        listener(&self.tee)
    }

    /// A listener on the admin port.
    pub(super) fn admin(&self) -> anyhow::Result<Option<TcpListener>> {
        self.admin.as_ref().map(listener).transpose()
    }
}

fn listener(port: &std::net::TcpListener) -> anyhow::Result<TcpListener> {
    let listener = port.try_clone().and_then(TcpListener::from_std);
    listener.context("listen on a port that is bound")
}

pub(in crate::cli) async fn bind(listen: SocketAddr, key: &str) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen} ({key})"))?;
    let addr = listener.local_addr().with_context(|| format!("learn the address of {key}"))?;
    Ok((listener, addr))
}
