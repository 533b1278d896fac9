//! Checkpoints away from the writer's way: a thread of its own moves pages from the WAL to the file.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;

use super::handle::Shared;

/// From one checkpoint to the next.
const EVERY: Duration = Duration::from_millis(500);

/// Starts the thread; it ends after the writer, once unparked.
pub(super) fn spawn(path: &Path, shared: Arc<Shared>) -> io::Result<JoinHandle<()>> {
    let path = path.to_owned();
    thread::Builder::new().name("checkpoint".into()).spawn(move || {
        let Ok(connection) = Connection::open(&path) else {
            return tracing::warn!("checkpoints of the journal are left to its last close");
        };
        while !shared.ended.load(Ordering::Acquire) {
            thread::park_timeout(EVERY);
            if let Ok(frames) = passive(&connection) {
                shared.wal_frames.store(frames, Ordering::Relaxed);
            }
        }
    })
}

/// Moves what can be moved without waiting for anybody; the number of frames in the WAL.
pub(super) fn passive(connection: &Connection) -> rusqlite::Result<u64> {
    let frames = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(1))?;
    Ok(u64::try_from(frames).unwrap_or_default())
}
