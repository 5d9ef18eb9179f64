//! Groups go, with all that was merged with them.
//!
//! ```text
//! 1. marks: records of compactions, then manifests   2. files   3. manifests   4. records
//! ```
//!
//! In a bucket 2 begins only when it is still this run's [turn](crate::turn): then nobody merged anything while the marks were
//! written. A mark may yet come after another run has merged its group with others. Whoever finds that takes it back: nothing
//! went, as all that goes together would have been marked before.

use std::collections::BTreeSet;

use object_store::path::Path as StorePath;

use crate::compact::{Compaction, Phase};
use crate::error::LakeError;
use crate::lake::{Lake, manifest_path};
use crate::manifest::Manifest;
use crate::recover::LakeState;
use crate::turn::Turn;

/// Marks that are written between two looks at whose turn it is.
const MARKED_AT_ONCE: usize = 64;

impl LakeState {
    /// Groups that a removal was begun of.
    fn marked(&self) -> BTreeSet<String> {
        let removing = self.groups.iter().filter(|group| group.removing).map(|group| &group.group);
        let half_gone = self.compactions.iter().filter(|compaction| compaction.phase == Phase::Removing);
        removing.chain(half_gone.flat_map(|compaction| compaction.replaces.keys())).cloned().collect()
    }

    /// Those of `marked` of which something that would have to go too is not marked.
    fn half_marked(&self, marked: &BTreeSet<String>) -> BTreeSet<String> {
        let unmarked: BTreeSet<&str> =
            self.groups.iter().filter(|group| !group.removing).map(|group| group.group.as_str()).collect();
        let is_half = |group: &&String| !self.groups_with([group.as_str()]).is_disjoint(&unmarked);
        marked.iter().filter(is_half).cloned().collect()
    }
}

impl Lake {
    /// Removes groups and all that goes with them, as [`LakeState::groups_with`] says: exactly the files that their
    /// manifests list, those of compactions that hold their events, then the manifests. Interrupted, it is completed by the
    /// next run; or taken back, in a bucket, when others have merged something of it meanwhile.
    ///
    /// In a bucket it does not begin while another run merges or removes files, nor when one has merged these groups since
    /// [`state`](Self::state) was asked for.
    ///
    /// # Errors
    /// A file could not be removed, or as of [`state`](Self::state).
    pub fn remove(&self, groups: &[String]) -> Result<(), LakeError> {
        if self.is_ours_alone() {
            return self.remove_groups(&mut self.recovered()?, groups, None).map(|_| ());
        }
        self.in_turn(|turn| {
            let mut state = self.read_state()?;
            let is_free = match self.is_free(turn, &state, groups)? {
                Some(is_free) => is_free && !self.took_over(),
                None => return Ok(None),
            };
            if !is_free {
                state = self.read_state()?;
            }
            state.compactions.retain(|compaction| !compaction.is_open());
            if is_free {
                return Ok(self.remove_groups(&mut state, groups, Some(turn))?.then_some(()));
            }
            // It may have begun with it in an earlier turn.
            if self.take_back_removals(turn, &mut state)? { Err(self.other_compaction()) } else { Ok(None) }
        })
    }

    /// Whether no other run has merged one of these groups; `None` when another one took the turn.
    fn is_free(
        &self,
        turn: &Turn<'_>,
        state: &LakeState,
        groups: &[String],
    ) -> Result<Option<bool>, LakeError> {
        for compaction in &state.compactions {
            if !compaction.bound().any(|group| groups.contains(group)) {
                continue;
            }
            match compaction.phase {
                Phase::Replacing => match self.make_way(turn, compaction)? {
                    Some(true) => {}
                    stopped => return Ok(stopped),
                },
                Phase::Done | Phase::Removing if !self.turns.knows(&compaction.compaction) => {
                    return Ok(Some(false));
                }
                Phase::Done | Phase::Removing | Phase::TakenBack => {}
            }
        }
        Ok(Some(true))
    }

    /// Ends what other runs have begun to merge of groups that a removal was begun of: one of them may have looked before
    /// they were marked. False when another run took the turn.
    pub(crate) fn make_way_for_removals(
        &self,
        turn: &Turn<'_>,
        state: &mut LakeState,
    ) -> Result<bool, LakeError> {
        let marked = state.marked();
        let open = state.compactions.iter().filter(|compaction| compaction.phase == Phase::Replacing);
        let mut open =
            open.filter(|compaction| compaction.bound().any(|group| marked.contains(group))).peekable();
        if open.peek().is_none() {
            return Ok(true);
        }
        for compaction in open {
            if self.make_way(turn, compaction)?.is_none() {
                return Ok(false);
            }
        }
        *state = self.read_state()?;
        Ok(true)
    }

    /// Takes removals back that were begun with groups which cannot go without others that stay. False when another run took
    /// the turn.
    pub(crate) fn take_back_removals(
        &self,
        turn: &Turn<'_>,
        state: &mut LakeState,
    ) -> Result<bool, LakeError> {
        // Taking back one leaves the others what they are, should another run have to go on from there.
        let half_marked = state.half_marked(&state.marked());
        for compaction in &mut state.compactions {
            let is_half = compaction.replaces.keys().any(|group| half_marked.contains(group));
            if compaction.phase == Phase::Removing && is_half {
                if !turn.is_ours()? {
                    return Ok(false);
                }
                compaction.phase = Phase::Done;
                self.write_compaction(compaction)?;
            }
        }
        for group in &mut state.groups {
            if group.removing && half_marked.contains(&group.group) {
                if !turn.is_ours()? {
                    return Ok(false);
                }
                group.removing = false;
                self.write_manifest(group)?;
            }
        }
        Ok(true)
    }

    /// Completes removals that were interrupted. False when another run took the turn.
    pub(crate) fn complete_removals(
        &self,
        state: &mut LakeState,
        turn: Option<&Turn<'_>>,
    ) -> Result<bool, LakeError> {
        let going: Vec<String> = state.marked().into_iter().collect();
        self.remove_groups(state, &going, turn)
    }

    /// False when another run took the turn, where there is one.
    fn remove_groups(
        &self,
        state: &mut LakeState,
        names: &[String],
        turn: Option<&Turn<'_>>,
    ) -> Result<bool, LakeError> {
        let goes_on = || turn.map_or(Ok(true), Turn::is_ours);
        let all = state.groups_with(names.iter().map(String::as_str));
        let all: BTreeSet<String> = all.into_iter().map(str::to_owned).collect();
        let (going, compactions): (Vec<Compaction>, _) = std::mem::take(&mut state.compactions)
            .into_iter()
            .partition(|compaction| compaction.replaces.keys().any(|group| all.contains(group)));
        state.compactions = compactions;
        let (groups, staying): (Vec<Manifest>, _) =
            std::mem::take(&mut state.groups).into_iter().partition(|group| all.contains(&group.group));
        state.groups = staying;
        if going.is_empty() && groups.is_empty() {
            return Ok(true);
        }
        for lot in going.chunks(MARKED_AT_ONCE) {
            if !goes_on()? {
                return Ok(false);
            }
            for compaction in lot {
                self.write_compaction(&Compaction { phase: Phase::Removing, ..compaction.clone() })?;
            }
        }
        for lot in groups.chunks(MARKED_AT_ONCE) {
            if !goes_on()? {
                return Ok(false);
            }
            for group in lot {
                self.write_manifest(&Manifest { removing: true, ..group.clone() })?;
            }
        }
        for compaction in &going {
            if !goes_on()? {
                return Ok(false);
            }
            self.delete_compacted(compaction)?;
        }
        for group in &groups {
            if !goes_on()? {
                return Ok(false);
            }
            self.delete_group(group)?;
        }
        if !goes_on()? {
            return Ok(false);
        }
        going.iter().try_for_each(|compaction| self.home().delete(&compaction.path()))?;
        Ok(true)
    }

    /// Removes exactly the files that a manifest lists, then the manifest.
    pub(crate) fn delete_group(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.delete_files(manifest)?;
        self.home().delete(&manifest_path(&manifest.group))
    }

    pub(crate) fn delete_files(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let files = manifest.files.iter().map(|file| &file.path).chain(&manifest.side_files);
        self.out.delete_each(files.map(String::as_str))?;
        if let Some(path) = &manifest.trace {
            self.home().delete(&StorePath::from(path.as_str()))?;
        }
        Ok(())
    }
}
