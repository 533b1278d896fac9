//! A disk that fails as it is told to: a small library (`faulty.c`) that is preloaded between the program and its journal.
//! It is built by the C compiler that SQLite was built by.

use std::path::{Path, PathBuf};
use std::process::Command as Build;
use std::sync::OnceLock;

use tokio::process::Command;

/// How the power goes.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    /// After so many writes.
    pub(super) after: u64,
    /// What then is on the platter of what was not synced.
    pub(super) seed: u64,
    /// Whether the disk says of a sync that it is done, and it isn't.
    pub(super) lies: bool,
}

/// A faulty disk below one journal.
pub(super) struct Disk {
    library: &'static Path,
    journal: PathBuf,
    control: PathBuf,
    platter: Option<PathBuf>,
    pub(super) cut: Option<Cut>,
}

impl Disk {
    /// Below this journal; `None`, and said loudly, where it can't be built.
    pub(super) fn below(journal: &Path) -> Option<Self> {
        let library = library()?;
        let control = journal.with_file_name("disk");
        std::fs::write(&control, "").unwrap();
        Some(Self { library, journal: journal.to_owned(), control, platter: None, cut: None })
    }

    /// Keeps what was synced apart from what was only written.
    pub(super) fn with_platter(mut self) -> Self {
        let platter = self.journal.with_file_name("platter");
        std::fs::create_dir(&platter).unwrap();
        self.platter = Some(platter);
        self
    }

    /// What a program needs to run on it.
    pub(super) fn under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", self.library);
        command.env("FAULTY_FILE", &self.journal).env("FAULTY_CONTROL", &self.control);
        if let Some(platter) = &self.platter {
            command.env("FAULTY_PLATTER", platter);
        }
        if let Some(Cut { after, seed, lies }) = self.cut {
            command.env("FAULTY_CUT", after.to_string()).env("FAULTY_SEED", seed.to_string());
            if lies {
                command.env("FAULTY_LIES", "1");
            }
        }
    }

    /// What fails from now on: `full`, `readonly`, `io`, `sync`, `corrupt`, `stall`; nothing: it is mended.
    pub(super) fn fail(&self, how: &str) {
        let written = self.control.with_extension("new");
        std::fs::write(&written, how).unwrap();
        std::fs::rename(written, &self.control).unwrap();
    }

    /// After the power went: the journal's files are what is on the platter.
    pub(super) fn power_is_back(&self) {
        let platter = self.platter.as_ref().unwrap();
        let beside = |end: &str| PathBuf::from(format!("{}{end}", self.journal.display()));
        std::fs::copy(platter.join("db"), &self.journal).unwrap();
        std::fs::copy(platter.join("wal"), beside("-wal")).unwrap();
        // The index of the WAL lay in memory.
        let _there_may_be_none = std::fs::remove_file(beside("-shm"));
    }
}

/// The library, built once; its folder goes with the build's other results.
fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/trust/faulty.c");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faulty-{}.so", std::process::id()));
    let built = Build::new("cc").args(["-shared", "-fPIC", "-O1", "-Wall", "-o"]).args([&library, &source]).output();
    match built {
        Ok(built) if built.status.success() => Some(library),
        other => {
            #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
            let () = eprintln!("!! SKIPPED: no faulty disk could be built by `cc`: {other:?}");
            None
        }
    }
}
