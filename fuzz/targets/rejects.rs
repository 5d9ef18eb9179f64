//! Files of rejected records, which may be anyone's.
#![no_main]

use std::io::Cursor;

use ocsf_cli::input::{Decoder, Limits, Object, Retries, Retry};
use ocsf_core::{Mapper, ObjectInfo, Output, is_account_id};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let limits =
        Limits { one_shot_bytes: 1 << 16, read_ahead_bytes: 0, max_object_bytes: Some(1 << 20), hash: false };
    let decoder = Decoder::new(Cursor::new(data.to_vec()), Some(data.len() as u64), &limits);
    let mut object = Object::new(decoder.unwrap_or_else(|error| panic!("{error}")), &limits);
    let registry = ocsf_mappers::registry();
    for retry in Retries::new(&mut object, 1 << 16) {
        let Retry::Record(line) = retry else { continue };
        let (Some(source), Some(raw)) = (registry.get(&line.source), line.raw()) else { continue };
        let mut mapper = source.build(&Default::default()).unwrap_or_else(|error| panic!("{error}"));
        mapper.begin(line.info(ObjectInfo::default()));
        mapper.decode(&raw, true);
        let mut out = Output::default();
        mapper.flush(&mut out);
        assert!(out.counts.balances(), "{:?}", out.counts);
        for key in out.batches.iter().flat_map(|batch| batch.keys.partitions.iter()) {
            assert!(key.account.as_deref().is_none_or(is_account_id), "{key:?}");
        }
    }
});
