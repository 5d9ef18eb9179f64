//! What other runs publish while this one goes on.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use object_store::path::Path as StorePath;

use crate::error::LakeError;
use crate::manifest::{InputRecord, Manifest};

/// Manifests that appeared since those of the lake were asked for, and the inputs that they cover.
#[derive(Debug, Default)]
pub(crate) struct OtherRuns {
    /// None until they are asked for: then nobody relies on what the lake holds.
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    manifests: BTreeSet<StorePath>,
    /// Inputs of other runs, each with the manifest of its group.
    covered: HashMap<(String, u64, String), StorePath>,
}

impl OtherRuns {
    /// From now on, other manifests than these are those of other runs.
    pub(crate) fn begin(&self, manifests: impl IntoIterator<Item = StorePath>) {
        let manifests = manifests.into_iter().collect();
        let seen = Seen { manifests, covered: HashMap::new() };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// Whether another run published a group, not this one at `own`, that covers an input of `manifest`: its key. `list` and
    /// `read` give the manifests that there are now.
    pub(crate) fn covers(
        &self,
        manifest: &Manifest,
        own: &StorePath,
        list: impl FnOnce() -> Result<Vec<StorePath>, LakeError>,
        read: impl Fn(&StorePath) -> Result<Option<Manifest>, LakeError>,
    ) -> Result<Option<String>, LakeError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = seen.as_mut() else { return Ok(None) };
        for path in list()? {
            if path == *own || seen.manifests.contains(&path) {
                continue;
            }
            // One that is being removed may be there again later.
            if let Some(other) = read(&path)?.filter(|other| !other.removing) {
                seen.covered.extend(other.inputs.iter().map(|input| (identity(input), path.clone())));
                seen.manifests.insert(path);
            }
        }
        let is_others = |input: &&InputRecord| seen.covered.get(&identity(input)).is_some_and(|at| at != own);
        let twice = manifest.inputs.iter().find(is_others);
        Ok(twice.map(|input| input.key.clone()))
    }

    /// The group at `own` is one of this run.
    pub(crate) fn add_own(&self, own: StorePath) {
        if let Some(seen) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            seen.manifests.insert(own);
        }
    }
}

fn identity(input: &InputRecord) -> (String, u64, String) {
    (input.key.clone(), input.size, input.sha256.clone())
}
