//! The wall clock, read in one place so that everything below takes `now` as an argument.
//!
//! A simulated world may have it run faster, for the whole process and as long as it lasts: hours of orders then pass in
//! seconds, and everything that is recorded bears the world's times. `serve` never does; `tests/it/architecture.rs`
//! holds that only the simulated worlds can.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Whether the clock is compressed: one load on the way of an order.
static IS_COMPRESSED: AtomicBool = AtomicBool::new(false);

static COMPRESSED: RwLock<Option<Compressed>> = RwLock::new(None);

/// A clock that runs faster.
#[derive(Clone, Copy, Debug)]
struct Compressed {
    began: Instant,
    begins: Timestamp,
    speed: NonZeroU32,
}

/// As long as this lives, the clock of this process is compressed.
#[derive(Debug)]
#[must_use = "dropped, the clock is the machine's again"]
pub struct Compression(());

/// The clock is the simulated world's already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("compress the clock of this process: another simulated world has it")]
pub struct AlreadyCompressed;

/// The time now, UTC, cut to the microseconds that the journal keeps.
#[must_use]
pub fn now() -> Timestamp {
    let now = compressed().map_or_else(Timestamp::now, |clock| clock.at(Instant::now()));
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// How long something took by this clock that took `elapsed` on the machine.
#[must_use]
pub fn span(elapsed: Duration) -> Duration {
    compressed().map_or(elapsed, |clock| elapsed.saturating_mul(clock.speed.get()))
}

/// How long the machine must wait for `span` to pass by this clock.
#[must_use]
pub fn real(span: Duration) -> Duration {
    compressed().map_or(span, |clock| span / clock.speed.get())
}

/// From now on this process's clock shows `begins` and runs `speed` times as fast as the machine's.
///
/// # Errors
/// When it is compressed already.
pub fn compress(begins: Timestamp, speed: NonZeroU32) -> Result<Compression, AlreadyCompressed> {
    let mut clock = COMPRESSED.write().unwrap_or_else(PoisonError::into_inner);
    if clock.is_some() {
        return Err(AlreadyCompressed);
    }
    *clock = Some(Compressed { began: Instant::now(), begins, speed });
    IS_COMPRESSED.store(true, Ordering::Release);
    Ok(Compression(()))
}

impl Drop for Compression {
    fn drop(&mut self) {
        IS_COMPRESSED.store(false, Ordering::Release);
        *COMPRESSED.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn compressed() -> Option<Compressed> {
    if !IS_COMPRESSED.load(Ordering::Acquire) {
        return None;
    }
    *COMPRESSED.read().unwrap_or_else(PoisonError::into_inner)
}

impl Compressed {
    fn at(self, instant: Instant) -> Timestamp {
        let passed = instant.saturating_duration_since(self.began).saturating_mul(self.speed.get());
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
        self.begins.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That the clock of the process can be compressed is tested where it is a process of its own: by the scenarios.
    #[test]
    fn a_compressed_clock_is_exact_however_long_it_runs() {
        let begins = Timestamp::from_second(1_772_442_000).unwrap();
        let clock = Compressed { began: Instant::now(), begins, speed: NonZeroU32::new(600).unwrap() };
        for (passed, shown) in [
            (Duration::ZERO, SignedDuration::ZERO),
            (Duration::from_micros(1), SignedDuration::from_micros(600)),
            (Duration::from_secs(1), SignedDuration::from_mins(10)),
            (Duration::from_secs(3_600), SignedDuration::from_hours(600)),
        ] {
            assert_eq!(clock.at(clock.began + passed).duration_since(begins), shown);
        }
    }

    #[test]
    fn the_clock_is_the_machines_unless_a_world_has_it() {
        assert!(Timestamp::now().duration_since(now()).abs() < SignedDuration::from_secs(60));
        assert_eq!(span(Duration::from_secs(7)), Duration::from_secs(7));
        assert_eq!(real(Duration::from_secs(7)), Duration::from_secs(7));
    }
}
