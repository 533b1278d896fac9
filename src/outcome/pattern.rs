//! Patterns for texts that lanes write: error codes, paths of locations.

/// Whether `text` is as `pattern` says: `*` is any text, also none, and case makes no difference in ASCII.
///
/// The last star alone is tried again where the rest does not fit, so that it takes at most the product of both lengths.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.as_bytes(), text.as_bytes());
    // What follows the last star, and the text from where it is to be tried next.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), text.split_first()) {
            (Some((b'*', rest)), _) => {
                again = Some((rest, text));
                pattern = rest;
            }
            (Some((wanted, pattern_rest)), Some((found, text_rest))) if wanted.eq_ignore_ascii_case(found) => {
                (pattern, text) = (pattern_rest, text_rest);
            }
            (None, None) => return true,
            _ => {
                let Some((after_star, [_, from @ ..])) = again else { return false };
                again = Some((after_star, from));
                (pattern, text) = (after_star, from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_case_makes_no_difference() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("VL/045", "vl/045", true),
            ("VL/045", "VL/0455", false),
            ("VL/*", "VL/045", true),
            ("*salesOrder/*", "/services/rest/record/v1/salesorder/18", true),
            ("*/salesOrder/*", "/async/v1/job/123", false),
            ("*/salesOrder/*", "/record/v1/salesOrder", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*ab", "aab", true),
            ("*é", "CAFé", true),
            ("a", "", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern:?} {text:?}");
        }
    }

    #[test]
    fn a_hostile_text_does_not_take_for_ever() {
        let pattern = "*a".repeat(50) + "b";
        assert!(!fits(&pattern, &"a".repeat(100_000)));
    }
}
