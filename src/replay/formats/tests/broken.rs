//! No bytes make a reader panic, loop or forget: files of every format are cut, altered and glued, and what is read of them
//! still adds up. What the damage doesn't touch is read as before.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::files::{GOR, NDJSON};
use super::*;

/// Requests and answers of all kinds, each order with its number.
fn gor(pieces: u32) -> Vec<Vec<u8>> {
    let piece = |number: u32| {
        let body = format!("{{\"id\":{number},\"name\":\"Ada Example\"}}");
        let text = match number % 4 {
            0 => GOR.replace("a1", &format!("a{number}")),
            1 => format!(
                "1 b{number} 1795197600000000000\nPOST /orders/{number} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n\n🐵🙈🙉\n",
                body.len()
            ),
            2 => format!(
                "2 a{} 1795197600100000000 9\nHTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}\n🐵🙈🙉\n",
                number - 2,
                body.len()
            ),
            _ => format!(
                "1 c{number} 1795197600000000000 0\nPOST /orders/{number} HTTP/1.1\nContent-Length: {}\n\n{body}\n🐵🙈🙉\n",
                body.len()
            ),
        };
        text.into_bytes()
    };
    (0..pieces).map(piece).collect()
}

fn ndjson(lines: u32) -> Vec<Vec<u8>> {
    (0..lines).map(|number| NDJSON.replace("/orders", &format!("/orders/{number}")).into_bytes()).collect()
}

fn har(entries: u32) -> Vec<Vec<u8>> {
    let entry = |number: u32| {
        format!(
            "{{\"startedDateTime\":\"2026-11-20T18:00:00Z\",\"request\":{{\"method\":\"POST\",\"url\":\"http://a/orders/{number}\",\"headers\":[{{\"name\":\"A\",\"value\":\"b\"}}],\"postData\":{{\"text\":\"{{\\\"id\\\":1}}\"}}}},\"response\":{{\"status\":200,\"headers\":[],\"content\":{{\"size\":2,\"text\":\"{{}}\"}}}}}}"
        )
    };
    let mut pieces = vec![b"{\"log\":{\"version\":\"1.2\",\"entries\":[".to_vec()];
    pieces.extend(
        (0..entries).map(|number| format!("{}{}", if number == 0 { "" } else { "," }, entry(number)).into_bytes()),
    );
    pieces.push(b"]}}".to_vec());
    pieces
}

fn packed(pieces: &[Vec<u8>]) -> Vec<u8> {
    let member = |piece: &Vec<u8>| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(piece).unwrap();
        encoder.finish().unwrap()
    };
    pieces.iter().flat_map(member).collect()
}

/// Reads what may be no capture at all; what is read must add up.
fn survives(file: &[u8], options: &Options) -> Vec<Record> {
    let input = Box::new(Cursor::new(file.to_vec()));
    let Ok(mut capture) = CaptureFile::from_reader("orders".as_ref(), input, options) else { return Vec::new() };
    let read: Result<Vec<Record>, CaptureError> = capture.by_ref().collect();
    // Strict reading stops in the middle of a piece.
    let Ok(records) = read else { return Vec::new() };
    assert_adds_up(&records, capture.tally());
    records
}

/// A damage: bytes at a place, put in place of others.
#[derive(Clone, Debug)]
struct Damage {
    at: Index,
    gone: usize,
    put: Vec<u8>,
}

impl Damage {
    /// Applies it; where it begins and ends in the file before.
    fn apply(&self, file: &mut Vec<u8>) -> (usize, usize) {
        let from = self.at.index(file.len());
        let to = (from + self.gone).min(file.len());
        file.splice(from..to, self.put.iter().copied());
        (from, to)
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let telling = select(vec![
        b"\n".as_slice(),
        b"\r",
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"]",
        b",",
        b"0",
        b"9",
        b" ",
        b"\0",
        b"\xff",
        b"\n1 x 5 0\n",
        "\n🐵🙈🙉\n".as_bytes(),
        b"\x1f\x8b\x08\0",
    ]);
    let put = prop_oneof![telling.prop_map(<[u8]>::to_vec), vec(any::<u8>(), 0..6)];
    (any::<Index>(), 0_usize..6, put).prop_map(|(at, gone, put)| Damage { at, gone, put })
}

fn names(records: &[Record]) -> Vec<(String, Bytes)> {
    records.iter().map(|record| (record.target.clone(), record.body.clone())).collect()
}

/// The pieces of a file that a damage doesn't touch, nor its neighbours.
fn untouched(pieces: &[Vec<u8>], (from, to): (usize, usize)) -> (Vec<u8>, Vec<u8>) {
    let ends: Vec<usize> = pieces
        .iter()
        .scan(0, |at, piece| {
            *at += piece.len();
            Some(*at)
        })
        .collect();
    let first = ends.iter().position(|end| *end > from).unwrap_or(pieces.len());
    let last = ends.iter().position(|end| *end >= to).unwrap_or(pieces.len());
    let before = pieces[..first.saturating_sub(1)].concat();
    let after = pieces[(last + 2).min(pieces.len())..].concat();
    (before, after)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_read_and_add_up(
        make in select(vec![gor as fn(u32) -> Vec<Vec<u8>>, ndjson, har]), damages in vec(damage(), 0..4), cut in option_of_index(), is_packed: bool,
        options in select(vec![Options::default(), STRICT, Options { record_bytes_max: 150, ..Options::default() }]),
    ) {
        let pieces = make(6);
        let mut file = if is_packed { packed(&pieces) } else { pieces.concat() };
        damages.iter().for_each(|damage| _ = damage.apply(&mut file));
        file.truncate(cut.map_or(file.len(), |cut| cut.index(file.len() + 1)));
        survives(&file, &options);
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        head in select(vec![b"".as_slice(), b"{\"log\":{\"entries\":[", b"{\"version\":1}\n", b"1 a 5 0\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"\x1f\x8b\x08\0\0\0\0\0\0\0"]),
        bytes in vec(any::<u8>(), 0..200),
    ) {
        survives(&[head, &bytes].concat(), &Options::default());
    }

    /// Of lines and of records, one that is damaged harms itself and at most its neighbours; a file that then seems to be of
    /// another kind is refused.
    #[test]
    fn what_the_damage_does_not_touch_is_read_as_before(make in select(vec![gor as fn(u32) -> Vec<Vec<u8>>, ndjson]), damage in damage()) {
        let pieces = make(12);
        let mut file = pieces.concat();
        let place = damage.apply(&mut file);
        prop_assume!(matches!(detect::detect(&file), Found::Capture(_)) && !detect::is_gzip(&file));
        let found = names(&survives(&file, &Options::default()));
        let (before, after) = untouched(&pieces, place);
        let (before, after) = (names(&survives(&before, &Options::default())), names(&survives(&after, &Options::default())));
        prop_assert!(found.starts_with(&before), "{} {:?} but {:?}", file.escape_ascii(), found, before);
        prop_assert!(found.ends_with(&after), "{} {:?} but {:?}", file.escape_ascii(), found, after);
    }

    /// A HAR is one value: what stands before the damage is read.
    #[test]
    fn entries_before_the_damage_are_read_as_before(damage in damage()) {
        let pieces = har(8);
        let mut file = pieces.concat();
        let (from, _) = damage.apply(&mut file);
        let before = pieces.iter().scan(0, |at, piece| { *at += piece.len(); Some(*at) }).filter(|end| *end <= from).count();
        let found = names(&survives(&file, &Options::default()));
        prop_assert!(found.len() + 1 >= before, "{} of {before}", found.len());
    }
}

fn option_of_index() -> impl Strategy<Value = Option<Index>> {
    proptest::option::of(any::<Index>())
}

#[test]
fn every_prefix_of_a_file_is_read_and_adds_up() {
    for pieces in [gor(8), ndjson(4), har(3)] {
        let file = pieces.concat();
        let mut most = 0;
        for cut in 0..=file.len() {
            let found = survives(&file[..cut], &Options::default()).len();
            assert!(found >= most, "{cut}");
            most = found;
        }
        assert!(most >= 3);
    }
}
