//! Inputs that lie in buckets.

use std::path::Path;

use globset::GlobBuilder;
use ocsf_lake::{Bucket, LakeError, Location, RemoteObject, RemotePath, Stores};

use super::key::object_key;
use super::list::{Input, Origin};
use crate::error::{innermost, way_out};

/// Why nothing was found, and what to do about it where that is known.
type NotFound = (String, Option<&'static str>);

/// The inputs that text such as `s3://bucket/path` names: the objects below that path; else the object of that key; else,
/// where it may be one, those that it is a pattern of.
pub(super) fn find(text: &Path, may_be_pattern: bool, stores: &Stores) -> Result<Vec<Input>, NotFound> {
    let told = |error: LakeError| (innermost(&error), way_out(&error));
    let Location::Remote(place) = Location::parse(text).map_err(told)? else { return Ok(Vec::new()) };
    let bucket = stores.bucket(&place.bucket).map_err(told)?;
    let below = list(&bucket, &place.path);
    if let Ok(found) = &below
        && !found.is_empty()
    {
        return below.map_err(told);
    }
    let is_pattern = may_be_pattern && place.path.contains(['*', '?', '[', '{']);
    // Whoever may read only what lies below a path is refused here, also when there is nothing.
    if let (Ok(Some(object)), false) = (bucket.find(&place.path), place.path.is_empty()) {
        return Ok(vec![input(&bucket, object)]);
    }
    if is_pattern { matching(&bucket, &place) } else { below.map_err(told).and_then(|_| nothing(text)) }
}

fn nothing(text: &Path) -> Result<Vec<Input>, NotFound> {
    let slash = text.to_str().is_some_and(|text| text.ends_with('/'));
    Err((
        if slash { "no object lies below it" } else { "no such object, and none lies below it" }.to_owned(),
        None,
    ))
}

/// All objects below `path`, but for what this program wrote.
fn list(bucket: &Bucket, path: &str) -> Result<Vec<Input>, LakeError> {
    let objects = bucket.list(path)?.collect::<Result<Vec<RemoteObject>, LakeError>>()?;
    Ok(without_outputs(objects, path).into_iter().map(|object| input(bucket, object)).collect())
}

/// The objects whose keys, or paths above them, match the pattern.
fn matching(bucket: &Bucket, place: &RemotePath) -> Result<Vec<Input>, NotFound> {
    let pattern = &place.path;
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    let glob = glob.map_err(|error| (format!("no such object, and no pattern: {}", error.kind()), None))?;
    let glob = glob.compile_matcher();
    let fixed: Vec<&str> =
        pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
    let told = |error: LakeError| (innermost(&error), way_out(&error));
    let mut found = list(bucket, &fixed.join("/")).map_err(told)?;
    found.retain(|input| match &input.origin {
        Origin::Object(_, object) => Path::new(&object.key).ancestors().any(|path| glob.is_match(path)),
        _ => false,
    });
    if found.is_empty() { Err(("no object matches the pattern".to_owned(), None)) } else { Ok(found) }
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
