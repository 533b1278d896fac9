//! Pairs at the least cost: assignment, alignment, and the longest run that keeps its order. Numbers in, indices out.

/// A table of costs, row by row.
#[derive(Debug)]
pub(super) struct Costs {
    /// The cost of pairing a row with a column; `None`: they are no pair.
    pub(super) pairs: Vec<Option<u32>>,
    /// The cost of each row that stays alone.
    pub(super) rows: Vec<u32>,
    /// The cost of each column that stays alone.
    pub(super) columns: Vec<u32>,
}

impl Costs {
    fn pair(&self, row: usize, column: usize) -> Option<u32> {
        self.pairs.get(row * self.columns.len() + column).copied().flatten()
    }

    fn row(&self, row: usize) -> i64 {
        self.rows.get(row).copied().map_or(0, i64::from)
    }

    fn column(&self, column: usize) -> i64 {
        self.columns.get(column).copied().map_or(0, i64::from)
    }

    /// The cost of a row with a column in a square table: those beyond the end stand for staying alone, and no
    /// pair costs what leaving both alone does.
    fn square(&self, row: usize, column: usize) -> i64 {
        match (row < self.rows.len(), column < self.columns.len()) {
            (true, true) => self.pair(row, column).map_or(self.row(row) + self.column(column), i64::from),
            (true, false) => self.row(row),
            (false, true) => self.column(column),
            (false, false) => 0,
        }
    }
}

/// Pairs of rows and columns whose costs, with those of what stays alone, are least in sum: the Hungarian method
/// with potentials (Kuhn 1955, Munkres 1957), cubic in the longer side.
pub(super) fn assign(costs: &Costs) -> Vec<(usize, usize)> {
    let size = costs.rows.len().max(costs.columns.len());
    // Counted from 1; 0 is the column from which each search starts.
    let mut row_of = vec![0; size + 1];
    let (mut rows, mut columns) = (vec![0_i64; size + 1], vec![0_i64; size + 1]);
    for row in 1..=size {
        augment(costs, row, &mut row_of, &mut rows, &mut columns);
    }
    let mut pairs: Vec<(usize, usize)> = (row_of.iter().enumerate().skip(1))
        .filter_map(|(column, row)| Some((row.checked_sub(1)?, column - 1)))
        .filter(|(row, column)| costs.rows.len() > *row && costs.columns.len() > *column)
        .filter(|(row, column)| costs.pair(*row, *column).is_some())
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Finds a column for one more row, moving earlier rows where that is cheaper.
#[expect(clippy::indexing_slicing, reason = "all indices run from 0 to the size of the vectors")]
fn augment(costs: &Costs, row: usize, row_of: &mut [usize], rows: &mut [i64], columns: &mut [i64]) {
    let size = rows.len() - 1;
    let mut slack = vec![i64::MAX; size + 1];
    let mut seen = vec![false; size + 1];
    let mut from = vec![0; size + 1];
    let mut here = 0;
    row_of[0] = row;
    loop {
        seen[here] = true;
        let current = row_of[here];
        let (mut least, mut next) = (i64::MAX, 0);
        for column in 1..=size {
            if seen[column] {
                continue;
            }
            let reduced = costs.square(current - 1, column - 1) - rows[current] - columns[column];
            if reduced < slack[column] {
                slack[column] = reduced;
                from[column] = here;
            }
            if slack[column] < least {
                least = slack[column];
                next = column;
            }
        }
        for column in 0..=size {
            if seen[column] {
                rows[row_of[column]] += least;
                columns[column] -= least;
            } else if column > 0 {
                slack[column] -= least;
            }
        }
        here = next;
        if row_of[here] == 0 {
            break;
        }
    }
    while here != 0 {
        row_of[here] = row_of[from[here]];
        here = from[here];
    }
}

/// Pairs in the order of both sides whose costs, with those of what stays alone, are least in sum: the dynamic
/// programme of Needleman and Wunsch (1970). A pair wins against leaving both alone at the same cost.
#[expect(clippy::indexing_slicing, reason = "all indices run from 0 to the size of the table")]
pub(super) fn align(costs: &Costs) -> Vec<(usize, usize)> {
    let (height, width) = (costs.rows.len(), costs.columns.len());
    // best[row][column]: the least cost of what comes from there on.
    let mut best = vec![vec![0_i64; width + 1]; height + 1];
    for row in (0..=height).rev() {
        for column in (0..=width).rev() {
            let down = (row < height).then(|| best[row + 1][column] + costs.row(row));
            let right = (column < width).then(|| best[row][column + 1] + costs.column(column));
            let both = (row < height && column < width).then(|| costs.pair(row, column)).flatten();
            let both = both.map(|cost| best[row + 1][column + 1] + i64::from(cost));
            best[row][column] = [both, down, right].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < height && column < width {
        let both = costs.pair(row, column).map(|cost| best[row + 1][column + 1] + i64::from(cost));
        if both == Some(best[row][column]) {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if best[row + 1][column] + costs.row(row) == best[row][column] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// The cheapest pair first, and so on: for choices that are too large to be assigned.
pub(super) fn greedy(costs: &Costs) -> Vec<(usize, usize)> {
    let width = costs.columns.len();
    let mut cells: Vec<(u32, usize, usize)> = (costs.pairs.iter().enumerate())
        .filter_map(|(at, cost)| Some(((*cost)?, at.checked_div(width)?, at.checked_rem(width)?)))
        .collect();
    cells.sort_unstable();
    let (mut rows, mut columns) = (vec![false; costs.rows.len()], vec![false; width]);
    let mut pairs = Vec::new();
    for (_, row, column) in cells {
        if let (Some(row_taken @ false), Some(column_taken @ false)) = (rows.get_mut(row), columns.get_mut(column)) {
            (*row_taken, *column_taken) = (true, true);
            pairs.push((row, column));
        }
    }
    pairs
}

/// Which values belong to a longest increasing subsequence: patience sorting (Schensted 1961), n log n.
pub(super) fn increasing(values: &[usize]) -> Vec<bool> {
    // For each length, the position of the least value that ends a run of it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    let value = |at: usize| values.get(at).copied().unwrap_or_default();
    for (at, own) in values.iter().enumerate() {
        let length = ends.partition_point(|end| value(*end) < *own);
        before.push(length.checked_sub(1).and_then(|last| ends.get(last).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut keeps = vec![false; values.len()];
    let mut at = ends.last().copied();
    while let Some(here) = at {
        if let Some(keep) = keeps.get_mut(here) {
            *keep = true;
        }
        at = before.get(here).copied().flatten();
    }
    keeps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(costs: &Costs, pairs: &[(usize, usize)]) -> i64 {
        let alone_rows = (0..costs.rows.len()).filter(|row| pairs.iter().all(|(paired, _)| paired != row));
        let alone_columns = (0..costs.columns.len()).filter(|column| pairs.iter().all(|(_, paired)| paired != column));
        pairs.iter().map(|(row, column)| i64::from(costs.pair(*row, *column).unwrap())).sum::<i64>()
            + alone_rows.map(|row| costs.row(row)).sum::<i64>()
            + alone_columns.map(|column| costs.column(column)).sum::<i64>()
    }

    /// The least total by trying everything; `ordered`: only pairs that don't cross.
    fn least(costs: &Costs, row: usize, free: &[usize], ordered: bool) -> i64 {
        if row == costs.rows.len() {
            return free.iter().map(|column| costs.column(*column)).sum();
        }
        let mut best = costs.row(row) + least(costs, row + 1, free, ordered);
        for (at, column) in free.iter().enumerate() {
            if let Some(cost) = costs.pair(row, *column) {
                let passed: i64 = if ordered { free[..at].iter().map(|column| costs.column(*column)).sum() } else { 0 };
                let mut rest = if ordered { Vec::new() } else { free[..at].to_vec() };
                rest.extend(&free[at + 1..]);
                best = best.min(i64::from(cost) + passed + least(costs, row + 1, &rest, ordered));
            }
        }
        best
    }

    prop_compose! {
        fn tables()(height in 0_usize..5, width in 0_usize..5)(
            pairs in proptest::collection::vec(proptest::option::weighted(0.8, 0_u32..9), height * width),
            rows in proptest::collection::vec(0_u32..9, height),
            columns in proptest::collection::vec(0_u32..9, width),
        ) -> Costs {
            Costs { pairs, rows, columns }
        }
    }

    proptest! {
        /// Where every pair is worth more than staying alone, as the callers see to.
        #[test]
        fn nothing_costs_less_than_the_assignment(mut costs in tables()) {
            for row in 0..costs.rows.len() {
                for column in 0..costs.columns.len() {
                    let at = row * costs.columns.len() + column;
                    let alone = costs.rows[row] + costs.columns[column];
                    costs.pairs[at] = costs.pairs[at].filter(|cost| *cost <= alone);
                }
            }
            let all: Vec<usize> = (0..costs.columns.len()).collect();
            prop_assert_eq!(total(&costs, &assign(&costs)), least(&costs, 0, &all, false));
        }

        /// Who finds that these cost nothing need not look at others.
        #[test]
        fn pairs_in_turn_that_cost_nothing_are_the_assignment(mut costs in tables()) {
            let size = costs.rows.len().min(costs.columns.len());
            let pairs = (0..size * size).map(|at| costs.pair(at / size, at % size)).collect();
            costs = Costs { pairs, rows: costs.rows[..size].to_vec(), columns: costs.columns[..size].to_vec() };
            (0..size).for_each(|at| costs.pairs[at * (size + 1)] = Some(0));
            prop_assert_eq!(assign(&costs), (0..size).map(|at| (at, at)).collect::<Vec<_>>());
        }

        #[test]
        fn nothing_in_order_costs_less_than_the_alignment(costs in tables()) {
            let all: Vec<usize> = (0..costs.columns.len()).collect();
            let pairs = align(&costs);
            prop_assert!(pairs.is_sorted_by(|left, right| left.0 < right.0 && left.1 < right.1));
            prop_assert_eq!(total(&costs, &pairs), least(&costs, 0, &all, true));
        }

        #[test]
        fn no_longer_run_keeps_its_order(values in proptest::collection::hash_set(0_usize..20, 0..10)) {
            let values: Vec<usize> = values.into_iter().collect();
            let keeps = increasing(&values);
            let kept: Vec<usize> = values.iter().zip(&keeps).filter(|(_, keep)| **keep).map(|(value, _)| *value).collect();
            prop_assert!(kept.is_sorted());
            let longest = (0_u32..1 << values.len())
                .map(|chosen| values.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, value)| *value).collect::<Vec<_>>())
                .filter(|chosen| chosen.is_sorted())
                .map(|chosen| chosen.len())
                .max();
            prop_assert_eq!(Some(kept.len()), longest);
        }
    }
}
