//! What runs during a replay: the journal, a sender for each lane, the observers, the admin port.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::args::Args;
use super::guard::Terms;
use crate::cli::output;
use crate::cli::serve::{self, CLOSE_MAX, Hold};
use crate::journal::{self, Control, ControlKind, Journal, Opened, Reader, Record, RunKind};
use crate::outcome::Lane;
use crate::replay::formats::Format;
use crate::replay::{Driven, Driver, Ledgers, Pace, Preparer, Progress, Survey, Target, readings};
use crate::run::{self, Run};
use crate::shadow::Shadow;

/// How long a lane may make no headway beyond the time of an answer: longer than the longest pause after a failure. One that asks to be left alone
/// for longer is given up; `--resume` goes on when it can be had.
const STALLED_BEYOND_ANSWER: Duration = Duration::from_secs(90);

/// From one look at what is under way to the next.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A replay's systems, running.
pub(super) struct Stage {
    journal: Journal,
    writer: JoinHandle<()>,
    run: Run,
    /// The live lane first.
    senders: Vec<Arc<Shadow>>,
    working: CancellationToken,
    tasks: TaskTracker,
    shutdown_max: Duration,
}

impl Stage {
    /// Begins or resumes the run, and starts what it needs.
    pub(super) async fn start(
        terms: &Terms,
        survey: &Survey,
        args: &Args,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let config = &terms.config;
        let admin = match &config.admin {
            Some(admin) => Some(serve::bind(admin.listen, "admin.listen").await.context(
                "take outcomes at the admin port; where a sidecar of this configuration is running, give the replay one of its own",
            )?),
            None => None,
        };
        let judged_by = terms.judged_by(survey, args);
        if args.resume {
            may_resume(terms, &judged_by)?;
        }
        let opened = journal::open(&terms.journal, options(terms, args.pace()))?;
        let run_terms = run::Terms {
            policy: config.policy(),
            judged_by,
            kind: RunKind::Replay,
            new_run: (!args.resume).then(|| label(survey)),
        };
        let run = run::begin(&opened, &run_terms).await?;
        let Opened { journal, feed, other_feed, writer, .. } = opened;
        let (working, tasks) = (CancellationToken::new(), TaskTracker::new());
        let feeds = [feed, other_feed].into_iter();
        let full_speed = args.pace() == Pace::Max;
        let start = |(lane, feed)| {
            let hold = Hold { full_speed, ..Hold::default() };
            serve::start_sender(config, lane, hold, (&journal, run), feed, (&working, &tasks))
        };
        let senders: Vec<Arc<Shadow>> = terms.sent_to().into_iter().zip(feeds).map(start).collect();
        tasks.spawn(pause_when(stop.clone(), working.clone(), senders.clone()));
        let admin = admin.map(|(listener, _)| listener);
        serve::start_admin(config, admin, (&journal, None, None), (&working, &working), &tasks);
        let read: Vec<Lane> = polled(terms).collect();
        serve::start_observers(config, &read, &journal, (&working, &tasks));
        tasks.close();
        Ok(Self { journal, writer, run, senders, working, tasks, shutdown_max: config.tee.shutdown_max })
    }

    pub(super) const fn run(&self) -> Run {
        self.run
    }

    pub(super) const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// How many captures earlier processes recorded.
    pub(super) fn recorded(&self) -> anyhow::Result<u64> {
        Ok(Reader::open(self.journal.path())?.captures_of(self.run.number)?)
    }

    pub(super) fn preparer(&self, terms: &Terms) -> Preparer {
        let began = self.run.began_at.as_microsecond().to_le_bytes();
        Preparer {
            excludes: terms.config.tee.excludes.clone(),
            body_bytes_max: terms.config.tee.body_bytes_max,
            salt: Uuid::new_v5(&Uuid::NAMESPACE_OID, &[&began[..], &self.run.number.to_le_bytes()].concat()),
            recorded: terms.recorded,
            ledgers: Ledgers::default(),
        }
    }

    pub(super) fn driver(&self, pace: Pace, stop: CancellationToken) -> Driver {
        let target = |sender: &Arc<Shadow>| Target {
            lane: sender.lane,
            load: sender.load.subscribe(),
            concurrency: sender.config.concurrency.get(),
            stalled_max: sender.config.answer_wait_max + STALLED_BEYOND_ANSWER,
        };
        Driver {
            journal: self.journal.clone(),
            run: self.run.number,
            pace,
            targets: self.senders.iter().map(target).collect(),
            progress: Arc::<Progress>::default(),
            stop,
        }
    }

    /// Writes down what was left out and has no row. What an earlier process wrote down is not written again.
    pub(super) async fn tally(&self, driven: &Driven) -> anyhow::Result<()> {
        let mut now: BTreeMap<String, u64> =
            driven.omissions.counts.iter().map(|(reason, count)| (format!("skipped.{reason}"), *count)).collect();
        let told = Reader::open(self.journal.path())?.tallies(self.run.number)?;
        now.iter_mut()
            .for_each(|(name, count)| *count = count.saturating_sub(told.get(name).copied().unwrap_or_default()));
        now.retain(|_, count| *count > 0);
        if now.is_empty() {
            return Ok(());
        }
        let detail = Some(serde_json::to_string(&now)?);
        let control = Control { run: Some(self.run.number), kind: ControlKind::Tally, detail };
        self.journal.record(vec![Record::Control(control)]).await?;
        Ok(())
    }

    /// Records the readings of legacy's ledger that journals among the files hold, once all of their orders are there.
    pub(super) async fn tell_readings(&self, survey: &Survey, terms: &Terms) -> anyhow::Result<()> {
        let Some(lane) = terms.recorded else { return Ok(()) };
        if !Reader::open(self.journal.path())?.readings(lane)?.is_empty() {
            return Ok(());
        }
        let mut all = Vec::new();
        for file in survey.files.iter().filter(|file| file.format == Format::Journal) {
            all.extend(readings(&file.path, lane)?);
        }
        // All of them or none: who resumes looks whether there are any.
        if !all.is_empty() {
            self.journal.record(all).await?;
        }
        Ok(())
    }

    /// Whether anything is in hand to be sent, or sent again.
    pub(super) fn is_sending(&self) -> bool {
        self.senders.iter().any(|sender| sender.load.borrow().held > 0)
    }

    /// When the last request went to a lane that is sent to.
    pub(super) fn last_sent(&self) -> anyhow::Result<Option<Timestamp>> {
        let reader = Reader::open(self.journal.path())?;
        let mut last = None;
        for sender in &self.senders {
            last = last.max(reader.last_sent(sender.lane)?);
        }
        Ok(last)
    }

    /// Begins no more sends, and waits for those that are under way, within the time that a shutdown may take.
    pub(super) async fn finish_what_is_under_way(&self) {
        self.senders.iter().for_each(|sender| sender.pace.pause(true));
        let until = Instant::now() + self.shutdown_max;
        while Instant::now() < until && self.senders.iter().any(|sender| sender.pace.under_way() > 0) {
            sleep(LOOK_EVERY).await;
        }
    }

    /// Ends everything; sends that are still open stay unknown.
    pub(super) async fn stop(self) {
        self.working.cancel();
        if tokio::time::timeout(CLOSE_MAX, self.tasks.wait()).await.is_err() {
            tracing::error!("a sender or an observer still waited for the journal; what it had in hand is unknown");
        }
        if !self.journal.close(CLOSE_MAX).await {
            tracing::error!("the journal could not be closed in time; --resume goes on from what was recorded");
            return;
        }
        let ended = tokio::task::spawn_blocking(move || self.writer.join().is_ok()).await;
        if !matches!(ended, Ok(true)) {
            tracing::error!("the journal's writer ended early");
        }
    }
}

/// Where the lanes decide how fast it goes, a commit waits for half of those who may wait for it.
fn options(terms: &Terms, pace: Pace) -> journal::Options {
    let under_way: usize = terms.sent_to().iter().map(|lane| terms.config.lanes.get(*lane).concurrency.get()).sum();
    let batch_min = if pace == Pace::Max { under_way / 2 } else { 1 };
    journal::Options { batch_min, ..journal::Options::default() }
}

/// Once it is to stop, nothing more is begun.
async fn pause_when(stop: CancellationToken, ended: CancellationToken, senders: Vec<Arc<Shadow>>) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = ended.cancelled() => return,
    }
    senders.iter().for_each(|sender| sender.pace.pause(true));
    output::tell("stopping: what is under way is finished; once more ends at once");
}

/// What the run is called: after its files.
fn label(survey: &Survey) -> String {
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut names = survey.files.iter().map(|file| name(&file.path));
    match (names.next(), names.count()) {
        (None, _) => "replay".to_owned(),
        (Some(first), 0) => format!("replay of {first}"),
        (Some(first), others) => format!("replay of {first} and {others} more"),
    }
}

/// Only the same requests, judged by the same, go on.
fn may_resume(terms: &Terms, judged_by: &serde_json::Value) -> anyhow::Result<()> {
    let reader = Reader::open(&terms.journal)?;
    let Some(last) = reader.run(None)?.map(|seen| seen.run) else {
        bail!("resume: nothing was begun in {}; leave --resume out", terms.journal.display());
    };
    if last.kind != RunKind::Replay {
        bail!(
            "resume: the last run in {} is no replay; name the replay's journal by --journal",
            terms.journal.display()
        );
    }
    if serde_json::from_str::<serde_json::Value>(&last.judged_by).ok().as_ref() != Some(judged_by) {
        bail!(
            "resume: the files, the selection or what is judged by are others than those of run {} in {}; give the same again, or begin anew in another --journal",
            last.number,
            terms.journal.display()
        );
    }
    Ok(())
}

/// The lanes whose ledgers are polled. Nothing is asked of one that is recorded.
pub(super) fn polled(terms: &Terms) -> impl Iterator<Item = Lane> + '_ {
    let is_polled = |lane: &Lane| terms.config.lanes.get(*lane).poll.is_some() && Some(*lane) != terms.recorded;
    Lane::ALL.iter().copied().filter(is_polled)
}
