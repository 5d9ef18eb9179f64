//! Framing, reading and mapping of `route53-public`, end to end.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ocsf_fuzz::check_bytes("route53-public", data));
