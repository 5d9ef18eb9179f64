//! Whose state it is: one that is kept elsewhere remembers the output that it tells of.
//!
//! Used for a second output, it would call inputs converted whose events are in the first alone. So a run to another place is
//! refused, unless all is there that the state tells of: then the lake was moved, or is mounted elsewhere, and the note follows.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::OnceLock;

use object_store::PutMode;
use object_store::path::Path as StorePath;
use serde::{Deserialize, Serialize};

use crate::compact::Phase;
use crate::error::LakeError;
use crate::lake::{Lake, STATE, check_version, damaged, sealed};
use crate::location::Location;
use crate::manifest::MANIFEST_VERSION;
use crate::recover::LakeState;
use crate::sealed::unseal;
use crate::store::Folder;

/// `_ocsf/output.json` of a state that is not in its output.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    manifest_version: u32,
    out: String,
}

/// What the state of a lake knows its output as.
#[derive(Debug)]
pub(crate) struct Output {
    /// The folder from the root on, or the place in a bucket.
    name: String,
    /// The name that the state has, when it is another one and yet of the same lake.
    moved_from: OnceLock<String>,
    is_noted: OnceLock<()>,
}

impl Output {
    /// Of a lake in `out`, which may stand for another place.
    pub(crate) fn new(out: &Folder, stands_for: Option<&Location>) -> Self {
        let name = match (stands_for, out.dir()) {
            (Some(place), _) => place.to_string(),
            (None, Some(dir)) => dir.display().to_string(),
            (None, None) => out.name().to_owned(),
        };
        Self { name, moved_from: OnceLock::new(), is_noted: OnceLock::new() }
    }
}

fn path() -> StorePath {
    StorePath::from(STATE).join("output.json")
}

impl Lake {
    /// Fails when the state is that of another output. To be called before anything of either is touched.
    pub(crate) fn check_output(&self) -> Result<(), LakeError> {
        let Some(was) = self.other_output()? else { return Ok(()) };
        let why = match self.out.list(None) {
            Ok(there) => self.first_lacking(&there)?.map(|file| format!("where `{file}` is not")),
            // Where it may only be written to, nobody can tell.
            Err(LakeError::Store { source, .. }) => {
                let mut why: &dyn Error = &source;
                while let Some(deeper) = why.source() {
                    why = deeper;
                }
                Some(format!("which cannot be listed: {why}"))
            }
            Err(error) => return Err(error),
        };
        if let Some(why) = why {
            return Err(self.refused(was, why));
        }
        self.output.moved_from.get_or_init(|| was);
        Ok(())
    }

    /// Notes the output that the state is of. To be called before anything is published.
    pub(crate) fn note_output(&self) -> Result<(), LakeError> {
        if self.state.is_none() || self.output.is_noted.get().is_some() {
            return Ok(());
        }
        if !self.write_note(PutMode::Create)?
            && let Some(was) = self.other_output()?
        {
            if self.output.moved_from.get() != Some(&was) {
                return Err(self.refused(was, "to which another run has begun to write".to_owned()));
            }
            self.write_note(PutMode::Overwrite)?;
        }
        self.output.is_noted.get_or_init(|| ());
        Ok(())
    }

    fn write_note(&self, mode: PutMode) -> Result<bool, LakeError> {
        let note = Note { manifest_version: MANIFEST_VERSION, out: self.output.name.clone() };
        self.home().put(&path(), sealed(&path(), &note)?, mode)
    }

    /// The output that the state is of, when it is not this one.
    fn other_output(&self) -> Result<Option<String>, LakeError> {
        let Some(bytes) = self.home().read(&path())? else { return self.lake_of_state() };
        let note: Note = unseal(&bytes).map_err(|detail| damaged(&path(), detail))?;
        check_version(&path(), note.manifest_version)?;
        Ok((note.out != self.output.name).then_some(note.out))
    }

    /// What was given as the state of this lake may be another lake, with a state in its own folder.
    fn lake_of_state(&self) -> Result<Option<String>, LakeError> {
        let Some(state) = &self.state else { return Ok(None) };
        let told = self.told()?;
        if told.files().next().is_none() {
            return Ok(None);
        }
        let there = state.list(Some(&StorePath::from("ext")))?;
        let there: BTreeSet<&str> = there.iter().map(AsRef::as_ref).collect();
        let is_lake = told.files().any(|file| there.contains(file.path.as_str()));
        Ok(is_lake.then(|| state.name().to_owned()))
    }

    /// A file that the state tells of and that is not among those that are there.
    fn first_lacking(&self, there: &[StorePath]) -> Result<Option<String>, LakeError> {
        let there: BTreeSet<&str> = there.iter().map(AsRef::as_ref).collect();
        let told = self.told()?;
        let events = told.files().map(|file| &file.path);
        let mut all = events.chain(told.groups.iter().flat_map(|group| &group.side_files));
        Ok(all.find(|path| !there.contains(path.as_str())).cloned())
    }

    /// What the state tells of, without what was interrupted, whose files may be there or not.
    fn told(&self) -> Result<LakeState, LakeError> {
        let mut told = self.read_state()?;
        told.groups.retain(|group| !group.removing);
        for compaction in told.compactions.iter_mut().filter(|one| one.phase != Phase::Done) {
            compaction.files.clear();
        }
        Ok(told)
    }

    fn refused(&self, was: String, why: String) -> LakeError {
        let state = self.home().name().to_owned();
        LakeError::OtherOutput { state, was, now: self.output.name.clone(), why }
    }
}
