//! What a lake holds by its own account; runs that were interrupted are completed or undone on the way.

use std::collections::{BTreeMap, BTreeSet};

use object_store::path::Path as StorePath;
use serde::de::DeserializeOwned;

use crate::announced::path_of;
use crate::compact::{Compaction, Phase};
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
                let mut bound = compaction.replaces.keys().chain(&compaction.kept_by);
                if bound.any(|group| all.contains(group.as_str())) {
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
        Ok(state)
    }

    fn recovered(&self) -> Result<LakeState, LakeError> {
        self.remove_torn()?;
        let mut state =
            LakeState { groups: self.read_all("manifest")?, compactions: self.read_all(COMPACTIONS)? };
        self.recover_compactions(&mut state)?;
        let removing = state.groups.iter().filter(|group| group.removing).map(|group| group.group.clone());
        let half_gone = state.compactions.iter().filter(|compaction| compaction.phase == Phase::Removing);
        let half_gone = half_gone.flat_map(|compaction| compaction.replaces.keys().cloned());
        let going: Vec<String> = removing.chain(half_gone).collect();
        self.remove_groups(&mut state, &going)?;
        self.refuse_unlisted(&state)?;
        Ok(state)
    }

    /// Manifests of all published groups, by name, as part of [`state`](Self::state).
    ///
    /// # Errors
    /// As of [`state`](Self::state).
    pub fn manifests(&self) -> Result<Vec<Manifest>, LakeError> {
        Ok(self.state()?.groups)
    }

    /// Removes groups and all that goes with them, as [`LakeState::groups_with`] says: exactly the files that their
    /// manifests list, those of compactions that hold their events, then the manifests. Interrupted, it is completed by the
    /// next run.
    ///
    /// # Errors
    /// A file could not be removed, or as of [`state`](Self::state).
    pub fn remove(&self, groups: &[String]) -> Result<(), LakeError> {
        self.remove_groups(&mut self.recovered()?, groups)
    }

    fn remove_groups(&self, state: &mut LakeState, names: &[String]) -> Result<(), LakeError> {
        let all = state.groups_with(names.iter().map(String::as_str));
        let all: BTreeSet<String> = all.into_iter().map(str::to_owned).collect();
        let (going, compactions): (Vec<Compaction>, _) = std::mem::take(&mut state.compactions)
            .into_iter()
            .partition(|compaction| compaction.replaces.keys().any(|group| all.contains(group)));
        state.compactions = compactions;
        let (groups, staying): (Vec<Manifest>, _) =
            std::mem::take(&mut state.groups).into_iter().partition(|group| all.contains(&group.group));
        state.groups = staying;
        // Once the first is marked, the others follow from it.
        for compaction in &going {
            self.write_compaction(&Compaction { phase: Phase::Removing, ..compaction.clone() })?;
        }
        for group in &groups {
            self.write_manifest(&Manifest { removing: true, ..group.clone() })?;
        }
        for compaction in &going {
            self.delete_compacted(compaction)?;
        }
        groups.iter().try_for_each(|group| self.delete_group(group))?;
        going.iter().try_for_each(|compaction| self.home().delete(&compaction.path()))
    }

    /// Manifests as they are there.
    pub(crate) fn published(&self) -> Result<Vec<Manifest>, LakeError> {
        let groups = self.read_all::<Manifest>("manifest")?;
        Ok(groups.into_iter().filter(|group| !group.removing).collect())
    }

    /// Removes exactly the files that a manifest lists, then the manifest.
    pub(crate) fn delete_group(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.delete_files(manifest)?;
        self.home().delete(&manifest_path(&manifest.group))
    }

    pub(crate) fn delete_files(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let files = manifest.files.iter().map(|file| &file.path).chain(&manifest.side_files);
        for path in files {
            self.out.delete(&StorePath::from(path.as_str()))?;
        }
        if let Some(path) = &manifest.trace {
            self.home().delete(&StorePath::from(path.as_str()))?;
        }
        Ok(())
    }

    pub(crate) fn read_all<T: DeserializeOwned + Versioned>(&self, kind: &str) -> Result<Vec<T>, LakeError> {
        let folder = StorePath::from(STATE).join(kind);
        let mut all = Vec::new();
        for paths in self.home().list(Some(&folder))?.chunks(READ_AT_ONCE) {
            for (path, bytes) in paths.iter().zip(self.home().read_each(paths)?) {
                let Some(bytes) = bytes else { continue };
                let read: T = unseal(&bytes).map_err(|detail| damaged(path, detail))?;
                check_version(path, read.version())?;
                if path.filename() != Some(&format!("{}.json", read.name())) {
                    return Err(damaged(path, format!("it is the manifest of `{}`", read.name())));
                }
                all.push(read);
            }
        }
        Ok(all)
    }

    /// A lost manifest does not go unnoticed: its files would be taken for nothing, and its inputs converted again. Of a lake
    /// in a bucket whose state is elsewhere it does, for there the right to write may be all that there is.
    fn refuse_unlisted(&self, state: &LakeState) -> Result<(), LakeError> {
        if !self.is_ours_alone() && self.state.is_some() {
            return Ok(());
        }
        let known: BTreeSet<&str> = state.files().map(|file| file.path.as_str()).collect();
        let mut unlisted = Vec::new();
        let mut of_others = BTreeMap::new();
        let root = StorePath::from("ext");
        let root = (!self.files.provider_location).then_some(&root);
        for path in self.out.list(root)? {
            let Some((group, _)) = path.filename().and_then(writer_of) else { continue };
            if known.contains(path.as_ref()) {
                continue;
            }
            if !self.is_ours_alone() {
                if !of_others.contains_key(group) {
                    of_others.insert(group.to_owned(), self.is_of_other_run(group)?);
                }
                if of_others.get(group) == Some(&true) || self.out.size(&path)?.is_none() {
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
    /// it before its first file, until after its manifest.
    fn is_of_other_run(&self, group: &str) -> Result<bool, LakeError> {
        let home = self.home();
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
