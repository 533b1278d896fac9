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
    /// A folder for each of them, below `keep` or in the system's folder for temporary files. None is made where one can't be.
    ///
    /// # Errors
    /// When there is one already, since its journal may be somebody's evidence, or two go by one name.
    pub(super) fn of_all(scenarios: &[Scenario], keep: Option<&Path>) -> anyhow::Result<Vec<Self>> {
        let folders: Vec<Self> =
            scenarios.iter().enumerate().map(|(place, scenario)| Self::named(scenario, place, keep)).collect();
        for (place, folder) in folders.iter().enumerate() {
            let again = folders.iter().take(place).any(|earlier| earlier.path == folder.path);
            if folder.path.is_dir() || again {
                bail!(
                    "keep the scenario in {}: {}",
                    folder.path.display(),
                    if again {
                        "two scenarios go by this name"
                    } else {
                        "it is there already; name another folder with --keep, or remove it"
                    }
                );
            }
        }
        for folder in &folders {
            fs::create_dir_all(&folder.path).with_context(|| format!("make the folder {}", folder.path.display()))?;
        }
        Ok(folders)
    }

    fn named(scenario: &Scenario, place: usize, keep: Option<&Path>) -> Self {
        let path = match keep {
            Some(keep) => keep.join(&scenario.name),
            None => {
                std::env::temp_dir().join(format!("paritee-scenario-{}-{place}-{}", std::process::id(), scenario.name))
            }
        };
        Self { path, is_kept: keep.is_some() }
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
