//! Which inputs are converted, and in which groups.

use std::collections::{BTreeSet, HashMap};

use ocsf_lake::{LakeState, Manifest};

use crate::input::Input;

/// Inputs of a run, told apart by what the lake knows of them.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Groups to convert, in order.
    pub(crate) groups: Vec<Group>,
    /// Inputs that the lake holds already.
    pub(crate) covered: u64,
    /// Keys of inputs that the lake holds with other content.
    pub(crate) changed: Vec<String>,
    /// Inputs of keys that the lake holds, which cannot be read now: whether they changed is not known.
    pub(crate) unreadable: Vec<String>,
    /// Groups to be removed, because their inputs are converted again.
    pub(crate) replaced: Vec<Manifest>,
    /// Groups of streams that have the name of one of this run: whether it is the same shows when it was read.
    pub(crate) streams: Vec<Manifest>,
}

/// Consecutive inputs that are converted together.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) inputs: Vec<Input>,
}

/// Inputs that `--overwrite` cannot replace: files with their events also hold events of inputs that are not given.
#[derive(Debug)]
pub(crate) struct PartOfFile {
    pub(crate) given: String,
    pub(crate) missing: String,
    /// Their groups were merged by a compaction.
    pub(crate) merged: bool,
}

impl Plan {
    /// Plans a run over `inputs`, which are in order. `identity` yields size and SHA-256 of an input's stored bytes; it is
    /// asked only for inputs whose key the lake knows, and for no stream, which can be read but once.
    pub(crate) fn new(
        inputs: Vec<Input>,
        manifests: &[Manifest],
        group_bytes: u64,
        identity: impl Fn(&Input) -> Option<(u64, String)>,
    ) -> Self {
        let mut known: HashMap<&str, Vec<(u64, &str)>> = HashMap::new();
        for input in manifests.iter().flat_map(|manifest| &manifest.inputs) {
            known.entry(&input.key).or_default().push((input.size, &input.sha256));
        }
        let mut plan = Self { streams: streams(&inputs, manifests), ..Self::default() };
        let mut open = Vec::new();
        for input in inputs {
            let versions = known.get(input.key.as_str()).filter(|_| !input.is_stream());
            let Some(versions) = versions else {
                open.push(input);
                continue;
            };
            match identity(&input) {
                Some((size, sha256)) if versions.contains(&(size, sha256.as_str())) => plan.covered += 1,
                Some(_) => plan.changed.push(input.key),
                None => plan.unreadable.push(input.name()),
            }
        }
        plan.groups = cut(open, group_bytes);
        plan
    }

    /// Plans to convert all of `inputs`, also those that the lake holds: their groups are replaced.
    ///
    /// # Errors
    /// A group, or one that was merged with it, holds other inputs too, which would be lost with it.
    pub(crate) fn overwriting(
        inputs: Vec<Input>,
        lake: &LakeState,
        group_bytes: u64,
    ) -> Result<Self, PartOfFile> {
        let files = inputs.iter().filter(|input| !input.is_stream());
        let keys: BTreeSet<&str> = files.map(|input| input.key.as_str()).collect();
        let streams = streams(&inputs, &lake.groups);
        let given =
            |manifest: &&Manifest| manifest.inputs.iter().any(|input| keys.contains(input.key.as_str()));
        let mut replaced = Vec::new();
        for group in lake.groups.iter().filter(given) {
            let together = lake.groups_with([group.group.as_str()]);
            for other in lake.groups.iter().filter(|other| together.contains(other.group.as_str())) {
                let mut inputs = other.inputs.iter();
                if let Some(missing) = inputs.find(|input| !keys.contains(input.key.as_str())) {
                    let given = group.inputs.iter().find(|input| keys.contains(input.key.as_str()));
                    return Err(PartOfFile {
                        given: given.map_or_else(String::new, |given| given.key.clone()),
                        missing: missing.key.clone(),
                        merged: other.group != group.group,
                    });
                }
            }
            replaced.push(group.clone());
        }
        Ok(Self { groups: cut(inputs, group_bytes), replaced, streams, ..Self::default() })
    }
}

/// Groups of the lake that came from a stream with the name of one of `inputs`.
fn streams(inputs: &[Input], manifests: &[Manifest]) -> Vec<Manifest> {
    let names: BTreeSet<&str> =
        inputs.iter().filter(|input| input.is_stream()).map(|input| input.key.as_str()).collect();
    let of_stream = |manifest: &&Manifest| match manifest.inputs.as_slice() {
        [one] => names.contains(one.key.as_str()),
        _ => false,
    };
    manifests.iter().filter(of_stream).cloned().collect()
}

/// Cuts inputs into groups of up to `group_bytes` stored bytes; one that is larger, or of unknown size, is a group of
/// its own.
fn cut(inputs: Vec<Input>, group_bytes: u64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut bytes = u64::MAX;
    for input in inputs {
        let size = input.size.unwrap_or(u64::MAX);
        bytes = bytes.saturating_add(size);
        match groups.last_mut() {
            Some(group) if bytes <= group_bytes => group.inputs.push(input),
            _ => {
                groups.push(Group { inputs: vec![input] });
                bytes = size;
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use ocsf_lake::{Compaction, GroupCounts, InputRecord, MANIFEST_VERSION, Phase};

    use super::*;
    use crate::input::Origin;

    fn input(key: &str, size: impl Into<Option<u64>>) -> Input {
        Input { key: key.to_owned(), origin: Origin::Stdin, size: size.into() }
    }

    fn manifest(group: &str, inputs: &[(&str, u64)]) -> Manifest {
        let inputs = inputs.iter().map(|(key, size)| InputRecord {
            key: (*key).to_owned(),
            size: *size,
            sha256: format!("{size}"),
            read_as: "cloudtrail".to_owned(),
            fault: None,
        });
        Manifest {
            manifest_version: MANIFEST_VERSION,
            group: group.to_owned(),
            removing: false,
            inputs: inputs.collect(),
            files: Vec::new(),
            side_files: Vec::new(),
            trace: None,
            mappings: [].into(),
            counts: GroupCounts::default(),
        }
    }

    fn keys(groups: &[Group]) -> Vec<Vec<&str>> {
        groups.iter().map(|group| group.inputs.iter().map(|input| input.key.as_str()).collect()).collect()
    }

    #[test]
    fn groups_are_consecutive_and_large_inputs_stand_alone() {
        let inputs = vec![
            input("a", 4),
            input("b", 6),
            input("c", 1),
            input("d", 50),
            input("e", 1),
            input("f", None),
            input("g", 1),
        ];
        let groups = cut(inputs, 10);
        assert_eq!(keys(&groups), [vec!["a", "b"], vec!["c"], vec!["d"], vec!["e"], vec!["f"], vec!["g"]]);
    }

    #[test]
    fn known_inputs_are_told_from_changed_and_new_ones() {
        let manifests = [manifest("1", &[("a", 1), ("b", 2)])];
        let identity = |input: &Input| Some((input.size?, input.size?.to_string()));
        let inputs = vec![input("a", 1), input("b", 3), input("c", 4)];
        let plan = Plan::new(inputs, &manifests, 100, identity);
        assert_eq!(
            (plan.covered, plan.changed, keys(&plan.groups)),
            (1, vec!["b".to_owned()], vec![vec!["c"]])
        );
    }

    #[test]
    fn a_stream_is_not_known_by_its_name() {
        let manifests = || vec![manifest("1", &[("-", 1)]), manifest("2", &[("x", 1)])];
        let unread = |_: &Input| -> Option<(u64, String)> { unreachable!("a stream is read once") };
        let plan = Plan::new(vec![input("-", None)], &manifests(), 100, unread);
        assert_eq!((keys(&plan.groups), plan.streams.len()), (vec![vec!["-"]], 1));
        let plan = Plan::overwriting(vec![input("-", None)], &lake(manifests()), 100).unwrap();
        assert_eq!((keys(&plan.groups), plan.streams.len()), (vec![vec!["-"]], 1));
        assert!(plan.replaced.is_empty());
    }

    fn lake(groups: Vec<Manifest>) -> LakeState {
        let mut lake = LakeState::default();
        lake.groups = groups;
        lake
    }

    #[test]
    fn a_group_is_replaced_whole_or_not_at_all() {
        let mut lake = lake(vec![manifest("1", &[("a", 1), ("b", 2)]), manifest("2", &[("x", 1)])]);
        let plan = Plan::overwriting(vec![input("a", 1), input("b", 2)], &lake, 100).unwrap();
        assert_eq!(plan.replaced.len(), 1);
        let part = Plan::overwriting(vec![input("a", 1)], &lake, 100).unwrap_err();
        assert_eq!((part.given.as_str(), part.missing.as_str(), part.merged), ("a", "b", false));
        lake.compactions.push(Compaction {
            manifest_version: MANIFEST_VERSION,
            compaction: "c".to_owned(),
            phase: Phase::Done,
            files: Vec::new(),
            replaces: ["1", "2"].map(|group| (group.to_owned(), Vec::new())).into(),
            duplicates: 0,
            trace: String::new(),
            merged: Vec::new(),
            supersedes: Vec::new(),
        });
        let part = Plan::overwriting(vec![input("a", 1), input("b", 2)], &lake, 100).unwrap_err();
        assert_eq!((part.given.as_str(), part.missing.as_str(), part.merged), ("a", "x", true));
        let all = vec![input("a", 1), input("b", 2), input("x", 1)];
        assert_eq!(Plan::overwriting(all, &lake, 100).unwrap().replaced.len(), 2);
    }
}
