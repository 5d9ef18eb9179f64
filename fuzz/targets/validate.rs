//! The validator over anything that is, or is not, an event.
#![no_main]

use ocsf_validate::{Options, Validator};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    Validator::new(Options::default()).check_json(data, &mut |finding| assert!(!finding.message.is_empty()));
});
