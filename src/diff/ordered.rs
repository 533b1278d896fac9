//! Elements in order: what belongs together where both arrays mean their order.

use super::assign;
use super::choice::{Arrays, Choice, Fit, Pair, equal, in_turn, kept, paired, rest};
use super::finding::Matching;
use super::walk::Walk;

impl<'x> Walk<'x> {
    /// Equal ends first, then equal elements between them, then what lies between those at the least cost.
    pub(super) fn ordered(&mut self, arrays: Arrays<'x>) -> Vec<Pair> {
        let (height, width) = (arrays.legacy.len(), arrays.gated.len());
        let both = height.min(width);
        let mut head = 0;
        while head < both && self.agree(arrays, head, head) {
            head += 1;
        }
        let mut tail = 0;
        while tail < both - head && self.agree(arrays, height - 1 - tail, width - 1 - tail) {
            tail += 1;
        }
        let mut pairs: Vec<Pair> = (0..head).map(|at| (at, at, Matching::Order)).collect();
        let legacy: Vec<usize> = (head..height - tail).collect();
        let gated: Vec<usize> = (head..width - tail).collect();
        pairs.extend(self.middle(arrays, Choice { legacy: &legacy, gated: &gated }));
        pairs.extend((0..tail).rev().map(|at| (height - 1 - at, width - 1 - at, Matching::Order)));
        pairs
    }

    fn agree(&mut self, arrays: Arrays<'x>, left: usize, right: usize) -> bool {
        self.cost_of(arrays, left, right, 0) == Some(0)
    }

    fn middle(&mut self, arrays: Arrays<'x>, choice: Choice<'_>) -> Vec<Pair> {
        if choice.legacy.is_empty() || choice.gated.is_empty() {
            return Vec::new();
        }
        let Some(digests) = self.digests(arrays, choice) else {
            return in_turn(choice.legacy.iter().copied(), choice.gated.iter().copied());
        };
        let equal = equal(choice, &digests);
        let keeps = kept(&equal, digests.0 > digests.1);
        let (legacy, gated) = rest(choice, &equal);
        let (mut legacy, mut gated) = (legacy.as_slice(), gated.as_slice());
        let mut pairs = Vec::new();
        let anchors = equal.iter().zip(&keeps).filter(|(_, keep)| **keep).map(|(pair, _)| *pair);
        for (row, column) in anchors.chain([(usize::MAX, usize::MAX)]) {
            let (above, below) = legacy.split_at(legacy.partition_point(|at| *at < row));
            let (before, behind) = gated.split_at(gated.partition_point(|at| *at < column));
            pairs.extend(self.gap(arrays, Choice { legacy: above, gated: before }));
            (legacy, gated) = (below, behind);
        }
        pairs.extend(equal.into_iter().map(|(row, column)| (row, column, Matching::Order)));
        pairs.sort_unstable();
        pairs
    }

    /// Elements between two equal ones, aligned at the least cost.
    fn gap(&mut self, arrays: Arrays<'x>, choice: Choice<'_>) -> Vec<Pair> {
        if choice.legacy.is_empty() || choice.gated.is_empty() {
            return Vec::new();
        }
        match self.costs(arrays, choice, Fit::Any) {
            Some((costs, swapped)) => paired(choice, &assign::align(&costs), swapped, Matching::Order),
            None => in_turn(choice.legacy.iter().copied(), choice.gated.iter().copied()),
        }
    }
}
