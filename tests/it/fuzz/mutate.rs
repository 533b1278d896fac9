//! Mutations of an input: of its bytes, and of JSON in it as JSON, so that not every one ends at the first comma. One seed gives
//! one input, on every machine.

use fastrand::Rng;
use serde_json::Value;

/// Longest input, in bytes. What takes longer for its length shows at this one already.
const BYTES_MAX: usize = 48 << 10;

/// Texts that readers look for, or stumble over.
const WORDS: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "\r\n",
    "\n\n",
    "\r\n\r\n",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "🐵🙈🙉\n",
    "Content-Length: ",
    "Transfer-Encoding: chunked\r\n",
    "HTTP/1.1 200 OK\r\n",
    "POST / HTTP/1.1\r\n",
    "1 a1 1 1\n",
    "\"log\":",
    "\"entries\":[",
    "\"body_base64\":",
    "\"specversion\":\"1.0\"",
    "[[",
    "]]",
    "=",
    "'''",
    "\"\"\"",
    "#",
    "[lane.gated]\n",
    "env:",
    "://",
    "%00",
    "~2",
    "$..*",
];

/// Numbers at the edges of what machines hold.
const NUMBERS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "9007199254740993",
    "-9223372036854775809",
    "18446744073709551616",
    "1e400",
    "-0.0",
    "1e-400",
    "0.1",
    "4294967296",
    "253402300800",
    "00",
    "1.",
    "NaN",
    "99999999999999999999999999999999999999999999999999",
];

/// An input made of one of the corpus, with another one at hand.
pub(super) fn mutated(rng: &mut Rng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    if rng.bool()
        && let Some(json) = as_json(rng, &bytes)
    {
        bytes = json;
    }
    for _ in 0..rng.usize(0..5) {
        step(rng, &mut bytes, other);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

/// One mutation of bytes.
fn step(rng: &mut Rng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = rng.usize(0..=bytes.len());
    let end = (at + 1 + rng.usize(0..64)).min(bytes.len());
    match rng.u8(0..11) {
        0 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(0..8),
        1 if at < bytes.len() => bytes[at] = rng.u8(..),
        2 => insert(bytes, at, &[rng.u8(..)]),
        3 => insert(bytes, at, WORDS[rng.usize(0..WORDS.len())].as_bytes()),
        4 => insert(bytes, at, NUMBERS[rng.usize(0..NUMBERS.len())].as_bytes()),
        5 if at < end => drop(bytes.drain(at..end)),
        6 if at < end => {
            let piece = bytes[at..end].to_vec();
            let to = rng.usize(0..=bytes.len());
            insert(bytes, to, &piece.repeat(1 + rng.usize(0..4)));
        }
        7 => {
            let from = rng.usize(0..=other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        8 => bytes.truncate(at),
        9 => {
            let opening = ["[", "{\"a\":", "{a.a=", "("][rng.usize(0..4)];
            insert(bytes, at, opening.repeat(rng.usize(1..3_000)).as_bytes());
        }
        10 if at < bytes.len() => number(rng, bytes, at),
        _ => {}
    }
}

/// Puts a number in the place of the next one.
fn number(rng: &mut Rng, bytes: &mut Vec<u8>, at: usize) {
    let Some(begin) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
    let digits = bytes[begin..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = NUMBERS[rng.usize(0..NUMBERS.len())].bytes();
    drop(bytes.splice(begin..begin + digits, number));
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    drop(bytes.splice(at..at, piece.iter().copied()));
}

/// A line of the input, or all of it, altered as JSON; `None` where that is none.
fn as_json(rng: &mut Rng, bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines: Vec<&str> = text.lines().collect();
    let whole = serde_json::from_str::<Value>(text).ok();
    let (line, mut value) = match whole {
        Some(value) => (None, value),
        None => {
            let line = rng.usize(0..lines.len().max(1));
            (Some(line), serde_json::from_str(lines.get(line)?).ok()?)
        }
    };
    for _ in 0..rng.usize(1..4) {
        alter(rng, &mut value, 0);
    }
    let altered = value.to_string();
    Some(match line {
        None => altered.into_bytes(),
        Some(line) => {
            lines[line] = &altered;
            lines.join("\n").into_bytes()
        }
    })
}

/// Alters a value, or something in it.
fn alter(rng: &mut Rng, value: &mut Value, depth: usize) {
    let deeper = depth < 12 && rng.u8(0..4) > 0;
    match value {
        Value::Array(items) if deeper && !items.is_empty() => {
            let at = rng.usize(0..items.len());
            match rng.u8(0..4) {
                0 => drop(items.remove(at)),
                1 => items.insert(at, items[at].clone()),
                2 => items.reverse(),
                _ => alter(rng, &mut items[at], depth + 1),
            }
        }
        Value::Object(members) if deeper && !members.is_empty() => {
            let name = members.keys().nth(rng.usize(0..members.len())).cloned().unwrap_or_default();
            match rng.u8(0..4) {
                0 => drop(members.remove(&name)),
                1 => {
                    let value = members[&name].clone();
                    members.insert(format!("{name}{}", rng.u8(0..3)), value);
                }
                _ => alter(rng, members.get_mut(&name).unwrap(), depth + 1),
            }
        }
        value => *value = another(rng, value),
    }
}

/// Something else in place of a value, mostly of the same kind.
fn another(rng: &mut Rng, value: &Value) -> Value {
    match (rng.u8(0..8), value) {
        (0, _) => Value::Null,
        (1, value) => Value::Array(vec![value.clone()]),
        (2, value) => serde_json::json!({ "a": value }),
        (3, _) => Value::Bool(rng.bool()),
        (4, Value::String(text)) => Value::String(format!("{text}{}", WORDS[rng.usize(0..WORDS.len())])),
        (5, Value::String(text)) => Value::String(text.chars().rev().collect()),
        (_, Value::Number(_)) => Value::from(rng.i64(..)),
        _ => Value::String(NUMBERS[rng.usize(0..NUMBERS.len())].to_owned()),
    }
}
