//! What is kept of a compaction.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path as StorePath;
use serde::{Deserialize, Serialize};

use crate::lake::STATE;
use crate::manifest::FileRecord;
use crate::recover::COMPACTIONS;
use crate::sealed::unseal;

/// Files that were merged into one: `_ocsf/compaction/<name>.json`. The manifests of groups stay as they are; what they list
/// and a compaction replaces is not there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// Form of this record.
    pub manifest_version: u32,
    /// Name of the compaction: 32 hexadecimal digits that follow from the files that were merged.
    pub compaction: String,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Phase::is_done")]
    pub phase: Phase,
    /// The one file with all events; none when all were duplicates of events in other files.
    pub files: Vec<FileRecord>,
    /// Files of groups whose events it holds, by name of their group. Also those that earlier compactions had merged.
    pub replaces: BTreeMap<String, Vec<FileRecord>>,
    /// Events of `replaces` that are not there any more, since they were duplicates of others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub duplicates: u64,
    /// Other groups, which hold what the duplicates were duplicates of: they can only go together with those of `replaces`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kept_by: BTreeSet<String>,
    /// File that tells which row of which file of `replaces` each row was: path within the state of the lake.
    pub trace: String,
    /// Paths of the files that were merged, while they may still be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<String>,
    /// Earlier compactions that this one stands for, while their records may still be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<String>,
    /// SHA-256 of the new file, hexadecimal, while it is compared with what a bucket has got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// How far a compaction is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Phase {
    /// The merged files are gone.
    #[default]
    Done,
    /// Both the new file and the merged ones may be there: as soon as the new one is, the merged ones do not count.
    Replacing,
    /// It is being removed with all groups that it holds events of; they do not count.
    Removing,
    /// In a bucket: it did not come about, since another run merged or removed its files before its own was there. Its own does
    /// not count, should it still appear.
    TakenBack,
}

impl Phase {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_done(&self) -> bool {
        *self == Self::Done
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Compaction {
    /// Reads a record back from its file.
    ///
    /// # Errors
    /// It is damaged, in words.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        unseal(bytes)
    }

    /// Files of groups whose events it holds.
    pub fn replaced(&self) -> impl Iterator<Item = &FileRecord> {
        self.replaces.values().flatten()
    }

    /// Groups that cannot go without it: those whose events it holds, and those that hold what its duplicates were duplicates of.
    pub(crate) fn bound(&self) -> impl Iterator<Item = &String> {
        self.replaces.keys().chain(&self.kept_by)
    }

    /// Whether what it stands for is neither done nor being removed.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Replacing | Phase::TakenBack)
    }

    pub(crate) fn path(&self) -> StorePath {
        compaction_path(&self.compaction)
    }
}

pub(crate) fn compaction_path(name: &str) -> StorePath {
    StorePath::from(STATE).join(COMPACTIONS).join(format!("{name}.json"))
}
