//! Writes OCSF record batches as Parquet in the layout of Amazon Security Lake custom sources.
//!
//! ```text
//! <out>/ext/<source-name>/region=<region>/accountId=<account>/eventDay=<YYYYMMDD>/<group>-<part>.parquet
//! <out>/_ocsf/manifest/<group>.json
//! <out>/_ocsf/compaction/<compaction>.json
//! ```
//!
//! The unit of work is the group: the events of some inputs. A [`GroupWriter`] takes them as they come, sorts them into
//! files of one class, Region, account and day each, and [`Lake::publish`] moves the files to their places and then
//! records the group in a manifest. What the files hold follows from the inputs and the options alone: neither from
//! threads nor from memory, and the same group has the same file names again.
//!
//! [`Lake::state`] tells what is there, once it has completed or undone what was interrupted. [`Lake::plan_compaction`] finds
//! small files, and [`Lake::merge`] puts one in the place of several, when it has compared them. One [`Lake`] at a time is open
//! on a folder.
//!
//! ```
//! use ocsf_core::{MapperOptions, Mapper, ObjectInfo, Output};
//! use ocsf_lake::{GroupRecord, InputRecord, Lake, LakeSettings};
//! # fn convert(mut mapper: impl Mapper, text: &[u8], dir: &std::path::Path) -> Result<(), ocsf_lake::LakeError> {
//! let lake = Lake::open(LakeSettings::new(dir))?;
//! let mut group = lake.group(64 << 20)?;
//! let tables = mapper.tables().iter().map(|table| group.table(table, mapper.info())).collect::<Result<Vec<_>, _>>()?;
//!
//! mapper.begin(ObjectInfo { name: "logs/a.json".into(), ..ObjectInfo::default() });
//! mapper.decode(text, true);
//! let mut output = Output::default();
//! mapper.flush(&mut output);
//! for batch in &output.batches {
//!     group.write(tables[batch.table], batch)?;
//! }
//! let inputs = vec![InputRecord {
//!     key: "logs/a.json".into(),
//!     size: text.len() as u64,
//!     sha256: "the hash of the stored bytes".into(),
//!     etag: None,
//!     read_as: mapper.info().name.into(),
//!     fault: None,
//! }];
//! lake.publish(group.finish()?, GroupRecord { inputs, counts: (&output.counts).into(), ..GroupRecord::default() })?;
//! # Ok(()) }
//! ```

mod announced;
mod belongs;
mod column;
mod compact;
mod dedup;
mod error;
mod fingerprint;
mod group;
mod lake;
mod leaf_rows;
mod location;
mod manifest;
mod merge;
mod options;
mod other_runs;
mod packed;
mod parquet_file;
mod partition;
mod recover;
mod remove;
mod rows;
mod sealed;
mod shred;
mod spill;
mod staging;
mod store;
mod targets;
mod torn;
mod trace;
mod turn;
mod words;

pub use parquet;

pub use compact::{CompactOptions, Compaction, CompactionPlan, Merge, Phase};
pub use error::LakeError;
pub use fingerprint::{hex, schema_fingerprint};
pub use group::{GroupWriter, StagedGroup, TableHandle};
pub use lake::{GroupRecord, Lake, LakeSettings, SideFile};
pub use location::{BucketName, Location, RemotePath, Scheme};
pub use manifest::{FileRecord, GroupCounts, InputRecord, LakeOptions, MANIFEST_VERSION, Manifest};
pub use options::FileOptions;
pub use partition::{MAX_SOURCE_NAME, Partition, UNKNOWN, check_source_name};
pub use recover::LakeState;
pub use store::{Bucket, Folder, Pending, RemoteObject, StoreOptions, Stores};
pub use targets::{PARTITION_COLUMNS, Target, TargetTable};
pub use trace::{TracedRow, trace_row};
