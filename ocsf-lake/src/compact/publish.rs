//! A merged file takes the place of those that it was made of.
//!
//! ```text
//! 1. record, `replacing`   2. trace   3. the new file appears   4. the merged files go   5. record, done
//! ```
//!
//! Killed before 3, nothing has happened but notes, which go. Killed after it, the rest is done by the next run. Between 3 and
//! the end of 4 a reader that goes by folders sees events twice, never too few; the record says which files count.

use std::collections::BTreeSet;
use std::fs::{self, File};

use object_store::path::Path as StorePath;

use super::record::{Compaction, Phase, compaction_path};
use crate::error::LakeError;
use crate::group::StagedGroup;
use crate::lake::{Lake, damaged, manifest_path, trace_path};
use crate::recover::LakeState;
use crate::store::Placed;
use crate::trace;

impl Lake {
    /// Publishes the file of a compaction and removes those that it replaces. Returns what is kept of it.
    pub(crate) fn publish_compaction(
        &self,
        staged: &StagedGroup,
        compaction: Compaction,
    ) -> Result<Compaction, LakeError> {
        self.note_output()?;
        let replacing = Compaction { phase: Phase::Replacing, ..compaction };
        self.write_compaction(&replacing)?;
        self.place_in_home(&staged.staging_dir().join(trace::STAGED), &replacing.trace)?;
        self.place_compacted(staged, &replacing)?;
        self.finish_compaction(&replacing)
    }

    pub(super) fn place_compacted(
        &self,
        staged: &StagedGroup,
        compaction: &Compaction,
    ) -> Result<(), LakeError> {
        let files = staged.files.iter().zip(&compaction.files);
        let files = files.map(|(file, there)| Placed {
            staged: file.staged.clone(),
            to: StorePath::from(there.path.as_str()),
        });
        self.out.place_all(&files.collect::<Vec<_>>(), self.home())
    }

    /// Removes what was merged.
    fn finish_compaction(&self, compaction: &Compaction) -> Result<Compaction, LakeError> {
        for file in &compaction.files {
            self.keep_name(&file.path)?;
        }
        for path in &compaction.merged {
            self.out.delete(&StorePath::from(path.as_str()))?;
        }
        self.remove_superseded(compaction)?;
        self.note_done(compaction)
    }

    /// Removes what is kept of compactions that one stands for.
    pub(super) fn remove_superseded(&self, compaction: &Compaction) -> Result<(), LakeError> {
        for name in &compaction.supersedes {
            self.home().delete(&trace_path(name))?;
            self.home().delete(&compaction_path(name))?;
        }
        Ok(())
    }

    pub(super) fn note_done(&self, compaction: &Compaction) -> Result<Compaction, LakeError> {
        let mut done = Compaction { phase: Phase::Done, ..compaction.clone() };
        done.merged.clear();
        done.supersedes.clear();
        done.content = None;
        self.write_compaction(&done)?;
        Ok(done)
    }

    /// Finishes compactions whose new file is there, and takes back the others.
    pub(crate) fn recover_compactions(&self, state: &mut LakeState) -> Result<(), LakeError> {
        let open: Vec<Compaction> = state.compactions.iter().filter(|one| one.is_open()).cloned().collect();
        for compaction in open {
            let done = if compaction.phase == Phase::Replacing && self.is_there(&compaction)? {
                Some(self.finish_compaction(&compaction)?)
            } else {
                self.roll_back(&compaction)?;
                None
            };
            let gone = done.as_ref().map_or(&[][..], |_| &compaction.supersedes);
            state
                .compactions
                .retain(|one| one.compaction != compaction.compaction && !gone.contains(&one.compaction));
            state.compactions.extend(done);
        }
        state.compactions.sort_by(|a, b| a.compaction.cmp(&b.compaction));
        Ok(())
    }

    /// The manifest of a group must be there as long as a compaction holds its events.
    pub(crate) fn refuse_lost_groups(&self, state: &LakeState) -> Result<(), LakeError> {
        let groups: BTreeSet<&str> = state.groups.iter().map(|group| group.group.as_str()).collect();
        for compaction in state.compactions.iter().filter(|one| one.phase == Phase::Done) {
            let missing = compaction.replaces.keys().find(|group| !groups.contains(group.as_str()));
            if let Some(missing) = missing
                && (self.is_ours_alone() || self.is_lost(missing, compaction)?)
            {
                return Err(damaged(
                    &manifest_path(missing),
                    format!("it is not there, and `{}` holds its events", compaction.path()),
                ));
            }
        }
        Ok(())
    }

    /// In a bucket others may have published or removed a group since the manifests were read.
    fn is_lost(&self, group: &str, compaction: &Compaction) -> Result<bool, LakeError> {
        Ok(self.home().size(&manifest_path(group))?.is_none()
            && self.read_compaction(&compaction.compaction)?.as_ref() == Some(compaction))
    }

    fn roll_back(&self, compaction: &Compaction) -> Result<(), LakeError> {
        for path in &compaction.merged {
            if self.out.size(&StorePath::from(path.as_str()))?.is_none() {
                let detail = format!("it was interrupted, and now neither its file nor `{path}` is there");
                return Err(damaged(&compaction.path(), detail));
            }
        }
        self.delete_compacted(compaction)?;
        self.home().delete(&compaction.path())
    }

    /// Removes the files of a compaction.
    pub(crate) fn delete_compacted(&self, compaction: &Compaction) -> Result<(), LakeError> {
        for file in &compaction.files {
            self.out.delete(&StorePath::from(file.path.as_str()))?;
        }
        self.home().delete(&StorePath::from(compaction.trace.as_str()))
    }

    pub(crate) fn is_there(&self, compaction: &Compaction) -> Result<bool, LakeError> {
        for file in &compaction.files {
            if self.out.size(&StorePath::from(file.path.as_str()))? != Some(file.bytes) {
                return Ok(false);
            }
        }
        Ok(self.home().size(&StorePath::from(compaction.trace.as_str()))?.is_some())
    }

    pub(crate) fn write_compaction(&self, compaction: &Compaction) -> Result<(), LakeError> {
        self.put_sealed(&compaction.path(), compaction)
    }

    /// Waits until the disk itself knows the name of a new file: what it replaces must not go before.
    fn keep_name(&self, path: &str) -> Result<(), LakeError> {
        let Some(path) = self.out.dir().map(|dir| dir.join(path)) else { return Ok(()) };
        let Some(folder) = path.parent().filter(|_| cfg!(unix)) else { return Ok(()) };
        let sync = File::open(folder).and_then(|folder| folder.sync_all());
        match sync {
            // Some file systems cannot, and have no need to.
            Err(error) if fs::metadata(&path).is_err() => Err(LakeError::io("publish", &path)(error)),
            _ => Ok(()),
        }
    }
}
