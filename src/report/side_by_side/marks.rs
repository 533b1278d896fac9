//! Which words of two lines of one place differ.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::document::Line;
use crate::outcome::PerLane;

/// More words than a field of an order has; in longer lines all between the first and the last difference is
/// marked, which takes no search.
const WORDS_MAX: usize = 300;

/// A line as it is shown, letter by letter, without its indentation; whether a letter belongs to a word that
/// the other line lacks.
pub(super) type Letters = Vec<(char, bool)>;

/// A line without a mark.
pub(super) fn unmarked(line: &Line) -> Letters {
    let letters = line.cut().0.chars().chain(line.tail().chars());
    letters.map(|letter| (letter, false)).collect()
}

/// Two lines with the words marked in which they differ. Where only what is cut off differs, its place is marked.
pub(super) fn marked(legacy: &Line, gated: &Line) -> PerLane<Letters> {
    let ((old, old_rest), (new, new_rest)) = (legacy.cut(), gated.cut());
    let (old, new) = (words(old), words(new));
    let marks = differing(&old, &new);
    let letters = |words: &[&str], marks: &[bool], line: &Line| -> Letters {
        let words = words.iter().zip(marks).flat_map(|(word, mark)| word.chars().map(move |letter| (letter, *mark)));
        let rest = !line.cut().1.is_empty() && old_rest != new_rest;
        words.chain(line.tail().chars().map(move |letter| (letter, rest))).collect()
    };
    PerLane { legacy: letters(&old, &marks.legacy, legacy), gated: letters(&new, &marks.gated, gated) }
}

/// Two texts in pieces, as long as can be, with those marked that the other lacks.
pub(in crate::report) fn pieces(legacy: &str, gated: &str) -> PerLane<Vec<(String, bool)>> {
    let (old, new) = (words(legacy), words(gated));
    let marks = differing(&old, &new);
    PerLane { legacy: joined(&old, &marks.legacy), gated: joined(&new, &marks.gated) }
}

fn joined(words: &[&str], marks: &[bool]) -> Vec<(String, bool)> {
    let mut pieces: Vec<(String, bool)> = Vec::new();
    for (word, mark) in words.iter().zip(marks) {
        match pieces.last_mut() {
            Some((text, same)) if same == mark => text.push_str(word),
            _ => pieces.push(((*word).to_owned(), *mark)),
        }
    }
    pieces
}

fn differing(old: &[&str], new: &[&str]) -> PerLane<Vec<bool>> {
    let mut marks = PerLane { legacy: vec![true; old.len()], gated: vec![true; new.len()] };
    let mut equal = |old_index: usize, new_index: usize, words: usize| {
        for mark in marks.legacy.iter_mut().skip(old_index).take(words) {
            *mark = false;
        }
        for mark in marks.gated.iter_mut().skip(new_index).take(words) {
            *mark = false;
        }
    };
    if old.len().max(new.len()) > WORDS_MAX {
        let same = |(old, new): &(&&str, &&str)| old == new;
        let head = old.iter().zip(new).take_while(same).count();
        let (old_left, new_left) = (old.len() - head, new.len() - head);
        let ends = old.iter().rev().take(old_left).zip(new.iter().rev().take(new_left));
        let tail = ends.take_while(same).count();
        equal(0, 0, head);
        equal(old.len() - tail, new.len() - tail, tail);
    } else {
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                equal(old_index, new_index, len);
            }
        }
    }
    marks
}

/// Splits a line into words: runs of letters and digits, a number with its decimal point, white space, and every
/// other character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if in_word(first) {
            word_length(rest)
        } else if first == ' ' {
            rest.find(|letter| letter != ' ').unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, behind) = rest.split_at(length);
        words.push(word);
        rest = behind;
    }
    words
}

fn in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length in bytes of the word with which a text begins.
fn word_length(text: &str) -> usize {
    let mut before = ' ';
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let after = letters.peek().map_or(' ', |(_, letter)| *letter);
        let point = letter == '.' && before.is_ascii_digit() && after.is_ascii_digit();
        if !in_word(letter) && !point {
            return at;
        }
        before = letter;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line { indent: 0, text: text.to_owned(), place_bytes: 0, comma: true }
    }

    /// The letters with a caret below each one that is marked.
    fn told(letters: &Letters) -> String {
        let below: String = letters.iter().map(|(_, mark)| if *mark { '^' } else { ' ' }).collect();
        let text: String = letters.iter().map(|(letter, _)| letter).collect();
        format!("{text}/{}", below.trim_end())
    }

    #[test]
    fn words_are_marked_whole_and_only_where_they_differ() {
        for (legacy, gated, expected) in [
            ("19.90", "19.91", ["19.90,/^^^^^", "19.91,/^^^^^"]),
            ("19.90", "\"19.90\"", ["19.90,/", "\"19.90\",/^     ^"]),
            ("\"a\": 1", "\"a\": null", ["\"a\": 1,/     ^", "\"a\": null,/     ^^^^"]),
            ("\"10:00:01.5Z\"", "\"10:00:02.5Z\"", ["\"10:00:01.5Z\",/       ^^^^^", "\"10:00:02.5Z\",/       ^^^^^"]),
            ("\"Rue X 1\"", "\"Rue Y 1\"", ["\"Rue X 1\",/     ^", "\"Rue Y 1\",/     ^"]),
            ("\"a  b\"", "\"a b\"", ["\"a  b\",/  ^^", "\"a b\",/  ^"]),
            ("\"Müller\"", "\"Mueller\"", ["\"Müller\",/ ^^^^^^", "\"Mueller\",/ ^^^^^^^"]),
            ("-5", "5", ["-5,/^", "5,/"]),
        ] {
            let both = marked(&line(legacy), &line(gated));
            assert_eq!([told(&both.legacy), told(&both.gated)], expected);
        }
    }

    #[test]
    fn pieces_are_as_long_as_can_be() {
        let both = pieces("\"Rue X 1\"", "\"Rue de Y 1\"");
        let text = |pieces: Vec<(String, bool)>| {
            let marked = |(text, mark)| if mark { format!("[{text}]") } else { text };
            pieces.into_iter().map(marked).collect::<String>()
        };
        assert_eq!([text(both.legacy), text(both.gated)], ["\"Rue [X] 1\"", "\"Rue [de Y] 1\""]);
        assert_eq!(text(pieces("", "a").legacy), "");
    }

    #[test]
    fn what_differs_beyond_the_end_is_marked_there() {
        let long = "x".repeat(1_000);
        let both = marked(&line(&format!("{long}1")), &line(&format!("{long}2")));
        for letters in [both.legacy, both.gated] {
            let marked: String = letters.iter().filter(|(_, mark)| *mark).map(|(letter, _)| letter).collect();
            assert_eq!(marked, " (cut)");
        }
        let both = marked(&line(&long), &line(&format!("{long}2")));
        assert_eq!(both.legacy.iter().filter(|(_, mark)| *mark).count(), 0);
        assert_eq!(both.gated.iter().filter(|(_, mark)| *mark).count(), " (cut)".len());
    }

    #[test]
    fn lines_of_very_many_words_are_marked_from_the_first_difference_to_the_last() {
        let words = |first: &str, last: &str| format!("{}{first}, same {last}{}", "- ".repeat(200), "- ".repeat(200));
        let both = marked(&line(&words("a", "b")), &line(&words("c", "d")));
        let marked: String = both.legacy.iter().filter(|(_, mark)| *mark).map(|(letter, _)| letter).collect();
        assert_eq!(marked, "a, same b");
        assert_eq!(differing(&["-"; 500], &["-"; 400]).legacy.iter().filter(|mark| **mark).count(), 100);
    }
}
