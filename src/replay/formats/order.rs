//! The order of chunk files: `orders_2.gor` comes before `orders_10.gor`.

use std::cmp::Ordering;
use std::path::PathBuf;

/// Sorts the chunk files of a capture by their names, in which numbers count as numbers, as GoReplay counts its chunks up.
pub fn in_order(paths: &mut [PathBuf]) {
    paths.sort_by(|left, right| {
        natural(&left.to_string_lossy(), &right.to_string_lossy()).then_with(|| left.cmp(right))
    });
}

fn natural(mut left: &str, mut right: &str) -> Ordering {
    loop {
        let (a, b) = (part(&mut left), part(&mut right));
        let order = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => a.cmp(b),
        };
        if order.is_ne() || a.is_empty() {
            return order;
        }
    }
}

/// Takes the digits, or all else up to a digit.
fn part<'a>(text: &mut &'a str) -> &'a str {
    let digits = text.starts_with(|letter: char| letter.is_ascii_digit());
    let length = text.find(|letter: char| letter.is_ascii_digit() != digits).unwrap_or(text.len());
    let (part, rest) = text.split_at_checked(length).unwrap_or((text, ""));
    *text = rest;
    part
}

/// The digits of a number without zeros before it.
fn number(part: &str) -> Option<&str> {
    part.starts_with(|letter: char| letter.is_ascii_digit()).then(|| part.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_as_numbers() {
        let sorted = [
            "day/orders.gor",
            "day/orders_0.gor",
            "day/orders_2.gor",
            "day/orders_10.gor",
            "day/orders_10.gor.gz",
            "day/orders_010_1.gor",
            "day/orders_99999999999999999999999.gor",
            "day/orders_100000000000000000000000.gor",
            "day/orders_a.gor",
        ]
        .map(PathBuf::from);
        let mut paths = sorted.clone();
        paths.reverse();
        in_order(&mut paths);
        assert_eq!(paths, sorted);
        paths.rotate_left(4);
        in_order(&mut paths);
        assert_eq!(paths, sorted);
    }
}
