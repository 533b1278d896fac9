//! Values, amounts of money and shares as a person reads them. None of it is made harmless here.

use rust_decimal::Decimal;

use std::collections::BTreeMap;

use crate::diff::{Amounts, minor_digits};
use crate::judge::Money;

/// Characters of a value that are shown; the JSON has more of it.
const VALUE_CHARS_MAX: usize = 200;

/// Currencies that one line names. There are a few, or documents that name them at random.
const CURRENCIES_SHOWN: usize = 8;

/// Characters of a currency; real ones have three.
const CURRENCY_CHARS_MAX: usize = 20;

/// A value on one line. White space that a page swallows or shows like a space is written out as JSON does, since
/// it may be all that differs.
pub(in crate::report) fn value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_space = false;
    for letter in cut(text, VALUE_CHARS_MAX).chars() {
        let stays = !letter.is_whitespace() || (letter == ' ' && !after_space);
        after_space = letter == ' ';
        if stays {
            out.push(letter);
        } else {
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
        }
    }
    out
}

/// The beginning of a text, marked where it goes on.
fn cut(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}

/// `EUR -120.00, JPY +300 (700 without signs)`, and in how many differences it can't be read; `None` where no money moves.
pub(in crate::report) fn money(amounts: &Amounts, unread: u64) -> Option<String> {
    let mut words: Vec<String> = amounts
        .iter()
        .take(CURRENCIES_SHOWN)
        .map(|(currency, sum)| {
            let one_way = sum.absolute == sum.signed.abs();
            let all = format!(" ({} without signs)", amount(currency, sum.absolute));
            format!("{} {}{}", self::currency(currency), signed(currency, sum.signed), if one_way { "" } else { &all })
        })
        .collect();
    let more = amounts.iter().count().saturating_sub(CURRENCIES_SHOWN);
    words.extend((more > 0).then(|| format!("{more} more currencies")));
    words.extend((unread > 0).then(|| format!("unread in {unread}")));
    (!words.is_empty()).then(|| words.join(", "))
}

/// `EUR 12.50`
pub(in crate::report) fn sum(money: &Money) -> String {
    format!("{} {}", currency(&money.currency), amount(&money.currency, money.amount))
}

/// `EUR 120.00, JPY 300`; nothing where there is none.
pub(in crate::report) fn sums(by_currency: &BTreeMap<String, Decimal>) -> String {
    let shown = by_currency.iter().take(CURRENCIES_SHOWN);
    let mut words: Vec<String> =
        shown.map(|(name, sum)| format!("{} {}", currency(name), amount(name, *sum))).collect();
    let more = by_currency.len().saturating_sub(CURRENCIES_SHOWN);
    words.extend((more > 0).then(|| format!("{more} more currencies")));
    words.join(", ")
}

/// The name of a currency.
pub(in crate::report) fn currency(name: &str) -> String {
    if name == crate::diff::UNKNOWN_CURRENCY { "unknown currency".to_owned() } else { cut(name, CURRENCY_CHARS_MAX) }
}

/// An amount with at least the decimals of its currency, and never fewer than it has.
pub(in crate::report) fn amount(currency: &str, amount: Decimal) -> String {
    let mut amount = amount.normalize();
    let decimals = minor_digits(currency).unwrap_or(0).max(amount.scale());
    amount.rescale(decimals);
    amount.to_string()
}

/// The same with its sign.
fn signed(currency: &str, sum: Decimal) -> String {
    let sign = if sum > Decimal::ZERO { "+" } else { "" };
    format!("{sign}{}", amount(currency, sum))
}

/// A fraction as a percentage, never rounded to none or all of it.
pub(in crate::report) fn percent(fraction: f64) -> String {
    let tenths = (fraction * 1_000.0).round();
    match () {
        () if fraction <= 0.0 => "0 %".to_owned(),
        () if tenths < 1.0 => "under 0.1 %".to_owned(),
        () if fraction >= 1.0 => "100 %".to_owned(),
        () if tenths >= 1_000.0 => "over 99.9 %".to_owned(),
        () => format!("{:.1} %", tenths / 10.0),
    }
}

/// The probability that something comes about by chance.
pub(in crate::report) fn chance(probability: f64) -> String {
    if probability < 0.000_1 { "below 0.0001".to_owned() } else { format!("{probability:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_that_differs_is_seen() {
        for (text, expected) in [
            (r#""a b""#, r#""a b""#),
            (r#""a  b""#, r#""a \u0020b""#),
            ("\"a\u{a0}b\"", r#""a\u00a0b""#),
            ("a\u{3000} b\n", r"a\u3000 b\u000a"),
        ] {
            assert_eq!(value(text), expected);
        }
        assert_eq!(value(&"ü".repeat(201)).chars().count(), 201);
    }

    #[test]
    fn money_has_its_sign_its_decimals_and_what_cancels_out() {
        let mut amounts = Amounts::default();
        for (currency, sum) in [
            (Some("EUR"), Decimal::new(-200, 1)),
            (Some("EUR"), Decimal::new(5, 3)),
            (Some("JPY"), Decimal::from(250)),
            (None, Decimal::ONE),
        ] {
            amounts.add(currency, sum);
        }
        assert_eq!(
            money(&amounts, 3).as_deref(),
            Some("EUR -19.995 (20.005 without signs), JPY +250, unknown currency +1, unread in 3")
        );
        assert_eq!(money(&Amounts::default(), 0), None);
        let mut zero = Amounts::default();
        zero.add(Some("EUR"), Decimal::ONE);
        zero.add(Some("EUR"), -Decimal::ONE);
        assert_eq!(money(&zero, 0).as_deref(), Some("EUR 0.00 (2.00 without signs)"));
        let mut many = Amounts::default();
        (0..20).for_each(|n| many.add(Some(&format!("{n:02}")), Decimal::MAX));
        assert!(money(&many, 0).is_some_and(|words| words.ends_with(", 12 more currencies")));
    }

    #[test]
    fn a_share_is_never_rounded_to_none_or_all() {
        for (fraction, expected) in [
            (0.0, "0 %"),
            (0.000_01, "under 0.1 %"),
            (0.031, "3.1 %"),
            (0.5, "50.0 %"),
            (0.999_9, "over 99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(fraction), expected);
        }
        assert_eq!((chance(0.000_02).as_str(), chance(0.015_6).as_str()), ("below 0.0001", "0.0156"));
    }
}
