//! Framing, reading and mapping of `elb`, end to end.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ocsf_fuzz::check_bytes("elb", data));
