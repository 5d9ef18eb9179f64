//! What can go wrong with a lake. Events never do.

use std::io;
use std::path::{Path, PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use crate::store::told;

/// A lake that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LakeError {
    /// A folder or file of the lake, of its state or of temporary data.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The store refused an operation.
    #[error("cannot {action} `{path}`")]
    Store {
        /// What was tried.
        action: &'static str,
        /// Path within the store.
        path: String,
        /// Why it failed.
        source: object_store::Error,
    },
    /// A place that cannot be named, or a kind of store that is not known.
    #[error("cannot use `{location}`: {reason}")]
    Location {
        /// The place.
        location: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another run published what this one was about to.
    #[error("another run converted `{input}` at the same time")]
    OtherRun {
        /// Key of the input, or the first of several.
        input: String,
    },
    /// Parquet could not be written.
    #[error("cannot write Parquet")]
    Parquet(#[from] ParquetError),
    /// Rows could not be sorted, set aside or merged.
    #[error("cannot sort the events of a group")]
    Arrow(#[from] ArrowError),
    /// The output holds files and no state of a lake.
    #[error("`{out}` already holds files of something else, e.g. `{example}`")]
    Foreign {
        /// The output.
        out: String,
        /// One of its entries.
        example: String,
    },
    /// There is no lake.
    #[error("`{lake}` holds no record of a lake")]
    NoLake {
        /// Where its state would be.
        lake: String,
    },
    /// Another run merges or removes files of a lake in a bucket, or was killed when it did.
    #[error("another run is merging or replacing files of `{lake}`, or was killed at it")]
    OtherCompaction {
        /// The lake.
        lake: String,
    },
    /// Another run is writing to the lake.
    #[error("another run is writing to `{lake}`")]
    Busy {
        /// The lake.
        lake: String,
    },
    /// The lake was begun with other options.
    #[error("the lake was begun with other options: {differences}")]
    OtherOptions {
        /// Each option that differs, with both values.
        differences: String,
    },
    /// The state is that of another output.
    #[error("`{state}` is the state of `{was}`, not of `{now}`, {why}")]
    OtherOutput {
        /// The state.
        state: String,
        /// The output that it is of.
        was: String,
        /// The output that it was given for.
        now: String,
        /// Why it can be no other place of the same lake, in words.
        why: String,
    },
    /// A manifest, or the description of the lake, cannot be read.
    #[error("`{path}` is damaged: {detail}")]
    Damaged {
        /// Path within the store.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Files with events that no manifest lists: it is not known which inputs they hold.
    #[error("{count} files with events are listed by no manifest, first `{path}`")]
    Unlisted {
        /// How many there are.
        count: usize,
        /// The first of them, as a path within the lake.
        path: String,
        /// It is of a compaction: its groups are known as converted.
        merged: bool,
    },
    /// A file with events cannot be read.
    #[error("`{path}` cannot be read: {detail}")]
    Unreadable {
        /// Where it is.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Merged files do not hold what the files held that they were made of.
    #[error("what was merged is not what was there: {detail}")]
    NotTheSame {
        /// What differs.
        detail: String,
    },
    /// A schema that no table of a lake has.
    #[error("{reason}")]
    Schema {
        /// What is wrong with it.
        reason: String,
    },
    /// No name for a custom source.
    #[error("`{0}` is no source name: 1 to 20 letters, digits, `-`, `_`, `:` or `.`")]
    SourceName(String),
}

impl LakeError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(crate) fn store(
        action: &'static str,
        path: impl Into<String>,
    ) -> impl FnOnce(object_store::Error) -> Self {
        let path = path.into();
        move |source| Self::Store { action, path, source }
    }

    /// As [`store`](Self::store), for answers that come over the network.
    pub(crate) fn remote(
        action: &'static str,
        path: impl Into<String>,
    ) -> impl FnOnce(object_store::Error) -> Self {
        let path = path.into();
        move |source| Self::Store { action, path, source: told(source) }
    }
}
