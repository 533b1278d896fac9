//! Text from outside, made harmless: what moves a cursor, changes a title or reverses the reading
//! direction is written out instead of done.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with control and direction characters written as `\u{1b}`, the backslash left alone.
///
/// The result is one line that any terminal can print. For text without such characters nothing is copied.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if acts(letter) {
            _ = write!(out, "{}", letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Whether a character does something rather than being shown: C0 and C1 controls, line separators,
/// the direction controls of Unicode (UAX 9), and characters without width that hide in names.
pub(super) fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out_and_the_rest_stays() {
        for (text, expected) in [
            ("5001", "5001"),
            ("Bestellung ü 🐵", "Bestellung ü 🐵"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("a\r\nGO", "a\\u{d}\\u{a}GO"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}OG-ON", "\\u{202e}OG-ON"),
            ("1\u{200b}2", "1\\u{200b}2"),
            ("", ""),
        ] {
            assert_eq!(inert(text), expected);
        }
    }
}
