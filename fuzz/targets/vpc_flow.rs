//! Framing, reading and mapping of `vpc-flow`, end to end.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ocsf_fuzz::check_bytes("vpc-flow", data));
