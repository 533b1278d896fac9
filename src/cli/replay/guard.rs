//! What a replay may do, and with what: it sends only where the configuration says that no harm can come of it, and it is recorded
//! where it takes nothing from the evidence of a live run.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::output;
use super::args::{Args, LegacyFrom};
use super::words;
use crate::config::{Config, SendWhen, duration_text};
use crate::journal::{Reader, RunKind};
use crate::net;
use crate::outcome::{Lane, LedgerKind, Role};
use crate::replay::formats::{Format, Reason};
use crate::replay::{FileSeen, Survey};

/// How long a lane may take to take a connection, before anything is sent.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// How long sending may take by its plan.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// What a replay is made with.
pub(super) struct Terms {
    /// The configuration, as the replay has it.
    pub(super) config: Config,
    /// Where it is recorded.
    pub(super) journal: PathBuf,
    /// The lane whose outcomes are taken from the files.
    pub(super) recorded: Option<Lane>,
}

impl Terms {
    /// The lanes that are sent to, the live one first.
    pub(super) fn sent_to(&self) -> Vec<Lane> {
        let live = if self.config.lanes.legacy.role == Role::Live { Lane::Legacy } else { Lane::Gated };
        [live, live.other()].into_iter().filter(|lane| Some(*lane) != self.recorded).collect()
    }

    /// What the run is judged by: the configuration's part, and what is replayed.
    pub(super) fn judged_by(&self, survey: &Survey, args: &Args) -> serde_json::Value {
        let mut judged_by = self.config.judged_by.clone();
        if let Some(members) = judged_by.as_object_mut() {
            let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
            let replay = json!({
                "digest": survey.digest,
                "from": time(args.from),
                "legacy": if self.recorded.is_some() { "recorded" } else { "sent" },
                "limit": args.limit,
                "requests": survey.requests,
                "until": time(args.until),
            });
            members.insert("replay".to_owned(), replay);
        }
        judged_by
    }
}

/// The configuration as the replay has it, where that may be.
pub(super) fn terms(mut config: Config, args: &Args) -> anyhow::Result<Terms> {
    let recorded = (args.legacy == LegacyFrom::Recorded).then_some(Lane::Legacy);
    if recorded.is_some() && config.lanes.legacy.role != Role::Live {
        bail!(
            "replay with legacy recorded: legacy is the shadow in this configuration, and files hold what the live lane answered"
        );
    }
    for lane in Lane::ALL.iter().filter(|lane| Some(**lane) != recorded) {
        harmless(&config, *lane)?;
    }
    shorten(&mut config, args, recorded)?;
    for lane in [&mut config.lanes.legacy, &mut config.lanes.gated] {
        lane.concurrency = args.concurrency().unwrap_or(lane.concurrency);
        if lane.role == Role::Live {
            lane.send = SendWhen::Always;
        }
    }
    let journal = args.journal.clone().unwrap_or_else(|| beside(&config.tee.journal));
    keeps_evidence(&config, &journal, args)?;
    if !args.dry_run {
        may_record(&journal, args.resume)?;
    }
    Ok(Terms { config, journal, recorded })
}

/// A replay places orders anew: where that is for real, goods would leave the house.
fn harmless(config: &Config, lane: Lane) -> anyhow::Result<()> {
    let hint = match lane {
        Lane::Legacy => ", or take its outcomes from the files with --legacy recorded",
        Lane::Gated => "",
    };
    match config.lanes.get(lane).ledger {
        LedgerKind::Sandbox | LedgerKind::DryRun => Ok(()),
        LedgerKind::Production => bail!(
            "replay to the {lane} lane: `lane.{lane}.ledger` is \"production\", and every order would be placed there again; \
             name a sandbox in a configuration of its own{hint}"
        ),
    }
}

/// `--settle` stands in place of both horizons, in what is judged by as well.
fn shorten(config: &mut Config, args: &Args, recorded: Option<Lane>) -> anyhow::Result<()> {
    let Some(settle) = args.settle else { return Ok(()) };
    for lane in Lane::ALL.iter().filter(|lane| Some(**lane) != recorded) {
        let of = match lane {
            Lane::Legacy => &mut config.lanes.legacy,
            Lane::Gated => &mut config.lanes.gated,
        };
        if settle < of.sla {
            bail!(
                "settle within {}: the sla of the {lane} lane is {}, and orders would be called lost before they are late; write a shorter `sla`, or a longer --settle",
                duration_text(settle),
                duration_text(of.sla)
            );
        }
        of.horizon = settle;
        let us = u64::try_from(settle.as_micros()).unwrap_or(u64::MAX);
        if let Some(member) = config.judged_by.pointer_mut(&format!("/lanes/{lane}/horizon_us")) {
            *member = us.into();
        }
    }
    Ok(())
}

/// Nothing that is evidence is written over.
fn keeps_evidence(config: &Config, journal: &Path, args: &Args) -> anyhow::Result<()> {
    if same_file(journal, &config.tee.journal) {
        bail!(
            "record the replay in {}: it is `tee.journal`, that of the sidecar, whose orders would then belong to the replay; name another by --journal",
            journal.display()
        );
    }
    let Some(output) = output::named(args.output.as_ref()) else { return Ok(()) };
    let journals = [journal, config.tee.journal.as_path()];
    let besides: Vec<PathBuf> =
        journals.iter().flat_map(|journal| ["-wal", "-shm"].map(|end| beside_of(journal, end))).collect();
    let files = args.captures.iter().chain([&args.config]).chain(&besides).map(PathBuf::as_path);
    if files.chain(journals).any(|file| same_file(file, output)) {
        bail!("write the report to {}: it is what the replay reads or records; name another file", output.display());
    }
    // Said before orders are placed for a report that nobody could keep.
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    if output.is_dir() || folder.is_some_and(|folder| !folder.is_dir()) {
        bail!("write the report to {}: name a file in a folder that is there (nothing was sent)", output.display());
    }
    Ok(())
}

/// What SQLite keeps beside a database.
fn beside_of(journal: &Path, end: &str) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Whether two paths name one file, be it there or not.
fn same_file(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = || Some(fs::canonicalize(folder).ok()?.join(path.file_name()?));
        fs::canonicalize(path).ok().or_else(beside).unwrap_or_else(|| path.to_owned())
    };
    resolved(one) == resolved(other)
}

/// `week3-replay.db` beside `week3.db`: an order belongs to the run that captured it first, so that a replay in the journal of a live run would judge
/// nothing.
fn beside(journal: &Path) -> PathBuf {
    let stem = journal.file_stem().unwrap_or_default().to_string_lossy();
    journal.with_file_name(format!("{stem}-replay.db"))
}

fn may_record(journal: &Path, resume: bool) -> anyhow::Result<()> {
    let is_there = journal.exists();
    if resume && !is_there {
        bail!("resume: there is no {}; leave --resume out to begin", journal.display());
    }
    if resume || !is_there {
        return Ok(());
    }
    // A replay was begun in it, and nothing came of it.
    let came_to_nothing = |reader: Reader| {
        let run = reader.run(None)?;
        Ok(reader.first_capture(None)?.is_none() && run.is_none_or(|seen| seen.run.kind == RunKind::Replay))
    };
    if Reader::open(journal).and_then(came_to_nothing).unwrap_or_default() {
        return Ok(());
    }
    bail!(
        "record the replay in {}: it is there already; go on with it by --resume, name another by --journal, or remove it",
        journal.display()
    )
}

/// Whether a file is what was captured, as far as it can tell: else any order in it may be another than was placed, and none is sent.
fn sound(file: &FileSeen) -> anyhow::Result<()> {
    let path = file.path.display();
    if file.tally.count(Reason::BadChecksum) + file.tally.count(Reason::BadPacking) > 0 {
        bail!(
            "replay {path}: what is unpacked of it is not what was packed, so that any order in it may be another (nothing was sent); get the file anew, \
             or unpack by `gzip -dc` what can be unpacked, look at it, and replay that"
        );
    }
    if file.format == Format::Journal
        && let Err(fault) = Reader::open(&file.path)?.verify()?
    {
        bail!(
            "replay {path}: the journal is not what was recorded: {fault} (nothing was sent); use a copy that verifies, or look at what `paritee export` makes of it, \
             and replay that"
        );
    }
    Ok(())
}

/// Whether there is anything to send, in files that are what was captured, and all that is needed to send it.
pub(super) fn worth_it(survey: &Survey, args: &Args) -> anyhow::Result<()> {
    survey.files.iter().try_for_each(sound)?;
    if survey.requests == 0 {
        let routes = survey.omissions.counts.get("no_route").is_some_and(|count| *count > 0);
        let remedy = if routes { "; compare `[[tee.route]]` with the methods and paths in the files" } else { "" };
        bail!("replay: not one of {} requests can be sent{remedy}", survey.omissions.read);
    }
    if survey.unsent.values().sum::<u64>() == survey.requests {
        bail!(
            "replay: not one of {} requests would go to a lane; compare `order_key` of `[[tee.route]]`, and `[[tee.exclude]]`, with what is in the files",
            survey.requests
        );
    }
    if args.legacy == LegacyFrom::Recorded && survey.answered == 0 {
        bail!("replay with legacy recorded: the files hold no answers of it; leave it out, or capture answers as well");
    }
    if words::planned(survey, args).is_some_and(|planned| planned > LONGEST) {
        bail!("replay: at this pace it would take more than a year; --speed max goes as fast as the lanes take it");
    }
    if args.needs_times() && survey.span.is_none() && survey.requests > 1 {
        bail!("replay at the speed of capture: the files hold no times; use --rate or --speed max");
    }
    Ok(())
}

/// Whether each lane that is sent to takes connections: else nothing is begun.
pub(super) async fn reachable(terms: &Terms) -> anyhow::Result<()> {
    for lane in terms.sent_to() {
        let url = &terms.config.lanes.get(lane).url;
        let (host, port) = (url.host().unwrap_or_default(), net::port(url));
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let connected = timeout(CONNECT_MAX, TcpStream::connect((host, port))).await;
        let what = || format!("reach the {lane} lane at {url} (nothing was sent)");
        connected
            .map_err(|_| anyhow::anyhow!("no connection within {} s", CONNECT_MAX.as_secs()))
            .with_context(what)?
            .with_context(what)?;
    }
    Ok(())
}
