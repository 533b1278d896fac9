//! Whether a quantile of times lies within a limit, told by counts alone.
//!
//! The quantile is bounded by order statistics ([`quantile_ranks`]), one-sided at `confidence`: its upper limit lies within
//! the limit where at least as many times do as its rank says, its lower limit beyond it where fewer do. The level is that of one
//! look, as of the other gates but `loss-bound`. What is not known, or not over yet, counts as late for the one, and as in
//! time for the other.

use std::time::Duration;

use super::count;
use crate::judge::timing::Timed;
use crate::judge::{Decision, Distance, WouldChange};
use crate::stats::{Ranks, orders_needed, quantile_ranks};

/// Times that were counted against a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantile<'a> {
    pub(super) timed: Timed,
    /// Which quantile, a fraction.
    pub(super) of: f64,
    /// What may go wrong with each limit, a fraction.
    pub(super) alpha: f64,
    /// The limit, as people say it.
    pub(super) limit: &'a str,
    /// What is counted, one of them: `answer`.
    pub(super) noun: &'a str,
}

impl Quantile<'_> {
    pub(super) fn decide(&self) -> Decision {
        let Timed { in_time, unknown, .. } = self.timed;
        let Ranks { lower, upper } = quantile_ranks(self.timed.all(), self.of, self.alpha);
        match () {
            () if lower.is_some_and(|rank| in_time + unknown < rank) => Decision::NoGo,
            () if upper.is_some_and(|rank| in_time >= rank) => Decision::Go,
            () => Decision::Inconclusive,
        }
    }

    /// `3 of 400 answers later than 5 s, 1 more not on record`
    pub(super) fn measured(&self, not_known: &str) -> String {
        let Timed { in_time, late, unknown } = self.timed;
        let unknown = if unknown > 0 { format!(", {unknown} more {not_known}") } else { String::new() };
        format!("{late} of {} later than {}{unknown}", count(in_time + late, self.noun), self.limit)
    }

    pub(super) fn worst_case(&self) -> String {
        format!("{} of {} later than {}", self.timed.late + self.timed.unknown, self.timed.all(), self.limit)
    }

    pub(super) fn threshold(&self) -> String {
        format!("{} at most {}", self.name(), self.limit)
    }

    /// `p99`, `p99.9`
    pub(super) fn name(&self) -> String {
        let percent = format!("{:.4}", self.of * 100.0);
        format!("p{}", percent.trim_end_matches('0').trim_end_matches('.'))
    }

    /// How many more of them, all in time, it takes; `None`: no number does.
    pub(super) fn missing(&self) -> Option<u64> {
        let Timed { late, unknown, .. } = self.timed;
        let needed = orders_needed(1.0 - self.of, self.alpha, late + unknown)?;
        Some(needed.saturating_sub(self.timed.all()).max(1))
    }

    /// How many of those not known it takes, once they are known to be in time; `None`: all of them don't suffice.
    fn enough_known(&self) -> Option<u64> {
        let Timed { in_time, unknown, .. } = self.timed;
        let rank = quantile_ranks(self.timed.all(), self.of, self.alpha).upper?;
        Some(rank.saturating_sub(in_time)).filter(|known| (1..=unknown).contains(known))
    }

    /// What would change a verdict that is not GO.
    pub(super) fn would_change(&self, status: Decision, mend: &str) -> WouldChange {
        let (name, limit) = (self.name(), self.limit);
        let Some(missing) = self.missing() else {
            let words =
                format!("No number of {}s tells that {name} is at most {limit}: mend the thresholds.", self.noun);
            return WouldChange { words, missing: Distance { new_run: true, ..Distance::default() } };
        };
        let more = count(missing, &format!("more {}", self.noun));
        let counted = if self.timed.unknown > 0 { ", those not known counted as late" } else { "" };
        let (words, orders) = match (status, self.enough_known()) {
            (Decision::NoGo, _) => (format!("{mend}, or {more}, all in time."), missing),
            (_, Some(known)) if known < missing => {
                let known_of = format!("{known} of the {}", count(self.timed.unknown, self.noun));
                let words = format!(
                    "{known_of} not known, once known to be in time, tell that {name} is at most {limit}; so do {more} in time{counted}."
                );
                (words, known)
            }
            _ => (format!("{more} in time still needed to tell that {name} is at most {limit}{counted}."), missing),
        };
        WouldChange { words, missing: Distance { orders, ..Distance::default() } }
    }
}

/// `5 s`, `2.5 s`, `250 ms`, `2 min`, `4 h`
pub(super) fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis < 1_000 => format!("{millis} ms"),
        millis if millis % 3_600_000 == 0 => format!("{} h", millis / 3_600_000),
        millis if millis % 60_000 == 0 => format!("{} min", millis / 60_000),
        millis if millis % 1_000 == 0 => format!("{} s", millis / 1_000),
        millis => format!("{}.{} s", millis / 1_000, format!("{:03}", millis % 1_000).trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests;
