//! How far a replay is, on stderr: a bar on a terminal, a line now and then elsewhere.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use jiff::SignedDuration;

use crate::cli::output;
use crate::replay::Progress;

/// How often a bar moves.
const TICK: Duration = Duration::from_millis(100);

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The replay as it goes.
pub(super) struct Shown {
    bar: ProgressBar,
    is_terminal: bool,
    requests: u64,
    progress: Arc<Progress>,
    began: Instant,
}

fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(template) {
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| _ = write!(out, "{:.1}/s", state.per_sec());
        bar.set_style(style.with_key("rate", rate).progress_chars("━━ "));
    }
    bar
}

/// The files are read.
pub(super) fn reading() -> ProgressBar {
    let bar = bar(None, "reading the captures {spinner} {elapsed:>4}");
    bar.enable_steady_tick(TICK);
    bar
}

/// Ledgers are waited for.
pub(super) fn settling(span: Duration) -> ProgressBar {
    if !io::stderr().is_terminal() {
        output::tell(&format!("settling: {} s, until every order had its time", span.as_secs()));
    }
    bar(Some(span.as_secs().max(1)), "settling  {wide_bar} {elapsed:>4} of {msg}")
        .with_message(format!("{}s", span.as_secs()))
}

/// Whole seconds, for a bar.
pub(super) fn seconds(span: SignedDuration) -> u64 {
    span.as_secs().unsigned_abs()
}

impl Shown {
    /// Begins with so many requests to go.
    pub(super) fn begin(requests: u64, progress: Arc<Progress>) -> Self {
        Self {
            bar: bar(Some(requests), "replaying {wide_bar} {human_pos}/{human_len} {rate}  eta {eta}"),
            is_terminal: io::stderr().is_terminal(),
            requests,
            progress,
            began: Instant::now(),
        }
    }

    /// Shows the progress while `work` lasts; then the bar goes.
    pub(super) async fn beside<T>(self, work: impl Future<Output = T>) -> T {
        let mut work = Box::pin(work);
        let mut ticks = tokio::time::interval(if self.is_terminal { TICK } else { LINE_EVERY });
        ticks.tick().await;
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = ticks.tick() => self.show(),
            }
        };
        self.bar.finish_and_clear();
        done
    }

    fn show(&self) {
        let recorded = self.progress.recorded.load(Ordering::Relaxed);
        self.bar.set_position(recorded);
        if !self.is_terminal {
            output::tell(&line(recorded, self.requests, self.began.elapsed()));
        }
    }
}

/// Where a replay is, with its rate and the time left at that.
fn line(recorded: u64, requests: u64, elapsed: Duration) -> String {
    if recorded >= requests {
        return format!("all {requests} are recorded; waiting for the lanes");
    }
    let rate = recorded as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
    let left = requests.saturating_sub(recorded) as f64 / rate.max(f64::MIN_POSITIVE);
    let left = if recorded == 0 || left > 1e9 { "unknown".to_owned() } else { format!("{left:.0} s") };
    format!("replaying: {recorded} of {requests}, {rate:.1}/s, {left} left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_rate_and_time_left() {
        for (recorded, requests, seconds, expected) in [
            (50, 150, 10, "replaying: 50 of 150, 5.0/s, 20 s left"),
            (0, 150, 10, "replaying: 0 of 150, 0.0/s, unknown left"),
            (150, 150, 10, "all 150 are recorded; waiting for the lanes"),
            (0, 0, 0, "all 0 are recorded; waiting for the lanes"),
        ] {
            assert_eq!(line(recorded, requests, Duration::from_secs(seconds)), expected);
        }
    }
}
