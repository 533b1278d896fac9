//! `paritee demo`: the whole thing on simulated systems, from nothing to a report, in two acts.
//!
//! It is the scenario `demo`, which is part of the binary: a flash sale, a gated build with a retry bug, then its repair,
//! beside a legacy path that loses orders and oversells. All systems run in this process, over real sockets; between them
//! stands the same sidecar that `paritee serve` runs, and its journal is judged as any other.

mod narrator;
mod open;

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use self::narrator::Narrator;
use super::scenario::warn_of_lateness;
use super::serve::{serve_finished, signals};
use super::{Exit, output};
use crate::report;
use crate::scenario::{self, Options, Place, Played, Scenario};

/// Fewer orders than this don't show in the second act what they are to show: a bound of 0.1 %.
const ORDERS_MIN: u64 = 3_600;

/// More come faster than a common machine can keep up with: the sale takes as long however many there are.
const ORDERS_MAX: u64 = 9_000;

/// The arguments of `paritee demo`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// How many orders are placed in both acts
    #[arg(long, value_name = "N", default_value_t = ORDERS_MIN, value_parser = clap::value_parser!(u64).range(ORDERS_MIN..=ORDERS_MAX))]
    orders: u64,
    /// What the orders are made from, and which of them go wrong
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Where the journal is kept; a new file [default: one in the system's folder for temporary files]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Open the report in a browser at the end, or with --serve the dashboard at the beginning
    #[arg(long)]
    open: bool,
    /// Show the dashboard while it plays, and leave it open on what was played, until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// Where the dashboard listens; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9900", requires = "serve", value_parser = loopback)]
    listen: SocketAddr,
}

/// An address of this machine's loopback: the demo's dashboard has no token.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| "write an address with its port, such as 127.0.0.1:9900".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("it must be on 127.0.0.1 or [::1]: this dashboard asks for no token".to_owned())
    }
}

/// Plays the demo.
///
/// # Errors
/// When the journal's file is there already, a port can't be had, or the journal can't be written or read.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    let scenario = scenario(&args)?;
    let dashboard = args.serve.then_some(args.listen);
    if let Some(listen) = dashboard {
        // Said before anything is written.
        let is_taken = || format!("listen on {listen} for the dashboard; name another address with --listen");
        TcpListener::bind(listen).with_context(is_taken)?;
    }
    let place = Place { dashboard, ..new_place(args.journal)? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the demo")?;
    prologue(&scenario);
    let narrator = Narrator::new(output::width(), output::style(), args.open);
    let played = runtime.block_on(Box::pin(scenario::play(&scenario, &place, &narrator))).context("play the demo")?;
    drop(narrator);
    warn_of_lateness(&played);
    let page = write_report(&played, &place)?;
    epilogue(&played, &place, &page);
    if let Some(at) = played.dashboard {
        let ready = |address: SocketAddr| say(&format!("\nThe dashboard is at http://{address}/ until Ctrl-C."));
        let serving = async { serve_finished(&place.journal, at, ready, signals()?).await };
        runtime.block_on(Box::pin(serving)).context("serve the dashboard")?;
    } else if args.open {
        open::in_browser(&page.display().to_string());
    }
    Ok(if played.holds() { Exit::Go } else { Exit::Error })
}

/// The scenario of this name, with as many orders as asked for, as much stock for them, and a marketplace to match.
fn scenario(args: &Args) -> anyhow::Result<Scenario> {
    let text = scenario::embedded("demo").context("find the scenario `demo`: it should be part of this program")?;
    let options = Options { seed: Some(args.seed), orders: Some(args.orders), without: Vec::new() };
    let mut scenario = Scenario::parse("demo", "scenarios/demo.toml", text, &options)?;
    for erp in [&mut scenario.world.erps.legacy, &mut scenario.world.erps.gated] {
        for units in erp.stock.iter_mut().flat_map(|stock| stock.of.values_mut()) {
            *units = u32::try_from(u64::from(*units) * args.orders / ORDERS_MIN).unwrap_or(u32::MAX);
        }
    }
    if let Some(market) = &mut scenario.world.market {
        market.sales = market.sales * args.orders / ORDERS_MIN;
        market.buffer = u32::try_from(u64::from(market.buffer) * args.orders / ORDERS_MIN).unwrap_or(u32::MAX);
    }
    Ok(scenario)
}

/// Paths at which there is nothing yet: what is there may be somebody's evidence, and is never touched.
fn new_place(wanted: Option<PathBuf>) -> anyhow::Result<Place> {
    let journal = wanted.unwrap_or_else(|| {
        let time = Timestamp::now().strftime("%Y%m%d-%H%M%S%.f").to_string();
        std::env::temp_dir().join(format!("paritee-demo-{time}.db"))
    });
    let (place, page) = (Place::beside(&journal), page_beside(&journal));
    for beside in [&place.config, &place.census, &page] {
        if *beside == journal {
            bail!("write the journal to {}: a file beside it goes by that name; name it demo.db", journal.display());
        }
    }
    for file in [&place.journal, &place.config, &place.census, &page] {
        if file.try_exists().with_context(|| format!("look for {}", file.display()))? {
            bail!(
                "write the demo to {}: there is a file already; name a new journal with --journal, or remove it",
                file.display()
            );
        }
    }
    Ok(place)
}

/// Where the last act's report goes.
fn page_beside(journal: &Path) -> PathBuf {
    journal.with_extension("html")
}

/// The last act's report as a page, beside the journal.
fn write_report(played: &Played, place: &Place) -> anyhow::Result<PathBuf> {
    let page = page_beside(&place.journal);
    let last = played.acts.last().context("judge the demo's last act: there is none")?;
    output::write_file(&page, &report::html(&report::masked(last.assessment.clone())))?;
    Ok(page)
}

/// What is about to be seen.
fn prologue(scenario: &Scenario) {
    let (orders, speed) = (scenario.orders(), scenario.speed);
    say(&format!("A flash sale of {orders} orders, {speed} times as fast as real, over real sockets on 127.0.0.1:"));
    say("a storefront, a marketplace, a legacy and a gated integration, an ERP behind");
    say("each, and the sidecar between.");
    say("");
}

/// Whether what was promised came out, where everything is, and what to try next.
fn epilogue(played: &Played, place: &Place, page: &Path) {
    let wrong = played.acts.iter().flat_map(|act| &act.rows).filter(|row| !row.holds);
    let wrong: Vec<String> =
        wrong.map(|row| format!("  {}: promised {}, found {}", row.what, row.expected, row.found)).collect();
    if wrong.is_empty() {
        say("Everything came out as promised: the bug was stopped by name, and its repair was proven.");
    } else {
        say("Not all came out as promised:");
        wrong.iter().for_each(|line| say(line));
    }
    let program = std::env::args().next().unwrap_or_else(|| "paritee".to_owned());
    let journal = place.journal.display();
    say(&format!("\nThe report   {}\nThe journal  {journal}\nWhat to try next:", page.display()));
    let doubled = played.acts.first().and_then(|act| act.assessment.exceptions.first());
    if let Some(exception) = doubled {
        say(&format!("  {program} order {journal} {}", exception.order_key));
    }
    say(&format!("  {program} report {journal} --run 1"));
    say(&format!("  {program} verify {journal}"));
    say(&format!("  {program} scenario list"));
}

/// Says something on stderr. With stderr closed there is nobody to tell.
fn say(line: &str) {
    let _unheard = writeln!(io::stderr().lock(), "{line}");
}
