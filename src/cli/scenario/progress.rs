//! How far a scenario is, on a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::scenario::{Audience, Moment, Scenario};

/// How often the bar moves by itself.
const TICK: Duration = Duration::from_millis(100);

/// A bar that goes away when the scenario is over.
pub(super) struct Bar {
    bar: ProgressBar,
    /// Where the act began.
    begins: AtomicU64,
}

impl Bar {
    pub(super) fn begin(scenario: &Scenario) -> Self {
        // Placed and settled: each order moves it twice.
        let bar = ProgressBar::new(scenario.orders() * 2).with_message(scenario.name.clone());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg:<28} {bar:30} {elapsed}") {
            bar.set_style(style.progress_chars("━━ "));
        }
        bar.enable_steady_tick(TICK);
        Self { bar, begins: AtomicU64::new(0) }
    }
}

impl Audience for Bar {
    fn see(&self, moment: Moment<'_>) {
        let begins = self.begins.load(Ordering::Relaxed);
        match moment {
            Moment::Trading(stand) => self.bar.set_position(begins + stand.placed),
            Moment::Settling(stand) => self.bar.set_position(begins + stand.placed + stand.settled),
            Moment::Act { .. } => self.begins.store(self.bar.position(), Ordering::Relaxed),
            Moment::Event { .. } | Moment::Watched { .. } | Moment::Judged { .. } => {}
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
