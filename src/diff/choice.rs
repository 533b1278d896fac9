//! Which elements of a choice belong together, and at what cost.
//!
//! Where several choices cost the same, the side whose digests come first is searched first, so that the same
//! pairs come out with the lanes swapped.

use super::assign::{self, Costs};
use super::finding::Matching;
use super::limits::{CELLS_MAX, LEAVES_MAX};
use super::place::Entry;
use super::text;
use super::walk::{At, Walk, step};
use crate::order::Json;

/// Two indices, legacy and gated, and how they came together.
pub(super) type Pair = (usize, usize, Matching);

/// Two arrays at one place.
#[derive(Clone, Copy)]
pub(super) struct Arrays<'x> {
    pub(super) legacy: &'x [Json<'x>],
    pub(super) gated: &'x [Json<'x>],
    pub(super) at: At,
}

/// The elements of a choice, as indices into both arrays.
#[derive(Clone, Copy)]
pub(super) struct Choice<'c> {
    pub(super) legacy: &'c [usize],
    pub(super) gated: &'c [usize],
}

/// What a choice may pair.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Any two.
    Any,
    /// Only two containers that have something in common.
    Alike,
}

impl<'x> Walk<'x> {
    /// What each pair of a choice costs, the side that comes first as rows, and whether that is the gated one.
    /// `None` beyond a bound.
    pub(super) fn costs(&mut self, arrays: Arrays<'x>, choice: Choice<'_>, fit: Fit) -> Option<(Costs, bool)> {
        if choice.legacy.len().checked_mul(choice.gated.len())? > CELLS_MAX {
            return None;
        }
        let digests = self.digests(arrays, choice)?;
        let swapped = digests.0 > digests.1;
        let leaves = |items: &[Json<'_>], at: &usize| items.get(*at).map_or(0, |item| text::leaves(item, LEAVES_MAX));
        let legacy: Vec<u32> = choice.legacy.iter().map(|at| leaves(arrays.legacy, at)).collect();
        let gated: Vec<u32> = choice.gated.iter().map(|at| leaves(arrays.gated, at)).collect();
        let (rows, columns) = if swapped { (gated, legacy) } else { (legacy, gated) };
        let (outer, inner) = if swapped { (choice.gated, choice.legacy) } else { (choice.legacy, choice.gated) };
        let mut pairs = Vec::with_capacity(rows.len() * columns.len());
        for (row, own) in outer.iter().zip(&rows) {
            for (column, other) in inner.iter().zip(&columns) {
                let (left, right) = if swapped { (column, row) } else { (row, column) };
                let most = *own.min(other);
                let cost = self.cost_of(arrays, *left, *right, most)?.min(own + other);
                pairs.push(Some(cost).filter(|cost| fit == Fit::Any || *cost < most));
            }
        }
        Some((Costs { pairs, rows, columns }, swapped))
    }

    pub(super) fn cost_of(&mut self, arrays: Arrays<'x>, left: usize, right: usize, limit: u32) -> Option<u32> {
        let (legacy, gated) = (arrays.legacy.get(left)?, arrays.gated.get(right)?);
        let entry = Entry::pair(left, right, Matching::Order);
        self.cost(legacy, gated, step(&entry, arrays.legacy.len(), arrays.gated.len()), arrays.at, limit)
    }

    pub(super) fn digests(&mut self, arrays: Arrays<'x>, choice: Choice<'_>) -> Option<(Vec<u64>, Vec<u64>)> {
        let mut of = |side: &[usize], items: &[Json<'_>]| -> Option<Vec<u64>> {
            side.iter().map(|at| text::digest(items.get(*at)?, &mut self.effort)).collect()
        };
        Some((of(choice.legacy, arrays.legacy)?, of(choice.gated, arrays.gated)?))
    }
}

pub(super) fn all(items: &[Json<'_>]) -> std::ops::Range<usize> {
    0..items.len()
}

/// One after the other, as far as both sides go: what is left where the search has come to its bound.
pub(super) fn in_turn(legacy: impl Iterator<Item = usize>, gated: impl Iterator<Item = usize>) -> Vec<Pair> {
    legacy.zip(gated).map(|(left, right)| (left, right, Matching::Bounded)).collect()
}

/// The k-th of several equal elements belongs to the k-th of the other side. Sorted by the legacy index.
pub(super) fn equal(choice: Choice<'_>, digests: &(Vec<u64>, Vec<u64>)) -> Vec<(usize, usize)> {
    let sorted = |digests: &[u64], side: &[usize]| {
        let mut sorted: Vec<(u64, usize)> = digests.iter().copied().zip(side.iter().copied()).collect();
        sorted.sort_unstable();
        sorted
    };
    let left = sorted(&digests.0, choice.legacy);
    let right = sorted(&digests.1, choice.gated);
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    let mut pairs = Vec::new();
    while let (Some((ours, row)), Some((theirs, column))) = (left.peek(), right.peek()) {
        match ours.cmp(theirs) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                pairs.push((*row, *column));
                left.next();
                right.next();
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// What equal pairs leave of both sides.
pub(super) fn rest(choice: Choice<'_>, equal: &[(usize, usize)]) -> (Vec<usize>, Vec<usize>) {
    let left = |side: &[usize], mut taken: Vec<usize>| {
        taken.sort_unstable();
        side.iter().copied().filter(|at| taken.binary_search(at).is_err()).collect()
    };
    let legacy = left(choice.legacy, equal.iter().map(|pair| pair.0).collect());
    let gated = left(choice.gated, equal.iter().map(|pair| pair.1).collect());
    (legacy, gated)
}

/// Which pairs, sorted by their first index, keep their order; `swapped`: searched from the other side.
pub(super) fn kept(pairs: &[(usize, usize)], swapped: bool) -> Vec<bool> {
    if !swapped {
        return assign::increasing(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    }
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let key = |at: &usize| pairs.get(*at).map(|pair| pair.1);
    order.sort_unstable_by_key(key);
    let values: Vec<usize> = order.iter().filter_map(|at| pairs.get(*at)).map(|pair| pair.0).collect();
    let mut keeps = vec![false; pairs.len()];
    for (at, keep) in order.into_iter().zip(assign::increasing(&values)) {
        if let Some(place) = keeps.get_mut(at) {
            *place = keep;
        }
    }
    keeps
}

/// Rows and columns back to indices.
pub(super) fn paired(choice: Choice<'_>, found: &[(usize, usize)], swapped: bool, matching: Matching) -> Vec<Pair> {
    let pair = |(row, column): &(usize, usize)| {
        let (left, right) = if swapped { (column, row) } else { (row, column) };
        Some((*choice.legacy.get(*left)?, *choice.gated.get(*right)?, matching))
    };
    found.iter().filter_map(pair).collect()
}
