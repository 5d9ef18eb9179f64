//! Where files lie.

use std::path::Path;

use ocsf_core::{is_account_id, is_region_name};
use ocsf_lake::{PARTITION_COLUMNS, UNKNOWN, check_source_name};

use super::rules::{LAYOUT_PATH, PARTITION_CASE, PARTITION_UNKNOWN, PARTITION_VALUE, Ruled, SOURCE_NAME};
use crate::units::parse_day;

/// What the path of a file says.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Folders above the partitions, relative to what is looked at.
    pub(super) source: String,
    /// Region, account and day, as folders.
    pub(super) partition: String,
    pub(super) account: Option<String>,
    /// First millisecond of its day.
    pub(super) day: Option<i64>,
}

/// Looks at the path of a file below `root`. `tell` takes a rule, what it is about, and a message.
pub(super) fn look(root: &Path, file: &Path, tell: &mut dyn FnMut(Ruled, &str, String)) -> Place {
    let relative = file.strip_prefix(root).unwrap_or(file);
    let folders: Vec<String> = relative
        .parent()
        .into_iter()
        .flat_map(Path::components)
        .map(|folder| folder.as_os_str().to_string_lossy().into_owned())
        .collect();
    // Someone may look at a part of a lake: what is above counts for the source alone.
    let split = folders.len().saturating_sub(PARTITION_COLUMNS.len());
    let (above, partition) = folders.split_at(split);
    let mut place = Place {
        source: if above.is_empty() { root.to_string_lossy().into_owned() } else { above.join("/") },
        partition: partition.join("/"),
        ..Place::default()
    };
    let values: Vec<Option<&str>> = PARTITION_COLUMNS
        .iter()
        .zip(partition)
        .map(|(column, folder)| {
            let (name, value) = folder.split_once('=')?;
            if name != *column && name.eq_ignore_ascii_case(column) {
                tell(PARTITION_CASE, column, format!("the folder is `{folder}`"));
            }
            name.eq_ignore_ascii_case(column).then_some(value)
        })
        .collect();
    let [Some(region), Some(account), Some(day)] = values.as_slice() else {
        tell(LAYOUT_PATH, "", format!("the folders are `{}`", folders.join("/")));
        place.source = folders.join("/");
        place.partition = String::new();
        return place;
    };
    let mut value = |column: &str, value: &str, is_good: bool| {
        if value == UNKNOWN && column != "eventDay" {
            tell(PARTITION_UNKNOWN, column, format!("{column} is `{value}`"));
        } else if !is_good {
            tell(PARTITION_VALUE, column, format!("{column} is `{value}`"));
        }
    };
    value("region", region, is_region_name(region) && region.contains('-'));
    value("accountId", account, is_account_id(account) || account.starts_with("external"));
    place.day = parse_day(day);
    value("eventDay", day, place.day.is_some());
    place.account = Some((*account).to_owned());
    source_name(above, tell);
    place
}

/// `ext/<name>` or `ext/<name>/<version>`, where the lake's own folder is in sight.
fn source_name(above: &[String], tell: &mut dyn FnMut(Ruled, &str, String)) {
    let Some(at) = above.iter().position(|folder| folder == "ext") else { return };
    match above.get(at + 1..).unwrap_or_default() {
        [name] | [name, _] => {
            if let Err(error) = check_source_name(name) {
                tell(SOURCE_NAME, name, error.to_string());
            }
        }
        other => tell(LAYOUT_PATH, "", format!("`ext/{}` names no source", other.join("/"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Vec<&'static str> {
        let mut codes = Vec::new();
        look(Path::new("lake"), &Path::new("lake").join(path), &mut |(rule, _), _, _| codes.push(rule.code));
        codes
    }

    #[test]
    fn paths_of_custom_sources() {
        let none: [&str; 0] = [];
        assert_eq!(found("ext/a/region=eu-west-1/accountId=111122223333/eventDay=20240501/x.parquet"), none);
        assert_eq!(
            found("ext/a/2.0/region=eu-west-1/accountId=external_7/eventDay=20240501/x.parquet"),
            none
        );
        assert_eq!(found("region=eu-west-1/accountId=111122223333/eventDay=20240501/x.parquet"), none);
    }

    #[test]
    fn what_is_wrong_with_a_path() {
        for (path, codes) in [
            ("x.parquet", &["layout_path"][..]),
            ("ext/a/eventDay=20240501/x.parquet", &["layout_path"]),
            ("ext/a/accountId=111122223333/region=eu-west-1/eventDay=20240501/x.parquet", &["layout_path"]),
            (
                "ext/a/region=eu-west-1/accountid=111122223333/eventday=20240501/x.parquet",
                &["partition_case"; 2],
            ),
            ("ext/a/region=eu/accountId=12/eventDay=2024-05-01/x.parquet", &["partition_value"; 3]),
            ("ext/a/region=unknown/accountId=unknown/eventDay=20240501/x.parquet", &["partition_unknown"; 2]),
            (
                "ext/a/region=eu-west-1/accountId=111122223333/eventDay=20241301/x.parquet",
                &["partition_value"],
            ),
            ("ext/a b/region=eu-west-1/accountId=111122223333/eventDay=20240501/x.parquet", &["source_name"]),
            ("ext/region=eu-west-1/accountId=111122223333/eventDay=20240501/x.parquet", &["layout_path"]),
        ] {
            assert_eq!(found(path), codes, "{path}");
        }
    }
}
