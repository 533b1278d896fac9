//! How the machine kept up with a world's clock. Compressed time is exact only as long as it does.

use std::time::Duration;

/// Later than this share of the traffic's time, orders did not come, and copies did not go, when the scenario says.
const LATE_SHARE: u32 = 100;

/// Whatever the share, orders that are no later are in time.
const LATE_MIN: Duration = Duration::from_secs(1);

/// How long a copy may wait by the machine's clock. On a free one none waited longer than 68 ms.
pub(super) const WAIT_MAX: Duration = Duration::from_millis(100);

/// How the machine kept up during an act; all in the world's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// How late the latest order was placed.
    pub lateness_max: Duration,
    /// How long an order waited for the shadow lane at most, from its capture to its first send.
    pub waited_max: Duration,
    /// How long the traffic took.
    pub took: Duration,
    /// What the milliseconds that a copy may wait on any machine come to.
    pub wait_max: Duration,
}

impl Pace {
    /// Whether orders were placed late: this was another world.
    #[must_use]
    pub fn is_late(self) -> bool {
        self.lateness_max > (self.took / LATE_SHARE).max(LATE_MIN)
    }

    /// Whether copies were behind the orders. The world may want that (a pause, a lane that takes a few at once), so that it is worth a
    /// word only where something did not come out as promised.
    #[must_use]
    pub fn is_behind(self) -> bool {
        self.waited_max > (self.took / LATE_SHARE).max(self.wait_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_and_behind_are_shares_of_the_traffics_time() {
        let seconds = Duration::from_secs_f64;
        for (lateness, waited, took, late, behind) in [
            (0.0, 0.0, 0.0, false, false),
            (1.0, 6.0, 5.0, false, false),
            (1.1, 6.1, 5.0, true, true),
            (2.4, 6.0, 240.0, false, false),
            (2.5, 6.0, 240.0, true, false),
            (2.4, 6.1, 240.0, false, true),
            (7.9, 7.9, 790.0, false, false),
            (7.9, 8.0, 790.0, false, true),
        ] {
            let (lateness_max, waited_max, took) = (seconds(lateness), seconds(waited), seconds(took));
            let pace = Pace { lateness_max, waited_max, took, wait_max: seconds(6.0) };
            assert_eq!((pace.is_late(), pace.is_behind()), (late, behind), "{pace:?}");
        }
    }
}
