//! Parquet files of records: whatever they say, reading them ends, within memory, and every row that comes is accounted for.
#![no_main]

use std::io::Cursor;

use ocsf_cli::input::{Decoder, Limits, Object};
use ocsf_fuzz::{Choice, check_rows, let_guarded_panics_pass};

libfuzzer_sys::fuzz_target!(
    init: let_guarded_panics_pass(),
    |data: &[u8]| {
        let Some((choice, stored)) = Choice::of(data) else { return };
        let limits = Limits { one_shot_bytes: 0, read_ahead_bytes: 0, max_object_bytes: Some(64 << 20), hash: false };
        let decoder = Decoder::new(Cursor::new(stored.to_vec()), Some(stored.len() as u64), &limits);
        let object = Object::new(decoder.unwrap_or_else(|error| panic!("{error}")), &limits);
        let Some(rows) = object.rows() else { return };
        let source = if rows.columns().contains(&"elb") { "elb" } else { "vpc-flow" };
        let mut next = 0;
        for piece in rows.read().take(64).flatten() {
            assert!(piece.first_row >= next, "rows come in their order");
            next = piece.first_row + piece.rows.num_rows() as u64;
            if piece.rows.num_rows() <= 4_096 {
                check_rows(source, choice, &piece.rows);
            }
        }
    }
);
