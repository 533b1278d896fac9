//! How far a file is read, on stderr: a bar on a terminal, nothing elsewhere.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::inert;

/// How often a bar moves.
const TICK: Duration = Duration::from_millis(100);

/// Most letters of a file's name beside the bar: with them a line has less than 60 columns.
const NAME_MAX: usize = 18;

/// A file that is being read.
pub(super) struct Progress {
    /// `None` where stderr is no terminal.
    bar: Option<ProgressBar>,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// Begins a file of so many bytes, where that is known.
    pub(super) fn begin(path: &Path, bytes: Option<u64>) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = bytes.map_or_else(ProgressBar::no_length, ProgressBar::new);
            let template = match bytes {
                Some(_) => "{msg:<18} {wide_bar} {percent:>3} %  {bytes:>10}  {elapsed:>4}",
                None => "{msg:<18} {spinner} {bytes:>10}  {elapsed:>4}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━━ "));
            }
            bar.set_message(short(path));
            bar
        });
        Self { bar, read: Arc::default() }
    }

    /// Where whoever reads counts the bytes.
    pub(super) fn read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Shows the progress while `work` lasts; then the bar goes.
    pub(super) async fn beside<T>(self, work: impl Future<Output = T>) -> T {
        let Some(bar) = self.bar else { return work.await };
        let mut work = std::pin::pin!(work);
        let mut ticks = tokio::time::interval(TICK);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = ticks.tick() => bar.set_position(self.read.load(Ordering::Relaxed)),
            }
        };
        bar.finish_and_clear();
        done
    }
}

/// The end of a file's name, which tells exports apart better than its beginning.
fn short(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name = inert(&name).to_string();
    let letters = name.chars().count();
    if letters <= NAME_MAX {
        return name;
    }
    format!("…{}", name.chars().skip(letters + 1 - NAME_MAX).collect::<String>())
}
