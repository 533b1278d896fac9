//! `paritee import`: outcomes of a lane, or the storefront's census, from exported files.

mod progress;
mod summary;
#[cfg(test)]
mod tests;
mod twice;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use self::progress::Progress;
use super::time::time;
use super::{Exit, output};
use crate::clock;
use crate::config::{self, Config};
use crate::journal::{OpenError, ReadError, Reader};
use crate::observe::event;
use crate::observe::import::{self, Export, Mapping, Remote, STDIN, Sink, SinkError};
use crate::outcome::Witness;

/// How far the clock of a file server may be off: as for any clock that nothing is known of.
const CLOCK_DOUBT: Duration = Duration::from_secs(300);

/// The arguments of `paritee import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration (TOML): it says how exports are read, and where the journal is
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Whose orders the files hold
    #[arg(long, value_name = "LANE", value_parser = ["legacy", "gated", "census"])]
    lane: String,
    /// All up to then is in the files, taken together, such as 2026-11-20T18:00:00Z or 2026-11-20T19:00:00[Europe/Berlin]
    #[arg(long, value_name = "TIME", value_parser = time)]
    complete_through: Option<Timestamp>,
    /// Say what would be recorded, and record nothing
    #[arg(long)]
    dry_run: bool,
    /// CSV, NDJSON or JSON; `-` is standard input
    #[arg(required = true, value_name = "EXPORT")]
    exports: Vec<PathBuf>,
}

/// Reads the files and records what they say.
///
/// # Errors
/// When the configuration has faults or no mapping, a file can't be opened, or the journal takes no rows. Bad rows
/// are no error here: the good ones are kept, and the command ends with exit code 2.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let config = config::load_armed(&args.config)?.config;
    let (exit, summary) = run_with(&config, args)?;
    output::print(&summary)?;
    Ok(exit)
}

/// As [`run`], with a configuration that was read; the summary is returned.
fn run_with(config: &Config, args: &Args) -> anyhow::Result<(Exit, String)> {
    let of: Witness = args.lane.parse()?;
    let mapping = Arc::new(Mapping::of(config, of)?);
    let files = open(&args.exports)?;
    if let Some(through) = args.complete_through {
        may_be_complete(through, &files)?;
    }
    // Where there is no journal, it is said when the facts are to go there.
    if let Ok(reader) = Reader::open(&config.tee.journal) {
        twice::refuse(&reader, of, files.iter().map(|file| (&*file.path, file.bytes)))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let sink = sink(config, args.dry_run).await?;
        import_all(files, &mapping, args, sink).await
    })
}

/// A file that is open.
struct Opened {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    bytes: Option<u64>,
    modified: Option<SystemTime>,
}

/// Opens all files before any of them is read, so that a typing error records nothing.
fn open(paths: &[PathBuf]) -> anyhow::Result<Vec<Opened>> {
    if paths.iter().filter(|path| path.as_os_str() == STDIN).count() > 1 {
        bail!("read the exports: standard input can be named once");
    }
    paths.iter().map(|path| one(path).with_context(|| format!("read the export {}", path.display()))).collect()
}

fn one(path: &Path) -> anyhow::Result<Opened> {
    if path.as_os_str() == STDIN {
        return Ok(Opened { path: path.to_owned(), input: Box::new(io::stdin()), bytes: None, modified: None });
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        bail!("it is a directory; name the files in it");
    }
    let bytes = metadata.is_file().then_some(metadata.len());
    let modified = metadata.modified().ok().filter(|_| metadata.is_file());
    Ok(Opened { path: path.to_owned(), input: Box::new(file), bytes, modified })
}

/// Nothing is complete through a time that has not come, or that came after the file was written.
fn may_be_complete(through: Timestamp, files: &[Opened]) -> anyhow::Result<()> {
    if through > clock::now() {
        bail!("complete through {through}: that is still to come; say up to when the export has everything");
    }
    for file in files {
        let written = file.modified.and_then(|modified| Timestamp::try_from(modified + CLOCK_DOUBT).ok());
        if written.is_some_and(|written| written < through) {
            bail!(
                "complete through {through}: {} was last written before that; export it again, or say an earlier time",
                file.path.display()
            );
        }
    }
    Ok(())
}

async fn sink(config: &Config, dry_run: bool) -> anyhow::Result<Sink> {
    let path = &config.tee.journal;
    if dry_run {
        return Ok(Sink::Nowhere(if path.exists() { Some(Box::new(Reader::open(path)?)) } else { None }));
    }
    match Sink::journal(path).await {
        Ok(sink) => Ok(sink),
        Err(SinkError::Read(ReadError::Missing(path))) => bail!(
            "open the journal {}: there is no such file; `tee.journal` names it, and `paritee serve` begins it",
            path.display()
        ),
        Err(SinkError::Open(OpenError::InUse { path })) => in_use(config, &path),
        Err(error) => Err(error.into()),
    }
}

/// A sidecar writes to the journal: it takes facts at its admin port.
fn in_use(config: &Config, path: &Path) -> anyhow::Result<Sink> {
    let Some(admin) = &config.admin else {
        bail!(
            "open the journal {}: a sidecar is writing to it; add [admin] so that it takes exports at its port, or stop it for the import",
            path.display()
        );
    };
    Ok(Sink::Sidecar(Box::new(Remote::new(admin, event::encode))))
}

async fn import_all(
    files: Vec<Opened>,
    mapping: &Arc<Mapping>,
    args: &Args,
    mut sink: Sink,
) -> anyhow::Result<(Exit, String)> {
    let Args { complete_through, dry_run, .. } = *args;
    let began = Instant::now();
    let count = files.len();
    let mut all = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let progress = Progress::begin(&file.path, file.bytes);
        let export = Export { path: file.path, input: file.input, read: progress.read() };
        let imported = progress.beside(import::import(export, mapping, &mut sink)).await?;
        summary::complain(&imported);
        all.push(imported);
        // The last extract speaks for all: only when every file was good are they complete together.
        let is_last = index + 1 == count;
        let through = complete_through.filter(|_| is_last && summary::may_declare(&all));
        if let Some(imported) = all.last().filter(|imported| imported.reading.begun && !dry_run) {
            import::record_extract(imported, mapping, through, &mut sink).await?;
        }
    }
    sink.close().await?;
    let declared = complete_through.filter(|_| summary::may_declare(&all));
    let wanted = complete_through.is_some();
    let summary = summary::text(mapping.of, &all, wanted, declared, dry_run, began.elapsed());
    let is_good = all.iter().all(|imported| imported.reading.is_whole()) && wanted == declared.is_some();
    Ok((if is_good { Exit::Go } else { Exit::Error }, summary))
}
