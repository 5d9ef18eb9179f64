//! The partition that a path names: `region=R/accountId=A/eventDay=YYYYMMDD`.

use std::fmt;
use std::path::Path;

use ocsf_core::is_account_id;
use ocsf_core::time::format_rfc3339;

use super::facts::Facts;
use crate::units::{DAY_MS, parse_day};

/// The partition that a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Partition<'p> {
    region: &'p str,
    account: &'p str,
    day: &'p str,
}

impl<'p> Partition<'p> {
    /// The partition of a file; `None` when its path names none.
    pub(super) fn of(file: &'p Path) -> Option<Self> {
        let mut above = file.parent()?.ancestors();
        let mut value = |key: &str| above.next()?.file_name()?.to_str()?.strip_prefix(key);
        let (day, account, region) = (value("eventDay=")?, value("accountId=")?, value("region=")?);
        Some(Self { region, account, day })
    }

    /// The directory above the partitions.
    pub(super) fn home(file: &Path) -> &Path {
        let levels = if Partition::of(file).is_some() { 4 } else { 1 };
        file.ancestors().nth(levels).unwrap_or(file)
    }

    /// What the rows of a file say otherwise. The Region of the path is that of the lake, so rows may come from others.
    pub(super) fn contradictions(&self, facts: &Facts) -> Vec<String> {
        let mut found = Vec::new();
        let start = parse_day(self.day);
        match (start, &facts.time) {
            (None, _) => found.push(format!("`{}` is no day", self.day)),
            (Some(start), Some(time)) if time.min < start || time.max >= start + DAY_MS => {
                let (min, max) = (format_rfc3339(time.min), format_rfc3339(time.max));
                found.push(format!("rows from {min} to {max} are outside of day {}", self.day));
            }
            _ => {}
        }
        // Text that is no account id never names a partition: such rows lie where their object says, or at `unknown`.
        let foreign = |account: &&String| is_account_id(account) && *account != self.account;
        let accounts = facts.account.iter().flat_map(|account| [&account.min, &account.max]);
        if let Some(account) = accounts.into_iter().find(foreign) {
            found.push(format!("rows of account {account} are in the partition of {}", self.account));
        }
        found
    }
}

impl fmt::Display for Partition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "region {}, account {}, day {}", self.region, self.account, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_partitions() {
        let path =
            Path::new("lake/ext/t/region=us-east-1/accountId=111122223333/eventDay=20240501/a.parquet");
        let partition = Partition::of(path).unwrap();
        assert_eq!(partition.to_string(), "region us-east-1, account 111122223333, day 20240501");
        assert_eq!(Partition::home(path), Path::new("lake/ext/t"));
        assert_eq!(Partition::home(Path::new("lake/a.parquet")), Path::new("lake"));
        assert_eq!(Partition::of(Path::new("region=us-east-1/eventDay=20240501/a.parquet")), None);
    }
}
