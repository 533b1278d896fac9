//! Counts over many things that can be put together with those over others, and from which those over some can be taken away
//! again. What can't be told any more once something is taken away, such as the second longest when the longest goes, is
//! said to be so: it has to be counted anew.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::outcome::PerLane;

/// What is counted of some things.
pub trait Sum {
    /// Takes in what was counted of other things.
    fn plus(&mut self, other: &Self);

    /// Takes away what was counted of some of these things. False where what is left can't be told: it is then worth nothing.
    #[must_use]
    fn minus(&mut self, other: &Self) -> bool;

    /// Whether it is what is counted of nothing at all.
    fn is_nothing(&self) -> bool;
}

/// A [`Sum`] of sums, field by field. Those named behind `but` are not counted, and stay as they are.
macro_rules! sum_of_fields {
    ($type:ty { $($field:ident),* $(,)? } $(but { $($kept:ident),* $(,)? })?) => {
        impl $crate::stats::Sum for $type {
            fn plus(&mut self, other: &Self) {
                let Self { $($field,)* $($($kept: _,)*)? } = other;
                $($crate::stats::Sum::plus(&mut self.$field, $field);)*
            }

            fn minus(&mut self, other: &Self) -> bool {
                let Self { $($field,)* $($($kept: _,)*)? } = other;
                let mut is_told = true;
                $(is_told &= $crate::stats::Sum::minus(&mut self.$field, $field);)*
                is_told
            }

            fn is_nothing(&self) -> bool {
                let Self { $($field,)* $($($kept: _,)*)? } = self;
                true $(&& $crate::stats::Sum::is_nothing($field))*
            }
        }
    };
}

pub(crate) use sum_of_fields;

macro_rules! sum_of_whole_numbers {
    ($($number:ty),*) => {
        $(impl Sum for $number {
            fn plus(&mut self, other: &Self) {
                *self += other;
            }

            fn minus(&mut self, other: &Self) -> bool {
                let left = self.checked_sub(*other);
                *self = left.unwrap_or_default();
                left.is_some()
            }

            fn is_nothing(&self) -> bool {
                *self == 0
            }
        })*
    };
}

sum_of_whole_numbers!(u32, u64, usize);

/// Amounts within what sums of a run can hold exactly.
impl Sum for Decimal {
    fn plus(&mut self, other: &Self) {
        *self = self.saturating_add(*other);
    }

    fn minus(&mut self, other: &Self) -> bool {
        *self = self.saturating_sub(*other);
        true
    }

    fn is_nothing(&self) -> bool {
        self.is_zero()
    }
}

impl<T: Sum, const N: usize> Sum for [T; N] {
    fn plus(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(own, other)| own.plus(other));
    }

    fn minus(&mut self, other: &Self) -> bool {
        self.iter_mut().zip(other).fold(true, |is_told, (own, other)| own.minus(other) && is_told)
    }

    fn is_nothing(&self) -> bool {
        self.iter().all(Sum::is_nothing)
    }
}

impl<T: Sum> Sum for PerLane<T> {
    fn plus(&mut self, other: &Self) {
        self.legacy.plus(&other.legacy);
        self.gated.plus(&other.gated);
    }

    fn minus(&mut self, other: &Self) -> bool {
        let is_told = self.legacy.minus(&other.legacy);
        self.gated.minus(&other.gated) && is_told
    }

    fn is_nothing(&self) -> bool {
        self.legacy.is_nothing() && self.gated.is_nothing()
    }
}

/// By place; what is beyond the end of one of them is nothing.
impl<T: Sum + Default> Sum for Vec<T> {
    fn plus(&mut self, other: &Self) {
        self.resize_with(self.len().max(other.len()), T::default);
        self.iter_mut().zip(other).for_each(|(own, other)| own.plus(other));
    }

    fn minus(&mut self, other: &Self) -> bool {
        self.resize_with(self.len().max(other.len()), T::default);
        self.iter_mut().zip(other).fold(true, |is_told, (own, other)| own.minus(other) && is_told)
    }

    fn is_nothing(&self) -> bool {
        self.iter().all(Sum::is_nothing)
    }
}

/// By key; a key that has nothing goes.
impl<K: Ord + Clone, V: Sum + Clone> Sum for BTreeMap<K, V> {
    fn plus(&mut self, other: &Self) {
        for (key, value) in other {
            match self.get_mut(key) {
                Some(own) => own.plus(value),
                None => drop(self.insert(key.clone(), value.clone())),
            }
        }
    }

    fn minus(&mut self, other: &Self) -> bool {
        let mut is_told = true;
        for (key, value) in other {
            let Some(own) = self.get_mut(key) else { return false };
            // Of what has nothing left, nothing is left to be told.
            let is_own_told = own.minus(value);
            let is_gone = own.is_nothing();
            if is_gone {
                self.remove(key);
            }
            is_told &= is_own_told || is_gone;
        }
        is_told
    }

    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}
