//! What a file is, by its content. What it is not is named as well as can be, with what to do instead.

use std::fs::FileType;

use memchr::memmem;

use super::gor::{SEPARATOR, header};
use super::har::members;
use crate::outcome::names;

/// A format of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Our own: one JSON object a line (docs/captures.md).
    Ndjson,
    /// A journal of paritee.
    Journal,
    /// HTTP Archive 1.2, as browsers and proxies write it.
    Har,
    /// GoReplay's file format.
    Gor,
}
names!(Format, "capture format", { Ndjson => "ndjson", Journal => "journal", Har => "har", Gor => "gor" });

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Capture(Format),
    Nothing,
    Other { what: &'static str, remedy: &'static str },
}

const GZIP: &[u8] = b"\x1f\x8b\x08";
const SQLITE: &[u8] = b"SQLite format 3\0";
const MARK: &[u8] = b"\xef\xbb\xbf";
const EXPORT: &str = "give a capture as NDJSON, HAR, GoReplay's .gor or a journal (docs/captures.md)";

/// Files of other kinds, by how they begin, and what to do with them.
const FOREIGN: [(&[u8], &str, &str); 10] = [
    (GZIP, "packed with gzip twice", "unpack it once: gunzip FILE"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it: zstd -d FILE"),
    (b"BZh", "packed with bzip2", "unpack it: bunzip2 FILE"),
    (b"\xfd7zXZ\0", "packed with xz", "unpack it: xz -d FILE"),
    (b"\xd4\xc3\xb2\xa1", PACKETS, PACKETS_TO_GOR),
    (b"\xa1\xb2\xc3\xd4", PACKETS, PACKETS_TO_GOR),
    (b"\x0a\x0d\x0d\x0a", PACKETS, PACKETS_TO_GOR),
    (b"\xff\xfe", "a text in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "a text in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8"),
];
const PACKETS: &str = "a capture of packets";
const PACKETS_TO_GOR: &str =
    "make a .gor of it: gor --input-raw FILE:PORT --input-raw-engine pcap_file --output-file OUT.gor";

/// What is no file, in words, and what to do; `None`: it is one.
pub(super) fn no_file(kind: FileType) -> Option<(&'static str, &'static str)> {
    use std::os::unix::fs::FileTypeExt as _;
    let remedy = "write its content to a file first, and name that";
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some(("a directory", "name the files in it, such as DIRECTORY/*.gor"))
    } else if kind.is_fifo() {
        Some(("a FIFO", remedy))
    } else if kind.is_socket() {
        Some(("a socket", remedy))
    } else {
        Some(("a device", remedy))
    }
}

pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(GZIP)
}

/// What a file that begins with `head` is; `head` is all of it where the file is shorter.
pub(super) fn detect(head: &[u8]) -> Found {
    if head.is_empty() {
        return Found::Nothing;
    }
    if head.starts_with(SQLITE) {
        return Found::Capture(Format::Journal);
    }
    if let Some((_, what, remedy)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Found::Other { what, remedy };
    }
    let text = head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match text.first() {
        None => Found::Nothing,
        Some(b'{') => object(text, line),
        _ if memmem::find(head, SEPARATOR).is_some() => Found::Capture(Format::Gor),
        _ if has_lines(text) => Found::Capture(Format::Ndjson),
        _ if header(line).is_some() => Found::Capture(Format::Gor),
        Some(b'[') => Found::Other { what: "a JSON array", remedy: EXPORT },
        _ if is_binary(head) => Found::Other { what: "binary data of no known kind", remedy: EXPORT },
        _ => Found::Other { what: "a text of no known format", remedy: EXPORT },
    }
}

/// A HAR is one object with the member `log`; a line of NDJSON is one with `version`.
fn object(text: &[u8], line: &[u8]) -> Found {
    if members(line).any(|(name, _)| name == b"version") {
        return Found::Capture(Format::Ndjson);
    }
    if members(text).any(|(name, _)| name == b"log") {
        return Found::Capture(Format::Har);
    }
    if has_lines(text) {
        return Found::Capture(Format::Ndjson);
    }
    Found::Other {
        what: "JSON, but neither a HAR (no `log`) nor NDJSON of captures (no `version` in its lines)",
        remedy: EXPORT,
    }
}

/// Whether any line is one of NDJSON: that the first is broken is no reason to refuse the others.
fn has_lines(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    lines.any(|line| line.starts_with(b"{") && members(line).any(|(name, _)| name == b"version"))
}

/// Whether it holds what no text holds.
fn is_binary(head: &[u8]) -> bool {
    let control = |byte: &u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    head.iter().any(control) || std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_content() {
        let check = |head: &[u8], expected: Result<Format, &str>| {
            let found = match detect(head) {
                Found::Capture(format) => Ok(format),
                Found::Nothing => Err("nothing"),
                Found::Other { what, .. } => Err(what),
            };
            assert_eq!(
                found.map_err(|what| what.split(',').next().unwrap()),
                expected,
                "{:?}",
                head.escape_ascii().to_string()
            );
        };
        check(b"1 932079936fa4306fc308d67588178d17d823647c 1439818823587396305\nGET", Ok(Format::Gor));
        check(b"2 4f4bd5000107fab8d3f1c0ff 1439818823587396305 200\r\nHTTP/1.1", Ok(Format::Gor));
        check("the rest of a record\n🐵🙈🙉\n".as_bytes(), Ok(Format::Gor));
        check(b"{\"version\":1,\"id\":\"a\"}", Ok(Format::Ndjson));
        check(b"\xef\xbb\xbf {\"id\": {\"version\":[1]}, \"version\" : 1", Ok(Format::Ndjson));
        check(b"{\"version\":1,\"body\":\"a long text that is cut", Ok(Format::Ndjson));
        check(b"{\"id\":\"broken\n{\"version\":1}\n", Ok(Format::Ndjson));
        check(b"broken\n{\"version\":1}\n", Ok(Format::Ndjson));
        check(b"{\"log\":{\"version\":\"1.2\"", Ok(Format::Har));
        check(b"\xef\xbb\xbf{\r\n  \"log\": {\r\n    \"version\": \"1.2\"", Ok(Format::Har));
        check(b"{\"comment\":\"\\\"log\\\"\", \"log\":", Ok(Format::Har));
        check(b"SQLite format 3\0...", Ok(Format::Journal));
        check(b"", Err("nothing"));
        check(b" \n\n", Err("nothing"));
        check(b"{}", Err("JSON"));
        check(b"{\"logs\":{\"log\":1}}", Err("JSON"));
        check(b"[{\"version\":1}]", Err("a JSON array"));
        check(b"\x1f\x8b\x08\0", Err("packed with gzip twice"));
        check(b"\xd4\xc3\xb2\xa1\x02\0\x04\0", Err(PACKETS));
        check(b"POST /orders HTTP/1.1\r\n", Err("a text of no known format"));
        check(&[0xde, 0xad, 0xbe, 0xef, 0, 1, 2], Err("binary data of no known kind"));
        check(b"Name,Total\n", Err("a text of no known format"));
    }
}
