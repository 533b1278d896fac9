//! The dashboard beside a journal that nobody writes any more, such as a demo's: to look at, and to write notes.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{CLOSE_MAX, admin};
use crate::audit::live::watch;
use crate::config::Admin;
use crate::dashboard::{self, Parts};
use crate::journal::{self, Opened};
use crate::net::Guard;

/// How long who looks may take to get the rest of a page at the end.
const SHUTDOWN_MAX: Duration = Duration::from_secs(1);

/// Serves the dashboard of a journal at a loopback address until it is `ended`. `ready` learns where.
///
/// # Errors
/// When the journal can't be opened, or the port is taken.
pub async fn serve_finished(
    journal: &Path,
    listen: SocketAddr,
    ready: impl FnOnce(SocketAddr),
    ended: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen} for the dashboard"))?;
    let address = listener.local_addr().context("ask for the dashboard's port")?;
    let opened = journal::open(journal, journal::Options::default())?;
    let stop = CancellationToken::new();
    let (watch, judging) = watch(opened.journal.clone(), stop.clone());
    let judging = tokio::spawn(judging);
    let guard = Guard::new(&Admin::of_loopback(address));
    let parts = Parts { watch, journal: opened.journal.clone(), guard, look: None, stop: stop.clone() };
    let router = dashboard::router(parts).merge(admin::health(opened.journal.clone()));
    let serving = tokio::spawn(admin::serve(router, (listener, None), stop.clone(), SHUTDOWN_MAX));
    ready(address);
    ended.await;
    stop.cancel();
    let _ended = tokio::join!(serving, judging);
    let Opened { journal, writer, .. } = opened;
    if !journal.leave(CLOSE_MAX).await {
        bail!("close the journal: what was written about it last may not be on record");
    }
    drop(journal);
    // The last checkpoint is the writer's.
    tokio::task::spawn_blocking(move || writer.join().is_ok()).await.context("close the journal")?;
    Ok(())
}
