//! Plays a scenario: the world opens, the sidecar starts, orders are placed while things happen, everything settles, the
//! journal is judged.

mod act;
mod events;
mod settle;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::act::Run;
use super::expect::{self, Found, Row};
use super::measure::{Measure, Measures, behind_max_s};
use super::pace::Pace;
use super::plan::Scenario;
use super::stage::{Audience, Moment};
use crate::audit::{self, AuditError, OrderFound};
use crate::clock::{self, AlreadyCompressed};
use crate::config::Faults;
use crate::journal::{ReadError, Reader};
use crate::judge::{Assessment, Fate};
use crate::order::OrderKey;
use crate::outcome::{Lane, PerLane};
use crate::sim::{OrderNumber, World};

/// How much earlier than the shop everything starts, on the machine: both ledgers are read once before the first order.
const LEAD: Duration = Duration::from_millis(600);

/// Where a scenario leaves its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The journal.
    pub journal: PathBuf,
    /// The sidecar's configuration.
    pub config: PathBuf,
    /// The storefront's list of orders, where it is imported.
    pub census: PathBuf,
    /// Where the sidecar's dashboard listens while it is played; `None`: nobody looks.
    pub dashboard: Option<SocketAddr>,
}

impl Place {
    /// All files in a folder of the scenario's own.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        let file = |name: &str| folder.join(name);
        Self {
            journal: file("journal.db"),
            config: file("paritee.toml"),
            census: file("census.ndjson"),
            dashboard: None,
        }
    }

    /// The others beside the journal, with its name.
    #[must_use]
    pub fn beside(journal: &Path) -> Self {
        let file = |ending: &str| journal.with_extension(ending);
        Self { journal: journal.to_owned(), config: file("toml"), census: file("census.ndjson"), dashboard: None }
    }
}

/// What a scenario came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its acts.
    pub acts: Vec<ActPlayed>,
    /// Where the dashboard listened, where there was one.
    pub dashboard: Option<SocketAddr>,
}

/// What an act came to.
#[derive(Clone, Debug)]
pub struct ActPlayed {
    /// The number of its run in the journal.
    pub run: u32,
    /// What its run is called.
    pub label: Option<String>,
    /// What the judge says.
    pub assessment: Assessment,
    /// Expectations beside what was found.
    pub rows: Vec<Row>,
    /// How the machine kept up with it.
    pub pace: Pace,
}

impl ActPlayed {
    /// Whether it is as promised.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.holds)
    }
}

impl Played {
    /// Whether everything is as promised.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.acts.iter().all(ActPlayed::holds)
    }
}

/// Why a scenario could not be played.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// Another scenario plays in this process.
    #[error(transparent)]
    Clock(#[from] AlreadyCompressed),
    /// A simulated system can't start.
    #[error("start the simulated systems")]
    World(#[source] std::io::Error),
    /// The storefront broke down.
    #[error("place the orders")]
    Trade(#[source] std::io::Error),
    /// The world makes a configuration that has faults: a fault of the scenario's own lines in it.
    #[error("accept the configuration of the scenario's sidecar:\n\n{0}")]
    Config(Faults),
    /// A file can't be written.
    #[error("write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The sidecar can't start.
    #[error("start the sidecar: {0:#}")]
    Sidecar(anyhow::Error),
    /// The journal took no rows.
    #[error("write the journal {}: it takes no rows; the log says why, a full disk for one", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
    },
    /// The sidecar refused what the simulated systems told.
    #[error("tell the sidecar {0} facts of the simulated systems: it refuses them; the log says why")]
    Refused(u64),
    /// The journal can't be judged.
    #[error("judge the journal")]
    Audit(#[from] AuditError),
    /// The journal can't be read.
    #[error("read the journal")]
    Read(#[from] ReadError),
    /// The census can't be imported.
    #[error("import the census: {0}")]
    Census(String),
    /// A task of the scenario ended early.
    #[error("finish a task of the scenario")]
    Task(#[from] tokio::task::JoinError),
}

/// Plays a scenario; what it leaves lies at `place`.
///
/// # Errors
/// When another one plays in this process, a port can't be had, or the journal can't be written or read.
pub async fn play(scenario: &Scenario, place: &Place, audience: &dyn Audience) -> Result<Played, PlayError> {
    let lead = SignedDuration::try_from(LEAD.saturating_mul(scenario.speed.get())).unwrap_or_default();
    let begins = scenario.begins.saturating_sub(lead).unwrap_or(scenario.begins);
    let _compressed = clock::compress(begins, scenario.speed)?;
    let world = World::start(scenario.world.clone()).await.map_err(PlayError::World)?;
    let run = Run { scenario, world: &world, place, audience, dashboard: OnceLock::new() };
    let acts = Box::pin(acts(&run)).await;
    let dashboard = run.dashboard.get().copied();
    world.stop().await;
    Ok(Played { acts: acts?, dashboard })
}

async fn acts(run: &Run<'_>) -> Result<Vec<ActPlayed>, PlayError> {
    let mut played = Vec::new();
    let mut first: OrderNumber = 1;
    for (place, act) in run.scenario.acts.iter().enumerate() {
        let number = place + 1;
        run.audience.see(Moment::Act { number, label: act.label.as_deref(), orders: act.orders });
        let done = Box::pin(run.act(act, first, number == run.scenario.acts.len())).await?;
        run.audience.see(Moment::Judged { number, played: &done });
        first += act.orders;
        played.push(done);
    }
    Ok(played)
}

/// Judges a run of the journal, and the orders that the scenario names; and how long an order waited for the shadow at most, in the world's time.
async fn judge(
    run: &Run<'_>,
    number: u32,
    expect: &expect::Expect,
    sent_again: u64,
) -> Result<(Assessment, Vec<Row>, Duration), PlayError> {
    let keys = PerLane::from_fn(|lane| expect::keys(&expect.named(lane), |number| run.world.key_of(number)));
    let journal = run.place.journal.clone();
    let judged = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(&journal)?;
        let assessment = audit::assess(&reader, Some(number), None)?;
        let legacy = fates(&reader, Lane::Legacy, &keys.legacy)?;
        let gated = fates(&reader, Lane::Gated, &keys.gated)?;
        let mut waited_max = Duration::ZERO;
        reader.each_wait(number, Lane::Gated, |wait| waited_max = waited_max.max(wait))?;
        Ok::<_, PlayError>((assessment, PerLane { legacy, gated }, waited_max))
    });
    let (assessment, named, waited_max) = judged.await??;
    let truth = PerLane::from_fn(|lane| measures(run.world, lane, sent_again));
    let rows = expect::compare(expect, &Found { assessment: &assessment, named: &named, truth: &truth });
    Ok((assessment, rows, waited_max))
}

fn fates(
    reader: &Reader,
    lane: Lane,
    keys: &[(OrderNumber, OrderKey)],
) -> Result<BTreeMap<OrderNumber, Fate>, PlayError> {
    let mut fates = BTreeMap::new();
    for (number, key) in keys {
        if let OrderFound::Order(seen) = audit::order(reader, key)? {
            fates.insert(*number, *seen.verdict.fates.get(lane));
        }
    }
    Ok(fates)
}

/// What really happened on a lane.
fn measures(world: &World, lane: Lane, sent_again: u64) -> Measures {
    let ended: Timestamp = clock::now();
    let orders = world.truth().orders(lane);
    let mut measures = Measures::of(orders.iter().map(|(_, moments)| moments), ended);
    measures.set(Measure::InvisibleAtOnce, world.truth().pulse(lane).invisible_max);
    let erp = world.erp(lane);
    measures.set(Measure::OversoldUnits, erp.oversold_units());
    measures.set(Measure::Throttled, erp.throttled());
    measures.set(Measure::Unanswered, erp.unanswered());
    measures.set(Measure::SentAgain, sent_again);
    let promises = world.truth().orders(Lane::Legacy).into_iter();
    let promises = promises.filter_map(|(key, moments)| Some((key, moments.told?))).collect();
    measures.set(Measure::BehindThePromiseMaxS, behind_max_s(&promises, &orders));
    if lane == Lane::Gated {
        measures.set(Measure::Flagged, world.gated().flagged());
    }
    let numbers = |lane| world.erp(lane).documents().into_iter().map(|document| document.id).collect::<BTreeSet<_>>();
    let alike = numbers(Lane::Legacy).intersection(&numbers(Lane::Gated)).count();
    measures.set(Measure::NumbersAlike, alike as u64);
    measures
}
