//! What runs that were killed, or overtaken, have left of compactions in a bucket.

use std::collections::{BTreeMap, BTreeSet};

use object_store::Error;
use object_store::path::Path as StorePath;

use super::record::{Compaction, Phase};
use crate::error::LakeError;
use crate::lake::Lake;
use crate::manifest::Manifest;
use crate::recover::{COMPACTIONS, LakeState};
use crate::turn::Turn;

impl Lake {
    /// Puts in order what others have left. What one of them may still be about to do, this leaves, and takes out of `state`.
    /// `None` when another run took the turn.
    pub(crate) fn settle_compactions(
        &self,
        turn: &Turn<'_>,
        state: &mut LakeState,
    ) -> Result<Option<()>, LakeError> {
        let (taken_back, others): (Vec<Compaction>, _) = std::mem::take(&mut state.compactions)
            .into_iter()
            .partition(|compaction| compaction.phase == Phase::TakenBack);
        let mut superseded = Vec::new();
        for compaction in others {
            if compaction.phase != Phase::Replacing {
                state.compactions.push(compaction);
            } else if self.is_whole(&compaction)? {
                let Some(done) = self.finish_in(turn, &compaction)? else { return Ok(None) };
                state.compactions.push(done);
                superseded.extend(compaction.supersedes);
            }
        }
        state.compactions.retain(|one| !superseded.contains(&one.compaction));
        state.compactions.sort_by(|a, b| a.compaction.cmp(&b.compaction));
        for compaction in taken_back {
            if self.forget(turn, &compaction, state)?.is_none() {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Removes the file of a compaction that was taken back, should it have come after all; and its record as soon as nobody can
    /// want to merge the same files again. `None` when another run took the turn.
    fn forget(
        &self,
        turn: &Turn<'_>,
        compaction: &Compaction,
        state: &mut LakeState,
    ) -> Result<Option<()>, LakeError> {
        let elsewhere = Elsewhere::of(state);
        let mut is_over = elsewhere.has_of(compaction);
        for (group, files) in &compaction.replaces {
            for file in files.iter().filter(|file| !elsewhere.has(group, &file.path)) {
                if self.out.size(&StorePath::from(file.path.as_str()))?.is_some() {
                    continue;
                }
                if !self.is_whole(compaction)? {
                    // Somebody removed old days.
                    is_over = true;
                    continue;
                }
                // It was taken back when its files had already begun to go.
                let again = Compaction { phase: Phase::Replacing, ..compaction.clone() };
                self.write_compaction(&again)?;
                let done = self.finish_in(turn, &again)?;
                return Ok(done.map(|done| state.compactions.push(done)));
            }
        }
        if !self.goes_on(turn, compaction)? {
            return Ok(None);
        }
        self.out.delete_each(compaction.files.iter().map(|file| file.path.as_str()))?;
        if is_over {
            self.delete_compacted(compaction)?;
            self.home().delete(&compaction.path())?;
        }
        Ok(Some(()))
    }

    /// Whether [`settle_compactions`](Self::settle_compactions) would change something.
    pub(crate) fn is_unsettled(&self, state: &LakeState) -> Result<bool, LakeError> {
        let elsewhere = Elsewhere::of(state);
        for compaction in &state.compactions {
            let found = match compaction.phase {
                Phase::Done => Ok(false),
                Phase::Removing => Ok(true),
                Phase::Replacing => self.is_there(compaction),
                Phase::TakenBack if elsewhere.has_of(compaction) => Ok(true),
                Phase::TakenBack => self.is_there_at_all(compaction),
            };
            match found {
                // Who may write to the output alone leaves it to those who compact.
                Err(LakeError::Store { source: Error::PermissionDenied { .. }, .. }) | Ok(false) => {}
                found => return found,
            }
        }
        Ok(false)
    }

    fn is_there_at_all(&self, compaction: &Compaction) -> Result<bool, LakeError> {
        for file in &compaction.files {
            if self.out.size(&StorePath::from(file.path.as_str()))?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Looks after what came late, when others had already gone on. A record whose file is not there speaks of what was removed or
    /// merged again meanwhile, and goes. Where the file is there, those of `files` that it replaced go.
    pub(crate) fn drop_late(&self, state: &mut LakeState, files: &[StorePath]) -> Result<(), LakeError> {
        let files: BTreeSet<&str> = files.iter().map(AsRef::as_ref).collect();
        let odd = odd(state, &files);
        if odd.is_empty() {
            return Ok(());
        }
        let late = self.in_turn(|turn| {
            let mut late = Vec::new();
            for compaction in &odd {
                let is_there = self.is_there(compaction)?;
                let is_late = !is_there && self.is_late(compaction, state)?;
                if self.read_compaction(&compaction.compaction)?.as_ref() != Some(compaction) {
                    continue;
                }
                if !turn.is_ours()? {
                    return Ok(None);
                }
                if is_there {
                    let replaced = compaction.replaced().map(|file| file.path.as_str());
                    self.out.delete_each(replaced.filter(|path| files.contains(path)))?;
                } else if is_late {
                    self.home().delete(&compaction.path())?;
                    late.push(compaction.compaction.clone());
                }
            }
            Ok(Some(late))
        })?;
        state.compactions.retain(|compaction| !late.contains(&compaction.compaction));
        Ok(())
    }

    /// Whether all that a compaction, whose file is not there, has replaced is gone or somewhere else.
    fn is_late(&self, compaction: &Compaction, state: &LakeState) -> Result<bool, LakeError> {
        let others = state.compactions.iter().filter(|one| one.compaction != compaction.compaction);
        let others: BTreeSet<&str> =
            others.flat_map(|one| one.replaced().map(|file| file.path.as_str())).collect();
        let groups: BTreeSet<&str> = state.groups.iter().map(|group| group.group.as_str()).collect();
        for (group, files) in &compaction.replaces {
            for file in files {
                if groups.contains(group.as_str())
                    && !others.contains(file.path.as_str())
                    && self.out.size(&StorePath::from(file.path.as_str()))?.is_none()
                {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Removes files of a group that were merged, and that a second run has put there once more, as it made the same group.
    pub(crate) fn remove_merged_again(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let own: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
        for compaction in self.read_all::<Compaction>(COMPACTIONS)? {
            let replaced = compaction.replaced().map(|file| file.path.as_str());
            let again: Vec<&str> = replaced.filter(|path| own.contains(path)).collect();
            let counts = match compaction.phase {
                _ if again.is_empty() => false,
                Phase::Done | Phase::Replacing => self.is_whole(&compaction)?,
                Phase::Removing | Phase::TakenBack => false,
            };
            if counts {
                self.out.delete_each(again)?;
            }
        }
        Ok(())
    }
}

/// Compactions that are done and do not fit what else there is: a group is not there, or one of `files` that they replaced is,
/// or another one replaced the same.
fn odd(state: &LakeState, files: &BTreeSet<&str>) -> Vec<Compaction> {
    let groups: BTreeSet<&str> = state.groups.iter().map(|group| group.group.as_str()).collect();
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    for file in state.compactions.iter().flat_map(Compaction::replaced) {
        *times.entry(&file.path).or_default() += 1;
    }
    let is_odd = |compaction: &&Compaction| {
        compaction.phase == Phase::Done
            && (compaction.replaces.keys().any(|group| !groups.contains(group.as_str()))
                || compaction.replaced().any(|file| {
                    files.contains(file.path.as_str()) || times.get(file.path.as_str()) > Some(&1)
                }))
    };
    state.compactions.iter().filter(is_odd).cloned().collect()
}

/// Where the events of files of groups are, but for the files themselves.
struct Elsewhere {
    groups: BTreeSet<String>,
    /// Files that compactions replaced, each with the compaction.
    replaced: BTreeMap<String, String>,
}

impl Elsewhere {
    fn of(state: &LakeState) -> Self {
        let done = state.compactions.iter().filter(|compaction| compaction.phase == Phase::Done);
        let replaced = done.flat_map(|compaction| {
            compaction.replaced().map(|file| (file.path.clone(), compaction.compaction.clone()))
        });
        Self {
            groups: state.groups.iter().map(|group| group.group.clone()).collect(),
            replaced: replaced.collect(),
        }
    }

    /// Whether a file of a group is nothing that must be there.
    fn has(&self, group: &str, path: &str) -> bool {
        !self.groups.contains(group) || self.replaced.contains_key(path)
    }

    /// Whether others have merged or removed a file of those that a compaction was to replace.
    fn has_of(&self, compaction: &Compaction) -> bool {
        let by_other = |path: &str| {
            let by = self.replaced.get(path);
            by.is_some_and(|by| !compaction.supersedes.contains(by))
        };
        let mut each = compaction.replaces.iter();
        each.any(|(group, files)| {
            !self.groups.contains(group) || files.iter().any(|file| by_other(&file.path))
        })
    }
}
