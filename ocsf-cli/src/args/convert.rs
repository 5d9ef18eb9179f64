//! `ocsf convert`

use std::num::NonZeroUsize;
use std::str::FromStr;

use clap::{Args, ValueEnum, ValueHint};

use super::mapping::{MappingArgs, region};
use super::{InputArgs, ResourceArgs};
use crate::units::{ByteSize, Interval, RejectLimit, RejectsTo, Time, ZstdLevel};

/// `ocsf convert`
#[derive(Debug, Clone, Args)]
#[command(after_long_help = super::EXIT_CODES)]
pub struct ConvertArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Skip events before this time, such as 2024-05-01 or 2024-05-01T10:00:00Z
    #[arg(long, value_name = "TIME", env = "OCSF_SINCE", help_heading = "Input")]
    pub since: Option<Time>,
    /// Skip events at this time and after
    #[arg(long, value_name = "TIME", env = "OCSF_UNTIL", help_heading = "Input")]
    pub until: Option<Time>,
    /// How to map it.
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where to and how to write it.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What becomes of records that are no events.
    #[command(flatten)]
    pub bad: BadArgs,
    /// Whether to go on.
    #[command(flatten)]
    pub watch: WatchArgs,
    /// What it may cost, and what is told of it.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Where to and how to write.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Directory, s3://BUCKET/PATH, or provider location of the lake
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath, required = true, env = "OCSF_OUT")]
    pub out: String,
    /// Write a table under another source name; may be repeated
    #[arg(long, value_name = "TABLE=NAME", value_delimiter = ',', env = "OCSF_SOURCE_NAME")]
    pub source_name: Vec<TableName>,
    /// Region in the path of all files, as Security Lake wants it: where the lake is
    ///
    /// Without it, the path names the Region of the record. The Region of the record is always in cloud.region.
    #[arg(long, value_name = "REGION", value_parser = region, env = "OCSF_LAKE_REGION")]
    pub lake_region: Option<String>,
    /// Publish nothing when the account or Region of a record is unknown
    #[arg(long, env = "OCSF_STRICT_PARTITIONS")]
    pub strict_partitions: bool,
    /// Compression of the Parquet pages, up to zstd:22
    #[arg(long, value_name = "zstd:N", default_value = "zstd:1", env = "OCSF_COMPRESSION")]
    pub compression: ZstdLevel,
    /// Begin another row group after so many bytes of source records
    #[arg(long, value_name = "SIZE", default_value = "64MiB", env = "OCSF_ROW_GROUP_BYTES")]
    pub row_group_bytes: ByteSize,
    /// Begin another file after so many bytes of source records
    #[arg(long, value_name = "SIZE", default_value = "1GiB", env = "OCSF_FILE_BYTES")]
    pub file_bytes: ByteSize,
    /// Convert inputs together up to this stored size
    #[arg(long, value_name = "SIZE", default_value = "32MiB", env = "OCSF_GROUP_BYTES")]
    pub group_bytes: ByteSize,
    /// Keep where each event comes from, in _ocsf/trace, for `ocsf trace`
    #[arg(long, env = "OCSF_TRACE")]
    pub trace: bool,
    /// Count events as skipped whose time and metadata.uid an earlier one of the same group and partition has
    ///
    /// CloudTrail may deliver an event twice, and several trails deliver it several times. Inputs of other groups, and of earlier runs, are
    /// not looked at: `ocsf compact --dedup` does.
    #[arg(long, env = "OCSF_DEDUP")]
    pub dedup: bool,
    /// Convert inputs again that changed since an earlier run, and replace what it wrote
    #[arg(long, env = "OCSF_OVERWRITE")]
    pub overwrite: bool,
    /// Read and map all, and write nothing
    #[arg(long, env = "OCSF_DRY_RUN")]
    pub dry_run: bool,
    /// Keep the record of what was converted here instead of in _ocsf below the output, each output its own: a directory or s3://BUCKET/PATH
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, env = "OCSF_STATE")]
    pub state: Option<String>,
    /// Key of AWS KMS that S3 encrypts the files with; default: what the bucket says
    #[arg(long, value_name = "KEY", env = "OCSF_SSE_KMS_KEY", hide_short_help = true)]
    pub sse_kms_key: Option<String>,
    /// Send files of this size and more in parts
    #[arg(long, value_name = "SIZE", default_value = "16MiB", env = "OCSF_MULTIPART_BYTES", hide = true)]
    pub multipart_bytes: ByteSize,
}

/// What becomes of records that are no events.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Bad records")]
pub struct BadArgs {
    /// Where rejected records go: a directory or s3://BUCKET/PATH; default: _rejects below the output
    #[arg(long, value_name = "DIR|none", value_hint = ValueHint::DirPath, env = "OCSF_REJECTS")]
    pub rejects: Option<RejectsTo>,
    /// Fail when more records than this, or this share of them, are rejected
    #[arg(long, value_name = "N|P%", default_value = "10%", env = "OCSF_MAX_REJECTS")]
    pub max_rejects: RejectLimit,
    /// Stop reading an input after so many decompressed bytes
    ///
    /// Without it, an input may become 1 GiB, and 1,032 bytes more for each stored one: more is no log, but made to fill
    /// memory or to take for ever.
    #[arg(long, value_name = "SIZE", env = "OCSF_MAX_OBJECT_BYTES")]
    pub max_object_bytes: Option<ByteSize>,
}

/// Whether to go on.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Watch")]
pub struct WatchArgs {
    /// Go on until stopped: convert files that come
    ///
    /// A file is left alone until it is the same in two looks at it. Ctrl-C or SIGTERM finishes the groups that are being converted, and
    /// the command exits with 0.
    #[arg(long, conflicts_with_all = ["overwrite", "dry_run"], env = "OCSF_WATCH")]
    pub watch: bool,
    /// Publish so often at most, unless there is enough for a group; 5m or more
    #[arg(long, value_name = "TIME", default_value = "5m", env = "OCSF_INTERVAL")]
    pub interval: Interval,
    /// Least interval: for tests, which cannot wait
    #[arg(long, value_name = "TIME", default_value = "5m", hide = true, env = "OCSF_LEAST_INTERVAL")]
    pub least_interval: Interval,
}

/// What a run may cost, and what is told of it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Resources")]
pub struct RunArgs {
    /// Work on so many groups of inputs at a time; default: one a core
    #[arg(short = 'j', long, value_name = "N", env = "OCSF_THREADS")]
    pub threads: Option<NonZeroUsize>,
    /// What it may take, and how it is reported.
    #[command(flatten)]
    pub resources: ResourceArgs,
    /// Show progress
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        env = "OCSF_PROGRESS",
        help_heading = "Report"
    )]
    pub progress: ProgressChoice,
}

/// A name for a table: `ct-api-activity=NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// The table.
    pub table: String,
    /// The source name that it is written under.
    pub name: String,
}

impl FromStr for TableName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (table, name) =
            text.split_once('=').ok_or("expected TABLE=NAME, such as ct-api-activity=my-trail")?;
        ocsf_lake::check_source_name(name).map_err(|error| error.to_string())?;
        Ok(Self { table: table.to_owned(), name: name.to_owned() })
    }
}

/// When progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressChoice {
    /// On a terminal, unless -q is given
    Auto,
    /// Never
    Never,
}
