//! Where two texts differ, line by line.

use super::SHOWN_CHARS;

/// Characters before the first that differs, so that a reader finds the place: a page may be one line.
const BEFORE: usize = 30;

/// What stands in the derived text where a line of the kept one is something else. Their bytes are not the same.
pub(super) fn differences(kept: &str, derived: &str) -> Vec<String> {
    let (mut left, mut right) = (kept.split('\n'), derived.split('\n'));
    let mut all = Vec::new();
    for number in 1.. {
        match (left.next(), right.next()) {
            (None, None) => break,
            (left, right) if left == right => {}
            (left, right) => {
                let from = first_apart(left.unwrap_or_default(), right.unwrap_or_default()).saturating_sub(BEFORE);
                all.push(format!("line {number}: kept {}, derived {}", shown(left, from), shown(right, from)));
            }
        }
    }
    if all.is_empty() {
        all.push("what is no UTF-8 stands in the kept report".to_owned());
    }
    all
}

fn first_apart(left: &str, right: &str) -> usize {
    left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count()
}

/// A line from a character on.
fn shown(line: Option<&str>, from: usize) -> String {
    let Some(line) = line else { return "nothing".to_owned() };
    let part: String = line.chars().skip(from).take(SHOWN_CHARS).collect();
    let (before, after) = (from > 0, line.chars().nth(from + SHOWN_CHARS).is_some());
    format!("\"{}{part}{}\"", if before { "…" } else { "" }, if after { "…" } else { "" })
}
