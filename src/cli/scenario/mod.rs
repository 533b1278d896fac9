//! `paritee scenario`: simulated worlds, each with what it must come to.

mod folder;
mod progress;
mod table;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;

use self::folder::Folder;
use self::progress::Bar;
use super::{Exit, output};
use crate::report;
use crate::scenario::{self, Audience, Options, Place, Played, Scenario, Silent};

/// The arguments of `paritee scenario`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Play scenarios, and hold what they come to against what they promise
    Run(RunArgs),
    /// The scenarios that come with paritee
    List,
}

#[derive(clap::Args, Debug)]
struct RunArgs {
    /// Files, or names out of `paritee scenario list`; `all` plays all of these
    #[arg(required = true, value_name = "FILE")]
    scenarios: Vec<String>,
    /// Keep journals, configurations and reports in this folder, one below it for each scenario
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Write the report of each scenario's last act into this folder, as NAME.html, NAME.json and NAME.md
    #[arg(long, value_name = "DIR")]
    reports: Option<PathBuf>,
    /// What worlds are made from, in place of their own seeds
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Leave out a fault or an event, by its name: what would it have come to?
    #[arg(long, value_name = "ID")]
    without: Vec<String>,
}

/// Plays scenarios, or lists them.
///
/// # Errors
/// When a file can't be read or has faults, or a scenario can't be played.
pub fn run(args: Args) -> anyhow::Result<Exit> {
    match args.what {
        What::List => list(),
        What::Run(args) => play_all(&args),
    }
}

fn list() -> anyhow::Result<Exit> {
    let listed = scenario::listed()?;
    output::print(&table::list(&listed, output::width()))?;
    Ok(Exit::Go)
}

fn play_all(args: &RunArgs) -> anyhow::Result<Exit> {
    let options = Options { seed: args.seed, orders: None, without: args.without.clone() };
    // All are read before the first one is played: a fault in the last is no surprise after minutes.
    let scenarios = args.scenarios.iter().map(|name| named(name, &options)).collect::<Result<Vec<_>, _>>()?;
    let scenarios: Vec<Scenario> = scenarios.into_iter().flatten().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let folders = Folder::of_all(&scenarios, args.keep.as_deref())?;
    let mut as_promised = 0;
    for (scenario, folder) in scenarios.iter().zip(folders) {
        let played = runtime.block_on(play(scenario, folder.path()));
        let played = played.with_context(|| format!("play the scenario `{}`", scenario.name))?;
        if args.keep.is_some() {
            write_reports(&played, folder.path(), "report")?;
        }
        if let Some(reports) = &args.reports {
            write_reports(&played, reports, &scenario.name)?;
        }
        as_promised += u32::from(played.holds());
        output::print(&table::played(scenario, &played, output::width(), output::style()))?;
        warn_of_lateness(&played);
    }
    let all = scenarios.len() as u32;
    output::print(&format!("{as_promised} of {all} as promised\n"))?;
    Ok(if as_promised == all { Exit::Go } else { Exit::Error })
}

/// A file, one of those that come with paritee, or all of these.
fn named(name: &str, options: &Options) -> anyhow::Result<Vec<Scenario>> {
    let embedded = |name: &str| {
        scenario::embedded(name).map(|text| Scenario::parse(name, &format!("scenarios/{name}.toml"), text, options))
    };
    if name == "all" {
        let all = scenario::listed()?;
        return Ok(all.iter().filter_map(|it| embedded(it.name)).collect::<Result<_, _>>()?);
    }
    if !Path::new(name).is_file()
        && let Some(scenario) = embedded(name)
    {
        return Ok(vec![scenario?]);
    }
    Ok(vec![Scenario::load(Path::new(name), options)?])
}

async fn play(scenario: &Scenario, folder: &Path) -> Result<Played, scenario::PlayError> {
    let bar = std::io::stderr().is_terminal().then(|| Bar::begin(scenario));
    let audience: &dyn Audience = bar.as_ref().map_or(&Silent, |bar| bar);
    Box::pin(scenario::play(scenario, &Place::in_folder(folder), audience)).await
}

/// The reports of the last act.
fn write_reports(played: &Played, folder: &Path, name: &str) -> anyhow::Result<()> {
    let Some(act) = played.acts.last() else { return Ok(()) };
    std::fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let assessment = report::masked(act.assessment.clone());
    let json = report::json(&assessment).context("write the report as JSON")?;
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    output::write_file(&file("json"), &json)?;
    output::write_file(&file("md"), &report::markdown(&assessment))?;
    output::write_file(&file("html"), &report::html(&assessment))
}

/// Compressed time is exact as long as the machine keeps up.
pub(super) fn warn_of_lateness(played: &Played) {
    for act in &played.acts {
        let pace = act.pace;
        if pace.is_late() {
            tracing::warn!(
                late = ?pace.lateness_max, of = ?pace.took,
                "orders were placed late by the world's clock, so this run proves little: lower the scenario's speed, or free the machine"
            );
        }
        if pace.is_behind() && !act.holds() {
            tracing::warn!(
                behind = ?pace.waited_max, of = ?pace.took,
                "copies were sent late by the world's clock: where the scenario does not want that, what is not as promised may come of it; lower its speed, or free the machine"
            );
        }
    }
}
