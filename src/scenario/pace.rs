//! How the machine kept up with a world's clock. Compressed time is exact only as long as it does.

use std::time::Duration;

/// Placed later than this share of the traffic's time, orders did not come when the scenario says.
const LATE_SHARE: u32 = 100;

/// Whatever the share, less is not late.
const LATE_MIN: Duration = Duration::from_secs(1);

/// Copies that wait longer than this share of the traffic's time are behind. On a free machine it is a fortieth at most where the
/// world does not want it otherwise.
const BEHIND_SHARE: u32 = 25;

/// How the machine kept up during an act; all in the world's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// How late the latest order was placed.
    pub lateness_max: Duration,
    /// How long an order waited for the shadow lane at most, from its capture to its first send.
    pub waited_max: Duration,
    /// How long the traffic took.
    pub took: Duration,
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
        self.waited_max > (self.took / BEHIND_SHARE).max(LATE_MIN)
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
            (1.0, 1.0, 5.0, false, false),
            (1.1, 1.1, 5.0, true, true),
            (2.4, 9.6, 240.0, false, false),
            (2.5, 9.6, 240.0, true, false),
            (2.4, 9.7, 240.0, false, true),
        ] {
            let pace = Pace { lateness_max: seconds(lateness), waited_max: seconds(waited), took: seconds(took) };
            assert_eq!((pace.is_late(), pace.is_behind()), (late, behind), "{pace:?}");
        }
    }
}
