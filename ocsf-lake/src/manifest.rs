//! What a lake says of itself: one manifest a group, and the options that all groups share.

use std::collections::BTreeMap;

use ocsf_core::Counts;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::fingerprint::hex;
use crate::sealed::{seal, unseal};

/// Version of the form of manifests and of the lake's description.
pub const MANIFEST_VERSION: u32 = 1;

/// A published group: its inputs, its files, its balance. Nothing in it depends on the clock or the machine.
///
/// As a file it ends with a hash of all that comes before, see [`from_json`](Self::from_json).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of this manifest.
    pub manifest_version: u32,
    /// Name of the group: 32 hexadecimal digits.
    pub group: String,
    /// The files of the group are being published or removed; a reader must not count on them, and the next run removes
    /// what is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removing: bool,
    /// Inputs that the group covers, in their order.
    pub inputs: Vec<InputRecord>,
    /// Files with events, in the order of their paths.
    pub files: Vec<FileRecord>,
    /// Further files, such as rejects: paths within the lake.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub side_files: Vec<String>,
    /// File that tells where the rows of `files` come from, if there is one: path within the state of the lake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// Mapping version of each mapper that was used.
    pub mappings: BTreeMap<String, u32>,
    /// Records of the group.
    pub counts: GroupCounts,
}

impl Manifest {
    /// Reads a manifest back from its file.
    ///
    /// # Errors
    /// It is damaged, in words.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        unseal(bytes)
    }

    /// The manifest as its file has it.
    ///
    /// # Errors
    /// None that values of these types have.
    pub fn to_json(&self) -> serde_json::Result<String> {
        seal(self)
    }
}

/// An input as a manifest knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InputRecord {
    /// Key of the object.
    pub key: String,
    /// Stored bytes.
    pub size: u64,
    /// SHA-256 of the stored bytes, hexadecimal.
    pub sha256: String,
    /// What the store of the object said in place of a hash, where it did: tells that it is the same without reading it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Source that it was read as, or the kind that it was skipped as.
    pub read_as: String,
    /// What ended the reading before the end of the object, if anything did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A file with events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Path within the lake.
    pub path: String,
    /// Table that its events belong to, by its default name.
    pub table: String,
    /// OCSF class of its events.
    pub class_uid: i32,
    /// Fingerprint of its schema.
    pub schema: String,
    /// Events.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// First event time, milliseconds since the epoch.
    pub min_time: i64,
    /// Last event time, milliseconds since the epoch.
    pub max_time: i64,
}

/// The balance of a group: `records = events + rejects + skipped`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCounts {
    /// Records seen.
    pub records: u64,
    /// Records that became events.
    pub events: u64,
    /// Records that were rejected.
    pub rejects: u64,
    /// Records that are rightly no events, by reason.
    pub skipped: BTreeMap<String, u64>,
}

impl From<&Counts> for GroupCounts {
    fn from(counts: &Counts) -> Self {
        Self {
            records: counts.records,
            events: counts.events,
            rejects: counts.rejects,
            skipped: counts.skipped.iter().map(|(reason, n)| ((*reason).to_owned(), *n)).collect(),
        }
    }
}

/// Options that change bytes, by name: those of the lake must be the same in every run.
pub type LakeOptions = BTreeMap<String, String>;

/// `_ocsf/lake.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    pub(crate) manifest_version: u32,
    pub(crate) options: LakeOptions,
}

/// Name of the group of these inputs under these options: its files carry it, so that a repetition writes the same
/// files again.
pub(crate) fn group_name(
    inputs: &[InputRecord],
    options: &LakeOptions,
    mappings: &BTreeMap<String, u32>,
) -> String {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    };
    for input in inputs {
        add(&input.key);
        add(&input.size.to_string());
        add(&input.sha256);
        add(&input.read_as);
    }
    for (name, value) in options {
        add(name);
        add(value);
    }
    for (mapper, version) in mappings {
        add(mapper);
        add(&version.to_string());
    }
    let mut name = hex(&digest.finalize());
    name.truncate(GROUP_NAME);
    name
}

/// Hexadecimal digits in the name of a group or a compaction.
pub(crate) const GROUP_NAME: usize = 32;

/// What stands in the place of a part in the names of files that compactions wrote.
pub(crate) const MERGED: &str = "c";

/// The group or compaction that a file with events is of, by its own name, and whether it is a compaction:
/// `<group>-<part>.parquet`, `<compaction>-c.parquet`.
pub(crate) fn writer_of(file: &str) -> Option<(&str, bool)> {
    let (group, part) = file.strip_suffix(".parquet")?.split_once('-')?;
    let is_name = group.len() == GROUP_NAME && group.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let is_part = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (is_name && (is_part || part == MERGED)).then_some((group, part == MERGED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_others_are_told_apart() {
        let name = "0123456789abcdef0123456789abcdef";
        assert_eq!(writer_of(&format!("{name}-12.parquet")), Some((name, false)));
        assert_eq!(writer_of(&format!("{name}-c.parquet")), Some((name, true)));
        for other in ["part-0.parquet", "x.parquet", &format!("{name}-.parquet"), &format!("{name}-0.json")] {
            assert_eq!(writer_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_follows_from_everything_that_changes_bytes() {
        let input = |key: &str, sha: &str| InputRecord {
            key: key.into(),
            size: 1,
            sha256: sha.into(),
            etag: None,
            read_as: "cloudtrail".into(),
            fault: None,
        };
        let options = |version: &str| LakeOptions::from([("ocsf".to_owned(), version.to_owned())]);
        let mappings = |version| BTreeMap::from([("cloudtrail".to_owned(), version)]);
        let name = group_name(&[input("a", "1")], &options("1.1.0"), &mappings(1));
        assert_eq!(name.len(), 32);
        assert_eq!(name, group_name(&[input("a", "1")], &options("1.1.0"), &mappings(1)));
        for other in [
            group_name(&[input("b", "1")], &options("1.1.0"), &mappings(1)),
            group_name(&[input("a", "2")], &options("1.1.0"), &mappings(1)),
            group_name(&[input("a", "1")], &options("1.3.0"), &mappings(1)),
            group_name(&[input("a", "1")], &options("1.1.0"), &mappings(2)),
            group_name(&[input("a", "1"), input("b", "1")], &options("1.1.0"), &mappings(1)),
        ] {
            assert_ne!(name, other);
        }
    }
}
