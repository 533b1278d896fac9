//! A map of bounded size whose content doesn't depend on the sequence in which its keys come: it keeps the first keys by
//! their order, and takes all others together.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::stats::Sum;

/// A map of at most so many keys.
#[derive(Clone, Debug)]
pub(super) struct Kept<K, V> {
    keys_max: usize,
    all: BTreeMap<K, V>,
    others: Option<V>,
}

impl<K: Ord + Clone, V: Sum + Default> Kept<K, V> {
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
                    self.others.get_or_insert_default().plus(&last);
                }
            }
            self.all.insert(key.to_owned(), V::default());
        }
        match self.all.get_mut(key) {
            Some(value) => value,
            None => self.others.get_or_insert_default(),
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

impl<K: Ord + Clone, V: Sum + Default> Sum for Kept<K, V> {
    fn plus(&mut self, other: &Self) {
        for (key, value) in &other.all {
            self.of(key).plus(value);
        }
        if let Some(others) = &other.others {
            self.others.get_or_insert_default().plus(others);
        }
    }

    fn minus(&mut self, other: &Self) -> bool {
        let mut is_told = true;
        for (key, value) in &other.all {
            let Some(own) = self.all.get_mut(key) else {
                is_told &= self.others.as_mut().is_some_and(|others| others.minus(value));
                continue;
            };
            let is_own_told = own.minus(value);
            let is_gone = own.is_nothing();
            if is_gone {
                self.all.remove(key);
            }
            // One of those that are not kept would take the place of a key that goes, and which isn't known.
            is_told &= if is_gone { self.others.is_none() } else { is_own_told };
        }
        if let Some(others) = &other.others {
            is_told &= self.others.as_mut().is_some_and(|own| own.minus(others));
        }
        self.others.take_if(|others| others.is_nothing());
        is_told
    }

    fn is_nothing(&self) -> bool {
        self.all.is_empty() && self.others.is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    proptest! {
        /// What is taken away again was never there, unless that can't be told.
        #[test]
        fn what_is_taken_away_leaves_the_rest(keys in prop::collection::vec("[a-f]", 0..12), taken in 0..12_usize) {
            let of = |keys: &[String]| {
                let mut kept: Kept<String, u64> = Kept::new(3);
                keys.iter().for_each(|key| *kept.of(key.as_str()) += 1);
                kept
            };
            let (gone, left) = keys.split_at(taken.min(keys.len()));
            let mut kept = of(&keys);
            if kept.minus(&of(gone)) {
                prop_assert_eq!((kept.all, kept.others), (of(left).all, of(left).others));
            }
        }
    }

    #[test]
    fn the_first_keys_by_their_order_are_kept() {
        let keys = ["d", "c", "b", "a", "d", "e", "a"].map(str::to_owned);
        let expected = vec![("a".to_owned(), 2), ("b".to_owned(), 1), ("c".to_owned(), 1)];
        assert_eq!(kept(&keys), (expected, Some(3)));
    }
}
