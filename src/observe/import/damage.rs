//! What spreadsheets and data frames do to keys and numbers: recognised, so that no damaged key pairs with another
//! order or with none.

/// The text of a cell without what keeps spreadsheets from reading it as a number: a leading apostrophe, or `="…"`.
/// The second value says whether something was taken off.
pub(super) fn unwrapped(cell: &str) -> (&str, bool) {
    let cell = cell.trim();
    let formula = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    match formula.or_else(|| cell.strip_prefix('\'').filter(|rest| !rest.is_empty())) {
        Some(inner) => (inner.trim(), true),
        None => (cell, false),
    }
}

/// Whether a text is what remains of a number that a program took for a quantity: `8.20983E+17`, `1e5`, `1001.0`, or
/// an error in place of a value.
pub(super) fn is_damaged(text: &str) -> bool {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_hashes = text.len() > 1 && text.bytes().all(|byte| byte == b'#');
    let is_error = text.starts_with('#') && text.ends_with(['!', '?']) || text == "#N/A";
    let has_exponent = body.split_once(['e', 'E']).is_some_and(|(mantissa, exponent)| {
        is_number(mantissa) && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
    });
    let has_fraction = body.split_once(['.', ',']).is_some_and(|(whole, fraction)| {
        is_digits(whole) && is_digits(fraction) && fraction.bytes().all(|byte| byte == b'0')
    });
    is_hashes || is_error || has_exponent || has_fraction || matches!(text, "NaN" | "nan" | "inf")
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    is_digits(whole) && is_digits(fraction)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_taken_off() {
        for (cell, expected) in [
            (" 1001 ", ("1001", false)),
            ("=\"00123\"", ("00123", true)),
            ("'00123", ("00123", true)),
            ("'", ("'", false)),
            ("=1+1", ("=1+1", false)),
        ] {
            assert_eq!(unwrapped(cell), expected);
        }
    }

    #[test]
    fn damage_is_recognised_and_keys_are_not() {
        for text in [
            "8.20983E+17",
            "8,20983E+17",
            "1e5",
            "1E5",
            "-1.5e-3",
            "1001.0",
            "1001,00",
            "#REF!",
            "#N/A",
            "#####",
            "nan",
        ] {
            assert!(is_damaged(text), "{text}");
        }
        for text in
            ["#1001", "#", "E5", "1e", "5E-x", "SO-1.0", "1001.1", "820982911946154508", "1.2.0", "shopify-1e5", ""]
        {
            assert!(!is_damaged(text), "{text}");
        }
    }
}
