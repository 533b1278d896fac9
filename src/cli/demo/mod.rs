//! `paritee demo`: the whole thing on simulated systems, from nothing to a report.
//!
//! A storefront, both integrations and an ERP behind each run in this process, over real sockets; between them
//! stands the same sidecar that `paritee serve` runs, with a configuration that goes through the same parser.
//! One order is lost and one doubled on each lane, and the report has to name exactly these four.

mod cast;
mod progress;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::time::Instant;

use super::{Exit, output, serve};
use crate::audit::{self, AuditError};
use crate::clock;
use crate::config;
use crate::journal::Reader;
use crate::judge::Assessment;
use crate::outcome::Lane;
use crate::report;
use crate::sim::World;
use cast::{Cast, Trouble};
use progress::{Step, say};

/// How long both ledgers may take to settle after the last order: four times what an idle machine needs.
const SETTLE_MAX: Duration = Duration::from_secs(15);

/// How often the journal is asked whether they have.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The arguments of `paritee demo`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// How many orders are placed
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u64).range(10..=20_000))]
    orders: u64,
    /// What the orders are made from, and which of them go wrong
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Where the journal is kept; a new file [default: one in the system's folder for temporary files]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

/// Plays the demo.
///
/// # Errors
/// When the journal's file is there already, a port can't be had, or the journal can't be written or read.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let journal = new_journal(args.journal)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the demo")?;
    runtime.block_on(play(args.orders, args.seed, &journal))
}

/// A path at which there is nothing yet: what is there may be somebody's evidence, and is never touched.
fn new_journal(wanted: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let journal = wanted.unwrap_or_else(|| {
        let time = clock::now().strftime("%Y%m%d-%H%M%S%.f").to_string();
        std::env::temp_dir().join(format!("paritee-demo-{time}.db"))
    });
    if journal.try_exists().with_context(|| format!("look for {}", journal.display()))? {
        bail!(
            "write the journal to {}: there is a file already; name a new one with --journal, or remove it",
            journal.display()
        );
    }
    Ok(journal)
}

async fn play(orders: u64, seed: u64, journal: &Path) -> anyhow::Result<Exit> {
    let cast = Cast::choose(seed, orders);
    let world = World::start(cast.world(seed, orders, clock::now())).await.context("start the simulated systems")?;
    let promised = cast.promised(|number| world.key_of(number));
    say("A storefront, a legacy and a gated integration, and an ERP behind each, are up on 127.0.0.1.");
    say("The sidecar stands between. Four orders go wrong on purpose:");
    for trouble in &promised {
        say(&format!("  {trouble}"));
    }
    let assessment = through_the_sidecar(&world, journal).await;
    world.stop().await;
    let assessment = assessment?;
    say("");
    output::print(&report::text(&assessment, output::width(), output::style()))?;
    let found = cast::found(&assessment.exceptions);
    let differences = cast::differences(&promised, &found, assessment.decision);
    epilogue(&differences, journal, &promised);
    Ok(if differences.is_empty() { Exit::Go } else { Exit::Error })
}

/// Runs the sidecar while the orders are placed and until both ledgers have settled, and judges.
async fn through_the_sidecar(world: &World, journal: &Path) -> anyhow::Result<Assessment> {
    let config = config::parse("the demo's configuration", &world.config(journal), &|_| None);
    let config = config.map_err(|faults| anyhow::anyhow!("{}", faults.render(config::Paint::Plain)))?.config;
    let sidecar = serve::start(config, serve::Options::default()).await?;
    let traded = trade(world, sidecar.tee_addr()).await;
    let settled = match traded {
        Ok(()) => settle(journal, world.plan().storefront.orders).await,
        Err(error) => Err(error),
    };
    sidecar.stop().await;
    settled?;
    assess(journal).await?.context("judge the demo's run: the journal has none")
}

async fn trade(world: &World, tee: SocketAddr) -> anyhow::Result<()> {
    let orders = world.plan().storefront.orders;
    let step = Step::begin("orders placed", orders);
    let mut placed = world.placed();
    let mut trading = std::pin::pin!(world.trade(tee));
    let deliveries = loop {
        tokio::select! {
            traded = &mut trading => break traded.context("place the orders")?.deliveries,
            Ok(()) = placed.changed() => step.at(*placed.borrow_and_update()),
        }
    };
    let confirmed = deliveries.iter().filter(|delivery| matches!(delivery.answer, Ok(200..300))).count() as u64;
    step.end(confirmed);
    if confirmed != orders {
        bail!("place {orders} orders through the sidecar: only {confirmed} were confirmed");
    }
    Ok(())
}

/// Waits until the journal holds enough readings of both ledgers to judge every order.
async fn settle(journal: &Path, orders: u64) -> anyhow::Result<()> {
    let step = Step::begin("orders settled, both ledgers read", orders);
    let deadline = Instant::now() + SETTLE_MAX;
    loop {
        let open = assess(journal).await?.map_or(orders, |assessment| cast::open_orders(&assessment.fates, orders));
        step.at(orders - open);
        if open == 0 || Instant::now() >= deadline {
            step.end(orders - open);
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Judges the journal as it is now; `None` while it has no run yet.
async fn assess(journal: &Path) -> anyhow::Result<Option<Assessment>> {
    let journal = journal.to_owned();
    let judged = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(&journal).map_err(AuditError::from)?;
        audit::assess(&reader, None, None)
    });
    match judged.await.context("judge the journal")? {
        Ok(assessment) => Ok(Some(assessment)),
        Err(AuditError::Empty) => Ok(None),
        Err(error) => Err(error).context("judge the journal"),
    }
}

/// Says whether what was promised came out, where the journal is, and what to try next.
fn epilogue(differences: &[String], journal: &Path, promised: &BTreeSet<Trouble>) {
    say("");
    for difference in differences {
        say(difference);
    }
    if differences.is_empty() {
        say("Exactly the four orders that were broken on purpose came out: two of them on the gated lane, so NO-GO.");
    }
    let program = std::env::args().next().unwrap_or_else(|| "paritee".to_owned());
    let journal = journal.display();
    say(&format!("The journal is kept at {journal}. What to try next:"));
    for trouble in promised.iter().filter(|trouble| trouble.lane == Lane::Gated.into()) {
        say(&format!("  {program} order {journal} {}", trouble.key));
    }
    say(&format!("  {program} report {journal} --format md"));
}
