//! Where the rows of an event day lie in a lake.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike};
use ocsf_core::{PartitionKey, is_account_id, is_region_name};

use crate::error::LakeError;

/// What stands in a path when neither a record nor its object says which account or Region it belongs to.
pub const UNKNOWN: &str = "unknown";

/// Most characters of a custom source name in Security Lake.
pub const MAX_SOURCE_NAME: usize = 20;

/// Region, account and UTC day of events: the innermost folders of a lake, in their order.
///
/// ```
/// use ocsf_core::PartitionKey;
/// use ocsf_lake::Partition;
///
/// let key = PartitionKey { account: Some("111122223333".into()), region: Some("eu-west-1".into()) };
/// let partition = Partition::new(&key, 1_700_000_000_000, None);
/// assert_eq!(partition.to_string(), "region=eu-west-1/accountId=111122223333/eventDay=20231114");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// Region, or [`UNKNOWN`].
    pub region: Arc<str>,
    /// Account, or [`UNKNOWN`].
    pub account: Arc<str>,
    /// Days since the epoch, UTC.
    pub day: i64,
}

impl Partition {
    /// The partition of an event at `time` (milliseconds since the epoch). `lake_region` stands in for the event's own
    /// Region, as Security Lake wants the Region that the data is uploaded to. Text that is no account id, or no name of
    /// a Region, is [`UNKNOWN`], whoever made the key.
    pub fn new(key: &PartitionKey, time: i64, lake_region: Option<&Arc<str>>) -> Self {
        let checked = |value: Option<&Arc<str>>, is_good: fn(&str) -> bool| {
            value.filter(|text| is_good(text)).map_or_else(|| UNKNOWN.into(), Arc::clone)
        };
        Self {
            region: checked(lake_region.or(key.region.as_ref()), is_region_name),
            account: checked(key.account.as_ref(), is_account_id),
            day: day_of(time),
        }
    }
}

/// UTC day of a time in milliseconds since the epoch.
pub(crate) fn day_of(time: i64) -> i64 {
    time.div_euclid(86_400_000)
}

impl fmt::Display for Partition {
    /// The folders of the partition, joined with `/`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, account, day } = self;
        write!(f, "region={region}/accountId={account}/eventDay=")?;
        match DateTime::from_timestamp(day.saturating_mul(86_400), 0) {
            Some(day) => write!(f, "{:04}{:02}{:02}", day.year(), day.month(), day.day()),
            None => f.write_str(UNKNOWN),
        }
    }
}

/// Checks the name of a custom source: 1 to 20 letters, digits, `-`, `_`, `:` or `.`, and not only dots.
///
/// # Errors
/// The name is anything else.
///
/// ```
/// assert!(ocsf_lake::check_source_name("ct-api-activity").is_ok());
/// assert!(ocsf_lake::check_source_name("../elsewhere").is_err());
/// ```
pub fn check_source_name(name: &str) -> Result<(), LakeError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    let good = (1..=MAX_SOURCE_NAME).contains(&name.len())
        && name.bytes().all(allowed)
        && name.bytes().any(|byte| byte != b'.');
    good.then_some(()).ok_or_else(|| LakeError::SourceName(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_sort_as_their_folders_do() {
        let of = |account: Option<&str>, time| {
            let key = PartitionKey { account: account.map(Into::into), region: None };
            Partition::new(&key, time, None)
        };
        let mut all =
            [of(None, 0), of(Some("999999999999"), 86_400_000), of(Some("999999999999"), 86_399_999)];
        all.sort();
        let paths: Vec<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            paths,
            [
                "region=unknown/accountId=999999999999/eventDay=19700101",
                "region=unknown/accountId=999999999999/eventDay=19700102",
                "region=unknown/accountId=unknown/eventDay=19700101",
            ]
        );
    }

    #[test]
    fn the_region_of_the_lake_comes_first() {
        let key = PartitionKey { account: None, region: Some("eu-west-1".into()) };
        let lake = Arc::from("us-east-1");
        assert_eq!(&*Partition::new(&key, 0, Some(&lake)).region, "us-east-1");
    }

    #[test]
    fn no_text_chooses_a_path() {
        for text in
            ["../../etc", "/etc/passwd", "..", "", "%2e%2e", "a\0b", "ünïcode", "1111222233334", "x\ny"]
        {
            let key = PartitionKey { account: Some(text.into()), region: Some(text.into()) };
            let path = Partition::new(&key, 0, Some(&text.into())).to_string();
            assert_eq!(path, "region=unknown/accountId=unknown/eventDay=19700101", "{text}");
        }
    }

    #[test]
    fn source_names_cannot_leave_the_lake() {
        for name in ["", "..", ".", "a/b", "a\\b", "a b", "ä", "123456789012345678901"] {
            assert!(check_source_name(name).is_err(), "{name}");
        }
        for name in ["a", "vpc_flow:2.0", "12345678901234567890"] {
            assert!(check_source_name(name).is_ok(), "{name}");
        }
    }
}
