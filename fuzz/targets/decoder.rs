//! Decompression: the same bytes streamed and in one go, and never more than the limit for one object.
#![no_main]

use std::io::Cursor;

use ocsf_cli::input::{Decoder, Limits};

const MOST: u64 = 1 << 20;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [one_shot, stored @ ..] = data else { return };
    let streamed = read(stored, 0);
    let whole = read(stored, usize::from(*one_shot) << 8);
    assert_eq!(streamed, whole);
});

/// What an object holds, and what is wrong with it.
fn read(stored: &[u8], one_shot_bytes: usize) -> (Vec<u8>, Vec<String>) {
    let limits = Limits { one_shot_bytes, read_ahead_bytes: 0, max_object_bytes: Some(MOST), hash: false };
    let len = stored.len() as u64;
    let decoder = Decoder::new(Cursor::new(stored.to_vec()), Some(len), &limits);
    let mut decoder = decoder.unwrap_or_else(|error| panic!("{error}"));
    let (mut out, mut faults) = (Vec::new(), Vec::new());
    loop {
        match decoder.fill(&mut out, 64 << 10) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => faults.push(fault.to_string()),
        }
        assert!(out.len() as u64 <= MOST, "more than the limit");
        assert!(faults.len() <= 1 + stored.len(), "faults without end");
    }
    assert_eq!(decoder.identity().bytes, len, "every stored byte passes");
    (out, faults)
}
