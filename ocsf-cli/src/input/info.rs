//! What a mapper is told of an object before its first byte.

use std::sync::Arc;

use ocsf_core::ObjectInfo;
use ocsf_mappers::LogKey;

/// What is known of the object with that key: its name, and the account and Region for records
/// that do not say, which the key tells or else the user; the time of its delivery, which the key alone tells.
pub(crate) fn object_info(key: &str, account: Option<&str>, region: Option<&str>) -> ObjectInfo {
    let told = LogKey::parse(key);
    ObjectInfo {
        name: Arc::from(key),
        sequence: 0,
        account: told.account.or(account).map(Arc::from),
        region: told.region.or(region).map(Arc::from),
        time: told.delivered,
        columns: None,
    }
}
