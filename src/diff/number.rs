//! Numbers by their texts: equal as decimals of any length, never through a float.

use rust_decimal::Decimal;

use super::text::Digest;
use crate::order::Json;

/// A number taken apart: sign, significant digits, and where the point stands before the first of them.
#[derive(Clone, Copy)]
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// Zeros before the first significant digit.
    zeros: usize,
    /// Significant digits.
    digits: usize,
    /// The exponent of the number written as `0.d…`.
    point: i64,
}

impl<'a> Parts<'a> {
    /// `None` for an exponent that doesn't fit 64 bits.
    fn of(text: &'a str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut parts = Self { negative, whole, fraction, zeros: 0, digits: 0, point: 0 };
        let all = whole.len() + fraction.len();
        let Some(first) = parts.all().position(|digit| digit != b'0') else {
            return Some(Self { negative: false, ..parts });
        };
        let trailing = parts.all().rev().take_while(|digit| *digit == b'0').count();
        parts.zeros = first;
        parts.digits = all - first - trailing;
        let length = i64::try_from(whole.len()).ok()?;
        parts.point = exponent.checked_add(length)?.checked_sub(i64::try_from(first).ok()?)?;
        Some(parts)
    }

    fn all(self) -> impl DoubleEndedIterator<Item = u8> + 'a {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn significant(self) -> impl Iterator<Item = u8> + 'a {
        self.all().skip(self.zeros).take(self.digits)
    }
}

/// Whether two texts of numbers are the same number: 19.9 and 19.90, 1e2 and 100, 0 and -0.
pub(super) fn same(left: &str, right: &str) -> bool {
    left == right
        || Parts::of(left).zip(Parts::of(right)).is_some_and(|(left, right)| {
            left.negative == right.negative
                && left.point == right.point
                && left.digits == right.digits
                && left.significant().eq(right.significant())
        })
}

/// Feeds a number into a digest, the same for all ways to write it.
pub(super) fn digest(text: &str, state: &mut Digest) {
    match Parts::of(text) {
        None => state.text(text),
        Some(parts) => {
            state.byte(u8::from(parts.negative));
            state.number(parts.point.cast_unsigned());
            parts.significant().for_each(|digit| state.byte(digit));
            state.byte(0xff);
        }
    }
}

/// The text of a number, or of a string that is written as JSON writes numbers: `"00123"` and `"1,5"` are none.
pub(super) fn text<'s>(value: &'s Json<'_>) -> Option<&'s str> {
    match value {
        Json::Number(number) => Some(number.text()),
        Json::String(text) if is_number(text) => Some(text),
        _ => None,
    }
}

/// An amount. `None` for what is no number, or has more than 28 digits.
#[must_use]
pub fn decimal(value: &Json<'_>) -> Option<Decimal> {
    let text = text(value)?;
    if text.contains(['e', 'E']) {
        // Where digits would get lost the number is not the one that was written.
        return Decimal::from_scientific(text).ok().filter(|amount| same(&amount.to_string(), text));
    }
    Decimal::from_str_exact(text).ok()
}

/// The grammar of RFC 8259, section 6.
fn is_number(text: &str) -> bool {
    // Most texts are told by how they begin.
    if !matches!(text.as_bytes().first(), Some(b'-' | b'0'..=b'9')) {
        return false;
    }
    let rest = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_in_other_digits() {
        for (left, right, expected) in [
            ("19.9", "19.90", true),
            ("1e2", "100", true),
            ("1E+2", "100.000", true),
            ("0.001", "1e-3", true),
            ("0", "-0.00", true),
            ("0e99", "0", true),
            ("9007199254740993", "9007199254740992", false),
            ("820982911946154508", "820982911946154508.0", true),
            ("1e400", "1e+400", true),
            ("1e400", "1e401", false),
            ("1", "-1", false),
            ("10", "1", false),
            ("101", "110", false),
            ("0.1", "0.01", false),
            ("1e99999999999999999999", "1e99999999999999999998", false),
            ("1e9223372036854775807", "1e9223372036854775807", true),
        ] {
            assert_eq!(same(left, right), expected, "{left} {right}");
            assert_eq!(same(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn texts_are_amounts_only_as_json_writes_them() {
        for (json, expected) in [
            ("19.90", Some("19.90")),
            ("\"19.90\"", Some("19.90")),
            ("\"-1e2\"", Some("-100")),
            ("\"00123\"", None),
            ("\"1,50\"", None),
            ("\" 1\"", None),
            ("\"+1\"", None),
            ("\"1.\"", None),
            ("\"NaN\"", None),
            ("\"\"", None),
            ("1e400", None),
            ("1e-40", None),
            ("0.12345678901234567890123456789", None),
            ("null", None),
            ("[]", None),
        ] {
            let amount = decimal(&Json::parse(json.as_bytes()).unwrap()).map(|amount| amount.to_string());
            assert_eq!(amount.as_deref(), expected, "{json}");
        }
    }
}
