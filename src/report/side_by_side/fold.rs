//! Breaks a line into the rows of a column, counting what a terminal counts.
//!
//! Widths are those of Unicode's East Asian Width, letter by letter: a CJK character takes two columns, a combining
//! mark none. What a terminal draws as one picture (an emoji with a modifier behind it) counts as its parts.

use unicode_width::UnicodeWidthChar;

use super::marks::Letters;

/// By how much the rows of a long line stand in from its first one.
const HANG: usize = 4;

/// One row of a line.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// Columns left free in front.
    pub(super) indent: usize,
    /// What is written there.
    pub(super) letters: Letters,
    /// How many columns both take.
    pub(super) width: usize,
}

impl Cell {
    const fn new(indent: usize) -> Self {
        Self { indent, letters: Letters::new(), width: indent }
    }

    fn push(&mut self, letter: (char, bool)) {
        self.width += width(letter.0);
        self.letters.push(letter);
    }

    /// A row with `^` under every marked letter; `None` where none is.
    pub(super) fn carets(&self) -> Option<String> {
        let mut carets = " ".repeat(self.indent);
        for (letter, mark) in &self.letters {
            carets.extend(std::iter::repeat_n(if *mark { '^' } else { ' ' }, width(*letter)));
        }
        let length = carets.trim_end().len();
        carets.truncate(length);
        (!carets.is_empty()).then_some(carets)
    }
}

/// The columns that a letter takes.
pub(super) fn width(letter: char) -> usize {
    letter.width().unwrap_or(0)
}

/// The rows of a line in a column of `column` columns, one at least. It is broken at spaces, and a word only where
/// no row holds it. An indentation is cut to half of the column: what nests deeper than any order would have no room.
pub(super) fn fold(indent: usize, letters: &Letters, column: usize) -> Vec<Cell> {
    let (indent, hang) = (indent.min(column / 2), (indent + HANG).min(column / 2));
    let (mut done, mut cell) = (Vec::new(), Cell::new(indent));
    for word in letters.chunk_by(|(left, _), (right, _)| *left != ' ' && *right != ' ') {
        let needed: usize = word.iter().map(|(letter, _)| width(*letter)).sum();
        if cell.width + needed > column && hang + needed <= column {
            done.push(std::mem::replace(&mut cell, Cell::new(hang)));
        }
        for letter in word {
            if cell.width + width(letter.0) > column {
                done.push(std::mem::replace(&mut cell, Cell::new(hang)));
            }
            cell.push(*letter);
        }
    }
    done.push(cell);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(indent: usize, text: &str, column: usize) -> Vec<String> {
        let letters: Letters = text.chars().map(|letter| (letter, false)).collect();
        let cells = fold(indent, &letters, column);
        assert!(cells.iter().all(|cell| cell.width <= column), "{text:?}");
        let text = |cell: &Cell| cell.letters.iter().map(|(letter, _)| letter).collect::<String>();
        cells.iter().map(|cell| format!("{:1$}", "", cell.indent) + &text(cell)).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_words_where_they_must() {
        for (indent, text, column, expected) in [
            (0, "", 12, vec![""]),
            (2, "123456789 ", 12, vec!["  123456789 "]),
            (2, "\"a\": 12345", 12, vec!["  \"a\": 12345"]),
            (2, "\"a\": 123456", 12, vec!["  \"a\": ", "      123456"]),
            (2, "\"a\": 123456789", 12, vec!["  \"a\": 12345", "      6789"]),
            (40, "1234567 8", 12, vec!["      123456", "      7 8"]),
            // A space is never dropped: it may be all that differs.
            (0, "123456789012 x", 12, vec!["123456789012", "     x"]),
            (0, "漢字漢字漢字漢", 12, vec!["漢字漢字漢字", "    漢"]),
            (0, "漢字漢字漢a字", 12, vec!["漢字漢字漢a", "    字"]),
            (0, "12345678901e\u{301}2", 12, vec!["12345678901e\u{301}", "    2"]),
        ] {
            assert_eq!(told(indent, text, column), expected, "{text:?}");
        }
    }

    #[test]
    fn carets_stand_below_what_is_marked_however_wide() {
        let letters: Letters = "a漢b".chars().map(|letter| (letter, letter == '漢')).collect();
        assert_eq!(fold(2, &letters, 12)[0].carets().as_deref(), Some("   ^^"));
        assert_eq!(fold(2, &vec![('a', false)], 12)[0].carets(), None);
    }
}
