//! How long a reading waits for a ledger that says *not now*, and how often.

use std::time::Duration;

/// How often in a row the same page is asked for. With the waits below that is half a minute, in which a quota that
/// counts by the minute or by requests at once has room again.
const TRIES_MAX: u32 = 6;

/// The first wait where the ledger doesn't say how long; doubled each time.
const WAIT_FIRST: Duration = Duration::from_secs(1);

/// The longest of these.
const WAIT_MAX: Duration = Duration::from_secs(16);

/// How long one reading waits in all. Beyond it ends, incomplete, and the next one begins after what the ledger asked
/// for: a window that grows old proves less.
const WAITED_MAX: Duration = Duration::from_secs(120);

/// The patience of one reading.
#[derive(Debug, Default)]
pub(super) struct Patience {
    waited: Duration,
    /// Tries of this request that were refused.
    refused: u32,
}

impl Patience {
    /// How long to wait before the same request goes again: what the ledger asks for, else longer each time, between
    /// half and all of it by `chance` (0 to 1). `None`: no more.
    pub(super) fn refused(&mut self, retry_after: Option<Duration>, chance: f64) -> Option<Duration> {
        let doubled = WAIT_FIRST.saturating_mul(2_u32.saturating_pow(self.refused)).min(WAIT_MAX);
        self.refused += 1;
        let wait = retry_after.unwrap_or_else(|| doubled.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0)));
        self.waited = self.waited.saturating_add(wait);
        (self.refused < TRIES_MAX && self.waited <= WAITED_MAX).then_some(wait)
    }

    /// The request was answered: the next one is tried as often.
    pub(super) const fn answered(&mut self) {
        self.refused = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let (secs, ms) = (Duration::from_secs, Duration::from_millis);
        let mut patience = Patience::default();
        let waits: Vec<_> = (0..6).map(|_| patience.refused(None, 1.0)).collect();
        assert_eq!(waits, [Some(secs(1)), Some(secs(2)), Some(secs(4)), Some(secs(8)), Some(secs(16)), None]);
        assert_eq!(Patience::default().refused(None, 0.0), Some(ms(500)));
        patience.answered();
        assert_eq!(patience.refused(Some(secs(3)), 1.0), Some(secs(3)), "each request has its own tries");
    }

    #[test]
    fn one_reading_waits_two_minutes_at_most() {
        let mut patience = Patience::default();
        for expected in [Some(50), Some(50), None] {
            let wait = patience.refused(Some(Duration::from_secs(50)), 0.0);
            assert_eq!(wait.map(|wait| wait.as_secs()), expected);
            patience.answered();
        }
        assert_eq!(Patience::default().refused(Some(Duration::from_secs(121)), 0.0), None);
        assert_eq!(Patience::default().refused(Some(Duration::MAX), 0.0), None);
        assert_eq!(Patience::default().refused(Some(Duration::ZERO), 0.0), Some(Duration::ZERO));
    }
}
