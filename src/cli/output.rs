//! Where results go: stdout, which may close at any time, or a file, which is whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use terminal_size::{Width, terminal_size_of};

use crate::report::{Style, inert};

/// How an SQLite database begins (SQLite, "Database File Format", 1.3.1).
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

/// How wide a page is where nobody says: what a terminal has had since punched cards.
const WIDTH_DEFAULT: usize = 80;

/// The widest page; beyond it a sentence is hard to follow back.
pub(super) const WIDTH_MAX: usize = 120;

/// Writes a result to stdout, as [`print_with`] does.
pub(super) fn print(result: &str) -> anyhow::Result<()> {
    print_with(|out| Ok(out.write_all(result.as_bytes()).and_then(|()| out.flush())?)).map(drop)
}

/// Has a result written to stdout. A reader that went away (`| head`) is no error, and `None` says so.
pub(super) fn print_with<T>(write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<Option<T>> {
    let is_closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    match write(&mut io::stdout().lock()) {
        Err(error) if error.chain().any(is_closed) => Ok(None),
        written => written.map(Some).context("writing to stdout"),
    }
}

/// Tells something on stderr, each line of it harmless.
pub(super) fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    for line in text.lines() {
        // With stderr closed there is nobody to tell.
        _ = writeln!(stderr, "{}", inert(line));
    }
}

/// Colour on a terminal, unless `NO_COLOR` is set (<https://no-color.org>) or the terminal is dumb.
pub(super) fn style() -> Style {
    let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if io::stdout().is_terminal() && !forbidden && !dumb { Style::Ansi } else { Style::Plain }
}

/// As wide as `COLUMNS` says, or else the terminal that stdout is, within reason.
pub(super) fn width() -> usize {
    let terminal = || terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns));
    within_reason(columns().or_else(terminal))
}

/// As wide as `COLUMNS` says: a file is the same whatever terminal it was made in.
pub(super) fn width_of_file() -> usize {
    within_reason(columns())
}

fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0)
}

fn within_reason(columns: Option<usize>) -> usize {
    columns.filter(|columns| *columns > 0).map_or(WIDTH_DEFAULT, |columns| columns.min(WIDTH_MAX))
}

/// The file that a result goes to; `None` for stdout, as `-` names it elsewhere. A file of that name is `./-`.
pub(super) fn named(output: Option<&PathBuf>) -> Option<&Path> {
    output.map(PathBuf::as_path).filter(|path| *path != Path::new("-"))
}

/// Writes a result to a file, as [`write_with`] does.
pub(super) fn write_file(path: &Path, result: &str) -> anyhow::Result<()> {
    write_with(path, |out| Ok(out.write_all(result.as_bytes())?))
}

/// Has a result written to a file: into a new one beside it first, which then takes its name, so that nobody
/// ever reads half a report. A link is followed; what is no plain file (`/dev/null`, a pipe) is written to.
pub(super) fn write_with<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
    // A path that is not there yet can't be resolved, and needs no resolving.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&target) {
        Ok(there) if there.is_dir() => Err(anyhow::anyhow!("it is a directory; name a file in it")),
        Ok(there) if !there.is_file() => write_to(OpenOptions::new().write(true).open(&target), write),
        Ok(_) if is_database(&target) => Err(anyhow::anyhow!(
            "it is an SQLite database, such as a journal, and is left untouched; name another file"
        )),
        _ => replace(&target, write),
    }
    .with_context(|| format!("writing {}", path.display()))
}

/// Whether a file begins as SQLite's do: what it holds can't be made anew.
fn is_database(target: &Path) -> bool {
    let mut begins = [0; SQLITE.len()];
    File::open(target).and_then(|mut file| file.read_exact(&mut begins)).is_ok() && begins == *SQLITE
}

fn replace<T>(target: &Path, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let beside = beside(target);
    let created = OpenOptions::new().write(true).create_new(true).open(&beside);
    let ours = created.is_ok();
    let written = write_to(created, write).and_then(|result| Ok(fs::rename(&beside, target).map(|()| result)?));
    if written.is_err() && ours {
        // What remains of it is of no use; the first error is the one to tell.
        _ = fs::remove_file(&beside);
    }
    written
}

fn write_to<T>(file: io::Result<File>, write: impl FnOnce(&mut dyn Write) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut file = file?;
    let result = write(&mut file)?;
    if file.metadata()?.is_file() {
        file.sync_all()?;
    }
    Ok(result)
}

/// A hidden name in the same folder, so that renaming never crosses a file system.
fn beside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        for text in ["first, and longer", "second"] {
            write_file(&file, text).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        assert_eq!(names(folder.path()), ["report.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write_file(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_journal_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("week3.db");
        fs::write(&file, [SQLITE, &b"pages"[..]].concat()).unwrap();
        let error = format!("{:#}", write_file(&file, "text").unwrap_err());
        assert!(error.contains("it is an SQLite database") && error.contains("week3.db"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), [SQLITE, &b"pages"[..]].concat());
    }

    #[test]
    fn what_can_not_be_written_is_named_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        for (path, expected) in [(taken, "it is a directory"), (folder.path().join("no/where"), "No such file")] {
            let error = format!("{:#}", write_file(&path, "text").unwrap_err());
            assert!(error.contains(expected) && error.contains(&path.display().to_string()), "{error}");
        }
        assert_eq!(names(folder.path()), ["taken"]);
        write_file(Path::new("/dev/null"), "text").unwrap();
    }
}
