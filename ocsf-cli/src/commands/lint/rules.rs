//! The rules of Security Lake for custom sources, and of readers, by their stable codes.

use crate::findings::{Level, Rule};

/// A rule and the level of its findings.
pub(super) type Ruled = (Rule, Level);

macro_rules! rules {
    ($($name:ident $code:literal $level:ident $meaning:literal;)+) => {
        $(
            pub(super) const $name: Ruled =
                (Rule { code: $code, meaning: $meaning }, Level::$level);
        )+

        /// Every rule of `ocsf lint`: code, level and meaning.
        pub const LINT_RULES: &[(&str, &str, &str)] = &[$(($code, stringify!($level), $meaning),)+];
    };
}

rules! {
    NOT_READABLE "not_readable" Error "The file is no sound Parquet file, and nothing more can be said of it.";
    LAYOUT_PATH "layout_path" Error "The file is not in `ext/<source>/region=<Region>/accountId=<account>/eventDay=<YYYYMMDD>/`.";
    PARTITION_CASE "partition_case" Error "A partition folder is spelled otherwise than `region`, `accountId` or `eventDay`; keys of S3 have case.";
    PARTITION_VALUE "partition_value" Error "A partition folder names no Region, no account (twelve digits, `external` or `external_<id>`) or no day.";
    PARTITION_UNKNOWN "partition_unknown" Warning "A partition folder says `unknown`: nobody knew the Region or the account of the records.";
    SOURCE_NAME "source_name" Error "The name of the source has more than 20 characters, or others than letters, digits, `-`, `_`, `:` and `.`.";
    SEVERAL_CLASSES "several_classes" Error "A file, or the files of a source, hold events of several classes; a custom source has one.";
    SEVERAL_VERSIONS "several_versions" Error "The files of a source are of several OCSF versions.";
    VERSION_TOO_NEW "version_too_new" Warning "Security Lake takes OCSF up to 1.3 from custom sources.";
    ROW_IN_OTHER_DAY "row_in_other_day" Error "A row is of another day than its partition.";
    ROW_OF_OTHER_ACCOUNT "row_of_other_account" Error "A row is of another account than its partition.";
    NOT_STATED "not_stated" Error "No row of a file has a time, a class or an OCSF version, so that these could not be checked.";
    NOT_SORTED "not_sorted" Error "The rows of a file are not sorted by `time`.";
    PAGE_TOO_LARGE "page_too_large" Error "A page has more than 1,000,000 bytes without compression.";
    ROW_GROUP_TOO_LARGE "row_group_too_large" Error "A row group has more than 256,000,000 bytes.";
    COMPRESSION "compression" Warning "Columns are compressed otherwise than with Zstandard.";
    COLUMN_NAME "column_name" Error "A name has upper case or other characters than letters, digits and `_`; engines fold or refuse it.";
    PARTITION_COLUMN "partition_column" Error "A column has the name of a partition.";
    NULL_COLUMN "null_column" Error "A column has no type, since nobody had a value; the next file will have another.";
    TWO_LEVEL_LIST "two_level_list" Warning "A list is written in the old form of two levels, in which null elements and their names are lost.";
    INT96_TIME "int96_time" Warning "A time is written as INT96, which has no statistics and is deprecated.";
    UNSIGNED_TYPE "unsigned_type" Warning "A column is unsigned, which Hive, Athena and Spark do not have.";
    TIME_TYPE "time_type" Error "`time` is not a plain 64-bit integer of milliseconds.";
    DATETIME_TYPE "datetime_type" Warning "A `_dt` column is no timestamp in UTC of milliseconds or microseconds.";
    SCHEMA_DRIFT "schema_drift" Error "A column has another type in other files of the source; engines fail on one of them.";
    COLUMN_MISSING "column_missing" Warning "A column is not in all files of the source.";
    COLUMN_ORDER "column_order" Warning "Files of the source have their columns in different order; readers by position mix them up.";
    SMALL_FILES "small_files" Warning "A partition has many small files, which cost every query more than their rows.";
    EMPTY_FILE "empty_file" Warning "A file has no rows.";
    NOT_PARQUET "not_parquet" Warning "A file among the data is none; some engines stumble over it.";
}
