//! Which of several equal lines is the one that a document lacks. Pairs no lines anew.

use super::align::{Row, whole};
use crate::outcome::Lane;

/// Moves runs of lines that only one document has to where they begin with what they are about.
///
/// An element that is missing may as well be said to lack `"sku": 1 }, {` as `{ "sku": 1 },`: the lines that remain
/// are the same. People read the second.
pub(super) fn settle(rows: &mut [Row<'_>]) {
    let mut begin = 0;
    while let Some(row) = rows.get(begin) {
        let lane = row.only_on();
        let length = rows.iter().skip(begin).take_while(|row| row.only_on() == lane).count();
        if let Some(lane) = lane {
            for step in 0..steps_up(rows, begin, length, lane).unwrap_or_default() {
                step_up(rows, begin - step, length, lane);
            }
        }
        begin += length;
    }
}

/// By how many lines the run at `begin` is to be moved up so that it begins with one of its outermost lines, and
/// not with a closing bracket; `None` where that can't be.
fn steps_up(rows: &[Row<'_>], begin: usize, length: usize, lane: Lane) -> Option<usize> {
    let line = |at: usize| rows.get(at).and_then(|row| row.line(lane));
    // Moving exchanges a line for an equal one, so this stays what it is.
    let outermost = (begin..begin + length).filter_map(line).map(|line| line.indent).min()?;
    let mut steps = 0;
    loop {
        let first = line(begin - steps)?;
        if first.indent == outermost && !matches!(first.text.as_str(), "}" | "]") {
            return Some(steps);
        }
        let above = begin.checked_sub(steps + 1)?;
        let equal = matches!(rows.get(above)?, Row::Equal(..)) && whole(line(above)?) == whole(line(above + length)?);
        if !equal || steps == length {
            return None;
        }
        steps += 1;
    }
}

/// Exchanges the last line of the run at `begin` for the equal one above it.
fn step_up(rows: &mut [Row<'_>], begin: usize, length: usize, lane: Lane) {
    let Some([above, .., last]) = begin.checked_sub(1).and_then(|above| rows.get_mut(above..begin + length)) else {
        return;
    };
    match (lane, *above, *last) {
        (Lane::Legacy, Row::Equal(legacy, gated), Row::Legacy(line)) => {
            (*above, *last) = (Row::Legacy(legacy), Row::Equal(line, gated));
        }
        (Lane::Gated, Row::Equal(legacy, gated), Row::Gated(line)) => {
            (*above, *last) = (Row::Gated(gated), Row::Equal(legacy, line));
        }
        _ => {}
    }
}
