//! Inputs that lie in buckets.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use ocsf_lake::{Bucket, LakeError, Location, RemoteObject, Stores};

use super::key::object_key;
use super::list::{Input, Origin};
use super::stream::MoreObjects;
use crate::error::{CliError, innermost, way_out};
use crate::term::{quote, quote_text};

/// Objects that are listed before the first is read: so many are put in order, whatever order they come in.
const LISTED_FIRST: usize = 2_000;

/// Objects that were found, and others that are still to be listed.
pub(super) type Found = (Vec<Input>, Option<MoreObjects>);

/// What was not found and why, and what to do about it where that is known.
type NotFound = (String, Option<&'static str>);

/// The inputs that text such as `s3://bucket/path` names: the objects below that path; else the object of that key; else,
/// where it may be one, those that it is a pattern of.
pub(super) fn find(text: &Path, may_be_pattern: bool, stores: &Stores) -> Result<Found, NotFound> {
    let named = |why: String| format!("{}: {why}", quote(text));
    let told = |error: LakeError| match &error {
        // What was named may hold secrets.
        LakeError::Location { location, reason } => (format!("`{}`: {reason}", quote_text(location)), None),
        _ => (named(innermost(&error)), way_out(&error)),
    };
    let Location::Remote(place) = Location::parse(text).map_err(told)? else { return Ok(Found::default()) };
    let bucket = stores.bucket(&place.bucket).map_err(told)?;
    let object = || {
        // Whoever may read only what lies below a path is refused here, which tells nothing.
        let found = (!place.path.is_empty()).then(|| bucket.find(&place.path)).and_then(Result::ok);
        found.flatten().map(|object| (vec![input(&bucket, object)], None))
    };
    // Lists hold objects, arguments name what is above them.
    if !may_be_pattern && let Some(found) = object() {
        return Ok(found);
    }
    let below = list(&bucket, &place.path, None);
    if below.as_ref().is_ok_and(|(found, _)| !found.is_empty()) {
        return below.map_err(told);
    }
    if let Some(found) = object() {
        return Ok(found);
    }
    let nothing = |why: &str| Err((named(why.to_owned()), None));
    if may_be_pattern && place.path.contains(['*', '?', '[', '{']) {
        let glob = match GlobBuilder::new(&place.path).literal_separator(true).build() {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => return nothing(&format!("no such object, and no pattern: {}", error.kind())),
        };
        let fixed = place.path.split('/').take_while(|part| !part.contains(['*', '?', '[', '{']));
        let found = list(&bucket, &fixed.collect::<Vec<_>>().join("/"), Some(glob)).map_err(told)?;
        return if found.0.is_empty() { nothing("no object matches the pattern") } else { Ok(found) };
    }
    below.map_err(told)?;
    let is_path = text.as_os_str().as_encoded_bytes().ends_with(b"/");
    nothing(if is_path { "no object lies below it" } else { "no such object, and none lies below it" })
}

/// The objects below `path` whose keys, or paths above them, match the pattern where there is one; but for what this program
/// wrote.
fn list(bucket: &Bucket, path: &str, glob: Option<GlobMatcher>) -> Result<Found, LakeError> {
    let mut objects = bucket.list(path)?.fuse();
    let mut outputs = Outputs::new(path);
    let is_wanted = move |object: &RemoteObject| {
        let mut paths = Path::new(&object.key).ancestors();
        glob.as_ref().is_none_or(|glob| paths.any(|path| glob.is_match(path)))
    };
    let mut found = Vec::new();
    let (mut listed, mut ended) = (Vec::new(), false);
    // What matches a pattern may be far behind; something must be found before it is said that there is something.
    while found.is_empty() && !ended {
        listed.extend(objects.by_ref().take(LISTED_FIRST).collect::<Result<Vec<_>, _>>()?);
        ended = listed.len() < LISTED_FIRST;
        for object in &listed {
            outputs.note(object);
        }
        let wanted = listed.drain(..).filter(|object| !outputs.hold(object) && is_wanted(object));
        found.extend(wanted.map(|object| input(bucket, object)));
    }
    if ended {
        return Ok((found, None));
    }
    let bucket = bucket.clone();
    let more = objects.filter_map(move |object| match object {
        Ok(object) => {
            outputs.note(&object);
            let wanted = !outputs.hold(&object) && is_wanted(&object);
            wanted.then(|| Ok(input(&bucket, object)))
        }
        Err(error) => Some(Err(CliError::from(error))),
    });
    Ok((found, Some(MoreObjects::new(more))))
}

fn input(bucket: &Bucket, object: RemoteObject) -> Input {
    let key = object_key(&bucket.name().name, &object.key);
    let size = Some(object.size);
    Input { key, origin: Origin::Object(bucket.clone(), object), size }
}

/// What this program wrote: lakes below a path, and the state and the rejects of one at the path itself.
struct Outputs {
    /// Length of what all keys begin with.
    root: usize,
    lakes: Vec<String>,
}

impl Outputs {
    fn new(path: &str) -> Self {
        Self { root: if path.is_empty() { 0 } else { path.len() + 1 }, lakes: Vec::new() }
    }

    /// Lakes are known by their state, whose keys come before those of their files.
    fn note(&mut self, object: &RemoteObject) {
        if let Some((lake, _)) = self.below(object).split_once("/_ocsf/")
            && self.lakes.last().is_none_or(|last| last.trim_end_matches('/') != lake)
        {
            self.lakes.push(format!("{lake}/"));
        }
    }

    fn hold(&self, object: &RemoteObject) -> bool {
        let key = self.below(object);
        let mut folders = key.split('/').rev().skip(1);
        folders.any(|part| part == "_ocsf" || part == "_rejects")
            || self.lakes.iter().any(|lake| key.starts_with(lake.as_str()))
    }

    fn below<'o>(&self, object: &'o RemoteObject) -> &'o str {
        object.key.get(self.root..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_program_wrote_is_no_input() {
        let object = |key: &&str| RemoteObject { key: (*key).to_owned(), size: 1, etag: None };
        let keys = [
            "p/_ocsf/lake.json",
            "p/_rejects/x",
            "p/a.json",
            "p/ext/x.parquet",
            "p/q/_ocsf/lake.json",
            "p/q/b",
            "p/qq",
        ];
        let left = |path: &str| -> Vec<String> {
            let all: Vec<RemoteObject> = keys.iter().map(object).collect();
            let mut outputs = Outputs::new(path);
            for object in &all {
                outputs.note(object);
            }
            all.into_iter().filter(|object| !outputs.hold(object)).map(|object| object.key).collect()
        };
        assert_eq!(left("p"), ["p/a.json", "p/ext/x.parquet", "p/qq"]);
        assert!(left("").is_empty());
    }
}
