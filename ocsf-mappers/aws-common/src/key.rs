//! Keys under which AWS delivers logs: `[prefix/]AWSLogs/[o-organisation/]<account>/<service>/<region>/...`.

use ocsf_core::time::parse_iso_ms;
use ocsf_core::{is_account_id, is_region_name};

/// What the key of a delivered log object says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogKey<'a> {
    /// Twelve digits.
    pub account: Option<&'a str>,
    /// The path element behind the account: `CloudTrail`, `vpcflowlogs`, `elasticloadbalancing`, ...
    pub service: Option<&'a str>,
    /// The Region.
    pub region: Option<&'a str>,
    /// The minute that stands in the file's name, `20240501T1005Z`, else the hour of its folders; milliseconds since the epoch.
    /// For flow logs it is the beginning of the five minutes in which the windows of the file ended. A day alone is no time.
    pub delivered: Option<i64>,
}

impl<'a> LogKey<'a> {
    /// Reads a key or path. File names that were copied out of a bucket, such as
    /// `111122223333_CloudTrail_us-east-1_20240101T0000Z_abc.json.gz`, tell as much as the folders did.
    ///
    /// ```
    /// use ocsf_aws_common::LogKey;
    /// let key = LogKey::parse("logs/AWSLogs/o-abcdefghij/111122223333/CloudTrail/eu-west-1/2024/05/01/x.json.gz");
    /// assert_eq!(key.account, Some("111122223333"));
    /// assert_eq!((key.service, key.region), (Some("CloudTrail"), Some("eu-west-1")));
    /// let copied = LogKey::parse("111122223333_vpcflowlogs_eu-west-1_fl-0abc_20240501T1005Z_0a1b2c3d.log.gz");
    /// assert_eq!(copied.delivered, ocsf_core::time::parse_iso_ms("2024-05-01T10:05:00Z"));
    /// ```
    pub fn parse(path: &'a str) -> Self {
        let name = Self::from_name(file_name(path));
        let folders = Self::from_folders(path);
        Self {
            account: folders.account.or(name.account),
            service: folders.service.or(name.service),
            region: folders.region.or(name.region),
            delivered: name.delivered.or(folders.delivered),
        }
    }

    fn from_folders(path: &'a str) -> Self {
        let mut parts = path.split(['/', '\\']).skip_while(|part| *part != "AWSLogs").skip(1).peekable();
        parts.next_if(|part| is_organization(part));
        let value = |part: &'a str| part.rsplit('=').next().unwrap_or(part);
        let Some(account) = parts.next().map(value).filter(|part| is_account_id(part)) else {
            return Self::default();
        };
        let service = parts.next().map(value);
        let region = parts.next().map(value).filter(|part| is_region(part));
        let mut date = || parts.next().map(value);
        let delivered = match (date(), date(), date(), date()) {
            // Behind the day mostly stands the name of the file.
            (Some(year), Some(month), Some(day), Some(hour)) if hour.len() == 2 => {
                parse_iso_ms(&format!("{year}{month}{day}T{hour}0000Z"))
            }
            _ => None,
        };
        Self { account: Some(account), service, region, delivered }
    }

    fn from_name(name: &'a str) -> Self {
        // A copied name may carry a prefix, joined with `_`.
        let mut parts = name.split('_');
        let mut before = (parts.next(), parts.next());
        let found = parts.find_map(|region| {
            let (account, service) = before;
            before = (service, Some(region));
            let account = account.filter(|account| is_account_id(account) && is_region(region));
            account.map(|account| Self {
                account: Some(account),
                service,
                region: Some(region),
                delivered: None,
            })
        });
        let Some(found) = found else { return Self::default() };
        let delivered = name.split(['_', '.']).find_map(|part| {
            let minute = part.strip_suffix('Z').filter(|minute| minute.len() == "20240501T1005".len())?;
            parse_iso_ms(&format!("{minute}00Z"))
        });
        Self { delivered, ..found }
    }
}

/// The part of a path behind its last separator.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn is_organization(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

/// `us-east-1`, `us-gov-west-1`, `ap-southeast-3`: words and a number, joined with hyphens.
fn is_region(text: &str) -> bool {
    let Some((words, number)) = text.rsplit_once('-') else { return false };
    is_region_name(text)
        && words.contains('-')
        && words.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: (Option<&str>, Option<&str>, Option<&str>)) {
        let LogKey { account, service, region, .. } = LogKey::parse(path);
        assert_eq!((account, service, region), expected, "{path}");
    }

    #[test]
    fn folders_and_names() {
        let trail = (Some("111122223333"), Some("CloudTrail"), Some("us-east-1"));
        check("AWSLogs/111122223333/CloudTrail/us-east-1/2024/01/02/x.json.gz", trail);
        check("b/111122223333_CloudTrail_us-east-1_20240102T0000Z_a1b2c3d4e5f6g7h8.json.gz", trail);
        check("copy_of_111122223333_CloudTrail_us-east-1_20240102T0000Z_a.json", trail);
        check(
            "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1/x",
            (Some("111122223333"), Some("vpcflowlogs"), Some("eu-west-1")),
        );
        check("AWSLogs/../CloudTrail/us-east-1/x", (None, None, None));
        let long = format!("111122223333_CloudTrail_us-{}-1_x", "x".repeat(40));
        check(&long, (None, None, None));
        check("whatever.json", (None, None, None));
    }

    #[test]
    fn times_of_delivery() {
        let check = |path: &str, expected: Option<&str>| {
            assert_eq!(LogKey::parse(path).delivered, expected.and_then(parse_iso_ms), "{path}");
        };
        let name = "111122223333_vpcflowlogs_eu-west-1_fl-0c0ffee_20240501T1005Z_5e1f0a2b.log.gz";
        let hive = "AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=eu-west-1";
        check(name, Some("2024-05-01T10:05:00Z"));
        check(
            &format!("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2024/05/01/{name}"),
            Some("2024-05-01T10:05:00Z"),
        );
        check(
            &format!("{hive}/year=2024/month=05/day=01/hour=10/part-0.parquet"),
            Some("2024-05-01T10:00:00Z"),
        );
        check("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2024/05/01/10/a.log", Some("2024-05-01T10:00:00Z"));
        check(&format!("{hive}/year=2024/month=05/day=01/part-0.parquet"), None);
        check("AWSLogs/111122223333/vpcflowlogs/eu-west-1/2024/05/32/10/a.log", None);
        check("111122223333_vpcflowlogs_eu-west-1_fl-0c0ffee_20240501T1065Z_5e1f0a2b.log.gz", None);
        check("dump_20240501T1005Z.log", None);
    }
}
