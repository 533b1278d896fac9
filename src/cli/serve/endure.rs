//! A start that the journal's disk doesn't allow: orders go on to the live lane, each counted as missing, until the journal can be
//! opened and its run begun. A damaged one is set aside, and a new one begun in its place.
//!
//! A journal that was never there is another matter: no order has come this way yet, and a mistake in the configuration is to be told at once.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::task;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ports::Ports;
use super::start_admin;
use crate::config::Config;
use crate::journal::{self, Journal, Opened, ReadError, Reader, Record, SetAside};
use crate::outcome::Gap;
use crate::run::{self, Run, Terms};
use crate::tee::{self, Tee};

/// How long orders wait for a start: a journal opens in some milliseconds, and storefronts give up after seconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// From one try to open the journal to the next.
const TRY_EVERY: Duration = Duration::from_millis(250);

/// A journal with its run.
pub(super) struct Begun {
    pub(super) opened: Opened,
    pub(super) run: Run,
    /// The damaged one in whose place it is.
    pub(super) aside: Option<SetAside>,
    /// The tee without a journal, where there was one meanwhile.
    pub(super) passing: Option<Passing>,
}

/// Opens the journal and begins the run, however long it takes; what comes meanwhile passes. `damaged`: its writer found that it is.
/// Once `stop` is there it gives up, after what clients wait for.
pub(super) async fn begin(
    config: &Config,
    ports: &Ports,
    terms: &Terms,
    damaged: bool,
    stop: &CancellationToken,
) -> anyhow::Result<Begun> {
    let path = &config.tee.journal;
    let was_there = fs::metadata(path).is_ok_and(|file| file.len() > 0);
    let beginning = open_and_begin(config, terms, was_there, damaged);
    tokio::pin!(beginning);
    tokio::select! {
        begun = timeout(PATIENCE, &mut beginning) => if let Ok(begun) = begun {
            return begun;
        },
        () = stop.cancelled() => bail!("begin a run: stopped before"),
    }
    tracing::error!(journal = %path.display(), "the journal takes no rows; orders go on to the live lane, and are counted as missing until it does");
    let passing = Passing::start(config, ports)?;
    let begun = tokio::select! {
        begun = &mut beginning => begun?,
        () = stop.cancelled() => {
            let missed: u64 = passing.end().await.iter().filter_map(|gap| gap.requests).sum();
            bail!("begin a run: stopped before, and {missed} orders are in no journal");
        }
    };
    tracing::info!("the journal takes rows");
    Ok(Begun { passing: Some(passing), ..begun })
}

async fn open_and_begin(config: &Config, terms: &Terms, was_there: bool, damaged: bool) -> anyhow::Result<Begun> {
    let aside = if damaged { Some(set_aside(config).await?) } else { None };
    let (opened, found) = open(config, was_there).await?;
    let run = run::begin(&opened, terms).await?;
    Ok(Begun { opened, run, aside: aside.or(found), passing: None })
}

/// Tries until the journal opens, where what hinders may go by itself.
async fn open(config: &Config, was_there: bool) -> anyhow::Result<(Opened, Option<SetAside>)> {
    let (mut aside, mut told) = (None, false);
    loop {
        let path = config.tee.journal.clone();
        let opened = task::spawn_blocking(move || journal::open(&path, journal::Options::default()));
        match opened.await.context("open the journal")? {
            Ok(opened) => return Ok((opened, aside)),
            Err(error) if was_there && aside.is_none() && error.is_damage() => aside = Some(set_aside(config).await?),
            Err(error) if was_there && error.may_pass() => {
                if !std::mem::replace(&mut told, true) {
                    let error = anyhow::Error::from(error);
                    tracing::error!("{error:#}; it is tried again and again");
                }
                sleep(TRY_EVERY).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Tries until the damaged journal has another name: its folder may be read-only for a while, as its disk fails.
async fn set_aside(config: &Config) -> anyhow::Result<SetAside> {
    let mut told = false;
    loop {
        let path = config.tee.journal.clone();
        let aside = task::spawn_blocking(move || journal::set_aside(&path)).await.context("set the journal aside")?;
        match aside {
            Ok(aside) => {
                tracing::error!(aside = %aside.path.display(), "the journal is damaged; it is kept under another name, and a new one begins");
                return Ok(aside);
            }
            Err(error) if !std::mem::replace(&mut told, true) => {
                tracing::error!(%error, journal = %config.tee.journal.display(), "the journal is damaged, and can't be given another name; it is tried again and again");
            }
            Err(_) => {}
        }
        sleep(TRY_EVERY).await;
    }
}

/// Records how many orders passed without a journal, once the last of them has been answered.
pub(super) async fn record_passed(passing: Passing, journal: Journal, run: u32) {
    for gap in passing.end().await {
        if let Err(error) = journal.post(&Record::Gap(run, gap)).await {
            tracing::error!(%error, "how many orders passed is not on record");
        }
    }
}

/// Whether the shadow was paused when the journal was last written: this one, or the damaged one in whose place it is. Where that
/// can't be read any more, a person is to say that copies may go on.
pub(super) fn is_paused(journal: &Path, aside: Option<&SetAside>) -> Result<bool, ReadError> {
    let Some(aside) = aside else { return Reader::open(journal)?.is_paused() };
    Ok(Reader::open(&aside.path).and_then(|reader| reader.is_paused()).unwrap_or_else(|error| {
        tracing::warn!(%error, "whether the shadow was paused can't be read in the damaged journal: it is, until it is resumed");
        true
    }))
}

/// A tee without a journal.
pub(super) struct Passing {
    journal: Journal,
    accepting: CancellationToken,
    tasks: TaskTracker,
}

impl Passing {
    fn start(config: &Config, ports: &Ports) -> anyhow::Result<Self> {
        let journal = Journal::absent(&config.tee.journal);
        let (accepting, tasks) = (CancellationToken::new(), TaskTracker::new());
        let tee = Tee::new(config, journal.clone(), 0, &uuid::Uuid::now_v7().simple().to_string());
        tasks.spawn(tee::serve(tee, ports.tee()?, accepting.clone(), config.tee.shutdown_max));
        start_admin(config, ports.admin()?, (&journal, None, None), (&accepting, &accepting), &tasks);
        tasks.close();
        Ok(Self { journal, accepting, tasks })
    }

    /// Takes no more clients: who comes next is the recording tee's.
    pub(super) fn stop(&self) {
        self.accepting.cancel();
    }

    /// What passed, once all of it has been answered, or is given up.
    pub(super) async fn end(self) -> Vec<Gap> {
        self.stop();
        self.tasks.wait().await;
        self.journal.take_holes()
    }
}
