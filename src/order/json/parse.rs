//! The parser behind [`Json`]: recursive descent, strict RFC 8259, depth bounded.

use std::borrow::Cow;

#[cfg(target_arch = "x86_64")]
use memchr::arch::x86_64::sse2::memchr::Two;

use super::{DEPTH_MAX, Json, JsonError, Number};

pub(super) type Parsed<T> = Result<T, JsonError>;

/// The members of an object, as [`Json`] has them.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// Bytes that most strings with an escape in them don't exceed.
const ESCAPED_BYTES: usize = 64;

/// Members that an object is given room for at first: so many that few need more, the outermost one twice as many.
pub(super) const MEMBERS: usize = 16;

/// Where a member is to stand. A constant is written there at once; what is put together first is written twice, and read between
/// before it has arrived.
pub(super) const ROOM: (Cow<'static, str>, Json<'static>) = (Cow::Borrowed(""), NOTHING);

/// The same for an element.
pub(super) const NOTHING: Json<'static> = Json::Null;

/// Reads exactly one value, with white space around it.
pub(super) fn document(bytes: &[u8]) -> Parsed<Json<'_>> {
    let mut parser = Parser::new(bytes)?;
    let mut value = Json::Null;
    parser.value(0, &mut value)?;
    parser.end()?;
    Ok(value)
}

pub(super) struct Parser<'a> {
    text: &'a str,
    pub(super) at: usize,
    /// Whether there are no control characters anywhere, as in a text of one line: then none has to be looked for in strings.
    is_plain: bool,
}

impl<'a> Parser<'a> {
    /// At the first value of a text in UTF-8, behind a byte order mark and white space.
    pub(super) fn new(bytes: &'a [u8]) -> Parsed<Self> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| JsonError { offset: error.valid_up_to(), reason: "invalid UTF-8" })?;
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        // All bytes are looked at together, which takes less than to stop at the first.
        let is_plain = !bytes.iter().fold(false, |found, byte| found | (*byte < b' '));
        let mut parser = Self { text, at, is_plain };
        parser.skip_space();
        Ok(parser)
    }

    /// Only white space may follow the value.
    pub(super) fn end(&mut self) -> Parsed<()> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("something follows the value")),
        }
    }

    const fn error(&self, reason: &'static str) -> JsonError {
        JsonError { offset: self.at, reason }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        // Mostly there is none.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_spaces();
        }
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    pub(super) fn slice(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    /// Reads a value to where it is to stand. Handed over from call to call, it would be moved as often, which takes longer
    /// than to read it.
    pub(super) fn value(&mut self, depth: usize, to: &mut Json<'a>) -> Parsed<()> {
        // Each written where it is to stand: one assignment for all would gather them elsewhere first.
        match self.peek() {
            None => return Err(self.error("the text ends where a value is expected")),
            Some(b'{') => *to = Json::Object(self.object(depth + 1)?),
            Some(b'[') => *to = Json::Array(self.array(depth + 1)?),
            Some(b'"') => match self.plain_string() {
                Some(text) => *to = Json::String(Cow::Borrowed(text)),
                None => *to = Json::String(Cow::Owned(self.string()?)),
            },
            Some(b'-' | b'0'..=b'9') => {
                let from = self.at;
                self.number()?;
                *to = Json::Number(Number { text: self.slice(from) });
            }
            Some(_) => *to = self.literal()?,
        }
        Ok(())
    }

    pub(super) fn literal(&mut self) -> Parsed<Json<'a>> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let (length, value) = match rest {
            [b'n', b'u', b'l', b'l', ..] => (4, Json::Null),
            [b't', b'r', b'u', b'e', ..] => (4, Json::Bool(true)),
            [b'f', b'a', b'l', b's', b'e', ..] => (5, Json::Bool(false)),
            _ => return Err(self.error("a value is expected")),
        };
        self.at += length;
        Ok(value)
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Parsed<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        match self.digits() {
            0 => return Err(self.error("a digit is expected")),
            2.. if leading_zero => return Err(self.error("a number has a leading zero")),
            _ => {}
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.error("a digit is expected after the point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error("a digit is expected in the exponent"));
            }
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Parsed<Vec<Json<'a>>> {
        self.open(depth)?;
        let mut items = Vec::new();
        if self.close(b']') {
            return Ok(items);
        }
        loop {
            self.skip_space();
            self.value(depth, items.push_mut(NOTHING))?;
            if !self.goes_on(b']')? {
                return Ok(items);
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Members<'a>> {
        self.open(depth)?;
        if self.close(b'}') {
            return Ok(Vec::new());
        }
        let mut members = Vec::with_capacity(if depth == 1 { 2 * MEMBERS } else { MEMBERS });
        loop {
            let (name, value) = members.push_mut(ROOM);
            self.name(name)?;
            self.value(depth, value)?;
            if !self.goes_on(b'}')? {
                return Ok(members);
            }
        }
    }

    /// A member's name and the colon, up to its value.
    pub(super) fn name(&mut self, to: &mut Cow<'a, str>) -> Parsed<()> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.error("a member name is expected"));
        }
        *to = match self.plain_string() {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(self.string()?),
        };
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.error("a colon is expected"));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    pub(super) fn open(&mut self, depth: usize) -> Parsed<()> {
        if depth > DEPTH_MAX {
            return Err(self.error("nested too deep"));
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn close(&mut self, end: u8) -> bool {
        self.skip_space();
        let closes = self.peek() == Some(end);
        if closes {
            self.at += 1;
        }
        closes
    }

    /// Whether a comma follows an element or a member, or the closing bracket.
    pub(super) fn goes_on(&mut self, end: u8) -> Parsed<bool> {
        self.skip_space();
        let found = self.peek();
        if found != Some(b',') && found != Some(end) {
            return Err(self.error("a comma or the closing bracket is expected"));
        }
        self.at += 1;
        Ok(found == Some(b','))
    }

    /// Reads a string that holds no escape; `None`, and nothing is read, where it holds any or has no end.
    fn plain_string(&mut self) -> Option<&'a str> {
        let from = self.at + 1;
        let rest = self.text.as_bytes().get(from..)?;
        let length = self.plain_bytes(rest);
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        self.at = from + length + 1;
        self.text.get(from..from + length)
    }

    /// Reads any string.
    fn string(&mut self) -> Parsed<String> {
        self.at += 1;
        let mut text = String::with_capacity(ESCAPED_BYTES);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => {
                    let from = self.at;
                    self.plain()?;
                    text.push_str(self.slice(from));
                }
            }
        }
    }

    /// Moves to the next quote or backslash.
    fn plain(&mut self) -> Parsed<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let length = self.plain_bytes(rest);
        self.at += length;
        match rest.get(length) {
            None => Err(self.error("the text ends inside a string")),
            Some(b'"' | b'\\') => Ok(()),
            Some(_) => Err(self.error("a control character inside a string")),
        }
    }

    /// How many bytes of the rest there are before a quote, a backslash or a control character.
    fn plain_bytes(&self, rest: &[u8]) -> usize {
        if self.is_plain { bytes_to_quote(rest) } else { plain_bytes(rest) }
    }

    fn escape(&mut self) -> Parsed<char> {
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.error("an unknown escape"));
            }
        })
    }

    /// Four hex digits, and the second half where they are the first of a surrogate pair.
    fn unicode(&mut self) -> Parsed<char> {
        let first = self.hex4()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.error("no character"));
        }
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if first >= 0xdc00 || !rest.starts_with(b"\\u") {
            return Err(self.error("half a surrogate pair"));
        }
        self.at += 2;
        let second = self.hex4()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(self.error("half a surrogate pair"));
        }
        let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        char::from_u32(code).ok_or_else(|| self.error("no character"))
    }

    fn hex4(&mut self) -> Parsed<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let mut code = 0;
        for digit in digits {
            let digit = char::from(*digit).to_digit(16).ok_or_else(|| self.error("a hex digit is expected"))?;
            code = code * 16 + digit;
        }
        if digits.len() < 4 {
            return Err(self.error("four hex digits are expected"));
        }
        self.at += 4;
        Ok(code)
    }
}

/// How many bytes there are before a quote or a backslash. SSE2, which every x86-64 has, is called without a detour: most names
/// and values end within its first sixteen bytes.
#[cfg(target_arch = "x86_64")]
fn bytes_to_quote(bytes: &[u8]) -> usize {
    let found = match Two::new(b'"', b'\\') {
        Some(two) => two.find(bytes),
        None => memchr::memchr2(b'"', b'\\', bytes),
    };
    found.unwrap_or(bytes.len())
}

/// The same where there are no control characters.
#[cfg(not(target_arch = "x86_64"))]
fn bytes_to_quote(bytes: &[u8]) -> usize {
    plain_bytes(bytes)
}

/// How many bytes there are before a quote, a backslash or a control character, eight of them looked at together.
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGHS: u64 = ONES << 7;
    // The highest bit of each byte that is zero; above the first such byte others may be marked in vain.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, tail) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let ends = control | zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if ends != 0 {
            return place * 8 + ends.trailing_zeros() as usize / 8;
        }
    }
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    words.len() * 8 + tail.iter().position(ends).unwrap_or(tail.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same value in `serde_json`'s terms, numbers by their f64, the last duplicate winning.
    fn to_serde(json: &Json<'_>) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(number) => serde_json::from_str(number.text()).unwrap(),
            Json::String(text) => text.as_ref().into(),
            Json::Array(items) => items.iter().map(to_serde).collect(),
            Json::Object(members) => members.iter().map(|(name, value)| (name.to_string(), to_serde(value))).collect(),
        }
    }

    fn agrees_with_oracle(bytes: &[u8]) {
        let oracle = serde_json::from_slice::<serde_json::Value>(bytes);
        match (document(bytes), oracle) {
            (Ok(ours), Ok(theirs)) => assert_eq!(to_serde(&ours), theirs),
            (Err(_), Err(_)) => {}
            // A number too large for f64 is an error there, and evidence here.
            (Ok(_), Err(error)) if error.to_string().contains("out of range") => {}
            (ours, theirs) => panic!("{:?}: {ours:?} but {theirs:?}", String::from_utf8_lossy(bytes)),
        }
    }

    #[test]
    fn agrees_with_serde_json_on_known_traps() {
        for text in [
            "",
            " ",
            "null",
            "nul",
            "01",
            "-",
            "-0",
            "1.",
            "1.0",
            "1e5",
            "1E+5",
            "1e",
            ".5",
            "1e400",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{}",
            "{,}",
            r#"{"a":1,}"#,
            r#"{"a" 1}"#,
            r#"{a:1}"#,
            r#"{"a":1,"a":2}"#,
            r#""\u00e9""#,
            r#""\ud83d\ude00""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83dx""#,
            r#""\x""#,
            "\"a\nb\"",
            "\"\u{7f}\"",
            "\"abc",
            "[[]",
            "[]]",
            "tru",
            "truefalse",
            "\u{a0}1",
            "\"\\",
            "\"\\u12\"",
            "\t[ 1 , 2 ]\r\n",
        ] {
            agrees_with_oracle(text.as_bytes());
        }
        agrees_with_oracle(b"\"\xff\"");
    }

    #[test]
    fn strings_end_where_they_end_however_they_lie() {
        let naive = |bytes: &[u8]| bytes.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
        // Neighbours of what ends a string, and bytes with their highest bit set.
        let all = [0, 1, 0x1f, 0x20, 0x21, b'"', 0x23, 0x5b, b'\\', 0x5d, 0x7f, 0x80, 0x9f, 0xa0, 0xa2, 0xdc, 0xff];
        for length in 0..40 {
            for place in 0..length {
                for byte in all {
                    let mut text = vec![b'a'; length];
                    text[place] = byte;
                    assert_eq!(plain_bytes(&text), naive(&text), "{byte:#x} at {place} of {length}");
                    if byte >= b' ' {
                        assert_eq!(bytes_to_quote(&text), naive(&text), "{byte:#x} at {place} of {length}");
                    }
                    text.fill(byte);
                    text[place] = b'"';
                    assert_eq!(plain_bytes(&text), naive(&text), "a quote at {place} of {length} {byte:#x}");
                }
            }
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(document(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(document(nested(DEPTH_MAX + 1).as_bytes()).unwrap_err().reason, "nested too deep");
        assert!(document("[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(document("\u{feff}1".as_bytes()).unwrap(), document(b"1").unwrap());
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_on_json_like_text(text in r#"([\[\]{}:, "\\a-f0-9eEu.+\-]|true|null|"a"|"b":|\\u[0-9a-f]{4}){0,24}"#) {
            agrees_with_oracle(text.as_bytes());
        }

        #[test]
        fn agrees_with_serde_json_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..32)) {
            agrees_with_oracle(&bytes);
        }
    }
}
