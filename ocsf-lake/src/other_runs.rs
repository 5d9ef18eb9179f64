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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{GroupCounts, MANIFEST_VERSION};

    fn manifest(group: &str, inputs: &[&str]) -> Manifest {
        let input = |key: &&str| InputRecord {
            key: (*key).to_owned(),
            size: 1,
            sha256: String::new(),
            etag: None,
            read_as: "cloudtrail".to_owned(),
            fault: None,
        };
        Manifest {
            manifest_version: MANIFEST_VERSION,
            group: group.to_owned(),
            removing: false,
            inputs: inputs.iter().map(input).collect(),
            files: Vec::new(),
            side_files: Vec::new(),
            trace: None,
            mappings: [].into(),
            counts: GroupCounts::default(),
        }
    }

    #[test]
    fn a_group_with_an_input_of_another_run_is_told() {
        let runs = OtherRuns::default();
        let published = [manifest("known", &["a"]), manifest("theirs", &["b"]), manifest("going", &["d"])];
        let read = |path: &StorePath| {
            let found = published.iter().find(|manifest| path.as_ref() == manifest.group).cloned();
            Ok(found.map(|found| Manifest { removing: found.group == "going", ..found }))
        };
        let list = || Ok(published.iter().map(|manifest| StorePath::from(manifest.group.as_str())).collect());
        let covers = |inputs: &[&str]| {
            runs.covers(&manifest("own", inputs), &StorePath::from("own"), list, read).unwrap()
        };
        // Who did not ask what there is relies on nothing.
        assert_eq!(covers(&["b"]), None);
        runs.begin([StorePath::from("known")]);
        assert_eq!(covers(&["c", "b"]).as_deref(), Some("b"));
        assert_eq!((covers(&["a"]), covers(&["d"])), (None, None));
        runs.add_own(StorePath::from("theirs"));
        assert_eq!(covers(&["c"]), None);
    }
}
