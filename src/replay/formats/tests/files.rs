//! Files and what is none: found out by content, packed or not, refused with what to do instead.

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

pub(super) const NDJSON: &str = "{\"version\":1,\"id\":\"a\",\"time\":\"2026-11-20T18:00:00Z\",\"method\":\"POST\",\"target\":\"/orders\",\"body\":\"{\\\"id\\\":1}\"}\n";
pub(super) const GOR: &str =
    "1 a1 1795197600000000000 0\nPOST /orders HTTP/1.1\r\nContent-Length: 8\r\n\r\n{\"id\":1}\n🐵🙈🙉\n";
pub(super) const HAR: &str = "{\"log\":{\"entries\":[{\"startedDateTime\":\"2026-11-20T18:00:00Z\",\"request\":{\"method\":\"POST\",\"url\":\"http://a/orders\",\"headers\":[],\"postData\":{\"text\":\"{\\\"id\\\":1}\"}},\"response\":null}]}}";

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn error_at(path: &Path) -> String {
    let error = CaptureFile::open(path, &Options::default()).unwrap_err().to_string();
    error.replace(path.to_str().unwrap(), "PATH")
}

#[test]
fn a_format_is_known_by_its_content_whatever_the_name() {
    let folder = tempfile::tempdir().unwrap();
    for (text, format) in [(NDJSON, Format::Ndjson), (GOR, Format::Gor), (HAR, Format::Har)] {
        for (bytes, is_packed) in [(text.as_bytes().to_vec(), false), (packed(text.as_bytes()), true)] {
            let path = folder.path().join("orders.txt");
            fs::write(&path, bytes).unwrap();
            let mut file = CaptureFile::open(&path, &STRICT).unwrap();
            assert_eq!((file.format(), file.is_packed(), file.path()), (format, is_packed, path.as_path()));
            let record = file.next().unwrap().unwrap();
            assert_eq!(
                (record.method.as_str(), record.target.as_str(), body(&record)),
                ("POST", "/orders", "{\"id\":1}")
            );
            assert!(file.next().is_none() && file.next().is_none());
        }
    }
}

#[test]
fn what_is_no_file_is_named_and_never_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let socket = folder.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&fifo, &link).unwrap();
    let to_file = "write its content to a file first, and name that";
    assert_eq!(error_at(&fifo), format!("read the capture PATH: it is a FIFO; {to_file}"));
    assert_eq!(error_at(&link), format!("read the capture PATH: it is a FIFO; {to_file}"));
    assert_eq!(error_at(&socket), format!("read the capture PATH: it is a socket; {to_file}"));
    assert_eq!(error_at(Path::new("/dev/zero")), format!("read the capture PATH: it is a device; {to_file}"));
    assert_eq!(
        error_at(folder.path()),
        "read the capture PATH: it is a directory; name the files in it, such as DIRECTORY/*.gor"
    );
    assert_eq!(error_at(&folder.path().join("none")), "read the capture PATH");
}

#[test]
fn what_is_no_capture_is_named() {
    let check = |bytes: &[u8], expected: &str| {
        let error = refusal(bytes, &Options::default());
        assert!(error.starts_with(&format!("read the capture orders: it is {expected}")), "{error}");
    };
    check(b"", "empty; capture again, or leave it out");
    check(b"\n \n", "empty");
    check(&packed(b""), "empty");
    check(&packed(GOR.as_bytes())[..12], "a gzip file, and nothing of it can be unpacked");
    check(&packed(&packed(GOR.as_bytes())), "packed with gzip twice");
    check(&(0..=255).cycle().take(100_000).collect::<Vec<u8>>(), "binary data of no known kind");
    check(b"key,total\n1,19.90\n", "a text of no known format; give a capture as NDJSON");
    check(b"{\"orders\":[]}", "JSON, but neither a HAR");
}

#[test]
fn a_packed_file_without_its_end_is_read_as_far_as_it_goes() {
    let whole = packed(GOR.repeat(3).as_bytes());
    let (records, tally) = read(&whole[..whole.len() - 8]);
    assert_eq!((records.len(), counts(&tally)), (3, vec![("no_trailer", "salvaged", 1)]));
    assert!(matches!(tally.listed[0].place, Place::PackedByte(byte) if byte == whole.len() as u64 - 8));
    assert!(refusal(&whole[..whole.len() - 8], &STRICT).contains("the gzip trailer is missing"));
    let (records, tally) = read(&[packed(GOR.as_bytes()), packed(GOR.repeat(2).as_bytes())].concat());
    assert!(records.len() == 3 && tally.is_sound());
    // A record may stand across two members.
    let (left, right) = GOR.as_bytes().split_at(40);
    assert_eq!(read(&[packed(left), packed(right)].concat()).0.len(), 1);
}

/// Chunk files are read one after the other; a record across two of them is found in neither, and told.
#[test]
fn chunk_files_come_in_the_order_of_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<PathBuf> =
        [10, 9, 0, 11, 1].iter().map(|n| folder.path().join(format!("orders_{n}.gor"))).collect();
    paths.iter().for_each(|path| fs::write(path, GOR).unwrap());
    in_order(&mut paths);
    let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["orders_0.gor", "orders_1.gor", "orders_9.gor", "orders_10.gor", "orders_11.gor"]);
    let read = paths.iter().map(|path| CaptureFile::open(path, &STRICT).unwrap().map(Result::unwrap).count());
    assert_eq!(read.sum::<usize>(), 5);
}
