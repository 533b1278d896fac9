//! Starts what sends copies to a lane: the shadow, or in a replay either. It wires, and decides nothing about sends.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::journal::{Feed, Journal, Load};
use crate::net;
use crate::outcome::Lane;
use crate::run::Run;
use crate::shadow::{self, Armed, Pace, Shadow};

/// What holds a sender back.
#[derive(Debug, Default)]
pub(in crate::cli) struct Hold {
    /// Whether it is paused from the start.
    pub(in crate::cli) paused: bool,
    /// How far it may write to a production ledger; `None`: its ledger is none.
    pub(in crate::cli) armed: Option<Armed>,
    /// Whether as many as possible are to be sent.
    pub(in crate::cli) full_speed: bool,
    /// Lanes of which it must be known first that they are two places.
    pub(in crate::cli) until_apart: Option<Box<Config>>,
}

/// Starts what sends copies to a lane.
pub(in crate::cli) fn start_sender(
    config: &Config,
    lane: Lane,
    hold: Hold,
    (journal, run): (&Journal, Run),
    feed: Feed,
    (stop, tasks): (&CancellationToken, &TaskTracker),
) -> Arc<Shadow> {
    let lane_config = config.lanes.get(lane).clone();
    let client = net::client(lane_config.tls(), false);
    let pace = Pace::new(lane, lane_config.concurrency.get(), hold.paused);
    let pace = Arc::new(if hold.full_speed { pace.recording_ahead() } else { pace });
    let shadow = Arc::new(Shadow {
        lane,
        config: lane_config,
        answer_bytes_max: config.tee.answer_bytes_max,
        run,
        journal: journal.clone(),
        pace,
        client,
        load: Load::watched(),
        armed: hold.armed,
    });
    let (stop, sender) = (stop.clone(), Arc::clone(&shadow));
    tasks.spawn(async move {
        if let Some(config) = hold.until_apart
            && !shadow::until_apart(&config, &stop).await
        {
            return;
        }
        if let Err(error) = shadow::run(sender, feed, stop).await {
            tracing::error!(%lane, %error, "nothing more is sent to the lane; its orders stay in the journal, and the next start sends them");
        }
    });
    shadow
}
