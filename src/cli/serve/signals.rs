//! Signals: SIGTERM and SIGINT end the process, SIGUSR1 pauses the shadow, SIGUSR2 resumes it. Two signals and no toggle: who
//! sends a pause twice means it twice.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::outcome::ActDetail;
use crate::shadow::Switch;

/// Listens for the signals that end the process from now on; what is returned waits for one.
pub(in crate::cli) fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = listen(SignalKind::terminate(), "SIGTERM")?;
    let mut interrupt = listen(SignalKind::interrupt(), "SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for the signals that switch the shadow from now on; what is returned switches it, for ever.
pub(super) fn switches() -> anyhow::Result<impl AsyncFnMut(Arc<Switch>)> {
    let mut pause = listen(SignalKind::user_defined1(), "SIGUSR1")?;
    let mut resume = listen(SignalKind::user_defined2(), "SIGUSR2")?;
    Ok(async move |switch: Arc<Switch>| {
        loop {
            let by = |name: &str| ActDetail { by: Some(name.to_owned()), ..ActDetail::default() };
            let (switched, name) = tokio::select! {
                _ = pause.recv() => (switch.pause(&by("SIGUSR1")).await, "SIGUSR1"),
                _ = resume.recv() => (switch.resume(&by("SIGUSR2")).await, "SIGUSR2"),
            };
            if let Err(error) = switched {
                tracing::error!(%error, signal = name, "the shadow's switch is not on record: a pause is in force, a resumption is not");
            }
        }
    })
}

fn listen(kind: SignalKind, name: &str) -> anyhow::Result<Signal> {
    signal(kind).with_context(|| format!("listen for {name}"))
}
