//! JSON back to text, and to a digest that is the same for values that mean the same.

use super::number;
use crate::order::{DEPTH_MAX, Json};

/// What stands for all that is nested too deep.
const CUT: char = '…';

const NULL: &str = "null";

/// A value as JSON, numbers as they were written.
pub(super) fn write(value: &Json<'_>) -> String {
    // Room for a scalar and its quotes.
    let mut text = String::with_capacity(value.scalar_text().map_or(0, |text| text.len() + 2));
    put(value, DEPTH_MAX, &mut text);
    text
}

/// How many bytes [`write`] would take.
pub(super) fn bytes(value: &Json<'_>) -> usize {
    bytes_below(value, DEPTH_MAX)
}

fn bytes_below(value: &Json<'_>, depth: usize) -> usize {
    let Some(depth) = depth.checked_sub(1) else {
        return CUT.len_utf8();
    };
    // Brackets, and a comma between any two.
    let around = |count: usize| 2 + count.saturating_sub(1);
    match value {
        Json::Array(items) => around(items.len()) + items.iter().map(|item| bytes_below(item, depth)).sum::<usize>(),
        Json::Object(members) => {
            let all = members.iter().map(|(name, value)| quoted_bytes(name) + 1 + bytes_below(value, depth));
            around(members.len()) + all.sum::<usize>()
        }
        Json::Null => NULL.len(),
        Json::String(string) => quoted_bytes(string),
        Json::Bool(_) | Json::Number(_) => value.scalar_text().unwrap_or_default().len(),
    }
}

fn quoted_bytes(string: &str) -> usize {
    if is_plain(string) {
        return string.len() + 2;
    }
    let mut text = String::new();
    quote(string, &mut text);
    text.len()
}

/// Members as a JSON object, in their order, duplicates included.
pub(super) fn write_members<'s, 'a: 's>(members: impl Iterator<Item = (&'s str, &'s Json<'a>)>) -> String {
    let mut text = "{".to_owned();
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            text.push(',');
        }
        quote(name, &mut text);
        text.push(':');
        put(value, DEPTH_MAX, &mut text);
    }
    text.push('}');
    text
}

fn put(value: &Json<'_>, depth: usize, text: &mut String) {
    let Some(depth) = depth.checked_sub(1) else {
        return text.push(CUT);
    };
    match value {
        Json::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                put(item, depth, text);
            }
            text.push(']');
        }
        Json::Object(members) => {
            text.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                quote(name, text);
                text.push(':');
                put(member, depth, text);
            }
            text.push('}');
        }
        Json::Null => text.push_str(NULL),
        Json::String(string) => quote(string, text),
        Json::Bool(_) | Json::Number(_) => text.push_str(value.scalar_text().unwrap_or_default()),
    }
}

fn quote(string: &str, text: &mut String) {
    if is_plain(string) {
        text.push('"');
        text.push_str(string);
        return text.push('"');
    }
    // A string can't fail to be written; the fallback keeps the text honest all the same.
    text.push_str(&serde_json::to_string(string).unwrap_or_else(|_| "\"…\"".to_owned()));
}

/// Whether a string needs no escapes.
fn is_plain(string: &str) -> bool {
    string.bytes().all(|byte| byte >= 0x20 && !matches!(byte, b'"' | b'\\'))
}

/// A digest that doesn't depend on how numbers are written nor on the order of members. Equal digests suggest a
/// pair, they never decide that two values are the same. Takes one of `effort` for each value; `None` once that is used up.
pub(super) fn digest(value: &Json<'_>, effort: &mut usize) -> Option<u64> {
    let mut state = Digest::new();
    feed(value, DEPTH_MAX, effort, &mut state)?;
    Some(state.end())
}

fn feed(value: &Json<'_>, depth: usize, effort: &mut usize, state: &mut Digest) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    *effort = effort.checked_sub(1)?;
    match value {
        Json::Null => state.byte(0),
        Json::Bool(bool) => state.byte(1 + u8::from(*bool)),
        Json::Number(number) => {
            state.byte(3);
            number::digest(number.text(), state);
        }
        Json::String(text) => {
            state.byte(4);
            state.text(text);
        }
        Json::Array(items) => {
            state.byte(5);
            items.iter().try_for_each(|item| feed(item, depth, effort, state))?;
            state.byte(6);
        }
        Json::Object(members) => {
            state.byte(7);
            let mut sum = 0_u64;
            for (name, member) in members {
                let mut own = Digest::new();
                own.text(name);
                feed(member, depth, effort, &mut own)?;
                sum = sum.wrapping_add(own.end());
            }
            state.number(sum);
        }
    }
    Some(())
}

/// FNV-1a with the last mix of MurmurHash3. The standard library's hash may change from one version to the
/// next, and with it which of several equally good pairs a report shows.
pub(super) struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(super) const fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
    }

    pub(super) fn number(&mut self, number: u64) {
        number.to_le_bytes().into_iter().for_each(|byte| self.byte(byte));
    }

    /// A text and an end that no text in UTF-8 has.
    pub(super) fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.byte(byte));
        self.byte(0xff);
    }

    const fn end(&self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^ (mixed >> 33)
    }
}

/// How many scalars and empty containers a value has, counted up to `most`.
pub(super) fn leaves(value: &Json<'_>, most: u32) -> u32 {
    leaves_below(value, most, DEPTH_MAX)
}

fn leaves_below(value: &Json<'_>, most: u32, depth: usize) -> u32 {
    let Some(depth) = depth.checked_sub(1) else {
        return 1;
    };
    let mut count = 0;
    let mut add = |child: &Json<'_>| {
        count += if count < most { leaves_below(child, most - count, depth) } else { 0 };
        count < most
    };
    match value {
        Json::Array(items) => drop(items.iter().all(&mut add)),
        Json::Object(members) => drop(members.iter().all(|(_, member)| add(member))),
        _ => {}
    }
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_as_many_bytes_as_it_is_said_to_have() {
        let deep = format!("{}1{}", "[".repeat(DEPTH_MAX - 1), "]".repeat(DEPTH_MAX - 1));
        for text in [
            "null",
            "true",
            "-1.50",
            r#""é""#,
            r#""a\"\\\u0001""#,
            "[]",
            "{}",
            r#"[1,"a",[2]]"#,
            r#"{"a\n":1,"b":{}}"#,
            &deep,
        ] {
            let json = Json::parse(text.as_bytes()).unwrap();
            assert_eq!(bytes(&json), write(&json).len(), "{text}");
            let nested = Json::Array(vec![Json::Array(vec![json])]);
            assert_eq!(bytes(&nested), write(&nested).len(), "{text}");
        }
    }
}
