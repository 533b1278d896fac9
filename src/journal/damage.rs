//! A journal whose file is damaged: told from one that only can't be written now, and set aside whole, so that nothing of it
//! is lost and a new one can begin in its place.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::ErrorCode;

use super::open::{OpenError, PAGE_BYTES};
use crate::clock;
use crate::outcome::{Gap, GapReason};

/// How often in a row SQLite must call the file damaged before it is believed: what was read wrong once may be read right again.
pub(super) const BELIEVED_AFTER: u32 = 5;

/// Pages that are looked at where the first one is damaged.
const PAGES_LOOKED_AT: u64 = 1_000;

/// A damaged journal that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now, with its WAL beside it.
    pub path: PathBuf,
    /// When it was last written to.
    pub written_at: Timestamp,
}

impl SetAside {
    /// What the journal in its place misses: from the last that was written to the damaged one until now.
    #[must_use]
    pub fn gap(&self) -> Gap {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        Gap {
            reason: GapReason::Down,
            began_at: self.written_at,
            ended_at: clock::now().max(self.written_at),
            requests: None,
            lane: None,
            capture: None,
            order_key: None,
            detail: Some(format!("the journal before this one is damaged, and was set aside as {name}")),
        }
    }
}

impl OpenError {
    /// Whether the file is damaged, so that no waiting helps.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Sqlite { source, .. } if is_damage(source))
    }

    /// Whether it may go by itself: the disk is full, can't be read or written, or a lock is held for long.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Sqlite { .. }) && !self.is_damage()
    }
}

/// Whether SQLite says that the file itself is wrong.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether a file that SQLite doesn't know for a database is one whose first page is damaged: all that is looked at of the others
/// could be pages of a journal, and some are sure to be. Nothing that anybody else keeps looks like that.
pub(super) fn has_lost_its_head(path: &Path) -> bool {
    let read = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let (page, bytes) = (u64::from(PAGE_BYTES), file.metadata()?.len());
        let pages = bytes / page;
        if bytes % page != 0 || pages < 2 {
            return Ok(false);
        }
        let (mut head, mut trees) = ([0; 8], 0);
        for at in 1..pages.min(PAGES_LOOKED_AT) {
            file.seek(SeekFrom::Start(at * page))?;
            file.read_exact(&mut head)?;
            match kind(head, pages) {
                Some(Kind::Tree) => trees += 1,
                Some(Kind::Other) => {}
                None => return Ok(false),
            }
        }
        Ok(trees > 0)
    };
    read().unwrap_or(false)
}

/// What a page of a database may be.
enum Kind {
    /// A part of a table or an index with something in it.
    Tree,
    /// One that is empty, or goes on with what another page began.
    Other,
}

/// What a page could be by its first bytes (SQLite's file format, 1.6); `None`: no page of a database.
fn kind(head: [u8; 8], pages: u64) -> Option<Kind> {
    let [flag, free_1, free_2, cells_1, cells_2, content_1, content_2, fragments] = head;
    let number = |one, two| u32::from(u16::from_be_bytes([one, two]));
    let (free, cells, content) = (number(free_1, free_2), number(cells_1, cells_2), number(content_1, content_2));
    let is_tree = matches!(flag, 0x02 | 0x05 | 0x0a | 0x0d)
        && free < PAGE_BYTES
        && content <= PAGE_BYTES
        && 2 * cells <= content
        && fragments <= 60;
    let next = u64::from(u32::from_be_bytes([flag, free_1, free_2, cells_1]));
    match (is_tree, cells) {
        (true, 1..) => Some(Kind::Tree),
        (true, 0) => Some(Kind::Other),
        _ => (next <= pages).then_some(Kind::Other),
    }
}

/// Gives a damaged journal, its WAL included, another name.
///
/// # Errors
/// When the folder can't be written.
pub fn set_aside(path: &Path) -> io::Result<SetAside> {
    let beside = |path: &Path, end: &str| PathBuf::from(format!("{}{end}", path.display()));
    // An empty WAL was made by whoever found the damage, and not written to.
    let wal = fs::metadata(beside(path, "-wal")).ok().filter(|wal| wal.len() > 0);
    let written = wal.map_or_else(|| fs::metadata(path), Ok)?.modified()?;
    let written_at = Timestamp::try_from(written).unwrap_or_else(|_| clock::now());
    let aside = beside(path, &format!(".damaged-{}", clock::now().strftime("%Y%m%dT%H%M%S%.6fZ")));
    let wal = fs::rename(beside(path, "-wal"), beside(&aside, "-wal"));
    if let Err(error) = wal
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    if let Err(error) = fs::rename(path, &aside) {
        // They belong together, wherever they are; the first error is the one to tell.
        _ = fs::rename(beside(&aside, "-wal"), beside(path, "-wal"));
        return Err(error);
    }
    // The index of the WAL is made anew from it.
    let _there_may_be_none = fs::remove_file(beside(path, "-shm"));
    Ok(SetAside { path: aside, written_at })
}
