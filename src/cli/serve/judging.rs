//! Judges the run while it goes on, where somebody looks at it or is told.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::live::{Watch, watch};
use crate::config::Config;
use crate::dashboard::notify::Notifier;
use crate::journal::Journal;
use crate::run::Run;

/// Starts to judge, and to tell who is to be told, until `stop`; what is judged, to be looked at. `None`: nobody looks or is told.
pub(super) fn start(
    config: &Config,
    (journal, run): (&Journal, Run),
    (stop, tasks): (&CancellationToken, &TaskTracker),
) -> Option<Watch> {
    if config.admin.is_none() && config.notify.is_none() {
        return None;
    }
    let (watch, judging) = watch(journal.clone(), stop.clone());
    tasks.spawn(judging);
    if let Some(notifier) = Notifier::new(config, run.number, journal, &watch) {
        tasks.spawn(notifier.run(stop.clone()));
    }
    Some(watch)
}
