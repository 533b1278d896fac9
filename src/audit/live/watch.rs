//! The one task that judges again what has changed, and publishes it to all who look.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::super::{AuditError, OrderFound};
use super::{Index, Live, Lookup};
use crate::clock;
use crate::journal::Journal;
use crate::judge::Assessment;
use crate::order::OrderKey;
use crate::report::masked;

/// From the end of one pass to the beginning of the next at least: facts are seen within a second, and come in dozens.
const REST_MIN: Duration = Duration::from_millis(200);

/// How many times as long as a pass took is rested at least, so that judging leaves the processor to orders.
const REST_TIMES: u32 = 2;

/// How far judging gives way to orders, as `nice` counts it: where both want the processor, each of its threads gets a tenth of
/// what one of theirs gets.
#[cfg(target_os = "linux")]
pub(in crate::audit) const NICE: i32 = 10;

/// After a pass that failed.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The assessment as it is now.
#[derive(Clone, Debug)]
pub struct Now {
    /// What is said of the run, personal data masked.
    pub assessment: Arc<Assessment>,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// How long that took.
    pub took: Duration,
}

/// What those see who look. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Watch {
    now: watch::Receiver<Option<Now>>,
    index: watch::Receiver<Option<Arc<Index>>>,
    path: Arc<Path>,
    pub(in crate::audit) lookup: Arc<Mutex<Option<Lookup>>>,
}

/// Where it is published.
#[derive(Debug)]
struct Told {
    now: watch::Sender<Option<Now>>,
    index: watch::Sender<Option<Arc<Index>>>,
}

/// Who watches a journal, and the task that judges it again whenever rows were committed, until `stop`.
pub fn watch(journal: Journal, stop: CancellationToken) -> (Watch, impl Future<Output = ()> + Send) {
    let (now, seen) = watch::channel(None);
    let (index, listed) = watch::channel(None);
    let kept = Arc::default();
    let watch = Watch { now: seen, index: listed, path: journal.path().into(), lookup: Arc::clone(&kept) };
    (watch, async move {
        let told = Told { now, index };
        stop.run_until_cancelled(judge_on(&journal, &told, &kept)).await;
    })
}

async fn judge_on(journal: &Journal, told: &Told, lookup: &Arc<Mutex<Option<Lookup>>>) {
    let mut tail = journal.tail();
    let mut live: Option<Live> = None;
    loop {
        tail.borrow_and_update();
        keep_up(lookup, journal.path());
        let path = journal.path().to_owned();
        let began = Instant::now();
        let passed = giving_way(move || {
            let mut live = match live {
                Some(live) => live,
                None => Live::open(&path)?,
            };
            let assessment = live.pass()?;
            Ok::<_, AuditError>((live, assessment))
        });
        let passed = match passed {
            // The process ends, or judging has panicked: what it panicked at is still there.
            Ok(passed) => match passed.await {
                Ok(passed) => passed.map_err(anyhow::Error::from),
                Err(_) => return,
            },
            Err(error) => Err(anyhow::Error::new(error).context("start a thread to judge")),
        };
        let took = began.elapsed();
        let rest = match passed {
            Ok((kept, assessment)) => {
                told.index.send_if_modified(|index| index.is_none() && index.replace(kept.index()).is_none());
                if let Some(assessment) = assessment {
                    let now = Now { assessment: Arc::new(masked(assessment)), judged_at: clock::now(), took };
                    told.now.send_replace(Some(now));
                }
                live = Some(kept);
                (took * REST_TIMES).max(REST_MIN)
            }
            Err(error) => {
                tracing::warn!("{error:#}; what is shown live is what was judged before");
                live = None;
                told.index.send_replace(None);
                RETRY_AFTER
            }
        };
        sleep_until(began + took + rest).await;
        if tail.changed().await.is_err() {
            return;
        }
    }
}

/// Has what single orders are looked up by follow the journal, so that nobody waits for it who asks for one.
fn keep_up(lookup: &Arc<Mutex<Option<Lookup>>>, path: &Path) {
    let (lookup, path) = (Arc::clone(lookup), path.to_owned());
    let follow = move || {
        // Where somebody looks an order up, or it still follows, it need not be done again.
        let Ok(mut kept) = lookup.try_lock() else { return };
        let followed = kept
            .take()
            .map_or_else(|| Lookup::open(&path), Ok)
            .and_then(|mut lookup| Ok(lookup.keep_up()?.then_some(lookup)));
        match followed {
            Ok(lookup) => *kept = lookup,
            Err(error) => tracing::debug!("{:#}; orders are looked up anew", anyhow::Error::from(error)),
        }
    };
    // Without it the first who asks waits longer.
    let _unheard = giving_way(follow);
}

/// Runs `work` on a thread of its own, which gives way to those that orders go through.
pub(in crate::audit) fn giving_way<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<oneshot::Receiver<T>> {
    let (done, told) = oneshot::channel();
    let work = move || {
        // Threads that it starts give way as well. Elsewhere the system knows but the process as a whole.
        #[cfg(target_os = "linux")]
        let _as_before = rustix::process::setpriority_process(None, NICE);
        let _nobody_waits = done.send(work());
    };
    thread::Builder::new().name("judge".to_owned()).spawn(work)?;
    Ok(told)
}

impl Watch {
    /// The assessment as it is now; `None`: nothing was judged yet.
    #[must_use]
    pub fn now(&self) -> Option<Now> {
        self.now.borrow().clone()
    }

    /// Every assessment from now on, as far as one keeps up.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Option<Now>> {
        self.now.clone()
    }

    /// Where the journal is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists of orders; `None`: nothing was judged yet.
    #[must_use]
    pub fn index(&self) -> Option<Arc<Index>> {
        self.index.borrow().clone()
    }

    /// One order by its key or another of its names, with or without a leading `#`. Reads the journal, and blocks.
    ///
    /// # Errors
    /// When several orders go by this name, or the journal can't be read.
    pub fn order(&self, name: &OrderKey) -> Result<OrderFound, AuditError> {
        let mut kept = self.lookup.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lookup = kept.take().map_or_else(|| Lookup::open(&self.path), Ok)?;
        let found = lookup.order(name);
        // Where the file can't be read, it is opened anew.
        if !matches!(found, Err(AuditError::Read(_))) {
            *kept = Some(lookup);
        }
        found
    }
}
