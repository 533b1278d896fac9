//! `paritee replay`: captured traffic from files through both lanes, to a decision. Reads the files once to see what is in them and once to
//! send it, waits until both ledgers can tell what came of it, and judges.

mod args;
mod guard;
mod progress;
mod settle;
mod stage;
mod words;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;

pub use args::Args;

use self::guard::Terms;
use self::progress::Shown;
use self::stage::Stage;
use super::{Exit, output, serve};
use crate::audit;
use crate::config::{self, Config};
use crate::intake::Routes;
use crate::journal::Reader;
use crate::outcome::Lane;
use crate::replay::formats::{Mode, Options};
use crate::replay::{
    Captures, Driven, Ended, Expected, Lateness, Preparer, Selection, Selector, Spread, Survey, survey,
};
use crate::report::masked;

/// Replays the files, and writes the report.
///
/// # Errors
/// When the configuration has faults or may not be replayed with, a file can't be read, a lane or its ledger can't be reached, or the journal
/// can't be written.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let config = config::load(&args.config)?.config;
    let terms = guard::terms(config, args)?;
    let survey = look(&terms.config, args)?;
    output::tell(&words::folded(&words::survey(&survey, args, &terms), output::width()));
    guard::worth_it(&survey, args)?;
    if args.dry_run {
        return Ok(Exit::Go);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let replayed = runtime.block_on(Box::pin(replay(&terms, &survey, args)))?;
    output::tell(&words::folded(&words::summary(&replayed, args, &terms), output::width()));
    judge(&terms.journal, &replayed, args)
}

/// What became of it.
struct Replayed {
    run: u32,
    driven: Driven,
    /// What earlier processes had recorded.
    resumed_from: u64,
    /// How long captures waited for each lane that was sent to.
    waits: Vec<(Lane, Spread)>,
    /// Captures of the run that are to be sent.
    teed: u64,
}

/// The files, from their beginning.
fn selector(config: &Config, args: &Args) -> anyhow::Result<Selector> {
    let mode = if args.strict { Mode::Strict } else { Mode::Lenient };
    let captures = Captures::open(&args.captures, Options { mode, run: args.run, ..Options::default() })?;
    let selection = Selection { from: args.from, until: args.until, limit: args.limit };
    Ok(Selector::new(captures, Routes::new(config.tee.routes.clone()), selection))
}

fn look(config: &Config, args: &Args) -> anyhow::Result<Survey> {
    let shown = progress::reading();
    let preparer = Preparer::looking(config.tee.excludes.clone(), config.tee.body_bytes_max);
    let survey = survey(selector(config, args)?, &preparer, Lane::Legacy)?;
    shown.finish_and_clear();
    Ok(survey)
}

async fn replay(terms: &Terms, survey: &Survey, args: &Args) -> anyhow::Result<Replayed> {
    // Before the first request that others may see: a signal that comes then must end it in order.
    let (ended, stop) = (serve::signals()?, CancellationToken::new());
    tokio::spawn(stop_at(ended, stop.clone()));
    guard::reachable(terms).await?;
    let stage = Stage::start(terms, survey, args, &stop).await?;
    let played = play(&stage, terms, survey, args, &stop).await;
    let run = stage.run().number;
    stage.stop().await;
    let (driven, resumed_from) = played?;
    let reader = Reader::open(&terms.journal)?;
    let waits = waits(&reader, run, terms)?;
    let teed = reader.teed_of(run)?;
    Ok(Replayed { run, driven, resumed_from, waits, teed })
}

/// The first signal stops it in order, the second at once.
async fn stop_at(ended: impl Future<Output = ()>, stop: CancellationToken) {
    ended.await;
    stop.cancel();
    if let Ok(again) = serve::signals() {
        again.await;
        std::process::exit(Exit::Error as i32);
    }
}

async fn play(
    stage: &Stage,
    terms: &Terms,
    survey: &Survey,
    args: &Args,
    stop: &CancellationToken,
) -> anyhow::Result<(Driven, u64)> {
    settle::baseline(stage, terms, stop).await?;
    let resumed_from = stage.recorded()?;
    if !stop.is_cancelled() {
        settle::none_is_there(stage, terms, selector(&terms.config, args)?)?;
    }
    let driver = stage.driver(args.pace(), stop.clone());
    // What goes on in the middle has the rest of its plan, however long that is.
    let planned = if resumed_from == 0 { words::planned(survey, args) } else { None };
    let shown = Shown::begin(survey.requests.saturating_sub(resumed_from), planned, Arc::clone(&driver.progress));
    let expected = Expected { recorded: resumed_from, requests: survey.requests, digest: &survey.digest };
    let driven = driver.run(selector(&terms.config, args)?, stage.preparer(terms), expected);
    let mut driven = shown.beside(driven).await?;
    stage.tally(&driven).await?;
    match driven.ended {
        Ended::AllSent => {
            stage.tell_readings(survey, terms).await?;
            settle::settle(stage, terms, stop).await?;
            if stop.is_cancelled() {
                driven.ended = Ended::Stopped;
            }
        }
        Ended::Stopped | Ended::Stalled(_) | Ended::Unread(_) | Ended::Changed => {}
    }
    if !matches!(driven.ended, Ended::AllSent) {
        stage.finish_what_is_under_way().await;
    }
    Ok((driven, resumed_from))
}

fn waits(reader: &Reader, run: u32, terms: &Terms) -> anyhow::Result<Vec<(Lane, Spread)>> {
    let mut waits = Vec::new();
    for lane in terms.sent_to() {
        let mut lateness = Lateness::default();
        reader.each_wait(run, lane, |wait| lateness.add(wait))?;
        waits.push((lane, lateness.spread()));
    }
    Ok(waits)
}

/// The report of what was replayed, and its decision. What was not replayed to its end has at best none.
fn judge(journal: &Path, replayed: &Replayed, args: &Args) -> anyhow::Result<Exit> {
    let reader = Reader::open(journal)?;
    let assessment = masked(audit::assess(&reader, Some(replayed.run), None)?);
    let rendered = |width, style| args.format.render(&assessment, width, style);
    match output::named(args.output.as_ref()) {
        Some(file) => output::write_file(file, &rendered(output::width_of_file(), crate::report::Style::Plain)?)?,
        None => output::print(&rendered(output::width(), output::style())?)?,
    }
    let exit = Exit::from(assessment.decision);
    Ok(match &replayed.driven.ended {
        Ended::AllSent => exit,
        Ended::Unread(_) | Ended::Changed => Exit::Error,
        Ended::Stopped | Ended::Stalled(_) if exit == Exit::Go => Exit::Inconclusive,
        Ended::Stopped | Ended::Stalled(_) => exit,
    })
}
