//! The framing of chunked bodies. Line ends may be LF alone.

/// The longest line of a chunk's size, with extensions, and of a trailer.
const CHUNK_LINE_BYTES_MAX: usize = 8 << 10;

/// What comes of walking over chunks.
pub(super) enum Chunks {
    /// They end behind so many bytes, trailers included.
    Whole { bytes: usize, has_trailers: bool },
    /// There is more to come.
    Short,
    /// They are none.
    Broken,
}

/// Walks over the chunks of a body (RFC 9112, 7.1).
pub(super) fn chunks<'a>(bytes: &'a [u8], mut see: impl FnMut(&'a [u8])) -> Chunks {
    let mut at = 0;
    loop {
        let Some(line) = line(bytes, at) else { return unended(bytes, at) };
        let Some(size) = chunk_size(line) else { return Chunks::Broken };
        at += line.len() + 1;
        if size == 0 {
            return trailers(bytes, at);
        }
        let Some(end) = at.checked_add(size) else { return Chunks::Broken };
        let Some(chunk) = bytes.get(at..end) else { return Chunks::Short };
        see(chunk);
        at = end
            + match bytes.get(end..).unwrap_or_default() {
                [b'\r', b'\n', ..] => 2,
                [b'\n', ..] => 1,
                [] | [b'\r'] => return Chunks::Short,
                _ => return Chunks::Broken,
            };
    }
}

fn trailers(bytes: &[u8], from: usize) -> Chunks {
    let mut at = from;
    loop {
        let Some(line) = line(bytes, at) else { return unended(bytes, at) };
        at += line.len() + 1;
        if matches!(line, b"" | b"\r") {
            return Chunks::Whole { bytes: at, has_trailers: at - line.len() - 1 > from };
        }
    }
}

fn unended(bytes: &[u8], at: usize) -> Chunks {
    if bytes.len() - at.min(bytes.len()) > CHUNK_LINE_BYTES_MAX { Chunks::Broken } else { Chunks::Short }
}

/// The line at a place, without its LF.
fn line(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at..)?;
    let rest = rest.get(..CHUNK_LINE_BYTES_MAX).unwrap_or(rest);
    rest.get(..memchr::memchr(b'\n', rest)?)
}

fn chunk_size(line: &[u8]) -> Option<usize> {
    let size = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let is_hex = (1..=15).contains(&size.len()) && size.iter().all(u8::is_ascii_hexdigit);
    usize::from_str_radix(std::str::from_utf8(size).ok().filter(|_| is_hex)?, 16).ok()
}
