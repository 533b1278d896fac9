//! What a marketplace shows of each article: the latest feed that has taken effect, less what was sold since. It knows
//! nothing of any stock. No I/O; the time is handed in.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

/// Feeds that may wait for their effect: ten times as many as a lane sends that publishes each minute what takes half an
/// hour. More are refused.
const FEEDS_WAITING_MAX: usize = 300;

/// Units by SKU.
pub(super) type Quantities = BTreeMap<String, u64>;

#[derive(Debug, Default)]
pub(super) struct Listing {
    shown: Quantities,
    waiting: VecDeque<Feed>,
    feeds: u64,
    sold_units: u64,
    refused_units: u64,
}

#[derive(Debug)]
struct Feed {
    effective_at: Timestamp,
    quantities: Quantities,
}

/// Too many feeds wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooManyFeeds;

impl Listing {
    /// What is shown when it opens.
    pub(super) fn new(shown: Quantities) -> Self {
        Self { shown, ..Self::default() }
    }

    /// Takes a feed that replaces what is shown of its articles from `effective_at` on; its number, from 1.
    ///
    /// # Errors
    /// When too many wait.
    pub(super) fn feed(&mut self, quantities: Quantities, effective_at: Timestamp) -> Result<u64, TooManyFeeds> {
        if self.waiting.len() >= FEEDS_WAITING_MAX {
            return Err(TooManyFeeds);
        }
        self.waiting.push_back(Feed { effective_at, quantities });
        self.feeds += 1;
        Ok(self.feeds)
    }

    /// Sells as many units as are wanted and shown; says how many. The rest is refused.
    pub(super) fn sell(&mut self, sku: &str, wanted: u64, now: Timestamp) -> u64 {
        self.take_effect(now);
        let shown = self.shown.get_mut(sku);
        let sold = shown.as_ref().map_or(0, |shown| wanted.min(**shown));
        if let Some(shown) = shown {
            *shown -= sold;
        }
        self.sold_units += sold;
        self.refused_units += wanted - sold;
        sold
    }

    /// What is shown now.
    pub(super) fn shown(&mut self, now: Timestamp) -> Quantities {
        self.take_effect(now);
        self.shown.clone()
    }

    pub(super) const fn sold_units(&self) -> u64 {
        self.sold_units
    }

    pub(super) const fn refused_units(&self) -> u64 {
        self.refused_units
    }

    /// How many feeds it has taken.
    pub(super) const fn feeds(&self) -> u64 {
        self.feeds
    }

    /// Feeds take effect in the order in which they came.
    fn take_effect(&mut self, now: Timestamp) {
        while let Some(feed) = self.waiting.pop_front_if(|feed| feed.effective_at <= now) {
            self.shown.extend(feed.quantities);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn quantities(of: &[(&str, u64)]) -> Quantities {
        of.iter().map(|(sku, units)| ((*sku).to_owned(), *units)).collect()
    }

    #[test]
    fn a_feed_replaces_what_is_shown_once_it_takes_effect() {
        let mut listing = Listing::new(quantities(&[("a", 3), ("b", 1)]));
        assert_eq!(listing.feed(quantities(&[("a", 9)]), at(10)), Ok(1));
        assert_eq!(listing.feed(quantities(&[("a", 2)]), at(20)), Ok(2));
        for (sku, wanted, second, sold) in [
            ("a", 2, 1, 2),
            ("a", 2, 9, 1),
            ("a", 1, 9, 0),
            ("a", 2, 10, 2),
            ("b", 2, 10, 1),
            ("z", 1, 10, 0),
            ("a", 9, 20, 2),
        ] {
            assert_eq!(listing.sell(sku, wanted, at(second)), sold, "{wanted} {sku} at {second}");
        }
        assert_eq!(listing.shown(at(30)), quantities(&[("a", 0), ("b", 0)]));
        assert_eq!((listing.sold_units(), listing.refused_units(), listing.feeds()), (8, 11, 2));
    }

    #[test]
    fn feeds_beyond_the_bound_are_refused() {
        let mut listing = Listing::new(Quantities::new());
        let mut feed = |second| listing.feed(Quantities::new(), at(second)).is_ok();
        assert!((0..FEEDS_WAITING_MAX).all(|_| feed(5)));
        assert!(!feed(5));
        listing.shown(at(5));
        assert_eq!(listing.feed(Quantities::new(), at(9)), Ok(FEEDS_WAITING_MAX as u64 + 1));
    }
}
