//! Tells a receiver outside, by signed posts, what forbids the cutover as soon as it is known. It only reads what was judged, and
//! holds nothing up: a receiver that is away is tried again, and meanwhile nothing is queued, since what is to be told stands in
//! the lists anyway.

mod news;
mod post;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use self::news::{News, Overdue};
use self::post::Post;
use crate::audit::live::{IndexError, Watch};
use crate::clock;
use crate::config::{Config, Notify};
use crate::journal::{Control, ControlKind, Journal, ReadError, Reader, Record};
use crate::net::chain;
use crate::net::fetch::Fetcher;
use crate::outcome::{Fact, Flow, Lane, NotifiedDetail};

/// From one try to the next: at first, and at most.
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(300);

/// Longest wait that `Retry-After` is taken at: an hour more is a fault of the receiver.
const HOLD_MAX: Duration = Duration::from_secs(3_600);

/// How many times as long as a pass took what was judged may be behind the journal: the pass, and the rest before the next.
const BEHIND_TIMES: u32 = 5;

/// Tells a receiver what forbids the cutover.
#[derive(Debug)]
pub struct Notifier {
    config: Notify,
    run: u32,
    journal: Journal,
    watch: Watch,
    /// Lanes that promise a commit by a deadline, and how long after it what they committed in time may still come to be read.
    promising: Vec<(Lane, Duration)>,
}

impl Notifier {
    /// For a run, as `[notify]` says; `None` where it says nothing.
    #[must_use]
    pub fn new(config: &Config, run: u32, journal: &Journal, watch: &Watch) -> Option<Self> {
        let promises = |lane: &Lane| config.lanes.get(*lane).flow == Flow::AckGated;
        let promising = Lane::ALL.iter().copied().filter(promises);
        Some(Self {
            config: config.notify.clone()?,
            run,
            journal: journal.clone(),
            watch: watch.clone(),
            promising: promising.map(|lane| (lane, config.lanes.get(lane).grace)).collect(),
        })
    }

    /// Tells what is new every so often, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.tell_on()).await;
    }

    async fn tell_on(&self) {
        let fetcher = Fetcher::over(self.config.tls());
        let mut told = Arc::new(self.told_before().await);
        let (mut readable, mut held) = (true, false);
        loop {
            sleep(self.config.every).await;
            let news = self.news(&told).await;
            // Once: it may be so for long.
            if let Err(error) = &news
                && readable
            {
                let why = chain(error);
                tracing::warn!("failed to {why}; what is new is posted once that can be read");
            }
            readable = news.is_ok();
            let Ok(Some(news)) = news else { continue };
            held = !held && news.is_ahead();
            if held {
                continue;
            }
            let facts = news.facts();
            let post = Post::new(&self.config, self.run, news);
            deliver(&fetcher, &post).await;
            if !self.record(&post, &facts).await {
                return;
            }
            Arc::make_mut(&mut told).extend(facts);
        }
    }

    /// What was told before this start. Where that can't be read, it is told again: twice is better than never.
    async fn told_before(&self) -> BTreeSet<Fact> {
        let (path, run) = (self.journal.path().to_owned(), self.run);
        let read = spawn_blocking(move || Reader::open(&path)?.notified(run)).await;
        let read = read.unwrap_or_else(|_| Ok(Vec::new()));
        let read = read.unwrap_or_else(|error: ReadError| {
            let why = chain(&error);
            tracing::warn!("failed to {why}; what was posted before this start is posted again");
            Vec::new()
        });
        read.into_iter().flat_map(|detail| detail.facts).collect()
    }

    /// What is not told yet; `None`: nothing, or nothing was judged yet.
    async fn news(&self, told: &Arc<BTreeSet<Fact>>) -> Result<Option<News>, IndexError> {
        let judged = self.watch.now().zip(self.watch.index());
        let Some((now, index)) = judged.filter(|(now, _)| now.assessment.run.number == self.run) else {
            return Ok(None);
        };
        let behind = now.took * BEHIND_TIMES;
        let overdue = |(lane, grace): &(Lane, Duration)| {
            let late = SignedDuration::try_from(grace.saturating_add(behind)).ok()?;
            Some(Overdue { lane: *lane, due_before: clock::now().checked_sub(late).ok()? })
        };
        let overdue: Vec<Overdue> = self.promising.iter().filter_map(overdue).collect();
        let told = Arc::clone(told);
        let gathered = spawn_blocking(move || news::gather(&now.assessment, &index, &overdue, &told));
        // One that was cut short ends with the process.
        gathered.await.unwrap_or(Ok(None))
    }

    /// Puts on record what a receiver has taken. Says whether there is a journal.
    async fn record(&self, post: &Post, facts: &[Fact]) -> bool {
        let detail = NotifiedDetail { delivery: post.id.clone(), facts: facts.to_vec() };
        let detail = serde_json::to_string(&detail).ok();
        let control = Control { run: Some(self.run), kind: ControlKind::Notified, detail };
        self.journal.record(vec![Record::Control(control)]).await.is_ok()
    }
}

/// Posts until it is taken.
async fn deliver(fetcher: &Fetcher, post: &Post) {
    let (mut wait, mut failed) = (WAIT_FIRST, 0_u32);
    while let Err(failure) = post.send(fetcher).await {
        failed = failed.saturating_add(1);
        // Once, and then as often as the longest wait passes.
        if failed == 1 || wait == WAIT_MAX {
            tracing::warn!("the receiver of `notify.url` did not take a post: failed to {failure}; it is tried again");
        }
        sleep(wait.max(failure.asks_to_wait().min(HOLD_MAX))).await;
        wait = (wait * 2).min(WAIT_MAX);
    }
    if failed > 0 {
        tracing::info!(tries = failed + 1, "the receiver of `notify.url` took the post");
    }
}
