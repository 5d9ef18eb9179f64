//! What a lake holds by its own account; runs that were interrupted are completed or undone on the way.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path as StorePath;
use serde::de::DeserializeOwned;

use crate::announced::path_of;
use crate::compact::{Compaction, compaction_path};
use crate::error::LakeError;
use crate::lake::{Lake, STATE, check_version, damaged, manifest_path};
use crate::manifest::{FileRecord, Manifest, writer_of};
use crate::sealed::unseal;
use crate::{torn, trace};

/// Folder of compactions within the state of a lake.
pub(crate) const COMPACTIONS: &str = "compaction";

/// Manifests that are in memory as text at the same time.
const READ_AT_ONCE: usize = 256;

/// What a lake holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LakeState {
    /// Published groups, by name. Their lists of files are what they were published with.
    pub groups: Vec<Manifest>,
    /// Compactions, by name. Files that they replaced are there no more.
    pub compactions: Vec<Compaction>,
}

impl LakeState {
    /// The files that hold the events of the lake: those of groups that no compaction replaced, and those of compactions.
    pub fn files(&self) -> impl Iterator<Item = &FileRecord> {
        let replaced: BTreeSet<&str> =
            self.compactions.iter().flat_map(Compaction::replaced).map(|file| file.path.as_str()).collect();
        let of_groups = self.groups.iter().flat_map(|group| &group.files);
        let of_compactions = self.compactions.iter().flat_map(|compaction| &compaction.files);
        of_groups.filter(move |file| !replaced.contains(file.path.as_str())).chain(of_compactions)
    }

    /// Groups that can only go together with those of that name: events of theirs share files, or were dropped as duplicates
    /// of events that go. Names, these among them.
    pub fn groups_with<'a>(&'a self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut all: BTreeSet<&str> = names.into_iter().collect();
        loop {
            let before = all.len();
            for compaction in &self.compactions {
                if compaction.bound().any(|group| all.contains(group.as_str())) {
                    all.extend(compaction.replaces.keys().map(String::as_str));
                }
            }
            if all.len() == before {
                return all;
            }
        }
    }
}

impl Lake {
    /// What the lake holds. Publications, removals and compactions that were interrupted are undone or completed first, and
    /// uploads that a killed run left are given up.
    ///
    /// # Errors
    /// A manifest is damaged, missing or of a newer version, or the lake cannot be read or written. Or what is kept elsewhere is
    /// the state of another output.
    pub fn state(&self) -> Result<LakeState, LakeError> {
        self.check_output()?;
        self.out.abort_uploads(self.home())?;
        self.settle()?;
        let state = self.recovered()?;
        self.other_runs.begin(state.groups.iter().map(|group| manifest_path(&group.group)));
        self.turns.set_known(state.compactions.iter().map(|compaction| compaction.compaction.clone()));
        Ok(state)
    }

    pub(crate) fn recovered(&self) -> Result<LakeState, LakeError> {
        self.remove_torn()?;
        let mut state = self.read_state()?;
        if self.is_ours_alone() {
            self.recover_compactions(&mut state)?;
            self.complete_removals(&mut state, None)?;
        } else {
            state = self.recovered_in_bucket(state)?;
        }
        let files = self.event_files()?;
        if !self.is_ours_alone() {
            self.drop_late(&mut state, &files)?;
        }
        self.refuse_lost_groups(&state)?;
        self.refuse_unlisted(&state, &files)?;
        Ok(state)
    }

    /// Others may be at work: nothing is touched unless something is to be done.
    fn recovered_in_bucket(&self, mut state: LakeState) -> Result<LakeState, LakeError> {
        let is_removed = state.groups.iter().any(|group| group.removing);
        if is_removed || self.is_unsettled(&state)? {
            state = self.in_turn(|turn| {
                let mut state = self.read_state()?;
                let is_done = self.make_way_for_removals(turn, &mut state)?
                    && self.settle_compactions(turn, &mut state)?.is_some()
                    && self.take_back_removals(turn, &mut state)?
                    && self.complete_removals(&mut state, Some(turn))?;
                Ok(is_done.then_some(state))
            })?;
        }
        state.compactions.retain(|compaction| !compaction.is_open());
        Ok(state)
    }

    /// All records as they are there.
    pub(crate) fn read_state(&self) -> Result<LakeState, LakeError> {
        Ok(LakeState { groups: self.read_all("manifest")?, compactions: self.read_all(COMPACTIONS)? })
    }

    /// Manifests of all published groups, by name, as part of [`state`](Self::state).
    ///
    /// # Errors
    /// As of [`state`](Self::state).
    pub fn manifests(&self) -> Result<Vec<Manifest>, LakeError> {
        Ok(self.state()?.groups)
    }

    /// Manifests as they are there.
    pub(crate) fn published(&self) -> Result<Vec<Manifest>, LakeError> {
        let groups = self.read_all::<Manifest>("manifest")?;
        Ok(groups.into_iter().filter(|group| !group.removing).collect())
    }

    pub(crate) fn read_all<T: DeserializeOwned + Versioned>(&self, kind: &str) -> Result<Vec<T>, LakeError> {
        let folder = StorePath::from(STATE).join(kind);
        let mut all = Vec::new();
        for paths in self.home().list(Some(&folder))?.chunks(READ_AT_ONCE) {
            for (path, bytes) in paths.iter().zip(self.home().read_each(paths)?) {
                let Some(bytes) = bytes else { continue };
                all.push(parse(path, &bytes)?);
            }
        }
        Ok(all)
    }

    /// A manifest of any kind; `None` when it is not there.
    pub(crate) fn read_record<T: DeserializeOwned + Versioned>(
        &self,
        path: &StorePath,
    ) -> Result<Option<T>, LakeError> {
        self.home().read(path)?.map(|bytes| parse(path, &bytes)).transpose()
    }

    /// The same of several at once.
    pub(crate) fn read_records<T: DeserializeOwned + Versioned>(
        &self,
        paths: &[StorePath],
    ) -> Result<Vec<Option<T>>, LakeError> {
        let read = self.home().read_each(paths)?.into_iter().zip(paths);
        read.map(|(bytes, path)| bytes.map(|bytes| parse(path, &bytes)).transpose()).collect()
    }

    /// All files with events. Not those of a lake in a bucket whose state is elsewhere, for there the right to write may be all
    /// that there is.
    fn event_files(&self) -> Result<Vec<StorePath>, LakeError> {
        if !self.is_ours_alone() && self.state.is_some() {
            return Ok(Vec::new());
        }
        let root = StorePath::from("ext");
        self.out.list((!self.files.provider_location).then_some(&root))
    }

    /// A lost manifest does not go unnoticed: its files would be taken for nothing, and its inputs converted again.
    fn refuse_unlisted(&self, state: &LakeState, files: &[StorePath]) -> Result<(), LakeError> {
        let known: BTreeSet<&str> = state.files().map(|file| file.path.as_str()).collect();
        let mut unlisted = Vec::new();
        let mut of_others = BTreeMap::new();
        for path in files {
            let Some((group, merged)) = path.filename().and_then(writer_of) else { continue };
            if known.contains(path.as_ref()) {
                continue;
            }
            if !self.is_ours_alone() {
                if !of_others.contains_key(group) {
                    of_others.insert(group.to_owned(), self.is_of_other_run(group, merged)?);
                }
                if of_others.get(group) == Some(&true) || self.out.size(path)?.is_none() {
                    continue;
                }
            }
            unlisted.push(path.to_string());
        }
        let Some(path) = unlisted.first().cloned() else { return Ok(()) };
        let name = path.rsplit('/').next().and_then(writer_of);
        Err(LakeError::Unlisted {
            count: unlisted.len(),
            merged: name.is_some_and(|(_, merged)| merged),
            path,
        })
    }

    /// In a bucket a group may be that of a run that goes on, or was killed and is done again: whoever publishes it announces
    /// it before its first file, until after its manifest. Whoever merges files writes its record first.
    fn is_of_other_run(&self, group: &str, merged: bool) -> Result<bool, LakeError> {
        let home = self.home();
        if merged {
            return Ok(home.size(&compaction_path(group))?.is_some());
        }
        Ok(home.size(&path_of(group))?.is_some() || home.size(&manifest_path(group))?.is_some())
    }

    /// Files that a killed run began to write into the state.
    fn remove_torn(&self) -> Result<(), LakeError> {
        let Some(state) = self.home().dir().map(|dir| dir.join(STATE)) else { return Ok(()) };
        for folder in ["", "manifest", COMPACTIONS, trace::FOLDER, "announced", "uploads"] {
            torn::remove_from_state(&state.join(folder), self.is_ours_alone())?;
        }
        Ok(())
    }
}

fn parse<T: DeserializeOwned + Versioned>(path: &StorePath, bytes: &[u8]) -> Result<T, LakeError> {
    let read: T = unseal(bytes).map_err(|detail| damaged(path, detail))?;
    check_version(path, read.version())?;
    if path.filename() != Some(&format!("{}.json", read.name())) {
        return Err(damaged(path, format!("it is the manifest of `{}`", read.name())));
    }
    Ok(read)
}

/// A manifest of any kind.
pub(crate) trait Versioned {
    fn version(&self) -> u32;
    fn name(&self) -> &str;
}

impl Versioned for Manifest {
    fn version(&self) -> u32 {
        self.manifest_version
    }

    fn name(&self) -> &str {
        &self.group
    }
}

impl Versioned for Compaction {
    fn version(&self) -> u32 {
        self.manifest_version
    }

    fn name(&self) -> &str {
        &self.compaction
    }
}
