//! A map of bounded size whose content doesn't depend on the sequence in which its keys come: it keeps the first keys by
//! their order, and takes all others together.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::outcome::PerLane;

/// What can be taken together.
pub(super) trait Together: Default {
    /// Takes `other` in.
    fn take(&mut self, other: Self);
}

impl<V: Together> Together for PerLane<V> {
    fn take(&mut self, other: Self) {
        self.legacy.take(other.legacy);
        self.gated.take(other.gated);
    }
}

impl Together for Decimal {
    fn take(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// A map of at most so many keys.
#[derive(Clone, Debug)]
pub(super) struct Kept<K, V> {
    keys_max: usize,
    all: BTreeMap<K, V>,
    others: Option<V>,
}

impl<K: Ord + Clone, V: Together> Kept<K, V> {
    pub(super) const fn new(keys_max: usize) -> Self {
        Self { keys_max, all: BTreeMap::new(), others: None }
    }

    /// The value of a key; where the key is not kept, of all such keys.
    pub(super) fn of<Q: Ord + ?Sized + ToOwned<Owned = K>>(&mut self, key: &Q) -> &mut V
    where
        K: Borrow<Q>,
    {
        if !self.all.contains_key(key) {
            if self.all.len() >= self.keys_max {
                if self.all.last_key_value().is_none_or(|(last, _)| last.borrow() < key) {
                    return self.others.get_or_insert_default();
                }
                if let Some((_, last)) = self.all.pop_last() {
                    self.others.get_or_insert_default().take(last);
                }
            }
            self.all.insert(key.to_owned(), V::default());
        }
        match self.all.get_mut(key) {
            Some(value) => value,
            None => self.others.get_or_insert_default(),
        }
    }

    /// Takes another map in.
    pub(super) fn take(&mut self, other: Self) {
        for (key, value) in other.all {
            self.of(&key).take(value);
        }
        if let Some(others) = other.others {
            self.others.get_or_insert_default().take(others);
        }
    }

    /// Those that are kept, in the order of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.all.iter()
    }

    /// All others together; `None` where every key is kept.
    pub(super) const fn others(&self) -> Option<&V> {
        self.others.as_ref()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.all.values_mut().chain(&mut self.others)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    impl Together for u64 {
        fn take(&mut self, other: Self) {
            *self += other;
        }
    }

    fn kept(keys: &[String]) -> (Vec<(String, u64)>, Option<u64>) {
        let mut kept: Kept<String, u64> = Kept::new(3);
        keys.iter().for_each(|key| *kept.of(key.as_str()) += 1);
        (kept.iter().map(|(key, count)| (key.clone(), *count)).collect(), kept.others().copied())
    }

    proptest! {
        #[test]
        fn what_is_kept_does_not_depend_on_the_sequence(
            (keys, shuffled) in prop::collection::vec("[a-f]", 0..30).prop_flat_map(|keys| {
                (Just(keys.clone()), Just(keys).prop_shuffle())
            }),
        ) {
            let (all, others) = kept(&keys);
            prop_assert_eq!((all.clone(), others), kept(&shuffled));
            let counted = all.iter().map(|(_, count)| count).sum::<u64>() + others.unwrap_or_default();
            prop_assert_eq!(counted, keys.len() as u64);
        }
    }

    #[test]
    fn the_first_keys_by_their_order_are_kept() {
        let keys = ["d", "c", "b", "a", "d", "e", "a"].map(str::to_owned);
        let expected = vec![("a".to_owned(), 2), ("b".to_owned(), 1), ("c".to_owned(), 1)];
        assert_eq!(kept(&keys), (expected, Some(3)));
    }
}
