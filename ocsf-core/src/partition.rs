//! The partition of a row: what a record names, else its wrapping or object, else unknown.

use std::collections::HashMap;
use std::sync::Arc;

use crate::batch::PartitionKey;
use crate::record::{Origin, Place};

/// True for an AWS account id: twelve digits.
///
/// ```
/// assert!(ocsf_core::is_account_id("012345678901"));
/// assert!(!ocsf_core::is_account_id("../etc/passwd"));
/// ```
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True for text in the form of a Region name: lower-case letters, digits and hyphens, such as `us-gov-west-1`.
///
/// ```
/// assert!(ocsf_core::is_region_name("eu-central-2"));
/// assert!(!ocsf_core::is_region_name("eu_central/2"));
/// ```
pub fn is_region_name(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Numbers the partitions of a batch.
#[derive(Debug, Default)]
pub(crate) struct Partitions {
    list: Vec<PartitionKey>,
    numbers: HashMap<PartitionKey, u32>,
    last: u32,
}

impl Partitions {
    pub(crate) fn number(&mut self, place: Place<'_>, origin: &Origin<'_>) -> u32 {
        let account = place.account.filter(|text| is_account_id(text)).or(origin.account);
        let region = place.region.filter(|text| is_region_name(text)).or(origin.region);
        if let Some(last) = self.list.get(self.last as usize)
            && last.account.as_deref() == account
            && last.region.as_deref() == region
        {
            return self.last;
        }
        let key = PartitionKey { account: account.map(Arc::from), region: region.map(Arc::from) };
        let next = self.list.len() as u32;
        self.last = *self.numbers.entry(key.clone()).or_insert(next);
        if self.last == next {
            self.list.push(key);
        }
        self.last
    }

    pub(crate) fn get(&self, number: u32) -> Option<&PartitionKey> {
        self.list.get(number as usize)
    }

    pub(crate) fn take(&mut self) -> Arc<[PartitionKey]> {
        self.numbers.clear();
        self.last = 0;
        std::mem::take(&mut self.list).into()
    }
}
