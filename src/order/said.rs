//! E-mail addresses and phone numbers in running text, wherever it stands: what can be told by its look alone. Names can't be,
//! and stay.

use std::ops::Range;

use super::Mask;

/// Digits of the shortest phone number with a country's code; a sum with a plus sign has fewer.
const PHONE_DIGITS_MIN: usize = 8;

impl Mask {
    /// Running text with addresses and phone numbers masked.
    #[must_use]
    pub fn said(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        while let Some(found) = next(text, from) {
            out.push_str(text.get(from..found.start).unwrap_or_default());
            out.push_str(&self.text(text.get(found.clone()).unwrap_or_default()));
            from = found.end;
        }
        out + text.get(from..).unwrap_or_default()
    }
}

/// The next address or number at or behind a place.
fn next(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let marks = rest.char_indices().filter(|(_, letter)| matches!(letter, '@' | '+'));
    let found = |(at, letter): (usize, char)| if letter == '@' { address(rest, at) } else { phone(rest, at) };
    marks.filter_map(found).next().map(|found| found.start + from..found.end + from)
}

/// The address around an at sign.
fn address(text: &str, at: usize) -> Option<Range<usize>> {
    let may = |letter: char| letter.is_alphanumeric() || "._%+-".contains(letter);
    let (who, host) = (text.get(..at)?, text.get(at + 1..)?);
    let begin = who.char_indices().rev().take_while(|(_, letter)| may(*letter)).last()?.0;
    let end = host.find(|letter: char| !may(letter)).unwrap_or(host.len());
    let host = host.get(..end)?.trim_end_matches(['.', '-', '_', '+', '%']);
    host.contains('.').then_some(begin..at + 1 + host.len())
}

/// The number behind a plus sign that follows no letter or digit.
fn phone(text: &str, at: usize) -> Option<Range<usize>> {
    if text.get(..at)?.ends_with(char::is_alphanumeric) {
        return None;
    }
    let number = text.get(at + 1..)?;
    let may = |letter: char| letter.is_ascii_digit() || " -/().".contains(letter);
    let number = number.get(..number.find(|letter| !may(letter)).unwrap_or(number.len()))?;
    let number = number.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (digits >= PHONE_DIGITS_MIN).then_some(at..at + 1 + number.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_phone_numbers_are_masked_wherever_they_stand() {
        let mut mask = Mask::default();
        for (text, expected) in [
            ("unknown customer ada@quint.example", "unknown customer •••@•••••.••••••• ‹1›"),
            ("<ada@quint.example>, +49 30 1234-567.", "<•••@•••••.••••••• ‹1›>, +•• •• ••••-••• ‹2›."),
            ("{\"to\":\"ada@quint.example\"}", "{\"to\":\"•••@•••••.••••••• ‹1›\"}"),
            ("mailto:Ädä+x@q.example.", "mailto:•••+•@•.••••••• ‹3›."),
            ("+4930123456789", "+••••••••••••• ‹4›"),
            ("a+b, +5 pieces, 1+12345678", "a+b, +5 pieces, 1+12345678"),
            ("@ 3 EUR a@b @c.d", "@ 3 EUR a@b @c.d"),
            ("no sku TEA-1", "no sku TEA-1"),
            ("", ""),
        ] {
            assert_eq!(mask.said(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_gone_through_and_nothing_else_is_lost(text in "[a@+. 0-9ä<>]{0,40}") {
            let said = Mask::default().said(&text);
            proptest::prop_assert!(said == text || said.contains('‹'));
        }
    }
}
