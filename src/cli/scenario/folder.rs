//! Where a scenario leaves its journal: a folder that is kept, or one that goes away with it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::scenario::Scenario;

/// A folder for one scenario.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    is_kept: bool,
}

impl Folder {
    /// A new folder below `keep`, or one in the system's folder for temporary files.
    ///
    /// # Errors
    /// When there is a folder of this scenario already: its journal may be somebody's evidence.
    pub(super) fn of(scenario: &Scenario, place: usize, keep: Option<&Path>) -> anyhow::Result<Self> {
        let is_kept = keep.is_some();
        let path = match keep {
            Some(keep) => keep.join(&scenario.name),
            None => {
                std::env::temp_dir().join(format!("paritee-scenario-{}-{place}-{}", std::process::id(), scenario.name))
            }
        };
        if path.is_dir() {
            bail!(
                "keep the scenario in {}: it is there already; name another folder with --keep, or remove it",
                path.display()
            );
        }
        fs::create_dir_all(&path).with_context(|| format!("make the folder {}", path.display()))?;
        Ok(Self { path, is_kept })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nothing but temporary files is left where this fails.
            _ = fs::remove_dir_all(&self.path);
        }
    }
}
