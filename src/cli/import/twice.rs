//! One file for two witnesses: refused before a row of it is recorded.
//!
//! A ledger's export that is imported for the other lane as well makes each of its documents one of both ledgers, which is
//! the proof of a leak; one that is taken for the census tallies with itself. Neither can be taken back, as the journal
//! only grows.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use crate::journal::Reader;
use crate::outcome::{Extract, Witness};

/// Refuses `files`, each with its length where it is a file on disk, when one of them was imported for another witness
/// than `of`. What comes through a pipe can't be read twice, and isn't looked at.
pub(super) fn refuse<'f>(
    reader: &Reader,
    of: Witness,
    files: impl Iterator<Item = (&'f Path, Option<u64>)>,
) -> anyhow::Result<()> {
    let mut others: Vec<Extract> = Vec::new();
    for other in [Witness::Legacy, Witness::Gated, Witness::Census].into_iter().filter(|other| *other != of) {
        others.extend(reader.extracts(other)?.into_iter().map(|(_, extract)| extract));
    }
    for (path, bytes) in files {
        // Files without rows are alike, and say nothing.
        let mut alike = others.iter().filter(|other| other.rows > 0 && Some(other.file_bytes) == bytes).peekable();
        if alike.peek().is_none() {
            continue;
        }
        let digest = digest(path).with_context(|| format!("read the export {}", path.display()))?;
        if let Some(other) = alike.find(|other| other.file_digest == digest) {
            bail!(
                "import {} for {of}: the same file was imported for {} ({} at {}), and would prove what neither says; name the export of {of}",
                path.display(),
                other.of,
                other.file_name,
                other.began_at
            );
        }
    }
    Ok(())
}

/// SHA-256 over a file's bytes, as extracts have it.
fn digest(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(crate::journal::Digest(hasher.finalize().into()).to_string())
}
