//! Which inputs are converted, and in which groups.

use std::collections::{BTreeSet, HashMap};

use ocsf_lake::{InputRecord, LakeState, Manifest};

use crate::error::CliError;
use crate::input::Input;
use crate::term::quote_text;

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

impl From<PartOfFile> for CliError {
    fn from(part: PartOfFile) -> Self {
        let together = if part.merged { "converted or merged" } else { "converted" };
        Self::unpublished(format!("cannot replace what was made of `{}`", quote_text(&part.given)))
            .because(format!(
                "its files also hold events of `{}`, which is not given",
                quote_text(&part.missing)
            ))
            .hint(format!("give all inputs that were {together} together, such as their directory"))
    }
}

/// Cuts inputs into groups, and tells them apart by what the lake knows of them.
#[derive(Debug)]
pub(crate) struct Plan<I, F> {
    inputs: I,
    /// What the lake holds, by key.
    known: HashMap<String, Vec<Known>>,
    /// Yields size and SHA-256 of an input's stored bytes. It is asked only for inputs whose key the lake knows, unless their
    /// store tells that they are the same, and for no stream, which can be read but once.
    identity: F,
    group_bytes: u64,
    /// Inputs with the key of the last one that is to be converted.
    same_key: Vec<Input>,
    /// The first input of the next group.
    next: Option<Input>,
    pub(crate) found: Found,
}

/// Content of an input that the lake holds. There may be millions.
#[derive(Debug)]
struct Known {
    size: u64,
    sha256: Box<str>,
    etag: Option<Box<str>>,
}

/// Inputs so far.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// How many there are.
    pub(crate) inputs: usize,
    /// Those that the lake holds already.
    pub(crate) covered: u64,
    /// Keys of those that the lake holds with other content.
    pub(crate) changed: Vec<String>,
    /// Those of keys that the lake holds, which cannot be read now: whether they changed is not known.
    pub(crate) unreadable: Vec<String>,
}

impl<I, F> Plan<I, F>
where
    I: Iterator<Item = Result<Input, CliError>>,
    F: Fn(&Input) -> Option<(u64, String)>,
{
    /// Plans a run over `inputs`, which are in order, on a lake that holds what is `known`. Groups have up to `group_bytes`
    /// stored bytes; an input that is larger, or of unknown size, is a group of its own.
    pub(crate) fn new(inputs: I, known: Vec<Manifest>, group_bytes: u64, identity: F) -> Self {
        let mut by_key: HashMap<String, Vec<Known>> = HashMap::new();
        for InputRecord { key, size, sha256, etag, .. } in
            known.into_iter().flat_map(|manifest| manifest.inputs)
        {
            let known = Known { size, sha256: sha256.into(), etag: etag.map(Into::into) };
            by_key.entry(key).or_insert_with(|| Vec::with_capacity(1)).push(known);
        }
        let (same_key, next, found) = (Vec::new(), None, Found::default());
        Self { inputs, known: by_key, identity, group_bytes, same_key, next, found }
    }

    /// Whether the input before has the same key and content: a copy elsewhere, which is the same input.
    fn comes_twice(&mut self, input: &Input) -> bool {
        self.same_key.retain(|before| before.key == input.key);
        let alike = |before: &&Input| before.size == input.size && !input.is_stream();
        let mut alike = self.same_key.iter().filter(alike).peekable();
        let content = alike.peek().and_then(|_| (self.identity)(input));
        let comes_twice = content.is_some() && alike.any(|before| (self.identity)(before) == content);
        if !comes_twice {
            self.same_key.push(input.clone());
        }
        comes_twice
    }

    /// The next input that is to be converted.
    fn next_open(&mut self) -> Option<Result<Input, CliError>> {
        loop {
            let input = match self.inputs.next()? {
                Ok(input) => input,
                Err(error) => return Some(Err(error)),
            };
            self.found.inputs += 1;
            let versions = self.known.get(&input.key).filter(|_| !input.is_stream());
            let Some(versions) = versions else {
                if self.comes_twice(&input) {
                    self.found.covered += 1;
                    continue;
                }
                return Some(Ok(input));
            };
            let told_same = |known: &Known| {
                Some(known.size) == input.size
                    && known.etag.is_some()
                    && known.etag.as_deref() == input.etag()
            };
            if versions.iter().any(told_same) {
                self.found.covered += 1;
                continue;
            }
            match (self.identity)(&input) {
                Some((size, sha256))
                    if versions.iter().any(|known| (known.size, &*known.sha256) == (size, &*sha256)) =>
                {
                    self.found.covered += 1;
                }
                Some(_) => self.found.changed.push(input.key),
                None => self.found.unreadable.push(input.name()),
            }
        }
    }
}

impl<I, F> Iterator for Plan<I, F>
where
    I: Iterator<Item = Result<Input, CliError>>,
    F: Fn(&Input) -> Option<(u64, String)>,
{
    type Item = Result<Group, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.next.take().map(Ok).or_else(|| self.next_open())? {
            Ok(first) => first,
            Err(error) => return Some(Err(error)),
        };
        let mut bytes = first.size.unwrap_or(u64::MAX);
        let mut group = Group { inputs: vec![first] };
        while let Some(next) = self.next_open() {
            let next = match next {
                Ok(next) => next,
                Err(error) => return Some(Err(error)),
            };
            bytes = bytes.saturating_add(next.size.unwrap_or(u64::MAX));
            if bytes > self.group_bytes {
                self.next = Some(next);
                break;
            }
            group.inputs.push(next);
        }
        Some(Ok(group))
    }
}

/// The groups that are to be removed when all of `inputs` are converted again.
///
/// # Errors
/// A group, or one that was merged with it, holds other inputs too, which would be lost with it.
pub(crate) fn replaced(inputs: &[Input], lake: &LakeState) -> Result<Vec<Manifest>, PartOfFile> {
    let files = inputs.iter().filter(|input| !input.is_stream());
    let keys: BTreeSet<&str> = files.map(|input| input.key.as_str()).collect();
    let given = |manifest: &&Manifest| manifest.inputs.iter().any(|input| keys.contains(input.key.as_str()));
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
    Ok(replaced)
}

/// Groups of the lake that came from a stream with the name of one of `inputs`: whether it is the same shows when it was
/// read.
pub(crate) fn streams(inputs: &[Input], manifests: &[Manifest]) -> Vec<Manifest> {
    let names: BTreeSet<&str> =
        inputs.iter().filter(|input| input.is_stream()).map(|input| input.key.as_str()).collect();
    let of_stream = |manifest: &&Manifest| match manifest.inputs.as_slice() {
        [one] => names.contains(one.key.as_str()),
        _ => false,
    };
    manifests.iter().filter(of_stream).cloned().collect()
}

#[cfg(test)]
mod tests {
    use ocsf_lake::{Compaction, GroupCounts, MANIFEST_VERSION, Phase};

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
            etag: None,
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

    /// The keys of all groups, and what was found.
    fn plan(
        inputs: Vec<Input>,
        known: &[Manifest],
        group_bytes: u64,
        identity: impl Fn(&Input) -> Option<(u64, String)>,
    ) -> (Vec<Vec<String>>, Found) {
        let mut plan = Plan::new(inputs.into_iter().map(Ok), known.to_vec(), group_bytes, identity);
        let key = |input: Input| input.key;
        let keys = |group: Result<Group, _>| group.unwrap().inputs.into_iter().map(key).collect();
        (plan.by_ref().map(keys).collect(), plan.found)
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
        let (groups, found) = plan(inputs, &[], 10, |_| unreachable!("nothing is known"));
        assert_eq!(found.inputs, 7);
        assert_eq!(groups, [vec!["a", "b"], vec!["c"], vec!["d"], vec!["e"], vec!["f"], vec!["g"]]);
    }

    #[test]
    fn known_inputs_are_told_from_changed_and_new_ones() {
        let manifests = [manifest("1", &[("a", 1), ("b", 2)])];
        let identity = |input: &Input| Some((input.size?, input.size?.to_string()));
        let inputs = vec![input("a", 1), input("b", 3), input("c", 4)];
        let (groups, found) = plan(inputs, &manifests, 100, identity);
        assert_eq!(
            (found.covered, found.changed, groups),
            (1, vec!["b".to_owned()], vec![vec!["c".to_owned()]])
        );
    }

    #[test]
    fn copies_with_one_key_are_converted_once() {
        let identity = |input: &Input| Some((input.size?, input.size?.to_string()));
        let inputs = vec![input("a", 1), input("a", 1), input("a", 2), input("a", 1), input("b", 1)];
        let (groups, found) = plan(inputs, &[], 1, identity);
        assert_eq!(
            (found.covered, groups),
            (2, vec![vec!["a".to_owned()], vec!["a".into()], vec!["b".into()]])
        );
    }

    #[test]
    fn a_stream_is_not_known_by_its_name() {
        let manifests = || vec![manifest("1", &[("-", 1)]), manifest("2", &[("x", 1)])];
        let unread = |_: &Input| -> Option<(u64, String)> { unreachable!("a stream is read once") };
        let (groups, _) = plan(vec![input("-", None)], &manifests(), 100, unread);
        assert_eq!(groups, [["-"]]);
        let inputs = [input("-", None)];
        assert_eq!(streams(&inputs, &manifests()).len(), 1);
        assert!(replaced(&inputs, &lake(manifests())).unwrap().is_empty());
    }

    fn lake(groups: Vec<Manifest>) -> LakeState {
        let mut lake = LakeState::default();
        lake.groups = groups;
        lake
    }

    #[test]
    fn a_group_is_replaced_whole_or_not_at_all() {
        let mut lake = lake(vec![manifest("1", &[("a", 1), ("b", 2)]), manifest("2", &[("x", 1)])]);
        assert_eq!(replaced(&[input("a", 1), input("b", 2)], &lake).unwrap().len(), 1);
        let part = replaced(&[input("a", 1)], &lake).unwrap_err();
        assert_eq!((part.given.as_str(), part.missing.as_str(), part.merged), ("a", "b", false));
        lake.compactions.push(Compaction {
            manifest_version: MANIFEST_VERSION,
            compaction: "c".to_owned(),
            phase: Phase::Done,
            files: Vec::new(),
            replaces: ["1", "2"].map(|group| (group.to_owned(), Vec::new())).into(),
            duplicates: 0,
            kept_by: [].into(),
            trace: String::new(),
            merged: Vec::new(),
            supersedes: Vec::new(),
            content: None,
        });
        let part = replaced(&[input("a", 1), input("b", 2)], &lake).unwrap_err();
        assert_eq!((part.given.as_str(), part.missing.as_str(), part.merged), ("a", "x", true));
        let all = [input("a", 1), input("b", 2), input("x", 1)];
        assert_eq!(replaced(&all, &lake).unwrap().len(), 2);
    }
}
