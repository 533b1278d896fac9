//! How far a replay is, on stderr: a bar on a terminal, a line now and then elsewhere.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use jiff::SignedDuration;

use super::words::for_people;
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
    /// How long the plan takes; `None` where the lanes decide.
    planned: Option<Duration>,
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
    /// Begins with so many requests to go, which take as long as is `planned`; `None`: as the lanes decide.
    pub(super) fn begin(requests: u64, planned: Option<Duration>, progress: Arc<Progress>) -> Self {
        let began = Instant::now();
        let is_terminal = io::stderr().is_terminal();
        let bar = bar(Some(requests), "replaying {wide_bar} {human_pos}/{human_len} {rate}  eta {left}");
        let left = move |state: &ProgressState, out: &mut dyn fmt::Write| {
            let left = left(state.pos(), requests, began.elapsed(), planned);
            _ = out.write_str(&left.map_or_else(|| "unknown".to_owned(), in_words));
        };
        bar.set_style(bar.style().with_key("left", left));
        Self { bar, is_terminal, requests, progress, began, planned }
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
            output::tell(&line(recorded, self.requests, self.began.elapsed(), self.planned));
        }
    }
}

/// Where a replay is, with its rate and the time left.
fn line(recorded: u64, requests: u64, elapsed: Duration, planned: Option<Duration>) -> String {
    if requests == 0 {
        return "everything was recorded before; waiting for the lanes".to_owned();
    }
    if recorded >= requests {
        return format!("all {requests} are recorded; waiting for the lanes");
    }
    let rate = recorded as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
    let left = left(recorded, requests, elapsed, planned);
    let left = left.map_or_else(|| "unknown time".to_owned(), in_words);
    format!("replaying: {recorded} of {requests}, {rate:.1}/s, {left} left")
}

/// How long it takes still: by the plan, or else as fast as it went so far; `None` where neither tells.
fn left(recorded: u64, requests: u64, elapsed: Duration, planned: Option<Duration>) -> Option<Duration> {
    if let Some(planned) = planned {
        return Some(planned.saturating_sub(elapsed));
    }
    let each = elapsed.as_secs_f64() / recorded as f64;
    let left = Duration::try_from_secs_f64(each * requests.saturating_sub(recorded) as f64).ok()?;
    (recorded > 0).then_some(left)
}

/// A time that changes while it is read.
fn in_words(left: Duration) -> String {
    if left < Duration::from_secs(60) { format!("{:.0} s", left.as_secs_f64()) } else { for_people(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_rate_and_time_left() {
        let minute = Some(Duration::from_secs(60));
        for (recorded, requests, seconds, planned, expected) in [
            (50, 150, 10, None, "replaying: 50 of 150, 5.0/s, 20 s left"),
            (0, 150, 10, None, "replaying: 0 of 150, 0.0/s, unknown time left"),
            // The rhythm of capture: what came at first says nothing of what comes.
            (50, 150, 10, minute, "replaying: 50 of 150, 5.0/s, 50 s left"),
            (50, 150, 90, minute, "replaying: 50 of 150, 0.6/s, 0 s left"),
            (150, 150, 10, None, "all 150 are recorded; waiting for the lanes"),
            (0, 0, 0, None, "everything was recorded before; waiting for the lanes"),
        ] {
            assert_eq!(line(recorded, requests, Duration::from_secs(seconds), planned), expected);
        }
    }
}
