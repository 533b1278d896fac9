//! Where a JSON value ends, found by its brackets and quotes alone, piece by piece. Whether it is JSON is seen when it is read.

/// A walk over one JSON value, of which not all need be in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::replay::formats) struct Extent {
    depth: u32,
    is_in_string: bool,
    is_escaped: bool,
    /// Whether it began with a bracket, and so ends with one.
    began: bool,
    is_scalar: bool,
}

impl Extent {
    /// Goes on over `bytes`, which follow those before; how many of them belong to the value, where it ends in them. A number
    /// or a word ends where a comma, a bracket or white space follows.
    pub(in crate::replay::formats) fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            if self.is_in_string {
                at += self.string(bytes.get(at..).unwrap_or_default());
                if !self.is_in_string && self.depth == 0 {
                    return Some(at);
                }
                continue;
            }
            match bytes.get(at).copied().unwrap_or_default() {
                b'"' if !self.is_scalar => self.is_in_string = true,
                b'{' | b'[' if !self.is_scalar => self.depth = self.depth.saturating_add(1),
                b'}' | b']' if self.depth == 0 => return Some(at),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                b',' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 && self.began => return Some(at),
                _ => self.is_scalar = self.depth == 0,
            }
            self.began = true;
            at += 1;
        }
        None
    }

    /// Whether it is a number or a word, which ends with the file.
    pub(in crate::replay::formats) const fn is_scalar(self) -> bool {
        self.is_scalar
    }

    /// Goes on inside a string; tells how many bytes that were.
    fn string(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.is_escaped {
                self.is_escaped = false;
                at += 1;
                continue;
            }
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else { return bytes.len() };
            at += length + 1;
            if rest.get(length) == Some(&b'"') {
                self.is_in_string = false;
                return at;
            }
            self.is_escaped = true;
        }
        at
    }
}

/// The outermost members of an object that may be cut off or broken, names and values as they are written.
pub(in crate::replay::formats) fn members(object: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = object.get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        let from = memchr::memchr(b'"', rest)?;
        let name = rest.get(from + 1..)?;
        let length = memchr::memchr(b'"', name)?;
        let value = name.get(length + 1..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        let end = Extent::default().feed(value).unwrap_or(value.len());
        let (value, behind) = value.split_at_checked(end)?;
        rest = behind;
        Some((name.get(..length)?, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_it_ends_however_it_is_cut() {
        for (text, length) in [
            (r#"{"a":[1,{"b":"}\"]"}]} ,"#, Some(22)),
            (r#""a\\" ,"#, Some(5)),
            (r#""a\"","#, Some(5)),
            ("12.5,", Some(4)),
            ("null}", Some(4)),
            ("true ", Some(4)),
            ("[]]", Some(2)),
            ("]", Some(0)),
            ("12", None),
            (r#"{"a":1"#, None),
            (r#""a"#, None),
        ] {
            assert_eq!(Extent::default().feed(text.as_bytes()), length, "{text}");
            for cut in 0..text.len() {
                let mut extent = Extent::default();
                let (left, right) = text.as_bytes().split_at(cut);
                let found = extent.feed(left).or_else(|| extent.feed(right).map(|length| length + cut));
                assert_eq!(found, length, "{text} cut at {cut}");
            }
        }
    }
}
