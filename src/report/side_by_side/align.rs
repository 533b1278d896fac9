//! Which line of one document stands beside which line of the other. Knows nothing of how they are shown.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::document::Line;
use super::settle::settle;
use crate::outcome::Lane;

/// How many equal lines are kept before and after a difference.
const CONTEXT: usize = 3;

/// The fewest equal lines worth being left out; fewer are shown in hardly more room than their number takes.
const HIDDEN_MIN: usize = 3;

/// One or two lines that stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row<'a> {
    /// The same on both lanes; a comma behind them aside.
    Equal(&'a Line, &'a Line),
    /// The same place with another value.
    Changed(&'a Line, &'a Line),
    /// Only in the legacy lane's document.
    Legacy(&'a Line),
    /// Only in the gated lane's document.
    Gated(&'a Line),
    /// So many equal lines that are left out.
    Hidden(usize),
}

/// The lines of both documents, each exactly once and in its order.
///
/// Lines are compared whole, by Myers' algorithm with the bounds on its search that `similar` puts there: the work
/// depends on the number of lines only, never on time. Where lines were replaced, those of one place are paired:
/// members by their name, elements by their turn.
pub(super) fn align<'a>(legacy: &'a [Line], gated: &'a [Line]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(legacy.len().max(gated.len()));
    walk(&mut rows, legacy, gated, whole, |rows, legacy, gated| {
        walk(rows, legacy, gated, place, |rows, legacy, gated| {
            rows.extend(legacy.iter().map(Row::Legacy));
            rows.extend(gated.iter().map(Row::Gated));
        });
    });
    settle(&mut rows);
    rows
}

/// A line by all that it says.
pub(super) fn whole(line: &Line) -> (usize, &str) {
    (line.indent, &line.text)
}

/// A line by its place in the document.
fn place(line: &Line) -> (usize, &str) {
    (line.indent, line.text.get(..line.place_bytes).unwrap_or_default())
}

/// Pairs the lines that are one by `key`; hands those that were replaced to `replaced`.
fn walk<'a>(
    rows: &mut Vec<Row<'a>>,
    legacy: &'a [Line],
    gated: &'a [Line],
    key: fn(&Line) -> (usize, &str),
    replaced: fn(&mut Vec<Row<'a>>, &'a [Line], &'a [Line]),
) {
    let (old, new): (Vec<_>, Vec<_>) = (legacy.iter().map(key).collect(), gated.iter().map(key).collect());
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        let legacy = legacy.get(op.old_range()).unwrap_or_default();
        let gated = gated.get(op.new_range()).unwrap_or_default();
        match op {
            DiffOp::Equal { .. } => rows.extend(legacy.iter().zip(gated).map(|(legacy, gated)| {
                let equal = whole(legacy) == whole(gated);
                if equal { Row::Equal(legacy, gated) } else { Row::Changed(legacy, gated) }
            })),
            DiffOp::Delete { .. } => rows.extend(legacy.iter().map(Row::Legacy)),
            DiffOp::Insert { .. } => rows.extend(gated.iter().map(Row::Gated)),
            DiffOp::Replace { .. } => replaced(rows, legacy, gated),
        }
    }
}

impl<'a> Row<'a> {
    /// The lane whose document alone has this line.
    pub(super) const fn only_on(&self) -> Option<Lane> {
        match self {
            Row::Legacy(_) => Some(Lane::Legacy),
            Row::Gated(_) => Some(Lane::Gated),
            Row::Equal(..) | Row::Changed(..) | Row::Hidden(_) => None,
        }
    }

    /// What stands here of a lane's document.
    pub(super) const fn line(&self, lane: Lane) -> Option<&'a Line> {
        match (self, lane) {
            (Row::Equal(line, _) | Row::Changed(line, _) | Row::Legacy(line), Lane::Legacy)
            | (Row::Equal(_, line) | Row::Changed(_, line) | Row::Gated(line), Lane::Gated) => Some(line),
            _ => None,
        }
    }
}

/// Leaves out long runs of equal lines, three before and after a difference excepted.
pub(super) fn shorten<'a>(rows: &[Row<'a>]) -> Vec<Row<'a>> {
    let mut short = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let equal = rest.iter().take_while(|row| matches!(row, Row::Equal(..))).count();
        let (run, behind) = rest.split_at(equal);
        let before = if short.is_empty() { 0 } else { CONTEXT };
        let after = if behind.is_empty() { 0 } else { CONTEXT };
        let hidden = equal.saturating_sub(before + after);
        if hidden < HIDDEN_MIN {
            short.extend(run);
        } else {
            short.extend(run.iter().take(before));
            short.push(Row::Hidden(hidden));
            short.extend(run.iter().skip(before + hidden));
        }
        let differing = behind.iter().take_while(|row| !matches!(row, Row::Equal(..))).count();
        let (differing, behind) = behind.split_at(differing);
        short.extend(differing);
        rest = behind;
    }
    short
}

#[cfg(test)]
mod tests {
    use super::super::super::document::Listing;
    use super::*;
    use crate::order::Json;

    fn lines(json: &str) -> Vec<Line> {
        Listing::of(&Json::parse(json.as_bytes()).unwrap(), usize::MAX).lines
    }

    fn told(rows: &[Row<'_>]) -> String {
        let told: Vec<String> = rows
            .iter()
            .map(|row| match row {
                Row::Equal(line, _) => line.text.clone(),
                Row::Changed(legacy, gated) => format!("{} | {}", legacy.text, gated.text),
                Row::Legacy(line) => format!("{} <", line.text),
                Row::Gated(line) => format!("> {}", line.text),
                Row::Hidden(lines) => format!("…{lines}"),
            })
            .collect();
        told.join("; ")
    }

    #[test]
    fn lines_of_one_place_stand_beside_each_other() {
        for (legacy, gated, expected) in [
            ("1", "1", "1"),
            ("1", "2", "1 | 2"),
            (r#"{"a":1}"#, r#"{"a":1,"b":2}"#, r#"{; "a": 1; > "b": 2; }"#),
            (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, r#"{; "a": 1; "b": 2 <; }"#),
            (r#"{"a":1}"#, r#"{"a":1.0}"#, r#"{; "a": 1 | "a": 1.0; }"#),
            // Two names are two members, whatever their values.
            (r#"{"a":1}"#, r#"{"b":1}"#, r#"{; "a": 1 <; > "b": 1; }"#),
            (r#"{"a":1,"b":2}"#, r#"{"x":1,"b":3}"#, r#"{; "a": 1 <; > "x": 1; "b": 2 | "b": 3; }"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"[; "a" | "c"; "b" | "d"; ]"#),
            (r#"["a","b","c"]"#, r#"["a","c"]"#, r#"[; "a"; "b" <; "c"; ]"#),
            // A missing element is missing from its bracket on.
            (r#"[{"a":1},{"a":2}]"#, r#"[{"a":1}]"#, r#"[; {; "a": 1; }; { <; "a": 2 <; } <; ]"#),
            (r#"[{"a":2}]"#, r#"[{"a":1},{"a":2}]"#, r#"[; > {; > "a": 1; > }; {; "a": 2; }; ]"#),
            (
                r#"[{"a":0},{"a":1},{"a":2}]"#,
                r#"[{"a":0},{"a":2}]"#,
                r#"[; {; "a": 0; }; { <; "a": 1 <; } <; {; "a": 2; }; ]"#,
            ),
            (r#"[[1,1],[1,1],[1,1]]"#, r#"[[1,1],[1,1]]"#, r#"[; [; 1; 1; ]; [; 1; 1; ]; [ <; 1 <; 1 <; ] <; ]"#),
            (r#"{"l":[]}"#, r#"{"l":[1]}"#, r#"{; "l": [] | "l": [; > 1; > ]; }"#),
            (r#"{"l":{"x":1}}"#, r#"{"l":null}"#, r#"{; "l": { | "l": null; "x": 1 <; } <; }"#),
        ] {
            assert_eq!(told(&align(&lines(legacy), &lines(gated))), expected, "{legacy} beside {gated}");
        }
    }

    #[test]
    fn only_long_runs_of_equal_lines_are_left_out() {
        let numbers = |from: i32, to: i32| (from..=to).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        for (legacy, gated, expected) in [
            (format!("[{},0]", numbers(1, 5)), format!("[{},9]", numbers(1, 5)), "…3; 3; 4; 5; 0 | 9; ]"),
            (format!("[{},0]", numbers(1, 4)), format!("[{},9]", numbers(1, 4)), "[; 1; 2; 3; 4; 0 | 9; ]"),
            (format!("[0,{}]", numbers(1, 6)), format!("[9,{}]", numbers(1, 6)), "[; 0 | 9; 1; 2; 3; …4"),
            (
                format!("[0,{},0]", numbers(1, 9)),
                format!("[8,{},9]", numbers(1, 9)),
                "[; 0 | 8; 1; 2; 3; …3; 7; 8; 9; 0 | 9; ]",
            ),
            (
                format!("[0,{},0]", numbers(1, 8)),
                format!("[8,{},9]", numbers(1, 8)),
                "[; 0 | 8; 1; 2; 3; 4; 5; 6; 7; 8; 0 | 9; ]",
            ),
            (format!("[{}]", numbers(1, 50)), format!("[{}]", numbers(1, 50)), "…52"),
        ] {
            let (legacy, gated) = (lines(&legacy), lines(&gated));
            assert_eq!(told(&shorten(&align(&legacy, &gated))), expected);
        }
    }
}
