//! `ocsf compact`

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{BucketArgs, ResourceArgs};
use crate::units::{ByteSize, Time, ZstdLevel};

/// `ocsf compact`
#[derive(Debug, Clone, Args)]
#[command(after_long_help = super::EXIT_CODES)]
pub struct CompactArgs {
    /// A lake that `ocsf convert` wrote: a directory or s3://BUCKET/PATH
    #[arg(value_name = "LAKE", value_hint = ValueHint::DirPath)]
    pub lake: PathBuf,
    /// Merge files of this table only; may be repeated
    #[arg(long, value_name = "TABLE", value_delimiter = ',', env = "OCSF_TABLE", help_heading = "Files")]
    pub table: Vec<String>,
    /// Merge files of partitions like this only, such as region=*/accountId=*/eventDay=202405*
    #[arg(long, value_name = "PATTERN", env = "OCSF_PARTITION", help_heading = "Files")]
    pub partition: Option<String>,
    /// Merge files of this day and later ones only
    #[arg(long, value_name = "DAY", env = "OCSF_SINCE", help_heading = "Files")]
    pub since: Option<Time>,
    /// Merge files of days before this one only, such as those that are over
    #[arg(long, value_name = "DAY", env = "OCSF_UNTIL", help_heading = "Files")]
    pub until: Option<Time>,
    /// Size of the new files, about; those of less than half are merged
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "128MiB",
        env = "OCSF_TARGET_SIZE",
        help_heading = "Output"
    )]
    pub target_size: ByteSize,
    /// Drop events whose time and metadata.uid another one of their table and partition has
    #[arg(long, env = "OCSF_DEDUP", help_heading = "Output")]
    pub dedup: bool,
    /// Compression of the Parquet pages, up to zstd:22
    #[arg(
        long,
        value_name = "zstd:N",
        default_value = "zstd:1",
        env = "OCSF_COMPRESSION",
        help_heading = "Output"
    )]
    pub compression: ZstdLevel,
    /// Say what would be merged, and write nothing
    #[arg(long, env = "OCSF_DRY_RUN", help_heading = "Output")]
    pub dry_run: bool,
    /// Where the record of what was converted is, when not in _ocsf below the lake: a directory or s3://BUCKET/PATH
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "OCSF_STATE", help_heading = "Output")]
    pub state: Option<PathBuf>,
    /// Key of AWS KMS that S3 encrypts the files with; default: what the bucket says
    #[arg(
        long,
        value_name = "KEY",
        env = "OCSF_SSE_KMS_KEY",
        hide_short_help = true,
        help_heading = "Output"
    )]
    pub sse_kms_key: Option<String>,
    /// Send files of this size and more in parts
    #[arg(long, value_name = "SIZE", default_value = "16MiB", env = "OCSF_MULTIPART_BYTES", hide = true)]
    pub multipart_bytes: ByteSize,
    /// How buckets are reached.
    #[command(flatten)]
    pub buckets: BucketArgs,
    /// Merge files of so many partitions at a time; default: one a core
    #[arg(short = 'j', long, value_name = "N", env = "OCSF_THREADS", help_heading = "Resources")]
    pub threads: Option<NonZeroUsize>,
    /// What it may take, and how it is reported.
    #[command(flatten)]
    pub resources: ResourceArgs,
}
