//! How files are cut and encoded.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Choices about files. All of them change bytes, none changes an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileOptions {
    /// zstd level, 1 to 22. Default 1: higher levels cost much time and save little on logs.
    pub zstd_level: i32,
    /// A row group ends when its source records hold this many bytes. Default 64 MiB, a few MiB compressed.
    pub row_group_bytes: u64,
    /// A file ends when its source records hold this many bytes. Default 1 GiB, some 50 to 100 MiB of Parquet.
    pub file_bytes: u64,
    /// Region in every path instead of the event's own: the one that the lake lies in. None by default.
    pub lake_region: Option<Arc<str>>,
    /// Source names by the default name of their table, where they differ from it.
    pub source_names: BTreeMap<String, String>,
    /// Keep with each group where its rows come from. Default false.
    pub trace: bool,
    /// Drop events of a group whose time and `metadata.uid` an earlier one of the same table and partition has. Default
    /// false.
    pub dedup: bool,
    /// The output is the location of one custom source: paths begin with `region=`. Default false.
    pub provider_location: bool,
}

impl Default for FileOptions {
    fn default() -> Self {
        Self {
            zstd_level: 1,
            row_group_bytes: 64 << 20,
            file_bytes: 1 << 30,
            lake_region: None,
            source_names: BTreeMap::new(),
            trace: false,
            dedup: false,
            provider_location: false,
        }
    }
}

impl FileOptions {
    /// Source name of a table.
    pub fn source_name<'a>(&'a self, table: &'a str) -> &'a str {
        self.source_names.get(table).map_or(table, String::as_str)
    }
}
