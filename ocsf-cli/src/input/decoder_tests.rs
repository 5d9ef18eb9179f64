//! Any way of storing the same bytes reads the same; nothing that is stored makes reading panic.

use std::io::{Cursor, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::fault::FaultKind;
use super::{Compression, Decoder, Kind, Limits, ReadFault};

const STREAM: Limits = Limits { one_shot_bytes: 0, max_object_bytes: None, hash: true, read_ahead_bytes: 0 };
const ONE_SHOT: Limits =
    Limits { one_shot_bytes: 1 << 20, max_object_bytes: None, hash: true, read_ahead_bytes: 0 };

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A member with every optional part of the header.
fn gzip_with_names(bytes: &[u8]) -> Vec<u8> {
    let builder = flate2::GzBuilder::new().filename("a.log").comment("a comment").extra(vec![7; 300]);
    let mut encoder = builder.write(Vec::new(), Level::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Bytes, faults and compressions of what is stored, read `at_most` bytes at a time.
fn read(stored: &[u8], at_most: usize, limits: &Limits) -> (Vec<u8>, Vec<ReadFault>, Vec<Compression>) {
    let size = Some(stored.len() as u64);
    let mut decoder = Decoder::new(Cursor::new(stored.to_vec()), size, limits).unwrap();
    let layers = decoder.layers().to_vec();
    let (mut bytes, mut faults) = (Vec::new(), Vec::new());
    loop {
        let before = bytes.len();
        let filled = decoder.fill(&mut bytes, at_most);
        assert!(bytes.len() - before <= at_most);
        match filled {
            Ok(true) => assert!(bytes.len() > before, "no progress"),
            Ok(false) => break,
            Err(fault) => faults.push(fault),
        }
        assert!(faults.len() <= stored.len() + 2, "faults without end");
    }
    let identity = decoder.identity();
    assert_eq!(identity.bytes, stored.len() as u64);
    assert_eq!(identity.sha256[..], *<sha2::Sha256 as sha2::Digest>::digest(stored));
    (bytes, faults, layers)
}

fn kinds(faults: &[ReadFault]) -> Vec<FaultKind> {
    faults.iter().map(|fault| fault.kind).collect()
}

fn check(stored: &[u8], expected: &[u8], faults: &[FaultKind]) {
    for limits in [STREAM, ONE_SHOT] {
        for at_most in [1, 7, 1 << 20] {
            let (bytes, found, _) = read(stored, at_most, &limits);
            assert_eq!(bytes, expected);
            assert_eq!(kinds(&found), faults, "{found:?}");
        }
    }
}

/// Text that does not compress to nothing.
fn text(lines: usize) -> Vec<u8> {
    (0..lines as u64)
        .flat_map(|line| format!("{:x}\n", line.wrapping_mul(0x9e37_79b9_7f4a_7c15)).into_bytes())
        .collect()
}

#[test]
fn members_padding_and_garbage() {
    let (a, b) = (text(40), text(7));
    let both = [a.clone(), b.clone()].concat();
    check(&[gzip(&a), gzip_with_names(&b)].concat(), &both, &[]);
    check(&[gzip(&a), gzip(&a)].concat(), &[a.clone(), a.clone()].concat(), &[]);
    check(&[gzip(&a), vec![0; 700], gzip(&b), vec![0; 5]].concat(), &both, &[]);
    check(&[gzip(&a), b"tail".to_vec()].concat(), &a, &[FaultKind::TrailingGarbage]);
    check(&[gzip(&[]), gzip(&b)].concat(), &b, &[]);
    check(&[zstd(&a), vec![0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3], zstd(&b)].concat(), &both, &[]);
    check(&[zstd(&a), b"tail".to_vec()].concat(), &a, &[FaultKind::TrailingGarbage]);
    check(b"", b"", &[]);
    check(&a, &a, &[]);
}

#[test]
fn a_copy_of_the_trailer_behind_a_member_is_garbage_not_data() {
    let stored = gzip(&text(40));
    let copy = stored[stored.len() - 8..].to_vec();
    check(&[stored, copy].concat(), &text(40), &[FaultKind::TrailingGarbage]);
    check(&[gzip(&[]), b"garbage".to_vec(), vec![0; 8]].concat(), &[], &[FaultKind::TrailingGarbage]);
}

#[test]
fn a_damaged_member_gives_what_comes_before_and_the_members_behind_a_bad_checksum() {
    let (a, b) = (text(4_000), text(40));
    let mut stored = gzip(&a);
    let checksum = stored.len() - 6;
    stored[checksum] ^= 1;
    check(&[stored.clone(), gzip(&b)].concat(), &[a.clone(), b].concat(), &[FaultKind::Corrupt]);

    let mut stored = gzip(&a);
    let half = stored.len() / 2;
    stored[half..half + 40].fill(0xff);
    let (bytes, faults, _) = read(&stored, 1 << 20, &ONE_SHOT);
    assert_eq!(kinds(&faults), [FaultKind::Corrupt]);
    assert!(bytes.len() > a.len() / 4, "{} of {}", bytes.len(), a.len());
}

#[test]
fn blocks_before_a_damaged_zstandard_block_are_given() {
    let bytes = text(60_000);
    let mut stored = zstd(&bytes);
    let end = stored.len() * 3 / 4;
    stored[end..].fill(0xff);
    let (read, faults, _) = read(&stored, 1 << 20, &STREAM);
    assert_eq!(kinds(&faults), [FaultKind::Corrupt]);
    assert!(read.len() >= bytes.len() / 4 && bytes.starts_with(&read), "{} of {}", read.len(), bytes.len());
}

#[test]
fn layers_are_followed_three_deep() {
    let bytes = text(40);
    let glued = [gzip(&bytes), gzip(&bytes)].concat();
    let twice = [bytes.clone(), bytes.clone()].concat();
    let (read_bytes, faults, layers) = read(&gzip(&glued), 100, &ONE_SHOT);
    assert_eq!((read_bytes, kinds(&faults)), (twice.clone(), vec![]));
    assert_eq!(layers, [Compression::Gzip, Compression::Gzip]);

    let (read_bytes, _, layers) = read(&zstd(&gzip(&glued)), 100, &ONE_SHOT);
    assert_eq!(read_bytes, twice);
    assert_eq!(layers, [Compression::Zstd, Compression::Gzip, Compression::Gzip]);

    let (read_bytes, faults, _) = read(&gzip(&gzip(&gzip(&gzip(&bytes)))), 100, &ONE_SHOT);
    assert_eq!((read_bytes, kinds(&faults)), (vec![], vec![FaultKind::UnsupportedCompression]));
}

#[test]
fn a_fault_of_an_outer_layer_is_told_once_and_as_its_own() {
    let inner = gzip(&text(4_000));
    let outer = gzip(&inner);
    let (bytes, faults, _) = read(&outer[..outer.len() / 2], 1 << 20, &STREAM);
    assert_eq!(kinds(&faults), [FaultKind::Truncated]);
    assert_eq!(faults[0].layer, 0);
    assert!(text(4_000).starts_with(&bytes) && !bytes.is_empty());
}

#[test]
fn other_compressions_are_named() {
    for (magic, name) in [
        (&b"BZh91AY&SY\0"[..], "bzip2"),
        (b"\xfd7zXZ\0\0\x04", "xz"),
        (b"PK\x03\x04\x14\0", "zip"),
        (b"\x04\x22\x4d\x18\x64", "lz4"),
    ] {
        let mut decoder = Decoder::new(Cursor::new(magic.to_vec()), None, &STREAM).unwrap();
        assert_eq!(decoder.kind(), Kind::Unsupported(name));
        let fault = decoder.fill(&mut Vec::new(), 10).unwrap_err();
        assert_eq!(fault.kind, FaultKind::UnsupportedCompression);
        assert!(fault.detail.contains(name));
        assert_eq!(decoder.fill(&mut Vec::new(), 10), Ok(false));
    }
    assert_eq!(Decoder::new(Cursor::new(b"PAR1".to_vec()), None, &STREAM).unwrap().kind(), Kind::Parquet);
}

#[test]
fn an_object_at_the_limit_is_whole_and_one_beyond_it_is_cut() {
    let bytes = vec![b'a'; 500_000];
    for stored in [gzip(&bytes), zstd(&bytes)] {
        for base in [STREAM, ONE_SHOT] {
            let (read_bytes, faults, _) =
                read(&stored, 999, &Limits { max_object_bytes: Some(500_000), ..base });
            assert_eq!((read_bytes.len(), faults.len()), (500_000, 0));
            let (read_bytes, faults, _) =
                read(&stored, 999, &Limits { max_object_bytes: Some(499_999), ..base });
            assert_eq!((read_bytes.len(), kinds(&faults)), (499_999, vec![FaultKind::ObjectTooLarge]));
        }
    }
    let (read_bytes, faults, _) = read(&bytes, 999, &Limits { max_object_bytes: Some(10), ..STREAM });
    assert_eq!((read_bytes.len(), kinds(&faults)), (10, vec![FaultKind::ObjectTooLarge]));
}

/// A Zstandard frame of one block that says a byte once, and asks for a window of 2 to the power of `log`.
fn zstd_run(log: u8) -> Vec<u8> {
    vec![
        0x28,
        0xb5,
        0x2f,
        0xfd,
        0,
        (log - 10) << 3,
        0x03 | (100 << 3 & 0xff) as u8,
        (100 << 3 >> 8) as u8,
        0,
        b'x',
    ]
}

#[test]
fn windows_are_bounded_and_smaller_inside_another_compression() {
    let run = vec![b'x'; 100];
    check(&zstd_run(27), &run, &[]);
    check(&zstd_run(28), b"", &[FaultKind::Corrupt]);
    for inside in [gzip as fn(&[u8]) -> Vec<u8>, zstd] {
        check(&inside(&zstd_run(23)), &run, &[]);
        check(&inside(&zstd_run(24)), b"", &[FaultKind::Corrupt]);
    }
}

#[test]
fn a_member_that_claims_a_wrong_size_is_still_read() {
    let bytes = text(100);
    let mut stored = gzip(&bytes);
    let size = stored.len() - 4;
    stored[size..].copy_from_slice(&u32::MAX.to_le_bytes());
    check(&stored, &bytes, &[FaultKind::Corrupt]);
}

proptest! {
    #[test]
    fn parts_and_read_sizes_do_not_matter(
        parts in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..600), 0..3_u8), 0..6),
        at_most in 1..5_000_usize,
        one_shot_bytes in prop_oneof![Just(0_usize), 1..2_000_usize],
        outer in any::<bool>(),
    ) {
        let limits = Limits { one_shot_bytes, max_object_bytes: None, hash: true, read_ahead_bytes: 0 };
        let bytes: Vec<u8> = parts.iter().flat_map(|(part, _)| part.clone()).collect();
        // What looks compressed is read as such.
        prop_assume!(!bytes.starts_with(&[0x1f]) && !bytes.is_empty());
        let members: Vec<u8> = parts
            .iter()
            .flat_map(|(part, form)| if *form == 0 { gzip_with_names(part) } else { gzip(part) })
            .collect();
        let frames: Vec<u8> = parts.iter().flat_map(|(part, _)| zstd(part)).collect();
        for stored in [members, frames] {
            let stored = if outer { gzip(&stored) } else { stored };
            let (read_bytes, faults, _) = read(&stored, at_most, &limits);
            prop_assert_eq!(&read_bytes, &bytes);
            prop_assert_eq!(faults, vec![]);
        }
    }

    #[test]
    fn a_torn_object_yields_a_prefix(
        parts in prop::collection::vec(prop::collection::vec(0..4_u8, 1..900), 1..4),
        cut in any::<prop::sample::Index>(),
        one_shot_bytes in prop_oneof![Just(0_usize), Just(1 << 20)],
    ) {
        let limits = Limits { one_shot_bytes, max_object_bytes: None, hash: true, read_ahead_bytes: 0 };
        let bytes = parts.concat();
        for stored in [
            parts.iter().flat_map(|part| gzip(part)).collect::<Vec<u8>>(),
            parts.iter().flat_map(|part| zstd(part)).collect(),
            gzip(&gzip(&bytes)),
        ] {
            let torn = &stored[..cut.index(stored.len())];
            let (read_bytes, faults, layers) = read(torn, 333, &limits);
            prop_assert!(layers.is_empty() || bytes.starts_with(&read_bytes));
            prop_assert!(faults.iter().all(|fault| fault.kind != FaultKind::Corrupt), "{:?}", faults);
        }
    }

    #[test]
    fn arbitrary_bytes_are_safe(
        magic in prop_oneof![
            Just(vec![]),
            Just(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
            Just(vec![0x1f, 0x8b, 8, 0x1e]),
            Just(vec![0x28, 0xb5, 0x2f, 0xfd]),
        ],
        rest in prop::collection::vec(any::<u8>(), 0..400),
        one_shot_bytes in prop_oneof![Just(0_usize), Just(1 << 20)],
    ) {
        let limits = Limits { one_shot_bytes, max_object_bytes: Some(1 << 20), hash: true, read_ahead_bytes: 0 };
        read(&[magic, rest].concat(), 100, &limits);
    }

    #[test]
    fn flipped_bits_are_safe(
        bytes in prop::collection::vec(0..4_u8, 1..900),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..4),
    ) {
        for mut stored in [gzip(&bytes), zstd(&bytes), gzip(&gzip(&bytes))] {
            for (at, bit) in &flips {
                let at = at.index(stored.len());
                stored[at] ^= 1 << bit;
            }
            read(&stored, 100, &Limits { one_shot_bytes: 1 << 20, max_object_bytes: Some(1 << 20), hash: true, read_ahead_bytes: 0 });
        }
    }
}
