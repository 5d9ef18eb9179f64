//! Groups on their way into a bucket, where any number of runs may write: each is announced before its first file appears.
//!
//! A run that is killed in between leaves files that no manifest lists. Mostly the next run makes the same group again and
//! writes over them. When it cuts its inputs into other groups, for there are more by then, nobody would come back for them:
//! as soon as another group covers one of the inputs, the announced one can only be taken back, and its files may go.

use std::collections::HashSet;

use object_store::path::Path as StorePath;

use crate::error::LakeError;
use crate::lake::{Lake, STATE, damaged, manifest_path};
use crate::manifest::{InputRecord, Manifest};

fn folder() -> StorePath {
    StorePath::from(STATE).join("announced")
}

pub(crate) fn path_of(group: &str) -> StorePath {
    folder().join(format!("{group}.json"))
}

fn identity(input: &InputRecord) -> (&str, u64, &str) {
    (&input.key, input.size, &input.sha256)
}

impl Lake {
    /// Says which files are going to appear.
    pub(crate) fn announce(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.put_sealed(&path_of(&manifest.group), manifest)
    }

    /// Whether the announcement is still there: another run may have given the group up, and removed its files.
    pub(crate) fn is_announced(&self, manifest: &Manifest) -> Result<bool, LakeError> {
        Ok(self.home().size(&path_of(&manifest.group))?.is_some())
    }

    /// The group is published, or taken back.
    pub(crate) fn is_done(&self, manifest: &Manifest) -> Result<(), LakeError> {
        self.home().delete(&path_of(&manifest.group))
    }

    /// Groups of which files are still to appear. Whoever reads the manifests first and then asks this knows that nothing
    /// happens any more to published groups that are not among them, but what others merge or remove.
    pub(crate) fn on_their_way(&self) -> Result<HashSet<String>, LakeError> {
        if self.is_ours_alone() {
            return Ok(HashSet::new());
        }
        let announced = self.home().list(Some(&folder()))?;
        let name = |path: &StorePath| Some(path.filename()?.strip_suffix(".json")?.to_owned());
        Ok(announced.iter().filter_map(name).collect())
    }

    /// Removes the files of announced groups that nobody can publish any more, since other groups cover inputs of theirs. Does
    /// nothing for a lake in a folder, where the next run finds what was interrupted.
    ///
    /// # Errors
    /// The bucket cannot be read or written, or a manifest is damaged.
    pub fn settle(&self) -> Result<(), LakeError> {
        if self.is_ours_alone() {
            return Ok(());
        }
        let announced = self.home().list(Some(&folder()))?;
        if announced.is_empty() {
            return Ok(());
        }
        let groups = self.published()?;
        let covered: HashSet<_> = groups.iter().flat_map(|group| &group.inputs).map(identity).collect();
        for path in announced {
            let Some(bytes) = self.home().read(&path)? else { continue };
            let manifest = Manifest::from_json(&bytes).map_err(|detail| damaged(&path, detail))?;
            if groups.iter().any(|group| group.group == manifest.group) {
                self.remove_merged_again(&manifest)?;
                self.is_done(&manifest)?;
            } else if manifest.inputs.iter().any(|input| covered.contains(&identity(input))) {
                // Its run may come back after all, when what covered the input has gone. It writes its manifest and then looks
                // for the announcement; here that goes first, then the manifest is looked for: one of the two sees the other.
                self.is_done(&manifest)?;
                if self.home().size(&manifest_path(&manifest.group))?.is_none() {
                    self.delete_files(&manifest)?;
                }
            }
        }
        Ok(())
    }
}
