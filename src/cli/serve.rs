//! `paritee serve`: the sidecar. Wires the tee, the shadow and the observers to one journal, and ends them in order.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::endure::Begun;
use self::ports::Ports;
use super::Exit;
use crate::config::{self, Config};
use crate::intake::Counts;
use crate::journal::{Control, ControlKind, Journal, Opened, Record, RunKind, SetAside};
use crate::net::Guard;
use crate::observe;
use crate::outcome::{Arming, Gap, Lane, Role};
use crate::run::{Run, Terms};
use crate::shadow::{self, Apart, Armed, Pace, Switch};
use crate::tee::{self, Tee};

mod admin;
mod arm;
mod endure;
mod finished;
mod judging;
mod ports;
mod sender;
mod signals;
mod sockets;

pub use finished::serve_finished;
pub(super) use ports::bind;
pub(super) use sender::{Hold, start_sender};
pub(super) use signals::signals;
use sockets::Sockets;

/// How often requests counted in memory are written down. What a crash loses of them is covered by its gap.
const TALLY_EVERY: Duration = Duration::from_secs(5);

/// How long the journal may take to write what is queued when the process ends.
pub(super) const CLOSE_MAX: Duration = Duration::from_secs(10);

/// How long tasks may take to notice a crash.
const CRASH_MAX: Duration = Duration::from_secs(1);

/// `paritee serve`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration (TOML)
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Begin a new run, such as after a repair of the gated build behind the same address
    #[arg(long, value_name = "LABEL")]
    new_run: Option<String>,
    /// Let the shadow write to a ledger that is declared `production`, for a few orders that somebody watches. It ends at the
    /// time, after so many orders, or where these are for so much, whichever comes first; every report says so
    #[arg(long, value_name = "until=TIME,orders=N,money=AMOUNT EUR")]
    arm_production: Option<Arming>,
}

/// How a sidecar is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Begin a new run of this name, whatever is judged.
    pub new_run: Option<String>,
    /// How the run comes to be.
    pub kind: RunKind,
    /// How far a shadow may write to a production ledger; `None`: not at all.
    pub arming: Option<Arming>,
    /// Whether the run is judged while it goes on: for the dashboard on the admin port, and for who is to be told.
    pub dashboard: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { new_run: None, kind: RunKind::Live, arming: None, dashboard: true }
    }
}

/// A running sidecar.
#[derive(Debug)]
pub struct Sidecar {
    tee_addr: SocketAddr,
    admin_addr: Option<SocketAddr>,
    journal: Journal,
    writer: JoinHandle<()>,
    run: Run,
    pace: Arc<Pace>,
    switch: Arc<Switch>,
    counts: Arc<Counts>,
    accepting: CancellationToken,
    working: CancellationToken,
    traffic: TaskTracker,
    others: TaskTracker,
}

/// What a sidecar leaves to the next one behind the same ports.
#[derive(Debug, Default)]
struct Left {
    /// Whether its journal is damaged.
    damaged: bool,
    /// What came and is in no journal.
    missed: Vec<Gap>,
    /// Whether its shadow was paused.
    paused: bool,
}

/// Runs the command until SIGTERM or SIGINT.
///
/// # Errors
/// When the configuration has faults, the journal can't be written, or a port is taken.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let load = if args.arm_production.is_some() { config::load_armed } else { config::load };
    let config = load(&args.config)?.config;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if std::env::var_os("TOKIO_WORKER_THREADS").is_none() {
        runtime.worker_threads(worker_threads());
    }
    let runtime = runtime.enable_all().build().context("start the runtime")?;
    let ended = runtime.block_on(async {
        // Before the first word that others may act on: a signal that comes then must end it in order, or pause it.
        let ended = signals()?;
        let mut switches = signals::switches()?;
        let mut ended = std::pin::pin!(ended);
        let options = Options { new_run: args.new_run, arming: args.arm_production, ..Options::default() };
        let ports = Ports::bind(Sockets::inherited()?, &config).await?;
        let mut left = Left::default();
        loop {
            let sidecar = {
                let stop = CancellationToken::new();
                let mut starting = Box::pin(start_on(&config, &options, &ports, std::mem::take(&mut left), &stop));
                tokio::select! {
                    started = &mut starting => started?,
                    () = &mut ended => {
                        stop.cancel();
                        match starting.await {
                            // It had come to its end all the same.
                            Ok(sidecar) => sidecar.stop().await,
                            Err(error) => tracing::warn!("{error:#}"),
                        }
                        return Ok(Exit::Go);
                    }
                }
            };
            tracing::info!(listen = %sidecar.tee_addr, journal = %sidecar.journal.path().display(), run = sidecar.run.number, "teeing");
            if let Some(admin) = sidecar.admin_addr {
                tracing::info!(admin = %admin, "taking outcomes");
            }
            if sidecar.pace.is_paused() {
                tracing::warn!("the shadow is paused since before this start: resume it by `paritee resume`, or SIGUSR2");
            }
            tokio::select! {
                () = sidecar.journal.ended() => left = sidecar.leave_damaged().await,
                () = switches(Arc::clone(&sidecar.switch)) => {}
                () = &mut ended => {
                    tracing::info!("stopping: no new connections, what clients wait for is finished");
                    drop(ports);
                    sidecar.stop().await;
                    return Ok(Exit::Go);
                }
            }
        }
    });
    // Judging may be under way, and only reads: nobody waits for it.
    runtime.shutdown_background();
    ended
}

/// One core is left to the journal's writer: on two cores a second worker costs more in wake-ups between
/// the threads than it carries (benches/README.md).
fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

/// Starts a sidecar.
///
/// # Errors
/// When the journal can't be written, or the port is taken.
pub async fn start(config: Config, options: Options) -> anyhow::Result<Sidecar> {
    // It holds the configuration, whole: others would carry it along.
    Box::pin(async move {
        let ports = Ports::bind(Sockets::default(), &config).await?;
        start_on(&config, &options, &ports, Left::default(), &CancellationToken::new()).await
    })
    .await
}

/// Starts a sidecar on ports that are bound, after one that `left` its journal. `stop` gives it up, in order.
async fn start_on(
    config: &Config,
    options: &Options,
    ports: &Ports,
    left: Left,
    stop: &CancellationToken,
) -> anyhow::Result<Sidecar> {
    let lane = if config.lanes.legacy.role == Role::Shadow { Lane::Legacy } else { Lane::Gated };
    arm::check(config.lanes.get(lane).ledger, options.arming.as_ref(), crate::clock::now())?;
    let apart = match shadow::apart(config).await {
        // Orders are on their way here: where names lead now holds the shadow back, and nothing else.
        Err(error) if left.damaged => Apart::Unknown(error.to_string()),
        apart => apart?,
    };
    let terms = Terms {
        policy: config.policy(),
        judged_by: config.judged_by.clone(),
        kind: options.kind,
        new_run: options.new_run.clone(),
    };
    let Begun { opened, run, aside, passing } = endure::begin(config, ports, &terms, left.damaged, stop).await?;
    let Opened { journal, feed, writer, .. } = opened;
    for gap in aside.iter().map(SetAside::gap).chain(left.missed) {
        journal.post(&Record::Gap(run.number, gap)).await?;
    }
    let paused = if left.damaged { left.paused } else { endure::is_paused(&config.tee.journal, aside.as_ref())? };
    let armed = match options.arming.clone() {
        Some(arming) => Some(arm::arm(arming, config, lane, &journal, run).await?),
        None => None,
    };
    // What was sent under it stands in the journal that was set aside.
    let armed = if aside.is_some() { armed.map(Armed::ended) } else { armed };
    let (accepting, working) = (CancellationToken::new(), CancellationToken::new());
    let (traffic, others) = (TaskTracker::new(), TaskTracker::new());
    let instance = uuid::Uuid::now_v7().simple().to_string();
    let tee = Tee::new(config, journal.clone(), run.number, &instance);
    let counts = tee.counts();
    traffic.spawn(tee::serve(tee, ports.tee()?, accepting.clone(), config.tee.shutdown_max));
    if let Some(passing) = passing {
        passing.stop();
        others.spawn(endure::record_passed(passing, journal.clone(), run.number));
    }
    let hold =
        Hold { paused, armed, full_speed: false, until_apart: unresolved(apart).then(|| Box::new(config.clone())) };
    let shadow = start_sender(config, lane, hold, (&journal, run), feed, (&working, &others));
    let pace = Arc::clone(&shadow.pace);
    let switch = Arc::new(Switch::new(Arc::clone(&pace), journal.clone(), run.number));
    let watch = options.dashboard.then(|| judging::start(config, (&journal, run), (&accepting, &others))).flatten();
    let pages = watch.zip(config.admin.as_ref()).map(|(watch, admin)| {
        let look = admin::look(&shadow, &counts);
        admin::dashboard(admin, &journal, look, watch, &accepting)
    });
    start_admin(config, ports.admin()?, (&journal, Some(&switch), pages), (&accepting, &working), &traffic);
    start_observers(config, Lane::ALL, &journal, (&working, &others));
    others.spawn(tally(journal.clone(), run.number, Arc::clone(&counts), working.clone()));
    traffic.close();
    others.close();
    let Ports { tee_addr, admin_addr, .. } = *ports;
    Ok(Sidecar {
        tee_addr,
        admin_addr,
        journal,
        writer,
        run,
        pace,
        switch,
        counts,
        accepting,
        working,
        traffic,
        others,
    })
}

/// Whether it is not known yet that the shadow is another place than the live lane.
fn unresolved(apart: Apart) -> bool {
    let Apart::Unknown(why) = apart else { return false };
    tracing::warn!(
        why,
        "whether the shadow is another place than the live lane is not known; until it is, nothing is sent there"
    );
    true
}

/// The admin port, where there is one. It stops accepting with the tee, so that what it tells can still be recorded.
pub(super) fn start_admin(
    config: &Config,
    bound: Option<TcpListener>,
    (journal, switch, pages): (&Journal, Option<&Arc<Switch>>, Option<Router>),
    (accepting, working): (&CancellationToken, &CancellationToken),
    tasks: &TaskTracker,
) {
    let (Some(admin), Some(listener)) = (&config.admin, bound) else {
        return;
    };
    let callbacks = observe::callback::router(journal.clone(), admin, working.clone());
    let mut router = callbacks.merge(admin::health(journal.clone()));
    if let Some(switch) = switch {
        router = router.merge(shadow::router(Arc::clone(switch), Guard::new(admin)));
    }
    if let Some(pages) = pages {
        router = router.merge(pages);
    }
    let tls = admin.tls.as_ref().map(|tls| Arc::clone(&tls.config));
    tasks.spawn(admin::serve(router, (listener, tls), accepting.clone(), config.tee.shutdown_max));
}

/// Starts what reads the ledgers of these lanes.
pub(super) fn start_observers(
    config: &Config,
    lanes: &[Lane],
    journal: &Journal,
    (stop, tasks): (&CancellationToken, &TaskTracker),
) {
    for lane in lanes.iter().copied() {
        let Some(watched) = observe::poll::Watched::of(lane, config.lanes.get(lane)) else {
            continue;
        };
        let (journal, stop) = (journal.clone(), stop.clone());
        tasks.spawn(async move {
            if let Err(error) = observe::poll::run(watched, journal, stop).await {
                tracing::error!(%lane, %error, "a ledger is read no more; nothing can be proven about it until the next start");
            }
        });
    }
}

/// Writes down what was counted since the last time, every [`TALLY_EVERY`] and at the end.
async fn tally(journal: Journal, run: u32, counts: Arc<Counts>, stop: CancellationToken) {
    let mut told = BTreeMap::new();
    loop {
        let last = tokio::select! {
            () = tokio::time::sleep(TALLY_EVERY) => false,
            () = stop.cancelled() => true,
        };
        let now = counts.snapshot();
        let since = |(name, count): (&String, &u64)| {
            let more = count - told.get(name).copied().unwrap_or(0);
            (more > 0).then(|| (name.clone(), more))
        };
        let more: BTreeMap<String, u64> = now.iter().filter_map(since).collect();
        let detail = serde_json::to_string(&more).ok().filter(|_| !more.is_empty());
        if detail.is_some() {
            let control = Control { run: Some(run), kind: ControlKind::Tally, detail };
            if journal.record(vec![Record::Control(control)]).await.is_err() {
                return;
            }
        }
        told = now;
        if last {
            return;
        }
    }
}

impl Sidecar {
    /// Where the tee listens.
    #[must_use]
    pub const fn tee_addr(&self) -> SocketAddr {
        self.tee_addr
    }

    /// Where the admin port is; `None` where the configuration has none.
    #[must_use]
    pub const fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin_addr
    }

    /// The journal.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// The run.
    #[must_use]
    pub const fn run(&self) -> Run {
        self.run
    }

    /// When the shadow may send.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Pauses and resumes the shadow, on record.
    #[must_use]
    pub fn switch(&self) -> &Switch {
        &self.switch
    }

    /// Requests as counted since the start.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.snapshot()
    }

    /// Stops accepting, finishes what clients wait for, leaves open shadow sends unknown, flushes.
    pub async fn stop(self) {
        self.accepting.cancel();
        self.traffic.wait().await;
        self.working.cancel();
        // Where the journal takes no rows, those who wait for theirs would wait for ever.
        if tokio::time::timeout(CLOSE_MAX, self.others.wait()).await.is_err() {
            tracing::error!("the shadow or an observer still waited for the journal; what they had in hand is unknown");
        }
        if !self.journal.close(CLOSE_MAX).await {
            tracing::error!("the journal could not be closed in time; the next start records a gap");
            return;
        }
        self.end_writer().await;
    }

    /// Ends without a clean close, so that the next start records a gap, as after a crash; but what is queued is still
    /// written, and what clients wait for has a second. For simulated worlds; `tests/it/trust/kills.rs` kills a process.
    pub async fn crash(self) {
        self.accepting.cancel();
        self.working.cancel();
        let journal = self.journal.clone();
        let _cut = tokio::time::timeout(CRASH_MAX, self.traffic.wait()).await;
        let _cut = tokio::time::timeout(CRASH_MAX, self.others.wait()).await;
        if journal.leave(CLOSE_MAX).await {
            drop(journal);
            self.end_writer().await;
        }
    }

    /// Ends after its journal's writer did. What clients still wait for goes on by itself; a second is waited for its count.
    async fn leave_damaged(self) -> Left {
        self.accepting.cancel();
        self.working.cancel();
        let _goes_on = tokio::time::timeout(CRASH_MAX, self.traffic.wait()).await;
        let _cut = tokio::time::timeout(CRASH_MAX, self.others.wait()).await;
        let left = Left { damaged: true, missed: self.journal.take_holes(), paused: self.pace.is_paused() };
        self.end_writer().await;
        left
    }

    async fn end_writer(self) {
        let ended = tokio::task::spawn_blocking(move || self.writer.join().is_ok()).await;
        if !matches!(ended, Ok(true)) {
            tracing::error!("the journal's writer ended early");
        }
    }
}
