//! How far the demo is, on stderr: bars on a terminal, a line for each step elsewhere.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often a bar moves by itself.
const TICK: Duration = Duration::from_millis(100);

/// One step of the demo, shown while it lasts.
pub(super) struct Step {
    /// `None` where stderr is no terminal.
    bar: Option<ProgressBar>,
    what: &'static str,
    total: u64,
}

/// Says something on stderr. With stderr closed there is nobody to tell.
pub(super) fn say(line: &str) {
    let _unheard = writeln!(io::stderr().lock(), "{line}");
}

impl Step {
    /// Begins a step that counts up to `total`.
    pub(super) fn begin(what: &'static str, total: u64) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_message(what);
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg:<38} {bar:30} {pos}/{len}  {elapsed}") {
                bar.set_style(style.progress_chars("━━ "));
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        if bar.is_none() {
            say(&format!("{what} …"));
        }
        Self { bar, what, total }
    }

    /// How much of it is done.
    pub(super) fn at(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    /// Ends the step: its bar gives way to a line.
    pub(super) fn end(self, done: u64) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
        say(&format!("{}: {done} of {}", self.what, self.total));
    }
}
