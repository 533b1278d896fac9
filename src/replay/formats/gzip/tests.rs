//! Packed files, whole and damaged.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn text(seed: u32, lines: u32) -> Vec<u8> {
    (0..lines)
        .flat_map(|line| format!("{} {line}\n", seed.wrapping_add(line).wrapping_mul(2_654_435_761)).into_bytes())
        .collect()
}

fn check(packed: &[u8], expected: &[u8], reasons: &[Reason]) {
    let damages = Damages::default();
    let mut unpacked = Vec::new();
    let input = Box::new(io::Cursor::new(packed.to_vec()));
    Gunzip::new(Vec::new(), input, damages.clone()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(damages.take().iter().map(|damage| damage.reason).collect::<Vec<_>>(), reasons);
    assert!(unpacked == expected, "{} bytes, not {}", unpacked.len(), expected.len());
}

#[test]
fn members_are_read_one_after_the_other() {
    let (a, b) = (text(1, 20_000), text(2, 50_000));
    check(&packed(&a), &a, &[]);
    check(&[packed(&a), packed(b""), packed(&b)].concat(), &[a.clone(), b].concat(), &[]);
    check(&[packed(&a), vec![0; 512]].concat(), &a, &[]);
}

#[test]
fn header_fields_are_passed_over() {
    let mut encoder = flate2::GzBuilder::new()
        .filename("orders.gor")
        .comment("c")
        .extra(vec![7; 9])
        .write(Vec::new(), Compression::fast());
    encoder.write_all(b"orders").unwrap();
    check(&encoder.finish().unwrap(), b"orders", &[]);
}

#[test]
fn what_is_cut_off_is_unpacked_as_far_as_it_goes() {
    let a = text(1, 20_000);
    let whole = packed(&a);
    check(&whole[..whole.len() - 8], &a, &[Reason::NoTrailer]);
    check(&whole[..whole.len() - 1], &a, &[Reason::NoTrailer]);
    check(&[whole.clone(), whole[..7].to_vec()].concat(), &a, &[Reason::NoTrailer]);
    let damages = Damages::default();
    let mut unpacked = Vec::new();
    let input = Box::new(io::Cursor::new(whole[..whole.len() / 2].to_vec()));
    Gunzip::new(Vec::new(), input, damages.clone()).read_to_end(&mut unpacked).unwrap();
    assert!(a.starts_with(&unpacked) && unpacked.len() > a.len() / 3, "{} of {}", unpacked.len(), a.len());
    assert_eq!(damages.take()[0].reason, Reason::NoTrailer);
}

#[test]
fn a_member_is_found_behind_one_without_its_trailer() {
    let (a, b) = (text(1, 20_000), text(2, 30_000));
    let cut = packed(&a);
    check(&[&cut[..cut.len() - 8], &packed(&b)].concat(), &[a, b].concat(), &[Reason::NoTrailer]);
}

#[test]
fn a_member_is_found_behind_a_damaged_one() {
    let b = text(2, 30_000);
    for kept in [40, 1_000, 50_000] {
        let damages = Damages::default();
        let mut unpacked = Vec::new();
        let file = [&packed(&text(1, 20_000))[..kept], &packed(&b)].concat();
        Gunzip::new(Vec::new(), Box::new(io::Cursor::new(file)), damages.clone()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked.ends_with(&b), "{kept}");
        assert!(!damages.is_empty());
    }
}

#[test]
fn what_is_not_what_was_packed_is_told() {
    let a = text(1, 100);
    let mut file = packed(&a);
    let crc = file.len() - 8;
    file[crc] ^= 1;
    check(&[file, packed(&a)].concat(), &[a.clone(), a].concat(), &[Reason::BadChecksum]);
}

#[test]
fn what_follows_and_is_no_gzip_is_told() {
    let a = text(1, 100);
    check(&[packed(&a), b"more".to_vec(), packed(&a)].concat(), &[a.clone(), a].concat(), &[Reason::BadPacking]);
}

#[test]
fn endless_damage_is_given_up() {
    let damages = Damages::default();
    let file = b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff".repeat(100_000);
    let read = Gunzip::new(Vec::new(), Box::new(io::Cursor::new(file)), damages.clone()).read_to_end(&mut Vec::new());
    assert_eq!((read.unwrap(), damages.take().len()), (0, DAMAGES_MAX));
}
