//! What a mapper is told of an input.

use std::sync::Arc;

use ocsf_aws_common::LogKey;
use ocsf_core::ObjectInfo;

use super::list::Input;

impl Input {
    /// What a mapper is told before the first byte: the key, the number of the input within the run, and the account and
    /// Region for records that do not say, which the key knows or else the user.
    pub fn object_info(&self, sequence: u32, account: Option<&str>, region: Option<&str>) -> ObjectInfo {
        let key = LogKey::parse(&self.key);
        ObjectInfo {
            name: Arc::from(self.key.as_str()),
            sequence,
            account: key.account.or(account).map(Arc::from),
            region: key.region.or(region).map(Arc::from),
        }
    }
}
