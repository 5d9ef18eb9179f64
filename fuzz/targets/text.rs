//! Small texts that decide much: times beside chrono, object keys, accounts, Regions, clients, source names.
#![no_main]

use chrono::DateTime;
use ocsf_aws_common::{Client, LogKey};
use ocsf_core::time::{
    format_rfc3339, is_plausible, parse_iso_ms, parse_seconds_ms, parse_seconds_or_iso_ms,
};
use ocsf_core::{PartitionKey, is_account_id, is_region_name};
use ocsf_lake::{Partition, check_source_name};

libfuzzer_sys::fuzz_target!(|text: &str| {
    times(text);
    let key = LogKey::parse(text);
    assert!(key.account.is_none_or(is_account_id), "{key:?}");
    assert!(key.region.is_none_or(is_region_name), "{key:?}");
    let _ = Client::of(text);
    let partition = PartitionKey { account: Some(text.into()), region: Some(text.into()) };
    let path = Partition::new(&partition, 0, None).to_string();
    let folders: Vec<&str> = path.split('/').collect();
    assert_eq!(folders.len(), 3, "{path}");
    assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-=/".contains(&byte)), "{path}");
    if check_source_name(text).is_ok() {
        assert!(!text.contains(['/', '\\', '\0']) && text != "." && text != "..");
    }
});

fn times(text: &str) {
    let ms = parse_iso_ms(text);
    if let Some(ms) = ms {
        if is_plausible(ms) {
            assert_eq!(parse_iso_ms(&format_rfc3339(ms)), Some(ms));
        }
        // Chrono takes leap seconds for the second after, and no time without a zone.
        if let Ok(theirs) = DateTime::parse_from_rfc3339(text)
            && !text.contains(":60")
        {
            assert_eq!(theirs.timestamp_millis(), ms, "{text}");
        }
    }
    assert_eq!(parse_seconds_or_iso_ms(text), parse_seconds_ms(text).or(ms));
}
