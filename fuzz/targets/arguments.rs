//! Values of the command line: sizes, shares, times, levels.
#![no_main]

use ocsf_cli::{ByteSize, RejectLimit, Time, ZstdLevel, human_count, human_size, quote_text};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(size) = text.parse::<ByteSize>() {
        assert_eq!(size.to_string().parse(), Ok(size));
        let _ = (human_size(size.0), human_count(size.0));
    }
    if let Ok(limit) = text.parse::<RejectLimit>() {
        assert_eq!(limit.to_string().parse(), Ok(limit));
    }
    if let Ok(level) = text.parse::<ZstdLevel>() {
        assert_eq!(level.to_string().parse(), Ok(level));
    }
    let _ = text.parse::<Time>();
    let quoted = quote_text(text);
    assert!(!quoted.chars().any(char::is_control), "{quoted:?}");
});
