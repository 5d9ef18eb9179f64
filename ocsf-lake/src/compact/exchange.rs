//! A merged file takes the place of others in a bucket, where any number of runs may write.
//!
//! ```text
//! 1. turn   2. record, `replacing`, where none is   3. trace   4. the new file   5. read back   6. the merged files go   7. done
//! ```
//!
//! What decides is whether the new file is there when another run takes the [turn](crate::turn). If it is, that run does the
//! rest; if not, the merged files count, and whoever wants one of them for something else says in the record that it was taken
//! back. Before 6 and within it, a run looks whether it still has the turn: what it placed before was then seen by all who took
//! the turn after it.

use std::collections::BTreeSet;

use object_store::PutMode;
use object_store::path::Path as StorePath;

use super::record::{Compaction, Phase, compaction_path};
use crate::error::LakeError;
use crate::fingerprint::short_name;
use crate::group::StagedGroup;
use crate::lake::{Lake, STATE, manifest_path, sealed, trace_path};
use crate::manifest::{FileRecord, MERGED, Manifest};
use crate::recover::COMPACTIONS;
use crate::store::sha256_of;
use crate::trace;
use crate::turn::Turn;

/// Files that are removed between two looks at whose turn it is.
const REMOVED_AT_ONCE: usize = 64;

/// How an exchange ended.
enum Exchanged {
    Done(Box<Compaction>),
    /// Other runs have merged or removed the files.
    ByOthers,
}

impl Lake {
    /// Publishes the file of a compaction and removes those that it replaces. Returns what is kept of it; `None` when another
    /// run has merged or removed one of them. Where duplicates were dropped, `deduplicated` is the folder: then nobody may have
    /// merged others in it either, as those may have held the event that was to stay.
    pub(crate) fn exchange(
        &self,
        staged: &StagedGroup,
        compaction: Compaction,
        deduplicated: Option<&str>,
    ) -> Result<Option<Compaction>, LakeError> {
        self.note_output()?;
        let content = staged.files.first().map(|file| sha256_of(&file.staged)).transpose()?;
        let wanted = Compaction { phase: Phase::Replacing, content, ..compaction };
        match self.in_turn(|turn| self.exchange_in(turn, staged, &wanted, deduplicated))? {
            Exchanged::Done(done) => {
                self.turns.add_known(done.compaction.clone());
                Ok(Some(*done))
            }
            Exchanged::ByOthers => Ok(None),
        }
    }

    /// `None` when another run took the turn.
    fn exchange_in(
        &self,
        turn: &Turn<'_>,
        staged: &StagedGroup,
        wanted: &Compaction,
        deduplicated: Option<&str>,
    ) -> Result<Option<Exchanged>, LakeError> {
        let mut own = wanted.clone();
        let mut names = 1_u32;
        let is_begun = loop {
            let Some(there) = self.read_compaction(&own.compaction)? else { break false };
            match there.phase {
                Phase::Done if there.replaces == own.replaces && there.kept_by == own.kept_by => {
                    return Ok(Some(Exchanged::Done(Box::new(there))));
                }
                Phase::Done | Phase::Removing => return Ok(Some(Exchanged::ByOthers)),
                Phase::Replacing if there == own => break true,
                // Of another version of this program, or of duplicates that stayed elsewhere.
                Phase::Replacing => match self.make_way(turn, &there)? {
                    Some(true) => {}
                    Some(false) => return Ok(Some(Exchanged::ByOthers)),
                    None => return Ok(None),
                },
                // A file of that name may still appear, and goes then: it is not for another one to have.
                Phase::TakenBack => {
                    own = wanted.renamed(names);
                    names += 1;
                }
            }
        };
        // The record alone does not say that the files are still there to be merged: it may have come late.
        if !is_begun || !self.is_there(&own)? {
            match self.may_replace(turn, &own, deduplicated)? {
                Some(true) => {}
                Some(false) if is_begun => {
                    return Ok(self.make_way(turn, &own)?.map(|_| Exchanged::ByOthers));
                }
                Some(false) => return Ok(Some(Exchanged::ByOthers)),
                None => return Ok(None),
            }
        }
        let path = own.path();
        if !is_begun && !self.home().put(&path, sealed(&path, &own)?, PutMode::Create)? {
            return Ok(None);
        }
        if !turn.is_ours()? {
            return Ok(None);
        }
        if !self.is_there(&own)? {
            self.place_in_home(&staged.staging_dir().join(trace::STAGED), &own.trace)?;
            self.place_compacted(staged, &own)?;
        }
        if !self.is_whole(&own)? {
            if !self.goes_on(turn, &own)? {
                return Ok(None);
            }
            self.take_back_compaction(&own)?;
            let detail =
                format!("`{}` is not what was sent", own.files.first().map_or("", |file| &file.path));
            return Err(LakeError::NotTheSame { detail });
        }
        Ok(self.finish_in(turn, &own)?.map(|done| Exchanged::Done(Box::new(done))))
    }

    /// Whether the files that a compaction is to replace are as they were when it was planned, and the groups still there
    /// that hold what its duplicates were duplicates of: `None` when another run took the turn. What others have begun with
    /// them is finished or taken back.
    fn may_replace(
        &self,
        turn: &Turn<'_>,
        own: &Compaction,
        deduplicated: Option<&str>,
    ) -> Result<Option<bool>, LakeError> {
        let paths: BTreeSet<&str> = own.replaced().map(|file| file.path.as_str()).collect();
        for path in self.home().list(Some(&StorePath::from(STATE).join(COMPACTIONS)))? {
            let name = path.filename().and_then(|name| name.strip_suffix(".json")).unwrap_or_default();
            let is_own = name == own.compaction || own.supersedes.iter().any(|earlier| earlier == name);
            if is_own || self.turns.knows(name) {
                continue;
            }
            let Some(other) = self.read_compaction(name)? else { continue };
            let is_in_folder =
                |file: &FileRecord| deduplicated.is_some_and(|folder| folder_of(&file.path) == folder);
            if !other.replaced().any(|file| paths.contains(file.path.as_str()) || is_in_folder(file)) {
                continue;
            }
            match other.phase {
                Phase::TakenBack => {}
                Phase::Done | Phase::Removing => return Ok(Some(false)),
                Phase::Replacing => match self.make_way(turn, &other)? {
                    Some(true) => {}
                    stopped => return Ok(stopped),
                },
            }
        }
        for earlier in &own.supersedes {
            if self.read_compaction(earlier)?.is_none_or(|earlier| earlier.phase != Phase::Done) {
                return Ok(Some(false));
            }
        }
        let on_their_way = self.on_their_way()?;
        let paths: Vec<StorePath> = own.bound().map(|group| manifest_path(group)).collect();
        let manifests = self.read_records(&paths)?;
        let is_as_it_was = |manifest: Option<Manifest>, group: &String| {
            let manifest = manifest.filter(|manifest| !manifest.removing && !on_their_way.contains(group));
            let files = own.replaces.get(group).map(Vec::as_slice).unwrap_or_default();
            manifest.is_some_and(|manifest| files.iter().all(|file| manifest.files.contains(file)))
        };
        let mut each = manifests.into_iter().zip(own.bound());
        Ok(Some(each.all(|(manifest, group)| is_as_it_was(manifest, group))))
    }

    /// Ends what another run has begun: true when it was taken back, false when it is done; `None` when another one took the
    /// turn.
    pub(crate) fn make_way(&self, turn: &Turn<'_>, other: &Compaction) -> Result<Option<bool>, LakeError> {
        if self.is_whole(other)? {
            return Ok(self.finish_in(turn, other)?.map(|_| false));
        }
        if !self.goes_on(turn, other)? {
            return Ok(None);
        }
        self.take_back_compaction(other)?;
        Ok(Some(true))
    }

    fn take_back_compaction(&self, compaction: &Compaction) -> Result<(), LakeError> {
        self.write_compaction(&Compaction { phase: Phase::TakenBack, ..compaction.clone() })
    }

    /// Whether the new file is there as it was made.
    pub(crate) fn is_whole(&self, compaction: &Compaction) -> Result<bool, LakeError> {
        if !self.is_there(compaction)? {
            return Ok(false);
        }
        let Some(file) = compaction.files.first() else { return Ok(true) };
        let there = self.out.sha256(&StorePath::from(file.path.as_str()), file.bytes)?;
        Ok(there.is_some_and(|there| compaction.content.as_ref().is_none_or(|made| *made == there)))
    }

    /// Whether it is still for the holder of this turn to exchange the files of a compaction.
    pub(super) fn goes_on(&self, turn: &Turn<'_>, compaction: &Compaction) -> Result<bool, LakeError> {
        Ok(self.read_compaction(&compaction.compaction)?.as_ref() == Some(compaction) && turn.is_ours()?)
    }

    /// Removes what was merged. `None` when another run took the turn.
    pub(super) fn finish_in(
        &self,
        turn: &Turn<'_>,
        compaction: &Compaction,
    ) -> Result<Option<Compaction>, LakeError> {
        for lot in compaction.merged.chunks(REMOVED_AT_ONCE) {
            if !self.goes_on(turn, compaction)? {
                return Ok(None);
            }
            self.out.delete_each(lot.iter().map(String::as_str))?;
        }
        if !self.goes_on(turn, compaction)? {
            return Ok(None);
        }
        self.remove_superseded(compaction)?;
        if !self.goes_on(turn, compaction)? {
            return Ok(None);
        }
        self.note_done(compaction).map(Some)
    }

    pub(crate) fn read_compaction(&self, name: &str) -> Result<Option<Compaction>, LakeError> {
        self.read_record(&compaction_path(name))
    }
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Compaction {
    /// The same under another name.
    fn renamed(&self, number: u32) -> Self {
        let name = short_name([self.compaction.clone(), number.to_string()]);
        let mut renamed = self.clone();
        for file in &mut renamed.files {
            file.path = format!("{}/{name}-{MERGED}.parquet", folder_of(&file.path));
        }
        renamed.trace = trace_path(&name).to_string();
        renamed.compaction = name;
        renamed
    }
}
