//! Inputs that lie in buckets.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};
use ocsf_lake::{Bucket, LakeError, Location, RemoteObject, Stores};

use super::key::object_key;
use super::list::{Input, Origin};
use crate::error::{innermost, way_out};
use crate::term::{quote, quote_text};

/// What was not found and why, and what to do about it where that is known.
type NotFound = (String, Option<&'static str>);

/// The inputs that text such as `s3://bucket/path` names: the objects below that path; else the object of that key; else,
/// where it may be one, those that it is a pattern of.
pub(super) fn find(text: &Path, may_be_pattern: bool, stores: &Stores) -> Result<Vec<Input>, NotFound> {
    let named = |why: String| format!("{}: {why}", quote(text));
    let told = |error: LakeError| match &error {
        // What was named may hold secrets.
        LakeError::Location { location, reason } => (format!("`{}`: {reason}", quote_text(location)), None),
        _ => (named(innermost(&error)), way_out(&error)),
    };
    let Location::Remote(place) = Location::parse(text).map_err(told)? else { return Ok(Vec::new()) };
    let bucket = stores.bucket(&place.bucket).map_err(told)?;
    let below = list(&bucket, &place.path);
    if below.as_ref().is_ok_and(|found| !found.is_empty()) {
        return below.map_err(told);
    }
    // Whoever may read only what lies below a path is refused here, which tells nothing.
    if !place.path.is_empty()
        && let Ok(Some(object)) = bucket.find(&place.path)
    {
        return Ok(vec![input(&bucket, object)]);
    }
    let nothing = |why: &str| Err((named(why.to_owned()), None));
    if may_be_pattern && place.path.contains(['*', '?', '[', '{']) {
        let glob = GlobBuilder::new(&place.path).literal_separator(true).build();
        let glob = match glob {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => return nothing(&format!("no such object, and no pattern: {}", error.kind())),
        };
        let found = matching(&bucket, &place.path, &glob).map_err(told)?;
        return if found.is_empty() { nothing("no object matches the pattern") } else { Ok(found) };
    }
    below.map_err(told)?;
    let is_path = text.as_os_str().as_encoded_bytes().ends_with(b"/");
    nothing(if is_path { "no object lies below it" } else { "no such object, and none lies below it" })
}

/// All objects below `path`, but for what this program wrote.
fn list(bucket: &Bucket, path: &str) -> Result<Vec<Input>, LakeError> {
    let objects = bucket.list(path)?.collect::<Result<Vec<RemoteObject>, LakeError>>()?;
    Ok(without_outputs(objects, path).into_iter().map(|object| input(bucket, object)).collect())
}

/// The objects whose keys, or paths above them, match the pattern.
fn matching(bucket: &Bucket, pattern: &str, glob: &GlobMatcher) -> Result<Vec<Input>, LakeError> {
    let fixed = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{']));
    let mut found = list(bucket, &fixed.collect::<Vec<_>>().join("/"))?;
    found.retain(|input| match &input.origin {
        Origin::Object(_, object) => Path::new(&object.key).ancestors().any(|path| glob.is_match(path)),
        _ => false,
    });
    Ok(found)
}

fn input(bucket: &Bucket, object: RemoteObject) -> Input {
    let key = object_key(&bucket.name().name, &object.key);
    let size = Some(object.size);
    Input { key, origin: Origin::Object(bucket.clone(), object), size }
}

/// Without lakes below `path`, and without the state and the rejects of one at `path` itself.
fn without_outputs(mut objects: Vec<RemoteObject>, path: &str) -> Vec<RemoteObject> {
    let root = if path.is_empty() { 0 } else { path.len() + 1 };
    let below = |key: &str| key.get(root..).unwrap_or_default().to_owned();
    let mut lakes: Vec<String> = objects
        .iter()
        .filter_map(|object| below(&object.key).split_once("/_ocsf/").map(|(lake, _)| format!("{lake}/")))
        .collect();
    lakes.sort();
    lakes.dedup();
    objects.retain(|object| {
        let key = below(&object.key);
        let is_own = key.split('/').rev().skip(1).any(|part| part == "_ocsf" || part == "_rejects");
        !is_own && !lakes.iter().any(|lake| key.starts_with(lake.as_str()))
    });
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_program_wrote_is_no_input() {
        let object = |key: &str| RemoteObject { key: key.to_owned(), size: 1, etag: None };
        let all = [
            "p/_ocsf/lake.json",
            "p/_rejects/x",
            "p/a.json",
            "p/ext/x.parquet",
            "p/q/_ocsf/lake.json",
            "p/q/b",
            "p/qq",
        ];
        let left = |path: &str| -> Vec<String> {
            let all = all.iter().map(|key| object(key)).collect();
            without_outputs(all, path).into_iter().map(|object| object.key).collect()
        };
        assert_eq!(left("p"), ["p/a.json", "p/ext/x.parquet", "p/qq"]);
        assert!(left("").is_empty());
    }
}
